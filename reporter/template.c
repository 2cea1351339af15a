/*
 * template - a briefing's XML read strictly into a tree of nodes.
 *
 * The elements and their attributes are the table below; briefing.rng says the
 * same to editors.  What is not there is refused with file and line.
 */
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/xmldoc.h"
#include "template.h"

enum content { CONTENT_NONE, CONTENT_RAW, CONTENT_INLINE, CONTENT_BLOCK, CONTENT_COLS, CONTENT_CASES,
    CONTENT_MIXED };

/* Attributes: "!" required, "=" taken as it stands (no {values} in it). */
struct element {
	const char    *name;
	enum node_kind kind;
	enum content   content;
	const char    *attrs;
};

static const struct element elements[] = {
	{ "briefing", NODE_BRIEFING, CONTENT_BLOCK, "=name! =title! =page! =style! =orient =per =outbox" },
	{ "query",    NODE_QUERY,    CONTENT_RAW,   "=id!" },
	{ "format",   NODE_FORMAT,   CONTENT_CASES,
	    "=name! =decimals =scale =says =positive =negative =zero =date =other" },
	{ "case",     NODE_CASE,     CONTENT_RAW,   "=is!" },
	{ "keep",     NODE_KEEP,     CONTENT_RAW,   "" },
	{ "number",   NODE_NUMBER,   CONTENT_RAW,   "=name! =says! =within" },
	{ "stamp",    NODE_STAMP,    CONTENT_NONE,  "=draft! =failed! =reasons! =glyph! =boxes!" },
	{ "masthead", NODE_MASTHEAD, CONTENT_NONE,  "over name! issue! office! date! mark =blank" },
	{ "title",    NODE_TITLE,    CONTENT_INLINE, "=blank" },
	{ "h1",       NODE_H1,       CONTENT_INLINE, "=indent" },
	{ "h2",       NODE_H2,       CONTENT_INLINE, "" },
	{ "h3",       NODE_H3,       CONTENT_INLINE, "" },
	{ "p",        NODE_P,        CONTENT_INLINE, "=indent" },
	{ "note",     NODE_NOTE,     CONTENT_INLINE, "" },
	{ "table",    NODE_TABLE,    CONTENT_COLS,
	     "=in! caption unit again =size =repeat =keep =strong id group carried brought" },
	{ "chart",    NODE_CHART,    CONTENT_NONE,
	    "=in! =kind! caption unit name other ticks at label! value target says word tone"
	    " column to group mark =size =height =strong" },
	{ "col",      NODE_COL,      CONTENT_NONE,  "title! value! =width! =align =group to =merge =carry" },
	{ "page",     NODE_PAGE,     CONTENT_BLOCK, "=orient!" },
	{ "imprint",  NODE_IMPRINT,  CONTENT_NONE,  "copies office! date!" },
	{ "if",       NODE_IF,       CONTENT_MIXED, "=test =has =lacks" },
	{ "each",     NODE_EACH,     CONTENT_MIXED, "=in! =sep" },
	{ "b",        NODE_STRONG,   CONTENT_INLINE, "" },
	{ "link",     NODE_LINK,     CONTENT_INLINE, "to!" },
};

struct reader {
	struct briefing *b;
	struct why      *why;
	int              line;          /* of the text being read */
};

static const struct element *element_find(const char *name)
{
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (strcmp(elements[i].name, name) == 0)
			return &elements[i];
	return NULL;
}

const struct attr *node_attr(const struct node *node, const char *name)
{
	for (size_t i = 0; i < node->n_attrs; i++)
		if (strcmp(node->attrs[i].name, name) == 0)
			return &node->attrs[i];
	return NULL;
}

const char *node_raw(const struct node *node, const char *name)
{
	const struct attr *a = node_attr(node, name);

	return a ? a->raw : NULL;
}

/* ---- texts with {values} ---- */

static bool is_name(const char *s)
{
	if (!*s || (*s >= '0' && *s <= '9'))
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		    *s == '_'))
			return false;
	return true;
}

static struct piece *pattern_add(struct reader *r, struct pattern *p)
{
	struct piece *q;

	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 4;

		q = arena_alloc(&r->b->arena, cap * sizeof *q);
		if (p->n)
			memcpy(q, p->v, p->n * sizeof *q);
		p->v = q;
		p->cap = cap;
	}
	q = &p->v[p->n++];
	memset(q, 0, sizeof *q);
	q->line = r->line;
	return q;
}

