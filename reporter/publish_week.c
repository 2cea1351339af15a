/*
 * publish_week - which briefings of which weeks are to be written, and writing them.
 *
 * briefings/WEEK/ holds WEEK-NAME.pdf or WEEK-NAME-UNIT.pdf of a sealed week, the same with -draft of
 * the open one, and SHA256SUMS, written last.  A sealed week whose SHA256SUMS names no draft, and only what
 * is there, lacks nothing.  That of an open week begins with a comment, the digest of all that its drafts are
 * made of: as long as that is the same, and the files are as they are named, they would be the same again.
 *
 * Documents are made by workers, who leave in shared memory what became of each: the parent says it, and
 * writes SHA256SUMS, in the documents' order.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "reporter.h"

#define SUMS     "SHA256SUMS"
#define SUMS_MAX ((size_t)1 << 20)
#define INPUTS   "# inputs sha256 "
#define HELD     "# not all of these may be released\n"

/* What the whole run shares. */
struct press {
	const struct proc *p;
	struct type       *type;        /* NULL: not asked for yet */
	bool               checked;     /* the texts, and they are right */
	bool               stopped;     /* they are not */
};

/* One document. */
struct task {
	const struct briefing *briefing;
	const char *unit;               /* NULL: the whole city */
	char       *file;
};

/* What became of it. */
struct outcome {
	bool     done, failed, written, put;
	bool     lost;                  /* it cannot be made as it was printed, and that is gone */
	uint64_t bytes;
	char     digest[DIGEST_HEX];
	struct why trouble;             /* code EX_DONE: none */
	struct why closed;              /* likewise: why the outbox could not be written */
};

struct shared {
	atomic_size_t  next;
	struct outcome outcomes[];
};

struct week_job {
	struct press      *press;
	const struct proc *p;
	struct week        week;
	char               name[9];     /* the same, as it is written */
	struct path        snapshot;
	bool               sealed;
	char               inputs[DIGEST_HEX];  /* of a draft */
	const struct ruleset *rules;
	struct briefing  **briefings;
	struct bind_each  *each;        /* of each briefing */
	struct task       *tasks;
	size_t             n_tasks, cap_tasks;
	struct shared     *shared;
	struct buf         sums;
	struct buf         printed;     /* of a sealed week that was printed before: its sums then */
	bool               held;        /* a document of a sealed week may not be released */
	int                code;        /* exit code so far */
	struct why        *why;
};

/* ---- SHA256SUMS ---- */

/* Its next line "digest  name" from *AT on; others are passed over.  The caller frees.  NULL: none. */
static char *sums_next(const char **at, char digest[DIGEST_HEX])
{
	while (**at) {
		const char *line = *at;
		size_t n = strcspn(line, "\n");

		*at = line + n + (line[n] == '\n');
		if (*line == '#' || n <= DIGEST_HEX + 1)
			continue;
		memcpy(digest, line, DIGEST_HEX - 1);
		digest[DIGEST_HEX - 1] = '\0';
		return mem_ndup(line + DIGEST_HEX + 1, n - DIGEST_HEX - 1);
	}
	return NULL;
}

/* Whether SUMS has NAME, and its digest there. */
static bool sums_find(const char *sums, const char *name, char digest[DIGEST_HEX])
{
	bool found = false;
	char *file;

	while (!found && (file = sums_next(&sums, digest)) != NULL) {
		found = strcmp(file, name) == 0;
		free(file);
	}
	return found;
}

/* ---- one document ---- */

/* S within a file's name: what is no letter there becomes "_". */
static void name_add(struct buf *out, const char *s)
{
	for (; *s; s++)
		buf_char(out, (unsigned char)*s <= ' ' || strchr("/\\\x7f", *s) ? '_' : *s);
}

