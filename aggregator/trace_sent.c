/*
 * trace_sent - what this week's files brought beside rows of forms: the submissions themselves, what was
 * found wrong in them, what they corrected of sealed weeks.  Each row leads to its file, and to the cell it
 * speaks of.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "aggregator.h"

bool trace_is_sent(const char *table)
{
	static const char *const tables[] = { "submission", "finding", "corrected" };

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		if (strcmp(tables[i], table) == 0)
			return true;
	}
	return false;
}

/* The text in column NAME of the row at hand; NULL for NULL, and where there is no such column. */
static const char *text_of(sqlite3_stmt *row, const char *name)
{
	int i = trace_column_of(row, name);

	return i >= 0 ? (const char *)sqlite3_column_text(row, i) : NULL;
}

/* ---- the cell ---- */

/* Nothing can be read again of a file that was refused as a whole. */
static int is_readable(sqlite3_stmt *row, bool *out, struct why *why)
{
	sqlite3 *db = sqlite3_db_handle(row);
	sqlite3_stmt *stmt = NULL;
	const char *unit = text_of(row, "unit"), *number = text_of(row, "number");
	int rc = db_prepare(db,
	    "SELECT 1 FROM submission WHERE unit = ?1 AND number = ?2 AND verdict <> 'refused'", &stmt, why);

	if (rc == 0) {
		(void)sqlite3_bind_text(stmt, 1, unit, -1, SQLITE_TRANSIENT);
		(void)sqlite3_bind_text(stmt, 2, number, -1, SQLITE_TRANSIENT);
		rc = db_step(stmt, "submission", why);
		*out = rc == 1;
	}
	(void)sqlite3_finalize(stmt);
	return rc < 0 ? -1 : 0;
}

/* The cell of FIELD in a row of the file; of two that begin in one line, the one of KEY. */
static const struct raw_cell *find_cell(const struct page *page, const struct form *form,
    const struct field *field, const char *key, int64_t at)
{
	ptrdiff_t from = key != NULL ? page_row(page, form, key, at) : -1;

	for (size_t i = 0; from < 0 && i < page->n; i++) {
		if (*page->v[i].field == '\0' && page->v[i].row == at)
			from = (ptrdiff_t)i;
	}
	return from >= 0 ? page_cell(page, from, field) : NULL;
}

/* The cell that the row at hand, of submission ID, speaks of, if it speaks of one. */
static int show_cell(struct tracing *t, sqlite3_stmt *row, const char *id, struct why *why)
{
	const char *named = text_of(row, "form"), *column = text_of(row, "field"), *at = text_of(row, "row");
	const struct form *form = named != NULL ? ruleset_form(t->rules, named) : NULL;
	const struct field *field = form != NULL && column != NULL ? form_field(form, column) : NULL;
	const struct raw_cell *cell;
	bool readable = false;

	if (field == NULL || at == NULL)
		return 0;
	if (is_readable(row, &readable, why) != 0)
		return -1;
	if (!readable)
		return 0;
	cell = find_cell(pages_find(t, id, form->name), form, field, text_of(row, "key"),
	    sqlite3_column_int64(row, trace_column_of(row, "row")));
	if (cell == NULL)
		return 0;
	if (t->out.json) {
		tree_value(&t->out, "column", cell->place);
		tree_value(&t->out, "header", cell->header);
		tree_value(&t->out, "cell", cell->raw);
	} else {
		struct buf line = { 0 };

		buf_fmt(&line, "%s \"%s\" %s", cell->place, cell->header, cell->raw);
		tree_value(&t->out, "cell", buf_cstr(&line));
		buf_free(&line);
	}
	return 0;
}

/* ---- the sealed week ---- */

/* The value of FIELD in the row KEY of UNIT, as PAST has it, to *OUT (NULL for NULL); -2: no such row. */
static int ask_past(const struct past *past, const struct form *form, const struct field *field,
    const char *unit, const char *key, char **out, struct why *why)
{
	struct names have = { 0 };
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	const char *column = NULL, *value;
	int step = 0, rc = db_columns(past->db, "main", form->name, &have, why);

	if (rc == 0)
		column = field_column(field, have.v, have.n);
	if (column != NULL) {
		buf_str(&sql, "SELECT ");
		sql_name(&sql, column);
		buf_str(&sql, " FROM ");
		sql_name(&sql, form->name);
		buf_str(&sql, " WHERE unit = ?1 AND ");
		sql_key_text(&sql, form, form->name);
		buf_str(&sql, " = ?2");
		rc = db_prepare(past->db, buf_cstr(&sql), &stmt, why);
	}
	if (stmt != NULL) {
		(void)sqlite3_bind_text(stmt, 1, unit, -1, SQLITE_TRANSIENT);
		(void)sqlite3_bind_text(stmt, 2, key, -1, SQLITE_TRANSIENT);
		step = db_step(stmt, form->name, why);
	}
	if (step < 0)
		rc = -1;
	if (step == 1) {
		value = (const char *)sqlite3_column_text(stmt, 0);
		*out = value != NULL ? mem_dup(value) : NULL;
	} else if (rc == 0) {
		rc = -2;
	}
	(void)sqlite3_finalize(stmt);
	names_free(&have);
	buf_free(&sql);
	return rc;
}

