/*
 * table - a table as rows of boxes: wrapped cells, thin rules, a head that is
 * repeated on every page, lines between groups of rows, cells that are one with those
 * above, totals carried from page to page.  A row is never divided.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"

#define PITCH        1.4        /* of lines, in sizes */
#define PAD_X        2.7
#define PAD_Y        2.5
#define RULE_THIN    0.5
#define RULE_THICK   1.0
#define GAP          8.0        /* after a table */
#define ROW_BESIDE   115.0      /* of a page's height, for the head and the caption beside one row */
#define KEEP_WHOLE   115.0      /* a table up to this height is not divided: less than a fifth of a page */
#define KEEP_ROWS    3          /* rows that a head keeps under it */
#define KEEP_HEIGHT  95.0       /* and no more of them than this */
#define CAPTION_MOST 40.0       /* of what a table with keep= has over it on its page */
#define DECIMALS     6          /* of carried totals */

struct grid {
	struct flow *f;
	const struct table *t;
	double *x;              /* N_COLUMNS + 1 edges */
	double  size;
	size_t  head;           /* 1 + index of the head's item, once it is there */
	struct total *totals;   /* a column, of the rows so far */
};

/* A carried total, in units of 10^-DECIMALS; printed with as many decimals as its figures have. */
struct total {
	int64_t sum;
	int     decimals;
};

/* One cell broken into lines. */
struct wrapped {
	struct cells cells;
	size_t *starts, n;
	double  x, width;
	enum align align;
};

static void wrap(const struct grid *g, struct wrapped *w, const char *text, bool strong)
{
	struct measure_style style = { ROLE_SONG, ROLE_HEI, g->size, 0 };

	cells_add(&w->cells, g->f->metrics, &style, text, strong, g->t->line);
	cells_finish(&w->cells, g->f->doc->keep, g->f->doc->n_keep);
	w->n = lines_break(&w->cells, w->width, w->width, BREAK_RAGGED, &w->starts);
}

static void wrapped_free(struct wrapped *w)
{
	cells_free(&w->cells);
	free(w->starts);
}

/* Lines that one row may have. */
static size_t row_most(const struct grid *g)
{
	const struct sheet *s = &g->f->pages->sheet;
	double height = g->f->landscape ? s->area_width : s->area_height;

	return (size_t)((height - ROW_BESIDE) / (g->size * PITCH));
}

static double column_width(const struct grid *g, size_t i)
{
	return fmax(g->x[i + 1] - g->x[i] - 2 * PAD_X, 1);
}

/* Whether TEXT has more than MOST lines in column I; only what may have so many is broken into them. */
static bool cell_is_taller(const struct grid *g, size_t i, const char *text, bool strong, size_t most)
{
	struct wrapped w = { .width = column_width(g, i) };
	bool is;

	if (2 * (double)strlen(text) * g->size / w.width + 1 <= (double)most)
		return false;
	wrap(g, &w, text, strong);
	is = w.n > most;
	wrapped_free(&w);
	return is;
}

/* Whether some row is taller than a page. */
static bool is_too_tall(const struct grid *g)
{
	const struct table *t = g->t;
	size_t n = t->n_columns, most = row_most(g);

	for (size_t i = 0; i < t->n_rows * n; i++)
		if (cell_is_taller(g, i % n, t->cells[i], t->strong[i / n], most))
			return true;
	return false;
}

static void edges_try(struct grid *g, double codes)
{
	size_t n = g->t->n_columns;
	double *widths = mem_zero(n, sizeof *widths);

	g->size = table_widths(g->f, g->t, PAD_X, codes, widths);
	for (size_t i = 0; i < n; i++)
		g->x[i + 1] = g->x[i] + widths[i] + 2 * PAD_X;
	free(widths);
}

/*
 * A long code in one column may leave so little to the text of another that a row is taller than a page: then
 * codes yield, no more of them than must.  Where that does not help either, they stay whole.
 */
static void edges_set(struct grid *g)
{
	static const double codes[] = { 0.25, 0.125, 0 };

	edges_try(g, CODES_WHOLE);
	if (!is_too_tall(g))
		return;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		edges_try(g, codes[i]);
		if (!is_too_tall(g))
			return;
	}
	edges_try(g, CODES_WHOLE);
}

