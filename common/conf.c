/*
 * conf - INI files read strictly, and the site's own settings by a table.
 *
 * The bytes are scanned first: that gives each entry its line and refuses what
 * iniparser would misread without a word.  iniparser then reads the values.
 */
#include "conf.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <iniparser/iniparser.h>

#include "text.h"

#define LINE_LONGEST 1000       /* iniparser's buffer is 1024 */
#define CONF_LARGEST (1u << 20)

/* ---- the scan ---- */

struct scan {
	struct ini *ini;
	struct why *why;
	int line;
};

#define complain(s, ...) why_config((s)->why, (s)->ini->file, (s)->line, __VA_ARGS__)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim_blanks(struct span a)
{
	while (a.n > 0 && is_blank(a.s[0]))
		a.s++, a.n--;
	while (a.n > 0 && is_blank(a.s[a.n - 1]))
		a.n--;
	return a;
}

/* Names of sections and keys: what needs no thought about case folding and ':'. */
static bool is_ini_name(struct span a)
{
	for (size_t i = 0; i < a.n; i++)
		if (!((a.s[i] >= 'a' && a.s[i] <= 'z') || (a.s[i] >= 'A' && a.s[i] <= 'Z') ||
		    (a.s[i] >= '0' && a.s[i] <= '9') || a.s[i] == '_' || a.s[i] == '-' || a.s[i] == '.'))
			return false;
	return a.n > 0;
}