/* WEEK-NAME[-UNIT][-draft].pdf */
static char *name_make(const struct week_job *j, const char *briefing, const char *unit)
{
	struct buf s = { 0 };

	buf_fmt(&s, "%s-%s%s", j->name, briefing, unit ? "-" : "");
	if (unit)
		name_add(&s, unit);
	buf_fmt(&s, "%s.pdf", j->sealed ? "" : "-draft");
	return buf_take(&s);
}

/* WEEK-TITLE.pdf in the outbox of a unit. */
static void outbox_name(const struct week_job *j, const struct task *t, struct path *out)
{
	struct buf name = { 0 };

	buf_fmt(&name, "%s-", j->name);
	name_add(&name, t->briefing->title);
	buf_str(&name, ".pdf");
	site_outbox_file(out, t->unit, buf_cstr(&name));
	buf_free(&name);
}

/* Publish BYTES as PATH unless the very same are there.  *NEW: they were not. */
static int publish_if_new(const struct week_job *j, const struct path *path, const struct buf *bytes,
    const char *digest, bool *new, struct why *why)
{
	char old[DIGEST_HEX] = "";
	uint64_t size;
	int rc = fsio_digest(j->p->site.dir, path->s, old, &size, why);

	if (rc == -1 || (rc == 0 && strcmp(old, digest) == 0))
		return rc;
	if (!j->p->dry && fsio_publish(j->p->site.dir, path->s, bytes->s, bytes->len, 0644, why) != 0)
		return -1;
	*new = true;
	return 0;
}

/* Where its outbox cannot be written: with the receipts that wait, which the collector delivers. */
static int outbox_post(const struct week_job *j, const struct task *t, const struct path *outbox,
    const struct buf *bytes, struct why *why)
{
	struct path folder, path;

	if (j->p->dry)
		return 0;
	site_post_file(&path, t->unit, strrchr(outbox->s, '/') + 1);
	return fsio_make(j->p->site.dir, site_post(&folder, t->unit), 0750, why) == 0 &&
	    fsio_publish(j->p->site.dir, path.s, bytes->s, bytes->len, 0640, why) == 0 ? 0 : -1;
}

/*
 * A unit's own copy, under the briefing's title; never of what may not be released.  An outbox that cannot be
 * written is told, and keeps nobody else's paper away.
 */
static int outbox_put(const struct week_job *j, const struct task *t, const struct buf *bytes,
    struct outcome *o, struct why *why)
{
	struct path folder, path;

	if (!j->sealed || o->failed || !t->briefing->outbox || !ruleset_unit(j->rules, t->unit))
		return 0;
	outbox_name(j, t, &path);
	site_outbox(&folder, t->unit);
	if ((j->p->dry || fsio_make(j->p->site.dir, folder.s, 0755, &o->closed) == 0) &&
	    publish_if_new(j, &path, bytes, o->digest, &o->put, &o->closed) == 0)
		return 0;
	return outbox_post(j, t, &path, bytes, why);
}

/*
 * Whether O is what was printed of the week, as it is where nothing was printed yet.  0: another program or
 * other fonts made it, and it is not put in the place of what was printed; -1.
 */
static int is_as_printed(const struct week_job *j, const struct task *t, struct outcome *o, struct why *why)
{
	char is[DIGEST_HEX], want[DIGEST_HEX] = "";
	struct path path;
	int rc;

	if (j->printed.len == 0)
		return 1;
	if (sums_find(buf_cstr(&j->printed), t->file, want) && strcmp(want, o->digest) == 0)
		return 1;
	rc = fsio_digest(j->p->site.dir, site_briefing(&path, j->week, t->file), is, NULL, why);
	if (rc == -1)
		return -1;
	o->lost = rc != 0 || strcmp(is, want) != 0;
	return 0;
}

static int task_do(const struct week_job *j, const struct task *t, sqlite3 *db, struct outcome *o,
    struct why *why)
{
	struct job job = { .rules = j->rules, .briefing = t->briefing, .type = j->press->type,
	    .unit = t->unit };
	struct buf bytes = { 0 };
	struct path path;
	int rc = publish_make(j->p, &job, db, &bytes, &o->failed, why), printed = 0;

