/*
 * form - form definitions, read in three steps: the elements into structs, then
 * whether names, types and references fit (formcheck.c), then the XML against
 * its grammar.
 */
#include "form.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "formcheck.h"
#include "xmldoc.h"

static const struct {
	const char *name, *sql;
} types[] = {
	[FIELD_TEXT]    = { "text",    "TEXT" },
	[FIELD_CODE]    = { "code",    "TEXT" },
	[FIELD_REF]     = { "ref",     "TEXT" },
	[FIELD_ENUM]    = { "enum",    "TEXT" },
	[FIELD_INTEGER] = { "integer", "INTEGER" },
	[FIELD_MONEY]   = { "money",   "INTEGER" },
	[FIELD_PERCENT] = { "percent", "REAL" },
	[FIELD_DATE]    = { "date",    "TEXT" },
	[FIELD_MONTH]   = { "month",   "TEXT" },
	[FIELD_WEEK]    = { "week",    "TEXT" },
	[FIELD_YESNO]   = { "yesno",   "INTEGER" },
	[FIELD_TOWN]    = { "town",    "TEXT" },
	[FIELD_USCC]    = { "uscc",    "TEXT" },
	[FIELD_PHONE]   = { "phone",   "TEXT" },
};
#define N_TYPES (sizeof types / sizeof *types)

static const char *const reserved_ids[RES_COUNT] = {
	[RES_OP] = "column.op", [RES_NOTE] = "column.note", [RES_CORRECTION] = "column.correction",
	[RES_SEQ] = "column.seq", [RES_RESULT] = "column.result", [RES_ERRORS] = "column.errors",
	[RES_SUGGEST] = "column.suggest",
};

const char *field_type_name(enum field_type t)
{
	return types[t].name;
}

const char *field_sql_type(enum field_type t)
{
	return types[t].sql;
}

const char *reserved_words(enum reserved r)
{
	assert(r < RES_COUNT);
	return reserved_ids[r];
}

const struct field *form_field(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->n_fields; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return &form->fields[i];
	return NULL;
}

const struct field *form_naming_field(const struct form *form)
{
	for (size_t i = 0; i < form->n_fields; i++)
		if (form->fields[i].type == FIELD_TEXT && form->fields[i].required)
			return &form->fields[i];
	return NULL;
}

