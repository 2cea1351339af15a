/*
 * judge_forms - the coming week's forms, one file a form and unit, as CSV that spreadsheets open rightly:
 * what is due or still open stands in it already, so that figures are all that is left to fill in.
 *
 * A form is made from the sealed week before alone: it stays the same however often it is made, until that
 * week is past.  What stands there for comparison only is under headers of list column.ignored.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/env.h"
#include "../common/fsio.h"
#include "collector.h"

struct blank {                          /* the form in the making */
	const struct judging *j;
	const struct form    *form;
	const struct messages *m;
	/* figures are of the week: what was reported last stands beside them */
	bool                  weekly;
	bool                  first;    /* at the beginning of a line */
	size_t                rows;
	struct buf            text;
};

/* ---- cells ---- */

static void put(struct blank *b, struct span text)
{
	if (!b->first)
		buf_char(&b->text, ',');
	b->first = false;
	spreadsheet_cell(&b->text, text, ',');
}

static void end_line(struct blank *b)
{
	buf_str(&b->text, "\r\n");
	b->first = true;
}

static void put_header(struct blank *b, const char *id, const struct field *f)
{
	struct buf title = { 0 }, text = { 0 };
	struct message_arg args[] = { { "title", f->title }, { "unit", f->unit } };

	if (f->unit != NULL)
		message_says(&title, b->m, "forms.unit", args, 2);
	else
		buf_str(&title, f->title);
	args[0].value = buf_cstr(&title);
	message_says(&text, b->m, id, args, 1);
	put(b, (struct span){ buf_cstr(&text), text.len });
	buf_free(&title);
	buf_free(&text);
}

static void put_reserved(struct blank *b, enum reserved r)
{
	put(b, span_of(words_find(b->m, reserved_words(r))->v[0]));
}

static void put_value(struct blank *b, const struct field *f, sqlite3_stmt *stmt, size_t i)
{
	struct buf text = { 0 };

	switch (sqlite3_column_type(stmt, (int)i)) {
	case SQLITE_INTEGER:
		field_show_int(&text, f, sqlite3_column_int64(stmt, (int)i));
		break;
	case SQLITE_FLOAT:
		field_show_real(&text, f, sqlite3_column_double(stmt, (int)i));
		break;
	case SQLITE_TEXT:
		field_show_text(&text, f, (const char *)sqlite3_column_text(stmt, (int)i));
		break;
	default:
		break;
	}
	put(b, (struct span){ buf_cstr(&text), text.len });
	buf_free(&text);
}

/* ---- lines ---- */

static bool is_key(const struct form *form, size_t field)
{
	for (size_t i = 0; i < form->n_keys; i++)
		if (form->keys[i] == field)
			return true;
	return false;
}

/* The forms whose names stand in the statement behind the fields, in its order. */
static const struct field *name_column(const struct form *form, size_t at)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		const struct form *ref = form->fields[i].ref;
		bool before = false;

		for (size_t k = 0; k < i; k++)
			before = before || form->fields[k].ref == ref;
		if (ref == NULL || before || ref->n_keys != 1 || form_naming_field(ref) == NULL)
			continue;
		if (at-- == 0)
			return form_naming_field(ref);
	}
	return NULL;
}

/* The header, or with STMT the line of its row. */
static void put_line(struct blank *b, sqlite3_stmt *stmt)
{
	const struct form *form = b->form;
	const struct field *name;

	for (size_t i = 0; i < form->n_fields; i++)
		if (is_key(form, i)) {
			if (stmt != NULL)
				put_value(b, &form->fields[i], stmt, i);
			else
				put_header(b, "forms.field", &form->fields[i]);
		}
	for (size_t i = 0; (name = name_column(form, i)) != NULL; i++) {
		if (stmt != NULL)
			put_value(b, name, stmt, form->n_fields + i);
		else
			put_header(b, "forms.name", name);
	}
	for (size_t i = 0; i < form->n_fields; i++) {
		const struct field *f = &form->fields[i];

		if (is_key(form, i) || !f->prefill)
			continue;
		if (b->weekly && f->carry) {
			if (stmt != NULL)
				put_value(b, f, stmt, i);
			else
				put_header(b, "forms.last", f);
		}
		if (stmt == NULL)
			put_header(b, "forms.field", f);
		else if (b->weekly)
			put(b, (struct span){ "", 0 });
		else
			put_value(b, f, stmt, i);
	}
}

