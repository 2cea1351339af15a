/*
 * run_measures - every measure of a rule set in order, in one process; for tests and benches.
 */
#ifndef ZB_RUN_MEASURES_H
#define ZB_RUN_MEASURES_H

#include "../../common/env.h"

static inline int run_measures(sqlite3 *db, const struct ruleset *rs, const struct env_names *names, struct why *why)
{
	for (size_t i = 0; i < rs->n_measures; i++) {
		if (env_create_measure(db, &rs->measures[i], why) != 0 ||
		    env_fill_measure(db, &rs->measures[i], names, why) != 0)
			return -1;
	}
	return 0;
}

#endif
