/*
 * trace_input - the rows that a row of a measure rests on, each with its own origin.
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

#define DEEPEST 3               /* measures upon measures */

/* A table that is read. */
struct input {
	const char           *table, *where;
	bool                  everyone, counted;        /* counted: how many rows, and no more */
	bool                  empty;                    /* of several, one without rows: not worth a line */
	bool                  other_week;               /* its condition says of which week */
	const struct form    *form;     /* one of these, or neither (submission, finding, due ...) */
	const struct measure *measure;
	struct names          columns, shown;
};

/* Where a trace is: what of whose row, how deep. */
struct level {
	const struct measure  *m;
	const char            *field;   /* NULL: all of it */
	const struct identity *id;
	int                    depth;
};

static int show_inputs(struct tracing *t, sqlite3 *db, const struct level *at, struct why *why);

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

static int input_open(struct tracing *t, sqlite3 *db, struct input *in, const char *table, struct why *why)
{
	in->table = table;
	in->where = "";
	in->form = ruleset_form(t->rules, table);
	in->measure = trace_find_measure(t->rules, table);
	return db_columns(db, "main", table, &in->columns, why);
}

static void inputs_free(struct input *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		names_free(&v[i].columns);
		names_free(&v[i].shown);
	}
	free(v);
}

/* The columns of READING that its table has; a name that no table of today has is a mistake in the head. */
static int choose_columns(const struct level *at, const struct reading *r, struct input *in, struct why *why)
{
	for (size_t i = 0; i < r->columns.n; i++) {
		if (!names_have(&in->columns, r->columns.v[i]))
			return why_set(why, EX_CONFIG, "%s: \"-- trace:\" of %s: table %s has no column %s",
			    at->m->file, at->field, in->table, r->columns.v[i]);
		add_name(&in->shown, r->columns.v[i], strlen(r->columns.v[i]));
	}
	return 0;
}

/* What the head of the measure says. */
static int inputs_read(struct tracing *t, sqlite3 *db, const struct level *at, const struct readings *r,
    struct input **out, size_t *n, struct why *why)
{
	struct input *v = mem_zero(r->n, sizeof *v);

