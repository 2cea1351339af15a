/*
 * sheet_xml - an XML submission understood: its attributes, and a sheet for each element of a form.
 */
#include "sheet.h"

#include <string.h>

/* Names of the reserved columns that XML may have. */
static int xml_reserved(const char *name)
{
	return strcmp(name, "op") == 0 ? RES_OP : strcmp(name, "note") == 0 ? RES_NOTE :
	    strcmp(name, "correction") == 0 ? RES_CORRECTION : -1;
}

static void xml_week(const struct understanding *u, const char *value)
{
	struct week week;

	if (week_parse(value, strlen(value), &week) != 0)
		sheet_say_file(u, "week.bad", "week", value);
	else if (u->p->has_week && week_cmp(u->p->week, week) != 0)
		sheet_say_file(u, "week.two", "week", value);
	else {
		u->p->has_week = u->p->week_in_root = true;
		u->p->week = week;
	}
}

static void xml_attribute(const struct understanding *u, const struct attribute *a)
{
	struct paper *p = u->p;
	struct span value = span_trim(span_of(a->value));
	const char *text = arena_ndup(&p->arena, value.s, value.n);

	if (strcmp(a->name, "week") == 0)
		xml_week(u, text);
	else if (strcmp(a->name, "unit") == 0)
		p->unit = text;
	else if (strcmp(a->name, "prepared-by") == 0)
		sheet_sign_keep(p, SIGN_PREPARED, value);
	else if (strcmp(a->name, "reviewed-by") == 0)
		sheet_sign_keep(p, SIGN_REVIEWED, value);
	else if (strcmp(a->name, "phone") == 0)
		sheet_sign_keep(p, SIGN_PHONE, value);
	else
		sheet_say_file(u, "xml.attribute_unknown", "name", a->name);
}

static void xml_name(const struct understanding *u, const struct grid *g, struct sheet *s, size_t i)
{
	struct column *c = &s->columns[i];
	const char *name = g->names[i];
	const struct message_arg args[] = { { "name", name }, { "form", s->form->title } };

	*c = (struct column){
		.field = form_field(s->form, name), .reserved = xml_reserved(name), .col = (uint32_t)i + 1,
		.header = arena_dup(&u->p->arena, name), .unit_yuan = 1,
	};
	if (c->field != NULL) {
		c->unit_yuan = c->field->unit_yuan;
		c->unit_word = c->field->unit;
	} else if (c->reserved < 0) {
		struct finding at = { .form = s->form->name, .row = g->line, .header = name, .value = name };

		sheet_say(u, "xml.field_unknown", &at, args, 2);
	}
}

static void xml_rows(const struct understanding *u, const struct grid *g, struct sheet *s)
{
	s->rows = arena_alloc(&u->p->arena, g->n_rows * sizeof *s->rows);
	s->n_rows = g->n_rows;
	for (size_t i = 0; i < g->n_rows; i++)
		s->rows[i] = (struct sheet_row){ .row = g->rows[i].row, .at = (uint32_t)i };
}

static void xml_form(const struct understanding *u, const struct grid *g)
{
	const struct form *form = ruleset_form(u->rs, g->form);
	const struct message_arg args[] = { { "name", g->form } };
	struct finding at = { .row = g->line, .value = g->form };
	struct paper *p = u->p;

	if (form == NULL) {
		sheet_say(u, "xml.form_unknown", &at, args, 1);
		return;
	}
	for (size_t i = 0; i < p->n_sheets; i++)
		if (p->sheets[i].form == form) {
			sheet_say(u, "xml.form_twice", &at, args, 1);
			return;
		}
	struct sheet *s = &p->sheets[p->n_sheets++];

	*s = (struct sheet){ .form = form, .grid = g, .n_columns = g->n_names };
	s->columns = arena_alloc(&p->arena, g->n_names * sizeof *s->columns);
	for (size_t i = 0; i < g->n_names; i++)
		xml_name(u, g, s, i);
	xml_rows(u, g, s);
}

void sheet_xml(const struct understanding *u, const char *file_name)
{
	const struct reading *r = u->r;
	size_t rows = 0;

	sheet_week_of_name(u, file_name);
	for (size_t i = 0; i < r->n_attributes; i++)
		xml_attribute(u, &r->attributes[i]);
	u->p->sheets = arena_alloc(&u->p->arena, r->n_grids * sizeof *u->p->sheets);
	for (size_t i = 0; i < r->n_grids; i++) {
		xml_form(u, &r->grids[i]);
		rows += r->grids[i].n_rows;
	}
	if (u->p->unit == NULL)
		sheet_say_file(u, "xml.no_unit", "name", NULL);
	if (rows == 0)
		sheet_say_file(u, "xml.no_rows", "name", NULL);
}
