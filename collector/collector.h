/*
 * collector - takes in what units drop, judges it, and answers with receipts.
 *
 *   intake   claim, archive, commit, acknowledge          (the only writer of the site here)
 *   box      the child that decodes and parses foreign bytes and can open nothing
 *   decode   bytes -> UTF-8            } run inside the box
 *   csv, xml UTF-8 -> cells            }
 *   sheet    cells -> a recognised sheet of a form: header, rows, total rows, signatures
 *   value    a cell -> a typed value
 *   judge    sheets -> merged rows, rules, accepted or held -> intake/WEEK/UNIT/NNN.db
 *   receipt  receipt, annotated copy
 */
#ifndef ZB_COLLECTOR_H
#define ZB_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/finding.h"
#include "../common/form.h"
#include "../common/proc.h"
#include "../common/ruleset.h"
#include "../common/text.h"
#include "../common/week.h"

/* ---- reading: what the box makes of one file ---- */

enum source_format { SOURCE_CSV, SOURCE_XML };

struct cell {
	uint32_t    row;                /* physical row as a spreadsheet shows it; line of an XML element */
	uint32_t    col;                /* 1-based; XML: index into names, plus one */
	struct span text;               /* valid UTF-8, otherwise as it was sent; quotes resolved */
};

/* The cells of one form: a CSV file is one grid, an XML submission has one per form element. */
struct grid {
	char        *form;              /* XML: element name; CSV: NULL */
	char       **names;             /* XML: attribute or child names by column; CSV: NULL */
	size_t       n_names;
	struct cell *cells;             /* ascending by row, then column; empty cells of CSV are present */
	size_t       n_cells, cap_cells;
};

struct attribute {
	char *name, *value;
};

struct reading {
	enum source_format format;
	const char *encoding;           /* "UTF-8" "UTF-8-BOM" "UTF-16LE" "UTF-16BE" "GB18030" */
	char        separator;          /* CSV: ',' '\t' ';' */
	bool        crlf;               /* CSV: how its lines end */
	struct attribute *attributes;   /* XML: of the root element */
	size_t      n_attributes;
	struct grid *grids;
	size_t      n_grids;
	struct findings findings;       /* of bytes and syntax; a fatal one refuses the file */
	struct arena arena;             /* owns all of the above */
};

/*
 * Read FD (from its start) in a sandboxed child with the limits of CONF.  A child that dies, stalls or
 * breaks the protocol gives a fatal finding, not a failure.  -1 only for trouble of our own.
 */
int  box_read(const struct conf *conf, const struct messages *messages, int fd, struct reading *out, struct why *why);
void reading_free(struct reading *r);

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
	struct span *cells;             /* one per column of the sheet, in its order; s == NULL: absent (XML) */
};

struct control_total {
	uint32_t     row;
	struct span *cells;
	size_t       from, to;          /* it totals rows[from..to) */
};

struct sheet {
	const struct form *form;
	uint32_t          header_row;   /* 0 for XML */
	struct column    *columns;
	size_t            n_columns;
	struct sheet_row *rows;
	size_t            n_rows;
	struct control_total *totals;
	size_t            n_totals;
};

/* A file, understood. */
struct paper {
	bool         has_week;          /* it declares a week (name, or XML attribute) */
	struct week  week;
	const char  *unit;              /* XML attribute, else NULL */
	const char  *prepared_by, *reviewed_by, *phone;         /* NULL if not said */
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
void paper_free(struct paper *p);

/* ---- value: one cell, typed ---- */

enum value_kind { VALUE_ABSENT, VALUE_NULL, VALUE_INTEGER, VALUE_REAL, VALUE_TEXT };

struct value {
	enum value_kind kind;
	int64_t         i;
	double          r;
	const char     *s;
};

/*
 * Type CELL of COLUMN (which has a field).  AT names the place (form, key, row, col, field, header)
 * and is copied into findings.  UNIT is the sender (towns).  Text goes to ARENA.
 * Returns 0, or -1 after an error finding.  An empty cell is VALUE_NULL; whether it may be is the judge's affair.
 */
int value_parse(const struct ruleset *rs, const char *unit, const struct column *column, struct span cell,
    const struct finding *at, struct arena *arena, struct value *out, struct findings *fs);
/* The same for a plain text that stands in a form definition (default=). */

/* Ids of all messages that box, decode, csv, xml, sheet and value use. */
extern const struct message_need reading_needs[];
extern const size_t reading_needs_n;

#endif
