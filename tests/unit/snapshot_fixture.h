/*
 * A site of random snapshots: three weeks of rows made from the forms alone, a seed each, with the measures run over
 * them as the aggregator does.  Nothing here was judged: names as long as a form allows, characters few fonts have,
 * figures of nothing and of a billion, units without a row, rows whose parts contradict each other.
 */
#ifndef ZB_SNAPSHOT_FIXTURE_H
#define ZB_SNAPSHOT_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../common/conf.h"
#include "../../common/db.h"
#include "../../common/env.h"
#include "../../common/reference.h"
#include "../../common/ruleset.h"
#include "../../common/site.h"
#include "../../common/sqlfn.h"
#include "run_measures.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))
#define CODE_UNIT_MAX 32

struct dice {
	uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t n)
{
	d->state = d->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(d->state >> 33) % n;
}

static bool one_in(struct dice *d, uint32_t n)
{
	return roll(d, n) == 0;
}

/* What a seed decides once for all its weeks. */
struct random_site {
	const struct ruleset *rs;
	struct site  site;
	uint32_t     seed;
	uint32_t     projects;          /* at most, of a unit */
	bool         long_words, rare, huge, problems;
	struct week  weeks[3];
	day_t        as_of;
	char         week[9];
};

static void fixture_must(int rc, const struct why *why)
{
	if (rc != 0) {
		fprintf(stderr, "%s\n", why->text);
		exit(1);
	}
}

/* ---- values ---- */

static const char *const plain_words[] = {
	"示例", "精密", "数控车间", "智能化改造", "项目", "装备", "新材料", "生产线", "一期", "产业园", "平台", "（扩建）", "建设",
	"—", "、", "的", "及", "第2期", "C3516", "MES", "5G", "“灯塔”", "2022-03-31", "35.2%", "3#", "A-17", "㎡", "①",
};
static const char *const rare_words[] = { "镕", "堃", "翀", "𠮷", "滆", "䶮", "喆", "昇", "囍", "邨", "嶔", "〇", "Ⅳ", "℃", "é" };
static const char *const long_words[] = {
	"智能化改造和数字化转型及工业互联网标识解析二级节点应用一体化综合提升工程", "长三角（示例）新能源汽车核心零部件柔性智能制造示范",
	"RECIRCULATING-AQUACULTURE-2022-MODEL-X", "320412-2022-0001、320412-2022-0002", "123456789012345678901234567890",
};

static void random_text(const struct random_site *r, struct dice *d, size_t most, bool lines, struct buf *out)
{
	size_t left = one_in(d, 6) ? most : 2 + roll(d, most < 24 ? (uint32_t)most : 24), used = 0;

	if (!r->long_words && left > 30)
		left = 30;
	while (used < left) {
		const char *w = plain_words[roll(d, COUNT(plain_words))];
		size_t n = 0;

		if (r->rare && one_in(d, 3))
			w = rare_words[roll(d, COUNT(rare_words))];
		else if (r->long_words && one_in(d, 5))
			w = long_words[roll(d, COUNT(long_words))];
		for (const char *p = w; *p; p++)
			n += ((unsigned char)*p & 0xc0) != 0x80;
		if (used + n > left)
			w = "厂", n = 1;
		buf_str(out, w);
		used += n;
		if (lines && used < left && one_in(d, 12)) {
			buf_char(out, '\n');
			used++;
		}
	}
}

/* Names of offices and people, which are short and come again; other texts are new each time. */
static void random_words(const struct random_site *r, struct dice *d, const struct field *f, struct buf *out)
{
	size_t most = f->has_max ? (size_t)f->max.digits : 40;
	struct dice again = { r->seed * 31ull + roll(d, 5) };

	(void)roll(&again, 2);
	random_text(r, most <= 40 && !one_in(d, 9) ? &again : d, most, f->lines, out);
}

static int64_t random_money(const struct random_site *r, struct dice *d, bool negative)
{
	int64_t yuan;

	switch (roll(d, 8)) {
	case 0: case 1:
		yuan = 0;
		break;
	case 2:
		yuan = r->huge ? (int64_t)roll(d, 1000000) * 1000000 + roll(d, 1000000) : 1;
		break;
	case 3:
		yuan = roll(d, 20000);
		break;
	default:
		yuan = (int64_t)roll(d, 90000) * 10000;
		break;
	}
	return negative && one_in(d, 3) ? -yuan : yuan;
}

