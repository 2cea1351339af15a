/*
 * sheet - inside it: what the files that understand a reading share.  collector.h has what others may call.
 */
#ifndef ZB_SHEET_H
#define ZB_SHEET_H

#include "collector.h"

struct understanding {
	const struct ruleset *rs;
	const struct reading *r;
	struct paper         *p;
	struct findings      *fs;
	const char           *sender;   /* code of the unit, or NULL */
};

void sheet_say(const struct understanding *u, const char *id, const struct finding *at,
    const struct message_arg *args, size_t n);
/* A finding of the file as a whole, with one value. */
void sheet_say_file(const struct understanding *u, const char *id, const char *name, const char *value);
/* Of N rows from ROW on, ID and how many they are. */
void sheet_say_rows(const struct understanding *u, const struct form *form, const char *id, uint32_t row,
    size_t n);

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ALL from P on. */
static inline struct span from_here(struct span all, const char *p)
{
	return (struct span){ p, (size_t)(all.s + all.n - p) };
}

/* The one week that a file's name says.  Two different ones, or one that does not exist, is fatal. */
void sheet_week_of_name(const struct understanding *u, const char *file_name);
/* Whether COL of S is one of those that an annotated copy adds: what it says of a row is none of the sender's words. */
bool sheet_is_annotation(const struct sheet *s, uint32_t col);
/* The week that ROW of S says, a title or a signature: declared unless the file's name says another. */
void sheet_week_of_row(const struct understanding *u, const struct sheet *s, const struct grid_row *row);

/* The days and numbers of weeks in TEXT (squashed), a title, a signature or (ROW 0) the file's name. */
void sheet_days(const struct understanding *u, struct span text, uint32_t row);

/* ---- signatures ---- */

enum sign { SIGN_NONE, SIGN_PREPARED, SIGN_REVIEWED, SIGN_PHONE, SIGN_UNIT, SIGN_OTHER, SIGN_REMARK };

void sheet_sign_keep(struct paper *p, enum sign who, struct span value);
/*
 * The labels in a cell and their values: up to the next label, or in the NEXT filled cell.
 * Returns whether there is any.
 */
bool sheet_sign_cell(const struct understanding *u, struct span cell, struct span next, bool keep);
/* The label that begins CELL, but for a bracket; or SIGN_NONE. */
enum sign sheet_sign_begins(const struct understanding *u, struct span cell);
/* All cells of ROW of S, of a CSV file. */
bool sheet_sign_row(const struct understanding *u, const struct sheet *s, const struct grid_row *row, bool keep);

/* ---- rows ---- */

/* The rows of G, a CSV file, below its row HEADER: those of S, whose columns are known. */
void sheet_rows(const struct understanding *u, const struct grid *g, struct sheet *s, size_t header);

static inline bool column_is_figure(const struct column *c)
{
	return c != NULL && c->field != NULL && (c->field->type == FIELD_MONEY || c->field->type == FIELD_INTEGER ||
	    c->field->type == FIELD_PERCENT);
}

/* ---- merged cells ---- */

/* Cells of S, the rows of G, that were merged downwards take the text above them.  KEY: place of the key's column. */
void sheet_fill_down(const struct understanding *u, const struct grid *g, struct sheet *s, size_t key);

/* ---- XML ---- */

void sheet_xml(const struct understanding *u, const char *file_name);

#endif
