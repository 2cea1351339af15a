/*
 * annotate - the sender's own file with the verdict beside every row: his rows, encoding, separator,
 * order and columns, and three more: result, errors, suggested value.  Mended and dropped back as it
 * is, it is read again: then the three stay where they are, so that every column keeps its letter.
 */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"

/* What is most often beside a row of which nothing is said; a column of its own each. */
enum plain { PLAIN_NONE, PLAIN_ACCEPTED, PLAIN_WITHDRAWN, PLAIN_REFUSED, PLAIN_KINDS };

struct annotating {
	const struct judging      *j;
	const struct judged       *f;
	const struct judged_sheet *s;
	const struct messages     *m;
	struct outlet             *outlet;
	struct buf                *out;         /* its: in the sender's encoding */
	struct buf                *text;        /* UTF-8: OUT itself, or what is not in OUT yet: */
	struct buf                 pending;
	void                      *cd;          /* iconv_t, or NULL: UTF-8 */
	uint32_t                   own[3];      /* columns of an earlier annotation, written anew; 0: none */
	bool                       any_own;
	uint32_t                   width;       /* most columns of a row */
	/* numbers were given or are proposed, and the sender has no column for them: here they get one, or NULL */
	const struct field        *numbers;
	struct buf                 plain[PLAIN_KINDS];
	struct ledger_reader       reader;
	size_t                     row, finding;        /* the first that is not above the row at hand */
};

bool annotate_is_possible(const struct judged *f)
{
	return f->has_reading && f->reading.format == SOURCE_CSV && f->reading.n_grids == 1 &&
	    f->n_sheets == 1 &&
	    f->sheets[0].rows != NULL && f->duplicate_of == 0;
}

/* ---- cells ---- */

static void put_cell(struct annotating *a, struct span s)
{
	spreadsheet_cell(a->text, s, a->f->reading.separator);
}

static void end_line(struct annotating *a)
{
	buf_str(a->text, a->f->reading.crlf ? "\r\n" : "\n");
}

/* ---- what is said of a row ---- */

/* The judged row of that number; rows are asked for in order. */
static const struct judged_row *row_at(struct annotating *a, uint32_t row)
{
	while (a->row < a->s->n_rows && a->s->rows[a->row].row < row)
		a->row++;
	return a->row < a->s->n_rows && a->s->rows[a->row].row == row ? &a->s->rows[a->row] : NULL;
}

/* The findings of that row: from a->finding to what is returned; rows are asked for in order. */
static size_t findings_of(struct annotating *a, uint32_t row)
{
	const struct ledger *fs = &a->f->findings;
	size_t to;

	while (a->finding < fs->n && fs->v[a->finding].row < row)
		a->finding++;
	for (to = a->finding; to < fs->n && fs->v[to].row == row; to++)
		continue;
	return to;
}

static void add_finding(const struct annotating *a, const struct finding *x, struct buf *errors,
    struct buf *suggest)
{
	char letters[8];
	struct message_arg args[] = { { "letter", letters }, { "says", x->message }, { "mend", x->mend },
		{ "suggest", x->suggest } };

	column_letters(x->col, letters);
	if (errors->len > 0)
		message_says(errors, a->m, "copy.stop", NULL, 0);
	message_says(errors, a->m, x->col != 0 ? "copy.finding" : "copy.finding.row", args, 4);
	if (x->suggest == NULL)
		return;
	if (suggest->len > 0)
		message_says(suggest, a->m, "copy.stop", NULL, 0);
	message_says(suggest, a->m, "copy.suggestion", args, 4);
}

static bool is_told(const struct entry *x)
{
	return x->severity != SEV_NOTE && !x->explained && !x->caused;
}

