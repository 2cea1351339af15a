/*
 * envrule - the statements that ask a form's rules, read the values of their
 * wording, and say what is due.  Text only: what comes out is prepared elsewhere.
 */
#include <string.h>

#include "buf.h"
#include "env.h"
#include "formsql.h"
#include "sqltext.h"

/* Whether an earlier field of FORM already refers to the form of field I. */
static bool is_joined(const struct form *form, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (form->fields[j].ref == form->fields[i].ref)
			return true;
	}
	return false;
}

static bool is_key(const struct form *form, size_t field)
{
	for (size_t k = 0; k < form->n_keys; k++) {
		if (form->keys[k] == field)
			return true;
	}
	return false;
}

/* The row that field F of TABLE refers to, under its form's name. */
static void add_join(struct buf *out, const struct field *f, const char *table)
{
	buf_str(out, "\nLEFT JOIN ");
	sql_name(out, f->ref->name);
	buf_str(out, " ON ");
	sql_name(out, f->ref->name);
	buf_char(out, '.');
	sql_name(out, f->ref->fields[f->ref->keys[0]].name);
	buf_fmt(out, " = %s.", table);
	sql_name(out, f->name);
}

/* new, cur, prev, and the row that each reference points to, under its form's name. */
static void add_from(struct buf *out, const struct form *form)
{
	size_t i;

	buf_str(out, "\nFROM new\nLEFT JOIN cur ON ");
	sql_same_key(out, form, "cur", "new");
	buf_str(out, "\nLEFT JOIN prev ON ");
	sql_same_key(out, form, "prev", "new");
	for (i = 0; i < form->n_fields; i++) {
		const struct field *f = &form->fields[i];

		if (f->ref == NULL || f->ref->n_keys != 1 || is_joined(form, i))
			continue;
		add_join(out, f, "new");
	}
}

void env_rules_sql(struct buf *out, const struct ruleset *rs, const struct form *form)
{
	env_some_rules_sql(out, rs, form, NULL);
}

void env_some_rules_sql(struct buf *out, const struct ruleset *rs, const struct form *form, const bool *ask)
{
	size_t i;

	(void)rs;
	/* LIMIT -1 keeps the inner SELECT whole: flattened, every condition would be asked twice */
	buf_str(out, "SELECT * FROM (SELECT new._id AS _id");
	for (i = 0; i < form->n_rules; i++) {
		if (ask == NULL || ask[i])
			buf_fmt(out, ",\n(%s\n) IS TRUE AS r%zu", form->rules[i].when, i);
		else
			buf_fmt(out, ", 0 AS r%zu", i);
	}
	add_from(out, form);
	buf_str(out, "\nORDER BY new._id LIMIT -1)\nWHERE 0");
	for (i = 0; i < form->n_rules; i++)
		if (ask == NULL || ask[i])
			buf_fmt(out, " OR r%zu", i);
}

void env_rule_sql(struct buf *out, const struct form *form, const struct rule *rule)
{
	buf_fmt(out, "SELECT (%s\n) IS TRUE", rule->when);
	add_from(out, form);
}

/* Every {a.b} of TEXT as a column named "a.b". */
static size_t add_values(struct buf *out, const char *text, size_t n)
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

void env_rule_values_sql(
    struct buf *out, const struct ruleset *rs, const struct form *form, const struct rule *rule)
{
	size_t n;

	(void)rs;
	buf_str(out, "SELECT ");
	if (rule->suggest != NULL)
		buf_fmt(out, "(%s\n) AS suggest", rule->suggest);
	n = add_values(out, rule->says, rule->suggest != NULL ? 1 : 0);
	n = add_values(out, rule->mend, n);
	if (n == 0)
		buf_str(out, "NULL");
	add_from(out, form);
	buf_str(out, "\nWHERE new._id = ?1");
}

/* The first field of the key that refers to another form, or NULL. */
static const struct field *due_reference(const struct form *form)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		const struct field *f = &form->fields[form->keys[i]];

		if (f->ref != NULL && f->ref->n_keys == 1)
			return f;
	}
	return NULL;
}

