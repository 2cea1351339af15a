/*
 * finding - what is wrong with an input, collected in one list.
 */
#include "finding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const severities[] = {
	[SEV_NOTE] = "note", [SEV_WARNING] = "warning", [SEV_ERROR] = "error", [SEV_FATAL] = "fatal",
};

const char *severity_name(enum severity s)
{
	assert((size_t)s < sizeof severities / sizeof *severities);
	return severities[s];
}

int severity_parse(const char *s, enum severity *out)
{
	for (size_t i = 0; i < sizeof severities / sizeof *severities; i++)
		if (strcmp(s, severities[i]) == 0) {
			*out = (enum severity)i;
			return 0;
		}
	return -1;
}

struct finding *finding_add(struct findings *fs, const struct finding *f)
{
	assert(f->rule != NULL);
	vec_room(fs->v, fs->n, fs->cap);
	struct finding *to = &fs->v[fs->n];
	struct arena *a = &fs->arena;

	*to = *f;
	to->rule = arena_dup(a, f->rule);
	to->form = arena_dup(a, f->form);
	to->key = arena_dup(a, f->key);
	to->field = arena_dup(a, f->field);
	to->header = arena_dup(a, f->header);
	to->value = arena_dup(a, f->value);
	to->message = arena_dup(a, f->message);
	to->mend = arena_dup(a, f->mend);
	to->suggest = arena_dup(a, f->suggest);
	to->cause = arena_dup(a, f->cause);
	fs->n++;
	return to;
}

enum severity findings_worst(const struct findings *fs)
{
	enum severity worst = SEV_NOTE;

	for (size_t i = 0; i < fs->n; i++)
		if (fs->v[i].severity > worst)
			worst = fs->v[i].severity;
	return worst;
}

static int finding_cmp(const struct finding *a, const struct finding *b)
{
	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	if (a->col != b->col)
		return a->col < b->col ? -1 : 1;
	return strcmp(a->rule, b->rule);
}

/* Merge the sorted runs [from, mid) and [mid, to) of V through TMP. */
static void merge(struct finding *v, struct finding *tmp, size_t from, size_t mid, size_t to)
{
	size_t i = from, j = mid, k = from;

	while (i < mid && j < to)
		tmp[k++] = finding_cmp(&v[j], &v[i]) < 0 ? v[j++] : v[i++];
	while (i < mid)
		tmp[k++] = v[i++];
	while (j < to)
		tmp[k++] = v[j++];
	memcpy(v + from, tmp + from, (to - from) * sizeof *v);
}

/* Rationale: a merge of our own, because qsort(3) is not stable everywhere and order reaches receipts. */
void findings_sort(struct findings *fs)
{
	if (fs->n < 2)
		return;
	struct finding *tmp = mem_zero(fs->n, sizeof *tmp);

	for (size_t width = 1; width < fs->n; width *= 2)
		for (size_t from = 0; fs->n - from > width; ) {
			size_t mid = from + width;
			size_t to = fs->n - mid > width ? mid + width : fs->n;

			merge(fs->v, tmp, from, mid, to);
			from = to;
		}
	free(tmp);
}

void findings_free(struct findings *fs)
{
	free(fs->v);
	arena_free(&fs->arena);
	*fs = (struct findings){ 0 };
}

void column_letters(uint32_t col, char out[8])
{
	char back[8];           /* 32 bits need 7 letters */
	size_t n = 0;

	for (; col > 0; col = (col - 1) / 26)
		back[n++] = (char)('A' + (col - 1) % 26);
	for (size_t i = 0; i < n; i++)
		out[i] = back[n - 1 - i];
	out[n] = '\0';
}
