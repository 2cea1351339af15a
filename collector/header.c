/*
 * header - which form a CSV file is, where its header row stands, and what each column means.
 *
 * Names are compared squashed (text.h).  A header may carry the unit of its figures in a bracket
 * or behind a stroke, a star, or a remark in brackets; what could mean two things is asked about.
 *
 * A header may be of two rows, as merged cells leave it: a name above several columns stands over
 * the first of them only, and a name that is two rows high has nothing below it.
 */
#include "collector.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/reference.h"

/* One way to write the header of a field. */
struct name {
	struct span         text;       /* squashed */
	const struct field *field;      /* NULL: reserved */
	int                 reserved;
	enum { NAME_TITLE, NAME_ALIAS, NAME_AMBIGUOUS } how;
};

struct lexicon {
	const struct form *form;
	struct name       *names;
	size_t             n, cap;
};

#define CANDIDATES 6u

/* What a header cell means. */
struct match {
	const struct name  *name;               /* NULL: nothing known */
	const struct field *candidates[CANDIDATES];     /* NAME_AMBIGUOUS */
	size_t              n_candidates;
	int64_t             unit_yuan;          /* said by the header, or 0 */
	const char         *unit_word;
	struct span         bracket;            /* said by the header and no unit */
	bool                under;              /* there is a name above it ... */
	bool                joined;             /* ... which it took to understand it */
};

/* How well a row, or two, serve as the header of a form. */
struct fit {
	size_t index;           /* in the grid's rows; of two the lower */
	bool   two;
	size_t fields;          /* different ones recognised */
	size_t certain;         /* cells that can mean one thing only */
	size_t joined;          /* of two rows: cells that it takes both to understand */
	size_t cells;           /* filled cells understood */
	size_t filled;
	size_t missing;         /* required fields without a column */
};

struct recogniser {
	const struct ruleset *rs;
	const struct grid    *g;
	const char           *sender;   /* code of the unit, or NULL: any */
	struct arena         *arena;
	struct span          *squashed; /* of the cells of the first rows */
	size_t                n_rows;   /* of the grid, that may be the header */
	struct findings      *fs;
};

bool is_blank(struct span text)
{
	if (text.n == 0)
		return true;
	unsigned char c = (unsigned char)*text.s;

	/* Most cells begin with something that no white space begins with. */
	if (c > ' ' && c != 0xc2 && c != 0xe2 && c != 0xe3 && c != 0xef)
		return false;
	return span_trim(text).n == 0;
}

struct span squash_in(struct arena *arena, struct span text)
{
	struct buf b = { 0 };
	struct span s;

	text_squash(&b, text);
	s = (struct span){ arena_ndup(arena, b.s, b.len), b.len };
	buf_free(&b);
	return s;
}

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

/* ---- names of a form ---- */

static void name_add(struct lexicon *l, struct arena *arena, struct name name, const char *text)
{
	name.text = squash_in(arena, span_of(text));
	vec_room(l->names, l->n, l->cap);
	l->names[l->n++] = name;
}

