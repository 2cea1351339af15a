/*
 * Databases as files: built whole, published, opened hardened; what was planted is
 * refused; the same rows give the same bytes and, in any order, the same digest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "common/db.h"

static char folder[64];
static struct site site;

static void
ok(int rc, const struct why *why)
{
	if (rc != 0)
		fail_msg("%s", why->text);
}

/* RC: what is wrong with the file itself is -3, any other refusal -1. */
static void
refused_as(int rc, int want, int code, const char *part, const struct why *why)
{
	assert_int_equal(rc, want);
	if (why->code != code || strstr(why->text, part) == NULL)
		fail_msg("got %d %s, wanted %d ...%s...", why->code, why->text, code, part);
}

static void
refused(int rc, int code, const char *part, const struct why *why)
{
	refused_as(rc, -1, code, part, why);
}

static const char *
absolute(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

/* A file as other tools would leave it, by plain SQLite. */
static void
plant(const char *name, const char *sql)
{
	sqlite3 *db = NULL;

	(void)unlink(absolute(name));
	assert_int_equal(sqlite3_open(absolute(name), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
build(const char *name, const char *sql)
{
	sqlite3 *db = NULL;
	struct why why;

	ok(db_build(&site, name, DB_SNAPSHOT, &db, &why), &why);
	ok(db_exec(db, sql, &why), &why);
	ok(db_publish(db, &site, name, 0444, &why), &why);
}

#define ROWS "CREATE TABLE a (k TEXT PRIMARY KEY, v INTEGER); INSERT INTO a VALUES ('x', 1), ('y', 2)"

static void
published_whole(void **state)
{
	sqlite3 *db = NULL;
	struct why why;
	struct stat st;
	sqlite3_stmt *stmt;

	(void)state;
	ok(db_build(&site, "one.db", DB_SNAPSHOT, &db, &why), &why);
	ok(db_exec(db, ROWS, &why), &why);
	/* until it is published nothing has its name */
	assert_int_equal(stat(absolute("one.db"), &st), -1);
	assert_int_equal(stat(absolute(".tmp.one.db"), &st), 0);
	ok(db_publish(db, &site, "one.db", 0444, &why), &why);
	assert_int_equal(stat(absolute("one.db"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0444);
	assert_int_equal(stat(absolute(".tmp.one.db"), &st), -1);
	assert_int_equal(stat(absolute(".tmp.one.db-journal"), &st), -1);
	ok(db_open(&site, "one.db", DB_SNAPSHOT, &db, &why), &why);
	ok(db_prepare(db, "SELECT sum(v) FROM a", &stmt, &why), &why);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(stmt, 0), 3);
	(void)sqlite3_finalize(stmt);
	refused(db_exec(db, "INSERT INTO a VALUES ('z', 3)", &why), EX_IOERR, "readonly", &why);
	ok(db_exec(db, "CREATE TEMP VIEW t AS SELECT v FROM a", &why), &why);
	ok(db_exec(db, "SELECT * FROM t", &why), &why);
	/* a misspelt "name" is an error, not a text */
	refused(db_exec(db, "SELECT \"nosuch\" FROM a", &why), EX_SOFTWARE, "nosuch", &why);
	db_close(db);
	assert_int_equal(db_open(&site, "two.db", DB_SNAPSHOT, &db, &why), -2);
}

static void
a_killed_run_leaves_nothing(void **state)
{
	sqlite3 *db = NULL;
	struct why why;
	FILE *f;

	(void)state;
	f = fopen(absolute(".tmp.dead.db"), "w");
	assert_non_null(f);
	(void)fputs("half of something", f);
	assert_int_equal(fclose(f), 0);
	ok(db_build(&site, "dead.db", DB_INTAKE, &db, &why), &why);
	ok(db_exec(db, ROWS, &why), &why);
	ok(db_publish(db, &site, "dead.db", 0440, &why), &why);
	ok(db_open(&site, "dead.db", DB_INTAKE, &db, &why), &why);
	db_close(db);
}

static void
planted(void **state)
{
	static const struct { const char *name, *sql, *part;
	} rows[] = {
		{ "another program's", "CREATE TABLE a (k)", "application_id 00000000" },
		{ "an intake file", "PRAGMA application_id = 0x5a42494e; CREATE TABLE a (k)",
		    "application_id 5a42494e, wanted 5a42534e" },
		{ "a view",
		    "PRAGMA application_id = 0x5a42534e; CREATE TABLE b (k); CREATE VIEW a AS SELECT 7 AS k",
		    "has a view named a" },
		{ "a trigger",
		    "PRAGMA application_id = 0x5a42534e; CREATE TABLE a (k);"
		    " CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END",
		    "has a trigger named t" },
	};
	sqlite3 *db = NULL;
	struct why why;
	FILE *f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		plant("planted.db", rows[i].sql);
		refused_as(db_open(&site, "planted.db", DB_SNAPSHOT, &db, &why), -3, EX_IOERR, rows[i].part, &why);
		ok(db_memory(&db, &why), &why);
		refused(db_attach(db, &site, "planted.db", DB_SNAPSHOT, "old", &why), EX_IOERR, rows[i].part,
		    &why);
		/* a refused file does not stay attached */
		assert_int_equal(sqlite3_exec(db, "ATTACH ':memory:' AS old", NULL, NULL, NULL), SQLITE_OK);
		db_close(db);
	}
	f = fopen(absolute("planted.db"), "w");
	assert_non_null(f);
	(void)fputs("this is no database, though it has the name of one, and is long enough to be looked at "
		    "............",
	    f);
	assert_int_equal(fclose(f), 0);
	refused_as(db_open(&site, "planted.db", DB_SNAPSHOT, &db, &why), -3, EX_IOERR, "planted.db", &why);
}

/* A good file that the system would not open is not a bad file. */
static void
out_of_descriptors(void **state)
{
	sqlite3 *db = NULL;
	struct rlimit was, few;
	struct why why;
	int free_from = dup(0), rc = -1;

	(void)state;
	assert_true(free_from >= 0);
	assert_int_equal(close(free_from), 0);
	build("few.db", ROWS);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = was;
	for (int more = 0; more < 10 && rc != 0; more++) {
		few.rlim_cur = (rlim_t)(free_from + more);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		rc = db_open(&site, "few.db", DB_SNAPSHOT, &db, &why);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
		assert_true(more > 0 || rc != 0);
		if (rc != 0)
			refused(rc, EX_IOERR, "few.db", &why);
	}
	ok(rc, &why);
	db_close(db);
}

static void
beside_it(void **state)
{
	static const char *const suffix[] = { "-journal", "-wal", "-shm" };
	sqlite3 *db = NULL;
	struct why why;
	char name[64];
	FILE *f;

	(void)state;
	build("beside.db", ROWS);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof name, "beside.db%s", suffix[i]);
		f = fopen(absolute(name), "w");
		assert_non_null(f);
		assert_int_equal(fclose(f), 0);
		refused(db_open(&site, "beside.db", DB_SNAPSHOT, &db, &why), EX_IOERR, name, &why);
		assert_int_equal(unlink(absolute(name)), 0);
	}
	assert_int_equal(symlink("beside.db", absolute("link.db")), 0);
	assert_int_equal(db_open(&site, "link.db", DB_SNAPSHOT, &db, &why), -1);
	assert_int_equal(unlink(absolute("link.db")), 0);
	ok(db_open(&site, "beside.db", DB_SNAPSHOT, &db, &why), &why);
	db_close(db);
}

/* Many files, one after the other, read into a database under construction. */
static void
attached_in_turn(void **state)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt;
	struct why why;
	char name[32];

	(void)state;
	for (int i = 0; i < 15; i++) {
		(void)snprintf(name, sizeof name, "part%%%d.db", i);
		build(name, ROWS);
	}
	ok(db_build(&site, "whole.db", DB_SNAPSHOT, &db, &why), &why);
	ok(db_exec(db, "CREATE TABLE a (v INTEGER)", &why), &why);
	for (int i = 0; i < 15; i++) {
		(void)snprintf(name, sizeof name, "part%%%d.db", i);
		ok(db_attach(db, &site, name, DB_SNAPSHOT, "part", &why), &why);
		ok(db_exec(db, "INSERT INTO a SELECT v FROM part.a", &why), &why);
		refused(db_exec(db, "DELETE FROM part.a", &why), EX_IOERR, "readonly", &why);
		ok(db_detach(db, "part", &why), &why);
	}
	assert_int_equal(db_attach(db, &site, "nosuch.db", DB_SNAPSHOT, "part", &why), -2);
	ok(db_prepare(db, "SELECT sum(v), count(*) FROM a", &stmt, &why), &why);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(stmt, 0), 45);
	assert_int_equal(sqlite3_column_int(stmt, 1), 30);
	(void)sqlite3_finalize(stmt);
	ok(db_publish(db, &site, "whole.db", 0444, &why), &why);
}

