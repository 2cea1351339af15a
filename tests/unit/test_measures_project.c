/*
 * project_week where two of its conditions meet or an edge is touched: each row is one sentence of the programme,
 * with its arithmetic.  28 April 2022 is the 118th day of the year.
 */
#include "tests/unit/measures_fixture.h"

struct lamp_row {
	const char *name, *start, *end;
	int         plan, ytd;          /* yuan */
	const char *want;               /* gap to two decimals, lamp */
};

/*
 * On the edge itself, where a difference of two reals is off by its last place.  1 January + 294 days = 22 October:
 * 118 of 295 days are 40 %; 19 January to 23 May: 100 of 125 days are 80 %; the whole year: 32.3288 %.
 */
static void
on_the_edge(void **state)
{
	static const struct lamp_row rows[] = {
		/* behind by 0.05 is not even: 39.95 - 40 */
		{ "by 0.05", "2022-01-01", "2022-10-22", 10000, 3995, "-0.05|黄" },
		{ "by 0.0499", "2022-01-01", "2022-10-22", 1000000, 399501, "-0.05|绿" },
		{ "ahead by 0.05", "2022-01-01", "2022-10-22", 10000, 4005, "0.05|绿" },
		/* behind by 10 is not behind by more than 10: 30 - 40, and 22.3288 - 32.3288 */
		{ "by 10", "2022-01-01", "2022-10-22", 10000, 3000, "-10.00|黄" },
		{ "by 10 of an uneven pace", "2022-01-01", "2022-12-31", 1000000, 223288, "-10.00|黄" },
		{ "by 10.01", "2022-01-01", "2022-10-22", 10000, 2999, "-10.01|红" },
		/* 64 is not less than 0.8 of 80 */
		{ "at 0.8 of its pace", "2022-01-19", "2022-05-23", 10000, 6400, "-16.00|黄" },
		{ "below 0.8 of its pace", "2022-01-19", "2022-05-23", 10000, 6399, "-16.01|红" },
	};
	struct world w;
	char id[20], text[200];

	(void)state;
	begin(&w, "2022-W17");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(id, sizeof id, "A-%02zu", i);
		project(&w, A, id, 1);
		(void)snprintf(text, sizeof text, "plan_start = '%s', plan_end = '%s', year_plan = %d", rows[i].start,
		    rows[i].end, rows[i].plan);
		set(&w, id, text);
		report(&w, A, id, 1, 0, 0, 0, "安装");
		do_sql(&w, "UPDATE progress SET ytd_done = %d WHERE project_id = '%s'", rows[i].ytd, id);
	}
	run(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(text, sizeof text, "SELECT gap, lamp FROM project_week WHERE project_id = 'A-%02zu'", i);
		want(&w, text, rows[i].want);
	}
	/* what is printed of it is said in the reason, and the same as the table has */
	want(&w, "SELECT lamp_reason FROM project_week WHERE project_id = 'A-00'",
	    "完成率40.0%，落后本项目时间进度0.1个百分点（时间进度40.0%）");
	end(&w);
}

/* Of several problems the one longest overdue is named, of equals the first by number, however they came. */
static void
which_problem_is_named(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "2022-W17");
	for (int i = 1; i <= 2; i++) {
		char id[16];

		(void)snprintf(id, sizeof id, "A-%d", i);
		project(&w, A, id, 1000);
		report(&w, A, id, 10, 0, 400, 400, "安装");
	}
	do_sql(&w,
	    "INSERT INTO problem (unit, problem_id, project_id, title, resp_unit, due, state) VALUES"
	    " ('" A "', 'P-3', 'A-1', '用地', '示例局', '2022-04-20', '办理中'),"
	    " ('" A "', 'P-2', 'A-1', '用地', '示例局', '2022-04-18', '办理中'),"
	    " ('" A "', 'P-1', 'A-1', '用地', '示例局', '2022-04-18', '办理中'),"
	    " ('" CITY "', 'P-0', 'A-2', '用地', '示例局', '2022-04-18', '办理中'),"
	    " ('" A "', 'P-9', 'A-2', '用地', '示例局', '2022-04-18', '办理中')");
	run(&w);
	want(&w, "SELECT group_concat(lamp_reason, '; ') FROM (SELECT * FROM project_week ORDER BY project_id)",
	    "问题P-1逾期10天未解决; 问题P-0逾期10天未解决");
	end(&w);
}

