/* uses: collector */
/*
 * judge - a tiny programme of its own (things and their weekly marks), batches of files as text, and what
 * becomes of every row: accepted, held, withdrawn, and by which rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "collector/collector.h"
#include "common/fsio.h"

static const char thing[] =
	"<form name=\"thing\" title=\"物件库\" key=\"id\" due=\"change\" unique=\"all\" version=\"1\">"
	"<field name=\"id\" title=\"物件编号\" type=\"code\" pattern=\"[0-9A-Z]+-[0-9]{4}-[0-9]{4}\" required=\"yes\""
	" assign=\"{unit}-{year}-{seq:4}\" same=\"name\"/>"
	"<field name=\"name\" title=\"物件名称\" type=\"text\" required=\"yes\"/>"
	"<field name=\"worth\" title=\"价值\" type=\"money\" unit=\"万元\" min=\"0\" total=\"yes\"/>"
	"<field name=\"mood\" title=\"状况\" type=\"enum\" values=\"好 坏\" default=\"好\"/>"
	"<rule id=\"T1\" severity=\"warning\" field=\"worth\"><when>new.worth &gt; 1000000</when>"
	"<says>价值{new.worth}万元偏高</says><mend>请核对</mend></rule>"
	"</form>";

static const char mark[] =
	"<form name=\"mark\" title=\"物件周报\" key=\"id\" due=\"weekly\" version=\"1\">"
	"<due>thing.mood = '好'</due>"
	"<field name=\"id\" title=\"物件编号\" type=\"ref\" to=\"thing\" required=\"yes\"/>"
	"<field name=\"score\" title=\"得分\" type=\"integer\" required=\"yes\" carry=\"no\"/>"
	"<field name=\"sum\" title=\"累计得分\" type=\"integer\"/>"
	"<rule id=\"M1\" severity=\"error\" field=\"sum\"><when>new.sum &lt; new.score</when>"
	"<says>累计{new.sum}小于本周{new.score}</says></rule>"
	"<rule id=\"M2\" severity=\"error\" field=\"sum\"><when>new.sum &lt; cur.sum</when>"
	"<says>累计{new.sum}小于本周先前所报{cur.sum}</says></rule>"
	"<rule id=\"M9\" severity=\"fatal\" field=\"score\"><when>new.score = 666</when>"
	"<says>{new.id}得分{new.score}，价值{thing.worth}</says></rule>"
	"</form>";

struct fixture {
	struct conf     conf;
	struct ruleset *rs;
	struct window   window;
};

/* ---- the rule set, from a folder of its own ---- */

static void must(int rc, const struct why *why)
{
	if (rc != 0)
		fail_msg("%s", why->text);
}

static void write_text(int root, const char *path, const char *text)
{
	struct why why = { 0 };

	must(fsio_publish(root, path, text, strlen(text), 0644, &why), &why);
}

static void copy_folder(int from, int to, const char *folder, const char *ending)
{
	struct names names = { 0 };
	struct why why = { 0 };

	must(fsio_list(from, folder, &names, &why), &why);
	for (size_t i = 0; i < names.n; i++) {
		struct buf path = { 0 }, bytes = { 0 };

		buf_fmt(&path, "%s/%s", folder, names.v[i]);
		if (span_ends(span_of(names.v[i]), ending)) {
			must(fsio_read(from, buf_cstr(&path), 1 << 20, &bytes, &why), &why);
			write_text(to, buf_cstr(&path), buf_cstr(&bytes));
		}
		buf_free(&path);
		buf_free(&bytes);
	}
	names_free(&names);
}

static int open_folder(const char *path)
{
	struct why why = { 0 };
	int fd = fsio_folder(path, &why);

	must(fd < 0 ? -1 : 0, &why);
	return fd;
}

