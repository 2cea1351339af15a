/*
 * buf - growable bytes, an arena for many small strings, and memory that is always there.
 *
 * Rationale: every program may be killed at any instruction and converges on
 * its next run (architecture.md), so running out of memory is simply an end:
 * one line on stderr and exit 74.  No caller has to check for NULL.
 */
#ifndef ZB_BUF_H
#define ZB_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Never NULL; sizes of 0 are allowed.  Free with free(). */
#define MEM_SURE __attribute__((returns_nonnull, warn_unused_result))

/* The end of a program without memory: the line, EX_IOERR. */
_Noreturn void mem_out(void);
void *mem_alloc(size_t n) MEM_SURE;
void *mem_zero(size_t count, size_t size) MEM_SURE;             /* zeroed; overflow-checked */
void *mem_grow(void *p, size_t count, size_t size) MEM_SURE;    /* to COUNT elements; overflow-checked */
char *mem_dup(const char *s) MEM_SURE;
char *mem_ndup(const void *s, size_t n) MEM_SURE;               /* adds the NUL */

/*
 * Room for one more element in a vector: V (pointer lvalue), N used, CAP (size_t
 * lvalue).  Grows by doubling.
 */
#define vec_room(v, n, cap) \
	((n) < (cap) ? (void)0 : \
	 (void)((cap) = (cap) ? 2 * (cap) : 8, (v) = mem_grow((v), (cap), sizeof *(v))))

struct buf {
	char  *s;               /* LEN bytes and a NUL, or NULL while nothing was added */
	size_t len, cap;
};

void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
const char *buf_cstr(const struct buf *b);              /* "" while empty */
void buf_reset(struct buf *b);                          /* length 0, memory kept */
char *buf_take(struct buf *b);                          /* the caller frees; B is empty after */
void buf_free(struct buf *b);

/* Strings that die together.  A zeroed struct is an empty arena. */
struct arena {
	struct arena_block *block;
};

void *arena_alloc(struct arena *a, size_t n) MEM_SURE;  /* zeroed, aligned for any type */
char *arena_ndup(struct arena *a, const void *s, size_t n) MEM_SURE;    /* adds the NUL */
char *arena_dup(struct arena *a, const char *s);        /* NULL stays NULL */
/* Whether nothing is in it; and nothing is any more, but there is room for the next. */
bool arena_is_empty(const struct arena *a);
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#endif
