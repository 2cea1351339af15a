/*
 * The sums of the measures, every column of a row at once, so that no term of it can be lost: unit_week, move_week,
 * ledger_week, page_week, quality_week.  Amounts in the comments are ten thousands of yuan.
 */
#include "tests/unit/measures_fixture.h"

/* ---- unit_week ---- */

/*
 * 28 April: pace 32.3288.  武进区: A-1 300 of 1000, A-2 400 of 500, A-3 50 without a plan, A-4 left out (plan 400),
 * finished by 31 March: 90 of 100 (10 saved) and 130 of 100 (nothing saved).
 *   plan 2100, done of it 920: 43.81; with A-4 at its pace (129.3152) 1049.3152: 49.97
 *   planned by now: 323.288 + 161.644 + 129.3152 + 100 + 100 = 814.2472: 38.77
 * 金坛区: B-1 100 of 2000, B-2 300 of 300: 400 of 2300 is 17.39; planned 646.576 + 96.9864 = 743.5624: 32.33
 * The city: 1320 of 4400 is 30; 1449.3152: 32.94; planned 1557.8096: 35.40
 */
static void
a_unit_to_the_letter(void **state)
{
	static const char columns[] = "projects, due, reported, missing, coverage, on_time, total_invest, year_plan, week_done,"
	    " adjust, ytd_done, cum_done, rate, rate_low, rate_high, pace, pace_planned, gap, unplanned_done, rank,"
	    " year_starts, due_starts, started, start_rate, finished, green, yellow, red, grey, saved";
	static const struct { const char *unit, *want; } rows[] = {
		{ A, "6|4|3|1|75.00|3|42700000|21000000|510000|-50000|9700000|18800000|43.81|43.81|49.97|32.33|38.77|11.48|"
		     "500000|NULL|2|2|1|50.00|2|1|1|1|3|100000" },
		{ B, "2|2|2|0|100.00|2|46000000|23000000|180000|30000|4000000|4000000|17.39|17.39|17.39|32.33|32.33|-14.94|"
		     "0|1|1|1|1|100.00|0|1|0|1|0|0" },
		{ CITY, "8|6|5|1|83.33|5|88700000|44000000|690000|-20000|13700000|22800000|30.00|30.00|32.94|32.33|35.40|-2.33|"
		        "500000|NULL|3|3|2|66.67|2|2|1|2|3|100000" },
		{ C, "0|0|0|0|NULL|0|0|0|0|0|0|0|NULL|NULL|NULL|32.33|NULL|NULL|0|NULL|0|0|0|NULL|0|0|0|0|0|0" },
	};
	struct world w;
	char sql[700];

	(void)state;
	begin(&w, "2022-W17");
	project(&w, A, "A-1", 1000);
	set(&w, "A-1", "entry = '新开工', plan_start = '2022-01-01', actual_start = '2022-01-05'");
	project(&w, A, "A-2", 500);
	set(&w, "A-2", "entry = '新开工', plan_start = '2022-01-01', actual_start = NULL");
	project(&w, A, "A-3", 0);
	set(&w, "A-3", "total_invest = 700000");
	project(&w, A, "A-4", 400);
	set(&w, "A-4", "entry = '新开工', actual_start = NULL");
	for (int i = 5; i <= 6; i++) {
		char id[16];

		(void)snprintf(id, sizeof id, "A-%d", i);
		project(&w, A, id, 100);
		set(&w, id, "status = '竣工', plan_end = '2022-03-31', actual_end = '2022-03-01'");
		do_sql(&w, "INSERT INTO progress (unit, project_id, week_done, ytd_done, cum_done, _week) VALUES"
		    " ('" A "', '%s', 50000, %d, %d, '2022-W09')", id, i == 5 ? 900000 : 1300000, i == 5 ? 900000 : 1300000);
	}
	project(&w, B, "B-1", 2000);
	set(&w, "B-1", "entry = '新开工', plan_start = '2022-01-01', actual_start = '2022-02-01'");
	project(&w, B, "B-2", 300);
	report(&w, A, "A-1", 20, -5, 300, 700, "安装");
	report(&w, A, "A-2", 30, 0, 400, 900, "安装");
	report(&w, A, "A-3", 1, 0, 50, 60, "安装");
	report(&w, B, "B-1", 7, 3, 100, 100, "安装");
	report(&w, B, "B-2", 11, 0, 300, 300, "安装");
	do_sql(&w, "UPDATE progress SET adjust = NULL WHERE adjust = 0");
	/* what else is due or moved is not of progress */
	do_sql(&w, "INSERT INTO due VALUES ('" A "', 'practice', 'A-1'), ('" B "', 'practice', 'X')");
	do_sql(&w, "INSERT INTO moved (form, key, to_unit, from_unit, cause) VALUES ('milestone', 'A-1', '" C "', '" A "', 'K')");
	run(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT %s FROM unit_week WHERE unit = '%s'", columns, rows[i].unit);
		want(&w, sql, rows[i].want);
	}
	/* a plan of one yuan is a plan, and what was done beside it stays beside it; two units saved, 10 and 30 */
	step(&w, "2022-W19");
	project(&w, C, "C-1", 0);
	set(&w, "C-1", "year_plan = 1");
	report(&w, C, "C-1", 0, 0, 0, 0, "安装");
	project(&w, C, "C-2", 0);
	report(&w, C, "C-2", 0, 0, 0, 0, "安装");
	do_sql(&w, "UPDATE progress SET ytd_done = CASE project_id WHEN 'C-1' THEN 1 ELSE 5 END WHERE unit = '" C "'");
	project(&w, B, "B-9", 50);
	set(&w, "B-9", "status = '竣工', actual_end = '2022-05-01'");
	report(&w, B, "B-9", 20, 0, 20, 20, "竣工");
	run(&w);
	want(&w, "SELECT rate, rate_high, unplanned_done, pace_planned FROM unit_week WHERE unit = '" C "' AND week = '2022-W19'",
	    "100.00|100.00|5|0.00");
	want(&w, "SELECT saved, finished, grey, unplanned_done FROM unit_week WHERE unit = '" CITY "' AND week = '2022-W19'",
	    "400000|3|5|500005");
	end(&w);
}

