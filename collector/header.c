/*
 * header - which form a CSV file is, where its header row stands, and what each column means.
 *
 * Names are compared squashed (text.h).  A header may carry the unit of its figures in a bracket
 * or behind a stroke, a star, or a remark in brackets; what could mean two things is asked about.
 *
 * A header may be of several rows, as merged cells leave it: a name above several columns stands over
 * the first of them only, and a name that is several rows high has nothing below it.
 */
#include "header.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

/* "A", "B": titles joined as the office writes lists. */
void header_list_add(struct buf *b, const struct messages *m, const char *title)
{
	if (b->len > 0)
		message_says(b, m, "list.join", NULL, 0);
	buf_str(b, title);
}

/* ---- the row of headers ---- */

/* How many cells of row I name a part; none if a figure is among them, then it is of data. */
static size_t parts_in(const struct recogniser *c, size_t i)
{
	const struct grid_row *row = &c->g->rows[i];
	size_t parts = 0;
	struct decimal d;

	for (size_t k = 0; k < row->to - row->from; k++) {
		struct span cell = head_cell(c, i, k);

		if (cell.n > 0 && decimal_parse(cell, &d) == 0)
			return 0;
		parts += is_part(c, cell);
	}
	return parts;
}

/* How well row INDEX, with as many as ABOVE more right above it, fits the form of L. */
static struct fit fit_row(const struct recogniser *c, const struct lexicon *l, size_t index, size_t above)
{
	bool *seen = mem_zero(l->form->n_fields + 1, sizeof *seen);
	struct fit fit = { .index = index, .above = above, .parts = above > 0 ? parts_in(c, index) : 0 };
	struct match m;

