/*
 * csv - RFC 4180 text to cells, strict about quotes.  Runs inside the box.
 *
 * Rows are numbered as a spreadsheet shows them: one record is one row, however many line
 * breaks its quoted cells hold, and a blank line is a row.  CRLF, LF and a lone CR end a line.
 */
#include "collector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The text of a cell: as it stands in the file, or from scratch (which may move until the record is
 * whole).
 */
struct piece {
	const char *s;                  /* NULL: at scratch + from */
	size_t      from, n;
};

struct reader {
	const struct limits *limits;
	struct stream     *o;
	const char *p, *end;
	char        separator;
	bool        special[256];       /* ends a plain run: separator, CR, LF, quote */
	uint32_t    row;                /* of the record at hand */
	const char *record;             /* where it starts */
	bool        crlf, ended;
	bool        stop;               /* reading on is pointless */
	struct buf  scratch;            /* quoted cells without their doubled quotes */
	struct piece *cells;            /* of the record at hand */
	struct span *spans;             /* the same to be sent */
	size_t      n, cap;
	bool        lone_cr;            /* a CR alone has ended a line */
	bool        any;                /* one of them has text */
	bool        over;               /* empty ones beyond the limit were left out */
};

/* ---- which separator ---- */

#define GUESS_LINES 24u

/*
 * The separator that makes the most cells in lines of equal length: every line that a
 * spreadsheet writes has the same number, while commas in prose come as they like.
 */
static char guess_separator(const char *s, size_t n)
{
	static const char candidates[3] = { ',', '\t', ';' };
	size_t counts[3][GUESS_LINES] = { { 0 } }, lines = 0, best = 0;
	bool quoted = false;
	char answer = ',';

	for (const char *p = s; p < s + n && lines < GUESS_LINES; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (*p == '\n' || *p == '\r')
			lines++;
		else
			for (size_t c = 0; c < 3; c++)
				counts[c][lines] += *p == candidates[c];
	}
	for (size_t c = 0; c < 3; c++)
		for (size_t i = 0; i < GUESS_LINES; i++) {
			size_t same = 0;

			for (size_t j = 0; j < GUESS_LINES; j++)
				same += counts[c][j] == counts[c][i];
			if (same * counts[c][i] > best) {
				best = same * counts[c][i];
				answer = candidates[c];
			}
		}
	return answer;
}

/* ---- findings ---- */

static void say(struct reader *r, const char *id, size_t col, struct span value, uint64_t limit)
{
	char number[24];
	const struct message_arg args[] = { { "limit", number } };

	(void)snprintf(number, sizeof number, "%llu", (unsigned long long)limit);
	stream_say(r->o, id, r->row, (uint32_t)col, value, args, 1);
	if (stream_enough(r->o))
		r->stop = true;
}

static void say_and_stop(struct reader *r, const char *id, size_t col, uint64_t limit)
{
	say(r, id, col, (struct span){ "", 0 }, limit);
	r->stop = true;
}

/* ---- cells ---- */

static void cell_add(struct reader *r, struct piece cell)
{
	if (cell.n > reading_cell(r->limits)) {
		say(r, "cell.too_long", r->n + 1, (struct span){ "", 0 }, reading_cell(r->limits));
		cell.n = 0;
	}
	/* A sheet once formatted to its last column is saved with all of them, and nothing in them. */
	if (r->n >= r->limits->columns && cell.n == 0) {
		r->over = true;
		return;
	}
	if (r->n >= r->limits->columns) {
		say_and_stop(r, "csv.too_many_columns", 0, r->limits->columns);
		return;
	}
	if (r->n == r->cap) {
		vec_room(r->cells, r->n, r->cap);
		r->spans = mem_grow(r->spans, r->cap, sizeof *r->spans);
	}
	r->cells[r->n++] = cell;
	r->any = r->any || cell.n > 0;
}

/* On to the next separator or end of line, over what should not be there. */
static void skip_rest(struct reader *r)
{
	while (r->p < r->end && *r->p != r->separator && *r->p != '\n' && *r->p != '\r')
		r->p++;
}

/*
 * Over the rest of ="TEXT", which programs write to keep a code from becoming a number; value.c
 * takes it apart.  False if it is not just that.
 */
static bool skip_wrapped(struct reader *r)
{
	const char *q = r->p < r->end && *r->p == '"' ?
	    memchr(r->p + 1, '"', (size_t)(r->end - r->p - 1)) : NULL;

	if (q == NULL || memchr(r->p, '\n', (size_t)(q - r->p)) != NULL ||
	    (q + 1 < r->end && (q[1] == '"' || !r->special[(unsigned char)q[1]])))
		return false;
	r->p = q + 1;
	return true;
}

static void plain_cell(struct reader *r)
{
	const char *s = r->p, *p = s, *end = r->end;

	while (p < end && !r->special[(unsigned char)*p])
		p++;
	r->p = p;
	if (p == s + 1 && *s == '=' && skip_wrapped(r)) {
		cell_add(r, (struct piece){ s, 0, (size_t)(r->p - s) });
		return;
	}
	if (p < end && *p == '"') {
		skip_rest(r);
		say(r, "csv.stray_quote", r->n + 1, (struct span){ s, (size_t)(r->p - s) }, 0);
	}
	cell_add(r, (struct piece){ s, 0, (size_t)(r->p - s) });
}

