/*
 * trace - what a figure rests on, under the rule set its week was folded under: a row of a form (trace_row)
 * or of a measure (trace_measure).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "../common/sqlfn.h"
#include "aggregator.h"

/* The only value that SQL, which asks for ?1 = NAME, has; "" if there is none.  The caller frees. */
static int ask_value(sqlite3 *db, const char *sql, const char *name, char **out, struct why *why)
{
	sqlite3_stmt *stmt;
	const char *value = NULL;
	int row;

	if (db_prepare(db, sql, &stmt, why) != 0)
		return -1;
	(void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	row = db_step(stmt, name, why);
	if (row == 1)
		value = (const char *)sqlite3_column_text(stmt, 0);
	if (row >= 0)
		*out = mem_dup(value != NULL ? value : "");
	(void)sqlite3_finalize(stmt);
	return row < 0 ? -1 : 0;
}

int trace_meta(sqlite3 *db, const char *name, char **out, struct why *why)
{
	return ask_value(db, "SELECT value FROM meta WHERE name = ?1", name, out, why);
}

/*
 * The rule set that the snapshot names.  A draft's may not be in the archive yet: then today's serve, and
 * what they do not know is an error like any other.
 */
static int week_rules(const struct proc *p, sqlite3 *db, struct ruleset **out, char **digest, struct why *why)
{
	struct path path;

	if (trace_meta(db, "rules", digest, why) != 0)
		return -1;
	if (strcmp(*digest, p->rules->digest) == 0 || strlen(*digest) != DIGEST_HEX - 1 ||
	    !fsio_exists(p->site.dir, site_rules(&path, *digest)))
		return 0;
	return kept_load(&p->site, *digest, out, why);
}

/* A form that was retired, as it was last defined; *OUT stays NULL where there is no such form. */
static int retired_form(struct tracing *t, sqlite3 *db, const char *table, const struct form **out,
    struct why *why)
{
	const struct ruleset *rs = NULL;
	char *digest = NULL;
	int rc = ask_value(db, "SELECT rules FROM form WHERE name = ?1 AND retired IS NOT NULL", table,
	    &digest, why);

	if (rc == 0 && *digest != '\0') {
		rs = kept_find(&t->kept, &t->p->site, digest, why);
		rc = rs != NULL ? 0 : -1;
	}
	if (rs != NULL)
		*out = ruleset_form(rs, table);
	free(digest);
	return rc;
}

/* Whether a sealed week's figures are still those that were sealed, to SAID. */
static int say_snapshot(struct tracing *t, struct buf *said, struct why *why)
{
	int rc = seal_holds(&t->p->site, t->week, why);

	if (rc == 0)
		buf_str(said, "equal");
	if (rc == 1)
		buf_fmt(said, "DIFFERENT: %s", why->text);
	t->differs = t->differs || rc == 1;
	return rc < 0 ? -1 : 0;
}

/* The days that the week is of, which conditions call week_from(:week), week_to(:week) and :as_of. */
static void show_days(struct tracing *t)
{
	static const char *const names[] = { "from", "to", "as_of" };
	struct window w;
	struct why ignored;
	char day[11];

	if (calendar_window(t->rules->calendar, t->week, &w, &ignored) != 0)
		return;
	for (size_t i = 0; i < 3; i++) {
		day_format(i == 0 ? w.first : i == 1 ? w.last : w.as_of, day);
		tree_value(&t->out, names[i], day);
	}
}

/* Where the rule set of the week is gone, what is said of its columns are today's words, and may not be those of then. */
static void say_rules(struct tracing *t, const char *rules)
{
	struct path path;
	struct buf text = { 0 };

	if (t->rules != t->p->rules || strcmp(rules, t->p->rules->digest) == 0 || strlen(rules) != DIGEST_HEX - 1)
		return;
	buf_fmt(&text, "MISSING: %s; what is said here is by today's, %s; restore it from a backup",
	    site_rules(&path, rules), t->p->rules->digest);
	tree_value(&t->out, "rules_read", buf_cstr(&text));
	buf_free(&text);
	t->differs = true;
}

static int
show_table(struct tracing *t, sqlite3 *db, const char *table, const char *rules, size_t *n, struct why *why)
{
	const struct form *form = ruleset_form(t->rules, table);
	const struct measure *measure = trace_find_measure(t->rules, table);
	char *state = NULL, week[9];
	struct buf snapshot = { 0 };
	int rc = -1;

	week_format(t->week, week);
	if (trace_meta(db, "state", &state, why) != 0 ||
	    (form == NULL && measure == NULL && retired_form(t, db, table, &form, why) != 0))
		goto out;
	if ((form == NULL && measure == NULL && !trace_is_sent(table)) || !db_has_table(db, "main", table)) {
		(void)why_set(why, EX_USAGE, "\"%s\" is neither a form nor a measure of %s", table, week);
		goto out;
	}
	if (strcmp(state, "sealed") == 0 && say_snapshot(t, &snapshot, why) != 0)
		goto out;
	tree_open(&t->out, NULL, '{');
	tree_value(&t->out, "week", week);
	tree_value(&t->out, "state", state);
	show_days(t);
	if (snapshot.len > 0)
		tree_value(&t->out, "snapshot", buf_cstr(&snapshot));
	tree_value(&t->out, "table", table);
	tree_value(&t->out, "key", t->key);
	tree_value(&t->out, "rules", rules);
	say_rules(t, rules);
	if (form != NULL) {
		tree_open(&t->out, "rows", '[');
		rc = trace_form(t, db, form, n, why);
		tree_close(&t->out, ']');
	} else if (measure == NULL) {
		rc = trace_sent(t, db, table, n, why);
	} else {
		rc = trace_measure(t, db, measure, n, why);
		archives_show(t);
	}
	tree_close(&t->out, '}');
	if (rc == 0 && *n == 0)
		rc = trace_no_row(t, db, table, why);
out:
	free(state);
	buf_free(&snapshot);
	return rc;
}

int trace_show(const struct proc *p, struct week week, const char *table, const char *key, const char *field,
    bool json, struct why *why)
{
	struct tracing t = { .p = p, .rules = p->rules, .week = week, .key = key, .field = field,
	    .out = { .json = json } };
	struct ruleset *archived = NULL;
	char *digest = NULL;
	struct path path;
	sqlite3 *db = NULL;
	size_t n = 0;
	int rc = db_open(&p->site, site_snapshot(&path, week), DB_SNAPSHOT, &db, why);

	if (rc == -2)
		rc = why_set(why, EX_DATAERR, "%s: there is no snapshot of this week", path.s);
	if (rc == 0)
		rc = week_rules(p, db, &archived, &digest, why);
	if (rc == 0) {
		t.rules = archived != NULL ? archived : p->rules;
		rc = sqlfn_add(db, t.rules, why);
	}
	if (rc == 0)
		rc = show_table(&t, db, table, digest, &n, why);
	if (rc == 0)
		rc = t.differs ? EX_PERSON : EX_DONE;
	buf_free(&t.out.line);
	pages_free(&t.pages);
	archives_free(&t.archives);
	pasts_free(&t.pasts);
	kept_free(&t.kept);
	ruleset_free(archived);
	free(digest);
	db_close(db);
	return rc;
}