/* No plan at all, no report ever, a report that says nothing of its sums; a node that is a day late. */
static void
what_is_not_there(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "2022-W17");
	for (int i = 1; i <= 4; i++) {
		char id[16];

		(void)snprintf(id, sizeof id, "A-%d", i);
		project(&w, A, id, 1000);
	}
	set(&w, "A-1", "year_plan = NULL");
	report(&w, A, "A-1", 10, 0, 400, 400, "安装");
	report(&w, A, "A-3", 10, 0, 400, 400, "安装");
	do_sql(&w, "UPDATE progress SET ytd_done = NULL, cum_done = NULL, adjust = NULL WHERE project_id = 'A-3'");
	report(&w, A, "A-4", 10, 0, 400, 400, "安装");
	do_sql(&w, "INSERT INTO milestone (unit, project_id, node, plan_date) VALUES ('" A "', 'A-4', '采购', '2022-04-27')");
	run(&w);
	want(&w, "SELECT year_plan, rate, gap, lamp_reason FROM project_week WHERE project_id = 'A-1'", "0|NULL|NULL|无年度计划");
	want(&w, "SELECT reported_week, silence, week_done, adjust, ytd_done, cum_done, rate, recent FROM project_week"
	    " WHERE project_id = 'A-2'", "NULL|漏报|NULL|NULL|0|0|0.00|"
	    "[{\"week\":\"2022-W17\",\"week_done\":null,\"cum_done\":0,\"stage\":null}]");
	want(&w, "SELECT reported_week, silence, week_done, adjust, ytd_done, cum_done, rate FROM project_week"
	    " WHERE project_id = 'A-3'", "2022-W17|已报送|100000|0|0|0|0.00");
	want(&w, "SELECT lamp, lamp_reason FROM project_week WHERE project_id = 'A-4'", "黄|节点“采购”逾期1天");
	end(&w);
}

/*
 * In the week of a move the old unit was asked: what it left out is 漏报, what was held of it is 待更正, and where it
 * was silent the lamp stands - whatever the new unit sent.
 */
static void
moved_and_not_reported(void **state)
{
	static const char *const ids[] = { "A-1", "A-2", "D-1", "B-1" };
	static const char *const units[] = { A, A, D, B };
	struct world w;

	(void)state;
	begin(&w, "2022-W16");
	for (int i = 0; i < 4; i++) {
		project(&w, units[i], ids[i], 1000);
		report(&w, units[i], ids[i], 10, 0, 400, 400, "安装");
	}
	run(&w);
	step(&w, "2022-W17");
	file(&w, A, 1, "partial", 0, "progress");
	report(&w, B, "B-1", 10, 0, 410, 410, "调试");
	do_sql(&w, "INSERT INTO finding (unit, number, seq, form, key, rule, severity, held) VALUES"
	    " ('" A "', 1, 1, 'progress', 'A-2', 'V19', 'error', 1)");
	ask_due(&w);
	move(&w, "A-1", A, B);
	move(&w, "A-2", A, B);
	move(&w, "D-1", D, B);
	measure(&w);
	want(&w, "SELECT group_concat(unit || ' ' || project_id || ' ' || silence || ' ' || lamp || ' ' || lamp_reason, '; ')"
	    " FROM (SELECT * FROM project_week ORDER BY project_id)",
	    B " A-1 漏报 黄 本周漏报; " B " A-2 待更正 黄 本周待更正; "
	    B " B-1 已报送 绿 完成率41.0%，时间进度32.3%; "
	    B " D-1 未报送 绿 本周未报送，沿用上周：完成率40.0%，时间进度30.4%");
	want(&w, "SELECT group_concat(unit || ' ' || due || ' ' || reported || ' ' || missing, '; ') FROM (SELECT * FROM unit_week"
	    " WHERE unit IN ('" A "', '" B "', '" D "') AND week = '2022-W17' ORDER BY unit)",
	    D " 1 0 1; " A " 2 0 2; " B " 1 1 0");
	end(&w);
}

/* A project that stands still has no speed at all: the year ends where it is, to the last yuan. */
static void
no_speed_at_all(void **state)
{
	static const char *const weeks[] = { "2022-W12", "2022-W13", "2022-W14", "2022-W15", "2022-W16", "2022-W17",
		"2022-W19", "2022-W20" };
	struct world w;

	(void)state;
	begin(&w, weeks[0]);
	project(&w, A, "A-1", 1000);
	for (int i = 0; i < 8; i++) {
		if (i > 0)
			step(&w, weeks[i]);
		report(&w, A, "A-1", 0, 0, 400, 400, "安　装");
		run(&w);
	}
	want(&w, "SELECT forecast_rate = 40.0, forecast_finish, weeks_stalled FROM project_week", "1|NULL|8");
	/* of the stage the first sixteen characters of its digest are kept, as it is compared */
	want(&w, "SELECT json_extract(recent, '$[0].stage') = substr(digest('安装'), 1, 16) FROM project_week", "1");
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_the_edge),
		cmocka_unit_test(which_problem_is_named),
		cmocka_unit_test(what_is_not_there),
		cmocka_unit_test(moved_and_not_reported),
		cmocka_unit_test(no_speed_at_all),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