static int set_up(void **state)
{
	static char folder[] = "/tmp/test_judge.XXXXXX";
	struct fixture *x = calloc(1, sizeof *x);
	struct why why = { 0 };
	struct week week;
	char top[4096], ini[5000], path[64];
	int from, to;

	assert_non_null(mkdtemp(folder));
	assert_non_null(getcwd(top, sizeof top));
	from = open_folder("templates");
	to = open_folder(folder);
	must(fsio_make(to, "forms", 0755, &why), &why);
	must(fsio_make(to, "messages", 0755, &why), &why);
	must(fsio_make(to, "briefings", 0755, &why), &why);
	copy_folder(from, to, "messages", "");
	copy_folder(from, to, "forms", ".rng");
	write_text(to, "forms/thing.xml", thing);
	write_text(to, "forms/mark.xml", mark);
	(void)snprintf(ini, sizeof ini, "[site]\nconfig = %s/config\ntemplates = %s\nutc_offset = +08:00\n"
	    "[week]\nfirst = 2022-W12\n", top, folder);
	write_text(to, "zhoubao.ini", ini);
	(void)snprintf(path, sizeof path, "%s/zhoubao.ini", folder);
	must(conf_load(path, &x->conf, &why), &why);
	must(ruleset_load(&x->conf, &x->rs, &why), &why);
	must(needs_check(&x->rs->messages, &why), &why);
	assert_int_equal(week_parse("2022-W17", 8, &week), 0);
	must(calendar_window(x->rs->calendar, week, &x->window, &why), &why);
	(void)close(from);
	(void)close(to);
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;
	char command[256];

	(void)snprintf(command, sizeof command, "rm -rf '%.*s'",
	    (int)(strlen(x->conf.file) - strlen("/zhoubao.ini")), x->conf.file);
	assert_int_equal(system(command), 0);
	ruleset_free(x->rs);
	conf_free(&x->conf);
	free(x);
	return 0;
}

/* ---- a batch ---- */

/* NAME and TEXT by turns, at most four files; NULL ends. */
static void judge_texts(struct fixture *x, struct judging *j, const char *const *texts)
{
	struct why why = { 0 };
	size_t n = 0;

	*j = (struct judging){ .conf = &x->conf, .rs = x->rs, .unit = "320412", .window = x->window };
	j->files = mem_zero(4, sizeof *j->files);
	for (; texts[2 * n] != NULL; n++) {
		struct judged *f = &j->files[n];
		const char *text = texts[2 * n + 1];

		f->fd = memfd_create("text", MFD_CLOEXEC);
		assert_true(f->fd >= 0);
		assert_int_equal(write(f->fd, text, strlen(text)), strlen(text));
		f->label = (struct label){ .number = (int)n + 1, .batch = 1, .kind = LABEL_SUBMISSION,
			.size = strlen(text), .week = x->window.week, .received_at = x->window.cutoff };
		f->label.name = arena_dup(&j->arena, texts[2 * n]);
		digest_of(text, strlen(text), f->label.sha256);
		memcpy(f->label.rules, x->rs->digest, sizeof f->label.rules);
	}
	j->n_files = n;
	must(judge_batch(j, &why), &why);
}

static void end_batch(struct judging *j)
{
	for (size_t i = 0; i < j->n_files; i++)
		(void)close(j->files[i].fd);
	judging_free(j);
}

/* "verdict accepted/held/withdrawn rule@row rule@row ..." of one file, notes left out. */
static void summary(struct buf *out, const struct judged *f)
{
	buf_fmt(out, "%s %ld/%ld/%ld", f->verdict, f->rows_accepted, f->rows_held, f->rows_withdrawn);
	for (size_t i = 0; i < f->findings.n; i++)
		if (f->findings.v[i].severity > SEV_NOTE && strcmp(ledger_rule(&f->findings, i), "V35") != 0)
			buf_fmt(out, " %s@%u", ledger_rule(&f->findings, i), f->findings.v[i].row);
}

#define T "物件编号,物件名称,价值（万元）,状况,操作,说明\n"
#define M "物件编号,得分,累计得分\n"
#define A "320412-2022-0001"
#define B "320412-2022-0002"

