/*
 * trace_rows - of a table that a figure rests on: which rows, how many, and each with where it came from: a
 * row of a form with its cells, one of a measure followed further, one of another week held against the
 * snapshot of that week.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "../common/text.h"
#include "aggregator.h"

/* ---- which rows ---- */

/* The office's row rests on everybody's; but in its own table on its own. */
static bool is_narrowed(const struct tracing *t, const struct input *in, const struct identity *id, size_t i)
{
	bool unit = strcmp(id->names[i], "unit") == 0;

	if (!names_have(&in->columns, id->names[i]))
		return false;
	return !unit || (!in->everyone && (in->own || strcmp(id->values[i], t->rules->office->code) != 0));
}

/* "FROM table WHERE what it shares with ID", parameters ?1 on by place in ID. */
static void sql_input(struct buf *sql, const struct tracing *t, const struct input *in,
    const struct identity *id)
{
	char week[9];

	week_format(t->week, week);
	buf_str(sql, " FROM ");
	sql_name(sql, in->table);
	buf_str(sql, " WHERE true");
	for (size_t i = 0; i < id->n; i++) {
		if (!is_narrowed(t, in, id, i))
			continue;
		buf_str(sql, " AND ");
		sql_name(sql, id->names[i]);
		buf_fmt(sql, " = ?%zu", i + 1);
	}
	if (in->measure != NULL && names_have(&in->columns, "week") && (!in->other_week || in->before)) {
		buf_str(sql, " AND week = ");
		sql_text(sql, in->past != NULL ? in->past->name : week);
	}
	/* Sums of the office are made from the units', not from its own. */
	if (in->sums && !in->own && names_have(&in->columns, "unit")) {
		buf_str(sql, " AND unit <> ");
		sql_text(sql, t->rules->office->code);
	}
	if (*in->where != '\0')
		buf_fmt(sql, " AND (%s)", in->where);
}

static void bind_named(sqlite3_stmt *stmt, const char *name, const char *value)
{
	int at = sqlite3_bind_parameter_index(stmt, name);

	if (at > 0)
		(void)sqlite3_bind_text(stmt, at, value, -1, SQLITE_TRANSIENT);
}

void trace_bind(const struct tracing *t, sqlite3_stmt *stmt, const struct identity *id)
{
	char week[9], day[11], name[64];
	struct window w;
	struct why ignored;

	for (size_t i = 0; i < id->n; i++) {
		(void)snprintf(name, sizeof name, ":%s", id->names[i]);
		bind_named(stmt, name, id->values[i]);
	}
	week_format(t->week, week);
	bind_named(stmt, ":week", week);
	bind_named(stmt, ":city", t->rules->office->code);
	if (calendar_window(t->rules->calendar, t->week, &w, &ignored) == 0) {
		day_format(w.as_of, day);
		bind_named(stmt, ":as_of", day);
	}
}

static int prepare_input(struct tracing *t, const struct input *in, const struct buf *sql,
    const struct identity *id, sqlite3_stmt **out, struct why *why)
{
	if (db_prepare(in->db, buf_cstr(sql), out, why) != 0) {
		why->code = *in->where != '\0' ? EX_CONFIG : why->code;
		return -1;
	}
	for (size_t i = 0; i < id->n; i++) {
		if (is_narrowed(t, in, id, i))
			(void)sqlite3_bind_text(*out, (int)i + 1, id->values[i], -1, SQLITE_STATIC);
	}
	trace_bind(t, *out, id);
	return 0;
}

/* ---- how many ---- */

static bool is_week(const char *name)
{
	return strcmp(name, "week") == 0;
}

/*
 * The column whose sum says something: of a figure that is one of many added, the figure's own; of the
 * weeks of the same row, the first that is shown.  NULL: none.
 */
