/*
 * value_date - cells of days, months and weeks, in every form that offices write them.
 */
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERIAL_FIRST 36526      /* 2000-01-01 */
#define SERIAL_LAST  54788      /* 2049-12-31 */
#define SERIAL_1970  25569

/* Groups of digits and what stands after each: '-' '/' '.', 'Y' 'M' 'D' for words, 0 for the end. */
struct groups {
	size_t n;
	int    v[3];
	size_t len[3];
	char   after[3];
};

/* The mark at *P and on past it; -1 if there is none. */
static int mark_at(const struct messages *m, const char **p, const char *end)
{
	static const struct { const char *words; char mark; } marks[] = {
		{ "date.year", 'Y' }, { "date.month", 'M' }, { "date.day", 'D' },
	};
	struct span rest = { *p, (size_t)(end - *p) };

	if (rest.n == 0)
		return 0;
	if (strchr("-/.", **p) != NULL)
		return *(*p)++;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		size_t n = word_at(m, marks[i].words, rest);

		if (n > 0) {
			*p += n;
			return marks[i].mark;
		}
	}
	return -1;
}

/* -1: it is not made of groups of digits and marks. */
static int split_date(const struct messages *m, struct span s, struct groups *g)
{
	const char *p = s.s, *end = s.s + s.n;

	*g = (struct groups){ 0 };
	while (p < end) {
		struct span digits = digits_at(p);

		if (g->n == 3 || digits.n == 0 || digits.n > 8)
			return -1;
		for (size_t i = 0; i < digits.n; i++)
			g->v[g->n] = g->v[g->n] * 10 + (p[i] - '0');
		g->len[g->n] = digits.n;
		p += digits.n;
		int mark = mark_at(m, &p, end);

		if (mark < 0)
			return -1;
		g->after[g->n++] = (char)mark;
	}
	return g->n > 0 ? 0 : -1;
}

/* "2022-4-1", or with words. */
static bool is_full(const struct groups *g)
{
	const char *a = g->after;

	return g->n == 3 && g->len[1] <= 2 && g->len[2] <= 2 &&
	    ((a[0] == a[1] && strchr("-/.", a[0]) != NULL && a[2] == 0) ||
	     (a[0] == 'Y' && a[1] == 'M' && (a[2] == 'D' || a[2] == 0)));
}

/* "2022-4", or with words. */
static bool is_year_month(const struct groups *g)
{
	const char *a = g->after;

	return g->n == 2 && g->len[0] == 4 && g->len[1] <= 2 &&
	    ((strchr("-/.", a[0]) != NULL && a[1] == 0) || (a[0] == 'Y' && (a[1] == 'M' || a[1] == 0)));
}

/* Rationale: "2022.1" is what a spreadsheet makes of 2022.10 as well, so it is asked. */
static bool is_cut_month(const struct groups *g)
{
	return g->after[0] == '.' && g->len[1] == 1 && g->v[1] == 1;
}

/* Whether S is a time of day "8:30", "08:30:00". */
static bool is_time(const char *s)
{
	size_t colons = 0;

	for (; *s != '\0'; colons++, s++) {
		struct span digits = digits_at(s);

		s += digits.n;
		if (digits.n < 1 || digits.n > 2 || colons > 2)
			return false;
		if (*s != ':')
			return *s == '\0' && colons > 0;
	}
	return false;
}

/*
 * The cell squashed, without a time of day; *TIME: there was one, and not midnight, which spreadsheets
 * add.
 */
static struct span date_text(const struct cell_in *c, bool *time)
{
	const char *s = c->fold.s;
	const char *end = s + strcspn(s, " T");
	struct span all = { s, c->fold.n };

	*time = *end != '\0' && end > s && is_time(end + 1 + strspn(end + 1, " "));
	if (*time)
		all.n = (size_t)(end - s);
	*time = *time && strspn(end + 1, " 0:") != strlen(end + 1);
	/* Nearly all dates are nothing else, and squashing leaves these alone. */
	return strspn(all.s, "0123456789-/.") >= all.n ? all : squash_in(c->arena, all);
}

