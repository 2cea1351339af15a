/*
 * fsio_walk - the way to a file, no link followed; and folders.
 *
 * A path under ROOT is opened without following a link anywhere: by openat2(2), or where the kernel lacks
 * that, or to say what is wrong, walked name by name, each opened relative to the one before, so a folder
 * swapped for a link while we walk is refused and not followed.
 */
#include "fsio_walk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- walking ---- */

int walk_open(int dir, const char *name, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dir, name, flags, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int walk_trouble(const char *path, struct why *why)
{
	if (errno == ENOENT)
		return -2;
	if (errno == ELOOP)
		return why_set(why, EX_IOERR, "%s: is a symbolic link, which is never followed", path);
	if (errno == ENOTDIR)
		return why_set(why, EX_IOERR, "%s: a folder of this path is a symbolic link or no folder",
		    path);
	return why_errno(why, path);
}

/*
 * Take the next name of *PATH into NAME.  Returns 1, 0 at the end, -1 for a name that
 * no path of a site has: ".." or one that is too long.
 */
static int next_name(const char **path, char name[NAME_MAX + 1])
{
	const char *p = *path;
	size_t n;

	for (;;) {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n != 1 || *p != '.')
			break;
		p += n;         /* "." is where we are */
	}
	*path = p + n;
	if (n == 0)
		return 0;
	if (n > NAME_MAX || (n == 2 && memcmp(p, "..", 2) == 0))
		return -1;
	memcpy(name, p, n);
	name[n] = '\0';
	return 1;
}

static int bad_path(const char *path, struct why *why)
{
	return why_set(why, EX_IOERR, "%s: no path inside the folder (.. or too long a name)", path);
}

/*
 * The same in one call, where the kernel has it and nothing is to be refused: a descriptor, -2 if it is not
 * there, -1 for trouble, -3 if the way has to be walked.
 */
static int open_at_once(int root, const char *path, const char *whole, struct why *why)
{
	struct open_how how = { .flags = WALK_FOLDER, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	int fd;

	if (strstr(path, "..") != NULL)
		return -3;
	do
		fd = (int)syscall(SYS_openat2, root, *path != '\0' ? path : ".", &how, sizeof how);
	while (fd < 0 && errno == EINTR);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == EIO || errno == EMFILE || errno == ENOMEM)
		return walk_trouble(whole, why);
	return -3;
}

int walk_folder(int root, const char *path, const char *whole, struct why *why)
{
	char name[NAME_MAX + 1];
	const char *rest = path;
	int more, fd;

	if (root == AT_FDCWD) {
		fd = walk_open(root, *path != '\0' ? path : ".", WALK_FOLDER, 0);
		return fd >= 0 ? fd : walk_trouble(whole, why);
	}
	assert(*path != '/');
	fd = open_at_once(root, path, whole, why);
	if (fd != -3)
		return fd;
	fd = walk_open(root, ".", WALK_FOLDER, 0);
	while (fd >= 0 && (more = next_name(&rest, name)) != 0) {
		if (more < 0) {
			(void)close(fd);
			return bad_path(whole, why);
		}
		int next = walk_open(fd, name, WALK_FOLDER | O_NOFOLLOW, 0);
		int e = errno;

		(void)close(fd);        /* was only read */
		errno = e;
		fd = next;
	}
	return fd >= 0 ? fd : walk_trouble(whole, why);
}

int spot_open(int root, const char *path, struct spot *out, struct why *why)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return bad_path(path, why);
	/* The slash goes along: "/a" lies in "/", not in "". */
	char *folder = mem_ndup(path, (size_t)(name - path));
	int dir = walk_folder(root, folder, path, why);

	free(folder);
	if (dir < 0)
		return dir;
	out->dir = dir;
	out->name = name;
	return 0;
}

void spot_close(struct spot *s)
{
	(void)close(s->dir);    /* a folder: nothing is written through it */
}

int walk_sync(int fd, const char *what, struct why *why)
{
	return fsync(fd) == 0 ? 0 : why_errno(why, what);
}

int walk_close(int fd, const char *what, struct why *why)
{
	return close(fd) == 0 || errno == EINTR ? 0 : why_errno(why, what);
}

int spot_file(const struct spot *s, int more_flags, const char *path, struct why *why)
{
	struct stat st;
	/* O_NONBLOCK: opening a FIFO must not wait for its other end. */
	int fd = walk_open(s->dir, s->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | more_flags, 0);

	if (fd < 0)
		return walk_trouble(path, why);
	if (fstat(fd, &st) != 0)
		why_errno(why, path);
	else if (!S_ISREG(st.st_mode))
		why_set(why, EX_IOERR, "%s: is not a regular file", path);
	else
		return fd;
	(void)close(fd);
	return -1;
}

/* ---- folders ---- */

int fsio_folder(const char *path, struct why *why)
{
	int fd = walk_open(AT_FDCWD, path, WALK_FOLDER, 0);

	return fd >= 0 ? fd : why_errno(why, path);
}

/* Open NAME in DIR, making it if it is not there; with SYNC its name is durable then.  A descriptor or -1. */
static int make_one(int dir, const char *name, mode_t mode, bool sync, const char *path, struct why *why)
{
	/* Made with its mode: a run that is killed before a later fchmod would leave another for good. */
	mode_t mask = umask(0);
	bool made = mkdirat(dir, name, mode) == 0;
	int e = errno;

	(void)umask(mask);
	errno = e;
	if (!made && errno != EEXIST)
		return why_errno(why, path);
	int fd = walk_open(dir, name, WALK_FOLDER | O_NOFOLLOW, 0);

	if (fd < 0)
		return walk_trouble(path, why) == -2 ? why_errno(why, path) : -1;
	/* Nothing is in it yet: its name is all that there is to keep. */
	if (made && sync && fsync(dir) != 0) {
		why_errno(why, path);
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int make_path(int root, const char *path, mode_t mode, bool sync, struct why *why)
{
	char name[NAME_MAX + 1];
	const char *rest = path;
	int more = 0, fd;

	assert(root == AT_FDCWD || *path != '/');
	assert((mode & ~0777u) == 0);   /* mkdir takes no more than the nine bits */
	fd = root == AT_FDCWD ? -2 : open_at_once(root, path, path, why);
	if (fd == -1)
		return -1;
	if (fd >= 0) {                  /* as nearly always */
		(void)close(fd);
		return 0;
	}
	fd = walk_open(root, *path == '/' ? "/" : ".", WALK_FOLDER, 0);

	if (fd < 0)
		return why_errno(why, path);
	while (fd >= 0 && (more = next_name(&rest, name)) > 0) {
		int next = make_one(fd, name, mode, sync, path, why);

		(void)close(fd);
		fd = next;
	}
	if (fd >= 0)
		(void)close(fd);
	if (more < 0)
		return bad_path(path, why);
	return fd >= 0 ? 0 : -1;
}

int fsio_make(int root, const char *path, mode_t mode, struct why *why)
{
	return make_path(root, path, mode, true, why);
}

int fsio_make_unsettled(int root, const char *path, mode_t mode, struct why *why)
{
	return make_path(root, path, mode, false, why);
}
