/* uses: collector */
/*
 * judge_screen against SQLite: where SQLite says that a rule holds on a row, the screen must not have cleared
 * it.  Rows are drawn by a fixed seed; conditions are those of the real forms, and others put together at
 * random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sqlite3.h>

#include "collector/judge.h"
#include "common/db.h"
#include "common/sqlfn.h"

struct fixture {
	struct conf     conf;
	struct ruleset *rs;
	struct judging  j;
	struct world    w;
	uint64_t        seed;
	struct arena    arena;
};

static void must(int rc, const struct why *why)
{
	if (rc != 0)
		fail_msg("%s", why->text);
}

static size_t draw(struct fixture *x, size_t below)
{
	x->seed = x->seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(x->seed >> 33) % below;
}

static int set_up(void **state)
{
	struct fixture *x = mem_zero(1, sizeof *x);
	struct week week;
	struct why why = { 0 };

	x->seed = 20220422;
	must(conf_load("config/zhoubao.ini", &x->conf, &why), &why);
	must(ruleset_load(&x->conf, &x->rs, &why), &why);
	assert_int_equal(week_parse("2022-W17", 8, &week), 0);
	must(calendar_window(x->rs->calendar, week, &x->w.window, &why), &why);
	x->j = (struct judging){ .conf = &x->conf, .rs = x->rs, .unit = "320412", .window = x->w.window };
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	ruleset_free(x->rs);
	conf_free(&x->conf);
	arena_free(&x->arena);
	free(x);
	return 0;
}

/* ---- rows ---- */

/* Values that lie close together, so that comparisons fall on all sides. */
static struct value draw_value(struct fixture *x, const struct field *f)
{
	static const int64_t integers[] = { 0, 1, 2, 1000000, 9999, 10000, 5000000, 5010000, 50000000,
	10000000000,
		-20000, 20000000, INT64_MAX, INT64_MIN };
	static const double reals[] = { 0, 1, 0.5, -2.5, 100, 35.2 };
	static const char *const texts[] = { "", "a", "A", "b", "安装", "安装 ", "调试", "ａ", "2022-04-01", "2022-05-01",
		"2022-W16", "2021-W50", "12", "320412" };
	const char *type = field_sql_type(f->type);

	if (draw(x, 5) == 0)
		return (struct value){ .kind = VALUE_NULL };
	if (strcmp(type, "INTEGER") == 0)
		return (struct value){ .kind = VALUE_INTEGER,
		    .i = integers[draw(x, sizeof integers / sizeof *integers)] };
	if (strcmp(type, "REAL") == 0)
		return (struct value){ .kind = VALUE_REAL, .r = reals[draw(x,
		    sizeof reals / sizeof *reals)] };
	if (f->n_values > 0)
		return (struct value){ .kind = VALUE_TEXT, .s = f->values[draw(x, f->n_values)] };
	if (f->type == FIELD_DATE)
		return (struct value){ .kind = VALUE_TEXT, .s = texts[8 + draw(x, 2)] };
	return (struct value){ .kind = VALUE_TEXT, .s = texts[draw(x, sizeof texts / sizeof *texts)] };
}

/* One per field; the key is KEY. */
static struct value *draw_row(struct fixture *x, const struct form *form, const char *key)
{
	struct value *v = arena_alloc(&x->arena, (form->n_fields + 1) * sizeof *v);

	for (size_t i = 0; i < form->n_fields; i++)
		v[i] = draw_value(x, &form->fields[i]);
	for (size_t i = 0; i < form->n_keys; i++)
		v[form->keys[i]] = (struct value){ .kind = VALUE_TEXT, .s = key };
	return v;
}