static const struct {
	const char *name;
	const char *texts[9];
	const char *want[4];
} cases[] = {
	{ "new with a key of its own", { "物件库.csv", T A ",甲,5,,新增,\n" }, { "accepted 1/0/0" } },
	{ "not said to be new", { "物件库.csv", T A ",甲,5,,,\n" }, { "refused 0/1/0 V09@2" } },
	{ "new under another unit's prefix", { "物件库.csv", T "320413-2022-0001,甲,5,,新增,\n" },
	    { "refused 0/1/0 V10@2" } },
	{ "an operation nobody knows", { "物件库.csv", T A ",甲,5,,忽略,\n" }, { "refused 0/1/0 V03@2 V09@2" } },
	{ "no key, not new", { "物件库.csv", T ",甲,5,,,\n" }, { "refused 0/1/0 V09@2" } },
	{ "required text missing", { "物件库.csv", T A ",,5,,新增,\n" B ",乙,5,,新增,\n" },
	    { "partial 1/1/0 V03@2" } },
	{ "a warning", { "物件库.csv", T A ",甲,101,,新增,\n" }, { "warned 1/0/0 T1@2" } },
	{ "a warning explained", { "物件库.csv", T A ",甲,101,,新增,进口\n" }, { "accepted 1/0/0 T1@2" } },
	{ "one below the limit", { "物件库.csv", T A ",甲,100,,新增,\n" }, { "accepted 1/0/0" } },
	{ "a key twice holds both", { "物件库.csv", T A ",甲,5,,新增,\n" B ",乙,5,,新增,\n" A ",丙,5,,新增,\n" },
	  { "partial 1/2/0 V09@2 V09@4" } },
	{ "the same thing twice", { "物件库.csv", T ",甲,5,,新增,\n,甲 ,5,,新增,\n" }, { "partial 1/1/0 V09@3" } },
	{ "the same thing again in the next file",
	  { "1物件库.csv", T ",甲,5,,新增,\n", "2物件库.csv", T ",甲,6,,新增,\n" }, { "accepted 1/0/0",
	      "refused 0/1/0 V09@2" } },
	{ "known within the batch, whatever the order of files",
	  { "1物件周报.csv", M A ",3,3\n", "2物件库.csv", T A ",甲,5,,新增,\n" }, { "accepted 1/0/0",
	      "accepted 1/0/0" } },
	{ "an unknown reference", { "物件周报.csv", M A ",3,3\n" }, { "refused 0/1/0 V09@2" } },
	{ "held together", { "1物件库.csv", T A ",甲,五,,新增,\n", "2物件周报.csv", M A ",3,3\n" },
	  { "refused 0/1/0 V16@2", "refused 0/1/0 V09@2" } },
	{ "a known referent stands though its new row is held",
	  { "1物件库.csv", T A ",甲,5,,新增,\n", "2物件库.csv", T A ",甲,五,,,\n", "3物件周报.csv", M A ",3,3\n" },
	  { "accepted 1/0/0", "refused 0/1/0 V16@2", "accepted 1/0/0" } },
	{ "required figure missing", { "1物件库.csv", T A ",甲,5,,新增,\n", "2物件周报.csv", M A ",,3\n" },
	  { "accepted 1/0/0", "refused 0/1/0 V16@2" } },
	{ "a rule of the row", { "1物件库.csv", T A ",甲,5,,新增,\n", "2物件周报.csv", M A ",3,2\n" },
	  { "accepted 1/0/0", "refused 0/1/0 M1@2" } },
	{ "a rule against the same week", { "1物件库.csv", T A ",甲,5,,新增,\n", "2物件周报.csv", M A ",3,9\n",
	    "3物件周报.csv", M A ",3,8\n" }, { "accepted 1/0/0", "accepted 1/0/0", "refused 0/1/0 M2@2" } },
	{ "an absent column carries", { "1物件库.csv", T A ",甲,5,,新增,\n", "2物件周报.csv", M A ",3,9\n",
	    "3物件周报.csv", "物件编号,得分\n" A ",10\n" }, { "accepted 1/0/0", "accepted 1/0/0",
	    "refused 0/1/0 M1@2" } },
	{ "an emptied cell is asked about", { "1物件库.csv", T A ",甲,5,,新增,\n", "2物件库.csv", T A ",甲,,,,\n" },
	  { "accepted 1/0/0", "warned 1/0/0 V34@2" } },
	{ "withdrawn", { "1物件库.csv", T A ",甲,5,,新增,\n", "2物件库.csv", T A ",,,,撤销,\n", "3物件周报.csv",
	    M A ",3,3\n" },
	  { "accepted 1/0/0", "accepted 0/0/1", "refused 0/1/0 V09@2" } },
	{ "nothing to withdraw", { "物件库.csv", T A ",,,,撤销,\n" }, { "refused 0/1/0 V09@2" } },
	{ "a rule refuses the file, and nothing of it counts",
	  { "周报.xml",
	      "<submission xmlns=\"urn:zhoubao:submission:1\" unit=\"320412\" week=\"2022-W17\"><thing>"
	    "<row id=\"" A "\" op=\"新增\" name=\"甲\" worth=\"5\"/></thing><mark><row id=\"" A "\" score=\"666\" sum=\"666\"/>"
	    "</mark></submission>", "2物件周报.csv", M A ",3,3\n" },
	  { "refused 0/2/0 M9@1", "refused 0/1/0 V09@2" } },
	{ "sent twice in one batch", { "1物件库.csv", T A ",甲,5,,新增,\n", "2物件库.csv", T A ",甲,5,,新增,\n" },
	  { "accepted 1/0/0", "duplicate 0/0/0" } },
	{ "sent twice, but not accepted", { "1物件库.csv", T A ",甲,五,,新增,\n", "2物件库.csv", T A ",甲,五,,新增,\n" },
	  { "refused 0/1/0 V16@2", "refused 0/1/0 V16@2" } },
	{ "sent twice with another between",
	  { "1物件库.csv", T A ",甲,5,,新增,\n", "2物件库.csv", T A ",甲,6,,,\n", "3物件库.csv", T A ",甲,5,,新增,\n" },
	  { "accepted 1/0/0", "accepted 1/0/0", "accepted 1/0/0" } },
	{ "another unit's submission", { "周报.xml",
	    "<submission xmlns=\"urn:zhoubao:submission:1\" unit=\"320413\""
	    " week=\"2022-W17\"><thing><row id=\"" A "\" op=\"新增\" name=\"甲\"/></thing></submission>" },
	  { "refused 0/1/0 V04@0" } },
	{ "a week to come", { "物件库2022-W19.csv", T A ",甲,5,,新增,\n" }, { "refused 0/1/0 V04@0" } },
	{ "a rest week", { "物件库2022-W18.csv", T A ",甲,5,,新增,\n" }, { "refused 0/1/0 V04@0" } },
	{ "before the record", { "物件库2022-W11.csv", T A ",甲,5,,新增,\n" }, { "refused 0/1/0 V04@0" } },
	{ "the total agrees", { "物件库.csv", T A ",甲,5.25,,新增,\n" B ",乙,5.25,,新增,\n合计,,10.5,,,\n" },
	    { "accepted 2/0/0" } },
	{ "the total differs by rounding", { "物件库.csv", T A ",甲,5.3,,新增,\n" B ",乙,5.3,,新增,\n合计,,10.5,,,\n" },
	  { "accepted 2/0/0" } },
	{ "the total differs by more", { "物件库.csv", T A ",甲,5.3,,新增,\n" B ",乙,5.3,,新增,\n合计,,10.4,,,\n" },
	  { "warned 2/0/0 V08@4" } },
};

