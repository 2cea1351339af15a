/*
 * replay - run a fuzz target over files: usage: replay_TARGET FILE...
 * What libFuzzer kept is run again by every `make test`, built by any compiler.
 */
#include "fuzz.h"

static int replay(const char *file)
{
	FILE *in = fopen(file, "rb");
	struct buf b = { 0 };
	char block[4096];
	size_t n;

	if (in == NULL) {
		perror(file);
		return -1;
	}
	while ((n = fread(block, 1, sizeof block, in)) > 0)
		buf_add(&b, block, n);
	(void)fclose(in);
	/* A copy of its very length, as libFuzzer gives it. */
	uint8_t *data = mem_alloc(b.len);

	if (b.len > 0)
		memcpy(data, b.s, b.len);
	(void)LLVMFuzzerTestOneInput(data, b.len);
	free(data);
	buf_free(&b);
	return 0;
}

int main(int argc, char **argv)
{
	int rc = argc > 1 ? 0 : 64;

	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) != 0)
			rc = 74;
	return rc;
}
