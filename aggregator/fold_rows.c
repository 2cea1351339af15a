/*
 * fold_rows - a unit's rows.  For each form there are three layers:
 *
 *   reports      what the unit accepted this week, file by file, a later row replacing an earlier one
 *   corrections  of sealed weeks: they replace the state where it is no newer than the week they correct
 *   before       the row as the week before left it
 *
 * and the row of a key is the first of them that has one.  So a report that is taken back uncovers the
 * state below it, and neither layer depends on the order in which the other came.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "../common/env.h"
#include "aggregator.h"

/* ---- layers ---- */

/* "SCHEMA."LAYER_form"" */
static void sql_layer(struct buf *b, const char *layer, const struct form *form)
{
	struct buf name = { 0 };

	buf_fmt(&name, "%s_%s", layer, form->name);
	buf_str(b, "temp.");
	sql_name(b, buf_cstr(&name));
	buf_free(&name);
}

static void sql_withdraws(struct buf *b, const struct folding *g)
{
	buf_fmt(b, "(given.op IS NOT NULL AND squash(given.op) IN (%s))", buf_cstr(&g->withdraw));
}

int layer_create(struct folding *g, const char *layer, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "CREATE TABLE ");
	sql_layer(&sql, layer, form);
	buf_str(&sql, " (");
	env_form_columns(&sql, form);
	buf_str(&sql,
	    ", note TEXT, _week TEXT, _submission TEXT, _first TEXT, _row INTEGER, _gone INTEGER, PRIMARY"
	    " KEY (");
	sql_keys(&sql, form, NULL);
	buf_str(&sql, "))");
	rc = fold_run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

int layer_drop(struct folding *g, const char *layer, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "DROP TABLE ");
	sql_layer(&sql, layer, form);
	rc = fold_run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

/* ---- one intake file ---- */

/* Copy the columns that both sides have of a plain table; LEAD: unit and number come from the path. */
static int copy_plain(struct folding *g, const char *table, bool lead, const struct place *at, struct why *why)
{
	struct names here = { 0 }, there = { 0 };
	struct buf columns = { 0 }, sql = { 0 };
	int rc = -1;

	if (db_columns(g->db, "main", table, &here, why) != 0 ||
	    db_columns(g->db, "intake", table, &there, why) != 0)
		goto out;
	for (size_t i = 0; i < here.n; i++) {
		if (!names_have(&there, here.v[i]))
			continue;
		if (lead && (strcmp(here.v[i], "unit") == 0 || strcmp(here.v[i], "number") == 0))
			continue;
		buf_str(&columns, columns.len > 0 ? ", " : "");
		sql_name(&columns, here.v[i]);
	}
	buf_fmt(&sql, "INSERT INTO main.%s (%s%s) SELECT %s%s FROM intake.%s", table,
	    lead ? "unit, number, " : "",
	    buf_cstr(&columns), lead ? ":unit, :number, " : "", buf_cstr(&columns), table);
	buf_str(&sql, lead ? " ORDER BY seq" : "");
	rc = fold_run(g, &sql, at, why);
out:
	names_free(&here);
	names_free(&there);
	buf_free(&columns);
	buf_free(&sql);
	return rc;
}

/* Reports of one file and form: the last word on their keys so far. */
static int
absorb_reports(struct folding *g, const struct form *form, const struct names *have, const struct place *at,
    struct why *why)
{
	bool weekly = form->due == DUE_WEEKLY;
	struct buf sql = { 0 };
	int rc = -1;

