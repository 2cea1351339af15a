/*
 * fold_rows - a unit's rows.  For each form there are three layers:
 *
 *   reports      what the unit accepted this week, file by file, a later row replacing an earlier one
 *   corrections  of sealed weeks: they replace the state where it is no newer than the week they correct
 *   before       the row as the week before left it
 *
 * and the row of a key is the first of them that has one.  So a report that is taken back uncovers the
 * state below it, and neither layer depends on the order in which the other came.  Of a unit that sent one
 * file, no correction, that file is the first layer as it lies, and there is no second.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/env.h"
#include "aggregator.h"

/*
 * How far a form has got.  Units come in byte order, and most forms are not in most units' files: rows of the
 * units between two that sent something are carried in one statement.
 */
struct strand {
	struct names before;    /* columns it had in the week before */
	bool         staged;    /* its layers are there */
	bool         at_hand;   /* the unit at hand sent something of it */
	const char  *through;   /* units up to this one are settled; NULL: none.  Text of the arrivals */
};

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

static int layer_create(struct folding *g, const char *layer, const struct form *form, struct why *why)
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
	buf_str(&sql, ")) WITHOUT ROWID");
	rc = fold_run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

static int layer_drop(struct folding *g, const char *layer, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "DROP TABLE ");
	sql_layer(&sql, layer, form);
	rc = fold_run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

static int layers_create(struct folding *g, const struct form *form, struct why *why)
{
	if (layer_create(g, "report", form, why) != 0)
		return -1;
	return layer_create(g, "corrected", form, why);
}

static int layers_drop(struct folding *g, const struct form *form, struct why *why)
{
	if (layer_drop(g, "report", form, why) != 0)
		return -1;
	return layer_drop(g, "corrected", form, why);
}

/* ---- one intake file ---- */

/* Copy the columns that both sides have of a plain table; LEAD: unit and number come from the path. */
static int copy_plain(struct folding *g, const char *table, bool lead, const struct place *at,
    struct why *why)
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

/* "INSERT INTO layer (columns) SELECT fields, note, ORIGIN, _row, gone FROM intake WHERE no withdrawal". */
static void sql_absorb(struct buf *sql, const struct folding *g, const char *layer, const struct form *form,
    const struct names *have, const char *origin)
{
	bool weekly = form->due == DUE_WEEKLY;

	buf_str(sql, "INSERT INTO ");
	sql_layer(sql, layer, form);
	buf_str(sql, " AS standing (");
	sql_fields(sql, form);
	buf_str(sql, "note, _week, _submission, _first, _row, _gone) SELECT ");
	sql_fields_of(sql, form, "given", have);
	buf_fmt(sql, "given.note, %s, given._row, ", origin);
	if (weekly)
		buf_str(sql, "0");
	else
		sql_withdraws(sql, g);
	buf_str(sql, " FROM intake.");
	sql_name(sql, form->name);
	buf_str(sql, " AS given WHERE ");
	if (weekly) {
		buf_str(sql, "NOT ");
		sql_withdraws(sql, g);
	} else {
		buf_str(sql, "true");
	}
}

/* " ORDER BY keys ON CONFLICT (keys) DO UPDATE SET" every field and what comes with it, but for _first. */
static void sql_replace(struct buf *sql, const struct form *form)
{
	buf_str(sql, " ORDER BY ");
	sql_keys(sql, form, "given");
	buf_str(sql, " ON CONFLICT (");
	sql_keys(sql, form, NULL);
	buf_str(sql, ") DO UPDATE SET ");
	for (size_t i = 0; i < form->n_fields; i++) {
		sql_name(sql, form->fields[i].name);
		buf_str(sql, " = ");
		sql_column(sql, "excluded", form->fields[i].name);
		buf_str(sql, ", ");
	}
	buf_str(sql, "note = excluded.note, _week = excluded._week, _submission = excluded._submission,"
	    " _row = excluded._row, _gone = excluded._gone");
}

