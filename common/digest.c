/* digest - SHA-256 by OpenSSL. */
#include "digest.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "buf.h"
#include "why.h"

struct digest {
	EVP_MD_CTX *ctx;
};

/* SHA-256 of bytes in memory cannot fail for a reason of the input: this is a broken installation. */
static void digest_must(int ok)
{
	if (ok == 1)
		return;
	(void)fputs("libcrypto has no working SHA-256\n", stderr);
	_exit(EX_SOFTWARE);
}

struct digest *digest_new(void)
{
	struct digest *d = mem_zero(1, sizeof *d);

	/* A digest does not hang on what a machine's openssl.cnf says, nor on whether it can be read. */
	digest_must(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1);
	d->ctx = EVP_MD_CTX_new();
	digest_must(d->ctx != NULL);
	digest_must(EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL));
	return d;
}

void digest_add(struct digest *d, const void *p, size_t n)
{
	if (n > 0)
		digest_must(EVP_DigestUpdate(d->ctx, p, n));
}

static void digest_tell(struct digest *d, char out[DIGEST_HEX])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	digest_must(EVP_DigestFinal_ex(d->ctx, raw, &n));
	assert(2 * n + 1 == DIGEST_HEX);
	for (unsigned int i = 0; i < n; i++) {
		out[2 * i] = hex[raw[i] >> 4];
		out[2 * i + 1] = hex[raw[i] & 15];
	}
	out[2 * n] = '\0';
}

void digest_end(struct digest *d, char out[DIGEST_HEX])
{
	digest_tell(d, out);
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

void digest_once(struct digest *d, const void *p, size_t n, char out[DIGEST_HEX])
{
	digest_add(d, p, n);
	digest_tell(d, out);
	digest_must(EVP_DigestInit_ex(d->ctx, NULL, NULL));
}

void digest_of(const void *p, size_t n, char out[DIGEST_HEX])
{
	struct digest *d = digest_new();

	digest_add(d, p, n);
	digest_end(d, out);
}

bool digest_is(const char *s)
{
	return strspn(s, "0123456789abcdef") == DIGEST_HEX - 1 && s[DIGEST_HEX - 1] == '\0';
}
