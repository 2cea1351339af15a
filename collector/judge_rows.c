/*
 * judge_rows - the rows of one sheet before any rule: typed, named by their key, known or new,
 * merged over what stood before, complete.  Every fault becomes a finding of its row.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/env.h"
#include "collector.h"

#define NONE SIZE_MAX

struct table {                          /* the sheet at hand */
	struct judging      *j;
	struct world        *w;
	struct judged       *f;
	struct judged_sheet *s;
	const struct form   *form;
	size_t              *column_of;        /* field -> column of the sheet, or NONE */
	size_t               reserved[RES_COUNT];
	sqlite3_stmt        *base, *owner, *mine;
	struct sameness      same;
	struct references    refs;
	/* one row: how the row at hand stood, texts in the statement base */
	struct value        *was;
	char                 week[9];          /* the declared one */
};

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
}

static struct finding place_of(const struct judged_sheet *s, const struct judged_row *row,
    const struct field *field)
{
	struct finding at = { .form = s->sheet->form->name, .key = row->key != NULL && row->key[0] != '\0'
	    ? row->key : NULL,
		.row = row->row, .field = field != NULL ? field->name : NULL };

	for (size_t i = 0; field != NULL && i < s->sheet->n_columns; i++)
		if (s->sheet->columns[i].field == field) {
			at.col = s->sheet->columns[i].col;
			at.header = s->sheet->columns[i].header;
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

static void say(struct table *t, struct judged_row *row, const struct field *field, const char *id,
    const char *name, const char *value)
{
	struct message_arg args[] = {
		{ "key", row->key }, { "title", field != NULL ? field->title : NULL }, { "form",
		    t->form->title },
		{ "unit", t->j->unit }, { name != NULL ? name : "value", value },
	};

	(void)judge_say(t->j, t->f, t->s, row, field, id, args, sizeof args / sizeof args[0]);
}

/* ---- typing ---- */

/* Errors found since FIRST hold the row; warnings are answered by its note, where that is read already. */
static void hold_since(struct table *t, struct judged_row *row, size_t first)
{
	for (size_t i = first; i < t->f->row_findings.n; i++) {
		struct finding *x = &t->f->row_findings.v[i];

		if (x->severity >= SEV_ERROR)
			x->held = row->held = true;
		x->explained = x->severity == SEV_WARNING && row->note != NULL;
	}
}

/*
 * What the record keeps of free text has no number of a person in it, and neither has what was said of the
 * cell since FIRST.  The reader says so of identity cards; of mobile phones we do.
 */
static void mask_text(struct table *t, struct judged_row *row, const struct field *field, struct value *v,
    size_t first)
{
	struct findings *fs = &t->f->row_findings;
	struct buf masked = { 0 };
	enum privacy found = PRIVACY_NONE;

	if (v->kind == VALUE_TEXT)
		found = privacy_mask(&masked, span_of(v->s));
	if (found != PRIVACY_NONE) {
		v->s = arena_dup(&t->f->arena, buf_cstr(&masked));
		for (size_t i = first; i < fs->n; i++)
			if (fs->v[i].value != NULL)
				fs->v[i].value = arena_dup(&fs->arena, v->s);
	}
	if (found == PRIVACY_MOBILE) {
		struct message_arg args[] = { { "title", field->title }, { "value", v->s } };
		struct finding *said = judge_say(t->j, t->f, t->s, row, field, "text.mobile", args, 2);

		said->value = arena_dup(&fs->arena, v->s);
	}
	buf_free(&masked);
}

static void type_cell(struct table *t, struct judged_row *row, size_t field)
{
	const struct column *column;
	struct finding at = { .form = t->form->name, .key = row->key[0] != '\0' ? row->key : NULL,
	    .row = row->row, .field = t->form->fields[field].name };
	size_t before;

	row->values[field].kind = VALUE_ABSENT;
	if (t->column_of[field] == NONE || sheet_cell(t->s->sheet, row->source, t->column_of[field]).s == NULL)
		return;
	column = &t->s->sheet->columns[t->column_of[field]];
	at.col = column->col;
	at.header = column->header;
	before = t->f->row_findings.n;
	if (value_parse(t->j->rs, t->j->unit, column, sheet_cell(t->s->sheet, row->source, t->column_of[field]), &at,
	    &t->f->arena, &row->values[field], &t->f->row_findings) != 0) {
		row->values[field].kind = VALUE_NULL;
		row->failed[field] = true;
	}
	if (t->form->fields[field].type == FIELD_TEXT)
		mask_text(t, row, &t->form->fields[field], &row->values[field], before);
	hold_since(t, row, before);
}

/* A reserved column is typed as a plain text, so that "none" words and apostrophes mean the same there. */
static const char *reserved_text(struct table *t, struct judged_row *row, enum reserved which)
{
	struct field field = { .type = FIELD_TEXT, .carry = true, .lines = true, .unit_yuan = 1 };
	struct finding at = place_of(t->s, row, NULL);
	struct column column;
	struct value value = { 0 };
	size_t before = t->f->row_findings.n;

	if (t->reserved[which] == NONE || sheet_cell(t->s->sheet, row->source, t->reserved[which]).n == 0)
		return NULL;
	column = t->s->sheet->columns[t->reserved[which]];
	column.field = &field;
	/* What is said of the cell copies its title; nothing changes it. */
	field.name = field.title = (char *)(uintptr_t)column.header;
	at.col = column.col;
	at.header = column.header;
	if (value_parse(t->j->rs, t->j->unit, &column, sheet_cell(t->s->sheet, row->source, t->reserved[which]), &at,
	    &t->f->arena, &value, &t->f->row_findings) != 0)
		value.kind = VALUE_NULL;
	mask_text(t, row, &field, &value, before);
	hold_since(t, row, before);
	return value.kind == VALUE_TEXT && value.s[0] != '\0' ? value.s : NULL;
}

static void type_op(struct table *t, struct judged_row *row)
{
	const struct messages *m = &t->j->rs->messages;
	const char *text = reserved_text(t, row, RES_OP);

	row->op = OP_REPORT;
	if (text == NULL || words_has(m, "op.report", span_of(text)))
		return;
	if (words_has(m, "op.new", span_of(text)))
		row->op = OP_NEW;
	else if (words_has(m, "op.withdraw", span_of(text)))
		row->op = OP_WITHDRAW;
	else
		say(t, row, NULL, "op.unknown", "value", text);
}

void value_plain(struct buf *out, const struct value *v)
{
	if (v->kind == VALUE_TEXT)
		buf_str(out, v->s);
	else if (v->kind == VALUE_INTEGER)
		buf_fmt(out, "%lld", (long long)v->i);
	else if (v->kind == VALUE_REAL)
		buf_fmt(out, "%g", v->r);
}

void judge_name_row(struct judged *f, const struct form *form, struct judged_row *row)
{
	struct buf key = { 0 };
	bool whole = true;

	for (size_t i = 0; i < form->n_keys; i++) {
		const struct value *v = &row->values[form->keys[i]];

		whole = whole && v->kind != VALUE_ABSENT && v->kind != VALUE_NULL;
		if (i > 0)
			buf_char(&key, ' ');
		value_plain(&key, v);
	}
	row->key = whole ? arena_dup(&f->arena, buf_cstr(&key)) : "";
	buf_free(&key);
}

static bool is_key(const struct form *form, size_t field)
{
	for (size_t i = 0; i < form->n_keys; i++)
		if (form->keys[i] == field)
			return true;
	return false;
}

static void type_row(struct table *t, struct judged_row *row)
{
	size_t first = t->f->row_findings.n;

	row->values = arena_alloc(&t->f->arena,
	    t->form->n_fields * (sizeof *row->values + sizeof *row->failed));
	row->failed = (bool *)(row->values + t->form->n_fields);
	row->key = "";
	for (size_t i = 0; i < t->form->n_keys; i++)
		type_cell(t, row, t->form->keys[i]);
	judge_name_row(t->f, t->form, row);
	/* What was found in the key itself could not yet be named by it. */
	for (size_t i = first; row->key[0] != '\0' && i < t->f->row_findings.n; i++)
		t->f->row_findings.v[i].key = arena_dup(&t->f->row_findings.arena, row->key);
	type_op(t, row);
	row->note = reserved_text(t, row, RES_NOTE);
	row->correction = reserved_text(t, row, RES_CORRECTION);
	for (size_t i = 0; row->op != OP_WITHDRAW && i < t->form->n_fields; i++)
		if (!is_key(t->form, i))
			type_cell(t, row, i);
}

/* ---- fractions for percentages ---- */

/*
 * A figure of 0.35 among figures such as 62.5 is a fraction where percent points are meant, and so is one
 * below 1 that stands alone: asked about, never guessed.
 */
static void ask_fractions(struct table *t, size_t field)
{
	const struct field *f = &t->form->fields[field];
	size_t large = 0;

	for (size_t i = 0; i < t->s->n_rows; i++)
		large += t->s->rows[i].values[field].kind == VALUE_REAL &&
		    t->s->rows[i].values[field].r > 1.5;
	for (size_t i = 0; i < t->s->n_rows; i++) {
		struct judged_row *row = &t->s->rows[i];
		const struct value *v = &row->values[field];
		struct span cell = t->column_of[field] != NONE ?
		    span_trim(sheet_cell(t->s->sheet, row->source, t->column_of[field])) : (struct span){ "", 0 };
		struct buf said = { 0 }, suggest = { 0 };
		struct message_arg args[] = { { "title", f->title }, { "value", NULL }, { "suggest", NULL } };

		if (v->kind != VALUE_REAL || !(v->r > 0) || v->r > (large > 0 ? 1.5 : 1.0) ||
		    span_ends(cell, "%"))
			continue;
		field_show_real(&said, f, v->r);
		field_show_real(&suggest, f, v->r * 100);
		args[1].value = buf_cstr(&said);
		args[2].value = buf_cstr(&suggest);
		judge_say(t->j, t->f, t->s, row, f, "percent.fraction", args, 3)->suggest =
		    arena_dup(&t->f->row_findings.arena, buf_cstr(&suggest));
		buf_free(&said);
		buf_free(&suggest);
	}
}

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
	say(t, row, &t->form->fields[t->form->keys[0]], "key.twice", "other", buf_cstr(&number));
	buf_free(&number);
}

/* A key that stands twice in one file holds both rows: which is meant is not ours to guess. */
static void find_twice(struct table *t)
{
	struct judged_row **sorted = mem_alloc((t->s->n_rows + 1) * sizeof *sorted);
	size_t n = 0;

	for (size_t i = 0; i < t->s->n_rows; i++)
		if (t->s->rows[i].key[0] != '\0')
			sorted[n++] = &t->s->rows[i];
	if (n > 0)
		qsort(sorted, n, sizeof *sorted, by_key);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && strcmp(sorted[i]->key, sorted[i - 1]->key) == 0)
			say_twice(t, sorted[i], sorted[i - 1]);
		else if (i + 1 < n && strcmp(sorted[i]->key, sorted[i + 1]->key) == 0)
			say_twice(t, sorted[i], sorted[i + 1]);
	}
	free(sorted);
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