/* Lines FROM..TO of W, in the middle of HEIGHT below TOP. */
static void wrapped_set(const struct grid *g, struct item *it, const struct wrapped *w, size_t from,
    size_t to,
    double top, double height)
{
	double pitch = g->size * PITCH, y = top + (height - (double)(to - from) * pitch) / 2;

	for (size_t i = from; i < to; i++) {
		size_t first = w->starts[i], end = w->starts[i + 1];
		double width = line_width(&w->cells, first, end), x = w->x;
		bool tight = width > w->width;

		width = fmin(width, w->width);
		if (w->align == ALIGN_RIGHT)
			x += w->width - width;
		else if (w->align == ALIGN_CENTER)
			x += (w->width - width) / 2;
		item_text(g->f, it, &w->cells, first, end, x, y + baseline(pitch, g->size),
		    tight ? w->width : 0);
		y += pitch;
	}
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
	return (double)(lines ? lines : 1) * g->size * PITCH + 2 * PAD_Y;
}

/* Row R as it is set. */
struct row {
	const struct grid *g;
	size_t r;
	struct wrapped *w;              /* a cell */
	bool  *merged;                  /* a cell: one with that above */
	bool  *open;                    /* a cell: one with that below */
	bool   last;                    /* of the table */
};

/* Whether cell I of row R is one with that above it: so are all merged cells left of it. */
static bool is_merged(const struct table *t, size_t r, size_t column)
{
	if (r == 0 || r >= t->n_rows || !t->columns[column].merge)
		return false;
	if (t->groups && t->groups[r] && (!t->groups[r - 1] || strcmp(t->groups[r], t->groups[r - 1]) != 0))
		return false;
	for (size_t i = 0; i <= column; i++)
		if (t->columns[i].merge && strcmp(t->cells[r * t->n_columns + i],
		    t->cells[(r - 1) * t->n_columns + i]) != 0)
			return false;
	return true;
}

/* How many rows cell I of row R goes down. */
static int rows_spanned(const struct table *t, size_t r, size_t column)
{
	int n = 1;

	while (is_merged(t, r + (size_t)n, column))
		n++;
	return n;
}

/* The rule below a row: left out inside merged cells, but not where the page ends. */
static void row_rule(const struct row *w, struct item *it, double y, bool last)
{
	const struct grid *g = w->g;
	size_t n = g->t->n_columns;

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && w->open[end] == w->open[i];)
			end++;
		if (!w->open[i])
			item_rule(it, g->x[i], y, g->x[end] - g->x[i], last ? RULE_THICK : RULE_THIN,
			    INK_BLACK);
		else
			it->close = g->f->measure;
	}
}

static void row_cell(const struct row *w, struct item *it, size_t i, size_t from, size_t to, double height)
{
	const struct grid *g = w->g;
	size_t before = it->n_boxes, tag = 0;

	if (!w->merged[i]) {
		tag = tag_open(g->f, TAG_TD);
		if (w->open[i])
			g->f->pages->tags[g->f->tag].rows = rows_spanned(g->t, w->r, i);
	}
	if (w->w[i].n > from)
		wrapped_set(g, it, &w->w[i], from, w->w[i].n < to ? w->w[i].n : to, 0, height);
	if (!w->merged[i]) {
		g->f->tag = tag;
		return;
	}
	for (size_t b = before; b < it->n_boxes; b++)
		it->boxes[b].only_top = true;
}

/* Lines FROM..TO of all cells as one item. */
static void part_flow(const struct row *w, size_t from, size_t to, size_t lines)
{
	const struct grid *g = w->g;
	double height = lines_height(g, to - from);
	struct item *it = flow_item(g->f, height);
	size_t n = g->t->n_columns, tag = tag_open(g->f, TAG_TR);

	it->head = g->head;
	if (from == 0 && g->t->ids)
		it->id = g->t->ids[w->r];
	for (size_t i = 0; i < n; i++)
		row_cell(w, it, i, from, to, height);
	uprights(g, it, 0, n, 0, height);
	row_rule(w, it, height, w->last && to == lines);
	g->f->tag = tag;
}

/*
 * One row, never divided, but for a row that no page could hold: better in parts than
 * cut off.
 */
