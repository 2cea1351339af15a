/*
 * box - the child that reads foreign bytes and can open nothing, and the parent's side of its pipe.
 *
 * The child maps the file, enters the sandbox, decodes and parses, and writes frames (reading.c) into
 * the pipe.  The parent keeps a wall clock: a sleeper burns no CPU.  A pipe that closes
 * without the explicit end is a dead child.
 */
#include "collector.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/sandbox.h"

#define BOX_MEMORY  (256u << 20)
#define BLOCK       (2 * FRAME_BYTES)   /* holds the largest frame and its head */
#define PIPE_BYTES  (1 << 20)

/* Why the child ended of itself. */
enum { CHILD_DONE = 0, CHILD_NO_MAP = 2, CHILD_NO_SANDBOX = 3, CHILD_NO_PIPE = 4 };

struct box {
	const struct conf *conf;
	const struct limits *limits;
	struct builder     builder;
	pid_t   pid;
	int     fd;             /* the pipe's reading end */
	int64_t deadline;       /* [ms] of the monotonic clock */
	char   *block;          /* BLOCK bytes, where frames are read to */
	size_t  n;              /* read, and not taken yet */
	uint64_t total;
};

/* ---- the child ---- */

static int send_pipe(void *to, const char *s, size_t n)
{
	(void)to;
	while (n > 0) {
		ssize_t k = write(STDOUT_FILENO, s, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		s += k;
		n -= (size_t)k;
	}
	return 0;
}

/* FD becomes 0 and the pipe 1, whatever numbers they have. */
static int arrange(int fd, int pipe_end)
{
	int in = fcntl(fd, F_DUPFD, 3), out = fcntl(pipe_end, F_DUPFD, 3);

	if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		return -1;
	(void)close(in);
	(void)close(out);
	return 0;
}

/* Rationale: a giant file in another encoding is in memory twice otherwise, while the parent takes its cells. */
static void unmap(const char *bytes, size_t n)
{
	(void)munmap((void *)(uintptr_t)bytes, n);
}

static _Noreturn void child(const struct box *b, int fd, int pipe_end, size_t size, iconv_t gb)
{
	struct sandbox limits = { b->conf->cpu_seconds, BOX_MEMORY };
	const char *bytes = "";
	struct stream o;
	struct why why;

	(void)signal(SIGPIPE, SIG_IGN);
	if (arrange(fd, pipe_end) != 0)
		_exit(CHILD_NO_PIPE);
	if (size > 0) {
		/* Rationale: a file that shrinks meanwhile is SIGBUS here, and only here. */
		bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, STDIN_FILENO, 0);
		if (bytes == MAP_FAILED)
			_exit(CHILD_NO_MAP);
	}
	if (sandbox_enter(&limits, &why) != 0)
		_exit(CHILD_NO_SANDBOX);
	stream_open(&o, send_pipe, NULL);
	reading_run(b->limits, bytes, size, gb, &o, unmap);
	_exit(stream_close(&o) == 0 ? CHILD_DONE : CHILD_NO_PIPE);
}

/* ---- the parent ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * Read once and take what is whole.  1: more may come; 0: the pipe is closed; -1: not our protocol;
 * -2: trouble of our own (errno).
 */
static int pull(struct box *b)
{
	ssize_t n = read(b->fd, b->block + b->n, BLOCK - b->n);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -2;
	if (n == 0)
		return 0;
	b->n += (size_t)n;
	b->total += (size_t)n;
	if (b->total > 4 * b->limits->bytes + (64u << 20))
		return -1;
	ssize_t taken = builder_take(&b->builder, b->block, b->n);

	if (taken < 0)
		return -1;
	b->n -= (size_t)taken;
	memmove(b->block, b->block + taken, b->n);
	return 1;
}

static void say(struct box *b, const char *id, const char *name, const char *value)
{
	const struct message_arg args[] = { { name, value } };

	builder_say(&b->builder, id, args, 1);
}

/* The child's status; one that does not end in time is made to. */
static int reap(struct box *b)
{
	int status = 0;

	for (;;) {
		bool late = now_ms() >= b->deadline;

		if (late)
			(void)kill(b->pid, SIGKILL);    /* then it ends at once, and is waited for */
		pid_t pid = waitpid(b->pid, &status, late ? 0 : WNOHANG);

		if (pid == b->pid || (pid < 0 && errno != EINTR))
			return status;
		if (!late)
			(void)poll(NULL, 0, 1);
	}
}

static void say_death(struct box *b, int status)
{
	char how[32];

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
		(void)snprintf(how, sizeof how, "%d", b->conf->cpu_seconds);
		say(b, "box.cpu", "seconds", how);
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == EX_IOERR) {      /* mem_alloc's */
		(void)snprintf(how, sizeof how, "%u", BOX_MEMORY >> 20);
		say(b, "box.memory", "megabytes", how);
	} else {
		const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;

		if (name != NULL)
			(void)snprintf(how, sizeof how, "SIG%s", name);
		else
			(void)snprintf(how, sizeof how, "exit %d", WIFEXITED(status) ? WEXITSTATUS(status) :
			    status);
		say(b, "box.died", "how", how);
	}
}

