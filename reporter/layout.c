/*
 * layout - a document into pages of boxes.  Pure: what a character measures is
 * asked of struct metrics, nothing else comes from outside.
 *
 * A block becomes items, lines that are not divided; paginate then puts them on pages.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/text.h"
#include "flow.h"

#define CHARS        28
#define BODY         16.0
#define TRACK        (AREA_WIDTH / CHARS - BODY)        /* -0.21: 28 characters of 16 pt fill the measure */
#define INDENT       (2 * (BODY + TRACK))
#define STRETCH      0.3        /* of the size: a gap grows by no more */
#define NOTE_SIZE    14.0       /* of notes in a section of their own */
#define NOTE_BELOW   10.5       /* below a table or a chart */
#define NOTE_PITCH   1.63       /* of their lines, in sizes */
#define NOTE_GAP     6.0        /* between notes below a table and the text */
#define TITLE_SIZE   22.0
#define TITLE_LINE   LINE
#define MASTHEAD     (5 * LINE)
#define MASTHEAD_LINE 24.0      /* of its small lines */
#define OVER_SIZE    22.0
#define NAME_MAX     54.0       /* of the masthead's name */
#define RED_RULE     1.5
#define NOTE_LEAST   8.0        /* a note is set down to this to keep a digest on one line */
#define IMPRINT_SIZE 14.0
#define IMPRINT_LINE 26.0
#define ANNEX_ABOVE  12.0       /* above a heading at the left edge, under what is on its page already */
#define RULE_OUTER   (0.35 * MM)
#define RULE_INNER   (0.25 * MM)

double baseline(double height, double size)
{
	return (height - size) / 2 + 0.86 * size;
}

/* ---- items ---- */

/* Room for the N boxes of row IT, in the last slab or a new one. */
static struct box *slab_room(struct flow *f, struct item *it, size_t n)
{
	struct slab *s = f->n_slabs > 0 ? &f->slabs[f->n_slabs - 1] : NULL;

	if (!s || n > s->cap - s->n) {
		vec_room(f->slabs, f->n_slabs, f->cap_slabs);
		s = &f->slabs[f->n_slabs++];
		*s = (struct slab){ .cap = n > SLAB_BOXES ? n : SLAB_BOXES };
		s->v = mem_alloc(s->cap * sizeof *s->v);
	}
	it->slab = f->n_slabs;
	s->n += n;
	return s->v + s->n - n;
}

/* IT, the last item, has all its boxes: they move to where they need no more room than they take. */
static void item_settle(struct flow *f, struct item *it)
{
	if (it->n_boxes == 0)
		it->boxes = NULL;
	else if (it->head > 0 && !it->names)    /* a line over rows is needed on their next page too */
		it->boxes = memcpy(slab_room(f, it, it->n_boxes), it->boxes, it->n_boxes * sizeof *it->boxes);
	else
		it->boxes = memcpy(mem_alloc(it->n_boxes * sizeof *it->boxes), it->boxes,
		    it->n_boxes * sizeof *it->boxes);
	it->cap_boxes = it->n_boxes;
}

void item_release(struct flow *f, struct item *it)
{
	if (it->slab == 0)
		free(it->boxes);
	/* Items are put in their order: whoever is in a slab is the last of all before it. */
	for (; it->slab > 0 && f->slabs_gone + 1 < it->slab; f->slabs_gone++)
		free(f->slabs[f->slabs_gone].v);
	it->boxes = NULL;
	it->n_boxes = it->cap_boxes = it->slab = 0;
}

static void items_free(struct flow *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].slab == 0)
			free(f->v[i].boxes);
	for (; f->slabs_gone < f->n_slabs; f->slabs_gone++)
		free(f->slabs[f->slabs_gone].v);
	free(f->slabs);
	free(f->v);
}

struct item *flow_item(struct flow *f, double height)
{
	struct item it = { .height = height, .landscape = f->landscape };
	struct item *before = f->n > 0 ? &f->v[f->n - 1] : NULL;

	if (before) {                           /* the block that its boxes grew in is for the next */
		it.boxes = before->boxes;
		it.cap_boxes = before->cap_boxes;
		item_settle(f, before);
	}
	vec_room(f->v, f->n, f->cap);
	f->v[f->n] = it;
	return &f->v[f->n++];
}

