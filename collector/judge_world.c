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
#include "judge.h"

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

/* ---- the snapshots ---- */

/* Attach the snapshot of WEEK, which is sealed, as SCHEMA. */
static int attach_snapshot(struct world *w, const struct judging *j, struct week week, const char *schema,
    struct why *why)
{
	struct path path;
	char name[9];
	int rc = db_attach(w->db, j->site, site_snapshot(&path, week), DB_SNAPSHOT, schema, why);

	week_format(week, name);
	if (rc == -2)
		return why_set(why, EX_IOERR, "%s is missing: run zhoubao rebuild --from %s", path.s, name);
	return rc;
}

/* What was reported in the week that a correction is for. */
static int attach_corrected_week(struct world *w, const struct judging *j, struct why *why)
{
	w->has_sealed = j->site != NULL && site_is_sealed(j->site, w->window.week);
	return w->has_sealed ? attach_snapshot(w, j, w->window.week, "sealed", why) : 0;
}

/* The week before is sealed: a report is judged against what holds.  Only the record's first week has none. */
static int attach_before(struct world *w, const struct judging *j, struct why *why)
{
	struct window before;
	char name[9], previous[9];
	int rc = j->site != NULL ? calendar_prev(j->rs->calendar, &w->window, &before, why) : 1;

	w->has_before = rc == 0;
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	week_format(w->window.week, name);
	week_format(before.week, previous);
	if (!site_is_sealed(j->site, before.week))
		return why_set(why, EX_DATAERR, "%s: the week before it, %s, is not sealed", name, previous);
	return attach_snapshot(w, j, before.week, "before", why);
}

/* ---- what was accepted earlier this week ---- */

/* One earlier file, attached as "sent", that corrects a sealed week, into what was before the open week. */
static int amend_by_earlier(struct world *w, const struct judging *j, const struct earlier *e, struct why *why)
{
	struct buf id = { 0 };
	int rc = 0;

	submission_id(&id, j->window.week, j->unit, e->number);
	for (size_t i = 0; rc == 0 && i < j->rs->n_forms; i++) {
		const struct form *form = j->rs->forms[i];
		struct buf source = { 0 };

		if (!db_has_table(w->db, "sent", form->name))
			continue;
		buf_str(&source, "sent.");
		sql_name(&source, form->name);
		rc = world_amend(w, j, form, buf_cstr(&source), buf_cstr(&id), e->declared, why);
		buf_free(&source);
	}
	buf_free(&id);
	return rc;
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
		rc = world_note_used(w, form, buf_cstr(&source), why);
		if (rc == 0 && here)
			rc = world_apply(w, j, form, buf_cstr(&source), buf_cstr(&id), why);
		buf_free(&source);
	}
	if (rc == 0 && here)
		rc = db_exec(w->db,
		    "INSERT OR REPLACE INTO temp.held SELECT form, key, min(message) FROM sent.finding"
		    " WHERE held AND form IS NOT NULL AND key IS NOT NULL GROUP BY form, key", why);
	buf_free(&id);
	return rc;
}

static int with_earlier(struct world *w, const struct judging *j, const struct earlier *e,
    int (*use)(struct world *w, const struct judging *j, const struct earlier *e, struct why *why), struct why *why)
{
	struct path path;
	int rc = db_attach(w->db, j->site, site_intake(&path, j->window.week, j->unit, e->number), DB_INTAKE, "sent", why);

	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s: vanished", path.s);
	return rc != 0 || use(w, j, e, why) != 0 || db_detach(w->db, "sent", why) != 0 ? -1 : 0;
}

/* Corrections first: below what was reported, in whatever order they came. */
static int apply_earlier(struct world *w, const struct judging *j, struct why *why)
{
	for (size_t i = 0; !w->correction && i < j->n_earlier; i++)
		if (j->earlier[i].correction && with_earlier(w, j, &j->earlier[i], amend_by_earlier, why) != 0)
			return -1;
	for (size_t i = 0; i < j->n_earlier; i++)
		if (with_earlier(w, j, &j->earlier[i], apply_earlier_file, why) != 0)
			return -1;
	return 0;
}

/* ---- names in a statement ---- */

static int make_prev(const struct judging *j, struct world *w, const char *table, struct why *why)
{
	return env_prev_view(w->db, j->rs, table, world_before(j, w, ruleset_form(j->rs, table)), j->unit, why) < 0 ? -1 : 0;
}

/* The view prev_TABLE, once. */
static int ready_prev(const struct judging *j, struct world *w, const char *table, struct why *why)
{
	for (size_t i = 0; i < w->prev.n; i++)
		if (strcmp(w->prev.v[i], table) == 0)
			return 0;
	vec_room(w->prev.v, w->prev.n, w->prev.cap);
	w->prev.v[w->prev.n++] = mem_dup(table);
	return make_prev(j, w, table, why);
}

