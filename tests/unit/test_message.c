/* message: texts, words and needs; what is printed with values in place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <string.h>

#include <cmocka.h>

#include "common/fsio.h"
#include "common/message.h"
#include "common/xmldoc.h"

#define N(a) (sizeof(a) / sizeof *(a))

static const char texts[] =
    "<messages>\n"
    "  <message id=\"header.missing\" rule=\"V03\" severity=\"fatal\">\n"
    "    <says>no {title} in\n      row {row}</says>\n"
    "    <mend>add {title}</mend>\n"
    "  </message>\n"
    "  <message id=\"folded\" rule=\"V01\" severity=\"note\"><says>folded</says></message>\n"
    "  <text id=\"hello\">  \xe4\xbd\xa0\n    \xe5\xa5\xbd {name} \n</text>\n"
    "  <text id=\"block\" xml:space=\"preserve\">a\n  b</text>\n"
    "  <words id=\"total\">\xe5\x90\x88\xe8\xae\xa1 Sum\n  a(b)</words>\n"
    "</messages>\n";

static void
read_texts(struct messages *m)
{
	struct why why = { 0 };

	assert_int_equal(messages_parse(m, texts, strlen(texts), "m.xml", &why), 0);
}

static void
says_and_mend(void **state)
{
	const struct message_arg args[] = { { "title", "T" }, { "row", NULL } };
	struct messages m = { 0 };
	struct buf b = { 0 };

	(void)state;
	read_texts(&m);
	message_says(&b, &m, "header.missing", args, N(args));
	buf_char(&b, '|');
	message_mend(&b, &m, "header.missing", args, N(args));
	buf_char(&b, '|');
	message_mend(&b, &m, "folded", NULL, 0);
	buf_char(&b, '|');
	message_says(&b, &m, "hello", NULL, 0);
	buf_char(&b, '|');
	message_says(&b, &m, "block", NULL, 0);
	assert_string_equal(buf_cstr(&b), "no T in row |add T||\xe4\xbd\xa0\xe5\xa5\xbd {name}|a\n  b");
	assert_int_equal(message_find(&m, "folded")->line, 7);
	assert_null(message_find(&m, "nothing"));
	buf_free(&b);
	messages_free(&m);
}

static void
words(void **state)
{
	static const struct {
		const char *text;
		bool has, starts;
	} t[] = {
		{ "\xe5\x90\x88\xe8\xae\xa1", true, true },
		{ " \xe5\x90\x88\xe3\x80\x80\xe8\xae\xa1 ", true, true },       /* blanks inside, one of them full-width */
		{ "\xe5\x90\x88\xe8\xae\xa1\xef\xbc\x9a" "8", false, true },
		{ "sum", true, true },
		{ "\xef\xbc\xb3\xef\xbd\x95\xef\xbd\x8d", true, true },         /* full-width */
		{ "a\xef\xbc\x88" "b\xef\xbc\x89", true, true },                /* full-width brackets */
		{ "\xe5\x90\x88", false, false },
		{ "", false, false },
		{ "su", false, false },
		{ "summary", false, true },
		{ "s um", true, true },
		{ "12.50", false, false },
	};
	struct messages m = { 0 };

	(void)state;
	read_texts(&m);
	for (size_t i = 0; i < N(t); i++) {
		print_message("# %s\n", t[i].text);
		assert_int_equal(words_has(&m, "total", span_of(t[i].text)), t[i].has);
		assert_int_equal(words_starts(&m, "total", span_of(t[i].text)), t[i].starts);
	}
	assert_int_equal(words_find(&m, "total")->n, 3);
	assert_string_equal(words_find(&m, "total")->v[1], "Sum");
	assert_null(words_find(&m, "hello"));
	messages_free(&m);
}

static void
needs(void **state)
{
	static const struct {
		enum message_use use;
		struct message_need need;
		const char *want;       /* NULL: it serves */
	} t[] = {
		{ USE_FINDING, { "header.missing", "row title" }, NULL },
		{ USE_FINDING, { "folded", NULL }, NULL },
		{ USE_TEXT, { "folded", NULL }, NULL },
		{ USE_TEXT, { "hello", "name" }, NULL },
		{ USE_WORDS, { "total", NULL }, NULL },
		{ USE_FINDING, { "header.missing", "title" },
		    "m.xml:2: message \"header.missing\" uses {row}; it may use: title" },
		{ USE_TEXT, { "hello", NULL }, "m.xml:8: message \"hello\" uses {name}; it may use: (nothing)" },
		{ USE_TEXT, { "hello", "nam names" }, "m.xml:8: message \"hello\" uses {name}; it may use: nam names" },
		{ USE_TEXT, { "bye", NULL },
		    "templates/messages: there is nothing with the id \"bye\"; wanted a <text>" },
		{ USE_WORDS, { "bye", NULL },
		    "templates/messages: there is nothing with the id \"bye\"; wanted <words>, at least one" },
		{ USE_FINDING, { "hello", "name" }, "m.xml:8: \"hello\" is a <text>; wanted a <message>" },
		{ USE_TEXT, { "total", NULL },
		    "templates/messages: there are <words> with the id \"total\"; wanted a <text>" },
		{ USE_WORDS, { "folded", NULL }, "m.xml:7: \"folded\" is a <message>; wanted <words>, at least one" },
	};
	struct messages m = { 0 };

	(void)state;
	read_texts(&m);
	for (size_t i = 0; i < N(t); i++) {
		struct why why = { 0 };

		print_message("# %s\n", t[i].need.id);
		assert_int_equal(messages_require(&m, t[i].use, &t[i].need, 1, &why), t[i].want == NULL ? 0 : -1);
		if (t[i].want != NULL) {
			assert_int_equal(why.code, EX_CONFIG);
			assert_string_equal(why.text, t[i].want);
		}
	}
	messages_free(&m);
}

