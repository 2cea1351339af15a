/* Growable bytes, the arena, and the one-line reasons of why.h. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../common/buf.h"
#include "../../common/why.h"

static void buf_grows(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_string_equal(buf_cstr(&b), "");
	buf_add(&b, NULL, 0);
	assert_int_equal(b.len, 0);
	for (int i = 0; i < 1000; i++)
		buf_char(&b, (char)('a' + i % 26));
	buf_str(&b, "-");
	buf_fmt(&b, "%d/%s", 42, "x");
	assert_int_equal(b.len, 1005);
	assert_int_equal(strlen(b.s), b.len);
	assert_string_equal(b.s + 1000, "-42/x");
	assert_int_equal(b.s[999], 'a' + 999 % 26);
	buf_reset(&b);
	assert_string_equal(buf_cstr(&b), "");
	buf_fmt(&b, "%0500d", 7);       /* longer than what a first guess would hold */
	assert_int_equal(b.len, 500);
	buf_free(&b);
	assert_null(b.s);
}

static void buf_may_hold_nul(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_add(&b, "a\0b", 3);
	buf_char(&b, '\0');
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.s, "a\0b\0", 5);
	buf_free(&b);
}

static void buf_is_taken(void **state)
{
	struct buf b = { 0 };

	(void)state;
	char *s = buf_take(&b);

	assert_string_equal(s, "");     /* an empty one gives a string, too */
	free(s);
	buf_str(&b, "kept");
	s = buf_take(&b);
	assert_string_equal(s, "kept");
	assert_null(b.s);
	assert_int_equal(b.len, 0);
	buf_str(&b, "new");
	assert_string_equal(s, "kept");
	free(s);
	buf_free(&b);
}

static void vectors_grow(void **state)
{
	int *v = NULL;
	size_t n = 0, cap = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		vec_room(v, n, cap);
		v[n++] = i;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(v[i], i);
	assert_true(cap >= n);
	free(v);
}

/* Pieces of every size keep their bytes, are zeroed, aligned, and do not overlap. */
static void arena_keeps(void **state)
{
	struct arena a = { 0 };
	unsigned char *p[600];
	size_t size[600];

	(void)state;
	for (size_t i = 0; i < 600; i++) {
		size[i] = i % 50 == 49 ? 20000 + i : i * 3 % 97;
		p[i] = arena_alloc(&a, size[i]);
		assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < size[i]; k++)
			assert_int_equal(p[i][k], 0);
		if (size[i] > 0)
			memset(p[i], (int)(i % 255 + 1), size[i]);
	}
	for (size_t i = 0; i < 600; i++)
		for (size_t k = 0; k < size[i]; k++)
			assert_int_equal(p[i][k], i % 255 + 1);
	arena_free(&a);
	assert_null(a.block);
}

static void arena_copies(void **state)
{
	struct arena a = { 0 };

	(void)state;
	assert_null(arena_dup(&a, NULL));
	assert_string_equal(arena_dup(&a, "ab"), "ab");
	assert_string_equal(arena_ndup(&a, "abc", 2), "ab");
	assert_string_equal(arena_ndup(&a, NULL, 0), "");
	assert_ptr_not_equal(arena_alloc(&a, 0), arena_alloc(&a, 0));
	arena_free(&a);
	arena_free(&a);
}

/* Of an arena that is used again nothing of before shows, however much it was. */
static void arena_begins_anew(void **state)
{
	struct arena a = { 0 };

	(void)state;
	assert_true(arena_is_empty(&a));
	arena_reset(&a);
	for (size_t n = 1; n < 200000; n = 3 * n + 1) {
		for (int i = 0; i < 3; i++) {
			char *text = arena_ndup(&a, "abc", 3);
			unsigned char *bytes = arena_alloc(&a, n);

			assert_false(arena_is_empty(&a));
			assert_string_equal(text, "abc");
			for (size_t k = 0; k < n; k++)
				assert_int_equal(bytes[k], 0);
			memset(bytes, 'x', n);
		}
		arena_reset(&a);
		assert_true(arena_is_empty(&a));
	}
	arena_free(&a);
}

/* Out of memory ends the program with 74, and an overflow is out of memory, not a small block. */
static void memory_ends(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();
		int status;

		assert_true(pid >= 0);
		if (pid == 0) {
			(void)close(STDERR_FILENO);
			volatile size_t huge = SIZE_MAX / 2;

			free(i == 0 ? mem_zero(huge, 3) : mem_grow(NULL, huge, 16));
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), EX_IOERR);
	}
	free(mem_alloc(0));
	free(mem_zero(0, 8));
}

static void why_is_one_line(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(why_set(&why, EX_DATAERR, "%s: got %d", "a\nb\033[31m\x7f", 3), -1);
	assert_int_equal(why.code, EX_DATAERR);
	assert_string_equal(why.text, "a?b?[31m?: got 3");
	errno = ENOENT;
	assert_int_equal(why_errno(&why, "drop/x"), -1);
	assert_int_equal(why.code, EX_IOERR);
	assert_string_equal(why.text, "drop/x: No such file or directory");
	assert_int_equal(why_config(&why, "units.ini", 12, "no unit %s", "1"), -1);
	assert_int_equal(why.code, EX_CONFIG);
	assert_string_equal(why.text, "units.ini:12: no unit 1");
	(void)why_config(&why, "units.ini", 0, "empty");
	assert_string_equal(why.text, "units.ini: empty");
	(void)why_set(&why, EX_CONFIG, "while packing: %s", why.text);  /* its own text may go in */
	assert_string_equal(why.text, "while packing: units.ini: empty");
}

/* A reason too long is cut, never in the middle of a character. */
static void why_is_cut_whole(void **state)
{
	char text[2000];
	struct why why;

	(void)state;
	for (size_t shift = 0; shift < 3; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 3 < sizeof text; i += 3)
			memcpy(text + i, "\xe5\x91\xa8", 4);
		(void)why_set(&why, EX_IOERR, "%s", text);
		size_t n = strlen(why.text);

		assert_in_range(n, sizeof why.text - 4, sizeof why.text - 1);
		assert_int_equal((n - shift) % 3, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf_grows),
		cmocka_unit_test(buf_may_hold_nul),
		cmocka_unit_test(buf_is_taken),
		cmocka_unit_test(vectors_grow),
		cmocka_unit_test(arena_keeps),
		cmocka_unit_test(arena_copies),
		cmocka_unit_test(arena_begins_anew),
		cmocka_unit_test(memory_ends),
		cmocka_unit_test(why_is_one_line),
		cmocka_unit_test(why_is_cut_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
