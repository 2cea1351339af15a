/*
 * header_other - the header of another table that was pasted below the first.
 */
#include "header.h"

#include <stdlib.h>
#include <string.h>

static bool has_digit(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.s[i] >= '0' && s.s[i] <= '9')
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
static size_t names_in(const struct grid *g, const struct grid_row *row, const struct lexicon *l,
    struct arena *arena)
{
	size_t n = 0;

	for (size_t i = row->from; i < row->to; i++) {
		struct span text = squash_in(arena, grid_cell(g, i)), title, rest;

		if (header_split_bracket(text, &title, &rest) && is_name(l, title))
			n++;
		else
			n += text.n > 0 && is_name(l, text);
	}
	return n;
}

bool header_is_other(const struct ruleset *rs, const struct grid *g, const struct grid_row *row,
    struct arena *arena)
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
	for (size_t i = 0; i < rs->n_forms && filled >= 3; i++) {
		struct lexicon l;
		size_t n;

		header_lexicon(&l, rs, rs->forms[i], arena);
		n = names_in(g, row, &l, arena);
		most = n > most ? n : most;
		free(l.names);
	}
	return most >= 3 && 2 * most > filled;
}
