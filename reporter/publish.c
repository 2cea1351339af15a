/*
 * publish - which briefings of which weeks are to be written, and writing them.
 *
 * briefings/WEEK/ holds WEEK-NAME.pdf of a sealed week, WEEK-NAME-draft.pdf of
 * the open one, and SHA256SUMS, written last: a sealed week whose SHA256SUMS names
 * all its briefings, all of them there, lacks nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reporter.h"

#define SUMS      "SHA256SUMS"
#define RULES_MAX ((size_t)64 << 20)
#define SUMS_MAX  ((size_t)1 << 20)

/* ---- one briefing ---- */

int publish_template(const struct ruleset *rs, const char *name, struct briefing **out, struct why *why)
{
	for (size_t i = 0; i < rs->n_briefings; i++) {
		const struct briefing_text *t = &rs->briefings[i];

		if (strcmp(t->name, name) == 0)
			return template_parse(t->bytes, t->n, t->file, NULL, 0, out, why);
	}
	return why_set(why, EX_USAGE, "there is no briefing %s in the templates", name);
}

/* DOC without the glyphs it wants: its stamp across, and what is missing at its end. */
static void glyphs_fail(struct document *doc, const struct pages *pages)
{
	struct buf chars = { 0 }, says = { 0 };
	struct block *b;

	for (size_t i = 0; i < pages->n_missing; i++)
		buf_fmt(&chars, "%sU+%04X", i ? " " : "", pages->missing[i].cp);
	template_fill(&says, doc->glyph_says, &(struct message_arg){ "chars", buf_cstr(&chars) }, 1);
	if (!doc->failed) {
		document_add(doc, BLOCK_PORTRAIT, 0);
		b = document_add(doc, BLOCK_H1, 0);
		block_add_text(doc, b, doc->glyph_reasons, false, 0);
	}
	b = document_add(doc, BLOCK_P, 0);
	block_add_text(doc, b, buf_cstr(&says), false, 0);
	doc->across = doc->glyph_across;
	doc->failed = true;
	buf_free(&chars);
	buf_free(&says);
}

static void glyphs_complain(const struct proc *p, const struct document *doc, const struct pages *pages)
{
	for (size_t i = 0; i < pages->n_missing; i++)
		fprintf(stderr, "%s: %s:%d: no font has U+%04X; add one to [fonts] fallback\n", p->program,
		    doc->file,
		    pages->missing[i].line, pages->missing[i].cp);
}

static void document_set(const struct proc *p, struct document *doc, const struct type *type,
    struct pages *pages)
{
	struct metrics m = type_metrics(type);

	layout_document(doc, &m, pages);
	if (pages->n_missing == 0)
		return;
	glyphs_complain(p, doc, pages);
	glyphs_fail(doc, pages);
	pages_free(pages);
	layout_document(doc, &m, pages);
}

int publish_make(const struct proc *p, const struct job *job, const char *path, struct buf *out, bool *failed,
    struct why *why)
{
	struct bind_names names = { .unit = job->unit, .city = job->rules->office->code };
	struct document doc = { 0 };
	struct pages pages = { 0 };
	sqlite3 *db = NULL;
	int rc = db_open(&p->site, path, DB_SNAPSHOT, &db, why);

	if (rc == -2)
		return why_set(why, EX_DATAERR, "%s is not there: the aggregator has not folded this week",
		    path);
	if (rc != 0)
		return -1;
	rc = bind_document(job->briefing, job->rules, db, &names, &doc, why);
	if (rc == 0) {
		document_set(p, &doc, job->type, &pages);
		*failed = doc.failed;
		if (job->output == OUTPUT_TEXT)
			plain_make(&pages, out);
		else
			rc = pdf_make(&doc, &pages, job->type, out, why);
	}
	pages_free(&pages);
	document_free(&doc);
	db_close(db);
	return rc;
}

/* ---- a week ---- */

struct week_job {
	const struct proc *p;
	const struct type *type;
	struct week        week;
	bool               sealed;
	const struct ruleset *rules;
	struct buf         sums;
	int                code;        /* exit code so far */
	struct why        *why;
};

static int rules_unpack(const struct proc *p, const char *digest, struct publish_rules *out, struct why *why)
{
	struct buf bytes = { 0 };
	struct path file;
	int rc = fsio_read(p->site.dir, site_rules(&file, digest), RULES_MAX, &bytes, why);

	if (rc == -2)
		why_set(why, EX_IOERR, "%s is not there: the archive lacks a rule set that sealed a week",
		    file.s);
	else if (rc == 0 && (rc = ruleset_unpack(bytes.s, bytes.len, file.s, &out->own, why)) == 0)
		out->rules = out->own;
	buf_free(&bytes);
	return rc == 0 ? 0 : -1;
}

int publish_rules_find(const struct proc *p, struct week week, const char *snapshot,
    struct publish_rules *out,
    struct why *why)
{
	struct arena arena = { 0 };
	sqlite3 *db = NULL;
	char *digest = NULL;
	int rc;

	*out = (struct publish_rules){ .rules = p->rules };
	if (!site_is_sealed(&p->site, week))
		return 0;
	rc = db_open(&p->site, snapshot, DB_SNAPSHOT, &db, why);
	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s is not there, although its week is sealed", snapshot);
	if (rc == 0)
		rc = bind_meta(db, "rules", &arena, &digest, why);
	if (rc == 0 && !digest)
		rc = why_set(why, EX_IOERR, "%s: its meta does not name its rule set", snapshot);
	if (rc == 0 && strcmp(digest, p->rules->digest) != 0)
		rc = rules_unpack(p, digest, out, why);
	arena_free(&arena);
	db_close(db);
	return rc;
}

