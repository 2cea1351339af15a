/*
 * bind_test - the tests of a template: SQL conditions whose names are those of bind_name.
 */
#include <ctype.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "bind.h"

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
	    bind_name(b, scope, k ? first : NULL, k ? second : first, &t->v[t->n]) == 0)
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
int bind_test(struct binding *b, const struct scope *scope, int line, const char *test, bool *out)
{
	struct test t = { .n = 0 };
	sqlite3_stmt *s = NULL;
	int rc = -1;

	*out = false;
	if (test_translate(b, scope, line, test, &t) != 0)
		goto out;
	if (sqlite3_prepare_v2(b->db, buf_cstr(&t.sql), -1, &s, NULL) != SQLITE_OK || !s) {
		bind_trouble(b, line, test);
		goto out;
	}
	if (env_bind(s, &b->names, b->why) != 0)
		goto out;
	for (int i = 0; i < t.n; i++)
		value_give(s, i + 1, &t.v[i]);
	if (!b->checking && sqlite3_step(s) != SQLITE_ROW) {
		bind_trouble(b, line, test);
		goto out;
	}
	*out = !b->checking && sqlite3_column_int(s, 0) != 0;
	rc = 0;
out:
	sqlite3_finalize(s);
	buf_free(&t.sql);
	return rc;
}
