/*
 * trace_measure - a row of a measure: its SQL file, what the head of that file says, its columns, and the
 * rows of the tables it reads (named after FROM and JOIN) that have the same unit and key, each with its own
 * origin.
 *
 * With a field: tables that have a column of that name are followed down to cells, through measures on the
 * way; of the others only the number of rows is told.  A row of the office rests on the rows of all units.
 */
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "../common/sqltext.h"
#include "../common/text.h"
#include "aggregator.h"

#define DEEPEST 3               /* measures upon measures */

/* What a row is known by: names and values of its key, the unit included, the week left out. */
struct identity {
	char **names, **values;
	size_t n;
};

struct input {
	const char           *table;
	const struct form    *form;     /* one of these, or neither (submission, finding, due ...) */
	const struct measure *measure;
	struct names          columns;
	bool                  has_field;
};

static void identity_free(struct identity *id)
{
	for (size_t i = 0; i < id->n; i++) {
		free(id->names[i]);
		free(id->values[i]);
	}
	free(id->names);
	free(id->values);
	*id = (struct identity){ 0 };
}

static const struct measure *find_measure(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_measures; i++) {
		if (strcmp(rs->measures[i].name, name) == 0)
			return &rs->measures[i];
	}
	return NULL;
}

/* ---- keys of measures ---- */

/* Names of the primary key of TABLE without the week, the unit first. */
static int key_names(sqlite3 *db, const char *table, struct names *out, bool *weekly, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = db_prepare(db,
	    "SELECT name FROM pragma_table_info(?1, 'main') WHERE pk > 0 ORDER BY name <> 'unit', pk",
	    &stmt, why);

	*weekly = false;
	if (rc == 0)
		(void)sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
	while (rc == 0 && sqlite3_step(stmt) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);

		if (strcmp(name, "week") == 0) {
			*weekly = true;
			continue;
		}
		vec_room(out->v, out->n, out->cap);
		out->v[out->n++] = mem_dup(name);
	}
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* "k1 || ' ' || k2", with the unit or without. */
static void sql_joined(struct buf *sql, const struct names *keys, bool unit, const char *empty)
{
	size_t n = 0;

	for (size_t i = 0; i < keys->n; i++) {
		if (!unit && strcmp(keys->v[i], "unit") == 0)
			continue;
		buf_str(sql, n++ > 0 ? " || ' ' || " : "");
		sql_name(sql, keys->v[i]);
	}
	buf_str(sql, n == 0 ? empty : "");
}

/* The key of a measure as one text; the week is known, the unit may be left out. */
static int sql_measure(sqlite3 *db, const char *table, struct buf *sql, struct why *why)
{
	struct names keys = { 0 };
	bool weekly;
	int rc = key_names(db, table, &keys, &weekly, why);

	buf_str(sql, "SELECT * FROM ");
	sql_name(sql, table);
	buf_str(sql, " WHERE ?1 IN (");
	sql_joined(sql, &keys, true, "''");
	buf_str(sql, ", ");
	sql_joined(sql, &keys, false, "NULL");
	buf_fmt(sql, ")%s ORDER BY ", weekly ? " AND week = ?2" : "");
	sql_joined(sql, &keys, true, "1");
	names_free(&keys);
	return rc;
}

/* What the row at hand is known by; its unit too where that is no part of the key. */
static int identify(sqlite3 *db, const char *table, sqlite3_stmt *row, struct identity *out, struct why *why)
{
	struct names keys = { 0 };
	bool weekly;
	int rc = key_names(db, table, &keys, &weekly, why), columns = sqlite3_column_count(row);

	out->names = mem_zero((size_t)columns, sizeof *out->names);
	out->values = mem_zero((size_t)columns, sizeof *out->values);
	for (int i = 0; rc == 0 && i < columns; i++) {
		const char *name = sqlite3_column_name(row, i);
		const char *value = (const char *)sqlite3_column_text(row, i);

		if (value == NULL || (!names_have(&keys, name) && strcmp(name, "unit") != 0))
			continue;
		out->names[out->n] = mem_dup(name);
		out->values[out->n++] = mem_dup(value);
	}
	names_free(&keys);
	return rc;
}

/* ---- what a measure reads ---- */

static void add_name(struct names *out, struct token k)
{
	char *name = k.kind == TOKEN_NAME ? mem_ndup(k.s + 1, k.n - 2) : mem_ndup(k.s, k.n);

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
		if (table && (k.kind == TOKEN_WORD || k.kind == TOKEN_NAME))
			add_name(out, k);
		table = token_is(k, "FROM") || token_is(k, "JOIN");
	}
}

