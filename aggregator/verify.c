/*
 * verify - compares every sealed week with what its .seal says: chain, snapshot, rule set, decision,
 * archive, intake, briefings.  Reads only; names the week and the file; goes on to the end.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "aggregator.h"

#define SUMS_CAP (1u << 20)

struct verifying {
	const struct proc *p;
	char               week[9];
	size_t             differences;
};

static void differs(struct verifying *v, const char *file, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/* One line on stdout: "WEEK FILE: what". */
static void
differs(struct verifying *v, const char *file, const char *fmt, ...)
{
	va_list ap;

	(void)printf("%s %s: ", v->week, file);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)putchar('\n');
	v->differences++;
}

/* FILE has the digest WANT. */
static void
check_file(struct verifying *v, const char *file, const char *want)
{
	char got[DIGEST_HEX];
	struct why why;
	int rc = fsio_digest(v->p->site.dir, file, got, NULL, &why);

	if (rc == -2)
		differs(v, file, "missing, was sealed as sha256 %s", want);
	else if (rc != 0)
		differs(v, file, "%s", why.text);
	else if (strcmp(got, want) != 0)
		differs(v, file, "sha256 is %s, was sealed as %s", got, want);
}

static void
check_previous(struct verifying *v, const struct seal *s, const struct window *w)
{
	struct window prev;
	struct path p;
	struct why why;
	int rc = calendar_prev(v->p->rules->calendar, w, &prev, &why);

	if (rc < 0)
		differs(v, "calendar", "%s", why.text);
	else if (rc == 0)
		check_file(v, site_seal(&p, prev.week), s->previous);
	else if (strcmp(s->previous, NO_SEAL) != 0)
		differs(v, site_seal(&p, s->week), "names a week before the first of the record");
}

/* The decision in the archive is, byte for byte, what the seal and the snapshot say of it. */
static int
check_record(struct verifying *v, sqlite3 *db, const struct seal *s, struct why *why)
{
	struct seal_record r = { .week = s->week, .at = s->at };
	struct buf text = { 0 };
	sqlite3_stmt *stmt = NULL;
	const char *by = NULL;
	char want[DIGEST_HEX];
	struct path p;
	int rc = db_prepare(db, "SELECT value FROM meta WHERE name = 'sealed_by'", &stmt, why);

	if (rc == 0 && sqlite3_step(stmt) == SQLITE_ROW)
		by = (const char *)sqlite3_column_text(stmt, 0);
	if (rc == 0) {
		memcpy(r.rules, s->rules, sizeof r.rules);
		(void)snprintf(r.by, sizeof r.by, "%s", by != NULL ? by : "");
		seal_record_text(&r, v->p->conf.utc_offset, &text);
		digest_of(text.s, text.len, want);
		check_file(v, site_sealed_record(&p, s->week), want);
	}
	(void)sqlite3_finalize(stmt);
	buf_free(&text);
	return rc;
}

/* ---- archive and intake, file by file ---- */

static void
check_arrival(struct verifying *v, struct week week, const struct arrival *a,
    const struct arrival_digests *want)
{
	struct arrival_digests got;
	struct path p;
	struct why why;

	if (arrival_digest(&v->p->site, week, a, &got, &why) != 0) {
		differs(v, site_intake(&p, week, a->unit, a->number), "%s", why.text);
		return;
	}
	if (strcmp(got.bytes, want->bytes) != 0)
		differs(v, site_archive(&p, week, a->unit, a->number), "sha256 is %s, was sealed as %s",
		    got.bytes, want->bytes);
	if (strcmp(got.label, want->label) != 0)
		differs(v, site_label(&p, week, a->unit, a->number), "sha256 is %s, was sealed as %s",
		    got.label, want->label);
	if (strcmp(got.intake, want->intake) != 0)
		differs(v, site_intake(&p, week, a->unit, a->number),
		    "content sha256 is %s, was sealed as %s", got.intake,
		    want->intake);
}

static void
column_digest(sqlite3_stmt *stmt, int column, char out[DIGEST_HEX])
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	(void)snprintf(out, DIGEST_HEX, "%s", text != NULL ? text : "");
}

/*
 * Each file that the sealed snapshot names; the two lists' digests of the .seal, made from what it names.
 * *N: how many.
 */
