/*
 * ruleset_text - the texts of a bundle: which names there may be, gathered from the folders, packed into
 * one run of bytes and taken out of it again, and found by name.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsio.h"
#include "ruleset_read.h"

#define TEXT_LARGEST ((size_t)8 << 20)

/* Folders of a bundle, what belongs there, and where they come from. */
static const struct folder {
	const char *name, *suffix;
	bool templates;                 /* else config */
} folders[] = {
	{ "briefings", ".xml", true },
	{ "forms", ".xml", true },
	{ "measures", ".sql", false },
	{ "messages", ".xml", true },
	{ "reference", ".csv", false },
};
#define N_FOLDERS (sizeof folders / sizeof *folders)

/* ---- names ---- */

static bool ends_with(const char *s, const char *suffix)
{
	return span_ends(span_of(s), suffix);
}

char *ruleset_stem(struct arena *a, const char *name)
{
	const char *base = strchr(name, '/') + 1, *dot = strrchr(base, '.');

	if (strncmp(name, "measures/", 9) == 0)
		base += 3;
	return arena_ndup(a, base, (size_t)(dot - base));
}

static bool is_table_part(const char *s, size_t n)
{
	size_t good = 0;

	while (good < n &&
	    ((s[good] >= 'a' && s[good] <= 'z') || (s[good] >= '0' && s[good] <= '9') || s[good] == '_'))
		good++;
	return n > 0 && good == n && s[0] >= 'a' && s[0] <= 'z';
}

/* Whether BASE is the name of a text in folder F. */
static bool is_text_name(const struct folder *f, const char *base)
{
	size_t n = strlen(base), tail = strlen(f->suffix);
	bool measure = strcmp(f->name, "measures") == 0;

	if (strcmp(f->name, "forms") == 0 && strcmp(base, "form.rng") == 0)
		return true;
	if (n <= tail || !ends_with(base, f->suffix))
		return false;
	n -= tail;
	if (measure && (n < 4 || strspn(base, "0123456789") != 2 || base[2] != '-'))
		return false;
	return measure ? is_table_part(base + 3, n - 3) : is_table_part(base, n);
}

/* What may lie beside the texts and is none: grammars, notes, an editor's leavings. */
static bool is_bystander(const char *base)
{
	return base[0] == '.' || ends_with(base, "~") || ends_with(base, ".rng") || ends_with(base, ".xsd") ||
	    ends_with(base, ".md");
}

/* Whether NAME may be in a pack. */
static bool is_pack_name(const char *name)
{
	if (strcmp(name, "units.ini") == 0 || strcmp(name, "settings.csv") == 0 ||
	    strcmp(name, "settings") == 0)
		return true;
	for (size_t i = 0; i < N_FOLDERS; i++) {
		size_t n = strlen(folders[i].name);

		if (strncmp(name, folders[i].name, n) == 0 && name[n] == '/')
			return is_text_name(&folders[i], name + n + 1);
	}
	return false;
}

/* ---- gathering ---- */

struct rule_text *ruleset_text_add(struct gather *g, const char *name, const char *file, char *bytes,
    size_t n)
{
	struct ruleset *rs = g->rs;

	vec_room(rs->texts, rs->n_texts, g->cap);
	rs->texts[rs->n_texts] = (struct rule_text){ mem_dup(name), mem_dup(file), bytes, n };
	return &rs->texts[rs->n_texts++];
}

/* Read NAME under FOLDER (open as DIR) as a text of that name.  -2 if it is not there. */
static int gather_file(struct gather *g, int dir, const char *folder, const char *name)
{
	struct buf file = { 0 }, bytes = { 0 };
	struct why why;
	size_t n;
	int rc;

	buf_fmt(&file, "%s/%s", folder, name);
	rc = fsio_read(dir, name, TEXT_LARGEST, &bytes, &why);
	if (rc == 0) {
		buf_add(&bytes, "", 0);
		n = bytes.len;
		ruleset_text_add(g, name, buf_cstr(&file), n == 0 ? mem_dup("") : buf_take(&bytes), n);
	}
	/* The reason begins with NAME; what is too large is the text's fault. */
	if (rc == -1)
		(void)why_set(g->why, why.code == EX_DATAERR ? EX_CONFIG : why.code, "%s/%s", folder,
		    why.text);
	buf_free(&file);
	buf_free(&bytes);
	return rc;
}

static int gather_needed(struct gather *g, int dir, const char *folder, const char *name)
{
	struct buf file = { 0 };
	int rc = gather_file(g, dir, folder, name);

	if (rc == -2) {
		buf_fmt(&file, "%s/%s", folder, name);
		rc = why_config(g->why, buf_cstr(&file), 0, "there is no such file");
		buf_free(&file);
	}
	return rc;
}

static int gather_folder(struct gather *g, int dir, const char *path, const struct folder *f)
{
	struct names names = { 0 };
	struct buf name = { 0 };
	int rc = -1;

	if (fsio_list(dir, f->name, &names, g->why) != 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		buf_reset(&name);
		buf_fmt(&name, "%s/%s", f->name, names.v[i]);
		if (!is_text_name(f, names.v[i])) {
			if (is_bystander(names.v[i]))
				continue;
			why_set(g->why, EX_CONFIG,
			    "%s/%s: does not belong here: wanted %sname%s in small letters", path,
			    buf_cstr(&name), strcmp(f->name, "measures") == 0 ? "NN-" : "", f->suffix);
			goto out;
		}
		if (gather_needed(g, dir, path, buf_cstr(&name)) != 0)
			goto out;
	}
	rc = 0;
out:
	names_free(&names);
	buf_free(&name);
	return rc;
}

