/* uses: aggregator */
/*
 * What a draft that lies there already means for the next fold: the same is left alone, a damaged one is
 * made anew and said so, and one that the system would not open is no damaged one.
 */
#include <sys/resource.h>

#include "fold_fixture.h"

static struct fold fold_of(struct world *w, const char *week)
{
	struct fold f = { .site = &w->p.site, .rules = w->p.rules, .window = window_of(w, week) };

	f.at = f.window.seal;
	return f;
}

/* Write N bytes over the draft of W12 at AT, or cut it there (BYTES NULL). */
static void
spoil(struct world *w, long at, const char *bytes, size_t n)
{
	char name[128];
	FILE *f;

	(void)snprintf(name, sizeof name, "%s/snapshots/2022-W12.db", w->root);
	if (bytes == NULL) {
		assert_int_equal(truncate(name, at), 0);
		return;
	}
	f = fopen(name, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
test_damaged_draft_is_made_anew(void **state)
{
	static const char nothing[16384];
	static const struct { const char *name; long at; const char *bytes; size_t n; } rows[] = {
		{ "empty", 0, NULL, 0 },
		{ "cut within the first page", 100, NULL, 0 },
		{ "cut behind the first page", 16384, NULL, 0 },
		{ "not SQLite's name", 0, "no database ", 12 },
		{ "a page size that is none", 16, "\xff\xff", 2 },
		{ "another program's", 68, "none", 4 },
		{ "a schema of zeros", 100, nothing, 16384 - 100 },
		{ "tables of zeros", 16384, nothing, sizeof nothing },
	};
	struct world *w = world_new();
	struct fold_result result = draft(w, "2022-W12");

	(void)state;
	assert_true(result.changed);
	assert_null(result.replaced);
	free(result.gate);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		spoil(w, rows[i].at, rows[i].bytes, rows[i].n);
		result = draft(w, "2022-W12");
		if (!result.changed || result.replaced == NULL ||
		    strstr(result.replaced, "snapshots/2022-W12.db") == NULL)
			fail_msg("%s: changed %d, replaced %s", rows[i].name, result.changed,
			    result.replaced != NULL ? result.replaced : "nothing");
		free(result.gate);
		free(result.replaced);
		result = draft(w, "2022-W12");
		if (result.changed || result.replaced != NULL)
			fail_msg("%s: still there", rows[i].name);
		free(result.gate);
	}
	world_free(w);
}

/* At most so many descriptors: every fold fails, or sees that its draft is the same. */
static void
test_draft_that_cannot_be_opened(void **state)
{
	struct world *w = world_new();
	struct fold_result result = draft(w, "2022-W12");
	struct fold f = fold_of(w, "2022-W12");
	struct rlimit was, few;
	size_t failed = 0;
	int free_from = dup(0), rc = -1;

	(void)state;
	free(result.gate);
	assert_true(free_from >= 0);
	assert_int_equal(close(free_from), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = was;
	for (int more = 0; more < 20 && rc != 0; more++) {
		struct why why = { 0 };

		few.rlim_cur = (rlim_t)(free_from + more);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		result = (struct fold_result){ 0 };
		rc = fold_week(&f, &result, &why);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
		free(result.gate);
		if (rc != 0) {
			failed++;
			assert_int_equal(why.code, EX_IOERR);
		} else if (result.changed || result.replaced != NULL) {
			fail_msg("with %d descriptors the same draft passed for another: %s", more,
			    result.replaced != NULL ? result.replaced : "nothing said");
		}
	}
	assert_int_equal(rc, 0);
	assert_true(failed > 1);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damaged_draft_is_made_anew),
		cmocka_unit_test(test_draft_that_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
