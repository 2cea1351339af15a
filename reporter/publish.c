/*
 * publish - which briefings of which weeks are to be written, and writing them.
 *
 * briefings/WEEK/ holds WEEK-NAME.pdf or WEEK-NAME-UNIT.pdf of a sealed week, the same with -draft of
 * the open one, and SHA256SUMS, written last: a sealed week whose SHA256SUMS names
 * no draft, and only what is there, lacks nothing.
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

/* DOC fails: its stamp across every page, and why at its end, WORDS with one argument. */
static void document_fail(struct document *doc, const char *words, const char *name, const char *value)
{
	struct buf says = { 0 };

	template_fill(&says, words, &(struct message_arg){ name, value }, 1);
	if (!doc->failed) {
		document_add(doc, BLOCK_PORTRAIT, 0);
		block_add_text(doc, document_add(doc, BLOCK_H1, 0), doc->failed_reasons, false, 0);
	}
	block_add_text(doc, document_add(doc, BLOCK_P, 0), buf_cstr(&says), false, 0);
	doc->across = doc->failed_across;
	doc->failed = true;
	buf_free(&says);
}

/* Characters that no font has: told on stderr, with the line that wants each, and on the last page. */
static void glyphs_fail(const struct proc *p, struct document *doc, const struct pages *pages)
{
	struct buf chars = { 0 };

	for (size_t i = 0; i < pages->n_missing; i++) {
		fprintf(stderr, "%s: %s:%d: no font has U+%04X; add one to [fonts] fallback\n", p->program,
		    doc->file, pages->missing[i].line, pages->missing[i].cp);
		buf_fmt(&chars, "%sU+%04X", i ? " " : "", pages->missing[i].cp);
	}
	document_fail(doc, doc->glyph_says, "chars", buf_cstr(&chars));
	buf_free(&chars);
}

/* N places, LINES of them, where texts overlap or leave the page. */
static void boxes_fail(const struct proc *p, struct document *doc, char *lines, size_t n)
{
	char count[24], *rest = NULL;

	for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		fprintf(stderr, "%s: %s: %s\n", p->program, doc->file, line);
	snprintf(count, sizeof count, "%zu", n);
	document_fail(doc, doc->boxes_says, "n", count);
}

/* DOC's pages; with what is wrong with them on the last. */
static void document_set(const struct proc *p, struct document *doc, const struct type *type,
    struct pages *pages)
{
	struct metrics m = type_metrics(type);
	struct buf lines = { 0 };
	size_t wrong;

	layout_document(doc, &m, pages);
	wrong = pages_check(pages, &lines);
	if (pages->n_missing > 0)
		glyphs_fail(p, doc, pages);
	if (wrong > 0) {
		char *copy = buf_take(&lines);

		boxes_fail(p, doc, copy, wrong);
		free(copy);
	}
	if (pages->n_missing > 0 || wrong > 0) {
		pages_free(pages);
		layout_document(doc, &m, pages);
	}
	buf_free(&lines);
}

int publish_open(const struct proc *p, const char *path, sqlite3 **db, struct why *why)
{
	int rc = db_open(&p->site, path, DB_SNAPSHOT, db, why);

	if (rc == -2)
		return why_set(why, EX_DATAERR, "%s is not there: the aggregator has not folded this week",
		    path);
	return rc;
}

int publish_each(const struct job *job, sqlite3 *db, struct bind_each *out, struct why *why)
{
	struct bind_names names = { .city = job->rules->office->code };

	return bind_each(job->briefing, job->rules, db, &names, out, why);
}

int publish_make(const struct proc *p, const struct job *job, sqlite3 *db, struct buf *out, bool *failed,
    struct why *why)
{
	struct bind_names names = { .unit = job->unit, .city = job->rules->office->code };
	struct document doc = { 0 };
	struct pages pages = { 0 };
	int rc = bind_document(job->briefing, job->rules, db, &names, &doc, why);

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
	return rc;
}

/* ---- a week ---- */

