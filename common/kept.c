/*
 * kept - the rule sets of the archive.
 */
#include "kept.h"

#include <stdlib.h>
#include <string.h>

#include "fsio.h"

#define PACK_LARGEST ((size_t)256 << 20)

int kept_publish(const struct site *site, const struct ruleset *rs, struct why *why)
{
	struct path path;
	struct buf pack = { 0 };
	char found[DIGEST_HEX];
	int rc;

	/* Half of a rule set that a killed run was keeping; where the rules changed since, no run makes that one anew. */
	if (fsio_sweep(site->dir, "archive/rules", why) != 0)
		return -1;
	rc = fsio_digest(site->dir, site_rules(&path, rs->digest), found, NULL, why);
	/* One that is damaged is written again: what it was is known. */
	if (rc == -1 || (rc == 0 && strcmp(found, rs->digest) == 0))
		return rc;
	ruleset_pack(rs, &pack);
	rc = fsio_make(site->dir, "archive/rules", 0755, why);
	if (rc == 0)
		rc = fsio_publish(site->dir, path.s, buf_cstr(&pack), pack.len, 0444, why);
	buf_free(&pack);
	return rc;
}

int kept_load(const struct site *site, const char *digest, struct ruleset **out, struct why *why)
{
	struct path path;
	struct buf pack = { 0 };
	char found[DIGEST_HEX];
	int rc;

	if (!digest_is(digest))
		return why_set(why, EX_DATAERR, "\"%s\" names no rule set", digest);
	rc = fsio_read(site->dir, site_rules(&path, digest), PACK_LARGEST, &pack, why);
	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s is missing: restore it from a copy of the archive", path.s);
	if (rc == 0) {
		digest_of(buf_cstr(&pack), pack.len, found);
		if (strcmp(found, digest) == 0)
			rc = ruleset_unpack(buf_cstr(&pack), pack.len, path.s, out, why);
		else
			rc = why_set(why, EX_IOERR,
			    "%s: its sha256 is %s; restore it from a copy of the archive", path.s, found);
	}
	buf_free(&pack);
	return rc;
}

const struct ruleset *kept_find(struct kept_rules *kept, const struct site *site, const char *digest,
    struct why *why)
{
	struct ruleset *rs = NULL;

	for (size_t i = 0; i < kept->n; i++) {
		if (strcmp(kept->v[i]->digest, digest) == 0)
			return kept->v[i];
	}
	if (kept_load(site, digest, &rs, why) != 0)
		return NULL;
	vec_room(kept->v, kept->n, kept->cap);
	kept->v[kept->n++] = rs;
	return rs;
}

void kept_free(struct kept_rules *kept)
{
	for (size_t i = 0; i < kept->n; i++)
		ruleset_free(kept->v[i]);
	free(kept->v);
	*kept = (struct kept_rules){ 0 };
}
