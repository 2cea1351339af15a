/*
 * sqlfn - the SQL functions of the field, the same in rules, measures and
 * briefings.  All deterministic; NULL in, NULL out.
 *
 * Sources: GB 32100-2015 (USCC), GB 11714 (organisation code), weeks and working
 * days from the calendar of the rule set.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "buf.h"
#include "sqlfn.h"
#include "text.h"
#include "week.h"

/* ---- codes of organisations ---- */

/* The alphabet of GB 32100: no I, O, Z, S, V.  A character's value is its place. */
static const char uscc_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static int uscc_value(char c)
{
	const char *at = c == '\0' ? NULL : strchr(uscc_alphabet, c);

	return at ? (int)(at - uscc_alphabet) : -1;
}

bool uscc_is_valid(const char *s)
{
	int i, v, sum = 0, weight = 1;

	if (strlen(s) != 18)
		return false;
	for (i = 0; i < 17; i++) {
		v = uscc_value(s[i]);
		if (v < 0)
			return false;
		sum += v * weight;
		weight = weight * 3 % 31;
	}
	/* 31 - 0 is 31, which has no character: it is written 0 */
	return uscc_value(s[17]) == (31 - sum % 31) % 31;
}

bool uscc_org_is_valid(const char *s)
{
	static const int weight[8] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	int i, sum = 0, check;
	char c;

	if (strlen(s) != 18)
		return false;
	for (i = 0; i < 8; i++) {
		c = s[8 + i];
		if (c >= '0' && c <= '9')
			sum += (c - '0') * weight[i];
		else if (c >= 'A' && c <= 'Z')
			sum += (c - 'A' + 10) * weight[i];
		else
			return false;
	}
	check = 11 - sum % 11;
	if (check == 10)
		return s[16] == 'X';
	return s[16] == (char)('0' + check % 11);
}

/* ---- arguments ---- */

static const struct ruleset *rules_of(sqlite3_context *c)
{
	return sqlite3_user_data(c);
}

static bool any_null(sqlite3_context *c, int n, sqlite3_value **v)
{
	for (int i = 0; i < n; i++) {
		if (sqlite3_value_type(v[i]) == SQLITE_NULL) {
			sqlite3_result_null(c);
			return true;
		}
	}
	return false;
}

/* An SQL error "FUNCTION: got 'x', wanted WHAT". */
static void refuse(sqlite3_context *c, const char *function, sqlite3_value *v, const char *wanted)
{
	char *said =
	    sqlite3_mprintf("%s: got '%s', wanted %s", function, (const char *)sqlite3_value_text(v), wanted);

	sqlite3_result_error(c, said ? said : function, -1);
	sqlite3_free(said);
}

static bool arg_day(sqlite3_context *c, const char *function, sqlite3_value *v, day_t *out)
{
	const char *s = (const char *)sqlite3_value_text(v);

	if (s != NULL && day_parse(s, strlen(s), out) == 0)
		return true;
	refuse(c, function, v, "a date YYYY-MM-DD");
	return false;
}

static bool arg_week(sqlite3_context *c, const char *function, sqlite3_value *v, struct week *out)
{
	const char *s = (const char *)sqlite3_value_text(v);

	if (s != NULL && week_parse(s, strlen(s), out) == 0)
		return true;
	refuse(c, function, v, "a week YYYY-Www");
	return false;
}

static void result_week(sqlite3_context *c, struct week w)
{
	char s[9];

	week_format(w, s);
	sqlite3_result_text(c, s, -1, SQLITE_TRANSIENT);
}

static void result_day(sqlite3_context *c, day_t d)
{
	char s[11];

	day_format(d, s);
	sqlite3_result_text(c, s, -1, SQLITE_TRANSIENT);
}

/* ---- the functions ---- */

