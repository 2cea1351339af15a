/* uses: reporter */
/* Documents onto pages, with invented measures: the type area, what stays together, tables that go on. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../reporter/reporter.h"

#define MM (72.0 / 25.4)

static bool find(const void *from, enum type_role role, uint32_t cp, struct metric *out)
{
	(void)from;
	out->face = (int)role;
	out->advance = cp < 0x80 ? 0.5 : 1.0;
	return cp != 0x2603;
}

static const struct metrics metrics = { NULL, find };

static void add(struct document *doc, enum block_kind kind, const char *text)
{
	struct block *b = document_add(doc, kind, 1);

	if (text)
		block_add_text(doc, b, text, false, 1);
}

/* COUNT times WORD. */
static char *times(const char *word, size_t count)
{
	struct buf s = { 0 };

	while (count-- > 0)
		buf_str(&s, word);
	return buf_take(&s);
}

static size_t lines_of(const struct page *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_boxes; i++)
		n += p->boxes[i].kind == BOX_TEXT && !p->boxes[i].upright;
	return n;
}

static void a_page_has_22_lines_of_28(void **state)
{
	struct document doc = { .file = "t" };
	struct pages pages;
	char *text = times("一", 26 + 28 * 23);
	const struct box *first, *second;

	(void)state;
	add(&doc, BLOCK_P, text);
	layout_document(&doc, &metrics, &pages);
	assert_int_equal(pages.n, 2);
	assert_int_equal(lines_of(&pages.v[0]), 22);
	assert_int_equal(lines_of(&pages.v[1]), 2);
	first = &pages.v[0].boxes[0];
	second = &pages.v[0].boxes[1];
	assert_int_equal(first->n_glyphs, 26);                          /* two characters are indent */
	assert_int_equal(second->n_glyphs, 28);
	assert_true(fabs(second->x - 28 * MM) < 0.01);
	assert_true(fabs(second->y - first->y - 28.99) < 0.01);
	assert_true(fabs(second->glyphs[27].x - 27 * 15.79) < 0.2);
	pages_free(&pages);
	document_free(&doc);
	free(text);
}

static void no_line_stands_alone(void **state)
{
	struct document doc = { .file = "t" };
	struct pages pages;
	char *text = times("一", 26 + 28 * 20), *two = times("二", 26 + 28 + 1);

	(void)state;
	/* 21 lines, then a paragraph of three: one line would fit below, and is taken over. */
	add(&doc, BLOCK_P, text);
	add(&doc, BLOCK_P, two);
	layout_document(&doc, &metrics, &pages);
	assert_int_equal(pages.n, 2);
	assert_int_equal(lines_of(&pages.v[0]), 21);
	pages_free(&pages);
	document_free(&doc);
	/* The same for a heading, which goes with its text. */
	add(&doc, BLOCK_P, text);
	add(&doc, BLOCK_H1, "一、标题");
	add(&doc, BLOCK_P, "正文。");
	doc.file = "t";
	layout_document(&doc, &metrics, &pages);
	assert_int_equal(lines_of(&pages.v[0]), 21);
	assert_int_equal(pages.n_marks, 1);
	assert_int_equal(pages.marks[0].page, 1);
	assert_string_equal(pages.marks[0].text, "一、标题");
	pages_free(&pages);
	document_free(&doc);
	free(text);
	free(two);
}

static void page_numbers(void **state)
{
	struct document doc = { .file = "t", .stamp = "稿" };
	struct pages pages;
	char *text = times("一", 28 * 60);
	const struct box *odd, *even;

	(void)state;
	add(&doc, BLOCK_P, text);
	layout_document(&doc, &metrics, &pages);
	assert_int_equal(pages.n, 3);
	odd = &pages.v[0].boxes[lines_of(&pages.v[0])];
	even = &pages.v[1].boxes[lines_of(&pages.v[1])];
	assert_true(fabs(odd->x + odd->width - (28 + 156) * MM + 14) < 0.01);  /* right, one character in */
	assert_true(fabs(even->x - 28 * MM - 14) < 0.01);
	assert_true(odd->upright);
	pages_free(&pages);
	document_free(&doc);
	free(text);
}

static struct table *table_make(struct document *doc, size_t rows)
{
	struct table *t = arena_alloc(&doc->arena, sizeof *t);

	*t = (struct table){ .size = 10.5, .n_columns = 2, .n_rows = rows, .line = 1 };
	t->columns = arena_alloc(&doc->arena, 2 * sizeof *t->columns);
	t->columns[0] = (struct column){ .title = arena_dup(&doc->arena, "板块"), .share = 1 };
	t->columns[1] = (struct column){ .title = arena_dup(&doc->arena, "个数"), .em = 4,
	    .align = ALIGN_RIGHT };
	t->cells = arena_alloc(&doc->arena, rows * 2 * sizeof *t->cells);
	t->strong = arena_alloc(&doc->arena, rows * sizeof *t->strong);
	for (size_t i = 0; i < rows; i++) {
		t->cells[2 * i] = arena_dup(&doc->arena, "甲");
		t->cells[2 * i + 1] = arena_dup(&doc->arena, "12");
	}
	return t;
}

static size_t count_text(const struct page *p, uint32_t first)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_boxes; i++)
		n += p->boxes[i].n_glyphs > 0 && p->boxes[i].glyphs[0].cp == first;
	return n;
}

