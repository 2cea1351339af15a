/*
 * fold_meta - what a snapshot says of itself: table meta, and table archived of a sealed one.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "aggregator.h"

int fold_put(struct folding *g, const char *name, const char *value, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	if (db_prepare(g->db, "INSERT INTO main.meta (name, value) VALUES (?1, ?2)", &stmt, why) != 0)
		goto out;
	(void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(stmt, 2, value, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) != SQLITE_DONE) {
		(void)db_trouble(g->db, "meta", why);
		goto out;
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

char *snapshot_meta(sqlite3 *db, const char *name)
{
	sqlite3_stmt *stmt = NULL;
	struct why ignored;
	char *value = NULL;

	if (db_prepare(db, "SELECT value FROM meta WHERE name = ?1", &stmt, &ignored) == 0) {
		(void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
		if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
			value = mem_dup((const char *)sqlite3_column_text(stmt, 0));
	}
	(void)sqlite3_finalize(stmt);
	return value;
}

/* An instant as databases hold it: local time without its offset. */
static void instant_text(instant_t at, char out[26])
{
	instant_format(at, 0, out);
	out[19] = '\0';
}

static int put_instant(struct folding *g, const char *name, instant_t at, struct why *why)
{
	char text[26];

	instant_text(at, text);
	return fold_put(g, name, text, why);
}

static int put_day(struct folding *g, const char *name, day_t day, struct why *why)
{
	char text[11];

	day_format(day, text);
	return fold_put(g, name, text, why);
}

/* A counter of the week before: 0 where there is none. */
static int prev_counter(struct folding *g, const char *name, int64_t *out, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1, step;

	*out = 0;
	if (!g->has_prev)
		return 0;
	if (db_prepare(g->db, "SELECT CAST(value AS INTEGER) FROM prev.meta WHERE name = ?1", &stmt,
	    why) != 0)
		goto out;
	(void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	else if (step != SQLITE_DONE) {
		(void)db_trouble(g->db, name, why);
		goto out;
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* The number of the week's briefing: in its year, and in all. */
static int put_issue(struct folding *g, const struct window *prev, struct why *why)
{
	int64_t issue = 0, total = 0;
	char text[24];

	if (prev_counter(g, "issue", &issue, why) != 0 || prev_counter(g, "issue_total", &total, why) != 0)
		return -1;
	if (!g->has_prev || prev->week.year != g->f->window.week.year)
		issue = 0;
	(void)snprintf(text, sizeof text, "%lld", (long long)(issue + 1));
	if (fold_put(g, "issue", text, why) != 0)
		return -1;
	(void)snprintf(text, sizeof text, "%lld", (long long)(total + 1));
	return fold_put(g, "issue_total", text, why);
}

int fold_fill_meta(struct folding *g, const struct window *prev, struct why *why)
{
	const struct window *w = &g->f->window;

	if (fold_put(g, "week", g->week, why) != 0 ||
	    fold_put(g, "state", g->f->sealed ? "sealed" : "draft", why) != 0 ||
	    put_instant(g, "folded_at", g->f->at, why) != 0 ||
	    put_day(g, "window_first", w->first, why) != 0 || put_day(g, "window_last", w->last, why) != 0 ||
	    put_instant(g, "cutoff", w->cutoff, why) != 0 || put_instant(g, "seal", w->seal, why) != 0 ||
	    put_instant(g, "meeting", w->meeting, why) != 0 || put_day(g, "as_of", w->as_of, why) != 0 ||
	    fold_put(g, "previous", g->previous, why) != 0 ||
	    fold_put(g, "rules", g->f->rules->digest, why) != 0)
		return -1;
	if (g->f->sealed && fold_put(g, "sealed_by", g->f->by, why) != 0)
		return -1;
	if (g->f->sealed && g->f->printed[0] != '\0' && fold_put(g, "printed", g->f->printed, why) != 0)
		return -1;
	return put_issue(g, prev, why);
}

/* Of each of LIST. */
static int put_archived(struct folding *g, sqlite3_stmt *stmt, const struct arrivals *list, struct buf *files,
    struct why *why)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct arrival *a = &list->v[i];
		struct arrival_digests d;

		if (arrival_digest(g->f->site, g->f->window.week, a, true, &d, why) != 0)
			return -1;
		(void)sqlite3_bind_text(stmt, 1, a->unit, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int(stmt, 2, a->number);
		(void)sqlite3_bind_text(stmt, 3, d.bytes, -1, SQLITE_TRANSIENT);
		(void)sqlite3_bind_text(stmt, 4, d.label, -1, SQLITE_TRANSIENT);
		(void)sqlite3_bind_text(stmt, 5, d.intake, -1, SQLITE_TRANSIENT);
		if (sqlite3_step(stmt) != SQLITE_DONE)
			return db_trouble(g->db, "archived", why);
		(void)sqlite3_reset(stmt);
		buf_fmt(files, "%s %03d %s\n", a->unit, a->number, d.intake_bytes);
	}
	return 0;
}

/*
 * Digests of all that the sealed week rests on, and of what was left out: that has no intake.  Those of the intake
 * files themselves stand in meta, outside the content digest: another version of the library writes other bytes with
 * the same content.
 */
int fold_fill_archived(struct folding *g, struct why *why)
{
	struct buf files = { 0 };
	sqlite3_stmt *stmt = NULL;
	int rc = db_prepare(g->db,
	    "INSERT INTO main.archived (unit, number, bytes, label, intake) VALUES (?1, ?2, ?3, ?4, ?5)", &stmt, why);

	if (rc == 0)
		rc = put_archived(g, stmt, &g->arrivals, &files, why);
	if (rc == 0 && g->f->without != NULL)
		rc = put_archived(g, stmt, g->f->without, &files, why);
	if (rc == 0)
		rc = fold_put(g, "intake_bytes", buf_cstr(&files), why);
	(void)sqlite3_finalize(stmt);
	buf_free(&files);
	return rc;
}
