/* uses: aggregator */
/*
 * fold_move: what the form change of the real rule set moves, and what it leaves.  Each world is the rows of
 * one folded week in memory; the week is 2022-W17, which ends on 28 April.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "aggregator/aggregator.h"
#include "common/conf.h"
#include "common/env.h"
#include "common/sqlfn.h"

static struct conf conf;
static struct ruleset *rules;

/* Two projects of 武进区, 0001 with all that refers to it; the office has numbered a problem of 0001 too. */
static const char world[] =
	"INSERT INTO project (unit, project_id, status, _week, _submission, _first, _row) VALUES"
	" ('320412', '320412-2022-0001', '在建', '2022-W12', '2022-W12/320412/001', NULL, 7),"
	" ('320412', '320412-2022-0002', '在建', '2022-W12', '2022-W12/320412/001', NULL, 8);"
	"INSERT INTO progress (unit, project_id, ytd_done, _week, _submission, _first, _row) VALUES"
	" ('320412', '320412-2022-0001', 5, '2022-W17', '2022-W17/320412/003', '2022-W17/320412/002', 2),"
	" ('320412', '320412-2022-0002', 6, '2022-W17', '2022-W17/320412/003', '2022-W17/320412/002', 3);"
	"INSERT INTO milestone (unit, project_id, node) VALUES"
	" ('320412', '320412-2022-0001', '安装'), ('320412', '320412-2022-0001', '验收'),"
	" ('320412', '320412-2022-0002', '安装');"
	"INSERT INTO problem (unit, problem_id, project_id) VALUES ('320412', '320412-W2022-0001', '320412-2022-0001'),"
	" ('320412', '320412-W2022-0002', NULL), ('320400', '320400-W2022-0001', '320412-2022-0001');";

#define SAYS(id, project, kind, to, effective)                                                          \
	"INSERT INTO change (unit, change_id, project_id, kind, to_unit, effective) VALUES"             \
	" ('320400', '" id "', '" project "', '" kind "', '" to "', '" effective "');"
#define ONE "320412-2022-0001"

static const struct {
	const char *name, *sql;
	/* of project; where it went, progress, nodes and its problem follow */
	const char *unit_of_0001;
	const char *moved;              /* form, key and cause of what moved */
} cases[] = {
	{ "nothing said", "", "320412", "" },
	{ "by short name", SAYS("1", ONE, "划转", "金坛区", "2022-04-28"), "320413",
	    "milestone 320412-2022-0001 安装 1; milestone 320412-2022-0001 验收 1; problem 320412-W2022-0001 1;"
	    " progress 320412-2022-0001 1; project 320412-2022-0001 1" },
	{ "by full name, written otherwise", SAYS("1", ONE, "划转", "常州高新区(新北区)", "2021-01-01"), "320411", NULL },
	{ "by code", SAYS("1", ONE, "划转", "CZJKQ", "2022-04-22"), "CZJKQ", NULL },
	{ "from tomorrow", SAYS("1", ONE, "划转", "金坛区", "2022-04-29"), "320412", "" },
	{ "another kind", SAYS("1", ONE, "暂缓", "金坛区", "2022-04-22"), "320412", "" },
	{ "to where it is", SAYS("1", ONE, "划转", "武进区", "2022-04-22"), "320412", "" },
	{ "to nobody", SAYS("1", ONE, "划转", "某区", "2022-04-22"), "320412", "" },
	{ "of nothing", SAYS("1", "320412-2022-0009", "划转", "金坛区", "2022-04-22"), "320412", "" },
	{ "twice: the later date", SAYS("2", ONE, "划转", "金坛区", "2022-04-22")
	    SAYS("1", ONE, "划转", "天宁区", "2022-04-23"), "320402", NULL },
	{ "twice on a day: the later number", SAYS("1", ONE, "划转", "金坛区", "2022-04-22")
	    SAYS("2", ONE, "划转", "天宁区", "2022-04-22"), "320402", NULL },
	{ "there and back", SAYS("1", ONE, "划转", "金坛区", "2022-03-22")
	    SAYS("2", ONE, "划转", "武进区", "2022-04-22"), "320412", "" },
};

static void
ok(int rc, const struct why *why)
{
	if (rc != 0)
		fail_msg("%s", why->text);
}

