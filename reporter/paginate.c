/*
 * paginate - items onto pages: what stays together, heads and carried totals at the
 * top, and what stands on every page.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/text.h"
#include "flow.h"

#define BODY         16.0       /* of a stamp */
#define FOLIO_SIZE   14.0
#define RULE_CLOSE   0.5
#define BLANK_MOST   0.2        /* of a page, for the sake of what would rather stay together */
#define UPRIGHT      1.0        /* width of a table's upright rule, at most */
#define FURNITURE    8          /* boxes that are added to a page when all are there */

struct paging {
	struct flow  *f;
	struct pages *out;
	struct page  *page;
	double        y, room;          /* of the type area */
	bool          fresh;            /* nothing on the page yet */
	bool          turned;           /* what comes next begins a page */
	const struct item *last;        /* on this page; NULL: none */
	const struct item *names;       /* the newest line over rows of a table; NULL: none */
	size_t       *ends;             /* upright rules of the page that end where its last item does */
	size_t        n_ends, cap_ends;
};

/* P has its boxes, but for what stands on every page: the block that they grew in is for the NEXT. */
static void page_settle(struct page *p, struct page *next)
{
	next->boxes = p->boxes;
	next->cap_boxes = p->cap_boxes;
	p->boxes = NULL;
	p->cap_boxes = 0;
	if (!next->boxes || p->n_boxes == 0)
		return;
	p->cap_boxes = p->n_boxes + FURNITURE;
	p->boxes = mem_alloc(p->cap_boxes * sizeof *p->boxes);
	memcpy(p->boxes, next->boxes, p->n_boxes * sizeof *p->boxes);
}

static void page_begin(struct paging *p, bool landscape)
{
	struct page page = { .landscape = landscape };

	if (p->page)
		page_settle(p->page, &page);
	vec_room(p->out->v, p->out->n, p->out->cap);
	p->page = &p->out->v[p->out->n++];
	*p->page = page;
	p->y = 0;
	p->room = landscape ? p->out->sheet.area_width : p->out->sheet.area_height;
	p->fresh = true;
	p->last = NULL;
	p->n_ends = 0;
}

/* ---- upright rules: one down a table, not one for each of its rows ---- */

static bool is_upright(const struct box *b)
{
	return b->kind == BOX_RULE && b->height > b->width && b->width <= UPRIGHT && !b->only_top;
}

/* Whether B, an upright rule, only goes on from one that is there, which goes down as far then. */
static bool rule_goes_on(struct paging *p, const struct box *b)
{
	for (size_t i = 0; i < p->n_ends; i++) {
		struct box *above = &p->page->boxes[p->ends[i]];

		if (above->x == b->x && above->width == b->width && above->ink == b->ink &&
		    fabs(above->y + above->height - b->y) < 0.01) {
			above->height = b->y + b->height - above->y;
			return true;
		}
	}
	return false;
}

/* Of the rules that may go on those that end at Y. */
static void ends_keep(struct paging *p, double y)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_ends; i++) {
		const struct box *b = &p->page->boxes[p->ends[i]];

		if (fabs(b->y + b->height - y) < 0.01)
			p->ends[n++] = p->ends[i];
	}
	p->n_ends = n;
}

/* AGAIN: a head repeated, or totals carried, which readers of the structure have heard already. */
static void item_place(struct paging *p, const struct item *it, double y, bool again)
{
	/* On a landscape page the head of the paper is the left margin of the upright one. */
	const struct sheet *s = &p->out->sheet;
	double left = it->landscape ? s->height - AREA_TOP - s->area_height : AREA_LEFT;
	double top = it->landscape ? AREA_LEFT : AREA_TOP;

	for (size_t i = 0; i < it->n_boxes; i++) {
		struct box b = it->boxes[i];

		if (b.only_top && p->last)
			continue;
		if (again || b.only_top)
			b.tag = 0;
		b.x += left;
		b.y += top + y;
		if (is_upright(&b) && rule_goes_on(p, &b))
			continue;
		if (is_upright(&b)) {
			vec_room(p->ends, p->n_ends, p->cap_ends);
			p->ends[p->n_ends++] = p->page->n_boxes;
		}
		*boxes_add(&p->page->boxes, &p->page->n_boxes, &p->page->cap_boxes) = b;
	}
	ends_keep(p, top + y + it->height);
	if (it->level > 0) {
		vec_room(p->out->marks, p->out->n_marks, p->out->cap_marks);
		p->out->marks[p->out->n_marks++] = (struct bookmark){ it->level, it->text, p->out->n - 1,
		    top + y };
	}
	if (it->id && !again) {
		vec_room(p->out->anchors, p->out->n_anchors, p->out->cap_anchors);
		p->out->anchors[p->out->n_anchors++] = (struct anchor){ it->id, p->out->n - 1, top + y };
	}
	p->fresh = false;
}

static const struct carried *carried_of(const struct paging *p, const struct item *it)
{
	return it && it->carry > 0 ? &p->f->carried[it->carry - 1] : NULL;
}

