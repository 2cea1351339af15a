/*
 * judge - what the files judge_*.c share and nobody else needs.
 *
 *   judge          a batch, its passes, its outcome
 *   judge_file     a file as a whole
 *   judge_world    the databases a week is judged against
 *   judge_state    how each form stands there, and what this week put on top
 *   judge_rows     a sheet's rows one after another: by key, over what stood, past the screen
 *   judge_cell     cells to values            } steps of judge_rows
 *   judge_key      known, new, owned, twice   }
 *   judge_lost     codes that lost digits     }
 *   judge_named    known by its names         }
 *   judge_merge    over what stood before     }
 *   judge_cursor   rows of a table by key, walked where they come in order
 *   judge_screen   which rules cannot hold on a row: the others are asked in SQL
 *   judge_condition, judge_tree, judge_known   conditions read into a tree, and what it comes to
 *   judge_rules    asking, and wording what was found
 *   judge_packed   the values of rows that are not at hand
 *   judge_bind     values into statements, in order; rows into tables
 *   judge_store    the intake file
 */
#ifndef ZB_JUDGE_H
#define ZB_JUDGE_H

#include "../common/env.h"
#include "collector.h"

#define NONE SIZE_MAX

/* ---- bind ---- */

/* Binds in order; the first trouble sticks.  Texts must live until put_done. */
struct binder {
	sqlite3_stmt *stmt;
	int           at, rc;
};
void put_text(struct binder *b, const char *s);         /* NULL: no value */
void put_int(struct binder *b, int64_t v);
void put_place(struct binder *b, uint32_t v);           /* a place that is 0 is no place */
void put_value(struct binder *b, const struct value *v);
/* Run the statement; the next row begins with its first parameter. */
int  put_done(struct binder *b);
/* Column I of the row that STMT stands on.  A text is the statement's, until it moves. */
struct value column_value(sqlite3_stmt *stmt, int i);

/*
 * The rows of S that stand, in their order, into TABLE of DB, which has the columns of their form and op,
 * note, correction and _row.
 */
int  insert_standing(sqlite3 *db, const char *table, const struct judging *j, const struct judged_sheet *s,
    struct why *why);

/* ---- state ---- */

/* A sheet that was judged, whose rows are not in its form's table yet. */
struct taken {
	const struct judged       *f;
	const struct judged_sheet *s;
	size_t                     hint;        /* where the last key asked for stood */
};

/* One form in a world. */
struct standing {
	bool          view;             /* read in the snapshot before, under its name */
	bool          table;            /* copied into main */
	bool          amended;          /* "amended" has the snapshot before, corrected */
	struct taken *taken;            /* in order */
	size_t        n_taken, cap_taken;
	sqlite3_stmt *reported, *held;  /* world_sent's, prepared when first asked */
};

struct standing *world_standing(const struct judging *j, struct world *w, const struct form *form);
/* See that statements can read how FORM stands now, under its name. */
int  world_state(const struct judging *j, struct world *w, const struct form *form, struct why *why);
/* Whether FORM stands as the snapshot before has it. */
bool world_is_unmoved(const struct judging *j, struct world *w, const struct form *form);
/* Rows of SOURCE, "sent"."FORM", into the table of FORM; withdrawn ones leave it. */
int  world_apply(struct world *w, const struct judging *j, const struct form *form, const char *source,
    const char *submission, struct why *why);
/*
 * The schema in which W has the unit's rows of FORM (NULL: no form's table) as of before its week: "before", or
 * "amended" where they were corrected since; NULL: there are none.
 */
const char *world_before(const struct judging *j, struct world *w, const struct form *form);
/*
 * W is the open week's: rows of SOURCE, which were accepted as a correction of WEEK, stand in what was before it and in
 * the state, where nothing newer is known.  Reports of W's week stay; the fold has the same precedence.
 */
int  world_amend(struct world *w, const struct judging *j, const struct form *form, const char *source,
    const char *submission, const char *week, struct why *why);
/* The view prev_TABLE once more, if there is one. */
int  world_renew_prev(const struct judging *j, struct world *w, const char *table, struct why *why);
/*
 * Every key that was ever given or taken this week, withdrawn ones included: numbers are never used
 * again.
 */
int  world_note_used(struct world *w, const struct form *form, const char *source, struct why *why);
/* The rows of S that stand are the unit's state of its form from now on. */
int  world_take(struct judging *j, struct world *w, const struct judged *f, const struct judged_sheet *s,
    struct why *why);

/* ---- cursor ---- */

/*
 * Rows of one table of a world by their key, which is one text as a rule.  Asked for keys that ascend, it
 * walks along; else it seeks.
 */
struct cursor {
	sqlite3      *db;
	sqlite3_stmt *stmt;             /* NULL: there is no such table, and no row */
	bool          ordered;          /* the key is column 0, and rows come in its order */
	bool          here;             /* STMT stands on a row */
	const char   *last;             /* the key asked for last, the caller's; NULL: none */
};
/*
 * COLUMNS of TABLE (a form's name, or prev_FORM), which has FORM's key; UNIT not NULL: only its rows.
 * The first column that is asked for is column 1.
 */
int  cursor_open(struct cursor *c, const struct judging *j, struct world *w, const struct form *form,
    const char *table, const char *columns, struct why *why);
