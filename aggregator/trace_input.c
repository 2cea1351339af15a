/*
 * trace_input - the tables that a row of a measure rests on; their rows are trace_rows'.
 *
 * Which they are the head of the measure says ("-- trace:", trace_head).  Where it says nothing of the
 * column, they are found by name: of the tables named after FROM and JOIN those that have a column of that
 * name are followed, and where none has it the rows of the same key are named.  Measures on the way are
 * followed down to the cells of archived files.  A row of the office rests on the rows of all units.
 */
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "../common/sqltext.h"
#include "../common/text.h"
#include "aggregator.h"

/* ---- which tables ---- */

static void add_name(struct names *out, const char *s, size_t n)
{
	char *name = mem_ndup(s, n);

	if (names_have(out, name)) {
		free(name);
		return;
	}
	vec_room(out->v, out->n, out->cap);
	out->v[out->n++] = name;
}

/* Names after FROM and JOIN in order of appearance. */
static void names_read(const struct measure *m, struct names *out)
{
	struct sqltext text = { .p = m->sql, .end = m->sql + strlen(m->sql), .line = 1 };
	bool table = false;

	for (struct token k = sqltext_next(&text); k.kind != TOKEN_END; k = sqltext_next(&text)) {
		if (table && k.kind == TOKEN_WORD)
			add_name(out, k.s, k.n);
		else if (table && k.kind == TOKEN_NAME)
			add_name(out, k.s + 1, k.n - 2);
		table = token_is(k, "FROM") || token_is(k, "JOIN");
	}
}

/* Whether SQL names the column WORD, week or unit, and so says itself of which it wants rows. */
static bool names_column(const char *sql, const char *word)
{
	struct sqltext text = { .p = sql, .end = sql + strlen(sql), .line = 1 };
	struct token k;

	do {
		k = sqltext_next(&text);
		if (k.kind == TOKEN_WORD && token_is(k, word))
			return true;
	} while (k.kind != TOKEN_END);
	return false;
}

static int input_open(struct tracing *t, sqlite3 *db, const struct level *at, struct input *in,
    const char *table, struct why *why)
{
	struct names added = { 0 };

	in->db = db;
	in->table = table;
	in->where = "";
	in->form = ruleset_form(t->rules, table);
	in->measure = trace_find_measure(t->rules, table);
	in->own = in->measure == at->m && !in->everyone;
	if (in->measure != NULL)
		measure_adds(in->measure, &added);
	in->sums = added.n > 0;
	names_free(&added);
	return db != NULL ? db_columns(db, "main", table, &in->columns, why) : 0;
}

static void inputs_free(struct input *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		names_free(&v[i].columns);
		names_free(&v[i].shown);
	}
	free(v);
}

/*
 * The columns of READING that its table has.  A name that no table of today has is a mistake in the head; an
 * older one may lack it.
 */
static int choose_columns(const struct level *at, const struct reading *r, struct input *in, struct why *why)
{
	for (size_t i = 0; i < r->columns.n; i++) {
		if (names_have(&in->columns, r->columns.v[i]))
			add_name(&in->shown, r->columns.v[i], strlen(r->columns.v[i]));
		else if (!r->before)
			return why_set(why, EX_CONFIG, "%s: \"-- trace:\" of %s: table %s has no column %s",
			    at->m->file, r->of.v[0], in->table, r->columns.v[i]);
	}
	return 0;
}

/* The table of the week before; none where there is no such week, or the table was not there. */
static int open_before(struct tracing *t, const struct level *at, struct input *in, const char *table,
    struct why *why)
{
	sqlite3 *db;

	if (past_before(t, &in->past, why) != 0)
		return -1;
	db = in->past != NULL ? in->past->db : NULL;
	return input_open(t, db != NULL && db_has_table(db, "main", table) ? db : NULL, at, in, table, why);
}

static int open_reading(struct tracing *t, sqlite3 *db, const struct level *at, const struct reading *r,
    struct input *in, struct why *why)
{
	int rc;

	in->everyone = r->everyone;
	in->before = r->before;
	if (!r->before && !db_has_table(db, "main", r->table))
		return why_set(why, EX_CONFIG, "%s: \"-- trace:\" of %s: no table %s", at->m->file,
		    r->of.v[0], r->table);
	rc = r->before ? open_before(t, at, in, r->table, why) : input_open(t, db, at, in, r->table, why);
	in->where = r->where;
	in->other_week = names_column(r->where, "week");
	in->sums = in->sums && !names_column(r->where, "unit");
	in->same = r->same;
	in->carries = r->of.v[0];
	/* What is carried is the same unit's, be it the office's. */
	in->own = in->own || (r->same != NULL && !r->everyone);
	return rc;
}

/* The one of V that has the same rows; several lines may be of the columns that are asked for. */
static struct input *same_rows(struct input *v, size_t n, const struct reading *r)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(v[i].table, r->table) == 0 && strcmp(v[i].where, r->where) == 0 &&
		    v[i].everyone == r->everyone && v[i].before == r->before && v[i].same == NULL &&
		    r->same == NULL)
			return &v[i];
	}
	return NULL;
}

/* What the head of the measure says.  Further down only what was carried is followed into the week before. */
static int inputs_read(struct tracing *t, sqlite3 *db, const struct level *at, const struct readings *r,
    struct input **out, size_t *n, struct why *why)
{
	struct input *v = mem_zero(r->n, sizeof *v);

