/*
 * layout - a document into pages of boxes.  Pure: what a character measures is
 * asked of struct metrics, nothing else comes from outside.
 *
 * The page is that of GB/T 9704-2012: a type area of 156 x 225 mm, 22 lines of 28
 * characters.  A block becomes items, lines that are not divided; items are then
 * put on pages.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reporter.h"

#define MM           (72.0 / 25.4)
#define AREA_LEFT    (28 * MM)
#define AREA_TOP     (37 * MM)
#define AREA_WIDTH   (156 * MM)
#define AREA_HEIGHT  (225 * MM)
#define LINES        22
#define LINE         (AREA_HEIGHT / LINES)      /* 28.99 pt */
#define CHARS        28
#define BODY         16.0
#define TRACK        (AREA_WIDTH / CHARS - BODY)        /* -0.21: 28 characters of 16 pt fill the measure */
#define INDENT       (2 * (BODY + TRACK))
#define STRETCH      0.6        /* of the size: a gap grows by no more */
#define NOTE_SIZE    12.0
#define NOTE_LINE    19.5
#define TITLE_SIZE   22.0
#define TITLE_LINE   34.0
#define MASTHEAD     (5 * LINE)
#define FOLIO_SIZE   14.0
#define IMPRINT_SIZE 14.0
#define IMPRINT_LINE 26.0
#define RULE_OUTER   (0.35 * MM)
#define RULE_INNER   (0.25 * MM)

double baseline(double height, double size)
{
	return (height - size) / 2 + 0.86 * size;
}

/* ---- items ---- */

struct item *flow_item(struct flow *f, double height)
{
	struct item *it;

	vec_room(f->v, f->n, f->cap);
	it = &f->v[f->n++];
	*it = (struct item){ .height = height, .landscape = f->landscape };
	return it;
}

static struct box *boxes_add(struct box **v, size_t *n, size_t *cap)
{
	struct box *b;

	vec_room(*v, *n, *cap);
	b = &(*v)[(*n)++];
	memset(b, 0, sizeof *b);
	return b;
}

static void missing_add(struct pages *p, uint32_t cp, int line)
{
	size_t i = 0;

	while (i < p->n_missing && p->missing[i].cp < cp)
		i++;
	if (i < p->n_missing && p->missing[i].cp == cp)
		return;
	vec_room(p->missing, p->n_missing, p->cap_missing);
	memmove(&p->missing[i + 1], &p->missing[i], (p->n_missing - i) * sizeof *p->missing);
	p->missing[i] = (struct missing){ cp, line };
	p->n_missing++;
}

struct box *item_text(struct flow *f, struct item *it, const struct cells *c, size_t from, size_t to,
    double x,
    double y, double width)
{
	struct box *b = boxes_add(&it->boxes, &it->n_boxes, &it->cap_boxes);
	double natural = line_width(c, from, to), at = 0, extra = 0;
	size_t gaps = 0;

	for (size_t i = from + 1; i < to; i++)
		gaps += c->v[i].stretch;
	if (width > 0 && natural > width && to > from)
		natural -= c->v[to - 1].tail;
	if (width > natural && gaps > 0)
		extra = (width - natural) / (double)gaps;
	if (extra > STRETCH * c->size)          /* before a long code: better short than torn apart */
		extra = 0;
	*b = (struct box){ .kind = BOX_TEXT, .x = x, .y = y, .size = c->size };
	b->glyphs = arena_alloc(&f->pages->arena, (to - from + 1) * sizeof *b->glyphs);
	for (size_t i = from; i < to; i++) {
		const struct cell *cell = &c->v[i];

		at += i > from ? cell->lead + (cell->stretch ? extra : 0) : 0;
		if (cell->face < 0)
			missing_add(f->pages, cell->cp, cell->line);
		b->glyphs[b->n_glyphs++] = (struct glyph){ cell->cp, cell->face, at };
		at += cell->advance;
	}
	b->width = at;
	return b;
}

void item_rule(struct item *it, double x, double y, double width, double height, enum ink ink)
{
	struct box *b = boxes_add(&it->boxes, &it->n_boxes, &it->cap_boxes);

	*b = (struct box){ .kind = BOX_RULE, .ink = ink, .x = x, .y = y, .width = width, .height = height };
}

/* One line of TEXT in ROLE, for mastheads and the like. */
static void cells_plain(const struct flow *f, struct cells *c, enum type_role role, double size, double track,
    const char *text, int line)
{
	struct measure_style style = { role, role, size, track };

	cells_add(c, f->metrics, &style, text, false, line);
	cells_finish(c, NULL, 0);
}

static double line_at(struct flow *f, struct item *it, enum type_role role, double size, const char *text,
    int line,
    enum align align, double y, enum ink ink)
{
	struct cells c = { 0 };
	double w, x;

