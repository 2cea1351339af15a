/* uses: reporter */
/*
 * Random snapshots through every briefing: no crash, no value without words, no character without a glyph, no
 * texts that overlap or leave their page, and every word of every cell is found again in the PDF.
 *
 * usage: test_reporter_snapshots [N [FIRST]]    N seeds from FIRST on; a failure names its seed
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>

#include <cmocka.h>

#include "../../reporter/reporter.h"
#include "snapshot_fixture.h"

#define SEEDS 8

struct tally {
	size_t documents, pages, cells, failed;
	size_t wrong;                   /* documents with which something is wrong */
};

struct fixture {
	struct conf     conf;
	struct ruleset *rs;
	struct type    *type;
	struct random_site r;
	struct briefing  **briefings;
	char            folder[64];
	uint32_t        first, n;
	bool            has_pdftotext;
};

/* TEXT without what a page may put between its characters: blanks, and the marks of its joints. */
static void squeeze(const char *text, struct buf *out)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p > ' ' && strncmp(p, "\xe3\x80\x80", 3) != 0)
			buf_char(out, *p);
		else if ((unsigned char)*p > ' ')
			p += 2;
}

static void pdf_words(const struct fixture *f, const struct buf *pdf, struct buf *out)
{
	char file[128], command[192], line[4096];
	struct buf text = { 0 };
	FILE *p;

	snprintf(file, sizeof file, "%s/a.pdf", f->folder);
	p = fopen(file, "wb");
	assert_non_null(p);
	assert_int_equal(fwrite(pdf->s, 1, pdf->len, p), pdf->len);
	assert_int_equal(fclose(p), 0);
	snprintf(command, sizeof command, "pdftotext -raw %s -", file);
	p = popen(command, "r");
	assert_non_null(p);
	while (fgets(line, sizeof line, p))
		buf_str(&text, line);
	assert_int_equal(pclose(p), 0);
	squeeze(buf_cstr(&text), out);
	buf_free(&text);
}

/* Cells of DOC that its PDF does not have. */
static size_t cells_missing(const struct fixture *f, const struct document *doc, const struct buf *pdf,
    struct tally *t)
{
	struct buf have = { 0 };
	size_t missing = 0;

	pdf_words(f, pdf, &have);
	for (size_t i = 0; i < doc->n_blocks; i++) {
		const struct table *table = doc->blocks[i].table;

		for (size_t k = 0; table && k < table->n_rows * table->n_columns; k++) {
			struct buf want = { 0 };

			squeeze(table->cells[k] ? table->cells[k] : "", &want);
			t->cells++;
			if (strstr(buf_cstr(&have), buf_cstr(&want)) == NULL && missing++ < 3)
				print_message("   not in the PDF (template line %d): %s\n", table->line, buf_cstr(&want));
			buf_free(&want);
		}
	}
	buf_free(&have);
	return missing;
}

/* What is wrong with one document; 0: nothing. */
static size_t document_wrong(const struct fixture *f, const struct briefing *b, sqlite3 *db,
    const struct bind_names *names, struct tally *t)
{
	struct metrics m = type_metrics(f->type);
	struct document doc = { 0 };
	struct pages pages = { 0 };
	struct buf says = { 0 }, pdf = { 0 };
	struct why why = { 0 };
	size_t wrong = 0;

	if (bind_document(b, f->rs, db, names, &doc, &why) != 0) {
		print_message("   %s\n", why.text);
		return 1;
	}
	layout_document(&doc, &m, &pages);
	wrong = pages_check(&pages, &says) + pages.n_missing;
	for (size_t i = 0; i < pages.n_missing; i++)
		print_message("   no font has U+%04X\n", pages.missing[i].cp);
	if (says.len)
		print_message("   %.600s", buf_cstr(&says));
	if (pdf_make(&doc, &pages, f->type, &pdf, &why) != 0) {
		print_message("   %s\n", why.text);
		wrong++;
	} else if (f->has_pdftotext) {
		wrong += cells_missing(f, &doc, &pdf, t);
	}
	t->documents++;
	t->pages += pages.n;
	t->failed += doc.failed;
	buf_free(&says);
	buf_free(&pdf);
	pages_free(&pages);
	document_free(&doc);
	return wrong;
}

