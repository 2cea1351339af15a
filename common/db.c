/*
 * db - SQLite as a file format: databases that are opened hardened, or built in
 * a fresh file and published whole.  Nothing is ever updated in place.
 */
#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "buf.h"
#include "db.h"
#include "dbpool.h"

/* Pages of 16 KiB: rows of a city are a few hundred bytes, and fewer pages are fewer system calls. */
#define PAGE_SIZE "16384"

#define OPEN_CREATE (SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)

bool db_is_disk_trouble(sqlite3 *db)
{
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_IOERR:
	case SQLITE_FULL:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM:
		return true;
	default:
		return false;
	}
}

/* The files of a connection: which of them it was, SQLite does not say. */
static void add_files(struct buf *out, sqlite3 *db)
{
	const char *schema;
	int i;

	for (i = 0; (schema = sqlite3_db_name(db, i)) != NULL; i++) {
		const char *file = sqlite3_db_filename(db, schema);

		if (file != NULL && *file != '\0')
			buf_fmt(out, "%s%s", out->len > 0 ? ", " : "", file);
	}
}

/*
 * What the system said when a file of DB was last read, 0: nothing.  SQLite tells a disk that would not read
 * as a damaged file; only the file behind it still has the reason.
 */
static int last_errno(sqlite3 *db)
{
	const char *schema;

	for (int i = 0; (schema = sqlite3_db_name(db, i)) != NULL; i++) {
		int said = 0;

		if (sqlite3_file_control(db, schema, SQLITE_FCNTL_LAST_ERRNO, &said) == SQLITE_OK &&
		    said != 0)
			return said;
	}
	return 0;
}

static bool looks_damaged(sqlite3 *db)
{
	int code = sqlite3_errcode(db) & 0xff;

	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

bool db_is_damaged(sqlite3 *db)
{
	return looks_damaged(db) && last_errno(db) == 0;
}

/* ": " and the system's own reason for DB's last error; "" if it had none. */
static void add_reason(struct buf *out, sqlite3 *db)
{
	int code = sqlite3_errcode(db) & 0xff, said = 0;

	if (code == SQLITE_IOERR)
		said = sqlite3_system_errno(db);
	else if (looks_damaged(db))
		said = last_errno(db);
	if (said != 0)
		buf_fmt(out, ": %s", strerror(said));
}

/* The disk's trouble: the files come first, because a long statement may be cut. */
static int disk_trouble(sqlite3 *db, const char *what, struct why *why)
{
	struct buf files = { 0 }, reason = { 0 };

	add_files(&files, db);
	add_reason(&reason, db);
	(void)why_set(why, EX_IOERR, "%s: %s%s: %s", files.len > 0 ? buf_cstr(&files) : "in memory",
	    sqlite3_errmsg(db), buf_cstr(&reason), what);
	buf_free(&files);
	buf_free(&reason);
	return -1;
}

int db_trouble(sqlite3 *db, const char *what, struct why *why)
{
	if (db_is_disk_trouble(db))
		return disk_trouble(db, what, why);
	return why_set(why, EX_SOFTWARE, "%s: %s", what, sqlite3_errmsg(db));
}

int db_step(sqlite3_stmt *stmt, const char *what, struct why *why)
{
	int step = sqlite3_step(stmt);

	if (step == SQLITE_ROW)
		return 1;
	return step == SQLITE_DONE ? 0 : db_trouble(sqlite3_db_handle(stmt), what, why);
}

int db_exec(sqlite3 *db, const char *sql, struct why *why)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_trouble(db, sql, why);
	return 0;
}

int db_execf(sqlite3 *db, struct why *why, const char *fmt, ...)
{
	struct buf sql = { 0 };
	va_list ap;
	int rc;

	va_start(ap, fmt);
	buf_vfmt(&sql, fmt, ap);
	va_end(ap);
	rc = db_exec(db, buf_cstr(&sql), why);
	buf_free(&sql);
	return rc;
}

