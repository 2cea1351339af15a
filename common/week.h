/*
 * week - days, instants, reporting weeks and the calendar of working days.
 * No clock here: "now" is read once, in main(), and passed down.  No time zone
 * either: an instant is local time; the offset is added where a person reads it.
 * Source of the rules: docs "Weeks" of README.md.
 */
#ifndef ZB_WEEK_H
#define ZB_WEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "why.h"

typedef int32_t day_t;          /* days since 1970-01-01, proleptic Gregorian */
typedef int64_t instant_t;      /* seconds since 1970-01-01T00:00:00 local time */

/* "YYYY-MM-DD", 2000..2099, real days only.  0, or -1 with *OUT untouched. */
int   day_parse(const char *s, size_t n, day_t *out);
void  day_format(day_t d, char out[11]);
int   day_make(int year, int month, int day, day_t *out);       /* -1: no such day */
void  day_split(day_t d, int *year, int *month, int *day);      /* any pointer may be NULL */
int   day_weekday(day_t d);                                     /* ISO: 1 = Monday .. 7 = Sunday */

/*
 * "YYYY-MM-DDTHH:MM[:SS]", optionally followed by an offset ("+08:00", "Z"), which must
 * equal OFFSET (minutes east of UTC).  0, or -1 with *OUT untouched.
 */
int   instant_parse(const char *s, size_t n, int offset, instant_t *out);
void  instant_format(instant_t t, int offset, char out[26]);    /* 2022-04-29T08:00:00+08:00 */
day_t instant_day(instant_t t);

struct week {
	int year;               /* ISO week-numbering year, 2000..2099 */
	int number;             /* 1..53; 53 only in long years (ISO 8601) */
};

/* Exactly "YYYY-Www".  0, or -1 with *OUT untouched (also for a 53rd week of a short year). */
int  week_parse(const char *s, size_t n, struct week *out);
void week_format(struct week w, char out[9]);
int  week_cmp(struct week a, struct week b);
struct week week_of_day(day_t d);                               /* ISO 8601 */

/* A reporting window.  Named by the ISO week of the last closing weekday in it. */
struct window {
	struct week week;
	day_t       first, last;        /* both inside */
	day_t       as_of;              /* what its figures stand for */
	instant_t   cutoff, seal, meeting;
	int         workdays;
};

/* What of the calendar is local choice ([week] in zhoubao.ini). */
struct week_rules {
	int         ends;               /* closing weekday, ISO 1..7 */
	int         min_workdays;       /* a window with fewer is joined to the next */
	int         cutoff, seal, meeting;      /* minutes after midnight */
	struct week first;              /* the first of the record, none before; year 0: no first */
};

enum day_kind { DAY_OFF, DAY_WORK };

struct calendar;

/* An empty calendar; calendar_free(NULL) is fine. */
struct calendar *calendar_new(const struct week_rules *rules);
void calendar_free(struct calendar *cal);
/*
 * Say that D is off, or worked although a weekend.  -1: said twice.  The year of an off day becomes a
 * known year, unless it is 30 or 31 December: those may come from the notice for the year that follows.
 */
int  calendar_except(struct calendar *cal, day_t d, enum day_kind kind);
bool calendar_is_workday(const struct calendar *cal, day_t d);
/* FROM and TO inside; 0 if from > to.  Years without a holiday table have their weekdays. */
int  calendar_workdays(const struct calendar *cal, day_t from, day_t to);

/*
 * The functions below fail (-1, EX_CONFIG) when they need a year that has no
 * holiday table, and name it: the year of a window's days, and for the times of
 * a window at the year's end the next.  "No such week" is EX_DATAERR: before the record, or
 * joined to another, which is named.  OUT is untouched then, and may be W itself.
 */
int calendar_window(const struct calendar *cal, struct week w, struct window *out, struct why *why);
int calendar_window_of(const struct calendar *cal, day_t d, struct window *out, struct why *why);
int calendar_next(const struct calendar *cal, const struct window *w, struct window *out, struct why *why);
/* Returns 1 with *OUT untouched when W is the first week of the record. */
int calendar_prev(const struct calendar *cal, const struct window *w, struct window *out, struct why *why);
/* Window N places after (before, if negative) W, counting windows.  Before the record: EX_DATAERR. */
int calendar_add(const struct calendar *cal, struct week w, int n, struct week *out, struct why *why);
/* A - B in windows. */
int calendar_diff(const struct calendar *cal, struct week a, struct week b, int *out, struct why *why);
/* The week for which a file received at T counts: the first whose seal is still to come (seal > T). */
int calendar_counting(const struct calendar *cal, instant_t t, struct window *out, struct why *why);
/* Whether W is the last window that closes (as_of) in its month. */
int calendar_month_last(const struct calendar *cal, struct week w, bool *out, struct why *why);
const struct week_rules *calendar_rules(const struct calendar *cal);

#endif