int world_renew_prev(const struct judging *j, struct world *w, const char *table, struct why *why)
{
	bool is_there = false;

	for (size_t i = 0; i < w->prev.n; i++)
		is_there = is_there || strcmp(w->prev.v[i], table) == 0;
	return is_there ? make_prev(j, w, table, why) : 0;
}

static int ready_name(const struct judging *j, struct world *w, struct span name, struct why *why)
{
	char text[64];
	int rc = 0;

	if (name.n >= sizeof text)
		return 0;
	for (size_t i = 0; i < name.n; i++)     /* SQL takes both letters */
		text[i] = (char)(name.s[i] >= 'A' && name.s[i] <= 'Z' ? name.s[i] - 'A' + 'a' : name.s[i]);
	text[name.n] = '\0';
	if (strncmp(text, "prev_", 5) == 0)
		return ready_prev(j, w, text + 5, why);
	for (size_t i = 0; rc == 0 && i < j->rs->n_forms; i++)
		if (strcmp(j->rs->forms[i]->name, text) == 0)
			rc = world_state(j, w, j->rs->forms[i], why);
	return rc;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/*
 * Rationale: a word that names no table in this place costs a view that nobody reads, so whether it stands
 * in a text or a comment does not matter; behind a point it is a column.
 */
int world_ready(const struct judging *j, struct world *w, const char *sql, struct why *why)
{
	const char *from;
	int rc = 0;

	for (const char *p = sql; rc == 0 && *p != '\0';) {
		if (!is_name(*p)) {
			p++;
			continue;
		}
		from = p;
		while (is_name(*p))
			p++;
		if (from == sql || (from[-1] != '.' && (from[-1] != '"' || from - sql < 2 || from[-2] != '.')))
			rc = ready_name(j, w, (struct span){ from, (size_t)(p - from) }, why);
	}
	return rc;
}

int world_prepare(const struct judging *j, struct world *w, const char *sql, sqlite3_stmt **out,
    struct why *why)
{
	if (world_ready(j, w, sql, why) != 0)
		return -1;
	return db_prepare(w->db, sql, out, why);
}

/* ---- opening ---- */

/* used: every key seen; held: rows sent this week that were held, and why. */
static const char helpers[] =
	"CREATE TEMP TABLE used (form TEXT NOT NULL, key TEXT, PRIMARY KEY (form, key)) WITHOUT ROWID;"
	"CREATE TEMP TABLE held (form TEXT NOT NULL, key TEXT NOT NULL, cause TEXT, PRIMARY KEY (form, key))"
	" WITHOUT ROWID;";

/* Whether the open week's world may have to be amended; in the middle of its transaction nothing can be attached. */
static bool is_corrected(const struct judging *j)
{
	for (size_t i = 0; i < j->n_earlier; i++)
		if (j->earlier[i].correction)
			return true;
	for (size_t i = 0; i < j->n_files; i++)
		if (j->files[i].correction)
			return true;
	return false;
}

static int fill_world(struct world *w, const struct judging *j, struct why *why)
{
	if (db_scratch(&w->db, why) != 0 || sqlfn_add(w->db, j->rs, why) != 0 ||
	    (j->reference != NULL ? env_image_attach(w->db, j->reference, why)
	    : env_fill_reference(w->db, j->rs, why)) != 0)
		return -1;
	if (db_exec(w->db, helpers, why) != 0 || attach_before(w, j, why) != 0)
		return -1;
	if (w->correction && attach_corrected_week(w, j, why) != 0)
		return -1;
	if (!w->correction && is_corrected(j) && db_exec(w->db, "ATTACH '' AS amended", why) != 0)
		return -1;
	if (apply_earlier(w, j, why) != 0)
		return -1;
	/*
	 * One transaction for all that follows: its end is the end of the world, and nothing is ever taken
	 * back.
	 */
	return db_exec(w->db, "BEGIN", why);
}

static void world_close(struct world *w, size_t n_forms)
{
	for (size_t i = 0; i < n_forms; i++) {
		(void)sqlite3_finalize(w->forms[i].reported);
		(void)sqlite3_finalize(w->forms[i].held);
		free(w->forms[i].taken);
	}
	db_close(w->db);
	names_free(&w->prev);
	free(w->forms);
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
	w->forms = mem_zero(j->rs->n_forms + 1, sizeof *w->forms);
	if (fill_world(w, j, why) != 0) {
		world_close(w, j->rs->n_forms);
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

		world_close(j->worlds, j->rs->n_forms);
		j->worlds = next;
	}
}
