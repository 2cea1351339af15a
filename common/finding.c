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

#define RECENT 4096u                    /* a power of two */
#define FEW    64u                      /* findings that need no sharing */

/*
 * S in FS.  Rationale: a column that is wrong in every row says nearly the same of each, and a file may have
 * a million such cells.  What was forgotten meanwhile is kept once more: no more than memory is lost.
 */
static const char *kept(struct findings *fs, const char *s)
{
	uint32_t hash = 2166136261u;
	const char **at;

	if (s == NULL || fs->n < FEW)
		return arena_dup(&fs->arena, s);
	if (fs->recent == NULL)
		fs->recent = mem_zero(RECENT, sizeof *fs->recent);
	for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++)
		hash = (hash ^ *p) * 16777619u;
	at = &fs->recent[(hash ^ hash >> 16) & (RECENT - 1)];
	if (*at == NULL || strcmp(*at, s) != 0)
		*at = arena_dup(&fs->arena, s);
	return *at;
}

struct finding *finding_add(struct findings *fs, const struct finding *f)
{
	assert(f->rule != NULL);
	vec_room(fs->v, fs->n, fs->cap);
	struct finding *to = &fs->v[fs->n];

	*to = *f;
	to->rule = kept(fs, f->rule);
	to->form = kept(fs, f->form);
	to->key = kept(fs, f->key);
	to->field = kept(fs, f->field);
	to->header = kept(fs, f->header);
	to->value = kept(fs, f->value);
	to->message = kept(fs, f->message);
	to->mend = kept(fs, f->mend);
	to->suggest = kept(fs, f->suggest);
	to->cause = kept(fs, f->cause);
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

/* Merge the sorted runs [from, mid) and [mid, to) of ORDER, places in V, through TMP. */
static void merge(const struct finding *v, uint32_t *order, uint32_t *tmp, size_t from, size_t mid, size_t to)
{
	size_t i = from, j = mid, k = from;

	if (finding_cmp(&v[order[mid]], &v[order[mid - 1]]) >= 0)
		return;
	while (i < mid && j < to)
		tmp[k++] = finding_cmp(&v[order[j]], &v[order[i]]) < 0 ? order[j++] : order[i++];
	while (i < mid)
		tmp[k++] = order[i++];
	while (j < to)
		tmp[k++] = order[j++];
	memcpy(order + from, tmp + from, (to - from) * sizeof *order);
}

/* Bring V into ORDER, ring by ring; ORDER is used up. */
static void rearrange(struct finding *v, uint32_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct finding first = v[i];
		size_t at = i;

		while (order[at] != i) {
			size_t from = order[at];

			v[at] = v[from];
			order[at] = (uint32_t)at;
			at = from;
		}
		v[at] = first;
		order[at] = (uint32_t)at;
	}
}

/*
 * Rationale: a merge of our own, because qsort(3) is not stable everywhere and order reaches receipts; of
 * places and not of findings, because these may be hundreds of megabytes.
 */
void findings_sort(struct findings *fs)
{
	uint32_t *order, *tmp;

	if (fs->n < 2)
		return;
	assert(fs->n <= UINT32_MAX);
	order = mem_zero(fs->n, sizeof *order);
	tmp = mem_zero(fs->n, sizeof *tmp);
	for (size_t i = 0; i < fs->n; i++)
		order[i] = (uint32_t)i;
	for (size_t width = 1; width < fs->n; width *= 2)
		for (size_t from = 0; fs->n - from > width; ) {
			size_t mid = from + width;
			size_t to = fs->n - mid > width ? mid + width : fs->n;

			merge(fs->v, order, tmp, from, mid, to);
			from = to;
		}
	rearrange(fs->v, order, fs->n);
	free(order);
	free(tmp);
}

void findings_free(struct findings *fs)
{
	free(fs->v);
	free(fs->recent);
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
