/*
 * header_turned - a table that lies on its side: the names of the fields one below the other, and a column each thing.
 * It is not read, only told from a table without a header.
 */
#include "header.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_COLUMNS 4u        /* one of them has the names: numbers in order and merged groups may be before it */
#define MOST_ROWS     100u      /* more fields than any form has */

/* How well a column serves as the header of a form. */
struct turned {
	size_t   fields, cells, filled;
	uint32_t from, to;      /* rows */
};

static struct turned fit_column(const struct recogniser *c, const struct lexicon *l, size_t k)
{
	bool *seen = mem_zero(l->form->n_fields + 1, sizeof *seen);
	struct turned t = { 0 };
	struct match m;

	for (size_t i = 0; i < c->g->n_rows && i < MOST_ROWS; i++) {
		const struct grid_row *row = &c->g->rows[i];
		struct span cell = k < row->to - row->from ? grid_cell(c->g, row->from + k) : (struct span){ "", 0 };

		if (is_blank(cell))
			continue;
		t.filled++;
		if (!match_text(c->rs, l, squash_in(c->arena, cell), &m))
			continue;
		t.from = t.cells++ == 0 ? row->row : t.from;
		t.to = row->row;
		for (size_t j = 0; j < m.n_candidates; j++)
			field_mark(l, m.candidates[j], seen);
	}
	for (size_t i = 0; i < l->form->n_fields; i++)
		t.fields += seen[i];
	free(seen);
	return t;
}

/* Whether anything stands beside the names: without it they are a list of words. */
static bool has_things(const struct recogniser *c, const struct turned *t, size_t k)
{
	for (size_t i = 0; i < c->g->n_rows && c->g->rows[i].row <= t->to; i++) {
		const struct grid_row *row = &c->g->rows[i];

		if (row->row >= t->from && row->to - row->from > k + 1 && !is_blank(grid_cell(c->g, row->from + k + 1)))
			return true;
	}
	return false;
}

static void say_turned(const struct recogniser *c, const struct form *form, const struct turned *t, size_t k)
{
	char column[8], from[16], to[16];
	const struct message_arg args[] = { { "form", form->title }, { "column", column }, { "from", from },
		{ "to", to } };
	struct finding at = { .form = form->name, .row = t->from, .col = (uint32_t)k + 1 };

	column_letters((uint32_t)k + 1, column);
	(void)snprintf(from, sizeof from, "%u", t->from);
	(void)snprintf(to, sizeof to, "%u", t->to);
	finding_say(c->fs, &c->rs->messages, "header.turned", &at, args, 4);
}

bool header_say_turned(const struct recogniser *c, const struct form *const *forms, size_t n)
{
	const struct form *form = NULL;
	struct turned best = { 0 };
	size_t column = 0;

	for (size_t i = 0; i < n; i++) {
		struct lexicon l;

		header_lexicon(&l, c->rs, forms[i], c->arena);
		for (size_t k = 0; k < FIRST_COLUMNS; k++) {
			struct turned t = fit_column(c, &l, k);

			if (t.fields >= 3 && 2 * t.cells >= t.filled && t.fields > best.fields && has_things(c, &t, k)) {
				best = t;
				column = k;
				form = forms[i];
			}
		}
		free(l.names);
	}
	if (form != NULL)
		say_turned(c, form, &best, column);
	return form != NULL;
}
