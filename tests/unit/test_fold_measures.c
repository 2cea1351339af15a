/* uses: aggregator */
/*
 * Measures that are counted in two halves, or beside others: who counts them does not show, and neither does
 * that there were two.
 */
#include "tests/unit/fold_fixture.h"

/* In the order of the key, and not; with rowids, and without; with last week's, and from several tables. */
static const char divided[] =
    "-- sums: what was done so far, whose plan it was\n"
    "CREATE TABLE sums (unit TEXT NOT NULL, what TEXT NOT NULL, id TEXT NOT NULL, done INTEGER, before INTEGER,"
    " PRIMARY KEY (unit, what, id))%s;\n"
    "INSERT INTO sums\n"
    "WITH named AS (SELECT unit, 'plan' AS what, id, plan AS done FROM thing UNION ALL"
    " SELECT unit, 'done', id, done FROM report)\n"
    "SELECT named.unit, named.what, named.id, named.done, before.done FROM named\n"
    "LEFT JOIN prev_sums AS before ON before.unit = named.unit AND before.what = named.what AND before.id = named.id\n"
    "WHERE named.unit > :after AND named.unit <= :through;\n";

static const struct sent two_weeks[] = {
	{ "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "thing",
	  "('A-1', 'a', 10, NULL, NULL, NULL, 3), ('A-2', 'b', 20, NULL, NULL, NULL, 4)" },
	{ "2022-W12", "A", 2, "2022-03-20T10:00:01", NULL, "report", "('A-1', 1, 's', NULL, NULL, NULL, 3)" },
	{ "2022-W12", "B", 1, "2022-03-20T10:00:02", NULL, "thing",
	  "('B-1', 'c', 30, NULL, NULL, NULL, 3), ('B-2', 'd', 40, NULL, NULL, NULL, 4)" },
	{ "2022-W13", "A", 1, "2022-03-27T10:00:00", NULL, "report",
	  "('A-1', 2, 's', NULL, NULL, NULL, 3), ('A-2', 3, 's', NULL, NULL, NULL, 4)" },
	{ "2022-W13", "B", 1, "2022-03-27T10:00:00", NULL, "report", "('B-2', 4, 's', NULL, NULL, NULL, 3)" },
};

static struct world *
world_of(const char *measure)
{
	struct world *w = world_new();

	ruleset_free(w->p.rules);
	w->p.rules = make_rules(measure, report_form);
	return w;
}

/* OUT without its texts. */
static int
fold_as(struct world *w, const char *week, int workers, int64_t divide_from, struct fold_result *out,
    struct why *why)
{
	struct fold f = { .site = &w->p.site, .rules = w->p.rules, .window = window_of(w, week),
		.workers = workers, .divide_from = divide_from };
	int rc;

	f.at = f.window.seal;
	rc = fold_week(&f, out, why);
	if (rc == 0) {
		free(out->gate);
		free(out->replaced);
		out->gate = out->replaced = NULL;
	}
	return rc;
}

/* What lies under snapshots, and the digest of WEEK's; then it is gone. */
static void
take(struct world *w, const char *week, struct buf *out)
{
	struct names names = { 0 };
	char digest[DIGEST_HEX];
	struct why why = { 0 };
	struct path p;

	must(fsio_list(w->p.site.dir, "snapshots", &names, &why), &why);
	for (size_t i = 0; i < names.n; i++)
		buf_fmt(out, "%s ", names.v[i]);
	names_free(&names);
	site_snapshot(&p, week_of(week));
	must(fsio_digest(w->p.site.dir, p.s, digest, NULL, &why), &why);
	buf_fmt(out, "%s", digest);
	must(fsio_remove(w->p.site.dir, p.s, &why), &why);
}

/* Of the second process: a part that it never did would not show otherwise. */
static void
assert_aside(const struct fold_result *got, int seal, int measures, int gate, int digest)
{
	assert_int_equal(got->aside.seal, seal);
	assert_int_equal(got->aside.measures, measures);
	assert_int_equal(got->aside.gate, gate);
	assert_int_equal(got->aside.digest, digest);
}

