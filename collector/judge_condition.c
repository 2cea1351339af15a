/*
 * judge_condition - conditions of SQL read into a tree.  What is not understood (a SELECT, most functions, a
 * name without its table) is unknown; what takes only constants is left to SQLite, once a sheet.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/sqltext.h"
#include "judge_condition.h"

/* ---- reading a condition ---- */

struct reader {
	struct conditions *x;
	struct sqltext text;
	struct token   k;               /* the one at hand */
	const char    *behind;          /* where the token before it ended */
	bool           failed;
};

static size_t read_or(struct reader *r);
static size_t read_unary(struct reader *r);

static void next(struct reader *r)
{
	r->behind = r->k.s != NULL ? r->k.s + r->k.n : r->text.p;
	r->k = sqltext_next(&r->text);
	if (r->k.kind == TOKEN_END)
		r->k.n = 0;
}

static bool take(struct reader *r, const char *word)
{
	bool is = token_is(r->k, word);

	if (is)
		next(r);
	return is;
}

/* Two signs that stand together. */
static bool take_two(struct reader *r, const char *two)
{
	struct token first = r->k;

	if (first.kind != TOKEN_SIGN || first.s[0] != two[0] || first.s + 1 >= r->text.end ||
	    first.s[1] != two[1])
		return false;
	next(r);
	next(r);
	return true;
}

static size_t node(struct reader *r, enum known_op op, size_t a, size_t b)
{
	return tree_add(&r->x->tree, (struct node){ .op = op, .a = a, .b = b });
}

static size_t unknown(struct reader *r)
{
	return node(r, OP_UNKNOWN, 0, 0);
}

static size_t fail(struct reader *r)
{
	r->failed = true;
	return unknown(r);
}

static size_t constant(struct reader *r, struct known v)
{
	return tree_add_constant(&r->x->tree, v);
}

/* A constant that SQLite is asked for: all of them in one statement (conditions_end). */
static size_t folded(struct reader *r, const char *from)
{
	struct span text = { from, (size_t)(r->behind - from) };
	struct conditions *x = r->x;

	for (size_t i = 0; i < x->n_folds; i++)
		if (span_eq(x->folds[i].text, text))
			return x->folds[i].node;
	vec_room(x->folds, x->n_folds, x->cap_folds);
	x->folds[x->n_folds] = (struct fold){ tree_add_pending(&x->tree), text };
	return x->folds[x->n_folds++].node;
}

/* From behind an opening bracket to behind the one that closes it. */
static void skip_brackets(struct reader *r)
{
	int depth = 1;

	while (depth > 0 && r->k.kind != TOKEN_END) {
		depth += token_is(r->k, "(") ? 1 : token_is(r->k, ")") ? -1 : 0;
		next(r);
	}
	if (depth > 0)
		r->failed = true;
}

/* ---- names ---- */

/* The place of COLUMN among those asked of the row that field I refers to. */
static size_t wanted_column(struct conditions *x, size_t i, const char *column)
{
	struct names *n = &x->wanted[i];

	for (size_t k = 0; k < n->n; k++)
		if (strcmp(n->v[k], column) == 0)
			return k;
	if (n->n > 0)
		buf_str(&x->columns[i], ", ");
	sql_name(&x->columns[i], column);
	vec_room(n->v, n->n, n->cap);
	n->v[n->n] = mem_dup(column);
	return n->n++;
}

/* The first field that refers to the form TABLE, as the rules' statement joins it; NONE. */
static size_t referring(const struct form *form, const char *table)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		const struct form *ref = form->fields[i].ref;

		if (ref != NULL && ref->n_keys == 1 && strcmp(ref->name, table) == 0)
			return i;
	}
	return NONE;
}

static size_t column_node(struct reader *r, enum known_op op, size_t field, size_t column)
{
	return tree_add(&r->x->tree, (struct node){ .op = op, .a = field, .b = column });
}

