/* uses: aggregator */
/*
 * The fold, the gate, the seal and verify, over worlds made by hand: a small programme of its own,
 * intake files built as the collector builds them.
 */
#include "fold_fixture.h"

/* ---- one week after another: what stands ---- */

#define ROW \
	"SELECT unit || ' ' || id || ' ' || coalesce(done, '-') || ' ' || _week || ' ' || _submission || ' ' ||" \
	" coalesce(_first, '-') || ' ' || _row FROM report ORDER BY unit, id"

/* All weeks but the last are sealed; the last is a draft. */
static const struct scenario {
	const char *name;
	struct sent sent[8];
	const char *last, *query, *want;
	size_t      left_out;
} scenarios[] = {
	{ "a row not reported is carried and keeps its origin",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "report",
	  "('A-2022-0001', 5, NULL, NULL, NULL, NULL, 3)" } },
	  "2022-W13", ROW, "A A-2022-0001 5 2022-W12 2022-W12/A/001 - 3", 0 },
	{ "a later row of the week replaces, the first submission is kept",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "report",
	  "('A-2022-0001', 5, NULL, NULL, NULL, NULL, 3)" },
	    { "2022-W13", "A", 1, "2022-03-27T10:00:00", NULL, "report",
	    "('A-2022-0001', 7, NULL, NULL, NULL, NULL, 4)" },
	    { "2022-W13", "A", 2, "2022-03-28T10:00:00", NULL, "report",
	    "('A-2022-0001', 8, NULL, NULL, NULL, NULL, 9)" } },
	  "2022-W13", ROW, "A A-2022-0001 8 2022-W13 2022-W13/A/002 2022-W13/A/001 9", 0 },
	{ "a weekly report taken back uncovers last week's",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "report",
	  "('A-2022-0001', 5, NULL, NULL, NULL, NULL, 3)" },
	    { "2022-W13", "A", 1, "2022-03-27T10:00:00", NULL, "report",
	    "('A-2022-0001', 7, NULL, NULL, NULL, NULL, 4)" },
	    { "2022-W13", "A", 2, "2022-03-28T10:00:00", NULL, "report",
	      "('A-2022-0001', NULL, NULL, '撤 销', NULL, NULL, 2)" } },
	  "2022-W13", ROW, "A A-2022-0001 5 2022-W12 2022-W12/A/001 - 3", 0 },
	{ "a file that only takes back a weekly report which was not sent this week leaves last week's",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "report",
	  "('A-2022-0001', 5, NULL, NULL, NULL, NULL, 3), ('A-2022-0002', 6, NULL, NULL, NULL, NULL, 4)" },
	    { "2022-W13", "A", 1, "2022-03-27T10:00:00", NULL, "report",
	    "('A-2022-0002', 8, NULL, NULL, NULL, NULL, 2), ('A-2022-0001', NULL, NULL, '撤 销', NULL, NULL, 3)" } },
	  "2022-W13", ROW, "A A-2022-0001 5 2022-W12 2022-W12/A/001 - 3; A A-2022-0002 8 2022-W13 2022-W13/A/001 2022-W13/A/001 2", 0 },
	{ "taken back and sent again: first is the one that stands",
	  { { "2022-W12", "A", 1, "2022-03-27T10:00:00", NULL, "report",
	  "('A-2022-0001', 7, NULL, NULL, NULL, NULL, 4)" },
	    { "2022-W12", "A", 2, "2022-03-28T10:00:00", NULL, "report",
	      "('A-2022-0001', NULL, NULL, '撤销', NULL, NULL, 2)" },
	    { "2022-W12", "A", 3, "2022-03-28T11:00:00", NULL, "report",
	    "('A-2022-0001', 9, NULL, NULL, NULL, NULL, 5)" } },
	  "2022-W12", ROW, "A A-2022-0001 9 2022-W12 2022-W12/A/003 2022-W12/A/003 5", 0 },
	{ "a row taken back that never was leaves nothing",
	  { { "2022-W12", "A", 1, "2022-03-28T10:00:00", NULL, "report",
	      "('A-2022-0001', NULL, NULL, '撤销', NULL, NULL, 2)" } },
	  "2022-W12", ROW, "", 0 },
	{ "a thing taken back is gone, its number is not given again",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "thing",
	      "('A-2022-0007', 'x', 1, NULL, NULL, NULL, 3), ('A-2022-0009', 'y', 1, NULL, NULL, NULL, 4)" },
	    { "2022-W13", "A", 1, "2022-03-28T10:00:00", NULL, "thing",
	      "('A-2022-0009', 'y', 1, '撤销', NULL, NULL, 2)" } },
	  "2022-W13", "SELECT id FROM thing UNION ALL SELECT form || ' ' || unit || ' ' || prefix || ' ' ||"
	  " first || ' ' || last FROM assigned",
	  "A-2022-0007; thing A A-2022- 7 7; thing A A-2022- 9 9", 0 },
	{ "numbers that were given, as runs: of two weeks, and of two units",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "thing",
	      "('A-2022-0003', 'x', 1, NULL, NULL, NULL, 3), ('A-2022-0001', 'y', 1, NULL, NULL, NULL, 4),"
	      " ('A-2022-0009', 'z', 1, NULL, NULL, NULL, 5)" },
	    { "2022-W12", "B", 1, "2022-03-20T10:00:00", NULL, "thing", "('B-2022-0005', 'x', 1, NULL, NULL, NULL, 3)" },
	    { "2022-W13", "A", 1, "2022-03-28T10:00:00", NULL, "thing",
	      "('A-2022-0002', 'y', 1, '撤销', NULL, NULL, 2), ('A-2022-0004', 'v', 1, NULL, NULL, NULL, 3)" } },
	  "2022-W13", "SELECT unit || ' ' || prefix || ' ' || first || ' ' || last FROM assigned",
	  "A A-2022- 1 4; A A-2022- 9 9; B B-2022- 5 5", 0 },
	{ "a correction becomes the state where nothing newer is known",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "report",
	  "('A-2022-0001', 5, NULL, NULL, NULL, NULL, 3)" },
	    { "2022-W13", "A", 1, "2022-03-28T10:00:00", "2022-W12", "report",
	      "('A-2022-0001', 6, NULL, NULL, NULL, '笔误', 2)" } },
	  "2022-W13", ROW, "A A-2022-0001 6 2022-W12 2022-W13/A/001 - 2", 0 },
	{ "a correction of an older week leaves a newer state alone",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "report",
	  "('A-2022-0001', 5, NULL, NULL, NULL, NULL, 3)" },
	    { "2022-W13", "A", 1, "2022-03-28T10:00:00", NULL, "report",
	    "('A-2022-0001', 7, NULL, NULL, NULL, NULL, 3)" },
	    { "2022-W15", "A", 1, "2022-04-06T10:00:00", "2022-W12", "report",
	      "('A-2022-0001', 6, NULL, NULL, NULL, '笔误', 2)" } },
	  "2022-W15", ROW, "A A-2022-0001 7 2022-W13 2022-W13/A/001 - 3", 0 },
	{ "a correction under this week's report shows when that is taken back",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "report",
	  "('A-2022-0001', 5, NULL, NULL, NULL, NULL, 3)" },
	    { "2022-W13", "A", 1, "2022-03-28T10:00:00", NULL, "report",
	    "('A-2022-0001', 7, NULL, NULL, NULL, NULL, 3)" },
	    { "2022-W13", "A", 2, "2022-03-28T11:00:00", "2022-W12", "report",
	      "('A-2022-0001', 6, NULL, NULL, NULL, '笔误', 2)" },
	    { "2022-W13", "A", 3, "2022-03-28T12:00:00", NULL, "report",
	      "('A-2022-0001', NULL, NULL, '撤销', NULL, NULL, 8)" } },
	  "2022-W13", ROW, "A A-2022-0001 6 2022-W12 2022-W13/A/002 - 2", 0 },
	{ "what refers to a row left out is left out with it, and nothing else",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "thing",
	  "('X-1', 'a', 1, NULL, NULL, NULL, 3)" },
	    { "2022-W12", "A", 2, "2022-03-20T10:00:00", NULL, "report",
	    "('X-1', 4, NULL, NULL, NULL, NULL, 2)" },
	    { "2022-W12", "B", 1, "2022-03-20T11:00:00", NULL, "thing",
	    "('X-1', 'b', 1, NULL, NULL, NULL, 4), ('B-1', 'c', 1, NULL, NULL, NULL, 5)" },
	    { "2022-W12", "B", 2, "2022-03-20T11:00:00", NULL, "report",
	    "('B-1', 6, NULL, NULL, NULL, NULL, 2), ('X-1', 5, NULL, NULL, NULL, NULL, 3)" },
	    { "2022-W12", "B", 3, "2022-03-20T11:00:00", NULL, "node",
	    "('X-1', 'n', '2022-04-01', NULL, NULL, NULL, 6), ('B-1', 'n', '2022-04-01', NULL, NULL, NULL, 7)" } },
	  "2022-W12", "SELECT 'thing ' || unit || ' ' || id FROM thing UNION ALL SELECT 'report ' || unit || ' ' || id"
	  " FROM report UNION ALL SELECT 'node ' || unit || ' ' || id FROM node UNION ALL SELECT unit || number || ' ' ||"
	  " row || ' ' || form || ' ' || key || ' ' || field || ' ' || rule || ' ' || held FROM finding ORDER BY 1",
	  "B1 4 thing X-1 id V10 1; B2 3 report X-1 id V10 1; B3 6 node X-1 n id V10 1; node B B-1; report A X-1;"
	  " report B B-1; thing A X-1; thing B B-1", 3 },
	{ "the finding of an orphan names its cause",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "thing",
	  "('X-1', 'a', 1, NULL, NULL, NULL, 3)" },
	    { "2022-W12", "B", 1, "2022-03-20T11:00:00", NULL, "thing",
	    "('X-1', 'b', 1, NULL, NULL, NULL, 4)" },
	    { "2022-W12", "B", 2, "2022-03-20T11:00:00", NULL, "report",
	    "('X-1', 5, NULL, NULL, NULL, NULL, 3)" } },
	  "2022-W12", "SELECT message FROM finding WHERE form = 'report'",
	  "本行所指物X-1本周已由Alpha先行报送，该行未计入当周汇总，本行随之未计入", 2 },
	{ "two units, one key: the first received stands, the other is told",
	  { { "2022-W12", "A", 1, "2022-03-20T11:00:00", NULL, "thing",
	  "('X-1', 'a', 1, NULL, NULL, NULL, 3)" },
	    { "2022-W12", "B", 1, "2022-03-20T10:00:00", NULL, "thing",
	    "('X-1', 'b', 1, NULL, NULL, NULL, 4)" } },
	  "2022-W12", "SELECT unit || id FROM thing UNION ALL SELECT unit || number || rule || severity ||"
	  " key || row || held"
	  " FROM finding", "BX-1; A1V10errorX-13" "1", 1 },
	{ "received at the same second: by the unit's code",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "thing",
	  "('X-1', 'a', 1, NULL, NULL, NULL, 3)" },
	    { "2022-W12", "B", 1, "2022-03-20T10:00:00", NULL, "thing",
	    "('X-1', 'b', 1, NULL, NULL, NULL, 4)" } },
	  "2022-W12", "SELECT unit || id FROM thing", "AX-1", 1 },
	{ "who held the key before stands, however early the other came",
	  { { "2022-W12", "B", 1, "2022-03-20T10:00:00", NULL, "thing",
	  "('X-1', 'b', 1, NULL, NULL, NULL, 4)" },
	    { "2022-W13", "A", 1, "2022-03-27T10:00:00", NULL, "thing",
	    "('X-1', 'a', 1, NULL, NULL, NULL, 3)" },
	    { "2022-W13", "B", 1, "2022-03-28T10:00:00", NULL, "thing",
	    "('X-1', 'c', 1, NULL, NULL, NULL, 4)" } },
	  "2022-W13", "SELECT unit || name FROM thing", "Bc", 1 },
	{ "due before or as it stands; two-part keys joined by a space",
	  { { "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "thing",
	      "('A-1', 'x', 1, NULL, NULL, NULL, 3), ('A-2', 'y', 1, NULL, NULL, NULL, 4),"
	      " ('A-3', 'z', 0, NULL, NULL, NULL, 5)" },
	    { "2022-W13", "A", 1, "2022-03-27T10:00:00", NULL, "thing",
	    "('A-2', 'y', 0, NULL, NULL, NULL, 4)" },
	    { "2022-W13", "A", 2, "2022-03-27T11:00:00", NULL, "node",
	      "('A-1', 'n2', '2022-03-01', NULL, NULL, NULL, 4), ('A-1', 'n1', NULL, NULL, NULL, NULL,"
	      " 3)" } },
	  "2022-W13", "SELECT form || unit || key FROM due UNION ALL SELECT id || node FROM node",
	  "reportAA-1; reportAA-2;"
	  " A-1n1; A-1n2", 0 },
	{ "issues count the weeks of the record",
	  { { "2022-W13", "A", 1, "2022-03-27T10:00:00", NULL, "report",
	  "('A-1', 7, NULL, NULL, NULL, NULL, 4)" } },
	  "2022-W15", "SELECT name || '=' || value FROM meta WHERE name IN ('issue', 'issue_total', 'week',"
	  " 'state', 'as_of',"
	  " 'gate', 'seal', 'folded_at') ORDER BY name",
	  "as_of=2022-04-14; folded_at=2022-04-15T08:00:00; gate=ok; issue=4; issue_total=4;"
	  " seal=2022-04-15T08:00:00;"
	  " state=draft; week=2022-W15", 0 },
};

