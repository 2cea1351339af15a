/*
 * sheet_rows - the rows below the header of a CSV sheet: data, totals, signatures, what is blank or repeats
 * the header; cells that were merged, and a last line that may have been cut.
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

static bool is_figure(const struct column *c)
{
	return c != NULL && c->field != NULL && (c->field->type == FIELD_MONEY ||
	    c->field->type == FIELD_INTEGER ||
	    c->field->type == FIELD_PERCENT);
}

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
		if (is_figure(c) && at < b->lead)
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

		if (c != NULL && c->reserved == RES_OP && !blank)
			return true;
		if (c == NULL || c->field == NULL || !c->field->required || is_figure(c) || i == b->key)
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

/* ---- merged cells ---- */

/*
 * Whether the cells of column K may have been merged downwards: it stands left of the key, names
 * what the rows have in common, and an empty cell in it would be an error anyway.  Figures never are;
 * an empty cell that may be meant so is left empty.
 */
static bool may_be_merged(const struct body *b, size_t k)
{
	const struct field *f = b->s->columns[k].field;
	const struct form *form = b->s->form;

	if (f == NULL || is_figure(&b->s->columns[k]) || !f->required)
		return false;
	/* Of a key in parts, the first. */
	if (form->n_keys > 1 && f == &form->fields[form->keys[0]])
		return true;
	return k < b->key && b->key < b->width && f != &form->fields[form->keys[0]];
}

static struct span written(const struct body *b, size_t k, size_t i)
{
	return cell_at(b, &b->g->rows[b->s->rows[i].at], b->s->columns[k].col - 1);
}

/* Whether row I says, by a number of its own, that it is about somebody else than the row above. */
static bool names_another(const struct body *b, size_t i)
{
	for (size_t k = 0; k < b->s->n_columns; k++) {
		const struct field *f = b->s->columns[k].field;

		if (f != NULL && f->type == FIELD_USCC && !is_blank(written(b, k, i)) &&
		    !span_eq(span_trim(written(b, k, i)), span_trim(sheet_cell(b->s, &b->s->rows[i - 1], k))))
			return true;
	}
	return false;
}

/*
 * Whether the empty cell of column K in row I can be the lower part of one that was merged: what stands left of
 * it goes on too, for a group begins in all columns to its right; a number goes on only with all else; a name
 * does not where the row has another number.
 */
static bool goes_on(const struct body *b, size_t k, size_t i)
{
	enum field_type type = b->s->columns[k].field->type;

	for (size_t j = 0; j < b->s->n_columns; j++)
		if (j != k && (j < k || type == FIELD_USCC) && may_be_merged(b, j) && !is_blank(written(b, j, i)))
			return false;
	return type != FIELD_TEXT || !names_another(b, i);
}

/*
 * The rows of a group of merged cells by the other parts of their key.  Rationale: a group may be as long as
 * the file, so that comparing each row with all above it would take minutes.
 */
struct seen {
	/* its place and one; what is not of the group at hand is as good as empty */
	uint32_t *row;
	size_t    n;                    /* a power of two; 0: the key has one part */
};

static bool is_other_part(const struct body *b, size_t k)
{
	const struct form *form = b->s->form;

	for (size_t part = 1; part < form->n_keys; part++)
		if (b->s->columns[k].field == &form->fields[form->keys[part]])
			return true;
	return false;
}

static uint64_t hash_parts(const struct body *b, size_t row)
{
	uint64_t hash = 14695981039346656037u;  /* FNV-1a */

	for (size_t k = 0; k < b->s->n_columns; k++) {
		struct span cell = is_other_part(b, k) ? span_trim(sheet_cell(b->s, &b->s->rows[row], k)) :
		    (struct span){ "", 0 };

		for (size_t i = 0; i < cell.n; i++)
			hash = (hash ^ (unsigned char)cell.s[i]) * 1099511628211u;
	}
	return hash ^ hash >> 32;
}

static bool same_parts(const struct body *b, size_t r, size_t i)
{
	for (size_t k = 0; k < b->s->n_columns; k++)
		if (is_other_part(b, k) && !span_eq(span_trim(sheet_cell(b->s, &b->s->rows[r], k)),
		    span_trim(sheet_cell(b->s, &b->s->rows[i], k))))
			return false;
	return true;
}

