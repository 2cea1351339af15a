/* The spool: what was laid down is read again from wherever it is by now; a disk that fails ends the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../common/buf.h"
#include "../../common/spool.h"

#define PIECES 3000u

/* Piece I: how long it is, and what is in it. */
static size_t length_of(uint32_t i)
{
	return i % 97 == 0 ? 40000 : i * 7919 % 301;
}

static void fill(char *to, uint32_t i)
{
	memset(to, (int)('a' + i % 26), length_of(i));
}

static void all_is_read_again(void **state)
{
	static const size_t most[] = { 0, 1, 1000, 65536, 64u << 20 };
	char *want = mem_alloc(40000), *got = mem_alloc(40000);

	(void)state;
	for (size_t k = 0; k < sizeof most / sizeof *most; k++) {
		struct spool *s = spool_new(most[k]);
		uint64_t at[PIECES], end = 0;
		uint32_t dice = 1;

		for (uint32_t i = 0; i < PIECES; i++) {
			fill(want, i);
			at[i] = spool_add(s, want, length_of(i));
			assert_int_equal(at[i], end);
			end += length_of(i);
			/* One from before, while more is coming. */
			dice = dice * 1103515245u + 12345u;
			uint32_t b = dice % (i + 1);

			fill(want, b);
			spool_get(s, at[b], got, length_of(b));
			assert_memory_equal(got, want, length_of(b));
		}
		for (uint32_t i = 0; i < PIECES; i++) {
			fill(want, i);
			spool_get(s, at[i], got, length_of(i));
			assert_memory_equal(got, want, length_of(i));
		}
		spool_free(s);
	}
	free(want);
	free(got);
	spool_free(NULL);
}

/* The lowest descriptor that is free. */
static int free_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	assert_true(fd >= 0);
	(void)close(fd);
	return fd;
}

/* A piece that is longer than all that stays in memory: what comes behind it does not stay there as well. */
static void memory_stays_small(void **state)
{
	static const char piece[100] = { 'x' };
	struct spool *s = spool_new(10);
	int before = free_descriptor();

	(void)state;
	(void)spool_add(s, piece, sizeof piece);
	(void)spool_add(s, piece, 1);
	assert_true(free_descriptor() > before);
	spool_free(s);
}

static void no_room_ends_the_program(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		struct spool *s = spool_new(10);

		(void)close(STDERR_FILENO);
		(void)setenv("TMPDIR", "/nonexistent", 1);
		(void)spool_add(s, "0123456789", 10);   /* in memory */
		(void)spool_add(s, "0", 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EX_IOERR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_read_again),
		cmocka_unit_test(memory_stays_small),
		cmocka_unit_test(no_room_ends_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
