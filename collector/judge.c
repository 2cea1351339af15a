/*
 * judge - a batch: form by form in order of reference, over all its files by number.  Pure but for
 * what it reads: the archived bytes, the sealed snapshot, and the unit's earlier files of the week.
 */
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "collector.h"

/* ---- what came before ---- */

static char *text_of(sqlite3_stmt *stmt, int i)
{
	const char *s = (const char *)sqlite3_column_text(stmt, i);

	return mem_dup(s != NULL ? s : "");
}

static int read_earlier(struct judging *j, sqlite3 *db, int number, struct why *why)
{
	struct earlier e = { .number = number };
	sqlite3_stmt *stmt = NULL;

	if (db_prepare(db, "SELECT sha256, forms, verdict, rules, declared_week, correction, name, received_at, late,"
	    " rows_read, rows_held FROM submission",
	    &stmt, why) != 0)
		return -1;
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW: break;
	case SQLITE_DONE:
		(void)sqlite3_finalize(stmt);
		return why_set(why, EX_IOERR, "intake file %03d of %s has no submission", number, j->unit);
	default:
		(void)db_trouble(db, j->unit, why);
		(void)sqlite3_finalize(stmt);
		return -1;
	}
	e.sha256 = text_of(stmt, 0);
	e.forms = text_of(stmt, 1);
	e.verdict = text_of(stmt, 2);
	e.rules = text_of(stmt, 3);
	e.declared = text_of(stmt, 4);
	e.correction = sqlite3_column_int(stmt, 5) != 0;
	e.name = text_of(stmt, 6);
	e.received = text_of(stmt, 7);
	e.late = sqlite3_column_int(stmt, 8) != 0;
	e.rows_read = (long)sqlite3_column_int64(stmt, 9);
	e.rows_held = (long)sqlite3_column_int64(stmt, 10);
	(void)sqlite3_finalize(stmt);
	vec_room(j->earlier, j->n_earlier, j->cap_earlier);
	j->earlier[j->n_earlier++] = e;
	return 0;
}

/* This week's files of the unit with numbers below the batch. */
static int list_earlier(struct judging *j, int below, struct why *why)
{
	struct numbers numbers = { 0 };
	struct path path;
	int rc;

	if (j->site == NULL)
		return 0;
	rc = site_numbers(j->site, site_intake_unit(&path, j->window.week, j->unit), ".db", &numbers, why);
	for (size_t i = 0; rc == 0 && i < numbers.n && numbers.v[i] < below; i++) {
		sqlite3 *db = NULL;

		rc = db_open(j->site, site_intake(&path, j->window.week, j->unit, numbers.v[i]), DB_INTAKE,
		    &db, why);
		if (rc == -2)
			rc = why_set(why, EX_IOERR, "%s: vanished", path.s);
		if (rc == 0)
			rc = read_earlier(j, db, numbers.v[i], why);
		db_close(db);
	}
	numbers_free(&numbers);
	return rc;
}

/* ---- one pass over the batch ---- */

static void prepare_sheets(struct judged *f)
{
	f->n_sheets = f->paper.n_sheets;
	f->sheets = arena_alloc(&f->arena, (f->n_sheets + 1) * sizeof *f->sheets);
	for (size_t i = 0; i < f->n_sheets; i++)
		f->sheets[i].sheet = &f->paper.sheets[i];
}

static void series_free(struct judging *j)
{
	for (size_t i = 0; i < j->n_series; i++) {
		free(j->series[i].used);
		free(j->series[i].typed);
	}
	j->n_series = 0;
}

/* Begin a pass anew: what the rows said before is forgotten, but for files whose refusal is settled. */
static void begin_pass(struct judging *j)
{
	worlds_close(j);
	series_free(j);
	for (size_t i = 0; i < j->n_files; i++) {
		struct judged *f = &j->files[i];

		if (f->frozen)
			continue;
		ledger_cut(&f->findings, f->n_file_findings);
		f->n_corrected = 0;
		prepare_sheets(f);
	}
}

static struct judged_sheet *sheet_of(struct judged *f, const struct form *form)
{
	for (size_t i = 0; i < f->n_sheets; i++)
		if (f->sheets[i].sheet->form == form)
			return &f->sheets[i];
	return NULL;
}

/* A rule refused the file: nothing of it may have counted, so the batch is judged again without it. */
static bool is_newly_refused(struct judged *f)
{
	if (f->refused || ledger_worst(&f->findings, f->n_file_findings) < SEV_FATAL)
		return false;
	f->refused = f->frozen = true;
	return true;
}

/* Returns 1 if the batch has to be judged again. */
static int judge_form(struct judging *j, const struct form *form, struct why *why)
{
	for (size_t i = 0; i < j->n_files; i++) {
		struct judged *f = &j->files[i];
		struct judged_sheet *s = sheet_of(f, form);
		struct world *w;

		if (s == NULL || f->frozen || f->duplicate_of != 0)
			continue;
		w = world_of(j, &f->declared, f->correction, why);
		if (w == NULL || judge_sheet(j, w, f, s, why) != 0)
			return -1;
		if (is_newly_refused(f))
			return 1;
	}
	return 0;
}

static int judge_pass(struct judging *j, struct why *why)
{
	int rc = 0;

	begin_pass(j);
	for (size_t i = 0; rc == 0 && i < j->rs->n_forms; i++)
		rc = judge_form(j, j->rs->forms[i], why);
	return rc;
}

