/*
 * The lists of the measures - decisions, nodes, problems, actions, promises, corrections - one by one: what is in
 * them, what is not, and every word and number of a row.
 */
#include "tests/unit/measures_fixture.h"

static void
node(struct world *w, const char *unit, const char *id, const char *name, const char *plan)
{
	do_sql(w, "INSERT INTO milestone (unit, project_id, node, plan_date) VALUES ('%s', '%s', '%s', '%s')", unit, id,
	    name, plan);
}

static void
moved_row(struct world *w, const char *form, const char *key, const char *to, const char *from, const char *cause)
{
	do_sql(w, "INSERT INTO moved (form, key, to_unit, from_unit, cause) VALUES ('%s', '%s', '%s', '%s', '%s')", form,
	    key, to, from, cause);
}

/* ---- change_week ---- */

/*
 * 21 April.  Of two of a day the later number decides; every 调整计划 in force is in force; what is to come changes
 * nothing; a 划转 says whom the project left only where it was this decision that moved it, and this week.
 */
static void
register_of_decisions(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "2022-W16");
	project(&w, A, "A-1", 1000);
	project(&w, A, "A-2", 1000);
	project(&w, C, "B-1", 1000);
	project(&w, C, "B-2", 1000);
	change_of_fate(&w, "K-1", "A-1", "暂缓", "2022-04-20");
	change_of_fate(&w, "K-2", "A-1", "恢复", "2022-04-20");
	change_of_fate(&w, "K-3", "A-2", "调整计划", "2022-04-10");
	change_of_fate(&w, "K-4", "A-2", "调整计划", "2022-04-15");
	change_of_fate(&w, "K-5", "B-1", "划转", "2022-04-19");
	change_of_fate(&w, "K-6", "B-1", "划转", "2022-04-12");
	change_of_fate(&w, "K-7", "A-9", "退库", "2022-04-12");
	change_of_fate(&w, "K-8", "A-2", "退库", "2022-04-21");
	change_of_fate(&w, "K-9", "A-2", "入库", "2022-04-22");
	change_of_fate(&w, "L-1", "B-2", "划转", "2022-04-19");
	moved_row(&w, "project", "B-1", C, B, "K-5");
	moved_row(&w, "progress", "B-1", C, B, "K-5");
	moved_row(&w, "project", "B-2", C, D, "L-1");
	run(&w);
	want(&w,
	    "SELECT group_concat(change_id || ' ' || coalesce(project_unit, '-') || ' ' || state || ' ' || decides || ' ' ||"
	    " coalesce(from_unit, '-') || ' ' || coalesce(since, '-'), '; ') FROM (SELECT * FROM change_week ORDER BY 2)",
	    "K-1 " A " 已被取代 0 - 2022-W16; K-2 " A " 生效 1 - 2022-W16; "
	    "K-3 " A " 生效 0 - 2022-W16; K-4 " A " 生效 0 - 2022-W16; "
	    "K-5 " C " 生效 0 " B " 2022-W16; K-6 " C " 已被取代 0 - 2022-W16; "
	    "K-7 - 无此项目 1 - 2022-W16; K-8 " A " 生效 1 - 2022-W16; K-9 " A " 待生效 0 - -; "
	    "L-1 " C " 生效 0 " D " 2022-W16");
	/* a week later nothing was moved, what was to come is in force, and since when each is stays */
	step(&w, "2022-W17");
	do_sql(&w, "DELETE FROM moved");
	run(&w);
	want(&w, "SELECT state, from_unit, since FROM change_week WHERE change_id = 'K-5'", "生效|NULL|2022-W16");
	want(&w, "SELECT state, decides, since FROM change_week WHERE change_id = 'K-9'", "生效|1|2022-W17");
	want(&w, "SELECT state, decides, since FROM change_week WHERE change_id = 'K-8'", "已被取代|0|2022-W16");
	end(&w);
}

/* One decision alone, of one project among others: it is that project's unit that is named. */
static void
one_decision(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "2022-W16");
	project(&w, A, "A-1", 1000);
	project(&w, B, "B-1", 1000);
	project(&w, C, "C-1", 1000);
	change_of_fate(&w, "K-1", "B-1", "恢复", "2022-04-20");
	run(&w);
	want(&w, "SELECT project_unit, state, decides, from_unit FROM change_week", B "|生效|1|NULL");
	end(&w);
}

/* ---- milestone_week ---- */

/*
 * Of whom nodes are asked.  Planned for 20 April: on 28 April 8 days over, on 12 May 22.  One's own word is enough to
 * rest until a 暂缓 is in force; another decision, or one of tomorrow, is none.
 */