static const char *const all_weeks[] = { "2022-W12", "2022-W13", "2022-W14", "2022-W15" };

static void
test_scenarios(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		const struct scenario *s = &scenarios[i];
		struct world *w = world_new();
		struct fold_result result;
		struct buf got = { 0 };

		for (size_t k = 0; k < sizeof s->sent / sizeof *s->sent && s->sent[k].week != NULL; k++)
			send(w, &s->sent[k]);
		for (size_t k = 0; strcmp(all_weeks[k], s->last) != 0; k++)
			assert_int_equal(seal(w, all_weeks[k]), 0);
		result = draft(w, s->last);
		ask(w, s->last, s->query, &got);
		if (strcmp(buf_cstr(&got), s->want) != 0 || result.left_out != s->left_out || !result.gate_ok)
			fail_msg("%s: got \"%s\", wanted \"%s\"; left out %zu; gate %s", s->name,
			    buf_cstr(&got), s->want,
			    result.left_out, result.gate);
		free(result.gate);
		buf_free(&got);
		world_free(w);
	}
}

/* ---- purity ---- */

static const struct sent two_weeks[] = {
	{ "2022-W12", "B", 1, "2022-03-20T10:00:00", NULL, "report",
	    "('B-1', 5, NULL, NULL, NULL, NULL, 3)" },
	{ "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "report",
	    "('A-1', 3, NULL, NULL, NULL, NULL, 3)" },
	{ "2022-W13", "A", 1, "2022-03-28T10:00:00", NULL, "report",
	    "('A-1', 4, NULL, NULL, NULL, NULL, 3)" },
};

