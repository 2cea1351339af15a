/*
 * trace_measure - a row of a measure: what the asked column is and means, its SQL file and what the head of
 * that file says, and the rows it rests on (trace_input).
 */
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "aggregator.h"

const struct measure *trace_find_measure(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_measures; i++) {
		if (strcmp(rs->measures[i].name, name) == 0)
			return &rs->measures[i];
	}
	return NULL;
}

/* ---- keys ---- */

void identity_free(struct identity *id)
{
	for (size_t i = 0; i < id->n; i++) {
		free(id->names[i]);
		free(id->values[i]);
	}
	free(id->names);
	free(id->values);
	*id = (struct identity){ 0 };
}

int key_names(sqlite3 *db, const char *table, struct names *out, bool *weekly, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = db_prepare(db,
	    "SELECT name FROM pragma_table_info(?1, 'main') WHERE pk > 0 ORDER BY name <> 'unit', pk",
	    &stmt, why);

	*weekly = false;
	if (rc == 0)
		(void)sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
	while (rc == 0 && (rc = db_step(stmt, table, why)) == 1) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);

		rc = 0;
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

void sql_joined(struct buf *sql, const struct names *keys, bool unit, const char *empty)
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

/* NAMES with BETWEEN between. */
static void join(struct buf *out, const struct names *names, const char *between)
{
	for (size_t i = 0; i < names->n; i++) {
		buf_str(out, i > 0 ? between : "");
		buf_str(out, names->v[i]);
	}
}

int trace_no_row(const struct tracing *t, sqlite3 *db, const char *table, struct why *why)
{
	struct names keys = { 0 };
	struct buf sql = { 0 }, parts = { 0 };
	sqlite3_stmt *near = NULL;
	char week[9];
	bool weekly;
	int rc = key_names(db, table, &keys, &weekly, why);

	week_format(t->week, week);
	join(&parts, &keys, " ");
	buf_str(&sql, "SELECT key FROM (SELECT ");
	sql_joined(&sql, &keys, true, "''");
	buf_str(&sql, " AS key FROM ");
	sql_name(&sql, table);
	buf_str(&sql, weekly ? " WHERE week = ?2" : "");
	buf_str(&sql, ") ORDER BY key < ?1, CASE WHEN key >= ?1 THEN key END, key DESC LIMIT 1");
	if (rc == 0)
		rc = db_prepare(db, buf_cstr(&sql), &near, why);
	if (rc == 0) {
		(void)sqlite3_bind_text(near, 1, t->key, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(near, 2, week, -1, SQLITE_STATIC);
		rc = db_step(near, table, why);
	}
	if (rc == 1)
		rc = why_set(why, EX_DATAERR,
		    "%s, table %s: no row with the key \"%s\"; a key is \"%s\", such as \"%s\"",
		    week, table, t->key, buf_cstr(&parts), (const char *)sqlite3_column_text(near, 0));
	else if (rc == 0)
		rc = why_set(why, EX_DATAERR, "%s, table %s has no rows", week, table);
	(void)sqlite3_finalize(near);
	names_free(&keys);
	buf_free(&sql);
	buf_free(&parts);
	return rc;
}

int trace_no_column(const char *kind, const char *table, const char *column, const struct names *columns,
    struct why *why)
{
	struct buf has = { 0 };
	int rc;

	join(&has, columns, " ");
	rc = why_set(why, EX_USAGE, "%s %s has no column \"%s\"; it has %s", kind, table, column,
	    buf_cstr(&has));
	buf_free(&has);
	return rc;
}

int identify(sqlite3 *db, const char *table, sqlite3_stmt *row, struct identity *out, struct why *why)
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

/* ---- columns ---- */

/* The field of money that a measure's column is named after: the forms know its unit.  NULL: none is. */
static const struct field *money_field(const struct tracing *t, const struct measure *m, const char *name)
{
	const struct field *any = NULL;

	for (size_t i = 0; i < t->rules->n_forms; i++) {
		const struct form *form = t->rules->forms[i];
		const struct field *f = form_field(form, name);

		if (f != NULL && f->type == FIELD_MONEY)
			return f;
		for (size_t k = 0; any == NULL && k < form->n_fields; k++)
			any = form->fields[k].type == FIELD_MONEY ? &form->fields[k] : NULL;
	}
	return m != NULL && head_is_money(m, name) ? any : NULL;
}

void trace_column(struct tracing *t, const struct measure *m, sqlite3_stmt *row, int column)
{
	const char *name = sqlite3_column_name(row, column);
	const struct field *f = money_field(t, m, name);

	if (f != NULL && sqlite3_column_type(row, column) == SQLITE_INTEGER)
		tree_money(&t->out, name, f, sqlite3_column_int64(row, column));
	else
		tree_column(&t->out, row, column);
}

/* ---- the row ---- */

static bool is_beside(const struct readings *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++) {
		if (*r->v[i].table == '\0' && names_have(&r->v[i].columns, name))
			return true;
	}
	return false;
}

