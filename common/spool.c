/*
 * spool - bytes laid down one after another and read again wherever they are.
 */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "why.h"

/*
 * Rationale: what is read in order was often laid down in several turns, one behind the other; each turn is
 * read through a window of its own.
 */
#define WINDOWS      8
#define WINDOW_BYTES 16384u

struct window {
	uint64_t at, used;              /* USED: when it was last, 0: it holds nothing */
	size_t   n;
	char    *s;
};

struct spool {
	const char   *folder;           /* of the file */
	struct buf    tail;             /* what comes behind the file's end */
	size_t        most;
	int           fd;               /* -1: there is no file yet */
	uint64_t      in_file;
	uint64_t      turn;
	struct window windows[WINDOWS];
};

static _Noreturn void give_up(const char *folder)
{
	(void)fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, folder, strerror(errno));
	exit(EX_IOERR);
}

struct spool *spool_new(size_t most)
{
	struct spool *s = mem_zero(1, sizeof *s);

	s->most = most;
	s->fd = -1;
	return s;
}

void spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	for (size_t i = 0; i < WINDOWS; i++)
		free(s->windows[i].s);
	buf_free(&s->tail);
	free(s);
}

/* A file in FOLDER that has no name, or none any more; -1. */
static int open_nameless(const char *folder)
{
	struct buf name = { 0 };
	int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		buf_fmt(&name, "%s/zhoubao-XXXXXX", folder);
		fd = mkostemp(name.s, O_CLOEXEC);
		if (fd >= 0)
			(void)unlink(name.s);
	}
	buf_free(&name);
	return fd;
}

static const char *temporary_folder(void)
{
	const char *named = getenv("TMPDIR");

	if (named != NULL && *named != '\0')
		return named;
	return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
}

/* What is in memory goes behind what is in the file. */
static void move_down(struct spool *s)
{
	size_t done = 0;

	if (s->fd < 0) {
		s->folder = temporary_folder();
		s->fd = open_nameless(s->folder);
	}
	if (s->fd < 0)
		give_up(s->folder);
	while (done < s->tail.len) {
		ssize_t n = pwrite(s->fd, s->tail.s + done, s->tail.len - done, (off_t)(s->in_file + done));

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR)
			give_up(s->folder);
	}
	s->in_file += s->tail.len;
	buf_reset(&s->tail);
}

uint64_t spool_add(struct spool *s, const void *p, size_t n)
{
	uint64_t at;

	if (s->tail.len > 0 && (s->tail.len >= s->most || n > s->most - s->tail.len))
		move_down(s);
	at = s->in_file + s->tail.len;
	buf_add(&s->tail, p, n);
	return at;
}

/* Fill W with what lies at AT of the file. */
static void window_fill(struct spool *s, struct window *w, uint64_t at)
{
	ssize_t n;

	if (w->s == NULL)
		w->s = mem_alloc(WINDOW_BYTES);
	do
		n = pread(s->fd, w->s, WINDOW_BYTES, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = EIO;            /* somebody cut it */
	if (n <= 0)
		give_up(s->folder);
	w->at = at;
	w->n = (size_t)n;
}

/*
 * The window that shows AT: one that does already, else the one that has not been looked through for longest.
 */
static struct window *window_at(struct spool *s, uint64_t at)
{
	struct window *oldest = &s->windows[0], *w = NULL;

	for (size_t i = 0; i < WINDOWS && w == NULL; i++) {
		struct window *each = &s->windows[i];

		if (each->used > 0 && at >= each->at && at - each->at < each->n)
			w = each;
		else if (each->used < oldest->used)
			oldest = each;
	}
	if (w == NULL) {
		w = oldest;
		window_fill(s, w, at);
	}
	w->used = ++s->turn;
	return w;
}

void spool_get(struct spool *s, uint64_t at, void *to, size_t n)
{
	char *p = to;

	while (n > 0 && at < s->in_file) {
		const struct window *w = window_at(s, at);
		size_t from = (size_t)(at - w->at), k = w->n - from;

		/*
		 * A window may have been filled before more was
		 * moved down, but then it ends where that begins.
		 */
		k = k < n ? k : n;
		memcpy(p, w->s + from, k);
		p += k;
		at += k;
		n -= k;
	}
	if (n > 0)
		memcpy(p, s->tail.s + (at - s->in_file), n);
}