	*out = v;
	for (size_t i = 0; i < r->n; i++) {
		struct input *in = &v[*n];

		if (*r->v[i].table == '\0')
			continue;
		if (!db_has_table(db, "main", r->v[i].table))
			return why_set(why, EX_CONFIG, "%s: \"-- trace:\" of %s: no table %s", at->m->file,
			    at->field, r->v[i].table);
		(*n)++;
		if (input_open(t, db, in, r->v[i].table, why) != 0 ||
		    choose_columns(at, &r->v[i], in, why) != 0)
			return -1;
		in->where = r->v[i].where;
		in->everyone = r->v[i].everyone;
		in->other_week = strstr(in->where, "week ") != NULL;
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
	bool some = false;

	*out = v;
	for (size_t i = 0; i < names->n; i++) {
		struct input *in = &v[*n];

		if (strcmp(names->v[i], at->m->name) == 0 || strcmp(names->v[i], "unit") == 0 ||
		    !db_has_table(db, "main", names->v[i]))
			continue;
		(*n)++;
		if (input_open(t, db, in, names->v[i], why) != 0)
			return -1;
		if (at->field != NULL && names_have(&in->columns, at->field) &&
		    (in->form != NULL || in->measure != NULL)) {
			add_name(&in->shown, at->field, strlen(at->field));
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

/* ---- which rows ---- */

/* The office's row rests on everybody's. */
static bool is_narrowed(const struct tracing *t, const struct input *in, const struct identity *id, size_t i)
{
	bool unit = strcmp(id->names[i], "unit") == 0;

	return names_have(&in->columns, id->names[i]) &&
	    !(unit && (in->everyone || strcmp(id->values[i], t->rules->office->code) == 0));
}

/* "FROM table WHERE what it shares with ID", parameters ?1 on by place in ID. */
static void sql_input(struct buf *sql, const struct tracing *t, const struct input *in,
    const struct identity *id)
{
	buf_str(sql, " FROM ");
	sql_name(sql, in->table);
	buf_str(sql, " WHERE true");
	for (size_t i = 0; i < id->n; i++) {
		if (!is_narrowed(t, in, id, i))
			continue;
		buf_str(sql, " AND ");
		sql_name(sql, id->names[i]);
		buf_fmt(sql, " = ?%zu", i + 1);
	}
	if (in->measure != NULL && names_have(&in->columns, "week") && !in->other_week)
		buf_str(sql, " AND week = :week");
	/* Sums of the office are made from the units', not from its own. */
	if (in->measure != NULL && names_have(&in->columns, "unit")) {
		buf_str(sql, " AND unit <> ");
		sql_text(sql, t->rules->office->code);
	}
	if (*in->where != '\0')
		buf_fmt(sql, " AND (%s)", in->where);
}

static void bind_named(sqlite3_stmt *stmt, const char *name, const char *value)
{
	int at = sqlite3_bind_parameter_index(stmt, name);

	if (at > 0)
		(void)sqlite3_bind_text(stmt, at, value, -1, SQLITE_TRANSIENT);
}

static int prepare_input(struct tracing *t, sqlite3 *db, const struct input *in, const struct buf *sql,
    const struct identity *id, sqlite3_stmt **out, struct why *why)
{
	char week[9], name[64];
	struct window w;

	if (db_prepare(db, buf_cstr(sql), out, why) != 0) {
		why->code = *in->where != '\0' ? EX_CONFIG : why->code;
		return -1;
	}
	for (size_t i = 0; i < id->n; i++) {
		if (is_narrowed(t, in, id, i))
			(void)sqlite3_bind_text(*out, (int)i + 1, id->values[i], -1, SQLITE_STATIC);
		(void)snprintf(name, sizeof name, ":%s", id->names[i]);
		bind_named(*out, name, id->values[i]);
	}
	week_format(t->week, week);
	bind_named(*out, ":week", week);
	bind_named(*out, ":city", t->rules->office->code);
	if (calendar_window(t->rules->calendar, t->week, &w, why) == 0) {
		char day[11];

		day_format(w.as_of, day);
		bind_named(*out, ":as_of", day);
	}
	return 0;
}

/* How many rows; and the sum of the field itself, where a unit's figure is one of many that were added. */
static int count_rows(struct tracing *t, sqlite3 *db, const struct input *in, const struct level *at,
    sqlite3_stmt **row, struct why *why)
{
	bool adds = at->field != NULL && in->measure != NULL && in->measure != at->m && !in->everyone &&
	    names_have(&in->shown, at->field);
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "SELECT count(*), ");
	if (adds) {
		buf_str(&sql, "sum(");
		sql_name(&sql, at->field);
		buf_str(&sql, ") AS ");
		sql_name(&sql, at->field);
	} else {
		buf_str(&sql, "NULL");
	}
	sql_input(&sql, t, in, at->id);
	rc = prepare_input(t, db, in, &sql, at->id, row, why);
	if (rc == 0 && sqlite3_step(*row) != SQLITE_ROW)
		rc = db_trouble(db, in->table, why);
	buf_free(&sql);
	return rc;
}

static int
show_count(struct tracing *t, sqlite3 *db, const struct input *in, const struct level *at, struct why *why)
{
	sqlite3_stmt *row = NULL;
	int rc = count_rows(t, db, in, at, &row, why);

	if (rc == 0) {
		tree_number(&t->out, "rows", sqlite3_column_int64(row, 0));
		if (sqlite3_column_type(row, 1) == SQLITE_INTEGER && sqlite3_column_int64(row, 0) > 1) {
			tree_open(&t->out, "sum", '{');
			trace_column(t, in->measure, row, 1);
			tree_close(&t->out, '}');
		}
	}
	(void)sqlite3_finalize(row);
	return rc;
}

/* ---- rows of forms ---- */

/* then two columns a field: as it is, as text */
enum { FORM_UNIT, FORM_KEY, FORM_SUBMISSION, FORM_ROW, FORM_VALUES };

/* A field's value, money as everywhere, and the cell it came from. */
static void show_input_field(struct tracing *t, const struct field *f, sqlite3_stmt *row, int column,
    const struct page *page, ptrdiff_t from)
{
	const char *plain = (const char *)sqlite3_column_text(row, column + 1);
	struct buf value = { 0 };

	trace_text(&value, f, row, column);
	if (f->type == FIELD_MONEY && plain != NULL)
		tree_money(&t->out, f->name, f, sqlite3_column_int64(row, column));
	else
		tree_value(&t->out, f->name, plain != NULL ? buf_cstr(&value) : NULL);
	cell_show(t, page, from, f, plain, true);
	buf_free(&value);
}

/* In a text the files are told once, at the end; what is wrong with one is told at each row. */
static void show_archived(struct tracing *t, const struct archived *file)
{
	if (t->out.json)
		archived_show(t, file, true);
	else if (!archived_is_equal(file))
		tree_value(&t->out, "checked", file->checked);
}

static int
show_form_input(struct tracing *t, const struct input *in, sqlite3_stmt *row, const char *lead,
    struct why *why)
{
	const char *key = (const char *)sqlite3_column_text(row, FORM_KEY);
	const char *id = (const char *)sqlite3_column_text(row, FORM_SUBMISSION);
	const struct archived *file = archived_find(t, id != NULL ? id : "", why);
	const struct page *page = NULL;
	ptrdiff_t from = -1;

	if (file == NULL)
		return -1;
	tree_row(&t->out, lead);
	tree_value(&t->out, "unit", (const char *)sqlite3_column_text(row, FORM_UNIT));
	tree_value(&t->out, "key", key);
	tree_value(&t->out, "submission", id);
	show_archived(t, file);
	tree_number(&t->out, "row", sqlite3_column_int64(row, FORM_ROW));
	if (in->shown.n > 0) {
		page = pages_find(t, id != NULL ? id : "", in->form->name);
		from = page_row(page, in->form, key != NULL ? key : "", sqlite3_column_int64(row, FORM_ROW));
	}
	for (size_t i = 0; i < in->shown.n; i++) {
		const struct field *f = form_field(in->form, in->shown.v[i]);

		if (f != NULL)
			show_input_field(t, f, row, FORM_VALUES + 2 * (int)i, page, from);
	}
	tree_row_said(&t->out);
	tree_row_end(&t->out);
	return 0;
}

static void sql_form_input(struct buf *sql, const struct tracing *t, const struct input *in,
    const struct identity *id)
{
	buf_str(sql, "SELECT unit, ");
	sql_key_text(sql, in->form, in->form->name);
	buf_str(sql, ", _submission, _row");
	for (size_t i = 0; i < in->shown.n; i++) {
		const struct field *f = form_field(in->form, in->shown.v[i]);

		buf_str(sql, ", ");
		sql_name(sql, in->shown.v[i]);
		buf_str(sql, f != NULL && f->type == FIELD_PERCENT ? ", printf('%!.17g', " : ", (");
		sql_name(sql, in->shown.v[i]);
		buf_char(sql, ')');
	}
	sql_input(sql, t, in, id);
	buf_str(sql, " ORDER BY 1, 2");
}

/* ---- rows of measures and of the rest ---- */

/* The column NAME of the row at hand; -1: none. */
static int column_of(sqlite3_stmt *row, const char *name)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		if (strcmp(sqlite3_column_name(row, i), name) == 0)
			return i;
	}
	return -1;
}

/* The columns shown of the row at hand, its unit and key in front. */
static void show_shown(struct tracing *t, const struct input *in, sqlite3_stmt *row,
    const struct identity *id)
{
	for (size_t i = 0; i < id->n; i++)
		tree_value(&t->out, id->names[i], id->values[i]);
	for (size_t i = 0; i < in->shown.n; i++) {
		int column = column_of(row, in->shown.v[i]);
		bool said = false;

		for (size_t k = 0; k < id->n; k++)
			said = said || strcmp(id->names[k], in->shown.v[i]) == 0;
		if (!said && column >= 0)
			trace_column(t, in->measure, row, column);
	}
}

/* The file of a row that was made of one of this week's: submission, finding, corrected. */
static int show_sender(struct tracing *t, sqlite3_stmt *row, struct why *why)
{
	int unit = column_of(row, "unit"), number = column_of(row, "number");
	const struct archived *file;
	char id[64], week[9];

	if (unit < 0 || number < 0)
		return 0;
	week_format(t->week, week);
	(void)snprintf(id, sizeof id, "%s/%s/%03d", week,
	    (const char *)sqlite3_column_text(row, unit), sqlite3_column_int(row, number));
	file = archived_find(t, id, why);
	if (file == NULL)
		return -1;
	tree_value(&t->out, "file", file->file.s);
	if (!archived_is_equal(file))
		tree_value(&t->out, "checked", file->checked);
	return 0;
}

static bool follows(const struct input *in, const struct level *at)
{
	return in->measure != at->m && !in->other_week;
}

/* The trace to ask for of a row that is not followed here: "WEEK TABLE KEY COLUMN". */
static void show_next(struct tracing *t, const struct input *in, sqlite3_stmt *row, const struct level *at,
    const struct identity *id)
{
	struct buf next = { 0 };
	char week[9];
	int other = column_of(row, "week");
	size_t i = 0;

	week_format(t->week, week);
	buf_fmt(&next, "%s %s", other >= 0 ? (const char *)sqlite3_column_text(row, other) : week, in->table);
	for (size_t k = 0; k < id->n; k++)
		buf_fmt(&next, " %s", id->values[k]);
	while (i + 1 < in->shown.n &&
	    (strcmp(in->shown.v[i], "week") == 0 || strcmp(in->shown.v[i], at->field) == 0))
		i++;
	if (i < in->shown.n)
		buf_fmt(&next, " %s", in->shown.v[i]);
	tree_value(&t->out, "next", buf_cstr(&next));
	buf_free(&next);
}

static int show_other_input(struct tracing *t, sqlite3 *db, const struct input *in, sqlite3_stmt *row,
    const struct level *at, const char *lead, struct why *why)
{
	struct identity id = { 0 };
	struct level below = { .m = in->measure, .id = &id, .depth = at->depth + 1 };
	int rc = identify(db, in->table, row, &id, why);

	below.field = in->shown.n > 0 ? in->shown.v[0] : at->field;
	tree_row(&t->out, lead);
	show_shown(t, in, row, &id);
	if (rc == 0 && in->measure == NULL)
		rc = show_sender(t, row, why);
	if (rc == 0 && at->field != NULL && in->measure != NULL && !follows(in, at))
		show_next(t, in, row, at, &id);
	tree_row_said(&t->out);
	/* Its own table's other rows are told of, not followed: they have traces of their own. */
	if (rc == 0 && at->field != NULL && in->measure != NULL && follows(in, at) && at->depth < DEEPEST)
		rc = show_inputs(t, db, &below, why);
	tree_row_end(&t->out);
	identity_free(&id);
	return rc;
}

/* ---- a table ---- */

static int show_rows(struct tracing *t, sqlite3 *db, const struct input *in, const struct level *at,
    const char *lead, struct why *why)
{
	struct names keys = { 0 };
	struct buf sql = { 0 };
	sqlite3_stmt *row = NULL;
	bool weekly;
	int rc = 0, step = SQLITE_DONE;

	if (in->form != NULL) {
		sql_form_input(&sql, t, in, at->id);
	} else {
		rc = key_names(db, in->table, &keys, &weekly, why);
		buf_str(&sql, "SELECT *");
		sql_input(&sql, t, in, at->id);
		buf_str(&sql, " ORDER BY ");
		for (size_t i = 0; i < keys.n; i++) {
			buf_str(&sql, i > 0 ? ", " : "");
			sql_name(&sql, keys.v[i]);
		}
		buf_str(&sql, keys.n == 0 ? "1" : "");
	}
	if (rc == 0)
		rc = prepare_input(t, db, in, &sql, at->id, &row, why);
	while (rc == 0 && (step = sqlite3_step(row)) == SQLITE_ROW)
		rc = in->form != NULL ? show_form_input(t, in, row, lead, why)
		    : show_other_input(t, db, in, row, at, lead, why);
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(db, in->table, why);
	(void)sqlite3_finalize(row);
	names_free(&keys);
	buf_free(&sql);
	return rc;
}

/* A table with its rows; in a text, below the first table, a line a row is enough. */
static int show_input(struct tracing *t, sqlite3 *db, const struct input *in, const struct level *at,
    struct why *why)
{
	int rc;

