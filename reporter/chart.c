/*
 * chart - the rows of a query as a picture: bars, a line over weeks, a heat table, bullets
 * (done against target), nodes (planned and done over months).
 *
 * What is drawn is named where it stands, not in a legend, and a colour never says
 * anything alone: each tone has a shape and a grey of its own, and its word beside it.
 * All charts but the line are rows, which go on over a page's end as those of tables do.
 * A node chart may be hung on a wall: its groups say the months again, and a line says what day it is.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"

#define PITCH       1.45        /* of lines of a label, in sizes */
#define ROW         1.9         /* least height of a row, in sizes */
#define LABEL_MOST  0.36        /* of the measure, for the labels */
#define LABEL_NODES 0.26        /* the same, of a node chart, which needs the room */
#define SPACE       6.0         /* between a label and what it names */
#define GAP         8.0         /* after a chart */
#define CIRCLE      20          /* corners of what looks round */
#define AXIS        0.6
#define OUTLINE     0.35        /* of a shape */

/* A chart being set. */
struct plot {
	struct flow        *f;
	const struct chart *c;
	double left, width;     /* of what is drawn, right of the labels */
	double low, high;       /* the values at its ends */
	double marks, says;     /* left of a node chart's drawing: of the marks, of the figures */
	size_t head;            /* 1 + index of the item with the columns' names; 0: none */
};

static const enum ink inks[TONE_COUNT] = {
	[TONE_PLAIN] = INK_BLUE, [TONE_RED] = INK_RED, [TONE_YELLOW] = INK_YELLOW, [TONE_GREEN] = INK_GREEN,
	[TONE_GREY] = INK_GREY,
};

/* ---- drawing ---- */

static void rect(const struct plot *p, struct item *it, double x, double y, double w, double h, enum ink ink)
{
	const struct point v[] = { { x, y }, { x + w, y }, { x + w, y + h }, { x, y + h } };

	if (w > 0 && h > 0)
		item_shape(p->f, it, v, 4, 0, ink);
}

static void stroke(const struct plot *p, struct item *it, struct point from, struct point to, double width,
    enum ink ink, bool dashed)
{
	const struct point v[] = { from, to };

	item_shape(p->f, it, v, 2, width, ink)->dashed = dashed;
}

/* The shape of TONE around X, Y: round, a square for red, a triangle for yellow. */
static void symbol(const struct plot *p, struct item *it, enum tone tone, double x, double y, double r,
    bool filled)
{
	struct point v[CIRCLE];
	size_t n = tone == TONE_RED ? 4 : tone == TONE_YELLOW ? 3 : CIRCLE;
	double turn = tone == TONE_RED ? M_PI / 4 : -M_PI / 2, grow = n == 3 ? 1.3 : n == 4 ? 1.2 : 1;

	for (size_t i = 0; i < n; i++) {
		double a = turn + 2 * M_PI * (double)i / (double)n;

		v[i] = (struct point){ x + grow * r * cos(a), y + grow * r * sin(a) };
	}
	item_shape(p->f, it, v, n, 0, filled ? inks[tone] : INK_WHITE);
	if (!filled)
		item_shape(p->f, it, v, n, fmax(0.9, r * (tone == TONE_RED ? 0.4 : 0.22)),
		    inks[tone])->closed = true;
	/* A printer without colours makes dots of them: a thin black line keeps the shape. */
	item_shape(p->f, it, v, n, OUTLINE, INK_BLACK)->closed = true;
}

