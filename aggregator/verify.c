/*
 * verify - compares every sealed week with what its .seal says: chain, snapshot, rule sets, decision,
 * archive, intake, briefings, receipts.  Reads only; names the week and the file; goes on to the end.
 *
 * The .seal names the snapshot's bytes, the snapshot every file under it: so each file is read once, and its
 * digest is all that has to be made; of the snapshot also that of its content.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "aggregator.h"

#define LABEL_CAP 65536

void verify_differs(struct verifying *v, const char *file, const char *fmt, ...)
{
	struct buf text = { 0 };
	size_t n = strlen(file);
	const char *what;
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	what = buf_cstr(&text);
	/* What trouble with a file says begins with its name. */
	if (strncmp(what, file, n) == 0 && strncmp(what + n, ": ", 2) == 0)
		what += n + 2;
	(void)fprintf(v->out, "%s %s: %s\n", v->week, file, what);
	buf_free(&text);
	v->differences++;
}

/* Most reasons begin with the file they are of; the line has it already. */
void verify_trouble(struct verifying *v, const char *file, const struct why *why, const char *mend)
{
	size_t n = strlen(file);
	bool named = strncmp(why->text, file, n) == 0 && strncmp(why->text + n, ": ", 2) == 0;

	verify_differs(v, file, "%s%s", why->text + (named ? n + 2 : 0), mend);
}

/* MEND is of a file that is wrong; before one that is not there nothing has to go. */
static void tell_missing(struct verifying *v, const char *file, const char *want, const char *sayer,
    const char *mend)
{
	static const char removal[] = "; remove it and ";
	bool removes = strncmp(mend, removal, sizeof removal - 1) == 0;

	verify_differs(v, file, "missing; %s has it with sha256 %s%s%s", sayer, want, removes ? "; " : "",
	    mend + (removes ? sizeof removal - 1 : 0));
}

/*
 * Whether FILE has the digest WANT: 1; 0: it has GOT; -1: there is none, or it cannot be read, which is told.
 */
static int file_is(struct verifying *v, const char *file, const char *want, const char *sayer,
    const char *mend, char got[DIGEST_HEX])
{
	struct why why;
	int rc = fsio_digest(v->p->site.dir, file, got, NULL, &why);

	if (rc == -2 && strcmp(want, NO_FILE) == 0)
		return 1;
	if (rc == -2)
		tell_missing(v, file, want, sayer, mend);
	else if (rc != 0)
		verify_trouble(v, file, &why, mend);
	return rc != 0 ? -1 : strcmp(got, want) == 0;
}

bool verify_file(struct verifying *v, const char *file, const char *want, const char *sayer, const char *mend)
{
	char got[DIGEST_HEX];
	int is = file_is(v, file, want, sayer, mend, got);

	if (is == 0 && strcmp(want, NO_FILE) == 0)
		verify_differs(v, file, "%s has no such file" VERIFY_LATER, sayer);
	else if (is == 0)
		verify_differs(v, file, "sha256 is %s, %s says %s%s", got, sayer, want, mend);
	return is == 1;
}

static void check_previous(struct verifying *v, const struct seal *s, const struct window *w)
{
	struct window prev;
	struct path p, q;
	struct why why;
	int rc = calendar_prev(v->p->rules->calendar, w, &prev, &why);

	if (rc < 0)
		verify_trouble(v, "calendar", &why, "");
	else if (rc == 0)
		(void)verify_file(v, site_seal(&p, prev.week), s->previous, site_seal(&q, s->week),
		    v->rebuild);
	else if (strcmp(s->previous, NO_SEAL) != 0)
		verify_differs(v, site_seal(&p, s->week), "names a week before the first of the record%s", v->rebuild);
}

/* What the week was sealed without: it has no intake. */
static void list_without(sqlite3 *db, struct arrivals *out)
{
	sqlite3_stmt *stmt = NULL;
	struct why ignored;

	if (db_prepare(db, "SELECT unit, number FROM archived WHERE intake = '-' ORDER BY unit, number",
	    &stmt, &ignored) == 0) {
		while (sqlite3_step(stmt) == SQLITE_ROW) {
			vec_room(out->v, out->n, out->cap);
			out->v[out->n].unit = mem_dup((const char *)sqlite3_column_text(stmt, 0));
			out->v[out->n++].number = sqlite3_column_int(stmt, 1);
		}
	}
	(void)sqlite3_finalize(stmt);
}