/* Why the file was refused as a whole: it stands beside every row, where nothing else is said of it. */
static void add_refusal(struct annotating *a, struct buf *errors, struct buf *suggest)
{
	const struct ledger *fs = &a->f->findings;

	for (size_t i = 0; a->f->refused && i < fs->n && fs->v[i].row == 0; i++)
		if (fs->v[i].severity == SEV_FATAL)
			add_finding(a, ledger_at(&a->reader, fs, i), errors, suggest);
}

static const char *result_id(const struct annotating *a, const struct judged_row *row, bool warned)
{
	if (a->f->refused)
		return "copy.refused";
	if (row->held)
		return "copy.held";
	if (row->op == OP_WITHDRAW)
		return "copy.withdrawn";
	return warned ? "copy.warned" : "copy.accepted";
}

/* The three columns, as far as they are not in their places already. */
static void put_columns(struct annotating *a, const char *result, const struct buf *errors,
    const struct buf *suggest)
{
	const struct span cells[] = { span_of(result), { buf_cstr(errors), errors->len },
		{ buf_cstr(suggest), suggest->len } };

	for (size_t i = 0; i < 3; i++) {
		if (a->own[i] != 0)
			continue;
		buf_char(a->text, a->f->reading.separator);
		put_cell(a, cells[i]);
	}
	end_line(a);
}

/* The three columns of a row of which there is nothing more to say than PLAIN. */
static void put_plain(struct annotating *a, enum plain plain)
{
	static const char *const ids[] = { NULL, "copy.accepted", "copy.withdrawn", "copy.refused" };
	struct buf *kept = &a->plain[plain], errors = { 0 }, suggest = { 0 };
	size_t from = a->text->len;

	if (kept->len > 0) {
		buf_add(a->text, kept->s, kept->len);
		return;
	}
	if (plain == PLAIN_REFUSED)
		add_refusal(a, &errors, &suggest);
	put_columns(a, ids[plain] != NULL ? message_find(a->m, ids[plain])->says : "", &errors, &suggest);
	buf_add(kept, a->text->s + from, a->text->len - from);
	buf_free(&errors);
	buf_free(&suggest);
}

/* What is told of row NUMBER, into ERRORS and SUGGEST; its result. */
static const char *word_verdict(struct annotating *a, uint32_t number, const struct judged_row *row,
    struct buf *errors, struct buf *suggest)
{
	size_t to = findings_of(a, number);
	bool warned = false;

	for (size_t i = a->finding; i < to; i++)
		if (is_told(&a->f->findings.v[i])) {
			add_finding(a, ledger_at(&a->reader, &a->f->findings, i), errors, suggest);
			warned = true;
		}
	if (!warned && row != NULL)
		add_refusal(a, errors, suggest);
	return row != NULL ? message_find(a->m, result_id(a, row, warned))->says : "";
}

static void put_verdict(struct annotating *a, uint32_t number, const struct judged_row *row)
{
	size_t to = findings_of(a, number), i = a->finding;
	struct buf errors = { 0 }, suggest = { 0 };

	while (i < to && !is_told(&a->f->findings.v[i]))
		i++;
	if (i == to && row == NULL)
		put_plain(a, PLAIN_NONE);
	else if (i == to && a->f->refused)
		put_plain(a, PLAIN_REFUSED);
	else if (i == to && !row->held)
		put_plain(a, row->op == OP_WITHDRAW ? PLAIN_WITHDRAWN : PLAIN_ACCEPTED);
	else
		put_columns(a, word_verdict(a, number, row, &errors, &suggest), &errors, &suggest);
	buf_free(&errors);
	buf_free(&suggest);
}

static const char *const headers[] = { "copy.result", "copy.errors", "copy.suggest" };

static void put_headers(struct annotating *a)
{
	for (size_t i = 0; i < 3; i++) {
		if (a->own[i] != 0)
			continue;
		buf_char(a->text, a->f->reading.separator);
		put_cell(a, span_of(message_find(a->m, headers[i])->says));
	}
	end_line(a);
}

