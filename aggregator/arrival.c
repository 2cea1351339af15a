/*
 * arrival - what arrived in a week: the labels of its archive, and whether all of it has been judged.
 */
#include <stdlib.h>
#include <string.h>

#include "aggregator.h"

#define BATCH_CAP ((size_t)64 << 20)
#define LABEL_CAP 65536

/* Names in FOLDER of the site that are units', added to UNITS. */
static int add_units(const struct site *site, const char *folder, struct names *units, struct why *why)
{
	struct names found = { 0 };
	int rc = fsio_list(site->dir, folder, &found, why);

	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		if (site_is_record(found.v[i]) || names_have(units, found.v[i]))
			continue;
		vec_room(units->v, units->n, units->cap);
		units->v[units->n++] = mem_dup(found.v[i]);
	}
	names_free(&found);
	return rc;
}

/* Whoever has anything in the week's archive or intake: names of folders, added to OUT. */
static int list_units(const struct site *site, struct week week, struct names *out, struct why *why)
{
	struct path p;

	if (add_units(site, site_archive_week(&p, week), out, why) != 0 ||
	    add_units(site, site_intake_week(&p, week), out, why) != 0)
		return -1;
	return 0;
}

int arrivals_list(const struct site *site, struct week week, struct arrivals *out, struct why *why)
{
	struct names units = { 0 };
	struct numbers numbers = { 0 };
	struct arrivals list = { 0 };
	struct path p;
	int rc = -1;

	if (fsio_list(site->dir, site_archive_week(&p, week), &units, why) != 0)
		goto out;
	for (size_t i = 0; i < units.n; i++) {
		if (site_is_record(units.v[i]))
			continue;
		if (site_numbers(site, site_archive_unit(&p, week, units.v[i]), ".label", &numbers, why) != 0)
			goto out;
		for (size_t n = 0; n < numbers.n; n++) {
			vec_room(list.v, list.n, list.cap);
			list.v[list.n].unit = mem_dup(units.v[i]);
			list.v[list.n++].number = numbers.v[n];
		}
		numbers_free(&numbers);
		numbers = (struct numbers){ 0 };
	}
	*out = list;
	list = (struct arrivals){ 0 };
	rc = 0;
out:
	numbers_free(&numbers);
	names_free(&units);
	arrivals_free(&list);
	return rc;
}

void arrivals_free(struct arrivals *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i].unit);
	free(a->v);
	*a = (struct arrivals){ 0 };
}

/* ---- what is left out ---- */

static void move_arrival(struct arrivals *a, size_t i, struct arrivals *out)
{
	vec_room(out->v, out->n, out->cap);
	out->v[out->n++] = a->v[i];
	a->n--;
	memmove(&a->v[i], &a->v[i + 1], (a->n - i) * sizeof a->v[0]);
}

/*
 * Whether the batch that the collector has in hand names X: 1, 0, -1.
 *
 * Rationale: an arrival without intake that is in no batch has been answered, and its intake was lost since.
 * Its sender was told that it counts; no week is sealed without it.
 */
static int is_in_hand(const struct site *site, struct week week, const struct arrival *x, struct why *why)
{
	struct buf batch = { 0 }, line = { 0 };
	struct path p;
	char name[9];
	int rc = fsio_read(site->dir, site_work(&p, x->unit), BATCH_CAP, &batch, why);

	if (rc == 0) {
		week_format(week, name);
		buf_fmt(&line, "week %s\n", name);
		rc = strncmp(buf_cstr(&batch), buf_cstr(&line), line.len) == 0;
		buf_reset(&line);
		buf_fmt(&line, "\nfile %d ", x->number);
		rc = rc && strstr(buf_cstr(&batch), buf_cstr(&line)) != NULL;
	}
	buf_free(&batch);
	buf_free(&line);
	return rc == -2 ? 0 : rc;
}

int arrivals_in_hand(const struct site *site, struct week week, struct arrivals *a, struct arrivals *out,
    struct why *why)
{
	struct path p;

	for (size_t i = 0; i < a->n;) {
		const struct arrival *x = &a->v[i];
		int in_hand = fsio_exists(site->dir, site_intake(&p, week, x->unit, x->number)) ? 0 :
		    is_in_hand(site, week, x, why);

		if (in_hand < 0)
			return -1;
		if (in_hand == 1)
			move_arrival(a, i, out);
		else
			i++;
	}
	return 0;
}

static bool arrivals_have(const struct arrivals *a, const struct arrival *x)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].number == x->number && strcmp(a->v[i].unit, x->unit) == 0)
			return true;
	return false;
}

void arrivals_leave_out(struct arrivals *a, const struct arrivals *others)
{
	struct arrivals gone = { 0 };

	for (size_t i = 0; others->n > 0 && i < a->n;) {
		if (arrivals_have(others, &a->v[i]))
			move_arrival(a, i, &gone);
		else
			i++;
	}
	arrivals_free(&gone);
}

/* ---- whether all is judged ---- */

/* Every NNN.db of UNIT's intake is among its arrivals. */
static int unit_has_labels(const struct site *site, struct week week, const char *unit,
    const struct arrivals *a, struct why *why)
{
	struct numbers numbers = { 0 };
	struct path p;
	int rc = -1;

	if (site_numbers(site, site_intake_unit(&p, week, unit), ".db", &numbers, why) != 0)
		goto out;
	for (size_t n = 0; n < numbers.n; n++) {
		bool known = false;

		for (size_t i = 0; i < a->n && !known; i++)
			known = a->v[i].number == numbers.v[n] && strcmp(a->v[i].unit, unit) == 0;
		if (!known) {
			(void)why_set(why, EX_IOERR,
			    "%s: no such file in the archive; remove it or restore %s/%03d.label",
			    site_intake(&p, week, unit, numbers.v[n]), unit, numbers.v[n]);
			goto out;
		}
	}
	rc = 0;
out:
	numbers_free(&numbers);
	return rc;
}

int arrivals_are_judged(const struct site *site, struct week week, const struct arrivals *a, struct why *why)
{
	struct names units = { 0 };
	struct path p, q;
	int rc = 0;

	for (size_t i = 0; i < a->n; i++) {
		const struct arrival *x = &a->v[i];

		if (!fsio_exists(site->dir, site_intake(&p, week, x->unit, x->number)))
			return why_set(why, EX_IOERR,
			    "%s has no %s: run collector again (or collector replay) first",
			    site_label(&q, week, x->unit, x->number), p.s);
	}
	rc = list_units(site, week, &units, why);
	for (size_t i = 0; rc == 0 && i < units.n; i++)
		rc = unit_has_labels(site, week, units.v[i], a, why);
	names_free(&units);
	return rc;
}

/* ---- whether all is what came ---- */
