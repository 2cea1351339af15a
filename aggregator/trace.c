/*
 * trace - what a figure rests on: for a row of a form the submission, the archived file, its digest and
 * the physical row, and how it came to be over the weeks; for a row of a measure its SQL and what that says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "../common/text.h"
#include "aggregator.h"

#define LABEL_CAP 65536

/* A tree of names and values on stdout, as JSON or as indented lines. */
struct tree {
	bool json, first;
	int  depth;
};

struct tracing {
	const struct proc *p;
	struct week        week;
	const char        *key, *field;
	struct tree        out;
	bool               differs;     /* an archived file is not what its label says */
};

/* ---- the tree ---- */

static void
json_text(const char *s)
{
	(void)putchar('"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			(void)printf("\\%c", c);
		else if (c < 0x20)
			(void)printf("\\u%04x", c);
		else
			(void)putchar(c);
	}
	(void)putchar('"');
}

/* What comes before a name or an element. */
static void
tree_lead(struct tree *t, const char *name)
{
	if (t->json) {
		(void)printf("%s\n%*s", t->first ? "" : ",", 2 * t->depth, "");
		if (name != NULL) {
			json_text(name);
			(void)printf(": ");
		}
	} else {
		(void)printf("%*s", 2 * (t->depth - 1), "");
		if (name != NULL)
			(void)printf("%s:", name);
	}
	t->first = false;
}

static void
tree_open(struct tree *t, const char *name, char bracket)
{
	if (t->depth > 0 && (t->json || name != NULL)) {
		tree_lead(t, name);
		if (!t->json)
			(void)putchar('\n');
	}
	if (t->json)
		(void)putchar(bracket);
	t->depth++;
	t->first = true;
}

static void
tree_close(struct tree *t, char bracket)
{
	t->depth--;
	if (t->json)
		(void)printf("\n%*s%c", 2 * t->depth, "", bracket);
	t->first = false;
	if (t->depth == 0 && t->json)
		(void)putchar('\n');
}

/* NULL is null, or a dash. */
static void
tree_value(struct tree *t, const char *name, const char *value)
{
	struct buf shown = { 0 };

	tree_lead(t, name);
	if (t->json && value == NULL) {
		(void)printf("null");
	} else if (t->json) {
		json_text(value);
	} else {
		text_escape(&shown, span_of(value != NULL ? value : "-"));
		(void)printf(" %s\n", buf_cstr(&shown));
	}
	buf_free(&shown);
}

static void
tree_number(struct tree *t, const char *name, int64_t value)
{
	tree_lead(t, name);
	(void)printf(t->json ? "%lld" : " %lld\n", (long long)value);
}

/* ---- rows of forms ---- */

/* What a row says of its origin. */
struct origin {
	struct week week;
	char        unit[32];
	int         number;
};

/* "WEEK/UNIT/NNN" */
static int
origin_parse(const char *id, struct origin *out)
{
	const char *unit, *number;
	struct origin o;

	if (id == NULL || strlen(id) < 11 || week_parse(id, 8, &o.week) != 0 || id[8] != '/')
		return -1;
	unit = id + 9;
	number = strchr(unit, '/');
	if (number == NULL || (size_t)(number - unit) >= sizeof o.unit)
		return -1;
	memcpy(o.unit, unit, (size_t)(number - unit));
	o.unit[number - unit] = '\0';
	o.number = (int)strtol(number + 1, NULL, 10);
	*out = o;
	return 0;
}

/* The archived file of a submission, checked against its label. */
static int
show_file(struct tracing *t, const struct origin *o, struct why *why)
{
	struct buf label = { 0 };
	struct path file, p;
	char name[1024], want[DIGEST_HEX] = "", got[DIGEST_HEX] = "", received[40], receipt[32], week[9];
	int rc = fsio_read(t->p->site.dir, site_label(&p, o->week, o->unit, o->number), LABEL_CAP, &label,
	    why);

	week_format(o->week, week);
	(void)snprintf(receipt, sizeof receipt, "%s-%03d", week, o->number);
	tree_value(&t->out, "receipt", receipt);
	tree_value(&t->out, "file", site_archive(&file, o->week, o->unit, o->number));
	if (rc == 0) {
		const char *text = buf_cstr(&label);

		tree_value(&t->out, "name", line_value(text, "name", name, sizeof name) == 0 ? name : NULL);
		tree_value(&t->out, "received_at",
		    line_value(text, "received_at", received, sizeof received) == 0 ?
		    received : NULL);
		(void)line_value(text, "sha256", want, sizeof want);
		rc = fsio_digest(t->p->site.dir, file.s, got, NULL, why);
	}
	if (rc != -1) {
		bool same = rc == 0 && strcmp(got, want) == 0;

		tree_value(&t->out, "sha256", want);
		tree_value(&t->out, "checked", same ? "equal" : rc == -2 ? "MISSING" : "DIFFERENT");
		t->differs = t->differs || !same;
		rc = 0;
	}
	buf_free(&label);
	return rc;
}

