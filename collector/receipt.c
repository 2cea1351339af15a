/*
 * receipt - what the unit gets back: the conclusion first, then what was read, what is wrong and how
 * to mend it, what was not checked, what is still missing, and what to do by when.  All words come
 * from templates/messages/receipt.xml.
 */
#include "receipt.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- the conclusion ---- */

static void conclusion(struct writer *w)
{
	struct buf id = { 0 }, held = { 0 }, number = { 0 }, text = { 0 };
	struct message_arg args[] = { { "held", NULL }, { "number", NULL } };

	buf_fmt(&id, "verdict.%s", w->f->verdict);
	buf_fmt(&held, "%ld", w->f->rows_held);
	buf_fmt(&number, "%03d", w->f->duplicate_of);
	args[0].value = buf_cstr(&held);
	args[1].value = buf_cstr(&number);
	message_says(&text, w->m, buf_cstr(&id), args, 2);
	writer_say_one(w, 0, "receipt.conclusion", "conclusion", buf_cstr(&text));
	buf_free(&id);
	buf_free(&held);
	buf_free(&number);
	buf_free(&text);
}

/* What is missing of each form: how many, by its title. */
static void missing_forms(struct buf *out, const struct judging *j, const struct messages *m)
{
	for (size_t from = 0, i = 1; i <= j->n_missing; i++) {
		struct buf count = { 0 };
		struct message_arg args[] = { { "form", j->missing[from].form->title }, { "count", NULL } };

		if (i < j->n_missing && j->missing[i].form == j->missing[from].form)
			continue;
		buf_fmt(&count, "%zu", i - from);
		args[1].value = buf_cstr(&count);
		if (from > 0)
			message_says(out, m, "list.or", NULL, 0);
		message_says(out, m, "next.missing.form", args, 2);
		buf_free(&count);
		from = i;
	}
}

static void next_step(struct writer *w)
{
	const struct judged *f = w->f;
	bool past = f->label.received_at > w->j->window.cutoff;
	struct buf id = { 0 }, deadline = { 0 }, seal = { 0 }, text = { 0 };
	struct buf forms = { 0 };
	struct message_arg arg = { "deadline", NULL }, missing = { "forms", NULL };

	missing_forms(&forms, w->j, w->m);
	missing.value = buf_cstr(&forms);
	buf_fmt(&id, "next.%s", f->verdict);
	instant_show(&deadline, w->m, past ? w->j->window.seal : w->j->window.cutoff);
	instant_show(&seal, w->m, w->j->window.seal);
	arg.value = buf_cstr(&deadline);
	message_says(&text, w->m, buf_cstr(&id), &arg, 1);
	if (f->duplicate_of == 0) {
		arg.value = buf_cstr(&seal);
		message_says(&text, w->m, past ? "next.late" : "next.seal", &arg, 1);
	}
	if (w->j->n_missing > 0 && w->j->site != NULL && !f->correction)
		message_says(&text, w->m, "next.missing", &missing, 1);
	writer_say_one(w, 0, "receipt.next", "next", buf_cstr(&text));
	buf_free(&forms);
	buf_free(&id);
	buf_free(&deadline);
	buf_free(&seal);
	buf_free(&text);
}

/* Why the file is refused: the first of what is fatal in it. */
static bool say_reason(struct writer *w)
{
	struct ledger_reader r = { 0 };
	struct buf count = { 0 };
	size_t first = 0, n = 0;

	for (size_t i = 0; i < w->f->findings.n; i++) {
		if (w->f->findings.v[i].severity < SEV_FATAL)
			continue;
		if (n++ == 0)
			first = i;
	}
	if (n == 0)
		return false;
	buf_fmt(&count, "%zu", n);
	writer_say(w, 0, n > 1 ? "receipt.reason.first" : "receipt.reason",
	    (struct message_arg[]){ { "says", ledger_at(&r, &w->f->findings, first)->message },
		{ "count", buf_cstr(&count) } }, 2);
	ledger_done(&r);
	buf_free(&count);
	return true;
}

#define MOST_HELD 10                    /* rows or runs of rows that the head of a receipt names */

/* FROM to TO, as one of a list. */
static void add_run(struct buf *out, const struct messages *m, uint32_t from, uint32_t to)
{
	struct buf a = { 0 }, b = { 0 };

	buf_fmt(&a, "%u", from);
	buf_fmt(&b, "%u", to);
	if (out->len > 0)
		message_says(out, m, "list.or", NULL, 0);
	if (from == to)
		buf_str(out, buf_cstr(&a));
	else
		message_says(out, m, "receipt.held.run",
		    (struct message_arg[]){ { "from", buf_cstr(&a) }, { "to", buf_cstr(&b) } }, 2);
	buf_free(&a);
	buf_free(&b);
}

