/*
 * header_column - the columns that a header makes: field, unit, and what is to be said of each.
 */
#include "header.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say_column(const struct recogniser *c, const char *id, const struct sheet *s,
    const struct column *col,
    const char *list)
{
	const struct message_arg args[] = {
		{ "header", col->header }, { "title", col->field != NULL ? col->field->title : "" },
		    { "list", list },
		{ "unit", col->unit_word },
	};
	struct finding at = {
		.form = s->form->name, .row = s->header_row, .col = col->col, .header = col->header,
		.field = col->field != NULL ? col->field->name : NULL, .value = col->header,
	};

	finding_say(c->fs, &c->rs->messages, id, &at, args, 4);
}

static void say_ambiguous(const struct recogniser *c, const struct sheet *s, const struct column *col,
    const struct match *m)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < m->n_candidates; i++)
		header_list_add(&list, &c->rs->messages, m->candidates[i]->title);
	say_column(c, "header.ambiguous", s, col, buf_cstr(&list));
	buf_free(&list);
}

/* The unit of a column's figures: its own bracket, the sheet's line, the field's. */
static void set_unit(const struct recogniser *c, const struct sheet *s, struct column *col,
    const struct match *m, const struct unit_said *line)
{
	const struct field *f = col->field;
	int64_t line_yuan = line->yuan;
	const char *line_word = line->word;

	col->unit_yuan = 1;
	col->unit_word = f->unit;
	if (f->type != FIELD_MONEY) {
		if (m->unit_yuan != 0)
			say_column(c, "header.unit_unused", s, col, NULL);
		return;
	}
	col->unit_yuan = m->unit_yuan != 0 ? m->unit_yuan : line_yuan != 0 ? line_yuan : f->unit_yuan;
	col->unit_word = m->unit_yuan != 0 ? m->unit_word : line_yuan != 0 ? line_word : f->unit;
	if (m->unit_yuan != 0 && line_yuan != 0 && m->unit_yuan != line_yuan)
		say_column(c, "header.unit_over_line", s, col, line_word);
	if (m->bracket.n > 0 && !words_has(&c->rs->messages, "header.hint", m->bracket))
		say_column(c, "header.unit_unknown", s, col, arena_ndup(c->arena, m->bracket.s,
		    m->bracket.n));
}

/* How the column was read, where it does not go without saying: in one note. */
static void say_read_as(const struct recogniser *c, const struct sheet *s, const struct column *col,
    const struct match *m)
{
	bool alias = m->name->how == NAME_ALIAS || m->under;
	bool unit = col->field->type == FIELD_MONEY && col->unit_yuan != col->field->unit_yuan;

	if (alias || unit)
		say_column(c, !unit ? "header.alias" : alias ? "header.alias_unit" : "header.unit", s, col,
		    col->field->unit);
}

/* The header of column K as it stands in the file, in one or several cells, on one line and safe to print. */
static char *head_text(const struct recogniser *c, const struct fit *fit, size_t k)
{
	struct place path[HEAD_DEPTH];
	size_t n = head_path(c, fit, k, path);
	struct buf text = { 0 }, shown = { 0 };
	char *kept;

	for (size_t i = 0; i < n; i++) {
		struct span cell = span_trim(grid_cell(c->g, c->g->rows[path[i].row].from + path[i].k));

		if (text.len > 0)
			buf_char(&text, ' ');
		buf_add(&text, cell.s, cell.n);
	}
	for (size_t i = 0; i < text.len; i++)
		if (text.s[i] == '\n' || text.s[i] == '\r' || text.s[i] == '\t')
			text.s[i] = ' ';
	text_escape(&shown, (struct span){ buf_cstr(&text), text.len });
	kept = arena_ndup(c->arena, buf_cstr(&shown), shown.len);
	buf_free(&text);
	buf_free(&shown);
	return kept;
}

static struct column *column_before(struct sheet *s, const struct column *col)
{
	for (size_t i = 0; i < s->n_columns; i++) {
		struct column *other = &s->columns[i];

		if (other != col && col->field != NULL && other->field == col->field)
			return other;
		if (other != col && col->reserved >= 0 && other->reserved == col->reserved)
			return other;
	}
	return NULL;
}

