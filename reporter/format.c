/*
 * format - a value as a person reads it.
 *
 * The words are the template's; here is only the arithmetic.  The words of a
 * number are chosen by the sign of what is printed, not of what was computed,
 * so that a sentence can never say "behind" over a printed 0.0.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../common/message.h"
#include "../common/week.h"
#include "template.h"

static const struct format built_in[] = {
	{ .name = "0", .decimals = 0, .scale = 1 }, { .name = "1", .decimals = 1, .scale = 1 },
	{ .name = "2", .decimals = 2, .scale = 1 }, { .name = "3", .decimals = 3, .scale = 1 },
	{ .name = "4", .decimals = 4, .scale = 1 }, { .name = "5", .decimals = 5, .scale = 1 },
	{ .name = "6", .decimals = 6, .scale = 1 },
	{ .name = "pct", .decimals = 1, .scale = 1, .says = "{n}%" },
	{ .name = "wan", .decimals = 2, .scale = 10000 },
	{ .name = "yi", .decimals = 2, .scale = 100000000 },
};

const struct format *format_find(const struct briefing *b, const char *name)
{
	for (size_t i = 0; i < b->n_formats; i++)
		if (strcmp(b->formats[i].name, name) == 0)
			return &b->formats[i];
	for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
		if (strcmp(built_in[i].name, name) == 0)
			return &built_in[i];
	return NULL;
}

/*
 * A real as an integer of billionths: what 9 decimals of it print, so that 13.825 is 13.825 and not 13.82499.
 * From a billion on, where a real has no more of them, three decimals: a share of next to nothing is large,
 * and printed.
 */
static int real_billionths(double r, __int128 *out)
{
	char s[64];
	struct decimal d;

	if (!isfinite(r) || fabs(r) >= 9e15)
		return -1;
	if (fabs(r) >= 1e9) {
		*out = (__int128)llround(r * 1000) * 1000000;
		return 0;
	}
	snprintf(s, sizeof s, "%.9f", r);
	if (decimal_parse(span_of(s), &d) != 0)
		return -1;
	while (d.scale < 9) {
		d.digits *= 10;
		d.scale++;
	}
	*out = d.digits;
	return 0;
}

int value_round(const struct value *value, int64_t scale, int decimals, int64_t *out)
{
	__int128 numerator = value->i, denominator = scale, magnitude;

	if (value->type == VALUE_REAL) {
		if (real_billionths(value->r, &numerator) != 0)
			return -1;
		denominator *= 1000000000;
	} else if (value->type != VALUE_INT) {
		return -1;
	}
	for (int k = 0; k < decimals; k++)
		numerator *= 10;
	magnitude = ((numerator < 0 ? -numerator : numerator) * 2 + denominator) / (denominator * 2);
	if (magnitude > INT64_MAX)
		return -1;
	*out = numerator < 0 ? -(int64_t)magnitude : (int64_t)magnitude;
	return 0;
}

/* UNITS of 10^-DECIMALS in digits, with all its decimals. */
static void number_show(struct buf *out, int64_t units, int decimals, bool sign)
{
	char s[32];
	uint64_t u = units < 0 ? 0 - (uint64_t)units : (uint64_t)units;
	int n = snprintf(s, sizeof s, "%0*" PRIu64, decimals + 1, u);

	if (sign && units < 0)
		buf_char(out, '-');
	buf_add(out, s, (size_t)(n - decimals));
	if (decimals > 0) {
		buf_char(out, '.');
		buf_add(out, s + n - decimals, (size_t)decimals);
	}
}

static const char *number_format(struct buf *out, const struct format *f, const struct value *value)
{
	struct buf n = { 0 };
	const char *words;
	int64_t units;

	if (value_round(value, f->scale, f->decimals, &units) != 0)
		return "the value is no number, or too large";
	words = units > 0 ? f->positive : units < 0 ? f->negative : f->zero;
	number_show(&n, units, f->decimals, words == NULL);
	if (!words)
		words = f->says;
	if (words)
		template_fill(out, words, &(struct message_arg){ "n", buf_cstr(&n) }, 1);
	else
		buf_str(out, buf_cstr(&n));
	buf_free(&n);
	return NULL;
}

/* "2022-04-29", "2022-04-29T09:30:00" or "...+08:00". */
static const char *date_format(struct buf *out, const struct format *f, const struct value *value)
{
	char y[8], m[8], d[8], hour[8] = "", minute[8] = "";
	size_t n = value->type == VALUE_TEXT ? strlen(value->s) : 0;
	day_t day;
	int year, month, mday;

	if (n < 10 || day_parse(value->s, 10, &day) != 0 || (n > 10 && (value->s[10] != 'T' || n < 16)))
		return "the value is no date (YYYY-MM-DD, or with THH:MM)";
	day_split(day, &year, &month, &mday);
	snprintf(y, sizeof y, "%d", year);
	snprintf(m, sizeof m, "%d", month);
	snprintf(d, sizeof d, "%d", mday);
	if (n > 10) {
		snprintf(hour, sizeof hour, "%.2s", value->s + 11);
		snprintf(minute, sizeof minute, "%.2s", value->s + 14);
	}
	template_fill(out, f->date, (const struct message_arg[]){ { "y", y }, { "m", m }, { "d", d },
	    { "H", hour }, { "M", minute } }, 5);
	return NULL;
}

static const char *plain_format(struct buf *out, const struct value *value)
{
	if (value->type == VALUE_REAL)
		return "a real number needs a format that says how many decimals";
	if (value->type == VALUE_INT)
		buf_fmt(out, "%" PRId64, value->i);
	else
		buf_str(out, value->s);
	return NULL;
}

static const char *cases_format(struct buf *out, const struct format *f, const struct value *value)
{
	struct buf s = { 0 };
	const char *trouble = plain_format(&s, value), *says = f->other;

	for (size_t i = 0; !trouble && i < f->n_cases; i++)
		if (strcmp(f->cases[i].is, buf_cstr(&s)) == 0)
			says = f->cases[i].says;
	if (!trouble && !says)
		trouble = "the value is none of the cases of its format";
	if (!trouble)
		buf_str(out, says);
	buf_free(&s);
	return trouble;
}

const char *format_value(struct buf *out, const struct format *format, const struct value *value)
{
	if (!format)
		return plain_format(out, value);
	switch (format->kind) {
	case FORMAT_DATE:
		return date_format(out, format, value);
	case FORMAT_CASES:
		return cases_format(out, format, value);
	case FORMAT_NUMBER:
		break;
	}
	return number_format(out, format, value);
}
