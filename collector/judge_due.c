/*
 * judge_due - what is due this week and stands in none of the unit's files of the week.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/env.h"
#include "collector.h"

static const struct form *referred_form(const struct form *form)
{
	for (size_t i = 0; i < form->n_keys; i++)
		if (form->fields[form->keys[i]].ref != NULL)
			return form->fields[form->keys[i]].ref;
	return NULL;
}

static int name_missing(struct judging *j, struct world *w, struct missing *m, struct why *why)
{
	const struct form *to = referred_form(m->form);
	const struct field *name = to != NULL ? form_naming_field(to) : NULL;
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	int rc = 0;

	if (name == NULL || to->n_keys != 1)
		return 0;
	buf_str(&sql, "SELECT ");
	sql_name(&sql, name->name);
	buf_str(&sql, " FROM ");
	sql_name(&sql, to->name);
	buf_str(&sql, " WHERE ");
	world_key_is(&sql, to, "", 1);
	rc = db_prepare(w->db, buf_cstr(&sql), &stmt, why);
	if (rc == 0) {
		(void)sqlite3_bind_text(stmt, 1, m->key, -1, SQLITE_STATIC);
		int step = sqlite3_step(stmt);

		if (step == SQLITE_ROW)
			m->name = arena_dup(&j->arena, (const char *)sqlite3_column_text(stmt, 0));
		else if (step != SQLITE_DONE)
			rc = db_trouble(w->db, m->key, why);
	}
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	return rc;
}

/*
 * Whether KEY was reported this week, or sent and held.  A row that would take back what was never reported is held
 * too, and reports nothing.
 */
static int ask_sent(struct judging *j, struct world *w, const struct form *form, const char *key, enum sent *out,
    struct why *why)
{
	struct message_arg args[] = { { "key", key }, { "title", form->fields[form->keys[0]].title },
	    { "form", form->title }, { "unit", j->unit } };
	struct buf cause = { 0 }, withdrawn = { 0 };
	int rc = world_sent(j, w, form, key, out, &cause, why);

	if (rc == 0 && *out == SENT_HELD) {
		message_says(&withdrawn, &j->rs->messages, "withdraw.nothing", args, 4);
		if (strcmp(buf_cstr(&cause), buf_cstr(&withdrawn)) == 0)
			*out = SENT_NOT;
	}
	buf_free(&cause);
	buf_free(&withdrawn);
	return rc;
}

static int list_due(struct judging *j, struct world *w, const struct form *form, sqlite3_stmt *due,
    struct why *why)
{
	int step;

	while ((step = sqlite3_step(due)) == SQLITE_ROW) {
		const char *unit = (const char *)sqlite3_column_text(due, 0);
		const char *key = (const char *)sqlite3_column_text(due, 1);
		struct missing m = { .form = form };
		enum sent sent;

		if (unit == NULL || key == NULL || strcmp(unit, j->unit) != 0)
			continue;
		j->n_due++;
		if (ask_sent(j, w, form, key, &sent, why) != 0)
			return -1;
		j->n_due_held += sent == SENT_HELD;
		if (sent != SENT_NOT)
			continue;
		m.key = arena_dup(&j->arena, key);
		if (name_missing(j, w, &m, why) != 0)
			return -1;
		vec_room(j->missing, j->n_missing, j->cap_missing);
		j->missing[j->n_missing++] = m;
	}
	return step == SQLITE_DONE ? 0 : db_trouble(w->db, "due", why);
}

static int due_form(struct judging *j, struct world *w, const struct form *form, struct why *why)
{
	struct env_names names = { .unit = j->unit, .city = j->rs->office->code, .week = w->window.week,
		.as_of = w->window.as_of };
	struct buf sql = { 0 };
	sqlite3_stmt *due = NULL;
	int rc;

	world_due_sql(j, w, form, &sql);
	rc = world_prepare(j, w, buf_cstr(&sql), &due, why);
	if (rc == 0)
		rc = env_bind(due, &names, why);
	if (rc == 0)
		rc = list_due(j, w, form, due, why);
	(void)sqlite3_finalize(due);
	buf_free(&sql);
	return rc;
}

/* The last file of the batch that holds FORM and counts for this week. */
static struct judged *last_with(struct judging *j, const struct form *form)
{
	for (size_t i = j->n_files; i-- > 0;) {
		struct judged *f = &j->files[i];

		if (f->refused || f->duplicate_of != 0 || f->correction)
			continue;
		for (size_t k = 0; k < f->n_sheets; k++)
			if (f->sheets[k].sheet->form == form)
				return f;
	}
	return NULL;
}

static void say_missing(struct judging *j)
{
	for (size_t i = 0; i < j->n_missing; i++) {
		const struct missing *m = &j->missing[i];
		struct judged *f = last_with(j, m->form);
		struct finding at = { .form = m->form->name, .key = m->key };
		struct message_arg args[] = { { "key", m->key }, { "name", m->name }, { "form",
		    m->form->title } };

		if (f != NULL)
			(void)finding_say(&f->row_findings, &j->rs->messages, "due.missing", &at, args, 3);
		if (f != NULL)
			ledger_lay(&f->findings, &f->row_findings);
	}
}

int judge_due(struct judging *j, struct why *why)
{
	struct world *w = world_of(j, &j->window, false, why);

	if (w == NULL)
		return -1;
	for (size_t i = 0; i < j->rs->n_forms; i++)
		if (j->rs->forms[i]->due == DUE_WEEKLY && due_form(j, w, j->rs->forms[i], why) != 0)
			return -1;
	say_missing(j);
	return 0;
}