static void random_day(const struct random_site *r, struct dice *d, char out[11])
{
	int span = one_in(d, 3) ? 30 : 400;

	day_format(r->as_of + (int)roll(d, (uint32_t)span * 2) - span, out);
}

/* A code as the form's example has it, of UNIT and with a number of its own. */
static void random_code(const struct field *f, const char *unit, uint32_t serial, struct buf *out)
{
	const char *example = f->example ? f->example : "X-2022-0001";
	const char *from = strchr(example, '-'), *to = strrchr(example, '-');

	if (!from || from == to)
		buf_fmt(out, "2022-%03u", serial);
	else
		buf_fmt(out, "%s%.*s-%04u", unit, (int)(to - from), from, serial);
}

static void random_town(const struct random_site *r, struct dice *d, struct buf *out)
{
	const struct reference *town = ruleset_reference(r->rs, "town");

	buf_str(out, reference_cell(town, roll(d, (uint32_t)town->n_rows), 0));
}

/* A value of F, as SQL has it; what it refers to may not be there. */
static void random_field(const struct random_site *r, struct dice *d, const struct field *f, const char *unit,
    uint32_t serial, struct buf *sql)
{
	struct buf s = { 0 };
	char day[11];

	switch (f->type) {
	case FIELD_CODE:
		random_code(f, unit, serial, &s);
		break;
	case FIELD_REF:
		random_code(&f->ref->fields[f->ref->keys[0]], unit, 1 + roll(d, r->projects + 1), &s);
		break;
	case FIELD_ENUM:
		buf_str(&s, f->values[roll(d, (uint32_t)f->n_values)]);
		break;
	case FIELD_INTEGER: case FIELD_YESNO:
		buf_fmt(sql, "%u", f->type == FIELD_YESNO ? roll(d, 2) : f->has_min && f->min.digits > 1000 ? 2022 : roll(d, 2000));
		return;
	case FIELD_MONEY:
		buf_fmt(sql, "%lld", (long long)random_money(r, d, !f->has_min));
		return;
	case FIELD_PERCENT:
		buf_fmt(sql, "%u.%02u", roll(d, r->huge ? 100000 : 120), roll(d, 100));
		return;
	case FIELD_DATE:
		random_day(r, d, day);
		buf_str(&s, day);
		break;
	case FIELD_MONTH:
		buf_fmt(&s, "2022-%02u", 1 + roll(d, 12));
		break;
	case FIELD_WEEK:
		buf_str(&s, r->week);
		break;
	case FIELD_TOWN:
		random_town(r, d, &s);
		break;
	case FIELD_USCC:
		buf_str(&s, "91320400MAN8KDQ57Q");
		break;
	case FIELD_PHONE:
		buf_str(&s, "000-00000000");
		break;
	case FIELD_TEXT:
		random_words(r, d, f, &s);
		break;
	}
	sql_text(sql, buf_cstr(&s));
	buf_free(&s);
}

/* ---- rows ---- */

static void row_insert(const struct random_site *r, struct dice *d, sqlite3 *db, const struct form *form,
    const char *unit, uint32_t serial)
{
	struct buf sql = { 0 };
	struct why why;

	buf_str(&sql, "INSERT OR IGNORE INTO ");
	sql_name(&sql, form->name);
	buf_str(&sql, " VALUES (");
	sql_text(&sql, unit);
	for (size_t i = 0; i < form->n_fields; i++) {
		const struct field *f = &form->fields[i];

		buf_str(&sql, ", ");
		if (!f->required && one_in(d, 3))
			buf_str(&sql, "NULL");
		else
			random_field(r, d, f, unit, serial, &sql);
	}
	buf_fmt(&sql, ", %s, '%s', '%s/%s/001', '%s/%s/001', %u)", one_in(d, 4) ? "'已说明'" : "NULL", r->week, r->week,
	    unit, r->week, unit, serial + 1);
	fixture_must(db_exec(db, buf_cstr(&sql), &why), &why);
	buf_free(&sql);
}

