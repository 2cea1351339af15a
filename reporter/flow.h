/* Between document and pages: what layout, table, chart, caption and paginate share. */
#ifndef ZB_FLOW_H
#define ZB_FLOW_H

#include "pages.h"

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

#endif
