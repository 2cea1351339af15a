/* proc - command line, start, clock, lock, workers, progress and exit of the three programs. */
#include "proc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "env.h"
#include "text.h"

#define DEFAULT_CONF "/etc/zhoubao/zhoubao.ini"
#define MOST_OPTIONS 32
#define OWN_OPTION 1000         /* getopt value of the program's own option 0 */

/* ---- saying ---- */

void proc_complain(const struct proc *p, const struct why *why)
{
	(void)fprintf(stderr, "%s: %s\n", p->program, why->text);
}

static void give_up(const struct proc *p, const struct why *why)
{
	proc_complain(p, why);
	exit(why->code);
}

void proc_event(const struct proc *p, const char *event, const char *fmt, ...)
{
	struct buf line = { 0 }, shown = { 0 };
	char *values = NULL;
	va_list ap;
	int n;

	if (p->verbose == 0 && isatty(STDERR_FILENO))
		return;
	va_start(ap, fmt);
	n = vasprintf(&values, fmt, ap);
	va_end(ap);
	buf_fmt(&line, "event=%s%s%s", event, n > 0 ? " " : "", n > 0 ? values : "");
	text_escape(&shown, (struct span){ buf_cstr(&line), line.len });
	(void)fprintf(stderr, "%s\n", buf_cstr(&shown));
	if (n >= 0)
		free(values);
	buf_free(&line);
	buf_free(&shown);
}

