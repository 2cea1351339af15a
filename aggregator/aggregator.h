/*
 * aggregator - folds what the collector accepted into one snapshot a week, and seals it.
 *
 *   fold      snapshot of the week before + this week's intake + rule set -> snapshot.  Pure
 *   measure   reads what their heads say
 *   aside     what a second process does meanwhile
 *   gate      the release gate: totals and counts by a second path
 *   waiting   who would be left out of a seal
 *   seal      the decision, the sealed snapshot, the .seal; the chain
 *   verify    compares every sealed week with what its .seal says
 *   trace     from a figure to the line of an archived file
 */
#ifndef ZB_AGGREGATOR_H
#define ZB_AGGREGATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "../common/db.h"
#include "../common/formsql.h"
#include "../common/fsio.h"
#include "../common/kept.h"
#include "../common/proc.h"
#include "../common/ruleset.h"
#include "../common/site.h"
#include "../common/text.h"
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
 * Those of A that have no intake file although their batch is still in hand (work/UNIT names them), moved to
 * OUT: the collector was interrupted, or is in trouble with them, and nobody has been told that they were
 * taken.
 */
int  arrivals_in_hand(const struct site *site, struct week week, struct arrivals *a, struct arrivals *out,
    struct why *why);
/* Those of A that are also in OTHERS go. */
void arrivals_leave_out(struct arrivals *a, const struct arrivals *others);
/*
 * Every arrival has its intake file, and every intake file its label.  -1, EX_IOERR naming the
 * file: the collector was interrupted and has to run again first.
 */
int  arrivals_are_judged(const struct site *site, struct week week, const struct arrivals *a,
    struct why *why);

/*
 * Whether files that wait keep W from being sealed.  They do as long as the collector has not had its turn;
 * when it has (COLLECTED), and could not take them, until half of the time between seal and meeting is over.
 */
bool waiting_hold(const struct proc *p, const struct window *w, bool collected);
/*
 * What a seal would leave out: units whose drops have, or may have, files received before W's seal, and files
 * that were taken and are not judged; how many, and a line for each.  HOLD: that the seal waits for them;
 * else that it is made without.
 */
size_t waiting_tell(const struct proc *p, const struct window *w, bool hold);

/* ---- fold ---- */

struct fold {
	const struct site    *site;
	const struct ruleset *rules;
	struct window         window;
	bool                  sealed;           /* state sealed, mode 0444, digests of the archive inside */
	instant_t             at;               /* meta folded_at: the scheduled instant, never the clock */
	const char           *by;               /* sealed: meta sealed_by */
	const char           *printed;          /* sealed: meta printed, or "" */
	const struct arrivals *without;         /* that could not be judged in time; NULL: none */
	int                   workers;          /* processes, 0 is one; never shows in the snapshot */
	int64_t               divide_from;      /* rows due from which on work is divided; 0: as usual */
	/* Filled by fold_week: the forms of the rule set, then those that are retired. */
	const struct form   **forms;
	size_t                n_forms;
};

/*
 * What a second process did to its end.  Nothing else shows it: where it did not, this one did, and the bytes
 * are the same.
 */
struct aside_done {
	int seal, measures, gate, digest;
};

struct fold_result {
	char     content[DIGEST_HEX];
	size_t   left_out;                      /* rows that lost their unique key to another unit */
	bool     gate_ok;
	bool     changed;                       /* false: a draft of the same content was there already */
	char    *gate;                          /* "ok" or the reasons; the caller frees */
	char    *replaced;                      /* why the draft that was there was none; the caller frees */
	struct aside_done aside;
};

/*
 * Build and publish snapshots/WEEK.db.  The week before must be sealed (or the week the first of
 * the record).  -1: nothing was published.
 */
int fold_week(const struct fold *f, struct fold_result *out, struct why *why);

/* ---- inside the fold ---- */

