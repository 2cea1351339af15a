/*
 * value_number - cells of figures: money, whole numbers, percentages.  Where a figure has something around
 * it, the finding names the very figure to put.
 */
#include "value.h"

#include <string.h>

static const int64_t tens[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
	1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
	    100000000000000000,
	1000000000000000000,
};

void decimal_text(struct buf *out, struct decimal d)
{
	decimal_show(out, d.digits, tens[d.scale]);
}

/* The run of figures, signs, points and commas at the beginning of S. */
static struct span figures_at(struct span s)
{
	size_t n = 0;

	while (n < s.n && (is_digit(s.s[n]) || s.s[n] == '.' || s.s[n] == ',' || ((s.s[n] == '-' ||
	    s.s[n] == '+') && n == 0)))
		n++;
	return (struct span){ s.s, n };
}

static bool has_digit(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_digit(s.s[i]))
			return true;
	return false;
}

/* What is stored of D, of a unit worth UNIT; false if it is larger than any that is taken. */
static bool figure_of(const struct cell_in *c, struct decimal d, int64_t unit, int64_t *out, bool *rounded)
{
	int64_t most = c->f->any_size ? INT64_MAX : c->rs->limits.figure;

	return decimal_scale(d, unit, out, rounded) == 0 && *out <= most && *out >= -most;
}

/* D of a unit worth YUAN, in the column's own unit; false if it does not fit. */
static bool in_column_unit(const struct cell_in *c, struct decimal d, int64_t yuan, struct buf *out)
{
	int64_t v;

	if (!figure_of(c, d, yuan, &v, NULL))
		return false;
	decimal_show(out, v, c->column->unit_yuan);
	return true;
}

/* A figure with something around it: say which, and the figure alone. */
static int say_around(struct cell_in *c, struct decimal d, struct span rest, bool approximate)
{
	const struct messages *m = &c->rs->messages;
	int64_t yuan = c->f->type == FIELD_MONEY ? money_unit(c->rs, rest, NULL) : 0;
	const char *id = "value.words";
	struct buf suggest = { 0 };
	int rc;

	if (yuan != 0 && in_column_unit(c, d, yuan, &suggest))
		id = approximate ? "value.approximate" : "value.unit_in_cell";
	else {
		decimal_text(&suggest, d);
		if (approximate || word_at(m, "approximate.after", rest) > 0)
			id = "value.approximate";
		else if (rest.n > 0 && *rest.s == '(')
			id = "value.remark";
	}
	rc = cell_say(c, id, NULL, buf_cstr(&suggest));
	buf_free(&suggest);
	return rc;
}

static int say_too_large(struct cell_in *c)
{
	bool money = c->f->type == FIELD_MONEY;
	struct buf limit = { 0 };
	int rc;

	decimal_show(&limit, c->rs->limits.figure, money ? c->column->unit_yuan : 1);
	rc = cell_say(c, money ? "value.too_large" : "value.too_large.count", buf_cstr(&limit), NULL);
	buf_free(&limit);
	return rc;
}

/* Whether the field would take D, which is in the column's unit. */
static bool would_take(const struct cell_in *c, struct decimal d)
{
	const struct field *f = c->f;
	int64_t v, min = INT64_MIN, max = INT64_MAX, unit = 1;
	bool rounded;

	if (f->type == FIELD_PERCENT)
		return (!f->has_min || decimal_cmp(d, f->min) >= 0) &&
		    (!f->has_max || decimal_cmp(d, f->max) <= 0);
	if (f->type == FIELD_MONEY)
		unit = f->unit_yuan;
	if (f->has_min)
		(void)decimal_scale(f->min, unit, &min, NULL);
	if (f->has_max)
		(void)decimal_scale(f->max, unit, &max, NULL);
	return figure_of(c, d, f->type == FIELD_MONEY ? c->column->unit_yuan : 1, &v, &rounded) &&
	    v >= min && v <= max && (f->type == FIELD_MONEY || !rounded);
}

/* No figure, and none that it could be said to be. */
static int say_no_figure(struct cell_in *c, struct span core, struct span rest)
{
	if (rest.n == 0 && core.n > 18 && digits_at(core.s).n == core.n)
		return say_too_large(c);
	bool comma = rest.n == 0 && has_digit(core) && memchr(core.s, ',', core.n) != NULL &&
	    figures_at(core).n == core.n;

	return cell_say(c, comma ? "value.comma" : "value.number", NULL, NULL);
}

/* "(30)", as accounts write what is negative; 1: it is not that. */
static int refuse_bracketed(struct cell_in *c)
{
	struct span s = c->fold, inner = { s.s + 1, s.n > 2 ? s.n - 2 : 0 };
	struct buf figure = { 0 }, minus = { 0 };
	struct decimal d;
	int rc = 1;

	if (inner.n == 0 || s.s[0] != '(' || s.s[s.n - 1] != ')' || !is_digit(*inner.s) ||
	    decimal_parse(inner, &d) != 0)
		return 1;
	decimal_text(&figure, d);
	d.digits = -d.digits;
	decimal_text(&minus, d);
	rc = would_take(c, d) ? cell_say(c, "value.bracketed", buf_cstr(&figure), buf_cstr(&minus)) :
	    cell_say(c, "value.bracketed_here", buf_cstr(&figure), NULL);
	buf_free(&figure);
	buf_free(&minus);
	return rc;
}