static void row_flow(const struct grid *g, size_t r)
{
	const struct table *t = g->t;
	size_t n = t->n_columns, lines = 1, most;
	struct row w = { .g = g, .r = r, .last = r + 1 == t->n_rows };

	w.w = mem_zero(n, sizeof *w.w);
	w.merged = mem_zero(2 * n, sizeof *w.merged);
	w.open = w.merged + n;
	for (size_t i = 0; i < n; i++) {
		w.w[i].x = g->x[i] + PAD_X;
		w.w[i].width = column_width(g, i);
		w.w[i].align = t->columns[i].align;
		w.w[i].cells.link = t->links ? t->links[r * n + i] : NULL;
		wrap(g, &w.w[i], t->cells[r * n + i], t->strong[r]);
		lines = w.w[i].n > lines ? w.w[i].n : lines;
		w.merged[i] = is_merged(t, r, i);
		w.open[i] = is_merged(t, r + 1, i);
	}
	most = row_most(g);
	for (size_t from = 0; from < lines; from += most)
		part_flow(&w, from, lines - from > most ? from + most : lines, lines);
	for (size_t i = 0; i < n; i++)
		wrapped_free(&w.w[i]);
	free(w.w);
	free(w.merged);
}

static bool group_begins(const struct table *t, size_t r)
{
	return t->groups && t->groups[r] &&
	    (r == 0 || !t->groups[r - 1] || strcmp(t->groups[r], t->groups[r - 1]) != 0);
}

/* A line of its own over the rows of a group, of which it keeps two under it. */
static void group_flow(const struct grid *g, const char *text)
{
	struct wrapped w = { .x = PAD_X, .width = g->f->measure - 2 * PAD_X };
	size_t tag = tag_open(g->f, TAG_TR), row;
	struct item *it;

	wrap(g, &w, text, true);
	it = flow_item(g->f, lines_height(g, w.n));
	it->head = g->head;
	it->keep_next = true;
	it->names = true;
	row = tag_open(g->f, TAG_TH);
	g->f->pages->tags[g->f->tag].columns = (int)g->t->n_columns;
	wrapped_set(g, it, &w, 0, w.n, 0, it->height);
	g->f->tag = row;
	item_rule(it, -RULE_THICK / 2, 0, RULE_THICK, it->height, INK_BLACK);
	item_rule(it, g->f->measure - RULE_THICK / 2, 0, RULE_THICK, it->height, INK_BLACK);
	item_rule(it, 0, it->height, g->f->measure, RULE_THIN, INK_BLACK);
	g->f->tag = tag;
	wrapped_free(&w);
}

/* ---- carried totals ---- */

/* The figure a cell prints, in units of 10^-DECIMALS.  False: it is none. */
static bool figure_of(const char *s, int64_t *out, int *decimals)
{
	int64_t v = 0;
	bool minus = false, point = false;
	int n = 0, digits = 0;

	if (strncmp(s, "\xe2\x88\x92", 3) == 0 || *s == '-') {
		minus = true;
		s += *s == '-' ? 1 : 3;
	} else if (*s == '+') {
		s++;
	}
	for (; *s; s++) {
		if (*s == ',')
			continue;
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (*s < '0' || *s > '9' || ++digits > 15 || (point && ++n > DECIMALS))
			return false;
		v = v * 10 + (*s - '0');
	}
	*decimals = n;
	for (; n < DECIMALS && v < INT64_MAX / 10; n++)
		v *= 10;
	*out = minus ? -v : v;
	return digits > 0 && n == DECIMALS;
}

static void total_print(const struct total *t, struct buf *out)
{
	uint64_t v = t->sum < 0 ? 0 - (uint64_t)t->sum : (uint64_t)t->sum, unit = 1;

	for (int i = 0; i < DECIMALS; i++)
		unit *= 10;
	if (t->sum < 0)
		buf_str(out, "\xe2\x88\x92");
	buf_fmt(out, "%llu", (unsigned long long)(v / unit));
	if (t->decimals > 0) {
		char digits[24];

		snprintf(digits, sizeof digits, ".%06llu", (unsigned long long)(v % unit));
		buf_add(out, digits, (size_t)t->decimals + 1);
	}
}

/* TEXT on one line between FROM and TO, smaller where it must be. */
static void carried_text(const struct grid *g, struct item *it, const char *text, double from, double to,
    enum align align)
{
	double room = fmax(to - from - 2 * PAD_X, 1), wide, x = from + PAD_X, pitch = g->size * PITCH;
	struct cells c = { 0 };

	cells_plain(g->f, &c, ROLE_HEI, g->size, 0, text, g->t->line);
	wide = line_width(&c, 0, c.n);
	if (wide > room) {
		cells_free(&c);
		cells_plain(g->f, &c, ROLE_HEI, g->size * room / wide * 0.99, 0, text, g->t->line);
		wide = line_width(&c, 0, c.n);
	}
	x += align == ALIGN_RIGHT ? room - wide : align == ALIGN_CENTER ? (room - wide) / 2 : 0;
	item_text(g->f, it, &c, 0, c.n, x, it->height / 2 - pitch / 2 + baseline(pitch, g->size), 0);
	cells_free(&c);
}

