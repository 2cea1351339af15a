/*
 * measures - how long do the measures take over N projects, and in how much memory?
 *
 * usage: measures N [CONFIG]      in the top folder; CONFIG is config/zhoubao.ini
 *
 * Makes the form tables of two weeks out of nothing but N, in files as the fold builds them, runs the
 * measures over both and prints the second week's seconds (of the processor), per measure and in all, and the
 * peak of memory.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "common/conf.h"
#include "common/db.h"
#include "common/env.h"
#include "common/ruleset.h"
#include "common/site.h"
#include "common/sqlfn.h"
#include "tests/unit/run_measures.h"

#define NUMBERS "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %" PRId64 ")"
#define UNIT    "(SELECT unit FROM temp.place WHERE place.i = n.i * (SELECT count(*) FROM temp.place) / %" PRId64 ")"
#define ID      "printf('P-%%08d', n.i)"

struct bench {
	struct conf     conf;
	struct ruleset *rs;
	struct site     site;
	int64_t         n;
	bool            verbose;
};

static void
must(int rc, const struct why *why)
{
	if (rc != 0) {
		fprintf(stderr, "%s\n", why->text);
		exit(1);
	}
}

/* Of this process only: other people work on the machine too. */
static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
print_memory(const char *what, double since)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	printf("%-28s %8.2f s   peak %6ld MB\n", what, now() - since, usage.ru_maxrss / 1024);
	fflush(stdout);
}

/* A statement that took long, by its first words after INSERT INTO.  CTX: when the one before ended. */
static int
profile(unsigned kind, void *ctx, void *stmt, void *wall)
{
	const char *sql = sqlite3_sql(stmt);
	const char *name = sql != NULL ? strstr(sql, "INSERT INTO ") : NULL;
	double *last = ctx, at = now(), seconds = at - *last;

	(void)kind;
	(void)wall;
	*last = at;
	if (name != NULL && seconds >= 0.005)
		printf("  %-26.*s %8.2f s\n", (int)strcspn(name + 12, " \n("), name + 12, seconds);
	return 0;
}

static void
fill(struct bench *b, sqlite3 *db, const char *week, int turn)
{
	struct why why;
	char as_of[] = "2022-04-21";

	as_of[9] = turn == 0 ? '1' : '8';
	must(db_exec(db, "CREATE TEMP TABLE place AS SELECT row_number() OVER (ORDER BY unit) - 1 AS i, unit FROM unit"
			 " WHERE counts; CREATE UNIQUE INDEX temp.place_i ON place (i)", &why), &why);
	must(db_execf(db, &why,
	    NUMBERS "INSERT INTO project (unit, project_id, project_name, enterprise, entry, frequency, plan_start,"
	    " plan_end, actual_start, total_invest, year_plan, status, office, owner, _week, _submission, _row) SELECT "
	    UNIT ", " ID ", '示例项目' || n.i, '示例企业' || n.i / 3, '结转', '周', '2021-06-01', '2023-06-30',"
	    " '2021-06-01', 40000000, 10000000 + n.i %% 1000 * 10000, CASE n.i %% 20 WHEN 0 THEN '竣工' WHEN 1 THEN"
	    " '未开工' WHEN 2 THEN '停工' ELSE '在建' END, '示例处', '测试员甲', '2022-W12', '2022-W12/x/001', n.i FROM n",
	    b->n, b->n), &why);
	must(db_execf(db, &why,
	    NUMBERS "INSERT INTO progress (unit, project_id, week_done, adjust, ytd_done, cum_done, stage, _week,"
	    " _submission, _first, _row) SELECT " UNIT ", " ID ", n.i %% 90 * 1000, NULL, %d * 100000 + n.i %% 700 *"
	    " 10000, %d * 100000 + n.i %% 700 * 20000, '设备安装' || n.i %% 7, '%s', '%s/' || " UNIT " || '/001', '%s/' || "
	    UNIT " || '/001', n.i FROM n WHERE n.i %% 50 <> 7",
	    b->n, b->n, turn, turn, week, week, b->n, week, b->n), &why);
	must(db_execf(db, &why,
	    NUMBERS ", two (k) AS (VALUES ('安装'), ('竣工')) INSERT INTO milestone (unit, project_id, node, plan_date,"
	    " actual_date) SELECT " UNIT ", " ID ", two.k, CASE two.k WHEN '竣工' THEN '2022-12-10' ELSE '2022-04-10' END,"
	    " CASE WHEN n.i %% 30 > 1 AND two.k = '安装' THEN '2022-04-09' END FROM n JOIN two",
	    b->n, b->n), &why);
	must(db_execf(db, &why,
	    NUMBERS "INSERT INTO problem (unit, problem_id, project_id, title, resp_unit, need_level, due, state) SELECT "
	    UNIT ", printf('W-%%08d', n.i), " ID ", '示例问题', '示例局', '市', '2022-04-20', '办理中' FROM n"
	    " WHERE n.i %% 60 = 0", b->n, b->n), &why);
	must(db_execf(db, &why,
	    "INSERT INTO submission (unit, number, week, verdict, late, correction, forms, rows_read, received_at) SELECT"
	    " unit, 1, '%s', 'accepted', 0, 0, 'progress', 1, '%sT10:00:00' FROM unit", week, as_of), &why);
}