static void put_tail(struct blank *b, bool header)
{
	static const enum reserved tail[] = { RES_OP, RES_NOTE, RES_CORRECTION };

	for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++) {
		if (header)
			put_reserved(b, tail[i]);
		else
			put(b, (struct span){ "", 0 });
	}
	end_line(b);
}

/* ---- one form ---- */

static int fill(struct blank *b, struct world *w, const char *sql, struct why *why)
{
	struct env_names names = { .unit = b->j->unit, .city = b->j->rs->office->code, .week = w->window.week,
		.as_of = w->window.as_of };
	sqlite3_stmt *stmt = NULL;
	int step = SQLITE_DONE, rc = world_prepare(b->j, w, sql, &stmt, why);

	if (rc == 0)
		rc = env_bind(stmt, &names, why);
	put_line(b, NULL);
	put_tail(b, true);
	while (rc == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		put_line(b, stmt);
		put_tail(b, false);
		b->rows++;
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(w->db, b->form->file, why);
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* Written only where it differs from what lies there. */
static int publish(const struct proc *p, const struct blank *b, struct why *why)
{
	struct path path;
	struct buf name = { 0 }, there = { 0 };
	char week[9];
	struct message_arg args[] = { { "week", week }, { "form", b->form->title } };
	int rc;

	week_format(b->j->window.week, week);
	message_says(&name, b->m, "forms.file", args, 2);
	rc = fsio_read(p->site.dir, site_outbox_file(&path, b->j->unit, buf_cstr(&name)), (size_t)256 << 20,
	    &there, why);
	if (rc == 0 && there.len == b->text.len && memcmp(there.s, b->text.s, there.len) == 0)
		goto out;
	rc = 0;
	if (p->dry)
		(void)printf("%s\n", path.s);
	else if ((rc = fsio_publish(p->site.dir, path.s, buf_cstr(&b->text), b->text.len, 0644, why)) == 0)
		proc_event(p, "form", "unit=%s week=%s form=%s rows=%zu", b->j->unit, week, b->form->name,
		    b->rows);
out:
	buf_free(&name);
	buf_free(&there);
	return rc;
}

static int make_form(const struct proc *p, const struct judging *j, struct world *w, const struct form *form,
    struct why *why)
{
	struct blank b = { .j = j, .form = form, .m = &j->rs->messages, .weekly = form->prefill == NULL,
		.first = true };
	struct buf sql = { 0 };
	int rc = 0;

	if (env_prefill_sql(&sql, j->rs, form)) {
		/*
		 * Rationale: with its mark Excel and WPS take UTF-8 for what it is;
		 * without, Excel takes it for GBK.
		 */
		buf_str(&b.text, "\xef\xbb\xbf");
		rc = fill(&b, w, buf_cstr(&sql), why);
		if (rc == 0 && b.rows > 0)
			rc = publish(p, &b, why);
	}
	buf_free(&sql);
	buf_free(&b.text);
	return rc;
}

/* ---- all of them ---- */

struct making {
	const struct proc *p;
	struct window      window;
};

static int make_unit(void *ctx, size_t i)
{
	const struct making *m = ctx;
	const struct unit *unit = &m->p->rules->units[i];
	struct judging j = { .conf = &m->p->conf, .rs = m->p->rules, .site = &m->p->site, .unit = unit->code,
		.window = m->window };
	struct why why;
	struct world *w = world_of(&j, &j.window, false, &why);
	int rc = w != NULL ? 0 : -1;

	/* Before the first seal there is nothing to start from. */
	for (size_t k = 0; rc == 0 && w->has_before && k < j.rs->n_forms; k++)
		if (!j.rs->forms[k]->by_office || unit->office)
			rc = make_form(m->p, &j, w, j.rs->forms[k], &why);
	if (rc != 0)
		proc_complain(m->p, &why);
	judging_free(&j);
	return rc == 0 ? EX_DONE : why.code;
}

int intake_forms(struct proc *p)
{
	struct making m = { .p = p };
	struct why why;

	if (proc_lock(p, &why) != 0 || (!p->dry && site_prepare(&p->site, p->rules, &why) != 0) ||
	    site_first_open(&p->site, p->rules->calendar, &m.window, &why) != 0) {
		proc_complain(p, &why);
		return why.code;
	}
	return proc_workers(p, p->workers, p->rules->n_units, make_unit, &m);
}
