/* uses: collector */
/* Numbers of persons in free text: what is one, what only looks like one, and what is left of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collector/collector.h"

static void test_mask(void **state)
{
	static const struct {
		const char *name, *text;
		enum privacy want;
		const char *masked;
	} t[] = {
		{ "nothing", "设备安装", PRIVACY_NONE, "设备安装" },
		{ "empty", "", PRIVACY_NONE, "" },
		{ "a mobile", "13800001234", PRIVACY_MOBILE, "138****1234" },
		{ "within text", "联系人13800001234。", PRIVACY_MOBILE, "联系人138****1234。" },
		{ "two of them", "13800001234/19912345678", PRIVACY_MOBILE, "138****1234/199****5678" },
		{ "no mobile begins so", "12800001234", PRIVACY_NONE, "12800001234" },
		{ "ten digits", "1380000123", PRIVACY_NONE, "1380000123" },
		{ "twelve digits", "138000012345", PRIVACY_NONE, "138000012345" },
		{ "a number with a country before it", "8613800001234", PRIVACY_NONE, "8613800001234" },
		{ "an office's number", "0519-00000000", PRIVACY_NONE, "0519-00000000" },
		{ "an identity card", "11010519491231002X", PRIVACY_ID, "110105********002X" },
		{ "a small x", "11010519491231002x", PRIVACY_ID, "110105********002x" },
		{ "a wrong check character", "110105194912310021", PRIVACY_NONE, "110105194912310021" },
		{ "no such month", "11010519491331002X", PRIVACY_NONE, "11010519491331002X" },
		{ "nineteen digits", "1101051949123100211", PRIVACY_NONE, "1101051949123100211" },
		{ "both, the worse counts", "13800001234 11010519491231002X", PRIVACY_ID, "138****1234 110105********002X" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf out = { 0 };

		print_message("%s\n", t[i].name);
		assert_int_equal(privacy_mask(&out, span_of(t[i].text)), t[i].want);
		assert_string_equal(buf_cstr(&out), t[i].masked);
		buf_free(&out);
	}
}

static void test_cell(void **state)
{
	static const struct { const char *name, *text, *want; } t[] = {
		{ "plain", "设备", "设备" },
		{ "a formula", "=1+1", "'=1+1" },
		{ "a negative figure", "-12.5", "-12.5" },
		{ "a negative percentage", "-3%", "-3%" },
		{ "a dash and words", "-设备", "'-设备" },
		{ "an at sign", "@a", "'@a" },
		{ "blanks before a formula", " =1+1", "\"' =1+1\"" },
		{ "a line before a formula", "\n=1+1", "\"'\n=1+1\"" },
		{ "a tab before a formula", "\t=1+1", "'\t=1+1" },
		{ "a tab before words", "\t设备", "\t设备" },
		{ "wide marks", "＝1+1", "'＝1+1" },
		{ "a wide dash alone", "－", "－" },
		{ "a dash alone", " - ", "\" - \"" },
		{ "the separator", "a,b", "\"a,b\"" },
		{ "quotes", "a\"b", "\"a\"\"b\"" },
		{ "a formula with a separator", "=A(1,2)", "\"'=A(1,2)\"" },
		{ "two lines", "a\nb", "\"a\nb\"" },
		{ "blanks at the end", "a ", "\"a \"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf out = { 0 };

		print_message("%s\n", t[i].name);
		spreadsheet_cell(&out, span_of(t[i].text), ',');
		assert_string_equal(buf_cstr(&out), t[i].want);
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
