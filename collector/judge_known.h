/*
 * judge_known - conditions as trees, and what is known of their values (judge_screen).
 */
#ifndef ZB_JUDGE_KNOWN_H
#define ZB_JUDGE_KNOWN_H

#include "judge.h"

/* What SQLite would come to, or that nobody knows. */
enum known_kind { KNOWN_NOT, KNOWN_NULL, KNOWN_INTEGER, KNOWN_REAL, KNOWN_TEXT };

/* 16 bytes: it goes from node to node in two registers. */
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
	OP_PLUS, OP_MINUS, OP_TIMES, OP_DIVIDE, OP_REST, OP_NEGATE,
	OP_COALESCE, OP_ABS, OP_ROUND, OP_SQUASH,
	/* C too */
	OP_SUBSTR, OP_CASE,
};

struct node {
	enum known_op op;
	size_t        a, b, c;
	struct known  v;                /* OP_CONSTANT */
};

/* A zeroed one is empty. */
struct tree {
	struct node *v;
	size_t       n, cap;
};

size_t tree_add(struct tree *t, struct node node);      /* its index */
void   tree_free(struct tree *t);
/* The value of the node AT on ROW. */
struct known tree_value(const struct tree *t, size_t at, const struct screened *row);
/* Whether it may be true: it is, or nobody knows. */
bool   tree_may_hold(const struct tree *t, size_t at, const struct screened *row);
struct known known_of(const struct value *v);
struct known known_text(struct span s);

#endif
