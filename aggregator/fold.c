/*
 * fold - snapshot(W) = fold(snapshot(W-1), intake(W), rule set).  Pure: no clock, no order of a folder.
 *
 * A unit at a time, in byte order of the codes, so that rows go in in primary key order and no more
 * than one unit's week is ever staged.  For each form of a unit there are three layers:
 *
 *   reports      what the unit accepted this week, file by file, a later row replacing an earlier one
 *   corrections  of sealed weeks: they replace the state where it is no newer than the week they correct
 *   before       the row as the week before left it
 *
 * and the row of a key is the first of them that has one.  So a report that is taken back uncovers the
 * state below it, and neither layer depends on the order in which the other came.
 */
#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/env.h"
#include "../common/sqlfn.h"
#include "../common/text.h"
#include "aggregator.h"

/* A fold in the making. */
struct folding {
	const struct fold *f;
	sqlite3           *db;
	struct arrivals    arrivals;
	struct names       units;       /* everyone with rows: rule set, archive, week before; byte order */
	bool               has_prev;
	char               previous[DIGEST_HEX];        /* of the .seal before */
	char               week[9];
	struct buf         withdraw;    /* SQL list of the words that take a row back */
	size_t             left_out;
};

/* The file at hand, as statements know it: :unit :number :id :week :declared. */
struct place {
	const char *unit, *id, *declared;
	int         number;
};

const struct message_need folding_needs[] = {
	{ "fold.taken", "key holder" },
	{ "gate.submissions", "unit archived intake snapshot" },
	{ "gate.counts", "submission receipt intake" },
	{ "gate.rows", "submission form expected found" },
	{ "gate.total", "form field unit expected found" },
	{ "gate.adds", "measure column row expected found" },
};
const size_t folding_needs_n = sizeof folding_needs / sizeof folding_needs[0];

/* ---- statements ---- */

static void
bind_name(sqlite3_stmt *stmt, const char *name, const char *value)
{
	int at = sqlite3_bind_parameter_index(stmt, name);

	if (at != 0)
		(void)sqlite3_bind_text(stmt, at, value, -1, SQLITE_STATIC);
}

/* Run one statement that returns nothing. */
static int
run(struct folding *g, const struct buf *sql, const struct place *at, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int number, rc = -1;

	if (db_prepare(g->db, buf_cstr(sql), &stmt, why) != 0)
		goto out;
	bind_name(stmt, ":week", g->week);
	if (at != NULL) {
		bind_name(stmt, ":unit", at->unit);
		bind_name(stmt, ":id", at->id);
		bind_name(stmt, ":declared", at->declared);
		number = sqlite3_bind_parameter_index(stmt, ":number");
		if (number != 0)
			(void)sqlite3_bind_int(stmt, number, at->number);
	}
	if (sqlite3_step(stmt) != SQLITE_DONE) {
		(void)db_trouble(g->db, "fold", why);
		goto out;
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* `ALIAS."name"` */
static void
sql_column(struct buf *b, const char *alias, const char *name)
{
	buf_fmt(b, "%s.", alias);
	sql_name(b, name);
}

/* The key's names, with ALIAS. in front where there is one. */
static void
sql_keys(struct buf *b, const struct form *form, const char *alias)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		if (i > 0)
			buf_str(b, ", ");
		if (alias != NULL)
			sql_column(b, alias, form->fields[form->keys[i]].name);
		else
			sql_name(b, form->fields[form->keys[i]].name);
	}
}

/* The key as one text, its parts joined by a space. */
static void
sql_key_text(struct buf *b, const struct form *form, const char *alias)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		if (i > 0)
			buf_str(b, " || ' ' || ");
		sql_column(b, alias, form->fields[form->keys[i]].name);
	}
}

/* "a.k1 = b.k1 AND a.k2 = b.k2" */
static void
sql_same_key(struct buf *b, const struct form *form, const char *one, const char *other)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		const char *name = form->fields[form->keys[i]].name;

		if (i > 0)
			buf_str(b, " AND ");
		sql_column(b, one, name);
		buf_str(b, " = ");
		sql_column(b, other, name);
	}
}

/* All field names, each followed by a comma. */
static void
sql_fields(struct buf *b, const struct form *form)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		sql_name(b, form->fields[i].name);
		buf_str(b, ", ");
	}
}

static bool
names_have(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->v[i], name) == 0)
			return true;
	}
	return false;
}

/* The fields of today's FORM as a table with columns HAVE gives them: NULL for what it lacks; commas after each. */
static void
sql_fields_of(struct buf *b, const struct form *form, const char *alias, const struct names *have)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		if (names_have(have, form->fields[i].name))
			sql_column(b, alias, form->fields[i].name);
		else
			buf_str(b, "NULL");
		buf_str(b, ", ");
	}
}