/*
 * Whether row I repeats, in all parts of the key but the first, one of the rows from GROUP on; it is
 * one now.
 */
static bool repeats(struct seen *seen, const struct body *b, size_t group, size_t i)
{
	if (seen->n == 0)
		return false;
	for (size_t at = (size_t)hash_parts(b, i); ; at++) {
		uint32_t *row = &seen->row[at & (seen->n - 1)];

		if (*row <= group) {
			*row = (uint32_t)i + 1;
			return false;
		}
		if (same_parts(b, *row - 1, i))
			return true;
	}
}

static struct seen seen_make(const struct body *b, bool key)
{
	struct seen seen = { NULL, 0 };

	if (!key || b->s->form->n_keys < 2)
		return seen;
	for (seen.n = 64; seen.n < 2 * b->s->n_rows; )
		seen.n *= 2;
	seen.row = mem_zero(seen.n, sizeof *seen.row);
	return seen;
}

static void say_filled(const struct body *b, size_t k, uint32_t row, size_t n, struct span value)
{
	const struct column *c = &b->s->columns[k];
	struct buf shown = { 0 };
	char count[24], letters[8];
	const struct message_arg args[] = { { "column", letters }, { "header", c->header },
	    { "count", count } };
	struct finding at = { .form = b->s->form->name, .row = row, .col = c->col, .header = c->header,
		.field = c->field->name };

	column_letters(c->col, letters);
	(void)snprintf(count, sizeof count, "%zu", n);
	text_escape(&shown, span_trim(value));
	at.value = buf_cstr(&shown);
	sheet_say(b->u, "column.filled_down", &at, args, 3);
	buf_free(&shown);
}

/* Row I takes its text of column K from the row above. */
static void merge(const struct body *b, size_t k, size_t i)
{
	struct sheet *s = b->s;
	struct arena *a = &b->u->p->arena;

	if (s->merged == NULL)
		s->merged = arena_alloc(a, s->n_columns * sizeof *s->merged);
	if (s->merged[k] == NULL) {
		s->merged[k] = arena_alloc(a, s->n_rows * sizeof **s->merged);
		for (size_t r = 0; r < s->n_rows; r++)
			s->merged[k][r] = (uint32_t)r;
	}
	s->merged[k][i] = s->merged[k][i - 1];
}

/*
 * A merged cell has its text in its first row only.  The rows below it take it, as far as they stand
 * row by row below it: a total or a blank row between ends the group.
 */
static void fill_down(const struct body *b, size_t k)
{
	struct sheet_row *rows = b->s->rows;
	bool key = b->s->columns[k].field == &b->s->form->fields[b->s->form->keys[0]];
	struct seen seen = seen_make(b, key);
	size_t first = 0, n = 0, group = 0;

	if (b->s->n_rows > 0)
		(void)repeats(&seen, b, 0, 0);
	for (size_t i = 1; i < b->s->n_rows; i++) {
		bool again;

		if (!is_blank(sheet_cell(b->s, &rows[i], k)) || rows[i].row != rows[i - 1].row + 1 ||
		    !goes_on(b, k, i)) {
			group = i;
			(void)repeats(&seen, b, group, i);
			continue;
		}
		again = repeats(&seen, b, group, i);
		if (again || is_blank(sheet_cell(b->s, &rows[i - 1], k)))
			continue;
		merge(b, k, i);
		first = n++ == 0 ? i : first;
	}
	if (n > 0)
		say_filled(b, k, rows[first].row, n, sheet_cell(b->s, &rows[first], k));
	free(seen.row);
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
	for (size_t k = 0; k < s->n_columns; k++)
		if (may_be_merged(&b, k))
			fill_down(&b, k);
	check_end(&b);
	if (s->n_totals > 0)
		sheet_say_rows(u, s->form, "row.total", b.first_total, s->n_totals);
	if (b.first_signed > 0)
		sheet_say_rows(u, s->form, "row.signed", b.first_signed, 1);
	free(b.by_col);
	free(b.says_over);
}
