/* Files: publishing whole, links refused, caps, exact modes, what an earlier run left behind. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../common/fsio.h"

struct place {
	char name[64];
	int  root;
};

static int place_make(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	struct why why;

	(void)snprintf(p->name, sizeof p->name, "%s/fsio.XXXXXX", "/tmp");
	if (mkdtemp(p->name) == NULL)
		return -1;
	p->root = fsio_folder(p->name, &why);
	*state = p;
	return p->root >= 0 ? 0 : -1;
}

static void empty_folder(int dir)
{
	struct names names;
	struct why why;

	/* fsio_list hides temporaries: no test may leave one. */
	if (fsio_list(dir, ".", &names, &why) != 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		if (unlinkat(dir, names.v[i], 0) != 0) {
			int sub = openat(dir, names.v[i], O_RDONLY | O_DIRECTORY);

			if (sub < 0)
				continue;
			(void)fchmod(sub, 0700);
			empty_folder(sub);
			(void)close(sub);
			(void)unlinkat(dir, names.v[i], AT_REMOVEDIR);
		}
	names_free(&names);
}

static int place_gone(void **state)
{
	struct place *p = *state;

	empty_folder(p->root);
	(void)close(p->root);
	int rc = rmdir(p->name);

	free(p);
	return rc;      /* fails if something was left over */
}

static void put(int root, const char *name, const char *bytes)
{
	int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
	assert_int_equal(close(fd), 0);
}

static void assert_holds(int root, const char *path, const char *want)
{
	struct buf b = { 0 };
	struct why why = { 0 };

	if (fsio_read(root, path, 1 << 20, &b, &why) != 0)
		fail_msg("%s", why.text);
	assert_string_equal(buf_cstr(&b), want);
	buf_free(&b);
}

