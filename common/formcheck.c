/*
 * formcheck - what a grammar cannot say of a form definition: whether names, types,
 * patterns, keys and placeholders fit together; and, once all forms and tables
 * are known, whether its units and references do.
 */
#include "formcheck.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

/* Names that a row has in SQL beside its fields. */
static const char *const row_names[] = { "op", "note", "correction", "unit" };

/* Tables that every database has beside the forms (sql.md, formats.md). */
static const char *const table_names[] = {
	"new", "cur", "prev", "unit", "setting", "meta", "submission", "finding", "corrected", "due",
	"moved", "form", "assigned", "archived", "main", "temp",
};

/* ---- names ---- */

bool form_is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && s[n] == '\0' && n <= FORM_NAME_LONGEST && s[0] >= 'a' && s[0] <= 'z';
}

static bool is_in(const char *const *list, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], s) == 0)
			return true;
	return false;
}

bool form_table_name(const char *name)
{
	return form_is_name(name) && !is_in(table_names, sizeof table_names / sizeof *table_names, name) &&
	    strncmp(name, "ref_", 4) != 0 && strncmp(name, "prev_", 5) != 0 &&
	    strncmp(name, "sqlite_", 7) != 0;
}

struct check {
	struct form *form;
	struct why *why;
};

#define complain(c, line, ...) why_config((c)->why, (c)->form->file, (line), __VA_ARGS__)

/* ---- what a grammar cannot say of a field ---- */

static bool is_number_type(enum field_type t)
{
	return t == FIELD_INTEGER || t == FIELD_MONEY || t == FIELD_PERCENT;
}

static bool is_pattern_type(enum field_type t)
{
	return t == FIELD_CODE || t == FIELD_TEXT || t == FIELD_PHONE;
}

