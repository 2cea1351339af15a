/*
 * seal - closes a week for ever.  In order, each step whole before the next:
 *
 *   archive/rules/DIGEST    the rule set, kept
 *   archive/WEEK/sealed     the decision: when, under which rule set, by whom
 *   snapshots/WEEK.db       folded once more, late files included; state sealed, 0444
 *   snapshots/WEEK.seal     what all of it was; 0444.  This is the commit
 *
 * A run that is cut off after the decision is finished by the next one, with the recorded instant and
 * rule set: it cannot come out differently.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator.h"

#define SMALL_CAP 4096          /* bytes of a .seal */

/* ---- reading ---- */

int line_value(const char *text, const char *name, char *out, size_t size)
{
	size_t n = strlen(name);

	for (const char *p = text; *p != '\0';) {
		size_t len = strcspn(p, "\n");

		if (len > n && strncmp(p, name, n) == 0 && p[n] == ' ') {
			if (len - n - 1 >= size)
				return -1;
			memcpy(out, p + n + 1, len - n - 1);
			out[len - n - 1] = '\0';
			return 0;
		}
		p += len + (p[len] == '\n' ? 1 : 0);
	}
	return -1;
}

/* The line "NAME sha256 HEX". */
static int line_digest(const char *text, const char *name, char out[DIGEST_HEX])
{
	char label[32], value[DIGEST_HEX];

	(void)snprintf(label, sizeof label, "%s sha256", name);
	if (line_value(text, label, value, sizeof value) != 0 ||
	    (!digest_is(value) && strcmp(value, NO_SEAL) != 0))
		return -1;
	memcpy(out, value, sizeof value);
	return 0;
}

static int line_instant(const char *text, const char *name, int offset, instant_t *out)
{
	char value[40];

	if (line_value(text, name, value, sizeof value) != 0)
		return -1;
	return instant_parse(value, strlen(value), offset, out);
}

static int line_week(const char *text, struct week want)
{
	char value[16];
	struct week week;

	if (line_value(text, "week", value, sizeof value) != 0 ||
	    week_parse(value, strlen(value), &week) != 0)
		return -1;
	return week_cmp(week, want) == 0 ? 0 : -1;
}

void seal_record_text(const struct seal_record *r, int offset, struct buf *out)
{
	char week[9], at[26];

	week_format(r->week, week);
	instant_format(r->at, offset, at);
	buf_fmt(out, "week %s\nsealed_at %s\nrules %s\nby %s\n", week, at, r->rules, r->by);
	if (r->printed[0] != '\0')
		buf_fmt(out, "printed %s\n", r->printed);
	for (size_t i = 0; i < r->without.n; i++)
		site_without(out, r->without.v[i].unit, r->without.v[i].number);
}

void seal_record_free(struct seal_record *r)
{
	arrivals_free(&r->without);
}

/* The lines "without UNIT NNN" of TEXT. */
static int line_without(const char *text, struct arrivals *out)
{
	static const char name[] = "\nwithout ";

	for (const char *p = text; (p = strstr(p, name)) != NULL; p++) {
		const char *unit = p + sizeof name - 1;
		size_t n = strcspn(unit, " \n"),
		    digits = unit[n] == ' ' ? strspn(unit + n + 1, "0123456789") : 0;

		if (n == 0 || n > 32 || digits < 3 || digits > 6 || unit[n + 1 + digits] != '\n')
			return -1;
		vec_room(out->v, out->n, out->cap);
		out->v[out->n].unit = mem_ndup(unit, n);
		out->v[out->n++].number = (int)strtol(unit + n + 1, NULL, 10);
	}
	return 0;
}

int seal_record_read(const struct site *site, int offset, struct week week, struct seal_record *out,
    struct why *why)
{
	struct buf text = { 0 };
	struct seal_record r = { .week = week };
	struct path p;
	int rc = fsio_read(site->dir, site_sealed_record(&p, week), SITE_SEALED_CAP, &text, why);

