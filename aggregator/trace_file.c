/*
 * trace_file - the archived file of a submission, its digest compared with the one its label has from the day
 * it came.  Each file is read once a trace, however many rows rest on it.
 */
#include <stdlib.h>
#include <string.h>

#include "aggregator.h"

#define LABEL_CAP 65536

/* What is so of A, in a word; a word in capitals is a difference. */
static int check_file(const struct tracing *t, const struct origin *o, struct archived *a, struct why *why)
{
	struct path label;
	int rc = fsio_read(t->p->site.dir, site_label(&label, o->week, o->unit, o->number), LABEL_CAP,
	    &a->label, why);

	(void)site_archive(&a->file, o->week, o->unit, o->number);
	if (rc == -2) {
		a->checked = "LABEL MISSING";
		return 0;
	}
	if (rc == 0) {
		(void)line_value(buf_cstr(&a->label), "sha256", a->want, sizeof a->want);
		rc = fsio_digest(t->p->site.dir, a->file.s, a->got, NULL, why);
	}
	if (rc == -2)
		a->checked = "FILE MISSING";
	else if (rc == 0)
		a->checked = strcmp(a->got, a->want) == 0 ? ARCHIVED_EQUAL : "FILE CHANGED";
	return rc == -1 ? -1 : 0;
}

static void archived_clear(struct archived *a)
{
	free(a->submission);
	buf_free(&a->label);
}

const struct archived *archived_find(struct tracing *t, const char *submission, struct why *why)
{
	struct archives *all = &t->archives;
	struct archived a = { 0 };
	struct origin o;

	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->v[i].submission, submission) == 0)
			return &all->v[i];
	}
	if (origin_parse(submission, &o) != 0) {
		(void)why_set(why, EX_DATAERR, "_submission \"%s\" is not WEEK/UNIT/NNN", submission);
		return NULL;
	}
	a.submission = mem_dup(submission);
	if (check_file(t, &o, &a, why) != 0) {
		archived_clear(&a);
		return NULL;
	}
	t->differs = t->differs || !archived_is_equal(&a);
	vec_room(all->v, all->n, all->cap);
	all->v[all->n] = a;
	return &all->v[all->n++];
}

bool archived_is_equal(const struct archived *a)
{
	return strcmp(a->checked, ARCHIVED_EQUAL) == 0;
}

static void show_line(struct tracing *t, const struct archived *a, const char *name)
{
	char value[1024];

	tree_value(&t->out, name, a->label.len > 0 && line_value(buf_cstr(&a->label), name, value,
	    sizeof value) == 0 ? value : NULL);
}

void archived_show(struct tracing *t, const struct archived *a, bool brief)
{
	tree_value(&t->out, "file", a->file.s);
	if (!brief) {
		show_line(t, a, "name");
		show_line(t, a, "received_at");
	}
	tree_value(&t->out, "sha256", *a->want != '\0' ? a->want : NULL);
	if (*a->got != '\0' && !archived_is_equal(a))
		tree_value(&t->out, "sha256_now", a->got);
	tree_value(&t->out, "checked", a->checked);
}

void archives_show(struct tracing *t)
{
	if (t->archives.n == 0)
		return;
	tree_open(&t->out, "files", '[');
	for (size_t i = 0; i < t->archives.n; i++) {
		const struct archived *a = &t->archives.v[i];

		tree_row(&t->out, NULL);
		archived_show(t, a, false);
		tree_row_said(&t->out);
		tree_row_end(&t->out);
	}
	tree_close(&t->out, ']');
}

void archives_free(struct archives *all)
{
	for (size_t i = 0; i < all->n; i++)
		archived_clear(&all->v[i]);
	free(all->v);
	*all = (struct archives){ 0 };
}