static char *lower(struct span a)
{
	char *s = mem_ndup(a.s, a.n);

	for (char *p = s; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return s;
}

/* Of the entries that follow; NULL before the first. */
static const char *current_section(const struct ini *ini)
{
	return ini->n_sections == 0 ? NULL : ini->sections[ini->n_sections - 1].name;
}

static int scan_section(struct scan *s, struct span line)
{
	const char *end = memchr(line.s, ']', line.n);
	struct ini *ini = s->ini;
	struct span name, rest;

	if (end == NULL)
		return complain(s, "\"[\" without \"]\"");
	name = trim_blanks((struct span){ line.s + 1, (size_t)(end - line.s) - 1 });
	rest = trim_blanks((struct span){ end + 1, (size_t)(line.s + line.n - end) - 1 });
	if (rest.n > 0)         /* a comment too: iniparser would not take it */
		return complain(s, "text after \"]\"; a comment has a line of its own");
	if (!is_ini_name(name))
		return complain(s, "section name \"%.*s\": wanted letters, digits, \"_\", \"-\" and \".\"",
		    (int)name.n, name.s);
	vec_room(ini->sections, ini->n_sections, ini->cap_sections);
	ini->sections[ini->n_sections++] = (struct ini_section){ lower(name), s->line };
	for (size_t i = 0; i + 1 < ini->n_sections; i++)
		if (strcmp(ini->sections[i].name, current_section(ini)) == 0)
			return complain(s, "section [%s] is there twice (first in line %d)",
			    current_section(ini), ini->sections[i].line);
	return 0;
}

/* A value may be quoted, and then holds ; and # too; nothing but a comment may follow the closing quote. */
static int scan_value(struct scan *s, struct span v)
{
	char quote = v.n > 0 ? v.s[0] : '\0';
	const char *end;
	struct span rest;

	if (quote != '"' && quote != '\'') {
		if (memchr(v.s, ';', v.n) != NULL || memchr(v.s, '#', v.n) != NULL)
			return complain(
			    s, "a value with ; or # must be quoted; a comment has a line of its own");
		return 0;
	}
	end = memchr(v.s + 1, quote, v.n - 1);
	if (end == NULL)
		return complain(s, "a quote that is not closed");
	rest = trim_blanks((struct span){ end + 1, (size_t)(v.s + v.n - end) - 1 });
	if (rest.n > 0 && rest.s[0] != '#' && rest.s[0] != ';')
		return complain(s, "text after the closing quote");
	return 0;
}

static int scan_entry(struct scan *s, struct span line)
{
	const char *eq = memchr(line.s, '=', line.n);
	struct ini *ini = s->ini;
	struct ini_entry e = { .line = s->line };
	const struct ini_entry *before;
	struct span key;

	if (eq == NULL)
		return complain(s, "neither [section], key = value nor a comment");
	key = trim_blanks((struct span){ line.s, (size_t)(eq - line.s) });
	if (!is_ini_name(key))
		return complain(
		    s, "key \"%.*s\": wanted letters, digits, \"_\", \"-\" and \".\"", (int)key.n, key.s);
	if (current_section(ini) == NULL)
		return complain(s, "\"%.*s\" stands before the first [section]", (int)key.n, key.s);
	if (scan_value(s, trim_blanks((struct span){ eq + 1, (size_t)(line.s + line.n - eq) - 1 })) != 0)
		return -1;
	e.key = lower(key);
	before = ini_find(ini, current_section(ini), e.key);
	if (before != NULL) {
		complain(s, "[%s] %s is there twice (first in line %d)", current_section(ini), e.key,
		    before->line);
		free(e.key);
		return -1;
	}
	e.section = mem_dup(current_section(ini));
	vec_room(ini->v, ini->n, ini->cap);
	ini->v[ini->n++] = e;
	return 0;
}

static int scan_line(struct scan *s, struct span line)
{
	size_t bad;

	if (line.n > LINE_LONGEST)
		return complain(s, "the line has %zu bytes; at most %d", line.n, LINE_LONGEST);
	if (!utf8_valid(line.s, line.n, &bad))
		return complain(s, "byte %zu of the line is not UTF-8", bad + 1);
	for (size_t i = 0; i < line.n; i++)
		if (((unsigned char)line.s[i] < 0x20 && line.s[i] != '\t') || line.s[i] == 0x7f)
			return complain(s, line.s[i] == '\r' ?
			    "a CR inside the line: lines end in LF or CRLF" :
			    "a control character (byte %zu of the line)", i + 1);
	line = trim_blanks(line);
	if (line.n > 0 && line.s[line.n - 1] == '\\')
		return complain(s, "a line that ends in \\ is joined to the next: write it in one");
	if (line.n == 0 || line.s[0] == '#' || line.s[0] == ';')
		return 0;
	return line.s[0] == '[' ? scan_section(s, line) : scan_entry(s, line);
}

static int scan_lines(struct scan *s, const char *bytes, size_t n)
{
	const char *p = bytes, *end = bytes + n;

	s->line = 1;
	if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		return complain(s, "begins with a byte order mark: save as UTF-8 without BOM");
	for (; p < end; s->line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct span line = { p, (size_t)((nl == NULL ? end : nl) - p) };

		if (nl != NULL && line.n > 0 && line.s[line.n - 1] == '\r')
			line.n--;
		if (scan_line(s, line) != 0)
			return -1;
		p = nl == NULL ? end : nl + 1;
	}
	return 0;
}

/* ---- the values ---- */

static int say_nothing(const char *fmt, ...)
{
	(void)fmt;
	return 0;
}

/* iniparser opens by path only: give it the very bytes that were scanned. */
static int parse_bytes(const char *bytes, size_t n, const char *file, dictionary **out, struct why *why)
{
	char path[64];
	int fd, rc = -1;

	fd = memfd_create("ini", MFD_CLOEXEC);
	if (fd < 0)
		return why_errno(why, file);
	for (size_t done = 0; done < n; ) {
		ssize_t w = write(fd, bytes + done, n - done);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			why_errno(why, file);
			goto out;
		}
		done += (size_t)w;
	}
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	iniparser_set_error_callback(say_nothing);      /* what is wrong is ours to say, in one line */
	errno = 0;
	*out = iniparser_load(path);
	iniparser_set_error_callback(NULL);
	if (*out == NULL && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
		why_errno(why, file);
		goto out;
	}
	if (*out == NULL) {
		why_config(why, file, 0, "cannot be read as an INI file");
		goto out;
	}
	rc = 0;
out:
	(void)close(fd);
	return rc;
}

