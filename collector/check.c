/*
 * check - for people: the receipt a file would get, and who has sent what.  Neither touches anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/fsio.h"
#include "collector.h"

/* ---- collector check ---- */

static int digest_fd(int fd, const char *file, struct label *l, struct why *why)
{
	struct digest *digest = digest_new();
	char block[65536];
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		digest_add(digest, block, (size_t)n);
		l->size += (uint64_t)n;
	}
	digest_end(digest, l->sha256);
	return n == 0 ? 0 : why_errno(why, file);
}

/* A file named on the command line, as if it had been dropped now. */
static int open_named(struct judging *j, struct judged *f, const char *file, int number, instant_t now,
    struct why *why)
{
	const char *slash = strrchr(file, '/');
	struct stat st;

	f->label = (struct label){ .number = number, .batch = j->files[0].label.number,
	    .kind = LABEL_SUBMISSION,
		.received_at = now, .week = j->window.week };
	if (f == &j->files[0])
		f->label.batch = number;
	memcpy(f->label.rules, j->rs->digest, sizeof f->label.rules);
	f->label.name = arena_dup(&j->arena, slash != NULL ? slash + 1 : file);
	f->fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (f->fd < 0 || fstat(f->fd, &st) != 0) {
		why_errno(why, file);
		why->code = EX_DATAERR;
		return -1;
	}
	if (!S_ISREG(st.st_mode))
		return why_set(why, EX_DATAERR, "%s: not a regular file", file);
	return digest_fd(f->fd, file, &f->label, why);
}

/* The week that would count, and the number the file would get. */
static int place_check(struct proc *p, struct judging *j, int *number, struct why *why)
{
	struct window open;
	struct numbers numbers = { 0 };
	struct path path;

	*number = 1;
	if (calendar_counting(p->rules->calendar, p->now, &j->window, why) != 0)
		return -1;
	if (!p->has_site)
		return 0;
	if (site_first_open(&p->site, p->rules->calendar, &open, why) != 0)
		return -1;
	/* Until the open week is sealed, what comes now is judged against a world that is not there yet. */
	j->window = open;
	if (site_numbers(&p->site, site_archive_unit(&path, open.week, j->unit), ".label", &numbers,
	    why) != 0)
		return -1;
	if (numbers.n > 0)
		*number = numbers.v[numbers.n - 1] + 1;
	numbers_free(&numbers);
	return 0;
}

static int print_receipts(const struct judging *j)
{
	int code = EX_DONE;

	for (size_t i = 0; i < j->n_files; i++) {
		struct buf text = { 0 };

		receipt_write(&text, j, &j->files[i]);
		(void)fwrite(buf_cstr(&text), 1, text.len, stdout);
		if (i + 1 < j->n_files)
			(void)fputs("\n\n", stdout);
		code = proc_worse(code, verdict_needs_person(j->files[i].verdict) ? EX_PERSON : EX_DONE);
		buf_free(&text);
	}
	return code;
}

int intake_check(struct proc *p, const char *unit, char **files, size_t n)
{
	struct judging j = { .conf = &p->conf, .rs = p->rules, .unit = unit, .site = p->has_site ? &p->site
	    : NULL };
	struct why why;
	int number, code;
	int rc = place_check(p, &j, &number, &why);

	j.files = mem_zero(n, sizeof *j.files);
	j.n_files = n;
	for (size_t i = 0; i < n; i++)
		j.files[i].fd = -1;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = open_named(&j, &j.files[i], files[i], number + (int)i, p->now, &why);
	if (rc == 0)
		rc = judge_batch(&j, &why);
	if (rc == 0) {
		code = print_receipts(&j);
	} else {
		proc_complain(p, &why);
		code = why.code;
	}
	judging_close(&j);
	return code;
}

/* ---- collector status ---- */

struct tally {
	long files, whole, partial, refused, duplicate;
};

static struct tally count_files(const struct judging *j)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < j->n_earlier; i++) {
		const char *verdict = j->earlier[i].verdict;

		t.files++;
		t.whole += verdict_is_whole(verdict);
		t.partial += strcmp(verdict, "partial") == 0;
		t.refused += strcmp(verdict, "refused") == 0;
		t.duplicate += strcmp(verdict, "duplicate") == 0;
	}
	return t;
}

static void print_tally(const struct judging *j, const struct unit *unit)
{
	struct tally t = count_files(j);
	long counts[] = { t.files, t.whole, t.partial, t.refused, t.duplicate, (long)j->n_due,
	    (long)j->n_missing };
	static const char *const names[] = { "files", "whole", "partial", "refused", "duplicate", "due",
	    "missing" };
	struct buf v[7] = { { 0 } }, text = { 0 };
	struct message_arg args[8] = { { "name", unit->name } };

	for (size_t i = 0; i < 7; i++) {
		buf_fmt(&v[i], "%ld", counts[i]);
		args[i + 1] = (struct message_arg){ names[i], buf_cstr(&v[i]) };
	}
	message_says(&text, &j->rs->messages, t.files > 0 ? "status.unit" : "status.silent", args, 8);
	(void)printf("%s\n", buf_cstr(&text));
	for (size_t i = 0; i < 7; i++)
		buf_free(&v[i]);
	buf_free(&text);
}

static int status_unit(struct proc *p, const struct window *w, const struct unit *unit, struct why *why)
{
	struct judging j = { .conf = &p->conf, .rs = p->rules, .site = &p->site, .unit = unit->code,
	    .window = *w };
	struct droppeds waiting = { 0 };
	struct buf count = { 0 }, text = { 0 };
	int rc = judge_survey(&j, why);

	if (rc == 0)
		rc = drop_list(p, unit->code, &waiting, why);
	if (rc == 0) {
		print_tally(&j, unit);
		if (waiting.n > 0) {
			buf_fmt(&count, "%zu", waiting.n);
			message_says(&text, &p->rules->messages, "status.waiting",
			    &(struct message_arg){ "count", buf_cstr(&count) }, 1);
			(void)printf("  %s\n", buf_cstr(&text));
		}
	}
	droppeds_free(&waiting);
	buf_free(&count);
	buf_free(&text);
	judging_free(&j);
	return rc;
}

static void print_week(const struct messages *m, const struct window *w)
{
	struct buf cutoff = { 0 }, seal = { 0 }, text = { 0 };
	char week[9], from[11], to[11];
	struct message_arg args[] = { { "week", week }, { "from", from }, { "to", to }, { "cutoff", NULL },
		{ "seal", NULL } };

	week_format(w->week, week);
	day_format(w->first, from);
	day_format(w->last, to);
	instant_show(&cutoff, m, w->cutoff);
	instant_show(&seal, m, w->seal);
	args[3].value = buf_cstr(&cutoff);
	args[4].value = buf_cstr(&seal);
	message_says(&text, m, "status.head", args, 5);
	(void)printf("%s\n", buf_cstr(&text));
	buf_free(&cutoff);
	buf_free(&seal);
	buf_free(&text);
}

int intake_status(struct proc *p, const struct week *week)
{
	struct window w;
	struct why why;
	int rc = week != NULL ? calendar_window(p->rules->calendar, *week, &w, &why)
	    : site_first_open(&p->site, p->rules->calendar, &w, &why);

	if (rc == 0)
		print_week(&p->rules->messages, &w);
	for (size_t i = 0; rc == 0 && i < p->rules->n_units; i++)
		rc = status_unit(p, &w, &p->rules->units[i], &why);
	if (rc == 0)
		return EX_DONE;
	proc_complain(p, &why);
	return why.code;
}
