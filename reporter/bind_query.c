/*
 * bind_query - the rows of a briefing's queries: each runs once and its rows are kept.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"

/* What every snapshot's meta has (README.md, Snapshot); a template may use no other. */
static const char *const meta_names[] = {
	"week", "state", "window_first", "window_last", "cutoff", "seal", "meeting", "as_of",
	"issue", "issue_total", "folded_at", "previous", "rules", "content", "gate",
	"sealed_by",                    /* of sealed weeks only: with a default */
};

static void row_room(struct result *r)
{
	size_t need = (r->n_rows + 1) * r->n_columns;

	if (need > r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16 * r->n_columns;
		r->cells = mem_grow(r->cells, r->cap, sizeof *r->cells);
	}
}

static struct value value_take(struct binding *b, sqlite3_stmt *s, int i)
{
	switch (sqlite3_column_type(s, i)) {
	case SQLITE_INTEGER:
		return (struct value){ .type = VALUE_INT, .i = sqlite3_column_int64(s, i) };
	case SQLITE_FLOAT:
		return (struct value){ .type = VALUE_REAL, .r = sqlite3_column_double(s, i) };
	case SQLITE_NULL:
		return (struct value){ .type = VALUE_NULL };
	default:
		return (struct value){ .type = VALUE_TEXT,
		    .s = arena_dup(b->arena, (const char *)sqlite3_column_text(s, i)) };
	}
}

static void columns_take(struct binding *b, sqlite3_stmt *s, struct result *r)
{
	r->n_columns = (size_t)sqlite3_column_count(s);
	r->columns = arena_alloc(b->arena, (r->n_columns + 1) * sizeof *r->columns);
	for (size_t i = 0; i < r->n_columns; i++)
		r->columns[i] = arena_dup(b->arena, sqlite3_column_name(s, (int)i));
}

int bind_trouble(struct binding *b, int line, const char *what)
{
	if (db_is_disk_trouble(b->db))
		return db_trouble(b->db, what, b->why);
	return why_config(b->why, b->b->file, line, "%s: %s", what, sqlite3_errmsg(b->db));
}

static int query_run(struct binding *b, const struct query *q, struct result *r)
{
	sqlite3_stmt *s = NULL;
	int rc = -1, step = SQLITE_DONE;

	if (sqlite3_prepare_v2(b->db, q->sql, -1, &s, NULL) != SQLITE_OK || !s) {
		bind_trouble(b, q->line, q->id);
		goto out;
	}
	columns_take(b, s, r);
	if (env_bind(s, &b->names, b->why) != 0)
		goto out;
	while (!b->checking && (step = sqlite3_step(s)) == SQLITE_ROW) {
		row_room(r);
		for (size_t i = 0; i < r->n_columns; i++)
			r->cells[r->n_rows * r->n_columns + i] = value_take(b, s, (int)i);
		r->n_rows++;
	}
	if (step != SQLITE_DONE) {
		bind_trouble(b, q->line, q->id);
		goto out;
	}
	rc = 0;
out:
	sqlite3_finalize(s);
	return rc;
}

int bind_meta(sqlite3 *db, const char *name, struct arena *arena, char **out, struct why *why)
{
	sqlite3_stmt *s = NULL;
	int rc;

	*out = NULL;
	if (db_prepare(db, "SELECT value FROM meta WHERE name = ?1", &s, why) != 0)
		return -1;
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	rc = db_step(s, "meta", why);
	if (rc == 1)
		*out = arena_dup(arena, (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return rc < 0 ? -1 : 0;
}

/* Meta as a result of one row, a column a name. */
int bind_meta_read(struct binding *b)
{
	size_t n = sizeof meta_names / sizeof *meta_names;
	struct result *r = &b->meta;

	*r = (struct result){ .id = "meta", .n_columns = n, .n_rows = 1 };
	r->columns = arena_alloc(b->arena, n * sizeof *r->columns);
	r->cells = mem_zero(n, sizeof *r->cells);
	for (size_t i = 0; i < n; i++) {
		char *value = NULL;

		r->columns[i] = arena_dup(b->arena, meta_names[i]);
		if (!b->checking && bind_meta(b->db, meta_names[i], b->arena, &value, b->why) != 0)
			return -1;
		if (value)
			r->cells[i] = (struct value){ .type = VALUE_TEXT, .s = value };
	}
	return 0;
}

/* ONLY: the one query that is asked; NULL: all, and the meta. */
int bind_results(struct binding *b, const char *only)
{
	if (!only && bind_meta_read(b) != 0)
		return -1;
	b->results = mem_zero(b->b->n_queries + 1, sizeof *b->results);
	for (size_t i = 0; i < b->b->n_queries; i++) {
		b->results[i].id = b->b->queries[i].id;
		if (only && strcmp(b->results[i].id, only) != 0)
			continue;
		if (query_run(b, &b->b->queries[i], &b->results[i]) != 0)
			return -1;
	}
	return 0;
}

void binding_free(struct binding *b)
{
	for (size_t i = 0; b->results && i < b->b->n_queries; i++)
		free(b->results[i].cells);
	free(b->results);
	free(b->meta.cells);
	free(b->counts);
	free(b->marks);
}
