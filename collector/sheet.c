/*
 * sheet - what a reading means: which form, which week, which rows are data, which are
 * totals, and who signed.  Nothing is typed here (value.c) and no rule is asked (judge).
 *
 * Every conversion is a note, so that the receipt can state it.
 */
#include "collector.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct understanding {
	const struct ruleset *rs;
	const struct reading *r;
	struct paper         *p;
	struct findings      *fs;
	const char           *sender;   /* code of the unit, or NULL */
};

static void say(const struct understanding *u, const char *id, const struct finding *at,
    const struct message_arg *args, size_t n)
{
	finding_say(u->fs, &u->rs->messages, id, at, args, n);
}

/* A finding of the file as a whole, with one value. */
static void say_file(const struct understanding *u, const char *id, const char *name, const char *value)
{
	const struct message_arg args[] = { { name, value } };
	struct finding at = { .value = value };

	say(u, id, &at, args, 1);
}

/* ---- weeks in names ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The longest word of list ID that TEXT (squashed) begins with: its length, or 0. */
size_t word_at(const struct messages *m, const char *id, struct span text)
{
	const struct words *w = words_find(m, id);
	size_t longest = 0;

	for (size_t i = 0; w != NULL && i < w->n; i++)
		if (span_starts(text, w->squashed[i]) && strlen(w->squashed[i]) > longest)
			longest = strlen(w->squashed[i]);
	return longest;
}

static struct span from_here(struct span all, const char *p)
{
	return (struct span){ p, (size_t)(all.s + all.n - p) };
}

/*
 * A week at P of TEXT (squashed): year, then "-W", "W" or words, one or two digits, and the word
 * for week unless there was a W.  Returns its length, or 0; OUT is "YYYY-Www".
 */
size_t week_spelled(const struct messages *m, struct span text, const char *p, char out[9])
{
	const char *end = text.s + text.n, *s = p + 4, *digits;
	bool w = false;
	size_t n;

	if (end - p < 6 || !is_digit(p[0]) || !is_digit(p[1]) || !is_digit(p[2]) || !is_digit(p[3]) ||
	    (p > text.s && is_digit(p[-1])))
		return 0;
	while (s < end && ((n = word_at(m, "week.between", from_here(text, s))) > 0 || *s == '-' ||
	    *s == '_' || *s == 'W')) {
		w = w || *s == 'W';
		s += n > 0 ? n : 1;
	}
	for (digits = s; s < end && is_digit(*s) && s - digits < 3; s++)
		continue;
	if (s == p + 4 || s == digits || s - digits > 2 || (!w && word_at(m, "week.after", from_here(text,
	    s)) == 0))
		return 0;
	(void)snprintf(out, 9, "%.4s-W%s%.*s", p, s - digits == 1 ? "0" : "", (int)(s - digits), digits);
	return (size_t)(s - p);
}

/* The one week that a file's name says.  Two different ones, or one that does not exist, is fatal. */
static void week_of_name(const struct understanding *u, const char *file_name)
{
	struct span text = squash_in(&u->p->arena, span_of(file_name));
	char found[9] = "", one[9];
	struct week week;

	for (const char *p = text.s; p < text.s + text.n; p++) {
		size_t n = week_spelled(&u->rs->messages, text, p, one);

		if (n == 0)
			continue;
		if (week_parse(one, 8, &week) != 0)
			say_file(u, "week.bad", "week", one);
		else if (*found != '\0' && strcmp(found, one) != 0)
			say_file(u, "week.two", "week", one);
		else {
			u->p->has_week = true;
			u->p->week = week;
			memcpy(found, one, sizeof found);
		}
		p += n - 1;
	}
}

/* ---- signatures: who prepared, who reviewed, whom to call ---- */

enum sign { SIGN_NONE, SIGN_PREPARED, SIGN_REVIEWED, SIGN_PHONE, SIGN_OTHER };

/* A cell's text squashed, and where each byte of that comes from. */
struct traced {
	struct buf  text;
	size_t     *at, cap;
};

static void trace_text(struct traced *t, struct span cell)
{
	const char *p = cell.s, *end = cell.s + cell.n;

	while (p < end) {
		const char *from = p;
		size_t before = t->text.len;

		if (utf8_next(&p, end) < 0)
			p++;
		text_squash(&t->text, (struct span){ from, (size_t)(p - from) });
		for (size_t i = before; i < t->text.len; i++) {
			vec_room(t->at, i, t->cap);
			t->at[i] = (size_t)(from - cell.s);
		}
	}
	vec_room(t->at, t->text.len, t->cap);
	t->at[t->text.len] = cell.n;
}