/* {+number}, {+number:mark}, {@mark} or {@mark?otherwise}. */
static int number_parse(struct reader *r, struct piece *q, char *inside)
{
	char *cut = strchr(inside, *inside == '@' ? '?' : ':');

	if (*inside == '@' && cut) {
		*cut = '\0';
		q->otherwise = cut + 1;
	}
	if (*inside == '@') {
		q->mark = inside + 1;
	} else {
		q->number = inside + 1;
		if (cut) {
			*cut = '\0';
			q->mark = cut + 1;
		}
	}
	r->b->has_marks = r->b->has_marks || q->mark;
	if ((q->number && !is_name(q->number)) || (q->mark && !is_name(q->mark)))
		return why_config(r->why, r->b->file, r->line,
		    "{%s%s%s} is no number; write {+number}, {+number:mark} or {@mark?otherwise}", inside,
		    cut ? ":" : "", cut ? cut + 1 : "");
	return 0;
}

/* INSIDE is what stands between the braces: [query.]name[|format][?otherwise], or a number. */
static int value_parse(struct reader *r, struct pattern *p, char *inside)
{
	struct piece *q = pattern_add(r, p);
	char *cut;

	if (*inside == '+' || *inside == '@')
		return number_parse(r, q, inside);
	if ((cut = strchr(inside, '?')) != NULL) {
		*cut = '\0';
		q->otherwise = cut + 1;
	}
	if ((cut = strchr(inside, '|')) != NULL) {
		*cut = '\0';
		q->format = cut + 1;
	}
	q->name = inside;
	if ((cut = strchr(inside, '.')) != NULL) {
		*cut = '\0';
		q->query = inside;
		q->name = cut + 1;
	}
	if (!is_name(q->name) || (q->query && !is_name(q->query)))
		return why_config(r->why, r->b->file, r->line,
		    "{%s%s%s} is no value; write {name}, {query.name},"
		    " {name|format} or {name|format?text}", q->query ? q->query : "", q->query ? "." : "",
		    q->name);
	return 0;
}

/* FOLD: white space with a line end in it is layout of the source, not of the text. */
static int pattern_parse(struct reader *r, struct pattern *p, const char *s, bool fold)
{
	struct buf lit = { 0 };
	int rc = 0;

	while (*s && rc == 0) {
		if (*s == '{' && s[1] != '{') {
			const char *end = strchr(s, '}');

			if (!end) {
				rc = why_config(r->why, r->b->file, r->line,
				    "a { without its }; write {{ for the sign itself");
				break;
			}
			if (lit.len)
				pattern_add(r, p)->text = arena_ndup(&r->b->arena, lit.s, lit.len);
			buf_reset(&lit);
			rc = value_parse(r, p, arena_ndup(&r->b->arena, s + 1, (size_t)(end - s) - 1));
			s = end + 1;
		} else if (fold && strchr(" \t\r\n", *s)) {
			size_t n = strspn(s, " \t\r\n");

			if (!memchr(s, '\n', n))
				buf_char(&lit, ' ');
			for (; n > 0; n--)
				r->line += *s++ == '\n';
		} else {
			s += s[0] == s[1] && (*s == '{' || *s == '}');
			buf_char(&lit, *s++);
		}
	}
	if (rc == 0 && lit.len)
		pattern_add(r, p)->text = arena_ndup(&r->b->arena, lit.s, lit.len);
	buf_free(&lit);
	return rc;
}

/* ---- elements ---- */

/* Whether the attribute list has NAME; *RAW, *REQUIRED from its marks. */
static bool attr_allowed(const char *list, const char *name, bool *raw)
{
	size_t n = strlen(name);

	while (*list) {
		size_t len = strcspn(list, " ");
		const char *s = list + (*list == '=');
		size_t k = len - (size_t)(s - list);

		k -= k && s[k - 1] == '!';
		if (k == n && memcmp(s, name, n) == 0) {
			*raw = *list == '=';
			return true;
		}
		list += len;
		list += strspn(list, " ");
	}
	return false;
}

