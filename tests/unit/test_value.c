/* uses: collector */
/* test_value - one cell of every type: what is taken, what is asked about, and the value to put. */
#include "reading_fixture.h"

struct row {
	const char *field, *cell;
	const char *value;              /* as show() prints it; NULL: an error */
	const char *rule;               /* of the one finding; NULL: none */
	const char *suggest;            /* NULL: none */
};

static const struct row rows[] = {
	/* what stands for nothing */
	{ "week_done", "", "null", NULL, NULL }, { "week_done", " \xe3\x80\x80\xc2\xa0", "null", NULL, NULL },
	{ "week_done", "/", "null", NULL, NULL }, { "week_done", "—", "null", NULL, NULL },
	{ "week_done", "——", "null", NULL, NULL }, { "week_done", "无", "null", NULL, NULL },
	{ "week_done", "待定", "null", NULL, NULL }, { "stage", "无", "null", NULL, NULL },
	{ "lamp", "无", "无", NULL, NULL }, { "lamp", "—", "null", NULL, NULL }, { "week_done", "\xef\xbb\xbf", "null", NULL, NULL },
	/* money: 万元 to yuan */
	{ "week_done", "0", "0", NULL, NULL }, { "week_done", "120.5", "1205000", NULL, NULL },
	{ "week_done", "1,234,567.89", "12345678900", NULL, NULL }, { "week_done", "１２，３４５．６", "123456000", NULL, NULL },
	{ "week_done", " 3000 ", "30000000", NULL, NULL }, { "week_done", "+5", "50000", NULL, NULL },
	{ "adjust", "-12.5", "-125000", NULL, NULL }, { "adjust", "－１２．５", "-125000", NULL, NULL },
	{ "adjust", "−3", "-30000", NULL, NULL },
	{ "week_done", "1.23455", "12346", "V16", NULL }, { "adjust", "-1.23455", "-12346", "V16", NULL },
	{ "week_done", "1.2345", "12345", NULL, NULL },
	{ "week_done", "-1", NULL, "V17", NULL }, { "cum_done", "1000000", "10000000000", NULL, NULL },
	{ "cum_done", "1000000.01", NULL, "V16", NULL },
	{ "week_done", "3000万", NULL, "V18", "3000" }, { "week_done", "3000万元", NULL, "V18", "3000" },
	{ "week_done", "1.2亿", NULL, "V18", "12000" }, { "week_done", "5000元", NULL, "V18", "0.5" },
	{ "week_done", "约3000", NULL, "V16", "3000" }, { "week_done", "约3000万", NULL, "V16", "3000" },
	{ "week_done", "3000左右", NULL, "V16", "3000" }, { "week_done", "3000余", NULL, "V16", "3000" },
	{ "week_done", "3000（预计）", NULL, "V16", "3000" }, { "week_done", "3000(已付)", NULL, "V16", "3000" },
	{ "week_done", "￥3000", NULL, "V16", "3000" }, { "week_done", "3000美元", NULL, "V16", "3000" },
	{ "week_done", "1亿2000万", NULL, "V16", NULL }, { "week_done", "三千", NULL, "V16", NULL },
	{ "week_done", "1.5.2", NULL, "V16", NULL }, { "week_done", "0x10", NULL, "V16", NULL },
	{ "week_done", "NaN", NULL, "V16", NULL }, { "week_done", "Inf", NULL, "V16", NULL },
	{ "week_done", "1e999", NULL, "V16", NULL }, { "week_done", "1.2E+05", NULL, "V16", NULL },
	{ "week_done", "1,23", NULL, "V16", NULL }, { "week_done", "1 234", NULL, "V16", NULL },
	{ "week_done", "100000000", "1000000000000", NULL, NULL }, { "week_done", "100000000.0001", NULL, "V16", NULL },
	{ "adjust", "-100000000", "-1000000000000", NULL, NULL }, { "adjust", "-100000000.0001", NULL, "V16", NULL },
	{ "week_done", "99999999999999999999", NULL, "V16", NULL }, { "week_done", "922337203685478", NULL, "V16", NULL },
	{ "ytd_done", "100000000", "1000000000000", NULL, NULL }, { "ytd_done", "100000000.0001", NULL, "V16", NULL },
	{ "ytd_done", "-100000000", "-1000000000000", NULL, NULL }, { "ytd_done", "320400000012345", NULL, "V16", NULL }, { "adjust", "-320412202200010001", NULL, "V16", NULL },
	{ "orders", "1000000000000", "1000000000000", NULL, NULL }, { "orders", "1000000000001", NULL, "V16", NULL },
	{ "week_done", "1\x01", NULL, "V37", NULL }, { "week_done", "2\u202e5", NULL, "V37", NULL },
	{ "week_done", "2\u200b5", "250000", NULL, NULL }, { "cum_done", "9223372036854775808", NULL, "V16", NULL }, { "week_done", "=1+2", NULL, "V16", NULL },
	/* a slip of the hand: the value to put where there is one reading, none where there are two */
	{ "week_done", "23 .0", NULL, "V16", "23.0" }, { "week_done", "23. 0", NULL, "V16", "23.0" }, { "adjust", "- 5", NULL, "V16", "-5" },
	{ "week_done", "- 5", NULL, "V16", NULL }, { "week_done", "12 5", NULL, "V16", NULL }, { "week_done", "12 5万", NULL, "V16", NULL },
	{ "week_done", "1 234.5", NULL, "V16", "1234.5" }, { "week_done", "1, 234", NULL, "V16", "1,234" },
	{ "week_done", "34。5", NULL, "V16", "34.5" }, { "week_done", "34·5", NULL, "V16", "34.5" }, { "week_done", "３４。５", NULL, "V16", "34.5" },
	{ "week_done", "34、5", NULL, "V16", NULL }, { "week_done", "34..5", NULL, "V16", "34.5" }, { "week_done", "1.2。5", NULL, "V16", NULL },
	{ "week_done", "34.", NULL, "V16", "34" }, { "week_done", "34,", NULL, "V16", "34" }, { "week_done", "34。", NULL, "V16", "34" },
	{ "week_done", ".5", NULL, "V16", "0.5" }, { "adjust", "-.5", NULL, "V16", "-0.5" }, { "week_done", "。5", NULL, "V16", "0.5" },
	{ "week_done", "46,0", NULL, "V16", "46.0" }, { "week_done", "46，5", NULL, "V16", "46.5" }, { "week_done", "46,00", NULL, "V16", NULL },
	{ "week_done", "12,34,567", NULL, "V16", NULL }, { "week_done", "1234,5", NULL, "V16", "1234.5" }, { "week_done", "1,234,5", NULL, "V16", NULL },
	{ "week_done", "1,2345", NULL, "V16", NULL }, { "week_done", "1234,567", NULL, "V16", NULL }, { "week_done", "46,0万元", NULL, "V18", "46" },
	{ "week_done", "0,5", NULL, "V16", "0.5" }, { "week_done", "0,25", NULL, "V16", "0.25" }, { "week_done", "约46,0", NULL, "V16", "46" },
	{ "week_done", "1O0", NULL, "V16", "100" }, { "week_done", "1〇", NULL, "V16", "10" }, { "week_done", "l2.5", NULL, "V16", "12.5" },
	{ "week_done", "O", NULL, "V16", NULL }, { "week_done", "1..", NULL, "V16", NULL }, { "week_done", ".", NULL, "V16", NULL },
	{ "cum_done", "2000000,5", NULL, "V16", NULL }, { "people", "12,5", NULL, "V16", NULL }, { "people", "1O", NULL, "V16", "10" },
	{ "share", "35,2%", NULL, "V16", "35.2" }, { "share", "35 .2 %", NULL, "V16", "35.2" }, { "share", "101,5", NULL, "V16", NULL },
	/* what a spreadsheet cannot reckon or show */
	{ "week_done", "#DIV/0!", NULL, "V16", NULL }, { "start", "########", NULL, "V16", NULL }, { "stage", "#REF!", NULL, "V16", NULL },
	{ "plan", "#1线体安装", "#1线体安装", NULL, NULL }, { "plan", "##", "##", NULL, NULL },
	{ "project_id", "320412 - 2022 - 0002", NULL, "V16", "320412-2022-0002" }, { "project_id", "320412 2022", NULL, "V16", NULL },
	/* integer, percent */
	{ "people", "12", "12", NULL, NULL }, { "people", "12.0", "12", NULL, NULL }, { "people", "1,200", "1200", NULL, NULL },
	{ "people", "12.5", NULL, "V16", NULL }, { "people", "0", NULL, "V16", NULL }, { "people", "10000", NULL, "V16", NULL },
	{ "people", "9999", "9999", NULL, NULL }, { "people", "12人", NULL, "V16", "12" },
	{ "share", "35.2", "35.2", NULL, NULL }, { "share", "35.2%", "35.2", NULL, NULL }, { "share", "３５．２％", "35.2", NULL, NULL },
	{ "share", "35.2 %", "35.2", NULL, NULL }, { "share", "0.352", "0.352", NULL, NULL }, { "share", "100.1", NULL, "V16", NULL },
	{ "week_done", "50%", NULL, "V16", NULL }, { "week_done", "５０％", NULL, "V16", NULL }, { "people", "50%", NULL, "V16", NULL },
	{ "share", "%", NULL, "V16", NULL }, { "share", "35%左右", NULL, "V16", "35" },
	/* dates */
	{ "start", "2022-04-01", "2022-04-01", NULL, NULL }, { "start", "2022-4-1", "2022-04-01", NULL, NULL },
	{ "start", "2022/4/1", "2022-04-01", NULL, NULL }, { "start", "2022.4.1", "2022-04-01", NULL, NULL },
	{ "start", "20220401", "2022-04-01", NULL, NULL }, { "start", "2022年4月1日", "2022-04-01", NULL, NULL },
	{ "start", "2022 年 4 月 1 日", "2022-04-01", NULL, NULL }, { "start", "2022年4月1号", "2022-04-01", NULL, NULL },
	{ "start", "２０２２／４／１", "2022-04-01", NULL, NULL }, { "start", "2022/4/1 0:00:00", "2022-04-01", NULL, NULL },
	{ "start", "2022-01-05 08:30", "2022-01-05", "V27", NULL }, { "start", "2022/1/5 8:30:59", "2022-01-05", "V27", NULL },
	{ "start", "2022-01-05T08:30:00", "2022-01-05", "V27", NULL }, { "start", "2022-01-05 上午", NULL, "V27", NULL },
	{ "start", "2022-01-05 8:3O", NULL, "V27", NULL }, { "start", "2022-01-05 0:00", "2022-01-05", NULL, NULL },
	{ "start", "'2022-04-01", "2022-04-01", "V16", NULL }, { "people", "'12", "12", "V16", NULL },
	{ "start", "44652", "2022-04-01", "V27", NULL }, { "start", "36526", "2000-01-01", "V27", NULL },
	{ "start", "54788", "2049-12-31", "V27", NULL }, { "start", "36525", NULL, "V27", NULL }, { "start", "54789", NULL, "V27", NULL },
	{ "start", "2022-02-30", NULL, "V27", NULL }, { "start", "20220230", NULL, "V27", NULL }, { "start", "2024-02-29", "2024-02-29", NULL, NULL },
	{ "start", "1900-01-01", NULL, "V27", NULL }, { "start", "22.4.1", NULL, "V27", "2022-04-01" }, { "start", "22.4", NULL, "V27", NULL },
	{ "start", "2022.4", NULL, "V27", NULL }, { "start", "2022年4月", NULL, "V27", NULL }, { "start", "4月1日", NULL, "V27", NULL },
	{ "start", "2022年上半年", NULL, "V27", NULL }, { "start", "2022-4/1", NULL, "V27", NULL }, { "start", "1/4/2022", NULL, "V27", NULL },
	{ "start", "2022-04-01 13:30", "2022-04-01", "V27", NULL }, { "start", "2022", NULL, "V27", NULL },
	/* a period without a day: its last day is named where the date is planned, none where it is a fact */
	{ "ready", "2022-04", NULL, "V27", "2022-04-30" }, { "ready", "2022.4", NULL, "V27", "2022-04-30" }, { "ready", "2022/12", NULL, "V27", "2022-12-31" },
	{ "ready", "2022年4月", NULL, "V27", "2022-04-30" }, { "ready", "2022年2月份", NULL, "V27", "2022-02-28" }, { "ready", "2024年2月底", NULL, "V27", "2024-02-29" },
	{ "ready", "2022年4月底前", NULL, "V27", "2022-04-30" }, { "ready", "2022.6月底", NULL, "V27", "2022-06-30" }, { "ready", "22年4月", NULL, "V27", "2022-04-30" },
	{ "ready", "2022年5月上旬", NULL, "V27", "2022-05-10" }, { "ready", "2022年5月中旬", NULL, "V27", "2022-05-20" }, { "ready", "2022年5月下旬", NULL, "V27", "2022-05-31" },
	{ "ready", "2022年二季度", NULL, "V27", "2022-06-30" }, { "ready", "2022年第3季度", NULL, "V27", "2022-09-30" }, { "ready", "2022年上半年", NULL, "V27", "2022-06-30" },
	{ "ready", "2022年底", NULL, "V27", "2022-12-31" }, { "ready", "2022 年 底", NULL, "V27", "2022-12-31" }, { "ready", "2022年", NULL, "V27", "2022-12-31" }, { "ready", "2022", NULL, "V27", "2022-12-31" },
	{ "ready", "2022.1", NULL, "V27", NULL }, { "ready", "2022-1", NULL, "V27", "2022-01-31" }, { "ready", "22.4", NULL, "V27", NULL }, { "ready", "4月底", NULL, "V27", NULL },
	{ "ready", "4月", NULL, "V27", NULL }, { "ready", "2022-13", NULL, "V27", NULL }, { "ready", "2022年4月初", NULL, "V27", NULL }, { "ready", "2022年4月前", NULL, "V27", NULL },
	{ "ready", "1922年4月", NULL, "V27", NULL }, { "ready", "22", NULL, "V27", NULL }, { "ready", "2022年5月底或6月", NULL, "V27", NULL },
	{ "start", "2022年4月底", NULL, "V27", NULL }, { "start", "2022年二季度", NULL, "V27", NULL },
	{ "month", "2022-04", "2022-04", NULL, NULL }, { "month", "2022/4", "2022-04", NULL, NULL }, { "month", "202204", "2022-04", NULL, NULL },
	{ "month", "2022年4月", "2022-04", NULL, NULL }, { "month", "2022年12月份", "2022-12", NULL, NULL }, { "month", "2022.4", "2022-04", NULL, NULL },
	{ "month", "2022.1", NULL, "V27", NULL }, { "month", "2022-13", NULL, "V27", NULL }, { "month", "2022-04-15", "2022-04", "V27", NULL },
	{ "month", "4月", NULL, "V27", NULL },
	{ "week", "2022-W17", "2022-W17", NULL, NULL }, { "week", "2022W7", "2022-W07", NULL, NULL }, { "week", "2022年第17周", "2022-W17", NULL, NULL },
	{ "week", "2022-W53", NULL, "V27", NULL }, { "week", "17", NULL, "V27", NULL },
	/* codes and lists */
	{ "project_id", "320412-2022-0001", "320412-2022-0001", NULL, NULL }, { "project_id", "３２０４１２－２０２２－０００１", "320412-2022-0001", NULL, NULL },
	{ "project_id", "czjkq-2022-0001", NULL, "V16", "CZJKQ-2022-0001" }, { "project_id", "9.13E+17", NULL, "V16", NULL },
	{ "project_id", "320412-2022-1", NULL, "V16", NULL },
	{ "lamp", "绿", "绿", NULL, NULL }, { "lamp", " 绿 ", "绿", NULL, NULL }, { "lamp", "绿灯", NULL, "V16", "绿" }, { "lamp", "蓝", NULL, "V16", NULL },
	{ "counted", "是", "1", NULL, NULL }, { "counted", "否", "0", NULL, NULL }, { "counted", "√", "1", NULL, NULL }, { "counted", "ｙ", "1", NULL, NULL },
	{ "counted", "大概", NULL, "V16", NULL },
	{ "phone", "0519-00000000", "0519-00000000", NULL, NULL }, { "phone", "（0519）00000000转8001", "(0519)00000000转8001", NULL, NULL },
	{ "phone", "1.39E+10", NULL, "V16", NULL }, { "phone", "123", NULL, "V16", NULL }, { "phone", "测试员甲", NULL, "V16", NULL },
	/* credit codes */
	{ "uscc", "91350100M000100Y43", "91350100M000100Y43", NULL, NULL }, { "uscc", "91350100m000100y43", "91350100M000100Y43", NULL, NULL },
	{ "uscc", "91350100 M000100Y43", "91350100M000100Y43", NULL, NULL }, { "uscc", "９１３５０１００Ｍ０００１００Ｙ４３", "91350100M000100Y43", NULL, NULL },
	{ "uscc", "9I350I00M000I00Y43", NULL, "V12", "91350100M000100Y43" }, { "uscc", "91350100MOOO1OOY43", NULL, "V12", "91350100M000100Y43" },
	{ "uscc", "91350100V000100Y43", NULL, "V12", NULL }, { "uscc", "91350100M000100Y44", NULL, "V12", NULL },
	{ "uscc", "91350100M000100Y4", NULL, "V12", NULL }, { "uscc", "9.135E+17", NULL, "V12", NULL },
	/* towns, seen from 320412 */
	{ "town", "示例甲镇", "320412100", NULL, NULL }, { "town", "320412100", "320412100", NULL, NULL }, { "town", "老甲镇", "320412100", NULL, NULL },
	{ "town", "示例 甲镇", "320412100", NULL, NULL }, { "town", "经开区", "320412400", NULL, NULL },
	{ "town", "示例丙镇", NULL, "V15", NULL }, { "town", "320412105", NULL, "V15", NULL }, { "town", "示例寅镇", "示例寅镇", "V15", NULL },
	{ "town", "示例乙", "示例乙", "V15", "示例乙街道" },
	/* text */
	{ "uscc", "913501000000000000", NULL, "V12", NULL }, { "uscc", "110101199003070011", NULL, "V12", NULL },
	{ "project_id", "=\"320412-2022-0001\"", "320412-2022-0001", "V16", NULL }, { "uscc", "=\"91350100M000100Y43\"", "91350100M000100Y43", "V16", NULL },
	{ "plan", "电话110101199003070011止", "电话110101********0011止", "V38", NULL }, { "plan", "1101011990030700112", "1101011990030700112", NULL, NULL },
	{ "stage", "设备安装", "设备安装", NULL, NULL }, { "stage", " 设备（进口）安装 ", "设备（进口）安装", NULL, NULL },
	{ "stage", "一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九十", NULL, NULL },
	{ "stage", "一二三四五六七八九十一二三四五六七八九十一", NULL, "V37", NULL },
	{ "stage", "第一行\n第二行", "第一行 第二行", "V37", NULL }, { "plan", "第一行\r\n第二行", "第一行\n第二行", NULL, NULL },
	{ "plan", "e\xcc\x81", "\xc3\xa9", NULL, NULL }, { "plan", "a\tb", "a b", NULL, NULL },
	{ "plan", "a\x01" "b", NULL, "V37", NULL }, { "plan", "甲\xe2\x80\xae乙", NULL, "V37", NULL },
	{ "plan", "=SUM(A1)", "=SUM(A1)", "V37", NULL }, { "plan", "'=SUM(A1)", "=SUM(A1)", NULL, NULL }, { "plan", "-5", "-5", NULL, NULL },
	{ "plan", "'t Hooft", "'t Hooft", NULL, NULL },
};

