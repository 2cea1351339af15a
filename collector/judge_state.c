/*
 * judge_state - how each form stands in a world: the unit's rows of the snapshot before, and what the unit
 * itself had accepted since.
 *
 * Rationale: most weeks most forms stand as they stood.  So a form is read where it lies, through a view
 * of the snapshot that is made when a statement first names it; only when something of this week has to be
 * seen by SQL are its rows copied into a table of memory, and the sheets judged since put on top.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/env.h"
#include "../common/formsql.h"
#include "judge.h"

struct standing *world_standing(const struct judging *j, struct world *w, const struct form *form)
{
	size_t i = 0;

	while (i + 1 < j->rs->n_forms && j->rs->forms[i] != form)
		i++;
	return &w->forms[i];
}

/* ---- loading ---- */

/*
 * Today's names of what both tables have, and what the other calls them: a snapshot or an intake file may be
 * of a time when the form was another.
 */
static int common_columns(sqlite3 *db, const char *schema, const char *table, const struct form *form,
    struct buf *out, struct buf *theirs, struct why *why)
{
	struct names have = { 0 };

	if (db_columns(db, schema, table, &have, why) != 0)
		return -1;
	for (size_t i = 0; i < form->n_fields; i++) {
		const char *column = field_column(&form->fields[i], have.v, have.n);

		if (column == NULL)
			continue;
		buf_str(out, ", ");
		sql_name(out, form->fields[i].name);
		buf_str(theirs, ", ");
		sql_name(theirs, column);
	}
	names_free(&have);
	return 0;
}

/* Rows of a snapshot's form table, into schema TO: the unit's own; all of a form that only the office sends. */
static int load_form(struct world *w, const struct judging *j, const struct form *form, const char *schema,
    const char *to, struct why *why)
{
	struct buf columns = { 0 }, theirs = { 0 }, sql = { 0 };
	int rc = 0;

	if (!db_has_table(w->db, schema, form->name))
		return 0;
	rc = common_columns(w->db, schema, form->name, form, &columns, &theirs, why);
	if (rc == 0) {
		buf_fmt(&sql, "INSERT OR REPLACE INTO %s.", to);
		sql_name(&sql, form->name);
		buf_fmt(&sql,
		    " (unit%s, note, _week, _submission, _first, _row) SELECT unit%s, note, _week, _submission,"
		    " _first, _row FROM %s.", buf_cstr(&columns), buf_cstr(&theirs), schema);
		sql_name(&sql, form->name);
		if (!form->by_office) {
			buf_str(&sql, " WHERE unit = ");
			sql_text(&sql, j->unit);
		}
		rc = db_exec(w->db, buf_cstr(&sql), why);
	}
	buf_free(&columns);
	buf_free(&theirs);
	buf_free(&sql);
	return rc;
}

const char *world_before(const struct judging *j, struct world *w, const struct form *form)
{
	if (form != NULL && world_standing(j, w, form)->amended)
		return "amended";
	return w->has_before ? "before" : NULL;
}

/* ---- what was accepted this week ---- */

