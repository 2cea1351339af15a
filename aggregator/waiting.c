/*
 * waiting - what a seal would leave out: files in the drops that were received before it and have not
 * been taken.
 */
#include "../common/drop.h"
#include "../common/text.h"
#include "aggregator.h"

/*
 * What UNIT has in its drop for W: TEXT says it; empty: nothing.
 *
 * Rationale: no quiet time here.  A file that came a second before the seal is whole a minute later, and
 * counts.
 */
static void unit_waits(const struct proc *p, const struct window *w, const char *unit, struct buf *text)
{
	struct proc at_once = *p;
	struct droppeds files = { 0 };
	struct path path;
	struct why why;
	size_t n = 0;

	at_once.conf.quiet = 0;
	if (drop_list(&at_once, unit, &files, &why) != 0) {
		buf_str(text, why.text);
	} else {
		while (n < files.n && files.v[n].received_at < w->seal)         /* in order of receipt */
			n++;
		if (n > 0) {
			buf_fmt(text, "%s: %zu received before its seal, the first \"",
			    site_drop(&path, unit), n);
			text_escape(text, span_of(files.v[0].name));
			buf_char(text, '"');
		}
	}
	droppeds_free(&files);
}

bool waiting_hold(const struct proc *p, const struct window *w, bool collected)
{
	instant_t until = w->meeting > w->seal ? w->seal + (w->meeting - w->seal) / 2 : w->seal;

	return !collected || p->now < until;
}

size_t waiting_tell(const struct proc *p, const struct window *w, bool hold)
{
	size_t units = 0;
	char week[9];

	week_format(w->week, week);
	for (size_t i = 0; i < p->rules->n_units; i++) {
		const char *unit = p->rules->units[i].code;
		struct buf text = { 0 };
		struct why why;

		unit_waits(p, w, unit, &text);
		if (text.len > 0) {
			why_set(&why, EX_IOERR, hold ? "%s is not sealed yet: %s: %s; run collector first" :
			    "%s is sealed without what %s sent: %s", week, unit, buf_cstr(&text));
			proc_complain(p, &why);
			proc_event(p, hold ? "hold" : "without", "week=%s unit=%s", week, unit);
			units++;
		}
		buf_free(&text);
	}
	return units;
}
