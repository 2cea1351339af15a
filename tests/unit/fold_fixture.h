/*
 * A world for tests of the aggregator: a small programme of its own, intake files built as the collector
 * builds them, weeks that are sealed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "aggregator/aggregator.h"
#include "common/env.h"
#include "common/sqlfn.h"

#define OFFSET 480

/* ---- a programme ---- */

static const char thing_form[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<form name=\"thing\" title=\"物\" key=\"id\" due=\"change\" unique=\"all\" version=\"1\">\n"
    "  <field name=\"id\" title=\"编号\" type=\"code\" pattern=\"[A-Z0-9-]+\" required=\"yes\""
    " assign=\"{unit}-{year}-{seq:4}\"/>\n"
    "  <field name=\"name\" title=\"名称\" type=\"text\" max=\"50\"/>\n"
    "  <field name=\"plan\" title=\"计划\" type=\"integer\"/>\n"
    "</form>\n";
static const char report_form[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<form name=\"report\" title=\"周报\" key=\"id\" due=\"weekly\" version=\"1\">\n"
    "  <due>thing.plan &gt; 0</due>\n"
    "  <field name=\"id\" title=\"编号\" type=\"ref\" to=\"thing\" required=\"yes\"/>\n"
    "  <field name=\"done\" title=\"完成\" type=\"integer\" total=\"yes\"/>\n"
    "  <field name=\"stage\" title=\"进度\" type=\"text\" max=\"50\"/>\n"
    "</form>\n";
static const char node_form[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<form name=\"node\" title=\"节点\" key=\"id node\" due=\"change\" version=\"1\">\n"
    "  <field name=\"id\" title=\"编号\" type=\"ref\" to=\"thing\" required=\"yes\"/>\n"
    "  <field name=\"node\" title=\"节点名\" type=\"text\" max=\"20\" required=\"yes\"/>\n"
    "  <field name=\"day\" title=\"日期\" type=\"date\"/>\n"
    "</form>\n";
/* PLACE is where the office's row comes from: a wrong one must fail the gate. */
static const char sums_measure[] =
    "-- sums: how much each unit did this week\n"
    "-- adds: done\n"
    "CREATE TABLE sums (unit TEXT NOT NULL, week TEXT NOT NULL, done INTEGER NOT NULL, PRIMARY KEY (unit,"
    " week));\n"
    "INSERT INTO sums\n"
    "SELECT unit.unit, :week, coalesce(sum(report.done), 0)\n"
    "FROM unit LEFT JOIN report ON report._week = :week AND (report.unit = unit.unit OR unit.office)\n"
    "GROUP BY unit.unit;\n";
static const char settings_declared[] =
    "name,type,min,max,default,meaning\n"
    "week.ends,weekday,,,thu,x\nweek.min_workdays,integer,1,5,3,x\nweek.cutoff,time,,,17:00,x\n"
    "week.seal,time,,,08:00,x\nweek.meeting,time,,,09:30,x\nweek.first,week,,,2022-W12,x\n";
static const char settings[] =
    "week.cutoff=17:00\nweek.ends=thu\nweek.first=2022-W12\nweek.meeting=09:30\nweek.min_workdays=3\n"
    "week.seal=08:00\n";
static const char holidays[] =
    "date,kind,name\n2022-01-01,off,x\n2022-04-03,off,x\n2022-04-04,off,x\n2022-04-05,off,x\n"
    "2022-04-02,work,x\n";
static const char units[] =
    "[A]\nname = Alpha\nshort = Alpha\nclass =\ncounts = yes\norder = 1\n"
    "[B]\nname = Beta\nshort = Beta\nclass =\ncounts = yes\norder = 2\n"
    "[Z]\nname = Office\nshort = Office\nclass =\ncounts = no\noffice = yes\norder = 9\n";
static const char words[] = "<messages><words id=\"op.withdraw\">撤销</words></messages>";

__attribute__((unused)) static char *
read_whole(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *bytes = mem_alloc(65536);

	assert_non_null(f);
	*n = fread(bytes, 1, 65535, f);
	bytes[*n] = '\0';
	assert_int_equal(fclose(f), 0);
	return bytes;
}

__attribute__((unused)) static void
pack_add(struct buf *pack, const char *name, const char *bytes, size_t n)
{
	buf_fmt(pack, "%s %zu\n", name, n);
	buf_add(pack, bytes, n);
}

/* Measures behind the first, in byte order: "measures/NN-name.sql". */
struct more_measure {
	const char *name, *text;
};

__attribute__((unused)) static struct ruleset *
make_rules_units(const char *units_ini, const char *measure, const struct more_measure *more, size_t n_more,
    const char *report)
{
	struct buf pack = { 0 };
	struct ruleset *rs = NULL;
	struct why why = { 0 };
	size_t n;
	char *folding = read_whole("templates/messages/folding.xml", &n);

	pack_add(&pack, "forms/node.xml", node_form, strlen(node_form));
	pack_add(&pack, "forms/report.xml", report, strlen(report));
	pack_add(&pack, "forms/thing.xml", thing_form, strlen(thing_form));
	pack_add(&pack, "measures/10-sums.sql", measure, strlen(measure));
	for (size_t i = 0; i < n_more; i++)
		pack_add(&pack, more[i].name, more[i].text, strlen(more[i].text));
	pack_add(&pack, "messages/folding.xml", folding, n);
	pack_add(&pack, "messages/words.xml", words, strlen(words));
	pack_add(&pack, "reference/holiday.csv", holidays, strlen(holidays));
	pack_add(&pack, "settings", settings, strlen(settings));
	pack_add(&pack, "settings.csv", settings_declared, strlen(settings_declared));
	pack_add(&pack, "units.ini", units_ini, strlen(units_ini));
	if (ruleset_unpack(pack.s, pack.len, "pack", &rs, &why) != 0)
		fail_msg("%s", why.text);
	free(folding);
	buf_free(&pack);
	return rs;
}

__attribute__((unused)) static struct ruleset *
make_rules_more(const char *measure, const struct more_measure *more, size_t n_more, const char *report)
{
	return make_rules_units(units, measure, more, n_more, report);
}

__attribute__((unused)) static struct ruleset *
make_rules(const char *measure, const char *report)
{
	return make_rules_more(measure, NULL, 0, report);
}

/* ---- a world ---- */

struct world {
	char        root[64];
	struct proc p;
};

__attribute__((unused)) static struct world *
world_new(void)
{
	struct world *w = mem_zero(1, sizeof *w);
	struct why why = { 0 };

	(void)snprintf(w->root, sizeof w->root, "/tmp/fold.XXXXXX");
	assert_non_null(mkdtemp(w->root));
	w->p = (struct proc){ .program = "test", .workers = 1, .lock = -1 };
	w->p.conf.utc_offset = OFFSET;
	w->p.rules = make_rules(sums_measure, report_form);
	if (site_open(w->root, &w->p.site, &why) != 0 || site_prepare(&w->p.site, w->p.rules, &why) != 0)
		fail_msg("%s", why.text);
	return w;
}

__attribute__((unused)) static void
world_free(struct world *w)
{
	char command[128];

	(void)snprintf(command, sizeof command, "rm -rf '%s'", w->root);
	assert_int_equal(system(command), 0);
	ruleset_free(w->p.rules);
	site_close(&w->p.site);
	free(w);
}

__attribute__((unused)) static struct week
week_of(const char *s)
{
	struct week w = { 0 };

	assert_int_equal(week_parse(s, 8, &w), 0);
	return w;
}

/* One submission with rows of one form. */
struct sent {
	const char *week, *unit;
	int         number;
	const char *received;           /* time of day is enough: the order is what matters */
	const char *corrects;           /* the week it declares, or NULL */
	const char *form, *rows;        /* VALUES of fields, op, note, correction, _row */
};

__attribute__((unused)) static void
must(int rc, const struct why *why)
{
	if (rc != 0)
		fail_msg("%s", why->text);
}

__attribute__((unused)) static void
send(struct world *w, const struct sent *s)
{
	struct week week = week_of(s->week);
	const struct form *form = ruleset_form(w->p.rules, s->form);
	struct why why = { 0 };
	struct path p;
	sqlite3 *db = NULL;
	char label[300], digest[DIGEST_HEX];

	assert_non_null(form);
	digest_of(s->rows, strlen(s->rows), digest);
	must(fsio_make(w->p.site.dir, site_archive_unit(&p, week, s->unit), 0755, &why), &why);
	must(fsio_make(w->p.site.dir, site_intake_unit(&p, week, s->unit), 0755, &why), &why);
	must(fsio_publish(w->p.site.dir, site_archive(&p, week, s->unit, s->number), s->rows, strlen(s->rows),
	    0440, &why),
	    &why);
	(void)snprintf(label, sizeof label, "name x.csv\nsize %zu\nsha256 %s\nreceived_at %s\n",
	    strlen(s->rows), digest, s->received);
	must(fsio_publish(w->p.site.dir, site_label(&p, week, s->unit, s->number), label, strlen(label), 0440,
	    &why), &why);
	must(db_build(&w->p.site, site_intake(&p, week, s->unit, s->number), DB_INTAKE, &db, &why), &why);
	must(env_create_intake_tables(db, &why), &why);
	must(env_create_intake_form(db, "main", form, &why), &why);
	must(db_execf(db, &why, "INSERT INTO %s VALUES %s", s->form, s->rows), &why);
	must(db_execf(db, &why, "INSERT INTO submission (unit, week, declared_week, number, sha256,"
	    " received_at, late, correction,"
	    " forms, verdict, rows_read, rows_accepted, rows_held, rows_withdrawn) SELECT '%s', '%s', '%s',"
	    " %d, '%s', '%s', 0, %d,"
	    " '%s', 'accepted', count(*), count(*) - count(op), 0, count(op) FROM %s", s->unit, s->week,
	    s->corrects != NULL ? s->corrects : s->week, s->number, digest, s->received, s->corrects != NULL, s->form,
	    s->form),
	    &why);
	must(db_publish(db, &w->p.site, p.s, 0440, &why), &why);
}

__attribute__((unused)) static struct window
window_of(struct world *w, const char *week)
{
	struct window out = { 0 };
	struct why why = { 0 };

	must(calendar_window(w->p.rules->calendar, week_of(week), &out, &why), &why);
	return out;
}

__attribute__((unused)) static int
seal(struct world *w, const char *week)
{
	struct window window = window_of(w, week);
	struct why why = { 0 };
	int rc = seal_week(&w->p, &window, window.seal, "calendar", &why);

	if (rc < 0)
		fail_msg("%s", why.text);
	return rc;
}

/* A draft of WEEK; the result's gate is the caller's. */
__attribute__((unused)) static struct fold_result
draft(struct world *w, const char *week)
{
	struct fold f = { .site = &w->p.site, .rules = w->p.rules, .window = window_of(w, week) };
	struct fold_result result = { 0 };
	struct why why = { 0 };

	f.at = f.window.seal;
	if (fold_week(&f, &result, &why) != 0)
		fail_msg("%s", why.text);
	return result;
}

/* The first column of all rows of QUERY, joined by "; ". */
__attribute__((unused)) static void
ask(struct world *w, const char *week, const char *query, struct buf *out)
{
	struct why why = { 0 };
	struct path p;
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;

	must(db_open(&w->p.site, site_snapshot(&p, week_of(week)), DB_SNAPSHOT, &db, &why), &why);
	must(db_prepare(db, query, &stmt, &why), &why);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);

		buf_fmt(out, "%s%s", out->len > 0 ? "; " : "", text != NULL ? text : "NULL");
	}
	(void)sqlite3_finalize(stmt);
	db_close(db);
}

__attribute__((unused)) static void
expect(struct world *w, const char *week, const char *query, const char *want)
{
	struct buf got = { 0 };

	ask(w, week, query, &got);
	assert_string_equal(buf_cstr(&got), want);
	buf_free(&got);
}
