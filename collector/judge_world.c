/*
 * judge_world - the tables one declared week of one unit is judged against: the sealed snapshot
 * before it, and what this unit itself had accepted since.  Never another unit's open week.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/env.h"
#include "../common/sqlfn.h"
#include "collector.h"

/* ---- names and keys ---- */

void submission_id(struct buf *out, struct week w, const char *unit, int number)
{
	char week[9];

	week_format(w, week);
	buf_fmt(out, "%s/%s/%03d", week, unit, number);
}

void world_key_is(struct buf *out, const struct form *form, const char *prefix, int first)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		buf_str(out, i == 0 ? prefix : " AND ");
		if (i > 0)
			buf_str(out, prefix);
		sql_name(out, form->fields[form->keys[i]].name);
		buf_fmt(out, " = ?%d", first + (int)i);
	}
}

void world_key_list(struct buf *out, const struct form *form, const char *prefix)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		if (i > 0)
			buf_str(out, ", ");
		buf_str(out, prefix);
		sql_name(out, form->fields[form->keys[i]].name);
	}
}

/* The key's parts as one text, as findings name a row. */
static void key_text(struct buf *out, const struct form *form)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		if (i > 0)
			buf_str(out, " || ' ' || ");
		sql_name(out, form->fields[form->keys[i]].name);
	}
}

/* ---- loading ---- */

/*
 * Today's names of what both tables have, and what the other calls them: a snapshot or an intake file may be
 * of a time when the form was another.
 */
static int common_columns(sqlite3 *db, const char *schema, const char *table, const struct form *form,
    struct buf *out, struct buf *theirs, struct why *why)
{
	struct names have = { 0 };

	if (db_columns(db, schema, table, &have, why) != 0)
		return -1;
	for (size_t i = 0; i < form->n_fields; i++) {
		const char *column = field_column(&form->fields[i], have.v, have.n);

		if (column == NULL)
			continue;
		buf_str(out, ", ");
		sql_name(out, form->fields[i].name);
		buf_str(theirs, ", ");
		sql_name(theirs, column);
	}
	names_free(&have);
	return 0;
}

/* Rows of a snapshot's form table: the unit's own; all of a form that only the office sends. */
static int load_form(struct world *w, const struct judging *j, const struct form *form, const char *schema,
    struct why *why)
{
	struct buf columns = { 0 }, theirs = { 0 }, sql = { 0 };
	int rc = 0;

	if (!db_has_table(w->db, schema, form->name))
		return 0;
	rc = common_columns(w->db, schema, form->name, form, &columns, &theirs, why);
	if (rc == 0) {
		buf_str(&sql, "INSERT OR REPLACE INTO main.");
		sql_name(&sql, form->name);
		buf_fmt(&sql,
		    " (unit%s, note, _week, _submission, _first, _row) SELECT unit%s, note, _week, _submission,"
		    " _first, _row FROM %s.", buf_cstr(&columns), buf_cstr(&theirs), schema);
		sql_name(&sql, form->name);
		if (!form->by_office) {
			buf_str(&sql, " WHERE unit = ");
			sql_text(&sql, j->unit);
		}
		rc = db_exec(w->db, buf_cstr(&sql), why);
	}
	buf_free(&columns);
	buf_free(&theirs);
	buf_free(&sql);
	return rc;
}

static int load_snapshot(struct world *w, const struct judging *j, const char *schema, struct why *why)
{
	for (size_t i = 0; i < j->rs->n_forms; i++)
		if (load_form(w, j, j->rs->forms[i], schema, why) != 0)
			return -1;
	return 0;
}

/* Attach WEEK's snapshot as SCHEMA.  Returns 1 if it is not there. */
static int attach_snapshot(struct world *w, const struct judging *j, struct week week, const char *schema,
    struct why *why)
{
	struct path path;
	int rc;

	if (j->site == NULL || !site_is_sealed(j->site, week))
		return 1;
	rc = db_attach(w->db, j->site, site_snapshot(&path, week), DB_SNAPSHOT, schema, why);
	return rc == -2 ? 1 : rc;
}

/*
 * A correction stands on what the sealed week says: its rows are what "was reported this week" there.
 */
static int load_corrected_week(struct world *w, const struct judging *j, struct why *why)
{
	int rc = attach_snapshot(w, j, w->window.week, "sealed", why);

	if (rc == 1)
		return 0;
	if (rc == 0)
		rc = load_snapshot(w, j, "sealed", why);
	if (rc == 0)
		rc = db_detach(w->db, "sealed", why);
	return rc;
}

