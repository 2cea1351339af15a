/*
 * bind_block - the body of a template, walked: texts, tables and charts with their values.
 */
#include <stdlib.h>
#include <string.h>

#include "bind.h"

static int if_holds(struct binding *b, const struct node *node, const struct scope *scope, bool *out)
{
	const char *test = node_raw(node, "test"), *has = node_raw(node, "has");
	const char *lacks = node_raw(node, "lacks");
	const struct result *r;

	if (test)
		return bind_test(b, scope, node->line, test, out);
	r = bind_result(b, has ? has : lacks);
	if (!r)
		return why_config(b->why, b->b->file, node->line, "there is no query %s", has ? has : lacks);
	*out = (r->n_rows > 0) == (has != NULL);
	return 0;
}

static int rows_of(struct binding *b, const struct node *node, const struct result **out)
{
	const char *in = node_raw(node, "in");

	*out = bind_result(b, in);
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
		return bind_pattern(b, &node->text, scope, &w->text);
	case NODE_EACH:
		return inline_each(b, node, scope, w);
	case NODE_IF:
		if (if_holds(b, node, scope, &holds) != 0)
			return -1;
		return holds || b->checking ? inline_walk(b, node->child, scope, w) : 0;
	case NODE_LINK:
		words_end(b, w);
		if (bind_attr(b, node, "to", scope, &w->link) != 0)
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

/* An attribute that is a number of WHAT, from LOW to HIGH. */
static int number_parse(struct binding *b, const struct node *node, const char *name, double otherwise,
    const char *what, int low, int high, double *out)
{
	const char *s = node_raw(node, name);
	char *end = NULL;

	*out = s ? strtod(s, &end) : otherwise;
	if (!s || (end != s && *end == '\0' && *out >= low && *out <= high))
		return 0;
	return why_config(b->why, b->b->file, node->line, "%s=\"%s\" must be %s from %d to %d", name, s, what,
	    low, high);
}

static int text_bind(struct binding *b, const struct node *node, const struct scope *scope)
{
	static const enum block_kind kinds[] = {
		[NODE_TITLE] = BLOCK_TITLE, [NODE_H1] = BLOCK_H1, [NODE_H2] = BLOCK_H2, [NODE_H3] = BLOCK_H3,
		[NODE_P] = BLOCK_P, [NODE_NOTE] = BLOCK_NOTE,
	};
	struct prose w = { .block = block_new(b, kinds[node->kind], node->line), .line = node->line };
	const char *indent = node_raw(node, "indent");
	double blank = 0;
	int rc = number_parse(b, node, "blank", 0, "lines", 0, 4, &blank);

	rc = rc == 0 ? inline_walk(b, node->child, scope, &w) : rc;
	if (w.block) {
		w.block->flush = indent && !is_yes(indent);
		w.block->blank = blank;
	}
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
	if (number_parse(b, node, "blank", block->blank, "lines", 0, 4, &block->blank) != 0)
		return -1;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (bind_attr(b, node, parts[i].attr, scope, &block->parts[parts[i].part]) != 0)
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
	return bind_attr(b, col, "title", scope, &c->title);
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
		if (bind_attr(b, col, "value", scope, &t->cells[row * t->n_columns + i]) != 0 ||
		    bind_attr(b, col, "to", scope, &t->links[row * t->n_columns + i]) != 0)
			return -1;
	if (bind_attr(b, node, "id", scope, &t->ids[row]) != 0 ||
	    bind_attr(b, node, "group", scope, &t->groups[row]) != 0)
		return -1;
	return strong ? bind_test(b, scope, node->line, strong, &t->strong[row]) : 0;
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
	if (number_parse(b, node, "size", 10.5, "points", 5, 22, &t->size) != 0 ||
	    columns_bind(b, node, scope, t) != 0 || bind_attr(b, node, "caption", scope, &t->caption) != 0 ||
	    bind_attr(b, node, "unit", scope, &t->unit) != 0 ||
	    bind_attr(b, node, "again", scope, &t->again) != 0 ||
	    bind_attr(b, node, "carried", scope, &t->carry_down) != 0 ||
	    bind_attr(b, node, "brought", scope, &t->carry_up) != 0)
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
		if (bind_attr(b, node, chart_words[i], scope, &words[i]) != 0)
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
	if (number_parse(b, node, "size", 9, "points", 5, 22, &c->size) != 0 ||
	    number_parse(b, node, "height", 170, "points", 60, 600, &c->height) != 0 ||
	    chart_words_fill(b, node, scope, 0, CHART_LABEL, words) != 0)
		return -1;
	chart_begin(c, b->arena, node_raw(node, "kind"), words, rows);
	for (; inner.row < rows; inner.row++) {
		if (chart_words_fill(b, node, &inner, CHART_LABEL, CHART_WORDS, words) != 0)
			return -1;
		if (!b->checking && (wrong = chart_row(c, words)) != NULL)
			return why_config(b->why, b->b->file, node->line, "<chart>: %s", wrong);
		if (strong && (bind_test(b, &inner, node->line, strong, &c->rows[inner.row].strong) != 0))
			return -1;
	}
	if (b->doc)
		document_add(b->doc, BLOCK_CHART, node->line)->chart = c;
	return 0;
}

static int block_each(struct binding *b, const struct node *node, const struct scope *scope)
{
	struct scope inner = { .up = scope };

	if (rows_of(b, node, &inner.result) != 0)
		return -1;
	if (b->checking)
		return bind_blocks(b, node->child, &inner);
	for (; inner.row < inner.result->n_rows; inner.row++)
		if (bind_blocks(b, node->child, &inner) != 0)
			return -1;
	return 0;
}

static int page_bind(struct binding *b, const struct node *node, const struct scope *scope)
{
	bool landscape = strcmp(node_raw(node, "orient"), "landscape") == 0;
	size_t before = b->doc ? b->doc->n_blocks : 0;

	block_new(b, landscape ? BLOCK_LANDSCAPE : BLOCK_PORTRAIT, node->line);
	if (bind_blocks(b, node->child, scope) != 0)
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
		return holds || b->checking ? bind_blocks(b, node->child, scope) : 0;
	default:
		return text_bind(b, node, scope);
	}
}

int bind_blocks(struct binding *b, const struct node *node, const struct scope *scope)
{
	int rc = 0;

	for (; node && rc == 0; node = node->next)
		rc = block_node(b, node, scope);
	return rc;
}