static void fn_setting(sqlite3_context *c, int n, sqlite3_value **v)
{
	const struct ruleset *rs = rules_of(c);
	const char *name;
	size_t i;

	if (any_null(c, n, v))
		return;
	name = (const char *)sqlite3_value_text(v[0]);
	for (i = 0; name != NULL && i < rs->n_settings; i++) {
		const struct setting *s = &rs->settings[i];

		if (strcmp(s->name, name) != 0)
			continue;
		if (s->value == NULL)
			sqlite3_result_null(c);
		else if (strcmp(s->type, "integer") == 0)
			sqlite3_result_int64(c, strtoll(s->value, NULL, 10));
		else if (strcmp(s->type, "real") == 0)
			sqlite3_result_double(c, strtod(s->value, NULL));
		else
			sqlite3_result_text(c, s->value, -1, SQLITE_TRANSIENT);
		return;
	}
	refuse(c, "setting()", v[0], "a name that settings.csv declares");
}

static void fn_uscc_ok(sqlite3_context *c, int n, sqlite3_value **v)
{
	if (!any_null(c, n, v))
		sqlite3_result_int(c, uscc_is_valid((const char *)sqlite3_value_text(v[0])));
}

static void fn_uscc_org_ok(sqlite3_context *c, int n, sqlite3_value **v)
{
	if (!any_null(c, n, v))
		sqlite3_result_int(c, uscc_org_is_valid((const char *)sqlite3_value_text(v[0])));
}

static void fn_week_add(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct week w, out;
	struct why why;
	sqlite3_int64 by;

	if (any_null(c, n, v) || !arg_week(c, "week_add()", v[0], &w))
		return;
	by = sqlite3_value_int64(v[1]);
	if (by < -10000 || by > 10000)
		refuse(c, "week_add()", v[1], "a number of weeks");
	else if (calendar_add(rules_of(c)->calendar, w, (int)by, &out, &why) != 0)
		sqlite3_result_error(c, why.text, -1);
	else
		result_week(c, out);
}

static void fn_week_diff(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct week a, b;
	struct why why;
	int out;

	if (any_null(c, n, v) || !arg_week(c, "week_diff()", v[0], &a) ||
	    !arg_week(c, "week_diff()", v[1], &b))
		return;
	if (calendar_diff(rules_of(c)->calendar, a, b, &out, &why) != 0)
		sqlite3_result_error(c, why.text, -1);
	else
		sqlite3_result_int(c, out);
}

static bool window_of(sqlite3_context *c, const char *function, sqlite3_value *v, struct window *out)
{
	struct week w;
	struct why why;

	if (!arg_week(c, function, v, &w))
		return false;
	if (calendar_window(rules_of(c)->calendar, w, out, &why) == 0)
		return true;
	sqlite3_result_error(c, why.text, -1);
	return false;
}

static void fn_week_from(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct window w;

	if (!any_null(c, n, v) && window_of(c, "week_from()", v[0], &w))
		result_day(c, w.first);
}

static void fn_week_to(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct window w;

	if (!any_null(c, n, v) && window_of(c, "week_to()", v[0], &w))
		result_day(c, w.last);
}

static void fn_month_last(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct week w;
	struct why why;
	bool out;

	if (any_null(c, n, v) || !arg_week(c, "month_last()", v[0], &w))
		return;
	if (calendar_month_last(rules_of(c)->calendar, w, &out, &why) != 0)
		sqlite3_result_error(c, why.text, -1);
	else
		sqlite3_result_int(c, out);
}

/* Working days from A to B, both inside. */
static void fn_workdays(sqlite3_context *c, int n, sqlite3_value **v)
{
	day_t a, b;

	if (!any_null(c, n, v) && arg_day(c, "workdays()", v[0], &a) && arg_day(c, "workdays()", v[1], &b))
		sqlite3_result_int(c, calendar_workdays(rules_of(c)->calendar, a, b));
}

/* Share of the days FROM..TO, both inside, that have elapsed at the end of AT; in millionths, rounded. */
static void fn_day_share(sqlite3_context *c, int n, sqlite3_value **v)
{
	day_t from, to, at;
	sqlite3_int64 days, done;

	if (any_null(c, n, v) || !arg_day(c, "day_share()", v[0], &from) ||
	    !arg_day(c, "day_share()", v[1], &to) || !arg_day(c, "day_share()", v[2], &at))
		return;
	if (at < from) {
		sqlite3_result_int(c, 0);
	} else if (at >= to) {
		sqlite3_result_int(c, 1000000);
	} else {
		days = (sqlite3_int64)to - from + 1;
		done = (sqlite3_int64)at - from + 1;
		sqlite3_result_int64(c, (done * 1000000 + days / 2) / days);
	}
}

