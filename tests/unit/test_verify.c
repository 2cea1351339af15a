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

/* What verify says of the first N weeks, as all there are.  The caller frees *TEXT. */
static int
verify_n(struct world *w, size_t n_weeks, char **text)
{
	struct week weeks[] = { week_of("2022-W12"), week_of("2022-W13") };
	struct why why = { 0 };
	size_t n = 0;
	FILE *out = open_memstream(text, &n);
	int rc;

	assert_non_null(out);
	rc = verify_weeks(&w->p, weeks, n_weeks, true, out, &why);
	if (rc < 0)
		fail_msg("%s", why.text);
	assert_int_equal(fclose(out), 0);
	return rc;
}

static int
verify(struct world *w, char **text)
{
	return verify_n(w, 2, text);
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
	assert_non_null(strstr(text, "2 sealed weeks as they were sealed: 2022-W12 to 2022-W13; content of the last "));
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

/* Every line ends with what to do. */
static void
expect_mends(const char *text)
{
	static const char *const mends[] = { "restore it from a backup", "restore them from a backup", "remove it",
		"writes what this week lacks" };

	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(p, "\n");
		bool mends_it = false;

		for (size_t i = 0; i < sizeof mends / sizeof mends[0] && !mends_it; i++) {
			size_t m = strlen(mends[i]);

			mends_it = n >= m && strncmp(p + n - m, mends[i], m) == 0;
		}
		if (!mends_it)
			fail_msg("no word on what to do: %.*s", (int)n, p);
		p += n + (p[n] == '\n' ? 1 : 0);
	}
}

/* Each file gone, and a file too many in each folder. */
static void
test_missing_and_strange_files(void **state)
{
	static const char *const strange[] = { "archive/2022-W12/A/003", "archive/2022-W12/A/003.label",
		"intake/2022-W13/B/002.db", "briefings/2022-W12/other.pdf", "archive/2022-W12/note", "intake/2022-W13/note" };
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
		if (strstr(text, "sha256 is -") != NULL)
			fail_msg("%s is said to have a digest: %s", files.v[i], text);
		expect_mends(text);
		free(text);
		must(fsio_move(w->p.site.dir, aside, files.v[i], &why), &why);
	}
	for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
		put(w, strange[i], "x");
		assert_int_equal(verify(w, &text), EX_PERSON);
		if (strstr(text, strange[i]) == NULL)
			fail_msg("%s: %s", strange[i], text);
		expect_mends(text);
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
		  "was not there when the week was sealed; keep it elsewhere, or remove it" },
		{ "a file among the units of intake", "intake/2022-W12/stray", NULL,
		  "was not there when the week was sealed; keep it elsewhere, or remove it" },
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

/* ---- what somebody who knows the files would do ---- */

static void
path_of(struct world *w, const char *file, char out[300])
{
	(void)snprintf(out, 300, "%s/%s", w->root, file);
}

