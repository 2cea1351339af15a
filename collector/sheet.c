/*
 * sheet - what a reading means: which form, which week, which rows are data, which are
 * totals, and who signed.  Nothing is typed here (value.c) and no rule is asked (judge).
 *
 * Every conversion is a note, so that the receipt can state it.
 */
#include "sheet.h"

#include <stdio.h>
#include <string.h>

void sheet_say(const struct understanding *u, const char *id, const struct finding *at,
    const struct message_arg *args, size_t n)
{
	finding_say(u->fs, &u->rs->messages, id, at, args, n);
}

/* A finding of the file as a whole, with one value. */
void sheet_say_file(const struct understanding *u, const char *id, const char *name, const char *value)
{
	const struct message_arg args[] = { { name, value } };
	struct finding at = { .value = value };

	sheet_say(u, id, &at, args, 1);
}

void sheet_say_rows(const struct understanding *u, const struct form *form, const char *id, uint32_t row,
    size_t n)
{
	char number[24];
	const struct message_arg args[] = { { "count", number } };
	struct finding at = { .form = form->name, .row = row };

	(void)snprintf(number, sizeof number, "%zu", n);
	sheet_say(u, id, &at, args, 1);
}

/* The cell of a row of G at column number COL. */
static struct span cell_of(const struct grid *g, uint32_t row, uint32_t col)
{
	const struct grid_row *r = &g->rows[row];
	size_t n = r->to - r->from, i = col - 1;

	if (g->form == NULL)
		return i < n ? grid_cell(g, r->from + i) : (struct span){ "", 0 };
	/* Some of the columns before it may be absent, but none stands twice. */
	if (i >= n)
		i = n - 1;
	while (n > 0 && i > 0 && g->cells[r->from + i].col > col)
		i--;
	return n > 0 && g->cells[r->from + i].col == col ? grid_cell(g, r->from + i) :
	    (struct span){ NULL, 0 };
}

struct span sheet_cell(const struct sheet *s, const struct sheet_row *row, size_t column)
{
	if (s->merged != NULL && s->merged[column] != NULL)
		row = &s->rows[s->merged[column][row - s->rows]];
	return cell_of(s->grid, row->at, s->columns[column].col);
}

struct span sheet_total_cell(const struct sheet *s, const struct control_total *total, size_t column)
{
	return cell_of(s->grid, total->at, s->columns[column].col);
}

/* ---- CSV ---- */

/* Bytes of the longest of UNIT's names that TEXT (squashed) has in it; 0 if it has none. */
static size_t names_unit(struct arena *a, struct span text, const struct unit *unit)
{
	const char *names[] = { unit->code, unit->name, unit->short_name };
	size_t longest = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct span name = squash_in(a, span_of(names[i]));

		if (name.n > longest && memmem(text.s, text.n, name.s, name.n) != NULL)
			longest = name.n;
	}
	return longest;
}

/*
 * Whether TEXT names another unit than the sender, and him nowhere.  The office's name is the city's: a title
 * may have it, a signature may not.
 */
static bool names_other(const struct understanding *u, const char *text, bool title)
{
	struct span s = squash_in(&u->p->arena, span_of(text));
	bool other = false;

	for (size_t i = 0; i < u->rs->n_units; i++) {
		const struct unit *unit = &u->rs->units[i];
		bool own = strcmp(unit->code, u->sender) == 0;

		if (title && unit->office && own)       /* the office's tables are about the others */
			return false;
		if ((title && unit->office) || names_unit(&u->p->arena, s, unit) == 0)
			continue;
		if (own)
			return false;
		other = true;
	}
	return other;
}

static void say_other_unit(const struct understanding *u, const char *said, uint32_t row)
{
	const struct unit *own = ruleset_unit(u->rs, u->sender);
	const struct message_arg args[] = { { "said", said },
		{ "name", own != NULL ? own->name : u->sender } };
	struct finding at = { .row = row, .value = said };

	sheet_say(u, "sheet.unit_other", &at, args, 2);
}

/* The unit that a signature or else one of the first TITLES rows names must be the sender. */
static void check_unit(const struct understanding *u, const struct sheet *s, const struct grid *g, size_t titles)
{
	if (u->sender == NULL)
		return;
	if (u->p->said_unit != NULL) {
		if (names_other(u, u->p->said_unit, false))
			say_other_unit(u, u->p->said_unit, u->p->said_row);
		return;
	}
	for (size_t i = g->rows[0].from; titles > 0 && i < g->rows[titles - 1].to; i++) {
		const char *text = grid_cell(g, i).s;
		size_t row = 0;

		if (g->cells[i].n == 0 || sheet_is_annotation(s, g->cells[i].col) || !names_other(u, text, true))
			continue;
		while (g->rows[row].to <= i)
			row++;
		say_other_unit(u, text, g->rows[row].row);
		return;
	}
}

static void understand_csv(const struct understanding *u, const char *file_name)
{
	const struct grid *g = &u->r->grids[0];
	struct paper *p = u->p;
	struct sheet *s = arena_alloc(&p->arena, sizeof *s);   /* zeroed */
	size_t header = 0, titles = 0;

	if (g->n_rows == 0) {
		sheet_say_file(u, "sheet.empty", "form", NULL);
		return;
	}
	s->grid = g;
	sheet_week_of_name(u, file_name);
	if (header_recognise(u->rs, u->sender, g, file_name, &p->arena, s, &header, u->fs) != 0)
		return;
	while (g->rows[titles].row < s->header_from) {
		sheet_week_of_row(u, s, &g->rows[titles]);
		(void)sheet_sign_row(u, s, &g->rows[titles++], true);
	}
	if (titles > 0)
		sheet_say_rows(u, s->form, "row.title", g->rows[0].row, titles);
	sheet_rows(u, g, s, header);
	check_unit(u, s, g, titles);
	if (s->n_rows == 0) {
		const struct message_arg args[] = { { "form", s->form->title } };
		struct finding at = { .form = s->form->name };

		sheet_say(u, "sheet.no_rows", &at, args, 1);
		return;
	}
	p->sheets = s;
	p->n_sheets = 1;
}

/* ---- the whole ---- */

void paper_understand_of(const struct ruleset *rs, const char *sender, const struct reading *r,
    const char *file_name, struct paper *out, struct findings *fs)
{
	struct understanding u = { .rs = rs, .r = r, .p = out, .fs = fs, .sender = sender };

	*out = (struct paper){ 0 };
	if (findings_worst(&r->findings) == SEV_FATAL || r->n_grids == 0)
		return;
	if (r->format == SOURCE_XML)
		sheet_xml(&u, file_name);
	else
		understand_csv(&u, file_name);
}

void paper_understand(const struct ruleset *rs, const struct reading *r, const char *file_name,
    struct paper *out, struct findings *fs)
{
	paper_understand_of(rs, NULL, r, file_name, out, fs);
}

void paper_free(struct paper *p)
{
	arena_free(&p->arena);
	*p = (struct paper){ 0 };
}
