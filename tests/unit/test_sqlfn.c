/*
 * The SQL functions of the field, asked in SQL with the real rule set's calendar and
 * settings; and the authorizer, the scan of texts and the check of a rule set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "common/conf.h"
#include "common/db.h"
#include "common/env.h"
#include "common/ruleset.h"
#include "common/sqlfn.h"
#include "common/sqltext.h"

static struct conf conf;
static struct ruleset *rs;
static sqlite3 *db;

static void
ok(int rc, const struct why *why)
{
	if (rc != 0)
		fail_msg("%s", why->text);
}

/* The value of an expression, or "error: ..." */
static void
ask(const char *expression, char *out, size_t size)
{
	sqlite3_stmt *stmt = NULL;
	char sql[500];

	(void)snprintf(sql, sizeof sql, "SELECT %s", expression);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW)
		(void)snprintf(out, size, "error: %s", sqlite3_errmsg(db));
	else if (sqlite3_column_type(stmt, 0) == SQLITE_NULL)
		(void)snprintf(out, size, "NULL");
	else
		(void)snprintf(out, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
}

#define WEEKS "'[{\"week\":\"2022-W16\",\"done\":5,\"stage\":null},{\"week\":\"2022-W17\",\"done\":-7.5," \
	"\"stage\":\"a}{\"},{\"week\":\"2022-W19\",\"done\":null}]'"

