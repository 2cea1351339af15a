/*
 * db - SQLite as a file format: databases that are opened hardened, or built in
 * a fresh file and published whole.  Nothing is ever updated in place.
 */
#ifndef ZB_DB_H
#define ZB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "fsio.h"
#include "site.h"
#include "why.h"

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

#define DB_INTAKE   0x5a42494eu /* application_id "ZBIN" */
#define DB_SNAPSHOT 0x5a42534eu /* "ZBSN" */

/* An empty database in memory, with the functions of sqlfn.h still to be added.  Close with db_close. */
int db_memory(sqlite3 **out, struct why *why);
/* The same for as much as it takes: what is more than fits into some megabytes goes to nameless files. */
int db_scratch(sqlite3 **out, struct why *why);
/*
 * Open a published file read-only, hardened: DEFENSIVE, no trusted schema, no views or
 * triggers of its own, no link followed, no journal beside it, application_id as
 * expected, and only plain tables and indexes in it.  -2 if it is not there; -3 if what is
 * there is damaged, or no file of ours; -1 if the system would not have it read, which says
 * nothing of the file.  EX_IOERR all the same.
 */
int db_open(const struct site *site, const char *path, uint32_t application_id, sqlite3 **out,
    struct why *why);
/*
 * The same checks, attached under SCHEMA to a database that is already open.  -2 if it is not there, -1 for
 * all else.
 */
int db_attach(sqlite3 *db, const struct site *site, const char *path, uint32_t application_id,
    const char *schema, struct why *why);
int db_detach(sqlite3 *db, const char *schema, struct why *why);
/* A fresh database under the temporary name of PATH (fsio_temporary): journal off, one transaction open. */
int db_build(const struct site *site, const char *path, uint32_t application_id, sqlite3 **out,
    struct why *why);
/* Commit, close, and publish what db_build began; DB is gone in any case. */
int db_publish(sqlite3 *db, const struct site *site, const char *path, mode_t mode, struct why *why);
/* NULL is fine. */
void db_close(sqlite3 *db);

int db_exec(sqlite3 *db, const char *sql, struct why *why);     /* EX_SOFTWARE or EX_IOERR */
int db_execf(sqlite3 *db, struct why *why, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct why *why);
/* Set WHY from DB's last error, EX_IOERR for disk trouble, else EX_SOFTWARE.  Returns -1. */
int db_trouble(sqlite3 *db, const char *what, struct why *why);
/* Whether DB's last error is that of a disk, a file or memory, and no text's. */
bool db_is_disk_trouble(sqlite3 *db);
/* The next row of STMT: 1; 0 behind the last; -1: trouble with WHAT. */
int db_step(sqlite3_stmt *stmt, const char *what, struct why *why);
/* Whether DB's last error is the fault of what lies in its file, and not of a disk that would not read it. */
bool db_is_damaged(sqlite3 *db);
/* A name as an SQL identifier: "a" -> "\"a\"", quotes doubled. */
void sql_name(struct buf *out, const char *name);
/* A text as an SQL literal, quotes doubled. */
void sql_text(struct buf *out, const char *text);
bool db_has_table(sqlite3 *db, const char *schema, const char *table);
/* Column names of a table in their order; n = 0 if there is no such table. */
int db_columns(sqlite3 *db, const char *schema, const char *table, struct names *out, struct why *why);
/* Those of its primary key, in the key's order; n = 0 if it has none. */
int db_keys(sqlite3 *db, const char *schema, const char *table, struct names *out, struct why *why);
/* The tables of SCHEMA but for SQLite's own, in byte order. */
int db_tables(sqlite3 *db, const char *schema, struct names *out, struct why *why);

/*
 * The content digest of all tables of SCHEMA (README.md, Snapshot): SHA-256 over the
 * tables in name order, each "table NAME COLUMNS...\n", rows in primary key order, each value
 * as a type letter and its text (REAL rounded to 6 decimals), each with a NUL behind it.
 * Rows of table meta whose name is "program", "content", "intake_bytes" or "printed" are left out, and tables
 * whose name begins with "_" (an intake file's _answer): bytes that are the program's and no content.
 */
int db_content_digest(sqlite3 *db, const char *schema, char out[DIGEST_HEX], struct why *why);

/* The bytes of which it is the digest, for whoever makes it in shares: to SINK, in pieces and in order. */
#define SPELLING_PIECE 65536u
typedef void spelling_sink(void *to, const void *p, size_t n);
struct spelling;

/*
 * Rows by their first key: behind AFTER (NULL: all, and the
 * table's line before) up to THROUGH (NULL: the last).
 */
struct spelling_share {
	const char *after, *through;
};

struct spelling *spelling_new(spelling_sink *sink, void *to);
/* SHARE NULL: the whole of TABLE; of one that does not count, nothing. */
int  spelling_table(struct spelling *s, sqlite3 *db, const char *schema, const char *table,
    const struct spelling_share *share, struct why *why);
/* Hand over what is still held; spelling_free does not. */
void spelling_flush(struct spelling *s);
void spelling_free(struct spelling *s);
/* The sink that is a struct digest. */
spelling_sink spelling_to_digest;

#endif
