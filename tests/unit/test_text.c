/* UTF-8, folding, NFC, escaping, exact decimals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "../../common/text.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))

/* ---- UTF-8 ---- */

static void utf8_is_strict(void **state)
{
	static const struct { const char *name, *bytes; size_t n; bool good; size_t bad; } rows[] = {
		{ "empty",                    "", 0, true, 0 },
		{ "ASCII with NUL",           "a\0b", 3, true, 0 },
		{ "two bytes, least",         "\xc2\x80", 2, true, 0 },
		{ "two bytes, most",          "\xdf\xbf", 2, true, 0 },
		{ "three bytes, least",       "\xe0\xa0\x80", 3, true, 0 },
		{ "before the surrogates",    "\xed\x9f\xbf", 3, true, 0 },
		{ "after the surrogates",     "\xee\x80\x80", 3, true, 0 },
		{ "three bytes, most",        "\xef\xbf\xbf", 3, true, 0 },
		{ "four bytes, least",        "\xf0\x90\x80\x80", 4, true, 0 },
		{ "four bytes, most",         "\xf4\x8f\xbf\xbf", 4, true, 0 },
		{ "above U+10FFFF",           "\xf4\x90\x80\x80", 4, false, 0 },
		{ "overlong NUL",             "a\xc0\x80", 3, false, 1 },
		{ "overlong slash, three",    "\xe0\x80\xaf", 3, false, 0 },
		{ "overlong, three, last",    "\xe0\x9f\xbf", 3, false, 0 },
		{ "overlong, four, last",     "\xf0\x8f\xbf\xbf", 4, false, 0 },
		{ "first surrogate",          "\xed\xa0\x80", 3, false, 0 },
		{ "last surrogate",           "\xed\xbf\xbf", 3, false, 0 },
		{ "continuation alone",       "ab\x80", 3, false, 2 },
		{ "cut after lead",           "ab\xe5", 3, false, 2 },
		{ "cut before the last",      "\xe5\x91", 2, false, 0 },
		{ "lead then ASCII",          "\xe5" "a", 2, false, 0 },
		{ "five-byte form",           "\xf8\x88\x80\x80\x80", 5, false, 0 },
		{ "FE",                       "\xfe", 1, false, 0 },
		{ "FF",                       "\xff", 1, false, 0 },
		{ "GB18030 of zhou",          "\xd6\xdc", 2, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		/* A copy of exactly that size, so that a sanitizer sees a step too far. */
		char *s = malloc(rows[i].n > 0 ? rows[i].n : 1);
		size_t bad = 99;

		memcpy(s, rows[i].bytes, rows[i].n);
		if (utf8_valid(s, rows[i].n, &bad) != rows[i].good || (!rows[i].good && bad != rows[i].bad))
			fail_msg("%s", rows[i].name);
		free(s);
	}
}

static void utf8_goes_round(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		buf_reset(&b);
		utf8_put(&b, cp);
		const char *p = b.s;

		assert_int_equal(utf8_next(&p, b.s + b.len), cp);
		assert_ptr_equal(p, b.s + b.len);
	}
	buf_free(&b);
	assert_int_equal(utf8_count(span_of("a\xe5\x91\xa8\xff" "b")), 4);
	assert_int_equal(utf8_count(span_of(NULL)), 0);
}

/* ---- spans ---- */

static void spans_compare(void **state)
{
	(void)state;
	assert_true(span_is(span_of("week"), "week"));
	assert_false(span_is(span_of("week"), "wee"));
	assert_false(span_is(span_of("wee"), "week"));
	assert_true(span_is(span_of(NULL), ""));
	assert_true(span_starts(span_of("week"), "we"));
	assert_true(span_starts(span_of("week"), ""));
	assert_false(span_starts(span_of("w"), "we"));
	assert_true(span_ends(span_of("a.csv"), ".csv"));
	assert_false(span_ends(span_of("csv"), ".csv"));
	assert_false(span_ends(span_of(NULL), "x"));
}

struct folding {
	const char *name, *in, *want;
};

