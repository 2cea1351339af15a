/*
 * sheet_rows - the rows below the header of a CSV sheet: data, totals, signatures, what is blank or repeats
 * the header; and a last line that may have been cut.
 */
#include "sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum row_kind { ROW_BLANK, ROW_DATA, ROW_TOTAL, ROW_NAMED_TOTAL, ROW_SUBTOTAL, ROW_PART, ROW_SIGNED,
	ROW_NUMBERS, ROW_HEADER, ROW_HEADING, ROW_OTHER };

/* The sheet in the making. */
struct body {
	const struct understanding *u;
	const struct grid *g;
	struct sheet      *s;
	const struct column **by_col;   /* by column number - 1; NULL where the header is empty */
	size_t             width;       /* columns of the header */
	size_t             lead;        /* columns before the first figure: where a total says so */
	size_t             key;         /* place of the first key column, or width */
	bool               signed_off;  /* below this only signatures */
	bool               leading;     /* subtotals stand above what they total */
	bool              *says_over;   /* by column - 1: a filled cell under an empty header was noted */
	uint32_t           first_total, first_signed;
	size_t             n_after;     /* rows below the signatures */
	size_t             group;       /* first row since the last subtotal */
	bool               begun;       /* a row below the header was seen */
	const struct grid_row *header;
	size_t                 above;   /* rows of the header right above it */
	bool               other;       /* below this another table */
	unsigned           asked;       /* rows looked at for the header of another table */
	bool               even;        /* some row below is as wide as the header */
};

static bool counts_as_text(const struct column *c)
{
	return c != NULL && (c->field != NULL || c->reserved == RES_OP || c->reserved == RES_NOTE ||
	    c->reserved == RES_CORRECTION || (c->field == NULL && c->reserved < 0));
}

static void body_prepare(struct body *b)
{
	const struct field *key = b->s->form->n_keys > 0 ? &b->s->form->fields[b->s->form->keys[0]] : NULL;

	b->width = b->s->n_columns;
	b->by_col = mem_zero(b->width, sizeof *b->by_col);
	b->says_over = mem_zero(b->width, sizeof *b->says_over);
	b->key = b->lead = b->width;
	for (size_t i = 0; i < b->s->n_columns; i++) {
		const struct column *c = &b->s->columns[i];
		size_t at = c->col - 1;

		if (*c->header != '\0')
			b->by_col[at] = c;
		if (key != NULL && c->field == key && b->key == b->width)
			b->key = at;
		if (column_is_figure(c) && at < b->lead)
			b->lead = at;
	}
}

static struct span cell_at(const struct body *b, const struct grid_row *row, size_t i)
{
	return i < row->to - row->from ? grid_cell(b->g, row->from + i) : (struct span){ "", 0 };
}

/* A row that has nothing but its number in order (or what an annotated copy added) is blank. */
static bool is_blank_row(const struct body *b, const struct grid_row *row)
{
	for (size_t i = 0; i < row->to - row->from; i++)
		if ((i >= b->width || b->by_col[i] == NULL || counts_as_text(b->by_col[i])) &&
		    !is_blank(cell_at(b, row, i)))
			return false;
	return true;
}

/* Whether a word that ends at N of TEXT is all there is but for a mark or a count: "TOTAL:", "TOTAL(12)". */
static bool ends_there(struct span text, size_t n)
{
	return n == text.n || text.s[n] == ':' || text.s[n] == '(' || is_digit(text.s[n]);
}

/* Whether nothing follows a word that ends at N of TEXT but a colon, or a bracket up to the end: no figure does. */
static bool ends_all(struct span text, size_t n)
{
	return n == text.n || (n + 1 == text.n && text.s[n] == ':') ||
	    (text.s[n] == '(' && text.s[text.n - 1] == ')');
}

#define NAMED_BEFORE 60u        /* bytes of a name before a word for a total: some twenty characters */

/* Whether TEXT (squashed) is a name and a word of list ID behind it: "SOUTH TOTAL". */
static bool is_named(const struct messages *m, const char *id, struct span text)
{
	for (size_t i = 1; i < text.n && i <= NAMED_BEFORE; i++) {
		size_t n = word_at(m, id, from_here(text, text.s + i));

		if (n > 0 && ends_all(text, i + n))
			return true;
	}
	return false;
}

