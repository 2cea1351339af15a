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
#include <stdlib.h>
#include <string.h>

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
 * M of the units behind AFTER (NULL: of all) into a file of its own.  The snapshot is at rest, or being
 * written where M does not read.
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
	if (db_exec(s->g->db, "BEGIN", why) != 0) {
		(void)aside_end(s->pid);
		return -1;
	}
	return 0;
}

/*
 * Its rows are in its file, whoever counted them.  The snapshot is closed up in any case: a database counts
 * how often it was.
 */
static int end_second(struct second *s, int rc, struct why *why)
{
	bool done = aside_end(s->pid);

	if (done)
		s->g->aside.measures++;
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

/* ---- which way ---- */

/* What the text of a measure says of it. */
struct plan {
	bool         divides;           /* counts unit by unit */
	struct names reads;
};

/* Whether measure I reads one of [FROM, TO), of those that DIVIDE or of all. */
static bool reads_any(const struct ruleset *rs, const struct plan *plans, size_t i, size_t from, size_t to,
    bool divide)
{
	for (; from < to; from++) {
		if ((plans[from].divides || !divide) && names_have(&plans[i].reads, rs->measures[from].name))
			return true;
	}
	return false;
}

/*
 * The last measure behind FROM that counts unit by unit and reads none from FROM on: then this process has
 * most to do meanwhile.  FROM itself: there is none, or FROM counts unit by unit too, or goes through no
 * table that was counted so, and is done before a process has begun.
 */
static size_t find_beside(const struct ruleset *rs, const struct plan *plans, size_t from)
{
	if (plans[from].divides || !reads_any(rs, plans, from, 0, from, true))
		return from;
	for (size_t i = rs->n_measures; i-- > from + 1;) {
		if (plans[i].divides && !reads_any(rs, plans, i, from, i, false))
			return i;
	}
	return from;
}

/* Of all measures, as they are read where every table is there and the week before has none. */
static int make_plans(struct folding *g, struct plan *plans, struct why *why)
{
	const struct ruleset *rs = g->f->rules;
	sqlite3 *db = NULL;
	int rc = db_memory(&db, why);

	if (rc == 0)
		rc = sqlfn_add(db, rs, why);
	if (rc == 0)
		rc = env_create_snapshot_tables(db, rs, why);
	if (rc == 0)
		rc = env_create_measures(db, rs, why);
	if (rc == 0)
		rc = env_prev_views(db, rs, NULL, NULL, why);
	for (size_t i = 0; rc == 0 && i < rs->n_measures; i++)
		rc = env_measure_reads(db, &rs->measures[i], &plans[i].reads, &plans[i].divides, why);
	db_close(db);
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

static int count_measure(struct folding *g, const struct measure *m, bool divides, struct why *why)
{
	struct env_names names = names_of(g);

	if (env_create_measure(g->db, m, why) != 0)
		return -1;
	return divides ? count_halves(g, m, why) : env_fill_measure(g->db, m, &names, why);
}

static int work_gate(void *ctx, struct why *why)
{
	const struct folding *g = ctx;

	return gate_rows_are_right(g->f, &g->arrivals, why);
}

/*
 * The measures from FROM on, which need no second process: it goes through the rows for the gate meanwhile.
 * Their tables are made before, and the snapshot is closed up, as for what is counted beside.
 */
static int count_rest(struct folding *g, size_t from, struct why *why)
{
	const struct ruleset *rs = g->f->rules;
	struct env_names names = names_of(g);
	int rc = 0;

	for (size_t i = from; i < rs->n_measures; i++) {
		if (env_create_measure(g->db, &rs->measures[i], why) != 0)
			return -1;
	}
	if (db_exec(g->db, "COMMIT", why) != 0)
		return -1;
	if (g->f->workers > 1 && g->left_out == 0)
		g->gate_check = aside_begin(work_gate, g);
	rc = db_exec(g->db, "BEGIN", why);
	for (size_t i = from; rc == 0 && i < rs->n_measures; i++)
		rc = env_fill_measure(g->db, &rs->measures[i], &names, why);
	return rc;
}

/* The first measure from which on none is counted by two. */
static size_t find_rest(const struct ruleset *rs, const struct plan *plans)
{
	size_t rest = 0;

	for (size_t i = 0, last; i < rs->n_measures; i = last + 1) {
		last = find_beside(rs, plans, i);
		if (last > i || plans[i].divides)
			rest = last + 1;
	}
	return rest;
}

static int count_all(struct folding *g, const struct plan *plans, struct why *why)
{
	const struct ruleset *rs = g->f->rules;
	size_t rest = g->middle != NULL ? find_rest(rs, plans) : rs->n_measures;
	int rc = 0;

	for (size_t from = 0, last; rc == 0 && from < rest; from = last + 1) {
		last = find_beside(rs, plans, from);
		rc = last > from ? count_beside(g, from, last, why)
		    : count_measure(g, &rs->measures[from], plans[from].divides, why);
	}
	return rc == 0 && g->middle != NULL ? count_rest(g, rest, why) : rc;
}

int fold_measures(struct folding *g, struct why *why)
{
	size_t n = g->f->rules->n_measures;
	struct plan *plans = mem_zero(n, sizeof *plans);
	struct why second;
	/* A fold that was killed may have left one, and this one need not make its own. */
	int rc = remove_second(g, why);

	/* Where there is too little, every measure is counted as if it could not be divided. */
	if (rc == 0 && g->middle != NULL)
		rc = make_plans(g, plans, why);
	if (rc == 0)
		rc = count_all(g, plans, why);
	if (rc != 0)
		(void)remove_second(g, &second);
	for (size_t i = 0; i < n; i++)
		names_free(&plans[i].reads);
	free(plans);
	return rc;
}
