/*
 * judge_totals - control totals: every figure of a sheet summed as the sender counts it, and compared
 * with the sender's own total rows.
 */
#include <stdlib.h>
#include <string.h>

#include "collector.h"

/* Digits after the point of a cell, as sent. */
static int scale_of(struct span cell)
{
	struct buf folded = { 0 };
	struct decimal d = { 0 };
	int scale = 0;

	if (cell.s != NULL) {
		text_fold(&folded, cell);
		if (decimal_parse((struct span){ buf_cstr(&folded), folded.len }, &d) == 0)
			scale = d.scale;
	}
	buf_free(&folded);
	return scale;
}

static int64_t half_unit(int64_t yuan, int scale)
{
	for (int i = 0; i < scale && yuan > 0; i++)
		yuan /= 10;
	return yuan / 2;
}

struct sum {
	int64_t total;
	int64_t slack;                  /* half a unit of the last digit, for every row */
	int     scale;                  /* most digits after the point among the rows, if there is a total */
	size_t  counted;                /* cells that hold a figure */
	bool    whole;                  /* every cell could be read, and the sum fits */
};

static struct sum sum_rows(const struct judged_sheet *s, size_t column, size_t from, size_t to)
{
	bool compared = s->sheet->n_totals > 0;
	const struct column *c = &s->sheet->columns[column];
	size_t field = (size_t)(c->field - s->sheet->form->fields);
	int64_t unit = c->unit_yuan > 0 ? c->unit_yuan : 1;
	struct sum sum = { .whole = true };

	for (size_t i = from; i < to && i < s->n_rows; i++) {
		const struct judged_row *row = &s->rows[i];
		struct span cell = sheet_cell(s->sheet, row->source, column);
		int64_t total;
		int scale;

		if (row->op == OP_WITHDRAW || span_trim(cell).n == 0)
			continue;
		if (row->failed[field])
			sum.whole = false;
		struct value v = row_value(s, row, field);

		if (v.kind != VALUE_INTEGER)
			continue;
		if (__builtin_add_overflow(sum.total, v.i, &total)) {
			sum.whole = false;      /* TOTAL wrapped: the sum is of the others */
			continue;
		}
		sum.total = total;
		scale = compared ? scale_of(cell) : 0;
		if (scale > sum.scale)
			sum.scale = scale;
		sum.counted++;
	}
	sum.slack = half_unit(unit, sum.scale) * (int64_t)sum.counted;
	return sum;
}

static const char *in_sender_unit(struct judged *f, const struct column *c, int64_t v)
{
	struct buf text = { 0 };
	const char *kept;

	decimal_show(&text, v, c->unit_yuan > 0 ? c->unit_yuan : 1);
	kept = arena_dup(&f->arena, buf_cstr(&text));
	buf_free(&text);
	return kept;
}

/* The figure in the total row, typed like the cells above it; false if it holds none. */
static bool said_total(struct judging *j, struct judged *f, const struct column *c, struct span cell,
    int64_t *out)
{
	struct findings ignored = { 0 };
	struct finding at = { .rule = "", .header = c->header };
	struct value v = { 0 };
	/* The total of a figure may be anything: bounds are for the rows. */
	struct field unbounded = *c->field;
	struct column column = *c;
	bool found;

	unbounded.has_min = unbounded.has_max = false;
	unbounded.any_size = true;
	column.field = &unbounded;
	found = cell.s != NULL &&
	    value_parse(j->rs, j->unit, &column, cell, &at, &f->arena, &v, &ignored) == 0 &&
	    v.kind == VALUE_INTEGER;
	findings_free(&ignored);
	if (found)
		*out = v.i;
	return found;
}

static int64_t distance(int64_t a, int64_t b)
{
	int64_t d;

	if (__builtin_sub_overflow(a, b, &d))
		return INT64_MAX;
	return d < 0 ? -d : d;
}

/* Whether the row of totals has a note of its own. */
static bool is_explained(const struct judging *j, const struct sheet *s, const struct control_total *total)
{
	for (size_t i = 0; i < s->n_columns; i++) {
		struct span note = s->columns[i].field == NULL && s->columns[i].reserved == RES_NOTE
		    ? span_trim(sheet_total_cell(s, total, i)) : (struct span){ "", 0 };

		if (note.n > 0)
			return !words_has(&j->rs->messages, "empty", note);
	}
	return false;
}

static void say_differs(struct judging *j, struct judged *f, const struct column *c,
    const struct judged_sheet *s,
    const struct control_total *total, size_t column, const struct control *control, int64_t by)
{
	struct span cell = sheet_total_cell(s->sheet, total, column);
	struct finding at = { .form = s->sheet->form->name, .row = total->row, .col = c->col,
	    .field = c->field->name, .header = c->header, .value = arena_ndup(&f->arena, cell.s, cell.n) };
	struct message_arg args[] = { { "title", c->field->title }, { "said", control->said }, { "sum",
	    control->sum },
		{ "unit", c->unit_word }, { "by", in_sender_unit(f, c, by) } };

	finding_say(&f->row_findings, &j->rs->messages, "total.differs", &at, args, 5)->explained =
	    is_explained(j, s->sheet, total);
}

/* Compare one column with one total row; the last total row over all rows is what the receipt prints. */
static void check_total(struct judging *j, struct judged *f, struct judged_sheet *s, size_t column,
    const struct control_total *total, struct control *control)
{
	const struct column *c = &s->sheet->columns[column];
	struct sum sum = sum_rows(s, column, total->from, total->to);
	int64_t unit = c->unit_yuan > 0 ? c->unit_yuan : 1, said, by;
	int scale = scale_of(sheet_total_cell(s->sheet, total, column));
	struct control here = *control;

	if (!sum.whole || !said_total(j, f, c, sheet_total_cell(s->sheet, total, column), &said))
		return;
	by = distance(said, sum.total);
	if (scale < sum.scale)
		sum.slack += half_unit(unit, scale);
	here.said = in_sender_unit(f, c, said);
	here.sum = in_sender_unit(f, c, sum.total);
	here.by = by > 0 ? in_sender_unit(f, c, by) : NULL;
	here.agrees = by <= sum.slack;
	if (!here.agrees)
		say_differs(j, f, c, s, total, column, &here, by);
	if (total->from == 0 && total->to >= s->n_rows)
		*control = here;
}

void judge_totals(struct judging *j, struct judged *f, struct judged_sheet *s)
{
	const struct sheet *sheet = s->sheet;

	s->controls = arena_alloc(&f->arena, (sheet->n_columns + 1) * sizeof *s->controls);
	for (size_t i = 0; i < sheet->n_columns; i++) {
		const struct column *c = &sheet->columns[i];
		struct control control = { .title = c->field != NULL ? c->field->title : NULL,
		    .unit_word = c->unit_word };
		struct sum all;

		if (c->field == NULL || !c->field->total || (c->field->type != FIELD_MONEY &&
		    c->field->type != FIELD_INTEGER))
			continue;
		all = sum_rows(s, i, 0, s->n_rows);
		control.sum = in_sender_unit(f, c, all.total);
		control.partial = !all.whole;
		for (size_t k = 0; k < sheet->n_totals; k++)
			check_total(j, f, s, i, &sheet->totals[k], &control);
		if (all.counted > 0 || control.said != NULL)
			s->controls[s->n_controls++] = control;
	}
	ledger_lay(&f->findings, &f->row_findings);
}
