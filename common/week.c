/*
 * week - days, instants and ISO weeks.
 */
#include "week.h"

#include <string.h>

/* ---- digits ---- */

/* Exactly N digits at S, or -1. */
static int digits_get(const char *s, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

static char *digits_put(char *to, int v, int n)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		to[i] = (char)('0' + v % 10);
	return to + n;
}

/* ---- days ---- */

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/*
 * Years are counted from March, so that the leap day is the last of its year, and
 * in eras of 400 years = 146097 days.  719468 days lie between 0000-03-01 and 1970-01-01.
 */
day_t day_of(int year, int month, int day)
{
	int y = year - (month <= 2);
	int era = (y >= 0 ? y : y - 399) / 400;
	int of_era = y - era * 400;
	int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int day_make(int year, int month, int day, day_t *out)
{
	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
		return -1;
	*out = day_of(year, month, day);
	return 0;
}

void day_split(day_t d, int *year, int *month, int *day)
{
	int z = d + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int of_era = z - era * 146097;
	int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * y + y / 4 - y / 100);
	int m = (5 * of_year + 2) / 153;

	if (year != NULL)
		*year = y + era * 400 + (m >= 10);
	if (month != NULL)
		*month = m < 10 ? m + 3 : m - 9;
	if (day != NULL)
		*day = of_year - (153 * m + 2) / 5 + 1;
}

int day_year(day_t d)
{
	int year;

	day_split(d, &year, NULL, NULL);
	return year;
}

int day_parse(const char *s, size_t n, day_t *out)
{
	if (n != 10 || s[4] != '-' || s[7] != '-')
		return -1;
	int year = digits_get(s, 4), month = digits_get(s + 5, 2), day = digits_get(s + 8, 2);

	if (year < YEAR_MIN || year > YEAR_MAX)
		return -1;
	return day_make(year, month, day, out);
}

void day_format(day_t d, char out[11])
{
	int year, month, day;

	day_split(d, &year, &month, &day);
	out = digits_put(out, year, 4);
	*out++ = '-';
	out = digits_put(out, month, 2);
	*out++ = '-';
	out = digits_put(out, day, 2);
	*out = '\0';
}

/* 1970-01-01 was a Thursday. */
int day_weekday(day_t d)
{
	int r = (d + 3) % 7;

	return (r < 0 ? r + 7 : r) + 1;
}

/* ---- instants ---- */

/* "+08:00", or "Z" for 0. */
static int offset_parse(const char *s, size_t n, int *out)
{
	if (n == 1 && *s == 'Z') {
		*out = 0;
		return 0;
	}
	if (n != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':')
		return -1;
	int hours = digits_get(s + 1, 2), minutes = digits_get(s + 4, 2);

	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return -1;
	*out = (s[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
	return 0;
}

int instant_parse(const char *s, size_t n, int offset, instant_t *out)
{
	int hour, minute, second = 0, said;
	day_t d;

	if (n < 16 || s[10] != 'T' || s[13] != ':' || day_parse(s, 10, &d) != 0)
		return -1;
	hour = digits_get(s + 11, 2);
	minute = digits_get(s + 14, 2);
	s += 16, n -= 16;
	if (n >= 3 && s[0] == ':') {
		second = digits_get(s + 1, 2);
		s += 3, n -= 3;
	}
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return -1;
	if (n > 0 && (offset_parse(s, n, &said) != 0 || said != offset))
		return -1;
	*out = (instant_t)d * DAY_SECONDS + hour * 3600 + minute * 60 + second;
	return 0;
}

day_t instant_day(instant_t t)
{
	return (day_t)((t - (t < 0 ? DAY_SECONDS - 1 : 0)) / DAY_SECONDS);
}

void instant_format(instant_t t, int offset, char out[26])
{
	day_t d = instant_day(t);
	int s = (int)(t - (instant_t)d * DAY_SECONDS);
	int east = offset < 0 ? -offset : offset;
	char day[11];

	day_format(d, day);
	memcpy(out, day, 10);
	out += 10;
	*out++ = 'T';
	out = digits_put(out, s / 3600, 2);
	*out++ = ':';
	out = digits_put(out, s / 60 % 60, 2);
	*out++ = ':';
	out = digits_put(out, s % 60, 2);
	*out++ = offset < 0 ? '-' : '+';
	out = digits_put(out, east / 60, 2);
	*out++ = ':';
	out = digits_put(out, east % 60, 2);
	*out = '\0';
}

/* ---- ISO weeks ---- */

/* Monday of week 1: that of the week of 4 January. */
static day_t year_monday(int year)
{
	day_t d = day_of(year, 1, 4);

	return d - (day_weekday(d) - 1);
}

int week_parse(const char *s, size_t n, struct week *out)
{
	if (n != 8 || s[4] != '-' || s[5] != 'W')
		return -1;
	struct week w = { digits_get(s, 4), digits_get(s + 6, 2) };

	if (w.year < YEAR_MIN || w.year > YEAR_MAX || w.number < 1)
		return -1;
	if (w.number > (year_monday(w.year + 1) - year_monday(w.year)) / 7)
		return -1;
	*out = w;
	return 0;
}

void week_format(struct week w, char out[9])
{
	out = digits_put(out, w.year, 4);
	*out++ = '-';
	*out++ = 'W';
	out = digits_put(out, w.number, 2);
	*out = '\0';
}

int week_cmp(struct week a, struct week b)
{
	if (a.year != b.year)
		return a.year < b.year ? -1 : 1;
	return a.number < b.number ? -1 : a.number > b.number;
}

/* The ISO year of a day is the year of its week's Thursday. */
struct week week_of_day(day_t d)
{
	day_t monday = d - (day_weekday(d) - 1);
	struct week w = { day_year(monday + 3), 0 };

	w.number = (monday - year_monday(w.year)) / 7 + 1;
	return w;
}

day_t week_monday(struct week w)
{
	return year_monday(w.year) + 7 * (w.number - 1);
}
