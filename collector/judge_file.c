/*
 * judge_file - a file as a whole, before its rows: whose it is, which week it declares, which forms
 * it holds, whether it is in time, whether it was sent before.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/fsio.h"
#include "collector.h"

static void say_file(struct judging *j, struct judged *f, const char *id, const struct message_arg *args,
    size_t n)
{
	struct finding at = { 0 };

	(void)finding_say(&f->file_findings, &j->rs->messages, id, &at, args, n);
}

/* ---- the unit ---- */

static void check_unit(struct judging *j, struct judged *f)
{
	const struct unit *mine = ruleset_unit(j->rs, j->unit);
	struct message_arg args[] = { { "said", f->paper.unit }, { "unit", j->unit },
		{ "name", mine != NULL ? mine->name : "" } };

	if (f->paper.unit != NULL && strcmp(f->paper.unit, j->unit) != 0)
		say_file(j, f, "unit.wrong", args, 3);
}

static void check_office(struct judging *j, struct judged *f)
{
	bool office = j->rs->office != NULL && strcmp(j->rs->office->code, j->unit) == 0;

	for (size_t i = 0; i < f->paper.n_sheets; i++) {
		const struct form *form = f->paper.sheets[i].form;
		struct message_arg args[] = { { "form", form->title }, { "office", j->rs->office->name } };

		if (form->by_office && !office)
			say_file(j, f, "form.office", args, 2);
	}
}

/* ---- the week ---- */

void instant_show(struct buf *out, const struct messages *m, instant_t t)
{
	int year, month, day, minutes = (int)((t % 86400 + 86400) % 86400 / 60);
	struct buf v[5] = { { 0 } };
	struct message_arg args[5] = { { "year", NULL }, { "month", NULL }, { "day", NULL }, { "hour", NULL },
		{ "minute", NULL } };

	day_split(instant_day(t), &year, &month, &day);
	buf_fmt(&v[0], "%d", year);
	buf_fmt(&v[1], "%d", month);
	buf_fmt(&v[2], "%d", day);
	buf_fmt(&v[3], "%d", minutes / 60);
	buf_fmt(&v[4], "%02d", minutes % 60);
	for (size_t i = 0; i < 5; i++)
		args[i].value = buf_cstr(&v[i]);
	message_says(out, m, "instant", args, 5);
	for (size_t i = 0; i < 5; i++)
		buf_free(&v[i]);
}

/* A week after the one that counts is taken once the week before it is sealed. */
static void show_opening(struct buf *out, struct judging *j, const struct window *w)
{
	struct window before;
	struct why why;

	if (calendar_prev(j->rs->calendar, w, &before, &why) == 0)
		instant_show(out, &j->rs->messages, before.seal);
}

static void say_future(struct judging *j, struct judged *f, const struct window *w)
{
	struct buf from = { 0 };
	char said[9], counting[9];
	struct message_arg args[] = { { "week", said }, { "counting", counting }, { "from", NULL } };

	week_format(w->week, said);
	week_format(j->window.week, counting);
	show_opening(&from, j, w);
	args[2].value = buf_cstr(&from);
	say_file(j, f, "week.future", args, 3);
	buf_free(&from);
}

/* No window has this name: it was joined to the next, or the calendar does not reach there. */
static void say_no_week(struct judging *j, struct judged *f, struct week w)
{
	int ends = calendar_rules(j->rs->calendar)->ends;
	char said[9], joined[9] = "", counting[9];
	struct message_arg args[] = { { "week", said }, { "joined", joined }, { "counting", counting },
		{ "from", NULL } };
	struct buf from = { 0 };
	const char *id = "week.none";
	struct window window;
	struct why why;
	day_t fourth;

	week_format(w, said);
	week_format(j->window.week, counting);
	/* 4 January is always in the first ISO week. */
	if (day_make(w.year, 1, 4, &fourth) == 0) {
		day_t closing = fourth - (day_weekday(fourth) - 1) + 7 * (w.number - 1) + ends - 1;

		if (calendar_window_of(j->rs->calendar, closing, &window, &why) == 0 &&
		    week_cmp(window.week, w) != 0) {
			bool future = week_cmp(window.week, j->window.week) > 0;

			id = future ? "week.joined.future" : "week.joined";
			week_format(window.week, joined);
			show_opening(&from, j, &window);
		}
	}
	args[3].value = buf_cstr(&from);
	say_file(j, f, id, args, 4);
	buf_free(&from);
}

static void check_week(struct judging *j, struct judged *f)
{
	struct week first = calendar_rules(j->rs->calendar)->first;
	struct window w;
	struct why why;
	char said[9], start[9];
	struct message_arg args[] = { { "week", said }, { "first", start } };

	f->declared = j->window;
	if (!f->paper.has_week || week_cmp(f->paper.week, j->window.week) == 0)
		return;
	week_format(f->paper.week, said);
	week_format(first, start);
	if (week_cmp(f->paper.week, first) < 0)
		say_file(j, f, "week.early", args, 2);
	else if (calendar_window(j->rs->calendar, f->paper.week, &w, &why) != 0)
		say_no_week(j, f, f->paper.week);
	else if (week_cmp(w.week, j->window.week) > 0)
		say_future(j, f, &w);
	else {
		f->declared = w;
		f->correction = true;
	}
}

