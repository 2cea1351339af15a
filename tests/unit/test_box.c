/* uses: collector */
/*
 * test_box - the boxed child: what it may not do, what its parent does not believe, and that nothing
 * else differs.
 */
#include "reading_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/sandbox.h"

/* A descriptor of a file with these bytes, read to its end already. */
static int file_of(const char *s, size_t n)
{
	FILE *f = tmpfile();
	int fd = dup(fileno(f));

	assert_true(fd >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(write(fd, s, n), (ssize_t)n);
	return fd;
}

static struct reading boxed_within(const struct conf *conf, const struct limits *limits, const struct messages *m,
    const char *s, size_t n)
{
	struct why why = { 0 };
	struct reading r;
	int fd = file_of(s, n);

	fixture_check(box_read(conf, limits, m, fd, &r, &why), &why);
	(void)close(fd);
	return r;
}

static struct reading boxed(const struct conf *conf, const struct messages *m, const char *s, size_t n)
{
	struct limits limits = fixture_limits();

	return boxed_within(conf, &limits, m, s, n);
}

static void show(struct buf *out, const struct reading *r)
{
	buf_fmt(out, "%d %s %d %d %d\n", r->format, r->encoding, r->separator, r->crlf, r->ended);
	for (size_t i = 0; i < r->n_attributes; i++)
		buf_fmt(out, "%s=%s\n", r->attributes[i].name, r->attributes[i].value);
	for (size_t g = 0; g < r->n_grids; g++) {
		buf_fmt(out, "grid %s %u\n", r->grids[g].form != NULL ? r->grids[g].form : "-", r->grids[g].line);
		for (size_t i = 0; i < r->grids[g].n_rows; i++)
			buf_fmt(out, "row %u %u %u\n", r->grids[g].rows[i].row, r->grids[g].rows[i].from, r->grids[g].rows[i].to);
		for (size_t i = 0; i < r->grids[g].n_cells; i++) {
			const struct cell *c = &r->grids[g].cells[i];

			buf_fmt(out, "%u ", c->col);
			buf_add(out, grid_cell(&r->grids[g], i).s, c->n);
			buf_char(out, '\n');
		}
	}
	fixture_findings(out, &r->findings);
}

/* In the box and in this process: the same. */
static void test_same(void **state)
{
	struct conf conf = fixture_conf();
	struct messages m = { 0 };
	struct buf big = { 0 };

	(void)state;
	fixture_messages(&m);
	for (int i = 0; i < 900; i++)
		buf_fmt(&big, "%d,\"text of some length, quoted \"\"%d\"\"\",,项目,%d%s\n", i, i * 7, i, i % 100 == 99 ? ",,,,,," : "");
	const struct { const char *s; size_t n; } inputs[] = {
		{ "a,b\r\n\"c\",d\r\n", 12 }, { "", 0 }, { "a,\"b\nc", 6 }, { "\xcf\xee\xc4\xbf,b\n", 7 }, { big.s, big.len },
		{ "<submission xmlns=\"urn:zhoubao:submission:1\" unit=\"1\"><p><row a=\"1\"/></p></submission>", 87 },
		{ "<!DOCTYPE a>", 12 }, { "a\0b", 3 },
	};
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		struct reading in = boxed(&conf, &m, inputs[i].s, inputs[i].n);
		struct reading out = fixture_read(&m, inputs[i].s, inputs[i].n);
		struct buf a = { 0 }, b = { 0 };

		show(&a, &in);
		show(&b, &out);
		assert_string_equal(buf_cstr(&a), buf_cstr(&b));
		buf_free(&a);
		buf_free(&b);
		reading_free(&in);
		reading_free(&out);
	}
	buf_free(&big);
	messages_free(&m);
}

static void test_too_large(void **state)
{
	struct conf conf = fixture_conf();
	struct limits limits = fixture_limits();
	struct messages m = { 0 };
	struct reading r;

	(void)state;
	fixture_messages(&m);
	limits.bytes = 8;
	r = boxed_within(&conf, &limits, &m, "a,b\nc,d\n", 8);
	fixture_expect("at the limit", &r.findings, "");
	reading_free(&r);
	r = boxed_within(&conf, &limits, &m, "a,b\nc,d\n\n", 9);
	fixture_expect("one past it", &r.findings, "V05 fatal@0,0\n");
	reading_free(&r);
	messages_free(&m);
}

