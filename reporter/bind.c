/*
 * bind - a template's nodes and the rows of its queries into a document.
 *
 * Every query runs once and its rows are kept; then the tree is walked.  What a
 * name means is decided here alone: {query.name} is the first row of a query, {name}
 * the row at hand, then the rows around it, then the snapshot's meta.
 */
#include <ctype.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/env.h"
#include "../common/sqlfn.h"
#include "reporter.h"

/* What every snapshot's meta has (README.md, Snapshot); a template may use no other. */
static const char *const meta_names[] = {
	"week", "state", "window_first", "window_last", "cutoff", "seal", "meeting", "as_of",
	"issue", "issue_total", "folded_at", "previous", "rules", "content", "gate",
	"sealed_by",                    /* of sealed weeks only: with a default */
};

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

/* ---- rows ---- */

static void row_room(struct result *r)
{
	size_t need = (r->n_rows + 1) * r->n_columns;

	if (need > r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16 * r->n_columns;
		r->cells = mem_grow(r->cells, r->cap, sizeof *r->cells);
	}
}

static struct value value_take(struct binding *b, sqlite3_stmt *s, int i)
{
	switch (sqlite3_column_type(s, i)) {
	case SQLITE_INTEGER:
		return (struct value){ .type = VALUE_INT, .i = sqlite3_column_int64(s, i) };
	case SQLITE_FLOAT:
		return (struct value){ .type = VALUE_REAL, .r = sqlite3_column_double(s, i) };
	case SQLITE_NULL:
		return (struct value){ .type = VALUE_NULL };
	default:
		return (struct value){ .type = VALUE_TEXT,
		    .s = arena_dup(b->arena, (const char *)sqlite3_column_text(s, i)) };
	}
}

static void columns_take(struct binding *b, sqlite3_stmt *s, struct result *r)
{
	r->n_columns = (size_t)sqlite3_column_count(s);
	r->columns = arena_alloc(b->arena, (r->n_columns + 1) * sizeof *r->columns);
	for (size_t i = 0; i < r->n_columns; i++)
		r->columns[i] = arena_dup(b->arena, sqlite3_column_name(s, (int)i));
}

static int query_trouble(struct binding *b, int line, const char *what)
{
	int code = sqlite3_errcode(b->db) & 0xff;

	if (code == SQLITE_IOERR || code == SQLITE_FULL || code == SQLITE_NOMEM || code == SQLITE_CORRUPT)
		return db_trouble(b->db, what, b->why);
	return why_config(b->why, b->b->file, line, "%s: %s", what, sqlite3_errmsg(b->db));
}

static int query_run(struct binding *b, const struct query *q, struct result *r)
{
	sqlite3_stmt *s = NULL;
	int rc = -1, step = SQLITE_DONE;

	if (sqlite3_prepare_v2(b->db, q->sql, -1, &s, NULL) != SQLITE_OK || !s) {
		query_trouble(b, q->line, q->id);
		goto out;
	}
	columns_take(b, s, r);
	if (env_bind(s, &b->names, b->why) != 0)
		goto out;
	while (!b->checking && (step = sqlite3_step(s)) == SQLITE_ROW) {
		row_room(r);
		for (size_t i = 0; i < r->n_columns; i++)
			r->cells[r->n_rows * r->n_columns + i] = value_take(b, s, (int)i);
		r->n_rows++;
	}
	if (step != SQLITE_DONE) {
		query_trouble(b, q->line, q->id);
		goto out;
	}
	rc = 0;
out:
	sqlite3_finalize(s);
	return rc;
}

int bind_meta(sqlite3 *db, const char *name, struct arena *arena, char **out, struct why *why)
{
	sqlite3_stmt *s = NULL;
	int rc;

	*out = NULL;
	if (db_prepare(db, "SELECT value FROM meta WHERE name = ?1", &s, why) != 0)
		return -1;
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*out = arena_dup(arena, (const char *)sqlite3_column_text(s, 0));
	rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : db_trouble(db, "meta", why);
	sqlite3_finalize(s);
	return rc;
}

/* Meta as a result of one row, a column a name. */
static int meta_read(struct binding *b)
{
	size_t n = sizeof meta_names / sizeof *meta_names;
	struct result *r = &b->meta;

	*r = (struct result){ .id = "meta", .n_columns = n, .n_rows = 1 };
	r->columns = arena_alloc(b->arena, n * sizeof *r->columns);
	r->cells = mem_zero(n, sizeof *r->cells);
	for (size_t i = 0; i < n; i++) {
		char *value = NULL;

		r->columns[i] = arena_dup(b->arena, meta_names[i]);
		if (!b->checking && bind_meta(b->db, meta_names[i], b->arena, &value, b->why) != 0)
			return -1;
		if (value)
			r->cells[i] = (struct value){ .type = VALUE_TEXT, .s = value };
	}
	return 0;
}

