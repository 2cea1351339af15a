/*
 * outlet - where text goes that may be larger than anybody wants to hold: written into a buffer, passed on
 * piece by piece.
 */
#ifndef ZB_OUTLET_H
#define ZB_OUTLET_H

#include <stdio.h>

#include "buf.h"
#include "why.h"

#define OUTLET_BYTES 65536u

/* OUT is the writer's to append to; what stands in it when he is done with a line may be gone afterwards. */
struct outlet {
	struct buf out;
	int      (*pass)(void *to, const char *s, size_t n, struct why *why);     /* -1: no further */
	void      *to;
	bool       failed;              /* pass did, and WHY says how: what comes after is dropped */
	struct why why;
};

/* A line is done: what there is goes on, if it is worth while. */
void outlet_flow(struct outlet *o);
/* Pass on the rest and free the buffer.  -1 if any of it did not go through. */
int  outlet_close(struct outlet *o, struct why *why);

/* Passes to a stream (TO is FILE *), whose trouble is told when it is closed. */
int  outlet_to_stream(void *to, const char *s, size_t n, struct why *why);

#endif
