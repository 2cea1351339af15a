/*
 * aggregator - folds what the collector accepted into one snapshot a week, and seals it.
 *
 *   fold      snapshot of the week before + this week's intake + rule set -> snapshot.  Pure
 *   measure   runs the measures; reads what their heads say
 *   gate      the release gate: totals and counts by a second path
 *   seal      the decision, the sealed snapshot, the .seal; the chain
 *   verify    compares every sealed week with what its .seal says
 *   trace     from a figure to the line of an archived file
 */
#ifndef ZB_AGGREGATOR_H
#define ZB_AGGREGATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "../common/db.h"
#include "../common/fsio.h"
#include "../common/proc.h"
#include "../common/ruleset.h"
#include "../common/site.h"
#include "../common/week.h"
#include "../common/why.h"

#define NO_SEAL "-"             /* stands for the digest of the .seal before the first week of the record */

/* ---- what arrived in a week ---- */

/* One label of archive/WEEK/UNIT: a file, or an object that was refused as it lay. */
struct arrival {
	char *unit;
	int   number;
};

/* By unit (byte order), then number. */
struct arrivals {
	struct arrival *v;
	size_t n, cap;
};

int  arrivals_list(const struct site *site, struct week week, struct arrivals *out, struct why *why);
void arrivals_free(struct arrivals *a);
/*
 * Every arrival has its intake file, and every intake file its label.  -1, EX_IOERR naming the
 * file: the collector was interrupted and has to run again first.
 */
int  arrivals_are_judged(const struct site *site, struct week week, const struct arrivals *a,
    struct why *why);

/* ---- fold ---- */

struct fold {
	const struct site    *site;
	const struct ruleset *rules;
	struct window         window;
	bool                  sealed;           /* state sealed, mode 0444, digests of the archive inside */
	instant_t             at;               /* meta folded_at: the scheduled instant, never the clock */
	const char           *by;               /* sealed: meta sealed_by */
};

struct fold_result {
	char     content[DIGEST_HEX];
	size_t   left_out;                      /* rows that lost their unique key to another unit */
	bool     gate_ok;
	bool     changed;                       /* false: a draft of the same content was there already */
	char    *gate;                          /* "ok" or the reasons; the caller frees */
};

/*
 * Build and publish snapshots/WEEK.db.  The week before must be sealed (or the week the first of
 * the record).  -1: nothing was published.
 */
int fold_week(const struct fold *f, struct fold_result *out, struct why *why);

/* ---- inside the fold ---- */

/* A fold in the making. */
struct folding {
	const struct fold *f;
	sqlite3           *db;
	struct arrivals    arrivals;
	struct names       units;       /* everyone with rows: rule set, archive, week before; byte order */
	bool               has_prev;
	char               previous[DIGEST_HEX];        /* of the .seal before */
	char               week[9];
	struct buf         withdraw;    /* SQL list of the words that take a row back */
	size_t             left_out;
};

/* The file at hand, as statements know it: :unit :number :id :week :declared. */
struct place {
	const char *unit, *id, *declared;
	int         number;
};

/* fold_sql: pieces of statements, appended.  ALIAS names the row; HAVE are the columns there are. */
void sql_column(struct buf *b, const char *alias, const char *name);
void sql_keys(struct buf *b, const struct form *form, const char *alias);       /* k1, k2; ALIAS may be NULL */
void sql_key_text(struct buf *b, const struct form *form, const char *alias);   /* k1 || ' ' || k2 */
void sql_same_key(struct buf *b, const struct form *form, const char *one, const char *other);
void sql_fields(struct buf *b, const struct form *form);        /* f1, f2, */
void sql_fields_of(struct buf *b, const struct form *form, const char *alias, const struct names *have);
bool names_have(const struct names *names, const char *name);
bool form_has_keys(const struct form *form, const struct names *have);
/* Run one statement that returns nothing; PLACE may be NULL. */
int  fold_run(struct folding *g, const struct buf *sql, const struct place *place, struct why *why);

/* fold_rows: the staging layers of a form ("report", "corrected"), and one unit after the other. */
int layer_create(struct folding *g, const char *layer, const struct form *form, struct why *why);
int layer_drop(struct folding *g, const char *layer, const struct form *form, struct why *why);
int fold_unit(struct folding *g, const char *unit, struct why *why);
int fold_carry_marks(struct folding *g, struct why *why);

