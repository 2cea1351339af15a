/* Days, instants, ISO weeks, windows: the real calendars of 2022 and 2023, and invented ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../common/calendar.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))

/* ---- days and instants ---- */

static day_t day(const char *s)
{
	day_t d;

	if (day_parse(s, strlen(s), &d) != 0)
		fail_msg("bad day %s", s);
	return d;
}

static instant_t instant(const char *s)
{
	instant_t t;

	if (instant_parse(s, strlen(s), 480, &t) != 0)
		fail_msg("bad instant %s", s);
	return t;
}

static void days_parse(void **state)
{
	static const struct { const char *in; int rc; day_t want; int weekday; } rows[] = {
		{ "2000-01-01", 0, 10957, 6 }, { "2022-04-28", 0, 19110, 4 }, { "2024-02-29", 0, 19782, 4 },
		{ "2000-02-29", 0, 11016, 2 }, { "2099-12-31", 0, 47481, 4 },
		{ "2023-02-29", -1, 0, 0 }, { "2022-04-31", -1, 0, 0 }, { "2022-13-01", -1, 0, 0 }, { "2022-00-01", -1, 0, 0 },
		{ "2022-01-00", -1, 0, 0 }, { "1999-12-31", -1, 0, 0 }, { "2100-01-01", -1, 0, 0 }, { "2022-4-28", -1, 0, 0 },
		{ "2022/04/28", -1, 0, 0 }, { "2022-04-28 ", -1, 0, 0 }, { "", -1, 0, 0 }, { "2022-04-2x", -1, 0, 0 },
		{ "+022-04-28", -1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		day_t d = -7;
		char back[11];

		if (day_parse(rows[i].in, strlen(rows[i].in), &d) != rows[i].rc)
			fail_msg("%s", rows[i].in);
		assert_int_equal(d, rows[i].rc == 0 ? rows[i].want : -7);
		if (rows[i].rc != 0)
			continue;
		assert_int_equal(day_weekday(d), rows[i].weekday);
		day_format(d, back);
		assert_string_equal(back, rows[i].in);
	}
}

/* Every day from 1582 to 2400, one after the other, by counting. */
static void days_follow_each_other(void **state)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	day_t want, got;
	int y, m, d;

	(void)state;
	assert_int_equal(day_make(1582, 1, 1, &want), 0);
	for (int year = 1582; year <= 2400; year++)
		for (int month = 1; month <= 12; month++) {
			bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
			int n = length[month - 1] + (month == 2 && leap ? 1 : 0);

			for (int i = 1; i <= n; i++, want++) {
				assert_int_equal(day_make(year, month, i, &got), 0);
				assert_int_equal(got, want);
				day_split(got, &y, &m, &d);
				assert_true(y == year && m == month && d == i);
			}
			assert_int_equal(day_make(year, month, n + 1, &got), -1);
		}
	day_split(0, &y, NULL, NULL);
	assert_int_equal(y, 1970);
	assert_int_equal(day_weekday(-1), 3);
	assert_int_equal(day_weekday(-4), 7);
	assert_int_equal(day_weekday(-3), 1);
}

