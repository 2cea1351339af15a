/*
 * receipt_missing - what was not checked and why, and what is still missing by name.
 */
#include "receipt.h"

#define MOST_MISSING 200                /* of one form */

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
	writer_line(ctx, 2, text);
}

void receipt_say_unchecked(struct writer *w)
{
	writer_section(w, "receipt.section.unchecked");
	receipt_unchecked(w->j, w->f, unchecked_line, w);
}

static void say_missing_form(struct writer *w, const struct missing *v, size_t n)
{
	struct buf count = { 0 };
	struct message_arg args[] = { { "form", v[0].form->title }, { "count", NULL } };

	buf_fmt(&count, "%zu", n);
	args[1].value = buf_cstr(&count);
	writer_say(w, 2, "receipt.missing.count", args, 2);
	for (size_t i = 0; i < n && i < MOST_MISSING; i++) {
		struct message_arg row[] = { { "key", v[i].key }, { "name", v[i].name } };

		writer_say(w, 4, "receipt.missing.row", row, 2);
	}
	if (n > MOST_MISSING) {
		buf_reset(&count);
		buf_fmt(&count, "%zu", n - MOST_MISSING);
		writer_say_one(w, 4, "receipt.missing.more", "count", buf_cstr(&count));
	}
	buf_free(&count);
}

void receipt_missing(struct writer *w)
{
	const struct judging *j = w->j;
	struct buf held = { 0 };
	size_t from = 0;

	buf_fmt(&held, "%zu", j->n_due_held);
	writer_section(w, "receipt.section.missing");
	if (j->site == NULL)
		writer_say(w, 2, "receipt.missing.site", NULL, 0);
	else if (j->n_due == 0)
		writer_say(w, 2, "receipt.missing.nothing_due", NULL, 0);
	else if (j->n_missing == 0 && j->n_due_held == 0)
		writer_say(w, 2, "receipt.missing.none", NULL, 0);
	else if (j->n_missing == 0)
		writer_say_one(w, 2, "receipt.missing.held", "count", buf_cstr(&held));
	for (size_t i = 1; i <= j->n_missing; i++)
		if (i == j->n_missing || j->missing[i].form != j->missing[from].form) {
			say_missing_form(w, j->missing + from, i - from);
			from = i;
		}
	buf_free(&held);
}
