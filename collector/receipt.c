/*
 * receipt - what the unit gets back: the conclusion first, then what was read, what is wrong and how
 * to mend it, what was not checked, what is still missing, and what to do by when.  All words come
 * from templates/messages/receipt.xml.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"

#define WIDTH        78                 /* columns; a mark that may not begin a line may hang over by two */
#define MOST_PLACES  20                 /* of one rule */
#define MOST_MISSING 200                /* of one form */

struct writer {
	struct buf            *out;
	const struct judging  *j;
	const struct judged   *f;
	const struct messages *m;
};

/* ---- lines ---- */

/* The next piece of P that may not be parted: a run of ASCII, or one character. */
static struct span piece(const char *p, const char *end)
{
	const char *start = p;

	if ((unsigned char)*p >= 0x80) {
		if (utf8_next(&p, end) < 0)
			p++;
		return (struct span){ start, (size_t)(p - start) };
	}
	if (*p == ' ')
		return (struct span){ start, 1 };
	while (p < end && (unsigned char)*p < 0x80 && *p != ' ')
		p++;
	return (struct span){ start, (size_t)(p - start) };
}

/* Whether the piece is one of the marks of text ID. */
static bool is_mark(const struct writer *w, const char *id, struct span s)
{
	const char *marks = message_find(w->m, id)->says;
	char mark[8];

	if (s.n == 0 || s.n >= sizeof mark)
		return false;
	memcpy(mark, s.s, s.n);
	mark[s.n] = '\0';
	return strstr(marks, mark) != NULL;
}

/* The next piece; an opening mark stays with what it opens. */
static struct span unit_of_line(const struct writer *w, const char *p, const char *end)
{
	struct span s = piece(p, end);
	struct span last = s;

	while (is_mark(w, "receipt.no_end", last) && s.s + s.n < end) {
		last = piece(s.s + s.n, end);
		s.n += last.n;
	}
	return s;
}

/* One paragraph, broken at WIDTH; what follows the first line stands two columns further in. */
static void line(struct writer *w, size_t indent, const char *text)
{
	const char *p = text, *end = text + strlen(text);
	size_t at = indent, hang = indent + 2;

	buf_fmt(w->out, "%*s", (int)indent, "");
	while (p < end) {
		struct span s = unit_of_line(w, p, end);
		size_t width = text_width(s);

		if (at + width > WIDTH && at > hang && !is_mark(w, "receipt.no_start", s)) {
			buf_fmt(w->out, "\n%*s", (int)hang, "");
			at = hang;
		}
		if (!(at == hang && s.n == 1 && *s.s == ' ')) {
			buf_add(w->out, s.s, s.n);
			at += width;
		}
		p += s.n;
	}
	buf_char(w->out, '\n');
}

static void say(struct writer *w, size_t indent, const char *id, const struct message_arg *args, size_t n)
{
	struct buf text = { 0 };

	message_says(&text, w->m, id, args, n);
	line(w, indent, buf_cstr(&text));
	buf_free(&text);
}

static void say_one(struct writer *w, size_t indent, const char *id, const char *name, const char *value)
{
	struct message_arg arg = { name, value };

	say(w, indent, id, &arg, 1);
}

static void section(struct writer *w, const char *id)
{
	buf_char(w->out, '\n');
	say(w, 0, id, NULL, 0);
}

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
	say_one(w, 0, "receipt.conclusion", "conclusion", buf_cstr(&text));
	buf_free(&id);
	buf_free(&held);
	buf_free(&number);
	buf_free(&text);
}

static void next_step(struct writer *w)
{
	const struct judged *f = w->f;
	bool past = f->label.received_at > w->j->window.cutoff;
	struct buf id = { 0 }, deadline = { 0 }, seal = { 0 }, text = { 0 };
	struct buf count = { 0 };
	struct message_arg arg = { "deadline", NULL }, missing = { "count", NULL };

	buf_fmt(&count, "%zu", w->j->n_missing);
	missing.value = buf_cstr(&count);
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
	say_one(w, 0, "receipt.next", "next", buf_cstr(&text));
	buf_free(&count);
	buf_free(&id);
	buf_free(&deadline);
	buf_free(&seal);
	buf_free(&text);
}

/* ---- the file ---- */

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
	say(w, 2, f->correction ? "receipt.week.correction" : "receipt.week", args, 4);
	buf_free(&from);
	buf_free(&to);
}