static const char *added_column(const struct input *in, const struct level *at)
{
	const char *field = at->fields->n > 0 ? at->fields->v[0] : NULL;

	if (field == NULL || in->measure == NULL || in->everyone || in->before)
		return NULL;
	if (!in->own)
		return names_have(&in->shown, field) ? field : NULL;
	for (size_t i = 0; in->other_week && i < in->shown.n; i++) {
		if (!is_week(in->shown.v[i]))
			return in->shown.v[i];
	}
	return NULL;
}

/* Columns of *ROW: how many; the sum. */
static int count_rows(struct tracing *t, const struct input *in, const struct level *at, sqlite3_stmt **row,
    struct why *why)
{
	const char *added = added_column(in, at);
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "SELECT count(*), ");
	if (added != NULL) {
		buf_str(&sql, "sum(");
		sql_name(&sql, added);
		buf_str(&sql, ") AS ");
		sql_name(&sql, added);
	} else {
		buf_str(&sql, "NULL");
	}
	sql_input(&sql, t, in, at->id);
	rc = prepare_input(t, in, &sql, at->id, row, why);
	if (rc == 0 && sqlite3_step(*row) != SQLITE_ROW)
		rc = db_trouble(in->db, in->table, why);
	buf_free(&sql);
	return rc;
}

int input_count(struct tracing *t, const struct input *in, const struct level *at, int64_t *n,
    struct why *why)
{
	sqlite3_stmt *row = NULL;
	int rc = 0;

	*n = 0;
	if (in->db != NULL) {
		rc = count_rows(t, in, at, &row, why);
		*n = rc == 0 ? sqlite3_column_int64(row, 0) : 0;
	}
	(void)sqlite3_finalize(row);
	return rc;
}

int input_show_count(struct tracing *t, const struct input *in, const struct level *at, struct why *why)
{
	sqlite3_stmt *row = NULL;
	int rc = 0;

	if (in->db == NULL) {
		tree_number(&t->out, "rows", 0);
		return 0;
	}
	rc = count_rows(t, in, at, &row, why);
	if (rc == 0) {
		tree_number(&t->out, "rows", sqlite3_column_int64(row, 0));
		if (sqlite3_column_type(row, 1) == SQLITE_INTEGER && sqlite3_column_int64(row, 0) > 1) {
			tree_open(&t->out, "sum", '{');
			trace_column(t, in->measure, row, 1);
			tree_close(&t->out, '}');
		}
	}
	(void)sqlite3_finalize(row);
	return rc;
}

/* ---- rows of forms ---- */

/* then two columns a field: as it is, as text */
enum { FORM_UNIT, FORM_KEY, FORM_SUBMISSION, FORM_ROW, FORM_VALUES };

/* A field's value, money as everywhere. */
static void show_field_value(struct tracing *t, const struct field *f, sqlite3_stmt *row, int column)
{
	const char *plain = (const char *)sqlite3_column_text(row, column + 1);
	struct buf value = { 0 };

	trace_text(&value, f, row, column);
	if (f->type == FIELD_MONEY && plain != NULL)
		tree_money(&t->out, f->name, f, sqlite3_column_int64(row, column));
	else
		tree_value(&t->out, f->name, plain != NULL ? buf_cstr(&value) : NULL);
	buf_free(&value);
}

/* The place of a row in its archived file. */
struct spot {
	const struct page *page;
	ptrdiff_t          from;
};

/* Each value with the cell it came from. */
static void show_fields_text(struct tracing *t, const struct input *in, sqlite3_stmt *row,
    const struct spot *spot)
{
	for (size_t i = 0; i < in->shown.n; i++) {
		const struct field *f = form_field(in->form, in->shown.v[i]);
		int column = FORM_VALUES + 2 * (int)i;

		if (f == NULL)
			continue;
		show_field_value(t, f, row, column);
		cell_show(t, spot->page, spot->from, f, (const char *)sqlite3_column_text(row, column + 1),
		    true);
	}
}