/* TEXT on one line around the middle Y, in no more than ROOM (0: as wide as it is).  Returns its width. */
static double line_put(const struct plot *p, struct item *it, const char *text, double x, double y,
    double room, enum align align, bool strong, enum ink ink)
{
	enum type_role role = strong ? ROLE_HEI : ROLE_SONG;
	double size = p->c->size, width;
	struct cells c = { 0 };

	if (!text || !*text)
		return 0;
	cells_plain(p->f, &c, role, size, 0, text, p->c->line);
	width = line_width(&c, 0, c.n);
	if (room > 0 && width > room) {
		cells_free(&c);
		size = fmax(size * room / width * 0.99, 1);
		cells_plain(p->f, &c, role, size, 0, text, p->c->line);
		width = line_width(&c, 0, c.n);
	}
	x -= align == ALIGN_RIGHT ? width : align == ALIGN_CENTER ? width / 2 : 0;
	x = fmax(0, fmin(x, p->f->measure - width));
	item_text(p->f, it, &c, 0, c.n, x, y - size / 2 + baseline(size, size), 0)->ink = ink;
	cells_free(&c);
	return width;
}

static double width_of(const struct plot *p, const char *text, bool strong)
{
	struct cells c = { 0 };
	double w;

	cells_plain(p->f, &c, strong ? ROLE_HEI : ROLE_SONG, p->c->size, 0, text ? text : "", p->c->line);
	w = line_width(&c, 0, c.n);
	cells_free(&c);
	return w;
}

/* ---- labels at the left ---- */

struct label {
	struct cells cells;
	size_t *starts, n;
};

static void label_break(const struct plot *p, struct label *l, const struct point_row *row)
{
	struct measure_style style = { ROLE_SONG, ROLE_HEI, p->c->size, 0 };
	double room = p->left - SPACE - p->marks - p->says;

	l->cells.link = row->link;
	cells_add(&l->cells, p->f->metrics, &style, row->label ? row->label : "", row->strong, p->c->line);
	cells_finish(&l->cells, p->f->doc->keep, p->f->doc->n_keep);
	l->n = lines_break(&l->cells, room, room, BREAK_RAGGED, &l->starts);
}

static double label_height(const struct plot *p, const struct label *l)
{
	return fmax(p->c->size * ROW, (double)l->n * p->c->size * PITCH + p->c->size * (ROW - PITCH));
}

static void label_set(const struct plot *p, struct item *it, struct label *l)
{
	double pitch = p->c->size * PITCH, y = (it->height - (double)l->n * pitch) / 2;
	double room = p->left - SPACE - p->marks - p->says;

	for (size_t i = 0; i < l->n; i++, y += pitch)
		item_text(p->f, it, &l->cells, l->starts[i], l->starts[i + 1], p->marks,
		    y + baseline(pitch, p->c->size),
		    line_width(&l->cells, l->starts[i], l->starts[i + 1]) > room ? room : 0);
	free(l->starts);
	cells_free(&l->cells);
}

static double labels_width(const struct plot *p)
{
	double w = 0;

	for (size_t i = 0; i < p->c->n_rows; i++)
		w = fmax(w, width_of(p, p->c->rows[i].label, p->c->rows[i].strong));
	return fmin(w, (p->c->kind == CHART_NODES ? LABEL_NODES : LABEL_MOST) * p->f->measure) + SPACE;
}

/* A row's item, its label set. */
static struct item *row_item(const struct plot *p, const struct point_row *row, double least)
{
	struct label l = { .n = 0 };
	struct item *it;

	label_break(p, &l, row);
	it = flow_item(p->f, fmax(label_height(p, &l), least));
	it->head = p->head;
	label_set(p, it, &l);
	return it;
}

/* ---- scale ---- */

static void range_add(struct plot *p, double v)
{
	if (isfinite(v)) {
		p->low = fmin(p->low, v);
		p->high = fmax(p->high, v);
	}
}

static double x_of(const struct plot *p, double v)
{
	double span = p->high - p->low;

	return p->left + (span > 0 ? (v - p->low) / span : 0) * p->width;
}

/* ---- bars and bullets ---- */

static double after_width(const struct plot *p)
{
	double w = 0;

	for (size_t i = 0; i < p->c->n_rows; i++) {
		const struct point_row *r = &p->c->rows[i];

		w = fmax(w, width_of(p, r->says, r->strong) + width_of(p, r->word, false) + p->c->size * 2.2);
	}
	return fmin(w, p->f->measure * 0.35);
}

