/* site: the spelling of every path, the folders made, numbers, seals, the first open week. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/site.h"

#define N(a) (sizeof(a) / sizeof *(a))

static char top[] = "/tmp/test_site.XXXXXX";
static struct site site = { .dir = -1 };

static int
make_site(void **state)
{
	struct why why;

	(void)state;
	return mkdtemp(top) == NULL ? -1 : site_open(top, &site, &why);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int
remove_site(void **state)
{
	(void)state;
	site_close(&site);
	site_close(&site);      /* twice is fine */
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* An empty site again. */
static int
clear_site(void **state)
{
	struct why why;

	(void)state;
	site_close(&site);
	if (nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0 || mkdir(top, 0755) != 0)
		return -1;
	return site_open(top, &site, &why);
}

static void
put(const char *name, const char *text)
{
	struct why why = { 0 };

	assert_int_equal(fsio_publish(site.dir, name, text, strlen(text), 0644, &why), 0);
}

/* ---- paths ---- */

static void
paths(void **state)
{
	const struct week w = { 2022, 17 };
	struct path p;

	(void)state;
	assert_string_equal(site_drop(&p, "320412"), "exchange/320412/drop");
	assert_string_equal(site_outbox(&p, "320412"), "exchange/320412/outbox");
	assert_string_equal(site_outbox_file(&p, "320412", "a.txt"), "exchange/320412/outbox/a.txt");
	assert_string_equal(site_archive_week(&p, w), "archive/2022-W17");
	assert_string_equal(site_archive_unit(&p, w, "CZJKQ"), "archive/2022-W17/CZJKQ");
	assert_string_equal(site_archive(&p, w, "CZJKQ", 1), "archive/2022-W17/CZJKQ/001");
	assert_string_equal(site_archive(&p, w, "CZJKQ", 1000), "archive/2022-W17/CZJKQ/1000");
	assert_string_equal(site_label(&p, w, "CZJKQ", 12), "archive/2022-W17/CZJKQ/012.label");
	assert_string_equal(site_refused(&p, w, "CZJKQ", 12), "refused/2022-W17/CZJKQ/012");
	assert_string_equal(site_refused_unit(&p, w, "CZJKQ"), "refused/2022-W17/CZJKQ");
	assert_string_equal(site_sealed_record(&p, w), "archive/2022-W17/sealed");
	assert_string_equal(site_rules(&p, "abc"), "archive/rules/abc");
	assert_string_equal(site_intake_unit(&p, w, "CZJKQ"), "intake/2022-W17/CZJKQ");
	assert_string_equal(site_intake(&p, w, "CZJKQ", 3), "intake/2022-W17/CZJKQ/003.db");
	assert_string_equal(site_snapshot(&p, w), "snapshots/2022-W17.db");
	assert_string_equal(site_seal(&p, w), "snapshots/2022-W17.seal");
	assert_string_equal(site_briefing_week(&p, w), "briefings/2022-W17");
	assert_string_equal(site_briefing(&p, w, "weekly.pdf"), "briefings/2022-W17/weekly.pdf");
	assert_string_equal(site_work(&p, "CZJKQ"), "work/CZJKQ");
	assert_string_equal(site_lock(&p), "lock");
}

static void
opened_by_a_relative_name(void **state)
{
	struct site s;
	struct why why = { 0 };
	char *before = getcwd(NULL, 0);

	(void)state;
	assert_non_null(before);
	assert_int_equal(chdir("/tmp"), 0);
	assert_int_equal(site_open(top + strlen("/tmp/"), &s, &why), 0);
	assert_string_equal(s.root, top);
	site_close(&s);
	assert_int_equal(chdir(before), 0);
	free(before);
	assert_int_equal(site_open("/nowhere", &s, &why), -1);
	assert_int_equal(why.code, EX_IOERR);
}

/* ---- folders ---- */

