/*
 * claim - one file of the batch in hand becomes ours: its bytes under a temporary name, its label,
 * then its bytes under their final name; or, if it is no readable file, its label, then out of reach.
 *
 * Rationale: the bytes are durable under their temporary name before the label is published.  A
 * label therefore never names bytes that a crash, or a sender who overwrites his file, could take away.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/fsio.h"
#include "collector.h"

#define COPY_BLOCK 65536
#define KEPT_MODE  0440

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/*
 * Copy FROM to TO up to CAP bytes; the digest and size of what was copied.  -2: FROM cannot be read;
 * -1: the rest.
 */
static int copy_bytes(int from, int to, uint64_t cap, struct label *l)
{
	char *block = mem_alloc(COPY_BLOCK);
	struct digest *digest = digest_new();
	ssize_t n;

	l->size = 0;
	while ((n = read(from, block, COPY_BLOCK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write_all(to, block, (size_t)n) != 0)
			break;
		digest_add(digest, block, (size_t)n);
		l->size += (uint64_t)n;
		if (l->size > cap) {
			errno = EFBIG;
			n = -1;
			break;
		}
	}
	int rc = n == 0 ? 0 : n < 0 && errno != EFBIG ? -2 : -1, e = errno;

	digest_end(digest, l->sha256);
	free(block);
	errno = e;
	return rc;
}

/* Copy FD under the temporary name of PATH, durable, with the mode that it is to have. */
static int copy_temporary(const struct proc *p, const char *unit, int fd, const char *path, struct label *l,
    struct why *why)
{
	struct path folder;
	struct buf temporary = { 0 };
	const char *name;
	int out = -1, copied = -1, rc = -1;

	fsio_temporary(&temporary, path);
	name = buf_cstr(&temporary);
	if (unlinkat(p->site.dir, name, 0) == 0 || errno == ENOENT)     /* of a run that was killed */
		out = openat(p->site.dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0 || (copied = copy_bytes(fd, out, p->conf.max_bytes, l)) != 0 || fchmod(out, KEPT_MODE) != 0 ||
	    fsync(out) != 0)
		why_errno(why, copied == -2 ? l->name : name);
	else
		rc = 0;
	if (out >= 0 && close(out) != 0 && rc == 0)
		rc = why_errno(why, name);
	if (rc == 0)
		rc = fsio_sync(p->site.dir, site_archive_unit(&folder, l->week, unit), why);
	if (rc != 0)
		(void)unlinkat(p->site.dir, name, 0);
	buf_free(&temporary);
	return rc;
}

static void drop_temporary(const struct proc *p, const char *path)
{
	struct buf temporary = { 0 };

	fsio_temporary(&temporary, path);
	(void)unlinkat(p->site.dir, buf_cstr(&temporary), 0);
	buf_free(&temporary);
}

static int publish_label(const struct proc *p, const char *unit, const struct label *l, struct why *why)
{
	struct path path;
	struct buf text = { 0 };
	int rc;

	label_write(&text, l);
	rc = fsio_publish(p->site.dir, site_label(&path, l->week, unit, l->number), buf_cstr(&text), text.len,
	    0440, why);
	buf_free(&text);
	return rc;
}

/* Returns 1 if it is no longer the file it was when the batch was made. */
static int take_file(const struct proc *p, const char *unit, const struct dropped *d, struct label *l,
    struct why *why)
{
	struct path path;
	int fd = drop_open(p, unit, d, why), rc, there;

	if (fd < 0)
		return fd == -2 ? 1 : -1;
	(void)site_archive(&path, l->week, unit, l->number);
	rc = copy_temporary(p, unit, fd, path.s, l, why);
	(void)close(fd);
	if (rc != 0)
		return -1;
	there = drop_is_there(p, unit, d, why);
	if (there != 1 || l->size != d->id.size) {
		drop_temporary(p, path.s);
		return there < 0 ? -1 : 1;
	}
	if (publish_label(p, unit, l, why) != 0)
		return -1;
	return fsio_publish_kept(p->site.dir, path.s, why);
}

static int move_refused(const struct proc *p, const char *unit, const struct dropped *d,
    const struct label *l, struct why *why)
{
	struct path folder, to, drop;
	struct buf from = { 0 };
	int rc = drop_is_there(p, unit, d, why);

	(void)site_refused_unit(&folder, l->week, unit);
	(void)site_refused(&to, l->week, unit, l->number);
	buf_fmt(&from, "%s/%s", site_drop(&drop, unit), d->name);
	if (rc == 1) {
		rc = fsio_make(p->site.dir, folder.s, 0750, why);
		if (rc == 0)
			rc = fsio_move(p->site.dir, buf_cstr(&from), to.s, why);
	}
	buf_free(&from);
	return rc;
}

static int refuse_file(const struct proc *p, const char *unit, const struct dropped *d, struct label *l,
    struct why *why)
{
	int there = drop_is_there(p, unit, d, why);

	if (there != 1)
		return there < 0 ? -1 : 1;
	if (publish_label(p, unit, l, why) != 0)
		return -1;
	return move_refused(p, unit, d, l, why);
}

/*
 * The label is there and the bytes are not: an error after the label took the temporary away.  The drop has
 * the file still, unlinked only when all is done.
 */
static int take_again(const struct proc *p, const char *unit, const struct dropped *d, const struct label *l,
    const char *path, struct why *why)
{
	struct label again = *l;
	int fd = drop_open(p, unit, d, why), rc;

	if (fd == -1)
		return -1;
	if (fd == -2)
		return why_set(why, EX_IOERR, "%s: has a label, but its bytes are lost", path);
	rc = copy_temporary(p, unit, fd, path, &again, why);
	(void)close(fd);
	if (rc != 0)
		return -1;
	if (strcmp(again.sha256, l->sha256) != 0) {
		drop_temporary(p, path);
		return why_set(why, EX_IOERR, "%s: has a label of other bytes than the drop has", path);
	}
	return fsio_publish_kept(p->site.dir, path, why);
}

/* The label is there; a run was killed before the bytes had their name. */
static int finish_bytes(const struct proc *p, const char *unit, const struct dropped *d,
    const struct label *l, struct why *why)
{
	struct path path;
	struct buf temporary = { 0 };
	char digest[DIGEST_HEX];
	uint64_t bytes;
	int rc;

	if (fsio_exists(p->site.dir, site_archive(&path, l->week, unit, l->number)))
		return 0;
	fsio_temporary(&temporary, path.s);
	rc = fsio_digest(p->site.dir, buf_cstr(&temporary), digest, &bytes, why);
	if (rc == 0 && strcmp(digest, l->sha256) == 0)
		rc = fsio_publish_made(p->site.dir, path.s, KEPT_MODE, why);
	else if (rc != -1)
		rc = take_again(p, unit, d, l, path.s, why);
	buf_free(&temporary);
	return rc;
}

int label_load(const struct site *site, struct week week, const char *unit, int number, struct label *out,
    struct why *why)
{
	struct path path;
	struct buf text = { 0 };
	int rc = fsio_read(site->dir, site_label(&path, week, unit, number), 65536, &text, why);

	if (rc == 0)
		rc = label_read(buf_cstr(&text), text.len, path.s, out, why);
	buf_free(&text);
	return rc;
}

int claim_file(const struct proc *p, const char *unit, const struct batch *b, const struct dropped *d,
    struct label *out, struct why *why)
{
	int rc = label_load(&p->site, b->week, unit, d->number, out, why);

	if (rc == 0)
		return out->kind == LABEL_REFUSED ? move_refused(p, unit, d, out, why) :
		    finish_bytes(p, unit, d, out, why);
	if (rc == -1)
		return -1;
	*out = (struct label){ .number = d->number, .batch = b->files.v[0].number, .week = b->week,
		.kind = d->refuse != NULL ? LABEL_REFUSED : LABEL_SUBMISSION, .name = mem_dup(d->name),
		    .size = d->id.size,
		.received_at = d->received_at, .why = d->refuse };
	memcpy(out->rules, b->rules, sizeof out->rules);
	rc = d->refuse != NULL ? refuse_file(p, unit, d, out, why) : take_file(p, unit, d, out, why);
	if (rc != 0)
		label_free(out);
	return rc;
}
