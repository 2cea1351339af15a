/*
 * receipt_correction - the head of a receipt of a file that names a sealed week: it counts as a correction of
 * that week and not as this week's report, which surprises whoever only left last week's name on it.
 */
#include "receipt.h"

static void add_place(struct buf *out, const struct writer *w, const char *id, const char *row)
{
	struct message_arg arg = { "row", row };

	if (out->len > 0)
		message_says(out, w->m, "list.and", NULL, 0);
	message_says(out, w->m, id, &arg, 1);
}

/* Where the file names its week: its name, a row of its table, the root of its XML. */
static void week_places(struct buf *out, const struct writer *w)
{
	const struct paper *p = &w->f->paper;
	struct buf row = { 0 };

	buf_fmt(&row, "%u", p->week_row);
	if (p->week_in_name)
		add_place(out, w, "week.place.name", "");
	if (p->week_in_root)
		add_place(out, w, "week.place.root", "");
	if (p->week_row != 0)
		add_place(out, w, "week.place.row", buf_cstr(&row));
	buf_free(&row);
}

void receipt_correction(struct writer *w)
{
	struct buf places = { 0 };
	char week[9], counting[9];
	struct message_arg args[] = { { "week", week }, { "counting", counting }, { "place", NULL } };

	if (!w->f->correction)
		return;
	week_format(w->f->declared.week, week);
	week_format(w->j->window.week, counting);
	week_places(&places, w);
	args[2].value = buf_cstr(&places);
	writer_say(w, 0, "receipt.correction", args, 3);
	if (w->f->rows_accepted + w->f->rows_withdrawn > 0)
		writer_say(w, 0, "receipt.correction.taken", args, 3);
	buf_free(&places);
}