static void
functions(void **state)
{
	static const struct { const char *expression, *want;
	} rows[] = {
		/* more than an INTEGER holds is a REAL, at whatever end, and no error */
		{ "(SELECT sum(column1) FROM (VALUES (9223372036854775807), (1)))", "9.22337203685478e+18" },
		{ "(SELECT sum(column1) FROM (VALUES (-9223372036854775807), (-2), (1)))", "-9.22337203685478e+18" },
		{ "(SELECT sum(column1) FROM (VALUES (9223372036854775806), (1)))", "9223372036854775807" },
		{ "(SELECT sum(column1) FROM (VALUES (1), (NULL), ('2'), ('x')))", "3.0" },
		{ "(SELECT sum(column1) FROM (VALUES (1), (NULL), ('2')))", "3" },
		{ "(SELECT sum(column1) FROM (VALUES (NULL)))", "NULL" },
		{ "(SELECT sum(column1) FROM (VALUES (1)) WHERE column1 > 1)", "NULL" },
		{ "(SELECT sum(column1) FROM (VALUES (1), (0.25)))", "1.25" },
		{ "(SELECT sum(DISTINCT column1) FROM (VALUES (1), (1), (2)))", "3" },
		{ "(SELECT sum(column1) FILTER (WHERE column1 > 1) FROM (VALUES (1), (3), (2)))", "5" },
		{ "(SELECT group_concat(s) FROM (SELECT sum(column1) OVER (ORDER BY column1 ROWS BETWEEN 1 PRECEDING AND "
		  "CURRENT ROW) AS s FROM (VALUES (1), (2), (3), (4))))", "1,3,5,7" },
		/* the standard's own example, its zero remainder, and what people mistype */
		{ "uscc_ok('91350100M000100Y43')", "1" },
		{ "uscc_ok('91320412MA00003570')", "1" },
		{ "uscc_ok('91350100M000100Y44')", "0" },
		{ "uscc_ok('91350100M000100Y4')", "0" },
		{ "uscc_ok('91350100M000100Y430')", "0" },
		{ "uscc_ok('91350100m000100y43')", "0" },
		{ "uscc_ok('9135O100M000100Y43')", "0" },
		{ "uscc_ok('')", "0" },
		{ "uscc_ok(NULL)", "NULL" },
		{ "uscc_org_ok('91350100M000100Y43')", "1" },
		{ "uscc_org_ok('91350100M000100Y53')", "0" },
		{ "uscc_ok('91320402MAH9EH9J15')", "1" },
		{ "uscc_org_ok('91320402MAH9EH9J15')", "1" },
		{ "uscc_ok('91320402MA1GRNND6H')", "1" },
		{ "uscc_org_ok('91320402MA1GRNND6H')", "1" },

		{ "round_half(0.5, 0)", "1" },
		{ "round_half(-0.5, 0)", "-1" },
		{ "round_half(1.5, 0)", "2" },
		{ "round_half(2.5, 0)", "3" },
		{ "round_half(0.49999, 0)", "0" },
		{ "round_half(2.675, 2)", "2.68" },
		{ "round_half(1.005, 2)", "1.01" },
		{ "round_half(-2.675, 2)", "-2.68" },
		{ "round_half(-15.8287671, 1)", "-15.8" },
		{ "round_half(13.825, 1)", "13.8" },
		{ "round_half(-0.04, 1)", "0.0" },
		{ "round_half(-0.0, 1)", "0.0" },
		/* as it is printed: what a difference of two reals is off by is not the figure's */
		{ "round_half(39.95 - 40.0, 1)", "-0.1" },
		{ "round_half(22.3288 - 32.3288, 9)", "-10.0" },
		{ "round_half(25.95 - 36.0, 1)", "-10.1" },
		{ "round_half(123456789.95, 1)", "123456790.0" },
		{ "round_half(-999999999.95, 1)", "-1000000000.0" },
		{ "round_half(1000000000.45, 1)", "1000000000.5" },
		{ "round_half(0.0000000005, 9)", "1.0e-09" },
		{ "round_half(0.00000000049, 9)", "0.0" },
		{ "round_half(16, 1)", "16" },
		{ "fixed(2.675, 2)", "2.68" },
		{ "fixed(2.7, 2)", "2.70" },
		{ "fixed(16, 1)", "16.0" },
		{ "fixed(-0.04, 1)", "0.0" },
		{ "fixed(-15.8287671, 1)", "-15.8" },
		{ "fixed(99.95, 1)", "100.0" },
		{ "fixed(123456789.25, 0)", "123456789" },
		{ "fixed(1e17, 1)", "100000000000000000.0" },
		{ "fixed(NULL, 1)", "NULL" },
		{ "fixed(1.5, 10)", "error: fixed(): got '10', wanted 0 to 9 decimals" },
		{ "round_half(16.0, 1)", "16.0" },
		{ "round_half(1e17, 2)", "1.0e+17" },
		{ "round_half(NULL, 1)", "NULL" },
		{ "round_half(1.5, 10)", "error: round_half(): got '10', wanted 0 to 9 decimals" },

		{ "week_add('2022-W17', 1)", "2022-W19" },
		{ "week_add('2022-W19', -1)", "2022-W17" },
		{ "week_add('2022-W52', 1)", "2023-W01" },
		{ "week_add('2022-W17', 0)", "2022-W17" },
		{ "week_diff('2022-W19', '2022-W17')", "1" },
		{ "week_diff('2022-W17', '2022-W19')", "-1" },
		{ "week_from('2022-W19')", "2022-04-29" },
		{ "week_to('2022-W19')", "2022-05-12" },
		{ "week_from('2022-W18') IS NULL", "error: " },
		{ "week_to('2022-17')", "error: week_to(): got '2022-17', wanted a week YYYY-Www" },
		{ "week_add(NULL, 1)", "NULL" },
		{ "month_last('2022-W17')", "1" },
		{ "month_last('2022-W16')", "0" },

		{ "workdays('2022-04-22', '2022-04-28')", "6" }, /* Sunday the 24th was worked */
		{ "workdays('2022-04-29', '2022-05-12')", "8" },
		{ "workdays('2022-05-02', '2022-05-02')", "0" },
		{ "workdays('2022-04-28', '2022-04-22')", "0" },
		{ "workdays('2022-04-31', '2022-05-02')",
		    "error: workdays(): got '2022-04-31', wanted a date YYYY-MM-DD" },

		{ "day_add('2022-02-27', 2)", "2022-03-01" },
		{ "day_add('2022-01-01', -1)", "2021-12-31" },
		{ "day_add('2022-01-01', 0)", "2022-01-01" },
		{ "day_add('2022-01-01', NULL)", "NULL" },
		{ "day_add('2022-13-01', 1)", "error: day_add(): got '2022-13-01', wanted a date YYYY-MM-DD" },
		{ "day_add('2022-01-01', 100001)", "error: day_add(): got '100001', wanted a number of days" },
		{ "day_diff('2024-03-01', '2024-02-28')", "2" },
		{ "day_diff('2022-04-22', '2022-04-28')", "-6" },
		{ "day_diff(NULL, '2022-04-28')", "NULL" },
		{ "day_diff('2022-04-22', '28.4.')", "error: day_diff(): got '28.4.', wanted a date YYYY-MM-DD" },

		{ "day_share('2022-01-01', '2022-12-31', '2022-04-28')", "323288" },
		{ "day_share('2022-07-01', '2022-12-31', '2022-04-28')", "0" },
		{ "day_share('2022-07-01', '2022-12-31', '2022-06-30')", "0" },
		{ "day_share('2022-07-01', '2022-12-31', '2022-07-01')", "5435" },
		{ "day_share('2022-01-01', '2022-04-28', '2022-04-28')", "1000000" },
		{ "day_share('2022-01-01', '2022-04-28', '2022-04-27')", "991525" },
		{ "day_share('2022-01-01', '2022-04-28', '2023-04-28')", "1000000" },
		{ "day_share('2022-05-01', '2022-04-01', '2022-04-28')", "0" },
		{ "day_share('2022-01-01', '2021-06-30', '2022-04-28')", "1000000" },
		{ "day_share(NULL, '2022-04-28', '2023-04-28')", "NULL" },

		{ "digest('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "digest('')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "digest(NULL)", "NULL" },
		{ "squash('示例（一） 厂') = squash('示例(一)厂')", "1" },
		{ "squash(NULL)", "NULL" },

		{ "weeks_add('[]', '{\"week\":\"2022-W17\"}', 2)", "[{\"week\":\"2022-W17\"}]" },
		{ "weeks_add('[{\"a\":1},{\"a\":2}]', '{\"a\":3}', 3)", "[{\"a\":1},{\"a\":2},{\"a\":3}]" },
		{ "weeks_add('[{\"a\":1},{\"a\":2}]', '{\"a\":3}', 2)", "[{\"a\":2},{\"a\":3}]" },
		{ "weeks_add('[{\"a\":1},{\"a\":2}]', '{}', 1)", "[{}]" },
		{ "weeks_add(' [ {\"a\" : 1} , {\"a\":\"}{\"} ] ', '{\"a\":3}', 9)",
		    "error: weeks_add(): got ' [ {\"a\" : 1} , {\"a\":\"}{\"} ] ', wanted a JSON array of flat objects" },
		{ "weeks_add(' [ {\"a\" : 1} , {\"a\":\"}{\"} ]', '{\"a\":3}', 9)",
		    "[{\"a\" : 1},{\"a\":\"}{\"},{\"a\":3}]" },
		{ "weeks_add('[]', '{\"a\":{}}', 2)", "error: weeks_add(): got '{\"a\":{}}', wanted a flat JSON object" },
		{ "weeks_add('[]', '{} ', 2)", "error: weeks_add(): got '{} ', wanted a flat JSON object" },
		{ "weeks_add('[]', '{}', 0)", "error: weeks_add(): got '0', wanted a number of weeks" },
		{ "weeks_add(NULL, '{}', 2)", "NULL" },
		{ "weeks_count('[]')", "0" },
		{ "weeks_count(weeks_add('[{},{}]', '{}', 8))", "3" },
		{ "weeks_count('[{},]')", "error: weeks_count(): got '[{},]', wanted a JSON array of flat objects" },
		{ "weeks_count('[{\"a\":[1]}]')",
		    "error: weeks_count(): got '[{\"a\":[1]}]', wanted a JSON array of flat objects" },
		{ "weeks_count('[{\"a\":\"\\\"\"}]')",
		    "error: weeks_count(): got '[{\"a\":\"\\\"\"}]', wanted a JSON array of flat objects" },
		{ "weeks_count('')", "error: weeks_count(): got '', wanted a JSON array of flat objects" },
		{ "weeks_value(" WEEKS ", 'week', 'done', '2022-W19', 0)", "2022-W17" },
		{ "weeks_value(" WEEKS ", 'done', 'done', '2022-W19', 0)", "-7.5" },
		{ "weeks_value(" WEEKS ", 'stage', 'done', '2022-W19', 0)", "a}{" },
		{ "weeks_value(" WEEKS ", 'stage', 'week', '2022-W19', 0)", "NULL" },
		{ "weeks_value(" WEEKS ", 'done', 'done', '2022-W19', 14)", "-7.5" },     /* W19 has two weeks */
		{ "weeks_value(" WEEKS ", 'done', 'done', '2022-W19', 15)", "5" },
		{ "typeof(weeks_value(" WEEKS ", 'done', 'done', '2022-W16', 0))", "integer" },
		{ "weeks_value(" WEEKS ", 'done', 'done', '2022-W15', 0)", "NULL" },
		{ "weeks_value(" WEEKS ", 'done', 'done', NULL, 0)", "NULL" },
		{ "weeks_value(" WEEKS ", 'done', 'done', 'W15', 0)",
		    "error: weeks_value(): got 'W15', wanted a week YYYY-Www" },
		{ "weeks_value('[{\"a\":1}]', 'a', 'a', '2022-W15', 0)",
		    "error: weeks_value(): an object without a week YYYY-Www" },

		{ "setting('lamp.red_gap')", "10.0" },
		{ "typeof(setting('lamp.red_grace'))", "integer" },
		{ "typeof(setting('pace.method'))", "text" },
		{ "setting('lamp.redgap')",
		    "error: setting(): got 'lamp.redgap', wanted a name that settings.csv declares" },
	};
	char got[300];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ask(rows[i].expression, got, sizeof got);
		if (strcmp(rows[i].want, "error: ") == 0 ? strncmp(got, "error: ", 7) != 0
							 : strcmp(got, rows[i].want) != 0)
			fail_msg("%s\n  got    %s\n  wanted %s", rows[i].expression, got, rows[i].want);
	}
}

