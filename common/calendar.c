/*
 * calendar - reporting windows and working days.
 *
 * How windows are made, a calendar year at a time (no window crosses 31 December):
 *
 *  1. Cut the year after each closing weekday: 1 January to the first one, then
 *     seven days each.  What follows the last closing weekday belongs to the
 *     piece before it, so that the last piece ends on 31 December.
 *  2. From January on, a piece with fewer than min_workdays working days (counted
 *     with the pieces already joined to it) is joined to the next.  The year's
 *     last piece has no next: it stands as it is, however few days it has.
 *  3. A window is named by the ISO week of the last closing weekday in it.  Every
 *     ISO week has one closing weekday, so names are unique and ascend; a week
 *     whose closing weekday is not the last of its window was joined away.
 *     (With ends = thu the name's year is the calendar year.  With a later
 *     weekday the first days of January may carry the old year's last number.)
 *  4. Cut-off: the window's last working day; for the year's last window the first
 *     working day after it.  Seal and meeting: the next working day after that.
 *     So a seal is always later than its window's last day, and seals ascend.
 *
 * Steps 1 to 3 need the days off of that year only; step 4 may need the next
 * year's.  They are therefore kept apart: the first three are worked out once
 * for a year, when it is first asked about, and the times when they are.
 */
#include "calendar.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define YEARS (YEAR_MAX - YEAR_MIN + 1)
/* At most 53 closing weekdays in a year. */
#define YEAR_WINDOWS 54

/* A day that is not what its weekday says, or said to be what it is anyway. */
struct exception {
	day_t day;
	int   delta;            /* working days up to and with this one, against the weekdays alone */
	bool  off;
};

/* The windows of one calendar year; cutoff, seal and meeting are not filled in. */
struct year {
	struct window v[YEAR_WINDOWS];
	int           n;
	unsigned char at[366];  /* day of the year -> its window */
};

/* What was worked out so far.  Its own allocation, so that asking a const calendar may add to it. */
struct cache {
	struct year *years[YEARS];
};

struct calendar {
	struct week_rules rules;
	struct exception *v;            /* by day */
	size_t            n, cap;
	bool              known[YEARS];
	struct cache     *cache;
};

struct calendar *calendar_new(const struct week_rules *rules)
{
	struct calendar *cal = mem_zero(1, sizeof *cal);

	assert(rules->ends >= 1 && rules->ends <= 7);
	cal->rules = *rules;
	cal->cache = mem_zero(1, sizeof *cal->cache);
	return cal;
}

static void cache_drop(struct cache *cache)
{
	for (int i = 0; i < YEARS; i++) {
		free(cache->years[i]);
		cache->years[i] = NULL;
	}
}

void calendar_free(struct calendar *cal)
{
	if (cal == NULL)
		return;
	cache_drop(cal->cache);
	free(cal->cache);
	free(cal->v);
	free(cal);
}

const struct week_rules *calendar_rules(const struct calendar *cal)
{
	return &cal->rules;
}