	*out = v;
	for (size_t i = 0; i < r->n; i++) {
		struct input *in = same_rows(v, *n, &r->v[i]);

		if (*r->v[i].table == '\0' || (r->v[i].before && r->v[i].same == NULL && at->depth > 0))
			continue;
		if (in == NULL) {
			in = &v[(*n)++];
			if (open_reading(t, db, at, &r->v[i], in, why) != 0)
				return -1;
		}
		if (in->db != NULL && choose_columns(at, &r->v[i], in, why) != 0)
			return -1;
	}
	return 0;
}

/* Whether ID names more than a unit: then few rows have it. */
static bool is_narrow(const struct identity *id)
{
	for (size_t i = 0; i < id->n; i++) {
		if (strcmp(id->names[i], "unit") != 0)
			return true;
	}
	return false;
}

/*
 * By name.  Tables that have the field are followed.  Where none has it, it was made here: then the rows
 * themselves are named, of measures only at the top, else a city's figure would print the city.
 */
static int inputs_guess(struct tracing *t, sqlite3 *db, const struct level *at, const struct names *names,
    struct input **out, size_t *n, struct why *why)
{
	struct input *v = mem_zero(names->n, sizeof *v);
	const char *field = at->fields->n > 0 ? at->fields->v[0] : NULL;
	bool some = false;

	*out = v;
	for (size_t i = 0; i < names->n; i++) {
		struct input *in = &v[*n];

		if (strcmp(names->v[i], at->m->name) == 0 || strcmp(names->v[i], "unit") == 0 ||
		    !db_has_table(db, "main", names->v[i]))
			continue;
		(*n)++;
		if (input_open(t, db, at, in, names->v[i], why) != 0)
			return -1;
		if (field != NULL && names_have(&in->columns, field) &&
		    (in->form != NULL || in->measure != NULL)) {
			add_name(&in->shown, field, strlen(field));
			some = true;
		}
	}
	for (size_t i = 0; i < *n; i++) {
		struct input *in = &v[i];
		bool named = in->form != NULL || in->measure != NULL;

		if (some)
			in->counted = in->shown.n == 0;
		else
			in->counted = !named || (at->depth > 0 && (in->form == NULL || !is_narrow(at->id)));
	}
	return 0;
}

/* ---- a table ---- */

/* Of the week before: which it is, and whether its snapshot holds. */
static void show_before(struct tracing *t, const struct input *in)
{
	tree_value(&t->out, "week", in->past != NULL ? in->past->name : NULL);
	if (in->past != NULL)
		past_show(t, in->past);
}

/* A table with its rows; in a text, below the first table, a line a row is enough. */
static int show_input(struct tracing *t, const struct input *in, const struct level *at, struct why *why)
{
	int rc;

	if (!t->out.json && at->depth > 0)
		return in->counted ? 0 : input_show_rows(t, in, at, in->table, why);
	tree_open(&t->out, NULL, '{');
	tree_value(&t->out, "table", in->table);
	if (in->before)
		show_before(t, in);
	if (*in->where != '\0')
		tree_value(&t->out, "where", in->where);
	rc = input_show_count(t, in, at, why);
	if (rc == 0 && !in->counted) {
		tree_open(&t->out, "of", '[');
		rc = input_show_rows(t, in, at, NULL, why);
		tree_close(&t->out, ']');
	}
	tree_close(&t->out, '}');
	return rc;
}

/* What the head says may be there and is not says nothing to a reader, unless nothing is. */
static int leave_empty(struct tracing *t, struct input *v, size_t n, const struct level *at, struct why *why)
{
	size_t some = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		int64_t rows;

		rc = input_count(t, &v[i], at, &rows, why);
		v[i].empty = rc == 0 && rows == 0;
		some += !v[i].empty;
	}
	for (size_t i = 0; i < n; i++)
		v[i].empty = v[i].empty && (some > 0 || at->depth > 0);
	return rc;
}

static int
show_list(struct tracing *t, const struct input *v, size_t n, const struct level *at, struct why *why)
{
	bool opened = t->out.json || at->depth == 0;
	int rc = 0;

	if (opened)
		tree_open(&t->out, "rests_on", '[');
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!v[i].empty && (!v[i].counted || at->depth == 0))
			rc = show_input(t, &v[i], at, why);
	}
	if (opened)
		tree_close(&t->out, ']');
	return rc;
}

int trace_inputs(struct tracing *t, sqlite3 *db, const struct level *at, struct why *why)
{
	struct readings readings = { 0 };
	struct names names = { 0 };
	struct input *v = NULL;
	size_t n = 0;
	int rc;

	if (at->fields->n > 0)
		head_readings(at->m, at->fields, &readings);
	names_read(at->m, &names);
	rc = readings.n > 0 ? inputs_read(t, db, at, &readings, &v, &n, why)
	    : inputs_guess(t, db, at, &names, &v, &n, why);
	if (rc == 0 && readings.n > 0)
		rc = leave_empty(t, v, n, at, why);
	if (rc == 0)
		rc = show_list(t, v, n, at, why);
	inputs_free(v, n);
	names_free(&names);
	readings_free(&readings);
	return rc;
}