static void briefing_check(const struct fixture *f, const struct briefing *b, sqlite3 *db, struct tally *t)
{
	struct bind_names names = { .city = f->rs->office->code };
	struct bind_each each;
	struct why why = { 0 };

	if (bind_each(b, f->rs, db, &names, &each, &why) != 0) {
		print_message("seed %u, %s: %s\n", f->r.seed, b->name, why.text);
		t->wrong++;
		return;
	}
	for (size_t i = 0; i < each.n; i++) {
		names.unit = each.v[i];
		if (document_wrong(f, b, db, &names, t) > 0) {
			print_message("seed %u, %s %s\n", f->r.seed, b->name, each.v[i] ? each.v[i] : "");
			t->wrong++;
		}
	}
	bind_each_free(&each);
}

static void random_snapshots(void **state)
{
	struct fixture *f = *state;
	struct tally t = { 0 };
	struct path path;
	struct why why;

	for (uint32_t i = 0; i < f->n; i++) {
		struct week last = random_site_make(&f->r, f->first + i);
		sqlite3 *db = NULL;

		fixture_must(db_open(&f->r.site, site_snapshot(&path, last), DB_SNAPSHOT, &db, &why), &why);
		for (size_t b = 0; b < f->rs->n_briefings; b++)
			briefing_check(f, f->briefings[b], db, &t);
		db_close(db);
		if ((i + 1) % 50 == 0)
			print_message("seeds to %u: %zu documents of %zu pages, %zu wrong\n", f->r.seed, t.documents,
			    t.pages, t.wrong);
	}
	print_message("%u snapshots: %zu documents (%zu failed their gate) of %zu pages, %zu cells found again;"
	    " something is wrong with %zu documents\n", f->n, t.documents, t.failed, t.pages, t.cells, t.wrong);
	assert_true(t.documents > 0 && t.pages > t.documents);
	assert_int_equal(t.wrong, 0);
}

static int setup(void **state)
{
	struct fixture *f = *state;
	struct why why;

	fixture_must(conf_load("config/zhoubao.ini", &f->conf, &why), &why);
	fixture_must(ruleset_load(&f->conf, &f->rs, &why), &why);
	fixture_must(type_open(&f->conf, &f->type, &why), &why);
	snprintf(f->folder, sizeof f->folder, "/tmp/random-snapshots-XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		return -1;
	fixture_must(site_open(f->folder, &f->r.site, &why), &why);
	fixture_must(site_prepare(&f->r.site, f->rs, &why), &why);
	f->r.rs = f->rs;
	f->briefings = mem_zero(f->rs->n_briefings + 1, sizeof *f->briefings);
	for (size_t i = 0; i < f->rs->n_briefings; i++)
		fixture_must(publish_template(f->rs, f->rs->briefings[i].name, &f->briefings[i], &why), &why);
	f->has_pdftotext = system("pdftotext -v >/dev/null 2>&1") == 0;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[96];

	for (size_t i = 0; i < f->rs->n_briefings; i++)
		template_free(f->briefings[i]);
	free(f->briefings);
	type_free(f->type);
	site_close(&f->r.site);
	ruleset_free(f->rs);
	conf_free(&f->conf);
	snprintf(command, sizeof command, "rm -rf %s", f->folder);
	return system(command);
}

int main(int argc, char **argv)
{
	struct fixture f = { .n = argc > 1 ? (uint32_t)atoi(argv[1]) : SEEDS,
	    .first = argc > 2 ? (uint32_t)atoi(argv[2]) : 1 };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate_setup_teardown(random_snapshots, setup, teardown, &f),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);       /* a thousand take a while */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
