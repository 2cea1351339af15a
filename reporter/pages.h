/* Pages of boxes, and what is made of them. */
#ifndef ZB_PAGES_H
#define ZB_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "document.h"
#include "type.h"

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

/* ---- what is made of them ---- */

/* The PDF's bytes.  -1, EX_SOFTWARE. */
int  pdf_make(const struct document *doc, const struct pages *pages, const struct type *type, struct buf *out,
    struct why *why);
/* What tells the libraries that write it from others. */
void pdf_identity(struct buf *out);
/* The same pages as text: a form feed between pages. */
void plain_make(const struct pages *pages, struct buf *out);

#endif
