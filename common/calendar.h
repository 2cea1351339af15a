/*
 * calendar - reporting windows and working days: which days belong to which reporting week, what it is
 * called, and when it is cut off, sealed and met about.
 * No clock here: "now" is read once, in main(), and passed down.
 */
#ifndef ZB_CALENDAR_H
#define ZB_CALENDAR_H

#include "week.h"

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
