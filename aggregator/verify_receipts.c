/*
 * verify_receipts - what the receipts that still lie in the outboxes say: the digest of the file and the
 * counts of its rows.  They are the units' to remove; one that is there must say what intake says.
 *
 * The receipt's own words are asked for, under the rule set that judged the file: the line it must have is
 * made again from the numbers, and looked for.  A receipt is broken into lines, so blanks and line ends do
 * not count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "aggregator.h"

#define RECEIPT_CAP (16u << 20)

enum { SENT_UNIT, SENT_NUMBER, SENT_SHA256, SENT_VERDICT, SENT_READ, SENT_ACCEPTED, SENT_HELD, SENT_WITHDRAWN,
	SENT_RULES };

/* TEXT without blanks and line ends. */
static void
close_up(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text != ' ' && *text != '\n' && *text != '\r')
			buf_char(out, *text);
	}
}

/* The rule set DIGEST; NULL: the archive does not have it, which is said elsewhere. */
static const struct ruleset *
find_rules(struct verifying *v, const char *digest)
{
	struct why ignored;

	if (strcmp(digest, v->p->rules->digest) == 0)
		return v->p->rules;
	return kept_find(&v->rules, &v->p->site, digest, &ignored);
}

/* RECEIPT has the line ID with ARGS. */
static bool
receipt_has(const struct messages *m, const char *receipt, const char *id, const struct message_arg *args,
    size_t n)
{
	struct buf line = { 0 }, want = { 0 };
	bool has = true;

	if (message_find(m, id) != NULL) {
		message_says(&line, m, id, args, n);
		close_up(&want, buf_cstr(&line));
		has = strstr(receipt, buf_cstr(&want)) != NULL;
	}
	buf_free(&line);
	buf_free(&want);
	return has;
}

static void
check_lines(struct verifying *v, const char *file, const struct messages *m, const char *receipt,
    sqlite3_stmt *sent)
{
	static const char *const names[] = { "read", "accepted", "held", "withdrawn" };
	const char *verdict = (const char *)sqlite3_column_text(sent, SENT_VERDICT);
	const char *sha256 = (const char *)sqlite3_column_text(sent, SENT_SHA256);
	bool refused = verdict != NULL && strcmp(verdict, "refused") == 0;
	char numbers[4][24];
	struct message_arg args[4], digest = { "sha256", sha256 };

	for (int i = 0; i < 4; i++) {
		(void)snprintf(numbers[i], sizeof numbers[i], "%lld",
		    (long long)sqlite3_column_int64(sent, SENT_READ + i));
		args[i] = (struct message_arg){ names[i], numbers[i] };
	}
	/* Refused as a whole, or because each row was held: both are a refusal. */
	if (!receipt_has(m, receipt, "receipt.rows", args, 4) &&
	    !(refused && receipt_has(m, receipt, "receipt.rows.refused", args, 1)))
		verify_differs(v, file, "does not say what intake says: read %s, accepted %s, held %s,"
		    " withdrawn %s", numbers[0], numbers[1], numbers[2], numbers[3]);
	if (sha256 != NULL && *sha256 != '\0' && !receipt_has(m, receipt, "receipt.sha256", &digest, 1))
		verify_differs(v, file, "does not name the sha256 of its file, %s", sha256);
}

static int
check_receipt(struct verifying *v, sqlite3_stmt *sent, struct why *why)
{
	const char *unit = (const char *)sqlite3_column_text(sent, SENT_UNIT);
	const char *digest = (const char *)sqlite3_column_text(sent, SENT_RULES);
	const struct ruleset *rs = find_rules(v, digest != NULL ? digest : "");
	struct buf name = { 0 }, text = { 0 }, closed = { 0 };
	struct path p;
	int rc = 0;

	if (rs == NULL || message_find(&rs->messages, "receipt.file") == NULL)
		return 0;
	buf_fmt(&name, "%s-%03d-", v->week, sqlite3_column_int(sent, SENT_NUMBER));
	message_says(&name, &rs->messages, "receipt.file", NULL, 0);
	rc = fsio_read(v->p->site.dir, site_outbox_file(&p, unit, buf_cstr(&name)), RECEIPT_CAP, &text, why);
	if (rc == 0) {
		close_up(&closed, buf_cstr(&text));
		check_lines(v, p.s, &rs->messages, buf_cstr(&closed), sent);
	} else if (rc == -1) {
		/* The outbox is the unit's: a link in a receipt's place is a difference, no trouble. */
		verify_differs(v, p.s, "%s", why->text);
	}
	buf_free(&name);
	buf_free(&text);
	buf_free(&closed);
	return 0;
}

int
verify_receipts(struct verifying *v, sqlite3 *db, struct week week, struct why *why)
{
	sqlite3_stmt *sent = NULL;
	struct path p;
	int rc = db_prepare(db, "SELECT unit, number, sha256, verdict, rows_read, rows_accepted, rows_held,"
	    " rows_withdrawn, rules FROM submission ORDER BY unit, number", &sent, why), step = SQLITE_DONE;

	while (rc == 0 && (step = sqlite3_step(sent)) == SQLITE_ROW)
		rc = check_receipt(v, sent, why);
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(db, site_snapshot(&p, week), why);
	(void)sqlite3_finalize(sent);
	return rc;
}