/* LEAD are values in front, NULL where NULL ends; TAIL behind. */
static void insert(struct fixture *x, const char *table, const char *before, const char *lead,
    const struct form *form, const struct value *v, const char *after, const char *note, const char *last)
{
	struct buf sql = { 0 };
	struct binder b = { 0 };
	struct why why = { 0 };

	buf_fmt(&sql, "INSERT INTO \"%s\" (%s", table, before);
	for (size_t i = 0; i < form->n_fields; i++)
		buf_fmt(&sql, ", \"%s\"", form->fields[i].name);
	buf_fmt(&sql, ", note, %s) VALUES (%s, ?, ?", after, lead);
	for (size_t i = 0; i < form->n_fields; i++)
		buf_str(&sql, ", ?");
	buf_char(&sql, ')');
	must(db_prepare(x->w.db, buf_cstr(&sql), &b.stmt, &why), &why);
	for (size_t i = 0; i < form->n_fields; i++)
		put_value(&b, &v[i]);
	put_text(&b, note);
	put_text(&b, last);
	assert_int_equal(put_done(&b), 0);
	(void)sqlite3_finalize(b.stmt);
	buf_free(&sql);
}

/* ---- a form, both ways ---- */

#define ROWS 60

struct drawn {
	struct judged_row row;
	struct value     *was, *cur, **refs;
	const char       *was_week;
};

static const struct form *first_ref(const struct form *form, size_t i)
{
	const struct form *ref = form->fields[i].ref;

	for (size_t k = 0; ref != NULL && k < i; k++)
		if (form->fields[k].ref == ref)
			return NULL;
	return ref != NULL && ref->n_keys == 1 ? ref : NULL;
}

/* The wanted columns of the row of REF, read back from SQLite as references_read does. */
static struct value *read_back(struct fixture *x, const struct form *ref, const char *key,
    const char *columns, size_t n)
{
	struct value *v = arena_alloc(&x->arena, (n + 1) * sizeof *v);
	struct buf sql = { 0 };
	sqlite3_stmt *stmt = NULL;
	struct why why = { 0 };

	buf_fmt(&sql, "SELECT %s FROM \"%s\" WHERE \"%s\" = '%s'", columns, ref->name, ref->fields[ref->keys[0]].name, key);
	must(db_prepare(x->w.db, buf_cstr(&sql), &stmt, &why), &why);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	for (size_t i = 0; i < n; i++) {
		v[i] = column_value(stmt, (int)i);
		if (v[i].kind == VALUE_TEXT)
			v[i].s = arena_dup(&x->arena, v[i].s);
	}
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	return v;
}

static void draw_rows(struct fixture *x, const struct form *form, const struct screen *screen,
    struct drawn *d)
{
	static const char *const weeks[] = { "2022-W16", "2021-W50", NULL };
	struct buf key = { 0 };

	for (size_t n = 0; n < ROWS; n++) {
		char lead[64];
		const char *own;

		buf_reset(&key);
		buf_fmt(&key, "K%zu", n);
		own = arena_dup(&x->arena, buf_cstr(&key));
		d[n].row = (struct judged_row){ .values = draw_row(x, form, own),
			.failed = arena_alloc(&x->arena, form->n_fields + 1), .note = draw(x, 2) ? "说明" : NULL,
			.correction = draw(x, 4) ? NULL : "订正" };
		d[n].refs = arena_alloc(&x->arena, (form->n_fields + 1) * sizeof *d[n].refs);
		(void)snprintf(lead, sizeof lead, "%zu, '320412'", n);
		insert(x, "new", "_id, unit", lead, form, d[n].row.values, "correction", d[n].row.note, d[n].row.correction);
		if (draw(x, 4) != 0) {
			d[n].was = draw_row(x, form, own);
			d[n].was_week = weeks[draw(x, 3)];
			insert(x, "prev", "unit", "'320412'", form, d[n].was, "_week", NULL, d[n].was_week);
		}
		if (draw(x, 4) == 0) {
			d[n].cur = draw_row(x, form, own);
			insert(x, "cur", "unit", "'320412'", form, d[n].cur, "correction", NULL, NULL);
		}
		for (size_t i = 0; i < form->n_fields; i++) {
			const struct form *ref = first_ref(form, i);
			const char *to, *columns;
			size_t wanted = screen_columns(screen, i, &columns);

			if (ref == NULL || draw(x, 4) == 0)
				continue;
			buf_reset(&key);
			buf_fmt(&key, "%s-%s-%zu", form->name, ref->name, n);
			to = arena_dup(&x->arena, buf_cstr(&key));
			if (form->keys[0] != i) {
				struct buf sql = { 0 };
				struct why why = { 0 };

				d[n].row.values[i] = (struct value){ .kind = VALUE_TEXT, .s = to };
				buf_fmt(&sql, "UPDATE new SET \"%s\" = '%s' WHERE _id = %zu", form->fields[i].name, to, n);
				must(db_exec(x->w.db, buf_cstr(&sql), &why), &why);
				buf_free(&sql);
			} else {
				to = d[n].row.values[i].s;
			}
			insert(x, ref->name, "unit", "'320412'", ref, draw_row(x, ref, to), "_week", NULL, weeks[draw(x, 3)]);
			if (wanted > 0)
				d[n].refs[i] = read_back(x, ref, to, columns, wanted);
		}
	}
	buf_free(&key);
}