static void
nodes_of_whom(void **state)
{
	static const struct { const char *set, *w17, *w19; } rows[] = {
		{ "status = '在建'", "逾期|8|1", "逾期|22|2" },
		{ "status = '未开工'", "逾期|8|1", "暂缓|0|2" },        /* parked from 29 April on */
		{ "status = '储备'", "no row", "no row" },
		{ "status = '退库'", "no row", "no row" },
		{ "content = 'approved to be taken out'", "no row", "no row" },
		{ "status = '竣工', actual_end = '2022-02-01'", "逾期|8|1", "逾期|22|2" },    /* is done, whatever was approved */
		{ "status = '竣工', actual_end = '2021-12-31'", "no row", "no row" },
		{ "status = '竣工', actual_end = NULL, actual_start = '2022-01-01'", "no row", "no row" },      /* said last year */
		{ "status = '竣工', actual_end = NULL, actual_start = '2021-01-01'", "逾期|8|1", "逾期|22|2" },
		{ "status = '暂缓'", "暂缓|0|1", "逾期|22|2" },
		{ "status = '停工'", "暂缓|0|1", "逾期|22|2" },
	};
	struct world w;
	char id[16], sql[200];

	(void)state;
	begin(&w, "2022-W17");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(id, sizeof id, "A-%02zu", i);
		project(&w, A, id, 1000);
		set(&w, id, rows[i].set);
		node(&w, A, id, "采购", "2022-04-20");
	}
	do_sql(&w, "UPDATE project SET _week = '2021-W50' WHERE project_id = 'A-07'");
	/* another unit's word on a project is no node of it */
	node(&w, B, "A-00", "安装", "2022-04-20");
	change_of_fate(&w, "K-1", "A-00", "调整计划", "2022-04-01");
	change_of_fate(&w, "K-2", "A-04", "退库", "2022-04-20");
	change_of_fate(&w, "K-3", "A-01", "暂缓", "2022-04-29");
	for (int week = 0; week < 2; week++) {
		if (week == 1) {
			step(&w, "2022-W19");
			change_of_fate(&w, "K-4", "A-05", "暂缓", "2022-05-01");
		}
		run(&w);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			(void)snprintf(sql, sizeof sql, "SELECT state, days_overdue, weeks_open FROM milestone_week"
			    " WHERE project_id = 'A-%02zu'", i);
			want(&w, sql, week == 0 ? rows[i].w17 : rows[i].w19);
		}
		want(&w, "SELECT count(*) FROM milestone_week WHERE node = '安装'", "0");
	}
	end(&w);
}

/* A node's row: the dates as they were sent, days by the calendar, 14 days ahead are soon. */
static void
a_node_to_the_letter(void **state)
{
	static const struct { const char *node, *plan, *forecast, *actual, *want; } rows[] = {
		{ "签约", "2022-04-01", "NULL", "'2022-04-11'", "2022-04-01|NULL|2022-04-11|完成|0|10|0" },
		{ "诊断", "2022-04-11", "NULL", "'2022-04-01'", "2022-04-11|NULL|2022-04-01|完成|0|0|0" },
		{ "方案", "2022-04-28", "NULL", "'2022-04-28'", "2022-04-28|NULL|2022-04-28|完成|0|0|0" },
		{ "采购", "2022-04-27", "'2022-06-01'", "NULL", "2022-04-27|2022-06-01|NULL|逾期|1|0|1" },
		{ "安装", "2022-04-28", "NULL", "NULL", "2022-04-28|NULL|NULL|临近|0|0|1" },
		{ "联调", "2022-05-12", "'2022-05-01'", "NULL", "2022-05-12|2022-05-01|NULL|临近|0|0|1" },
		{ "验收", "2022-05-13", "'2022-05-20'", "NULL", "2022-05-13|2022-05-20|NULL|未到|0|0|1" },
	};
	struct world w;
	char sql[300];

	(void)state;
	begin(&w, "2022-W17");
	project(&w, A, "A-1", 1000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		node(&w, A, "A-1", rows[i].node, rows[i].plan);
		do_sql(&w, "UPDATE milestone SET forecast_date = %s, actual_date = %s WHERE node = '%s'", rows[i].forecast,
		    rows[i].actual, rows[i].node);
	}
	run(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT plan_date, forecast_date, actual_date, state, days_overdue, days_late,"
		    " weeks_open FROM milestone_week WHERE node = '%s'", rows[i].node);
		want(&w, sql, rows[i].want);
	}
	/* 采购 8 days late by now, and done: it stays open no longer, and its weeks stay what they were */
	step(&w, "2022-W19");
	do_sql(&w, "UPDATE milestone SET actual_date = '2022-05-05' WHERE node = '采购'");
	run(&w);
	want(&w, "SELECT state, days_overdue, days_late, weeks_open FROM milestone_week WHERE node = '采购'", "完成|0|8|1");
	end(&w);
}

/* ---- problem_week ---- */