/* Whether there is a row of the key that VALUES (one per field of FORM) has: 1, 0 or -1. */
int  cursor_find(struct cursor *c, const struct form *form, const struct value *values, struct why *why);
/* The same where the key is one text. */
int  cursor_find_text(struct cursor *c, const char *key, struct why *why);
void cursor_close(struct cursor *c);

/* ---- named ---- */

struct named;                           /* all the forms that one sheet's rows were looked for in; NULL: none yet */
/* A row of a form, known by its names. */
struct named_row {
	const char *key, *name;         /* NULL: none or several; in the arena of F's row findings */
	const char *list;               /* in words: those it may be, the first three; NULL: none is alike */
	size_t      named;              /* how many names there were */
	bool        whole;              /* all of them agree, and its own is among them */
};
/*
 * The one row of FORM that this unit holds under the names in ROW of S, else those it may be: several of these names,
 * then those of which one name is part of the other, then those that share another name.  CELL (NULL: nothing) is
 * what stands in the place of the number, and may be the name itself.
 */
int  named_find(struct named **all, struct judging *j, struct world *w, struct judged *f,
    const struct judged_sheet *s, const struct judged_row *row, const struct form *form, const char *cell,
    struct named_row *out, struct why *why);
void named_free(struct named *n);
/* The unit, not U, with whose code and a stroke KEY begins; NULL: none. */
const struct unit *foreign_unit(const struct ruleset *rs, const char *u, const char *key);

/* ---- screen ---- */

struct screen;

/* One row as the screen sees it; but for the row itself, texts live as long as the call. */
struct screened {
	struct judged_row       *row;
	const char              *op;            /* its word, or NULL */
	const struct value      *was;           /* per field, before the week; NULL: there is no such row */
	const char              *was_week;      /* its _week */
	const struct value      *cur;           /* per field, earlier this week; NULL: no such row */
	struct value           **refs;          /* per field: what screen_columns named; NULL: no such row */
};

/*
 * The rules of FORM made ready to be asked without SQL, as far as that can be; never fails: what it does not
 * understand may hold.
 */
struct screen *screen_new(const struct judging *j, struct world *w, const struct form *form);
void screen_free(struct screen *x);
/*
 * The columns that rules ask of the row that field I refers to, as a list for SELECT, and their number;
 * 0: none.
 */
size_t screen_columns(const struct screen *x, size_t i, const char **list);
/* One row more.  Whether it is to be asked about, since a rule may hold on it, it says after screen_end. */
void screen_put(struct screen *x, const struct screened *row);
/* Whether a rule asks how field I stood. */
bool screen_asks_before(const struct screen *x, size_t i);
/* How many rows are to be asked about; MAYBE (one a rule): whether it may hold on one.  It begins anew. */
size_t screen_end(struct screen *x, bool *maybe);

/* ---- lost ---- */

struct lost {
	const struct field *field;      /* what find asks for */
	sqlite3_stmt       *find;
	unsigned            asked;
};

/* ---- rows ---- */

struct table {                          /* the sheet at hand */
	struct judging      *j;
	struct world        *w;
	struct judged       *f;
	struct judged_sheet *s;
	const struct form   *form;
	size_t              *column_of;        /* field -> column of the sheet, or NONE */
	size_t               reserved[RES_COUNT];
	bool                *none_failed;      /* of all rows whose cells could all be typed */
	struct arena         scratch;          /* of the cell at hand */
	struct value        *values;           /* of the row at hand */
	struct cursor        base;
	struct cursor        prev;             /* where base is not the week before */
	sqlite3_stmt        *owner, *mine;
	struct sameness      same;
	struct references    refs;
	struct named        *named;
	struct lost          lost;
	struct screen       *screen;
	/* one a field: whether anything is done with how it stood; the others are read as NULL */
	bool                *asked;
	bool                 moved;            /* merging gave the row at hand a value */
	/* one row: how the row at hand stood, texts in base */
	struct value        *was;
	struct value        *before;           /* the same in prev */
	char                 week[9];          /* the declared one */
};

bool form_is_key(const struct form *form, size_t field);
/* The place of ROW's FIELD (NULL: the row) in the file. */
struct finding place_of(const struct judged_sheet *s, const struct judged_row *row, const struct field *field);
/* The finding of message ID with what there is to say of ROW, and NAME (NULL: "value") as VALUE. */
void row_say(struct table *t, struct judged_row *row, const struct field *field, const char *id,
    const char *name, const char *value);
void type_row(struct table *t, struct judged_row *row);
/*
 * The findings of ROW, just typed, that are of a code (a field with WITH) get the code to put, where the unit's rows
 * have one only beside the same name, or the row's own number has it, and it begins with what is left of it.
 */
int  lost_propose(struct table *t, const struct judged_row *row, struct why *why);
void lost_end(struct lost *l);
/* value_parse for a cell of the table; only the value is kept. */
int  parse_cell(struct table *t, const struct column *column, struct span cell, const struct finding *at,
    struct value *out);
void ask_fractions(struct table *t, size_t field);
void find_twice(struct table *t);
/* What C stands on of the row, one a field, into OUT. */
void stood(const struct table *t, const struct cursor *c, struct value *out);
int  place_row(struct table *t, struct judged_row *row, struct why *why);
int  place_prepare(struct table *t, struct why *why);
void merge_row(struct table *t, struct judged_row *row);

#endif
