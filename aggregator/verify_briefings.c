/*
 * verify_briefings - the PDF files of a sealed week, in briefings/ and in the units' outboxes, against what
 * was printed: the first SHA256SUMS of the sealed week, which the reporter kept in the archive (WEEK/printed)
 * and the decision to seal the next week names.  Where a week has no such record, because an earlier version
 * printed it, its SHA256SUMS is all there is.
 */
#include <stdlib.h>
#include <string.h>

#include "aggregator.h"

#define SUMS_CAP (1u << 20)
#define SUMS_NAME "SHA256SUMS"
#define REMAKE "; remove it and run reporter, or restore it from a backup"

/* What a week's briefings are. */
struct printed {
	struct verifying *v;
	struct week       week;
	struct path       sayer;        /* the record, or the sums beside them */
	struct buf        sums;
	bool              recorded;     /* SAYER is the record */
	struct names      listed;
};

/* The next line "DIGEST  NAME" of *AT; the caller frees.  NULL: none left.  Others are told. */
static char *next_sum(struct printed *r, const char **at, char digest[DIGEST_HEX], bool tell)
{
	while (**at != '\0') {
		const char *line = *at;
		size_t len = strcspn(line, "\n");

		*at += len + (line[len] == '\n' ? 1 : 0);
		/*
		 * A comment: that of a draft, which the reporter
		 * has not replaced yet, says what it was made of.
		 */
		if (*line == '#')
			continue;
		if (len >= DIGEST_HEX + 2 && line[DIGEST_HEX - 1] == ' ' && line[DIGEST_HEX] == ' ') {
			memcpy(digest, line, DIGEST_HEX - 1);
			digest[DIGEST_HEX - 1] = '\0';
			return mem_ndup(line + DIGEST_HEX + 1, len - DIGEST_HEX - 1);
		}
		if (tell)
			verify_differs(r->v, r->sayer.s, "a line is not \"DIGEST  NAME\"");
	}
	return NULL;
}

static void check_listed(struct printed *r)
{
	const char *at = buf_cstr(&r->sums);
	char want[DIGEST_HEX], *name;
	struct path p;

	if (!fsio_exists(r->v->p->site.dir, site_briefing_week(&p, r->week))) {
		verify_differs(r->v, p.s,
		    "missing: %s has what was printed; run reporter, or restore them from a backup",
		    r->sayer.s);
		return;
	}
	if (strlen(at) != r->sums.len)
		verify_differs(r->v, r->sayer.s, "has a NUL byte");
	while ((name = next_sum(r, &at, want, true)) != NULL) {
		if (strchr(name, '/') == NULL && strlen(name) < 200)
			(void)verify_file(r->v, site_briefing(&p, r->week, name), want, r->sayer.s, REMAKE);
		else
			verify_differs(r->v, r->sayer.s, "names a file outside its folder");
		vec_room(r->listed.v, r->listed.n, r->listed.cap);
		r->listed.v[r->listed.n++] = name;
	}
}

/* No briefing that is not listed. */
static void check_unlisted(struct printed *r, const struct names *files)
{
	struct path p;

	for (size_t i = 0; i < files->n; i++) {
		if (strcmp(files->v[i], SUMS_NAME) != 0 && !names_have(&r->listed, files->v[i]))
			verify_differs(r->v, site_briefing(&p, r->week, files->v[i]),
			    "is not listed in %s" VERIFY_LATER, r->sayer.s);
	}
}

/* ---- the outboxes ---- */

/* Whether GOT is the digest of a briefing of UNIT: WEEK-NAME-UNIT.pdf. */
static bool is_printed(struct printed *r, const char *unit, const char *got)
{
	const char *at = buf_cstr(&r->sums);
	char want[DIGEST_HEX], *name;
	struct buf ending = { 0 };
	bool is = false;

	buf_fmt(&ending, "-%s.pdf", unit);
	while (!is && (name = next_sum(r, &at, want, false)) != NULL) {
		is = strcmp(want, got) == 0 && span_ends(span_of(name), buf_cstr(&ending));
		free(name);
	}
	buf_free(&ending);
	return is;
}

/* A unit's own copies.  One that is gone was taken; while drafts are listed nothing was put there. */
static void check_copies(struct printed *r, const struct outbox *o)
{
	struct path p, q;
	char got[DIGEST_HEX];
	struct why why;

	for (size_t i = 0; i < o->files.n; i++) {
		const char *name = o->files.v[i];
		int rc;

		if (strncmp(name, r->v->week, 8) != 0 || name[8] != '-' || !span_ends(span_of(name), ".pdf"))
			continue;
		rc = fsio_digest(r->v->p->site.dir, site_outbox_file(&p, o->unit, name), got, NULL, &why);
		if (rc == -1)
			verify_trouble(r->v, p.s, &why, "");
		else if (rc == 0 && !is_printed(r, o->unit, got))
			verify_differs(r->v, p.s,
			    "sha256 is %s, and %s names no such briefing of %s; put that of %s"
			    " in its place", got, r->sayer.s, o->unit, site_briefing_week(&q, r->week));
	}
}