static void traced_free(struct traced *t)
{
	buf_free(&t->text);
	free(t->at);
}

/* The label at I of T: followed by a colon, or all there is.  *N is its length with the colon. */
static enum sign sign_at(const struct messages *m, const struct traced *t, size_t i, size_t *n)
{
	static const char *const lists[] = {
		[SIGN_PREPARED] = "prepared", [SIGN_REVIEWED] = "reviewed", [SIGN_PHONE] = "phone",
		[SIGN_OTHER] = "signature.other",
	};
	struct span rest = { t->text.s + i, t->text.len - i };
	enum sign sign = SIGN_NONE;
	size_t longest = 0;

	for (int k = SIGN_PREPARED; k <= SIGN_OTHER; k++) {
		size_t len = word_at(m, lists[k], rest);

		if (len > longest && (len == rest.n ? i == 0 : rest.s[len] == ':')) {
			longest = len;
			sign = (enum sign)k;
		}
	}
	*n = longest < rest.n ? longest + 1 : longest;
	return sign;
}

static void keep_signature(struct paper *p, enum sign who, struct span value)
{
	const char **to = who == SIGN_PREPARED ? &p->prepared_by : who == SIGN_REVIEWED ? &p->reviewed_by :
	    who == SIGN_PHONE ? &p->phone : NULL;
	struct buf b = { 0 };

	value = span_trim(value);
	if (to == NULL || *to != NULL || value.n == 0)
		return;
	text_escape(&b, value);
	*to = arena_ndup(&p->arena, b.s, b.len);
	buf_free(&b);
}

/*
 * The labels in a cell and their values: up to the next label, or in the NEXT filled cell.
 * Returns whether there is any.
 */
static bool sign_cell(const struct understanding *u, struct span cell, struct span next, bool keep)
{
	const struct messages *m = &u->rs->messages;
	struct traced t = { 0 };
	enum sign open = SIGN_NONE;
	size_t from = 0, n, i;
	bool any = false;

	trace_text(&t, cell);
	for (i = 0; i < t.text.len; ) {
		enum sign sign = sign_at(m, &t, i, &n);

		if (sign == SIGN_NONE) {
			i++;
			continue;
		}
		if (open != SIGN_NONE && keep)
			keep_signature(u->p, open, (struct span){ cell.s + t.at[from],
			    t.at[i] - t.at[from] });
		any = true;
		open = sign;
		i = from = i + n;
	}
	if (open != SIGN_NONE && keep)
		keep_signature(u->p, open, from < t.text.len ?
		    (struct span){ cell.s + t.at[from], cell.n - t.at[from] } : next);
	traced_free(&t);
	return any;
}

/* A signature's value in the next cell must not be the next signature. */
static bool sign_row(const struct understanding *u, const struct grid_row *row, bool keep)
{
	const struct cell *cells = u->r->grids[0].cells;
	bool any = false;

	for (size_t i = row->from; i < row->to; i++) {
		struct span next = { "", 0 };

		if (is_blank(cells[i].text))
			continue;
		for (size_t j = i + 1; j < row->to && next.n == 0; j++)
			if (!is_blank(cells[j].text))
				next = cells[j].text;
		if (next.n > 0 && sign_cell(u, next, (struct span){ "", 0 }, false))
			next = (struct span){ "", 0 };
		any = sign_cell(u, cells[i].text, next, keep) || any;
	}
	return any;
}

/* ---- the rows of a CSV sheet ---- */

enum row_kind { ROW_BLANK, ROW_DATA, ROW_TOTAL, ROW_NAMED_TOTAL, ROW_SUBTOTAL, ROW_PART, ROW_SIGNED,
	ROW_NUMBERS, ROW_HEADER };

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
	return i < row->to - row->from ? b->g->cells[row->from + i].text : (struct span){ "", 0 };
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

#define NAMED_BEFORE 60u        /* bytes of a name before a word for a total: some twenty characters */