/* Trouble of the child's that is not the file's: it could not even begin, or speak.  NULL: none. */
static const char *child_trouble(int status)
{
	if (!WIFEXITED(status))
		return NULL;
	switch (WEXITSTATUS(status)) {
	case CHILD_NO_MAP:
		return "the child cannot map the file";
	case CHILD_NO_SANDBOX:
		return "the child cannot close its sandbox";
	case CHILD_NO_PIPE:
		return "the child cannot use its pipe";
	default:
		return NULL;
	}
}

/* Listen until the end, the deadline, or nonsense.  -1: trouble of our own, which is not the file's. */
static int listen_to(struct box *b, struct why *why)
{
	char seconds[16];
	int state = 1;

	while (state == 1 && !b->builder.ended) {
		struct pollfd p = { .fd = b->fd, .events = POLLIN };
		int64_t left = b->deadline - now_ms();

		if (left <= 0)
			break;
		int ready = poll(&p, 1, (int)left);

		if (ready > 0)
			state = pull(b);
		else if (ready < 0 && errno != EINTR)
			state = -2;
	}
	if (state == -2) {
		why_errno(why, "the child's pipe");
		(void)kill(b->pid, SIGKILL);
		return -1;
	}
	if (b->builder.ended && b->n == 0)
		b->deadline = 0;        /* it has nothing more to say */
	else if (state == 0)
		return 0;               /* it died: reap tells how */
	else if (state < 0 || b->builder.ended)
		say(b, "box.broken", "how", "");
	else {
		(void)snprintf(seconds, sizeof seconds, "%d", b->conf->wall_seconds);
		say(b, "box.stalled", "seconds", seconds);
	}
	b->builder.ended = true;
	(void)kill(b->pid, SIGKILL);
	return 0;
}

static int open_pipe(int p[2], struct why *why)
{
	if (pipe2(p, O_CLOEXEC) != 0)
		return why_errno(why, "pipe");
	(void)fcntl(p[1], F_SETPIPE_SZ, PIPE_BYTES);    /* fewer wake-ups; the default serves too */
	return 0;
}

/* Fork the child of B, which writes into P. */
static int start(struct box *b, int fd, int p[2], size_t size, iconv_t gb, struct why *why)
{
	b->pid = fork();
	if (b->pid < 0)
		return why_errno(why, "fork");
	if (b->pid == 0)
		child(b, fd, p[1], size, gb);
	return 0;
}

static int run(struct box *b, int fd, size_t size, struct why *why)
{
	iconv_t gb = iconv_open("UTF-8", "GB18030");    /* loads its module: in the box it is too late */
	int p[2] = { -1, -1 }, rc = -1;

	if (gb == (iconv_t)-1)
		return why_errno(why, "iconv_open GB18030");
	if (open_pipe(p, why) != 0 || start(b, fd, p, size, gb, why) != 0)
		goto out;
	(void)close(p[1]);
	p[1] = -1;
	b->fd = p[0];
	b->block = mem_alloc(BLOCK);
	b->deadline = now_ms() + (int64_t)b->conf->wall_seconds * 1000;
	rc = listen_to(b, why);
	bool said = b->builder.ended;
	int status = reap(b);
	const char *trouble = said ? NULL : child_trouble(status);

	if (rc == 0 && trouble != NULL)
		rc = why_set(why, EX_IOERR, "%s", trouble);
	else if (rc == 0 && !said)
		say_death(b, status);
out:
	if (p[0] >= 0)
		(void)close(p[0]);
	if (p[1] >= 0)
		(void)close(p[1]);
	free(b->block);
	(void)iconv_close(gb);
	return rc;
}

int box_read(const struct conf *conf, const struct limits *limits, const struct messages *messages, int fd,
    struct reading *out, struct why *why)
{
	struct reading r = { .encoding = "", .separator = ',' };
	struct box b = { .conf = conf, .limits = limits,
		.builder = { .limits = limits, .messages = messages, .r = &r } };
	char limit[24];
	struct stat st;

	if (fstat(fd, &st) != 0)
		return why_errno(why, "fstat");
	if ((uint64_t)st.st_size > limits->bytes) {
		(void)snprintf(limit, sizeof limit, "%llu", (unsigned long long)limits->bytes >> 20);
		say(&b, "bytes.too_large", "limit", limit);
	} else if (run(&b, fd, (size_t)st.st_size, why) != 0) {
		reading_free(&r);
		return -1;
	}
	reading_settle(&r);
	*out = r;
	return 0;
}

void box_say_lacks(const struct proc *p)
{
	const char *lacks = sandbox_lacks();

	if (*lacks != '\0')
		proc_event(p, "sandbox", "lacks=\"%s\"", lacks);
}
