/*
 * publish - one briefing of a week: its rule set, its template, its snapshot, its bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/env.h"
#include "../common/kept.h"
#include "reporter.h"

/* ---- one briefing ---- */

int publish_template(const struct ruleset *rs, const char *name, struct briefing **out, struct why *why)
{
	for (size_t i = 0; i < rs->n_briefings; i++) {
		const struct briefing_text *t = &rs->briefings[i];

		if (strcmp(t->name, name) == 0)
			return template_parse(t->bytes, t->n, t->file, NULL, out, why);
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

/* ---- the rule set ---- */

int publish_check(const struct proc *p, struct why *why)
{
	const struct ruleset *rs = p->rules;
	struct briefing **v = mem_zero(rs->n_briefings + 1, sizeof *v);
	int rc = env_check(rs, why);

	for (size_t i = 0; rc == 0 && i < rs->n_briefings; i++)
		rc = publish_template(rs, rs->briefings[i].name, &v[i], why);
	if (rc == 0)
		rc = bind_check(v, rs->n_briefings, rs, why);
	for (size_t i = 0; i < rs->n_briefings; i++)
		template_free(v[i]);
	free(v);
	return rc;
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
	if (rc == 0 && strcmp(digest, p->rules->digest) != 0 &&
	    (rc = kept_load(&p->site, digest, &out->own, why)) == 0)
		out->rules = out->own;
	arena_free(&arena);
	db_close(db);
	return rc;
}