	if (rc == 0) {
		o->bytes = bytes.len;
		digest_of(bytes.s, bytes.len, o->digest);
		printed = is_as_printed(j, t, o, why);
		rc = printed < 0 ? -1 : 0;
	}
	if (printed == 1) {
		site_briefing(&path, j->week, t->file);
		rc = publish_if_new(j, &path, &bytes, o->digest, &o->written, why);
		if (rc == 0)
			rc = outbox_put(j, t, &bytes, o, why);
	}
	buf_free(&bytes);
	return rc;
}

/* A worker: whatever document is next.  Its database is its own: a connection is not shared with a child. */
static int worker(void *ctx, size_t no)
{
	const struct week_job *j = ctx;
	struct why why = { 0 };
	sqlite3 *db = NULL;
	size_t i;

	(void)no;
	(void)publish_open(j->p, j->snapshot.s, &db, &why);
	while ((i = atomic_fetch_add(&j->shared->next, 1)) < j->n_tasks) {
		struct outcome *o = &j->shared->outcomes[i];

		/* the document that is told of; the others are those workers' who have one */
		if (db == NULL) {
			o->trouble = why;
			o->done = true;
			break;
		}
		o->done = task_do(j, &j->tasks[i], db, o, &o->trouble) == 0 || o->trouble.code != EX_DONE;
	}
	db_close(db);
	return EX_DONE;
}

/* ---- the documents of a week ---- */

/* One document of briefing NO, or one for each. */
static int tasks_list(struct week_job *j, size_t no, sqlite3 *db)
{
	struct bind_each *each = &j->each[no];
	struct job job = { .rules = j->rules };

	if (publish_template(j->rules, j->rules->briefings[no].name, &j->briefings[no], j->why) != 0)
		return -1;
	job.briefing = j->briefings[no];
	if (publish_each(&job, db, each, j->why) != 0)
		return -1;
	for (size_t i = 0; i < each->n; i++) {
		vec_room(j->tasks, j->n_tasks, j->cap_tasks);
		j->tasks[j->n_tasks++] = (struct task){ j->briefings[no], each->v[i],
		    name_make(j, j->briefings[no]->name, each->v[i]) };
	}
	return 0;
}

static int tasks_make(struct week_job *j)
{
	size_t n = j->rules->n_briefings;
	sqlite3 *db = NULL;
	int rc = publish_open(j->p, j->snapshot.s, &db, j->why);

	j->briefings = mem_zero(n + 1, sizeof *j->briefings);
	j->each = mem_zero(n + 1, sizeof *j->each);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = tasks_list(j, i, db);
	db_close(db);
	return rc;
}

static void tasks_free(struct week_job *j)
{
	for (size_t i = 0; j->each && i < j->rules->n_briefings; i++) {
		bind_each_free(&j->each[i]);
		template_free(j->briefings[i]);
	}
	for (size_t i = 0; i < j->n_tasks; i++)
		free(j->tasks[i].file);
	free(j->each);
	free(j->briefings);
	free(j->tasks);
}

static void written_say(const struct week_job *j, const struct path *path, uint64_t bytes, const char *digest)
{
	if (j->p->dry)
		printf("would write %s\n", path->s);
	else
		proc_event(j->p, "briefing", "file=%s bytes=%llu sha256=%s", path->s,
		    (unsigned long long)bytes, digest);
}

