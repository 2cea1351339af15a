/*
 * ruleset - the bundle of texts that judge, count and word a week: gathered from
 * folders or from a pack, then read in both cases by the same steps, so that a
 * replay under an archived bundle meets exactly what the first run met.
 */
#include "ruleset.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reference.h"
#include "setting.h"
#include "unit.h"
#include "xmldoc.h"

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

#define GRAMMAR "forms/form.rng"

/* ---- names ---- */

static bool ends_with(const char *s, const char *suffix)
{
	return span_ends(span_of(s), suffix);
}

/* "forms/project.xml" -> "project"; of a measure also without its "NN-". */
static char *stem(struct arena *a, const char *name)
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

struct gather {
	struct ruleset *rs;
	size_t cap;
	struct why *why;
};

/* Takes over BYTES. */
static struct rule_text *add_text(struct gather *g, const char *name, const char *file, char *bytes, size_t n)
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
	size_t n;
	int rc;

	buf_fmt(&file, "%s/%s", folder, name);
	rc = fsio_read(dir, name, TEXT_LARGEST, &bytes, g->why);
	if (rc == 0) {
		buf_add(&bytes, "", 0);
		n = bytes.len;
		add_text(g, name, buf_cstr(&file), n == 0 ? mem_dup("") : buf_take(&bytes), n);
	}
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
	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP || errno == ENAMETOOLONG))
		return why_config(why, conf->file, e == NULL ? 0 : e->line, "[site] %s: folder %s: %s", key,
		    path, strerror(errno));
	return dir >= 0 ? dir : why_errno(why, path);
}

static int gather_side(struct gather *g, const struct conf *conf, bool templates)
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

static int text_order(const void *a, const void *b)
{
	const struct rule_text *x = a, *y = b;

	return strcmp(x->name, y->name);
}

const struct rule_text *ruleset_text(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_texts; i++)
		if (strcmp(rs->texts[i].name, name) == 0)
			return &rs->texts[i];
	return NULL;
}

/* One that every bundle has: gathering and unpacking saw to it. */
static const struct rule_text *own_text(const struct ruleset *rs, const char *name)
{
	const struct rule_text *t = ruleset_text(rs, name);

	assert(t != NULL);
	return t;
}

/* ---- settings ---- */

static int declare_settings(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t = own_text(rs, "settings.csv");
	struct reference table;

	if (reference_parse(&rs->arena, "settings", t->bytes, t->n, t->file, &table, why) != 0)
		return -1;
	return settings_declare(&rs->arena, &table, &rs->settings, &rs->n_settings, why);
}

/* Sections that conf.h keeps for this machine. */
static bool is_local(const char *section)
{
	return strcmp(section, "site") == 0 || strcmp(section, "intake") == 0 ||
	    strcmp(section, "fonts") == 0;
}

/* What zhoubao.ini says beside them. */
static int override_settings(struct ruleset *rs, const struct conf *conf, struct why *why)
{
	struct buf name = { 0 };
	int rc = -1;

	for (size_t i = 0; i < conf->ini.n; i++) {
		const struct ini_entry *e = &conf->ini.v[i];
		struct setting *s;

		if (is_local(e->section))
			continue;
		buf_reset(&name);
		buf_fmt(&name, "%s.%s", e->section, e->key);
		s = setting_find(rs->settings, rs->n_settings, buf_cstr(&name));
		if (s == NULL) {
			why_config(why, conf->file, e->line, "[%s] %s is not declared in settings.csv",
			    e->section, e->key);
			goto out;
		}
		if (setting_assign(&rs->arena, s, e->value, conf->file, e->line, why) != 0)
			goto out;
	}
	rc = 0;
out:
	buf_free(&name);
	return rc;
}

