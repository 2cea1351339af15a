/*
 * trace_row - a row of a form: the submission, the archived file and its digest, the physical row, each cell
 * as it stands there; then every file of every week that had something to say of the key, newest first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "../common/text.h"
#include "aggregator.h"

/* "WEEK/UNIT/NNN" */
int origin_parse(const char *id, struct origin *out)
{
	const char *unit, *number;
	struct origin o;

	if (id == NULL || strlen(id) < 11 || week_parse(id, 8, &o.week) != 0 || id[8] != '/')
		return -1;
	unit = id + 9;
	number = strchr(unit, '/');
	if (number == NULL || (size_t)(number - unit) >= sizeof o.unit)
		return -1;
	memcpy(o.unit, unit, (size_t)(number - unit));
	o.unit[number - unit] = '\0';
	o.number = (int)strtol(number + 1, NULL, 10);
	*out = o;
	return 0;
}

/* ---- the file ---- */

static void show_receipt(struct tracing *t, const struct origin *o)
{
	char receipt[32], week[9];

	week_format(o->week, week);
	(void)snprintf(receipt, sizeof receipt, "%s-%03d", week, o->number);
	tree_value(&t->out, "receipt", receipt);
}

/* The archived file of submission ID, checked against its label. */
static int show_file(struct tracing *t, const struct origin *o, const char *id, struct why *why)
{
	const struct archived *file = archived_find(t, id, why);

	if (file == NULL)
		return -1;
	show_receipt(t, o);
	archived_show(t, file, false);
	return 0;
}

/* ---- values ---- */

void trace_text(struct buf *out, const struct field *f, sqlite3_stmt *row, int column)
{
	switch (sqlite3_column_type(row, column)) {
	case SQLITE_NULL:
		buf_char(out, '-');
		return;
	case SQLITE_INTEGER:
		field_show_int(out, f, sqlite3_column_int64(row, column));
		break;
	case SQLITE_FLOAT:
		field_show_real(out, f, sqlite3_column_double(row, column));
		break;
	default:
		field_show_text(out, f, (const char *)sqlite3_column_text(row, column));
	}
	buf_str(out, f->unit != NULL ? f->unit : "");
}

/* The value as the database holds it, for comparing with a cell; NULL for NULL. */
static char *plain_value(sqlite3_stmt *row, int column)
{
	struct buf text = { 0 };

	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return NULL;
	if (sqlite3_column_type(row, column) == SQLITE_FLOAT)
		buf_fmt(&text, "%.17g", sqlite3_column_double(row, column));
	else
		buf_str(&text, (const char *)sqlite3_column_text(row, column));
	return buf_take(&text);
}

/* Money is stored in yuan; a reader of JSON has the number as it is. */
static void show_stored(struct tracing *t, const struct field *f, const char *plain)
{
	struct buf text = { 0 };

	buf_fmt(&text, "%s%s", plain != NULL ? plain : "",
	    f->type == FIELD_MONEY && !t->out.json ? " yuan" : "");
	tree_value(&t->out, "stored", plain != NULL ? buf_cstr(&text) : NULL);
	buf_free(&text);
}

static void
show_field(struct tracing *t, const struct field *f, sqlite3_stmt *row, int column, const struct page *page,
    ptrdiff_t from)
{
	bool null = sqlite3_column_type(row, column) == SQLITE_NULL;
	char *plain = plain_value(row, column);
	struct buf value = { 0 };

	trace_text(&value, f, row, column);
	tree_open(&t->out, t->out.json ? NULL : f->name, '{');
	if (t->out.json)
		tree_value(&t->out, "field", f->name);
	tree_value(&t->out, "title", f->title);
	tree_value(&t->out, "value", null ? NULL : buf_cstr(&value));
	show_stored(t, f, plain);
	cell_show(t, page, from, f, plain, false);
	tree_close(&t->out, '}');
	buf_free(&value);
	free(plain);
}

/* ---- the row that stands ---- */

enum { ROW_UNIT, ROW_SUBMISSION, ROW_FIRST, ROW_ROW, ROW_WEEK, ROW_NOTE, ROW_FIELDS };

