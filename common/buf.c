/*
 * buf - growable bytes, an arena for many small strings, and memory that is
 * always there (or the program is not: buf.h says why).
 */
#include "buf.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define BLOCK_BYTES (16u * 1024u)

/* No stdio and no exit handlers: both may want memory. */
void mem_out(void)
{
	static const char line[] = "out of memory\n";

	if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
		_exit(EX_IOERR);
	_exit(EX_IOERR);
}

static size_t times(size_t count, size_t size)
{
	size_t n;

	if (__builtin_mul_overflow(count, size, &n))
		mem_out();
	return n;
}

static size_t plus(size_t a, size_t b)
{
	size_t n;

	if (__builtin_add_overflow(a, b, &n))
		mem_out();
	return n;
}

void *mem_alloc(size_t n)
{
	void *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		mem_out();
	return p;
}

void *mem_zero(size_t count, size_t size)
{
	size_t n = times(count, size);
	void *p = calloc(1, n > 0 ? n : 1);

	if (p == NULL)
		mem_out();
	return p;
}

void *mem_grow(void *p, size_t count, size_t size)
{
	size_t n = times(count, size);
	void *q = realloc(p, n > 0 ? n : 1);

	if (q == NULL)
		mem_out();
	return q;
}

char *mem_dup(const char *s)
{
	return mem_ndup(s, strlen(s));
}

char *mem_ndup(const void *s, size_t n)
{
	char *p = mem_alloc(plus(n, 1));

	if (n > 0)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

static void buf_grow(struct buf *b, size_t n)
{
	size_t need = plus(plus(b->len, n), 1);
	size_t cap = b->cap > 0 ? b->cap : 64;

	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	b->s = mem_grow(b->s, cap, 1);
	b->cap = cap;
}

/* Room for N more bytes and the NUL. */
static inline void buf_room(struct buf *b, size_t n)
{
	if (n >= b->cap - b->len)
		buf_grow(b, n);
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	buf_room(b, n);
	if (n > 0)
		memcpy(b->s + b->len, p, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_room(b, 1);
	b->s[b->len++] = c;
	b->s[b->len] = '\0';
}

void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;

	assert(fmt != NULL);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	assert(n >= 0);         /* only a wrong format fails */
	buf_room(b, (size_t)n);
	(void)vsnprintf(b->s + b->len, (size_t)n + 1, fmt, again);
	va_end(again);
	b->len += (size_t)n;
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(b, fmt, ap);
	va_end(ap);
}

const char *buf_cstr(const struct buf *b)
{
	return b->s != NULL ? b->s : "";
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->s != NULL)
		b->s[0] = '\0';
}

char *buf_take(struct buf *b)
{
	char *s = b->s != NULL ? b->s : mem_ndup("", 0);

	*b = (struct buf){ 0 };
	return s;
}

void buf_free(struct buf *b)
{
	free(b->s);
	*b = (struct buf){ 0 };
}

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	size_t size;                    /* CAP before texts were laid down */
	alignas(max_align_t) unsigned char bytes[];
};

static struct arena_block *block_new(size_t cap)
{
	struct arena_block *b = mem_zero(1, plus(sizeof *b, cap));

	b->cap = b->size = cap;
	return b;
}

/*
 * A large piece gets a block of its own behind the current one, so that the rest of
 * the current block is not lost.
 */
static struct arena_block *block_for(struct arena *a, size_t need)
{
	struct arena_block *head = a->block;

	if (head != NULL && need <= head->cap - head->used)
		return head;
	struct arena_block *b = block_new(need > BLOCK_BYTES / 4 ? need : BLOCK_BYTES);

	if (b->cap == BLOCK_BYTES || head == NULL) {
		b->next = head;
		a->block = b;
	} else {
		b->next = head->next;
		head->next = b;
	}
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	const size_t unit = alignof(max_align_t);
	size_t need = plus(n, unit - 1) / unit * unit;

	if (need == 0)
		need = unit;
	struct arena_block *b = block_for(a, need);
	void *p = b->bytes + b->used;

	b->used += need;
	return p;
}

/* gcc 12 takes a block that hangs behind the first for a leak. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
/* Rationale: texts need no alignment, and most are short: they are laid down from the block's end. */
char *arena_ndup(struct arena *a, const void *s, size_t n)
{
	struct arena_block *b = block_for(a, plus(n, 1));
	char *p;

	b->cap -= n + 1;
	p = (char *)b->bytes + b->cap;
	if (n > 0)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}
#pragma GCC diagnostic pop

char *arena_dup(struct arena *a, const char *s)
{
	return s != NULL ? arena_ndup(a, s, strlen(s)) : NULL;
}

bool arena_is_empty(const struct arena *a)
{
	return a->block == NULL || (a->block->next == NULL && a->block->used == 0 &&
	    a->block->cap == a->block->size);
}

void arena_reset(struct arena *a)
{
	struct arena_block *kept = a->block;

	if (arena_is_empty(a))
		return;
	a->block = kept->next;
	arena_free(a);
	a->block = kept;
	kept->next = NULL;
	/* What is given out is zeroed. */
	memset(kept->bytes, 0, kept->used);
	memset(kept->bytes + kept->cap, 0, kept->size - kept->cap);
	kept->used = 0;
	kept->cap = kept->size;
}

void arena_free(struct arena *a)
{
	for (struct arena_block *b = a->block, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	a->block = NULL;
}