/* Whether a table with columns HAVE can be read by today's key. */
static bool
has_keys(const struct form *form, const struct names *have)
{
	for (size_t i = 0; i < form->n_keys; i++) {
		if (!names_have(have, form->fields[form->keys[i]].name))
			return false;
	}
	return true;
}

/* "SCHEMA."LAYER_form"" */
static void
sql_layer(struct buf *b, const char *layer, const struct form *form)
{
	struct buf name = { 0 };

	buf_fmt(&name, "%s_%s", layer, form->name);
	buf_str(b, "temp.");
	sql_name(b, buf_cstr(&name));
	buf_free(&name);
}

static void
sql_withdraws(struct buf *b, const struct folding *g)
{
	buf_fmt(b, "(given.op IS NOT NULL AND squash(given.op) IN (%s))", buf_cstr(&g->withdraw));
}

/* ---- arrivals ---- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
arrivals_list(const struct site *site, struct week week, struct arrivals *out, struct why *why)
{
	struct names units = { 0 };
	struct numbers numbers = { 0 };
	struct arrivals list = { 0 };
	struct path p;
	int rc = -1;

	if (fsio_list(site->dir, site_archive_week(&p, week), &units, why) != 0)
		goto out;
	for (size_t i = 0; i < units.n; i++) {
		if (strcmp(units.v[i], "sealed") == 0)
			continue;
		if (site_numbers(site, site_archive_unit(&p, week, units.v[i]), ".label", &numbers, why) != 0)
			goto out;
		for (size_t n = 0; n < numbers.n; n++) {
			vec_room(list.v, list.n, list.cap);
			list.v[list.n].unit = mem_dup(units.v[i]);
			list.v[list.n++].number = numbers.v[n];
		}
		numbers_free(&numbers);
		numbers = (struct numbers){ 0 };
	}
	*out = list;
	list = (struct arrivals){ 0 };
	rc = 0;
out:
	numbers_free(&numbers);
	names_free(&units);
	arrivals_free(&list);
	return rc;
}

void
arrivals_free(struct arrivals *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i].unit);
	free(a->v);
	*a = (struct arrivals){ 0 };
}

/* Every NNN.db of UNIT's intake is among its arrivals. */
static int
unit_has_labels(const struct site *site, struct week week, const char *unit, const struct arrivals *a, struct why *why)
{
	struct numbers numbers = { 0 };
	struct path p;
	int rc = -1;

	if (site_numbers(site, site_intake_unit(&p, week, unit), ".db", &numbers, why) != 0)
		goto out;
	for (size_t n = 0; n < numbers.n; n++) {
		bool known = false;

		for (size_t i = 0; i < a->n && !known; i++)
			known = a->v[i].number == numbers.v[n] && strcmp(a->v[i].unit, unit) == 0;
		if (!known) {
			(void)why_set(why, EX_IOERR, "%s: no such file in the archive; remove it or restore %s/%03d.label",
			    site_intake(&p, week, unit, numbers.v[n]), unit, numbers.v[n]);
			goto out;
		}
	}
	rc = 0;
out:
	numbers_free(&numbers);
	return rc;
}

int
arrivals_are_judged(const struct site *site, struct week week, const struct arrivals *a, struct why *why)
{
	struct path p, q;

	for (size_t i = 0; i < a->n; i++) {
		const struct arrival *x = &a->v[i];

		if (!fsio_exists(site->dir, site_intake(&p, week, x->unit, x->number)))
			return why_set(why, EX_IOERR, "%s has no %s: run collector again (or collector replay) first",
			    site_label(&q, week, x->unit, x->number), p.s);
		if ((i == 0 || strcmp(a->v[i - 1].unit, x->unit) != 0) &&
		    unit_has_labels(site, week, x->unit, a, why) != 0)
			return -1;
	}
	return 0;
}

/* ---- tables ---- */

static int
create_layer(struct folding *g, const char *layer, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "CREATE TABLE ");
	sql_layer(&sql, layer, form);
	buf_str(&sql, " (");
	env_form_columns(&sql, form);
	buf_str(&sql, ", note TEXT, _week TEXT, _submission TEXT, _first TEXT, _row INTEGER, _gone INTEGER, PRIMARY KEY (");
	sql_keys(&sql, form, NULL);
	buf_str(&sql, "))");
	rc = run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

static int
drop_layer(struct folding *g, const char *layer, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "DROP TABLE ");
	sql_layer(&sql, layer, form);
	rc = run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

