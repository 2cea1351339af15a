/*
 * env - the one SQL environment of rules, measures and briefings: its tables, its
 * bound names, what it allows, and the check of every text of a rule set
 * against empty tables before anything is touched.
 */
#ifndef ZB_ENV_H
#define ZB_ENV_H

#include "db.h"
#include "ruleset.h"
#include "week.h"

enum env_allow {
	ENV_ANYTHING,           /* no authorizer: the engine's own statements */
	ENV_READ,               /* rules and briefings: reading, and a whitelist of functions */
	ENV_MEASURE,            /* the same, and creating and filling one table */
};
/* TABLE: with ENV_MEASURE, the one that may be made; must live as long as the setting. */
int env_allow(sqlite3 *db, enum env_allow what, const char *table, struct why *why);

/*
 * Bind :unit :week :as_of :city where the statement has them.  UNIT NULL binds NULL.
 * Of a measure also :after and :through: what it makes of the units behind AFTER (NULL: the first) up to
 * THROUGH (NULL: the last).
 */
struct env_names {
	const char *unit, *city;
	struct week week;
	day_t       as_of;
	const char *after, *through;
};
int env_bind(sqlite3_stmt *stmt, const struct env_names *names, struct why *why);

/*
 * Columns.  A form table of a snapshot: unit, fields, note, _week, _submission, _first, _row;
 * primary key (unit, key fields).  A form table of an intake file: fields, op, note,
 * correction, _row; primary key (key fields).  A snapshot's is WITHOUT ROWID.
 */
/* "a" TEXT, "b" INTEGER ...: fields only, typed */
void env_form_columns(struct buf *out, const struct form *form);
int env_create_snapshot_form(sqlite3 *db, const char *schema, const struct form *form, struct why *why);
int env_create_intake_form(sqlite3 *db, const char *schema, const struct form *form, struct why *why);
/* submission, finding, corrected: in a snapshot with the unit and number in front. */
int env_create_intake_tables(sqlite3 *db, struct why *why);
/* meta, unit, setting, ref_*, submission, finding, corrected, due, moved, forms */
int env_create_snapshot_tables(sqlite3 *db, const struct ruleset *rs, struct why *why);
/* Fill unit, setting and ref_* from the rule set. */
int env_fill_reference(sqlite3 *db, const struct ruleset *rs, struct why *why);
/*
 * The same, made once: any number of databases, also of processes forked since, read it where it lies, as
 * schema "reference".  It must outlive them.
 */
struct env_image {
	unsigned char *bytes;
	int64_t        n;
};
int  env_image_make(struct env_image *out, const struct ruleset *rs, struct why *why);
int  env_image_attach(sqlite3 *db, const struct env_image *image, struct why *why);
void env_image_free(struct env_image *image);

/*
 * TEMP views prev_TABLE for every form table, measure table and the rest of a
 * snapshot, over the snapshot attached as PREV (NULL: none, all empty), in
 * *today's* columns (of an empty snapshot that is made for the purpose; a column
 * that the old table lacks reads as NULL).  Call it before a measure is filled, and
 * again after PREV was attached anew.
 * UNIT not NULL: only that unit's rows of tables that have a unit column, but for the office's forms, which
 * are everyone's.
 */
int env_prev_views(sqlite3 *db, const struct ruleset *rs, const char *prev, const char *unit,
    struct why *why);
/* The one for TABLE alone, made anew.  Returns 1 if no snapshot of today has such a table. */
int env_prev_view(sqlite3 *db, const struct ruleset *rs, const char *table, const char *prev,
    const char *unit, struct why *why);
/* The same columns of FORM's table as a TEMP view of another NAME. */
int env_form_view(sqlite3 *db, const struct form *form, const char *name, const char *prev,
    const char *unit, struct why *why);