/* Finding I, if it is of the column of numbers that the sheet lacks, else NULL. */
static const struct finding *lacking_at(struct annotating *a, size_t i)
{
	const struct sheet *sheet = a->s->sheet;
	const struct finding *x;

	if (sheet->lacking == NULL || a->f->findings.v[i].col != sheet->lacking_col)
		return NULL;
	x = ledger_at(&a->reader, &a->f->findings, i);
	return x->field != NULL && strcmp(x->field, sheet->lacking->name) == 0 ? x : NULL;
}

/* The number that is proposed for the row, which has none and no column for it; "": none is. */
static const char *proposed_number(struct annotating *a, uint32_t row)
{
	size_t to = findings_of(a, row);

	for (size_t i = a->finding; i < to; i++) {
		const struct finding *x = lacking_at(a, i);

		if (x != NULL && x->suggest != NULL)
			return x->suggest;
	}
	return "";
}

/* The column of numbers that were given or are proposed; in the header its title. */
static void put_number(struct annotating *a, uint32_t number, const struct judged_row *row)
{
	bool given = row != NULL && row->assigned != NULL && !row->held;

	if (a->numbers == NULL)
		return;
	buf_char(a->text, a->f->reading.separator);
	put_cell(a, span_of(number == a->s->sheet->header_row ? a->numbers->title :
	    given ? row->assigned : proposed_number(a, number)));
}

/* ---- the sender's encoding ---- */

/* U+3013, which printers set for what their fonts lack; every encoding that is read here has it. */
#define STAND_IN "\xe3\x80\x93"

/* Pass over the character at *IN, which the encoding has no bytes for, and put the stand-in into its place. */
static void put_stand_in(struct annotating *a, char **in, size_t *left)
{
	char mark[] = STAND_IN, bytes[8], *from = mark, *to = bytes;
	size_t n = sizeof mark - 1, room = sizeof bytes;

	do {
		++*in;
		--*left;
	} while (*left > 0 && (**in & 0xc0) == 0x80);
	(void)iconv(a->cd, &from, &n, &to, &room);
	buf_add(a->out, bytes, sizeof bytes - room);
}

/*
 * Rationale: what was read in one encoding need not go into another, such as a value that stands in the registry
 * since it came in UTF-8.  That costs a character of the answer, never the answer, nor the batch behind it.
 */
static int convert_text(struct annotating *a, struct why *why)
{
	char block[16384], *in = a->pending.s;
	size_t left = a->pending.len;

	while (left > 0) {
		char *to = block;
		size_t room = sizeof block;
		int trouble = iconv(a->cd, &in, &left, &to, &room) == (size_t)-1 ? errno : 0;

		buf_add(a->out, block, sizeof block - room);
		if (trouble == EILSEQ || trouble == EINVAL)
			put_stand_in(a, &in, &left);
		else if (trouble != 0 && trouble != E2BIG) {
			errno = trouble;
			return why_errno(why, a->f->reading.encoding);
		}
	}
	return 0;
}

/* Move what is pending to OUT. */
static int encode(struct annotating *a, struct why *why)
{
	int rc = a->pending.len > 0 ? convert_text(a, why) : 0;

	buf_reset(&a->pending);
	return rc;
}

/* ---- rows ---- */

/* The number that the row was given, if COL is the column of its key. */
static const char *given_number(const struct annotating *a, const struct judged_row *row, uint32_t col)
{
	const struct form *form = a->s->sheet->form;

	if (row == NULL || row->assigned == NULL || row->held || a->f->refused)
		return NULL;
	for (size_t i = 0; i < a->s->sheet->n_columns; i++) {
		const struct column *c = &a->s->sheet->columns[i];

		if (c->col == col && c->field != NULL && c->field->assign != NULL && form->n_keys == 1)
			return row->assigned;
	}
	return NULL;
}

