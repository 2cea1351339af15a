/*
 * ledger - all that was found in a file, however much that is.
 *
 * A record on the spool: for each part of a finding 32 bits, then the texts that stand here.  Of a part: 0 none;
 * odd: half of it is the place of a word that the ledger has; even: half of it is how many bytes stand here, the
 * NUL included.
 */
#include "ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define IN_MEMORY (4u << 20)            /* what nearly every unit sends never sees a disk */
#define MOST_WORDS 4096u                /* mends beyond that stand in their records */

enum { PART_RULE, PART_FORM, PART_FIELD, PART_HEADER, PART_CAUSE, PART_MEND, WORDS,
	PART_KEY = WORDS, PART_VALUE, PART_MESSAGE, PART_SUGGEST, PARTS };
/* What a record begins with: its parts, the bytes of their texts, the finding's nth. */
enum { HEAD_BYTES = PARTS, HEAD_NTH, HEAD };

static const size_t offsets[PARTS] = {
	[PART_RULE] = offsetof(struct finding, rule), [PART_FORM] = offsetof(struct finding, form),
	[PART_FIELD] = offsetof(struct finding, field), [PART_HEADER] = offsetof(struct finding, header),
	[PART_CAUSE] = offsetof(struct finding, cause), [PART_MEND] = offsetof(struct finding, mend),
	[PART_KEY] = offsetof(struct finding, key), [PART_VALUE] = offsetof(struct finding, value),
	[PART_MESSAGE] = offsetof(struct finding, message), [PART_SUGGEST] = offsetof(struct finding, suggest),
};

static const char **part_of(struct finding *x, int part)
{
	return (const char **)(void *)((char *)x + offsets[part]);
}

/* ---- words ---- */

static uint32_t hash_of(const char *s)
{
	uint32_t hash = 2166136261u;    /* FNV-1a */

	for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++)
		hash = (hash ^ *p) * 16777619u;
	return hash ^ hash >> 16;
}

static void index_word(struct ledger *l, uint32_t word)
{
	size_t at = hash_of(l->words[word]);

	while (l->index[at & (l->n_index - 1)] != 0)
		at++;
	l->index[at & (l->n_index - 1)] = word + 1;
}

/* Room for one word more: never more than half of the index is taken. */
static void index_room(struct ledger *l)
{
	if (2 * (l->n_words + 1) <= l->n_index)
		return;
	free(l->index);
	l->n_index = l->n_index > 0 ? 2 * l->n_index : 64;
	l->index = mem_zero(l->n_index, sizeof *l->index);
	for (uint32_t i = 0; i < l->n_words; i++)
		index_word(l, i);
}

/* Whether the ledger has the word S, from now on at least; *OUT is its place.  MUST: it has to. */
static bool has_word(struct ledger *l, const char *s, bool must, uint32_t *out)
{
	index_room(l);
	for (size_t at = hash_of(s); l->index[at & (l->n_index - 1)] != 0; at++) {
		*out = l->index[at & (l->n_index - 1)] - 1;
		if (strcmp(l->words[*out], s) == 0)
			return true;
	}
	if (!must && l->n_words >= MOST_WORDS)
		return false;
	vec_room(l->words, l->n_words, l->cap_words);
	*out = (uint32_t)l->n_words;
	l->words[l->n_words++] = arena_dup(&l->arena, s);
	index_word(l, *out);
	return true;
}

/* ---- laying down ---- */

/* What stands in the record of the part S, whose text, if it has one there, is appended. */
static uint32_t put_part(struct ledger *l, int part, const char *s)
{
	uint32_t word;
	size_t n;

	if (s == NULL)
		return 0;
	if (part < WORDS) {
		/* Nearly always it is the one before. */
		if (l->last[part] > 0 && strcmp(l->words[l->last[part] - 1], s) == 0)
			return 2 * (l->last[part] - 1) + 1;
		if (has_word(l, s, part == PART_RULE, &word)) {
			l->last[part] = word + 1;
			return 2 * word + 1;
		}
	}
	n = strlen(s) + 1;
	assert(n < UINT32_MAX / 2);
	buf_add(&l->record, s, n);
	return 2 * (uint32_t)n;
}

static struct entry make_entry(struct ledger *l, struct finding *x)
{
	struct entry e = { .row = x->row, .col = x->col, .explained = x->explained, .held = x->held,
	    .caused = x->cause != NULL };
	uint32_t parts[HEAD] = { 0 };

	buf_reset(&l->record);
	buf_add(&l->record, parts, sizeof parts);
	for (int i = 0; i < PARTS; i++)
		parts[i] = put_part(l, i, *part_of(x, i));
	parts[HEAD_BYTES] = (uint32_t)(l->record.len - sizeof parts);
	parts[HEAD_NTH] = x->nth;
	memcpy(l->record.s, parts, sizeof parts);
	if (l->spool == NULL)
		l->spool = spool_new(IN_MEMORY);
	assert(parts[PART_RULE] / 2 < 1u << 16);
	e.rule = parts[PART_RULE] / 2 & 0xffffu;
	e.severity = (unsigned)x->severity & 3u;
	e.at = spool_add(l->spool, l->record.s, l->record.len) & ((UINT64_C(1) << 40) - 1);
	return e;
}

