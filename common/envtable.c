/*
 * envtable - the tables of the SQL environment: columns of forms in snapshots,
 * intake files and judgings, and the tables that say who, when and by which settings.
 */
#include <string.h>

#include "buf.h"
#include "env.h"
#include "formsql.h"

/* ---- forms ---- */

void env_form_columns(struct buf *out, const struct form *form)
{
	size_t i;

	for (i = 0; i < form->n_fields; i++) {
		buf_str(out, i > 0 ? ", " : "");
		sql_name(out, form->fields[i].name);
		buf_fmt(out, " %s", field_sql_type(form->fields[i].type));
	}
}

/* "PRIMARY KEY (LEAD keys)"; LEAD is "" or "unit, ". */
static void add_key(struct buf *out, const struct form *form, const char *lead)
{
	buf_fmt(out, ", PRIMARY KEY (%s", lead);
	sql_keys(out, form, NULL);
	buf_char(out, ')');
}

/* A form's row as a snapshot holds it, named NAME in SCHEMA. */
static int create_state(sqlite3 *db, const char *schema, const char *name, const struct form *form,
    const char *lead, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "CREATE TABLE ");
	sql_name(&sql, schema);
	buf_char(&sql, '.');
	sql_name(&sql, name);
	buf_str(&sql, " (unit TEXT NOT NULL, ");
	env_form_columns(&sql, form);
	buf_str(&sql, ", note TEXT, _week TEXT, _submission TEXT, _first TEXT, _row INTEGER");
	add_key(&sql, form, lead);
	/* A snapshot's key is the table: no index beside it to write, to keep and to look rows up from. */
	buf_str(&sql, *lead != '\0' ? ") WITHOUT ROWID" : ")");
	rc = db_exec(db, buf_cstr(&sql), why);
	buf_free(&sql);
	return rc;
}

int env_create_snapshot_form(sqlite3 *db, const char *schema, const struct form *form, struct why *why)
{
	return create_state(db, schema, form->name, form, "unit, ", why);
}

int env_create_intake_form(sqlite3 *db, const char *schema, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "CREATE TABLE ");
	sql_name(&sql, schema);
	buf_char(&sql, '.');
	sql_name(&sql, form->name);
	buf_str(&sql, " (");
	env_form_columns(&sql, form);
	buf_str(&sql, ", op TEXT, note TEXT, correction TEXT, _row INTEGER");
	add_key(&sql, form, "");
	buf_char(&sql, ')');
	rc = db_exec(db, buf_cstr(&sql), why);
	buf_free(&sql);
	return rc;
}

/* ---- a judging ---- */

int env_create_state_form(sqlite3 *db, const char *schema, const struct form *form, struct why *why)
{
	/* one unit's rows: the key alone finds a row, without the unit in front */
	return create_state(db, schema, form->name, form, "", why);
}

int env_create_state(sqlite3 *db, const struct ruleset *rs, struct why *why)
{
	size_t i;

	for (i = 0; i < rs->n_forms; i++) {
		if (env_create_state_form(db, "main", rs->forms[i], why) != 0)
			return -1;
	}
	return env_fill_reference(db, rs, why);
}

int env_create_new(sqlite3 *db, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc;

	buf_str(&sql, "DROP TABLE IF EXISTS main.new;"
	    "CREATE TABLE main.new (_id INTEGER PRIMARY KEY, _row INTEGER, _file INTEGER, unit TEXT, ");
	env_form_columns(&sql, form);
	buf_str(&sql, ", op TEXT, note TEXT, correction TEXT)");
	rc = db_exec(db, buf_cstr(&sql), why);
	buf_free(&sql);
	return rc;
}