/* The next page, after the totals of the table that goes on there. */
static void page_next(struct paging *p, bool landscape)
{
	const struct carried *c = carried_of(p, p->last);

	if (p->last && p->last->close > 0) {
		struct item rule = { .landscape = p->last->landscape };

		item_rule(&rule, 0, p->y, p->last->close, RULE_CLOSE, INK_BLACK);
		item_place(p, &rule, 0, true);
		free(rule.boxes);
	}
	if (c)
		item_place(p, &c->down, p->y, true);
	page_begin(p, landscape);
}

static double item_height(const struct paging *p, const struct item *it, double y)
{
	return it->height + (y > 0 || !p->fresh ? it->before : 0);
}

/* The last item of the group that must stay together with I. */
static size_t group_last(const struct flow *f, size_t i)
{
	while (i + 1 < f->n && f->v[i].keep_next && !f->v[i + 1].turn && !f->v[i + 1].foot)
		i++;
	return i;
}

static double group_height(const struct paging *p, size_t from, size_t to)
{
	double h = 0;

	for (size_t i = from; i <= to; i++)
		h += item_height(p, &p->f->v[i], p->y + h);
	if (carried_of(p, &p->f->v[to]))
		h += carried_of(p, &p->f->v[to])->down.height;
	return h;
}

static double snap(double y)
{
	return ceil(y / LINE - 0.01) * LINE;
}

/* The head of IT's table again, the totals that BEFORE, the row before it, carries, and the line over IT. */
static void head_put(struct paging *p, const struct item *it, const struct item *before)
{
	const struct item *head = &p->f->v[it->head - 1];
	const struct carried *c = before->head == it->head ? carried_of(p, before) : NULL;

	if (head->over > 0) {
		item_place(p, &p->f->over[head->over - 1], p->y, true);
		p->y += p->f->over[head->over - 1].height;
	}
	item_place(p, head, p->y, true);
	p->y += head->height;
	if (c) {
		item_place(p, &c->up, p->y, true);
		p->y += c->up.height;
	}
	if (p->names && p->names->head == it->head && !it->names) {
		item_place(p, p->names, p->y, true);
		p->y += p->names->height;
	}
}

/*
 * A row of a table is put once; its boxes are its page's then, and its own are let go.  A line over rows is
 * put again on each page that they go on to.
 */
static void item_put(struct paging *p, struct item *it)
{
	if (p->fresh && it->head > 0)
		head_put(p, it, it - 1);
	else if (!p->fresh)
		p->y += it->before;
	item_place(p, it, p->y, false);
	if (it->names)
		p->names = it;
	else if (it->head > 0)
		item_release(p->f, it);
	p->last = it;
	p->y += it->height;
	if (it->snap)
		p->y = snap(p->y);
}

static void foot_put(struct paging *p, const struct item *it)
{
	if (p->y + LINE / 2 + it->height > p->room + 0.01)
		page_begin(p, it->landscape);
	/* A page that has nothing but the imprint is not numbered (GB/T 9704-2012, 7.5). */
	p->page->unnumbered = p->fresh;
	item_place(p, it, p->room - it->height, false);
	p->y = p->room;
}

/* Before IT: the page that was asked for, made only now, so that none stays empty. */
static void turn(struct paging *p, const struct item *it)
{
	if (!p->turned)
		return;
	p->turned = false;
	if (p->fresh)
		p->out->n--;
	page_begin(p, it->landscape);
}

static bool is_row(const struct item *it)
{
	return it->head > 0 && !it->names;
}

static size_t rows_of(const struct flow *f, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i <= to; i++)
		n += is_row(&f->v[i]);
	return n;
}

/*
 * A group that does not fit would leave much of the page blank: then fewer rows of its
 * table are kept together, two at least on either page, unless it was asked to be whole.  Returns
 * the last item that still goes here, or TO.
 */
static size_t group_part(const struct paging *p, size_t from, size_t to)
{
	const struct flow *f = p->f;
	size_t part = to, rows = 0, all;

	if (p->fresh || p->room - p->y < BLANK_MOST * p->room ||
	    p->y + group_height(p, from, to) <= p->room + 0.01)
		return to;
	all = rows_of(f, from, to);
	for (size_t i = from; i < to && !f->v[i].whole; i++) {
		rows += is_row(&f->v[i]);
		if (is_row(&f->v[i]) && rows >= 2 && all - rows >= 2 &&
		    p->y + group_height(p, from, i) <= p->room + 0.01)
			part = i;
	}
	return part;
}

/*
 * Whether FROM..TO are the last before an imprint that would not find room below them: it then takes
 * them with it, since no page should have nothing but the imprint.
 */
static bool foot_takes(const struct paging *p, size_t from, size_t to)
{
	const struct flow *f = p->f;
	double group, foot;
	size_t i = to + 1;

	while (i < f->n && f->v[i].n_boxes == 0 && !f->v[i].turn)
		i++;
	if (p->fresh || i == f->n || !f->v[i].foot)
		return false;
	group = group_height(p, from, to);
	foot = LINE / 2 + f->v[i].height;
	return p->y + group + foot > p->room + 0.01 && group + foot + LINE <= p->room;
}