/* Texts are the statement's, until it is reset. */
static void column_value(sqlite3_stmt *stmt, int i, struct value *out)
{
	switch (sqlite3_column_type(stmt, i)) {
	case SQLITE_INTEGER:
		*out = (struct value){ .kind = VALUE_INTEGER, .i = sqlite3_column_int64(stmt, i) };
		break;
	case SQLITE_FLOAT:
		*out = (struct value){ .kind = VALUE_REAL, .r = sqlite3_column_double(stmt, i) };
		break;
	case SQLITE_NULL:
		*out = (struct value){ .kind = VALUE_NULL };
		break;
	default:
		*out = (struct value){ .kind = VALUE_TEXT, .s = (const char *)sqlite3_column_text(stmt, i) };
	}
}

/* How the row stands: in BASE until the next row is asked about, or BASE stays NULL. */
static int find_base(struct table *t, struct judged_row *row, struct why *why)
{
	int step, n = (int)t->form->n_fields;

	(void)sqlite3_reset(t->base);
	if (bind_key(t, t->base, row, 1) != SQLITE_OK)
		return db_trouble(t->w->db, "base", why);
	step = sqlite3_step(t->base);
	if (step == SQLITE_ROW) {
		const char *reported = (const char *)sqlite3_column_text(t->base, n);

		row->base = t->was;
		for (int i = 0; i < n; i++)
			column_value(t->base, i, &row->base[i]);
		row->base_this_week = reported != NULL && strcmp(reported, t->week) == 0;
	} else if (step != SQLITE_DONE) {
		return db_trouble(t->w->db, "base", why);
	}
	return 0;
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
		say(t, row, field, "key.same", "number", known);
	} else if (above != 0) {
		buf_fmt(&other, "%u", above);
		say(t, row, field, "key.same_row", "other", buf_cstr(&other));
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
		say(t, row, field, "key.prefix", NULL, NULL);
}

