/*
 * plain - the pages as text, for tests and for reading in a terminal: lines from top
 * to bottom, boxes of a line at about their place, a form feed between pages.
 */
#include <math.h>
#include <stdlib.h>

#include "../common/text.h"
#include "pages.h"

#define SAME_LINE  3.0          /* baselines nearer than this are one line [pt] */
#define HALF_WIDTH 4.5          /* a column of the terminal where several boxes share a line [pt] */

struct placed {
	const struct box *box;
	double y;               /* what it is sorted by */
};

static int by_x(const void *a, const void *b)
{
	const struct placed *p = a, *q = b;

	return p->box->x < q->box->x ? -1 : p->box->x > q->box->x;
}

static int by_y(const void *a, const void *b)
{
	const struct placed *p = a, *q = b;

	return p->y < q->y ? -1 : p->y > q->y ? 1 : by_x(a, b);
}

static void box_print(const struct box *b, double left, double unit, size_t *column, struct buf *out)
{
	struct buf s = { 0 };
	double at = (b->x - left) / unit;
	size_t wanted = at > 0 ? (size_t)lround(at) : 0;

	for (size_t i = 0; i < b->n_glyphs; i++)
		utf8_put(&s, b->glyphs[i].cp);
	if (*column > 0 && wanted <= *column)
		wanted = *column + 1;
	for (; *column < wanted && !b->joins; (*column)++)
		buf_char(out, ' ');
	buf_str(out, buf_cstr(&s));
	*column += text_width((struct span){ s.s, s.len });
	buf_free(&s);
}

static void line_print(const struct placed *v, size_t n, double left, struct buf *out)
{
	size_t column = 0, texts = 0;

	for (size_t i = 0; i < n; i++)
		texts += !v[i].box->joins;
	for (size_t i = 0; i < n; i++)
		box_print(v[i].box, left, texts == 1 ? v[i].box->size / 2 : HALF_WIDTH, &column, out);
	buf_char(out, '\n');
}

/* Lines are found along y first, then each is sorted along x: a stable order whatever the boxes' was. */
static void page_print(const struct sheet *sheet, const struct page *page, struct buf *out)
{
	struct placed *v = mem_zero(page->n_boxes, sizeof *v);
	double left = floor(page->landscape ? sheet->height - AREA_TOP - sheet->area_height : AREA_LEFT);
	size_t n = 0;

	for (size_t i = 0; i < page->n_boxes; i++) {
		const struct box *b = &page->boxes[i];
		bool head = b->upright && b->y < sheet->height / 2;

		if (b->kind != BOX_TEXT || b->ink == INK_PALE)
			continue;
		/* On a landscape page the stamp comes first and the number last. */
		v[n++] = (struct placed){ b, page->landscape && b->upright ? (head ? 0 : sheet->height) :
		    b->y };
	}
	if (n > 0)
		qsort(v, n, sizeof *v, by_y);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && v[to].y - v[from].y < SAME_LINE;)
			v[to++].y = v[from].y;
		qsort(v + from, to - from, sizeof *v, by_x);
		line_print(v + from, to - from, left, out);
	}
	free(v);
}

void plain_make(const struct pages *pages, struct buf *out)
{
	for (size_t i = 0; i < pages->n; i++) {
		if (i > 0)
			buf_char(out, '\f');
		page_print(&pages->sheet, &pages->v[i], out);
	}
}
