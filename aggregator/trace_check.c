/*
 * trace_check - what the heads of the measures say, held against the tables of a snapshot before anything is
 * touched: a column or a table that there is not would else be found by whoever asks for that trace, and a
 * line that is no part of the head by nobody.
 */
#include <string.h>

#include <sqlite3.h>

#include "../common/env.h"
#include "../common/sqlfn.h"
#include "aggregator.h"

/* A measure whose head is read. */
struct checking {
	sqlite3              *db;
	const struct measure *m;
	struct names          columns, keys;    /* keys: without the week */
};

static int wrong(const struct checking *c, int line, const char *mark, const char *what, const char *name,
    struct why *why)
{
	return why_config(why, c->m->file, line, "\"-- %s\" of measure %s: %s %s", mark, c->m->name, what,
	    name);
}

/* Each of WORDS names columns of the measure, one that adds up a single one. */
static int check_own(const struct checking *c, int line, const char *mark, const struct names *words,
    struct why *why)
{
	bool single = strcmp(mark, HEAD_ADDS) == 0;

	for (size_t i = 0; i < words->n; i++) {
		bool found = single && names_have(&c->columns, words->v[i]);

		for (size_t k = 0; k < c->columns.n && !found && !single; k++)
			found = head_word_is(span_of(words->v[i]), c->columns.v[k]);
		if (!found)
			return wrong(c, line, mark, "it has no column", words->v[i], why);
	}
	return 0;
}

/* The columns that lines MARK name. */
static int check_list(const struct checking *c, const char *mark, struct why *why)
{
	struct names words = { 0 };
	const char *p = c->m->sql;
	int at = 0, rc = 0;

	while (rc == 0 && head_list(&p, &at, mark, &words)) {
		rc = check_own(c, at, mark, &words, why);
		names_free(&words);
		words = (struct names){ 0 };
	}
	return rc;
}

/* ---- a line "-- trace:" ---- */

/* Whether a condition may ask for the parameter NAME: the week's own, the row's unit, a part of its key. */
static bool is_parameter(const struct checking *c, const char *name)
{
	static const char *const week[] = { ":week", ":as_of", ":city" };

	for (size_t i = 0; i < sizeof week / sizeof *week; i++) {
		if (strcmp(name, week[i]) == 0)
			return true;
	}
	if (strcmp(name, ":unit") == 0)
		return names_have(&c->columns, "unit");
	return name[0] == ':' && names_have(&c->keys, name + 1);
}

/* SQL can be prepared as something that only reads, and asks for nothing that a trace does not know. */
static int prepare_where(const struct checking *c, const struct reading *r, const char *mark,
    const struct buf *sql, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	struct why second;
	int rc = env_allow(c->db, ENV_READ, NULL, why);

	if (rc != 0)
		return rc;
	if (sqlite3_prepare_v2(c->db, buf_cstr(sql), -1, &stmt, NULL) != SQLITE_OK)
		rc = wrong(c, r->line, mark, "its condition:", sqlite3_errmsg(c->db), why);
	for (int i = 1; rc == 0 && i <= sqlite3_bind_parameter_count(stmt); i++) {
		const char *name = sqlite3_bind_parameter_name(stmt, i);

		if (name == NULL || !is_parameter(c, name))
			rc = wrong(c, r->line, mark, "no trace knows the",
			    name != NULL ? name : "?", why);
	}
	(void)sqlite3_finalize(stmt);
	if (env_allow(c->db, ENV_ANYTHING, NULL, rc == 0 ? why : &second) != 0)
		rc = -1;
	return rc;
}

static int check_where(const struct checking *c, const struct reading *r, const char *mark, const char *table,
    struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "SELECT 1 FROM ");
	sql_name(&sql, table);
	buf_fmt(&sql, " WHERE (%s)", r->where);
	rc = prepare_where(c, r, mark, &sql, why);
	buf_free(&sql);
	return rc;
}

static bool has_column(sqlite3 *db, const char *table, const char *column)
{
	int rc = sqlite3_table_column_metadata(db, "main", table, column, NULL, NULL, NULL, NULL, NULL);

	return rc == SQLITE_OK;
}

