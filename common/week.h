/*
 * week - days, instants and ISO weeks, the key every snapshot is filed under.
 * No clock here: "now" is read once, in main(), and passed down.  No time zone
 * either: an instant is local time; the offset is added where a person reads it.
 */
#ifndef ZB_WEEK_H
#define ZB_WEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "why.h"

#define YEAR_MIN 2000
#define YEAR_MAX 2099
#define DAY_SECONDS 86400

typedef int32_t day_t;          /* days since 1970-01-01, proleptic Gregorian */
typedef int64_t instant_t;      /* seconds since 1970-01-01T00:00:00 local time */

/* "YYYY-MM-DD", 2000..2099, real days only.  0, or -1 with *OUT untouched. */
int   day_parse(const char *s, size_t n, day_t *out);
void  day_format(day_t d, char out[11]);
int   day_make(int year, int month, int day, day_t *out);       /* -1: no such day */
void  day_split(day_t d, int *year, int *month, int *day);      /* any pointer may be NULL */
int   day_year(day_t d);
day_t day_of(int year, int month, int day);                     /* of a day that there is */
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
/* Its Monday. */
day_t week_monday(struct week w);

#endif