static void
first_of(sqlite3 *db, const char *sql, char *out, size_t size)
{
	sqlite3_stmt *stmt = NULL;
	struct why why;
	const char *text = NULL;

	ok(db_prepare(db, sql, &stmt, &why), &why);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(stmt, 0);
	(void)snprintf(out, size, "%s", text != NULL ? text : "");
	(void)sqlite3_finalize(stmt);
}

static void
want(sqlite3 *db, const char *name, const char *sql, const char *expected)
{
	char got[1000];

	first_of(db, sql, got, sizeof got);
	if (strcmp(got, expected) != 0)
		fail_msg("%s: %s\n  got    %s\n  wanted %s", name, sql, got, expected);
}

static sqlite3 *
fold_of(const char *sql)
{
	struct fold f = { .rules = rules };
	struct folding g = { .f = &f, .week = "2022-W17" };
	struct week week = { 2022, 17 };
	struct why why;

	ok(calendar_window(rules->calendar, week, &f.window, &why), &why);
	ok(db_memory(&g.db, &why), &why);
	ok(sqlfn_add(g.db, rules, &why), &why);
	ok(env_create_snapshot_tables(g.db, rules, &why), &why);
	ok(env_fill_reference(g.db, rules, &why), &why);
	ok(db_exec(g.db, world, &why), &why);
	ok(db_exec(g.db, sql, &why), &why);
	ok(fold_move(&g, &why), &why);
	return g.db;
}

static void
what_moves(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		sqlite3 *db = fold_of(cases[i].sql);
		const char *name = cases[i].name, *unit = cases[i].unit_of_0001;

		want(db, name, "SELECT unit FROM project WHERE project_id = '" ONE "'", unit);
		want(db, name, "SELECT unit FROM progress WHERE project_id = '" ONE "'", unit);
		want(db, name, "SELECT group_concat(DISTINCT unit) FROM milestone WHERE project_id = '" ONE "'", unit);
		want(db, name, "SELECT unit FROM problem WHERE problem_id = '320412-W2022-0001'", unit);
		/* what is another project's, nobody's or the office's stays; so does where a row came from */
		want(db, name, "SELECT count(*) FROM problem WHERE unit = '320412' AND project_id IS NULL", "1");
		want(db, name, "SELECT count(*) FROM problem WHERE unit = '320400'", "1");
		want(db, name, "SELECT count(*) FROM (SELECT unit, project_id FROM project UNION ALL SELECT unit, project_id"
			       " FROM progress UNION ALL SELECT unit, project_id FROM milestone) WHERE unit = '320412' AND"
			       " project_id = '320412-2022-0002'", "3");
		want(db, name, "SELECT _submission || ' ' || _first || ' ' || _row || ' ' || ytd_done FROM progress"
			       " WHERE project_id = '" ONE "'", "2022-W17/320412/003 2022-W17/320412/002 2 5");
		if (cases[i].moved != NULL)
			want(db, name, "SELECT group_concat(form || ' ' || key || ' ' || cause, '; ')"
				       " FROM (SELECT * FROM moved ORDER BY form, key)", cases[i].moved);
		want(db, name, "SELECT count(*) FROM moved WHERE from_unit <> '320412'", "0");
		db_close(db);
	}
}

/* Nothing is written over: a row whose key the new unit has stays with the old one. */
static void
what_is_there_already_stays(void **state)
{
	sqlite3 *db;

	(void)state;
	db = fold_of("INSERT INTO problem (unit, problem_id, title) VALUES ('320413', '320412-W2022-0001', '它的');"
	    SAYS("1", ONE, "划转", "金坛区", "2022-04-22"));
	want(db, "there", "SELECT group_concat(unit || ' ' || coalesce(title, '-'), '; ') FROM"
			  " (SELECT * FROM problem WHERE problem_id = '320412-W2022-0001' ORDER BY unit)",
	    "320412 -; 320413 它的");
	want(db, "there", "SELECT group_concat(form) FROM (SELECT DISTINCT form FROM moved ORDER BY 1)",
	    "milestone,progress,project");
	db_close(db);
}

static int
load(void **state)
{
	struct why why;

	(void)state;
	if (conf_load("config/zhoubao.ini", &conf, &why) != 0 || ruleset_load(&conf, &rules, &why) != 0) {
		fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	ruleset_free(rules);
	conf_free(&conf);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_moves),
		cmocka_unit_test(what_is_there_already_stays),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