/* The rows that are held; false if there are none. */
static bool list_held(struct buf *out, const struct writer *w)
{
	uint32_t from = 0, to = 0;
	size_t runs = 0;

	for (size_t i = 0; i < w->f->n_sheets; i++)
		for (size_t k = 0; k < w->f->sheets[i].n_rows; k++) {
			uint32_t row = w->f->sheets[i].rows[k].row;

			if (!w->f->sheets[i].rows[k].held || row == to)
				continue;
			if (from != 0 && row != to + 1 && runs++ < MOST_HELD)
				add_run(out, w->m, from, to);
			if (from == 0 || row != to + 1)
				from = row;
			to = row;
		}
	if (from != 0 && runs < MOST_HELD)
		add_run(out, w->m, from, to);
	else if (from != 0)
		message_says(out, w->m, "receipt.held.more", NULL, 0);
	return from != 0;
}

/* What to look at first, for who reads no further. */
static void say_first(struct writer *w)
{
	struct buf rows = { 0 };

	if (w->f->duplicate_of == 0 && !say_reason(w) && list_held(&rows, w))
		writer_say_one(w, 0, "receipt.held", "rows", buf_cstr(&rows));
	buf_free(&rows);
}

/* ---- the file ---- */

static void day_show(struct buf *out, const struct messages *m, day_t d)
{
	int year, month, day;
	struct buf v[3] = { { 0 } };
	struct message_arg args[3] = { { "year", NULL }, { "month", NULL }, { "day", NULL } };

	day_split(d, &year, &month, &day);
	buf_fmt(&v[0], "%d", year);
	buf_fmt(&v[1], "%d", month);
	buf_fmt(&v[2], "%d", day);
	for (size_t i = 0; i < 3; i++)
		args[i].value = buf_cstr(&v[i]);
	message_says(out, m, "receipt.day", args, 3);
	for (size_t i = 0; i < 3; i++)
		buf_free(&v[i]);
}

static void say_week(struct writer *w)
{
	const struct judged *f = w->f;
	struct buf from = { 0 }, to = { 0 };
	char week[9], counting[9];
	struct message_arg args[] = { { "week", week }, { "from", NULL }, { "to", NULL }, { "counting",
	    counting } };

	week_format(f->declared.week, week);
	week_format(w->j->window.week, counting);
	day_show(&from, w->m, f->declared.first);
	day_show(&to, w->m, f->declared.last);
	args[1].value = buf_cstr(&from);
	args[2].value = buf_cstr(&to);
	writer_say(w, 2, f->correction ? "receipt.week.correction" : "receipt.week", args, 4);
	buf_free(&from);
	buf_free(&to);
}

/* Received before the seal of an earlier week than the one it counts for: that one was sealed without it. */
static void say_missed_seal(struct writer *w)
{
	struct window own;
	struct why why;
	char missed[9], counting[9];
	struct message_arg args[] = { { "week", missed }, { "counting", counting } };

	if (calendar_counting(w->j->rs->calendar, w->f->label.received_at, &own, &why) != 0 ||
	    week_cmp(own.week, w->j->window.week) >= 0)
		return;
	week_format(own.week, missed);
	week_format(w->j->window.week, counting);
	writer_say(w, 2, w->f->correction ? "receipt.missed.correction" : "receipt.missed", args, 2);
}

/* The late finding says by how much; the same words stand here. */
static void say_time(struct writer *w)
{
	struct buf received = { 0 }, cutoff = { 0 };
	const char *rule = message_find(w->m, "late")->rule, *late = NULL;
	struct ledger_reader r = { 0 };

	instant_show(&received, w->m, w->f->label.received_at);
	instant_show(&cutoff, w->m, w->j->window.cutoff);
	writer_say_one(w, 2, "receipt.received", "received", buf_cstr(&received));
	for (size_t i = 0; i < w->f->findings.n; i++)
		if (strcmp(ledger_rule(&w->f->findings, i), rule) == 0)
			late = ledger_at(&r, &w->f->findings, i)->message;
	if (late != NULL)
		writer_say_one(w, 2, "receipt.late", "late", late);
	else if (!w->f->correction)
		writer_say_one(w, 2, "receipt.in_time", "cutoff", buf_cstr(&cutoff));
	say_missed_seal(w);
	ledger_done(&r);
	buf_free(&received);
	buf_free(&cutoff);
}

