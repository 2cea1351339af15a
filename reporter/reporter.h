/*
 * reporter - from a snapshot to a briefing.
 *
 *   template   briefing XML -> a tree of nodes                 (the only reader of libxml here)
 *   format     a value and a format -> words
 *   bind       nodes and the rows of SQL queries -> a document (the only reader of sqlite here)
 *   type       font files: what a character measures, subsets  (HarfBuzz and FreeType)
 *   linebreak  a text -> lines of set characters
 *   layout     a document -> items -> pages of boxes.  Pure
 *   paginate   items onto pages, and what stands on every page.  Pure
 *   caption    the line above a table or a chart, and where a table goes on.  Pure
 *   table      a table -> rows of boxes.  Pure
 *   tablewidth how wide its columns are
 *   chart      a chart -> boxes.  Pure
 *   chartrow   what its attributes come to, a row
 *   boxcheck   whether any texts overlap or leave their page
 *   pdf*       pages -> PDF; pdf.h says which is which         (the only users of libharu)
 *   plain      the same pages as text
 *   publish    which briefings of which weeks are to be written
 *
 * Lengths are in points [pt] unless said otherwise; y runs down from the top of a page.
 */
#ifndef ZB_REPORTER_H
#define ZB_REPORTER_H

#include <stdbool.h>
#include <stddef.h>

#include "../common/buf.h"
#include "../common/conf.h"
#include "../common/db.h"
#include "../common/proc.h"
#include "../common/ruleset.h"
#include "../common/week.h"
#include "../common/why.h"
#include "document.h"
#include "pages.h"
#include "template.h"
#include "type.h"

/* ---- bind ---- */

/* The names by which a briefing asks for its rows. */
struct bind_names {
	const char *unit, *city;        /* UNIT: whom the document is for; NULL: the whole city */
};

/* Whom the documents of a briefing with per= are for: units by their code, or others by name. */
struct bind_each {
	char       **v;
	size_t       n;
	struct arena arena;
};

/* The rows of per=; without it one element, NULL.  bind_each_free in any case. */
int  bind_each(const struct briefing *b, const struct ruleset *rs, sqlite3 *db,
    const struct bind_names *names, struct bind_each *out, struct why *why);
void bind_each_free(struct bind_each *each);

/*
 * Check every name, format and test of N briefings against empty tables of RS.  -1, EX_CONFIG with file
 * and line.
 */
int  bind_check(struct briefing *const *v, size_t n, const struct ruleset *rs, struct why *why);
/* The document of the snapshot DB.  -1: EX_CONFIG with file and line, or EX_IOERR. */
int  bind_document(const struct briefing *b, const struct ruleset *rs, sqlite3 *db,
    const struct bind_names *names,
    struct document *out, struct why *why);
/* One value of a snapshot's meta, copied into ARENA; *OUT NULL if it is not there. */
int  bind_meta(sqlite3 *db, const char *name, struct arena *arena, char **out, struct why *why);

/* ---- publish ---- */

enum output { OUTPUT_PDF, OUTPUT_TEXT };

struct job {
	const struct ruleset  *rules;   /* the rule set that words this week */
	const struct briefing *briefing;
	const struct type     *type;
	const char            *unit;    /* whom it is for; NULL: the whole city */
	enum output            output;
};

/* The snapshot at PATH; db_close it.  -1: EX_DATAERR if there is none. */
int  publish_open(const struct proc *p, const char *path, sqlite3 **db, struct why *why);
/* Whom JOB's briefing is made for; see bind_each. */
int  publish_each(const struct job *job, sqlite3 *db, struct bind_each *out, struct why *why);

/* One document of a snapshot.  *FAILED: it did not pass the release gate; reasons went to stderr. */
int  publish_make(const struct proc *p, const struct job *job, sqlite3 *db, struct buf *out, bool *failed,
    struct why *why);
/* Every text of today's rule set, and every template.  -1, EX_CONFIG with file and line. */
int  publish_check(const struct proc *p, struct why *why);
/*
 * The run: every sealed week that lacks its briefings, and the open week's draft unless it is there as it
 * would be made now.  Texts are checked before anything is written.  Returns an exit code.
 */
int  publish_all(const struct proc *p);
/*
 * The template NAME of a rule set; the caller frees with template_free.  -1: EX_USAGE if there is none,
 * EX_CONFIG.
 */
int  publish_template(const struct ruleset *rs, const char *name, struct briefing **out, struct why *why);

/* The rule set that words a week. */
struct publish_rules {
	const struct ruleset *rules;
	struct ruleset       *own;      /* the caller frees; NULL: it is today's */
};

/* A sealed week is worded by the rule set that sealed it, kept in the archive; a draft by today's. */
int  publish_rules_find(const struct proc *p, struct week week, const char *snapshot,
    struct publish_rules *out,
    struct why *why);

#endif
