/* uses: collector */
/* test_sheet - from cells to a form: header, units, weeks, totals, signatures. */
#include "reading_fixture.h"

#define HEAD "项目编号,本周完成投资,年初至报告期累计完成投资,开工至报告期累计完成投资"
#define ROW1 "320412-2022-0001,1,2,3"
#define ROW2 "320412-2022-0002,4,5,6"

struct row {
	const char *name, *file, *input;
	const char *paper;              /* as show() prints it; NULL: refused */
	const char *findings;           /* "RULE SEVERITY@ROW,COL" lines */
	const char *says;               /* part of a message, or NULL */
};

/* "FORM WEEK header N COLUMNS rows TOTALS signatures" */
static void show(struct buf *out, const struct paper *p)
{
	char week[9] = "-";

	if (p->has_week)
		week_format(p->week, week);
	for (size_t i = 0; i < p->n_sheets; i++) {
		const struct sheet *s = &p->sheets[i];

		buf_fmt(out, "%s %s h%u [", s->form->name, week, s->header_row);
		for (size_t k = 0; k < s->n_columns; k++) {
			const struct column *c = &s->columns[k];

			buf_fmt(out, "%s%s", k > 0 ? " " : "", c->field != NULL ? c->field->name : c->reserved >= 0 ? "res" : "?");
			if (c->field != NULL && c->unit_yuan != c->field->unit_yuan)
				buf_fmt(out, "*%lld", (long long)c->unit_yuan);
		}
		buf_str(out, "]");
		for (size_t k = 0; k < s->n_rows; k++)
			buf_fmt(out, " %u%s", s->rows[k].row, s->rows[k].held ? "!" : "");
		for (size_t k = 0; k < s->n_totals; k++)
			buf_fmt(out, " T%u(%zu-%zu)", s->totals[k].row, s->totals[k].from, s->totals[k].to);
	}
	if (p->prepared_by != NULL)
		buf_fmt(out, " p=%s", p->prepared_by);
	if (p->reviewed_by != NULL)
		buf_fmt(out, " r=%s", p->reviewed_by);
	if (p->phone != NULL)
		buf_fmt(out, " t=%s", p->phone);
}

#define PROBLEM "问题编号,问题事项,问题类别,责任单位,解决时限"
#define PROBLEMS "[problem_id title category resp_unit due]"
#define COLUMNS "[project_id week_done ytd_done cum_done]"
#define XML(body) "<submission xmlns=\"urn:zhoubao:submission:1\" unit=\"320412\" week=\"2022-W17\" prepared-by=\"测试员甲\">" body "</submission>"