/* The snapshot's own tables, empty, and the layers. */
static int
create_tables(struct folding *g, struct why *why)
{
	const struct ruleset *rs = g->f->rules;

	if (env_create_snapshot_tables(g->db, rs, why) != 0 || env_fill_reference(g->db, rs, why) != 0)
		return -1;
	/* High-water marks of numbers that the engine gives out: the key's text before its digits, and the highest. */
	if (db_exec(g->db, "CREATE TABLE assigned (form TEXT NOT NULL, unit TEXT NOT NULL, prefix TEXT NOT NULL,"
	    " last INTEGER NOT NULL, PRIMARY KEY (form, unit, prefix))", why) != 0)
		return -1;
	/* What a sealed week rests on, so that a changed file can be named. */
	if (db_exec(g->db, "CREATE TABLE archived (unit TEXT NOT NULL, number INTEGER NOT NULL, bytes TEXT NOT NULL,"
	    " label TEXT NOT NULL, intake TEXT NOT NULL, PRIMARY KEY (unit, number))", why) != 0)
		return -1;
	if (db_exec(g->db, "CREATE TABLE temp.left_out (form TEXT, unit TEXT, key TEXT, holder TEXT, field TEXT,"
	    " submission TEXT, row INTEGER, PRIMARY KEY (form, unit, key))", why) != 0)
		return -1;
	for (size_t i = 0; i < rs->n_forms; i++) {
		if (!db_has_table(g->db, "main", rs->forms[i]->name) &&
		    env_create_snapshot_form(g->db, "main", rs->forms[i], why) != 0)
			return -1;
		if (create_layer(g, "report", rs->forms[i], why) != 0 ||
		    create_layer(g, "corrected", rs->forms[i], why) != 0)
			return -1;
	}
	return 0;
}

/* ---- one intake file ---- */

/* Copy the columns that both sides have of a plain table; LEAD: unit and number come from the path. */
static int
copy_plain(struct folding *g, const char *table, bool lead, const struct place *at, struct why *why)
{
	struct names here = { 0 }, there = { 0 };
	struct buf columns = { 0 }, sql = { 0 };
	int rc = -1;

	if (db_columns(g->db, "main", table, &here, why) != 0 || db_columns(g->db, "intake", table, &there, why) != 0)
		goto out;
	for (size_t i = 0; i < here.n; i++) {
		if (!names_have(&there, here.v[i]))
			continue;
		if (lead && (strcmp(here.v[i], "unit") == 0 || strcmp(here.v[i], "number") == 0))
			continue;
		buf_str(&columns, columns.len > 0 ? ", " : "");
		sql_name(&columns, here.v[i]);
	}
	buf_fmt(&sql, "INSERT INTO main.%s (%s%s) SELECT %s%s FROM intake.%s", table, lead ? "unit, number, " : "",
	    buf_cstr(&columns), lead ? ":unit, :number, " : "", buf_cstr(&columns), table);
	buf_str(&sql, lead ? " ORDER BY seq" : "");
	rc = run(g, &sql, at, why);
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
	    " _first = CASE WHEN standing._gone THEN excluded._first ELSE standing._first END, _gone = excluded._gone");
	if (run(g, &sql, at, why) != 0)
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
		if (run(g, &sql, at, why) != 0)
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
static int
absorb_corrections(struct folding *g, const struct form *form, const struct names *have, const struct place *at,
    struct why *why)
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
	rc = run(g, &sql, at, why);
	buf_free(&sql);
	return rc;
}

/* The field whose numbers the engine gives out, or NULL. */
static const struct field *
assigned_field(const struct form *form)
{
	if (form->n_keys != 1 || form->fields[form->keys[0]].assign == NULL)
		return NULL;
	return &form->fields[form->keys[0]];
}

/* Raise the high-water marks by the keys in SOURCE ("intake" or "prev"); rows taken back count too. */
static int
raise_marks(struct folding *g, const char *source, const struct form *form, const struct place *at, struct why *why)
{
	const struct field *key = assigned_field(form);
	struct buf sql = { 0 }, k = { 0 };
	int rc;

	if (key == NULL)
		return 0;
	sql_column(&k, "given", key->name);
	buf_str(&sql, "INSERT INTO main.assigned (form, unit, prefix, last) SELECT ");
	sql_text(&sql, form->name);
	buf_fmt(&sql, ", %s, rtrim(%s, '0123456789') AS stem, max(CAST(substr(%s, length(rtrim(%s, '0123456789')) + 1)"
	    " AS INTEGER)) FROM %s.", at != NULL ? ":unit" : "given.unit", buf_cstr(&k), buf_cstr(&k), buf_cstr(&k), source);
	sql_name(&sql, form->name);
	/* Longer numbers than 15 digits are nobody's sequence. */
	buf_fmt(&sql, " AS given WHERE length(%s) - length(rtrim(%s, '0123456789')) BETWEEN 1 AND 15 GROUP BY 2, stem"
	    " ORDER BY 2, stem ON CONFLICT (form, unit, prefix) DO UPDATE SET last = max(last, excluded.last)",
	    buf_cstr(&k), buf_cstr(&k));
	rc = run(g, &sql, at, why);
	buf_free(&sql);
	buf_free(&k);
	return rc;
}