/* Every setting has a value now; the list of them becomes a text of the bundle. */
static int write_settings(struct gather *g, const char *file)
{
	struct ruleset *rs = g->rs;
	struct buf list = { 0 };
	size_t n;

	for (size_t i = 0; i < rs->n_settings; i++) {
		const struct setting *s = &rs->settings[i];

		if (s->value == NULL) {
			buf_free(&list);
			return why_config(g->why, file, 0, "setting %s has no default: say [%.*s] %s = ...",
			    s->name, (int)strcspn(s->name, "."), s->name, strchr(s->name, '.') + 1);
		}
		buf_fmt(&list, "%s=%s\n", s->name, s->value);
	}
	n = list.len;
	add_text(g, "settings", file, n == 0 ? mem_dup("") : buf_take(&list), n);
	buf_free(&list);
	return 0;
}

/* The list back into values, from a pack. */
static int read_settings(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t = own_text(rs, "settings");
	char *list = mem_ndup(t->bytes, t->n), *save = NULL;
	size_t given = 0;
	int line = 0, rc = -1;

	for (char *s = strtok_r(list, "\n", &save); s != NULL; s = strtok_r(NULL, "\n", &save)) {
		char *eq = strchr(s, '=');
		struct setting *setting;

		line++;
		if (eq != NULL)
			*eq = '\0';
		setting = eq == NULL ? NULL : setting_find(rs->settings, rs->n_settings, s);
		if (setting == NULL) {
			why_config(why, t->file, line, "\"%s\" is no declared setting", s);
			goto out;
		}
		if (setting_assign(&rs->arena, setting, eq + 1, t->file, line, why) != 0)
			goto out;
		given++;
	}
	if (given != rs->n_settings) {
		why_config(
		    why, t->file, 0, "has %zu settings; settings.csv declares %zu", given, rs->n_settings);
		goto out;
	}
	rc = 0;
out:
	free(list);
	return rc;
}

const char *ruleset_setting(const struct ruleset *rs, const char *name)
{
	const struct setting *s = setting_find(rs->settings, rs->n_settings, name);

	return s == NULL ? NULL : s->value;
}

/* ---- units ---- */

static int read_units(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t = own_text(rs, "units.ini");

	return units_parse(&rs->arena, t->bytes, t->n, t->file, &rs->units, &rs->n_units, &rs->office, why);
}

const struct unit *ruleset_unit(const struct ruleset *rs, const char *code)
{
	for (size_t i = 0; i < rs->n_units; i++)
		if (strcmp(rs->units[i].code, code) == 0)
			return &rs->units[i];
	return NULL;
}

/* ---- texts by folder ---- */

/* The next text of FOLDER ("forms/") from *I on that ends in SUFFIX, or NULL; *I moves past it. */
static const struct rule_text *next_text(const struct ruleset *rs, const char *folder, const char *suffix, size_t *i)
{
	while (*i < rs->n_texts) {
		const struct rule_text *t = &rs->texts[(*i)++];

		if (strncmp(t->name, folder, strlen(folder)) == 0 && ends_with(t->name, suffix))
			return t;
	}
	return NULL;
}

static size_t count_texts(const struct ruleset *rs, const char *folder, const char *suffix)
{
	size_t n = 0, i = 0;

	while (next_text(rs, folder, suffix, &i) != NULL)
		n++;
	return n;
}

/* ---- reference tables ---- */

const struct reference *ruleset_reference(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_references; i++)
		if (strcmp(rs->references[i].name, name) == 0)
			return &rs->references[i];
	return NULL;
}

/* A column called unit holds reporting units, in whatever table it is. */
static int check_unit_column(const struct ruleset *rs, const struct reference *ref, struct why *why)
{
	int column = reference_column(ref, "unit");

	for (size_t i = 0; column >= 0 && i < ref->n_rows; i++) {
		const char *code = reference_cell(ref, i, (size_t)column);

		if (*code != '\0' && ruleset_unit(rs, code) == NULL)
			return why_config(
			    why, ref->file, ref->lines[i], "unit \"%s\" is not in units.ini", code);
	}
	return 0;
}

