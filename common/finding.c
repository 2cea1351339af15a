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

void findings_clear(struct findings *fs)
{
	if (fs->n == 0)
		return;
	fs->n = 0;
	free(fs->recent);
	fs->recent = NULL;
	arena_reset(&fs->arena);
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