/* Whether the row before the week still stands: what was withdrawn since is not asked for. */
static void add_still_there(struct buf *out, const struct form *to)
{
	const char *key = to->fields[to->keys[0]].name;

	buf_str(out, " AND EXISTS (SELECT 1 FROM ");
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
static void add_due(struct buf *out, const struct form *form, const struct field *key, bool before)
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

static void due_sql(struct buf *out, const struct form *form, bool before)
{
	const struct field *key = due_reference(form);

	if (key == NULL || form->due != DUE_WEEKLY) {
		buf_str(out, "SELECT NULL AS unit, NULL AS key WHERE 0");
		return;
	}
	if (before) {
		add_due(out, form, key, true);
		buf_str(out, "\nUNION\n");
	}
	add_due(out, form, key, false);
	buf_str(out, "\nORDER BY 1, 2");
}

void env_due_sql(struct buf *out, const struct ruleset *rs, const struct form *form)
{
	(void)rs;
	due_sql(out, form, true);
}

void env_due_unmoved_sql(struct buf *out, const struct ruleset *rs, const struct form *form)
{
	(void)rs;
	due_sql(out, form, false);
}

const struct form *env_due_form(const struct form *form)
{
	const struct field *key = due_reference(form);

	return key != NULL ? key->ref : NULL;
}

void env_moves_sql(struct buf *out, const struct form *form)
{
	const struct moves *m = form->moves;

	buf_str(out, "SELECT key, unit, cause FROM (SELECT new.");
	sql_name(out, m->key);
	buf_str(out, " AS key, _to.unit AS unit, ");
	sql_key_text(out, form, "new");
	buf_str(out, " AS cause, row_number() OVER (PARTITION BY new.");
	sql_name(out, m->key);
	buf_str(out, " ORDER BY new.");
	sql_name(out, m->order);
	buf_str(out, " DESC");
	for (size_t i = 0; i < form->n_keys; i++) {
		buf_str(out, ", new.");
		sql_name(out, form->fields[form->keys[i]].name);
		buf_str(out, " DESC");
	}
	buf_str(out, ", _to.unit) AS place\nFROM main.");
	sql_name(out, form->name);
	buf_str(out, " AS new\nJOIN main.unit AS _to ON squash(new.");
	sql_name(out, m->to);
	buf_str(out, ") IN (squash(_to.unit), squash(_to.name), squash(_to.short))\nWHERE (");
	buf_str(out, m->when);
	buf_str(out, "\n)) WHERE place = 1 AND key IS NOT NULL\nORDER BY 1");
}

/* ---- what the coming week's form starts with ---- */

/* A join for every form that a field of FORM refers to, but for ROWS; key fields are KEY_TABLE's. */
static void add_refs(struct buf *out, const struct form *form, const struct form *rows, const char *key_table)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		const struct field *f = &form->fields[i];

		if (f->ref == NULL || f->ref->n_keys != 1 || f->ref == rows || is_joined(form, i))
			continue;
		add_join(out, f, is_key(form, i) ? key_table : "_form");
	}
}

/* Key fields come from where the rows come from, the others from the form's own row, if there is one. */
static void
add_prefill_columns(struct buf *out, const struct form *form, const struct form *rows, const char *key_table)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		bool key = is_key(form, i);

		buf_str(out, i > 0 ? ", " : "");
		buf_fmt(out, "%s.", key ? key_table : "_form");
		sql_name(out, key && rows != NULL ? rows->fields[rows->keys[0]].name : form->fields[i].name);
	}
	for (size_t i = 0; i < form->n_fields; i++) {
		const struct form *ref = form->fields[i].ref;
		const struct field *name = ref != NULL ? form_naming_field(ref) : NULL;

		if (name == NULL || ref->n_keys != 1 || is_joined(form, i))
			continue;
		buf_str(out, ", ");
		sql_name(out, ref->name);
		buf_char(out, '.');
		sql_name(out, name->name);
	}
}

/* "FROM ... WHERE", for the rows that are due. */
static void
add_prefill_due(struct buf *out, const struct ruleset *rs, const struct form *form, const struct field *key)
{
	buf_str(out, "\nFROM (");
	env_due_sql(out, rs, form);
	buf_str(out, ") AS _rows\nLEFT JOIN ");
	sql_name(out, form->name);
	buf_str(out, " AS _form ON _form.");
	sql_name(out, key->name);
	buf_str(out, " = _rows.");
	sql_name(out, key->name);
	add_refs(out, form, NULL, "_rows");
	buf_str(out, "\nWHERE _rows.unit = :unit");
}

/* The same for the rows of another form that the key refers to. */
static void add_prefill_from(struct buf *out, const struct form *form, const struct prefill *p)
{
	buf_str(out, "\nFROM ");
	sql_name(out, p->ref->name);
	buf_str(out, "\nLEFT JOIN ");
	sql_name(out, form->name);
	buf_str(out, " AS _form ON _form.");
	sql_name(out, form->fields[form->keys[0]].name);
	buf_str(out, " = ");
	sql_name(out, p->ref->name);
	buf_char(out, '.');
	sql_name(out, p->ref->fields[p->ref->keys[0]].name);
	add_refs(out, form, p->ref, "_form");
	buf_fmt(out, "\nWHERE (%s\n)", p->when);
}

bool env_prefill_sql(struct buf *out, const struct ruleset *rs, const struct form *form)
{
	const struct prefill *p = form->prefill;
	const struct field *key = due_reference(form);
	struct buf table = { 0 };
	bool made = true;

	if (p != NULL && p->ref != NULL)
		sql_name(&table, p->ref->name);
	else
		buf_str(&table, p != NULL ? "_form" : "_rows");
	if (p == NULL && (form->due != DUE_WEEKLY || key == NULL || form->n_keys != 1)) {
		made = false;
	} else {
		buf_str(out, "SELECT ");
		add_prefill_columns(out, form, p != NULL ? p->ref : NULL, buf_cstr(&table));
		if (p == NULL) {
			add_prefill_due(out, rs, form, key);
		} else if (p->ref != NULL) {
			add_prefill_from(out, form, p);
		} else {
			/* the form's rows under its own name too, as its condition calls them */
			buf_str(out, "\nFROM ");
			sql_name(out, form->name);
			buf_str(out, " AS _form\nJOIN ");
			sql_name(out, form->name);
			buf_str(out, " USING (unit, ");
			sql_keys(out, form, NULL);
			buf_char(out, ')');
			add_refs(out, form, NULL, "_form");
			buf_fmt(out, "\nWHERE (%s\n)", p->when);
		}
		buf_str(out, "\nORDER BY ");
		for (size_t k = 0; k < form->n_keys; k++)
			buf_fmt(out, "%s%zu", k > 0 ? ", " : "", form->keys[k] + 1);
	}
	buf_free(&table);
	return made;
}