static int
select_row(const struct tracing *t, sqlite3 *db, const struct form *form, sqlite3_stmt **out, struct why *why)
{
	struct names have = { 0 };
	struct buf sql = { 0 };
	int rc = db_columns(db, "main", form->name, &have, why);

	buf_str(&sql, "SELECT now.unit, now._submission, now._first, now._row, now._week, now.note");
	for (size_t i = 0; i < form->n_fields; i++) {
		buf_str(&sql, ", ");
		if (names_have(&have, form->fields[i].name))
			sql_column(&sql, "now", form->fields[i].name);
		else
			buf_str(&sql, "NULL");
	}
	buf_str(&sql, " FROM ");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS now WHERE ");
	sql_key_text(&sql, form, "now");
	buf_str(&sql, " = ?1 ORDER BY now.unit");
	if (rc == 0)
		rc = db_prepare(db, buf_cstr(&sql), out, why);
	if (rc == 0)
		(void)sqlite3_bind_text(*out, 1, t->key, -1, SQLITE_STATIC);
	names_free(&have);
	buf_free(&sql);
	return rc;
}

static void show_fields(struct tracing *t, const struct form *form, sqlite3_stmt *row,
    const struct page *page)
{
	ptrdiff_t from = page_row(page, form, t->key, sqlite3_column_int64(row, ROW_ROW));

	tree_open(&t->out, "fields", '[');
	for (size_t i = 0; i < form->n_fields; i++) {
		if (t->field == NULL || strcmp(t->field, form->fields[i].name) == 0)
			show_field(t, &form->fields[i], row, ROW_FIELDS + (int)i, page, from);
	}
	tree_close(&t->out, ']');
}

/* ---- history: what each file of the unit said of the key ---- */

struct history {
	struct tracing    *t;
	const struct form *form;
	const char        *unit, *stands;       /* the submission whose row stands */
	char               newer[64];           /* the one that came after, "" for none */
	char               newer_at[40];
	bool               newer_takes_back;
};

/*
 * SELECT of an intake file: accepted (1 or 0), row, op, the rule and words that held it, received_at,
 * declared, correction, name, reason, the field.
 */
enum { SAID_ACCEPTED, SAID_ROW, SAID_OP, SAID_HELD, SAID_AT, SAID_DECLARED, SAID_CORRECTION, SAID_NAME,
	SAID_REASON, SAID_VALUE };

static void sql_said(struct buf *sql, const struct form *form, const struct names *have,
    const struct field *field)
{
	static const char sent[] = "submission.received_at, submission.declared_week, submission.correction,"
	    " submission.name";
	const char *column = field != NULL ? field_column(field, have->v, have->n) : NULL;

	buf_fmt(sql, "SELECT 1, said._row, said.op, NULL, %s, said.correction, ", sent);
	if (column != NULL)
		sql_column(sql, "said", column);
	else
		buf_str(sql, "NULL");
	buf_str(sql, " FROM ");
	sql_name(sql, form->name);
	buf_str(sql, " AS said, submission WHERE ");
	sql_key_text(sql, form, "said");
	buf_str(sql, " = ?1");
	buf_fmt(sql, " UNION ALL SELECT 0, min(finding.row), NULL,"
	    " group_concat(coalesce(finding.rule || ' ', '') || finding.message, '; '), %s, NULL, NULL FROM"
	    " finding, submission WHERE finding.held AND"
	    " finding.form = ?2 AND finding.key = ?1 GROUP BY finding.form", sent);
}

/* Who came after: the file that took this one's place. */
static void show_fate(struct history *h, const char *id, bool accepted, bool correction)
{
	struct buf fate = { 0 };

	if (strcmp(id, h->stands) == 0)
		buf_str(&fate, "stands");
	else if (accepted && correction)
		buf_str(&fate, "recorded as a correction");
	else if (accepted && *h->newer != '\0')
		buf_fmt(&fate, "%s by %s, received %s", h->newer_takes_back ? "taken back" : "replaced",
		    h->newer, h->newer_at);
	else if (accepted)
		buf_str(&fate, "did not become the state");
	else
		buf_str(&fate, "held");
	tree_value(&h->t->out, "fate", buf_cstr(&fate));
	buf_free(&fate);
}