int db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct why *why)
{
	if (sqlite3_prepare_v2(db, sql, -1, out, NULL) != SQLITE_OK)
		return db_trouble(db, sql, why);
	return 0;
}

/* S between two MARKs, each of its own twice. */
static void sql_quoted(struct buf *out, const char *s, char mark)
{
	buf_char(out, mark);
	for (; *s != '\0'; s++) {
		if (*s == mark)
			buf_char(out, mark);
		buf_char(out, *s);
	}
	buf_char(out, mark);
}

void sql_name(struct buf *out, const char *name)
{
	sql_quoted(out, name, '"');
}

void sql_text(struct buf *out, const char *text)
{
	sql_quoted(out, text, '\'');
}

/*
 * Rationale: a snapshot or intake file that was swapped must not be able to run
 * anything: no view, no trigger, no function called from its schema.  TEMP
 * views of our own work all the same.  Without the double-quoted-string
 * leniency a misspelt "name" is an error and not a text.
 */
static int harden(sqlite3 *db, struct why *why)
{
	static const struct { int option, value; } want[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	};
	size_t i;
	int is;

	for (i = 0; i < sizeof want / sizeof *want; i++) {
		if (sqlite3_db_config(db, want[i].option, want[i].value, &is) != SQLITE_OK ||
		    is != want[i].value)
			return why_set(why, EX_SOFTWARE, "SQLite %s cannot be hardened (option %d)",
			    sqlite3_libversion(), want[i].option);
	}
	/*
	 * What is sorted or set aside makes a file only where the
	 * cache does not hold it, and never grows with a nation.
	 */
	return db_exec(db,
	    "PRAGMA temp_store = FILE; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", why);
}