/* What is not read is not in the way: numbers in order, and what an annotated copy adds. */
static bool is_ignored(int reserved)
{
	return reserved == RES_SEQ || reserved == RES_RESULT || reserved == RES_ERRORS ||
	    reserved == RES_SUGGEST;
}

/* What the columns of a header are made from. */
struct heading {
	const struct recogniser *c;
	const struct lexicon    *l;
	const struct fit        *fit;
	struct unit_line         line;
	bool                     line_asked;    /* some column's unit is the line's */
	bool                    *asked;         /* by field: there is a column for it, or one to ask about */
};

/* The cell of row I of the grid in column COL. */
static struct span cell_below(const struct recogniser *c, size_t i, const struct column *col)
{
	const struct grid_row *r = &c->g->rows[i];

	return r->to - r->from >= col->col ? span_trim(grid_cell(c->g, r->from + col->col - 1)) :
	    (struct span){ "", 0 };
}

/* The first row below the header where the two differ, an empty cell from none unless BLANKS; 0: in none. */
static size_t first_difference(const struct heading *h, const struct column *a, const struct column *b, bool blanks)
{
	for (size_t i = h->fit->index + 1; i < h->c->g->n_rows; i++) {
		struct span x = cell_below(h->c, i, a), y = cell_below(h->c, i, b);

		if ((blanks || (x.n > 0 && y.n > 0)) && !span_eq(x, y))
			return i;
	}
	return 0;
}

/* Whether A is filled in every row where B is. */
static bool is_as_full(const struct heading *h, const struct column *a, const struct column *b)
{
	for (size_t i = h->fit->index + 1; i < h->c->g->n_rows; i++)
		if (cell_below(h->c, i, a).n == 0 && cell_below(h->c, i, b).n > 0)
			return false;
	return true;
}

static void say_differs(const struct recogniser *c, const struct sheet *s, const struct column *col,
    const struct column *before, size_t i)
{
	char letters[8], own[8], row[24];
	struct buf here = { 0 }, there = { 0 };

	column_letters(before->col, letters);
	column_letters(col->col, own);
	(void)snprintf(row, sizeof row, "%u", c->g->rows[i].row);
	text_escape(&here, cell_below(c, i, col));
	text_escape(&there, cell_below(c, i, before));
	const struct message_arg args[] = { { "header", col->header }, { "list", letters }, { "column", own },
		{ "row", row }, { "value", buf_cstr(&here) }, { "other", buf_cstr(&there) } };
	struct finding at = { .form = s->form->name, .row = s->header_row, .col = col->col,
		.header = col->header, .value = col->header };

	finding_say(c->fs, &c->rs->messages, "header.twice", &at, args, 6);
	buf_free(&here);
	buf_free(&there);
}

/*
 * A second column of the same thing.  Where it never says otherwise the fuller one of the two is taken; else it is
 * not ours to choose.
 */
static void settle_twice(const struct heading *h, struct sheet *s, struct column *col)
{
	struct column *before = is_ignored(col->reserved) ? NULL : column_before(s, col), *out;
	char letters[8];
	size_t row;

	if (before == NULL)
		return;
	out = is_as_full(h, before, col) ? col : before;
	row = first_difference(h, before, col, out == before && !is_as_full(h, col, before));
	if (row != 0 || before->unit_yuan != col->unit_yuan) {
		say_differs(h->c, s, col, before, row != 0 ? row : h->fit->index);
		return;
	}
	column_letters(out == col ? before->col : col->col, letters);
	say_column(h->c, "header.twice_same", s, out, letters);
	out->field = NULL;
	out->reserved = -1;
}

/* The field of the whole that column K, a part by its header, stands under or behind; NULL: none is known. */
static const struct field *whole_of(const struct heading *h, const struct sheet *s, size_t k)
{
	ssize_t j = h->fit->above > 0 ? over(h->c, h->fit, h->fit->index - 1, k) : -1;
	struct fit upper = { .index = h->fit->index - 1, .above = h->fit->above > 0 ? h->fit->above - 1 : 0 };
	struct match m;

	const struct field *whole = NULL;

	if (j >= 0 && header_match(h->c, h->l, &upper, (size_t)j, &m) && !match_is_ambiguous(&m))
		whole = m.name->field;
	while (j < 0 && k > 0 && is_part(h->c, head_cell(h->c, h->fit->index, k - 1)))
		k--;
	if (j < 0 && k > 0)
		whole = s->columns[k - 1].field;
	return whole != NULL && whole->type == FIELD_MONEY ? whole : NULL;
}

