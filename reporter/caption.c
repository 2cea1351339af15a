/*
 * caption - the line above a table or a chart, and what stands above a table's head where it goes on.
 */
#include <math.h>
#include <stdlib.h>

#include "flow.h"

#define CAPTION_SIZE 12.0
#define CAPTION_LINE 26.0
#define UNIT_LINE    19.0       /* a unit without a caption */
#define AGAIN_LINE   22.0       /* a caption said again */
#define UNIT_SIZE    10.5
#define HEADING_SIZE 16.0       /* of a heading that has a unit beside it */

/* On the baseline Y; a long caption goes to the left, out of the unit's way. */
static void caption_set(struct flow *f, struct item *it, const char *caption, const char *unit,
    enum align align, double y, int line)
{
	struct cells head = { 0 }, side = { 0 };
	double right = f->measure, wide;

	if (unit) {
		cells_plain(f, &side, ROLE_SONG, UNIT_SIZE, 0, unit, line);
		right -= line_width(&side, 0, side.n);
	}
	if (caption) {
		cells_plain(f, &head, ROLE_HEI, CAPTION_SIZE, 0, caption, line);
		wide = line_width(&head, 0, head.n);
		item_text(f, it, &head, 0, head.n, align == ALIGN_LEFT ? 0 :
		    fmax(fmin((f->measure - wide) / 2, right - CAPTION_SIZE - wide), 0), y, 0);
	}
	if (unit)
		item_text(f, it, &side, 0, side.n, right, y, 0);
	cells_free(&head);
	cells_free(&side);
}

void caption_flow(struct flow *f, const char *caption, const char *unit, int line)
{
	double height = caption ? CAPTION_LINE : UNIT_LINE;
	struct item *it;
	size_t tag;

	if (!caption && !unit)
		return;
	tag = tag_open(f, TAG_CAPTION);
	if (!caption && f->headed) {
		caption_set(f, &f->v[f->n - 1], NULL, unit, ALIGN_LEFT, baseline(LINE, HEADING_SIZE), line);
	} else {
		it = flow_item(f, height);
		it->keep_next = true;
		it->before = 6;
		caption_set(f, it, caption, unit, ALIGN_CENTER,
		    baseline(height, caption ? CAPTION_SIZE : UNIT_SIZE), line);
	}
	f->tag = tag;
}

void caption_again(struct flow *f, struct item *head, enum align align, const char *caption, const char *unit,
    int line)
{
	size_t tag = f->tag;
	struct item *it;

	if (!caption)
		return;
	vec_room(f->over, f->n_over, f->cap_over);
	it = &f->over[f->n_over++];
	*it = (struct item){ .height = AGAIN_LINE, .landscape = f->landscape };
	head->over = f->n_over;
	f->tag = 0;
	caption_set(f, it, caption, unit, align, baseline(AGAIN_LINE, CAPTION_SIZE), line);
	f->tag = tag;
}