/* What stands after a bar: its figure; a mark's shape and word. */
static void after_set(const struct plot *p, struct item *it, const struct point_row *r, double x)
{
	double y = it->height / 2, room = p->f->measure - x;

	x += line_put(p, it, r->says, x, y, room * 0.75, ALIGN_LEFT, r->strong, INK_BLACK) + p->c->size * 0.7;
	if (!r->word || !*r->word)
		return;
	symbol(p, it, r->tone, x + p->c->size * 0.3, y, p->c->size * 0.36, r->tone != TONE_GREY);
	line_put(p, it, r->word, x + p->c->size * 0.85, y, 0, ALIGN_LEFT, false, INK_BLACK);
}

static void bar_row(const struct plot *p, const struct point_row *r)
{
	struct item *it = row_item(p, r, 0);
	double zero = x_of(p, 0), end = isfinite(r->value) ? x_of(p, r->value) : zero, h = it->height * 0.52;
	double thick = fmin(h, p->c->size * 1.1);

	rect(p, it, fmin(zero, end), (it->height - thick) / 2, fabs(end - zero), thick, inks[r->tone]);
	stroke(p, it, (struct point){ zero, 0 }, (struct point){ zero, it->height }, AXIS, INK_BLACK, false);
	after_set(p, it, r, fmax(zero, end) + SPACE / 1.5);
}

static void bullet_row(const struct plot *p, const struct point_row *r)
{
	struct item *it = row_item(p, r, 0);
	double zero = x_of(p, 0), y = it->height / 2, thick = p->c->size;

	rect(p, it, p->left, y - thick * 0.75, p->width, thick * 1.5, INK_LIGHT);
	if (isfinite(r->value))
		rect(p, it, fmin(zero, x_of(p, r->value)), y - thick * 0.32, fabs(x_of(p, r->value) - zero),
		    thick * 0.64, inks[r->tone]);
	if (isfinite(r->target))
		rect(p, it, x_of(p, r->target) - 1, y - thick * 0.68, 2, thick * 1.36, INK_BLACK);
	after_set(p, it, r, p->left + p->width + SPACE);
}

/* Above the first row: what the bar and the mark stand for. */
static void names_row(const struct plot *p)
{
	struct item *it;
	double x = p->left, y, size = p->c->size;

	if (!p->c->names[0] && !p->c->names[1])
		return;
	it = flow_item(p->f, size * ROW);
	it->keep_next = true;
	y = it->height / 2;
	if (p->c->names[0]) {
		rect(p, it, x, y - size * 0.32, size * 1.6, size * 0.64, INK_BLUE);
		x += size * 2;
		x += size * 1.5 +
		    line_put(p, it, p->c->names[0], x, y, p->width * 0.4, ALIGN_LEFT, false, INK_BLACK);
	}
	if (p->c->names[1]) {
		rect(p, it, x, y - size * 0.6, 2, size * 1.2, INK_BLACK);
		line_put(p, it, p->c->names[1], x + size * 0.6, y, p->width * 0.4, ALIGN_LEFT, false,
		    INK_BLACK);
	}
}

static void bars_flow(struct plot *p)
{
	p->left = labels_width(p);
	p->width = p->f->measure - p->left - after_width(p) - SPACE;
	for (size_t i = 0; i < p->c->n_rows; i++) {
		range_add(p, p->c->rows[i].value);
		range_add(p, p->c->rows[i].target);
	}
	if (p->c->kind == CHART_BULLET) {
		p->high *= 1.08;
		names_row(p);
	}
	for (size_t i = 0; i < p->c->n_rows; i++)
		(p->c->kind == CHART_BULLET ? bullet_row : bar_row)(p, &p->c->rows[i]);
}

/* ---- a line over time ---- */

