/*
 * trace_tree - what a trace prints: a tree of names and values, as JSON or as indented lines.
 */
#include <stdio.h>

#include <sqlite3.h>

#include "../common/text.h"
#include "aggregator.h"

static void json_text(const char *s)
{
	(void)putchar('"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			(void)printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			(void)printf("\\u%04x", c);
		else
			(void)putchar(c);
	}
	(void)putchar('"');
}

/* What comes before a name or an element. */
static void tree_lead(struct tree *t, const char *name)
{
	if (t->in_line) {
		buf_str(&t->line, t->first ? "" : "; ");
		buf_str(&t->line, name != NULL ? name : "");
	} else if (t->json) {
		(void)printf("%s\n%*s", t->first ? "" : ",", 2 * t->depth, "");
		if (name != NULL) {
			json_text(name);
			(void)printf(": ");
		}
	} else {
		(void)printf("%*s", 2 * (t->depth - 1), "");
		if (name != NULL)
			(void)printf("%s:", name);
	}
	t->first = false;
}

void tree_open(struct tree *t, const char *name, char bracket)
{
	if (t->depth > 0) {
		if (t->json || name != NULL)
			tree_lead(t, name);
		else
			(void)printf("%*s-", 2 * (t->depth - 1), "");
		if (!t->json)
			(void)putchar('\n');
	}
	if (t->json)
		(void)putchar(bracket);
	t->depth++;
	t->first = true;
}

void tree_close(struct tree *t, char bracket)
{
	t->depth--;
	if (t->json) {
		if (t->first)
			(void)putchar(bracket);
		else
			(void)printf("\n%*s%c", 2 * t->depth, "", bracket);
	}
	t->first = false;
	if (t->depth == 0 && t->json)
		(void)putchar('\n');
}

/* What comes behind a name in a text: the end of a line, or of a part of one. */
static void tree_say(struct tree *t, const char *name, const char *value)
{
	if (t->in_line)
		buf_fmt(&t->line, "%s%s", name != NULL ? " " : "", value);
	else
		(void)printf("%s%s\n", name != NULL ? " " : "", value);
}

void tree_value(struct tree *t, const char *name, const char *value)
{
	struct buf shown = { 0 };

	tree_lead(t, name);
	if (t->json && value == NULL) {
		(void)printf("null");
	} else if (t->json) {
		json_text(value);
	} else {
		text_escape(&shown, span_of(value != NULL ? value : "-"));
		tree_say(t, name, buf_cstr(&shown));
	}
	buf_free(&shown);
}

void tree_number(struct tree *t, const char *name, int64_t value)
{
	char text[24];

	tree_lead(t, name);
	(void)snprintf(text, sizeof text, "%lld", (long long)value);
	if (t->json)
		(void)printf("%s", text);
	else
		tree_say(t, name, text);
}

void tree_money(struct tree *t, const char *name, const struct field *f, int64_t yuan)
{
	struct buf shown = { 0 }, second = { 0 };

	field_show_int(&shown, f, yuan);
	buf_str(&shown, f->unit != NULL ? f->unit : "");
	tree_lead(t, name);
	if (t->json) {
		(void)printf("%lld", (long long)yuan);
		buf_fmt(&second, "%s_shown", name);
		tree_value(t, buf_cstr(&second), buf_cstr(&shown));
	} else {
		buf_fmt(&second, "%lld yuan = %s", (long long)yuan, buf_cstr(&shown));
		tree_say(t, name, buf_cstr(&second));
	}
	buf_free(&shown);
	buf_free(&second);
}

void tree_column(struct tree *t, sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	if (sqlite3_column_type(row, column) != SQLITE_INTEGER &&
	    sqlite3_column_type(row, column) != SQLITE_FLOAT) {
		tree_value(t, sqlite3_column_name(row, column), text);
		return;
	}
	tree_lead(t, sqlite3_column_name(row, column));
	if (t->json)
		(void)printf("%s", text);
	else
		tree_say(t, sqlite3_column_name(row, column), text);
}

/* ---- rows ---- */

void tree_row(struct tree *t, const char *lead)
{
	if (t->json) {
		tree_open(t, NULL, '{');
		return;
	}
	buf_reset(&t->line);
	if (lead != NULL)
		buf_fmt(&t->line, "%s: ", lead);
	t->in_line = true;
	t->first = true;
}

void tree_row_said(struct tree *t)
{
	if (t->json)
		return;
	t->in_line = false;
	(void)printf("%*s- %s\n", 2 * (t->depth - 1), "", buf_cstr(&t->line));
	t->depth++;
}

void tree_row_end(struct tree *t)
{
	if (t->json)
		tree_close(t, '}');
	else
		t->depth--;
}