/* The missing of every kind at their own pace; what reported nothing new is not missing; one that is not asked is not. */
static void
highest_by_silence(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "2022-W16");
	project(&w, A, "A-1", 1000);
	project(&w, A, "A-2", 1000);
	project(&w, B, "B-1", 1000);
	project(&w, C, "C-1", 1000);
	project(&w, D, "D-1", 1000);
	set(&w, "D-1", "frequency = '月'");
	report(&w, A, "A-2", 0, 0, 0, 0, "前期");
	file(&w, B, 1, "refused", 0, "progress");
	run(&w);
	/* 21 April: 111 of 365 days, 30.4110 */
	want(&w, "SELECT group_concat(unit || ' ' || round_half(rate_high, 2), '; ') FROM (SELECT * FROM unit_week WHERE unit"
	    " IN ('" A "', '" B "', '" C "', '" D "') ORDER BY unit)", D " 0.0; " C " 30.41; " A " 15.21; " B " 30.41");
	end(&w);
}

/* Ranked from a coverage of 90 on: 9 of 10; not with 8 of 9. */
static void
coverage_of_90(void **state)
{
	struct world w;
	char id[16];

	(void)state;
	begin(&w, "2022-W16");
	for (int i = 0; i < 10; i++) {
		(void)snprintf(id, sizeof id, "A-%d", i);
		project(&w, A, id, 100);
		(void)snprintf(id, sizeof id, "B-%d", i);
		project(&w, B, id, 100);
		if (i > 0) {
			(void)snprintf(id, sizeof id, "A-%d", i);
			report(&w, A, id, 1, 0, 40, 40, "安装");
		}
		if (i > 1) {
			(void)snprintf(id, sizeof id, "B-%d", i);
			report(&w, B, id, 1, 0, 90, 90, "安装");
		}
	}
	do_sql(&w, "DELETE FROM project WHERE project_id = 'B-0'");
	run(&w);
	want(&w, "SELECT group_concat(round_half(coverage, 1) || ' ' || coalesce(rank, '-'), '; ') FROM (SELECT * FROM unit_week"
	    " WHERE unit IN ('" A "', '" B "') ORDER BY unit)", "90.0 1; 88.9 -");
	/* no rank, and so no change, next week; from the one after on there is */
	step(&w, "2022-W17");
	for (int i = 1; i < 10; i++) {
		(void)snprintf(id, sizeof id, "B-%d", i);
		report(&w, B, id, 1, 0, 91, 91, "安装");
	}
	run(&w);
	want(&w, "SELECT group_concat(coalesce(rank, '-') || ' ' || coalesce(rank_before, '-') || ' ' || coalesce(rank_change, '-'),"
	    " '; ') FROM (SELECT * FROM unit_week WHERE unit IN ('" A "', '" B "') AND week = '2022-W17' ORDER BY unit)",
	    "- 1 -; 1 - -");
	end(&w);
}

/* ---- move_week, ledger_week ---- */