static double monotonic(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void proc_progress(const struct proc *p, size_t done, size_t all, const char *what)
{
	double left;

	if (!isatty(STDERR_FILENO) || all == 0)
		return;
	left = done == 0 ? 0 : (monotonic() - p->started) / (double)done * (double)(all - done);
	(void)fprintf(
	    stderr, "\r\033[K[%zu/%zu] %s  ETA %.0f s%s", done, all, what, left, done == all ? "\n" : "");
}

/* ---- the command line ---- */

struct command_line {
	const char *conf, *site, *time;
	bool help, version;
};

static const struct common_option {
	char letter;
	const char *name;
	bool argument;
	const char *help;
} common_options[] = {
	{ 'c', "config", true, "FILE  configuration (default " DEFAULT_CONF ")" },
	{ 's', "site", true, "DIR   root of the site (overrides the configuration)" },
	{ 't', "time", true, "TIME  \"now\", as ISO 8601 local time" },
	{ 'n', "dry-run", false, "      say what would be done and touch nothing" },
	{ 'v', "verbose", false, "      say more; twice: per row" },
	{ 'j', "jobs", true, "N     workers (default: processors, or as its manual says)" },
	{ 'V', "version", false, "      the version" },
	{ 'h', "help", false, "      this text" },
};
#define N_COMMON (sizeof common_options / sizeof *common_options)

static void print_option(char letter, const char *name, const char *help)
{
	if (letter == '\0')
		(void)printf("      --%-10s %s\n", name, help);
	else
		(void)printf("  -%c, --%-10s %s\n", letter, name, help);
}

static void print_help(const struct proc_spec *spec)
{
	(void)printf("%s%s", spec->usage, spec->usage[strlen(spec->usage) - 1] == '\n' ? "" : "\n");
	for (size_t i = 0; i < spec->n_options; i++)
		print_option(spec->options[i].letter, spec->options[i].name, spec->options[i].help);
	for (size_t i = 0; i < N_COMMON; i++)
		print_option(common_options[i].letter, common_options[i].name, common_options[i].help);
}

/* The tables as getopt_long wants them.  A leading ':' tells a missing argument from an unknown option. */
static void make_getopt(const struct proc_spec *spec, struct buf *letters, struct option *names)
{
	size_t n = 0;

	assert(N_COMMON + spec->n_options < MOST_OPTIONS);
	buf_char(letters, ':');
	for (size_t i = 0; i < N_COMMON; i++) {
		const struct common_option *o = &common_options[i];

		buf_fmt(letters, "%c%s", o->letter, o->argument ? ":" : "");
		names[n++] = (struct option){ o->name, o->argument ? required_argument : no_argument, NULL,
			o->letter };
	}
	for (size_t i = 0; i < spec->n_options; i++) {
		const struct proc_option *o = &spec->options[i];

		if (o->letter != '\0')
			buf_fmt(letters, "%c%s", o->letter, o->argument ? ":" : "");
		names[n++] = (struct option){ o->name, o->argument ? required_argument : no_argument, NULL,
		    OWN_OPTION + (int)i };
	}
	names[n] = (struct option){ 0 };
}

static int set_workers(struct proc *p, const char *v, struct why *why)
{
	char *end;
	long n = strtol(v, &end, 10);

	if (*v < '0' || *v > '9' || *end != '\0' || n < 1 || n > PROC_WORKERS)
		return why_set(
		    why, EX_USAGE, "-j %s: wanted a number of workers from 1 to %d", v, PROC_WORKERS);
	p->workers = (int)n;
	p->workers_said = true;
	return 0;
}

static struct proc_option *own_option(const struct proc_spec *spec, int c)
{
	for (size_t i = 0; i < spec->n_options; i++)
		if (c == OWN_OPTION + (int)i || (c != '\0' && c == spec->options[i].letter))
			return &spec->options[i];
	return NULL;
}

static int take_option(struct proc *p, const struct proc_spec *spec, struct command_line *cl, int c,
    struct why *why)
{
	struct proc_option *own;

	switch (c) {
	case 'c': cl->conf = optarg; return 0;
	case 's': cl->site = optarg; return 0;
	case 't': cl->time = optarg; return 0;
	case 'n': p->dry = true; return 0;
	case 'v': p->verbose++; return 0;
	case 'j': return set_workers(p, optarg, why);
	case 'V': cl->version = true; return 0;
	case 'h': cl->help = true; return 0;
	default: break;
	}
	own = own_option(spec, c);
	assert(own != NULL);
	own->value = own->argument ? optarg : "";
	return 0;
}

static bool is_option(const struct proc_spec *spec, int c)
{
	for (size_t i = 0; i < N_COMMON; i++)
		if (c == common_options[i].letter)
			return true;
	return own_option(spec, c) != NULL;
}

/*
 * What getopt_long stopped at, for the message.  optopt is the letter that there is not (a byte of one, below
 * 0, where it is no ASCII), the option that takes no argument, or 0 for a long name.  A letter in a bunch
 * leaves optind at its word, the bunch's last and a long name behind it.
 */
static int bad_option(const struct proc_spec *spec, int c, char **argv, struct why *why)
{
	const char *word = argv[optind - 1];

	if (c == ':')
		return why_set(why, EX_USAGE, "option %s needs an argument (-h shows all)", word);
	if (optopt > 0 && is_option(spec, optopt))
		return why_set(why, EX_USAGE, "option %s takes no argument (-h shows all)", word);
	if (optopt > 0)
		return why_set(why, EX_USAGE, "unknown option -%c (-h shows all)", optopt);
	if (optopt < 0 && argv[optind] != NULL && strchr(argv[optind], optopt) != NULL)
		word = argv[optind];
	return why_set(why, EX_USAGE, "unknown option %s (-h shows all)", word);
}

static int read_options(struct proc *p, const struct proc_spec *spec, struct command_line *cl, int argc,
    char **argv, struct why *why)
{
	struct option names[MOST_OPTIONS + 1];
	struct buf letters = { 0 };
	int c, rc = 0;

	make_getopt(spec, &letters, names);
	opterr = 0;
	optind = 0;             /* glibc: begin anew */
	while (rc == 0 && (c = getopt_long(argc, argv, buf_cstr(&letters), names, NULL)) != -1)
		rc = c == '?' || c == ':' ? bad_option(spec, c, argv, why) : take_option(p, spec, cl, c, why);
	buf_free(&letters);
	p->argc = argc - optind;
	p->argv = argv + optind;
	return rc;
}

/* ---- start ---- */

static int default_workers(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > PROC_WORKERS ? PROC_WORKERS : (int)n;
}

static int read_clock(struct proc *p, const char *time_option, struct why *why)
{
	struct timespec ts;

	if (time_option != NULL) {
		if (instant_parse(time_option, strlen(time_option), p->conf.utc_offset, &p->now) != 0)
			return why_set(
			    why, EX_USAGE, "-t %s: wanted local time as YYYY-MM-DDTHH:MM[:SS]", time_option);
		return 0;
	}
	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return why_errno(why, "clock");
	p->now = (instant_t)ts.tv_sec + (instant_t)p->conf.utc_offset * 60;
	return 0;
}

static int open_site(struct proc *p, const struct proc_spec *spec, const char *site_option, struct why *why)
{
	const char *root = site_option != NULL ? site_option : p->conf.root;

	if (root == NULL && spec->site_optional)
		return 0;
	if (root == NULL)
		return why_config(why, p->conf.file, 0, "[site] root is missing: say it there, or -s DIR");
	if (site_open(root, &p->site, why) != 0)
		return spec->site_optional && site_option == NULL ? 0 : -1;
	p->has_site = true;
	return 0;
}

static int load(struct proc *p, const struct proc_spec *spec, const struct command_line *cl, struct why *why)
{
	if (conf_load(cl->conf, &p->conf, why) != 0 || ruleset_load(&p->conf, &p->rules, why) != 0 ||
	    (!spec->unchecked && env_check(p->rules, why) != 0))
		return -1;
	if (open_site(p, spec, cl->site, why) != 0)
		return -1;
	return read_clock(p, cl->time, why);
}

void proc_start(struct proc *p, const struct proc_spec *spec, int argc, char **argv)
{
	struct command_line cl = { .conf = DEFAULT_CONF };
	struct why why;

	*p = (struct proc){
		.program = spec->program, .workers = default_workers(), .lock = -1, .started = monotonic()
	};
	p->site.dir = -1;
	(void)umask(022);       /* what other libraries create looks the same under any umask */
	if (read_options(p, spec, &cl, argc, argv, &why) != 0)
		give_up(p, &why);
	if (cl.help)
		print_help(spec);
	else if (cl.version)
		(void)printf("zhoubao %s %s\n", spec->program, VERSION);
	if (cl.help || cl.version) {
		proc_end(p);
		exit(EX_DONE);
	}
	if (load(p, spec, &cl, &why) != 0)
		give_up(p, &why);
}

void proc_end(struct proc *p)
{
	struct why why;

	ruleset_free(p->rules);
	conf_free(&p->conf);
	site_close(&p->site);
	if (p->lock >= 0)
		(void)close(p->lock);
	p->rules = NULL;
	p->lock = -1;
	if (fflush(stdout) != 0)
		(void)why_errno(&why, "stdout");
	else if (ferror(stdout))        /* whose errno is long gone */
		(void)why_set(&why, EX_IOERR, "stdout: a part of the answer could not be written; run again");
	else
		return;
	give_up(p, &why);
}

/* ---- the lock ---- */

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The descriptor that a parent left us, or -1. */
static int inherited_lock(int fd)
{
	const char *v = getenv("ZHOUBAO_LOCK");
	size_t n = v == NULL ? 0 : strlen(v);
	int inherited;

	if (n == 0 || n > 4 || strspn(v, "0123456789") != n)
		return -1;
	inherited = atoi(v);
	/* flock() on the description that holds the lock succeeds; on any other it would block. */
	if (inherited == fd || !is_same_file(fd, inherited) || flock(inherited, LOCK_EX | LOCK_NB) != 0)
		return -1;
	return inherited;
}

static int take_lock(struct proc *p, struct why *why)
{
	struct path path;
	int fd, held, rc = -1;

	fd = openat(p->site.dir, site_lock(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return why_errno(why, path.s);
	held = inherited_lock(fd);
	if (held >= 0) {        /* it stays the parent's: ours need not be kept */
		rc = 0;
		goto out;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			why_set(why, EX_TEMPFAIL, "%s/%s: another run holds the lock; run again later",
			    p->site.root, path.s);
		else
			why_errno(why, path.s);
		goto out;
	}
	p->lock = fd;
	fd = -1;
	rc = 0;
out:
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

/* Time that runs backwards would file what comes now under a week that is over. */
static int check_clock(const struct proc *p, struct why *why)
{
	char now[26], seal[26], name[9];
	struct week week;
	instant_t at;
	int rc;

	rc = site_last_seal(&p->site, p->conf.utc_offset, &week, &at, why);
	if (rc != 0 || p->now >= at)
		return rc < 0 ? -1 : 0;
	instant_format(p->now, p->conf.utc_offset, now);
	instant_format(at, p->conf.utc_offset, seal);
	week_format(week, name);
	return why_set(why, EX_TEMPFAIL, "the clock (%s) is before the last seal (%s, %s)", now, seal, name);
}

int proc_lock(struct proc *p, struct why *why)
{
	struct path swap;

	assert(p->has_site && p->lock < 0);
	if (!p->dry && take_lock(p, why) != 0)
		return -1;
	/* Half of the weeks are the old ones, half the new: what came in now could be lost. */
	if (fsio_exists(p->site.dir, site_swap(&swap)))
		return why_set(why, EX_TEMPFAIL,
		    "%s/%s: a rebuild was cut off while it put things in place; zhoubao rebuild ends it",
		    p->site.root, swap.s);
	return check_clock(p, why);
}

/* ---- workers ---- */

int proc_worse(int a, int b)
{
	static const int order[] = {
		EX_DONE, EX_PERSON, EX_USAGE, EX_DATAERR, EX_IOERR, EX_TEMPFAIL, EX_SOFTWARE, EX_CONFIG,
	};
	const size_t n = sizeof order / sizeof *order;
	size_t i = 0, j = 0;

	while (i < n && order[i] != a)
		i++;
	while (j < n && order[j] != b)
		j++;
	if (i == n || j == n)   /* no code of ours: something died in a way nobody foresaw */
		return (i < n && a == EX_CONFIG) || (j < n && b == EX_CONFIG) ? EX_CONFIG : EX_SOFTWARE;
	return i > j ? a : b;
}

/* What all workers take their next job from, in memory that they share. */
struct jobs {
	_Atomic size_t next;
	_Atomic int    worst;           /* of those that are done */
	size_t         n;
	int          (*job)(void *ctx, size_t i);
	void          *ctx;
};

static bool jobs_left(const struct jobs *q)
{
	return atomic_load(&q->next) < q->n;
}

/* The next job, here.  Its code is kept where it does not go with a worker that dies of a later one. */
static void do_next(struct jobs *q)
{
	size_t i = atomic_fetch_add(&q->next, 1);
	int code = i < q->n ? q->job(q->ctx, i) : EX_DONE, was = atomic_load(&q->worst);

	while (!atomic_compare_exchange_weak(&q->worst, &was, proc_worse(was, code)))
		continue;
}

/* The worker's whole life.  It dies with its parent: no orphan goes on writing after a kill. */
static _Noreturn void work(pid_t parent, struct jobs *q)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
		(void)atomic_fetch_add(&q->next, 1);    /* or it would be tried for ever */
		_exit(EX_SOFTWARE);
	}
	while (jobs_left(q))
		do_next(q);
	_exit(fflush(stdout) == 0 ? EX_DONE : EX_IOERR);
}

/* Wait for one worker: its exit code. */
static int reap(const struct proc *p)
{
	int status;
	pid_t pid;

	do
		pid = wait(&status);
	while (pid < 0 && errno == EINTR);
	assert(pid > 0);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	(void)fprintf(stderr, "%s: a worker died of signal %d\n", p->program, WTERMSIG(status));
	return EX_SOFTWARE;
}

/* false: there is no process to be had. */
static bool begin_worker(struct jobs *q)
{
	pid_t parent = getpid(), pid;

	(void)fflush(NULL);     /* or the child would print it again */
	pid = fork();
	if (pid == 0)
		work(parent, q);
	return pid > 0;
}

int proc_workers(const struct proc *p, int workers, size_t n, int (*job)(void *ctx, size_t i), void *ctx)
{
	struct jobs alone, *q = workers > 1 && n > 1 ? mmap(NULL, sizeof *q, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0) : MAP_FAILED;
	size_t most = q == MAP_FAILED ? 0 : (size_t)workers < n ? (size_t)workers : n, running = 0;
	struct jobs *shared = q != MAP_FAILED ? q : &alone;
	int worst = EX_DONE;

	*shared = (struct jobs){ .worst = EX_DONE, .n = n, .job = job, .ctx = ctx };
	/* A worker ends when no job is left; where one is, it died, and another takes its place. */
	while (jobs_left(shared) || running > 0) {
		if (running < most && jobs_left(shared) && begin_worker(shared))
			running++;
		else if (running > 0) {
			worst = proc_worse(worst, reap(p));
			running--;
		} else {                /* one worker only, or no process to be had: do it here */
			do_next(shared);
		}
	}
	worst = proc_worse(worst, atomic_load(&shared->worst));
	if (q != MAP_FAILED)
		(void)munmap(q, sizeof *q);
	return worst;
}
