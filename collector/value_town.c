/*
 * value_town - cells that name a town of the rule set's table, by code, name or alias: the sender's own
 * first.
 */
#include "value.h"

#include <string.h>

#include "../common/reference.h"

struct towns {
	const struct reference *ref;
	int    code, name, unit, aliases;       /* columns, or -1 */
};

static const char *town_cell(const struct towns *t, size_t row, int column)
{
	return column >= 0 ? reference_cell(t->ref, row, (size_t)column) : "";
}

/* Whether S is one of the aliases "a|b|c"; SQUASHED tells that S is, and they are to be. */
static bool is_alias(struct cell_in *c, const char *aliases, struct span s, bool squashed)
{
	while (*aliases != '\0') {
		struct span one = { aliases, strcspn(aliases, "|") };

		if (one.n > 0 && span_eq(s, squashed ? squash_in(c->arena, one) : one))
			return true;
		aliases += one.n;
		aliases += *aliases == '|';
	}
	return false;
}

static bool is_town(struct cell_in *c, const struct towns *t, size_t row, struct span s, bool squashed)
{
	const char *name = town_cell(t, row, t->name);

	if (span_is(s, town_cell(t, row, t->code)))
		return true;
	if (squashed ? span_eq(s, squash_in(c->arena, span_of(name))) : span_is(s, name))
		return true;
	return is_alias(c, town_cell(t, row, t->aliases), s, squashed);
}

/* The town that S names: one of the sender's own if any is, else any; -1 if none is. */
static ssize_t find_town(struct cell_in *c, const struct towns *t, struct span s, bool squashed)
{
	ssize_t other = -1;

	for (size_t i = 0; i < t->ref->n_rows; i++) {
		if (!is_town(c, t, i, s, squashed))
			continue;
		if (c->unit != NULL && strcmp(town_cell(t, i, t->unit), c->unit) == 0)
			return (ssize_t)i;
		if (other < 0)
			other = (ssize_t)i;
	}
	return other;
}

/* A town of the sender whose name has S in it, or is in it, if there is just one. */
static const char *nearest_town(struct cell_in *c, const struct towns *t, struct span s)
{
	const char *found = NULL;

	for (size_t i = 0; i < t->ref->n_rows && s.n >= 6; i++) {
		struct span name = span_of(town_cell(t, i, t->name));

		if (c->unit == NULL || strcmp(town_cell(t, i, t->unit), c->unit) != 0 || name.n == 0)
			continue;
		if (memmem(name.s, name.n, s.s, s.n) == NULL && memmem(s.s, s.n, name.s, name.n) == NULL)
			continue;
		if (found != NULL)
			return NULL;
		found = name.s;
	}
	return found;
}

int value_town(struct cell_in *c)
{
	struct towns t = { .ref = ruleset_reference(c->rs, "town") };
	const struct unit *sender = c->unit != NULL ? ruleset_unit(c->rs, c->unit) : NULL;
	ssize_t i;

	if (t.ref == NULL)
		return cell_give_text(c, c->text.s, c->text.n);
	t.code = reference_column(t.ref, "code");
	t.name = reference_column(t.ref, "name");
	t.unit = reference_column(t.ref, "unit");
	t.aliases = reference_column(t.ref, "aliases");
	i = find_town(c, &t, c->text, false);
	if (i < 0 || strcmp(town_cell(&t, (size_t)i, t.unit), c->unit != NULL ? c->unit : "") != 0) {
		ssize_t squashed = find_town(c, &t, squash_in(c->arena, c->text), true);

		i = squashed >= 0 ? squashed : i;
	}
	if (i < 0) {
		if (cell_say(c, "value.town_unknown", NULL, nearest_town(c, &t, squash_in(c->arena,
		    c->text))) != 0)
			return -1;
		return cell_give_text(c, c->text.s, c->text.n);
	}
	const char *own = town_cell(&t, (size_t)i, t.unit), *key = town_cell(&t, (size_t)i, t.code);
	const struct unit *owner = ruleset_unit(c->rs, own);
	bool foreign = c->unit != NULL && strcmp(own, c->unit) != 0 && !(sender != NULL && sender->office);

	if (foreign && cell_say(c, "value.town_other", owner != NULL ? owner->name : own, NULL) != 0)
		return -1;
	return cell_give_text(c, key, strlen(key));
}
