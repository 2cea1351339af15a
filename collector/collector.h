/*
 * collector - takes in what units drop, judges it, and answers with receipts.
 *
 *   intake   claim, archive, commit, acknowledge          (the only writer of the site here)
 *   box      the child that decodes and parses foreign bytes and can open nothing
 *   decode   bytes -> UTF-8            } run inside the box
 *   csv, xml UTF-8 -> cells            }
 *   reading  the stream of frames between the child and its parent
 *   sheet    cells -> a recognised sheet of a form: header, rows, total rows, signatures
 *   value    a cell -> a typed value
 *   judge    sheets -> merged rows, rules, accepted or held -> intake/WEEK/UNIT/NNN.db
 *   receipt  receipt, annotated copy
 *   answer   both: made, their digests in the intake file, into the outbox
 *   post     into the outbox, or kept until it can be written
 *   check, status, judge_forms, schema      the other commands: they write no record
 */
#ifndef ZB_COLLECTOR_H
#define ZB_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../common/drop.h"
#include "../common/finding.h"
#include "../common/form.h"
#include "../common/kept.h"
#include "../common/outlet.h"
#include "../common/proc.h"
#include "../common/ruleset.h"
#include "../common/text.h"
#include "../common/week.h"
#include "ledger.h"

/* ---- reading: what the box makes of one file ---- */

enum source_format { SOURCE_CSV, SOURCE_XML };

/* A file may have millions: 8 bytes. */
struct cell {
	uint32_t at;                    /* of its text in the grid's (grid_cell) */
	uint16_t n;                     /* bytes of it */
	uint16_t col;                   /* 1-based; XML: index into names, plus one */
};

/* One row that has any text; rows that are blank all over are left out, so numbers may jump. */
struct grid_row {
	/*
	 * As a spreadsheet numbers it: one record is one row, line breaks in a cell or not; ascending.
	 * XML: line of <row>; two elements on one line have the same.
	 */
	uint32_t row;
	uint32_t from, to;              /* cells[from..to) */
};

/* The cells of one form: a CSV file is one grid, an XML submission has one per form element. */
struct grid {
	char        *form;              /* XML: element name; CSV: NULL */
	uint32_t     line;              /* XML: where that element starts; CSV: 0 */
	char       **names;             /* XML: attribute or child names by column; CSV: NULL */
	size_t       n_names, cap_names;
	char        *text;              /* of all cells; a NUL behind each */
	size_t       n_text, cap_text;
	struct cell *cells;             /* row by row, columns ascending; in CSV empty ones are present */
	size_t       n_cells, cap_cells;
	struct grid_row *rows;
	size_t       n_rows, cap_rows;
};

/*
 * Cell I: valid UTF-8 without a NUL, otherwise as it was sent; quotes resolved.  A NUL is behind it, and it
 * stays as long as its reading.
 */
static inline struct span grid_cell(const struct grid *g, size_t i)
{
	return (struct span){ g->text + g->cells[i].at, g->cells[i].n };
}

struct attribute {
	char *name, *value;
};

struct reading {
	enum source_format format;
	const char *encoding;           /* "UTF-8" "UTF-8-BOM" "UTF-16LE" "UTF-16BE" "GB18030" */
	char        separator;          /* CSV: ',' '\t' ';' */
	bool        crlf;               /* CSV: how its lines end */
	bool        ended;              /* CSV: the last line has an end */
	struct attribute *attributes;   /* XML: of the root element */
	size_t      n_attributes, cap_attributes;
	struct grid *grids;
	size_t      n_grids, cap_grids;
	struct findings findings;       /* of bytes and syntax; a fatal one refuses the file */
	struct arena arena;             /* owns names and attributes; the vectors are freed by reading_free */
};

/*
 * Read FD (from its start) in a sandboxed child, LIMITS of it, with the time that CONF gives.  A child that dies, stalls or
 * breaks the protocol gives a fatal finding, not a failure.  -1 only for trouble of our own.
 */
int  box_read(const struct conf *conf, const struct limits *limits, const struct messages *messages, int fd,
    struct reading *out, struct why *why);
/* The same of N bytes, by the same code but without a child: for tests and fuzzing. */
int  reading_parse(const struct limits *limits, const struct messages *messages, const char *bytes, size_t n,
    struct reading *out, struct why *why);
