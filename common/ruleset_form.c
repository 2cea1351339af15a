/*
 * ruleset_form - the forms of a bundle: read by its grammar, bound to each other and to what is around
 * them, and put in order of reference.
 */
#include <stdlib.h>
#include <string.h>

#include "reference.h"
#include "ruleset_read.h"
#include "xmldoc.h"

#define GRAMMAR "forms/form.rng"

const struct form *ruleset_form(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_forms; i++)
		if (strcmp(rs->forms[i]->name, name) == 0)
			return rs->forms[i];
	return NULL;
}

static const struct form *find_form(const void *rs, const char *name)
{
	return ruleset_form(rs, name);
}

static int64_t find_unit_yuan(const void *rs, const char *word)
{
	return ruleset_unit_yuan(rs, word);
}

static int parse_forms(struct ruleset *rs, struct why *why)
{
	const struct rule_text *text = ruleset_text(rs, GRAMMAR), *t;
	struct xmldoc_grammar *grammar = NULL;
	size_t i = 0;
	int rc = text == NULL ? 0 : xmldoc_grammar(text->bytes, text->n, GRAMMAR, &grammar, why);

	rs->forms = mem_zero(ruleset_text_count(rs, "forms/", ".xml") + 1, sizeof *rs->forms);
	while (rc == 0 && (t = ruleset_text_next(rs, "forms/", ".xml", &i)) != NULL) {
		struct form *form = NULL;

		rc = form_parse(t->bytes, t->n, t->file, grammar, &form, why);
		if (rc != 0)
			break;
		rs->forms[rs->n_forms++] = form;
		if (strcmp(form->name, ruleset_stem(&rs->arena, t->name)) != 0)
			rc = why_config(why, t->file, form->line, "form \"%s\" must be in forms/%s.xml",
			    form->name, form->name);
	}
	xmldoc_grammar_free(grammar);
	return rc;
}

/* A header of a form must not be one of the reserved columns'. */
static int check_reserved(const struct ruleset *rs, const struct form *form, struct why *why)
{
	for (size_t i = 0; i < form->n_fields; i++)
		for (enum reserved r = RES_OP; r < RES_COUNT; r++) {
			const struct field *f = &form->fields[i];

			if (words_find(&rs->messages, reserved_words(r)) == NULL)
				continue;
			if (words_has(&rs->messages, reserved_words(r), span_of(f->title)))
				return why_config(why, form->file, f->line,
				    "field %s: title \"%s\" is a reserved column's (words %s)", f->name,
				    f->title, reserved_words(r));
			for (size_t k = 0; k < f->n_aliases; k++)
				if (words_has(&rs->messages, reserved_words(r), span_of(f->aliases[k])))
					return why_config(why, form->file, f->line,
					    "field %s: alias \"%s\" is a reserved column's (words %s)",
					    f->name, f->aliases[k], reserved_words(r));
		}
	return 0;
}

static bool has_type(const struct form *form, enum field_type type)
{
	for (size_t i = 0; i < form->n_fields; i++)
		if (form->fields[i].type == type)
			return true;
	return false;
}

static int check_towns(const struct ruleset *rs, const struct form *form, struct why *why)
{
	const struct reference *town = ruleset_reference(rs, "town");

	if (!has_type(form, FIELD_TOWN))
		return 0;
	if (town == NULL)
		return why_config(why, form->file, form->line,
		    "form %s has a field of type town, and reference/town.csv is missing", form->name);
	return reference_needs(town, "code name unit aliases", why);
}

/* Whether every form that FORM refers to is among the first N. */
static bool is_ready(const struct form *form, struct form *const *done, size_t n)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		bool found = form->fields[i].ref == NULL;

		for (size_t k = 0; k < n && !found; k++)
			found = done[k] == form->fields[i].ref;
		if (!found)
			return false;
	}
	return true;
}

/*
 * In order of reference: each time the first by name whose referents are placed.
 * Names are in order before.
 */
static int order_forms(struct ruleset *rs, struct why *why)
{
	for (size_t placed = 0; placed < rs->n_forms; placed++) {
		struct form *next;
		size_t i = placed;

		while (i < rs->n_forms && !is_ready(rs->forms[i], rs->forms, placed))
			i++;
		if (i == rs->n_forms)
			return why_config(why, rs->forms[placed]->file, rs->forms[placed]->line,
			    "form %s refers to itself by way of other forms: references must not run in a "
			    "circle", rs->forms[placed]->name);
		next = rs->forms[i];
		memmove(&rs->forms[placed + 1], &rs->forms[placed], (i - placed) * sizeof *rs->forms);
		rs->forms[placed] = next;
	}
	return 0;
}

static int form_by_name(const void *a, const void *b)
{
	const struct form *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

int ruleset_read_forms(struct ruleset *rs, struct why *why)
{
	if (parse_forms(rs, why) != 0)
		return -1;
	for (size_t i = 0; i < rs->n_forms; i++) {
		if (form_units(rs->forms[i], find_unit_yuan, rs, why) != 0 ||
		    form_refs(rs->forms[i], find_form, rs, why) != 0 ||
		    check_reserved(rs, rs->forms[i], why) != 0 || check_towns(rs, rs->forms[i], why) != 0)
			return -1;
	}
	if (rs->n_forms > 0)
		qsort(rs->forms, rs->n_forms, sizeof *rs->forms, form_by_name);
	return order_forms(rs, why);
}
