/*
 * judge_named - which row of a form is meant where its number is missing or unknown: the one row that the unit
 * holds under the names that stand beside it.  It is proposed and never taken; where several may be, they are listed.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/env.h"
#include "judge.h"

#define MOST_NAMES 4u
#define MOST_ASKED 2000u                /* a file: each asks all rows of the form */
#define MOST_LIKE 200u                  /* a file: each compares parts of names of all rows */
#define MOST_LISTED 3
#define LEAST_LIKE 4                    /* characters: what is shorter is part of too many names */

struct named {
	const struct form *form;
	const struct field *key;
	size_t        n;                        /* names the form is known by */
	size_t        column[MOST_NAMES];       /* of the sheet, or NONE */
	sqlite3_stmt *find, *like;              /* NULL until the first row asks */
	unsigned      asked, asked_like;
	struct named *next;
};

/* ---- one form ---- */

static struct named *named_new(const struct sheet *s, const struct messages *m, const struct form *form)
{
	struct named *n = mem_zero(1, sizeof *n);

	n->form = form;
	n->key = &form->fields[form->keys[0]];
	for (size_t i = 0; form->n_keys == 1 && i < n->key->n_known && i < MOST_NAMES; i++) {
		size_t at = header_column_named(s, m, form_field(form, n->key->known[i]));

		n->column[n->n++] = at < s->n_columns ? at : NONE;
	}
	return n;
}

void named_free(struct named *n)
{
	while (n != NULL) {
		struct named *next = n->next;

		(void)sqlite3_finalize(n->find);
		(void)sqlite3_finalize(n->like);
		free(n);
		n = next;
	}
}

static void table_name(struct buf *out, const struct named *n)
{
	struct buf name = { 0 };

	buf_fmt(&name, "named_%s", n->form->name);
	buf_str(out, "temp.");
	sql_name(out, buf_cstr(&name));
	buf_free(&name);
}

/* All rows of the form that the unit holds: number, name, and the squashed names. */
static int list_rows(const struct named *n, struct world *w, const char *table, struct why *why)
{
	const struct field *naming = form_naming_field(n->form);
	struct buf sql = { 0 };
	int rc;

	buf_fmt(&sql, "CREATE TEMP TABLE IF NOT EXISTS %s (key TEXT, name TEXT", table + strlen("temp."));
	for (size_t i = 0; i < n->n; i++)
		buf_fmt(&sql, ", name%zu TEXT", i);
	/* emptied, not dropped: as in judge_number */
	buf_fmt(&sql, "); DELETE FROM %s; INSERT INTO %s SELECT ", table, table);
	sql_name(&sql, n->key->name);
	buf_str(&sql, ", ");
	sql_name(&sql, naming != NULL ? naming->name : n->key->name);
	for (size_t i = 0; i < n->n; i++) {
		buf_str(&sql, ", squash(");
		sql_name(&sql, n->key->known[i]);
		buf_char(&sql, ')');
	}
	buf_str(&sql, " FROM ");
	sql_name(&sql, n->form->name);
	rc = db_exec(w->db, buf_cstr(&sql), why);
	buf_free(&sql);
	return rc;
}

/* Rows that have all names that are asked for. */
static int prepare_find(struct named *n, struct world *w, const char *table, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_fmt(&sql, "SELECT key, name FROM %s WHERE true", table);
	for (size_t i = 0; i < n->n; i++)
		buf_fmt(&sql, " AND (?%zu IS NULL OR name%zu = ?%zu)", i + 1, i, i + 1);
	buf_fmt(&sql, " ORDER BY key LIMIT %d", MOST_LISTED + 1);
	rc = db_prepare(w->db, buf_cstr(&sql), &n->find, why);
	buf_free(&sql);
	return rc;
}

/* Rows whose own name is part of the one that is asked for, or has it as a part; then those that share another. */
static int prepare_like(struct named *n, struct world *w, const char *table, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_fmt(&sql, "SELECT key, name FROM (SELECT key, name, coalesce(min(length(name0), length(?1)) >= %d"
	    " AND (instr(name0, ?1) > 0 OR instr(?1, name0) > 0), false) AS alike, coalesce(false", LEAST_LIKE);
	for (size_t i = 1; i < n->n; i++)
		buf_fmt(&sql, " OR name%zu = ?%zu", i, i + 1);
	buf_fmt(&sql, ", false) AS shared FROM %s) WHERE alike OR shared ORDER BY alike DESC, key LIMIT %d", table,
	    MOST_LISTED + 1);
	rc = db_prepare(w->db, buf_cstr(&sql), &n->like, why);
	buf_free(&sql);
	return rc;
}

static int prepare(struct named *n, struct judging *j, struct world *w, struct why *why)
{
	struct buf table = { 0 };
	int rc;

	table_name(&table, n);
	rc = world_state(j, w, n->form, why);
	if (rc == 0)
		rc = list_rows(n, w, buf_cstr(&table), why);
	if (rc == 0)
		rc = prepare_find(n, w, buf_cstr(&table), why);
	if (rc == 0)
		rc = prepare_like(n, w, buf_cstr(&table), why);
	buf_free(&table);
	return rc;
}