static size_t new_column(struct reader *r, const struct field *f, const char *column)
{
	const char *type = f != NULL ? field_sql_type(f->type) : NULL;
	size_t field = f != NULL ? (size_t)(f - r->x->form->fields) : 0;

	if (f != NULL)
		return column_node(r, strcmp(type, "TEXT") == 0 ? OP_NEW_TEXT
		    : strcmp(type, "REAL") == 0 ? OP_NEW_REAL : OP_NEW_INTEGER, field, 0);
	if (strcmp(column, "note") == 0)
		return node(r, OP_NOTE, 0, 0);
	if (strcmp(column, "correction") == 0)
		return node(r, OP_CORRECTION, 0, 0);
	return strcmp(column, "op") == 0 ? node(r, OP_OP, 0, 0) : unknown(r);
}

static size_t name_node(struct reader *r, const char *table, const char *column)
{
	struct conditions *x = r->x;
	const struct field *f = form_field(x->form, column);
	size_t i;

	if (strcmp(table, "new") == 0)
		return new_column(r, f, column);
	if (strcmp(table, "prev") == 0)
		return f != NULL ? column_node(r, OP_WAS, (size_t)(f - x->form->fields), 0)
		    : strcmp(column, "_week") == 0 ? node(r, OP_WAS_WEEK, 0, 0) : unknown(r);
	if (strcmp(table, "cur") == 0)
		return f != NULL ? column_node(r, OP_CUR, (size_t)(f - x->form->fields), 0) : unknown(r);
	i = referring(x->form, table);
	if (i == NONE)
		return unknown(r);
	if (form_field(x->form->fields[i].ref, column) == NULL && strcmp(column, "_week") != 0)
		return unknown(r);
	return column_node(r, OP_REF, i, wanted_column(x, i, column));
}

static const char *text_of(struct reader *r, struct token k)
{
	return arena_ndup(&r->x->arena, k.s, k.n);
}

/* ---- calls ---- */

#define ARGUMENTS 8

/* The arguments up to the closing bracket; more than ARGUMENTS fail. */
static size_t read_arguments(struct reader *r, size_t *args)
{
	size_t n = 0;

	if (take(r, ")"))
		return 0;
	for (;;) {
		if (n == ARGUMENTS || r->failed) {
			r->failed = true;
			return n;
		}
		args[n++] = read_or(r);
		if (take(r, ")"))
			return n;
		if (!take(r, ",")) {
			r->failed = true;
			return n;
		}
	}
}

static size_t coalesce_node(struct reader *r, const size_t *args, size_t n)
{
	size_t at = args[n - 1];

	for (size_t i = n - 1; i-- > 0;)
		at = node(r, OP_COALESCE, args[i], at);
	return at;
}

/* A call at FROM: what is constant is asked of SQLite in the end, the rest is known or not. */
static size_t read_call(struct reader *r, struct token name, const char *from)
{
	struct conditions *x = r->x;
	size_t args[ARGUMENTS], n = read_arguments(r, args);
	bool fixed = true;

	if (r->failed)
		return unknown(r);
	for (size_t i = 0; i < n; i++)
		fixed = fixed && x->tree.nodes[args[i]].op == OP_CONSTANT;
	if (fixed)
		return folded(r, from);
	if ((token_is(name, "coalesce") || token_is(name, "ifnull")) && n >= 2)
		return coalesce_node(r, args, n);
	if (token_is(name, "abs") && n == 1)
		return node(r, OP_ABS, args[0], 0);
	if (token_is(name, "round") && n == 1)
		return node(r, OP_ROUND, args[0], 0);
	if (token_is(name, "squash") && n == 1)
		return node(r, OP_SQUASH, args[0], 0);
	if (token_is(name, "substr") && n == 3)
		return tree_add(&x->tree, (struct node){ .op = OP_SUBSTR, .a = args[0], .b = args[1],
		    .c = args[2] });
	return unknown(r);
}

/* ---- what stands alone ---- */

/* A number with a point or an exponent is what SQLite reads it as. */
static size_t read_number(struct reader *r)
{
	const char *from = r->k.s;
	char text[20];
	size_t n = r->k.n;

	next(r);
	if (n < sizeof text && strspn(from, "0123456789") >= n) {
		memcpy(text, from, n);
		text[n] = '\0';
		return constant(r, (struct known){ .kind = KNOWN_INTEGER, .i = strtoll(text, NULL, 10) });
	}
	/* the tokens part the sign from an exponent: 1e-6 */
	if (strspn(from, "0123456789.") < n && (from[n - 1] == 'e' || from[n - 1] == 'E')) {
		if (!take(r, "-") && !take(r, "+"))
			return fail(r);
		next(r);
	}
	return folded(r, from);
}