static const struct row rows[] = {
	{ "plain", "项目进度周报.csv", HEAD "\n" ROW1 "\n" ROW2 "\n", "progress - h1 " COLUMNS " 2 3", "", NULL },
	{ "form by header", "a.csv", HEAD "\n" ROW1 "\n", "progress - h1 " COLUMNS " 2", "", NULL },
	{ "form by alias in the name", "320412 项目进度 2022-W17.csv", HEAD "\n" ROW1 "\n", "progress 2022-W17 h1 " COLUMNS " 2", "", NULL },
	{ "week without a stroke", "progress-2022W17.csv", HEAD "\n" ROW1 "\n", "progress 2022-W17 h1 " COLUMNS " 2", "", NULL },
	{ "week in words", "2022年第17周项目进度周报（报）.csv", HEAD "\n" ROW1 "\n", "progress 2022-W17 h1 " COLUMNS " 2", "", NULL },
	{ "week in words, one figure", "２０２２年第9周.csv", HEAD "\n" ROW1 "\n", "progress 2022-W09 h1 " COLUMNS " 2", "", NULL },
	{ "a date is no week", "20220428进度.csv", HEAD "\n" ROW1 "\n", "progress - h1 " COLUMNS " 2", "", NULL },
	{ "a week of a month is none", "2022年4月第3周.csv", HEAD "\n" ROW1 "\n", "progress - h1 " COLUMNS " 2", "", NULL },
	{ "no such week", "2022-W53.csv", HEAD "\n" ROW1 "\n", "progress - h1 " COLUMNS " 2", "V04 fatal@0,0\n", "2022-W53" },
	{ "two weeks", "2022-W16更正2022-W17.csv", HEAD "\n" ROW1 "\n", "progress 2022-W16 h1 " COLUMNS " 2", "V04 fatal@0,0\n", "2022-W17" },
	{ "title, unit line, aliases, seq, blank rows",
		"a.csv", "项目进度周报,,,,\n单位：万元,,,,\n\n序号,项目代码,本周完成投资,年初至报告期累计完成投资,开工至报告期累计完成投资\n"
		"1," ROW1 "\n,,,,\n2," ROW2 "\n3,,,,\n",
		"progress - h4 [res project_id week_done ytd_done cum_done] 5 7", "V03 note@4,2\nV03 note@1,0\n", "“项目代码”列按“项目编号”读取" },
	{ "unit line in another unit", "a.csv", "（单位：元）,,,\n" HEAD "\n" ROW1 "\n",
		"progress - h2 [project_id week_done*1 ytd_done*1 cum_done*1] 3", "V03 note@2,2\nV03 note@2,3\nV03 note@2,4\nV03 note@1,0\n", "按元读取" },
	{ "unit in the next cell, with spaces", "a.csv", ",单 位：,亿 元,\n" HEAD "\n" ROW1 "\n",
		"progress - h2 [project_id week_done*100000000 ytd_done*100000000 cum_done*100000000] 3",
		"V03 note@2,2\nV03 note@2,3\nV03 note@2,4\nV03 note@1,0\n", NULL },
	{ "the reporting unit is no unit of money", "a.csv", "填报单位：示例戊区工信局,,,\n" HEAD "\n" ROW1 "\n",
		"progress - h2 " COLUMNS " 3", "V03 note@1,0\n", NULL },
	{ "the currency before the unit", "a.csv", "单位：人民币元,,,\n" HEAD "\n" ROW1 "\n",
		"progress - h2 [project_id week_done*1 ytd_done*1 cum_done*1] 3", "V03 note@2,2\nV03 note@2,3\nV03 note@2,4\nV03 note@1,0\n", "按元读取" },
	{ "the currency around the unit", "a.csv", "金额：人民币（千元）,,,\n" HEAD "\n" ROW1 "\n",
		"progress - h2 [project_id week_done*1000 ytd_done*1000 cum_done*1000] 3", "V03 note@2,2\nV03 note@2,3\nV03 note@2,4\nV03 note@1,0\n", NULL },
	{ "one unit of money among others", "a.csv", "单位：个、元,,,\n" HEAD "\n" ROW1 "\n",
		"progress - h2 [project_id week_done*1 ytd_done*1 cum_done*1] 3", "V03 note@2,2\nV03 note@2,3\nV03 note@2,4\nV03 note@1,0\n", NULL },
	{ "the unit behind the sender's name", "a.csv", "填报单位：示例戊区工信局 单位：元,,,\n" HEAD "\n" ROW1 "\n",
		"progress - h2 [project_id week_done*1 ytd_done*1 cum_done*1] 3", "V03 note@2,2\nV03 note@2,3\nV03 note@2,4\nV03 note@1,0\n", NULL },
	{ "a unit line that says two", "a.csv", "单位：元、万元,,,\n" HEAD "\n" ROW1 "\n", NULL, "V03 fatal@1,1\n", "“单位：元、万元”" },
	{ "a unit line not understood", "a.csv", "（以元为单位）,,,\n" HEAD "\n" ROW1 "\n", NULL, "V03 fatal@1,1\n", "“（以元为单位）”" },
	{ "not understood, and every figure has its own", "a.csv",
		"单位：元、万元,,,\n项目编号,本周完成投资（万元）,年初至报告期累计完成投资(元),开工至报告期累计完成投资/千元\n" ROW1 "\n",
		"progress - h2 [project_id week_done ytd_done*1 cum_done*1000] 3", "V03 note@2,3\nV03 note@2,4\nV03 note@1,0\n", NULL },
	{ "a name that has the word in it", "a.csv", "单位：示例元通公司,,,\n填报单位：示例区元通街道,,,\n" HEAD "\n" ROW1 "\n",
		"progress - h3 " COLUMNS " 4", "V03 note@1,0\n", NULL },
	{ "a unit line below the header", "a.csv", HEAD "\n单位：元,,,\n" ROW1 "\n", NULL, "V03 fatal@2,1\n", "“单位：元”" },
	{ "the usual unit below the header", "a.csv", HEAD "\n单位：万元,,,\n" ROW1 "\n", "progress - h1 " COLUMNS " 3", "V03 note@2,1\n", NULL },
	{ "unit in a bracket beats the line", "a.csv",
		"单位：亿元,,,\n项目编号,本周完成投资（万元）,年初至报告期累计完成投资(元),开工至报告期累计完成投资/千元\n" ROW1 "\n",
		"progress - h2 [project_id week_done ytd_done*1 cum_done*1000] 3", "V03 note@2,2\nV03 note@2,3\nV03 note@2,3\nV03 note@2,4\nV03 note@2,4\nV03 note@1,0\n",
		"与表上“单位”一行所写的亿元不一致" },
	{ "unit in a bracket as in the line", "a.csv",
		"单位：元,,,\n项目编号,本周完成投资（元）,年初至报告期累计完成投资,开工至报告期累计完成投资\n" ROW1 "\n",
		"progress - h2 [project_id week_done*1 ytd_done*1 cum_done*1] 3",
		"V03 note@2,2\nV03 note@2,3\nV03 note@2,4\nV03 note@1,0\n", NULL },
	{ "unknown unit", "a.csv", "项目编号,本周完成投资（万美元）,年初至报告期累计完成投资,开工至报告期累计完成投资\n" ROW1 "\n",
		NULL, "V03 fatal@1,2\n", "万美元" },
	{ "alias and unit in one note", "a.csv", "项目代码,本周完成投资,本年累计（元）,开工至报告期累计完成投资\n" ROW1 "\n",
		NULL, "V03 note@1,1\nV03 note@1,3\nV03 fatal@1,0\n", "必填的“年初至报告期累计完成投资”列" },
	/* as merged cells leave it */
	{ "two rows: a group over two names", "a.csv", "项目编号,本周完成投资,累计完成投资,\n,,年初至报告期,开工至报告期\n" ROW1 "\n",
		"progress - h2 " COLUMNS " 3", "V03 note@1,0\nV03 note@2,3\nV03 note@2,4\n", "“累计完成投资 开工至报告期”列按“开工至报告期累计完成投资”读取" },
	{ "two rows: the unit in the group's bracket", "a.csv", "项目编号,本周完成投资,累计完成投资（元）,\n,,年初至报告期,开工至报告期\n" ROW1 "\n",
		"progress - h2 [project_id week_done ytd_done*1 cum_done*1] 3", "V03 note@1,0\nV03 note@2,3\nV03 note@2,4\n", "金额以元为单位" },
	{ "two rows: names over units", "a.csv", "项目编号,本周完成投资,年初至报告期累计完成投资,开工至报告期累计完成投资\n,元,（千元）,万元\n" ROW1 "\n",
		"progress - h2 [project_id week_done*1 ytd_done*1000 cum_done] 3", "V03 note@1,0\nV03 note@2,2\nV03 note@2,3\nV03 note@2,4\n", NULL },
	{ "two rows below a title", "a.csv", "示例区进度表,,,\n单位：元,,,\n项目编号,完成投资情况,,\n,本周完成投资,年初至报告期累计完成投资,开工至报告期累计完成投资\n" ROW1 "\n",
		"progress - h4 [project_id week_done*1 ytd_done*1 cum_done*1] 5",
		"V03 note@3,0\nV03 note@4,2\nV03 note@4,3\nV03 note@4,4\nV03 note@1,0\n", "表头占两行（至第4行）" },
	{ "two rows: the group says too little", "a.csv", "项目编号,本周完成投资,累计完成投资,\n,,投资,\n" ROW1 "\n", NULL,
		"V03 fatal@1,3\n", "含义不明" },
	{ "one row, and the first row of data", "a.csv", HEAD ",形象进度\n" ROW1 ",开工\n" ROW2 ",\n",
		"progress - h1 [project_id week_done ytd_done cum_done stage] 2 3", "", NULL },
	{ "numbers below the header", "a.csv", "序号," HEAD "\n栏次,甲,1,2,3\n1," ROW1 "\n",
		"progress - h1 [res project_id week_done ytd_done cum_done] 3", "V03 note@2,0\n", "栏次" },
	{ "the header again", "a.csv", HEAD "\n" ROW1 "\n" HEAD "\n" ROW2 "\n", "progress - h1 " COLUMNS " 2 4", "V03 note@3,0\n", "重复了表头" },
	{ "one row wider than all others, and empty there", "a.csv", HEAD ",说明\n320412-2022-0001,1,025,225,275,\n" ROW2 ",\n",
		"progress - h1 [project_id week_done ytd_done cum_done res] 2! 3", "V02 error@2,6\n", "该行有6个单元格" },
	{ "a header no terminal shall see", "a.csv", HEAD ",\x1b[31m\n" ROW1 ",1\n", "progress - h1 [project_id week_done ytd_done cum_done ?] 2",
		"V03 note@1,5\n", "“\\x1b[31m”" },
	{ "merged cells left of the key", "a.csv", "所属镇（街道）,项目编号,项目名称\n示例甲镇,320412-2022-0001,a\n,320412-2022-0002,b\n,320412-2022-0003,c\n",
		"project - h1 [town project_id project_name] 2 3 4", "", NULL },
	{ "hints and stars", "a.csv", "*项目编号,本周完成投资（必填）,＊年初至报告期 累计完成投资,开工至报告期累计完成投资（万元）＊\n" ROW1 "\n",
		"progress - h1 " COLUMNS " 2", "", NULL },
	{ "line break in a header", "a.csv", "*项目编号,本周完成投资（必填）,年初至报告期 累计完成投资,\"开工至报告期\n累计完成投资\"\n" ROW1 "\n",
		"progress - h1 " COLUMNS " 2", "", NULL },
	{ "ambiguous", "a.csv", "项目编号,本周完成投资,累计完成投资\n320412-2022-0001,1,2\n", NULL, "V03 fatal@1,3\n",
		"可能是“年初至报告期累计完成投资”、“开工至报告期累计完成投资”" },
	{ "ambiguous beside one that is not", "a.csv", "项目编号,本周完成投资,年初至报告期累计完成投资,累计完成投资\n" ROW1 "\n", NULL,
		"V03 fatal@1,4\n", NULL },
	{ "missing", "项目进度周报.csv", "项目编号,本周完成投资,年初至报告期累计完成投资\n320412-2022-0001,1,2\n", NULL, "V03 fatal@1,0\n",
		"缺少《项目进度周报》必填的“开工至报告期累计完成投资”列" },
	{ "missing, perhaps misspelt", "a.csv", "项目编号,本周完成投资,年初至报告期累计完成投资,开工至报告期累积完成投资\n" ROW1 "\n", NULL,
		"V03 note@1,4\nV03 fatal@1,0\n", "“开工至报告期累积完成投资”" },
	{ "twice the same", "a.csv", HEAD ",项目代码\n" ROW1 ",320412-2022-0001\n", "progress - h1 [project_id week_done ytd_done cum_done ?] 2",
		"V03 note@1,5\nV03 note@1,5\n", "以A列为准" },
	{ "twice", "a.csv", HEAD ",项目代码\n" ROW1 ",320412-2022-0009\n", NULL, "V03 note@1,5\nV03 fatal@1,5\n", "与A列含义相同" },
	{ "unknown column", "a.csv", HEAD ",天气\n" ROW1 ",晴\n", "progress - h1 [project_id week_done ytd_done cum_done ?] 2", "V03 note@1,5\n", "天气" },
	{ "no header of its own", "a.csv", HEAD ",\n" ROW1 ",已核\n" ROW2 ",\n", "progress - h1 [project_id week_done ytd_done cum_done ?] 2 3",
		"V03 note@2,5\n", "E列" },
	{ "reserved columns", "a.csv", "操作," HEAD ",说明,订正说明,校验结果,错误说明,建议值\n," ROW1 ",a,b,c,d,e\n",
		"progress - h1 [res project_id week_done ytd_done cum_done res res res res res] 2", "", NULL },
	{ "another unit's name in the signature", "a.csv", "填报单位：示例丁区工信局,,单位：万元,\n" HEAD "\n" ROW1 "\n", NULL,
		"V03 note@1,0\nV04 fatal@1,0\n", "“示例丁区工信局”" },
	{ "another unit's name below the table", "a.csv", HEAD "\n" ROW1 "\n报送单位（盖章）,示例丁区,,\n", NULL,
		"V03 note@3,0\nV04 fatal@3,0\n", "“示例丁区”" },
	{ "another unit's name in the title", "a.csv", "示例市项目进度周报（示例丁区）,,,\n" HEAD "\n" ROW1 "\n", NULL,
		"V03 note@1,0\nV04 fatal@1,0\n", "示例丁区" },
	{ "the city's name in the title", "a.csv", "示例市项目进度周报,,,\n" HEAD "\n" ROW1 "\n", "progress - h2 " COLUMNS " 3", "V03 note@1,0\n", NULL },
	{ "the own unit beside another", "a.csv", "填报单位：示例戊区（原示例丁区）,,,\n" HEAD "\n" ROW1 "\n", "progress - h2 " COLUMNS " 3", "V03 note@1,0\n", NULL },
	{ "a unit that nobody knows", "a.csv", "填报单位：项目专班,,,\n" HEAD "\n" ROW1 "\n", "progress - h2 " COLUMNS " 3", "V03 note@1,0\n", NULL },
	{ "the week in the title", "a.csv", "2022年第17周项目进度周报,,,\n" HEAD "\n" ROW1 "\n", "progress 2022-W17 h2 " COLUMNS " 3", "V03 note@1,0\n", NULL },
	{ "the week below the table", "a.csv", HEAD "\n" ROW1 "\n报告期：2022-W17,,,\n", "progress 2022-W17 h1 " COLUMNS " 2", "V03 note@3,0\n", NULL },
	{ "the same week in the title", "周报2022-W17.csv", "2022年第17周项目进度周报,,,\n" HEAD "\n" ROW1 "\n", "progress 2022-W17 h2 " COLUMNS " 3", "V03 note@1,0\n", NULL },
	{ "a week that a remark speaks of", "a.csv", HEAD "\n" ROW1 "\n注：第2行含2022年第12周漏报数,,,\n", "progress - h1 " COLUMNS " 2", "V03 note@3,0\n", NULL },
	{ "a week to compare with", "a.csv", "2022年第13周项目进度周报（与2022年第12周相比）,,,\n" HEAD "\n" ROW1 "\n",
		"progress 2022-W13 h2 " COLUMNS " 3", "V03 note@1,0\n", NULL },
	{ "the week in a bracket", "a.csv", "项目进度周报（2022年第13周）,,,\n" HEAD "\n" ROW1 "\n", "progress 2022-W13 h2 " COLUMNS " 3", "V03 note@1,0\n", NULL },
	{ "two weeks in titles", "a.csv", "2022年第13周,,,\n2022年第12周项目进度周报,,,\n" HEAD "\n" ROW1 "\n", NULL,
		"V04 fatal@2,0\nV03 note@1,0\n", "第1行写明的是2022-W13" },
	{ "another week in the title", "周报2022-W18.csv", "2022年第17周项目进度周报,,,\n" HEAD "\n" ROW1 "\n", NULL, "V04 fatal@1,0\nV03 note@1,0\n", "2022-W17" },
	{ "a week that does not exist in the title", "a.csv", "2022年第60周项目进度周报,,,\n" HEAD "\n" ROW1 "\n", NULL, "V04 fatal@1,0\nV03 note@1,0\n", "2022-W60" },
	{ "a header of three rows", "项目进度周报.csv", "项目编号,投资完成情况,,\n,本期,累计,\n,本周完成投资,年初至报告期累计完成投资,开工至报告期累计完成投资\n" ROW1 "\n",
		"progress - h3 [project_id week_done ytd_done cum_done] 4",
		"V03 note@1,0\nV03 note@3,2\nV03 note@3,3\nV03 note@3,4\n", "表头占3行" },
	{ "a header of three rows that lacks a column", "项目进度周报.csv", "项目编号,投资完成情况,,\n,本期,累计,\n,本周完成投资,年初至报告期累计完成投资,其他\n" ROW1 "\n", NULL,
		"V03 note@1,0\nV03 note@3,2\nV03 note@3,3\nV03 note@3,4\nV03 fatal@1,0\n", "第1行至第3行" },
	{ "strokes between the columns", "项目进度周报.csv", "项目编号|本周完成投资|年初至报告期累计完成投资|开工至报告期累计完成投资\n320412-2022-0001|1|2|3\n", NULL,
		"V03 fatal@1,0\n", "“|”" },
	{ "wide commas between the columns", "a.csv", "项目编号，本周完成投资，年初至报告期累计完成投资，开工至报告期累计完成投资\n320412-2022-0001，1，2，3\n", NULL,
		"V03 fatal@1,0\n", "“，”" },
	{ "no header at all", "a.csv", "甲,乙\n1,2\n", NULL, "V03 fatal@0,0\n", "前10行内没有找到任何一张报表的表头" },
	{ "no header of the form named", "项目进度周报.csv", "甲,乙\n1,2\n", NULL, "V03 fatal@0,0\n", "“项目进度周报”的表头" },
	{ "header in row 10", "a.csv", "a\n\n\n\n\n\n\n\n\n" HEAD "\n" ROW1 "\n", "progress - h10 " COLUMNS " 11", "V03 note@1,0\n", NULL },
	{ "header in row 11", "a.csv", "a\n\n\n\n\n\n\n\n\n\n" HEAD "\n" ROW1 "\n", NULL, "V03 fatal@0,0\n", NULL },
	{ "a short record that ends before its key", "a.csv", "本周完成投资,年初至报告期累计完成投资,开工至报告期累计完成投资,项目编号\n7,8,9\n4,5,6,320412-2022-0002\n",
	  "progress - h1 [week_done ytd_done cum_done project_id] 2 3", "", NULL },
	{ "a short record that ends before an unknown column", "a.csv", "操作,项目编号,牵头人,本周完成投资,年初至报告期累计完成投资,开工至报告期累计完成投资\n撤销,甲\n,320412-2022-0002,,4,5,6\n",
	  "progress - h1 [res project_id ? week_done ytd_done cum_done] 2 3", "V03 note@1,3\n", NULL },
	{ "name and header differ", "项目台账.csv", HEAD "\n" ROW1 "\n", NULL, "V03 fatal@1,0\n", "文件名为“项目库”，表头却是“项目进度周报”" },
	{ "only a header", "项目进度周报.csv", HEAD "\n", NULL, "V05 fatal@0,0\n", "只有表头" },
	{ "nothing but separators", "a.csv", ",,\n,,\n", NULL, "V05 fatal@0,0\n", NULL },
	{ "total below", "a.csv", HEAD "\n" ROW1 "\n" ROW2 "\n合计,5,7,9\n", "progress - h1 " COLUMNS " 2 3 T4(0-2)", "V08 note@4,0\n", NULL },
	{ "total above", "a.csv", HEAD "\n合 计（2个）,5,7,9\n" ROW1 "\n" ROW2 "\n", "progress - h1 " COLUMNS " 3 4 T2(0-2)", "V08 note@2,0\n", NULL },
	{ "total in the column of numbers in order", "a.csv", "序号," HEAD "\n1," ROW1 "\n合计：,,5,7,9\n",
		"progress - h1 [res project_id week_done ytd_done cum_done] 2 T3(0-1)", "V08 note@3,0\n", NULL },
	{ "subtotals below", "a.csv", HEAD "\n" ROW1 "\n小计,1,2,3\n" ROW2 "\n小计,4,5,6\n总计,5,7,9\n",
		"progress - h1 " COLUMNS " 2 4 T3(0-1) T5(1-2) T6(0-2)", "V08 note@3,0\n", "共3行" },
	{ "total and subtotals above", "a.csv", HEAD "\n合计,5,7,9\n小计,1,2,3\n" ROW1 "\n小计,4,5,6\n" ROW2 "\n",
		"progress - h1 " COLUMNS " 4 6 T2(0-2) T3(0-1) T5(1-2)", "V08 note@2,0\n", NULL },
	{ "totals that bear names", "a.csv", HEAD "\n" ROW1 "\n示例甲镇小计,1,2,3\n" ROW2 "\n示例乙街道合计：,4,5,6\n全区总计,5,7,9\n",
		"progress - h1 " COLUMNS " 2 4 T3(0-1) T5(1-2) T6(0-2)", "V08 note@3,0\n", NULL },
	{ "one total that bears a name", "a.csv", HEAD "\n" ROW1 "\n" ROW2 "\n全区合计,5,7,9\n", "progress - h1 " COLUMNS " 2 3 T4(0-2)", "V08 note@4,0\n", NULL },
	{ "a subtotal of nothing", "a.csv", HEAD "\n" ROW1 "\n小计,1,2,3\n小计,1,2,3\n", "progress - h1 " COLUMNS " 2 T3(0-1)",
		"V08 note@4,0\nV08 note@3,0\n", "未作核对" },
	{ "part of a total", "a.csv", HEAD "\n" ROW1 "\n合计,1,2,3\n其中：技改,1,2,3\n", "progress - h1 " COLUMNS " 2 T3(0-1)", "V08 note@4,0\nV08 note@3,0\n", NULL },
	/* a record is not lost for the words in it */
	{ "words of totals in sentences", "a.csv", PROBLEM "\n,用地指标共计20亩未落实,用地,示例戊区工信局,2022-06-30\n"
		",资金缺口合计,资金,示例戊区工信局,2022-06-30\n,其中：供电容量不足,能耗,示例戊区工信局,2022-06-30\n"
		",环评批复滞后（注：已两次上报）,环评,示例戊区工信局,2022-06-30\n",
		"problem - h1 " PROBLEMS " 2 3 4 5", "", NULL },
	{ "a new record that says little", "a.csv", "操作," PROBLEM "\n新增,,设备合计,,,\n新增,,备注：无,,,\n",
		"problem - h1 [res problem_id title category resp_unit due] 2 3", "", NULL },
	{ "a sum in a sentence alone", "a.csv", PROBLEM "\n,用地指标共计20亩未落实,,,\n,设备合计30台（套）,,,\n,环评滞后（注：已上报）,,,\n",
		"problem - h1 " PROBLEMS " 2 3 4", "", NULL },
	{ "a total in the column of operations", "a.csv", "操作," HEAD "\n," ROW1 "\n合计,,1,2,3\n", "progress - h1 [res project_id week_done ytd_done cum_done] 2 T3(0-1)",
		"V08 note@3,0\n", NULL },
	{ "a signature in the column of operations", "a.csv", "操作," HEAD "\n," ROW1 "\n填报人：测试员甲,,,,\n审核人：测试员乙,,,,\n",
		"progress - h1 [res project_id week_done ytd_done cum_done] 2 p=测试员甲 r=测试员乙", "V03 note@3,0\n", NULL },
	{ "a total that counts", "a.csv", "项目名称,所属镇（街道）,项目编号,用工人数\n示例项目甲,示例甲镇,320412-2022-0001,7\n合计12个项目,8个镇,,7\n",
		"project - h1 [project_name town project_id people] 2 T3(0-1)", "V08 note@3,0\n", NULL },
	{ "signatures", "a.csv", HEAD "\n" ROW1 "\n\n填报人：测试员甲,审核人：测试员乙,联系电话：0519-00000000,\n",
		"progress - h1 " COLUMNS " 2 p=测试员甲 r=测试员乙 t=0519-00000000", "V03 note@4,0\n", NULL },
	{ "signatures in one cell", "a.csv", HEAD "\n" ROW1 "\n填 报 人：测试员甲   审核人: 测试员乙  联系电话：0519-00000000（转）,,,\n",
		"progress - h1 " COLUMNS " 2 p=测试员甲 r=测试员乙 t=0519-00000000（转）", "V03 note@3,0\n", NULL },
	{ "signatures beside their labels", "a.csv", HEAD "\n" ROW1 "\n填报人：,测试员甲,审核人：,\n联系电话,0519-00000000,,\n填报日期：2022-04-28,,,\n",
		"progress - h1 " COLUMNS " 2 p=测试员甲 t=0519-00000000", "V03 note@3,0\n", NULL },
	{ "signatures above", "a.csv", "填报人：测试员甲,,,\n" HEAD "\n" ROW1 "\n", "progress - h2 " COLUMNS " 3 p=测试员甲", "V03 note@1,0\n", NULL },
	{ "data below the signatures", "a.csv", HEAD "\n" ROW1 "\n填报人：测试员甲,,,\n" ROW2 "\n" ROW2 "\n", "progress - h1 " COLUMNS " 2 p=测试员甲",
		"V05 fatal@4,0\nV03 note@3,0\n", NULL },
	{ "a row too wide", "a.csv", HEAD "\n" ROW1 "\n320412-2022-0002,1,234,5,6\n", "progress - h1 " COLUMNS " 2 3!", "V02 error@3,5\n", "E列的“6”" },
	{ "empty cells beyond the header", "a.csv", HEAD "\n" ROW1 ",,,\n" ROW2 ", ,\n", "progress - h1 " COLUMNS " 2 3", "", NULL },
	{ "short rows", "a.csv", HEAD "\n" ROW1 "\n320412-2022-0002,1\n" ROW2 "\n", "progress - h1 " COLUMNS " 2 3 4", "", NULL },
	{ "cut in the last row", "a.csv", HEAD "\n" ROW1 "\n320412-2022-0002,1", "progress - h1 " COLUMNS " 2 3", "V05 fatal@3,0\n", NULL },
	{ "last row without an end", "a.csv", HEAD "\n" ROW1 "\n" ROW2, "progress - h1 " COLUMNS " 2 3!", "V05 error@3,4\n", "“6”" },
	{ "semicolons", "a.csv", "项目编号;本周完成投资;年初至报告期累计完成投资;开工至报告期累计完成投资\n320412-2022-0001;1;2;3\n",
		"progress - h1 " COLUMNS " 2", "", NULL },
	{ "XML", "a.xml", XML("<progress><row project_id=\"320412-2022-0001\" week_done=\"1\" note=\"x\"/></progress>"),
		"progress 2022-W17 h0 [project_id week_done res] 1 p=测试员甲", "", NULL },
	{ "XML, unknown form", "a.xml", XML("<weather><row a=\"1\"/></weather>"), NULL, "V02 fatal@1,0\n", "weather" },
	{ "XML, unknown field", "a.xml", XML("<progress>\n<row project_id=\"1\" rain=\"1\"/></progress>"), NULL, "V02 fatal@1,0\n", "rain" },
	{ "XML, form twice", "a.xml", XML("<progress><row project_id=\"1\"/></progress><progress><row project_id=\"2\"/></progress>"), NULL,
		"V02 fatal@1,0\n", NULL },
	{ "XML, no rows", "a.xml", XML("<progress/>"), NULL, "V05 fatal@0,0\n", NULL },
	{ "XML, week against the name", "2022-W16.xml", XML("<progress><row project_id=\"1\"/></progress>"), NULL, "V04 fatal@0,0\n", "2022-W17" },
	{ "XML, unknown attribute and no unit", "a.xml",
		"<submission xmlns=\"urn:zhoubao:submission:1\" sender=\"x\"><progress><row project_id=\"1\"/></progress></submission>", NULL,
		"V02 fatal@0,0\nV04 fatal@0,0\n", NULL },
};