/* What CELL says the row is; ROW_DATA if nothing. */
static enum row_kind kind_said(const struct messages *m, struct span cell)
{
	static const struct { const char *words; enum row_kind kind, named; } kinds[] = {
		{ "subtotal", ROW_SUBTOTAL, ROW_SUBTOTAL }, { "total", ROW_TOTAL, ROW_NAMED_TOTAL },
		{ "total.part", ROW_PART, ROW_DATA },
	};
	enum row_kind kind = ROW_DATA;
	struct buf b = { 0 };

	if (cell.n == 0 || cell.n > 128)
		return ROW_DATA;
	text_squash(&b, cell);
	struct span text = { buf_cstr(&b), b.len };

	for (size_t k = 0; k < sizeof kinds / sizeof *kinds && kind == ROW_DATA; k++) {
		size_t n = word_at(m, kinds[k].words, text);

		if (n > 0 && ends_there(text, n))
			kind = kinds[k].kind;
		else if (kinds[k].named != ROW_DATA && is_named(m, kinds[k].words, text))
			kind = kinds[k].named;
	}
	buf_free(&b);
	return kind;
}

/*
 * Below the header of a printed table the columns are numbered: "A B 1 2 3".  Every filled cell is
 * the next number or a word of list column.ordinal, and there are three at least.
 */
static bool is_numbering(const struct body *b, const struct grid_row *row)
{
	long last = 0;
	size_t filled = 0;

	for (size_t i = 0; i < row->to - row->from; i++) {
		struct span cell = span_trim(cell_at(b, row, i));
		struct decimal d;

		if (cell.n == 0)
			continue;
		filled++;
		if (words_has(&b->u->rs->messages, "column.ordinal", cell))
			continue;
		if (decimal_parse(cell, &d) != 0 || d.scale != 0 || d.digits != last + 1)
			return false;
		last++;
	}
	return filled >= 3 && last > 0;
}

/* Whether A and B say the same, whatever blanks and marks of which width they are written with. */
static bool is_same_text(struct span a, struct span b)
{
	struct buf x = { 0 }, y = { 0 };
	bool same;

	text_squash(&x, a);
	text_squash(&y, b);
	same = x.len == y.len && memcmp(buf_cstr(&x), buf_cstr(&y), x.len) == 0;
	buf_free(&x);
	buf_free(&y);
	return same;
}

/* Whether ROW repeats HEADER, as each page of a printed table does; LOOSELY: typed again. */
static bool repeats_header(const struct body *b, const struct grid_row *row, const struct grid_row *header,
    bool loosely)
{
	size_t same = 0;

	for (size_t i = 0; header != NULL && i < row->to - row->from; i++) {
		struct span cell = span_trim(cell_at(b, row, i)), said = span_trim(cell_at(b, header, i));

		if (cell.n == 0)
			continue;
		if (!span_eq(cell, said) && !(loosely && is_same_text(cell, said)))
			return false;
		same++;
	}
	return same >= 2;
}

/* The place of the only filled cell of ROW; its width if there are more, or none. */
static size_t only_cell(const struct grid *g, const struct grid_row *row)
{
	size_t width = row->to - row->from, only = width;

	for (size_t i = 0; i < width; i++) {
		if (is_blank(grid_cell(g, row->from + i)))
			continue;
		if (only < width)
			return width;
		only = i;
	}
	return only;
}

/* Whether column I means nothing to the form, and text in it alone nothing to be counted. */
static bool is_beside(const struct body *b, size_t i)
{
	return i < b->lead && b->by_col[i] != NULL && b->by_col[i]->field == NULL && b->by_col[i]->reserved < 0;
}

#define MOST_ASKED 20u           /* a file: each row is compared with the names of all forms */

/* A row whose key is no code: the name of a group, or another table; else its mistake is told as data. */
static enum row_kind kind_of_keyless(struct body *b, const struct grid_row *row)
{
	const struct column *c = b->key < b->width ? b->by_col[b->key] : NULL;
	const struct field *f = c != NULL ? c->field : NULL;

	if (f == NULL || (f->type != FIELD_CODE && f->type != FIELD_REF))
		return ROW_DATA;
	size_t only = only_cell(b->g, row);

	/* A record may end before the key: then its width is the key's place, and no cell's. */
	if (only < row->to - row->from && (only == b->key || is_beside(b, only)))
		return ROW_HEADING;
	if (b->asked++ < MOST_ASKED && header_is_other(b->u->rs, b->g, row, &b->u->p->arena))
		return ROW_OTHER;
	return ROW_DATA;
}