static void
show_field(struct tracing *t, const struct field *f, sqlite3_stmt *row, int column)
{
	struct buf value = { 0 };
	bool null = sqlite3_column_type(row, column) == SQLITE_NULL;

	if (sqlite3_column_type(row, column) == SQLITE_INTEGER)
		field_show_int(&value, f, sqlite3_column_int64(row, column));
	else if (sqlite3_column_type(row, column) == SQLITE_FLOAT)
		field_show_real(&value, f, sqlite3_column_double(row, column));
	else if (!null)
		field_show_text(&value, f, (const char *)sqlite3_column_text(row, column));
	if (t->out.json) {
		tree_open(&t->out, NULL, '{');
		tree_value(&t->out, "field", f->name);
		tree_value(&t->out, "title", f->title);
		tree_value(&t->out, "value", null ? NULL : buf_cstr(&value));
		tree_value(&t->out, "unit", f->unit);
		tree_close(&t->out, '}');
	} else {
		buf_fmt(&value, "%s%s  (%s)", null ? "-" : "", f->unit != NULL &&
		    !null ? f->unit : "", f->title);
		tree_value(&t->out, f->name, buf_cstr(&value));
	}
	buf_free(&value);
}

/* SELECT unit, _submission, _first, _row, _week, note, fields... of the rows with key ?1 (and unit ?2). */
static void
sql_row(struct buf *sql, const struct form *form, const struct names *have, bool by_unit)
{
	buf_str(sql, "SELECT unit, _submission, _first, _row, _week, note");
	for (size_t i = 0; i < form->n_fields; i++) {
		bool known = false;

		for (size_t n = 0; n < have->n && !known; n++)
			known = strcmp(have->v[n], form->fields[i].name) == 0;
		buf_str(sql, ", ");
		if (known)
			sql_name(sql, form->fields[i].name);
		else
			buf_str(sql, "NULL");
	}
	buf_str(sql, " FROM ");
	sql_name(sql, form->name);
	buf_str(sql, " WHERE ");
	for (size_t i = 0; i < form->n_keys; i++) {
		buf_str(sql, i > 0 ? " || ' ' || " : "");
		sql_name(sql, form->fields[form->keys[i]].name);
	}
	buf_fmt(sql, " = ?1%s ORDER BY unit", by_unit ? " AND unit = ?2" : "");
}

static int
select_row(struct tracing *t, sqlite3 *db, const struct form *form, const char *unit, sqlite3_stmt **out,
    struct why *why)
{
	struct names have = { 0 };
	struct buf sql = { 0 };
	int rc = db_columns(db, "main", form->name, &have, why);

	if (rc == 0) {
		sql_row(&sql, form, &have, unit != NULL);
		rc = db_prepare(db, buf_cstr(&sql), out, why);
	}
	if (rc == 0) {
		(void)sqlite3_bind_text(*out, 1, t->key, -1, SQLITE_STATIC);
		if (unit != NULL)
			(void)sqlite3_bind_text(*out, 2, unit, -1, SQLITE_TRANSIENT);
	}
	names_free(&have);
	buf_free(&sql);
	return rc;
}

static void
show_fields(struct tracing *t, const struct form *form, sqlite3_stmt *row)
{
	tree_open(&t->out, "fields", '[');
	for (size_t i = 0; i < form->n_fields; i++) {
		if (t->field == NULL || strcmp(t->field, form->fields[i].name) == 0)
			show_field(t, &form->fields[i], row, 6 + (int)i);
	}
	tree_close(&t->out, ']');
}

/* Where a row stands in the archive: submission, file, line. */
static int
show_origin(struct tracing *t, sqlite3_stmt *row, struct why *why)
{
	const char *id = (const char *)sqlite3_column_text(row, 1);
	struct origin o;

	tree_value(&t->out, "submission", id);
	if (origin_parse(id, &o) != 0)
		return why_set(why, EX_DATAERR, "_submission \"%s\" is not WEEK/UNIT/NNN",
		    id != NULL ? id : "");
	if (show_file(t, &o, why) != 0)
		return -1;
	tree_number(&t->out, "row", sqlite3_column_int64(row, 3));
	return 0;
}