static void
whose_word_closes(void **state)
{
	static const struct { const char *said, *resp, *by, *want; } rows[] = {
		{ "销号", "'示例局'", "'测试员乙'", "销号|1|2022-04-28|0|NULL|0" },
		{ "销号", "'示例局'", "NULL", "待核|0|NULL|30|红|1" },
		{ "销号", "'示例局'", "'示例 局'", "待核|0|NULL|30|红|1" },
		{ "销号", "NULL", "'测试员乙'", "待核|0|NULL|30|红|1" },         /* nobody can be another than nobody */
		{ "退回", "'示例局'", "'测试员乙'", "退回|0|NULL|30|红|1" },
		{ "待核", "'示例局'", "'测试员乙'", "待核|0|NULL|30|红|1" },
	};
	struct world w;
	char sql[300];

	(void)state;
	begin(&w, "2022-W17");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		do_sql(&w, "INSERT INTO problem (unit, problem_id, title, need_level, resp_unit, due, state, verified_by)"
		    " VALUES ('" A "', 'P-%zu', '示例', '省', %s, '2022-03-29', '%s', %s)", i, rows[i].resp, rows[i].said,
		    rows[i].by);
	do_sql(&w, "INSERT INTO problem (unit, problem_id, title, need_level, resp_unit, due, state) VALUES"
	    " ('" A "', 'Q-1', '示例', '镇', '示例局', NULL, '待办'), ('" A "', 'Q-2', '示例', '镇', '示例局', '2022-04-28', '待办')");
	run(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT state, is_closed, closed_on, days_overdue, level_suggested, weeks_open"
		    " FROM problem_week WHERE problem_id = 'P-%zu'", i);
		want(&w, sql, rows[i].want);
	}
	want(&w, "SELECT days_overdue, level_suggested FROM problem_week WHERE problem_id = 'Q-1'", "0|NULL");
	/* what is closed stays closed on its day, and is opened again without it */
	step(&w, "2022-W19");
	set_setting(&w, "action.blue", "0");
	do_sql(&w, "UPDATE problem SET due = '2022-05-12' WHERE problem_id = 'Q-2'");
	run(&w);
	want(&w, "SELECT is_closed, closed_on, weeks_open FROM problem_week WHERE problem_id = 'P-0'", "1|2022-04-28|0");
	/* a level from the day itself on is asked for, but a day over it has to be */
	want(&w, "SELECT days_overdue, level_suggested FROM problem_week WHERE problem_id = 'Q-2'", "0|NULL");
	step(&w, "2022-W20");
	do_sql(&w, "UPDATE problem SET state = '退回' WHERE problem_id = 'P-0'");
	run(&w);
	want(&w, "SELECT state, is_closed, closed_on, days_overdue, weeks_open FROM problem_week WHERE problem_id = 'P-0'",
	    "退回|0|NULL|51|1");
	end(&w);
}

/* ---- action_week ---- */

static void
decided(struct world *w, const char *id, const char *resp, const char *due, const char *level, const char *state)
{
	do_sql(w, "INSERT INTO action (unit, action_id, title, meeting_date, resp_unit, due, level, state, _week) VALUES"
	    " ('" CITY "', '%s', '示例事项', '2022-04-01', '%s', %s, '%s', '%s', '%s')", id, resp, due, level, state, w->week);
}

/* An answer that came today at ten, in the unit's file NUMBER. */
static void
answered(struct world *w, const char *unit, const char *id, int number, const char *today, const char *extend_to)
{
	file(w, unit, number, "accepted", 0, "action_reply");
	do_sql(w, "UPDATE submission SET received_at = '%sT10:00:00' WHERE unit = '%s' AND number = %d", today, unit, number);
	do_sql(w, "INSERT OR REPLACE INTO action_reply (unit, action_id, signed, reply, extend_to, _week, _submission) VALUES"
	    " ('%s', '%s', '2022-04-20', '推进中', %s, '%s', '%s/%s/%03d')", unit, id, extend_to, w->week, w->week, unit, number);
}

/* The office's word, said again or anew this week. */
static void
office_says(struct world *w, const char *id, const char *state)
{
	do_sql(w, "UPDATE action SET state = '%s', _week = '%s' WHERE action_id = '%s'", state, w->week, id);
}

