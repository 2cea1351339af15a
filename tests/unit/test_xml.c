/* uses: collector */
/* test_xml - the XML submission: structure, places, limits, and what attackers send. */
#include "reading_fixture.h"

#define OPEN "<submission xmlns=\"urn:zhoubao:submission:1\" unit=\"320412\" week=\"2022-W17\">"

struct row {
	const char *name, *input;
	const char *cells;              /* "FORM{LINE:name=text,...;}" */
	const char *findings;
};

static void show(struct buf *out, const struct reading *r)
{
	for (size_t g = 0; g < r->n_grids; g++) {
		const struct grid *grid = &r->grids[g];

		buf_fmt(out, "%s{", grid->form);
		for (size_t i = 0; i < grid->n_rows; i++) {
			buf_fmt(out, "%u:", grid->rows[i].row);
			for (size_t k = grid->rows[i].from; k < grid->rows[i].to; k++) {
				buf_fmt(out, "%s%s=", k > grid->rows[i].from ? "," : "", grid->names[grid->cells[k].col - 1]);
				buf_add(out, grid_cell(grid, k).s, grid->cells[k].n);
			}
			buf_char(out, ';');
		}
		buf_char(out, '}');
	}
}

static const struct row rows[] = {
	{ "attributes", OPEN "<progress>\n<row a=\"1\" b=\"二\"/>\n<row b=\"3\"/></progress></submission>",
		"progress{2:a=1,b=二;3:b=3;}", "" },
	{ "children", OPEN "<progress><row><a>1</a><b> 二 </b></row></progress></submission>", "progress{1:a=1,b= 二 ;}", "" },
	{ "both", OPEN "<p><row a=\"1\"><b>2</b></row></p></submission>", "p{1:a=1,b=2;}", "" },
	{ "order of columns is that of names", OPEN "<p><row a=\"1\" b=\"2\"/><row b=\"3\" a=\"4\"/></p></submission>",
		"p{1:a=1,b=2;1:a=4,b=3;}", "" },
	{ "empty is not absent", OPEN "<p><row a=\"\" b=\"2\"/><row><a/></row></p></submission>", "p{1:a=,b=2;1:a=;}", "" },
	{ "line where the tag starts", OPEN "\n<p>\n<row\n a=\"1\"\n b=\"2\"/>\n<row a=\"3\"/></p></submission>",
		"p{3:a=1,b=2;6:a=3;}", "" },
	{ "two forms", OPEN "<p><row a=\"1\"/></p><q><row c=\"2\"/></q></submission>", "p{1:a=1;}q{1:c=2;}", "" },
	{ "CDATA, references, comments, instructions",
		"<?xml version=\"1.0\"?><!-- x --><?go now?>" OPEN "<p><row><a>1<!-- <x> --><![CDATA[<2>]]>&amp;&#x4e2d;</a></row></p></submission>",
		"p{1:a=1<2>&中;}", "" },
	{ "a prefix is as good", "<z:submission xmlns:z=\"urn:zhoubao:submission:1\"><z:p><z:row a=\"1\"/></z:p></z:submission>",
		"p{1:a=1;}", "" },
	{ "greater sign in a value", OPEN "<p><row a=\"1>0\"/></p></submission>", "p{1:a=1>0;}", "" },
	{ "declared GB2312", "<?xml version=\"1.0\" encoding=\"GB2312\"?>" OPEN "<p><row a=\"\xe9\x46\xcf\xee\xc4\xbf\"/></p></submission>",
		"p{1:a=镕项目;}", "" },
	{ "declared something else", "<?xml version=\"1.0\" encoding=\"Big5\"?>" OPEN "<p><row a=\"1\"/></p></submission>",
		"p{1:a=1;}", "V01 fatal@1,0\n" },
	{ "DOCTYPE", "<!DOCTYPE submission [<!ENTITY a \"b\">]>" OPEN "</submission>", "", "V02 fatal@1,0\n" },
	{ "nested entities are not expanded", "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>" OPEN "&b;</submission>", "",
		"V02 fatal@1,0\n" },
	{ "unknown entity", OPEN "<p><row a=\"&x;\"/></p></submission>", "p{}", "V02 fatal@1,0\n" },
	{ "no namespace", "<submission><p><row a=\"1\"/></p></submission>", "", "V02 fatal@1,0\n" },
	{ "some other root", "<report xmlns=\"urn:zhoubao:submission:1\"/>", "", "V02 fatal@1,0\n" },
	{ "not row", OPEN "<p><line a=\"1\"/></p></submission>", "p{1:a=1;}", "V02 fatal@1,0\n" },
	{ "twice, once each way", OPEN "<p><row a=\"1\"><a>2</a></row></p></submission>", "p{1:a=1;}", "V02 fatal@1,0\n" },
	{ "twice the same attribute", OPEN "<p><row a=\"1\" a=\"2\"/></p></submission>", "p{}", "V02 fatal@1,0\n" },
	{ "text between rows", OPEN "<p>x<row a=\"1\"/></p></submission>", "p{1:a=1;}", "V02 fatal@1,0\n" },
	{ "too deep a structure", OPEN "<p><row><a><b/></a></row></p></submission>", "p{1:a=;}", "V02 fatal@1,0\n" },
	{ "foreign attribute", OPEN "<p><row xmlns:q=\"urn:q\" q:a=\"1\" b=\"2\"/></p></submission>", "p{1:b=2;}", "V02 fatal@1,0\n" },
	{ "a foreign row is passed over", OPEN "<p><z:row xmlns:z=\"urn:z\"><z:a/></z:row><row a=\"1\"/></p></submission>", "p{1:a=1;}", "V02 fatal@1,0\n" },
	{ "a row in a foreign form is no row", OPEN "<p xmlns=\"urn:z\"><row xmlns=\"urn:zhoubao:submission:1\" a=\"1\"/></p></submission>", "", "V02 fatal@1,0\n" },
	{ "a comment never closed", OPEN "<p><!-- <row a=\"1\"/></p></submission>", "", "V05 fatal@1,0\n" },
	{ "declared UTF-8, and is not", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" OPEN "<p><row a=\"\xcf\xee\xc4\xbf\"/></p></submission>", "p{1:a=项目;}", "V01 note@1,0\n" },
	{ "a blank line before the declaration", "\n<?xml version=\"1.0\"?>" OPEN "</submission>", "", "V02 fatal@2,0\n" },
	{ "mismatch", OPEN "\n<p><row a=\"1\"/></q></submission>", "p{2:a=1;}", "V02 fatal@2,0\n" },
	{ "cut in a tag", OPEN "<p><row a=\"1\"/>\n<row a=\"2", "p{1:a=1;}", "V05 fatal@2,0\n" },
	{ "cut between rows", OPEN "<p><row a=\"1\"/>\n", "p{1:a=1;}", "V05 fatal@1,0\n" },
	{ "cut before the root is closed", OPEN "<p><row a=\"1\"/></p>", "p{1:a=1;}", "V05 fatal@1,0\n" },
	{ "more after the root", OPEN "<p><row a=\"1\"/></p></submission><x/>", "p{1:a=1;}", "V02 fatal@1,0\n" },
	{ "control character", OPEN "<p><row a=\"\x01\"/></p></submission>", "p{}", "V02 fatal@1,0\n" },
	{ "bare ampersand", OPEN "<p><row a=\"A&B\"/></p></submission>", "p{}", "V02 fatal@1,0\n" },
	{ "undefined prefix", OPEN "<p><row q:a=\"1\"/></p></submission>", "p{}", "V02 fatal@1,0\n" },
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
		fixture_expect(rows[i].name, &r.findings, rows[i].findings);
		if (strcmp(buf_cstr(&got), rows[i].cells) != 0)
			fail_msg("%s: wanted %s got %s", rows[i].name, rows[i].cells, buf_cstr(&got));
		assert_int_equal(r.format, SOURCE_XML);
		buf_free(&got);
		reading_free(&r);
	}
	messages_free(&m);
}