static void form_fill(const struct random_site *r, sqlite3 *db, size_t no, const struct unit *u)
{
	const struct form *form = r->rs->forms[no];
	/* What is reported each week is new each week; registers stay. */
	uint64_t seed = r->seed * 1000003ull + no * 7919 + (form->due == DUE_WEEKLY ? (uint64_t)(uint32_t)r->as_of * 31 : 0);
	struct dice d = { seed };
	uint32_t n;

	for (const char *p = u->code; *p; p++)
		d.state = d.state * 131 + (unsigned char)*p;
	(void)roll(&d, 2);
	if (form->by_office != u->office || one_in(&d, 9))
		return;                         /* has nothing of this form */
	n = roll(&d, r->projects + 1);
	if (strcmp(form->name, "problem") == 0 && r->problems)
		n += 40;
	if (form->unique_all)
		n = r->projects;
	for (uint32_t i = 1; i <= n; i++)
		row_insert(r, &d, db, form, u->code, i);
}

static void submissions_fill(const struct random_site *r, sqlite3 *db, struct dice *d)
{
	static const char *const verdicts[] = { "accepted", "accepted", "partial", "refused" };
	struct why why;

	for (size_t i = 0; i < r->rs->n_units; i++)
		for (uint32_t n = 1; n <= roll(d, 5); n++) {
			const char *unit = r->rs->units[i].code;

			fixture_must(db_execf(db, &why, "INSERT INTO submission (unit, number, week, declared_week, batch,"
			    " name, bytes, sha256, received_at, late, correction, forms, format, encoding, verdict,"
			    " rows_read, rows_accepted, rows_held, rows_withdrawn) VALUES ('%s', %u, '%s', '%s', 1, 'a.csv',"
			    " 9, '', '%sT10:00:00', %u, %u, 'progress', 'csv', 'UTF-8', '%s', %u, %u, %u, 0)", unit, n,
			    r->week, r->week, "2022-04-27", roll(d, 2), roll(d, 2), verdicts[roll(d, 4)], roll(d, 500),
			    roll(d, 500), roll(d, 9)), &why);
			fixture_must(db_execf(db, &why, "INSERT INTO finding (unit, number, seq, form, key, row, col, field,"
			    " rule, severity, value, message, mend, explained, held) VALUES ('%s', %u, 1, 'progress',"
			    " '%s-2022-0001', 2, 3, 'week_done', 'V30', '%s', '1', '示例', '示例', 0, %u)", unit, n, unit,
			    roll(d, 2) ? "warning" : "error", roll(d, 2)), &why);
			if (one_in(d, 3))
				fixture_must(db_execf(db, &why, "INSERT INTO corrected (unit, number, seq, form, key, field,"
				    " week, old, new, reason, row) VALUES ('%s', %u, 1, 'progress', '%s-2022-0001',"
				    " 'week_done', '2022-W15', '%u', %s, '%s', 3)", unit, n, unit, roll(d, 90000), one_in(d, 4) ?
				    "NULL" : "'123450000'", r->long_words ? long_words[0] : "漏报"), &why);
		}
}

static void due_fill(const struct random_site *r, sqlite3 *db, const struct env_names *names)
{
	for (size_t i = 0; i < r->rs->n_forms; i++) {
		const struct form *form = r->rs->forms[i];
		struct buf due = { 0 }, sql = { 0 };
		sqlite3_stmt *stmt = NULL;
		struct why why;

		if (form->due != DUE_WEEKLY || !form->due_when)
			continue;
		env_due_sql(&due, r->rs, form);
		buf_fmt(&sql, "INSERT INTO due SELECT unit, '%s', %s FROM (%s)", form->name,
		    form->fields[form->keys[0]].name, buf_cstr(&due));
		fixture_must(db_prepare(db, buf_cstr(&sql), &stmt, &why), &why);
		fixture_must(env_bind(stmt, names, &why), &why);
		if (sqlite3_step(stmt) != SQLITE_DONE) {
			fprintf(stderr, "due: %s\n", sqlite3_errmsg(db));
			exit(1);
		}
		(void)sqlite3_finalize(stmt);
		buf_free(&due);
		buf_free(&sql);
	}
}