/* Attributes that belong to a type: present with it, absent with others. */
static int check_type(const struct check *c, const struct field *f)
{
	const char *type = field_type_name(f->type);
	const struct {
		const char *name;
		bool has, may, must;
	} t[] = {
		{ "to", f->to != NULL, f->type == FIELD_REF, f->type == FIELD_REF },
		{ "unit", f->unit != NULL, f->type == FIELD_MONEY, f->type == FIELD_MONEY },
		{ "values", f->n_values > 0, f->type == FIELD_ENUM, f->type == FIELD_ENUM },
		{ "pattern", f->pattern != NULL, is_pattern_type(f->type), f->type == FIELD_CODE },
		{ "example", f->example != NULL, f->type == FIELD_CODE, false },
		{ "min", f->has_min, is_number_type(f->type), false },
		{ "max", f->has_max, is_number_type(f->type) || f->type == FIELD_TEXT, false },
		{ "total", f->total, f->type == FIELD_INTEGER || f->type == FIELD_MONEY, false },
		{ "planned", f->planned, f->type == FIELD_DATE, false },
		{ "lines", f->lines, f->type == FIELD_TEXT, false },
		{ "assign", f->assign != NULL, f->type == FIELD_CODE, false },
		{ "same", f->n_same > 0, f->assign != NULL, false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (t[i].has && !t[i].may)
			return complain(c, f->line, "field %s: %s=\"\" has no meaning with type %s%s",
			    f->name, t[i].name, type,
			    strcmp(t[i].name, "same") == 0 ? " and no assign=\"\"" : "");
		if (!t[i].has && t[i].must)
			return complain(
			    c, f->line, "field %s: type %s needs %s=\"\"", f->name, type, t[i].name);
	}
	return 0;
}

static int check_range(const struct check *c, const struct field *f)
{
	int64_t whole;
	bool rounded;

	if (f->has_min && f->has_max && decimal_cmp(f->min, f->max) > 0)
		return complain(c, f->line, "field %s: min is greater than max", f->name);
	if (f->type != FIELD_TEXT || !f->has_max)
		return 0;
	if (decimal_scale(f->max, 1, &whole, &rounded) != 0 || rounded || whole < 1)
		return complain(
		    c, f->line, "field %s: max of a text is a number of characters, at least 1", f->name);
	return 0;
}

static int check_values(const struct check *c, const struct field *f)
{
	bool known = f->def == NULL || f->type != FIELD_ENUM;

	for (size_t i = 0; i < f->n_values; i++) {
		for (size_t j = 0; j < i; j++)
			if (strcmp(f->values[i], f->values[j]) == 0)
				return complain(c, f->line, "field %s: value \"%s\" is said twice", f->name,
				    f->values[i]);
		known = known || strcmp(f->values[i], f->def) == 0;
	}
	if (!known)
		return complain(
		    c, f->line, "field %s: default \"%s\" is none of its values", f->name, f->def);
	return 0;
}

static int compile_pattern(const struct check *c, struct field *f)
{
	struct buf anchored = { 0 };
	char reason[128];
	int bad;

	if (f->pattern == NULL)
		return 0;
	buf_fmt(&anchored, "^(%s)$", f->pattern);
	bad = regcomp(&f->regex, buf_cstr(&anchored), REG_EXTENDED | REG_NOSUB);
	buf_free(&anchored);
	f->has_regex = bad == 0;
	if (bad == 0 && f->example != NULL && regexec(&f->regex, f->example, 0, NULL, 0) != 0)
		return complain(c, f->line, "field %s: example \"%s\" does not match its pattern", f->name,
		    f->example);
	if (bad == 0)
		return 0;
	(void)regerror(bad, NULL, reason, sizeof reason);
	return complain(c, f->line, "field %s: pattern \"%s\": %s", f->name, f->pattern, reason);
}

static bool squash_same(const char *a, const char *b)
{
	struct buf x = { 0 }, y = { 0 };
	bool same;

	text_squash(&x, span_of(a));
	text_squash(&y, span_of(b));
	same = strcmp(buf_cstr(&x), buf_cstr(&y)) == 0;
	buf_free(&x);
	buf_free(&y);
	return same;
}

/* The value that WORD, the K-th of F->also[ALSO], stands for already; NULL if none. */
static const char *meaning_of(const struct field *f, const char *word, size_t also, size_t k)
{
	for (size_t i = 0; i < f->n_values; i++)
		if (squash_same(word, f->values[i]))
			return f->values[i];
	for (size_t i = 0; i <= also; i++)
		for (size_t n = 0; n < (i == also ? k : f->also[i].n_words); n++)
			if (squash_same(word, f->also[i].words[n]))
				return f->also[i].value;
	return NULL;
}

/* What is likely meant is a value of the list. */
static int check_likely(const struct check *c, const struct field *f)
{
	for (size_t i = 0; i < f->n_likely; i++)
		if (f->type != FIELD_ENUM ||
		    !is_in((const char *const *)(uintptr_t)f->values, f->n_values, f->likely[i].value))
			return complain(c, f->line, "field %s: <likely value=\"%s\">, which is none of its "
			    "values", f->name, f->likely[i].value);
	return 0;
}

/* Whether another value than that of F->doubtful[I] has WORD too. */
static bool is_shared(const struct field *f, size_t i, const char *word)
{
	for (size_t j = 0; j < f->n_doubtful; j++)
		for (size_t k = 0; k < f->doubtful[j].n_words; k++)
			if (strcmp(f->doubtful[j].value, f->doubtful[i].value) != 0 &&
			    strcmp(f->doubtful[j].words[k], word) == 0)
				return true;
	return false;
}

/* What is doubtful may mean two values of the list or more. */
static int check_doubtful(const struct check *c, const struct field *f)
{
	for (size_t i = 0; i < f->n_doubtful; i++) {
		const struct also *a = &f->doubtful[i];

		if (f->type != FIELD_ENUM ||
		    !is_in((const char *const *)(uintptr_t)f->values, f->n_values, a->value))
			return complain(c, f->line, "field %s: <doubtful value=\"%s\">, which is none of its "
			    "values", f->name, a->value);
		if (a->when == NULL)
			return complain(c, f->line, "field %s: <doubtful value=\"%s\"> has no words=\"\"", f->name,
			    a->value);
		for (size_t k = 0; k < a->n_words; k++)
			if (!is_shared(f, i, a->words[k]))
				return complain(c, f->line, "field %s: \"%s\" is doubtful for %s only: no other value "
				    "has it", f->name, a->words[k], a->value);
	}
	return 0;
}

/* Other words are for values of the list, and each is for one. */
static int check_also(const struct check *c, const struct field *f)
{
	if (f->n_also > 0 && f->type != FIELD_ENUM)
		return complain(c, f->line, "field %s: <also> is for type=\"enum\"", f->name);
	for (size_t i = 0; i < f->n_also; i++) {
		if (!is_in((const char *const *)(uintptr_t)f->values, f->n_values, f->also[i].value))
			return complain(c, f->line, "field %s: <also value=\"%s\">, which is none of its "
			    "values", f->name, f->also[i].value);
		for (size_t k = 0; k < f->also[i].n_words; k++) {
			const char *other = meaning_of(f, f->also[i].words[k], i, k);

			if (other != NULL)
				return complain(c, f->line, "field %s: \"%s\" is already a word for \"%s\"",
				    f->name, f->also[i].words[k], other);
		}
	}
	return 0;
}

/* "{unit}-{year}-{seq:4}": one {seq:N}, last of its placeholders; {unit} and {year} as wanted. */
static int check_assign(const struct check *c, const struct field *f)
{
	const char *p = f->assign;
	struct span name;
	bool seq = false;
	int rc = 0;

	if (p == NULL)
		return 0;
	while (!seq && (rc = template_next(&p, &name)) == 1) {
		seq = name.n == 5 && span_starts(name, "seq:") && name.s[4] >= '1' && name.s[4] <= '9';
		if (!seq && !span_is(name, "unit") && !span_is(name, "year"))
			return complain(c, f->line,
			    "field %s: assign=\"%s\": {%.*s} is none of {unit} {year} {seq:4}", f->name,
			    f->assign, (int)name.n, name.s);
	}
	if (!seq || *p != '\0' || rc < 0)
		return complain(c, f->line, "field %s: assign=\"%s\" must end with {seq:4} (1 to 9 digits)",
		    f->name, f->assign);
	return 0;
}

static int check_same(const struct check *c, const struct field *f)
{
	for (size_t i = 0; i < f->n_same; i++)
		if (form_field(c->form, f->same[i]) == NULL)
			return complain(c, f->line,
			    "field %s: same names \"%s\", which is no field of form %s", f->name, f->same[i],
			    c->form->name);
	return 0;
}

static int check_with(const struct check *c, const struct field *f)
{
	const struct field *with = f->with != NULL ? form_field(c->form, f->with) : NULL;

	if (f->with == NULL)
		return 0;
	if ((f->type != FIELD_USCC && f->type != FIELD_CODE) || with == NULL || with == f || with->type != FIELD_TEXT)
		return complain(c, f->line, "field %s: with=\"%s\" is for a code, and names a text field of form %s",
		    f->name, f->with, c->form->name);
	return 0;
}

static int check_known(const struct check *c, const struct field *f)
{
	if (f->of != NULL && form_field(c->form, f->of) == NULL)
		return complain(c, f->line, "field %s: of names \"%s\", which is no field of form %s",
		    f->name, f->of, c->form->name);
	for (size_t i = 0; i < f->n_known; i++) {
		const struct field *known = form_field(c->form, f->known[i]);

		if (known == NULL || known->type != FIELD_TEXT)
			return complain(c, f->line,
			    "field %s: known names \"%s\", which is no text field of form %s", f->name,
			    f->known[i], c->form->name);
	}
	return 0;
}

/* A key keeps its name: rows of all times are compared by it. */
static int check_was(const struct check *c, size_t at)
{
	const struct field *f = &c->form->fields[at];

	for (size_t i = 0; i < c->form->n_keys; i++)
		if (c->form->keys[i] == at && f->n_was > 0)
			return complain(c, f->line,
			    "field %s: a field of the key keeps its name; take was=\"\" away", f->name);
	for (size_t i = 0; i < f->n_was; i++) {
		if (!form_is_name(f->was[i]) ||
		    is_in(row_names, sizeof row_names / sizeof *row_names, f->was[i]))
			return complain(c, f->line, "field %s: was names \"%s\", which is no name of a field",
			    f->name, f->was[i]);
		if (form_field(c->form, f->was[i]) != NULL)
			return complain(c, f->line, "field %s: was names \"%s\", which is a field of form %s "
			    "today", f->name, f->was[i], c->form->name);
		for (size_t k = 0; k < at; k++)
			if (field_column(&c->form->fields[k], &f->was[i], 1) != NULL)
				return complain(c, f->line,
				    "field %s: was names \"%s\", and so does field %s", f->name, f->was[i],
				    c->form->fields[k].name);
	}
	return 0;
}

static int check_field_name(const struct check *c, size_t i)
{
	const struct field *f = &c->form->fields[i];

	if (!form_is_name(f->name))
		return complain(c, f->line,
		    "field name \"%s\": wanted small letters, digits and _, a letter first, at most %d",
		    f->name, FORM_NAME_LONGEST);
	if (is_in(row_names, sizeof row_names / sizeof *row_names, f->name))
		return complain(c, f->line,
		    "field name \"%s\" is reserved: every row has op, note, correction and unit", f->name);
	for (size_t j = 0; j < i; j++)
		if (strcmp(c->form->fields[j].name, f->name) == 0)
			return complain(c, f->line, "field %s is said twice (first in line %d)", f->name,
			    c->form->fields[j].line);
	return 0;
}

/* A rule names the row referred to by its form: two refs to one form could not be told apart. */
static int check_to(const struct check *c, size_t i)
{
	const struct field *f = &c->form->fields[i];

	for (size_t j = 0; f->to != NULL && j < i; j++)
		if (c->form->fields[j].to != NULL && strcmp(c->form->fields[j].to, f->to) == 0)
			return complain(c, f->line,
			    "field %s refers to form %s, as field %s does (line %d): only one may", f->name,
			    f->to, c->form->fields[j].name, c->form->fields[j].line);
	return 0;
}

static int check_field(const struct check *c, size_t i)
{
	struct field *f = &c->form->fields[i];

	if (compile_pattern(c, f) != 0 || check_field_name(c, i) != 0 || check_type(c, f) != 0)
		return -1;
	if (check_range(c, f) != 0 || check_values(c, f) != 0 || check_also(c, f) != 0 ||
	    check_likely(c, f) != 0 || check_doubtful(c, f) != 0 ||
	    check_assign(c, f) != 0 || check_same(c, f) != 0 || check_known(c, f) != 0 ||
	    check_with(c, f) != 0 ||
	    check_was(c, (size_t)(f - c->form->fields)) != 0)
		return -1;
	return check_to(c, i);
}

/* A header, as it is compared: which field it means, and what the definition calls it. */
struct header {
	char *squashed;
	const char *text;
	const struct field *field;
	bool ambiguous;
};

static void add_header(
    struct form *form, struct header *h, size_t *n, const struct field *f, const char *text, bool ambiguous)
{
	struct buf squashed = { 0 };

	text_squash(&squashed, span_of(text));
	h[*n].squashed = arena_dup(&form->arena, buf_cstr(&squashed));
	h[*n].text = text;
	h[*n].field = f;
	h[(*n)++].ambiguous = ambiguous;
	buf_free(&squashed);
}

static size_t collect_headers(struct form *form, struct header **out)
{
	size_t n = 0, room = 0;

	for (size_t i = 0; i < form->n_fields; i++)
		room += 1 + form->fields[i].n_aliases + form->fields[i].n_ambiguous;
	*out = mem_zero(room, sizeof **out);
	for (size_t i = 0; i < form->n_fields; i++) {
		const struct field *f = &form->fields[i];

		add_header(form, *out, &n, f, f->title, false);
		for (size_t k = 0; k < f->n_aliases; k++)
			add_header(form, *out, &n, f, f->aliases[k], false);
		for (size_t k = 0; k < f->n_ambiguous; k++)
			add_header(form, *out, &n, f, f->ambiguous[k], true);
	}
	return n;
}

/* One header must not mean two fields, unless both say that it is ambiguous. */
static int check_headers(const struct check *c)
{
	struct header *h = NULL;
	size_t n = collect_headers(c->form, &h);
	int rc = -1;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++) {
			if (strcmp(h[i].squashed, h[j].squashed) != 0 || (h[i].ambiguous && h[j].ambiguous))
				continue;
			if (h[i].field == h[j].field && !h[i].ambiguous && !h[j].ambiguous &&
			    h[i].text != h[i].field->title)
				continue;       /* an alias that only differs in what squash folds */
			complain(c, h[i].field->line,
			    "header \"%s\" of field %s is also one of field %s (line %d)", h[i].text,
			    h[i].field->name, h[j].field->name, h[j].field->line);
			goto out;
		}
	rc = 0;
out:
	free(h);
	return rc;
}