/* A weekly report taken back leaves the last state before it; anything else leaves nothing. */
static int apply_withdrawn(struct world *w, const struct judging *j, const struct form *form,
    const char *source, struct why *why)
{
	const struct words *words = words_find(&j->rs->messages, "op.withdraw");
	struct buf columns = { 0 }, theirs = { 0 }, keys = { 0 }, gone = { 0 }, sql = { 0 };
	const char *before = world_before(j, w, form);
	int rc;

	sql_keys(&keys, form, NULL);
	buf_fmt(&gone, "(%s) IN (SELECT %s FROM %s WHERE op = ", buf_cstr(&keys), buf_cstr(&keys), source);
	sql_text(&gone, words->v[0]);
	buf_char(&gone, ')');
	buf_str(&sql, "DELETE FROM main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " WHERE unit = ");
	sql_text(&sql, j->unit);
	buf_fmt(&sql, " AND %s", buf_cstr(&gone));
	rc = db_exec(w->db, buf_cstr(&sql), why);
	if (rc == 0 && form->due == DUE_WEEKLY && before != NULL && db_has_table(w->db, before, form->name)) {
		rc = common_columns(w->db, before, form->name, form, &columns, &theirs, why);
		buf_reset(&sql);
		buf_str(&sql, "INSERT INTO main.");
		sql_name(&sql, form->name);
		buf_fmt(&sql,
		    " (unit%s, note, _week, _submission, _first, _row) SELECT unit%s, note, _week, _submission,"
		    " _first, _row FROM %s.", buf_cstr(&columns), buf_cstr(&theirs), before);
		sql_name(&sql, form->name);
		buf_str(&sql, " WHERE unit = ");
		sql_text(&sql, j->unit);
		buf_fmt(&sql, " AND %s", buf_cstr(&gone));
		if (rc == 0)
			rc = db_exec(w->db, buf_cstr(&sql), why);
	}
	buf_free(&columns);
	buf_free(&theirs);
	buf_free(&keys);
	buf_free(&gone);
	buf_free(&sql);
	return rc;
}

/* The columns of SOURCE that FORM has: today's for "new", those of its time for an intake file's table. */
static int source_columns(struct world *w, const struct form *form, const char *source, struct buf *out,
    struct buf *theirs, struct why *why)
{
	if (strncmp(source, "sent.", 5) == 0)
		return common_columns(w->db, "sent", form->name, form, out, theirs, why);
	for (size_t i = 0; i < form->n_fields; i++) {
		buf_str(out, ", ");
		sql_name(out, form->fields[i].name);
	}
	buf_str(theirs, buf_cstr(out));
	return 0;
}

static int apply_reports(struct world *w, const struct judging *j, const struct form *form,
    const char *source, const char *submission, struct why *why)
{
	const struct words *words = words_find(&j->rs->messages, "op.withdraw");
	struct buf columns = { 0 }, theirs = { 0 }, sql = { 0 }, id = { 0 }, week_text = { 0 };
	char week[9];
	int rc = source_columns(w, form, source, &columns, &theirs, why);

	week_format(w->window.week, week);
	sql_text(&id, submission);
	sql_text(&week_text, week);
	buf_str(&sql, "INSERT OR REPLACE INTO main.");
	sql_name(&sql, form->name);
	buf_fmt(&sql, " (unit%s, note, _week, _submission, _first, _row) SELECT ", buf_cstr(&columns));
	sql_text(&sql, j->unit);
	buf_fmt(&sql, "%s, note, %s, %s, coalesce((SELECT was._first FROM main.", buf_cstr(&theirs),
	    buf_cstr(&week_text), buf_cstr(&id));
	sql_name(&sql, form->name);
	buf_fmt(&sql, " AS was WHERE was._week = %s AND was.unit = ", buf_cstr(&week_text));
	sql_text(&sql, j->unit);
	for (size_t i = 0; i < form->n_keys; i++) {
		buf_str(&sql, " AND was.");
		sql_name(&sql, form->fields[form->keys[i]].name);
		buf_str(&sql, " = given.");
		sql_name(&sql, form->fields[form->keys[i]].name);
	}
	buf_fmt(&sql, "), %s), _row FROM %s AS given WHERE op IS NOT ", buf_cstr(&id), source);
	sql_text(&sql, words->v[0]);
	if (rc == 0)
		rc = db_exec(w->db, buf_cstr(&sql), why);
	buf_free(&columns);
	buf_free(&theirs);
	buf_free(&sql);
	buf_free(&id);
	buf_free(&week_text);
	return rc;
}

/* Rows of SOURCE become the unit's state of FORM, which is a table; withdrawn ones leave it. */
static int apply_source(struct world *w, const struct judging *j, const struct form *form, const char *source,
    const char *submission, struct why *why)
{
	if (apply_withdrawn(w, j, form, source, why) != 0)
		return -1;
	return apply_reports(w, j, form, source, submission, why);
}

/* ---- the sheets judged since ---- */

/* Today's columns of FORM and what a row says beside them, empty. */
static int make_applied(struct world *w, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "CREATE TABLE main.applied (");
	env_form_columns(&sql, form);
	buf_str(&sql, ", op TEXT, note TEXT, correction TEXT, _row INTEGER)");
	rc = db_exec(w->db, buf_cstr(&sql), why);
	buf_free(&sql);
	return rc;
}

