/* uses: reporter */
/* Templates: what is read, and what is refused with file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../common/xmldoc.h"
#include "../../reporter/reporter.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))
#define HEAD "<briefing name=\"b\" title=\"t\" page=\"A4\" style=\"gbt9704\">\n" \
	"<stamp draft=\"d\" failed=\"f\" reasons=\"r\" glyph=\"{chars}\" boxes=\"{n}\"/>\n"
#define TAIL "\n</briefing>"

static int parse(const char *s, struct briefing **out, struct why *why)
{
	return template_parse(s, strlen(s), "briefings/b.xml", NULL, out, why);
}

static void refused(void **state)
{
	static const struct { const char *name, *text, *want; } table[] = {
		{ "not closed", HEAD "<p>" TAIL, "briefings/b.xml:4: " },
		{ "unknown element", HEAD "\n<pp>x</pp>" TAIL, "briefings/b.xml:4: <pp> may not stand here" },
		{ "unknown attribute", HEAD "<p align=\"left\">x</p>" TAIL,
		    "briefings/b.xml:3: <p> has no attribute align" },
		{ "missing attribute", HEAD "<table><col title=\"\" value=\"\" width=\"1em\"/></table>" TAIL,
		    "briefings/b.xml:3: <table> lacks the attribute in" },
		{ "an open brace, lines below the tag", HEAD "<p>\none\n{two" "</p>" TAIL,
		    "briefings/b.xml:5: a { without its }; write {{ for the sign itself" },
		{ "a value that is none", HEAD "<p>{a b}</p>" TAIL, "briefings/b.xml:3: {a b} is no value" },
		{ "text between blocks", HEAD "hello" TAIL, "briefings/b.xml:2: text " },
		{ "query twice",
		    HEAD "<query id=\"a\">SELECT 1</query>\n<query id=\"a\">SELECT 2</query>" TAIL,
		    "briefings/b.xml:4: query a is there twice, first in line 3" },
		{ "query called meta", HEAD "<query id=\"meta\">SELECT 1</query>" TAIL,
		    "briefings/b.xml:3: \"meta\" is no name for a query" },
		{ "decimals", HEAD "<format name=\"x\" decimals=\"7\"/>" TAIL,
		    "briefings/b.xml:3: decimals=\"7\" must be a number from 0 to 6" },
		{ "two conditions", HEAD "<if has=\"a\" lacks=\"b\"><p>x</p></if>" TAIL,
		    "briefings/b.xml:3: <if> needs exactly one of test, has, lacks" },
		{ "a block in a text", HEAD "<p><h1>x</h1></p>" TAIL,
		    "briefings/b.xml:3: <h1> may not stand here" },
		{ "a case without its format", HEAD "<case is=\"1\">x</case>" TAIL,
		    "briefings/b.xml:3: <case> may not stand here" },
		{ "orientation", HEAD "<page orient=\"upside\"/>" TAIL,
		    "briefings/b.xml:3: orient=\"upside\" must be one of: landscape portrait" },
		{ "paper", "<briefing name=\"b\" title=\"t\" page=\"A5\" style=\"gbt9704\"/>",
		    "briefings/b.xml:1: page=\"A5\" must be one of: A4 A3" },
		{ "for each of what", "<briefing name=\"b\" title=\"t\" page=\"A4\" style=\"gbt9704\" per=\"q\">\n"
		    "<stamp draft=\"d\" failed=\"f\" reasons=\"r\" glyph=\"g\" boxes=\"b\"/>" TAIL,
		    "briefings/b.xml:1: per=\"q\": there is no query q" },
		{ "outbox of nobody", "<briefing name=\"b\" title=\"t\" page=\"A4\" style=\"gbt9704\" outbox=\"yes\"/>",
		    "briefings/b.xml:1: outbox needs per" },
		{ "a number twice",
		    HEAD "<number name=\"a\" says=\"{n}\"/>\n<number name=\"a\" says=\"{n}\"/>" TAIL,
		    "briefings/b.xml:4: number a is there twice, first in line 3" },
		{ "a number within none", HEAD "<number name=\"a\" says=\"{n}\" within=\"b\"/>" TAIL,
		    "briefings/b.xml:3: within=\"b\": there is no number b before this" },
		{ "a number that is none", HEAD "<p>{+a b}</p>" TAIL, "briefings/b.xml:3: {+a b} is no number" },
		{ "a mark that is none", HEAD "<p>{+a:}</p>" TAIL, "briefings/b.xml:3: {+a:} is no number" },
		{ "no stamp", "<briefing name=\"b\" title=\"t\" page=\"A4\" style=\"gbt9704\"/>",
		    "briefings/b.xml:1: <stamp> is missing" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct briefing *b = NULL;
		struct why why = { 0 };

		if (parse(table[i].text, &b, &why) == 0)
			fail_msg("%s: was taken", table[i].name);
		assert_int_equal(why.code, EX_CONFIG);
		if (strncmp(why.text, table[i].want, strlen(table[i].want)) != 0)
			fail_msg("%s: %s, wanted %s", table[i].name, why.text, table[i].want);
	}
}

static void pieces(void **state)
{
	struct briefing *b = NULL;
	struct why why;
	const struct pattern *p;

	(void)state;
	assert_int_equal(parse(HEAD "<p>截至\n    {as_of|monthday}，{{}}{city.rate|1?—}%{x?}</p>" TAIL, &b,
	    &why), 0);
	p = &b->body->child->text;
	assert_int_equal(p->n, 6);
	assert_string_equal(p->v[0].text, "截至");       /* the line end of the source is gone */
	assert_string_equal(p->v[1].name, "as_of");
	assert_string_equal(p->v[1].format, "monthday");
	assert_null(p->v[1].otherwise);
	assert_int_equal(p->v[1].line, 4);
	assert_string_equal(p->v[2].text, "，{}");
	assert_string_equal(p->v[3].query, "city");
	assert_string_equal(p->v[3].otherwise, "—");
	assert_string_equal(p->v[5].otherwise, "");
	template_free(b);
}

/* The project's own templates follow the grammar that is shipped with them. */
static void the_grammar_takes_what_we_ship(void **state)
{
	static const char *const shipped[] = { "weekly.xml", "unit.xml", "slip.xml", "quality.xml", "wall.xml" };
	struct xmldoc_grammar *grammar = NULL;
	struct buf rng = { 0 }, bytes = { 0 };
	struct why why = { 0 };
	int dir = fsio_folder("templates/briefings", &why);

	(void)state;
	if (dir < 0)
		skip();                                 /* not run from the project's folder */
	assert_int_equal(fsio_read(dir, "briefing.rng", 1 << 20, &rng, &why), 0);
	assert_int_equal(xmldoc_grammar(rng.s, rng.len, "briefing.rng", &grammar, &why), 0);
	for (size_t i = 0; i < COUNT(shipped); i++) {
		struct briefing *b = NULL;

		buf_reset(&bytes);
		assert_int_equal(fsio_read(dir, shipped[i], 1 << 20, &bytes, &why), 0);
		if (template_parse(bytes.s, bytes.len, shipped[i], grammar, &b, &why) != 0)
			fail_msg("%s", why.text);
		template_free(b);
	}
	xmldoc_grammar_free(grammar);
	buf_free(&rng);
	buf_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(pieces),
		cmocka_unit_test(the_grammar_takes_what_we_ship),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