static void instants_parse(void **state)
{
	static const struct { const char *in; int offset, rc; const char *want; } rows[] = {
		{ "2022-04-29T08:05",          480, 0, "2022-04-29T08:05:00+08:00" },
		{ "2022-04-29T08:05:07",       480, 0, "2022-04-29T08:05:07+08:00" },
		{ "2022-04-29T08:05:07+08:00", 480, 0, "2022-04-29T08:05:07+08:00" },
		{ "2022-04-29T08:05+08:00",    480, 0, "2022-04-29T08:05:00+08:00" },
		{ "2022-04-29T23:59:59-03:30", -210, 0, "2022-04-29T23:59:59-03:30" },
		{ "2022-04-29T00:00Z",         0, 0, "2022-04-29T00:00:00+00:00" },
		{ "2022-04-29T08:05+09:00",    480, -1, NULL },
		{ "2022-04-29T08:05Z",         480, -1, NULL },
		{ "2022-04-29T08:05+0800",     480, -1, NULL },
		{ "2022-04-29T24:00",          480, -1, NULL },
		{ "2022-04-29T08:60",          480, -1, NULL },
		{ "2022-04-29T08:05:60",       480, -1, NULL },
		{ "2022-04-29 08:05",          480, -1, NULL },
		{ "2022-04-29T08",             480, -1, NULL },
		{ "2022-04-29T08:05:",         480, -1, NULL },
		{ "2022-04-29T08:05:0",        480, -1, NULL },
		{ "2022-04-29T08:05 ",         480, -1, NULL },
		{ "2022-02-30T08:05",          480, -1, NULL },
		{ "2022-04-29",                480, -1, NULL },
		{ "",                          480, -1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		instant_t t = -7;
		char back[26];

		if (instant_parse(rows[i].in, strlen(rows[i].in), rows[i].offset, &t) != rows[i].rc)
			fail_msg("%s", rows[i].in);
		if (rows[i].rc != 0) {
			assert_int_equal(t, -7);
			continue;
		}
		instant_format(t, rows[i].offset, back);
		assert_string_equal(back, rows[i].want);
	}
	assert_int_equal(instant_day(0), 0);
	assert_int_equal(instant_day(-1), -1);
	assert_int_equal(instant_day(-86400), -1);
	assert_int_equal(instant_day(86399), 0);
}

static struct week week(const char *s)
{
	struct week w;

	if (week_parse(s, strlen(s), &w) != 0)
		fail_msg("bad week %s", s);
	return w;
}

static void assert_week(struct week w, const char *want)
{
	char got[9];

	week_format(w, got);
	assert_string_equal(got, want);
}

static void weeks_parse(void **state)
{
	static const struct { const char *name, *in; int rc, year, number; } rows[] = {
		{ "first",                "2022-W01",  0, 2022, 1 },
		{ "last of a short year", "2022-W52",  0, 2022, 52 },
		{ "53rd of a long year",  "2026-W53",  0, 2026, 53 },
		{ "53rd of 2020",         "2020-W53",  0, 2020, 53 },
		{ "53rd of a short year", "2025-W53", -1, 0, 0 },
		{ "54th",                 "2026-W54", -1, 0, 0 },
		{ "0th",                  "2022-W00", -1, 0, 0 },
		{ "small w",              "2022-w17", -1, 0, 0 },
		{ "no dash",              "2022W17",  -1, 0, 0 },
		{ "one digit",            "2022-W7",  -1, 0, 0 },
		{ "longer",               "2022-W170", -1, 0, 0 },
		{ "blank",                "2022-W 7", -1, 0, 0 },
		{ "too early",            "1999-W52", -1, 0, 0 },
		{ "too late",             "2100-W01", -1, 0, 0 },
		{ "empty",                "",         -1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct week w = { 7, 7 };

		if (week_parse(rows[i].in, strlen(rows[i].in), &w) != rows[i].rc)
			fail_msg("%s", rows[i].name);
		assert_int_equal(w.year, rows[i].rc == 0 ? rows[i].year : 7);
		assert_int_equal(w.number, rows[i].rc == 0 ? rows[i].number : 7);
	}
}

static void days_have_iso_weeks(void **state)
{
	static const struct { const char *day, *want; } rows[] = {
		{ "2022-01-01", "2021-W52" }, { "2022-01-02", "2021-W52" }, { "2022-01-03", "2022-W01" },
		{ "2022-04-28", "2022-W17" }, { "2022-12-31", "2022-W52" }, { "2023-01-01", "2022-W52" },
		{ "2023-01-02", "2023-W01" }, { "2021-01-03", "2020-W53" }, { "2024-12-30", "2025-W01" },
		{ "2026-12-31", "2026-W53" }, { "2027-01-03", "2026-W53" }, { "2027-01-04", "2027-W01" },
		{ "2016-01-03", "2015-W53" }, { "2000-01-02", "1999-W52" },
	};
	struct week before = week_of_day(day("2000-01-03"));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_week(week_of_day(day(rows[i].day)), rows[i].want);
	/* Each Monday begins the next week, and no other day does. */
	for (day_t d = day("2000-01-04"); d <= day("2099-12-31"); d++) {
		struct week w = week_of_day(d);

		assert_int_equal(week_cmp(w, before), day_weekday(d) == 1);
		before = w;
	}
}

/* ---- calendars ---- */

static const char off_2022_2023[] =
	"2022-01-01 2022-01-02 2022-01-03 2022-01-31 2022-02-01 2022-02-02 2022-02-03 2022-02-04 "
	"2022-02-05 2022-02-06 2022-04-03 2022-04-04 2022-04-05 2022-04-30 2022-05-01 2022-05-02 "
	"2022-05-03 2022-05-04 2022-06-03 2022-06-04 2022-06-05 2022-09-10 2022-09-11 2022-09-12 "
	"2022-10-01 2022-10-02 2022-10-03 2022-10-04 2022-10-05 2022-10-06 2022-10-07 2022-12-31 "
	"2023-01-01 2023-01-02 2023-01-21 2023-01-22 2023-01-23 2023-01-24 2023-01-25 2023-01-26 "
	"2023-01-27 2023-04-05 2023-04-29 2023-04-30 2023-05-01 2023-05-02 2023-05-03 2023-06-22 "
	"2023-06-23 2023-06-24 2023-09-29 2023-09-30 2023-10-01 2023-10-02 2023-10-03 2023-10-04 "
	"2023-10-05 2023-10-06 ";
static const char work_2022_2023[] =
	"2022-01-29 2022-01-30 2022-04-02 2022-04-24 2022-05-07 2022-10-08 2022-10-09 2023-01-28 "
	"2023-01-29 2023-04-23 2023-05-06 2023-06-25 2023-10-07 2023-10-08 ";

/* Invented: what a notice might say.  2025 ends on a Wednesday, 2026 begins and ends on a Thursday. */
static const char off_2025_2027[] =
	"2025-01-01 2025-10-01 2025-10-02 2025-10-03 2025-10-04 2025-10-05 2025-10-06 2025-10-07 "
	"2026-01-01 2026-01-02 2026-01-03 2026-05-01 2026-10-01 2026-10-02 2026-10-05 2026-10-06 2026-10-07 "
	"2027-01-01 2027-01-02 2027-01-03 ";
static const char work_2025_2027[] = "2025-10-11 2026-01-04 2026-10-10 ";

static void except_each(struct calendar *cal, const char *days, enum day_kind kind)
{
	for (; *days != '\0'; days += 11) {
		day_t d;

		assert_int_equal(day_parse(days, 10, &d), 0);
		assert_int_equal(calendar_except(cal, d, kind), 0);
	}
}

static struct week_rules rules_from(const char *first)
{
	struct week_rules r = { .ends = 4, .min_workdays = 3, .cutoff = 17 * 60, .seal = 8 * 60,
	    .meeting = 9 * 60 + 30 };

	if (first != NULL)
		r.first = week(first);
	return r;
}

static struct calendar *real_calendar(const char *first)
{
	struct week_rules r = rules_from(first);
	struct calendar *cal = calendar_new(&r);

	except_each(cal, off_2022_2023, DAY_OFF);
	except_each(cal, work_2022_2023, DAY_WORK);
	return cal;
}

static struct calendar *invented_calendar(const char *first)
{
	struct week_rules r = rules_from(first);
	struct calendar *cal = calendar_new(&r);

	/* Said in another order than the days'. */
	except_each(cal, work_2025_2027, DAY_WORK);
	except_each(cal, off_2025_2027, DAY_OFF);
	return cal;
}

struct want {
	const char *week, *first, *last;
	int         workdays;
	const char *cutoff, *seal, *as_of;
};

static void assert_window(const struct window *w, const struct want *want)
{
	char name[9], first[11], last[11], as_of[11], cutoff[26], seal[26], meeting[26];
	char got[200], wanted[200];

	week_format(w->week, name);
	day_format(w->first, first);
	day_format(w->last, last);
	day_format(w->as_of, as_of);
	instant_format(w->cutoff, 480, cutoff);
	instant_format(w->seal, 480, seal);
	instant_format(w->meeting, 480, meeting);
	(void)snprintf(got, sizeof got, "%s %s..%s %d days cut-off %.16s seal %.16s meeting %.16s as of %s",
	    name, first, last, w->workdays, cutoff, seal, meeting, as_of);
	(void)snprintf(wanted, sizeof wanted, "%s %s..%s %d days cut-off %s seal %s meeting %.10sT09:30 as of %s",
	    want->week, want->first, want->last, want->workdays, want->cutoff, want->seal, want->seal,
	    want->as_of);
	assert_string_equal(got, wanted);
}

static void assert_says(const struct why *why, int code, const char *text)
{
	if (why->code != code || strcmp(why->text, text) != 0)
		fail_msg("got %d \"%s\", wanted %d \"%s\"", why->code, why->text, code, text);
}

/* 2022 and the first weeks of 2023, as the calendar of the State Council made them. */
static const struct want year_2022[] = {
	{ "2022-W01", "2022-01-01", "2022-01-06", 3, "2022-01-06T17:00", "2022-01-07T08:00", "2022-01-06" },
	{ "2022-W02", "2022-01-07", "2022-01-13", 5, "2022-01-13T17:00", "2022-01-14T08:00", "2022-01-13" },
	{ "2022-W03", "2022-01-14", "2022-01-20", 5, "2022-01-20T17:00", "2022-01-21T08:00", "2022-01-20" },
	{ "2022-W04", "2022-01-21", "2022-01-27", 5, "2022-01-27T17:00", "2022-01-28T08:00", "2022-01-27" },
	{ "2022-W05", "2022-01-28", "2022-02-03", 3, "2022-01-30T17:00", "2022-02-07T08:00", "2022-01-30" },
	{ "2022-W06", "2022-02-04", "2022-02-10", 4, "2022-02-10T17:00", "2022-02-11T08:00", "2022-02-10" },
	{ "2022-W07", "2022-02-11", "2022-02-17", 5, "2022-02-17T17:00", "2022-02-18T08:00", "2022-02-17" },
	{ "2022-W08", "2022-02-18", "2022-02-24", 5, "2022-02-24T17:00", "2022-02-25T08:00", "2022-02-24" },
	{ "2022-W09", "2022-02-25", "2022-03-03", 5, "2022-03-03T17:00", "2022-03-04T08:00", "2022-03-03" },
	{ "2022-W10", "2022-03-04", "2022-03-10", 5, "2022-03-10T17:00", "2022-03-11T08:00", "2022-03-10" },
	{ "2022-W11", "2022-03-11", "2022-03-17", 5, "2022-03-17T17:00", "2022-03-18T08:00", "2022-03-17" },
	{ "2022-W12", "2022-03-18", "2022-03-24", 5, "2022-03-24T17:00", "2022-03-25T08:00", "2022-03-24" },
	{ "2022-W13", "2022-03-25", "2022-03-31", 5, "2022-03-31T17:00", "2022-04-01T08:00", "2022-03-31" },
	{ "2022-W14", "2022-04-01", "2022-04-07", 4, "2022-04-07T17:00", "2022-04-08T08:00", "2022-04-07" },
	{ "2022-W15", "2022-04-08", "2022-04-14", 5, "2022-04-14T17:00", "2022-04-15T08:00", "2022-04-14" },
	{ "2022-W16", "2022-04-15", "2022-04-21", 5, "2022-04-21T17:00", "2022-04-22T08:00", "2022-04-21" },
	{ "2022-W17", "2022-04-22", "2022-04-28", 6, "2022-04-28T17:00", "2022-04-29T08:00", "2022-04-28" },
	{ "2022-W19", "2022-04-29", "2022-05-12", 8, "2022-05-12T17:00", "2022-05-13T08:00", "2022-05-12" },
	{ "2022-W20", "2022-05-13", "2022-05-19", 5, "2022-05-19T17:00", "2022-05-20T08:00", "2022-05-19" },
	{ "2022-W21", "2022-05-20", "2022-05-26", 5, "2022-05-26T17:00", "2022-05-27T08:00", "2022-05-26" },
	{ "2022-W22", "2022-05-27", "2022-06-02", 5, "2022-06-02T17:00", "2022-06-06T08:00", "2022-06-02" },
	{ "2022-W23", "2022-06-03", "2022-06-09", 4, "2022-06-09T17:00", "2022-06-10T08:00", "2022-06-09" },
	{ "2022-W24", "2022-06-10", "2022-06-16", 5, "2022-06-16T17:00", "2022-06-17T08:00", "2022-06-16" },
	{ "2022-W25", "2022-06-17", "2022-06-23", 5, "2022-06-23T17:00", "2022-06-24T08:00", "2022-06-23" },
	{ "2022-W26", "2022-06-24", "2022-06-30", 5, "2022-06-30T17:00", "2022-07-01T08:00", "2022-06-30" },
	{ "2022-W27", "2022-07-01", "2022-07-07", 5, "2022-07-07T17:00", "2022-07-08T08:00", "2022-07-07" },
	{ "2022-W28", "2022-07-08", "2022-07-14", 5, "2022-07-14T17:00", "2022-07-15T08:00", "2022-07-14" },
	{ "2022-W29", "2022-07-15", "2022-07-21", 5, "2022-07-21T17:00", "2022-07-22T08:00", "2022-07-21" },
	{ "2022-W30", "2022-07-22", "2022-07-28", 5, "2022-07-28T17:00", "2022-07-29T08:00", "2022-07-28" },
	{ "2022-W31", "2022-07-29", "2022-08-04", 5, "2022-08-04T17:00", "2022-08-05T08:00", "2022-08-04" },
	{ "2022-W32", "2022-08-05", "2022-08-11", 5, "2022-08-11T17:00", "2022-08-12T08:00", "2022-08-11" },
	{ "2022-W33", "2022-08-12", "2022-08-18", 5, "2022-08-18T17:00", "2022-08-19T08:00", "2022-08-18" },
	{ "2022-W34", "2022-08-19", "2022-08-25", 5, "2022-08-25T17:00", "2022-08-26T08:00", "2022-08-25" },
	{ "2022-W35", "2022-08-26", "2022-09-01", 5, "2022-09-01T17:00", "2022-09-02T08:00", "2022-09-01" },
	{ "2022-W36", "2022-09-02", "2022-09-08", 5, "2022-09-08T17:00", "2022-09-09T08:00", "2022-09-08" },
	{ "2022-W37", "2022-09-09", "2022-09-15", 4, "2022-09-15T17:00", "2022-09-16T08:00", "2022-09-15" },
	{ "2022-W38", "2022-09-16", "2022-09-22", 5, "2022-09-22T17:00", "2022-09-23T08:00", "2022-09-22" },
	{ "2022-W39", "2022-09-23", "2022-09-29", 5, "2022-09-29T17:00", "2022-09-30T08:00", "2022-09-29" },
	{ "2022-W41", "2022-09-30", "2022-10-13", 7, "2022-10-13T17:00", "2022-10-14T08:00", "2022-10-13" },
	{ "2022-W42", "2022-10-14", "2022-10-20", 5, "2022-10-20T17:00", "2022-10-21T08:00", "2022-10-20" },
	{ "2022-W43", "2022-10-21", "2022-10-27", 5, "2022-10-27T17:00", "2022-10-28T08:00", "2022-10-27" },
	{ "2022-W44", "2022-10-28", "2022-11-03", 5, "2022-11-03T17:00", "2022-11-04T08:00", "2022-11-03" },
	{ "2022-W45", "2022-11-04", "2022-11-10", 5, "2022-11-10T17:00", "2022-11-11T08:00", "2022-11-10" },
	{ "2022-W46", "2022-11-11", "2022-11-17", 5, "2022-11-17T17:00", "2022-11-18T08:00", "2022-11-17" },
	{ "2022-W47", "2022-11-18", "2022-11-24", 5, "2022-11-24T17:00", "2022-11-25T08:00", "2022-11-24" },
	{ "2022-W48", "2022-11-25", "2022-12-01", 5, "2022-12-01T17:00", "2022-12-02T08:00", "2022-12-01" },
	{ "2022-W49", "2022-12-02", "2022-12-08", 5, "2022-12-08T17:00", "2022-12-09T08:00", "2022-12-08" },
	{ "2022-W50", "2022-12-09", "2022-12-15", 5, "2022-12-15T17:00", "2022-12-16T08:00", "2022-12-15" },
	{ "2022-W51", "2022-12-16", "2022-12-22", 5, "2022-12-22T17:00", "2022-12-23T08:00", "2022-12-22" },
	{ "2022-W52", "2022-12-23", "2022-12-31", 6, "2023-01-03T17:00", "2023-01-04T08:00", "2022-12-31" },
	{ "2023-W01", "2023-01-01", "2023-01-05", 3, "2023-01-05T17:00", "2023-01-06T08:00", "2023-01-05" },
	{ "2023-W02", "2023-01-06", "2023-01-12", 5, "2023-01-12T17:00", "2023-01-13T08:00", "2023-01-12" },
	{ "2023-W03", "2023-01-13", "2023-01-19", 5, "2023-01-19T17:00", "2023-01-20T08:00", "2023-01-19" },
};

static void the_year_2022(void **state)
{
	struct calendar *cal = real_calendar("2022-W01");
	struct window w, by_day, next;
	struct why why;
	int n;

	(void)state;
	for (size_t i = 0; i < COUNT(year_2022); i++) {
		const struct want *want = &year_2022[i];

		if (calendar_window(cal, week(want->week), &w, &why) != 0)
			fail_msg("%s", why.text);
		assert_window(&w, want);
		for (day_t d = w.first; d <= w.last; d++) {
			assert_int_equal(calendar_window_of(cal, d, &by_day, &why), 0);
			assert_window(&by_day, want);
		}
		if (i > 0) {
			assert_int_equal(calendar_prev(cal, &w, &by_day, &why), 0);
			assert_window(&by_day, want - 1);
		}
		if (i + 1 < COUNT(year_2022)) {
			assert_int_equal(calendar_next(cal, &w, &next, &why), 0);
			assert_window(&next, want + 1);
		}
		assert_int_equal(calendar_diff(cal, w.week, week("2022-W17"), &n, &why), 0);
		assert_int_equal(n, (int)i - 16);
	}
	calendar_free(cal);
}

/* The New Years around 2026: windows that must not cross, short ones that are joined on. */
static void around_2026(void **state)
{
	static const struct want rows[] = {
		{ "2025-W51", "2025-12-12", "2025-12-18", 5, "2025-12-18T17:00", "2025-12-19T08:00", "2025-12-18" },
		/* The old year's last runs on over 26 to 31 December; 4 January is a worked Sunday. */
		{ "2025-W52", "2025-12-19", "2025-12-31", 9, "2026-01-04T17:00", "2026-01-05T08:00", "2025-12-31" },
		/* 1 January, a Thursday, closes a window of no working day: joined on. */
		{ "2026-W02", "2026-01-01", "2026-01-08", 5, "2026-01-08T17:00", "2026-01-09T08:00", "2026-01-08" },
		{ "2026-W03", "2026-01-09", "2026-01-15", 5, "2026-01-15T17:00", "2026-01-16T08:00", "2026-01-15" },
		{ "2026-W18", "2026-04-24", "2026-04-30", 5, "2026-04-30T17:00", "2026-05-04T08:00", "2026-04-30" },
		/* Thursday 1 October is off: cut-off on Wednesday; the seal waits for Thursday 8. */
		{ "2026-W40", "2026-09-25", "2026-10-01", 4, "2026-09-30T17:00", "2026-10-08T08:00", "2026-09-30" },
		{ "2026-W42", "2026-10-02", "2026-10-15", 7, "2026-10-15T17:00", "2026-10-16T08:00", "2026-10-15" },
		{ "2026-W52", "2026-12-18", "2026-12-24", 5, "2026-12-24T17:00", "2026-12-25T08:00", "2026-12-24" },
		/* Exactly seven days to the end of a long year. */
		{ "2026-W53", "2026-12-25", "2026-12-31", 5, "2027-01-04T17:00", "2027-01-05T08:00", "2026-12-31" },
		{ "2027-W01", "2027-01-01", "2027-01-07", 4, "2027-01-07T17:00", "2027-01-08T08:00", "2027-01-07" },
	};
	struct calendar *cal = invented_calendar("2025-W02");
	struct window w;
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (calendar_window(cal, week(rows[i].week), &w, &why) != 0)
			fail_msg("%s", why.text);
		assert_window(&w, &rows[i]);
	}
	assert_int_equal(calendar_window(cal, week("2026-W01"), &w, &why), -1);
	assert_says(&why, EX_DATAERR, "2026-W01: too few working days, joined to 2026-W02 (2026-01-01 to 2026-01-08)");
	assert_int_equal(calendar_window(cal, week("2026-W41"), &w, &why), -1);
	assert_says(&why, EX_DATAERR, "2026-W41: too few working days, joined to 2026-W42 (2026-10-02 to 2026-10-15)");
	calendar_free(cal);
}

/* A closing Friday, Saturday or Sunday: the first days of January may carry the old year's last number. */
static void other_closing_days(void **state)
{
	static const struct { int ends, min; struct want want; } rows[] = {
		{ 7, 3, { "2022-W51", "2022-12-19", "2022-12-31", 10, "2023-01-03T17:00", "2023-01-04T08:00", "2022-12-31" } },
		{ 7, 3, { "2023-W01", "2023-01-01", "2023-01-08", 4, "2023-01-06T17:00", "2023-01-09T08:00", "2023-01-06" } },
		{ 6, 3, { "2022-W52", "2022-12-25", "2022-12-31", 5, "2023-01-03T17:00", "2023-01-04T08:00", "2022-12-31" } },
		{ 1, 3, { "2022-W52", "2022-12-20", "2022-12-31", 9, "2023-01-03T17:00", "2023-01-04T08:00", "2022-12-31" } },
		{ 1, 3, { "2023-W02", "2023-01-01", "2023-01-09", 5, "2023-01-09T17:00", "2023-01-10T08:00", "2023-01-09" } },
		/* Nothing is joined where no working day is asked for; the times then wait for one. */
		{ 7, 0, { "2022-W52", "2023-01-01", "2023-01-01", 0, "2023-01-03T17:00", "2023-01-04T08:00", "2023-01-01" } },
		{ 4, 0, { "2022-W40", "2022-09-30", "2022-10-06", 1, "2022-09-30T17:00", "2022-10-08T08:00", "2022-09-30" } },
		/* The more is asked for, the more is joined; the last of the year stands as it is. */
		{ 4, 6, { "2022-W52", "2022-12-23", "2022-12-31", 6, "2023-01-03T17:00", "2023-01-04T08:00", "2022-12-31" } },
		{ 4, 999, { "2022-W52", "2022-01-01", "2022-12-31", 249, "2023-01-03T17:00", "2023-01-04T08:00", "2022-12-31" } },
	};
	struct window w;
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct week_rules r = rules_from(NULL);
		struct calendar *cal;

		r.ends = rows[i].ends;
		r.min_workdays = rows[i].min;
		cal = calendar_new(&r);
		except_each(cal, off_2022_2023, DAY_OFF);
		except_each(cal, work_2022_2023, DAY_WORK);
		if (calendar_window(cal, week(rows[i].want.week), &w, &why) != 0)
			fail_msg("row %zu: %s", i, why.text);
		assert_window(&w, &rows[i].want);
		calendar_free(cal);
	}
}

