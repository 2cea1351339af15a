/*
 * judge_rules - the rules of a form, asked of all rows of a sheet at once; then the rows that
 * stand become the unit's state.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "../common/env.h"
#include "judge.h"

/* What the column op holds: nothing for a report, else the first of the words that mean it. */
const char *op_word(const struct messages *m, enum row_op op)
{
	if (op == OP_REPORT)
		return NULL;
	return words_find(m, op == OP_NEW ? "op.new" : "op.withdraw")->v[0];
}

/* ---- the tables new, cur and prev ---- */

static void field_names(struct buf *out, const struct form *form)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		buf_str(out, ", ");
		sql_name(out, form->fields[i].name);
	}
}

/* The rows that are asked. */
static int fill_new(struct judging *j, struct world *w, struct judged *f, struct judged_sheet *s,
    struct why *why)
{
	const struct form *form = s->sheet->form;
	struct value *values = mem_zero(form->n_fields + 1, sizeof *values);
	struct buf sql = { 0 };
	struct binder b = { 0 };
	int rc;

	buf_str(&sql, "INSERT INTO main.new (_id, _row, _file, unit");
	field_names(&sql, form);
	buf_str(&sql, ", op, note, correction) VALUES (?");
	for (size_t i = 0; i < form->n_fields + 6; i++)
		buf_str(&sql, ", ?");
	buf_char(&sql, ')');
	rc = db_prepare(w->db, buf_cstr(&sql), &b.stmt, why);
	for (size_t i = 0; rc == 0 && i < s->n_rows; i++) {
		const struct judged_row *row = &s->rows[i];

		if (!row->asked)
			continue;
		put_int(&b, (int64_t)i);
		put_int(&b, row->row);
		put_int(&b, f->label.number);
		put_text(&b, j->unit);
		row_unpack(s, row, values);
		for (size_t k = 0; k < form->n_fields; k++)
			put_value(&b, &values[k]);
		put_text(&b, op_word(&j->rs->messages, row->op));
		put_text(&b, row->note);
		put_text(&b, row->correction);
		if (put_done(&b) != 0)
			rc = db_trouble(w->db, "new", why);
	}
	(void)sqlite3_finalize(b.stmt);
	free(values);
	buf_free(&sql);
	return rc;
}

/* cur and prev are read where they lie: what stands of this week, and what stood before it. */
static int make_views(struct judging *j, struct world *w, const struct form *form, struct why *why)
{
	struct buf sql = { 0 }, prev = { 0 };
	char week[9];
	int rc;

	week_format(w->window.week, week);
	buf_fmt(&prev, "prev_%s", form->name);
	rc = world_ready(j, w, buf_cstr(&prev), why);
	if (rc == 0)
		rc = world_state(j, w, form, why);
	buf_str(&sql, "DROP VIEW IF EXISTS temp.cur; DROP VIEW IF EXISTS temp.prev;"
	    " CREATE TEMP VIEW cur AS SELECT _row, NULL AS _file, unit");
	field_names(&sql, form);
	buf_str(&sql, ", NULL AS op, note, NULL AS correction FROM ");
	sql_name(&sql, form->name);
	if (world_is_unmoved(j, w, form)) {
		buf_str(&sql, " WHERE 0");
	} else {
		buf_str(&sql, " WHERE _week = ");
		sql_text(&sql, week);
	}
	buf_str(&sql, "; CREATE TEMP VIEW prev AS SELECT unit");
	field_names(&sql, form);
	buf_str(&sql, ", note, _week, _submission, _first, _row FROM ");
	sql_name(&sql, buf_cstr(&prev));
	if (rc == 0)
		rc = db_exec(w->db, buf_cstr(&sql), why);
	buf_free(&sql);
	buf_free(&prev);
	return rc;
}

/* ---- wording ---- */

/* The field that a column named "a.b" shows; NULL for columns that are no field (prev._week). */
static const struct field *placeholder_field(const struct ruleset *rs, const struct form *form,
    const char *name)
{
	const char *dot = strchr(name, '.');
	size_t n = dot != NULL ? (size_t)(dot - name) : 0;
	struct span table = { name, n };
	char other[64];

	if (dot == NULL || n >= sizeof other)
		return NULL;
	if (span_is(table, "new") || span_is(table, "cur") || span_is(table, "prev"))
		return form_field(form, dot + 1);
	memcpy(other, name, n);
	other[n] = '\0';
	form = ruleset_form(rs, other);
	return form != NULL ? form_field(form, dot + 1) : NULL;
}