/* What rules and briefings may not do, with an authorizer that only reads. */
static void
refused(void **state)
{
	static const struct { const char *sql; int allowed;
	} rows[] = {
		{ "SELECT count(*), max(name) FROM unit WHERE name LIKE '%区' AND squash(name) <> ''", 1 },
		{ "SELECT value ->> 'a' FROM json_each('[{\"a\":1}]')", 1 },
		{ "SELECT key FROM json_tree('{\"a\":1}')", 1 },
		{ "SELECT rank() OVER (ORDER BY ord) FROM unit", 1 },
		{ "SELECT date('2022-04-28', '+1 day'), strftime('%Y', '2022-04-28'), "
		  "julianday('2022-04-28')",
		    1 },
		{ "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM "
		  "n",
		    1 },
		{ "SELECT load_extension('x')", 0 }, { "SELECT random()", 0 }, { "SELECT randomblob(4)", 0 },
		{ "SELECT sqlite_version()", 0 }, { "SELECT last_insert_rowid()", 0 },
		{ "SELECT name FROM sqlite_master", 0 }, { "SELECT * FROM pragma_table_info('unit')", 0 },
		{ "INSERT INTO unit (unit) VALUES ('x')", 0 }, { "UPDATE unit SET name = 'x'", 0 },
		{ "DELETE FROM unit", 0 }, { "DROP TABLE unit", 0 }, { "CREATE TABLE x (a)", 0 },
		{ "CREATE TEMP TABLE x (a)", 0 }, { "CREATE TEMP VIEW x AS SELECT 1", 0 },
		{ "ATTACH ':memory:' AS x", 0 }, { "PRAGMA writable_schema = 1", 0 },
		{ "VACUUM", 1 }, /* prepares, and fails when run: DEFENSIVE and nothing to write to */
		{ "BEGIN", 0 }, { "SAVEPOINT x", 0 }, { "ANALYZE", 0 },
		{ "REINDEX", 1 }, /* nothing to do on tables without a collation of ours */
	};
	struct why why;
	sqlite3_stmt *stmt;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ok(env_allow(db, ENV_READ, NULL, &why), &why);
		if (rows[i].allowed == 0 && sqlite3_prepare_v2(db, rows[i].sql, -1, &stmt, NULL) == SQLITE_OK)
			fail_msg("allowed: %s", rows[i].sql);
		if (rows[i].allowed == 1 && strncmp(rows[i].sql, "SELECT", 6) == 0 &&
		    sqlite3_prepare_v2(db, rows[i].sql, -1, &stmt, NULL) != SQLITE_OK)
			fail_msg("refused: %s: %s", rows[i].sql, sqlite3_errmsg(db));
		else if (rows[i].allowed == 1 && strncmp(rows[i].sql, "SELECT", 6) == 0)
			(void)sqlite3_finalize(stmt);
	}
	ok(env_allow(db, ENV_ANYTHING, NULL, &why), &why);
}