/* A fold in the making. */
struct folding {
	struct fold        own;         /* f points here */
	const struct fold *f;
	struct kept_rules  kept;        /* where the retired forms are defined */
	sqlite3           *db;
	struct arrivals    arrivals;    /* without those that are left out */
	bool               has_prev;
	struct week        before;      /* where there is one */
	char               previous[DIGEST_HEX];        /* of the .seal before */
	char               week[9];
	struct buf         withdraw;    /* SQL list of the words that take a row back */
	pid_t              seal_check;  /* aside: whether the week before is as it was sealed; 0: none */
	pid_t              gate_check;  /* aside: whether the rows are what was accepted; 0: none */
	struct aside_done  aside;
	char              *middle;      /* the unit that ends the first half; NULL: too little for two */
	size_t             left_out;
};

/* ---- aside ---- */

/*
 * Work for a process of its own: 0 or -1.  It has all that this one has, and may write files; it must not
 * touch a database connection that is open here.
 */
typedef int aside_work(void *ctx, struct why *why);
/* -1: no process is to be had. */
pid_t aside_begin(aside_work *work, void *ctx);
/* Wait for it.  False: it was not done, or there is none (-1). */
bool  aside_end(pid_t pid);

/*
 * The file at hand, or the units, as statements know them: :unit :number :id :week :declared :after
 * :until.
 */
struct place {
	const char *unit, *id, *declared, *after, *until;
	int         number;
};

/*
 * fold_forms: which forms the week has: those of its rule set, and the retired ones, which the week before or
 * a file of this week still has.  Then table form, which says so.
 */
int  fold_gather_forms(struct folding *g, struct why *why);
int  fold_fill_forms(struct folding *g, struct why *why);
void fold_forget_forms(struct folding *g);

/* fold_sql: like formsql of common.  HAVE are the columns there are. */
void sql_fields_of(struct buf *b, const struct form *form, const char *alias, const struct names *have);
bool names_have(const struct names *names, const char *name);
/* Attach, under its temporary name, what will be PATH; or the snapshot that is being built.  To read only. */
int  fold_attach_temporary(struct folding *g, sqlite3 *db, const char *path, const char *schema,
    struct why *why);
int  fold_attach_own(struct folding *g, sqlite3 *db, const char *schema, struct why *why);
bool form_has_keys(const struct form *form, const struct names *have);
/* Run one statement that returns nothing; PLACE may be NULL. */
int  fold_run(struct folding *g, const struct buf *sql, const struct place *place, struct why *why);
/* The same with what a text of FORM may ask for: :unit (NULL) :week :as_of :city. */
int  fold_ask(struct folding *g, const struct buf *sql, const struct form *form, struct why *why);
/* Whether the TEMP table TABLE, a word, has rows: most weeks nothing is contested and nothing moves. */
int  fold_has_rows(struct folding *g, const char *table, bool *out, struct why *why);

/* fold_rows: the rows of all forms and units, in primary key order; one unit's files are staged at a time. */
int fold_units(struct folding *g, struct why *why);

/* fold_marks: numbers given out in the week before; in SOURCE ("intake", at AT, or "prev", NULL), taken back or not. */
int fold_carry_marks(struct folding *g, struct why *why);
int fold_raise_marks(struct folding *g, const char *source, const struct form *form, const struct place *at,
    struct why *why);
/* Those and the numbers of this week, as runs. */
int fold_keep_marks(struct folding *g, struct why *why);

/* fold_rival: rows of FORM that lose their key go to temp.left_out and out of the snapshot; then findings. */
int fold_leave_out(struct folding *g, const struct form *form, struct why *why);
/* Rows of FORM that refer to rows that were left out, likewise.  Forms in order of reference. */
int fold_leave_orphans(struct folding *g, const struct form *form, struct why *why);
int fold_say_left_out(struct folding *g, struct why *why);

/* fold_move: rows that belong to another unit from now on (<moves>), noted in main.moved. */
int fold_move(struct folding *g, struct why *why);

/* fold_measures: all measures, in their order. */
int fold_measures(struct folding *g, struct why *why);

/* fold_digest: the content digest of the week, by two processes where there are. */
int fold_digest(struct folding *g, char out[DIGEST_HEX], struct why *why);