	cells_plain(f, &c, role, size, 0, text, line);
	w = line_width(&c, 0, c.n);
	x = align == ALIGN_LEFT ? size : align == ALIGN_RIGHT ? f->measure - w - size : (f->measure - w) / 2;
	item_text(f, it, &c, 0, c.n, x, y, 0)->ink = ink;
	cells_free(&c);
	return w;
}

/* ---- blocks ---- */

struct look {
	struct measure_style style;
	double pitch, indent;
	bool   heading;
	int    level;
};

static struct look look_of(enum block_kind kind)
{
	struct look look = { { ROLE_BODY, ROLE_HEI, BODY, TRACK }, LINE, INDENT, false, 0 };

	switch (kind) {
	case BLOCK_H1:
		look.style.role = ROLE_HEI;
		look.heading = true;
		look.level = 1;
		break;
	case BLOCK_H2:
		look.style.role = ROLE_KAI;
		look.heading = true;
		look.level = 2;
		break;
	case BLOCK_H3:
		look.heading = true;
		break;
	case BLOCK_NOTE:
		look.style = (struct measure_style){ ROLE_BODY, ROLE_HEI, NOTE_SIZE, 0 };
		look.pitch = NOTE_LINE;
		look.indent = 2 * NOTE_SIZE;
		break;
	default:
		break;
	}
	return look;
}

static void block_cells(const struct flow *f, const struct block *b, const struct measure_style *style,
    struct cells *c)
{
	for (size_t i = 0; i < b->n_runs; i++)
		cells_add(c, f->metrics, style, b->runs[i].text, b->runs[i].strong, b->runs[i].line);
	cells_finish(c, f->doc->keep, f->doc->n_keep);
}

static char *block_text(struct flow *f, const struct block *b)
{
	struct buf s = { 0 };
	char *copy;

	for (size_t i = 0; i < b->n_runs; i++)
		buf_str(&s, b->runs[i].text);
	copy = arena_dup(&f->pages->arena, buf_cstr(&s));
	buf_free(&s);
	return copy;
}

/* A text that ends in a colon goes with what it announces. */
static bool leads_on(const struct cells *c)
{
	return c->n > 0 && c->v[c->n - 1].cp == 0xff1a;
}

/* A note goes with the last row of the table above it: a row, then the gap that has no boxes. */
static void note_join(struct flow *f)
{
	if (f->n < 2 || f->v[f->n - 1].n_boxes > 0 || f->v[f->n - 1].turn || f->v[f->n - 2].head == 0)
		return;
	f->v[f->n - 1].keep_next = true;
	f->v[f->n - 2].keep_next = true;
}

static void text_flow(struct flow *f, const struct block *b)
{
	struct look look = look_of(b->kind);
	struct cells c = { 0 };
	size_t *starts, n;

	block_cells(f, b, &look.style, &c);
	n = lines_break(&c, f->measure - look.indent, f->measure, BREAK_JUSTIFY, &starts);
	if (b->kind == BLOCK_NOTE)
		note_join(f);
	for (size_t i = 0; i < n; i++) {
		double indent = i == 0 ? look.indent : 0;
		struct item *it = flow_item(f, look.pitch);

		item_text(f, it, &c, starts[i], starts[i + 1], indent, baseline(look.pitch, look.style.size),
		    i + 1 < n ? f->measure - indent : 0);
		/* No line stands alone at a page's foot or top. */
		it->keep_next = look.heading || leads_on(&c) || (n > 1 && (i == 0 || i + 2 == n));
		if (i == 0 && look.level > 0) {
			it->level = look.level;
			it->text = block_text(f, b);
		}
	}
	free(starts);
	cells_free(&c);
}

static void title_flow(struct flow *f, const struct block *b)
{
	struct measure_style style = { ROLE_TITLE, ROLE_TITLE, TITLE_SIZE, 0 };
	struct cells c = { 0 };
	size_t *starts, n;

	block_cells(f, b, &style, &c);
	n = lines_break(&c, f->measure, f->measure, BREAK_BALANCE, &starts);
	for (size_t i = 0; i < n; i++) {
		double w = line_width(&c, starts[i], starts[i + 1]);
		struct item *it = flow_item(f, TITLE_LINE);

		it->before = i == 0 ? LINE * 0.5 : 0;
		it->keep_next = true;
		item_text(f, it, &c, starts[i], starts[i + 1], (f->measure - w) / 2,
		    baseline(TITLE_LINE, TITLE_SIZE), 0);
	}
	if (n > 0)
		f->v[f->n - 1].snap = true;
	free(starts);
	cells_free(&c);
}

