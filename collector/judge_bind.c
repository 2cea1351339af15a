/*
 * judge_bind - values into statements and out of them, in order; and the rows of a sheet into a table.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "judge.h"

void put_text(struct binder *b, const char *s)
{
	if (b->rc == SQLITE_OK)
		b->rc = s != NULL ? sqlite3_bind_text(b->stmt, ++b->at, s, -1, SQLITE_STATIC)
		    : sqlite3_bind_null(b->stmt, ++b->at);
}

void put_int(struct binder *b, int64_t v)
{
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_int64(b->stmt, ++b->at, v);
}

void put_place(struct binder *b, uint32_t v)
{
	if (v != 0)
		put_int(b, v);
	else
		put_text(b, NULL);
}

void put_value(struct binder *b, const struct value *v)
{
	if (v->kind == VALUE_INTEGER)
		put_int(b, v->i);
	else if (v->kind == VALUE_TEXT)
		put_text(b, v->s);
	else if (v->kind != VALUE_REAL)
		put_text(b, NULL);
	else if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_double(b->stmt, ++b->at, v->r);
}

int put_done(struct binder *b)
{
	bool good = b->rc == SQLITE_OK && sqlite3_step(b->stmt) == SQLITE_DONE;

	(void)sqlite3_reset(b->stmt);
	b->at = 0;
	return good ? 0 : -1;
}

struct value column_value(sqlite3_stmt *stmt, int i)
{
	sqlite3_value *v = sqlite3_column_value(stmt, i);       /* without threads it is as good as protected */

	switch (sqlite3_value_type(v)) {
	case SQLITE_INTEGER:
		return (struct value){ .kind = VALUE_INTEGER, .i = sqlite3_value_int64(v) };
	case SQLITE_FLOAT:
		return (struct value){ .kind = VALUE_REAL, .r = sqlite3_value_double(v) };
	case SQLITE_NULL:
		return (struct value){ .kind = VALUE_NULL };
	default:
		return (struct value){ .kind = VALUE_TEXT, .s = (const char *)sqlite3_value_text(v) };
	}
}

/* ---- rows into a table ---- */

/* Rationale: to begin and end a statement costs a third of a row; to prepare one, as much as it has rows. */
#define ROWS_A_STATEMENT 8

/* N times the parameters that bind_row binds. */
static int prepare_rows(struct binder *b, sqlite3 *db, const char *table, const struct form *form, size_t n,
    struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_fmt(&sql, "INSERT INTO main.");
	sql_name(&sql, table);
	buf_str(&sql, " (");
	for (size_t i = 0; i < form->n_fields; i++) {
		sql_name(&sql, form->fields[i].name);
		buf_str(&sql, ", ");
	}
	buf_str(&sql, "op, note, correction, _row) VALUES ");
	for (size_t k = 0; k < n; k++) {
		buf_str(&sql, k == 0 ? "(?" : ", (?");
		for (size_t i = 0; i < form->n_fields + 3; i++)
			buf_str(&sql, ", ?");
		buf_char(&sql, ')');
	}
	(void)sqlite3_finalize(b->stmt);
	*b = (struct binder){ 0 };
	rc = db_prepare(db, buf_cstr(&sql), &b->stmt, why);
	buf_free(&sql);
	return rc;
}

/* What bind_row needs beside the statement. */
struct row_binder {
	struct value *values;           /* room for a row's */
	bool         *nothing;          /* by parameter: what is bound is NULL, as at first */
};

/* Rationale: half of all values are nothing, in the same columns row by row, and what is bound stays. */
static void put_again(struct binder *b, bool *nothing, const struct value *v)
{
	bool is_nothing = v->kind == VALUE_NULL || v->kind == VALUE_ABSENT;

	if (is_nothing && nothing[b->at]) {
		b->at++;
		return;
	}
	nothing[b->at] = is_nothing;
	put_value(b, v);
}

static void put_text_again(struct binder *b, bool *nothing, const char *s)
{
	put_again(b, nothing, &(struct value){ .kind = s != NULL ? VALUE_TEXT : VALUE_NULL, .s = s });
}

static void bind_row(struct binder *b, const struct judging *j, const struct judged_sheet *s,
    const struct judged_row *row, struct row_binder *r)
{
	row_unpack(s, row, r->values);
	for (size_t i = 0; i < s->sheet->form->n_fields; i++)
		put_again(b, r->nothing, &r->values[i]);
	put_text_again(b, r->nothing, op_word(&j->rs->messages, row->op));
	put_text_again(b, r->nothing, row->note);
	put_text_again(b, r->nothing, row->correction);
	put_int(b, row->row);
}

int insert_standing(sqlite3 *db, const char *table, const struct judging *j, const struct judged_sheet *s,
    struct why *why)
{
	size_t left = 0, bound = 0, of = 0;     /* rows of the statement at hand: bound, and in all */
	size_t parameters = (s->sheet->form->n_fields + 4) * ROWS_A_STATEMENT;
	struct row_binder r = { mem_zero(s->sheet->form->n_fields + 1, sizeof *r.values),
	    mem_zero(parameters, sizeof *r.nothing) };
	struct binder b = { 0 };
	int rc = 0;

	for (size_t i = 0; i < s->n_rows; i++)
		left += !s->rows[i].held;
	for (size_t i = 0; rc == 0 && i < s->n_rows; i++) {
		size_t wanted = left < ROWS_A_STATEMENT ? left : ROWS_A_STATEMENT;

		if (s->rows[i].held)
			continue;
		if (bound == 0 && of != wanted) {
			rc = prepare_rows(&b, db, table, s->sheet->form, of = wanted, why);
			memset(r.nothing, true, parameters * sizeof *r.nothing);
		}
		if (rc != 0)
			break;
		bind_row(&b, j, s, &s->rows[i], &r);
		if (++bound < of)
			continue;
		if (put_done(&b) != 0)
			rc = db_trouble(db, table, why);
		left -= of;
		bound = 0;
	}
	(void)sqlite3_finalize(b.stmt);
	free(r.values);
	free(r.nothing);
	return rc;
}