static int open_folder(const struct conf *conf, const char *key, const char *path, struct why *why)
{
	const struct ini_entry *e = ini_find(&conf->ini, "site", key);
	int dir;

	do
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (dir < 0 && errno == EINTR);
	/* Only what the line itself can have wrong is the configuration's fault. */
	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP ||
	    errno == ENAMETOOLONG))
		return why_config(why, conf->file, e == NULL ? 0 : e->line, "[site] %s: folder %s: %s", key,
		    path, strerror(errno));
	return dir >= 0 ? dir : why_errno(why, path);
}

int ruleset_gather(struct gather *g, const struct conf *conf, bool templates)
{
	const char *path = templates ? conf->templates : conf->config;
	int dir, rc = -1;

	dir = open_folder(conf, templates ? "templates" : "config", path, g->why);
	if (dir < 0)
		return -1;
	if (!templates &&
	    (gather_needed(g, dir, path, "units.ini") != 0 ||
	        gather_needed(g, dir, path, "settings.csv") != 0))
		goto out;
	for (size_t i = 0; i < N_FOLDERS; i++)
		if (folders[i].templates == templates && gather_folder(g, dir, path, &folders[i]) != 0)
			goto out;
	rc = 0;
out:
	(void)close(dir);
	return rc;
}

/* ---- packs ---- */

void ruleset_pack(const struct ruleset *rs, struct buf *out)
{
	for (size_t i = 0; i < rs->n_texts; i++) {
		buf_fmt(out, "%s %zu\n", rs->texts[i].name, rs->texts[i].n);
		buf_add(out, rs->texts[i].bytes, rs->texts[i].n);
	}
}

/* One "NAME LENGTH\n" at *P. */
static int unpack_head(const char **p, const char *end, struct buf *name, size_t *n)
{
	const char *nl = memchr(*p, '\n', (size_t)(end - *p));
	const char *blank = nl == NULL ? NULL : memchr(*p, ' ', (size_t)(nl - *p));
	size_t digits = blank == NULL ? 0 : (size_t)(nl - blank) - 1;

	*n = 0;
	if (digits == 0 || digits > 9)
		return -1;
	for (size_t i = 1; i <= digits; i++) {
		if (blank[i] < '0' || blank[i] > '9')
			return -1;
		*n = *n * 10 + (size_t)(blank[i] - '0');
	}
	buf_reset(name);
	buf_add(name, *p, (size_t)(blank - *p));
	*p = nl + 1;
	return *n <= (size_t)(end - *p) ? 0 : -1;
}

int ruleset_texts_unpack(struct gather *g, const char *bytes, size_t len, const char *file)
{
	const char *p = bytes, *end = bytes + len;
	struct buf name = { 0 }, as = { 0 };
	int rc = -1;

	while (p < end) {
		const struct rule_text *last = g->rs->n_texts == 0 ? NULL : &g->rs->texts[g->rs->n_texts - 1];
		size_t n;

		if (unpack_head(&p, end, &name, &n) != 0) {
			why_config(g->why, file, 0,
			    "is no rule set: wanted NAME LENGTH and its bytes (byte %td)", p - bytes);
			goto out;
		}
		if (!is_pack_name(buf_cstr(&name)) ||
		    (last != NULL && strcmp(last->name, buf_cstr(&name)) >= 0)) {
			why_config(g->why, file, 0, "is no rule set: \"%s\" is unknown or out of order",
			    buf_cstr(&name));
			goto out;
		}
		buf_reset(&as);
		buf_fmt(&as, "%s:%s", file, buf_cstr(&name));
		ruleset_text_add(g, buf_cstr(&name), buf_cstr(&as), mem_ndup(p, n), n);
		p += n;
	}
	rc = 0;
out:
	buf_free(&name);
	buf_free(&as);
	return rc;
}

/* ---- finding ---- */

const struct rule_text *ruleset_text(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_texts; i++)
		if (strcmp(rs->texts[i].name, name) == 0)
			return &rs->texts[i];
	return NULL;
}

const struct rule_text *ruleset_own_text(const struct ruleset *rs, const char *name)
{
	const struct rule_text *t = ruleset_text(rs, name);

	assert(t != NULL);
	return t;
}

const struct rule_text *ruleset_text_next(const struct ruleset *rs, const char *folder, const char *suffix,
    size_t *i)
{
	while (*i < rs->n_texts) {
		const struct rule_text *t = &rs->texts[(*i)++];

		if (strncmp(t->name, folder, strlen(folder)) == 0 && ends_with(t->name, suffix))
			return t;
	}
	return NULL;
}

size_t ruleset_text_count(const struct ruleset *rs, const char *folder, const char *suffix)
{
	size_t n = 0, i = 0;

	while (ruleset_text_next(rs, folder, suffix, &i) != NULL)
		n++;
	return n;
}