/* ONLY: the one query that is asked; NULL: all, and the meta. */
static int results_read(struct binding *b, const char *only)
{
	if (!only && meta_read(b) != 0)
		return -1;
	b->results = mem_zero(b->b->n_queries + 1, sizeof *b->results);
	for (size_t i = 0; i < b->b->n_queries; i++) {
		b->results[i].id = b->b->queries[i].id;
		if (only && strcmp(b->results[i].id, only) != 0)
			continue;
		if (query_run(b, &b->b->queries[i], &b->results[i]) != 0)
			return -1;
	}
	return 0;
}

static void binding_free(struct binding *b)
{
	for (size_t i = 0; b->results && i < b->b->n_queries; i++)
		free(b->results[i].cells);
	free(b->results);
	free(b->meta.cells);
	free(b->counts);
	free(b->marks);
}

/* ---- names ---- */

static const struct result *result_find(const struct binding *b, const char *id)
{
	for (size_t i = 0; i < b->b->n_queries; i++)
		if (strcmp(b->results[i].id, id) == 0)
			return &b->results[i];
	return strcmp(id, "meta") == 0 ? &b->meta : NULL;
}

static int column_find(const struct result *r, const char *name)
{
	for (size_t i = 0; i < r->n_columns; i++)
		if (strcmp(r->columns[i], name) == 0)
			return (int)i;
	return -1;
}

/* The value of [QUERY.]NAME; a query without rows gives NULL.  -1: there is no such name. */
static int name_find(const struct binding *b, const struct scope *scope, const char *query, const char *name,
    struct value *out)
{
	const struct result *r = query ? result_find(b, query) : NULL;
	size_t row = 0;
	int i = r ? column_find(r, name) : -1;

	for (; !query && scope && i < 0; scope = scope->up) {
		r = scope->result;
		row = scope->row;
		i = column_find(r, name);
	}
	if (!query && i < 0) {
		r = &b->meta;
		row = 0;
		i = column_find(r, name);
	}
	if (i < 0)
		return -1;
	*out = (struct value){ .type = VALUE_NULL };
	if (row < r->n_rows && !b->checking)
		*out = r->cells[row * r->n_columns + (size_t)i];
	return 0;
}

static int piece_check(struct binding *b, const struct piece *p, const struct scope *scope, struct value *v)
{
	const char *dot = p->query ? "." : "", *query = p->query ? p->query : "";

	if (p->query && !result_find(b, p->query))
		return why_config(b->why, b->b->file, p->line, "{%s.%s}: there is no query %s", query,
		    p->name, query);
	if (name_find(b, scope, p->query, p->name, v) != 0)
		return why_config(b->why, b->b->file, p->line, "{%s%s%s}: there is no such column", query,
		    dot, p->name);
	if (p->format && !format_find(b->b, p->format))
		return why_config(b->why, b->b->file, p->line, "{%s%s%s|%s}: there is no format %s", query,
		    dot, p->name,
		    p->format, p->format);
	return 0;
}

static int piece_value(struct binding *b, const struct piece *p, const struct scope *scope, struct buf *out)
{
	const char *dot = p->query ? "." : "", *query = p->query ? p->query : "", *trouble;
	struct value v;

	if (piece_check(b, p, scope, &v) != 0)
		return -1;
	if (b->checking)
		return 0;
	if (v.type == VALUE_NULL) {
		if (!p->otherwise)
			return why_config(b->why, b->b->file, p->line,
			    "{%s%s%s} is NULL and has no default; say what to print with {%s%s%s?...}", query,
			    dot, p->name,
			    query, dot, p->name);
		buf_str(out, p->otherwise);
		return 0;
	}
	trouble = format_value(out, p->format ? format_find(b->b, p->format) : NULL, &v);
	if (trouble)
		return why_config(b->why, b->b->file, p->line, "{%s%s%s}: %s%s%s", query, dot, p->name,
		    trouble,
		    v.type == VALUE_TEXT ? ": " : "", v.type == VALUE_TEXT ? v.s : "");
	return 0;
}

/* ---- numbers ---- */

static struct mark *mark_find(const struct binding *b, const char *name)
{
	for (size_t i = 0; i < b->n_marks; i++)
		if (strcmp(b->marks[i].name, name) == 0)
			return &b->marks[i];
	return NULL;
}

/* Remember what number P says; on the walk that prints it is known already. */
static int mark_set(struct binding *b, const struct piece *p, const char *says)
{
	if (!p->mark || (!b->marking && !b->checking))
		return 0;
	if (mark_find(b, p->mark) && !b->checking)
		return why_config(b->why, b->b->file, p->line, "{+%s:%s}: the mark is set twice", p->number,
		    p->mark);
	vec_room(b->marks, b->n_marks, b->cap_marks);
	b->marks[b->n_marks++] = (struct mark){ p->mark, arena_dup(b->arena, says) };
	return 0;
}

