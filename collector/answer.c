/*
 * answer - what a unit gets back of a file: the receipt, and the annotated copy where one can be made.  Both
 * are made before the intake file, which names their digests: so that one that was altered in the outbox is
 * found (aggregator verify), whatever is altered in it.
 */
#include "../common/db.h"
#include "../common/fsio.h"
#include "../common/spool.h"
#include "collector.h"

#define KEPT  ((size_t)1 << 20)         /* of an answer in memory: a giant's annotated copy is larger than the file */
#define PIECE 8192u

/* ---- making ---- */

struct writing {
	struct answered *to;
	struct digest   *digest;
};

static int write_piece(void *to, const char *s, size_t n, struct why *why)
{
	const struct writing *w = to;

	(void)why;
	(void)spool_add(w->to->bytes, s, n);
	digest_add(w->digest, s, n);
	w->to->n += n;
	return 0;
}

/* What WRITE writes of F, and its digest. */
static int make_one(struct answered *out, const struct judging *j, const struct judged *f,
    int (*write)(struct outlet *out, const struct judging *j, const struct judged *f, struct why *why),
    struct why *why)
{
	struct writing w = { .to = out, .digest = digest_new() };
	struct outlet outlet = { .pass = write_piece, .to = &w };
	int rc;

	out->bytes = spool_new(KEPT);
	rc = write(&outlet, j, f, why);
	if (outlet_close(&outlet, rc == 0 ? why : &(struct why){ 0 }) != 0)
		rc = -1;
	digest_end(w.digest, out->digest);
	return rc;
}

int answer_make(struct answer *out, const struct judging *j, const struct judged *f, struct why *why)
{
	if (annotate_is_possible(f) && make_one(&out->copy, j, f, annotate_write, why) != 0)
		return -1;
	return make_one(&out->receipt, j, f, receipt_write, why);
}

void answer_free(struct answer *a)
{
	spool_free(a->receipt.bytes);
	spool_free(a->copy.bytes);
	*a = (struct answer){ 0 };
}

/* What stands in A, to OUT: serves fsio_publish_from. */
static int pass_on(void *ctx, struct outlet *out, struct why *why)
{
	const struct answered *a = ctx;
	char piece[PIECE];

	(void)why;
	for (uint64_t at = 0; at < a->n; ) {
		size_t n = a->n - at < PIECE ? (size_t)(a->n - at) : PIECE;

		spool_get(a->bytes, at, piece, n);
		buf_add(&out->out, piece, n);
		at += n;
		outlet_flow(out);
	}
	return 0;
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
    const struct answered *a, struct why *why)
{
	struct buf sql = { 0 }, name = { 0 };
	int rc;

	add_name(&name, j, f, kind);
	buf_fmt(&sql, "INSERT INTO _answer (kind, name, sha256) VALUES ('%s', ", kind->name);
	sql_text(&sql, buf_cstr(&name));
	buf_fmt(&sql, ", '%s')", a->digest);
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
	return a->copy.bytes != NULL ? note_one(db, j, f, &copy_kind, &a->copy, why) : 0;
}

/* ---- the outbox ---- */

static int publish_one(const struct proc *p, const struct judging *j, const struct judged *f,
    const struct kind *kind, const struct answered *a, int *code, struct why *why)
{
	struct answered said = *a;
	struct buf name = { 0 };
	int rc;

	add_name(&name, j, f, kind);
	rc = post_put(p, j->unit, buf_cstr(&name), pass_on, &said, code, why);
	buf_free(&name);
	return rc;
}

/* The annotated copy first: who holds the receipt holds everything. */
int answer_publish(const struct proc *p, const struct judging *j, const struct judged *f,
    const struct answer *a, int *code, struct why *why)
{
	if (a->copy.bytes != NULL && publish_one(p, j, f, &copy_kind, &a->copy, code, why) != 0)
		return -1;
	return publish_one(p, j, f, &receipt_kind, &a->receipt, code, why);
}