static void show(struct buf *out, const struct value *v)
{
	switch (v->kind) {
	case VALUE_ABSENT:
		buf_str(out, "absent");
		break;
	case VALUE_NULL:
		buf_str(out, "null");
		break;
	case VALUE_INTEGER:
		buf_fmt(out, "%lld", (long long)v->i);
		break;
	case VALUE_REAL:
		buf_fmt(out, "%g", v->r);
		break;
	case VALUE_TEXT:
		buf_str(out, v->s);
		break;
	}
}

static const struct field *find_field(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_forms; i++)
		if (form_field(rs->forms[i], name) != NULL)
			return form_field(rs->forms[i], name);
	fail_msg("no field %s", name);
	return NULL;
}

static void one(const struct ruleset *rs, const struct row *row)
{
	const struct field *f = find_field(rs, row->field);
	struct column column = { .field = f, .reserved = -1, .header = f->title, .unit_yuan = f->unit_yuan,
	    .unit_word = f->unit };
	struct finding at = { .row = 7, .col = 3, .field = f->name };
	struct findings fs = { 0 };
	struct arena arena = { 0 };
	struct buf got = { 0 }, full = { 0 };
	struct value v;
	int rc = value_parse(rs, "320412", &column, span_of(row->cell), &at, &arena, &v, &fs);

	show(&got, &v);
	fixture_findings(&full, &fs);
	if (rc != (row->value != NULL ? 0 : -1) || (row->value != NULL &&
	    strcmp(buf_cstr(&got), row->value) != 0))
		fail_msg("%s %s: rc %d value %s; %s", row->field, row->cell, rc, buf_cstr(&got), buf_cstr(&full));
	if (fs.n != (row->rule != NULL) || (row->rule != NULL && strcmp(fs.v[0].rule, row->rule) != 0))
		fail_msg("%s %s: wanted rule %s; %s", row->field, row->cell, row->rule != NULL ? row->rule : "none", buf_cstr(&full));
	if (fs.n > 0) {
		const char *suggest = fs.v[0].suggest;

		assert_int_equal(fs.v[0].row, 7);
		if (row->suggest == NULL ? suggest != NULL : suggest == NULL ||
		    strcmp(suggest, row->suggest) != 0)
			fail_msg("%s %s: suggests %s; %s", row->field, row->cell, suggest != NULL ? suggest : "nothing", buf_cstr(&full));
		if (strstr(fs.v[0].message, "{value}") != NULL || strstr(fs.v[0].message, "{want}") != NULL)
			fail_msg("not filled in: %s", fs.v[0].message);
	}
	buf_free(&got);
	buf_free(&full);
	findings_free(&fs);
	arena_free(&arena);
}