/* A sort that finds no room for its file is the machine's trouble, not the measure's. */
static void
no_file_to_sort_in(void **state)
{
	static char name[] = "big_week", file[] = "m.sql", sql[] =
	    "CREATE TABLE big_week (k TEXT PRIMARY KEY);\n"
	    "INSERT INTO big_week WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)\n"
	    "SELECT i || 'a text that is long enough to fill what memory a sorter has' FROM n ORDER BY i * 7919 % 99991";
	const struct measure m = { name, file, sql };
	const struct env_names names = { .week = { 2022, 17 } };
	struct rlimit before, none;
	struct why why = { 0 };
	int fd = dup(STDERR_FILENO);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)fd;
	ok(env_create_measure(db, &m, &why), &why);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(env_fill_measure(db, &m, &names, &why), -1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	if (why.code != EX_IOERR)
		fail_msg("exit %d: %s", why.code, why.text);
	ok(env_fill_measure(db, &m, &names, &why), &why);
}

static void
scan(void **state)
{
	static const struct { const char *name, *sql, *want;
	} rows[] = {
		{ "plain", "a = 'x' AND date(b) < :as_of", NULL },
		{ "the clock", "a = 1\n AND date('now') > b",
		    "f.xml:8: rule X: 'now' asks the clock; use :as_of or :week" },
		{ "in any case", "date(' NOW ')",
		    "f.xml:7: rule X: ' NOW ' asks the clock; use :as_of or :week" },
		{ "to parts of a second, as later versions of SQLite take it", "unixepoch('SubSec') > b",
		    "f.xml:7: rule X: 'SubSec' asks the clock; use :as_of or :week" },
		{ "the same in its long form", "strftime('%f', 'subsecond') > b",
		    "f.xml:7: rule X: 'subsecond' asks the clock; use :as_of or :week" },
		{ "no argument", "date ( ) > b",
		    "f.xml:7: rule X: date asks the clock; use :as_of or :week" },
		{ "no time value", "strftime('%Y') > b",
		    "f.xml:7: rule X: strftime asks the clock; use :as_of or :week" },
		{ "a keyword", "\n\ncurrent_date > b",
		    "f.xml:9: rule X: current_date asks the clock; use :as_of or :week" },
		{ "in a comment", "a = 1 -- now, current_date, setting('x')\n/* date() */", NULL },
		{ "in a longer text", "a = 'now is the time'", NULL },
		{ "a column of that name", "date > b AND \"current_date\" = 1", NULL },
		{ "an unknown setting", "a >\nsetting('lamp.no')",
		    "f.xml:8: rule X: setting('lamp.no'): no such setting; settings.csv declares them all" },
		{ "a known one", "a > setting ( 'lamp.red_gap' )", NULL },
		{ "an unknown parameter", "a > :wek",
		    "f.xml:7: rule X: unknown name :wek; there are :unit :week :as_of :city" },
		{ "a numbered parameter", "a > ?1",
		    "f.xml:7: rule X: unknown name ?1; there are :unit :week :as_of :city" },
		{ "a quote that stays open", "a = 'x", NULL },
		{ "a comment that stays open", "a = 1 /*", NULL },
		{ "a doubled quote", "a = 'it''s' AND b > :wek",
		    "f.xml:7: rule X: unknown name :wek; there are :unit :week :as_of :city" },
		{ "empty", "", NULL },
	};
	struct why why;
	int rc;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rc = sqltext_check(rs, rows[i].sql, "f.xml", 7, "rule X", &why);
		if ((rc == 0) != (rows[i].want == NULL) || (rc != 0 && strcmp(why.text, rows[i].want) != 0))
			fail_msg("%s: got %d %s", rows[i].name, rc, rc ? why.text : "");
	}
}