/* A child that does not get done in time, and one that dies: a finding each, and the next file is read. */
static void test_trouble(void **state)
{
	struct conf conf = fixture_conf();
	struct limits limits = fixture_limits();
	struct messages m = { 0 };
	struct why why = { 0 };
	char name[] = "/tmp/test_box.XXXXXX";
	struct reading r;

	(void)state;
	fixture_messages(&m);
	conf.wall_seconds = 0;
	r = boxed(&conf, &m, "a,b\n", 4);
	fixture_expect("stalled", &r.findings, "V05 fatal@0,0\n");
	reading_free(&r);
	conf.wall_seconds = 2;
	int fd = mkstemp(name);
	int blind = open(name, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0 && blind >= 0);
	assert_int_equal(write(fd, "a,b\n", 4), 4);
	/* Not the file's fault: nothing is said of it, the run fails and the next one reads it. */
	assert_int_equal(box_read(&conf, &limits, &m, blind, &r, &why), -1);
	assert_int_equal(why.code, EX_IOERR);
	assert_non_null(strstr(why.text, "cannot map"));
	fixture_check(box_read(&conf, &limits, &m, fd, &r, &why), &why);
	fixture_expect("the next", &r.findings, "");
	reading_free(&r);
	(void)close(fd);
	(void)close(blind);
	(void)unlink(name);
	messages_free(&m);
}

/* No descriptor and no child is left over. */
static void test_nothing_left(void **state)
{
	struct conf conf = fixture_conf();
	struct messages m = { 0 };
	int before, after;

	(void)state;
	fixture_messages(&m);
	before = dup(0);
	(void)close(before);
	for (int i = 0; i < 20; i++) {
		struct reading r = boxed(&conf, &m, i % 2 ? "a,b\n" : "\xff\xff", i % 2 ? 4 : 2);

		reading_free(&r);
	}
	after = dup(0);
	(void)close(after);
	assert_int_equal(before, after);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	messages_free(&m);
}

/* ---- what the parent does not believe ---- */

static ssize_t take(const struct messages *m, const char *s, size_t n, struct reading *r)
{
	struct limits limits = fixture_limits();
	struct builder b = { .limits = &limits, .messages = m, .r = r };

	*r = (struct reading){ .encoding = "" };
	return builder_take(&b, s, n);
}

static size_t frame(char *to, uint32_t kind, uint32_t number, const char *s, size_t n)
{
	uint32_t head[3] = { kind, number, (uint32_t)n };

	memcpy(to, head, sizeof head);
	memcpy(to + sizeof head, s, n);
	return sizeof head + n;
}

static const char noughts[31];

static void test_protocol(void **state)
{
	/* Kinds as in reading.c: 0 format, 1 lines, 3 grid, 4 name, 5 row, 6 more of it, 7 say, 8 end. */
	static const struct {
		const char *name;
		struct { uint32_t kind, number; const char *s; size_t n; } f[6];
		int rc;
	} sent[] = {
		{ "good", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 5, 1, "a\0", 2 }, { 8, 0, "", 0 } }, 0 },
		{ "good XML", { { 0, 1, "UTF-8", 5 }, { 3, 0, "p", 1 }, { 4, 0, "a", 1 }, { 5, 1, "\1\0\1\0a\0", 6 }, { 8, 0, "", 0 } }, 0 },
		{ "unknown kind", { { 9, 0, "", 0 } }, -1 },
		{ "unknown encoding", { { 0, 0, "EBCDIC", 6 } }, -1 },
		{ "unknown separator", { { 1, '|', "", 0 } }, -1 },
		{ "row without a grid", { { 5, 1, "a\0", 2 } }, -1 },
		{ "more of no row", { { 0, 1, "UTF-8", 5 }, { 3, 0, "p", 1 }, { 4, 0, "a", 1 }, { 6, 1, "\1\0\1\0a\0", 6 } }, -1 },
		{ "more of a row in CSV", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 5, 1, "a\0", 2 }, { 6, 1, "b\0", 2 } }, -1 },
		{ "rows going back", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 5, 2, "a\0", 2 }, { 5, 1, "a\0", 2 } }, -1 },
		{ "the same column twice", { { 0, 1, "UTF-8", 5 }, { 3, 0, "p", 1 }, { 4, 0, "a", 1 }, { 5, 1, "\2\0\1\0\1\0a\0b\0", 10 } }, -1 },
		{ "a column without a name", { { 0, 1, "UTF-8", 5 }, { 3, 0, "p", 1 }, { 4, 0, "a", 1 }, { 5, 1, "\1\0\2\0a\0", 6 } }, -1 },
		{ "more cells than columns", { { 0, 1, "UTF-8", 5 }, { 3, 0, "p", 1 }, { 4, 0, "a", 1 }, { 5, 1, "\1\0\1\0a\0b\0", 8 } }, -1 },
		{ "fewer cells than columns", { { 0, 1, "UTF-8", 5 }, { 3, 0, "p", 1 }, { 4, 0, "a", 1 }, { 5, 1, "\1\0\1\0", 4 } }, -1 },
		{ "columns that are not there", { { 0, 1, "UTF-8", 5 }, { 3, 0, "p", 1 }, { 4, 0, "a", 1 }, { 5, 1, "\7\0\1\0a\0", 6 } }, -1 },
		{ "columns at the cap", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 5, 1, noughts, 30 } }, 0 },
		{ "a column beyond the cap", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 5, 1, noughts, 31 } }, -1 },
		{ "a row without cells in CSV", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 5, 1, "", 0 } }, -1 },
		{ "a message that is none", { { 7, 0, "\0\0\0\0\0\0\0\0no.such\0\0", 17 } }, -1 },
		{ "words are no message", { { 7, 0, "\0\0\0\0\0\0\0\0total\0\0", 15 } }, -1 },
		{ "an odd number of strings", { { 7, 0, "\0\0\0\0\0\0\0\0bytes.empty\0\0x\0", 23 } }, -1 },
		{ "an open string", { { 7, 0, "\0\0\0\0\0\0\0\0bytes.empty", 19 } }, -1 },
		{ "a grid before the format", { { 3, 0, "", 0 } }, -1 },
		{ "the format twice", { { 0, 0, "UTF-8", 5 }, { 0, 0, "UTF-8", 5 }, }, -1 },
		{ "two grids in CSV", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 3, 0, "", 0 } }, -1 },
		{ "a grid of a form in CSV", { { 0, 0, "UTF-8", 5 }, { 3, 0, "a", 1 } }, -1 },
		{ "a grid without a form in XML", { { 0, 1, "UTF-8", 5 }, { 3, 0, "", 0 } }, -1 },
		{ "a name in CSV", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 4, 0, "a", 1 } }, -1 },
		{ "a row beyond the cap", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 5, 1001, "a\0", 2 } }, -1 },
		{ "a cell without its end", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 5, 1, "a\0b", 3 } }, -1 },
		{ "a cell that is no text", { { 0, 0, "UTF-8", 5 }, { 3, 0, "", 0 }, { 5, 1, "\xff\0", 2 } }, -1 },
		{ "after the end", { { 8, 0, "", 0 }, { 3, 0, "", 0 } }, -1 },
	};
	struct messages m = { 0 };

	(void)state;
	fixture_messages(&m);
	for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
		struct reading r;
		char s[256];
		size_t n = 0;

		for (size_t k = 0; k < 6 && sent[i].f[k].s != NULL; k++)
			n += frame(s + n, sent[i].f[k].kind, sent[i].f[k].number, sent[i].f[k].s,
			    sent[i].f[k].n);
		ssize_t rc = take(&m, s, n, &r);

		if (rc != (sent[i].rc == 0 ? (ssize_t)n : -1))
			fail_msg("%s: %zd", sent[i].name, rc);
		reading_free(&r);
	}
	messages_free(&m);
}

