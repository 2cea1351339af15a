/*
 * intake - from the drop to the receipt.  The order is the promise (README.md, state table):
 * the batch in hand, written whole; per file its label and its bytes; the batch judged; per file in
 * number order the intake file (the commit), receipt and annotated copy, then out of the drop; the
 * batch done.
 * A run that finds a batch in hand finishes exactly that one first.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/env.h"
#include "../common/fsio.h"
#include "collector.h"

/* A unit that has work. */
struct waiting {
	const char *unit;
	bool        fresh;              /* files for a new batch, which is of WEEK */
	struct week week;
	bool        large;              /* its files are, or may be */
};

/* What all workers share. */
struct run {
	const struct proc *p;
	struct env_image   reference;
	struct waiting    *units;
	size_t             n_units;
};

/* ---- which files are a batch ---- */

static int next_number(const struct proc *p, const char *unit, struct week week, int *out, struct why *why)
{
	struct numbers numbers = { 0 };
	struct path path;

	if (site_numbers(&p->site, site_archive_unit(&path, week, unit), ".label", &numbers, why) != 0)
		return -1;
	*out = numbers.n > 0 ? numbers.v[numbers.n - 1] + 1 : 1;
	numbers_free(&numbers);
	return 0;
}

static void drop_entries_from(struct droppeds *d, size_t keep)
{
	for (size_t i = keep; i < d->n; i++)
		free(d->v[i].name);
	d->n = keep;
}

/*
 * Keep of what lies in the drop what counts for the first week that is not sealed.  What came at or
 * after that week's seal waits until it is sealed: a machine that slept gives each file its right week.
 * And no more than a unit's share of one run: a batch is judged in memory, and other units wait for it.
 */
static int choose_files(const struct proc *p, struct batch *b, struct why *why)
{
	struct window open, counting;
	uint64_t bytes = 0;
	size_t n = 0;

	if (site_first_open(&p->site, p->rules->calendar, &open, why) != 0)
		return -1;
	b->week = open.week;
	memcpy(b->rules, p->rules->digest, sizeof b->rules);
	while (n < b->files.n && n < (size_t)p->conf.files_per_run) {
		if (calendar_counting(p->rules->calendar, b->files.v[n].received_at, &counting, why) != 0)
			return -1;
		if (week_cmp(counting.week, open.week) > 0)
			break;
		if (b->files.v[n].refuse == NULL)
			bytes += b->files.v[n].id.size;
		if (n > 0 && bytes > p->conf.bytes_per_run)
			break;
		n++;
	}
	drop_entries_from(&b->files, n);
	return 0;
}

static void number_from(struct batch *b, size_t i, int number)
{
	for (; i < b->files.n; i++)
		b->files.v[i].number = number++;
}

static int publish_batch(const struct proc *p, const char *unit, const struct batch *b, struct why *why)
{
	struct path path;
	struct buf text = { 0 };
	int rc;

	batch_write(&text, b);
	rc = fsio_publish(p->site.dir, site_work(&path, unit), buf_cstr(&text), text.len, 0640, why);
	buf_free(&text);
	return rc;
}

/* A new batch of what lies in the drop; none if there is nothing. */
static int begin_batch(const struct proc *p, const char *unit, struct batch *b, struct why *why)
{
	int number;

	if (drop_list(p, unit, &b->files, why) != 0)
		return -1;
	if (b->files.n == 0)
		return 0;
	if (choose_files(p, b, why) != 0 || b->files.n == 0)
		return b->files.n == 0 ? 0 : -1;
	if (next_number(p, unit, b->week, &number, why) != 0)
		return -1;
	number_from(b, 0, number);
	return 0;
}

/*
 * Of a batch whose week was sealed meanwhile, only what has a label is the week's; the decision names it.  The others,
 * behind them, lie in the drop as if no run had seen them.
 */
static void keep_labelled(const struct proc *p, const char *unit, struct batch *b)
{
	struct path path;
	size_t n = 0;

	if (!fsio_exists(p->site.dir, site_sealed_record(&path, b->week)))
		return;
	while (n < b->files.n && fsio_exists(p->site.dir, site_label(&path, b->week, unit, b->files.v[n].number)))
		n++;
	drop_entries_from(&b->files, n);
}