static void put(struct screen *screen, struct drawn *d)
{
	struct screened at = { .row = &d->row, .was = d->was, .was_week = d->was_week, .cur = d->cur, .refs = d->refs };

	d->row.asked = false;
	screen_put(screen, &at);
}

/* All rows in one go are asked about as each alone is. */
static void compare_together(struct fixture *x, const struct form *form, struct screen *screen, struct drawn *d)
{
	bool *any = arena_alloc(&x->arena, form->n_rules + 1), alone[ROWS];
	size_t n_asked = 0;

	for (size_t n = 0; n < ROWS; n++) {
		bool *maybe = arena_alloc(&x->arena, form->n_rules + 1);

		put(screen, &d[n]);
		n_asked += screen_end(screen, maybe);
		alone[n] = d[n].row.asked;
		for (size_t i = 0; i < form->n_rules; i++)
			any[i] = any[i] || maybe[i];
	}
	for (size_t n = 0; n < ROWS; n++)
		put(screen, &d[n]);
	bool *maybe = arena_alloc(&x->arena, form->n_rules + 1);

	assert_int_equal(screen_end(screen, maybe), n_asked);
	assert_memory_equal(maybe, any, form->n_rules);
	for (size_t n = 0; n < ROWS; n++)
		assert_int_equal(d[n].row.asked, alone[n]);
}

/* Rules times rows that hold nowhere and were cleared, in thousandths of those that hold nowhere. */
static size_t compare_form(struct fixture *x, const struct form *form)
{
	struct env_names names = { .unit = "320412", .city = x->rs->office->code, .week = x->w.window.week,
		.as_of = x->w.window.as_of };
	struct drawn *d = arena_alloc(&x->arena, ROWS * sizeof *d);
	struct screen *screen = NULL;
	struct why why = { 0 };
	size_t quiet = 0, cleared = 0;

	must(db_memory(&x->w.db, &why), &why);
	must(sqlfn_add(x->w.db, x->rs, &why), &why);
	must(env_create_state(x->w.db, x->rs, &why), &why);
	must(env_prev_views(x->w.db, x->rs, NULL, "320412", &why), &why);
	must(env_create_judging(x->w.db, form, &why), &why);
	screen = screen_new(&x->j, &x->w, form);
	draw_rows(x, form, screen, d);
	for (size_t i = 0; i < form->n_rules; i++) {
		bool *one = arena_alloc(&x->arena, form->n_rules + 1), holds[ROWS] = { false };
		struct buf sql = { 0 };
		sqlite3_stmt *stmt = NULL;
		int step;

		one[i] = true;
		env_some_rules_sql(&sql, x->rs, form, one);
		must(db_prepare(x->w.db, buf_cstr(&sql), &stmt, &why), &why);
		must(env_bind(stmt, &names, &why), &why);
		while ((step = sqlite3_step(stmt)) == SQLITE_ROW)
			holds[sqlite3_column_int(stmt, 0)] = true;
		/* an overflow in SUM or a date that is none: SQLite ends there, and so does the comparison */
		for (size_t n = 0; step == SQLITE_DONE && n < ROWS; n++) {
			bool *maybe = arena_alloc(&x->arena, form->n_rules + 1);

			put(screen, &d[n]);
			(void)screen_end(screen, maybe);
			if (holds[n] && !maybe[i])
				fail_msg("%s %s holds on row %zu, and was cleared: %s", form->name, form->rules[i].id, n,
				    form->rules[i].when);
			quiet += !holds[n];
			cleared += !holds[n] && !maybe[i];
		}
		(void)sqlite3_finalize(stmt);
		buf_free(&sql);
	}
	compare_together(x, form, screen, d);
	screen_free(screen);
	db_close(x->w.db);
	x->w.db = NULL;
	return quiet > 0 ? cleared * 1000 / quiet : 1000;
}