static void a_year_without_holidays(void **state)
{
	static const char unknown_2024[] = "no day off is known for 2024: add it to reference/holiday.csv";
	struct calendar *cal = real_calendar("2022-W12");
	struct window w = { .workdays = 77 }, last;
	struct why why;
	bool is_last;
	int n;

	(void)state;
	/* The last window's days are known, its times are not. */
	assert_int_equal(calendar_window(cal, week("2023-W51"), &w, &why), 0);
	assert_int_equal(calendar_next(cal, &w, &last, &why), -1);
	assert_says(&why, EX_CONFIG, unknown_2024);
	assert_int_equal(calendar_window(cal, week("2023-W52"), &w, &why), -1);
	assert_says(&why, EX_CONFIG, unknown_2024);
	assert_week(w.week, "2023-W51");
	assert_int_equal(calendar_window_of(cal, day("2023-12-31"), &w, &why), -1);
	assert_int_equal(calendar_window_of(cal, day("2024-01-01"), &w, &why), -1);
	assert_says(&why, EX_CONFIG, unknown_2024);
	assert_int_equal(calendar_window(cal, week("2024-W10"), &w, &why), -1);
	assert_says(&why, EX_CONFIG, unknown_2024);
	assert_int_equal(calendar_counting(cal, instant("2024-01-02T08:00"), &w, &why), -1);
	assert_says(&why, EX_CONFIG, unknown_2024);
	/* Counting windows needs no times. */
	assert_int_equal(calendar_diff(cal, week("2023-W52"), week("2023-W51"), &n, &why), 0);
	assert_int_equal(n, 1);
	assert_int_equal(calendar_month_last(cal, week("2023-W52"), &is_last, &why), 0);
	assert_true(is_last);
	assert_int_equal(calendar_add(cal, week("2023-W52"), 1, &w.week, &why), -1);
	assert_says(&why, EX_CONFIG, unknown_2024);
	/* Until the seal of the window before, the last one's times are not asked for. */
	assert_int_equal(calendar_counting(cal, instant("2023-12-22T07:59:59"), &w, &why), 0);
	assert_week(w.week, "2023-W51");
	assert_int_equal(calendar_counting(cal, instant("2023-12-22T08:00"), &w, &why), -1);
	calendar_free(cal);

	/* A day off on 31 December by the next year's notice does not make its year known. */
	struct week_rules r = rules_from(NULL);

	cal = calendar_new(&r);
	assert_int_equal(calendar_except(cal, day("2022-12-31"), DAY_OFF), 0);
	assert_int_equal(calendar_except(cal, day("2022-04-24"), DAY_WORK), 0);
	assert_int_equal(calendar_window(cal, week("2022-W17"), &w, &why), -1);
	assert_says(&why, EX_CONFIG, "no day off is known for 2022: add it to reference/holiday.csv");
	assert_int_equal(calendar_except(cal, day("2022-10-01"), DAY_OFF), 0);
	assert_int_equal(calendar_window(cal, week("2022-W17"), &w, &why), 0);
	/* What is said later changes what was worked out. */
	assert_int_equal(w.workdays, 6);
	assert_int_equal(calendar_except(cal, day("2022-04-25"), DAY_OFF), 0);
	assert_int_equal(calendar_window(cal, week("2022-W17"), &w, &why), 0);
	assert_int_equal(w.workdays, 5);
	assert_int_equal(calendar_except(cal, day("2022-04-25"), DAY_OFF), -1);
	assert_int_equal(calendar_except(cal, day("2022-04-25"), DAY_WORK), -1);
	assert_int_equal(calendar_rules(cal)->ends, 4);
	calendar_free(cal);
	calendar_free(NULL);
}

