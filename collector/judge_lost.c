/*
 * judge_lost - codes that a spreadsheet took for numbers, and whose last digits are lost, or that are misspelt: the one
 * that the unit's own rows have beside the same name is proposed.  It is never taken.
 */
#include <ctype.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "judge.h"

#define MOST_ASKED   500u               /* a file: each asks all rows of the form */
#define KEPT_DIGITS  15u                /* of a number, by spreadsheets; the others become zeros */

/*
 * What is left of the code that SENT was, if it looks like a number: "9.1320412E+17" has 9132041 and a rounded
 * digit.  Nothing: nothing is known of it.
 */
static void what_is_left(struct buf *out, const char *sent)
{
	size_t n = strlen(sent), digits = strspn(sent, "0123456789."), whole = strspn(sent, "0123456789");

	if (sent[digits] == 'E' || sent[digits] == 'e') {
		for (size_t i = 0; i < digits; i++)
			if (sent[i] != '.')
				buf_char(out, sent[i]);
		out->len -= out->len > 0;
	} else if (whole == n && n > KEPT_DIGITS && strspn(sent + KEPT_DIGITS, "0") == n - KEPT_DIGITS) {
		buf_add(out, sent, KEPT_DIGITS);
	}
}

/* "?1 the name, ?2 what is left, ?3 the key": the codes of rows with that name or key, and how many different ones. */
static int prepare(struct lost *l, struct table *t, const struct field *field, struct why *why)
{
	const struct form *form = t->form;
	struct buf sql = { 0 };
	int rc;

	(void)sqlite3_finalize(l->find);
	l->find = NULL;
	l->field = field;
	buf_str(&sql, "SELECT min(code), count(DISTINCT code) FROM (SELECT ");
	sql_name(&sql, field->name);
	buf_str(&sql, " AS code FROM ");
	sql_name(&sql, form->name);
	buf_str(&sql, " WHERE squash(");
	sql_name(&sql, field->with);
	buf_str(&sql, ") = ?1");
	if (form->n_keys == 1 && &form->fields[form->keys[0]] != field) {
		buf_str(&sql, " OR (length(?2) > 0 AND ");
		sql_name(&sql, form->fields[form->keys[0]].name);
		buf_str(&sql, " = ?3)");
	}
	/* What has letters becomes no number. */
	buf_str(&sql, ") WHERE ?2 = '' OR (substr(code, 1, length(?2)) = ?2 AND code NOT GLOB '*[^0-9]*')");
	rc = world_state(t->j, t->w, form, why);
	if (rc == 0)
		rc = db_prepare(t->w->db, buf_cstr(&sql), &l->find, why);
	buf_free(&sql);
	return rc;
}

/* The code meant in FIELD of ROW, where SENT stands: in *OUT, or NULL. */
static int ask(struct table *t, const struct judged_row *row, const struct field *field, const char *sent,
    const char **out, struct why *why)
{
	struct lost *l = &t->lost;
	struct value with = row_value(t->s, row, (size_t)(form_field(t->form, field->with) - t->form->fields));
	struct buf name = { 0 }, left = { 0 };
	int step;

	if (l->field != field && prepare(l, t, field, why) != 0)
		return -1;
	if (with.kind == VALUE_TEXT)
		text_squash(&name, span_of(with.s));
	what_is_left(&left, sent);
	(void)sqlite3_reset(l->find);
	(void)sqlite3_bind_text(l->find, 1, buf_cstr(&name), (int)name.len, SQLITE_TRANSIENT);
	(void)sqlite3_bind_text(l->find, 2, buf_cstr(&left), (int)left.len, SQLITE_TRANSIENT);
	if (sqlite3_bind_parameter_count(l->find) > 2)
		(void)sqlite3_bind_text(l->find, 3, row->key, -1, SQLITE_TRANSIENT);
	step = sqlite3_step(l->find);
	if (step == SQLITE_ROW && sqlite3_column_int64(l->find, 1) == 1)
		*out = arena_dup(&t->f->row_findings.arena, (const char *)sqlite3_column_text(l->find, 0));
	(void)sqlite3_reset(l->find);
	buf_free(&name);
	buf_free(&left);
	return step == SQLITE_ROW ? 0 : db_trouble(t->w->db, "codes", why);
}

int lost_propose(struct table *t, const struct judged_row *row, struct why *why)
{
	struct findings *fs = &t->f->row_findings;

	for (size_t i = 0; i < fs->n && !t->j->alone; i++) {
		struct finding *x = &fs->v[i];
		const struct field *field = x->field != NULL ? form_field(t->form, x->field) : NULL;

		if (field == NULL || field->with == NULL || x->severity < SEV_ERROR || x->suggest != NULL ||
		    x->value == NULL || *x->value == '\0' || t->lost.asked++ >= MOST_ASKED)
			continue;
		if (ask(t, row, field, x->value, &x->suggest, why) != 0)
			return -1;
	}
	return 0;
}

void lost_end(struct lost *l)
{
	(void)sqlite3_finalize(l->find);
}
