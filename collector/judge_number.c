/*
 * judge_number - numbers that the engine gives: a unit's own series, begun behind every number
 * ever used, withdrawn ones included, so that no unit waits for another and none comes back.  A number
 * typed far ahead may leave no room behind it: then the lowest go that were never used, and when there
 * are none the row is held.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/formsql.h"
#include "judge.h"

struct numbering {
	struct judging      *j;
	struct world        *w;
	struct judged       *f;
	struct judged_sheet *s;
	const struct form   *form;
	const struct field  *field;
	struct value        *values;    /* of the row that gets its number */
};

const struct field *number_field(const struct form *form)
{
	for (size_t i = 0; i < form->n_keys; i++)
		if (form->fields[form->keys[i]].assign != NULL)
			return &form->fields[form->keys[i]];
	return NULL;
}

/* What comes before the digits of an assigned number, and how many digits there are. */
static void assigned_prefix(struct numbering *t, const struct field *field, struct buf *out, int *digits)
{
	const char *seq = strstr(field->assign, "{seq");
	struct buf year = { 0 }, head = { 0 };
	struct message_arg args[2] = { { "unit", t->j->unit }, { "year", NULL } };

	buf_fmt(&year, "%d", t->w->window.week.year);
	args[1].value = buf_cstr(&year);
	buf_add(&head, field->assign, seq != NULL ? (size_t)(seq - field->assign) : strlen(field->assign));
	template_fill(out, buf_cstr(&head), args, 2);
	*digits = seq != NULL && seq[4] == ':' ? atoi(seq + 5) : 1;
	buf_free(&year);
	buf_free(&head);
}

