/* uses: reporter */
/* Chinese text into lines: what may begin and end one, and what stays together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linebreak.h>

#include "../../reporter/reporter.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))
#define SIZE 10.0

/* Full-width characters are an em, ASCII half; U+2603 is in no font. */
static bool find(const void *from, enum type_role role, uint32_t cp, struct metric *out)
{
	(void)from;
	(void)role;
	out->face = 0;
	out->advance = cp < 0x80 ? 0.5 : 1.0;
	return cp != 0x2603;
}

static const struct metrics metrics = { NULL, find };
static char *const keep[] = { (char[]){ "万元" }, (char[]){ "个百分点" }, (char[]){ "智改数转" } };

/* The lines of TEXT at EMS characters, joined by '|'. */
static void broken(const char *text, double ems, enum break_mode mode, struct buf *out)
{
	struct measure_style style = { ROLE_BODY, ROLE_HEI, SIZE, 0 };
	struct cells c = { 0 };
	size_t *starts, n;

	cells_add(&c, &metrics, &style, text, false, 1);
	cells_finish(&c, keep, COUNT(keep));
	n = lines_break(&c, ems * SIZE, ems * SIZE, mode, &starts);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(out, '|');
		for (size_t k = starts[i]; k < starts[i + 1]; k++)
			utf8_put(out, c.v[k].cp);
	}
	free(starts);
	cells_free(&c);
}

static void where_lines_break(void **state)
{
	static const struct { const char *name, *text; double ems; const char *want; } table[] = {
		{ "fits", "项目进展", 4, "项目进展" },
		{ "full", "项目进展顺利平稳", 4, "项目进展|顺利平稳" },
		{ "a stop begins no line", "项目进展，顺利", 4, "项目进|展，顺利" },
		{ "its blank half may hang", "项目进展，顺利", 4.5, "项目进展，|顺利" },
		{ "an opening mark ends none", "项目进（展顺利平稳）", 4, "项目进|（展顺利|平稳）" },
		{ "closing marks share their space", "项目“进展”，顺利", 6, "项目“进展”，|顺利" },
		{ "a figure keeps its unit", "完成投资120万元整", 6, "完成投资|120万元整" },
		{ "a kept word stays whole", "市工业智改数转专班", 5, "市工业|智改数转|专班" },
		{ "a code stays whole", "编号320412-2022-0001", 10, "编号|320412-2022-0001" },
		{ "per cent stays with its figure", "完成率为35.2%左右", 5, "完成率为|35.2%左右" },
		{ "a dash begins no line", "四月二日—四月八日", 4, "四月二|日—四月|八日" },
		{ "a middle dot neither", "示例厂·二期项目", 3, "示例|厂·二|期项目" },
		{ "no last line of one character", "项目进展情况通报稿", 4, "项目进展|情况通|报稿" },
		{ "what is too long is divided all the same", "5f1dd5bd4b86d9f3", 4, "5f1dd5bd|4b86d9f3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct buf out = { 0 };

		broken(table[i].text, table[i].ems, BREAK_JUSTIFY, &out);
		if (strcmp(buf_cstr(&out), table[i].want) != 0)
			fail_msg("%s: %s, wanted %s", table[i].name, buf_cstr(&out), table[i].want);
		buf_free(&out);
	}
}

static void titles_are_balanced(void **state)
{
	struct buf out = { 0 };

	(void)state;
	broken("全市项目周调度情况通报（四月）", 10, BREAK_BALANCE, &out);
	assert_string_equal(buf_cstr(&out), "全市项目周调度|情况通报（四月）");
	buf_reset(&out);
	/* A remark in brackets takes a line of its own. */
	broken("全市项目周调度情况（四月第三周）", 11, BREAK_BALANCE, &out);
	assert_string_equal(buf_cstr(&out), "全市项目周调度情况|（四月第三周）");
	buf_free(&out);
}

static double width_of(const char *text)
{
	struct measure_style style = { ROLE_BODY, ROLE_HEI, SIZE, 0 };
	struct cells c = { 0 };
	double w;

	cells_add(&c, &metrics, &style, text, false, 1);
	cells_finish(&c, NULL, 0);
	w = line_width(&c, 0, c.n);
	cells_free(&c);
	return w;
}

static void gaps(void **state)
{
	(void)state;
	assert_true(width_of("共12个") == 2 * 10 + 2 * 5 + 2 * 2.5);   /* a quarter em on both sides of a figure */
	assert_true(width_of("”，") == 15);                            /* two marks share one blank */
	assert_true(width_of("）（") == 15);
	assert_true(width_of("，一") == 20);
	assert_true(width_of("") == 0);
}

static void a_missing_character_is_seen(void **state)
{
	struct measure_style style = { ROLE_BODY, ROLE_HEI, SIZE, 0 };
	struct cells c = { 0 };

	(void)state;
	cells_add(&c, &metrics, &style, "甲☃", false, 7);
	assert_int_equal(c.v[0].face, 0);
	assert_int_equal(c.v[1].face, -1);
	assert_int_equal(c.v[1].line, 7);
	cells_free(&c);
}

/* What linebreak.c takes for granted: libunibreak lets a line break at each pair of which one is Chinese. */
static void libunibreak_breaks_at_chinese(void **state)
{
	static const uint32_t others[] = { '0', '9', 'A', 'Z', 'a', 'z', 0x4e00, 0x9fa5, 0x3400, 0x20bb7 };
	static const struct { uint32_t from, to, step; } chinese[] = {
		{ 0x3400, 0x4db5, 1 }, { 0x4e00, 0x9fff, 1 }, { 0x20000, 0x2fffd, 17 },
	};
	size_t wrong = 0;

	(void)state;
	for (size_t r = 0; r < COUNT(chinese); r++)
		for (uint32_t cp = chinese[r].from; cp <= chinese[r].to; cp += chinese[r].step)
			for (size_t k = 0; k < COUNT(others); k++) {
				utf32_t s[] = { 'x', cp, others[k], cp, 'x' };
				char allowed[5];

				set_linebreaks_utf32(s, 5, "zh", allowed);
				for (int i = 0; i < 4; i++)
					wrong += allowed[i] != LINEBREAK_ALLOWBREAK;
			}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_lines_break),
		cmocka_unit_test(libunibreak_breaks_at_chinese),
		cmocka_unit_test(titles_are_balanced),
		cmocka_unit_test(gaps),
		cmocka_unit_test(a_missing_character_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
