/* What characters measure, and a text broken into lines. */
#ifndef ZB_TYPE_H
#define ZB_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/buf.h"
#include "../common/conf.h"
#include "../common/why.h"

/* ---- type ---- */

enum type_role { ROLE_BODY, ROLE_TITLE, ROLE_HEI, ROLE_KAI, ROLE_SONG, ROLE_COUNT };

/* What one character measures: FACE counts from 0 over all fonts that are open. */
struct metric {
	int    face;
	double advance;         /* [em] */
};

/* Where layout gets its measures from.  FIND is false when no font of the role has the character. */
struct metrics {
	const void *from;
	bool (*find)(const void *from, enum type_role role, uint32_t cp, struct metric *out);
};

struct type;

/*
 * Open the fonts of [fonts]; those that are not there are passed over.  -1, EX_CONFIG: a role without any
 * font.
 */
int  type_open(const struct conf *conf, struct type **out, struct why *why);
void type_free(struct type *type);
/* What tells these fonts and their libraries from others, without reading all of them. */
void type_identity(const struct type *type, struct buf *out);
struct metrics type_metrics(const struct type *type);

/* A character of a subset: its code in a PDF string, and its width in thousandths of an em. */
struct type_code {
	uint32_t cp;
	uint16_t code;
	int      width;
};

struct type_subset {
	char  *name;                    /* PostScript name */
	bool   cff;                     /* BYTES are a bare CFF table, else a TrueType font */
	char  *bytes;
	size_t n;
	struct type_code *codes;        /* by cp */
	size_t n_codes;
	int    ascent, descent, box[4]; /* thousandths of an em */
};

/* CPS: the N characters wanted, ascending.  -1, EX_SOFTWARE. */
int  type_subset(const struct type *type, int face, const uint32_t *cps, size_t n, struct type_subset *out,
    struct why *why);
void type_subset_free(struct type_subset *s);

/* ---- lines ---- */

/* Chinese marks, by where in a line they may stand. */
enum mark_class { MARK_NONE, MARK_CLOSING, MARK_OPENING, MARK_NOT_FIRST };

struct cell {
	uint32_t cp;
	enum mark_class mark;
	int      face;          /* -1: no font has it */
	int      line;          /* of the template */
	double   advance;
	double   lead;          /* space before it inside a line; negative where marks share theirs */
	double   head;          /* blank at its left, shared with an opening mark before it */
	/* blank at its right, shared with a mark after it; a line's end may drop it */
	double   tail;
	double   cost;          /* of a break before it: 0 free, more: worse */
	double   give;          /* the gap before it may shrink by so much */
	double   stretch;       /* its part when a line is spread; 0: the gap before it may not grow */
	bool     strong;
	const char *link;       /* where it leads, or NULL */
};

/* A text ready to be broken into lines.  A zeroed struct is empty. */
struct cells {
	struct cell *v;
	size_t       n, cap;
	double       size;
	const char  *link;      /* of what is added next */
};

struct measure_style {
	enum type_role role, strong_role;
	double size, track;     /* TRACK is added to every full-width character's advance */
};

void cells_add(struct cells *c, const struct metrics *m, const struct measure_style *style, const char *text,
    bool strong, int line);
/* After the last cells_add: leads, and where lines may break.  KEEP: words that no line may break. */
void cells_finish(struct cells *c, char *const *keep, size_t n_keep);
void cells_free(struct cells *c);

enum break_mode {
	BREAK_JUSTIFY,          /* lines as full as they can be */
	BREAK_RAGGED,           /* as few lines as possible, in a table's cell */
	/* as few lines as possible, each as long as the one before, or a little shorter */
	BREAK_BALANCE,
};

/*
 * Where lines begin, for a first line of FIRST and others of MEASURE.  Returns the number of
 * lines (0 for an empty text); *STARTS has that many and the end; the caller frees.
 */
size_t lines_break(const struct cells *c, double first, double measure, enum break_mode mode,
    size_t **starts);
/* How a line fits: all gaps give SQUEEZE (0..1) of what they may, or grow by SPREAD for each part. */
struct fit {
	double squeeze, spread;
	double drop;            /* of the blank half of the mark at its end */
	bool   fits;
};

struct fit line_fit(const struct cells *c, size_t from, size_t to, double room);
/* The widest piece of C that no line may break without need. */
double cells_least(const struct cells *c);
/* Natural width of the line FROM..TO, its end mark taken full. */
double line_width(const struct cells *c, size_t from, size_t to);

#endif
