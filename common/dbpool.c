/*
 * dbpool - SQLite's memory, in pieces that are kept for the next time.
 *
 * SQLite takes a piece of memory for every text that a step of a statement hands on, a hundred for a
 * project of a fold.  It has a way to keep such pieces (lookaside), but a distribution's library may be
 * built without it, and then malloc() and free() are a tenth of a fold's instructions.  So small pieces are
 * cut from blocks, by size, and never given back; there is one thread (db.c), so that a piece is taken and
 * returned in a few instructions.
 *
 * Rationale: what is small here stays small in sum, since rows pass through one at a time; pages and all
 * that grows with a site are larger than LARGEST and malloc's.  Under a sanitizer all is the sanitizer's.
 */
#include "dbpool.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(MEMORY_PLAIN)

#define STEP    32u             /* sizes of pieces, their heads included [bytes] */
#define LARGEST 2048u
#define BLOCK   65536u

/* In front of every piece: how many bytes there are behind it. */
struct head {
	size_t size;
};

/* A piece that nobody has: the next one of its size lies where its bytes were. */
struct spare {
	struct head   head;
	struct spare *next;
};

/* SQLite has one memory for a process, whatever the connection. */
static struct {
	struct spare *spares[LARGEST / STEP + 1];       /* by size */
	char         *at, *end;                         /* what is left of the last block */
} pool;

static struct head *head_of(void *p)
{
	return (struct head *)p - 1;
}

/* Bytes of a whole piece for N, its head included. */
static size_t piece_for(size_t n)
{
	return (n + sizeof(struct head) + STEP - 1) / STEP * STEP;
}

/* SIZE bytes that were never used; NULL: no memory. */
static struct head *cut(size_t size)
{
	struct head *piece;

	if ((size_t)(pool.end - pool.at) < size) {
		char *block = malloc(BLOCK);

		if (block == NULL)
			return NULL;
		pool.at = block;
		pool.end = block + BLOCK;
	}
	piece = (struct head *)(void *)pool.at;
	pool.at += size;
	return piece;
}

static struct head *take(size_t size)
{
	struct spare *spare;

	if (size > LARGEST)
		return malloc(size);
	spare = pool.spares[size / STEP];
	if (spare == NULL)
		return cut(size);
	pool.spares[size / STEP] = spare->next;
	return &spare->head;
}

static void *pool_malloc(int n)
{
	size_t size = piece_for((size_t)n);
	struct head *piece = take(size);

	if (piece == NULL)
		return NULL;
	piece->size = size - sizeof *piece;
	return piece + 1;
}

static void pool_free(void *p)
{
	struct head *piece;
	struct spare *spare;
	size_t size;

	if (p == NULL)
		return;
	piece = head_of(p);
	size = piece->size + sizeof *piece;
	if (size > LARGEST) {
		free(piece);
		return;
	}
	spare = (struct spare *)(void *)piece;
	spare->next = pool.spares[size / STEP];
	pool.spares[size / STEP] = spare;
}

static int pool_size(void *p)
{
	return p != NULL ? (int)head_of(p)->size : 0;
}

static int pool_roundup(int n)
{
	return (int)(piece_for((size_t)n) - sizeof(struct head));
}

static void *pool_realloc(void *p, int n)
{
	size_t had = head_of(p)->size, size = piece_for((size_t)n);
	struct head *piece;
	void *q;

	if (size - sizeof *piece == had)
		return p;
	if (had + sizeof *piece > LARGEST && size > LARGEST) {
		piece = realloc(head_of(p), size);
		if (piece == NULL)
			return NULL;
		piece->size = size - sizeof *piece;
		return piece + 1;
	}
	q = pool_malloc(n);
	if (q != NULL) {
		memcpy(q, p, had < (size_t)n ? had : (size_t)n);
		pool_free(p);
	}
	return q;
}

static int pool_begin(void *unused)
{
	(void)unused;
	return SQLITE_OK;
}

static void pool_end(void *unused)
{
	(void)unused;
}

void dbpool_use(void)
{
	static const sqlite3_mem_methods methods = {
		.xMalloc = pool_malloc, .xFree = pool_free, .xRealloc = pool_realloc, .xSize = pool_size,
		.xRoundup = pool_roundup, .xInit = pool_begin, .xShutdown = pool_end,
	};

	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

#else

void dbpool_use(void)
{
}

#endif
