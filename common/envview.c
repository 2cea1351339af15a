/*
 * envview - last week's tables as today's texts read them: TEMP views over a snapshot, in today's columns;
 * and the tables that are the same for every unit, made once for all who read them.
 */
#include <string.h>

#include <sqlite3.h>

#include "buf.h"
#include "env.h"
#include "sqlfn.h"

/* ---- last week's tables ---- */

/* A snapshot of today without rows, in memory: what last week's tables are read as. */
static int model_open(const struct ruleset *rs, sqlite3 **out, struct why *why)
{
	sqlite3 *db = NULL;

	if (db_memory(&db, why) != 0)
		return -1;
	if (sqlfn_add(db, rs, why) != 0 || env_create_snapshot_tables(db, rs, why) != 0 ||
	    env_create_measures(db, rs, why) != 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

/* As much of it as TABLE, which is no form's, needs. */
static int model_open_for(const struct ruleset *rs, const char *table, sqlite3 **out, struct why *why)
{
	sqlite3 *db = NULL;
	const struct measure *m = NULL;

	for (size_t i = 0; i < rs->n_measures; i++)
		if (strcmp(rs->measures[i].name, table) == 0)
			m = &rs->measures[i];
	if (db_memory(&db, why) != 0)
		return -1;
	if (m != NULL ? env_create_measure(db, m, why) != 0
	    : env_create_snapshot_tables(db, rs, why) != 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

static bool names_have(const struct names *names, const char *s)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->v[i], s) == 0)
			return true;
	}
	return false;
}

/*
 * What COLUMN of today's table of FORM (NULL: no form's) is called among the columns OLD;
 * NULL: they lack it.
 */
static const char *old_column(const struct form *form, const char *column, const struct names *old)
{
	const struct field *f = form != NULL ? form_field(form, column) : NULL;

	if (f != NULL)
		return field_column(f, old->v, old->n);
	return names_have(old, column) ? column : NULL;
}

/*
 * A view in the making: today's columns out of what the old table has.  A missing column is a NULL of
 * today's type, so that comparisons behave alike.
 */
struct view {
	const struct form  *form;       /* NULL: no form's table */
	const char         *table, *prev, *unit;
	struct names        old;
	struct buf          sql;
	int                 n;
	bool                by_unit;
};

static void view_column(struct view *v, const char *column, const char *type)
{
	const char *was = old_column(v->form, column, &v->old);

	v->by_unit = v->by_unit || strcmp(column, "unit") == 0;
	buf_str(&v->sql, v->n++ > 0 ? ", " : "");
	if (was == NULL)
		buf_fmt(&v->sql, "CAST(NULL AS %s)", type != NULL && *type != '\0' ? type : "BLOB");
	else
		sql_name(&v->sql, was);
	buf_str(&v->sql, " AS ");
	sql_name(&v->sql, column);
}

static void view_end(struct view *v)
{
	if (v->old.n == 0) {
		buf_str(&v->sql, " WHERE 0");
		return;
	}
	buf_str(&v->sql, " FROM ");
	sql_name(&v->sql, v->prev);
	buf_char(&v->sql, '.');
	sql_name(&v->sql, v->table);
	if (v->unit != NULL && v->by_unit && (v->form == NULL || !v->form->by_office)) {
		buf_str(&v->sql, names_have(&v->old, "unit") ? " WHERE unit = " : " WHERE NULL = ");
		sql_text(&v->sql, v->unit);
	}
}

static int view_begin(sqlite3 *db, struct view *v, const char *name, struct why *why)
{
	if (v->prev != NULL && db_columns(db, v->prev, v->table, &v->old, why) != 0)
		return -1;
	buf_str(&v->sql, "DROP VIEW IF EXISTS temp.");
	sql_name(&v->sql, name);
	buf_str(&v->sql, "; CREATE TEMP VIEW ");
	sql_name(&v->sql, name);
	buf_str(&v->sql, " AS SELECT ");
	return 0;
}

static void view_free(struct view *v)
{
	names_free(&v->old);
	buf_free(&v->sql);
}

int env_form_view(sqlite3 *db, const struct form *form, const char *name, const char *prev, const char *unit,
    struct why *why)
{
	struct view v = { .form = form, .table = form->name, .prev = prev, .unit = unit };
	int rc = view_begin(db, &v, name, why);