/* ---- keys ---- */

/* A key names a row for good: nothing that is rounded, and nothing that is forgotten every week. */
static int check_key(const struct check *c, const struct field *f)
{
	const char *what = f->lines ? "lines=\"yes\"" : !f->carry ? "carry=\"no\"" : field_type_name(f->type);

	if (f->type == FIELD_PERCENT || f->type == FIELD_MONEY || f->lines || !f->carry)
		return complain(c, f->line, "field %s is part of the key: it cannot be %s", f->name, what);
	return 0;
}

/* What a sender must fill in stands in the form he is given. */
static int check_prefill(const struct check *c)
{
	for (size_t i = 0; i < c->form->n_fields; i++)
		if (c->form->fields[i].required && !c->form->fields[i].prefill)
			return complain(c, c->form->fields[i].line,
			    "field %s is required: it cannot be prefill=\"no\"", c->form->fields[i].name);
	return 0;
}

static int check_assigned_key(const struct check *c)
{
	const struct form *form = c->form;

	for (size_t i = 0; i < form->n_fields; i++)
		if (form->fields[i].assign != NULL && (form->n_keys != 1 || form->keys[0] != i))
			return complain(c, form->fields[i].line,
			    "field %s: assign=\"\" is for the one key of a form", form->fields[i].name);
	return 0;
}