void reading_free(struct reading *r);
/* R is whole: if a fatal finding stands, its cells are let go (a batch holds many readings at once). */
void reading_settle(struct reading *r);
/* One event that names what this kernel cannot do of the box's walls; none if it can do all. */
void box_say_lacks(const struct proc *p);
/* Bytes that a cell may have: those of LIMITS, but never more than a frame holds. */
size_t reading_cell(const struct limits *limits);

/* What conf does not say. */
#define READING_CELLS    4000000u       /* a file: 32 MB of struct cell */
#define READING_RECORD   (64u * 1024u)  /* bytes of a record */
#define READING_FINDINGS 200u           /* of bytes and syntax; after that the file is not read on */
#define XML_TAG          (32u * 1024u)  /* bytes of a tag */
#define XML_DEPTH        32
#define XML_ATTRIBUTES   64
#define XML_NAMESPACES   16
#define XML_FORMS        64             /* elements of forms in a file */

/* ---- inside the box: what decode, csv and xml say, as frames of a stream ---- */

struct stream {
	char  *s;                       /* frames not yet sent */
	size_t n, cap;
	int  (*send)(void *to, const char *s, size_t n);        /* -1: nobody listens any more */
	void  *to;
	bool   broken;                  /* send failed: frames are dropped */
	size_t findings, cells;
};

void stream_open(struct stream *o, int (*send)(void *to, const char *s, size_t n), void *to);
/* Send what is left.  -1 if any of it was not sent. */
int  stream_close(struct stream *o);
void stream_format(struct stream *o, enum source_format format, const char *encoding);
void stream_lines(struct stream *o, char separator, bool crlf, bool ended);
void stream_attribute(struct stream *o, struct span name, struct span value);
void stream_grid(struct stream *o, struct span form, uint32_t line);
void stream_name(struct stream *o, struct span name);
/* One row of N cells, none with a NUL in it.  CSV: columns in order.  XML: COLS are theirs, ascending. */
void stream_row(struct stream *o, uint32_t row, const uint16_t *cols, const struct span *cells, size_t n);
/* One row of CSV that stands in the file as it is: N cells in TEXT, SEPARATOR between. */
void stream_plain_row(struct stream *o, uint32_t row, struct span text, char separator, size_t n);
void stream_end(struct stream *o);
/* A finding: message ID and its values.  VALUE may be empty. */
void stream_say(struct stream *o, const char *id, uint32_t row, uint32_t col, struct span value,
    const struct message_arg *args, size_t n);
/* Whether so much is wrong that reading on is pointless, or nobody listens. */
bool stream_enough(const struct stream *o);

struct decoded {
	const char *s;                  /* UTF-8, no BOM, no NUL; the input itself where that is it */
	size_t      n;
	const char *encoding;
	char       *owned;              /* to be freed, or NULL */
};

/* GB is an open GB18030 to UTF-8 descriptor.  -1 after a fatal finding. */
int  decode_bytes(const char *bytes, size_t n, void *gb, struct stream *o, struct decoded *out);
void csv_read(const struct limits *limits, const char *s, size_t n, struct stream *o);
/* ENCODING is what decode found: a declaration that says another is noted. */
void xml_read(const struct limits *limits, const char *s, size_t n, const char *encoding, struct stream *o);
/*
 * All of it: decode, then csv or xml, then the explicit end.  FORGET (or NULL) is told when BYTES are not looked at
 * any more and much is still to be done.
 */
void reading_run(const struct limits *limits, const char *bytes, size_t n, void *gb, struct stream *o,
    void (*forget)(const char *bytes, size_t n));

/* ---- outside: frames to a reading ---- */

struct builder {
	const struct limits   *limits;
	const struct messages *messages;
	struct reading        *r;
	bool                   ended;   /* the explicit end was seen */
};

/* Bytes of the largest frame. */
#define FRAME_BYTES (128u * 1024u)
/* Take the whole frames of the N bytes at S.  Returns how many bytes they have, or -1: not our protocol. */
ssize_t builder_take(struct builder *b, const char *s, size_t n);
/* Say of the file itself that ID went wrong with it. */
void builder_say(struct builder *b, const char *id, const struct message_arg *args, size_t n);

/* ---- sheet: what a reading means ---- */

struct column {
	const struct field *field;      /* NULL: reserved or unknown */
	int         reserved;           /* enum reserved, or -1 */
	const char *header;             /* as it stands in the file; XML: the name */
	uint32_t    col;
	int64_t     unit_yuan;          /* FIELD_MONEY: what one of the cell's unit is in yuan */
	const char *unit_word;          /* its word, for receipts */
};