static int check_units_of_money(const struct reference *ref, struct why *why)
{
	if (reference_needs(ref, "word yuan", why) != 0)
		return -1;
	for (size_t i = 0; i < ref->n_rows; i++) {
		const char *yuan = reference_cell(ref, i, (size_t)reference_column(ref, "yuan"));

		if (yuan[0] != '1' || strspn(yuan + 1, "0") != strlen(yuan) - 1 || strlen(yuan) > 13)
			return why_config(why, ref->file, ref->lines[i],
			    "\"%s\" yuan: wanted 1, 10, 100 ... up to 1000000000000", yuan);
	}
	return 0;
}

int64_t ruleset_unit_yuan(const struct ruleset *rs, const char *word)
{
	const struct reference *ref = ruleset_reference(rs, "unit_of_money");
	long row = ref == NULL ? -1 : reference_row(ref, word);

	if (row < 0)
		return 0;
	return strtoll(reference_cell(ref, (size_t)row, (size_t)reference_column(ref, "yuan")), NULL, 10);
}

static int read_references(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t;
	size_t i = 0;

	rs->references = arena_alloc(
	    &rs->arena, (count_texts(rs, "reference/", ".csv") + 1) * sizeof *rs->references);
	while ((t = next_text(rs, "reference/", ".csv", &i)) != NULL) {
		struct reference *ref = &rs->references[rs->n_references];

		if (reference_parse(
		        &rs->arena, stem(&rs->arena, t->name), t->bytes, t->n, t->file, ref, why) != 0)
			return -1;
		rs->n_references++;
		if (check_unit_column(rs, ref, why) != 0)
			return -1;
		if (strcmp(ref->name, "unit_of_money") == 0 && check_units_of_money(ref, why) != 0)
			return -1;
	}
	return 0;
}

/* ---- calendar ---- */

static int
week_setting(const struct ruleset *rs, const char *name, const char *type, const char **out, struct why *why)
{
	const struct setting *s = setting_find(rs->settings, rs->n_settings, name);

	if (s == NULL || strcmp(s->type, type) != 0)
		return why_config(why, own_text(rs, "settings.csv")->file, s == NULL ? 0 : s->line,
		    "setting %s of type %s is missing: the calendar needs it", name, type);
	*out = s->value;
	return 0;
}

static int read_week_rules(const struct ruleset *rs, struct week_rules *out, struct why *why)
{
	const char *ends, *min, *cutoff, *seal, *meeting, *first;

	if (week_setting(rs, "week.ends", "weekday", &ends, why) != 0 ||
	    week_setting(rs, "week.min_workdays", "integer", &min, why) != 0 ||
	    week_setting(rs, "week.cutoff", "time", &cutoff, why) != 0 ||
	    week_setting(rs, "week.seal", "time", &seal, why) != 0 ||
	    week_setting(rs, "week.meeting", "time", &meeting, why) != 0 ||
	    week_setting(rs, "week.first", "week", &first, why) != 0)
		return -1;
	if (strlen(min) != 1 || *min > '7')
		return why_config(why, own_text(rs, "settings")->file, 0,
		    "setting week.min_workdays = %s: wanted 0 to 7", min);
	out->ends = setting_weekday(ends);
	out->min_workdays = *min - '0';
	out->cutoff = setting_minutes(cutoff);
	out->seal = setting_minutes(seal);
	out->meeting = setting_minutes(meeting);
	(void)week_parse(first, strlen(first), &out->first);    /* checked as a setting */
	return 0;
}

