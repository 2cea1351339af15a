/* What a briefing comes to: texts, tables and charts in order, without any place on a page. */
#ifndef ZB_DOCUMENT_H
#define ZB_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/buf.h"

enum paper { PAPER_A4, PAPER_A3 };

struct run {
	char *text;
	bool  strong;
	int   line;             /* of the template, for messages */
	const char *link;       /* the id it leads to; NULL: none */
};

enum align { ALIGN_LEFT, ALIGN_CENTER, ALIGN_RIGHT };

struct column {
	char      *title, *group;       /* GROUP: common head over neighbours of the same group, or NULL */
	/* width: EM characters of the table's size, or a SHARE of what is left */
	double     em, share;
	enum align align;
	bool       merge;               /* a cell equal to the one above is one with it */
	/* its figures are summed up at a page's foot and carried to the next */
	bool       carry;
};

struct table {
	char          *caption, *unit;  /* above the table, centre and right; NULL: none */
	char          *again;           /* instead of CAPTION where it goes on; NULL: nothing, and no UNIT */
	double         size;            /* of its type [pt] */
	struct column *columns;
	size_t         n_columns;
	char         **cells;           /* row-major */
	bool          *strong;          /* a row */
	char         **ids;             /* a row: what links lead to; NULL or an element NULL: nothing */
	char         **links;           /* a cell: the id it leads to; likewise */
	char         **groups;          /* a row: a line of its own where it changes; likewise */
	char          *carry_down, *carry_up;   /* words of the carried totals; NULL: none are carried */
	size_t         n_rows, cap_rows;
	bool           keep;            /* on one page, however much of the page before stays blank */
	int            line;
};

enum chart_kind { CHART_BAR, CHART_LINE, CHART_HEAT, CHART_BULLET, CHART_NODES };

/* How a mark is drawn: each has a colour, a grey of its own and a shape of its own. */
enum tone { TONE_PLAIN, TONE_RED, TONE_YELLOW, TONE_GREEN, TONE_GREY, TONE_COUNT };

/* One row of a chart's query; a number that is not there is NAN. */
struct point_row {
	char  *label, *says;    /* SAYS: its figure, as printed */
	char  *column;          /* of a heat table or a node chart, else NULL */
	char  *word;            /* what a mark says; NULL: none */
	char  *link;
	char  *group;           /* node chart: named over its rows, with the columns; NULL: none */
	double value, target;   /* node chart: when done and when planned, in columns from 0 */
	enum tone tone;
	enum tone mark;         /* node chart: of the label, whose word is WORD */
	bool   strong;
};

struct chart {
	enum chart_kind kind;
	char           *caption, *unit;
	char           *names[2];       /* of value and target, for direct labels; NULL: none */
	char          **ticks;          /* a node chart's columns */
	size_t          n_ticks;
	double          at;             /* a node chart's line for today, in columns from 0; NAN: none */
	double          size, height;   /* of its type; of a line chart [pt] */
	struct point_row *rows;
	size_t          n_rows;
	int             line;
};

enum block_kind {
	BLOCK_MASTHEAD, BLOCK_TITLE, BLOCK_H1, BLOCK_H2, BLOCK_H3, BLOCK_P, BLOCK_NOTE, BLOCK_TABLE,
	BLOCK_CHART, BLOCK_IMPRINT, BLOCK_PORTRAIT, BLOCK_LANDSCAPE,
};

enum part { PART_OVER, PART_NAME, PART_ISSUE, PART_OFFICE, PART_DATE, PART_MARK, PART_COPIES, PART_COUNT };

struct block {
	enum block_kind kind;
	bool            flush;          /* a text that begins at the left edge, as those addressed do */
	double          blank;          /* lines below a masthead's red rule, or below a title */
	int             line;
	struct run     *runs;           /* of a text */
	size_t          n_runs, cap_runs;
	char           *parts[PART_COUNT];      /* of a masthead or an imprint; NULL: not there */
	struct table   *table;
	struct chart   *chart;
};

struct document {
	const char    *file;            /* template, for messages */
	enum paper     paper;           /* of all its pages */
	char          *title;           /* document information */
	/* DATE: the instant of the meeting, for the document's creation date */
	char          *office, *date;
	char          *digest;          /* the snapshot's content digest */
	char         **keep;
	size_t         n_keep;
	const char    *stamp;           /* on every page's head; NULL: none */
	const char    *across;          /* across every page: the gate failed; NULL: it did not */
	/* What to use when its pages fail: a glyph that no font has, texts that overlap or leave the page. */
	const char    *failed_across, *failed_reasons, *glyph_says, *boxes_says;
	bool           failed;          /* the release gate, as the snapshot says */
	struct block  *blocks;
	size_t         n_blocks, cap_blocks;
	struct arena   arena;
};

void document_free(struct document *doc);
struct block *document_add(struct document *doc, enum block_kind kind, int line);
void block_add_text(struct document *doc, struct block *block, const char *text, bool strong, int line);
/* The same, leading to the row or block whose id is LINK. */
void block_add_link(struct document *doc, struct block *block, const char *text, bool strong, int line,
    const char *link);

/* A chart's attributes in a template that may have {values}; from LABEL on they are a row's. */
enum chart_word {
	CHART_CAPTION, CHART_UNIT, CHART_NAME, CHART_OTHER, CHART_TICKS, CHART_AT,
	CHART_LABEL, CHART_VALUE, CHART_TARGET, CHART_SAYS, CHART_WORD, CHART_TONE, CHART_COLUMN, CHART_TO,
	CHART_GROUP, CHART_MARK, CHART_WORDS,
};

extern const char *const chart_words[CHART_WORDS];

/* A chart of KIND for ROWS rows, WORDS by enum chart_word, NULL where it has none. */
void chart_begin(struct chart *c, struct arena *arena, const char *kind, char *const *words, size_t rows);
/* The next row.  Returns NULL, or what is wrong. */
const char *chart_row(struct chart *c, char *const *words);

#endif
