/*
 * gate_arrival - before a week is sealed: whether what arrived lies in the archive as it came.  Its bytes and its
 * label are what the intake file says, which was written when they were whole.
 */
#include <sqlite3.h>
#include <string.h>

#include "aggregator.h"

#define LABEL_CAP ((size_t)64 << 10)
#define VALUE_CAP 1100          /* a name of 255 bytes, each escaped as four, is the longest */

#define RESTORE "; restore it from a backup: no week is sealed over it"

/* Columns of submission that a label has as well, by the label's words; sha256 is the first. */
static const char *const columns[] = { "sha256", "kind", "name", "number", "size", "received_at", "week", "batch",
	"rules" };
static const char sql[] = "SELECT sha256, CASE WHEN sha256 IS NULL THEN 'refused' ELSE 'submission' END, name,"
    " number, bytes, received_at, week, batch, rules FROM submission";

#define COLUMNS ((int)(sizeof columns / sizeof columns[0]))

/* Names with an escape are spelled otherwise in a label: of those it is enough that they are there. */
static bool is_said(const char *column, const char *label, const char *intake)
{
	if (strcmp(column, "name") == 0 && label != NULL && strchr(label, '\\') != NULL)
		return true;
	if (label == NULL || intake == NULL)
		return label == intake;
	return strcmp(label, intake) == 0;
}

/* LABEL, which lies at PATH, against the row that STMT is at. */
static int check_label(const char *label, const char *path, sqlite3_stmt *stmt, struct why *why)
{
	char value[VALUE_CAP];

	for (int i = 0; i < COLUMNS; i++) {
		const char *said = line_value(label, columns[i], value, sizeof value) == 0 ? value : NULL;
		const char *want = (const char *)sqlite3_column_text(stmt, i);

		if (!is_said(columns[i], said, want))
			return why_set(why, EX_IOERR, "%s: %s is %s, its intake file says %s" RESTORE, path, columns[i],
			    said != NULL ? said : "missing", want != NULL ? want : "none");
	}
	return 0;
}

static int check_bytes(const struct site *site, const char *path, const char *unit, const char *want, struct why *why)
{
	char got[DIGEST_HEX] = "none: it is missing";
	int rc = fsio_digest(site->dir, path, got, NULL, why);

	if (rc == -1)
		return -1;
	return strcmp(got, want) == 0 ? 0 :
	    why_set(why, EX_IOERR, "%s: sha256 is %s, its label and its receipt say %s; restore it from a backup, or ask"
	    " %s for the file with that sha256: no week is sealed over it", path, got, want, unit);
}

/* What is no readable file has no digest: it lies in refused/, as it was. */
static int check_row(const struct site *site, struct week week, const struct arrival *a, sqlite3_stmt *stmt,
    struct why *why)
{
	const char *sha256 = (const char *)sqlite3_column_text(stmt, 0);
	struct buf label = { 0 };
	struct path p;
	int rc = fsio_read(site->dir, site_label(&p, week, a->unit, a->number), LABEL_CAP, &label, why);

	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s: is missing" RESTORE, p.s);
	if (rc == 0)
		rc = check_label(buf_cstr(&label), p.s, stmt, why);
	if (rc == 0 && sha256 != NULL)
		rc = check_bytes(site, site_archive(&p, week, a->unit, a->number), a->unit, sha256, why);
	buf_free(&label);
	return rc;
}

static int check_arrival(const struct site *site, struct week week, const struct arrival *a, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	struct path p;
	int rc = db_open(site, site_intake(&p, week, a->unit, a->number), DB_INTAKE, &db, why);

	if (rc == -2)
		rc = why_set(why, EX_IOERR, "%s is missing", p.s);
	if (rc == 0)
		rc = db_prepare(db, sql, &stmt, why);
	if (rc == 0)
		rc = sqlite3_step(stmt) == SQLITE_ROW ? check_row(site, week, a, stmt, why) : db_trouble(db, p.s, why);
	(void)sqlite3_finalize(stmt);
	db_close(db);
	return rc;
}

int gate_arrivals_are_kept(const struct site *site, struct week week, const struct arrivals *a, struct why *why)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < a->n; i++)
		rc = check_arrival(site, week, &a->v[i], why);
	return rc;
}