/* What N is called. */
static int number_word(struct binding *b, const struct number *number, int n, int line, struct buf *out)
{
	if (number->n_words == 0)
		buf_fmt(out, "%d", n);
	else if ((size_t)n <= number->n_words)
		buf_str(out, number->words[n - 1]);
	else
		return why_config(b->why, b->b->file, line,
		    "{+%s}: <number> has only %zu words, and this is number %d",
		    number->name, number->n_words, n);
	return 0;
}

static int number_next(struct binding *b, const struct piece *p, struct buf *out)
{
	const struct briefing *t = b->b;
	struct buf n = { 0 };
	size_t at = out->len, i = 0;
	int rc;

	while (i < t->n_numbers && strcmp(t->numbers[i].name, p->number) != 0)
		i++;
	if (i == t->n_numbers)
		return why_config(b->why, t->file, p->line, "{+%s}: there is no <number name=\"%s\">",
		    p->number,
		    p->number);
	b->counts[i] = b->checking ? 1 : b->counts[i] + 1;
	for (size_t k = i + 1; k < t->n_numbers; k++)   /* one within another stands after it */
		if (t->numbers[k].within && strcmp(t->numbers[k].within, p->number) == 0)
			b->counts[k] = 0;
	rc = number_word(b, &t->numbers[i], b->counts[i], p->line, &n);
	if (rc == 0) {
		template_fill(out, t->numbers[i].says, &(struct message_arg){ "n", buf_cstr(&n) }, 1);
		rc = mark_set(b, p, buf_cstr(out) + at);
	}
	buf_free(&n);
	return rc;
}

static int number_again(struct binding *b, const struct piece *p, struct buf *out)
{
	const struct mark *m = mark_find(b, p->mark);

	if (b->marking)
		return 0;
	if (!m && (!p->otherwise || b->checking))
		return why_config(b->why, b->b->file, p->line,
		    "{@%s}: no number with this mark is printed%s", p->mark,
		    b->checking ? "" : "; say what to print then with {@mark?...}");
	buf_str(out, m ? m->says : p->otherwise);
	return 0;
}

/* The text of a pattern, appended to OUT. */
static int pattern_fill(struct binding *b, const struct pattern *p, const struct scope *scope,
    struct buf *out)
{
	int rc = 0;

	for (size_t i = 0; i < p->n && rc == 0; i++) {
		if (p->v[i].text)
			buf_str(out, p->v[i].text);
		else if (p->v[i].number)
			rc = number_next(b, &p->v[i], out);
		else if (p->v[i].mark)
			rc = number_again(b, &p->v[i], out);
		else
			rc = piece_value(b, &p->v[i], scope, out);
	}
	return rc;
}

/* The text of an attribute; *OUT stays NULL where it is not there. */
static int attr_fill(struct binding *b, const struct node *node, const char *name, const struct scope *scope,
    char **out)
{
	const struct attr *a = node_attr(node, name);
	struct buf s = { 0 };
	int rc = 0;

	if (a && (rc = pattern_fill(b, &a->text, scope, &s)) == 0)
		*out = arena_dup(b->arena, buf_cstr(&s));
	buf_free(&s);
	return rc;
}

/* ---- tests: SQL conditions over the same names ---- */

#define TEST_NAMES 32

struct test {
	struct buf   sql;
	struct value v[TEST_NAMES];
	int          n;
};

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* One word of a test: a name becomes a parameter, anything else stays SQL. */
static int test_word(struct binding *b, const struct scope *scope, int line, const char **s, struct test *t)
{
	char first[64] = "", second[64] = "";
	size_t n = word_length(*s), k = (*s)[n] == '.' ? word_length(*s + n + 1) : 0;
	const char *after = *s + n + (k ? k + 1 : 0);
	bool is_call = after[strspn(after, " ")] == '(' && !k;

	snprintf(first, sizeof first, "%.*s", (int)n, *s);
	snprintf(second, sizeof second, "%.*s", (int)k, *s + n + 1);
	if (!is_call && t->n < TEST_NAMES &&
	    name_find(b, scope, k ? first : NULL, k ? second : first, &t->v[t->n]) == 0)
		buf_fmt(&t->sql, "?%d", ++t->n);
	else if (k)
		return why_config(b->why, b->b->file, line, "test: there is no %s.%s", first, second);
	else
		buf_add(&t->sql, *s, n);
	*s = after;
	return 0;
}

static int test_translate(struct binding *b, const struct scope *scope, int line, const char *s,
    struct test *t)
{
	buf_str(&t->sql, "SELECT (");
	while (*s) {
		size_t n = 1;

		if (*s == '\'') {
			while (s[n] && s[n] != '\'')
				n++;
			n += s[n] == '\'';
		} else if (*s == ':' || isdigit((unsigned char)*s)) {
			n += word_length(s + 1);
		} else if (word_length(s) > 0) {
			if (test_word(b, scope, line, &s, t) != 0)
				return -1;
			continue;
		}
		buf_add(&t->sql, s, n);
		s += n;
	}
	buf_str(&t->sql, ")");
	return 0;
}

