/*
 * receipt_findings - what is wrong, grouped by rule: how often, where, what was sent and what to put.
 */
#include "receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the places A and B in the ledger of findings. */
static int by_rule(const void *a, const void *b, void *findings)
{
	const struct ledger *l = findings;
	const uint32_t *x = a, *y = b;
	const struct entry *e = &l->v[*x], *f = &l->v[*y];
	int c;

	if (e->severity != f->severity)
		return e->severity > f->severity ? -1 : 1;
	if (e->explained != f->explained)
		return e->explained ? 1 : -1;
	c = e->rule == f->rule ? 0 : strcmp(ledger_rule(l, *x), ledger_rule(l, *y));
	if (c != 0)
		return c;
	/* The ledger is sorted: the order there is by place. */
	return *x < *y ? -1 : *x > *y;
}

/* What would not be said of the row without X: only its rules' names. */
static void say_covered(struct writer *w, const struct finding *x)
{
	const struct ledger *l = &w->f->findings;
	struct ledger_reader r = { 0 };
	struct buf rules = { 0 };

	for (size_t i = ledger_row(l, x->row); i < l->n && l->v[i].row == x->row; i++) {
		const struct finding *y = l->v[i].caused ? ledger_at(&r, l, i) : NULL;

		if (y == NULL || strcmp(y->cause, x->rule) != 0 || y->nth != x->nth || y->form == NULL ||
		    x->form == NULL || strcmp(y->form, x->form) != 0)
			continue;
		message_says(&rules, w->m, "receipt.covered.rule", &(struct message_arg){ "rule", y->rule },
		    1);
	}
	if (rules.len > 0)
		writer_say_one(w, 6, "receipt.covered", "rules", buf_cstr(&rules));
	ledger_done(&r);
	buf_free(&rules);
}

#define MOST_CHARACTERS 60u             /* of a cell that is quoted */

/* As much of TEXT as tells which it is. */
static struct span beginning(struct span text)
{
	const char *p = text.s, *end = text.s + text.n;

	for (size_t i = 0; i < MOST_CHARACTERS && p < end; i++)
		if (utf8_next(&p, end) < 0)
			p++;
	return (struct span){ text.s, (size_t)(p - text.s) };
}

static void say_finding(struct writer *w, const struct finding *x, bool mend)
{
	struct buf head = { 0 };

	writer_place(&head, w, x);
	if (x->key != NULL && x->row != 0)
		message_says(&head, w->m, "receipt.key", &(struct message_arg){ "key", x->key }, 1);
	if (head.len > 0)
		writer_line(w, 4, buf_cstr(&head));
	/* The row's own key stands beside its place already. */
	if (!x->explained && x->value != NULL && x->value[0] != '\0' &&
	    (x->key == NULL || strcmp(x->value, x->key) != 0)) {
		struct buf value = { 0 };
		struct span sent = span_of(x->value), shown = beginning(sent);
		char length[24];
		struct message_arg args[] = { { "value", NULL }, { "length", length } };

		text_escape(&value, shown);
		(void)snprintf(length, sizeof length, "%zu", utf8_count(sent));
		args[0].value = buf_cstr(&value);
		writer_say(w, 6, shown.n < sent.n ? "receipt.value.cut" : "receipt.value", args, 2);
		buf_free(&value);
	}
	writer_say_one(w, head.len > 0 ? 6 : 4, "receipt.says", "says", x->message);
	if (x->suggest != NULL)
		writer_say_one(w, 6, "receipt.suggest", "suggest", x->suggest);
	if (mend && x->mend != NULL)
		writer_say_one(w, head.len > 0 ? 6 : 4, "receipt.mend", "mend", x->mend);
	say_covered(w, x);
	buf_free(&head);
}

/* The mend of all of V, if it is the same: the caller frees; else NULL. */
static char *same_mend(const struct ledger *l, const uint32_t *v, size_t n)
{
	struct ledger_reader r = { 0 };
	char *mend = NULL;
	bool same = true;

	for (size_t i = 0; i < n && same; i++) {
		const struct finding *x = ledger_at(&r, l, v[i]);

		if (i == 0 && x->mend != NULL)
			mend = mem_dup(x->mend);
		same = mend != NULL && x->mend != NULL && strcmp(x->mend, mend) == 0;
	}
	ledger_done(&r);
	if (!same) {
		free(mend);
		mend = NULL;
	}
	return mend;
}