static int place_row(struct table *t, struct judged_row *row, struct why *why)
{
	const struct field *assigned = number_field(t->form), *key = &t->form->fields[t->form->keys[0]];
	const char *owner = NULL;
	int owned, had;

	for (size_t i = 0; i < t->form->n_keys; i++)
		if (row->failed[t->form->keys[i]])
			return 0;               /* said already */
	if (row->key[0] == '\0' && row->op == OP_NEW && assigned != NULL)
		return want_number(t, row, assigned, why);
	if (row->key[0] == '\0') {
		say(t, row, key, assigned != NULL ? "key.missing.new" : "key.missing", NULL, NULL);
		return 0;
	}
	if (find_base(t, row, why) != 0)
		return -1;
	owned = row->base == NULL ? find_owner(t, row, &owner, why) : 0;
	had = row->op == OP_WITHDRAW ? ask_withdrawn(t, row, why) : 0;
	if (owned < 0 || had < 0)
		return -1;
	if (owned > 0)
		say(t, row, key, "key.owned", NULL, NULL);
	else if (t->j->alone && row->op != OP_NEW)
		;                       /* nobody knows what is there */
	else if (had > 0)
		;                       /* taken back, perhaps for the second time this week: with a reason */
	else if (row->op == OP_WITHDRAW && (row->base == NULL || (t->form->due == DUE_WEEKLY &&
	    !row->base_this_week)))
		say(t, row, key, "withdraw.nothing", NULL, NULL);
	else if (row->base == NULL && row->op == OP_REPORT && assigned != NULL)
		say(t, row, key, "key.unknown", NULL, NULL);
	else if (row->base == NULL && row->op == OP_NEW && assigned != NULL)
		check_new_key(t, row, key);
	return 0;
}

