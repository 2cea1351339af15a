/*
 * judge_screen - which rules cannot hold on a row, found out without SQL.
 *
 * Rationale: nearly every row of a good file is as it should be, and to hear that from SQLite rule by rule cost
 * more than all the rest of taking it in.  So the conditions are read into small trees and asked of the values
 * at hand, and only a row that some rule may hold on is asked in SQL, which alone decides.  What a tree does
 * not understand (a SELECT, a function, a mixture of types) is unknown, and what comes to unknown may hold: so
 * the screen can be too careful, and must never be too sure.  Where it knows a value, it is the very one that
 * SQLite would come to; judge_known.c has that half.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/sqltext.h"
#include "judge_known.h"

struct fold {                           /* a call whose arguments are constant: SQLite says what it is */
	size_t      node;
	struct span text;
};

struct screen {
	const struct form *form;
	bool               all;         /* a rule looks at all rows of the file: all have to be there */
	struct tree        tree;
	size_t            *rules;       /* the root of each */
	size_t            *fields;      /* the field each points at, or NONE */
	struct buf        *columns;     /* per field: what is asked of the row that it refers to */
	struct names      *wanted;      /* the same, by name */
	struct fold       *folds;
	size_t             n_folds, cap_folds;
	struct arena       arena;
	/* the rows at hand, and what came of those before */
	struct judged_row *rows[TREE_ROWS];
	bool              *maybe;
	size_t             n_asked;
	/* what names mean */
	const struct judging *j;
	char               week[9], as_of[11];
};

/* ---- reading a condition ---- */

struct reader {
	struct screen *x;
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

/* A constant that SQLite is asked for: all of them in one statement (fold_constants). */
static size_t folded(struct reader *r, const char *from)
{
	struct span text = { from, (size_t)(r->behind - from) };
	struct screen *x = r->x;

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
static size_t wanted_column(struct screen *x, size_t i, const char *column)
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
	struct screen *x = r->x;
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
	struct screen *x = r->x;
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

static size_t read_rule(struct screen *x, const struct rule *rule)
{
	struct reader r = { .x = x, .text = { rule->when, rule->when + strlen(rule->when), 1 } };
	size_t at;

	next(&r);
	at = read_or(&r);
	return r.failed || r.k.kind != TOKEN_END ? unknown(&r) : at;
}

/* Whether TEXT looks at the rows of the file beside the one at hand. */
static bool asks_all_rows(const char *text)
{
	struct sqltext t = { text, text + strlen(text), 1 };

	for (struct token k = sqltext_next(&t); k.kind != TOKEN_END;) {
		struct token after = sqltext_next(&t);

		bool named = k.kind == TOKEN_NAME && k.n == 5 && memcmp(k.s + 1, "new", 3) == 0;

		if ((named || token_is(k, "new")) && !token_is(after, "."))
			return true;
		k = after;
	}
	return false;
}

/* ---- what is constant ---- */

/* All of them in one statement; what cannot be told is unknown. */
static void fold_constants(struct screen *x, struct world *w)
{
	struct env_names names = { .unit = x->j->unit, .city = x->j->rs->office->code, .week = w->window.week,
		.as_of = w->window.as_of };
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	struct why why;
	bool told;

	buf_str(&sql, "SELECT ");
	for (size_t i = 0; i < x->n_folds; i++) {
		buf_str(&sql, i > 0 ? ", " : "");
		buf_add(&sql, x->folds[i].text.s, x->folds[i].text.n);
	}
	told = x->n_folds > 0 && db_prepare(w->db, buf_cstr(&sql), &stmt, &why) == 0 &&
	    env_bind(stmt, &names, &why) == 0 && sqlite3_step(stmt) == SQLITE_ROW;
	for (size_t i = 0; told && i < x->n_folds; i++) {
		struct value v = column_value(stmt, (int)i);

		if (v.kind == VALUE_TEXT)
			v.s = arena_dup(&x->arena, v.s);
		tree_set(&x->tree, x->folds[i].node, known_of(&v));
	}
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
}

/* ---- the whole ---- */

struct screen *screen_new(const struct judging *j, struct world *w, const struct form *form)
{
	struct screen *x = mem_zero(1, sizeof *x);

	x->j = j;
	x->form = form;
	week_format(w->window.week, x->week);
	day_format(w->window.as_of, x->as_of);
	x->rules = mem_zero(form->n_rules + 1, sizeof *x->rules);
	x->fields = mem_zero(form->n_rules + 1, sizeof *x->fields);
	x->maybe = mem_zero(form->n_rules + 1, sizeof *x->maybe);
	x->columns = mem_zero(form->n_fields + 1, sizeof *x->columns);
	x->wanted = mem_zero(form->n_fields + 1, sizeof *x->wanted);
	for (size_t i = 0; i < form->n_rules; i++) {
		const char *name = form->rules[i].field;
		const struct field *f = name != NULL ? form_field(form, name) : NULL;

		x->rules[i] = read_rule(x, &form->rules[i]);
		x->fields[i] = f != NULL ? (size_t)(f - form->fields) : NONE;
		x->all = x->all || asks_all_rows(form->rules[i].when) ||
		    (form->rules[i].suggest != NULL && asks_all_rows(form->rules[i].suggest));
	}
	fold_constants(x, w);
	return x;
}

void screen_free(struct screen *x)
{
	if (x == NULL)
		return;
	for (size_t i = 0; i < x->form->n_fields; i++) {
		buf_free(&x->columns[i]);
		names_free(&x->wanted[i]);
	}
	tree_free(&x->tree);
	free(x->rules);
	free(x->fields);
	free(x->maybe);
	free(x->columns);
	free(x->wanted);
	free(x->folds);
	arena_free(&x->arena);
	free(x);
}

size_t screen_columns(const struct screen *x, size_t i, const char **list)
{
	*list = buf_cstr(&x->columns[i]);
	return x->wanted[i].n;
}

/* The rule I is to be asked of the rows in MAY; of a cell that could not be read nothing would be said anyhow. */
static void ask(struct screen *x, size_t i, uint32_t may)
{
	for (size_t r = 0; may != 0; r++, may >>= 1) {
		struct judged_row *row = x->rows[r];

		if ((may & 1) == 0 || (x->fields[i] != NONE && row->failed[x->fields[i]]))
			continue;
		x->n_asked += !row->asked;
		x->maybe[i] = row->asked = true;
	}
}

/* What is to be asked of the rows at hand; then they are done. */
static void settle(struct screen *x)
{
	for (size_t i = 0; i < x->form->n_rules; i++)
		ask(x, i, tree_may_hold(&x->tree, x->rules[i]));
	tree_forget_rows(&x->tree);
}

void screen_put(struct screen *x, const struct screened *row)
{
	if (x->all) {
		row->row->asked = true;
		x->n_asked++;
		return;
	}
	x->rows[x->tree.n_rows] = row->row;
	tree_put_row(&x->tree, row);
	if (x->tree.n_rows == TREE_ROWS)
		settle(x);
}

size_t screen_end(struct screen *x, bool *maybe)
{
	size_t n;

	settle(x);
	n = x->n_asked;
	for (size_t i = 0; i < x->form->n_rules; i++)
		maybe[i] = x->maybe[i] || (x->all && n > 0);
	memset(x->maybe, 0, x->form->n_rules * sizeof *x->maybe);
	x->n_asked = 0;
	return n;
}
