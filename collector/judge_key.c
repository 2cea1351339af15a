/*
 * judge_key - what the key of a row says: named twice in one file, known or new, another unit's, withdrawn
 * before, without a number yet.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/env.h"
#include "judge.h"

/* ---- keys ---- */

static int by_key(const void *a, const void *b)
{
	const struct judged_row *const *x = a, *const *y = b;
	int c = strcmp((*x)->key, (*y)->key);

	if (c != 0)
		return c;
	return (*x)->row < (*y)->row ? -1 : (*x)->row > (*y)->row;
}

static void say_twice(struct table *t, struct judged_row *row, const struct judged_row *other)
{
	struct buf number = { 0 };

	buf_fmt(&number, "%u", other->row);
	row->twice = true;
	row_say(t, row, &t->form->fields[t->form->keys[0]], "key.twice", "other", buf_cstr(&number));
	buf_free(&number);
}

/* A key that stands twice in one file holds both rows: which is meant is not ours to guess. */
void find_twice(struct table *t)
{
	struct judged_row **sorted = arena_alloc(&t->f->arena, (t->s->n_rows + 1) * sizeof *sorted);
	bool ascending = true;
	size_t n = 0;

	for (size_t i = 0; i < t->s->n_rows; i++)
		if (t->s->rows[i].key[0] != '\0') {
			sorted[n++] = &t->s->rows[i];
			ascending = ascending && (n == 1 || by_key(&sorted[n - 2], &sorted[n - 1]) < 0);
		}
	if (!ascending)
		qsort(sorted, n, sizeof *sorted, by_key);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && strcmp(sorted[i]->key, sorted[i - 1]->key) == 0)
			say_twice(t, sorted[i], sorted[i - 1]);
		else if (i + 1 < n && strcmp(sorted[i]->key, sorted[i + 1]->key) == 0)
			say_twice(t, sorted[i], sorted[i + 1]);
		ledger_lay(&t->f->findings, &t->f->row_findings);
	}
	t->s->by_key = sorted;
	t->s->n_by_key = n;
}

static int bind_key(struct table *t, sqlite3_stmt *stmt, const struct judged_row *row, int first)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < t->form->n_keys; i++) {
		const struct value *v = &row->values[t->form->keys[i]];

		if (v->kind == VALUE_INTEGER)
			rc = sqlite3_bind_int64(stmt, first + (int)i, v->i);
		else if (v->kind == VALUE_REAL)
			rc = sqlite3_bind_double(stmt, first + (int)i, v->r);
		else if (v->kind == VALUE_TEXT)
			rc = sqlite3_bind_text(stmt, first + (int)i, v->s, -1, SQLITE_STATIC);
	}
	return rc;
}

void stood(const struct table *t, const struct cursor *c, struct value *out)
{
	for (size_t i = 0; i < t->form->n_fields; i++)
		out[i] = t->asked[i] ? column_value(c->stmt, (int)i + 1) : (struct value){ .kind = VALUE_NULL };
}

/* How the row stands: in BASE until the next row is asked about, or BASE stays NULL. */
static int find_base(struct table *t, struct judged_row *row, struct why *why)
{
	int n = (int)t->form->n_fields, found = cursor_find(&t->base, t->form, row->values, why);

	if (found > 0) {
		const char *reported = (const char *)sqlite3_column_text(t->base.stmt, n + 1);

		row->base = t->was;
		stood(t, &t->base, row->base);
		row->base_this_week = reported != NULL && strcmp(reported, t->week) == 0;
	}
	return found < 0 ? -1 : 0;
}

/* Whether another unit holds the key of ROW in the snapshot: 1 and *OWNER (in the arena), else 0. */
static int find_owner(struct table *t, const struct judged_row *row, const char **owner, struct why *why)
{
	int step;

	if (t->owner == NULL)
		return 0;
	(void)sqlite3_reset(t->owner);
	if (bind_key(t, t->owner, row, 2) != SQLITE_OK)
		return db_trouble(t->w->db, "owner", why);
	step = sqlite3_step(t->owner);
	if (step == SQLITE_ROW)
		*owner = arena_dup(&t->f->arena, (const char *)sqlite3_column_text(t->owner, 0));
	(void)sqlite3_reset(t->owner);
	return step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : db_trouble(t->w->db, "owner", why);
}

/*
 * Taking back what stands for more than a week: 1 if the unit had the row before this week, and
 * then it is asked whether that is meant; else 0.
 */
