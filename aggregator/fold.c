/*
 * fold - snapshot(W) = fold(snapshot(W-1), intake(W), rule set).  Pure: no clock, no order of a folder.
 *
 * A unit at a time, in byte order of the codes, so that rows go in in primary key order and no more than
 * one unit's week is ever staged; units that sent nothing are carried many at a time (fold_rows).  Then
 * what only the whole city shows (fold_rival), what is due, the measures, the gate.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../common/env.h"
#include "../common/sqlfn.h"
#include "../common/text.h"
#include "aggregator.h"

static const struct message_need folding_findings[] = {
	{ "fold.taken", "key holder" },
	{ "fold.orphan", "key holder to cause" },
};

static const struct message_need folding_texts[] = {
	{ "gate.submissions", "unit archived intake snapshot" },
	{ "gate.counts", "submission receipt intake" },
	{ "gate.rows", "submission form expected found" },
	{ "gate.total", "form field unit expected found" },
	{ "gate.adds", "measure column row expected found" },
};

static const struct message_need folding_lists[] = { { "op.withdraw", NULL } };

/* Rows due from which on a second process is worth its beginning: some hundredths of a second a measure. */
#define WORTH_ROWS 10000

#define N(needs) (sizeof(needs) / sizeof *(needs))

int folding_check(const struct messages *m, struct why *why)
{
	if (messages_require(m, USE_FINDING, folding_findings, N(folding_findings), why) != 0 ||
	    messages_require(m, USE_TEXT, folding_texts, N(folding_texts), why) != 0 ||
	    messages_require(m, USE_WORDS, folding_lists, N(folding_lists), why) != 0)
		return -1;
	return 0;
}

/* The snapshot's own tables, empty. */
static int create_tables(struct folding *g, struct why *why)
{
	const struct ruleset *rs = g->f->rules;

	if (env_create_snapshot_tables(g->db, rs, why) != 0 || env_fill_reference(g->db, rs, why) != 0)
		return -1;
	/*
	 * Numbers that were ever given out, as runs: the key's text before its digits, and from which
	 * to which.
	 */
	if (db_exec(g->db,
	    "CREATE TABLE assigned (form TEXT NOT NULL, unit TEXT NOT NULL, prefix TEXT NOT NULL,"
	    " first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (form, unit, prefix, first));"
	    "CREATE TABLE temp.given (form TEXT, unit TEXT, prefix TEXT, first INTEGER, last INTEGER)",
	    why) != 0)
		return -1;
	/* What a sealed week rests on, so that a changed file can be named. */
	if (db_exec(g->db,
	    "CREATE TABLE archived (unit TEXT NOT NULL, number INTEGER NOT NULL, bytes TEXT NOT NULL,"
	    " label TEXT NOT NULL, intake TEXT NOT NULL, PRIMARY KEY (unit, number))", why) != 0)
		return -1;
	if (db_exec(g->db,
	    "CREATE TABLE temp.left_out (form TEXT, unit TEXT, key TEXT, holder TEXT, field TEXT,"
	    " submission TEXT, row INTEGER, referent TEXT, cause TEXT, PRIMARY KEY (form, unit, key))",
	    why) != 0)
		return -1;
	for (size_t i = 0; i < g->f->n_forms; i++) {
		if (!db_has_table(g->db, "main", g->f->forms[i]->name) &&
		    env_create_snapshot_form(g->db, "main", g->f->forms[i], why) != 0)
			return -1;
	}
	return fold_fill_forms(g, why);
}

static int fill_due(struct folding *g, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "INSERT INTO main.due (unit, form, key) SELECT owing.unit, ");
	sql_text(&sql, form->name);
	buf_str(&sql, ", ");
	sql_key_text(&sql, form, "owing");
	buf_str(&sql, " FROM (");
	env_due_sql(&sql, g->f->rules, form);
	/* LIMIT: so that it is put in order while the two weeks are merged, not afterwards. */
	buf_str(&sql, "\nLIMIT -1) AS owing");
	rc = fold_ask(g, &sql, form, why);
	buf_free(&sql);
	return rc;
}

/* Sealed snapshots from which on a second process is worth its beginning to read them [bytes]. */
#define WORTH_BYTES (8 << 20)

/*
 * Whether the week before is the one that was sealed.  A small one's content, too, is made of its rows again: some
 * hundredths of a second; a large one's is verify's.
 */
