/*
 * The rules of templates/forms: each is tripped by a row made for it and stays silent beside it.
 *
 * Every case starts from one sound row a form, with its row of last week and the registry's row (base below);
 * its SQL spoils something, and the rules that then hold must be exactly those wanted, in the form's order.
 * A rule that no case wants fails the test, and so does a wording that would print a hole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../../common/conf.h"
#include "../../common/db.h"
#include "../../common/env.h"
#include "../../common/ruleset.h"
#include "../../common/sqlfn.h"

#define WAN "0000"      /* the figures below are 万元, stored as yuan */

struct base {
	const char *form, *sql;
};

/* The week judged is 2022-W17: 22 to 28 April. */
static const struct base bases[] = {
	{ "project",
	    "INSERT INTO new (_id, _row, _file, unit, project_id, project_name, enterprise, uscc,"
	    " town, kind, entry, frequency,"
	    " plan_start, plan_end, actual_start, total_invest, year_plan, status, office, owner)"
	    " VALUES (0, 2, 1, '320412',"
	    " '320412-2022-0001', '示例一厂（一期）改造项目', '示例一厂', '91320412MA2M3M3H5P', '320412100', '综合', '新开工',"
	    " '周', '2022-01-10', '2022-12-20', '2022-01-12', 2000" WAN ", 1500" WAN ", '在建', '信息化处', '测试员甲');"
	    "INSERT INTO prev (unit, project_id, project_name, enterprise, uscc, town, kind, entry,"
	    " frequency, plan_start,"
	    " plan_end, actual_start, total_invest, year_plan, status, office, owner, _week)"
	    " SELECT unit, project_id,"
	    " project_name, enterprise, uscc, town, kind, entry, frequency, plan_start, plan_end,"
	    " actual_start, total_invest,"
	    " year_plan, status, office, owner, '2022-W12' FROM new" },
	{ "progress",
	    "INSERT INTO new (_id, _row, _file, unit, project_id, week_done, ytd_done, cum_done, stage)"
	    " VALUES (0, 2, 1,"
	    " '320412', '320412-2022-0001', 31" WAN ", 531" WAN ", 931" WAN ", '设备安装40%');"
	    "INSERT INTO prev (unit, project_id, week_done, ytd_done, cum_done, stage, _week)"
	    " VALUES ('320412',"
	    " '320412-2022-0001', 20" WAN ", 500" WAN ", 900" WAN ", '设备安装35%', '2022-W16');"
	    "INSERT INTO project (unit, project_id, project_name, plan_start, plan_end,"
	    " actual_start, total_invest, year_plan,"
	    " status, frequency, _week)"
	    " VALUES ('320412', '320412-2022-0001', '示例', '2021-10-01', '2022-12-20',"
	    " '2021-10-01', 2000" WAN ", 1500" WAN ", '在建', '周', '2022-W12')" },
	{ "milestone",
	    "INSERT INTO new (_id, _row, _file, unit, project_id, node, plan_date) VALUES (0, 2, 1, '320412',"
	    " '320412-2022-0001', '安装', '2022-06-01');"
	    "INSERT INTO prev (unit, project_id, node, plan_date, _week)"
	    " VALUES ('320412', '320412-2022-0001', '安装',"
	    " '2022-06-01', '2022-W12')" },
	{ "problem",
	    "INSERT INTO new (_id, _row, _file, unit, problem_id, title, need_level, resp_unit, due,"
	    " state) VALUES (0, 2, 1,"
	    " '320412', '320412-W2022-0001', '电力增容', '市', 'GDGS', '2022-05-20', '办理中');"
	    "INSERT INTO prev (unit, problem_id, title, need_level, resp_unit, due, state, _week)"
	    " VALUES ('320412',"
	    " '320412-W2022-0001', '电力增容', '市', 'GDGS', '2022-05-20', '待办', '2022-W15')" },
	{ "action",
	    "INSERT INTO new (_id, _row, _file, unit, action_id, title, meeting_date, resp_unit,"
	    " due, level, state) VALUES"
	    " (0, 2, 1, '320400', '2022-001', '核实进度', '2022-04-22', '320412', '2022-05-10', '蓝', '交办')" },
	{ "action_reply",
	    "INSERT INTO new (_id, _row, _file, unit, action_id, signed, reply)"
	    " VALUES (0, 2, 1, '320412', '2022-001',"
	    " '2022-04-23', '正在核实');"
	    "INSERT INTO action (unit, action_id, title, meeting_date, resp_unit, due, level, state,"
	    " _week) VALUES ('320400',"
	    " '2022-001', '核实进度', '2022-04-15', '320412', '2022-04-25', '蓝', '交办', '2022-W16')" },
	{ "target",
	    "INSERT INTO new (_id, _row, _file, unit, indicator, target_unit, year, value)"
	    " VALUES (0, 2, 1, '320400',"
	    " '重点企业诊断', '320412', 2022, 80)" },
	{ "enterprise",
	    "INSERT INTO new (_id, _row, _file, unit, uscc, name, town, industry, size)"
	    " VALUES (0, 2, 1, '320412', '91320412MA2M3M3H5P', '示例一厂', '320412100', 'C34', '规上');"
	    "INSERT INTO prev (unit, uscc, name, town, industry, size, _week)"
	    " SELECT unit, uscc, name, town, industry, size, '2022-W12' FROM new" },
	{ "entity",
	    "INSERT INTO new (_id, _row, _file, unit, entity_id, kind, name, quota)"
	    " VALUES (0, 2, 1, '320400', 'FW-01', '服务机构', '示例诊断院', 40);"
	    "INSERT INTO entity (unit, entity_id, kind, name, quota, _week)"
	    " VALUES ('320400', 'FW-01', '服务机构', '示例诊断院', 40, '2022-W12'),"
	    " ('320400', 'FW-02', '服务机构', '示例第二诊断院', 40, '2022-W12');"
	    "INSERT INTO prev (unit, entity_id, kind, name, quota, _week)"
	    " VALUES ('320400', 'FW-01', '服务机构', '示例诊断院', 40, '2022-W12')" },
	{ "practice",
	    "INSERT INTO new (_id, _row, _file, unit, week_no, title, source, body)"
	    " VALUES (0, 2, 1, '320400', '2022-W17', '示例做法', '示例区', '示例')" },
	{ "diagnosis",
	    "INSERT INTO new (_id, _row, _file, unit, diagnosis_id, enterprise, uscc, town, track, provider,"
	    " called, admitted, assigned_on, confirmed, visited, reported)"
	    " VALUES (0, 2, 1, '320400', 'ZD-1', '示例一厂', '91320412MA2M3M3H5P', '320412100', '重点', '示例诊断院',"
	    " '2022-03-01', '2022-03-02', '2022-03-03', '2022-03-04', '2022-03-10', '2022-04-01');"
	    "INSERT INTO prev (unit, diagnosis_id, enterprise, assigned_on, confirmed, visited, _week)"
	    " VALUES ('320400', 'ZD-1', '示例一厂', '2022-03-03', '2022-03-04', '2022-03-10', '2022-W12')" },
	{ "change",
	    "INSERT INTO new (_id, _row, _file, unit, change_id, project_id, kind, effective, approved_by, reason)"
	    " VALUES (0, 2, 1, '320400', '2022-001', '320412-2022-0001', '暂缓', '2022-04-25', '测试员乙', '示例')" },
};

