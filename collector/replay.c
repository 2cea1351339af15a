/*
 * replay - judge a week's archived files again into intake/, batch by batch in the order of their
 * labels, each under the rule set its label names.  Writes nothing but intake files.
 * A file that the week was sealed without has none, but is judged with its batch: the others were judged knowing it.
 */
#include <stdlib.h>
#include <string.h>

#include "../common/env.h"
#include "../common/fsio.h"
#include "collector.h"

struct replay {
	struct proc *p;
	struct week  week;
	struct names units;
	struct env_image reference;     /* of today's rule set */
};

struct labels {
	struct label *v;
	size_t n, cap;
};

static void labels_free(struct labels *labels)
{
	for (size_t i = 0; i < labels->n; i++)
		label_free(&labels->v[i]);
	free(labels->v);
	*labels = (struct labels){ 0 };
}

static int load_labels(const struct proc *p, struct week week, const char *unit, struct labels *out,
    struct why *why)
{
	struct numbers numbers = { 0 };
	struct path path;
	int rc = site_numbers(&p->site, site_archive_unit(&path, week, unit), ".label", &numbers, why);

	for (size_t i = 0; rc == 0 && i < numbers.n; i++) {
		struct label l;

		rc = label_load(&p->site, week, unit, numbers.v[i], &l, why);
		if (rc != 0)
			break;
		vec_room(out->v, out->n, out->cap);
		out->v[out->n++] = l;
		if (l.number != numbers.v[i] || week_cmp(l.week, week) != 0)
			rc = why_set(why, EX_IOERR, "%s: the label of %03d is of another file", path.s,
			    numbers.v[i]);
	}
	numbers_free(&numbers);
	return rc;
}

/* What was answered is made again, for its digests only. */
static int store_file(const struct judging *j, const struct judged *f, struct why *why)
{
	struct answer answer = { 0 };
	int rc = answer_make(&answer, j, f, why);

	if (rc == 0)
		rc = judge_store(j, f, &answer, why);
	answer_free(&answer);
	return rc;
}

static int store_batch(const struct judging *j, int *code, struct why *why)
{
	for (size_t i = 0; i < j->n_files; i++) {
		const struct label *l = &j->files[i].label;
		int left_out = site_left_out(j->site, l->week, j->unit, l->number, why);

		if (left_out == 1)      /* it counts where it was taken again */
			continue;
		if (left_out < 0 || store_file(j, &j->files[i], why) != 0)
			return -1;
		*code = proc_worse(*code, verdict_needs_person(j->files[i].verdict) ? EX_PERSON : EX_DONE);
	}
	return 0;
}

/*
 * The bytes of each of the N files are those of its label.  Judged as if they were they would give intake, and a rebuild
 * snapshots, that no unit ever sent.  A file that was left out may never have become whole.
 */
static int check_bytes(const struct replay *r, const char *unit, const struct label *labels, size_t n, struct why *why)
{
	for (size_t i = 0; i < n; i++) {
		char got[DIGEST_HEX] = "";
		struct path p;
		int rc, left_out = site_left_out(&r->p->site, r->week, unit, labels[i].number, why);

		if (left_out < 0)
			return -1;
		if (left_out || labels[i].kind == LABEL_REFUSED)
			continue;
		rc = fsio_digest(r->p->site.dir, site_archive(&p, r->week, unit, labels[i].number), got, NULL, why);
		if (rc == -2)
			return why_set(why, EX_IOERR, "%s: has a label, but is not there; restore it from a backup, or ask %s"
			    " for the file with sha256 %s", p.s, unit, labels[i].sha256);
		if (rc != 0)
			return -1;
		if (strcmp(got, labels[i].sha256) != 0)
			return why_set(why, EX_IOERR, "%s: sha256 is %s, its label says %s; restore it from a backup, or ask %s"
			    " for the file with that sha256", p.s, got, labels[i].sha256, unit);
	}
	return 0;
}

static int replay_batch(struct replay *r, const char *unit, const struct label *labels, size_t n, int *code,
    struct why *why)
{
	struct judging j = { .conf = &r->p->conf, .rs = r->p->rules, .reference = &r->reference, .unit = unit };
	struct ruleset *archived = NULL;
	int rc = check_bytes(r, unit, labels, n, why);