/* How many exceptions are before D. */
static size_t exceptions_before(const struct calendar *cal, day_t d)
{
	size_t lo = 0, hi = cal->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (cal->v[mid].day < d)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool is_year(int year)
{
	return year >= YEAR_MIN && year <= YEAR_MAX;
}

static bool is_weekend(day_t d)
{
	return day_weekday(d) >= 6;
}

int calendar_except(struct calendar *cal, day_t d, enum day_kind kind)
{
	size_t i = exceptions_before(cal, d);
	bool off = kind == DAY_OFF;
	int year, month, day;

	if (i < cal->n && cal->v[i].day == d)
		return -1;
	vec_room(cal->v, cal->n, cal->cap);
	memmove(cal->v + i + 1, cal->v + i, (cal->n - i) * sizeof *cal->v);
	cal->v[i] = (struct exception){ .day = d, .off = off };
	cal->n++;
	for (int delta = i > 0 ? cal->v[i - 1].delta : 0; i < cal->n; i++) {
		struct exception *e = &cal->v[i];

		delta += e->off == is_weekend(e->day) ? 0 : e->off ? -1 : 1;
		e->delta = delta;
	}
	/*
	 * Rationale: 30 and 31 December may be off by the notice for the year that
	 * follows (2022-12-31 was); alone they do not tell what the year they lie in is like.
	 */
	day_split(d, &year, &month, &day);
	if (off && is_year(year) && (month < 12 || day < 30))
		cal->known[year - YEAR_MIN] = true;
	cache_drop(cal->cache);
	return 0;
}

bool calendar_is_workday(const struct calendar *cal, day_t d)
{
	size_t i = exceptions_before(cal, d);

	return i < cal->n && cal->v[i].day == d ? !cal->v[i].off : !is_weekend(d);
}

/* Working days before D, counted from the Monday 1969-12-29. */
static int workdays_before(const struct calendar *cal, day_t d)
{
	int n = d + 3;
	int weeks = (n >= 0 ? n : n - 6) / 7;
	int rest = n - weeks * 7;
	size_t i = exceptions_before(cal, d);

	return weeks * 5 + (rest < 5 ? rest : 5) + (i > 0 ? cal->v[i - 1].delta : 0);
}

int calendar_workdays(const struct calendar *cal, day_t from, day_t to)
{
	return from > to ? 0 : workdays_before(cal, to + 1) - workdays_before(cal, from);
}

/* ---- windows ---- */

static int need_year(const struct calendar *cal, int year, struct why *why)
{
	if (is_year(year) && cal->known[year - YEAR_MIN])
		return 0;
	return why_set(why, EX_CONFIG, "no day off is known for %d: add it to reference/holiday.csv", year);
}

/* Steps 2 and 3 for the pieces FIRST..LAST, whose last closing weekday is CLOSING. */
static struct window window_make(const struct calendar *cal, day_t first, day_t last, day_t closing)
{
	struct window w = { .week = week_of_day(closing), .first = first, .last = last, .as_of = last };

	w.workdays = calendar_workdays(cal, first, last);
	return w;
}

/* The last working day of a window, or the window's last day if it has none. */
static day_t last_workday(const struct calendar *cal, const struct window *w)
{
	day_t d = w->last;

	while (d >= w->first && !calendar_is_workday(cal, d))
		d--;
	return d >= w->first ? d : w->last;
}

static struct year *year_make(const struct calendar *cal, int year)
{
	struct year *y = mem_zero(1, sizeof *y);
	day_t new_year = day_of(year, 1, 1), end = day_of(year, 12, 31);
	day_t closing = new_year + (cal->rules.ends - day_weekday(new_year) + 7) % 7;
	day_t first = new_year;

	for (; closing <= end; closing += 7) {
		bool is_last = closing + 7 > end;
		struct window w = window_make(cal, first, is_last ? end : closing, closing);

		if (!is_last && w.workdays < cal->rules.min_workdays)
			continue;
		/* The year's last is reported after New Year, so it stands for all of the year. */
		if (!is_last)
			w.as_of = last_workday(cal, &w);
		for (day_t d = w.first; d <= w.last; d++)
			y->at[d - new_year] = (unsigned char)y->n;
		y->v[y->n++] = w;
		first = w.last + 1;
	}
	return y;
}

static int year_get(const struct calendar *cal, int year, const struct year **out, struct why *why)
{
	if (need_year(cal, year, why) != 0)
		return -1;
	struct year **slot = &cal->cache->years[year - YEAR_MIN];

	if (*slot == NULL)
		*slot = year_make(cal, year);
	*out = *slot;
	return 0;
}

/* A window's place: N-th of its year. */
struct place {
	const struct year *year;
	int                number;      /* the calendar year */
	int                i;
};

static const struct window *place_window(const struct place *p)
{
	return &p->year->v[p->i];
}

/* Where D is, whether or not the record goes back that far. */
static int place_of_day(const struct calendar *cal, day_t d, struct place *out, struct why *why)
{
	int year = day_year(d);
	const struct year *y;

	if (year_get(cal, year, &y, why) != 0)
		return -1;
	*out = (struct place){ y, year, y->at[d - day_of(year, 1, 1)] };
	return 0;
}

static day_t closing_day(const struct calendar *cal, struct week w)
{
	return week_monday(w) + cal->rules.ends - 1;
}

/* The first day of the record's first window; INT32_MIN if the rules name none (year 0). */
static int record_start(const struct calendar *cal, day_t *out, struct why *why)
{
	struct place p;

	if (cal->rules.first.year == 0) {
		*out = INT32_MIN;
		return 0;
	}
	if (place_of_day(cal, closing_day(cal, cal->rules.first), &p, why) != 0)
		return -1;
	*out = place_window(&p)->first;
	return 0;
}

static int too_early(const struct calendar *cal, const char *what, struct why *why)
{
	char first[9];

	week_format(cal->rules.first, first);
	return why_set(why, EX_DATAERR, "%s: before the first week of the record, %s", what, first);
}

static int place_of_week(const struct calendar *cal, struct week w, struct place *out, struct why *why)
{
	day_t start, closing = closing_day(cal, w);
	char name[9], to[9], from_day[11], to_day[11];
	struct place p;

	week_format(w, name);
	if (record_start(cal, &start, why) != 0)
		return -1;
	if (closing < start)
		return too_early(cal, name, why);
	if (place_of_day(cal, closing, &p, why) != 0)
		return -1;
	const struct window *in = place_window(&p);

	if (week_cmp(in->week, w) != 0) {
		week_format(in->week, to);
		day_format(in->first, from_day);
		day_format(in->last, to_day);
		return why_set(why, EX_DATAERR, "%s: too few working days, joined to %s (%s to %s)",
		    name, to, from_day, to_day);
	}
	*out = p;
	return 0;
}

static int next_workday(const struct calendar *cal, day_t d, day_t *out, struct why *why)
{
	do {
		d++;
		if (need_year(cal, day_year(d), why) != 0)
			return -1;
	} while (!calendar_is_workday(cal, d));
	*out = d;
	return 0;
}

static instant_t at_minute(day_t d, int minute)
{
	return (instant_t)d * DAY_SECONDS + (instant_t)minute * 60;
}

/* Step 4. */
static int place_timed(const struct calendar *cal, const struct place *p, struct window *out, struct why *why)
{
	struct window w = *place_window(p);
	bool after = p->i == p->year->n - 1 || w.workdays == 0;
	day_t cutoff = w.as_of, seal;

	if (after && next_workday(cal, w.last, &cutoff, why) != 0)
		return -1;
	if (next_workday(cal, cutoff, &seal, why) != 0)
		return -1;
	w.cutoff = at_minute(cutoff, cal->rules.cutoff);
	w.seal = at_minute(seal, cal->rules.seal);
	w.meeting = at_minute(seal, cal->rules.meeting);
	*out = w;
	return 0;
}

int calendar_window(const struct calendar *cal, struct week w, struct window *out, struct why *why)
{
	struct place p;

	if (place_of_week(cal, w, &p, why) != 0)
		return -1;
	return place_timed(cal, &p, out, why);
}

int calendar_window_of(const struct calendar *cal, day_t d, struct window *out, struct why *why)
{
	struct place p;
	day_t start;
	char name[11];

	if (record_start(cal, &start, why) != 0)
		return -1;
	if (d < start) {
		day_format(d, name);
		return too_early(cal, name, why);
	}
	if (place_of_day(cal, d, &p, why) != 0)
		return -1;
	return place_timed(cal, &p, out, why);
}

int calendar_next(const struct calendar *cal, const struct window *w, struct window *out, struct why *why)
{
	return calendar_window_of(cal, w->last + 1, out, why);
}

int calendar_prev(const struct calendar *cal, const struct window *w, struct window *out, struct why *why)
{
	day_t start;

	if (record_start(cal, &start, why) != 0)
		return -1;
	if (w->first <= start)
		return 1;
	return calendar_window_of(cal, w->first - 1, out, why);
}

/* Move P by N windows, a year at a time.  START is the record's. */
static int place_move(const struct calendar *cal, day_t start, struct place *p, int n, struct why *why)
{
	struct place to = *p;
	int64_t i = (int64_t)p->i + n;

	while (i >= to.year->n) {
		i -= to.year->n;
		if (year_get(cal, ++to.number, &to.year, why) != 0)
			return -1;
	}
	while (i < 0) {
		/* Years before the record need no table to say that there is nothing. */
		if (to.number <= day_year(start))
			goto early;
		if (year_get(cal, --to.number, &to.year, why) != 0)
			return -1;
		i += to.year->n;
	}
	to.i = (int)i;
	if (place_window(&to)->first < start)
		goto early;
	*p = to;
	return 0;
early:
	return too_early(cal, "a week further back", why);
}

int calendar_add(const struct calendar *cal, struct week w, int n, struct week *out, struct why *why)
{
	struct place p;
	day_t start;

	if (record_start(cal, &start, why) != 0 || place_of_week(cal, w, &p, why) != 0)
		return -1;
	if (place_move(cal, start, &p, n, why) != 0)
		return -1;
	*out = place_window(&p)->week;
	return 0;
}

int calendar_diff(const struct calendar *cal, struct week a, struct week b, int *out, struct why *why)
{
	struct place pa, pb;

	if (place_of_week(cal, a, &pa, why) != 0 || place_of_week(cal, b, &pb, why) != 0)
		return -1;
	const struct place *from = pa.number < pb.number ? &pa : &pb, *to = from == &pa ? &pb : &pa;
	const struct year *y = from->year;
	int n = to->i - from->i;

	for (int year = from->number; year < to->number; ) {
		n += y->n;
		if (year_get(cal, ++year, &y, why) != 0)
			return -1;
	}
	*out = to == &pa ? n : -n;
	return 0;
}

int calendar_counting(const struct calendar *cal, instant_t t, struct window *out, struct why *why)
{
	day_t start, d = instant_day(t);
	struct place p, before;
	struct window w;

	if (record_start(cal, &start, why) != 0)
		return -1;
	if (place_of_day(cal, d < start ? start : d, &p, why) != 0)
		return -1;
	/*
	 * A seal is later than its window, so the answer is this window or, until their seals,
	 * one before.  This one is timed last: until the old year's last
	 * seal it must not ask for the new year's table.
	 */
	while (place_window(&p)->first > start) {
		before = p;
		if (place_move(cal, start, &before, -1, why) != 0 || place_timed(cal, &before, &w, why) != 0)
			return -1;
		if (w.seal <= t)
			break;
		p = before;
	}
	return place_timed(cal, &p, out, why);
}

int calendar_month_last(const struct calendar *cal, struct week w, bool *out, struct why *why)
{
	struct place p;
	int month, next = 0;

	if (place_of_week(cal, w, &p, why) != 0)
		return -1;
	day_split(place_window(&p)->as_of, NULL, &month, NULL);
	if (p.i + 1 < p.year->n)
		day_split(p.year->v[p.i + 1].as_of, NULL, &next, NULL);
	*out = month != next;   /* 0: the year's last window, which closes in December */
	return 0;
}