/* Reports of one file and form: the last word on their keys so far. */
static int
absorb_reports(struct folding *g, const struct form *form, const struct names *have, const struct place *at,
    struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	sql_absorb(&sql, g, "report", form, have, ":week, :id, :id");
	sql_replace(&sql, form);
	buf_str(&sql, ", _first = CASE WHEN standing._gone THEN excluded._first ELSE standing._first END");
	rc = fold_run(g, &sql, at, why);
	if (rc == 0 && form->due == DUE_WEEKLY) {
		/* The few that take their report back look for it, not every report for them. */
		buf_reset(&sql);
		buf_str(&sql, "DELETE FROM ");
		sql_layer(&sql, "report", form);
		buf_str(&sql, " WHERE (");
		sql_keys(&sql, form, NULL);
		buf_str(&sql, ") IN (SELECT ");
		sql_keys(&sql, form, "given");
		buf_str(&sql, " FROM intake.");
		sql_name(&sql, form->name);
		buf_str(&sql, " AS given WHERE ");
		sql_withdraws(&sql, g);
		buf_str(&sql, ")");
		rc = fold_run(g, &sql, at, why);
	}
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
	struct buf sql = { 0 };
	int rc;

	sql_absorb(&sql, g, "corrected", form, have, ":declared, :id, NULL");
	buf_str(&sql, " AND coalesce((SELECT standing._week FROM ");
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
	sql_replace(&sql, form);
	rc = fold_run(g, &sql, at, why);
	buf_free(&sql);
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
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW: break;
	case SQLITE_DONE:
		(void)why_set(why, EX_IOERR, "%s: no row in submission; run collector replay %s", at->id,
		    g->week);
		goto out;
	default:
		(void)db_trouble(g->db, at->id, why);
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

static void sql_into(struct buf *b, const struct form *form)
{
	buf_str(b, "INSERT INTO main.");
	sql_name(b, form->name);
	buf_str(b, " (unit, ");
	sql_fields(b, form);
	buf_str(b, "note, _week, _submission, _first, _row) ");
}

/* Rows of the week before as today's; what is to hold of before.unit follows. */
static void sql_before(struct buf *b, const struct form *form, const struct names *have)
{
	buf_str(b, "SELECT before.unit, ");
	sql_fields_of(b, form, "before", have);
	buf_str(b, "before.note, before._week, before._submission, NULL, before._row FROM prev.");
	sql_name(b, form->name);
	buf_str(b, " AS before WHERE before.unit ");
}

/* " ORDER BY keys" of a snapshot's columns, by their places. */
static void sql_by_keys(struct buf *b, const struct form *form)
{
	buf_str(b, " ORDER BY ");
	for (size_t i = 0; i < form->n_keys; i++)
		buf_fmt(b, "%s%zu", i > 0 ? ", " : "", form->keys[i] + 2);
}

/* The first of the three layers that has a key gives its row; in key order. */
static int settle(struct folding *g, const char *unit, const struct form *form, const struct names *have,
    struct why *why)
{
	struct place at = { .unit = unit };
	struct buf sql = { 0 };
	int rc;

	sql_into(&sql, form);
	if (form_has_keys(form, have)) {
		sql_before(&sql, form, have);
		buf_str(&sql, "= :unit");
		sql_not_in(&sql, "report", form, "before");
		sql_not_in(&sql, "corrected", form, "before");
		buf_str(&sql, " UNION ALL ");
	}
	sql_layer_rows(&sql, "corrected", form);
	sql_not_in(&sql, "report", form, "standing");
	buf_str(&sql, " UNION ALL ");
	sql_layer_rows(&sql, "report", form);
	sql_by_keys(&sql, form);
	rc = fold_run(g, &sql, &at, why);
	for (int corrected = 0; rc == 0 && corrected < 2; corrected++) {
		buf_reset(&sql);
		buf_str(&sql, "DELETE FROM ");
		sql_layer(&sql, corrected ? "corrected" : "report", form);
		rc = fold_run(g, &sql, NULL, why);
	}
	buf_free(&sql);
	return rc;
}

/*
 * The same where all of a unit's reports of FORM lie in the attached intake file, whose table has columns
 * GIVEN: nothing has to be staged to know which row of a key is the last.
 */
static int settle_only(struct folding *g, const struct place *at, const struct form *form,
    const struct names *have, const struct names *given, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	sql_into(&sql, form);
	if (form_has_keys(form, have)) {
		sql_before(&sql, form, have);
		buf_str(&sql, "= :unit AND NOT EXISTS (SELECT 1 FROM intake.");
		sql_name(&sql, form->name);
		buf_str(&sql, " AS given WHERE ");
		sql_same_key(&sql, form, "given", "before");
		if (form->due == DUE_WEEKLY) {  /* a report that is taken back leaves what was before it */
			buf_str(&sql, " AND NOT ");
			sql_withdraws(&sql, g);
		}
		buf_str(&sql, ") UNION ALL ");
	}
	buf_str(&sql, "SELECT :unit, ");
	sql_fields_of(&sql, form, "given", given);
	buf_str(&sql, "given.note, :week, :id, :id, given._row FROM intake.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS given WHERE NOT ");
	sql_withdraws(&sql, g);
	sql_by_keys(&sql, form);
	rc = fold_run(g, &sql, at, why);
	buf_free(&sql);
	return rc;
}

static bool names_equal(const struct names *a, const struct names *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	}
	return a->n == b->n;
}