/*
 * W17.  武进区 had 370 of 1700: A-1 300, A-2 50, A-9 20.  go to 金坛区 (310 of 1100: B-1 300, B-2 10).
 *   A-1  330 after 20 + 5: it says 305 were before, 5 more than there were; its plan grows by 100
 *   A-3  30 after 10 + 5 and A-4 70 after 20 enter: 15 + 50 = 65 from before
 *   B-1  312 after 10, but a sealed week of it was corrected: 2;  B-2  21 after 10: 1;  B-3 enters with 19 after 9: 10
 *   A-2  60 after 10;  A-9 says nothing: 20, and its plan grows by 50, B-2's by 30
 * 武进区 370 + 50 + 10 + 65 - 70 + 5 = 430; 金坛区 310 + 39 + 10 + 70 + 2 + 1 = 432
 * Had nothing been done: (300 + 15 + 50) / 1400 = 26.07 after 370 / 1700 = 21.76: 4.31;
 *   (300 + 10 + 50 + 20) / 1880 = 20.21 after 310 / 1100 = 28.18: -7.97; 745 / 3280 = 22.71 after 680 / 2800 = 24.29
 */
static void
a_ledger_to_the_letter(void **state)
{
	static const char columns[] = "ytd_before, week_done, adjust, entered, moved_in, moved_out, withdrawn, corrected, other,"
	    " ytd, holds, plan_before, plan_entered, plan_moved_in, plan_moved_out, plan_withdrawn, plan_changed, year_plan,"
	    " came, went, rate_before, rate_moved, rate";
	static const struct { const char *unit, *w17, *w19; } rows[] = {
		{ A, "3700000|500000|100000|650000|0|700000|0|0|50000|4300000|0|17000000|3000000|0|7000000|0|1000000|14000000|"
		     "2|2|21.76|4.31|30.71",
		  "4300000|0|0|0|0|0|4300000|0|0|0|0|14000000|0|0|0|14000000|0|0|0|3|30.71|NULL|NULL" },
		{ B, "3100000|390000|0|100000|700000|0|0|20000|10000|4320000|0|11000000|0|7000000|0|0|800000|18800000|"
		     "3|0|28.18|-7.97|21.97",
		  "4320000|0|0|0|0|0|3120000|0|0|1200000|0|18800000|0|0|0|10000000|0|8800000|0|1|21.97|-10.49|11.48" },
		{ CITY, "6800000|890000|100000|750000|700000|700000|0|20000|60000|8620000|0|28000000|3000000|7000000|7000000|0|"
		        "1800000|32800000|5|2|24.29|-1.57|25.70",
		  "8620000|0|0|0|0|0|7420000|0|0|1200000|0|32800000|0|0|0|24000000|0|8800000|0|4|25.70|-14.22|11.48" },
	};
	struct world w;
	char sql[500];

	(void)state;
	begin(&w, "2022-W16");
	project(&w, A, "A-1", 1000);
	project(&w, A, "A-2", 500);
	project(&w, A, "A-9", 200);
	project(&w, B, "B-1", 1000);
	project(&w, B, "B-2", 100);
	report(&w, A, "A-1", 1, 0, 300, 600, "安装");
	report(&w, A, "A-2", 1, 0, 50, 100, "安装");
	report(&w, A, "A-9", 1, 0, 20, 40, "安装");
	report(&w, B, "B-1", 1, 0, 300, 600, "安装");
	report(&w, B, "B-2", 1, 0, 10, 20, "安装");
	run(&w);
	want(&w, "SELECT ytd_before, week_done, ytd, plan_before, year_plan, holds FROM ledger_week WHERE unit = '" A "'",
	    "3670000|30000|3700000|17000000|17000000|1");
	step(&w, "2022-W17");
	project(&w, A, "A-3", 100);
	project(&w, A, "A-4", 200);
	project(&w, B, "B-3", 0);
	report(&w, A, "A-1", 20, 5, 330, 630, "调试");
	report(&w, A, "A-2", 10, 0, 60, 110, "调试");
	report(&w, A, "A-3", 10, 5, 30, 90, "调试");
	report(&w, A, "A-4", 20, 0, 70, 90, "调试");
	report(&w, B, "B-1", 10, 0, 312, 612, "调试");
	report(&w, B, "B-2", 10, 0, 21, 31, "调试");
	report(&w, B, "B-3", 9, 0, 19, 29, "调试");
	do_sql(&w, "UPDATE progress SET adjust = NULL WHERE adjust = 0");
	set(&w, "A-1", "year_plan = 11000000");
	set(&w, "A-9", "year_plan = 2500000");
	set(&w, "B-2", "year_plan = 1300000");
	do_sql(&w, "INSERT INTO corrected (unit, number, seq, form, key, field, week, old, new) VALUES"
	    " ('" B "', 1, 1, 'progress', 'B-1', 'ytd_done', '2022-W16', '1', '2'),"
	    " ('" B "', 1, 2, 'progress', 'B-1', 'cum_done', '2022-W16', '1', '2'),"
	    " ('" A "', 1, 1, 'project', 'A-1', 'year_plan', '2022-W16', '1', '2')");
	/* of what comes and goes: who approved it, where somebody did */
	change_of_fate(&w, "K-1", "A-3", "入库", "2022-04-25");
	change_of_fate(&w, "K-2", "A-4", "暂缓", "2022-04-25");
	ask_due(&w);
	move(&w, "A-2", A, B);
	move(&w, "A-9", A, B);
	measure(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT %s FROM ledger_week WHERE unit = '%s'", columns, rows[i].unit);
		want(&w, sql, rows[i].w17);
	}
	want(&w,
	    "SELECT group_concat(unit || ' ' || project_id || ' ' || what || ' ' || coalesce(other, '-') || ' ' ||"
	    " coalesce(change_id, '-') || ' ' || (ytd_done / 10000) || ' ' || (year_plan / 10000), '; ') FROM"
	    " (SELECT * FROM move_week ORDER BY unit, project_id)",
	    A " A-2 划出 " B " C-1 50 500; " A " A-3 新入库 - K-1 15 100; " A " A-4 新入库 - - 50 200; "
	    A " A-9 划出 " B " C-1 20 200; " B " A-2 划入 " A " C-1 50 500; " B " A-9 划入 " A " C-1 20 250; "
	    B " B-3 新入库 - - 10 0");
	/*
	 * W19: all of 武进区's go, each in its way, and B-1 by approval, whatever was approved of A-1.  Left are B-2 21,
	 * A-2 60, A-9 20 of 880: 11.48 after 413 of 1880, 21.97, and after 843 of 3280, 25.70
	 */
	step(&w, "2022-W19");
	do_sql(&w, "DELETE FROM moved; DELETE FROM corrected");
	set(&w, "A-1", "status = '退库'");
	set(&w, "A-3", "status = '储备'");
	do_sql(&w, "DELETE FROM project WHERE project_id = 'A-4'; DELETE FROM progress WHERE project_id = 'A-4'");
	change_of_fate(&w, "K-3", "A-1", "恢复", "2022-05-01");
	change_of_fate(&w, "K-4", "B-1", "退库", "2022-05-12");
	do_sql(&w, "UPDATE project SET _week = '2022-W19'");
	run(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT %s FROM ledger_week WHERE unit = '%s'", columns, rows[i].unit);
		want(&w, sql, rows[i].w19);
	}
	want(&w,
	    "SELECT group_concat(project_id || ' ' || what || ' ' || coalesce(other, '-') || ' ' || coalesce(change_id, '-')"
	    " || ' ' || (ytd_done / 10000) || ' ' || (year_plan / 10000), '; ') FROM (SELECT * FROM move_week ORDER BY unit, project_id)",
	    "A-1 退库 - - 330 1100; A-3 转储备 - - 30 100; A-4 撤销 - - 70 200; B-1 退库 - K-4 312 1000");
	end(&w);
}

