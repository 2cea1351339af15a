/*
 * judge_known - what a condition comes to, as SQLite would say it, or unknown.
 *
 * Nothing here guesses: where SQLite converts between text and number, overflows into REAL, or does anything
 * that takes more than a line to do the same, the answer is unknown.
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

static struct span span_known(struct known v)
{
	return (struct span){ v.s, v.n };
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

size_t tree_add(struct tree *t, struct node node)
{
	vec_room(t->v, t->n, t->cap);
	t->v[t->n] = node;
	return t->n++;
}

void tree_free(struct tree *t)
{
	free(t->v);
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

static struct known column_of(const struct node *n, const struct screened *row)
{
	switch (n->op) {
	case OP_NOTE:
		return text(row->row->note);
	case OP_CORRECTION:
		return text(row->row->correction);
	case OP_OP:
		return text(row->op);
	case OP_WAS:
		return row->was != NULL ? known_of(&row->was[n->a]) : null;
	case OP_WAS_WEEK:
		return row->was != NULL ? text(row->was_week) : null;
	case OP_CUR:
		return row->cur != NULL ? known_of(&row->cur[n->a]) : null;
	case OP_REF:
		return row->refs[n->a] != NULL ? known_of(&row->refs[n->a][n->b]) : null;
	default:
		return new_column(&row->row->values[n->a], n->op);
	}
}

/* ---- comparing ---- */

/* Integers up to here are the same as REAL. */
#define EXACT ((int64_t)1 << 53)

static bool as_real(const struct known *v, double *out)
{
	if (v->kind == KNOWN_REAL)
		*out = v->r;
	else if (v->kind == KNOWN_INTEGER && v->i < EXACT && v->i > -EXACT)
		*out = (double)v->i;
	else
		return false;
	return true;
}

static bool is_number(const struct known *v)
{
	return v->kind == KNOWN_INTEGER || v->kind == KNOWN_REAL;
}

/* -1, 0 or 1 in *OUT; false where SQLite would convert first. */
static bool compare(const struct known *a, const struct known *b, int *out)
{
	double x, y;
	size_t n;
	int c;

	if (a->kind == KNOWN_INTEGER && b->kind == KNOWN_INTEGER) {
		*out = (a->i > b->i) - (a->i < b->i);
		return true;
	}
	if (is_number(a) && is_number(b)) {
		if (!as_real(a, &x) || !as_real(b, &y))
			return false;
		*out = (x > y) - (x < y);
		return true;
	}
	if (a->kind != KNOWN_TEXT || b->kind != KNOWN_TEXT)
		return false;
	n = a->n < b->n ? a->n : b->n;
	c = n > 0 ? memcmp(a->s, b->s, n) : 0;
	*out = c != 0 ? c : (a->n > b->n) - (a->n < b->n);
	return true;
}

/* ---- squashed texts ---- */

/* What squash() leaves as it is, but for the case of letters. */
static bool is_plain(int32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= 0x4e00 && c <= 0x9fa5);
}