/* What became of document I. */
static int outcome_say(struct week_job *j, size_t i)
{
	const struct task *t = &j->tasks[i];
	const struct outcome *o = &j->shared->outcomes[i];
	struct path path;
	struct why lost;

	if (!o->done)
		return why_set(j->why, EX_SOFTWARE, "%s: its worker died", t->file);
	site_briefing(&path, j->week, t->file);
	if (o->written)
		written_say(j, &path, o->bytes, o->digest);
	if (o->put) {
		outbox_name(j, t, &path);
		written_say(j, &path, o->bytes, o->digest);
	}
	if (o->lost) {
		(void)why_set(&lost, EX_PERSON,
		    "%s: cannot be made again as it was printed then; restore it from a backup",
		    site_briefing(&path, j->week, t->file));
		proc_complain(j->p, &lost);
		j->code = proc_worse(j->code, EX_PERSON);
	}
	if (o->closed.code != EX_DONE) {
		proc_complain(j->p, &o->closed);
		j->code = proc_worse(j->code, o->closed.code);
	}
	if (o->trouble.code != EX_DONE) {
		*j->why = o->trouble;
		return -1;
	}
	if (o->failed && j->sealed) {
		j->held = true;
		j->code = proc_worse(j->code, EX_PERSON);
	}
	buf_fmt(&j->sums, "%s  %s\n", o->digest, t->file);
	return 0;
}

static int tasks_do(struct week_job *j)
{
	size_t size = sizeof *j->shared + j->n_tasks * sizeof *j->shared->outcomes;
	size_t workers = (size_t)j->p->workers < j->n_tasks ? (size_t)j->p->workers : j->n_tasks;
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int rc = 0, code;

	if (shared == MAP_FAILED)
		return why_errno(j->why, "memory that workers share");
	j->shared = shared;
	code = proc_workers(j->p, j->p->workers, workers, worker, j);
	for (size_t i = 0; rc == 0 && i < j->n_tasks; i++)
		rc = outcome_say(j, i);
	j->code = proc_worse(j->code, code);
	(void)munmap(shared, size);
	return rc;
}

/* ---- what is there ---- */

/*
 * Whether FILE is as a whole week has it: there, of the right kind, a draft with these very bytes.  -1:
 * WHY.
 */
static int file_stands(const struct week_job *j, const char *file, const char *digest)
{
	bool draft = strstr(file, "-draft.pdf") != NULL;
	char is[DIGEST_HEX];
	struct path path;
	uint64_t size;
	int rc;

	if (strchr(file, '/') || draft == j->sealed)
		return 0;
	site_briefing(&path, j->week, file);
	if (j->sealed)
		return fsio_exists(j->p->site.dir, path.s);
	rc = fsio_digest(j->p->site.dir, path.s, is, &size, j->why);
	return rc == -1 ? -1 : rc == 0 && strcmp(is, digest) == 0;
}

/* Whether every file that SUMS names stands, and, of a draft, for these inputs.  -1: WHY. */
static int sums_stand(const struct week_job *j, const char *sums)
{
	char digest[DIGEST_HEX], *file;
	int stand = 1;

	if (!j->sealed && (strncmp(sums, INPUTS, sizeof INPUTS - 1) != 0 ||
	    strncmp(sums + sizeof INPUTS - 1, j->inputs, DIGEST_HEX - 1) != 0))
		return 0;
	while (stand == 1 && (file = sums_next(&sums, digest)) != NULL) {
		stand = file_stands(j, file, digest);
		free(file);
	}
	return stand;
}

/*
 * Whether the week's SHA256SUMS, written last, says that nothing is to be done.  -1: it cannot be read, and
 * nobody knows.  What is no file of ours there is made anew.
 */
static int week_is_whole(struct week_job *j)
{
	struct buf sums = { 0 };
	struct path path;
	int rc = fsio_read(j->p->site.dir, site_briefing(&path, j->week, SUMS), SUMS_MAX, &sums, j->why);

	if (rc == 0)
		rc = sums_stand(j, buf_cstr(&sums));
	else
		rc = rc == -2 || j->why->code == EX_DATAERR ? 0 : -1;
	buf_free(&sums);
	return rc;
}

/* ---- a week ---- */

#ifndef SOURCES
#define SOURCES "of unknown sources"
#endif

