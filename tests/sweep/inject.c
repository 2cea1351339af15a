/*
 * inject - run a program and kill or fail it at the N-th time it makes one system call.
 *
 * usage: inject OUT CALL N ERRNO PROGRAM ARGUMENT...      ERRNO is a number; 0: kill
 *
 * What `strace -e inject=CALL:error=E:when=N` does, at a tenth of its cost: a seccomp filter stops the
 * program at that one call and at no other.  Children are followed, because the filter is theirs too, but
 * not counted.
 * OUT gets "hit" or "missed"; the exit code is the program's, or 128 and the signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if !defined(__x86_64__)
#error "only x86-64 is known here; elsewhere tests/sweep uses strace"
#endif

static _Noreturn void give_up(const char *what)
{
	perror(what);
	exit(125);
}

/* The program: stopped before exec, so that exec itself counts as strace counts it. */
static _Noreturn void become(unsigned int call, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof code / sizeof *code, .filter = code };

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
		give_up("inject");
	execv(argv[0], argv);
	give_up(argv[0]);
}

/* At the call: kill, or skip it and let it return the error. */
static void disturb(pid_t pid, int error)
{
	struct user_regs_struct r;

	if (error == 0) {
		(void)kill(pid, SIGKILL);
		return;
	}
	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) != 0)
		give_up("getregs");
	r.orig_rax = (unsigned long long)-1;
	r.rax = (unsigned long long)-(long long)error;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &r) != 0)
		give_up("setregs");
}

static bool is_event(int status, int event)
{
	return status >> 8 == (SIGTRAP | event << 8);
}

/* A signal that stopped PID is its own, unless it is part of being traced. */
static int signal_of(int status)
{
	int s = WSTOPSIG(status);

	return status >> 16 != 0 || s == SIGSTOP || s == SIGTRAP ? 0 : s;
}

/* Until MAIN ends: its status.  *HIT: the call was reached. */
static int follow(pid_t main_pid, long n, int error, bool *hit)
{
	int status;
	long count = 0;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			give_up("wait");
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == main_pid)
				return status;
			continue;
		}
		if (pid == main_pid && is_event(status, PTRACE_EVENT_SECCOMP) && ++count == n) {
			disturb(pid, error);
			*hit = true;
		}
		(void)ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal_of(status));
	}
}

int main(int argc, char **argv)
{
	bool hit = false;
	int status;

	if (argc < 6) {
		(void)fprintf(stderr, "usage: inject OUT CALL N ERRNO PROGRAM ARGUMENT...\n");
		return 125;
	}
	int call = seccomp_syscall_resolve_name(argv[2]);

	if (call < 0) {
		(void)fprintf(stderr, "inject: no system call %s\n", argv[2]);
		return 125;
	}
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid == 0)
		become((unsigned int)call, argv + 5);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
	    PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0 || ptrace(PTRACE_CONT, pid, NULL, NULL) != 0)
		give_up("ptrace");
	status = follow(pid, atol(argv[3]), atoi(argv[4]), &hit);
	int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const char *said = hit ? "hit" : "missed";

	if (fd < 0 || write(fd, said, strlen(said)) < 0)
		give_up(argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