/* The totals so far as a row, with WORDS in the first columns that are not summed. */
static void carried_set(const struct grid *g, struct item *it, const char *words)
{
	const struct table *t = g->t;
	size_t n = t->n_columns, first = 0, end;

	*it = (struct item){ .height = lines_height(g, 1), .landscape = g->f->landscape };
	while (first < n && t->columns[first].carry)
		first++;
	for (end = first; end < n && !t->columns[end].carry;)
		end++;
	if (first < n)
		carried_text(g, it, words, g->x[first], g->x[end], ALIGN_LEFT);
	for (size_t i = 0; i < n; i++) {
		struct buf text = { 0 };

		if (!t->columns[i].carry)
			continue;
		total_print(&g->totals[i], &text);
		carried_text(g, it, buf_cstr(&text), g->x[i], g->x[i + 1], t->columns[i].align);
		buf_free(&text);
	}
	uprights(g, it, 0, first < n ? first : n, 0, it->height);
	uprights(g, it, end, n, 0, it->height);
	item_rule(it, 0, it->height, g->f->measure, RULE_THIN, INK_BLACK);
}

/* After row R: its figures are counted in, and what a page's end would carry is set ready. */
static void carry_flow(const struct grid *g, size_t r)
{
	const struct table *t = g->t;
	struct flow *f = g->f;
	size_t tag = f->tag;
	struct carried *c;

	if (!t->carry_down || !t->carry_up)
		return;
	for (size_t i = 0; i < t->n_columns; i++) {
		int64_t v;
		int decimals;

		if (!t->columns[i].carry || !figure_of(t->cells[r * t->n_columns + i], &v, &decimals) ||
		    __builtin_add_overflow(g->totals[i].sum, v, &g->totals[i].sum))
			continue;
		if (decimals > g->totals[i].decimals)
			g->totals[i].decimals = decimals;
	}
	if (r + 1 == t->n_rows)
		return;
	vec_room(f->carried, f->n_carried, f->cap_carried);
	c = &f->carried[f->n_carried++];
	f->tag = 0;
	carried_set(g, &c->down, t->carry_down);
	carried_set(g, &c->up, t->carry_up);
	f->tag = tag;
	f->v[f->n - 1].carry = f->n_carried;
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
	w->width = fmax(g->x[to] - g->x[from] - 2 * PAD_X, 1);
	w->align = ALIGN_CENTER;
	wrap(g, w, text, true);
}

/* The head's cells, wrapped, and the heights of its two rows. */
struct head {
	struct wrapped *own, *group;
	double upper, lower, height;
};

static void head_measure(const struct grid *g, struct head *h)
{
	const struct table *t = g->t;
	double single = 0;

	for (size_t i = 0; i < t->n_columns; i++) {
		head_cell(g, &h->own[i], i, i + 1, t->columns[i].title);
		if (t->columns[i].group)
			h->lower = fmax(h->lower, lines_height(g, h->own[i].n));
		else
			single = fmax(single, lines_height(g, h->own[i].n));
	}
	for (size_t i = 0; i < t->n_columns; i = group_end(t, i)) {
		if (!t->columns[i].group)
			continue;
		head_cell(g, &h->group[i], i, group_end(t, i), t->columns[i].group);
		h->upper = fmax(h->upper, lines_height(g, h->group[i].n));
	}
	h->height = fmax(single, h->upper + h->lower);
	h->upper = h->height - h->lower;
}

static void head_text(const struct grid *g, struct item *it, const struct wrapped *w, double top,
    double height, int columns, int rows)
{
	size_t tag = tag_open(g->f, TAG_TH);

	g->f->pages->tags[g->f->tag].columns = columns;
	g->f->pages->tags[g->f->tag].rows = rows;
	wrapped_set(g, it, w, 0, w->n, top, height);
	g->f->tag = tag;
}

