/*
 * sandbox - limits first, which every kernel has; then Landlock and seccomp, which
 * are a second and third wall and are gone without where the kernel lacks them.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The version of Landlock, or less than 1. */
static long landlock_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static bool has_seccomp(void)
{
	/* EFAULT says that filters are known and this one is none. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0 && errno == EFAULT;
}

const char *sandbox_lacks(void)
{
	bool landlock = landlock_version() >= 1, seccomp = has_seccomp();

	return landlock ? (seccomp ? "" : "seccomp") : (seccomp ? "Landlock" : "Landlock seccomp");
}

#ifdef SANDBOX_OFF

int sandbox_enter(const struct sandbox *limits, struct why *why)
{
	(void)limits, (void)why;
	return 0;
}

#else

/* Bytes mapped now. */
static size_t mapped(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	(void)close(fd);
	return n > 0 ? (size_t)strtoull(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static int limit(int what, rlim_t soft, rlim_t hard, struct why *why)
{
	struct rlimit r = { soft, hard };

	return setrlimit((__rlimit_resource_t)what, &r) == 0 ? 0 : why_errno(why, "setrlimit");
}

/* BEFORE: what was mapped already.  Rationale: it counts, so a large parent would leave its child nothing. */
static int set_limits(const struct sandbox *s, size_t before, struct why *why)
{
	rlim_t cpu = (rlim_t)s->cpu_seconds, memory = before + s->memory;

	if (limit(RLIMIT_CPU, cpu, cpu + 1, why) != 0 || limit(RLIMIT_AS, memory, memory, why) != 0 ||
	    limit(RLIMIT_FSIZE, 0, 0, why) != 0 || limit(RLIMIT_CORE, 0, 0, why) != 0 ||
	    limit(RLIMIT_NPROC, 0, 0, why) != 0 || limit(RLIMIT_NOFILE, 2, 2, why) != 0)
		return -1;
	return 0;
}

/* Nothing in any file system may be opened, made, removed or run. */
static void enter_landlock(void)
{
	static const uint64_t known[] = { 0, (1u << 13) - 1, (1u << 14) - 1, (1u << 15) - 1, (1u << 15) - 1,
	    (1u << 16) - 1 };
	long version = landlock_version();

	if (version < 1)
		return;
	size_t last = sizeof known / sizeof *known - 1;
	struct landlock_ruleset_attr attr = { .handled_access_fs = known[(size_t)version < last ?
	    (size_t)version : last] };
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	if (fd < 0)
		return;
	(void)syscall(SYS_landlock_restrict_self, fd, 0);
	(void)close(fd);
}

/* All other calls end the process. */
static void enter_seccomp(void)
{
	static const int calls[] = {
		SCMP_SYS(write), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
		SCMP_SYS(exit_group), SCMP_SYS(exit), SCMP_SYS(rt_sigreturn),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool made = filter != NULL;

	for (size_t i = 0; made && i < sizeof calls / sizeof *calls; i++)
		made = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) == 0;
	made = made && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
	if (made)
		(void)seccomp_load(filter);
	seccomp_release(filter);
}

int sandbox_enter(const struct sandbox *limits, struct why *why)
{
	size_t before = mapped();       /* asks a file, so it comes first */

	if (before == 0)                /* no /proc: a limit that is too wide beats none */
		before = (size_t)1 << 30;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return why_errno(why, "no_new_privs");
	enter_landlock();
	if (set_limits(limits, before, why) != 0)
		return -1;
	if (close_range(2, ~0u, 0) != 0)
		return why_errno(why, "close_range");
	enter_seccomp();
	return 0;
}

#endif
