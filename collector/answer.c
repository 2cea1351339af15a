/*
 * answer - what a unit gets back of a file: the receipt, and the annotated copy where one can be made.  Both
 * are made before the intake file, which names their digests: so that one that was altered in the outbox is
 * found (aggregator verify), whatever is altered in it.
 */
#include "../common/db.h"
#include "../common/fsio.h"
#include "collector.h"

int answer_make(struct answer *out, const struct judging *j, const struct judged *f, struct why *why)
{
	struct answer a = { .has_copy = annotate_is_possible(f) };

	if (a.has_copy && annotate_write(&a.copy, j, f, why) != 0) {
		answer_free(&a);
		return -1;
	}
	receipt_write(&a.receipt, j, f);
	*out = a;
	return 0;
}

void answer_free(struct answer *a)
{
	buf_free(&a->receipt);
	buf_free(&a->copy);
	*a = (struct answer){ 0 };
}

/* A kind of answer, and the message that names its file. */
static const struct kind {
	const char *name, *file;
} receipt_kind = { "receipt", "receipt.file" }, copy_kind = { "copy", "receipt.copy" };

/* The name of the answer in the outbox. */
static void add_name(struct buf *out, const struct judging *j, const struct judged *f,
    const struct kind *kind)
{
	char week[9];

	week_format(j->window.week, week);
	buf_fmt(out, "%s-%03d-", week, f->label.number);
	message_says(out, &j->rs->messages, kind->file, NULL, 0);
}

/* ---- its digests ---- */

static int note_one(sqlite3 *db, const struct judging *j, const struct judged *f, const struct kind *kind,
    const struct buf *bytes, struct why *why)
{
	struct buf sql = { 0 }, name = { 0 };
	char digest[DIGEST_HEX];
	int rc;

	digest_of(buf_cstr(bytes), bytes->len, digest);
	add_name(&name, j, f, kind);
	buf_fmt(&sql, "INSERT INTO _answer (kind, name, sha256) VALUES ('%s', ", kind->name);
	sql_text(&sql, buf_cstr(&name));
	buf_fmt(&sql, ", '%s')", digest);
	rc = db_exec(db, buf_cstr(&sql), why);
	buf_free(&name);
	buf_free(&sql);
	return rc;
}

int answer_note(sqlite3 *db, const struct judging *j, const struct judged *f, const struct answer *a,
    struct why *why)
{
	if (db_exec(db, "CREATE TABLE _answer (kind TEXT PRIMARY KEY, name TEXT NOT NULL,"
	    " sha256 TEXT NOT NULL) WITHOUT ROWID", why) != 0 || note_one(db, j, f, &receipt_kind, &a->receipt, why) != 0)
		return -1;
	return a->has_copy ? note_one(db, j, f, &copy_kind, &a->copy, why) : 0;
}

/* ---- the outbox ---- */

static int publish_one(const struct proc *p, const struct judging *j, const struct judged *f,
    const struct kind *kind, const struct buf *bytes, int *code, struct why *why)
{
	struct buf name = { 0 };
	int rc;

	add_name(&name, j, f, kind);
	rc = post_put(p, j->unit, buf_cstr(&name), bytes, code, why);
	buf_free(&name);
	return rc;
}

/* The annotated copy first: who holds the receipt holds everything. */
int answer_publish(const struct proc *p, const struct judging *j, const struct judged *f,
    const struct answer *a, int *code, struct why *why)
{
	if (a->has_copy && publish_one(p, j, f, &copy_kind, &a->copy, code, why) != 0)
		return -1;
	return publish_one(p, j, f, &receipt_kind, &a->receipt, code, why);
}
