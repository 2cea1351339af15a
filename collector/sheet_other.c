/*
 * sheet_other - rows below the header that are no rows of its table: the heading of a group, and the header of
 * another table that was pasted below.
 */
#include "sheet.h"

#include "header.h"

#include <stdlib.h>
#include <string.h>

bool sheet_is_heading(const struct grid *g, const struct grid_row *row, size_t key)
{
	for (size_t i = 0; i < row->to - row->from; i++)
		if ((i == key) == is_blank(grid_cell(g, row->from + i)))
			return false;
	return row->to - row->from > key;
}

static bool has_digit(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_digit(s.s[i]))
			return true;
	return false;
}

static bool is_name(const struct lexicon *l, struct span text)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->names[i].how == NAME_TITLE || l->names[i].how == NAME_ALIAS)
			if (span_eq(l->names[i].text, text))
				return true;
	return false;
}

/* How many cells of ROW are names of L; brackets behind a name do not count. */
static size_t names_in(const struct understanding *u, const struct grid *g, const struct grid_row *row,
    const struct lexicon *l)
{
	size_t n = 0;

	for (size_t i = row->from; i < row->to; i++) {
		struct span text = squash_in(&u->p->arena, grid_cell(g, i)), title, rest;

		n += text.n > 0 && (is_name(l, text) || (header_split_bracket(text, &title, &rest) && is_name(l, title)));
	}
	return n;
}

bool sheet_is_other_header(const struct understanding *u, const struct grid *g, const struct grid_row *row)
{
	size_t filled = 0, most = 0;

	for (size_t i = row->from; i < row->to; i++) {
		struct span cell = grid_cell(g, i);

		if (is_blank(cell))
			continue;
		if (cell.n > 90 || has_digit(cell))
			return false;
		filled++;
	}
	for (size_t i = 0; i < u->rs->n_forms && filled >= 3; i++) {
		struct lexicon l;
		size_t n;

		header_lexicon(&l, u->rs, u->rs->forms[i], &u->p->arena);
		n = names_in(u, g, row, &l);
		most = n > most ? n : most;
		free(l.names);
	}
	return most >= 3 && 2 * most > filled;
}
