/*
 * failmalloc - loaded before a program, fails its allocations.
 *
 *   FAILMALLOC_AT=N      the N-th allocation fails; with FAILMALLOC_ON all from the N-th on
 *   FAILMALLOC_EACH=FILE every allocation fails, each in a child made for it at that instant, while
 *                        the program itself goes on.  The child may do no more than write to stderr
 *                        and end: any other system call kills it.  So the site it leaves is the one
 *                        that a kill at that instant leaves.  FILE gets a line for each kind of end:
 *                        how often, the first allocation that ended so, "ended CODE SAID" or
 *                        "killed SIGNAL SAID".  FAILMALLOC_STEP=K: each K-th only.
 *   FAILMALLOC_COUNT=FILE gets the number of allocations.
 *
 * Only the process that was started counts: the child that reads foreign bytes has limits and tests of
 * its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc's own, so that finding them allocates nothing. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

#define MOST_ENDS 32
#define LINE 200

struct end {
	char text[LINE];
	long times, first;
};

static long count, at, step = 1;
static const char *each;
static bool ready, on, is_child;
static int said_fd = -1;
static struct end ends[MOST_ENDS];

/* Told by fork(): a sandboxed child may not even ask for its pid. */
static void forked(void)
{
	is_child = true;
}

__attribute__((constructor)) static void begin(void)
{
	const char *n = getenv("FAILMALLOC_AT"), *k = getenv("FAILMALLOC_STEP");

	at = n != NULL ? atol(n) : 0;
	step = k != NULL ? atol(k) : 1;
	on = getenv("FAILMALLOC_ON") != NULL;
	each = getenv("FAILMALLOC_EACH");
	if (each != NULL)
		said_fd = memfd_create("said", MFD_CLOEXEC);
	ready = pthread_atfork(NULL, NULL, forked) == 0 && (each == NULL || said_fd >= 0);
}

/* ---- a child for one allocation ---- */

/* From here on: write(2, ...), exit.  All else is a change that a program without memory should not make. */
static void only_words(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STDERR_FILENO, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog filter = { .len = sizeof code / sizeof *code, .filter = code };

	if (dup2(said_fd, STDERR_FILENO) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
		_exit(99);
}

static void note(const char *text)
{
	for (size_t i = 0; i < MOST_ENDS; i++) {
		if (ends[i].times > 0 && strcmp(ends[i].text, text) != 0 && i + 1 < MOST_ENDS)
			continue;
		if (ends[i].times++ == 0) {
			(void)strcpy(ends[i].text, text);
			ends[i].first = count;
		}
		return;
	}
}

/* No stdio: it allocates. */
static void note_end(int status)
{
	char said[LINE / 2] = "", text[LINE] = "ended ";
	ssize_t n = pread(said_fd, said, sizeof said - 1, 0);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
	char digits[4] = { (char)('0' + code / 100 % 10), (char)('0' + code / 10 % 10),
	    (char)('0' + code % 10), '\0' };

	if (!WIFEXITED(status))
		(void)strcpy(text, "killed ");
	(void)strcat(text, digits);
	(void)strcat(text, " ");
	for (ssize_t i = 0; i < n; i++)
		if (said[i] == '\n')
			said[i] = '|';
	(void)strcat(text, said);
	note(text);
	if (ftruncate(said_fd, 0) != 0 || lseek(said_fd, 0, SEEK_SET) != 0)
		_exit(99);
}

/* Whether this is the child, whose allocation fails. */
static bool try_one(void)
{
	int status, before = errno;
	/* No fork(): handlers of the program's libraries are none of ours. */
	long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0) {
		is_child = true;
		only_words();
		return true;
	}
	while (pid > 0 && waitpid((pid_t)pid, &status, 0) < 0)
		if (errno != EINTR)
			_exit(99);
	if (pid < 0)
		_exit(99);
	note_end(status);
	errno = before;
	return false;
}

/* ---- allocations ---- */

static bool fails(void)
{
	bool no;

	if (!ready || is_child)
		return false;
	count++;
	if (each != NULL)
		no = count % step == 0 && try_one();
	else
		no = at != 0 && (on ? count >= at : count == at);
	if (no)
		errno = ENOMEM;
	return no;
}

void *malloc(size_t n) { return fails() ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return fails() ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return fails() ? NULL : __libc_realloc(p, n); }
void *memalign(size_t to, size_t n) { return fails() ? NULL : __libc_memalign(to, n); }
void *aligned_alloc(size_t to, size_t n) { return fails() ? NULL : __libc_memalign(to, n); }

int posix_memalign(void **out, size_t to, size_t n)
{
	void *p = fails() ? NULL : __libc_memalign(to, n);

	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}

static void write_line(const char *path, const char *fmt, const char *s, long a, long b)
{
	char text[LINE + 64];
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int n = snprintf(text, sizeof text, fmt, a, b, s);

	if (fd < 0 || n < 0 || write(fd, text, (size_t)n) != n || close(fd) != 0)
		_exit(99);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAILMALLOC_COUNT");

	if (is_child)
		return;
	ready = false;
	if (path != NULL)
		write_line(path, "%ld\n", "", count, 0);
	for (size_t i = 0; each != NULL && i < MOST_ENDS && ends[i].times > 0; i++)
		write_line(each, "%ld %ld %s\n", ends[i].text, ends[i].times, ends[i].first);
}
