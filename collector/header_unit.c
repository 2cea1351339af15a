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

static struct span span_from(struct span all, size_t at)
{
	return (struct span){ all.s + at, all.n - at };
}

/* Whether what follows a unit word there ends it: nothing, or a mark. */
static bool ends_word(struct span rest)
{
	if (rest.n == 0 || span_starts(rest, "\xe3\x80\x81") || span_starts(rest, "\xe3\x80\x82"))
		return true;    /* U+3001, U+3002 */
	unsigned char c = (unsigned char)rest.s[0];

	return c < 0x80 && !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'));
}

/* The length of the unit word that begins TEXT and ends at a mark, the longest of all; 0: none. */
static size_t unit_at(const struct moneys *m, struct span text, const char **name)
{
	size_t longest = 0;

	for (size_t i = 0; i < m->ref->n_rows; i++) {
		size_t n = strlen(money_word(m, i));

		if (n > longest && span_starts(text, money_word(m, i)) && ends_word(span_from(text, n))) {
			longest = n;
			*name = money_word(m, i);
		}
	}
	return longest;
}

/* How far into TEXT a unit word may begin: behind words for the currency, colons and opening brackets. */
static size_t before_unit(const struct messages *msgs, struct span text)
{
	size_t at = 0, n;

	while (at < text.n) {
		n = word_at(msgs, "currency", span_from(text, at));
		if (n == 0 && text.s[at] != ':' && text.s[at] != '(')
			break;
		at += n > 0 ? n : 1;
	}
	return at;
}

/*
 * The units of money in TEXT (squashed), which stand there between marks: "10,000 yuan", "CNY(yuan)", "%, yuan".
 * *SAID.unknown: more than one, or one that is not clear where it ends.
 */
static void units_in(const struct ruleset *rs, const struct moneys *m, struct span text, struct unit_said *said)
{
	bool begins = true;

	for (size_t at = before_unit(&rs->messages, text); at < text.n; ) {
		struct span here = span_from(text, at);
		const char *name = NULL;
		size_t n = begins ? unit_at(m, here, &name) : 0;

		if (n > 0 && said->word != NULL && name != said->word)
			said->unknown = true;
		if (n > 0)
			said->word = name;
		begins = n == 0 && ends_word(here);
		at += n > 0 ? n : span_starts(here, "\xe3\x80\x81") || span_starts(here, "\xe3\x80\x82") ? 3 : 1;
		if (begins)
			at += before_unit(&rs->messages, span_from(text, at));
	}
}

/* Whether a unit word stands in TEXT (squashed) where it may be one: not within a name. */
static bool speaks_of_unit(const struct moneys *m, struct span text)
{
	for (size_t i = 0; i < m->ref->n_rows; i++) {
		const char *word = money_word(m, i), *at = text.s, *end = text.s + text.n;
		size_t n = strlen(word);

		for (; (at = memmem(at, (size_t)(end - at), word, n)) != NULL; at += n)
			if (ends_word((struct span){ at + n, (size_t)(end - at) - n }))
				return true;
	}
	return false;
}

/* Whether the word that ends at N of TEXT is part of a label for the sender: "REPORTING UNIT". */
static bool is_senders(const struct messages *msgs, struct span text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (word_at(msgs, "unit.said", span_from(text, i)) >= n - i)
			return true;
	return false;
}

/* What follows the word for units of money that ends at N of TEXT; where nothing does, NEXT, the next filled cell. */
static void unit_behind(const struct ruleset *rs, const struct moneys *m, struct span text, size_t n,
    struct span next, struct unit_said *said)
{
	struct span rest = span_from(text, n);
	bool last = rest.n == 0 || (rest.n == 1 && (rest.s[0] == ':' || rest.s[0] == ')'));

	if (last && rest.n == 1 && rest.s[0] == ')') {          /* "(yuan as the UNIT)" */
		for (size_t i = 0; i < m->ref->n_rows; i++)
			said->unknown = said->unknown ||
			    memmem(text.s, n, money_word(m, i), strlen(money_word(m, i))) != NULL;
		return;
	}
	if (last)
		rest = next;
	units_in(rs, m, rest, said);
	if (said->word == NULL && (last || strchr(":(", rest.s[0]) != NULL) && speaks_of_unit(m, rest))
		said->unknown = true;
}

struct unit_said unit_said_in(const struct ruleset *rs, struct span text, struct span next)
{
	const struct words *w = words_find(&rs->messages, "unit_line");
	struct unit_said said = { 0 };
	struct moneys m;

	if (!moneys_of(rs, &m))
		return said;
	for (size_t at = 0; at < text.n && said.word == NULL; at++) {
		size_t n = w != NULL ? word_at(&rs->messages, "unit_line", span_from(text, at)) : 0;

		if (n > 0 && !is_senders(&rs->messages, text, at + n))
			unit_behind(rs, &m, text, at + n, next, &said);
		at += n > 0 ? n - 1 : 0;
	}
	/* "(10,000 yuan)" alone, or at the end of a title. */
	const char *open = text.n > 2 && text.s[text.n - 1] == ')' ? memrchr(text.s, '(', text.n) : NULL;

	if (said.word == NULL && !said.unknown && open != NULL) {
		struct span inside = { open + 1, (size_t)(text.s + text.n - open) - 2 };

		said.yuan = money_unit(rs, inside, &said.word);
	}
	if (said.unknown)
		said.word = NULL;
	said.yuan = said.word != NULL ? ruleset_unit_yuan(rs, said.word) : 0;
	return said;
}

struct unit_line header_unit_line(const struct recogniser *c, const struct fit *fit)
{
	size_t to = c->g->rows[fit->index - fit->above].from;
	struct unit_line line = { 0 };

	for (size_t i = c->g->rows[0].from; i < to && line.said.yuan == 0; i++) {
		size_t next = i + 1;

		while (next < to && header_cell(c, next).n == 0)
			next++;
		struct unit_said said = unit_said_in(c->rs, header_cell(c, i),
		    next < to ? header_cell(c, next) : (struct span){ "", 0 });

		if (said.yuan != 0 || (said.unknown && !line.said.unknown))
			line = (struct unit_line){ said, i };
	}
	return line;
}