/* Whether the header of column K says "of which", but of another field than the one that COL is a part of. */
static bool is_part_of_other(const struct heading *h, const struct sheet *s, const struct column *col, size_t k)
{
	const struct field *f = col->field;

	if (f == NULL || f->of == NULL || !is_part(h->c, head_cell(h->c, h->fit->index, k)))
		return false;
	const struct field *whole = whole_of(h, s, k);

	return whole != NULL && strcmp(whole->name, f->of) != 0;
}

static void column_of(struct heading *h, struct sheet *s, size_t k)
{
	struct column *col = &s->columns[s->n_columns];
	const struct recogniser *c = h->c;
	struct match m;

	*col = (struct column){ .reserved = -1, .col = (uint32_t)k + 1, .unit_yuan = 1,
		.header = head_text(c, h->fit, k) };
	if (!header_match(c, h->l, h->fit, k, &m)) {
		if (*col->header != '\0' &&
		    !words_starts(&c->rs->messages, "column.ignored", span_of(col->header)))
			say_column(c, "header.unknown", s, col, NULL);
	} else if (match_is_ambiguous(&m)) {
		say_ambiguous(c, s, col, &m);
		for (size_t i = 0; i < m.n_candidates; i++)
			field_mark(h->l, m.candidates[i], h->asked);
	} else {
		col->field = m.name->field;
		col->reserved = m.name->reserved;
		if (is_part_of_other(h, s, col, k)) {
			say_column(c, "header.part_other", s, col, whole_of(h, s, k)->title);
			col->field = NULL;
		} else if (col->field != NULL) {
			set_unit(c, s, col, &m, &h->line.said);
			h->line_asked = h->line_asked || (col->field->type == FIELD_MONEY && m.unit_yuan == 0);
			field_mark(h->l, col->field, h->asked);
			say_read_as(c, s, col, &m);
		}
		settle_twice(h, s, col);
	}
	s->n_columns++;
}

static bool is_key_field(const struct form *form, size_t field)
{
	for (size_t i = 0; i < form->n_keys; i++)
		if (form->keys[i] == field)
			return true;
	return false;
}

/*
 * Whether every row below the header that has a key takes something back: then the key is all it needs.
 */
static bool only_withdraws(const struct recogniser *c, const struct sheet *s, const struct fit *fit)
{
	const struct column *op = NULL, *key = NULL;
	size_t rows = 0;

	for (size_t i = 0; i < s->n_columns; i++) {
		if (s->columns[i].reserved == RES_OP)
			op = &s->columns[i];
		if (s->columns[i].field == &s->form->fields[s->form->keys[0]])
			key = &s->columns[i];
	}
	for (size_t i = fit->index + 1; op != NULL && key != NULL && i < c->g->n_rows; i++) {
		const struct grid_row *r = &c->g->rows[i];

		struct span k = r->to - r->from >= key->col ?
		    span_trim(grid_cell(c->g, r->from + key->col - 1)) : (struct span){ "", 0 };

		if (k.n == 0 || (unsigned char)k.s[0] >= 0x80)  /* signatures and totals are no rows */
			continue;
		rows++;
		if (r->to - r->from < op->col || !words_has(&c->rs->messages, "op.withdraw",
		    grid_cell(c->g, r->from + op->col - 1)))
			return false;
	}
	return rows > 0;
}

/* Whether field I has to have a column and has none. */
static bool is_missing(const struct sheet *s, size_t i, const bool *asked, bool keys_only)
{
	const struct field *f = &s->form->fields[i];

	/* Rows without a number are answered one by one: the new ones get it from us. */
	if (f->assign != NULL && !keys_only)
		return false;
	return f->required && !asked[i] && f != s->lacking && (!keys_only || is_key_field(s->form, i));
}

/*
 * Whether the rows are known by names although the part F of their key has no column: the form that F refers to
 * (or F's own, which gives numbers) says by which.  Then each row is answered, and the column is made for it.
 */
static bool is_known_by_name(const struct sheet *s, const struct messages *m, const struct field *f)
{
	const struct form *form = f->ref != NULL ? f->ref : s->form;
	const struct field *key = &form->fields[form->keys[0]];

	for (size_t i = 0; form->n_keys == 1 && i < key->n_known; i++)
		if (header_column_named(s, m, form_field(form, key->known[i])) < s->n_columns)
			return true;
	return false;
}

