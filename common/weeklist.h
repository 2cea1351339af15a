/*
 * weeklist - a JSON array of flat objects, one a week, oldest first: what a row carries of its past, so that
 * a fold needs no week but the last.  Read where it lies; numbers, texts without escapes, true, false and
 * null.
 */
#ifndef ZB_WEEKLIST_H
#define ZB_WEEKLIST_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "text.h"

/* A name, without its quotes, and its value as it is written, by their places in the object. */
struct weekmember {
	uint32_t name, name_n, value, value_n;
};

/* An object, braces included, as a piece of the text that was read. */
struct weekobject {
	struct span text;
	size_t first, n;                /* of the members */
};

/* The members are found once, when the list is read: a measure asks one list several questions. */
struct weeklist {
	struct weekobject *v;
	size_t n, cap;
	struct weekmember *members;
	size_t n_members, cap_members;
};

/* TEXT, of less than 4 GB, must outlive the list.  -1: it is no such array; the list is then empty. */
int  weeklist_read(struct weeklist *list, struct span text);
/*
 * OBJECT behind the list, and the oldest out where there would be more than MOST (1 or more): as text, added
 * to TEXT, which is empty; the list is then of TEXT.  -1: OBJECT is no flat object, and nothing is changed.
 */
int  weeklist_add(struct weeklist *list, struct span object, size_t most, struct buf *text);
void weeklist_free(struct weeklist *list);
/*
 * The first value of NAME in the object at I as it is written, quotes included, in *VALUE.  false: there is
 * none, or it is null.
 */
bool weeklist_value(const struct weeklist *list, size_t i, struct span name, struct span *value);

#endif