/* Text up to and with the first of two quotes.  What is too long anyway is not kept. */
static void unquote(struct reader *r, struct piece *cell, const char *to)
{
	if (cell->n <= reading_cell(r->limits))
		buf_add(&r->scratch, r->p, (size_t)(to - r->p));
	cell->n += (size_t)(to - r->p);
	cell->s = NULL;
}

static void quoted_cell(struct reader *r)
{
	struct piece cell = { ++r->p, r->scratch.len, 0 };
	const char *q;

	while ((q = memchr(r->p, '"', (size_t)(r->end - r->p))) != NULL && q + 1 < r->end && q[1] == '"') {
		unquote(r, &cell, q + 1);
		r->p = q + 2;
	}
	if (q == NULL) {
		say_and_stop(r, "csv.unterminated", r->n + 1, 0);
		r->p = r->end;
		return;
	}
	if (cell.s == NULL)
		unquote(r, &cell, q);
	else
		cell.n = (size_t)(q - cell.s);
	r->p = q + 1;
	if (r->p < r->end && !(r->special[(unsigned char)*r->p] && *r->p != '"')) {
		skip_rest(r);
		say(r, "csv.after_quote", r->n + 1, (struct span){ q + 1, (size_t)(r->p - q - 1) }, 0);
	}
	cell_add(r, cell);
}

/* ---- records ---- */

/* Over the end of the line at P. */
static void line_end(struct reader *r)
{
	if (r->p >= r->end) {
		r->ended = false;
		return;
	}
	if (*r->p == '\r' && r->p + 1 < r->end && r->p[1] == '\n') {
		r->crlf = true;
		r->p++;
	} else if (*r->p == '\r') {
		r->lone_cr = true;
	}
	r->p++;
}

/* What is to be said of a row of N cells before it is sent, or in its place.  False: it is not sent. */
static bool may_send(struct reader *r, size_t n)
{
	if (r->row > r->limits->rows)
		say_and_stop(r, "csv.too_many_rows", 0, r->limits->rows);
	else if (r->o->cells + n > READING_CELLS)
		say_and_stop(r, "csv.too_many_cells", 0, READING_CELLS);
	return !r->stop;
}

static void record_send(struct reader *r)
{
	if ((size_t)(r->p - r->record) > READING_RECORD) {
		say(r, "csv.record_too_long", 0, (struct span){ "", 0 }, READING_RECORD);
		return;
	}
	while (r->over && r->n > 0 && r->cells[r->n - 1].n == 0)
		r->n--;
	if (r->any && may_send(r, r->n)) {
		for (size_t i = 0; i < r->n; i++)
			if (r->cells[i].s == NULL)      /* now it moves no more */
				r->cells[i].s = r->scratch.s + r->cells[i].from;
		for (size_t i = 0; i < r->n; i++)
			r->spans[i] = (struct span){ r->cells[i].s, r->cells[i].n };
		stream_row(r->o, r->row, NULL, r->spans, r->n);
	}
}

/* How many cells LINE has, which has no quote in it; 0 if one is too long, or there are too many. */
static size_t count_cells(const struct reader *r, struct span line)
{
	const char *p = line.s, *end = line.s + line.n, *at;
	size_t n = 1;

	for (; (at = memchr(p, r->separator, (size_t)(end - p))) != NULL; p = at + 1, n++)
		if ((size_t)(at - p) > reading_cell(r->limits))
			return 0;
	return (size_t)(end - p) > reading_cell(r->limits) || n > r->limits->columns ? 0 : n;
}

/*
 * A record as most are: a line without quotes and within all limits, sent as it stands.  False if it is none;
 * then nothing was done.
 */
static bool plain_record(struct reader *r)
{
	size_t left = (size_t)(r->end - r->p), most = left < READING_RECORD ? left : READING_RECORD, n;
	const char *lf = r->lone_cr ? NULL : memchr(r->p, '\n', most);
	struct span line = { r->p, lf != NULL ? (size_t)(lf - r->p) : 0 };
	bool crlf = line.n > 0 && lf[-1] == '\r';

	line.n -= crlf;
	if (lf == NULL || memchr(line.s, '"', line.n) != NULL || memchr(line.s, '\r', line.n) != NULL)
		return false;
	n = count_cells(r, line);
	if (n == 0)
		return false;
	r->row++;
	r->p = lf + 1;
	r->crlf = r->crlf || crlf;
	if (line.n > n - 1 && may_send(r, n))
		stream_plain_row(r->o, r->row, line, r->separator, n);
	return true;
}

static void record(struct reader *r)
{
	r->row++;
	r->record = r->p;
	r->n = 0;
	r->any = r->over = false;
	buf_reset(&r->scratch);
	for (;;) {
		if (r->p < r->end && *r->p == '"')
			quoted_cell(r);
		else
			plain_cell(r);
		if (r->stop || r->p >= r->end || *r->p != r->separator)
			break;
		r->p++;
	}
	if (r->stop)
		return;
	line_end(r);
	record_send(r);
}

void csv_read(const struct limits *limits, const char *s, size_t n, struct stream *o)
{
	struct reader r = { .limits = limits, .o = o, .p = s, .end = s + n, .ended = true };

	r.separator = guess_separator(s, n);
	r.special[(unsigned char)r.separator] = r.special['\r'] = r.special['\n'] = r.special['"'] = true;
	stream_grid(o, (struct span){ "", 0 }, 0);
	while (r.p < r.end && !r.stop)
		if (!plain_record(&r))
			record(&r);
	stream_lines(o, r.separator, r.crlf, r.ended);
	buf_free(&r.scratch);
	free(r.cells);
	free(r.spans);
}