static void test_rows(void **state)
{
	struct ruleset rs = fixture_rules();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct reading r = fixture_read(&rs.messages, row->input, strlen(row->input));
		struct buf got = { 0 }, full = { 0 };
		struct findings fs = { 0 };
		struct paper p;

		paper_understand_of(&rs, "320412", &r, row->file, &p, &fs);
		show(&got, &p);
		fixture_findings(&full, &fs);
		fixture_expect(row->name, &fs, row->findings);
		if (row->paper != NULL && strcmp(buf_cstr(&got), row->paper) != 0)
			fail_msg("%s: wanted %s got %s", row->name, row->paper, buf_cstr(&got));
		if (row->paper == NULL)
			assert_true(findings_worst(&fs) == SEV_FATAL);
		if (row->says != NULL && strstr(buf_cstr(&full), row->says) == NULL)
			fail_msg("%s: wanted \"%s\" in %s", row->name, row->says, buf_cstr(&full));
		if (strstr(buf_cstr(&full), "{") != NULL)
			fail_msg("%s: not filled in: %s", row->name, buf_cstr(&full));
		buf_free(&got);
		buf_free(&full);
		findings_free(&fs);
		paper_free(&p);
		reading_free(&r);
	}
	fixture_end(&rs);
}

/* Cells of rows stand in the order of the columns; what is not there is empty in CSV and absent in XML. */
static void test_cells(void **state)
{
	static const char csv[] = HEAD ",说明\n" ROW1 "\n";
	static const char xml[] = XML("<progress><row project_id=\"a\" adjust=\"\"/><row week_done=\"1\"/></progress>");
	struct ruleset rs = fixture_rules();
	struct findings fs = { 0 };
	struct reading r = fixture_read(&rs.messages, csv, strlen(csv));
	struct paper p;

	(void)state;
	paper_understand(&rs, &r, "a.csv", &p, &fs);
	assert_int_equal(p.n_sheets, 1);
	assert_true(span_is(sheet_cell(&p.sheets[0], &p.sheets[0].rows[0], 0), "320412-2022-0001"));
	assert_true(span_is(sheet_cell(&p.sheets[0], &p.sheets[0].rows[0], 3), "3"));
	assert_non_null(sheet_cell(&p.sheets[0], &p.sheets[0].rows[0], 4).s);
	assert_int_equal(sheet_cell(&p.sheets[0], &p.sheets[0].rows[0], 4).n, 0);
	paper_free(&p);
	reading_free(&r);
	r = fixture_read(&rs.messages, xml, strlen(xml));
	paper_understand(&rs, &r, "a.xml", &p, &fs);
	assert_int_equal(p.sheets[0].n_rows, 2);
	assert_non_null(sheet_cell(&p.sheets[0], &p.sheets[0].rows[0], 1).s);
	assert_null(sheet_cell(&p.sheets[0], &p.sheets[0].rows[0], 2).s);
	assert_null(sheet_cell(&p.sheets[0], &p.sheets[0].rows[1], 0).s);
	assert_true(span_is(sheet_cell(&p.sheets[0], &p.sheets[0].rows[1], 2), "1"));
	assert_string_equal(p.unit, "320412");
	paper_free(&p);
	reading_free(&r);
	findings_free(&fs);
	fixture_end(&rs);
}

