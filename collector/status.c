/*
 * status - who has sent what for a week, who was late, who and what is missing.  Touches nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"

#define MOST_MISSING 10                 /* named a unit in the text; the JSON has all */

struct tally {
	long files, whole, partial, refused, duplicate;
};

static struct tally count_files(const struct judging *j)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < j->n_earlier; i++) {
		const char *verdict = j->earlier[i].verdict;

		t.files++;
		t.whole += verdict_is_whole(verdict);
		t.partial += strcmp(verdict, "partial") == 0;
		t.refused += strcmp(verdict, "refused") == 0;
		t.duplicate += strcmp(verdict, "duplicate") == 0;
	}
	return t;
}

/* A unit with something due and nothing in hand by the cut-off, or anything that came after it. */
static bool is_late(const struct judging *j, instant_t now)
{
	for (size_t i = 0; i < j->n_earlier; i++)
		if (j->earlier[i].late && !j->earlier[i].correction)
			return true;
	return j->n_earlier == 0 && j->n_due > 0 && now > j->window.cutoff;
}

/* ---- text ---- */

static void say(const struct messages *m, const char *indent, const char *id, const struct message_arg *args,
    size_t n)
{
	struct buf text = { 0 };

	message_says(&text, m, id, args, n);
	(void)printf("%s%s\n", indent, buf_cstr(&text));
	buf_free(&text);
}

static void say_tally(const struct judging *j, const struct unit *unit, bool late)
{
	struct tally t = count_files(j);
	long counts[] = { t.files, t.whole, t.partial, t.refused, t.duplicate, (long)j->n_due,
	    (long)j->n_missing, (long)j->n_due_held };
	static const char *const names[] = { "files", "whole", "partial", "refused", "duplicate", "due",
	    "missing", "held" };
	struct buf v[8] = { { 0 } }, word = { 0 };
	struct message_arg args[10] = { { "name", unit->name }, { "late", "" } };

	if (late)
		message_says(&word, &j->rs->messages, "status.late", NULL, 0);
	args[1].value = buf_cstr(&word);
	for (size_t i = 0; i < 8; i++) {
		buf_fmt(&v[i], "%ld", counts[i]);
		args[i + 2] = (struct message_arg){ names[i], buf_cstr(&v[i]) };
	}
	say(&j->rs->messages, "", t.files > 0 ? "status.unit" : "status.silent", args, 10);
	for (size_t i = 0; i < 8; i++)
		buf_free(&v[i]);
	buf_free(&word);
}

static void say_file(const struct judging *j, const struct earlier *e)
{
	const struct messages *m = &j->rs->messages;
	struct buf number = { 0 }, held = { 0 }, rows = { 0 }, id = { 0 }, verdict = { 0 }, late = { 0 },
	    received = { 0 };
	struct message_arg by[] = { { "held", NULL }, { "number", NULL } };

	buf_add(&received, e->received, strnlen(e->received, 16));      /* to the minute */
	if (received.len > 10)
		received.s[10] = ' ';
	buf_fmt(&number, "%03d", e->number);
	buf_fmt(&held, "%ld", e->rows_held);
	buf_fmt(&rows, "%ld", e->rows_read);
	buf_fmt(&id, "status.verdict.%s", e->verdict);
	by[0].value = buf_cstr(&held);
	message_says(&verdict, m, buf_cstr(&id), by, 1);
	if (e->late && !e->correction)
		message_says(&late, m, "status.late", NULL, 0);

	struct message_arg args[] = { { "number", buf_cstr(&number) }, { "name", e->name },
		{ "received", buf_cstr(&received) }, { "rows", buf_cstr(&rows) },
		{ "verdict", buf_cstr(&verdict) }, { "late", buf_cstr(&late) } };

	say(m, "  ", "status.file", args, 6);
	buf_free(&received);
	buf_free(&number);
	buf_free(&held);
	buf_free(&rows);
	buf_free(&id);
	buf_free(&verdict);
	buf_free(&late);
}

static void say_missing(const struct judging *j)
{
	const struct messages *m = &j->rs->messages;
	struct buf more = { 0 };

	for (size_t i = 0; i < j->n_missing && i < MOST_MISSING; i++) {
		const struct missing *x = &j->missing[i];
		struct message_arg args[] = { { "form", x->form->title }, { "key", x->key },
		    { "name", x->name } };

		say(m, "  ", "status.missing", args, 3);
	}
	if (j->n_missing > MOST_MISSING) {
		buf_fmt(&more, "%zu", j->n_missing - MOST_MISSING);
		say(m, "  ", "status.missing.more", &(struct message_arg){ "count", buf_cstr(&more) }, 1);
	}
	buf_free(&more);
}

static void say_unit(const struct judging *j, const struct unit *unit, bool late, size_t waiting)
{
	struct buf count = { 0 };

	say_tally(j, unit, late);
	for (size_t i = 0; i < j->n_earlier; i++)
		say_file(j, &j->earlier[i]);
	buf_fmt(&count, "%zu", waiting);
	if (waiting > 0)
		say(&j->rs->messages, "  ", "status.waiting",
		    &(struct message_arg){ "count", buf_cstr(&count) }, 1);
	/* Of a unit that sent nothing everything is missing: its line says so. */
	if (j->n_earlier > 0)
		say_missing(j);
	buf_free(&count);
}