static int take_values(struct ini *ini, const dictionary *d, struct why *why)
{
	struct buf name = { 0 };
	int rc = -1;

	for (size_t i = 0; i < ini->n; i++) {
		struct ini_entry *e = &ini->v[i];
		const char *value;

		buf_reset(&name);
		buf_fmt(&name, "%s:%s", e->section, e->key);
		value = iniparser_getstring(d, buf_cstr(&name), NULL);
		if (value == NULL) {
			why_config(
			    why, ini->file, e->line, "[%s] %s cannot be read as INI", e->section, e->key);
			goto out;
		}
		e->value = mem_dup(value);
	}
	rc = 0;
out:
	buf_free(&name);
	return rc;
}

int ini_parse(const char *bytes, size_t n, const char *file, struct ini *out, struct why *why)
{
	struct ini ini = { .file = mem_dup(file) };
	struct scan s = { .ini = &ini, .why = why };
	dictionary *d = NULL;
	int rc = -1;

	if (scan_lines(&s, bytes, n) != 0 || parse_bytes(bytes, n, file, &d, why) != 0 ||
	    take_values(&ini, d, why) != 0)
		goto out;
	*out = ini;
	rc = 0;
out:
	if (d != NULL)
		iniparser_freedict(d);
	if (rc != 0)
		ini_free(&ini);
	return rc;
}

void ini_free(struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		free(ini->v[i].section);
		free(ini->v[i].key);
		free(ini->v[i].value);
	}
	for (size_t i = 0; i < ini->n_sections; i++)
		free(ini->sections[i].name);
	free(ini->sections);
	free(ini->v);
	free(ini->file);
	memset(ini, 0, sizeof *ini);
}

const struct ini_entry *ini_find(const struct ini *ini, const char *section, const char *key)
{
	for (size_t i = 0; i < ini->n; i++)
		if (strcmp(ini->v[i].section, section) == 0 && strcmp(ini->v[i].key, key) == 0)
			return &ini->v[i];
	return NULL;
}

/* ---- the site's settings, by a table ---- */

enum kind { KIND_FOLDER, KIND_OFFSET, KIND_INT, KIND_SIZE };

struct row {
	const char *section, *key;
	enum kind   kind;
	size_t      offset;             /* in struct conf */
	uint64_t    min, max;
	const char *value;              /* default; NULL: must be said; "": may stay empty */
};

#define AT(member) offsetof(struct conf, member)

static const struct row rows[] = {
	{ "site", "root", KIND_FOLDER, AT(root), 0, 0, "" },
	{ "site", "config", KIND_FOLDER, AT(config), 0, 0, "." },
	{ "site", "templates", KIND_FOLDER, AT(templates), 0, 0, "templates" },
	{ "site", "utc_offset", KIND_OFFSET, AT(utc_offset), 0, 0, NULL },
	{ "intake", "quiet", KIND_INT, AT(quiet), 0, 86400, "60" },
	{ "intake", "files_per_run", KIND_INT, AT(files_per_run), 1, 100000, "500" },
	{ "intake", "bytes_per_run", KIND_SIZE, AT(bytes_per_run), 1, UINT64_C(1) << 40, "16777216" },
	{ "intake", "cpu_seconds", KIND_INT, AT(cpu_seconds), 1, 3600, "10" },
	{ "intake", "wall_seconds", KIND_INT, AT(wall_seconds), 1, 3600, "60" },
};
#define N_ROWS (sizeof rows / sizeof *rows)

/* PATH, or if it is relative the same beside FILE. */
static char *beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	struct buf b = { 0 };

	if (slash != NULL && strcmp(path, ".") == 0)
		buf_add(&b, file, slash == file ? 1 : (size_t)(slash - file));
	else if (path[0] != '/' && slash != NULL)
		buf_add(&b, file, (size_t)(slash - file) + 1);
	if (slash == NULL || strcmp(path, ".") != 0)
		buf_str(&b, path);
	return buf_take(&b);
}

/* "+08:00" in minutes. */
static int parse_offset(const char *v, int *out)
{
	int h, m;

	if (strlen(v) != 6 || (v[0] != '+' && v[0] != '-') || v[3] != ':' ||
	    strspn(v + 1, "0123456789") != 2 || strspn(v + 4, "0123456789") != 2)
		return -1;
	h = (v[1] - '0') * 10 + v[2] - '0';
	m = (v[4] - '0') * 10 + v[5] - '0';
	if (h > 14 || m > 59)
		return -1;
	*out = (v[0] == '-' ? -1 : 1) * (h * 60 + m);
	return 0;
}

