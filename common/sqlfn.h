/*
 * sqlfn - the SQL functions of the field, the same in rules, measures and
 * briefings: setting uscc_ok uscc_org_ok week_add week_diff week_from week_to
 * month_last workdays day_add day_diff day_share digest round_half fixed squash weeks_add weeks_count
 * weeks_value.
 * All deterministic; NULL in, NULL out; a wrong argument is an SQL error that names it.
 */
#ifndef ZB_SQLFN_H
#define ZB_SQLFN_H

#include "db.h"
#include "ruleset.h"

/* RS must outlive DB. */
int sqlfn_add(sqlite3 *db, const struct ruleset *rs, struct why *why);
/* Part of it: sum() that ends in a REAL, not in an error, where an INTEGER does not hold it. */
int sqlfn_add_sum(sqlite3 *db, struct why *why);

/* GB 32100-2015: 18 characters, their alphabet, and the mod-31 check character. */
bool uscc_is_valid(const char *s);
/* GB 11714: the subject code inside (characters 9 to 17) and its mod-11 check character. */
bool uscc_org_is_valid(const char *s);

#endif
