/*
 * trace_past - the snapshots of other weeks, as far as a figure was carried from them: each opened once and
 * held against its seal, and the rows that were carried against those that stand there.
 */
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "../common/sqlfn.h"
#include "aggregator.h"

static void past_clear(struct past *p)
{
	db_close(p->db);
	free(p->state);
	free(p->snapshot);
	free(p);
}

/* Whether it is still the one that was sealed. */
static int check_seal(struct tracing *t, struct past *p, struct why *why)
{
	struct buf said = { 0 };
	int rc = seal_holds(&t->p->site, p->week, why);

	if (rc < 0)
		return -1;
	if (rc == 0)
		buf_str(&said, ARCHIVED_EQUAL);
	else
		buf_fmt(&said, "DIFFERENT: %s", why->text);
	p->snapshot = buf_take(&said);
	t->differs = t->differs || rc == 1;
	return 0;
}

static int open_past(struct tracing *t, struct past *p, struct why *why)
{
	struct path path;
	int rc = db_open(&t->p->site, site_snapshot(&path, p->week), DB_SNAPSHOT, &p->db, why);

	if (rc == -2 || rc == -3) {
		p->snapshot = mem_dup(rc == -2 ? "MISSING" : "DAMAGED");
		t->differs = true;
		return 0;
	}
	if (rc != 0 || sqlfn_add(p->db, t->rules, why) != 0 ||
	    trace_meta(p->db, "state", &p->state, why) != 0)
		return -1;
	return strcmp(p->state, "sealed") == 0 ? check_seal(t, p, why) : 0;
}

const struct past *past_find(struct tracing *t, struct week week, struct why *why)
{
	struct pasts *all = &t->pasts;
	struct past *p;

	for (size_t i = 0; i < all->n; i++) {
		if (week_cmp(all->v[i]->week, week) == 0)
			return all->v[i];
	}
	p = mem_zero(1, sizeof *p);
	p->week = week;
	week_format(week, p->name);
	if (open_past(t, p, why) != 0) {
		past_clear(p);
		return NULL;
	}
	vec_room(all->v, all->n, all->cap);
	all->v[all->n++] = p;
	return p;
}

int past_before(struct tracing *t, const struct past **out, struct why *why)
{
	struct window w;
	int rc = calendar_window(t->rules->calendar, t->week, &w, why);

	*out = NULL;
	if (rc == 0)
		rc = calendar_prev(t->rules->calendar, &w, &w, why);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	*out = past_find(t, w.week, why);
	return *out != NULL ? 0 : -1;
}

bool past_same(sqlite3_stmt *a, int i, sqlite3_stmt *b, int k)
{
	const char *x = (const char *)sqlite3_column_text(a, i), *y = (const char *)sqlite3_column_text(b, k);

	if (x == NULL || y == NULL)
		return x == y;
	return strcmp(x, y) == 0;
}

/* The columns of SHOWN that TABLE had then: "SELECT ... FROM TABLE WHERE week and ID". */
static int sql_then(const struct past *past, const char *table, const struct identity *id,
    const struct names *shown, struct buf *sql, struct why *why)
{
	struct names have = { 0 };
	int rc = db_columns(past->db, "main", table, &have, why);

	buf_str(sql, "SELECT 1");
	for (size_t i = 0; i < shown->n; i++) {
		if (!names_have(&have, shown->v[i]))
			continue;
		buf_str(sql, ", ");
		sql_name(sql, shown->v[i]);
	}
	buf_str(sql, " FROM ");
	sql_name(sql, table);
	buf_str(sql, " WHERE week = ");
	sql_text(sql, past->name);
	for (size_t i = 0; i < id->n; i++) {
		buf_str(sql, " AND ");
		sql_name(sql, id->names[i]);
		buf_str(sql, " = ");
		sql_text(sql, id->values[i]);
	}
	names_free(&have);
	return rc;
}

static bool row_agrees(sqlite3_stmt *then, sqlite3_stmt *now)
{
	for (int i = 1; i < sqlite3_column_count(then); i++) {
		int k = trace_column_of(now, sqlite3_column_name(then, i));

		if (k >= 0 && !past_same(then, i, now, k))
			return false;
	}
	return true;
}

int past_agrees(struct tracing *t, const struct past *past, const char *table, sqlite3_stmt *row,
    const struct identity *id, const struct names *shown, const char **word, struct why *why)
{
	struct buf sql = { 0 };
	sqlite3_stmt *then = NULL;
	int rc = 0;

	*word = "NOT THERE";
	if (past->db != NULL && db_has_table(past->db, "main", table)) {
		rc = sql_then(past, table, id, shown, &sql, why);
		if (rc == 0)
			rc = db_prepare(past->db, buf_cstr(&sql), &then, why);
		if (rc == 0)
			rc = db_step(then, table, why);
		if (rc == 1)
			*word = row_agrees(then, row) ? ARCHIVED_EQUAL : "DIFFERENT";
	}
	t->differs = t->differs || strcmp(*word, ARCHIVED_EQUAL) != 0;
	(void)sqlite3_finalize(then);
	buf_free(&sql);
	return rc < 0 ? -1 : 0;
}

void past_show(struct tracing *t, const struct past *past)
{
	if (past->state != NULL)
		tree_value(&t->out, "state", past->state);
	if (past->snapshot != NULL)
		tree_value(&t->out, "snapshot", past->snapshot);
}

void pasts_free(struct pasts *all)
{
	for (size_t i = 0; i < all->n; i++)
		past_clear(all->v[i]);
	free(all->v);
	*all = (struct pasts){ 0 };
}
