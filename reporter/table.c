/*
 * table - a table as rows of boxes: wrapped cells, thin rules, a head that is
 * repeated on every page.  A row is never divided.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reporter.h"

#define PITCH        1.4        /* of lines, in sizes */
#define PAD_X        2.0
#define PAD_Y        2.5
#define RULE_THIN    0.5
#define RULE_THICK   1.0
#define CAPTION_SIZE 12.0
#define CAPTION_LINE 26.0
#define UNIT_SIZE    10.5
#define GAP          8.0        /* after a table */
#define ROW_MAX      520.0      /* of a page's height, for one row beside the head */
#define ROW_MAX_LANDSCAPE 330.0
#define KEEP_WHOLE   190.0      /* a table up to this height is not divided: less than a third of a page */

struct grid {
	struct flow *f;
	const struct table *t;
	double *x;              /* N_COLUMNS + 1 edges */
	size_t  head;           /* 1 + index of the head's item, once it is there */
};

/* Widths in em as they are, if they fit; shares divide what is left. */
static void edges_set(struct grid *g)
{
	const struct table *t = g->t;
	double fixed = 0, shares = 0, scale;

	for (size_t i = 0; i < t->n_columns; i++) {
		fixed += t->columns[i].em * t->size + (t->columns[i].em > 0 ? 2 * PAD_X : 0);
		shares += t->columns[i].share;
	}
	scale = shares > 0 ? fmin(1, g->f->measure * 0.92 / fmax(fixed, 1)) : g->f->measure / fmax(fixed, 1);
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];
		double w = c->em > 0 ? (c->em * t->size + 2 * PAD_X) * scale :
		    (g->f->measure - fixed * scale) * c->share / fmax(shares, 1e-9);

		g->x[i + 1] = g->x[i] + w;
	}
}

/* One cell broken into lines. */
struct wrapped {
	struct cells cells;
	size_t *starts, n;
	double  x, width;
	enum align align;
};

static void wrap(const struct grid *g, struct wrapped *w, const char *text, bool strong)
{
	struct measure_style style = { ROLE_SONG, ROLE_HEI, g->t->size, 0 };

	cells_add(&w->cells, g->f->metrics, &style, text, strong, g->t->line);
	cells_finish(&w->cells, g->f->doc->keep, g->f->doc->n_keep);
	w->n = lines_break(&w->cells, w->width, w->width, BREAK_RAGGED, &w->starts);
}

/* Lines FROM..TO of W, in the middle of HEIGHT below TOP. */
static void wrapped_set(const struct grid *g, struct item *it, const struct wrapped *w, size_t from,
    size_t to,
    double top, double height)
{
	double pitch = g->t->size * PITCH, y = top + (height - (double)(to - from) * pitch) / 2;

	for (size_t i = from; i < to; i++) {
		size_t first = w->starts[i], end = w->starts[i + 1];
		double width = line_width(&w->cells, first, end), x = w->x;

		if (width > w->width && end > first)
			width -= w->cells.v[end - 1].tail;
		if (w->align == ALIGN_RIGHT)
			x += w->width - width;
		else if (w->align == ALIGN_CENTER)
			x += (w->width - width) / 2;
		item_text(g->f, it, &w->cells, first, end, x, y + baseline(pitch, g->t->size), 0);
		y += pitch;
	}
}

static void wrapped_free(struct wrapped *w)
{
	cells_free(&w->cells);
	free(w->starts);
}

static void uprights(const struct grid *g, struct item *it, size_t from, size_t to, double top, double height)
{
	for (size_t i = from; i <= to; i++) {
		bool edge = i == 0 || i == g->t->n_columns;
		double w = edge ? RULE_THICK : RULE_THIN;

		item_rule(it, g->x[i] - w / 2, top, w, height, INK_BLACK);
	}
}

static double lines_height(const struct grid *g, size_t lines)
{
	return (double)(lines ? lines : 1) * g->t->size * PITCH + 2 * PAD_Y;
}

/* Lines FROM..TO of all cells as one item; LAST: the table's last rule is below it. */
static void part_flow(const struct grid *g, const struct wrapped *w, size_t from, size_t to, bool last)
{
	double height = lines_height(g, to - from);
	struct item *it = flow_item(g->f, height);
	size_t n = g->t->n_columns;

	it->head = g->head;
	for (size_t i = 0; i < n; i++)
		if (w[i].n > from)
			wrapped_set(g, it, &w[i], from, w[i].n < to ? w[i].n : to, 0, height);
	uprights(g, it, 0, n, 0, height);
	item_rule(it, 0, height, g->f->measure, last ? RULE_THICK : RULE_THIN, INK_BLACK);
}

/*
 * One row; LAST is the table's last.  Never divided, but for a row that no page
 * could hold: better in parts than cut off.
 */
static void row_flow(const struct grid *g, char *const *texts, bool strong, bool last)
{
	size_t n = g->t->n_columns, lines = 1, most;
	struct wrapped *w = mem_zero(n, sizeof *w);

	for (size_t i = 0; i < n; i++) {
		w[i].x = g->x[i] + PAD_X;
		w[i].width = fmax(g->x[i + 1] - g->x[i] - 2 * PAD_X, g->t->size);
		w[i].align = g->t->columns[i].align;
		wrap(g, &w[i], texts[i], strong);
		lines = w[i].n > lines ? w[i].n : lines;
	}
	most = (size_t)((g->f->landscape ? ROW_MAX_LANDSCAPE : ROW_MAX) / (g->t->size * PITCH));
	for (size_t from = 0; from < lines; from += most) {
		size_t to = lines - from > most ? from + most : lines;

		part_flow(g, w, from, to, last && to == lines);
	}
	for (size_t i = 0; i < n; i++)
		wrapped_free(&w[i]);
	free(w);
}

