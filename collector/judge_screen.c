/*
 * judge_screen - which rules cannot hold on a row, found out without SQL.
 *
 * Rationale: nearly every row of a good file is as it should be, and to hear that from SQLite rule by rule cost
 * more than all the rest of taking it in.  So the conditions are read into small trees and asked of the values
 * at hand, and only a row that some rule may hold on is asked in SQL, which alone decides.  What a tree does
 * not understand (a SELECT, a function, a mixture of types) is unknown, and what comes to unknown may hold: so
 * the screen can be too careful, and must never be too sure.  Where it knows a value, it is the very one that
 * SQLite would come to: judge_condition.c reads them, judge_known.c works them out.
 */
#include <stdlib.h>
#include <string.h>

#include "../common/sqltext.h"
#include "judge_condition.h"

struct screen {
	const struct form *form;
	bool               all;         /* a rule looks at all rows of the file: all have to be there */
	struct conditions  conditions;
	size_t            *rules;       /* the root of each */
	size_t            *fields;      /* the field each points at, or NONE */
	/* the rows at hand, and what came of those before */
	struct judged_row *rows[TREE_ROWS];
	bool              *maybe;
	size_t             n_asked;
};

/* Whether TEXT looks at the rows of the file beside the one at hand. */
static bool asks_all_rows(const char *text)
{
	struct sqltext t = { text, text + strlen(text), 1 };

	for (struct token k = sqltext_next(&t); k.kind != TOKEN_END;) {
		struct token after = sqltext_next(&t);

		bool named = k.kind == TOKEN_NAME && k.n == 5 && memcmp(k.s + 1, "new", 3) == 0;

		if ((named || token_is(k, "new")) && !token_is(after, "."))
			return true;
		k = after;
	}
	return false;
}

/* ---- the whole ---- */

struct screen *screen_new(const struct judging *j, struct world *w, const struct form *form)
{
	struct screen *x = mem_zero(1, sizeof *x);

	x->form = form;
	conditions_begin(&x->conditions, j, w, form);
	x->rules = mem_zero(form->n_rules + 1, sizeof *x->rules);
	x->fields = mem_zero(form->n_rules + 1, sizeof *x->fields);
	x->maybe = mem_zero(form->n_rules + 1, sizeof *x->maybe);
	for (size_t i = 0; i < form->n_rules; i++) {
		const char *name = form->rules[i].field;
		const struct field *f = name != NULL ? form_field(form, name) : NULL;

		x->rules[i] = conditions_read(&x->conditions, form->rules[i].when);
		x->fields[i] = f != NULL ? (size_t)(f - form->fields) : NONE;
		x->all = x->all || asks_all_rows(form->rules[i].when) ||
		    (form->rules[i].suggest != NULL && asks_all_rows(form->rules[i].suggest));
	}
	conditions_end(&x->conditions, w);
	return x;
}

void screen_free(struct screen *x)
{
	if (x == NULL)
		return;
	conditions_free(&x->conditions);
	free(x->rules);
	free(x->fields);
	free(x->maybe);
	free(x);
}

size_t screen_columns(const struct screen *x, size_t i, const char **list)
{
	*list = buf_cstr(&x->conditions.columns[i]);
	return x->conditions.wanted[i].n;
}

bool screen_asks_before(const struct screen *x, size_t i)
{
	const struct tree *t = &x->conditions.tree;

	for (size_t k = 0; k < t->n_columns; k++) {
		const struct node *n = &t->nodes[t->columns[k]];

		if ((n->op == OP_WAS || n->op == OP_CUR) && n->a == i)
			return true;
	}
	return false;
}

/* The rule I is to be asked of the rows in MAY; of a cell that could not be read nothing would be said. */
static void ask(struct screen *x, size_t i, uint32_t may)
{
	for (size_t r = 0; may != 0; r++, may >>= 1) {
		struct judged_row *row = x->rows[r];

		if ((may & 1) == 0 || (x->fields[i] != NONE && row->failed[x->fields[i]]))
			continue;
		x->n_asked += !row->asked;
		x->maybe[i] = row->asked = true;
	}
}

/* What is to be asked of the rows at hand; then they are done. */
static void settle(struct screen *x)
{
	for (size_t i = 0; i < x->form->n_rules; i++)
		ask(x, i, tree_may_hold(&x->conditions.tree, x->rules[i]));
	tree_forget_rows(&x->conditions.tree);
}

void screen_put(struct screen *x, const struct screened *row)
{
	if (x->all) {
		row->row->asked = true;
		x->n_asked++;
		return;
	}
	x->rows[x->conditions.tree.n_rows] = row->row;
	tree_put_row(&x->conditions.tree, row);
	if (x->conditions.tree.n_rows == TREE_ROWS)
		settle(x);
}

size_t screen_end(struct screen *x, bool *maybe)
{
	size_t n;

	settle(x);
	n = x->n_asked;
	for (size_t i = 0; i < x->form->n_rules; i++)
		maybe[i] = x->maybe[i] || (x->all && n > 0);
	memset(x->maybe, 0, x->form->n_rules * sizeof *x->maybe);
	x->n_asked = 0;
	return n;
}