static int attrs_required(struct reader *r, const struct element *e, const struct node *node)
{
	const char *list = e->attrs;

	while (*list) {
		size_t len = strcspn(list, " ");

		if (list[len - 1] == '!') {
			const char *s = list + (*list == '=');
			char name[32];

			snprintf(name, sizeof name, "%.*s", (int)(list + len - 1 - s), s);
			if (!node_attr(node, name))
				return why_config(r->why, r->b->file, node->line,
				    "<%s> lacks the attribute %s", e->name, name);
		}
		list += len;
		list += strspn(list, " ");
	}
	return 0;
}

static int attrs_read(struct reader *r, const struct element *e, xmlNode *x, struct node *node)
{
	size_t n = 0;

	for (xmlAttr *a = x->properties; a; a = a->next)
		n++;
	node->attrs = arena_alloc(&r->b->arena, (n + 1) * sizeof *node->attrs);
	for (xmlAttr *a = x->properties; a; a = a->next) {
		struct attr *at = &node->attrs[node->n_attrs];
		const char *name = (const char *)a->name;
		bool raw = false;
		xmlChar *value;

		if (!attr_allowed(e->attrs, name, &raw))
			return why_config(r->why, r->b->file, node->line, "<%s> has no attribute %s", e->name,
			    name);
		value = xmlNodeGetContent((xmlNode *)a);
		at->name = arena_dup(&r->b->arena, name);
		at->raw = arena_dup(&r->b->arena, value ? (const char *)value : "");
		xmlFree(value);
		node->n_attrs++;
		r->line = node->line;
		if (!raw && pattern_parse(r, &at->text, at->raw, false) != 0)
			return -1;
	}
	return attrs_required(r, e, node);
}

static bool is_blank(const xmlChar *s)
{
	return !s || s[strspn((const char *)s, " \t\r\n")] == '\0';
}

/* Whether KIND may stand where CONTENT is wanted. */
static bool content_takes(enum content content, enum node_kind kind)
{
	switch (content) {
	case CONTENT_INLINE:
		return kind == NODE_IF || kind == NODE_EACH || kind == NODE_STRONG || kind == NODE_LINK;
	case CONTENT_BLOCK:
		return (kind > NODE_BRIEFING && kind <= NODE_EACH && kind != NODE_COL) ||
		    (kind >= NODE_QUERY && kind != NODE_CASE);
	case CONTENT_COLS:
		return kind == NODE_COL;
	case CONTENT_CASES:
		return kind == NODE_CASE;
	case CONTENT_NONE: case CONTENT_RAW: case CONTENT_MIXED:
		break;
	}
	return false;
}

static int node_read(struct reader *r, xmlNode *x, enum content where, struct node **out);

/* Text of an inline element, or white space between blocks. */
static int text_read(struct reader *r, xmlNode *x, enum content content, struct node ***tail)
{
	struct node *node;

	if (content != CONTENT_INLINE) {
		if (!is_blank(x->content))
			return why_config(r->why, r->b->file, r->line,
			    "text \"%.40s\" must stand in <p> or another element for text",
			    (const char *)x->content);
		for (const xmlChar *s = x->content; s && *s; s++)
			r->line += *s == '\n';
		return 0;
	}
	node = arena_alloc(&r->b->arena, sizeof *node);
	node->kind = NODE_TEXT;
	node->line = r->line;
	if (pattern_parse(r, &node->text, (const char *)x->content, true) != 0)
		return -1;
	**tail = node;
	*tail = &node->next;
	return 0;
}

static int children_read(struct reader *r, xmlNode *x, enum content content, struct node **out)
{
	struct node **tail = out;

	for (xmlNode *c = x->children; c; c = c->next) {
		if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) {
			if (text_read(r, c, content, &tail) != 0)
				return -1;
		} else if (c->type == XML_ELEMENT_NODE) {
			if (node_read(r, c, content, tail) != 0)
				return -1;
			if (*tail)
				tail = &(*tail)->next;
		} else if (c->type == XML_COMMENT_NODE) {
			for (const xmlChar *s = c->content; s && *s; s++)
				r->line += *s == '\n';
		} else {
			return why_config(r->why, r->b->file, r->line,
			    "only elements, text and comments may stand here");
		}
	}
	return 0;
}

/* ---- declarations ---- */

static char *content_dup(struct reader *r, xmlNode *x)
{
	xmlChar *s = xmlNodeGetContent(x);
	char *copy = arena_dup(&r->b->arena, s ? (const char *)s : "");

	xmlFree(s);
	return copy;
}