/* One rule: how often, the first places, and the mend once where it is the same for all. */
static void say_group(struct writer *w, const uint32_t *v, size_t n)
{
	const struct ledger *l = &w->f->findings;
	const struct entry *first = &l->v[v[0]];
	struct ledger_reader r = { 0 };
	struct buf severity = { 0 }, id = { 0 }, count = { 0 };
	struct message_arg args[] = { { "rule", ledger_rule(l, v[0]) }, { "severity", NULL }, { "count", NULL } };
	char *once = n > 1 ? same_mend(l, v, n) : NULL;

	buf_fmt(&id, "severity.%s", severity_name((enum severity)first->severity));
	message_says(&severity, w->m, buf_cstr(&id), NULL, 0);
	buf_fmt(&count, "%zu", n);
	args[1].value = buf_cstr(&severity);
	args[2].value = buf_cstr(&count);
	writer_say(w, 2, first->explained ? "receipt.group.explained" : "receipt.group", args, 3);
	for (size_t i = 0; i < n && i < MOST_PLACES; i++)
		say_finding(w, ledger_at(&r, l, v[i]), once == NULL && !first->explained);
	if (n > MOST_PLACES) {
		buf_reset(&count);
		buf_fmt(&count, "%zu", n - MOST_PLACES);
		writer_say_one(w, 4, "receipt.more", "count", buf_cstr(&count));
	}
	if (once != NULL && !first->explained)
		writer_say_one(w, 4, "receipt.mend", "mend", once);
	ledger_done(&r);
	free(once);
	buf_free(&severity);
	buf_free(&id);
	buf_free(&count);
}

/* What is still missing has a section of its own, and lateness stands with the time. */
static bool is_grouped(const struct writer *w, size_t at)
{
	const struct entry *x = &w->f->findings.v[at];
	const char *rule = ledger_rule(&w->f->findings, at);

	return x->severity > SEV_NOTE && !x->caused &&
	    strcmp(rule, message_find(w->m, "late")->rule) != 0 &&
	    strcmp(rule, message_find(w->m, "due.missing")->rule) != 0;
}

/* What is missing is one of the things to look at; its names stand in a section of their own. */
static size_t say_due(struct writer *w)
{
	const char *rule = message_find(w->m, "due.missing")->rule;
	struct buf count = { 0 };
	struct message_arg args[] = { { "rule", rule }, { "count", NULL } };
	size_t n = 0;

	for (size_t i = 0; i < w->f->findings.n; i++)
		n += strcmp(ledger_rule(&w->f->findings, i), rule) == 0;
	buf_fmt(&count, "%zu", n);
	args[1].value = buf_cstr(&count);
	if (n > 0)
		writer_say(w, 2, "receipt.group.missing", args, 2);
	buf_free(&count);
	return n;
}

static bool same_group(const struct ledger *l, uint32_t a, uint32_t b)
{
	const struct entry *x = &l->v[a], *y = &l->v[b];

	return x->rule == y->rule && x->severity == y->severity && x->explained == y->explained;
}

void receipt_findings(struct writer *w)
{
	const struct ledger *l = &w->f->findings;
	uint32_t *v = mem_alloc((l->n + 1) * sizeof *v);
	size_t n = 0, from = 0;

	writer_section(w, "receipt.section.findings");
	for (size_t i = 0; i < l->n; i++)
		if (is_grouped(w, i))
			v[n++] = (uint32_t)i;
	if (w->f->duplicate_of != 0)
		writer_say(w, 2, "receipt.findings.duplicate", NULL, 0);
	else if (n == 0 && say_due(w) == 0)
		writer_say(w, 2, "receipt.findings.none", NULL, 0);
	if (n > 0)
		qsort_r(v, n, sizeof *v, by_rule, (void *)(uintptr_t)l);
	for (size_t i = 1; i <= n; i++)
		if (i == n || !same_group(l, v[i], v[from])) {
			say_group(w, v + from, i - from);
			from = i;
		}
	if (n > 0)
		(void)say_due(w);
	free(v);
}
