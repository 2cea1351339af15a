/*
 * judge_rows - the rows of one sheet before any rule is asked in SQL: typed, named by their key, known or new,
 * merged over what stood before, complete; and past the screen.  Every fault becomes a finding of its row.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

bool form_is_key(const struct form *form, size_t field)
{
	for (size_t i = 0; i < form->n_keys; i++)
		if (form->keys[i] == field)
			return true;
	return false;
}

/* ---- places ---- */

static void map_columns(struct table *t)
{
	const struct sheet *sheet = t->s->sheet;

	t->column_of = arena_alloc(&t->f->arena, (t->form->n_fields + 1) * sizeof *t->column_of);
	for (size_t i = 0; i < t->form->n_fields; i++)
		t->column_of[i] = NONE;
	for (size_t i = 0; i < RES_COUNT; i++)
		t->reserved[i] = NONE;
	for (size_t i = 0; i < sheet->n_columns; i++) {
		const struct column *c = &sheet->columns[i];

		if (c->field != NULL)
			t->column_of[c->field - t->form->fields] = i;
		else if (c->reserved >= 0)
			t->reserved[c->reserved] = i;
	}
	t->s->column_of = t->column_of;
}

struct finding place_of(const struct judged_sheet *s, const struct judged_row *row,
    const struct field *field)
{
	struct finding at = { .form = s->sheet->form->name, .key = row->key != NULL && row->key[0] != '\0'
	    ? row->key : NULL,
		.row = row->row, .nth = (uint32_t)(row - s->rows) + 1,
		.field = field != NULL ? field->name : NULL };

	for (size_t i = 0; field != NULL && i < s->sheet->n_columns; i++)
		if (s->sheet->columns[i].field == field) {
			at.col = s->sheet->columns[i].col;
			at.header = s->sheet->columns[i].header;
		}
	if (field != NULL && field == s->sheet->lacking) {
		at.col = s->sheet->lacking_col;
		at.header = field->title;
	}
	return at;
}

/* The cell of ROW at FIELD as it was sent, in ARENA; NULL if there is none. */
static const char *sent_cell(struct judged *f, const struct judged_sheet *s, const struct judged_row *row,
    const struct field *field)
{
	for (size_t i = 0; field != NULL && i < s->sheet->n_columns; i++) {
		struct span cell = sheet_cell(s->sheet, row->source, i);

		if (s->sheet->columns[i].field == field && cell.s != NULL)
			return arena_ndup(&f->arena, cell.s, cell.n);
	}
	return NULL;
}

struct finding *judge_say(struct judging *j, struct judged *f, struct judged_sheet *s, struct judged_row *row,
    const struct field *field, const char *id, const struct message_arg *args, size_t n)
{
	struct finding at = place_of(s, row, field), *said;

	at.value = sent_cell(f, s, row, field);
	said = finding_say(&f->row_findings, &j->rs->messages, id, &at, args, n);
	if (said->severity >= SEV_ERROR) {
		said->held = true;
		row->held = true;
	}
	said->explained = said->severity == SEV_WARNING && row->note != NULL;
	return said;
}

void row_say(struct table *t, struct judged_row *row, const struct field *field, const char *id,
    const char *name, const char *value)
{
	struct message_arg args[] = {
		{ "key", row->key }, { "title", field != NULL ? field->title : NULL }, { "form",
		    t->form->title },
		{ "unit", t->j->unit }, { name != NULL ? name : "value", value },
	};

	(void)judge_say(t->j, t->f, t->s, row, field, id, args, sizeof args / sizeof args[0]);
}

/* ---- the screen ---- */

/* How the row stood before the week, and its _week; NULL: it did not. */
static int find_before(struct table *t, const struct judged_row *row, struct screened *out, struct why *why)
{
	int n = (int)t->form->n_fields, found;

	if (t->prev.stmt == NULL) {     /* what stands is what stood */
		out->was = row->base;
		out->was_week = row->base == NULL ? NULL
		    : (const char *)sqlite3_column_text(t->base.stmt, n + 1);
		return 0;
	}
	found = row->key[0] != '\0' ? cursor_find(&t->prev, t->form, row->values, why) : 0;
	if (found > 0) {
		stood(t, &t->prev, t->before);
		out->was = t->before;
		out->was_week = (const char *)sqlite3_column_text(t->prev.stmt, n + 1);
	}
	return found < 0 ? -1 : 0;
}

