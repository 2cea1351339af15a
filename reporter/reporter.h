/*
 * reporter - from a snapshot to a briefing.
 *
 *   template   briefing XML -> a tree of nodes                 (the only reader of libxml here)
 *   format     a value and a format -> words
 *   bind       nodes and the rows of SQL queries -> a document (the only reader of sqlite here)
 *   type       font files: what a character measures, subsets  (HarfBuzz and FreeType)
 *   linebreak  a text -> lines of set characters
 *   layout     a document -> items -> pages of boxes.  Pure
 *   paginate   items onto pages, and what stands on every page.  Pure
 *   caption    the line above a table or a chart, and where a table goes on.  Pure
 *   table      a table -> rows of boxes.  Pure
 *   tablewidth how wide its columns are
 *   chart      a chart -> boxes.  Pure
 *   chartrow   what its attributes come to, a row
 *   boxcheck   whether any texts overlap or leave their page
 *   pdf*       pages -> PDF; pdf.h says which is which         (the only users of libharu)
 *   plain      the same pages as text
 *   publish    which briefings of which weeks are to be written
 *
 * Lengths are in points [pt] unless said otherwise; y runs down from the top of a page.
 */
#ifndef ZB_REPORTER_H
#define ZB_REPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/buf.h"
#include "../common/conf.h"
#include "../common/db.h"
#include "../common/proc.h"
#include "../common/ruleset.h"
#include "../common/text.h"
#include "../common/week.h"
#include "../common/why.h"

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

enum paper { PAPER_A4, PAPER_A3 };

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

/* ---- document ---- */

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

/* The names by which a briefing asks for its rows. */
struct bind_names {
	const char *unit, *city;        /* UNIT: whom the document is for; NULL: the whole city */
};

/* Whom the documents of a briefing with per= are for: units by their code, or others by name. */
struct bind_each {
	char       **v;
	size_t       n;
	struct arena arena;
};

/* The rows of per=; without it one element, NULL.  bind_each_free in any case. */
int  bind_each(const struct briefing *b, const struct ruleset *rs, sqlite3 *db,
    const struct bind_names *names, struct bind_each *out, struct why *why);
void bind_each_free(struct bind_each *each);

/*
 * Check every name, format and test of N briefings against empty tables of RS.  -1, EX_CONFIG with file
 * and line.
 */
int  bind_check(struct briefing *const *v, size_t n, const struct ruleset *rs, struct why *why);
/* The document of the snapshot DB.  -1: EX_CONFIG with file and line, or EX_IOERR. */
int  bind_document(const struct briefing *b, const struct ruleset *rs, sqlite3 *db,
    const struct bind_names *names,
    struct document *out, struct why *why);
void document_free(struct document *doc);
struct block *document_add(struct document *doc, enum block_kind kind, int line);
void block_add_text(struct document *doc, struct block *block, const char *text, bool strong, int line);
/* The same, leading to the row or block whose id is LINK. */
void block_add_link(struct document *doc, struct block *block, const char *text, bool strong, int line,
    const char *link);
/* One value of a snapshot's meta, copied into ARENA; *OUT NULL if it is not there. */
int  bind_meta(sqlite3 *db, const char *name, struct arena *arena, char **out, struct why *why);

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

/* ---- pages ---- */

enum ink { INK_BLACK, INK_RED, INK_PALE, INK_YELLOW, INK_GREEN, INK_GREY, INK_LIGHT, INK_WHITE, INK_BLUE };

struct glyph {
	uint32_t cp;
	int      face;
	double   x;             /* from the box's x */
};

struct point {
	double x, y;
};

enum box_kind { BOX_TEXT, BOX_RULE, BOX_SHAPE, BOX_LINK };

/* A text on one baseline, a filled rectangle, a polygon or line, or an area that leads somewhere. */
struct box {
	enum box_kind kind;
	enum ink      ink;
	bool          upright;  /* in portrait coordinates on a landscape page too */
	bool          only_top; /* drawn only where its item is the first of a page */
	bool          closed, dashed;   /* shape */
	bool          joins;    /* text: goes on from the one before it on its line */
	size_t        tag;      /* of pages.tags; 0: decoration */
	double        x, y;     /* text: baseline; others: top left */
	double        width, height;    /* text: width of its ink */
	double        size, angle;      /* text; angle in degrees, counter-clockwise */
	struct glyph *glyphs;
	size_t        n_glyphs;
	struct point *points;   /* shape: from x, y */
	size_t        n_points;
	double        stroke;   /* shape: width of its line; 0: filled */
	const char   *to;       /* link */
};

struct page {
	bool        landscape, unnumbered;
	struct box *boxes;
	size_t      n_boxes, cap_boxes;
};

