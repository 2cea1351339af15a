/*
 * ruleset: gathered from folders, packed, unpacked; settings, units, tables, forms in order; what is
 * refused and how.
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

#include "common/reference.h"
#include "common/ruleset.h"

#define N(a) (sizeof(a) / sizeof *(a))

/* ---- a small office in a folder ---- */

static char top[] = "/tmp/test_ruleset.XXXXXX";
static const char *const folders[] = {
	"c", "c/reference", "c/measures", "t", "t/forms", "t/messages", "t/briefings",
};

#define SETTINGS \
	"name,type,min,max,default,meaning\n" \
	"week.ends,weekday,,,thu,\n" \
	"week.min_workdays,integer,0,7,3,\n" \
	"week.cutoff,time,,,17:00,\n" \
	"week.seal,time,,,08:00,\n" \
	"week.meeting,time,,,09:30,\n" \
	"week.first,week,,,,\n" \
	"lamp.red,real,-10.0,10,0.50,\"red, from here on\"\n" \
	"office.name,text,,5,City,\n"

#define UNITS "[b2]\nname = B two\nshort = B\norder = 2\n[a1]\nname = A one\norder = 1\nclass = x\n" \
	"[c0]\nname = Office\noffice = yes\ncounts = no\norder = 3\n"

#define INI "[site]\nutc_offset = +08:00\nconfig = c\ntemplates = t\n[week]\nfirst = 2022-W12\n"

#define PROJECT "<form name=\"project\" title=\"P\" key=\"id\">\n<field name=\"id\" title=\"Id\" type=\"text\"/>\n" \
	"<field name=\"total\" title=\"Total\" type=\"money\" unit=\"wan\"/>\n</form>\n"
#define PROGRESS "<form name=\"a_progress\" title=\"R\" key=\"pid\">\n" \
	"<field name=\"pid\" title=\"Pid\" type=\"ref\" to=\"project\"/>\n</form>\n"

static const struct file {
	const char *name, *text;
} office[] = {
	{ "z.ini", INI },
	{ "c/units.ini", UNITS },
	{ "c/settings.csv", SETTINGS },
	{ "c/reference/holiday.csv", "date,kind,name\n2022-01-01,off,new year\n2022-01-29,work,\n2023-01-01,off,\n" },
	{ "c/reference/unit_of_money.csv", "word,yuan\nyuan,1\nwan,10000\n" },
	{ "c/measures/20-later.sql", "CREATE TABLE later(a);" },
	{ "c/measures/10-unit_week.sql", "CREATE TABLE unit_week(a);" },
	{ "t/forms/project.xml", PROJECT },
	{ "t/forms/a_progress.xml", PROGRESS },
	{ "t/messages/receipt.xml", "<messages><text id=\"receipt.title\">Receipt</text>\n"
	  "<words id=\"column.op\">Op</words></messages>" },
	{ "t/messages/messages.rng", "not read" },
	{ "t/briefings/weekly.xml", "<briefing/>" },
	{ "t/briefings/README.md", "not read" },
};

/* A file of the office that a test makes or spoils, beside the two that tests make new. */
static const char *const guests[] = {
	"c/reference/town.csv", "c/reference/Town.csv", "c/measures/30-later.sql", "c/measures/later.sql",
	"c/measures/30-project.sql", "c/measures/30-unit.sql", "t/forms/b.xml", "t/forms/c.xml", "t/messages/more.xml",
};

static void
path_of(char *out, size_t n, const char *name)
{
	(void)snprintf(out, n, "%s/%s", top, name);
}

