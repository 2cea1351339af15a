/* uses: reporter */
/*
 * ours - the benchmark's content through the reporter's layout and PDF.
 *
 * usage: ours CONFIG OUT CONTENT...      OUT/NAME.pdf for each CONTENT NAME.txt; fonts are those of CONFIG
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../reporter/reporter.h"

static void must(int rc, const struct why *why)
{
	if (rc != 0) {
		fprintf(stderr, "ours: %s\n", why->text);
		exit(1);
	}
}

/* The next part of *P up to a tab, cut off; NULL at the end. */
static char *part(char **p)
{
	return strsep(p, "\t");
}

static struct table *table_new(struct document *doc, char *widths)
{
	struct table *t = arena_alloc(&doc->arena, sizeof *t);
	char *w;

	*t = (struct table){ .size = 9, .line = 1 };
	t->columns = arena_alloc(&doc->arena, 64 * sizeof *t->columns);
	while ((w = part(&widths)) != NULL)
		t->columns[t->n_columns++] = (struct column){ .share = atof(w), .align = ALIGN_LEFT };
	return t;
}

/* The first row is the head. */
static void table_row(struct document *doc, struct table *t, char *cells)
{
	bool head = t->columns[0].title == NULL;

	if (!head && t->n_rows == t->cap_rows) {
		t->cap_rows = t->cap_rows ? 2 * t->cap_rows : 64;
		t->cells = mem_grow(t->cells, t->cap_rows * t->n_columns, sizeof *t->cells);
	}
	for (size_t i = 0; i < t->n_columns; i++) {
		char *s = arena_dup(&doc->arena, part(&cells));

		if (head)
			t->columns[i].title = s;
		else
			t->cells[t->n_rows * t->n_columns + i] = s;
	}
	t->n_rows += !head;
}

static void table_end(struct document *doc, struct table *t)
{
	t->strong = arena_alloc(&doc->arena, (t->n_rows + 1) * sizeof *t->strong);
	document_add(doc, BLOCK_TABLE, 1)->table = t;
}

static void read_content(char *text, struct document *doc)
{
	struct table *t = NULL;
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *body = line + 1 + (line[1] == '\t');

		if (*line == 'H' || *line == 'P')
			block_add_text(doc, document_add(doc, *line == 'H' ? BLOCK_H1 : BLOCK_P, 1), body,
			    false, 1);
		else if (*line == 'T')
			t = table_new(doc, body);
		else if (*line == 'R')
			table_row(doc, t, body);
		else
			table_end(doc, t);
	}
}

static void tables_free(struct document *doc)
{
	for (size_t i = 0; i < doc->n_blocks; i++)
		if (doc->blocks[i].table)
			free(doc->blocks[i].table->cells);
}

static void make(const struct type *type, const char *out, const char *file)
{
	struct metrics m = type_metrics(type);
	struct document doc = { .file = "content" };
	struct pages pages = { 0 };
	struct buf text = { 0 }, pdf = { 0 }, name = { 0 }, says = { 0 };
	const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	struct why why;

	must(fsio_read(AT_FDCWD, file, (size_t)1 << 30, &text, &why), &why);
	doc.title = arena_dup(&doc.arena, "bench");
	read_content(text.s, &doc);
	layout_document(&doc, &m, &pages);
	if (pages_check(&pages, &says) != 0)    /* the reporter does it too: its time counts */
		fprintf(stderr, "%s", buf_cstr(&says));
	must(pdf_make(&doc, &pages, type, &pdf, &why), &why);
	buf_fmt(&name, "%s/%.*s.pdf", out, (int)strcspn(base, "."), base);
	must(fsio_publish(AT_FDCWD, buf_cstr(&name), pdf.s, pdf.len, 0644, &why), &why);
	tables_free(&doc);
	pages_free(&pages);
	document_free(&doc);
	buf_free(&text);
	buf_free(&pdf);
	buf_free(&name);
	buf_free(&says);
}

int main(int argc, char **argv)
{
	struct conf conf;
	struct type *type;
	struct why why;

	if (argc < 4)
		return 64;
	must(conf_load(argv[1], &conf, &why), &why);
	must(type_open(&conf, &type, &why), &why);
	for (int i = 3; i < argc; i++)
		make(type, argv[2], argv[i]);
	type_free(type);
	conf_free(&conf);
	return 0;
}