static void batches_are_judged(void **state)
{
	struct buf wrong = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct judging j;

		judge_texts(*state, &j, cases[i].texts);
		for (size_t k = 0; k < j.n_files; k++) {
			struct buf got = { 0 };

			summary(&got, &j.files[k]);
			if (cases[i].want[k] == NULL || strcmp(buf_cstr(&got), cases[i].want[k]) != 0)
				buf_fmt(&wrong, "\n%s, file %zu: got \"%s\", wanted \"%s\"", cases[i].name,
				    k + 1, buf_cstr(&got),
				    cases[i].want[k] != NULL ? cases[i].want[k] : "");
			buf_free(&got);
		}
		end_batch(&j);
	}
	if (wrong.len > 0)
		fail_msg("%s", buf_cstr(&wrong));
	buf_free(&wrong);
}

/* ---- single questions ---- */

static void numbers_follow_each_other(void **state)
{
	static const char *const texts[] = { "1物件库.csv", T "320412-2022-0007,甲,5,,新增,\n,乙,5,,新增,\n,丙,五,,新增,\n"
	    "320412-2022-9999,丁,5,,,\n", "2物件库.csv", T ",戊,5,,新增,\n", NULL };
	struct judging j;

	judge_texts(*state, &j, texts);
	assert_string_equal(j.files[0].sheets[0].rows[1].assigned, "320412-2022-0008");
	assert_null(j.files[0].sheets[0].rows[2].assigned);     /* held: not given */
	assert_string_equal(j.files[1].sheets[0].rows[0].assigned, "320412-2022-0009");
	end_batch(&j);
}

