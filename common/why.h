/*
 * why - why something failed: one line for a person, and the exit code it calls for.
 *
 * Every function that can fail for a reason outside the input takes a
 * "struct why *" last and returns -1 with it filled in; outputs are then
 * untouched.  What is wrong with an *input* is a finding (finding.h), a bug is
 * an assertion, and running out of memory ends the program (buf.h).
 */
#ifndef ZB_WHY_H
#define ZB_WHY_H

#include <sysexits.h>

/* sysexits.h gives EX_USAGE 64, EX_DATAERR 65, EX_SOFTWARE 70, EX_IOERR 74, EX_TEMPFAIL 75, EX_CONFIG 78. */
#define EX_DONE   0             /* nothing needs a person */
#define EX_PERSON 1             /* done, and something needs a person */

struct why {
	int  code;              /* exit code; meaningful only after a -1 */
	char text[1024];        /* UTF-8, one line, no newline; cut if longer */
};

/* Set the reason.  Always returns -1, so that "return why_set(...)" reads well. */
int why_set(struct why *why, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "WHAT: strerror(errno)", EX_IOERR.  Call before any cleanup that may touch errno.  Returns -1. */
int why_errno(struct why *why, const char *what);

/* "FILE:LINE: ...", EX_CONFIG; LINE 0 leaves the number out.  Returns -1. */
int why_config(struct why *why, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