static double y_of(const struct plot *p, double v, double top, double height)
{
	double span = p->high - p->low;

	return top + height - (span > 0 ? (v - p->low) / span : 0.5) * height;
}

/* X of row I's point. */
static double point_x(const struct plot *p, size_t i)
{
	double step = p->width / (double)p->c->n_rows;

	return p->left + step * ((double)i + 0.5);
}

static void series(const struct plot *p, struct item *it, bool target, double top, double height)
{
	const struct chart *c = p->c;
	struct point last = { 0, 0 };
	bool any = false;

	for (size_t i = 0; i < c->n_rows; i++) {
		double v = target ? c->rows[i].target : c->rows[i].value;
		struct point at = { point_x(p, i), isfinite(v) ? y_of(p, v, top, height) : 0 };

		if (!isfinite(v)) {
			any = false;
			continue;
		}
		if (any)
			stroke(p, it, last, at, target ? 0.8 : 1.6, target ? INK_BLACK : INK_BLUE, target);
		last = at;
		any = true;
	}
	for (size_t i = 0; i < c->n_rows; i++) {
		double v = target ? c->rows[i].target : c->rows[i].value;

		if (isfinite(v) && !target)
			symbol(p, it, TONE_PLAIN, point_x(p, i), y_of(p, v, top, height), 2.4, true);
	}
}

/* A point's figure on the side that the other line leaves free. */
static void point_says(const struct plot *p, struct item *it, size_t i, double top, double height)
{
	const struct point_row *r = &p->c->rows[i];
	double y, away = p->c->size * 0.95, room = p->width / (double)p->c->n_rows - 1;
	bool under;

	if (!isfinite(r->value))
		return;
	under = isfinite(r->target) && r->target > r->value;
	y = y_of(p, r->value, top, height) + (under ? away : -away);
	line_put(p, it, r->says, point_x(p, i), y, room, ALIGN_CENTER, r->strong, INK_BLACK);
}

/* The lines' names at their ends, kept apart. */
static void series_names(const struct plot *p, struct item *it, double top, double height)
{
	const struct chart *c = p->c;
	double y[2] = { NAN, NAN }, x = p->left + p->width, apart = c->size * 1.25;

	for (size_t i = 0; i < c->n_rows; i++) {
		if (isfinite(c->rows[i].value))
			y[0] = y_of(p, c->rows[i].value, top, height);
		if (isfinite(c->rows[i].target))
			y[1] = y_of(p, c->rows[i].target, top, height);
	}
	if (isfinite(y[0]) && isfinite(y[1]) && fabs(y[0] - y[1]) < apart) {
		double middle = (y[0] + y[1]) / 2, side = y[0] <= y[1] ? -1 : 1;

		y[0] = middle + side * apart / 2;
		y[1] = middle - side * apart / 2;
	}
	for (int k = 0; k < 2; k++)
		if (c->names[k] && isfinite(y[k]))
			line_put(p, it, c->names[k], x, y[k], p->f->measure - x, ALIGN_LEFT, k == 0,
			    k == 0 ? INK_BLUE : INK_BLACK);
}

static void line_flow(struct plot *p)
{
	const struct chart *c = p->c;
	struct item *it = flow_item(p->f, c->height);
	double names = fmax(c->names[0] ? width_of(p, c->names[0], true) : 0,
	    c->names[1] ? width_of(p, c->names[1], false) : 0);
	double top = c->size * 2, height = c->height - c->size * 5.2, margin;

	p->left = 0;
	p->width = p->f->measure - fmin(names, p->f->measure * 0.3) - SPACE;
	p->low = HUGE_VAL;
	p->high = -HUGE_VAL;
	for (size_t i = 0; i < c->n_rows; i++) {
		range_add(p, c->rows[i].value);
		range_add(p, c->rows[i].target);
	}
	margin = p->high > p->low ? 0.12 * (p->high - p->low) : 1;
	p->low -= margin;
	p->high += margin;
	for (int i = 0; i <= 2; i++)
		stroke(p, it, (struct point){ 0, top + height * i / 2 },
		    (struct point){ p->width, top + height * i / 2 }, 0.4, INK_LIGHT, false);
	stroke(p, it, (struct point){ 0, c->height - c->size * 1.9 },
	    (struct point){ p->width, c->height - c->size * 1.9 }, AXIS, INK_BLACK, false);
	series(p, it, true, top, height);
	series(p, it, false, top, height);
	for (size_t i = 0; i < c->n_rows; i++) {
		point_says(p, it, i, top, height);
		line_put(p, it, c->rows[i].label, point_x(p, i), c->height - c->size,
		    p->width / (double)c->n_rows - 2, ALIGN_CENTER, c->rows[i].strong, INK_BLACK);
	}
	series_names(p, it, top, height);
}

