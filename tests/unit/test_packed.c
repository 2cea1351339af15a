/* uses: collector */
/* Values of rows that are not at hand: whatever they are, they come back as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../collector/judge.h"

#define MOST 120u                       /* fields: more than are packed without room of their own */

static char cells[] = "one\0two\0";

struct fixture {
	struct form         form;
	struct cell         cell[2];
	struct grid_row     grid_row;
	struct grid         grid;
	struct column       columns[2];
	struct sheet_row    sheet_row;
	struct sheet        sheet;
	struct judged_sheet s;
	size_t              column_of[MOST];
	struct judged       f;
	struct judged_row   row;
};

/* A row of N fields, of which the first two have columns. */
static void make(struct fixture *x, size_t n)
{
	*x = (struct fixture){ .form = { .n_fields = n }, .cell = { { 0, 3, 1 }, { 4, 3, 2 } },
	    .grid_row = { .row = 1, .to = 2 }, .columns = { { .col = 1 }, { .col = 2 } } };
	x->grid = (struct grid){ .text = cells, .cells = x->cell, .n_cells = 2, .rows = &x->grid_row, .n_rows = 1 };
	x->sheet = (struct sheet){ .form = &x->form, .grid = &x->grid, .columns = x->columns, .n_columns = 2,
	    .rows = &x->sheet_row, .n_rows = 1 };
	for (size_t i = 0; i < MOST; i++)
		x->column_of[i] = i < 2 ? i : NONE;
	x->s = (struct judged_sheet){ .sheet = &x->sheet, .column_of = x->column_of, .rows = &x->row, .n_rows = 1 };
	x->row.source = &x->sheet_row;
}

static void same_value(struct value got, struct value want)
{
	assert_int_equal(got.kind, want.kind);
	if (want.kind == VALUE_INTEGER)
		assert_int_equal(got.i, want.i);
	else if (want.kind == VALUE_REAL)
		assert_memory_equal(&got.r, &want.r, sizeof want.r);
	else if (want.kind == VALUE_TEXT)
		assert_string_equal(got.s, want.s);
}

static void pack(struct fixture *x, const struct value *values)
{
	struct value at_hand[MOST], got[MOST];
	size_t n = x->form.n_fields;

	memcpy(at_hand, values, n * sizeof *values);
	x->row.values = at_hand;
	row_pack(&x->f, &x->s, &x->row);
	assert_null(x->row.values);
	memset(at_hand, 0, sizeof at_hand);
	row_unpack(&x->s, &x->row, got);
	for (size_t i = 0; i < n; i++) {
		same_value(got[i], values[i]);
		same_value(row_value(&x->s, &x->row, i), values[i]);
	}
}

static void values_come_back(void **state)
{
	static const struct value some[] = {
		{ .kind = VALUE_TEXT, .s = "one" }, { .kind = VALUE_TEXT, .s = "tw" }, { .kind = VALUE_ABSENT },
		{ .kind = VALUE_NULL }, { .kind = VALUE_INTEGER, .i = 0 }, { .kind = VALUE_INTEGER, .i = -1 },
		{ .kind = VALUE_INTEGER, .i = 63 }, { .kind = VALUE_INTEGER, .i = 64 }, { .kind = VALUE_INTEGER, .i = -65 },
		{ .kind = VALUE_INTEGER, .i = INT64_MAX }, { .kind = VALUE_INTEGER, .i = INT64_MIN },
		{ .kind = VALUE_REAL, .r = 0.1 }, { .kind = VALUE_REAL, .r = -0.0 }, { .kind = VALUE_TEXT, .s = "" },
	};
	const size_t n_some = sizeof some / sizeof *some;
	struct value values[MOST];

	(void)state;
	for (size_t n = 1; n <= MOST; n++) {
		struct fixture x;

		make(&x, n);
		for (size_t i = 0; i < n; i++)
			values[i] = some[i % n_some];
		pack(&x, values);
		/* Others in their place: longer, then shorter. */
		for (size_t i = 0; i < n; i++)
			values[i] = (struct value){ .kind = VALUE_TEXT, .s = "another" };
		pack(&x, values);
		for (size_t i = 0; i < n; i++)
			values[i] = (struct value){ .kind = VALUE_NULL };
		pack(&x, values);
		arena_free(&x.f.arena);
	}
}

/* What the cell says is not kept twice. */
static void cells_are_shared(void **state)
{
	char two[] = "two";
	const struct value values[2] = { { .kind = VALUE_TEXT, .s = cells }, { .kind = VALUE_TEXT, .s = two } };
	struct fixture x;

	(void)state;
	make(&x, 2);
	pack(&x, values);
	assert_int_equal(x.row.n_packed, 1);
	assert_ptr_equal(row_value(&x.s, &x.row, 1).s, cells + 4);
	arena_free(&x.f.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_back),
		cmocka_unit_test(cells_are_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
