/*
 * drop - what lies in a unit's drop and may be taken: for who takes it, and for who must not close a week
 * over it.
 */
#ifndef ZB_DROP_H
#define ZB_DROP_H

#include <stddef.h>
#include <stdint.h>

#include "proc.h"
#include "site.h"
#include "week.h"
#include "why.h"

/* The file itself, whatever it is called by now. */
struct drop_identity {
	uint64_t  device, inode, size;
	int64_t   ctime_s, ctime_ns;
};

struct dropped {
	char           *name;           /* one path component */
	struct drop_identity id;
	instant_t       received_at;
	const char     *refuse;         /* why it is no readable file (a word of drop_reasons), or NULL */
	int             number;         /* 0 until it is in a batch */
};

struct droppeds {
	struct dropped *v;
	size_t n, cap;
};

/* "symlink" "special" "folder" "links" "size" "sparse" "unreadable"; each has a message "refused.WORD". */
extern const char *const drop_reasons[];

/*
 * Everything in UNIT's drop that is whole, in order of receipt, then name bytes.  What is still
 * being written, or named as if it were, is left out without a word.
 */
int  drop_list(const struct proc *p, const char *unit, struct droppeds *out, struct why *why);
void droppeds_free(struct droppeds *d);
/* Open a file of the list; -2 if it is no longer that very file.  The descriptor is read-only. */
int  drop_open(const struct proc *p, const char *unit, const struct dropped *d, struct why *why);
/*
 * Take it out of the drop: 1, and it lies as *TAKEN in work/, for good after fsio_sync of the drop and of
 * work/.  0: its name is gone, or another file has it, which stays in the drop; a sender may rename one onto
 * it at any moment.  SHA256: of its bytes, which are in the archive; NULL: there is no other copy, and what
 * cannot be moved is an error.
 */
int  drop_take(const struct proc *p, const char *unit, const struct dropped *d, const char *sha256,
    struct path *taken, struct why *why);
/* 1 if it is still there and the very same, else 0, or -1. */
int  drop_is_there(const struct proc *p, const char *unit, const struct dropped *d, struct why *why);

#endif