/*
 * Two units that exchange two each, with a new one of 30 each; and what was not reported at all.
 *   武进区 A-1 100 of 400, A-2 50 of 200 go; B-1 200 of 300, B-2 80 of 700 come
 *   of 武进区: two sums rounded by the sender, by 2 and by 3, and one of 60 that a correction makes 45
 *   without a report.  A-6 was never reported and goes as well: that it went is known by the project alone
 * 武进区 290 + 65 + 30 + 280 - 150 - 15 + 5 = 505: 52 + 63 + 45 + 35 + 220 + 90; 金坛区 280 + 26 + 30 + 150 - 280 = 206
 */
static void
an_exchange(void **state)
{
	static const struct { const char *unit, *want; } rows[] = {
		{ A, "2900000|650000|300000|2800000|1500000|-150000|50000|5050000|15000000|6000000|10000000|6100000|0|24900000|3|3" },
		{ B, "2800000|260000|300000|1500000|2800000|0|0|2060000|10000000|6000000|6100000|10000000|0|12100000|4|2" },
		{ CITY, "5700000|910000|600000|4300000|4300000|-150000|50000|7110000|25000000|12000000|16100000|16100000|0|37000000|7|5" },
	};
	struct world w;
	char sql[400];

	(void)state;
	begin(&w, "2022-W16");
	project(&w, A, "A-1", 400);
	project(&w, A, "A-2", 200);
	project(&w, A, "A-3", 300);
	project(&w, A, "A-4", 300);
	project(&w, A, "A-5", 290);
	project(&w, A, "A-6", 10);
	project(&w, B, "B-1", 300);
	project(&w, B, "B-2", 700);
	report(&w, A, "A-1", 1, 0, 100, 100, "安装");
	report(&w, A, "A-2", 1, 0, 50, 50, "安装");
	report(&w, A, "A-3", 1, 0, 40, 40, "安装");
	report(&w, A, "A-4", 1, 0, 40, 40, "安装");
	report(&w, A, "A-5", 1, 0, 60, 60, "安装");
	report(&w, B, "B-1", 1, 0, 200, 200, "安装");
	report(&w, B, "B-2", 1, 0, 80, 80, "安装");
	run(&w);
	step(&w, "2022-W17");
	project(&w, A, "A-7", 600);
	project(&w, B, "B-7", 600);
	report(&w, A, "A-3", 10, 0, 52, 52, "调试");
	report(&w, A, "A-4", 20, 0, 63, 63, "调试");
	report(&w, A, "A-7", 5, 0, 35, 35, "调试");
	report(&w, B, "B-7", 6, 0, 36, 36, "调试");
	report(&w, A, "A-1", 10, 0, 110, 110, "调试");
	report(&w, A, "A-2", 10, 0, 60, 60, "调试");
	report(&w, B, "B-1", 20, 0, 220, 220, "调试");
	report(&w, B, "B-2", 10, 0, 90, 90, "调试");
	do_sql(&w, "UPDATE progress SET ytd_done = 450000 WHERE project_id = 'A-5'");
	do_sql(&w, "INSERT INTO corrected (unit, number, seq, form, key, field, week, old, new) VALUES"
	    " ('" A "', 9, 1, 'progress', 'A-5', 'ytd_done', '2022-W16', '600000', '450000'),"
	    /* what was corrected of one that only enters now is in what it brings */
	    " ('" A "', 9, 2, 'progress', 'A-7', 'ytd_done', '2022-W16', '100000', '300000')");
	ask_due(&w);
	move(&w, "A-1", A, B);
	move(&w, "A-2", A, B);
	move(&w, "A-6", A, B);
	move(&w, "B-1", B, A);
	move(&w, "B-2", B, A);
	measure(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT ytd_before, week_done, entered, moved_in, moved_out, corrected, other, ytd,"
		    " plan_before, plan_entered, plan_moved_in, plan_moved_out, plan_changed, year_plan, came, went"
		    " FROM ledger_week WHERE unit = '%s'", rows[i].unit);
		want(&w, sql, rows[i].want);
	}
	want(&w, "SELECT group_concat(unit || ' ' || what || ' ' || other, '; ') FROM (SELECT * FROM move_week WHERE"
	    " project_id = 'A-6' ORDER BY unit)", A " 划出 " B "; " B " 划入 " A);
	want(&w, "SELECT sum(ytd = ytd_before + week_done + adjust + entered + moved_in - moved_out - withdrawn + corrected + other)"
	    " FROM ledger_week", "8");
	end(&w);
}

