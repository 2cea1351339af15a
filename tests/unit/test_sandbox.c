/*
 * test_sandbox - what a boxed child can still do on a kernel that has every wall, and on kernels that
 * lack one: the call of the missing wall is made to fail by a filter of our own, as it fails where it was
 * never built in.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/sandbox.h"

#ifndef SANDBOX_OFF

static bool can_open(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool can_make(void)
{
	return open("/tmp/zhoubao-test-sandbox", O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool can_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool can_fork(void)
{
	return fork() > 0;
}

static bool can_exec(void)
{
	(void)execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
	return false;
}

enum { NO_LANDLOCK = 1, NO_SECCOMP = 2 };

/* From here on those calls fail as on a kernel without them. */
static void lack(int what)
{
	uint32_t landlock = what & NO_LANDLOCK ? SYS_landlock_create_ruleset : UINT32_MAX;
	uint32_t seccomp = what & NO_SECCOMP ? SYS_seccomp : UINT32_MAX;
	uint32_t by_prctl = what & NO_SECCOMP ? SYS_prctl : UINT32_MAX;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, landlock, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, by_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof code / sizeof *code, .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
		_exit(98);
}

/* How a child that tries WHAT inside ends: 0 or killed for the call: it cannot; 7: it can; else: trouble. */
static int end_of(int lacks, bool (*what)(void), const char *said)
{
	struct sandbox limits = { 1, 32 << 20 };
	struct why why;
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (lacks != 0)
			lack(lacks);
		if (strcmp(sandbox_lacks(), said) != 0)
			_exit(97);
		if (sandbox_enter(&limits, &why) != 0)
			_exit(99);
		_exit(what() ? 7 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void test_walls_of_each_kernel(void **state)
{
	static const struct { const char *name; bool (*what)(void); } acts[] = {
		{ "open", can_open }, { "make a file", can_make }, { "socket", can_socket }, { "fork", can_fork },
		{ "exec", can_exec },
	};
	static const struct { int lacks; const char *said; } kernels[] = {
		{ 0, "" }, { NO_LANDLOCK, "Landlock" }, { NO_SECCOMP, "seccomp" },
		{ NO_LANDLOCK | NO_SECCOMP, "Landlock seccomp" },
	};

	(void)state;
	if (sandbox_lacks()[0] != '\0')         /* this very kernel: no other can be made of it */
		skip();
	for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++)
		for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
			int end = end_of(kernels[k].lacks, acts[i].what, kernels[k].said);
			/*
			 * With neither wall a program is started, and dies for want of a descriptor to
			 * load its libraries.
			 */
			bool dies = acts[i].what == can_exec &&
			    kernels[k].lacks == (NO_LANDLOCK | NO_SECCOMP);

			/* Without seccomp a limit keeps it from forking, and limits are nothing to root. */
			if (acts[i].what == can_fork && (kernels[k].lacks & NO_SECCOMP) != 0 &&
			    geteuid() == 0)
				continue;
			if (dies ? end == 7 : end != 0)
				fail_msg("%s, on a kernel that lacks \"%s\": %d", acts[i].name, kernels[k].said, end);
		}
}

#else

static void test_walls_of_each_kernel(void **state)
{
	(void)state;
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_walls_of_each_kernel) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