/* Tables of the snapshot that M reads. */
static int list_inputs(struct tracing *t, sqlite3 *db, const struct measure *m, const struct names *names,
    struct input **out, size_t *n, struct why *why)
{
	struct input *v = mem_zero(names->n, sizeof *v);

	*n = 0;
	*out = v;
	for (size_t i = 0; i < names->n; i++) {
		struct input *in = &v[*n];

		if (strcmp(names->v[i], m->name) == 0 || !db_has_table(db, "main", names->v[i]) ||
		    strcmp(names->v[i], "unit") == 0)
			continue;
		in->table = names->v[i];
		in->form = ruleset_form(t->rules, in->table);
		in->measure = find_measure(t->rules, in->table);
		if (db_columns(db, "main", in->table, &in->columns, why) != 0)
			return -1;
		in->has_field = t->field != NULL && names_have(&in->columns, t->field) &&
		    (in->form != NULL || in->measure != NULL);
		(*n)++;
	}
	return 0;
}

static void inputs_free(struct input *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		names_free(&v[i].columns);
	free(v);
}

/* ---- rows that went in ---- */

static int show_inputs(struct tracing *t, sqlite3 *db, const struct measure *m, const struct identity *id,
    int depth, struct why *why);

/* The office's row rests on everybody's. */
static bool is_narrowed(const struct tracing *t, const struct identity *id, size_t i, const struct names *columns)
{
	return names_have(columns, id->names[i]) &&
	    (strcmp(id->names[i], "unit") != 0 || strcmp(id->values[i], t->rules->office->code) != 0);
}

/* "FROM table WHERE what it shares with ID", parameters ?1 on by place in ID, ?99 the week. */
static void sql_input(struct buf *sql, const struct tracing *t, const struct input *in, const struct identity *id)
{
	buf_str(sql, " FROM ");
	sql_name(sql, in->table);
	buf_str(sql, " WHERE true");
	for (size_t i = 0; i < id->n; i++) {
		if (!is_narrowed(t, id, i, &in->columns))
			continue;
		buf_str(sql, " AND ");
		sql_name(sql, id->names[i]);
		buf_fmt(sql, " = ?%zu", i + 1);
	}
	if (names_have(&in->columns, "week"))
		buf_str(sql, " AND week = ?99");
	/* Sums of the office are made from the units', not from its own. */
	if (in->measure != NULL && names_have(&in->columns, "unit")) {
		buf_str(sql, " AND unit <> ");
		sql_text(sql, t->rules->office->code);
	}
}

static int prepare_input(struct tracing *t, sqlite3 *db, const struct buf *sql, const struct identity *id,
    sqlite3_stmt **out, struct why *why)
{
	char week[9];

	if (db_prepare(db, buf_cstr(sql), out, why) != 0)
		return -1;
	for (size_t i = 0; i < id->n; i++)
		(void)sqlite3_bind_text(*out, (int)i + 1, id->values[i], -1, SQLITE_STATIC);
	week_format(t->week, week);
	(void)sqlite3_bind_text(*out, 99, week, -1, SQLITE_TRANSIENT);
	return 0;
}

static int
show_count(struct tracing *t, sqlite3 *db, const struct input *in, const struct identity *id, struct why *why)
{
	struct buf sql = { 0 };
	sqlite3_stmt *row = NULL;
	int rc;

	buf_str(&sql, "SELECT count(*)");
	sql_input(&sql, t, in, id);
	rc = prepare_input(t, db, &sql, id, &row, why);
	if (rc == 0 && sqlite3_step(row) == SQLITE_ROW)
		tree_number(&t->out, "rows", sqlite3_column_int64(row, 0));
	else if (rc == 0)
		rc = db_trouble(db, in->table, why);
	(void)sqlite3_finalize(row);
	buf_free(&sql);
	return rc;
}

enum { FORM_UNIT, FORM_KEY, FORM_SUBMISSION, FORM_ROW, FORM_VALUE, FORM_PLAIN };

/* A field's value, money as everywhere. */
static void
show_input_field(struct tracing *t, const struct field *f, sqlite3_stmt *row, int column, const char *plain)
{
	struct buf value = { 0 };

	trace_text(&value, f, row, column);
	if (f->type == FIELD_MONEY && plain != NULL)
		tree_money(&t->out, f->name, f, sqlite3_column_int64(row, column));
	else
		tree_value(&t->out, f->name, plain != NULL ? buf_cstr(&value) : NULL);
	buf_free(&value);
}

