/*
 * receipt - inside it: the writer that all its parts write with.  collector.h has what others may call.
 */
#ifndef ZB_RECEIPT_H
#define ZB_RECEIPT_H

#include "collector.h"

#define MOST_PLACES  20                 /* of one rule */

struct writer {
	struct outlet         *outlet;
	struct buf            *out;     /* its */
	const struct judging  *j;
	const struct judged   *f;
	const struct messages *m;
};

/* One paragraph, broken at the width; what follows the first line stands two columns further in. */
void writer_line(struct writer *w, size_t indent, const char *text);
/* Message ID as a paragraph; the second with one value. */
void writer_say(struct writer *w, size_t indent, const char *id, const struct message_arg *args, size_t n);
void writer_say_one(struct writer *w, size_t indent, const char *id, const char *name, const char *value);
/* A blank line and the heading ID. */
void writer_section(struct writer *w, const char *id);
/* Where X is, as the sender finds it; nothing if it is of the file as a whole. */
void writer_place(struct buf *out, const struct writer *w, const struct finding *x);

/* Sections of the receipt. */
void receipt_findings(struct writer *w);
/* In the head: that the file counts as a correction, and what to do if that was not meant. */
void receipt_correction(struct writer *w);
void receipt_say_unchecked(struct writer *w);
void receipt_missing(struct writer *w);

#endif