/* <due> is asked of rows of the form that the key refers to. */
static int check_due(const struct check *c)
{
	const struct form *form = c->form;
	bool refers = false;

	for (size_t i = 0; i < form->n_keys; i++)
		refers = refers || form->fields[form->keys[i]].type == FIELD_REF;
	if (form->due_when != NULL && form->due != DUE_WEEKLY)
		return complain(c, form->due_line, "<due> is for due=\"weekly\"");
	if (form->due == DUE_WEEKLY && !refers)
		return complain(c, form->line,
		    "form %s is due weekly: its key must hold a ref that says which rows there are",
		    form->name);
	return 0;
}

/* ---- moves ---- */

static int check_moves(const struct check *c)
{
	const struct moves *m = c->form->moves;
	const struct { const char *name, *what; } used[] = {
		{ m != NULL ? m->key : NULL, "key" }, { m != NULL ? m->to : NULL, "to" },
		{ m != NULL ? m->order : NULL, "order" },
	};

	for (size_t i = 0; m != NULL && i < sizeof used / sizeof *used; i++)
		if (form_field(c->form, used[i].name) == NULL)
			return complain(c, m->line, "<moves>: %s=\"%s\" is no field of form %s", used[i].what,
			    used[i].name, c->form->name);
	return 0;
}