	if (rc == 0) {
		view_column(&v, "unit", "TEXT");
		for (size_t i = 0; i < form->n_fields; i++)
			view_column(&v, form->fields[i].name, field_sql_type(form->fields[i].type));
		view_column(&v, "note", "TEXT");
		view_column(&v, "_week", "TEXT");
		view_column(&v, "_submission", "TEXT");
		view_column(&v, "_first", "TEXT");
		view_column(&v, "_row", "INTEGER");
		view_end(&v);
		rc = db_exec(db, buf_cstr(&v.sql), why);
	}
	view_free(&v);
	return rc;
}

/* Columns and types of TABLE of the model, in order; 1 if it has none. */
static int model_columns(sqlite3 *model, struct view *v, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (db_prepare(
		model, "SELECT name, type FROM pragma_table_info(?1, 'main') ORDER BY cid", &stmt, why) != 0)
		return -1;
	(void)sqlite3_bind_text(stmt, 1, v->table, -1, SQLITE_STATIC);
	while ((rc = db_step(stmt, v->table, why)) == 1)
		view_column(v, (const char *)sqlite3_column_text(stmt, 0),
		    (const char *)sqlite3_column_text(stmt, 1));
	(void)sqlite3_finalize(stmt);
	return rc == 0 && v->n == 0 ? 1 : rc;
}

static int prev_view(sqlite3 *db, sqlite3 *model, const struct ruleset *rs, const char *table,
    const char *prev, const char *unit, struct why *why)
{
	const struct form *form = ruleset_form(rs, table);
	struct view v = { .table = table, .prev = prev, .unit = unit };
	struct buf name = { 0 };
	int rc;

	buf_fmt(&name, "prev_%s", table);
	if (form != NULL) {
		rc = env_form_view(db, form, buf_cstr(&name), prev, unit, why);
	} else {
		rc = view_begin(db, &v, buf_cstr(&name), why);
		if (rc == 0)
			rc = model_columns(model, &v, why);
		if (rc == 0) {
			view_end(&v);
			rc = db_exec(db, buf_cstr(&v.sql), why);
		}
	}
	view_free(&v);
	buf_free(&name);
	return rc;
}

int env_prev_view(sqlite3 *db, const struct ruleset *rs, const char *table, const char *prev,
    const char *unit, struct why *why)
{
	sqlite3 *model = NULL;
	int rc = ruleset_form(rs, table) == NULL ? model_open_for(rs, table, &model, why) : 0;

	if (rc == 0)
		rc = prev_view(db, model, rs, table, prev, unit, why);
	db_close(model);
	return rc;
}

int env_prev_views(sqlite3 *db, const struct ruleset *rs, const char *prev, const char *unit, struct why *why)
{
	sqlite3 *model = NULL;
	sqlite3_stmt *stmt = NULL;
	int step, rc = -1;

	if (model_open(rs, &model, why) != 0)
		goto out;
	if (db_prepare(model, "SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name", &stmt,
		why) != 0)
		goto out;
	while ((step = db_step(stmt, "tables of the model", why)) == 1) {
		const char *table = (const char *)sqlite3_column_text(stmt, 0);

		if (prev_view(db, model, rs, table, prev, unit, why) != 0)
			goto out;
	}
	if (step < 0)
		goto out;
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	db_close(model);
	return rc;
}

/* ---- what is the same for every unit ---- */

int env_image_make(struct env_image *out, const struct ruleset *rs, struct why *why)
{
	sqlite3 *db = NULL;
	sqlite3_int64 n = 0;
	int rc = db_memory(&db, why);

	if (rc == 0)
		rc = env_fill_reference(db, rs, why);
	if (rc == 0) {
		out->bytes = sqlite3_serialize(db, "main", &n, 0);
		out->n = n;
		if (out->bytes == NULL)
			rc = db_trouble(db, "image", why);
	}
	db_close(db);
	return rc;
}

int env_image_attach(sqlite3 *db, const struct env_image *image, struct why *why)
{
	if (db_exec(db, "ATTACH ':memory:' AS reference", why) != 0)
		return -1;
	if (sqlite3_deserialize(db, "reference", image->bytes, image->n, image->n,
	    SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
		return db_trouble(db, "image", why);
	return 0;
}

void env_image_free(struct env_image *image)
{
	sqlite3_free(image->bytes);
	*image = (struct env_image){ 0 };
}