#define CHANGE(id, kind, effective)                                                             \
	"INSERT INTO change (unit, change_id, project_id, kind, effective, _week) VALUES ('320400', '" id "',"    \
	" '320412-2022-0001', '" kind "', '" effective "', '2022-W16');"

struct rule_case {
	const char *name, *form, *sql, *want;
};

#define NEW(set)        "UPDATE new SET " set ";"
#define PREV(set)       "UPDATE prev SET " set ";"
#define PROJECT(set)    "UPDATE project SET " set ";"
#define FIRST           "DELETE FROM prev;"
#define SMALL           PROJECT("total_invest = 1500" WAN)

/* What project_week said last week. */
#define BEFORE(stalled, recent) "DROP VIEW temp.prev_project_week;"                             \
	"CREATE TEMP TABLE prev_project_week (project_id, weeks_stalled, recent, ytd_done, cum_done);" \
	"INSERT INTO prev_project_week VALUES ('320412-2022-0001', " stalled ", '" recent "', NULL, NULL);"
/* What it printed last week, where a correction has changed prev since. */
#define PRINTED(ytd, cum) BEFORE("0", "[]")                                                     \
	"UPDATE prev_project_week SET ytd_done = " ytd ", cum_done = " cum ";"
/* Weeks of nothing, which do not count; four others: next to nothing, MIDDLE twice, and a very good one. */
#define DONE(yuan)       "{\"week_done\":" yuan "}"
#define WEEKS_OF(middle) "[" DONE("0") "," DONE("0") "," DONE("0") "," DONE("900000000") "," DONE("1") ","     \
	DONE(middle) "," DONE(middle) "]"