/* Whether CELL is the word of a total, or has the label of a signature. */
static bool is_aside(const struct body *b, struct span cell)
{
	return kind_said(&b->u->rs->messages, cell) != ROW_DATA ||
	    sheet_sign_cell(b->u, cell, (struct span){ "", 0 }, false);
}

/*
 * Whether ROW has what only a record has: an operation, or most of the required texts of its form.  The words of
 * totals and signatures stand in the sentences of a record too, and no record may be lost for its words.
 */
static bool is_record(const struct body *b, const struct grid_row *row)
{
	size_t wanted = 0, filled = 0;

	for (size_t i = 0; i < b->width; i++) {
		const struct column *c = b->by_col[i];
		bool blank = is_blank(cell_at(b, row, i));

		/* An operation; not the word of a total or a signature, which stands in the first column, whatever that is. */
		if (c != NULL && c->reserved == RES_OP && !blank && !is_aside(b, cell_at(b, row, i)))
			return true;
		if (c == NULL || c->field == NULL || !c->field->required || column_is_figure(c) || i == b->key)
			continue;
		wanted++;
		filled += !blank;
	}
	return filled >= 2 && 2 * filled > wanted;
}

/* Whether CELL, the first filled one of ROW, makes it a signature: a label begins it, or it is a line of its own. */
static bool is_signature(const struct body *b, const struct grid_row *row, struct span cell)
{
	return sheet_sign_begins(b->u, cell) != SIGN_NONE ||
	    (only_cell(b->g, row) == 0 && sheet_sign_cell(b->u, cell, (struct span){ "", 0 }, false));
}

/* What a row whose key is empty, or no code, says that it is: by its first cells. */
static enum row_kind kind_by_words(struct body *b, const struct grid_row *row)
{
	const struct messages *m = &b->u->rs->messages;
	bool keyed = !is_blank(cell_at(b, row, b->key));

	for (size_t i = 0; i < b->lead; i++) {
		struct span cell = cell_at(b, row, i);

		/* Nothing else may be filled in the key column: a thing of that name is data. */
		if (is_blank(cell) || (i != b->key && keyed))
			continue;
		enum row_kind kind = kind_said(m, cell);

		if (kind != ROW_DATA)
			return kind;
	}
	for (size_t i = 0; i < row->to - row->from; i++)
		if (!is_blank(cell_at(b, row, i)))
			return is_signature(b, row, cell_at(b, row, i)) ? ROW_SIGNED : ROW_DATA;
	return ROW_DATA;
}

/*
 * What a row is, told by its first cells.  A row whose key looks like one (it starts with a
 * letter or digit) is data and is not looked at further.
 */
static enum row_kind kind_of(struct body *b, const struct grid_row *row)
{
	struct span key = span_trim(cell_at(b, row, b->key));

	if (is_blank_row(b, row))
		return ROW_BLANK;
	if (!b->begun && is_numbering(b, row))
		return ROW_NUMBERS;
	if (repeats_header(b, row, b->header, false))
		return ROW_HEADER;
	if (b->key < b->width && key.n > 0 && (unsigned char)key.s[0] < 0x80)
		return ROW_DATA;
	for (size_t i = 0; i <= b->above; i++)
		if (repeats_header(b, row, b->header - i, true))
			return ROW_HEADER;
	enum row_kind kind = is_record(b, row) ? ROW_DATA : kind_by_words(b, row);

	return kind == ROW_DATA ? kind_of_keyless(b, row) : kind;
}

static struct finding *row_say(const struct body *b, const char *id, const struct grid_row *row, size_t col,
    struct span value)
{
	char letters[8], width[24], cells[24];
	struct buf shown = { 0 };

	column_letters((uint32_t)col, letters);
	(void)snprintf(width, sizeof width, "%zu", b->width);
	(void)snprintf(cells, sizeof cells, "%u", row->to - row->from);
	text_escape(&shown, value);
	const struct message_arg args[] = { { "column", letters }, { "width", width }, { "value",
	    buf_cstr(&shown) }, { "cells", cells } };
	struct finding at = {
		.form = b->s->form->name, .row = row->row, .col = (uint32_t)col,
		.value = shown.len > 0 ? buf_cstr(&shown) : NULL,
	};

	struct finding *said = finding_say(b->u->fs, &b->u->rs->messages, id, &at, args, 4);

