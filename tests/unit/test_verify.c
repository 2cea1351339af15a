/* uses: aggregator */
/*
 * verify: one bit changed anywhere in archive, labels, rule sets, decisions, intake, snapshots, seals or
 * briefings is found, in the week and under the name it has.  A thousand of them, drawn by a fixed seed; more, or
 * others, with FLIPS=n SEED=m in the environment.
 */
#include "common/kept.h"
#include "fold_fixture.h"


/* Two sealed weeks, two units, corrections and a withdrawal, briefings. */
static const struct sent sent[] = {
	{ "2022-W12", "A", 1, "2022-03-20T10:00:00", NULL, "thing",
	  "('A-2022-0001', 'one', 5, NULL, NULL, NULL, 2), ('A-2022-0002', 'two', 7, NULL, NULL, NULL, 3)" },
	{ "2022-W12", "A", 2, "2022-03-21T10:00:00", NULL, "report",
	  "('A-2022-0001', 5, 'digging', NULL, NULL, NULL, 2), ('A-2022-0002', 6, 'walls', NULL, NULL, NULL, 3)" },
	{ "2022-W12", "B", 1, "2022-03-21T11:00:00", NULL, "thing",
	  "('B-2022-0001', 'three', 9, NULL, NULL, NULL, 2)" },
	{ "2022-W13", "A", 1, "2022-03-27T10:00:00", NULL, "report",
	  "('A-2022-0001', 8, 'roof', NULL, NULL, NULL, 2)" },
	{ "2022-W13", "B", 1, "2022-03-28T10:00:00", "2022-W12", "report",
	  "('B-2022-0001', 3, 'late', NULL, NULL, 'forgotten', 2)" },
};

static void
put(struct world *w, const char *path, const char *bytes)
{
	struct why why = { 0 };

	must(fsio_publish(w->p.site.dir, path, bytes, strlen(bytes), 0444, &why), &why);
}

static void
brief(struct world *w, const char *week)
{
	static const char pdf[] = "%PDF-1.4 a briefing, as far as this test goes: its bytes are what counts\n";
	struct why why = { 0 };
	struct path p;
	char digest[DIGEST_HEX], sums[200];

	must(fsio_make(w->p.site.dir, site_briefing_week(&p, week_of(week)), 0755, &why), &why);
	put(w, site_briefing(&p, week_of(week), "weekly.pdf"), pdf);
	digest_of(pdf, strlen(pdf), digest);
	(void)snprintf(sums, sizeof sums, "%s  weekly.pdf\n", digest);
	put(w, site_printed(&p, week_of(week)), sums);
	put(w, site_briefing(&p, week_of(week), "SHA256SUMS"), sums);
}

static struct world *
sealed_world(void)
{
	struct world *w = world_new();

	for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++)
		if (strcmp(sent[i].week, "2022-W12") == 0)
			send(w, &sent[i]);
	assert_int_equal(seal(w, "2022-W12"), 0);
	brief(w, "2022-W12");
	for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++)
		if (strcmp(sent[i].week, "2022-W13") == 0)
			send(w, &sent[i]);
	assert_int_equal(seal(w, "2022-W13"), 0);
	brief(w, "2022-W13");
	return w;
}

/* What verify says of both weeks.  The caller frees *TEXT. */
static int
verify(struct world *w, char **text)
{
	struct week weeks[] = { week_of("2022-W12"), week_of("2022-W13") };
	struct why why = { 0 };
	size_t n = 0;
	FILE *out = open_memstream(text, &n);
	int rc;

	assert_non_null(out);
	rc = verify_weeks(&w->p, weeks, 2, out, &why);
	if (rc < 0)
		fail_msg("%s", why.text);
	assert_int_equal(fclose(out), 0);
	return rc;
}

/* Paths of all files of the site but lock and exchange, in byte order. */
static void
list_files(struct world *w, struct names *out)
{
	char command[200], line[300];
	FILE *found;

	(void)snprintf(command, sizeof command,
	    "cd '%s' && find archive intake snapshots briefings -type f | LC_ALL=C sort", w->root);
	found = popen(command, "r");
	assert_non_null(found);
	while (fgets(line, sizeof line, found) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		vec_room(out->v, out->n, out->cap);
		out->v[out->n++] = mem_dup(line);
	}
	assert_int_equal(pclose(found), 0);
}

