/* setting - typed, bounded and canonical settings. */
#include "setting.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"
#include "text.h"
#include "week.h"

static const char weekdays[] = "mon tue wed thu fri sat sun ";

int setting_weekday(const char *weekday)
{
	const char *at = strlen(weekday) == 3 ? strstr(weekdays, weekday) : NULL;

	return at == NULL || (at - weekdays) % 4 != 0 ? 0 : (int)(at - weekdays) / 4 + 1;
}

int setting_minutes(const char *time)
{
	return ((time[0] - '0') * 10 + time[1] - '0') * 60 + (time[3] - '0') * 10 + time[4] - '0';
}

/* ---- types: canonical spelling, and order ---- */

static int canon_integer(struct buf *out, const char *v)
{
	struct decimal d;

	if (decimal_parse(span_of(v), &d) != 0 || d.scale != 0)
		return -1;
	decimal_show(out, d.digits, 1);
	return 0;
}

static int canon_real(struct buf *out, const char *v)
{
	struct decimal d;
	int64_t factor = 1;

	if (decimal_parse(span_of(v), &d) != 0)
		return -1;
	for (int i = 0; i < d.scale; i++)
		factor *= 10;
	decimal_show(out, d.digits, factor);
	return 0;
}

static int canon_text(struct buf *out, const char *v)
{
	buf_str(out, v);
	return strpbrk(v, "\r\n") == NULL ? 0 : -1;
}

static int canon_time(struct buf *out, const char *v)
{
	if (strlen(v) != 5 || v[2] != ':' || strspn(v, "0123456789") != 2 || strspn(v + 3, "0123456789") != 2)
		return -1;
	buf_str(out, v);
	return strcmp(v, "24:00") < 0 && v[3] < '6' ? 0 : -1;
}

static int canon_weekday(struct buf *out, const char *v)
{
	buf_str(out, v);
	return setting_weekday(v) == 0 ? -1 : 0;
}

static int canon_week(struct buf *out, const char *v)
{
	struct week w;

	buf_str(out, v);
	return week_parse(v, strlen(v), &w);
}

/* Any one word; which ones there are, the setting's declaration says. */
static int canon_choice(struct buf *out, const char *v)
{
	buf_str(out, v);
	return *v != '\0' && strchr(v, '|') == NULL ? 0 : -1;
}

static int canon_choices(struct buf *out, const char *v)
{
	buf_str(out, v);
	return *v != '|' && strstr(v, "||") == NULL && v[strlen(v) - 1] != '|' ? 0 : -1;
}

static int cmp_number(const char *value, const char *bound)
{
	struct decimal a = { 0 }, b = { 0 };

	if (decimal_parse(span_of(value), &a) != 0 || decimal_parse(span_of(bound), &b) != 0)
		return 0;       /* both were canonical */
	return decimal_cmp(a, b);
}

static int cmp_length(const char *value, const char *bound)
{
	size_t n = utf8_count(span_of(value)), m = strtoul(bound, NULL, 10);

	return (n > m) - (n < m);
}

static int cmp_weekday(const char *value, const char *bound)
{
	return setting_weekday(value) - setting_weekday(bound);
}

/* 0 if VALUE is one of CHOICES. */
static int cmp_choice(const char *value, const char *choices)
{
	size_t n = strlen(value);

	for (const char *p = choices; *p != '\0'; p += strcspn(p, "|"), p += *p == '|' ? 1 : 0) {
		if (strcspn(p, "|") == n && strncmp(p, value, n) == 0)
			return 0;
	}
	return -1;
}

static const struct type {
	const char *name, *bound;       /* bound: the type of min and max */
	int (*canon)(struct buf *out, const char *v);
	int (*cmp)(const char *value, const char *bound);
	const char *wanted;
} types[] = {
	{ "integer", "integer", canon_integer, cmp_number, "a whole number" },
	{ "real", "real", canon_real, cmp_number, "a number" },
	{ "text", "integer", canon_text, cmp_length, "one line of text" },
	{ "time", "time", canon_time, strcmp, "a time HH:MM" },
	{ "weekday", "weekday", canon_weekday, cmp_weekday, "one of mon tue wed thu fri sat sun" },
	{ "week", "week", canon_week, strcmp, "a week YYYY-Www" },
	{ "choice", "choices", canon_choice, cmp_choice, "one of the choices" },
	/* what column min of a choice holds; not for settings.csv */
	{ "choices", "choices", canon_choices, strcmp, "words parted by |" },
};

