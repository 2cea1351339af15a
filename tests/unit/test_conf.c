/* conf: what INI files are taken, what is refused and with which words, and the site's own settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/conf.h"

#define N(a) (sizeof(a) / sizeof *(a))

/* ---- INI ---- */

static const struct {
	const char *name, *in;
	size_t n;               /* 0: strlen */
	const char *want;       /* "line section.key=value|" of every entry, or the trouble */
	int rc;
} inis[] = {
	{ "empty", "", 0, "", 0 },
	{ "comments and blanks", "# a\n\n ; b\n", 0, "", 0 },
	{ "an entry", "[a]\nk = v\n", 0, "2 a.k=v|", 0 },
	{ "no newline at the end", "[a]\nk=v", 0, "2 a.k=v|", 0 },
	{ "CRLF", "[a]\r\nk = v\r\n", 0, "2 a.k=v|", 0 },
	{ "names fold to lower case, values do not", "[CZJKQ]\nName = CZ\n", 0, "2 czjkq.name=CZ|", 0 },
	{ "blanks inside a value", "[a]\nk =  v w \t\n", 0, "2 a.k=v w|", 0 },
	{ "an = inside a value", "[a]\nk = x=y\n", 0, "2 a.k=x=y|", 0 },
	{ "an empty value", "[a]\nk =\nl = \"\"\n", 0, "2 a.k=|3 a.l=|", 0 },
	{ "quoted", "[a]\nk = \"v ; w # x\"\n", 0, "2 a.k=v ; w # x|", 0 },
	{ "single quotes", "[a]\nk = 'v;w'\n", 0, "2 a.k=v;w|", 0 },
	{ "a comment after a quoted value", "[a]\nk = \"v\" ; why\n", 0, "2 a.k=v|", 0 },
	{ "one key in two sections", "[a]\nk = 1\n[b]\nk = 2\n", 0, "2 a.k=1|4 b.k=2|", 0 },
	{ "Chinese", "[a]\nk = \xe6\xad\xa6\xe8\xbf\x9b\xe5\x8c\xba\n", 0, "2 a.k=\xe6\xad\xa6\xe8\xbf\x9b\xe5\x8c\xba|", 0 },

	{ "a key twice", "[a]\nk = 1\n\nK = 2\n", 0, "x.ini:4: [a] k is there twice (first in line 2)", -1 },
	{ "a section twice", "[a]\nk = 1\n[A]\nl = 2\n", 0, "x.ini:3: section [a] is there twice (first in line 1)", -1 },
	{ "BOM", "\xef\xbb\xbf[a]\n", 0, "x.ini:1: begins with a byte order mark: save as UTF-8 without BOM", -1 },
	{ "CR only", "[a]\rk = v\r", 0, "x.ini:1: a CR inside the line: lines end in LF or CRLF", -1 },
	{ "NUL", "[a]\nk = v\0w\n", 12, "x.ini:2: a control character (byte 6 of the line)", -1 },
	{ "escape sequence", "[a]\nk = \033[2J\n", 0, "x.ini:2: a control character (byte 5 of the line)", -1 },
	{ "not UTF-8", "[a]\nk = \xce\xe4\xbd\xf8\n", 0, "x.ini:2: byte 5 of the line is not UTF-8", -1 },
	{ "unquoted ;", "[a]\nk = v ; w\n", 0,
	  "x.ini:2: a value with ; or # must be quoted; a comment has a line of its own", -1 },
	{ "unquoted #", "[a]\nk = x.ttc#2\n", 0,
	  "x.ini:2: a value with ; or # must be quoted; a comment has a line of its own", -1 },
	{ "open quote", "[a]\nk = \"v\n", 0, "x.ini:2: a quote that is not closed", -1 },
	{ "lonely quote", "[a]\nk = \"\n", 0, "x.ini:2: a quote that is not closed", -1 },
	{ "text after a quote", "[a]\nk = \"v\" w\n", 0, "x.ini:2: text after the closing quote", -1 },
	{ "text after a section", "[a] k = v\n", 0, "x.ini:1: text after \"]\"; a comment has a line of its own", -1 },
	{ "a comment after a section", "[a] ; why\n", 0, "x.ini:1: text after \"]\"; a comment has a line of its own", -1 },
	{ "open section", "[a\n", 0, "x.ini:1: \"[\" without \"]\"", -1 },
	{ "empty section", "[]\n", 0, "x.ini:1: section name \"\": wanted letters, digits, \"_\", \"-\" and \".\"", -1 },
	{ "colon in a section", "[a:b]\n", 0,
	  "x.ini:1: section name \"a:b\": wanted letters, digits, \"_\", \"-\" and \".\"", -1 },
	{ "colon in a key", "[a]\nb:c = 1\n", 0, "x.ini:2: key \"b:c\": wanted letters, digits, \"_\", \"-\" and \".\"", -1 },
	{ "no key", "[a]\n= 1\n", 0, "x.ini:2: key \"\": wanted letters, digits, \"_\", \"-\" and \".\"", -1 },
	{ "no =", "[a]\nquiet\n", 0, "x.ini:2: neither [section], key = value nor a comment", -1 },
	{ "before a section", "k = v\n", 0, "x.ini:1: \"k\" stands before the first [section]", -1 },
	{ "joined lines", "[a]\nk = v \\\nw\n", 0, "x.ini:2: a line that ends in \\ is joined to the next: write it in one",
	  -1 },
};