static void
filled(void **state)
{
	const struct message_arg args[] = { { "a.b", "{a.b}" }, { "n", "5" } };
	static const struct {
		const char *in, *want;
	} t[] = {
		{ "", "" }, { "x", "x" }, { "{n}", "5" }, { "a{n}b{n}c", "a5b5c" }, { "{a.b}", "{a.b}" },
		{ "{m}{n}", "{m}5" }, { "{n", "{n" }, { "{}", "{}" }, { "{n} {n n} {n}", "5 {n n} {n}" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < N(t); i++) {
		print_message("# %s\n", t[i].in);
		buf_reset(&b);
		template_fill(&b, t[i].in, args, N(args));
		assert_string_equal(buf_cstr(&b), t[i].want);
	}
	buf_free(&b);
}

static void
said_as_a_finding(void **state)
{
	const struct message_arg args[] = { { "title", "T" }, { "row", "3" } };
	const struct finding at = { .rule = "ignored", .severity = SEV_NOTE, .row = 3, .value = "v" };
	struct messages m = { 0 };
	struct findings fs = { 0 };
	struct finding *f;

	(void)state;
	read_texts(&m);
	f = finding_say(&fs, &m, "header.missing", &at, args, N(args));
	assert_ptr_equal(f, &fs.v[0]);
	assert_string_equal(f->rule, "V03");
	assert_int_equal(f->severity, SEV_FATAL);
	assert_int_equal(f->row, 3);
	assert_string_equal(f->value, "v");
	assert_string_equal(f->message, "no T in row 3");
	assert_string_equal(f->mend, "add T");
	assert_null(finding_say(&fs, &m, "folded", &at, NULL, 0)->mend);
	findings_free(&fs);
	messages_free(&m);
}

/* ---- the house's own messages ---- */

static void
read_file(const char *folder, const char *name, struct buf *out)
{
	struct buf path = { 0 };
	struct why why = { 0 };

	buf_fmt(&path, "%s/%s", folder, name);
	assert_int_equal(fsio_read(AT_FDCWD, buf_cstr(&path), 1 << 20, out, &why), 0);
	buf_free(&path);
}

/* templates/messages follow their grammar, and no id is said twice in any two of them. */
static void
own_messages(void **state)
{
	static const char folder[] = "templates/messages";
	struct names names = { 0 };
	struct messages m = { 0 };
	struct xmldoc_grammar *grammar = NULL;
	struct buf rng = { 0 };
	struct why why = { 0 };

	(void)state;
	read_file(folder, "messages.rng", &rng);
	assert_int_equal(xmldoc_grammar(rng.s, rng.len, "messages.rng", &grammar, &why), 0);
	assert_int_equal(fsio_list(AT_FDCWD, folder, &names, &why), 0);
	for (size_t i = 0; i < names.n; i++) {
		struct buf text = { 0 };
		xmlDoc *doc = NULL;

		if (strstr(names.v[i], ".xml") == NULL)
			continue;
		read_file(folder, names.v[i], &text);
		(void)xmldoc_parse(text.s, text.len, names.v[i], &doc, &why);
		assert_string_equal(why.text, "");
		(void)xmldoc_check(doc, names.v[i], grammar, &why);
		assert_string_equal(why.text, "");
		(void)messages_parse(&m, text.s, text.len, names.v[i], &why);
		assert_string_equal(why.text, "");
		xmlFreeDoc(doc);
		buf_free(&text);
	}
	assert_true(m.n > 0);
	messages_free(&m);
	names_free(&names);
	xmldoc_grammar_free(grammar);
	buf_free(&rng);
}

/* An older set of messages keeps its own words, and has those of today for what it did not know. */
static void
completed(void **state)
{
	static const char old[] =
	    "<messages><text id=\"hello\">old {name}</text><words id=\"op\">a b</words></messages>";
	const struct message_arg args[] = { { "name", "N" }, { "title", "T" }, { "row", "3" } };
	struct messages m = { 0 }, today = { 0 };
	struct why why = { 0 };
	struct buf b = { 0 };

	(void)state;
	read_texts(&today);
	assert_int_equal(messages_parse(&m, old, strlen(old), "old.xml", &why), 0);
	messages_complete(&m, &today);
	messages_free(&today);
	message_says(&b, &m, "hello", args, N(args));
	buf_char(&b, '|');
	message_says(&b, &m, "header.missing", args, N(args));
	buf_char(&b, '|');
	message_mend(&b, &m, "header.missing", args, N(args));
	assert_string_equal(buf_cstr(&b), "old N|no T in row 3|add T");
	assert_null(message_find(&m, "folded")->mend);
	assert_true(words_has(&m, "total", span_of("sum")));
	assert_true(words_has(&m, "op", span_of("b")));
	buf_free(&b);
	messages_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_and_mend),
		cmocka_unit_test(words),
		cmocka_unit_test(needs),
		cmocka_unit_test(filled),
		cmocka_unit_test(said_as_a_finding),
		cmocka_unit_test(completed),
		cmocka_unit_test(own_messages),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