static void value_give(sqlite3_stmt *s, int i, const struct value *v)
{
	switch (v->type) {
	case VALUE_INT:
		sqlite3_bind_int64(s, i, v->i);
		break;
	case VALUE_REAL:
		sqlite3_bind_double(s, i, v->r);
		break;
	case VALUE_TEXT:
		sqlite3_bind_text(s, i, v->s, -1, SQLITE_STATIC);
		break;
	case VALUE_NULL:
		sqlite3_bind_null(s, i);
		break;
	}
}

/* *OUT: whether TEST holds; NULL does not. */
static int test_ask(struct binding *b, const struct scope *scope, int line, const char *test, bool *out)
{
	struct test t = { .n = 0 };
	sqlite3_stmt *s = NULL;
	int rc = -1;

	*out = false;
	if (test_translate(b, scope, line, test, &t) != 0)
		goto out;
	if (sqlite3_prepare_v2(b->db, buf_cstr(&t.sql), -1, &s, NULL) != SQLITE_OK || !s) {
		query_trouble(b, line, test);
		goto out;
	}
	if (env_bind(s, &b->names, b->why) != 0)
		goto out;
	for (int i = 0; i < t.n; i++)
		value_give(s, i + 1, &t.v[i]);
	if (!b->checking && sqlite3_step(s) != SQLITE_ROW) {
		query_trouble(b, line, test);
		goto out;
	}
	*out = !b->checking && sqlite3_column_int(s, 0) != 0;
	rc = 0;
out:
	sqlite3_finalize(s);
	buf_free(&t.sql);
	return rc;
}

static int if_holds(struct binding *b, const struct node *node, const struct scope *scope, bool *out)
{
	const char *test = node_raw(node, "test"), *has = node_raw(node, "has");
	const char *lacks = node_raw(node, "lacks");
	const struct result *r;

	if (test)
		return test_ask(b, scope, node->line, test, out);
	r = result_find(b, has ? has : lacks);
	if (!r)
		return why_config(b->why, b->b->file, node->line, "there is no query %s", has ? has : lacks);
	*out = (r->n_rows > 0) == (has != NULL);
	return 0;
}

static int rows_of(struct binding *b, const struct node *node, const struct result **out)
{
	const char *in = node_raw(node, "in");

	*out = result_find(b, in);
	if (*out)
		return 0;
	return why_config(b->why, b->b->file, node->line, "in=\"%s\": there is no query %s", in, in);
}

/* ---- inline ---- */

struct prose {
	struct buf text;        /* not yet a run */
	struct block *block;
	bool strong;
	char *link;
	int  line;
};

static void words_end(struct binding *b, struct prose *w)
{
	if (w->text.len && b->doc)
		block_add_link(b->doc, w->block, buf_cstr(&w->text), w->strong, w->line, w->link);
	buf_reset(&w->text);
}

static int inline_walk(struct binding *b, const struct node *node, const struct scope *scope,
    struct prose *w);

static int inline_each(struct binding *b, const struct node *node, const struct scope *scope, struct prose *w)
{
	struct scope inner = { .up = scope };
	const char *sep = node_raw(node, "sep");

	if (rows_of(b, node, &inner.result) != 0)
		return -1;
	if (b->checking)
		return inline_walk(b, node->child, &inner, w);
	for (; inner.row < inner.result->n_rows; inner.row++) {
		if (inner.row > 0 && sep)
			buf_str(&w->text, sep);
		if (inline_walk(b, node->child, &inner, w) != 0)
			return -1;
	}
	return 0;
}

static int inline_node(struct binding *b, const struct node *node, const struct scope *scope, struct prose *w)
{
	bool holds = true;
	int rc = 0;

	switch (node->kind) {
	case NODE_TEXT:
		w->line = node->line;
		return pattern_fill(b, &node->text, scope, &w->text);
	case NODE_EACH:
		return inline_each(b, node, scope, w);
	case NODE_IF:
		if (if_holds(b, node, scope, &holds) != 0)
			return -1;
		return holds || b->checking ? inline_walk(b, node->child, scope, w) : 0;
	case NODE_LINK:
		words_end(b, w);
		if (attr_fill(b, node, "to", scope, &w->link) != 0)
			return -1;
		rc = inline_walk(b, node->child, scope, w);
		words_end(b, w);
		w->link = NULL;
		return rc;
	default:
		words_end(b, w);
		w->strong = true;
		rc = inline_walk(b, node->child, scope, w);
		words_end(b, w);
		w->strong = false;
		return rc;
	}
}

static int inline_walk(struct binding *b, const struct node *node, const struct scope *scope, struct prose *w)
{
	int rc = 0;

	for (; node && rc == 0; node = node->next)
		rc = inline_node(b, node, scope, w);
	return rc;
}

/* ---- blocks ---- */

static bool is_yes(const char *s)
{
	return s && strcmp(s, "yes") == 0;
}

