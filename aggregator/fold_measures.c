/*
 * fold_measures - the measures of a folded week, in their order.
 *
 * Most of the time goes into those that count unit by unit, which their texts say by asking for :after and
 * :through.  In a week that is worth it there are two ways to let a second processor count:
 *
 *   in halves   units up to the middle one straight into the snapshot, the others into a file of their own,
 *               whose rows are then put behind
 *   beside      all of a later measure into a file of its own, while those before it are counted that cannot
 *               be divided; it can be, if it reads none of them
 *
 * Whether there is a second processor does not show: what is counted which way depends on the week and the
 * measures alone, and the rows go the same ways with one worker as with many.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>

#include "../common/env.h"
#include "../common/sqlfn.h"
#include "aggregator.h"

/* Of the file of a half [-KB]: it is written in order, and the snapshot has a large one already. */
#define HALF_CACHE "-8192"

static struct env_names names_of(const struct folding *g)
{
	return (struct env_names){
		.unit = NULL, .city = g->f->rules->office->code, .week = g->f->window.week,
		.as_of = g->f->window.as_of,
	};
}

/* The name, in snapshots, of the file that is of the second half. */
static void second_path(const struct folding *g, struct path *out)
{
	struct path snapshot;

	(void)snprintf(out->s, sizeof out->s, "%s-half", site_snapshot(&snapshot, g->f->window.week));
}

/* What a measure may read, around a fresh database: the week as far as it is folded, then the week before. */
static int attach_weeks(struct folding *g, sqlite3 *db, struct why *why)
{
	struct path p;
	int rc;

	if (sqlfn_add(db, g->f->rules, why) != 0 ||
	    fold_attach_own(g, db, "week", why) != 0)
		return -1;
	if (g->has_prev) {
		rc = db_attach(db, g->f->site, site_snapshot(&p, g->before), DB_SNAPSHOT, "prev", why);
		if (rc == -2)
			return why_set(why, EX_IOERR, "%s is gone: run again", p.s);
		if (rc != 0)
			return -1;
	}
	return env_prev_views(db, g->f->rules, g->has_prev ? "prev" : NULL, NULL, why);
}

/*
 * M of the units behind AFTER (NULL: of all) into a file of its own.  The snapshot is at rest, or being written
 * where M does not read.
 */
static int count_apart(struct folding *g, const struct measure *m, const char *after, struct why *why)
{
	struct env_names names = names_of(g);
	sqlite3 *db = NULL;
	struct path p;
	int rc = -1;

	names.after = after;
	second_path(g, &p);
	if (db_build(g->f->site, p.s, DB_SNAPSHOT, &db, why) != 0 || attach_weeks(g, db, why) != 0 ||
	    db_exec(db, "PRAGMA main.cache_size = " HALF_CACHE, why) != 0 ||
	    env_create_measure(db, m, why) != 0 || env_fill_measure(db, m, &names, why) != 0 ||
	    db_exec(db, "COMMIT", why) != 0)
		goto out;
	rc = 0;
out:
	db_close(db);
	return rc;
}

/* The same as work for a process of its own. */
struct second {
	struct folding       *g;
	const struct measure *m;
	const char           *after;
	pid_t                 pid;
};

static int work_second(void *ctx, struct why *why)
{
	const struct second *s = ctx;

	return count_apart(s->g, s->m, s->after, why);
}

/*
 * The snapshot is closed up before: what the other process reads of it then lies in the file.  Meanwhile this
 * one writes nothing but pages of the tables that it fills, which are there, and new ones.
 */
static int begin_second(struct second *s, struct why *why)
{
	if (db_exec(s->g->db, "COMMIT", why) != 0)
		return -1;
	s->pid = s->g->f->workers > 1 ? aside_begin(work_second, s) : -1;
	return db_exec(s->g->db, "BEGIN", why);
}

/*
 * Its rows are in its file, whoever counted them.  The snapshot is closed up in any case: a database counts how
 * often it was.
 */
static int end_second(struct second *s, int rc, struct why *why)
{
	bool done = aside_end(s->pid);

	if (rc != 0 || db_exec(s->g->db, "COMMIT", why) != 0 ||
	    (!done && count_apart(s->g, s->m, s->after, why) != 0))
		return -1;
	return db_exec(s->g->db, "BEGIN", why);
}

static int count_first(struct folding *g, const struct measure *m, struct why *why)
{
	struct env_names names = names_of(g);

	names.through = g->middle;
	return env_fill_measure(g->db, m, &names, why);
}

static int remove_second(struct folding *g, struct why *why)
{
	struct buf temporary = { 0 };
	struct path p;
	int rc;

	second_path(g, &p);
	fsio_temporary(&temporary, p.s);
	rc = fsio_remove(g->f->site->dir, buf_cstr(&temporary), why);
	buf_free(&temporary);
	return rc;
}