void value_show(struct buf *out, const struct messages *m, const struct field *f, const struct value *v)
{
	switch (v->kind) {
	case VALUE_INTEGER:
		if (f != NULL)
			field_show_int(out, f, v->i);
		else
			buf_fmt(out, "%lld", (long long)v->i);
		break;
	case VALUE_REAL:
		if (f != NULL)
			field_show_real(out, f, v->r);
		else
			buf_fmt(out, "%g", v->r);
		break;
	case VALUE_TEXT:
		if (f != NULL)
			field_show_text(out, f, v->s);
		else
			buf_str(out, v->s);
		break;
	default:
		message_says(out, m, "value.none", NULL, 0);
	}
}

struct wording {
	struct message_arg *args;
	struct buf         *values;
	size_t              n;
	const char         *suggest;    /* as a person writes it into the cell, or NULL */
	char               *plain;      /* owns it where the wording's is another, else NULL */
};

/* The value to put stands in the unit that the sender's own column is in; in a sentence, with its word. */
static void suggest_in_column(struct wording *out, const struct column *column, const struct value *v)
{
	buf_reset(&out->values[0]);
	decimal_show(&out->values[0], v->i, column->unit_yuan);
	out->suggest = out->plain = mem_dup(buf_cstr(&out->values[0]));
	buf_str(&out->values[0], column->unit_word);
	out->args[0].value = buf_cstr(&out->values[0]);
}

/* COLUMN is that of the rule's field in the sheet, or NULL. */
static void wording_read(struct wording *out, const struct judging *j, const struct form *form,
    const struct rule *rule, const struct column *column, sqlite3_stmt *stmt)
{
	out->n = (size_t)sqlite3_column_count(stmt);
	out->args = mem_zero(out->n + 1, sizeof *out->args);
	out->values = mem_zero(out->n + 1, sizeof *out->values);
	for (size_t i = 0; i < out->n; i++) {
		struct value v = column_value(stmt, (int)i);

		out->args[i].name = sqlite3_column_name(stmt, (int)i);
		value_show(&out->values[i], &j->rs->messages, strcmp(out->args[i].name, "suggest") == 0
		    ? form_field(form, rule->field) : placeholder_field(j->rs, form, out->args[i].name), &v);
		out->args[i].value = buf_cstr(&out->values[i]);
	}
	if (rule->suggest == NULL || sqlite3_column_type(stmt, 0) == SQLITE_NULL)
		return;
	struct value v = column_value(stmt, 0);

	out->suggest = out->args[0].value;
	if (column != NULL && v.kind == VALUE_INTEGER && column->field->type == FIELD_MONEY &&
	    column->unit_yuan != column->field->unit_yuan)
		suggest_in_column(out, column, &v);
}

static void wording_free(struct wording *w)
{
	for (size_t i = 0; i < w->n; i++)
		buf_free(&w->values[i]);
	free(w->values);
	free(w->args);
	free(w->plain);
}

/* ---- asking ---- */

struct asking {
	struct judging      *j;
	struct world        *w;
	struct judged       *f;
	struct judged_sheet *s;
	const struct form   *form;
	struct env_names     names;
	sqlite3_stmt       **values;    /* one per rule, prepared when first needed */
};

/* A warning is answered by the row's note, or by the field that the rule names for it. */
static bool is_explained(const struct asking *a, const struct rule *rule, const struct judged_row *row)
{
	const struct field *field = rule->explains != NULL ? form_field(a->form, rule->explains) : NULL;

	if (rule->severity != SEV_WARNING)
		return false;
	if (field == NULL)
		return row->note != NULL;
	return row_value(a->s, row, (size_t)(field - a->form->fields)).kind != VALUE_NULL;
}

