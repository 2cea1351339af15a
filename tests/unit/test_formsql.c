/*
 * formsql: the key and the fields of a form as SQL has them, with quotes in the names too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/formsql.h"

static char one_name[] = "id", two_name[] = "no\"de", three_name[] = "date";
static struct field fields[] = { { .name = three_name }, { .name = one_name }, { .name = two_name } };
static size_t one_key[] = { 1 }, two_keys[] = { 1, 2 };
static const struct form single = { .fields = fields, .n_fields = 2, .keys = one_key, .n_keys = 1 };
static const struct form twofold = { .fields = fields, .n_fields = 3, .keys = two_keys, .n_keys = 2 };

static void column(struct buf *b, const struct form *form, const char *alias)
{
	sql_column(b, alias, form->fields[form->keys[form->n_keys - 1]].name);
}

static void same(struct buf *b, const struct form *form, const char *alias)
{
	sql_same_key(b, form, alias, "new");
}

static void all(struct buf *b, const struct form *form, const char *alias)
{
	(void)alias;
	sql_fields(b, form);
}

static void
test_pieces(void **state)
{
	static const struct {
		const char *name;
		void      (*add)(struct buf *b, const struct form *form, const char *alias);
		const struct form *form;
		const char *alias, *want;
	} rows[] = {
		{ "column", column, &single, "row", "row.\"id\"" },
		{ "column alone, quote in its name", column, &twofold, NULL, "\"no\"\"de\"" },
		{ "key of one", sql_keys, &single, NULL, "\"id\"" },
		{ "key of two", sql_keys, &twofold, "a", "a.\"id\", a.\"no\"\"de\"" },
		{ "text of one", sql_key_text, &single, "a", "a.\"id\"" },
		{ "text of two", sql_key_text, &twofold, NULL, "\"id\" || ' ' || \"no\"\"de\"" },
		{ "same key of one", same, &single, "cur", "cur.\"id\" = new.\"id\"" },
		{ "same key of two", same, &twofold, "cur",
		  "cur.\"id\" = new.\"id\" AND cur.\"no\"\"de\" = new.\"no\"\"de\"" },
		{ "fields", all, &twofold, NULL, "\"date\", \"id\", \"no\"\"de\", " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf got = { 0 };

		buf_str(&got, "> ");            /* added, not put in place of what is there */
		rows[i].add(&got, rows[i].form, rows[i].alias);
		if (strncmp(buf_cstr(&got), "> ", 2) != 0 || strcmp(buf_cstr(&got) + 2, rows[i].want) != 0)
			fail_msg("%s: got %s, wanted > %s", rows[i].name, buf_cstr(&got), rows[i].want);
		buf_free(&got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