	if (rc != 0)
		goto out;
	if (line_week(buf_cstr(&text), week) != 0 ||
	    line_instant(buf_cstr(&text), "sealed_at", offset, &r.at) != 0 ||
	    line_value(buf_cstr(&text), "rules", r.rules, sizeof r.rules) != 0 || !digest_is(r.rules) ||
	    line_value(buf_cstr(&text), "by", r.by, sizeof r.by) != 0 ||
	    line_without(buf_cstr(&text), &r.without) != 0) {
		rc = why_set(why, EX_DATAERR,
		    "%s: wanted lines week, sealed_at, rules and by of this week; restore it", p.s);
		goto out;
	}
	if (line_value(buf_cstr(&text), "printed", r.printed, sizeof r.printed) != 0 || !digest_is(r.printed))
		r.printed[0] = '\0';    /* one that is none is a difference that verify finds */
	*out = r;
	r.without = (struct arrivals){ 0 };
out:
	seal_record_free(&r);
	buf_free(&text);
	return rc;
}

/* The second digest of the line "snapshot sha256 HEX  content sha256 HEX". */
static int snapshot_line(const char *text, struct seal *s)
{
	static const char between[] = "  content sha256 ";
	char value[2 * DIGEST_HEX + sizeof between];

	if (line_value(text, "snapshot sha256", value, sizeof value) != 0 ||
	    strlen(value) != 2 * (DIGEST_HEX - 1) + sizeof between - 1 ||
	    strncmp(value + DIGEST_HEX - 1, between, sizeof between - 1) != 0)
		return -1;
	memcpy(s->content, value + DIGEST_HEX - 1 + sizeof between - 1, DIGEST_HEX);
	memcpy(s->snapshot, value, DIGEST_HEX - 1);
	s->snapshot[DIGEST_HEX - 1] = '\0';
	return digest_is(s->snapshot) && digest_is(s->content) ? 0 : -1;
}

/* The one way a .seal is written; reading compares with it, so that no bit of a .seal is free. */
static void seal_text(const struct seal *s, int offset, struct buf *out)
{
	char week[9], at[26];

	week_format(s->week, week);
	instant_format(s->at, offset, at);
	buf_fmt(out, "week %s\nsnapshot sha256 %s  content sha256 %s\narchive sha256 %s\nintake sha256 %s\n"
	    "rules sha256 %s\nprevious sha256 %s\nsealed_at %s\n", week, s->snapshot, s->content, s->archive,
	    s->intake,
	    s->rules, s->previous, at);
}

int seal_read(const struct site *site, int offset, struct week week, struct seal *out, struct why *why)
{
	struct buf text = { 0 }, again = { 0 };
	struct seal s = { .week = week };
	const char *t;
	struct path p;
	int rc = fsio_read(site->dir, site_seal(&p, week), SMALL_CAP, &text, why);

	if (rc != 0)
		goto out;
	t = buf_cstr(&text);
	if (line_week(t, week) != 0 || snapshot_line(t, &s) != 0 ||
	    line_digest(t, "archive", s.archive) != 0 ||
	    line_digest(t, "intake", s.intake) != 0 || line_digest(t, "rules", s.rules) != 0 ||
	    line_digest(t, "previous", s.previous) != 0 || line_instant(t, "sealed_at", offset, &s.at) != 0) {
		rc = why_set(why, EX_DATAERR, "%s: not a seal of this week as aggregator writes it", p.s);
		goto out;
	}
	seal_text(&s, offset, &again);
	if (again.len != text.len || memcmp(again.s, text.s, text.len) != 0) {
		rc = why_set(why, EX_DATAERR, "%s: not byte for byte as aggregator writes it", p.s);
		goto out;
	}
	*out = s;
out:
	buf_free(&text);
	buf_free(&again);
	return rc;
}

