/*
 * fold_sql - the statements of the fold: pieces of their text, running them, and what they reach.
 */
#include <sqlite3.h>
#include <string.h>

#include "../common/env.h"
#include "aggregator.h"

static void bind_name(sqlite3_stmt *stmt, const char *name, const char *value)
{
	int at = sqlite3_bind_parameter_index(stmt, name);

	if (at != 0)
		(void)sqlite3_bind_text(stmt, at, value, -1, SQLITE_STATIC);
}

/* Run STMT, which returns nothing, and be done with it; NULL: it could not be prepared, and WHY says so. */
static int finish(struct folding *g, sqlite3_stmt *stmt, const char *what, struct why *why)
{
	int rc = stmt != NULL ? 0 : -1;

	if (rc == 0 && sqlite3_step(stmt) != SQLITE_DONE)
		rc = db_trouble(g->db, what, why);
	(void)sqlite3_finalize(stmt);
	return rc;
}

int fold_run(struct folding *g, const struct buf *sql, const struct place *at, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int number;

	if (db_prepare(g->db, buf_cstr(sql), &stmt, why) == 0) {
		bind_name(stmt, ":week", g->week);
		if (at != NULL) {
			bind_name(stmt, ":unit", at->unit);
			bind_name(stmt, ":id", at->id);
			bind_name(stmt, ":declared", at->declared);
			bind_name(stmt, ":after", at->after);
			bind_name(stmt, ":until", at->until);
			number = sqlite3_bind_parameter_index(stmt, ":number");
			if (number != 0)
				(void)sqlite3_bind_int(stmt, number, at->number);
		}
	}
	return finish(g, stmt, "fold", why);
}

int fold_ask(struct folding *g, const struct buf *sql, const struct form *form, struct why *why)
{
	struct env_names names = {
		.unit = NULL, .city = g->f->rules->office->code, .week = g->f->window.week,
		.as_of = g->f->window.as_of,
	};
	sqlite3_stmt *stmt = NULL;

	if (db_prepare(g->db, buf_cstr(sql), &stmt, why) == 0 && env_bind(stmt, &names, why) != 0) {
		(void)sqlite3_finalize(stmt);
		return -1;
	}
	return finish(g, stmt, form->name, why);
}

int fold_attach_temporary(struct folding *g, sqlite3 *db, const char *path, const char *schema,
    struct why *why)
{
	struct buf temporary = { 0 };
	int rc;

	fsio_temporary(&temporary, path);
	rc = db_attach(db, g->f->site, buf_cstr(&temporary), DB_SNAPSHOT, schema, why);
	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s is gone: run again", buf_cstr(&temporary));
	buf_free(&temporary);
	return rc;
}

int fold_attach_own(struct folding *g, sqlite3 *db, const char *schema, struct why *why)
{
	struct path p;

	return fold_attach_temporary(g, db, site_snapshot(&p, g->f->window.week), schema, why);
}

int fold_has_rows(struct folding *g, const char *table, bool *out, struct why *why)
{
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	int step, rc = -1;

	buf_fmt(&sql, "SELECT 1 FROM temp.%s LIMIT 1", table);
	if (db_prepare(g->db, buf_cstr(&sql), &stmt, why) != 0)
		goto out;
	step = db_step(stmt, table, why);
	*out = step == 1;
	rc = step < 0 ? -1 : 0;
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	return rc;
}

bool names_have(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->v[i], name) == 0)
			return true;
	}
	return false;
}

/* Today's fields as a table with columns HAVE gives them: NULL for what it lacks; a comma after each. */
void sql_fields_of(struct buf *b, const struct form *form, const char *alias, const struct names *have)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		const char *column = field_column(&form->fields[i], have->v, have->n);

		if (column != NULL)
			sql_column(b, alias, column);
		else
			buf_str(b, "NULL");
		buf_str(b, ", ");
	}
}

/* Whether a table with columns HAVE can be read by today's key. */
bool form_has_keys(const struct form *form, const struct names *have)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		if (!names_have(have, form->fields[form->keys[i]].name))
			return false;
	}
	return true;
}
