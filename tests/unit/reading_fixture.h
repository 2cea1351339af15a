/*
 * reading_fixture - a small rule set of its own for the tests of reading: four forms, towns, units, and the
 * messages of the project.  Every test runs from the project's root.
 */
#ifndef ZB_READING_FIXTURE_H
#define ZB_READING_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/collector.h"
#include "common/reference.h"

static const char fixture_progress[] =
    "<form name=\"progress\" title=\"项目进度周报\" key=\"project_id\" due=\"change\" version=\"1\"><alias>项目进度</alias>"
    "<field name=\"project_id\" title=\"项目编号\" type=\"code\" pattern=\"[0-9A-Z]+-[0-9]{4}-[0-9]{4}\" required=\"yes\"><alias>项目代码</alias></field>"
    "<field name=\"week_done\" title=\"本周完成投资\" type=\"money\" unit=\"万元\" min=\"0\" required=\"yes\" total=\"yes\"/>"
    "<field name=\"adjust\" title=\"补报/核减\" type=\"money\" unit=\"万元\"/>"
    "<field name=\"ytd_done\" title=\"年初至报告期累计完成投资\" type=\"money\" unit=\"万元\" required=\"yes\"><ambiguous>累计完成投资</ambiguous></field>"
    "<field name=\"cum_done\" title=\"开工至报告期累计完成投资\" type=\"money\" unit=\"万元\" max=\"1000000\" required=\"yes\"><ambiguous>累计完成投资</ambiguous></field>"
    "<field name=\"stage\" title=\"形象进度\" type=\"text\" max=\"20\"/>"
    "<field name=\"plan\" title=\"下周计划\" type=\"text\" lines=\"yes\"/>"
    "<field name=\"lamp\" title=\"自评\" type=\"enum\" values=\"绿 黄 红 无\"/>"
    "</form>";

static const char fixture_project[] =
    "<form name=\"project\" title=\"项目库\" key=\"project_id\" due=\"change\" version=\"1\"><alias>项目台账</alias>"
    "<field name=\"project_id\" title=\"项目编号\" type=\"code\" pattern=\"[0-9A-Z]+-[0-9]{4}-[0-9]{4}\" required=\"yes\"/>"
    "<field name=\"project_name\" title=\"项目名称\" type=\"text\" required=\"yes\"/>"
    "<field name=\"uscc\" title=\"统一社会信用代码\" type=\"uscc\"/>"
    "<field name=\"town\" title=\"所属镇（街道）\" type=\"town\"/>"
    "<field name=\"frequency\" title=\"报送频次\" type=\"enum\" values=\"周 月\" default=\"周\"/>"
    "<field name=\"start\" title=\"计划开工时间\" type=\"date\"/>"
    "<field name=\"ready\" title=\"计划竣工时间\" type=\"date\" planned=\"yes\"/>"
    "<field name=\"month\" title=\"入库月份\" type=\"month\"/>"
    "<field name=\"week\" title=\"入库周\" type=\"week\"/>"
    "<field name=\"counted\" title=\"是否纳统\" type=\"yesno\"/>"
    "<field name=\"people\" title=\"用工人数\" type=\"integer\" min=\"1\" max=\"9999\"/>"
    "<field name=\"orders\" title=\"订单数\" type=\"integer\"/>"
    "<field name=\"share\" title=\"占比\" type=\"percent\" max=\"100\"/>"
    "<field name=\"phone\" title=\"联系电话号码\" type=\"phone\"/>"
    "</form>";

/* no figures, and sentences */
static const char fixture_problem[] =
    "<form name=\"problem\" title=\"问题清单\" key=\"problem_id\" due=\"change\" version=\"1\">"
    "<field name=\"problem_id\" title=\"问题编号\" type=\"code\" pattern=\"[0-9A-Z]+-[0-9]{4}\" required=\"yes\"/>"
    "<field name=\"title\" title=\"问题事项\" type=\"text\" required=\"yes\"/>"
    "<field name=\"category\" title=\"问题类别\" type=\"text\"/>"
    "<field name=\"resp_unit\" title=\"责任单位\" type=\"text\" required=\"yes\"/>"
    "<field name=\"due\" title=\"解决时限\" type=\"date\" required=\"yes\"/>"
    "</form>";

/* what is merged stands left of the key */
static const char fixture_visit[] =
    "<form name=\"visit\" title=\"走访清单\" key=\"visit_id\" due=\"change\" version=\"1\">"
    "<field name=\"town\" title=\"所属镇（街道）\" type=\"town\" required=\"yes\"/>"
    "<field name=\"firm\" title=\"企业名称\" type=\"text\" required=\"yes\"/>"
    "<field name=\"uscc\" title=\"统一社会信用代码\" type=\"uscc\" required=\"yes\"/>"
    "<field name=\"visit_id\" title=\"走访编号\" type=\"code\" pattern=\"[0-9]{3}\" required=\"yes\"/>"
    "</form>";