static struct block *block_new(struct binding *b, enum block_kind kind, int line)
{
	return b->doc ? document_add(b->doc, kind, line) : NULL;
}

static int text_bind(struct binding *b, const struct node *node, const struct scope *scope)
{
	static const enum block_kind kinds[] = {
		[NODE_TITLE] = BLOCK_TITLE, [NODE_H1] = BLOCK_H1, [NODE_H2] = BLOCK_H2, [NODE_H3] = BLOCK_H3,
		[NODE_P] = BLOCK_P, [NODE_NOTE] = BLOCK_NOTE,
	};
	struct prose w = { .block = block_new(b, kinds[node->kind], node->line), .line = node->line };
	const char *indent = node_raw(node, "indent");
	int rc = inline_walk(b, node->child, scope, &w);

	if (w.block)
		w.block->flush = indent && !is_yes(indent);
	if (rc == 0)
		words_end(b, &w);
	/* A paragraph whose conditions all failed leaves no empty line. */
	if (b->doc && w.block->n_runs == 0)
		b->doc->n_blocks--;
	buf_free(&w.text);
	return rc;
}

static int parts_bind(struct binding *b, const struct node *node, const struct scope *scope)
{
	static const struct {
		const char *attr;
		enum part   part;
	} parts[] = {
		{ "over", PART_OVER }, { "name", PART_NAME }, { "issue", PART_ISSUE }, { "office",
		    PART_OFFICE },
		{ "date", PART_DATE }, { "mark", PART_MARK }, { "copies", PART_COPIES },
	};
	struct block spare = { .line = 0 };
	struct block *block = block_new(b, node->kind == NODE_MASTHEAD ? BLOCK_MASTHEAD : BLOCK_IMPRINT,
	    node->line);

	if (!block)
		block = &spare;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (attr_fill(b, node, parts[i].attr, scope, &block->parts[parts[i].part]) != 0)
			return -1;
	return 0;
}

/* "3em" or a share "2*". */
static int width_parse(struct binding *b, const struct node *col, struct column *c)
{
	const char *s = node_raw(col, "width");
	char *end;
	double v = strtod(s, &end);

	if (end != s && v > 0 && v < 1000 && strcmp(end, "em") == 0)
		c->em = v;
	else if (end != s && v > 0 && v < 1000 && strcmp(end, "*") == 0)
		c->share = v;
	else
		return why_config(b->why, b->b->file, col->line,
		    "width=\"%s\" must be like \"3em\" or, a share of what is"
		    " left, \"2*\"", s);
	return 0;
}

static int column_bind(struct binding *b, const struct node *col, const struct scope *scope, struct column *c)
{
	const char *align = node_raw(col, "align");

	c->align = !align || strcmp(align, "left") == 0 ? ALIGN_LEFT :
	    strcmp(align, "right") == 0 ? ALIGN_RIGHT : ALIGN_CENTER;
	c->group = arena_dup(b->arena, node_raw(col, "group"));
	c->merge = is_yes(node_raw(col, "merge"));
	c->carry = is_yes(node_raw(col, "carry"));
	if (width_parse(b, col, c) != 0)
		return -1;
	return attr_fill(b, col, "title", scope, &c->title);
}

static int columns_bind(struct binding *b, const struct node *node, const struct scope *scope,
    struct table *t)
{
	const struct node *col;

	for (col = node->child; col; col = col->next)
		t->n_columns++;
	if (t->n_columns == 0)
		return why_config(b->why, b->b->file, node->line, "a <table> needs at least one <col>");
	t->columns = arena_alloc(b->arena, t->n_columns * sizeof *t->columns);
	col = node->child;
	for (size_t i = 0; i < t->n_columns; i++, col = col->next)
		if (column_bind(b, col, scope, &t->columns[i]) != 0)
			return -1;
	return 0;
}

static int row_bind(struct binding *b, const struct node *node, const struct scope *scope, struct table *t,
    size_t row)
{
	const char *strong = node_raw(node, "strong");
	size_t i = 0;

	for (const struct node *col = node->child; col; col = col->next, i++)
		if (attr_fill(b, col, "value", scope, &t->cells[row * t->n_columns + i]) != 0 ||
		    attr_fill(b, col, "to", scope, &t->links[row * t->n_columns + i]) != 0)
			return -1;
	if (attr_fill(b, node, "id", scope, &t->ids[row]) != 0 ||
	    attr_fill(b, node, "group", scope, &t->groups[row]) != 0)
		return -1;
	return strong ? test_ask(b, scope, node->line, strong, &t->strong[row]) : 0;
}

/* A length in points, from LOW to HIGH. */
static int points_parse(struct binding *b, const struct node *node, const char *name, double otherwise,
    int low,
    int high, double *out)
{
	const char *s = node_raw(node, name);
	char *end = NULL;

	*out = s ? strtod(s, &end) : otherwise;
	if (!s || (end != s && *end == '\0' && *out >= low && *out <= high))
		return 0;
	return why_config(b->why, b->b->file, node->line, "%s=\"%s\" must be points from %d to %d", name, s,
	    low,
	    high);
}