static int ask_highest(struct world *w, const char *sql, const char *form, const char *prefix,
    const char *unit, long *last, struct why *why)
{
	sqlite3_stmt *stmt;
	int rc = -1;

	if (db_prepare(w->db, sql, &stmt, why) != 0)
		return -1;
	if (sqlite3_bind_text(stmt, 1, form, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_bind_text(stmt, 2, prefix, -1, SQLITE_STATIC) == SQLITE_OK &&
	    (sqlite3_bind_parameter_count(stmt) < 3 ||
	    sqlite3_bind_text(stmt, 3, unit, -1, SQLITE_STATIC) == SQLITE_OK) &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		if (sqlite3_column_int64(stmt, 0) > *last)
			*last = (long)sqlite3_column_int64(stmt, 0);
		rc = 0;
	} else {
		rc = db_trouble(w->db, "highest number", why);
	}
	(void)sqlite3_finalize(stmt);
	return rc;
}

#define HIGHEST "SELECT max(CAST(substr(key, length(?2) + 1) AS INTEGER)) FROM %s" \
	" WHERE form = ?1 AND substr(key, 1, length(?2)) = ?2"

/*
 * The highest number of PREFIX ever used: the snapshot's own record (withdrawn ones included), the
 * keys of its rows, and every key this week.  Asked of the open week's world, which knows all.
 */
static int highest_number(struct numbering *t, struct world *w, const char *prefix, long *last,
    struct why *why)
{
	struct buf sql = { 0 }, keys = { 0 };
	int rc;

	*last = 0;
	buf_fmt(&sql, HIGHEST, "temp.used");
	rc = ask_highest(w, buf_cstr(&sql), t->form->name, prefix, t->j->unit, last, why);
	buf_reset(&sql);
	sql_keys(&keys, t->form, NULL);
	buf_str(&sql, "SELECT max(CAST(substr(");
	buf_fmt(&sql, "%s, length(?2) + 1) AS INTEGER)) FROM ", buf_cstr(&keys));
	sql_name(&sql, t->form->name);
	buf_fmt(&sql, " WHERE ?1 IS NOT NULL AND substr(%s, 1, length(?2)) = ?2", buf_cstr(&keys));
	if (rc == 0)
		rc = world_state(t->j, w, t->form, why);
	if (rc == 0)
		rc = ask_highest(w, buf_cstr(&sql), t->form->name, prefix, t->j->unit, last, why);
	if (rc == 0 && w->has_before && db_has_table(w->db, "before", "assigned"))
		rc = ask_highest(w,
		    "SELECT max(last) FROM before.assigned WHERE form = ?1 AND prefix = ?2 AND unit = ?3",
		    t->form->name, prefix, t->j->unit, last, why);
	buf_free(&sql);
	buf_free(&keys);
	return rc;
}

static struct series *find_series(struct judging *j, const struct form *form, const char *prefix)
{
	for (size_t i = 0; i < j->n_series; i++)
		if (j->series[i].form == form && strcmp(j->series[i].prefix, prefix) == 0)
			return &j->series[i];
	return NULL;
}

/* The digits of KEY behind the series' prefix, or -1. */
static long number_in(const struct series *series, const char *key)
{
	size_t n = strlen(series->prefix);

	if (strncmp(key, series->prefix, n) != 0 || key[n] == '\0' ||
	    strspn(key + n, "0123456789") != strlen(key + n) || strlen(key + n) > 9)
		return -1;
	return atol(key + n);
}

static void use_run(struct series *series, long first, long last)
{
	vec_room(series->used, series->n_used, series->cap_used);
	series->used[series->n_used++] = (struct number_run){ first, last };
	series->sorted = false;
}

/* A number taken by hand is taken: the series goes on behind it. */
static void use_number(struct series *series, const char *key)
{
	long number = number_in(series, key);

	if (number > series->last)
		series->last = number;
	if (number >= 0 && series->from_below)
		use_run(series, number, number);
}

/* ---- numbers of rows that are held ---- */

static void note_typed(struct series *series, const char *key)
{
	long number = key != NULL ? number_in(series, key) : -1;

	if (number < 0)
		return;
	vec_room(series->typed, series->n_typed, series->cap_typed);
	series->typed[series->n_typed++] = number;
}

static int ascending(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * The numbers that stand in rows of this week that are held, of earlier files and of those judged so far.  They use
 * nothing up, since one may be mistyped; but who mends such a row sends its number once more, and must not find
 * another's row there, which his would take the place of.
 */
static int list_typed(struct numbering *t, struct world *w, struct series *series, struct why *why)
{
	sqlite3_stmt *stmt;
	int step;

	series->n_typed = 0;
	if (db_prepare(w->db, "SELECT key FROM temp.held WHERE form = ?1", &stmt, why) != 0)
		return -1;
	(void)sqlite3_bind_text(stmt, 1, t->form->name, -1, SQLITE_STATIC);
	while ((step = db_step(stmt, "held", why)) == 1)
		note_typed(series, (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
	for (size_t i = 0; i < t->j->n_files; i++)
		for (size_t k = 0; k < t->j->files[i].n_sheets; k++) {
			const struct judged_sheet *s = &t->j->files[i].sheets[k];

			for (size_t r = 0; s->sheet != NULL && s->sheet->form == t->form && r < s->n_rows; r++)
				if (s->rows[r].held)
					note_typed(series, s->rows[r].key);
		}
	if (series->n_typed > 0)
		qsort(series->typed, series->n_typed, sizeof series->typed[0], ascending);
	return step < 0 ? -1 : 0;
}

static bool is_typed(const struct series *series, long number)
{
	return series->n_typed > 0 &&
	    bsearch(&number, series->typed, series->n_typed, sizeof number, ascending) != NULL;
}

/* ---- no room behind the highest ---- */

/* The runs that SQL, asked with form and prefix, says were used. */
static int add_used(struct numbering *t, struct world *w, struct series *series, const char *sql, struct why *why)
{
	sqlite3_stmt *stmt;
	int step, rc;

	if (db_prepare(w->db, sql, &stmt, why) != 0)
		return -1;
	(void)sqlite3_bind_text(stmt, 1, t->form->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(stmt, 2, series->prefix, -1, SQLITE_STATIC);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW)
		use_run(series, (long)sqlite3_column_int64(stmt, 0), (long)sqlite3_column_int64(stmt, 1));
	rc = step == SQLITE_DONE ? 0 : db_trouble(w->db, "used numbers", why);
	(void)sqlite3_finalize(stmt);
	return rc;
}

#define USED "SELECT CAST(substr(%s, length(?2) + 1) AS INTEGER) AS number, CAST(substr(%s, length(?2) + 1)" \
	" AS INTEGER) FROM %s WHERE ?1 IS NOT NULL AND substr(%s, 1, length(?2)) = ?2"

/* As highest_number, but all of them. */
static int list_used(struct numbering *t, struct world *w, struct series *series, struct why *why)
{
	struct buf sql = { 0 }, keys = { 0 }, table = { 0 };
	sqlite3_stmt *stmt = NULL;
	struct why ignored;
	int rc;

	buf_fmt(&sql, USED " AND form = ?1", "key", "key", "temp.used", "key");
	rc = add_used(t, w, series, buf_cstr(&sql), why);
	buf_reset(&sql);
	sql_keys(&keys, t->form, NULL);
	sql_name(&table, t->form->name);
	buf_fmt(&sql, USED, buf_cstr(&keys), buf_cstr(&keys), buf_cstr(&table), buf_cstr(&keys));
	if (rc == 0)
		rc = world_state(t->j, w, t->form, why);
	if (rc == 0)
		rc = add_used(t, w, series, buf_cstr(&sql), why);
	/* A snapshot of before there were runs: all up to its highest count as used. */
	if (rc == 0 && w->has_before && db_has_table(w->db, "before", "assigned"))
		rc = add_used(t, w, series, db_prepare(w->db, "SELECT first FROM before.assigned", &stmt, &ignored) == 0
		    ? "SELECT first, last FROM before.assigned WHERE form = ?1 AND prefix = ?2"
		    : "SELECT 0, last FROM before.assigned WHERE form = ?1 AND prefix = ?2", why);
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	buf_free(&keys);
	buf_free(&table);
	return rc;
}

static int by_first(const void *a, const void *b)
{
	const struct number_run *x = a, *y = b;

	return x->first != y->first ? (x->first < y->first ? -1 : 1) : (x->last > y->last) - (x->last < y->last);
}

/* The lowest number that was never used and is not below series->next; beyond the most: there is none. */
static long lowest_unused(struct series *series)
{
	if (!series->sorted && series->n_used > 0) {
		qsort(series->used, series->n_used, sizeof series->used[0], by_first);
		series->at = 0;
	}
	series->sorted = true;
	for (; series->at < series->n_used && series->used[series->at].first <= series->next; series->at++)
		if (series->used[series->at].last >= series->next)
			series->next = series->used[series->at].last + 1;
	return series->next++;
}

/* The next number of SERIES into *OUT; 0 if all are used. */
static int next_number(struct numbering *t, struct series *series, long *out, struct why *why)
{
	struct world *open = world_of(t->j, &t->j->window, false, why);

	*out = series->last;
	do
		++*out;
	while (is_typed(series, *out));
	if (*out <= series->most && !series->from_below) {
		series->last = *out;
		return 0;
	}
	if (!series->from_below) {
		if (open == NULL || list_used(t, open, series, why) != 0)
			return -1;
		series->from_below = true;
		series->next = 1;
		for (size_t i = 0; i < t->s->n_rows; i++)
			if (!t->s->rows[i].held)
				use_number(series, t->s->rows[i].key);
	}
	do
		*out = lowest_unused(series);
	while (is_typed(series, *out));
	if (*out > series->most)
		*out = 0;
	return 0;
}

/* ---- giving them ---- */

/* The series of FIELD's numbers in this judging: begun behind every number used before and in this file. */
static int series_of(struct numbering *t, const struct field *field, struct series **out, int *digits,
    struct why *why)
{
	struct world *open = world_of(t->j, &t->j->window, false, why);
	struct buf prefix = { 0 };
	int rc = 0;

	if (open == NULL)
		return -1;
	assigned_prefix(t, field, &prefix, digits);
	*out = find_series(t->j, t->form, buf_cstr(&prefix));
	if (*out == NULL) {
		struct series fresh = { .form = t->form, .prefix = arena_dup(&t->j->arena,
		    buf_cstr(&prefix)) };

		fresh.most = 9;
		for (int i = 1; i < *digits; i++)
			fresh.most = fresh.most * 10 + 9;
		rc = highest_number(t, open, fresh.prefix, &fresh.last, why);
		vec_room(t->j->series, t->j->n_series, t->j->cap_series);
		t->j->series[t->j->n_series] = fresh;
		*out = &t->j->series[t->j->n_series++];
	}
	for (size_t i = 0; i < t->s->n_rows; i++)
		if (!t->s->rows[i].held)        /* a mistyped key uses nothing up */
			use_number(*out, t->s->rows[i].key);
	if (rc == 0)
		rc = list_typed(t, open, *out, why);
	buf_free(&prefix);
	return rc;
}

static void assign_number(struct numbering *t, struct judged_row *row, const struct series *series, long number,
    int digits)
{
	size_t index = (size_t)(t->field - t->form->fields);
	struct buf key = { 0 };

	buf_fmt(&key, "%s%0*ld", series->prefix, digits, number);
	row->assigned = arena_dup(&t->f->arena, buf_cstr(&key));
	buf_free(&key);
	row->values = t->values;
	row_unpack(t->s, row, row->values);
	row->values[index] = (struct value){ .kind = VALUE_TEXT, .s = row->assigned };
	judge_name_row(t->f, t->form, row);
	row_pack(t->f, t->s, row);
}

static void say_exhausted(struct numbering *t, struct judged_row *row, const struct series *series)
{
	struct message_arg args[] = { { "title", t->field->title }, { "prefix", series->prefix } };

	(void)judge_say(t->j, t->f, t->s, row, t->field, "key.exhausted", args, 2);
}

/* What was said of the rows before they had a number. */
static void name_findings(struct judged *f, const struct judged_sheet *s)
{
	struct ledger *l = &f->findings;
	struct ledger_reader r = { 0 };

	for (size_t i = f->n_file_findings; i < l->n; i++) {
		size_t first = judge_row_at(s, l->v[i].row);
		const struct finding *x;

		if (first >= s->n_rows || s->rows[first].row != l->v[i].row)
			continue;
		x = ledger_at(&r, l, i);
		if (x->key == NULL && x->nth > 0 && x->nth <= s->n_rows && s->rows[x->nth - 1].assigned != NULL &&
		    x->form != NULL && strcmp(x->form, s->sheet->form->name) == 0)
			ledger_name(l, i, s->rows[x->nth - 1].key);
	}
	ledger_done(&r);
}

static int assign_all(struct numbering *t, size_t first, struct why *why)
{
	struct series *series;
	long number;
	int digits;

	if (series_of(t, t->field, &series, &digits, why) != 0)
		return -1;
	for (size_t i = first; i < t->s->n_rows; i++) {
		if (!t->s->rows[i].wants_number || t->s->rows[i].held)
			continue;
		if (next_number(t, series, &number, why) != 0)
			return -1;
		if (number == 0)
			say_exhausted(t, &t->s->rows[i], series);
		else
			assign_number(t, &t->s->rows[i], series, number, digits);
		ledger_lay(&t->f->findings, &t->f->row_findings);
	}
	name_findings(t->f, t->s);
	return 0;
}

int judge_numbers(struct judging *j, struct world *w, struct judged *f, struct judged_sheet *s,
    struct why *why)
{
	struct numbering t = { .j = j, .w = w, .f = f, .s = s, .form = s->sheet->form,
		.field = number_field(s->sheet->form) };

	size_t i = 0;
	int rc = 0;

	while (t.field != NULL && i < s->n_rows && !(s->rows[i].wants_number && !s->rows[i].held))
		i++;
	if (t.field != NULL && i < s->n_rows) {
		t.values = mem_zero(t.form->n_fields, sizeof *t.values);
		rc = assign_all(&t, i, why);
		free(t.values);
	}
	return rc;
}

/* ---- the same thing again ---- */

static void squash_into(struct buf *out, const struct value *v)
{
	struct buf part = { 0 };

	value_plain(&part, v);
	text_squash(out, span_of(buf_cstr(&part)));
	buf_char(out, '\n');
	buf_free(&part);
}

/* What makes two rows the same thing; false if any part of it is missing. */
static bool sameness(const struct form *form, const struct field *field, const struct value *values,
    struct buf *out)
{
	for (size_t i = 0; i < field->n_same; i++) {
		const struct field *part = form_field(form, field->same[i]);
		const struct value *v = part != NULL ? &values[part - form->fields] : NULL;

		if (v == NULL || v->kind == VALUE_NULL || v->kind == VALUE_ABSENT)
			return false;
		squash_into(out, v);
	}
	return field->n_same > 0;
}

/* All rows of FORM that the unit holds, by what makes them the same thing; the first of several stands. */
static int same_begin(struct sameness *t, struct world *w, const struct form *form, const struct field *field,
    struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	/* emptied, not dropped: other statements may stand in the middle of their rows */
	buf_str(&sql, "CREATE TEMP TABLE IF NOT EXISTS same (what TEXT PRIMARY KEY, key TEXT, row INTEGER)"
	    " WITHOUT ROWID; DELETE FROM temp.same;"
	    "INSERT OR IGNORE INTO temp.same SELECT ");
	for (size_t i = 0; i < field->n_same; i++) {
		buf_str(&sql, i > 0 ? " || squash(" : "squash(");
		sql_name(&sql, field->same[i]);
		buf_str(&sql, ") || char(10)");
	}
	buf_str(&sql, " AS _what, ");
	sql_name(&sql, field->name);
	buf_str(&sql, ", 0 FROM ");
	sql_name(&sql, form->name);
	buf_str(&sql, " WHERE _what IS NOT NULL ORDER BY ");
	sql_keys(&sql, form, NULL);
	rc = db_exec(w->db, buf_cstr(&sql), why);
	if (rc == 0)
		rc = db_prepare(w->db, "SELECT key, row FROM temp.same WHERE what = ?1", &t->find, why);
	if (rc == 0)
		rc = db_prepare(w->db, "INSERT INTO temp.same VALUES (?1, NULL, ?2)", &t->add, why);
	buf_free(&sql);
	return rc;
}

int number_same(struct sameness *t, struct world *w, struct judged *f, const struct form *form,
    const struct judged_row *row, const char **key, uint32_t *above, struct why *why)
{
	const struct field *field = number_field(form);
	int step;

	*key = NULL;
	*above = 0;
	buf_reset(&t->what);
	if (field == NULL || !sameness(form, field, row->values, &t->what))
		return 0;
	if (t->find == NULL && same_begin(t, w, form, field, why) != 0)
		return -1;
	(void)sqlite3_reset(t->find);
	(void)sqlite3_bind_text(t->find, 1, buf_cstr(&t->what), -1, SQLITE_STATIC);
	step = sqlite3_step(t->find);
	if (step == SQLITE_ROW) {
		*key = arena_dup(&f->arena, (const char *)sqlite3_column_text(t->find, 0));
		*above = (uint32_t)sqlite3_column_int64(t->find, 1);
	}
	(void)sqlite3_reset(t->find);
	if (step != SQLITE_DONE)
		return step == SQLITE_ROW ? 0 : db_trouble(w->db, "same", why);
	(void)sqlite3_reset(t->add);
	(void)sqlite3_bind_text(t->add, 1, buf_cstr(&t->what), -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(t->add, 2, row->row);
	step = sqlite3_step(t->add);
	(void)sqlite3_reset(t->add);
	return step == SQLITE_DONE ? 0 : db_trouble(w->db, "same", why);
}

void number_same_end(struct sameness *t)
{
	(void)sqlite3_finalize(t->find);
	(void)sqlite3_finalize(t->add);
	buf_free(&t->what);
}
