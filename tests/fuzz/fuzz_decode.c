/*
 * fuzz_decode - encodings.  What is accepted is valid UTF-8 without a NUL, and goes back into the encoding it
 * came from (the annotated copy is written in it).
 */
#include <iconv.h>

#include "fuzz.h"

static int drop_frames(void *to, const char *s, size_t n)
{
	(void)to, (void)s, (void)n;
	return 0;
}

/* Whether D can be written in its own encoding. */
static bool goes_back(const struct decoded *d)
{
	iconv_t cd = iconv_open(strncmp(d->encoding, "UTF-8", 5) == 0 ? "UTF-8" : d->encoding, "UTF-8");
	size_t room = 4 * d->n + 16, left = d->n;
	char *out = mem_alloc(room), *to = out, *in = mem_ndup(d->s, d->n), *from = in;
	bool back = iconv(cd, &from, &left, &to, &room) != (size_t)-1;

	(void)iconv_close(cd);
	free(out);
	free(in);
	return back;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static iconv_t gb;
	struct decoded d;
	struct stream o;
	int rc;

	if (gb == NULL)
		gb = iconv_open("UTF-8", "GB18030");
	stream_open(&o, drop_frames, NULL);
	rc = decode_bytes((const char *)data, size, gb, &o, &d);
	HOLDS(rc == 0 ? o.findings == 0 : o.findings == 1);
	if (rc == 0) {
		fuzz_check_text((struct span){ d.s, d.n });
		HOLDS(d.n > 0 && goes_back(&d));
		free(d.owned);
	}
	(void)stream_close(&o);
	return 0;
}