static const struct rule_case cases[] = {
	/* ---- project ---- */
	{ "sound", "project", "", "" },
	{ "first registration", "project", FIRST, "" },
	{ "name differs in brackets and width only", "project", NEW("project_name = '示例一厂 (一期)改造项目'"), "" },
	{ "another name", "project", NEW("project_name = '示例一厂二期项目'"), "V11" },
	{ "another enterprise", "project", NEW("enterprise = '示例二厂'"), "V11E" },
	{ "registered elsewhere", "project", FIRST NEW("uscc = '91350100M000100Y43'"), "V14" },
	{ "registered elsewhere by now", "project", NEW("uscc = '91350100M000100Y43'"), "V11U V14" },
	{ "city-level registration", "project", FIRST NEW("uscc = '91320400MAN8KDQ57Q'"), "" },
	{ "another code", "project", NEW("uscc = '91320412MACLE8X14A'"), "V11U" },
	{ "another project under its number", "project",
	    NEW("uscc = '91320412MACLE8X14A', project_name = '示例新项目'"), "V11 V11U V11R" },
	{ "the same, with a reason", "project",
	    NEW("uscc = '91320412MACLE8X14A', project_name = '示例新项目', note = '主体变更'"), "V11 V11U" },
	{ "new, and the number holds it already", "project", NEW("op = '新增'"), "" },
	{ "new, under the number of another", "project", NEW("op = '新增', project_name = '示例新项目'"), "V11 V11N" },
	{ "new, of another enterprise", "project", NEW("op = '新增', uscc = '91320412MACLE8X14A'"), "V11U V11N" },
	{ "new, under a number of this week", "project", FIRST
	    "INSERT INTO cur (project_id, project_name, enterprise, uscc) SELECT project_id, project_name, enterprise, uscc"
	    " FROM new;" NEW("op = '新增', project_name = '示例新项目', uscc = '91320412MACLE8X14A'"), "V11C" },
	{ "new, the enterprise's other project under a number of this week", "project", FIRST
	    "INSERT INTO cur (project_id, project_name, enterprise, uscc) SELECT project_id, project_name, enterprise, uscc"
	    " FROM new;" NEW("op = '新增', project_name = '示例新项目'"), "V11C" },
	{ "a name of this week put right", "project", FIRST
	    "INSERT INTO cur (project_id, project_name, enterprise, uscc) SELECT project_id, project_name, enterprise, uscc"
	    " FROM new;" NEW("project_name = '示例新项目'"), "" },
	{ "new, again as earlier this week", "project", FIRST
	    "INSERT INTO cur (project_id, project_name, enterprise, uscc) SELECT project_id, project_name, enterprise, uscc"
	    " FROM new;" NEW("op = '新增'"), "" },
	{ "unit's own area by its town", "project", NEW("unit = 'CZJKQ'"), "" },
	{ "mod 11 fails, mod 31 holds", "project", FIRST NEW("uscc = '91320412MA2M3M3H6T'"), "V13" },
	{ "total in yuan", "project", NEW("total_invest = 2000" WAN WAN), "V18 V34" },
	{ "total in yi", "project",
	    NEW("total_invest = 2000, year_plan = 1500, correction = '原单位有误', note = '原单位有误'"), "V34 V34P" },
	{ "total in yi, no reason", "project",
	    NEW("total_invest = 2000, year_plan = 1500"), "V18 V18P V34 V34P" },
	{ "total times 8100", "project", NEW("total_invest = 2000" WAN " * 8100"), "V18 V34" },
	{ "total times 7900", "project", NEW("total_invest = 2000" WAN " * 7900"), "V34" },
	{ "total times a hundred million", "project",
	    NEW("total_invest = 2000" WAN " * 100000000"), "V18 V34" },
	{ "plan in yuan", "project", NEW("year_plan = 1500" WAN WAN), "V18P V18M V24 V34P" },
	{ "plan in yuan at first", "project", FIRST NEW("year_plan = 1500" WAN WAN), "V18M V24" },
	{ "plan in a new year", "project", NEW("year_plan = 1500") PREV("_week = '2021-W50'"), "" },
	{ "plan over total by a tenth", "project", FIRST NEW("year_plan = 2200" WAN), "" },
	{ "plan over total by more", "project", FIRST NEW("year_plan = 2200" WAN " + 1"), "V24" },
	{ "plan and last year's", "project",
	    "INSERT INTO progress (unit, project_id, ytd_done, cum_done, _week) VALUES"
	    " ('320412', '320412-2022-0001', 100" WAN ", 801" WAN ", '2022-W16');", "V24B" },
	{ "plan and last year's, within", "project",
	    "INSERT INTO progress (unit, project_id, ytd_done, cum_done, _week) VALUES"
	    " ('320412', '320412-2022-0001', 100" WAN ", 800" WAN ", '2022-W16');", "" },
	{ "plan and all of last year", "project",
	    "INSERT INTO progress (unit, project_id, ytd_done, cum_done, _week) VALUES"
	    " ('320412', '320412-2022-0001', 100" WAN ", 800" WAN ", '2021-W52');", "V24B" },
	{ "ends before it starts", "project", NEW("plan_end = '2022-01-09'"), "V28 V34E" },
	{ "ends the day it starts", "project", FIRST NEW("plan_end = plan_start"), "" },
	{ "ended before started", "project", NEW("actual_end = '2022-01-11', status = '竣工'"), "V28A" },
	{ "started tomorrow", "project", NEW("actual_start = '2022-04-29'"), "V28S" },
	{ "started today", "project", NEW("actual_start = '2022-04-28'"), "" },
	{ "ended tomorrow", "project", NEW("actual_end = '2022-04-29', status = '竣工'"), "V28E" },
	{ "ended today", "project", NEW("actual_end = '2022-04-28', status = '竣工'"), "" },
	{ "not started, with a start", "project", NEW("status = '未开工'"), "V29" },
	{ "going, without a start", "project", FIRST NEW("actual_start = NULL"), "V29S" },
	{ "going, its start taken back", "project", NEW("actual_start = NULL"), "" },
	{ "not started, without", "project", NEW("actual_start = NULL, status = '未开工'"), "" },
	{ "finished, without an end", "project", NEW("status = '竣工'"), "V29E" },
	{ "going, with an end", "project", NEW("actual_end = '2022-04-20'"), "V29F" },
	{ "total changed", "project", NEW("total_invest = 2100" WAN), "V34" },
	{ "total changed, approved since", "project",
	    NEW("total_invest = 2100" WAN) CHANGE("1", "调整计划", "2022-03-18"), "" },
	{ "total changed, approved before the row", "project",
	    NEW("total_invest = 2100" WAN) CHANGE("1", "调整计划", "2022-03-17"), "V34" },
	{ "total changed, to be approved", "project",
	    NEW("total_invest = 2100" WAN) CHANGE("1", "调整计划", "2022-04-29"), "V34" },
	{ "total changed, something else approved", "project",
	    NEW("total_invest = 2100" WAN) CHANGE("1", "恢复", "2022-04-01"), "V34" },
	{ "end moved, approved", "project",
	    NEW("plan_end = '2023-02-01'") CHANGE("1", "调整计划", "2022-04-01"), "" },
	{ "plan changed, approved", "project",
	    NEW("year_plan = 1400" WAN) CHANGE("1", "调整计划", "2022-04-01"), "" },
	{ "going, though postponed", "project", CHANGE("1", "暂缓", "2022-04-01"), "V34C" },
	{ "postponed from tomorrow", "project", CHANGE("1", "暂缓", "2022-04-29"), "" },
	{ "postponed", "project", NEW("status = '停工'") CHANGE("1", "暂缓", "2022-04-01"), "" },
	{ "postponed and taken up again", "project",
	    CHANGE("1", "暂缓", "2022-04-01") CHANGE("2", "恢复", "2022-04-20"), "" },
	{ "two decisions of one day: the later number", "project",
	    CHANGE("1", "恢复", "2022-04-01") CHANGE("2", "暂缓", "2022-04-01"), "V34C" },
	{ "going, though struck off", "project", NEW("status = '暂缓'") CHANGE("1", "退库", "2022-04-01"), "V34C" },
	{ "end moved", "project", NEW("plan_end = '2023-02-01'"), "V34E" },
	{ "plan changed", "project", NEW("year_plan = 1400" WAN), "V34P" },

	/* ---- progress: what senders' own tables have beside it (531 of 1500: 35.4; of 2000: 46.55) ---- */
	{ "name as registered", "progress", NEW("said_name = ' 示 例'"), "" },
	{ "name of another", "progress", NEW("said_name = '示例二'"), "V11" },
	{ "name of another of ours", "progress",
	    "INSERT INTO project (unit, project_id, project_name, _week)"
	    " VALUES ('320412', '320412-2022-0002', '示例（二）', '2022-W12');" NEW("said_name = '示例(二)'"), "V11X V11" },
	{ "rate of the year", "progress", NEW("said_ytd_rate = 35.5"), "" },
	{ "rate of the year, too low by more", "progress", NEW("said_ytd_rate = 35.29"), "V26" },
	{ "rate of the year, too high by more", "progress", NEW("said_ytd_rate = 35.51"), "V26" },
	{ "rate of a plan of last year", "progress", NEW("said_ytd_rate = 1") PROJECT("_week = '2021-W50'"), "V25N" },
	{ "rate of the whole", "progress", NEW("said_cum_rate = 46.6"), "" },
	{ "rate of the whole, off by more", "progress", NEW("said_cum_rate = 46.66"), "V26C" },

	/* ---- progress: unit slips ---- */
	{ "sound", "progress", "", "" },
	{ "first report", "progress", FIRST, "" },
	{ "same week again", "progress",
	    "INSERT INTO cur (unit, project_id, week_done, ytd_done, cum_done) VALUES"
	    " ('320412', '320412-2022-0001', 99" WAN ", 599" WAN ", 999" WAN ");", "" },
	{ "cum in yi", "progress", NEW("cum_done = 931"), "V18 V19 V20 V22" },
	{ "cum in yuan", "progress", NEW("cum_done = 931" WAN WAN), "V18 V18M V20 V23" },
	{ "cum in yuan at first", "progress", FIRST NEW("cum_done = 931" WAN WAN), "V18M V23 V24" },
	{ "cum times a hundred million", "progress",
	    NEW("cum_done = 931" WAN " * 100000000"), "V18 V18M V20 V23" },
	{ "cum put right with a reason", "progress", PREV("ytd_done = 500, cum_done = 900")
	    NEW("adjust = 899" WAN " + 9100, ytd_done = 500 + 930" WAN " + 9100,"
	    " cum_done = 900 + 930" WAN " + 9100, note = '上期误填亿元', correction = '上期误填亿元'"), "" },
	{ "ytd in yi", "progress", NEW("ytd_done = 531"), "V18Y V21" },
	{ "ytd falls to a ten thousandth in a new year", "progress",
	    PREV("_week = '2021-W52', ytd_done = 310000" WAN), "V21Y" },

	{ "week as much as the whole", "progress", PROJECT("total_invest = 31" WAN ", year_plan = 31" WAN)
	    FIRST NEW("ytd_done = 31" WAN ", cum_done = 31" WAN), "V33" },
	{ "week in yuan", "progress", NEW("week_done = 31" WAN WAN), "V18W V20 V21 V21W V33" },
	{ "week in yuan at first", "progress", FIRST NEW("week_done = 31" WAN WAN), "V18W V21W V33" },
	{ "absurd week taken back by adjust", "progress",
	    NEW("week_done = 2001" WAN ", adjust = -1970" WAN ", note = '核减'"), "V18W V33" },
	{ "the same, put right with a reason", "progress",
	    NEW("week_done = 2001" WAN ", adjust = -1970" WAN ", note = '核减', correction = '核减'"), "V33" },
	{ "week beyond a whole of nothing", "progress", FIRST PROJECT("total_invest = 0, year_plan = 0")
	    NEW("note = '总投资未定'"), "V23 V25N V33" },

	/* ---- progress: sums over weeks ---- */
	{ "cum falls", "progress", NEW("cum_done = 899" WAN), "V19 V20" },
	{ "cum falls, this week unread", "progress", NEW("cum_done = 899" WAN ", week_done = NULL"), "V19A" },
	{ "cum falls with a reason", "progress",
	    NEW("cum_done = 880" WAN ", ytd_done = 480" WAN ", adjust = -51" WAN ","
	    " note = '核减', correction = '多报'"), "" },
	{ "cum stays, nothing done, explained", "progress",
	    NEW("week_done = 0, ytd_done = 500" WAN ", cum_done = 900" WAN ","
	    " stage = '设备安装35%', note = '设备在途'"), "V36Z" },
	{ "all as last week", "progress",
	    PREV("week_done = 31" WAN ", ytd_done = 531" WAN ", cum_done = 931" WAN), "V20S V20 V21" },
	{ "as much as last week, added up", "progress", PREV("week_done = 31" WAN), "" },
	{ "last week's figure, totals of this", "progress", NEW("week_done = 20" WAN), "V20L V20 V21" },
	{ "last week's figure, the rest as adjust", "progress",
	    NEW("week_done = 20" WAN ", adjust = 11" WAN ", note = '补报'"), "" },
	{ "a ten thousandth of what both totals rose by", "progress", NEW("week_done = 31"), "V20W V20 V21" },
	{ "a ten thousandth of what one total rose by", "progress", NEW("week_done = 31, ytd_done = 500" WAN), "V20" },
	{ "cum in the week", "progress", NEW("week_done = 931" WAN), "V20C V20 V21 V21W V33" },
	{ "ytd in the week", "progress", NEW("week_done = 531" WAN), "V20C V20 V21 V33" },
	{ "ytd is the week, since last week's was too much", "progress", PREV("ytd_done = 50" WAN)
	    NEW("week_done = 120" WAN ", adjust = -50" WAN ", ytd_done = 120" WAN ", cum_done = 970" WAN
	    ", note = '上期误报'"), "" },
	{ "so is cum", "progress", PREV("ytd_done = 50" WAN ", cum_done = 50" WAN)
	    NEW("week_done = 120" WAN ", adjust = -50" WAN ", ytd_done = 120" WAN ", cum_done = 120" WAN
	    ", note = '上期误报'"), "" },
	{ "so is cum, which alone is right", "progress", PREV("ytd_done = 40" WAN ", cum_done = 50" WAN)
	    NEW("week_done = 120" WAN ", adjust = -50" WAN ", ytd_done = 120" WAN ", cum_done = 120" WAN
	    ", note = '上期误报'"), "V20C V21" },
	{ "cum off by half a unit", "progress", NEW("cum_done = 931" WAN " + 5000"), "" },
	{ "cum off by more", "progress", NEW("cum_done = 931" WAN " + 5001"), "V20" },
	{ "cum low by half a unit", "progress", NEW("cum_done = 931" WAN " - 5000"), "" },
	{ "cum low by more", "progress", NEW("cum_done = 931" WAN " - 5001"), "V20" },
	{ "adjust of nought is none", "progress", NEW("adjust = 0"), "" },
	{ "adjust explained", "progress",
	    NEW("adjust = 9" WAN ", ytd_done = 540" WAN ", cum_done = 940" WAN ", note = '补报'"), "" },
	{ "adjust unexplained", "progress",
	    NEW("adjust = 9" WAN ", ytd_done = 540" WAN ", cum_done = 940" WAN), "V20N" },
	{ "adjust not in cum", "progress",
	    NEW("adjust = 9" WAN ", ytd_done = 540" WAN ", note = '补报'"), "V20A" },
	{ "ytd off by half a unit", "progress", NEW("ytd_done = 531" WAN " - 5000"), "" },
	{ "ytd off by more", "progress", NEW("ytd_done = 531" WAN " - 5001"), "V21" },
	{ "ytd without adjust", "progress",
	    NEW("adjust = 9" WAN ", cum_done = 940" WAN ", note = '补报'"), "V21" },
	{ "what was corrected, taken up as adjust", "progress", PRINTED("491" WAN, "891" WAN)
	    NEW("adjust = 9" WAN ", ytd_done = 531" WAN ", cum_done = 931" WAN ", note = '补报'"), "" },
	{ "what was corrected, and nothing taken up", "progress", PRINTED("491" WAN, "891" WAN) NEW("adjust = 0"), "" },
	{ "what was corrected, left out", "progress", PRINTED("491" WAN, "891" WAN)
	    NEW("ytd_done = 522" WAN ", cum_done = 922" WAN), "V20 V21" },
	{ "adjust beside what was printed", "progress", PRINTED("491" WAN, "891" WAN)
	    NEW("adjust = 8" WAN ", ytd_done = 531" WAN ", cum_done = 931" WAN ", note = '补报'"), "V20A V21" },
	{ "year starts at nothing", "progress", PROJECT("year_plan = 1000" WAN) PREV("_week = '2021-W52'")
	    NEW("ytd_done = 31" WAN), "" },
	{ "year goes on from last year", "progress", PREV("_week = '2021-W52'"), "V21Y" },
	{ "plan beyond total, first of the year", "progress",
	    PREV("_week = '2021-W52'") NEW("ytd_done = 31" WAN), "V24" },
	{ "year starts with what was missed", "progress",
	    PROJECT("year_plan = 1000" WAN) PREV("_week = '2021-W52'")
	    NEW("adjust = 9" WAN ", ytd_done = 40" WAN ", cum_done = 940" WAN ", note = '补报1月'"), "" },
	{ "silent weeks taken up", "progress", PREV("_week = '2022-W13'")
	    NEW("adjust = 50" WAN ", ytd_done = 581" WAN ", cum_done = 981" WAN ", note = '补报第14至16周'"), "" },
	{ "week over ytd by half a unit", "progress", FIRST PROJECT("year_plan = 1000" WAN)
	    NEW("ytd_done = 31" WAN " - 5000"), "" },
	{ "week over ytd by more", "progress", FIRST PROJECT("year_plan = 1000" WAN)
	    NEW("ytd_done = 31" WAN " - 5001"), "V21W" },
	{ "week and adjust over ytd", "progress",
	    FIRST NEW("adjust = 501" WAN ", note = '补报'"), "V21W" },
	{ "ytd over cum", "progress", FIRST NEW("ytd_done = 932" WAN), "V22" },
	{ "ytd is cum", "progress", FIRST NEW("ytd_done = 931" WAN), "" },

	/* ---- progress: against the registry ---- */
	{ "all of total", "progress", PROJECT("total_invest = 931" WAN) PREV("cum_done = 900" WAN), "" },
	{ "over total", "progress", PROJECT("total_invest = 930" WAN), "V23" },
	{ "over total, explained", "progress",
	    PROJECT("total_invest = 930" WAN) NEW("note = '设备涨价'"), "V23W" },
	{ "over by a tenth, explained", "progress",
	    PROJECT("total_invest = 1000" WAN) PREV("cum_done = 1069" WAN)
	    NEW("cum_done = 1100" WAN ", note = '设备涨价'"), "V23W" },
	{ "over by more, explained", "progress",
	    PROJECT("total_invest = 1000" WAN) PREV("cum_done = 1069" WAN " + 1")
	    NEW("cum_done = 1100" WAN " + 1, note = '设备涨价'"), "V23" },
	{ "plan beyond total, first report", "progress", FIRST PROJECT("total_invest = 1700" WAN), "V24" },
	{ "plan beyond total, later", "progress", PROJECT("total_invest = 1700" WAN), "" },
	{ "ytd half over plan", "progress", PROJECT("year_plan = 354" WAN), "" },
	{ "ytd more than half over plan", "progress", PROJECT("year_plan = 353" WAN), "V25" },
	{ "no plan", "progress", PROJECT("year_plan = 0"), "V25N" },
	{ "last year's plan", "progress", PROJECT("_week = '2021-W51'"), "V25N" },
	{ "not started, with investment", "progress",
	    PROJECT("status = '未开工', actual_start = NULL, plan_start = '2022-05-01'"), "V29" },
	{ "finished short", "progress", PROJECT("status = '竣工', actual_end = '2022-04-24'"), "V29C" },
	{ "finished at nine tenths", "progress",
	    PROJECT("status = '竣工', actual_end = '2022-04-24', total_invest = 1034" WAN), "" },
	{ "finished, still investing", "progress",
	    PROJECT("status = '竣工', actual_end = '2022-04-21', total_invest = 1000" WAN), "V29I" },
	{ "finished this week", "progress",
	    PROJECT("status = '竣工', actual_end = '2022-04-22', total_invest = 1000" WAN), "" },
	{ "end passed", "progress", PROJECT("plan_end = '2022-04-27'"), "V29P" },
	{ "end today", "progress", PROJECT("plan_end = '2022-04-28'"), "" },
	{ "start due today", "progress", NEW("week_done = 0, ytd_done = 0, cum_done = 0") FIRST
	    PROJECT("status = '未开工', plan_start = '2022-04-28'"), "" },
	{ "start overdue a day", "progress", NEW("week_done = 0, ytd_done = 0, cum_done = 0") FIRST
	    PROJECT("status = '未开工', plan_start = '2022-04-27'"), "V30" },
	{ "start overdue 90 days", "progress", NEW("week_done = 0, ytd_done = 0, cum_done = 0") FIRST
	    PROJECT("status = '未开工', plan_start = '2022-01-28'"), "V30" },
	{ "start overdue 91 days", "progress", NEW("week_done = 0, ytd_done = 0, cum_done = 0") FIRST
	    PROJECT("status = '未开工', plan_start = '2022-01-27'"), "V30R" },

	/* ---- progress: what looks copied or guessed ---- */
	{ "same stage", "progress", NEW("stage = '设备安装 ３５％'"), "V32" },
	{ "stage as above", "progress", NEW("stage = '同 上'"), "V32D" },
	{ "a fifth of total in a week", "progress",
	    PREV("ytd_done = 131" WAN ", cum_done = 531" WAN) NEW("week_done = 400" WAN), "" },
	{ "more than a fifth", "progress",
	    PREV("ytd_done = 130" WAN ", cum_done = 530" WAN) NEW("week_done = 401" WAN), "V33" },
	{ "all round", "progress",
	    FIRST NEW("week_done = 100" WAN ", ytd_done = 500" WAN ", cum_done = 900" WAN), "V33R" },
	{ "one not round", "progress",
	    FIRST NEW("week_done = 100" WAN ", ytd_done = 500" WAN ", cum_done = 901" WAN), "" },
	{ "no stage", "progress", PREV("stage = NULL") NEW("stage = NULL"), "V36" },
	{ "no stage where one was", "progress", NEW("stage = NULL"), "" },
	{ "stopped, no stage", "progress", NEW("stage = NULL") PROJECT("status = '停工'"), "" },
	{ "nothing done", "progress",
	    NEW("week_done = 0, ytd_done = 500" WAN ", cum_done = 900" WAN), "V36Z" },
	{ "nothing done, stopped", "progress", NEW("week_done = 0, ytd_done = 500" WAN ", cum_done = 900" WAN)
	    PROJECT("status = '停工'"), "" },

	{ "nothing for the third time", "progress",
	    NEW("week_done = 0, ytd_done = 500" WAN ", cum_done = 900" WAN)
	    BEFORE("2", "[]"), "V31 V36Z" },
	{ "nothing for the second time", "progress",
	    NEW("week_done = 0, ytd_done = 500" WAN ", cum_done = 900" WAN)
	    BEFORE("1", "[]"), "V36Z" },
	{ "more than four medians", "progress", SMALL BEFORE("0", WEEKS_OF("7" WAN)), "V33S" },
	{ "just four medians", "progress", SMALL BEFORE("0", WEEKS_OF("77500")), "" },
	{ "more, but of a large whole", "progress", BEFORE("0", WEEKS_OF("7" WAN)), "" },
	{ "more, but no more than last time", "progress",
	    SMALL PREV("week_done = 31" WAN) BEFORE("0", WEEKS_OF("7" WAN)), "" },
	{ "more, but of too few weeks", "progress", SMALL BEFORE("0", "[{\"week_done\":1},{\"week_done\":1},"
	    "{\"week_done\":1},{\"week_done\":0},{\"week_done\":null}]"), "" },

	/* ---- the others ---- */
	{ "sound", "milestone", "", "" },
	{ "reached tomorrow", "milestone", NEW("actual_date = '2022-04-29', evidence = '验收单'"), "V28" },
	{ "reached today", "milestone", NEW("actual_date = '2022-04-28', evidence = '验收单'"), "" },
	{ "promise moved", "milestone", NEW("plan_date = '2022-07-01'"), "V34" },
	{ "forecast moved", "milestone", NEW("forecast_date = '2022-07-01'"), "" },
	{ "reached without evidence", "milestone", NEW("actual_date = '2022-04-28'"), "V36" },
	{ "reached before, no evidence", "milestone",
	    NEW("actual_date = '2022-04-20'") PREV("actual_date = '2022-04-20'"), "" },
	{ "sound", "problem", "", "" },
	{ "of no project", "problem", FIRST NEW("project_id = NULL"), "V36P" },
	{ "of a project", "problem", FIRST NEW("project_id = '320412-2022-0001'"), "" },
	{ "new and overdue", "problem", FIRST NEW("project_id = '320412-2022-0001', due = '2022-04-21'"), "V36E" },
	{ "new and due at once", "problem", FIRST NEW("project_id = '320412-2022-0001', due = '2022-04-22'"), "" },
	{ "new, under the number of another", "problem", NEW("op = '新增', title = '用地指标'"), "V11N" },
	{ "new, and it is there", "problem", NEW("op = '新增'"), "" },
	{ "new, under a number of this week", "problem", FIRST
	    "INSERT INTO cur (problem_id, title) VALUES ('320412-W2022-0001', '电力增容');"
	    NEW("op = '新增', title = '用地指标', project_id = '320412-2022-0001'"), "V11C" },
	{ "new, words of this week put right", "problem", FIRST
	    "INSERT INTO cur (problem_id, title, project_id) VALUES"
	    " ('320412-W2022-0001', '电力增容', '320412-2022-0001');"
	    NEW("op = '新增', title = '变压器增容', project_id = '320412-2022-0001'"), "" },
	{ "due put off", "problem", NEW("due = '2022-05-21'"), "V34" },
	{ "due brought forward", "problem", NEW("due = '2022-05-19'"), "" },
	{ "no result", "problem", NEW("state = '待核'"), "V36" },
	{ "result", "problem", NEW("state = '待核', result = '已增容'"), "" },
	{ "closed by nobody", "problem", NEW("state = '销号', result = '已增容'"), "V36V" },
	{ "closed by himself", "problem", NEW("state = '销号', result = '已增容', verified_by = 'ＧＤＧＳ'"), "V36V" },
	{ "closed by another", "problem", NEW("state = '销号', result = '已增容', verified_by = '测试员癸'"), "" },
	{ "sound", "action", "", "" },
	{ "another item under its number", "action",
	    "INSERT INTO prev (unit, action_id, title, _week) VALUES ('320400', '2022-001', '召开会议', '2022-W16');", "V11" },
	{ "due before the meeting", "action", NEW("due = '2022-04-21'"), "V28" },
	{ "due at the meeting", "action", NEW("due = '2022-04-22'"), "" },
	{ "closed by nobody", "action", NEW("state = '销号'"), "V36V" },
	{ "closed by another", "action", NEW("state = '销号', verified_by = '测试员癸'"), "" },
	{ "sound", "action_reply", "", "" },
	{ "signed tomorrow", "action_reply", NEW("signed = '2022-04-29'"), "V28" },
	{ "extension to the same day", "action_reply",
	    NEW("extend_to = '2022-04-25', extend_reason = '待批'"), "V28X" },
	{ "extension in time", "action_reply", NEW("extend_to = '2022-05-25', extend_reason = '待批'"), "" },
	{ "extension without reason", "action_reply", NEW("extend_to = '2022-05-25'"), "V36" },
	{ "extension too late", "action_reply", NEW("extend_to = '2022-05-25', extend_reason = '待批'")
	    "UPDATE action SET due = '2022-04-21';", "V36D" },
	{ "extension sent again after it was granted", "action_reply",
	    NEW("extend_to = '2022-05-25', extend_reason = '待批'")
	    "UPDATE action SET due = '2022-05-25';"
	    "INSERT INTO prev (unit, action_id, reply, extend_to, _week)"
	    " VALUES ('320412', '2022-001', '-', '2022-05-25',"
	    " '2022-W16');", "" },
	{ "sound", "target", "", "" },

	/* ---- below the line ---- */
	{ "sound", "enterprise", "", "" },
	{ "new", "enterprise", FIRST, "" },
	{ "another name", "enterprise", NEW("name = '示例二厂'"), "V11" },
	{ "mod 11 fails, mod 31 holds", "enterprise", NEW("uscc = '91320412MA2M3M3H6T'"), "V13" },
	{ "registered elsewhere", "enterprise", FIRST NEW("uscc = '91350100M000100Y43'"), "V14" },
	{ "leader of no chain", "enterprise", NEW("chain_leader = 1"), "V36" },
	{ "leader of a chain", "enterprise", NEW("chain_leader = 1, chain = '轨道交通'"), "" },
	{ "sound", "entity", "", "" },
	{ "another name", "entity", NEW("name = '示例研究院'"), "V11" },
	{ "since tomorrow", "entity", NEW("since = '2022-04-29'"), "V28" },
	{ "since today", "entity", NEW("since = '2022-04-28'"), "" },
	{ "provider without a quota", "entity", NEW("quota = NULL"), "V36" },
	{ "department without a quota", "entity", NEW("quota = NULL, kind = '部门'"), "" },
	{ "two of one name", "entity", FIRST NEW("name = '示例第二诊断院'"), "V11T" },
	{ "one name, two kinds", "entity", FIRST NEW("name = '示例第二诊断院', kind = '部门'"), "" },
	{ "sound", "diagnosis", "", "" },
	{ "first known", "diagnosis", FIRST, "" },
	{ "mod 11 fails, mod 31 holds", "diagnosis", NEW("uscc = '91320412MA2M3M3H6T'"), "V13" },
	{ "reported tomorrow", "diagnosis", NEW("reported = '2022-04-29'"), "V28" },
	{ "reported today", "diagnosis", NEW("reported = '2022-04-28'"), "" },
	{ "visited before it was confirmed", "diagnosis", NEW("visited = '2022-03-03'"), "V40" },
	{ "visited the day it was confirmed", "diagnosis", NEW("visited = '2022-03-04'"), "" },
	{ "reviewed before it was called for, with a gap between", "diagnosis",
	    NEW("supervised = '2022-04-02', reviewed = '2022-02-28'"), "V40" },
	{ "nobody confirmed it", "diagnosis", PREV("confirmed = NULL") NEW("confirmed = NULL"), "V40S" },
	{ "nobody called for it", "diagnosis", NEW("called = NULL, admitted = NULL"), "" },
	{ "a report taken back", "diagnosis", PREV("reported = '2022-04-01'") NEW("reported = NULL"), "V40B" },
	{ "a report sent back", "diagnosis",
	    PREV("reported = '2022-04-01'") NEW("reported = NULL, event = '退回'"), "" },
	{ "given to another", "diagnosis",
	    NEW("confirmed = NULL, visited = NULL, reported = NULL, event = '改派'"), "" },
	{ "refused after the visit", "diagnosis", NEW("event = '拒诊'"), "V40E" },
	{ "refused before", "diagnosis", FIRST
	    NEW("event = '拒诊', confirmed = NULL, visited = NULL, reported = NULL"), "" },
	{ "content before it has the report", "diagnosis", NEW("satisfaction = 96"), "V40R" },
	{ "rated before it has the report", "diagnosis", NEW("rated = '2022-04-10'"), "V40R" },
	{ "content with the report", "diagnosis", NEW("supervised = '2022-04-02', reviewed = '2022-04-03',"
	    " delivered = '2022-04-05', rated = '2022-04-10', satisfaction = 96"), "" },
	{ "assigned to nobody", "diagnosis", NEW("provider = NULL"), "V36" },
	{ "sound", "practice", "", "" },
	{ "of a week that is printed", "practice", NEW("week_no = '2022-W16'"), "V41" },
	{ "sound", "change", "", "" },
	{ "moved nowhere", "change", NEW("kind = '划转'"), "V36T" },
	{ "moved to nobody", "change", NEW("kind = '划转', to_unit = '某某区'"), "V36U" },
	{ "moved to the office", "change", NEW("kind = '划转', to_unit = '320400'"), "V36U" },
	{ "moved by name", "change", NEW("kind = '划转', to_unit = '金坛区'"), "" },
	{ "moved by full name", "change", NEW("kind = '划转', to_unit = '常州高新区 (新北区）'"), "" },
	{ "moved by code", "change", NEW("kind = '划转', to_unit = 'CZJKQ'"), "" },
	{ "postponed to a unit", "change", NEW("to_unit = '金坛区'"), "V36K" },
	{ "half a year ago", "change", NEW("effective = '2021-10-29'"), "V28" },
	{ "not quite half a year ago", "change", NEW("effective = '2021-10-30'"), "" },
	{ "from today", "change", NEW("effective = '2022-04-28'"), "" },
	{ "from tomorrow", "change", NEW("effective = '2022-04-29'"), "V28F" },
	{ "sent again", "change", "INSERT INTO prev SELECT unit, change_id, project_id, kind, to_unit, effective,"
	    " approved_by, doc_no, reason, note, '2022-W16', NULL, NULL, 2 FROM new;", "" },
	{ "decided otherwise", "change", "INSERT INTO prev SELECT unit, change_id, project_id, '恢复', to_unit,"
	    " effective, approved_by, doc_no, reason, note, '2022-W16', NULL, NULL, 2 FROM new;", "V34" },
};

