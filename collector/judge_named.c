/*
 * judge_named - which row of a form is meant where its number is missing or unknown: the one row that the unit
 * holds under the names that stand beside it.  It is proposed and never taken.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/env.h"
#include "judge.h"

#define MOST_NAMES 4u
#define MOST_ASKED 2000u                /* a file: each asks all rows of the form */

struct named {
	const struct form *form;
	const struct field *key;
	size_t        n;                        /* names the form is known by */
	size_t        column[MOST_NAMES];       /* of the sheet, or NONE */
	sqlite3_stmt *find;                     /* NULL until the first row asks */
	unsigned      asked;
	struct named *next;
};

/* ---- one form ---- */

static struct named *named_new(const struct sheet *s, const struct form *form)
{
	struct named *n = mem_zero(1, sizeof *n);

	n->form = form;
	n->key = &form->fields[form->keys[0]];
	for (size_t i = 0; form->n_keys == 1 && i < n->key->n_known && i < MOST_NAMES; i++) {
		size_t at = header_column_named(s, form_field(form, n->key->known[i]));

		n->column[n->n++] = at < s->n_columns ? at : NONE;
	}
	return n;
}

void named_free(struct named *n)
{
	while (n != NULL) {
		struct named *next = n->next;

		(void)sqlite3_finalize(n->find);
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

static int prepare(struct named *n, struct judging *j, struct world *w, struct why *why)
{
	struct buf sql = { 0 }, table = { 0 };
	int rc;

	table_name(&table, n);
	rc = world_state(j, w, n->form, why);
	if (rc == 0)
		rc = list_rows(n, w, buf_cstr(&table), why);
	buf_fmt(&sql, "SELECT min(key), min(name), count(*) FROM %s WHERE true", buf_cstr(&table));
	for (size_t i = 0; i < n->n; i++)
		buf_fmt(&sql, " AND (?%zu IS NULL OR name%zu = ?%zu)", i + 1, i, i + 1);
	if (rc == 0)
		rc = db_prepare(w->db, buf_cstr(&sql), &n->find, why);
	buf_free(&sql);
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
 * Bind the first MOST names of ROW.  Where the sheet has no column for the first, CELL, which stands in the place
 * of the number, may be it.  Returns how many there are; WHOLE: the first is among them.
 */
static size_t bind_names(struct named *n, const struct judged_sheet *s, const struct judged_row *row,
    const char *cell, size_t most, bool *whole)
{
	size_t bound = 0;

	(void)sqlite3_reset(n->find);
	(void)sqlite3_clear_bindings(n->find);
	*whole = false;
	for (size_t i = 0; i < n->n && i < most; i++) {
		struct span text = n->column[i] != NONE ? sheet_cell(s->sheet, row->source, n->column[i]) :
		    span_of(i == 0 && cell != NULL ? cell : "");
		struct buf b = { 0 };

		text_squash(&b, text);
		if (b.len > 0) {
			(void)sqlite3_bind_text(n->find, (int)i + 1, b.s, (int)b.len, SQLITE_TRANSIENT);
			*whole = *whole || i == 0;
			bound++;
		}
		buf_free(&b);
	}
	return bound;
}

static struct named *of_form(struct named **all, const struct sheet *s, const struct form *form)
{
	struct named *n = *all;

	while (n != NULL && n->form != form)
		n = n->next;
	if (n == NULL) {
		n = named_new(s, form);
		n->next = *all;
		*all = n;
	}
	return n;
}

/* What was bound is asked for. */
static int take_one(struct named *n, struct world *w, struct judged *f, struct named_row *out, struct why *why)
{
	int step = sqlite3_step(n->find);

	if (step == SQLITE_ROW && sqlite3_column_int64(n->find, 2) == 1) {
		out->key = arena_dup(&f->row_findings.arena, (const char *)sqlite3_column_text(n->find, 0));
		out->name = arena_dup(&f->row_findings.arena, (const char *)sqlite3_column_text(n->find, 1));
	}
	(void)sqlite3_reset(n->find);
	return step == SQLITE_ROW ? 0 : db_trouble(w->db, "names", why);
}

int named_find(struct named **all, struct judging *j, struct world *w, struct judged *f,
    const struct judged_sheet *s, const struct judged_row *row, const struct form *form, const char *cell,
    struct named_row *out, struct why *why)
{
	struct named *n = of_form(all, s->sheet, form);

	*out = (struct named_row){ 0 };
	if (n->n == 0 || j->alone || s->sheet->grid->form != NULL || n->asked++ >= MOST_ASKED)
		return 0;
	if (n->find == NULL && prepare(n, j, w, why) != 0)
		return -1;
	out->named = bind_names(n, s, row, cell, n->n, &out->whole);
	if (out->named > 0 && take_one(n, w, f, out, why) != 0)
		return -1;
	if (out->key != NULL || out->named < 2 || !out->whole)
		return 0;
	/* Its own name alone, while the others say otherwise. */
	(void)bind_names(n, s, row, cell, 1, &out->whole);
	out->whole = false;
	return take_one(n, w, f, out, why);
}