static int table_bind(struct binding *b, const struct node *node, const struct scope *scope)
{
	struct table *t = arena_alloc(b->arena, sizeof *t);
	struct scope inner = { .up = scope };
	size_t rows;
	struct block *block;

	t->line = node->line;
	t->keep = is_yes(node_raw(node, "keep"));
	if (rows_of(b, node, &inner.result) != 0)
		return -1;
	if (!b->checking && inner.result->n_rows == 0)
		return 0;                               /* before its caption counts */
	if (points_parse(b, node, "size", 10.5, 5, 22, &t->size) != 0 ||
	    columns_bind(b, node, scope, t) != 0 || attr_fill(b, node, "caption", scope, &t->caption) != 0 ||
	    attr_fill(b, node, "unit", scope, &t->unit) != 0 ||
	    attr_fill(b, node, "carried", scope, &t->carry_down) != 0 ||
	    attr_fill(b, node, "brought", scope, &t->carry_up) != 0)
		return -1;
	rows = b->checking ? 1 : inner.result->n_rows;
	t->cells = arena_alloc(b->arena, (rows + 1) * t->n_columns * sizeof *t->cells);
	t->strong = arena_alloc(b->arena, (rows + 1) * sizeof *t->strong);
	t->links = arena_alloc(b->arena, (rows + 1) * t->n_columns * sizeof *t->links);
	t->ids = arena_alloc(b->arena, (rows + 1) * sizeof *t->ids);
	t->groups = arena_alloc(b->arena, (rows + 1) * sizeof *t->groups);
	for (; inner.row < rows; inner.row++)
		if (row_bind(b, node, &inner, t, inner.row) != 0)
			return -1;
	t->n_rows = rows;
	if (b->doc) {
		block = document_add(b->doc, BLOCK_TABLE, node->line);
		block->table = t;
	}
	return 0;
}

/* Words FROM.. of a chart, by their attributes; what it does not have stays NULL. */
static int chart_words_fill(struct binding *b, const struct node *node, const struct scope *scope, int from,
    int to, char **words)
{
	for (int i = from; i < to; i++)
		if (attr_fill(b, node, chart_words[i], scope, &words[i]) != 0)
			return -1;
	return 0;
}

static int chart_bind(struct binding *b, const struct node *node, const struct scope *scope)
{
	struct chart *c = arena_alloc(b->arena, sizeof *c);
	struct scope inner = { .up = scope };
	char *words[CHART_WORDS] = { NULL };
	const char *wrong, *strong = node_raw(node, "strong");
	size_t rows;

	c->line = node->line;
	if (rows_of(b, node, &inner.result) != 0)
		return -1;
	rows = b->checking ? 1 : inner.result->n_rows;
	if (rows == 0)
		return 0;
	if (points_parse(b, node, "size", 9, 5, 22, &c->size) != 0 ||
	    points_parse(b, node, "height", 170, 60, 600, &c->height) != 0 ||
	    chart_words_fill(b, node, scope, 0, CHART_LABEL, words) != 0)
		return -1;
	chart_begin(c, b->arena, node_raw(node, "kind"), words, rows);
	for (; inner.row < rows; inner.row++) {
		if (chart_words_fill(b, node, &inner, CHART_LABEL, CHART_WORDS, words) != 0)
			return -1;
		if (!b->checking && (wrong = chart_row(c, words)) != NULL)
			return why_config(b->why, b->b->file, node->line, "<chart>: %s", wrong);
		if (strong && (test_ask(b, &inner, node->line, strong, &c->rows[inner.row].strong) != 0))
			return -1;
	}
	if (b->doc)
		document_add(b->doc, BLOCK_CHART, node->line)->chart = c;
	return 0;
}

static int block_walk(struct binding *b, const struct node *node, const struct scope *scope);

static int block_each(struct binding *b, const struct node *node, const struct scope *scope)
{
	struct scope inner = { .up = scope };

	if (rows_of(b, node, &inner.result) != 0)
		return -1;
	if (b->checking)
		return block_walk(b, node->child, &inner);
	for (; inner.row < inner.result->n_rows; inner.row++)
		if (block_walk(b, node->child, &inner) != 0)
			return -1;
	return 0;
}

static int page_bind(struct binding *b, const struct node *node, const struct scope *scope)
{
	bool landscape = strcmp(node_raw(node, "orient"), "landscape") == 0;
	size_t before = b->doc ? b->doc->n_blocks : 0;

	block_new(b, landscape ? BLOCK_LANDSCAPE : BLOCK_PORTRAIT, node->line);
	if (block_walk(b, node->child, scope) != 0)
		return -1;
	if (b->doc && b->doc->n_blocks == before + 1)
		b->doc->n_blocks--;                     /* nothing came of it: no empty page */
	else
		block_new(b, b->b->landscape ? BLOCK_LANDSCAPE : BLOCK_PORTRAIT, node->line);
	return 0;
}