static void say_forms(struct writer *w)
{
	struct buf forms = { 0 };

	for (size_t i = 0; i < w->f->paper.n_sheets; i++) {
		struct message_arg arg = { "title", w->f->paper.sheets[i].form->title };

		message_says(&forms, w->m, "receipt.form", &arg, 1);
	}
	if (forms.len > 0)
		writer_say_one(w, 2, "receipt.forms", "forms", buf_cstr(&forms));
	buf_free(&forms);
}

static void say_file(struct writer *w)
{
	const struct judged *f = w->f;
	const struct unit *unit = ruleset_unit(w->j->rs, w->j->unit);
	struct buf name = { 0 }, size = { 0 }, number = { 0 };
	char week[9];
	struct message_arg numbered[] = { { "week", week }, { "number", NULL } };
	struct message_arg named[] = { { "name", unit != NULL ? unit->name : "" }, { "unit", w->j->unit } };

	week_format(w->j->window.week, week);
	name_show(&name, f->label.name);
	buf_fmt(&size, "%llu", (unsigned long long)f->label.size);
	buf_fmt(&number, "%03d", f->label.number);
	numbered[1].value = buf_cstr(&number);
	writer_section(w, "receipt.section.file");
	writer_say(w, 2, "receipt.number", numbered, 2);
	writer_say(w, 2, "receipt.unit", named, 2);
	say_week(w);
	writer_say_one(w, 2, "receipt.name", "name", buf_cstr(&name));
	say_forms(w);
	writer_say_one(w, 2, "receipt.size", "size", buf_cstr(&size));
	if (f->label.sha256[0] != '\0')
		writer_say_one(w, 2, "receipt.sha256", "sha256", f->label.sha256);
	say_time(w);
	if (f->paper.prepared_by != NULL)
		writer_say_one(w, 2, "receipt.prepared", "prepared", f->paper.prepared_by);
	if (f->paper.reviewed_by != NULL)
		writer_say_one(w, 2, "receipt.reviewed", "reviewed", f->paper.reviewed_by);
	buf_free(&name);
	buf_free(&size);
	buf_free(&number);
}

/* ---- counts and control totals ---- */

static void say_counts(struct writer *w)
{
	const struct judged *f = w->f;
	long counts[] = { f->rows_read, f->rows_accepted, f->rows_held, f->rows_withdrawn };
	static const char *const names[] = { "read", "accepted", "held", "withdrawn" };
	struct buf v[4] = { { 0 } };
	struct message_arg args[4];

	for (size_t i = 0; i < 4; i++) {
		buf_fmt(&v[i], "%ld", counts[i]);
		args[i] = (struct message_arg){ names[i], buf_cstr(&v[i]) };
	}
	writer_say(w, 2, f->refused ? "receipt.rows.refused" : "receipt.rows", args, f->refused ? 1 : 4);
	for (size_t i = 0; i < 4; i++)
		buf_free(&v[i]);
}

static const char *control_id(const struct control *c)
{
	return c->partial ? "receipt.control.partial" : c->said == NULL ? "receipt.control.alone" : !c->agrees
	    ? "receipt.control.differs" : c->by != NULL ? "receipt.control.rounded" :
	    "receipt.control.agrees";
}

static void say_controls(struct writer *w, const struct judged_sheet *s)
{
	for (size_t i = 0; i < s->n_controls; i++) {
		const struct control *c = &s->controls[i];
		struct message_arg args[] = { { "form", s->sheet->form->title }, { "title", c->title },
		    { "sum", c->sum },
			{ "unit", c->unit_word }, { "said", c->said }, { "by", c->by } };

		writer_say(w, 2, control_id(c), args, 6);
	}
}

static void say_assigned(struct writer *w, const struct judged_sheet *s)
{
	for (size_t i = 0; i < s->n_rows; i++) {
		struct buf row = { 0 };
		struct message_arg args[] = { { "row", NULL }, { "number", s->rows[i].assigned } };

		if (s->rows[i].assigned == NULL || s->rows[i].held || w->f->refused)
			continue;
		buf_fmt(&row, "%u", s->rows[i].row);
		args[0].value = buf_cstr(&row);
		writer_say(w, 2, "receipt.assigned", args, 2);
		buf_free(&row);
	}
}

static void say_rows(struct writer *w)
{
	writer_section(w, "receipt.section.rows");
	say_counts(w);
	for (size_t i = 0; i < w->f->n_sheets; i++) {
		say_controls(w, &w->f->sheets[i]);
		say_assigned(w, &w->f->sheets[i]);
	}
}

/* ---- how it was read ---- */