static void each(const struct folding *rows, size_t n, void (*fold)(struct buf *, struct span))
{
	for (size_t i = 0; i < n; i++) {
		struct buf b = { 0 };

		buf_str(&b, " |");      /* what is there already stays */
		fold(&b, span_of(rows[i].in));
		if (strncmp(b.s, " |", 2) != 0 || strcmp(b.s + 2, rows[i].want) != 0)
			fail_msg("%s: got \"%s\", wanted \"%s\"", rows[i].name, b.s + 2, rows[i].want);
		buf_free(&b);
	}
}

static void trim(struct buf *out, struct span in)
{
	struct span t = span_trim(in);

	buf_add(out, t.s, t.n);
}

static void trims(void **state)
{
	static const struct folding rows[] = {
		{ "nothing",           "", "" },
		{ "only white",        " \t\r\n\v\f", "" },
		{ "ASCII",             "  a b ", "a b" },
		{ "NBSP",              "\xc2\xa0" "a" "\xc2\xa0", "a" },
		{ "ideographic space", "\xe3\x80\x80" "a" "\xe3\x80\x80", "a" },
		{ "en quad to ZWJ",    "\xe2\x80\x80" "a" "\xe2\x80\x8d", "a" },
		{ "BOM",               "\xef\xbb\xbf" "a", "a" },
		{ "left-to-right mark stays", "\xe2\x80\x8e" "a", "\xe2\x80\x8e" "a" },
		{ "bad bytes stay",    " \x80 ", "\x80" },
		{ "lone lead at the end", "a \xe3", "a \xe3" },
		{ "continuations at the end", "a\x80\x80\x80\x80\x80", "a\x80\x80\x80\x80\x80" },
		{ "all kinds, mixed",  "\xef\xbb\xbf \xe3\x80\x80 x \xc2\xa0\xe2\x80\x8b", "x" },
	};

	(void)state;
	each(rows, COUNT(rows), trim);
	assert_int_equal(span_trim(span_of(NULL)).n, 0);
}

static void folds(void **state)
{
	static const struct folding rows[] = {
		{ "nothing",             "", "" },
		{ "plain",               "320412-2022-0001", "320412-2022-0001" },
		{ "full-width number",   "３５．２％", "35.2%" },
		{ "full-width letters",  "ＡＢｃ！～", "ABc!~" },
		{ "full-width comma",    "１，２３４", "1,234" },
		{ "ideographic space",   "　a　b　", "a b" },
		{ "NBSP inside",         "1\xc2\xa0" "2", "1 2" },
		{ "minus signs",         "−1 －2 ‐3 ‑4 ‒5 –6 —7 ―8", "-1 -2 -3 -4 -5 -6 -7 -8" },
		{ "zero-width dropped",  "3\xe2\x80\x8b" "2\xe2\x80\x8c" "0\xe2\x80\x8d" "4\xef\xbb\xbf" "1", "32041" },
		{ "bidi mark of a file dialog", "\xe2\x80\xaa" "D:\\a.csv", "D:\\a.csv" },
		{ "white after a dropped one", "a \xe2\x80\xac", "a" },
		{ "Chinese stays",       " 在建（一期） ", "在建(一期)" },
		{ "bad bytes stay",      "1\xff２", "1\xff" "2" },
	};

	(void)state;
	each(rows, COUNT(rows), text_fold);
}

static void squashes(void **state)
{
	static const struct folding rows[] = {
		{ "brackets",     "（a）〔b〕［c］【d】[e](f)", "(A)(B)(C)(D)(E)(F)" },
		{ "white inside", " 累 计\t完成\n投　资\xc2\xa0", "累计完成投资" },
		{ "upper case",   "Mes系统ｍｅｓ", "MES系统MES" },
		{ "zero-width",   "a\xe2\x80\x8b" "b", "AB" },
		{ "line separator", "a\xe2\x80\xa8" "b", "AB" },
		{ "other letters are not cased", "\xc3\xa9", "\xc3\xa9" },
	};

	(void)state;
	each(rows, COUNT(rows), text_squash);
}

