/*
 * post - receipts that could not be put into their outbox.  They are kept in work/UNIT.post, and every run
 * tries to deliver them first; with them briefings of the unit, which the reporter keeps there.
 *
 * Rationale: an outbox is the unit's room, and may be full, or closed to us, for days.  What the unit sends
 * meanwhile was received in time and has to be taken in: only the answer waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../common/fsio.h"
#include "collector.h"

#define POST_CAP ((size_t)1 << 30)      /* a receipt or an annotated copy: what judging wrote itself */

int post_put(const struct proc *p, const char *unit, const char *name,
    int (*fill)(void *ctx, struct outlet *out, struct why *why), void *ctx, int *code, struct why *why)
{
	struct path out, kept;
	int has;

	(void)site_outbox_file(&out, unit, name);
	has = fsio_has(p->site.dir, out.s, why);
	if (has == 1 || (has == 0 && fsio_publish_from(p->site.dir, out.s, fill, ctx, 0644, why) == 0))
		return 0;
	proc_complain(p, why);
	*code = proc_worse(*code, why->code);
	if (fsio_make(p->site.dir, site_post(&kept, unit), 0750, why) != 0)
		return -1;
	(void)site_post_file(&kept, unit, name);
	return fsio_publish_from(p->site.dir, kept.s, fill, ctx, 0640, why);
}

static int deliver_one(const struct proc *p, const char *unit, const char *name, struct why *why)
{
	struct path out, kept;
	struct buf bytes = { 0 };
	int rc = fsio_read(p->site.dir, site_post_file(&kept, unit, name), POST_CAP, &bytes, why);

	(void)site_outbox_file(&out, unit, name);
	if (rc == 0)
		rc = fsio_has(p->site.dir, out.s, why);
	if (rc == 0)
		rc = fsio_publish(p->site.dir, out.s, buf_cstr(&bytes), bytes.len, 0644, why);
	if (rc >= 0)
		rc = fsio_remove(p->site.dir, kept.s, why);
	if (rc == 0)
		proc_event(p, "delivered", "unit=%s name=\"%s\"", unit, name);
	buf_free(&bytes);
	return rc;
}

int post_deliver(const struct proc *p, const char *unit, struct why *why)
{
	struct names names = { 0 };
	struct path path;
	int rc = fsio_list(p->site.dir, site_post(&path, unit), &names, why);

	for (size_t i = 0; rc == 0 && i < names.n; i++)
		rc = deliver_one(p, unit, names.v[i], why);
	/* Half of one that a killed run was keeping: it is made anew, and perhaps put where it belongs. */
	if (rc == 0)
		rc = fsio_sweep(p->site.dir, path.s, why);
	if (rc == 0 && unlinkat(p->site.dir, path.s, AT_REMOVEDIR) != 0 && errno != ENOENT && errno != ENOTEMPTY)
		rc = why_errno(why, path.s);
	names_free(&names);
	return rc;
}

bool post_waits(const struct proc *p, const char *unit)
{
	struct names names = { 0 };
	struct path path;
	struct why why;
	bool waits = fsio_list(p->site.dir, site_post(&path, unit), &names, &why) != 0 || names.n > 0;

	names_free(&names);
	return waits;
}