struct sheet_row {
	uint32_t     row;
	uint32_t     at;                /* of the grid's rows (sheet_cell) */
	bool         held;              /* a finding of the sheet says why no cell of it can be trusted */
};

/* A row of totals: to be checked against the rows it totals, then it is done (it is none of them). */
struct control_total {
	uint32_t     row;
	uint32_t     at;                /* of the grid's rows (sheet_total_cell) */
	size_t       from, to;          /* it totals rows[from..to) */
};

struct sheet {
	const struct form *form;
	const struct grid *grid;        /* the reading's, which must outlive the sheet */
	uint32_t          header_row;   /* 0 for XML; the lower one if the header has two rows */
	uint32_t          header_from;  /* its first row */
	struct column    *columns;
	size_t            n_columns;
	struct sheet_row *rows;
	size_t            n_rows;
	/*
	 * By column, NULL where none of its cells was merged: for every row the place in ROWS of the row that
	 * has its text.  The whole is NULL if no column was.
	 */
	uint32_t        **merged;
	struct control_total *totals;
	size_t            n_totals;
	/* CSV: the part of the key that has no column, and the one it gets in the annotated copy; NULL: none */
	const struct field *lacking;
	uint32_t          lacking_col;
};

/* What ROW has in COLUMN (its place in COLUMNS); s == NULL: absent (XML).  As grid_cell. */
struct span sheet_cell(const struct sheet *s, const struct sheet_row *row, size_t column);
struct span sheet_total_cell(const struct sheet *s, const struct control_total *total, size_t column);

/* A day, or the number of a week, that a title, a signature (ROW) or the file's name (0) says. */
struct said_day {
	int         year, month, day;   /* YEAR 0: not said; a day that need not exist */
	int         week;               /* or this, and no day */
	uint32_t    row;
	const char *text;               /* as it was said, squashed */
};

/* A file, understood. */
struct paper {
	bool         has_week;          /* it declares a week: its name, the XML's root, a title row */
	bool         week_in_name, week_in_root;
	uint32_t     week_row;          /* 0: in none */
	struct week  week;
	const char  *unit;              /* XML attribute, else NULL */
	const char  *prepared_by, *reviewed_by, *phone;         /* NULL if not said */
	const char  *said_unit;         /* CSV: the unit that a title or signature names, NULL if none does */
	uint32_t     said_row;          /* ... and where */
	struct said_day said[16];       /* CSV: the first of them */
	size_t       n_said;
	struct sheet *sheets;           /* at most one per form */
	size_t       n_sheets;
	struct arena arena;
};

/*
 * Understand R, which came as FILE_NAME.  What is wrong or was converted goes to FS.  Always returns;
 * after a fatal finding there may be no sheets.
 */
void paper_understand(const struct ruleset *rs, const struct reading *r, const char *file_name,
    struct paper *out, struct findings *fs);
/* The same of what unit SENDER (its code; NULL: any) sent: it is told of no form that it may not send. */
void paper_understand_of(const struct ruleset *rs, const char *sender, const struct reading *r,
    const char *file_name, struct paper *out, struct findings *fs);
void paper_free(struct paper *p);

/* Inside sheet: header.c finds the form and the row of headers, and types the columns. */

/*
 * Find form, header row and columns of G, a CSV file that came as FILE_NAME, and put them into OUT.
 * SENDER is as for paper_understand_of.  *INDEX is the header's place in G->rows.
 * -1 after a fatal finding.  Texts go to ARENA.
 */
int  header_recognise(const struct ruleset *rs, const char *sender, const struct grid *g,
    const char *file_name, struct arena *arena, struct sheet *out, size_t *index, struct findings *fs);
/*
 * The place in S of the column whose header is a name of FIELD, whatever form that is of, or such a name behind a
 * word for what is only shown (list column.ignored); n_columns: none.
 */
size_t header_column_named(const struct sheet *s, const struct messages *m, const struct field *field);
/*
 * Whether ROW is the header of a table: most of its filled cells, three at least, are names of the fields of a
 * form, and none has a figure.  Texts go to ARENA.
 */
bool header_is_other(const struct ruleset *rs, const struct grid *g, const struct grid_row *row,
    struct arena *arena);
/* Rows of G that may hold the header: those numbered up to HEADER_ROWS. */
#define HEADER_ROWS 10u
/*
 * What one unit of money is in yuan, 0 if WORD (squashed) is none;
 * *NAME is its whole word, unless NAME is NULL.
 */