static void the_record_begins(void **state)
{
	static const char early[] = "2022-W11: before the first week of the record, 2022-W12";
	struct calendar *cal = real_calendar("2022-W12");
	struct window w, before = { .workdays = 77 };
	struct week got = { 7, 7 };
	struct why why;

	(void)state;
	assert_int_equal(calendar_window(cal, week("2022-W12"), &w, &why), 0);
	assert_int_equal(calendar_prev(cal, &w, &before, &why), 1);
	assert_int_equal(before.workdays, 77);
	assert_int_equal(calendar_window(cal, week("2022-W11"), &before, &why), -1);
	assert_says(&why, EX_DATAERR, early);
	assert_int_equal(calendar_diff(cal, week("2022-W12"), week("2022-W11"), &(int){ 0 }, &why), -1);
	assert_says(&why, EX_DATAERR, early);
	assert_int_equal(calendar_window(cal, week("2015-W11"), &before, &why), -1);
	assert_says(&why, EX_DATAERR, "2015-W11: before the first week of the record, 2022-W12");
	assert_int_equal(calendar_window_of(cal, day("2022-03-17"), &before, &why), -1);
	assert_says(&why, EX_DATAERR, "2022-03-17: before the first week of the record, 2022-W12");
	assert_int_equal(calendar_add(cal, week("2022-W14"), -2, &got, &why), 0);
	assert_week(got, "2022-W12");
	assert_int_equal(calendar_add(cal, week("2022-W14"), -3, &got, &why), -1);
	assert_int_equal(why.code, EX_DATAERR);
	assert_int_equal(calendar_add(cal, week("2022-W14"), -300, &got, &why), -1);
	assert_int_equal(why.code, EX_DATAERR);
	assert_week(got, "2022-W12");
	/* What arrives before the record counts for its first week. */
	assert_int_equal(calendar_counting(cal, instant("2022-03-01T00:00"), &w, &why), 0);
	assert_week(w.week, "2022-W12");
	assert_int_equal(calendar_counting(cal, instant("2015-03-01T00:00"), &w, &why), 0);
	assert_week(w.week, "2022-W12");
	calendar_free(cal);

	/* A first week that was joined away: the record begins with the window it is in. */
	cal = real_calendar("2022-W18");
	assert_int_equal(calendar_window(cal, week("2022-W19"), &w, &why), 0);
	assert_int_equal(calendar_prev(cal, &w, &before, &why), 1);
	assert_int_equal(calendar_window(cal, week("2022-W18"), &w, &why), -1);
	assert_says(&why, EX_DATAERR, "2022-W18: too few working days, joined to 2022-W19 (2022-04-29 to 2022-05-12)");
	calendar_free(cal);
}