/* The decision in the archive is, byte for byte, what the seal and the snapshot say of it. */
static void check_record(struct verifying *v, sqlite3 *db, const struct seal *s)
{
	struct seal_record r = { .week = s->week, .at = s->at };
	struct buf text = { 0 };
	char *by = snapshot_meta(db, "sealed_by"), *printed = snapshot_meta(db, "printed");
	char want[DIGEST_HEX], sayer[160];
	struct path p, q;

	memcpy(r.rules, s->rules, sizeof r.rules);
	(void)snprintf(r.by, sizeof r.by, "%s", by != NULL ? by : "");
	(void)snprintf(r.printed, sizeof r.printed, "%s", printed != NULL ? printed : "");
	list_without(db, &r.without);
	seal_record_text(&r, v->p->conf.utc_offset, &text);
	digest_of(text.s, text.len, want);
	/* No file has this digest: it is that of the text as it has to be. */
	(void)snprintf(sayer, sizeof sayer, "the decision as %s and its snapshot tell it", site_seal(&q, s->week));
	(void)verify_file(v, site_sealed_record(&p, s->week), want, sayer, VERIFY_RESTORE);
	free(by);
	free(printed);
	seal_record_free(&r);
	buf_free(&text);
}

/* ---- archive and intake, file by file ---- */

/* The digest that the list "unit number digest\n" has for A; "" if none. */
static void listed_digest(const char *list, const struct arrival *a, char out[DIGEST_HEX])
{
	char name[64];

	(void)snprintf(name, sizeof name, "%s %03d", a->unit, a->number);
	if (list == NULL || line_value(list, name, out, DIGEST_HEX) != 0)
		*out = '\0';
}

/* An intake file that is not the one that was sealed: does it at least say the same? */
static const char *compare_content(struct verifying *v, struct week week, const struct arrival *a,
    const struct arrival_digests *want)
{
	struct arrival_digests again;
	struct why ignored;

	if (arrival_digest(&v->p->site, week, a, true, &again, &ignored) != 0)
		return "cannot be read";
	return strcmp(again.intake, want->intake) == 0 ? "is the same" : "is another";
}

static void check_intake(struct verifying *v, struct week week, const struct arrival *a,
    const struct arrival_digests *want, const char *sayer)
{
	char got[DIGEST_HEX];
	struct path p;

	if (strcmp(want->intake_bytes, NO_FILE) == 0)
		(void)verify_file(v, site_intake(&p, week, a->unit, a->number), NO_FILE, sayer, v->rebuild);
	else if (file_is(v, site_intake(&p, week, a->unit, a->number), want->intake_bytes, sayer, v->rebuild,
	    got) == 0)
		verify_differs(v, p.s, "sha256 is %s, %s says %s; its content %s%s", got, sayer,
		    want->intake_bytes, compare_content(v, week, a, want), v->rebuild);
}

/* The rule set that LABEL, which is FILE, names. */
static void check_label_rules(struct verifying *v, const char *file, const char *label, struct names *seen)
{
	char digest[DIGEST_HEX];
	struct path p;

	if (line_value(label, "rules", digest, sizeof digest) != 0 || names_have(seen, digest))
		return;
	vec_room(seen->v, seen->n, seen->cap);
	seen->v[seen->n++] = mem_dup(digest);
	if (strchr(digest, '/') == NULL)
		(void)verify_file(v, site_rules(&p, digest), digest, file, VERIFY_RESTORE);
}

/* Read once: for its digest, and for the rule set that judged its file. */
static void check_label(struct verifying *v, struct week week, const struct arrival *a, const char *want,
    const char *sayer, char labelled[DIGEST_HEX], struct names *seen)
{
	struct buf label = { 0 };
	char got[DIGEST_HEX];
	struct path p;
	struct why why;
	int rc = fsio_read(v->p->site.dir, site_label(&p, week, a->unit, a->number), LABEL_CAP, &label, &why);

	digest_of(buf_cstr(&label), label.len, got);
	if (rc == -2)
		tell_missing(v, p.s, want, sayer, VERIFY_RESTORE);
	else if (rc != 0)
		verify_trouble(v, p.s, &why, VERIFY_RESTORE);
	else if (strcmp(got, want) != 0)
		verify_differs(v, p.s, "sha256 is %s, %s says %s" VERIFY_RESTORE, got, sayer, want);
	if (line_value(buf_cstr(&label), "sha256", labelled, DIGEST_HEX) != 0)
		*labelled = '\0';
	check_label_rules(v, p.s, buf_cstr(&label), seen);
	buf_free(&label);
}