/* The name as large as it fits, spread a little. */
static void name_set(struct flow *f, struct item *it, const char *name, int line, double top, double height)
{
	double size = 50, n = (double)utf8_count(span_of(name)), track;
	struct cells c = { 0 };

	size = fmin(size, f->measure * 0.95 / fmax(n, 1));
	track = fmin(size * 0.25, (f->measure * 0.9 - n * size) / fmax(n, 1));
	cells_plain(f, &c, ROLE_TITLE, size, fmax(track, 0), name, line);
	item_text(f, it, &c, 0, c.n, (f->measure - line_width(&c, 0, c.n) + fmax(track, 0)) / 2,
	    top + baseline(height, size), 0)->ink = INK_RED;
	cells_free(&c);
}

/* Organisation, name, issue; office and date; the red rule: five lines of the page. */
static void masthead_flow(struct flow *f, const struct block *b)
{
	struct item *it = flow_item(f, MASTHEAD);
	char *const *part = b->parts;
	double low = MASTHEAD - LINE - 8, issue = low - 0.95 * LINE, top = part[PART_OVER] ? 0.95 * LINE : 0;

	if (part[PART_MARK])
		line_at(f, it, ROLE_HEI, BODY, part[PART_MARK], b->line, ALIGN_LEFT, -0.6 * LINE, INK_BLACK);
	if (part[PART_OVER])
		line_at(f, it, ROLE_TITLE, 24, part[PART_OVER], b->line, ALIGN_CENTER, baseline(LINE, 24),
		    INK_RED);
	name_set(f, it, part[PART_NAME], b->line, top, issue - top);
	line_at(f, it, ROLE_KAI, BODY, part[PART_ISSUE], b->line, ALIGN_CENTER, issue + baseline(LINE, BODY),
	    INK_BLACK);
	line_at(f, it, ROLE_BODY, BODY, part[PART_OFFICE], b->line, ALIGN_LEFT, low + baseline(LINE, BODY),
	    INK_BLACK);
	line_at(f, it, ROLE_BODY, BODY, part[PART_DATE], b->line, ALIGN_RIGHT, low + baseline(LINE, BODY),
	    INK_BLACK);
	item_rule(it, 0, MASTHEAD - 6, f->measure, 1.5, INK_RED);
	it->keep_next = true;
}

/* Copies, then office and date, between the rules of GB/T 9704; at the foot of its page. */
static void imprint_flow(struct flow *f, const struct block *b)
{
	struct measure_style style = { ROLE_BODY, ROLE_HEI, IMPRINT_SIZE, 0 };
	struct item *it = flow_item(f, 0);
	double y = 0, wide = f->measure - 2 * IMPRINT_SIZE;
	struct cells c = { 0 };
	size_t *starts, n;

	item_rule(it, 0, 0, f->measure, RULE_OUTER, INK_BLACK);
	if (b->parts[PART_COPIES]) {
		cells_add(&c, f->metrics, &style, b->parts[PART_COPIES], false, b->line);
		cells_finish(&c, NULL, 0);
		n = lines_break(&c, wide, wide, BREAK_JUSTIFY, &starts);
		for (size_t i = 0; i < n; i++, y += IMPRINT_LINE)
			item_text(f, it, &c, starts[i], starts[i + 1], IMPRINT_SIZE,
			    y + baseline(IMPRINT_LINE, IMPRINT_SIZE), 0);
		free(starts);
		cells_free(&c);
		item_rule(it, 0, y, f->measure, RULE_INNER, INK_BLACK);
	}
	line_at(f, it, ROLE_BODY, IMPRINT_SIZE, b->parts[PART_OFFICE], b->line, ALIGN_LEFT,
	    y + baseline(IMPRINT_LINE, IMPRINT_SIZE), INK_BLACK);
	line_at(f, it, ROLE_BODY, IMPRINT_SIZE, b->parts[PART_DATE], b->line, ALIGN_RIGHT,
	    y + baseline(IMPRINT_LINE, IMPRINT_SIZE), INK_BLACK);
	y += IMPRINT_LINE;
	item_rule(it, 0, y - RULE_OUTER, f->measure, RULE_OUTER, INK_BLACK);
	it->height = y;
	it->foot = true;
}

/* Pages of the other orientation begin with what comes next; an imprint stays on the last page as that is. */
static void turn_flow(struct flow *f)
{
	if (!f->turning)
		return;
	f->turning = false;
	f->landscape = f->to_landscape;
	f->measure = f->landscape ? AREA_HEIGHT : AREA_WIDTH;
	flow_item(f, 0)->turn = true;
}

