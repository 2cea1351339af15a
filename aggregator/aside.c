/*
 * aside - a piece of work that a process of its own does meanwhile.
 *
 * It tells only whether it was done: what it found lies in a file, or is nothing.  Where it was not, for
 * whatever reason, this process does it again and has the reason: so a week is the same, and so is what is
 * said of it, with one process as with two.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aggregator.h"

pid_t aside_begin(aside_work *work, void *ctx)
{
	pid_t parent = getpid(), pid;
	struct why why;

	(void)fflush(NULL);             /* or the child would print it again */
	pid = fork();
	if (pid != 0)
		return pid;
	/* It dies with its parent, also with one that died before it could say so. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EX_SOFTWARE);
	_exit(work(ctx, &why) == 0 ? EX_DONE : EX_SOFTWARE);
}

bool aside_end(pid_t pid)
{
	int status = 0;
	pid_t got;

	if (pid < 0)
		return false;
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	return got == pid && WIFEXITED(status) && WEXITSTATUS(status) == EX_DONE;
}
