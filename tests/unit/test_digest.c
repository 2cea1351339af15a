/* SHA-256: the published examples, in one piece, in pieces, and many by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../common/digest.h"

/* FIPS 180-4 examples. */
static const struct example {
	const char *in, *want;
} examples[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

#define EXAMPLES (sizeof examples / sizeof *examples)

static void in_one_piece(void **state)
{
	char got[DIGEST_HEX];

	(void)state;
	for (const struct example *e = examples; e < examples + EXAMPLES; e++) {
		digest_of(e->in, strlen(e->in), got);
		assert_string_equal(got, e->want);
	}
}

static void in_pieces(void **state)
{
	struct digest *d = digest_new();
	char got[DIGEST_HEX];

	(void)state;
	for (int i = 0; i < 1000000; i++)
		digest_add(d, "a", 1);
	digest_add(d, NULL, 0);
	digest_end(d, got);
	assert_string_equal(got, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void many_by_one(void **state)
{
	struct digest *d = digest_new();
	char got[DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < 2 * EXAMPLES; i++) {
		const struct example *e = &examples[i % EXAMPLES];

		digest_once(d, e->in, strlen(e->in), got);
		assert_string_equal(got, e->want);
	}
	digest_end(d, got);
	assert_string_equal(got, examples[0].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_one_piece),
		cmocka_unit_test(in_pieces),
		cmocka_unit_test(many_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