/* xorshift64: the same thousand on every machine. */
static uint64_t
draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
flip(struct world *w, const char *path, long byte, int bit)
{
	char whole[300];
	FILE *f;
	int c;

	(void)snprintf(whole, sizeof whole, "%s/%s", w->root, path);
	assert_int_equal(chmod(whole, 0644), 0);
	f = fopen(whole, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, byte, SEEK_SET), 0);
	c = fgetc(f);
	assert_int_not_equal(c, EOF);
	assert_int_equal(fseek(f, byte, SEEK_SET), 0);
	assert_int_not_equal(fputc(c ^ (1 << bit), f), EOF);
	assert_int_equal(fclose(f), 0);
}

static long
size_of(struct world *w, const char *path)
{
	struct stat st;
	char whole[300];

	(void)snprintf(whole, sizeof whole, "%s/%s", w->root, path);
	assert_int_equal(stat(whole, &st), 0);
	return (long)st.st_size;
}

/* A number of the environment, not 0. */
static uint64_t
said(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	uint64_t n = text != NULL ? strtoull(text, NULL, 10) : otherwise;

	assert_true(n > 0);
	return n;
}

static void
test_a_thousand_bits(void **state)
{
	struct world *w = sealed_world();
	struct names files = { 0 };
	uint64_t seed = said("SEED", 20220317);
	uint64_t flips = said("FLIPS", 1000);
	char *text = NULL;

	(void)state;
	assert_int_equal(verify(w, &text), EX_DONE);
	assert_string_equal(text, "2 sealed weeks as they were sealed\n");
	free(text);
	list_files(w, &files);
	assert_int_equal(files.n, 5 * 2 + 5 + 2 + 1 + 4 + 4 + 2);
	for (uint64_t i = 0; i < flips; i++) {
		const char *path = files.v[draw(&seed) % files.n];
		long byte = (long)(draw(&seed) % (uint64_t)size_of(w, path));
		int bit = (int)(draw(&seed) % 8);

		flip(w, path, byte, bit);
		if (verify(w, &text) != EX_PERSON || strstr(text, path) == NULL)
			fail_msg("%s, byte %ld, bit %d: %s", path, byte, bit, text);
		free(text);
		flip(w, path, byte, bit);
	}
	assert_int_equal(verify(w, &text), EX_DONE);
	free(text);
	names_free(&files);
	world_free(w);
}

/*
 * What came in a week that is still open is not sealed when its disk lost a bit of it: no verify could tell then what
 * came.  Each bit of the label and of the bytes.
 */
static void
test_no_seal_over_a_damaged_archive(void **state)
{
	static const char *const paths[] = { "archive/2022-W12/A/001", "archive/2022-W12/A/001.label" };
	struct world *w = world_new();
	struct window window = window_of(w, "2022-W12");

	(void)state;
	send(w, &sent[0]);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		for (long bit = 0; bit < 8 * size_of(w, paths[i]); bit++) {
			struct why why = { 0 };
			struct path p;

			flip(w, paths[i], bit / 8, (int)(bit % 8));
			if (seal_week(&w->p, &window, window.seal, "calendar", &why) != -1 ||
			    why.code != EX_IOERR || strstr(why.text, paths[i]) == NULL)
				fail_msg("%s, bit %ld: %s", paths[i], bit, why.text);
			assert_false(fsio_exists(w->p.site.dir, site_sealed_record(&p, window.week)));
			flip(w, paths[i], bit / 8, (int)(bit % 8));
		}
	assert_int_equal(seal(w, "2022-W12"), 0);
	world_free(w);
}