/* What its submission row says of the attached intake file. */
static int
read_submission(struct folding *g, const struct place *at, bool *correction, char declared[9], struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	const char *text;
	int rc = -1;

	if (db_prepare(g->db, "SELECT correction, coalesce(declared_week, week), unit, number, week FROM intake.submission",
	    &stmt, why) != 0)
		goto out;
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		(void)why_set(why, EX_IOERR, "%s: no row in submission; run collector replay %s", at->id, g->week);
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
static int
absorb_tables(struct folding *g, const struct place *place, struct why *why)
{
	char declared[9] = "";
	struct place here = *place;
	const struct place *at = &here;
	bool correction = false;
	int rc = -1;

	if (read_submission(g, at, &correction, declared, why) != 0 ||
	    copy_plain(g, "submission", false, at, why) != 0 || copy_plain(g, "finding", true, at, why) != 0 ||
	    copy_plain(g, "corrected", true, at, why) != 0)
		return -1;
	here.declared = declared;
	for (size_t i = 0; i < g->f->rules->n_forms; i++) {
		const struct form *form = g->f->rules->forms[i];
		struct names have = { 0 };

		if (!db_has_table(g->db, "intake", form->name))
			continue;
		rc = db_columns(g->db, "intake", form->name, &have, why);
		if (rc == 0 && has_keys(form, &have)) {
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
static int
absorb(struct folding *g, const struct arrival *a, struct why *why)
{
	struct path p;
	char id[64];
	struct place at = { .unit = a->unit, .number = a->number, .id = id };
	int rc;

	(void)snprintf(id, sizeof id, "%s/%s/%03d", g->week, a->unit, a->number);
	rc = db_attach(g->db, g->f->site, site_intake(&p, g->f->window.week, a->unit, a->number), DB_INTAKE, "intake", why);
	if (rc == -2)
		return why_set(why, EX_IOERR, "%s is gone: run again", p.s);
	if (rc != 0 || absorb_tables(g, &at, why) != 0)
		return -1;
	return db_detach(g->db, "intake", why);
}

/* ---- a unit's rows ---- */

/* "AND NOT EXISTS (the same key in LAYER)" for a row called ALIAS. */
static void
sql_not_in(struct buf *b, const char *layer, const struct form *form, const char *alias)
{
	buf_str(b, " AND NOT EXISTS (SELECT 1 FROM ");
	sql_layer(b, layer, form);
	buf_str(b, " AS above WHERE ");
	sql_same_key(b, form, "above", alias);
	buf_str(b, ")");
}

/* One layer's rows as today's columns. */
static void
sql_layer_rows(struct buf *b, const char *layer, const struct form *form)
{
	buf_str(b, "SELECT :unit, ");
	sql_fields(b, form);
	buf_str(b, "note, _week, _submission, _first, _row FROM ");
	sql_layer(b, layer, form);
	buf_str(b, " AS standing WHERE NOT _gone");
}

/* The first of the three layers that has a key gives its row; in key order. */
static int
settle(struct folding *g, const char *unit, const struct form *form, struct why *why)
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
	if (has_keys(form, &have)) {
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
	if (run(g, &sql, &at, why) != 0)
		goto out;
	for (int corrected = 0; corrected < 2; corrected++) {
		buf_reset(&sql);
		buf_str(&sql, "DELETE FROM ");
		sql_layer(&sql, corrected ? "corrected" : "report", form);
		if (run(g, &sql, NULL, why) != 0)
			goto out;
	}
	rc = 0;
out:
	names_free(&have);
	buf_free(&sql);
	return rc;
}

static int
fold_unit(struct folding *g, const char *unit, struct why *why)
{
	for (size_t i = 0; i < g->arrivals.n; i++) {
		if (strcmp(g->arrivals.v[i].unit, unit) == 0 && absorb(g, &g->arrivals.v[i], why) != 0)
			return -1;
	}
	for (size_t i = 0; i < g->f->rules->n_forms; i++) {
		if (settle(g, unit, g->f->rules->forms[i], why) != 0)
			return -1;
	}
	return 0;
}

static void
names_add(struct names *names, const char *name)
{
	if (names_have(names, name))
		return;
	vec_room(names->v, names->n, names->cap);
	names->v[names->n++] = mem_dup(name);
}

/* Units that have rows of FORM in the week before, by leaps through the primary key. */
static int
units_before(struct folding *g, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	char *last = mem_dup("");
	int rc = -1, step;

	buf_str(&sql, "SELECT min(unit) FROM prev.");
	sql_name(&sql, form->name);
	buf_str(&sql, " WHERE unit > ?1");
	if (db_prepare(g->db, buf_cstr(&sql), &stmt, why) != 0)
		goto out;
	for (;;) {
		const char *unit;

		(void)sqlite3_bind_text(stmt, 1, last, -1, SQLITE_STATIC);
		step = sqlite3_step(stmt);
		unit = step == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
		if (unit == NULL)
			break;
		names_add(&g->units, unit);
		free(last);
		last = mem_dup(unit);
		(void)sqlite3_reset(stmt);
	}
	if (step != SQLITE_ROW) {
		(void)db_trouble(g->db, form->name, why);
		goto out;
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	free(last);
	buf_free(&sql);
	return rc;
}

/* Everyone who may have rows, in byte order. */
static int
list_units(struct folding *g, struct why *why)
{
	const struct ruleset *rs = g->f->rules;

	for (size_t i = 0; i < rs->n_units; i++)
		names_add(&g->units, rs->units[i].code);
	for (size_t i = 0; i < g->arrivals.n; i++)
		names_add(&g->units, g->arrivals.v[i].unit);
	for (size_t i = 0; g->has_prev && i < rs->n_forms; i++) {
		if (db_has_table(g->db, "prev", rs->forms[i]->name) && units_before(g, rs->forms[i], why) != 0)
			return -1;
	}
	qsort(g->units.v, g->units.n, sizeof *g->units.v, by_text);
	return 0;
}

/* Marks of the week before; of a snapshot that kept none, its keys. */
static int
carry_marks(struct folding *g, struct why *why)
{
	const struct ruleset *rs = g->f->rules;

	if (!g->has_prev)
		return 0;
	if (db_has_table(g->db, "prev", "assigned"))
		return db_exec(g->db, "INSERT INTO main.assigned (form, unit, prefix, last)"
		    " SELECT form, unit, prefix, last FROM prev.assigned ORDER BY form, unit, prefix", why);
	for (size_t i = 0; i < rs->n_forms; i++) {
		if (db_has_table(g->db, "prev", rs->forms[i]->name) && raise_marks(g, "prev", rs->forms[i], NULL, why) != 0)
			return -1;
	}
	return 0;
}

/* ---- keys that belong to one unit in the whole city ---- */

/* Rows of FORM that are new this week, into temp.fresh. */
static int
find_fresh(struct folding *g, const struct form *form, struct why *why)
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
	rc = run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

/* Keys that somebody took this week and that more than one unit has, into temp.contested.  Most weeks: none. */
static int
find_contested(struct folding *g, const struct form *form, struct why *why)
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
	rc = run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

/*
 * Who loses a contested key: who held it before stands; then who was received first; then the unit's code.
 * :week's submissions only are in the table, hence the LEFT JOIN.
 */
static int
judge_contested(struct folding *g, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "INSERT INTO temp.left_out (form, unit, key, holder, field, submission, row) WITH claim AS"
	    " (SELECT now.unit, ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql, " AS key, coalesce(now._first, now._submission) AS first, now._submission AS submission,"
	    " now._row AS row FROM main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS now WHERE ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql, " IN (SELECT contested.key FROM temp.contested AS contested)), placed AS (SELECT claim.*,"
	    " first_value(claim.unit) OVER better AS holder, row_number() OVER better AS place FROM claim"
	    " LEFT JOIN temp.fresh AS fresh ON fresh.unit = claim.unit AND fresh.key = claim.key"
	    " LEFT JOIN main.submission AS sent ON sent.unit = claim.unit AND substr(claim.first, 1, 8) = :week"
	    " AND sent.number = CAST(substr(claim.first, length(claim.unit) + 11) AS INTEGER)"
	    " WINDOW better AS (PARTITION BY claim.key ORDER BY fresh.unit IS NOT NULL, sent.received_at, claim.unit)) SELECT ");
	sql_text(&sql, form->name);
	buf_str(&sql, ", unit, key, holder, ");
	sql_text(&sql, form->fields[form->keys[0]].name);
	buf_str(&sql, ", submission, row FROM placed WHERE place > 1 ORDER BY unit, key");
	rc = run(g, &sql, NULL, why);
	buf_free(&sql);
	return rc;
}

/* Rows of FORM whose key another unit has a better claim to go to temp.left_out, and out of the snapshot. */
static int
leave_out_rivals(struct folding *g, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc = -1;

	if (db_exec(g->db, "CREATE TABLE temp.fresh (unit TEXT, key TEXT, PRIMARY KEY (key, unit)) WITHOUT ROWID;"
	    "CREATE TABLE temp.contested (key TEXT PRIMARY KEY) WITHOUT ROWID", why) != 0 ||
	    find_fresh(g, form, why) != 0 || find_contested(g, form, why) != 0 || judge_contested(g, form, why) != 0)
		goto out;
	buf_str(&sql, "DELETE FROM main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS now WHERE (now.unit, ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql, ") IN (SELECT unit, key FROM temp.left_out WHERE form = ");
	sql_text(&sql, form->name);
	buf_str(&sql, ")");
	if (run(g, &sql, NULL, why) != 0)
		goto out;
	rc = db_exec(g->db, "DROP TABLE temp.fresh; DROP TABLE temp.contested", why);
out:
	buf_free(&sql);
	return rc;
}

/* The finding that names one row left out, on the submission that brought it. */
static int
say_taken(struct folding *g, sqlite3_stmt *row, sqlite3_stmt *insert, struct why *why)
{
	const struct messages *m = &g->f->rules->messages;
	const char *unit = (const char *)sqlite3_column_text(row, 1), *key = (const char *)sqlite3_column_text(row, 2);
	const char *holder = (const char *)sqlite3_column_text(row, 3);
	const char *submission = (const char *)sqlite3_column_text(row, 5);
	const struct unit *named = ruleset_unit(g->f->rules, holder);
	const struct message *message = message_find(m, "fold.taken");
	struct message_arg args[] = { { "key", key }, { "holder", named != NULL ? named->name : holder } };
	const char *slash = strrchr(submission, '/');
	struct buf says = { 0 }, mend = { 0 };
	int rc = 0;

	message_says(&says, m, "fold.taken", args, 2);
	message_mend(&mend, m, "fold.taken", args, 2);
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

static int
say_all_taken(struct folding *g, struct why *why)
{
	sqlite3_stmt *rows = NULL, *insert = NULL;
	int rc = -1, step;

	if (db_prepare(g->db, "SELECT form, unit, key, holder, field, submission, row FROM temp.left_out"
	    " ORDER BY form, unit, key", &rows, why) != 0 ||
	    db_prepare(g->db, "INSERT INTO main.finding (unit, number, seq, form, key, row, col, field, rule, severity,"
	    " value, message, mend, explained, held) SELECT ?1, ?2,"
	    " (SELECT coalesce(max(seq), 0) + 1 FROM main.finding WHERE unit = ?1 AND number = ?2),"
	    " ?3, ?4, ?5, 0, ?6, ?7, ?8, ?4, ?9, ?10, 0, 1", &insert, why) != 0)
		goto out;
	while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
		if (say_taken(g, rows, insert, why) != 0)
			goto out;
		g->left_out++;
	}
	if (step != SQLITE_DONE) {
		(void)db_trouble(g->db, "left_out", why);
		goto out;
	}
	rc = 0;
out:
	(void)sqlite3_finalize(rows);
	(void)sqlite3_finalize(insert);
	return rc;
}

/* ---- due, meta ---- */

static int
fill_due(struct folding *g, const struct form *form, struct why *why)
{
	struct env_names names = {
		.unit = NULL, .city = g->f->rules->office->code, .week = g->f->window.week, .as_of = g->f->window.as_of,
	};
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	buf_str(&sql, "INSERT INTO main.due (unit, form, key) SELECT owing.unit, ");
	sql_text(&sql, form->name);
	buf_str(&sql, ", ");
	sql_key_text(&sql, form, "owing");
	buf_str(&sql, " FROM (");
	env_due_sql(&sql, g->f->rules, form);
	buf_str(&sql, ") AS owing ORDER BY 1, 3");
	if (db_prepare(g->db, buf_cstr(&sql), &stmt, why) != 0 || env_bind(stmt, &names, why) != 0)
		goto out;
	if (sqlite3_step(stmt) != SQLITE_DONE) {
		(void)db_trouble(g->db, form->name, why);
		goto out;
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	return rc;
}

static int
put_meta(struct folding *g, const char *name, const char *value, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	if (db_prepare(g->db, "INSERT INTO main.meta (name, value) VALUES (?1, ?2)", &stmt, why) != 0)
		goto out;
	(void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(stmt, 2, value, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) != SQLITE_DONE) {
		(void)db_trouble(g->db, "meta", why);
		goto out;
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* An instant as databases hold it: local time without its offset. */
static void
instant_text(instant_t at, char out[26])
{
	instant_format(at, 0, out);
	out[19] = '\0';
}

static int
put_instant(struct folding *g, const char *name, instant_t at, struct why *why)
{
	char text[26];

	instant_text(at, text);
	return put_meta(g, name, text, why);
}

static int
put_day(struct folding *g, const char *name, day_t day, struct why *why)
{
	char text[11];

	day_format(day, text);
	return put_meta(g, name, text, why);
}

/* A counter of the week before: 0 where there is none. */
static int
prev_counter(struct folding *g, const char *name, int64_t *out, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	*out = 0;
	if (!g->has_prev)
		return 0;
	if (db_prepare(g->db, "SELECT CAST(value AS INTEGER) FROM prev.meta WHERE name = ?1", &stmt, why) != 0)
		goto out;
	(void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* The number of the week's briefing: in its year, and in all. */
static int
put_issue(struct folding *g, const struct window *prev, struct why *why)
{
	int64_t issue = 0, total = 0;
	char text[24];

	if (prev_counter(g, "issue", &issue, why) != 0 || prev_counter(g, "issue_total", &total, why) != 0)
		return -1;
	if (!g->has_prev || prev->week.year != g->f->window.week.year)
		issue = 0;
	(void)snprintf(text, sizeof text, "%lld", (long long)(issue + 1));
	if (put_meta(g, "issue", text, why) != 0)
		return -1;
	(void)snprintf(text, sizeof text, "%lld", (long long)(total + 1));
	return put_meta(g, "issue_total", text, why);
}

static int
fill_meta(struct folding *g, const struct window *prev, struct why *why)
{
	const struct window *w = &g->f->window;

	if (put_meta(g, "week", g->week, why) != 0 ||
	    put_meta(g, "state", g->f->sealed ? "sealed" : "draft", why) != 0 ||
	    put_instant(g, "folded_at", g->f->at, why) != 0 ||
	    put_day(g, "window_first", w->first, why) != 0 || put_day(g, "window_last", w->last, why) != 0 ||
	    put_instant(g, "cutoff", w->cutoff, why) != 0 || put_instant(g, "seal", w->seal, why) != 0 ||
	    put_instant(g, "meeting", w->meeting, why) != 0 || put_day(g, "as_of", w->as_of, why) != 0 ||
	    put_meta(g, "previous", g->previous, why) != 0 || put_meta(g, "rules", g->f->rules->digest, why) != 0)
		return -1;
	if (g->f->sealed && put_meta(g, "sealed_by", g->f->by, why) != 0)
		return -1;
	return put_issue(g, prev, why);
}

/* Digests of all that the sealed week rests on. */
static int
fill_archived(struct folding *g, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	if (db_prepare(g->db, "INSERT INTO main.archived (unit, number, bytes, label, intake) VALUES (?1, ?2, ?3, ?4, ?5)",
	    &stmt, why) != 0)
		goto out;
	for (size_t i = 0; i < g->arrivals.n; i++) {
		const struct arrival *a = &g->arrivals.v[i];
		struct arrival_digests d;

		if (arrival_digest(g->f->site, g->f->window.week, a, &d, why) != 0)
			goto out;
		(void)sqlite3_bind_text(stmt, 1, a->unit, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int(stmt, 2, a->number);
		(void)sqlite3_bind_text(stmt, 3, d.bytes, -1, SQLITE_TRANSIENT);
		(void)sqlite3_bind_text(stmt, 4, d.label, -1, SQLITE_TRANSIENT);
		(void)sqlite3_bind_text(stmt, 5, d.intake, -1, SQLITE_TRANSIENT);
		if (sqlite3_step(stmt) != SQLITE_DONE) {
			(void)db_trouble(g->db, "archived", why);
			goto out;
		}
		(void)sqlite3_reset(stmt);
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* ---- the whole ---- */

/* Attach the week before, which must be sealed.  *PREV is filled where there is one. */
static int
attach_prev(struct folding *g, struct window *prev, struct why *why)
{
	const struct site *site = g->f->site;
	struct path p;
	char before[9];
	int rc = calendar_prev(g->f->rules->calendar, &g->f->window, prev, why);

	(void)snprintf(g->previous, sizeof g->previous, "%s", NO_SEAL);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	week_format(prev->week, before);
	if (!site_is_sealed(site, prev->week))
		return why_set(why, EX_DATAERR, "%s: the week before it, %s, is not sealed", g->week, before);
	rc = fsio_digest(site->dir, site_seal(&p, prev->week), g->previous, NULL, why);
	if (rc == 0)
		rc = db_attach(g->db, site, site_snapshot(&p, prev->week), DB_SNAPSHOT, "prev", why);
	if (rc == -2)
		return why_set(why, EX_IOERR, "%s is missing: run zhoubao rebuild --from %s", p.s, before);
	g->has_prev = rc == 0;
	return rc;
}

/* The words that take a row back, as an SQL list. */
static void
list_withdrawals(struct folding *g)
{
	const struct words *words = words_find(&g->f->rules->messages, "op.withdraw");
	struct buf folded = { 0 };

	for (size_t i = 0; words != NULL && i < words->n; i++) {
		buf_reset(&folded);
		text_squash(&folded, span_of(words->v[i]));
		buf_str(&g->withdraw, i > 0 ? ", " : "");
		sql_text(&g->withdraw, buf_cstr(&folded));
	}
	buf_free(&folded);
}

/* Forms of all units: rows of before, of this week; then rivals out, what is due. */
static int
fold_rows(struct folding *g, struct why *why)
{
	const struct ruleset *rs = g->f->rules;

	if (list_units(g, why) != 0 || carry_marks(g, why) != 0)
		return -1;
	for (size_t i = 0; i < g->units.n; i++) {
		if (fold_unit(g, g->units.v[i], why) != 0)
			return -1;
	}
	for (size_t i = 0; i < rs->n_forms; i++) {
		if (drop_layer(g, "report", rs->forms[i], why) != 0 || drop_layer(g, "corrected", rs->forms[i], why) != 0)
			return -1;
		if (rs->forms[i]->unique_all && leave_out_rivals(g, rs->forms[i], why) != 0)
			return -1;
	}
	if (say_all_taken(g, why) != 0)
		return -1;
	if (env_prev_views(g->db, rs, g->has_prev ? "prev" : NULL, NULL, why) != 0)
		return -1;
	for (size_t i = 0; i < rs->n_forms; i++) {
		if (rs->forms[i]->due == DUE_WEEKLY && fill_due(g, rs->forms[i], why) != 0)
			return -1;
	}
	return 0;
}

/* Everything between an empty file and a finished one; all but publishing. */
static int
fold_build(struct folding *g, struct fold_result *out, struct why *why)
{
	struct window prev = { 0 };
	struct buf gate = { 0 };
	int rc = -1;

	if (sqlfn_add(g->db, g->f->rules, why) != 0 || attach_prev(g, &prev, why) != 0 || create_tables(g, why) != 0)
		goto out;
	/* Measures may ask meta for the week's own dates. */
	if (fold_rows(g, why) != 0 || fill_meta(g, &prev, why) != 0 || measure_run(g->db, g->f, why) != 0)
		goto out;
	if (g->f->sealed && fill_archived(g, why) != 0)
		goto out;
	if (gate_check(g->db, g->f, &g->arrivals, &gate, why) != 0 || put_meta(g, "gate", buf_cstr(&gate), why) != 0)
		goto out;
	if (db_content_digest(g->db, "main", out->content, why) != 0 ||
	    put_meta(g, "content", out->content, why) != 0 || put_meta(g, "program", "aggregator " VERSION, why) != 0)
		goto out;
	out->left_out = g->left_out;
	out->gate_ok = strcmp(buf_cstr(&gate), "ok") == 0;
	out->gate = buf_take(&gate);
	rc = 0;
out:
	buf_free(&gate);
	return rc;
}

/* Whether the draft that is there says the same, by the same program. */
static bool
is_same_draft(const struct fold *f, const char *content)
{
	struct path p;
	struct why ignored;
	sqlite3 *old = NULL;
	sqlite3_stmt *stmt = NULL;
	bool same = false;

	if (f->sealed || db_open(f->site, site_snapshot(&p, f->window.week), DB_SNAPSHOT, &old, &ignored) != 0)
		return false;
	if (db_prepare(old, "SELECT count(*) FROM meta WHERE (name, value) IN (VALUES ('content', ?1), ('state', 'draft'),"
	    " ('program', 'aggregator " VERSION "'))", &stmt, &ignored) == 0) {
		(void)sqlite3_bind_text(stmt, 1, content, -1, SQLITE_STATIC);
		same = sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int(stmt, 0) == 3;
	}
	(void)sqlite3_finalize(stmt);
	db_close(old);
	return same;
}

/* Forget what was built. */
static int
discard(struct folding *g, const char *path, struct why *why)
{
	struct buf temporary = { 0 };
	int rc;

	db_close(g->db);
	g->db = NULL;
	fsio_temporary(&temporary, path);
	rc = fsio_remove(g->f->site->dir, buf_cstr(&temporary), why);
	buf_free(&temporary);
	return rc;
}

int
fold_week(const struct fold *f, struct fold_result *out, struct why *why)
{
	struct folding g = { .f = f };
	struct fold_result result = { 0 };
	struct why second;
	struct path p;
	sqlite3 *done;
	int rc = -1;

	week_format(f->window.week, g.week);
	list_withdrawals(&g);
	if (arrivals_list(f->site, f->window.week, &g.arrivals, why) != 0 ||
	    arrivals_are_judged(f->site, f->window.week, &g.arrivals, why) != 0)
		goto out;
	site_snapshot(&p, f->window.week);
	if (db_build(f->site, p.s, DB_SNAPSHOT, &g.db, why) != 0)
		goto out;
	if (fold_build(&g, &result, why) != 0) {
		(void)discard(&g, p.s, &second);
		goto out;
	}
	if (is_same_draft(f, result.content)) {
		if (discard(&g, p.s, why) != 0)
			goto out;
	} else {
		done = g.db;
		g.db = NULL;
		if (db_publish(done, f->site, p.s, f->sealed ? 0444 : 0644, why) != 0)
			goto out;
		result.changed = true;
	}
	*out = result;
	result.gate = NULL;
	rc = 0;
out:
	db_close(g.db);
	free(result.gate);
	arrivals_free(&g.arrivals);
	names_free(&g.units);
	buf_free(&g.withdraw);
	return rc;
}