int seal_holds(const struct site *site, struct week week, struct why *why)
{
	struct buf text = { 0 };
	struct seal s = { .week = week };
	char digest[DIGEST_HEX], name[9];
	struct path p, q;
	int rc = fsio_read(site->dir, site_seal(&q, week), SMALL_CAP, &text, why);

	week_format(week, name);
	if (rc == 0 && snapshot_line(buf_cstr(&text), &s) != 0) {
		(void)why_set(why, EX_IOERR, "%s: not a seal as aggregator writes it", q.s);
		rc = 1;
	}
	if (rc == 0)
		rc = fsio_digest(site->dir, site_snapshot(&p, week), digest, NULL, why);
	if (rc == -2) {
		(void)why_set(why, EX_IOERR, "%s or %s is missing: run zhoubao rebuild --from %s",
		    site_snapshot(&p, week), q.s, name);
		rc = 1;
	}
	if (rc == 0 && strcmp(digest, s.snapshot) != 0) {
		(void)why_set(why, EX_IOERR, "%s was changed after it was sealed: sha256 %s, and %s says %s;"
		    " remove it and run zhoubao rebuild --from %s", p.s, digest, q.s, s.snapshot, name);
		rc = 1;
	}
	buf_free(&text);
	return rc;
}

int seal_content(const struct site *site, struct week week, char out[DIGEST_HEX], struct why *why)
{
	struct path p;
	sqlite3 *db = NULL;
	int rc = db_open(site, site_snapshot(&p, week), DB_SNAPSHOT, &db, why);

	if (rc == 0)
		rc = db_content_digest(db, "main", out, why);
	else if (rc == -2)
		(void)why_set(why, EX_IOERR, "%s is missing", p.s);
	db_close(db);
	return rc == 0 ? 0 : -1;
}

/* What the snapshot of WEEK says of itself under NAME is WANT. */
static int says(sqlite3 *db, struct week week, const char *name, const char *want, struct why *why)
{
	char *got = snapshot_meta(db, name), text[9];
	bool same = got != NULL && strcmp(got, want) == 0;
	struct path p, q;

	week_format(week, text);
	if (!same)
		(void)why_set(why, EX_IOERR, "%s was changed after it was sealed: it names %s %s, and %s says %s;"
		    " run zhoubao rebuild --from %s, or restore it from a backup", site_snapshot(&p, week), name,
		    got != NULL ? got : "nothing", site_seal(&q, week), want, text);
	free(got);
	return same ? 0 : 1;
}

int seal_agrees(const struct site *site, struct week week, bool content, struct why *why)
{
	struct buf text = { 0 };
	struct seal s = { .week = week };
	char got[DIGEST_HEX], name[9];
	struct path p, q;
	sqlite3 *db = NULL;
	int rc = fsio_read(site->dir, site_seal(&q, week), SMALL_CAP, &text, why);

	week_format(week, name);
	if (rc == 0 && (snapshot_line(buf_cstr(&text), &s) != 0 ||
	    line_digest(buf_cstr(&text), "previous", s.previous) != 0))
		rc = why_set(why, EX_IOERR, "%s: not a seal as aggregator writes it", q.s);
	if (rc == 0)
		rc = db_open(site, site_snapshot(&p, week), DB_SNAPSHOT, &db, why);
	if (rc == 0)
		rc = says(db, week, "content", s.content, why);
	if (rc == 0)
		rc = says(db, week, "previous", s.previous, why);
	if (rc == 0 && content)
		rc = db_content_digest(db, "main", got, why);
	if (rc == 0 && content && strcmp(got, s.content) != 0) {
		(void)why_set(why, EX_IOERR, "%s was changed after it was sealed: content sha256 is %s, and %s says"
		    " %s; run zhoubao rebuild --from %s, or restore it from a backup", p.s, got, q.s, s.content, name);
		rc = 1;
	}
	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s is gone: run again", db == NULL && text.len > 0 ? p.s : q.s);
	db_close(db);
	buf_free(&text);
	return rc;
}

/* ---- digests ---- */

/* Digest of a file that may be absent: NO_SEAL's dash then. */
static int digest_or_dash(const struct site *site, const char *path, char out[DIGEST_HEX], struct why *why)
{
	int rc = fsio_digest(site->dir, path, out, NULL, why);

	if (rc == -2) {
		(void)snprintf(out, DIGEST_HEX, "-");
		rc = 0;
	}
	return rc;
}