static const char *separator_id(char c)
{
	return c == '\t' ? "separator.tab" : c == ';' ? "separator.semicolon" : "separator.comma";
}

static void say_encoding(struct writer *w)
{
	const struct reading *r = &w->f->reading;
	struct buf id = { 0 }, text = { 0 };

	buf_fmt(&id, "encoding.%s", r->encoding);
	for (size_t i = 0; i < id.len; i++)
		id.s[i] = (char)tolower((unsigned char)id.s[i]);
	if (message_find(w->m, buf_cstr(&id)) != NULL)
		message_says(&text, w->m, buf_cstr(&id), NULL, 0);
	else
		buf_str(&text, r->encoding);
	writer_say_one(w, 2, "receipt.encoding", "encoding", buf_cstr(&text));
	buf_reset(&text);
	if (r->format == SOURCE_CSV) {
		message_says(&text, w->m, separator_id(r->separator), NULL, 0);
		writer_say_one(w, 2, "receipt.format.csv", "separator", buf_cstr(&text));
	} else {
		writer_say(w, 2, "receipt.format.xml", NULL, 0);
	}
	buf_free(&id);
	buf_free(&text);
}

static void say_header(struct writer *w, const struct sheet *s)
{
	struct buf row = { 0 };
	struct message_arg args[] = { { "form", s->form->title }, { "row", NULL } };

	buf_fmt(&row, "%u", s->header_row);
	args[1].value = buf_cstr(&row);
	if (s->header_row != 0)
		writer_say(w, 2, "receipt.columns", args, 2);
	buf_free(&row);
}

static void say_conversion(struct writer *w, const struct finding *x)
{
	struct buf at = { 0 };
	struct message_arg args[] = { { "place", NULL }, { "says", x->message } };

	writer_place(&at, w, x);
	args[0].value = buf_cstr(&at);
	writer_say(w, 4, at.len > 0 ? "receipt.note" : "receipt.note.file", args, 2);
	buf_free(&at);
}

static void say_conversions(struct writer *w)
{
	struct ledger_reader r = { 0 };
	size_t said = 0;

	for (size_t i = 0; i < w->f->findings.n; i++) {
		if (w->f->findings.v[i].severity != SEV_NOTE)
			continue;
		if (said++ == 0)
			writer_say(w, 2, "receipt.conversions", NULL, 0);
		if (said <= 2 * MOST_PLACES)
			say_conversion(w, ledger_at(&r, &w->f->findings, i));
	}
	ledger_done(&r);
	if (said > 2 * MOST_PLACES) {
		struct buf more = { 0 };

		buf_fmt(&more, "%zu", said - 2 * MOST_PLACES);
		writer_say_one(w, 4, "receipt.more", "count", buf_cstr(&more));
		buf_free(&more);
	}
}

static void say_reading(struct writer *w)
{
	writer_section(w, "receipt.section.reading");
	if (!w->f->has_reading || w->f->reading.encoding == NULL || w->f->reading.encoding[0] == '\0' ||
	    w->f->reading.n_grids == 0)
		writer_say(w, 2, "receipt.unread", NULL, 0);
	else
		say_encoding(w);
	for (size_t i = 0; i < w->f->paper.n_sheets; i++)
		say_header(w, &w->f->paper.sheets[i]);
	say_conversions(w);
}

/* ---- all of it ---- */

/* Rationale: Notepad before 2018 shows a bare LF as nothing, and takes UTF-8 without a mark for GBK. */
static int pass_to_notepad(void *to, const char *s, size_t n, struct why *why)
{
	struct outlet *file = to;

	(void)why;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			buf_char(&file->out, '\r');
		buf_char(&file->out, s[i]);
	}
	outlet_flow(file);
	return 0;
}

int receipt_write(struct outlet *out, const struct judging *j, const struct judged *f, struct why *why)
{
	struct outlet text = { .pass = pass_to_notepad, .to = out };

	buf_str(&out->out, "\xef\xbb\xbf");
	receipt_text(&text, j, f);
	return outlet_close(&text, why);
}

void receipt_text(struct outlet *out, const struct judging *j, const struct judged *f)
{
	struct writer w = { .outlet = out, .out = &out->out, .j = j, .f = f, .m = &j->rs->messages };

	writer_say(&w, 0, j->trial ? "receipt.title.trial" : "receipt.title", NULL, 0);
	buf_char(w.out, '\n');
	conclusion(&w);
	receipt_correction(&w);
	next_step(&w);
	say_first(&w);
	say_file(&w);
	say_rows(&w);
	say_reading(&w);
	receipt_findings(&w);
	receipt_say_unchecked(&w);
	receipt_missing(&w);
}