static void
put(const char *name, const char *text)
{
	char file[128];
	FILE *f;

	path_of(file, sizeof file, name);
	f = fopen(file, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
drop(const char *name)
{
	char file[128];

	path_of(file, sizeof file, name);
	(void)unlink(file);
}

static void
put_office(void)
{
	for (size_t i = 0; i < N(office); i++)
		put(office[i].name, office[i].text);
	for (size_t i = 0; i < N(guests); i++)
		drop(guests[i]);
}

static int
make_office(void **state)
{
	char folder[128];

	(void)state;
	if (mkdtemp(top) == NULL)
		return -1;
	for (size_t i = 0; i < N(folders); i++) {
		path_of(folder, sizeof folder, folders[i]);
		if (mkdir(folder, 0755) != 0)
			return -1;
	}
	put_office();
	return 0;
}

static int
remove_office(void **state)
{
	char folder[128];

	(void)state;
	for (size_t i = 0; i < N(office); i++)
		drop(office[i].name);
	for (size_t i = 0; i < N(guests); i++)
		drop(guests[i]);
	for (size_t i = N(folders); i-- > 0; ) {
		path_of(folder, sizeof folder, folders[i]);
		(void)rmdir(folder);
	}
	return rmdir(top);
}

static struct ruleset *
load(struct why *why)
{
	struct conf conf = { 0 };
	struct ruleset *rs = NULL;
	char file[128];
	int rc;

	path_of(file, sizeof file, "z.ini");
	if (conf_load(file, &conf, why) != 0)
		return NULL;
	rc = ruleset_load(&conf, &rs, why);
	conf_free(&conf);
	return rc == 0 ? rs : NULL;
}

/* ---- what is loaded ---- */

static void
loaded(void **state)
{
	struct why why = { 0 };
	struct ruleset *rs = load(&why);

	(void)state;
	assert_string_equal(why.text, "");
	assert_non_null(rs);
	assert_int_equal(rs->n_units, 3);
	assert_string_equal(rs->units[0].code, "A1");
	assert_string_equal(rs->units[0].short_name, "A one");
	assert_string_equal(rs->units[0].group_class, "x");
	assert_true(rs->units[0].counts && !rs->units[0].office);
	assert_string_equal(rs->units[1].short_name, "B");
	assert_string_equal(rs->units[1].group_class, "");
	assert_string_equal(rs->office->code, "C0");
	assert_false(rs->office->counts);
	assert_ptr_equal(ruleset_unit(rs, "B2"), &rs->units[1]);
	assert_null(ruleset_unit(rs, "b2"));

	assert_string_equal(ruleset_setting(rs, "lamp.red"), "0.5");            /* canonical */
	assert_string_equal(ruleset_setting(rs, "week.first"), "2022-W12");     /* from the INI */
	assert_null(ruleset_setting(rs, "lamp.blue"));

	assert_int_equal(rs->n_forms, 2);
	assert_string_equal(rs->forms[0]->name, "project");     /* what is referred to comes first */
	assert_ptr_equal(rs->forms[1]->fields[0].ref, rs->forms[0]);
	assert_int_equal(rs->forms[0]->fields[1].unit_yuan, 10000);
	assert_int_equal(rs->n_measures, 2);
	assert_string_equal(rs->measures[0].name, "unit_week");
	assert_string_equal(rs->measures[1].name, "later");
	assert_int_equal(rs->n_briefings, 1);
	assert_string_equal(rs->briefings[0].name, "weekly");
	assert_int_equal(rs->n_references, 2);
	assert_string_equal(reference_cell(ruleset_reference(rs, "holiday"), 1, 1), "work");
	assert_int_equal(ruleset_unit_yuan(rs, "wan"), 10000);
	assert_int_equal(ruleset_unit_yuan(rs, "yi"), 0);
	assert_non_null(message_find(&rs->messages, "receipt.title"));
	assert_int_equal(calendar_rules(rs->calendar)->ends, 4);
	assert_int_equal(calendar_rules(rs->calendar)->meeting, 9 * 60 + 30);
	ruleset_free(rs);
}

static const char names_wanted[] =
    "briefings/weekly.xml forms/a_progress.xml forms/project.xml measures/10-unit_week.sql measures/20-later.sql "
    "messages/receipt.xml reference/holiday.csv reference/unit_of_money.csv settings settings.csv units.ini ";

static void
packed(void **state)
{
	struct why why = { 0 };
	struct ruleset *rs = load(&why), *again = NULL;
	struct buf pack = { 0 }, second = { 0 }, names = { 0 };
	char digest[DIGEST_HEX];

	(void)state;
	assert_non_null(rs);
	for (size_t i = 0; i < rs->n_texts; i++)
		buf_fmt(&names, "%s ", rs->texts[i].name);
	assert_string_equal(buf_cstr(&names), names_wanted);
	assert_string_equal(ruleset_text(rs, "settings")->bytes, "lamp.red=0.5\noffice.name=City\nweek.cutoff=17:00\n"
	    "week.ends=thu\nweek.first=2022-W12\nweek.meeting=09:30\nweek.min_workdays=3\nweek.seal=08:00\n");
	ruleset_pack(rs, &pack);
	digest_of(pack.s, pack.len, digest);
	assert_string_equal(rs->digest, digest);
	assert_ptr_equal(strstr(pack.s, "briefings/weekly.xml 11\n<briefing/>forms/a_progress.xml "), pack.s);

	assert_int_equal(ruleset_unpack(pack.s, pack.len, "P", &again, &why), 0);
	assert_string_equal(again->digest, digest);
	assert_string_equal(ruleset_setting(again, "week.first"), "2022-W12");
	assert_string_equal(again->forms[0]->file, "P:forms/project.xml");
	/* of a time when limits were the machine's: the usual ones, and it says that they are not its own */
	assert_false(again->limits.kept);
	assert_int_equal(again->limits.bytes, 64 << 20);
	assert_int_equal(again->limits.rows, 200000);
	assert_int_equal(again->limits.columns, 200);
	assert_int_equal(again->limits.cell, 8192);
	assert_true(again->limits.figure == INT64_MAX);
	ruleset_pack(again, &second);
	assert_int_equal(second.len, pack.len);
	assert_memory_equal(second.s, pack.s, pack.len);

	/* The same meaning, spelt in another way, is the same rule set; site settings are no part of it. */
	put("z.ini", INI "[lamp]\nred = +0.5\n[intake]\nquiet = 5\n");
	ruleset_free(again);
	again = load(&why);
	assert_non_null(again);
	assert_string_equal(again->digest, digest);
	put("z.ini", INI "[lamp]\nred = 0.6\n");
	ruleset_free(again);
	again = load(&why);
	assert_non_null(again);
	assert_string_not_equal(again->digest, digest);
	put_office();
	ruleset_free(again);
	ruleset_free(rs);
	buf_free(&pack);
	buf_free(&second);
	buf_free(&names);
}

static void
without_the_optional(void **state)
{
	struct why why = { 0 };
	struct ruleset *rs;
	char folder[128];

	(void)state;
	drop("t/messages/receipt.xml");
	drop("t/messages/messages.rng");
	path_of(folder, sizeof folder, "t/messages");
	assert_int_equal(rmdir(folder), 0);
	drop("c/measures/10-unit_week.sql");
	drop("c/measures/20-later.sql");
	rs = load(&why);
	assert_string_equal(why.text, "");
	assert_non_null(rs);
	assert_int_equal(rs->n_measures, 0);
	ruleset_free(rs);
	assert_int_equal(mkdir(folder, 0755), 0);
	put_office();
}

/* Limits are kept where settings.csv declares them, in the pack as well. */
static void
limits_kept(void **state)
{
	struct conf conf = { 0 };
	struct why why = { 0 };
	struct ruleset *rs = NULL, *again = NULL;
	struct buf pack = { 0 };

	(void)state;
	if (conf_load("config/zhoubao.ini", &conf, &why) != 0 || ruleset_load(&conf, &rs, &why) != 0)
		fail_msg("%s", why.text);
	ruleset_pack(rs, &pack);
	assert_int_equal(ruleset_unpack(pack.s, pack.len, "P", &again, &why), 0);
	assert_true(again->limits.kept);
	assert_int_equal(again->limits.rows, rs->limits.rows);
	assert_int_equal(again->limits.cell, rs->limits.cell);
	buf_free(&pack);
	ruleset_free(again);
	ruleset_free(rs);
	conf_free(&conf);
}

/* ---- what is refused ---- */

#define S(lines) SETTINGS lines
#define TOWN "code,name,unit,aliases\n"
#define FIELD_OF(name, more) "<form name=\"" name "\" title=\"B\" key=\"k\">\n<field name=\"k\" title=\"K\" type=\"text\"/>\n" \
	more "\n</form>\n"

static const struct {
	const char *name;
	struct file spoilt[2];          /* text NULL: the file is taken away */
	const char *want;               /* after "TOP/" */
} wrong[] = {
	/* settings */
	{ "the end of one day and the beginning of the next", { { "z.ini", INI "ends = n t\n" } },
	  "z.ini:7: setting week.ends = \"n t\": wanted one of mon tue wed thu fri sat sun" },
	{ "undeclared limit", { { "z.ini", INI "[intake]\nmax_rows = 5\n" } },
	  "z.ini:8: [intake] max_rows is not declared in settings.csv" },
	{ "a limit below the range", { { "z.ini", INI "[intake]\nmax_cell = 15\n" },
	  { "c/settings.csv", S("intake.max_cell,integer,16,1048576,8192,bytes\n") } },
	  "z.ini:8: setting intake.max_cell = \"15\": wanted a whole number from 16 to 1048576" },
	{ "a limit of more digits than fit", { { "z.ini", INI "[intake]\nmax_cell = 99999999999999999999\n" },
	  { "c/settings.csv", S("intake.max_cell,integer,16,1048576,8192,bytes\n") } },
	  "z.ini:8: setting intake.max_cell = \"99999999999999999999\": wanted a whole number" },
	{ "undeclared setting", { { "z.ini", INI "[lamp]\ngreen = 1\n" } },
	  "z.ini:8: [lamp] green is not declared in settings.csv" },
	{ "undeclared section", { { "z.ini", INI "[lamps]\nred = 1\n" } },
	  "z.ini:8: [lamps] red is not declared in settings.csv" },
	{ "not a real", { { "z.ini", INI "[lamp]\nred = 1e2\n" } }, "z.ini:8: setting lamp.red = \"1e2\": wanted a number" },
	{ "out of range", { { "z.ini", INI "[lamp]\nred = 10.1\n" } },
	  "z.ini:8: setting lamp.red = \"10.1\": wanted a number from -10 to 10" },
	{ "below the range", { { "z.ini", INI "[lamp]\nred = -10.5\n" } },
	  "z.ini:8: setting lamp.red = \"-10.5\": wanted a number from -10 to 10" },
	{ "not an integer", { { "z.ini", INI "min_workdays = 3.5\n" } },
	  "z.ini:7: setting week.min_workdays = \"3.5\": wanted a whole number" },
	{ "text too long", { { "z.ini", INI "[office]\nname = Cities\n" } },
	  "z.ini:8: setting office.name = \"Cities\": wanted one line of text from - to 5 characters" },
	{ "not a time", { { "z.ini", INI "seal = 8:00\n" } }, "z.ini:7: setting week.seal = \"8:00\": wanted a time HH:MM" },
	{ "no such time", { { "z.ini", INI "seal = 24:00\n" } }, "z.ini:7: setting week.seal = \"24:00\": wanted a time HH:MM" },
	{ "not a weekday", { { "z.ini", INI "ends = Thu\n" } },
	  "z.ini:7: setting week.ends = \"Thu\": wanted one of mon tue wed thu fri sat sun" },
	{ "not a week", { { "z.ini", "[site]\nutc_offset = +08:00\nconfig = c\ntemplates = t\n[week]\nfirst = 2025-W53\n" } },
	  "z.ini:6: setting week.first = \"2025-W53\": wanted a week YYYY-Www" },
	{ "no value", { { "z.ini", "[site]\nutc_offset = +08:00\nconfig = c\ntemplates = t\n" } },
	  "z.ini: setting week.first has no default: say [week] first = ..." },
	{ "first week without holidays", { { "z.ini", "[site]\nutc_offset = +08:00\nconfig = c\ntemplates = t\n"
	  "[week]\nfirst = 2031-W12\n" } }, "z.ini: setting week.first = 2031-W12: " },
	{ "no settings.csv", { { "c/settings.csv", NULL } }, "c/settings.csv: there is no such file" },
	{ "settings.csv without a column", { { "c/settings.csv", "name,type,min,max,default\n" } },
	  "c/settings.csv:1: column \"meaning\" is missing; wanted: name type min max default meaning" },
	{ "unknown type", { { "c/settings.csv", S("a.b,float,,,,\n") } },
	  "c/settings.csv:10: setting a.b: type \"float\" is none of integer real text time weekday week choice" },
	{ "choice without words", { { "c/settings.csv", S("a.b,choice,,,x,\n") } },
	  "c/settings.csv:10: setting a.b: a choice has its words, parted by |, in column min, and no max" },
	{ "choice with an empty word", { { "c/settings.csv", S("a.b,choice,x||y,,x,\n") } },
	  "c/settings.csv:10: setting a.b: bound \"x||y\": wanted words parted by |" },
	{ "default that is no choice", { { "c/settings.csv", S("a.b,choice,xx|y,,x,\n") } },
	  "c/settings.csv:10: setting a.b = \"x\": wanted one of xx|y" },
	{ "value that is no choice", { { "c/settings.csv", S("a.b,choice,x|y,,x,\n") }, { "z.ini", INI "[a]\nb = x|y\n" } },
	  "z.ini:8: setting a.b = \"x|y\": wanted one of the choices" },
	{ "no such choice", { { "c/settings.csv", S("a.b,choice,x|y,,x,\n") }, { "z.ini", INI "[a]\nb = z\n" } },
	  "z.ini:8: setting a.b = \"z\": wanted one of x|y" },
	{ "setting name", { { "c/settings.csv", S("ab,real,,,,\n") } },
	  "c/settings.csv:10: setting name \"ab\": wanted section.key in small letters" },
	{ "setting twice", { { "c/settings.csv", S("lamp.red,real,,,1,\n") } },
	  "c/settings.csv:10: name \"lamp.red\" is there twice (first in line 8)" },
	{ "bad bound", { { "c/settings.csv", S("a.b,integer,x,,1,\n") } },
	  "c/settings.csv:10: setting a.b: bound \"x\": wanted a whole number" },
	{ "default out of range", { { "c/settings.csv", S("a.b,integer,2,,1,\n") } },
	  "c/settings.csv:10: setting a.b = \"1\": wanted a whole number from 2 to -" },
	{ "calendar undeclared", { { "c/settings.csv", "name,type,min,max,default,meaning\nweek.first,week,,,,\n" } },
	  "c/settings.csv: setting week.ends of type weekday is missing: the calendar needs it" },

	/* units */
	{ "no units.ini", { { "c/units.ini", NULL } }, "c/units.ini: there is no such file" },
	{ "unknown key", { { "c/units.ini", UNITS "lead = x\n" } },
	  "c/units.ini:14: [c0] lead is not known; wanted name short class counts office order" },
	{ "unit without name", { { "c/units.ini", "[a1]\norder = 1\n" } }, "c/units.ini:1: unit [A1] has no name" },
	{ "unit without anything", { { "c/units.ini", "[a1]\nname = A\n[b]\n[c]\nname = C\n" } },
	  "c/units.ini:3: unit [B] has no name" },
	{ "yes or no", { { "c/units.ini", "[a1]\nname = A\ncounts = true\n" } },
	  "c/units.ini:3: [a1] counts = true: wanted yes or no" },
	{ "order", { { "c/units.ini", "[a1]\nname = A\norder = first\n" } },
	  "c/units.ini:3: [a1] order = first: wanted a whole number" },
	{ "code", { { "c/units.ini", "[a-1]\nname = A\n" } }, "c/units.ini:1: unit code [a-1]: wanted 1 to 16 letters and digits" },
	{ "no office", { { "c/units.ini", "[a1]\nname = A\n" } },
	  "c/units.ini: no unit has office = yes: exactly one is the office" },
	{ "two offices", { { "c/units.ini", UNITS "[d]\nname = D\noffice = yes\norder = 9\n" } },
	  "c/units.ini:14: units [C0] and [D] are both office = yes: exactly one is" },

	/* tables */
	{ "no holidays", { { "c/reference/holiday.csv", NULL } },
	  "c/units.ini: reference/holiday.csv is missing beside it: wanted date,kind,name" },
	{ "holiday kind", { { "c/reference/holiday.csv", "date,kind,name\n2022-01-01,free,\n" } },
	  "c/reference/holiday.csv:2: kind \"free\": wanted off or work" },
	{ "holiday date", { { "c/reference/holiday.csv", "date,kind,name\n2022-02-30,off,\n" } },
	  "c/reference/holiday.csv:2: \"2022-02-30\" is no day YYYY-MM-DD" },
	{ "holiday twice", { { "c/reference/holiday.csv", "date,kind,name\n2022-01-01,off,\n2022-01-01,off,\n" } },
	  "c/reference/holiday.csv:3: date \"2022-01-01\" is there twice (first in line 2)" },
	{ "unknown unit in a table", { { "c/reference/town.csv", TOWN "1,T,A1,\n2,U,Z9,\n" } },
	  "c/reference/town.csv:3: unit \"Z9\" is not in units.ini" },
	{ "unit of money", { { "c/reference/unit_of_money.csv", "word,yuan\nwan,12\n" } },
	  "c/reference/unit_of_money.csv:2: \"12\" yuan: wanted 1, 10, 100 ... up to 1000000000000" },
	{ "table in capitals", { { "c/reference/Town.csv", TOWN } },
	  "c/reference/Town.csv: does not belong here: wanted name.csv in small letters" },

	/* measures */
	{ "measure without number", { { "c/measures/later.sql", "" } },
	  "c/measures/later.sql: does not belong here: wanted NN-name.sql in small letters" },
	{ "measure twice", { { "c/measures/30-later.sql", "" } },
	  "c/measures/30-later.sql: table \"later\" is already made by TOP/c/measures/20-later.sql" },
	{ "measure named as a form", { { "c/measures/30-project.sql", "" } },
	  "c/measures/30-project.sql: table \"project\" is there already: a measure needs a name of its own" },
	{ "measure named as a table", { { "c/measures/30-unit.sql", "" } },
	  "c/measures/30-unit.sql: table \"unit\" is there already: a measure needs a name of its own" },

	/* messages */
	{ "message id twice", { { "t/messages/more.xml", "<messages>\n<text id=\"receipt.title\">x</text></messages>" } },
	  "t/messages/receipt.xml:1: id \"receipt.title\" is said twice" },
	{ "unknown element", { { "t/messages/more.xml", "<messages>\n<word id=\"a\">x</word></messages>" } },
	  "t/messages/more.xml:2: unknown element <word>; wanted <message>, <text>, <words>" },
	{ "message without says", { { "t/messages/more.xml", "<messages>\n<message id=\"a\" rule=\"V1\" severity=\"note\"/>"
	  "</messages>" } }, "t/messages/more.xml:2: message \"a\" has no <says>" },
	{ "message without rule", { { "t/messages/more.xml", "<messages><message id=\"a\"/></messages>" } },
	  "t/messages/more.xml:1: message \"a\" has no rule; a text without one is a <text>" },
	{ "severity", { { "t/messages/more.xml", "<messages><message id=\"a\" rule=\"V1\" severity=\"F\"/></messages>" } },
	  "t/messages/more.xml:1: message \"a\": severity \"F\" is none of fatal, error, warning, note" },
	{ "broken brace", { { "t/messages/more.xml", "<messages>\n<text id=\"a\">x {y</text></messages>" } },
	  "t/messages/more.xml:2: a broken {: write {name}, near \"x {y\"" },
	{ "empty words", { { "t/messages/more.xml", "<messages><words id=\"a\"> </words></messages>" } },
	  "t/messages/more.xml:1: words \"a\" is empty" },
	{ "another root", { { "t/messages/more.xml", "<message/>" } },
	  "t/messages/more.xml:1: the root element is <message>, wanted <messages>" },

	/* forms */
	{ "form elsewhere", { { "t/forms/b.xml", FIELD_OF("d", "") } }, "t/forms/b.xml:1: form \"d\" must be in forms/d.xml" },
	{ "unknown form", { { "t/forms/b.xml", FIELD_OF("b", "<field name=\"x\" title=\"X\" type=\"ref\" to=\"nobody\"/>") } },
	  "t/forms/b.xml:3: field x refers to form \"nobody\", which does not exist" },
	{ "in a circle", { { "t/forms/b.xml", FIELD_OF("b", "<field name=\"x\" title=\"X\" type=\"ref\" to=\"c\"/>") },
	  { "t/forms/c.xml", FIELD_OF("c", "<field name=\"x\" title=\"X\" type=\"ref\" to=\"b\"/>") } },
	  "t/forms/b.xml:1: form b refers to itself by way of other forms: references must not run in a circle" },
	{ "unknown unit word", { { "t/forms/b.xml", FIELD_OF("b", "<field name=\"x\" title=\"X\" type=\"money\" unit=\"yi\"/>") } },
	  "t/forms/b.xml:3: field x: unit \"yi\" is not in reference/unit_of_money.csv" },
	{ "reserved title", { { "t/forms/b.xml", FIELD_OF("b", "<field name=\"x\" title=\"OP\" type=\"text\"/>") } },
	  "t/forms/b.xml:3: field x: title \"OP\" is a reserved column's (words column.op)" },
	{ "town without towns", { { "t/forms/b.xml", FIELD_OF("b", "<field name=\"x\" title=\"X\" type=\"town\"/>") } },
	  "t/forms/b.xml:1: form b has a field of type town, and reference/town.csv is missing" },
	{ "not a form", { { "t/forms/b.xml", "<form" } }, "t/forms/b.xml:1: not well-formed XML: " },

	/* folders */
	{ "no config folder", { { "z.ini", "[site]\nutc_offset = +08:00\nconfig = nowhere\ntemplates = t\n" } },
	  "z.ini:3: [site] config: folder TOP/nowhere: No such file or directory" },
	{ "no templates folder", { { "z.ini", "[site]\nutc_offset = +08:00\nconfig = c\ntemplates = u\n" } },
	  "z.ini:4: [site] templates: folder TOP/u: No such file or directory" },
};

/* GOT with the name of the office's folder replaced by "TOP". */
static void
without_top(const char *got, struct buf *out)
{
	const char *at;

	while ((at = strstr(got, top)) != NULL) {
		buf_add(out, got, (size_t)(at - got));
		buf_str(out, "TOP");
		got = at + strlen(top);
	}
	buf_str(out, got);
}

static void
wrong_rulesets(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(wrong); i++) {
		struct why why = { 0 };
		struct buf got = { 0 };
		size_t want = strlen(wrong[i].want);

		print_message("# %s\n", wrong[i].name);
		for (size_t k = 0; k < 2 && wrong[i].spoilt[k].name != NULL; k++) {
			drop(wrong[i].spoilt[k].name);
			if (wrong[i].spoilt[k].text != NULL)
				put(wrong[i].spoilt[k].name, wrong[i].spoilt[k].text);
		}
		assert_null(load(&why));
		without_top(why.text, &got);
		assert_int_equal(strncmp(buf_cstr(&got), "TOP/", 4), 0);
		/* the rest is another room's wording */
		if (want > 0 && wrong[i].want[want - 1] == ' ')
			got.s[got.len < want + 4 ? got.len : want + 4] = '\0';
		assert_string_equal(buf_cstr(&got) + 4, wrong[i].want);
		assert_int_equal(why.code, EX_CONFIG);
		buf_free(&got);
		put_office();
	}
}

static const struct {
	const char *name, *in, *want;
} broken_packs[] = {
	{ "empty", "", "P: is no rule set: \"settings\" is missing" },
	{ "no length", "settings\n", "P: is no rule set: wanted NAME LENGTH and its bytes (byte 0)" },
	{ "length is no number", "settings x\n", "P: is no rule set: wanted NAME LENGTH and its bytes (byte 0)" },
	{ "too short", "settings 5\nabcd", "P: is no rule set: wanted NAME LENGTH and its bytes (byte 11)" },
	{ "unknown name", "../settings 0\n", "P: is no rule set: \"../settings\" is unknown or out of order" },
	{ "out of order", "units.ini 0\nsettings 0\n", "P: is no rule set: \"settings\" is unknown or out of order" },
	{ "twice", "settings 0\nsettings 0\n", "P: is no rule set: \"settings\" is unknown or out of order" },
	{ "no units", "settings 0\nsettings.csv 0\n", "P: is no rule set: \"units.ini\" is missing" },
	{ "unknown setting", "settings 6\na.b=1\nsettings.csv 34\nname,type,min,max,default,meaning\nunits.ini 0\n",
	  "P:settings:1: \"a.b\" is no declared setting" },
	{ "a setting twice instead of another", "settings 12\na.b=1\na.b=1\nsettings.csv 67\n"
	  "name,type,min,max,default,meaning\na.b,integer,,,,\nc.d,integer,,,,x\nunits.ini 0\n",
	  "P:settings:2: \"a.b\" is out of order" },
};

static void
wrong_packs(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(broken_packs); i++) {
		struct ruleset *rs = NULL;
		struct why why = { 0 };

		print_message("# %s\n", broken_packs[i].name);
		assert_int_equal(ruleset_unpack(broken_packs[i].in, strlen(broken_packs[i].in), "P", &rs, &why), -1);
		assert_string_equal(why.text, broken_packs[i].want);
		assert_int_equal(why.code, EX_CONFIG);
	}
}