static mode_t mode_of(int root, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

static void assert_says(const struct why *why, int code, const char *part)
{
	if (why->code != code || strstr(why->text, part) == NULL)
		fail_msg("got %d \"%s\", wanted %d \"...%s...\"", why->code, why->text, code, part);
}

static void publishes(void **state)
{
	const struct place *p = *state;
	struct why why;

	assert_int_equal(fsio_publish(p->root, "new", "one", 3, 0644, &why), 0);
	assert_holds(p->root, "new", "one");
	assert_int_equal(fsio_publish(p->root, "new", "second", 6, 0440, &why), 0);
	assert_holds(p->root, "new", "second");
	assert_int_equal(mode_of(p->root, "new"), 0440);
	/* Over a file that must not be written: the name is replaced, not the bytes. */
	assert_int_equal(fsio_publish(p->root, "new", "", 0, 0444, &why), 0);
	assert_holds(p->root, "new", "");
	assert_false(fsio_exists(p->root, ".tmp.new"));
}

/* "0123456789", so often that it goes out in several pieces; then *CTX is whether that was all right. */
static int fill_many(void *ctx, struct outlet *out, struct why *why)
{
	const bool *good = ctx;

	for (size_t i = 0; i < OUTLET_BYTES / 4; i++) {
		buf_str(&out->out, "0123456789");
		outlet_flow(out);
	}
	return *good ? 0 : why_set(why, EX_SOFTWARE, "no more of it");
}

static void publishes_piece_by_piece(void **state)
{
	const struct place *p = *state;
	bool good = true;
	struct buf got = { 0 };
	struct why why;

	assert_int_equal(fsio_publish_from(p->root, "long", fill_many, &good, 0640, &why), 0);
	assert_int_equal(mode_of(p->root, "long"), 0640);
	assert_int_equal(fsio_read(p->root, "long", 1 << 20, &got, &why), 0);
	assert_int_equal(got.len, OUTLET_BYTES / 4 * 10);
	for (size_t i = 0; i < got.len; i++)
		assert_int_equal(got.s[i], '0' + i % 10);
	buf_free(&got);
	good = false;
	assert_int_equal(fsio_publish_from(p->root, "other", fill_many, &good, 0640, &why), -1);
	assert_says(&why, EX_SOFTWARE, "no more of it");
	assert_false(fsio_exists(p->root, "other"));
	assert_false(fsio_exists(p->root, ".tmp.other"));
}

static void modes_are_exact(void **state)
{
	static const mode_t masks[] = { 000, 022, 077, 0777 };
	static const mode_t modes[] = { 0400, 0440, 0444, 0600, 0640, 0644, 0664 };
	const struct place *p = *state;
	struct why why;

	for (size_t i = 0; i < sizeof masks / sizeof *masks; i++)
		for (size_t k = 0; k < sizeof modes / sizeof *modes; k++) {
			mode_t old = umask(masks[i]);
			int rc = fsio_publish(p->root, "f", "x", 1, modes[k], &why);

			(void)umask(old);
			assert_int_equal(rc, 0);
			assert_int_equal(mode_of(p->root, "f"), modes[k]);
		}
	for (size_t i = 0; i < 3; i++) {
		char path[] = "0/a/b";

		path[0] = (char)('0' + i);
		mode_t old = umask(masks[i]);
		int rc = fsio_make(p->root, path, 0770, &why);

		(void)umask(old);
		assert_int_equal(rc, 0);
		for (char *slash = path + 1; ; *slash = '/', slash += 2) {
			char keep = *slash;

			*slash = '\0';
			assert_int_equal(mode_of(p->root, path), 0770);
			if (keep == '\0')
				break;
		}
	}
}

static void leftovers_are_replaced(void **state)
{
	const struct place *p = *state;
	struct why why;
	struct stat st;

	put(p->root, ".tmp.f", "half a fi");
	assert_int_equal(fchmodat(p->root, ".tmp.f", 0400, 0), 0);
	assert_int_equal(fsio_publish(p->root, "f", "whole", 5, 0644, &why), 0);
	assert_holds(p->root, "f", "whole");
	assert_false(fsio_exists(p->root, ".tmp.f"));

	/* A leftover that is a link, or linked elsewhere, is not written through. */
	put(p->root, "victim", "mine");
	assert_int_equal(symlinkat("victim", p->root, ".tmp.f"), 0);
	assert_int_equal(fsio_publish(p->root, "f", "again", 5, 0644, &why), 0);
	assert_int_equal(fstatat(p->root, "f", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(linkat(p->root, "victim", p->root, ".tmp.f", 0), 0);
	assert_int_equal(fsio_publish(p->root, "f", "third", 5, 0644, &why), 0);
	assert_holds(p->root, "victim", "mine");
	assert_holds(p->root, "f", "third");

	assert_int_equal(mkdirat(p->root, ".tmp.f", 0700), 0);
	assert_int_equal(fsio_publish(p->root, "f", "x", 1, 0644, &why), -1);
	assert_says(&why, EX_IOERR, "f: ");
	assert_holds(p->root, "f", "third");
	assert_int_equal(unlinkat(p->root, ".tmp.f", AT_REMOVEDIR), 0);
}

static void failure_leaves_nothing(void **state)
{
	const struct place *p = *state;
	char digest[DIGEST_HEX] = "untouched";
	uint64_t bytes = 7;
	struct why why;

	put(p->root, "from", "12345");
	assert_int_equal(fsio_publish(p->root, "f", "old", 3, 0644, &why), 0);
	int fd = fsio_open(p->root, "from", &why);

	assert_true(fd >= 0);
	assert_int_equal(fsio_copy(p->root, "f", fd, 4, 0440, digest, &bytes, &why), -1);
	assert_says(&why, EX_DATAERR, "f: larger than 4 bytes");
	assert_string_equal(digest, "untouched");
	assert_int_equal(bytes, 7);
	assert_holds(p->root, "f", "old");
	assert_false(fsio_exists(p->root, ".tmp.f"));
	assert_int_equal(close(fd), 0);

	/* The name is taken by a folder: rename fails, the temporary goes. */
	assert_int_equal(mkdirat(p->root, "d", 0700), 0);
	assert_int_equal(fsio_publish(p->root, "d", "x", 1, 0644, &why), -1);
	assert_says(&why, EX_IOERR, "d: ");
	assert_false(fsio_exists(p->root, ".tmp.d"));
	assert_int_equal(fsio_publish(p->root, "none/f", "x", 1, 0644, &why), -1);
	assert_says(&why, EX_IOERR, "none/f: No such file or directory");
}

/* A write that fails half way, as on a full disk: a file-size limit stands in for it. */
static void full_disk(void **state)
{
	const struct place *p = *state;
	struct rlimit old, limit;
	struct buf big = { 0 };
	struct why why;

	for (int i = 0; i < 20000; i++)
		buf_char(&big, 'x');
	assert_int_equal(fsio_publish(p->root, "f", "old", 3, 0644, &why), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 10000;
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int rc = fsio_publish(p->root, "f", big.s, big.len, 0644, &why);
	bool good = true;
	struct why piecewise;
	int rc2 = fsio_publish_from(p->root, "f", fill_many, &good, 0644, &piecewise);

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_true(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
	assert_int_equal(rc, -1);
	assert_says(&why, EX_IOERR, "f: File too large");
	assert_int_equal(rc2, -1);
	assert_says(&piecewise, EX_IOERR, "f: File too large");
	assert_holds(p->root, "f", "old");
	assert_false(fsio_exists(p->root, ".tmp.f"));
	buf_free(&big);
}

static void copies(void **state)
{
	static const size_t sizes[] = { 0, 1, 131071, 131072, 131073, 700001 };
	const struct place *p = *state;
	struct why why;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buf in = { 0 }, out = { 0 };
		char want[DIGEST_HEX], got[DIGEST_HEX], read[DIGEST_HEX];
		uint64_t bytes = 99, read_bytes = 99;

		for (size_t k = 0; k < sizes[i]; k++)
			buf_char(&in, (char)(k * 7 % 251));
		digest_of(in.s, in.len, want);
		assert_int_equal(fsio_publish(p->root, "from", in.s, in.len, 0600, &why), 0);
		int fd = fsio_open(p->root, "from", &why);

		assert_true(fd >= 0);
		/* Wherever the descriptor stands, the copy is from the start; the cap is exactly enough. */
		assert_int_equal(lseek(fd, (off_t)(sizes[i] / 2), SEEK_SET), (off_t)(sizes[i] / 2));
		assert_int_equal(fsio_copy(p->root, "to", fd, sizes[i], 0440, got, &bytes, &why), 0);
		assert_int_equal(fsio_publish_kept(p->root, "to", &why), 0);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), (off_t)(sizes[i] / 2));
		assert_int_equal(close(fd), 0);
		assert_int_equal(bytes, sizes[i]);
		assert_string_equal(got, want);
		assert_int_equal(fsio_digest(p->root, "to", read, &read_bytes, &why), 0);
		assert_string_equal(read, want);
		assert_int_equal(read_bytes, sizes[i]);
		assert_int_equal(mode_of(p->root, "to"), 0440);
		assert_int_equal(fsio_read(p->root, "to", sizes[i], &out, &why), 0);
		assert_int_equal(out.len, sizes[i]);
		assert_true(out.len == 0 || memcmp(out.s, in.s, in.len) == 0);
		buf_free(&in);
		buf_free(&out);
	}
}

static void reading_has_a_cap(void **state)
{
	const struct place *p = *state;
	struct buf b = { 0 };
	struct why why;

	put(p->root, "f", "12345");
	buf_str(&b, "kept ");
	assert_int_equal(fsio_read(p->root, "f", 4, &b, &why), -1);
	assert_says(&why, EX_DATAERR, "f: larger than 4 bytes");
	assert_string_equal(b.s, "kept ");
	assert_int_equal(b.len, 5);
	assert_int_equal(fsio_read(p->root, "f", 5, &b, &why), 0);
	assert_string_equal(b.s, "kept 12345");
	assert_int_equal(fsio_read(p->root, "g", 5, &b, &why), -2);
	assert_int_equal(fsio_read(p->root, "none/g", 5, &b, &why), -2);
	assert_int_equal(fsio_digest(p->root, "g", (char[DIGEST_HEX]){ 0 }, NULL, &why), -2);
	buf_free(&b);
}

/* What is no regular file, and every way around a folder, is refused and named. */
static void links_are_refused(void **state)
{
	static const struct { const char *path; int rc; const char *part; } rows[] = {
		{ "link",          -1, "link: is a symbolic link" },
		{ "nowhere",       -1, "nowhere: is a symbolic link" },
		{ "way/f",         -1, "way/f: a folder of this path is a symbolic link" },
		{ "away/passwd",   -1, "away/passwd: a folder of this path is a symbolic link" },
		{ "f/g",           -1, "f/g: a folder of this path is a symbolic link or no folder" },
		{ "d",             -1, "d: is not a regular file" },
		{ "fifo",          -1, "fifo: is not a regular file" },
		{ "d/../f",        -1, "no path inside" },
		{ "..",            -1, "no path inside" },
		{ "",              -1, "no path inside" },
		{ "d/",            -1, "no path inside" },
		{ "d/g",           -2, NULL },
		{ "./d/./f",       0, NULL },
		{ "d//f",          0, NULL },
	};
	const struct place *p = *state;
	struct why why;

	put(p->root, "f", "x");
	assert_int_equal(mkdirat(p->root, "d", 0700), 0);
	put(p->root, "d/f", "x");
	assert_int_equal(symlinkat("f", p->root, "link"), 0);
	assert_int_equal(symlinkat("none", p->root, "nowhere"), 0);
	assert_int_equal(symlinkat("d", p->root, "way"), 0);
	assert_int_equal(symlinkat("/etc", p->root, "away"), 0);
	assert_int_equal(mkfifoat(p->root, "fifo", 0600), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fd = fsio_open(p->root, rows[i].path, &why);

		if (fd >= 0)
			(void)close(fd);
		if ((fd >= 0 ? 0 : fd) != rows[i].rc)
			fail_msg("%s: %d", rows[i].path, fd);
		if (rows[i].part != NULL)
			assert_says(&why, EX_IOERR, rows[i].part);
	}
	assert_int_equal(fsio_publish(p->root, "way/g", "x", 1, 0644, &why), -1);
	assert_int_equal(fsio_remove(p->root, "way/f", &why), -1);
	assert_int_equal(fsio_make(p->root, "way/sub", 0755, &why), -1);
	assert_says(&why, EX_IOERR, "way/sub: ");
	assert_int_equal(fsio_make(p->root, "d/../e", 0755, &why), -1);
	assert_int_equal(fsio_list(p->root, "way", &(struct names){ 0 }, &why), -1);
	/* Over a link: the link is replaced, what it led to is not touched. */
	assert_int_equal(fsio_publish(p->root, "link", "new", 3, 0644, &why), 0);
	assert_holds(p->root, "f", "x");
	assert_holds(p->root, "link", "new");
	assert_holds(p->root, "d/f", "x");
	assert_true(fsio_exists(p->root, "nowhere"));
	assert_false(fsio_exists(p->root, "way/f"));
	/* The link itself is what is removed. */
	assert_int_equal(fsio_remove(p->root, "way", &why), 0);
	assert_holds(p->root, "d/f", "x");
}

static void the_operator_names_files(void **state)
{
	const struct place *p = *state;
	struct buf path = { 0 };
	struct why why;

	buf_fmt(&path, "%s/f", p->name);
	assert_int_equal(fsio_publish(AT_FDCWD, path.s, "x", 1, 0644, &why), 0);
	assert_holds(AT_FDCWD, path.s, "x");
	assert_int_equal(symlinkat("f", p->root, "link"), 0);
	buf_reset(&path);
	buf_fmt(&path, "%s/link", p->name);
	assert_holds(AT_FDCWD, path.s, "x");
	assert_int_equal(fsio_folder("/no/such/folder", &why), -1);
	assert_says(&why, EX_IOERR, "/no/such/folder: No such file");
	buf_free(&path);
}

static void made_files_are_published(void **state)
{
	const struct place *p = *state;
	struct buf tmp = { 0 };
	struct why why;

	assert_int_equal(fsio_make(p->root, "a", 0755, &why), 0);
	fsio_temporary(&tmp, "a/b.db");
	assert_string_equal(tmp.s, "a/.tmp.b.db");
	put(p->root, tmp.s, "rows");
	assert_int_equal(fsio_publish_made(p->root, "a/b.db", 0444, &why), 0);
	assert_holds(p->root, "a/b.db", "rows");
	assert_int_equal(mode_of(p->root, "a/b.db"), 0444);
	assert_false(fsio_exists(p->root, tmp.s));
	assert_int_equal(fsio_publish_made(p->root, "a/b.db", 0444, &why), -1);
	assert_says(&why, EX_IOERR, "a/b.db: nothing was made");
	assert_holds(p->root, "a/b.db", "rows");
	assert_int_equal(symlinkat("b.db", p->root, tmp.s), 0);
	assert_int_equal(fsio_publish_made(p->root, "a/c", 0444, &why), -1);
	assert_int_equal(fsio_publish_made(p->root, "a/b.db", 0444, &why), -1);
	assert_false(fsio_exists(p->root, tmp.s));
	buf_reset(&tmp);
	fsio_temporary(&tmp, "plain");
	assert_string_equal(tmp.s, ".tmp.plain");
	buf_free(&tmp);
}

static void moves_and_removes(void **state)
{
	const struct place *p = *state;
	struct why why;

	assert_int_equal(fsio_make(p->root, "a/b", 0755, &why), 0);
	assert_int_equal(fsio_make(p->root, "a/b", 0700, &why), 0);     /* there already: left as it is */
	assert_int_equal(mode_of(p->root, "a/b"), 0755);
	put(p->root, "f", "x");
	assert_int_equal(fsio_move(p->root, "f", "a/b/g", &why), 0);
	assert_holds(p->root, "a/b/g", "x");
	assert_false(fsio_exists(p->root, "f"));
	assert_int_equal(fsio_move(p->root, "f", "a/b/g", &why), -1);
	assert_says(&why, EX_IOERR, "f: No such file");
	assert_int_equal(fsio_move(p->root, "a/b/g", "c/g", &why), -1);
	assert_says(&why, EX_IOERR, "c/g: No such file");
	assert_int_equal(fsio_remove(p->root, "a/b/g", &why), 0);
	assert_int_equal(fsio_remove(p->root, "a/b/g", &why), 0);
	assert_int_equal(fsio_remove(p->root, "c/g", &why), 0);
	assert_int_equal(fsio_remove(p->root, "a", &why), -1);
	assert_says(&why, EX_IOERR, "a: ");
	put(p->root, "file", "x");
	assert_int_equal(fsio_make(p->root, "file/x", 0755, &why), -1);
	assert_says(&why, EX_IOERR, "file/x: ");
}

static void lists_in_byte_order(void **state)
{
	static const char *const names[] = { "b", "a", "B", "10", "9", ".hidden", "\xe5\x91\xa8", ".tmp.x", "a.b" };
	static const char *const want[] = { ".hidden", "10", "9", "B", "a", "a.b", "b", "\xe5\x91\xa8" };
	const struct place *p = *state;
	struct names got;
	struct why why;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		put(p->root, names[i], "");
	assert_int_equal(fsio_list(p->root, ".", &got, &why), 0);
	assert_int_equal(got.n, sizeof want / sizeof *want);
	for (size_t i = 0; i < got.n; i++)
		assert_string_equal(got.v[i], want[i]);
	names_free(&got);
	assert_int_equal(fsio_list(p->root, "none", &got, &why), 0);
	assert_int_equal(got.n, 0);
	assert_int_equal(fsio_list(p->root, "a", &got, &why), -1);
	assert_int_equal(unlinkat(p->root, ".tmp.x", 0), 0);
}

int main(void)
{
#define HERE(f) cmocka_unit_test_setup_teardown(f, place_make, place_gone)
	const struct CMUnitTest tests[] = {
		HERE(publishes),
		HERE(publishes_piece_by_piece),
		HERE(modes_are_exact),
		HERE(leftovers_are_replaced),
		HERE(failure_leaves_nothing),
		HERE(full_disk),
		HERE(copies),
		HERE(reading_has_a_cap),
		HERE(links_are_refused),
		HERE(the_operator_names_files),
		HERE(made_files_are_published),
		HERE(moves_and_removes),
		HERE(lists_in_byte_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