/* 'it''s' without its quotes. */
static size_t read_text(struct reader *r)
{
	struct buf text = { 0 };
	struct known v;

	for (size_t i = 1; i + 1 < r->k.n; i++) {
		buf_char(&text, r->k.s[i]);
		if (r->k.s[i] == '\'')
			i++;
	}
	v = known_text((struct span){ arena_ndup(&r->x->arena, buf_cstr(&text), text.len), text.len });
	buf_free(&text);
	next(r);
	return constant(r, v);
}

static size_t read_parameter(struct reader *r)
{
	const struct { const char *name, *value; } known[] = {
		{ ":unit", r->x->j->unit }, { ":week", r->x->week }, { ":as_of", r->x->as_of },
		{ ":city", r->x->j->rs->office->code },
	};
	struct token k = r->k;

	next(r);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (span_is((struct span){ k.s, k.n }, known[i].name))
			return constant(r, known_text(span_of(known[i].value)));
	return fail(r);
}

/* Behind CASE.  One of a value to compare with is passed over. */
static size_t read_case(struct reader *r)
{
	int depth = 1;
	size_t when, then;

	if (token_is(r->k, "END"))
		return fail(r);
	if (take(r, "WHEN")) {
		when = read_or(r);
		if (!take(r, "THEN"))
			return fail(r);
		then = read_or(r);
		if (take(r, "END"))
			return tree_add(&r->x->tree, (struct node){ .op = OP_CASE, .a = when, .b = then,
			    .c = constant(r, (struct known){ .kind = KNOWN_NULL }) });
		if (token_is(r->k, "WHEN"))     /* the rest is a CASE of its own */
			return tree_add(&r->x->tree, (struct node){ .op = OP_CASE, .a = when, .b = then,
			    .c = read_case(r) });
		if (take(r, "ELSE")) {
			size_t other = read_or(r);

			if (take(r, "END"))
				return tree_add(&r->x->tree, (struct node){ .op = OP_CASE, .a = when, .b = then,
				    .c = other });
		}
		return fail(r);
	}
	while (depth > 0 && r->k.kind != TOKEN_END) {
		depth += token_is(r->k, "CASE") ? 1 : token_is(r->k, "END") ? -1 : 0;
		next(r);
	}
	return depth > 0 ? fail(r) : unknown(r);
}

static size_t read_bracket(struct reader *r)
{
	size_t at;

	if (token_is(r->k, "SELECT") || token_is(r->k, "WITH") || token_is(r->k, "VALUES")) {
		skip_brackets(r);
		return unknown(r);
	}
	at = read_or(r);
	if (take(r, ")"))
		return at;
	skip_brackets(r);               /* a row of values */
	return unknown(r);
}

static size_t read_name(struct reader *r)
{
	struct token name = r->k, column;
	const char *from = r->k.s;

	next(r);
	if (token_is(name, "NULL"))
		return constant(r, (struct known){ .kind = KNOWN_NULL });
	if (token_is(name, "CASE"))
		return read_case(r);
	if (token_is(name, "EXISTS") || token_is(name, "CAST") || token_is(name, "RAISE")) {
		if (!take(r, "("))
			return fail(r);
		skip_brackets(r);
		return unknown(r);
	}
	if (take(r, "(")) {
		size_t at = read_call(r, name, from);

		return token_is(r->k, "FILTER") || token_is(r->k, "OVER") ? fail(r) : at;
	}
	if (!take(r, ".") || r->k.kind != TOKEN_WORD)
		return fail(r);         /* no table: whose column it is, SQLite knows */
	column = r->k;
	next(r);
	return token_is(r->k, ".") ? fail(r) : name_node(r, text_of(r, name), text_of(r, column));
}