/* Returns the last item that was put: TO, or one before it. */
static size_t group_put(struct paging *p, size_t from, size_t to)
{
	const struct flow *f = p->f;

	if (foot_takes(p, from, to))
		page_next(p, f->v[from].landscape);
	to = group_part(p, from, to);
	if (p->y + group_height(p, from, to) > p->room + 0.01 && !p->fresh)
		page_next(p, f->v[from].landscape);
	for (size_t i = from; i <= to; i++) {
		/* A group longer than a page is divided all the same. */
		if (p->y + group_height(p, i, i) > p->room + 0.01 && !p->fresh)
			page_next(p, f->v[i].landscape);
		item_put(p, &f->v[i]);
	}
	return to;
}

static void items_put(struct paging *p)
{
	const struct flow *f = p->f;
	size_t last;

	for (size_t i = 0; i < f->n; i = last + 1) {
		const struct item *it = &f->v[i];

		last = i;
		if (it->turn) {
			p->turned = true;
			continue;
		}
		/* A gap at a page's end is none. */
		if (it->n_boxes == 0 && (p->fresh || p->turned || p->y + it->height > p->room))
			continue;
		turn(p, it);
		last = group_last(f, i);
		if (it->foot)
			foot_put(p, it);
		else
			last = group_put(p, i, last);
	}
}

/* ---- what stands on every page ---- */

static void furniture_text(struct flow *f, struct page *page, enum type_role role, double size,
    const char *text,
    enum align align, double x, double y, struct box *look)
{
	struct item it = { 0 };
	struct cells c = { 0 };
	struct box *b;
	double w;

	cells_plain(f, &c, role, size, 0, text, 0);
	w = line_width(&c, 0, c.n);
	item_text(f, &it, &c, 0, c.n, 0, 0, 0);
	b = boxes_add(&page->boxes, &page->n_boxes, &page->cap_boxes);
	*b = it.boxes[0];
	b->x = align == ALIGN_RIGHT ? x - w : align == ALIGN_CENTER ? x - w / 2 : x;
	b->y = y;
	b->upright = true;
	b->ink = look->ink;
	b->angle = look->angle;
	cells_free(&c);
	free(it.boxes);
}

/* Number NO, 7 mm below the type area: right on odd pages, left on even ones, one character in. */
static void folio_put(struct flow *f, struct page *page, size_t no)
{
	struct box look = { .ink = INK_BLACK };
	const struct sheet *sheet = &f->pages->sheet;
	double y = AREA_TOP + sheet->area_height + 7 * MM + baseline(FOLIO_SIZE, FOLIO_SIZE);
	char s[48];

	snprintf(s, sizeof s, "\xe2\x80\x94 %zu \xe2\x80\x94", no);
	if (no % 2 == 1)
		furniture_text(f, page, ROLE_SONG, FOLIO_SIZE, s, ALIGN_RIGHT,
		    AREA_LEFT + sheet->area_width - FOLIO_SIZE, y, &look);
	else
		furniture_text(f, page, ROLE_SONG, FOLIO_SIZE, s, ALIGN_LEFT, AREA_LEFT + FOLIO_SIZE, y,
		    &look);
}

static void frame_put(struct page *page, double x, double y, double w, double h)
{
	const double r[4][4] = {
		{ x, y, w, 0.8 }, { x, y + h, w + 0.8, 0.8 }, { x, y, 0.8, h }, { x + w, y, 0.8, h },
	};

	for (int i = 0; i < 4; i++) {
		struct box *b = boxes_add(&page->boxes, &page->n_boxes, &page->cap_boxes);

		*b = (struct box){ .kind = BOX_RULE, .upright = true, .x = r[i][0], .y = r[i][1],
		    .width = r[i][2],
		    .height = r[i][3] };
	}
}

static void stamps_put(struct flow *f, struct page *page)
{
	struct box black = { .ink = INK_BLACK }, pale = { .ink = INK_PALE, .angle = 52 };
	double right = AREA_LEFT + f->pages->sheet.area_width, top = 17 * MM;

	if (f->doc->stamp) {
		double w = (double)utf8_count(span_of(f->doc->stamp)) * BODY + 12;

		furniture_text(f, page, ROLE_HEI, BODY, f->doc->stamp, ALIGN_CENTER, right - w / 2,
		    top + baseline(24, BODY), &black);
		frame_put(page, right - w, top, w, 24);
	}
	if (f->doc->across)
		furniture_text(f, page, ROLE_HEI, 170, f->doc->across, ALIGN_LEFT, 190, 640, &pale);
}

static void furniture_put(struct flow *f, struct pages *out)
{
	for (size_t i = 0; i < out->n; i++) {
		if (!out->v[i].unnumbered)
			folio_put(f, &out->v[i], i + 1);
		stamps_put(f, &out->v[i]);
	}
}

void paginate(struct flow *f, struct pages *out)
{
	struct paging p = { .f = f, .out = out };

	page_begin(&p, false);
	items_put(&p);
	free(p.ends);
	f->tag = 0;
	furniture_put(f, out);
}