static int intake_digest(const struct site *site, struct week week, const struct arrival *a,
    char out[DIGEST_HEX], struct why *why)
{
	struct path p;
	sqlite3 *db = NULL;
	int rc = db_open(site, site_intake(&p, week, a->unit, a->number), DB_INTAKE, &db, why);

	if (rc == -2) {
		(void)snprintf(out, DIGEST_HEX, "-");
		return 0;
	}
	if (rc == 0)
		rc = db_content_digest(db, "main", out, why);
	db_close(db);
	return rc;
}

int arrival_digest(const struct site *site, struct week week, const struct arrival *a, bool content,
    struct arrival_digests *out, struct why *why)
{
	struct arrival_digests d = { .bytes = "" };
	struct path p;

	if (digest_or_dash(site, site_archive(&p, week, a->unit, a->number), d.bytes, why) != 0 ||
	    digest_or_dash(site, site_label(&p, week, a->unit, a->number), d.label, why) != 0 ||
	    digest_or_dash(site, site_intake(&p, week, a->unit, a->number), d.intake_bytes, why) != 0 ||
	    (content && intake_digest(site, week, a, d.intake, why) != 0))
		return -1;
	*out = d;
	return 0;
}

int seal_lists(const struct site *site, struct week week, struct seal *s, struct why *why)
{
	struct arrivals list = { 0 };
	struct buf archive = { 0 }, intake = { 0 };
	struct arrival_digests d = { .bytes = "" };
	int rc = arrivals_list(site, week, &list, why);

	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		const struct arrival *a = &list.v[i];

		rc = arrival_digest(site, week, a, true, &d, why);
		if (rc == 0) {
			buf_fmt(&archive, "%s %03d %s %s\n", a->unit, a->number, d.bytes, d.label);
			buf_fmt(&intake, "%s %03d %s\n", a->unit, a->number, d.intake);
		}
	}
	if (rc == 0) {
		digest_of(buf_cstr(&archive), archive.len, s->archive);
		digest_of(buf_cstr(&intake), intake.len, s->intake);
	}
	arrivals_free(&list);
	buf_free(&archive);
	buf_free(&intake);
	return rc;
}

/* ---- sealing ---- */

/* What was printed of the week before, where the reporter has been; from now on it is part of the record. */
static int find_printed(const struct proc *p, struct week week, char out[DIGEST_HEX], struct why *why)
{
	struct window w, prev;
	struct path path;
	int rc;

	out[0] = '\0';
	if (calendar_window(p->rules->calendar, week, &w, why) != 0)
		return -1;
	rc = calendar_prev(p->rules->calendar, &w, &prev, why);
	if (rc == 0)
		rc = fsio_digest(p->site.dir, site_printed(&path, prev.week), out, NULL, why);
	return rc == -1 ? -1 : 0;
}

/* Keep today's rule set, then write the decision. */
static int decide(const struct proc *p, struct seal_record *r, struct why *why)
{
	struct buf text = { 0 };
	struct path path;
	int rc = -1;

	if (find_printed(p, r->week, r->printed, why) != 0)
		return -1;
	memcpy(r->rules, p->rules->digest, sizeof r->rules);
	if (kept_publish(&p->site, p->rules, why) != 0)
		return -1;
	seal_record_text(r, p->conf.utc_offset, &text);
	if (fsio_make(p->site.dir, site_archive_week(&path, r->week), 0755, why) != 0 ||
	    fsio_publish(p->site.dir, site_sealed_record(&path, r->week), text.s, text.len, 0440, why) != 0)
		goto out;
	rc = 0;
out:
	buf_free(&text);
	return rc;
}

/* The commit. */
static int publish_seal(const struct proc *p, const struct seal_record *r, const struct window *prev,
    const char *content,
    struct why *why)
{
	struct seal s = { .week = r->week, .at = r->at };
	struct buf text = { 0 };
	struct path path;
	int rc;

