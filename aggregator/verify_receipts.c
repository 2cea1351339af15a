/*
 * verify_receipts - what the receipts that still lie in the outboxes say: the conclusion, whether the file
 * came in time, its digest and the counts of its rows.  They are the units' to remove; one that is there must
 * say what intake says.
 *
 * The receipt's own words are asked for, under the rule set that judged the file: the line it must have is
 * made again from the numbers, and looked for.  A receipt is broken into lines, so blanks and line ends do
 * not count.  And the other way round: what stands there as a problem or how to mend it was found in this
 * file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "aggregator.h"

#define RECEIPT_CAP (16u << 20)

enum { SENT_UNIT, SENT_NUMBER, SENT_SHA256, SENT_VERDICT, SENT_READ, SENT_ACCEPTED, SENT_HELD, SENT_WITHDRAWN,
	SENT_RULES, SENT_CORRECTION };

/* A receipt, and the row of submission that it is of. */
struct receipt {
	struct verifying      *v;
	const char            *file;
	const struct messages *m;       /* of the rule set that judged the file */
	const char            *text, *closed;   /* as it lies there; without blanks and line ends */
	sqlite3               *db;
	sqlite3_stmt          *sent;
};

/* N bytes of TEXT without blanks and line ends. */
static void close_up(struct buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] != ' ' && text[i] != '\n' && text[i] != '\r')
			buf_char(out, text[i]);
	}
}

/* The rule set DIGEST; NULL: the archive does not have it, which is said elsewhere. */
static const struct ruleset *find_rules(struct verifying *v, const char *digest)
{
	struct why ignored;

	if (strcmp(digest, v->p->rules->digest) == 0)
		return v->p->rules;
	return kept_find(&v->rules, &v->p->site, digest, &ignored);
}

/* The receipt has the line ID with ARGS. */
static bool receipt_has(const struct receipt *r, const char *id, const struct message_arg *args, size_t n)
{
	struct buf line = { 0 }, want = { 0 };
	bool has = true;

	if (message_find(r->m, id) != NULL) {
		message_says(&line, r->m, id, args, n);
		close_up(&want, buf_cstr(&line), line.len);
		has = strstr(r->closed, buf_cstr(&want)) != NULL;
	}
	buf_free(&line);
	buf_free(&want);
	return has;
}

/* ---- the conclusion ---- */

/* The receipt has a paragraph that is WANT, no more: one conclusion may begin with the words of another. */
static bool has_paragraph(const struct receipt *r, const char *want)
{
	struct buf closed = { 0 };
	bool has = false;

	for (const char *p = r->text; !has && *p != '\0';) {
		buf_reset(&closed);
		do {
			size_t len = strcspn(p, "\n");

			close_up(&closed, p, len);
			p += len + (p[len] == '\n' ? 1 : 0);
		} while (*p == ' ');
		has = strcmp(buf_cstr(&closed), want) == 0;
	}
	buf_free(&closed);
	return has;
}

/* Concluding with VERDICT; NUMBER: the file that a duplicate repeats. */
static bool has_conclusion(const struct receipt *r, const char *verdict, int number)
{
	struct buf id = { 0 }, says = { 0 }, line = { 0 }, want = { 0 };
	char held[24], repeated[16];
	struct message_arg args[] = { { "held", held }, { "number", repeated } }, whole;
	bool has = true;

	(void)snprintf(held, sizeof held, "%lld", (long long)sqlite3_column_int64(r->sent, SENT_HELD));
	(void)snprintf(repeated, sizeof repeated, "%03d", number);
	buf_fmt(&id, "verdict.%s", verdict);
	if (message_find(r->m, buf_cstr(&id)) != NULL && message_find(r->m, "receipt.conclusion") != NULL) {
		message_says(&says, r->m, buf_cstr(&id), args, 2);
		whole = (struct message_arg){ "conclusion", buf_cstr(&says) };
		message_says(&line, r->m, "receipt.conclusion", &whole, 1);
		close_up(&want, buf_cstr(&line), line.len);
		has = has_paragraph(r, buf_cstr(&want));
	}
	buf_free(&id);
	buf_free(&says);
	buf_free(&line);
	buf_free(&want);
	return has;
}