struct box *boxes_add(struct box **v, size_t *n, size_t *cap)
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

/*
 * The N glyphs of a stretch of cells, which begins at X and is WIDTH wide: a box, with what it leads
 * to over it.
 */
static struct box *stretch_add(struct flow *f, struct item *it, const struct cells *c, const char *link,
    struct glyph *glyphs, size_t n, double x, double y, double width)
{
	size_t tag = link ? tag_open(f, TAG_LINK) : f->tag;
	double left = n > 0 ? glyphs[0].x : 0;
	struct box *b;

	if (link) {
		b = boxes_add(&it->boxes, &it->n_boxes, &it->cap_boxes);
		*b = (struct box){ .kind = BOX_LINK, .tag = f->tag, .x = x + left, .y = y - 0.95 * c->size,
		    .width = width, .height = 1.2 * c->size, .to = link };
	}
	for (size_t i = 0; i < n; i++)
		glyphs[i].x -= left;
	b = boxes_add(&it->boxes, &it->n_boxes, &it->cap_boxes);
	*b = (struct box){ .kind = BOX_TEXT, .tag = f->tag, .x = x + left, .y = y, .size = c->size,
	    .width = width, .glyphs = glyphs, .n_glyphs = n };
	f->tag = tag;
	return b;
}

/* The gap before a cell in a line that fits by FIT. */
static double gap_of(const struct cell *c, const struct fit *fit)
{
	return c->lead - fit->squeeze * c->give + fit->spread * c->stretch;
}

struct box *item_text(struct flow *f, struct item *it, const struct cells *c, size_t from, size_t to,
    double x,
    double y, double width)
{
	struct glyph *glyphs = arena_alloc(&f->pages->arena, (to - from + 1) * sizeof *glyphs);
	struct fit fit = { 0 };
	size_t i = from, end = from;
	struct box *b;
	double at = 0;

	if (width > 0)
		fit = line_fit(c, from, to, width);
	if (fit.spread > STRETCH * c->size)     /* before a long code: better short than torn apart */
		fit.spread = 0;
	for (size_t k = from; k < to; k++) {
		const struct cell *cell = &c->v[k];

		at += k > from ? gap_of(cell, &fit) : 0;
		if (cell->face < 0)
			missing_add(f->pages, cell->cp, cell->line);
		glyphs[k - from] = (struct glyph){ cell->cp, cell->face, at };
		at += cell->advance;
	}
	do {                                    /* once for a line of nothing, too */
		double left = i < to ? glyphs[i - from].x : 0, right = at - fit.drop;

		while (end < to && c->v[end].link == c->v[i].link)
			end++;
		if (end < to)                   /* marks that share their space: up to the next */
			right = fmin(glyphs[end - 1 - from].x + c->v[end - 1].advance, glyphs[end - from].x);
		b = stretch_add(f, it, c, i < to ? c->v[i].link : NULL, glyphs + (i - from), end - i, x, y,
		    right - left);
		b->joins = i > from;
		i = end;
	} while (i < to);
	return b;
}

void item_rule(struct item *it, double x, double y, double width, double height, enum ink ink)
{
	struct box *b = boxes_add(&it->boxes, &it->n_boxes, &it->cap_boxes);

	*b = (struct box){ .kind = BOX_RULE, .ink = ink, .x = x, .y = y, .width = width, .height = height };
}

struct box *item_shape(struct flow *f, struct item *it, const struct point *points, size_t n, double stroke,
    enum ink ink)
{
	struct box *b = boxes_add(&it->boxes, &it->n_boxes, &it->cap_boxes);

	*b = (struct box){ .kind = BOX_SHAPE, .ink = ink, .tag = f->tag, .n_points = n, .stroke = stroke,
	    .closed = stroke <= 0 };
	b->points = arena_alloc(&f->pages->arena, (n + 1) * sizeof *b->points);
	if (n > 0)
		memcpy(b->points, points, n * sizeof *points);
	return b;
}