/* ---- heat table ---- */

/* The different texts of a chart's rows, in the order in which they come first. */
struct distinct {
	const char **v;
	size_t n;
};

static size_t distinct_find(const struct distinct *names, const char *s)
{
	size_t i = 0;

	while (i < names->n && strcmp(names->v[i], s) != 0)
		i++;
	return i;
}

static void distinct_take(struct distinct *names, const struct chart *c, bool columns)
{
	names->v = mem_zero(c->n_rows + 1, sizeof *names->v);
	for (size_t i = 0; i < c->n_rows; i++) {
		const char *s = columns ? c->rows[i].column : c->rows[i].label;

		if (s && distinct_find(names, s) == names->n)
			names->v[names->n++] = s;
	}
}

/* The columns' names, and that of a GROUP of rows, repeated on every page. */
static void columns_row(struct plot *p, const char *group, const char *const *v, size_t n)
{
	double step = p->width / fmax((double)n, 1);
	struct item *it = flow_item(p->f, p->c->size * ROW * (group ? 1.2 : 1));

	it->keep_next = true;
	if (group) {
		line_put(p, it, group, 0, it->height / 2, p->left - SPACE, ALIGN_LEFT, true, INK_BLACK);
		item_rule(it, 0, it->height - 1, p->f->measure, 1, INK_BLACK);
	}
	for (size_t i = 0; i < n; i++)
		line_put(p, it, v[i], p->left + step * ((double)i + 0.5), it->height / 2, step - 2,
		    ALIGN_CENTER, true, INK_BLACK);
	p->head = p->f->n;
}

/* A cell's ground: light to dark by its value, or pale with the shape of its tone. */
static void heat_cell(const struct plot *p, struct item *it, const struct point_row *r, double x, double w)
{
	double share = isfinite(r->value) && p->high > p->low ? (r->value - p->low) / (p->high - p->low) : 0;
	bool toned = r->tone != TONE_PLAIN, dark = !toned && share > 0.6;
	enum ink ink = toned ? INK_PALE : share > 0.6 ? INK_BLUE : share > 0.25 ? INK_LIGHT : INK_WHITE;
	const char *says = r->says ? r->says : r->word;
	double y = it->height / 2, at = x + w / 2, size = p->c->size;
	double room = w - 2 - (toned ? size * 1.4 : 0);

	if (isfinite(r->value) && ink != INK_PALE)
		rect(p, it, x + 0.5, 0.5, w - 1, it->height - 1, ink);
	if (toned) {
		at += size * 0.5;
		symbol(p, it, r->tone, at - fmin(width_of(p, says, r->strong), room) / 2 - size * 0.6, y,
		    size * 0.36, r->tone != TONE_GREY);
	}
	line_put(p, it, says, at, y, room, ALIGN_CENTER, r->strong, dark ? INK_WHITE : INK_BLACK);
}

