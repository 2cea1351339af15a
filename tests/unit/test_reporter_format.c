/* uses: reporter */
/* Values into words: the sign of a sentence is that of the figure as printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../reporter/reporter.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))

static const struct format ahead = { .name = "ahead", .decimals = 1, .scale = 1, .positive = "快于{n}个百分点",
	.negative = "滞后{n}个百分点", .zero = "持平" };
static const struct format signed_ = { .name = "signed", .decimals = 1, .scale = 1, .positive = "+{n}",
    .negative = "−{n}" };
static const struct format wan0 = { .name = "wan0", .scale = 10000 };
static const struct format monthday = { .name = "monthday", .kind = FORMAT_DATE, .date = "{m}月{d}日" };
static const struct format moment = { .name = "moment", .kind = FORMAT_DATE, .date = "{m}月{d}日{H}:{M}" };

static struct value real(double r)
{
	return (struct value){ .type = VALUE_REAL, .r = r };
}

static struct value whole(int64_t i)
{
	return (struct value){ .type = VALUE_INT, .i = i };
}

static struct value text(const char *s)
{
	return (struct value){ .type = VALUE_TEXT, .s = s };
}

static void printed(const struct format *f, struct value v, const char *want)
{
	struct buf out = { 0 };
	const char *trouble = format_value(&out, f, &v);

	assert_null(trouble);
	assert_string_equal(buf_cstr(&out), want);
	buf_free(&out);
}

static void the_verb_follows_the_printed_figure(void **state)
{
	static const struct { double r; const char *want; } table[] = {
		{ 2.64, "快于2.6个百分点" }, { -13.825, "滞后13.8个百分点" }, { 0, "持平" },
		{ -0.04, "持平" }, { 0.049, "持平" }, { 0.0499999, "持平" },
		{ 0.05, "快于0.1个百分点" }, { -0.05, "滞后0.1个百分点" }, { -0.0, "持平" },
		{ 7.25, "快于7.3个百分点" },            /* half away from zero, as on paper */
		/* a share of next to nothing */
		{ 999999999.96, "快于1000000000.0个百分点" }, { -1e14, "滞后100000000000000.0个百分点" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		printed(&ahead, real(table[i].r), table[i].want);
}

static void no_minus_before_nothing(void **state)
{
	(void)state;
	printed(&signed_, real(-0.04), "0.0");
	printed(&signed_, real(-3.0), "−3.0");
	printed(&signed_, real(9.67), "+9.7");
}

static void money_is_scaled_in_integers(void **state)
{
	struct briefing none = { .file = NULL };

	(void)state;
	printed(&wan0, whole(14999), "1");
	printed(&wan0, whole(15000), "2");
	printed(&wan0, whole(-15000), "-2");
	printed(format_find(&none, "yi"), whole(38642000000), "386.42");
	printed(format_find(&none, "yi"), whole(38642500000), "386.43");
	printed(format_find(&none, "wan"), whole(12345600), "1234.56");
	printed(format_find(&none, "pct"), real(35.249), "35.2%");
	printed(format_find(&none, "0"), real(99.5), "100");
	/* 100 million million yuan: no digit is lost on the way. */
	printed(format_find(&none, "2"), whole(100000000000001), "100000000000001.00");
	assert_null(format_find(&none, "7"));
}

static void days(void **state)
{
	(void)state;
	printed(&monthday, text("2022-04-08"), "4月8日");
	printed(&moment, text("2022-04-29T09:30:00+08:00"), "4月29日09:30");
}

static void refused(const struct format *f, struct value v)
{
	struct buf out = { 0 };

	assert_non_null(format_value(&out, f, &v));
	buf_free(&out);
}

static void what_cannot_be_printed(void **state)
{
	static struct format_case cases[] = { { "day", "按日" } };
	static const struct format method = { .name = "m", .kind = FORMAT_CASES, .cases = cases,
	    .n_cases = 1 };

	(void)state;
	refused(&monthday, text("2022-02-30"));
	refused(&monthday, whole(20220408));
	refused(&ahead, text("2.6"));
	refused(&ahead, real(1e300));
	refused(NULL, real(2.5));                       /* how many decimals? */
	refused(&method, text("month"));
	printed(&method, text("day"), "按日");
	printed(NULL, whole(-7), "-7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verb_follows_the_printed_figure),
		cmocka_unit_test(no_minus_before_nothing),
		cmocka_unit_test(money_is_scaled_in_integers),
		cmocka_unit_test(days),
		cmocka_unit_test(what_cannot_be_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
