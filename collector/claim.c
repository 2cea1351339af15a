/*
 * claim - one file of the batch in hand becomes ours: its bytes under a temporary name, its label,
 * then its bytes under their final name; or, if it is no readable file, its label, then out of reach.
 *
 * Rationale: the bytes are durable under their temporary name before the label is published.  A
 * label therefore never names bytes that a crash, or a sender who overwrites his file, could take away.
 */
#include <string.h>
#include <unistd.h>

#include "../common/fsio.h"
#include "collector.h"

#define KEPT_MODE 0440

static int publish_label(const struct proc *p, const char *unit, const struct label *l, struct why *why)
{
	struct path path;
	struct buf text = { 0 };
	int rc;

	label_write(&text, l);
	rc = fsio_publish(p->site.dir, site_label(&path, l->week, unit, l->number), buf_cstr(&text), text.len,
	    KEPT_MODE, why);
	buf_free(&text);
	return rc;
}

/* It is of the copy that WHY speaks; whether it was to be read or to be written, this is what it was of. */
static int copy_trouble(const struct dropped *d, struct why *why)
{
	struct why copy = *why;

	return why_set(why, copy.code, "%s: %s", d->name, copy.text);
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
	rc = fsio_copy(p->site.dir, path.s, fd, p->rules->limits.bytes, KEPT_MODE, l->sha256, &l->size, why);
	(void)close(fd);
	if (rc != 0)
		return why->code == EX_DATAERR ? 1 : copy_trouble(d, why);      /* 1: it has grown */
	there = drop_is_there(p, unit, d, why);
	if (there != 1 || l->size != d->id.size) {
		fsio_unmake(p->site.dir, path.s);
		return there < 0 ? -1 : 1;
	}
	if (publish_label(p, unit, l, why) != 0)
		return -1;
	return fsio_publish_kept(p->site.dir, path.s, why);
}

/* Out of the sender's reach; what has its name now, and is another object, stays. */
static int move_refused(const struct proc *p, const char *unit, const struct dropped *d,
    const struct label *l, struct why *why)
{
	struct path drop, folder, to, taken;
	int rc = drop_take(p, unit, d, NULL, &taken, why);

	if (rc == 1) {
		rc = fsio_sync(p->site.dir, site_drop(&drop, unit), why);
		if (rc == 0)
			rc = fsio_make(p->site.dir, site_refused_unit(&folder, l->week, unit), 0750, why);
		if (rc == 0)
			rc = fsio_move(p->site.dir, taken.s, site_refused(&to, l->week, unit, l->number), why);
	}
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
	char sha256[DIGEST_HEX];
	uint64_t size;
	int fd = drop_open(p, unit, d, why), rc;

	if (fd == -1)
		return -1;
	if (fd == -2)
		return why_set(why, EX_IOERR, "%s: has a label, but its bytes are lost", path);
	rc = fsio_copy(p->site.dir, path, fd, UINT64_MAX, KEPT_MODE, sha256, &size, why);
	(void)close(fd);
	if (rc != 0)
		return copy_trouble(d, why);
	if (strcmp(sha256, l->sha256) != 0) {
		fsio_unmake(p->site.dir, path);
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