static void
file_digest(struct world *w, const char *path, char out[DIGEST_HEX])
{
	struct why why = { 0 };

	must(fsio_digest(w->p.site.dir, path, out, NULL, &why), &why);
}

static void
test_two_worlds_are_equal(void **state)
{
	char one[DIGEST_HEX], other[DIGEST_HEX];
	struct path p;

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		struct world *w = world_new();
		size_t n = sizeof two_weeks / sizeof *two_weeks;

		for (size_t i = 0; i < n; i++)
			send(w, &two_weeks[turn == 0 ? i : n - 1 - i]);
		assert_int_equal(seal(w, "2022-W12"), 0);
		assert_int_equal(seal(w, "2022-W13"), 0);
		file_digest(w, site_seal(&p, week_of("2022-W13")), turn == 0 ? one : other);
		world_free(w);
	}
	assert_string_equal(one, other);
}

static void
test_same_draft_is_left_alone(void **state)
{
	struct world *w = world_new();
	struct fold_result result;

	(void)state;
	send(w, &two_weeks[0]);
	result = draft(w, "2022-W12");
	assert_true(result.changed);
	free(result.gate);
	result = draft(w, "2022-W12");
	assert_false(result.changed);
	free(result.gate);
	send(w, &two_weeks[1]);
	result = draft(w, "2022-W12");
	assert_true(result.changed);
	free(result.gate);
	world_free(w);
}