/* Concluding that the file repeats one of those before it with the same bytes. */
static bool has_duplicate(const struct receipt *r)
{
	sqlite3_stmt *same = NULL;
	struct why ignored;
	bool has = false;

	if (db_prepare(r->db, "SELECT number FROM submission WHERE unit = ?1 AND number < ?2 AND sha256 = ?3",
	    &same, &ignored) == 0) {
		(void)sqlite3_bind_value(same, 1, sqlite3_column_value(r->sent, SENT_UNIT));
		(void)sqlite3_bind_value(same, 2, sqlite3_column_value(r->sent, SENT_NUMBER));
		(void)sqlite3_bind_value(same, 3, sqlite3_column_value(r->sent, SENT_SHA256));
		while (!has && sqlite3_step(same) == SQLITE_ROW)
			has = has_conclusion(r, "duplicate", sqlite3_column_int(same, 0));
	}
	(void)sqlite3_finalize(same);
	return has;
}

static void check_conclusion(const struct receipt *r)
{
	const char *verdict = (const char *)sqlite3_column_text(r->sent, SENT_VERDICT);

	if (verdict == NULL ||
	    (strcmp(verdict, "duplicate") == 0 ? has_duplicate(r) : has_conclusion(r, verdict, 0)))
		return;
	verify_differs(r->v, r->file, "does not conclude what intake does: %s" VERIFY_RESTORE, verdict);
}

/* ---- the time ---- */

/* What was found of the file's lateness.  The caller frees; NULL: it came in time. */
static char *find_late(const struct receipt *r)
{
	const struct message *late = message_find(r->m, "late");
	sqlite3_stmt *found = NULL;
	struct why why;
	char *says = NULL;
	int step = SQLITE_ERROR;

	if (late == NULL || late->rule == NULL)
		return NULL;
	if (db_prepare(r->db, "SELECT message FROM finding WHERE unit = ?1 AND number = ?2 AND rule = ?3"
	    " ORDER BY seq DESC LIMIT 1", &found, &why) == 0) {
		(void)sqlite3_bind_value(found, 1, sqlite3_column_value(r->sent, SENT_UNIT));
		(void)sqlite3_bind_value(found, 2, sqlite3_column_value(r->sent, SENT_NUMBER));
		(void)sqlite3_bind_text(found, 3, late->rule, -1, SQLITE_STATIC);
		step = sqlite3_step(found);
		if (step == SQLITE_ROW && sqlite3_column_type(found, 0) != SQLITE_NULL)
			says = mem_dup((const char *)sqlite3_column_text(found, 0));
		if (step != SQLITE_ROW && step != SQLITE_DONE)
			(void)db_trouble(r->db, "finding", &why);
	}
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		verify_differs(r->v, r->file, "%s", why.text);
	(void)sqlite3_finalize(found);
	return says;
}

/* The words before the cut-off of the line that says "in time". */
static bool has_in_time(const struct receipt *r)
{
	static const struct message_arg arg = { "cutoff", "\n" };
	struct buf line = { 0 }, want = { 0 };
	bool has = true;

	if (message_find(r->m, "receipt.in_time") != NULL) {
		message_says(&line, r->m, "receipt.in_time", &arg, 1);
		close_up(&want, buf_cstr(&line), strcspn(buf_cstr(&line), "\n"));
		has = strstr(r->closed, buf_cstr(&want)) != NULL;
	}
	buf_free(&line);
	buf_free(&want);
	return has;
}

/* A correction is in nobody's time. */
static void check_time(const struct receipt *r)
{
	char *says = find_late(r);
	struct message_arg late = { "late", says };

	if (says != NULL && !receipt_has(r, "receipt.late", &late, 1))
		verify_differs(r->v, r->file, "does not say what intake says: late, \"%s\"" VERIFY_RESTORE, says);
	else if (says == NULL && sqlite3_column_int(r->sent, SENT_CORRECTION) == 0 && !has_in_time(r))
		verify_differs(r->v, r->file, "does not say what intake says: received in time" VERIFY_RESTORE);
	free(says);
}