static void test_root(void **state)
{
	static const char text[] = "<submission xmlns=\"urn:zhoubao:submission:1\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
	    " xsi:schemaLocation=\"a b\" unit=\"320412\" prepared-by=\"测试员甲\"><p><row a=\"1\"/></p></submission>";
	struct messages m = { 0 };
	struct reading r;

	(void)state;
	fixture_messages(&m);
	r = fixture_read(&m, text, strlen(text));
	fixture_expect("root", &r.findings, "");
	assert_int_equal(r.n_attributes, 2);
	assert_string_equal(r.attributes[0].name, "unit");
	assert_string_equal(r.attributes[0].value, "320412");
	assert_string_equal(r.attributes[1].value, "测试员甲");
	reading_free(&r);
	messages_free(&m);
}

/* N attributes, or a value so long that the tag has N bytes, or depth N. */
static void expect_built(const struct messages *m, const char *name, struct buf *b, const char *findings)
{
	struct reading r = fixture_read(m, b->s, b->len);

	fixture_expect(name, &r.findings, findings);
	reading_free(&r);
	buf_reset(b);
}

static void row_of(struct buf *b, int attributes, size_t fill)
{
	buf_str(b, OPEN "<p><row");
	for (int i = 0; i < attributes; i++)
		buf_fmt(b, " a%d=\"%d\"", i, i);
	for (size_t i = 0; i < fill; i++)
		buf_char(b, ' ');
	buf_str(b, "/></p></submission>");
}

static void test_caps(void **state)
{
	struct messages m = { 0 };
	struct buf b = { 0 };

	(void)state;
	fixture_messages(&m);
	row_of(&b, 30, 0);
	expect_built(&m, "30 names", &b, "");
	row_of(&b, 31, 0);
	expect_built(&m, "31 names", &b, "V02 fatal@1,0\n");
	row_of(&b, XML_ATTRIBUTES + 1, 0);
	expect_built(&m, "65 attributes", &b, "V02 fatal@1,0\n");
	row_of(&b, 1, XML_TAG - 12);
	expect_built(&m, "a tag of 32 KiB", &b, "");
	row_of(&b, 1, XML_TAG);
	expect_built(&m, "one past it", &b, "V02 fatal@1,0\n");
	/* A '>' in a value must not hide what follows. */
	buf_str(&b, OPEN "<p><row a=\">\" ");
	for (size_t i = 0; i < XML_TAG; i++)
		buf_char(&b, ' ');
	buf_str(&b, "/></p></submission>");
	expect_built(&m, "a tag behind a greater sign", &b, "V02 fatal@1,0\n");
	for (int i = 0; i < 40; i++)
		buf_str(&b, i == 0 ? OPEN : "<p>");
	struct reading r = fixture_read(&m, b.s, b.len);

	assert_true(findings_worst(&r.findings) == SEV_FATAL);
	assert_true(r.findings.n <= XML_DEPTH + 1);
	reading_free(&r);
	buf_free(&b);
	messages_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_root), cmocka_unit_test(test_caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
