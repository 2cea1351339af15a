/*
 * weeklist - a JSON array of flat objects, one a week, oldest first: what a row carries of its past, so that
 * a fold needs no week but the last.  Read where it lies; numbers, texts without escapes, true, false and
 * null.
 */
#ifndef ZB_WEEKLIST_H
#define ZB_WEEKLIST_H

#include <stdbool.h>

#include "buf.h"
#include "text.h"

/* The objects, braces included, as pieces of the text that was read. */
struct weeklist {
	struct span *v;
	size_t n, cap;
};

/* TEXT must outlive the list.  -1: it is no such array; the list is then empty. */
int  weeklist_read(struct weeklist *list, struct span text);
/*
 * OBJECT behind the list, and the oldest out where there would be more than MOST (1 or more): as text, added
 * to TEXT, which is empty; the list is then of TEXT.  -1: OBJECT is no flat object, and nothing is changed.
 */
int  weeklist_add(struct weeklist *list, struct span object, size_t most, struct buf *text);
void weeklist_free(struct weeklist *list);
/*
 * The value of NAME in OBJECT as it is written, quotes included, in *VALUE.  false: there is none, or it
 * is null.
 */
bool weeklist_value(struct span object, struct span name, struct span *value);

#endif