static void lexicon_make(struct lexicon *l, const struct ruleset *rs, const struct form *form,
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
		if (span_eq(l->names[i].text, text) && (best == NULL || l->names[i].how < best->how))
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

static bool is_ambiguous(const struct match *m)
{
	return m->name != NULL && (m->name->how == NAME_AMBIGUOUS || m->n_candidates > 1);
}

/* "TITLE(REST)" -> TITLE and REST; false if it does not end in a bracket. */
static bool split_bracket(struct span text, struct span *title, struct span *rest)
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

static bool match_header(const struct ruleset *rs, const struct lexicon *l, struct span text, struct match *m)
{
	struct span title, rest;

	*m = (struct match){ 0 };
	text = without_stars(text);
	if (text.n == 0)
		return false;
	if (look_up(l, text, m))
		return true;
	if (split_bracket(text, &title, &rest) && look_up(l, without_stars(title), m)) {
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

/* ---- the first rows ---- */

static struct span squashed_cell(const struct recogniser *c, size_t i)
{
	return c->squashed[i - c->g->rows[0].from];
}

static void field_mark(const struct lexicon *l, const struct field *f, bool *seen)
{
	seen[f - l->form->fields] = true;
}

/* ---- headers of two rows ---- */

static struct span head_cell(const struct recogniser *c, size_t row, size_t k)
{
	const struct grid_row *r = &c->g->rows[row];

	return k < r->to - r->from ? squashed_cell(c, r->from + k) : (struct span){ "", 0 };
}

static size_t head_width(const struct recogniser *c, const struct fit *fit)
{
	const struct grid_row *low = &c->g->rows[fit->index], *high = fit->two ? low - 1 : low;
	size_t a = low->to - low->from, b = high->to - high->from;

	return a > b ? a : b;
}

/*
 * The column in whose upper cell the name over column K stands: K, or the next filled one on the left, if
 * that has a cell below (else it is merged downwards and covers its own column only).  -1: none.
 */
static ssize_t over(const struct recogniser *c, const struct fit *fit, size_t k)
{
	size_t j = k;

	while (j > 0 && head_cell(c, fit->index - 1, j).n == 0)
		j--;
	if (head_cell(c, fit->index - 1, j).n == 0 || (j < k && head_cell(c, fit->index, j).n == 0))
		return -1;
	return (ssize_t)j;
}

/* A and B in one, and the brackets at their ends behind both. */
static struct span join(struct arena *arena, struct span a, struct span b)
{
	struct span bracket = { "", 0 }, rest;
	struct buf text = { 0 };

	if (split_bracket(a, &a, &rest))
		bracket = rest;
	if (split_bracket(b, &b, &rest))
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

/* LOW below HIGH: both together in either order, a name over its unit, or LOW for itself. */
static bool match_two(const struct recogniser *c, const struct lexicon *l, struct span high, struct span low,
    struct match *m)
{
	struct span title, rest, unit = low;
	/* A bracket alone is the unit line of a title, not a name. */
	bool name = high.s[0] != '(', known = name && (match_header(c->rs, l, join(c->arena, low, high), m) ||
	    match_header(c->rs, l, join(c->arena, high, low), m));

	if (name && !known && low.n > 2 && low.s[0] == '(' && low.s[low.n - 1] == ')')
		unit = (struct span){ low.s + 1, low.n - 2 };
	if (name && !known && money_unit(c->rs, unit, NULL) != 0) {
		known = match_header(c->rs, l, high, m);
		m->unit_yuan = money_unit(c->rs, unit, &m->unit_word);
		m->bracket.n = 0;
	}
	bool joined = known;

	if (!known && match_header(c->rs, l, low, m)) {
		known = true;
		/* A unit in the bracket of the upper cell is that of all figures below it. */
		if (m->unit_yuan == 0 && m->name->field != NULL && m->name->field->type == FIELD_MONEY &&
		    split_bracket(high, &title, &rest))
			m->unit_yuan = money_unit(c->rs, rest, &m->unit_word);
	}
	m->under = known;
	m->joined = joined;
	return known;
}

/* What the header of column K means. */
static bool match_column(const struct recogniser *c, const struct lexicon *l, const struct fit *fit, size_t k,
    struct match *m)
{
	struct span low = head_cell(c, fit->index, k);
	ssize_t j = fit->two ? over(c, fit, k) : -1;

	if (j < 0)
		return match_header(c->rs, l, low, m);
	if (low.n == 0)
		return match_header(c->rs, l, (size_t)j == k ? head_cell(c, fit->index - 1, k) : low, m);
	return match_two(c, l, head_cell(c, fit->index - 1, (size_t)j), low, m);
}

static bool is_headed(const struct recogniser *c, const struct fit *fit, size_t k)
{
	return head_cell(c, fit->index, k).n > 0 || (fit->two && head_cell(c, fit->index - 1, k).n > 0);
}

/* ---- the row of headers ---- */

/* How well row INDEX, with the one above if TWO, fits the form of L. */
static struct fit fit_row(const struct recogniser *c, const struct lexicon *l, size_t index, bool two)
{
	bool *seen = mem_zero(l->form->n_fields + 1, sizeof *seen);
	struct fit fit = { .index = index, .two = two };
	struct match m;

	for (size_t i = 0; i < head_width(c, &fit); i++) {
		if (!is_headed(c, &fit, i))
			continue;
		fit.filled++;
		if (!match_column(c, l, &fit, i, &m))
			continue;
		fit.cells++;
		fit.certain += !is_ambiguous(&m);
		fit.joined += m.joined;
		for (size_t k = 0; k < m.n_candidates; k++)
			field_mark(l, m.candidates[k], seen);
	}
	for (size_t i = 0; i < l->form->n_fields; i++) {
		fit.fields += seen[i];
		fit.missing += l->form->fields[i].required && !seen[i];
	}
	free(seen);
	return fit;
}

/*
 * A header has all that is required, or is understood for the greater part; a word that happens to be a
 * title is neither.
 */
static bool is_header(const struct lexicon *l, const struct fit *fit)
{
	size_t least = l->form->n_fields > 1 ? 2 : 1;

	/* The key and what to do with it: enough to take rows back. */
	if (fit->fields > 0 && fit->fields == l->form->n_keys && fit->cells > fit->fields &&
	    fit->cells == fit->filled)
		return true;
	return fit->fields >= least && (fit->missing == 0 || 2 * fit->cells >= fit->filled);
}

/* Whether two rows say more than the best ONE alone. */
static bool is_more(const struct fit *two, const struct fit *one)
{
	return two->fields >= one->fields && (two->certain > one->certain ||
	    (two->certain == one->certain && two->joined > 0));
}

static bool fit_form(const struct recogniser *c, const struct lexicon *l, struct fit *best)
{
	struct fit two = { 0 };
	bool any = false;

	for (size_t i = 0; i < c->n_rows; i++) {
		struct fit fit = fit_row(c, l, i, false);

		if (is_header(l, &fit) && (!any || fit.fields > best->fields)) {
			*best = fit;
			any = true;
		}
		if (i == 0 || c->g->rows[i].row != c->g->rows[i - 1].row + 1)
			continue;
		fit = fit_row(c, l, i, true);
		if (is_header(l, &fit) && is_more(&fit, &two))
			two = fit;
	}
	if (two.two && (!any || is_more(&two, best))) {
		*best = two;
		any = true;
	}
	return any;
}

/* ---- which form ---- */

/* A name of letters must stand alone: "action" is not in "reaction.csv". */
static bool stands_alone(struct span in, const char *at, size_t n)
{
	const char *after = at + n;
	bool word = (unsigned char)*at < 0x80;

	if (!word)
		return true;
	return (at == in.s || !((at[-1] >= 'A' && at[-1] <= 'Z') || at[-1] == '_')) &&
	    (after == in.s + in.n || !((*after >= 'A' && *after <= 'Z') || *after == '_'));
}

static size_t contains(struct arena *arena, struct span in, const char *name)
{
	struct span s = squash_in(arena, span_of(name));
	const char *at = s.n > 0 ? memmem(in.s, in.n, s.s, s.n) : NULL;

	return at != NULL && stands_alone(in, at, s.n) ? s.n : 0;
}

/* The form whose name, title or alias is the longest in the file's name; NULL if none is, or two are. */
static const struct form *form_of_name(const struct ruleset *rs, const char *file_name, struct arena *arena)
{
	struct span in = squash_in(arena, span_of(file_name));
	const struct form *form = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < rs->n_forms; i++) {
		const struct form *f = rs->forms[i];
		size_t n = contains(arena, in, f->name), title = contains(arena, in, f->title);

		n = title > n ? title : n;
		for (size_t j = 0; j < f->n_aliases; j++) {
			size_t alias = contains(arena, in, f->aliases[j]);

			n = alias > n ? alias : n;
		}
		if (n > 0 && n == longest)
			form = NULL;
		if (n > longest) {
			longest = n;
			form = f;
		}
	}
	return form;
}

/* "A", "B": titles joined as the office writes lists. */
static void list_add(struct buf *b, const struct messages *m, const char *title)
{
	if (b->len > 0)
		message_says(b, m, "list.join", NULL, 0);
	buf_str(b, title);
}

static void say_list(const struct recogniser *c, const char *id, const struct finding *at, const char *form,
    const struct buf *list)
{
	const struct message_arg args[] = { { "form", form }, { "list", buf_cstr(list) } };

	finding_say(c->fs, &c->rs->messages, id, at, args, 2);
}

/* Whether the sender is one who sends FORM at all. */
static bool may_send(const struct recogniser *c, const struct form *form)
{
	return !form->by_office || c->sender == NULL || c->rs->office == NULL ||
	    strcmp(c->rs->office->code, c->sender) == 0;
}

/* No row is a header.  Name what was looked for: the required titles of FORM, or all the sender's forms. */
static void say_no_header(const struct recogniser *c, const struct form *form)
{
	struct finding at = { .form = form != NULL ? form->name : NULL };
	struct buf list = { 0 };

	for (size_t i = 0; form != NULL && i < form->n_fields; i++)
		if (form->fields[i].required)
			list_add(&list, &c->rs->messages, form->fields[i].title);
	for (size_t i = 0; form == NULL && i < c->rs->n_forms; i++)
		if (may_send(c, c->rs->forms[i]))
			list_add(&list, &c->rs->messages, c->rs->forms[i]->title);
	say_list(c, form != NULL ? "header.none" : "form.none", &at, form != NULL ? form->title : NULL,
	    &list);
	buf_free(&list);
}

/*
 * Fields recognised less required ones missing: of two forms that share columns the one that is whole
 * wins.
 */
static long worth(const struct fit *fit)
{
	return (long)fit->fields - (long)fit->missing;
}

struct choice {
	struct lexicon *lexicons;       /* one per form of the rule set, made when asked for */
	struct fit      fit;
	size_t          form;           /* index of the best; meaningful if found */
	bool            found, tied;
};

static struct lexicon *lexicon_of(const struct recogniser *c, struct choice *ch, size_t form)
{
	struct lexicon *l = &ch->lexicons[form];

	if (l->form == NULL)
		lexicon_make(l, c->rs, c->rs->forms[form], c->arena);
	return l;
}

/* The form whose header this is, if one fits better than all others. */
static void choose_by_header(const struct recogniser *c, struct choice *ch)
{
	for (size_t i = 0; i < c->rs->n_forms; i++) {
		struct fit fit = { 0 };

		if (!fit_form(c, lexicon_of(c, ch, i), &fit))
			continue;
		if (ch->found && worth(&fit) == worth(&ch->fit))
			ch->tied = true;
		if (!ch->found || worth(&fit) > worth(&ch->fit)) {
			ch->fit = fit;
			ch->form = i;
			ch->found = true;
			ch->tied = false;
		}
	}
}

static size_t form_index(const struct ruleset *rs, const struct form *form)
{
	size_t i = 0;

	while (rs->forms[i] != form)
		i++;
	return i;
}

/*
 * The form that the file's name says.  The header may contradict only if it is whole for another form
 * and not for this.
 */
static int choose_named(const struct recogniser *c, struct choice *ch, const struct form *named)
{
	struct choice other = { .lexicons = ch->lexicons };
	size_t i = form_index(c->rs, named);
	struct fit fit = { 0 };
	bool fits = fit_form(c, lexicon_of(c, ch, i), &fit);

	if (!fits || fit.missing > 0)
		choose_by_header(c, &other);
	if (other.found && other.form != i && other.fit.missing == 0 && (!fits ||
	    worth(&other.fit) > worth(&fit))) {
		const char *title = c->rs->forms[other.form]->title;
		const struct message_arg args[] = { { "form", named->title }, { "other", title } };
		struct finding at = { .row = c->g->rows[other.fit.index].row };

		finding_say(c->fs, &c->rs->messages, "form.conflict", &at, args, 2);
		return -1;
	}
	if (!fits) {
		say_no_header(c, named);
		return -1;
	}
	ch->fit = fit;
	ch->form = i;
	return 0;
}

static int choose(const struct recogniser *c, struct choice *ch, const char *file_name)
{
	const struct form *named = form_of_name(c->rs, file_name, c->arena);
	struct buf list = { 0 };

	if (named != NULL)
		return choose_named(c, ch, named);
	choose_by_header(c, ch);
	if (!ch->found) {
		say_no_header(c, NULL);
		return -1;
	}
	if (!ch->tied)
		return 0;
	for (size_t i = 0; i < c->rs->n_forms; i++) {
		struct fit fit = { 0 };

		if (fit_form(c, lexicon_of(c, ch, i), &fit) && worth(&fit) == worth(&ch->fit))
			list_add(&list, &c->rs->messages, c->rs->forms[i]->title);
	}
	struct finding at = { .row = c->g->rows[ch->fit.index].row };

	say_list(c, "form.tied", &at, NULL, &list);
	buf_free(&list);
	return -1;
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

static int64_t unit_line(const struct recogniser *c, const struct fit *fit, const char **name)
{
	size_t to = c->g->rows[fit->index - fit->two].from;

	for (size_t i = c->g->rows[0].from; i < to; i++) {
		size_t next = i + 1;

		while (next < to && squashed_cell(c, next).n == 0)
			next++;
		int64_t yuan = unit_in_cell(c->rs, squashed_cell(c, i),
		    next < to ? squashed_cell(c, next) : (struct span){ "", 0 }, name);

		if (yuan != 0)
			return yuan;
	}
	return 0;
}

/* ---- columns ---- */

static void say_column(const struct recogniser *c, const char *id, const struct sheet *s,
    const struct column *col,
    const char *list)
{
	const struct message_arg args[] = {
		{ "header", col->header }, { "title", col->field != NULL ? col->field->title : "" },
		    { "list", list },
		{ "unit", col->unit_word },
	};
	struct finding at = {
		.form = s->form->name, .row = s->header_row, .col = col->col, .header = col->header,
		.field = col->field != NULL ? col->field->name : NULL, .value = col->header,
	};

	finding_say(c->fs, &c->rs->messages, id, &at, args, 4);
}

static void say_ambiguous(const struct recogniser *c, const struct sheet *s, const struct column *col,
    const struct match *m)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < m->n_candidates; i++)
		list_add(&list, &c->rs->messages, m->candidates[i]->title);
	say_column(c, "header.ambiguous", s, col, buf_cstr(&list));
	buf_free(&list);
}

/* The unit of a column's figures: its own bracket, the sheet's line, the field's. */
static void set_unit(const struct recogniser *c, const struct sheet *s, struct column *col,
    const struct match *m,
    int64_t line_yuan, const char *line_word)
{
	const struct field *f = col->field;

	col->unit_yuan = 1;
	col->unit_word = f->unit;
	if (f->type != FIELD_MONEY) {
		if (m->unit_yuan != 0)
			say_column(c, "header.unit_unused", s, col, NULL);
		return;
	}
	col->unit_yuan = m->unit_yuan != 0 ? m->unit_yuan : line_yuan != 0 ? line_yuan : f->unit_yuan;
	col->unit_word = m->unit_yuan != 0 ? m->unit_word : line_yuan != 0 ? line_word : f->unit;
	if (m->unit_yuan != 0 && line_yuan != 0 && m->unit_yuan != line_yuan)
		say_column(c, "header.unit_over_line", s, col, line_word);
	if (m->bracket.n > 0 && !words_has(&c->rs->messages, "header.hint", m->bracket))
		say_column(c, "header.unit_unknown", s, col, arena_ndup(c->arena, m->bracket.s,
		    m->bracket.n));
}

/* How the column was read, where it does not go without saying: in one note. */
static void say_read_as(const struct recogniser *c, const struct sheet *s, const struct column *col,
    const struct match *m)
{
	bool alias = m->name->how == NAME_ALIAS || m->under;
	bool unit = col->field->type == FIELD_MONEY && col->unit_yuan != col->field->unit_yuan;

	if (alias || unit)
		say_column(c, !unit ? "header.alias" : alias ? "header.alias_unit" : "header.unit", s, col,
		    col->field->unit);
}

/* The header of column K as it stands in the file, in one or two cells, on one line and safe to print. */
static char *head_text(const struct recogniser *c, const struct fit *fit, size_t k)
{
	const struct grid_row *low = &c->g->rows[fit->index], *high = low - 1;
	ssize_t j = fit->two ? over(c, fit, k) : -1;
	struct buf text = { 0 }, shown = { 0 };
	char *kept;

	if (j >= 0 && (head_cell(c, fit->index, k).n > 0 || (size_t)j == k)) {
		struct span above = span_trim(c->g->cells[high->from + (size_t)j].text);

		buf_add(&text, above.s, above.n);
	}
	if (head_cell(c, fit->index, k).n > 0) {
		struct span below = span_trim(c->g->cells[low->from + k].text);

		if (text.len > 0)
			buf_char(&text, ' ');
		buf_add(&text, below.s, below.n);
	}
	for (size_t i = 0; i < text.len; i++)
		if (text.s[i] == '\n' || text.s[i] == '\r' || text.s[i] == '\t')
			text.s[i] = ' ';
	text_escape(&shown, (struct span){ buf_cstr(&text), text.len });
	kept = arena_ndup(c->arena, buf_cstr(&shown), shown.len);
	buf_free(&text);
	buf_free(&shown);
	return kept;
}

static const struct column *column_before(const struct sheet *s, const struct column *col)
{
	for (size_t i = 0; i < s->n_columns; i++) {
		const struct column *other = &s->columns[i];

		if (other != col && col->field != NULL && other->field == col->field)
			return other;
		if (other != col && col->reserved >= 0 && other->reserved == col->reserved)
			return other;
	}
	return NULL;
}

/* What is not read is not in the way: numbers in order, and what an annotated copy adds. */
static bool is_ignored(int reserved)
{
	return reserved == RES_SEQ || reserved == RES_RESULT || reserved == RES_ERRORS ||
	    reserved == RES_SUGGEST;
}

/* What the columns of a header are made from. */
struct heading {
	const struct recogniser *c;
	const struct lexicon    *l;
	const struct fit        *fit;
	int64_t                  line_yuan;     /* what the unit line says, or 0 */
	const char              *line_word;
	bool                    *asked;         /* by field: there is a column for it, or one to ask about */
};

static void say_twice(const struct recogniser *c, const struct sheet *s, const struct column *col)
{
	const struct column *before = is_ignored(col->reserved) ? NULL : column_before(s, col);
	char letters[8];

	if (before == NULL)
		return;
	column_letters(before->col, letters);
	say_column(c, "header.twice", s, col, letters);
}

static void column_of(const struct heading *h, struct sheet *s, size_t k)
{
	struct column *col = &s->columns[s->n_columns];
	const struct recogniser *c = h->c;
	struct match m;

	*col = (struct column){ .reserved = -1, .col = (uint32_t)k + 1, .unit_yuan = 1,
		.header = head_text(c, h->fit, k) };
	if (!match_column(c, h->l, h->fit, k, &m)) {
		if (*col->header != '\0' &&
		    !words_starts(&c->rs->messages, "column.ignored", span_of(col->header)))
			say_column(c, "header.unknown", s, col, NULL);
	} else if (is_ambiguous(&m)) {
		say_ambiguous(c, s, col, &m);
		for (size_t i = 0; i < m.n_candidates; i++)
			field_mark(h->l, m.candidates[i], h->asked);
	} else {
		col->field = m.name->field;
		col->reserved = m.name->reserved;
		if (col->field != NULL) {
			set_unit(c, s, col, &m, h->line_yuan, h->line_word);
			field_mark(h->l, col->field, h->asked);
			say_read_as(c, s, col, &m);
		}
		say_twice(c, s, col);
	}
	s->n_columns++;
}

static bool is_key_field(const struct form *form, size_t field)
{
	for (size_t i = 0; i < form->n_keys; i++)
		if (form->keys[i] == field)
			return true;
	return false;
}

/*
 * Whether every row below the header that has a key takes something back: then the key is all it needs.
 */
static bool only_withdraws(const struct recogniser *c, const struct sheet *s, const struct fit *fit)
{
	const struct column *op = NULL, *key = NULL;
	size_t rows = 0;

	for (size_t i = 0; i < s->n_columns; i++) {
		if (s->columns[i].reserved == RES_OP)
			op = &s->columns[i];
		if (s->columns[i].field == &s->form->fields[s->form->keys[0]])
			key = &s->columns[i];
	}
	for (size_t i = fit->index + 1; op != NULL && key != NULL && i < c->g->n_rows; i++) {
		const struct grid_row *r = &c->g->rows[i];

		struct span k = r->to - r->from >= key->col ?
		    span_trim(c->g->cells[r->from + key->col - 1].text) : (struct span){ "", 0 };

		if (k.n == 0 || (unsigned char)k.s[0] >= 0x80)  /* signatures and totals are no rows */
			continue;
		rows++;
		if (r->to - r->from < op->col || !words_has(&c->rs->messages, "op.withdraw",
		    c->g->cells[r->from + op->col - 1].text))
			return false;
	}
	return rows > 0;
}

/* Headers that were not understood may be the missing ones misspelt: the message shows them. */
static void say_missing(const struct recogniser *c, const struct sheet *s, const struct fit *fit,
    const bool *asked)
{
	bool keys_only = only_withdraws(c, s, fit);
	struct buf unknown = { 0 };

	for (size_t i = 0; i < s->n_columns; i++)
		if (s->columns[i].field == NULL && s->columns[i].reserved < 0 &&
		    *s->columns[i].header != '\0' &&
		    !words_starts(&c->rs->messages, "column.ignored", span_of(s->columns[i].header)))
			list_add(&unknown, &c->rs->messages, s->columns[i].header);
	for (size_t i = 0; i < s->form->n_fields; i++) {
		const struct field *f = &s->form->fields[i];
		const struct message_arg args[] = { { "title", f->title }, { "list", buf_cstr(&unknown) } };
		struct finding at = { .form = s->form->name, .row = s->header_row, .field = f->name };

		if (f->required && !asked[i] && (!keys_only || is_key_field(s->form, i)))
			finding_say(c->fs, &c->rs->messages, unknown.len > 0 ? "header.missing_misspelt" :
			    "header.missing",
			    &at, args, 2);
	}
	buf_free(&unknown);
}

static void say_two_rows(const struct recogniser *c, const struct sheet *s)
{
	char rows[32];
	const struct message_arg args[] = { { "rows", rows } };
	struct finding at = { .form = s->form->name, .row = s->header_from };

	(void)snprintf(rows, sizeof rows, "%u", s->header_row);
	finding_say(c->fs, &c->rs->messages, "header.two_rows", &at, args, 1);
}

static int make_columns(const struct recogniser *c, const struct lexicon *l, struct sheet *s,
    const struct fit *fit)
{
	struct heading h = { .c = c, .l = l, .fit = fit };
	size_t before = c->fs->n, n = head_width(c, fit);
	int rc = 0;

	h.asked = mem_zero(l->form->n_fields + 1, sizeof *h.asked);
	h.line_yuan = unit_line(c, fit, &h.line_word);
	s->columns = arena_alloc(c->arena, n * sizeof *s->columns);
	if (fit->two)
		say_two_rows(c, s);
	for (size_t k = 0; k < n; k++)
		column_of(&h, s, k);
	say_missing(c, s, fit, h.asked);
	free(h.asked);
	for (size_t i = before; i < c->fs->n; i++)
		if (c->fs->v[i].severity == SEV_FATAL)
			rc = -1;
	return rc;
}

/* ---- the whole ---- */

static void squash_first_rows(struct recogniser *c)
{
	const struct grid *g = c->g;
	size_t from = g->rows[0].from, to;

	while (c->n_rows < g->n_rows && g->rows[c->n_rows].row <= HEADER_ROWS)
		c->n_rows++;
	to = c->n_rows > 0 ? g->rows[c->n_rows - 1].to : from;
	c->squashed = arena_alloc(c->arena, (to - from) * sizeof *c->squashed);
	for (size_t i = from; i < to; i++)
		c->squashed[i - from] = g->cells[i].text.n > 0 ? squash_in(c->arena, g->cells[i].text) :
		    (struct span){ "", 0 };
}

int header_recognise(const struct ruleset *rs, const char *sender, const struct grid *g,
    const char *file_name, struct arena *arena, struct sheet *out, size_t *index, struct findings *fs)
{
	struct recogniser c = { .rs = rs, .g = g, .sender = sender, .arena = arena, .fs = fs };
	struct choice ch = { 0 };
	int rc = -1;

	assert(g->n_rows > 0);
	ch.lexicons = mem_zero(rs->n_forms + 1, sizeof *ch.lexicons);
	squash_first_rows(&c);
	if (choose(&c, &ch, file_name) == 0) {
		out->form = rs->forms[ch.form];
		out->header_row = g->rows[ch.fit.index].row;
		out->header_from = out->header_row - ch.fit.two;
		*index = ch.fit.index;
		rc = make_columns(&c, &ch.lexicons[ch.form], out, &ch.fit);
	}
	for (size_t i = 0; i < rs->n_forms; i++)
		free(ch.lexicons[i].names);
	free(ch.lexicons);
	return rc;
}