/* ---- page_week ---- */

/*
 * Three weeks up to 28 April, of which the last begins on the 22nd.  Every figure of the page for 武进区, for 金坛区,
 * and for the city, where those of the office's own are in.
 */
static void
a_page_to_the_letter(void **state)
{
	static const struct { const char *figure; int a, b, city; } rows[] = {
		{ "新增红灯", 1, 1, 2 }, { "转出红灯", 2, 0, 2 }, { "连续三周红灯", 1, 1, 2 }, { "可比自评", 3, 1, 4 },
		{ "自评不一致", 1, 1, 2 }, { "本周新开工", 2, 0, 2 }, { "本周竣工", 1, 1, 2 }, { "新入库", 1, 1, 2 },
		{ "退出在库", 1, 0, 1 }, { "节点逾期", 2, 0, 2 }, { "节点临近", 1, 1, 2 }, { "节点推迟", 1, 1, 2 },
		{ "暂缓节点", 1, 0, 1 }, { "本周完成节点", 2, 0, 2 }, { "问题逾期", 3, 0, 4 }, { "市级问题", 3, 1, 5 },
		{ "市级问题逾期", 2, 0, 3 }, { "问题待核", 1, 1, 2 }, { "议定在办", 3, 0, 4 }, { "议定逾期", 1, 0, 2 },
		{ "议定销号", 1, 0, 2 }, { "到期承诺", 9, 0, 9 }, { "如期兑现", 3, 0, 3 }, { "改期", 4, 1, 5 },
		{ "改期次数", 5, 1, 6 },
	};
	static const char *const weeks[] = { "2022-W15", "2022-W16", "2022-W17" };
	struct world w;
	char sql[200], wanted[20];

	(void)state;
	begin(&w, weeks[0]);
	for (int i = 1; i <= 6; i++) {
		char id[16];

		(void)snprintf(id, sizeof id, "A-%d", i);
		project(&w, A, id, 1000);
	}
	project(&w, B, "B-1", 1000);
	project(&w, B, "B-2", 1000);
	set(&w, "A-6", "status = '停工'");
	/*
	 * dates first given for a day of W17: three nodes, of which two are kept; the ends of A-1 (moved off) and A-5
	 * (kept); two problems and two decisions.  Moved: the end of A-1, 安装, 联调 (forward) and 验收 (there and back)
	 * of A-2, and 验收 of B-1
	 */
	set(&w, "A-1", "plan_end = '2022-04-28'");
	set(&w, "A-5", "plan_end = '2022-04-22'");
	do_sql(&w, "INSERT INTO milestone (unit, project_id, node, plan_date, forecast_date) VALUES"
	    " ('" A "', 'A-1', '签约', '2022-04-22', NULL), ('" A "', 'A-1', '采购', '2022-04-28', NULL),"
	    " ('" A "', 'A-1', '安装', '2022-04-21', NULL), ('" A "', 'A-2', '安装', '2022-04-27', NULL),"
	    " ('" A "', 'A-2', '联调', '2022-05-12', '2022-05-13'), ('" A "', 'A-2', '竣工', '2022-05-13', '2022-06-01'),"
	    " ('" A "', 'A-2', '验收', '2022-05-13', '2022-05-13'), ('" A "', 'A-6', '采购', '2022-04-01', NULL),"
	    " ('" A "', 'A-6', '安装', '2022-05-01', '2022-06-01'), ('" B "', 'B-1', '验收', '2022-05-12', '2022-06-01')");
	do_sql(&w, "INSERT INTO problem (unit, problem_id, title, need_level, resp_unit, due, state, verified_by) VALUES"
	    " ('" A "', 'P-1', '用地', '市', '示例局', '2022-04-27', '办理中', NULL),"
	    " ('" A "', 'P-2', '用地', '省', '示例局', '2022-04-20', '退回', NULL),"
	    " ('" A "', 'P-3', '用地', '区', '示例局', '2022-04-20', '待办', NULL),"
	    " ('" A "', 'P-4', '用地', '市', '示例局', '2022-04-20', '待核', NULL),"
	    " ('" A "', 'P-5', '用地', '镇', '示例局', '2022-04-28', '待办', NULL),"
	    " ('" A "', 'P-6', '用地', '市', '示例局', '2022-04-01', '销号', '测试员乙'),"
	    " ('" B "', 'P-7', '用地', '市', '示例局', '2022-05-20', '销号', NULL),"
	    " ('" CITY "', 'P-8', '用地', '市', '示例局', '2022-04-20', '办理中', NULL)");
	do_sql(&w, "INSERT INTO action (unit, action_id, title, resp_unit, due, level, state, verified_by) VALUES"
	    " ('" CITY "', 'D-1', '示例', '武进区', '2022-04-27', '蓝', '交办', NULL),"
	    " ('" CITY "', 'D-2', '示例', '武进区', '2022-04-28', '蓝', '交办', NULL),"
	    " ('" CITY "', 'D-3', '示例', '武进区', '2022-04-20', '蓝', '待核', NULL),"
	    " ('" CITY "', 'D-4', '示例', '武进区', '2022-04-20', '蓝', '办理中', '测试员乙'),"
	    " ('" CITY "', 'D-5', '示例', '武进区', '2022-04-01', '蓝', '销号', '测试员乙'),"
	    " ('" CITY "', 'D-6', '示例', '示例局', '2022-04-20', '蓝', '交办', NULL),"
	    " ('" CITY "', 'D-7', '示例', '示例局', '2022-05-20', '蓝', '办理中', '测试员乙')");
	for (int k = 0; k < 3; k++) {
		if (k > 0)
			step(&w, weeks[k]);
		if (k == 1) {
			/* moved on in W16, and back in W17 */
			do_sql(&w, "UPDATE milestone SET plan_date = '2022-05-14' WHERE node = '验收' AND project_id = 'A-2'");
			do_sql(&w, "UPDATE milestone SET plan_date = '2022-05-11' WHERE project_id = 'B-1'");
			set(&w, "A-1", "plan_end = '2022-06-28'");
		}
		if (k == 2) {
			project(&w, A, "A-7", 1000);
			project(&w, B, "B-3", 1000);
			set(&w, "A-3", "status = '退库'");
			set(&w, "A-4", "actual_start = '2022-04-22', actual_end = '2022-04-21', plan_start = '2022-05-10'");
			set(&w, "A-5", "actual_end = '2022-04-22', status = '竣工', actual_start = '2022-04-21'");
			set(&w, "B-1", "actual_end = '2022-04-28'");
			set(&w, "A-7", "actual_start = '2022-04-28'");
			do_sql(&w, "UPDATE milestone SET actual_date = '2022-04-22' WHERE node = '签约'");
			do_sql(&w, "UPDATE milestone SET actual_date = '2022-04-28' WHERE node = '采购' AND project_id = 'A-1'");
			do_sql(&w, "UPDATE milestone SET plan_date = '2022-05-13' WHERE node = '验收' AND project_id = 'A-2'");
			do_sql(&w, "UPDATE milestone SET plan_date = '2022-04-30' WHERE node = '安装' AND project_id = 'A-2'");
			do_sql(&w, "UPDATE milestone SET plan_date = '2022-04-27' WHERE node = '联调'");
			do_sql(&w, "UPDATE action SET state = '销号' WHERE action_id IN ('D-4', 'D-7')");
		}
		/* A-1 and B-1 red throughout, A-2 and A-5 leave it, A-4 and B-2 turn red, A-7 is green */
		report(&w, A, "A-1", 1, 0, 100 + k, 100 + k, weeks[k]);
		report(&w, A, "A-2", 1, 0, k == 2 ? 400 : 100, 400, weeks[k]);
		report(&w, A, "A-4", 1, 0, k == 2 ? 0 : 400, 400, weeks[k]);
		report(&w, B, "B-1", 1, 0, 100 + k, 100 + k, weeks[k]);
		report(&w, B, "B-2", 1, 0, k == 2 ? 10 : 400, 400, weeks[k]);
		if (k == 2) {
			report(&w, A, "A-7", 1, 0, 400, 400, "安装");
			report(&w, B, "B-3", 1, 0, 400, 400, "安装");
			set(&w, "A-4", "plan_start = '2021-06-01'");
			do_sql(&w, "UPDATE progress SET lamp_self = '绿' WHERE project_id IN ('A-7', 'B-1')");
			do_sql(&w, "UPDATE progress SET lamp_self = '黄' WHERE project_id IN ('A-2')");
			do_sql(&w, "UPDATE progress SET lamp_self = '黄' WHERE project_id IN ('A-4')");
		}
		run(&w);
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT max(n) FILTER (WHERE unit = '" A "') || ' ' || max(n) FILTER (WHERE unit = '" B
		    "') || ' ' || max(n) FILTER (WHERE unit = '" CITY "') FROM page_week WHERE figure = '%s'", rows[i].figure);
		(void)snprintf(wanted, sizeof wanted, "%d %d %d", rows[i].a, rows[i].b, rows[i].city);
		want(&w, sql, wanted);
	}
	/* a figure for each unit that counts and the city, also where it is nothing */
	want(&w, "SELECT count(DISTINCT figure), count(DISTINCT unit), count(*), sum(n) FILTER (WHERE unit = '" C "') FROM page_week",
	    "25|8|200|0");
	end(&w);
}