/* Behind all cells of the file, where the annotated copy puts it. */
static uint32_t column_behind(const struct recogniser *c)
{
	uint32_t width = 0;

	for (size_t i = 0; i < c->g->n_rows; i++)
		if (c->g->rows[i].to - c->g->rows[i].from > width)
			width = c->g->rows[i].to - c->g->rows[i].from;
	return width + 1;
}

/* The part of the key that has no column, though rows are known by their names. */
static void find_lacking(const struct recogniser *c, struct sheet *s, const bool *asked)
{
	for (size_t i = 0; i < s->form->n_keys && s->lacking == NULL; i++) {
		const struct field *f = &s->form->fields[s->form->keys[i]];

		if (!asked[s->form->keys[i]] && (f->ref != NULL || f->assign != NULL) && is_known_by_name(s, &c->rs->messages, f)) {
			s->lacking = f;
			s->lacking_col = column_behind(c);
		}
	}
}

/* Without a copy (the header has other faults) the column is only missing. */
static void say_lacking(const struct recogniser *c, const struct sheet *s, const char *id)
{
	char letters[8];
	const struct message_arg args[] = { { "title", s->lacking->title }, { "form", s->form->title },
		{ "column", letters }, { "to", s->lacking->ref->title } };
	struct finding at = { .form = s->form->name, .row = s->header_row, .field = s->lacking->name };

	column_letters(s->lacking_col, letters);
	finding_say(c->fs, &c->rs->messages, id, &at, args, 4);
}

/* Whether row I of the first rows may be part of a header: several cells of words, no figures, no remark. */
static bool is_stacked(const struct recogniser *c, size_t i)
{
	const struct grid_row *row = &c->g->rows[i];
	size_t filled = 0;

	for (size_t k = 0; k < row->to - row->from; k++) {
		struct span cell = head_cell(c, i, k);

		filled += cell.n > 0;
		for (size_t p = 0; p < cell.n; p++)
			if (cell.s[p] == ':' || (cell.s[p] >= '0' && cell.s[p] <= '9'))
				return false;
	}
	return filled >= 2;
}

/* A header of several rows that lacks columns: says how far it reaches, instead of what is missing.  False: it is none. */
static bool say_stacked(const struct recogniser *c, const struct sheet *s, const struct fit *fit,
    const struct buf *missing)
{
	const struct grid_row *rows = c->g->rows;
	size_t from = fit->index - fit->above, to = fit->index;
	char first[24], last[24];
	const struct message_arg args[] = { { "from", first }, { "to", last },
		{ "list", buf_cstr(missing) } };

	while (from > 0 && rows[from - 1].row + 1 == rows[from].row && is_stacked(c, from - 1))
		from--;
	while (to + 1 < c->n_rows && rows[to + 1].row == rows[to].row + 1 && is_stacked(c, to + 1))
		to++;
	if (to - from < 2)
		return false;
	struct finding at = { .form = s->form->name, .row = rows[from].row };

	(void)snprintf(first, sizeof first, "%u", rows[from].row);
	(void)snprintf(last, sizeof last, "%u", rows[to].row);
	finding_say(c->fs, &c->rs->messages, "header.stacked", &at, args, 3);
	return true;
}

/* Whether most of what stands in COL below the header is written like a number of something: "A12-2022-0001". */
static bool has_codes(const struct recogniser *c, const struct fit *fit, const struct column *col)
{
	size_t filled = 0, codes = 0;

	for (size_t i = fit->index + 1; i < c->g->n_rows; i++) {
		struct span cell = cell_below(c, i, col);
		size_t n = 0;

		while (n < cell.n && (isalnum((unsigned char)cell.s[n]) || cell.s[n] == '-'))
			n++;
		filled += cell.n > 0;
		codes += cell.n >= 6 && n == cell.n;
	}
	return 2 * codes > filled;
}

/*
 * Whether a column that is not understood may be the missing one misspelt.  Of a KEY it has numbers in it, and may
 * be called numbers in order.
 */
static bool may_be(const struct recogniser *c, const struct fit *fit, const struct column *col, bool key)
{
	if (col->field != NULL || *col->header == '\0' ||
	    words_starts(&c->rs->messages, "column.ignored", span_of(col->header)))
		return false;
	if (!key)
		return col->reserved < 0;
	return (col->reserved < 0 || col->reserved == RES_SEQ) && has_codes(c, fit, col);
}