static int check_seal(const struct folding *g, struct why *why)
{
	struct path p;
	struct stat st;
	bool small = fstatat(g->f->site->dir, site_snapshot(&p, g->before), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_size < WORTH_BYTES;

	return seal_holds(g->f->site, g->before, why) == 0 && seal_agrees(g->f->site, g->before, small, why) == 0 ? 0 :
	    -1;
}

static int work_seal(void *ctx, struct why *why)
{
	return check_seal(ctx, why);
}

/* What is built on the week before has its digest for ever: is it still the one that was sealed? */
static int begin_seal_check(struct folding *g, struct why *why)
{
	struct path p;
	struct stat st;
	bool large = fstatat(g->f->site->dir, site_snapshot(&p, g->before), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (g->f->divide_from > 0 || st.st_size >= WORTH_BYTES);

	if (large && g->f->workers > 1)
		g->seal_check = aside_begin(work_seal, g);
	if (g->seal_check > 0)
		return 0;
	return check_seal(g, why);
}

/* The answer, where it was left to a second process.  What came out meanwhile (RC, WHY) counts less. */
static int end_seal_check(struct folding *g, int rc, struct why *why)
{
	pid_t pid = g->seal_check;
	struct why other;

	g->seal_check = 0;
	if (pid <= 0)
		return rc;
	if (aside_end(pid)) {
		g->aside.seal++;
		return rc;
	}
	if (check_seal(g, &other) == 0)
		return rc;
	*why = other;
	return -1;
}

/* Attach the week before, which must be sealed.  *PREV is filled where there is one. */
static int attach_prev(struct folding *g, struct window *prev, struct why *why)
{
	const struct site *site = g->f->site;
	struct path p;
	char before[9];
	int rc = calendar_prev(g->f->rules->calendar, &g->f->window, prev, why);

	(void)snprintf(g->previous, sizeof g->previous, "%s", NO_SEAL);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	week_format(prev->week, before);
	if (!site_is_sealed(site, prev->week))
		return why_set(why, EX_DATAERR, "%s: the week before it, %s, is not sealed", g->week, before);
	rc = fsio_digest(site->dir, site_seal(&p, prev->week), g->previous, NULL, why);
	if (rc == 0)
		rc = db_attach(g->db, site, site_snapshot(&p, prev->week), DB_SNAPSHOT, "prev", why);
	if (rc == -2)
		return why_set(why, EX_IOERR, "%s is missing: run zhoubao rebuild --from %s", p.s, before);
	g->has_prev = rc == 0;
	g->before = prev->week;
	return rc == 0 ? begin_seal_check(g, why) : rc;
}

/* The words that take a row back, as an SQL list. */
static void list_withdrawals(struct folding *g)
{
	const struct words *words = words_find(&g->f->rules->messages, "op.withdraw");
	struct buf folded = { 0 };

	for (size_t i = 0; words != NULL && i < words->n; i++) {
		buf_reset(&folded);
		text_squash(&folded, span_of(words->v[i]));
		buf_str(&g->withdraw, i > 0 ? ", " : "");
		sql_text(&g->withdraw, buf_cstr(&folded));
	}
	buf_free(&folded);
}

/* The last unit of the first half: in its rows lies the middle of all that is due.  None: too little is. */
static int find_middle(struct folding *g, struct why *why)
{
	int64_t worth = g->f->divide_from > 0 ? g->f->divide_from : WORTH_ROWS;
	sqlite3_stmt *stmt = NULL;
	int step, rc = -1;

	if (db_prepare(g->db, "SELECT unit FROM main.due WHERE (SELECT count(*) FROM main.due) >= ?1"
	    " ORDER BY unit, form, key LIMIT 1 OFFSET (SELECT (count(*) - 1) / 2 FROM main.due)",
	    &stmt, why) != 0)
		goto out;
	(void)sqlite3_bind_int64(stmt, 1, worth);
	step = db_step(stmt, "due", why);
	if (step == 1)
		g->middle = mem_dup((const char *)sqlite3_column_text(stmt, 0));
	rc = step < 0 ? -1 : 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* Forms of all units: rows of before, of this week; then rivals out, what is due. */
static int fold_rows(struct folding *g, struct why *why)
{
	const struct ruleset *rs = g->f->rules;

	if (fold_carry_marks(g, why) != 0 || fold_units(g, why) != 0 || fold_keep_marks(g, why) != 0)
		return -1;
	for (size_t i = 0; i < g->f->n_forms; i++) {
		if (g->f->forms[i]->unique_all && fold_leave_out(g, g->f->forms[i], why) != 0)
			return -1;
		/* What a form refers to came before it. */
		if (fold_leave_orphans(g, g->f->forms[i], why) != 0)
			return -1;
	}
	if (fold_say_left_out(g, why) != 0)
		return -1;
	if (env_prev_views(g->db, rs, g->has_prev ? "prev" : NULL, NULL, why) != 0)
		return -1;
	for (size_t i = 0; i < rs->n_forms; i++) {
		if (rs->forms[i]->due == DUE_WEEKLY && fill_due(g, rs->forms[i], why) != 0)
			return -1;
	}
	if (find_middle(g, why) != 0)
		return -1;
	return fold_move(g, why);       /* what moves was asked of the unit it leaves */
}

/* The forms, on top of those of the week before. */
static int build_forms(struct folding *g, struct window *prev, struct why *why)
{
	int rc = -1;

	if (sqlfn_add(g->db, g->f->rules, why) == 0 && attach_prev(g, prev, why) == 0 &&
	    fold_gather_forms(g, why) == 0 && create_tables(g, why) == 0)
		rc = fold_rows(g, why);
	return end_seal_check(g, rc, why);
}

/* Whether a second process has found the rows right; false too where there was none. */
static bool end_gate_check(struct folding *g)
{
	pid_t pid = g->gate_check;

	g->gate_check = 0;
	if (pid <= 0 || !aside_end(pid))
		return false;
	g->aside.gate++;
	return true;
}

/* Everything between an empty file and a finished one; all but publishing. */
static int fold_build(struct folding *g, struct fold_result *out, struct why *why)
{
	struct window prev = { 0 };
	struct buf gate = { 0 };
	int rc = -1;

	/* Measures may ask meta for the week's own dates. */
	if (build_forms(g, &prev, why) != 0 || fold_fill_meta(g, &prev, why) != 0 ||
	    fold_measures(g, why) != 0)
		goto out;
	if (g->f->sealed && fold_fill_archived(g, why) != 0)
		goto out;
	if (gate_check(g->db, g->f, &g->arrivals, end_gate_check(g), &gate, why) != 0 ||
	    fold_put(g, "gate", buf_cstr(&gate), why) != 0)
		goto out;
	if (fold_digest(g, out->content, why) != 0 ||
	    fold_put(g, "content", out->content, why) != 0 ||
	    fold_put(g, "program", "aggregator " VERSION, why) != 0)
		goto out;
	out->left_out = g->left_out;
	out->aside = g->aside;
	out->gate_ok = strcmp(buf_cstr(&gate), "ok") == 0;
	out->gate = buf_take(&gate);
	rc = 0;
out:
	(void)end_gate_check(g);
	buf_free(&gate);
	return rc;
}

/* Whether OLD's meta names CONTENT, a draft and this program: 1, 0, -1; -3 if OLD is damaged or has no meta. */
static int says_same(sqlite3 *old, const char *content, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	if (db_prepare(old,
	    "SELECT count(*) FROM meta WHERE (name, value) IN (VALUES ('content', ?1), ('state', 'draft'),"
	    " ('program', 'aggregator " VERSION "'))", &stmt, why) == 0) {
		(void)sqlite3_bind_text(stmt, 1, content, -1, SQLITE_STATIC);
		if (sqlite3_step(stmt) == SQLITE_ROW)
			rc = sqlite3_column_int(stmt, 0) == 3;
		else
			(void)db_trouble(old, "meta", why);
	}
	if (rc == -1 && (why->code == EX_SOFTWARE || db_is_damaged(old)))
		rc = -3;
	(void)sqlite3_finalize(stmt);
	return rc;
}

/*
 * Whether the draft that is there says the same, by the same program: 1, 0, or -1.  What lies there and is no
 * snapshot is not the same, and *REPLACED says why; what could not be read may be.
 */
static int is_same_draft(const struct fold *f, const char *content, char **replaced, struct why *why)
{
	struct path p;
	sqlite3 *old = NULL;
	int rc;

	if (f->sealed)
		return 0;
	rc = db_open(f->site, site_snapshot(&p, f->window.week), DB_SNAPSHOT, &old, why);
	if (rc == 0)
		rc = says_same(old, content, why);
	if (rc == -3)
		*replaced = mem_dup(why->text);
	db_close(old);
	return rc == -2 || rc == -3 ? 0 : rc;
}

/* Forget what was built. */
static int discard(struct folding *g, const char *path, struct why *why)
{
	struct buf temporary = { 0 };
	int rc;

	db_close(g->db);
	g->db = NULL;
	fsio_temporary(&temporary, path);
	rc = fsio_remove(g->f->site->dir, buf_cstr(&temporary), why);
	buf_free(&temporary);
	return rc;
}

int fold_week(const struct fold *f, struct fold_result *out, struct why *why)
{
	struct folding g = { .own = *f };
	struct fold_result result = { 0 };
	struct why second;
	struct path p;
	sqlite3 *done;
	int rc = -1, same;

	g.f = &g.own;
	week_format(f->window.week, g.week);
	list_withdrawals(&g);
	if (arrivals_list(f->site, f->window.week, &g.arrivals, why) != 0)
		goto out;
	if (f->without != NULL)
		arrivals_leave_out(&g.arrivals, f->without);
	if (arrivals_are_judged(f->site, f->window.week, &g.arrivals, why) != 0)
		goto out;
	site_snapshot(&p, f->window.week);
	if (db_build(f->site, p.s, DB_SNAPSHOT, &g.db, why) != 0)
		goto out;
	if (fold_build(&g, &result, why) != 0) {
		(void)discard(&g, p.s, &second);
		goto out;
	}
	same = is_same_draft(f, result.content, &result.replaced, why);
	if (same < 0) {
		(void)discard(&g, p.s, &second);
		goto out;
	}
	if (same) {
		if (discard(&g, p.s, why) != 0)
			goto out;
	} else {
		done = g.db;
		g.db = NULL;
		if (db_publish(done, f->site, p.s, f->sealed ? 0444 : 0644, why) != 0)
			goto out;
		result.changed = true;
	}
	*out = result;
	result.gate = result.replaced = NULL;
	rc = 0;
out:
	db_close(g.db);
	free(result.gate);
	free(result.replaced);
	arrivals_free(&g.arrivals);
	buf_free(&g.withdraw);
	free(g.middle);
	fold_forget_forms(&g);
	return rc;
}