/* Rows that are taken back or stand twice are not asked about; of the others those that a rule may hold on. */
static int screen_row(struct table *t, struct judged_row *row, struct why *why)
{
	struct screened at = { .row = row, .op = op_word(&t->j->rs->messages, row->op) };

	if (t->form->n_rules == 0 || row->op == OP_WITHDRAW || row->twice)
		return 0;
	if (find_before(t, row, &at, why) != 0 || references_read(&t->refs, row, why) != 0)
		return -1;
	at.cur = row->base_this_week ? row->base : NULL;
	at.refs = t->refs.values;
	screen_put(t->screen, &at);
	return 0;
}

/* ---- all of it ---- */

static int type_rows(struct table *t, struct why *why)
{
	struct judged_sheet *s = t->s;

	s->n_rows = s->sheet->n_rows;
	s->rows = arena_alloc(&t->f->arena, (s->n_rows + 1) * sizeof *s->rows);
	s->maybe = arena_alloc(&t->f->arena, t->form->n_rules + 1);
	t->none_failed = arena_alloc(&t->f->arena, t->form->n_fields * sizeof *t->none_failed);
	for (size_t i = 0; i < s->n_rows; i++) {
		s->rows[i].source = &s->sheet->rows[i];
		s->rows[i].held = s->sheet->rows[i].held;
		s->rows[i].row = s->sheet->rows[i].row;
		type_row(t, &s->rows[i]);
		if (t->f->row_findings.n > 0 && lost_propose(t, &s->rows[i], why) != 0)
			return -1;
		ledger_lay(&t->f->findings, &t->f->row_findings);
	}
	for (size_t i = 0; i < t->form->n_fields; i++)
		if (t->form->fields[i].type == FIELD_PERCENT)
			ask_fractions(t, i);
	find_twice(t);
	return 0;
}

/*
 * Of most forms most of how a row stood is looked at by nobody: merging wants what is carried on, or all of a row that
 * is taken back or corrected; rules say what they want.
 */
static void ask_before(struct table *t)
{
	bool all = t->f->correction || t->reserved[RES_OP] != NONE;

	t->asked = mem_zero(t->form->n_fields + 1, sizeof *t->asked);
	for (size_t i = 0; i < t->form->n_fields; i++)
		t->asked[i] = all || t->form->fields[i].carry || screen_asks_before(t->screen, i);
}

static int judge_row(struct table *t, struct judged_row *row, struct why *why)
{
	row->values = t->values;
	row_unpack(t->s, row, row->values);
	if (place_row(t, row, why) != 0 || references_check(&t->refs, row, why) != 0)
		return -1;
	t->moved = false;
	merge_row(t, row);
	if (screen_row(t, row, why) != 0)
		return -1;
	row->base = NULL;
	if (t->moved)
		row_pack(t->f, t->s, row);
	else
		row_leave(row);
	ledger_lay(&t->f->findings, &t->f->row_findings);
	return 0;
}

static void table_free(struct table *t)
{
	free(t->asked);
	free(t->values);
	free(t->was);
	free(t->before);
	arena_free(&t->scratch);
	cursor_close(&t->base);
	cursor_close(&t->prev);
	(void)sqlite3_finalize(t->owner);
	(void)sqlite3_finalize(t->mine);
	references_end(&t->refs);
	named_free(t->named);
	lost_end(&t->lost);
	number_same_end(&t->same);
	screen_free(t->screen);
}

int judge_rows(struct judging *j, struct world *w, struct judged *f, struct judged_sheet *s, struct why *why)
{
	struct table t = { .j = j, .w = w, .f = f, .s = s, .form = s->sheet->form };
	int rc;

	week_format(w->window.week, t.week);
	map_columns(&t);
	t.values = mem_zero(t.form->n_fields + 1, sizeof *t.values);
	rc = type_rows(&t, why);
	t.was = mem_zero(t.form->n_fields + 1, sizeof *t.was);
	t.before = mem_zero(t.form->n_fields + 1, sizeof *t.before);
	t.screen = screen_new(j, w, t.form);
	ask_before(&t);
	if (rc == 0)
		rc = place_prepare(&t, why);
	if (rc == 0)
		rc = references_begin(&t.refs, j, w, f, s, t.screen, why);
	for (size_t i = 0; rc == 0 && i < s->n_rows; i++)
		rc = judge_row(&t, &s->rows[i], why);
	s->n_asked = screen_end(t.screen, s->maybe);
	table_free(&t);
	return rc;
}
