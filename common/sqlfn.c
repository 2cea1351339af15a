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
#include "digest.h"
#include "sqlfn.h"
#include "text.h"
#include "week.h"
#include "weeklist.h"

#define LONGEST_LIST 520        /* a week each: ten years */

/* The window of a week. */
struct known_week {
	char          text[9];          /* as it was asked for; "": none yet */
	struct window window;
	char          from[11], to[11]; /* its first and last day */
};

/* What a function made of the text it was last asked for. */
struct known_text {
	struct buf asked, made;
	bool       is_made;
};

/*
 * What the functions of one connection know.  A measure asks the same things for every row, so the last
 * answers are kept: they change how long a week takes, never what it says.
 */

struct known {
	const struct ruleset *rules;
	struct digest        *digest;
	struct known_text     squashed, digested;
	struct known_week     weeks[16];        /* by the last digits of their number */
	struct buf            list_text;        /* what LIST was read from */
	struct weeklist       list;
	bool                  list_ok;
	struct buf            list_made;
};

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

static struct known *known_of(sqlite3_context *c)
{
	return sqlite3_user_data(c);
}

static const struct ruleset *rules_of(sqlite3_context *c)
{
	return known_of(c)->rules;
}

static struct span arg_text(sqlite3_value *v)
{
	const char *s = (const char *)sqlite3_value_text(v);