/* The late finding says by how much; the same words stand here. */
static void say_time(struct writer *w)
{
	struct buf received = { 0 }, cutoff = { 0 };
	const char *rule = message_find(w->m, "late")->rule, *late = NULL;

	instant_show(&received, w->m, w->f->label.received_at);
	instant_show(&cutoff, w->m, w->j->window.cutoff);
	say_one(w, 2, "receipt.received", "received", buf_cstr(&received));
	for (size_t i = 0; i < w->f->findings.n; i++)
		if (strcmp(w->f->findings.v[i].rule, rule) == 0)
			late = w->f->findings.v[i].message;
	if (late != NULL)
		say_one(w, 2, "receipt.late", "late", late);
	else if (!w->f->correction)
		say_one(w, 2, "receipt.in_time", "cutoff", buf_cstr(&cutoff));
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
		say_one(w, 2, "receipt.forms", "forms", buf_cstr(&forms));
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
	section(w, "receipt.section.file");
	say(w, 2, "receipt.number", numbered, 2);
	say(w, 2, "receipt.unit", named, 2);
	say_week(w);
	say_one(w, 2, "receipt.name", "name", buf_cstr(&name));
	say_forms(w);
	say_one(w, 2, "receipt.size", "size", buf_cstr(&size));
	if (f->label.sha256[0] != '\0')
		say_one(w, 2, "receipt.sha256", "sha256", f->label.sha256);
	say_time(w);
	if (f->paper.prepared_by != NULL)
		say_one(w, 2, "receipt.prepared", "prepared", f->paper.prepared_by);
	if (f->paper.reviewed_by != NULL)
		say_one(w, 2, "receipt.reviewed", "reviewed", f->paper.reviewed_by);
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
	say(w, 2, f->refused ? "receipt.rows.refused" : "receipt.rows", args, f->refused ? 1 : 4);
	for (size_t i = 0; i < 4; i++)
		buf_free(&v[i]);
}

static const char *control_id(const struct control *c)
{
	return c->partial ? "receipt.control.partial" : c->said == NULL ? "receipt.control.alone" : !c->agrees
	    ? "receipt.control.differs" : c->by != NULL ? "receipt.control.rounded" : "receipt.control.agrees";
}

static void say_controls(struct writer *w, const struct judged_sheet *s)
{
	for (size_t i = 0; i < s->n_controls; i++) {
		const struct control *c = &s->controls[i];
		struct message_arg args[] = { { "form", s->sheet->form->title }, { "title", c->title },
		    { "sum", c->sum },
			{ "unit", c->unit_word }, { "said", c->said }, { "by", c->by } };

		say(w, 2, control_id(c), args, 6);
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
		say(w, 2, "receipt.assigned", args, 2);
		buf_free(&row);
	}
}