/* The upper row, or the only one, then the lower: in the order they are read in. */
static void head_set(const struct grid *g, struct item *it, const struct head *h)
{
	const struct table *t = g->t;
	size_t tag = tag_open(g->f, TAG_TR);
	int rows = h->lower > 0 ? 2 : 0;

	for (size_t i = 0; i < t->n_columns; i = group_end(t, i)) {
		if (t->columns[i].group)
			head_text(g, it, &h->group[i], 0, h->upper, (int)(group_end(t, i) - i), 0);
		else
			head_text(g, it, &h->own[i], 0, h->height, 0, rows);
	}
	g->f->tag = tag;
	if (h->lower <= 0)
		return;
	tag_open(g->f, TAG_TR);
	for (size_t i = 0; i < t->n_columns; i++)
		if (t->columns[i].group)
			head_text(g, it, &h->own[i], h->upper, h->lower, 0, 0);
	g->f->tag = tag;
}

static void head_rules(const struct grid *g, struct item *it, const struct head *h)
{
	const struct table *t = g->t;

	item_rule(it, 0, 0, g->f->measure, RULE_THICK, INK_BLACK);
	for (size_t i = 0; i < t->n_columns; i++) {
		bool inside = i > 0 && group_end(t, i - 1) > i;

		uprights(g, it, i, i, inside ? h->upper : 0, inside ? h->lower : h->height);
		if (h->group[i].starts)
			item_rule(it, g->x[i], h->upper, g->x[group_end(t, i)] - g->x[i], RULE_THIN,
			    INK_BLACK);
	}
	uprights(g, it, t->n_columns, t->n_columns, 0, h->height);
	item_rule(it, 0, h->height, g->f->measure, RULE_THIN, INK_BLACK);
}

static void head_flow(const struct grid *g)
{
	const struct table *t = g->t;
	struct head h = { mem_zero(t->n_columns, sizeof(struct wrapped)),
	    mem_zero(t->n_columns, sizeof(struct wrapped)), 0, 0, 0 };
	struct item *it;

	head_measure(g, &h);
	it = flow_item(g->f, h.height);
	it->before = t->caption || t->unit ? 0 : GAP / 2;
	it->keep_next = true;
	head_set(g, it, &h);
	head_rules(g, it, &h);
	caption_again(g->f, it, t->caption ? ALIGN_CENTER : ALIGN_LEFT, t->again, t->unit, t->line);
	for (size_t i = 0; i < t->n_columns; i++) {
		wrapped_free(&h.own[i]);
		wrapped_free(&h.group[i]);
	}
	free(h.own);
	free(h.group);
}

/*
 * A small table stays whole, one with KEEP too if a page can hold it; of a large one a head
 * keeps some rows under it, and no page has only the last one or two.
 */
static void rows_keep(struct flow *f, size_t head, bool keep)
{
	const struct sheet *sheet = &f->pages->sheet;
	double height = 0, page = f->landscape ? sheet->area_width : sheet->area_height;
	size_t last = f->n - 1, first = head, rows = 0;

	for (size_t i = head; i <= last; i++) {
		height += f->v[i].height;
		rows += i > head && !f->v[i].names;
		if (rows <= KEEP_ROWS && !f->v[i].names && height - f->v[head].height <= KEEP_HEIGHT)
			first = i;
	}
	first = first > head + 1 ? first : head + 2;
	keep = keep && height + CAPTION_MOST <= page;
	for (size_t i = head; i < last; i++) {
		f->v[i].whole = keep;
		f->v[i].keep_next = f->v[i].keep_next || keep || height <= KEEP_WHOLE || i < first ||
		    i + KEEP_ROWS > last;
	}
}

void table_flow(struct flow *f, const struct table *t)
{
	struct grid g = { .f = f, .t = t };
	size_t tag = tag_open(f, TAG_TABLE), part;

	g.x = mem_zero(t->n_columns + 1, sizeof *g.x);
	g.totals = mem_zero(t->n_columns, sizeof *g.totals);
	edges_set(&g);
	caption_flow(f, t->caption, t->unit, t->line);
	part = tag_open(f, TAG_THEAD);
	head_flow(&g);
	g.head = f->n;
	f->tag = part;
	tag_open(f, TAG_TBODY);
	for (size_t r = 0; r < t->n_rows; r++) {
		bool begins = group_begins(t, r);

		if (begins && *t->groups[r])
			group_flow(&g, t->groups[r]);
		row_flow(&g, r);
		f->v[f->n - 1].keep_next = begins && r + 1 < t->n_rows && !group_begins(t, r + 1);
		carry_flow(&g, r);
	}
	rows_keep(f, g.head - 1, t->keep);
	f->tag = tag;
	flow_item(f, GAP);
	free(g.x);
	free(g.totals);
}