int64_t money_unit(const struct ruleset *rs, struct span word, const char **name);
/* What a line of words beside a table says that its figures are in. */
struct unit_said {
	int64_t     yuan;               /* 0: it says nothing of it, or is not understood */
	const char *word;               /* of the rule set */
	bool        unknown;            /* it names a unit of money, and not clearly which */
};
/* Of a cell's TEXT (squashed); NEXT is that of the next filled cell. */
struct unit_said unit_said_in(const struct ruleset *rs, struct span text, struct span next);
/* TEXT squashed, in ARENA. */
struct span squash_in(struct arena *arena, struct span text);
/* Whether nothing but white space is in TEXT. */
bool is_blank(struct span text);
/* The longest word of list ID that TEXT (squashed) begins with: its length, or 0. */
size_t word_at(const struct messages *m, const char *id, struct span text);
/*
 * A week that begins at P of TEXT (squashed), spelled 2022-W17, 2022W17 or with the words of lists
 * week.between and week.after.  Returns the length of its spelling, or 0; OUT is "YYYY-Www", which need not
 * exist.
 */
size_t week_spelled(const struct messages *m, struct span text, const char *p, char out[9]);

/* ---- value: one cell, typed ---- */

enum value_kind { VALUE_ABSENT, VALUE_NULL, VALUE_INTEGER, VALUE_REAL, VALUE_TEXT };

/* 16 bytes: there is one for every cell of a file. */
struct value {
	enum value_kind kind;
	union {
		int64_t     i;          /* VALUE_INTEGER */
		double      r;          /* VALUE_REAL */
		const char *s;          /* VALUE_TEXT */
	};
};

/*
 * Type CELL of COLUMN (which has a field).  AT names the place (form, key, row, col, field, header)
 * and is copied into findings.  UNIT is the sender (towns).  CELL is grid_cell's, or has a NUL behind it in
 * any case: text that stays as it is is not copied; other text goes to ARENA.
 * Returns 0, or -1 after an error finding.  An empty cell is VALUE_NULL; whether it may be is the judge's
 * affair.
 */
int value_parse(const struct ruleset *rs, const char *unit, const struct column *column, struct span cell,
    const struct finding *at, struct arena *arena, struct value *out, struct findings *fs);
/* The same for what an empty cell of FIELD stands for (default=).  -1: it cannot be read. */
int value_default(const struct ruleset *rs, const char *unit, const struct field *field, struct arena *arena,
    struct value *out);

/* Numbers of persons in free text. */
enum privacy { PRIVACY_NONE, PRIVACY_MOBILE, PRIVACY_ID };
/* Whether TEXT may have any: most has none, and need not be copied. */
bool privacy_is_possible(struct span text);
/* Append TEXT with all of them masked; the worst that was found. */
enum privacy privacy_mask(struct buf *out, struct span text);

/* What box, decode, csv, xml, sheet and value say, print and look up. */
extern const struct message_need reading_needs[], reading_texts[], reading_lists[];
extern const size_t reading_needs_n, reading_texts_n, reading_lists_n;

/* ---- label: what is known of a file before it is read ---- */

enum label_kind { LABEL_SUBMISSION, LABEL_REFUSED };

struct label {
	int             number;
	int             batch;          /* number of the first file of its batch */
	enum label_kind kind;
	char           *name;           /* the sender's, byte for byte */
	uint64_t        size;
	char            sha256[DIGEST_HEX];     /* "" when refused: its bytes were never read */
	instant_t       received_at;
	struct week     week;           /* the counting week */
	char            rules[DIGEST_HEX];
	const char     *why;            /* refused: one of the words of drop_reasons, else NULL */
};

void label_write(struct buf *out, const struct label *l);
/* -1, EX_IOERR: FILE is not a label of ours.  After 0 the caller calls label_free. */
int  label_read(const char *bytes, size_t n, const char *file, struct label *out, struct why *why);
void label_free(struct label *l);
/*
 * Any bytes on one line that can be quoted: backslash, quote, control and non-UTF-8 bytes as \xNN.
 * The second undoes the first; -1: broken.
 */
void name_escape(struct buf *out, struct span name);
int  name_unescape(struct buf *out, struct span text);
/*
 * The name as a person reads it: UTF-8, else what it says in GB18030, and nothing that a terminal must not
 * show.
 */
