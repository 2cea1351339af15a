/* site - every path of a site, and what can be said of it by looking at names. */
#include "site.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEAL_LARGEST 65536
#define NUMBER_MOST 999999

/* ---- the root ---- */

int site_open(const char *root, struct site *out, struct why *why)
{
	struct buf absolute = { 0 };
	char *cwd = NULL;
	int dir = fsio_folder(root, why);

	if (dir < 0)
		return -1;
	if (root[0] != '/') {
		cwd = getcwd(NULL, 0);
		if (cwd == NULL) {
			why_errno(why, "working folder");
			(void)close(dir);
			return -1;
		}
		buf_fmt(&absolute, "%s/", strcmp(cwd, "/") == 0 ? "" : cwd);
	}
	buf_str(&absolute, root);
	free(cwd);
	out->root = buf_take(&absolute);
	out->dir = dir;
	return 0;
}

void site_close(struct site *site)
{
	if (site->root == NULL)
		return;
	free(site->root);
	(void)close(site->dir);
	memset(site, 0, sizeof *site);
}

/* The unit's own group writes its drop; sshd refuses a chroot (exchange/UNIT) that others can write. */
int site_prepare_unit(const struct site *site, const char *unit, struct why *why)
{
	struct path p;

	if (fsio_make(site->dir, site_outbox(&p, unit), 0755, why) != 0)
		return -1;
	return fsio_make(site->dir, site_drop(&p, unit), 0775, why);
}

int site_prepare(const struct site *site, const struct ruleset *rs, struct why *why)
{
	static const char *const folders[] = {
		"exchange", "refused", "archive", "archive/rules", "intake", "snapshots", "briefings", "work",
	};

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (fsio_make(site->dir, folders[i], 0755, why) != 0)
			return -1;
	/* A unit's trouble is its own, and is told when its turn comes. */
	for (size_t i = 0; i < rs->n_units; i++) {
		struct why own;

		(void)site_prepare_unit(site, rs->units[i].code, &own);
	}
	return 0;
}

/* ---- paths ---- */