static void weeks_are_added(void **state)
{
	static const struct { const char *from; int n; const char *want; } rows[] = {
		{ "2022-W17", 0, "2022-W17" }, { "2022-W17", 1, "2022-W19" }, { "2022-W19", -1, "2022-W17" },
		{ "2022-W39", 1, "2022-W41" }, { "2022-W12", 38, "2022-W52" }, { "2022-W12", 39, "2023-W01" },
		{ "2022-W52", 1, "2023-W01" }, { "2023-W01", -1, "2022-W52" }, { "2023-W01", -39, "2022-W12" },
		{ "2023-W05", -1, "2023-W03" },
	};
	struct calendar *cal = real_calendar("2022-W12");
	struct why why;
	int n;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct week got;

		if (calendar_add(cal, week(rows[i].from), rows[i].n, &got, &why) != 0)
			fail_msg("%s %d: %s", rows[i].from, rows[i].n, why.text);
		assert_week(got, rows[i].want);
		assert_int_equal(calendar_diff(cal, got, week(rows[i].from), &n, &why), 0);
		assert_int_equal(n, rows[i].n);
		assert_int_equal(calendar_diff(cal, week(rows[i].from), got, &n, &why), 0);
		assert_int_equal(n, -rows[i].n);
	}
	assert_int_equal(calendar_diff(cal, week("2022-W18"), week("2022-W17"), &n, &why), -1);
	assert_int_equal(why.code, EX_DATAERR);
	calendar_free(cal);
}