/* The batch that an earlier run left in hand; it may have no files any more.  Returns 1 if there is none. */
static int resume_batch(const struct proc *p, const char *unit, struct batch *b, struct why *why)
{
	struct path path;
	struct buf text = { 0 };
	int rc = fsio_read(p->site.dir, site_work(&path, unit), (size_t)64 << 20, &text, why);

	if (rc == 0)
		rc = batch_read(buf_cstr(&text), text.len, path.s, b, why);
	if (rc == 0)
		keep_labelled(p, unit, b);
	buf_free(&text);
	return rc == -2 ? 1 : rc;
}

/* ---- rule sets of the archive ---- */

int rules_load(const struct site *site, const char *digest, const struct ruleset *today, struct ruleset **out,
    struct why *why)
{
	if (kept_load(site, digest, out, why) != 0)
		return -1;
	messages_complete(&(*out)->messages, &today->messages);
	if (!(*out)->limits.kept) {
		int64_t figure = (*out)->limits.figure; /* that one never was the machine's */

		(*out)->limits = today->limits;
		(*out)->limits.figure = figure;
	}
	if (needs_check(&(*out)->messages, why) == 0)
		return 0;
	ruleset_free(*out);
	*out = NULL;
	return -1;
}

/* ---- claiming ---- */

/* The file went away or changed before it was ours: those after it, without labels yet, move up. */
static int leave_out(const struct proc *p, const char *unit, struct batch *b, size_t i, struct why *why)
{
	int number = b->files.v[i].number;

	free(b->files.v[i].name);
	memmove(&b->files.v[i], &b->files.v[i + 1], (b->files.n - i - 1) * sizeof b->files.v[0]);
	b->files.n--;
	number_from(b, i, number);
	return b->files.n > 0 ? publish_batch(p, unit, b, why) : 0;
}

static int claim_all(const struct proc *p, const char *unit, struct batch *b, struct label *labels,
    struct why *why)
{
	struct path path;
	size_t i = 0;

	if (fsio_make(p->site.dir, site_archive_unit(&path, b->week, unit), 0750, why) != 0)
		return -1;
	while (i < b->files.n) {
		int rc = claim_file(p, unit, b, &b->files.v[i], &labels[i], why);

		if (rc < 0)
			return -1;
		if (rc == 1) {
			if (leave_out(p, unit, b, i, why) != 0)
				return -1;
		} else {
			i++;
		}
	}
	return 0;
}

/* ---- judging ---- */

int judging_open(struct judging *j, const struct site *site, const struct label *labels, size_t n,
    struct why *why)
{
	struct path path;

	if (calendar_window(j->rs->calendar, labels[0].week, &j->window, why) != 0)
		return -1;
	j->site = site;
	j->files = mem_zero(n, sizeof *j->files);
	j->n_files = n;
	for (size_t i = 0; i < n; i++)
		j->files[i].fd = -1;
	for (size_t i = 0; i < n; i++) {
		j->files[i].label = labels[i];
		if (labels[i].kind == LABEL_REFUSED)
			continue;
		j->files[i].fd = fsio_open(site->dir, site_archive(&path, labels[i].week, j->unit,
		    labels[i].number), why);
		if (j->files[i].fd == -2)
			why_set(why, EX_IOERR, "%s: has a label, but is not there", path.s);
		if (j->files[i].fd < 0)
			return -1;
	}
	return 0;
}

void judging_close(struct judging *j)
{
	for (size_t i = 0; i < j->n_files; i++)
		if (j->files[i].fd >= 0)
			(void)close(j->files[i].fd);
	judging_free(j);
}

/* ---- answering ---- */

static int remove_dropped(const struct proc *p, const char *unit, const struct dropped *d, const struct label *l,
    struct why *why)
{
	struct path taken;
	int rc;

	if (l->kind == LABEL_REFUSED)   /* it lies in refused/ */
		return 0;
	rc = drop_take(p, unit, d, l->sha256, &taken, why);
	/* Both folders are synced once for the batch. */
	if (rc == 1)
		rc = unlinkat(p->site.dir, taken.s, 0) == 0 ? 0 : why_errno(why, taken.s);
	return rc;
}

static void tell(const struct proc *p, const struct judging *j, const struct judged *f)
{
	char week[9];
	struct buf name = { 0 };

	week_format(j->window.week, week);
	name_escape(&name, span_of(f->label.name));
	proc_event(p, "taken",
	    "unit=%s week=%s number=%03d verdict=%s read=%ld accepted=%ld held=%ld withdrawn=%ld"
	    " name=\"%s\"", j->unit, week, f->label.number, f->verdict, f->rows_read, f->rows_accepted,
	    f->rows_held, f->rows_withdrawn, buf_cstr(&name));
	buf_free(&name);
}

