/*
 * setting - settings of the programme and the calendar: declared in settings.csv
 * (name,type,min,max,default,meaning), given a value in zhoubao.ini, kept as
 * canonical text, so that one meaning has one spelling and one digest.
 *
 *   integer  12                    real  0.8 (exact decimal, no exponent)
 *   text     any; min and max count characters
 *   time     08:00                 weekday  mon tue wed thu fri sat sun
 *   week     2022-W12              choice   one of the words that min lists, parted by |: day|month
 */
#ifndef ZB_SETTING_H
#define ZB_SETTING_H

#include "ruleset.h"

/*
 * All settings of TABLE by name, with their defaults; value NULL where there is none.  Memory from A.
 * -1, EX_CONFIG.
 */
int settings_declare(struct arena *a, const struct reference *table, struct setting **out, size_t *n,
    struct why *why);
/* Give S a value; FILE and LINE say where it stands. */
int setting_assign(struct arena *a, struct setting *s, const char *value, const char *file, int line,
    struct why *why);
struct setting *setting_find(struct setting *settings, size_t n, const char *name);

/* Canonical values as numbers. */
int setting_minutes(const char *time);          /* after midnight */
int setting_weekday(const char *weekday);       /* ISO: 1 = Monday; 0 if it is none */

#endif