	memcpy(s.content, content, sizeof s.content);
	memcpy(s.rules, r->rules, sizeof s.rules);
	(void)snprintf(s.previous, sizeof s.previous, "%s", NO_SEAL);
	rc = fsio_digest(p->site.dir, site_snapshot(&path, r->week), s.snapshot, NULL, why);
	if (rc == 0 && prev != NULL)
		rc = fsio_digest(p->site.dir, site_seal(&path, prev->week), s.previous, NULL, why);
	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s is gone: run again", path.s);
	if (rc == 0)
		rc = seal_lists(&p->site, r->week, &s, why);
	if (rc == 0) {
		seal_text(&s, p->conf.utc_offset, &text);
		rc = fsio_publish(p->site.dir, site_seal(&path, r->week), text.s, text.len, 0444, why);
	}
	buf_free(&text);
	return rc;
}

/* Fold under the decision R and commit. */
static int carry_out(const struct proc *p, const struct seal_record *r, const struct ruleset *rules,
    struct why *why)
{
	struct fold f = { .site = &p->site, .rules = rules, .sealed = true, .at = r->at,
	    .by = r->by, .printed = r->printed, .without = &r->without,
	    .workers = p->workers };
	struct fold_result result = { 0 };
	struct window prev;
	char week[9];
	int rc, first;

	if (calendar_window(rules->calendar, r->week, &f.window, why) != 0)
		return -1;
	first = calendar_prev(rules->calendar, &f.window, &prev, why);
	if (first < 0 || fold_week(&f, &result, why) != 0)
		return -1;
	rc = publish_seal(p, r, first == 1 ? NULL : &prev, result.content, why);
	if (rc == 0) {
		week_format(r->week, week);
		proc_event(p, "sealed", "week=%s content=%s left_out=%zu gate=%s by=%s", week, result.content,
		    result.left_out, result.gate_ok ? "ok" : "failed", r->by);
		rc = result.gate_ok && result.left_out == 0 ? 0 : 1;
	}
	free(result.gate);
	return rc;
}

/*
 * What the collector has in hand and could not judge is left out; all else has been judged and lies as it came.
 * Asked before the decision, which cannot be taken back.
 */
static int find_without(const struct proc *p, struct week week, struct arrivals *without, struct why *why)
{
	struct arrivals list = { 0 };
	int rc = arrivals_list(&p->site, week, &list, why);

	if (rc == 0)
		rc = arrivals_in_hand(&p->site, week, &list, without, why);
	if (rc == 0)
		rc = arrivals_are_judged(&p->site, week, &list, why);
	if (rc == 0)
		rc = gate_arrivals_are_kept(&p->site, week, &list, why);
	arrivals_free(&list);
	return rc;
}

/* What was decided is carried out later: are the files still what they were? */
static int check_decided(const struct proc *p, const struct seal_record *r, struct why *why)
{
	struct arrivals list = { 0 };
	int rc = arrivals_list(&p->site, r->week, &list, why);

	if (rc == 0) {
		arrivals_leave_out(&list, &r->without);
		rc = gate_arrivals_are_kept(&p->site, r->week, &list, why);
	}
	arrivals_free(&list);
	return rc;
}

int seal_week(const struct proc *p, const struct window *w, instant_t at, const char *by, struct why *why)
{
	struct seal_record r = { .week = w->week, .at = at };
	struct ruleset *recorded = NULL;
	int rc;

	rc = seal_record_read(&p->site, p->conf.utc_offset, w->week, &r, why);
	/*
	 * A run that was killed may have decided, or made the folder for it, and nothing of it be on
	 * the disk yet.
	 */
	if (rc != -1 && fsio_settle(p->site.dir, why) != 0)
		rc = -1;
	if (rc == 0) {
		rc = check_decided(p, &r, why);
	} else if (rc == -2) {
		(void)snprintf(r.by, sizeof r.by, "%s", by);
		rc = find_without(p, w->week, &r.without, why) == 0 ? decide(p, &r, why) : -1;
	}
	if (rc == 0)    /* today's is given back where it was lost since the decision */
		rc = strcmp(r.rules, p->rules->digest) == 0 ? kept_publish(&p->site, p->rules, why) :
		    kept_load(&p->site, r.rules, &recorded, why);
	if (rc == 0)
		rc = carry_out(p, &r, recorded != NULL ? recorded : p->rules, why);
	ruleset_free(recorded);
	seal_record_free(&r);
	return rc;
}