static void check_arrival(struct verifying *v, struct week week, const struct arrival *a,
    const struct arrival_digests *want, char labelled[DIGEST_HEX], struct names *seen)
{
	struct path p, q;
	const char *sayer = site_snapshot(&q, week);

	(void)verify_file(v, site_archive(&p, week, a->unit, a->number), want->bytes, sayer, VERIFY_RESTORE);
	check_label(v, week, a, want->label, sayer, labelled, seen);
	check_intake(v, week, a, want, sayer);
}

/*
 * A file that was altered between its receipt and the seal was sealed as it then was: WANT.  What was judged, and what
 * the unit holds a receipt of, are the digests on its label (LABELLED) and in its submission's row (SUBMITTED); "": none.
 */
static void check_received(struct verifying *v, struct week week, const struct arrival *a,
    const struct arrival_digests *want, const char *labelled, const char *submitted)
{
	struct path p, q;

	if (strcmp(want->intake, NO_SEAL) == 0)
		return;         /* left out: taken, and perhaps not whole */
	if (*labelled != '\0' && strcmp(labelled, want->bytes) != 0)
		verify_differs(v, site_archive(&p, week, a->unit, a->number), "was sealed with sha256 %s, %s and its receipt"
		    " say %s: ask %s for the file with that sha256", want->bytes, site_label(&q, week, a->unit, a->number),
		    labelled, a->unit);
	if (*submitted != '\0' && strcmp(submitted, want->bytes) != 0)
		verify_differs(v, site_archive(&p, week, a->unit, a->number), "was sealed with sha256 %s, what %s has of it"
		    " was judged from one with %s%s", want->bytes, site_snapshot(&q, week), submitted, v->rebuild);
}

static void column_digest(sqlite3_stmt *stmt, int column, char out[DIGEST_HEX])
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	(void)snprintf(out, DIGEST_HEX, "%s", text != NULL ? text : "");
}

/* The two lists, made of what the snapshot names, are those that the .seal names. */
static void
check_lists(struct verifying *v, const struct seal *s, const struct buf *archive, const struct buf *intake)
{
	char digest[DIGEST_HEX];
	struct path p;

	digest_of(buf_cstr(archive), archive->len, digest);
	if (strcmp(digest, s->archive) != 0)
		verify_differs(v, site_seal(&p, s->week),
		    "archive sha256 is not that of the files the snapshot was made of%s", v->rebuild);
	digest_of(buf_cstr(intake), intake->len, digest);
	if (strcmp(digest, s->intake) != 0)
		verify_differs(v, site_seal(&p, s->week),
		    "intake sha256 is not that of the files the snapshot was made of%s", v->rebuild);
}

/*
 * Each file that the sealed snapshot names; KNOWN: those it names.  SEEN: the rule sets that were looked at.
 */
static int check_archived(struct verifying *v, sqlite3 *db, const struct seal *s, struct arrivals *known,
    struct names *seen, struct why *why)
{
	struct buf archive = { 0 }, intake = { 0 };
	char *list = snapshot_meta(db, "intake_bytes");
	sqlite3_stmt *stmt = NULL;
	int rc = -1, step;

	if (db_prepare(db, "SELECT unit, number, archived.bytes, label, intake, sha256 FROM archived"
	    " LEFT JOIN submission USING (unit, number) ORDER BY unit, number", &stmt, why) != 0)
		goto out;
	while ((step = db_step(stmt, "archived", why)) == 1) {
		struct arrival a = { .number = sqlite3_column_int(stmt, 1) };
		struct arrival_digests want;
		char submitted[DIGEST_HEX], labelled[DIGEST_HEX];

		a.unit = mem_dup((const char *)sqlite3_column_text(stmt, 0));
		column_digest(stmt, 2, want.bytes);
		column_digest(stmt, 3, want.label);
		column_digest(stmt, 4, want.intake);
		listed_digest(list, &a, want.intake_bytes);
		column_digest(stmt, 5, submitted);
		check_arrival(v, s->week, &a, &want, labelled, seen);
		check_received(v, s->week, &a, &want, labelled, submitted);
		buf_fmt(&archive, "%s %03d %s %s\n", a.unit, a.number, want.bytes, want.label);
		buf_fmt(&intake, "%s %03d %s\n", a.unit, a.number, want.intake);
		vec_room(known->v, known->n, known->cap);
		known->v[known->n++] = a;
	}
	if (step < 0)
		goto out;
	check_lists(v, s, &archive, &intake);
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&archive);
	buf_free(&intake);
	free(list);
	return rc;
}