	for (size_t i = 0; i < head_width(c, &fit); i++) {
		if (!is_headed(c, &fit, i))
			continue;
		fit.filled++;
		if (!header_match(c, l, &fit, i, &m))
			continue;
		fit.cells++;
		fit.certain += !match_is_ambiguous(&m);
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

/* Whether SEVERAL rows say more than the best of FEWER. */
static bool is_more(const struct fit *several, const struct fit *fewer)
{
	return several->fields >= fewer->fields && (several->certain > fewer->certain ||
	    (several->certain == fewer->certain && several->joined + several->parts > fewer->joined + fewer->parts));
}

/* Whether row I and as many as ABOVE more right above it stand together; more than two are of words only. */
static bool may_stack(const struct recogniser *c, size_t i, size_t above)
{
	for (size_t k = i - above; k <= i; k++)
		if ((above > 1 && !c->words[k]) || (k > i - above && c->g->rows[k].row != c->g->rows[k - 1].row + 1))
			return false;
	return true;
}

static bool fit_form(const struct recogniser *c, const struct lexicon *l, struct fit *best)
{
	struct fit stacks[HEAD_DEPTH] = { 0 };
	bool any = false;

	for (size_t i = 0; i < c->n_rows; i++) {
		struct fit fit = fit_row(c, l, i, 0);

		if (is_header(l, &fit) && (!any || fit.fields > best->fields)) {
			*best = fit;
			any = true;
		}
		for (size_t above = 1; above < HEAD_DEPTH && above <= i && may_stack(c, i, above); above++) {
			fit = fit_row(c, l, i, above);
			if (is_header(l, &fit) && is_more(&fit, &stacks[above]))
				stacks[above] = fit;
		}
	}
	for (size_t above = 1; above < HEAD_DEPTH; above++)
		if (stacks[above].above > 0 && (!any || is_more(&stacks[above], best))) {
			*best = stacks[above];
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

/* What people put between columns, and no spreadsheet does or not within a cell. */
static const char *const no_separators[] = {
	",", ";", "\t", "|", "\xef\xbd\x9c", "\xef\xbc\x8c", "\xef\xbc\x9b", "\xe3\x80\x81",
};

/* How often MARK stands in ROW. */
static size_t marks_in(const struct grid *g, const struct grid_row *row, const char *mark)
{
	size_t n = 0;

	for (size_t i = row->from; i < row->to; i++)
		for (const char *p = grid_cell(g, i).s; (p = strstr(p, mark)) != NULL; p += strlen(mark))
			n++;
	return n;
}

/*
 * Whether one of the first rows is all in one cell, with marks in it that were meant to part it: says so.  A
 * mark that does part columns is in a cell only where quotes are around the whole line.
 */
static bool say_separator(const struct recogniser *c)
{
	for (size_t i = 0; i < c->n_rows; i++)
		for (size_t k = 0; k < sizeof no_separators / sizeof *no_separators; k++) {
			const struct grid_row *row = &c->g->rows[i];
			const struct message_arg args[] = { { "mark", no_separators[k] } };
			bool quoted = strchr(",;\t", *no_separators[k]) != NULL;
			struct finding at = { .row = row->row };
			size_t cells = 0;

			for (size_t j = row->from; j < row->to; j++)
				cells += c->g->cells[j].n > 0;
			if (cells > 1 || marks_in(c->g, row, no_separators[k]) < 3)
				continue;
			finding_say(c->fs, &c->rs->messages, quoted ? "header.one_cell" : "header.separator", &at,
			    args, 1);
			return true;
		}
	return false;
}

/*
 * The row that most of the header of L was found in, though too little, and what of it was not understood.  False:
 * no row has any of it, or none of several filled cells.
 */
static bool nearest_header(const struct recogniser *c, const struct lexicon *l, struct fit *best, struct buf *unknown)
{
	struct match m;

	*best = (struct fit){ 0 };
	for (size_t i = 0; i < c->n_rows; i++) {
		struct fit fit = fit_row(c, l, i, 0);

		if (fit.filled >= 3 && fit.certain > best->certain)
			*best = fit;
	}
	for (size_t k = 0; best->certain > 0 && k < head_width(c, best); k++)
		if (is_headed(c, best, k) && !header_match(c, l, best, k, &m)) {
			struct buf shown = { 0 };

			text_escape(&shown, span_trim(grid_cell(c->g, c->g->rows[best->index].from + k)));
			header_list_add(unknown, &c->rs->messages, buf_cstr(&shown));
			buf_free(&shown);
		}
	return unknown->len > 0;
}

/* Says which row may be the header of FORM, that LIST is required, and what was not understood; false: none may be. */
static bool say_near_header(const struct recogniser *c, const struct form *form, const struct buf *list)
{
	struct lexicon l;
	struct buf unknown = { 0 };
	struct fit fit;
	bool near;

	header_lexicon(&l, c->rs, form, c->arena);
	near = nearest_header(c, &l, &fit, &unknown);
	free(l.names);
	if (near) {
		const struct message_arg args[] = { { "form", form->title }, { "list", buf_cstr(list) },
			{ "unknown", buf_cstr(&unknown) } };
		struct finding at = { .form = form->name, .row = c->g->rows[fit.index].row };

		finding_say(c->fs, &c->rs->messages, "header.none_near", &at, args, 3);
	}
	buf_free(&unknown);
	return near;
}

/* No row is a header.  Name what was looked for: the required titles of FORM, or all the sender's forms. */
static void say_no_header(const struct recogniser *c, const struct form *form)
{
	struct finding at = { .form = form != NULL ? form->name : NULL };
	struct buf list = { 0 };

	if (say_separator(c) || (form != NULL ? header_say_turned(c, &form, 1) :
	    header_say_turned(c, (const struct form *const *)c->rs->forms, c->rs->n_forms)))
		return;
	for (size_t i = 0; form != NULL && i < form->n_fields; i++)
		if (form->fields[i].required)
			header_list_add(&list, &c->rs->messages, form->fields[i].title);
	for (size_t i = 0; form == NULL && i < c->rs->n_forms; i++)
		if (may_send(c, c->rs->forms[i]))
			header_list_add(&list, &c->rs->messages, c->rs->forms[i]->title);
	if (form == NULL || !say_near_header(c, form, &list))
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
		header_lexicon(l, c->rs, c->rs->forms[form], c->arena);
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
			header_list_add(&list, &c->rs->messages, c->rs->forms[i]->title);
	}
	struct finding at = { .row = c->g->rows[ch->fit.index].row };

	say_list(c, "form.tied", &at, NULL, &list);
	buf_free(&list);
	return -1;
}

/* ---- the whole ---- */

static bool is_of_words(const struct recogniser *c, size_t i)
{
	const struct grid_row *row = &c->g->rows[i];
	size_t filled = 0;
	struct decimal d;

	for (size_t k = 0; k < row->to - row->from; k++) {
		struct span cell = head_cell(c, i, k);

		if (cell.n > 0 && decimal_parse(cell, &d) == 0)
			return false;
		filled += cell.n > 0;
	}
	return filled >= 2;
}

static void squash_first_rows(struct recogniser *c)
{
	const struct grid *g = c->g;
	size_t from = g->rows[0].from, to;

	while (c->n_rows < g->n_rows && g->rows[c->n_rows].row <= HEADER_ROWS)
		c->n_rows++;
	to = c->n_rows > 0 ? g->rows[c->n_rows - 1].to : from;
	c->squashed = arena_alloc(c->arena, (to - from) * sizeof *c->squashed);
	for (size_t i = from; i < to; i++)
		c->squashed[i - from] = g->cells[i].n > 0 ? squash_in(c->arena, grid_cell(g, i)) :
		    (struct span){ "", 0 };
	for (size_t i = 0; i < c->n_rows; i++)
		c->words[i] = is_of_words(c, i);
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
		out->header_from = out->header_row - (uint32_t)ch.fit.above;
		*index = ch.fit.index;
		rc = header_columns(&c, &ch.lexicons[ch.form], out, &ch.fit);
	}
	for (size_t i = 0; i < rs->n_forms; i++)
		free(ch.lexicons[i].names);
	free(ch.lexicons);
	return rc;
}