/* Days over and the level that follows: never below the office's own, and 7 and 30 days are the thresholds. */
static void
levels_of_actions(void **state)
{
	static const struct { const char *due, *level, *state, *want; } rows[] = {
		{ "'2022-04-28'", "蓝", "交办", "0|蓝" }, { "'2022-04-27'", "蓝", "交办", "1|蓝" },
		{ "'2022-04-22'", "蓝", "交办", "6|蓝" }, { "'2022-04-21'", "蓝", "交办", "7|黄" },
		{ "'2022-03-30'", "蓝", "交办", "29|黄" }, { "'2022-03-29'", "蓝", "交办", "30|红" },
		{ "'2022-03-30'", "黄", "交办", "29|黄" }, { "'2022-03-29'", "黄", "交办", "30|红" },
		{ "'2022-06-01'", "黄", "交办", "0|黄" }, { "'2022-06-01'", "红", "交办", "0|红" },
		{ "'2022-03-29'", "蓝", "待核", "30|红" }, { "NULL", "蓝", "交办", "0|蓝" },
		{ "'2022-03-29'", "蓝", "销号", "0|蓝" }, { "'2022-03-29'", "黄", "销号", "0|黄" },
	};
	struct world w;
	char id[16], sql[200];

	(void)state;
	begin(&w, "2022-W17");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(id, sizeof id, "D-%02zu", i);
		decided(&w, id, "示例局", rows[i].due, rows[i].level, rows[i].state);
	}
	do_sql(&w, "UPDATE action SET verified_by = '测试员乙'");
	run(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT days_overdue, level_suggested FROM action_week WHERE action_id = 'D-%02zu'", i);
		want(&w, sql, rows[i].want);
	}
	do_sql(&w, "UPDATE action SET resp_unit = NULL, state = '销号' WHERE action_id = 'D-00'");
	step(&w, "2022-W19");
	run(&w);
	/* nobody can be another than nobody */
	want(&w, "SELECT state, is_closed, weeks_open FROM action_week WHERE action_id = 'D-00'", "待核|0|2");
	end(&w);
}

/* Who answers: the unit it names, by code, name or short name; for a department the first that answered. */
static void
who_answers(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "2022-W17");
	decided(&w, "D-1", "武进区", "'2022-05-20'", "蓝", "交办");
	decided(&w, "D-2", "320412", "'2022-05-20'", "蓝", "交办");
	decided(&w, "D-3", "示例局", "'2022-05-20'", "蓝", "交办");
	decided(&w, "D-4", "示例局", "'2022-05-20'", "蓝", "交办");
	/* where two are called the same it is the first's by code, not either's */
	do_sql(&w, "UPDATE unit SET short = '示例简称' WHERE unit IN ('" A "', '" B "')");
	decided(&w, "D-5", "示例简称", "'2022-05-20'", "蓝", "交办");
	answered(&w, B, "D-1", 1, "2022-04-27", "NULL");        /* not asked */
	answered(&w, A, "D-2", 1, "2022-04-27", "NULL");
	answered(&w, B, "D-3", 2, "2022-04-26", "NULL");
	answered(&w, A, "D-3", 2, "2022-04-27", "NULL");
	run(&w);
	want(&w, "SELECT group_concat(action_id || ' ' || coalesce(resp_code, '-') || ' ' || coalesce(reply_unit, '-') || ' ' ||"
	    " coalesce(signed, '-') || ' ' || coalesce(reply, '-') || ' ' || in_time, '; ') FROM"
	    " (SELECT * FROM action_week ORDER BY action_id)",
	    "D-1 " A " - - - 0; D-2 " A " " A " 2022-04-20 推进中 0; D-3 - " A " 2022-04-20 推进中 0; D-4 - - - - 0; "
	    "D-5 " A " - - - 0");
	end(&w);
}

/*
 * Asked for by the day the request was received, against the date in force then.  An answer of a week before this
 * action was known has no day any more: it counts from the end of this week.
 */
static void
asked_in_time(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "2022-W17");
	decided(&w, "D-1", "武进区", "'2022-04-25'", "蓝", "延期");
	decided(&w, "D-2", "武进区", "'2022-04-25'", "蓝", "延期");
	decided(&w, "D-3", "武进区", "'2022-04-25'", "蓝", "办理中");
	decided(&w, "D-4", "武进区", "'2022-04-27'", "蓝", "延期");
	decided(&w, "D-5", "武进区", "'2022-04-28'", "蓝", "延期");
	answered(&w, A, "D-1", 1, "2022-04-25", "'2022-05-25'");
	answered(&w, A, "D-2", 2, "2022-04-26", "'2022-05-25'");
	answered(&w, A, "D-3", 3, "2022-04-25", "'2022-05-25'");
	answered(&w, A, "D-4", 4, "2022-04-25", "'2022-05-25'");
	answered(&w, A, "D-5", 5, "2022-04-25", "'2022-04-20'");        /* earlier than it is due: no extension */
	do_sql(&w, "UPDATE action_reply SET _submission = '2022-W16/" A "/004' WHERE action_id = 'D-4'");
	run(&w);
	want(&w, "SELECT group_concat(action_id || ' ' || asked_on || ' ' || due_before || ' ' || in_time || ' ' || due_counted"
	    " || ' ' || days_overdue, '; ') FROM (SELECT * FROM action_week ORDER BY action_id)",
	    "D-1 2022-04-25 2022-04-25 1 2022-05-25 0; D-2 2022-04-26 2022-04-25 0 2022-04-25 3; "
	    "D-3 2022-04-25 2022-04-25 1 2022-04-25 3; D-4 2022-04-28 2022-04-27 0 2022-04-27 1; "
	    "D-5 2022-04-25 2022-04-28 1 2022-04-28 0");
	end(&w);
}

