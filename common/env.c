/*
 * env - the one SQL environment of rules, measures and briefings: what it allows,
 * what is bound, last week's tables, running the measures, and the check of
 * every text of a rule set against empty tables before anything is touched.
 *
 * The tables are made in envtable.c, last week's views in envview.c, the statements of rules in envrule.c.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

#include "buf.h"
#include "env.h"
#include "sqlfn.h"
#include "sqltext.h"
#include "xmldoc.h"

/* ---- what is allowed ---- */

/* In byte order, for bsearch. */
static const char *const allowed_functions[] = {
	"->", "->>", "abs", "avg", "char", "coalesce", "count", "cume_dist", "date", "datetime",
	"day_add", "day_diff", "day_share", "dense_rank", "digest", "first_value", "fixed", "format", "glob", "group_concat", "hex",
	"ifnull", "iif", "instr", "json", "json_array", "json_array_length", "json_extract",
	"json_group_array", "json_group_object", "json_insert", "json_object", "json_patch", "json_quote",
	"json_remove", "json_replace", "json_set", "json_type", "json_valid", "julianday", "lag",
	"last_value", "lead", "length", "like", "likelihood", "likely", "lower", "ltrim", "max", "min",
	"month_last", "nth_value", "ntile", "nullif", "percent_rank", "printf", "quote", "rank", "replace",
	"round", "round_half", "row_number", "rtrim", "setting", "sign", "squash", "strftime", "substr",
	"substring", "sum", "time", "total", "trim", "typeof", "unicode", "unixepoch", "unlikely", "upper",
	"uscc_ok", "uscc_org_ok", "week_add", "week_diff", "week_from", "week_to", "weeks_add",
	"weeks_count", "weeks_value", "workdays",
};

static int compare_name(const void *a, const void *b)
{
	return strcasecmp(a, *(const char *const *)b);
}

static bool is_allowed_function(const char *name)
{
	return name != NULL &&
	    bsearch(name, allowed_functions, sizeof allowed_functions / sizeof *allowed_functions,
		sizeof *allowed_functions, compare_name) != NULL;
}

static bool is_catalogue(const char *table)
{
	return table != NULL && strncasecmp(table, "sqlite_", 7) == 0;
}

