/* uses: reporter */
/*
 * A thousand generated paragraphs, and a thousand generated documents: no line begins or
 * ends where it may not, nothing is split that belongs together, no texts overlap, none
 * leaves its page, no page has a hole.  The generator is seeded: a failure names its seed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../reporter/reporter.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))
#define SIZE 16.0
#define MEASURE (28 * 15.79)

static bool find(const void *from, enum type_role role, uint32_t cp, struct metric *out)
{
	(void)from;
	out->face = (int)role;
	out->advance = cp >= 0x80 ? 1.0 : cp == ' ' || cp == '.' || cp == ',' ? 0.28 : cp >= 'A' ? 0.62 : 0.5;
	return true;
}

static const struct metrics metrics = { NULL, find };
static char *const keep[] = { (char[]){ "万元" }, (char[]){ "亿元" }, (char[]){ "个百分点" }, (char[]){ "智改数转" } };

struct dice {
	uint32_t state;
};

static uint32_t roll(struct dice *d, uint32_t n)
{
	d->state = d->state * 1664525u + 1013904223u;
	return (d->state >> 10) % n;
}

static const char *pick(struct dice *d, const char *const *v, size_t n)
{
	return v[roll(d, (uint32_t)n)];
}

static const char *const words[] = {
	"项目", "投资", "完成", "全市", "进度", "示例精密一厂", "滞后", "智改数转", "研究", "镕", "𠮷", "滆湖", "堃翀",
	"技术改造", "在", "的", "协调", "专班", "年度计划", "本周", "工业互联网平台建设工程",
};
static const char *const marks[] = { "，", "。", "；", "、", "：", "？", "！" };
static const char *const wrapped[][2] = {
	{ "（", "）" }, { "“", "”" }, { "《", "》" }, { "〔", "〕" }, { "‘", "’" }, { "“《", "》”" },
};
static const char *const units[] = { "万元", "个", "%", "亿元", "家", "项", "个百分点", "天", "℃", "‰" };
static const char *const joins[] = { "—", "～", "·", "——", "……" };
static const char *const codes[] = { "320412-2022-0002", "2022-W17", "MES", "5G", "C3516", "320404-W2022-0113" };

static void figure_add(struct dice *d, struct buf *out)
{
	buf_fmt(out, "%u", roll(d, roll(d, 3) == 0 ? 10 : 100000));
	if (roll(d, 2))
		buf_fmt(out, ".%u", roll(d, 100));
	buf_str(out, pick(d, units, COUNT(units)));
}

static void words_add(struct dice *d, struct buf *out, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		buf_str(out, pick(d, words, COUNT(words)));
}

static void piece_add(struct dice *d, struct buf *out)
{
	size_t w = roll(d, COUNT(wrapped));

	switch (roll(d, 8)) {
	case 0: case 1:
		figure_add(d, out);
		break;
	case 2:
		buf_str(out, pick(d, codes, COUNT(codes)));
		break;
	case 3:
		buf_str(out, wrapped[w][0]);
		words_add(d, out, 1 + roll(d, 2));
		if (roll(d, 3) == 0)
			figure_add(d, out);
		buf_str(out, wrapped[w][1]);
		break;
	case 4:
		buf_fmt(out, "%u月%u日", 1 + roll(d, 12), 1 + roll(d, 31));
		break;
	case 5:
		words_add(d, out, 1);
		buf_str(out, pick(d, joins, COUNT(joins)));
		words_add(d, out, 1);
		break;
	default:
		words_add(d, out, 1 + roll(d, 5));
		break;
	}
	if (roll(d, 3) == 0)
		buf_str(out, pick(d, marks, COUNT(marks)));
}

/* Never begins with a mark, ends in a stop. */
static void paragraph_make(struct dice *d, uint32_t pieces, struct buf *out)
{
	words_add(d, out, 1);
	for (uint32_t i = 0; i < pieces; i++)
		piece_add(d, out);
	words_add(d, out, 1);
	buf_str(out, "。");
}

/* ---- lines ---- */

static bool is_one_of(uint32_t cp, const char *list)
{
	const char *p = list, *end = list + strlen(list);

	while (p < end)
		if ((uint32_t)utf8_next(&p, end) == cp)
			return true;
	return false;
}

