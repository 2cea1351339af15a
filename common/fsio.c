/*
 * fsio - files without surprises.
 *
 * A path under ROOT is opened without following a link anywhere: by openat2(2), or where the kernel lacks that, or
 * to say what is wrong, walked name by name, each opened relative to the one before, so a folder swapped for a link
 * while we walk is refused and not followed.
 *
 * A file is made in steps: what is left of an earlier run under the temporary
 * name goes; the temporary is made exclusively; bytes, mode, fsync, close;
 * rename; fsync of the folder.
 * Rationale: fsync that failed is never tried again.  The kernel may already
 * have dropped the pages it could not write, and a second fsync would then say
 * "fine" about bytes that are lost.  The temporary is removed instead, and the
 * next run makes the file anew.
 */
#include "fsio.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TEMPORARY    ".tmp."
#define STREAM_BYTES (128u * 1024u)
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* ---- walking ---- */

static int open_again(int dir, const char *name, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dir, name, flags, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* Say why NAME of PATH could not be opened, from errno: -2 if it is not there. */
static int open_trouble(const char *path, struct why *why)
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
 * The same in one call, where the kernel has it and nothing is to be refused: a descriptor, -2 if it is not there, -1
 * for trouble, -3 if the way has to be walked.
 */
static int open_at_once(int root, const char *path, const char *whole, struct why *why)
{
	struct open_how how = { .flags = FOLDER_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	int fd;

	if (strstr(path, "..") != NULL)
		return -3;
	do
		fd = (int)syscall(SYS_openat2, root, *path != '\0' ? path : ".", &how, sizeof how);
	while (fd < 0 && errno == EINTR);
	if (fd >= 0)
		return fd;
	return errno == ENOENT || errno == EIO || errno == EMFILE || errno == ENOMEM ? open_trouble(whole, why) : -3;
}

/*
 * Open the folder PATH under ROOT: a descriptor, -2 if it is not there, -1.  Below
 * AT_FDCWD, PATH is the operator's own word and is opened as it stands.  Messages name WHOLE.
 */
static int folder_open(int root, const char *path, const char *whole, struct why *why)
{
	char name[NAME_MAX + 1];
	const char *rest = path;
	int more, fd;

	if (root == AT_FDCWD) {
		fd = open_again(root, *path != '\0' ? path : ".", FOLDER_FLAGS, 0);
		return fd >= 0 ? fd : open_trouble(whole, why);
	}
	assert(*path != '/');
	fd = open_at_once(root, path, whole, why);
	if (fd != -3)
		return fd;
	fd = open_again(root, ".", FOLDER_FLAGS, 0);
	while (fd >= 0 && (more = next_name(&rest, name)) != 0) {
		if (more < 0) {
			(void)close(fd);
			return bad_path(whole, why);
		}
		int next = open_again(fd, name, FOLDER_FLAGS | O_NOFOLLOW, 0);
		int e = errno;

		(void)close(fd);        /* was only read */
		errno = e;
		fd = next;
	}
	return fd >= 0 ? fd : open_trouble(whole, why);
}

/* A folder that is open, and the name in it that a path ends with. */
struct spot {
	int         dir;
	const char *name;       /* the end of the caller's path */
};

/* 0; -2 if the folder is not there; -1.  Closed by spot_close. */
static int spot_open(int root, const char *path, struct spot *out, struct why *why)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return bad_path(path, why);
	/* The slash goes along: "/a" lies in "/", not in "". */
	char *folder = mem_ndup(path, (size_t)(name - path));
	int dir = folder_open(root, folder, path, why);

	free(folder);
	if (dir < 0)
		return dir;
	out->dir = dir;
	out->name = name;
	return 0;
}

static void spot_close(struct spot *s)
{
	(void)close(s->dir);    /* a folder: nothing is written through it */
}

static int sync_checked(int fd, const char *what, struct why *why)
{
	return fsync(fd) == 0 ? 0 : why_errno(why, what);
}

/* Once only, whatever it says: after EINTR Linux has closed it. */
static int close_checked(int fd, const char *what, struct why *why)
{
	return close(fd) == 0 || errno == EINTR ? 0 : why_errno(why, what);
}

/* ---- folders ---- */

int fsio_folder(const char *path, struct why *why)
{
	int fd = open_again(AT_FDCWD, path, FOLDER_FLAGS, 0);

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
	int fd = open_again(dir, name, FOLDER_FLAGS | O_NOFOLLOW, 0);

	if (fd < 0)
		return open_trouble(path, why) == -2 ? why_errno(why, path) : -1;
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
	fd = open_again(root, *path == '/' ? "/" : ".", FOLDER_FLAGS, 0);

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

/* ---- reading ---- */

/* The descriptor of a regular file, -2, -1. */
static int spot_file(const struct spot *s, int more_flags, const char *path, struct why *why)
{
	struct stat st;
	/* O_NONBLOCK: opening a FIFO must not wait for its other end. */
	int fd = open_again(s->dir, s->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | more_flags, 0);

	if (fd < 0)
		return open_trouble(path, why);
	if (fstat(fd, &st) != 0)
		why_errno(why, path);
	else if (!S_ISREG(st.st_mode))
		why_set(why, EX_IOERR, "%s: is not a regular file", path);
	else
		return fd;
	(void)close(fd);
	return -1;
}

int fsio_open(int root, const char *path, struct why *why)
{
	struct spot s;
	int fd = spot_open(root, path, &s, why);

	if (fd != 0)
		return fd;
	fd = spot_file(&s, root == AT_FDCWD ? 0 : O_NOFOLLOW, path, why);
	spot_close(&s);
	return fd;
}

/* At most N bytes at AT; fewer only at the end of the file.  -1: errno. */
static ssize_t read_at(int fd, void *to, size_t n, uint64_t at)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = pread(fd, (char *)to + done, n - done, (off_t)(at + done));

		if (r == 0)
			break;
		if (r < 0 && errno != EINTR)
			return -1;
		if (r > 0)
			done += (size_t)r;
	}
	return (ssize_t)done;
}