	buf_free(&shown);
	return said;
}

/*
 * ID of ROW, which is held for it: its key is told, so that it does not count as not reported.  A key in the last
 * cell may have been cut.
 */
static void row_hold(const struct body *b, const char *id, const struct grid_row *row, size_t col, struct span value)
{
	struct finding *said = row_say(b, id, row, col, value);
	struct buf key = { 0 };

	if (b->s->form->n_keys == 1 && b->key < b->width && b->key + 1 < row->to - row->from)
		text_squash(&key, cell_at(b, row, b->key));
	if (key.len > 0)
		said->key = arena_ndup(&b->u->fs->arena, key.s, key.len);
	said->held = true;
	buf_free(&key);
}

/*
 * Text beyond the header: every record of a spreadsheet is as wide as the widest, so a wider one
 * was shifted by an unquoted separator, and no cell of it can be trusted.  Under an empty header, text
 * is a remark at the side.  Empty cells beyond the header are nothing where all rows have them; a row that
 * alone is wider was shifted too, and what it lost stood empty.  Returns whether the row is to be held.
 */
static bool is_shifted(struct body *b, const struct grid_row *row)
{
	for (size_t i = 0; i < row->to - row->from; i++) {
		struct span cell = cell_at(b, row, i);

		if ((i < b->width && (b->by_col[i] != NULL || b->says_over[i])) || is_blank(cell))
			continue;
		if (i >= b->width) {
			row_hold(b, "row.too_wide", row, i + 1, cell);
			return true;
		}
		(void)row_say(b, "header.empty", row, i + 1, cell);
		b->says_over[i] = true;
	}
	if (row->to - row->from <= b->width || !b->even)
		return false;
	row_hold(b, "row.too_wide_blank", row, b->width + 1, (struct span){ "", 0 });
	return true;
}

/* A line below the header that says another unit than the figures were read in came too late: said, and true. */
static bool check_unit(const struct body *b, const struct grid_row *row)
{
	struct arena *a = &b->u->p->arena;

	for (size_t i = 0; i < row->to - row->from; i++) {
		struct span next = cell_at(b, row, i + 1);
		struct unit_said said = unit_said_in(b->u->rs, squash_in(a, cell_at(b, row, i)), squash_in(a, next));

		for (size_t k = 0; (said.yuan != 0 || said.unknown) && k < b->s->n_columns; k++) {
			const struct column *c = &b->s->columns[k];

			if (c->field == NULL || c->field->type != FIELD_MONEY || c->unit_yuan == said.yuan)
				continue;
			(void)row_say(b, "unit_line.below", row, i + 1, cell_at(b, row, i));
			return true;
		}
	}
	return false;
}

#define TO_END   SIZE_MAX               /* a total above its rows: all of them */
#define TO_NEXT  (SIZE_MAX - 1)         /* a subtotal above its rows: up to the next subtotal */

static void take_total(struct body *b, const struct grid_row *row, enum row_kind kind)
{
	struct sheet *s = b->s;
	struct control_total t = { .row = row->row, .at = (uint32_t)(row - b->g->rows), .from = 0,
	    .to = s->n_rows };

	if (b->first_total == 0)
		b->first_total = row->row;
	/* A total that bears a name is that of its group, unless nothing came since the last subtotal. */
	if (kind == ROW_NAMED_TOTAL)
		kind = b->group == s->n_rows ? ROW_TOTAL : ROW_SUBTOTAL;
	if (kind == ROW_TOTAL && s->n_rows == 0)
		t.to = TO_END;
	if (kind == ROW_SUBTOTAL && s->n_rows > 0 && b->group == s->n_rows && !b->leading) {
		(void)row_say(b, "row.total_unchecked", row, 0, (struct span){ "", 0 });
		return;
	}
	if (kind == ROW_SUBTOTAL) {
		b->leading = b->leading || s->n_rows == 0;
		t.from = b->leading ? s->n_rows : b->group;
		t.to = b->leading ? TO_NEXT : s->n_rows;
		b->group = s->n_rows;
	}
	s->totals[s->n_totals++] = t;
}

/* Totals that stand above their rows get their ends. */
static void close_totals(struct body *b)
{
	size_t end = b->s->n_rows;

	for (size_t i = b->s->n_totals; i-- > 0; ) {
		struct control_total *t = &b->s->totals[i];

		if (t->to == TO_END) {
			t->to = b->s->n_rows;
		} else if (t->to == TO_NEXT) {
			t->to = end;
			end = t->from;
		}
	}
}