static void test_rows(void **state)
{
	struct ruleset rs = fixture_rules();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		one(&rs, &rows[i]);
	fixture_end(&rs);
}

/* The unit of the column, not of the field, counts; limits stay the field's. */
static void test_units(void **state)
{
	static const struct { const char *cell; int64_t unit, want; int rc; } units[] = {
		{ "1.5", 100000000, 150000000, 0 }, { "1234567", 1, 1234567, 0 }, { "0.5", 1, 1, 0 }, { "0.4", 1, 0, 0 },
		{ "100", 100000000, 10000000000, 0 }, { "100.1", 100000000, 0, -1 },
	};
	struct ruleset rs = fixture_rules();
	const struct field *f = find_field(&rs, "cum_done");

	(void)state;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		struct column column = { .field = f, .header = f->title, .unit_yuan = units[i].unit, .unit_word = "x" };
		struct finding at = { 0 };
		struct findings fs = { 0 };
		struct arena arena = { 0 };
		struct value v;

		assert_int_equal(value_parse(&rs, "320412", &column, span_of(units[i].cell), &at, &arena, &v, &fs), units[i].rc);
		if (units[i].rc == 0)
			assert_int_equal(v.i, units[i].want);
		findings_free(&fs);
		arena_free(&arena);
	}
	fixture_end(&rs);
}