/* All that a draft is made of. */
static int inputs_digest(struct week_job *j)
{
	struct buf s = { 0 };
	char digest[DIGEST_HEX];
	uint64_t size;
	int rc = fsio_digest(j->p->site.dir, j->snapshot.s, digest, &size, j->why);

	if (rc == 0) {
		buf_fmt(&s, "snapshot %s\nrules %s\nprogram %s %s\n", digest, j->p->rules->digest, VERSION,
		    SOURCES);
		type_identity(j->press->type, &s);
		pdf_identity(&s);
		digest_of(s.s, s.len, j->inputs);
	}
	buf_free(&s);
	return rc == 0 ? 0 : -1;
}

/*
 * What the folder has beside what is in SUMS: drafts of a week that is sealed now,
 * what is for nobody any more.
 * Only names that are the reporter's own.
 */
static int rest_remove(struct week_job *j)
{
	struct names names = { 0 };
	struct path folder, path;
	int rc = fsio_list(j->p->site.dir, site_briefing_week(&folder, j->week), &names, j->why);

	for (size_t i = 0; i < names.n && rc == 0; i++) {
		const char *name = names.v[i];
		size_t n = strlen(name);
		char digest[DIGEST_HEX];

		if (strncmp(name, j->name, strlen(j->name)) != 0 || n < 4 || strcmp(name + n - 4,
		    ".pdf") != 0 ||
		    sums_find(buf_cstr(&j->sums), name, digest))
			continue;
		rc = fsio_remove(j->p->site.dir, site_briefing(&path, j->week, name), j->why);
	}
	names_free(&names);
	return rc;
}

/*
 * Of a sealed week what was printed is kept in the archive, once and for ever: SHA256SUMS lies beside the
 * briefings and can be altered with them.  Before SHA256SUMS, whose being there says that all is done; and
 * where it is kept already, SHA256SUMS is what it says.  What may not be released is mended and printed once
 * more: that week's SHA256SUMS begins with a line that says so, and nothing is kept yet.
 */
static int printed_keep(struct week_job *j)
{
	struct path path;
	struct buf sums = { 0 };

	if (j->printed.len == 0 && j->held) {
		buf_fmt(&sums, HELD "%s", buf_cstr(&j->sums));
		buf_free(&j->sums);
		j->sums = sums;
		return 0;
	}
	if (j->printed.len == 0)
		return j->p->dry ? 0 : fsio_publish(j->p->site.dir, site_printed(&path, j->week), j->sums.s,
		    j->sums.len, 0440, j->why);
	buf_reset(&j->sums);
	buf_add(&j->sums, j->printed.s, j->printed.len);
	return 0;
}

static int printed_read(struct week_job *j)
{
	struct path path;

	return fsio_read(j->p->site.dir, site_printed(&path, j->week), SUMS_MAX, &j->printed, j->why) == -1 ?
	    -1 : 0;
}

static int week_write(struct week_job *j)
{
	struct path folder, path;
	char digest[DIGEST_HEX];
	bool new = false;

	/* SHA256SUMS will vouch for names that a killed run may have left in folders it did not sync. */
	if (!j->p->dry && fsio_settle(j->p->site.dir, j->why) != 0)
		return -1;
	if (!j->p->dry && fsio_make(j->p->site.dir, site_briefing_week(&folder, j->week), 0755, j->why) != 0)
		return -1;
	if (!j->sealed)
		buf_fmt(&j->sums, INPUTS "%s\n", j->inputs);
	if (j->sealed && printed_read(j) != 0)
		return -1;
	if (tasks_make(j) != 0 || tasks_do(j) != 0 || (j->sealed && printed_keep(j) != 0) ||
	    (!j->p->dry && rest_remove(j) != 0))
		return -1;
	digest_of(j->sums.s, j->sums.len, digest);
	site_briefing(&path, j->week, SUMS);
	if (publish_if_new(j, &path, &j->sums, digest, &new, j->why) != 0)
		return -1;
	if (new)
		written_say(j, &path, j->sums.len, digest);
	return 0;
}