	buf_str(&sql, "INSERT INTO ");
	sql_layer(&sql, "report", form);
	buf_str(&sql, " AS standing (");
	sql_fields(&sql, form);
	buf_str(&sql, "note, _week, _submission, _first, _row, _gone) SELECT ");
	sql_fields_of(&sql, form, "given", have);
	buf_str(&sql, "given.note, :week, :id, :id, given._row, ");
	if (weekly)
		buf_str(&sql, "0");
	else
		sql_withdraws(&sql, g);
	buf_str(&sql, " FROM intake.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS given WHERE true");
	if (weekly) {
		buf_str(&sql, " AND NOT ");
		sql_withdraws(&sql, g);
	}
	buf_str(&sql, " ORDER BY ");
	sql_keys(&sql, form, "given");
	buf_str(&sql, " ON CONFLICT (");
	sql_keys(&sql, form, NULL);
	buf_str(&sql, ") DO UPDATE SET ");
	for (size_t i = 0; i < form->n_fields; i++) {
		sql_name(&sql, form->fields[i].name);
		buf_str(&sql, " = ");
		sql_column(&sql, "excluded", form->fields[i].name);
		buf_str(&sql, ", ");
	}
	buf_str(&sql, "note = excluded.note, _submission = excluded._submission, _row = excluded._row,"
	    " _first = CASE WHEN standing._gone THEN excluded._first ELSE standing._first END, _gone ="
	    " excluded._gone");
	if (fold_run(g, &sql, at, why) != 0)
		goto out;
	if (weekly) {
		buf_reset(&sql);
		buf_str(&sql, "DELETE FROM ");
		sql_layer(&sql, "report", form);
		buf_str(&sql, " AS standing WHERE EXISTS (SELECT 1 FROM intake.");
		sql_name(&sql, form->name);
		buf_str(&sql, " AS given WHERE ");
		sql_same_key(&sql, form, "given", "standing");
		buf_str(&sql, " AND ");
		sql_withdraws(&sql, g);
		buf_str(&sql, ")");
		if (fold_run(g, &sql, at, why) != 0)
			goto out;
	}
	rc = 0;
out:
	buf_free(&sql);
	return rc;
}

/*
 * Corrections of the sealed week :declared: they become the state where nothing newer is known, and
 * say so by its week.  Nothing sealed is undone: taking back a weekly report of then does nothing.
 */
static int absorb_corrections(struct folding *g, const struct form *form, const struct names *have,
    const struct place *at, struct why *why)
{
	bool weekly = form->due == DUE_WEEKLY;
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "INSERT INTO ");
	sql_layer(&sql, "corrected", form);
	buf_str(&sql, " (");
	sql_fields(&sql, form);
	buf_str(&sql, "note, _week, _submission, _first, _row, _gone) SELECT ");
	sql_fields_of(&sql, form, "given", have);
	buf_str(&sql, "given.note, :declared, :id, NULL, given._row, ");
	if (weekly)
		buf_str(&sql, "0");
	else
		sql_withdraws(&sql, g);
	buf_str(&sql, " FROM intake.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS given WHERE coalesce((SELECT standing._week FROM ");
	sql_layer(&sql, "corrected", form);
	buf_str(&sql, " AS standing WHERE ");
	sql_same_key(&sql, form, "standing", "given");
	buf_str(&sql, "), ");
	if (g->has_prev && db_has_table(g->db, "prev", form->name)) {
		buf_str(&sql, "(SELECT before._week FROM prev.");
		sql_name(&sql, form->name);
		buf_str(&sql, " AS before WHERE before.unit = :unit AND ");
		sql_same_key(&sql, form, "before", "given");
		buf_str(&sql, "), ");
	}
	buf_str(&sql, "'') <= :declared");
	if (weekly) {
		buf_str(&sql, " AND NOT ");
		sql_withdraws(&sql, g);
	}
	buf_str(&sql, " ORDER BY ");
	sql_keys(&sql, form, "given");
	buf_str(&sql, " ON CONFLICT (");
	sql_keys(&sql, form, NULL);
	buf_str(&sql, ") DO UPDATE SET ");
	for (size_t i = 0; i < form->n_fields; i++) {
		sql_name(&sql, form->fields[i].name);
		buf_str(&sql, " = ");
		sql_column(&sql, "excluded", form->fields[i].name);
		buf_str(&sql, ", ");
	}
	buf_str(&sql, "note = excluded.note, _week = excluded._week, _submission = excluded._submission,"
	    " _row = excluded._row, _gone = excluded._gone");
	rc = fold_run(g, &sql, at, why);
	buf_free(&sql);
	return rc;
}

/* The field whose numbers the engine gives out, or NULL. */
static const struct field *assigned_field(const struct form *form)
{
	if (form->n_keys != 1 || form->fields[form->keys[0]].assign == NULL)
		return NULL;
	return &form->fields[form->keys[0]];
}

