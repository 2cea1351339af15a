/*
 * sheet_sign - signatures above and below a table: who prepared it, who reviewed it, whom to call.
 */
#include "sheet.h"

#include <stdlib.h>

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
		[SIGN_UNIT] = "unit.said", [SIGN_OTHER] = "signature.other", [SIGN_REMARK] = "remark",
	};
	struct span rest = { t->text.s + i, t->text.len - i };
	enum sign sign = SIGN_NONE;
	size_t longest = 0;

	for (int k = SIGN_PREPARED; k <= SIGN_REMARK; k++) {
		size_t len = word_at(m, lists[k], rest);

		if (len > longest && (len == rest.n ? i == 0 : rest.s[len] == ':')) {
			longest = len;
			sign = (enum sign)k;
		}
	}
	*n = longest < rest.n ? longest + 1 : longest;
	return sign;
}

void sheet_sign_keep(struct paper *p, enum sign who, struct span value)
{
	const char **to = who == SIGN_PREPARED ? &p->prepared_by : who == SIGN_REVIEWED ? &p->reviewed_by :
	    who == SIGN_PHONE ? &p->phone : who == SIGN_UNIT ? &p->said_unit : NULL;
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
bool sheet_sign_cell(const struct understanding *u, struct span cell, struct span next, bool keep)
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
			sheet_sign_keep(u->p, open, (struct span){ cell.s + t.at[from],
			    t.at[i] - t.at[from] });
		any = true;
		open = sign;
		i = from = i + n;
	}
	if (open != SIGN_NONE && keep)
		sheet_sign_keep(u->p, open, from < t.text.len ?
		    (struct span){ cell.s + t.at[from], cell.n - t.at[from] } : next);
	traced_free(&t);
	return any;
}

enum sign sheet_sign_begins(const struct understanding *u, struct span cell)
{
	struct traced t = { 0 };
	enum sign sign;
	size_t n;

	trace_text(&t, cell);
	sign = sign_at(&u->rs->messages, &t, t.text.len > 0 && t.text.s[0] == '(', &n);
	traced_free(&t);
	return sign;
}

/* Whether cell I of G is one that the sender filled. */
static bool is_sent(const struct grid *g, const struct sheet *s, size_t i)
{
	return !is_blank(grid_cell(g, i)) && !sheet_is_annotation(s, g->cells[i].col);
}

/* A signature's value in the next cell must not be the next signature. */
bool sheet_sign_row(const struct understanding *u, const struct sheet *s, const struct grid_row *row, bool keep)
{
	const struct grid *g = &u->r->grids[0];
	const char *unit = u->p->said_unit;
	bool any = false;

	for (size_t i = row->from; i < row->to; i++) {
		struct span next = { "", 0 };

		if (!is_sent(g, s, i))
			continue;
		for (size_t j = i + 1; j < row->to && next.n == 0; j++)
			if (is_sent(g, s, j))
				next = grid_cell(g, j);
		if (next.n > 0 && sheet_sign_cell(u, next, (struct span){ "", 0 }, false))
			next = (struct span){ "", 0 };
		any = sheet_sign_cell(u, grid_cell(g, i), next, keep) || any;
	}
	if (u->p->said_unit != unit)
		u->p->said_row = row->row;
	return any;
}