int env_create_judging(sqlite3 *db, const struct form *form, struct why *why)
{
	struct buf sql = { 0 };
	int rc = -1;

	if (env_create_new(db, form, why) != 0 ||
	    db_exec(db, "DROP TABLE IF EXISTS main.cur; DROP TABLE IF EXISTS main.prev", why) != 0)
		goto out;
	buf_str(&sql, "CREATE TABLE main.cur (_row INTEGER, _file INTEGER, unit TEXT, ");
	env_form_columns(&sql, form);
	buf_str(&sql, ", op TEXT, note TEXT, correction TEXT");
	add_key(&sql, form, "");
	buf_char(&sql, ')');
	if (db_exec(db, buf_cstr(&sql), why) != 0 || create_state(db, "main", "prev", form, "", why) != 0)
		goto out;
	rc = 0;
out:
	buf_free(&sql);
	return rc;
}

/* ---- the other tables ---- */

#define SUBMISSION_COLUMNS                                                                                   \
	"declared_week TEXT, batch INTEGER, name TEXT, bytes INTEGER, sha256 TEXT, received_at TEXT, late "  \
	"INTEGER,"                                                                                           \
	" correction INTEGER, forms TEXT, format TEXT, encoding TEXT, prepared_by TEXT, reviewed_by TEXT, "  \
	"verdict TEXT,"                                                                                      \
	" rows_read INTEGER, rows_accepted INTEGER, rows_held INTEGER, rows_withdrawn INTEGER, rules TEXT"
#define FINDING_COLUMNS \
	"form TEXT, key TEXT, row INTEGER, col INTEGER, field TEXT, rule TEXT, severity TEXT, value TEXT," \
	" message TEXT, mend TEXT, explained INTEGER, held INTEGER"
#define CORRECTED_COLUMNS \
	"form TEXT, key TEXT, field TEXT, week TEXT, old TEXT, new TEXT, reason TEXT, row INTEGER"

int env_create_intake_tables(sqlite3 *db, struct why *why)
{
	return db_exec(db,
	    "CREATE TABLE submission (unit TEXT NOT NULL, week TEXT NOT NULL, number INTEGER NOT NULL, "
	    SUBMISSION_COLUMNS ", PRIMARY KEY (unit, number));"
	    "CREATE TABLE finding (seq INTEGER PRIMARY KEY, " FINDING_COLUMNS ");"
	    "CREATE TABLE corrected (seq INTEGER PRIMARY KEY, " CORRECTED_COLUMNS ")", why);
}

/* The reference table R as ref_NAME: every column TEXT, the first its key. */
static int create_reference(sqlite3 *db, const struct reference *r, struct why *why)
{
	struct buf name = { 0 }, sql = { 0 };
	size_t i;
	int rc;

	buf_fmt(&name, "ref_%s", r->name);
	buf_str(&sql, "CREATE TABLE IF NOT EXISTS ");
	sql_name(&sql, buf_cstr(&name));
	for (i = 0; i < r->n_columns; i++) {
		buf_str(&sql, i > 0 ? ", " : " (");
		sql_name(&sql, r->columns[i]);
		buf_str(&sql, i > 0 ? " TEXT" : " TEXT PRIMARY KEY");
	}
	buf_char(&sql, ')');
	rc = db_exec(db, buf_cstr(&sql), why);
	buf_free(&name);
	buf_free(&sql);
	return rc;
}

static int create_references(sqlite3 *db, const struct ruleset *rs, struct why *why)
{
	size_t i;

	if (db_exec(db,
		"CREATE TABLE IF NOT EXISTS unit (unit TEXT PRIMARY KEY, name TEXT, short TEXT, class TEXT, "
		"counts INTEGER,"
		" office INTEGER, ord INTEGER);"
		"CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT)",
		why) != 0)
		return -1;
	for (i = 0; i < rs->n_references; i++) {
		if (create_reference(db, &rs->references[i], why) != 0)
			return -1;
	}
	return 0;
}