/* fold_meta */
/* A value of the table meta of a snapshot.  The caller frees; NULL: there is none. */
char *snapshot_meta(sqlite3 *db, const char *name);
int fold_put(struct folding *g, const char *name, const char *value, struct why *why);
int fold_fill_meta(struct folding *g, const struct window *prev, struct why *why);
int fold_fill_archived(struct folding *g, struct why *why);

/* ---- measure ---- */

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
 * *REASONS is "ok" or one reason a line, in the words of messages/folding.xml.  ROWS_ARE_RIGHT: against the
 * intake files it was checked already.
 */
int gate_check(sqlite3 *db, const struct fold *f, const struct arrivals *a, bool rows_are_right,
    struct buf *reasons, struct why *why);
/* The first of the two, of the snapshot under its temporary name, where no row was left out.  0 or -1. */
int gate_rows_are_right(const struct fold *f, const struct arrivals *a, struct why *why);
/*
 * The label and the bytes of every arrival, all of them judged, are still what its intake file says came.  -1, EX_IOERR
 * naming the file: the disk lost something, and a seal would make that the record.
 */
int gate_arrivals_are_kept(const struct site *site, struct week week, const struct arrivals *a, struct why *why);

/* ---- seal ---- */

/* archive/WEEK/sealed: the decision. */
struct seal_record {
	struct week week;
	instant_t   at;
	char        rules[DIGEST_HEX];
	char        by[128];                    /* "calendar", or who signed */
	char        printed[DIGEST_HEX];        /* archive/WEEK/printed of the week before; "" for none */
	struct arrivals without;                /* taken, and not judged in time */
};

/* snapshots/WEEK.seal: the commit. */
struct seal {
	struct week week;
	char        snapshot[DIGEST_HEX], content[DIGEST_HEX], archive[DIGEST_HEX], intake[DIGEST_HEX];
	char        rules[DIGEST_HEX], previous[DIGEST_HEX];
	instant_t   at;
};

void seal_record_free(struct seal_record *r);
/* 0, -2 (absent), -1 (EX_DATAERR: not in the form that this program writes). */
int seal_record_read(const struct site *site, int offset, struct week week, struct seal_record *out,
    struct why *why);
int seal_read(const struct site *site, int offset, struct week week, struct seal *out, struct why *why);
/*
 * The snapshot of WEEK, which is sealed, is still the one its seal names.  Returns 1 if it is another or one
 * of them is gone (WHY, EX_IOERR, says what to do), or -1.
 */
int seal_holds(const struct site *site, struct week week, struct why *why);
/*
 * What the snapshot of WEEK says of itself (content, the seal before it) is what its seal says, and, CONTENT, what its
 * rows say.  Returns as seal_holds does.
 */
int seal_agrees(const struct site *site, struct week week, bool content, struct why *why);
/* The content digest of the snapshot of WEEK, made of its rows. */
int seal_content(const struct site *site, struct week week, char out[DIGEST_HEX], struct why *why);

/*
 * Texts of "NAME VALUE" lines (labels, decisions): VALUE of the first line NAME of TEXT to OUT (SIZE bytes).
 * -1 if there is none or it does not fit.
 */
int line_value(const char *text, const char *name, char *out, size_t size);
/* archive/WEEK/sealed as it is written. */
void seal_record_text(const struct seal_record *r, int offset, struct buf *out);

/*
 * Digests of one arrival: of its bytes, its label, its intake file and that file's content; "-" for what is
 * not there (an object that was refused as it lay has no bytes).
 */
struct arrival_digests {
	char bytes[DIGEST_HEX], label[DIGEST_HEX], intake_bytes[DIGEST_HEX], intake[DIGEST_HEX];
};
/* CONTENT false: all but intake, which is "". */
int arrival_digest(const struct site *site, struct week week, const struct arrival *a, bool content,
    struct arrival_digests *out, struct why *why);
/* The digests of the two lists of a .seal, over what the site has now. */
int seal_lists(const struct site *site, struct week week, struct seal *s, struct why *why);