static bool is_ascii(uint32_t cp)
{
	return cp > ' ' && cp < 0x7f;
}

static bool is_figure(uint32_t cp)
{
	return cp >= '0' && cp <= '9';
}

struct count {
	size_t lines, begins, ends, lonely, split, wide, uneven, loose;
};

/* Whether a unit stands at I: what a figure before it keeps. */
static bool unit_at(const struct cells *c, size_t i)
{
	return is_one_of(c->v[i].cp, "万亿个家项天月日%℃‰");
}

static void line_check(const struct cells *c, const size_t *starts, size_t i, size_t n, double room,
    struct count *count)
{
	size_t from = starts[i], to = starts[i + 1];
	struct fit fit = line_fit(c, from, to, room);
	size_t marks_only = 0;

	count->lines++;
	if (i > 0 && is_one_of(c->v[from].cp, "，。、；：？！）”’》〕%‰℃·～—…"))
		count->begins++;
	if (i + 1 < n && is_one_of(c->v[to - 1].cp, "（“‘《〔"))
		count->ends++;
	if (i > 0 && is_figure(c->v[from - 1].cp) && unit_at(c, from))
		count->split++;
	if (i > 0 && is_ascii(c->v[from].cp) && is_ascii(c->v[from - 1].cp) && is_one_of(c->v[from].cp,
	    "0123456789.-"))
		count->split++;
	for (size_t k = from; k < to; k++)
		marks_only += is_one_of(c->v[k].cp, "，。、；：？！）”’》〕") ? 1 : 0;
	if (i > 0 && i + 1 == n && to - from - marks_only <= 1)
		count->lonely++;
	count->wide += !fit.fits;
	count->loose += i + 1 < n && fit.spread > 0.25 * SIZE;
}

static void paragraph_check(const char *text, struct count *count)
{
	struct measure_style style = { ROLE_BODY, ROLE_HEI, SIZE, -0.21 };
	struct cells c = { 0 };
	size_t *starts, n;

	cells_add(&c, &metrics, &style, text, false, 1);
	cells_finish(&c, keep, COUNT(keep));
	n = lines_break(&c, MEASURE - 2 * 15.79, MEASURE, BREAK_JUSTIFY, &starts);
	for (size_t i = 0; i < n; i++)
		line_check(&c, starts, i, n, i == 0 ? MEASURE - 2 * 15.79 : MEASURE, count);
	free(starts);
	cells_free(&c);
}

static void a_thousand_paragraphs(void **state)
{
	struct count count = { 0 };

	(void)state;
	for (uint32_t seed = 1; seed <= 1000; seed++) {
		struct dice d = { seed };
		struct count before = count;
		struct buf text = { 0 };

		paragraph_make(&d, 1 + roll(&d, 40), &text);
		paragraph_check(buf_cstr(&text), &count);
		if (count.begins + count.ends + count.lonely + count.split + count.wide >
		    before.begins + before.ends + before.lonely + before.split + before.wide)
			print_message("seed %u: %s\n", seed, buf_cstr(&text));
		buf_free(&text);
	}
	print_message("%zu lines: %zu begin wrongly, %zu end wrongly, %zu lonely, %zu split, %zu too wide, %zu loose\n",
	    count.lines, count.begins, count.ends, count.lonely, count.split, count.wide, count.loose);
	assert_true(count.lines > 4000);
	assert_int_equal(count.begins, 0);
	assert_int_equal(count.ends, 0);
	assert_int_equal(count.lonely, 0);
	assert_int_equal(count.split, 0);
	assert_int_equal(count.wide, 0);
	/*
	 * These are full of codes that no line may break: few lines are spread by a quarter em all the
	 * same.
	 */
	assert_true(count.loose * 25 < count.lines);
}

/* ---- pages ---- */

static void add(struct document *doc, enum block_kind kind, const char *text)
{
	block_add_text(doc, document_add(doc, kind, 1), text, false, 1);
}

/* Lines of TAG on page NO. */
static size_t lines_on(const struct page *p, size_t tag)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_boxes; i++)
		n += p->boxes[i].kind == BOX_TEXT && p->boxes[i].tag == tag;
	return n;
}

