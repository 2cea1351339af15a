/*
 * receipt_findings - what is wrong, grouped by rule: how often, where, what was sent and what to put.
 */
#include "receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is said of a rule, and where in the ledger. */
struct said {
	const char  *rule;
	uint32_t     at;
	unsigned     severity : 2, explained : 1;
};

static int by_rule(const void *a, const void *b)
{
	const struct said *x = a, *y = b;
	int c;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->explained != y->explained)
		return x->explained ? 1 : -1;
	c = x->rule == y->rule ? 0 : strcmp(x->rule, y->rule);
	if (c != 0)
		return c;
	/* The ledger is sorted: the order there is by place. */
	return x->at < y->at ? -1 : x->at > y->at;
}

/* What would not be said of the row without X: only its rules' names. */
static void say_covered(struct writer *w, const struct finding *x)
{
	const struct ledger *l = &w->f->findings;
	struct ledger_reader r = { 0 };
	struct buf rules = { 0 };

	for (size_t i = ledger_row(l, x->row); i < l->n && l->v[i].row == x->row; i++) {
		const struct finding *y = l->v[i].caused ? ledger_at(&r, l, i) : NULL;

		if (y == NULL || strcmp(y->cause, x->rule) != 0 || y->form == NULL ||
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
static char *same_mend(const struct ledger *l, const struct said *v, size_t n)
{
	struct ledger_reader r = { 0 };
	char *mend = NULL;
	bool same = true;

	for (size_t i = 0; i < n && same; i++) {
		const struct finding *x = ledger_at(&r, l, v[i].at);

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
static void say_group(struct writer *w, const struct said *v, size_t n)
{
	struct ledger_reader r = { 0 };
	struct buf severity = { 0 }, id = { 0 }, count = { 0 };
	struct message_arg args[] = { { "rule", v[0].rule }, { "severity", NULL }, { "count", NULL } };
	char *once = n > 1 ? same_mend(&w->f->findings, v, n) : NULL;

	buf_fmt(&id, "severity.%s", severity_name((enum severity)v[0].severity));
	message_says(&severity, w->m, buf_cstr(&id), NULL, 0);
	buf_fmt(&count, "%zu", n);
	args[1].value = buf_cstr(&severity);
	args[2].value = buf_cstr(&count);
	writer_say(w, 2, v[0].explained ? "receipt.group.explained" : "receipt.group", args, 3);
	for (size_t i = 0; i < n && i < MOST_PLACES; i++)
		say_finding(w, ledger_at(&r, &w->f->findings, v[i].at), once == NULL && !v[i].explained);
	if (n > MOST_PLACES) {
		buf_reset(&count);
		buf_fmt(&count, "%zu", n - MOST_PLACES);
		writer_say_one(w, 4, "receipt.more", "count", buf_cstr(&count));
	}
	if (once != NULL && !v[0].explained)
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

void receipt_findings(struct writer *w)
{
	const struct ledger *l = &w->f->findings;
	struct said *v = mem_alloc((l->n + 1) * sizeof *v);
	size_t n = 0, from = 0;

	writer_section(w, "receipt.section.findings");
	for (size_t i = 0; i < l->n; i++)
		if (is_grouped(w, i))
			v[n++] = (struct said){ ledger_rule(l, i), (uint32_t)i, l->v[i].severity & 3u,
			    l->v[i].explained };
	if (w->f->duplicate_of != 0)
		writer_say(w, 2, "receipt.findings.duplicate", NULL, 0);
	else if (n == 0 && say_due(w) == 0)
		writer_say(w, 2, "receipt.findings.none", NULL, 0);
	if (n > 0)
		qsort(v, n, sizeof *v, by_rule);
	for (size_t i = 1; i <= n; i++)
		if (i == n || strcmp(v[i].rule, v[from].rule) != 0 || v[i].severity != v[from].severity ||
		    v[i].explained != v[from].explained) {
			say_group(w, v + from, i - from);
			from = i;
		}
	if (n > 0)
		(void)say_due(w);
	free(v);
}
