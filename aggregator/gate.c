/*
 * gate - the release gate: is what the week says what the units were told and what was archived?
 *
 * The fold goes forward through a unit's files with SQL on attached databases.  The gate goes backward:
 * newest file first, row by row through connections of its own, the first word heard on a key deciding.
 * What must stand is counted and summed in C and compared, file by file, with what does stand.
 * Then the columns that a measure declares additive ("-- adds:") are added up.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/env.h"
#include "../common/text.h"
#include "aggregator.h"

#define MAX_REASONS 50          /* a page of them is enough to stop a release */

struct gate {
	sqlite3               *db;
	const struct fold     *f;
	const struct arrivals *arrivals;
	struct buf            *reasons;
	size_t                 n_reasons;
	bool                   left_out;        /* whether any row was: most weeks none */
};

/* What one file contributes to one form. */
struct share {
	int64_t  rows;
	int64_t *totals;                /* one per field with total="yes" */
};

/* A set of keys (open addressing); texts belong to the arena. */
struct keyset {
	const char **slot;
	size_t       n, cap;            /* cap: a power of two */
	struct arena arena;
};

static uint64_t hash_text(const char *s)
{
	uint64_t h = 14695981039346656037u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

static size_t keyset_find(const struct keyset *set, const char *key)
{
	size_t at = (size_t)hash_text(key) & (set->cap - 1);

	while (set->slot[at] != NULL && strcmp(set->slot[at], key) != 0)
		at = (at + 1) & (set->cap - 1);
	return at;
}

static void keyset_grow(struct keyset *set)
{
	struct keyset bigger = { .cap = set->cap > 0 ? 2 * set->cap : 64 };

	bigger.slot = mem_zero(bigger.cap, sizeof *bigger.slot);
	for (size_t i = 0; i < set->cap; i++) {
		if (set->slot[i] != NULL)
			bigger.slot[keyset_find(&bigger, set->slot[i])] = set->slot[i];
	}
	free(set->slot);
	set->slot = bigger.slot;
	set->cap = bigger.cap;
}

/* Whether KEY is new to the set; it is in it afterwards. */
static bool keyset_add(struct keyset *set, const char *key)
{
	size_t at;

	if (2 * set->n >= set->cap)
		keyset_grow(set);
	at = keyset_find(set, key);
	if (set->slot[at] != NULL)
		return false;
	set->slot[at] = arena_dup(&set->arena, key);
	set->n++;
	return true;
}

static void keyset_free(struct keyset *set)
{
	free(set->slot);
	arena_free(&set->arena);
	*set = (struct keyset){ 0 };
}

/* ---- reasons ---- */

static void say(struct gate *g, const char *id, const struct message_arg *args, size_t n)
{
	if (g->n_reasons++ >= MAX_REASONS)
		return;
	if (g->reasons->len > 0)
		buf_char(g->reasons, '\n');
	message_says(g->reasons, &g->f->rules->messages, id, args, n);
}

/* EXPECTED and FOUND as texts of ARGS [n - 2] and [n - 1]. */
static void say_numbers(struct gate *g, const char *id, struct message_arg *args, size_t n, int64_t expected,
    int64_t found)
{
	char one[24], other[24];

	(void)snprintf(one, sizeof one, "%lld", (long long)expected);
	(void)snprintf(other, sizeof other, "%lld", (long long)found);
	args[n - 2].value = one;
	args[n - 1].value = other;
	say(g, id, args, n);
}

/* ---- archived = judged = in the snapshot ---- */

static int count_submissions(struct gate *g, const char *unit, int64_t *out, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	if (db_prepare(g->db, "SELECT count(*) FROM main.submission WHERE unit = ?1", &stmt, why) != 0)
		goto out;
	(void)sqlite3_bind_text(stmt, 1, unit, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		(void)db_trouble(g->db, "submission", why);
		goto out;
	}
	*out = sqlite3_column_int64(stmt, 0);
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

static int check_submissions(struct gate *g, const char *unit, size_t labels, struct why *why)
{
	struct numbers files = { 0 };
	struct path p;
	int64_t rows = 0;
	char archived[24], intake[24], snapshot[24];
	int rc = -1;

	if (site_numbers(g->f->site, site_intake_unit(&p, g->f->window.week, unit), ".db", &files,
	    why) != 0 ||
	    count_submissions(g, unit, &rows, why) != 0)
		goto out;
	if (labels != files.n || (int64_t)labels != rows) {
		struct message_arg args[] = {
			{ "unit", unit }, { "archived", archived }, { "intake", intake },
			    { "snapshot", snapshot },
		};

		(void)snprintf(archived, sizeof archived, "%zu", labels);
		(void)snprintf(intake, sizeof intake, "%zu", files.n);
		(void)snprintf(snapshot, sizeof snapshot, "%lld", (long long)rows);
		say(g, "gate.submissions", args, 4);
	}
	rc = 0;
out:
	numbers_free(&files);
	return rc;
}

/* ---- one file, row by row ---- */

/* Counts as the receipt prints them. */
struct printed {
	int64_t read, accepted, held, withdrawn;
	bool    correction;
};

static int read_printed(sqlite3 *intake, struct printed *out, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	if (db_prepare(intake,
	    "SELECT rows_read, rows_accepted, rows_held, rows_withdrawn, correction FROM submission",
	    &stmt, why) != 0)
		goto out;
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		(void)db_trouble(intake, "submission", why);
		goto out;
	}
	out->read = sqlite3_column_int64(stmt, 0);
	out->accepted = sqlite3_column_int64(stmt, 1);
	out->held = sqlite3_column_int64(stmt, 2);
	out->withdrawn = sqlite3_column_int64(stmt, 3);
	out->correction = sqlite3_column_int(stmt, 4) != 0;
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

static size_t total_fields(const struct form *form)
{
	size_t n = 0;

	for (size_t i = 0; i < form->n_fields; i++)
		n += form->fields[i].total;
	return n;
}

/* SELECT op, keys..., totals... of one form of an intake file. */
static void sql_rows(struct buf *sql, const struct form *form, const struct names *have)
{
	buf_str(sql, "SELECT op, ");
	sql_keys(sql, form, NULL);
	for (size_t i = 0; i < form->n_fields; i++) {
		const char *column = field_column(&form->fields[i], have->v, have->n);

		if (!form->fields[i].total)
			continue;
		buf_str(sql, ", ");
		if (column != NULL)
			sql_name(sql, column);
		else
			buf_str(sql, "NULL");
	}
	buf_str(sql, " FROM ");
	sql_name(sql, form->name);
}

static struct span column_span(sqlite3_stmt *stmt, int i)
{
	const char *s = (const char *)sqlite3_column_text(stmt, i);

	return (struct span){ s, s != NULL ? (size_t)sqlite3_column_bytes(stmt, i) : 0 };
}

static bool is_withdrawal(const struct gate *g, struct span op)
{
	return op.n > 0 && words_has(&g->f->rules->messages, "op.withdraw", op);
}

/* A sum that is too large stays at the end, as SQLite gives a REAL that is. */
static void add_figure(int64_t *sum, int64_t v)
{
	if (__builtin_add_overflow(*sum, v, sum))
		*sum = v < 0 ? INT64_MIN : INT64_MAX;
}

/*
 * Rows of FORM in one file: counted for what the receipt said, and, where nobody newer spoke of the key,
 * into the file's share.  OUT holds the keys that the fold left out.
 */
static int walk_form(struct gate *g, sqlite3 *intake, const struct form *form, struct keyset *decided,
    struct keyset *left_out,
    struct share *share, struct printed *found, struct why *why)
{
	struct buf sql = { 0 }, key = { 0 };
	struct names have = { 0 };
	sqlite3_stmt *stmt = NULL;
	size_t totals = total_fields(form);
	int rc = -1, step;

	if (db_columns(intake, "main", form->name, &have, why) != 0)
		goto out;
	sql_rows(&sql, form, &have);
	if (db_prepare(intake, buf_cstr(&sql), &stmt, why) != 0)
		goto out;
	while ((step = db_step(stmt, form->name, why)) == 1) {
		bool withdrawn = is_withdrawal(g, column_span(stmt, 0));

		*(withdrawn ? &found->withdrawn : &found->accepted) += 1;
		buf_reset(&key);
		for (size_t i = 0; i < form->n_keys; i++) {
			struct span part = column_span(stmt, 1 + (int)i);

			buf_add(&key, i > 0 ? " " : "", i > 0 ? 1 : 0);
			buf_add(&key, part.s, part.n);
		}
		if (found->correction || !keyset_add(decided, buf_cstr(&key)) || withdrawn)
			continue;
		if (left_out->cap > 0 && left_out->slot[keyset_find(left_out, buf_cstr(&key))] != NULL)
			continue;
		share->rows++;
		for (size_t i = 0; i < totals; i++)
			add_figure(&share->totals[i], sqlite3_column_int64(stmt, 1 + (int)(form->n_keys + i)));
	}
	if (step < 0)
		goto out;
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	names_free(&have);
	buf_free(&sql);
	buf_free(&key);
	return rc;
}

/* Keys of UNIT and FORM that lost to another unit. */
static int
read_left_out(struct gate *g, const char *unit, const struct form *form, struct keyset *out, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1, step;

	if (!g->left_out)
		return 0;
	if (db_prepare(g->db, "SELECT key FROM temp.left_out WHERE form = ?1 AND unit = ?2", &stmt, why) != 0)
		goto out;
	(void)sqlite3_bind_text(stmt, 1, form->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(stmt, 2, unit, -1, SQLITE_STATIC);
	while ((step = db_step(stmt, "left_out", why)) == 1)
		(void)keyset_add(out, (const char *)sqlite3_column_text(stmt, 0));
	if (step < 0)
		goto out;
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

static void check_printed(struct gate *g, const struct arrival *a, const struct printed *printed,
    const struct printed *found)
{
	char week[9], submission[64], receipt[96], intake[96];
	struct message_arg args[] = { { "submission", submission }, { "receipt", receipt },
	    { "intake", intake } };

	if (printed->accepted == found->accepted && printed->withdrawn == found->withdrawn &&
	    printed->read == printed->accepted + printed->held + printed->withdrawn)
		return;
	week_format(g->f->window.week, week);
	(void)snprintf(submission, sizeof submission, "%s/%s/%03d", week, a->unit, a->number);
	(void)snprintf(receipt, sizeof receipt, "%lld = %lld + %lld + %lld", (long long)printed->read,
	    (long long)printed->accepted, (long long)printed->held, (long long)printed->withdrawn);
	(void)snprintf(intake, sizeof intake, "%lld + %lld", (long long)found->accepted,
	    (long long)found->withdrawn);
	say(g, "gate.counts", args, 3);
}

/* One file's shares, a form after the other. */
static int walk_file(struct gate *g, const struct arrival *a, struct keyset *decided, struct keyset *left_out,
    struct share *shares, struct why *why)
{
	struct printed printed = { 0 }, found = { 0 };
	sqlite3 *intake = NULL;
	struct path p;
	int rc;

	rc = db_open(g->f->site, site_intake(&p, g->f->window.week, a->unit, a->number), DB_INTAKE, &intake,
	    why);
	if (rc == -2)
		return why_set(why, EX_IOERR, "%s is gone: run again", p.s);
	if (rc != 0)
		return -1;
	rc = read_printed(intake, &printed, why);
	found.correction = printed.correction;
	for (size_t i = 0; rc == 0 && i < g->f->n_forms; i++) {
		if (db_has_table(intake, "main", g->f->forms[i]->name))
			rc = walk_form(g, intake, g->f->forms[i], &decided[i], &left_out[i], &shares[i],
			    &found, why);
	}
	if (rc == 0)
		check_printed(g, a, &printed, &found);
	db_close(intake);
	return rc;
}

/* A unit's arrivals [FROM, TO), newest first. */
static int walk_unit(struct gate *g, size_t from, size_t to, struct share *shares, struct why *why)
{
	struct keyset *decided = mem_zero(g->f->n_forms, sizeof *decided);
	struct keyset *left_out = mem_zero(g->f->n_forms, sizeof *left_out);
	const char *unit = g->arrivals->v[from].unit;
	int rc = check_submissions(g, unit, to - from, why);

	for (size_t i = 0; rc == 0 && i < g->f->n_forms; i++)
		rc = read_left_out(g, unit, g->f->forms[i], &left_out[i], why);
	for (size_t i = to; rc == 0 && i > from; i--)
		rc = walk_file(g, &g->arrivals->v[i - 1], decided, left_out, &shares[(i - 1) * g->f->n_forms],
		    why);
	for (size_t i = 0; i < g->f->n_forms; i++) {
		keyset_free(&decided[i]);
		keyset_free(&left_out[i]);
	}
	free(decided);
	free(left_out);
	return rc;
}

/* ---- what stands ---- */

static void check_share(struct gate *g, const struct form *form, const char *submission, const char *unit,
    const struct share *want, const struct share *got)
{
	struct message_arg rows[] = {
		{ "submission", submission }, { "form", form->title }, { "expected", NULL },
		    { "found", NULL },
	};
	size_t total = 0;

	if (want->rows != got->rows)
		say_numbers(g, "gate.rows", rows, 4, want->rows, got->rows);
	for (size_t i = 0; i < form->n_fields; i++) {
		struct message_arg args[] = {
			{ "form", form->title }, { "field", form->fields[i].title }, { "unit", unit },
			{ "expected", NULL }, { "found", NULL },
		};

		if (!form->fields[i].total)
			continue;
		if (want->totals[total] != got->totals[total])
			say_numbers(g, "gate.total", args, 5, want->totals[total], got->totals[total]);
		total++;
	}
}

/* SELECT _submission, unit, count, sums... of this week's reports. */
static void sql_standing(struct buf *sql, const struct form *form)
{
	/* The unit that sent it, which is not the row's where the row was moved since. */
	buf_str(sql, "SELECT _submission, substr(_submission, 10, instr(substr(_submission, 10), '/') - 1), "
	    "count(*)");
	for (size_t i = 0; i < form->n_fields; i++) {
		if (form->fields[i].total) {
			buf_str(sql, ", coalesce(sum(");
			sql_name(sql, form->fields[i].name);
			buf_str(sql, "), 0)");
		}
	}
	buf_str(sql, " FROM main.");
	sql_name(sql, form->name);
	buf_str(sql, " WHERE _first IS NOT NULL GROUP BY _submission");
}

/* The arrival that SUBMISSION ("WEEK/UNIT/NNN") of UNIT names; arrivals.n if none. */
static size_t find_arrival(const struct arrivals *a, const char *submission, const char *unit)
{
	const char *slash = strrchr(submission, '/');
	int number = slash != NULL ? (int)strtol(slash + 1, NULL, 10) : 0;
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(a->v[mid].unit, unit);

		if (order == 0)
			order = a->v[mid].number < number ? -1 : a->v[mid].number > number;
		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return a->n;
}

/* Compare what stands in FORM with SHARES, which are used up: what is left then stands nowhere. */
static int check_form(struct gate *g, size_t at, struct share *shares, struct why *why)
{
	const struct form *form = g->f->forms[at];
	size_t n_forms = g->f->n_forms, totals = total_fields(form);
	struct share got = { .totals = mem_zero(totals, sizeof *got.totals) };
	struct share none = { .totals = mem_zero(totals, sizeof *none.totals) };
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	char week[9], id[64];
	int rc = -1, step;

	sql_standing(&sql, form);
	if (db_prepare(g->db, buf_cstr(&sql), &stmt, why) != 0)
		goto out;
	while ((step = db_step(stmt, form->name, why)) == 1) {
		const char *submission = (const char *)sqlite3_column_text(stmt, 0);
		const char *unit = (const char *)sqlite3_column_text(stmt, 1);
		size_t i = find_arrival(g->arrivals, submission, unit);
		struct share *want = i < g->arrivals->n ? &shares[i * n_forms + at] : &none;

		got.rows = sqlite3_column_int64(stmt, 2);
		for (size_t t = 0; t < totals; t++)
			got.totals[t] = sqlite3_column_int64(stmt, 3 + (int)t);
		check_share(g, form, submission, unit, want, &got);
		if (want != &none)
			want->rows = 0;
	}
	if (step < 0)
		goto out;
	week_format(g->f->window.week, week);
	for (size_t i = 0; i < g->arrivals->n; i++) {
		const struct arrival *a = &g->arrivals->v[i];

		(void)snprintf(id, sizeof id, "%s/%s/%03d", week, a->unit, a->number);
		if (shares[i * n_forms + at].rows > 0)
			check_share(g, form, id, a->unit, &shares[i * n_forms + at], &none);
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	free(got.totals);
	free(none.totals);
	return rc;
}

static int find_left_out(struct gate *g, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = db_prepare(g->db, "SELECT 1 FROM temp.left_out LIMIT 1", &stmt, why);

	if (rc == 0)
		rc = db_step(stmt, "left_out", why);
	g->left_out = rc == 1;
	(void)sqlite3_finalize(stmt);
	return rc < 0 ? -1 : 0;
}

static int check_rows(struct gate *g, struct why *why)
{
	const struct arrivals *a = g->arrivals;
	struct share *shares = mem_zero(a->n * g->f->n_forms, sizeof *shares);
	int rc = 0;

	for (size_t i = 0; i < a->n * g->f->n_forms; i++)
		shares[i].totals = mem_zero(total_fields(g->f->forms[i % g->f->n_forms]),
		    sizeof *shares[i].totals);
	for (size_t from = 0, to; rc == 0 && from < a->n; from = to) {
		for (to = from + 1; to < a->n && strcmp(a->v[to].unit, a->v[from].unit) == 0; to++)
			;
		rc = walk_unit(g, from, to, shares, why);
	}
	for (size_t i = 0; rc == 0 && i < g->f->n_forms; i++)
		rc = check_form(g, i, shares, why);
	for (size_t i = 0; i < a->n * g->f->n_forms; i++)
		free(shares[i].totals);
	free(shares);
	return rc;
}

/* ---- measures that add up ---- */

/* Group of one row per place: its name, the units' sum, the office's own figure, for each of COLUMNS. */
static int sql_adding(struct gate *g, const struct measure *m, const struct names *columns, struct buf *sql,
    struct why *why)
{
	struct buf keys = { 0 };
	sqlite3_stmt *stmt = NULL;
	bool weekly = false;
	int rc = -1, step;

	if (db_prepare(g->db,
	    "SELECT name FROM pragma_table_info(?1, 'main') WHERE pk > 0 AND name <> 'unit' ORDER BY pk",
	    &stmt, why) != 0)
		goto out;
	(void)sqlite3_bind_text(stmt, 1, m->name, -1, SQLITE_STATIC);
	while ((step = db_step(stmt, m->name, why)) == 1) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);

		weekly = weekly || strcmp(name, "week") == 0;
		buf_str(&keys, keys.len > 0 ? " || ' ' || measured." : "measured.");
		sql_name(&keys, name);
	}
	if (step < 0)
		goto out;
	buf_fmt(sql, "SELECT %s", keys.len > 0 ? buf_cstr(&keys) : "''");
	for (size_t i = 0; i < columns->n; i++) {
		for (int office = 0; office < 2; office++) {
			buf_fmt(sql, ", coalesce(sum(CASE WHEN unit.%s THEN measured.",
			    office ? "office" : "counts");
			sql_name(sql, columns->v[i]);
			buf_str(sql, " END), 0)");
		}
	}
	buf_str(sql, " FROM main.");
	sql_name(sql, m->name);
	buf_fmt(sql, " AS measured JOIN main.unit AS unit ON unit.unit = measured.unit%s GROUP BY 1"
	    " HAVING max(unit.office) = 1", weekly ? " WHERE measured.week = :week" : "");
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&keys);
	return rc;
}

static int check_adds(struct gate *g, const struct measure *m, const struct names *columns, struct why *why)
{
	struct env_names names = { .city = g->f->rules->office->code, .week = g->f->window.week,
	    .as_of = g->f->window.as_of };
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	int rc = -1, step;

	if (sql_adding(g, m, columns, &sql, why) != 0)
		goto out;
	if (db_prepare(g->db, buf_cstr(&sql), &stmt, why) != 0) {
		/* Today's heads were checked; this may be a rule set of another time. */
		if (!db_is_disk_trouble(g->db))
			(void)why_config(why, m->file, 0, "\"-- adds:\": %s", sqlite3_errmsg(g->db));
		goto out;
	}
	if (env_bind(stmt, &names, why) != 0)
		goto out;
	while ((step = db_step(stmt, m->name, why)) == 1) {
		for (size_t i = 0; i < columns->n; i++) {
			int64_t sum = sqlite3_column_int64(stmt, 1 + 2 * (int)i);
			int64_t own = sqlite3_column_int64(stmt, 2 + 2 * (int)i);
			struct message_arg args[] = {
				{ "measure", m->name }, { "row", (const char *)sqlite3_column_text(stmt, 0) },
				{ "column", columns->v[i] }, { "expected", NULL }, { "found", NULL },
			};

			if (sum != own)
				say_numbers(g, "gate.adds", args, 5, sum, own);
		}
	}
	if (step < 0)
		goto out;
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	return rc;
}

int gate_rows_are_right(const struct fold *f, const struct arrivals *a, struct why *why)
{
	struct buf temporary = { 0 }, reasons = { 0 };
	struct gate g = { .f = f, .arrivals = a, .reasons = &reasons };
	struct path p;
	int rc;

	fsio_temporary(&temporary, site_snapshot(&p, f->window.week));
	rc = db_open(f->site, buf_cstr(&temporary), DB_SNAPSHOT, &g.db, why);
	if (rc == 0)
		rc = check_rows(&g, why);
	if (rc == 0 && reasons.len > 0)
		rc = why_set(why, EX_DATAERR, "%s", buf_cstr(&reasons));
	db_close(g.db);
	buf_free(&temporary);
	buf_free(&reasons);
	return rc == 0 ? 0 : -1;
}

int gate_check(sqlite3 *db, const struct fold *f, const struct arrivals *a, bool rows_are_right,
    struct buf *reasons, struct why *why)
{
	struct gate g = { .db = db, .f = f, .arrivals = a, .reasons = reasons };
	int rc = 0;

	if (!rows_are_right && ((rc = find_left_out(&g, why)) != 0 || (rc = check_rows(&g, why)) != 0))
		return rc;
	for (size_t i = 0; rc == 0 && i < f->rules->n_measures; i++) {
		struct names columns = { 0 };

		measure_adds(&f->rules->measures[i], &columns);
		if (columns.n > 0)
			rc = check_adds(&g, &f->rules->measures[i], &columns, why);
		names_free(&columns);
	}
	if (rc == 0 && reasons->len == 0)
		buf_str(reasons, "ok");
	return rc;
}
