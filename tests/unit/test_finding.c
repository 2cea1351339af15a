/* Findings: copied, ordered as a receipt lists them, column letters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../common/finding.h"

static void strings_are_copied(void **state)
{
	struct findings fs = { 0 };
	char value[] = "12 apples";
	struct finding f = { .rule = "V07", .severity = SEV_ERROR, .row = 12, .col = 8, .value = value, .held = true };

	(void)state;
	assert_int_equal(findings_worst(&fs), SEV_NOTE);
	struct finding *got = finding_add(&fs, &f);

	memset(value, 'x', sizeof value - 1);
	assert_string_equal(got->value, "12 apples");
	assert_string_equal(got->rule, "V07");
	assert_null(got->mend);
	assert_true(got->held);
	assert_int_equal(fs.n, 1);
	assert_int_equal(findings_worst(&fs), SEV_ERROR);
	findings_free(&fs);
	assert_int_equal(fs.n, 0);
}

/* What a million rows say alike is kept once, what they say differently is not mixed up. */
static void many_share(void **state)
{
	struct findings fs = { 0 };
	char value[16];

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		struct finding f = { .rule = "V07", .row = i, .mend = "write another", .value = value };

		(void)snprintf(value, sizeof value, "%u", i % 9973);
		(void)finding_add(&fs, &f);
	}
	assert_ptr_equal(fs.v[19998].mend, fs.v[19999].mend);
	for (uint32_t i = 0; i < fs.n; i++) {
		(void)snprintf(value, sizeof value, "%u", i % 9973);
		assert_string_equal(fs.v[i].value, value);
		assert_string_equal(fs.v[i].mend, "write another");
		assert_string_equal(fs.v[i].rule, "V07");
	}
	findings_free(&fs);
}

static void severities_have_names(void **state)
{
	enum severity s = SEV_NOTE;

	(void)state;
	for (int i = SEV_NOTE; i <= SEV_FATAL; i++) {
		assert_int_equal(severity_parse(severity_name((enum severity)i), &s), 0);
		assert_int_equal(s, i);
	}
	assert_int_equal(severity_parse("Error", &s), -1);
	assert_int_equal(severity_parse("", &s), -1);
	assert_int_equal(s, SEV_FATAL);
}

static void columns_have_letters(void **state)
{
	static const struct { uint32_t col; const char *want; } rows[] = {
		{ 0, "" }, { 1, "A" }, { 26, "Z" }, { 27, "AA" }, { 52, "AZ" }, { 53, "BA" }, { 702, "ZZ" }, { 703, "AAA" },
		{ 16384, "XFD" }, { UINT32_MAX, "MWLQKWU" },
	};
	char got[8];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		column_letters(rows[i].col, got);
		assert_string_equal(got, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(many_share),
		cmocka_unit_test(severities_have_names),
		cmocka_unit_test(columns_have_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