/*
 * A form of which nothing came this week, and of which few rows came the week before: all of its rows as they
 * lie, which SQLite copies without looking into them, then the few.
 */
static int carry_all(struct folding *g, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "INSERT INTO main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " SELECT * FROM prev.");
	sql_name(&sql, form->name);
	rc = fold_run(g, &sql, NULL, why);
	if (rc == 0) {
		buf_reset(&sql);
		buf_str(&sql, "UPDATE main.");
		sql_name(&sql, form->name);
		buf_str(&sql, " SET _first = NULL WHERE _first IS NOT NULL");
		rc = fold_run(g, &sql, NULL, why);
	}
	buf_free(&sql);
	return rc;
}

/* Rows of the units behind AFTER (NULL: the first) and ahead of UNTIL (NULL: to the last), as they were. */
static int carry(struct folding *g, const struct form *form, const struct names *have, const char *after,
    const char *until, struct why *why)
{
	struct place at = { .after = after != NULL ? after : "", .until = until };
	struct names here = { 0 };
	struct buf sql = { 0 };
	int rc = 0;

	if (!form_has_keys(form, have))
		return 0;
	if (after == NULL && until == NULL && form->due != DUE_WEEKLY)
		rc = db_columns(g->db, "main", form->name, &here, why);
	if (rc != 0)
		return -1;
	if (names_equal(&here, have)) {
		rc = carry_all(g, form, why);
	} else {
		sql_into(&sql, form);
		sql_before(&sql, form, have);
		buf_str(&sql, until != NULL ? "> :after AND before.unit < :until ORDER BY before.unit, "
		    : "> :after ORDER BY before.unit, ");
		sql_keys(&sql, form, "before");
		rc = fold_run(g, &sql, &at, why);
	}
	names_free(&here);
	buf_free(&sql);
	return rc;
}

/* ---- all units ---- */

/* What a file of a unit is to its week. */
enum weight { CORRECTION, ONE_OF_MANY, ALL_OF_UNIT };

/* Of FORM what the attached intake file has. */
static int absorb_form(struct folding *g, struct strand *s, const struct form *form, const struct place *at,
    enum weight weight, struct why *why)
{
	struct names have = { 0 };
	int rc = db_columns(g->db, "intake", form->name, &have, why);