static void add_finding(struct asking *a, const struct rule *rule, const char *cause, struct judged_row *row,
    const char *says, const char *mend, const char *suggest)
{
	const struct field *field = rule->field != NULL ? form_field(a->form, rule->field) : NULL;
	struct finding at = { .rule = rule->id, .severity = rule->severity, .form = a->form->name,
		.key = row->key[0] != '\0' ? row->key : NULL, .row = row->row,
		.nth = (uint32_t)(row - a->s->rows) + 1, .field = rule->field, .message = says,
		.mend = mend, .suggest = suggest, .cause = cause, .explained = is_explained(a, rule, row),
		.held = rule->severity >= SEV_ERROR };
	struct buf value = { 0 };

	for (size_t i = 0; field != NULL && i < a->s->sheet->n_columns; i++)
		if (a->s->sheet->columns[i].field == field) {
			at.col = a->s->sheet->columns[i].col;
			at.header = a->s->sheet->columns[i].header;
			struct span cell = sheet_cell(a->s->sheet, row->source, i);

			if (cell.s != NULL)
				buf_add(&value, cell.s, cell.n);
		}
	at.value = at.col != 0 ? buf_cstr(&value) : NULL;
	(void)finding_add(&a->f->row_findings, &at);
	buf_free(&value);
}

/*
 * The wordings speak in the unit of the field.  Where the column says another, that comes first, with the
 * value to put in it: the mistake may well be there.
 */
static void add_header_unit(const struct asking *a, const struct rule *rule, const char *suggest,
    struct buf *mend)
{
	const struct field *field = rule->field != NULL ? form_field(a->form, rule->field) : NULL;
	const char *id = suggest != NULL ? "mend.unit" : "mend.unit_alone";

	for (size_t i = 0; field != NULL && i < a->s->sheet->n_columns; i++) {
		const struct column *c = &a->s->sheet->columns[i];
		struct message_arg args[] = { { "header", c->header }, { "unit", c->unit_word },
			{ "usual", field->unit }, { "suggest", suggest } };

		if (c->field == field && field->type == FIELD_MONEY && c->unit_yuan != field->unit_yuan)
			message_says(mend, &a->j->rs->messages, id, args, 4);
	}
}

/* The column of the field that RULE speaks of; NULL if the sheet has none. */
static const struct column *column_of(const struct sheet *s, const struct rule *rule)
{
	for (size_t i = 0; rule->field != NULL && i < s->n_columns; i++)
		if (s->columns[i].field != NULL && strcmp(s->columns[i].field->name, rule->field) == 0)
			return &s->columns[i];
	return NULL;
}

static int say_rule(struct asking *a, size_t index, const char *cause, struct judged_row *row, size_t id,
    struct why *why)
{
	const struct rule *rule = &a->form->rules[index];
	struct buf sql = { 0 }, says = { 0 }, mend = { 0 };
	struct wording wording = { 0 };
	int rc = 0;

	if (a->values[index] == NULL) {
		env_rule_values_sql(&sql, a->j->rs, a->form, rule);
		rc = db_prepare(a->w->db, buf_cstr(&sql), &a->values[index], why);
		buf_free(&sql);
		if (rc != 0 || env_bind(a->values[index], &a->names, why) != 0)
			return -1;
	}
	(void)sqlite3_reset(a->values[index]);
	if (sqlite3_bind_int64(a->values[index], 1, (sqlite3_int64)id) != SQLITE_OK ||
	    sqlite3_step(a->values[index]) != SQLITE_ROW)
		return db_trouble(a->w->db, rule->id, why);
	wording_read(&wording, a->j, a->form, rule, column_of(a->s->sheet, rule), a->values[index]);
	template_fill(&says, rule->says, wording.args, wording.n);
	if (rule->mend != NULL) {
		add_header_unit(a, rule, wording.suggest, &mend);
		template_fill(&mend, rule->mend, wording.args, wording.n);
	}
	add_finding(a, rule, cause, row, buf_cstr(&says), rule->mend != NULL ? buf_cstr(&mend) : NULL,
	    wording.suggest);
	if (rule->severity >= SEV_ERROR)
		row->held = true;
	wording_free(&wording);
	buf_free(&says);
	buf_free(&mend);
	(void)sqlite3_reset(a->values[index]);
	return 0;
}

/* Whether SQL, a text of a rule or NULL, takes the field NAME of the row for nothing where it is empty. */
static bool makes_up(const char *sql, const char *name)
{
	static const char asks[] = "coalesce(new.";
	size_t n = strlen(name);

	for (const char *p = sql != NULL ? strstr(sql, asks) : NULL; p != NULL; p = strstr(p, asks)) {
		p += sizeof asks - 1;
		if (strncmp(p, name, n) == 0 && p[n] == ',')
			return true;
	}
	return false;
}