static void
measure_shape(void **state)
{
	static const struct { const char *name, *sql, *want;
	} rows[] = {
		{ "right",
		    "-- head\nCREATE TABLE m (a TEXT PRIMARY KEY);\nINSERT INTO m SELECT 1;\n-- tail\n",
		    NULL },
		{ "quoted", "CREATE TABLE \"m\" (a TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO m SELECT 1",
		    NULL },
		{ "another name", "CREATE TABLE n (a TEXT PRIMARY KEY); INSERT INTO n SELECT 1;",
		    "m.sql:1: measure m: got \"CREATE TABLE n\", wanted \"CREATE TABLE m\"" },
		{ "no key", "CREATE TABLE m (a TEXT); INSERT INTO m SELECT 1;",
		    "m.sql:1: measure m: its CREATE TABLE has no PRIMARY KEY" },
		{ "no types", "CREATE TABLE m\nAS SELECT 1; INSERT INTO m SELECT 1;",
		    "m.sql:2: measure m: CREATE TABLE AS has no types; name typed columns" },
		{ "filled elsewhere", "CREATE TABLE m (a PRIMARY KEY);\n\nINSERT INTO unit SELECT 1;",
		    "m.sql:3: measure m: got \"INSERT INTO unit\", wanted \"INSERT INTO m\"" },
		{ "a third statement",
		    "CREATE TABLE m (a PRIMARY KEY); INSERT INTO m SELECT 1;\nDROP TABLE unit",
		    "m.sql:2: measure m: a third statement begins here; a measure is one CREATE TABLE and "
		    "one INSERT" },
		{ "one statement", "CREATE TABLE m (a PRIMARY KEY);",
		    "m.sql:1: measure m: got \"  \", wanted \"INSERT INTO m\"" },
		{ "temporary", "CREATE TEMP TABLE m (a PRIMARY KEY); INSERT INTO m SELECT 1",
		    "m.sql:1: measure m: got \"CREATE TEMP TABLE\", wanted \"CREATE TABLE m\"" },
	};
	struct why why;
	size_t second;
	int rc;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct measure m = { (char *)(uintptr_t) "m", (char *)(uintptr_t) "m.sql",
			(char *)(uintptr_t)rows[i].sql };

		rc = sqltext_measure(&m, &second, &why);
		if ((rc == 0) != (rows[i].want == NULL) || (rc != 0 && strcmp(why.text, rows[i].want) != 0))
			fail_msg("%s: got %d %s", rows[i].name, rc, rc ? why.text : "");
	}
}

