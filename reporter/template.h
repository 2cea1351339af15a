/* A briefing as its template says it, and how its values are printed.  For reporter.h. */
#ifndef ZB_TEMPLATE_H
#define ZB_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/buf.h"
#include "../common/why.h"
#include "document.h"

/* ---- template ---- */

/* One piece of a text with {values}: literal text, a number, the mark of a number, or a value. */
struct piece {
	char *text;             /* literal; NULL for anything else */
	char *number;           /* {+number}: the next of its kind */
	/* {+number:mark}: remembered; {@mark}, NUMBER NULL: printed again, anywhere */
	char *mark;
	char *query;            /* {query.name}; NULL: the row at hand, else the snapshot's meta */
	char *name;
	char *format;           /* {name|format}; NULL: as it is */
	char *otherwise;        /* {name?text}: printed for NULL and where there is no row; NULL: an error */
	int   line;
};

struct pattern {
	struct piece *v;
	size_t        n, cap;
};

enum node_kind {
	NODE_BRIEFING,
	/* blocks */
	NODE_MASTHEAD, NODE_TITLE, NODE_H1, NODE_H2, NODE_H3, NODE_P, NODE_NOTE, NODE_TABLE, NODE_CHART,
	NODE_COL,
	NODE_PAGE, NODE_IMPRINT,
	/* blocks and inline */
	NODE_IF, NODE_EACH,
	/* inline */
	NODE_TEXT, NODE_STRONG, NODE_LINK,
	/* declarations */
	NODE_QUERY, NODE_FORMAT, NODE_CASE, NODE_KEEP, NODE_STAMP, NODE_NUMBER,
};

struct attr {
	const char    *name;
	char          *raw;
	struct pattern text;    /* the same with its {values} found, where the attribute may have them */
};

struct node {
	enum node_kind  kind;
	int             line;
	struct attr    *attrs;
	size_t          n_attrs;
	struct pattern  text;           /* NODE_TEXT */
	struct node    *child, *next;
};

struct query {
	char *id, *sql;
	int   line;
};

/* How a value is printed; see reporter(1), FORMATS. */
enum format_kind { FORMAT_NUMBER, FORMAT_DATE, FORMAT_CASES };

struct format_case {
	const char *is, *says;
};

struct format {
	const char *name;
	enum format_kind kind;
	int         decimals;           /* 0..6 */
	int64_t     scale;              /* the value is divided by it first */
	const char *says;               /* with {n}, signed */
	/* instead of SAYS, {n} unsigned; by the sign that is printed */
	const char *positive, *negative, *zero;
	const char *date;               /* with {y} {m} {d} {H} {M} */
	struct format_case *cases;
	size_t      n_cases, cap_cases;
	const char *other;              /* for a value that is no case; NULL: an error */
	int         line;
};

/* A counter: headings, tables, notes are numbered as they are printed, so that none is missing. */
struct number {
	const char *name, *says;        /* SAYS: what is printed, with {n} */
	const char *within;             /* starts anew when that one counts; NULL: never */
	char      **words;              /* what 1, 2, 3 are called; none: figures */
	size_t      n_words, cap_words;
	int         line;
};

struct briefing {
	char           *file;           /* for messages */
	char           *name, *title;
	enum paper      paper;
	bool            landscape;      /* all pages, unless <page> says otherwise */
	/* query with a row for each document: whom it is for; NULL: one document */
	char           *per;
	bool            outbox;         /* a sealed week's go to their units */
	struct number  *numbers;
	size_t          n_numbers, cap_numbers;
	bool            has_marks;
	struct query   *queries;
	size_t          n_queries, cap_queries;
	struct format  *formats;
	size_t          n_formats, cap_formats;
	char          **keep;           /* words that no line may break */
	size_t          n_keep, cap_keep;
	/* <stamp>: words of a draft and of a failed gate */
	char           *stamp_draft, *stamp_failed, *stamp_reasons, *stamp_glyph, *stamp_boxes;
	struct node    *body;           /* blocks in order */
	struct arena    arena;
};

struct xmldoc_grammar;

/* Parse N bytes; GRAMMAR may be NULL.  -1, EX_CONFIG with file and line. */
int  template_parse(const char *bytes, size_t n, const char *file, const struct xmldoc_grammar *grammar,
    struct briefing **out, struct why *why);
void template_free(struct briefing *b);
/* NULL if the node has no such attribute. */
const struct attr *node_attr(const struct node *node, const char *name);
const char *node_raw(const struct node *node, const char *name);

/* ---- format ---- */

enum value_type { VALUE_NULL, VALUE_INT, VALUE_REAL, VALUE_TEXT };

struct value {
	enum value_type type;
	int64_t         i;
	double          r;
	const char     *s;
};

/*
 * A format of the briefing, or one of its own: "0".."6" decimals, "wan", "yi", "pct".  NULL: none of that
 * name.
 */
const struct format *format_find(const struct briefing *b, const char *name);
/*
 * Append VALUE, not NULL, printed by FORMAT (NULL: integers and texts as they are).  Returns NULL, or what is
 * wrong.
 */
const char *format_value(struct buf *out, const struct format *format, const struct value *value);
/* VALUE / SCALE in units of 10^-DECIMALS, rounded half away from zero.  -1: no number, or out of range. */
int value_round(const struct value *value, int64_t scale, int decimals, int64_t *out);

#endif