/* "SELECT 1 FROM table WHERE" it is the row ID of this week: :week is still to be bound. */
static int sql_identity(sqlite3 *db, const char *table, const struct identity *id, struct buf *sql,
    struct why *why)
{
	struct names keys = { 0 };
	bool weekly;
	int rc = key_names(db, table, &keys, &weekly, why);

	buf_str(sql, "SELECT 1 FROM ");
	sql_name(sql, table);
	buf_str(sql, weekly ? " WHERE week = :week" : " WHERE true");
	for (size_t i = 0; i < id->n; i++) {
		buf_str(sql, " AND ");
		sql_name(sql, id->names[i]);
		buf_str(sql, " = ");
		sql_text(sql, id->values[i]);
	}
	names_free(&keys);
	return rc;
}

/* Whether the condition R of the head of M holds for the row ID: 1, 0, -1. */
static int lack_holds(struct tracing *t, sqlite3 *db, const struct measure *m, const struct reading *r,
    const struct identity *id, struct why *why)
{
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	int holds = sql_identity(db, m->name, id, &sql, why);

	buf_fmt(&sql, " AND (%s)", r->where);
	if (holds == 0)
		holds = db_prepare(db, buf_cstr(&sql), &stmt, why);
	if (holds == 0) {
		trace_bind(t, stmt, id);
		holds = db_step(stmt, m->name, why);
	}
	if (holds < 0 && !db_is_disk_trouble(db))
		(void)why_config(why, m->file, r->line,
		    "\"-- " HEAD_EMPTY "\" of measure %s: its condition: %s", m->name, sqlite3_errmsg(db));
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	return holds;
}

/* The words of the first of LACKS that holds for the row ID. */
static int find_lack(struct tracing *t, sqlite3 *db, const struct measure *m, const struct readings *lacks,
    const struct identity *id, const char **words, struct why *why)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && *words == NULL && i < lacks->n; i++) {
		int holds = lack_holds(t, db, m, &lacks->v[i], id, why);

		if (holds == 1)
			*words = lacks->v[i].words;
		rc = holds < 0 ? -1 : 0;
	}
	return rc;
}

/* Why the field asked for is NULL: what a line "-- empty:" says, else what its meaning says of NULL. */
static int show_lack(struct tracing *t, sqlite3 *db, const struct measure *m, const struct identity *id,
    const struct names *asked, struct why *why)
{
	struct readings lacks = { 0 };
	struct buf means = { 0 };
	const char *words = NULL, *null;
	int rc;

	head_lacks(m, asked, &lacks);
	rc = find_lack(t, db, m, &lacks, id, &words, why);
	head_means(m, t->field, &means);
	null = strstr(buf_cstr(&means), "NULL");
	if (rc == 0 && words != NULL) {
		tree_value(&t->out, "empty", words);
	} else if (rc == 0 && null != NULL) {
		char *part = mem_ndup(null, strcspn(null, ";"));

		tree_value(&t->out, "empty", part);
		free(part);
	}
	buf_free(&means);
	readings_free(&lacks);
	return rc;
}