static void a_table_goes_on_with_its_head(void **state)
{
	struct document doc = { .file = "t" };
	struct pages pages;
	size_t rows = 0;

	(void)state;
	document_add(&doc, BLOCK_TABLE, 1)->table = table_make(&doc, 100);
	layout_document(&doc, &metrics, &pages);
	assert_true(pages.n > 2);
	for (size_t i = 0; i < pages.n; i++) {
		assert_int_equal(count_text(&pages.v[i], 0x677f), 1);   /* the head, on each page */
		rows += count_text(&pages.v[i], 0x7532);
		assert_true(count_text(&pages.v[i], 0x7532) != 1);
	}
	assert_int_equal(rows, 100);
	pages_free(&pages);
	document_free(&doc);
}

/* Rows on page I of a table of ROWS rows with keep=, 15 lines of text above it. */
static size_t kept(size_t rows, size_t page)
{
	struct document doc = { .file = "t" };
	struct pages pages;
	size_t n;

	for (int i = 0; i < 15; i++)
		block_add_text(&doc, document_add(&doc, BLOCK_P, 1), "\xe4\xb9\x99", false, 1);
	document_add(&doc, BLOCK_TABLE, 1)->table = table_make(&doc, rows);
	doc.blocks[15].table->keep = true;
	layout_document(&doc, &metrics, &pages);
	n = page < pages.n ? count_text(&pages.v[page], 0x7532) : 0;
	pages_free(&pages);
	document_free(&doc);
	return n;
}

static void a_table_is_kept_whole(void **state)
{
	(void)state;
	assert_int_equal(kept(15, 0), 0);       /* though a third of the page stays blank */
	assert_int_equal(kept(15, 1), 15);
	assert_int_equal(kept(5, 0), 5);
	assert_true(kept(100, 0) > 0);          /* more than a page holds: as any other */
}

static void nothing_leaves_the_type_area(void **state)
{
	struct document doc = { .file = "t" };
	struct pages pages;
	struct table *t;

	(void)state;
	t = table_make(&doc, 3);
	t->cells[1] = arena_dup(&doc.arena, "123456789012345678901234567890");  /* too long for its column */
	document_add(&doc, BLOCK_LANDSCAPE, 1);
	document_add(&doc, BLOCK_TABLE, 1)->table = t;
	layout_document(&doc, &metrics, &pages);
	assert_int_equal(pages.n, 1);
	assert_true(pages.v[0].landscape);
	for (size_t i = 0; i < pages.v[0].n_boxes; i++) {
		const struct box *b = &pages.v[0].boxes[i];

		if (b->upright)
			continue;
		assert_true(b->x > 35 * MM - 1 && b->x + b->width < 35 * MM + 225 * MM + 1);
		assert_true(b->y > 28 * MM - 1 && b->y < (28 + 156) * MM + 1);
	}
	pages_free(&pages);
	document_free(&doc);
}

/* A row that no page could hold is divided, and all of it is there. */
static void a_row_taller_than_a_page(void **state)
{
	struct document doc = { .file = "t" };
	struct pages pages;
	struct table *t;
	char *text = times("乙", 4 * 100);
	size_t n = 0;

	(void)state;
	t = table_make(&doc, 2);
	t->cells[1] = arena_dup(&doc.arena, text);      /* a hundred lines */
	document_add(&doc, BLOCK_TABLE, 1)->table = t;
	layout_document(&doc, &metrics, &pages);
	for (size_t p = 0; p < pages.n; p++)
		for (size_t i = 0; i < pages.v[p].n_boxes; i++) {
			const struct box *b = &pages.v[p].boxes[i];

			assert_true(b->upright || b->y < (37 + 225) * MM + 1);
			for (size_t g = 0; g < b->n_glyphs; g++)
				n += b->glyphs[g].cp == 0x4e59;
		}
	assert_int_equal(n, 400);
	pages_free(&pages);
	document_free(&doc);
	free(text);
}

static void missing_characters_are_listed_once(void **state)
{
	struct document doc = { .file = "t" };
	struct pages pages;

	(void)state;
	add(&doc, BLOCK_P, "甲☃乙☃");
	layout_document(&doc, &metrics, &pages);
	assert_int_equal(pages.n_missing, 1);
	assert_int_equal(pages.missing[0].cp, 0x2603);
	pages_free(&pages);
	document_free(&doc);
}

static void a_page_as_text(void **state)
{
	struct document doc = { .file = "t", .stamp = "送审稿" };
	struct pages pages;
	struct buf out = { 0 };

	(void)state;
	add(&doc, BLOCK_H1, "一、总体情况");
	add(&doc, BLOCK_P, "截至4月28日，在库项目46个。");
	document_add(&doc, BLOCK_TABLE, 1)->table = table_make(&doc, 1);
	layout_document(&doc, &metrics, &pages);
	plain_make(&pages, &out);
	assert_string_equal(buf_cstr(&out),
	    "                                                 送审稿\n"
	    "    一、总体情况\n"
	    "    截至4月28日，在库项目46个。\n"
	    "                                          板块                                             个数\n"
	    " 甲                                                                                            12\n"
	    "                                                      — 1 —\n");
	buf_free(&out);
	pages_free(&pages);
	document_free(&doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_has_22_lines_of_28),
		cmocka_unit_test(no_line_stands_alone),
		cmocka_unit_test(page_numbers),
		cmocka_unit_test(a_table_goes_on_with_its_head),
		cmocka_unit_test(a_table_is_kept_whole),
		cmocka_unit_test(nothing_leaves_the_type_area),
		cmocka_unit_test(a_row_taller_than_a_page),
		cmocka_unit_test(missing_characters_are_listed_once),
		cmocka_unit_test(a_page_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
