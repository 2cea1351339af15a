/*
 * fsio_publish - files in the making, and their final names.
 *
 * A file is made in steps: what is left of an earlier run under the temporary
 * name goes; the temporary is made exclusively; bytes, mode, fsync, close;
 * rename; fsync of the folder.
 * Rationale: fsync that failed is never tried again.  The kernel may already
 * have dropped the pages it could not write, and a second fsync would then say
 * "fine" about bytes that are lost.  The temporary is removed instead, and the
 * next run makes the file anew.
 */
#include "fsio_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fsio_temporary(struct buf *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash != NULL ? (size_t)(slash + 1 - path) : 0;

	buf_add(out, path, folder);
	buf_str(out, WALK_TEMPORARY);
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
	m->fd = walk_open(m->spot.dir, m->tmp.s, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return m->fd >= 0 ? 0 : why_errno(why, m->path);
}

/* Final name, name on the disk. */
static int making_rename(struct making *m, bool *renamed, struct why *why)
{
	if (renameat(m->spot.dir, m->tmp.s, m->spot.dir, m->spot.name) != 0)
		return why_errno(why, m->path);
	*renamed = true;
	return walk_sync(m->spot.dir, m->path, why);
}

/* Mode, bytes on the disk, final name, name on the disk. */
static int making_publish(struct making *m, mode_t mode, bool *renamed, struct why *why)
{
	int fd = m->fd;

	if (fchmod(fd, mode) != 0)
		return why_errno(why, m->path);
	if (walk_sync(fd, m->path, why) != 0)
		return -1;
	m->fd = -1;
	if (walk_close(fd, m->path, why) != 0)
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
	if (rc == 0 && stream_write(m.fd, p, n) != 0)
		rc = why_errno(why, path);
	if (rc == 0)
		rc = making_publish(&m, mode, &renamed, why);
	making_end(&m, renamed);
	return rc;
}

static int pass_bytes(void *to, const char *s, size_t n, struct why *why)
{
	const struct making *m = to;

	return stream_write(m->fd, s, n) == 0 ? 0 : why_errno(why, m->path);
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
		rc = walk_sync(m.fd, path, why);
	if (rc == 0) {
		m.fd = -1;
		rc = walk_close(s.to, path, why);
	}
	if (rc == 0)
		rc = walk_sync(m.spot.dir, path, why);
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