#define STALE 31                        /* days before its window a table of an earlier week may speak of */

/* The day that D is, without a year the one next to LAST; false if there is none. */
static bool day_meant(const struct said_day *d, day_t last, day_t *out)
{
	int year = d->year != 0 ? d->year : day_year(last);

	if (d->week != 0 || day_make(year, d->month, d->day, out) != 0)
		return false;
	return d->year != 0 || *out <= last + 183 || day_make(year - 1, d->month, d->day, out) == 0;
}

/* Whether the week of number N is before the window: the last ones of the year before have greater numbers. */
static bool is_number_stale(const struct judged *f, int n)
{
	return n < f->declared.week.number || n > f->declared.week.number + 26;
}

/* What place I of the file's says of the time: true if it is before the window. */
static bool is_stale(const struct judged *f, size_t i)
{
	const struct said_day *said = f->paper.said;
	day_t day, latest = 0;
	bool any = false;

	if (said[i].week != 0)
		return is_number_stale(f, said[i].week);
	/* Of one place the latest day counts: it may say from when to when. */
	for (size_t k = 0; k < f->paper.n_said; k++)
		if (said[k].row == said[i].row && day_meant(&said[k], f->declared.last, &day)) {
			latest = !any || day > latest ? day : latest;
			any = true;
		}
	return any && latest < f->declared.first && latest >= f->declared.first - STALE &&
	    day_meant(&said[i], f->declared.last, &day) && day == latest;
}

/* Whether ROW of the file, none of data, has a note: in the column of notes, as a row of totals has its own. */
static bool has_note(const struct judging *j, const struct judged *f, uint32_t row)
{
	const struct sheet *s = &f->paper.sheets[0];
	const struct grid *g = s->grid;

	for (size_t i = 0; row != 0 && i < g->n_rows && g->rows[i].row <= row; i++)
		for (size_t k = 0; g->rows[i].row == row && k < s->n_columns; k++) {
			const struct column *c = &s->columns[k];
			bool in = c->reserved == RES_NOTE && g->rows[i].to - g->rows[i].from >= c->col;
			struct span note = in ? span_trim(grid_cell(g, g->rows[i].from + c->col - 1)) :
			    (struct span){ "", 0 };

			if (note.n > 0 && !words_has(&j->rs->messages, "empty", note))
				return true;
		}
	return false;
}

/* Days and numbers of an earlier week on a table that counts for this one: asked about, the first of each place. */
static void check_said(struct judging *j, struct judged *f)
{
	const struct said_day *said = f->paper.said;
	char week[9], from[11], to[11];
	struct message_arg args[] = { { "said", NULL }, { "week", week }, { "from", from }, { "to", to } };
	uint32_t row = UINT32_MAX;

	week_format(f->declared.week, week);
	day_format(f->declared.first, from);
	day_format(f->declared.last, to);
	for (size_t i = 0; i < f->paper.n_said && f->paper.n_sheets > 0; i++) {
		struct finding at = { .row = said[i].row, .value = said[i].text };

		if (said[i].row == row || !is_stale(f, i))
			continue;
		row = said[i].row;
		args[0].value = said[i].text;
		finding_say(&f->file_findings, &j->rs->messages, row == 0 ? "week.stale.name" : "week.stale", &at, args,
		    4)->explained = has_note(j, f, row);
	}
}

static void span_show(struct buf *out, const struct messages *m, instant_t seconds)
{
	struct buf v[3] = { { 0 } };
	struct message_arg args[3] = { { "days", NULL }, { "hours", NULL }, { "minutes", NULL } };
	long minutes = (long)((seconds + 59) / 60);

	buf_fmt(&v[0], "%ld", minutes / 1440);
	buf_fmt(&v[1], "%ld", minutes / 60 % 24);
	buf_fmt(&v[2], "%ld", minutes % 60);
	for (size_t i = 0; i < 3; i++)
		args[i].value = buf_cstr(&v[i]);
	message_says(out, m, minutes >= 1440 ? "span.days" : minutes >= 60 ? "span.hours" : "span.minutes",
	    args, 3);
	for (size_t i = 0; i < 3; i++)
		buf_free(&v[i]);
}

static void check_late(struct judging *j, struct judged *f)
{
	struct buf by = { 0 }, cutoff = { 0 };
	struct message_arg args[2] = { { "by", NULL }, { "cutoff", NULL } };

	f->late = f->label.received_at > j->window.cutoff;
	/* A correction is in nobody's time. */
	if (!f->late || f->correction)
		return;
	span_show(&by, &j->rs->messages, f->label.received_at - j->window.cutoff);
	instant_show(&cutoff, &j->rs->messages, j->window.cutoff);
	args[0].value = buf_cstr(&by);
	args[1].value = buf_cstr(&cutoff);
	say_file(j, f, "late", args, 2);
	buf_free(&by);
	buf_free(&cutoff);
}