static const char fixture_towns[] =
    "code,name,unit,area,aliases\n"
    "320412100,示例甲镇,320412,320412,甲镇|老甲镇\n"
    "320412101,示例乙街道,320412,320412,\n"
    "320412105,示例丙镇,CZJKQ,320412,\n"
    "320404400,经开区,320404,320404,\n"
    "320412400,示例经济开发区,320412,320412,经开区\n";

static const char fixture_moneys[] = "word,yuan\n元,1\n千元,1000\n万元,10000\n百万元,1000000\n亿元,100000000\n";

static inline void fixture_check(int rc, const struct why *why)
{
	if (rc != 0)
		fail_msg("%s", why->text);
}

static inline void fixture_messages(struct messages *m)
{
	static const char *const files[] = { "templates/messages/reading.xml", "templates/messages/words.xml",
		"templates/messages/judging.xml" };

	for (size_t i = 0; i < 3; i++) {
		struct buf b = { 0 };
		struct why why = { 0 };
		int root = fsio_folder(".", &why);

		fixture_check(fsio_read(root, files[i], 1 << 20, &b, &why), &why);
		fixture_check(messages_parse(m, b.s, b.len, files[i], &why), &why);
		buf_free(&b);
		(void)close(root);
	}
}

static inline int64_t fixture_unit_yuan(const void *rs, const char *word)
{
	return ruleset_unit_yuan(rs, word);
}

static inline void fixture_form(struct ruleset *rs, const char *text)
{
	struct form *form = NULL;
	struct why why = { 0 };

	fixture_check(form_parse(text, strlen(text), "fixture", NULL, &form, &why), &why);
	fixture_check(form_units(form, fixture_unit_yuan, rs, &why), &why);
	rs->forms[rs->n_forms++] = form;
}

static inline void fixture_reference(struct ruleset *rs, const char *name, const char *text)
{
	struct why why = { 0 };

	fixture_check(reference_parse(&rs->arena, name, text, strlen(text), name,
	    &rs->references[rs->n_references++], &why), &why);
}

static inline struct ruleset fixture_rules(void)
{
	static const char *const units[][2] = {
		{ "320400", "示例市" }, { "320404", "示例丁区" }, { "320412", "示例戊区" }, { "CZJKQ", "示例经开区" },
	};
	struct ruleset rs = { .limits = { .figure = 1000000000000 } };

	rs.units = arena_alloc(&rs.arena, 4 * sizeof *rs.units);
	for (; rs.n_units < 4; rs.n_units++) {
		rs.units[rs.n_units].code = arena_dup(&rs.arena, units[rs.n_units][0]);
		rs.units[rs.n_units].name = arena_dup(&rs.arena, units[rs.n_units][1]);
	}
	rs.units[0].office = true;
	rs.references = arena_alloc(&rs.arena, 2 * sizeof *rs.references);
	rs.forms = mem_zero(4, sizeof *rs.forms);
	fixture_messages(&rs.messages);
	fixture_reference(&rs, "town", fixture_towns);
	fixture_reference(&rs, "unit_of_money", fixture_moneys);
	fixture_form(&rs, fixture_project);
	fixture_form(&rs, fixture_progress);
	fixture_form(&rs, fixture_problem);
	fixture_form(&rs, fixture_visit);
	return rs;
}

static inline void fixture_end(struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_forms; i++)
		form_free(rs->forms[i]);
	free(rs->forms);
	messages_free(&rs->messages);
	arena_free(&rs->arena);
}

static inline struct conf fixture_conf(void)
{
	return (struct conf){
		.cpu_seconds = 2, .wall_seconds = 2,
	};
}

static inline struct limits fixture_limits(void)
{
	return (struct limits){ .bytes = 1 << 20, .rows = 1000, .columns = 30, .cell = 200 };
}

static inline struct reading fixture_read(const struct messages *m, const char *s, size_t n)
{
	struct limits limits = fixture_limits();
	struct why why = { 0 };
	struct reading r;

	fixture_check(reading_parse(&limits, m, s, n, &r, &why), &why);
	return r;
}

/* Findings as "RULE SEVERITY@ROW,COL MESSAGE" lines. */
static inline void fixture_findings(struct buf *out, const struct findings *fs)
{
	for (size_t i = 0; i < fs->n; i++)
		buf_fmt(out, "%s %s@%u,%u %s\n", fs->v[i].rule, severity_name(fs->v[i].severity), fs->v[i].row, fs->v[i].col,
		    fs->v[i].message);
}

/*
 * Whether the findings are those of WANT: a line each "RULE SEVERITY@ROW,COL", in order; the rest of a
 * line is not compared.
 */
static inline void fixture_expect(const char *name, const struct findings *fs, const char *want)
{
	struct buf got = { 0 };

	for (size_t i = 0; i < fs->n; i++)
		buf_fmt(&got, "%s %s@%u,%u\n", fs->v[i].rule, severity_name(fs->v[i].severity), fs->v[i].row, fs->v[i].col);
	if (strcmp(buf_cstr(&got), want) != 0) {
		struct buf full = { 0 };

		fixture_findings(&full, fs);
		fail_msg("%s: wanted\n%sgot\n%s", name, want, buf_cstr(&full));
	}
	buf_free(&got);
}

#endif