	return (struct span){ s != NULL ? s : "", (size_t)sqlite3_value_bytes(v) };
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

/* Whether what K holds was made of TEXT; else it is to be made anew, and K knows what of. */
static bool is_known(struct known_text *k, struct span text)
{
	if (k->is_made && k->asked.len == text.n && memcmp(buf_cstr(&k->asked), text.s, text.n) == 0)
		return true;
	buf_reset(&k->asked);
	buf_add(&k->asked, text.s, text.n);
	buf_reset(&k->made);
	k->is_made = true;
	return false;
}

static void result_known(sqlite3_context *c, const struct known_text *k)
{
	sqlite3_result_text(c, buf_cstr(&k->made), (int)k->made.len, SQLITE_TRANSIENT);
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

/* What is known of the week that TEXT names; NULL: it is none, or the error is said in *WHY. */
static const struct known_week *week_known(struct known *k, struct span text, struct why *why)
{
	struct known_week *at;
	struct week w;

	why->code = 0;          /* its text is long, and this is asked for every row */
	if (text.n != 8)
		return NULL;
	at = &k->weeks[((text.s[6] & 15) * 10 + (text.s[7] & 15)) %
	    (int)(sizeof k->weeks / sizeof *k->weeks)];
	if (memcmp(at->text, text.s, 8) == 0)
		return at;
	if (week_parse(text.s, 8, &w) != 0)
		return NULL;
	at->text[0] = '\0';
	if (calendar_window(k->rules->calendar, w, &at->window, why) != 0)
		return NULL;
	memcpy(at->text, text.s, 8);
	day_format(at->window.first, at->from);
	day_format(at->window.last, at->to);
	return at;
}

static const struct known_week *arg_known_week(sqlite3_context *c, const char *function, sqlite3_value *v)
{
	struct why why;
	const struct known_week *w = week_known(known_of(c), arg_text(v), &why);

	if (w == NULL && why.code != 0)
		sqlite3_result_error(c, why.text, -1);
	else if (w == NULL)
		refuse(c, function, v, "a week YYYY-Www");
	return w;
}

static void fn_week_from(sqlite3_context *c, int n, sqlite3_value **v)
{
	const struct known_week *w;

	if (!any_null(c, n, v) && (w = arg_known_week(c, "week_from()", v[0])) != NULL)
		sqlite3_result_text(c, w->from, sizeof w->from - 1, SQLITE_TRANSIENT);
}

static void fn_week_to(sqlite3_context *c, int n, sqlite3_value **v)
{
	const struct known_week *w;

	if (!any_null(c, n, v) && (w = arg_known_week(c, "week_to()", v[0])) != NULL)
		sqlite3_result_text(c, w->to, sizeof w->to - 1, SQLITE_TRANSIENT);
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

static void fn_day_add(sqlite3_context *c, int n, sqlite3_value **v)
{
	sqlite3_int64 by;
	char s[11];
	day_t d;

	if (any_null(c, n, v) || !arg_day(c, "day_add()", v[0], &d))
		return;
	by = sqlite3_value_int64(v[1]);
	if (by < -100000 || by > 100000) {
		refuse(c, "day_add()", v[1], "a number of days");
		return;
	}
	day_format(d + (day_t)by, s);
	sqlite3_result_text(c, s, sizeof s - 1, SQLITE_TRANSIENT);
}

/* Days from B to A. */
static void fn_day_diff(sqlite3_context *c, int n, sqlite3_value **v)
{
	day_t a, b;

	if (!any_null(c, n, v) && arg_day(c, "day_diff()", v[0], &a) && arg_day(c, "day_diff()", v[1], &b))
		sqlite3_result_int64(c, (sqlite3_int64)a - b);
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
	struct known_text *digested = &known_of(c)->digested;
	char hex[DIGEST_HEX];
	struct span text;

	if (any_null(c, n, v))
		return;
	text = arg_text(v[0]);
	if (!is_known(digested, text)) {
		digest_once(known_of(c)->digest, text.s, text.n, hex);
		buf_add(&digested->made, hex, DIGEST_HEX - 1);
	}
	result_known(c, digested);
}

/*
 * X to N decimals, half away from zero, as a person rounds the decimal that she
 * sees: 2.675 to two places is 2.68, although the nearest double lies below, and
 * 39.95 - 40.0 is -0.05.  So X is taken to nine decimals first, as a briefing takes
 * what it prints; from a billion on, where a double has no nine, to its last place.
 * Never -0.
 */
static double round_half(double x, int n)
{
	double power = 1, scaled;
	int64_t step = 1000000000;

	for (int i = 0; i < n; i++) {
		power *= 10;
		step /= 10;
	}
	if (fabs(x) < 1e9) {
		int64_t billionths = (int64_t)(fabs(x) * 1e9 + 0.5);

		scaled = (double)((billionths + step / 2) / step);
	} else {
		scaled = floor(fabs(x) * power * (1 + 4 * DBL_EPSILON) + 0.5);
	}
	if (scaled <= 0)
		return 0;
	return x < 0 ? -(scaled / power) : scaled / power;
}

/* Whether PLACES are decimals that a number can be rounded to; else the error is said. */
static bool are_places(sqlite3_context *c, const char *function, sqlite3_value *v, sqlite3_int64 *places)
{
	*places = sqlite3_value_int64(v);
	if (*places >= 0 && *places <= 9)
		return true;
	refuse(c, function, v, "0 to 9 decimals");
	return false;
}

/* REAL with N decimals, INTEGER with none.  An integer stays what it is. */
static void fn_round_half(sqlite3_context *c, int n, sqlite3_value **v)
{
	sqlite3_int64 places;
	double x;

	if (any_null(c, n, v))
		return;
	if (!are_places(c, "round_half()", v[1], &places))
		return;
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

/* What round_half makes of X, as text with all N decimals: 2.7 to two is 2.70. */
static void fn_fixed(sqlite3_context *c, int n, sqlite3_value **v)
{
	sqlite3_int64 places;
	char s[340];
	double x;
	int len;

	if (any_null(c, n, v) || !are_places(c, "fixed()", v[1], &places))
		return;
	x = sqlite3_value_double(v[0]);
	if (fabs(x) <= 1e15)            /* beyond, it has no decimals to lose */
		x = round_half(x, (int)places);
	len = snprintf(s, sizeof s, "%.*f", (int)places, x);
	sqlite3_result_text(c, s, len, SQLITE_TRANSIENT);
}

static void fn_squash(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct known_text *squashed = &known_of(c)->squashed;
	struct span text;

	if (any_null(c, n, v))
		return;
	text = arg_text(v[0]);
	if (!is_known(squashed, text))
		text_squash(&squashed->made, text);
	result_known(c, squashed);
}

/* ---- lists of weeks ---- */

/* The list V, read once for all questions that are asked of it in turn; NULL: the error is said. */
static const struct weeklist *arg_list(sqlite3_context *c, const char *function, sqlite3_value *v)
{
	struct known *k = known_of(c);
	struct span text = arg_text(v);

	if (k->list_text.len != text.n || memcmp(buf_cstr(&k->list_text), text.s, text.n) != 0 ||
	    !k->list_ok) {
		buf_reset(&k->list_text);
		buf_add(&k->list_text, text.s, text.n);
		k->list_ok = weeklist_read(&k->list, (struct span){ buf_cstr(&k->list_text), text.n }) == 0;
	}
	if (k->list_ok)
		return &k->list;
	refuse(c, function, v, "a JSON array of flat objects");
	return NULL;
}

/* LIST with OBJECT behind it, and without the oldest where there would be more than MOST. */
static void fn_weeks_add(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct known *k = known_of(c);
	struct buf *out = &k->list_made, made;
	sqlite3_int64 most;

	if (any_null(c, n, v) || arg_list(c, "weeks_add()", v[0]) == NULL)
		return;
	most = sqlite3_value_int64(v[2]);
	if (most < 1 || most > LONGEST_LIST) {
		refuse(c, "weeks_add()", v[2], "a number of weeks");
		return;
	}
	buf_reset(out);
	if (weeklist_add(&k->list, arg_text(v[1]), (size_t)most, out) != 0) {
		refuse(c, "weeks_add()", v[1], "a flat JSON object");
		return;
	}
	sqlite3_result_text(c, buf_cstr(out), (int)out->len, SQLITE_TRANSIENT);
	/* What is asked next is asked of this list: the two texts change places. */
	made = k->list_text;
	k->list_text = k->list_made;
	k->list_made = made;
}

static void fn_weeks_count(sqlite3_context *c, int n, sqlite3_value **v)
{
	const struct weeklist *list;

	if (!any_null(c, n, v) && (list = arg_list(c, "weeks_count()", v[0])) != NULL)
		sqlite3_result_int64(c, (sqlite3_int64)list->n);
}

/* A value as it is written, as SQL has it. */
static void result_written(sqlite3_context *c, struct span value)
{
	char number[40];

	if (value.s[0] == '"') {
		sqlite3_result_text(c, value.s + 1, (int)value.n - 2, SQLITE_TRANSIENT);
	} else if (value.s[0] == 't' || value.s[0] == 'f') {
		sqlite3_result_int(c, value.s[0] == 't');
	} else if (value.n >= sizeof number) {
		sqlite3_result_error(c, "weeks_value(): a number of 40 digits or more", -1);
	} else {
		memcpy(number, value.s, value.n);
		number[value.n] = '\0';
		if (strpbrk(number, ".eE") != NULL)
			sqlite3_result_double(c, strtod(number, NULL));
		else
			sqlite3_result_int64(c, strtoll(number, NULL, 10));
	}
}

/* The last day of the week of the object at I; false: the error is said. */
static bool object_day(sqlite3_context *c, const struct weeklist *list, size_t i, day_t *out)
{
	const struct known_week *week = NULL;
	struct span text;
	struct why why;

	why.code = 0;
	if (weeklist_value(list, i, span_of("week"), &text) && text.n > 2)
		week = week_known(known_of(c), (struct span){ text.s + 1, text.n - 2 }, &why);
	if (week == NULL)
		sqlite3_result_error(c, why.code != 0 ? why.text
		    : "weeks_value(): an object without a week YYYY-Www", -1);
	else
		*out = week->window.last;
	return week != NULL;
}

/*
 * weeks_value(LIST, NAME, HAVING, WEEK, DAYS): NAME of the last object that has a value of HAVING and whose
 * window ended DAYS or more before that of WEEK; NULL where there is none.
 */
static void fn_weeks_value(sqlite3_context *c, int n, sqlite3_value **v)
{
	const struct weeklist *list;
	const struct known_week *week;
	struct span having, value;
	day_t until, day;

	if (any_null(c, n, v) || (list = arg_list(c, "weeks_value()", v[0])) == NULL ||
	    (week = arg_known_week(c, "weeks_value()", v[3])) == NULL)
		return;
	until = week->window.last - (day_t)sqlite3_value_int64(v[4]);
	having = arg_text(v[2]);
	for (size_t i = list->n; i-- > 0;) {
		if (!weeklist_value(list, i, having, &value))
			continue;
		if (!object_day(c, list, i, &day))
			return;
		if (day > until)
			continue;
		if (weeklist_value(list, i, arg_text(v[1]), &value))
			result_written(c, value);
		return;
	}
}

/* ---- */

static void known_free(void *p)
{
	struct known *k = p;
	char unused[DIGEST_HEX];

	digest_end(k->digest, unused);
	buf_free(&k->squashed.asked);
	buf_free(&k->squashed.made);
	buf_free(&k->digested.asked);
	buf_free(&k->digested.made);
	buf_free(&k->list_text);
	buf_free(&k->list_made);
	weeklist_free(&k->list);
	free(k);
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
		{ "day_add", 2, fn_day_add },
		{ "day_diff", 2, fn_day_diff },
		{ "day_share", 3, fn_day_share },
		{ "digest", 1, fn_digest },
		{ "round_half", 2, fn_round_half },
		{ "fixed", 2, fn_fixed },
		{ "squash", 1, fn_squash },
		{ "weeks_add", 3, fn_weeks_add },
		{ "weeks_count", 1, fn_weeks_count },
		{ "weeks_value", 5, fn_weeks_value },
	};
	struct known *known = mem_zero(1, sizeof *known);
	size_t i;

	known->rules = rs;
	known->digest = digest_new();

	for (i = 0; i < sizeof functions / sizeof *functions; i++) {
		if (sqlite3_create_function_v2(db, functions[i].name, functions[i].arguments,
		    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, known,
		    functions[i].call, NULL, NULL, i == 0 ? known_free : NULL) != SQLITE_OK)
			return db_trouble(db, functions[i].name, why);
	}
	if (sqlfn_add_sum(db, why) != 0)
		return -1;
	/* the first use of a table-valued function declares it, which an authorizer would refuse */
	return db_exec(db, "SELECT 1 FROM json_each('[]') AS a, json_tree('[]') AS b", why);
}