static void nfcs(void **state)
{
	static const struct folding rows[] = {
		{ "nothing",              "", "" },
		{ "Chinese",              "示例精密一厂，ＡＢ", "示例精密一厂，ＡＢ" },
		{ "accent joined",        "Cafe\xcc\x81", "Caf\xc3\xa9" },
		{ "marks put in order",   "q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87" },
		{ "Hangul joined",        "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", "\xea\xb0\x81" },
		{ "kana with voice mark", "\xe3\x81\x8b\xe3\x82\x99", "\xe3\x81\x8c" },
		{ "compatibility ideograph of 樂", "\xef\xa4\x94", "\xe6\xa8\x82" },
		{ "supplementary compatibility ideograph", "\xf0\xaf\xa0\x81", "\xe4\xb8\xb8" },
		{ "Kelvin and Angstrom",  "\xe2\x84\xaa\xe2\x84\xab", "K\xc3\x85" },
		{ "ligature stays (no NFKC)", "\xef\xac\x81", "\xef\xac\x81" },
		{ "rare supplementary",   "\xf0\xac\xad\x9a", "\xf0\xac\xad\x9a" },
		{ "bad bytes stay as they are", "e\xcc\x81\xff", "e\xcc\x81\xff" },
	};

	(void)state;
	each(rows, COUNT(rows), text_nfc);
}

/*
 * The short way of text_nfc against libutf8proc: every code point, alone and after each of
 * a few that something might join.
 */
static void nfc_agrees(void **state)
{
	static const uint32_t before[] = { 'a', 0x304b, 0x1100, 0xac00, 0x9c7 };
	struct buf in = { 0 }, got = { 0 };

	(void)state;
	for (uint32_t cp = 1; cp <= 0x10ffff; cp++) {
		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		buf_reset(&in);
		utf8_put(&in, before[cp % COUNT(before)]);
		utf8_put(&in, cp);
		utf8proc_uint8_t *want = utf8proc_NFC((const utf8proc_uint8_t *)in.s);

		buf_reset(&got);
		text_nfc(&got, (struct span){ in.s, in.len });
		if (strcmp(got.s, (const char *)want) != 0)
			fail_msg("U+%04X", (unsigned)cp);
		free(want);
	}
	buf_free(&in);
	buf_free(&got);
}

