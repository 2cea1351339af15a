/*
 * verify_copies - what the annotated copies that still lie in the outboxes say of the sender's own rows: the
 * figures of the archived file, cell by cell.
 *
 * Only the collector reads foreign bytes, so nothing is decoded here: digits and separators are the same
 * bytes in every encoding that a copy is written in but UTF-16, and a figure is its digits.  What cannot be
 * told so is passed over: files with quoted cells (a line is then no row), cells that were empty (the engine
 * may have given a number), or are masked in the copy.
 */
#include <string.h>

#include <sqlite3.h>

#include "aggregator.h"

#define COPY_CAP (64u << 20)
#define MASK '*'
#define ANNOTATION 3            /* columns of it: result, errors, suggestion */

/* One line or cell of a file: what is left of it. */
struct piece {
	const char *s;
	size_t      n;
};

static struct piece piece_until(struct piece *rest, char end)
{
	const char *at = rest->n > 0 ? memchr(rest->s, end, rest->n) : NULL;
	struct piece first = { rest->s, at != NULL ? (size_t)(at - rest->s) : rest->n };

	rest->s += at != NULL ? first.n + 1 : first.n;
	rest->n -= at != NULL ? first.n + 1 : first.n;
	return first;
}

static bool piece_has(struct piece p, char c)
{
	return p.n > 0 && memchr(p.s, c, p.n) != NULL;
}

/* The digits of P, or a byte that is none where they end. */
static char next_digit(struct piece *p)
{
	while (p->n > 0) {
		char c = *p->s;

		p->s++;
		p->n--;
		if (c >= '0' && c <= '9')
			return c;
	}
	return '\0';
}

static bool same_digits(struct piece a, struct piece b)
{
	char x, y;

	do {
		x = next_digit(&a);
		y = next_digit(&b);
	} while (x == y && x != '\0');
	return x == y;
}

/* What the first line that has any parts its cells with; '\0': there is none, or it cannot be told. */
static char find_separator(struct piece file)
{
	static const char candidates[] = ",\t;";

	while (file.n > 0) {
		struct piece line = piece_until(&file, '\n');

		for (const char *c = candidates; *c != '\0'; c++) {
			if (piece_has(line, *c))
				return *c;
		}
	}
	return '\0';
}

/* The column, counted from 1, whose figures differ; 0: none. */
static int compare_row(struct piece sent, struct piece copy, char separator)
{
	for (int column = 1; sent.n > 0; column++) {
		struct piece a = piece_until(&sent, separator), b = piece_until(&copy, separator);

		if (piece_has(b, '"'))
			return 0;               /* its separators may be text */
		if (a.n > 0 && !piece_has(b, MASK) && !same_digits(a, b))
			return column;
	}
	return 0;
}

/* Most cells of a line. */
static size_t find_width(struct piece file, char separator)
{
	size_t most = 0;

	while (file.n > 0) {
		struct piece line = piece_until(&file, '\n');
		size_t cells = 0;

		for (; line.n > 0; cells++)
			(void)piece_until(&line, separator);
		most = cells > most ? cells : most;
	}
	return most;
}

static void compare(struct verifying *v, const char *name, const char *sender, struct piece sent,
    struct piece copy)
{
	char separator = find_separator(sent);

	if (separator == '\0' || piece_has(sent, '"') || piece_has(sent, '\0'))
		return;
	/* A copy that was mended and sent again: its old annotation is left out of the new one. */
	if (find_width(copy, separator) < find_width(sent, separator) + ANNOTATION)
		return;
	for (int row = 1; sent.n > 0 && copy.n > 0; row++) {
		int column = compare_row(piece_until(&sent, '\n'), piece_until(&copy, '\n'), separator);

		if (column != 0) {
			verify_differs(v, name, "row %d, column %d is not what %s has there" VERIFY_RESTORE, row, column,
			    sender);
			return;
		}
	}
}

void verify_copy(struct verifying *v, const struct messages *m, const char *unit, struct week week,
    int number)
{
	struct why why;
	struct buf name = { 0 }, sent = { 0 }, copy = { 0 };
	struct path p, q;
	int rc;

	if (message_find(m, "receipt.copy") == NULL)
		return;
	buf_fmt(&name, "%s-%03d-", v->week, number);
	message_says(&name, m, "receipt.copy", NULL, 0);
	rc = fsio_read(v->p->site.dir, site_outbox_file(&p, unit, buf_cstr(&name)), COPY_CAP, &copy, &why);
	if (rc == 0)
		rc = fsio_read(v->p->site.dir, site_archive(&q, week, unit, number), COPY_CAP, &sent, &why);
	/*
	 * Missing ones are told elsewhere, or no matter.  What cannot be read must not pass for what is
	 * right.
	 */
	if (rc == 0)
		compare(v, p.s, q.s, (struct piece){ sent.s, sent.len }, (struct piece){ copy.s, copy.len });
	else if (rc == -1 && why.code != EX_DATAERR)   /* larger than anyone compares is no difference */
		verify_differs(v, p.s, "%s", why.text);
	buf_free(&name);
	buf_free(&sent);
	buf_free(&copy);
}