/* A label that names no rule set is trouble with the archive, by its name: the night goes on, and a draft is not made. */
static void
test_no_draft_over_a_damaged_label(void **state)
{
	static const char label[] = "archive/2022-W12/A/001.label";
	struct world *w = world_new();
	struct fold f = { .site = &w->p.site, .rules = w->p.rules, .window = window_of(w, "2022-W12") };

	(void)state;
	send(w, &sent[0]);
	/* of the last line, "rules DIGEST": one is no digit, the other another digit */
	for (int bit = 5; bit >= 0; bit -= 5) {
		struct fold_result result = { 0 };
		struct why why = { 0 };

		flip(w, label, size_of(w, label) - 10, bit);
		assert_int_equal(fold_week(&f, &result, &why), -1);
		assert_int_equal(why.code, EX_IOERR);
		assert_ptr_equal(strstr(why.text, label), why.text);
		flip(w, label, size_of(w, label) - 10, bit);
	}
	world_free(w);
}

/* Each file gone, and a file too many in each folder. */
static void
test_missing_and_strange_files(void **state)
{
	static const char *const strange[] = { "archive/2022-W12/A/003", "archive/2022-W12/A/003.label",
		"intake/2022-W13/B/002.db", "briefings/2022-W12/other.pdf" };
	struct world *w = sealed_world();
	struct names files = { 0 };
	struct why why = { 0 };
	char *text = NULL;

	(void)state;
	list_files(w, &files);
	for (size_t i = 0; i < files.n; i++) {
		char aside[300];

		(void)snprintf(aside, sizeof aside, "work/aside");
		must(fsio_move(w->p.site.dir, files.v[i], aside, &why), &why);
		if (verify(w, &text) != EX_PERSON)
			fail_msg("%s is missing: %s", files.v[i], text);
		free(text);
		must(fsio_move(w->p.site.dir, aside, files.v[i], &why), &why);
	}
	for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
		put(w, strange[i], "x");
		assert_int_equal(verify(w, &text), EX_PERSON);
		if (strstr(text, strange[i]) == NULL)
			fail_msg("%s: %s", strange[i], text);
		free(text);
		must(fsio_remove(w->p.site.dir, strange[i], &why), &why);
	}
	assert_int_equal(verify(w, &text), EX_DONE);
	free(text);
	names_free(&files);
	world_free(w);
}

/* Half of a rule set that a killed run left goes, though today's is another and lies there already. */
static void
test_half_of_another_rule_set(void **state)
{
	static const char half[] = "archive/rules/.tmp.0123";
	struct world *w = sealed_world();
	struct why why = { 0 };
	char whole[300];
	FILE *f;

	(void)state;
	(void)snprintf(whole, sizeof whole, "%s/%s", w->root, half);
	f = fopen(whole, "w");
	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
	must(kept_publish(&w->p.site, w->p.rules, &why), &why);
	assert_int_equal(access(whole, F_OK), -1);
	world_free(w);
}

/* What is no folder cannot be looked into: a difference of no week. */
static void
test_a_closed_outbox(void **state)
{
	struct world *w = sealed_world();
	struct why why = { 0 };
	struct path p;
	char whole[300], *text = NULL;

	(void)state;
	(void)snprintf(whole, sizeof whole, "%s/%s", w->root, site_outbox(&p, "A"));
	must(fsio_make(w->p.site.dir, p.s, 0755, &why), &why);
	assert_int_equal(rmdir(whole), 0);
	put(w, p.s, "x");
	assert_int_equal(verify(w, &text), EX_PERSON);
	assert_string_equal(text,
	    "- exchange/A/outbox: a folder of this path is a symbolic link or no folder\n");
	free(text);
	world_free(w);
}

#define NO_FOLDER "a folder of this path is a symbolic link or no folder"
#define IS_LINK   "is a symbolic link, which is never followed"
#define MEND_REBUILD "; remove it and run zhoubao rebuild --from 2022-W12, or restore it from a backup"

/*
 * What cannot be looked at is told in one line, which names it once, and keeps nobody from looking at the rest: a
 * byte of the week after is found all the same.
 */