	if (rc == 0 && strcmp(labels[0].rules, r->p->rules->digest) != 0) {
		rc = rules_load(&r->p->site, labels[0].rules, r->p->rules, &archived, why);
		j.rs = archived;
		j.reference = NULL;
	}
	if (rc == 0)
		rc = judging_open(&j, &r->p->site, labels, n, why);
	if (rc == 0)
		rc = judge_batch(&j, why);
	if (rc == 0)
		rc = store_batch(&j, code, why);
	judging_close(&j);
	ruleset_free(archived);
	return rc;
}

/*
 * Whether any of the N files of a batch counts in this week: 1, 0, -1.  Where none does they were perhaps never judged,
 * nor all of their bytes there to judge.
 */
static int batch_counts(const struct replay *r, const char *unit, const struct label *labels, size_t n, struct why *why)
{
	int left_out = 1;

	for (size_t i = 0; i < n && left_out == 1; i++)
		left_out = site_left_out(&r->p->site, r->week, unit, labels[i].number, why);
	return left_out < 0 ? -1 : !left_out;
}

static int replay_labels(struct replay *r, const char *unit, const struct labels *labels, int *code,
    struct why *why)
{
	size_t from = 0;

	for (size_t i = 1; i <= labels->n; i++) {
		int counts;

		if (i < labels->n && labels->v[i].batch == labels->v[from].batch)
			continue;
		counts = batch_counts(r, unit, labels->v + from, i - from, why);
		if (counts < 0 || (counts && replay_batch(r, unit, labels->v + from, i - from, code, why) != 0))
			return -1;
		from = i;
	}
	return 0;
}

static int replay_unit(void *ctx, size_t i)
{
	struct replay *r = ctx;
	struct labels labels = { 0 };
	struct why why;
	int code = EX_DONE;

	if (load_labels(r->p, r->week, r->units.v[i], &labels, &why) != 0 ||
	    replay_labels(r, r->units.v[i], &labels, &code, &why) != 0) {
		proc_complain(r->p, &why);
		code = why.code;
	}
	labels_free(&labels);
	proc_progress(r->p, i + 1, r->units.n, r->units.v[i]);
	return code;
}

/* Folders only: the week's own records lie beside them. */
static void keep_units(struct replay *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->units.n; i++) {
		if (site_is_record(r->units.v[i]))
			free(r->units.v[i]);
		else
			r->units.v[kept++] = r->units.v[i];
	}
	r->units.n = kept;
}

/* What would be judged again, a line a unit. */
static int replay_tell(const struct replay *r, struct why *why)
{
	char week[9];

	week_format(r->week, week);
	for (size_t i = 0; i < r->units.n; i++) {
		struct numbers numbers = { 0 };
		struct path path;
		int rc = site_numbers(&r->p->site, site_archive_unit(&path, r->week, r->units.v[i]), ".label",
		    &numbers, why);

		if (rc == 0)
			proc_event(r->p, "would-replay", "unit=%s week=%s files=%zu", r->units.v[i], week,
			    numbers.n);
		numbers_free(&numbers);
		if (rc != 0)
			return -1;
	}
	return 0;
}

int intake_replay(struct proc *p, struct week week)
{
	struct replay r = { .p = p, .week = week };
	struct path path;
	struct why why;
	int code = EX_DONE;

	if (proc_lock(p, &why) != 0 || (!p->dry && site_prepare(&p->site, p->rules, &why) != 0) ||
	    fsio_list(p->site.dir, site_archive_week(&path, week), &r.units, &why) != 0)
		goto bad;
	keep_units(&r);
	if (p->dry ? replay_tell(&r, &why) != 0 : env_image_make(&r.reference, p->rules, &why) != 0)
		goto bad;
	if (!p->dry)
		code = proc_workers(p, p->workers, r.units.n, replay_unit, &r);
	goto out;
bad:
	proc_complain(p, &why);
	code = why.code;
out:
	names_free(&r.units);
	env_image_free(&r.reference);
	return code;
}