	if (!t->out.json && at->depth > 0)
		return in->counted ? 0 : show_rows(t, db, in, at, in->table, why);
	tree_open(&t->out, NULL, '{');
	tree_value(&t->out, "table", in->table);
	if (*in->where != '\0')
		tree_value(&t->out, "where", in->where);
	rc = show_count(t, db, in, at, why);
	if (rc == 0 && !in->counted) {
		tree_open(&t->out, "of", '[');
		rc = show_rows(t, db, in, at, NULL, why);
		tree_close(&t->out, ']');
	}
	tree_close(&t->out, '}');
	return rc;
}

/* What the head says may be there and is not says nothing to a reader, unless nothing is. */
static int
leave_empty(struct tracing *t, sqlite3 *db, struct input *v, size_t n, const struct level *at,
    struct why *why)
{
	size_t some = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		sqlite3_stmt *row = NULL;

		rc = count_rows(t, db, &v[i], at, &row, why);
		v[i].empty = rc == 0 && sqlite3_column_int64(row, 0) == 0;
		some += !v[i].empty;
		(void)sqlite3_finalize(row);
	}
	for (size_t i = 0; i < n; i++)
		v[i].empty = v[i].empty && (some > 0 || at->depth > 0);
	return rc;
}

static int show_list(struct tracing *t, sqlite3 *db, const struct input *v, size_t n, const struct level *at,
    struct why *why)
{
	bool opened = t->out.json || at->depth == 0;
	int rc = 0;