/* ---- merging ---- */

static bool is_figure(const struct field *f)
{
	return f->type == FIELD_MONEY || f->type == FIELD_INTEGER || f->type == FIELD_PERCENT;
}

static bool value_same(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_INTEGER:
		return a->i == b->i;
	case VALUE_REAL:
		return !(a->r < b->r) && !(a->r > b->r);
	case VALUE_TEXT:
		return strcmp(a->s, b->s) == 0;
	default:
		return true;
	}
}

static void put_default(struct table *t, struct judged_row *row, size_t i)
{
	const struct field *field = &t->form->fields[i];
	struct column column = { .field = field, .reserved = -1, .header = field->title,
	    .unit_yuan = field->unit_yuan,
		.unit_word = field->unit };
	struct finding at = place_of(t->s, row, field);

	if (value_parse(t->j->rs, t->j->unit, &column, span_of(field->def), &at, &t->f->arena,
	    &row->values[i], &t->f->row_findings) != 0)
		row->values[i].kind = VALUE_NULL;
}

/* What must be there is not; where something stood before, that is the value to put. */
static void say_required(struct table *t, struct judged_row *row, const struct field *field,
    const struct value *was)
{
	bool known = was != NULL && was->kind != VALUE_NULL;
	struct buf old = { 0 };
	struct message_arg args[] = { { "title", field->title }, { "old", NULL } };
	struct finding *said;

	if (known)
		value_show(&old, &t->j->rs->messages, field, was);
	args[1].value = buf_cstr(&old);
	said = judge_say(t->j, t->f, t->s, row, field, known ? "required.emptied" : is_figure(field)
	    ? "required.figure"
	    : "required.missing", args, 2);
	if (known)
		said->suggest = arena_dup(&t->f->row_findings.arena, buf_cstr(&old));
	buf_free(&old);
}

