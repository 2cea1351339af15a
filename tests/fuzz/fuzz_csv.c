/* fuzz_csv - any bytes at all, read as the box reads them: cells in order, valid text, or a fatal finding. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz *f = fuzz_world();
	struct reading r = fuzz_read(f, (const char *)data, size);

	fuzz_check_reading(f, &r);
	reading_free(&r);
	return 0;
}