static int block_node(struct binding *b, const struct node *node, const struct scope *scope)
{
	bool holds;

	switch (node->kind) {
	case NODE_MASTHEAD: case NODE_IMPRINT:
		return parts_bind(b, node, scope);
	case NODE_TABLE:
		return table_bind(b, node, scope);
	case NODE_CHART:
		return chart_bind(b, node, scope);
	case NODE_PAGE:
		return page_bind(b, node, scope);
	case NODE_EACH:
		return block_each(b, node, scope);
	case NODE_IF:
		if (if_holds(b, node, scope, &holds) != 0)
			return -1;
		return holds || b->checking ? block_walk(b, node->child, scope) : 0;
	default:
		return text_bind(b, node, scope);
	}
}

static int block_walk(struct binding *b, const struct node *node, const struct scope *scope)
{
	int rc = 0;

	for (; node && rc == 0; node = node->next)
		rc = block_node(b, node, scope);
	return rc;
}

/* ---- whole briefings ---- */

/* Numbers from 1; once before, without a document, where marks are printed before they are set. */
static int body_walk(struct binding *b)
{
	struct document *doc = b->doc;
	int rc = 0;

	b->counts = mem_zero(b->b->n_numbers + 1, sizeof *b->counts);
	if (b->b->has_marks) {
		b->doc = NULL;
		b->marking = true;
		rc = block_walk(b, b->b->body, NULL);
		b->marking = false;
		b->doc = doc;
		memset(b->counts, 0, (b->b->n_numbers + 1) * sizeof *b->counts);
	}
	if (b->doc && b->b->landscape)
		document_add(b->doc, BLOCK_LANDSCAPE, 0);
	return rc == 0 ? block_walk(b, b->b->body, NULL) : -1;
}

static int query_line(const struct binding *b, const char *id)
{
	for (size_t i = 0; i < b->b->n_queries; i++)
		if (strcmp(b->b->queries[i].id, id) == 0)
			return b->b->queries[i].line;
	return 1;
}

/* The rows of per=, whose first column says for whom; *OUT NULL without it. */
static int per_find(struct binding *b, const struct result **out)
{
	*out = b->b->per ? result_find(b, b->b->per) : NULL;
	if (!*out || column_find(*out, "unit") == 0)
		return 0;
	return why_config(b->why, b->b->file, query_line(b, b->b->per),
	    "query %s: per=\"%s\" needs unit as its first column", b->b->per,
	    b->b->per);
}

int bind_check(const struct briefing *briefing, const struct ruleset *rs, struct why *why)
{
	struct arena arena = { 0 };
	struct binding b = { .b = briefing, .arena = &arena, .checking = true, .why = why };
	const struct result *per;
	struct window first;
	int rc = -1;

	if (calendar_window(rs->calendar, calendar_rules(rs->calendar)->first, &first, why) != 0 ||
	    db_memory(&b.db, why) != 0)
		return -1;
	b.names = (struct env_names){ .city = rs->office->code, .week = first.week, .as_of = first.as_of };
	if (sqlfn_add(b.db, rs, why) == 0 && env_create_snapshot_tables(b.db, rs, why) == 0 &&
	    env_prev_views(b.db, rs, NULL, NULL, why) == 0 &&
	    env_run_measures(b.db, rs, &b.names, why) == 0 &&
	    env_allow(b.db, ENV_READ, NULL, why) == 0 && results_read(&b, NULL) == 0 &&
	    per_find(&b, &per) == 0 && body_walk(&b) == 0)
		rc = 0;
	binding_free(&b);
	arena_free(&arena);
	db_close(b.db);
	return rc;
}

static const char *meta_value(const struct binding *b, const char *name)
{
	int i = column_find(&b->meta, name);

	return i >= 0 && b->meta.cells[i].type == VALUE_TEXT ? b->meta.cells[i].s : NULL;
}

static int names_read(struct binding *b, const struct bind_names *names)
{
	const char *week = meta_value(b, "week"), *as_of = meta_value(b, "as_of");

	b->names = (struct env_names){ .unit = names->unit, .city = names->city };
	if (!week || week_parse(week, strlen(week), &b->names.week) != 0 || !as_of ||
	    day_parse(as_of, strlen(as_of), &b->names.as_of) != 0)
		return why_set(b->why, EX_IOERR,
		    "the snapshot's meta lacks a week or as_of that can be read");
	return 0;
}

/* Why the gate failed, on a page of its own at the end: a paragraph a line. */
static void gate_print(struct document *doc, const char *heading, const char *reasons)
{
	char *lines = arena_dup(&doc->arena, reasons), *rest = NULL;

	document_add(doc, BLOCK_PORTRAIT, 0);
	block_add_text(doc, document_add(doc, BLOCK_H1, 0), heading, false, 0);
	for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		block_add_text(doc, document_add(doc, BLOCK_P, 0), line, false, 0);
}