static const char *spell(struct path *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static const char *spell(struct path *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(p->s, sizeof p->s, fmt, ap);
	va_end(ap);
	assert(n > 0 && (size_t)n < sizeof p->s);
	return p->s;
}

/* A week as it is in a path. */
struct week_name {
	char s[9];
};

static struct week_name name_of(struct week w)
{
	struct week_name name;

	week_format(w, name.s);
	return name;
}

const char *site_drop(struct path *p, const char *unit)
{
	return spell(p, "exchange/%s/drop", unit);
}

const char *site_outbox(struct path *p, const char *unit)
{
	return spell(p, "exchange/%s/outbox", unit);
}

const char *site_outbox_file(struct path *p, const char *unit, const char *name)
{
	return spell(p, "exchange/%s/outbox/%s", unit, name);
}

const char *site_archive_week(struct path *p, struct week w)
{
	return spell(p, "archive/%s", name_of(w).s);
}

const char *site_archive_unit(struct path *p, struct week w, const char *unit)
{
	return spell(p, "archive/%s/%s", name_of(w).s, unit);
}

const char *site_archive(struct path *p, struct week w, const char *unit, int number)
{
	return spell(p, "archive/%s/%s/%03d", name_of(w).s, unit, number);
}

const char *site_label(struct path *p, struct week w, const char *unit, int number)
{
	return spell(p, "archive/%s/%s/%03d.label", name_of(w).s, unit, number);
}

const char *site_refused(struct path *p, struct week w, const char *unit, int number)
{
	return spell(p, "refused/%s/%s/%03d", name_of(w).s, unit, number);
}

const char *site_refused_unit(struct path *p, struct week w, const char *unit)
{
	return spell(p, "refused/%s/%s", name_of(w).s, unit);
}

const char *site_sealed_record(struct path *p, struct week w)
{
	return spell(p, "archive/%s/sealed", name_of(w).s);
}

const char *site_printed(struct path *p, struct week w)
{
	return spell(p, "archive/%s/printed", name_of(w).s);
}

bool site_is_record(const char *name)
{
	return strcmp(name, "sealed") == 0 || strcmp(name, "printed") == 0;
}

const char *site_rules(struct path *p, const char *digest)
{
	return spell(p, "archive/rules/%s", digest);
}

const char *site_intake_week(struct path *p, struct week w)
{
	return spell(p, "intake/%s", name_of(w).s);
}

const char *site_intake_unit(struct path *p, struct week w, const char *unit)
{
	return spell(p, "intake/%s/%s", name_of(w).s, unit);
}

const char *site_intake(struct path *p, struct week w, const char *unit, int number)
{
	return spell(p, "intake/%s/%s/%03d.db", name_of(w).s, unit, number);
}

const char *site_snapshot(struct path *p, struct week w)
{
	return spell(p, "snapshots/%s.db", name_of(w).s);
}

const char *site_seal(struct path *p, struct week w)
{
	return spell(p, "snapshots/%s.seal", name_of(w).s);
}

const char *site_briefing_week(struct path *p, struct week w)
{
	return spell(p, "briefings/%s", name_of(w).s);
}

const char *site_briefing(struct path *p, struct week w, const char *name)
{
	return spell(p, "briefings/%s/%s", name_of(w).s, name);
}

const char *site_work(struct path *p, const char *unit)
{
	return spell(p, "work/%s", unit);
}

const char *site_post(struct path *p, const char *unit)
{
	return spell(p, "work/%s.post", unit);
}

const char *site_post_file(struct path *p, const char *unit, const char *name)
{
	return spell(p, "work/%s.post/%s", unit, name);
}

const char *site_taken(struct path *p, const char *unit, int number)
{
	return spell(p, "work/%s.taken.%03d", unit, number);
}

const char *site_swap(struct path *p)
{
	return spell(p, "work/.rebuild/swap");
}

const char *site_lock(struct path *p)
{
	return spell(p, "lock");
}

/* ---- numbers ---- */

/* The number in "NNN" + SUFFIX, in the one spelling that site_archive gives it; 0 if it is none. */
static int number_of(const char *name, const char *suffix)
{
	size_t digits = strspn(name, "0123456789");
	int n;

	if (digits < 3 || digits > 6 || strcmp(name + digits, suffix) != 0 || (digits > 3 && name[0] == '0'))
		return 0;
	n = atoi(name);
	return n <= NUMBER_MOST ? n : 0;
}

static int number_cmp(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int site_numbers(
    const struct site *site, const char *folder, const char *suffix, struct numbers *out, struct why *why)
{
	struct names names = { 0 };
	struct numbers found = { 0 };

	if (fsio_list(site->dir, folder, &names, why) != 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		int n = number_of(names.v[i], suffix);

		if (n == 0)
			continue;
		vec_room(found.v, found.n, found.cap);
		found.v[found.n++] = n;
	}
	names_free(&names);
	if (found.n > 0)
		qsort(found.v, found.n, sizeof *found.v, number_cmp);
	*out = found;
	return 0;
}

void numbers_free(struct numbers *n)
{
	free(n->v);
	memset(n, 0, sizeof *n);
}

/* ---- seals ---- */

void site_without(struct buf *out, const char *unit, int number)
{
	buf_fmt(out, "without %s %03d\n", unit, number);
}

int site_left_out(const struct site *site, struct week w, const char *unit, int number, struct why *why)
{
	struct buf decision = { 0 }, line = { 0 };
	struct path path;
	int rc = fsio_read(site->dir, site_sealed_record(&path, w), SITE_SEALED_CAP, &decision, why);

	if (rc == 0) {
		buf_char(&line, '\n');
		site_without(&line, unit, number);
		rc = strstr(buf_cstr(&decision), buf_cstr(&line)) != NULL;
	}
	buf_free(&decision);
	buf_free(&line);
	return rc == -2 ? 0 : rc;
}

bool site_is_sealed(const struct site *site, struct week w)
{
	struct path p;

	return fsio_exists(site->dir, site_seal(&p, w));
}

/* The instant in the line "sealed_at ..." of a seal. */
static int sealed_at(const struct site *site, struct week w, int offset, instant_t *at, struct why *why)
{
	struct buf seal = { 0 };
	const char *line;
	struct path p;
	int rc;

	rc = fsio_read(site->dir, site_seal(&p, w), SEAL_LARGEST, &seal, why);
	if (rc == -2)
		why_set(why, EX_IOERR, "%s/%s: vanished while it was read", site->root, p.s);
	if (rc != 0) {
		rc = -1;
		goto out;
	}
	line = strstr(buf_cstr(&seal), "\nsealed_at ");
	rc = -1;
	if (line != NULL) {
		line += strlen("\nsealed_at ");
		rc = instant_parse(line, strcspn(line, "\n"), offset, at);
	}
	if (rc != 0)
		rc = why_set(why, EX_IOERR,
		    "%s/%s: no line \"sealed_at\" with an instant of this site's utc_offset", site->root,
		    p.s);
out:
	buf_free(&seal);
	return rc;
}

/* Whether NAME is "YYYY-Www.seal". */
static bool is_seal_name(const char *name, struct week *w)
{
	return strlen(name) == 13 && strcmp(name + 8, ".seal") == 0 && week_parse(name, 8, w) == 0;
}

int site_last_seal(const struct site *site, int offset, struct week *w, instant_t *at, struct why *why)
{
	struct names names = { 0 };
	struct week last = { 0 }, each;
	instant_t when = 0;
	bool found = false;

	if (fsio_list(site->dir, "snapshots", &names, why) != 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (is_seal_name(names.v[i], &each) && (!found || week_cmp(each, last) > 0)) {
			last = each;
			found = true;
		}
	names_free(&names);
	if (!found)
		return 1;
	if (sealed_at(site, last, offset, &when, why) != 0)
		return -1;
	if (w != NULL)
		*w = last;
	if (at != NULL)
		*at = when;
	return 0;
}

int site_first_open(const struct site *site, const struct calendar *cal, struct window *out, struct why *why)
{
	struct window w;

	if (calendar_window(cal, calendar_rules(cal)->first, &w, why) != 0)
		return -1;
	while (site_is_sealed(site, w.week)) {
		struct window next;

		if (calendar_next(cal, &w, &next, why) != 0)
			return -1;
		w = next;
	}
	*out = w;
	return 0;
}