/* An empty cell takes back what stood there (or puts the default in its place): meant, or forgotten? */
static void ask_emptied(struct table *t, struct judged_row *row, size_t i, const struct value *was)
{
	const struct field *field = &t->form->fields[i];
	struct buf old = { 0 }, fresh = { 0 };
	struct message_arg args[] = { { "title", field->title }, { "old", NULL }, { "fresh", NULL } };

	if (was == NULL || was->kind == VALUE_NULL || !field->carry || value_same(was, &row->values[i]) ||
	    (field->required && row->values[i].kind == VALUE_NULL))
		return;
	value_show(&old, &t->j->rs->messages, field, was);
	value_show(&fresh, &t->j->rs->messages, field, &row->values[i]);
	args[1].value = buf_cstr(&old);
	args[2].value = buf_cstr(&fresh);
	(void)judge_say(t->j, t->f, t->s, row, field, "emptied", args, 3);
	buf_free(&old);
	buf_free(&fresh);
}

static struct value kept(struct table *t, const struct value *was)
{
	return was->kind != VALUE_TEXT ? *was
	    : (struct value){ .kind = VALUE_TEXT, .s = arena_dup(&t->f->arena, was->s) };
}

/* Merge the cell of field I over what stood before. */
static void merge_field(struct table *t, struct judged_row *row, size_t i)
{
	const struct field *field = &t->form->fields[i];
	struct value *v = &row->values[i], *was = row->base != NULL ? &row->base[i] : NULL;
	/* A correction leaves what it does not name as the sealed week has it, the week's own fields too. */
	bool carried = field->carry || (t->f->correction && row->base_this_week);

	if (row->failed[i] || (v->kind != VALUE_ABSENT && v->kind != VALUE_NULL))
		return;
	if (v->kind == VALUE_ABSENT && carried && was != NULL)
		*v = kept(t, was);
	else if (field->def != NULL)
		put_default(t, row, i);
	if (v->kind == VALUE_NULL || field->def != NULL)
		ask_emptied(t, row, i, was);
	if (v->kind == VALUE_ABSENT)
		v->kind = VALUE_NULL;
	if (v->kind == VALUE_NULL && field->required && !is_key(t->form, i))
		say_required(t, row, field, field->carry ? was : NULL);
}

static const char *plain(struct judged *f, const struct value *v)
{
	struct buf text = { 0 };
	const char *kept = NULL;

	value_plain(&text, v);
	if (v->kind != VALUE_NULL)
		kept = arena_dup(&f->arena, buf_cstr(&text));
	buf_free(&text);
	return kept;
}

/* A sealed week may be what was meant, or last week's name of the file. */
static void say_reason(struct table *t, struct judged_row *row)
{
	char counting[9];
	struct message_arg args[] = { { "week", t->week }, { "counting", counting } };

	week_format(t->j->window.week, counting);
	(void)judge_say(t->j, t->f, t->s, row, NULL, "correction.reason", args, 2);
}

/* What a correction changes in a sealed week needs its reason, row by row. */
static void note_corrected(struct table *t, struct judged_row *row)
{
	static const struct value nothing = { .kind = VALUE_NULL };
	bool changed = false;

	for (size_t i = 0; i < t->form->n_fields; i++) {
		const struct value *was = row->base != NULL ? &row->base[i] : &nothing;

		if (is_key(t->form, i) || row->failed[i] || value_same(&row->values[i], was))
			continue;
		changed = true;
		vec_room(t->f->corrected, t->f->n_corrected, t->f->cap_corrected);
		t->f->corrected[t->f->n_corrected++] = (struct corrected){ .form = t->form->name,
		    .key = row->key,
			.field = t->form->fields[i].name, .old = plain(t->f, was), .fresh = plain(t->f,
			    &row->values[i]),
			.reason = row->correction, .row = row->row, .of = row };
	}
	if (changed && row->correction == NULL)
		say_reason(t, row);
}