/*
 * The values, then their cells as a list: names of an object are there once.  Rationale: of a single field
 * the cell's parts stand in the row, too, where readers of the first version look for them.
 */
static void show_fields_json(struct tracing *t, const struct input *in, sqlite3_stmt *row,
    const struct spot *spot)
{
	for (size_t i = 0; i < in->shown.n; i++) {
		const struct field *f = form_field(in->form, in->shown.v[i]);

		if (f != NULL)
			show_field_value(t, f, row, FORM_VALUES + 2 * (int)i);
	}
	if (in->shown.n == 1 && form_field(in->form, in->shown.v[0]) != NULL)
		cell_show(t, spot->page, spot->from, form_field(in->form, in->shown.v[0]),
		    (const char *)sqlite3_column_text(row, FORM_VALUES + 1), true);
	tree_open(&t->out, "cells", '[');
	for (size_t i = 0; i < in->shown.n; i++) {
		const struct field *f = form_field(in->form, in->shown.v[i]);

		if (f == NULL)
			continue;
		tree_open(&t->out, NULL, '{');
		tree_value(&t->out, "field", f->name);
		cell_show(t, spot->page, spot->from, f,
		    (const char *)sqlite3_column_text(row, FORM_VALUES + 2 * (int)i + 1), true);
		tree_close(&t->out, '}');
	}
	tree_close(&t->out, ']');
}

/* In a text the files are told once, at the end; what is wrong with one is told at each row. */
static void show_archived(struct tracing *t, const struct archived *file)
{
	if (t->out.json)
		archived_show(t, file, true);
	else if (!archived_is_equal(file))
		tree_value(&t->out, "checked", file->checked);
}

static int
show_form_row(struct tracing *t, const struct input *in, sqlite3_stmt *row, const char *lead,
    struct why *why)
{
	const char *key = (const char *)sqlite3_column_text(row, FORM_KEY);
	const char *id = (const char *)sqlite3_column_text(row, FORM_SUBMISSION);
	const struct archived *file = archived_find(t, id != NULL ? id : "", why);
	struct spot spot = { .from = -1 };

	if (file == NULL)
		return -1;
	tree_row(&t->out, lead);
	tree_value(&t->out, "unit", (const char *)sqlite3_column_text(row, FORM_UNIT));
	tree_value(&t->out, "key", key);
	tree_value(&t->out, "submission", id);
	show_archived(t, file);
	tree_number(&t->out, "row", sqlite3_column_int64(row, FORM_ROW));
	if (in->shown.n > 0) {
		spot.page = pages_find(t, id != NULL ? id : "", in->form->name);
		spot.from = page_row(spot.page, in->form, key != NULL ? key : "",
		    sqlite3_column_int64(row, FORM_ROW));
		if (t->out.json)
			show_fields_json(t, in, row, &spot);
		else
			show_fields_text(t, in, row, &spot);
	}
	tree_row_said(&t->out);
	tree_row_end(&t->out);
	return 0;
}

static void sql_form_rows(struct buf *sql, const struct tracing *t, const struct input *in,
    const struct identity *id)
{
	buf_str(sql, "SELECT unit, ");
	sql_key_text(sql, in->form, in->form->name);
	buf_str(sql, ", _submission, _row");
	for (size_t i = 0; i < in->shown.n; i++) {
		const struct field *f = form_field(in->form, in->shown.v[i]);

		buf_str(sql, ", ");
		sql_name(sql, in->shown.v[i]);
		buf_str(sql, f != NULL && f->type == FIELD_PERCENT ? ", printf('%!.17g', " : ", (");
		sql_name(sql, in->shown.v[i]);
		buf_char(sql, ')');
	}
	sql_input(sql, t, in, id);
	buf_str(sql, " ORDER BY 1, 2");
}

/* ---- rows of measures and of the rest ---- */