/* One older state of the row, if it came from elsewhere than *LATER, which moves on.  1: no such row then. */
static int
show_older(struct tracing *t, const struct form *form, struct week week, const char *unit, char **later,
    struct why *why)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *row = NULL;
	const char *id;
	struct path p;
	char text[9];
	int rc = db_open(&t->p->site, site_snapshot(&p, week), DB_SNAPSHOT, &db, why);

	if (rc == -2 || (rc == 0 && !db_has_table(db, "main", form->name))) {
		rc = 1;
		goto out;
	}
	if (rc != 0 || (rc = select_row(t, db, form, unit, &row, why)) != 0)
		goto out;
	if (sqlite3_step(row) != SQLITE_ROW) {
		rc = 1;
		goto out;
	}
	id = (const char *)sqlite3_column_text(row, 1);
	if (id != NULL && strcmp(id, *later) != 0) {
		week_format(week, text);
		tree_open(&t->out, NULL, '{');
		tree_value(&t->out, "week", text);
		rc = show_origin(t, row, why);
		if (rc == 0 && t->field != NULL)
			show_fields(t, form, row);
		tree_close(&t->out, '}');
		free(*later);
		*later = mem_dup(id);
	}
out:
	(void)sqlite3_finalize(row);
	db_close(db);
	return rc;
}

/* Back through the snapshots, wherever the row came from another submission. */
static int
show_history(struct tracing *t, const struct form *form, const char *unit, const char *id, struct why *why)
{
	struct window w, prev;
	char *later = mem_dup(id);
	int rc = calendar_window(t->p->rules->calendar, t->week, &w, why);

	tree_open(&t->out, "history", '[');
	while (rc == 0 && (rc = calendar_prev(t->p->rules->calendar, &w, &prev, why)) == 0) {
		rc = show_older(t, form, prev.week, unit, &later, why);
		w = prev;
	}
	tree_close(&t->out, ']');
	free(later);
	return rc < 0 ? -1 : 0;
}

static int
show_form_row(struct tracing *t, const struct form *form, sqlite3_stmt *row, struct why *why)
{
	const struct unit *named = ruleset_unit(t->p->rules, (const char *)sqlite3_column_text(row, 0));
	int rc;

	tree_open(&t->out, NULL, '{');
	tree_value(&t->out, "unit", (const char *)sqlite3_column_text(row, 0));
	tree_value(&t->out, "unit_name", named != NULL ? named->name : NULL);
	tree_value(&t->out, "reported_week", (const char *)sqlite3_column_text(row, 4));
	tree_value(&t->out, "first_this_week", (const char *)sqlite3_column_text(row, 2));
	rc = show_origin(t, row, why);
	show_fields(t, form, row);
	tree_value(&t->out, "note", (const char *)sqlite3_column_text(row, 5));
	if (rc == 0)
		rc = show_history(t, form, (const char *)sqlite3_column_text(row, 0),
		    (const char *)sqlite3_column_text(row, 1), why);
	tree_close(&t->out, '}');
	return rc;
}

static int
trace_form(struct tracing *t, sqlite3 *db, const struct form *form, size_t *n, struct why *why)
{
	sqlite3_stmt *row = NULL;
	int rc, step = SQLITE_DONE;

	if (t->field != NULL && form_field(form, t->field) == NULL)
		return why_set(why, EX_USAGE, "form %s has no field \"%s\"", form->name, t->field);
	rc = select_row(t, db, form, NULL, &row, why);
	while (rc == 0 && (step = sqlite3_step(row)) == SQLITE_ROW) {
		rc = show_form_row(t, form, row, why);
		(*n)++;
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(db, form->name, why);
	(void)sqlite3_finalize(row);
	return rc;
}

/* ---- rows of measures ---- */

/* The primary key of a measure as one text; the week is known, the unit may be left out. */
static int
sql_measure(sqlite3 *db, const char *table, struct buf *sql, struct why *why)
{
	struct buf whole = { 0 }, bare = { 0 };
	sqlite3_stmt *stmt = NULL;
	bool weekly = false;
	int rc = db_prepare(db,
	    "SELECT name FROM pragma_table_info(?1, 'main') WHERE pk > 0 ORDER BY name <> 'unit', pk",
	    &stmt, why);

	if (rc != 0)
		goto out;
	(void)sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);

		if (strcmp(name, "week") == 0) {
			weekly = true;
			continue;
		}
		buf_str(&whole, whole.len > 0 ? " || ' ' || " : "");
		sql_name(&whole, name);
		if (strcmp(name, "unit") == 0)
			continue;
		buf_str(&bare, bare.len > 0 ? " || ' ' || " : "");
		sql_name(&bare, name);
	}
	buf_str(sql, "SELECT * FROM ");
	sql_name(sql, table);
	buf_fmt(sql, " WHERE ?1 IN (%s, %s)%s ORDER BY %s", whole.len > 0 ? buf_cstr(&whole) : "''",
	    bare.len > 0 ? buf_cstr(&bare) : "NULL", weekly ? " AND week = ?2" : "",
	    whole.len > 0 ? buf_cstr(&whole) : "1");
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&whole);
	buf_free(&bare);
	return rc;
}