static int apply_taken(struct world *w, const struct judging *j, const struct form *form,
    const struct taken *taken, struct why *why)
{
	struct buf id = { 0 };
	int rc = make_applied(w, form, why);

	submission_id(&id, j->window.week, j->unit, taken->f->label.number);
	if (rc == 0)
		rc = insert_standing(w->db, "applied", j, taken->s, why);
	if (rc == 0)
		rc = apply_source(w, j, form, "main.applied", buf_cstr(&id), why);
	if (rc == 0)
		rc = db_exec(w->db, "DROP TABLE main.applied", why);
	buf_free(&id);
	return rc;
}

/* Copy the rows of the snapshot; a correction stands on what the sealed week says. */
static int make_table(struct world *w, const struct judging *j, const struct form *form, struct standing *st,
    struct why *why)
{
	struct buf sql = { 0 };
	int rc = 0;

	buf_str(&sql, "DROP VIEW IF EXISTS temp.");
	sql_name(&sql, form->name);
	if (st->view)
		rc = db_exec(w->db, buf_cstr(&sql), why);
	st->view = false;
	if (rc == 0)
		rc = env_create_state_form(w->db, "main", form, why);
	if (rc == 0 && world_before(j, w, form) != NULL)
		rc = load_form(w, j, form, world_before(j, w, form), "main", why);
	if (rc == 0 && w->has_sealed)
		rc = load_form(w, j, form, "sealed", "main", why);
	st->table = rc == 0;
	buf_free(&sql);
	return rc;
}

int world_state(const struct judging *j, struct world *w, const struct form *form, struct why *why)
{
	struct standing *st = world_standing(j, w, form);
	int rc = 0;

	if (!st->table && st->n_taken == 0 && !w->has_sealed) {
		if (!st->view)
			rc = env_form_view(w->db, form, form->name, world_before(j, w, form), j->unit, why);
		st->view = rc == 0;
		return rc;
	}
	if (!st->table)
		rc = make_table(w, j, form, st, why);
	for (size_t i = 0; rc == 0 && i < st->n_taken; i++)
		rc = apply_taken(w, j, form, &st->taken[i], why);
	if (rc == 0)
		st->n_taken = 0;
	return rc;
}

bool world_is_unmoved(const struct judging *j, struct world *w, const struct form *form)
{
	const struct standing *st = world_standing(j, w, form);

	return !st->table && st->n_taken == 0 && !w->has_sealed;
}

int world_apply(struct world *w, const struct judging *j, const struct form *form, const char *source,
    const char *submission, struct why *why)
{
	if (world_standing(j, w, form)->table || make_table(w, j, form, world_standing(j, w, form), why) == 0)
		return apply_source(w, j, form, source, submission, why);
	return -1;
}

/* ---- what was corrected this week ---- */

/* " AND what SCHEMA's table has under the key of given is of WEEK or before, or is not there" */
static void sql_no_newer(struct buf *sql, const char *schema, const struct form *form, const char *week)
{
	buf_fmt(sql, " AND coalesce((SELECT was._week FROM %s.", schema);
	sql_name(sql, form->name);
	buf_str(sql, " AS was WHERE ");
	for (size_t i = 0; i < form->n_keys; i++) {
		buf_str(sql, i > 0 ? " AND was." : "was.");
		sql_name(sql, form->fields[form->keys[i]].name);
		buf_str(sql, " = given.");
		sql_name(sql, form->fields[form->keys[i]].name);
	}
	buf_str(sql, "), '') <= ");
	sql_text(sql, week);
}