/*
 * A second extension.  The first put D-1 off from 25 April to 25 May, so the next is asked for in time until then; what
 * was granted stands until the office speaks again, whatever is asked for meanwhile, and if that comes too late.
 */
static void
asked_for_twice(void **state)
{
	static const char row[] = "SELECT due_counted, days_overdue, in_time, asked_on, due_before FROM action_week";
	struct world w;

	(void)state;
	begin(&w, "2022-W17");
	decided(&w, "D-1", "武进区", "'2022-04-25'", "蓝", "延期");
	answered(&w, A, "D-1", 1, "2022-04-25", "'2022-05-25'");
	run(&w);
	want(&w, row, "2022-05-25|0|1|2022-04-25|2022-04-25");
	step(&w, "2022-W19");
	answered(&w, A, "D-1", 1, "2022-05-11", "'2022-06-10'");
	run(&w);
	want(&w, row, "2022-05-25|0|1|2022-05-11|2022-05-25");
	step(&w, "2022-W20");
	run(&w);
	want(&w, row, "2022-05-25|0|1|2022-05-11|2022-05-25");
	want(&w, "SELECT last, moved, slipped, extended, extended_days FROM promise", "2022-05-25|0|0|0|0");
	/* granted: 16 days more, an extension and no slip */
	step(&w, "2022-W21");
	office_says(&w, "D-1", "延期");
	run(&w);
	want(&w, row, "2022-06-10|0|1|2022-05-11|2022-05-25");
	want(&w, "SELECT last, moved, slipped, extended, extended_days FROM promise", "2022-06-10|0|0|1|16");
	/* asked for once more, two days late: 16 June is 6 days over what was granted, though the office agrees */
	step(&w, "2022-W24");
	answered(&w, A, "D-1", 1, "2022-06-12", "'2022-07-10'");
	office_says(&w, "D-1", "延期");
	run(&w);
	want(&w, row, "2022-06-10|6|0|2022-06-12|2022-06-10");
	/* the office takes it back: the first date again, which was 59 days before 23 June */
	step(&w, "2022-W25");
	office_says(&w, "D-1", "办理中");
	run(&w);
	want(&w, row, "2022-04-25|59|0|2022-06-12|2022-06-10");
	end(&w);
}

/* ---- correction ---- */

/*
 * In W16 武进区 had done 400 of 2000 (20 %), the city 1300 of 5000 (26 %).  A correction of what was done moves the
 * rate by its share of that plan; of a plan, by what the same sum would be of the other one: 400 of 2200 is 18.18,
 * 1300 of 5200 is 25.  Where the plan was none, or is none now, what its project did would come or go with it, and
 * that is not known any more.  A-3 is another unit's by now: it was planned all the same.
 */