int trace_column_of(sqlite3_stmt *row, const char *name)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		if (strcmp(sqlite3_column_name(row, i), name) == 0)
			return i;
	}
	return -1;
}

/* The columns shown of the row at hand, its unit and key in front. */
static void show_shown(struct tracing *t, const struct input *in, sqlite3_stmt *row,
    const struct identity *id)
{
	for (size_t i = 0; i < id->n; i++)
		tree_value(&t->out, id->names[i], id->values[i]);
	for (size_t i = 0; i < in->shown.n; i++) {
		int column = trace_column_of(row, in->shown.v[i]);
		bool said = false;

		for (size_t k = 0; k < id->n; k++)
			said = said || strcmp(id->names[k], in->shown.v[i]) == 0;
		if (!said && column >= 0)
			trace_column(t, in->measure, row, column);
	}
}

/* The week that the row at hand is of, where that is *ANOTHER than is asked for.  NULL then: trouble. */
static const struct past *row_past(struct tracing *t, const struct input *in, sqlite3_stmt *row,
    bool *another, struct why *why)
{
	int at = in->measure != NULL ? trace_column_of(row, "week") : -1;
	const char *name = at >= 0 ? (const char *)sqlite3_column_text(row, at) : NULL;
	struct week week = t->week;

	*another = in->past != NULL || (in->other_week && name != NULL && strlen(name) == 8 &&
	    week_parse(name, 8, &week) == 0 && week_cmp(week, t->week) != 0);
	if (!*another)
		return NULL;
	return in->past != NULL ? in->past : past_find(t, week, why);
}

/* What was carried from the week before is what stands there. */
static void show_carried(struct tracing *t, const struct input *in, sqlite3_stmt *row, const struct level *at)
{
	int there = in->same != NULL ? trace_column_of(row, in->same) : -1;
	int here = in->carries != NULL && at->row != NULL ? trace_column_of(at->row, in->carries) : -1;
	bool same;

	if (there < 0 || here < 0)
		return;
	same = past_same(row, there, at->row, here);
	tree_value(&t->out, "carried", same ? ARCHIVED_EQUAL : "DIFFERENT");
	t->differs = t->differs || !same;
}

/* The trace to ask for of a row that is not followed here: "WEEK TABLE KEY COLUMN". */
static void show_next(struct tracing *t, const struct input *in, const char *week, const struct level *at,
    const struct identity *id)
{
	struct buf next = { 0 };
	char this_week[9];
	bool another;
	size_t i = 0;

	week_format(t->week, this_week);
	another = strcmp(week, this_week) != 0;
	buf_fmt(&next, "%s %s", week, in->table);
	for (size_t k = 0; k < id->n; k++)
		buf_fmt(&next, " %s", id->values[k]);
	while (i + 1 < in->shown.n && (is_week(in->shown.v[i]) ||
	    (!another && in->measure == at->m && names_have(at->fields, in->shown.v[i]))))
		i++;
	if (in->same != NULL)
		buf_fmt(&next, " %s", in->same);
	else if (i < in->shown.n)
		buf_fmt(&next, " %s", in->shown.v[i]);
	tree_value(&t->out, "next", buf_cstr(&next));
	buf_free(&next);
}

/* Of a row of another week: of which, whether its snapshot holds, and says the same. */
static int show_past(struct tracing *t, const struct input *in, sqlite3_stmt *row, const struct past *past,
    const struct level *at, const struct identity *id, struct why *why)
{
	const char *word = NULL;

	if (in->past != NULL) {
		if (at->depth > 0 && !t->out.json)
			tree_value(&t->out, "week", past->name);
		show_carried(t, in, row, at);
		return 0;
	}
	past_show(t, past);
	if (past_agrees(t, past, in->table, row, id, &in->shown, &word, why) != 0)
		return -1;
	tree_value(&t->out, "there", word);
	return 0;
}