int env_create_snapshot_tables(sqlite3 *db, const struct ruleset *rs, struct why *why)
{
	size_t i;

	if (db_exec(db,
		"CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT);"
		"CREATE TABLE submission (unit TEXT NOT NULL, number INTEGER NOT NULL, week TEXT NOT "
		"NULL, " SUBMISSION_COLUMNS ", PRIMARY KEY (unit, number));"
		"CREATE TABLE finding (unit TEXT NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT "
		"NULL, " FINDING_COLUMNS ", PRIMARY KEY (unit, number, seq));"
		"CREATE TABLE corrected (unit TEXT NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT "
		"NULL, " CORRECTED_COLUMNS ", PRIMARY KEY (unit, number, seq));"
		"CREATE TABLE form (name TEXT PRIMARY KEY, title TEXT, version INTEGER, rules TEXT, retired "
		"TEXT);"
		"CREATE TABLE due (unit TEXT NOT NULL, form TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY "
		"(unit, form, key)) WITHOUT ROWID;"
		"CREATE TABLE moved (form TEXT NOT NULL, key TEXT NOT NULL, to_unit TEXT NOT NULL, from_unit "
		"TEXT NOT NULL, cause TEXT, PRIMARY KEY (form, key, to_unit))",
		why) != 0)
		return -1;
	if (create_references(db, rs, why) != 0)
		return -1;
	for (i = 0; i < rs->n_forms; i++) {
		if (env_create_snapshot_form(db, "main", rs->forms[i], why) != 0)
			return -1;
	}
	return 0;
}

/* ---- who, by which settings, by which tables ---- */

static void add_text(struct buf *out, const char *s)
{
	if (s == NULL || *s == '\0')
		buf_str(out, "NULL");
	else
		sql_text(out, s);
}

/* "INSERT OR REPLACE INTO table VALUES", for the first row, and what parts it from the row before. */
static void begin_row(struct buf *sql, const char *table, size_t i)
{
	if (i > 0) {
		buf_str(sql, ",\n(");
		return;
	}
	buf_str(sql, "INSERT OR REPLACE INTO ");
	sql_name(sql, table);
	buf_str(sql, " VALUES\n(");
}

static void add_units(struct buf *sql, const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_units; i++) {
		const struct unit *u = &rs->units[i];

		begin_row(sql, "unit", i);
		add_text(sql, u->code);
		buf_str(sql, ", ");
		add_text(sql, u->name);
		buf_str(sql, ", ");
		add_text(sql, u->short_name);
		buf_str(sql, ", ");
		add_text(sql, u->group_class);
		buf_fmt(sql, ", %d, %d, %d)", u->counts, u->office, u->order);
	}
	buf_str(sql, ";\n");
}

static void add_settings(struct buf *sql, const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_settings; i++) {
		begin_row(sql, "setting", i);
		add_text(sql, rs->settings[i].name);
		buf_str(sql, ", ");
		add_text(sql, rs->settings[i].value);
		buf_char(sql, ')');
	}
	buf_str(sql, ";\n");
}

static void add_rows(struct buf *sql, const struct reference *r)
{
	struct buf name = { 0 };
	size_t i, j;

	buf_fmt(&name, "ref_%s", r->name);
	for (i = 0; i < r->n_rows; i++) {
		begin_row(sql, buf_cstr(&name), i);
		for (j = 0; j < r->n_columns; j++) {
			buf_str(sql, j > 0 ? ", " : "");
			add_text(sql, r->cells[i * r->n_columns + j]);
		}
		buf_char(sql, ')');
	}
	buf_str(sql, ";\n");
	buf_free(&name);
}

int env_fill_reference(sqlite3 *db, const struct ruleset *rs, struct why *why)
{
	struct buf sql = { 0 };
	size_t i;
	int rc = -1;

	if (create_references(db, rs, why) != 0)
		goto out;
	add_units(&sql, rs);
	add_settings(&sql, rs);
	for (i = 0; i < rs->n_references; i++)
		add_rows(&sql, &rs->references[i]);
	if (sql.len > 0 && db_exec(db, buf_cstr(&sql), why) != 0)
		goto out;
	rc = 0;
out:
	buf_free(&sql);
	return rc;
}