/* The table of FORM in "amended": the unit's rows of the snapshot before; whoever reads those reads it from now on. */
static int make_amended(struct world *w, const struct judging *j, const struct form *form, struct why *why)
{
	struct standing *st = world_standing(j, w, form);
	struct buf sql = { 0 };
	int rc = 0;

	if (st->amended)
		return 0;
	if (env_create_state_form(w->db, "amended", form, why) != 0 ||
	    (w->has_before && load_form(w, j, form, "before", "amended", why) != 0))
		return -1;
	st->amended = true;
	buf_str(&sql, "DROP VIEW IF EXISTS temp.");
	sql_name(&sql, form->name);
	if (st->view)
		rc = db_exec(w->db, buf_cstr(&sql), why);
	st->view = false;
	buf_free(&sql);
	return rc == 0 ? world_renew_prev(j, w, form->name, why) : -1;
}

/* The rows of SOURCE, which correct WEEK, where nothing newer stands; taken back: nothing that is weekly. */
static int amend_rows(struct world *w, const struct judging *j, const struct form *form, const char *source,
    const char *submission, const char *week, struct why *why)
{
	const struct words *words = words_find(&j->rs->messages, "op.withdraw");
	struct buf columns = { 0 }, theirs = { 0 }, keys = { 0 }, sql = { 0 };
	int rc = source_columns(w, form, source, &columns, &theirs, why);

	sql_keys(&keys, form, NULL);
	if (rc == 0 && form->due != DUE_WEEKLY) {
		buf_str(&sql, "DELETE FROM amended.");
		sql_name(&sql, form->name);
		buf_fmt(&sql, " WHERE (%s) IN (SELECT %s FROM %s AS given WHERE op = ", buf_cstr(&keys), buf_cstr(&keys),
		    source);
		sql_text(&sql, words->v[0]);
		sql_no_newer(&sql, "amended", form, week);
		buf_char(&sql, ')');
		rc = db_exec(w->db, buf_cstr(&sql), why);
		buf_reset(&sql);
	}
	buf_str(&sql, "INSERT OR REPLACE INTO amended.");
	sql_name(&sql, form->name);
	buf_fmt(&sql, " (unit%s, note, _week, _submission, _first, _row) SELECT ", buf_cstr(&columns));
	sql_text(&sql, j->unit);
	buf_fmt(&sql, "%s, note, ", buf_cstr(&theirs));
	sql_text(&sql, week);
	buf_str(&sql, ", ");
	sql_text(&sql, submission);
	buf_fmt(&sql, ", NULL, _row FROM %s AS given WHERE op IS NOT ", source);
	sql_text(&sql, words->v[0]);
	sql_no_newer(&sql, "amended", form, week);
	if (rc == 0)
		rc = db_exec(w->db, buf_cstr(&sql), why);
	buf_free(&columns);
	buf_free(&theirs);
	buf_free(&keys);
	buf_free(&sql);
	return rc;
}

/*
 * FORM has a table already, with this week's reports in it: what was not reported, and not taken back, is as it is
 * amended now.
 */
