/* uses: collector */
/*
 * label - labels and the record of the batch in hand: what is written is read back, what is broken is
 * refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/collector.h"

#define DIGEST_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const struct {
	const char *name, *raw, *escaped;
} names[] = {
	{ "plain", "progress.csv", "progress.csv" },
	{ "blanks stay", "a b  c.csv", "a b  c.csv" },
	{ "Chinese stays", "\xe5\x91\xa8\xe6\x8a\xa5.csv", "\xe5\x91\xa8\xe6\x8a\xa5.csv" },
	{ "newline", "a\nkind refused", "a\\x0Akind refused" },
	{ "backslash", "a\\x41", "a\\x5Cx41" },
	{ "quote", "a\" verdict=\"accepted", "a\\x22 verdict=\\x22accepted" },
	{ "not UTF-8", "\xd6\xdc.csv", "\\xD6\\xDC.csv" },
	{ "delete", "a\x7f", "a\\x7F" },
	{ "trailing blank", "a ", "a " },
};

static void names_go_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct buf escaped = { 0 }, back = { 0 };

		name_escape(&escaped, span_of(names[i].raw));
		assert_string_equal(buf_cstr(&escaped), names[i].escaped);
		assert_int_equal(name_unescape(&back, span_of(buf_cstr(&escaped))), 0);
		assert_string_equal(buf_cstr(&back), names[i].raw);
		buf_free(&escaped);
		buf_free(&back);
	}
}

static void broken_names_are_refused(void **state)
{
	static const char *const broken[] = { "\\", "\\x", "\\x4", "\\x4g", "\\n", "\\X41", "\\x4a" };

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		struct buf back = { 0 };

		assert_int_equal(name_unescape(&back, span_of(broken[i])), -1);
		buf_free(&back);
	}
}

static const char whole[] =
	"number 3\nkind submission\nname a b.csv\nsize 12\nsha256 " DIGEST_A "\nreceived_at 2022-04-28T16:05:09\n"
	"week 2022-W17\nbatch 2\nrules " DIGEST_B "\n";

static void a_label_goes_round(void **state)
{
	struct label l;
	struct why why;
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(label_read(whole, strlen(whole), "label", &l, &why), 0);
	assert_int_equal(l.number, 3);
	assert_int_equal(l.batch, 2);
	assert_int_equal(l.kind, LABEL_SUBMISSION);
	assert_string_equal(l.name, "a b.csv");
	assert_int_equal(l.size, 12);
	assert_string_equal(l.sha256, DIGEST_A);
	assert_string_equal(l.rules, DIGEST_B);
	assert_null(l.why);
	label_write(&out, &l);
	assert_string_equal(buf_cstr(&out), whole);
	buf_free(&out);
	label_free(&l);
}

static void a_refused_label_goes_round(void **state)
{
	static const char text[] = "number 1\nkind refused\nname x\nsize 0\nreceived_at 2022-04-28T16:05:09\n"
	    "week 2022-W17\nbatch 1\nrules " DIGEST_B "\nwhy symlink\n";
	struct label l;
	struct why why;
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(label_read(text, strlen(text), "label", &l, &why), 0);
	assert_string_equal(l.why, "symlink");
	label_write(&out, &l);
	assert_string_equal(buf_cstr(&out), text);
	buf_free(&out);
	label_free(&l);
}

/* Cut anywhere, a label is no label: it was published whole or not at all. */
static void a_cut_label_is_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(whole); n++) {
		struct label l;
		struct why why;

		assert_int_equal(label_read(whole, n, "label", &l, &why), -1);
		assert_int_equal(why.code, EX_IOERR);
	}
}

static const struct {
	const char *name, *from, *to;
} spoilt[] = {
	{ "number 0", "number 3", "number 0" },
	{ "batch above its number", "batch 2", "batch 4" },
	{ "unknown key", "size 12", "sizes 12" },
	{ "no such week", "2022-W17", "2022-W53" },
	{ "no such day", "2022-04-28T", "2022-02-30T" },
	{ "capital digest", "sha256 aa", "sha256 AA" },
	{ "why without refusal", "batch 2", "why size" },
	{ "kind", "kind submission", "kind refused" },
};

static void spoilt_labels_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof spoilt / sizeof spoilt[0]; i++) {
		const char *at = strstr(whole, spoilt[i].from);
		struct buf text = { 0 };
		struct label l;
		struct why why;

		assert_non_null(at);
		buf_add(&text, whole, (size_t)(at - whole));
		buf_str(&text, spoilt[i].to);
		buf_str(&text, at + strlen(spoilt[i].from));
		if (label_read(buf_cstr(&text), text.len, "label", &l, &why) != -1)
			fail_msg("%s: taken", spoilt[i].name);
		buf_free(&text);
	}
}

static const char batch[] =
	"week 2022-W17\nrules " DIGEST_A "\n"
	"file 4 take 64769 1234 1650000000 999999999 77 2022-04-28T09:00:00 a b\\x0Ac\n"
	"file 5 symlink 64769 18446744073709551615 -5 0 3 2022-04-28T09:00:01  lead\n"
	"end\n";

static void a_batch_goes_round(void **state)
{
	struct batch b;
	struct why why;
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(batch_read(batch, strlen(batch), "work", &b, &why), 0);
	assert_int_equal(b.files.n, 2);
	assert_string_equal(b.files.v[0].name, "a b\nc");
	assert_null(b.files.v[0].refuse);
	assert_int_equal(b.files.v[0].id.ctime_ns, 999999999);
	assert_string_equal(b.files.v[1].name, " lead");
	assert_string_equal(b.files.v[1].refuse, "symlink");
	assert_int_equal(b.files.v[1].id.ctime_s, -5);
	assert_true(b.files.v[1].id.inode == UINT64_MAX);
	batch_write(&out, &b);
	assert_string_equal(buf_cstr(&out), batch);
	buf_free(&out);
	droppeds_free(&b.files);
}

static void a_cut_batch_is_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(batch); n++) {
		struct batch b;
		struct why why;

		assert_int_equal(batch_read(batch, n, "work", &b, &why), -1);
	}
}

static void a_number_too_large_is_refused(void **state)
{
	static const char largest[] = " 18446744073709551615 ", larger[] = " 18446744073709551616 ";
	const char *at = strstr(batch, largest);
	struct buf text = { 0 };
	struct batch b;
	struct why why;

	(void)state;
	buf_add(&text, batch, (size_t)(at - batch));
	buf_str(&text, larger);
	buf_str(&text, at + strlen(largest));
	assert_int_equal(batch_read(buf_cstr(&text), text.len, "work", &b, &why), -1);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_round),
		cmocka_unit_test(broken_names_are_refused),
		cmocka_unit_test(a_label_goes_round),
		cmocka_unit_test(a_refused_label_goes_round),
		cmocka_unit_test(a_cut_label_is_refused),
		cmocka_unit_test(spoilt_labels_are_refused),
		cmocka_unit_test(a_batch_goes_round),
		cmocka_unit_test(a_cut_batch_is_refused),
		cmocka_unit_test(a_number_too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