static void show_said(struct history *h, const struct field *field, sqlite3_stmt *row, const char *id,
    int64_t at)
{
	const struct archived *file;
	const struct page *page;
	ptrdiff_t from;
	struct buf value = { 0 };
	struct why ignored;
	char *plain;

	if (field == NULL)
		return;
	page = pages_find(h->t, id, h->form->name);
	file = page->failed != NULL ? archived_find(h->t, id, &ignored) : NULL;
	if (file != NULL)
		archived_show(h->t, file, true);
	from = page_row(page, h->form, h->t->key, at);
	if (sqlite3_column_int(row, SAID_ACCEPTED) == 0) {
		const struct raw_cell *cell = from >= 0 ? page_cell(page, from, field) : NULL;

		tree_value(&h->t->out, "cell", cell != NULL ? cell->raw : NULL);
		return;
	}
	trace_text(&value, field, row, SAID_VALUE);
	plain = plain_value(row, SAID_VALUE);
	tree_value(&h->t->out, "value", plain != NULL ? buf_cstr(&value) : NULL);
	if (field->type == FIELD_MONEY)
		show_stored(h->t, field, plain);
	if (sqlite3_column_type(row, SAID_OP) == SQLITE_NULL || plain != NULL)
		cell_show(h->t, page, from, field, plain, true);
	free(plain);
	buf_free(&value);
}

/* Whether OP is a word that takes a row back. */
static bool takes_back(const struct tracing *t, const char *op)
{
	const struct words *words = words_find(&t->rules->messages, "op.withdraw");

	for (size_t i = 0; op != NULL && words != NULL && i < words->n; i++) {
		if (strcmp(words->v[i], op) == 0)
			return true;
	}
	return false;
}

/* One row of sql_said. */
static void show_entry(struct history *h, sqlite3_stmt *row, const struct origin *o, const char *id)
{
	const struct field *field = h->t->field != NULL ? form_field(h->form, h->t->field) : NULL;
	bool accepted = sqlite3_column_int(row, SAID_ACCEPTED) != 0;
	const char *held = (const char *)sqlite3_column_text(row, SAID_HELD);
	const char *op = (const char *)sqlite3_column_text(row, SAID_OP);
	const char *reason = (const char *)sqlite3_column_text(row, SAID_REASON);
	const char *at = (const char *)sqlite3_column_text(row, SAID_AT);
	char week[9];

	week_format(o->week, week);
	tree_open(&h->t->out, NULL, '{');
	tree_value(&h->t->out, "week", week);
	tree_value(&h->t->out, "submission", id);
	tree_value(&h->t->out, "name", (const char *)sqlite3_column_text(row, SAID_NAME));
	tree_value(&h->t->out, "received_at", at);
	tree_number(&h->t->out, "row", sqlite3_column_int64(row, SAID_ROW));
	if (op != NULL)
		tree_value(&h->t->out, "operation", op);
	if (sqlite3_column_int(row, SAID_CORRECTION) != 0)
		tree_value(&h->t->out, "corrects", (const char *)sqlite3_column_text(row, SAID_DECLARED));
	if (reason != NULL)
		tree_value(&h->t->out, "reason", reason);
	show_said(h, field, row, id, sqlite3_column_int64(row, SAID_ROW));
	show_fate(h, id, accepted, sqlite3_column_int(row, SAID_CORRECTION) != 0);
	if (held != NULL)
		tree_value(&h->t->out, "held_by", held);
	tree_close(&h->t->out, '}');
	/* A correction of a sealed week takes nobody's place in this one; nor does what was held. */
	if (accepted && (sqlite3_column_int(row, SAID_CORRECTION) == 0 || strcmp(id, h->stands) == 0)) {
		(void)snprintf(h->newer, sizeof h->newer, "%s", id);
		(void)snprintf(h->newer_at, sizeof h->newer_at, "%s", at != NULL ? at : "?");
		h->newer_takes_back = takes_back(h->t, op);
	}
}