static int amend_table(struct world *w, const struct form *form, const char *source, struct why *why)
{
	struct buf keys = { 0 }, sql = { 0 };
	char week[9];
	int rc;

	week_format(w->window.week, week);
	sql_keys(&keys, form, NULL);
	buf_str(&sql, "DELETE FROM main.");
	sql_name(&sql, form->name);
	buf_fmt(&sql, " WHERE _week <> '%s' AND (%s) IN (SELECT %s FROM %s) AND (%s) NOT IN (SELECT %s FROM amended.", week,
	    buf_cstr(&keys), buf_cstr(&keys), source, buf_cstr(&keys), buf_cstr(&keys));
	sql_name(&sql, form->name);
	buf_char(&sql, ')');
	rc = db_exec(w->db, buf_cstr(&sql), why);
	buf_reset(&sql);
	buf_str(&sql, "INSERT OR REPLACE INTO main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " SELECT * FROM amended.");
	sql_name(&sql, form->name);
	buf_fmt(&sql, " WHERE (%s) IN (SELECT %s FROM %s) AND (%s) NOT IN (SELECT %s FROM main.", buf_cstr(&keys),
	    buf_cstr(&keys), source, buf_cstr(&keys), buf_cstr(&keys));
	sql_name(&sql, form->name);
	buf_fmt(&sql, " WHERE _week = '%s') AND ((%s) IN (SELECT %s FROM main.", week, buf_cstr(&keys), buf_cstr(&keys));
	sql_name(&sql, form->name);
	buf_str(&sql, ") OR ");
	sql_key_text(&sql, form, NULL);
	buf_str(&sql, " NOT IN (SELECT key FROM temp.used WHERE form = ");
	sql_text(&sql, form->name);
	buf_str(&sql, "))");
	if (rc == 0)
		rc = db_exec(w->db, buf_cstr(&sql), why);
	buf_free(&keys);
	buf_free(&sql);
	return rc;
}

int world_amend(struct world *w, const struct judging *j, const struct form *form, const char *source,
    const char *submission, const char *week, struct why *why)
{
	if (make_amended(w, j, form, why) != 0 || amend_rows(w, j, form, source, submission, week, why) != 0)
		return -1;
	return world_standing(j, w, form)->table ? amend_table(w, form, source, why) : 0;
}

/* ---- keys in use ---- */

/* Every key that was ever given or taken this week, withdrawn ones included: numbers are never used again. */
int world_note_used(struct world *w, const struct form *form, const char *source, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "INSERT OR IGNORE INTO temp.used SELECT ");
	sql_text(&sql, form->name);
	buf_str(&sql, ", ");
	sql_key_text(&sql, form, NULL);
	buf_fmt(&sql, " FROM %s", source);
	rc = db_exec(w->db, buf_cstr(&sql), why);
	buf_free(&sql);
	return rc;
}

/* Only where the engine gives numbers does anybody ask. */
static int note_taken(struct world *w, const struct judged_sheet *s, struct why *why)
{
	struct binder b = { 0 };
	int rc;

	if (number_field(s->sheet->form) == NULL)
		return 0;
	rc = db_prepare(w->db, "INSERT OR IGNORE INTO temp.used VALUES (?1, ?2)", &b.stmt, why);
	for (size_t i = 0; rc == 0 && i < s->n_rows; i++) {
		if (s->rows[i].held)
			continue;
		put_text(&b, s->sheet->form->name);
		put_text(&b, s->rows[i].key);
		if (put_done(&b) != 0)
			rc = db_trouble(w->db, "used", why);
	}
	(void)sqlite3_finalize(b.stmt);
	return rc;
}

/* A sheet of F, a correction, was judged: what the open week's files of the batch are judged against has it. */
static int amend_open(struct judging *j, const struct judged *f, const struct judged_sheet *s, struct why *why)
{
	struct world *open = world_of(j, &j->window, false, why);
	struct buf id = { 0 };
	char week[9];
	int rc;

	if (open == NULL || make_applied(open, s->sheet->form, why) != 0)
		return -1;
	week_format(f->declared.week, week);
	submission_id(&id, j->window.week, j->unit, f->label.number);
	rc = insert_standing(open->db, "applied", j, s, why);
	if (rc == 0)
		rc = world_amend(open, j, s->sheet->form, "main.applied", buf_cstr(&id), week, why);
	if (rc == 0)
		rc = db_exec(open->db, "DROP TABLE main.applied", why);
	if (rc == 0)
		rc = note_taken(open, s, why);
	buf_free(&id);
	return rc;
}

int world_take(struct judging *j, struct world *w, const struct judged *f, const struct judged_sheet *s,
    struct why *why)
{
	struct standing *st = world_standing(j, w, s->sheet->form);