/* A row that goes to another unit must be the only one of its key. */
static int resolve_moves(const struct form *form, const struct form *(*find)(const void *, const char *),
    const void *ctx, struct why *why)
{
	struct moves *m = form->moves;

	if (m == NULL)
		return 0;
	m->ref = find(ctx, m->form);
	if (m->ref == NULL)
		return why_config(why, form->file, m->line, "<moves> names form \"%s\", which does not exist",
		    m->form);
	if (m->ref == form || m->ref->n_keys != 1 || !m->ref->unique_all)
		return why_config(why, form->file, m->line,
		    "<moves> names form %s: wanted another form with one key and unique=\"all\"", m->form);
	return 0;
}

/* ---- prefill ---- */

static int resolve_prefill(const struct form *form, const struct form *(*find)(const void *, const char *),
    const void *ctx, struct why *why)
{
	struct prefill *p = form->prefill;
	const struct field *key = form->n_keys == 1 ? &form->fields[form->keys[0]] : NULL;

	if (p == NULL || p->from == NULL)
		return 0;
	p->ref = find(ctx, p->from);
	if (p->ref == NULL || key == NULL || key->ref != p->ref)
		return why_config(why, form->file, p->line,
		    "<prefill from=\"%s\">: wanted the form that the only key of form %s refers to", p->from,
		    form->name);
	return 0;
}

