/*
 * annotate - the sender's own file with the verdict beside every row: his rows, encoding, separator,
 * order and columns, and three more: result, errors, suggested value.  Mended and dropped back as it
 * is, it is read again.
 */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"

struct annotating {
	const struct judging      *j;
	const struct judged       *f;
	const struct judged_sheet *s;
	const struct messages     *m;
	struct buf                *out;         /* in the sender's encoding */
	struct buf                 text;        /* UTF-8: what is not in OUT yet */
	void                      *cd;          /* iconv_t, or NULL: UTF-8 */
	uint32_t                   own[3];      /* columns of an earlier annotation, left out; 0: none */
	uint32_t                   width;       /* most columns of a row */
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
	spreadsheet_cell(&a->text, s, a->f->reading.separator);
}

static void end_line(struct annotating *a)
{
	buf_str(&a->text, a->f->reading.crlf ? "\r\n" : "\n");
}

static bool is_own(const struct annotating *a, uint32_t col)
{
	return col != 0 && (col == a->own[0] || col == a->own[1] || col == a->own[2]);
}

/* ---- what is said of a row ---- */

static const struct judged_row *row_at(const struct annotating *a, uint32_t row)
{
	size_t at = judge_row_at(a->s, row);

	return at < a->s->n_rows && a->s->rows[at].row == row ? &a->s->rows[at] : NULL;
}

static void errors_of(const struct annotating *a, uint32_t row, struct buf *errors, struct buf *suggest,
    bool *warned)
{
	for (size_t i = findings_at(&a->f->findings, row);
	    i < a->f->findings.n && a->f->findings.v[i].row == row; i++) {
		const struct finding *x = &a->f->findings.v[i];
		char letters[8];
		struct message_arg args[] = { { "letter", letters }, { "says", x->message }, { "mend",
		    x->mend },
			{ "suggest", x->suggest } };

		if (x->severity == SEV_NOTE || x->explained || x->cause != NULL)
			continue;
		*warned = true;
		column_letters(x->col, letters);
		if (errors->len > 0)
			message_says(errors, a->m, "copy.stop", NULL, 0);
		message_says(errors, a->m, x->col != 0 ? "copy.finding" : "copy.finding.row", args, 4);
		if (x->suggest == NULL)
			continue;
		if (suggest->len > 0)
			message_says(suggest, a->m, "copy.stop", NULL, 0);
		message_says(suggest, a->m, "copy.suggestion", args, 4);
	}
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

static void put_verdict(struct annotating *a, uint32_t number)
{
	const struct judged_row *row = row_at(a, number);
	struct buf result = { 0 }, errors = { 0 }, suggest = { 0 };
	const struct buf *cells[] = { &result, &errors, &suggest };
	bool warned = false;

	errors_of(a, number, &errors, &suggest, &warned);
	if (row != NULL)
		message_says(&result, a->m, result_id(a, row, warned), NULL, 0);
	for (size_t i = 0; i < 3; i++) {
		buf_char(&a->text, a->f->reading.separator);
		put_cell(a, (struct span){ buf_cstr(cells[i]), cells[i]->len });
	}
	buf_free(&result);
	buf_free(&errors);
	buf_free(&suggest);
}

static void put_headers(struct annotating *a)
{
	static const char *const ids[] = { "copy.result", "copy.errors", "copy.suggest" };

	for (size_t i = 0; i < 3; i++) {
		const char *text = message_find(a->m, ids[i])->says;

		buf_char(&a->text, a->f->reading.separator);
		put_cell(a, span_of(text));
	}
}

/* ---- the sender's encoding ---- */

static int convert_text(struct annotating *a, struct why *why)
{
	char block[16384], *in = a->text.s;
	size_t left = a->text.len;

	while (left > 0) {
		char *to = block;
		size_t room = sizeof block;

		if (iconv(a->cd, &in, &left, &to, &room) == (size_t)-1 && errno != E2BIG)
			return why_errno(why, a->f->reading.encoding);
		buf_add(a->out, block, sizeof block - room);
	}
	return 0;
}

/* Move the text to OUT. */
static int encode(struct annotating *a, struct why *why)
{
	int rc = 0;

	if (a->cd != NULL)
		rc = convert_text(a, why);
	else
		buf_add(a->out, buf_cstr(&a->text), a->text.len);
	buf_reset(&a->text);
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

static void put_row(struct annotating *a, const struct grid *g, const struct grid_row *r)
{
	const struct judged_row *row = row_at(a, r->row);
	size_t k = r->from;
	bool first = true;

	for (uint32_t col = 1; col <= a->width; col++) {
		struct span text = { "", 0 };
		const char *number = given_number(a, row, col);

		if (k < r->to && g->cells[k].col == col)
			text = g->cells[k++].text;
		if (is_own(a, col))
			continue;
		if (!first)
			buf_char(&a->text, a->f->reading.separator);
		first = false;
		put_cell(a, number != NULL ? span_of(number) : text);
	}
	if (r->row == a->s->sheet->header_row)
		put_headers(a);
	else
		put_verdict(a, r->row);
	end_line(a);
}

#define PENDING 65536u                  /* bytes of text that are encoded at once */

static int put_rows(struct annotating *a, struct why *why)
{
	const struct grid *g = &a->f->reading.grids[0];
	uint32_t next = 1;
	int rc = 0;

	for (size_t i = 0; i < g->n_cells; i++)
		if (g->cells[i].col > a->width)
			a->width = g->cells[i].col;
	for (size_t i = 0; rc == 0 && i < g->n_rows; i++) {
		/* blank rows keep the numbers of those below */
		for (; next < g->rows[i].row; next++)
			end_line(a);
		put_row(a, g, &g->rows[i]);
		next = g->rows[i].row + 1;
		if (a->text.len >= PENDING)
			rc = encode(a, why);
	}
	return rc == 0 ? encode(a, why) : -1;
}

static void find_own(struct annotating *a)
{
	for (size_t i = 0; i < a->s->sheet->n_columns; i++) {
		const struct column *c = &a->s->sheet->columns[i];

		if (c->reserved == RES_RESULT)
			a->own[0] = c->col;
		else if (c->reserved == RES_ERRORS)
			a->own[1] = c->col;
		else if (c->reserved == RES_SUGGEST)
			a->own[2] = c->col;
	}
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

int annotate_write(struct buf *out, const struct judging *j, const struct judged *f, struct why *why)
{
	struct annotating a = { .j = j, .f = f, .s = &f->sheets[0], .m = &j->rs->messages, .out = out };
	bool convert = strncmp(f->reading.encoding, "UTF-8", 5) != 0;
	iconv_t cd = convert ? iconv_open(f->reading.encoding, "UTF-8") : NULL;
	int rc;

	if (cd == (iconv_t)-1)
		return why_errno(why, f->reading.encoding);
	a.cd = cd;
	put_mark(out, f->reading.encoding);
	find_own(&a);
	rc = put_rows(&a, why);
	if (convert)
		(void)iconv_close(cd);
	buf_free(&a.text);
	return rc;
}