/* Commit, answer, clear away. */
static int finish_file(const struct proc *p, const struct judging *j, const struct judged *f,
    const struct dropped *d, int *code, struct why *why)
{
	struct answer answer = { 0 };
	struct path path;
	int rc = answer_make(&answer, j, f, why);

	(void)site_intake(&path, j->window.week, j->unit, f->label.number);
	if (rc == 0 && !fsio_exists(p->site.dir, path.s))
		rc = judge_store(j, f, &answer, why);
	if (rc == 0)
		rc = answer_publish(p, j, f, &answer, code, why);
	answer_free(&answer);
	return rc == 0 ? remove_dropped(p, j->unit, d, &f->label, why) : -1;
}

/* The names that are gone from the drop are gone for good; also those that a killed run took, of which none is left. */
static int settle_drop(const struct proc *p, const char *unit, struct why *why)
{
	struct path drop;
	int has = fsio_has(p->site.dir, site_drop(&drop, unit), why);

	return has == 1 ? fsio_sync(p->site.dir, drop.s, why) : has;
}

/* File by file in number order; all are out of the drop for good before the batch is done. */
static int finish_files(const struct proc *p, const struct judging *j, const struct batch *b, int *code,
    struct why *why)
{
	for (size_t i = 0; i < j->n_files; i++) {
		const struct judged *f = &j->files[i];
		int left_out = site_left_out(&p->site, b->week, j->unit, f->label.number, why);

		if (left_out < 0)
			return -1;
		if (left_out == 1)
			continue;
		if (finish_file(p, j, f, &b->files.v[i], code, why) != 0)
			return -1;
		tell(p, j, f);
		*code = proc_worse(*code, verdict_needs_person(f->verdict) ? EX_PERSON : EX_DONE);
	}
	return settle_drop(p, j->unit, why);
}

bool verdict_needs_person(const char *verdict)
{
	return strcmp(verdict, "refused") == 0 || strcmp(verdict, "partial") == 0;
}

/* ---- a batch, a unit, all of them ---- */

static int judge_and_finish(const struct run *run, const char *unit, const struct batch *b,
    const struct label *labels, int *code, struct why *why)
{
	const struct proc *p = run->p;
	struct judging j = { .conf = &p->conf, .rs = p->rules, .reference = &run->reference, .unit = unit };
	struct ruleset *archived = NULL;
	int rc = 0;

	if (strcmp(b->rules, p->rules->digest) != 0) {
		rc = rules_load(&p->site, b->rules, p->rules, &archived, why);
		j.rs = archived;
		j.reference = NULL;
	}
	if (rc == 0)
		rc = judging_open(&j, &p->site, labels, b->files.n, why);
	if (rc == 0)
		rc = judge_batch(&j, why);
	if (rc == 0)
		rc = finish_files(p, &j, b, code, why);
	judging_close(&j);
	ruleset_free(archived);
	return rc;
}

static int finish_batch(const struct run *run, const char *unit, struct batch *b, int *code, struct why *why)
{
	const struct proc *p = run->p;
	size_t n = b->files.n;
	struct label *labels = mem_zero(n, sizeof *labels);
	struct path path;
	int rc = claim_all(p, unit, b, labels, why);

	if (rc == 0 && b->files.n > 0)
		rc = judge_and_finish(run, unit, b, labels, code, why);
	/* What was taken out of the drop is gone for good before the batch that says so is. */
	if (rc == 0)
		rc = fsio_sync(p->site.dir, "work", why);
	if (rc == 0)
		rc = fsio_remove_unsettled(p->site.dir, site_work(&path, unit), why);
	for (size_t i = 0; i < n; i++)
		label_free(&labels[i]);
	free(labels);
	return rc;
}

static int tell_trouble(const struct proc *p, const struct why *why, int code)
{
	proc_complain(p, why);
	return proc_worse(code, why->code);
}

static int run_new(const struct run *run, const char *unit, int *code, struct why *why)
{
	struct batch b = { 0 };
	int rc = begin_batch(run->p, unit, &b, why);

	if (rc == 0 && b.files.n > 0) {
		rc = publish_batch(run->p, unit, &b, why);
		if (rc == 0)
			rc = finish_batch(run, unit, &b, code, why);
	}
	droppeds_free(&b.files);
	return rc;
}