static void
test_workers_do_not_show(void **state)
{
	static const char *const tables[] = { "", " WITHOUT ROWID" };

	(void)state;
	for (size_t t = 0; t < 2; t++) {
		struct buf measure = { 0 }, one = { 0 }, two = { 0 };
		struct fold_result whole, result;
		struct why why = { 0 };
		struct world *w;

		buf_fmt(&measure, divided, tables[t]);
		w = world_of(buf_cstr(&measure));
		for (size_t i = 0; i < sizeof two_weeks / sizeof *two_weeks; i++)
			send(w, &two_weeks[i]);
		assert_int_equal(seal(w, "2022-W12"), 0);
		must(fold_as(w, "2022-W13", 1, 0, &whole, &why), &why);
		expect(w, "2022-W13", "SELECT printf('%s %s %s %d %d', unit, what, id, done, before) FROM sums"
		    " ORDER BY unit, what, id", "A done A-1 2 1; A done A-2 3 0; A plan A-1 10 10; A plan A-2 20 20; "
		    "B done B-2 4 0; B plan B-1 30 30; B plan B-2 40 40");
		must(fold_as(w, "2022-W13", 1, 1, &result, &why), &why);
		assert_false(result.changed);
		take(w, "2022-W13", &one);
		buf_reset(&one);
		must(fold_as(w, "2022-W13", 1, 1, &result, &why), &why);
		assert_string_equal(result.content, whole.content);
		assert_aside(&result, 0, 0, 0, 0);
		take(w, "2022-W13", &one);
		must(fold_as(w, "2022-W13", 2, 1, &result, &why), &why);
		assert_aside(&result, 1, 1, 1, 1);
		take(w, "2022-W13", &two);
		assert_string_equal(buf_cstr(&two), buf_cstr(&one));
		/* where nothing is due there is no middle, and no half */
		must(fold_as(w, "2022-W13", 2, 5, &result, &why), &why);
		assert_string_equal(result.content, whole.content);
		assert_aside(&result, 1, 0, 0, 0);
		buf_free(&measure);
		buf_free(&one);
		buf_free(&two);
		world_free(w);
	}
}

/*
 * What is counted beside others: plans, which is divided and reads no totals.  Not those that read them, although
 * the week before has a table of that name; and what they say is of this week.
 */
static const struct more_measure beside[] = {
	{ "measures/20-totals.sql",
	  "-- totals: of each unit\n"
	  "CREATE TABLE totals (unit TEXT NOT NULL PRIMARY KEY, n INTEGER, done INTEGER);\n"
	  "INSERT INTO totals SELECT unit, count(*), sum(done) FROM sums GROUP BY unit;\n" },
	{ "measures/25-shares.sql",
	  "-- shares: of the total, counted while plans are\n"
	  "CREATE TABLE shares (unit TEXT NOT NULL, id TEXT NOT NULL, share INTEGER, PRIMARY KEY (unit, id));\n"
	  "INSERT INTO shares SELECT thing.unit, thing.id, 100 * plan / totals.done FROM thing\n"
	  "JOIN totals ON totals.unit = thing.unit WHERE thing.unit > :after AND thing.unit <= :through;\n" },
	{ "measures/30-plans.sql",
	  "-- plans: this week's and the week before's\n"
	  "CREATE TABLE plans (unit TEXT NOT NULL, id TEXT NOT NULL, plan INTEGER, n_before INTEGER,"
	  " PRIMARY KEY (unit, id)) WITHOUT ROWID;\n"
	  "INSERT INTO plans SELECT thing.unit, thing.id, plan, before.n FROM thing\n"
	  "LEFT JOIN prev_totals AS before ON before.unit = thing.unit\n"
	  "WHERE thing.unit > :after AND thing.unit <= :through;\n" },
	{ "measures/40-both.sql",
	  "-- both: plans beside totals\n"
	  "CREATE TABLE both (unit TEXT NOT NULL, id TEXT NOT NULL, plan INTEGER, n INTEGER, PRIMARY KEY (unit, id));\n"
	  "INSERT INTO both SELECT plans.unit, id, plan, totals.n FROM plans JOIN totals ON totals.unit = plans.unit\n"
	  "WHERE plans.unit > :after AND plans.unit <= :through;\n" },
};

