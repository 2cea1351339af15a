/*
 * check - for people: the receipt a file would get.  Touches nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/digest.h"
#include "collector.h"

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

static int print_receipts(const struct judging *j, enum output_format format)
{
	struct outlet out = { .pass = outlet_to_stream, .to = stdout };
	int code = EX_DONE;
	struct why why;

	if (format == OUTPUT_CSV)
		checklist_csv(&out, j);
	else if (format == OUTPUT_JSON)
		checklist_json(&out, j);
	for (size_t i = 0; i < j->n_files; i++) {
		if (format == OUTPUT_TEXT) {
			receipt_text(&out, j, &j->files[i]);
			if (i + 1 < j->n_files)
				buf_str(&out.out, "\n\n");
		}
		code = proc_worse(code, verdict_needs_person(j->files[i].verdict) ? EX_PERSON : EX_DONE);
	}
	(void)outlet_close(&out, &why);         /* a stream's trouble is told when it is closed */
	return code;
}

int intake_check(struct proc *p, const char *unit, char **files, size_t n, enum output_format format)
{
	struct judging j = { .conf = &p->conf, .rs = p->rules, .unit = unit, .site = p->has_site ? &p->site
	    : NULL, .alone = !p->has_site, .trial = true };
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
		code = print_receipts(&j, format);
	} else {
		proc_complain(p, &why);
		code = why.code;
	}
	judging_close(&j);
	return code;
}