/* Texts and fonts, before anything is written; once a run. */
static int press_ready(struct press *r, struct why *why)
{
	r->stopped = (!r->checked && publish_check(r->p, why) != 0) ||
	    (!r->type && type_open(&r->p->conf, &r->type, why) != 0);
	r->checked = !r->stopped;
	return r->stopped ? -1 : 0;
}

/* Whether the week's briefings are there, as they would be made now.  -1: WHY. */
static int week_asked(struct week_job *j)
{
	if (!j->sealed && !j->press->type && type_open(&j->p->conf, &j->press->type, j->why) != 0)
		return -1;
	if (!j->sealed && inputs_digest(j) != 0)
		return -1;
	return week_is_whole(j);
}

/* One week; trouble in it is told and does not keep the others from theirs. */
static int week_run(struct press *press, struct week week)
{
	struct why why = { 0 };
	struct publish_rules rules = { 0 };
	struct week_job j = { .press = press, .p = press->p, .week = week, .why = &why, .code = EX_DONE };
	struct path folder;
	int rc;

	week_format(week, j.name);
	if (!fsio_exists(j.p->site.dir, site_snapshot(&j.snapshot, week)))
		return EX_DONE;
	j.sealed = site_is_sealed(&j.p->site, week);
	rc = week_asked(&j);
	/*
	 * A killed run's half of a draft that is not wanted any more: what was made of today's inputs stands.
	 */
	if (rc >= 0 && !j.p->dry && fsio_sweep(j.p->site.dir, site_briefing_week(&folder, week), &why) != 0)
		rc = -1;
	if (rc == 1)
		return EX_DONE;
	if (rc == 0)
		rc = press_ready(press, &why);
	if (rc == 0)
		rc = publish_rules_find(j.p, week, j.snapshot.s, &rules, &why);
	j.rules = rules.rules;
	if (rc != 0 || week_write(&j) != 0) {
		proc_complain(j.p, &why);
		j.code = proc_worse(j.code, why.code);
	}
	tasks_free(&j);
	buf_free(&j.sums);
	buf_free(&j.printed);
	ruleset_free(rules.own);
	return j.code;
}

/* The last week that there is a snapshot of: 0; 1: there is none; -1. */
static int last_folded(const struct proc *p, struct week *out, struct why *why)
{
	struct names names = { 0 };
	int rc = fsio_list(p->site.dir, "snapshots", &names, why), found = 1;

	for (size_t i = 0; i < names.n; i++)    /* in byte order: weeks ascend */
		if (strlen(names.v[i]) == 11 && strcmp(names.v[i] + 8, ".db") == 0 &&
		    week_parse(names.v[i], 8, out) == 0)
			found = 0;
	names_free(&names);
	return rc == 0 ? found : -1;
}

/*
 * No further than there are snapshots: of the weeks up to today the calendar may know nothing, and a rebuild
 * of an old record need not ask it.
 */
int publish_all(const struct proc *p)
{
	const struct calendar *cal = p->rules->calendar;
	struct press press = { .p = p };
	struct why why = { 0 };
	struct window w;
	struct week last = { 0 };
	int code = EX_DONE, rc = last_folded(p, &last, &why);

	if (rc == 0)
		rc = calendar_window(cal, calendar_rules(cal)->first, &w, &why);
	while (rc == 0 && !press.stopped && week_cmp(w.week, last) <= 0 && w.first <= instant_day(p->now)) {
		code = proc_worse(code, week_run(&press, w.week));
		if (week_cmp(w.week, last) == 0)
			break;
		rc = calendar_next(cal, &w, &w, &why);
	}
	if (rc < 0) {
		proc_complain(p, &why);
		code = proc_worse(code, why.code);
	}
	type_free(press.type);
	return code;
}
