/* uses: collector */
/* test_decode - which encoding bytes are in, and what is refused. */
#include "reading_fixture.h"

struct row {
	const char *name;
	const char *s;
	size_t      n;
	const char *encoding, *text;    /* of the first cell; NULL: refused */
	const char *id;                 /* part of the message */
};

#define BYTES(s) s, sizeof s - 1

static const struct row rows[] = {
	{ "ascii", BYTES("a,b\n"), "UTF-8", "a", NULL },
	{ "UTF-8", BYTES("项目,b\n"), "UTF-8", "项目", NULL },
	{ "UTF-8 with a mark", BYTES("\xef\xbb\xbf项目,b\n"), "UTF-8-BOM", "项目", NULL },
	{ "GB18030, two bytes", BYTES("\xcf\xee\xc4\xbf,b\n"), "GB18030", "项目", NULL },
	{ "GB18030, a character that GB2312 lacks", BYTES("\xe9\x46,b\n"), "GB18030", "镕", NULL },
	{ "GB18030, four bytes", BYTES("\x81\x39\xef\x31\xcf\xee\xc4\xbf,b\n"), "GB18030", "\xe3\x90\x82" "项目", NULL },
	{ "GB18030 that Notepad takes for UTF-8", BYTES("\xc1\xaa\xcd\xa8,b\n"), "GB18030", "联通", NULL },
	{ "UTF-16LE", BYTES("\xff\xfe\x79\x98\xee\x76,\0b\0\n\0"), "UTF-16LE", "项目", NULL },
	{ "UTF-16BE with a pair", BYTES("\xfe\xff\xd8\x69\xde\xd6\0,\0b"), "UTF-16BE", "\xf0\xaa\x9b\x96", NULL },
	{ "UTF-16, odd bytes", BYTES("\xff\xfe\x79\x98\xee"), "", NULL, "第5个字节" },
	{ "UTF-16, lone surrogate", BYTES("\xfe\xff\0a\xd8\x69\0b"), "", NULL, "第5个字节" },
	{ "UTF-16, low surrogate first", BYTES("\xfe\xff\xde\xd6\0b"), "", NULL, "第3个字节" },
	{ "a line of UTF-8 among others", BYTES("\xcf\xee\xc4\xbf,b\n\xcf\xee\xc4\xbf,\xcf\xee\xc4\xbf\n设备安装调试,1\n"), "", NULL, "第3行为UTF-8" },
	{ "nothing", BYTES(""), "", NULL, "没有任何内容" },
	{ "blank", BYTES(" \r\n\t\n"), "", NULL, "没有任何内容" },
	{ "the mark twice", BYTES("\xef\xbb\xbf\xef\xbb\xbf项目,b\n"), "UTF-8-BOM", "项目", NULL },
	{ "only a mark", BYTES("\xef\xbb\xbf"), "", NULL, "没有任何内容" },
	{ "only a wide mark", BYTES("\xff\xfe"), "", NULL, "没有任何内容" },
	{ "neither", BYTES("a,b\nc\xff" "d\n"), "", NULL, "第2行，文件第6个字节，值为FF" },
	{ "mark, then not UTF-8", BYTES("\xef\xbb\xbf" "a\xcf\xee"), "", NULL, "第5个字节，值为CF" },
	{ "UTF-8, one byte damaged", BYTES("项目编号,本周完成\n投资\x81,一二\n"), "", NULL, "第2行，文件第33个字节，值为81" },
	{ "UTF-8, cut in a character", BYTES("项目编号,本周完成\n投\xe8\xb5"), "", NULL, "第2行，文件第30个字节，值为E8" },
	{ "overlong", BYTES("a\xc0\xaf" "b,c\xff\n"), "", NULL, "既不是UTF-8" },
	{ "NUL", BYTES("a,b\nc\0d\n"), "", NULL, "第2行，转为UTF-8后第6个字节" },
	{ "workbook", BYTES("PK\003\004\x14\0\x06\0....[Content_Types].xml....xl/workbook.xml"), "", NULL, "工作簿（.xlsx）" },
	{ "new Word document", BYTES("PK\003\004\x14\0\x06\0....word/document.xml"), "", NULL, "Word" },
	{ "an archive", BYTES("PK\003\004\x14\0\x06\0a.csv"), "", NULL, "压缩包" },
	{ "another archive", BYTES("Rar!\x1a\x07\x01\0"), "", NULL, "压缩包" },
	{ "old workbook", BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0W\0o\0r\0k\0b\0o\0o\0k\0"), "", NULL, "旧版工作簿（.xls）" },
	{ "old Word document", BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0"), "", NULL, "Word" },
	{ "a page saved as a workbook", BYTES("\r\n <HTML xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><body>"), "", NULL, "网页" },
	{ "a page with a mark and a doctype", BYTES("\xef\xbb\xbf<!doctype html>"), "", NULL, "网页" },
	{ "a table of a page", BYTES("<table><tr><td>1</td></tr></table>"), "", NULL, "网页" },
	{ "a workbook in XML", BYTES("<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook/>"), "", NULL, "网页" },
	{ "UTF-16LE without a mark", BYTES("\x79\x98\xee\x76,\0b\0\n\0" "1\0,\0" "2\0\n\0"), "UTF-16LE", "项目", NULL },
	{ "UTF-16BE without a mark", BYTES("\x98\x79\x76\xee\0,\0b\0\n\0" "1\0,\0" "2\0\n"), "UTF-16BE", "项目", NULL },
	{ "UTF-16LE without a mark, an ideograph with a NUL", BYTES("\x00\x5f,\0b\0\n\0" "1\0,\0" "2\0\n\0"), "UTF-16LE", "开", NULL },
	{ "NULs on both sides are not UTF-16", BYTES("a\0,\0\0b\0\n"), "", NULL, "NUL" },
	{ "PDF", BYTES("%PDF-1.7\n"), "", NULL, "PDF" },
};

static void test_rows(void **state)
{
	struct messages m = { 0 };

	(void)state;
	fixture_messages(&m);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct reading r = fixture_read(&m, row->s, row->n);
		struct buf full = { 0 };

		fixture_findings(&full, &r.findings);
		if (strcmp(r.encoding, row->encoding) != 0)
			fail_msg("%s: encoding %s; %s", row->name, r.encoding, buf_cstr(&full));
		if (row->text != NULL && !(r.findings.n == 0 &&
		    span_is(grid_cell(&r.grids[0], 0), row->text)))
			fail_msg("%s: text; %s", row->name, buf_cstr(&full));
		if (row->id != NULL && (r.findings.n != 1 || strstr(buf_cstr(&full), row->id) == NULL))
			fail_msg("%s: wanted %s, got %s", row->name, row->id, buf_cstr(&full));
		buf_free(&full);
		reading_free(&r);
	}
	messages_free(&m);
}

/* Every byte and every two bytes: an answer, never a crash; what is taken is UTF-8. */
static void test_any_bytes(void **state)
{
	struct messages m = { 0 };

	(void)state;
	fixture_messages(&m);
	for (int a = 0; a < 256; a += 3)
		for (int b = 0; b < 256; b += 5) {
			char s[6] = { 'x', (char)a, (char)b, (char)(a ^ b), ',', (char)b };
			struct reading r = fixture_read(&m, s, sizeof s);

			if (r.n_grids > 0)
				for (size_t i = 0; i < r.grids[0].n_cells; i++)
					assert_true(utf8_valid(grid_cell(&r.grids[0], i).s,
					    r.grids[0].cells[i].n, NULL));
			else
				assert_true(r.findings.n > 0);
			reading_free(&r);
		}
	messages_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_any_bytes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
