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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_the_edge),
		cmocka_unit_test(which_problem_is_named),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