void name_show(struct buf *out, const char *name);

/* ---- claim: a batch of dropped files (drop.h) becomes ours ---- */

/* The batch in hand, work/UNIT. */
struct batch {
	struct week     week;
	char            rules[DIGEST_HEX];
	struct droppeds files;          /* ascending numbers */
};
void batch_write(struct buf *out, const struct batch *b);
int  batch_read(const char *bytes, size_t n, const char *file, struct batch *out, struct why *why);

/*
 * Make D, a file of the batch B, ours: label and bytes in the archive, or moved to refused/.  *OUT is its
 * label.  Goes on where a killed run stopped.  Returns 1 if it is no longer the file it was, before it had a
 * label.
 */
int  claim_file(const struct proc *p, const char *unit, const struct batch *b, const struct dropped *d,
    struct label *out, struct why *why);
/* -2: there is none. */
int  label_load(const struct site *site, struct week week, const char *unit, int number, struct label *out,
    struct why *why);
/*
 * The rule set of the archive that DIGEST names.  For a message that did not exist when it was made it has
 * TODAY's words, so that an old week can be judged again by a newer program; and TODAY's limits, where it is of a time
 * when they were kept nowhere.
 */
int  rules_load(const struct site *site, const char *digest, const struct ruleset *today,
    struct ruleset **out, struct why *why);

/* ---- world: the tables one declared week of one unit is judged against ---- */

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

/* What this week's earlier files of the unit came to. */
struct earlier {
	int   number;
	char *sha256, *forms, *verdict, *rules, *declared, *name, *received;
	bool  correction, late;
	long  rows_read, rows_held;
};

struct world {
	struct window window;           /* of the declared week */
	bool     correction;            /* the declared week is sealed */
	bool     has_before;            /* schema "before" holds the snapshot before it */
	bool     has_sealed;            /* schema "sealed" holds the week itself: a correction */
	sqlite3 *db;
	struct standing *forms;         /* one per form of the rule set (judge.h) */
	struct names prev;              /* tables that have a view prev_TABLE */
	struct world *next;
};

struct env_image;
struct judging;
struct cursor;
struct screen;
struct standing;

/* The world of declared window W; opened at the first call, owned by J.  NULL with WHY set. */
struct world *world_of(struct judging *j, const struct window *w, bool correction, struct why *why);
void worlds_close(struct judging *j);
/* See that every form, and every prev_TABLE, that the text SQL names is there to be read. */
int  world_ready(const struct judging *j, struct world *w, const char *sql, struct why *why);
/* The same, then prepare it.  No statement that was begun on W may be open in the middle of its rows. */
int  world_prepare(const struct judging *j, struct world *w, const char *sql, sqlite3_stmt **out,
    struct why *why);
/* Whether the row KEY of FORM was reported this week, or sent and held: then CAUSE gets why. */
enum sent { SENT_NOT, SENT_REPORTED, SENT_HELD };
int  world_sent(const struct judging *j, struct world *w, const struct form *form, const char *key,
    enum sent *out, struct buf *cause, struct why *why);
/* The statement that says what of FORM is due in W. */
void world_due_sql(const struct judging *j, struct world *w, const struct form *form, struct buf *out);
/*
 * "a"=?1 AND "b"=?2 ... for the key of FORM, with PREFIX ("new.") before each name;
 * parameters from FIRST on.
 */
void world_key_is(struct buf *out, const struct form *form, const char *prefix, int first);
/* "WEEK/UNIT/NNN" */
void submission_id(struct buf *out, struct week w, const char *unit, int number);

/* ---- judge: sheets -> accepted or held ---- */

enum row_op { OP_REPORT, OP_NEW, OP_WITHDRAW };

struct judged_row {
	const struct sheet_row *source;
	const char   *key;              /* parts joined by a space; "" if it could not be read */
	/* while it is at hand: one per field, as it will stand, merged; else NULL, and row_unpack has them */
	struct value *values;
	unsigned char *packed;          /* n_packed bytes (judge_packed) */
	bool         *failed;           /* one per field: its cell could not be typed; rows may share it */
	/* while it is merged: one per field, as it stood; NULL if the key is new */
	struct value *base;
	const char   *note, *correction;
	const char   *assigned;         /* the number it was given, else NULL: only once it stands */
	uint32_t      row;
	enum row_op   op;
	bool          base_this_week;   /* base was reported in the declared week */
	bool          wants_number;     /* new, without a key */
	bool          held;
	bool          twice;            /* its key stands twice in the file */
	bool          asked;            /* its rules are asked in SQL */
	uint16_t      n_packed;
};