/*
 * Fold W and seal it: a record that is there already decides instant, rule set and who is left out; else AT,
 * today's rules and BY do, and it is made without what is in hand: the caller has told who that is
 * (waiting_tell).  Returns 0, 1 (done, and the gate failed or a row was left out), or -1.
 */
int seal_week(const struct proc *p, const struct window *w, instant_t at, const char *by, struct why *why);

/* ---- verify, trace ---- */

/*
 * Differences go to OUT, a line each: "WEEK FILE: what", with the file that says otherwise; "-" for what lies
 * in no week.  ALL: the weeks are all that are sealed, so that what lies behind them is looked at, too.  Returns an exit
 * code; -1 for trouble.
 */
int verify_weeks(const struct proc *p, const struct week *weeks, size_t n, bool all, FILE *out, struct why *why);
/* What lies in the outbox of a unit. */
struct outbox {
	char        *unit;
	struct names files;
};
struct outboxes {
	struct outbox *v;
	size_t n;
};
struct verifying {
	const struct proc *p;
	FILE              *out;
	char               week[9];             /* "-": what lies in no week */
	char               rebuild[96];         /* behind what a rebuild gives back: how */
	struct outboxes    outboxes;
	size_t             differences;
	struct kept_rules  rules;
	struct names       unread;              /* rule sets of the archive that this program does not read */
	bool               sealed, briefed;     /* whether there is a last week of each */
	bool               lost_last;           /* which week was sealed last could not be read: */
	struct why         unreadable;
	struct week        last_sealed, last_briefed;
};
void verify_differs(struct verifying *v, const char *file, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Behind what nothing else can give back. */
#define VERIFY_RESTORE "; restore it from a backup"
/* Behind what came to a sealed week. */
#define VERIFY_LATER   "; keep it elsewhere, or remove it"
/* Behind an answer in an outbox, which its unit may remove as well. */
#define VERIFY_ANSWER  "; remove it, or restore it from a backup"
/* FILE cannot be looked at, WHY says why not: a difference like any other, and MEND ends its line. */
void verify_trouble(struct verifying *v, const char *file, const struct why *why, const char *mend);
#define NO_FILE "-"             /* stands for the digest of what is not there */
/* FILE has the digest WANT that SAYER names; where not, MEND ends the line.  Whether it has. */
bool verify_file(struct verifying *v, const char *file, const char *want, const char *sayer,
    const char *mend);
/* verify_briefings: those of a sealed week, and the units' own in their outboxes. */
void verify_briefings(struct verifying *v, const struct window *w);
/* verify_outbox: what lies in the outboxes, listed once. */
int outboxes_list(struct verifying *v, struct why *why);
void outboxes_free(struct outboxes *all);
/* Nothing there is called an answer of the week but ANSWERS, each "UNIT/NAME". */
void verify_outboxes(struct verifying *v, const struct names *answers);
/* verify_receipts: what the receipts that still lie in the outboxes say of WEEK, sealed in DB. */
int verify_receipts(struct verifying *v, sqlite3 *db, struct week week, struct why *why);
/* verify_answers: what a submission was answered with.  Not KNOWN: its intake file does not say. */
struct answered {
	char *name, *sha256;            /* NULL: there was none */
};
struct answers {
	struct answered receipt, copy;
	bool            known;
};
void answers_find(struct verifying *v, const char *unit, struct week week, int number, struct answers *out);
void answers_free(struct answers *a);
/* Whether A is what lies in the outbox of UNIT, or nothing does; GOT is the digest of what is another. */
bool answer_stands(struct verifying *v, const char *unit, const struct answered *a, char got[DIGEST_HEX]);
void answer_differs(struct verifying *v, const char *unit, struct week week, int number,
    const struct answered *a, const char *got);
/* verify_copies: the annotated copy of a file, in the words M of the rule set that judged it. */
void verify_copy(struct verifying *v, const struct messages *m, const char *unit, struct week week,
    int number);

/* What FIELD (NULL: all) of the row KEY of TABLE in WEEK rests on, to stdout.  An exit code, or -1. */
int trace_show(const struct proc *p, struct week week, const char *table, const char *key, const char *field,
    bool json, struct why *why);

/* ---- inside trace ---- */

/* A tree of names and values on stdout, as JSON or as indented lines. */
struct tree {
	bool       json, first;
	int        depth;
	bool       in_line;             /* between tree_row and tree_row_end of a text */
	struct buf line;
};

/* A row: of JSON an object, of a text one line "- LEAD name value; name value".  LEAD may be NULL. */
void tree_row(struct tree *t, const char *lead);
/* Its values are done; lists may follow, which stand under it. */
void tree_row_said(struct tree *t);
void tree_row_end(struct tree *t);

/* NAME NULL: an element of a list.  BRACKET is '{' or '['. */
void tree_open(struct tree *t, const char *name, char bracket);
void tree_close(struct tree *t, char bracket);
void tree_value(struct tree *t, const char *name, const char *value);   /* NULL is null, or a dash */
void tree_number(struct tree *t, const char *name, int64_t value);
void tree_column(struct tree *t, sqlite3_stmt *row, int column);        /* under the column's name */
/* Money of field F: as it is stored, and in the unit of its form. */
void tree_money(struct tree *t, const char *name, const struct field *f, int64_t yuan);

/* A cell of an archived file as collector cell tells it; texts belong to the page. */
struct raw_cell {
	int64_t     row;
	char       *field;              /* "": a row begins here */
	const char *place, *header, *kind, *value, *raw;
};

/* The cells of one form in one archived file. */
struct page {
	char            *submission, *form;
	char            *none;          /* "", the field of a row that begins */
	const char      *failed;        /* why it could not be read again, in capitals; NULL: it was */
	struct raw_cell *v;             /* row by row */
	size_t           n, cap;
	struct arena     arena;
};

struct pages {
	struct page *v;
	size_t n, cap;
};

#define ARCHIVED_EQUAL "equal"

/* An archived file, checked against its label. */
struct archived {
	char       *submission;
	struct path file;
	struct buf  label;
	char        want[DIGEST_HEX], got[DIGEST_HEX];  /* of the label, of the bytes; "" for none */
	const char *checked;            /* ARCHIVED_EQUAL, or in capitals what is wrong */
};

struct archives {
	struct archived *v;
	size_t n, cap;
};

/* The snapshot of another week. */
struct past {
	struct week week;
	char        name[9];
	sqlite3    *db;                 /* NULL: it is not there, or not to be read */
	char       *state;              /* draft or sealed; NULL without db */
	char       *snapshot;           /* ARCHIVED_EQUAL, or in capitals what is wrong; NULL of a draft */
};

struct pasts {
	struct past **v;
	size_t n, cap;
};

struct tracing {
	const struct proc    *p;
	const struct ruleset *rules;    /* those the week was folded under */
	struct kept_rules     kept;     /* where retired forms are defined */
	struct week           week;
	const char           *key, *field;
	struct tree           out;
	struct pages          pages;    /* a file is read again once */
	struct archives       archives; /* and its digest made once */
	struct pasts          pasts;    /* a snapshot is opened once */
	bool                  differs;  /* the archive does not say what the snapshot says */
};

/* Where a row came from, "WEEK/UNIT/NNN". */
struct origin {
	struct week week;
	char        unit[32];
	int         number;
};
int origin_parse(const char *id, struct origin *out);

/* trace_file: the archived file of SUBMISSION; good until the next call.  NULL: trouble. */
const struct archived *archived_find(struct tracing *t, const char *submission, struct why *why);
bool archived_is_equal(const struct archived *a);
/* Its path, digest and check; not BRIEF: the name it was sent under, and when it came. */
void archived_show(struct tracing *t, const struct archived *a, bool brief);
/* All files that a trace rested on, each once. */
void archives_show(struct tracing *t);
void archives_free(struct archives *all);

/* trace_cell: cells of the archive, read again by the collector's own reader (a child program). */
const struct page *pages_find(struct tracing *t, const char *submission, const char *form);
void pages_free(struct pages *pages);
/* Where FORM's row KEY begins in the page: an index of v, or -1.  Its row number must be ROW. */
ptrdiff_t page_row(const struct page *page, const struct form *form, const char *key, int64_t row);
/* The cell of FIELD in the row that begins at FROM; NULL: the file has none. */
const struct raw_cell *page_cell(const struct page *page, ptrdiff_t from, const struct field *field);
/*
 * Show the cell that VALUE (of FIELD, NULL for NULL) came from, and whether it says so.  FROM: page_row.
 * BRIEF: one line.
 */
void cell_show(struct tracing *t, const struct page *page, ptrdiff_t from, const struct field *field,
    const char *value, bool brief);

/* trace_row: the rows of FORM with the key; *N is raised by how many. */
int trace_form(struct tracing *t, sqlite3 *db, const struct form *form, size_t *n, struct why *why);
/* One stored value as a person reads it, unit included; "-" for NULL. */
void trace_text(struct buf *out, const struct field *f, sqlite3_stmt *row, int column);

/* trace_head: what the head of a measure says of a column.  A line "-- trace:" is a reading. */
#define HEAD_TRACE "trace:"
#define HEAD_YUAN  "yuan:"
#define HEAD_ADDS  "adds:"
#define HEAD_EMPTY "empty:"
struct reading {
	int          line, bars;        /* in the file; how many it has */
	struct names of;                /* words, see head_word_is */
	char        *table;             /* "": columns of the row itself */
	bool         everyone;          /* rows of all units */
	bool         before;            /* of the week before */
	struct names columns;
	const char  *same;              /* the one of columns that is carried; NULL: none */
	char        *where;             /* "" for all rows */
	char        *words;             /* of a line "-- empty:", which has no table and no columns */
};
struct readings {
	struct reading *v;
	size_t n, cap;
};
/* Those of any of COLUMNS; NULL: all. */
void head_readings(const struct measure *m, const struct names *columns, struct readings *out);
/* Likewise the lines "-- empty:", in their order. */
void head_lacks(const struct measure *m, const struct names *columns, struct readings *out);
void readings_free(struct readings *r);
/* nothing where it says nothing */
void head_means(const struct measure *m, const char *column, struct buf *out);
bool head_is_money(const struct measure *m, const char *column);
/* Whether WORD of a head names COLUMN; "year_*" is all that begin so. */
bool head_word_is(struct span word, const char *column);
/*
 * The words of the next line MARK of the head from *P on, added to OUT; *AT becomes its line (0 before the
 * first).  false: none left.
 */
bool head_list(const char **p, int *at, const char *mark, struct names *out);

/*
 * trace_check: every name and condition of the measures' heads, against the empty tables of a snapshot.
 * -1: EX_CONFIG with file and line.
 */
int trace_check(const struct ruleset *rs, struct why *why);

/* What a row is known by: names and values of its key, the unit included, the week left out. */
struct identity {
	char **names, **values;
	size_t n;
};
/* The row at hand of the measure TABLE; its unit too where that is no part of the key. */
int identify(sqlite3 *db, const char *table, sqlite3_stmt *row, struct identity *out, struct why *why);
void identity_free(struct identity *id);
/* Names of the primary key of TABLE without the week, the unit first. */
int key_names(sqlite3 *db, const char *table, struct names *out, bool *weekly, struct why *why);
/* "k1 || ' ' || k2", with the unit or without; EMPTY if there is none. */
void sql_joined(struct buf *sql, const struct names *keys, bool unit, const char *empty);

/* A table that is read. */
struct input {
	const char           *table, *where;
	/* the column that is carried (NULL: none), as which */
	const char           *same, *carries;
	sqlite3              *db;                       /* NULL: no such week */
	const struct past    *past;                     /* of the week before; NULL: of this week */
	bool                  before, everyone;
	bool                  own;                      /* rows of the same unit, be it the office */
	bool                  sums;                     /* the office's row is the others' sum: not meant */
	bool                  counted;                  /* how many rows, and no more */
	bool                  empty;                    /* of several, one without rows: not worth a line */
	bool                  other_week;               /* its condition says of which week */
	/* one of these, or neither (submission, finding ...) */
	const struct form    *form;
	const struct measure *measure;
	struct names          columns, shown;
};

/* Where a trace is: what of whose row, how deep. */
struct level {
	const struct measure  *m;
	const struct names    *fields;  /* n = 0: all of it */
	const struct identity *id;
	sqlite3_stmt          *row;     /* all columns of it */
	int                    depth;
};
#define DEEPEST 3                       /* measures upon measures */

/* trace_input: what a row of a measure rests on. */
int trace_inputs(struct tracing *t, sqlite3 *db, const struct level *at, struct why *why);
/* trace_rows: how many rows of IN there are, and those. */
int input_count(struct tracing *t, const struct input *in, const struct level *at, int64_t *n,
    struct why *why);
int input_show_count(struct tracing *t, const struct input *in, const struct level *at, struct why *why);
int input_show_rows(struct tracing *t, const struct input *in, const struct level *at, const char *lead,
    struct why *why);
/* The column NAME of the row at hand; -1: none. */
int trace_column_of(sqlite3_stmt *row, const char *name);
/* The parameters of a condition: the week's own, and the parts of ID by name. */
void trace_bind(const struct tracing *t, sqlite3_stmt *stmt, const struct identity *id);

/*
 * trace_past: the snapshot of WEEK; good until pasts_free.  NULL: trouble.  One that is not there has no db,
 * and the trace a difference.
 */
const struct past *past_find(struct tracing *t, struct week week, struct why *why);
/* The week before: *OUT NULL if the record begins with this one. */
int past_before(struct tracing *t, const struct past **out, struct why *why);
/*
 * What that snapshot says of the row at hand of TABLE, which was carried from there: ARCHIVED_EQUAL or in
 * capitals.  Of the columns SHOWN.
 */
int past_agrees(struct tracing *t, const struct past *past, const char *table, sqlite3_stmt *row,
    const struct identity *id, const struct names *shown, const char **word, struct why *why);
/* Whether two values are the same as text, as which a trace shows them; NULL is the same as NULL alone. */
bool past_same(sqlite3_stmt *a, int i, sqlite3_stmt *b, int k);
void past_show(struct tracing *t, const struct past *past);
void pasts_free(struct pasts *all);

/* trace_sent: whether rows of TABLE are what this week's files brought: submission, finding, corrected. */
bool trace_is_sent(const char *table);
/* The rows of it with the key, or its first parts; *N is raised by how many. */
int trace_sent(struct tracing *t, sqlite3 *db, const char *table, size_t *n, struct why *why);
/* The file of such a row, and the cell it speaks of. */
int sent_show(struct tracing *t, sqlite3_stmt *row, bool brief, struct why *why);

/* The only value of the table meta under NAME, "" if there is none.  The caller frees. */
int trace_meta(sqlite3 *db, const char *name, char **out, struct why *why);
/* A column of a row of M (NULL: of another table), money in its unit. */
void trace_column(struct tracing *t, const struct measure *m, sqlite3_stmt *row, int column);
const struct measure *trace_find_measure(const struct ruleset *rs, const char *name);

/*
 * No row of TABLE has the key that was asked for: -1,
 * EX_DATAERR with what a key is, and the next one there is.
 */
int trace_no_row(const struct tracing *t, sqlite3 *db, const char *table, struct why *why);
/* -1, EX_USAGE with the COLUMNS that there are. */
int trace_no_column(const char *kind, const char *table, const char *column, const struct names *columns,
    struct why *why);

/* trace_measure: the rows of the measure with the key, and the rows that went into them. */
int trace_measure(struct tracing *t, sqlite3 *db, const struct measure *m, size_t *n, struct why *why);

/*
 * All that the fold, the gate and trace say, print and look
 * up is there, each as what it is used for.  -1: EX_CONFIG.
 */
int folding_check(const struct messages *m, struct why *why);

#endif