/* ---- the counts ---- */

static void check_counts(const struct receipt *r)
{
	static const char *const names[] = { "read", "accepted", "held", "withdrawn" };
	const char *verdict = (const char *)sqlite3_column_text(r->sent, SENT_VERDICT);
	const char *sha256 = (const char *)sqlite3_column_text(r->sent, SENT_SHA256);
	bool refused = verdict != NULL && strcmp(verdict, "refused") == 0;
	char numbers[4][24];
	char number[16];
	struct message_arg args[4], digest = { "sha256", sha256 };
	struct message_arg numbered[] = { { "week", r->v->week }, { "number", number } };

	for (int i = 0; i < 4; i++) {
		(void)snprintf(numbers[i], sizeof numbers[i], "%lld",
		    (long long)sqlite3_column_int64(r->sent, SENT_READ + i));
		args[i] = (struct message_arg){ names[i], numbers[i] };
	}
	/* Refused as a whole, or because each row was held: both are a refusal. */
	if (!receipt_has(r, "receipt.rows", args, 4) &&
	    !(refused && receipt_has(r, "receipt.rows.refused", args, 1)))
		verify_differs(r->v, r->file, "does not say what intake says: read %s, accepted %s, held %s,"
		    " withdrawn %s" VERIFY_RESTORE, numbers[0], numbers[1], numbers[2], numbers[3]);
	(void)snprintf(number, sizeof number, "%03d", sqlite3_column_int(r->sent, SENT_NUMBER));
	if (!receipt_has(r, "receipt.number", numbered, 2))
		verify_differs(r->v, r->file, "does not have its own number, %s-%s" VERIFY_RESTORE, r->v->week, number);
	if (sha256 != NULL && *sha256 != '\0' && !receipt_has(r, "receipt.sha256", &digest, 1))
		verify_differs(r->v, r->file, "does not name the sha256 of its file, %s" VERIFY_RESTORE, sha256);
}

/* ---- the findings ---- */

/* What may stand behind "problem:", "mend:" and "sent:" of a receipt: what was found in this file. */
struct said {
	const char   *id, *arg;
	/* what such a line begins with; "" if it begins with the words themselves */
	struct buf    lead;
	struct names  lines;            /* closed up */
};

/* The line ID with VALUE, closed up. */
static char *closed_line(const struct receipt *r, const char *id, const char *arg, const char *value)
{
	struct message_arg args = { arg, value };
	struct buf line = { 0 }, closed = { 0 };

	message_says(&line, r->m, id, &args, 1);
	close_up(&closed, buf_cstr(&line), line.len);
	buf_free(&line);
	return buf_take(&closed);
}