static void say_rows(struct writer *w)
{
	section(w, "receipt.section.rows");
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
	say_one(w, 2, "receipt.encoding", "encoding", buf_cstr(&text));
	buf_reset(&text);
	if (r->format == SOURCE_CSV) {
		message_says(&text, w->m, separator_id(r->separator), NULL, 0);
		say_one(w, 2, "receipt.format.csv", "separator", buf_cstr(&text));
	} else {
		say(w, 2, "receipt.format.xml", NULL, 0);
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
		say(w, 2, "receipt.columns", args, 2);
	buf_free(&row);
}

static void place(struct buf *out, const struct writer *w, const struct finding *x)
{
	char letters[8];
	struct buf row = { 0 };
	struct message_arg args[] = { { "row", NULL }, { "column", letters }, { "header", x->header },
	    { "title", NULL } };
	bool xml = w->f->has_reading && w->f->reading.format == SOURCE_XML;
	const struct form *form = x->form != NULL ? ruleset_form(w->j->rs, x->form) : NULL;
	const struct field *field = form != NULL && x->field != NULL ? form_field(form, x->field) : NULL;

	if (x->row == 0)
		return;
	column_letters(x->col, letters);
	buf_fmt(&row, "%u", x->row);
	args[0].value = buf_cstr(&row);
	args[3].value = field != NULL ? field->title : NULL;
	message_says(out, w->m, x->header == NULL || x->col == 0 ? "receipt.place.row" : xml
	    ? "receipt.place.xml"
	    : "receipt.place", args, 4);
	buf_free(&row);
}

static void say_conversions(struct writer *w)
{
	size_t said = 0;

	for (size_t i = 0; i < w->f->findings.n; i++) {
		const struct finding *x = &w->f->findings.v[i];
		struct buf at = { 0 };
		struct message_arg args[] = { { "place", NULL }, { "says", x->message } };

		if (x->severity != SEV_NOTE)
			continue;
		if (said++ == 0)
			say(w, 2, "receipt.conversions", NULL, 0);
		place(&at, w, x);
		args[0].value = buf_cstr(&at);
		if (said <= 2 * MOST_PLACES)
			say(w, 4, at.len > 0 ? "receipt.note" : "receipt.note.file", args, 2);
		buf_free(&at);
	}
	if (said > 2 * MOST_PLACES) {
		struct buf more = { 0 };

		buf_fmt(&more, "%zu", said - 2 * MOST_PLACES);
		say_one(w, 4, "receipt.more", "count", buf_cstr(&more));
		buf_free(&more);
	}
}

static void say_reading(struct writer *w)
{
	section(w, "receipt.section.reading");
	if (!w->f->has_reading || w->f->reading.encoding == NULL || w->f->reading.encoding[0] == '\0' ||
	    w->f->reading.n_grids == 0)
		say(w, 2, "receipt.unread", NULL, 0);
	else
		say_encoding(w);
	for (size_t i = 0; i < w->f->paper.n_sheets; i++)
		say_header(w, &w->f->paper.sheets[i]);
	say_conversions(w);
}

/* ---- findings by rule ---- */

static int by_rule(const void *a, const void *b)
{
	const struct finding *const *x = a, *const *y = b;
	int c;

	if ((*x)->severity != (*y)->severity)
		return (*x)->severity > (*y)->severity ? -1 : 1;
	if ((*x)->explained != (*y)->explained)
		return (*x)->explained ? 1 : -1;
	c = strcmp((*x)->rule, (*y)->rule);
	if (c != 0)
		return c;
	/* Both are of one sorted list: the order there is by place. */
	return *x < *y ? -1 : *x > *y;
}

/* What would not be said of the row without X: only its rules' names. */
static void say_covered(struct writer *w, const struct finding *x)
{
	struct buf rules = { 0 };

	for (size_t i = findings_at(&w->f->findings, x->row);
	    i < w->f->findings.n && w->f->findings.v[i].row == x->row; i++) {
		const struct finding *y = &w->f->findings.v[i];

		if (y->cause == NULL || strcmp(y->cause, x->rule) != 0 || y->form == NULL ||
		    x->form == NULL || strcmp(y->form, x->form) != 0)
			continue;
		message_says(&rules, w->m, "receipt.covered.rule", &(struct message_arg){ "rule", y->rule },
		    1);
	}
	if (rules.len > 0)
		say_one(w, 6, "receipt.covered", "rules", buf_cstr(&rules));
	buf_free(&rules);
}

static void say_finding(struct writer *w, const struct finding *x, bool mend)
{
	struct buf head = { 0 };

	place(&head, w, x);
	if (x->key != NULL && x->row != 0)
		message_says(&head, w->m, "receipt.key", &(struct message_arg){ "key", x->key }, 1);
	if (head.len > 0)
		line(w, 4, buf_cstr(&head));
	/* The row's own key stands beside its place already. */
	if (!x->explained && x->value != NULL && x->value[0] != '\0' &&
	    (x->key == NULL || strcmp(x->value, x->key) != 0)) {
		struct buf value = { 0 };

		text_escape(&value, span_of(x->value));
		say_one(w, 6, "receipt.value", "value", buf_cstr(&value));
		buf_free(&value);
	}
	say_one(w, head.len > 0 ? 6 : 4, "receipt.says", "says", x->message);
	if (x->suggest != NULL)
		say_one(w, 6, "receipt.suggest", "suggest", x->suggest);
	if (mend && x->mend != NULL)
		say_one(w, head.len > 0 ? 6 : 4, "receipt.mend", "mend", x->mend);
	say_covered(w, x);
	buf_free(&head);
}

static bool same_mend(const struct finding *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i]->mend == NULL || v[0]->mend == NULL || strcmp(v[i]->mend, v[0]->mend) != 0)
			return false;
	return true;
}