static void merge_row(struct table *t, struct judged_row *row)
{
	if (row->op == OP_WITHDRAW) {
		for (size_t i = 0; i < t->form->n_fields; i++)
			if (!is_key(t->form, i))
				row->values[i] = row->base != NULL ? kept(t, &row->base[i])
				    : (struct value){ .kind = VALUE_NULL };
		return;
	}
	for (size_t i = 0; i < t->form->n_fields; i++)
		merge_field(t, row, i);
	if (t->f->correction)
		note_corrected(t, row);
}

/* ---- all of it ---- */

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
	rc = db_prepare(t->w->db, buf_cstr(&sql), &t->mine, why);
	if (rc == 0)
		(void)sqlite3_bind_text(t->mine, 1, t->j->unit, -1, SQLITE_STATIC);
	buf_free(&sql);
	buf_free(&view);
	return rc;
}

static int prepare_lookups(struct table *t, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "SELECT ");
	for (size_t i = 0; i < t->form->n_fields; i++) {
		sql_name(&sql, t->form->fields[i].name);
		buf_str(&sql, ", ");
	}
	buf_str(&sql, "_week FROM main.");
	sql_name(&sql, t->form->name);
	buf_str(&sql, " WHERE ");
	world_key_is(&sql, t->form, "", 1);
	rc = db_prepare(t->w->db, buf_cstr(&sql), &t->base, why);
	buf_reset(&sql);
	if (rc == 0 && t->form->unique_all && t->w->has_before && db_has_table(t->w->db, "before",
	    t->form->name)) {
		buf_str(&sql, "SELECT unit FROM before.");
		sql_name(&sql, t->form->name);
		buf_str(&sql, " WHERE unit <> ?1 AND ");
		world_key_is(&sql, t->form, "", 2);
		rc = db_prepare(t->w->db, buf_cstr(&sql), &t->owner, why);
		if (rc == 0)
			(void)sqlite3_bind_text(t->owner, 1, t->j->unit, -1, SQLITE_STATIC);
	}
	if (rc == 0)
		rc = prepare_mine(t, why);
	buf_free(&sql);
	return rc;
}

int judge_rows(struct judging *j, struct world *w, struct judged *f, struct judged_sheet *s, struct why *why)
{
	struct table t = { .j = j, .w = w, .f = f, .s = s, .form = s->sheet->form };
	int rc;

	week_format(w->window.week, t.week);
	map_columns(&t);
	s->n_rows = s->sheet->n_rows;
	s->rows = arena_alloc(&f->arena, (s->n_rows + 1) * sizeof *s->rows);
	for (size_t i = 0; i < s->n_rows; i++) {
		s->rows[i].source = &s->sheet->rows[i];
		s->rows[i].held = s->sheet->rows[i].held;
		s->rows[i].row = s->sheet->rows[i].row;
		type_row(&t, &s->rows[i]);
	}
	for (size_t i = 0; i < t.form->n_fields; i++)
		if (t.form->fields[i].type == FIELD_PERCENT)
			ask_fractions(&t, i);
	find_twice(&t);
	rc = prepare_lookups(&t, why);
	if (rc == 0)
		rc = references_begin(&t.refs, j, w, f, s, why);
	t.was = mem_zero(t.form->n_fields + 1, sizeof *t.was);
	for (size_t i = 0; rc == 0 && i < s->n_rows; i++) {
		struct judged_row *row = &s->rows[i];

		rc = place_row(&t, row, why);
		if (rc == 0)
			rc = references_check(&t.refs, row, why);
		if (rc == 0)
			merge_row(&t, row);
		row->base = NULL;
		/* A row that was found is a reader: while there is one, SQLite drops no table (number_same). */
		(void)sqlite3_reset(t.base);
	}
	free(t.was);
	(void)sqlite3_finalize(t.base);
	(void)sqlite3_finalize(t.owner);
	(void)sqlite3_finalize(t.mine);
	references_end(&t.refs);
	number_same_end(&t.same);
	return rc;
}
