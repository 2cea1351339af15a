/*
 * fold_digest - the content digest of a week that is folded, made by two processes.
 *
 * A digest is made of one stream of bytes in one order, but most of the time goes into reading the rows
 * and spelling them.  So the tables are cut into shares of units; of three shares a second process spells
 * two, and hands the bytes over in memory that both have; this one spells the third, and hashes all of them
 * in their order.  What is cut, and who spells it, cannot show: the bytes are the same.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aggregator.h"

/* Rows due of a share: enough to be worth a statement, few enough that neither process waits long. */
#define SHARE_ROWS 3000

/* Pieces that the second process may be ahead: 8 MB; it is told of each lot of them that was taken. */
#define SLOTS 128
#define LOT   32

/* What one process spells at a time. */
struct share {
	const char           *table;    /* of the names of the tables */
	struct spelling_share rows;     /* of the bounds */
	bool                  second;   /* whether the second process does */
};

struct shares {
	struct share *v;
	size_t        n, cap;
	struct names  tables, bounds;
};

/* The bytes of the second process on their way: a message for each piece, an empty one ends a share. */
struct handing {
	struct folding      *g;
	const struct shares *shares;
	char                *slots;     /* in memory of both */
	size_t               n;         /* pieces so far */
	int                  ends[2];   /* [0] takes, [1] gives */
};

/* ---- shares ---- */

static int64_t share_rows(const struct folding *g)
{
	return g->f->divide_from > 0 ? g->f->divide_from : SHARE_ROWS;
}

/* Units that end a share: behind so many rows due, and none behind the last of them. */
static int find_bounds(struct folding *g, struct names *out, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int64_t rows = 0;
	int step, rc = -1;

	if (db_prepare(g->db, "SELECT unit, count(*) FROM main.due GROUP BY unit ORDER BY unit", &stmt,
	    why) != 0)
		goto out;
	while ((step = db_step(stmt, "due", why)) == 1) {
		rows += sqlite3_column_int64(stmt, 1);
		if (rows < share_rows(g))
			continue;
		vec_room(out->v, out->n, out->cap);
		out->v[out->n++] = mem_dup((const char *)sqlite3_column_text(stmt, 0));
		rows = 0;
	}
	if (step < 0)
		goto out;
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* Whether TABLE has more rows than a share; one that cannot be asked says so when it is spelled. */
static bool is_worth_cutting(struct folding *g, const char *table)
{
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	bool worth = false;

	buf_str(&sql, "SELECT 1 FROM main.");
	sql_name(&sql, table);
	buf_str(&sql, " LIMIT 1 OFFSET ?1");
	if (sqlite3_prepare_v2(g->db, buf_cstr(&sql), -1, &stmt, NULL) == SQLITE_OK) {
		(void)sqlite3_bind_int64(stmt, 1, share_rows(g));
		worth = sqlite3_step(stmt) == SQLITE_ROW;
	}
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	return worth;
}

/* Whether every row of TABLE is in a share of units: its key begins with a unit, which is never NULL. */
static bool goes_by_units(sqlite3 *db, const char *table)
{
	int not_null = 0, in_key = 0;
	struct names keys = { 0 };
	struct why ignored;
	bool goes = sqlite3_table_column_metadata(db, "main", table, "unit", NULL, NULL, &not_null, &in_key,
	    NULL) == SQLITE_OK && not_null && in_key && db_keys(db, "main", table, &keys, &ignored) == 0 &&
	    keys.n > 1 && strcmp(keys.v[0], "unit") == 0;

	names_free(&keys);
	return goes;
}

static void add_share(struct shares *all, const char *table, const char *after, const char *through,
    bool second)
{
	vec_room(all->v, all->n, all->cap);
	all->v[all->n++] = (struct share){ .table = table, .rows = { after, through }, .second = second };
}

static int cut(struct folding *g, struct shares *out, struct why *why)
{
	if (db_tables(g->db, "main", &out->tables, why) != 0 || find_bounds(g, &out->bounds, why) != 0)
		return -1;
	for (size_t i = 0; i < out->tables.n; i++) {
		const char *table = out->tables.v[i], *after = NULL;
		size_t n = goes_by_units(g->db, table) && is_worth_cutting(g, table) ? out->bounds.n : 0;

		for (size_t k = 0; k < n; k++) {
			add_share(out, table, after, out->bounds.v[k], k % 3 != 0);
			after = out->bounds.v[k];
		}
		add_share(out, table, after, NULL, n > 0 && n % 3 != 0);
	}
	return 0;
}

static void shares_free(struct shares *all)
{
	free(all->v);
	names_free(&all->tables);
	names_free(&all->bounds);
}

/* ---- the second process ---- */

static char *slot(const struct handing *h, size_t piece)
{
	return h->slots + piece % SLOTS * SPELLING_PIECE;
}

/* Nobody is there to take it any more: the other process is gone, or does without. */
static void tell(int fd, uint32_t n)
{
	if (send(fd, &n, sizeof n, MSG_NOSIGNAL) != (ssize_t)sizeof n)
		_exit(EX_IOERR);
}

/*
 * Where the other process has ended and not heard everything, that is said once, before what it told and what
 * is still here to be heard: behind that comes the end.
 */
static bool hear(int fd, uint32_t *n)
{
	ssize_t got;

	do
		got = recv(fd, n, sizeof *n, 0);
	while (got < 0 && (errno == EINTR || errno == ECONNRESET));
	return got == (ssize_t)sizeof *n;
}

static void give(void *to, const void *p, size_t n)
{
	struct handing *h = to;
	uint32_t taken;

	for (size_t at = 0, part; at < n; at += part) {
		part = n - at < SPELLING_PIECE ? n - at : SPELLING_PIECE;
		if (h->n >= SLOTS && h->n % LOT == 0 && !hear(h->ends[1], &taken))
			_exit(EX_IOERR);
		memcpy(slot(h, h->n), (const char *)p + at, part);
		h->n++;
		tell(h->ends[1], (uint32_t)part);
	}
}

static int spell_seconds(void *ctx, struct why *why)
{
	struct handing *h = ctx;
	struct spelling *s = spelling_new(give, h);
	sqlite3 *db = NULL;
	int rc;

	(void)close(h->ends[0]);
	rc = db_memory(&db, why);
	if (rc == 0)
		rc = fold_attach_own(h->g, db, "week", why);
	for (size_t i = 0; rc == 0 && i < h->shares->n; i++) {
		const struct share *share = &h->shares->v[i];

		if (!share->second)
			continue;
		rc = spelling_table(s, db, "week", share->table, &share->rows, why);
		spelling_flush(s);
		tell(h->ends[1], 0);
	}
	db_close(db);
	spelling_free(s);
	return rc;
}

/* ---- the first ---- */

/* Tell the second process of a lot that was taken; false: it may be there, and would wait for this for ever. */
static bool tell_taken(int fd)
{
	const uint32_t n = LOT;
	ssize_t put;

	do
		put = send(fd, &n, sizeof n, MSG_NOSIGNAL);
	while (put < 0 && errno == EINTR);
	/* Where it has ended since, nobody hears it, and nobody has to. */
	return put == (ssize_t)sizeof n || errno == EPIPE || errno == ECONNRESET;
}

/* Take one share of the second process to its end; false: it does not come. */
static bool take(struct handing *h, struct digest *digest)
{
	uint32_t n;

	while (hear(h->ends[0], &n)) {
		if (n == 0)
			return true;
		digest_add(digest, slot(h, h->n), n);
		h->n++;
		if (h->n % LOT == 0 && !tell_taken(h->ends[0]))
			return false;
	}
	return false;
}

/* All of it in order.  1: the second process did not do its part. */
static int hash(struct handing *h, struct digest *digest, struct why *why)
{
	struct spelling *s = spelling_new(spelling_to_digest, digest);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < h->shares->n; i++) {
		const struct share *share = &h->shares->v[i];

		if (share->second) {
			rc = take(h, digest) ? 0 : 1;
		} else {
			rc = spelling_table(s, h->g->db, "main", share->table, &share->rows, why);
			spelling_flush(s);
		}
	}
	spelling_free(s);
	return rc;
}