/* ---- what must not be folded ---- */

static void
test_unjudged_file_stops_the_fold(void **state)
{
	struct world *w = world_new();
	struct fold f = { .site = &w->p.site, .rules = w->p.rules, .window = window_of(w, "2022-W12") };
	struct fold_result result = { 0 };
	struct why why = { 0 };
	struct path p;

	(void)state;
	send(w, &two_weeks[0]);
	must(fsio_remove(w->p.site.dir, site_intake(&p, week_of("2022-W12"), "B", 1), &why), &why);
	assert_int_equal(fold_week(&f, &result, &why), -1);
	assert_int_equal(why.code, EX_IOERR);
	assert_non_null(strstr(why.text, "intake/2022-W12/B/001.db"));
	assert_false(fsio_exists(w->p.site.dir, site_snapshot(&p, week_of("2022-W12"))));
	/* the other way round: an intake file of nothing in the archive */
	send(w, &two_weeks[0]);
	send(w, &(struct sent){ "2022-W12", "B", 2, "2022-03-20T10:00:00", NULL, "report",
	    "('B-1', 5, NULL, NULL, NULL, NULL, 3)" });
	must(fsio_remove(w->p.site.dir, site_label(&p, week_of("2022-W12"), "B", 2), &why), &why);
	assert_int_equal(fold_week(&f, &result, &why), -1);
	assert_int_equal(why.code, EX_IOERR);
	world_free(w);
}

