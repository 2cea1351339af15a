/*
 * fuzz_frames - the parent's side of the pipe: whatever a child that was taken over may write, the reading
 * stays sound.  The input is the stream of frames.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz *f = fuzz_world();
	struct reading r = { .encoding = "", .separator = ',' };
	struct builder b = { .limits = &f->rules->limits, .messages = &f->rules->messages, .r = &r };
	struct findings fs = { 0 };
	struct paper p;
	char *s = arena_ndup(&r.arena, data, size);
	ssize_t n = builder_take(&b, s, size);

	HOLDS(n <= (ssize_t)size);
	if (n >= 0 && b.ended && r.encoding[0] != '\0') {
		paper_understand(f->rules, &r, "a.csv", &p, &fs);
		fuzz_check_findings(&fs);
		paper_free(&p);
	}
	findings_free(&fs);
	reading_free(&r);
	return 0;
}
