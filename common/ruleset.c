/*
 * ruleset - the bundle of texts that judge, count and word a week: gathered from
 * folders or from a pack, then read in both cases by the same steps, so that a
 * replay under an archived bundle meets exactly what the first run met.
 */
#include "ruleset.h"

#include <stdlib.h>
#include <string.h>

#include "reference.h"
#include "ruleset_read.h"
#include "setting.h"

/* ---- settings ---- */

static int declare_settings(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t = ruleset_own_text(rs, "settings.csv");
	struct reference table;

	if (reference_parse(&rs->arena, "settings", t->bytes, t->n, t->file, &table, why) != 0)
		return -1;
	return settings_declare(&rs->arena, &table, &rs->settings, &rs->n_settings, why);
}

/* What zhoubao.ini says beside them. */
static int override_settings(struct ruleset *rs, const struct conf *conf, struct why *why)
{
	struct buf name = { 0 };
	int rc = -1;

	for (size_t i = 0; i < conf->ini.n; i++) {
		const struct ini_entry *e = &conf->ini.v[i];
		struct setting *s;

		if (conf_is_local(e->section, e->key))
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
	ruleset_text_add(g, "settings", file, n == 0 ? mem_dup("") : buf_take(&list), n);
	buf_free(&list);
	return 0;
}

/* The list back into values, from a pack: in name order, as it was written, so that each is there once. */
static int read_settings(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t = ruleset_own_text(rs, "settings");
	char *list = mem_ndup(t->bytes, t->n), *save = NULL;
	const struct setting *last = NULL;
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
		if (last != NULL && strcmp(last->name, s) >= 0) {
			why_config(why, t->file, line, "\"%s\" is out of order", s);
			goto out;
		}
		last = setting;
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

/* ---- limits ---- */

static bool read_limit(const struct ruleset *rs, const char *name, uint64_t *out)
{
	const char *value = ruleset_setting(rs, name);

	if (value != NULL)
		*out = strtoull(value, NULL, 10);
	return value != NULL;
}

static void read_limits(struct ruleset *rs)
{
	struct limits l = { .bytes = 64u << 20, .rows = 200000, .columns = 200, .cell = 8192 };
	bool bytes = read_limit(rs, "intake.max_bytes", &l.bytes),
	    rows = read_limit(rs, "intake.max_rows", &l.rows),
	    columns = read_limit(rs, "intake.max_columns", &l.columns),
	    cell = read_limit(rs, "intake.max_cell", &l.cell);
	uint64_t figure = INT64_MAX;

	/* A rule set of a time without this one took any figure, and judges so again. */
	(void)read_limit(rs, "intake.max_figure", &figure);
	l.figure = (int64_t)figure;
	l.kept = bytes && rows && columns && cell;
	rs->limits = l;
}

/* ---- the whole ---- */

/* Settings are declared and have their values; read all else. */
static int read_texts(struct ruleset *rs, struct why *why)
{
	struct buf pack = { 0 };

	read_limits(rs);
	if (ruleset_read_units(rs, why) != 0 || ruleset_read_references(rs, why) != 0 ||
	    ruleset_read_calendar(rs, why) != 0 || ruleset_read_messages(rs, why) != 0 ||
	    ruleset_read_forms(rs, why) != 0 || ruleset_read_measures(rs, why) != 0)
		return -1;
	ruleset_read_briefings(rs);
	ruleset_pack(rs, &pack);
	digest_of(buf_cstr(&pack), pack.len, rs->digest);
	buf_free(&pack);
	return 0;
}

static int text_order(const void *a, const void *b)
{
	const struct rule_text *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int ruleset_load(const struct conf *conf, struct ruleset **out, struct why *why)
{
	struct ruleset *rs = mem_zero(1, sizeof *rs);
	struct gather g = { .rs = rs, .why = why };
	int rc = -1;

	if (ruleset_gather(&g, conf, false) != 0 || ruleset_gather(&g, conf, true) != 0)
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

int ruleset_unpack(const char *bytes, size_t n, const char *file, struct ruleset **out, struct why *why)
{
	static const char *const needed[] = { "settings", "settings.csv", "units.ini" };
	struct ruleset *rs = mem_zero(1, sizeof *rs);
	struct gather g = { .rs = rs, .why = why };
	int rc = -1;

	if (ruleset_texts_unpack(&g, bytes, n, file) != 0)
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