/* What a text is, for readers that do not look at the page.  tags[0] is the document. */
enum tag_kind {
	TAG_DOCUMENT, TAG_H1, TAG_H2, TAG_H3, TAG_H4, TAG_P, TAG_TABLE, TAG_CAPTION, TAG_THEAD, TAG_TBODY,
	TAG_TR, TAG_TH, TAG_TD, TAG_FIGURE, TAG_LINK,
};

struct tag {
	enum tag_kind kind;
	size_t        parent;
	int           columns, rows;    /* a cell's span; 0: one */
	const char   *says;             /* of a figure */
};

/* Where links lead. */
struct anchor {
	const char *id;
	size_t      page;
	double      y;
};

struct bookmark {
	int    level;           /* 1, 2 */
	char  *text;
	size_t page;
	double y;
};

/* A character that no font has, and the template line that wanted it. */
struct missing {
	uint32_t cp;
	int      line;
};

/* A sheet held upright: itself, and what its margins leave. */
struct sheet {
	double width, height, area_width, area_height;
};

struct pages {
	struct sheet     sheet;
	struct page     *v;
	size_t           n, cap;
	struct bookmark *marks;
	size_t           n_marks, cap_marks;
	struct missing  *missing;       /* each once, by cp */
	size_t           n_missing, cap_missing;
	struct tag      *tags;
	size_t           n_tags, cap_tags;
	struct anchor   *anchors;
	size_t           n_anchors, cap_anchors;
	struct arena     arena;
};

/* The page of GB/T 9704-2012, A4: a type area of 156 x 225 mm, 22 lines of 28 characters. */
#define MM           (72.0 / 25.4)
#define PAGE_WIDTH   595.28
#define PAGE_HEIGHT  841.89
#define AREA_LEFT    (28 * MM)
#define AREA_TOP     (37 * MM)
#define AREA_WIDTH   (156 * MM)
#define AREA_HEIGHT  (225 * MM)
#define LINES        22
#define LINE         (AREA_HEIGHT / LINES)      /* 28.99 pt */

/* DOC's own stamps are drawn as it says.  Never fails: what has no glyph is listed in OUT->missing. */
void layout_document(const struct document *doc, const struct metrics *m, struct pages *out);
void pages_free(struct pages *p);
/*
 * Appends to SAYS what is wrong with the boxes, a line each: texts that overlap, or that leave their page's
 * type area.  Returns how many.
 */
size_t pages_check(const struct pages *p, struct buf *says);

/* ---- shared by layout, table and chart ---- */

/* One thing in the flow that is not divided: a line of text, a row of a table. */
struct item {
	double      height, before;     /* BEFORE is dropped at a page's top */
	bool        keep_next;          /* no page break after it */
	bool        whole;              /* of a group that begins a page rather than be divided */
	/* a line over rows of a table, which goes with the next of them, and again where they go on */
	bool        names;
	struct box *boxes;              /* x from the type area's left, y from the item's top */
	size_t      n_boxes, cap_boxes;
	/* 1 + index of the item to repeat at a page's top before it; 0: none */
	size_t      head;
	/* of a head: 1 + index in flow.over of what stands above it when it is repeated; 0: nothing */
	size_t      over;
	/* 1 + index in flow.carried: totals at a page's foot after it; 0: none */
	size_t      carry;
	bool        snap;               /* what follows returns to the page's line grid */
	bool        landscape, turn;    /* TURN: what follows begins a new page */
	bool        foot;               /* set at the foot of its page */
	double      close;              /* width of a rule under it where the page ends; 0: none */
	int         level;              /* bookmark; 0: none */
	char       *text;
	const char *id;                 /* links lead here */
	/* 1 + index in flow.slabs of what holds its boxes; 0: a block of its own */
	size_t      slab;
};

/* Boxes of a table's rows, one after another: a long table has hundreds of thousands. */
struct slab {
	struct box *v;
	size_t      n, cap;
};
#define SLAB_BOXES 8192

/* The totals after a row, as set at a page's foot and at the next one's top. */
struct carried {
	struct item down, up;
};

struct flow {
	struct item *v;
	size_t       n, cap;
	struct slab *slabs;
	size_t       n_slabs, cap_slabs, slabs_gone;
	struct carried *carried;
	size_t       n_carried, cap_carried;
	struct item *over;              /* captions of tables that go on */
	size_t       n_over, cap_over;
	double       measure;           /* width of the type area at this point */
	bool         landscape;
	bool         turning, to_landscape;     /* a page of another orientation was asked for */
	size_t       tag;               /* of what is set next */
	bool         below;             /* it stands below a table or a chart, or their notes */
	bool         headed;            /* the last item is a heading at the left edge, with room beside it */
	const struct document *doc;
	const struct metrics  *metrics;
	struct pages *pages;            /* whose arena owns boxes and glyphs */
};