static void
corrections_in_full(void **state)
{
	static const struct { const char *unit, *form, *key, *field, *old, *new, *want; } rows[] = {
		{ A, "progress", "A-1", "week_done", "'100000'", "'50000'", "-50000|-50000|NULL|NULL" },
		{ A, "progress", "A-1", "adjust", "NULL", "'20000'", "20000|20000|NULL|NULL" },
		{ A, "progress", "A-1", "adjust", "'20000'", "NULL", "-20000|-20000|NULL|NULL" },
		{ A, "progress", "A-1", "ytd_done", "'3000000'", "'2900000'", "-100000|-100000|-0.50|-0.20" },
		{ A, "progress", "A-1", "cum_done", "'3000000'", "'2900000'", "-100000|-100000|NULL|NULL" },
		{ A, "progress", "A-1", "lamp_self", "'绿'", "'黄'", "NULL|NULL|NULL|NULL" },
		{ A, "progress", "A-2", "ytd_done", "'1000000'", "'2000000'", "1000000|1000000|0.00|0.00" },
		{ A, "progress", "A-3", "ytd_done", "'1000000'", "'1500000'", "500000|500000|2.50|1.00" },
		{ A, "project", "A-1", "total_invest", "'20000000'", "'25000000'", "5000000|5000000|NULL|NULL" },
		{ A, "project", "A-1", "year_plan", "'10000000'", "'12000000'", "2000000|2000000|-1.82|-1.00" },
		{ A, "project", "A-2", "year_plan", "NULL", "'10000000'", "10000000|10000000|NULL|NULL" },
		{ A, "project", "A-2", "year_plan", "'0'", "'10000000'", "10000000|10000000|NULL|NULL" },
		{ A, "project", "A-1", "year_plan", "'10000000'", "'0'", "-10000000|-10000000|NULL|NULL" },
		{ A, "project", "A-1", "equipment_invest", "'1'", "'2'", "NULL|NULL|NULL|NULL" },
		{ A, "problem", "P-1", "year_plan", "'1'", "'2'", "NULL|NULL|NULL|NULL" },
		{ A, "problem", "P-1", "ytd_done", "'1'", "'2'", "NULL|NULL|NULL|NULL" },
		{ "ZZ", "progress", "Z-1", "ytd_done", "'1'", "'3'", "2|0|NULL|0.00" },        /* counts nowhere */
		{ CITY, "progress", "A-1", "week_done", "'1'", "'3'", "2|0|NULL|NULL" },
	};
	struct world w;
	char sql[300];

	(void)state;
	begin(&w, "2022-W16");
	project(&w, A, "A-1", 1000);
	project(&w, A, "A-2", 0);
	project(&w, A, "A-3", 1000);
	project(&w, B, "B-1", 3000);
	report(&w, A, "A-1", 10, 0, 300, 300, "安装");
	report(&w, A, "A-2", 10, 0, 100, 100, "安装");
	report(&w, A, "A-3", 10, 0, 100, 100, "安装");
	report(&w, B, "B-1", 10, 0, 900, 900, "安装");
	run(&w);
	want(&w, "SELECT rate FROM unit_week WHERE unit IN ('" A "', '" CITY "') ORDER BY unit DESC", "20.00");
	step(&w, "2022-W17");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		do_sql(&w, "INSERT INTO corrected (unit, number, seq, form, key, field, week, old, new, reason, row) VALUES"
		    " ('%s', 7, %zu, '%s', '%s', '%s', '2022-W16', %s, %s, '示例', %zu)", rows[i].unit, i, rows[i].form,
		    rows[i].key, rows[i].field, rows[i].old, rows[i].new, i + 3);
	ask_due(&w);
	move(&w, "A-3", A, B);
	measure(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT effect_unit, effect_city, rate_unit, rate_city FROM correction"
		    " WHERE seq = %zu", i);
		want(&w, sql, rows[i].want);
	}
	want(&w, "SELECT submission, form, key, field, week, old, new, reason, row FROM correction WHERE seq = 1",
	    "2022-W17/" A "/007|progress|A-1|adjust|2022-W16|NULL|20000|示例|4");
	/* of a week that the year's record does not have the rate is not known */
	do_sql(&w, "DELETE FROM corrected; DELETE FROM moved");
	step(&w, "2022-W19");
	do_sql(&w, "INSERT INTO corrected (unit, number, seq, form, key, field, week, old, new) VALUES"
	    " ('" A "', 1, 1, 'progress', 'A-1', 'ytd_done', '2021-W50', '1', '2')");
	run(&w);
	want(&w, "SELECT effect_unit, rate_unit, rate_city, reason FROM correction", "1|NULL|NULL|NULL");
	end(&w);
}

/* ---- promise ---- */