/* ---- the head: one row, or two where neighbours have a common group ---- */

static size_t group_end(const struct table *t, size_t i)
{
	size_t j = i + 1;

	while (t->columns[i].group && j < t->n_columns && t->columns[j].group &&
	    strcmp(t->columns[i].group, t->columns[j].group) == 0)
		j++;
	return j;
}

static void head_cell(const struct grid *g, struct wrapped *w, size_t from, size_t to, const char *text)
{
	w->x = g->x[from] + PAD_X;
	w->width = fmax(g->x[to] - g->x[from] - 2 * PAD_X, g->t->size);
	w->align = ALIGN_CENTER;
	wrap(g, w, text, true);
}

static void head_flow(const struct grid *g)
{
	const struct table *t = g->t;
	struct wrapped *own = mem_zero(t->n_columns, sizeof *own), *group = mem_zero(t->n_columns,
	    sizeof *group);
	double lower = 0, upper = 0, single = 0, height;
	struct item *it;

	for (size_t i = 0; i < t->n_columns; i++) {
		head_cell(g, &own[i], i, i + 1, t->columns[i].title);
		if (t->columns[i].group)
			lower = fmax(lower, lines_height(g, own[i].n));
		else
			single = fmax(single, lines_height(g, own[i].n));
	}
	for (size_t i = 0; i < t->n_columns; i = group_end(t, i)) {
		if (!t->columns[i].group)
			continue;
		head_cell(g, &group[i], i, group_end(t, i), t->columns[i].group);
		upper = fmax(upper, lines_height(g, group[i].n));
	}
	height = fmax(single, upper + lower);
	it = flow_item(g->f, height);
	it->before = t->caption || t->unit ? 0 : GAP / 2;
	item_rule(it, 0, 0, g->f->measure, RULE_THICK, INK_BLACK);
	for (size_t i = 0; i < t->n_columns; i++) {
		bool grouped = t->columns[i].group != NULL, inside = i > 0 && group_end(t, i - 1) > i;

		wrapped_set(g, it, &own[i], 0, own[i].n, grouped ? height - lower : 0, grouped ? lower :
		    height);
		uprights(g, it, i, i, inside ? height - lower : 0, inside ? lower : height);
		if (group[i].starts) {
			wrapped_set(g, it, &group[i], 0, group[i].n, 0, height - lower);
			item_rule(it, g->x[i], height - lower, g->x[group_end(t, i)] - g->x[i], RULE_THIN,
			    INK_BLACK);
		}
	}
	uprights(g, it, t->n_columns, t->n_columns, 0, height);
	item_rule(it, 0, height, g->f->measure, RULE_THIN, INK_BLACK);
	it->keep_next = true;
	for (size_t i = 0; i < t->n_columns; i++) {
		wrapped_free(&own[i]);
		wrapped_free(&group[i]);
	}
	free(own);
	free(group);
}

static void caption_flow(const struct grid *g)
{
	struct measure_style big = { ROLE_HEI, ROLE_HEI, CAPTION_SIZE, 0 }, small = { ROLE_SONG, ROLE_HEI,
	    UNIT_SIZE, 0 };
	const struct table *t = g->t;
	struct item *it;
	struct cells c = { 0 };

	if (!t->caption && !t->unit)
		return;
	it = flow_item(g->f, CAPTION_LINE);
	it->keep_next = true;
	it->before = 6;
	if (t->caption) {
		cells_add(&c, g->f->metrics, &big, t->caption, false, t->line);
		cells_finish(&c, NULL, 0);
		item_text(g->f, it, &c, 0, c.n, (g->f->measure - line_width(&c, 0, c.n)) / 2,
		    baseline(CAPTION_LINE, CAPTION_SIZE), 0);
		cells_free(&c);
	}
	if (t->unit) {
		cells_add(&c, g->f->metrics, &small, t->unit, false, t->line);
		cells_finish(&c, NULL, 0);
		item_text(g->f, it, &c, 0, c.n, g->f->measure - line_width(&c, 0, c.n),
		    baseline(CAPTION_LINE, CAPTION_SIZE), 0);
		cells_free(&c);
	}
}

/* A small table stays whole; of a large one no page has only the first or the last row. */
static void rows_keep(struct flow *f, size_t head)
{
	double height = 0;
	size_t last = f->n - 1;

	for (size_t i = head; i <= last; i++)
		height += f->v[i].height;
	for (size_t i = head; i < last; i++)
		f->v[i].keep_next = height <= KEEP_WHOLE || i <= head + 1 || i + 1 == last;
}

void table_flow(struct flow *f, const struct table *t)
{
	struct grid g = { f, t, mem_zero(t->n_columns + 1, sizeof(double)), 0 };

	edges_set(&g);
	caption_flow(&g);
	head_flow(&g);
	g.head = f->n;
	for (size_t r = 0; r < t->n_rows; r++)
		row_flow(&g, t->cells + r * t->n_columns, t->strong[r], r + 1 == t->n_rows);
	rows_keep(f, g.head - 1);
	flow_item(f, GAP);
	free(g.x);
}