struct item *flow_item(struct flow *f, double height);
/* IT's boxes are a page's now, and its own are let go: of a row, which is put once. */
void item_release(struct flow *f, struct item *it);
/* A new tag below f->tag, which it becomes; returns the one that was. */
size_t tag_open(struct flow *f, enum tag_kind kind);
/*
 * Set cells FROM..TO as one box: x, baseline y; with WIDTH > 0 spread over it.  The box is the item's last,
 * and valid until the next is added.
 */
struct box *item_text(struct flow *f, struct item *it, const struct cells *c, size_t from, size_t to,
    double x,
    double y, double width);
void item_rule(struct item *it, double x, double y, double width, double height, enum ink ink);
/* N points, from the item's top left; STROKE 0: filled. */
struct box *item_shape(struct flow *f, struct item *it, const struct point *points, size_t n, double stroke,
    enum ink ink);
/* Baseline of a line of type of SIZE within HEIGHT, from its top. */
double baseline(double height, double size);
void table_flow(struct flow *f, const struct table *t);
/*
 * WIDTHS of T's columns without the PAD on either side of each, over the whole measure.  Returns the size of
 * its type: smaller than wanted only where a code would have to be broken.  CODES: the share of the measure
 * that a column may claim for its widest code, if the template does not give it more; CODES_WHOLE: any.
 */
double table_widths(const struct flow *f, const struct table *t, double pad, double codes, double *widths);
#define CODES_WHOLE HUGE_VAL
void chart_flow(struct flow *f, const struct chart *c);
struct box *boxes_add(struct box **v, size_t *n, size_t *cap);
/* One line of TEXT in ROLE and SIZE, in cells that the caller frees. */
void cells_plain(const struct flow *f, struct cells *c, enum type_role role, double size, double track,
    const char *text, int line);
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
/* Items onto pages, in order. */
void paginate(struct flow *f, struct pages *out);
/*
 * The line above a table or chart: CAPTION in the middle, UNIT at the right; NULL: none.  A unit alone goes
 * beside a heading at the left edge.
 */
void caption_flow(struct flow *f, const char *caption, const char *unit, int line);
/* What stands above HEAD, the flow's last item, where it is repeated; CAPTION NULL: nothing. */
void caption_again(struct flow *f, struct item *head, enum align align, const char *caption, const char *unit,
    int line);

/* ---- output ---- */

/* The PDF's bytes.  -1, EX_SOFTWARE. */
int  pdf_make(const struct document *doc, const struct pages *pages, const struct type *type, struct buf *out,
    struct why *why);
/* What tells the libraries that write it from others. */
void pdf_identity(struct buf *out);
/* The same pages as text: a form feed between pages. */
void plain_make(const struct pages *pages, struct buf *out);

enum output { OUTPUT_PDF, OUTPUT_TEXT };

struct job {
	const struct ruleset  *rules;   /* the rule set that words this week */
	const struct briefing *briefing;
	const struct type     *type;
	const char            *unit;    /* whom it is for; NULL: the whole city */
	enum output            output;
};

/* The snapshot at PATH; db_close it.  -1: EX_DATAERR if there is none. */
int  publish_open(const struct proc *p, const char *path, sqlite3 **db, struct why *why);
/* Whom JOB's briefing is made for; see bind_each. */
int  publish_each(const struct job *job, sqlite3 *db, struct bind_each *out, struct why *why);

/* One document of a snapshot.  *FAILED: it did not pass the release gate; reasons went to stderr. */
int  publish_make(const struct proc *p, const struct job *job, sqlite3 *db, struct buf *out, bool *failed,
    struct why *why);
/* Every text of today's rule set, and every template.  -1, EX_CONFIG with file and line. */
int  publish_check(const struct proc *p, struct why *why);
/*
 * The run: every sealed week that lacks its briefings, and the open week's draft unless it is there as it
 * would be made now.  Texts are checked before anything is written.  Returns an exit code.
 */
int  publish_all(const struct proc *p);
/*
 * The template NAME of a rule set; the caller frees with template_free.  -1: EX_USAGE if there is none,
 * EX_CONFIG.
 */
int  publish_template(const struct ruleset *rs, const char *name, struct briefing **out, struct why *why);

/* The rule set that words a week. */
struct publish_rules {
	const struct ruleset *rules;
	struct ruleset       *own;      /* the caller frees; NULL: it is today's */
};

/* A sealed week is worded by the rule set that sealed it, kept in the archive; a draft by today's. */
int  publish_rules_find(const struct proc *p, struct week week, const char *snapshot,
    struct publish_rules *out,
    struct why *why);

#endif
