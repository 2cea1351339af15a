/*
 * judge_condition - conditions of SQL read into a tree (judge_known) that the screen asks.
 */
#ifndef ZB_JUDGE_CONDITION_H
#define ZB_JUDGE_CONDITION_H

#include "judge_known.h"

struct fold {                           /* a call whose arguments are constant: SQLite says what it is */
	size_t      node;
	struct span text;
};

/* All conditions of a form. */
struct conditions {
	const struct form *form;
	struct tree        tree;
	struct buf        *columns;     /* per field: what is asked of the row that it refers to */
	struct names      *wanted;      /* the same, by name */
	struct fold       *folds;
	size_t             n_folds, cap_folds;
	struct arena       arena;
	/* what names mean */
	const struct judging *j;
	char               week[9], as_of[11];
};

void   conditions_begin(struct conditions *c, const struct judging *j, const struct world *w,
    const struct form *form);
/* The node that TEXT comes to.  Never fails: what is not understood is unknown. */
size_t conditions_read(struct conditions *c, const char *text);
/* All are read: SQLite is asked for what is constant in them. */
void   conditions_end(struct conditions *c, struct world *w);
void   conditions_free(struct conditions *c);

#endif