static void
same_bytes(void **state)
{
	char a[DIGEST_HEX], b[DIGEST_HEX];
	struct why why;

	(void)state;
	build("same1.db", ROWS "; DELETE FROM a WHERE k = 'x'; INSERT INTO a VALUES ('w', 9)");
	build("same2.db", ROWS "; DELETE FROM a WHERE k = 'x'; INSERT INTO a VALUES ('w', 9)");
	ok(fsio_digest(site.dir, "same1.db", a, NULL, &why), &why);
	ok(fsio_digest(site.dir, "same2.db", b, NULL, &why), &why);
	assert_string_equal(a, b);
}

static void
content(void **state)
{
	static const struct { const char *name, *sql; int same;
	} rows[] = {
		{ "itself",
		    "CREATE TABLE a (k TEXT PRIMARY KEY, r REAL); INSERT INTO a VALUES ('x', 0.1), ('y', "
		    "2.0);"
		    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('week', "
		    "'2022-W17')",
		    1 },
		{ "rows in another order, last bits of a sum, tables too",
		    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT);"
		    "INSERT INTO meta VALUES ('program', 'x'), ('content', 'y'), ('week', '2022-W17');"
		    "CREATE TABLE a (k TEXT PRIMARY KEY, r REAL); INSERT INTO a VALUES ('y', 2.0), ('x', 0.1 "
		    "+ 1e-9)",
		    1 },
		{ "a table of the program's",
		    "CREATE TABLE a (k TEXT PRIMARY KEY, r REAL); INSERT INTO a VALUES ('x', 0.1), ('y', "
		    "2.0); CREATE TABLE _b (k TEXT PRIMARY KEY); INSERT INTO _b VALUES ('z');"
		    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('week', "
		    "'2022-W17')",
		    1 },
		{ "another value",
		    "CREATE TABLE a (k TEXT PRIMARY KEY, r REAL); INSERT INTO a VALUES ('x', 0.1), ('y', "
		    "2.000001);"
		    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('week', "
		    "'2022-W17')",
		    0 },
		{ "NULL for a value",
		    "CREATE TABLE a (k TEXT PRIMARY KEY, r REAL); INSERT INTO a VALUES ('x', 0.1), ('y', "
		    "NULL);"
		    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('week', "
		    "'2022-W17')",
		    0 },
		{ "another type",
		    "CREATE TABLE a (k TEXT PRIMARY KEY, r); INSERT INTO a VALUES ('x', 0.1), ('y', 2);"
		    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('week', "
		    "'2022-W17')",
		    0 },
		{ "another column name",
		    "CREATE TABLE a (k TEXT PRIMARY KEY, q REAL); INSERT INTO a VALUES ('x', 0.1), ('y', "
		    "2.0);"
		    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('week', "
		    "'2022-W17')",
		    0 },
		{ "another week",
		    "CREATE TABLE a (k TEXT PRIMARY KEY, r REAL); INSERT INTO a VALUES ('x', 0.1), ('y', "
		    "2.0);"
		    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('week', "
		    "'2022-W16')",
		    0 },
	};
	char first[DIGEST_HEX] = "", got[DIGEST_HEX];
	sqlite3 *db = NULL;
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ok(db_memory(&db, &why), &why);
		ok(db_exec(db, rows[i].sql, &why), &why);
		ok(db_content_digest(db, "main", got, &why), &why);
		db_close(db);
		if (i == 0)
			memcpy(first, got, sizeof first);
		if ((strcmp(first, got) == 0) != rows[i].same)
			fail_msg("%s", rows[i].name);
	}
}

/* What the digest rests on, spelled out by the C library: every .seal was made with it. */
static void
digest_spells_numbers(void **state)
{
	static const double reals[] = {
		0.0, -0.0, 0.0000004, 0.0000005, -0.0000005, 0.00000050001, 0.0000015, 0.0000025, -0.0000025,
		0.5, 1.5,
		0.1, 0.1 + 0.2, -15.8287671, 33.333333333333336, 100.0 / 3 * 1e9, 2.6754999999999995,
		1.0000005,
		1.0000015, 0.9999995, 0.99999949999, 999999.9999995, 123456789.0000005, 4503599627370497.5,
		9007199254740993.0, 140737488355327.95, 70368744177663.996, 1e15, 1e22,
		1.7976931348623157e308,
		2.2250738585072014e-308, 5e-324, 0x1p-20, 0x1p-6, 0x3p-7, 0x1.8p-6, 1023.984375, 0.0078125,
		0.0234375,
	};
	static const int64_t integers[] = { 0, 1, -1, 9, 10, -10, INT64_MAX, INT64_MIN, 10000000000 };
	struct buf want = { 0 };
	char got[DIGEST_HEX], hex[DIGEST_HEX];
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	struct why why;
	uint64_t seed = 1;

	(void)state;
	ok(db_memory(&db, &why), &why);
	ok(db_exec(db, "CREATE TABLE t (k INTEGER PRIMARY KEY, v)", &why), &why);
	ok(db_prepare(db, "INSERT INTO t (v) VALUES (?1)", &stmt, &why), &why);
	buf_str(&want, "table t k v\n");
	for (int i = 0; i < 3000; i++) {
		size_t n = (size_t)i;
		double r;

		buf_fmt(&want, "i%d%c", i + 1, 0);
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		if (n < sizeof integers / sizeof *integers) {
			(void)sqlite3_bind_int64(stmt, 1, integers[n]);
			buf_fmt(&want, "i%lld%c\n", (long long)integers[n], 0);
		} else {
			n -= sizeof integers / sizeof *integers;
			/* beyond the edges: ties and their neighbours of every size */
			r = n < sizeof reals / sizeof *reals ? reals[n]
			    : ((double)(seed >> 40) * 2 + 1) / 2e6 * (n % 2 ? 1 : 1e5) + (n % 3 ? 0 : 1e-13);
			(void)sqlite3_bind_double(stmt, 1, r);
			buf_fmt(&want, "r%.6f%c\n", r < 0.0000005 && r > -0.0000005 ? 0 : r, 0);
		}
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
		(void)sqlite3_reset(stmt);
	}
	(void)sqlite3_finalize(stmt);
	digest_of(want.s, want.len, hex);
	ok(db_content_digest(db, "main", got, &why), &why);
	assert_string_equal(got, hex);
	buf_free(&want);
	db_close(db);
}

static void
names_and_texts(void **state)
{
	struct buf b = { 0 };

	(void)state;
	sql_name(&b, "a\"b");
	sql_text(&b, "it's");
	assert_string_equal(buf_cstr(&b), "\"a\"\"b\"'it''s'");
	buf_free(&b);
}

static void
columns(void **state)
{
	sqlite3 *db = NULL;
	struct names names = { 0 };
	struct why why;

	(void)state;
	ok(db_memory(&db, &why), &why);
	ok(db_execf(db, &why, "CREATE TABLE %s (b TEXT, a INTEGER)", "t"), &why);
	assert_true(db_has_table(db, "main", "t"));
	assert_false(db_has_table(db, "main", "u"));
	ok(db_columns(db, "main", "t", &names, &why), &why);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.v[0], "b");
	names_free(&names);
	ok(db_columns(db, "main", "u", &names, &why), &why);
	assert_int_equal(names.n, 0);
	names_free(&names);
	db_close(db);
}

/* Bytes of SQLite's memory stay what they are while others come, go and grow, of whatever size. */
static void
memory_is_its_own(void **state)
{
	enum { PIECES = 64, TURNS = 20000 };
	unsigned char *v[PIECES] = { 0 };
	int size[PIECES] = { 0 };
	uint32_t seed = 1;
	struct why why;
	sqlite3 *db;

	(void)state;
	assert_int_equal(db_memory(&db, &why), 0);
	for (int turn = 0; turn < TURNS; turn++) {
		int i, n;

		seed = seed * 1664525u + 1013904223u;
		i = (int)(seed >> 8) % PIECES;
		n = (int)(seed >> 16) % 4096;   /* below and above what is kept in pieces */
		for (int k = 0; k < size[i]; k++)
			assert_int_equal(v[i][k], i);
		if (seed >> 31) {
			int both = n < size[i] ? n : size[i];

			v[i] = sqlite3_realloc(v[i], n);
			for (int k = 0; k < both; k++)
				assert_int_equal(v[i][k], i);
		} else {
			sqlite3_free(v[i]);
			v[i] = sqlite3_malloc(n);
		}
		size[i] = n;
		if (n > 0) {
			assert_non_null(v[i]);
			assert_int_equal((uintptr_t)v[i] % 8, 0);
			assert_true(sqlite3_msize(v[i]) >= (sqlite3_uint64)n);
			memset(v[i], i, (size_t)n);
		}
	}
	for (int i = 0; i < PIECES; i++)
		sqlite3_free(v[i]);
	db_close(db);
}

static int
make_site(void **state)
{
	struct why why;

	(void)state;
	(void)snprintf(folder, sizeof folder, "/tmp/test_db.XXXXXX");
	if (mkdtemp(folder) == NULL || site_open(folder, &site, &why) != 0)
		return -1;
	return 0;
}

static int
remove_site(void **state)
{
	char command[128];

	(void)state;
	site_close(&site);
	(void)snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_its_own),
		cmocka_unit_test(published_whole),
		cmocka_unit_test(a_killed_run_leaves_nothing),
		cmocka_unit_test(planted),
		cmocka_unit_test(out_of_descriptors),
		cmocka_unit_test(beside_it),
		cmocka_unit_test(attached_in_turn),
		cmocka_unit_test(same_bytes),
		cmocka_unit_test(content),
		cmocka_unit_test(digest_spells_numbers),
		cmocka_unit_test(names_and_texts),
		cmocka_unit_test(columns),
	};

	return cmocka_run_group_tests(tests, make_site, remove_site);
}