/* One figure of the sheet as the sender counts it. */
struct control {
	const char *title, *unit_word;
	const char *sum;                /* of the rows, in the sender's unit */
	const char *said;               /* the total row's, NULL if there is none */
	const char *by;                 /* how far the two are apart, NULL if not at all */
	bool        agrees;             /* they are not, or by less than rounding explains */
	/* a cell could not be read: sum is of the others, nothing was compared */
	bool        partial;
};

struct judged_sheet {
	const struct sheet *sheet;
	size_t             *column_of;  /* by field: its column in the sheet, or NONE (judge.h) */
	struct judged_row  *rows;
	size_t              n_rows;
	struct judged_row **by_key;     /* those that have one, in its order */
	size_t              n_by_key;
	size_t              n_asked;    /* rows that rules may hold on ... */
	bool               *maybe;      /* ... and which rules */
	struct control     *controls;
	size_t              n_controls;
};

struct corrected {
	const char *form, *key, *field, *old, *fresh, *reason;
	uint32_t    row;
	const struct judged_row *of;    /* while its sheet is judged */
};

struct judged {
	struct label    label;          /* borrowed strings */
	int             fd;             /* of its bytes; -1 when refused */
	bool            has_reading;
	struct reading  reading;
	struct paper    paper;
	/* in the making: of bytes, syntax, headers and the file as a whole; of the row at hand */
	struct findings file_findings, row_findings;
	struct ledger   findings;       /* the file's, then the rows'; sorted in the end: the result */
	size_t          n_file_findings;
	struct window   declared;
	bool            correction, late;
	bool            has_before;     /* there was a sealed week to compare with */
	bool            refused;        /* a fatal finding stands */
	bool            frozen;         /* refused by a rule: its findings stand as they are */
	int             duplicate_of;   /* number, or 0 */
	const char     *verdict;
	struct judged_sheet *sheets;
	size_t          n_sheets;
	long            rows_read, rows_accepted, rows_held, rows_withdrawn, rows_unchecked;
	struct corrected *corrected;
	size_t          n_corrected, cap_corrected;
	char           *forms;          /* names joined by a space */
	struct arena    arena;
};

/* A due row that none of this week's files has. */
struct missing {
	const struct form *form;
	char *key, *name;               /* name: of what it refers to, or NULL */
};

struct number_run {
	long first, last;
};

struct series {                         /* of assigned numbers */
	const struct form *form;
	char *prefix;
	long  last;                     /* the highest used */
	long  most;                     /* that has the pattern's digits */
	/* No room behind the highest: the lowest goes that was never used.  Runs below AT are behind NEXT. */
	bool  from_below;
	struct number_run *used;
	size_t n_used, cap_used, at;
	bool  sorted;
	long  next;
	/* ascending: typed into rows that are held, each of which may come back with it; given to no other this week */
	long  *typed;
	size_t n_typed, cap_typed;
};

struct judging {
	const struct conf    *conf;
	const struct ruleset *rs;
	/* of RS (env.h), made once for all units; NULL: each world has its own */
	const struct env_image *reference;
	const struct site    *site;     /* NULL: none; then there is no snapshot and no earlier file */
	/* ... and what is not in the batch may well be there: nothing is said of it */
	bool                  alone;
	bool                  trial;    /* nobody has sent anything: what looks like a receipt says so */
	const char           *unit;
	struct window         window;   /* the counting week */
	struct judged        *files;    /* ascending numbers */
	size_t                n_files;
	struct world         *worlds;
	struct earlier       *earlier;  /* this week's files below the batch */
	size_t                n_earlier, cap_earlier;
	struct series        *series;
	size_t                n_series, cap_series;
	struct missing       *missing;  /* after the batch; in order of form and key */
	size_t                n_missing, cap_missing;
	size_t                n_due;    /* rows due this week ... */
	size_t                n_due_held;       /* ... of which were sent, and stand held */
	struct arena          arena;
};

/*
 * Judge all files of J, exactly as if alone in the world.  Their label and fd are set;
 * the rest is filled in.
 */
int  judge_batch(struct judging *j, struct why *why);
void judging_free(struct judging *j);
/*
 * Open the archived bytes of N labels of one batch, for J with conf, rs and unit set;
 * and close what was opened.
 */