static struct value first_row(const struct judging *j, size_t file, size_t field)
{
	return row_value(&j->files[file].sheets[0], &j->files[file].sheets[0].rows[0], field);
}

static void defaults_stand_in_new_rows_only(void **state)
{
	static const char *const texts[] = { "1物件库.csv", T A ",甲,5,,新增,\n", "2物件库.csv", T A ",甲,5,坏,,\n",
	    "3物件库.csv", "物件编号,物件名称\n" A ",甲\n", NULL };
	struct judging j;

	judge_texts(*state, &j, texts);
	assert_string_equal(first_row(&j, 0, 3).s, "好");
	assert_string_equal(first_row(&j, 1, 3).s, "坏");
	assert_string_equal(first_row(&j, 2, 3).s, "坏");
	assert_int_equal(first_row(&j, 2, 2).i, 50000);
	end_batch(&j);
}

static void what_is_due_and_missing(void **state)
{
	static const char *const texts[] = { "1物件库.csv",
	    T A ",甲,5,,新增,\n" B ",乙,5,,新增,\n320412-2022-0003,丙,5,坏,新增,\n320412-2022-0004,丁,5,,新增,\n",
	    "2物件周报.csv", M A ",3,3\n320412-2022-0004,,3\n", NULL };
	struct judging j;

	judge_texts(*state, &j, texts);
	assert_int_equal(j.n_due, 3);
	assert_int_equal(j.n_due_held, 1);
	assert_int_equal(j.n_missing, 1);
	assert_string_equal(j.missing[0].key, B);
	assert_string_equal(j.missing[0].name, "乙");
	end_batch(&j);
}

static void wordings_are_in_the_fields_unit(void **state)
{
	static const char *const texts[] = { "1物件库.csv", T A ",甲,5.25,,新增,\n", "2物件周报.csv", M A ",666,666\n",
	    NULL };
	struct ledger_reader first = { 0 };
	struct judging j;

	judge_texts(*state, &j, texts);
	assert_string_equal(j.files[1].verdict, "refused");
	assert_string_equal(ledger_at(&first, &j.files[1].findings, 0)->message, A "得分666，价值5.25");
	ledger_done(&first);
	end_batch(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches_are_judged),
		cmocka_unit_test(numbers_follow_each_other),
		cmocka_unit_test(defaults_stand_in_new_rows_only),
		cmocka_unit_test(what_is_due_and_missing),
		cmocka_unit_test(wordings_are_in_the_fields_unit),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