/* A line of a paragraph that goes on, alone on its page. */
static size_t lonely_lines(const struct pages *p)
{
	size_t wrong = 0;

	for (size_t t = 0; t < p->n_tags; t++)
		for (size_t i = 0; i + 1 < p->n && p->tags[t].kind == TAG_P; i++) {
			size_t here = lines_on(&p->v[i], t), there = lines_on(&p->v[i + 1], t);

			wrong += here > 0 && there > 0 && (here == 1 || there == 1);
		}
	return wrong;
}

/* A heading that is the last text of its page. */
static size_t left_headings(const struct pages *p)
{
	size_t wrong = 0;

	for (size_t i = 0; i + 1 < p->n; i++) {
		size_t last = 0;

		for (size_t b = 0; b < p->v[i].n_boxes; b++)
			if (p->v[i].boxes[b].kind == BOX_TEXT && p->v[i].boxes[b].tag > 0)
				last = p->v[i].boxes[b].tag;
		wrong += p->tags[last].kind >= TAG_H2 && p->tags[last].kind <= TAG_H4;
	}
	return wrong;
}

static void no_line_alone_and_no_heading_left(void **state)
{
	size_t wrong = 0, headings = 0, pages_all = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= 100; seed++) {
		struct dice d = { seed };
		struct document doc = { .file = "t" };
		struct pages pages;

		for (int i = 0; i < 30; i++) {
			struct buf text = { 0 };

			if (roll(&d, 6) == 0)
				add(&doc, BLOCK_H1 + roll(&d, 3), "一、标题");
			paragraph_make(&d, 1 + roll(&d, 30), &text);
			add(&doc, BLOCK_P, buf_cstr(&text));
			buf_free(&text);
		}
		layout_document(&doc, &metrics, &pages);
		wrong += lonely_lines(&pages);
		headings += left_headings(&pages);
		pages_all += pages.n;
		pages_free(&pages);
		document_free(&doc);
	}
	print_message("%zu pages: %zu lines alone, %zu headings left\n", pages_all, wrong, headings);
	assert_int_equal(wrong, 0);
	assert_int_equal(headings, 0);
}

/* ---- documents ---- */

static char *random_text(struct dice *d, struct document *doc)
{
	static const char *const odd[] = {
		"", "—", "0", "0.00", "−0.1", "999999999999.99", "示例超长名称智能化改造和数字化转型及工业互联网标识解析应用一体化综合提升工程项目",
		"镕堃翀𠮷滆", "320412-W2022-0002", "A", "，", "示例（厂）", "123456789012345678901234567890",
	};
	struct buf text = { 0 };
	char *s;

	if (roll(d, 3) == 0)
		buf_str(&text, pick(d, odd, COUNT(odd)));
	else if (roll(d, 2))
		figure_add(d, &text);
	else
		words_add(d, &text, 1 + roll(d, 6));
	s = arena_dup(&doc->arena, buf_cstr(&text));
	buf_free(&text);
	return s;
}

static void random_table(struct dice *d, struct document *doc)
{
	struct table *t = arena_alloc(&doc->arena, sizeof *t);
	size_t n = 1 + roll(d, 12), rows = roll(d, 3) ? roll(d, 12) : roll(d, 90);

	*t = (struct table){ .size = 8 + roll(d, 3), .n_columns = n, .n_rows = rows, .line = 1 };
	t->columns = arena_alloc(&doc->arena, n * sizeof *t->columns);
	t->cells = arena_alloc(&doc->arena, (rows + 1) * n * sizeof *t->cells);
	t->strong = arena_alloc(&doc->arena, (rows + 1) * sizeof *t->strong);
	t->groups = roll(d, 3) ? NULL : arena_alloc(&doc->arena, (rows + 1) * sizeof *t->groups);
	if (roll(d, 2)) {
		t->caption = arena_dup(&doc->arena, "表1　表题");
		t->unit = arena_dup(&doc->arena, "单位：万元");
	}
	if (roll(d, 3) == 0) {
		t->carry_down = arena_dup(&doc->arena, "过次页");
		t->carry_up = arena_dup(&doc->arena, "承前页");
	}
	for (size_t i = 0; i < n; i++) {
		struct column *c = &t->columns[i];

		c->title = arena_dup(&doc->arena, pick(d, words, COUNT(words)));
		c->align = (enum align)roll(d, 3);
		*(roll(d, 2) ? &c->em : &c->share) = 1 + roll(d, 8);
		c->merge = roll(d, 4) == 0;
		c->carry = roll(d, 6) == 0;
		c->group = roll(d, 4) ? NULL : arena_dup(&doc->arena, "组");
	}
	for (size_t i = 0; i < rows * n; i++)
		t->cells[i] = roll(d, 3) == 0 && i >= n ? t->cells[i - n] : random_text(d, doc);
	for (size_t r = 0; t->groups && r < rows; r++)
		t->groups[r] = arena_dup(&doc->arena, r < rows / 2 ? "甲组" : "乙组");
	document_add(doc, BLOCK_TABLE, 1)->table = t;
}