/* Whether TEXT (squashed) is a name and a word of list ID behind it: "SOUTH TOTAL". */
static bool is_named(const struct messages *m, const char *id, struct span text)
{
	for (size_t i = 1; i < text.n && i <= NAMED_BEFORE; i++) {
		size_t n = word_at(m, id, from_here(text, text.s + i));

		if (n > 0 && ends_there(text, i + n))
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

/* Whether ROW repeats the header, as each page of a printed table does. */
static bool is_header_again(const struct body *b, const struct grid_row *row)
{
	const struct grid_row *header = b->header;
	size_t same = 0;

	for (size_t i = 0; i < row->to - row->from; i++) {
		struct span cell = span_trim(cell_at(b, row, i));

		if (cell.n == 0)
			continue;
		if (!span_eq(cell, span_trim(cell_at(b, header, i))))
			return false;
		same++;
	}
	return same >= 2;
}

/*
 * What a row is, told by its first cells.  A row whose key looks like one (it starts with a
 * letter or digit) is data and is not looked at further.
 */
static enum row_kind kind_of(const struct body *b, const struct grid_row *row)
{
	const struct messages *m = &b->u->rs->messages;
	struct span key = span_trim(cell_at(b, row, b->key));

	if (is_blank_row(b, row))
		return ROW_BLANK;
	if (!b->begun && is_numbering(b, row))
		return ROW_NUMBERS;
	if (is_header_again(b, row))
		return ROW_HEADER;
	if (b->key < b->width && key.n > 0 && (unsigned char)key.s[0] < 0x80)
		return ROW_DATA;
	for (size_t i = 0; i < b->lead; i++) {
		struct span cell = cell_at(b, row, i);

		/* Nothing else may be filled in the key column: a thing of that name is data. */
		if (is_blank(cell) || (i != b->key && key.n > 0))
			continue;
		enum row_kind kind = kind_said(m, cell);

		if (kind != ROW_DATA)
			return kind;
	}
	for (size_t i = 0; i < row->to - row->from; i++) {
		struct span cell = cell_at(b, row, i);

		if (!is_blank(cell))
			return sign_cell(b->u, cell, (struct span){ "", 0 }, false) ? ROW_SIGNED : ROW_DATA;
	}
	return ROW_DATA;
}

static struct finding *row_say(const struct body *b, const char *id, const struct grid_row *row, size_t col,
    struct span value)
{
	char letters[8], width[24], cells[24];
	struct buf shown = { 0 };

	column_letters((uint32_t)col, letters);
	(void)snprintf(width, sizeof width, "%zu", b->width);
	(void)snprintf(cells, sizeof cells, "%zu", row->to - row->from);
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
			row_say(b, "row.too_wide", row, i + 1, cell)->held = true;
			return true;
		}
		(void)row_say(b, "header.empty", row, i + 1, cell);
		b->says_over[i] = true;
	}
	if (row->to - row->from <= b->width || !b->even)
		return false;
	row_say(b, "row.too_wide_blank", row, b->width + 1, (struct span){ "", 0 })->held = true;
	return true;
}

static struct span *row_cells(const struct body *b, const struct grid_row *row)
{
	struct span *cells = arena_alloc(&b->u->p->arena, b->s->n_columns * sizeof *cells);

	for (size_t i = 0; i < b->s->n_columns; i++)
		cells[i] = cell_at(b, row, b->s->columns[i].col - 1);
	return cells;
}

#define TO_END   SIZE_MAX               /* a total above its rows: all of them */
#define TO_NEXT  (SIZE_MAX - 1)         /* a subtotal above its rows: up to the next subtotal */