static int show_form_input(struct tracing *t, const struct input *in, sqlite3_stmt *row, struct why *why)
{
	const struct field *field = in->has_field ? form_field(in->form, t->field) : NULL;
	const char *key = (const char *)sqlite3_column_text(row, FORM_KEY);
	const char *id = (const char *)sqlite3_column_text(row, FORM_SUBMISSION);
	const char *plain = (const char *)sqlite3_column_text(row, FORM_PLAIN);
	const struct archived *file = archived_find(t, id != NULL ? id : "", why);
	const struct page *page;

	if (file == NULL)
		return -1;
	tree_open(&t->out, NULL, '{');
	tree_value(&t->out, "unit", (const char *)sqlite3_column_text(row, FORM_UNIT));
	tree_value(&t->out, "key", key);
	tree_value(&t->out, "submission", id);
	archived_show(t, file, true);
	tree_number(&t->out, "row", sqlite3_column_int64(row, FORM_ROW));
	if (field != NULL) {
		show_input_field(t, field, row, FORM_VALUE, plain);
		page = pages_find(t, id != NULL ? id : "", in->form->name);
		cell_show(t, page, page_row(page, in->form, key != NULL ? key : "",
		    sqlite3_column_int64(row, FORM_ROW)), field, plain, true);
	}
	tree_close(&t->out, '}');
	return 0;
}

static int show_form_inputs(struct tracing *t, sqlite3 *db, const struct input *in, const struct identity *id,
    struct why *why)
{
	const struct field *field = in->has_field ? form_field(in->form, t->field) : NULL;
	struct buf sql = { 0 };
	sqlite3_stmt *row = NULL;
	int rc, step = SQLITE_DONE;

	buf_str(&sql, "SELECT unit, ");
	sql_key_text(&sql, in->form, in->form->name);
	buf_str(&sql, ", _submission, _row");
	if (field != NULL) {
		buf_str(&sql, ", ");
		sql_name(&sql, field->name);
		buf_str(&sql, field->type == FIELD_PERCENT ? ", printf('%!.17g', " : ", (");
		sql_name(&sql, field->name);
		buf_char(&sql, ')');
	}
	sql_input(&sql, t, in, id);
	buf_str(&sql, " ORDER BY 1, 2");
	rc = prepare_input(t, db, &sql, id, &row, why);
	while (rc == 0 && (step = sqlite3_step(row)) == SQLITE_ROW)
		rc = show_form_input(t, in, row, why);
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(db, in->table, why);
	(void)sqlite3_finalize(row);
	buf_free(&sql);
	return rc;
}

/* The field of money that a measure's column is named after: the forms know its unit.  NULL: none is. */
static const struct field *money_field(const struct tracing *t, const char *name)
{
	for (size_t i = 0; i < t->rules->n_forms; i++) {
		const struct field *f = form_field(t->rules->forms[i], name);

		if (f != NULL && f->type == FIELD_MONEY)
			return f;
	}
	return NULL;
}

static void show_column(struct tracing *t, sqlite3_stmt *row, int column)
{
	const struct field *f = money_field(t, sqlite3_column_name(row, column));

	if (f != NULL && sqlite3_column_type(row, column) == SQLITE_INTEGER)
		tree_money(&t->out, f->name, f, sqlite3_column_int64(row, column));
	else
		tree_column(&t->out, row, column);
}

static int show_measure_input(struct tracing *t, sqlite3 *db, const struct input *in, sqlite3_stmt *row, int depth,
    struct why *why)
{
	struct identity id = { 0 };
	int rc = identify(db, in->table, row, &id, why);

	tree_open(&t->out, NULL, '{');
	for (size_t i = 0; i < id.n; i++)
		tree_value(&t->out, id.names[i], id.values[i]);
	for (int i = 0; in->has_field && i < sqlite3_column_count(row); i++) {
		if (strcmp(sqlite3_column_name(row, i), t->field) == 0)
			show_column(t, row, i);
	}
	if (rc == 0 && t->field != NULL && depth < DEEPEST)
		rc = show_inputs(t, db, in->measure, &id, depth + 1, why);
	tree_close(&t->out, '}');
	identity_free(&id);
	return rc;
}

static int show_measure_inputs(struct tracing *t, sqlite3 *db, const struct input *in, const struct identity *id,
    int depth, struct why *why)
{
	struct names keys = { 0 };
	struct buf sql = { 0 };
	sqlite3_stmt *row = NULL;
	bool weekly;
	int rc = key_names(db, in->table, &keys, &weekly, why), step = SQLITE_DONE;

	buf_str(&sql, "SELECT *");
	sql_input(&sql, t, in, id);
	buf_str(&sql, " ORDER BY ");
	sql_joined(&sql, &keys, true, "1");
	if (rc == 0)
		rc = prepare_input(t, db, &sql, id, &row, why);
	while (rc == 0 && (step = sqlite3_step(row)) == SQLITE_ROW)
		rc = show_measure_input(t, db, in, row, depth, why);
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(db, in->table, why);
	(void)sqlite3_finalize(row);
	names_free(&keys);
	buf_free(&sql);
	return rc;
}

