/*
 * sheet_day - the days, and the numbers of weeks without a year, that titles, signatures and a file's name say.
 * They declare nothing; whether they agree with the week that the file counts for is asked (judge_file).
 */
#include "sheet.h"

#include <string.h>

/* One or two digits (MOST) at *P, moved behind them; -1: none, or more. */
static int number_at(const char **p, const char *end, size_t most)
{
	const char *s = *p;
	int n = 0;

	for (; s < end && is_digit(*s) && (size_t)(s - *p) < most; s++)
		n = n * 10 + (*s - '0');
	if (s == *p || (s < end && is_digit(*s)))
		return -1;
	*p = s;
	return n;
}

/* One of list ID at *P, moved behind it. */
static bool word_here(const struct messages *m, const char *id, const char **p, const char *end)
{
	size_t n = word_at(m, id, (struct span){ *p, (size_t)(end - *p) });

	*p += n;
	return n > 0;
}

static bool mark_here(const char **p, const char *end)
{
	if (*p == end || strchr("-/.", **p) == NULL)
		return false;
	(*p)++;
	return true;
}

/* "3(month)24(day)" in words at *P. */
static bool month_and_day(const struct messages *m, const char **p, const char *end, int *month, int *day)
{
	const char *s = *p;

	*month = number_at(&s, end, 2);
	if (*month < 1 || *month > 12 || !word_here(m, "date.month", &s, end))
		return false;
	*day = number_at(&s, end, 2);
	if (*day < 1 || *day > 31 || !word_here(m, "date.day", &s, end))
		return false;
	*p = s;
	return true;
}

/* What follows a year at *P: the same in words, in figures between marks, or four digits more. */
static bool after_year(const struct messages *m, const char **p, const char *end, struct said_day *d)
{
	const char *s = *p;

	if (word_here(m, "date.year", &s, end)) {
		if (!month_and_day(m, &s, end, &d->month, &d->day))
			return false;
	} else if (mark_here(&s, end)) {
		d->month = number_at(&s, end, 2);
		if (d->month < 1 || !mark_here(&s, end) || (d->day = number_at(&s, end, 2)) < 1)
			return false;
	} else {
		int all = number_at(&s, end, 4);

		if (s != *p + 4)
			return false;
		d->month = all / 100;
		d->day = all % 100;
	}
	*p = s;
	return true;
}

/* A day at *P, with its year or without. */
static bool day_at(const struct messages *m, const char **p, const char *end, struct said_day *d)
{
	const char *s = *p + 4;
	bool year = end - *p > 4;

	*d = (struct said_day){ 0 };
	for (size_t i = 0; year && i < 4; i++) {
		year = is_digit((*p)[i]);
		d->year = d->year * 10 + ((*p)[i] - '0');
	}
	if (year && d->year / 100 == 20 && after_year(m, &s, end, d)) {
		*p = s;
		return true;
	}
	d->year = 0;
	return month_and_day(m, p, end, &d->month, &d->day);
}

/* Whether a word of list ID ends at P of TEXT. */
static bool word_before(const struct messages *m, const char *id, struct span text, const char *p)
{
	const struct words *w = words_find(m, id);

	for (size_t i = 0; w != NULL && i < w->n; i++)
		if (span_ends((struct span){ text.s, (size_t)(p - text.s) }, w->squashed[i]))
			return true;
	return false;
}

/* A number of a week without its year at *P of TEXT: the words around it.  Behind a month it is the month's week. */
static int week_at(const struct messages *m, struct span text, const char **p)
{
	const char *s = *p, *end = text.s + text.n;
	int n;

	if (!word_here(m, "week.between", &s, end) || (n = number_at(&s, end, 2)) < 1 ||
	    !word_here(m, "week.after", &s, end) || word_before(m, "date.month", text, *p))
		return 0;
	*p = s;
	return n;
}

/* Kept with the letters it was said in. */
static void keep(struct paper *p, struct said_day d, const char *from, const char *to, uint32_t row)
{
	if (p->n_said == sizeof p->said / sizeof *p->said)
		return;
	d.row = row;
	d.text = arena_ndup(&p->arena, from, (size_t)(to - from));
	p->said[p->n_said++] = d;
}

void sheet_days(const struct understanding *u, struct span text, uint32_t row)
{
	const struct messages *m = &u->rs->messages;
	const char *end = text.s + text.n;
	struct said_day d;
	char one[9];

	for (const char *p = text.s; p < end; ) {
		const char *from = p;
		size_t n = week_spelled(m, text, p, one);

		if (n > 0) {
			p += n;
		} else if (p > text.s && is_digit(p[-1]) && is_digit(*p)) {
			p++;                    /* in the middle of a number */
		} else if (day_at(m, &p, end, &d)) {
			keep(u->p, d, from, p, row);
		} else if ((d.week = week_at(m, text, &p)) > 0) {
			keep(u->p, (struct said_day){ .week = d.week }, from, p, row);
		} else {
			p++;
		}
	}
}