static void
show(const struct ini *ini, struct buf *out)
{
	for (size_t i = 0; i < ini->n; i++)
		buf_fmt(out, "%d %s.%s=%s|", ini->v[i].line, ini->v[i].section, ini->v[i].key, ini->v[i].value);
}

static void
ini_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(inis); i++) {
		size_t n = inis[i].n != 0 ? inis[i].n : strlen(inis[i].in);
		struct ini ini = { 0 };
		struct buf got = { 0 };
		struct why why = { 0 };

		print_message("# %s\n", inis[i].name);
		assert_int_equal(ini_parse(inis[i].in, n, "x.ini", &ini, &why), inis[i].rc);
		if (inis[i].rc == 0)
			show(&ini, &got);
		assert_string_equal(inis[i].rc == 0 ? buf_cstr(&got) : why.text, inis[i].want);
		if (inis[i].rc != 0)
			assert_int_equal(why.code, EX_CONFIG);
		ini_free(&ini);
		buf_free(&got);
	}
}

/* The limit, and one past it. */
static void
ini_long_lines(void **state)
{
	struct ini ini = { 0 };
	struct why why = { 0 };
	char text[1100];

	(void)state;
	for (size_t len = 1000; len <= 1001; len++) {
		int n = snprintf(text, sizeof text, "[a]\nk = ");
		size_t line = 4;

		memset(text + n, 'x', len - line);
		text[(size_t)n + len - line] = '\n';
		text[(size_t)n + len - line + 1] = '\0';
		if (len == 1000) {
			assert_int_equal(ini_parse(text, strlen(text), "x.ini", &ini, &why), 0);
			assert_int_equal(strlen(ini.v[0].value), len - line);
			ini_free(&ini);
		} else {
			assert_int_equal(ini_parse(text, strlen(text), "x.ini", &ini, &why), -1);
			assert_string_equal(why.text, "x.ini:2: the line has 1001 bytes; at most 1000");
		}
	}
}

/* ---- the site's settings ---- */

static char folder[] = "/tmp/test_conf.XXXXXX";

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	char file[64];

	(void)state;
	(void)snprintf(file, sizeof file, "%s/z.ini", folder);
	(void)unlink(file);
	return rmdir(folder);
}

