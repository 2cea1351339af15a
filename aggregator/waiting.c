/*
 * waiting - what a seal would leave out: files in the drops that were received before it and have not
 * been taken, and such that were taken and have not been judged.
 */
#include "../common/drop.h"
#include "../common/fsio.h"
#include "../common/text.h"
#include "aggregator.h"

/*
 * Whether UNIT's drop is gone from a site that has drops.
 *
 * Rationale: the collector makes each in every run.  Where one is missing its disk is not mounted, and nobody knows what
 * lies on it.
 */
static bool is_gone(const struct proc *p, const char *unit)
{
	struct path path;

	return fsio_exists(p->site.dir, "exchange") && !fsio_exists(p->site.dir, site_drop(&path, unit));
}

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
	if (is_gone(p, unit)) {
		buf_fmt(text, "%s is not there: is it mounted?", site_drop(&path, unit));
	} else if (drop_list(&at_once, unit, &files, &why) != 0) {
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

/* One line, and an event. */
static void tell(const struct proc *p, const char *week, const char *unit, const char *what, bool hold)
{
	struct why why;

	why_set(&why, EX_IOERR, hold ? "%s is not sealed yet: %s: %s; run collector first" :
	    "%s is sealed without what %s sent: %s", week, unit, what);
	proc_complain(p, &why);
	proc_event(p, hold ? "hold" : "without", "week=%s unit=%s", week, unit);
}

/*
 * What the collector has in hand, taken and not judged.  What cannot be found out is told when it is needed.
 */
static size_t tell_in_hand(const struct proc *p, const struct window *w, const char *week, bool hold)
{
	struct arrivals list = { 0 }, in_hand = { 0 };
	struct why ignored;
	struct path label;
	size_t n;

	if (arrivals_list(&p->site, w->week, &list, &ignored) == 0)
		(void)arrivals_in_hand(&p->site, w->week, &list, &in_hand, &ignored);
	for (size_t i = 0; i < in_hand.n; i++) {
		struct buf text = { 0 };

		buf_fmt(&text, "%s is taken and not judged", site_label(&label, w->week, in_hand.v[i].unit,
		    in_hand.v[i].number));
		tell(p, week, in_hand.v[i].unit, buf_cstr(&text), hold);
		buf_free(&text);
	}
	n = in_hand.n;
	arrivals_free(&list);
	arrivals_free(&in_hand);
	return n;
}

size_t waiting_tell(const struct proc *p, const struct window *w, bool hold)
{
	size_t told = 0;
	char week[9];

	week_format(w->week, week);
	for (size_t i = 0; i < p->rules->n_units; i++) {
		const char *unit = p->rules->units[i].code;
		struct buf text = { 0 };

		unit_waits(p, w, unit, &text);
		if (text.len > 0) {
			tell(p, week, unit, buf_cstr(&text), hold);
			told++;
		}
		buf_free(&text);
	}
	return told + tell_in_hand(p, w, week, hold);
}