static int ask_withdrawn(struct table *t, struct judged_row *row, struct why *why)
{
	struct message_arg args[] = { { "key", row->key }, { "form", t->form->title }, { "name", NULL } };
	int step = SQLITE_DONE;

	if (t->mine == NULL)
		return 0;
	(void)sqlite3_reset(t->mine);
	if (bind_key(t, t->mine, row, 2) != SQLITE_OK)
		return db_trouble(t->w->db, "withdrawn", why);
	step = sqlite3_step(t->mine);
	if (step == SQLITE_ROW) {
		args[2].value = (const char *)sqlite3_column_text(t->mine, 0);
		(void)judge_say(t->j, t->f, t->s, row, &t->form->fields[t->form->keys[0]],
		    args[2].value != NULL ? "withdraw.named" : "withdraw.row", args, 3);
	}
	(void)sqlite3_reset(t->mine);
	return step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : db_trouble(t->w->db, "withdrawn", why);
}

/* ---- new keys ---- */

/* A new row without a key gets the unit's next number once it stands, unless it is there already. */
static int want_number(struct table *t, struct judged_row *row, const struct field *field, struct why *why)
{
	const char *known;
	uint32_t above;
	struct buf other = { 0 };

	if (number_same(&t->same, t->w, t->f, t->form, row, &known, &above, why) != 0)
		return -1;
	if (known != NULL) {
		row_say(t, row, field, "key.same", "number", known);
	} else if (above != 0) {
		buf_fmt(&other, "%u", above);
		row_say(t, row, field, "key.same_row", "other", buf_cstr(&other));
	} else {
		row->wants_number = true;
	}
	buf_free(&other);
	return 0;
}

/* A key that the sender chose for a new row: its own prefix, and free. */
static void check_new_key(struct table *t, struct judged_row *row, const struct field *field)
{
	size_t n = strlen(t->j->unit);

	if (strncmp(row->key, t->j->unit, n) != 0 || row->key[n] != '-')
		row_say(t, row, field, "key.prefix", NULL, NULL);
}

/*
 * A key that the unit does not hold, and another does if OWNED: whose it looks like, and which number the names
 * in the row have.
 */
static int say_unknown(struct table *t, struct judged_row *row, const struct field *key, bool owned,
    struct why *why)
{
	const struct unit *foreign = t->form->unique_all ? foreign_unit(t->j->rs, t->j->unit, row->key) : NULL;
	const char *id = owned ? foreign != NULL ? "key.owned.foreign" : "key.owned" :
	    foreign != NULL ? "key.foreign" : "key.unknown";
	struct named_row is = { 0 };

	if (named_find(&t->named, t->j, t->w, t->f, t->s, row, t->form, NULL, &is, why) != 0)
		return -1;
	if (!is.whole)
		is.key = NULL;
	if (is.key != NULL && strcmp(id, "key.unknown") == 0)
		id = "key.unknown.named";
	else if (is.list != NULL && strcmp(id, "key.unknown") == 0)
		id = "key.unknown.some";
	const struct message_arg args[] = { { "key", row->key }, { "value", row->key }, { "title", key->title },
		{ "form", t->form->title }, { "to", t->form->title }, { "unit", foreign != NULL ? foreign->code :
		t->j->unit }, { "name", foreign != NULL ? foreign->name : is.name }, { "number", is.key },
		{ "list", is.list } };

	judge_say(t->j, t->f, t->s, row, key, id, args, sizeof args / sizeof *args)->suggest = is.key;
	return 0;
}

/* No one row of FORM is known by the names beside FIELD, which is empty; IS: those it may be. */
static void say_no_name(struct table *t, struct judged_row *row, const struct field *field, const struct form *form,
    const struct named_row *is)
{
	const struct message_arg args[] = { { "title", field->title }, { "to", form->title }, { "list", is->list } };
	bool new = field->assign != NULL;

	if (is->list != NULL)
		(void)judge_say(t->j, t->f, t->s, row, field, new ? "key.missing.new.some" : "key.missing.some",
		    args, 3);
	else
		row_say(t, row, field, new ? "key.missing.new" : is->named > 0 ? "key.missing.unnamed" :
		    "key.missing", "to", form->title);
}

/*
 * A row without (all of) its key: what is missing, and which row it is by the names beside it.  What only an
 * agreeing name beside its own says is not a value to put.
 */
static int say_no_key(struct table *t, struct judged_row *row, struct why *why)
{
	size_t at = 0;

	while (at + 1 < t->form->n_keys && row->values[t->form->keys[at]].kind != VALUE_NULL &&
	    row->values[t->form->keys[at]].kind != VALUE_ABSENT)
		at++;
	const struct field *field = &t->form->fields[t->form->keys[at]];
	const struct form *form = field->ref != NULL ? field->ref : t->form;
	struct named_row is = { 0 };

	if ((field->ref != NULL || field->assign != NULL) &&
	    named_find(&t->named, t->j, t->w, t->f, t->s, row, form, NULL, &is, why) != 0)
		return -1;
	if (is.key == NULL) {
		say_no_name(t, row, field, form, &is);
		return 0;
	}
	const struct message_arg args[] = { { "title", field->title }, { "form", form->title },
		{ "number", is.key }, { "name", is.name } };
	struct finding *said = judge_say(t->j, t->f, t->s, row, field,
	    is.whole ? "key.missing.named" : "key.missing.beside", args, 4);

	if (is.whole)
		said->suggest = is.key;
	return 0;
}