static void name_make(char *out, size_t size, struct week w, const char *briefing, bool sealed)
{
	char week[9];

	week_format(w, week);
	snprintf(out, size, "%s-%s%s.pdf", week, briefing, sealed ? "" : "-draft");
}

/* Publish BYTES as NAME unless the very same are there. */
static int publish_if_new(struct week_job *j, const char *name, const char *bytes, size_t n,
    const char *digest)
{
	char old[DIGEST_HEX] = "";
	uint64_t size;
	struct path path;

	site_briefing(&path, j->week, name);
	if (fsio_digest(j->p->site.dir, path.s, old, &size, j->why) == 0 && strcmp(old, digest) == 0)
		return 0;
	if (j->p->dry) {
		printf("would write %s\n", path.s);
		return 0;
	}
	if (fsio_publish(j->p->site.dir, path.s, bytes, n, 0644, j->why) != 0)
		return -1;
	proc_event(j->p, "briefing", "file=%s bytes=%zu sha256=%s", path.s, n, digest);
	return 0;
}

static int briefing_write(struct week_job *j, const char *briefing, const char *snapshot)
{
	struct briefing *b = NULL;
	struct job job = { .rules = j->rules, .type = j->type };
	struct buf bytes = { 0 };
	char name[128], digest[DIGEST_HEX];
	bool failed = false;
	int rc = publish_template(j->rules, briefing, &b, j->why);

	job.briefing = b;
	if (rc == 0)
		rc = publish_make(j->p, &job, snapshot, &bytes, &failed, j->why);
	if (rc == 0) {
		name_make(name, sizeof name, j->week, briefing, j->sealed);
		digest_of(bytes.s, bytes.len, digest);
		buf_fmt(&j->sums, "%s  %s\n", digest, name);
		if (failed && j->sealed)
			j->code = proc_worse(j->code, EX_PERSON);
		rc = publish_if_new(j, name, bytes.s, bytes.len, digest);
	}
	buf_free(&bytes);
	template_free(b);
	return rc;
}

/* Whether SHA256SUMS names every briefing of the sealed week, and each is there. */
static bool week_is_whole(struct week_job *j)
{
	struct buf sums = { 0 };
	struct path path;
	struct why ignored;
	bool whole = fsio_read(j->p->site.dir, site_briefing(&path, j->week, SUMS), SUMS_MAX, &sums,
	    &ignored) == 0;

	for (size_t i = 0; whole && i < j->rules->n_briefings; i++) {
		char name[128], entry[160];

		name_make(name, sizeof name, j->week, j->rules->briefings[i].name, true);
		snprintf(entry, sizeof entry, "  %s\n", name);
		whole = strstr(buf_cstr(&sums), entry) && fsio_exists(j->p->site.dir, site_briefing(&path,
		    j->week, name));
	}
	buf_free(&sums);
	return whole;
}

/* Drafts of a week that is sealed now are taken away, after what replaces them is there. */
static int drafts_remove(struct week_job *j)
{
	for (size_t i = 0; j->sealed && !j->p->dry && i < j->rules->n_briefings; i++) {
		char name[128];
		struct path path;

		name_make(name, sizeof name, j->week, j->rules->briefings[i].name, false);
		site_briefing(&path, j->week, name);
		if (fsio_exists(j->p->site.dir, path.s) && fsio_remove(j->p->site.dir, path.s, j->why) != 0)
			return -1;
	}
	return 0;
}

static int week_write(struct week_job *j, const char *snapshot)
{
	struct path folder;
	char digest[DIGEST_HEX];

	if (j->sealed && week_is_whole(j))
		return drafts_remove(j);
	if (!j->p->dry && fsio_make(j->p->site.dir, site_briefing_week(&folder, j->week), 0755, j->why) != 0)
		return -1;
	for (size_t i = 0; i < j->rules->n_briefings; i++)
		if (briefing_write(j, j->rules->briefings[i].name, snapshot) != 0)
			return -1;
	if (j->sums.len == 0)
		return 0;
	digest_of(j->sums.s, j->sums.len, digest);
	if (publish_if_new(j, SUMS, j->sums.s, j->sums.len, digest) != 0)
		return -1;
	return drafts_remove(j);
}

/* One week; trouble in it is told and does not keep the others from theirs. */
static int week_run(const struct proc *p, const struct type *type, struct week week)
{
	struct why why = { 0 };
	struct path snapshot;
	struct publish_rules rules = { 0 };
	struct week_job j = { .p = p, .type = type, .week = week, .why = &why, .code = EX_DONE };

	site_snapshot(&snapshot, week);
	if (!fsio_exists(p->site.dir, snapshot.s))
		return EX_DONE;
	j.sealed = site_is_sealed(&p->site, week);
	if (publish_rules_find(p, week, snapshot.s, &rules, &why) == 0)
		j.rules = rules.rules;
	if (!j.rules || week_write(&j, snapshot.s) != 0) {
		proc_complain(p, &why);
		j.code = proc_worse(j.code, why.code);
	}
	buf_free(&j.sums);
	ruleset_free(rules.own);
	return j.code;
}

int publish_all(const struct proc *p, const struct type *type)
{
	const struct calendar *cal = p->rules->calendar;
	struct why why = { 0 };
	struct window w;
	int code = EX_DONE, rc = calendar_window(cal, calendar_rules(cal)->first, &w, &why);

	while (rc == 0 && w.first <= instant_day(p->now)) {
		code = proc_worse(code, week_run(p, type, w.week));
		rc = calendar_next(cal, &w, &w, &why);
	}
	if (rc < 0) {
		proc_complain(p, &why);
		code = proc_worse(code, why.code);
	}
	return code;
}