/* All columns; or the one that is asked for, whose it is, and what it is made of in the same row. */
static int show_columns(struct tracing *t, sqlite3 *db, const struct measure *m, sqlite3_stmt *row,
    const struct identity *id, const struct names *asked, struct why *why)
{
	struct readings readings = { 0 };
	int n = sqlite3_column_count(row), rc = 0;
	int at = t->field != NULL ? trace_column_of(row, t->field) : -1;

	for (size_t i = 0; t->field != NULL && i < id->n; i++)
		tree_value(&t->out, id->names[i], id->values[i]);
	for (int i = 0; i < n; i++) {
		if (t->field == NULL || i == at)
			trace_column(t, m, row, i);
	}
	if (at >= 0 && sqlite3_column_type(row, at) == SQLITE_NULL)
		rc = show_lack(t, db, m, id, asked, why);
	if (at >= 0)
		head_readings(m, asked, &readings);
	for (int i = 0; at >= 0 && i < n; i++) {
		if (i != at && is_beside(&readings, sqlite3_column_name(row, i)))
			trace_column(t, m, row, i);
	}
	readings_free(&readings);
	return rc;
}

/* Whether LINE of a head is for a trace, which shows what it says. */
static bool starts_any(const char *line)
{
	static const char *const marks[] = { HEAD_YUAN, HEAD_TRACE, HEAD_EMPTY };

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		if (strncmp(line, marks[i], strlen(marks[i])) == 0)
			return true;
	}
	return false;
}

/* What the head says of the field asked for; of none, or where it says nothing of it, all it says. */
static void show_definition(struct tracing *t, const struct measure *m)
{
	struct buf head = { 0 }, means = { 0 };

	tree_value(&t->out, "sql", m->file);
	if (t->field != NULL)
		head_means(m, t->field, &means);
	if (means.len > 0)
		tree_value(&t->out, "means", buf_cstr(&means));
	if (means.len == 0 || t->out.json) {
		measure_head(m, &head);
		tree_open(&t->out, "definition", '[');
		for (const char *p = buf_cstr(&head); *p != '\0';) {
			size_t len = strcspn(p, "\n");
			char *line = mem_ndup(p, len);

			/* So is what follows. */
			if (!starts_any(line))
				tree_value(&t->out, NULL, line);
			else
				len = strlen(p);
			free(line);
			p += len + (p[len] == '\n' ? 1 : 0);
		}
		tree_close(&t->out, ']');
	}
	buf_free(&head);
	buf_free(&means);
}

static int show_row(struct tracing *t, sqlite3 *db, const struct measure *m, sqlite3_stmt *row,
    struct why *why)
{
	struct identity id = { 0 };
	struct names asked = { 0 };
	struct level at = { .m = m, .fields = &asked, .id = &id, .row = row };
	int rc = identify(db, m->name, row, &id, why);

	if (t->field != NULL) {
		vec_room(asked.v, asked.n, asked.cap);
		asked.v[asked.n++] = mem_dup(t->field);
	}
	tree_open(&t->out, NULL, '{');
	if (rc == 0)
		rc = show_columns(t, db, m, row, &id, &asked, why);
	if (rc == 0)
		rc = trace_inputs(t, db, &at, why);
	tree_close(&t->out, '}');
	names_free(&asked);
	identity_free(&id);
	return rc;
}

int trace_measure(struct tracing *t, sqlite3 *db, const struct measure *m, size_t *n, struct why *why)
{
	struct buf sql = { 0 };
	struct names columns = { 0 };
	sqlite3_stmt *row = NULL;
	char week[9];
	int rc = db_columns(db, "main", m->name, &columns, why);

	if (rc == 0 && t->field != NULL && !names_have(&columns, t->field))
		rc = trace_no_column("measure", m->name, t->field, &columns, why);
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
	while (rc == 0 && (rc = db_step(row, m->name, why)) == 1) {
		rc = show_row(t, db, m, row, why);
		(*n)++;
	}
	if (row != NULL)
		tree_close(&t->out, ']');
	(void)sqlite3_finalize(row);
	names_free(&columns);
	buf_free(&sql);
	return rc;
}
