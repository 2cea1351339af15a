/*
 * bind_name - what a name in a template means, and the numbers that are counted as they are printed.
 *
 * {query.name} is the first row of a query, {name} the row at hand, then the rows around it, then the
 * snapshot's meta.
 */
#include <stdlib.h>
#include <string.h>

#include "bind.h"

/* ---- names ---- */

const struct result *bind_result(const struct binding *b, const char *id)
{
	for (size_t i = 0; i < b->b->n_queries; i++)
		if (strcmp(b->results[i].id, id) == 0)
			return &b->results[i];
	return strcmp(id, "meta") == 0 ? &b->meta : NULL;
}

int bind_column(const struct result *r, const char *name)
{
	for (size_t i = 0; i < r->n_columns; i++)
		if (strcmp(r->columns[i], name) == 0)
			return (int)i;
	return -1;
}

/* The value of [QUERY.]NAME; a query without rows gives NULL.  -1: there is no such name. */
int bind_name(const struct binding *b, const struct scope *scope, const char *query, const char *name,
    struct value *out)
{
	const struct result *r = query ? bind_result(b, query) : NULL;
	size_t row = 0;
	int i = r ? bind_column(r, name) : -1;

	for (; !query && scope && i < 0; scope = scope->up) {
		r = scope->result;
		row = scope->row;
		i = bind_column(r, name);
	}
	if (!query && i < 0) {
		r = &b->meta;
		row = 0;
		i = bind_column(r, name);
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

	if (p->query && !bind_result(b, p->query))
		return why_config(b->why, b->b->file, p->line, "{%s.%s}: there is no query %s", query,
		    p->name, query);
	if (bind_name(b, scope, p->query, p->name, v) != 0)
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
int bind_pattern(struct binding *b, const struct pattern *p, const struct scope *scope,
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
int bind_attr(struct binding *b, const struct node *node, const char *name, const struct scope *scope,
    char **out)
{
	const struct attr *a = node_attr(node, name);
	struct buf s = { 0 };
	int rc = 0;

	if (a && (rc = bind_pattern(b, &a->text, scope, &s)) == 0)
		*out = arena_dup(b->arena, buf_cstr(&s));
	buf_free(&s);
	return rc;
}