static void escapes(void **state)
{
	static const struct folding rows[] = {
		{ "plain",          "progress.csv 第12行", "progress.csv 第12行" },
		{ "controls",       "a\tb\nc\033[31m\x7f", "a\\x09b\\x0ac\\x1b[31m\\x7f" },
		{ "C1",             "\xc2\x85\xc2\x9b", "\\u{0085}\\u{009B}" },
		{ "bidi override",  "a\xe2\x80\xae" "vsc.exe", "a\\u{202E}vsc.exe" },
		{ "isolates",       "\xe2\x81\xa6x\xe2\x81\xa9", "\\u{2066}x\\u{2069}" },
		{ "zero width",     "a\xe2\x80\x8b\xef\xbb\xbf", "a\\u{200B}\\u{FEFF}" },
		{ "tag characters", "\xf3\xa0\x81\x81", "\\u{E0041}" },
		{ "bad bytes",      "\xd6\xdc\xff", "\\xd6\\xdc\\xff" },
		{ "emoji stays",    "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	};
	struct buf b = { 0 };

	(void)state;
	each(rows, COUNT(rows), text_escape);
	text_escape(&b, (struct span){ "a\0b", 3 });
	assert_string_equal(b.s, "a\\x00b");
	buf_free(&b);
}

static void widths(void **state)
{
	(void)state;
	assert_int_equal(text_width(span_of("")), 0);
	assert_int_equal(text_width(span_of("abc")), 3);
	assert_int_equal(text_width(span_of("周报A")), 5);
	assert_int_equal(text_width(span_of("ＡＢ（）")), 8);
	assert_int_equal(text_width(span_of("e\xcc\x81")), 1);
	assert_int_equal(text_width(span_of("\xf0\xac\xad\x9a")), 2);
	assert_int_equal(text_width(span_of("\xff" "a")), 2);
}

/* ---- decimals ---- */

static void decimals_parse(void **state)
{
	static const struct { const char *in; int rc; int64_t digits; int scale; } rows[] = {
		{ "0", 0, 0, 0 }, { "-0", 0, 0, 0 }, { "+7", 0, 7, 0 }, { "007", 0, 7, 0 },
		{ "1234.50", 0, 123450, 2 }, { "-1,234.50", 0, -123450, 2 },
		{ "1,234", 0, 1234, 0 }, { "12,345", 0, 12345, 0 }, { "123,456,789", 0, 123456789, 0 },
		{ "0.1", 0, 1, 1 }, { "0.000000000000000001", 0, 1, 18 }, { "1.50000", 0, 150000, 5 },
		{ "999999999999999999", 0, 999999999999999999, 0 },
		{ "-999,999,999,999,999,999", 0, -999999999999999999, 0 },
		{ "000000000000000000000012", 0, 12, 0 },
		{ "0.123456789012345678", 0, 123456789012345678, 18 },
		/* one past the limit */
		{ "1000000000000000000", -1, 0, 0 }, { "0.0000000000000000001", -1, 0, 0 }, { "1.000000000000000000", -1, 0, 0 },
		/* commas where they do not belong */
		{ "1,23", -1, 0, 0 }, { "1,2345", -1, 0, 0 }, { "1234,567", -1, 0, 0 }, { ",123", -1, 0, 0 }, { "1,,234", -1, 0, 0 },
		{ "1,234,", -1, 0, 0 }, { "1,234,56", -1, 0, 0 }, { "1.234,5", -1, 0, 0 }, { "0,123", -1, 0, 0 }, { "1,", -1, 0, 0 },
		{ "1,234.5,6", -1, 0, 0 }, { "12,34,567", -1, 0, 0 },
		/* not numbers here */
		{ "", -1, 0, 0 }, { "-", -1, 0, 0 }, { "+", -1, 0, 0 }, { ".", -1, 0, 0 }, { ".5", -1, 0, 0 }, { "5.", -1, 0, 0 },
		{ "--5", -1, 0, 0 }, { "+-5", -1, 0, 0 }, { "5-", -1, 0, 0 }, { "1 234", -1, 0, 0 }, { " 1", -1, 0, 0 }, { "1 ", -1, 0, 0 },
		{ "1e3", -1, 0, 0 }, { "0x10", -1, 0, 0 }, { "nan", -1, 0, 0 }, { "inf", -1, 0, 0 }, { "3000万", -1, 0, 0 },
		{ "１", -1, 0, 0 }, { "35.2%", -1, 0, 0 }, { "1.2.3", -1, 0, 0 }, { "(5)", -1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct decimal d = { 77, 7 };
		int rc = decimal_parse(span_of(rows[i].in), &d);

		if (rc != rows[i].rc || (rc == 0 ? d.digits != rows[i].digits || d.scale != rows[i].scale :
		    d.digits != 77 || d.scale != 7))
			fail_msg("\"%s\": %d, %lld / 10^%d", rows[i].in, rc, (long long)d.digits, d.scale);
	}
	assert_int_equal(decimal_parse((struct span){ "1\0" "2", 3 }, &(struct decimal){ 0, 0 }), -1);
}

static struct decimal decimal(const char *s)
{
	struct decimal d;

	assert_int_equal(decimal_parse(span_of(s), &d), 0);
	return d;
}

static void decimals_scale(void **state)
{
	static const struct { const char *in; int64_t factor; int rc; int64_t want; bool rounded; } rows[] = {
		{ "120.5", 10000, 0, 1205000, false },
		{ "-120.5", 10000, 0, -1205000, false },
		{ "0.00004", 10000, 0, 0, true },
		{ "0.00005", 10000, 0, 1, true },
		{ "-0.00005", 10000, 0, -1, true },
		{ "0.00014999", 10000, 0, 1, true },
		{ "2.5", 1, 0, 3, true }, { "-2.5", 1, 0, -3, true }, { "3.5", 1, 0, 4, true }, { "2.4", 1, 0, 2, true },
		{ "12.340", 100, 0, 1234, false },
		{ "92233720368547758.0", 100, 0, 9223372036854775800, false },
		{ "-92233720368547758.0", 100, 0, -9223372036854775800, false },
		{ "92233720368547758.1", 100, -1, 0, false },
		{ "-92233720368547758.1", 100, -1, 0, false },
		{ "0.000000000000000001", INT64_MAX, 0, 9, true },
		{ "999999999999999999", 100000000, -1, 0, false },
		{ "999999999999999999", INT64_MAX, -1, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t v = 7;
		bool rounded = false;
		int rc = decimal_scale(decimal(rows[i].in), rows[i].factor, &v, &rounded);

		if (rc != rows[i].rc || (rc == 0 ? v != rows[i].want || rounded != rows[i].rounded : v != 7))
			fail_msg("%s x %lld: %d, %lld", rows[i].in, (long long)rows[i].factor, rc, (long long)v);
	}
}

/* The nearest double, as strtod in the C locale finds it. */
static void decimals_become_real(void **state)
{
	static const char *const rows[] = {
		"0", "35.2", "-35.2", "0.1", "0.352", "100", "9007199254740993", "9007199254740992", "999999999999999999",
		"0.123456789012345678", "123456789.123456789", "9007199254.740993", "0.000000000000000001", "-99999999.9999999999",
		"0.900719925474099351", "90071992547409935.1", "18014398509481985.5",
	};
	uint64_t dice = 88172645463325252u;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(decimal_real(decimal(rows[i])) == strtod(rows[i], NULL));
	for (int i = 0; i < 20000; i++) {
		char s[64];

		dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
		struct decimal d = { (int64_t)(dice % 1000000000000000000u), (int)(dice >> 59) % 19 };

		(void)snprintf(s, sizeof s, "%llde-%d", (long long)d.digits, d.scale);
		if (decimal_real(d) != strtod(s, NULL))
			fail_msg("%s", s);
	}
}

static void decimals_compare(void **state)
{
	static const struct { const char *a, *b; int want; } rows[] = {
		{ "1", "1.000", 0 }, { "1.1", "1.09", 1 }, { "-1.1", "-1.09", -1 }, { "0", "-0.0", 0 }, { "2", "10", -1 },
		{ "999999999999999999", "0.999999999999999999", 1 }, { "-999999999999999999", "0.999999999999999999", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int c = decimal_cmp(decimal(rows[i].a), decimal(rows[i].b));
		int back = decimal_cmp(decimal(rows[i].b), decimal(rows[i].a));

		assert_int_equal((c > 0) - (c < 0), rows[i].want);
		assert_int_equal((back > 0) - (back < 0), -rows[i].want);
	}
}

static void decimals_show(void **state)
{
	static const struct { int64_t v, factor; const char *want; } rows[] = {
		{ 12345600, 10000, "1234.56" }, { 0, 10000, "0" }, { 10000, 10000, "1" }, { 1, 10000, "0.0001" },
		{ -1, 10000, "-0.0001" }, { -12345600, 10000, "-1234.56" }, { 1205000, 10000, "120.5" }, { 42, 1, "42" },
		{ 100000001, 100000000, "1.00000001" }, { INT64_MAX, 1, "9223372036854775807" },
		{ INT64_MIN, 10, "-922337203685477580.8" }, { 100, 10, "10" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = { 0 };

		decimal_show(&b, rows[i].v, rows[i].factor);
		assert_string_equal(b.s, rows[i].want);
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(utf8_goes_round),
		cmocka_unit_test(spans_compare),
		cmocka_unit_test(trims),
		cmocka_unit_test(folds),
		cmocka_unit_test(squashes),
		cmocka_unit_test(nfcs),
		cmocka_unit_test(nfc_agrees),
		cmocka_unit_test(escapes),
		cmocka_unit_test(widths),
		cmocka_unit_test(decimals_parse),
		cmocka_unit_test(decimals_scale),
		cmocka_unit_test(decimals_become_real),
		cmocka_unit_test(decimals_compare),
		cmocka_unit_test(decimals_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