static double random_number(struct dice *d)
{
	switch (roll(d, 6)) {
	case 0:
		return NAN;
	case 1:
		return 0;
	case 2:
		return 1e12;
	case 3:
		return -(double)roll(d, 100);
	default:
		return roll(d, 1200) / 100.0;
	}
}

static void random_chart(struct dice *d, struct document *doc)
{
	static char month[] = "12月", *ticks[12];
	struct chart *c = arena_alloc(&doc->arena, sizeof *c);
	size_t rows = 1 + roll(d, 40);

	for (size_t i = 0; i < COUNT(ticks); i++)
		ticks[i] = month;
	*c = (struct chart){ .kind = (enum chart_kind)roll(d, 5), .size = 8, .height = 170, .ticks = ticks,
	    .n_ticks = 12, .line = 1, .n_rows = rows };
	c->caption = roll(d, 2) ? NULL : arena_dup(&doc->arena, "图1　图题");
	c->names[0] = roll(d, 2) ? NULL : arena_dup(&doc->arena, "完成率");
	c->names[1] = roll(d, 2) ? NULL : arena_dup(&doc->arena, "序时进度");
	if (c->kind == CHART_LINE)
		c->n_rows = rows = 1 + rows % 8;
	c->rows = arena_alloc(&doc->arena, rows * sizeof *c->rows);
	for (size_t i = 0; i < rows; i++)
		c->rows[i] = (struct point_row){ .label = i % 3 ? c->rows[i - 1].label : random_text(d, doc), .says = arena_dup(&doc->arena, "32.1"),
		    .column = arena_dup(&doc->arena, ((const char *const[]){ "开工", "安装", "验收" })[i % 3]),
		    .word = roll(d, 2) ? NULL : arena_dup(&doc->arena, "红"), .value = random_number(d),
		    .target = random_number(d), .tone = (enum tone)roll(d, TONE_COUNT) };
	for (size_t i = 0; i < rows && c->kind == CHART_HEAT; i += 3) {
		struct buf label = { 0 };

		buf_fmt(&label, "%zu%s", i, c->rows[i].label);
		for (size_t k = i; k < i + 3 && k < rows; k++)
			c->rows[k].label = arena_dup(&doc->arena, buf_cstr(&label));
		buf_free(&label);
	}
	/* Months run from 0 to 12. */
	for (size_t i = 0; i < rows && c->kind == CHART_NODES; i++) {
		c->rows[i].value = roll(d, 3) ? NAN : roll(d, 1200) / 100.0;
		c->rows[i].target = roll(d, 5) ? roll(d, 1200) / 100.0 : NAN;
	}
	document_add(doc, BLOCK_CHART, 1)->chart = c;
}

/* To the other orientation. */
static void turn_page(struct document *doc)
{
	bool landscape = false;

	for (size_t i = 0; i < doc->n_blocks; i++)
		if (doc->blocks[i].kind == BLOCK_LANDSCAPE || doc->blocks[i].kind == BLOCK_PORTRAIT)
			landscape = doc->blocks[i].kind == BLOCK_LANDSCAPE;
	document_add(doc, landscape ? BLOCK_PORTRAIT : BLOCK_LANDSCAPE, 1);
}

