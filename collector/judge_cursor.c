/*
 * judge_cursor - rows of a table by key.  Files come in the order of their keys as a rule, and so do the rows
 * of a snapshot: then one walk over both costs a third of a search a row.
 */
#include <sqlite3.h>
#include <string.h>

#include "../common/db.h"
#include "judge.h"

/* Rows that are passed over before it is cheaper to search. */
#define STRIDE 8

static bool is_text_key(const struct form *form)
{
	return form->n_keys == 1 && strcmp(field_sql_type(form->fields[form->keys[0]].type), "TEXT") == 0;
}

int cursor_open(struct cursor *c, const struct judging *j, struct world *w, const struct form *form,
    const char *table, const char *columns, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	*c = (struct cursor){ .db = w->db, .ordered = is_text_key(form) };
	buf_str(&sql, "SELECT ");
	sql_name(&sql, form->fields[form->keys[0]].name);
	if (*columns != '\0')
		buf_str(&sql, ", ");
	buf_fmt(&sql, "%s FROM ", columns);
	sql_name(&sql, table);
	buf_str(&sql, " WHERE ");
	if (c->ordered) {
		sql_name(&sql, form->fields[form->keys[0]].name);
		buf_str(&sql, " >= ?1 ORDER BY 1");
	} else {
		world_key_is(&sql, form, "", 1);
	}
	rc = world_ready(j, w, table, why);
	if (rc == 0)
		rc = db_prepare(w->db, buf_cstr(&sql), &c->stmt, why);
	buf_free(&sql);
	return rc;
}

static int trouble(struct cursor *c, struct why *why)
{
	c->here = false;
	c->last = NULL;
	return db_trouble(c->db, "rows by key", why);
}

/* One row on, or to the end. */
static int step(struct cursor *c)
{
	int rc = sqlite3_step(c->stmt);

	c->here = rc == SQLITE_ROW;
	return c->here || rc == SQLITE_DONE ? 0 : -1;
}

static int compare(const struct cursor *c, const char *key)
{
	const char *here = (const char *)sqlite3_column_text(c->stmt, 0);

	return here != NULL ? strcmp(here, key) : -1;
}

static int seek(struct cursor *c, const char *key)
{
	(void)sqlite3_reset(c->stmt);
	if (sqlite3_bind_text(c->stmt, 1, key, -1, SQLITE_STATIC) != SQLITE_OK)
		return -1;
	return step(c);
}

/*
 * Between calls the statement stands on the first row that is not before LAST, or at the end: so a key that
 * is not before LAST, but before the row, is nowhere.
 */
int cursor_find_text(struct cursor *c, const char *key, struct why *why)
{
	int order = c->here ? compare(c, key) : 1;
	bool forward = c->last != NULL && strcmp(c->last, key) <= 0;

	for (int i = 0; forward && order < 0 && i < STRIDE; i++) {
		if (step(c) != 0)
			return trouble(c, why);
		order = c->here ? compare(c, key) : 1;
	}
	if (!forward || order < 0) {
		if (seek(c, key) != 0)
			return trouble(c, why);
		order = c->here ? compare(c, key) : 1;
	}
	c->last = key;
	return order == 0;
}

int cursor_find(struct cursor *c, const struct form *form, const struct value *values, struct why *why)
{
	struct binder b = { .stmt = c->stmt };

	if (c->ordered && values[form->keys[0]].kind == VALUE_TEXT)
		return cursor_find_text(c, values[form->keys[0]].s, why);
	(void)sqlite3_reset(c->stmt);
	c->last = NULL;
	c->here = false;
	if (c->ordered)                 /* the key is no text: no row has it */
		return 0;
	for (size_t i = 0; i < form->n_keys; i++)
		put_value(&b, &values[form->keys[i]]);
	if (b.rc != SQLITE_OK || step(c) != 0)
		return trouble(c, why);
	return c->here;
}

void cursor_close(struct cursor *c)
{
	(void)sqlite3_finalize(c->stmt);
	*c = (struct cursor){ 0 };
}