static const struct type *type_find(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

/* ---- values ---- */

int setting_assign(
    struct arena *a, struct setting *s, const char *value, const char *file, int line, struct why *why)
{
	const struct type *t = type_find(s->type);
	struct buf canon = { 0 };
	int rc = -1;

	assert(t != NULL);      /* settings_declare refused others */
	if (t->canon(&canon, value) != 0) {
		why_config(why, file, line, "setting %s = \"%s\": wanted %s", s->name, value, t->wanted);
		goto out;
	}
	if (t->cmp == cmp_choice && cmp_choice(buf_cstr(&canon), s->min) != 0) {
		why_config(why, file, line, "setting %s = \"%s\": wanted one of %s", s->name, value, s->min);
		goto out;
	}
	if ((*s->min != '\0' && t->cmp(buf_cstr(&canon), s->min) < 0) ||
	    (*s->max != '\0' && t->cmp(buf_cstr(&canon), s->max) > 0)) {
		why_config(why, file, line, "setting %s = \"%s\": wanted %s from %s to %s%s", s->name, value,
		    t->wanted, *s->min == '\0' ? "-" : s->min, *s->max == '\0' ? "-" : s->max,
		    strcmp(t->name, "text") == 0 ? " characters" : "");
		goto out;
	}
	s->value = arena_dup(a, buf_cstr(&canon));
	rc = 0;
out:
	buf_free(&canon);
	return rc;
}

struct setting *setting_find(struct setting *settings, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

/* ---- declarations ---- */

/* "section.key", as zhoubao.ini can say it. */
static bool is_setting_name(const char *s)
{
	const char *dot = strchr(s, '.');

	return dot != NULL && dot > s && dot[1] != '\0' &&
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.-")] == '\0';
}

static int canon_bound(struct arena *a, const struct type *t, const char *file, struct setting *s,
    char **bound, struct why *why)
{
	const struct type *of = type_find(t->bound);
	struct buf canon = { 0 };
	int rc = 0;

	assert(of != NULL);     /* our own table */
	if (**bound == '\0')
		return 0;
	if (of->canon(&canon, *bound) != 0)
		rc = why_config(
		    why, file, s->line, "setting %s: bound \"%s\": wanted %s", s->name, *bound, of->wanted);
	else
		*bound = arena_dup(a, buf_cstr(&canon));
	buf_free(&canon);
	return rc;
}

static int declare(struct arena *a, const struct reference *table, size_t row, struct setting *s,
    struct why *why)
{
	const struct type *t;
	const char *def;

#define CELL(column) reference_cell(table, row, (size_t)reference_column(table, column))
	s->line = table->lines[row];
	s->name = arena_dup(a, CELL("name"));
	s->type = arena_dup(a, CELL("type"));
	s->min = arena_dup(a, CELL("min"));
	s->max = arena_dup(a, CELL("max"));
	s->meaning = arena_dup(a, CELL("meaning"));
	def = CELL("default");
#undef CELL
	t = type_find(s->type);
	if (!is_setting_name(s->name))
		return why_config(why, table->file, s->line,
		    "setting name \"%s\": wanted section.key in small letters", s->name);
	if (t == NULL || strcmp(t->name, "choices") == 0)
		return why_config(why, table->file, s->line,
		    "setting %s: type \"%s\" is none of integer real text time weekday week choice",
		    s->name, s->type);
	if (strcmp(t->name, "choice") == 0 && (*s->min == '\0' || *s->max != '\0'))
		return why_config(why, table->file, s->line,
		    "setting %s: a choice has its words, parted by |, in column min, and no max", s->name);
	if (canon_bound(a, t, table->file, s, &s->min, why) != 0 ||
	    canon_bound(a, t, table->file, s, &s->max, why) != 0)
		return -1;
	if (*def == '\0' && strcmp(s->type, "text") != 0)
		return 0;
	return setting_assign(a, s, def, table->file, s->line, why);
}

static int by_name(const void *a, const void *b)
{
	const struct setting *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int settings_declare(
    struct arena *a, const struct reference *table, struct setting **out, size_t *n, struct why *why)
{
	struct setting *v;

	if (reference_needs(table, "name type min max default meaning", why) != 0)
		return -1;
	v = arena_alloc(a, (table->n_rows + 1) * sizeof *v);
	for (size_t i = 0; i < table->n_rows; i++)
		if (declare(a, table, i, &v[i], why) != 0)
			return -1;
	if (table->n_rows > 0)
		qsort(v, table->n_rows, sizeof *v, by_name);
	*out = v;
	*n = table->n_rows;
	return 0;
}