static int parse_number(const char *v, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	size_t len = strlen(v);

	if (len == 0 || len > 15 || strspn(v, "0123456789") != len)
		return -1;
	for (; *v != '\0'; v++)
		n = n * 10 + (uint64_t)(*v - '0');
	if (n < min || n > max)
		return -1;
	*out = n;
	return 0;
}

static int set_number(struct conf *conf, const struct row *row, int line, const char *v, struct why *why)
{
	char *base = (char *)conf + row->offset;
	uint64_t n;
	int narrow;

	if (parse_number(v, row->min, row->max, &n) != 0)
		return why_config(why, conf->file, line,
		    "[%s] %s = %s: wanted a whole number from %llu to %llu", row->section, row->key, v,
		    (unsigned long long)row->min, (unsigned long long)row->max);
	if (row->kind == KIND_SIZE) {
		memcpy(base, &n, sizeof n);
	} else {
		narrow = (int)n;        /* row->max fits */
		memcpy(base, &narrow, sizeof narrow);
	}
	return 0;
}

static int set_row(struct conf *conf, const struct row *row, struct why *why)
{
	const struct ini_entry *e = ini_find(&conf->ini, row->section, row->key);
	const char *v = e == NULL ? row->value : e->value;
	int line = e == NULL ? 0 : e->line;
	char *folder;

	if (v == NULL)
		return why_config(why, conf->file, 0, "[%s] %s is missing", row->section, row->key);
	if (row->kind == KIND_INT || row->kind == KIND_SIZE)
		return set_number(conf, row, line, v, why);
	if (row->kind == KIND_OFFSET) {
		if (parse_offset(v, &conf->utc_offset) != 0)
			return why_config(why, conf->file, line,
			    "[%s] %s = %s: wanted +HH:MM or -HH:MM, for example +08:00", row->section,
			    row->key, v);
		return 0;
	}
	if (*v == '\0' && e != NULL)
		return why_config(
		    why, conf->file, line, "[%s] %s is empty: wanted a folder", row->section, row->key);
	folder = *v == '\0' ? NULL : beside(conf->file, v);
	memcpy((char *)conf + row->offset, &folder, sizeof folder);
	return 0;
}

bool conf_is_local(const char *section, const char *key)
{
	if (strcmp(section, "intake") == 0)
		return strncmp(key, "max_", 4) != 0;
	return strcmp(section, "site") == 0 || strcmp(section, "fonts") == 0;
}

static int check_known(const struct conf *conf, struct why *why)
{
	for (size_t i = 0; i < conf->ini.n; i++) {
		const struct ini_entry *e = &conf->ini.v[i];
		bool known = !conf_is_local(e->section, e->key) || strcmp(e->section, "fonts") == 0;

		for (size_t k = 0; k < N_ROWS; k++)
			known = known ||
			    (strcmp(e->section, rows[k].section) == 0 && strcmp(e->key, rows[k].key) == 0);
		if (!known)
			return why_config(
			    why, conf->file, e->line, "[%s] %s is not known", e->section, e->key);
	}
	return 0;
}

/* ---- fonts ---- */

/* The next part of *P up to SEPARATOR, trimmed; false at the end. */
static bool next_part(const char **p, char separator, struct span *out)
{
	const char *end;

	if (*p == NULL)
		return false;
	end = strchr(*p, separator);
	*out = trim_blanks((struct span){ *p, end == NULL ? strlen(*p) : (size_t)(end - *p) });
	*p = end == NULL ? NULL : end + 1;
	return true;
}

static int set_font_path(struct conf *conf, const struct ini_entry *e, struct why *why)
{
	const char *p = e->value;
	struct span part;
	char *folder;
	size_t cap = 0;

	while (next_part(&p, ':', &part)) {
		if (part.n == 0)
			return why_config(why, conf->file, e->line, "[fonts] path has an empty folder");
		folder = mem_ndup(part.s, part.n);
		vec_room(conf->font_path, conf->n_font_path, cap);
		conf->font_path[conf->n_font_path++] = beside(conf->file, folder);
		free(folder);
	}
	return 0;
}

