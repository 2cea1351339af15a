/*
 * What fsio does when the system does not: the calls it makes are taken over here,
 * written down, and made to fail, to be short or to be interrupted.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../common/fsio.h"

/*
 * One letter a call: u(nlinkat) w(rite) m(ode) s(ync of a file) S(ync of a folder) c(lose of
 * what was written) r(ename).  The calls of cmocka and of the test itself are not written down.
 */
static struct {
	bool   on;
	char   calls[4096];
	size_t n;
	char   fail;            /* the letter of the call that fails, */
	int    nth, error;      /* the how-manieth of it, and with what */
	size_t most;            /* a write or read moves at most so much; 0: no limit */
	int    interrupt;       /* so many writes and reads are interrupted first */
} fault;

/* Whether this call is the one to fail. */
static bool noted(char letter)
{
	if (!fault.on)
		return false;
	if (fault.n + 1 < sizeof fault.calls && (fault.n == 0 || letter != 'w' ||
	    fault.calls[fault.n - 1] != 'w'))
		fault.calls[fault.n++] = letter;
	fault.calls[fault.n] = '\0';
	if (letter != fault.fail || --fault.nth > 0)
		return false;
	fault.fail = '\0';
	errno = fault.error;
	return true;
}

static bool interrupted(void)
{
	if (!fault.on || fault.interrupt <= 0)
		return false;
	fault.interrupt--;
	errno = EINTR;
	return true;
}

static size_t at_most(size_t n)
{
	return fault.on && fault.most > 0 && n > fault.most ? fault.most : n;
}

ssize_t write(int fd, const void *p, size_t n)
{
	if (noted('w') || interrupted())
		return -1;
	return syscall(SYS_write, fd, p, at_most(n));
}

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
	if (noted('p') || interrupted())
		return -1;
	return syscall(SYS_pread64, fd, p, at_most(n), at);
}

int fsync(int fd)
{
	struct stat st;

	if (noted(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'S' : 's'))
		return -1;
	return (int)syscall(SYS_fsync, fd);
}

int fchmod(int fd, mode_t mode)
{
	return noted('m') ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

/* The descriptor is gone even when close says that it failed. */
int close(int fd)
{
	struct stat st;
	int mode = fcntl(fd, F_GETFL);
	bool file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (mode & O_ACCMODE) != O_RDONLY;
	bool fails = file && noted('c');
	int e = errno;
	int rc = (int)syscall(SYS_close, fd);

	errno = fails ? e : errno;
	return fails ? -1 : rc;
}

int renameat(int a, const char *from, int b, const char *to)
{
	return noted('r') ? -1 : (int)syscall(SYS_renameat2, a, from, b, to, 0);
}

int unlinkat(int dir, const char *name, int flags)
{
	return noted('u') ? -1 : (int)syscall(SYS_unlinkat, dir, name, flags);
}

static char place[64];
static int  root = -1;

static int place_make(void **state)
{
	struct why why;

	(void)state;
	(void)snprintf(place, sizeof place, "/tmp/fsio-faults.XXXXXX");
	if (mkdtemp(place) == NULL)
		return -1;
	root = fsio_folder(place, &why);
	return root >= 0 && fsio_publish(root, "f", "old", 3, 0644, &why) == 0 ? 0 : -1;
}

static int place_gone(void **state)
{
	static const char *const names[] = { "f", "g", "a/b", ".tmp.g" };

	(void)state;
	memset(&fault, 0, sizeof fault);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		(void)unlinkat(root, names[i], 0);
	(void)unlinkat(root, "a/b", AT_REMOVEDIR);
	(void)unlinkat(root, "a", AT_REMOVEDIR);
	(void)close(root);
	return rmdir(place);
}

static void assert_f(const char *want)
{
	struct buf b = { 0 };
	struct why why;

	assert_int_equal(fsio_read(root, "f", 1000, &b, &why), 0);
	assert_string_equal(buf_cstr(&b), want);
	assert_false(fsio_exists(root, ".tmp.f"));
	buf_free(&b);
}

static void publishing_is_in_order(void **state)
{
	struct why why;

	(void)state;
	fault.on = true;
	assert_int_equal(fsio_publish(root, "f", "new", 3, 0440, &why), 0);
	fault.on = false;
	assert_string_equal(fault.calls, "uwmscrS");
	assert_f("new");
}

/* Any step that fails once: said with the name, nothing half made, no step tried again. */
static void each_step_fails(void **state)
{
	static const struct { const char *name; char letter; int error; const char *calls, *left; } rows[] = {
		{ "leftover cannot go",   'u', EACCES, "uu",        "old" },
		{ "disk full",            'w', ENOSPC, "uwcu",      "old" },
		{ "mode",                 'm', EPERM,  "uwmcu",     "old" },
		{ "sync: never again",    's', EIO,    "uwmscu",    "old" },
		{ "close",                'c', EIO,    "uwmscu",    "old" },
		{ "rename",               'r', EXDEV,  "uwmscru",   "old" },
		/* It has its name and its bytes are on the disk; only the name may not be. */
		{ "sync of the folder",   'S', EIO,    "uwmscrS",   "new" },
	};
	char wanted[200];
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(fsio_publish(root, "f", "old", 3, 0644, &why), 0);
		memset(&fault, 0, sizeof fault);
		fault.on = true;
		fault.fail = rows[i].letter;
		fault.nth = 1;
		fault.error = rows[i].error;
		int rc = fsio_publish(root, "f", "new", 3, 0644, &why);

		fault.on = false;
		(void)snprintf(wanted, sizeof wanted, "f: %s", strerror(rows[i].error));
		if (rc != -1 || why.code != EX_IOERR || strcmp(why.text, wanted) != 0)
			fail_msg("%s: %d, \"%s\"", rows[i].name, rc, why.text);
		if (strcmp(fault.calls, rows[i].calls) != 0)
			fail_msg("%s: calls %s, wanted %s", rows[i].name, fault.calls, rows[i].calls);
		assert_f(rows[i].left);
	}
}