static int add_holiday(struct ruleset *rs, const struct reference *ref, size_t row, struct why *why)
{
	const char *date = reference_cell(ref, row, (size_t)reference_column(ref, "date"));
	const char *kind = reference_cell(ref, row, (size_t)reference_column(ref, "kind"));
	day_t day;

	if (day_parse(date, strlen(date), &day) != 0)
		return why_config(why, ref->file, ref->lines[row], "\"%s\" is no day YYYY-MM-DD", date);
	if (strcmp(kind, "off") != 0 && strcmp(kind, "work") != 0)
		return why_config(why, ref->file, ref->lines[row], "kind \"%s\": wanted off or work", kind);
	if (calendar_except(rs->calendar, day, *kind == 'o' ? DAY_OFF : DAY_WORK) != 0)
		return why_config(why, ref->file, ref->lines[row], "%s is there twice", date);
	return 0;
}

/* The record must begin with a window that there is. */
static int check_first_week(const struct ruleset *rs, struct why *why)
{
	struct window w;
	struct why cause;

	if (calendar_window(rs->calendar, calendar_rules(rs->calendar)->first, &w, &cause) != 0)
		return why_config(why, own_text(rs, "settings")->file, 0, "setting week.first = %s: %s",
		    ruleset_setting(rs, "week.first"), cause.text);
	return 0;
}

static int make_calendar(struct ruleset *rs, struct why *why)
{
	const struct reference *ref = ruleset_reference(rs, "holiday");
	struct week_rules rules = { 0 };

	if (ref == NULL)
		return why_config(why, own_text(rs, "units.ini")->file, 0,
		    "reference/holiday.csv is missing beside it: "
		    "wanted date,kind,name");
	if (reference_needs(ref, "date kind name", why) != 0 || read_week_rules(rs, &rules, why) != 0)
		return -1;
	rs->calendar = calendar_new(&rules);
	for (size_t i = 0; i < ref->n_rows; i++)
		if (add_holiday(rs, ref, i, why) != 0)
			return -1;
	return check_first_week(rs, why);
}

/* ---- messages, briefings, measures ---- */

static int read_messages(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t;
	size_t i = 0;

	while ((t = next_text(rs, "messages/", ".xml", &i)) != NULL)
		if (messages_parse(&rs->messages, t->bytes, t->n, t->file, why) != 0)
			return -1;
	return 0;
}

static void list_briefings(struct ruleset *rs)
{
	const struct rule_text *t;
	size_t i = 0;

	rs->briefings = arena_alloc(
	    &rs->arena, (count_texts(rs, "briefings/", ".xml") + 1) * sizeof *rs->briefings);
	while ((t = next_text(rs, "briefings/", ".xml", &i)) != NULL)
		rs->briefings[rs->n_briefings++] =
		    (struct briefing_text){ stem(&rs->arena, t->name), t->file, t->bytes, t->n };
}

static int read_measures(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t;
	size_t i = 0;

	rs->measures = arena_alloc(
	    &rs->arena, (count_texts(rs, "measures/", ".sql") + 1) * sizeof *rs->measures);
	while ((t = next_text(rs, "measures/", ".sql", &i)) != NULL) {
		struct measure *m = &rs->measures[rs->n_measures];

		*m = (struct measure){ stem(&rs->arena, t->name), t->file, t->bytes };
		if (!form_table_name(m->name) || ruleset_form(rs, m->name) != NULL)
			return why_config(why, t->file, 0,
			    "table \"%s\" is there already: a measure needs a name of its own", m->name);
		if (strlen(t->bytes) != t->n)
			return why_config(why, t->file, 0, "has a NUL in it");
		for (size_t k = 0; k < rs->n_measures; k++)
			if (strcmp(rs->measures[k].name, m->name) == 0)
				return why_config(why, t->file, 0, "table \"%s\" is already made by %s",
				    m->name, rs->measures[k].file);
		rs->n_measures++;
	}
	return 0;
}

/* ---- forms ---- */

const struct form *ruleset_form(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_forms; i++)
		if (strcmp(rs->forms[i]->name, name) == 0)
			return rs->forms[i];
	return NULL;
}

static const struct form *find_form(const void *rs, const char *name)
{
	return ruleset_form(rs, name);
}