static void fn_digest(sqlite3_context *c, int n, sqlite3_value **v)
{
	char hex[DIGEST_HEX];
	const void *p;

	if (any_null(c, n, v))
		return;
	p = sqlite3_value_text(v[0]);
	digest_of(p ? p : "", (size_t)sqlite3_value_bytes(v[0]), hex);
	sqlite3_result_text(c, hex, -1, SQLITE_TRANSIENT);
}

/*
 * X to N decimals, half away from zero, as a person rounds the decimal that she
 * sees: 2.675 to two places is 2.68, although the nearest double lies below.
 * Hence the few units in the last place that are added first.  Never -0.
 */
static double round_half(double x, int n)
{
	double power = 1, scaled;

	for (int i = 0; i < n; i++)
		power *= 10;
	scaled = floor(fabs(x) * power * (1 + 4 * DBL_EPSILON) + 0.5);
	if (scaled <= 0)
		return 0;
	return x < 0 ? -(scaled / power) : scaled / power;
}

/* REAL with N decimals, INTEGER with none.  An integer stays what it is. */
static void fn_round_half(sqlite3_context *c, int n, sqlite3_value **v)
{
	sqlite3_int64 places;
	double x;

	if (any_null(c, n, v))
		return;
	places = sqlite3_value_int64(v[1]);
	if (places < 0 || places > 9) {
		refuse(c, "round_half()", v[1], "0 to 9 decimals");
		return;
	}
	if (sqlite3_value_type(v[0]) == SQLITE_INTEGER) {
		sqlite3_result_value(c, v[0]);
		return;
	}
	x = sqlite3_value_double(v[0]);
	if (fabs(x) > 1e15)
		sqlite3_result_double(c, x);    /* has no decimals to lose */
	else if (places == 0)
		sqlite3_result_int64(c, (sqlite3_int64)round_half(x, 0));
	else
		sqlite3_result_double(c, round_half(x, (int)places));
}

static void fn_squash(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct buf out = { 0 };
	struct span in;

	if (any_null(c, n, v))
		return;
	in.s = (const char *)sqlite3_value_text(v[0]);
	in.n = (size_t)sqlite3_value_bytes(v[0]);
	text_squash(&out, in);
	sqlite3_result_text(c, buf_cstr(&out), (int)out.len, SQLITE_TRANSIENT);
	buf_free(&out);
}

int sqlfn_add(sqlite3 *db, const struct ruleset *rs, struct why *why)
{
	static const struct {
		const char *name;
		int         arguments;
		void      (*call)(sqlite3_context *, int, sqlite3_value **);
	} functions[] = {
		{ "setting", 1, fn_setting },
		{ "uscc_ok", 1, fn_uscc_ok },
		{ "uscc_org_ok", 1, fn_uscc_org_ok },
		{ "week_add", 2, fn_week_add },
		{ "week_diff", 2, fn_week_diff },
		{ "week_from", 1, fn_week_from },
		{ "week_to", 1, fn_week_to },
		{ "month_last", 1, fn_month_last },
		{ "workdays", 2, fn_workdays },
		{ "day_share", 3, fn_day_share },
		{ "digest", 1, fn_digest },
		{ "round_half", 2, fn_round_half },
		{ "squash", 1, fn_squash },
	};
	size_t i;

	for (i = 0; i < sizeof functions / sizeof *functions; i++) {
		if (sqlite3_create_function_v2(db, functions[i].name, functions[i].arguments,
		    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, (void *)(uintptr_t)rs,
		    functions[i].call, NULL, NULL, NULL) != SQLITE_OK)
			return db_trouble(db, functions[i].name, why);
	}
	/* the first use of a table-valued function declares it, which an authorizer would refuse */
	return db_exec(db, "SELECT 1 FROM json_each('[]') AS a, json_tree('[]') AS b", why);
}