/* Whether a spreadsheet reads the cell as it is whatever is around it: no blank at an end, no formula. */
static bool is_safe(struct span s)
{
	return s.n == 0 || (strchr("=+-@\t\r ", s.s[0]) == NULL && s.s[s.n - 1] != ' ') || (s.s[0] == '-' &&
	    s.s[s.n - 1] != ' ' && !spreadsheet_is_formula(s));
}

/*
 * The cells of R as they stand, in one piece: nearly all rows.  False if one of them has to be written
 * otherwise; then nothing was.
 */
static bool copy_row(struct annotating *a, const struct grid *g, const struct grid_row *r)
{
	char separator = a->f->reading.separator;
	const char *s = grid_cell(g, r->from).s;
	size_t n = grid_cell(g, r->to - 1).n + (size_t)(grid_cell(g, r->to - 1).s - s), from = a->text->len;

	if (memchr(s, separator, n) != NULL || memchr(s, '"', n) != NULL || memchr(s, '\n', n) != NULL ||
	    memchr(s, '\r', n) != NULL)
		return false;
	for (size_t i = r->from; i < r->to; i++)
		if (!is_safe(grid_cell(g, i)))
			return false;
	buf_add(a->text, s, n);
	/* A NUL is behind each. */
	for (char *to = a->text->s + from, *nul; (nul = memchr(to, '\0', n)) != NULL; to = nul + 1) {
		*nul = separator;
		n -= (size_t)(nul + 1 - to);
	}
	for (uint32_t col = r->to - r->from; col < a->width; col++)
		buf_char(a->text, separator);
	return true;
}

/* Which of the three COL is, 0 to 2, of an earlier annotation; -1: none. */
static int own_at(const struct annotating *a, uint32_t col)
{
	const struct sheet *s = a->s->sheet;

	if (!a->any_own || col > s->n_columns)
		return -1;
	switch (s->columns[col - 1].reserved) {
	case RES_RESULT:
		return 0;
	case RES_ERRORS:
		return 1;
	case RES_SUGGEST:
		return 2;
	default:
		return -1;
	}
}

/* The sender's cells; OWN is what the three of an earlier annotation say now. */
static void put_cells(struct annotating *a, const struct grid *g, const struct grid_row *r,
    const struct judged_row *row, const struct span *own)
{
	size_t k = r->from;

	for (uint32_t col = 1; col <= a->width; col++) {
		struct span text = { "", 0 };
		const char *number = given_number(a, row, col);

		if (k < r->to && g->cells[k].col == col)
			text = grid_cell(g, k++);
		int which = own_at(a, col);

		if (which >= 0)         /* a second of the same stays empty */
			text = a->own[which] == col ? own[which] : (struct span){ "", 0 };
		if (col > 1)
			buf_char(a->text, a->f->reading.separator);
		put_cell(a, number != NULL ? span_of(number) : text);
	}
}

static void put_around_own(struct annotating *a, const struct grid *g, const struct grid_row *r,
    const struct judged_row *row)
{
	struct buf errors = { 0 }, suggest = { 0 };
	struct span own[3];

	if (r->row == a->s->sheet->header_row) {
		for (size_t i = 0; i < 3; i++)
			own[i] = span_of(message_find(a->m, headers[i])->says);
	} else {
		own[0] = span_of(word_verdict(a, r->row, row, &errors, &suggest));
		own[1] = (struct span){ buf_cstr(&errors), errors.len };
		own[2] = (struct span){ buf_cstr(&suggest), suggest.len };
	}
	put_cells(a, g, r, row, own);
	buf_free(&errors);
	buf_free(&suggest);
}

static void put_row(struct annotating *a, const struct grid *g, const struct grid_row *r)
{
	const struct judged_row *row = row_at(a, r->row);

	if (a->any_own)
		put_around_own(a, g, r, row);
	else if ((row != NULL && row->assigned != NULL) || !copy_row(a, g, r))
		put_cells(a, g, r, row, NULL);
	put_number(a, r->row, row);
	if (r->row == a->s->sheet->header_row)
		put_headers(a);
	else
		put_verdict(a, r->row, row);
}