/* ---- whose number ---- */

const struct unit *foreign_unit(const struct ruleset *rs, const char *u, const char *key)
{
	for (size_t i = 0; i < rs->n_units; i++) {
		const struct unit *unit = &rs->units[i];
		size_t n = strlen(unit->code);

		if (strncmp(key, unit->code, n) == 0 && key[n] == '-')
			return strcmp(unit->code, u) != 0 ? unit : NULL;
	}
	return NULL;
}

/* ---- asking ---- */

/*
 * Bind the first MOST names of ROW to STMT.  Where the sheet has no column for the first, CELL, which stands in the
 * place of the number, may be it.  Returns how many there are; WHOLE: the first is among them.
 */
static size_t bind_names(const struct named *n, sqlite3_stmt *stmt, const struct judged_sheet *s,
    const struct judged_row *row, const char *cell, size_t most, bool *whole)
{
	size_t bound = 0;

	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	*whole = false;
	for (size_t i = 0; i < n->n && i < most; i++) {
		struct span text = n->column[i] != NONE ? sheet_cell(s->sheet, row->source, n->column[i]) :
		    span_of(i == 0 && cell != NULL ? cell : "");
		struct buf b = { 0 };

		text_squash(&b, text);
		if (b.len > 0) {
			(void)sqlite3_bind_text(stmt, (int)i + 1, b.s, (int)b.len, SQLITE_TRANSIENT);
			*whole = *whole || i == 0;
			bound++;
		}
		buf_free(&b);
	}
	return bound;
}

static struct named *of_form(struct named **all, const struct sheet *s, const struct messages *m,
    const struct form *form)
{
	struct named *n = *all;

	while (n != NULL && n->form != form)
		n = n->next;
	if (n == NULL) {
		n = named_new(s, m, form);
		n->next = *all;
		*all = n;
	}
	return n;
}

/* One row of an answer more, into the list of those that may be meant. */
static void list_one(struct buf *list, const struct messages *m, const char *key, const char *name)
{
	const struct message_arg args[] = { { "number", key }, { "name", name } };

	if (list->len > 0)
		message_says(list, m, "list.or", NULL, 0);
	message_says(list, m, "named.one", args, 2);
}

/* What was bound to STMT is asked for: the list, and its key if there is one row only. */
static int take_answer(sqlite3_stmt *stmt, struct world *w, struct judging *j, struct judged *f,
    struct named_row *out, struct why *why)
{
	struct arena *arena = &f->row_findings.arena;
	struct buf list = { 0 };
	int step, rows = 0;

	out->key = out->name = out->list = NULL;
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW && rows++ < MOST_LISTED) {
		out->key = arena_dup(arena, (const char *)sqlite3_column_text(stmt, 0));
		out->name = arena_dup(arena, (const char *)sqlite3_column_text(stmt, 1));
		list_one(&list, &j->rs->messages, out->key, out->name);
	}
	if (rows > MOST_LISTED)
		message_says(&list, &j->rs->messages, "named.more", NULL, 0);
	if (rows > 1)
		out->key = out->name = NULL;
	if (rows > 0)
		out->list = arena_dup(arena, buf_cstr(&list));
	buf_free(&list);
	(void)sqlite3_reset(stmt);
	return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : db_trouble(w->db, "names", why);
}

int named_find(struct named **all, struct judging *j, struct world *w, struct judged *f,
    const struct judged_sheet *s, const struct judged_row *row, const struct form *form, const char *cell,
    struct named_row *out, struct why *why)
{
	struct named *n = of_form(all, s->sheet, &j->rs->messages, form);
	bool whole;

	*out = (struct named_row){ 0 };
	if (n->n == 0 || j->alone || s->sheet->grid->form != NULL || n->asked++ >= MOST_ASKED)
		return 0;
	if (n->like == NULL && prepare(n, j, w, why) != 0)
		return -1;
	out->named = bind_names(n, n->find, s, row, cell, n->n, &out->whole);
	if (out->named > 0 && take_answer(n->find, w, j, f, out, why) != 0)
		return -1;
	if (out->named == 0 || out->list != NULL)
		return 0;
	whole = out->whole;
	out->whole = false;
	if (out->named > 1 && whole) {
		/* Its own name alone, while the others say otherwise. */
		(void)bind_names(n, n->find, s, row, cell, 1, &whole);
		if (take_answer(n->find, w, j, f, out, why) != 0)
			return -1;
	}
	if (out->list != NULL || n->asked_like++ >= MOST_LIKE)
		return 0;
	(void)bind_names(n, n->like, s, row, cell, n->n, &whole);
	if (take_answer(n->like, w, j, f, out, why) != 0)
		return -1;
	out->key = out->name = NULL;
	return 0;
}