static int list_said(const struct receipt *r, struct said *said, const char *column, struct why *why)
{
	sqlite3_stmt *found = NULL;
	char sql[160], *lead;
	int rc, step = SQLITE_DONE;

	if (message_find(r->m, said->id) == NULL)
		return 0;
	lead = closed_line(r, said->id, said->arg, "\n");
	buf_str(&said->lead, lead);
	free(lead);
	(void)snprintf(sql, sizeof sql, "SELECT DISTINCT %s FROM finding WHERE unit = ?1 AND number = ?2 AND "
	    "%s IS NOT NULL", column, column);
	rc = db_prepare(r->db, sql, &found, why);
	if (rc == 0) {
		(void)sqlite3_bind_value(found, 1, sqlite3_column_value(r->sent, SENT_UNIT));
		(void)sqlite3_bind_value(found, 2, sqlite3_column_value(r->sent, SENT_NUMBER));
	}
	while (rc == 0 && (step = sqlite3_step(found)) == SQLITE_ROW) {
		vec_room(said->lines.v, said->lines.n, said->lines.cap);
		said->lines.v[said->lines.n++] = closed_line(r, said->id, said->arg,
		    (const char *)sqlite3_column_text(found, 0));
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(r->db, "finding", why);
	(void)sqlite3_finalize(found);
	return rc;
}

static size_t count_indent(const char *p)
{
	return strspn(p, " ");
}

/* One paragraph from *P on: its line, and those that stand deeper; closed up. */
static void next_paragraph(const char **p, struct buf *out)
{
	size_t indent = count_indent(*p);

	buf_reset(out);
	do {
		size_t len = strcspn(*p, "\n");

		close_up(out, *p, len);
		*p += len + ((*p)[len] == '\n' ? 1 : 0);
	} while (count_indent(*p) > indent);
}

/* A paragraph that begins as SAID's do is one of them. */
static void check_said(const struct receipt *r, const struct said *said)
{
	struct buf paragraph = { 0 };

	for (const char *p = r->text; said->lead.len > 0 && *p != '\0';) {
		const char *line = p;

		next_paragraph(&p, &paragraph);
		if (strncmp(buf_cstr(&paragraph), buf_cstr(&said->lead), said->lead.len) != 0) {
			/* its deeper lines are paragraphs of their own */
			p = line + strcspn(line, "\n");
			p += *p == '\n' ? 1 : 0;
		} else if (!names_have(&said->lines, buf_cstr(&paragraph))) {
			verify_differs(r->v, r->file, "says what was not found: %s" VERIFY_RESTORE, buf_cstr(&paragraph));
		}
	}
	buf_free(&paragraph);
}

static int check_findings(const struct receipt *r, struct why *why)
{
	static const char *const columns[] = { "message", "mend" };
	struct said said[] = { { .id = "receipt.says", .arg = "says" },
	    { .id = "receipt.mend", .arg = "mend" } };
	int rc = 0;

	for (size_t i = 0; i < 2; i++) {
		if (rc == 0)
			rc = list_said(r, &said[i], columns[i], why);
		if (rc == 0)
			check_said(r, &said[i]);
		buf_free(&said[i].lead);
		names_free(&said[i].lines);
	}
	return rc;
}

/* ---- one after the other ---- */

static int check_receipt(struct verifying *v, sqlite3 *db, sqlite3_stmt *sent, struct why *why)
{
	const char *unit = (const char *)sqlite3_column_text(sent, SENT_UNIT);
	const char *digest = (const char *)sqlite3_column_text(sent, SENT_RULES);
	const struct ruleset *rs = find_rules(v, digest != NULL ? digest : "");
	struct buf name = { 0 }, text = { 0 }, closed = { 0 };
	struct path p;
	int rc = 0, trouble = 0;

	if (rs == NULL || message_find(&rs->messages, "receipt.file") == NULL)
		return 0;
	buf_fmt(&name, "%s-%03d-", v->week, sqlite3_column_int(sent, SENT_NUMBER));
	message_says(&name, &rs->messages, "receipt.file", NULL, 0);
	rc = fsio_read(v->p->site.dir, site_outbox_file(&p, unit, buf_cstr(&name)), RECEIPT_CAP, &text, why);
	if (rc == 0) {
		struct receipt r = { .v = v, .file = p.s, .m = &rs->messages, .text = buf_cstr(&text),
			.db = db, .sent = sent };

		close_up(&closed, buf_cstr(&text), strlen(buf_cstr(&text)));
		r.closed = buf_cstr(&closed);
		check_conclusion(&r);
		check_time(&r);
		check_counts(&r);
		trouble = check_findings(&r, why);
	} else if (rc == -1) {
		/* The outbox is the unit's: a link in a receipt's place is a difference, no trouble. */
		verify_differs(v, p.s, "%s", why->text);
	}
	buf_free(&name);
	buf_free(&text);
	buf_free(&closed);
	return trouble;
}

/* The receipt: its words, then, where they are as they should be, each byte. */
static int check_answer(struct verifying *v, sqlite3 *db, sqlite3_stmt *sent, struct week week,
    const struct answers *a, struct why *why)
{
	const char *unit = (const char *)sqlite3_column_text(sent, SENT_UNIT);
	size_t told = v->differences;
	char got[DIGEST_HEX];
	int rc = check_receipt(v, db, sent, why);

	if (rc == 0 && v->differences == told && a->receipt.name != NULL &&
	    !answer_stands(v, unit, &a->receipt, got))
		answer_differs(v, unit, week, sqlite3_column_int(sent, SENT_NUMBER), &a->receipt, got);
	return rc;
}

/* The annotated copy: where it is another, the first row that is. */
static void check_copy(struct verifying *v, sqlite3_stmt *sent, struct week week, const struct answers *a)
{
	const char *unit = (const char *)sqlite3_column_text(sent, SENT_UNIT);
	const char *rules = (const char *)sqlite3_column_text(sent, SENT_RULES);
	const struct ruleset *rs = find_rules(v, rules != NULL ? rules : "");
	int number = sqlite3_column_int(sent, SENT_NUMBER);
	char got[DIGEST_HEX];
	size_t told = v->differences;

	if (a->copy.name != NULL && answer_stands(v, unit, &a->copy, got))
		return;
	if (rs != NULL && (!a->known || a->copy.name != NULL))
		verify_copy(v, &rs->messages, unit, week, number);
	if (a->copy.name != NULL && v->differences == told)
		answer_differs(v, unit, week, number, &a->copy, got);
}

/* ---- all of them ---- */

static void note_answer(struct names *answers, const char *unit, const char *name)
{
	struct buf answer = { 0 };

	buf_fmt(&answer, "%s/%s", unit, name);
	vec_room(answers->v, answers->n, answers->cap);
	answers->v[answers->n++] = buf_take(&answer);
}

/* The name that the message ID gives an answer to the file at hand. */
static void note_named(struct verifying *v, struct names *answers, sqlite3_stmt *sent, const char *id)
{
	const char *rules = (const char *)sqlite3_column_text(sent, SENT_RULES);
	const struct ruleset *rs = find_rules(v, rules != NULL ? rules : "");
	struct buf name = { 0 };

	if (rs == NULL || message_find(&rs->messages, id) == NULL)
		return;
	buf_fmt(&name, "%s-%03d-", v->week, sqlite3_column_int(sent, SENT_NUMBER));
	message_says(&name, &rs->messages, id, NULL, 0);
	note_answer(answers, (const char *)sqlite3_column_text(sent, SENT_UNIT), buf_cstr(&name));
	buf_free(&name);
}

/* What may lie in an outbox of what answered the file at hand. */
static void note_answers(struct verifying *v, struct names *answers, sqlite3_stmt *sent, const struct answers *a)
{
	const char *unit = (const char *)sqlite3_column_text(sent, SENT_UNIT);

	if (a->receipt.name != NULL)
		note_answer(answers, unit, a->receipt.name);
	if (a->copy.name != NULL)
		note_answer(answers, unit, a->copy.name);
	if (!a->known) {
		note_named(v, answers, sent, "receipt.file");
		note_named(v, answers, sent, "receipt.copy");
	}
}

int verify_receipts(struct verifying *v, sqlite3 *db, struct week week, struct why *why)
{
	sqlite3_stmt *sent = NULL;
	struct names answers = { 0 };
	struct path p;
	int rc = db_prepare(db, "SELECT unit, number, sha256, verdict, rows_read, rows_accepted, rows_held,"
	    " rows_withdrawn, rules, correction FROM submission ORDER BY unit, number", &sent, why),
	    step = SQLITE_DONE;

	while (rc == 0 && (step = sqlite3_step(sent)) == SQLITE_ROW) {
		struct answers a;

		answers_find(v, (const char *)sqlite3_column_text(sent, SENT_UNIT), week,
		    sqlite3_column_int(sent, SENT_NUMBER), &a);
		rc = check_answer(v, db, sent, week, &a, why);
		if (rc == 0)
			check_copy(v, sent, week, &a);
		note_answers(v, &answers, sent, &a);
		answers_free(&a);
	}
	if (rc == 0 && step == SQLITE_DONE)
		verify_outboxes(v, &answers);
	names_free(&answers);
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(db, site_snapshot(&p, week), why);
	(void)sqlite3_finalize(sent);
	return rc;
}
