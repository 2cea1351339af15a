/*
 * digest - SHA-256 (FIPS 180-4), by which archive, intake and snapshots name what they hold.
 *
 * It cannot fail for a reason of what is digested: an installation without a working SHA-256 ends the
 * program with a line and EX_SOFTWARE.
 */
#ifndef ZB_DIGEST_H
#define ZB_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_HEX 65           /* 64 hexadecimal digits and a NUL */

/* Whether S is a digest as it is written. */
bool digest_is(const char *s);

struct digest;                  /* one in the making */
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *p, size_t n);
void digest_end(struct digest *d, char out[DIGEST_HEX]);        /* frees D */
void digest_of(const void *p, size_t n, char out[DIGEST_HEX]);
/* The same with a D to which nothing was added, nor is afterwards: for many small texts. */
void digest_once(struct digest *d, const void *p, size_t n, char out[DIGEST_HEX]);

#endif