/* ---- the outcome ---- */

static void count_row(struct judged *f, const struct judged_row *row)
{
	f->rows_read++;
	if (f->refused || row->held)
		f->rows_held++;
	else if (row->op == OP_WITHDRAW)
		f->rows_withdrawn++;
	else
		f->rows_accepted++;
}

static void count_rows(struct judged *f)
{
	f->rows_read = f->rows_accepted = f->rows_held = f->rows_withdrawn = f->rows_unchecked = 0;
	for (size_t i = 0; i < f->n_sheets; i++) {
		if (f->sheets[i].rows == NULL) {        /* refused before its turn came */
			f->rows_read += (long)f->sheets[i].sheet->n_rows;
			f->rows_held += (long)f->sheets[i].sheet->n_rows;
			f->rows_unchecked += (long)f->sheets[i].sheet->n_rows;
			continue;
		}
		for (size_t k = 0; k < f->sheets[i].n_rows; k++) {
			const struct judged_row *row = &f->sheets[i].rows[k];
			bool unchecked = f->refused;

			for (size_t n = 0; n < f->sheets[i].sheet->form->n_fields && !unchecked; n++)
				unchecked = row->failed[n];
			f->rows_unchecked += unchecked;
			count_row(f, row);
		}
	}
}

/* Lateness is said, and asks for no explanation. */
static bool has_open_warning(const struct judging *j, const struct ledger *l)
{
	const char *late = message_find(&j->rs->messages, "late")->rule;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].severity == SEV_WARNING && !l->v[i].explained && strcmp(ledger_rule(l, i), late) != 0)
			return true;
	return false;
}

static const char *verdict_of(const struct judging *j, const struct judged *f)
{
	if (f->refused)
		return "refused";
	if (f->duplicate_of != 0)
		return "duplicate";
	if (f->rows_held > 0)
		return f->rows_accepted + f->rows_withdrawn > 0 ? "partial" : "refused";
	return has_open_warning(j, &f->findings) ? "warned" : "accepted";
}

/* A duplicate has no rows and nothing to say but that it is one. */
static void forget_rows(struct judged *f)
{
	ledger_cut(&f->findings, f->n_file_findings);
	f->n_sheets = 0;
	f->n_corrected = 0;
	f->rows_read = f->rows_accepted = f->rows_held = f->rows_withdrawn = f->rows_unchecked = 0;
}

static void conclude(struct judging *j, size_t index)
{
	struct judged *f = &j->files[index];

	if (!f->refused && f->duplicate_of == 0)
		judge_duplicate(j, index);
	if (f->duplicate_of != 0)
		forget_rows(f);
	ledger_insert(&f->findings, f->n_file_findings, &f->file_findings);
	count_rows(f);
	f->verdict = verdict_of(j, f);
}

static bool has_before(const struct judging *j, const struct judged *f)
{
	for (const struct world *w = j->worlds; w != NULL; w = w->next)
		if (week_cmp(w->window.week, f->declared.week) == 0 && w->correction == f->correction)
			return w->has_before;
	return false;
}

int judge_batch(struct judging *j, struct why *why)
{
	int again;

	if (j->n_files > 0 && list_earlier(j, j->files[0].label.number, why) != 0)
		return -1;
	for (size_t i = 0; i < j->n_files; i++) {
		if (judge_file(j, &j->files[i], why) != 0)
			return -1;
		/*
		 * What was sent before is not judged again;
		 * within the batch that is known only afterwards.
		 */
		if (!j->files[i].refused)
			judge_duplicate(j, i);
	}
	while ((again = judge_pass(j, why)) == 1)
		;
	if (again != 0)
		return -1;
	for (size_t i = 0; i < j->n_files; i++)
		conclude(j, i);
	if (judge_due(j, why) != 0)
		return -1;
	for (size_t i = 0; i < j->n_files; i++) {
		j->files[i].verdict = verdict_of(j, &j->files[i]);
		j->files[i].has_before = has_before(j, &j->files[i]);
	}
	/* Rationale: of a large file they are the larger half, and its answers are still to be written. */
	worlds_close(j);
	for (size_t i = 0; i < j->n_files; i++)
		ledger_sort(&j->files[i].findings);
	return 0;
}

int judge_survey(struct judging *j, struct why *why)
{
	return list_earlier(j, INT_MAX, why) == 0 ? judge_due(j, why) : -1;
}

/* ---- end ---- */

static void judged_free(struct judged *f)
{
	paper_free(&f->paper);
	if (f->has_reading)
		reading_free(&f->reading);
	findings_free(&f->file_findings);
	findings_free(&f->row_findings);
	ledger_free(&f->findings);
	free(f->corrected);
	arena_free(&f->arena);
}

static void earlier_free(struct earlier *e)
{
	free(e->sha256);
	free(e->forms);
	free(e->verdict);
	free(e->rules);
	free(e->declared);
	free(e->name);
	free(e->received);
}

void judging_free(struct judging *j)
{
	worlds_close(j);
	for (size_t i = 0; i < j->n_files; i++)
		judged_free(&j->files[i]);
	for (size_t i = 0; i < j->n_earlier; i++)
		earlier_free(&j->earlier[i]);
	free(j->files);
	free(j->earlier);
	series_free(j);
	free(j->series);
	free(j->missing);
	arena_free(&j->arena);
	*j = (struct judging){ 0 };
}
