/*
 * reference - tables that we write ourselves as CSV (reference/NAME.csv, settings.csv): RFC 4180
 * read strictly, so that every mistake names its line.  UTF-8, commas, a header line.
 * Never for files that were dropped (collector: its reader is another).
 */
#ifndef ZB_REFERENCE_H
#define ZB_REFERENCE_H

#include "ruleset.h"

/*
 * Parse one table; strings and vectors go to A.  -1, EX_CONFIG with file and line: bytes that are not
 * UTF-8, a BOM, a quote out of place, a row of another width, a column name
 * that is not [a-z][a-z0-9_]* or is there twice, a key (first column) that is empty or twice.
 */
int reference_parse(struct arena *a, const char *name, const char *bytes, size_t n, const char *file,
    struct reference *out, struct why *why);
/* Index of a column, or -1. */
int reference_column(const struct reference *ref, const char *column);
const char *reference_cell(const struct reference *ref, size_t row, size_t column);
/* The row whose first cell is KEY, or -1. */
long reference_row(const struct reference *ref, const char *key);
/* Every one of these columns (separated by spaces) is there.  -1, EX_CONFIG. */
int reference_needs(const struct reference *ref, const char *columns, struct why *why);

#endif