int  judging_open(struct judging *j, const struct site *site, const struct label *labels, size_t n,
    struct why *why);
void judging_close(struct judging *j);
/* No files: what this week's files of the unit came to, and what is missing. */
int  judge_survey(struct judging *j, struct why *why);
/* Steps of judge_batch, each a file of its own. */
int  judge_file(struct judging *j, struct judged *f, struct why *why);
/* Whether file INDEX repeats the latest file of its forms; says so.  Files before it have their verdict. */
void judge_duplicate(struct judging *j, size_t index);
/* An instant as a person reads it. */
void instant_show(struct buf *out, const struct messages *m, instant_t t);
int  judge_sheet(struct judging *j, struct world *w, struct judged *f, struct judged_sheet *s,
    struct why *why);
int  judge_rows(struct judging *j, struct world *w, struct judged *f, struct judged_sheet *s,
    struct why *why);
/* Fields of a sheet that name rows of other forms: whether these are there, row by row. */
struct references {
	struct judging      *j;
	struct world        *w;
	struct judged       *f;
	struct judged_sheet *s;
	const struct form   *form;
	struct cursor       *known;     /* one per field (judge.h); no statement: no reference */
	size_t              *n_columns; /* of the row referred to, as rules want them ... */
	struct value       **values;    /* ... and as they stand for the row at hand; NULL: no such row */
	struct value       **kept;      /* room for them */
	unsigned             asked;     /* how often all rows were searched for what was nearly said */
	struct named        *named;     /* judge.h */
};
/* SCREEN says which columns rules want. */
int  references_begin(struct references *t, struct judging *j, struct world *w, struct judged *f,
    struct judged_sheet *s, const struct screen *screen, struct why *why);
int  references_check(struct references *t, struct judged_row *row, struct why *why);
/* Read the rows that ROW, merged, refers to, into values. */
int  references_read(struct references *t, const struct judged_row *row, struct why *why);
void references_end(struct references *t);
int  judge_rules(struct judging *j, struct world *w, struct judged *f, struct judged_sheet *s,
    struct why *why);
void judge_totals(struct judging *j, struct judged *f, struct judged_sheet *s);
int  judge_due(struct judging *j, struct why *why);
/* The values of ROW of S, which is not at hand: all into OUT, or one.  Their texts stay as long as S. */
void row_unpack(const struct judged_sheet *s, const struct judged_row *row, struct value *out);
struct value row_value(const struct judged_sheet *s, const struct judged_row *row, size_t field);
/* ROW is done: what is in its values is kept, and it is not at hand any more. */
void row_pack(struct judged *f, const struct judged_sheet *s, struct judged_row *row);
/* ROW is done, but for fields that were absent its values are what was kept. */
void row_leave(struct judged_row *row);
/* Field I of ROW was absent, and is nothing from now on: so it is kept. */
void row_pack_null(struct judged_row *row, size_t i);
/* ROW's key from its values. */
void judge_name_row(struct judged *f, const struct form *form, struct judged_row *row);
/* A value as the record keeps it. */
void value_plain(struct buf *out, const struct value *v);
/* The field of the key whose number the engine assigns, or NULL. */
const struct field *number_field(const struct form *form);
/* Give a number to every new row that stands, in "new" too. */
int  judge_numbers(struct judging *j, struct world *w, struct judged *f, struct judged_sheet *s,
    struct why *why);
/* Which new rows are the same thing as one that is there: one lookup a row, whatever their number. */
struct sameness {
	sqlite3_stmt *find, *add;       /* NULL until the first row asks */
	struct buf    what;
};
/*
 * Whether this unit already holds what the new ROW is (*KEY is its key, in F's arena), or a new row of the
 * sheet above is it (*ABOVE is its number); NULL and 0 if neither.  In the last case ROW is one of those
 * above from now on.
 */
int  number_same(struct sameness *t, struct world *w, struct judged *f, const struct form *form,
    const struct judged_row *row, const char **key, uint32_t *above, struct why *why);
void number_same_end(struct sameness *t);
/* Index of the first row of S whose number is not below NUMBER; n_rows if there is none. */
size_t judge_row_at(const struct judged_sheet *s, uint32_t number);
/* A value as a person reads it in the field's own unit; NULL value prints as the message word for nothing. */
void value_show(struct buf *out, const struct messages *m, const struct field *f, const struct value *v);
/* The finding of ROW at FIELD (NULL: the row) made from message ID; holds the row if it is an error. */
struct finding *judge_say(struct judging *j, struct judged *f, struct judged_sheet *s, struct judged_row *row,
    const struct field *field, const char *id, const struct message_arg *args, size_t n);