#define PENDING 65536u                  /* bytes of text that are encoded at once */

static int put_rows(struct annotating *a, struct why *why)
{
	const struct grid *g = &a->f->reading.grids[0];
	uint32_t next = 1;
	int rc = 0;

	for (size_t i = 0; i < g->n_rows; i++)
		if (g->rows[i].to - g->rows[i].from > a->width)
			a->width = g->rows[i].to - g->rows[i].from;
	for (size_t i = 0; rc == 0 && i < g->n_rows; i++) {
		/* blank rows keep the numbers of those below */
		for (; next < g->rows[i].row; next++)
			end_line(a);
		put_row(a, g, &g->rows[i]);
		next = g->rows[i].row + 1;
		if (a->pending.len >= PENDING)
			rc = encode(a, why);
		outlet_flow(a->outlet);
	}
	return rc == 0 ? encode(a, why) : -1;
}

static void find_own(struct annotating *a)
{
	for (size_t i = 0; i < a->s->sheet->n_columns; i++) {
		const struct column *c = &a->s->sheet->columns[i];

		if (c->reserved == RES_RESULT && a->own[0] == 0)
			a->own[0] = c->col;
		else if (c->reserved == RES_ERRORS && a->own[1] == 0)
			a->own[1] = c->col;
		else if (c->reserved == RES_SUGGEST && a->own[2] == 0)
			a->own[2] = c->col;
	}
	a->any_own = a->own[0] != 0 || a->own[1] != 0 || a->own[2] != 0;
}

/* A number that is given must come back with the copy: else its rows would be new once more. */
static void find_numbers(struct annotating *a)
{
	const struct field *field = number_field(a->s->sheet->form);
	bool given = false;

	const struct sheet *sheet = a->s->sheet;

	for (size_t i = 0; i < a->s->n_rows && !a->f->refused; i++)
		given = given || (a->s->rows[i].assigned != NULL && !a->s->rows[i].held);
	for (size_t i = 0; i < sheet->n_columns; i++)
		given = given && sheet->columns[i].field != field;
	a->numbers = given ? field : NULL;
	/* What the rows lack is asked for in a column of its own. */
	for (size_t i = 0; sheet->lacking != NULL && a->numbers == NULL && i < a->f->findings.n; i++)
		if (lacking_at(a, i) != NULL)
			a->numbers = sheet->lacking;
}

/* ---- all of it ---- */

static void put_mark(struct buf *out, const char *encoding)
{
	if (strcmp(encoding, "UTF-16LE") == 0)
		buf_add(out, "\xff\xfe", 2);
	else if (strcmp(encoding, "UTF-16BE") == 0)
		buf_add(out, "\xfe\xff", 2);
	else if (strcmp(encoding, "UTF-8-BOM") == 0)
		buf_add(out, "\xef\xbb\xbf", 3);
}

int annotate_write(struct outlet *out, const struct judging *j, const struct judged *f, struct why *why)
{
	struct annotating a = { .j = j, .f = f, .s = &f->sheets[0], .m = &j->rs->messages,
		.outlet = out, .out = &out->out };
	bool convert = strncmp(f->reading.encoding, "UTF-8", 5) != 0;
	iconv_t cd = convert ? iconv_open(f->reading.encoding, "UTF-8") : NULL;
	int rc;

	if (cd == (iconv_t)-1)
		return why_errno(why, f->reading.encoding);
	a.cd = cd;
	a.text = convert ? &a.pending : a.out;
	put_mark(a.out, f->reading.encoding);
	find_own(&a);
	find_numbers(&a);
	rc = put_rows(&a, why);
	if (convert)
		(void)iconv_close(cd);
	ledger_done(&a.reader);
	buf_free(&a.pending);
	for (size_t i = 0; i < PLAIN_KINDS; i++)
		buf_free(&a.plain[i]);
	return rc;
}