/* ---- the judging ---- */

static struct ruleset *rules;
static bool *wanted[32];        /* by form and rule: some case wants it */

static const char *
base_of(const char *form)
{
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
		if (strcmp(bases[i].form, form) == 0)
			return bases[i].sql;
	fail_msg("no base for form %s", form);
	return NULL;
}

static sqlite3_stmt *
prepared(sqlite3 *db, struct buf *sql)
{
	const struct env_names names = { .unit = "320412", .city = "320400", .week = { 2022, 17 } };
	struct env_names bound = names;
	sqlite3_stmt *stmt = NULL;
	struct why why;

	assert_int_equal(day_parse("2022-04-28", 10, &bound.as_of), 0);
	if (db_prepare(db, buf_cstr(sql), &stmt, &why) != 0 || env_bind(stmt, &bound, &why) != 0)
		fail_msg("%s\n%s", why.text, buf_cstr(sql));
	buf_free(sql);
	return stmt;
}

/* No {x.y} of a rule that holds is NULL. */
static void
check_wording(sqlite3 *db, const struct form *form, const struct rule *rule, const char *name)
{
	struct buf sql = { 0 };
	sqlite3_stmt *stmt;

	env_rule_values_sql(&sql, rules, form, rule);
	stmt = prepared(db, &sql);
	assert_int_equal(sqlite3_bind_int(stmt, 1, 0), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		const char *printed = sqlite3_column_name(stmt, i);

		if (sqlite3_column_type(stmt, i) == SQLITE_NULL && strchr(printed, '.') != NULL)
			fail_msg("%s/%s: rule %s prints %s, which is NULL", form->name, name, rule->id, printed);
	}
	(void)sqlite3_finalize(stmt);
}

