/* uses: aggregator */
/*
 * The second process of a fold where it fares badly: it ends before it is heard out, is killed, or is not told
 * that its pieces were taken.  The bytes are the same each time, nothing waits for ever, and no process is left.
 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The fixture's word for handing in; here send is the system's. */
#define send hand_in
#include "tests/unit/fold_fixture.h"
#undef send

/* ---- what befalls the two ---- */

static struct {
	pid_t self;
	int   heard;            /* messages of the second process so far */
	int   wait_at;          /* that one before which the first waits for the second to end; 0: none */
	bool  lose;             /* what the first tells is lost */
	bool  kill_born;        /* the second is killed as it begins */
	bool  kill_full;        /* the second is killed when it has to wait for room */
} fate;

ssize_t recv(int fd, void *p, size_t n, int flags);
ssize_t send(int fd, const void *p, size_t n, int flags);

ssize_t
recv(int fd, void *p, size_t n, int flags)
{
	siginfo_t ended;

	if (getpid() != fate.self && fate.kill_full)
		(void)raise(SIGKILL);
	if (getpid() == fate.self && ++fate.heard == fate.wait_at)
		assert_int_equal(waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT), 0);
	return syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL);
}

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	if (getpid() == fate.self && fate.lose) {
		errno = ENOBUFS;
		return -1;
	}
	return syscall(SYS_sendto, fd, p, n, flags, NULL, 0);
}

int
prctl(int option, ...)
{
	va_list ap;
	unsigned long what;

	if (fate.kill_born)
		(void)raise(SIGKILL);
	va_start(ap, option);
	what = va_arg(ap, unsigned long);
	va_end(ap);
	return (int)syscall(SYS_prctl, option, what, 0, 0, 0);
}

/* ---- a week of many units ---- */

static const char sums_of_things[] =
    "-- sums: what each thing is planned to be\n"
    "CREATE TABLE sums (unit TEXT NOT NULL, id TEXT NOT NULL, plan INTEGER, PRIMARY KEY (unit, id));\n"
    "INSERT INTO sums SELECT unit, id, plan FROM thing WHERE unit > :after AND unit <= :through;\n";

/* N units, each with one thing of its own that was planned. */
static struct world *
world_of(int n)
{
	struct world *w = world_new();
	struct buf ini = { 0 };

	for (int i = 1; i <= n; i++)
		buf_fmt(&ini, "[U%03d]\nname = U%03d\nshort = U%03d\nclass =\ncounts = yes\norder = %d\n", i, i, i, i);
	buf_str(&ini, "[Z]\nname = Office\nshort = Office\nclass =\ncounts = no\noffice = yes\norder = 999\n");
	ruleset_free(w->p.rules);
	w->p.rules = make_rules_units(buf_cstr(&ini), sums_of_things, NULL, 0, report_form);
	buf_free(&ini);
	for (int i = 1; i <= n; i++) {
		char unit[16], row[80];
		const struct sent sent = { "2022-W12", unit, 1, "2022-03-20T10:00:00", NULL, "thing", row };

		(void)snprintf(unit, sizeof unit, "U%03d", i);
		(void)snprintf(row, sizeof row, "('U%03d-1', 'a', %d, NULL, NULL, NULL, 3)", i, i);
		hand_in(w, &sent);
	}
	return w;
}

/* What the second process did; the bytes of the snapshot, which is gone then. */
static struct aside_done
fold_with(struct world *w, int workers, char digest[DIGEST_HEX])
{
	struct fold f = { .site = &w->p.site, .rules = w->p.rules, .window = window_of(w, "2022-W12"),
		.workers = workers, .divide_from = 1 };
	struct fold_result result;
	struct names names = { 0 };
	struct why why = { 0 };
	struct path p;

	fate.self = getpid();
	fate.heard = 0;
	f.at = f.window.seal;
	must(fold_week(&f, &result, &why), &why);
	free(result.gate);
	free(result.replaced);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	must(fsio_digest(w->p.site.dir, site_snapshot(&p, f.window.week), digest, NULL, &why), &why);
	must(fsio_remove(w->p.site.dir, p.s, &why), &why);
	must(fsio_list(w->p.site.dir, "snapshots", &names, &why), &why);
	assert_int_equal(names.n, 0);
	names_free(&names);
	return result.aside;
}

#define MANY 100        /* units whose pieces are more than the second process may be ahead: 128 */
#define FEW  30         /* fewer than that, and more than a lot of those that were taken: 32 */

static const struct {
	const char *name;
	int         n, wait_at;
	bool        lose, kill_born, kill_full;
	int         measures, gate, digest;     /* that it did all the same */
} fates[] = {
	{ "ends before it is heard out",        FEW,  70, false, false, false, 1, 1, 1 },
	{ "more pieces than there is room for", MANY, 0,  false, false, false, 1, 1, 1 },
	{ "killed as it begins",                FEW,  0,  false, true,  false, 0, 0, 0 },
	{ "killed when it waits for room",      MANY, 0,  false, false, true,  1, 1, 0 },
	{ "never told of what was taken",       MANY, 0,  true,  false, false, 1, 1, 0 },
};

static void
test_fates(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof fates / sizeof *fates; i++) {
		struct world *w = world_of(fates[i].n);
		char alone[DIGEST_HEX], two[DIGEST_HEX];
		struct aside_done done;

		print_message("%s\n", fates[i].name);
		(void)fold_with(w, 1, alone);
		fate.wait_at = fates[i].wait_at;
		fate.lose = fates[i].lose;
		fate.kill_born = fates[i].kill_born;
		fate.kill_full = fates[i].kill_full;
		done = fold_with(w, 2, two);
		assert_string_equal(two, alone);
		assert_int_equal(done.seal, 0);         /* there is no week before */
		assert_int_equal(done.measures, fates[i].measures);
		assert_int_equal(done.gate, fates[i].gate);
		assert_int_equal(done.digest, fates[i].digest);
		fate.wait_at = 0;
		fate.lose = fate.kill_born = fate.kill_full = false;
		world_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
