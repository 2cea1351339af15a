/*
 * sheet_merged - cells of a CSV sheet that were merged downwards: only the first row of each has its text.
 */
#include "sheet.h"

#include <stdio.h>
#include <stdlib.h>

struct merging {
	const struct understanding *u;
	const struct grid *g;
	struct sheet      *s;
	size_t             key;         /* place of the first key column, or the width of the header */
	size_t             width;
};

/*
 * Whether the cells of column K may have been merged downwards: it stands left of the key, names
 * what the rows have in common, and an empty cell in it would be an error anyway.  Figures never are;
 * an empty cell that may be meant so is left empty.
 */
static bool may_be_merged(const struct merging *b, size_t k)
{
	const struct field *f = b->s->columns[k].field;
	const struct form *form = b->s->form;

	if (f == NULL || column_is_figure(&b->s->columns[k]) || !f->required)
		return false;
	/* Of a key in parts, the first. */
	if (form->n_keys > 1 && f == &form->fields[form->keys[0]])
		return true;
	return k < b->key && b->key < b->width && f != &form->fields[form->keys[0]];
}

/* What the cell of column K in row I says itself. */
static struct span written(const struct merging *b, size_t k, size_t i)
{
	const struct grid_row *row = &b->g->rows[b->s->rows[i].at];
	size_t at = b->s->columns[k].col - 1;

	return at < row->to - row->from ? grid_cell(b->g, row->from + at) : (struct span){ "", 0 };
}

/* Whether row I says, by a number of its own, that it is about somebody else than the row above. */
static bool names_another(const struct merging *b, size_t i)
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
static bool goes_on(const struct merging *b, size_t k, size_t i)
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

static bool is_other_part(const struct merging *b, size_t k)
{
	const struct form *form = b->s->form;

	for (size_t part = 1; part < form->n_keys; part++)
		if (b->s->columns[k].field == &form->fields[form->keys[part]])
			return true;
	return false;
}

static uint64_t hash_parts(const struct merging *b, size_t row)
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

static bool same_parts(const struct merging *b, size_t r, size_t i)
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
static bool repeats(struct seen *seen, const struct merging *b, size_t group, size_t i)
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

static struct seen seen_make(const struct merging *b, bool key)
{
	struct seen seen = { NULL, 0 };

	if (!key || b->s->form->n_keys < 2)
		return seen;
	for (seen.n = 64; seen.n < 2 * b->s->n_rows; )
		seen.n *= 2;
	seen.row = mem_zero(seen.n, sizeof *seen.row);
	return seen;
}

static void say_filled(const struct merging *b, size_t k, uint32_t row, size_t n, struct span value)
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
static void merge(const struct merging *b, size_t k, size_t i)
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
static void fill_down(const struct merging *b, size_t k)
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

void sheet_fill_down(const struct understanding *u, const struct grid *g, struct sheet *s, size_t key)
{
	struct merging b = { u, g, s, key, s->n_columns };

	for (size_t k = 0; k < s->n_columns; k++)
		if (may_be_merged(&b, k))
			fill_down(&b, k);
}