/* The ids of the rules that hold, separated by blanks. */
static void
ask(sqlite3 *db, const struct form *form, const char *name, struct buf *got)
{
	struct buf sql = { 0 };
	sqlite3_stmt *stmt;

	env_rules_sql(&sql, rules, form);
	stmt = prepared(db, &sql);
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		for (size_t i = 0; i < form->n_rules; i++) {
			if (sqlite3_column_int(stmt, (int)i + 1) == 0)
				continue;
			buf_fmt(got, "%s%s", got->len > 0 ? " " : "", form->rules[i].id);
			check_wording(db, form, &form->rules[i], name);
		}
	}
	(void)sqlite3_finalize(stmt);
}

/* Whether ID is one of the words of WANT. */
static bool
is_word_of(const char *want, const char *id)
{
	size_t n = strlen(id);

	for (const char *p = strstr(want, id); p != NULL; p = strstr(p + 1, id))
		if (p[n] == '\0' || p[n] == ' ')
			return true;
	return false;
}

static void
note_wanted(const struct form *form, const char *want)
{
	for (size_t f = 0; f < rules->n_forms; f++)
		for (size_t i = 0; rules->forms[f] == form && i < form->n_rules; i++)
			wanted[f][i] = wanted[f][i] || is_word_of(want, form->rules[i].id);
}