/*
 * Of what is corrected: whether the week's snapshot has the old value, and the trace to ask for.  Where two
 * files of a week correct the same, the second one's old value is the first one's new one: then what stood
 * there is told.  A row that was moved since stands there under its old unit, and is only named.
 */
static int show_corrected(struct tracing *t, sqlite3_stmt *row, struct why *why)
{
	const char *name = text_of(row, "week"), *old = text_of(row, "old"), *key = text_of(row, "key");
	const char *named = text_of(row, "form"), *column = text_of(row, "field");
	const struct form *form = named != NULL ? ruleset_form(t->rules, named) : NULL;
	const struct field *field = form != NULL && column != NULL ? form_field(form, column) : NULL;
	const struct past *past;
	struct week week;
	struct buf next = { 0 };
	char *stood = NULL;
	int rc;

	if (trace_column_of(row, "old") < 0 || field == NULL || key == NULL || name == NULL ||
	    strlen(name) != 8 || week_parse(name, 8, &week) != 0)
		return 0;
	past = past_find(t, week, why);
	if (past == NULL)
		return -1;
	past_show(t, past);
	rc = past->db == NULL ? -2 : ask_past(past, form, field, text_of(row, "unit"), key, &stood, why);
	if (rc == 0) {
		bool same = stood == NULL || old == NULL ? stood == old : strcmp(stood, old) == 0;

		tree_value(&t->out, same ? "there" : "stood", same ? ARCHIVED_EQUAL : stood);
	}
	buf_fmt(&next, "%s %s %s %s", name, form->name, key, column);
	tree_value(&t->out, "next", buf_cstr(&next));
	buf_free(&next);
	free(stood);
	return rc == -2 ? 0 : rc;
}

/* ---- the file ---- */

int sent_show(struct tracing *t, sqlite3_stmt *row, bool brief, struct why *why)
{
	const char *unit = text_of(row, "unit"), *number = text_of(row, "number");
	const struct archived *file;
	char id[64], week[9];

	if (unit == NULL || number == NULL)
		return 0;
	week_format(t->week, week);
	(void)snprintf(id, sizeof id, "%s/%s/%03d", week, unit,
	    sqlite3_column_int(row, trace_column_of(row, "number")));
	file = archived_find(t, id, why);
	if (file == NULL)
		return -1;
	if (!brief) {
		tree_open(&t->out, "archived", '{');
		archived_show(t, file, false);
		tree_close(&t->out, '}');
	} else if (t->out.json) {
		archived_show(t, file, true);
	} else {
		tree_value(&t->out, "file", file->file.s);
		if (!archived_is_equal(file))
			tree_value(&t->out, "checked", file->checked);
	}
	return show_cell(t, row, id, why) != 0 ? -1 : show_corrected(t, row, why);
}

/* ---- such a row by itself ---- */

static int show_row(struct tracing *t, sqlite3_stmt *row, const struct names *keys, struct why *why)
{
	int rc;

	tree_open(&t->out, NULL, '{');
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const char *name = sqlite3_column_name(row, i);

		if (t->field == NULL || strcmp(t->field, name) == 0 || names_have(keys, name))
			tree_column(&t->out, row, i);
	}
	rc = sent_show(t, row, false, why);
	tree_close(&t->out, '}');
	return rc;
}

/* Rows whose key is ?1 or begins with it; of what was found, also those of the rule ?1. */
static void sql_sent(struct buf *sql, const char *table, const struct names *keys,
    const struct names *columns)
{
	buf_str(sql, "SELECT * FROM ");
	sql_name(sql, table);
	buf_str(sql, " WHERE substr(");
	sql_joined(sql, keys, true, "''");
	buf_str(sql, " || ' ', 1, length(?1) + 1) = ?1 || ' '");
	buf_str(sql, names_have(columns, "rule") ? " OR rule = ?1" : "");
	buf_str(sql, " ORDER BY unit, number");
	buf_str(sql, names_have(columns, "seq") ? ", seq" : "");
}

int trace_sent(struct tracing *t, sqlite3 *db, const char *table, size_t *n, struct why *why)
{
	struct names columns = { 0 }, keys = { 0 };
	struct buf sql = { 0 };
	sqlite3_stmt *row = NULL;
	bool weekly;
	int rc = db_columns(db, "main", table, &columns, why);

	if (rc == 0 && t->field != NULL && !names_have(&columns, t->field))
		rc = trace_no_column("table", table, t->field, &columns, why);
	if (rc == 0)
		rc = key_names(db, table, &keys, &weekly, why);
	sql_sent(&sql, table, &keys, &columns);
	if (rc == 0)
		rc = db_prepare(db, buf_cstr(&sql), &row, why);
	tree_open(&t->out, "rows", '[');
	if (rc == 0)
		(void)sqlite3_bind_text(row, 1, t->key, -1, SQLITE_STATIC);
	while (rc == 0 && (rc = db_step(row, table, why)) == 1) {
		rc = show_row(t, row, &keys, why);
		(*n)++;
	}
	tree_close(&t->out, ']');
	(void)sqlite3_finalize(row);
	names_free(&columns);
	names_free(&keys);
	buf_free(&sql);
	return rc;
}