static int
check_archived(struct verifying *v, sqlite3 *db, const struct seal *s, size_t *n, struct why *why)
{
	struct buf archive = { 0 }, intake = { 0 };
	char digest[DIGEST_HEX];
	sqlite3_stmt *stmt = NULL;
	struct path p;
	int rc = -1, step;

	if (db_prepare(db, "SELECT unit, number, bytes, label, intake FROM archived ORDER BY unit, number",
	    &stmt, why) != 0)
		goto out;
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct arrival a = { .number = sqlite3_column_int(stmt, 1) };
		struct arrival_digests want;

		a.unit = mem_dup((const char *)sqlite3_column_text(stmt, 0));
		column_digest(stmt, 2, want.bytes);
		column_digest(stmt, 3, want.label);
		column_digest(stmt, 4, want.intake);
		check_arrival(v, s->week, &a, &want);
		buf_fmt(&archive, "%s %03d %s %s\n", a.unit, a.number, want.bytes, want.label);
		buf_fmt(&intake, "%s %03d %s\n", a.unit, a.number, want.intake);
		free(a.unit);
		(*n)++;
	}
	if (step != SQLITE_DONE) {
		(void)db_trouble(db, "archived", why);
		goto out;
	}
	digest_of(buf_cstr(&archive), archive.len, digest);
	if (strcmp(digest, s->archive) != 0)
		differs(v, site_archive_week(&p, s->week),
		    "the list of archived files is not the one that was sealed");
	digest_of(buf_cstr(&intake), intake.len, digest);
	if (strcmp(digest, s->intake) != 0)
		differs(v, site_archive_week(&p, s->week),
		    "the list of intake files is not the one that was sealed");
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&archive);
	buf_free(&intake);
	return rc;
}

/* Nothing came to a sealed week. */
static int
check_no_more(struct verifying *v, struct week week, size_t n, struct why *why)
{
	struct arrivals list = { 0 };
	struct path p;
	int rc = arrivals_list(&v->p->site, week, &list, why);

	if (rc == 0 && list.n > n)
		differs(v, site_archive_week(&p, week), "has %zu labels, was sealed with %zu", list.n, n);
	arrivals_free(&list);
	return rc;
}

static int
check_snapshot(struct verifying *v, const struct seal *s, struct why *why)
{
	char content[DIGEST_HEX];
	struct path p;
	sqlite3 *db = NULL;
	struct why trouble;
	size_t n = 0;
	int rc = 0;

	check_file(v, site_snapshot(&p, s->week), s->snapshot);
	if (db_open(&v->p->site, p.s, DB_SNAPSHOT, &db, &trouble) != 0 ||
	    db_content_digest(db, "main", content, &trouble) != 0 ||
	    check_archived(v, db, s, &n, &trouble) != 0 ||
	    check_record(v, db, s, &trouble) != 0) {
		differs(v, site_snapshot(&p, s->week), "%s", trouble.text);
		goto out;
	}
	if (strcmp(content, s->content) != 0)
		differs(v, p.s, "content sha256 is %s, was sealed as %s", content, s->content);
	rc = check_no_more(v, s->week, n, why);
out:
	db_close(db);
	return rc;
}

/* ---- briefings ---- */

/* Each "DIGEST  NAME" of briefings/WEEK/SHA256SUMS, where there are any. */
static int
check_briefings(struct verifying *v, struct week week, struct why *why)
{
	struct buf sums = { 0 };
	struct path p;
	int rc = fsio_read(v->p->site.dir, site_briefing(&p, week, "SHA256SUMS"), SUMS_CAP, &sums, why);

	for (const char *line = buf_cstr(&sums); rc == 0 && *line != '\0';) {
		size_t len = strcspn(line, "\n");
		char want[DIGEST_HEX] = "", *name;

		if (len > DIGEST_HEX + 1 && line[DIGEST_HEX - 1] == ' ') {
			memcpy(want, line, DIGEST_HEX - 1);
			name = mem_ndup(line + DIGEST_HEX + 1, len - DIGEST_HEX - 1);
			if (strchr(name, '/') == NULL && strlen(name) < 200)
				check_file(v, site_briefing(&p, week, name), want);
			else
				differs(v, p.s, "names a file outside its folder");
			free(name);
		} else {
			differs(v, site_briefing(&p, week, "SHA256SUMS"), "a line is not \"DIGEST  NAME\"");
		}
		line += len + (line[len] == '\n' ? 1 : 0);
	}
	buf_free(&sums);
	return rc == -2 ? 0 : rc;
}

static int
verify_week(struct verifying *v, struct week week, struct why *why)
{
	struct window w;
	struct seal s;
	struct path p;
	struct why trouble;
	int rc;

	week_format(week, v->week);
	if (calendar_window(v->p->rules->calendar, week, &w, why) != 0)
		return -1;
	rc = seal_read(&v->p->site, v->p->conf.utc_offset, week, &s, &trouble);
	if (rc != 0) {
		differs(v, site_seal(&p, week), "%s",
		    rc == -2 ? "missing: the week is not sealed" : trouble.text);
		return 0;
	}
	check_previous(v, &s, &w);
	check_file(v, site_rules(&p, s.rules), s.rules);
	if (check_snapshot(v, &s, why) != 0)
		return -1;
	return check_briefings(v, week, why);
}

int
verify_weeks(const struct proc *p, const struct week *weeks, size_t n, struct why *why)
{
	struct verifying v = { .p = p };

	for (size_t i = 0; i < n; i++) {
		proc_progress(p, i, n, "verify");
		if (verify_week(&v, weeks[i], why) != 0)
			return -1;
	}
	if (v.differences == 0)
		(void)printf("%zu sealed weeks as they were sealed\n", n);
	return v.differences == 0 ? EX_DONE : EX_PERSON;
}