static int write_all(int fd, const void *p, size_t n)
{
	const char *s = p;

	while (n > 0) {
		ssize_t w = write(fd, s, n);

		if (w < 0 && errno != EINTR)
			return -1;
		if (w > 0) {
			s += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

/*
 * All of FD from its start, piece by piece: into BYTES, into the descriptor TO, or only
 * into the digest; each may be left out (NULL, -1, NULL).  FD's own position stays.
 */
struct stream {
	int            fd;
	uint64_t       cap;
	struct buf    *bytes;
	int            to;
	struct digest *digest;
	uint64_t       n;       /* out */
};

static int stream_piece(struct stream *s, const char *piece, size_t n, const char *path, struct why *why)
{
	if (n > s->cap - s->n)
		return why_set(why, EX_DATAERR, "%s: larger than %llu bytes", path,
		    (unsigned long long)s->cap);
	if (s->bytes != NULL)
		buf_add(s->bytes, piece, n);
	if (s->digest != NULL)
		digest_add(s->digest, piece, n);
	if (s->to >= 0 && write_all(s->to, piece, n) != 0)
		return why_errno(why, path);
	s->n += n;
	return 0;
}

static int stream_all(struct stream *s, const char *path, struct why *why)
{
	char *piece = mem_alloc(STREAM_BYTES);
	ssize_t n = 0;
	int rc = 0;

	while (rc == 0 && (n = read_at(s->fd, piece, STREAM_BYTES, s->n)) > 0)
		rc = stream_piece(s, piece, (size_t)n, path, why);
	if (n < 0)
		rc = why_errno(why, path);
	free(piece);
	return rc;
}

int fsio_read(int root, const char *path, size_t cap, struct buf *out, struct why *why)
{
	struct stream s = { .cap = cap, .bytes = out, .to = -1 };
	size_t before = out->len;
	int rc;

	s.fd = fsio_open(root, path, why);
	if (s.fd < 0)
		return s.fd;
	rc = stream_all(&s, path, why);
	(void)close(s.fd);
	if (rc != 0 && out->s != NULL) {
		out->len = before;
		out->s[before] = '\0';
	}
	return rc;
}

int fsio_digest(int root, const char *path, char out[DIGEST_HEX], uint64_t *bytes, struct why *why)
{
	struct stream s = { .cap = UINT64_MAX, .to = -1 };
	char hex[DIGEST_HEX];
	int rc;

	s.fd = fsio_open(root, path, why);
	if (s.fd < 0)
		return s.fd;
	s.digest = digest_new();
	rc = stream_all(&s, path, why);
	digest_end(s.digest, hex);
	(void)close(s.fd);
	if (rc != 0)
		return rc;
	memcpy(out, hex, sizeof hex);
	if (bytes != NULL)
		*bytes = s.n;
	return 0;
}

int fsio_has(int root, const char *path, struct why *why)
{
	struct spot s;
	struct stat st;
	int rc = spot_open(root, path, &s, why);

	/* Behind a link, or below what is no folder, there is nothing of ours. */
	if (rc == -2 || (rc != 0 && (errno == ELOOP || errno == ENOTDIR)))
		return 0;
	if (rc != 0)
		return -1;
	if (fstatat(s.dir, s.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		rc = 1;
	else
		rc = errno == ENOENT ? 0 : why_errno(why, path);
	spot_close(&s);
	return rc;
}

bool fsio_exists(int root, const char *path)
{
	struct why why;
	int has = fsio_has(root, path, &why);

	if (has < 0) {
		(void)fprintf(stderr, "%s: %s\n", program_invocation_short_name, why.text);
		exit(EX_IOERR);
	}
	return has == 1;
}

/* ---- publishing ---- */

void fsio_temporary(struct buf *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash != NULL ? (size_t)(slash + 1 - path) : 0;

	buf_add(out, path, folder);
	buf_str(out, TEMPORARY);
	buf_str(out, path + folder);
}

/* A file in the making: where it will be, and its temporary name there. */
struct making {
	const char *path;       /* for messages */
	struct spot spot;
	struct buf  tmp;
	int         fd;         /* open while bytes may still come, else -1 */
};

/* An absent folder is trouble here: fsio_make comes first. */
static int making_spot(int root, const char *path, struct making *m, struct why *why)
{
	*m = (struct making){ .path = path, .fd = -1 };
	int rc = spot_open(root, path, &m->spot, why);

	if (rc == -2)
		return why_errno(why, path);
	if (rc != 0)
		return -1;
	fsio_temporary(&m->tmp, m->spot.name);
	return 0;
}

/* After making_spot, in any case.  What has not been published leaves nothing behind. */
static void making_end(struct making *m, bool stays)
{
	if (m->fd >= 0)
		(void)close(m->fd);     /* only after a failure that has been told */
	if (!stays)
		(void)unlinkat(m->spot.dir, m->tmp.s, 0);
	buf_free(&m->tmp);
	spot_close(&m->spot);
}

static int making_begin(struct making *m, struct why *why)
{
	if (unlinkat(m->spot.dir, m->tmp.s, 0) != 0 && errno != ENOENT)
		return why_errno(why, m->path);
	m->fd = open_again(m->spot.dir, m->tmp.s, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return m->fd >= 0 ? 0 : why_errno(why, m->path);
}

/* Final name, name on the disk. */
static int making_rename(struct making *m, bool *renamed, struct why *why)
{
	if (renameat(m->spot.dir, m->tmp.s, m->spot.dir, m->spot.name) != 0)
		return why_errno(why, m->path);
	*renamed = true;
	return sync_checked(m->spot.dir, m->path, why);
}

/* Mode, bytes on the disk, final name, name on the disk. */
static int making_publish(struct making *m, mode_t mode, bool *renamed, struct why *why)
{
	int fd = m->fd;

	if (fchmod(fd, mode) != 0)
		return why_errno(why, m->path);
	if (sync_checked(fd, m->path, why) != 0)
		return -1;
	m->fd = -1;
	if (close_checked(fd, m->path, why) != 0)
		return -1;
	return making_rename(m, renamed, why);
}

int fsio_publish(int root, const char *path, const void *p, size_t n, mode_t mode, struct why *why)
{
	struct making m;
	bool renamed = false;
	int rc;

	if (making_spot(root, path, &m, why) != 0)
		return -1;
	rc = making_begin(&m, why);
	if (rc == 0 && write_all(m.fd, p, n) != 0)
		rc = why_errno(why, path);
	if (rc == 0)
		rc = making_publish(&m, mode, &renamed, why);
	making_end(&m, renamed);
	return rc;
}

static int pass_bytes(void *to, const char *s, size_t n, struct why *why)
{
	const struct making *m = to;

	return write_all(m->fd, s, n) == 0 ? 0 : why_errno(why, m->path);
}

int fsio_publish_from(int root, const char *path, int (*fill)(void *ctx, struct outlet *out, struct why *why),
    void *ctx, mode_t mode, struct why *why)
{
	struct making m;
	struct outlet out = { .pass = pass_bytes, .to = &m };
	struct why left;
	bool renamed = false;
	int rc;

	if (making_spot(root, path, &m, why) != 0)
		return -1;
	rc = making_begin(&m, why);
	if (rc == 0)
		rc = fill(ctx, &out, why);
	if (outlet_close(&out, rc == 0 ? why : &left) != 0)
		rc = -1;
	if (rc == 0)
		rc = making_publish(&m, mode, &renamed, why);
	making_end(&m, renamed);
	return rc;
}

int fsio_copy(int root, const char *path, int fd, uint64_t cap, mode_t mode, char digest[DIGEST_HEX],
    uint64_t *bytes, struct why *why)
{
	struct making m;
	struct stream s = { .fd = fd, .cap = cap };
	char hex[DIGEST_HEX];
	int rc;

	if (making_spot(root, path, &m, why) != 0)
		return -1;
	s.digest = digest_new();
	rc = making_begin(&m, why);
	s.to = m.fd;
	if (rc == 0)
		rc = stream_all(&s, path, why);
	if (rc == 0 && fchmod(m.fd, mode) != 0)
		rc = why_errno(why, path);
	if (rc == 0)
		rc = sync_checked(m.fd, path, why);
	if (rc == 0) {
		m.fd = -1;
		rc = close_checked(s.to, path, why);
	}
	if (rc == 0)
		rc = sync_checked(m.spot.dir, path, why);
	making_end(&m, rc == 0);
	digest_end(s.digest, hex);
	if (rc != 0)
		return rc;
	memcpy(digest, hex, sizeof hex);
	*bytes = s.n;
	return 0;
}

void fsio_unmake(int root, const char *path)
{
	struct making m;
	struct why ignored;

	if (making_spot(root, path, &m, &ignored) == 0)
		making_end(&m, false);
}

int fsio_publish_made(int root, const char *path, mode_t mode, struct why *why)
{
	struct making m;
	bool renamed = false;
	int rc;

	if (making_spot(root, path, &m, why) != 0)
		return -1;
	struct spot tmp = { m.spot.dir, m.tmp.s };

	m.fd = spot_file(&tmp, O_NOFOLLOW, path, why);
	rc = m.fd >= 0 ? 0 : m.fd;
	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s: nothing was made under its temporary name", path);
	if (rc == 0)
		rc = making_publish(&m, mode, &renamed, why);
	making_end(&m, renamed);
	return rc;
}

int fsio_publish_kept(int root, const char *path, struct why *why)
{
	struct making m;
	bool renamed = false;
	int rc;

	if (making_spot(root, path, &m, why) != 0)
		return -1;
	rc = making_rename(&m, &renamed, why);
	making_end(&m, renamed);
	return rc;
}

/* ---- names ---- */

int fsio_move(int root, const char *from, const char *to, struct why *why)
{
	struct spot a, b;
	int rc;

	rc = spot_open(root, from, &a, why);
	if (rc != 0)
		return rc == -2 ? why_errno(why, from) : -1;
	rc = spot_open(root, to, &b, why);
	if (rc != 0) {
		rc = rc == -2 ? why_errno(why, to) : -1;
		goto out;
	}
	if (renameat(a.dir, a.name, b.dir, b.name) != 0)
		rc = why_errno(why, from);
	/* Where it is now comes first: a crash between the two may show it twice, never not at all. */
	else if (sync_checked(b.dir, to, why) != 0 ||
	    sync_checked(a.dir, from, why) != 0)
		rc = -1;
	spot_close(&b);
out:
	spot_close(&a);
	return rc;
}

int fsio_sync(int root, const char *path, struct why *why)
{
	int fd = folder_open(root, path, path, why), rc;

	if (fd < 0)
		return fd == -2 ? why_errno(why, path) : -1;
	rc = sync_checked(fd, path, why);
	(void)close(fd);
	return rc;
}

int fsio_settle(int root, struct why *why)
{
	return syncfs(root) == 0 ? 0 : why_errno(why, "sync");
}

static int remove_name(int root, const char *path, bool sync, struct why *why)
{
	struct spot s;
	int rc = spot_open(root, path, &s, why);

	if (rc != 0)
		return rc == -2 ? 0 : -1;
	if (unlinkat(s.dir, s.name, 0) == 0)
		rc = sync ? sync_checked(s.dir, path, why) : 0;
	else if (errno != ENOENT)
		rc = why_errno(why, path);
	spot_close(&s);
	return rc;
}

int fsio_remove(int root, const char *path, struct why *why)
{
	return remove_name(root, path, true, why);
}

int fsio_remove_unsettled(int root, const char *path, struct why *why)
{
	return remove_name(root, path, false, why);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_temporary(const char *name)
{
	return strncmp(name, TEMPORARY, sizeof TEMPORARY - 1) == 0;
}

static bool is_listed(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !is_temporary(name);
}

/* Names of the folder that WANTED takes, in byte order. */
static int list_of(int root, const char *path, bool (*wanted)(const char *name), struct names *out, struct why *why)
{
	struct names all = { 0 };
	struct dirent *e;
	int fd = folder_open(root, path, path, why);

	*out = all;
	if (fd < 0)
		return fd == -2 ? 0 : -1;
	DIR *dir = fdopendir(fd);

	if (dir == NULL) {
		why_errno(why, path);
		(void)close(fd);
		return -1;
	}
	while (errno = 0, (e = readdir(dir)) != NULL)
		if (wanted(e->d_name)) {
			vec_room(all.v, all.n, all.cap);
			all.v[all.n++] = mem_dup(e->d_name);
		}
	int rc = errno != 0 ? why_errno(why, path) : 0;

	(void)closedir(dir);
	if (rc != 0) {
		names_free(&all);
		return -1;
	}
	if (all.n > 0)
		qsort(all.v, all.n, sizeof *all.v, by_bytes);
	*out = all;
	return 0;
}

int fsio_list(int root, const char *path, struct names *out, struct why *why)
{
	return list_of(root, path, is_listed, out, why);
}

int fsio_sweep(int root, const char *path, struct why *why)
{
	struct names left = { 0 };
	int rc = list_of(root, path, is_temporary, &left, why);

	for (size_t i = 0; i < left.n && rc == 0; i++) {
		struct buf name = { 0 };

		buf_fmt(&name, "%s/%s", path, left.v[i]);
		rc = fsio_remove(root, buf_cstr(&name), why);
		buf_free(&name);
	}
	names_free(&left);
	return rc;
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct names){ 0 };
}