/* ---- again ---- */

/* Whether NAME, N bytes, is one of a list separated by blanks. */
static bool list_has(const char *list, const char *name, size_t n)
{
	while (*list != '\0') {
		size_t m = strcspn(list, " ");

		if (m == n && memcmp(list, name, n) == 0)
			return true;
		list += m;
		list += strspn(list, " ");
	}
	return false;
}

/* Whether two lists of names share one. */
static bool shares_form(const char *a, const char *b)
{
	while (*a != '\0') {
		size_t n = strcspn(a, " ");

		if (list_has(b, a, n))
			return true;
		a += n;
		a += strspn(a, " ");
	}
	return false;
}

bool verdict_is_whole(const char *verdict)
{
	return strcmp(verdict, "accepted") == 0 || strcmp(verdict, "warned") == 0;
}

/* The unit's latest file of any of these forms, before this batch; NULL if there is none. */
static const struct earlier *latest_earlier(const struct judging *j, const char *forms)
{
	for (size_t i = j->n_earlier; i-- > 0;)
		if (strcmp(j->earlier[i].verdict, "duplicate") != 0 && shares_form(forms,
		    j->earlier[i].forms))
			return &j->earlier[i];
	return NULL;
}

static void say_duplicate(struct judging *j, struct judged *f, int number)
{
	struct buf text = { 0 };
	struct message_arg arg = { "number", NULL };

	buf_fmt(&text, "%03d", number);
	arg.value = buf_cstr(&text);
	say_file(j, f, "duplicate", &arg, 1);
	f->duplicate_of = number;
	buf_free(&text);
}

void judge_duplicate(struct judging *j, size_t index)
{
	struct judged *f = &j->files[index];
	const struct earlier *e;
	char declared[9];

	week_format(f->declared.week, declared);
	for (size_t i = index; i-- > 0;) {
		const struct judged *g = &j->files[i];

		if (g->duplicate_of != 0 || !shares_form(f->forms, g->forms))
			continue;
		if (g->verdict != NULL && verdict_is_whole(g->verdict) && strcmp(g->label.sha256,
		    f->label.sha256) == 0 &&
		    week_cmp(g->declared.week, f->declared.week) == 0)
			say_duplicate(j, f, g->label.number);
		return;
	}
	e = latest_earlier(j, f->forms);
	if (e != NULL && verdict_is_whole(e->verdict) && strcmp(e->sha256, f->label.sha256) == 0 &&
	    strcmp(e->rules, f->label.rules) == 0 && strcmp(e->declared, declared) == 0)
		say_duplicate(j, f, e->number);
}

/* ---- all of it ---- */

static void name_forms(struct judged *f)
{
	struct buf forms = { 0 };

	for (size_t i = 0; i < f->paper.n_sheets; i++) {
		if (i > 0)
			buf_char(&forms, ' ');
		buf_str(&forms, f->paper.sheets[i].form->name);
	}
	f->forms = arena_dup(&f->arena, buf_cstr(&forms));
	buf_free(&forms);
}

static void check_rows(struct judging *j, struct judged *f)
{
	size_t rows = 0;

	for (size_t i = 0; i < f->paper.n_sheets; i++)
		rows += f->paper.sheets[i].n_rows;
	if (rows == 0 && findings_worst(&f->file_findings) < SEV_FATAL)
		say_file(j, f, "file.no_rows", NULL, 0);
}

static void refuse_unread(struct judging *j, struct judged *f)
{
	struct buf id = { 0 };

	buf_fmt(&id, "refused.%s", f->label.why);
	say_file(j, f, buf_cstr(&id), NULL, 0);
	buf_free(&id);
}

int judge_file(struct judging *j, struct judged *f, struct why *why)
{
	struct buf name = { 0 };

	f->forms = arena_dup(&f->arena, "");
	f->declared = j->window;
	if (f->label.kind == LABEL_REFUSED) {
		refuse_unread(j, f);
		check_late(j, f);
		f->refused = true;
		return 0;
	}
	if (box_read(j->conf, &j->rs->limits, &j->rs->messages, f->fd, &f->reading, why) != 0)
		return why_set(why, why->code, "%s/%03d: %s", j->unit, f->label.number, why->text);
	f->has_reading = true;
	for (size_t i = 0; i < f->reading.findings.n; i++)
		(void)finding_add(&f->file_findings, &f->reading.findings.v[i]);
	if (findings_worst(&f->file_findings) < SEV_FATAL) {
		name_show(&name, f->label.name);
		paper_understand_of(j->rs, j->unit, &f->reading, arena_dup(&f->arena, buf_cstr(&name)), &f->paper,
		    &f->file_findings);
		buf_free(&name);
		name_forms(f);
		check_unit(j, f);
		check_office(j, f);
		check_week(j, f);
		check_said(j, f);
		check_rows(j, f);
	}
	check_late(j, f);
	f->refused = findings_worst(&f->file_findings) >= SEV_FATAL;
	ledger_lay(&f->findings, &f->file_findings);
	f->n_file_findings = f->findings.n;
	return 0;
}
