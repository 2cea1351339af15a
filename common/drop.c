/*
 * drop - what lies in a unit's drop and may be taken.  Names there are hostile and files may still
 * be growing: nothing is followed, nothing blocks, and a file is the inode it was, not its name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drop.h"
#include "fsio.h"
#include "text.h"

#define SECONDS_OF_DAY 86400

const char *const drop_reasons[] = { "symlink", "special", "folder", "links", "size", "sparse", "unreadable",
    NULL };

enum { REASON_SYMLINK, REASON_SPECIAL, REASON_FOLDER, REASON_LINKS, REASON_SIZE, REASON_SPARSE,
    REASON_UNREADABLE };

/* Names that a client gives to what it has not finished. */
static bool is_unfinished_name(const char *name)
{
	static const char *const endings[] = { ".part", ".filepart", ".tmp", "~", ".crdownload" };
	struct span span = span_of(name);

	if (name[0] == '.' || name[0] == '~')
		return true;
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (span_ends(span, endings[i]))
			return true;
	return false;
}

static struct drop_identity identity_of(const struct stat *st)
{
	return (struct drop_identity){ .device = (uint64_t)st->st_dev, .inode = (uint64_t)st->st_ino,
		.size = (uint64_t)st->st_size, .ctime_s = st->st_ctim.tv_sec,
		    .ctime_ns = st->st_ctim.tv_nsec };
}

static bool identity_is(const struct drop_identity *a, const struct stat *st)
{
	struct drop_identity b = identity_of(st);

	return a->device == b.device && a->inode == b.inode && a->size == b.size && a->ctime_s == b.ctime_s &&
	    a->ctime_ns == b.ctime_ns;
}

/* More than a block of hole: no program writes a report like that, and copying it fills the disk. */
static bool is_sparse(const struct stat *st)
{
	return (uint64_t)st->st_size > 65536 && (uint64_t)st->st_blocks * 512 < (uint64_t)st->st_size / 8;
}

static const char *refusal(const struct stat *st, uint64_t cap)
{
	if (S_ISLNK(st->st_mode))
		return drop_reasons[REASON_SYMLINK];
	if (S_ISDIR(st->st_mode))
		return drop_reasons[REASON_FOLDER];
	if (!S_ISREG(st->st_mode))
		return drop_reasons[REASON_SPECIAL];
	if (st->st_nlink != 1)
		return drop_reasons[REASON_LINKS];
	if ((uint64_t)st->st_size > cap)
		return drop_reasons[REASON_SIZE];
	if (is_sparse(st))
		return drop_reasons[REASON_SPARSE];
	return NULL;
}

/*
 * A read lease is refused while somebody has the file open for writing.  It needs to be the
 * owner's or CAP_LEASE: where it cannot be had, quiet time decides.
 */
static bool is_being_written(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
		(void)fcntl(fd, F_SETLEASE, F_UNLCK);
		return false;
	}
	return errno == EAGAIN;
}

/* What an object that cannot be opened is: the reason, or NULL for trouble of our own. */
static const char *closed_reason(int error)
{
	switch (error) {
	case ELOOP:
		return drop_reasons[REASON_SYMLINK];
	case ENXIO:                     /* a socket, or a device without its driver */
	case ENODEV:
		return drop_reasons[REASON_SPECIAL];
	case EACCES:
	case EPERM:
		return drop_reasons[REASON_UNREADABLE];
	default:
		return NULL;
	}
}

/* Opening comes first and fstat asks the descriptor, so that nothing changes in between. */
static int stat_object(int dir, const char *name, struct stat *st, bool *writing, const char **reason,
    struct why *why)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int rc = 1;

	*writing = false;
	*reason = NULL;
	if (fd < 0 && errno == ENOENT)
		return 0;                       /* gone again: its owner is still busy */
	if (fd < 0) {
		*reason = closed_reason(errno);
		if (*reason == NULL)
			return why_errno(why, name);
		if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) != 0)
			rc = errno == ENOENT ? 0 : why_errno(why, name);
		return rc;
	}
	if (fstat(fd, st) != 0)
		rc = why_errno(why, name);
	else
		*writing = S_ISREG(st->st_mode) && is_being_written(fd);
	(void)close(fd);
	return rc;
}

/*
 * Whether what changed at CHANGED has been still for the quiet time.  "Now" is when the run began: a file
 * that changed later is just being sent.  More than a day later and the clock was set back, or -t names a
 * day of the past: then it says nothing about how long the file has been still.
 */
static bool is_still(instant_t changed, const struct proc *p)
{
	instant_t still = p->now - changed;

	/* Whole seconds: from 10.9 to 11.0 is one of them, and no time at all. */
	return p->conf.quiet == 0 || still > p->conf.quiet || still < -SECONDS_OF_DAY;
}

/*
 * A folder can be moved only by who may write in it, since its ".." changes.  One that cannot stays and is
 * nobody's submission: its unit's other files must not wait for it.
 */
