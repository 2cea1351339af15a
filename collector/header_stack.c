/*
 * header_stack - headers of several rows, as merged cells leave them: what stands over a column, from the uppermost
 * row to the lowest, and what it means in one.
 */
#include "header.h"

#include <string.h>

struct span head_cell(const struct recogniser *c, size_t row, size_t k)
{
	const struct grid_row *r = &c->g->rows[row];

	return k < r->to - r->from ? header_cell(c, r->from + k) : (struct span){ "", 0 };
}

size_t head_width(const struct recogniser *c, const struct fit *fit)
{
	size_t width = 0;

	for (size_t i = fit->index - fit->above; i <= fit->index; i++)
		if (c->g->rows[i].to - c->g->rows[i].from > width)
			width = c->g->rows[i].to - c->g->rows[i].from;
	return width;
}

/* Whether any row of the header below ROW has something in column K. */
static bool is_filled_below(const struct recogniser *c, const struct fit *fit, size_t row, size_t k)
{
	for (size_t i = row + 1; i <= fit->index; i++)
		if (head_cell(c, i, k).n > 0)
			return true;
	return false;
}

ssize_t over(const struct recogniser *c, const struct fit *fit, size_t row, size_t k)
{
	size_t j = k;

	while (j > 0 && head_cell(c, row, j).n == 0)
		j--;
	if (head_cell(c, row, j).n == 0 || (j < k && !is_filled_below(c, fit, row, j)))
		return -1;
	return (ssize_t)j;
}

size_t head_path(const struct recogniser *c, const struct fit *fit, size_t k, struct place *path)
{
	size_t n = 0, from = 0;

	for (size_t row = fit->index - fit->above; row < fit->index; row++) {
		ssize_t j = over(c, fit, row, k);

		/* What stands over several columns needs one of its own below it; what is left of it is of another name. */
		if (j < (ssize_t)from || ((size_t)j < k && !is_filled_below(c, fit, row, k)))
			continue;
		from = (size_t)j;
		path[n++] = (struct place){ row, (size_t)j };
	}
	if (head_cell(c, fit->index, k).n > 0)
		path[n++] = (struct place){ fit->index, k };
	return n;
}

/* A and B in one, and the brackets at their ends behind both. */
static struct span join(struct arena *arena, struct span a, struct span b)
{
	struct span bracket = { "", 0 }, rest;
	struct buf text = { 0 };

	if (header_split_bracket(a, &a, &rest))
		bracket = rest;
	if (header_split_bracket(b, &b, &rest))
		bracket = rest;
	buf_add(&text, a.s, a.n);
	buf_add(&text, b.s, b.n);
	if (bracket.n > 0) {
		buf_char(&text, '(');
		buf_add(&text, bracket.s, bracket.n);
		buf_char(&text, ')');
	}
	struct span joined = { arena_ndup(arena, buf_cstr(&text), text.len), text.len };

	buf_free(&text);
	return joined;
}

bool is_part(const struct recogniser *c, struct span text)
{
	return word_at(&c->rs->messages, "total.part", text) > 0;
}

/* LOW below HIGH: both together in either order, a name over its unit, or LOW for itself. */
static bool match_two(const struct recogniser *c, const struct lexicon *l, struct span high, struct span low,
    struct match *m)
{
	struct span title, rest, unit = low;
	/* A bracket alone is the unit line of a title, not a name. */
	bool name = high.s[0] != '(', known = name && (match_text(c->rs, l, join(c->arena, low, high), m) ||
	    match_text(c->rs, l, join(c->arena, high, low), m));

	if (name && !known && low.n > 2 && low.s[0] == '(' && low.s[low.n - 1] == ')')
		unit = (struct span){ low.s + 1, low.n - 2 };
	if (name && !known && money_unit(c->rs, unit, NULL) != 0) {
		known = match_text(c->rs, l, high, m);
		m->unit_yuan = money_unit(c->rs, unit, &m->unit_word);
		m->bracket.n = 0;
	}
	/* The whole beside its parts. */
	if (name && !known && (words_has(&c->rs->messages, "total", low) ||
	    words_has(&c->rs->messages, "subtotal", low)))
		known = match_text(c->rs, l, high, m);
	bool joined = known;

	if (!known && match_text(c->rs, l, low, m)) {
		known = true;
		/* A unit in the bracket of the upper cell is that of all figures below it. */
		if (m->unit_yuan == 0 && m->name->field != NULL && m->name->field->type == FIELD_MONEY &&
		    header_split_bracket(high, &title, &rest))
			m->unit_yuan = money_unit(c->rs, rest, &m->unit_word);
	}
	m->under = known;
	m->joined = joined;
	return known;
}

/* Whether TEXT is a unit of money, perhaps in brackets, which are taken off. */
static bool is_unit(const struct recogniser *c, struct span *text)
{
	if (text->n > 2 && text->s[0] == '(' && text->s[text->n - 1] == ')')
		*text = (struct span){ text->s + 1, text->n - 2 };
	return money_unit(c->rs, *text, NULL) != 0;
}

/*
 * LOW below MIDDLE below HIGH: without HIGH if that is certain, so that a title over a header adds nothing; else the
 * upper two in one, in either order, or HIGH alone, over LOW.  What is certain wins.
 */
static bool match_three(const struct recogniser *c, const struct lexicon *l, struct span high, struct span middle,
    struct span low, struct match *m)
{
	const struct span uppers[] = { join(c->arena, high, middle), join(c->arena, middle, high), high };
	struct match first = { 0 };

	if (match_two(c, l, middle, low, m)) {
		if (!match_is_ambiguous(m))
			return true;
		first = *m;
	}
	for (size_t i = 0; i < sizeof uppers / sizeof *uppers; i++) {
		if (!match_two(c, l, uppers[i], low, m))
			continue;
		m->joined = true;
		if (!match_is_ambiguous(m))
			return true;
		if (first.name == NULL)
			first = *m;
	}
	*m = first;
	return first.name != NULL;
}

/* What N names mean, each below the one before: at most three and the unit of a figure. */
static bool match_names(const struct recogniser *c, const struct lexicon *l, const struct span *names, size_t n,
    struct match *m)
{
	struct span unit = n > 0 ? names[n - 1] : (struct span){ "", 0 };

	if (n > 2 && is_unit(c, &unit)) {
		if (!match_names(c, l, names, n - 1, m))
			return false;
		m->joined = true;
		if (m->unit_yuan == 0)
			m->unit_yuan = money_unit(c->rs, unit, &m->unit_word);
		return true;
	}
	if (n > 3)
		return match_names(c, l, names + 1, n - 1, m);
	if (n == 3)
		return match_three(c, l, names[0], names[1], names[2], m);
	if (n == 2)
		return match_two(c, l, names[0], names[1], m);
	*m = (struct match){ 0 };
	return n == 1 && match_text(c->rs, l, names[0], m);
}

bool header_match(const struct recogniser *c, const struct lexicon *l, const struct fit *fit, size_t k,
    struct match *m)
{
	struct place path[HEAD_DEPTH];
	struct span names[HEAD_DEPTH];
	size_t n = head_path(c, fit, k, path);

	for (size_t i = 0; i < n; i++)
		names[i] = head_cell(c, path[i].row, path[i].k);
	return match_names(c, l, names, n, m);
}

bool is_headed(const struct recogniser *c, const struct fit *fit, size_t k)
{
	return head_cell(c, fit->index - fit->above, k).n > 0 || is_filled_below(c, fit, fit->index - fit->above, k);
}