/* The rows of the second half behind those of the first, and its file away. */
static int append_second(struct folding *g, const struct measure *m, struct why *why)
{
	struct buf sql = { 0 };
	struct path p;
	int rc = -1;

	second_path(g, &p);
	if (fold_attach_temporary(g, g->db, p.s, "half", why) != 0)
		goto out;
	buf_str(&sql, "INSERT INTO main.");
	sql_name(&sql, m->name);
	buf_str(&sql, " SELECT * FROM half.");
	sql_name(&sql, m->name);
	if (fold_run(g, &sql, NULL, why) == 0 && db_detach(g->db, "half", why) == 0)
		rc = remove_second(g, why);
out:
	buf_free(&sql);
	return rc;
}

static int count_halves(struct folding *g, const struct measure *m, struct why *why)
{
	struct second second = { g, m, g->middle, -1 };

	if (begin_second(&second, why) != 0 || end_second(&second, count_first(g, m, why), why) != 0)
		return -1;
	return append_second(g, m, why);
}

static int count_measure(struct folding *g, const struct measure *m, struct why *why)
{
	struct env_names names = names_of(g);
	bool divides = false;

	if (env_create_measure(g->db, m, why) != 0 ||
	    (g->middle != NULL && env_measure_divides(g->db, m, &divides, why) != 0))
		return -1;
	return divides ? count_halves(g, m, why) : env_fill_measure(g->db, m, &names, why);
}

/* ---- beside ---- */

/* A snapshot without rows, in which the measures have yet to be made: what is there when the first is counted. */
static int model_open(struct folding *g, sqlite3 **out, struct why *why)
{
	const struct ruleset *rs = g->f->rules;
	sqlite3 *db = NULL;

	if (db_memory(&db, why) != 0)
		return -1;
	if (sqlfn_add(db, rs, why) != 0 || env_create_snapshot_tables(db, rs, why) != 0 ||
	    env_prev_views(db, rs, NULL, NULL, why) != 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

/* Whether M counts unit by unit, and reads nothing that MODEL does not have. */
static int can_divide(sqlite3 *model, const struct measure *m, bool *out, struct why *why)
{
	struct buf sql = { 0 };
	int rc = env_create_measure(model, m, why);

	*out = false;
	if (rc == 0)
		rc = env_measure_divides(model, m, out, why);
	if (rc == 0) {
		buf_str(&sql, "DROP TABLE main.");
		sql_name(&sql, m->name);
		rc = db_exec(model, buf_cstr(&sql), why);
	}
	buf_free(&sql);
	return rc;
}

/*
 * The last measure behind FROM that counts unit by unit and reads none from FROM on: then this process has most
 * to do meanwhile.  FROM itself: there is none, or it counts unit by unit too.
 */
static int find_beside(struct folding *g, sqlite3 *model, size_t from, size_t *out, struct why *why)
{
	const struct ruleset *rs = g->f->rules;
	bool divides;
	int rc = can_divide(model, &rs->measures[from], &divides, why);

	*out = from;
	for (size_t i = rs->n_measures; rc == 0 && !divides && i-- > from + 1;) {
		rc = can_divide(model, &rs->measures[i], &divides, why);
		if (divides)
			*out = i;
	}
	return rc;
}

/* Measures FROM up to BESIDE, which a second process counts meanwhile.  Their tables are made before. */
static int count_beside(struct folding *g, size_t from, size_t beside, struct why *why)
{
	const struct measure *all = g->f->rules->measures;
	struct second second = { g, &all[beside], NULL, -1 };
	struct env_names names = names_of(g);
	int rc = 0;

	for (size_t i = from; i <= beside; i++) {
		if (env_create_measure(g->db, &all[i], why) != 0)
			return -1;
	}
	if (begin_second(&second, why) != 0)
		return -1;
	for (size_t i = from; rc == 0 && i < beside; i++)
		rc = env_fill_measure(g->db, &all[i], &names, why);
	return end_second(&second, rc, why) == 0 ? append_second(g, &all[beside], why) : -1;
}

static int count_all(struct folding *g, sqlite3 *model, struct why *why)
{
	const struct ruleset *rs = g->f->rules;
	int rc = 0;

	for (size_t from = 0, last; rc == 0 && from < rs->n_measures; from = last + 1) {
		last = from;
		if (model != NULL)
			rc = find_beside(g, model, from, &last, why);
		if (rc == 0)
			rc = last > from ? count_beside(g, from, last, why)
			    : count_measure(g, &rs->measures[from], why);
		for (size_t i = from; rc == 0 && model != NULL && i <= last; i++)
			rc = env_create_measure(model, &rs->measures[i], why);
	}
	return rc;
}

int fold_measures(struct folding *g, struct why *why)
{
	sqlite3 *model = NULL;
	struct why second;
	int rc = g->middle != NULL ? model_open(g, &model, why) : 0;

	if (rc == 0)
		rc = count_all(g, model, why);
	db_close(model);
	if (rc != 0)
		(void)remove_second(g, &second);
	return rc;
}