struct week_job {
	const struct proc *p;
	const struct type *type;
	struct week        week;
	char               name[9];     /* the same, as it is written */
	bool               sealed;
	const struct ruleset *rules;
	sqlite3           *db;          /* its snapshot */
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

/* S within a file's name: what is no letter there becomes "_". */
static void name_add(struct buf *out, const char *s)
{
	for (; *s; s++)
		buf_char(out, (unsigned char)*s <= ' ' || strchr("/\\\x7f", *s) ? '_' : *s);
}

/* WEEK-NAME[-UNIT][-draft].pdf */
static char *name_make(const struct week_job *j, const char *briefing, const char *unit)
{
	struct buf s = { 0 };

	buf_fmt(&s, "%s-%s%s", j->name, briefing, unit ? "-" : "");
	if (unit)
		name_add(&s, unit);
	buf_fmt(&s, "%s.pdf", j->sealed ? "" : "-draft");
	return buf_take(&s);
}

/* Publish BYTES as NAME unless the very same are there. */
static int publish_if_new(struct week_job *j, const char *name, const char *bytes, size_t n,
    const char *digest)
{
	char old[DIGEST_HEX] = "";
	uint64_t size;
	struct path path;

	site_briefing(&path, j->week, name);
	int rc = fsio_digest(j->p->site.dir, path.s, old, &size, j->why);

	if (rc == -1 || (rc == 0 && strcmp(old, digest) == 0))
		return rc;
	if (j->p->dry) {
		printf("would write %s\n", path.s);
		return 0;
	}
	if (fsio_publish(j->p->site.dir, path.s, bytes, n, 0644, j->why) != 0)
		return -1;
	proc_event(j->p, "briefing", "file=%s bytes=%zu sha256=%s", path.s, n, digest);
	return 0;
}

/* A unit's own copy, under the briefing's title; never of what may not be released. */
static int outbox_put(struct week_job *j, const struct job *job, const struct buf *bytes)
{
	char digest[DIGEST_HEX], old[DIGEST_HEX] = "";
	struct buf name = { 0 };
	struct path folder, path;
	uint64_t size;
	int rc = 0;

	buf_fmt(&name, "%s-", j->name);
	name_add(&name, job->briefing->title);
	buf_str(&name, ".pdf");
	site_outbox(&folder, job->unit);
	site_outbox_file(&path, job->unit, buf_cstr(&name));
	digest_of(bytes->s, bytes->len, digest);
	rc = fsio_digest(j->p->site.dir, path.s, old, &size, j->why);
	if (rc == -1 || (rc == 0 && strcmp(old, digest) == 0))
		goto out;
	rc = 0;
	if (j->p->dry) {
		printf("would write %s\n", path.s);
		goto out;
	}
	rc = fsio_make(j->p->site.dir, folder.s, 0755, j->why);
	if (rc == 0)
		rc = fsio_publish(j->p->site.dir, path.s, bytes->s, bytes->len, 0644, j->why);
out:
	buf_free(&name);
	return rc;
}

static int one_write(struct week_job *j, const struct job *job)
{
	struct buf bytes = { 0 };
	char digest[DIGEST_HEX], *name = name_make(j, job->briefing->name, job->unit);
	bool failed = false;
	int rc = publish_make(j->p, job, j->db, &bytes, &failed, j->why);

	if (rc == 0) {
		digest_of(bytes.s, bytes.len, digest);
		buf_fmt(&j->sums, "%s  %s\n", digest, name);
		if (failed && j->sealed)
			j->code = proc_worse(j->code, EX_PERSON);
		rc = publish_if_new(j, name, bytes.s, bytes.len, digest);
	}
	if (rc == 0 && j->sealed && !failed && job->briefing->outbox && ruleset_unit(j->rules, job->unit))
		rc = outbox_put(j, job, &bytes);
	buf_free(&bytes);
	free(name);
	return rc;
}

/* One document, or one for each. */
static int briefing_write(struct week_job *j, const char *briefing)
{
	struct briefing *b = NULL;
	struct job job = { .rules = j->rules, .type = j->type };
	struct bind_each each = { .n = 0 };
	int rc = publish_template(j->rules, briefing, &b, j->why);

	job.briefing = b;
	if (rc == 0)
		rc = publish_each(&job, j->db, &each, j->why);
	for (size_t i = 0; rc == 0 && i < each.n; i++) {
		job.unit = each.v[i];
		rc = one_write(j, &job);
	}
	bind_each_free(&each);
	template_free(b);
	return rc;
}

/* Whether SUMS, lines of "digest  name", has NAME. */
static bool sums_name(const char *sums, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = sums; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strcspn(line, "\n") == DIGEST_HEX + 1 + n && strncmp(line + DIGEST_HEX + 1, name, n) == 0)
			return true;
	return false;
}