/* Where the snapshot cannot be asked: what the site has now, taken together, against the .seal. */
static void check_unnamed(struct verifying *v, const struct seal *s)
{
	struct seal now = { .week = s->week };
	struct path p, q;
	struct why why;

	if (seal_lists(&v->p->site, s->week, &now, &why) != 0) {
		verify_trouble(v, site_archive_week(&p, s->week), &why, "");
		return;
	}
	if (strcmp(now.archive, s->archive) != 0)
		verify_differs(v, site_archive_week(&p, s->week), "its files are not those that %s names" VERIFY_RESTORE,
		    site_seal(&q, s->week));
	if (strcmp(now.intake, s->intake) != 0)
		verify_differs(v, site_intake_week(&p, s->week), "its files do not say what %s names%s",
		    site_seal(&q, s->week), v->rebuild);
}

/* ---- nothing came to a sealed week ---- */

/* NAME is NNN or NNN.label of a known arrival of UNIT. */
static bool is_known(const struct arrivals *known, const char *unit, const char *name)
{
	char number[16], label[32];

	for (size_t i = 0; i < known->n; i++) {
		if (strcmp(known->v[i].unit, unit) != 0)
			continue;
		(void)snprintf(number, sizeof number, "%03d", known->v[i].number);
		(void)snprintf(label, sizeof label, "%s.label", number);
		if (strcmp(name, number) == 0 || strcmp(name, label) == 0)
			return true;
		(void)snprintf(label, sizeof label, "%s.db", number);
		if (strcmp(name, label) == 0)
			return true;
	}
	return false;
}

static bool has_unit(const struct arrivals *known, const char *unit)
{
	for (size_t i = 0; i < known->n; i++) {
		if (strcmp(known->v[i].unit, unit) == 0)
			return true;
	}
	return false;
}

static void check_folder(struct verifying *v, const struct arrivals *known, const char *unit,
    const char *folder)
{
	struct names names = { 0 };
	struct buf file = { 0 };
	struct why why;
	int rc = fsio_list(v->p->site.dir, folder, &names, &why);

	if (rc != 0 && has_unit(known, unit))
		verify_trouble(v, folder, &why, "");
	else if (rc != 0)               /* nobody's folder, whatever it is */
		verify_differs(v, folder, "was not there when the week was sealed" VERIFY_LATER);
	for (size_t i = 0; i < names.n; i++) {
		if (is_known(known, unit, names.v[i]))
			continue;
		buf_reset(&file);
		buf_fmt(&file, "%s/%s", folder, names.v[i]);
		verify_differs(v, buf_cstr(&file), "was not there when the week was sealed" VERIFY_LATER);
	}
	names_free(&names);
	buf_free(&file);
}

/* WHOLE has a folder for each unit, and beside them the records of the week. */
static void check_folders(struct verifying *v, const struct arrivals *known, const char *whole)
{
	struct names units = { 0 };
	struct buf folder = { 0 };
	struct why why;

	if (fsio_list(v->p->site.dir, whole, &units, &why) != 0)
		verify_trouble(v, whole, &why, "");
	for (size_t i = 0; i < units.n; i++) {
		if (site_is_record(units.v[i]))
			continue;
		buf_reset(&folder);
		buf_fmt(&folder, "%s/%s", whole, units.v[i]);
		check_folder(v, known, units.v[i], buf_cstr(&folder));
	}
	names_free(&units);
	buf_free(&folder);
}

static void check_no_more(struct verifying *v, struct week week, const struct arrivals *known)
{
	struct path p;

	check_folders(v, known, site_archive_week(&p, week));
	check_folders(v, known, site_intake_week(&p, week));
}

/* ---- the snapshot ---- */

/* The rule set that counted the week; those that judged its files their labels name. */
static void check_rules(struct verifying *v, const struct seal *s, struct names *seen)
{
	struct path p, q;

	vec_room(seen->v, seen->n, seen->cap);
	seen->v[seen->n++] = mem_dup(s->rules);
	(void)verify_file(v, site_rules(&p, s->rules), s->rules, site_seal(&q, s->week), VERIFY_RESTORE);
}

/*
 * Rationale: a snapshot can be altered and its new digest be put into the seal, a text file.  So what both say of the
 * content is made again of the rows, and what both say of the week before is compared.
 */