/* Raise the high-water marks by the keys in SOURCE ("intake" or "prev"); rows taken back count too. */
static int raise_marks(struct folding *g, const char *source, const struct form *form, const struct place *at,
    struct why *why)
{
	const struct field *key = assigned_field(form);
	struct buf sql = { 0 }, k = { 0 };
	int rc;

	if (key == NULL)
		return 0;
	sql_column(&k, "given", key->name);
	buf_str(&sql, "INSERT INTO main.assigned (form, unit, prefix, last) SELECT ");
	sql_text(&sql, form->name);
	buf_fmt(&sql,
	    ", %s, rtrim(%s, '0123456789') AS stem, max(CAST(substr(%s, length(rtrim(%s, '0123456789')) + 1)"
	    " AS INTEGER)) FROM %s.", at != NULL ? ":unit" : "given.unit", buf_cstr(&k), buf_cstr(&k),
	    buf_cstr(&k), source);
	sql_name(&sql, form->name);
	/* Longer numbers than 15 digits are nobody's sequence. */
	buf_fmt(&sql,
	    " AS given WHERE length(%s) - length(rtrim(%s, '0123456789')) BETWEEN 1 AND 15 GROUP BY 2, stem"
	    " ORDER BY 2, stem ON CONFLICT (form, unit, prefix) DO UPDATE SET last = max(last,"
	    " excluded.last)",
	    buf_cstr(&k), buf_cstr(&k));
	rc = fold_run(g, &sql, at, why);
	buf_free(&sql);
	buf_free(&k);
	return rc;
}

/* What its submission row says of the attached intake file. */
static int read_submission(struct folding *g, const struct place *at, bool *correction, char declared[9],
    struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	const char *text;
	int rc = -1;

	if (db_prepare(g->db,
	    "SELECT correction, coalesce(declared_week, week), unit, number, week FROM intake.submission",
	    &stmt, why) != 0)
		goto out;
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		(void)why_set(why, EX_IOERR, "%s: no row in submission; run collector replay %s", at->id,
		    g->week);
		goto out;
	}
	text = (const char *)sqlite3_column_text(stmt, 2);
	if (text == NULL || strcmp(text, at->unit) != 0 || sqlite3_column_int(stmt, 3) != at->number) {
		(void)why_set(why, EX_IOERR, "%s: the intake file is of unit %s, number %d", at->id,
		    text != NULL ? text : "(none)", sqlite3_column_int(stmt, 3));
		goto out;
	}
	text = (const char *)sqlite3_column_text(stmt, 1);
	(void)snprintf(declared, 9, "%s", text != NULL ? text : "");
	*correction = sqlite3_column_int(stmt, 0) != 0;
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* All that the attached intake file has. */
static int absorb_tables(struct folding *g, const struct place *place, struct why *why)
{
	char declared[9] = "";
	struct place here = *place;
	const struct place *at = &here;
	bool correction = false;
	int rc = -1;

	if (read_submission(g, at, &correction, declared, why) != 0 ||
	    copy_plain(g, "submission", false, at, why) != 0 ||
	    copy_plain(g, "finding", true, at, why) != 0 ||
	    copy_plain(g, "corrected", true, at, why) != 0)
		return -1;
	here.declared = declared;
	for (size_t i = 0; i < g->f->n_forms; i++) {
		const struct form *form = g->f->forms[i];
		struct names have = { 0 };

		if (!db_has_table(g->db, "intake", form->name))
			continue;
		rc = db_columns(g->db, "intake", form->name, &have, why);
		if (rc == 0 && form_has_keys(form, &have)) {
			rc = correction ? absorb_corrections(g, form, &have, at, why)
			    : absorb_reports(g, form, &have, at, why);
			if (rc == 0)
				rc = raise_marks(g, "intake", form, at, why);
		}
		names_free(&have);
		if (rc != 0)
			return -1;
	}
	return 0;
}

/* Attach one intake file, take it in, detach. */
static int absorb(struct folding *g, const struct arrival *a, struct why *why)
{
	struct path p;
	char id[64];
	struct place at = { .unit = a->unit, .number = a->number, .id = id };
	int rc;

	(void)snprintf(id, sizeof id, "%s/%s/%03d", g->week, a->unit, a->number);
	rc = db_attach(g->db, g->f->site, site_intake(&p, g->f->window.week, a->unit, a->number), DB_INTAKE,
	    "intake", why);
	if (rc == -2)
		return why_set(why, EX_IOERR, "%s is gone: run again", p.s);
	if (rc != 0 || absorb_tables(g, &at, why) != 0)
		return -1;
	return db_detach(g->db, "intake", why);
}