/* What every connection has; NAME only for the message. */
static int open_connection(const char *uri, int flags, const char *name, sqlite3 **out, struct why *why)
{
	sqlite3 *db = NULL;

	/*
	 * No program of ours has a second thread, and none asks SQLite what memory it uses: so it need not
	 * lock and count at every allocation.  Nor is any file mapped: not even that of a sorter, whose pages
	 * would count as ours.  Only the first call can still tell it, the others change nothing.
	 */
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	dbpool_use();
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_MMAP_SIZE, (sqlite3_int64)0, (sqlite3_int64)0);
	flags |= SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
	if (sqlite3_open_v2(uri, &db, flags, NULL) != SQLITE_OK) {
		/* One that may be written is tried once more for reading, and the errno is that try's. */
		int said = db != NULL && (flags & SQLITE_OPEN_READONLY) != 0 ? sqlite3_system_errno(db) : 0;

		(void)why_set(why, EX_IOERR, "%s: %s%s%s", name, db ? sqlite3_errmsg(db) : "out of memory",
		    said != 0 ? ": " : "", said != 0 ? strerror(said) : "");
		(void)sqlite3_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

int db_memory(sqlite3 **out, struct why *why)
{
	sqlite3 *db;

	if (open_connection(":memory:", OPEN_CREATE, ":memory:", &db, why) != 0)
		return -1;
	if (harden(db, why) != 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

/*
 * Rationale: SQLite makes the files only when there is more than the caches hold, and takes their names away
 * as it does: what nearly every unit sends never sees a disk, and nothing is left behind by a kill.
 */
int db_scratch(sqlite3 **out, struct why *why)
{
	sqlite3 *db;

	if (open_connection("", OPEN_CREATE, "scratch", &db, why) != 0)
		return -1;
	if (harden(db, why) != 0 || db_exec(db,
	    "PRAGMA main.cache_size = -16384; PRAGMA temp.cache_size = -8192", why) != 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

/*
 * "file:/abs/path?QUERY" of PATH under SITE, escaped.  The root is resolved
 * first, because SQLITE_OPEN_NOFOLLOW refuses a link anywhere in the path and
 * where the site lies is the administrator's affair.
 */
static int site_uri(const struct site *site, const char *path, const char *query, struct buf *out,
    struct why *why)
{
	char *root = realpath(site->root, NULL);
	const char *parts[3];
	size_t i;

	if (root == NULL)
		return why_errno(why, site->root);
	parts[0] = root;
	parts[1] = "/";
	parts[2] = path;
	buf_str(out, "file:");
	for (i = 0; i < 3; i++) {
		for (const char *s = parts[i]; *s != '\0'; s++) {
			if (*s == '?' || *s == '#' || *s == '%')
				buf_fmt(out, "%%%02x", (unsigned)*s);
			else
				buf_char(out, *s);
		}
	}
	buf_str(out, query);
	free(root);
	return 0;
}

/* A published file is whole: a journal beside it was planted, and SQLite would roll it back into the file. */
static int refuse_companions(const struct site *site, const char *path, struct why *why)
{
	static const char *const suffix[] = { "-journal", "-wal", "-shm" };
	struct buf name = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof suffix / sizeof *suffix; i++) {
		buf_reset(&name);
		buf_fmt(&name, "%s%s", path, suffix[i]);
		if (fsio_exists(site->dir, buf_cstr(&name)))
			rc = why_set(why, EX_IOERR,
			    "%s: stands beside a published database and does not belong there: remove it",
			    buf_cstr(&name));
	}
	buf_free(&name);
	return rc;
}

/* 0 if there is a regular file of that name, -2 if there is nothing, -1. */
static int check_there(const struct site *site, const char *path, struct why *why)
{
	int fd = fsio_open(site->dir, path, why);

	if (fd < 0)
		return fd;
	(void)close(fd);        /* read-only: nothing to lose */
	return refuse_companions(site, path, why);
}

/* What is read of a file is not to be had: -3 if that is the file's fault, -1. */
static int read_trouble(sqlite3 *db, const char *path, struct why *why)
{
	(void)db_trouble(db, path, why);
	return db_is_damaged(db) ? -3 : -1;
}

static int check_application(sqlite3 *db, const char *schema, const char *path, uint32_t want,
    struct why *why)
{
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	uint32_t got;
	int rc = -1;

	buf_str(&sql, "PRAGMA ");
	sql_name(&sql, schema);
	buf_str(&sql, ".application_id");
	if (sqlite3_prepare_v2(db, buf_cstr(&sql), -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW) {
		rc = read_trouble(db, path, why);
		goto out;
	}
	got = (uint32_t)sqlite3_column_int64(stmt, 0);
	if (got != want) {
		rc = -3;
		(void)why_set(why, EX_IOERR, "%s: application_id %08x, wanted %08x: not a file of ours", path,
		    (unsigned)got, (unsigned)want);
		goto out;
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	return rc;
}

/* Only plain tables and indexes: a view, a trigger or a virtual table (rootpage 0) is not ours. */
static int check_schema(sqlite3 *db, const char *schema, const char *path, struct why *why)
{
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	int step, rc = -1;

	buf_str(&sql, "SELECT type, name FROM ");
	sql_name(&sql, schema);
	buf_str(&sql, ".sqlite_master WHERE type NOT IN ('table', 'index') OR COALESCE(rootpage, 0) < 1");
	if (sqlite3_prepare_v2(db, buf_cstr(&sql), -1, &stmt, NULL) != SQLITE_OK) {
		rc = read_trouble(db, path, why);
		goto out;
	}
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW) {
		rc = -3;
		(void)why_set(why, EX_IOERR, "%s: has a %s named %s, wanted only plain tables", path,
		    (const char *)sqlite3_column_text(stmt, 0), (const char *)sqlite3_column_text(stmt, 1));
		goto out;
	}
	if (step != SQLITE_DONE) {
		rc = read_trouble(db, path, why);
		goto out;
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	return rc;
}

int db_open(const struct site *site, const char *path, uint32_t application_id, sqlite3 **out,
    struct why *why)
{
	struct buf uri = { 0 };
	sqlite3 *db = NULL;
	int rc;

	rc = check_there(site, path, why);
	if (rc != 0)
		return rc;
	rc = -1;
	/* immutable: what is published never changes, so no lock is taken and no journal is looked for */
	if (site_uri(site, path, "?mode=ro&immutable=1", &uri, why) != 0 ||
	    open_connection(buf_cstr(&uri), SQLITE_OPEN_READONLY, path, &db, why) != 0)
		goto out;
	if (harden(db, why) != 0) {
		rc = db_is_damaged(db) ? -3 : -1;
		goto out;
	}
	rc = check_application(db, "main", path, application_id, why);
	if (rc == 0)
		rc = check_schema(db, "main", path, why);
	if (rc != 0)
		goto out;
	*out = db;
	db = NULL;
out:
	db_close(db);
	buf_free(&uri);
	return rc;
}

int db_attach(sqlite3 *db, const struct site *site, const char *path, uint32_t application_id,
    const char *schema, struct why *why)
{
	struct buf uri = { 0 }, sql = { 0 };
	struct why later;
	bool attached = false;
	int rc;

	rc = check_there(site, path, why);
	if (rc != 0)
		return rc;
	rc = -1;
	if (site_uri(site, path, "?mode=ro&immutable=1", &uri, why) != 0)
		goto out;
	buf_str(&sql, "ATTACH ");
	sql_text(&sql, buf_cstr(&uri));
	buf_str(&sql, " AS ");
	sql_name(&sql, schema);
	if (sqlite3_exec(db, buf_cstr(&sql), NULL, NULL, NULL) != SQLITE_OK) {
		(void)db_trouble(db, path, why);
		goto out;
	}
	attached = true;
	if (check_application(db, schema, path, application_id, why) != 0 ||
	    check_schema(db, schema, path, why) != 0)
		goto out;
	attached = false;
	rc = 0;
out:
	if (attached)
		(void)db_detach(db, schema, &later);
	buf_free(&uri);
	buf_free(&sql);
	return rc;
}

/*
 * Inside a transaction a database that was read stays locked and cannot be
 * detached, so the transaction is closed and opened again: in a file under its
 * temporary name nobody can see the difference.
 */
int db_detach(sqlite3 *db, const char *schema, struct why *why)
{
	struct buf sql = { 0 };
	bool within = !sqlite3_get_autocommit(db);
	int rc = -1;

	if (within && db_exec(db, "COMMIT", why) != 0)
		goto out;
	buf_str(&sql, "DETACH ");
	sql_name(&sql, schema);
	if (db_exec(db, buf_cstr(&sql), why) != 0)
		goto out;
	if (within && db_exec(db, "BEGIN", why) != 0)
		goto out;
	rc = 0;
out:
	buf_free(&sql);
	return rc;
}

/*
 * Rationale: journal and syncing are off because the file has no name yet that
 * anybody reads; fsio_publish_made syncs it once.  journal_mode = OFF has to come
 * before DEFENSIVE, which would refuse it.
 */
static int begin_fresh(sqlite3 *db, uint32_t application_id, struct why *why)
{
	/*
	 * What is set aside meanwhile is as little to be undone: no journal of it either, and no zeros over
	 * what is gone.  Where it lies is said first, because saying so begins it anew.
	 */
	if (db_exec(db, "PRAGMA temp_store = FILE; PRAGMA temp.journal_mode = OFF;"
	    " PRAGMA temp.secure_delete = OFF", why) != 0)
		return -1;
	if (db_exec(db,
		"PRAGMA page_size = " PAGE_SIZE "; PRAGMA auto_vacuum = NONE;"
		" PRAGMA encoding = 'UTF-8'; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; "
		"PRAGMA synchronous = OFF;"
		" PRAGMA cache_size = -32768",
		why) != 0)
		return -1;
	if (db_execf(db, why, "PRAGMA application_id = %lu", (unsigned long)application_id) != 0)
		return -1;
	if (harden(db, why) != 0)
		return -1;
	return db_exec(db, "BEGIN", why);
}

int db_build(const struct site *site, const char *path, uint32_t application_id, sqlite3 **out,
    struct why *why)
{
	struct buf temporary = { 0 }, uri = { 0 };
	sqlite3 *db = NULL;
	int rc = -1;

	fsio_temporary(&temporary, path);
	/* what a killed run left under this name is made anew, not continued */
	if (fsio_remove(site->dir, buf_cstr(&temporary), why) != 0 ||
	    site_uri(site, buf_cstr(&temporary), "?mode=rwc", &uri, why) != 0 ||
	    open_connection(buf_cstr(&uri), OPEN_CREATE, path, &db, why) != 0 ||
	    begin_fresh(db, application_id, why) != 0)
		goto out;
	*out = db;
	db = NULL;
	rc = 0;
out:
	db_close(db);
	buf_free(&temporary);
	buf_free(&uri);
	return rc;
}

int db_publish(sqlite3 *db, const struct site *site, const char *path, mode_t mode, struct why *why)
{
	struct buf temporary = { 0 };
	struct why later;
	int rc = -1;

	fsio_temporary(&temporary, path);
	if (!sqlite3_get_autocommit(db) && db_exec(db, "COMMIT", why) != 0)
		goto out;
	if (sqlite3_close(db) != SQLITE_OK) {
		(void)db_trouble(db, path, why);
		goto out;
	}
	db = NULL;
	if (fsio_publish_made(site->dir, path, mode, why) != 0)
		goto out;
	rc = 0;
out:
	db_close(db);
	if (rc != 0)
		(void)fsio_remove(site->dir, buf_cstr(&temporary), &later);
	buf_free(&temporary);
	return rc;
}

void db_close(sqlite3 *db)
{
	/* _v2: a statement that somebody still holds keeps the memory, not the caller */
	(void)sqlite3_close_v2(db);
}

bool db_has_table(sqlite3 *db, const char *schema, const char *table)
{
	int rc = sqlite3_table_column_metadata(db, schema, table, NULL, NULL, NULL, NULL, NULL, NULL);

	return rc == SQLITE_OK;
}

/* The names that SQL tells, in its order; TABLE and SCHEMA are ?1 and ?2 where it has them. */
static int list_names(sqlite3 *db, const char *sql, const char *schema, const char *table, struct names *out,
    struct why *why)
{
	struct names found = { 0 };
	sqlite3_stmt *stmt = NULL;
	int step, rc = -1;

	if (db_prepare(db, sql, &stmt, why) != 0)
		goto out;
	(void)sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(stmt, 2, schema, -1, SQLITE_STATIC);
	while ((step = db_step(stmt, table != NULL ? table : schema, why)) == 1) {
		vec_room(found.v, found.n, found.cap);
		found.v[found.n++] = mem_dup((const char *)sqlite3_column_text(stmt, 0));
	}
	if (step < 0)
		goto out;
	*out = found;
	found = (struct names){ 0 };
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	names_free(&found);
	return rc;
}

int db_columns(sqlite3 *db, const char *schema, const char *table, struct names *out, struct why *why)
{
	return list_names(db, "SELECT name FROM pragma_table_info(?1, ?2) ORDER BY cid",
	    schema != NULL ? schema : "main", table, out, why);
}

int db_keys(sqlite3 *db, const char *schema, const char *table, struct names *out, struct why *why)
{
	return list_names(db, "SELECT name FROM pragma_table_info(?1, ?2) WHERE pk > 0 ORDER BY pk", schema,
	    table, out, why);
}

int db_tables(sqlite3 *db, const char *schema, struct names *out, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "SELECT name FROM ");
	sql_name(&sql, schema);
	buf_str(&sql, ".sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	    " ORDER BY name COLLATE BINARY");
	rc = list_names(db, buf_cstr(&sql), schema, NULL, out, why);
	buf_free(&sql);
	return rc;
}