static void take_total(struct body *b, const struct grid_row *row, enum row_kind kind)
{
	struct sheet *s = b->s;
	struct control_total t = { .row = row->row, .cells = row_cells(b, row), .from = 0, .to = s->n_rows };

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

static void take_row(struct body *b, const struct grid_row *row)
{
	enum row_kind kind = kind_of(b, row);

	if (kind == ROW_BLANK)
		return;
	if (kind == ROW_SIGNED) {
		(void)sign_row(b->u, row, true);
		if (!b->signed_off)
			b->first_signed = row->row;
		b->signed_off = true;
		return;
	}
	if (b->signed_off) {
		if (b->n_after++ == 0)
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
	else if (kind == ROW_HEADER)
		(void)row_say(b, "row.header_again", row, 0, (struct span){ "", 0 });
	else
		b->s->rows[b->s->n_rows++] = (struct sheet_row){ row->row, row_cells(b, row), shifted };
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

/* Whether row I repeats, in all parts of the key but the first, one of the rows from FROM on. */
static bool repeats(const struct body *b, size_t from, size_t i)
{
	const struct form *form = b->s->form;

	for (size_t r = from; r < i; r++) {
		bool same = form->n_keys > 1;

		for (size_t k = 0; same && k < b->s->n_columns; k++)
			for (size_t part = 1; part < form->n_keys; part++)
				if (b->s->columns[k].field == &form->fields[form->keys[part]] &&
				    !span_eq(span_trim(b->s->rows[r].cells[k]), span_trim(b->s->rows[i].cells[k])))
					same = false;
		if (same)
			return true;
	}
	return false;
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
	say(b->u, "column.filled_down", &at, args, 3);
	buf_free(&shown);
}

/*
 * A merged cell has its text in its first row only.  The rows below it take it, as far as they stand
 * row by row below it: a total or a blank row between ends the group.
 */
static void fill_down(const struct body *b, size_t k)
{
	struct sheet_row *rows = b->s->rows;
	bool key = b->s->columns[k].field == &b->s->form->fields[b->s->form->keys[0]];
	size_t first = 0, n = 0, group = 0;

	for (size_t i = 1; i < b->s->n_rows; i++) {
		if (!is_blank(rows[i].cells[k]) || rows[i].row != rows[i - 1].row + 1) {
			group = i;
			continue;
		}
		if (is_blank(rows[i - 1].cells[k]) || (key && repeats(b, group, i)))
			continue;
		rows[i].cells[k] = rows[i - 1].cells[k];
		first = n++ == 0 ? i : first;
	}
	if (n > 0)
		say_filled(b, k, rows[first].row, n, rows[first].cells[k]);
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
		const struct cell *cell = &b->g->cells[last->to - 1];

		row_say(b, "row.open", last, cell->col, cell->text)->held = true;
		s->rows[s->n_rows - 1].held = true;
	}
}

static void say_rows(const struct body *b, const char *id, uint32_t row, size_t n)
{
	char number[24];
	const struct message_arg args[] = { { "count", number } };
	struct finding at = { .form = b->s->form->name, .row = row };

	(void)snprintf(number, sizeof number, "%zu", n);
	say(b->u, id, &at, args, 1);
}

static void read_body(struct body *b, size_t header)
{
	const struct grid *g = b->g;
	size_t n = g->n_rows - header - 1;

	b->header = &g->rows[header];
	for (size_t i = header + 1; i < g->n_rows; i++)
		b->even = b->even || g->rows[i].to - g->rows[i].from == b->s->n_columns;
	body_prepare(b);
	b->s->rows = arena_alloc(&b->u->p->arena, n * sizeof *b->s->rows);
	b->s->totals = arena_alloc(&b->u->p->arena, n * sizeof *b->s->totals);
	for (size_t i = header + 1; i < g->n_rows; i++)
		take_row(b, &g->rows[i]);
	close_totals(b);
	for (size_t k = 0; k < b->s->n_columns; k++)
		if (may_be_merged(b, k))
			fill_down(b, k);
	check_end(b);
	if (b->s->n_totals > 0)
		say_rows(b, "row.total", b->first_total, b->s->n_totals);
	if (b->first_signed > 0)
		say_rows(b, "row.signed", b->first_signed, 1);
	free(b->by_col);
	free(b->says_over);
}

/* ---- CSV ---- */

static void understand_csv(const struct understanding *u, const char *file_name)
{
	const struct grid *g = &u->r->grids[0];
	struct paper *p = u->p;
	struct sheet *s = arena_alloc(&p->arena, sizeof *s);
	struct body b = { .u = u, .g = g, .s = s };
	size_t header = 0, titles = 0;

	if (g->n_rows == 0) {
		say_file(u, "sheet.empty", "form", NULL);
		return;
	}
	week_of_name(u, file_name);
	if (header_recognise(u->rs, u->sender, g, file_name, &p->arena, s, &header, u->fs) != 0)
		return;
	while (g->rows[titles].row < s->header_from)
		(void)sign_row(u, &g->rows[titles++], true);
	if (titles > 0)
		say_rows(&b, "row.title", g->rows[0].row, titles);
	read_body(&b, header);
	if (s->n_rows == 0) {
		say_file(u, "sheet.no_rows", "form", s->form->title);
		return;
	}
	p->sheets = s;
	p->n_sheets = 1;
}

/* ---- XML ---- */

/* Names of the reserved columns that XML may have. */
static int xml_reserved(const char *name)
{
	return strcmp(name, "op") == 0 ? RES_OP : strcmp(name, "note") == 0 ? RES_NOTE :
	    strcmp(name, "correction") == 0 ? RES_CORRECTION : -1;
}

static void xml_week(const struct understanding *u, const char *value)
{
	struct week week;

	if (week_parse(value, strlen(value), &week) != 0)
		say_file(u, "week.bad", "week", value);
	else if (u->p->has_week && week_cmp(u->p->week, week) != 0)
		say_file(u, "week.two", "week", value);
	else {
		u->p->has_week = true;
		u->p->week = week;
	}
}

static void xml_attribute(const struct understanding *u, const struct attribute *a)
{
	struct paper *p = u->p;
	struct span value = span_trim(span_of(a->value));
	const char *text = arena_ndup(&p->arena, value.s, value.n);

	if (strcmp(a->name, "week") == 0)
		xml_week(u, text);
	else if (strcmp(a->name, "unit") == 0)
		p->unit = text;
	else if (strcmp(a->name, "prepared-by") == 0)
		keep_signature(p, SIGN_PREPARED, value);
	else if (strcmp(a->name, "reviewed-by") == 0)
		keep_signature(p, SIGN_REVIEWED, value);
	else if (strcmp(a->name, "phone") == 0)
		keep_signature(p, SIGN_PHONE, value);
	else
		say_file(u, "xml.attribute_unknown", "name", a->name);
}

static void xml_name(const struct understanding *u, const struct grid *g, struct sheet *s, size_t i)
{
	struct column *c = &s->columns[i];
	const char *name = g->names[i];
	const struct message_arg args[] = { { "name", name }, { "form", s->form->title } };

	*c = (struct column){
		.field = form_field(s->form, name), .reserved = xml_reserved(name), .col = (uint32_t)i + 1,
		.header = arena_dup(&u->p->arena, name), .unit_yuan = 1,
	};
	if (c->field != NULL) {
		c->unit_yuan = c->field->unit_yuan;
		c->unit_word = c->field->unit;
	} else if (c->reserved < 0) {
		struct finding at = { .form = s->form->name, .row = g->line, .header = name, .value = name };

		say(u, "xml.field_unknown", &at, args, 2);
	}
}

static void xml_rows(const struct understanding *u, const struct grid *g, struct sheet *s)
{
	s->rows = arena_alloc(&u->p->arena, g->n_rows * sizeof *s->rows);
	s->n_rows = g->n_rows;
	for (size_t i = 0; i < g->n_rows; i++) {
		const struct grid_row *row = &g->rows[i];
		struct span *cells = arena_alloc(&u->p->arena, g->n_names * sizeof *cells);

		for (size_t k = row->from; k < row->to; k++)
			cells[g->cells[k].col - 1] = g->cells[k].text;
		s->rows[i] = (struct sheet_row){ .row = row->row, .cells = cells };
	}
}

static void xml_sheet(const struct understanding *u, const struct grid *g)
{
	const struct form *form = ruleset_form(u->rs, g->form);
	const struct message_arg args[] = { { "name", g->form } };
	struct finding at = { .row = g->line, .value = g->form };
	struct paper *p = u->p;

	if (form == NULL) {
		say(u, "xml.form_unknown", &at, args, 1);
		return;
	}
	for (size_t i = 0; i < p->n_sheets; i++)
		if (p->sheets[i].form == form) {
			say(u, "xml.form_twice", &at, args, 1);
			return;
		}
	struct sheet *s = &p->sheets[p->n_sheets++];

	*s = (struct sheet){ .form = form, .n_columns = g->n_names };
	s->columns = arena_alloc(&p->arena, g->n_names * sizeof *s->columns);
	for (size_t i = 0; i < g->n_names; i++)
		xml_name(u, g, s, i);
	xml_rows(u, g, s);
}

static void understand_xml(const struct understanding *u, const char *file_name)
{
	const struct reading *r = u->r;
	size_t rows = 0;

	week_of_name(u, file_name);
	for (size_t i = 0; i < r->n_attributes; i++)
		xml_attribute(u, &r->attributes[i]);
	u->p->sheets = arena_alloc(&u->p->arena, r->n_grids * sizeof *u->p->sheets);
	for (size_t i = 0; i < r->n_grids; i++) {
		xml_sheet(u, &r->grids[i]);
		rows += r->grids[i].n_rows;
	}
	if (u->p->unit == NULL)
		say_file(u, "xml.no_unit", "name", NULL);
	if (rows == 0)
		say_file(u, "xml.no_rows", "name", NULL);
}

/* ---- the whole ---- */

void paper_understand_of(const struct ruleset *rs, const char *sender, const struct reading *r,
    const char *file_name, struct paper *out, struct findings *fs)
{
	struct understanding u = { .rs = rs, .r = r, .p = out, .fs = fs, .sender = sender };

	*out = (struct paper){ 0 };
	if (findings_worst(&r->findings) == SEV_FATAL || r->n_grids == 0)
		return;
	if (r->format == SOURCE_XML)
		understand_xml(&u, file_name);
	else
		understand_csv(&u, file_name);
}

void paper_understand(const struct ruleset *rs, const struct reading *r, const char *file_name,
    struct paper *out, struct findings *fs)
{
	paper_understand_of(rs, NULL, r, file_name, out, fs);
}

void paper_free(struct paper *p)
{
	arena_free(&p->arena);
	*p = (struct paper){ 0 };
}