/* The tables of the measures in DB (schema main), empty.  -1: EX_CONFIG with file and line. */
int env_create_measures(sqlite3 *db, const struct ruleset *rs, struct why *why);
int env_create_measure(sqlite3 *db, const struct measure *m, struct why *why);
/* Fill the table of one, which is there, under ENV_MEASURE. */
int env_fill_measure(sqlite3 *db, const struct measure *m, const struct env_names *names, struct why *why);
/*
 * Which tables of schema main M reads, each once, added to READ; and whether it asks for :after and :through,
 * and so counts unit by unit.
 */
int env_measure_reads(sqlite3 *db, const struct measure *m, struct names *read, bool *divides,
    struct why *why);

/*
 * The tables of a judging, in memory (schema main).
 *  - every form by its name: the unit's current state, columns as in a snapshot;
 *  - for the form at hand: new (_id INTEGER PRIMARY KEY, _row, _file, unit, fields, op, note,
 *    correction), cur (the same without _id) and prev (columns as in a snapshot).
 * env_create_judging drops and makes new, cur and prev; the caller fills all of them.
 */
int env_create_state(sqlite3 *db, const struct ruleset *rs, struct why *why);
int env_create_state_form(sqlite3 *db, const char *schema, const struct form *form, struct why *why);
/* new alone; one of another form goes. */
int env_create_new(sqlite3 *db, const struct form *form, struct why *why);
int env_create_judging(sqlite3 *db, const struct form *form, struct why *why);

/*
 * The statement that asks all rules of FORM at once, over the tables of a judging
 * (README.md, SQL): new, cur, prev and the current state of every form.
 * Columns: new._id, then one 0/1 a rule.  Rows without any 1 are left out.
 */
void env_rules_sql(struct buf *out, const struct ruleset *rs, const struct form *form);
/* The same of the rules that ASK has (one a rule; NULL: all); the others' columns are 0. */
void env_some_rules_sql(struct buf *out, const struct ruleset *rs, const struct form *form, const bool *ask);
/* The statement that asks one rule, for env_check: its errors are that rule's. */
void env_rule_sql(struct buf *out, const struct form *form, const struct rule *rule);
/*
 * The statement that reads the values of one rule's {a.b} names for row new._id = ?1: first of
 * says, then of mend, in order of appearance, repeated where they are; each column is
 * named "a.b".  One column NULL where there is no name.
 */
void env_rule_values_sql(struct buf *out, const struct ruleset *rs, const struct form *form,
    const struct rule *rule);
/*
 * The rows of FORM (due="weekly") that are due: SELECT unit, key of the state of the form that its key
 * refers to, before the week (prev_X, unless withdrawn since) or as it stands (X), where <due> holds;
 * distinct, ordered.  Works in a judging and in a fold.  A snapshot keeps the answer of all forms in table
 * due (unit, form, key), so that measures and receipts share one definition.
 */
void env_due_sql(struct buf *out, const struct ruleset *rs, const struct form *form);
/* The same answer where the rows of that other form are what they were before the week. */
void env_due_unmoved_sql(struct buf *out, const struct ruleset *rs, const struct form *form);
/* That other form; NULL: the key refers to none. */
const struct form *env_due_form(const struct form *form);

/*
 * Which rows FORM's <moves> gives to which unit, as main's tables of a snapshot stand:
 * SELECT key, unit, cause (the key of the row that says so), one row a key, ordered.
 * A snapshot keeps what was moved in its week in table moved (form, key, to_unit, from_unit, cause):
 * the rows named and the rows that refer to them.
 */
void env_moves_sql(struct buf *out, const struct form *form);

/*
 * The rows that FORM's form for the coming week starts with, over the tables of a judging: its fields in
 * their order (the key's always there, the others as they were last reported), then the naming field of each
 * form that it refers to.  false, and nothing added: there is no such form.
 */
bool env_prefill_sql(struct buf *out, const struct ruleset *rs, const struct form *form);

/*
 * Prepare every rule, due, measure and briefing query of RS against empty tables.
 * -1: EX_CONFIG, file and line.
 */
int env_check(const struct ruleset *rs, struct why *why);

#endif