/* The day of three numbers; -1 after a finding. */
static int make_day(struct cell_in *c, int year, int month, int day, day_t *out)
{
	if (year < 2000 || year > 2099)
		return cell_say(c, "value.date_year", NULL, NULL) != 0 ? -1 : 1;
	if (day_make(year, month, day, out) != 0)
		return cell_say(c, "value.date_impossible", NULL, NULL) != 0 ? -1 : 1;
	return 0;
}

/* "22.4.1": very likely 2022-04-01, but it is asked. */
static int say_short_year(struct cell_in *c, const struct groups *g)
{
	char day_text[11];
	day_t d;

	if (day_make(2000 + g->v[0], g->v[1], g->v[2], &d) != 0)
		return cell_say(c, "value.date", NULL, NULL);
	day_format(d, day_text);
	return cell_say(c, "value.date_short_year", NULL, day_text);
}

/* ---- periods without a day ---- */

/* Whether S is one of the words of list ID. */
static bool is_word(const struct messages *m, const char *id, struct span s)
{
	return s.n > 0 && word_at(m, id, s) == s.n;
}

static day_t month_end(int year, int month)
{
	day_t d = 0;

	(void)day_make(month < 12 ? year : year + 1, month < 12 ? month + 1 : 1, 1, &d);
	return d - 1;
}

/* What follows the year of a period: "", or words for a part of the year.  The month it ends with, or 0. */
static int part_of_year(const struct messages *m, struct span s)
{
	static const char *const quarters[] = {
		"date.until_03", "date.until_06", "date.until_09", "date.until_12",
	};

	if (s.n == 0)
		return 12;
	for (int i = 0; i < 4; i++)
		if (is_word(m, quarters[i], s))
			return 3 * i + 3;
	return 0;
}

/* What follows the month of a period: "", or words for a part of it.  Its last day, or 0. */
static day_t part_of_month(const struct messages *m, struct span s, int year, int month)
{
	day_t end = month_end(year, month);
	int days;

	day_split(end, NULL, NULL, &days);
	if (s.n == 0 || is_word(m, "date.until_end", s))
		return end;
	if (is_word(m, "date.until_20", s))
		return end - days + 20;
	return is_word(m, "date.until_10", s) ? end - days + 10 : 0;
}

/* "4月底": a month of no year. */
static bool is_bare_month(const struct messages *m, struct span s)
{
	size_t n = digits_at(s.s).n;

	return n >= 1 && n <= 2 && n < s.n && word_at(m, "date.month", (struct span){ s.s + n, s.n - n }) > 0;
}

static struct span behind(struct span s, size_t n)
{
	return (struct span){ s.s + n, s.n - n };
}

/*
 * The last day of a period that S names without a day: "2022-04", with words and parts of a month, a part of
 * a year, or a year.  0: it is none.
 */
static day_t last_of_period(const struct messages *m, struct span s)
{
	struct span digits = digits_at(s.s);
	struct span rest = behind(s, digits.n < s.n ? digits.n : s.n);
	size_t word = word_at(m, "date.year", rest);
	bool mark = word == 0 && rest.n > 0 && strchr("-/.", *rest.s) != NULL;
	int year = digits.n == 4 || digits.n == 2 ? atoi(digits.s) : 0, month;

	if (digits.n == 2 && word > 0)
		year += 2000;
	if (year < 2000 || year > 2099 || (word == 0 && !mark && rest.n > 0))
		return 0;
	rest = behind(rest, mark ? 1 : word);
	digits = digits_at(rest.s);
	if (digits.n == 0 || part_of_year(m, rest) > 0) {
		month = mark ? 0 : part_of_year(m, rest);
		return month > 0 ? month_end(year, month) : 0;
	}
	month = atoi(digits.s);
	rest = behind(rest, digits.n);
	word = word_at(m, "date.month", rest);
	if (digits.n > 2 || month < 1 || month > 12 || (word == 0 && rest.n > 0))
		return 0;
	return part_of_month(m, behind(rest, word), year, month);
}

/* A period without a day: what is planned may be done by its last day, a fact has a day of its own. */
static int say_period(struct cell_in *c, day_t last)
{
	char text[11];

	if (!c->f->planned)
		return cell_say(c, "value.date_no_day", NULL, NULL);
	day_format(last, text);
	return cell_say(c, "value.date_period", NULL, text);
}

