/*
 * boxcheck - whether any texts of a page overlap, or leave its type area.  What layout
 * promises, asked of its result.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../common/text.h"
#include "pages.h"

#define SLACK     0.6           /* [pt] */
#define ASCENT    0.80          /* of a text's size: what its ink covers over and under the baseline */
#define DESCENT   0.10

struct area {
	double left, top, right, bottom;
	const struct box *box;
};

static struct area area_of(const struct box *b)
{
	return (struct area){ b->x, b->y - ASCENT * b->size, b->x + b->width, b->y + DESCENT * b->size, b };
}

static int by_top(const void *a, const void *b)
{
	const struct area *x = a, *y = b;

	return x->top < y->top ? -1 : x->top > y->top ? 1 : x->left < y->left ? -1 : x->left > y->left;
}

static void complain(struct buf *says, size_t page, const struct area *a, const char *what)
{
	buf_fmt(says, "page %zu: \"", page + 1);
	for (size_t i = 0; i < a->box->n_glyphs && i < 12; i++)
		utf8_put(says, a->box->glyphs[i].cp);
	buf_fmt(says, "\" at %.1f, %.1f %s\n", a->left, a->bottom, what);
}

static size_t page_check(const struct sheet *s, const struct page *page, size_t no, struct buf *says)
{
	double left = page->landscape ? s->height - AREA_TOP - s->area_height : AREA_LEFT;
	double top = page->landscape ? AREA_LEFT : AREA_TOP;
	double right = left + (page->landscape ? s->area_height : s->area_width);
	double bottom = top + (page->landscape ? s->area_width : s->area_height);
	struct area *v = mem_zero(page->n_boxes + 1, sizeof *v);
	size_t n = 0, wrong = 0;

	for (size_t i = 0; i < page->n_boxes; i++)
		if (page->boxes[i].kind == BOX_TEXT && !page->boxes[i].upright && page->boxes[i].n_glyphs > 0)
			v[n++] = area_of(&page->boxes[i]);
	if (n > 0)
		qsort(v, n, sizeof *v, by_top);
	for (size_t i = 0; i < n; i++) {
		/* A masthead's mark stands above the type area. */
		if (v[i].left < left - SLACK || v[i].right > right + SLACK || v[i].bottom > bottom + SLACK ||
		    v[i].top < top - LINE) {
			complain(says, no, &v[i], "leaves the type area");
			wrong++;
		}
		for (size_t k = i + 1; k < n && v[k].top < v[i].bottom - SLACK; k++)
			if (v[k].left < v[i].right - SLACK && v[i].left < v[k].right - SLACK) {
				complain(says, no, &v[i], "is overlapped");
				wrong++;
			}
	}
	free(v);
	return wrong;
}

size_t pages_check(const struct pages *p, struct buf *says)
{
	size_t wrong = 0;

	for (size_t i = 0; i < p->n; i++)
		wrong += page_check(&p->sheet, &p->v[i], i, says);
	return wrong;
}