static size_t read_unary(struct reader *r)
{
	size_t at;

	if (take(r, "-"))
		return node(r, OP_NEGATE, read_unary(r), 0);
	if (take(r, "+"))
		return read_unary(r);
	if (take(r, "("))
		at = read_bracket(r);
	else if (r->k.kind == TOKEN_NUMBER)
		at = read_number(r);
	else if (r->k.kind == TOKEN_TEXT)
		at = read_text(r);
	else if (r->k.kind == TOKEN_PARAMETER)
		at = read_parameter(r);
	else if (r->k.kind == TOKEN_WORD)
		at = read_name(r);
	else
		at = fail(r);
	return token_is(r->k, "COLLATE") ? fail(r) : at;
}

/* ---- operators, by how they bind ---- */

static size_t read_joined(struct reader *r)
{
	size_t at = read_unary(r);

	while (!r->failed) {
		if (take_two(r, "||")) {
			(void)read_unary(r);
		} else if (r->k.kind == TOKEN_SIGN && *r->k.s == '-' && r->k.s + 1 < r->text.end &&
		    r->k.s[1] == '>') {
			next(r);
			next(r);
			(void)take(r, ">");
			(void)read_unary(r);
		} else {
			break;
		}
		at = unknown(r);
	}
	return at;
}

static size_t read_product(struct reader *r)
{
	size_t at = read_joined(r);

	while (!r->failed) {
		if (take(r, "*"))
			at = node(r, OP_TIMES, at, read_joined(r));
		else if (take(r, "/"))
			at = node(r, OP_DIVIDE, at, read_joined(r));
		else if (take(r, "%"))
			at = node(r, OP_REST, at, read_joined(r));
		else
			break;
	}
	return at;
}

static size_t read_sum(struct reader *r)
{
	size_t at = read_product(r);

	while (!r->failed) {
		if (take(r, "+"))
			at = node(r, OP_PLUS, at, read_product(r));
		else if (take(r, "-"))
			at = node(r, OP_MINUS, at, read_product(r));
		else
			break;
	}
	return at;
}

static size_t read_order(struct reader *r)
{
	size_t at = read_sum(r);

	while (!r->failed) {
		if (r->k.kind == TOKEN_SIGN && r->k.s + 1 < r->text.end &&
		    (*r->k.s == '&' || *r->k.s == '|' ||
		    (*r->k.s == '<' && r->k.s[1] == '<') || (*r->k.s == '>' && r->k.s[1] == '>')))
			return fail(r);
		if (token_is(r->k, "<") && r->k.s[1] == '>')
			break;
		if (take_two(r, "<="))
			at = node(r, OP_LESS_EQUAL, at, read_sum(r));
		else if (take_two(r, ">="))
			at = node(r, OP_LESS_EQUAL, read_sum(r), at);
		else if (take(r, "<"))
			at = node(r, OP_LESS, at, read_sum(r));
		else if (take(r, ">"))
			at = node(r, OP_LESS, read_sum(r), at);
		else
			break;
	}
	return at;
}

/* Behind IN: one of a list is one comparison or another. */
static size_t read_list(struct reader *r, size_t value)
{
	size_t at = NONE;

	if (!take(r, "("))
		return fail(r);
	if (token_is(r->k, "SELECT") || token_is(r->k, "WITH") || token_is(r->k, ")")) {
		skip_brackets(r);
		return unknown(r);
	}
	do {
		size_t equal = node(r, OP_EQUAL, value, read_or(r));

		at = at == NONE ? equal : node(r, OP_OR, at, equal);
	} while (!r->failed && take(r, ","));
	return take(r, ")") ? at : fail(r);
}

static size_t read_between(struct reader *r, size_t value)
{
	size_t low = read_order(r), high;

	if (!take(r, "AND"))
		return fail(r);
	high = read_order(r);
	return node(r, OP_AND, node(r, OP_LESS_EQUAL, low, value), node(r, OP_LESS_EQUAL, value, high));
}

static size_t read_is(struct reader *r, size_t at)
{
	bool not = take(r, "NOT");

	if (token_is(r->k, "DISTINCT"))
		return fail(r);
	at = node(r, OP_IS, at, read_order(r));
	return not ? node(r, OP_NOT, at, 0) : at;
}