static void
placeholders(void **state)
{
	struct span table, column;
	const char *s = "a {new.x} {y} {prev.week_done}{ new.z} {new.}{a.b";
	size_t at = 0;

	(void)state;
	assert_true(sqltext_placeholder(s, &at, &table, &column));
	assert_true(span_is(table, "new") && span_is(column, "x"));
	assert_true(sqltext_placeholder(s, &at, &table, &column));
	assert_true(span_is(table, "prev") && span_is(column, "week_done"));
	assert_false(sqltext_placeholder(s, &at, &table, &column));
}

/* The real rule set passes; each change of one text is refused with its file and line. */
static void
check(void **state)
{
	static const struct { const char *name, *form, *rule, *when, *want;
	} rules[] = {
		{ "unknown column", "progress", "V36Z", "project.status = '在建'\nAND new.nosuch = 0",
		    "no such column: new.nosuch" },
		{ "ambiguous column", "progress", "V36Z", "week_done = 0",
		    "ambiguous column name: week_done" },
		{ "unknown table", "progress", "V36Z", "EXISTS (SELECT 1 FROM nosuch)",
		    "no such table: nosuch" },
		{ "another week's files", "progress", "V36Z", "EXISTS (SELECT 1 FROM submission)",
		    "no such table: submission" },
		{ "syntax", "progress", "V36Z", "new.week_done = = 0", "near \"=\": syntax error" },
		{ "forbidden", "progress", "V36Z", "load_extension('x')",
		    "not authorized to use function: load_extension" },
		{ "aggregate", "progress", "V36Z", "sum(new.week_done) > 0", NULL },
		{ "a measure of last week", "progress", "V36Z",
		    "EXISTS (SELECT 1 FROM prev_project_week AS p WHERE p.lamp = '红')", NULL },
		{ "a reference table", "project", "V14",
		    "new.town IN (SELECT code FROM ref_town WHERE unit = :unit)", NULL },
	};
	struct why why;
	char want[400], *was;

	(void)state;
	ok(env_check(rs, &why), &why);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		const struct form *form = ruleset_form(rs, rules[i].form);
		struct rule *rule = NULL;
		int rc, line;

		for (size_t j = 0; j < form->n_rules; j++) {
			if (strcmp(form->rules[j].id, rules[i].rule) == 0)
				rule = &form->rules[j];
		}
		assert_non_null(rule);
		was = rule->when;
		rule->when = (char *)(uintptr_t)rules[i].when;
		rc = env_check(rs, &why);
		line = rule->when_line + (strchr(rules[i].when, '\n') != NULL);
		rule->when = was;
		if (strcmp(rules[i].name, "aggregate") == 0)
			continue;       /* SQLite prepares it; it only has to be without harm */
		(void)snprintf(want, sizeof want, "%s:%d: rule %s: %s", form->file, line, rules[i].rule,
		    rules[i].want ? rules[i].want : "");
		if ((rc == 0) != (rules[i].want == NULL) || (rc != 0 && strcmp(why.text, want) != 0))
			fail_msg(
			    "%s\n  got    %s\n  wanted %s", rules[i].name, rc ? why.text : "no error", want);
		if (rc != 0)
			assert_int_equal(why.code, EX_CONFIG);
	}
}

static struct measure *measure_named(const char *name)
{
	for (size_t i = 0; i < rs->n_measures; i++)
		if (strcmp(rs->measures[i].name, name) == 0)
			return &rs->measures[i];
	fail_msg("no measure %s", name);
	return NULL;
}

static void
check_measures(void **state)
{
	static const struct { const char *name, *sql, *want;
	} rows[] = {
		{ "unknown column", "INSERT INTO milestone_week\nSELECT nosuch FROM unit",
		    ":3: measure milestone_week: no such column: nosuch" },
		{ "a later measure", "INSERT INTO milestone_week\nSELECT unit FROM unit_week",
		    ":3: measure milestone_week: no such table: unit_week" },
		{ "last week's later measure",
		    "INSERT INTO milestone_week\nSELECT unit FROM prev_unit_week WHERE red > 0", NULL },
		{ "too many columns", "INSERT INTO milestone_week\nSELECT unit, name FROM unit",
		    ":2: measure milestone_week: table milestone_week has 1 columns but 2 values were "
		    "supplied" },
		{ "random", "INSERT INTO milestone_week\nSELECT random()",
		    ":3: measure milestone_week: not authorized to use function: random" },
		{ "clock", "INSERT INTO milestone_week\nSELECT\ndate('now')",
		    ":4: measure milestone_week: 'now' asks the clock; use :as_of or :week" },
		{ "setting", "INSERT INTO milestone_week\nSELECT setting('x.y')",
		    ":3: measure milestone_week: setting('x.y'): no such setting; settings.csv declares them "
		    "all" },
	};
	struct measure *m = measure_named("milestone_week");
	struct measure was = *m;
	size_t briefings = rs->n_briefings;
	struct why why;
	char sql[400], want[400];
	int rc;

	(void)state;
	rs->n_briefings = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(
		    sql, sizeof sql, "CREATE TABLE milestone_week (unit TEXT PRIMARY KEY);\n%s", rows[i].sql);
		m->sql = sql;
		rc = env_check(rs, &why); /* in order: the others, which want the real one, come later */
		(void)snprintf(want, sizeof want, "%s%s", m->file, rows[i].want ? rows[i].want : "");
		if (rows[i].want == NULL && rc != 0 && strstr(why.text, "measure milestone_week") != NULL)
			fail_msg("%s: got %s", rows[i].name, why.text);
		if (rows[i].want != NULL && (rc == 0 || strcmp(why.text, want) != 0))
			fail_msg(
			    "%s\n  got    %s\n  wanted %s", rows[i].name, rc ? why.text : "no error", want);
	}
	*m = was;
	rs->n_briefings = briefings;
}