static void random_block(struct dice *d, struct document *doc)
{
	struct buf text = { 0 };

	switch (roll(d, 10)) {
	case 0: case 1: case 2:
		random_table(d, doc);
		break;
	case 3:
		random_chart(d, doc);
		break;
	case 4:
		add(doc, BLOCK_H1 + roll(d, 3), random_text(d, doc));
		break;
	case 5:
		turn_page(doc);
		break;
	case 6:
		paragraph_make(d, 1 + roll(d, 8), &text);
		add(doc, BLOCK_NOTE, buf_cstr(&text));
		break;
	default:
		paragraph_make(d, 1 + roll(d, 20), &text);
		add(doc, BLOCK_P, buf_cstr(&text));
		break;
	}
	buf_free(&text);
}

static void random_document(struct dice *d, struct document *doc)
{
	struct block *b = document_add(doc, BLOCK_MASTHEAD, 1);
	uint32_t n = 1 + roll(d, 14);

	b->parts[PART_NAME] = roll(d, 2) ? arena_dup(&doc->arena, "周调度简报") :
	    arena_dup(&doc->arena, "智能化改造和数字化转型工作周调度情况简报");
	b->parts[PART_OVER] = roll(d, 2) ? NULL : arena_dup(&doc->arena, "常州市“智改数转”工作专班");
	b->parts[PART_ISSUE] = arena_dup(&doc->arena, "第17期");
	b->parts[PART_OFFICE] = arena_dup(&doc->arena, "专班办公室");
	b->parts[PART_DATE] = arena_dup(&doc->arena, "2022年4月29日");
	add(doc, BLOCK_TITLE, "全市项目周调度情况（4月22日—4月28日）");
	while (n-- > 0)
		random_block(d, doc);
	b = document_add(doc, BLOCK_IMPRINT, 1);
	b->parts[PART_OFFICE] = arena_dup(&doc->arena, "专班办公室");
	b->parts[PART_DATE] = arena_dup(&doc->arena, "2022年4月29日印发");
	b->parts[PART_COPIES] = roll(d, 2) ? NULL : arena_dup(&doc->arena,
	    "报：市领导。送：专班各成员单位，各辖市、区工信局，常州经开区经济发展局，有关企业。");
}

/* Share of page NO's area below its last box. */
static double blank(const struct pages *p, size_t no)
{
	const struct page *page = &p->v[no];
	double top = page->landscape ? AREA_LEFT : AREA_TOP, low = top;
	double height = page->landscape ? p->sheet.area_width : p->sheet.area_height;

	for (size_t i = 0; i < page->n_boxes; i++)
		if (!page->boxes[i].upright)
			low = fmax(low, page->boxes[i].y + page->boxes[i].height);
	return 1 - (low - top) / height;
}

static void a_thousand_documents(void **state)
{
	size_t wrong = 0, pages_all = 0, holes = 0, large = 0;
	double most = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= 1000; seed++) {
		struct dice d = { seed };
		struct document doc = { .file = "t", .keep = (char **)keep, .n_keep = COUNT(keep) };
		struct pages pages;
		struct buf says = { 0 };
		size_t bad;

		random_document(&d, &doc);
		layout_document(&doc, &metrics, &pages);
		bad = pages_check(&pages, &says);
		if (bad > 0 && wrong < 20)
			print_message("seed %u: %zu\n%.600s", seed, bad, buf_cstr(&says));
		wrong += bad;
		for (size_t i = 0; i + 1 < pages.n; i++) {
			if (pages.v[i + 1].landscape != pages.v[i].landscape || (i + 2 == pages.n))
				continue;
			most = fmax(most, blank(&pages, i));
			holes += blank(&pages, i) > 0.5;
			large += blank(&pages, i) > 0.2;
		}
		pages_all += pages.n;
		buf_free(&says);
		pages_free(&pages);
		document_free(&doc);
	}
	print_message("%zu pages: %zu texts overlap or leave their page; %zu more than a fifth blank, %zu more than half,"
	    " at most %.0f %%\n", pages_all, wrong, large, holes, 100 * most);
	assert_int_equal(wrong, 0);
	/* Rows of thirty lines leave holes that nothing can fill; there are few. */
	assert_true(holes * 50 < pages_all);
	assert_true(large * 15 < pages_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thousand_paragraphs),
		cmocka_unit_test(no_line_alone_and_no_heading_left),
		cmocka_unit_test(a_thousand_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