static void
test_open_week_before_stops_the_fold(void **state)
{
	struct world *w = world_new();
	struct fold f = { .site = &w->p.site, .rules = w->p.rules, .window = window_of(w, "2022-W13") };
	struct fold_result result = { 0 };
	struct why why = { 0 };

	(void)state;
	assert_int_equal(fold_week(&f, &result, &why), -1);
	assert_int_equal(why.code, EX_DATAERR);
	assert_non_null(strstr(why.text, "2022-W12"));
	world_free(w);
}

/* ---- the gate ---- */

/* Run SQL in a published intake file, as nobody should. */
static void
meddle(struct world *w, const char *path, const char *sql)
{
	struct buf file = { 0 };
	sqlite3 *db = NULL;

	buf_fmt(&file, "%s/%s", w->root, path);
	assert_int_equal(chmod(buf_cstr(&file), 0644), 0);
	assert_int_equal(sqlite3_open(buf_cstr(&file), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	buf_free(&file);
}

static void
test_gate_counts_receipts(void **state)
{
	struct world *w = world_new();
	struct fold_result result;
	struct path p;

	(void)state;
	send(w, &two_weeks[0]);
	meddle(w, site_intake(&p, week_of("2022-W12"), "B", 1), "UPDATE submission SET rows_accepted = 2");
	result = draft(w, "2022-W12");
	assert_false(result.gate_ok);
	assert_non_null(strstr(result.gate, "2022-W12/B/001"));
	free(result.gate);
	world_free(w);
}

static void
test_gate_adds_measures(void **state)
{
	/* the office's row forgets its own condition on the week */
	static const char wrong[] =
	    "-- sums: wrong\n-- adds: done\n"
	    "CREATE TABLE sums (unit TEXT NOT NULL, week TEXT NOT NULL, done INTEGER NOT NULL, PRIMARY KEY"
	    " (unit, week));\n"
	    "INSERT INTO sums SELECT unit.unit, :week, coalesce(sum(report.done), 0) + unit.office\n"
	    "FROM unit LEFT JOIN report ON report.unit = unit.unit OR unit.office GROUP BY unit.unit;\n";
	struct world *w = world_new();
	struct fold_result result;

	(void)state;
	ruleset_free(w->p.rules);
	w->p.rules = make_rules(wrong, report_form);
	send(w, &two_weeks[0]);
	result = draft(w, "2022-W12");
	assert_false(result.gate_ok);
	assert_non_null(strstr(result.gate, "sums"));
	free(result.gate);
	/* a sealed week that fails is sealed all the same and needs a person */
	assert_int_equal(seal(w, "2022-W12"), 1);
	world_free(w);
}

/* A snapshot that was folded wrongly, in each of these ways, is told by the walk backwards. */
static void
test_gate_walks_backwards(void **state)
{
	static const struct {
		const char *name, *sql, *want;
	} rows[] = {
		{ "as folded", "SELECT 1", "ok" },
		{ "a row lost", "DELETE FROM report WHERE id = 'A-2'", "2022-W12/A/002" },
		{ "a row too many", "INSERT INTO report (unit, id, done, _week, _submission, _first) VALUES"
		  " ('A', 'A-9', 0, '2022-W12', '2022-W12/A/002', '2022-W12/A/002')", "2022-W12/A/002" },
		{ "an older file's row standing", "UPDATE report SET _submission = '2022-W12/A/001' WHERE id = 'A-1'",
		  "2022-W12/A/001" },
		{ "a figure changed", "UPDATE report SET done = 9 WHERE id = 'A-1'", "10" },
		{ "a submission lost", "DELETE FROM submission WHERE number = 1", "A" },
	};
	static const struct sent sent[] = {
		{ "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "report", "('A-1', 5, NULL, NULL, NULL, NULL, 3)" },
		{ "2022-W12", "A", 2, "2022-03-20T11:00:00", NULL, "report",
		  "('A-1', 6, NULL, NULL, NULL, NULL, 3), ('A-2', 1, NULL, NULL, NULL, NULL, 4)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct world *w = world_new();
		struct fold f = { .site = &w->p.site, .rules = w->p.rules, .window = window_of(w, "2022-W12"),
			.n_forms = w->p.rules->n_forms };
		struct fold_result result;
		struct arrivals arrivals = { 0 };
		struct buf file = { 0 }, reasons = { 0 }, temporary = { 0 };
		struct why why = { 0 };
		struct path p;
		sqlite3 *db = NULL;

		f.forms = mem_alloc(f.n_forms * sizeof *f.forms);
		memcpy(f.forms, w->p.rules->forms, f.n_forms * sizeof *f.forms);
		send(w, &sent[0]);
		send(w, &sent[1]);
		result = draft(w, "2022-W12");
		assert_true(result.gate_ok);
		free(result.gate);
		buf_fmt(&file, "%s/%s", w->root, site_snapshot(&p, f.window.week));
		assert_int_equal(sqlite3_open(buf_cstr(&file), &db), SQLITE_OK);
		must(db_exec(db, "CREATE TABLE temp.left_out (form TEXT, unit TEXT, key TEXT)", &why), &why);
		must(db_exec(db, rows[i].sql, &why), &why);
		must(arrivals_list(&w->p.site, f.window.week, &arrivals, &why), &why);
		must(gate_check(db, &f, &arrivals, false, &reasons, &why), &why);
		if (strstr(buf_cstr(&reasons), rows[i].want) == NULL ||
		    (i > 0 && strcmp(buf_cstr(&reasons), "ok") == 0))
			fail_msg("%s: %s", rows[i].name, buf_cstr(&reasons));
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
		/* the same by a process that has only the file */
		fsio_temporary(&temporary, p.s);
		assert_int_equal(renameat(w->p.site.dir, p.s, w->p.site.dir, buf_cstr(&temporary)), 0);
		assert_int_equal(gate_rows_are_right(&f, &arrivals, &why), i == 0 ? 0 : -1);
		if (i > 0)
			assert_non_null(strstr(why.text, rows[i].want));
		arrivals_free(&arrivals);
		buf_free(&temporary);
		free(f.forms);
		buf_free(&file);
		buf_free(&reasons);
		world_free(w);
	}
}

/* ---- sealing ---- */

/* Any step of a sealing may be the last of a killed run; the next one ends with the same bytes. */
static void
test_cut_off_sealing_converges(void **state)
{
	char want_seal[DIGEST_HEX], want_db[DIGEST_HEX], got[DIGEST_HEX];
	struct path seal_path, db_path, p;
	struct why why = { 0 };

	(void)state;
	site_seal(&seal_path, week_of("2022-W12"));
	site_snapshot(&db_path, week_of("2022-W12"));
	for (int cut = 0; cut < 4; cut++) {
		struct world *w = world_new();

		send(w, &two_weeks[0]);
		assert_int_equal(seal(w, "2022-W12"), 0);
		if (cut >= 1)           /* before the commit */
			must(fsio_remove(w->p.site.dir, seal_path.s, &why), &why);
		if (cut >= 2)           /* before the snapshot was published; rules have changed since */
			must(fsio_remove(w->p.site.dir, db_path.s, &why), &why);
		if (cut == 3) {
			ruleset_free(w->p.rules);
			w->p.rules = make_rules("-- sums: another\nCREATE TABLE sums (unit TEXT PRIMARY"
			    " KEY);\n"
			    "INSERT INTO sums SELECT unit FROM unit;\n", report_form);
		}
		if (cut >= 1)
			assert_int_equal(seal(w, "2022-W12"), 0);
		file_digest(w, seal_path.s, cut == 0 ? want_seal : got);
		if (cut > 0)
			assert_string_equal(got, want_seal);
		file_digest(w, db_path.s, cut == 0 ? want_db : got);
		if (cut > 0)
			assert_string_equal(got, want_db);
		assert_true(fsio_exists(w->p.site.dir, site_sealed_record(&p, week_of("2022-W12"))));
		world_free(w);
	}
}

/* A field added in mid-year: rows of before get NULL in it, nothing else moves. */
static void
test_field_added(void **state)
{
	static const char wider[] =
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<form name=\"report\" title=\"周报\" key=\"id\" due=\"weekly\" version=\"2\">\n"
	    "  <due>thing.plan &gt; 0</due>\n"
	    "  <field name=\"id\" title=\"编号\" type=\"ref\" to=\"thing\" required=\"yes\"/>\n"
	    "  <field name=\"extra\" title=\"新列\" type=\"integer\"/>\n"
	    "  <field name=\"done\" title=\"完成\" type=\"integer\" total=\"yes\"/>\n"
	    "</form>\n";
	struct world *w = world_new();
	struct fold_result result;

	(void)state;
	send(w, &two_weeks[0]);
	send(w, &two_weeks[1]);
	assert_int_equal(seal(w, "2022-W12"), 0);
	ruleset_free(w->p.rules);
	w->p.rules = make_rules(sums_measure, wider);
	send(w, &(struct sent){ "2022-W13", "A", 1, "2022-03-28T10:00:00", NULL, "report",
	    "('A-1', 77, 4, NULL, NULL, NULL, 3)" });
	result = draft(w, "2022-W13");
	assert_true(result.gate_ok);
	free(result.gate);
	expect(w, "2022-W13", "SELECT unit || id || coalesce(extra, '-') || done FROM report",
	    "AA-1774; BB-1-5");
	world_free(w);
}

/* ---- verify ---- */

/* Flip one bit of PATH at OFFSET from its start. */
static void
flip(struct world *w, const char *path, long offset, int bit)
{
	struct buf file = { 0 };
	FILE *f;
	int c;

	buf_fmt(&file, "%s/%s", w->root, path);
	assert_int_equal(chmod(buf_cstr(&file), 0644), 0);
	f = fopen(buf_cstr(&file), "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, offset, SEEK_SET), 0);
	c = fgetc(f);
	assert_int_equal(fseek(f, offset, SEEK_SET), 0);
	assert_int_not_equal(fputc(c ^ (1 << bit), f), EOF);
	assert_int_equal(fclose(f), 0);
	buf_free(&file);
}

static long
size_of(struct world *w, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(w->p.site.dir, path, &st, 0), 0);
	return (long)st.st_size;
}

static int
verify(struct world *w)
{
	struct week weeks[2] = { week_of("2022-W12"), week_of("2022-W13") };
	struct why why = { 0 };
	FILE *quiet = freopen("/dev/null", "w", stdout);
	int rc = verify_weeks(&w->p, weeks, 2, true, stdout, &why);

	assert_non_null(quiet);
	return rc;
}

static void
test_verify_finds_flipped_bits(void **state)
{
	struct world *w = world_new();
	struct path path[10], p;
	size_t n = 0, flips = 0;
	uint32_t random = 1;
	int saved = dup(STDOUT_FILENO);

	(void)state;
	for (size_t i = 0; i < sizeof two_weeks / sizeof *two_weeks; i++)
		send(w, &two_weeks[i]);
	assert_int_equal(seal(w, "2022-W12"), 0);
	assert_int_equal(seal(w, "2022-W13"), 0);
	site_seal(&path[n++], week_of("2022-W12"));
	site_seal(&path[n++], week_of("2022-W13"));
	site_snapshot(&path[n++], week_of("2022-W13"));
	site_sealed_record(&path[n++], week_of("2022-W13"));
	site_archive(&path[n++], week_of("2022-W12"), "B", 1);
	site_label(&path[n++], week_of("2022-W13"), "A", 1);
	site_rules(&path[n++], w->p.rules->digest);
	(void)site_archive_week(&p, week_of("2022-W12"));
	(void)fflush(stdout);
	assert_int_equal(verify(w), EX_DONE);
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < 12; k++) {
			long at;
			int bit = (int)(random >> 8 & 7);

			random = random * 1103515245u + 12345u;
			at = (long)(random >> 8) % size_of(w, path[i].s);
			flip(w, path[i].s, at, bit);
			if (verify(w) != EX_PERSON)
				fail_msg("%s: bit %d of byte %ld was changed and not found", path[i].s, bit,
				    at);
			flip(w, path[i].s, at, bit);
			flips++;
		}
	}
	assert_int_equal(verify(w), EX_DONE);
	meddle(w, site_intake(&p, week_of("2022-W12"), "B", 1), "UPDATE report SET done = 6");
	assert_int_equal(verify(w), EX_PERSON);
	(void)fflush(stdout);
	assert_int_not_equal(dup2(saved, STDOUT_FILENO), -1);
	assert_int_equal(close(saved), 0);
	assert_int_equal(flips, 12 * n);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_two_worlds_are_equal),
		cmocka_unit_test(test_same_draft_is_left_alone),
		cmocka_unit_test(test_unjudged_file_stops_the_fold),
		cmocka_unit_test(test_open_week_before_stops_the_fold),
		cmocka_unit_test(test_gate_counts_receipts),
		cmocka_unit_test(test_gate_adds_measures),
		cmocka_unit_test(test_gate_walks_backwards),
		cmocka_unit_test(test_cut_off_sealing_converges),
		cmocka_unit_test(test_field_added),
		cmocka_unit_test(test_verify_finds_flipped_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