/* ---- the rows that stand ---- */

/* "AND NOT EXISTS (the same key in LAYER)" for a row called ALIAS. */
static void sql_not_in(struct buf *b, const char *layer, const struct form *form, const char *alias)
{
	buf_str(b, " AND NOT EXISTS (SELECT 1 FROM ");
	sql_layer(b, layer, form);
	buf_str(b, " AS above WHERE ");
	sql_same_key(b, form, "above", alias);
	buf_str(b, ")");
}

/* One layer's rows as today's columns. */
static void sql_layer_rows(struct buf *b, const char *layer, const struct form *form)
{
	buf_str(b, "SELECT :unit, ");
	sql_fields(b, form);
	buf_str(b, "note, _week, _submission, _first, _row FROM ");
	sql_layer(b, layer, form);
	buf_str(b, " AS standing WHERE NOT _gone");
}

/* The first of the three layers that has a key gives its row; in key order. */
static int settle(struct folding *g, const char *unit, const struct form *form, struct why *why)
{
	struct place at = { .unit = unit };
	struct names have = { 0 };
	struct buf sql = { 0 };
	int rc = -1;

	if (g->has_prev && db_columns(g->db, "prev", form->name, &have, why) != 0)
		goto out;
	buf_str(&sql, "INSERT INTO main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " (unit, ");
	sql_fields(&sql, form);
	buf_str(&sql, "note, _week, _submission, _first, _row) ");
	if (form_has_keys(form, &have)) {
		buf_str(&sql, "SELECT before.unit, ");
		sql_fields_of(&sql, form, "before", &have);
		buf_str(&sql, "before.note, before._week, before._submission, NULL, before._row FROM prev.");
		sql_name(&sql, form->name);
		buf_str(&sql, " AS before WHERE before.unit = :unit");
		sql_not_in(&sql, "report", form, "before");
		sql_not_in(&sql, "corrected", form, "before");
		buf_str(&sql, " UNION ALL ");
	}
	sql_layer_rows(&sql, "corrected", form);
	sql_not_in(&sql, "report", form, "standing");
	buf_str(&sql, " UNION ALL ");
	sql_layer_rows(&sql, "report", form);
	buf_str(&sql, " ORDER BY ");
	for (size_t i = 0; i < form->n_keys; i++)
		buf_fmt(&sql, "%s%zu", i > 0 ? ", " : "", form->keys[i] + 2);
	if (fold_run(g, &sql, &at, why) != 0)
		goto out;
	for (int corrected = 0; corrected < 2; corrected++) {
		buf_reset(&sql);
		buf_str(&sql, "DELETE FROM ");
		sql_layer(&sql, corrected ? "corrected" : "report", form);
		if (fold_run(g, &sql, NULL, why) != 0)
			goto out;
	}
	rc = 0;
out:
	names_free(&have);
	buf_free(&sql);
	return rc;
}

int fold_unit(struct folding *g, const char *unit, struct why *why)
{
	for (size_t i = 0; i < g->arrivals.n; i++) {
		if (strcmp(g->arrivals.v[i].unit, unit) == 0 && absorb(g, &g->arrivals.v[i], why) != 0)
			return -1;
	}
	for (size_t i = 0; i < g->f->n_forms; i++) {
		if (settle(g, unit, g->f->forms[i], why) != 0)
			return -1;
	}
	return 0;
}

/* Marks of the week before; of a snapshot that kept none, its keys. */
int fold_carry_marks(struct folding *g, struct why *why)
{
	if (!g->has_prev)
		return 0;
	if (db_has_table(g->db, "prev", "assigned"))
		return db_exec(g->db, "INSERT INTO main.assigned (form, unit, prefix, last)"
		    " SELECT form, unit, prefix, last FROM prev.assigned ORDER BY form, unit, prefix", why);
	for (size_t i = 0; i < g->f->n_forms; i++) {
		if (db_has_table(g->db, "prev", g->f->forms[i]->name) &&
		    raise_marks(g, "prev", g->f->forms[i], NULL, why) != 0)
			return -1;
	}
	return 0;
}