/* D, which its week was sealed without, is not in the drop any more: say what became of it, if it concerns anybody. */
static int tell_gone(const struct proc *p, const char *unit, const struct batch *b, const struct dropped *d, int code)
{
	struct path path;
	struct why gone;

	if (d->refuse == NULL)
		(void)why_set(&gone, EX_PERSON, "%s: its week was sealed without it, and it is not in the drop any"
		    " more: it counts nowhere", site_archive(&path, b->week, unit, d->number));
	else if (fsio_exists(p->site.dir, site_refused(&path, b->week, unit, d->number)))
		(void)why_set(&gone, EX_PERSON, "%s: is refused, but its week was sealed before its receipt: nobody was"
		    " told", path.s);
	else
		return code;
	return tell_trouble(p, &gone, code);
}

/*
 * How much of the batch its week was sealed without: 0 nothing, 1 some, 2 all; -1.  Such a file lies in the drop still,
 * and is the next week's: nobody was told that it was taken.
 */
static int batch_left_out(const struct proc *p, const char *unit, const struct batch *b, int *code, struct why *why)
{
	size_t n = 0;

	for (size_t i = 0; i < b->files.n; i++) {
		const struct dropped *d = &b->files.v[i];
		int left_out = site_left_out(&p->site, b->week, unit, d->number, why);
		int there = left_out == 1 ? drop_is_there(p, unit, d, why) : 1;

		if (left_out < 0 || there < 0)
			return -1;
		n += left_out == 1;
		if (there == 0)
			*code = tell_gone(p, unit, b, d, *code);
	}
	return n == b->files.n ? 2 : n > 0;
}

static int run_resumed(const struct run *run, const char *unit, int *code, struct why *why)
{
	struct path path;
	struct batch b = { 0 };
	int rc = resume_batch(run->p, unit, &b, why);
	int left_out = rc == 0 ? batch_left_out(run->p, unit, &b, code, why) : 0;

	if (left_out < 0) {
		rc = -1;
	} else if (left_out == 2) {
		proc_event(run->p, "left-out", "unit=%s files=%zu", unit, b.files.n);
		/* Halves of a killed run, which no other makes anew. */
		if (fsio_sweep(run->p->site.dir, site_archive_unit(&path, b.week, unit), why) != 0 ||
		    fsio_sweep(run->p->site.dir, site_intake_unit(&path, b.week, unit), why) != 0)
			rc = -1;
		else
			rc = fsio_remove(run->p->site.dir, site_work(&path, unit), why);
	} else if (rc == 0) {
		proc_event(run->p, "resumed", "unit=%s files=%zu", unit, b.files.n);
		rc = finish_batch(run, unit, &b, code, why);
	}
	droppeds_free(&b.files);
	return rc == 1 ? 0 : rc;
}

/* One unit's trouble is its own: the line is said here, the others go on. */
static int run_unit(void *ctx, size_t i)
{
	const struct run *run = ctx;
	const struct proc *p = run->p;
	const char *unit = run->units[i].unit;
	struct why why;
	int code = EX_DONE;

	/* Folders or old answers that are in trouble keep nothing in the drop: what can be taken is. */
	if (site_prepare_unit(&p->site, unit, &why) != 0 || post_deliver(p, unit, &why) != 0)
		code = tell_trouble(p, &why, code);
	if (run_resumed(run, unit, &code, &why) != 0 || run_new(run, unit, &code, &why) != 0)
		code = tell_trouble(p, &why, code);
	proc_progress(p, i + 1, run->n_units, unit);
	return code;
}

static int tell_unit(const struct proc *p, const char *unit, struct why *why)
{
	struct batch b = { 0 };
	int rc = resume_batch(p, unit, &b, why);

	if (rc == 1 || (rc == 0 && b.files.n == 0))
		rc = begin_batch(p, unit, &b, why);
	for (size_t i = 0; rc == 0 && i < b.files.n; i++) {
		char week[9];
		struct buf name = { 0 };

		week_format(b.week, week);
		name_escape(&name, span_of(b.files.v[i].name));
		(void)printf("%s %s %03d %s %s\n", unit, week, b.files.v[i].number,
		    b.files.v[i].refuse != NULL ? b.files.v[i].refuse : "take", buf_cstr(&name));
		buf_free(&name);
	}
	droppeds_free(&b.files);
	return rc;
}

/* -n: what would be taken, and nothing touched. */
static int run_dry(const struct proc *p)
{
	struct why why;
	int code = EX_DONE;

	for (size_t i = 0; i < p->rules->n_units; i++)
		if (tell_unit(p, p->rules->units[i].code, &why) != 0) {
			proc_complain(p, &why);
			code = proc_worse(code, why.code);
		}
	return code;
}