static int64_t find_unit_yuan(const void *rs, const char *word)
{
	return ruleset_unit_yuan(rs, word);
}

static int parse_forms(struct ruleset *rs, struct why *why)
{
	const struct rule_text *text = ruleset_text(rs, GRAMMAR), *t;
	struct xmldoc_grammar *grammar = NULL;
	size_t i = 0;
	int rc = text == NULL ? 0 : xmldoc_grammar(text->bytes, text->n, GRAMMAR, &grammar, why);

	rs->forms = mem_zero(count_texts(rs, "forms/", ".xml") + 1, sizeof *rs->forms);
	while (rc == 0 && (t = next_text(rs, "forms/", ".xml", &i)) != NULL) {
		struct form *form = NULL;

		rc = form_parse(t->bytes, t->n, t->file, grammar, &form, why);
		if (rc != 0)
			break;
		rs->forms[rs->n_forms++] = form;
		if (strcmp(form->name, stem(&rs->arena, t->name)) != 0)
			rc = why_config(why, t->file, form->line, "form \"%s\" must be in forms/%s.xml",
			    form->name, form->name);
	}
	xmldoc_grammar_free(grammar);
	return rc;
}

/* A header of a form must not be one of the reserved columns'. */
static int check_reserved(const struct ruleset *rs, const struct form *form, struct why *why)
{
	for (size_t i = 0; i < form->n_fields; i++)
		for (enum reserved r = RES_OP; r < RES_COUNT; r++) {
			const struct field *f = &form->fields[i];

			if (words_find(&rs->messages, reserved_words(r)) == NULL)
				continue;
			if (words_has(&rs->messages, reserved_words(r), span_of(f->title)))
				return why_config(why, form->file, f->line,
				    "field %s: title \"%s\" is a reserved column's (words %s)", f->name,
				    f->title, reserved_words(r));
			for (size_t k = 0; k < f->n_aliases; k++)
				if (words_has(&rs->messages, reserved_words(r), span_of(f->aliases[k])))
					return why_config(why, form->file, f->line,
					    "field %s: alias \"%s\" is a reserved column's (words %s)",
					    f->name, f->aliases[k], reserved_words(r));
		}
	return 0;
}

static bool has_type(const struct form *form, enum field_type type)
{
	for (size_t i = 0; i < form->n_fields; i++)
		if (form->fields[i].type == type)
			return true;
	return false;
}

static int check_towns(const struct ruleset *rs, const struct form *form, struct why *why)
{
	const struct reference *town = ruleset_reference(rs, "town");

	if (!has_type(form, FIELD_TOWN))
		return 0;
	if (town == NULL)
		return why_config(why, form->file, form->line,
		    "form %s has a field of type town, and reference/town.csv is missing", form->name);
	return reference_needs(town, "code name unit aliases", why);
}

/* Whether every form that FORM refers to is among the first N. */
static bool is_ready(const struct form *form, struct form *const *done, size_t n)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		bool found = form->fields[i].ref == NULL;

		for (size_t k = 0; k < n && !found; k++)
			found = done[k] == form->fields[i].ref;
		if (!found)
			return false;
	}
	return true;
}

/*
 * In order of reference: each time the first by name whose referents are placed.
 * Names are in order before.
 */
static int order_forms(struct ruleset *rs, struct why *why)
{
	for (size_t placed = 0; placed < rs->n_forms; placed++) {
		struct form *next;
		size_t i = placed;

		while (i < rs->n_forms && !is_ready(rs->forms[i], rs->forms, placed))
			i++;
		if (i == rs->n_forms)
			return why_config(why, rs->forms[placed]->file, rs->forms[placed]->line,
			    "form %s refers to itself by way of other forms: references must not run in a circle",
			    rs->forms[placed]->name);
		next = rs->forms[i];
		memmove(&rs->forms[placed + 1], &rs->forms[placed], (i - placed) * sizeof *rs->forms);
		rs->forms[placed] = next;
	}
	return 0;
}

