/*
 * failmalloc - loaded before a program, fails its N-th allocation; with FAILMALLOC_ON all from the N-th on.
 * Only the process that was started counts: the child that reads foreign bytes has limits and tests of its own.
 * FAILMALLOC_COUNT names a file that gets the number of allocations at the end, then no allocation fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own, so that finding them allocates nothing. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static long count, at;
static bool ready, on, is_child;

/* Told by fork(): a sandboxed child may not even ask for its pid. */
static void forked(void)
{
	is_child = true;
}

__attribute__((constructor)) static void begin(void)
{
	const char *n = getenv("FAILMALLOC_AT");

	at = n != NULL ? atol(n) : 0;
	on = getenv("FAILMALLOC_ON") != NULL;
	ready = pthread_atfork(NULL, NULL, forked) == 0;
}

static bool fails(void)
{
	if (!ready || is_child)
		return false;
	count++;
	if (at == 0 || (on ? count < at : count != at))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n) { return fails() ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return fails() ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return fails() ? NULL : __libc_realloc(p, n); }
void *memalign(size_t to, size_t n) { return fails() ? NULL : __libc_memalign(to, n); }
void *aligned_alloc(size_t to, size_t n) { return fails() ? NULL : __libc_memalign(to, n); }

int posix_memalign(void **out, size_t to, size_t n)
{
	void *p = fails() ? NULL : __libc_memalign(to, n);

	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAILMALLOC_COUNT");
	char text[24];
	int fd, n;

	if (path == NULL || is_child)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	n = snprintf(text, sizeof text, "%ld\n", count);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		_exit(99);
}
