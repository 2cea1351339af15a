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

/* ---- results ---- */

static inline void give(struct known *out, enum known_kind kind)
{
	out->kind = kind;
}

static inline void give_integer(struct known *out, int64_t i)
{
	out->kind = KNOWN_INTEGER;
	out->i = i;
}

static inline void give_real(struct known *out, double r)
{
	out->kind = isfinite(r) ? KNOWN_REAL : KNOWN_NOT;
	out->r = r;
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

/* How one value stands to another. */
enum order { BEFORE, SAME, AFTER, NO_ORDER };           /* NO_ORDER: SQLite would convert first */

static enum order order_of(int c)
{
	return c < 0 ? BEFORE : c > 0 ? AFTER : SAME;
}

static enum order compare_texts(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n > 0 ? memcmp(a.s, b.s, n) : 0;

	return order_of(c != 0 ? c : (a.n > b.n) - (a.n < b.n));
}

static enum order compare(const struct known *a, const struct known *b)
{
	double x, y;

	if (a->kind == KNOWN_INTEGER && b->kind == KNOWN_INTEGER)
		return order_of((a->i > b->i) - (a->i < b->i));
	if (a->kind == KNOWN_TEXT && b->kind == KNOWN_TEXT)
		return compare_texts(known_span(a), known_span(b));
	if (!as_real(a, &x) || !as_real(b, &y))
		return NO_ORDER;
	return order_of((x > y) - (x < y));
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

/* Whether what begins at I is a digit or an ideograph, as a look at its first byte tells: squash() leaves it. */
static bool is_surely_plain(struct span s, size_t i)
{
	unsigned char c = i < s.n ? (unsigned char)s.s[i] : 0;

	return (c >= '0' && c <= '9') || (c >= 0xe5 && c <= 0xe8);
}

/*
 * Different, if the first characters that differ are both left as they are, or one side ends there and the
 * other goes on with such a one; what they have in common must be squashed on both sides or stay what it is.
 */
static void same_squashed(struct known *out, struct side a, struct side b)
{
	size_t i = common_start(a.s, b.s);
	bool alike = a.squashed == b.squashed || is_squashed((struct span){ a.s.s, i });

	if (alike && is_surely_plain(a.s, i) && is_surely_plain(b.s, i)) {
		give_integer(out, 0);
		return;
	}
	int32_t p = character_at(a, i), q = character_at(b, i);

	if (alike && i == a.s.n && i == b.s.n)
		give_integer(out, 1);
	else if (alike && p != q && (p == -1 || is_plain(p)) && (q == -1 || is_plain(q)))
		give_integer(out, 0);
	else
		give(out, KNOWN_NOT);
}

static void equal_squashed(struct known *out, const struct known *a, const struct known *b, enum known_op op)
{
	if (a->kind == KNOWN_NULL || b->kind == KNOWN_NULL)
		give(out, KNOWN_NULL);
	else if (a->kind != KNOWN_TEXT || b->kind != KNOWN_TEXT)
		give(out, KNOWN_NOT);
	else
		same_squashed(out, (struct side){ known_span(a), op != OP_EQUAL_RIGHT },
		    (struct side){ known_span(b), op != OP_EQUAL_LEFT });
}

static inline bool are_integers(const struct known *a, const struct known *b)
{
	return a->kind == KNOWN_INTEGER && b->kind == KNOWN_INTEGER;
}

static void equal(struct known *out, const struct known *a, const struct known *b)
{
	enum order c;

	if (a->kind == KNOWN_NULL || b->kind == KNOWN_NULL)
		give(out, KNOWN_NULL);
	else if ((c = compare(a, b)) == NO_ORDER)
		give(out, KNOWN_NOT);
	else
		give_integer(out, c == SAME);
}

static void is_same(struct known *out, const struct known *a, const struct known *b)
{
	if (a->kind == KNOWN_NOT || b->kind == KNOWN_NOT)
		give(out, KNOWN_NOT);
	else if (a->kind == KNOWN_NULL || b->kind == KNOWN_NULL)
		give_integer(out, a->kind == b->kind);
	else
		equal(out, a, b);
}

static inline void less(struct known *out, const struct known *a, const struct known *b, bool or_equal)
{
	enum order c;

	if (are_integers(a, b))
		give_integer(out, or_equal ? a->i <= b->i : a->i < b->i);
	else if (a->kind == KNOWN_NULL || b->kind == KNOWN_NULL)
		give(out, KNOWN_NULL);
	else if ((c = compare(a, b)) == NO_ORDER)
		give(out, KNOWN_NOT);
	else
		give_integer(out, c == BEFORE || (or_equal && c == SAME));
}

/* ---- truth ---- */

enum truth { FALSE_, TRUE_, NULL_, MAYBE };

static enum truth truth_of(const struct known *v)
{
	switch (v->kind) {
	case KNOWN_NULL:
		return NULL_;
	case KNOWN_INTEGER:
		return v->i != 0 ? TRUE_ : FALSE_;
	case KNOWN_REAL:
		return v->r > 0 || v->r < 0 ? TRUE_ : FALSE_;
	default:
		return MAYBE;
	}
}

/* AND and OR: DECIDES settles it alone, whatever the other is. */
static inline void both(struct known *out, const struct known *x, const struct known *y, enum truth decides)
{
	enum truth a, b;

	if (are_integers(x, y)) {
		give_integer(out, decides == FALSE_ ? (x->i != 0) & (y->i != 0) : (x->i != 0) | (y->i != 0));
		return;
	}
	a = truth_of(x);
	b = truth_of(y);
	if (a == decides || b == decides)
		give_integer(out, decides == TRUE_);
	else if (a == MAYBE || b == MAYBE)
		give(out, KNOWN_NOT);
	else if (a == NULL_ || b == NULL_)
		give(out, KNOWN_NULL);
	else
		give_integer(out, decides == FALSE_);
}

static void negate_truth(struct known *out, const struct known *v)
{
	enum truth t = truth_of(v);

	if (t == MAYBE)
		give(out, KNOWN_NOT);
	else if (t == NULL_)
		give(out, KNOWN_NULL);
	else
		give_integer(out, t == FALSE_);
}

static void choose(struct known *out, const struct known *when, const struct known *then,
    const struct known *other)
{
	enum truth t = truth_of(when);

	if (t == MAYBE)
		give(out, KNOWN_NOT);
	else
		*out = t == TRUE_ ? *then : *other;
}

/* ---- figures ---- */

static inline void whole(struct known *out, enum known_op op, int64_t a, int64_t b)
{
	bool over = false;

	out->kind = KNOWN_INTEGER;
	if (op == OP_PLUS)
		over = __builtin_add_overflow(a, b, &out->i);
	else if (op == OP_MINUS)
		over = __builtin_sub_overflow(a, b, &out->i);
	else if (op == OP_TIMES)
		over = __builtin_mul_overflow(a, b, &out->i);
	else if (b == 0)
		out->kind = KNOWN_NULL;
	else if (b == -1)
		over = true;            /* the least integer has no opposite */
	else
		out->i = op == OP_DIVIDE ? a / b : a % b;
	if (over)
		out->kind = KNOWN_NOT;
}

/* Where not both are integers. */
static void broken(struct known *out, enum known_op op, const struct known *a, const struct known *b)
{
	double x, y;

	if (a->kind == KNOWN_NULL || b->kind == KNOWN_NULL)
		give(out, KNOWN_NULL);
	else if (op == OP_REST || !as_real(a, &x) || !as_real(b, &y))
		give(out, KNOWN_NOT);
	else if (op == OP_PLUS)
		give_real(out, x + y);
	else if (op == OP_MINUS)
		give_real(out, x - y);
	else if (op == OP_TIMES)
		give_real(out, x * y);
	else if (y > 0 || y < 0)
		give_real(out, x / y);
	else
		give(out, KNOWN_NULL);
}

static inline void figure(struct known *out, enum known_op op, const struct known *a, const struct known *b)
{
	if (are_integers(a, b))
		whole(out, op, a->i, b->i);
	else
		broken(out, op, a, b);
}

static void opposite(struct known *out, const struct known *v)
{
	static const struct known nothing = { .kind = KNOWN_INTEGER, .i = 0 };

	figure(out, OP_MINUS, &nothing, v);
}

static void absolute(struct known *out, const struct known *v)
{
	if (v->kind == KNOWN_INTEGER && v->i != INT64_MIN)
		give_integer(out, v->i < 0 ? -v->i : v->i);
	else if (v->kind == KNOWN_REAL)
		give_real(out, v->r < 0 ? -v->r : v->r);
	else
		give(out, v->kind == KNOWN_NULL ? KNOWN_NULL : KNOWN_NOT);
}

/* To no digits: half away from zero, a REAL. */
static void rounded(struct known *out, const struct known *v)
{
	double r;

	if (v->kind == KNOWN_NULL)
		give(out, KNOWN_NULL);
	else if (!as_real(v, &r) || r >= (double)(EXACT / 4) || r <= -(double)(EXACT / 4))
		give(out, KNOWN_NOT);
	else
		give_real(out, (double)(int64_t)(r + (r < 0 ? -0.5 : 0.5)));
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

static void part(struct known *out, const struct known *v, const struct known *from, const struct known *n)
{
	struct span s = { v->s, v->n };
	size_t first;

	if (v->kind == KNOWN_NULL || from->kind == KNOWN_NULL || n->kind == KNOWN_NULL) {
		give(out, KNOWN_NULL);
	} else if (v->kind != KNOWN_TEXT || from->kind != KNOWN_INTEGER || n->kind != KNOWN_INTEGER ||
	    from->i < 1 || n->i < 0) {
		give(out, KNOWN_NOT);
	} else {
		first = behind(s, from->i - 1);
		s = (struct span){ s.s + first, s.n - first };
		s.n = behind(s, n->i);
		*out = known_text(s);
	}
}

/* ---- all of it ---- */

/* CALL for each of the rows at hand, R. */
#define EACH(call) \
	do { \
		for (size_t r = 0; r < t->n_rows; r++) \
			call; \
	} while (0)

static void work_out(struct tree *t, size_t at)
{
	const struct node *n = &t->nodes[at];
	const struct known *a = values_of(t, n->a), *b = values_of(t, n->b), *c = values_of(t, n->c);
	struct known *out = values_of(t, at);

	switch (n->op) {
	case OP_AND:
		EACH(both(&out[r], &a[r], &b[r], FALSE_));
		break;
	case OP_OR:
		EACH(both(&out[r], &a[r], &b[r], TRUE_));
		break;
	case OP_NOT:
		EACH(negate_truth(&out[r], &a[r]));
		break;
	case OP_EQUAL:
		EACH(equal(&out[r], &a[r], &b[r]));
		break;
	case OP_EQUAL_LEFT:
	case OP_EQUAL_RIGHT:
	case OP_EQUAL_BOTH:
		EACH(equal_squashed(&out[r], &a[r], &b[r], n->op));
		break;
	case OP_IS:
		EACH(is_same(&out[r], &a[r], &b[r]));
		break;
	case OP_LESS:
		EACH(less(&out[r], &a[r], &b[r], false));
		break;
	case OP_LESS_EQUAL:
		EACH(less(&out[r], &a[r], &b[r], true));
		break;
	case OP_PLUS:
		EACH(figure(&out[r], OP_PLUS, &a[r], &b[r]));
		break;
	case OP_MINUS:
		EACH(figure(&out[r], OP_MINUS, &a[r], &b[r]));
		break;
	case OP_TIMES:
		EACH(figure(&out[r], OP_TIMES, &a[r], &b[r]));
		break;
	case OP_DIVIDE:
	case OP_REST:
		EACH(figure(&out[r], n->op, &a[r], &b[r]));
		break;
	case OP_NEGATE:
		EACH(opposite(&out[r], &a[r]));
		break;
	case OP_COALESCE:
		EACH(out[r] = a[r].kind == KNOWN_NULL ? b[r] : a[r]);
		break;
	case OP_ABS:
		EACH(absolute(&out[r], &a[r]));
		break;
	case OP_ROUND:
		EACH(rounded(&out[r], &a[r]));
		break;
	case OP_SUBSTR:
		EACH(part(&out[r], &a[r], &b[r], &c[r]));
		break;
	case OP_CASE:
		EACH(choose(&out[r], &a[r], &b[r], &c[r]));
		break;
	default:                        /* unknown for good */
		break;
	}
}

/* See that the values of the node AT are there. */
static void need(struct tree *t, size_t at)
{
	struct node *n = &t->nodes[at];

	if (n->done || n->op < OP_AND)
		return;
	n->done = true;
	need(t, n->a);
	need(t, n->b);
	need(t, n->c);
	work_out(t, at);
}

uint32_t tree_may_hold(struct tree *t, size_t at)
{
	const struct node *n = &t->nodes[at];
	uint32_t may = 0;

	if (n->op == OP_AND) {
		may = tree_may_hold(t, n->a);
		return may != 0 ? may & tree_may_hold(t, n->b) : 0;
	}
	if (n->op == OP_OR)
		return tree_may_hold(t, n->a) | tree_may_hold(t, n->b);
	need(t, at);
	for (size_t r = 0; r < t->n_rows; r++) {
		enum truth v = truth_of(&values_of(t, at)[r]);

		may |= (uint32_t)(v == TRUE_ || v == MAYBE) << r;
	}
	return may;
}