static int query_add(struct reader *r, xmlNode *x, const struct node *node)
{
	struct briefing *b = r->b;
	const char *id = node_raw(node, "id");

	for (size_t i = 0; i < b->n_queries; i++)
		if (strcmp(b->queries[i].id, id) == 0)
			return why_config(r->why, b->file, node->line,
			    "query %s is there twice, first in line %d", id,
			    b->queries[i].line);
	if (!is_name(id) || strcmp(id, "meta") == 0)
		return why_config(r->why, b->file, node->line, "\"%s\" is no name for a query", id);
	vec_room(b->queries, b->n_queries, b->cap_queries);
	b->queries[b->n_queries++] = (struct query){ .id = arena_dup(&b->arena, id), .sql = content_dup(r, x),
	    .line = node->line };
	return 0;
}

static int integer_attr(struct reader *r, const struct node *node, const char *name, int64_t low,
    int64_t high,
    int64_t otherwise, int64_t *out)
{
	const char *s = node_raw(node, name);
	char *end;

	*out = otherwise;
	if (!s)
		return 0;
	*out = strtoll(s, &end, 10);
	if (!*s || *end || *out < low || *out > high)
		return why_config(r->why, r->b->file, node->line,
		    "%s=\"%s\" must be a number from %lld to %lld", name, s,
		    (long long)low, (long long)high);
	return 0;
}

static int cases_add(struct reader *r, struct format *f, const struct node *first, xmlNode *x)
{
	for (xmlNode *c = x->children; c; c = c->next) {
		struct format_case *fc;

		if (c->type != XML_ELEMENT_NODE)
			continue;
		vec_room(f->cases, f->n_cases, f->cap_cases);
		fc = &f->cases[f->n_cases++];
		fc->is = arena_dup(&r->b->arena, node_raw(first, "is"));
		fc->says = content_dup(r, c);
		first = first->next;
	}
	return 0;
}

static int format_add(struct reader *r, xmlNode *x, const struct node *node)
{
	struct briefing *b = r->b;
	struct format f = { .line = node->line };
	int64_t decimals = 0;

	for (size_t i = 0; i < b->n_formats; i++)
		if (strcmp(b->formats[i].name, node_raw(node, "name")) == 0)
			return why_config(r->why, b->file, node->line,
			    "format %s is there twice, first in line %d",
			    b->formats[i].name, b->formats[i].line);
	f.name = arena_dup(&b->arena, node_raw(node, "name"));
	f.says = arena_dup(&b->arena, node_raw(node, "says"));
	f.positive = arena_dup(&b->arena, node_raw(node, "positive"));
	f.negative = arena_dup(&b->arena, node_raw(node, "negative"));
	f.zero = arena_dup(&b->arena, node_raw(node, "zero"));
	f.date = arena_dup(&b->arena, node_raw(node, "date"));
	f.other = arena_dup(&b->arena, node_raw(node, "other"));
	f.kind = f.date ? FORMAT_DATE : node->child ? FORMAT_CASES : FORMAT_NUMBER;
	if (integer_attr(r, node, "decimals", 0, 6, 0, &decimals) != 0 ||
	    integer_attr(r, node, "scale", 1, 1000000000000, 1, &f.scale) != 0)
		return -1;
	f.decimals = (int)decimals;
	(void)cases_add(r, &f, node->child, x);
	vec_room(b->formats, b->n_formats, b->cap_formats);
	b->formats[b->n_formats++] = f;
	return 0;
}

static void keep_add(struct reader *r, xmlNode *x)
{
	struct briefing *b = r->b;
	char *s = content_dup(r, x), *word, *rest = NULL;

	for (word = strtok_r(s, " \t\r\n", &rest); word; word = strtok_r(NULL, " \t\r\n", &rest)) {
		vec_room(b->keep, b->n_keep, b->cap_keep);
		b->keep[b->n_keep++] = word;
	}
}

static void stamp_set(struct briefing *b, const struct node *node)
{
	b->stamp_draft = arena_dup(&b->arena, node_raw(node, "draft"));
	b->stamp_failed = arena_dup(&b->arena, node_raw(node, "failed"));
	b->stamp_reasons = arena_dup(&b->arena, node_raw(node, "reasons"));
	b->stamp_glyph = arena_dup(&b->arena, node_raw(node, "glyph"));
	b->stamp_boxes = arena_dup(&b->arena, node_raw(node, "boxes"));
}