/* Behind NOT, if there was one: BETWEEN and IN; the others are not understood. */
static size_t read_relation(struct reader *r, size_t at, bool *read)
{
	bool not = take(r, "NOT");

	*read = true;
	if (take(r, "BETWEEN"))
		at = read_between(r, at);
	else if (take(r, "IN"))
		at = read_list(r, at);
	else if (not || token_is(r->k, "LIKE") || token_is(r->k, "GLOB") || token_is(r->k, "REGEXP") ||
	    token_is(r->k, "MATCH") || token_is(r->k, "ISNULL") || token_is(r->k, "NOTNULL"))
		return fail(r);
	else
		*read = false;
	return not ? node(r, OP_NOT, at, 0) : at;
}

static size_t read_equality(struct reader *r)
{
	size_t at = read_order(r);
	bool read = true;

	while (!r->failed && read) {
		if (take_two(r, "==") || take(r, "="))
			at = node(r, OP_EQUAL, at, read_order(r));
		else if (take_two(r, "<>") || take_two(r, "!="))
			at = node(r, OP_NOT, node(r, OP_EQUAL, at, read_order(r)), 0);
		else if (take(r, "IS"))
			at = read_is(r, at);
		else
			at = read_relation(r, at, &read);
	}
	return at;
}

static size_t read_not(struct reader *r)
{
	return take(r, "NOT") ? node(r, OP_NOT, read_not(r), 0) : read_equality(r);
}

static size_t read_and(struct reader *r)
{
	size_t at = read_not(r);

	while (!r->failed && take(r, "AND"))
		at = node(r, OP_AND, at, read_not(r));
	return at;
}

static size_t read_or(struct reader *r)
{
	size_t at = read_and(r);

	while (!r->failed && take(r, "OR"))
		at = node(r, OP_OR, at, read_and(r));
	return at;
}

size_t conditions_read(struct conditions *c, const char *text)
{
	struct reader r = { .x = c, .text = { text, text + strlen(text), 1 } };
	size_t at;

	next(&r);
	at = read_or(&r);
	return r.failed || r.k.kind != TOKEN_END ? unknown(&r) : at;
}

/* ---- what is constant ---- */

/* All of them in one statement; what cannot be told is unknown. */
void conditions_end(struct conditions *c, struct world *w)
{
	struct env_names names = { .unit = c->j->unit, .city = c->j->rs->office->code, .week = w->window.week,
		.as_of = w->window.as_of };
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	struct why why;
	bool told;

	buf_str(&sql, "SELECT ");
	for (size_t i = 0; i < c->n_folds; i++) {
		buf_str(&sql, i > 0 ? ", " : "");
		buf_add(&sql, c->folds[i].text.s, c->folds[i].text.n);
	}
	told = c->n_folds > 0 && db_prepare(w->db, buf_cstr(&sql), &stmt, &why) == 0 &&
	    env_bind(stmt, &names, &why) == 0 && sqlite3_step(stmt) == SQLITE_ROW;
	for (size_t i = 0; told && i < c->n_folds; i++) {
		struct value v = column_value(stmt, (int)i);

		if (v.kind == VALUE_TEXT)
			v.s = arena_dup(&c->arena, v.s);
		tree_set(&c->tree, c->folds[i].node, known_of(&v));
	}
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
}

/* ---- beginning and end ---- */

void conditions_begin(struct conditions *c, const struct judging *j, const struct world *w,
    const struct form *form)
{
	*c = (struct conditions){ .form = form, .j = j };
	week_format(w->window.week, c->week);
	day_format(w->window.as_of, c->as_of);
	c->columns = mem_zero(form->n_fields + 1, sizeof *c->columns);
	c->wanted = mem_zero(form->n_fields + 1, sizeof *c->wanted);
}

void conditions_free(struct conditions *c)
{
	for (size_t i = 0; i < c->form->n_fields; i++) {
		buf_free(&c->columns[i]);
		names_free(&c->wanted[i]);
	}
	tree_free(&c->tree);
	free(c->columns);
	free(c->wanted);
	free(c->folds);
	arena_free(&c->arena);
}