/* ---- what there is to compare with ---- */

/*
 * A sealed week without SUMS: the reporter writes every week's, in their order.  Where it writes any, only
 * the newest can still be waiting for it, and not once a week after it has its own.
 */
static void check_unbriefed(struct verifying *v, struct week week)
{
	bool later = v->briefed && week_cmp(v->last_briefed, week) > 0;
	bool waits = v->sealed && week_cmp(v->last_sealed, week) == 0 && !later;
	struct path p, q;

	if (waits)
		return;
	if (fsio_exists(v->p->site.dir, site_briefing_week(&p, week)))
		verify_differs(v, site_briefing(&q, week, SUMS_NAME),
		    "missing: a sealed week's briefings have theirs; run reporter, or restore it from a backup");
	else if (v->briefed)
		verify_differs(v, p.s, "missing: other weeks have their briefings; the reporter's next run"
		    " writes what this week lacks");
}

/* The record, as the decision to seal the next week names it.  Whether it holds, as far as that says. */
static bool check_record(struct printed *r, const struct window *w)
{
	struct seal_record next = { .printed = "" };
	struct window after;
	struct path p, q;
	struct why why;
	bool holds = true;

	/* Where the calendar ends no week is sealed. */
	if (calendar_next(r->v->p->rules->calendar, w, &after, &why) != 0 ||
	    seal_record_read(&r->v->p->site, r->v->p->conf.utc_offset, after.week, &next, &why) != 0)
		return true;    /* one that is damaged is told with its week */
	if (next.printed[0] != '\0')
		holds = verify_file(r->v, site_printed(&p, r->week), next.printed,
		    site_sealed_record(&q, after.week), VERIFY_RESTORE);
	seal_record_free(&next);
	return holds;
}

/* Without a record, although when this week was sealed the one before had one: so they were kept by then. */
static void check_unrecorded(struct printed *r)
{
	struct seal_record own = { .printed = "" };
	struct path p;
	struct why why;

	if (*buf_cstr(&r->sums) != '#' &&
	    seal_record_read(&r->v->p->site, r->v->p->conf.utc_offset, r->week, &own, &why) == 0 &&
	    own.printed[0] != '\0')
		verify_differs(r->v, site_printed(&p, r->week), "missing: the week's briefings are there%s",
		    VERIFY_RESTORE);
	seal_record_free(&own);
}

/* What was printed: 0; -2: nothing says so; -1. */
static int read_printed(struct printed *r, struct why *why)
{
	int root = r->v->p->site.dir;
	int rc = fsio_read(root, site_printed(&r->sayer, r->week), SUMS_CAP, &r->sums, why);

	if (rc == 0)
		r->recorded = true;
	if (rc != -2)
		return rc;
	rc = fsio_read(root, site_briefing(&r->sayer, r->week, SUMS_NAME), SUMS_CAP, &r->sums, why);
	if (rc == -2)
		check_unbriefed(r->v, r->week);
	if (rc == 0)
		check_unrecorded(r);
	return rc;
}

/* SHA256SUMS says what the record does. */
static void check_sums(struct printed *r)
{
	char want[DIGEST_HEX];
	struct path p;

	digest_of(buf_cstr(&r->sums), r->sums.len, want);
	(void)verify_file(r->v, site_briefing(&p, r->week, SUMS_NAME), want, r->sayer.s, REMAKE);
}

/* What lies there, against what was printed.  KNOWN: that is there to be read. */
static void compare(struct printed *r, bool known)
{
	struct verifying *v = r->v;
	struct names files = { 0 };
	struct path folder;
	struct why why;

	if (fsio_list(v->p->site.dir, site_briefing_week(&folder, r->week), &files, &why) != 0) {
		verify_trouble(v, folder.s, &why, REMAKE);
		return;
	}
	if (r->recorded && fsio_exists(v->p->site.dir, folder.s))
		check_sums(r);
	if (known)
		check_listed(r);
	for (size_t i = 0; known && *buf_cstr(&r->sums) != '#' && i < v->outboxes.n; i++)
		check_copies(r, &v->outboxes.v[i]);
	check_unlisted(r, &files);
	names_free(&files);
}

void verify_briefings(struct verifying *v, const struct window *w)
{
	struct printed r = { .v = v, .week = w->week };
	struct why why;
	bool holds = check_record(&r, w);
	int rc = read_printed(&r, &why);

	if (rc != -1)
		compare(&r, rc == 0);
	else if (holds)
		verify_trouble(v, r.sayer.s, &why, VERIFY_RESTORE);
	buf_free(&r.sums);
	names_free(&r.listed);
}