static void say_week(const struct messages *m, const struct window *w)
{
	struct buf cutoff = { 0 }, seal = { 0 };
	char week[9], from[11], to[11];
	struct message_arg args[] = { { "week", week }, { "from", from }, { "to", to }, { "cutoff", NULL },
		{ "seal", NULL } };

	week_format(w->week, week);
	day_format(w->first, from);
	day_format(w->last, to);
	instant_show(&cutoff, m, w->cutoff);
	instant_show(&seal, m, w->seal);
	args[3].value = buf_cstr(&cutoff);
	args[4].value = buf_cstr(&seal);
	say(m, "", "status.head", args, 5);
	buf_free(&cutoff);
	buf_free(&seal);
}

/* ---- JSON ---- */

static void member(struct buf *out, const char *name, const char *value)
{
	buf_fmt(out, "\"%s\":", name);
	json_text(out, value);
	buf_char(out, ',');
}

static void json_instant(struct buf *out, const char *name, instant_t t)
{
	char text[26];

	instant_format(t, 0, text);
	text[19] = '\0';
	member(out, name, text);
}

static const char *yesno(bool is)
{
	return is ? "true" : "false";
}

static void json_files(struct buf *out, const struct judging *j)
{
	for (size_t i = 0; i < j->n_earlier; i++) {
		const struct earlier *e = &j->earlier[i];

		buf_fmt(out, "%s{\"number\":%d,", i > 0 ? ",\n   " : "\n   ", e->number);
		member(out, "name", e->name);
		member(out, "received_at", e->received);
		member(out, "forms", e->forms);
		member(out, "declared_week", e->declared);
		member(out, "verdict", e->verdict);
		buf_fmt(out, "\"late\":%s,\"correction\":%s,\"read\":%ld,\"held\":%ld}", yesno(e->late),
		    yesno(e->correction), e->rows_read, e->rows_held);
	}
}

static void json_missing(struct buf *out, const struct judging *j)
{
	for (size_t i = 0; i < j->n_missing; i++) {
		buf_str(out, i > 0 ? ",\n   {" : "\n   {");
		member(out, "form", j->missing[i].form->name);
		member(out, "key", j->missing[i].key);
		buf_str(out, "\"name\":");
		json_text(out, j->missing[i].name);
		buf_char(out, '}');
	}
}

static void json_unit(struct buf *out, const struct judging *j, const struct unit *unit, bool late,
    size_t waiting)
{
	buf_str(out, "{");
	member(out, "unit", unit->code);
	member(out, "name", unit->name);
	buf_fmt(out, "\"due\":%zu,\"missing\":%zu,\"held\":%zu,\"late\":%s,\"waiting\":%zu,\n  \"files\":[",
	    j->n_due, j->n_missing, j->n_due_held, yesno(late), waiting);
	json_files(out, j);
	buf_str(out, "],\n  \"missing_rows\":[");
	json_missing(out, j);
	buf_str(out, "]}");
}

static void json_week(struct buf *out, const struct window *w)
{
	char week[9], from[11], to[11];

	week_format(w->week, week);
	day_format(w->first, from);
	day_format(w->last, to);
	buf_char(out, '{');
	member(out, "week", week);
	member(out, "from", from);
	member(out, "to", to);
	json_instant(out, "cutoff", w->cutoff);
	json_instant(out, "seal", w->seal);
	buf_str(out, "\"units\":[\n");
}

/* ---- all units ---- */

static int show_unit(struct proc *p, const struct window *w, const struct unit *unit, struct buf *json,
    struct why *why)
{
	struct judging j = { .conf = &p->conf, .rs = p->rules, .site = &p->site, .unit = unit->code,
	    .window = *w };
	struct droppeds waiting = { 0 };
	int rc = judge_survey(&j, why);

	if (rc == 0)
		rc = drop_list(p, unit->code, &waiting, why);
	if (rc == 0 && json != NULL)
		json_unit(json, &j, unit, is_late(&j, p->now), waiting.n);
	else if (rc == 0)
		say_unit(&j, unit, is_late(&j, p->now), waiting.n);
	droppeds_free(&waiting);
	judging_free(&j);
	return rc;
}

int intake_status(struct proc *p, const struct week *week, enum output_format format)
{
	struct buf json = { 0 }, *out = format == OUTPUT_JSON ? &json : NULL;
	struct window w;
	struct why why;
	int rc = week != NULL ? calendar_window(p->rules->calendar, *week, &w, &why)
	    : site_first_open(&p->site, p->rules->calendar, &w, &why);

	if (rc == 0 && out != NULL)
		json_week(out, &w);
	else if (rc == 0)
		say_week(&p->rules->messages, &w);
	for (size_t i = 0; rc == 0 && i < p->rules->n_units; i++) {
		if (out != NULL && i > 0)
			buf_str(out, ",\n");
		rc = show_unit(p, &w, &p->rules->units[i], out, &why);
	}
	if (rc == 0 && out != NULL) {
		buf_str(out, "]}\n");
		(void)fwrite(buf_cstr(out), 1, out->len, stdout);
	}
	if (rc != 0)
		proc_complain(p, &why);
	buf_free(&json);
	return rc == 0 ? EX_DONE : why.code;
}