static void
check_queries(void **state)
{
	static const struct { const char *name, *xml, *want;
	} rows[] = {
		{ "right",
		    "<briefing>\n<query id=\"a\">SELECT * FROM unit_week WHERE week = "
		    ":week</query></briefing>",
		    NULL },
		{ "deep",
		    "<briefing><page>\n<query id=\"a\">\nSELECT nosuch\nFROM "
		    "unit_week</query></page></briefing>",
		    "b.xml:3: query a: no such column: nosuch" },
		{ "writes", "<briefing><query id=\"a\">DELETE FROM unit</query></briefing>",
		    "b.xml:1: query a: not authorized" },
		{ "last week", "<briefing><query id=\"a\">SELECT rank FROM prev_unit_week</query></briefing>",
		    "b.xml:1: query a: no such table: prev_unit_week" },
	};
	struct briefing_text b = { (char *)(uintptr_t)"b", (char *)(uintptr_t)"b.xml", NULL, 0 };
	struct briefing_text *was = rs->briefings;
	size_t n = rs->n_briefings;
	struct why why;
	int rc;

	(void)state;
	rs->briefings = &b;
	rs->n_briefings = 1;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		b.bytes = (char *)(uintptr_t)rows[i].xml;
		b.n = strlen(rows[i].xml);
		rc = env_check(rs, &why);
		if ((rc == 0) != (rows[i].want == NULL) || (rc != 0 && strcmp(why.text, rows[i].want) != 0))
			fail_msg("%s: got %d %s", rows[i].name, rc, rc ? why.text : "");
	}
	rs->briefings = was;
	rs->n_briefings = n;
}

/* All rules of a form in one pass over a judging, and the values of a wording. */
static void
judging(void **state)
{
	const struct form *form = ruleset_form(rs, "progress");
	struct env_names names = { .unit = "320412", .city = "320400", .week = { 2022, 17 } };
	struct buf sql = { 0 };
	sqlite3 *judge = NULL;
	sqlite3_stmt *stmt = NULL;
	const struct rule *v19 = NULL;
	struct why why;
	int at = 0;

	(void)state;
	assert_int_equal(day_make(2022, 4, 28, &names.as_of), 0);
	ok(db_memory(&judge, &why), &why);
	ok(sqlfn_add(judge, rs, &why), &why);
	ok(env_create_state(judge, rs, &why), &why);
	ok(env_prev_views(judge, rs, NULL, "320412", &why), &why);
	ok(env_create_judging(judge, form, &why), &why);
	ok(env_create_judging(judge, form, &why),
	    &why); /* again: for the next form, the tables are made anew */
	ok(db_exec(judge,
	       "INSERT INTO project (unit, project_id, status, total_invest, year_plan, plan_end, _week) "
	       "VALUES"
	       " ('320412', 'P', '在建', 20000000, 10000000, '2023-01-01', '2022-W12');"
	       "INSERT INTO prev (unit, project_id, cum_done, ytd_done, stage, _week) VALUES"
	       " ('320412', 'P', 5000000, 5000000, '安装', '2022-W16'), ('320412', 'Q', 5000000, 5000000, "
	       "'安装', '2022-W16');"
	       "INSERT INTO new (_id, unit, project_id, week_done, ytd_done, cum_done, stage) VALUES"
	       " (1, '320412', 'P', 110000, 5110000, 5110000, '调试'),"
	       " (2, '320412', 'Q', 110000, 4110000, 4110000, '调试')",
	       &why),
	    &why);
	env_rules_sql(&sql, rs, form);
	ok(env_allow(judge, ENV_READ, NULL, &why), &why);
	ok(db_prepare(judge, buf_cstr(&sql), &stmt, &why), &why);
	ok(env_bind(stmt, &names, &why), &why);
	assert_int_equal(sqlite3_column_count(stmt), (int)form->n_rules + 1);
	for (size_t i = 0; i < form->n_rules; i++) {
		if (strcmp(form->rules[i].id, "V19") == 0) {
			v19 = &form->rules[i];
			at = (int)i + 1;
		}
	}
	/* row 1 breaks nothing and is left out; row 2 falls below */
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(stmt, 0), 2);
	assert_int_equal(sqlite3_column_int(stmt, at), 1);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	(void)sqlite3_finalize(stmt);
	buf_reset(&sql);
	env_rule_values_sql(&sql, rs, form, v19);
	ok(db_prepare(judge, buf_cstr(&sql), &stmt, &why), &why);
	assert_int_equal(sqlite3_bind_int(stmt, 1, 2), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	/* the rule's suggestion comes first, where it has one */
	at = v19->suggest != NULL ? 1 : 0;
	assert_string_equal(sqlite3_column_name(stmt, at), "new.cum_done");
	assert_int_equal(sqlite3_column_int(stmt, at), 4110000);
	assert_string_equal(sqlite3_column_name(stmt, at + 1), "prev.cum_done");
	assert_int_equal(sqlite3_column_int(stmt, at + 1), 5000000);
	(void)sqlite3_finalize(stmt);
	buf_reset(&sql);
	env_due_sql(&sql, rs, form);
	ok(db_prepare(judge, buf_cstr(&sql), &stmt, &why), &why);
	ok(env_bind(stmt, &names, &why), &why);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(stmt, 1), "P");
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	db_close(judge);
}