/* Short writes, short reads and signals change nothing but the number of calls. */
static void short_and_interrupted(void **state)
{
	struct buf in = { 0 }, out = { 0 };
	char want[DIGEST_HEX], got[DIGEST_HEX];
	uint64_t bytes;
	struct why why;

	(void)state;
	for (int i = 0; i < 3000; i++)
		buf_char(&in, (char)(i % 127 + 1));
	digest_of(in.s, in.len, want);
	memset(&fault, 0, sizeof fault);
	fault.on = true;
	fault.most = 7;
	fault.interrupt = 50;
	assert_int_equal(fsio_publish(root, "g", in.s, in.len, 0644, &why), 0);
	int fd = fsio_open(root, "g", &why);

	assert_true(fd >= 0);
	fault.interrupt = 50;
	assert_int_equal(fsio_copy(root, "f", fd, in.len, 0440, got, &bytes, &why), 0);
	assert_int_equal(fsio_publish_kept(root, "f", &why), 0);
	assert_int_equal(bytes, in.len);
	assert_string_equal(got, want);
	fault.interrupt = 50;
	assert_int_equal(fsio_read(root, "f", in.len, &out, &why), 0);
	fault.on = false;
	assert_int_equal(out.len, in.len);
	assert_memory_equal(out.s, in.s, in.len);
	assert_int_equal(close(fd), 0);
	buf_free(&in);
	buf_free(&out);
}

static void reading_fails(void **state)
{
	struct buf out = { 0 };
	char digest[DIGEST_HEX] = "untouched";
	uint64_t bytes = 7;
	struct why why;

	(void)state;
	int fd = fsio_open(root, "f", &why);

	buf_str(&out, "kept");
	for (int i = 0; i < 3; i++) {
		memset(&fault, 0, sizeof fault);
		fault.on = true;
		fault.fail = 'p';
		fault.nth = 1;
		fault.error = EIO;
		int rc = i == 0 ? fsio_read(root, "f", 1000, &out, &why) :
		    i == 1 ? fsio_digest(root, "f", digest, &bytes, &why) :
		    fsio_copy(root, "g", fd, 1000, 0440, digest, &bytes, &why);

		fault.on = false;
		assert_int_equal(rc, -1);
		assert_int_equal(why.code, EX_IOERR);
		assert_string_equal(out.s, "kept");
		assert_string_equal(digest, "untouched");
		assert_int_equal(bytes, 7);
		assert_false(fsio_exists(root, "g"));
		assert_false(fsio_exists(root, ".tmp.g"));
	}
	assert_int_equal(close(fd), 0);
	buf_free(&out);
}

/* The folder of each new folder is synced, and what was there is left alone. */
static void folders_and_names_are_synced(void **state)
{
	struct why why;

	(void)state;
	fault.on = true;
	assert_int_equal(fsio_make(root, "a/b", 0755, &why), 0);
	assert_string_equal(fault.calls, "SS");
	fault.n = 0;
	fault.calls[0] = '\0';
	assert_int_equal(fsio_make(root, "a/b", 0755, &why), 0);
	assert_string_equal(fault.calls, "");
	assert_int_equal(fsio_move(root, "f", "a/f", &why), 0);
	assert_string_equal(fault.calls, "rSS");
	fault.n = 0;
	assert_int_equal(fsio_remove(root, "a/f", &why), 0);
	assert_string_equal(fault.calls, "uS");
	fault.n = 0;
	fault.calls[0] = '\0';
	assert_int_equal(fsio_remove(root, "a/f", &why), 0);
	assert_string_equal(fault.calls, "u");
	fault.fail = 'S';
	fault.nth = 1;
	fault.error = EIO;
	assert_int_equal(fsio_make(root, "a/c", 0755, &why), -1);
	assert_string_equal(why.text, "a/c: Input/output error");
	fault.on = false;
	assert_int_equal(unlinkat(root, "a/c", AT_REMOVEDIR), 0);
}

int main(void)
{
#define HERE(f) cmocka_unit_test_setup_teardown(f, place_make, place_gone)
	const struct CMUnitTest tests[] = {
		HERE(publishing_is_in_order),
		HERE(each_step_fails),
		HERE(short_and_interrupted),
		HERE(reading_fails),
		HERE(folders_and_names_are_synced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