static int
load(const char *text, struct conf *conf, struct why *why)
{
	char file[64];
	FILE *f;

	(void)snprintf(file, sizeof file, "%s/z.ini", folder);
	f = fopen(file, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return conf_load(file, conf, why);
}

/* WANT begins after "FOLDER/". */
static void
assert_in_folder(const char *got, const char *want)
{
	assert_int_equal(strncmp(got, folder, strlen(folder)), 0);
	assert_string_equal(got + strlen(folder), want);
}

#define SITE "[site]\nutc_offset = +08:00\n"

static void
conf_defaults(void **state)
{
	struct conf conf = { 0 };
	struct why why = { 0 };

	(void)state;
	assert_int_equal(load(SITE, &conf, &why), 0);
	assert_null(conf.root);
	assert_string_equal(conf.config, folder);
	assert_in_folder(conf.templates, "/templates");
	assert_int_equal(conf.utc_offset, 480);
	assert_int_equal(conf.quiet, 60);
	assert_int_equal(conf.files_per_run, 500);
	assert_int_equal(conf.bytes_per_run, 16 << 20);
	assert_int_equal(conf.cpu_seconds, 10);
	assert_int_equal(conf.wall_seconds, 60);
	assert_int_equal(conf.n_font_path, 0);
	assert_int_equal(conf.n_fonts, 0);
	conf_free(&conf);
}

static void
conf_said(void **state)
{
	static const char text[] =
	    "[site]\nroot = /srv/site\nconfig = c\ntemplates = ../t\nutc_offset = -03:30\n"
	    "[intake]\nquiet = 0\nmax_bytes = 1024\nwall_seconds = 3600\n"
	    "[fonts]\npath = /usr/f : own\nbody = \"a.otf, b.ttc#2\"\nkai = k.otf\n"
	    "[week]\nfirst = 2022-W12\n";
	struct conf conf = { 0 };
	struct why why = { 0 };

	(void)state;
	assert_int_equal(load(text, &conf, &why), 0);
	assert_string_equal(conf.root, "/srv/site");
	assert_in_folder(conf.config, "/c");
	assert_in_folder(conf.templates, "/../t");
	assert_int_equal(conf.utc_offset, -210);
	assert_int_equal(conf.quiet, 0);
	assert_false(conf_is_local("intake", "max_bytes"));
	assert_true(conf_is_local("intake", "wall_seconds"));
	assert_int_equal(conf.wall_seconds, 3600);
	assert_int_equal(conf.n_font_path, 2);
	assert_string_equal(conf.font_path[0], "/usr/f");
	assert_in_folder(conf.font_path[1], "/own");
	assert_int_equal(conf.n_fonts, 2);
	assert_string_equal(conf.fonts[0].role, "body");
	assert_int_equal(conf.fonts[0].n, 2);
	assert_string_equal(conf.fonts[0].files[0], "a.otf");
	assert_string_equal(conf.fonts[0].files[1], "b.ttc#2");
	assert_string_equal(conf.fonts[1].files[0], "k.otf");
	assert_int_equal(conf.fonts[1].line, 13);
	assert_string_equal(ini_find(&conf.ini, "week", "first")->value, "2022-W12");
	conf_free(&conf);
}

static const struct {
	const char *name, *in, *want;   /* want: after "FOLDER" */
} wrong[] = {
	{ "no offset", "[site]\nroot = x\n", "/z.ini: [site] utc_offset is missing" },
	{ "offset without sign", "[site]\nutc_offset = 08:00\n",
	  "/z.ini:2: [site] utc_offset = 08:00: wanted +HH:MM or -HH:MM, for example +08:00" },
	{ "offset of 15 hours", "[site]\nutc_offset = +15:00\n",
	  "/z.ini:2: [site] utc_offset = +15:00: wanted +HH:MM or -HH:MM, for example +08:00" },
	{ "offset of 60 minutes", "[site]\nutc_offset = +08:60\n",
	  "/z.ini:2: [site] utc_offset = +08:60: wanted +HH:MM or -HH:MM, for example +08:00" },
	{ "unknown in [site]", SITE "rooot = /x\n", "/z.ini:3: [site] rooot is not known" },
	{ "unknown in [intake]", SITE "[intake]\nquite = 60\n", "/z.ini:4: [intake] quite is not known" },
	{ "empty folder", SITE "config =\n", "/z.ini:3: [site] config is empty: wanted a folder" },
	{ "not a number", SITE "[intake]\nquiet = 12abc\n",
	  "/z.ini:4: [intake] quiet = 12abc: wanted a whole number from 0 to 86400" },
	{ "negative", SITE "[intake]\nquiet = -1\n",
	  "/z.ini:4: [intake] quiet = -1: wanted a whole number from 0 to 86400" },
	{ "empty number", SITE "[intake]\nquiet =\n",
	  "/z.ini:4: [intake] quiet = : wanted a whole number from 0 to 86400" },
	{ "one past the limit", SITE "[intake]\nquiet = 86401\n",
	  "/z.ini:4: [intake] quiet = 86401: wanted a whole number from 0 to 86400" },
	{ "one below the limit", SITE "[intake]\nbytes_per_run = 0\n",
	  "/z.ini:4: [intake] bytes_per_run = 0: wanted a whole number from 1 to 1099511627776" },
	{ "more digits than fit", SITE "[intake]\nbytes_per_run = 99999999999999999999\n",
	  "/z.ini:4: [intake] bytes_per_run = 99999999999999999999: wanted a whole number from 1 to 1099511627776" },
	{ "empty font", SITE "[fonts]\nbody = a.otf,,b.otf\n",
	  "/z.ini:4: [fonts] body: \"\" is no font file: wanted file or file#index, separated by commas" },
	{ "bad font index", SITE "[fonts]\nbody = \"a.ttc#x\"\n",
	  "/z.ini:4: [fonts] body: \"a.ttc#x\" is no font file: wanted file or file#index, separated by commas" },
	{ "empty font folder", SITE "[fonts]\npath = /a::/b\n", "/z.ini:4: [fonts] path has an empty folder" },
	{ "not INI at all", "{\"site\": 1}\n", "/z.ini:1: neither [section], key = value nor a comment" },
};

static void
conf_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(wrong); i++) {
		struct conf conf = { 0 };
		struct why why = { 0 };

		print_message("# %s\n", wrong[i].name);
		assert_int_equal(load(wrong[i].in, &conf, &why), -1);
		assert_int_equal(why.code, EX_CONFIG);
		assert_in_folder(why.text, wrong[i].want);
	}
}

static void
conf_absent(void **state)
{
	struct conf conf = { 0 };
	struct why why = { 0 };

	(void)state;
	assert_int_equal(conf_load("/nowhere/z.ini", &conf, &why), -1);
	assert_int_equal(why.code, EX_CONFIG);
	assert_string_equal(why.text, "/nowhere/z.ini: there is no such file (-c names another)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ini_table),
		cmocka_unit_test(ini_long_lines),
		cmocka_unit_test(conf_defaults),
		cmocka_unit_test(conf_said),
		cmocka_unit_test(conf_wrong),
		cmocka_unit_test(conf_absent),
	};

	return cmocka_run_group_tests_name("conf", tests, make_folder, remove_folder);
}
