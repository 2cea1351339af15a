/*
 * conf - INI files read strictly, and the site's own settings.
 *
 * iniparser reads; a pre-check of the raw bytes refuses what it would misread
 * (BOM, NUL, CR only, long lines, duplicate sections or keys, a value with an
 * unquoted ';' or '#'), so that every error names its line.
 */
#ifndef ZB_CONF_H
#define ZB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "why.h"

struct ini_entry {
	char *section, *key, *value;    /* lower-case section and key; value trimmed, unquoted */
	int   line;
};

struct ini_section {
	char *name;                     /* lower-case */
	int   line;
};

/* Entries and sections in file order; a section may have no entries. */
struct ini {
	char               *file;       /* for messages */
	struct ini_entry   *v;
	size_t              n, cap;
	struct ini_section *sections;
	size_t              n_sections, cap_sections;
};

/* Parse N bytes; FILE is only for messages.  -1, EX_CONFIG. */
int  ini_parse(const char *bytes, size_t n, const char *file, struct ini *out, struct why *why);
void ini_free(struct ini *ini);
const struct ini_entry *ini_find(const struct ini *ini, const char *section, const char *key);

/* One chain of candidate font files: the first that opens is the role's, the rest are its fallbacks. */
struct font_role {
	char  *role;                    /* body title hei kai song ... : the key in [fonts] */
	/* "path" or "path#index"; absolute, or relative to a folder of [fonts] path */
	char **files;
	size_t n;
	int    line;
};

/*
 * What is local to this machine: [site], [intake] and [fonts] of zhoubao.ini.
 * All else in zhoubao.ini is a setting of the rule set (ruleset.h); so are the limits of [intake], "max_...".
 */
struct conf {
	char  *file;                    /* zhoubao.ini as it was named */
	/* [site] */
	char  *root;                    /* the site */
	char  *config, *templates;      /* folders; relative ones are relative to zhoubao.ini's */
	int    utc_offset;              /* minutes */
	/* [intake] */
	int      quiet;                 /* seconds a file must have been still */
	int      files_per_run;         /* per unit */
	uint64_t bytes_per_run;         /* per unit; a first file that is larger is taken alone */
	int      cpu_seconds, wall_seconds;
	/* [fonts] */
	char **font_path;               /* folders to look in */
	size_t n_font_path;
	struct font_role *fonts;
	size_t n_fonts;

	struct ini ini;                 /* the whole file: ruleset.h takes the rest */
};

/* Whether [SECTION] KEY is local to this machine. */
bool conf_is_local(const char *section, const char *key);
/* -1: EX_CONFIG with file and line (or EX_IOERR). */
int  conf_load(const char *file, struct conf *out, struct why *why);
void conf_free(struct conf *conf);

#endif
