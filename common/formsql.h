/*
 * formsql - pieces of statements about the rows of a form, appended to a text: its key and its fields, in
 * their order, quoted.  ALIAS is what the statement calls the row; NULL: its columns stand alone.
 */
#ifndef ZB_FORMSQL_H
#define ZB_FORMSQL_H

#include "buf.h"
#include "form.h"

/* a."c" */
void sql_column(struct buf *b, const char *alias, const char *name);
/* a."k1", a."k2" */
void sql_keys(struct buf *b, const struct form *form, const char *alias);
/* a."k1" || ' ' || a."k2": the key as snapshots, findings and receipts have it. */
void sql_key_text(struct buf *b, const struct form *form, const char *alias);
/* a."k1" = b."k1" AND a."k2" = b."k2" */
void sql_same_key(struct buf *b, const struct form *form, const char *one, const char *other);
/* "f1", "f2", with a comma behind the last too: columns of the engine's own follow. */
void sql_fields(struct buf *b, const struct form *form);

#endif