static void files_count_for_a_week(void **state)
{
	static const struct { const char *at, *want; } rows[] = {
		{ "2022-04-22T07:59:59", "2022-W16" },  /* late, and the last second */
		{ "2022-04-22T08:00:00", "2022-W17" },  /* sealed at this very instant */
		{ "2022-04-28T17:00:00", "2022-W17" },
		{ "2022-04-28T17:00:01", "2022-W17" },
		{ "2022-04-29T08:00:00", "2022-W19" },
		{ "2022-05-05T12:00:00", "2022-W19" },  /* the closing day of a week that was joined away */
		{ "2022-02-06T23:59:59", "2022-W05" },  /* three days into the next window */
		{ "2022-02-07T08:00:00", "2022-W06" },
		{ "2022-06-05T12:00:00", "2022-W22" },
		{ "2023-01-04T07:59:59", "2022-W52" },
		{ "2023-01-04T08:00:00", "2023-W01" },
		{ "2022-12-31T23:59:59", "2022-W52" },
		{ "2023-01-01T00:00:00", "2022-W52" },
	};
	struct calendar *cal = real_calendar("2022-W01");
	struct window w;
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (calendar_counting(cal, instant(rows[i].at), &w, &why) != 0)
			fail_msg("%s: %s", rows[i].at, why.text);
		assert_week(w.week, rows[i].want);
	}
	calendar_free(cal);
}