/* "path" or "path#index" */
static bool is_font_file(struct span a)
{
	const char *hash = memchr(a.s, '#', a.n);
	size_t digits;

	if (hash == NULL)
		return a.n > 0;
	digits = (size_t)(a.s + a.n - hash) - 1;
	for (size_t i = 1; i <= digits; i++)
		if (hash[i] < '0' || hash[i] > '9')
			return false;
	return hash > a.s && digits >= 1 && digits <= 3;
}

static int set_font_role(struct conf *conf, const struct ini_entry *e, struct font_role *role,
    struct why *why)
{
	const char *p = e->value;
	struct span part;
	size_t cap = 0;

	role->role = mem_dup(e->key);
	role->line = e->line;
	while (next_part(&p, ',', &part)) {
		if (!is_font_file(part))
			return why_config(why, conf->file, e->line,
			    "[fonts] %s: \"%.*s\" is no font file: wanted file or file#index, "
			    "separated by commas",
			    e->key, (int)part.n, part.s);
		vec_room(role->files, role->n, cap);
		role->files[role->n++] = mem_ndup(part.s, part.n);
	}
	return 0;
}

static int set_fonts(struct conf *conf, struct why *why)
{
	size_t cap = 0;

	for (size_t i = 0; i < conf->ini.n; i++) {
		const struct ini_entry *e = &conf->ini.v[i];

		if (strcmp(e->section, "fonts") != 0)
			continue;
		if (strcmp(e->key, "path") == 0) {
			if (set_font_path(conf, e, why) != 0)
				return -1;
			continue;
		}
		vec_room(conf->fonts, conf->n_fonts, cap);
		conf->fonts[conf->n_fonts] = (struct font_role){ 0 };
		if (set_font_role(conf, e, &conf->fonts[conf->n_fonts++], why) != 0)
			return -1;
	}
	return 0;
}

/* ---- the whole ---- */

static int read_file(const char *file, struct buf *out, struct why *why)
{
	char chunk[4096];
	ssize_t got;
	int fd, rc = -1;

	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return why_config(why, file, 0, "there is no such file (-c names another)");
	if (fd < 0)
		return why_errno(why, file);
	while ((got = read(fd, chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR)) {
		if (got > 0)
			buf_add(out, chunk, (size_t)got);
		if (out->len > CONF_LARGEST) {
			why_config(why, file, 0, "is larger than %u bytes", CONF_LARGEST);
			goto out;
		}
	}
	if (got < 0) {
		why_errno(why, file);
		goto out;
	}
	rc = 0;
out:
	(void)close(fd);
	return rc;
}

int conf_load(const char *file, struct conf *out, struct why *why)
{
	struct conf conf = { .file = mem_dup(file) };
	struct buf bytes = { 0 };
	int rc = -1;

	if (read_file(file, &bytes, why) != 0 ||
	    ini_parse(buf_cstr(&bytes), bytes.len, file, &conf.ini, why) != 0 || check_known(&conf, why) != 0)
		goto out;
	for (size_t i = 0; i < N_ROWS; i++)
		if (set_row(&conf, &rows[i], why) != 0)
			goto out;
	if (set_fonts(&conf, why) != 0)
		goto out;
	*out = conf;
	rc = 0;
out:
	buf_free(&bytes);
	if (rc != 0)
		conf_free(&conf);
	return rc;
}

void conf_free(struct conf *conf)
{
	for (size_t i = 0; i < conf->n_font_path; i++)
		free(conf->font_path[i]);
	for (size_t i = 0; i < conf->n_fonts; i++) {
		for (size_t k = 0; k < conf->fonts[i].n; k++)
			free(conf->fonts[i].files[k]);
		free(conf->fonts[i].files);
		free(conf->fonts[i].role);
	}
	free(conf->fonts);
	free(conf->font_path);
	free(conf->root);
	free(conf->config);
	free(conf->templates);
	free(conf->file);
	ini_free(&conf->ini);
	memset(conf, 0, sizeof *conf);
}