/* ---- quality_week ---- */

/*
 * 武进区's files: 1 progress, 10 rows, 4 held; 2 progress again, late, 7 and 1; 3 refused, of no known form; 4 refused,
 * late, nodes, 5 rows; 5 a duplicate; 6 a correction; 7 refused, projects, 3 rows.  First of their kind are 1, 3, 4, 7:
 * 18 rows, of which 4 + 0 + 5 + 3 = 12 were not taken: 66.67.  金坛区: one file of 8 rows, 2 held: 25; both 14 of 26.
 * Warnings: two, and one of which it is not said whether it was explained; one was.
 */
static void
quality_to_the_letter(void **state)
{
	static const char columns[] = "files, refused, late_files, due, reported, missing, on_time, on_time_rate, coverage,"
	    " is_on_time, is_complete, first_rows, first_held, first_error_rate, rows_read, rows_held, warnings, corrections,"
	    " year_weeks, year_on_time, year_complete, year_refused, year_held, year_corrections";
	static const struct { const char *unit, *w16, *w17; } rows[] = {
		{ A, "5|3|2|2|1|1|0|0.00|50.00|0|0|18|12|66.67|25|5|3|3|1|0|0|3|5|3",
		  "1|1|0|2|0|2|0|0.00|0.00|0|0|1|1|100.00|1|2|0|2|2|0|0|4|7|5" },
		{ B, "1|0|0|1|1|0|1|100.00|100.00|1|1|8|2|25.00|8|2|0|0|1|1|1|0|2|0",
		  "0|0|0|1|0|1|0|0.00|0.00|0|0|0|0|NULL|0|0|0|0|2|1|1|0|2|0" },
		{ C, "0|0|0|0|0|0|0|NULL|NULL|1|1|0|0|NULL|0|0|0|0|1|1|1|0|0|0",
		  "0|0|0|0|0|0|0|NULL|NULL|1|1|0|0|NULL|0|0|0|0|2|2|2|0|0|0" },
		{ CITY, "6|3|2|3|2|1|1|33.33|66.67|0|0|26|14|53.85|33|7|3|3|1|0|0|3|7|3",
		  "1|1|0|3|0|3|0|0.00|0.00|0|0|1|1|100.00|1|2|0|2|2|0|0|4|9|5" },
	};
	static const struct { int number; const char *verdict, *forms; int late; const char *read, *held; } files[] = {
		{ 1, "partial", "progress", 0, "10", "4" }, { 2, "accepted", "progress", 1, "7", "1" },
		{ 3, "refused", "", 0, "NULL", "NULL" }, { 4, "refused", "milestone", 1, "5", "NULL" },
		{ 5, "duplicate", "progress", 1, "7", "1" }, { 6, "partial", "progress", 1, "9", "2" },
		{ 7, "refused", "project", 0, "3", "NULL" },
	};
	struct world w;
	char sql[500];

	(void)state;
	begin(&w, "2022-W16");
	project(&w, A, "A-1", 1000);
	project(&w, A, "A-2", 1000);
	project(&w, B, "B-1", 1000);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		file(&w, A, files[i].number, files[i].verdict, files[i].late, files[i].forms);
		do_sql(&w, "UPDATE submission SET rows_read = %s, rows_held = %s, correction = %d WHERE number = %d",
		    files[i].read, files[i].held, files[i].number == 6, files[i].number);
	}
	do_sql(&w, "UPDATE submission SET forms = NULL WHERE number = 3");
	report(&w, A, "A-1", 10, 0, 300, 300, "安装");
	do_sql(&w, "UPDATE progress SET _first = '2022-W16/" A "/002', _submission = _first");
	report(&w, B, "B-1", 10, 0, 300, 300, "安装");
	do_sql(&w, "UPDATE submission SET rows_read = 8, rows_held = 2 WHERE unit = '" B "'");
	do_sql(&w, "INSERT INTO finding (unit, number, seq, form, rule, severity, explained, held) VALUES"
	    " ('" A "', 1, 1, 'progress', 'V32', 'warning', 0, 0), ('" A "', 2, 2, 'project', 'V24', 'warning', 0, 0),"
	    " ('" A "', 1, 3, 'progress', 'V32', 'warning', 1, 0), ('" A "', 1, 4, 'progress', 'V32', 'warning', NULL, 0),"
	    " ('" A "', 1, 5, 'progress', 'V19', 'error', 0, 1), ('" B "', 1, 1, 'progress', 'V99', 'note', 0, 0)");
	do_sql(&w, "INSERT INTO corrected (unit, number, seq, form, key, field, week, old, new) VALUES"
	    " ('" A "', 6, 1, 'progress', 'A-1', 'stage', '2022-W15', '1', '2'),"
	    " ('" A "', 6, 2, 'progress', 'A-1', 'note', '2022-W15', '1', '2'),"
	    " ('" A "', 6, 3, 'progress', 'A-2', 'stage', '2022-W15', '1', '2')");
	for (int week = 0; week < 2; week++) {
		if (week == 1) {
			step(&w, "2022-W17");
			file(&w, A, 1, "refused", 0, "progress");
			do_sql(&w, "UPDATE submission SET rows_read = 1, rows_held = 2");
			do_sql(&w, "INSERT INTO corrected (unit, number, seq, form, key, field, week, old, new) VALUES"
			    " ('" A "', 6, 1, 'progress', 'A-1', 'stage', '2022-W15', '1', '2'),"
			    " ('" A "', 6, 2, 'progress', 'A-1', 'note', '2022-W15', '1', '2')");
		}
		run(&w);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			(void)snprintf(sql, sizeof sql, "SELECT %s FROM quality_week WHERE unit = '%s' AND week = '%s'", columns,
			    rows[i].unit, w.week);
			want(&w, sql, week == 0 ? rows[i].w16 : rows[i].w17);
		}
	}
	/* a week without a file adds nothing to the year's 3 + 1 refused, 5 + 2 held, 3 + 2 corrected */
	step(&w, "2022-W19");
	run(&w);
	want(&w, "SELECT year_weeks, year_refused, year_held, year_corrections FROM quality_week WHERE unit = '" A
	    "' AND week = '2022-W19'", "3|4|7|5");
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_unit_to_the_letter),
		cmocka_unit_test(highest_by_silence),
		cmocka_unit_test(coverage_of_90),
		cmocka_unit_test(a_ledger_to_the_letter),
		cmocka_unit_test(an_exchange),
		cmocka_unit_test(a_page_to_the_letter),
		cmocka_unit_test(quality_to_the_letter),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