static void
assert_mode(const char *path, mode_t want)
{
	struct stat st;

	print_message("# %s\n", path);
	assert_int_equal(fstatat(site.dir, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, want);
}

static void
prepared(void **state)
{
	static const char *const folders[] = {
		"archive/rules", "intake", "snapshots", "briefings", "refused", "work", "exchange/A", "exchange/A/outbox",
		"exchange/B", "exchange/B/outbox",
	};
	char a[] = "A", b[] = "B";
	struct unit units[] = { { .code = a }, { .code = b } };
	struct ruleset rs = { .units = units, .n_units = 2 };
	struct why why = { 0 };
	mode_t mask = umask(077);

	(void)state;
	assert_int_equal(site_prepare(&site, &rs, &why), 0);
	assert_int_equal(site_prepare(&site, &rs, &why), 0);
	(void)umask(mask);
	for (size_t i = 0; i < N(folders); i++)
		assert_mode(folders[i], 0755);
	assert_mode("exchange/A/drop", 0775);
	assert_mode("exchange/B/drop", 0775);
	assert_int_equal(fchmodat(site.dir, "exchange/A/drop", 0700, 0), 0);
	assert_int_equal(site_prepare(&site, &rs, &why), 0);
	assert_mode("exchange/A/drop", 0700);   /* what the administrator chose stays */
	/* one unit's trouble stops no other */
	assert_int_equal(unlinkat(site.dir, "exchange/A/drop", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("/etc", site.dir, "exchange/A/drop"), 0);
	assert_int_equal(site_prepare(&site, &rs, &why), 0);
	assert_int_equal(site_prepare_unit(&site, "B", &why), 0);
	assert_int_equal(site_prepare_unit(&site, "A", &why), -1);
	assert_non_null(strstr(why.text, "exchange/A/drop"));
	assert_int_equal(unlinkat(site.dir, "exchange/A/drop", 0), 0);
}

/* ---- numbers ---- */

static void
numbers_of_a_folder(void **state)
{
	static const char *const names[] = {
		"002", "001", "1000", "999", "001.label", "001.db", "1", "01", "0001", "000", "12a", ".tmp.003", "1234567",
	};
	struct numbers n = { 0 };
	struct why why = { 0 };

	(void)state;
	assert_int_equal(site_numbers(&site, "archive/2022-W17/A", "", &n, &why), 0);
	assert_int_equal(n.n, 0);       /* an absent folder has none */
	assert_int_equal(fsio_make(site.dir, "archive/2022-W17/A", 0755, &why), 0);
	for (size_t i = 0; i < N(names); i++) {
		struct buf b = { 0 };

		buf_fmt(&b, "archive/2022-W17/A/%s", names[i]);
		put(buf_cstr(&b), "");
		buf_free(&b);
	}
	assert_int_equal(site_numbers(&site, "archive/2022-W17/A", "", &n, &why), 0);
	assert_int_equal(n.n, 4);
	assert_int_equal(n.v[0], 1);
	assert_int_equal(n.v[1], 2);
	assert_int_equal(n.v[2], 999);
	assert_int_equal(n.v[3], 1000);
	numbers_free(&n);
	assert_int_equal(site_numbers(&site, "archive/2022-W17/A", ".label", &n, &why), 0);
	assert_int_equal(n.n, 1);
	assert_int_equal(n.v[0], 1);
	numbers_free(&n);
}

/* ---- seals ---- */

/* W17 22 to 28 April; W18 is a rest week, so that W19 follows. */
static struct calendar *
spring(void)
{
	static const char *const off[] = {
		"2022-04-30", "2022-05-01", "2022-05-02", "2022-05-03", "2022-05-04", "2023-01-01",
	};
	const struct week_rules rules = { 4, 3, 17 * 60, 8 * 60, 9 * 60 + 30, { 2022, 16 } };
	struct calendar *cal = calendar_new(&rules);
	day_t d;

	for (size_t i = 0; i < N(off); i++) {
		assert_int_equal(day_parse(off[i], 10, &d), 0);
		assert_int_equal(calendar_except(cal, d, DAY_OFF), 0);
	}
	return cal;
}

static void
assert_first_open(const struct calendar *cal, const char *want)
{
	struct window w;
	struct why why = { 0 };
	char name[9];

	assert_int_equal(site_first_open(&site, cal, &w, &why), 0);
	week_format(w.week, name);
	assert_string_equal(name, want);
}

static void
seals(void **state)
{
	struct calendar *cal = spring();
	struct why why = { 0 };
	struct week w;
	instant_t at;
	char shown[26];

	(void)state;
	assert_int_equal(site_last_seal(&site, 480, &w, &at, &why), 1);
	assert_first_open(cal, "2022-W16");
	assert_int_equal(fsio_make(site.dir, "snapshots", 0755, &why), 0);
	put("snapshots/2022-W16.db", "");
	put("snapshots/2099-W01.seal.bak", "");
	assert_first_open(cal, "2022-W16");
	assert_false(site_is_sealed(&site, (struct week){ 2022, 16 }));
	put("snapshots/2022-W16.seal", "week 2022-W16\nsnapshot sha256 x  content sha256 y\n"
	    "sealed_at 2022-04-22T08:00:00+08:00\n");
	assert_true(site_is_sealed(&site, (struct week){ 2022, 16 }));
	assert_first_open(cal, "2022-W17");
	put("snapshots/2022-W17.seal", "week 2022-W17\nsealed_at 2022-04-29T08:00:00+08:00\n");
	assert_first_open(cal, "2022-W19");
	assert_int_equal(site_last_seal(&site, 480, &w, &at, &why), 0);
	assert_int_equal(w.number, 17);
	instant_format(at, 480, shown);
	assert_string_equal(shown, "2022-04-29T08:00:00+08:00");
	assert_int_equal(site_last_seal(&site, 480, NULL, NULL, &why), 0);

	put("snapshots/2022-W17.seal", "week 2022-W17\nsealed_at yesterday\n");
	assert_int_equal(site_last_seal(&site, 480, &w, &at, &why), -1);
	assert_int_equal(why.code, EX_IOERR);
	assert_non_null(strstr(why.text, "/snapshots/2022-W17.seal: no line \"sealed_at\" with an instant"));
	calendar_free(cal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(opened_by_a_relative_name),
		cmocka_unit_test_setup(prepared, clear_site),
		cmocka_unit_test_setup(numbers_of_a_folder, clear_site),
		cmocka_unit_test_setup(seals, clear_site),
	};

	return cmocka_run_group_tests_name("site", tests, make_site, remove_site);
}
