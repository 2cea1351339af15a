/*
 * judge_tree - the conditions of a form as one tree, and the columns of the rows that it is asked of.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge_known.h"

static const struct known not_known = { .kind = KNOWN_NOT }, null = { .kind = KNOWN_NULL };

static struct known integer(int64_t i)
{
	return (struct known){ .kind = KNOWN_INTEGER, .i = i };
}

static struct known real(double r)
{
	return isfinite(r) ? (struct known){ .kind = KNOWN_REAL, .r = r } : not_known;
}

struct known known_text(struct span s)
{
	if (s.n > UINT32_MAX)
		return not_known;
	return (struct known){ .kind = KNOWN_TEXT, .n = (uint32_t)s.n, .s = s.s };
}

static struct known text(const char *s)
{
	return s != NULL ? known_text(span_of(s)) : null;
}

struct known known_of(const struct value *v)
{
	switch (v->kind) {
	case VALUE_INTEGER:
		return integer(v->i);
	case VALUE_REAL:
		return real(v->r);
	case VALUE_TEXT:
		return text(v->s);
	default:
		return null;
	}
}

/* ---- the tree ---- */

void tree_set(struct tree *t, size_t at, struct known v)
{
	for (size_t r = 0; r < TREE_ROWS; r++)
		values_of(t, at)[r] = v;
}

static size_t append(struct tree *t, struct node node, struct known v)
{
	if (t->n == t->cap) {
		vec_room(t->nodes, t->n, t->cap);
		t->values = mem_grow(t->values, t->cap, TREE_ROWS * sizeof *t->values);
	}
	t->nodes[t->n] = node;
	tree_set(t, t->n, v);
	return t->n++;
}

/* X = squash(Y) compares what squash() is given. */
static struct node without_squash(const struct tree *t, struct node n)
{
	bool left = n.op == OP_EQUAL && t->nodes[n.a].op == OP_SQUASH;
	bool right = n.op == OP_EQUAL && t->nodes[n.b].op == OP_SQUASH;

	if (left || right)
		n.op = left && right ? OP_EQUAL_BOTH : left ? OP_EQUAL_LEFT : OP_EQUAL_RIGHT;
	n.a = left ? t->nodes[n.a].a : n.a;
	n.b = right ? t->nodes[n.b].a : n.b;
	return n;
}

size_t tree_add(struct tree *t, struct node node)
{
	node = without_squash(t, node);
	for (size_t i = 0; i < t->n; i++) {
		const struct node *x = &t->nodes[i];

		if (x->op == node.op && x->a == node.a && x->b == node.b && x->c == node.c)
			return i;
	}
	if (node.op >= OP_NEW_TEXT && node.op < OP_AND) {
		vec_room(t->columns, t->n_columns, t->cap_columns);
		t->columns[t->n_columns++] = t->n;
	}
	return append(t, node, not_known);
}

static bool same_constant(struct known a, struct known b)
{
	if (a.kind != b.kind)
		return false;
	if (a.kind == KNOWN_TEXT)
		return span_eq(known_span(&a), known_span(&b));
	return a.kind == KNOWN_NULL || (a.kind == KNOWN_INTEGER && a.i == b.i);
}

size_t tree_add_constant(struct tree *t, struct known v)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->nodes[i].op == OP_CONSTANT && same_constant(*values_of(t, i), v))
			return i;
	return append(t, (struct node){ .op = OP_CONSTANT }, v);
}

size_t tree_add_pending(struct tree *t)
{
	return append(t, (struct node){ .op = OP_CONSTANT }, not_known);
}

void tree_free(struct tree *t)
{
	free(t->nodes);
	free(t->values);
	free(t->columns);
	arena_free(&t->texts);
	*t = (struct tree){ 0 };
}

/* ---- columns ---- */

/* A value of the sheet, in the type that its column would give it. */
static struct known new_column(const struct value *v, enum known_op op)
{
	if (v->kind == VALUE_NULL || v->kind == VALUE_ABSENT)
		return null;
	if (op == OP_NEW_TEXT)
		return v->kind == VALUE_TEXT ? text(v->s) : not_known;
	if (op == OP_NEW_INTEGER)
		return v->kind == VALUE_INTEGER ? integer(v->i) : not_known;
	return v->kind == VALUE_REAL ? real(v->r) : not_known;
}

/* A value that a statement stands on, and soon no more. */
static struct known passing(struct tree *t, struct known v)
{
	if (v.kind == KNOWN_TEXT)
		v.s = arena_ndup(&t->texts, v.s, v.n);
	return v;
}

static struct known column_of(struct tree *t, const struct node *n, const struct screened *row)
{
	switch (n->op) {
	case OP_NOTE:
		return text(row->row->note);
	case OP_CORRECTION:
		return text(row->row->correction);
	case OP_OP:
		return text(row->op);
	case OP_WAS:
		return row->was != NULL ? passing(t, known_of(&row->was[n->a])) : null;
	case OP_WAS_WEEK:
		return row->was != NULL ? passing(t, text(row->was_week)) : null;
	case OP_CUR:
		return row->cur != NULL ? passing(t, known_of(&row->cur[n->a])) : null;
	case OP_REF:
		return row->refs[n->a] != NULL ? passing(t, known_of(&row->refs[n->a][n->b])) : null;
	default:
		return new_column(&row->row->values[n->a], n->op);
	}
}

void tree_put_row(struct tree *t, const struct screened *row)
{
	for (size_t i = 0; i < t->n_columns; i++)
		values_of(t, t->columns[i])[t->n_rows] = column_of(t, &t->nodes[t->columns[i]], row);
	t->n_rows++;
}

void tree_forget_rows(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->nodes[i].done = false;
	t->n_rows = 0;
	arena_reset(&t->texts);
}