/* fold_rival: rows of FORM that lose their key go to temp.left_out and out of the snapshot; then findings. */
int fold_leave_out(struct folding *g, const struct form *form, struct why *why);
int fold_say_left_out(struct folding *g, struct why *why);

/* fold_meta */
int fold_put(struct folding *g, const char *name, const char *value, struct why *why);
int fold_fill_meta(struct folding *g, const struct window *prev, struct why *why);
int fold_fill_archived(struct folding *g, struct why *why);

/* ---- measure ---- */

/* Run all measures in DB (schema main); then nothing but the engine's own statements follows. */
int measure_run(sqlite3 *db, const struct fold *f, struct why *why);
/*
 * Column names after "-- adds:" in the head of a measure (any number of such lines): integer columns in
 * which the office's row is the sum over the counting units.
 */
void measure_adds(const struct measure *m, struct names *out);
/* The comment lines at the head of a measure, without their dashes. */
void measure_head(const struct measure *m, struct buf *out);

/* ---- gate ---- */

/*
 * Check the snapshot being built in DB against the intake files, read again by another path, and the
 * measures against themselves.  Rows in temp.left_out (form, unit, key) are known to be missing.
 * *REASONS is "ok" or one reason a line, in the words of messages/folding.xml.
 */
int gate_check(sqlite3 *db, const struct fold *f, const struct arrivals *a, struct buf *reasons,
    struct why *why);

/* ---- seal ---- */

/* archive/WEEK/sealed: the decision. */
struct seal_record {
	struct week week;
	instant_t   at;
	char        rules[DIGEST_HEX];
	char        by[128];                    /* "calendar", or who signed */
};

/* snapshots/WEEK.seal: the commit. */
struct seal {
	struct week week;
	char        snapshot[DIGEST_HEX], content[DIGEST_HEX], archive[DIGEST_HEX], intake[DIGEST_HEX];
	char        rules[DIGEST_HEX], previous[DIGEST_HEX];
	instant_t   at;
};

/* 0, -2 (absent), -1 (EX_DATAERR: not in the form that this program writes). */
int seal_record_read(const struct site *site, int offset, struct week week, struct seal_record *out,
    struct why *why);
int seal_read(const struct site *site, int offset, struct week week, struct seal *out, struct why *why);

/*
 * Texts of "NAME VALUE" lines (labels, decisions): VALUE of the first line NAME of TEXT to OUT (SIZE bytes).
 * -1 if there is none or it does not fit.
 */
int line_value(const char *text, const char *name, char *out, size_t size);
/* archive/WEEK/sealed as it is written. */
void seal_record_text(const struct seal_record *r, int offset, struct buf *out);

/*
 * Digests of one arrival: of its bytes, its label, its intake content; "-" for what is not there (an object
 * that was refused as it lay has no bytes).
 */
struct arrival_digests {
	char bytes[DIGEST_HEX], label[DIGEST_HEX], intake[DIGEST_HEX];
};
int arrival_digest(const struct site *site, struct week week, const struct arrival *a,
    struct arrival_digests *out, struct why *why);

/*
 * Fold W and seal it: a record that is there already decides instant and rule set, else AT, today's
 * rules and BY do.  Returns 0, 1 (done, and the gate failed or a row was left out), or -1.
 */
int seal_week(const struct proc *p, const struct window *w, instant_t at, const char *by, struct why *why);
/* A rule set of archive/rules, checked against its name.  The caller frees. */
int seal_rules(const struct site *site, const char *digest, struct ruleset **out, struct why *why);

/* ---- verify, trace ---- */

/* Differences go to stdout, a line each.  Returns an exit code; -1 for trouble. */
int verify_weeks(const struct proc *p, const struct week *weeks, size_t n, struct why *why);

/* What FIELD (NULL: all) of the row KEY of TABLE in WEEK rests on, to stdout.  An exit code, or -1. */
int trace_show(const struct proc *p, struct week week, const char *table, const char *key, const char *field,
    bool json, struct why *why);

/* Ids of the messages that the fold and the gate use. */
extern const struct message_need folding_needs[];
extern const size_t folding_needs_n;

#endif