/* One rule: how often, the first places, and the mend once where it is the same for all. */
static void say_group(struct writer *w, const struct finding *const *v, size_t n)
{
	struct buf severity = { 0 }, id = { 0 }, count = { 0 };
	struct message_arg args[] = { { "rule", v[0]->rule }, { "severity", NULL }, { "count", NULL } };
	bool once = n > 1 && same_mend(v, n);

	buf_fmt(&id, "severity.%s", severity_name(v[0]->severity));
	message_says(&severity, w->m, buf_cstr(&id), NULL, 0);
	buf_fmt(&count, "%zu", n);
	args[1].value = buf_cstr(&severity);
	args[2].value = buf_cstr(&count);
	say(w, 2, v[0]->explained ? "receipt.group.explained" : "receipt.group", args, 3);
	for (size_t i = 0; i < n && i < MOST_PLACES; i++)
		say_finding(w, v[i], !once && !v[i]->explained);
	if (n > MOST_PLACES) {
		buf_reset(&count);
		buf_fmt(&count, "%zu", n - MOST_PLACES);
		say_one(w, 4, "receipt.more", "count", buf_cstr(&count));
	}
	if (once && !v[0]->explained)
		say_one(w, 4, "receipt.mend", "mend", v[0]->mend);
	buf_free(&severity);
	buf_free(&id);
	buf_free(&count);
}

/* What is still missing has a section of its own, and lateness stands with the time. */
static bool is_grouped(const struct writer *w, const struct finding *x)
{
	return x->severity > SEV_NOTE && x->cause == NULL && strcmp(x->rule, message_find(w->m, "late")->rule) != 0 &&
	    strcmp(x->rule, message_find(w->m, "due.missing")->rule) != 0;
}

/* What is missing is one of the things to look at; its names stand in a section of their own. */
static size_t say_due(struct writer *w)
{
	const char *rule = message_find(w->m, "due.missing")->rule;
	struct buf count = { 0 };
	struct message_arg args[] = { { "rule", rule }, { "count", NULL } };
	size_t n = 0;

	for (size_t i = 0; i < w->f->findings.n; i++)
		n += strcmp(w->f->findings.v[i].rule, rule) == 0;
	buf_fmt(&count, "%zu", n);
	args[1].value = buf_cstr(&count);
	if (n > 0)
		say(w, 2, "receipt.group.missing", args, 2);
	buf_free(&count);
	return n;
}

static void say_findings(struct writer *w)
{
	const struct finding **v = mem_alloc((w->f->findings.n + 1) * sizeof *v);
	size_t n = 0, from = 0;

	section(w, "receipt.section.findings");
	for (size_t i = 0; i < w->f->findings.n; i++)
		if (is_grouped(w, &w->f->findings.v[i]))
			v[n++] = &w->f->findings.v[i];
	if (w->f->duplicate_of != 0)
		say(w, 2, "receipt.findings.duplicate", NULL, 0);
	else if (n == 0 && say_due(w) == 0)
		say(w, 2, "receipt.findings.none", NULL, 0);
	if (n > 0)
		qsort(v, n, sizeof *v, by_rule);
	for (size_t i = 1; i <= n; i++)
		if (i == n || strcmp(v[i]->rule, v[from]->rule) != 0 || v[i]->severity != v[from]->severity ||
		    v[i]->explained != v[from]->explained) {
			say_group(w, v + from, i - from);
			from = i;
		}
	if (n > 0)
		(void)say_due(w);
	free(v);
}

/* ---- what was not checked, what is missing ---- */

static bool expects_total(const struct form *form)
{
	for (size_t i = 0; i < form->n_fields; i++)
		if (form->fields[i].total)
			return true;
	return false;
}

/* Where the lines of receipt_unchecked go. */
struct telling {
	const struct messages *m;
	void (*tell)(void *ctx, const char *text);
	void *ctx;
};

static void tell(const struct telling *t, const char *id, const char *name, const char *value)
{
	struct message_arg arg = { name, value };
	struct buf text = { 0 };

	message_says(&text, t->m, id, &arg, 1);
	t->tell(t->ctx, buf_cstr(&text));
	buf_free(&text);
}

