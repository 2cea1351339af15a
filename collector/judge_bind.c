/*
 * judge_bind - values into statements and out of them, in order.
 */
#include <sqlite3.h>

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
	switch (sqlite3_column_type(stmt, i)) {
	case SQLITE_INTEGER:
		return (struct value){ .kind = VALUE_INTEGER, .i = sqlite3_column_int64(stmt, i) };
	case SQLITE_FLOAT:
		return (struct value){ .kind = VALUE_REAL, .r = sqlite3_column_double(stmt, i) };
	case SQLITE_NULL:
		return (struct value){ .kind = VALUE_NULL };
	default:
		return (struct value){ .kind = VALUE_TEXT, .s = (const char *)sqlite3_column_text(stmt, i) };
	}
}