/* The digest by two processes; 1: there is only one after all. */
static int by_two(struct handing *h, char out[DIGEST_HEX], struct why *why)
{
	struct digest *digest = digest_new();
	char got[DIGEST_HEX];
	pid_t pid = aside_begin(spell_seconds, h);
	int rc = pid < 0 ? 1 : 0;

	(void)close(h->ends[1]);
	if (rc == 0)
		rc = hash(h, digest, why);
	(void)close(h->ends[0]);
	if (pid >= 0 && !aside_end(pid) && rc == 0)
		rc = 1;
	digest_end(digest, got);
	if (rc == 0) {
		memcpy(out, got, DIGEST_HEX);
		h->g->aside.digest++;
	}
	return rc;
}

static int with_second(struct folding *g, const struct shares *shares, char out[DIGEST_HEX], struct why *why)
{
	struct handing h = { .g = g, .shares = shares };
	size_t size = (size_t)SLOTS * SPELLING_PIECE;
	int rc;

	h.slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (h.slots == MAP_FAILED)
		return 1;
	rc = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, h.ends) == 0 ? by_two(&h, out, why) : 1;
	(void)munmap(h.slots, size);
	return rc;
}

/* The snapshot is closed up: what the second process reads has to lie in the file. */
static int closed_digest(struct folding *g, char out[DIGEST_HEX], struct why *why)
{
	struct shares shares = { 0 };
	int rc = 1;

	if (g->f->workers > 1) {
		rc = cut(g, &shares, why);
		if (rc == 0)
			rc = with_second(g, &shares, out, why);
		shares_free(&shares);
	}
	return rc <= 0 ? rc : db_content_digest(g->db, "main", out, why);
}

int fold_digest(struct folding *g, char out[DIGEST_HEX], struct why *why)
{
	if (g->middle == NULL)
		return db_content_digest(g->db, "main", out, why);
	/* With one worker too: a database counts how often it was closed up. */
	if (db_exec(g->db, "COMMIT", why) != 0 || closed_digest(g, out, why) != 0)
		return -1;
	return db_exec(g->db, "BEGIN", why);
}
