/*
 * unit - who reports: units.ini, a section a unit.
 *
 *   [320412]                    the code: drop folder, and prefix of its numbers
 *   name = ...                  as printed in full; needed
 *   short = ...                 as printed in tables (default: name)
 *   class = ...                 ranked within it (default: one class for all)
 *   counts = yes|no             one of the reporting units (default yes)
 *   office = yes|no             the office itself (default no); exactly one
 *   order = 1                   place in tables (default: place in the file)
 */
#ifndef ZB_UNIT_H
#define ZB_UNIT_H

#include "ruleset.h"

/* Units by order, then code, in A; *OFFICE points into them.  -1, EX_CONFIG with file and line. */
int units_parse(struct arena *a, const char *bytes, size_t len, const char *file, struct unit **out,
    size_t *n, const struct unit **office, struct why *why);

#endif