/* The table and the columns of it that are shown. */
static int check_table(const struct checking *c, const struct reading *r, struct why *why)
{
	struct buf what = { 0 };
	int rc = 0;

	if (!db_has_table(c->db, "main", r->table))
		return wrong(c, r->line, HEAD_TRACE, "there is no table", r->table, why);
	buf_fmt(&what, "table %s has no column", r->table);
	for (size_t i = 0; rc == 0 && i < r->columns.n; i++) {
		if (!has_column(c->db, r->table, r->columns.v[i]))
			rc = wrong(c, r->line, HEAD_TRACE, buf_cstr(&what), r->columns.v[i], why);
	}
	buf_free(&what);
	return rc == 0 && *r->where != '\0' ? check_where(c, r, HEAD_TRACE, r->table, why) : rc;
}

static int check_reading(const struct checking *c, const struct reading *r, struct why *why)
{
	if (r->bars < 2 || r->of.n == 0 || r->columns.n == 0)
		return wrong(c, r->line, HEAD_TRACE, "wanted", "columns | table | columns [| condition]",
		    why);
	if (check_own(c, r->line, HEAD_TRACE, &r->of, why) != 0)
		return -1;
	/* Carried is one column, of one other. */
	if (r->same != NULL && (*r->table == '\0' || r->of.n > 1))
		return wrong(c, r->line, HEAD_TRACE, "wanted one column that is another table's",
		    r->same, why);
	if (*r->table != '\0')
		return check_table(c, r, why);
	if (*r->where != '\0')
		return wrong(c, r->line, HEAD_TRACE, "no table, so no condition:", r->where, why);
	return check_own(c, r->line, HEAD_TRACE, &r->columns, why);
}

/* A line "-- empty:". */
static int check_lack(const struct checking *c, const struct reading *r, struct why *why)
{
	if (r->bars < 2 || r->of.n == 0 || *r->words == '\0' || *r->where == '\0')
		return wrong(c, r->line, HEAD_EMPTY, "wanted", "columns | words | condition", why);
	if (check_own(c, r->line, HEAD_EMPTY, &r->of, why) != 0)
		return -1;
	return check_where(c, r, HEAD_EMPTY, c->m->name, why);
}

/* No such line stands below the head, where nobody reads it. */
static int check_below(const struct checking *c, struct why *why)
{
	static const char *const marks[] = { HEAD_TRACE, HEAD_YUAN, HEAD_ADDS, HEAD_EMPTY };
	const char *p = c->m->sql;
	bool head = true;

	for (int line = 1; *p != '\0'; line++) {
		size_t n = strcspn(p, "\n");
		struct span text = span_trim((struct span){ p, n });

		head = head && n >= 2 && p[0] == '-' && p[1] == '-';
		if (!head && span_starts(text, "--")) {
			text = span_trim((struct span){ text.s + 2, text.n - 2 });
			for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
				if (span_starts(text, marks[i]))
					return wrong(c, line, marks[i], "stands below the head,",
					    "which ends with the first line that is no comment", why);
			}
		}
		p += n + (p[n] == '\n' ? 1 : 0);
	}
	return 0;
}

static int check_measure(sqlite3 *db, const struct measure *m, struct why *why)
{
	struct checking c = { .db = db, .m = m };
	struct readings readings = { 0 }, lacks = { 0 };
	bool weekly;
	int rc = db_columns(db, "main", m->name, &c.columns, why);

	if (rc == 0)
		rc = key_names(db, m->name, &c.keys, &weekly, why);
	head_readings(m, NULL, &readings);
	for (size_t i = 0; rc == 0 && i < readings.n; i++)
		rc = check_reading(&c, &readings.v[i], why);
	head_lacks(m, NULL, &lacks);
	for (size_t i = 0; rc == 0 && i < lacks.n; i++)
		rc = check_lack(&c, &lacks.v[i], why);
	if (rc == 0 && (check_list(&c, HEAD_YUAN, why) != 0 || check_list(&c, HEAD_ADDS, why) != 0 ||
	    check_below(&c, why) != 0))
		rc = -1;
	readings_free(&readings);
	readings_free(&lacks);
	names_free(&c.columns);
	names_free(&c.keys);
	return rc;
}

int trace_check(const struct ruleset *rs, struct why *why)
{
	sqlite3 *db = NULL;
	int rc = -1;

	if (db_memory(&db, why) != 0 || sqlfn_add(db, rs, why) != 0 ||
	    env_create_snapshot_tables(db, rs, why) != 0 || env_create_measures(db, rs, why) != 0)
		goto out;
	for (size_t i = 0; i < rs->n_measures; i++) {
		if (check_measure(db, &rs->measures[i], why) != 0)
			goto out;
	}
	rc = 0;
out:
	db_close(db);
	return rc;
}