/* Run SQL on a sealed snapshot. */
static void
alter_snapshot(struct world *w, const char *week, const char *sql)
{
	struct path p;
	char whole[300];
	sqlite3 *db = NULL;

	path_of(w, site_snapshot(&p, week_of(week)), whole);
	assert_int_equal(chmod(whole, 0644), 0);
	assert_int_equal(sqlite3_open(whole, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(chmod(whole, 0444), 0);
}

/* Put DIGEST behind the first NAME in the seal of WEEK. */
static void
alter_seal(struct world *w, const char *week, const char *name, const char *digest)
{
	struct path p;
	char whole[300], *text, *at;
	size_t n;
	FILE *f;

	path_of(w, site_seal(&p, week_of(week)), whole);
	text = read_whole(whole, &n);
	at = strstr(text, name);
	assert_non_null(at);
	memcpy(at + strlen(name), digest, DIGEST_HEX - 1);
	assert_int_equal(chmod(whole, 0644), 0);
	f = fopen(whole, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	free(text);
}

static void
digest_file(struct world *w, const char *file, char out[DIGEST_HEX])
{
	struct why why = { 0 };

	must(fsio_digest(w->p.site.dir, file, out, NULL, &why), &why);
}

/* The seals name the snapshots, and each other, as they are now. */
static void
chain_again(struct world *w)
{
	char digest[DIGEST_HEX];

	digest_file(w, "snapshots/2022-W12.db", digest);
	alter_seal(w, "2022-W12", "snapshot sha256 ", digest);
	digest_file(w, "snapshots/2022-W13.db", digest);
	alter_seal(w, "2022-W13", "snapshot sha256 ", digest);
	digest_file(w, "snapshots/2022-W12.seal", digest);
	alter_seal(w, "2022-W13", "previous sha256 ", digest);
}

static void
expect_said(struct world *w, const char *line)
{
	char *text = NULL;

	assert_int_equal(verify(w, &text), EX_PERSON);
	if (strstr(text, line) == NULL)
		fail_msg("no \"%s\" in: %s", line, text);
	free(text);
}

/* A figure changed, the digest of the snapshot changed in its seal. */
static void
test_a_snapshot_and_its_seal(void **state)
{
	static const char *const weeks[] = { "2022-W13", "2022-W12" };

	(void)state;
	for (int workers = 1; workers <= 2; workers++) {
		for (size_t i = 0; i < 2; i++) {
			struct world *w = sealed_world();
			char line[80];

			w->p.workers = workers;
			alter_snapshot(w, weeks[i], "UPDATE sums SET done = done + 1 WHERE unit = 'A'");
			chain_again(w);
			(void)snprintf(line, sizeof line, "%s snapshots/%s.db: content sha256 is ", weeks[i], weeks[i]);
			expect_said(w, line);
			world_free(w);
		}
	}
}

/* The same with the content digest put right in both places: the week after names another seal inside. */
static void
test_a_snapshot_that_names_another_seal(void **state)
{
	struct world *w = sealed_world();
	char content[DIGEST_HEX], sql[200];
	struct why why = { 0 };
	sqlite3 *db = NULL;
	struct path p;

	(void)state;
	alter_snapshot(w, "2022-W12", "UPDATE sums SET done = done + 1 WHERE unit = 'A'");
	must(db_open(&w->p.site, site_snapshot(&p, week_of("2022-W12")), DB_SNAPSHOT, &db, &why), &why);
	must(db_content_digest(db, "main", content, &why), &why);
	db_close(db);
	(void)snprintf(sql, sizeof sql, "UPDATE meta SET value = '%s' WHERE name = 'content'", content);
	alter_snapshot(w, "2022-W12", sql);
	alter_seal(w, "2022-W12", "content sha256 ", content);
	chain_again(w);
	expect_said(w, "2022-W13 snapshots/2022-W13.db: was made on a week before whose seal has sha256 ");
	world_free(w);
}

/* The bytes of a file that was judged, and not sealed yet, are another's: its week is not sealed. */
static void
test_an_archived_file_altered_before_the_seal(void **state)
{
	struct world *w = world_new();
	struct window window = window_of(w, "2022-W12");
	struct why why = { 0 };
	struct path p;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		send(w, &sent[i]);
	flip(w, "archive/2022-W12/A/002", 3, 1);
	assert_int_equal(seal_week(&w->p, &window, window.seal, "calendar", &why), -1);
	assert_int_equal(why.code, EX_IOERR);
	assert_non_null(strstr(why.text, "archive/2022-W12/A/002: sha256 is "));
	assert_non_null(strstr(why.text, "restore it from a backup, or ask A for the file"));
	assert_false(fsio_exists(w->p.site.dir, site_sealed_record(&p, week_of("2022-W12"))));
	flip(w, "archive/2022-W12/A/002", 3, 1);
	assert_int_equal(seal(w, "2022-W12"), 0);
	world_free(w);
}

/* One that an earlier version sealed so. */
static void
test_an_archived_file_that_was_sealed_altered(void **state)
{
	struct world *w = sealed_world();
	char digest[DIGEST_HEX], sql[300];

	(void)state;
	flip(w, "archive/2022-W13/A/001", 3, 1);
	digest_file(w, "archive/2022-W13/A/001", digest);
	(void)snprintf(sql, sizeof sql, "UPDATE archived SET bytes = '%s' WHERE unit = 'A'", digest);
	alter_snapshot(w, "2022-W13", sql);
	chain_again(w);
	expect_said(w, "2022-W13 archive/2022-W13/A/001: was sealed with sha256 ");
	alter_snapshot(w, "2022-W12", "UPDATE submission SET sha256 = replace(sha256, 'a', 'b') WHERE unit = 'B'");
	chain_again(w);
	expect_said(w, "2022-W12 archive/2022-W12/B/001: was sealed with sha256 ");
	world_free(w);
}

static void
remove_file(struct world *w, const char *file)
{
	struct why why = { 0 };

	must(fsio_remove(w->p.site.dir, file, &why), &why);
}

/* The last week cut off whole: its files are there, its seal is due.  Before it was due, nothing is to be told. */
static void
test_a_week_that_was_cut_off(void **state)
{
	struct world *w = sealed_world();
	struct window window = window_of(w, "2022-W13");
	char content[DIGEST_HEX], want[200], *text = NULL;
	struct why why = { 0 };

	(void)state;
	remove_file(w, "snapshots/2022-W13.db");
	remove_file(w, "snapshots/2022-W13.seal");
	remove_file(w, "archive/2022-W13/sealed");
	remove_file(w, "archive/2022-W13/printed");
	remove_file(w, "briefings/2022-W13/weekly.pdf");
	remove_file(w, "briefings/2022-W13/SHA256SUMS");
	w->p.now = window.seal - 1;
	assert_int_equal(verify_n(w, 1, &text), EX_DONE);
	must(seal_content(&w->p.site, week_of("2022-W12"), content, &why), &why);
	(void)snprintf(want, sizeof want, "1 sealed week as it was sealed: 2022-W12; content %s\n", content);
	assert_string_equal(text, want);
	free(text);
	w->p.now = window.seal;
	assert_int_equal(verify_n(w, 1, &text), EX_PERSON);
	assert_string_equal(text, "2022-W13 archive/2022-W13: has 2 files that came, its seal was due at"
	    " 2022-04-01T08:00:00+08:00, and it is not sealed; run zhoubao nightly, or, if it was sealed, restore it from"
	    " a backup\n");
	free(text);
	world_free(w);
}

static int
fold_14(struct world *w, struct why *why)
{
	struct fold f = { .site = &w->p.site, .rules = w->p.rules, .window = window_of(w, "2022-W14") };
	struct fold_result result = { 0 };

	f.at = f.window.seal;
	return fold_week(&f, &result, why);
}

/* Nobody builds a week on such a one. */
static void
test_a_fold_on_an_altered_week(void **state)
{
	struct world *w = sealed_world();
	struct why why = { 0 };

	(void)state;
	alter_snapshot(w, "2022-W13", "UPDATE sums SET done = done + 1 WHERE unit = 'A'");
	chain_again(w);
	assert_int_equal(fold_14(w, &why), -1);
	assert_non_null(strstr(why.text, "snapshots/2022-W13.db was changed after it was sealed: content sha256 "));
	world_free(w);
	w = sealed_world();
	alter_snapshot(w, "2022-W13", "UPDATE meta SET value = '0' || substr(value, 2) || '0' WHERE name = 'previous'");
	chain_again(w);
	assert_int_equal(fold_14(w, &why), -1);
	assert_non_null(strstr(why.text, "snapshots/2022-W13.db was changed after it was sealed: it names "));
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
		cmocka_unit_test(test_a_snapshot_and_its_seal),
		cmocka_unit_test(test_a_snapshot_that_names_another_seal),
		cmocka_unit_test(test_an_archived_file_altered_before_the_seal),
		cmocka_unit_test(test_an_archived_file_that_was_sealed_altered),
		cmocka_unit_test(test_a_week_that_was_cut_off),
		cmocka_unit_test(test_a_fold_on_an_altered_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