	if (rc == 0 && weight == ALL_OF_UNIT && form_has_keys(form, &have)) {
		rc = carry(g, form, &s->before, s->through, at->unit, why);
		if (rc == 0)
			rc = settle_only(g, at, form, &s->before, &have, why);
		s->through = at->unit;
	} else {
		if (rc == 0 && !s->staged)
			rc = layers_create(g, form, why);
		s->staged = s->at_hand = true;
		if (rc == 0 && form_has_keys(form, &have))
			rc = weight == CORRECTION ? absorb_corrections(g, form, &have, at, why)
			    : absorb_reports(g, form, &have, at, why);
	}
	if (rc == 0 && form_has_keys(form, &have))
		rc = fold_raise_marks(g, "intake", form, at, why);
	names_free(&have);
	return rc;
}

/* All that the attached intake file has; ALONE: it is its unit's only one. */
static int absorb_tables(struct folding *g, struct strand *strands, const struct place *place, bool alone,
    struct why *why)
{
	char declared[9] = "";
	struct place here = *place;
	const struct place *at = &here;
	bool correction = false;
	enum weight weight;

	if (read_submission(g, at, &correction, declared, why) != 0 ||
	    copy_plain(g, "submission", false, at, why) != 0 ||
	    copy_plain(g, "finding", true, at, why) != 0 ||
	    copy_plain(g, "corrected", true, at, why) != 0)
		return -1;
	here.declared = declared;
	weight = correction ? CORRECTION : alone ? ALL_OF_UNIT : ONE_OF_MANY;
	for (size_t i = 0; i < g->f->n_forms; i++) {
		if (db_has_table(g->db, "intake", g->f->forms[i]->name) &&
		    absorb_form(g, &strands[i], g->f->forms[i], at, weight, why) != 0)
			return -1;
	}
	return 0;
}

/* Attach one intake file, take it in, detach. */
static int absorb(struct folding *g, struct strand *strands, const struct arrival *a, bool alone,
    struct why *why)
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
	if (rc != 0 || absorb_tables(g, strands, &at, alone, why) != 0)
		return -1;
	return db_detach(g->db, "intake", why);
}

/* Take in what UNIT sent: arrivals [FROM, TO); then settle the forms of which there was something. */
static int fold_unit(struct folding *g, struct strand *strands, size_t from, size_t to, struct why *why)
{
	const char *unit = g->arrivals.v[from].unit;

	for (size_t i = from; i < to; i++) {
		if (absorb(g, strands, &g->arrivals.v[i], to - from == 1, why) != 0)
			return -1;
	}
	for (size_t i = 0; i < g->f->n_forms; i++) {
		struct strand *s = &strands[i];

		if (!s->at_hand)
			continue;
		if (carry(g, g->f->forms[i], &s->before, s->through, unit, why) != 0 ||
		    settle(g, unit, g->f->forms[i], &s->before, why) != 0)
			return -1;
		s->through = unit;
		s->at_hand = false;
	}
	return 0;
}

static int fold_all(struct folding *g, struct strand *strands, struct why *why)
{
	for (size_t i = 0; g->has_prev && i < g->f->n_forms; i++) {
		if (db_columns(g->db, "prev", g->f->forms[i]->name, &strands[i].before, why) != 0)
			return -1;
	}
	for (size_t from = 0, to; from < g->arrivals.n; from = to) {
		for (to = from + 1; to < g->arrivals.n &&
		    strcmp(g->arrivals.v[to].unit, g->arrivals.v[from].unit) == 0; to++)
			;
		if (fold_unit(g, strands, from, to, why) != 0)
			return -1;
	}
	for (size_t i = 0; i < g->f->n_forms; i++) {
		if (carry(g, g->f->forms[i], &strands[i].before, strands[i].through, NULL, why) != 0 ||
		    (strands[i].staged && layers_drop(g, g->f->forms[i], why) != 0))
			return -1;
	}
	return 0;
}

int fold_units(struct folding *g, struct why *why)
{
	struct strand *strands = mem_zero(g->f->n_forms, sizeof *strands);
	int rc = fold_all(g, strands, why);

	for (size_t i = 0; i < g->f->n_forms; i++)
		names_free(&strands[i].before);
	free(strands);
	return rc;
}
