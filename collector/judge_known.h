/*
 * judge_known - conditions as trees, and what is known of their values (judge_screen).
 */
#ifndef ZB_JUDGE_KNOWN_H
#define ZB_JUDGE_KNOWN_H

#include "judge.h"

/* What SQLite would come to, or that nobody knows. */
enum known_kind { KNOWN_NOT, KNOWN_NULL, KNOWN_INTEGER, KNOWN_REAL, KNOWN_TEXT };

struct known {
	enum known_kind kind;
	uint32_t        n;              /* KNOWN_TEXT: bytes */
	union {
		int64_t     i;
		double      r;
		const char *s;
	};
};

enum known_op {
	OP_UNKNOWN, OP_CONSTANT,
	/* columns: A is the field; of OP_REF, B is the column of the row that it refers to */
	OP_NEW_TEXT, OP_NEW_INTEGER, OP_NEW_REAL, OP_NOTE, OP_CORRECTION, OP_OP, OP_WAS, OP_WAS_WEEK, OP_CUR,
	OP_REF,
	/* of A and B */
	OP_AND, OP_OR, OP_NOT, OP_EQUAL, OP_IS, OP_LESS, OP_LESS_EQUAL,
	OP_EQUAL_LEFT, OP_EQUAL_RIGHT, OP_EQUAL_BOTH,   /* one side or both are squashed first */
	OP_PLUS, OP_MINUS, OP_TIMES, OP_DIVIDE, OP_REST, OP_NEGATE,
	OP_COALESCE, OP_ABS, OP_ROUND, OP_SQUASH,
	/* C too */
	OP_SUBSTR, OP_CASE,
};

struct node {
	enum known_op op;
	bool          done;             /* its values are those of the rows at hand */
	size_t        a, b, c;
};

/*
 * Rows that are worked out together, one a bit of a mask.  Rationale: to find out what a node is costs more than
 * to work it out.
 */
#define TREE_ROWS 32

/* The conditions of a form; what stands in several of them is one node.  A zeroed one is empty. */
struct tree {
	struct node  *nodes;
	struct known *values;           /* of each node TREE_ROWS, one a row at hand */
	size_t        n, cap;
	size_t       *columns;          /* the nodes that are columns */
	size_t        n_columns, cap_columns;
	size_t        n_rows;           /* at hand */
	struct arena  texts;            /* of their columns */
};

/* Its index: that of the very same one, if there is one. */
size_t tree_add(struct tree *t, struct node node);
size_t tree_add_constant(struct tree *t, struct known v);
/* A constant that tree_set makes known, once all is added. */
size_t tree_add_pending(struct tree *t);
void   tree_set(struct tree *t, size_t at, struct known v);
void   tree_free(struct tree *t);
/* One row more is at hand, of TREE_ROWS at most.  What statements stand on is copied. */
void   tree_put_row(struct tree *t, const struct screened *row);
void   tree_forget_rows(struct tree *t);
/*
 * The rows at hand on which the node AT may be true: it is, or nobody knows.  Of AND and OR the second half is
 * looked at only where the first leaves anything open.
 */
uint32_t tree_may_hold(struct tree *t, size_t at);
struct known known_of(const struct value *v);
struct known known_text(struct span s);

static inline struct span known_span(const struct known *v)
{
	return (struct span){ v->s, v->n };
}

/* The values of the node AT, one a row at hand. */
static inline struct known *values_of(const struct tree *t, size_t at)
{
	return &t->values[at * TREE_ROWS];
}

#endif