#define VISIT "所属镇（街道）,企业名称,统一社会信用代码,走访编号\n"

/* Which cells are taken from the row above: "COLUMN ROW-OF-ITS-TEXT ..." of each row below the header. */
static const struct { const char *name, *input, *want; } merged[] = {
	{ "all that was merged", VISIT "示例甲镇,甲厂,A1,001\n,,,002\n,,,003\n", "a a a|a a a|a a a" },
	{ "a town of several firms", VISIT "示例甲镇,甲厂,A1,001\n,乙厂,B1,002\n,,,003\n", "a a a|a b b|a b b" },
	{ "a firm without its code", VISIT "示例甲镇,甲厂,A1,001\n,乙厂,,002\n", "a a a|a b -" },
	{ "a firm without its code, in its own town", VISIT "示例甲镇,甲厂,A1,001\n示例乙镇,乙厂,,002\n", "a a a|b b -" },
	{ "a code without its firm", VISIT "示例甲镇,甲厂,A1,001\n,,C1,002\n", "a a a|a - b" },
	{ "a code that says it is the same firm", VISIT "示例甲镇,甲厂,A1,001\n,,A1,002\n", "a a a|a a b" },
	{ "a firm behind its code", "统一社会信用代码,企业名称,所属镇（街道）,走访编号\nA1,甲厂,示例甲镇,001\n,乙厂,,002\n,,,003\n", "a a a|- b -|- b -" },
};

