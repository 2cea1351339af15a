/* proc: exit codes, workers, and the one lock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/proc.h"

#define N(a) (sizeof(a) / sizeof *(a))

static char top[] = "/tmp/test_proc.XXXXXX";

static int
make_site(void **state)
{
	(void)state;
	return mkdtemp(top) == NULL ? -1 : 0;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int
remove_site(void **state)
{
	(void)state;
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
worse(void **state)
{
	static const int order[] = { 0, 1, 64, 65, 74, 75, 70, 78 };

	(void)state;
	for (size_t i = 0; i < N(order); i++)
		for (size_t j = 0; j < N(order); j++)
			assert_int_equal(proc_worse(order[i], order[j]), order[i > j ? i : j]);
	assert_int_equal(proc_worse(0, 99), 70);        /* nobody's code is a bug */
	assert_int_equal(proc_worse(78, 99), 78);
}

/* ---- workers ---- */

/* Each job leaves a mark in its own file, so that every one is seen to have run once. */
static int
mark(void *ctx, size_t i)
{
	static const int codes[] = { 0, 1, 0, 74, 1, 0, 0, 0, 0, 0 };
	char name[64];
	int fd;

	(void)snprintf(name, sizeof name, "%s/mark%zu", (const char *)ctx, i);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || close(fd) != 0)
		return EX_SOFTWARE;
	return codes[i];
}

/* Every third job takes its worker with it, once by a signal, then by a code that is less than what was before. */
static int
die(void *ctx, size_t i)
{
	if (i == 1 || i == 4)
		(void)raise(SIGKILL);
	if (i == 7)
		_exit(EX_PERSON);
	return mark(ctx, i);
}

static void
workers(void **state)
{
	static const int counts[] = { 1, 2, 4, 20 };
	char name[64];

	(void)state;
	for (size_t k = 0; k < N(counts); k++) {
		const struct proc p = { .program = "test", .workers = counts[k] };

		assert_int_equal(proc_workers(&p, counts[k], 10, mark, top), 74);
		for (size_t i = 0; i < 10; i++) {
			(void)snprintf(name, sizeof name, "%s/mark%zu", top, i);
			assert_int_equal(unlink(name), 0);
		}
		assert_int_equal(proc_workers(&p, counts[k], 0, mark, top), 0);
	}
}

static void
killed_worker(void **state)
{
	const struct proc p = { .program = "test", .workers = 2 };
	char name[64];

	(void)state;
	assert_int_equal(proc_workers(&p, 2, 10, die, top), EX_SOFTWARE);
	for (size_t i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof name, "%s/mark%zu", top, i);
		assert_int_equal(unlink(name), i == 1 || i == 4 || i == 7 ? -1 : 0);
	}
}

static int
leave(void *ctx, size_t i)
{
	(void)ctx;
	if (i == 1)
		_exit(EX_PERSON);
	return i == 0 ? EX_IOERR : EX_DONE;
}

/* What a worker's first job came to is not forgotten when it dies of its second. */
static void
worker_that_leaves(void **state)
{
	const struct proc p = { .program = "test", .workers = 2 };

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(proc_workers(&p, 2, 2, leave, NULL), EX_IOERR);
}

/* ---- the lock ---- */

static void
begin(struct proc *p)
{
	struct why why;

	*p = (struct proc){ .program = "test", .lock = -1, .has_site = true };
	p->conf.utc_offset = 480;
	assert_int_equal(site_open(top, &p->site, &why), 0);
	assert_int_equal(instant_parse("2022-04-29T08:00:00", 19, 480, &p->now), 0);
}

static void
one_run(void **state)
{
	struct proc a, b, c;
	struct why why = { 0 };
	char want[128];

	(void)state;
	assert_int_equal(unsetenv("ZHOUBAO_LOCK"), 0);
	begin(&a);
	begin(&b);
	begin(&c);
	c.dry = true;
	assert_int_equal(proc_lock(&a, &why), 0);
	assert_int_equal(proc_lock(&b, &why), -1);
	assert_int_equal(why.code, EX_TEMPFAIL);
	(void)snprintf(want, sizeof want, "%s/lock: another run holds the lock; run again later", top);
	assert_string_equal(why.text, want);
	assert_int_equal(proc_lock(&c, &why), 0);       /* a dry run waits for nobody */
	proc_end(&a);
	assert_int_equal(proc_lock(&b, &why), 0);
	proc_end(&b);
	proc_end(&c);
}

static void
set_inherited(int fd)
{
	char v[16];

	(void)snprintf(v, sizeof v, "%d", fd);
	assert_int_equal(setenv("ZHOUBAO_LOCK", v, 1), 0);
}

static void
inherited(void **state)
{
	struct proc p;
	struct why why = { 0 };
	char name[64];
	int held, other;

	(void)state;
	begin(&p);
	(void)snprintf(name, sizeof name, "%s/lock", top);
	held = open(name, O_RDWR | O_CREAT, 0644);
	other = open(name, O_RDWR);
	assert_true(held >= 0 && other >= 0);
	assert_int_equal(flock(held, LOCK_EX | LOCK_NB), 0);

	set_inherited(held);
	assert_int_equal(proc_lock(&p, &why), 0);
	assert_int_equal(p.lock, -1);                   /* it stays the parent's */
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);

	set_inherited(other);                           /* the file, without the lock */
	assert_int_equal(proc_lock(&p, &why), -1);
	assert_int_equal(why.code, EX_TEMPFAIL);
	set_inherited(p.site.dir);                      /* another file */
	assert_int_equal(proc_lock(&p, &why), -1);
	assert_int_equal(setenv("ZHOUBAO_LOCK", "3x", 1), 0);
	assert_int_equal(proc_lock(&p, &why), -1);

	assert_int_equal(unsetenv("ZHOUBAO_LOCK"), 0);
	assert_int_equal(close(held), 0);
	assert_int_equal(proc_lock(&p, &why), 0);
	assert_int_equal(close(other), 0);
	proc_end(&p);
}

static void
clock_before_the_last_seal(void **state)
{
	static const char seal[] = "week 2022-W17\nsealed_at 2022-04-29T08:00:00+08:00\n";
	struct proc p;
	struct why why = { 0 };

	(void)state;
	begin(&p);
	assert_int_equal(fsio_make(p.site.dir, "snapshots", 0755, &why), 0);
	assert_int_equal(fsio_publish(p.site.dir, "snapshots/2022-W17.seal", seal, strlen(seal), 0444, &why), 0);
	assert_int_equal(proc_lock(&p, &why), 0);
	proc_end(&p);
	begin(&p);
	p.now--;
	assert_int_equal(proc_lock(&p, &why), -1);
	assert_int_equal(why.code, EX_TEMPFAIL);
	assert_string_equal(why.text, "the clock (2022-04-29T07:59:59+08:00) is before the last seal "
	    "(2022-04-29T08:00:00+08:00, 2022-W17)");
	proc_end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worse),
		cmocka_unit_test(workers),
		cmocka_unit_test(killed_worker), cmocka_unit_test(worker_that_leaves),
		cmocka_unit_test(one_run),
		cmocka_unit_test(inherited),
		cmocka_unit_test(clock_before_the_last_seal),
	};

	return cmocka_run_group_tests_name("proc", tests, make_site, remove_site);
}