/* What one file said, if anything. */
static int show_number(struct history *h, const struct origin *o, struct why *why)
{
	const struct field *field = h->t->field != NULL ? form_field(h->form, h->t->field) : NULL;
	struct names have = { 0 };
	struct buf sql = { 0 };
	struct path p;
	char id[64], week[9];
	sqlite3 *db = NULL;
	sqlite3_stmt *row = NULL;
	int rc = db_open(&h->t->p->site, site_intake(&p, o->week, o->unit, o->number), DB_INTAKE, &db, why);

	if (rc != 0 || !db_has_table(db, "main", h->form->name))
		goto out;
	rc = db_columns(db, "main", h->form->name, &have, why);
	if (rc != 0 || !form_has_keys(h->form, &have))
		goto out;
	week_format(o->week, week);
	(void)snprintf(id, sizeof id, "%s/%s/%03d", week, o->unit, o->number);
	sql_said(&sql, h->form, &have, field);
	rc = db_prepare(db, buf_cstr(&sql), &row, why);
	if (rc == 0) {
		(void)sqlite3_bind_text(row, 1, h->t->key, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(row, 2, h->form->name, -1, SQLITE_STATIC);
		while ((rc = db_step(row, h->form->name, why)) == 1)
			show_entry(h, row, o, id);
	}
out:
	(void)sqlite3_finalize(row);
	db_close(db);
	names_free(&have);
	buf_free(&sql);
	return rc == -2 ? 0 : rc;
}

static int show_week(struct history *h, struct week week, struct why *why)
{
	struct origin o = { .week = week };
	struct numbers numbers = { 0 };
	struct path p;
	int rc = site_numbers(&h->t->p->site, site_intake_unit(&p, week, h->unit), ".db", &numbers, why);

	(void)snprintf(o.unit, sizeof o.unit, "%s", h->unit);
	for (size_t i = numbers.n; rc == 0 && i > 0; i--) {
		o.number = numbers.v[i - 1];
		rc = show_number(h, &o, why);
	}
	numbers_free(&numbers);
	return rc;
}

static int show_history(struct tracing *t, const struct form *form, const char *unit, const char *stands,
    struct why *why)
{
	struct history h = { .t = t, .form = form, .unit = unit, .stands = stands };
	const struct calendar *calendar = t->p->rules->calendar;
	struct window w, prev;
	int rc = calendar_window(calendar, t->week, &w, why);

	tree_open(&t->out, "history", '[');
	while (rc == 0 && (rc = show_week(&h, w.week, why)) == 0) {
		rc = calendar_prev(calendar, &w, &prev, why);
		w = prev;
	}
	tree_close(&t->out, ']');
	return rc < 0 ? -1 : 0;
}

/* ---- the whole ---- */

static int show_form_row(struct tracing *t, const struct form *form, sqlite3_stmt *row, struct why *why)
{
	char *unit = mem_dup((const char *)sqlite3_column_text(row, ROW_UNIT));
	const char *said = (const char *)sqlite3_column_text(row, ROW_SUBMISSION);
	char *id = mem_dup(said != NULL ? said : "");
	const struct unit *named = ruleset_unit(t->rules, unit);
	struct origin o;
	int rc = 0;

	tree_open(&t->out, NULL, '{');
	tree_value(&t->out, "unit", unit);
	tree_value(&t->out, "unit_name", named != NULL ? named->name : NULL);
	tree_value(&t->out, "reported_week", (const char *)sqlite3_column_text(row, ROW_WEEK));
	tree_value(&t->out, "first_this_week", (const char *)sqlite3_column_text(row, ROW_FIRST));
	tree_value(&t->out, "submission", id);
	if (origin_parse(id, &o) != 0)
		rc = why_set(why, EX_DATAERR, "_submission \"%s\" is not WEEK/UNIT/NNN", id);
	if (rc == 0)
		rc = show_file(t, &o, id, why);
	tree_number(&t->out, "row", sqlite3_column_int64(row, ROW_ROW));
	if (rc == 0) {
		show_fields(t, form, row, pages_find(t, id, form->name));
		tree_value(&t->out, "note", (const char *)sqlite3_column_text(row, ROW_NOTE));
		rc = show_history(t, form, unit, id, why);
	}
	tree_close(&t->out, '}');
	free(unit);
	free(id);
	return rc;
}

static int no_field(const struct form *form, const char *name, struct why *why)
{
	struct names fields = { 0 };

	for (size_t i = 0; i < form->n_fields; i++) {
		vec_room(fields.v, fields.n, fields.cap);
		fields.v[fields.n++] = mem_dup(form->fields[i].name);
	}
	(void)trace_no_column("form", form->name, name, &fields, why);
	names_free(&fields);
	return -1;
}

int trace_form(struct tracing *t, sqlite3 *db, const struct form *form, size_t *n, struct why *why)
{
	sqlite3_stmt *row = NULL;
	int rc;

	if (t->field != NULL && form_field(form, t->field) == NULL)
		return no_field(form, t->field, why);
	rc = select_row(t, db, form, &row, why);
	while (rc == 0 && (rc = db_step(row, form->name, why)) == 1) {
		rc = show_form_row(t, form, row, why);
		(*n)++;
	}
	(void)sqlite3_finalize(row);
	return rc;
}