int place_row(struct table *t, struct judged_row *row, struct why *why)
{
	const struct field *assigned = number_field(t->form), *key = &t->form->fields[t->form->keys[0]];
	const char *owner = NULL;
	int owned, had;

	for (size_t i = 0; i < t->form->n_keys; i++)
		if (row->failed[t->form->keys[i]])
			return 0;               /* said already */
	if (row->key[0] == '\0' && row->op == OP_NEW && assigned != NULL)
		return want_number(t, row, assigned, why);
	if (row->key[0] == '\0')
		return say_no_key(t, row, why);
	if (find_base(t, row, why) != 0)
		return -1;
	owned = row->base == NULL ? find_owner(t, row, &owner, why) : 0;
	had = row->op == OP_WITHDRAW ? ask_withdrawn(t, row, why) : 0;
	if (owned < 0 || had < 0)
		return -1;
	if (owned > 0)
		return say_unknown(t, row, key, true, why);
	if (t->j->alone && row->op != OP_NEW)
		;                       /* nobody knows what is there */
	else if (had > 0)
		;                       /* taken back, perhaps for the second time this week: with a reason */
	else if (row->op == OP_WITHDRAW && (row->base == NULL || (t->form->due == DUE_WEEKLY &&
	    !row->base_this_week)))
		row_say(t, row, key, "withdraw.nothing", NULL, NULL);
	else if (row->base == NULL && row->op == OP_REPORT && assigned != NULL)
		return say_unknown(t, row, key, false, why);
	else if (row->base == NULL && row->op == OP_NEW && assigned != NULL)
		check_new_key(t, row, key);
	return 0;
}

/* ---- what is looked up ---- */

/* What names the row as the unit had it before this week; no such lookup for what is sent anew every week. */
static int prepare_mine(struct table *t, struct why *why)
{
	const struct field *name = form_naming_field(t->form);
	struct buf sql = { 0 }, view = { 0 };
	int rc;

	if (t->form->due == DUE_WEEKLY)
		return 0;
	buf_fmt(&view, "prev_%s", t->form->name);
	buf_str(&sql, "SELECT ");
	if (name != NULL)
		sql_name(&sql, name->name);
	else
		buf_str(&sql, "NULL");
	buf_str(&sql, " FROM ");
	sql_name(&sql, buf_cstr(&view));
	buf_str(&sql, " WHERE unit = ?1 AND ");
	world_key_is(&sql, t->form, "", 2);
	rc = world_prepare(t->j, t->w, buf_cstr(&sql), &t->mine, why);
	if (rc == 0)
		(void)sqlite3_bind_text(t->mine, 1, t->j->unit, -1, SQLITE_STATIC);
	buf_free(&sql);
	buf_free(&view);
	return rc;
}

/* Who else holds a key, where it belongs to one unit in the whole city. */
static int prepare_owner(struct table *t, struct why *why)
{
	struct buf sql = { 0 };
	int rc = 0;

	if (t->form->unique_all && t->w->has_before && db_has_table(t->w->db, "before", t->form->name)) {
		buf_str(&sql, "SELECT unit FROM before.");
		sql_name(&sql, t->form->name);
		buf_str(&sql, " WHERE unit <> ?1 AND ");
		world_key_is(&sql, t->form, "", 2);
		rc = db_prepare(t->w->db, buf_cstr(&sql), &t->owner, why);
		if (rc == 0)
			(void)sqlite3_bind_text(t->owner, 1, t->j->unit, -1, SQLITE_STATIC);
	}
	buf_free(&sql);
	return rc;
}

int place_prepare(struct table *t, struct why *why)
{
	struct buf columns = { 0 }, prev = { 0 };
	int rc;

	for (size_t i = 0; i < t->form->n_fields; i++) {
		if (t->asked[i])
			sql_name(&columns, t->form->fields[i].name);
		else
			buf_str(&columns, "NULL");
		buf_str(&columns, ", ");
	}
	buf_str(&columns, "_week");
	buf_fmt(&prev, "prev_%s", t->form->name);
	rc = cursor_open(&t->base, t->j, t->w, t->form, t->form->name, buf_cstr(&columns), why);
	if (rc == 0 && !world_is_unmoved(t->j, t->w, t->form))
		rc = cursor_open(&t->prev, t->j, t->w, t->form, buf_cstr(&prev), buf_cstr(&columns), why);
	if (rc == 0)
		rc = prepare_owner(t, why);
	if (rc == 0)
		rc = prepare_mine(t, why);
	buf_free(&columns);
	buf_free(&prev);
	return rc;
}