static void check_named(struct verifying *v, sqlite3 *db, const struct seal *s)
{
	char *content = snapshot_meta(db, "content"), *previous = snapshot_meta(db, "previous");
	struct path p, q;

	if (content == NULL || strcmp(content, s->content) != 0)
		verify_differs(v, site_seal(&p, s->week), "content sha256 is %s, %s says %s%s", s->content,
		    site_snapshot(&q, s->week), content != NULL ? content : "nothing", v->rebuild);
	if (previous == NULL || strcmp(previous, s->previous) != 0)
		verify_differs(v, site_snapshot(&p, s->week), "was made on a week before whose seal has sha256 %s,"
		    " %s says %s%s", previous != NULL ? previous : "nothing", site_seal(&q, s->week), s->previous,
		    v->rebuild);
	free(content);
	free(previous);
}

/* The content, made of the rows by a second process meanwhile: it takes as long as all the rest. */
struct content {
	const struct site *site;
	const struct seal *seal;
	pid_t              aside;
};

/* A snapshot from which on a second process is worth its beginning [bytes]. */
#define WORTH_BYTES (8 << 20)

static int work_content(void *ctx, struct why *why)
{
	const struct content *c = ctx;
	char got[DIGEST_HEX];

	return seal_content(c->site, c->seal->week, got, why) == 0 && strcmp(got, c->seal->content) == 0 ? 0 : -1;
}

static void check_content(struct verifying *v, const struct content *c)
{
	char got[DIGEST_HEX];
	struct path p, q;
	struct why why;

	if (aside_end(c->aside))
		return;
	if (seal_content(c->site, c->seal->week, got, &why) != 0)
		verify_differs(v, site_snapshot(&p, c->seal->week), "%s%s", why.text, v->rebuild);
	else if (strcmp(got, c->seal->content) != 0)
		verify_differs(v, site_snapshot(&p, c->seal->week), "content sha256 is %s, %s says %s%s", got,
		    site_seal(&q, c->seal->week), c->seal->content, v->rebuild);
}

static int check_inside(struct verifying *v, sqlite3 *db, const struct seal *s, struct names *seen,
    struct why *why)
{
	struct arrivals known = { 0 };
	int rc;

	check_named(v, db, s);
	check_record(v, db, s);
	rc = check_archived(v, db, s, &known, seen, why);
	if (rc == 0) {
		check_no_more(v, s->week, &known);
		rc = verify_receipts(v, db, s->week, why);
	}
	arrivals_free(&known);
	return rc;
}

static int check_snapshot(struct verifying *v, const struct seal *s, struct names *seen, struct why *why)
{
	struct content content = { .site = &v->p->site, .seal = s, .aside = -1 };
	struct stat st;
	struct path p, q;
	struct why trouble;
	sqlite3 *db = NULL;
	int rc;

	if (!verify_file(v, site_snapshot(&p, s->week), s->snapshot, site_seal(&q, s->week), v->rebuild)) {
		check_unnamed(v, s);
		return 0;
	}
	if (v->p->workers > 1 && fstatat(v->p->site.dir, p.s, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size >= WORTH_BYTES)
		content.aside = aside_begin(work_content, &content);
	rc = db_open(&v->p->site, p.s, DB_SNAPSHOT, &db, &trouble);
	if (rc != 0) {
		if (rc == -2)
			(void)why_set(&trouble, EX_IOERR, "missing");
		verify_trouble(v, p.s, &trouble, v->rebuild);
		(void)aside_end(content.aside);
		return 0;
	}
	rc = check_inside(v, db, s, seen, why);
	db_close(db);
	check_content(v, &content);
	return rc;
}

/* ---- a week, all of them ---- */

static int verify_week(struct verifying *v, struct week week, struct why *why)
{
	struct window w;
	struct seal s;
	struct path p;
	struct names seen = { 0 };
	struct why trouble;
	int rc;

	week_format(week, v->week);
	(void)snprintf(v->rebuild, sizeof v->rebuild,
	    "; remove it and run zhoubao rebuild --from %s, or restore it from a backup", v->week);
	if (calendar_window(v->p->rules->calendar, week, &w, why) != 0)
		return -1;
	rc = seal_read(&v->p->site, v->p->conf.utc_offset, week, &s, &trouble);
	if (rc == -2)
		verify_differs(v, site_seal(&p, week), "missing: the week is not sealed%s", v->rebuild);
	else if (rc != 0)
		verify_trouble(v, site_seal(&p, week), &trouble, v->rebuild);
	if (rc != 0)
		return 0;
	check_previous(v, &s, &w);
	check_rules(v, &s, &seen);
	rc = check_snapshot(v, &s, &seen, why);
	if (rc == 0)
		verify_briefings(v, &w);
	names_free(&seen);
	return rc;
}

/* The last week that is sealed, and the last that has briefings. */
static int find_last(struct verifying *v, struct why *why)
{
	struct names names = { 0 };
	struct path p;
	struct week week;
	instant_t at;
	int rc = fsio_list(v->p->site.dir, "briefings", &names, why);
	int last = site_last_seal(&v->p->site, v->p->conf.utc_offset, &v->last_sealed, &at, &v->unreadable);

	v->sealed = last == 0;
	v->lost_last = last < 0;
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		if (strlen(names.v[i]) != 8 || week_parse(names.v[i], 8, &week) != 0 ||
		    !fsio_exists(v->p->site.dir, site_briefing(&p, week, "SHA256SUMS")) ||
		    (v->briefed && week_cmp(week, v->last_briefed) <= 0))
			continue;
		v->briefed = true;
		v->last_briefed = week;
	}
	names_free(&names);
	return rc;
}

