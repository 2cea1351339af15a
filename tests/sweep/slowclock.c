/*
 * slowclock - loaded before a program of a schedule: the kernel's times are the schedule's, a disk never has to
 * turn, and the program is killed where the schedule says.
 *
 * A file's ctime is told as its mtime, which the schedule sets: so a file "came" when the schedule says, and a
 * machine that sleeps finds files of different days.  fsync does nothing: a kill loses no bytes, only a power
 * cut does, and that is tests/sweep/crashes.  KILL_AT=n: before its n-th step that others can see (a file made,
 * renamed, removed, synced, a folder made) the whole process group dies; the same seed, the same place.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long count, at = -1;

static void step(void)
{
	const char *n = at < 0 ? getenv("KILL_AT") : NULL;

	if (at < 0)
		at = n != NULL ? atol(n) : 0;
	if (at > 0 && ++count == at)
		(void)kill(0, SIGKILL);
}

/* ---- steps ---- */

int fsync(int fd)
{
	(void)fd;
	step();
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	step();
	return 0;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	step();
	return REAL(renameat)(from_dir, from, to_dir, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	step();
	return REAL(renameat2)(from_dir, from, to_dir, to, flags);
}

int rename(const char *from, const char *to)
{
	step();
	return REAL(rename)(from, to);
}

int unlinkat(int dir, const char *path, int flags)
{
	step();
	return REAL(unlinkat)(dir, path, flags);
}

int unlink(const char *path)
{
	step();
	return REAL(unlink)(path);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	step();
	return REAL(mkdirat)(dir, path, mode);
}

/* The mode is there only where a file may be made; passed on as it came. */
#define OPEN_WITH(call)                                                 \
	mode_t mode = 0;                                                \
	va_list ap;                                                     \
									\
	if (flags & (O_CREAT | __O_TMPFILE)) {                          \
		va_start(ap, flags);                                    \
		mode = va_arg(ap, mode_t);                              \
		va_end(ap);                                             \
		step();                                                 \
	}                                                               \
	return call

int openat(int dir, const char *path, int flags, ...)
{
	OPEN_WITH(REAL(openat)(dir, path, flags, mode));
}

int openat64(int dir, const char *path, int flags, ...)
{
	OPEN_WITH(REAL(openat64)(dir, path, flags, mode));
}

int open(const char *path, int flags, ...)
{
	OPEN_WITH(REAL(open)(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
	OPEN_WITH(REAL(open64)(path, flags, mode));
}

/* ---- times ---- */

int fstat(int fd, struct stat *st)
{
	int rc = REAL(fstat)(fd, st);

	if (rc == 0)
		st->st_ctim = st->st_mtim;
	return rc;
}

int fstatat(int dir, const char *path, struct stat *st, int flags)
{
	int rc = REAL(fstatat)(dir, path, st, flags);

	if (rc == 0)
		st->st_ctim = st->st_mtim;
	return rc;
}

int fstat64(int fd, struct stat64 *st)
{
	int rc = REAL(fstat64)(fd, st);

	if (rc == 0)
		st->st_ctim = st->st_mtim;
	return rc;
}

int fstatat64(int dir, const char *path, struct stat64 *st, int flags)
{
	int rc = REAL(fstatat64)(dir, path, st, flags);

	if (rc == 0)
		st->st_ctim = st->st_mtim;
	return rc;
}
