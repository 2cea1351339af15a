/*
 * header - inside it: how a header is found, and what its cells mean.  collector.h has what others may call.
 */
#ifndef ZB_HEADER_H
#define ZB_HEADER_H

#include "collector.h"

/* One way to write the header of a field. */
struct name {
	struct span         text;       /* squashed */
	const struct field *field;      /* NULL: reserved */
	int                 reserved;
	enum { NAME_TITLE, NAME_ALIAS, NAME_AMBIGUOUS } how;
};

struct lexicon {
	const struct form *form;
	struct name       *names;
	size_t             n, cap;
};

#define CANDIDATES 6u

/* What a header cell means. */
struct match {
	const struct name  *name;               /* NULL: nothing known */
	const struct field *candidates[CANDIDATES];     /* NAME_AMBIGUOUS */
	size_t              n_candidates;
	int64_t             unit_yuan;          /* said by the header, or 0 */
	const char         *unit_word;
	struct span         bracket;            /* said by the header and no unit */
	bool                under;              /* there is a name above it ... */
	bool                joined;             /* ... which it took to understand it */
};

#define HEAD_DEPTH 4u           /* rows of a header: three names above each other and a unit */

/* How well a row, or several, serve as the header of a form. */
struct fit {
	size_t index;           /* in the grid's rows; of several the lowest */
	size_t above;           /* how many more, right above it */
	size_t fields;          /* different ones recognised */
	size_t certain;         /* cells that can mean one thing only */
	size_t joined;          /* of several rows: cells that it takes more than one to understand */
	size_t parts;           /* of several rows: lowest cells that begin with a word for a part, and no figure */
	size_t cells;           /* filled cells understood */
	size_t filled;
	size_t missing;         /* required fields without a column */
};

struct recogniser {
	const struct ruleset *rs;
	const struct grid    *g;
	const char           *sender;   /* code of the unit, or NULL: any */
	struct arena         *arena;
	struct span          *squashed; /* of the cells of the first rows */
	size_t                n_rows;   /* of the grid, that may be the header */
	bool                  words[HEADER_ROWS];       /* of each: two cells or more, and no figure */
	struct findings      *fs;
};

/* "A", "B": titles joined as the office writes lists. */
void header_list_add(struct buf *b, const struct messages *m, const char *title);

/* ---- header_name ---- */

/* All names of FORM.  The caller frees NAMES. */
void header_lexicon(struct lexicon *l, const struct ruleset *rs, const struct form *form,
    struct arena *arena);
/* "TITLE(REST)" -> TITLE and REST; false if it does not end in a bracket. */
bool header_split_bracket(struct span text, struct span *title, struct span *rest);
bool match_is_ambiguous(const struct match *m);
/* What the one cell TEXT (squashed) means. */
bool match_text(const struct ruleset *rs, const struct lexicon *l, struct span text, struct match *m);
/* Cell I of the grid, one of the first rows, squashed. */
struct span header_cell(const struct recogniser *c, size_t i);

/* ---- header_stack ---- */

/* A cell of the first rows: the grid's row, and its place there. */
struct place {
	size_t row, k;
};

/* The same by its row and place there; empty beyond its end. */
struct span head_cell(const struct recogniser *c, size_t row, size_t k);
size_t head_width(const struct recogniser *c, const struct fit *fit);
/*
 * The column in whose cell of ROW, one of the upper ones, the name over column K stands: K, or the next filled one on
 * the left, if that has a cell below (else it is merged downwards and covers its own column only).  -1: none.
 */
ssize_t over(const struct recogniser *c, const struct fit *fit, size_t row, size_t k);
/* The cells that stand over and in column K, from the uppermost row down; PATH has HEAD_DEPTH places. */
size_t head_path(const struct recogniser *c, const struct fit *fit, size_t k, struct place *path);
/* Whether TEXT (squashed) begins with a word for a part: "of which: equipment". */
bool is_part(const struct recogniser *c, struct span text);
/* Whether anything stands over column K. */
bool is_headed(const struct recogniser *c, const struct fit *fit, size_t k);
/* What the header of column K means, of all its rows. */
bool header_match(const struct recogniser *c, const struct lexicon *l, const struct fit *fit, size_t k,
    struct match *m);
/* SEEN has a place for every field of the form. */
void field_mark(const struct lexicon *l, const struct field *f, bool *seen);

/* ---- header_turned ---- */

/* Says that the table lies on its side, if the names of one of the N forms stand below each other; else false. */
bool header_say_turned(const struct recogniser *c, const struct form *const *forms, size_t n);

/* ---- header_unit ---- */

struct unit_line {
	struct unit_said said;
	size_t           cell;          /* index of the cell that says so */
};

/* What a line above the header says that figures are in: the first that is understood. */
struct unit_line header_unit_line(const struct recogniser *c, const struct fit *fit);

/* ---- header_column ---- */

/* The columns of S, whose header FIT found.  -1 after a fatal finding. */
int header_columns(const struct recogniser *c, const struct lexicon *l, struct sheet *s,
    const struct fit *fit);

#endif