/* A day from S, the cell's, and its groups.  0, 1 (said, but no error), -1; *SERIAL: it was a number. */
static int read_day(struct cell_in *c, struct span s, const struct groups *g, bool split, day_t *out,
    bool *serial)
{
	day_t last;

	*serial = false;
	if (split && g->n == 1 && g->after[0] == 0 && g->len[0] == 8)
		return make_day(c, g->v[0] / 10000, g->v[0] / 100 % 100, g->v[0] % 100, out);
	if (split && g->n == 1 && g->after[0] == 0 && g->len[0] == 5) {
		if (g->v[0] < SERIAL_FIRST || g->v[0] > SERIAL_LAST)
			return cell_say(c, "value.date_serial", NULL, NULL) != 0 ? -1 : 1;
		*out = g->v[0] - SERIAL_1970;
		*serial = true;
		return 0;
	}
	if (split && is_full(g) && g->len[0] == 4)
		return make_day(c, g->v[0], g->v[1], g->v[2], out);
	if (split && is_full(g) && g->len[0] == 2)
		return say_short_year(c, g) != 0 ? -1 : 1;
	if (split && is_year_month(g) && is_cut_month(g))
		return cell_say_number(c, "value.date_ambiguous", (unsigned)g->v[0], NULL) != 0 ? -1 : 1;
	if ((last = last_of_period(&c->rs->messages, s)) != 0)
		return say_period(c, last) != 0 ? -1 : 1;
	if (split && is_year_month(g))
		return cell_say(c, "value.date_no_day", NULL, NULL) != 0 ? -1 : 1;
	if ((split && g->n == 2 && g->len[0] <= 2) || is_bare_month(&c->rs->messages, s))
		return cell_say(c, "value.date_no_year", NULL, NULL) != 0 ? -1 : 1;
	return cell_say(c, "value.date", NULL, NULL) != 0 ? -1 : 1;
}

int value_date(struct cell_in *c)
{
	struct groups g;
	bool time, serial;
	struct span s = date_text(c, &time);
	bool split = split_date(&c->rs->messages, s, &g) == 0;
	char text[11];
	day_t d;
	int rc = read_day(c, s, &g, split, &d, &serial);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	day_format(d, text);
	if (serial && cell_say(c, "value.serial", text, NULL) != 0)
		return -1;
	if (time && cell_say(c, "value.time", text, NULL) != 0)
		return -1;
	return cell_give_text(c, text, 10);
}

static int give_month(struct cell_in *c, int year, int month)
{
	char text[24];

	if (year < 2000 || year > 2099 || month < 1 || month > 12)
		return cell_say(c, "value.month", NULL, NULL);
	(void)snprintf(text, sizeof text, "%04d-%02d", year, month);
	return cell_give_text(c, text, 7);
}

int value_month(struct cell_in *c)
{
	struct groups g;
	bool time, serial;
	struct span s = date_text(c, &time);
	bool split = split_date(&c->rs->messages, s, &g) == 0;
	int year, mon, rc;
	char text[11];
	day_t d;

	if (split && is_year_month(&g)) {
		if (is_cut_month(&g))
			return cell_say(c, "value.month_ambiguous", NULL, NULL);
		return give_month(c, g.v[0], g.v[1]);
	}
	if (split && g.n == 1 && g.after[0] == 0 && g.len[0] == 6)
		return give_month(c, g.v[0] / 100, g.v[0] % 100);
	if (!split || (g.n == 1 && g.len[0] != 5 && g.len[0] != 8) || g.n == 2)
		return cell_say(c, "value.month", NULL, NULL);
	rc = read_day(c, s, &g, split, &d, &serial);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	day_format(d, text);
	text[7] = '\0';
	if (cell_say(c, "value.month_of_day", text, NULL) != 0)
		return -1;
	day_split(d, &year, &mon, NULL);
	return give_month(c, year, mon);
}

int value_week(struct cell_in *c)
{
	struct span s = squash_in(c->arena, c->text);
	struct week w;
	char text[9];

	if (s.n == 0 || week_spelled(&c->rs->messages, s, s.s, text) == 0 || week_parse(text, 8, &w) != 0)
		return cell_say(c, "value.week", NULL, NULL);
	return cell_give_text(c, text, 8);
}