/* ---- tables ---- */

static const struct {
	const char *name, *in, *want;   /* want: cells of all rows, '|' after each, or the trouble */
	int rc;
} tables[] = {
	{ "header only", "a,b\n", "", 0 },
	{ "rows", "a,b\n1,2\n3,\n", "1|2|3||", 0 },
	{ "no newline at the end", "a,b\n1,2", "1|2|", 0 },
	{ "CRLF", "a,b\r\n1,2\r\n", "1|2|", 0 },
	{ "quotes", "a,b\n\"1,\"\"x\"\"\",\"\"\n", "1,\"x\"||", 0 },
	{ "line break in quotes", "a,b\n1,\"x\ny\"\n2,z\n", "1|x\ny|2|z|", 0 },
	{ "empty", "", "t.csv:1: the file is empty: wanted a header line", -1 },
	{ "BOM", "\xef\xbb\xbf" "a\n", "t.csv:1: begins with a byte order mark: save as UTF-8 without BOM", -1 },
	{ "not UTF-8", "a\n\xce\xe4\n", "t.csv:2: byte 3 of the file is not UTF-8 text", -1 },
	{ "ragged", "a,b\n1,2\n3\n", "t.csv:3: the row has 1 cells; the header has 2", -1 },
	{ "blank line", "a,b\n\n1,2\n", "t.csv:2: the row has 1 cells; the header has 2", -1 },
	{ "too wide, after a line break", "a,b\n1,\"x\ny\",3\n", "t.csv:2: the row has 3 cells; the header has 2", -1 },
	{ "open quote", "a\n1\n\"2\n3\n", "t.csv:3: a quote that is not closed", -1 },
	{ "text after a quote", "a\n\"1\"2\n", "t.csv:2: text after the closing quote", -1 },
	{ "quote in a cell", "a\n1\"2\n", "t.csv:2: a quote inside a cell: quote the whole cell and double the quotes in it",
	  -1 },
	{ "CR", "a\n1\r2\n", "t.csv:2: a CR inside the line: lines end in LF or CRLF", -1 },
	{ "column name", "A\n", "t.csv:1: column name \"A\": wanted small letters, digits and _, a letter first", -1 },
	{ "column twice", "a,a\n", "t.csv:1: column \"a\" is there twice", -1 },
	{ "key twice", "a,b\n1,x\n2,y\n1,z\n", "t.csv:4: a \"1\" is there twice (first in line 2)", -1 },
	{ "empty key", "a,b\n1,x\n,y\n", "t.csv:3: a is empty", -1 },
};

static void
reference_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(tables); i++) {
		struct reference ref = { 0 };
		struct arena a = { 0 };
		struct buf got = { 0 };
		struct why why = { 0 };

		print_message("# %s\n", tables[i].name);
		assert_int_equal(reference_parse(&a, "t", tables[i].in, strlen(tables[i].in), "t.csv", &ref, &why), tables[i].rc);
		for (size_t k = 0; k < ref.n_rows * ref.n_columns; k++)
			buf_fmt(&got, "%s|", ref.cells[k]);
		assert_string_equal(tables[i].rc == 0 ? buf_cstr(&got) : why.text, tables[i].want);
		buf_free(&got);
		arena_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loaded),
		cmocka_unit_test(packed),
		cmocka_unit_test(limits_kept),
		cmocka_unit_test(without_the_optional),
		cmocka_unit_test(wrong_rulesets),
		cmocka_unit_test(wrong_packs),
		cmocka_unit_test(reference_tables),
	};

	return cmocka_run_group_tests_name("ruleset", tests, make_office, remove_office);
}