void ledger_lay(struct ledger *l, struct findings *fs)
{
	for (size_t i = 0; i < fs->n; i++) {
		struct entry e = make_entry(l, &fs->v[i]);

		vec_room(l->v, l->n, l->cap);
		l->v[l->n++] = e;
	}
	findings_clear(fs);
}

void ledger_name(struct ledger *l, size_t i, const char *key)
{
	struct ledger_reader r = { 0 };
	struct finding x = *ledger_at(&r, l, i);

	x.key = key;
	l->v[i] = make_entry(l, &x);
	ledger_done(&r);
}

void ledger_cut(struct ledger *l, size_t n)
{
	l->n = n < l->n ? n : l->n;
}

void ledger_insert(struct ledger *l, size_t n, struct findings *fs)
{
	size_t before = l->n, more;
	struct entry *moved;

	ledger_lay(l, fs);
	more = l->n - before;
	if (more == 0)
		return;
	moved = mem_alloc(more * sizeof *moved);
	memcpy(moved, l->v + before, more * sizeof *moved);
	memmove(l->v + n + more, l->v + n, (before - n) * sizeof *l->v);
	memcpy(l->v + n, moved, more * sizeof *moved);
	free(moved);
}

void ledger_free(struct ledger *l)
{
	free(l->v);
	free(l->words);
	free(l->index);
	arena_free(&l->arena);
	buf_free(&l->record);
	spool_free(l->spool);
	*l = (struct ledger){ 0 };
}

/* ---- order ---- */

static int entry_cmp(const struct ledger *l, const struct entry *a, const struct entry *b)
{
	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	if (a->col != b->col)
		return a->col < b->col ? -1 : 1;
	return a->rule == b->rule ? 0 : strcmp(l->words[a->rule], l->words[b->rule]);
}

/* Merge the sorted runs [from, mid) and [mid, to); TMP has room for the first. */
static void merge(struct ledger *l, struct entry *tmp, size_t from, size_t mid, size_t to)
{
	size_t i = 0, n = mid - from, j = mid, k = from;

	if (entry_cmp(l, &l->v[mid], &l->v[mid - 1]) >= 0)
		return;
	memcpy(tmp, l->v + from, n * sizeof *tmp);
	while (i < n && j < to)
		l->v[k++] = entry_cmp(l, &l->v[j], &tmp[i]) < 0 ? l->v[j++] : tmp[i++];
	memcpy(l->v + k, tmp + i, (n - i) * sizeof *tmp);
}

/* Rationale: a merge of our own, because qsort(3) is not stable everywhere and order reaches receipts. */
void ledger_sort(struct ledger *l)
{
	struct entry *tmp;

	if (l->n < 2)
		return;
	tmp = mem_alloc(l->n * sizeof *tmp);    /* of which no more is touched than the longest run needs */
	for (size_t width = 1; width < l->n; width *= 2)
		for (size_t from = 0; l->n - from > width; ) {
			size_t mid = from + width;
			size_t to = l->n - mid > width ? mid + width : l->n;

			merge(l, tmp, from, mid, to);
			from = to;
		}
	free(tmp);
}

/* ---- reading ---- */

enum severity ledger_worst(const struct ledger *l, size_t from)
{
	enum severity worst = SEV_NOTE;

	for (size_t i = from; i < l->n; i++)
		if ((enum severity)l->v[i].severity > worst)
			worst = (enum severity)l->v[i].severity;
	return worst;
}

const char *ledger_rule(const struct ledger *l, size_t i)
{
	return l->words[l->v[i].rule];
}

size_t ledger_row(const struct ledger *l, uint32_t row)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->v[middle].row < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct finding *ledger_at(struct ledger_reader *r, const struct ledger *l, size_t i)
{
	const struct entry *e = &l->v[i];
	uint32_t parts[HEAD];
	size_t n = 0;

	spool_get(l->spool, e->at, parts, sizeof parts);
	if (r->cap < parts[HEAD_BYTES]) {
		r->cap = parts[HEAD_BYTES];
		r->text = mem_grow(r->text, r->cap, 1);
	}
	spool_get(l->spool, e->at + sizeof parts, r->text, parts[HEAD_BYTES]);
	r->at = (struct finding){ .severity = (enum severity)e->severity, .explained = e->explained, .held = e->held,
	    .row = e->row, .nth = parts[HEAD_NTH], .col = e->col };
	for (int k = 0; k < PARTS; k++) {
		if (parts[k] % 2 != 0)
			*part_of(&r->at, k) = l->words[parts[k] / 2];
		else if (parts[k] > 0) {
			*part_of(&r->at, k) = r->text + n;
			n += parts[k] / 2;
		}
	}
	return &r->at;
}

void ledger_done(struct ledger_reader *r)
{
	free(r->text);
	*r = (struct ledger_reader){ 0 };
}
