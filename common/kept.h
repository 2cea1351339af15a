/*
 * kept - the rule sets of the archive: archive/rules/DIGEST, a pack of each that ever judged or counted.
 */
#ifndef ZB_KEPT_H
#define ZB_KEPT_H

#include "ruleset.h"
#include "site.h"
#include "why.h"

/* Keep RS, unless it is there; one that lies there damaged is written again.  0 or -1. */
int kept_publish(const struct site *site, const struct ruleset *rs, struct why *why);
/*
 * The one of DIGEST, checked against its name.  The caller frees.  -1: EX_IOERR if it is missing or another.
 */
int kept_load(const struct site *site, const char *digest, struct ruleset **out, struct why *why);

/* Each of them loaded once. */
struct kept_rules {
	struct ruleset **v;
	size_t n, cap;
};
/* The one of DIGEST, loaded where it is not yet there.  NULL: WHY says so. */
const struct ruleset *kept_find(struct kept_rules *kept, const struct site *site, const char *digest,
    struct why *why);
void kept_free(struct kept_rules *kept);

#endif