/*
 * A rule that speaks of a cell which could not be read would only say the same again; one that takes such a cell
 * for nothing would be wrong, and its value to put with it.
 */
static bool is_moot(const struct asking *a, const struct rule *rule, const struct judged_row *row)
{
	const struct field *field = rule->field != NULL ? form_field(a->form, rule->field) : NULL;

	if (row->op == OP_WITHDRAW || (field != NULL && row->failed[field - a->form->fields]))
		return true;
	for (size_t i = 0; i < a->form->n_fields; i++)
		if (row->failed[i] && (makes_up(rule->when, a->form->fields[i].name) ||
		    makes_up(rule->suggest, a->form->fields[i].name)))
			return true;
	return false;
}

/* The rules that hold on the row of STMT and are not moot, in HOLDS. */
static void rules_of_row(const struct asking *a, sqlite3_stmt *stmt, const struct judged_row *row,
    bool *holds)
{
	for (size_t i = 0; i < a->form->n_rules; i++)
		holds[i] = sqlite3_column_int(stmt, (int)i + 1) != 0 && !is_moot(a, &a->form->rules[i], row);
}

/* The first of the rules that hold which covers RULE; NULL if none does. */
static const struct rule *covering(const struct asking *a, const bool *holds, const struct rule *rule)
{
	for (size_t i = 0; i < a->form->n_rules; i++) {
		const struct rule *other = &a->form->rules[i];

		for (size_t k = 0; holds[i] && k < other->n_covers; k++)
			if (strcmp(other->covers[k], rule->id) == 0)
				return other;
	}
	return NULL;
}

/*
 * The rule that RULE comes down to, which nothing covers;
 * NULL if it stands for itself, or they cover each other.
 */
static const char *cause_of(const struct asking *a, const bool *holds, const struct rule *rule)
{
	const struct rule *top = rule, *above;
	size_t steps = 0;

	while ((above = covering(a, holds, top)) != NULL && steps++ < a->form->n_rules)
		top = above;
	return above == NULL && top != rule ? top->id : NULL;
}

static int say_rules(struct asking *a, sqlite3_stmt *stmt, bool *holds, struct why *why)
{
	size_t id = (size_t)sqlite3_column_int64(stmt, 0);
	struct judged_row *row = &a->s->rows[id];
	int rc = 0;

	rules_of_row(a, stmt, row, holds);
	for (size_t i = 0; rc == 0 && i < a->form->n_rules; i++)
		if (holds[i])
			rc = say_rule(a, i, cause_of(a, holds, &a->form->rules[i]), row, id, why);
	ledger_lay(&a->f->findings, &a->f->row_findings);
	return rc;
}

/* What the wordings ask for has to be there before only reading is allowed. */
static int ready_wordings(struct asking *a, struct why *why)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < a->form->n_rules; i++)
		if (a->s->maybe[i] && a->form->rules[i].suggest != NULL)
			rc = world_ready(a->j, a->w, a->form->rules[i].suggest, why);
	return rc;
}

static int ask_rules(struct asking *a, struct why *why)
{
	struct buf sql = { 0 };
	bool *holds = mem_zero(a->form->n_rules + 1, sizeof *holds);
	sqlite3_stmt *stmt = NULL;
	int step = SQLITE_DONE, rc;

	env_some_rules_sql(&sql, a->j->rs, a->form, a->s->maybe);
	rc = ready_wordings(a, why);
	if (rc == 0)
		rc = world_ready(a->j, a->w, buf_cstr(&sql), why);
	if (rc == 0)
		rc = env_allow(a->w->db, ENV_READ, NULL, why);
	if (rc == 0)
		rc = db_prepare(a->w->db, buf_cstr(&sql), &stmt, why);
	if (rc == 0)
		rc = env_bind(stmt, &a->names, why);
	while (rc == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW)
		rc = say_rules(a, stmt, holds, why);
	if (rc == 0 && step != SQLITE_DONE)
		rc = db_trouble(a->w->db, a->form->file, why);
	(void)sqlite3_finalize(stmt);
	for (size_t i = 0; i < a->form->n_rules; i++)
		(void)sqlite3_finalize(a->values[i]);
	free(holds);
	buf_free(&sql);
	if (env_allow(a->w->db, ENV_ANYTHING, NULL, why) != 0)
		rc = -1;
	return rc;
}

