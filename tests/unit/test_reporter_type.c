/* uses: reporter */
/* The fonts that are embedded: a character's code names a glyph of the subset, as wide as the PDF says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ft2build.h>
#include FT_FREETYPE_H

#include "../../reporter/reporter.h"

/* Ascending: figures, letters, marks, common and rare characters, one above U+FFFF. */
static const uint32_t wanted[] = {
	'%', ',', '.', '0', '1', '8', 'A', 'M', 'W', 'g', 0x2014, 0x201c, 0x201d, 0x2026, 0x2212, 0x25cf,
	0x3001,
	0x3002, 0x300a, 0x4e00, 0x5219, 0x5728, 0x5824, 0x5de5, 0x667a, 0x8f6c, 0x9547, 0x9555, 0xff08,
	0xff1a,
	0x20bb7,
};

static bool by_face(const struct metrics *m, enum type_role role, uint32_t cp, int *face)
{
	struct metric found;

	if (!m->find(m->from, role, cp, &found))
		return false;
	*face = found.face;
	return true;
}

/* Widths of one subset: those of its glyphs, in thousandths, to a half. */
static void widths_agree(FT_Library library, const struct type *type, int face, const uint32_t *cps, size_t n)
{
	struct type_subset s = { 0 };
	struct why why = { 0 };
	FT_Face made;

	assert_int_equal(type_subset(type, face, cps, n, &s, &why), 0);
	assert_int_equal(s.n_codes, n);
	assert_int_equal(FT_New_Memory_Face(library, (const FT_Byte *)s.bytes, (FT_Long)s.n, 0, &made), 0);
	for (size_t i = 0; i < n; i++) {
		long units = made->units_per_EM;

		assert_int_equal(s.codes[i].cp, cps[i]);
		assert_true(s.codes[i].code != 0);      /* never .notdef, which PDF/A forbids to show */
		/* Of a bare CFF table FreeType takes a CID if it is keyed by CIDs, as a viewer does. */
		assert_int_equal(FT_Load_Glyph(made, s.codes[i].code, FT_LOAD_NO_SCALE), 0);
		assert_true(labs(made->glyph->metrics.horiAdvance * 1000 - s.codes[i].width * units) <=
		    units);
	}
	FT_Done_Face(made);
	type_subset_free(&s);
}

static void embedded_widths_are_the_glyphs(void **state)
{
	struct conf conf = { 0 };
	struct type *type = NULL;
	struct why why = { 0 };
	struct metrics m;
	FT_Library library;
	char path[512];

	(void)state;
	if (!getenv("TOP"))
		skip();
	snprintf(path, sizeof path, "%s/config/zhoubao.ini", getenv("TOP"));
	assert_int_equal(conf_load(path, &conf, &why), 0);
	assert_int_equal(type_open(&conf, &type, &why), 0);
	assert_int_equal(FT_Init_FreeType(&library), 0);
	m = type_metrics(type);
	for (int role = 0; role < ROLE_COUNT; role++)
		for (int face = 0; face < 16; face++) {
			uint32_t cps[sizeof wanted / sizeof *wanted];
			size_t n = 0;

			for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
				int of = -1;

				assert_true(by_face(&m, (enum type_role)role, wanted[i], &of));
				if (of == face)
					cps[n++] = wanted[i];
			}
			if (n > 0)
				widths_agree(library, type, face, cps, n);
		}
	FT_Done_FreeType(library);
	type_free(type);
	conf_free(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(embedded_widths_are_the_glyphs) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
