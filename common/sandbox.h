/*
 * sandbox - what a child that reads foreign bytes gives up before it looks at them:
 * time, memory, files, network, new programs.
 */
#ifndef ZB_SANDBOX_H
#define ZB_SANDBOX_H

#include <stddef.h>

#include "why.h"

struct sandbox {
	int    cpu_seconds;     /* then SIGXCPU; a second later SIGKILL */
	size_t memory;          /* bytes that may be mapped beyond what is mapped already */
};

/*
 * Enter, for good.  Every descriptor but 0 (where to read) and 1 (where to write) is closed;
 * afterwards the process may compute, take memory, write to 1 and end.  Built with
 * -DSANDBOX_OFF (sanitizers need room and calls of their own) it does nothing.
 * -1: a limit that every kernel has could not be set.
 */
int sandbox_enter(const struct sandbox *limits, struct why *why);
/* What this kernel cannot do of it: "Landlock", "seccomp", both with a blank between, or "". */
const char *sandbox_lacks(void);

#endif
