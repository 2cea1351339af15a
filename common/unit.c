/* unit - units.ini: a section a unit, named by its code. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "conf.h"

struct reader {
	struct arena *a;
	const struct ini *ini;
	struct why *why;
	struct unit *units;
	size_t n;
	const struct unit *office;
};

static bool is_unit_code(const char *s)
{
	size_t n = strspn(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n > 0 && n <= 16 && s[n] == '\0';
}

static int unit_yesno(struct reader *r, const struct ini_entry *e, bool *out)
{
	if (strcmp(e->value, "yes") != 0 && strcmp(e->value, "no") != 0)
		return why_config(r->why, r->ini->file, e->line, "[%s] %s = %s: wanted yes or no", e->section,
		    e->key, e->value);
	*out = strcmp(e->value, "yes") == 0;
	return 0;
}

static int unit_order(struct reader *r, const struct ini_entry *e, int *out)
{
	size_t n = strlen(e->value);

	if (n == 0 || n > 6 || strspn(e->value, "0123456789") != n)
		return why_config(r->why, r->ini->file, e->line, "[%s] order = %s: wanted a whole number",
		    e->section, e->value);
	*out = atoi(e->value);
	return 0;
}

static int set_unit(struct reader *r, struct unit *u, const struct ini_entry *e)
{
	if (strcmp(e->key, "name") == 0)
		u->name = arena_dup(r->a, e->value);
	else if (strcmp(e->key, "short") == 0)
		u->short_name = arena_dup(r->a, e->value);
	else if (strcmp(e->key, "class") == 0)
		u->group_class = arena_dup(r->a, e->value);
	else if (strcmp(e->key, "counts") == 0)
		return unit_yesno(r, e, &u->counts);
	else if (strcmp(e->key, "office") == 0)
		return unit_yesno(r, e, &u->office);
	else if (strcmp(e->key, "order") == 0)
		return unit_order(r, e, &u->order);
	else
		return why_config(r->why, r->ini->file, e->line,
		    "[%s] %s is not known; wanted name short class counts office order",
		    e->section, e->key);
	return 0;
}

/* INI sections come in lower case; codes are in capitals. */
static char *unit_code(struct arena *a, const char *section)
{
	char *code = arena_dup(a, section);

	for (char *p = code; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return code;
}

static int read_unit(struct reader *r, const struct ini_section *section, struct unit *u)
{
	u->code = unit_code(r->a, section->name);
	u->line = section->line;
	u->counts = true;
	u->order = (int)r->n;
	if (!is_unit_code(u->code))
		return why_config(r->why, r->ini->file, u->line,
		    "unit code [%s]: wanted 1 to 16 letters and digits", section->name);
	for (size_t i = 0; i < r->ini->n; i++)
		if (strcmp(r->ini->v[i].section, section->name) == 0 && set_unit(r, u, &r->ini->v[i]) != 0)
			return -1;
	return 0;
}

static int read_list(struct reader *r)
{
	r->units = arena_alloc(r->a, (r->ini->n_sections + 1) * sizeof *r->units);
	for (size_t i = 0; i < r->ini->n_sections; i++)
		if (read_unit(r, &r->ini->sections[i], &r->units[r->n++]) != 0)
			return -1;
	return 0;
}

static int unit_cmp(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return strcmp(x->code, y->code);
}

static int check_units(struct reader *r)
{
	if (r->n > 0)
		qsort(r->units, r->n, sizeof *r->units, unit_cmp);
	for (size_t i = 0; i < r->n; i++) {
		struct unit *u = &r->units[i];

		if (u->name == NULL || *u->name == '\0')
			return why_config(r->why, r->ini->file, u->line, "unit [%s] has no name", u->code);
		if (u->short_name == NULL)
			u->short_name = u->name;
		if (u->group_class == NULL)
			u->group_class = arena_dup(r->a, "");
		if (u->office && r->office != NULL)
			return why_config(r->why, r->ini->file, u->line,
			    "units [%s] and [%s] are both office = yes: exactly one is", r->office->code,
			    u->code);
		if (u->office)
			r->office = u;
	}
	if (r->office == NULL)
		return why_config(
		    r->why, r->ini->file, 0, "no unit has office = yes: exactly one is the office");
	return 0;
}

int units_parse(struct arena *a, const char *bytes, size_t len, const char *file, struct unit **out,
    size_t *n, const struct unit **office, struct why *why)
{
	struct ini ini = { 0 };
	struct reader r = { .a = a, .ini = &ini, .why = why };
	int rc = -1;

	if (ini_parse(bytes, len, file, &ini, why) != 0)
		return -1;
	if (read_list(&r) != 0 || check_units(&r) != 0)
		goto out;
	*out = r.units;
	*n = r.n;
	*office = r.office;
	rc = 0;
out:
	ini_free(&ini);
	return rc;
}