/* Settings and reference tables are of the rule set. */
static void show_rules(struct tracing *t, const struct input *in)
{
	struct path path;

	if ((strcmp(in->table, "setting") == 0 || strncmp(in->table, "ref_", 4) == 0) &&
	    fsio_exists(t->p->site.dir, site_rules(&path, t->rules->digest)))
		tree_value(&t->out, "rules", path.s);
}

/* What is said in the row's own line. */
static int show_line(struct tracing *t, const struct input *in, sqlite3_stmt *row, const struct level *at,
    const struct identity *id, bool followed, struct why *why)
{
	bool another, sent = trace_is_sent(in->table);
	const struct past *past = row_past(t, in, row, &another, why);
	char week[9];

	if (another && past == NULL)
		return -1;
	week_format(t->week, week);
	show_shown(t, in, row, id);
	if (in->measure == NULL)
		show_rules(t, in);
	/* The week before has files of the same numbers. */
	if (sent && past == NULL && sent_show(t, row, true, why) != 0)
		return -1;
	if (past != NULL && show_past(t, in, row, past, at, id, why) != 0)
		return -1;
	if (at->fields->n > 0 && !followed && (in->measure != NULL || (sent && past != NULL)))
		show_next(t, in, past != NULL ? past->name : week, at, id);
	return 0;
}

/* Its own table's other rows, and those of another week, are told of: they have traces of their own. */
static bool is_followed(const struct input *in, const struct level *at)
{
	return at->fields->n > 0 && in->measure != NULL && in->measure != at->m && !in->other_week &&
	    !in->before && at->depth < DEEPEST;
}

static int show_other_row(struct tracing *t, const struct input *in, sqlite3_stmt *row,
    const struct level *at, const char *lead, struct why *why)
{
	struct identity id = { 0 };
	struct level below = { .m = in->measure, .id = &id, .row = row, .depth = at->depth + 1 };
	bool followed = is_followed(in, at);
	int rc = identify(in->db, in->table, row, &id, why);

	below.fields = in->shown.n > 0 ? &in->shown : at->fields;
	tree_row(&t->out, lead);
	if (rc == 0)
		rc = show_line(t, in, row, at, &id, followed, why);
	tree_row_said(&t->out);
	if (rc == 0 && followed)
		rc = trace_inputs(t, in->db, &below, why);
	tree_row_end(&t->out);
	identity_free(&id);
	return rc;
}

/* ---- a table ---- */

static int sql_other_rows(struct buf *sql, const struct tracing *t, const struct input *in,
    const struct identity *id, struct why *why)
{
	struct names keys = { 0 };
	bool weekly;
	int rc = key_names(in->db, in->table, &keys, &weekly, why);

	buf_str(sql, "SELECT *");
	sql_input(sql, t, in, id);
	buf_str(sql, " ORDER BY ");
	for (size_t i = 0; i < keys.n; i++) {
		buf_str(sql, i > 0 ? ", " : "");
		sql_name(sql, keys.v[i]);
	}
	buf_str(sql, keys.n == 0 ? "1" : weekly ? ", week" : "");
	names_free(&keys);
	return rc;
}

int input_show_rows(struct tracing *t, const struct input *in, const struct level *at, const char *lead,
    struct why *why)
{
	struct buf sql = { 0 };
	sqlite3_stmt *row = NULL;
	int rc = 0;

	if (in->db == NULL)
		return 0;
	if (in->form != NULL)
		sql_form_rows(&sql, t, in, at->id);
	else
		rc = sql_other_rows(&sql, t, in, at->id, why);
	if (rc == 0)
		rc = prepare_input(t, in, &sql, at->id, &row, why);
	while (rc == 0 && (rc = db_step(row, in->table, why)) == 1)
		rc = in->form != NULL ? show_form_row(t, in, row, lead, why)
		    : show_other_row(t, in, row, at, lead, why);
	(void)sqlite3_finalize(row);
	buf_free(&sql);
	return rc;
}
