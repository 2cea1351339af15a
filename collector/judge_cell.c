/*
 * judge_cell - the cells of a row: typed, masked where they hold numbers of persons, the row named by
 * its key.  Every fault becomes a finding of its row.
 */
#include <stdlib.h>
#include <string.h>

#include "judge.h"

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
	enum privacy found;

	if (v->kind != VALUE_TEXT || !privacy_is_possible(span_of(v->s)))
		return;
	found = privacy_mask(&masked, span_of(v->s));
	if (found != PRIVACY_NONE) {
		v->s = arena_dup(&t->f->arena, buf_cstr(&masked));
		for (size_t i = first; i < fs->n; i++)
			if (fs->v[i].value != NULL)
				fs->v[i].value = arena_dup(&fs->arena, v->s);
	}
	if (found == PRIVACY_MOBILE) {
		struct buf shown = { 0 };

		text_escape(&shown, span_of(v->s));     /* on one line */
		struct message_arg args[] = { { "title", field->title }, { "value", buf_cstr(&shown) } };
		struct finding *said = judge_say(t->j, t->f, t->s, row, field, "text.mobile", args, 2);

		said->value = arena_dup(&fs->arena, v->s);
		buf_free(&shown);
	}
	buf_free(&masked);
}

/* Rationale: what typing needs meanwhile is more than the value, and a file has millions of cells. */
int parse_cell(struct table *t, const struct column *column, struct span cell, const struct finding *at,
    struct value *out)
{
	int rc = value_parse(t->j->rs, t->j->unit, column, cell, at, &t->scratch, out, &t->f->row_findings);

	if (arena_is_empty(&t->scratch))
		return rc;
	if (out->kind == VALUE_TEXT)
		out->s = span_is(cell, out->s) ? cell.s : arena_dup(&t->f->arena, out->s);
	arena_reset(&t->scratch);
	return rc;
}

static void type_cell(struct table *t, struct judged_row *row, size_t field)
{
	const struct column *column;
	struct span cell;
	size_t before;

	row->values[field].kind = VALUE_ABSENT;
	if (t->column_of[field] == NONE)
		return;
	cell = sheet_cell(t->s->sheet, row->source, t->column_of[field]);
	if (cell.n == 0) {
		row->values[field].kind = cell.s == NULL ? VALUE_ABSENT : VALUE_NULL;
		return;
	}
	column = &t->s->sheet->columns[t->column_of[field]];
	struct finding at = { .form = t->form->name, .key = row->key[0] != '\0' ? row->key : NULL,
	    .row = row->row, .nth = (uint32_t)(row - t->s->rows) + 1, .col = column->col, .field = t->form->fields[field].name,
	    .header = column->header };

	before = t->f->row_findings.n;
	if (parse_cell(t, column, cell, &at, &row->values[field]) != 0) {
		row->values[field].kind = VALUE_NULL;
		if (row->failed == t->none_failed)
			row->failed = arena_alloc(&t->f->arena, t->form->n_fields * sizeof *row->failed);
		row->failed[field] = true;
	}
	if (t->form->fields[field].type == FIELD_TEXT)
		mask_text(t, row, &t->form->fields[field], &row->values[field], before);
	hold_since(t, row, before);
}

/* A reserved column is typed as a plain text, so that "none" words and apostrophes mean the same there. */
static const char *reserved_text(struct table *t, struct judged_row *row, enum reserved which)
{
	size_t before = t->f->row_findings.n;

	if (t->reserved[which] == NONE || sheet_cell(t->s->sheet, row->source, t->reserved[which]).n == 0)
		return NULL;
	struct field field = { .type = FIELD_TEXT, .carry = true, .lines = true, .unit_yuan = 1 };
	struct column column = t->s->sheet->columns[t->reserved[which]];
	struct finding at = place_of(t->s, row, NULL);
	struct value value = { 0 };

	column.field = &field;
	/* What is said of the cell copies its title; nothing changes it. */
	field.name = field.title = (char *)(uintptr_t)column.header;
	at.col = column.col;
	at.header = column.header;
	if (parse_cell(t, &column, sheet_cell(t->s->sheet, row->source, t->reserved[which]), &at, &value) != 0)
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
		row_say(t, row, NULL, "op.unknown", "value", text);
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
	const struct value *only = form->n_keys == 1 ? &row->values[form->keys[0]] : NULL;
	struct buf key = { 0 };
	bool whole = true;

	if (only != NULL && only->kind == VALUE_TEXT) {
		row->key = only->s;
		return;
	}
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

void type_row(struct table *t, struct judged_row *row)
{
	size_t first = t->f->row_findings.n;

	row->values = t->values;
	memset(t->values, 0, t->form->n_fields * sizeof *t->values);
	row->failed = t->none_failed;
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
		if (!form_is_key(t->form, i))
			type_cell(t, row, i);
	row_pack(t->f, t->s, row);
}

/* ---- fractions for percentages ---- */

/*
 * A figure of 0.35 among figures such as 62.5 is a fraction where percent points are meant, and so is one
 * below 1 that stands alone: asked about, never guessed.
 */
void ask_fractions(struct table *t, size_t field)
{
	const struct field *f = &t->form->fields[field];
	size_t large = 0;

	if (t->column_of[field] == NONE)
		return;
	for (size_t i = 0; i < t->s->n_rows; i++) {
		struct value v = row_value(t->s, &t->s->rows[i], field);

		large += v.kind == VALUE_REAL && v.r > 1.5;
	}
	for (size_t i = 0; i < t->s->n_rows; i++) {
		struct judged_row *row = &t->s->rows[i];
		struct value v = row_value(t->s, row, field);
		struct span cell = span_trim(sheet_cell(t->s->sheet, row->source, t->column_of[field]));
		struct buf said = { 0 }, suggest = { 0 };
		struct message_arg args[] = { { "title", f->title }, { "value", NULL }, { "suggest", NULL } };

		if (v.kind != VALUE_REAL || !(v.r > 0) || v.r > (large > 0 ? 1.5 : 1.0) ||
		    span_ends(cell, "%"))
			continue;
		field_show_real(&said, f, v.r);
		field_show_real(&suggest, f, v.r * 100);
		args[1].value = buf_cstr(&said);
		args[2].value = buf_cstr(&suggest);
		judge_say(t->j, t->f, t->s, row, f, "percent.fraction", args, 3)->suggest =
		    arena_dup(&t->f->row_findings.arena, buf_cstr(&suggest));
		buf_free(&said);
		buf_free(&suggest);
		ledger_lay(&t->f->findings, &t->f->row_findings);
	}
}