static void meta_fill(const struct random_site *r, sqlite3 *db, const struct window *w, int issue, struct dice *d)
{
	char first[11], last[11], cutoff[26], seal[26], meeting[26], as_of[11];
	struct why why;

	day_format(w->first, first);
	day_format(w->last, last);
	day_format(w->as_of, as_of);
	instant_format(w->cutoff, 480, cutoff);
	instant_format(w->seal, 480, seal);
	instant_format(w->meeting, 480, meeting);
	cutoff[19] = seal[19] = meeting[19] = '\0';
	fixture_must(db_execf(db, &why, "INSERT INTO meta VALUES ('week', '%s'), ('state', '%s'), ('folded_at', '%s'),"
	    " ('window_first', '%s'), ('window_last', '%s'), ('cutoff', '%s'), ('seal', '%s'), ('meeting', '%s'),"
	    " ('as_of', '%s'), ('previous', ''), ('rules', '%s'), ('issue', '%d'), ('issue_total', '%d'),"
	    " ('gate', '%s'), ('content', '%064u')", r->week, one_in(d, 2) ? "draft" : "sealed", seal, first, last, cutoff,
	    seal, meeting, as_of, r->rs->digest, issue, issue, one_in(d, 6) ? "核验不符：示例" : "ok", r->seed), &why);
}

/* Week NO of the site, over the one before. */
static void week_make(struct random_site *r, int no)
{
	struct env_names names = { .city = r->rs->office->code, .week = r->weeks[no] };
	struct dice d = { r->seed * 77ull + (uint32_t)no };
	struct window w;
	struct path p, before;
	struct why why;
	sqlite3 *db;

	(void)roll(&d, 2);
	fixture_must(calendar_window(r->rs->calendar, r->weeks[no], &w, &why), &why);
	r->as_of = names.as_of = w.as_of;
	week_format(w.week, r->week);
	fixture_must(db_build(&r->site, site_snapshot(&p, w.week), DB_SNAPSHOT, &db, &why), &why);
	fixture_must(sqlfn_add(db, r->rs, &why), &why);
	if (no > 0)
		fixture_must(db_attach(db, &r->site, site_snapshot(&before, r->weeks[no - 1]), DB_SNAPSHOT, "prev", &why), &why);
	fixture_must(env_create_snapshot_tables(db, r->rs, &why), &why);
	fixture_must(env_fill_reference(db, r->rs, &why), &why);
	for (size_t i = 0; i < r->rs->n_forms; i++)
		for (size_t u = 0; u < r->rs->n_units; u++)
			form_fill(r, db, i, &r->rs->units[u]);
	submissions_fill(r, db, &d);
	fixture_must(env_prev_views(db, r->rs, no > 0 ? "prev" : NULL, NULL, &why), &why);
	due_fill(r, db, &names);
	fixture_must(run_measures(db, r->rs, &names, &why), &why);
	fixture_must(env_allow(db, ENV_ANYTHING, NULL, &why), &why);
	meta_fill(r, db, &w, no + 1, &d);
	fixture_must(db_publish(db, &r->site, site_snapshot(&p, w.week), 0644, &why), &why);
}

/* The snapshots of SEED, in a site that is there already; 1 to 3 weeks of them.  Returns the last. */
static struct week random_site_make(struct random_site *r, uint32_t seed)
{
	static const uint32_t sizes[] = { 0, 1, 2, 5, 12, 57 };
	struct dice d = { seed };
	int n;

	(void)roll(&d, 2);
	r->seed = seed;
	r->projects = sizes[roll(&d, COUNT(sizes))];
	r->long_words = one_in(&d, 2);
	r->rare = one_in(&d, 2);
	r->huge = one_in(&d, 2);
	r->problems = one_in(&d, 4);
	n = 1 + (int)roll(&d, 3);
	for (int i = 0; i < n; i++)
		r->weeks[i] = (struct week){ 2022, 17 - n + 1 + i };
	for (int i = 0; i < n; i++)
		week_make(r, i);
	return r->weeks[n - 1];
}

#endif
