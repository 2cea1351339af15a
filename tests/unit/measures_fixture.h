/*
 * Small worlds for tests of the measures of the real rule set.  A world is a snapshot in memory; step() makes
 * it last week's and goes on.  Amounts are written in ten thousands of yuan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "common/conf.h"
#include "common/db.h"
#include "common/env.h"
#include "common/ruleset.h"
#include "common/sqlfn.h"
#include "run_measures.h"

#define A "320412"
#define B "320413"
#define C "320411"
#define D "320402"
#define CITY "320400"

struct world {
	struct ruleset  *rs;
	sqlite3         *db;
	struct env_names names;
	char             week[9];
	bool             has_prev;
};

static struct conf conf;

__attribute__((unused)) static void
ok(int rc, const struct why *why)
{
	if (rc != 0)
		fail_msg("%s", why->text);
}

__attribute__((unused)) static void
do_sql(struct world *w, const char *fmt, ...)
{
	va_list ap;
	struct why why;
	char sql[2000];

	va_start(ap, fmt);
	(void)vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	ok(db_exec(w->db, sql, &why), &why);
}

/* First row of SQL, columns joined by '|'; REAL with two decimals. */
__attribute__((unused)) static void
row_of(struct world *w, const char *sql, char *out, size_t size)
{
	sqlite3_stmt *stmt = NULL;
	struct why why;
	size_t n = 0;
	int i;

	ok(db_prepare(w->db, sql, &stmt, &why), &why);
	out[0] = '\0';
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		for (i = 0; i < sqlite3_column_count(stmt) && n < size; i++) {
			const char *bar = i > 0 ? "|" : "";

			if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
				n += (size_t)snprintf(out + n, size - n, "%sNULL", bar);
			else if (sqlite3_column_type(stmt, i) == SQLITE_FLOAT)
				n += (size_t)snprintf(
				    out + n, size - n, "%s%.2f", bar, sqlite3_column_double(stmt, i));
			else
				n += (size_t)snprintf(out + n, size - n, "%s%s", bar,
				    (const char *)sqlite3_column_text(stmt, i));
		}
	} else {
		(void)snprintf(out, size, "no row");
	}
	(void)sqlite3_finalize(stmt);
}

__attribute__((unused)) static void
want(struct world *w, const char *sql, const char *expected)
{
	char got[4000];

	row_of(w, sql, got, sizeof got);
	if (strcmp(got, expected) != 0)
		fail_msg("%s %s\n  got    %s\n  wanted %s", w->week, sql, got, expected);
}

__attribute__((unused)) static void
set_week(struct world *w, const char *week)
{
	struct window window;
	struct why why;

	assert_int_equal(week_parse(week, 8, &w->names.week), 0);
	ok(calendar_window(w->rs->calendar, w->names.week, &window, &why), &why);
	w->names.as_of = window.as_of;
	(void)snprintf(w->week, sizeof w->week, "%s", week);
}

__attribute__((unused)) static void
begin(struct world *w, const char *week)
{
	struct why why;

	memset(w, 0, sizeof *w);
	ok(ruleset_load(&conf, &w->rs, &why), &why);
	ok(db_memory(&w->db, &why), &why);
	ok(sqlfn_add(w->db, w->rs, &why), &why);
	ok(env_create_snapshot_tables(w->db, w->rs, &why), &why);
	ok(env_fill_reference(w->db, w->rs, &why), &why);
	w->names.city = CITY;
	set_week(w, week);
}

__attribute__((unused)) static void
end(struct world *w)
{
	db_close(w->db);
	ruleset_free(w->rs);
}

/* What is due by the forms as they stand. */
__attribute__((unused)) static void
ask_due(struct world *w)
{
	struct buf due = { 0 }, sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	struct why why;

	ok(env_prev_views(w->db, w->rs, w->has_prev ? "old" : NULL, NULL, &why), &why);
	env_due_sql(&due, w->rs, ruleset_form(w->rs, "progress"));
	buf_fmt(&sql, "INSERT INTO due SELECT unit, 'progress', project_id FROM (%s)", buf_cstr(&due));
	ok(db_prepare(w->db, buf_cstr(&sql), &stmt, &why), &why);
	ok(env_bind(stmt, &w->names, &why), &why);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	(void)sqlite3_finalize(stmt);
	buf_free(&due);
	buf_free(&sql);
}

/* Every measure, over what is due. */
__attribute__((unused)) static void
measure(struct world *w)
{
	struct why why;

	ok(run_measures(w->db, w->rs, &w->names, &why), &why);
}

__attribute__((unused)) static void
run(struct world *w)
{
	ask_due(w);
	measure(w);
}