static void
test_counted_beside(void **state)
{
	struct world *w = world_new();
	struct buf measure = { 0 }, one = { 0 }, two = { 0 };
	struct fold_result whole, result;
	struct why why = { 0 };

	(void)state;
	buf_fmt(&measure, divided, "");
	ruleset_free(w->p.rules);
	w->p.rules = make_rules_more(buf_cstr(&measure), beside, sizeof beside / sizeof *beside, report_form);
	for (size_t i = 0; i < sizeof two_weeks / sizeof *two_weeks; i++)
		send(w, &two_weeks[i]);
	assert_int_equal(seal(w, "2022-W12"), 0);
	must(fold_as(w, "2022-W13", 1, 0, &whole, &why), &why);
	take(w, "2022-W13", &one);
	buf_reset(&one);
	for (int workers = 1; workers <= 2; workers++) {
		must(fold_as(w, "2022-W13", workers, 1, &result, &why), &why);
		assert_string_equal(result.content, whole.content);
		/* sums and both in halves, plans beside totals and shares */
		assert_aside(&result, workers - 1, 3 * (workers - 1), workers - 1, workers - 1);
		expect(w, "2022-W13", "SELECT printf('%s %s %d %d', unit, id, plan, n_before) FROM plans ORDER BY unit, id",
		    "A A-1 10 3; A A-2 20 3; B B-1 30 2; B B-2 40 2");
		expect(w, "2022-W13", "SELECT printf('%s %s %d %d', unit, id, plan, n) FROM both ORDER BY unit, id",
		    "A A-1 10 4; A A-2 20 4; B B-1 30 3; B B-2 40 3");
		expect(w, "2022-W13", "SELECT printf('%s %s %d', unit, id, share) FROM shares ORDER BY unit, id",
		    "A A-1 28; A A-2 57; B B-1 40; B B-2 54");
		take(w, "2022-W13", workers == 1 ? &one : &two);
	}
	assert_string_equal(buf_cstr(&two), buf_cstr(&one));
	buf_free(&measure);
	buf_free(&one);
	buf_free(&two);
	world_free(w);
}

/* The second half alone is wrong: the week is not folded, the reason is the measure's, and nothing is left. */
static void
test_trouble_of_the_second_half(void **state)
{
	static const char wrong[] =
	    "-- sums: wrong\n"
	    "CREATE TABLE sums (unit TEXT NOT NULL, id TEXT NOT NULL, half INTEGER NOT NULL, PRIMARY KEY (unit, id));\n"
	    "INSERT INTO sums SELECT unit, id, nullif(plan, 40) FROM thing\n"
	    "WHERE unit > :after AND unit <= :through;\n";

	(void)state;
	for (int workers = 1; workers <= 2; workers++) {
		struct world *w = world_of(wrong);
		struct fold_result result;
		struct names names = { 0 };
		struct why why = { 0 };

		send(w, &two_weeks[0]);
		send(w, &two_weeks[2]);
		assert_int_equal(fold_as(w, "2022-W12", workers, 1, &result, &why), -1);
		assert_int_equal(why.code, EX_IOERR);    /* the text is good: other rows go through it */
		assert_non_null(strstr(why.text, "sums.half"));
		must(fsio_list(w->p.site.dir, "snapshots", &names, &why), &why);
		assert_int_equal(names.n, 0);
		names_free(&names);
		assert_false(fsio_exists(w->p.site.dir, "snapshots/.tmp.2022-W12.db-half"));
		assert_false(fsio_exists(w->p.site.dir, "snapshots/.tmp.2022-W12.db"));
		world_free(w);
	}
}

/* Figures of before there was a limit to them: their sum is more than an INTEGER holds, and the week is folded. */
static void
test_a_sum_that_is_too_large(void **state)
{
	static const struct sent large = { "2022-W12", "A", 2, "2022-03-20T10:00:01", NULL, "report",
	    "('A-1', 9000000000000000000, 's', NULL, NULL, NULL, 3), ('A-2', 9000000000000000000, 's', NULL, NULL, NULL, 4)" };
	struct world *w = world_of(sums_measure);
	struct fold_result result;

	(void)state;
	send(w, &two_weeks[0]);
	send(w, &large);
	send(w, &two_weeks[2]);
	result = draft(w, "2022-W12");
	assert_true(result.gate_ok);
	free(result.gate);
	expect(w, "2022-W12", "SELECT unit || ' ' || done FROM sums ORDER BY unit", "A 1.8e+19; B 0; Z 1.8e+19");
	assert_int_equal(seal(w, "2022-W12"), 0);
	world_free(w);
}

/* What a killed fold left of a second half goes with the next fold of the week, also with one that makes none. */
static void
test_a_killed_fold_leaves_no_half(void **state)
{
	static const char half[] = "snapshots/.tmp.2022-W12.db-half";
	struct world *w = world_new();
	struct fold_result result;
	struct why why = { 0 };

	(void)state;
	send(w, &two_weeks[0]);
	must(fsio_publish(w->p.site.dir, half, "x", 1, 0644, &why), &why);
	assert_true(fsio_exists(w->p.site.dir, half));
	must(fold_as(w, "2022-W12", 1, 0, &result, &why), &why);
	assert_false(fsio_exists(w->p.site.dir, half));
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_workers_do_not_show),
		cmocka_unit_test(test_counted_beside),
		cmocka_unit_test(test_trouble_of_the_second_half),
		cmocka_unit_test(test_a_killed_fold_leaves_no_half),
		cmocka_unit_test(test_a_sum_that_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
