/*
 * ruleset - everything that judges, counts and words a week, as one bundle of
 * named texts: forms, measures, reference tables, units, settings, briefings
 * and messages.  Its digest names it; the archive keeps every bundle ever used.
 *
 * Pack: names in byte order, each "NAME LENGTH\n" and its bytes.  Names:
 *   briefings/weekly.xml  forms/form.rng  forms/project.xml  measures/10-unit_week.sql
 *   messages/receipt.xml  reference/town.csv  settings  settings.csv  units.ini
 * "settings" is the list of all effective settings, "name=value\n" in name order.
 *
 * "file" of everything below is what messages name: the path it was loaded from, or
 * PACK:NAME.  It is no part of any output.
 */
#ifndef ZB_RULESET_H
#define ZB_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "calendar.h"
#include "conf.h"
#include "form.h"
#include "digest.h"
#include "message.h"
#include "why.h"

struct unit {
	/* section name in units.ini: the drop folder, and the prefix of its numbers */
	char *code;
	char *name, *short_name;
	char *group_class;      /* ranked within its class; "" = one class */
	bool  counts;           /* one of the reporting units; the office is not */
	bool  office;           /* the office itself; exactly one */
	int   order;            /* as printed */
	int   line;
};

/*
 * A setting of the programme or the calendar, declared in settings.csv
 * (name,type,min,max,default,meaning).
 */
struct setting {
	char *name;             /* "pace.method" = [pace] method */
	char *type;             /* integer real text time weekday week choice */
	char *min, *max;        /* as declared; "" if none; of a text: characters */
	char *value;            /* canonical: what setting() returns */
	char *meaning;
	int   line;             /* in settings.csv */
};

/*
 * How much of a file is read: settings intake.max_bytes, max_rows, max_columns, max_cell; and max_figure, so
 * that what is taken can be added up.  They judge, so they are kept with what judged.
 */
struct limits {
	uint64_t bytes, rows, columns, cell;
	int64_t  figure;        /* the largest amount [yuan] or integer, either way; INT64_MAX: any */
	/* false: a rule set of a time when they were local; these are the usual ones */
	bool     kept;
};

struct measure {
	char *name;             /* the table it makes */
	char *file;
	char *sql;
};

struct briefing_text {
	char *name;             /* "weekly" */
	char *file;
	char *bytes;
	size_t n;
};

/* A reference table: CSV with a header line; every value TEXT, the first column its key. */
struct reference {
	char  *name;            /* table ref_NAME */
	char  *file;
	char **columns;
	size_t n_columns;
	char **cells;           /* row-major; "" for empty (NULL in SQL) */
	size_t n_rows;
	int   *lines;           /* of the rows in the file */
};

/* One named text of the bundle. */
struct rule_text {
	char  *name;
	char  *file;
	char  *bytes;
	size_t n;
};

struct ruleset {
	struct rule_text *texts;        /* name order */
	size_t            n_texts;
	char              digest[DIGEST_HEX];

	struct unit      *units;        /* by order, then code */
	size_t            n_units;
	const struct unit *office;
	struct setting   *settings;     /* by name */
	size_t            n_settings;
	struct limits     limits;
	/* in order of reference: what is referred to comes first; then by name */
	struct form     **forms;
	size_t            n_forms;
	struct measure   *measures;     /* in file-name order */
	size_t            n_measures;
	struct briefing_text *briefings;/* by name */
	size_t            n_briefings;
	struct reference *references;   /* by name */
	size_t            n_references;
	struct messages   messages;
	struct calendar  *calendar;     /* from [week] and reference table holiday (date,kind,name) */
	struct arena      arena;        /* owns the strings of units, settings, measures and references */
};

/* From the folders that CONF names.  -1: EX_CONFIG with file and line, EX_IOERR. */
int  ruleset_load(const struct conf *conf, struct ruleset **out, struct why *why);
/* From a pack; FILE is for messages. */
int  ruleset_unpack(const char *bytes, size_t n, const char *file, struct ruleset **out, struct why *why);
void ruleset_pack(const struct ruleset *rs, struct buf *out);
void ruleset_free(struct ruleset *rs);

const struct unit *ruleset_unit(const struct ruleset *rs, const char *code);
const struct form *ruleset_form(const struct ruleset *rs, const char *name);
const struct reference *ruleset_reference(const struct ruleset *rs, const char *name);
/*
 * What one of a word for money is in yuan (reference/unit_of_money.csv: word,yuan);
 * 0 if it is no such word.
 */
int64_t ruleset_unit_yuan(const struct ruleset *rs, const char *word);
/* NULL if there is no such text. */
const struct rule_text *ruleset_text(const struct ruleset *rs, const char *name);
/* NULL if there is no such setting. */
const char *ruleset_setting(const struct ruleset *rs, const char *name);

#endif