static void heat_flow(struct plot *p)
{
	struct distinct rows = { 0 }, columns = { 0 };
	const struct chart *c = p->c;
	double step;

	distinct_take(&rows, c, false);
	distinct_take(&columns, c, true);
	p->left = labels_width(p);
	p->width = p->f->measure - p->left;
	p->low = HUGE_VAL;
	p->high = -HUGE_VAL;
	for (size_t i = 0; i < c->n_rows; i++)
		range_add(p, c->rows[i].value);
	columns_row(p, NULL, columns.v, columns.n);
	step = p->width / fmax((double)columns.n, 1);
	for (size_t r = 0; r < rows.n; r++) {
		struct item *it = NULL;

		for (size_t i = 0; i < c->n_rows; i++) {
			if (!c->rows[i].label || !c->rows[i].column ||
			    strcmp(c->rows[i].label, rows.v[r]) != 0)
				continue;
			if (!it)
				it = row_item(p, &c->rows[i], 0);
			heat_cell(p, it, &c->rows[i],
			    p->left + step * (double)distinct_find(&columns, c->rows[i].column), step);
		}
	}
	free(rows.v);
	free(columns.v);
}

/* ---- nodes over months ---- */

#define TODAY 3.0               /* width of the line for today */
#define LANES 8                 /* one above another in a row; what is more shares the last */

/* Where a node is drawn. */
struct node_place {
	double from, to;        /* with its name */
	size_t lane;
};

static struct node_place node_place(const struct plot *p, const struct point_row *r, double *ends,
    size_t *lanes)
{
	double radius = p->c->size * 0.45, a = isfinite(r->target) ? x_of(p, r->target) : HUGE_VAL;
	double b = isfinite(r->value) ? x_of(p, r->value) : a, wide;
	struct node_place at = { fmin(a, b) - radius, 0, 0 };

	if (!isfinite(a))
		a = b;
	wide = width_of(p, r->column, r->strong);
	at.to = fmax(a, b) + radius + 2 + wide;
	/* At the right edge its name would leave the page: it stands left of the node then. */
	if (at.to > p->f->measure) {
		at.to = fmax(a, b) + radius;
		at.from = fmax(at.from - wide - 2, p->left);
	}
	while (at.lane + 1 < LANES && ends[at.lane] > at.from)
		at.lane++;
	ends[at.lane] = at.to + 3;
	*lanes = at.lane + 1 > *lanes ? at.lane + 1 : *lanes;
	return at;
}

static void node_draw(const struct plot *p, struct item *it, const struct point_row *r,
    const struct node_place *at, double y)
{
	double radius = p->c->size * 0.4, a = x_of(p, r->target), b = x_of(p, r->value);

	if (isfinite(r->target) && isfinite(r->value) && fabs(a - b) > 2 * radius)
		stroke(p, it, (struct point){ a, y }, (struct point){ b, y }, 0.6, inks[r->tone], true);
	if (isfinite(r->target))
		symbol(p, it, r->tone, a, y, radius, false);
	if (isfinite(r->value))
		symbol(p, it, r->tone, b, y, radius, true);
	if (at->to - fmax(isfinite(a) ? a : b, isfinite(b) ? b : a) > radius * 2)
		line_put(p, it, r->column, at->to, y, 0, ALIGN_RIGHT, r->strong, INK_BLACK);
	else
		line_put(p, it, r->column, at->from, y, 0, ALIGN_LEFT, r->strong, INK_BLACK);
}

/* What stands beside a label: the shape of its mark with its word, and its figure at the drawing's edge. */
static void label_marks(const struct plot *p, struct item *it, const struct point_row *r)
{
	double y = it->height / 2, size = p->c->size;

	if (p->marks > 0 && r->word && *r->word) {
		symbol(p, it, r->mark, size * 0.5, y, size * 0.42, r->mark != TONE_GREY);
		line_put(p, it, r->word, size * 1.1, y, p->marks - size * 1.2, ALIGN_LEFT, r->strong,
		    INK_BLACK);
	}
	if (p->says > 0)
		line_put(p, it, r->says, p->left - SPACE, y, p->says, ALIGN_RIGHT, r->strong, INK_BLACK);
}