void receipt_unchecked(const struct judging *j, const struct judged *f,
    void (*to)(void *ctx, const char *text), void *ctx)
{
	const struct telling t = { &j->rs->messages, to, ctx };
	struct buf count = { 0 };

	buf_fmt(&count, "%ld", f->rows_unchecked);
	if (f->refused)
		tell(&t, "receipt.unchecked.file", "", "");
	else if (f->rows_unchecked > 0)
		tell(&t, "receipt.unchecked.rows", "count", buf_cstr(&count));
	if (j->site == NULL)
		tell(&t, "receipt.unchecked.site", "", "");
	else if (!f->refused && f->duplicate_of == 0 && !f->has_before)
		tell(&t, "receipt.unchecked.first", "", "");
	for (size_t i = 0; i < f->n_sheets; i++)
		if (f->sheets[i].sheet->header_row != 0 && f->sheets[i].sheet->n_totals == 0 &&
		    expects_total(f->sheets[i].sheet->form))
			tell(&t, "receipt.unchecked.total", "form", f->sheets[i].sheet->form->title);
	tell(&t, "receipt.unchecked.others", "", "");
	buf_free(&count);
}

static void unchecked_line(void *ctx, const char *text)
{
	line(ctx, 2, text);
}

static void say_unchecked(struct writer *w)
{
	section(w, "receipt.section.unchecked");
	receipt_unchecked(w->j, w->f, unchecked_line, w);
}

static void say_missing_form(struct writer *w, const struct missing *v, size_t n)
{
	struct buf count = { 0 };
	struct message_arg args[] = { { "form", v[0].form->title }, { "count", NULL } };

	buf_fmt(&count, "%zu", n);
	args[1].value = buf_cstr(&count);
	say(w, 2, "receipt.missing.count", args, 2);
	for (size_t i = 0; i < n && i < MOST_MISSING; i++) {
		struct message_arg row[] = { { "key", v[i].key }, { "name", v[i].name } };

		say(w, 4, "receipt.missing.row", row, 2);
	}
	if (n > MOST_MISSING) {
		buf_reset(&count);
		buf_fmt(&count, "%zu", n - MOST_MISSING);
		say_one(w, 4, "receipt.missing.more", "count", buf_cstr(&count));
	}
	buf_free(&count);
}

static void say_missing(struct writer *w)
{
	const struct judging *j = w->j;
	struct buf held = { 0 };
	size_t from = 0;

	buf_fmt(&held, "%zu", j->n_due_held);
	section(w, "receipt.section.missing");
	if (j->site == NULL)
		say(w, 2, "receipt.missing.site", NULL, 0);
	else if (j->n_due == 0)
		say(w, 2, "receipt.missing.nothing_due", NULL, 0);
	else if (j->n_missing == 0 && j->n_due_held == 0)
		say(w, 2, "receipt.missing.none", NULL, 0);
	else if (j->n_missing == 0)
		say_one(w, 2, "receipt.missing.held", "count", buf_cstr(&held));
	for (size_t i = 1; i <= j->n_missing; i++)
		if (i == j->n_missing || j->missing[i].form != j->missing[from].form) {
			say_missing_form(w, j->missing + from, i - from);
			from = i;
		}
	buf_free(&held);
}

/* ---- all of it ---- */

/* Rationale: Notepad before 2018 shows a bare LF as nothing, and takes UTF-8 without a mark for GBK. */
static void put_for_notepad(struct buf *out, const struct buf *text)
{
	buf_str(out, "\xef\xbb\xbf");
	for (size_t i = 0; i < text->len; i++) {
		if (text->s[i] == '\n')
			buf_char(out, '\r');
		buf_char(out, text->s[i]);
	}
}

void receipt_write(struct buf *out, const struct judging *j, const struct judged *f)
{
	struct buf text = { 0 };

	receipt_text(&text, j, f);
	put_for_notepad(out, &text);
	buf_free(&text);
}

void receipt_text(struct buf *out, const struct judging *j, const struct judged *f)
{
	struct writer w = { .out = out, .j = j, .f = f, .m = &j->rs->messages };

	say(&w, 0, "receipt.title", NULL, 0);
	buf_char(out, '\n');
	conclusion(&w);
	next_step(&w);
	say_file(&w);
	say_rows(&w);
	say_reading(&w);
	say_findings(&w);
	say_unchecked(&w);
	say_missing(&w);
}
