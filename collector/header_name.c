/*
 * header_name - what one header cell means: the names that a form's fields go by, units and remarks in
 * brackets.
 */
#include "header.h"

#include <stdlib.h>
#include <string.h>

/* ---- names of a form ---- */

static void name_add(struct lexicon *l, struct arena *arena, struct name name, const char *text)
{
	name.text = squash_in(arena, span_of(text));
	vec_room(l->names, l->n, l->cap);
	l->names[l->n++] = name;
}

void header_lexicon(struct lexicon *l, const struct ruleset *rs, const struct form *form,
    struct arena *arena)
{
	*l = (struct lexicon){ .form = form };
	for (size_t i = 0; i < form->n_fields; i++) {
		const struct field *f = &form->fields[i];

		name_add(l, arena, (struct name){ .field = f, .reserved = -1, .how = NAME_TITLE }, f->title);
		name_add(l, arena, (struct name){ .field = f, .reserved = -1, .how = NAME_ALIAS }, f->name);
		for (size_t j = 0; j < f->n_aliases; j++)
			name_add(l, arena, (struct name){ .field = f, .reserved = -1, .how = NAME_ALIAS },
			    f->aliases[j]);
		for (size_t j = 0; j < f->n_ambiguous; j++)
			name_add(l, arena, (struct name){ .field = f, .reserved = -1, .how = NAME_AMBIGUOUS },
			    f->ambiguous[j]);
	}
	for (int r = 0; r < RES_COUNT; r++) {
		const struct words *w = words_find(&rs->messages, reserved_words((enum reserved)r));

		for (size_t j = 0; w != NULL && j < w->n; j++)
			name_add(l, arena, (struct name){ .reserved = r, .how = NAME_TITLE }, w->v[j]);
	}
}

/* A title wins over an alias, an alias over what is ambiguous; an alias of two fields is ambiguous. */
static bool look_up(const struct lexicon *l, struct span text, struct match *m)
{
	const struct name *best = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (l->names[i].text.n == text.n && span_eq(l->names[i].text, text) &&
		    (best == NULL || l->names[i].how < best->how))
			best = &l->names[i];
	m->name = best;
	m->n_candidates = 0;
	for (size_t i = 0; best != NULL && i < l->n; i++) {
		const struct name *n = &l->names[i];

		if (n->how != best->how || n->field == NULL || !span_eq(n->text, text) ||
		    m->n_candidates == CANDIDATES)
			continue;
		if (m->n_candidates == 0 || m->candidates[m->n_candidates - 1] != n->field)
			m->candidates[m->n_candidates++] = n->field;
	}
	return best != NULL;
}

bool match_is_ambiguous(const struct match *m)
{
	return m->name != NULL && (m->name->how == NAME_AMBIGUOUS || m->n_candidates > 1);
}

/* "TITLE(REST)" -> TITLE and REST; false if it does not end in a bracket. */
bool header_split_bracket(struct span text, struct span *title, struct span *rest)
{
	const char *open = text.n > 2 ? memrchr(text.s, '(', text.n) : NULL;

	if (open == NULL || open == text.s || text.s[text.n - 1] != ')')
		return false;
	*title = (struct span){ text.s, (size_t)(open - text.s) };
	*rest = (struct span){ open + 1, text.n - title->n - 2 };
	return true;
}

/* "TITLE/UNIT", "TITLE:UNIT" and the like, where UNIT is a unit of money. */
static bool split_unit(const struct ruleset *rs, struct span text, struct span *title, struct span *unit)
{
	for (size_t i = text.n; i-- > 1; )
		if (strchr("/:,_-", text.s[i]) != NULL) {
			*title = (struct span){ text.s, i };
			*unit = (struct span){ text.s + i + 1, text.n - i - 1 };
			return money_unit(rs, *unit, NULL) != 0;
		}
	return false;
}

/* Stars mark what must be filled in. */
static struct span without_stars(struct span s)
{
	while (s.n > 0 && s.s[0] == '*')
		s = (struct span){ s.s + 1, s.n - 1 };
	while (s.n > 0 && s.s[s.n - 1] == '*')
		s.n--;
	return s;
}

bool match_text(const struct ruleset *rs, const struct lexicon *l, struct span text, struct match *m)
{
	struct span title, rest;

	*m = (struct match){ 0 };
	text = without_stars(text);
	if (text.n == 0)
		return false;
	if (look_up(l, text, m))
		return true;
	if (header_split_bracket(text, &title, &rest) && look_up(l, without_stars(title), m)) {
		m->unit_yuan = money_unit(rs, rest, &m->unit_word);
		if (m->unit_yuan == 0)
			m->bracket = rest;
		return true;
	}
	if (split_unit(rs, text, &title, &rest) && look_up(l, title, m)) {
		m->unit_yuan = money_unit(rs, rest, &m->unit_word);
		return true;
	}
	return false;
}

/* ---- names of another form ---- */

static bool is_name_of(const struct field *f, struct span text)
{
	struct buf b = { 0 };
	bool same = false;

	for (size_t i = 0; !same && i <= f->n_aliases; i++) {
		buf_reset(&b);
		text_squash(&b, span_of(i == 0 ? f->title : f->aliases[i - 1]));
		same = span_eq(text, (struct span){ buf_cstr(&b), b.len });
	}
	buf_free(&b);
	return same;
}

/* Whether HEADER is a name of FIELD; if SHOWN, behind a word for what is only shown. */
static bool is_header_of(const struct messages *m, const char *header, const struct field *field, bool shown)
{
	struct span text, title, rest;
	struct buf b = { 0 };
	bool is;

	text_squash(&b, span_of(header));
	text = (struct span){ buf_cstr(&b), b.len };
	size_t word = shown ? word_at(m, "column.ignored", text) : 0;

	text = without_stars((struct span){ text.s + word, text.n - word });
	is = (!shown || word > 0) && (is_name_of(field, text) || (header_split_bracket(text, &title, &rest) &&
	    is_name_of(field, without_stars(title))));
	buf_free(&b);
	return is;
}

size_t header_column_named(const struct sheet *s, const struct messages *m, const struct field *field)
{
	for (int shown = 0; shown < 2; shown++)
		for (size_t i = 0; i < s->n_columns; i++)
			if (is_header_of(m, s->columns[i].header, field, shown))
				return i;
	return s->n_columns;
}

/* ---- the first rows ---- */

struct span header_cell(const struct recogniser *c, size_t i)
{
	return c->squashed[i - c->g->rows[0].from];
}

void field_mark(const struct lexicon *l, const struct field *f, bool *seen)
{
	seen[f - l->form->fields] = true;
}