static void
test_what_cannot_be_looked_at(void **state)
{
	static const struct { const char *name, *path, *instead, *says; } table[] = {
		{ "a file among the units of the archive", "archive/2022-W12/stray", NULL,
		  "was not there when the week was sealed; move it away" },
		{ "a file among the units of intake", "intake/2022-W12/stray", NULL,
		  "was not there when the week was sealed; move it away" },
		{ "a link for an archived file", "archive/2022-W12/A/001", "x", IS_LINK "; restore it from a backup" },
		{ "a link for a label", "archive/2022-W12/A/001.label", "x", IS_LINK "; restore it from a backup" },
		{ "a link for the decision", "archive/2022-W12/sealed", "x", IS_LINK "; restore it from a backup" },
		{ "a link for what was printed", "archive/2022-W12/printed", "x", IS_LINK "; restore it from a backup" },
		{ "a link for a snapshot", "snapshots/2022-W12.db", "x", IS_LINK MEND_REBUILD },
		{ "a link for the sums", "briefings/2022-W12/SHA256SUMS", "x",
		  IS_LINK "; remove it and run reporter, or restore it from a backup" },
		{ "a link for a unit's archive", "archive/2022-W13/B", "/", NULL },
		{ "a link for a week's briefings", "briefings/2022-W12", "/",
		  NO_FOLDER "; remove it and run reporter, or restore it from a backup" },
	};
	struct world *w = sealed_world();
	struct why why = { 0 };

	(void)state;
	flip(w, "briefings/2022-W13/weekly.pdf", 0, 0);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		char aside[300], whole[300], line[600], *text = NULL;

		(void)snprintf(aside, sizeof aside, "%s/work/aside", w->root);
		(void)snprintf(whole, sizeof whole, "%s/%s", w->root, table[i].path);
		if (table[i].instead == NULL) {
			put(w, table[i].path, "x");
		} else {
			assert_int_equal(rename(whole, aside), 0);
			assert_int_equal(symlink(table[i].instead, whole), 0);
		}
		if (verify(w, &text) != EX_PERSON)
			fail_msg("%s: %s", table[i].name, text);
		(void)snprintf(line, sizeof line, "%s: %s\n", table[i].path, table[i].says != NULL ? table[i].says : NO_FOLDER);
		if (table[i].says != NULL && strstr(text, line) == NULL)
			fail_msg("%s: no line %s in: %s", table[i].name, line, text);
		(void)snprintf(line, sizeof line, "%s: %s", table[i].path, table[i].path);
		if (strstr(text, line) != NULL)
			fail_msg("%s: named twice: %s", table[i].name, text);
		if (strstr(text, "2022-W13 briefings/2022-W13/weekly.pdf: sha256 is") == NULL)
			fail_msg("%s: what comes after was not looked at: %s", table[i].name, text);
		free(text);
		must(fsio_remove(w->p.site.dir, table[i].path, &why), &why);
		if (table[i].instead != NULL)
			assert_int_equal(rename(aside, whole), 0);
	}
	world_free(w);
}

/* What is missing is called missing, and of what cannot be read nobody says that it is another. */
static void
test_words_for_what_is_gone(void **state)
{
	struct world *w = sealed_world();
	struct why why = { 0 };
	char *text = NULL;

	(void)state;
	must(fsio_remove(w->p.site.dir, "archive/2022-W12/A/001", &why), &why);
	must(fsio_remove(w->p.site.dir, "intake/2022-W12/A/002.db", &why), &why);
	must(fsio_remove(w->p.site.dir, "intake/2022-W12/B/001.db", &why), &why);
	put(w, "intake/2022-W12/B/001.db", "no database");
	assert_int_equal(verify(w, &text), EX_PERSON);
	if (strstr(text, "archive/2022-W12/A/001: missing; snapshots/2022-W12.db has it with sha256 ") == NULL ||
	    strstr(text, "intake/2022-W12/A/002.db: missing; snapshots/2022-W12.db has it with sha256 ") == NULL ||
	    strstr(text, "; run zhoubao rebuild --from 2022-W12, or restore it from a backup\n") == NULL ||
	    strstr(text, "; its content cannot be read" MEND_REBUILD "\n") == NULL)
		fail_msg("%s", text);
	free(text);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thousand_bits),
		cmocka_unit_test(test_no_seal_over_a_damaged_archive),
		cmocka_unit_test(test_no_draft_over_a_damaged_label),
		cmocka_unit_test(test_missing_and_strange_files),
		cmocka_unit_test(test_half_of_another_rule_set),
		cmocka_unit_test(test_a_closed_outbox),
		cmocka_unit_test(test_what_cannot_be_looked_at),
		cmocka_unit_test(test_words_for_what_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
