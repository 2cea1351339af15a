/*
 * ruleset_read - what the texts of a bundle say, but for its forms: units, reference tables, the calendar,
 * messages, briefings and measures.
 */
#include <stdlib.h>
#include <string.h>

#include "reference.h"
#include "ruleset_read.h"
#include "setting.h"
#include "unit.h"

/* ---- units ---- */

int ruleset_read_units(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t = ruleset_own_text(rs, "units.ini");

	return units_parse(&rs->arena, t->bytes, t->n, t->file, &rs->units, &rs->n_units, &rs->office, why);
}

const struct unit *ruleset_unit(const struct ruleset *rs, const char *code)
{
	for (size_t i = 0; i < rs->n_units; i++)
		if (strcmp(rs->units[i].code, code) == 0)
			return &rs->units[i];
	return NULL;
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

int ruleset_read_references(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t;
	size_t i = 0;

	rs->references = arena_alloc(
	    &rs->arena, (ruleset_text_count(rs, "reference/", ".csv") + 1) * sizeof *rs->references);
	while ((t = ruleset_text_next(rs, "reference/", ".csv", &i)) != NULL) {
		struct reference *ref = &rs->references[rs->n_references];

		if (reference_parse(
		        &rs->arena, ruleset_stem(&rs->arena, t->name), t->bytes, t->n, t->file, ref,
		        why) != 0)
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
		return why_config(why, ruleset_own_text(rs, "settings.csv")->file, s == NULL ? 0 : s->line,
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
		return why_config(why, ruleset_own_text(rs, "settings")->file, 0,
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
		return why_config(why, ruleset_own_text(rs, "settings")->file, 0,
		    "setting week.first = %s: %s", ruleset_setting(rs, "week.first"), cause.text);
	return 0;
}

int ruleset_read_calendar(struct ruleset *rs, struct why *why)
{
	const struct reference *ref = ruleset_reference(rs, "holiday");
	struct week_rules rules = { 0 };

	if (ref == NULL)
		return why_config(why, ruleset_own_text(rs, "units.ini")->file, 0,
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

int ruleset_read_messages(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t;
	size_t i = 0;

	while ((t = ruleset_text_next(rs, "messages/", ".xml", &i)) != NULL)
		if (messages_parse(&rs->messages, t->bytes, t->n, t->file, why) != 0)
			return -1;
	return 0;
}

void ruleset_read_briefings(struct ruleset *rs)
{
	const struct rule_text *t;
	size_t i = 0;

	rs->briefings = arena_alloc(
	    &rs->arena, (ruleset_text_count(rs, "briefings/", ".xml") + 1) * sizeof *rs->briefings);
	while ((t = ruleset_text_next(rs, "briefings/", ".xml", &i)) != NULL)
		rs->briefings[rs->n_briefings++] =
		    (struct briefing_text){ ruleset_stem(&rs->arena, t->name), t->file, t->bytes, t->n };
}

int ruleset_read_measures(struct ruleset *rs, struct why *why)
{
	const struct rule_text *t;
	size_t i = 0;

	rs->measures = arena_alloc(
	    &rs->arena, (ruleset_text_count(rs, "measures/", ".sql") + 1) * sizeof *rs->measures);
	while ((t = ruleset_text_next(rs, "measures/", ".sql", &i)) != NULL) {
		struct measure *m = &rs->measures[rs->n_measures];

		*m = (struct measure){ ruleset_stem(&rs->arena, t->name), t->file, t->bytes };
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