/* Rows FROM..TO are the nodes of one label. */
static void nodes_row(const struct plot *p, size_t from, size_t to)
{
	struct node_place *places = mem_zero(to - from, sizeof *places);
	double ends[LANES] = { 0 }, lane = p->c->size * 1.35, first;
	size_t lanes = 1;
	struct item *it;

	for (size_t i = from; i < to; i++)
		if (isfinite(p->c->rows[i].value) || isfinite(p->c->rows[i].target))
			places[i - from] = node_place(p, &p->c->rows[i], ends, &lanes);
	it = row_item(p, &p->c->rows[from], (double)lanes * lane + p->c->size * 0.5);
	label_marks(p, it, &p->c->rows[from]);
	for (size_t i = 0; i <= p->c->n_ticks; i++) {
		double x = p->left + p->width * (double)i / fmax((double)p->c->n_ticks, 1);

		stroke(p, it, (struct point){ x, 0 }, (struct point){ x, it->height }, 0.3, INK_LIGHT, false);
	}
	stroke(p, it, (struct point){ 0, it->height }, (struct point){ p->f->measure, it->height }, 0.3,
	    INK_GREY, false);
	if (isfinite(p->c->at))
		rect(p, it, x_of(p, p->c->at) - TODAY / 2, 0, TODAY, it->height, INK_LIGHT);
	first = (it->height - (double)lanes * lane) / 2 + lane / 2;
	for (size_t i = from; i < to; i++)
		if (isfinite(p->c->rows[i].value) || isfinite(p->c->rows[i].target))
			node_draw(p, it, &p->c->rows[i], &places[i - from],
			    first + (double)places[i - from].lane * lane);
	free(places);
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Left of the drawing: marks, labels, figures. */
static void nodes_measure(struct plot *p)
{
	for (size_t i = 0; i < p->c->n_rows; i++) {
		const struct point_row *r = &p->c->rows[i];

		if (r->word && *r->word)
			p->marks = fmax(p->marks, width_of(p, r->word, r->strong) + p->c->size * 1.6);
		if (r->says && *r->says)
			p->says = fmax(p->says, width_of(p, r->says, r->strong) + p->c->size * 0.5);
	}
	p->left = labels_width(p) + p->marks + p->says;
	p->width = p->f->measure - p->left;
	p->low = 0;
	p->high = fmax((double)p->c->n_ticks, 1);
}

static void nodes_flow(struct plot *p)
{
	const struct chart *c = p->c;

	nodes_measure(p);
	for (size_t i = 0, end; i < c->n_rows; i = end) {
		if (i == 0 || !same(c->rows[i].group, c->rows[i - 1].group))
			columns_row(p, c->rows[i].group, (const char *const *)c->ticks, c->n_ticks);
		for (end = i + 1; end < c->n_rows && c->rows[end].label && c->rows[i].label &&
		    strcmp(c->rows[end].label, c->rows[i].label) == 0;)
			end++;
		nodes_row(p, i, end);
	}
}

/* ---- the whole ---- */

void chart_flow(struct flow *f, const struct chart *c)
{
	struct plot p = { .f = f, .c = c };
	size_t tag = tag_open(f, TAG_FIGURE), first;

	if (c->n_rows == 0) {
		f->tag = tag;
		return;
	}
	f->pages->tags[f->tag].says = c->caption ? c->caption : "";
	caption_flow(f, c->caption, c->unit, c->line);
	first = f->n;
	if (c->kind == CHART_LINE)
		line_flow(&p);
	else if (c->kind == CHART_HEAT)
		heat_flow(&p);
	else if (c->kind == CHART_NODES)
		nodes_flow(&p);
	else
		bars_flow(&p);
	for (size_t i = first; i + 1 < f->n; i++)
		f->v[i].keep_next = f->v[i].keep_next || i < first + 2 || i + 2 == f->n;
	f->tag = tag;
	flow_item(f, GAP);
}
