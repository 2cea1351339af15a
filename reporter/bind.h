/*
 * bind - what its files share: the rows of a briefing's queries, where a name is looked for,
 * and the document that is made of them.
 */
#ifndef ZB_BIND_H
#define ZB_BIND_H

#include "../common/env.h"
#include "reporter.h"

/* The rows of a query. */
struct result {
	const char   *id;
	char        **columns;
	size_t        n_columns;
	struct value *cells;            /* row-major */
	size_t        n_rows, cap;
};

/* The row at hand, and those around it.  ROW is ignored while checking. */
struct scope {
	const struct result *result;
	size_t               row;
	const struct scope  *up;
};

/* What a number said where it was marked. */
struct mark {
	const char *name;
	char       *says;
};

struct binding {
	const struct briefing *b;
	sqlite3       *db;
	struct env_names names;
	struct result *results;         /* one a query, in their order */
	struct result  meta;
	struct arena  *arena;
	int           *counts;          /* of each number, so far */
	struct mark   *marks;
	size_t         n_marks, cap_marks;
	bool           marking;         /* a first walk, for marks that are printed before they are set */
	bool           checking;        /* against empty tables: names only, no values */
	struct document *doc;
	struct why    *why;
};

/* ---- bind_query: rows ---- */

/* ONLY: the one query that is asked; NULL: all, and the meta. */
int  bind_results(struct binding *b, const char *only);
/* Meta as a result of one row, a column a name. */
int  bind_meta_read(struct binding *b);
/* What SQLite says of the statement WHAT at LINE of the template; -1. */
int  bind_trouble(struct binding *b, int line, const char *what);
void binding_free(struct binding *b);

/* ---- bind_name: names and numbers ---- */

/* NULL: there is no query of that name. */
const struct result *bind_result(const struct binding *b, const char *id);
/* -1: there is none. */
int  bind_column(const struct result *r, const char *name);
/* The value of [QUERY.]NAME; a query without rows gives NULL.  -1: there is no such name. */
int  bind_name(const struct binding *b, const struct scope *scope, const char *query, const char *name,
    struct value *out);
/* The text of a pattern, appended to OUT. */
int  bind_pattern(struct binding *b, const struct pattern *p, const struct scope *scope, struct buf *out);
/* The text of an attribute; *OUT stays NULL where it is not there. */
int  bind_attr(struct binding *b, const struct node *node, const char *name, const struct scope *scope,
    char **out);

/* ---- bind_test: SQL conditions over the same names ---- */

/* *OUT: whether TEST holds; NULL does not. */
int  bind_test(struct binding *b, const struct scope *scope, int line, const char *test, bool *out);

/* ---- bind_block: the body ---- */

/* NODE and all after it, as blocks of B's document. */
int  bind_blocks(struct binding *b, const struct node *node, const struct scope *scope);

#endif