/* ---- rules ---- */

static bool is_row_name(const struct form *form, struct span name)
{
	static const char *const own[] = { "_row", "_week", "_submission", "_first" };

	for (size_t i = 0; i < form->n_fields; i++)
		if (span_is(name, form->fields[i].name))
			return true;
	for (size_t i = 0; i < sizeof row_names / sizeof *row_names; i++)
		if (span_is(name, row_names[i]))
			return true;
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (span_is(name, own[i]))
			return true;
	return false;
}

/* The form that "NAME.x" prints from: this one for new, cur and prev, else one that a ref names; NULL. */
static const struct form *source_form(const struct form *form, struct span source, bool *found)
{
	*found = true;
	if (span_is(source, "new") || span_is(source, "cur") || span_is(source, "prev"))
		return form;
	for (size_t i = 0; i < form->n_fields; i++)
		if (form->fields[i].to != NULL && span_is(source, form->fields[i].to))
			return form->fields[i].ref;
	*found = false;
	return NULL;
}

/* Before form_refs has its turn the fields of other forms are not known, and not asked for. */
static int check_placeholders(
    const struct form *form, const struct rule *rule, const char *text, int line, struct why *why)
{
	const char *p = text;
	struct span name;
	int rc = 0;

	while (text != NULL && (rc = template_next(&p, &name)) == 1) {
		const char *dot = memchr(name.s, '.', name.n);
		size_t head = dot == NULL ? name.n : (size_t)(dot - name.s);
		const struct form *from;
		bool found;

		if (rule->suggest != NULL && text == rule->mend && span_is(name, "suggest"))
			continue;
		from = source_form(form, (struct span){ name.s, head }, &found);
		if (dot == NULL || !found)
			return why_config(why, form->file, line,
			    "rule %s prints {%.*s}; wanted {new.x}, {cur.x}, {prev.x} or "
			    "a form that a ref field names",
			    rule->id, (int)name.n, name.s);
		if (from != NULL && !is_row_name(from, (struct span){ dot + 1, name.n - head - 1 }))
			return why_config(why, form->file, line,
			    "rule %s prints {%.*s}: form %s has no such field", rule->id, (int)name.n, name.s,
			    from->name);
	}
	if (rc < 0)
		return why_config(why, form->file, line,
		    "rule %s has a broken {: write {new.x}, near \"%.40s\"", rule->id, p);
	return 0;
}

static int check_rule_texts(const struct form *form, const struct rule *rule, struct why *why)
{
	if (check_placeholders(form, rule, rule->says, rule->says_line, why) != 0)
		return -1;
	return check_placeholders(form, rule, rule->mend, rule->mend_line, why);
}