size_t tag_open(struct flow *f, enum tag_kind kind)
{
	struct pages *p = f->pages;
	size_t was = f->tag;

	vec_room(p->tags, p->n_tags, p->cap_tags);
	p->tags[p->n_tags] = (struct tag){ .kind = kind, .parent = was };
	f->tag = p->n_tags++;
	return was;
}

void cells_plain(const struct flow *f, struct cells *c, enum type_role role, double size, double track,
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
	enum tag_kind tag;
};

static struct look look_of(const struct flow *f, const struct block *b)
{
	double note = f->below ? NOTE_BELOW : NOTE_SIZE;
	struct look look = { { ROLE_BODY, ROLE_HEI, BODY, TRACK }, LINE, INDENT, false, 0, TAG_P };

	switch (b->kind) {
	case BLOCK_H1:
		look.style.role = ROLE_HEI;
		look.indent = b->flush ? 0 : INDENT;
		look.heading = true;
		look.level = 1;
		look.tag = TAG_H2;
		break;
	case BLOCK_H2:
		look.style.role = ROLE_KAI;
		look.heading = true;
		look.level = 2;
		look.tag = TAG_H3;
		break;
	case BLOCK_H3:
		look.heading = true;
		look.tag = TAG_H4;
		break;
	case BLOCK_NOTE:
		look.style = (struct measure_style){ ROLE_BODY, ROLE_HEI, note, 0 };
		look.pitch = NOTE_PITCH * note;
		look.indent = 2 * note;
		break;
	default:
		look.indent = b->flush ? 0 : INDENT;
		break;
	}
	return look;
}

