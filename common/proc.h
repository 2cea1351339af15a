/*
 * proc - what the three programs do alike: command line, start, clock, lock,
 * workers, progress, exit.
 */
#ifndef ZB_PROC_H
#define ZB_PROC_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "ruleset.h"
#include "site.h"
#include "week.h"
#include "why.h"

/* A program's own option beside the common -c -s -t -n -v -j -V -h. */
struct proc_option {
	char        letter;             /* '\0': a long name only */
	const char *name;               /* long name */
	bool        argument;
	const char *help;
	const char *value;              /* out: the argument, or "" for a flag that was given; NULL if not */
};

struct proc {
	const char *program;
	bool        dry;                /* -n */
	int         verbose;            /* -v count */
	int         workers;            /* -j, else one a processor; at least 1 */
	bool        workers_said;       /* -j was given */
	struct conf     conf;
	/* today's; unless unchecked, every text of it has been prepared once */
	struct ruleset *rules;
	struct site     site;
	bool        has_site;
	instant_t   now;                /* read once, or -t */
	int         argc;               /* what is left after the options: command and operands */
	char      **argv;
	int         lock;               /* descriptor or -1 */
	double      started;            /* monotonic seconds, for the ETA of proc_progress only */
};

struct proc_spec {
	const char *program, *usage;    /* usage: the text of -h */
	struct proc_option *options;
	size_t n_options;
	bool   site_optional;           /* go on without a site (collector check) */
	bool   unchecked;               /* the program calls env_check itself, before it touches anything */
};

/*
 * Parse the command line, load configuration and rule set, check every text
 * (env_check), open the site, read the clock.  On trouble prints one line and
 * exits with the code formats.md gives; -h and -V print and exit 0.
 */
void proc_start(struct proc *p, const struct proc_spec *spec, int argc, char **argv);
/* Free everything.  When what was printed on stdout did not get out, complains and exits with EX_IOERR. */
void proc_end(struct proc *p);

/*
 * Take the site's one lock; a lock already held by the parent (descriptor number in
 * ZHOUBAO_LOCK) serves.  -1, EX_TEMPFAIL: another run holds it, a rebuild was cut off
 * half-way, or the clock is before the last seal.  With -n nothing is locked, and only the clock is checked.
 */
int proc_lock(struct proc *p, struct why *why);

/* One line on stderr: "PROGRAM: TEXT". */
void proc_complain(const struct proc *p, const struct why *why);

/* One event: "event=NAME key=value ..." on stderr when it is not a terminal or with -v.  FMT spells
 * "key=value ..."; a value that may hold a blank is quoted by FMT; controls are escaped here, so that an
 * event is always one line. */
void proc_event(const struct proc *p, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "[412/2844] WHAT  ETA 12 s" on a terminal; nothing elsewhere. */
void proc_progress(const struct proc *p, size_t done, size_t all, const char *what);

/*
 * Run JOB(ctx, i) for i in 0..n-1 in up to WORKERS forked workers (in this process when
 * there is only one), each of which takes one after another.  JOB returns an exit code.  Returns the worst of
 * all by proc_worse(); a worker killed by a signal counts as EX_SOFTWARE, and another takes its place.
 */
int proc_workers(const struct proc *p, int workers, size_t n, int (*job)(void *ctx, size_t i), void *ctx);
/* The most that can be asked for. */
#define PROC_WORKERS 256
/* The worse of two exit codes: 78 > 70 > 75 > 74 > 65 > 64 > 1 > 0. */
int proc_worse(int a, int b);

#endif