/* A frame that is not whole yet is left; noise is refused, never read beyond. */
static void test_noise(void **state)
{
	struct messages m = { 0 };
	uint32_t seed = 1;

	(void)state;
	fixture_messages(&m);
	for (int round = 0; round < 20000; round++) {
		char *s = mem_alloc(64);
		struct reading r;
		size_t n = (size_t)round % 60;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525u + 1013904223u;
			s[i] = (char)(i % 4 != 0 && seed >> 29 != 0 ? 0 : seed >> 24 & 15);
		}
		ssize_t rc = take(&m, s, n, &r);

		assert_true(rc >= -1 && rc <= (ssize_t)n);
		reading_free(&r);
		free(s);
	}
	messages_free(&m);
}

/* ---- what the child may not do ---- */

#ifndef SANDBOX_OFF

static void try_open(void)
{
	(void)!open("/etc/passwd", O_RDONLY);
}

static void try_socket(void)
{
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void try_exec(void)
{
	(void)execl("/bin/true", "true", (char *)NULL);
}

static void try_fork(void)
{
	(void)fork();
}

static void try_kill(void)
{
	(void)kill(getppid(), 0);
}

static void try_code(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void try_unlink(void)
{
	(void)unlink("/tmp/zhoubao-test-box-no-such-file");
}

static void try_memory(void)
{
	for (size_t i = 0; i < 64; i++)
		memset(mem_alloc(1 << 20), 1, 1 << 20);
}

static void try_time(void)
{
	for (volatile unsigned i = 0; ; )
		i = i + 1;
}

static void try_nothing(void)
{
	free(mem_alloc(1 << 20));
}

static int end_of(void (*what)(void))
{
	struct sandbox limits = { 1, 32 << 20 };
	struct why why;
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (sandbox_enter(&limits, &why) != 0)
			_exit(99);
		what();
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_walls(void **state)
{
	static const struct { const char *name; void (*what)(void); } walls[] = {
		{ "open", try_open }, { "socket", try_socket }, { "exec", try_exec }, { "fork", try_fork }, { "kill", try_kill },
		{ "executable memory", try_code }, { "unlink", try_unlink },
	};

	(void)state;
	assert_int_equal(end_of(try_nothing), 7 << 8);
	for (size_t i = 0; strstr(sandbox_lacks(), "seccomp") == NULL && i < sizeof walls / sizeof *walls; i++) {
		int status = end_of(walls[i].what);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %d", walls[i].name, status);
	}
	assert_int_equal(WEXITSTATUS(end_of(try_memory)), EX_IOERR);
	assert_int_equal(WTERMSIG(end_of(try_time)), SIGXCPU);
}

#else

static void test_walls(void **state)
{
	(void)state;
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same), cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_nothing_left), cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_protocol), cmocka_unit_test(test_noise), cmocka_unit_test(test_walls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