static void months_have_a_last_week(void **state)
{
	/* 2022-W05 stands for 30 January; 2022-W41 is the first that closes in October. */
	static const char *const last[] = { "2022-W05", "2022-W08", "2022-W13", "2022-W17", "2022-W21", "2022-W26", "2022-W30",
	    "2022-W34", "2022-W39", "2022-W43", "2022-W47", "2022-W52" };
	struct calendar *cal = real_calendar("2022-W01");
	struct window w;
	struct why why;
	size_t n = 0;

	(void)state;
	assert_int_equal(calendar_window(cal, week("2022-W01"), &w, &why), 0);
	for (; w.week.year == 2022; assert_int_equal(calendar_next(cal, &w, &w, &why), 0)) {
		bool is_last;

		assert_int_equal(calendar_month_last(cal, w.week, &is_last, &why), 0);
		if (is_last) {
			assert_true(n < COUNT(last));
			assert_week(w.week, last[n++]);
		}
	}
	assert_int_equal(n, COUNT(last));
	calendar_free(cal);
}

static void workdays_are_counted(void **state)
{
	struct calendar *cal = real_calendar("2022-W12");
	day_t from = day("2021-12-25"), to = day("2023-03-01");

	(void)state;
	assert_true(calendar_is_workday(cal, day("2022-04-24")));
	assert_false(calendar_is_workday(cal, day("2022-05-04")));
	assert_int_equal(calendar_workdays(cal, day("2022-01-01"), day("2022-12-31")), 249);
	assert_int_equal(calendar_workdays(cal, to, from), 0);
	for (day_t a = from; a < to; a += 17)
		for (day_t b = a, n = 0; b <= to; b++) {
			n += calendar_is_workday(cal, b) ? 1 : 0;
			assert_int_equal(calendar_workdays(cal, a, b), n);
		}
	calendar_free(cal);
}