/* Whose promises there are, and what a row of each kind says. */
static void
promises_of_whom(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "2022-W15");          /* until 14 April */
	project(&w, A, "A-1", 1000);
	set(&w, "A-1", "plan_end = '2022-04-14'");
	project(&w, A, "A-2", 1000);
	set(&w, "A-2", "status = '储备'");
	project(&w, A, "A-3", 1000);
	set(&w, "A-3", "status = '退库'");
	project(&w, A, "A-4", 1000);
	change_of_fate(&w, "K-1", "A-4", "退库", "2022-04-14");
	/* finished before this year: its word was kept or not all the same */
	project(&w, B, "B-1", 1000);
	set(&w, "B-1", "status = '竣工', actual_end = '2021-12-01', plan_end = '2021-12-01', office = '示例二处'");
	for (int i = 1; i <= 4; i++) {
		char id[16];

		(void)snprintf(id, sizeof id, "A-%d", i);
		node(&w, A, id, "采购", "2022-04-13");
	}
	node(&w, B, "A-1", "采购", "2022-04-13");              /* another unit's word on it is none */
	do_sql(&w, "INSERT INTO problem (unit, problem_id, project_id, title, resp_unit, due, state, verified_by) VALUES"
	    " ('" A "', 'P-1', 'A-1', '用地', '示例局', '2022-04-13', '销号', '测试员乙'),"
	    " ('" CITY "', 'P-2', 'A-1', '用地', '示例局', '2022-04-14', '销号', '测试员乙'),"
	    " ('" A "', 'P-3', 'A-1', '用地', '示例局', NULL, '办理中', NULL),"
	    " ('" A "', 'P-4', 'X-9', '用地', '示例局', '2022-04-15', '办理中', NULL),"
	    " ('" A "', 'P-5', NULL, '用地', '示例局', '2022-04-13', '办理中', NULL)");
	decided(&w, "D-1", "武进区", "'2022-04-14'", "蓝", "交办");
	decided(&w, "D-2", "示例局", "'2022-04-13'", "蓝", "交办");
	run(&w);
	want(&w,
	    "SELECT group_concat(unit || ' ' || what || ' ' || key || ' ' || coalesce(project_id, '-') || ' ' ||"
	    " coalesce(office, '-') || ' ' || coalesce(resp_unit, '-') || ' ' || last || ' ' || coalesce(actual, '-') || ' ' ||"
	    " due || ' ' || coalesce(kept, '-'), '; ') FROM (SELECT * FROM promise ORDER BY unit, key, what)",
	    CITY " 督办 D-2 - - 示例局 2022-04-13 - 1 0; "
	    CITY " 问题 P-2 A-1 示例处 示例局 2022-04-14 2022-04-14 1 1; "
	    A " 开工 A-1 A-1 示例处 - 2021-06-01 2021-06-01 1 1; "
	    A " 竣工 A-1 A-1 示例处 - 2022-04-14 - 0 -; "
	    A " 节点 A-1 采购 A-1 示例处 - 2022-04-13 - 1 0; "
	    A " 督办 D-1 - - 武进区 2022-04-14 - 0 -; "
	    A " 问题 P-1 A-1 示例处 示例局 2022-04-13 2022-04-14 1 0; "
	    A " 问题 P-4 X-9 - 示例局 2022-04-15 - 0 -; "
	    A " 问题 P-5 - - 示例局 2022-04-13 - 1 0; "
	    B " 开工 B-1 B-1 示例二处 - 2021-06-01 2021-06-01 1 1; "
	    B " 竣工 B-1 B-1 示例二处 - 2021-12-01 2021-12-01 1 1");
	end(&w);
}

/*
 * Which moves are extensions.  All nodes are moved by 30 days in W16 (until 21 April).  An approval counts that was in
 * force before the date was over, and by now; each once, the later ones first; problems and decisions have their own.
 */
static void
extensions_by_approval(void **state)
{
	static const struct { const char *first, *effective, *kind, *want; } rows[] = {
		{ "2022-04-20", "2022-04-20", "调整计划", "0|0|1|30|2022-04-20" },     /* on its last day */
		{ "2022-04-20", "2022-04-21", "调整计划", "1|30|0|0|NULL" },            /* the day after it */
		{ "2022-06-20", "2022-04-21", "调整计划", "0|0|1|30|2022-04-21" },     /* from today on */
		{ "2022-06-20", "2022-04-22", "调整计划", "1|30|0|0|NULL" },            /* from tomorrow on */
		{ "2022-06-20", "2022-04-10", "恢复", "1|30|0|0|NULL" },
	};
	struct world w;
	char id[16], sql[300];

	(void)state;
	begin(&w, "2022-W15");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(id, sizeof id, "A-%zu", i);
		project(&w, A, id, 1000);
		node(&w, A, id, "采购", rows[i].first);
		(void)snprintf(sql, sizeof sql, "K-%zu", i);
		change_of_fate(&w, sql, id, rows[i].kind, rows[i].effective);
	}
	do_sql(&w, "INSERT INTO problem (unit, problem_id, project_id, title, resp_unit, due, state) VALUES"
	    " ('" A "', 'P-1', 'A-2', '用地', '示例局', '2022-05-10', '办理中')");
	decided(&w, "D-1", "武进区", "'2022-05-10'", "蓝", "交办");
	run(&w);
	step(&w, "2022-W16");
	do_sql(&w, "UPDATE milestone SET plan_date = date(plan_date, '+30 days')");
	do_sql(&w, "UPDATE problem SET due = '2022-05-20'; UPDATE action SET due = '2022-05-15'");
	run(&w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT moved, slipped, extended, extended_days, approved_on FROM promise"
		    " WHERE what = '节点' AND project_id = 'A-%zu'", i);
		want(&w, sql, rows[i].want);
	}
	want(&w, "SELECT first, last, moved, slipped, extended FROM promise WHERE what = '问题'", "2022-05-10|2022-05-20|1|10|0");
	want(&w, "SELECT first, last, moved, slipped, extended FROM promise WHERE what = '督办'", "2022-05-10|2022-05-15|1|5|0");
	want(&w, "SELECT sum(moved), sum(slipped) FROM promise WHERE what IN ('开工', '竣工')", "0|0");
	/* A-0 has another approval and uses it, those of were not used yet, that of A-2 is used up; 5 days each, and what A-4 comes forward by is no day */
	step(&w, "2022-W17");
	change_of_fate(&w, "L-1", "A-0", "调整计划", "2022-04-28");
	do_sql(&w, "UPDATE milestone SET plan_date = date(plan_date, '+5 days') WHERE project_id <> 'A-4'");
	do_sql(&w, "UPDATE milestone SET plan_date = date(plan_date, '-7 days') WHERE project_id = 'A-4'");
	run(&w);
	want(&w,
	    "SELECT group_concat(moved || ' ' || slipped || ' ' || extended || ' ' || extended_days || ' ' ||"
	    " coalesce(approved_on, '-'), '; ') FROM (SELECT * FROM promise WHERE what = '节点' ORDER BY key)",
	    "0 0 2 35 2022-04-28; 1 30 1 5 2022-04-21; 1 5 1 30 2022-04-21; 1 30 1 5 2022-04-22; 2 30 0 0 -");
	/* nothing moves: nothing is counted, and an approval waits */
	step(&w, "2022-W19");
	change_of_fate(&w, "L-2", "A-2", "调整计划", "2022-05-01");
	run(&w);
	want(&w, "SELECT sum(moved), sum(slipped), sum(extended), sum(extended_days) FROM promise WHERE what = '节点'",
	    "5|95|5|75");
	/* a day is a day: that of A-2 is extended by the approval that waited, the other four slip */
	step(&w, "2022-W20");
	do_sql(&w, "UPDATE milestone SET plan_date = date(plan_date, '+1 day')");
	run(&w);
	want(&w, "SELECT sum(moved), sum(slipped), sum(extended), sum(extended_days) FROM promise WHERE what = '节点'",
	    "9|99|6|76");
	end(&w);
}