static int load_before(struct world *w, const struct judging *j, struct why *why)
{
	struct window before;
	int rc = calendar_prev(j->rs->calendar, &w->window, &before, why);

	if (rc == 0)
		rc = attach_snapshot(w, j, before.week, "before", why);
	if (rc < 0)
		return -1;
	w->has_before = rc == 0;
	if (env_prev_views(w->db, j->rs, w->has_before ? "before" : NULL, j->unit, why) != 0)
		return -1;
	return w->has_before ? load_snapshot(w, j, "before", why) : 0;
}

/* ---- what was accepted earlier this week ---- */

/* A weekly report taken back leaves the last state before it; anything else leaves nothing. */
static int apply_withdrawn(struct world *w, const struct judging *j, const struct form *form,
    const char *source, struct why *why)
{
	const struct words *words = words_find(&j->rs->messages, "op.withdraw");
	struct buf columns = { 0 }, theirs = { 0 }, keys = { 0 }, gone = { 0 }, sql = { 0 };
	int rc;

	world_key_list(&keys, form, "");
	buf_fmt(&gone, "(%s) IN (SELECT %s FROM %s WHERE op = ", buf_cstr(&keys), buf_cstr(&keys), source);
	sql_text(&gone, words->v[0]);
	buf_char(&gone, ')');
	buf_str(&sql, "DELETE FROM main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " WHERE unit = ");
	sql_text(&sql, j->unit);
	buf_fmt(&sql, " AND %s", buf_cstr(&gone));
	rc = db_exec(w->db, buf_cstr(&sql), why);
	if (rc == 0 && form->due == DUE_WEEKLY && w->has_before && db_has_table(w->db, "before",
	    form->name)) {
		rc = common_columns(w->db, "before", form->name, form, &columns, &theirs, why);
		buf_reset(&sql);
		buf_str(&sql, "INSERT INTO main.");
		sql_name(&sql, form->name);
		buf_fmt(&sql,
		    " (unit%s, note, _week, _submission, _first, _row) SELECT unit%s, note, _week, _submission,"
		    " _first, _row FROM before.", buf_cstr(&columns), buf_cstr(&theirs));
		sql_name(&sql, form->name);
		buf_str(&sql, " WHERE unit = ");
		sql_text(&sql, j->unit);
		buf_fmt(&sql, " AND %s", buf_cstr(&gone));
		if (rc == 0)
			rc = db_exec(w->db, buf_cstr(&sql), why);
	}
	buf_free(&columns);
	buf_free(&theirs);
	buf_free(&keys);
	buf_free(&gone);
	buf_free(&sql);
	return rc;
}

/* The columns of SOURCE that FORM has: today's for "new", those of its time for an intake file's table. */
static int source_columns(struct world *w, const struct form *form, const char *source, struct buf *out,
    struct buf *theirs, struct why *why)
{
	if (strncmp(source, "sent.", 5) == 0)
		return common_columns(w->db, "sent", form->name, form, out, theirs, why);
	for (size_t i = 0; i < form->n_fields; i++) {
		buf_str(out, ", ");
		sql_name(out, form->fields[i].name);
	}
	buf_str(theirs, buf_cstr(out));
	return 0;
}

static int apply_reports(struct world *w, const struct judging *j, const struct form *form,
    const char *source, const char *submission, struct why *why)
{
	const struct words *words = words_find(&j->rs->messages, "op.withdraw");
	struct buf columns = { 0 }, theirs = { 0 }, sql = { 0 }, id = { 0 }, week_text = { 0 };
	char week[9];
	int rc = source_columns(w, form, source, &columns, &theirs, why);

	week_format(w->window.week, week);
	sql_text(&id, submission);
	sql_text(&week_text, week);
	buf_str(&sql, "INSERT OR REPLACE INTO main.");
	sql_name(&sql, form->name);
	buf_fmt(&sql, " (unit%s, note, _week, _submission, _first, _row) SELECT ", buf_cstr(&columns));
	sql_text(&sql, j->unit);
	buf_fmt(&sql, "%s, note, %s, %s, coalesce((SELECT was._first FROM main.", buf_cstr(&theirs),
	    buf_cstr(&week_text), buf_cstr(&id));
	sql_name(&sql, form->name);
	buf_fmt(&sql, " AS was WHERE was._week = %s AND was.unit = ", buf_cstr(&week_text));
	sql_text(&sql, j->unit);
	for (size_t i = 0; i < form->n_keys; i++) {
		buf_str(&sql, " AND was.");
		sql_name(&sql, form->fields[form->keys[i]].name);
		buf_str(&sql, " = given.");
		sql_name(&sql, form->fields[form->keys[i]].name);
	}
	buf_fmt(&sql, "), %s), _row FROM %s AS given WHERE op IS NOT ", buf_cstr(&id), source);
	sql_text(&sql, words->v[0]);
	if (rc == 0)
		rc = db_exec(w->db, buf_cstr(&sql), why);
	buf_free(&columns);
	buf_free(&theirs);
	buf_free(&sql);
	buf_free(&id);
	buf_free(&week_text);
	return rc;
}

/* Every key that was ever given or taken this week, withdrawn ones included: numbers are never used again. */
static int note_used(struct world *w, const struct form *form, const char *source, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "INSERT OR IGNORE INTO temp.used SELECT ");
	sql_text(&sql, form->name);
	buf_str(&sql, ", ");
	key_text(&sql, form);
	buf_fmt(&sql, " FROM %s", source);
	rc = db_exec(w->db, buf_cstr(&sql), why);
	buf_free(&sql);
	return rc;
}