static int number_add(struct reader *r, xmlNode *x, const struct node *node)
{
	struct briefing *b = r->b;
	struct number n = { .name = arena_dup(&b->arena, node_raw(node, "name")),
		.says = arena_dup(&b->arena, node_raw(node, "says")),
		.within = arena_dup(&b->arena, node_raw(node, "within")), .line = node->line };
	char *s = content_dup(r, x), *word, *rest = NULL;
	bool outer = n.within == NULL;

	for (size_t i = 0; i < b->n_numbers; i++) {
		if (strcmp(b->numbers[i].name, n.name) == 0)
			return why_config(r->why, b->file, node->line,
			    "number %s is there twice, first in line %d", n.name, b->numbers[i].line);
		outer = outer || strcmp(b->numbers[i].name, n.within) == 0;
	}
	if (!is_name(n.name))
		return why_config(r->why, b->file, node->line, "\"%s\" is no name for a number", n.name);
	if (!outer)
		return why_config(r->why, b->file, node->line,
		    "within=\"%s\": there is no number %s before this",
		    n.within, n.within);
	for (word = strtok_r(s, " \t\r\n", &rest); word; word = strtok_r(NULL, " \t\r\n", &rest)) {
		vec_room(n.words, n.n_words, n.cap_words);
		n.words[n.n_words++] = word;
	}
	vec_room(b->numbers, b->n_numbers, b->cap_numbers);
	b->numbers[b->n_numbers++] = n;
	return 0;
}

/* Returns 1 if NODE was a declaration and is no part of the body. */
static int declaration_read(struct reader *r, xmlNode *x, const struct node *node)
{
	switch (node->kind) {
	case NODE_QUERY:
		return query_add(r, x, node) != 0 ? -1 : 1;
	case NODE_FORMAT:
		return format_add(r, x, node) != 0 ? -1 : 1;
	case NODE_NUMBER:
		return number_add(r, x, node) != 0 ? -1 : 1;
	case NODE_KEEP:
		keep_add(r, x);
		return 1;
	case NODE_STAMP:
		stamp_set(r->b, node);
		return 1;
	default:
		return 0;
	}
}

/* ---- what the table cannot say ---- */

static int one_of(struct reader *r, const struct node *node, const char *name, const char *list)
{
	const char *s = node_raw(node, name);
	bool raw;

	if (!s || attr_allowed(list, s, &raw))
		return 0;
	return why_config(r->why, r->b->file, node->line, "%s=\"%s\" must be one of: %s", name, s, list);
}

static int if_check(struct reader *r, const struct node *node)
{
	if (node->n_attrs == 1)
		return 0;
	return why_config(r->why, r->b->file, node->line, "<if> needs exactly one of test, has, lacks");
}

static int briefing_check(struct reader *r, const struct node *node)
{
	const char *per = node_raw(node, "per");

	if (one_of(r, node, "page", "A4 A3") != 0 || one_of(r, node, "style", "gbt9704") != 0 ||
	    one_of(r, node, "orient", "landscape portrait") != 0 || one_of(r, node, "outbox", "yes no") != 0)
		return -1;
	if (!per && node_raw(node, "outbox"))
		return why_config(r->why, r->b->file, node->line,
		    "outbox needs per: the query that says for whom");
	return 0;
}

static int node_check(struct reader *r, const struct node *node)
{
	switch (node->kind) {
	case NODE_IF:
		return if_check(r, node);
	case NODE_BRIEFING:
		return briefing_check(r, node);
	case NODE_H1: case NODE_P:
		return one_of(r, node, "indent", "yes no");
	case NODE_PAGE:
		return one_of(r, node, "orient", "landscape portrait");
	case NODE_TABLE:
		if (one_of(r, node, "keep", "yes no") != 0)
			return -1;
		return one_of(r, node, "repeat", "header none");
	case NODE_CHART:
		return one_of(r, node, "kind", "bar line heat bullet nodes");
	case NODE_COL:
		if (one_of(r, node, "merge", "yes no") != 0 || one_of(r, node, "carry", "yes no") != 0)
			return -1;
		return one_of(r, node, "align", "left center right");
	default:
		return 0;
	}
}