static bool is_movable(int dir, const char *name, const struct stat *st)
{
	return !S_ISDIR(st->st_mode) || faccessat(dir, name, W_OK, AT_EACCESS) == 0;
}

/* Whether NAME may be taken: 1 and *D filled in but for its name, 0, or -1. */
static int look_at(int dir, const char *name, const struct proc *p, struct dropped *d, struct why *why)
{
	struct stat st;
	instant_t changed;
	const char *reason;
	bool writing;
	int rc = stat_object(dir, name, &st, &writing, &reason, why);

	if (rc != 1)
		return rc;
	changed = st.st_ctim.tv_sec + (instant_t)p->conf.utc_offset * 60;
	if (writing || !is_still(changed, p) || !is_movable(dir, name, &st))
		return 0;
	d->id = identity_of(&st);
	d->refuse = refusal(&st, p->rules->limits.bytes);
	if (d->refuse == NULL)
		d->refuse = reason;
	d->received_at = changed <= p->now ? changed : p->now;
	return 1;
}

static int by_receipt(const void *a, const void *b)
{
	const struct dropped *x = a, *y = b;

	if (x->received_at != y->received_at)
		return x->received_at < y->received_at ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int open_drop(const struct proc *p, const char *unit)
{
	struct path path;

	return openat(p->site.dir, site_drop(&path, unit), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int drop_list(const struct proc *p, const char *unit, struct droppeds *out, struct why *why)
{
	struct path path;
	struct dirent *entry;
	DIR *folder;
	int dir = open_drop(p, unit), rc = 0;

	if (dir < 0)
		return errno == ENOENT ? 0 : why_errno(why, site_drop(&path, unit));
	folder = fdopendir(dir);
	if (folder == NULL) {
		(void)close(dir);
		return why_errno(why, site_drop(&path, unit));
	}
	while (rc == 0 && (errno = 0, entry = readdir(folder)) != NULL) {
		struct dropped d = { 0 };
		int taken = is_unfinished_name(entry->d_name) ? 0 : look_at(dir, entry->d_name, p, &d, why);

		rc = taken < 0 ? -1 : 0;
		if (taken != 1)
			continue;
		d.name = mem_dup(entry->d_name);
		vec_room(out->v, out->n, out->cap);
		out->v[out->n++] = d;
	}
	if (rc == 0 && errno != 0)
		rc = why_errno(why, site_drop(&path, unit));
	(void)closedir(folder);
	if (out->n > 0)
		qsort(out->v, out->n, sizeof out->v[0], by_receipt);
	return rc;
}

void droppeds_free(struct droppeds *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->v[i].name);
	free(d->v);
	*d = (struct droppeds){ 0 };
}

int drop_open(const struct proc *p, const char *unit, const struct dropped *d, struct why *why)
{
	struct path path;
	struct stat st;
	int fd = -1, dir = open_drop(p, unit);

	if (dir < 0)
		return errno == ENOENT ? -2 : why_errno(why, site_drop(&path, unit));
	fd = openat(dir, d->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		fd = errno == ENOENT || errno == ELOOP ? -2 : why_errno(why, d->name);
	} else if (fstat(fd, &st) != 0) {       /* not "it changed": the run would leave it out in silence */
		why_errno(why, d->name);
		(void)close(fd);
		fd = -1;
	} else if (!identity_is(&d->id, &st)) {
		(void)close(fd);
		fd = -2;
	}
	(void)close(dir);
	return fd;
}

int drop_is_there(const struct proc *p, const char *unit, const struct dropped *d, struct why *why)
{
	struct path path;
	struct stat st;
	int dir = open_drop(p, unit), rc;

	if (dir < 0)
		return errno == ENOENT ? 0 : why_errno(why, site_drop(&path, unit));
	if (fstatat(dir, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		rc = identity_is(&d->id, &st);
	else
		rc = errno == ENOENT ? 0 : why_errno(why, d->name);
	(void)close(dir);
	return rc;
}

/* ---- taking out ---- */

#define TRIES 99        /* other names for what is put back */

/* NAME, or for try N its end behind "N-": as long as a name may be. */
static void other_name(char out[NAME_MAX + 1], const char *name, int n)
{
	char head[16] = "";
	size_t len = strlen(name), room;

	if (n > 0)
		(void)snprintf(head, sizeof head, "%d-", n);
	room = NAME_MAX - strlen(head);
	(void)snprintf(out, NAME_MAX + 1, "%s%s", head, len > room ? name + (len - room) : name);
}

/* A file system that cannot refuse to replace: then with a look before. */
static int rename_new(int from, const char *name, int to, const char *as)
{
	struct stat st;

	if (renameat2(from, name, to, as, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(to, as, &st, AT_SYMLINK_NOFOLLOW) == 0)
		errno = EEXIST;
	return errno == ENOENT ? renameat(from, name, to, as) : -1;
}

/*
 * What was taken by mistake goes back, under its name or, if that is taken by now, another: the next
 * submission.
 */
static int put_back(const struct proc *p, int dir, const struct dropped *d, const char *taken,
    struct why *why)
{
	char name[NAME_MAX + 1];

	for (int n = 0; n <= TRIES; n++) {
		other_name(name, d->name, n);
		if (rename_new(p->site.dir, taken, dir, name) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return why_errno(why, taken);
}

/* Not the ctime: a rename is a change. */
static bool inode_is(const struct drop_identity *id, const struct stat *st)
{
	return (uint64_t)st->st_dev == id->device && (uint64_t)st->st_ino == id->inode &&
	    (uint64_t)st->st_size == id->size;
}

/* Whether what a killed run took is D with the bytes SHA256: 1, 0, -1. */
static int is_taken(const struct proc *p, const struct dropped *d, const char *sha256, const char *taken,
    struct why *why)
{
	char found[DIGEST_HEX];
	struct stat st;

	if (fstatat(p->site.dir, taken, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return why_errno(why, taken);
	if (!inode_is(&d->id, &st))
		return 0;
	if (sha256 == NULL)
		return 1;
	if (fsio_digest(p->site.dir, taken, found, NULL, why) != 0)
		return -1;
	return strcmp(found, sha256) == 0;
}

/*
 * The drops have a file system of their own: nothing can be moved out of them, and a moment's race stays.
 * Only what is ARCHIVED may be unlinked: of what is refused there is no other copy.
 */
static int unlink_far(int dir, const char *name, bool archived, const char *what, struct why *why)
{
	if (!archived)
		return why_set(why, EX_IOERR,
		    "%s: is refused, and cannot be moved to refused/, which is on another"
		    " file system: move it away by hand", what);
	if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
		return why_errno(why, what);
	return fsync(dir) == 0 ? 0 : why_errno(why, what);
}

/*
 * Rename first and look then: between a look and an unlink the name could become another file's.  FD holds
 * the inode meanwhile, so that no other file can get its number.  TOUCHED: by us, so its ctime is another.
 * WHAT is its place in the site, for messages.  2: it cannot be moved at all.
 */
static int take_out(const struct proc *p, int dir, int fd, const struct dropped *d, bool touched,
    const char *what, const char *taken, struct why *why)
{
	struct stat was, is;

	if (fstat(fd, &was) != 0)
		return why_errno(why, what);
	if (touched ? !inode_is(&d->id, &was) : !identity_is(&d->id, &was))
		return 0;
	if (renameat(dir, d->name, p->site.dir, taken) != 0)
		return errno == EXDEV ? 2 : errno == ENOENT ? 0 : why_errno(why, what);
	if (fstatat(p->site.dir, taken, &is, AT_SYMLINK_NOFOLLOW) != 0)
		return why_errno(why, taken);
	/* Nor may anybody have written into it since its bytes were copied. */
	if (is.st_dev != was.st_dev || is.st_ino != was.st_ino || is.st_size != was.st_size ||
	    is.st_mtim.tv_sec != was.st_mtim.tv_sec || is.st_mtim.tv_nsec != was.st_mtim.tv_nsec)
		return put_back(p, dir, d, taken, why);
	return 1;
}

/* What a run that was killed had taken: 1, it stays taken; 0: there was none; 2: there is none any more. */
static int settle_taken(const struct proc *p, int dir, const struct dropped *d, const char *sha256,
    const char *taken, struct why *why)
{
	struct stat st;
	int rc;

	if (!fsio_exists(p->site.dir, taken))
		return 0;
	rc = is_taken(p, d, sha256, taken, why);
	if (rc == 0)
		return put_back(p, dir, d, taken, why);
	if (rc < 0)
		return -1;
	/* Where power was lost before the drop was on the disk it shows in both. */
	if (fstatat(dir, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && inode_is(&d->id, &st))
		return unlinkat(p->site.dir, taken, 0) == 0 ? 2 : why_errno(why, taken);
	return 1;
}

int drop_take(const struct proc *p, const char *unit, const struct dropped *d, const char *sha256,
    struct path *taken, struct why *why)
{
	struct path path;
	struct buf place = { 0 };
	const char *what;
	int dir = open_drop(p, unit), fd, rc;

	(void)site_taken(taken, unit, d->number);
	if (dir < 0)
		return errno == ENOENT ? 0 : why_errno(why, site_drop(&path, unit));
	buf_fmt(&place, "%s/%s", site_drop(&path, unit), d->name);
	what = buf_cstr(&place);
	rc = settle_taken(p, dir, d, sha256, taken->s, why);
	if (rc == 0 || rc == 2) {
		fd = openat(dir, d->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0) {
			rc = take_out(p, dir, fd, d, rc == 2, what, taken->s, why);
			if (rc == 2)
				rc = unlink_far(dir, d->name, sha256 != NULL, what, why);
			(void)close(fd);
		} else {
			rc = errno == ENOENT ? 0 : why_errno(why, what);
		}
	}
	buf_free(&place);
	(void)close(dir);
	return rc;
}
