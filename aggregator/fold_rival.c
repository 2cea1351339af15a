/*
 * fold_rival - keys that belong to one unit in the whole city, taken by two in the same week: units are
 * judged alone, so only the fold can see it.  Rows that refer to a row left out have nothing to stand on:
 * they are left out too, and say so.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator.h"

/* Rows of FORM that are new this week, into temp.fresh. */
static int find_fresh(struct folding *g, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "INSERT INTO temp.fresh (unit, key) SELECT now.unit, ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql, " FROM main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS now WHERE substr(now._submission, 1, 8) = :week");
	if (g->has_prev && db_has_table(g->db, "prev", form->name)) {
		buf_str(&sql, " AND NOT EXISTS (SELECT 1 FROM prev.");
		sql_name(&sql, form->name);
		buf_str(&sql, " AS before WHERE before.unit = now.unit AND ");
		sql_same_key(&sql, form, "before", "now");
		buf_str(&sql, ")");
	}
	rc = fold_run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

/* Keys taken this week that more than one unit has, into temp.contested.  Most weeks: none. */
static int find_contested(struct folding *g, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "INSERT INTO temp.contested (key) SELECT ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql, " AS key FROM main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS now WHERE ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql, " IN (SELECT fresh.key FROM temp.fresh AS fresh) GROUP BY 1 HAVING count(*) > 1");
	rc = fold_run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

/*
 * Who loses a contested key: who held it before stands; then who was received first; then the unit's code.
 * :week's submissions only are in the table, hence the LEFT JOIN.
 */
static int judge_contested(struct folding *g, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql,
	    "INSERT INTO temp.left_out (form, unit, key, holder, field, submission, row) WITH claim AS"
	    " (SELECT now.unit, ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql,
	    " AS key, coalesce(now._first, now._submission) AS first, now._submission AS submission,"
	    " now._row AS row FROM main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS now WHERE ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql,
	    " IN (SELECT contested.key FROM temp.contested AS contested)), placed AS (SELECT claim.*,"
	    " first_value(claim.unit) OVER better AS holder, row_number() OVER better AS place FROM claim"
	    " LEFT JOIN temp.fresh AS fresh ON fresh.unit = claim.unit AND fresh.key = claim.key"
	    " LEFT JOIN main.submission AS sent ON sent.unit = claim.unit AND substr(claim.first, 1, 8) ="
	    " :week AND sent.number = CAST(substr(claim.first, length(claim.unit) + 11) AS INTEGER)"
	    " WINDOW better AS (PARTITION BY claim.key ORDER BY fresh.unit IS NOT NULL, sent.received_at,"
	    " claim.unit)) SELECT ");
	sql_text(&sql, form->name);
	buf_str(&sql, ", unit, key, holder, ");
	sql_text(&sql, form->fields[form->keys[0]].name);
	buf_str(&sql, ", submission, row FROM placed WHERE place > 1 ORDER BY unit, key");
	rc = fold_run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

/* What of FORM stands in temp.left_out goes out of the snapshot. */
static int remove_left_out(struct folding *g, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "DELETE FROM main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS now WHERE (now.unit, ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql, ") IN (SELECT unit, key FROM temp.left_out WHERE form = ");
	sql_text(&sql, form->name);
	buf_str(&sql, ")");
	rc = fold_run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

/* Keys of temp.fresh that more than one unit has go to one of them. */
static int settle_contested(struct folding *g, const struct form *form, struct why *why)
{
	bool any = false;

	if (find_contested(g, form, why) != 0 || fold_has_rows(g, "contested", &any, why) != 0)
		return -1;
	if (!any)
		return 0;
	return judge_contested(g, form, why) != 0 ? -1 : remove_left_out(g, form, why);
}

/* Rows of FORM whose key another unit has a better claim to go to temp.left_out, and out of the snapshot. */
int fold_leave_out(struct folding *g, const struct form *form, struct why *why)
{
	bool any = false;
	int rc = -1;

	if (db_exec(g->db,
	    "CREATE TABLE temp.fresh (unit TEXT, key TEXT, PRIMARY KEY (key, unit)) WITHOUT ROWID;"
	    "CREATE TABLE temp.contested (key TEXT PRIMARY KEY) WITHOUT ROWID", why) != 0 ||
	    find_fresh(g, form, why) != 0 || fold_has_rows(g, "fresh", &any, why) != 0 ||
	    (any && settle_contested(g, form, why) != 0))
		goto out;
	rc = db_exec(g->db, "DROP TABLE temp.fresh; DROP TABLE temp.contested", why);
out:
	return rc;
}

/* Rows of FORM whose FIELD names a row of their own unit that was left out. */
static int leave_out_orphans(struct folding *g, const struct form *form, const struct field *field,
    struct why *why)
{
	struct buf sql = { 0 };
	int rc = -1;

	buf_str(&sql, "INSERT INTO temp.left_out (form, unit, key, holder, field, submission, row, referent,"
	    " cause) SELECT ");
	sql_text(&sql, form->name);
	buf_str(&sql, ", now.unit, ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql, ", gone.holder, ");
	sql_text(&sql, field->name);
	buf_str(&sql, ", now._submission, now._row, ");
	sql_text(&sql, field->to);
	buf_str(&sql, ", gone.key FROM temp.left_out AS gone JOIN main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS now ON now.unit = gone.unit AND ");
	sql_column(&sql, "now", field->name);
	buf_str(&sql, " = gone.key WHERE gone.form = ");
	sql_text(&sql, field->to);
	buf_str(&sql, " ORDER BY 2, 3");
	if (fold_run(g, &sql, NULL, why) != 0)
		goto out;
	rc = remove_left_out(g, form, why);
out:
	buf_free(&sql);
	return rc;
}

int fold_leave_orphans(struct folding *g, const struct form *form, struct why *why)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		if (form->fields[i].to != NULL && leave_out_orphans(g, form, &form->fields[i], why) != 0)
			return -1;
	}
	return 0;
}

/* The form NAME, retired or not; NULL for NULL. */
static const struct form *left_out_form(const struct folding *g, const char *name)
{
	for (size_t i = 0; name != NULL && i < g->f->n_forms; i++) {
		if (strcmp(g->f->forms[i]->name, name) == 0)
			return g->f->forms[i];
	}
	return NULL;
}

/* The message for one row left out; a rule set of before there were orphans has the one message for both. */
static const char *left_out_message(const struct messages *m, bool orphan)
{
	return orphan && message_find(m, "fold.orphan") != NULL ? "fold.orphan" : "fold.taken";
}

/* The finding that names one row left out, on the submission that brought it. */
static int say_taken(struct folding *g, sqlite3_stmt *row, sqlite3_stmt *insert, struct why *why)
{
	const struct messages *m = &g->f->rules->messages;
	const char *unit = (const char *)sqlite3_column_text(row, 1),
	    *key = (const char *)sqlite3_column_text(row, 2);
	const char *holder = (const char *)sqlite3_column_text(row, 3);
	const char *submission = (const char *)sqlite3_column_text(row, 5);
	const struct unit *named = ruleset_unit(g->f->rules, holder);
	const struct form *to = left_out_form(g, (const char *)sqlite3_column_text(row, 7));
	const char *id = left_out_message(m, to != NULL);
	const struct message *message = message_find(m, id);
	struct message_arg args[] = { { "key", key }, { "holder", named != NULL ? named->name : holder },
	    { "to", to != NULL ? to->title : "" }, { "cause", (const char *)sqlite3_column_text(row, 8) } };
	const char *slash = strrchr(submission, '/');
	struct buf says = { 0 }, mend = { 0 };
	int rc = 0;

	message_says(&says, m, id, args, 4);
	message_mend(&mend, m, id, args, 4);
	(void)sqlite3_bind_text(insert, 1, unit, -1, SQLITE_TRANSIENT);
	(void)sqlite3_bind_int(insert, 2, slash != NULL ? (int)strtol(slash + 1, NULL, 10) : 0);
	(void)sqlite3_bind_value(insert, 3, sqlite3_column_value(row, 0));
	(void)sqlite3_bind_text(insert, 4, key, -1, SQLITE_TRANSIENT);
	(void)sqlite3_bind_value(insert, 5, sqlite3_column_value(row, 6));
	(void)sqlite3_bind_value(insert, 6, sqlite3_column_value(row, 4));
	(void)sqlite3_bind_text(insert, 7, message->rule, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(insert, 8, severity_name(message->severity), -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(insert, 9, buf_cstr(&says), -1, SQLITE_TRANSIENT);
	(void)sqlite3_bind_text(insert, 10, buf_cstr(&mend), -1, SQLITE_TRANSIENT);
	if (sqlite3_step(insert) != SQLITE_DONE)
		rc = db_trouble(g->db, "finding", why);
	(void)sqlite3_reset(insert);
	buf_free(&says);
	buf_free(&mend);
	return rc;
}

int fold_say_left_out(struct folding *g, struct why *why)
{
	sqlite3_stmt *rows = NULL, *insert = NULL;
	int rc = -1, step;

	if (db_prepare(g->db, "SELECT form, unit, key, holder, field, submission, row, referent, cause"
	    " FROM temp.left_out ORDER BY form, unit, key", &rows, why) != 0 ||
	    db_prepare(g->db,
	    "INSERT INTO main.finding (unit, number, seq, form, key, row, col, field, rule, severity,"
	    " value, message, mend, explained, held) SELECT ?1, ?2,"
	    " (SELECT coalesce(max(seq), 0) + 1 FROM main.finding WHERE unit = ?1 AND number = ?2),"
	    " ?3, ?4, ?5, 0, ?6, ?7, ?8, ?4, ?9, ?10, 0, 1", &insert, why) != 0)
		goto out;
	while ((step = db_step(rows, "left_out", why)) == 1) {
		if (say_taken(g, rows, insert, why) != 0)
			goto out;
		g->left_out++;
	}
	if (step < 0)
		goto out;
	rc = 0;
out:
	(void)sqlite3_finalize(rows);
	(void)sqlite3_finalize(insert);
	return rc;
}