/* Last week's tables as one unit sees them: its own rows, in today's columns. */
static void
views_of_one_unit(void **state)
{
	sqlite3 *judge = NULL;
	sqlite3_stmt *stmt = NULL;
	struct why why;

	(void)state;
	ok(db_memory(&judge, &why), &why);
	ok(sqlfn_add(judge, rs, &why), &why);
	ok(db_exec(judge,
	       "ATTACH ':memory:' AS old; CREATE TABLE old.unit_week (unit TEXT, week TEXT, rank INTEGER, "
	       "gone TEXT);"
	       "INSERT INTO old.unit_week VALUES ('320412', '2022-W16', 3, 'x'), ('320413', '2022-W16', 1, "
	       "'x');"
	       "CREATE TABLE old.project (project_id TEXT); INSERT INTO old.project VALUES ('P')",
	       &why),
	    &why);
	ok(env_prev_views(judge, rs, "old", "320412", &why), &why);
	ok(env_prev_views(judge, rs, "old", "320412", &why), &why);     /* again, as for the next batch */
	ok(env_allow(judge, ENV_READ, NULL, &why), &why);
	ok(db_prepare(judge, "SELECT count(*), max(rank), max(rate), (SELECT count(*) FROM prev_progress),"
	    " (SELECT count(*) FROM prev_project) FROM prev_unit_week", &stmt, &why), &why);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(stmt, 0), 1);
	assert_int_equal(sqlite3_column_int(stmt, 1), 3);
	assert_int_equal(sqlite3_column_type(stmt, 2), SQLITE_NULL);
	assert_int_equal(sqlite3_column_int(stmt, 3), 0);
	assert_int_equal(sqlite3_column_int(stmt, 4), 0); /* whose it was is not known: not this unit's */
	(void)sqlite3_finalize(stmt);
	/* what the old table has and today's has not cannot be asked for */
	assert_int_not_equal(
	    sqlite3_prepare_v2(judge, "SELECT gone FROM prev_unit_week", -1, &stmt, NULL), SQLITE_OK);
	db_close(judge);
}

static int
load(void **state)
{
	struct why why;

	(void)state;
	if (conf_load("config/zhoubao.ini", &conf, &why) != 0 || ruleset_load(&conf, &rs, &why) != 0 ||
	    db_memory(&db, &why) != 0 || sqlfn_add(db, rs, &why) != 0 ||
	    env_create_snapshot_tables(db, rs, &why) != 0) {
		fprintf(stderr, "%s\n", why.text);
		return -1;
	}
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	db_close(db);
	ruleset_free(rs);
	conf_free(&conf);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions),
		cmocka_unit_test(refused),
		cmocka_unit_test(no_file_to_sort_in),
		cmocka_unit_test(scan),
		cmocka_unit_test(measure_shape),
		cmocka_unit_test(placeholders),
		cmocka_unit_test(check),
		cmocka_unit_test(check_measures),
		cmocka_unit_test(check_queries),
		cmocka_unit_test(judging),
		cmocka_unit_test(views_of_one_unit),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
