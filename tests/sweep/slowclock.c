/*
 * slowclock - loaded before a program of a schedule: the kernel's times are the schedule's, a disk never has to
 * turn, and the program is killed, its disk is full or its folder is read-only where the schedule says.
 *
 * A file's ctime is told as its mtime, which the schedule sets: so a file "came" when the schedule says, and a
 * machine that sleeps finds files of different days.  fsync does nothing: a kill loses no bytes, only a power
 * cut does, and that is tests/sweep/crashes.  Steps that others can see (a file made, renamed, removed, synced, a
 * folder made) are counted in the file STEPS by all processes of a run together; the same seed, the same place.
 * KILL_AT=n: before the n-th the whole process group dies.  FULL_AT=n: from the n-th on nothing can be made or
 * written, until the run ends.  READ_ONLY=folder: nothing in it can be changed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define DESCRIPTORS 1024

static long *count, kill_at = -1, full_at;
static bool made[DESCRIPTORS];          /* those of files that were made */

static long said(const char *name)
{
	const char *n = getenv(name);

	return n != NULL ? atol(n) : 0;
}

/* Without the file there is nothing to count: no step is the n-th. */
static void begin(void)
{
	const char *steps = getenv("STEPS");
	int fd;

	kill_at = said("KILL_AT");
	full_at = said("FULL_AT");
	if (kill_at + full_at == 0 || steps == NULL)
		return;
	fd = REAL(open)(steps, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (count == MAP_FAILED)
		count = NULL;
	(void)close(fd);
}

static void step(void)
{
	if (kill_at < 0)
		begin();
	if (count != NULL && __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST) == kill_at)
		(void)kill(0, SIGKILL);
}

static bool is_full(void)
{
	return count != NULL && full_at > 0 && __atomic_load_n(count, __ATOMIC_SEQ_CST) >= full_at;
}

/* Whether PATH in DIR lies in the folder that is read-only. */
static bool is_closed(int dir, const char *path)
{
	const char *closed = getenv("READ_ONLY");
	char link[64], whole[2 * PATH_MAX];
	ssize_t n = 0;

	if (closed == NULL)
		return false;
	if (path[0] != '/') {
		(void)snprintf(link, sizeof link, dir == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", dir);
		n = readlink(link, whole, PATH_MAX);
		if (n < 0)
			return false;
		whole[n++] = '/';
	}
	(void)snprintf(whole + n, sizeof whole - (size_t)n, "%s", path);
	n = (ssize_t)strlen(closed);
	return strncmp(whole, closed, (size_t)n) == 0 && (whole[n] == '/' || whole[n] == '\0');
}

static int fails(int error)
{
	errno = error;
	return -1;
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
	if (is_closed(from_dir, from) || is_closed(to_dir, to))
		return fails(EROFS);
	return REAL(renameat)(from_dir, from, to_dir, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	step();
	if (is_closed(from_dir, from) || is_closed(to_dir, to))
		return fails(EROFS);
	return REAL(renameat2)(from_dir, from, to_dir, to, flags);
}

int rename(const char *from, const char *to)
{
	step();
	if (is_closed(AT_FDCWD, from) || is_closed(AT_FDCWD, to))
		return fails(EROFS);
	return REAL(rename)(from, to);
}

int unlinkat(int dir, const char *path, int flags)
{
	step();
	return is_closed(dir, path) ? fails(EROFS) : REAL(unlinkat)(dir, path, flags);
}

int unlink(const char *path)
{
	step();
	return is_closed(AT_FDCWD, path) ? fails(EROFS) : REAL(unlink)(path);
}

/* What may not be made for want of room or leave; what is there is no trouble. */
static int refused(int dir, const char *path)
{
	if (faccessat(dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return is_closed(dir, path) ? EROFS : is_full() ? ENOSPC : 0;
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	int error;

	step();
	error = refused(dir, path);
	return error != 0 ? fails(error) : REAL(mkdirat)(dir, path, mode);
}

int mkdir(const char *path, mode_t mode)
{
	int error;

	step();
	error = refused(AT_FDCWD, path);
	return error != 0 ? fails(error) : REAL(mkdir)(path, mode);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	int error;

	step();
	error = refused(to_dir, to);
	return error != 0 ? fails(error) : REAL(linkat)(from_dir, from, to_dir, to, flags);
}

/*
 * Whether FD is a file that was made here, and its disk is full.
 *
 * Rationale: not by fstat, which a sandboxed child may not call.
 */
static bool has_no_room(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS && made[fd] && is_full();
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	return has_no_room(fd) ? fails(ENOSPC) : REAL(write)(fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	return has_no_room(fd) ? fails(ENOSPC) : REAL(pwrite)(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	return has_no_room(fd) ? fails(ENOSPC) : REAL(pwrite64)(fd, bytes, n, at);
}

static int noted(int fd, int flags)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		made[fd] = (flags & O_CREAT) != 0;
	return fd;
}

int close(int fd)
{
	(void)noted(fd, 0);
	return REAL(close)(fd);
}

int pipe2(int fd[2], int flags)
{
	int rc = REAL(pipe2)(fd, flags);

	(void)noted(fd[0], 0);
	(void)noted(fd[1], 0);
	return rc;
}

/* The mode is there only where a file may be made; passed on as it came. */
#define OPEN_WITH(dir, call)                                            \
	mode_t mode = 0;                                                \
	va_list ap;                                                     \
									\
	if (flags & (O_CREAT | __O_TMPFILE)) {                          \
		int error;                                              \
									\
		va_start(ap, flags);                                    \
		mode = va_arg(ap, mode_t);                              \
		va_end(ap);                                             \
		step();                                                 \
		error = refused(dir, path);                             \
		if (error != 0)                                         \
			return fails(error);                            \
	}                                                               \
	return noted(call, flags)

int openat(int dir, const char *path, int flags, ...)
{
	OPEN_WITH(dir, REAL(openat)(dir, path, flags, mode));
}

int openat64(int dir, const char *path, int flags, ...)
{
	OPEN_WITH(dir, REAL(openat64)(dir, path, flags, mode));
}

int open(const char *path, int flags, ...)
{
	OPEN_WITH(AT_FDCWD, REAL(open)(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
	OPEN_WITH(AT_FDCWD, REAL(open64)(path, flags, mode));
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
