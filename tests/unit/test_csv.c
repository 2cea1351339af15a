/* uses: collector */
/* test_csv - records, quotes, separators, row numbers and caps of CSV. */
#include "reading_fixture.h"

struct row {
	const char *name, *input;
	const char *cells;              /* "ROW:a|b|c;" in order */
	const char *findings;
};

/* The grid as text: rows with their numbers, cells with bars between. */
static void show(struct buf *out, const struct reading *r)
{
	for (size_t g = 0; g < r->n_grids; g++)
		for (size_t i = 0; i < r->grids[g].n_rows; i++) {
			const struct grid_row *row = &r->grids[g].rows[i];

			buf_fmt(out, "%u:", row->row);
			for (size_t k = row->from; k < row->to; k++) {
				buf_str(out, k > row->from ? "|" : "");
				buf_add(out, grid_cell(&r->grids[g], k).s, r->grids[g].cells[k].n);
			}
			buf_char(out, ';');
		}
}

static const struct row rows[] = {
	{ "plain", "a,b\r\nc,d\r\n", "1:a|b;2:c|d;", "" },
	{ "no last end", "a,b\nc,d", "1:a|b;2:c|d;", "" },
	{ "lone CR ends a line", "a,b\rc,d\r", "1:a|b;2:c|d;", "" },
	{ "quotes", "\"a,1\",\"b\"\"q\"\"\"\n", "1:a,1|b\"q\";", "" },
	{ "only quotes", "\"\"\"\",x\n", "1:\"|x;", "" },
	{ "empty quoted", "\"\",x\n", "1:|x;", "" },
	{ "line break in a cell is one row", "\"a\nb\",c\nd,e\n", "1:a\nb|c;2:d|e;", "" },
	{ "blank lines count", "a,b\n\n\nc,d\n", "1:a|b;4:c|d;", "" },
	{ "rows of separators are blank", "a,b\n,\nc,d\n", "1:a|b;3:c|d;", "" },
	{ "empty cells are there", "a,,c\n,,d\n", "1:a||c;2:||d;", "" },
	{ "ragged", "a,b,c\nd\n", "1:a|b|c;2:d;", "" },
	{ "tabs with commas inside", "a\tb\tc\nx,y\tz\tq\n1\t2\t3\n", "1:a|b|c;2:x,y|z|q;3:1|2|3;", "" },
	{ "semicolons", "a;b;c\n1,5;2;3\n1;2;3\n", "1:a|b|c;2:1,5|2|3;3:1|2|3;", "" },
	{ "separators in quotes do not count", "\"a;b;c;d\",x\n\"a;b;c;d\",y\n", "1:a;b;c;d|x;2:a;b;c;d|y;", "" },
	{ "one column", "a\nb\n", "1:a;2:b;", "" },
	{ "text kept from becoming a number", "=\"0012\",b\nc,=\"1\"\n", "1:=\"0012\"|b;2:c|=\"1\";", "" },
	{ "and what only looks like it", "=\"0012\"x,b\n", "1:=\"0012\"x|b;", "V02 fatal@1,1\n" },
	{ "unterminated", "a,b\nc,\"d\ne,f\n", "1:a|b;", "V05 fatal@2,2\n" },
	{ "unterminated after doubled", "a,\"d\"\"", "", "V05 fatal@1,2\n" },
	{ "after a quote", "\"a\"b,c\nd,e\n", "1:a|c;2:d|e;", "V02 fatal@1,1\n" },
	{ "quote after a quote and a blank", "\"a\" \"b\",c\n", "1:a|c;", "V02 fatal@1,1\n" },
	{ "stray quote", "a,b\"c\nd,e\"f\n", "1:a|b\"c;2:d|e\"f;", "V02 fatal@1,2\nV02 fatal@2,2\n" },
};

static void test_rows(void **state)
{
	struct messages m = { 0 };

	(void)state;
	fixture_messages(&m);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct reading r = fixture_read(&m, rows[i].input, strlen(rows[i].input));
		struct buf got = { 0 };

		show(&got, &r);
		if (strcmp(buf_cstr(&got), rows[i].cells) != 0)
			fail_msg("%s: wanted %s got %s", rows[i].name, rows[i].cells, buf_cstr(&got));
		fixture_expect(rows[i].name, &r.findings, rows[i].findings);
		buf_free(&got);
		reading_free(&r);
	}
	messages_free(&m);
}

static void test_how_it_ends(void **state)
{
	static const struct { const char *input; char separator; bool crlf, ended; } ends[] = {
		{ "a,b\r\nc,d\r\n", ',', true, true }, { "a\tb\nc\td", '\t', false, false }, { "a;b\nc;d\n", ';', false, true },
		{ "a,\"b\nc\"", ',', false, false },
	};
	struct messages m = { 0 };

	(void)state;
	fixture_messages(&m);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct reading r = fixture_read(&m, ends[i].input, strlen(ends[i].input));

		assert_int_equal(r.format, SOURCE_CSV);
		assert_int_equal(r.separator, ends[i].separator);
		assert_int_equal(r.crlf, ends[i].crlf);
		assert_int_equal(r.ended, ends[i].ended);
		reading_free(&r);
	}
	messages_free(&m);
}

/* N cells "x" in each of ROWS rows. */
static void table(struct buf *b, size_t n_rows, size_t columns)
{
	for (size_t i = 0; i < n_rows; i++)
		for (size_t k = 0; k < columns; k++)
			buf_str(b, k + 1 < columns ? "x," : "x\n");
}

/* Each cap at its limit, and one past it. */
static void test_caps(void **state)
{
	struct messages m = { 0 };
	char cell[512];

	(void)state;
	fixture_messages(&m);
	for (int past = 0; past < 2; past++) {
		struct buf b = { 0 };
		struct reading r;

		table(&b, 1, 30 + (size_t)past);
		r = fixture_read(&m, b.s, b.len);
		fixture_expect("columns", &r.findings, past ? "V02 fatal@1,0\n" : "");
		reading_free(&r);
		buf_reset(&b);
		table(&b, 1000 + (size_t)past, 2);
		buf_str(&b, ",\n,\n");          /* blank rows beyond are not held against it */
		r = fixture_read(&m, b.s, b.len);
		fixture_expect("rows", &r.findings, past ? "V02 fatal@1001,0\n" : "");
		assert_int_equal(r.grids[0].n_rows, 1000);
		reading_free(&r);
		buf_reset(&b);
		memset(cell, 'c', sizeof cell);
		cell[200 + past] = '\0';
		buf_fmt(&b, "a,%s\n\"%s\",b\n", cell, cell);
		r = fixture_read(&m, b.s, b.len);
		fixture_expect("cell", &r.findings, past ? "V02 fatal@1,2\nV02 fatal@2,1\n" : "");
		reading_free(&r);
		buf_free(&b);
	}
	messages_free(&m);
}

/* So much is wrong that reading on is pointless: the findings are capped. */
static void test_enough(void **state)
{
	struct messages m = { 0 };
	struct buf b = { 0 };

	(void)state;
	fixture_messages(&m);
	for (int i = 0; i < 900; i++)
		buf_str(&b, "a\"b,c\n");
	struct reading r = fixture_read(&m, b.s, b.len);

	assert_int_equal(r.findings.n, READING_FINDINGS);
	reading_free(&r);
	buf_free(&b);
	messages_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_how_it_ends), cmocka_unit_test(test_caps),
		cmocka_unit_test(test_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