/* This week becomes last week: forms are carried, the rest begins anew. */
__attribute__((unused)) static void
step(struct world *w, const char *week)
{
	static const char *const weekly[] = { "submission", "finding", "corrected", "due" };
	struct names tables = { 0 };
	sqlite3_stmt *stmt = NULL;
	struct why why;
	size_t i;

	ok(db_prepare(
	       w->db, "SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY 1", &stmt, &why),
	    &why);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		vec_room(tables.v, tables.n, tables.cap);
		tables.v[tables.n++] = mem_dup((const char *)sqlite3_column_text(stmt, 0));
	}
	(void)sqlite3_finalize(stmt);
	if (w->has_prev)
		ok(db_detach(w->db, "old", &why), &why);
	do_sql(w, "ATTACH ':memory:' AS old");
	w->has_prev = true;
	for (i = 0; i < tables.n; i++)
		do_sql(w, "CREATE TABLE old.%s AS SELECT * FROM main.%s", tables.v[i], tables.v[i]);
	for (i = 0; i < w->rs->n_measures; i++)
		do_sql(w, "DROP TABLE main.%s", w->rs->measures[i].name);
	for (i = 0; i < sizeof weekly / sizeof *weekly; i++)
		do_sql(w, "DELETE FROM main.%s", weekly[i]);
	for (i = 0; i < w->rs->n_forms; i++)
		do_sql(w, "UPDATE main.%s SET _first = NULL", w->rs->forms[i]->name);
	names_free(&tables);
	set_week(w, week);
}

/* A project in hand all year, planned at PLAN 万元; what differs is set afterwards. */
__attribute__((unused)) static void
project(struct world *w, const char *unit, const char *id, int plan)
{
	do_sql(w,
	    "INSERT INTO project (unit, project_id, project_name, enterprise, entry, frequency, plan_start, "
	    "plan_end,"
	    " actual_start, total_invest, year_plan, status, office, owner, _week) VALUES ('%s', '%s', "
	    "'示例项目', '示例一厂',"
	    " '结转', '周', '2021-06-01', '2023-06-30', '2021-06-01', %d0000 * 2, %d0000, '在建', '示例处', "
	    "'测试员甲', '%s')",
	    unit, id, plan, plan, w->week);
}

__attribute__((unused)) static void
set(struct world *w, const char *id, const char *what)
{
	do_sql(w, "UPDATE project SET %s, _week = '%s' WHERE project_id = '%s'", what, w->week, id);
}

__attribute__((unused)) static void
file(struct world *w, const char *unit, int number, const char *verdict, int late, const char *forms)
{
	do_sql(w,
	    "INSERT OR IGNORE INTO submission (unit, number, week, verdict, late, correction, forms, "
	    "rows_read, rows_held,"
	    " received_at) VALUES ('%s', %d, '%s', '%s', %d, 0, '%s', 10, 0, '%sT10:00:00')",
	    unit, number, w->week, verdict, late, forms, "2022-04-27");
}

/* A report of this week in the unit's file 1; amounts in 万元. */
__attribute__((unused)) static void
report(struct world *w, const char *unit, const char *id, int week_done, int adjust, int ytd, int cum,
    const char *stage)
{
	file(w, unit, 1, "accepted", 0, "progress");
	do_sql(w,
	    "INSERT OR REPLACE INTO progress (unit, project_id, week_done, adjust, ytd_done, cum_done, "
	    "stage, _week,"
	    " _submission, _first, _row) VALUES ('%s', '%s', %d0000, %d0000, %d0000, %d0000, '%s', '%s', "
	    "'%s/%s/001',"
	    " '%s/%s/001', 2)",
	    unit, id, week_done, adjust, ytd, cum, stage, w->week, w->week, unit, w->week, unit);
}

__attribute__((unused)) static void
set_setting(struct world *w, const char *name, const char *value)
{
	for (size_t i = 0; i < w->rs->n_settings; i++) {
		if (strcmp(w->rs->settings[i].name, name) == 0) {
			w->rs->settings[i].value = arena_dup(&w->rs->arena, value);
			return;
		}
	}
	fail_msg("no setting %s", name);
}

/* ---- what the office decided, and what the fold moves ---- */

__attribute__((unused)) static void
change_of_fate(struct world *w, const char *id, const char *project_id, const char *kind,
    const char *effective)
{
	do_sql(w,
	    "INSERT INTO change (unit, change_id, project_id, kind, effective, approved_by, reason, _week) VALUES"
	    " ('" CITY "', '%s', '%s', '%s', '%s', '测试员乙', '示例', '%s')", id, project_id, kind, effective, w->week);
}

/* As the fold moves: the rows, and what it says of it. */
__attribute__((unused)) static void
move(struct world *w, const char *id, const char *from, const char *to)
{
	static const char *const forms[] = { "project", "progress", "milestone", "problem" };

	for (size_t i = 0; i < 4; i++) {
		const char *key = strcmp(forms[i], "milestone") == 0 ? "project_id || ' ' || node"
		    : strcmp(forms[i], "problem") == 0 ? "problem_id" : "project_id";

		do_sql(w, "INSERT INTO moved SELECT '%s', %s, '%s', '%s', 'C-1' FROM %s WHERE unit = '%s' AND project_id"
		    " = '%s'", forms[i], key, to, from, forms[i], from, id);
		do_sql(w, "UPDATE %s SET unit = '%s' WHERE unit = '%s' AND project_id = '%s'", forms[i], to, from, id);
	}
}

/* ---- a group ---- */

__attribute__((unused)) static int
load(void **state)
{
	struct why why;

	(void)state;
	if (conf_load("config/zhoubao.ini", &conf, &why) != 0) {
		fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	return 0;
}

__attribute__((unused)) static int
unload(void **state)
{
	(void)state;
	conf_free(&conf);
	return 0;
}