static void test_merged(void **state)
{
	struct ruleset rs = fixture_rules();

	(void)state;
	for (size_t i = 0; i < sizeof merged / sizeof *merged; i++) {
		struct reading r = fixture_read(&rs.messages, merged[i].input, strlen(merged[i].input));
		struct findings fs = { 0 };
		struct buf got = { 0 };
		struct paper p;

		paper_understand(&rs, &r, "a.csv", &p, &fs);
		assert_int_equal(p.n_sheets, 1);
		for (size_t row = 0; row < p.sheets[0].n_rows; row++)
			for (size_t k = 0; k < 3; k++) {
				const struct sheet *s = &p.sheets[0];
				size_t from = s->merged != NULL && s->merged[k] != NULL ? s->merged[k][row] : row;
				bool blank = is_blank(sheet_cell(s, &s->rows[from], k));

				buf_fmt(&got, "%s%c", k > 0 ? " " : row > 0 ? "|" : "", blank ? '-' : (char)('a' + from));
			}
		if (strcmp(buf_cstr(&got), merged[i].want) != 0)
			fail_msg("%s: wanted %s got %s", merged[i].name, merged[i].want, buf_cstr(&got));
		buf_free(&got);
		findings_free(&fs);
		paper_free(&p);
		reading_free(&r);
	}
	fixture_end(&rs);
}

/* Everything that reading needs is in the project's own messages, and uses only what it is given. */
static void test_messages(void **state)
{
	struct messages m = { 0 };
	struct why why = { 0 };

	(void)state;
	fixture_messages(&m);
	fixture_check(messages_require(&m, USE_FINDING, reading_needs, reading_needs_n, &why), &why);
	fixture_check(messages_require(&m, USE_TEXT, reading_texts, reading_texts_n, &why), &why);
	fixture_check(messages_require(&m, USE_WORDS, reading_lists, reading_lists_n, &why), &why);
	messages_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_cells), cmocka_unit_test(test_merged), cmocka_unit_test(test_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