	if (opened)
		tree_open(&t->out, "rests_on", '[');
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!v[i].empty && (!v[i].counted || at->depth == 0))
			rc = show_input(t, db, &v[i], at, why);
	}
	if (opened)
		tree_close(&t->out, ']');
	return rc;
}

static int show_inputs(struct tracing *t, sqlite3 *db, const struct level *at, struct why *why)
{
	struct readings readings = { 0 };
	struct names names = { 0 };
	struct input *v = NULL;
	size_t n = 0;
	int rc;

	if (at->field != NULL)
		head_readings(at->m, at->field, &readings);
	names_read(at->m, &names);
	rc = readings.n > 0 ? inputs_read(t, db, at, &readings, &v, &n, why)
	    : inputs_guess(t, db, at, &names, &v, &n, why);
	if (rc == 0 && readings.n > 0)
		rc = leave_empty(t, db, v, n, at, why);
	if (rc == 0)
		rc = show_list(t, db, v, n, at, why);
	inputs_free(v, n);
	names_free(&names);
	readings_free(&readings);
	return rc;
}

int trace_inputs(struct tracing *t, sqlite3 *db, const struct measure *m, const char *field,
    const struct identity *id, struct why *why)
{
	struct level at = { .m = m, .field = field, .id = id };

	return show_inputs(t, db, &at, why);
}