	vec_room(st->taken, st->n_taken, st->cap_taken);
	st->taken[st->n_taken++] = (struct taken){ .f = f, .s = s };
	if (w->correction && amend_open(j, f, s, why) != 0)
		return -1;
	return note_taken(w, s, why);
}

/* ---- what is due, what was sent ---- */

void world_due_sql(const struct judging *j, struct world *w, const struct form *form, struct buf *out)
{
	const struct form *of = env_due_form(form);

	if (of != NULL && world_is_unmoved(j, w, of))
		env_due_unmoved_sql(out, j->rs, form);
	else
		env_due_sql(out, j->rs, form);
}

/* The row of KEY in a sheet, whose rows are by key from *HINT on as a rule; NULL if there is none. */
static const struct judged_row *row_of(const struct judged_sheet *s, const char *key, size_t *hint)
{
	size_t low = 0, high = s->n_by_key;

	for (size_t i = *hint; i < high && i < *hint + 2; i++)
		if (strcmp(s->by_key[i]->key, key) == 0) {
			*hint = i;
			return s->by_key[i];
		}
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = strcmp(s->by_key[middle]->key, key);

		if (c == 0) {
			*hint = middle;
			return s->by_key[middle];
		}
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Whether the row KEY has STMT, which SQL is prepared as at the first call: 1, and its text to OUT, 0 or -1. */
static int has_row(struct world *w, sqlite3_stmt **stmt, const char *sql, const char *key, struct buf *out,
    struct why *why)
{
	int step;

	if (*stmt == NULL && db_prepare(w->db, sql, stmt, why) != 0)
		return -1;
	(void)sqlite3_bind_text(*stmt, 1, key, -1, SQLITE_TRANSIENT);
	step = sqlite3_step(*stmt);
	if (step == SQLITE_ROW && sqlite3_column_type(*stmt, 0) == SQLITE_TEXT)
		buf_str(out, (const char *)sqlite3_column_text(*stmt, 0));
	(void)sqlite3_reset(*stmt);
	return step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : db_trouble(w->db, "sent", why);
}

static int is_reported(struct world *w, struct standing *st, const struct form *form, const char *key,
    struct why *why)
{
	struct buf sql = { 0 }, none = { 0 };
	char week[9];
	int rc;

	week_format(w->window.week, week);
	buf_str(&sql, "SELECT 1 FROM main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " WHERE _week = ");
	sql_text(&sql, week);
	buf_str(&sql, " AND ");
	world_key_is(&sql, form, "", 1);
	rc = has_row(w, &st->reported, buf_cstr(&sql), key, &none, why);
	buf_free(&sql);
	buf_free(&none);
	return rc;
}

static int is_held(struct world *w, struct standing *st, const struct form *form, const char *key,
    struct buf *cause, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "SELECT cause FROM temp.held WHERE key = ?1 AND form = ");
	sql_text(&sql, form->name);
	rc = has_row(w, &st->held, buf_cstr(&sql), key, cause, why);
	buf_free(&sql);
	return rc;
}

int world_sent(const struct judging *j, struct world *w, const struct form *form, const char *key,
    enum sent *out, struct buf *cause, struct why *why)
{
	struct standing *st = world_standing(j, w, form);
	const struct judged_row *row = NULL;
	int found;

	for (size_t i = st->n_taken; i-- > 0 && row == NULL;) {
		row = row_of(st->taken[i].s, key, &st->taken[i].hint);
		if (row != NULL && row->held)
			row = NULL;
	}
	if (row != NULL)
		found = row->op != OP_WITHDRAW;
	else
		found = st->table ? is_reported(w, st, form, key, why) : 0;
	*out = SENT_REPORTED;
	if (found != 0)
		return found > 0 ? 0 : -1;
	found = is_held(w, st, form, key, cause, why);
	*out = found > 0 ? SENT_HELD : SENT_NOT;
	return found < 0 ? -1 : 0;
}