/* ---- what goes along with a project that is moved, and what does not ---- */

static void
only_what_was_moved(void **state)
{
	static const char *const ids[] = { "A-1", "A-2", "B-1" };
	struct world w;

	(void)state;
	begin(&w, "2022-W16");
	for (int i = 0; i < 3; i++) {
		const char *unit = i < 2 ? A : B;

		project(&w, unit, ids[i], 1000);
		report(&w, unit, ids[i], 10, 0, 400, 400, "安装");
		node(&w, unit, ids[i], "采购", "2022-05-10");
		node(&w, unit, ids[i], "验收", "2022-06-10");
		do_sql(&w, "INSERT INTO problem (unit, problem_id, project_id, title, resp_unit, due, state) VALUES"
		    " ('%s', 'P-%s', '%s', '用地', '示例局', '2022-05-27', '办理中')", unit, ids[i], ids[i]);
	}
	run(&w);
	step(&w, "2022-W17");
	for (int i = 0; i < 3; i++)
		report(&w, i < 2 ? A : B, ids[i], 10, 0, 410, 410, "调试");
	do_sql(&w, "UPDATE milestone SET plan_date = date(plan_date, '+10 days')");
	do_sql(&w, "UPDATE problem SET due = '2022-05-30'");
	do_sql(&w, "UPDATE project SET plan_end = '2023-07-31'");
	ask_due(&w);
	move(&w, "A-1", A, B);
	measure(&w);
	want(&w, "SELECT group_concat(unit || ' ' || weeks_open, '; ') FROM (SELECT * FROM milestone_week ORDER BY project_id)",
	    B " 2; " B " 2; " A " 2; " A " 2; " B " 2; " B " 2");
	want(&w, "SELECT group_concat(unit || ' ' || weeks_open, '; ') FROM (SELECT * FROM problem_week ORDER BY problem_id)",
	    B " 2; " A " 2; " B " 2");
	want(&w, "SELECT group_concat(unit || ' ' || silence || ' ' || coalesce(lamp_before, '-') || ' ' ||"
	    " json_array_length(recent), '; ') FROM (SELECT * FROM project_week ORDER BY project_id)",
	    B " 已报送 绿 2; " A " 已报送 绿 2; " B " 已报送 绿 2");
	/* every date of the three but the start was moved by as much: end 31, nodes 10 twice, problem 3 */
	want(&w, "SELECT count(*), count(*) FILTER (WHERE moved = 1), sum(slipped) FROM promise WHERE what <> '开工'", "12|12|162");
	want(&w, "SELECT sum(moved), sum(slipped) FROM promise WHERE what = '开工'", "0|0");
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(register_of_decisions),
		cmocka_unit_test(one_decision),
		cmocka_unit_test(nodes_of_whom),
		cmocka_unit_test(a_node_to_the_letter),
		cmocka_unit_test(whose_word_closes),
		cmocka_unit_test(levels_of_actions),
		cmocka_unit_test(who_answers),
		cmocka_unit_test(asked_in_time),
		cmocka_unit_test(asked_for_twice),
		cmocka_unit_test(promises_of_whom),
		cmocka_unit_test(extensions_by_approval),
		cmocka_unit_test(corrections_in_full),
		cmocka_unit_test(only_what_was_moved),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
