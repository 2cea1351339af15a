/*
 * judge_merge - a row over what stood before: what the file leaves out stays as it was, what it empties is
 * asked about, what must be there is; and what a correction changes in a sealed week is noted.
 */
#include <stdlib.h>
#include <string.h>

#include "judge.h"

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

	if (parse_cell(t, &column, span_of(field->def), &at, &row->values[i]) != 0)
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
	if (v->kind == VALUE_ABSENT && carried && was != NULL) {
		*v = kept(t, was);
		t->moved = true;
	} else if (field->def != NULL) {
		put_default(t, row, i);
		t->moved = true;
	}
	if (v->kind == VALUE_NULL || field->def != NULL)
		ask_emptied(t, row, i, was);
	if (v->kind == VALUE_ABSENT) {
		v->kind = VALUE_NULL;
		if (!t->moved)
			row_pack_null(row, i);
	}
	if (v->kind == VALUE_NULL && field->required && !form_is_key(t->form, i))
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

		if (form_is_key(t->form, i) || row->failed[i] || value_same(&row->values[i], was))
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

void merge_row(struct table *t, struct judged_row *row)
{
	if (row->op == OP_WITHDRAW) {
		t->moved = true;
		for (size_t i = 0; i < t->form->n_fields; i++)
			if (!form_is_key(t->form, i))
				row->values[i] = row->base != NULL ? kept(t, &row->base[i])
				    : (struct value){ .kind = VALUE_NULL };
		return;
	}
	for (size_t i = 0; i < t->form->n_fields; i++)
		merge_field(t, row, i);
	if (t->f->correction)
		note_corrected(t, row);
}
