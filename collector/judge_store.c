/*
 * judge_store - the intake file of one submission, built fresh and published whole: the commit.
 * Rows and findings go in in one order, so that equal content is equal bytes.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/env.h"
#include "judge.h"

/* 2: it has table _answer; files before had no version. */
#define INTAKE_VERSION "2"

/* ---- the submission ---- */

static const char *format_of(const struct judged *f)
{
	if (!f->has_reading)
		return NULL;
	return f->reading.format == SOURCE_CSV ? "csv" : "xml";
}

static int put_submission(struct binder *b, const struct judging *j, const struct judged *f)
{
	char week[9], declared[9], received[26];
	struct buf name = { 0 };
	int rc;

	week_format(j->window.week, week);
	week_format(f->declared.week, declared);
	instant_format(f->label.received_at, 0, received);
	received[19] = '\0';
	name_show(&name, f->label.name);
	put_text(b, j->unit);
	put_text(b, week);
	put_int(b, f->label.number);
	put_text(b, declared);
	put_int(b, f->label.batch);
	put_text(b, buf_cstr(&name));
	put_int(b, (int64_t)f->label.size);
	put_text(b, f->label.sha256[0] != '\0' ? f->label.sha256 : NULL);
	put_text(b, received);
	put_int(b, f->late);
	put_int(b, f->correction);
	put_text(b, f->forms);
	put_text(b, format_of(f));
	put_text(b, f->has_reading ? f->reading.encoding : NULL);
	put_text(b, f->paper.prepared_by);
	put_text(b, f->paper.reviewed_by);
	put_text(b, f->verdict);
	put_int(b, f->rows_read);
	put_int(b, f->rows_accepted);
	put_int(b, f->rows_held);
	put_int(b, f->rows_withdrawn);
	put_text(b, f->label.rules);
	rc = put_done(b);
	buf_free(&name);
	return rc;
}

static int store_submission(sqlite3 *db, const struct judging *j, const struct judged *f, struct why *why)
{
	struct binder b = { 0 };
	int rc;

	if (db_prepare(db,
	    "INSERT INTO submission (unit, week, number, declared_week, batch, name, bytes, sha256,"
	    " received_at, late, correction, forms, format, encoding, prepared_by, reviewed_by, verdict, rows_read,"
	    " rows_accepted, rows_held, rows_withdrawn, rules)"
	    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", &b.stmt, why) != 0)
		return -1;
	rc = put_submission(&b, j, f) == 0 ? 0 : db_trouble(db, "submission", why);
	(void)sqlite3_finalize(b.stmt);
	return rc;
}

/* ---- what was found, what was corrected ---- */

static int store_findings(sqlite3 *db, const struct judged *f, struct why *why)
{
	struct ledger_reader r = { 0 };
	struct binder b = { 0 };
	int rc = 0;

	if (db_prepare(db,
	    "INSERT INTO finding (seq, form, key, row, col, field, rule, severity, value, message, mend,"
	    " explained, held) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", &b.stmt, why) != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < f->findings.n; i++) {
		const struct finding *x = ledger_at(&r, &f->findings, i);

		put_int(&b, (int64_t)i + 1);
		put_text(&b, x->form);
		put_text(&b, x->key);
		put_place(&b, x->row);
		put_place(&b, x->col);
		put_text(&b, x->field);
		put_text(&b, x->rule);
		put_text(&b, severity_name(x->severity));
		put_text(&b, x->value);
		put_text(&b, x->message);
		put_text(&b, x->mend);
		put_int(&b, x->explained);
		put_int(&b, x->held);
		if (put_done(&b) != 0)
			rc = db_trouble(db, "finding", why);
	}
	ledger_done(&r);
	(void)sqlite3_finalize(b.stmt);
	return rc;
}

static int store_corrected(sqlite3 *db, const struct judged *f, struct why *why)
{
	struct binder b = { 0 };
	char week[9];
	int rc = 0;

	week_format(f->declared.week, week);
	if (db_prepare(db, "INSERT INTO corrected (seq, form, key, field, week, old, new, reason, row)"
	    " VALUES (?,?,?,?,?,?,?,?,?)", &b.stmt, why) != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < f->n_corrected; i++) {
		const struct corrected *c = &f->corrected[i];

		put_int(&b, (int64_t)i + 1);
		put_text(&b, c->form);
		put_text(&b, c->key);
		put_text(&b, c->field);
		put_text(&b, week);
		put_text(&b, c->old);
		put_text(&b, c->fresh);
		put_text(&b, c->reason);
		put_place(&b, c->row);
		if (put_done(&b) != 0)
			rc = db_trouble(db, "corrected", why);
	}
	(void)sqlite3_finalize(b.stmt);
	return rc;
}

/* ---- the rows that stand ---- */

static int store_sheet(sqlite3 *db, const struct judging *j, const struct judged_sheet *s, struct why *why)
{
	const struct form *form = s->sheet->form;

	if (env_create_intake_form(db, "main", form, why) != 0)
		return -1;
	return insert_standing(db, form->name, j, s, why);
}

static int store_all(sqlite3 *db, const struct judging *j, const struct judged *f, const struct answer *a,
    struct why *why)
{
	if (db_exec(db, "PRAGMA user_version = " INTAKE_VERSION, why) != 0 ||
	    env_create_intake_tables(db, why) != 0 || answer_note(db, j, f, a, why) != 0 ||
	    store_submission(db, j, f, why) != 0 || store_findings(db, f, why) != 0 ||
	    store_corrected(db, f, why) != 0)
		return -1;
	for (size_t i = 0; i < f->n_sheets && !f->refused; i++)
		if (store_sheet(db, j, &f->sheets[i], why) != 0)
			return -1;
	return 0;
}

int judge_store(const struct judging *j, const struct judged *f, const struct answer *a, struct why *why)
{
	struct path folder, path;
	sqlite3 *db = NULL;

	(void)site_intake_unit(&folder, j->window.week, j->unit);
	(void)site_intake(&path, j->window.week, j->unit, f->label.number);
	if (fsio_make(j->site->dir, folder.s, 0750, why) != 0)
		return -1;
	if (db_build(j->site, path.s, DB_INTAKE, &db, why) != 0)
		return -1;
	if (store_all(db, j, f, a, why) != 0) {
		db_close(db);
		return -1;
	}
	return db_publish(db, j->site, path.s, 0440, why);
}
