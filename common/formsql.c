/*
 * formsql - pieces of statements about the rows of a form.  Text only: what comes out is prepared elsewhere.
 */
#include "db.h"
#include "formsql.h"

void sql_column(struct buf *b, const char *alias, const char *name)
{
	if (alias != NULL)
		buf_fmt(b, "%s.", alias);
	sql_name(b, name);
}

/* The columns of the key with BETWEEN in between. */
static void add_keys(struct buf *b, const struct form *form, const char *alias, const char *between)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		buf_str(b, i > 0 ? between : "");
		sql_column(b, alias, form->fields[form->keys[i]].name);
	}
}

void sql_keys(struct buf *b, const struct form *form, const char *alias)
{
	add_keys(b, form, alias, ", ");
}

void sql_key_text(struct buf *b, const struct form *form, const char *alias)
{
	add_keys(b, form, alias, " || ' ' || ");
}

void sql_same_key(struct buf *b, const struct form *form, const char *one, const char *other)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		const char *name = form->fields[form->keys[i]].name;

		buf_str(b, i > 0 ? " AND " : "");
		sql_column(b, one, name);
		buf_str(b, " = ");
		sql_column(b, other, name);
	}
}

void sql_fields(struct buf *b, const struct form *form)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		sql_name(b, form->fields[i].name);
		buf_str(b, ", ");
	}
}