/* What stands before a remark in brackets at the end of REST; the remark begins with a word, not with a figure. */
static struct span before_remark(struct span rest)
{
	const char *open = rest.n > 2 && rest.s[rest.n - 1] == ')' ? memchr(rest.s, '(', rest.n) : NULL;

	if (open == NULL || is_digit(open[1]) || strchr("+-.,", open[1]) != NULL)
		return rest;
	return (struct span){ rest.s, (size_t)(open - rest.s) };
}

/* Why a cell of figures is none. */
static int refuse_number(struct cell_in *c)
{
	const struct messages *m = &c->rs->messages;
	struct buf b = { 0 }, meant = { 0 };
	struct decimal d;
	int rc;

	if (cell_is_exponent(c->fold.s))
		return cell_say(c, "value.exponent", NULL, NULL);
	if (*c->fold.s == '=')
		return cell_say(c, "value.formula_text", NULL, NULL);
	rc = refuse_bracketed(c);
	if (rc != 1)
		return rc;
	if (slip_is_parted(c->fold.s))
		return cell_say(c, "value.number", NULL, NULL);
	slip_squash(&b, m, c->fold);
	struct span s = { buf_cstr(&b), b.len };
	size_t skip = word_at(m, "approximate.before", s);
	bool approximate = skip > 0;

	if (skip == 0)
		skip = word_at(m, "currency", s);
	s = (struct span){ s.s + skip, s.n - skip };
	struct span core = figures_at(s), rest = { s.s + core.n, s.n - core.n };

	bool figure = slip_figure(&meant, m, &core, &rest, &d);
	struct span before = before_remark(rest);

	if (before.n > 0)
		rest = before;
	if (!figure || has_digit(before))
		rc = say_no_figure(c, s, (struct span){ s.s, skip });
	else if (rest.n == 0 && skip == 0)
		rc = would_take(c, d) ? cell_say(c, "value.slip", NULL, buf_cstr(&meant)) :
		    cell_say(c, "value.number", NULL, NULL);
	else if (rest.n == 1 && *rest.s == '%' && !approximate && c->f->type != FIELD_PERCENT)
		rc = cell_say(c, "value.percent_here", NULL, NULL);
	else
		rc = say_around(c, d, rest, approximate);
	buf_free(&b);
	buf_free(&meant);
	return rc;
}

static int number(struct cell_in *c, struct decimal *d)
{
	if (decimal_parse(c->fold, d) == 0)
		return 0;
	return refuse_number(c) != 0 ? -1 : 1;
}

/* Whether D keeps the field's limits; both in the field's unit. */
static int check_range(struct cell_in *c, int low, int high)
{
	struct buf limit = { 0 };
	int rc = 0;

	if (low >= 0 && high <= 0)
		return 0;
	if (low < 0) {
		decimal_text(&limit, c->f->min);
		rc = cell_say(c, c->f->min.digits == 0 ? "value.negative" : "value.below", buf_cstr(&limit),
		    NULL);
	} else {
		decimal_text(&limit, c->f->max);
		rc = cell_say(c, "value.above", buf_cstr(&limit), NULL);
	}
	buf_free(&limit);
	return rc;
}

static int compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

int value_money(struct cell_in *c)
{
	const struct field *f = c->f;
	struct buf stored = { 0 };
	struct decimal d;
	int64_t v, min = INT64_MIN, max = INT64_MAX;
	bool rounded;
	int rc = number(c, &d);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (!figure_of(c, d, c->column->unit_yuan, &v, &rounded))
		return say_too_large(c);
	if (f->has_min)
		(void)decimal_scale(f->min, f->unit_yuan, &min, NULL);
	if (f->has_max)
		(void)decimal_scale(f->max, f->unit_yuan, &max, NULL);
	if (check_range(c, compare(v, min), compare(v, max)) != 0)
		return -1;
	if (rounded) {
		decimal_show(&stored, v, c->column->unit_yuan);
		rc = cell_say(c, "value.rounded", buf_cstr(&stored), NULL);
		buf_free(&stored);
	}
	cell_give_integer(c, v);
	return rc;
}

int value_integer(struct cell_in *c)
{
	struct decimal d;
	int64_t v;
	bool rounded;
	int rc = number(c, &d);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (!figure_of(c, d, 1, &v, &rounded))
		return say_too_large(c);
	if (rounded && cell_say(c, "value.whole", NULL, NULL) != 0)
		return -1;
	if (check_range(c, c->f->has_min ? decimal_cmp(d, c->f->min) : 0, c->f->has_max ? decimal_cmp(d,
	    c->f->max) : 0) != 0)
		return -1;
	return cell_give_integer(c, v);
}

int value_percent(struct cell_in *c)
{
	struct decimal d;
	int rc;

	if (c->fold.n > 1 && c->fold.s[c->fold.n - 1] == '%') {
		c->fold.n--;
		while (c->fold.n > 0 && c->fold.s[c->fold.n - 1] == ' ')
			c->fold.n--;
		c->fold.s = arena_ndup(c->arena, c->fold.s, c->fold.n);
	}
	rc = number(c, &d);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (check_range(c, c->f->has_min ? decimal_cmp(d, c->f->min) : 0, c->f->has_max ? decimal_cmp(d,
	    c->f->max) : 0) != 0)
		return -1;
	*c->out = (struct value){ .kind = VALUE_REAL, .r = decimal_real(d) };
	return 0;
}