/* *OUT stays NULL for a declaration. */
static int node_read(struct reader *r, xmlNode *x, enum content where, struct node **out)
{
	const struct element *e = element_find((const char *)x->name);
	struct node *node;
	enum content content;
	int rc;

	r->line = (int)xmlGetLineNo(x);
	if (!e || x->ns || !content_takes(where, e->kind))
		return why_config(r->why, r->b->file, r->line, "<%s> may not stand here",
		    (const char *)x->name);
	node = arena_alloc(&r->b->arena, sizeof *node);
	node->kind = e->kind;
	node->line = r->line;
	if (attrs_read(r, e, x, node) != 0 || node_check(r, node) != 0)
		return -1;
	content = e->content == CONTENT_MIXED ? where : e->content;
	if (content == CONTENT_RAW) {
		xmlChar *s = xmlNodeGetContent(x);

		for (const xmlChar *p = s; p && *p; p++)
			r->line += *p == '\n';
		xmlFree(s);
	} else if (children_read(r, x, content, &node->child) != 0) {
		return -1;
	}
	rc = declaration_read(r, x, node);
	if (rc == 0)
		*out = node;
	return rc < 0 ? -1 : 0;
}

/* ---- the file ---- */

/* What the root's attributes say. */
static int root_take(struct reader *r, const struct node *root)
{
	struct briefing *b = r->b;
	const char *orient = node_raw(root, "orient"), *outbox = node_raw(root, "outbox");
	bool found = false;

	b->name = arena_dup(&b->arena, node_raw(root, "name"));
	b->title = arena_dup(&b->arena, node_raw(root, "title"));
	b->paper = strcmp(node_raw(root, "page"), "A3") == 0 ? PAPER_A3 : PAPER_A4;
	b->landscape = orient && strcmp(orient, "landscape") == 0;
	b->outbox = outbox && strcmp(outbox, "yes") == 0;
	b->per = arena_dup(&b->arena, node_raw(root, "per"));
	b->body = root->child;
	for (size_t i = 0; b->per && i < b->n_queries; i++)
		found = found || strcmp(b->queries[i].id, b->per) == 0;
	if (b->per && !found)
		return why_config(r->why, b->file, root->line, "per=\"%s\": there is no query %s", b->per,
		    b->per);
	if (!b->stamp_draft)
		return why_config(r->why, b->file, root->line, "<stamp> is missing: the words on a draft");
	return 0;
}

static int root_read(struct reader *r, xmlDoc *doc)
{
	xmlNode *x = xmlDocGetRootElement(doc);
	struct node *root = arena_alloc(&r->b->arena, sizeof *root);
	const struct element *e = &elements[0];

	if (!x || strcmp((const char *)x->name, e->name) != 0)
		return why_config(r->why, r->b->file, 1, "a briefing begins with <briefing>");
	r->line = root->line = (int)xmlGetLineNo(x);
	if (attrs_read(r, e, x, root) != 0 || node_check(r, root) != 0 ||
	    children_read(r, x, CONTENT_BLOCK, &root->child) != 0)
		return -1;
	return root_take(r, root);
}

int template_parse(const char *bytes, size_t n, const char *file, const struct xmldoc_grammar *grammar,
    struct briefing **out, struct why *why)
{
	struct briefing *b = mem_zero(1, sizeof *b);
	struct reader r = { .b = b, .why = why };
	xmlDoc *doc = NULL;
	int rc = -1;

	b->file = arena_dup(&b->arena, file);
	if (xmldoc_parse(bytes, n, file, &doc, why) != 0 || root_read(&r, doc) != 0)
		goto out;
	/* Last: what the code above says of a mistake is plainer than what a grammar can. */
	if (grammar && xmldoc_check(doc, file, grammar, why) != 0)
		goto out;
	*out = b;
	b = NULL;
	rc = 0;
out:
	xmlFreeDoc(doc);
	template_free(b);
	return rc;
}

void template_free(struct briefing *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n_formats; i++)
		free(b->formats[i].cases);
	for (size_t i = 0; i < b->n_numbers; i++)
		free(b->numbers[i].words);
	free(b->numbers);
	free(b->formats);
	free(b->queries);
	free(b->keep);
	arena_free(&b->arena);
	free(b);
}