/* What the column op of a row holds: NULL for a report, else the first word of its list. */
const char *op_word(const struct messages *m, enum row_op op);
/* Whether the file was accepted in full. */
bool verdict_is_whole(const char *verdict);
/* Whether somebody has to mend something. */
bool verdict_needs_person(const char *verdict);
struct answer;
/* intake/WEEK/UNIT/NNN.db: the commit.  It names the digests of what the unit is answered. */
int  judge_store(const struct judging *j, const struct judged *f, const struct answer *a, struct why *why);

/* ---- answer ---- */

/* Bytes as they go into the outbox. */
struct answered {
	struct spool *bytes;            /* NULL: there is none */
	uint64_t      n;
	char          digest[DIGEST_HEX];
};
/* What a unit is answered of one file.  A zeroed one is empty. */
struct answer {
	struct answered receipt, copy;
};
/* The caller frees, also after -1. */
int  answer_make(struct answer *out, const struct judging *j, const struct judged *f, struct why *why);
void answer_free(struct answer *a);
/* Table _answer of the intake file that is being made in DB. */
int  answer_note(sqlite3 *db, const struct judging *j, const struct judged *f, const struct answer *a,
    struct why *why);
/* Into the outbox, what is not there already, or kept by post; *CODE is told of trouble. */
int  answer_publish(const struct proc *p, const struct judging *j, const struct judged *f,
    const struct answer *a, int *code, struct why *why);

/* ---- receipt ---- */

/*
 * The receipt of F as text: for a terminal, and as the file that Notepad opens (UTF-8 with its mark,
 * CRLF).
 */
void receipt_text(struct outlet *out, const struct judging *j, const struct judged *f);
int  receipt_write(struct outlet *out, const struct judging *j, const struct judged *f, struct why *why);
/* What was not checked and why, a line at a time. */
void receipt_unchecked(const struct judging *j, const struct judged *f,
    void (*to)(void *ctx, const char *text), void *ctx);
/* The annotated copy, in the sender's encoding.  Only for a CSV file that could be read. */
int  annotate_write(struct outlet *out, const struct judging *j, const struct judged *f, struct why *why);
bool annotate_is_possible(const struct judged *f);

/*
 * Append TEXT as a cell of CSV: quoted where it has to be, and never run as a formula (an apostrophe in
 * front).
 */
void spreadsheet_cell(struct buf *out, struct span text, char separator);
/* Whether a spreadsheet would run TEXT: it begins like a formula and is no number. */
bool spreadsheet_is_formula(struct span text);

/* ---- post: into the outbox, or kept until that can be written ---- */

/*
 * Publish what FILL writes as NAME in UNIT's outbox unless it is there; where that fails, keep it in work/UNIT.post,
 * say why, and make *CODE no better than that.  -1: not even kept.
 */
int  post_put(const struct proc *p, const char *unit, const char *name,
    int (*fill)(void *ctx, struct outlet *out, struct why *why), void *ctx, int *code, struct why *why);
/* Put into the outbox what was kept. */
int  post_deliver(const struct proc *p, const char *unit, struct why *why);
bool post_waits(const struct proc *p, const char *unit);

/* ---- the commands ---- */

int  intake_run(struct proc *p);
int  intake_replay(struct proc *p, struct week week);
enum output_format { OUTPUT_TEXT, OUTPUT_CSV, OUTPUT_JSON };
int  intake_check(struct proc *p, const char *unit, char **files, size_t n, enum output_format format);
int  intake_status(struct proc *p, const struct week *week, enum output_format format);
/* The findings of all files of J, for other programs and for spreadsheets. */
void checklist_csv(struct outlet *out, const struct judging *j);
void checklist_json(struct outlet *out, const struct judging *j);
/* S as a JSON string; NULL is null. */
void json_text(struct buf *out, const char *s);
int  intake_cell(struct proc *p);
/* The coming week's forms, into every outbox. */
int  intake_forms(struct proc *p);
/* XSD of the XML submission for today's forms, on standard output. */
int  intake_schema(struct proc *p);

/* All that the collector says, prints and looks up is there, each as what it is used for.  -1: EX_CONFIG. */
int  needs_check(const struct messages *m, struct why *why);

#endif