/* DOC's frame from the snapshot's meta and the template's words. */
static void document_frame(struct binding *b, struct document *doc)
{
	const struct briefing *t = b->b;
	const char *state = meta_value(b, "state"), *gate = meta_value(b, "gate");

	doc->file = arena_dup(&doc->arena, t->file);
	doc->date = arena_dup(&doc->arena, meta_value(b, "meeting"));
	doc->digest = arena_dup(&doc->arena, meta_value(b, "content"));
	doc->keep = arena_alloc(&doc->arena, (t->n_keep + 1) * sizeof *doc->keep);
	for (size_t i = 0; i < t->n_keep; i++)
		doc->keep[i] = arena_dup(&doc->arena, t->keep[i]);
	doc->n_keep = t->n_keep;
	doc->title = arena_dup(&doc->arena, t->title);
	doc->failed_across = arena_dup(&doc->arena, t->stamp_failed);
	doc->failed_reasons = arena_dup(&doc->arena, t->stamp_reasons);
	doc->glyph_says = arena_dup(&doc->arena, t->stamp_glyph);
	doc->boxes_says = arena_dup(&doc->arena, t->stamp_boxes);
	if (!state || strcmp(state, "sealed") != 0)
		doc->stamp = arena_dup(&doc->arena, t->stamp_draft);
	doc->failed = !gate || strcmp(gate, "ok") != 0;
	if (doc->failed) {
		doc->across = doc->failed_across;
		gate_print(doc, t->stamp_reasons, gate ? gate : "gate = NULL");
	}
}

/* Document information from the blocks: title, office. */
static void document_info(struct document *doc)
{
	for (size_t i = 0; i < doc->n_blocks; i++) {
		const struct block *b = &doc->blocks[i];
		struct buf s = { 0 };

		if (b->kind == BLOCK_MASTHEAD)
			doc->office = b->parts[PART_OFFICE];
		if (b->kind != BLOCK_TITLE)
			continue;
		for (size_t k = 0; k < b->n_runs; k++)
			buf_str(&s, b->runs[k].text);
		doc->title = arena_dup(&doc->arena, buf_cstr(&s));
		buf_free(&s);
	}
}

/* The snapshot's meta, the names that are bound, the functions and what is allowed. */
static int env_ready(struct binding *b, const struct ruleset *rs, const struct bind_names *names)
{
	if (env_allow(b->db, ENV_ANYTHING, NULL, b->why) != 0 || sqlfn_add(b->db, rs, b->why) != 0 ||
	    meta_read(b) != 0 || names_read(b, names) != 0)
		return -1;
	free(b->meta.cells);
	b->meta.cells = NULL;
	return env_allow(b->db, ENV_READ, NULL, b->why);
}

static int each_take(struct binding *b, const struct result *per, struct bind_each *out)
{
	out->v = arena_alloc(&out->arena, (per->n_rows + 1) * sizeof *out->v);
	for (size_t i = 0; i < per->n_rows; i++) {
		const struct value *v = &per->cells[i * per->n_columns];

		if (v->type != VALUE_TEXT || *v->s == '\0')
			return why_config(b->why, b->b->file, query_line(b, b->b->per),
			    "query %s: unit is no text in row %zu", b->b->per, i + 1);
		out->v[out->n++] = arena_dup(&out->arena, v->s);
	}
	return 0;
}

int bind_each(const struct briefing *briefing, const struct ruleset *rs, sqlite3 *db,
    const struct bind_names *names, struct bind_each *out, struct why *why)
{
	struct arena arena = { 0 };
	struct binding b = { .b = briefing, .db = db, .arena = &arena, .why = why };
	const struct result *per = NULL;
	int rc = -1;

	*out = (struct bind_each){ .n = 0 };
	if (!briefing->per) {
		out->v = arena_alloc(&out->arena, sizeof *out->v);
		out->n = 1;
		return 0;
	}
	if (env_ready(&b, rs, names) == 0 && results_read(&b, briefing->per) == 0 && per_find(&b, &per) == 0)
		rc = each_take(&b, per, out);
	binding_free(&b);
	arena_free(&arena);
	return rc;
}

void bind_each_free(struct bind_each *each)
{
	arena_free(&each->arena);
	*each = (struct bind_each){ .n = 0 };
}

int bind_document(const struct briefing *briefing, const struct ruleset *rs, sqlite3 *db,
    const struct bind_names *names, struct document *out, struct why *why)
{
	struct document doc = { 0 };
	struct binding b = { .b = briefing, .db = db, .arena = &doc.arena, .doc = &doc, .why = why };
	int rc = -1;

	doc.paper = briefing->paper;
	if (env_ready(&b, rs, names) != 0 || results_read(&b, NULL) != 0 || body_walk(&b) != 0)
		goto out;
	document_info(&doc);
	document_frame(&b, &doc);
	*out = doc;
	rc = 0;
out:
	binding_free(&b);
	if (rc != 0)
		document_free(&doc);
	return rc;
}