static int form_by_name(const void *a, const void *b)
{
	const struct form *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int read_forms(struct ruleset *rs, struct why *why)
{
	if (parse_forms(rs, why) != 0)
		return -1;
	for (size_t i = 0; i < rs->n_forms; i++) {
		if (form_units(rs->forms[i], find_unit_yuan, rs, why) != 0 ||
		    form_refs(rs->forms[i], find_form, rs, why) != 0 ||
		    check_reserved(rs, rs->forms[i], why) != 0 || check_towns(rs, rs->forms[i], why) != 0)
			return -1;
	}
	if (rs->n_forms > 0)
		qsort(rs->forms, rs->n_forms, sizeof *rs->forms, form_by_name);
	return order_forms(rs, why);
}

/* ---- the whole ---- */

/* Settings are declared and have their values; read all else. */
static int read_texts(struct ruleset *rs, struct why *why)
{
	struct buf pack = { 0 };

	if (read_units(rs, why) != 0 || read_references(rs, why) != 0 || make_calendar(rs, why) != 0 ||
	    read_messages(rs, why) != 0 || read_forms(rs, why) != 0 || read_measures(rs, why) != 0)
		return -1;
	list_briefings(rs);
	ruleset_pack(rs, &pack);
	digest_of(buf_cstr(&pack), pack.len, rs->digest);
	buf_free(&pack);
	return 0;
}

int ruleset_load(const struct conf *conf, struct ruleset **out, struct why *why)
{
	struct ruleset *rs = mem_zero(1, sizeof *rs);
	struct gather g = { .rs = rs, .why = why };
	int rc = -1;

	if (gather_side(&g, conf, false) != 0 || gather_side(&g, conf, true) != 0)
		goto out;
	if (declare_settings(rs, why) != 0 || override_settings(rs, conf, why) != 0 ||
	    write_settings(&g, conf->file) != 0)
		goto out;
	qsort(rs->texts, rs->n_texts, sizeof *rs->texts, text_order);
	if (read_texts(rs, why) != 0)
		goto out;
	*out = rs;
	rs = NULL;
	rc = 0;
out:
	ruleset_free(rs);
	return rc;
}

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

static int unpack_texts(struct gather *g, const char *bytes, size_t len, const char *file)
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
		add_text(g, buf_cstr(&name), buf_cstr(&as), mem_ndup(p, n), n);
		p += n;
	}
	rc = 0;
out:
	buf_free(&name);
	buf_free(&as);
	return rc;
}

int ruleset_unpack(const char *bytes, size_t n, const char *file, struct ruleset **out, struct why *why)
{
	static const char *const needed[] = { "settings", "settings.csv", "units.ini" };
	struct ruleset *rs = mem_zero(1, sizeof *rs);
	struct gather g = { .rs = rs, .why = why };
	int rc = -1;

	if (unpack_texts(&g, bytes, n, file) != 0)
		goto out;
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (ruleset_text(rs, needed[i]) == NULL) {
			why_config(why, file, 0, "is no rule set: \"%s\" is missing", needed[i]);
			goto out;
		}
	if (declare_settings(rs, why) != 0 || read_settings(rs, why) != 0 || read_texts(rs, why) != 0)
		goto out;
	*out = rs;
	rs = NULL;
	rc = 0;
out:
	ruleset_free(rs);
	return rc;
}

void ruleset_free(struct ruleset *rs)
{
	if (rs == NULL)
		return;
	for (size_t i = 0; i < rs->n_forms; i++)
		form_free(rs->forms[i]);
	free(rs->forms);
	messages_free(&rs->messages);
	calendar_free(rs->calendar);
	for (size_t i = 0; i < rs->n_texts; i++) {
		free(rs->texts[i].name);
		free(rs->texts[i].file);
		free(rs->texts[i].bytes);
	}
	free(rs->texts);
	arena_free(&rs->arena);
	free(rs);
}
