/*
 * fold_forms - which forms a week has.  First those of the rule set it is folded under.  Then the retired
 * ones: forms that the week before still carried, and forms that a file of this week was judged under before
 * they were taken out.  Their rows are folded and carried like any other, under the last definition there
 * was, so that nothing is lost when a form goes; they are just not due, and no file can bring them any more.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator.h"

#define LABEL_CAP 65536

static bool is_gathered(const struct folding *g, const char *name)
{
	for (size_t i = 0; i < g->own.n_forms; i++) {
		if (strcmp(g->own.forms[i]->name, name) == 0)
			return true;
	}
	return false;
}

static void gather(struct folding *g, const struct form *form)
{
	g->own.forms = mem_grow(g->own.forms, g->own.n_forms + 1, sizeof *g->own.forms);
	g->own.forms[g->own.n_forms++] = form;
}

/* What the week before carried, as it was last defined. */
static int gather_before(struct folding *g, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1, step;

	if (!g->has_prev || !db_has_table(g->db, "prev", "form"))
		return 0;
	if (db_prepare(g->db, "SELECT name, rules FROM prev.form ORDER BY name", &stmt, why) != 0)
		goto out;
	while ((step = db_step(stmt, "form", why)) == 1) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);
		const char *digest = (const char *)sqlite3_column_text(stmt, 1);
		const struct ruleset *rs;

		if (name == NULL || is_gathered(g, name))
			continue;
		rs = kept_find(&g->kept, g->f->site, digest != NULL ? digest : "", why);
		if (rs == NULL)
			goto out;
		if (ruleset_form(rs, name) != NULL)
			gather(g, ruleset_form(rs, name));
	}
	if (step < 0)
		goto out;
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* Forms of the rule set that judged one file; most weeks it is the week's own. */
static int gather_judged(struct folding *g, const struct arrival *a, struct why *why)
{
	struct buf label = { 0 };
	char digest[DIGEST_HEX];
	const struct ruleset *rs = NULL;
	struct path p;
	int rc = fsio_read(g->f->site->dir, site_label(&p, g->f->window.week, a->unit, a->number), LABEL_CAP,
	    &label, why);

	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s is gone: run again", p.s);
	if (rc == 0 && line_value(buf_cstr(&label), "rules", digest, sizeof digest) == 0 &&
	    strcmp(digest, g->f->rules->digest) != 0) {
		struct why own;

		rs = kept_find(&g->kept, g->f->site, digest, &own);
		/* Be it the label or the rule set that is not as it was: what is in the archive has to be restored. */
		if (rs == NULL)
			rc = why_set(why, own.code == EX_DATAERR ? EX_IOERR : own.code, "%s: %s", p.s, own.text);
	}
	for (size_t i = 0; rs != NULL && i < rs->n_forms; i++) {
		if (!is_gathered(g, rs->forms[i]->name))
			gather(g, rs->forms[i]);
	}
	buf_free(&label);
	return rc;
}

int fold_gather_forms(struct folding *g, struct why *why)
{
	const struct ruleset *rs = g->f->rules;

	for (size_t i = 0; i < rs->n_forms; i++)
		gather(g, rs->forms[i]);
	if (gather_before(g, why) != 0)
		return -1;
	for (size_t i = 0; i < g->arrivals.n; i++) {
		if (gather_judged(g, &g->arrivals.v[i], why) != 0)
			return -1;
	}
	return 0;
}

/* The rule set that defines FORM. */
static const char *defined_by(const struct folding *g, const struct form *form)
{
	for (size_t i = 0; i < g->kept.n; i++) {
		if (ruleset_form(g->kept.v[i], form->name) == form)
			return g->kept.v[i]->digest;
	}
	return g->f->rules->digest;
}

/* ?5: retired.  The week it was retired in is the first that had it no longer. */
static int prepare_insert(struct folding *g, sqlite3_stmt **out, struct why *why)
{
	bool before = g->has_prev && db_has_table(g->db, "prev", "form");

	return db_prepare(g->db, before
	    ? "INSERT INTO main.form (name, title, version, rules, retired) SELECT ?1, ?2, ?3, ?4,"
	    " CASE WHEN ?5 THEN coalesce((SELECT retired FROM prev.form WHERE name = ?1), ?6) END"
	    : "INSERT INTO main.form (name, title, version, rules, retired) SELECT ?1, ?2, ?3, ?4,"
	    " CASE WHEN ?5 THEN ?6 END", out, why);
}

int fold_fill_forms(struct folding *g, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = prepare_insert(g, &stmt, why);

	for (size_t i = 0; rc == 0 && i < g->own.n_forms; i++) {
		const struct form *form = g->own.forms[i];

		(void)sqlite3_bind_text(stmt, 1, form->name, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(stmt, 2, form->title, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int(stmt, 3, form->version);
		(void)sqlite3_bind_text(stmt, 4, defined_by(g, form), -1, SQLITE_STATIC);
		(void)sqlite3_bind_int(stmt, 5, i >= g->f->rules->n_forms);
		(void)sqlite3_bind_text(stmt, 6, g->week, -1, SQLITE_STATIC);
		if (sqlite3_step(stmt) != SQLITE_DONE)
			rc = db_trouble(g->db, "form", why);
		(void)sqlite3_reset(stmt);
	}
	(void)sqlite3_finalize(stmt);
	return rc;
}

void fold_forget_forms(struct folding *g)
{
	free(g->own.forms);
	kept_free(&g->kept);
}