static int check_covers(const struct check *c, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_covers; i++) {
		size_t k = 0;

		while (k < c->form->n_rules && strcmp(c->form->rules[k].id, rule->covers[i]) != 0)
			k++;
		if (k == c->form->n_rules || &c->form->rules[k] == rule)
			return complain(c, rule->line, "rule %s covers \"%s\", which is no other rule of "
			    "form %s", rule->id, rule->covers[i], c->form->name);
	}
	return 0;
}

static int check_rule(const struct check *c, size_t i)
{
	const struct form *form = c->form;
	const struct rule *rule = &form->rules[i];

	for (size_t j = 0; j < i; j++)
		if (strcmp(form->rules[j].id, rule->id) == 0)
			return complain(c, rule->line, "rule %s is said twice (first in line %d)", rule->id,
			    form->rules[j].line);
	if (rule->field != NULL && form_field(form, rule->field) == NULL)
		return complain(c, rule->line, "rule %s points at \"%s\", which is no field of form %s",
		    rule->id, rule->field, form->name);
	if (rule->explains != NULL && form_field(form, rule->explains) == NULL)
		return complain(c, rule->line, "rule %s is explained by \"%s\", which is no field of form %s",
		    rule->id, rule->explains, form->name);
	if (rule->suggest != NULL && rule->field == NULL)
		return complain(c, rule->suggest_line, "rule %s: <suggest> needs field=\"\"", rule->id);
	return check_covers(c, rule) == 0 ? check_rule_texts(form, rule, c->why) : -1;
}

/* ---- the whole ---- */

int form_check(struct form *form, struct why *why)
{
	const struct check c = { form, why };

	for (size_t i = 0; i < form->n_fields; i++)
		if (check_field(&c, i) != 0)
			return -1;
	for (size_t i = 0; i < form->n_keys; i++)
		if (check_key(&c, &form->fields[form->keys[i]]) != 0)
			return -1;
	if (check_prefill(&c) != 0 || check_assigned_key(&c) != 0 || check_headers(&c) != 0 ||
	    check_due(&c) != 0 || check_moves(&c) != 0)
		return -1;
	for (size_t i = 0; i < form->n_rules; i++)
		if (check_rule(&c, i) != 0)
			return -1;
	return 0;
}

/* ---- what a form alone cannot know ---- */

int form_units(struct form *form, int64_t (*unit_yuan)(const void *ctx, const char *word), const void *ctx,
    struct why *why)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		struct field *f = &form->fields[i];

		if (f->type != FIELD_MONEY)
			continue;
		f->unit_yuan = unit_yuan(ctx, f->unit);
		if (f->unit_yuan == 0)
			return why_config(why, form->file, f->line,
			    "field %s: unit \"%s\" is not in reference/unit_of_money.csv", f->name, f->unit);
	}
	return 0;
}

static int resolve(const struct form *form, struct field *f,
    const struct form *(*find)(const void *, const char *), const void *ctx, struct why *why)
{
	if (strcmp(f->to, form->name) == 0)
		return why_config(
		    why, form->file, f->line, "field %s refers to its own form %s", f->name, form->name);
	f->ref = find(ctx, f->to);
	if (f->ref == NULL)
		return why_config(why, form->file, f->line,
		    "field %s refers to form \"%s\", which does not exist", f->name, f->to);
	if (f->ref->n_keys != 1)
		return why_config(why, form->file, f->line,
		    "field %s refers to form %s, whose key has %zu parts: wanted one", f->name, f->to,
		    f->ref->n_keys);
	return 0;
}

int form_refs(struct form *form, const struct form *(*find)(const void *ctx, const char *name),
    const void *ctx, struct why *why)
{
	for (size_t i = 0; i < form->n_fields; i++)
		if (form->fields[i].type == FIELD_REF && resolve(form, &form->fields[i], find, ctx, why) != 0)
			return -1;
	for (size_t i = 0; i < form->n_rules; i++)
		if (check_rule_texts(form, &form->rules[i], why) != 0)
			return -1;
	return resolve_moves(form, find, ctx, why) == 0 ? resolve_prefill(form, find, ctx, why) : -1;
}