/* Bytes of a unit's batch from which on as many workers as there are processors have enough to do, and to hold. */
#define LARGE ((uint64_t)8 << 20)

/*
 * Rationale: the unit's folders of the week are made before all that lies there is made durable; each worker by itself
 * would have to wait for their names.  Where that fails, it makes them again, and says why.
 */
static void make_folders(const struct proc *p, const struct waiting *w)
{
	struct path path;
	struct why why;

	if (!w->fresh)
		return;
	(void)fsio_make_unsettled(p->site.dir, site_archive_unit(&path, w->week, w->unit), 0750, &why);
	(void)fsio_make_unsettled(p->site.dir, site_intake_unit(&path, w->week, w->unit), 0750, &why);
}

/* Whether the unit has a batch in hand, or files for a new one.  Trouble is left for its worker to say. */
static bool has_work(const struct proc *p, const char *unit, struct waiting *out)
{
	struct batch b = { 0 };
	struct path path;
	struct why why;
	uint64_t bytes = 0;
	bool in_hand = fsio_exists(p->site.dir, site_work(&path, unit));
	bool work = in_hand || post_waits(p, unit) || fsio_has(p->site.dir, site_drop(&path, unit), &why) != 1;
	bool begun = !work && begin_batch(p, unit, &b, &why) == 0;
	bool fresh = begun && b.files.n > 0;

	for (size_t i = 0; i < b.files.n; i++)
		bytes += b.files.v[i].refuse == NULL ? b.files.v[i].id.size : 0;
	*out = (struct waiting){ .unit = unit, .fresh = fresh, .week = b.week, .large = in_hand || bytes > LARGE };
	droppeds_free(&b.files);
	return !begun || fresh;
}

static void find_work(struct run *run)
{
	const struct ruleset *rules = run->p->rules;

	run->units = mem_zero(rules->n_units + 1, sizeof *run->units);
	for (size_t i = 0; i < rules->n_units; i++)
		run->n_units += has_work(run->p, rules->units[i].code, &run->units[run->n_units]);
}

/*
 * Rationale: of a small batch's time a worker waits for the disk at least half, and what several wait for is
 * written in one go.
 */
static int workers_for(const struct run *run)
{
	int n = run->p->workers;
	bool large = false;

	for (size_t i = 0; i < run->n_units; i++)
		large = large || run->units[i].large;
	if (run->p->workers_said || large)
		return n;
	return n < PROC_WORKERS / 4 ? 4 * n : PROC_WORKERS;
}

static int run_units(struct run *run, struct why *why)
{
	const struct proc *p = run->p;
	int code;

	for (size_t i = 0; i < run->n_units; i++)
		make_folders(p, &run->units[i]);
	if (fsio_settle(p->site.dir, why) != 0 || kept_publish(&p->site, p->rules, why) != 0 ||
	    env_image_make(&run->reference, p->rules, why) != 0)
		return tell_trouble(p, why, EX_DONE);
	box_say_lacks(p);
	code = proc_workers(p, workers_for(run), run->n_units, run_unit, run);
	/* A batch that is done and in hand again after a crash is only found to be done once more. */
	if (fsio_sync(p->site.dir, "work", why) != 0)
		code = tell_trouble(p, why, code);
	env_image_free(&run->reference);
	return code;
}

/*
 * Rationale: to check a rule set takes longer than to see that nothing has come, which is what most runs of a day
 * do.  One that lies in the archive was checked by the run that put it there; a newer program checks it again before
 * it takes anything.
 */
int intake_run(struct proc *p)
{
	struct run run = { .p = p };
	struct path path;
	struct why why;
	bool known = !p->dry && fsio_exists(p->site.dir, site_rules(&path, p->rules->digest));
	int code = EX_DONE;

	if (!known && env_check(p->rules, &why) != 0)
		return tell_trouble(p, &why, EX_DONE);
	if (p->dry)
		return run_dry(p);
	if (proc_lock(p, &why) != 0)
		return tell_trouble(p, &why, EX_DONE);
	find_work(&run);
	if ((run.n_units > 0 && known && env_check(p->rules, &why) != 0) || site_prepare(&p->site, p->rules, &why) != 0)
		code = tell_trouble(p, &why, EX_DONE);
	else if (run.n_units > 0)
		code = run_units(&run, &why);
	free(run.units);
	return code;
}