static void test_absent_and_default(void **state)
{
	struct ruleset rs = fixture_rules();
	const struct field *f = find_field(&rs, "frequency");
	struct column column = { .field = f, .header = f->title, .unit_yuan = 1 };
	struct finding at = { 0 };
	struct findings fs = { 0 };
	struct arena arena = { 0 };
	struct value v;

	(void)state;
	assert_int_equal(value_parse(&rs, "320412", &column, (struct span){ NULL, 0 }, &at, &arena, &v, &fs), 0);
	assert_int_equal(v.kind, VALUE_ABSENT);
	assert_int_equal(value_default(&rs, "320412", f, &arena, &v), 0);
	assert_int_equal(v.kind, VALUE_TEXT);
	assert_string_equal(v.s, "周");
	assert_int_equal(value_default(&rs, "320412", find_field(&rs, "start"), &arena, &v), 0);
	assert_int_equal(v.kind, VALUE_NULL);
	findings_free(&fs);
	arena_free(&arena);
	fixture_end(&rs);
}

/* The office may name any town; what is a stranger's for one is at home for another. */
static void test_towns_by_sender(void **state)
{
	static const struct { const char *unit, *cell; int rc; const char *want; } towns[] = {
		{ "320400", "示例丙镇", 0, "320412105" }, { "CZJKQ", "示例丙镇", 0, "320412105" },
		{ "320404", "经开区", 0, "320404400" }, { "320404", "示例甲镇", -1, NULL },
	};
	struct ruleset rs = fixture_rules();
	const struct field *f = find_field(&rs, "town");
	struct column column = { .field = f, .header = f->title, .unit_yuan = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof towns / sizeof *towns; i++) {
		struct finding at = { 0 };
		struct findings fs = { 0 };
		struct arena arena = { 0 };
		struct value v;

		assert_int_equal(value_parse(&rs, towns[i].unit, &column, span_of(towns[i].cell), &at, &arena,
		    &v, &fs), towns[i].rc);
		if (towns[i].rc == 0)
			assert_string_equal(v.s, towns[i].want);
		findings_free(&fs);
		arena_free(&arena);
	}
	fixture_end(&rs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_units),
		cmocka_unit_test(test_absent_and_default),
		cmocka_unit_test(test_towns_by_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