static int
run_case(const struct rule_case *c)
{
	const struct form *form = ruleset_form(rules, c->form);
	struct buf got = { 0 };
	sqlite3 *db = NULL;
	struct why why;
	int bad = 0;

	assert_non_null(form);
	if (db_memory(&db, &why) != 0 || sqlfn_add(db, rules, &why) != 0 ||
	    env_create_state(db, rules, &why) != 0 ||
	    env_prev_views(db, rules, NULL, "320412", &why) != 0 || env_create_judging(db, form, &why) != 0 ||
	    db_exec(db, base_of(c->form), &why) != 0 || db_exec(db, c->sql, &why) != 0)
		fail_msg("%s/%s: %s", c->form, c->name, why.text);
	ask(db, form, c->name, &got);
	note_wanted(form, c->want);
	if (strcmp(buf_cstr(&got), c->want) != 0) {
		print_error("%s/%s: got \"%s\", wanted \"%s\"\n", c->form, c->name, buf_cstr(&got), c->want);
		bad = 1;
	}
	buf_free(&got);
	db_close(db);
	return bad;
}

static void
every_case_trips_what_it_should(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		bad += run_case(&cases[i]);
	assert_int_equal(bad, 0);
}

static void
every_rule_has_a_case(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t f = 0; f < rules->n_forms; f++) {
		const struct form *form = rules->forms[f];

		for (size_t i = 0; i < form->n_rules; i++) {
			if (wanted[f][i])
				continue;
			print_error("%s: no case wants rule %s\n", form->name, form->rules[i].id);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* The forms are those of the programme, and refer to each other as they should. */
static void
forms_are_whole(void **state)
{
	static const struct {
		const char *name;
		size_t fields;
		enum form_due due;
		bool all, office;
	} want[] = {
		{ "project", 26, DUE_CHANGE, true, false }, { "progress", 13, DUE_WEEKLY, false, false },
		{ "milestone", 6, DUE_CHANGE, false, false }, { "problem", 10, DUE_CHANGE, false, false },
		{ "action", 9, DUE_CHANGE, false, true }, { "action_reply", 6, DUE_CHANGE, false, false },
		{ "target", 4, DUE_CHANGE, false, true }, { "enterprise", 12, DUE_CHANGE, true, false },
		{ "entity", 7, DUE_CHANGE, false, true }, { "change", 8, DUE_CHANGE, false, true },
		{ "diagnosis", 25, DUE_CHANGE, false, true },
	};

	(void)state;
	assert_true(rules->n_forms >= sizeof want / sizeof *want);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		const struct form *form = ruleset_form(rules, want[i].name);

		assert_non_null(form);
		assert_int_equal(form->n_fields, want[i].fields);
		assert_int_equal(form->due, want[i].due);
		assert_int_equal(form->unique_all, want[i].all);
		assert_int_equal(form->by_office, want[i].office);
	}
	assert_string_equal(form_field(ruleset_form(rules, "progress"), "project_id")->ref->name, "project");
	assert_string_equal(form_field(ruleset_form(rules, "action_reply"), "action_id")->ref->name, "action");
	assert_non_null(ruleset_form(rules, "change")->moves);
	assert_string_equal(ruleset_form(rules, "change")->moves->ref->name, "project");
}

/* <moves>: what is wrong with it is said with its line. */
static void
wrong_moves(void **state)
{
	static const struct { const char *name, *moves, *want; } rows[] = {
		{ "sound", "<moves form='f' key='k' to='t' order='o'><when>1</when></moves>", NULL },
		{ "no order", "<moves form='f' key='k' to='t'><when>1</when></moves>",
		    "x.xml:1: <moves> has no order=\"\"" },
		{ "no condition", "<moves form='f' key='k' to='t' order='o'></moves>",
		    "x.xml:1: <moves> wants one <when>, and nothing else" },
		{ "empty condition", "<moves form='f' key='k' to='t' order='o'><when> </when></moves>",
		    "x.xml:1: <when> of <moves> is empty" },
		{ "two", "<moves form='f' key='k' to='t' order='o'><when>1</when></moves>"
		    "<moves form='f' key='k' to='t' order='o'><when>1</when></moves>", "x.xml:1: a second <moves>" },
		{ "to a field that is not there", "<moves form='f' key='k' to='q' order='o'><when>1</when></moves>",
		    "x.xml:1: <moves>: to=\"q\" is no field of form c" },
	};
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf xml = { 0 };
		struct form *form = NULL;
		int rc;

		buf_fmt(&xml, "<form name='c' title='c' key='k'><field name='k' title='k' type='text' max='9'/>"
		    "<field name='t' title='t' type='text' max='9'/><field name='o' title='o' type='date'/>%s</form>",
		    rows[i].moves);
		rc = form_parse(buf_cstr(&xml), xml.len, "x.xml", NULL, &form, &why);
		if ((rc == 0) != (rows[i].want == NULL) || (rc != 0 && strcmp(why.text, rows[i].want) != 0))
			fail_msg("%s: %s", rows[i].name, rc == 0 ? "taken" : why.text);
		form_free(form);
		buf_free(&xml);
	}
}

static int
load(void **state)
{
	struct conf conf = { 0 };
	struct why why;

	(void)state;
	if (conf_load("config/zhoubao.ini", &conf, &why) != 0 || ruleset_load(&conf, &rules, &why) != 0) {
		print_error("%s\n", why.text);
		return -1;
	}
	conf_free(&conf);
	for (size_t f = 0; f < rules->n_forms; f++)
		wanted[f] = calloc(rules->forms[f]->n_rules + 1, sizeof **wanted);
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	for (size_t f = 0; rules != NULL && f < rules->n_forms; f++)
		free(wanted[f]);
	ruleset_free(rules);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_are_whole),
		cmocka_unit_test(every_case_trips_what_it_should),
		cmocka_unit_test(every_rule_has_a_case),
		cmocka_unit_test(wrong_moves),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