static bool is_remark(const struct body *b, const struct grid_row *row)
{
	size_t only = only_cell(b->g, row);
	struct decimal d;

	return only < row->to - row->from && decimal_parse(span_trim(cell_at(b, row, only)), &d) != 0;
}

static void take_row(struct body *b, const struct grid_row *row)
{
	enum row_kind kind = b->other ? ROW_BLANK : kind_of(b, row);

	if (kind == ROW_BLANK)
		return;
	if (kind == ROW_OTHER) {
		b->other = true;
		(void)row_say(b, "row.other_table", row, 0, (struct span){ "", 0 });
		return;
	}
	if ((kind == ROW_SIGNED || kind == ROW_HEADING) && check_unit(b, row))
		return;
	if (kind == ROW_SIGNED) {
		(void)sheet_sign_row(b->u, b->s, row, true);
		sheet_week_of_row(b->u, b->s, row);
		if (!b->signed_off)
			b->first_signed = row->row;
		b->signed_off = true;
		return;
	}
	if (b->signed_off) {
		/* one cell of words goes on with the remarks */
		if (!is_remark(b, row) && b->n_after++ == 0)
			(void)row_say(b, "row.after_signature", row, 0, (struct span){ "", 0 });
		return;
	}
	b->begun = true;
	bool shifted = kind == ROW_DATA && is_shifted(b, row);

	if (kind == ROW_TOTAL || kind == ROW_SUBTOTAL || kind == ROW_NAMED_TOTAL)
		take_total(b, row, kind);
	else if (kind == ROW_PART)
		(void)row_say(b, "row.part", row, 0, (struct span){ "", 0 });
	else if (kind == ROW_NUMBERS)
		(void)row_say(b, "row.numbers", row, 0, (struct span){ "", 0 });
	else if (kind == ROW_HEADING)
		(void)row_say(b, "row.heading", row, only_cell(b->g, row) + 1,
		    cell_at(b, row, only_cell(b->g, row)));
	else if (kind == ROW_HEADER)
		(void)row_say(b, "row.header_again", row, 0, (struct span){ "", 0 });
	else
		b->s->rows[b->s->n_rows++] = (struct sheet_row){ row->row, (uint32_t)(row - b->g->rows),
		    shifted };
}

/*
 * A last record without its line end may have been cut: with too few cells it surely was; with all of them
 * the last may lack its end, 125 be what arrived of 12500.  So that row waits.  Spreadsheets end every line.
 */
static void check_end(const struct body *b)
{
	const struct grid_row *last = &b->g->rows[b->g->n_rows - 1];
	struct sheet *s = b->s;

	if (b->u->r->ended || b->signed_off || last->row <= s->header_row)
		return;
	if (last->to - last->from < b->width) {
		(void)row_say(b, "row.cut", last, 0, (struct span){ "", 0 });
	} else if (s->n_rows > 0 && s->rows[s->n_rows - 1].row == last->row) {
		row_hold(b, "row.open", last, b->g->cells[last->to - 1].col, grid_cell(b->g, last->to - 1));
		s->rows[s->n_rows - 1].held = true;
	}
}

void sheet_rows(const struct understanding *u, const struct grid *g, struct sheet *s, size_t header)
{
	struct body b = { .u = u, .g = g, .s = s };
	size_t n = g->n_rows - header - 1;

	b.header = &g->rows[header];
	b.above = s->header_row - s->header_from;
	for (size_t i = header + 1; i < g->n_rows; i++)
		b.even = b.even || g->rows[i].to - g->rows[i].from == s->n_columns;
	body_prepare(&b);
	s->rows = arena_alloc(&b.u->p->arena, n * sizeof *s->rows);
	s->totals = arena_alloc(&b.u->p->arena, n * sizeof *s->totals);
	for (size_t i = header + 1; i < g->n_rows; i++)
		take_row(&b, &g->rows[i]);
	close_totals(&b);
	sheet_fill_down(u, g, s, b.key);
	check_end(&b);
	if (s->n_totals > 0)
		sheet_say_rows(u, s->form, "row.total", b.first_total, s->n_totals);
	if (b.first_signed > 0)
		sheet_say_rows(u, s->form, "row.signed", b.first_signed, 1);
	free(b.by_col);
	free(b.says_over);
}