static void block_flow(struct flow *f, const struct block *b)
{
	if (b->kind == BLOCK_LANDSCAPE || b->kind == BLOCK_PORTRAIT) {
		f->turning = true;
		f->to_landscape = b->kind == BLOCK_LANDSCAPE;
		return;
	}
	if (b->kind == BLOCK_IMPRINT) {
		imprint_flow(f, b);
		return;
	}
	turn_flow(f);
	switch (b->kind) {
	case BLOCK_MASTHEAD:
		masthead_flow(f, b);
		break;
	case BLOCK_TITLE:
		title_flow(f, b);
		break;
	case BLOCK_TABLE:
		table_flow(f, b->table);
		break;
	default:
		text_flow(f, b);
		break;
	}
}

/* ---- pages ---- */

struct paging {
	struct flow  *f;
	struct pages *out;
	struct page  *page;
	double        y, room;          /* of the type area */
	bool          fresh;            /* nothing on the page yet */
	bool          turned;           /* what comes next begins a page */
};

static void page_begin(struct paging *p, bool landscape)
{
	vec_room(p->out->v, p->out->n, p->out->cap);
	p->page = &p->out->v[p->out->n++];
	*p->page = (struct page){ .landscape = landscape };
	p->y = 0;
	p->room = landscape ? AREA_WIDTH : AREA_HEIGHT;
	p->fresh = true;
}

static void item_place(struct paging *p, const struct item *it, double y)
{
	/* On a landscape page the head of the paper is the left margin of the upright one. */
	double left = it->landscape ? PAGE_HEIGHT - AREA_TOP - AREA_HEIGHT : AREA_LEFT;
	double top = it->landscape ? AREA_LEFT : AREA_TOP;

	for (size_t i = 0; i < it->n_boxes; i++) {
		struct box *b = boxes_add(&p->page->boxes, &p->page->n_boxes, &p->page->cap_boxes);

		*b = it->boxes[i];
		b->x += left;
		b->y += top + y;
	}
	if (it->level > 0) {
		vec_room(p->out->marks, p->out->n_marks, p->out->cap_marks);
		p->out->marks[p->out->n_marks++] = (struct bookmark){ it->level, it->text, p->out->n - 1,
		    top + y };
	}
	p->fresh = false;
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
	return h;
}

static double snap(double y)
{
	return ceil(y / LINE - 0.01) * LINE;
}

static void item_put(struct paging *p, const struct item *it)
{
	if (p->fresh && it->head > 0) {
		const struct item *head = &p->f->v[it->head - 1];

		item_place(p, head, p->y);
		p->y += head->height;
	} else if (!p->fresh) {
		p->y += it->before;
	}
	item_place(p, it, p->y);
	p->y += it->height;
	if (it->snap)
		p->y = snap(p->y + 4);
}

static void foot_put(struct paging *p, const struct item *it)
{
	if (p->y + LINE / 2 + it->height > p->room + 0.01)
		page_begin(p, it->landscape);
	item_place(p, it, p->room - it->height);
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

static void group_put(struct paging *p, size_t from, size_t to)
{
	const struct flow *f = p->f;

	if (p->y + group_height(p, from, to) > p->room + 0.01 && !p->fresh)
		page_begin(p, f->v[from].landscape);
	for (size_t i = from; i <= to; i++) {
		/* A group longer than a page is divided all the same. */
		if (p->y + item_height(p, &f->v[i], p->y) > p->room + 0.01 && !p->fresh)
			page_begin(p, f->v[i].landscape);
		item_put(p, &f->v[i]);
	}
}

static void paginate(struct paging *p)
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
			group_put(p, i, last);
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
	double y = AREA_TOP + AREA_HEIGHT + 7 * MM + baseline(FOLIO_SIZE, FOLIO_SIZE);
	char s[48];

	snprintf(s, sizeof s, "\xe2\x80\x94 %zu \xe2\x80\x94", no);
	if (no % 2 == 1)
		furniture_text(f, page, ROLE_SONG, FOLIO_SIZE, s, ALIGN_RIGHT,
		    AREA_LEFT + AREA_WIDTH - FOLIO_SIZE, y, &look);
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
	double right = AREA_LEFT + AREA_WIDTH, top = 17 * MM;

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
		folio_put(f, &out->v[i], i + 1);
		stamps_put(f, &out->v[i]);
	}
}

void layout_document(const struct document *doc, const struct metrics *m, struct pages *out)
{
	struct flow f = { .measure = AREA_WIDTH, .doc = doc, .metrics = m, .pages = out };
	struct paging p = { .f = &f, .out = out };

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < doc->n_blocks; i++)
		block_flow(&f, &doc->blocks[i]);
	page_begin(&p, false);
	paginate(&p);
	furniture_put(&f, out);
	for (size_t i = 0; i < f.n; i++)
		free(f.v[i].boxes);
	free(f.v);
}

void pages_free(struct pages *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].boxes);
	free(p->v);
	free(p->marks);
	free(p->missing);
	arena_free(&p->arena);
	memset(p, 0, sizeof *p);
}
