/*
 * header_unit - the units that figures are said to be in: the words of the rule set's table, in a header's
 * bracket or in a line above the header.
 */
#include "header.h"

#include <string.h>

#include "../common/reference.h"

/* ---- units of money ---- */

/* The table of the rule set that has them, and its column of words. */
struct moneys {
	const struct reference *ref;
	size_t                  word;
};

static bool moneys_of(const struct ruleset *rs, struct moneys *m)
{
	m->ref = ruleset_reference(rs, "unit_of_money");
	if (m->ref == NULL || reference_column(m->ref, "word") < 0)
		return false;
	m->word = (size_t)reference_column(m->ref, "word");
	return true;
}

static const char *money_word(const struct moneys *m, size_t i)
{
	return reference_cell(m->ref, i, m->word);
}

/* Whether WORD is UNIT, or UNIT without one of the words that a careless hand leaves off its end. */
static bool is_unit(const struct messages *msgs, struct span word, const char *unit)
{
	const struct words *ends = words_find(msgs, "unit.ending");

	if (span_is(word, unit))
		return true;
	if (word.n == 0 || strncmp(unit, word.s, word.n) != 0)
		return false;
	for (size_t i = 0; ends != NULL && i < ends->n; i++)
		if (strcmp(unit + word.n, ends->v[i]) == 0)
			return true;
	return false;
}

int64_t money_unit(const struct ruleset *rs, struct span word, const char **name)
{
	struct moneys m;

	if (!moneys_of(rs, &m))
		return 0;
	for (size_t i = 0; i < m.ref->n_rows; i++)
		if (is_unit(&rs->messages, word, money_word(&m, i))) {
			if (name != NULL)
				*name = money_word(&m, i);
			return ruleset_unit_yuan(rs, money_word(&m, i));
		}
	return 0;
}

/* ---- the unit line ---- */

/* Whether what follows a unit word there ends it: nothing, or a mark. */
static bool ends_word(struct span rest)
{
	if (rest.n == 0 || span_starts(rest, "\xe3\x80\x81") || span_starts(rest, "\xe3\x80\x82"))
		return true;    /* U+3001, U+3002 */
	unsigned char c = (unsigned char)rest.s[0];

	return c < 0x80 && !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'));
}

/* The unit at the beginning of TEXT (squashed): the longest of all words. */
static int64_t unit_at(const struct ruleset *rs, struct span text, const char **name)
{
	size_t longest = 0;
	struct moneys m;

	for (size_t i = 0; moneys_of(rs, &m) && i < m.ref->n_rows; i++) {
		size_t n = strlen(money_word(&m, i));

		if (n > longest && span_starts(text, money_word(&m, i)) &&
		    ends_word((struct span){ text.s + n, text.n - n })) {
			longest = n;
			*name = money_word(&m, i);
		}
	}
	return longest > 0 ? ruleset_unit_yuan(rs, *name) : 0;
}

/*
 * "UNIT: 10,000 yuan" in words, or "(10,000 yuan)" alone, in the squashed text of a cell; NEXT is the
 * next filled cell.
 */
static int64_t unit_in_cell(const struct ruleset *rs, struct span text, struct span next, const char **name)
{
	const struct words *w = words_find(&rs->messages, "unit_line");
	struct span inside = { text.s + 1, text.n > 2 ? text.n - 2 : 0 };

	for (size_t i = 0; w != NULL && i < w->n; i++) {
		const char *word = w->squashed[i];
		const char *at = memmem(text.s, text.n, word, strlen(word));

		if (at == NULL)
			continue;
		at += strlen(word);
		while (at < text.s + text.n && *at == ':')
			at++;
		struct span rest = { at, (size_t)(text.s + text.n - at) };
		int64_t yuan = rest.n > 0 ? unit_at(rs, rest, name) : money_unit(rs, next, name);

		if (yuan != 0)
			return yuan;
	}
	return text.n > 2 && text.s[0] == '(' && text.s[text.n - 1] == ')' ? money_unit(rs, inside, name) : 0;
}

int64_t header_unit_line(const struct recogniser *c, const struct fit *fit, const char **name)
{
	size_t to = c->g->rows[fit->index - fit->above].from;

	for (size_t i = c->g->rows[0].from; i < to; i++) {
		size_t next = i + 1;

		while (next < to && header_cell(c, next).n == 0)
			next++;
		int64_t yuan = unit_in_cell(c->rs, header_cell(c, i),
		    next < to ? header_cell(c, next) : (struct span){ "", 0 }, name);

		if (yuan != 0)
			return yuan;
	}
	return 0;
}