int world_apply(struct world *w, const struct judging *j, const struct form *form, const char *source,
    const char *submission, struct why *why)
{
	if (note_used(w, form, source, why) != 0 || apply_withdrawn(w, j, form, source, why) != 0)
		return -1;
	return apply_reports(w, j, form, source, submission, why);
}

/* One earlier file, attached as "sent", into the state; one for another week only uses numbers up. */
static int apply_earlier_file(struct world *w, const struct judging *j, const struct earlier *e,
    struct why *why)
{
	struct buf id = { 0 };
	char week[9];
	bool here;
	int rc = 0;

	week_format(w->window.week, week);
	here = e->correction == w->correction && strcmp(e->declared, week) == 0;
	submission_id(&id, j->window.week, j->unit, e->number);
	for (size_t i = 0; rc == 0 && i < j->rs->n_forms; i++) {
		const struct form *form = j->rs->forms[i];
		struct buf source = { 0 };

		if (!db_has_table(w->db, "sent", form->name))
			continue;
		buf_str(&source, "sent.");
		sql_name(&source, form->name);
		rc = here ? world_apply(w, j, form, buf_cstr(&source), buf_cstr(&id), why)
		    : note_used(w, form, buf_cstr(&source), why);
		buf_free(&source);
	}
	if (rc == 0 && here)
		rc = db_exec(w->db,
		    "INSERT OR REPLACE INTO temp.held SELECT form, key, min(message) FROM sent.finding"
		    " WHERE held AND form IS NOT NULL AND key IS NOT NULL GROUP BY form, key", why);
	buf_free(&id);
	return rc;
}

static int apply_earlier(struct world *w, const struct judging *j, struct why *why)
{
	for (size_t i = 0; i < j->n_earlier; i++) {
		struct path path;
		int rc;

		rc = db_attach(w->db, j->site, site_intake(&path, j->window.week, j->unit,
		    j->earlier[i].number), DB_INTAKE,
		    "sent", why);
		if (rc == -2)
			rc = why_set(why, EX_IOERR, "%s: vanished", path.s);
		if (rc != 0 || apply_earlier_file(w, j, &j->earlier[i], why) != 0 || db_detach(w->db, "sent",
		    why) != 0)
			return -1;
	}
	return 0;
}

/* ---- opening ---- */

/* used: every key seen; held: rows sent this week that were held, and why. */
static const char helpers[] =
	"CREATE TEMP TABLE used (form TEXT NOT NULL, key TEXT, PRIMARY KEY (form, key)) WITHOUT ROWID;"
	"CREATE TEMP TABLE held (form TEXT NOT NULL, key TEXT NOT NULL, cause TEXT, PRIMARY KEY (form, key))"
	" WITHOUT ROWID;";

static int fill_world(struct world *w, const struct judging *j, struct why *why)
{
	if (db_memory(&w->db, why) != 0 || sqlfn_add(w->db, j->rs, why) != 0 || env_create_state(w->db, j->rs,
	    why) != 0)
		return -1;
	if (db_exec(w->db, helpers, why) != 0 || load_before(w, j, why) != 0)
		return -1;
	if (w->correction && load_corrected_week(w, j, why) != 0)
		return -1;
	if (apply_earlier(w, j, why) != 0)
		return -1;
	/*
	 * One transaction for all that follows: its end is the end of the world, and nothing is ever taken
	 * back.
	 */
	return db_exec(w->db, "BEGIN", why);
}

static void world_close(struct world *w)
{
	db_close(w->db);
	free(w);
}

struct world *world_of(struct judging *j, const struct window *window, bool correction, struct why *why)
{
	struct world *w;

	for (w = j->worlds; w != NULL; w = w->next)
		if (week_cmp(w->window.week, window->week) == 0 && w->correction == correction)
			return w;
	w = mem_zero(1, sizeof *w);
	w->window = *window;
	w->correction = correction;
	if (fill_world(w, j, why) != 0) {
		world_close(w);
		return NULL;
	}
	w->next = j->worlds;
	j->worlds = w;
	return w;
}

void worlds_close(struct judging *j)
{
	while (j->worlds != NULL) {
		struct world *next = j->worlds->next;

		world_close(j->worlds);
		j->worlds = next;
	}
}