/* ---- what nobody sealed ---- */

/*
 * Windows behind the last week that is sealed whose seal is due: files that came for them and are in no week.  So a week
 * that was cut off whole, its decision with it, is told as long as its files are there.
 */
static int check_unsealed(struct verifying *v, const struct week *last, struct why *why)
{
	const struct calendar *cal = v->p->rules->calendar;
	struct window w;
	struct why ends;
	int rc = calendar_window(cal, last != NULL ? *last : calendar_rules(cal)->first, &w, why);

	if (rc == 0 && last != NULL && calendar_next(cal, &w, &w, &ends) != 0)
		return 0;
	while (rc == 0 && w.seal <= v->p->now) {
		struct arrivals came = { 0 };
		struct path p;
		char at[26];

		if (arrivals_list(&v->p->site, w.week, &came, why) != 0)
			return -1;
		week_format(w.week, v->week);
		instant_format(w.seal, v->p->conf.utc_offset, at);
		if (came.n > 0)
			verify_differs(v, site_archive_week(&p, w.week), "has %zu files that came, its seal was due at %s, and"
			    " it is not sealed; run zhoubao nightly, or, if it was sealed, restore it from a backup", came.n, at);
		arrivals_free(&came);
		if (calendar_next(cal, &w, &w, &ends) != 0)
			break;          /* no holidays are known so far: nothing came for such a week */
	}
	return rc;
}

/* The last line: what a briefing on paper is held against. */
static int say_whole(const struct verifying *v, const struct week *weeks, size_t n, struct why *why)
{
	char first[9], last[9];
	struct seal s;

	if (n == 0) {
		(void)fputs("no sealed week\n", v->out);
		return 0;
	}
	week_format(weeks[0], first);
	week_format(weeks[n - 1], last);
	if (seal_read(&v->p->site, v->p->conf.utc_offset, weeks[n - 1], &s, why) != 0)
		return -1;
	if (n == 1)
		(void)fprintf(v->out, "1 sealed week as it was sealed: %s; content %s\n", last, s.content);
	else
		(void)fprintf(v->out, "%zu sealed weeks as they were sealed: %s to %s; content of the last %s\n", n, first,
		    last, s.content);
	return 0;
}

int verify_weeks(const struct proc *p, const struct week *weeks, size_t n, bool all, FILE *out, struct why *why)
{
	struct verifying v = { .p = p, .out = out, .week = "-" };
	int rc = find_last(&v, why);

	if (rc == 0)
		rc = outboxes_list(&v, why);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		proc_progress(p, i, n, "verify");
		rc = verify_week(&v, weeks[i], why);
	}
	if (rc == 0 && all)
		rc = check_unsealed(&v, n > 0 ? &weeks[n - 1] : NULL, why);
	kept_free(&v.rules);
	names_free(&v.unread);
	outboxes_free(&v.outboxes);
	if (rc != 0)
		return -1;
	/* A .seal that cannot be read is told with its week, unless only we could not. */
	if (v.lost_last && v.differences == 0)
		verify_trouble(&v, "snapshots", &v.unreadable, "");
	if (v.differences == 0 && say_whole(&v, weeks, n, why) != 0)
		return -1;
	return v.differences == 0 ? EX_DONE : EX_PERSON;
}
