/*
 * spool - bytes laid down one after another and read again wherever they are: the last megabytes in memory,
 * what is more in a nameless file, as SQLite does it (TMPDIR, else /var/tmp or /tmp).
 *
 * Rationale: a disk that fails is the end of the program with one line and EX_IOERR, as memory that fails is
 * (buf.h): what is on a spool is of no use to anybody else.
 */
#ifndef ZB_SPOOL_H
#define ZB_SPOOL_H

#include <stddef.h>
#include <stdint.h>

struct spool;

/* MOST bytes of it stay in memory.  Nothing is opened before there are more. */
struct spool *spool_new(size_t most);
void          spool_free(struct spool *s);
/* Where the N bytes at P are from now on; one after another, beginning with 0. */
uint64_t      spool_add(struct spool *s, const void *p, size_t n);
/* The N bytes at AT, which were added. */
void          spool_get(struct spool *s, uint64_t at, void *to, size_t n);

#endif