static void
show_columns(struct tracing *t, sqlite3_stmt *row)
{
	tree_open(&t->out, NULL, '{');
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const char *name = sqlite3_column_name(row, i);

		if (t->field != NULL && strcmp(t->field, name) != 0)
			continue;
		if (sqlite3_column_type(row, i) == SQLITE_INTEGER)
			tree_number(&t->out, name, sqlite3_column_int64(row, i));
		else
			tree_value(&t->out, name, (const char *)sqlite3_column_text(row, i));
	}
	tree_close(&t->out, '}');
}

static int
trace_measure(struct tracing *t, sqlite3 *db, const struct measure *m, size_t *n, struct why *why)
{
	struct buf sql = { 0 };
	sqlite3_stmt *row = NULL;
	char week[9];
	int rc = sql_measure(db, m->name, &sql, why), step = SQLITE_DONE;

	week_format(t->week, week);
	if (rc == 0)
		rc = db_prepare(db, buf_cstr(&sql), &row, why);
	if (rc == 0) {
		(void)sqlite3_bind_text(row, 1, t->key, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(row, 2, week, -1, SQLITE_STATIC);
	}
	while (rc == 0 && (step = sqlite3_step(row)) == SQLITE_ROW) {
		show_columns(t, row);
		(*n)++;
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(db, m->name, why);
	(void)sqlite3_finalize(row);
	buf_free(&sql);
	return rc;
}

static const struct measure *
find_measure(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_measures; i++) {
		if (strcmp(rs->measures[i].name, name) == 0)
			return &rs->measures[i];
	}
	return NULL;
}

static void
show_definition(struct tracing *t, const struct measure *m)
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

int
trace_show(const struct proc *p, struct week week, const char *table, const char *key, const char *field,
    bool json, struct why *why)
{
	struct tracing t = { .p = p, .week = week, .key = key, .field = field, .out = { .json = json } };
	const struct form *form = ruleset_form(p->rules, table);
	const struct measure *measure = find_measure(p->rules, table);
	struct path path;
	sqlite3 *db = NULL;
	char text[9];
	size_t n = 0;
	int rc;

	week_format(week, text);
	if (form == NULL && measure == NULL)
		return why_set(why, EX_USAGE, "\"%s\" is neither a form nor a measure", table);
	rc = db_open(&p->site, site_snapshot(&path, week), DB_SNAPSHOT, &db, why);
	if (rc == -2)
		rc = why_set(why, EX_DATAERR, "%s: there is no snapshot of this week", path.s);
	if (rc == 0 && !db_has_table(db, "main", table))
		rc = why_set(why, EX_DATAERR, "%s has no table %s", path.s, table);
	if (rc != 0)
		goto out;
	tree_open(&t.out, NULL, '{');
	tree_value(&t.out, "week", text);
	tree_value(&t.out, "table", table);
	tree_value(&t.out, "key", key);
	if (measure != NULL)
		show_definition(&t, measure);
	tree_open(&t.out, "rows", '[');
	rc = form != NULL ? trace_form(&t, db, form, &n, why) : trace_measure(&t, db, measure, &n, why);
	tree_close(&t.out, ']');
	tree_close(&t.out, '}');
	if (rc == 0 && n == 0)
		rc = why_set(why, EX_DATAERR, "%s, table %s: no row with the key \"%s\"", text, table, key);
	else if (rc == 0)
		rc = t.differs ? EX_PERSON : EX_DONE;
out:
	db_close(db);
	return rc;
}