static void say_one_missing(const struct recogniser *c, const struct sheet *s, const struct fit *fit, size_t field)
{
	const struct field *f = &s->form->fields[field];
	bool key = is_key_field(s->form, field) && (f->type == FIELD_CODE || f->type == FIELD_REF);
	struct buf unknown = { 0 };

	for (size_t i = 0; i < s->n_columns; i++)
		if (may_be(c, fit, &s->columns[i], key))
			header_list_add(&unknown, &c->rs->messages, s->columns[i].header);
	const struct message_arg args[] = { { "title", f->title }, { "list", buf_cstr(&unknown) },
	    { "form", s->form->title } };
	struct finding at = { .form = s->form->name, .row = s->header_row, .field = f->name };

	finding_say(c->fs, &c->rs->messages, unknown.len > 0 ? "header.missing_misspelt" :
	    key ? "header.missing_key" : "header.missing", &at, args, 3);
	buf_free(&unknown);
}

/* Headers that were not understood may be the missing ones misspelt: the message shows them. */
static void say_missing(const struct recogniser *c, const struct sheet *s, const struct fit *fit,
    const bool *asked)
{
	bool keys_only = only_withdraws(c, s, fit);
	struct buf missing = { 0 };

	for (size_t i = 0; i < s->form->n_fields; i++)
		if (is_missing(s, i, asked, keys_only))
			header_list_add(&missing, &c->rs->messages, s->form->fields[i].title);
	bool stacked = missing.len > 0 && say_stacked(c, s, fit, &missing);

	for (size_t i = 0; i < s->form->n_fields && !stacked; i++)
		if (is_missing(s, i, asked, keys_only))
			say_one_missing(c, s, fit, i);
	buf_free(&missing);
}

static void say_rows(const struct recogniser *c, const struct sheet *s, size_t n)
{
	char rows[32], count[24];
	const struct message_arg args[] = { { "rows", rows }, { "count", count } };
	struct finding at = { .form = s->form->name, .row = s->header_from };

	(void)snprintf(rows, sizeof rows, "%u", s->header_row);
	(void)snprintf(count, sizeof count, "%zu", n);
	finding_say(c->fs, &c->rs->messages, n == 2 ? "header.two_rows" : "header.more_rows", &at, args, 2);
}

/* The unit line in CELL is not understood, and figures depend on it. */
static void say_line(const struct recogniser *c, const struct sheet *s, size_t cell)
{
	struct finding at = { .form = s->form->name, .col = c->g->cells[cell].col };
	struct buf shown = { 0 };
	size_t row = 0;

	while (c->g->rows[row].to <= cell)
		row++;
	text_escape(&shown, span_trim(grid_cell(c->g, cell)));
	const struct message_arg args[] = { { "value", buf_cstr(&shown) } };

	at.row = c->g->rows[row].row;
	at.value = buf_cstr(&shown);
	finding_say(c->fs, &c->rs->messages, "unit_line.unknown", &at, args, 1);
	buf_free(&shown);
}

int header_columns(const struct recogniser *c, const struct lexicon *l, struct sheet *s,
    const struct fit *fit)
{
	struct heading h = { .c = c, .l = l, .fit = fit };
	size_t before = c->fs->n, n = head_width(c, fit);
	int rc = 0;

	h.asked = mem_zero(l->form->n_fields + 1, sizeof *h.asked);
	h.line = header_unit_line(c, fit);
	s->columns = arena_alloc(c->arena, n * sizeof *s->columns);
	if (fit->above > 0)
		say_rows(c, s, fit->above + 1);
	for (size_t k = 0; k < n; k++)
		column_of(&h, s, k);
	if (h.line.said.unknown && h.line_asked)
		say_line(c, s, h.line.cell);
	find_lacking(c, s, h.asked);
	say_missing(c, s, fit, h.asked);
	free(h.asked);
	for (size_t i = before; i < c->fs->n; i++)
		if (c->fs->v[i].severity == SEV_FATAL)
			rc = -1;
	if (s->lacking != NULL && s->lacking->assign == NULL)
		say_lacking(c, s, rc == 0 ? "header.lacking" : "header.missing_key");
	return rc;
}
