/*
 * fuzz_sheet - from a file to typed cells, as the judge walks through it.  The first line of the input is the
 * file's name, the rest its bytes.
 */
#include "fuzz.h"

/* The cells of ROW, or else of TOTAL. */
static void check_cells(const struct fuzz *f, const struct sheet *s, const struct sheet_row *row,
    const struct control_total *total)
{
	struct arena arena = { 0 };
	struct findings fs = { 0 };

	for (size_t i = 0; i < s->n_columns; i++) {
		struct span cell = row != NULL ? sheet_cell(s, row, i) : sheet_total_cell(s, total, i);
		struct finding at = { .form = s->form->name };
		struct value v;

		if (cell.s != NULL) {
			fuzz_check_text(cell);
			HOLDS(cell.s[cell.n] == '\0');
		}
		if (s->columns[i].field != NULL)
			(void)value_parse(f->rules, "320412", &s->columns[i], cell, &at, &arena, &v, &fs);
	}
	fuzz_check_findings(&fs);
	findings_free(&fs);
	arena_free(&arena);
}

static void check_sheet(const struct fuzz *f, const struct sheet *s, bool xml)
{
	for (size_t i = 0; i < s->n_columns; i++) {
		const struct column *c = &s->columns[i];

		HOLDS(c->col > 0 && c->header != NULL);
		HOLDS(c->field == NULL || c->reserved < 0);
		HOLDS(c->field == NULL || c->unit_yuan > 0);
	}
	for (size_t i = 0; i < s->n_rows; i++) {
		HOLDS(i == 0 || xml || s->rows[i].row > s->rows[i - 1].row);
		HOLDS(xml || s->rows[i].row > s->header_row);
		check_cells(f, s, &s->rows[i], NULL);
	}
	for (size_t i = 0; i < s->n_totals; i++) {
		HOLDS(s->totals[i].from <= s->totals[i].to && s->totals[i].to <= s->n_rows);
		check_cells(f, s, NULL, &s->totals[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz *f = fuzz_world();
	const char *s = (const char *)data, *line = size > 0 ? memchr(s, '\n', size) : NULL;
	size_t n = line != NULL ? (size_t)(line - s) : 0, from = line != NULL ? n + 1 : 0, bad;
	char *name = mem_ndup(utf8_valid(s, n, &bad) && n < 256 ? s : "", utf8_valid(s, n, &bad) && n < 256 ? n : 0);
	struct findings fs = { 0 };
	struct reading r = fuzz_read(f, s + from, size - from);
	struct paper p;

	paper_understand(f->rules, &r, name, &p, &fs);
	fuzz_check_findings(&fs);
	if (findings_worst(&r.findings) < SEV_FATAL && findings_worst(&fs) < SEV_FATAL)
		for (size_t i = 0; i < p.n_sheets; i++)
			check_sheet(f, &p.sheets[i], r.format == SOURCE_XML);
	paper_free(&p);
	findings_free(&fs);
	reading_free(&r);
	free(name);
	return 0;
}