static bool is_among(const char *name, char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

const char *field_column(const struct field *f, char *const *names, size_t n)
{
	if (is_among(f->name, names, n))
		return f->name;
	for (size_t i = 0; i < f->n_was; i++)
		if (is_among(f->was[i], names, n))
			return f->was[i];
	return NULL;
}

/* ---- attributes ---- */

struct reader {
	struct form *form;
	struct why *why;
	size_t cap_fields, cap_rules;
};

#define complain(r, line, ...) why_config((r)->why, (r)->form->file, (line), __VA_ARGS__)

static char *attr(struct reader *r, const xmlNode *node, const char *name)
{
	return xmldoc_attr(&r->form->arena, node, name);
}

static int attr_needed(struct reader *r, const xmlNode *node, const char *name, char **out)
{
	*out = attr(r, node, name);
	if (*out == NULL || **out == '\0')
		return complain(r, xmldoc_line(node), "<%s> has no %s=\"\"", xmldoc_name(node), name);
	return 0;
}

/* yes or no; *OUT is the default. */
static int attr_yesno(struct reader *r, const xmlNode *node, const char *name, bool *out)
{
	const char *v = attr(r, node, name);

	if (v == NULL)
		return 0;
	if (strcmp(v, "yes") != 0 && strcmp(v, "no") != 0)
		return complain(r, xmldoc_line(node), "%s=\"%s\" is neither yes nor no", name, v);
	*out = strcmp(v, "yes") == 0;
	return 0;
}

static int attr_decimal(struct reader *r, const xmlNode *node, const char *name, bool *has,
    struct decimal *out)
{
	const char *v = attr(r, node, name);

	*has = v != NULL;
	if (v != NULL && decimal_parse(span_of(v), out) != 0)
		return complain(r, xmldoc_line(node), "%s=\"%s\" is not a number", name, v);
	return 0;
}

/* An attribute split at white space into the arena. */
static void split(struct form *form, char *text, char ***out, size_t *n)
{
	char *save = NULL;

	*out = arena_alloc(&form->arena, (strlen(text) / 2 + 1) * sizeof **out);
	for (char *s = strtok_r(text, " \t\r\n", &save); s != NULL; s = strtok_r(NULL, " \t\r\n", &save))
		(*out)[(*n)++] = s;
}

static void attr_list(struct reader *r, const xmlNode *node, const char *name, char ***out, size_t *n)
{
	char *v = attr(r, node, name);

	if (v != NULL)
		split(r->form, v, out, n);
}

/* ---- fields ---- */

/* The texts of the children called NAME. */
static int child_texts(struct reader *r, const xmlNode *node, const char *name, char ***out, size_t *n)
{
	size_t count = 0;

	for (const xmlNode *c = xmldoc_first(node); c != NULL; c = xmldoc_next(c))
		count++;
	*out = arena_alloc(&r->form->arena, (count + 1) * sizeof **out);
	for (const xmlNode *c = xmldoc_first(node); c != NULL; c = xmldoc_next(c)) {
		if (!xmldoc_is(c, name))
			continue;
		if (xmldoc_text(&r->form->arena, c, r->form->file, &(*out)[*n], r->why) != 0)
			return -1;
		if (*(*out)[*n] == '\0')
			return complain(r, xmldoc_line(c), "<%s> is empty", name);
		(*n)++;
	}
	return 0;
}

/*
 * <also value="V">words</also>, what senders say for a value of the list; <likely>, what makes it likely;
 * <doubtful value="V" words="...">when it is right</doubtful>.
 */
static int child_words(struct reader *r, const xmlNode *node, const char *name, struct also **out, size_t *n)
{
	size_t count = 0;

	for (const xmlNode *c = xmldoc_first(node); c != NULL; c = xmldoc_next(c))
		count += xmldoc_is(c, name) ? 1 : 0;
	*out = arena_alloc(&r->form->arena, (count + 1) * sizeof **out);
	for (const xmlNode *c = xmldoc_first(node); c != NULL; c = xmldoc_next(c)) {
		struct also *a = &(*out)[*n];
		char *text;

		if (!xmldoc_is(c, name))
			continue;
		if (attr_needed(r, c, "value", &a->value) != 0 ||
		    xmldoc_text(&r->form->arena, c, r->form->file, &text, r->why) != 0)
			return -1;
		if (*text == '\0')
			return complain(r, xmldoc_line(c), "<%s> is empty", name);
		attr_list(r, c, "words", &a->words, &a->n_words);
		if (a->n_words > 0)
			a->when = text;
		else
			split(r->form, text, &a->words, &a->n_words);
		(*n)++;
	}
	return 0;
}

static int field_type_read(struct reader *r, const xmlNode *node, struct field *f)
{
	char *word = NULL;

	if (attr_needed(r, node, "type", &word) != 0)
		return -1;
	for (size_t i = 0; i < N_TYPES; i++)
		if (strcmp(types[i].name, word) == 0) {
			f->type = (enum field_type)i;
			return 0;
		}
	return complain(r, f->line,
	    "field %s: type \"%s\" is none of text code ref enum integer money percent "
	    "date month week yesno town uscc phone",
	    f->name, word);
}

static int field_attributes(struct reader *r, const xmlNode *node, struct field *f)
{
	f->to = attr(r, node, "to");
	f->unit = attr(r, node, "unit");
	f->pattern = attr(r, node, "pattern");
	f->example = attr(r, node, "example");
	f->def = attr(r, node, "default");
	f->assign = attr(r, node, "assign");
	f->of = attr(r, node, "of");
	f->with = attr(r, node, "with");
	attr_list(r, node, "values", &f->values, &f->n_values);
	attr_list(r, node, "same", &f->same, &f->n_same);
	attr_list(r, node, "known", &f->known, &f->n_known);
	attr_list(r, node, "was", &f->was, &f->n_was);
	if (attr_yesno(r, node, "required", &f->required) != 0 ||
	    attr_yesno(r, node, "total", &f->total) != 0 || attr_yesno(r, node, "carry", &f->carry) != 0 ||
	    attr_yesno(r, node, "lines", &f->lines) != 0 ||
	    attr_yesno(r, node, "planned", &f->planned) != 0 ||
	    attr_yesno(r, node, "prefill", &f->prefill) != 0)
		return -1;
	if (attr_decimal(r, node, "min", &f->has_min, &f->min) != 0 ||
	    attr_decimal(r, node, "max", &f->has_max, &f->max) != 0)
		return -1;
	return 0;
}

static int read_field(struct reader *r, const xmlNode *node)
{
	struct form *form = r->form;
	struct field f = { .carry = true, .prefill = true, .unit_yuan = 1, .line = xmldoc_line(node) };

	if (attr_needed(r, node, "name", &f.name) != 0 || attr_needed(r, node, "title", &f.title) != 0)
		return -1;
	if (field_type_read(r, node, &f) != 0 || field_attributes(r, node, &f) != 0)
		return -1;
	if (child_texts(r, node, "alias", &f.aliases, &f.n_aliases) != 0 ||
	    child_texts(r, node, "ambiguous", &f.ambiguous, &f.n_ambiguous) != 0 ||
	    child_words(r, node, "also", &f.also, &f.n_also) != 0 ||
	    child_words(r, node, "likely", &f.likely, &f.n_likely) != 0 ||
	    child_words(r, node, "doubtful", &f.doubtful, &f.n_doubtful) != 0)
		return -1;
	vec_room(form->fields, form->n_fields, r->cap_fields);
	form->fields[form->n_fields++] = f;
	return 0;
}

/* ---- keys ---- */

static int add_key(struct reader *r, const char *name)
{
	struct form *form = r->form;
	const struct field *f = form_field(form, name);

	if (f == NULL)
		return complain(r, form->line, "key \"%s\" is no field of form %s", name, form->name);
	for (size_t i = 0; i < form->n_keys; i++)
		if (&form->fields[form->keys[i]] == f)
			return complain(r, form->line, "key \"%s\" is said twice", name);
	form->keys[form->n_keys++] = (size_t)(f - form->fields);
	return 0;
}

static int read_keys(struct reader *r, const xmlNode *root)
{
	struct form *form = r->form;
	char **names = NULL;
	size_t n = 0;

	attr_list(r, root, "key", &names, &n);
	if (n == 0)
		return complain(r, form->line, "form %s has no key=\"\"", form->name);
	form->keys = arena_alloc(&form->arena, n * sizeof *form->keys);
	for (size_t i = 0; i < n; i++)
		if (add_key(r, names[i]) != 0)
			return -1;
	return 0;
}

/* ---- rules ---- */

/* One <when>, <says>, <suggest> or <mend>: its text and its line. */
static int read_rule_text(struct reader *r, const xmlNode *node, const char *id, char **out, int *line)
{
	const bool sql = xmldoc_is(node, "when") || xmldoc_is(node, "suggest");
	char *text = NULL;

	*line = xmldoc_line(node);
	if (*out != NULL)
		return complain(r, *line, "a second <%s> in rule %s", xmldoc_name(node), id);
	if ((sql ? xmldoc_raw : xmldoc_text)(&r->form->arena, node, r->form->file, &text, r->why) != 0)
		return -1;
	if (text[strspn(text, " \t\r\n")] == '\0')
		return complain(r, *line, "<%s> of rule %s is empty", xmldoc_name(node), id);
	*out = text;
	return 0;
}

static int read_rule_texts(struct reader *r, const xmlNode *node, struct rule *rule)
{
	for (const xmlNode *c = xmldoc_first(node); c != NULL; c = xmldoc_next(c)) {
		int rc;

		if (xmldoc_is(c, "when"))
			rc = read_rule_text(r, c, rule->id, &rule->when, &rule->when_line);
		else if (xmldoc_is(c, "says"))
			rc = read_rule_text(r, c, rule->id, &rule->says, &rule->says_line);
		else if (xmldoc_is(c, "mend"))
			rc = read_rule_text(r, c, rule->id, &rule->mend, &rule->mend_line);
		else if (xmldoc_is(c, "suggest"))
			rc = read_rule_text(r, c, rule->id, &rule->suggest, &rule->suggest_line);
		else
			rc = complain(r, xmldoc_line(c),
			    "unknown element <%s> in rule %s; wanted <when>, <says>, <suggest>, <mend>",
			    xmldoc_name(c), rule->id);
		if (rc != 0)
			return -1;
	}
	if (rule->when == NULL || rule->says == NULL)
		return complain(r, rule->line, "rule %s has no <%s>", rule->id,
		    rule->when == NULL ? "when" : "says");
	return 0;
}

static int read_rule(struct reader *r, const xmlNode *node)
{
	struct form *form = r->form;
	struct rule rule = { .line = xmldoc_line(node) };
	char *severity = NULL;

	if (attr_needed(r, node, "id", &rule.id) != 0 || attr_needed(r, node, "severity", &severity) != 0)
		return -1;
	if (severity_parse(severity, &rule.severity) != 0)
		return complain(r, rule.line,
		    "rule %s: severity \"%s\" is none of fatal, error, warning, note", rule.id, severity);
	rule.field = attr(r, node, "field");
	rule.explains = attr(r, node, "explains");
	attr_list(r, node, "covers", &rule.covers, &rule.n_covers);
	if (read_rule_texts(r, node, &rule) != 0)
		return -1;
	vec_room(form->rules, form->n_rules, r->cap_rules);
	form->rules[form->n_rules++] = rule;
	return 0;
}

/* ---- what its rows move ---- */

static int read_moves(struct reader *r, const xmlNode *node)
{
	struct moves *m = arena_alloc(&r->form->arena, sizeof *m);
	const xmlNode *c = xmldoc_first(node);

	if (r->form->moves != NULL)
		return complain(r, xmldoc_line(node), "a second <moves>");
	*m = (struct moves){ .line = xmldoc_line(node) };
	if (attr_needed(r, node, "form", &m->form) != 0 || attr_needed(r, node, "key", &m->key) != 0 ||
	    attr_needed(r, node, "to", &m->to) != 0 || attr_needed(r, node, "order", &m->order) != 0)
		return -1;
	if (c == NULL || !xmldoc_is(c, "when") || xmldoc_next(c) != NULL)
		return complain(r, m->line, "<moves> wants one <when>, and nothing else");
	m->when_line = xmldoc_line(c);
	if (xmldoc_raw(&r->form->arena, c, r->form->file, &m->when, r->why) != 0)
		return -1;
	if (m->when[strspn(m->when, " \t\r\n")] == '\0')
		return complain(r, m->when_line, "<when> of <moves> is empty");
	r->form->moves = m;
	return 0;
}

/* ---- what the coming week's form starts with ---- */

static int read_prefill(struct reader *r, const xmlNode *node)
{
	struct prefill *p = arena_alloc(&r->form->arena, sizeof *p);

	if (r->form->prefill != NULL)
		return complain(r, xmldoc_line(node), "a second <prefill>");
	*p = (struct prefill){ .line = xmldoc_line(node), .from = attr(r, node, "from") };
	if (xmldoc_raw(&r->form->arena, node, r->form->file, &p->when, r->why) != 0)
		return -1;
	if (p->when[strspn(p->when, " \t\r\n")] == '\0')
		return complain(r, p->line, "<prefill> is empty");
	r->form->prefill = p;
	return 0;
}

/* ---- the form ---- */

/* One of N words; *OUT is its index, or unchanged when the attribute is absent. */
static int attr_word(
    struct reader *r, const xmlNode *node, const char *name, const char *const *words, size_t n, size_t *out)
{
	const char *v = attr(r, node, name);
	struct buf wanted = { 0 };

	if (v == NULL)
		return 0;
	for (size_t i = 0; i < n; i++) {
		buf_fmt(&wanted, "%s%s", i == 0 ? "" : ", ", words[i]);
		if (strcmp(v, words[i]) != 0)
			continue;
		*out = i;
		buf_free(&wanted);
		return 0;
	}
	complain(r, xmldoc_line(node), "%s=\"%s\" is not: %s", name, v, buf_cstr(&wanted));
	buf_free(&wanted);
	return -1;
}

static int read_version(struct reader *r, const xmlNode *root)
{
	const char *v = attr(r, root, "version");
	struct decimal d;
	int64_t whole = 1;
	bool rounded = false;

	if (v != NULL && (decimal_parse(span_of(v), &d) != 0 || decimal_scale(d, 1, &whole, &rounded) != 0 ||
	    rounded || whole < 1 || whole > 9999))
		return complain(r, xmldoc_line(root), "version=\"%s\" is not a number from 1 to 9999", v);
	r->form->version = (int)whole;
	return 0;
}

static int read_form_attributes(struct reader *r, const xmlNode *root)
{
	static const char *const due[] = { "never", "weekly", "change" };       /* enum form_due */
	static const char *const all[] = { "unit", "all" }, *const by[] = { "unit", "office" };
	struct form *form = r->form;
	size_t d = DUE_NEVER, u = 0, b = 0;

	if (attr_needed(r, root, "name", &form->name) != 0 ||
	    attr_needed(r, root, "title", &form->title) != 0)
		return -1;
	if (!form_table_name(form->name))
		return complain(r, form->line,
		    "\"%s\" cannot name a form: wanted small letters, digits and _, "
		    "and no table that every database has",
		    form->name);
	if (attr_word(r, root, "due", due, 3, &d) != 0 || attr_word(r, root, "unique", all, 2, &u) != 0 ||
	    attr_word(r, root, "by", by, 2, &b) != 0 || read_version(r, root) != 0)
		return -1;
	form->due = (enum form_due)d;
	form->unique_all = u == 1;
	form->by_office = b == 1;
	return child_texts(r, root, "alias", &form->aliases, &form->n_aliases);
}

static int read_due(struct reader *r, const xmlNode *node)
{
	struct form *form = r->form;

	if (form->due_when != NULL)
		return complain(r, xmldoc_line(node), "a second <due>");
	form->due_line = xmldoc_line(node);
	if (xmldoc_raw(&form->arena, node, form->file, &form->due_when, r->why) != 0)
		return -1;
	if (form->due_when[strspn(form->due_when, " \t\r\n")] == '\0')
		return complain(r, form->due_line, "<due> is empty");
	return 0;
}

static int read_children(struct reader *r, const xmlNode *root)
{
	for (const xmlNode *c = xmldoc_first(root); c != NULL; c = xmldoc_next(c)) {
		int rc = 0;

		if (xmldoc_is(c, "field"))
			rc = read_field(r, c);
		else if (xmldoc_is(c, "rule"))
			rc = read_rule(r, c);
		else if (xmldoc_is(c, "due"))
			rc = read_due(r, c);
		else if (xmldoc_is(c, "moves"))
			rc = read_moves(r, c);
		else if (xmldoc_is(c, "prefill"))
			rc = read_prefill(r, c);
		else if (!xmldoc_is(c, "alias"))
			rc = complain(r, xmldoc_line(c),
			    "unknown element <%s>; "
			    "wanted <alias>, <due>, <prefill>, <field>, <rule>, <moves>",
			    xmldoc_name(c));
		if (rc != 0)
			return -1;
	}
	return 0;
}

static int read_form(struct reader *r, const xmlNode *root)
{
	struct form *form = r->form;

	form->line = xmldoc_line(root);
	if (!xmldoc_is(root, "form"))
		return complain(r, form->line, "the root element is <%s>, wanted <form>", xmldoc_name(root));
	if (read_form_attributes(r, root) != 0 || read_children(r, root) != 0)
		return -1;
	return read_keys(r, root);
}

int form_parse(const char *bytes, size_t n, const char *file, const struct xmldoc_grammar *grammar,
    struct form **out, struct why *why)
{
	struct form *form = mem_zero(1, sizeof *form);
	struct reader r = { .form = form, .why = why };
	xmlDoc *doc = NULL;
	int rc = -1;

	form->file = arena_dup(&form->arena, file);
	if (xmldoc_parse(bytes, n, file, &doc, why) != 0)
		goto out;
	/* Ours first: it says what was wanted.  The grammar finds what nobody reads, a misspelt attribute. */
	if (read_form(&r, xmlDocGetRootElement(doc)) != 0 || form_check(form, why) != 0)
		goto out;
	if (grammar != NULL && xmldoc_check(doc, file, grammar, why) != 0)
		goto out;
	*out = form;
	form = NULL;
	rc = 0;
out:
	xmlFreeDoc(doc);
	form_free(form);
	return rc;
}

void form_free(struct form *form)
{
	if (form == NULL)
		return;
	for (size_t i = 0; i < form->n_fields; i++)
		if (form->fields[i].has_regex)
			regfree(&form->fields[i].regex);
	free(form->fields);
	free(form->rules);
	arena_free(&form->arena);
	free(form);
}

/* ---- values as a person reads them ---- */

void field_show_int(struct buf *out, const struct field *f, int64_t v)
{
	decimal_show(out, v, f->unit_yuan);
}

/* At most six decimals, no superfluous zeros, no "-0". */
void field_show_real(struct buf *out, const struct field *f, double v)
{
	struct buf s = { 0 };

	(void)f;
	buf_fmt(&s, "%.6f", v);
	while (s.len > 0 && s.s[s.len - 1] == '0')
		s.s[--s.len] = '\0';
	if (s.len > 0 && s.s[s.len - 1] == '.')
		s.s[--s.len] = '\0';
	buf_str(out, strcmp(buf_cstr(&s), "-0") == 0 ? "0" : buf_cstr(&s));
	buf_free(&s);
}

void field_show_text(struct buf *out, const struct field *f, const char *v)
{
	(void)f;
	if (v != NULL)
		buf_str(out, v);
}
