/*
 * site - the only place that spells a path of a site (README.md, The site).
 * Paths are relative to the site's root and live in the caller's struct path.
 */
#ifndef ZB_SITE_H
#define ZB_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "fsio.h"
#include "ruleset.h"
#include "week.h"
#include "why.h"

struct site {
	char *root;             /* absolute */
	int   dir;              /* open; what fsio calls ROOT */
};

struct path {
	char s[512];            /* asserted to fit: parts are codes, weeks and numbers, or checked names */
};

int  site_open(const char *root, struct site *out, struct why *why);   /* EX_IOERR if it is not there */
void site_close(struct site *site);
/*
 * Make every folder that the site of these units needs and lacks.  A unit whose own folders cannot be made
 * stops nobody: site_prepare_unit, when its turn comes, says why.
 */
int  site_prepare_unit(const struct site *site, const char *unit, struct why *why);
int  site_prepare(const struct site *site, const struct ruleset *rs, struct why *why);

/* UNIT is a unit's code, NUMBER 1..999999 (at least three digits). */
const char *site_drop(struct path *p, const char *unit);                        /* exchange/UNIT/drop */
const char *site_outbox(struct path *p, const char *unit);                      /* exchange/UNIT/outbox */
const char *site_outbox_file(struct path *p, const char *unit, const char *name);
const char *site_archive_week(struct path *p, struct week w);                   /* archive/WEEK */
const char *site_archive_unit(struct path *p, struct week w, const char *unit); /* archive/WEEK/UNIT */
const char *site_archive(struct path *p, struct week w, const char *unit, int number);
const char *site_label(struct path *p, struct week w, const char *unit, int number);
const char *site_refused(struct path *p, struct week w, const char *unit, int number);
const char *site_refused_unit(struct path *p, struct week w, const char *unit);
const char *site_sealed_record(struct path *p, struct week w);                  /* archive/WEEK/sealed */
/* archive/WEEK/printed: the SHA256SUMS of its briefings, as they were first made once the week was sealed. */
const char *site_printed(struct path *p, struct week w);
/* Whether NAME of archive/WEEK is a record of the week, and no unit's folder. */
bool site_is_record(const char *name);
const char *site_rules(struct path *p, const char *digest);                     /* archive/rules/DIGEST */
const char *site_intake_week(struct path *p, struct week w);                    /* intake/WEEK */
const char *site_intake_unit(struct path *p, struct week w, const char *unit);  /* intake/WEEK/UNIT */
const char *site_intake(struct path *p, struct week w, const char *unit, int number);
const char *site_snapshot(struct path *p, struct week w);                       /* snapshots/WEEK.db */
const char *site_seal(struct path *p, struct week w);                           /* snapshots/WEEK.seal */
const char *site_briefing_week(struct path *p, struct week w);                  /* briefings/WEEK */
const char *site_briefing(struct path *p, struct week w, const char *name);
const char *site_work(struct path *p, const char *unit);                        /* work/UNIT */
const char *site_post(struct path *p, const char *unit);                        /* work/UNIT.post */
const char *site_post_file(struct path *p, const char *unit, const char *name);
/* work/UNIT.taken.NNN: file NNN of the batch in hand, out of the drop and not yet out of the world. */
const char *site_taken(struct path *p, const char *unit, int number);
/* Plan of a rebuild that puts its weeks in place; while it is there, nobody else works here (zhoubao). */
const char *site_swap(struct path *p);
const char *site_lock(struct path *p);

/* Numbers of a folder's entries "NNN", "NNN.db" or "NNN.label" (SUFFIX "" ".db" ".label"), ascending. */
struct numbers {
	int   *v;
	size_t n, cap;
};
int  site_numbers(const struct site *site, const char *folder, const char *suffix, struct numbers *out,
    struct why *why);
void numbers_free(struct numbers *n);

#define SITE_SEALED_CAP (1u << 20)      /* bytes of archive/WEEK/sealed */
/* The line of archive/WEEK/sealed that leaves file NUMBER of UNIT out, added to OUT. */
void site_without(struct buf *out, const char *unit, int number);
/*
 * Whether the decision to seal WEEK leaves file NUMBER of UNIT out, which was taken and could not be judged
 * in time: a line "without UNIT NNN" of archive/WEEK/sealed.  1; 0, also where nothing is decided; -1.
 */
int  site_left_out(const struct site *site, struct week w, const char *unit, int number, struct why *why);
/* Whether WEEK.seal is there. */
bool site_is_sealed(const struct site *site, struct week w);
/*
 * The latest sealed week and its instant of sealing (from its .seal).  Returns 1 if
 * there is none, -1 on trouble.
 */
int  site_last_seal(const struct site *site, int offset, struct week *w, instant_t *at, struct why *why);
/* The first window of the record that has no seal. */
int  site_first_open(const struct site *site, const struct calendar *cal, struct window *out,
    struct why *why);

#endif
