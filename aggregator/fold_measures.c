/*
 * fold_measures - the measures of a folded week, in their order.
 *
 * Most of the time goes into those that count unit by unit, which their texts say by asking for :after and
 * :through.  In a week that is worth it such a measure is counted in two halves: units up to the middle one
 * straight into the snapshot, the others into a file of their own, whose rows are then put behind.  A second
 * processor does that half at the same time, where there is one.  Whether there is does not show: what is
 * divided, and where, depends on the week alone, and the rows go the same two ways with one worker as with
 * many.
 */
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/env.h"
#include "../common/sqlfn.h"
#include "aggregator.h"

/* Rows due from which on a second half is worth its beginning: some hundredths of a second a measure. */
#define WORTH_ROWS 10000

/* Of the file of a half [-KB]: it is written in order, and the snapshot has a large one already. */
#define HALF_CACHE "-8192"

static struct env_names names_of(const struct folding *g)
{
	return (struct env_names){
		.unit = NULL, .city = g->f->rules->office->code, .week = g->f->window.week,
		.as_of = g->f->window.as_of,
	};
}

/* The last unit of the first half: in its rows lies the middle of all that is due.  NULL: no halves. */
static int find_middle(struct folding *g, char **out, struct why *why)
{
	int64_t worth = g->f->divide_from > 0 ? g->f->divide_from : WORTH_ROWS;
	sqlite3_stmt *stmt = NULL;
	int step, rc = -1;

	if (db_prepare(g->db, "SELECT unit FROM main.due WHERE (SELECT count(*) FROM main.due) >= ?1"
	    " ORDER BY unit, form, key LIMIT 1 OFFSET (SELECT (count(*) - 1) / 2 FROM main.due)",
	    &stmt, why) != 0)
		goto out;
	(void)sqlite3_bind_int64(stmt, 1, worth);
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW) {
		*out = mem_dup((const char *)sqlite3_column_text(stmt, 0));
	} else if (step != SQLITE_DONE) {
		(void)db_trouble(g->db, "due", why);
		goto out;
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* The name, in snapshots, of the file that is of the second half. */
static void second_path(const struct folding *g, struct path *out)
{
	struct path snapshot;

	(void)snprintf(out->s, sizeof out->s, "%s-half", site_snapshot(&snapshot, g->f->window.week));
}

static int attach_temporary(struct folding *g, sqlite3 *db, const char *path, const char *schema,
    struct why *why)
{
	struct buf temporary = { 0 };
	int rc;

	fsio_temporary(&temporary, path);
	rc = db_attach(db, g->f->site, buf_cstr(&temporary), DB_SNAPSHOT, schema, why);
	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s is gone: run again", buf_cstr(&temporary));
	buf_free(&temporary);
	return rc;
}

/* What a measure may read, around a fresh database: the week as far as it is folded, then the week before. */
static int attach_weeks(struct folding *g, sqlite3 *db, struct why *why)
{
	struct path p;
	int rc;

	if (sqlfn_add(db, g->f->rules, why) != 0 ||
	    attach_temporary(g, db, site_snapshot(&p, g->f->window.week), "week", why) != 0)
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
 * The half of M behind the unit MIDDLE into a file of its own.  The snapshot is at rest, or being written
 * where M does not read.
 */
static int count_second(struct folding *g, const struct measure *m, const char *middle, struct why *why)
{
	struct env_names names = names_of(g);
	sqlite3 *db = NULL;
	struct path p;
	int rc = -1;

	names.after = middle;
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

/* The same in a process of its own, which dies with this one; -1: none is to be had. */
static pid_t begin_second(struct folding *g, const struct measure *m, const char *middle)
{
	pid_t parent = getpid(), pid;
	struct why why;

	(void)fflush(NULL);             /* or the child would print it again */
	pid = fork();
	if (pid != 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EX_SOFTWARE);
	_exit(count_second(g, m, middle, &why) == 0 ? EX_DONE : EX_SOFTWARE);
}

/* Whether the process did it.  If not, this one tries, and says what is wrong with it. */
static bool end_second(pid_t pid)
{
	int status = 0;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	return got == pid && WIFEXITED(status) && WEXITSTATUS(status) == EX_DONE;
}

static int count_first(struct folding *g, const struct measure *m, const char *middle, struct why *why)
{
	struct env_names names = names_of(g);

	names.through = middle;
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
	if (attach_temporary(g, g->db, p.s, "half", why) != 0)
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

/*
 * The snapshot is closed up before: what the other process reads of it then lies in the file.  Meanwhile this
 * one writes nothing but pages of M's table and new ones.
 */
static int count_halves(struct folding *g, const struct measure *m, const char *middle, struct why *why)
{
	pid_t pid = -1;
	int rc;

	if (db_exec(g->db, "COMMIT", why) != 0)
		return -1;
	if (g->f->workers > 1)
		pid = begin_second(g, m, middle);
	else if (count_second(g, m, middle, why) != 0)
		return -1;
	rc = db_exec(g->db, "BEGIN", why);
	if (rc == 0)
		rc = count_first(g, m, middle, why);
	if (g->f->workers > 1 && (pid < 0 || !end_second(pid)) && rc == 0 &&
	    (db_exec(g->db, "COMMIT", why) != 0 || count_second(g, m, middle, why) != 0 ||
	    db_exec(g->db, "BEGIN", why) != 0))
		return -1;
	return rc == 0 ? append_second(g, m, why) : -1;
}

static int count_measure(struct folding *g, const struct measure *m, const char *middle, struct why *why)
{
	struct env_names names = names_of(g);
	bool divides = false;

	if (env_create_measure(g->db, m, why) != 0 ||
	    (middle != NULL && env_measure_divides(g->db, m, &divides, why) != 0))
		return -1;
	return divides ? count_halves(g, m, middle, why) : env_fill_measure(g->db, m, &names, why);
}

int fold_measures(struct folding *g, struct why *why)
{
	const struct ruleset *rs = g->f->rules;
	struct why second;
	char *middle = NULL;
	int rc = find_middle(g, &middle, why);

	for (size_t i = 0; rc == 0 && i < rs->n_measures; i++)
		rc = count_measure(g, &rs->measures[i], middle, why);
	if (rc != 0)
		(void)remove_second(g, &second);
	free(middle);
	return rc;
}