/* Whether every file that SUMS names is there, and none is a draft. */
static bool sums_stand(const struct week_job *j, const char *sums)
{
	bool stand = true;

	for (const char *line = sums; *line && stand; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t n = strcspn(line, "\n");
		struct span name = { line + DIGEST_HEX + 1, n > DIGEST_HEX + 1 ? n - DIGEST_HEX - 1 : 0 };
		char *copy = mem_ndup(name.s, name.n);
		struct path path;

		stand = name.n > 0 && !strchr(copy, '/') && !strstr(copy, "-draft.pdf") &&
		    fsio_exists(j->p->site.dir, site_briefing(&path, j->week, copy));
		free(copy);
	}
	return stand;
}

/* Whether the week's SHA256SUMS, written last, is of the sealed week's briefings, and all are there. */
static bool week_is_whole(struct week_job *j)
{
	struct buf sums = { 0 };
	struct path path;
	struct why ignored;
	bool whole = fsio_read(j->p->site.dir, site_briefing(&path, j->week, SUMS), SUMS_MAX, &sums,
	    &ignored) == 0 && sums_stand(j, buf_cstr(&sums));

	buf_free(&sums);
	return whole;
}

/*
 * What the folder has beside what is in SUMS: drafts of a week that is sealed now,
     what is for nobody any more.
 * Only names that are the reporter's own.
 */
static int rest_remove(struct week_job *j)
{
	struct names names = { 0 };
	struct path folder, path;
	int rc = fsio_list(j->p->site.dir, site_briefing_week(&folder, j->week), &names, j->why);

	for (size_t i = 0; i < names.n && rc == 0; i++) {
		const char *name = names.v[i];
		size_t n = strlen(name);

		if (strncmp(name, j->name, strlen(j->name)) != 0 || n < 4 || strcmp(name + n - 4,
		    ".pdf") != 0 ||
		    sums_name(buf_cstr(&j->sums), name))
			continue;
		rc = fsio_remove(j->p->site.dir, site_briefing(&path, j->week, name), j->why);
	}
	names_free(&names);
	return rc;
}

static int week_write(struct week_job *j)
{
	struct path folder;
	char digest[DIGEST_HEX];

	if (!j->p->dry && fsio_make(j->p->site.dir, site_briefing_week(&folder, j->week), 0755, j->why) != 0)
		return -1;
	for (size_t i = 0; i < j->rules->n_briefings; i++)
		if (briefing_write(j, j->rules->briefings[i].name) != 0)
			return -1;
	if (!j->p->dry && rest_remove(j) != 0)
		return -1;
	digest_of(j->sums.s, j->sums.len, digest);
	return publish_if_new(j, SUMS, j->sums.s, j->sums.len, digest);
}

/* One week; trouble in it is told and does not keep the others from theirs. */
static int week_run(const struct proc *p, const struct type *type, struct week week)
{
	struct why why = { 0 };
	struct path snapshot;
	struct publish_rules rules = { 0 };
	struct week_job j = { .p = p, .type = type, .week = week, .why = &why, .code = EX_DONE };

	site_snapshot(&snapshot, week);
	week_format(week, j.name);
	if (!fsio_exists(p->site.dir, snapshot.s))
		return EX_DONE;
	j.sealed = site_is_sealed(&p->site, week);
	if (j.sealed && week_is_whole(&j))
		return EX_DONE;
	if (publish_rules_find(p, week, snapshot.s, &rules, &why) == 0)
		j.rules = rules.rules;
	if (!j.rules || publish_open(p, snapshot.s, &j.db, &why) != 0 || week_write(&j) != 0) {
		proc_complain(p, &why);
		j.code = proc_worse(j.code, why.code);
	}
	db_close(j.db);
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