static void
run_week(struct bench *b, const char *week, const char *prev)
{
	struct env_names names = { .city = b->rs->office->code };
	struct buf due = { 0 }, sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	struct window window;
	struct path p;
	struct why why;
	sqlite3 *db;
	double start = now(), last;
	char digest[DIGEST_HEX];

	must(week_parse(week, 8, &names.week), &why);
	must(calendar_window(b->rs->calendar, names.week, &window, &why), &why);
	names.as_of = window.as_of;
	must(db_build(&b->site, site_snapshot(&p, names.week), DB_SNAPSHOT, &db, &why), &why);
	must(sqlfn_add(db, b->rs, &why), &why);
	if (prev != NULL) {
		struct path before;
		struct week w;

		must(week_parse(prev, 8, &w), &why);
		must(db_attach(db, &b->site, site_snapshot(&before, w), DB_SNAPSHOT, "prev", &why), &why);
	}
	must(env_create_snapshot_tables(db, b->rs, &why), &why);
	must(env_fill_reference(db, b->rs, &why), &why);
	fill(b, db, week, prev != NULL);
	must(env_prev_views(db, b->rs, prev != NULL ? "prev" : NULL, NULL, &why), &why);
	env_due_sql(&due, b->rs, ruleset_form(b->rs, "progress"));
	buf_fmt(&sql, "INSERT INTO due SELECT unit, 'progress', project_id FROM (%s)", buf_cstr(&due));
	must(db_prepare(db, buf_cstr(&sql), &stmt, &why), &why);
	must(env_bind(stmt, &names, &why), &why);
	if (sqlite3_step(stmt) != SQLITE_DONE)
		exit(1);
	(void)sqlite3_finalize(stmt);
	buf_free(&due);
	buf_free(&sql);
	print_memory(prev != NULL ? "second week, its rows" : "first week, its rows", start);
	if (prev != NULL)
		(void)sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, profile, &last);
	start = last = now();
	must(run_measures(db, b->rs, &names, &why), &why);
	print_memory(prev != NULL ? "second week, measures" : "first week, measures", start);
	must(db_content_digest(db, "main", digest, &why), &why);
	printf("  content %.16s\n", digest);
	must(db_publish(db, &b->site, site_snapshot(&p, names.week), 0644, &why), &why);
}

int
main(int argc, char **argv)
{
	char folder[] = "/tmp/bench-measures-XXXXXX";
	struct bench b = { .n = argc > 1 ? strtoll(argv[1], NULL, 10) : 70000 };
	struct why why;
	struct stat st;

	must(conf_load(argc > 2 ? argv[2] : "config/zhoubao.ini", &b.conf, &why), &why);
	must(ruleset_load(&b.conf, &b.rs, &why), &why);
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		return 1;
	}
	must(site_open(folder, &b.site, &why), &why);
	must(site_prepare(&b.site, b.rs, &why), &why);
	printf("%" PRId64 " projects\n", b.n);
	run_week(&b, "2022-W16", NULL);
	run_week(&b, "2022-W17", "2022-W16");
	if (fstatat(b.site.dir, "snapshots/2022-W17.db", &st, 0) == 0)
		printf("snapshot                     %8.1f MB\n", (double)st.st_size / 1e6);
	(void)unlinkat(b.site.dir, "snapshots/2022-W16.db", 0);
	(void)unlinkat(b.site.dir, "snapshots/2022-W17.db", 0);
	site_close(&b.site);
	ruleset_free(b.rs);
	conf_free(&b.conf);
	return 0;
}