/* Rationale: a whitelist.  A reads-only authorizer alone would let load_extension() prepare. */
static int allow_read(void *ctx, int action, const char *a, const char *b, const char *schema,
    const char *view)
{
	(void)ctx;
	(void)schema;
	(void)view;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_READ:
		return is_catalogue(a) ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_FUNCTION:
		return is_allowed_function(b) ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

/* The same, and making and filling the one table named CTX; making it writes SQLite's own catalogue. */
static int allow_measure(void *ctx, int action, const char *a, const char *b, const char *schema,
    const char *view)
{
	const char *table = ctx;

	switch (action) {
	case SQLITE_CREATE_TABLE:
		return strcmp(a, table) == 0 && strcmp(schema, "main") == 0 ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_CREATE_INDEX:       /* of its primary key */
		return is_catalogue(a) && strcmp(b, table) == 0 ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_INSERT:
		return (strcmp(a, table) == 0 && strcmp(schema, "main") == 0) || is_catalogue(a)
		    ? SQLITE_OK
		    : SQLITE_DENY;
	case SQLITE_UPDATE:
		return is_catalogue(a) ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_READ:
		return SQLITE_OK;
	default:
		return allow_read(NULL, action, a, b, schema, view);
	}
}

int env_allow(sqlite3 *db, enum env_allow what, const char *table, struct why *why)
{
	int rc;

	assert((what == ENV_MEASURE) == (table != NULL));
	if (what == ENV_ANYTHING)
		rc = sqlite3_set_authorizer(db, NULL, NULL);
	else if (what == ENV_READ)
		rc = sqlite3_set_authorizer(db, allow_read, NULL);
	else
		rc = sqlite3_set_authorizer(db, allow_measure, (void *)(uintptr_t)table);
	return rc == SQLITE_OK ? 0 : db_trouble(db, "authorizer", why);
}

/* ---- what is bound ---- */

static int bind_text(sqlite3_stmt *stmt, const char *name, const char *value, struct why *why)
{
	int i = sqlite3_bind_parameter_index(stmt, name);

	if (i == 0)
		return 0;
	/* TRANSIENT copies; a NULL pointer binds NULL */
	if (sqlite3_bind_text(stmt, i, value, -1, SQLITE_TRANSIENT) != SQLITE_OK)
		return db_trouble(sqlite3_db_handle(stmt), name, why);
	return 0;
}

/* No code comes behind it: the last code point there is. */
#define LAST_TEXT "\xf4\x8f\xbf\xbf"

int env_bind(sqlite3_stmt *stmt, const struct env_names *names, struct why *why)
{
	char week[9], as_of[11];

	week_format(names->week, week);
	day_format(names->as_of, as_of);
	if (bind_text(stmt, ":unit", names->unit, why) != 0 ||
	    bind_text(stmt, ":city", names->city, why) != 0 || bind_text(stmt, ":week", week, why) != 0 ||
	    bind_text(stmt, ":as_of", as_of, why) != 0 ||
	    bind_text(stmt, ":after", names->after != NULL ? names->after : "", why) != 0 ||
	    bind_text(stmt, ":through", names->through != NULL ? names->through : LAST_TEXT, why) != 0)
		return -1;
	return 0;
}

/* ---- a text and where it stands ---- */

/* A text of the rule set inside the statement that is prepared. */
struct passage {
	const char *file, *what;        /* "rule V19" */
	int         line;               /* of the text's first byte */
	size_t      at, n;              /* where the text stands in the statement */
};

/* The line that SQLite's error points at, or the text's first. */
static int line_of(const struct passage *p, const char *sql, int offset)
{
	int line = p->line;

	if (offset < 0 || (size_t)offset < p->at || (size_t)offset > p->at + p->n)
		return line;
	for (size_t i = p->at; i < (size_t)offset; i++)
		line += sql[i] == '\n';
	return line;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	    (unsigned char)c >= 0x80;
}

/*
 * Where SQLite points.  It does not for a table or function that is not there: then where the name stands
 * that its message ends with ("no such table: unit_weak"); -1 if that is not found either.
 */
static int error_at(sqlite3 *db, const struct passage *p, const char *sql)
{
	const char *says = sqlite3_errmsg(db), *name = strstr(says, ": "), *at = sql + p->at;
	int offset = sqlite3_error_offset(db);
	size_t n;

	if (offset >= 0 || strncmp(says, "no such ", 8) != 0 || name == NULL || name[2] == '\0')
		return offset;
	name += 2;
	n = strlen(name);
	while ((at = strstr(at, name)) != NULL && at < sql + p->at + p->n) {
		if ((at == sql || !is_word(at[-1])) && !is_word(at[n]))
			return (int)(at - sql);
		at++;
	}
	return -1;
}

static int passage_trouble(sqlite3 *db, const struct passage *p, const char *sql, struct why *why)
{
	if (db_is_disk_trouble(db))
		return db_trouble(db, p->what, why);
	return why_config(
	    why, p->file, line_of(p, sql, error_at(db, p, sql)), "%s: %s", p->what, sqlite3_errmsg(db));
}

/* Prepare and, with NAMES, run one statement.  The authorizer is the caller's. */
static int passage_run(sqlite3 *db, const struct passage *p, const char *sql, const struct env_names *names,
    bool run, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int step, rc = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
		(void)passage_trouble(db, p, sql, why);
		goto out;
	}
	if (run) {
		if (names != NULL && env_bind(stmt, names, why) != 0)
			goto out;
		while ((step = sqlite3_step(stmt)) == SQLITE_ROW)
			continue;
		if (step != SQLITE_DONE) {
			(void)passage_trouble(db, p, sql, why);
			/*
			 * It was prepared, so it is a good text, which these figures do not go through: no reason to
			 * stop what does not ask for them.
			 */
			if (why->code == EX_CONFIG)
				why->code = EX_IOERR;
			goto out;
		}
	}
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* ---- measures ---- */

enum measure_step { MEASURE_CREATE, MEASURE_CHECK, MEASURE_FILL };

/* Create the table of M; or prepare, or run, its INSERT. */
static int measure_step(sqlite3 *db, const struct measure *m, enum measure_step what,
    const struct env_names *names, struct why *why)
{
	struct buf name = { 0 }, sql = { 0 };
	struct passage p = { m->file, NULL, 1, 0, 0 };
	size_t second;
	int rc = -1;

	if (sqltext_measure(m, &second, why) != 0)
		goto out;
	buf_fmt(&name, "measure %s", m->name);
	p.what = buf_cstr(&name);
	if (what == MEASURE_CREATE) {
		buf_add(&sql, m->sql, second);
	} else {
		buf_str(&sql, m->sql + second);
		for (size_t i = 0; i < second; i++)
			p.line += m->sql[i] == '\n';
	}
	p.n = sql.len;
	if (env_allow(db, ENV_MEASURE, m->name, why) != 0)
		goto out;
	rc = passage_run(db, &p, buf_cstr(&sql), names, what != MEASURE_CHECK, why);
	(void)env_allow(db, ENV_ANYTHING, NULL, why);
out:
	buf_free(&name);
	buf_free(&sql);
	return rc;
}

int env_fill_measure(sqlite3 *db, const struct measure *m, const struct env_names *names, struct why *why)
{
	return measure_step(db, m, MEASURE_FILL, names, why);
}

static int note_read(void *ctx, int action, const char *a, const char *b, const char *schema,
    const char *view)
{
	struct names *read = ctx;
	bool noted = action != SQLITE_READ || schema == NULL || strcmp(schema, "main") != 0;

	(void)b;
	(void)view;
	for (size_t i = 0; !noted && i < read->n; i++)
		noted = strcmp(read->v[i], a) == 0;
	if (!noted) {
		vec_room(read->v, read->n, read->cap);
		read->v[read->n++] = mem_dup(a);
	}
	return SQLITE_OK;
}

int env_measure_reads(sqlite3 *db, const struct measure *m, struct names *read, bool *divides,
    struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	size_t second;
	int rc = sqltext_measure(m, &second, why);

	*divides = false;
	if (rc == 0 && sqlite3_set_authorizer(db, note_read, read) != SQLITE_OK)
		rc = db_trouble(db, "authorizer", why);
	/* A text that cannot be prepared says so when it is run. */
	if (rc == 0 && sqlite3_prepare_v2(db, m->sql + second, -1, &stmt, NULL) == SQLITE_OK)
		*divides = sqlite3_bind_parameter_index(stmt, ":after") != 0 &&
		    sqlite3_bind_parameter_index(stmt, ":through") != 0;
	(void)sqlite3_finalize(stmt);
	(void)env_allow(db, ENV_ANYTHING, NULL, why);
	return rc;
}

int env_create_measure(sqlite3 *db, const struct measure *m, struct why *why)
{
	return measure_step(db, m, MEASURE_CREATE, NULL, why);
}

int env_create_measures(sqlite3 *db, const struct ruleset *rs, struct why *why)
{
	for (size_t i = 0; i < rs->n_measures; i++)
		if (measure_step(db, &rs->measures[i], MEASURE_CREATE, NULL, why) != 0)
			return -1;
	return 0;
}

/* ---- the check ---- */

static int drop_prev_views(sqlite3 *db, struct why *why)
{
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	int rc = -1, step;

	if (db_prepare(db, "SELECT name FROM temp.sqlite_master WHERE type = 'view'", &stmt, why) != 0)
		goto out;
	while ((step = db_step(stmt, "views of the week before", why)) == 1) {
		buf_str(&sql, "DROP VIEW temp.");
		sql_name(&sql, (const char *)sqlite3_column_text(stmt, 0));
		buf_char(&sql, ';');
	}
	if (step < 0)
		goto out;
	(void)sqlite3_finalize(stmt);
	stmt = NULL;
	if (sql.len > 0 && db_exec(db, buf_cstr(&sql), why) != 0)
		goto out;
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	return rc;
}

/* Scan TEXT, then prepare SQL, in which it stands, as something that only reads. */
static int check_text(sqlite3 *db, const struct ruleset *rs, struct passage *p, const char *text,
    const char *sql, struct why *why)
{
	const char *at = strstr(sql, text);
	int rc;

	assert(at != NULL);
	p->at = (size_t)(at - sql);
	p->n = strlen(text);
	if (sqltext_check(rs, text, p->file, p->line, p->what, why) != 0)
		return -1;
	if (env_allow(db, ENV_READ, NULL, why) != 0)
		return -1;
	rc = passage_run(db, p, sql, NULL, false, why);
	(void)env_allow(db, ENV_ANYTHING, NULL, why);
	return rc;
}

/* The condition alone, so that an error is this rule's; then the names that its wording asks for. */
static int check_rule(
    sqlite3 *db, const struct ruleset *rs, const struct form *form, const struct rule *rule, struct why *why)
{
	struct buf what = { 0 }, sql = { 0 };
	struct passage p = { form->file, NULL, rule->when_line, 0, 0 };
	int rc = -1;

	buf_fmt(&what, "rule %s", rule->id);
	p.what = buf_cstr(&what);
	env_rule_sql(&sql, form, rule);
	if (check_text(db, rs, &p, rule->when, buf_cstr(&sql), why) != 0)
		goto out;
	buf_reset(&sql);
	env_rule_values_sql(&sql, rs, form, rule);
	if (rule->suggest != NULL) {
		p.line = rule->suggest_line;
		if (check_text(db, rs, &p, rule->suggest, buf_cstr(&sql), why) != 0)
			goto out;
	}
	p.line = rule->says_line;
	p.at = p.n = 0;
	if (passage_run(db, &p, buf_cstr(&sql), NULL, false, why) != 0)
		goto out;
	rc = 0;
out:
	buf_free(&what);
	buf_free(&sql);
	return rc;
}

static int check_form(sqlite3 *db, const struct ruleset *rs, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	struct passage p = { form->file, "rules", 0, 0, 0 };
	size_t i;
	int rc = -1;

	if (env_create_judging(db, form, why) != 0)
		goto out;
	for (i = 0; i < form->n_rules; i++) {
		if (check_rule(db, rs, form, &form->rules[i], why) != 0)
			goto out;
	}
	if (form->n_rules > 0) {
		env_rules_sql(&sql, rs, form);
		if (passage_run(db, &p, buf_cstr(&sql), NULL, false, why) != 0)
			goto out;
	}
	rc = 0;
out:
	buf_free(&sql);
	return rc;
}

static int check_due(sqlite3 *db, const struct ruleset *rs, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	struct passage p = { form->file, "<due>", form->due_line, 0, 0 };
	int rc;

	if (form->due_when == NULL || form->due != DUE_WEEKLY)
		return 0;
	env_due_sql(&sql, rs, form);
	/* a form that refers to no other has no rows to ask: said now, not found out in a quiet week */
	if (strstr(buf_cstr(&sql), form->due_when) == NULL)
		rc = why_config(why, form->file, form->due_line,
		    "<due>: no key of form %s refers to another form", form->name);
	else
		rc = check_text(db, rs, &p, form->due_when, buf_cstr(&sql), why);
	buf_free(&sql);
	return rc;
}

static int check_prefill(sqlite3 *db, const struct ruleset *rs, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	struct passage p = { form->file, "<prefill>", 0, 0, 0 };
	int rc = 0;

	if (form->prefill != NULL && env_prefill_sql(&sql, rs, form)) {
		p.line = form->prefill->line;
		rc = check_text(db, rs, &p, form->prefill->when, buf_cstr(&sql), why);
	}
	buf_free(&sql);
	return rc;
}

static int check_moves(sqlite3 *db, const struct ruleset *rs, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	struct passage p = { form->file, "<moves>", 0, 0, 0 };
	int rc;

	if (form->moves == NULL)
		return 0;
	p.line = form->moves->when_line;
	env_moves_sql(&sql, form);
	rc = check_text(db, rs, &p, form->moves->when, buf_cstr(&sql), why);
	buf_free(&sql);
	return rc;
}

/* Every rule and <due>, in the tables of a judging; these are gone afterwards. */
static int check_judging(sqlite3 *db, const struct ruleset *rs, struct why *why)
{
	struct buf sql = { 0 };
	size_t i;
	int rc = -1;

	if (env_create_state(db, rs, why) != 0)
		goto out;
	buf_str(&sql, "DROP TABLE new; DROP TABLE cur; DROP TABLE prev;");
	for (i = 0; i < rs->n_forms; i++) {
		if (check_form(db, rs, rs->forms[i], why) != 0 || check_due(db, rs, rs->forms[i], why) != 0 ||
		    check_prefill(db, rs, rs->forms[i], why) != 0)
			goto out;
		buf_str(&sql, "DROP TABLE ");
		sql_name(&sql, rs->forms[i]->name);
		buf_char(&sql, ';');
	}
	if (rs->n_forms > 0 && db_exec(db, buf_cstr(&sql), why) != 0)
		goto out;
	rc = 0;
out:
	buf_free(&sql);
	return rc;
}

/* The queries of one briefing: elements <query id="..."> at any depth below NODE. */
static int
check_queries(sqlite3 *db, const struct ruleset *rs, const char *file, const xmlNode *node, struct arena *a,
    struct why *why)
{
	struct passage p = { file, NULL, 0, 0, 0 };
	struct buf what = { 0 };
	char *text, *id;
	int rc = 0;

	for (; rc == 0 && node != NULL; node = xmldoc_next(node)) {
		if (!xmldoc_is(node, "query")) {
			rc = check_queries(db, rs, file, xmldoc_first(node), a, why);
			continue;
		}
		id = xmldoc_attr(a, node, "id");
		buf_reset(&what);
		buf_fmt(&what, "query %s", id ? id : "without an id");
		p.what = buf_cstr(&what);
		p.line = xmldoc_line(node);
		rc = xmldoc_raw(a, node, file, &text, why);
		if (rc == 0)
			rc = check_text(db, rs, &p, text, text, why);
	}
	buf_free(&what);
	return rc;
}

static int check_briefing(sqlite3 *db, const struct ruleset *rs, const struct briefing_text *b,
    struct why *why)
{
	struct arena a = { 0 };
	xmlDoc *doc = NULL;
	int rc;

	rc = xmldoc_parse(b->bytes, b->n, b->file, &doc, why);
	if (rc == 0)
		rc = check_queries(db, rs, b->file, xmlDocGetRootElement(doc), &a, why);
	xmlFreeDoc(doc);
	arena_free(&a);
	return rc;
}

/*
 * The measures in their order, each seeing only those before it, then the
 * briefings, in the tables of a snapshot.
 */
static int check_snapshot(sqlite3 *db, const struct ruleset *rs, struct why *why)
{
	struct buf what = { 0 };
	size_t i;
	int rc = -1;

	if (env_create_snapshot_tables(db, rs, why) != 0)
		goto out;
	for (i = 0; i < rs->n_forms; i++) {
		if (check_due(db, rs, rs->forms[i], why) != 0 ||
		    check_moves(db, rs, rs->forms[i], why) != 0)
			goto out;
	}
	for (i = 0; i < rs->n_measures; i++) {
		const struct measure *m = &rs->measures[i];

		buf_reset(&what);
		buf_fmt(&what, "measure %s", m->name);
		if (sqltext_check_measure(rs, m, buf_cstr(&what), why) != 0 ||
		    measure_step(db, m, MEASURE_CREATE, NULL, why) != 0 ||
		    measure_step(db, m, MEASURE_CHECK, NULL, why) != 0)
			goto out;
	}
	if (drop_prev_views(db, why) != 0)      /* a briefing has none */
		goto out;
	for (i = 0; i < rs->n_briefings; i++) {
		if (check_briefing(db, rs, &rs->briefings[i], why) != 0)
			goto out;
	}
	rc = 0;
out:
	buf_free(&what);
	return rc;
}

int env_check(const struct ruleset *rs, struct why *why)
{
	sqlite3 *db = NULL;
	int rc = -1;

	/* last week's tables look the same to rules and to measures: they are made once for both */
	if (db_memory(&db, why) != 0 || sqlfn_add(db, rs, why) != 0 ||
	    env_prev_views(db, rs, NULL, NULL, why) != 0)
		goto out;
	if (check_judging(db, rs, why) != 0 || check_snapshot(db, rs, why) != 0)
		goto out;
	rc = 0;
out:
	db_close(db);
	return rc;
}