static void block_cells(const struct flow *f, const struct block *b, const struct measure_style *style,
    struct cells *c)
{
	for (size_t i = 0; i < b->n_runs; i++) {
		c->link = b->runs[i].link;
		cells_add(c, f->metrics, style, b->runs[i].text, b->runs[i].strong, b->runs[i].line);
	}
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

/*
 * A note with a digest or another code that no line may break: all of it a little
 * smaller, if that keeps it on one line.
 */
static void note_fit(const struct flow *f, const struct block *b, struct look *look, struct cells *c)
{
	double natural = line_width(c, 0, c->n), room = f->measure - look->indent;
	double size = floor(look->style.size * room / fmax(natural, 1) * 20 - 0.5) / 20;

	if (natural <= room || cells_least(c) < room / 2 || size < NOTE_LEAST)
		return;
	look->style.size = size;
	cells_free(c);
	block_cells(f, b, &look->style, c);
}

static void text_flow(struct flow *f, const struct block *b)
{
	struct look look = look_of(f, b);
	struct cells c = { 0 };
	size_t *starts, n, tag;

	/* Whom a letter is addressed to stands one blank line below its title (GB/T 9704-2012, 7.3.2). */
	if (b->kind == BLOCK_P && b->flush && f->n > 0 && f->v[f->n - 1].snap)
		flow_item(f, LINE)->keep_next = true;
	block_cells(f, b, &look.style, &c);
	if (b->kind == BLOCK_NOTE) {
		note_fit(f, b, &look, &c);
		if (f->below)
			note_join(f);
	}
	n = lines_break(&c, f->measure - look.indent, f->measure, BREAK_JUSTIFY, &starts);
	tag = tag_open(f, look.tag);
	for (size_t i = 0; i < n; i++) {
		double indent = i == 0 ? look.indent : 0, room = f->measure - indent;
		struct item *it = flow_item(f, look.pitch);

		/* A last line is squeezed if it must be, never spread. */
		if (i + 1 == n && line_width(&c, starts[i], starts[i + 1]) <= room)
			room = 0;
		item_text(f, it, &c, starts[i], starts[i + 1], indent, baseline(look.pitch, look.style.size),
		    room);
		/* No line stands alone at a page's foot or top. */
		it->keep_next = look.heading || leads_on(&c) || (n > 1 && (i == 0 || i + 2 == n));
		if (i == 0 && look.heading && b->flush)
			it->before = ANNEX_ABOVE;
		if (i == 0 && look.level > 0) {
			it->level = look.level;
			it->text = block_text(f, b);
		}
	}
	f->headed = look.heading && b->flush && line_width(&c, 0, c.n) < f->measure / 2;
	f->tag = tag;
	free(starts);
	cells_free(&c);
}

static void title_flow(struct flow *f, const struct block *b)
{
	struct measure_style style = { ROLE_TITLE, ROLE_TITLE, TITLE_SIZE, 0 };
	struct cells c = { 0 };
	size_t *starts, n, tag = tag_open(f, TAG_H1);

	block_cells(f, b, &style, &c);
	n = lines_break(&c, f->measure, f->measure, BREAK_BALANCE, &starts);
	for (size_t i = 0; i < n; i++) {
		double w = line_width(&c, starts[i], starts[i + 1]);
		struct item *it = flow_item(f, TITLE_LINE);

		it->keep_next = true;
		item_text(f, it, &c, starts[i], starts[i + 1], fmax((f->measure - w) / 2, 0),
		    baseline(TITLE_LINE, TITLE_SIZE), w > f->measure ? f->measure : 0);
	}
	f->tag = tag;
	if (n > 0)
		f->v[f->n - 1].snap = true;
	if (n > 0 && b->blank > 0)
		flow_item(f, b->blank * LINE)->keep_next = true;
	free(starts);
	cells_free(&c);
}

/* The name as large as it fits, spread a little; its visible top at TOP, HEIGHT down to what comes next. */
static void name_set(struct flow *f, struct item *it, const char *name, int line, double top, double height)
{
	double n = fmax((double)utf8_count(span_of(name)), 1), size, track;
	struct cells c = { 0 };

	size = fmin(fmin(NAME_MAX, height), f->measure * 0.95 / n);
	track = fmax(fmin(size * 0.3, (f->measure * 0.95 - n * size) / n), 0);
	cells_plain(f, &c, ROLE_TITLE, size, track, name, line);
	item_text(f, it, &c, 0, c.n, (f->measure - line_width(&c, 0, c.n) + track) / 2,
	    top + baseline(height, size), 0)->ink = INK_RED;
	cells_free(&c);
}

/* Organisation, name, issue; office and date; the red rule, which ends five lines of the page; blank ones. */
static void masthead_flow(struct flow *f, const struct block *b)
{
	struct item *it = flow_item(f, MASTHEAD + b->blank * LINE);
	char *const *part = b->parts;
	double low = MASTHEAD - MASTHEAD_LINE - 8, issue = low - MASTHEAD_LINE;
	double top = part[PART_OVER] ? OVER_SIZE * 1.3 : 0, line = baseline(MASTHEAD_LINE, BODY);
	size_t tag = tag_open(f, TAG_P);

	if (part[PART_MARK])
		line_at(f, it, ROLE_HEI, BODY, part[PART_MARK], b->line, ALIGN_LEFT, -0.6 * LINE, INK_BLACK);
	if (part[PART_OVER])
		line_at(f, it, ROLE_TITLE, OVER_SIZE, part[PART_OVER], b->line, ALIGN_CENTER,
		    0.86 * OVER_SIZE, INK_RED);
	f->tag = tag;
	tag_open(f, TAG_P);
	name_set(f, it, part[PART_NAME], b->line, top, issue - top);
	f->tag = tag;
	tag_open(f, TAG_P);
	line_at(f, it, ROLE_KAI, BODY, part[PART_ISSUE], b->line, ALIGN_CENTER, issue + line, INK_BLACK);
	f->tag = tag;
	tag_open(f, TAG_P);
	line_at(f, it, ROLE_BODY, BODY, part[PART_OFFICE], b->line, ALIGN_LEFT, low + line, INK_BLACK);
	line_at(f, it, ROLE_BODY, BODY, part[PART_DATE], b->line, ALIGN_RIGHT, low + line, INK_BLACK);
	f->tag = tag;
	item_rule(it, 0, MASTHEAD - RED_RULE, f->measure, RED_RULE, INK_RED);
	it->keep_next = true;
}

/* Pages of the other orientation begin with what comes next. */
static void turn_flow(struct flow *f)
{
	if (!f->turning)
		return;
	f->turning = f->headed = false;
	f->landscape = f->to_landscape;
	f->measure = f->landscape ? f->pages->sheet.area_height : f->pages->sheet.area_width;
	flow_item(f, 0)->turn = true;
}

/* Copies, then office and date, between the rules of GB/T 9704; at the foot of its page. */
static void imprint_flow(struct flow *f, const struct block *b)
{
	struct measure_style style = { ROLE_BODY, ROLE_HEI, IMPRINT_SIZE, 0 };
	double y = 0, wide;
	struct cells c = { 0 };
	size_t *starts, n, tag;
	struct item *it;

	/* After landscape pages: the foot of an upright page, as the standard has it. */
	if (f->landscape) {
		f->turning = true;
		f->to_landscape = false;
		turn_flow(f);
	}
	wide = f->measure - 2 * IMPRINT_SIZE;
	tag = tag_open(f, TAG_P);
	it = flow_item(f, 0);
	item_rule(it, 0, 0, f->measure, RULE_OUTER, INK_BLACK);
	if (b->parts[PART_COPIES]) {
		cells_add(&c, f->metrics, &style, b->parts[PART_COPIES], false, b->line);
		cells_finish(&c, NULL, 0);
		n = lines_break(&c, wide, wide, BREAK_JUSTIFY, &starts);
		for (size_t i = 0; i < n; i++, y += IMPRINT_LINE)
			item_text(f, it, &c, starts[i], starts[i + 1], IMPRINT_SIZE,
			    y + baseline(IMPRINT_LINE, IMPRINT_SIZE), i + 1 < n ? wide : 0);
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
	f->tag = tag;
}

/* Before a block that is no note: what is below a table ends here, with a little white after its notes. */
static void below_end(struct flow *f, const struct block *b)
{
	if (!f->below || b->kind == BLOCK_NOTE)
		return;
	f->below = false;
	if (f->n > 0 && f->v[f->n - 1].n_boxes > 0)
		flow_item(f, NOTE_GAP);
}

static void block_flow(struct flow *f, const struct block *b)
{
	if (b->kind == BLOCK_LANDSCAPE || b->kind == BLOCK_PORTRAIT) {
		f->turning = true;
		f->to_landscape = b->kind == BLOCK_LANDSCAPE;
		f->below = false;
		return;
	}
	if (b->kind == BLOCK_IMPRINT) {
		imprint_flow(f, b);
		return;
	}
	turn_flow(f);
	below_end(f, b);
	f->headed = f->headed && b->kind == BLOCK_TABLE;
	switch (b->kind) {
	case BLOCK_MASTHEAD:
		masthead_flow(f, b);
		break;
	case BLOCK_TITLE:
		title_flow(f, b);
		break;
	case BLOCK_TABLE:
		table_flow(f, b->table);
		f->below = true;
		break;
	case BLOCK_CHART:
		chart_flow(f, b->chart);
		f->below = true;
		break;
	default:
		text_flow(f, b);
		break;
	}
}

/* ---- the whole ---- */

/* An A3 sheet has the margins of an A4 one. */
static struct sheet sheet_of(enum paper paper)
{
	bool large = paper == PAPER_A3;
	double width = large ? 297 * MM : PAGE_WIDTH, height = large ? 420 * MM : PAGE_HEIGHT;

	return (struct sheet){ width, height, width - (210 - 156) * MM, height - (297 - 225) * MM };
}

void layout_document(const struct document *doc, const struct metrics *m, struct pages *out)
{
	struct flow f = { .doc = doc, .metrics = m, .pages = out };

	*out = (struct pages){ .sheet = sheet_of(doc->paper) };
	f.measure = out->sheet.area_width;
	tag_open(&f, TAG_DOCUMENT);
	for (size_t i = 0; i < doc->n_blocks; i++)
		block_flow(&f, &doc->blocks[i]);
	paginate(&f, out);
	items_free(&f);
	for (size_t i = 0; i < f.n_carried; i++) {
		free(f.carried[i].down.boxes);
		free(f.carried[i].up.boxes);
	}
	free(f.carried);
	for (size_t i = 0; i < f.n_over; i++)
		free(f.over[i].boxes);
	free(f.over);
}

void pages_free(struct pages *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].boxes);
	free(p->v);
	free(p->marks);
	free(p->missing);
	free(p->tags);
	free(p->anchors);
	arena_free(&p->arena);
	memset(p, 0, sizeof *p);
}