/* ---- the forms as they are ---- */

static void the_real_rules(void **state)
{
	struct fixture *x = *state;

	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < x->rs->n_forms; i++) {
			size_t cleared = compare_form(x, x->rs->forms[i]);

			/* the rules that every unit's every row meets each week have to be understood */
			if (strcmp(x->rs->forms[i]->name, "progress") == 0)
				assert_true(cleared > 900);
		}
}

/* ---- conditions at random ---- */

static void condition(struct fixture *x, struct buf *out, int depth)
{
	static const char *const leaves[] = { "new.cum_done", "new.week_done", "new.ytd_done", "prev.cum_done",
		"prev.ytd_done", "cur.cum_done", "project.total_invest", "new.stage", "prev.stage", "new.note", "prev._week",
		"project.status", "project.plan_end", "NULL", "0", "1", "10000", "1e4", "0.5", "'a'", "'在建'", "''", ":week",
		":as_of", "setting('check.sum_tolerance')", "new.lamp_self", "new.correction", "9223372036854775807" };
	static const char *const between[] = { " + ", " - ", " * ", " / ", " % ", " = ", " <> ", " < ", " <= ", " > ",
		" >= ", " IS ", " IS NOT ", " AND ", " OR ", " AND ", " OR ", " || ", " == ", " != ", " LIKE " };
	static const char *const calls[] = { "abs(", "round(", "squash(", "coalesce(NULL, ", "length(", "NOT (", "-(", "(" };

	if (depth == 0 || draw(x, 8) == 0) {
		buf_str(out, leaves[draw(x, sizeof leaves / sizeof *leaves)]);
		return;
	}
	switch (draw(x, 9)) {
	case 0:
		buf_str(out, calls[draw(x, sizeof calls / sizeof *calls)]);
		condition(x, out, depth - 1);
		buf_char(out, ')');
		return;
	case 1:
		buf_str(out, "CASE WHEN ");
		condition(x, out, depth - 1);
		buf_str(out, " THEN ");
		condition(x, out, depth - 1);
		if (draw(x, 2)) {
			buf_str(out, " ELSE ");
			condition(x, out, depth - 1);
		}
		buf_str(out, " END");
		return;
	case 2:
		condition(x, out, 0);
		buf_str(out, draw(x, 2) ? " BETWEEN " : " NOT BETWEEN ");
		condition(x, out, 0);
		buf_str(out, " AND ");
		condition(x, out, 0);
		return;
	case 3:
		condition(x, out, 0);
		buf_str(out, draw(x, 2) ? " IN (" : " NOT IN (");
		condition(x, out, depth - 1);
		buf_str(out, ", ");
		condition(x, out, 0);
		buf_char(out, ')');
		return;
	case 4:
		buf_str(out, "coalesce(substr(");
		condition(x, out, 0);
		buf_fmt(out, ", %zu, %zu), ", 1 + draw(x, 3), draw(x, 5));
		condition(x, out, depth - 1);
		buf_char(out, ')');
		return;
	default:
		condition(x, out, depth - 1);
		buf_str(out, between[draw(x, sizeof between / sizeof *between)]);
		condition(x, out, depth - 1);
	}
}

/* No brackets but those of calls: how operators bind is what is compared, too. */
static void conditions_at_random(void **state)
{
	struct fixture *x = *state;
	struct form form = *ruleset_form(x->rs, "progress");
	struct rule *rules = mem_zero(400, sizeof *rules);

	form.rules = rules;
	form.n_rules = 400;
	for (size_t i = 0; i < form.n_rules; i++) {
		struct buf when = { 0 };

		condition(x, &when, 1 + (int)draw(x, 4));
		rules[i] = (struct rule){ .id = arena_dup(&x->arena, "R"), .when = arena_dup(&x->arena, buf_cstr(&when)) };
		buf_free(&when);
	}
	assert_true(compare_form(x, &form) > 400);
	free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_real_rules),
		cmocka_unit_test(conditions_at_random),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