static int show_input(struct tracing *t, sqlite3 *db, const struct input *in, bool list, const struct identity *id,
    int depth, struct why *why)
{
	int rc;

	tree_open(&t->out, NULL, '{');
	tree_value(&t->out, "table", in->table);
	rc = show_count(t, db, in, id, why);
	if (rc == 0 && list && (in->form != NULL || in->measure != NULL)) {
		tree_open(&t->out, "of", '[');
		rc = in->form != NULL ? show_form_inputs(t, db, in, id, why)
		    : show_measure_inputs(t, db, in, id, depth, why);
		tree_close(&t->out, ']');
	}
	tree_close(&t->out, '}');
	return rc;
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
 * Tables that have the field are followed.  Where none has it, it was made here: then the rows themselves are
 * named, of measures only at the top, else a city's figure would print the city.
 */
static int show_inputs(struct tracing *t, sqlite3 *db, const struct measure *m, const struct identity *id, int depth,
    struct why *why)
{
	struct names names = { 0 };
	struct input *v = NULL;
	size_t n = 0;
	bool some = false;
	int rc;

	names_read(m, &names);
	rc = list_inputs(t, db, m, &names, &v, &n, why);
	for (size_t i = 0; i < n; i++)
		some = some || v[i].has_field;
	if (some || depth == 0 || is_narrow(id)) {
		tree_open(&t->out, "rests_on", '[');
		for (size_t i = 0; rc == 0 && i < n; i++) {
			bool list = some ? v[i].has_field
			    : depth == 0 || (v[i].form != NULL && is_narrow(id));

			if (list || depth == 0)
				rc = show_input(t, db, &v[i], list, id, depth, why);
		}
		tree_close(&t->out, ']');
	}
	inputs_free(v, n);
	names_free(&names);
	return rc;
}

/* ---- the row ---- */

static void show_columns(struct tracing *t, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const char *name = sqlite3_column_name(row, i);

		if (t->field != NULL && strcmp(t->field, name) != 0)
			continue;
		show_column(t, row, i);
	}
}

static void show_definition(struct tracing *t, const struct measure *m)
{
	struct buf head = { 0 };

	measure_head(m, &head);
	tree_value(&t->out, "sql", m->file);
	tree_open(&t->out, "definition", '[');
	for (const char *p = buf_cstr(&head); *p != '\0';) {
		size_t len = strcspn(p, "\n");
		char *line = mem_ndup(p, len);

		tree_value(&t->out, NULL, line);
		free(line);
		p += len + (p[len] == '\n' ? 1 : 0);
	}
	tree_close(&t->out, ']');
	buf_free(&head);
}

static int show_row(struct tracing *t, sqlite3 *db, const struct measure *m, sqlite3_stmt *row, struct why *why)
{
	struct identity id = { 0 };
	int rc = identify(db, m->name, row, &id, why);

	tree_open(&t->out, NULL, '{');
	show_columns(t, row);
	if (rc == 0)
		rc = show_inputs(t, db, m, &id, 0, why);
	tree_close(&t->out, '}');
	identity_free(&id);
	return rc;
}

int trace_measure(struct tracing *t, sqlite3 *db, const struct measure *m, size_t *n, struct why *why)
{
	struct buf sql = { 0 };
	struct names columns = { 0 };
	sqlite3_stmt *row = NULL;
	char week[9];
	int rc = db_columns(db, "main", m->name, &columns, why), step = SQLITE_DONE;

	if (rc == 0 && t->field != NULL && !names_have(&columns, t->field))
		rc = why_set(why, EX_USAGE, "measure %s has no column \"%s\"", m->name, t->field);
	if (rc == 0)
		rc = sql_measure(db, m->name, &sql, why);
	if (rc == 0)
		rc = db_prepare(db, buf_cstr(&sql), &row, why);
	if (rc == 0) {
		week_format(t->week, week);
		(void)sqlite3_bind_text(row, 1, t->key, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(row, 2, week, -1, SQLITE_STATIC);
		show_definition(t, m);
		tree_open(&t->out, "rows", '[');
	}
	while (rc == 0 && (step = sqlite3_step(row)) == SQLITE_ROW) {
		rc = show_row(t, db, m, row, why);
		(*n)++;
	}
	if (row != NULL)
		tree_close(&t->out, ']');
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(db, m->name, why);
	(void)sqlite3_finalize(row);
	names_free(&columns);
	buf_free(&sql);
	return rc;
}
