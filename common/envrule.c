/*
 * envrule - the statements that ask a form's rules, read the values of their
 * wording, and say what is due.  Text only: what comes out is prepared elsewhere.
 */
#include <string.h>

#include "buf.h"
#include "env.h"
#include "sqltext.h"

/* ON a.key = new.key for each key of FORM. */
static void
add_on_keys(struct buf *out, const char *table, const struct form *form)
{
	size_t i;

	for (i = 0; i < form->n_keys; i++) {
		const char *key = form->fields[form->keys[i]].name;

		buf_fmt(out, "%s%s.", i > 0 ? " AND " : " ON ", table);
		sql_name(out, key);
		buf_str(out, " = new.");
		sql_name(out, key);
	}
}

/* Whether an earlier field of FORM already refers to the form of field I. */
static bool
is_joined(const struct form *form, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (form->fields[j].ref == form->fields[i].ref)
			return true;
	}
	return false;
}

/* new, cur, prev, and the row that each reference points to, under its form's name. */
static void
add_from(struct buf *out, const struct form *form)
{
	size_t i;

	buf_str(out, "\nFROM main.new AS new\nLEFT JOIN main.cur AS cur");
	add_on_keys(out, "cur", form);
	buf_str(out, "\nLEFT JOIN main.prev AS prev");
	add_on_keys(out, "prev", form);
	for (i = 0; i < form->n_fields; i++) {
		const struct field *f = &form->fields[i];

		if (f->ref == NULL || f->ref->n_keys != 1 || is_joined(form, i))
			continue;
		buf_str(out, "\nLEFT JOIN main.");
		sql_name(out, f->ref->name);
		buf_str(out, " ON ");
		sql_name(out, f->ref->name);
		buf_char(out, '.');
		sql_name(out, f->ref->fields[f->ref->keys[0]].name);
		buf_str(out, " = new.");
		sql_name(out, f->name);
	}
}

void
env_rules_sql(struct buf *out, const struct ruleset *rs, const struct form *form)
{
	size_t i;

	(void)rs;
	/* LIMIT -1 keeps the inner SELECT whole: flattened, every condition would be asked twice */
	buf_str(out, "SELECT * FROM (SELECT new._id AS _id");
	for (i = 0; i < form->n_rules; i++)
		buf_fmt(out, ",\n(%s\n) IS TRUE AS r%zu", form->rules[i].when, i);
	add_from(out, form);
	buf_str(out, "\nORDER BY new._id LIMIT -1)\nWHERE 0");
	for (i = 0; i < form->n_rules; i++)
		buf_fmt(out, " OR r%zu", i);
}

void
env_rule_sql(struct buf *out, const struct form *form, const struct rule *rule)
{
	buf_fmt(out, "SELECT (%s\n) IS TRUE", rule->when);
	add_from(out, form);
}

/* Every {a.b} of TEXT as a column named "a.b". */
static size_t
add_values(struct buf *out, const char *text, size_t n)
{
	struct span table, column;
	struct buf name = { 0 };
	size_t at = 0;

	while (text != NULL && sqltext_placeholder(text, &at, &table, &column)) {
		buf_str(out, n++ > 0 ? ", " : "");
		buf_reset(&name);
		buf_add(&name, table.s, table.n);
		sql_name(out, buf_cstr(&name));
		buf_char(out, '.');
		buf_reset(&name);
		buf_add(&name, column.s, column.n);
		sql_name(out, buf_cstr(&name));
		buf_reset(&name);
		buf_add(&name, table.s, table.n);
		buf_char(&name, '.');
		buf_add(&name, column.s, column.n);
		buf_str(out, " AS ");
		sql_name(out, buf_cstr(&name));
	}
	buf_free(&name);
	return n;
}

void
env_rule_values_sql(
    struct buf *out, const struct ruleset *rs, const struct form *form, const struct rule *rule)
{
	size_t n;

	(void)rs;
	buf_str(out, "SELECT ");
	n = add_values(out, rule->says, 0);
	n = add_values(out, rule->mend, n);
	if (n == 0)
		buf_str(out, "NULL");
	add_from(out, form);
	buf_str(out, "\nWHERE new._id = ?1");
}

/* The first field of the key that refers to another form, or NULL. */
static const struct field *
due_reference(const struct form *form)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		const struct field *f = &form->fields[form->keys[i]];

		if (f->ref != NULL && f->ref->n_keys == 1)
			return f;
	}
	return NULL;
}

/* Whether the row before the week still stands: what was withdrawn since is not asked for. */
static void
add_still_there(struct buf *out, const struct form *to)
{
	const char *key = to->fields[to->keys[0]].name;

	buf_str(out, " AND EXISTS (SELECT 1 FROM main.");
	sql_name(out, to->name);
	buf_str(out, " AS _now WHERE _now.unit = ");
	sql_name(out, to->name);
	buf_str(out, ".unit AND _now.");
	sql_name(out, key);
	buf_str(out, " = ");
	sql_name(out, to->name);
	buf_char(out, '.');
	sql_name(out, key);
	buf_char(out, ')');
}

/* The rows of the referred form, before the week or as they stand, where <due> holds. */
static void
add_due(struct buf *out, const struct form *form, const struct field *key, bool before)
{
	const struct form *to = key->ref;
	struct buf table = { 0 };

	buf_fmt(&table, "%s%s", before ? "prev_" : "", to->name);
	buf_str(out, "SELECT ");
	sql_name(out, to->name);
	buf_str(out, ".unit AS unit, ");
	sql_name(out, to->name);
	buf_char(out, '.');
	sql_name(out, to->fields[to->keys[0]].name);
	buf_str(out, " AS ");
	sql_name(out, key->name);
	buf_str(out, "\nFROM ");
	sql_name(out, buf_cstr(&table));
	buf_str(out, " AS ");
	sql_name(out, to->name);
	buf_fmt(out, "\nWHERE (%s\n)", form->due_when ? form->due_when : "1");
	if (before)
		add_still_there(out, to);
	buf_free(&table);
}

void
env_due_sql(struct buf *out, const struct ruleset *rs, const struct form *form)
{
	const struct field *key = due_reference(form);

	(void)rs;
	if (key == NULL || form->due != DUE_WEEKLY) {
		buf_str(out, "SELECT NULL AS unit, NULL AS key WHERE 0");
		return;
	}
	add_due(out, form, key, true);
	buf_str(out, "\nUNION\n");
	add_due(out, form, key, false);
	buf_str(out, "\nORDER BY 1, 2");
}
