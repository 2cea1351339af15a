/*
 * ruleset - inside it: what the files that gather and read a bundle share.  ruleset.h has what others may
 * call.
 *
 *   ruleset        the whole, and its settings
 *   ruleset_text   its texts, from folders and packs
 *   ruleset_read   units, reference tables, calendar, messages, briefings, measures
 *   ruleset_form   forms
 */
#ifndef ZB_RULESET_READ_H
#define ZB_RULESET_READ_H

#include "ruleset.h"

struct gather {
	struct ruleset *rs;
	size_t cap;
	struct why *why;
};

/* ---- ruleset_text ---- */

/* The texts of one folder of CONF: templates, or configuration. */
int  ruleset_gather(struct gather *g, const struct conf *conf, bool templates);
/* Those of a pack; FILE is for messages. */
int  ruleset_texts_unpack(struct gather *g, const char *bytes, size_t len, const char *file);
/* Takes over BYTES. */
struct rule_text *ruleset_text_add(struct gather *g, const char *name, const char *file, char *bytes,
    size_t n);
/* One that every bundle has: gathering and unpacking saw to it. */
const struct rule_text *ruleset_own_text(const struct ruleset *rs, const char *name);
/* The next text of FOLDER ("forms/") from *I on that ends in SUFFIX, or NULL; *I moves past it. */
const struct rule_text *ruleset_text_next(const struct ruleset *rs, const char *folder, const char *suffix,
    size_t *i);
size_t ruleset_text_count(const struct ruleset *rs, const char *folder, const char *suffix);
/* "forms/project.xml" -> "project"; of a measure also without its "NN-". */
char *ruleset_stem(struct arena *a, const char *name);

/* ---- ruleset_read, ruleset_form: in this order.  0, or -1, EX_CONFIG with file and line ---- */

int  ruleset_read_units(struct ruleset *rs, struct why *why);
int  ruleset_read_references(struct ruleset *rs, struct why *why);
int  ruleset_read_calendar(struct ruleset *rs, struct why *why);
int  ruleset_read_messages(struct ruleset *rs, struct why *why);
int  ruleset_read_forms(struct ruleset *rs, struct why *why);
int  ruleset_read_measures(struct ruleset *rs, struct why *why);
void ruleset_read_briefings(struct ruleset *rs);

#endif