/*
 * Whatever the calendar: windows cover the record without a gap, never cross New Year, are named in ascending
 * order by a closing day of theirs, have enough working days unless they end a year, and are sealed in order;
 * and the counting week is what a search from the first window finds.
 */
static void check_windows(const struct calendar *cal, const struct week_rules *r)
{
	struct window w, before, found;
	struct why why;
	int first_year, last_year;

	assert_int_equal(calendar_window_of(cal, day("2030-01-01"), &w, &why), 0);
	before = (struct window){ .last = day("2029-12-31") };
	for (;;) {
		assert_int_equal(w.first, before.last + 1);
		day_split(w.first, &first_year, NULL, NULL);
		day_split(w.last, &last_year, NULL, NULL);
		assert_int_equal(first_year, last_year);
		bool is_last = w.last == day("2030-12-31") || w.last == day("2031-12-31") || w.last == day("2032-12-31");

		assert_true(is_last || day_weekday(w.last) == r->ends);
		assert_true(is_last || w.workdays >= r->min_workdays);
		assert_int_equal(w.workdays, calendar_workdays(cal, w.first, w.last));
		assert_true(week_cmp(w.week, before.week) > 0);
		assert_true(w.as_of >= w.first && w.as_of <= w.last);
		assert_true(w.seal > w.cutoff && w.meeting > w.seal && w.seal >= before.seal);
		assert_true(instant_day(w.seal) > w.last);
		assert_true(calendar_is_workday(cal, instant_day(w.seal)) &&
		    calendar_is_workday(cal, instant_day(w.cutoff)));
		assert_int_equal(calendar_workdays(cal, instant_day(w.cutoff), instant_day(w.seal)), 2);
		/* From the seal before to this one's, files count for this window. */
		for (instant_t t = before.seal > 0 ? before.seal : w.seal - 1; before.seal < w.seal &&
		    t < w.seal; t += 40000) {
			assert_int_equal(calendar_counting(cal, t, &found, &why), 0);
			assert_int_equal(week_cmp(found.week, w.week), 0);
		}
		if (w.last == day("2032-12-31"))
			break;
		before = w;
		assert_int_equal(calendar_next(cal, &before, &w, &why), 0);
	}
}

static void any_calendar(void **state)
{
	uint32_t dice = 2463534242u;

	(void)state;
	for (int i = 0; i < 140; i++) {
		struct week_rules r = rules_from(NULL);
		struct calendar *cal;

		r.ends = i % 7 + 1;
		r.min_workdays = i % 4 + 1;
		r.first = week_of_day(day("2030-01-01") + (r.ends - day_weekday(day("2030-01-01")) + 7) % 7);
		cal = calendar_new(&r);
		for (day_t d = day("2030-01-01"); d <= day("2033-02-28"); d++) {
			dice ^= dice << 13, dice ^= dice >> 17, dice ^= dice << 5;
			/* From few days off to more than are worked, in runs. */
			if (dice % 64 < (uint32_t)i / 4 || (dice % 19 == 0 && i % 2 == 0))
				for (uint32_t k = 0; k <= (dice >> 8 & 7) && d <= day("2033-02-28"); k++, d++)
					assert_int_equal(calendar_except(cal, d,
					    (dice >> 20 & 1) != 0 ? DAY_WORK : DAY_OFF), 0);
		}
		(void)calendar_except(cal, day("2030-06-01"), DAY_OFF);
		(void)calendar_except(cal, day("2031-06-01"), DAY_OFF);
		(void)calendar_except(cal, day("2032-06-01"), DAY_OFF);
		(void)calendar_except(cal, day("2033-02-28") + 30, DAY_OFF);
		check_windows(cal, &r);
		calendar_free(cal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_parse),
		cmocka_unit_test(days_follow_each_other),
		cmocka_unit_test(instants_parse),
		cmocka_unit_test(weeks_parse),
		cmocka_unit_test(days_have_iso_weeks),
		cmocka_unit_test(the_year_2022),
		cmocka_unit_test(around_2026),
		cmocka_unit_test(other_closing_days),
		cmocka_unit_test(a_year_without_holidays),
		cmocka_unit_test(the_record_begins),
		cmocka_unit_test(weeks_are_added),
		cmocka_unit_test(files_count_for_a_week),
		cmocka_unit_test(months_have_a_last_week),
		cmocka_unit_test(workdays_are_counted),
		cmocka_unit_test(any_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