int judge_rules(struct judging *j, struct world *w, struct judged *f, struct judged_sheet *s, struct why *why)
{
	struct asking a = { .j = j, .w = w, .f = f, .s = s, .form = s->sheet->form };
	int rc;

	if (s->n_asked == 0)
		return 0;
	if (make_views(j, w, a.form, why) != 0 || env_create_new(w->db, a.form, why) != 0 ||
	    fill_new(j, w, f, s, why) != 0)
		return -1;
	a.names = (struct env_names){ .unit = j->unit, .city = j->rs->office->code, .week = w->window.week,
		.as_of = w->window.as_of };
	a.values = mem_zero(a.form->n_rules, sizeof(sqlite3_stmt *));
	rc = ask_rules(&a, why);
	free(a.values);
	return rc;
}

/* ---- rows that stand ---- */

size_t judge_row_at(const struct judged_sheet *s, uint32_t number)
{
	size_t low = 0, high = s->n_rows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->rows[middle].row < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * What holds each row first, by the row's index: the finding's and one, 0: nothing.  What is said of a line and of no
 * row is the first's there.  The caller frees.
 */
static uint32_t *held_causes(const struct judged *f, const struct judged_sheet *s)
{
	uint32_t *causes = mem_zero(s->n_rows + 1, sizeof *causes);
	struct ledger_reader r = { 0 };

	for (size_t i = f->n_file_findings; i < f->findings.n; i++) {
		size_t at = f->findings.v[i].held ? judge_row_at(s, f->findings.v[i].row) : s->n_rows;
		const struct finding *x;

		if (at >= s->n_rows || s->rows[at].row != f->findings.v[i].row)
			continue;
		x = ledger_at(&r, &f->findings, i);
		if (x->nth > 0)
			at = x->nth - 1;
		if (x->form != NULL && strcmp(x->form, s->sheet->form->name) == 0 && at < s->n_rows && causes[at] == 0)
			causes[at] = (uint32_t)i + 1;
	}
	ledger_done(&r);
	return causes;
}

/* Held rows are remembered with their cause, for what refers to them. */
static int note_held(struct world *w, const struct judged *f, struct judged_sheet *s, struct why *why)
{
	uint32_t *causes = held_causes(f, s);
	struct ledger_reader r = { 0 };
	struct binder b = { 0 };
	int rc = db_prepare(w->db, "INSERT OR REPLACE INTO temp.held VALUES (?1, ?2, ?3)", &b.stmt, why);

	for (size_t i = 0; rc == 0 && i < s->n_rows; i++) {
		if (!s->rows[i].held)
			continue;
		uint32_t cause = causes[i] > 0 ? causes[i] : causes[judge_row_at(s, s->rows[i].row)];

		put_text(&b, s->sheet->form->name);
		put_text(&b, s->rows[i].key);
		put_text(&b, cause > 0 ? ledger_at(&r, &f->findings, cause - 1)->message : NULL);
		if (put_done(&b) != 0)
			rc = db_trouble(w->db, "held", why);
	}
	(void)sqlite3_finalize(b.stmt);
	ledger_done(&r);
	free(causes);
	return rc;
}

/* What a held row would have corrected was not corrected. */
static void drop_held_corrections(struct judged *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n_corrected; i++)
		if (!f->corrected[i].of->held)
			f->corrected[kept++] = f->corrected[i];
	f->n_corrected = kept;
}

int judge_sheet(struct judging *j, struct world *w, struct judged *f, struct judged_sheet *s, struct why *why)
{
	int rc = judge_rows(j, w, f, s, why);

	if (rc == 0)
		judge_totals(j, f, s);
	if (rc == 0 && !f->refused) {
		rc = judge_rules(j, w, f, s, why);
		if (rc == 0 && ledger_worst(&f->findings, f->n_file_findings) < SEV_FATAL) {
			rc = judge_numbers(j, w, f, s, why);
			if (rc == 0)
				rc = note_held(w, f, s, why);
			drop_held_corrections(f);
			if (rc == 0)
				rc = world_take(j, w, f, s, why);
		}
	}
	return rc;
}
