/*
 * verify_answers - the files of an outbox, byte for byte, against the digests that the intake file has of
 * what the unit was answered.  They are the units' to remove; one that is there is the one that was written.
 *
 * What stands in them is looked at besides (verify_receipts, verify_copies): for a line that says what was
 * altered, and for intake files that name no answers yet.
 */
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "aggregator.h"

#define NAME_LONGEST 200

/* Whether A can be a file of an outbox: an intake file may be anybody's. */
static bool is_answer(const char *name, const char *sha256)
{
	return name != NULL && sha256 != NULL && strchr(name, '/') == NULL && strlen(name) <= NAME_LONGEST;
}

/* The row KIND of table _answer to OUT; nothing where there is none. */
static int read_answer(sqlite3 *intake, const char *kind, struct answered *out, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int step = SQLITE_DONE;
	int rc = db_prepare(intake, "SELECT name, sha256 FROM _answer WHERE kind = ?1", &stmt, why);

	if (rc == 0) {
		(void)sqlite3_bind_text(stmt, 1, kind, -1, SQLITE_STATIC);
		step = sqlite3_step(stmt);
	}
	if (rc == 0 && step == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);
		const char *sha256 = (const char *)sqlite3_column_text(stmt, 1);

		if (is_answer(name, sha256))
			*out = (struct answered){ mem_dup(name), mem_dup(sha256) };
		else
			rc = why_set(why, EX_IOERR, "table _answer names no file of an outbox");
	} else if (rc == 0 && step != SQLITE_DONE) {
		rc = db_trouble(intake, "_answer", why);
	}
	(void)sqlite3_finalize(stmt);
	return rc;
}

void answers_find(struct verifying *v, const char *unit, struct week week, int number, struct answers *out)
{
	struct path p;
	struct why why;
	sqlite3 *intake = NULL;
	int rc = db_open(&v->p->site, site_intake(&p, week, unit, number), DB_INTAKE, &intake, &why);

	*out = (struct answers){ 0 };
	if (rc == 0 && db_has_table(intake, "main", "_answer")) {
		out->known = true;
		rc = read_answer(intake, "receipt", &out->receipt, &why);
		if (rc == 0)
			rc = read_answer(intake, "copy", &out->copy, &why);
	}
	/* One that is missing or damaged is told as such; what could not be read must not pass for right. */
	if (rc == -1 && (intake == NULL || !db_is_damaged(intake)))
		verify_differs(v, p.s, "%s", why.text);
	db_close(intake);
}

void answers_free(struct answers *a)
{
	free(a->receipt.name);
	free(a->receipt.sha256);
	free(a->copy.name);
	free(a->copy.sha256);
	*a = (struct answers){ 0 };
}

bool answer_stands(struct verifying *v, const char *unit, const struct answered *a, char got[DIGEST_HEX])
{
	struct path p;
	struct why why;
	int rc = fsio_digest(v->p->site.dir, site_outbox_file(&p, unit, a->name), got, NULL, &why);

	if (rc == -1)
		verify_differs(v, p.s, "%s", why.text);
	return rc != 0 || strcmp(got, a->sha256) == 0;
}

void answer_differs(struct verifying *v, const char *unit, struct week week, int number,
    const struct answered *a, const char *got)
{
	struct path p, q;

	verify_differs(v, site_outbox_file(&p, unit, a->name), "sha256 is %s, %s says %s" VERIFY_RESTORE, got,
	    site_intake(&q, week, unit, number), a->sha256);
}
