/*
 * verify_outbox - what lies in the units' outboxes under the name of an answer and is none: a receipt of a
 * file that never came, or a second one of a file that did.
 */
#include <stdlib.h>
#include <string.h>

#include "aggregator.h"

int outboxes_list(struct verifying *v, struct why *why)
{
	struct names units = { 0 };
	struct path p;
	int rc = fsio_list(v->p->site.dir, "exchange", &units, why);

	v->outboxes.v = mem_zero(units.n + 1, sizeof *v->outboxes.v);
	for (size_t i = 0; rc == 0 && i < units.n; i++) {
		struct outbox *o = &v->outboxes.v[v->outboxes.n];
		struct why closed;

		/*
		 * An outbox is the unit's room too: one that cannot
		 * be looked into is a difference, no trouble.
		 */
		if (fsio_list(v->p->site.dir, site_outbox(&p, units.v[i]), &o->files, &closed) != 0) {
			verify_trouble(v, p.s, &closed, "");
			continue;
		}
		o->unit = mem_dup(units.v[i]);
		v->outboxes.n++;
	}
	names_free(&units);
	return rc;
}

void outboxes_free(struct outboxes *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->v[i].unit);
		names_free(&all->v[i].files);
	}
	free(all->v);
	*all = (struct outboxes){ 0 };
}

/* Whether NAME is WEEK-NNN-..., as answers to the files of WEEK are called. */
static bool is_answer_name(const char *name, const char *week)
{
	size_t digits;

	if (strncmp(name, week, 8) != 0 || name[8] != '-')
		return false;
	digits = strspn(name + 9, "0123456789");
	return digits >= 3 && name[9 + digits] == '-';
}

void verify_outboxes(struct verifying *v, const struct names *answers)
{
	struct buf answer = { 0 };
	struct path p;

	for (size_t i = 0; i < v->outboxes.n; i++) {
		const struct outbox *o = &v->outboxes.v[i];

		for (size_t k = 0; k < o->files.n; k++) {
			if (!is_answer_name(o->files.v[k], v->week))
				continue;
			buf_reset(&answer);
			buf_fmt(&answer, "%s/%s", o->unit, o->files.v[k]);
			if (!names_have(answers, buf_cstr(&answer)))
				verify_differs(v, site_outbox_file(&p, o->unit, o->files.v[k]),
				    "answers no file of the week; remove it");
		}
	}
	buf_free(&answer);
}