static int32_t raised(int32_t c)
{
	return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/* A text that is compared: as it stands, or what squash() makes of it. */
struct side {
	struct span s;
	bool        squashed;
};

/* How many bytes the two have in common, up to a whole character. */
static size_t common_start(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;

	while (i < n && a.s[i] == b.s[i])
		i++;
	while (i > 0 && ((i < a.n && ((unsigned char)a.s[i] & 0xc0) == 0x80) ||
	    (i < b.n && ((unsigned char)b.s[i] & 0xc0) == 0x80)))
		i--;
	return i;
}

/* Whether squash() leaves S as it is. */
static bool is_squashed(struct span s)
{
	const char *p = s.s, *end = s.s + s.n;

	while (p < end) {
		int32_t c = utf8_next(&p, end);

		if (!is_plain(c) || raised(c) != c)
			return false;
	}
	return true;
}

/* The character at I, -1 at the end; of a squashed side as squash() has it, if it is plain. */
static int32_t character_at(struct side x, size_t i)
{
	const char *p = x.s.s + i;
	int32_t c = i < x.s.n ? utf8_next(&p, x.s.s + x.s.n) : -1;

	return x.squashed && is_plain(c) ? raised(c) : c;
}

/*
 * Different, if the first characters that differ are both left as they are, or one side ends there and the
 * other goes on with such a one; what they have in common must be squashed on both sides or stay what it is.
 */
static struct known same_squashed(struct side a, struct side b)
{
	size_t i = common_start(a.s, b.s);
	bool alike = a.squashed == b.squashed || is_squashed((struct span){ a.s.s, i });
	int32_t p = character_at(a, i), q = character_at(b, i);

	if (!alike)
		return not_known;
	if (i == a.s.n && i == b.s.n)
		return integer(1);
	return (p == -1 || is_plain(p)) && (q == -1 || is_plain(q)) && p != q ? integer(0) : not_known;
}

static struct known equal(const struct tree *t, const struct node *n, const struct screened *row)
{
	const struct node *x = &t->v[n->a], *y = &t->v[n->b];
	bool left = x->op == OP_SQUASH, right = y->op == OP_SQUASH;
	struct known a = tree_value(t, left ? x->a : n->a, row), b = tree_value(t, right ? y->a : n->b, row);
	int c;

	if (a.kind == KNOWN_NULL || b.kind == KNOWN_NULL)
		return null;
	if ((left || right) && (a.kind != KNOWN_TEXT || b.kind != KNOWN_TEXT))
		return not_known;
	if (left || right)
		return same_squashed((struct side){ span_known(a), left }, (struct side){ span_known(b), right });
	return compare(&a, &b, &c) ? integer(c == 0) : not_known;
}

static struct known is_same(struct known a, struct known b)
{
	int c;

	if (a.kind == KNOWN_NOT || b.kind == KNOWN_NOT)
		return not_known;
	if (a.kind == KNOWN_NULL || b.kind == KNOWN_NULL)
		return integer(a.kind == b.kind);
	return compare(&a, &b, &c) ? integer(c == 0) : not_known;
}

static struct known less(struct known a, struct known b, bool or_equal)
{
	int c;

	if (a.kind == KNOWN_NULL || b.kind == KNOWN_NULL)
		return null;
	if (!compare(&a, &b, &c))
		return not_known;
	return integer(c < 0 || (or_equal && c == 0));
}

/* ---- truth ---- */

enum truth { FALSE_, TRUE_, NULL_, MAYBE };

static enum truth truth_of(struct known v)
{
	switch (v.kind) {
	case KNOWN_NULL:
		return NULL_;
	case KNOWN_INTEGER:
		return v.i != 0 ? TRUE_ : FALSE_;
	case KNOWN_REAL:
		return v.r > 0 || v.r < 0 ? TRUE_ : FALSE_;
	default:
		return MAYBE;
	}
}

static struct known of_truth(enum truth t)
{
	return t == MAYBE ? not_known : t == NULL_ ? null : integer(t == TRUE_);
}

/* AND and OR: DECIDES settles it alone, whatever the other is. */
static struct known both(const struct tree *t, const struct node *n, const struct screened *row,
    enum truth decides)
{
	enum truth a = truth_of(tree_value(t, n->a, row)), b;

	if (a == decides)
		return of_truth(a);
	b = truth_of(tree_value(t, n->b, row));
	if (b == decides)
		return of_truth(b);
	if (a == MAYBE || b == MAYBE)
		return not_known;
	return of_truth(a == NULL_ || b == NULL_ ? NULL_ : decides == FALSE_ ? TRUE_ : FALSE_);
}

static struct known negated(struct known v)
{
	enum truth t = truth_of(v);

	return of_truth(t == TRUE_ ? FALSE_ : t == FALSE_ ? TRUE_ : t);
}

static struct known choose(const struct tree *t, const struct node *n, const struct screened *row)
{
	enum truth when = truth_of(tree_value(t, n->a, row));

	if (when == MAYBE)
		return not_known;
	return tree_value(t, when == TRUE_ ? n->b : n->c, row);
}

/* ---- figures ---- */

static struct known whole(enum known_op op, int64_t a, int64_t b)
{
	int64_t r = 0;

	switch (op) {
	case OP_PLUS:
		return __builtin_add_overflow(a, b, &r) ? not_known : integer(r);
	case OP_MINUS:
		return __builtin_sub_overflow(a, b, &r) ? not_known : integer(r);
	case OP_TIMES:
		return __builtin_mul_overflow(a, b, &r) ? not_known : integer(r);
	default:
		if (b == 0)
			return null;
		if (b == -1)
			return not_known;       /* the least integer has no opposite */
		return integer(op == OP_DIVIDE ? a / b : a % b);
	}
}

static struct known figure(enum known_op op, struct known a, struct known b)
{
	double x, y;

	if (a.kind == KNOWN_NULL || b.kind == KNOWN_NULL)
		return null;
	if (a.kind == KNOWN_INTEGER && b.kind == KNOWN_INTEGER)
		return whole(op, a.i, b.i);
	if (op == OP_REST || !as_real(&a, &x) || !as_real(&b, &y))
		return not_known;
	switch (op) {
	case OP_PLUS:
		return real(x + y);
	case OP_MINUS:
		return real(x - y);
	case OP_TIMES:
		return real(x * y);
	default:
		return y > 0 || y < 0 ? real(x / y) : null;
	}
}

static struct known absolute(struct known v)
{
	if (v.kind == KNOWN_INTEGER)
		return v.i == INT64_MIN ? not_known : integer(v.i < 0 ? -v.i : v.i);
	if (v.kind == KNOWN_REAL)
		return real(v.r < 0 ? -v.r : v.r);
	return v.kind == KNOWN_NULL ? null : not_known;
}

/* To no digits: half away from zero, a REAL. */
static struct known rounded(struct known v)
{
	double r;

	if (v.kind == KNOWN_NULL)
		return null;
	if (!as_real(&v, &r) || r >= (double)(EXACT / 4) || r <= -(double)(EXACT / 4))
		return not_known;
	return real((double)(int64_t)(r + (r < 0 ? -0.5 : 0.5)));
}

/* ---- texts ---- */

/* The byte behind N characters of S. */
static size_t behind(struct span s, int64_t n)
{
	size_t at = 0;

	while (n-- > 0 && at < s.n)
		do
			at++;
		while (at < s.n && ((unsigned char)s.s[at] & 0xc0) == 0x80);
	return at;
}

static struct known part(struct known v, struct known from, struct known n)
{
	struct span s = { v.s, v.n };
	size_t first;

	if (v.kind == KNOWN_NULL || from.kind == KNOWN_NULL || n.kind == KNOWN_NULL)
		return null;
	if (v.kind != KNOWN_TEXT || from.kind != KNOWN_INTEGER || n.kind != KNOWN_INTEGER || from.i < 1 ||
	    n.i < 0)
		return not_known;
	first = behind(s, from.i - 1);
	s = (struct span){ s.s + first, s.n - first };
	s.n = behind(s, n.i);
	return known_text(s);
}

/* ---- all of it ---- */

struct known tree_value(const struct tree *t, size_t at, const struct screened *row)
{
	const struct node *n = &t->v[at];
	struct known a;

	switch (n->op) {
	case OP_UNKNOWN:
	case OP_SQUASH:
		return not_known;
	case OP_CONSTANT:
		return n->v;
	case OP_AND:
		return both(t, n, row, FALSE_);
	case OP_OR:
		return both(t, n, row, TRUE_);
	case OP_NOT:
		return negated(tree_value(t, n->a, row));
	case OP_EQUAL:
		return equal(t, n, row);
	case OP_IS:
		return is_same(tree_value(t, n->a, row), tree_value(t, n->b, row));
	case OP_LESS:
	case OP_LESS_EQUAL:
		return less(tree_value(t, n->a, row), tree_value(t, n->b, row), n->op == OP_LESS_EQUAL);
	case OP_PLUS:
	case OP_MINUS:
	case OP_TIMES:
	case OP_DIVIDE:
	case OP_REST:
		return figure(n->op, tree_value(t, n->a, row), tree_value(t, n->b, row));
	case OP_NEGATE:
		return figure(OP_MINUS, integer(0), tree_value(t, n->a, row));
	case OP_COALESCE:
		a = tree_value(t, n->a, row);
		return a.kind == KNOWN_NULL ? tree_value(t, n->b, row) : a;
	case OP_ABS:
		return absolute(tree_value(t, n->a, row));
	case OP_ROUND:
		return rounded(tree_value(t, n->a, row));
	case OP_SUBSTR:
		return part(tree_value(t, n->a, row), tree_value(t, n->b, row), tree_value(t, n->c, row));
	case OP_CASE:
		return choose(t, n, row);
	default:
		return column_of(n, row);
	}
}

bool tree_may_hold(const struct tree *t, size_t at, const struct screened *row)
{
	enum truth v = truth_of(tree_value(t, at, row));

	return v == TRUE_ || v == MAYBE;
}
