/*
 * fsio - files without surprises: opened without following links, read with a
 * cap, digested, and published so that what has its final name is whole.
 *
 * ROOT is an open folder; PATH is relative to it, has no "..", and is spelled by
 * site.h.  No link on the way is followed.  ROOT may be AT_FDCWD: then PATH is
 * what the operator named, absolute or not, and links of his are his affair
 * (but a file is still published over a link, never through it).
 *
 * A file being made has the temporary name ".tmp.NAME" in the folder of its
 * final name: the same name in every run, so that the next run makes it anew
 * and nothing is left over.
 */
#ifndef ZB_FSIO_H
#define ZB_FSIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "digest.h"
#include "outlet.h"
#include "why.h"

/* An open folder, for use as ROOT.  The caller closes. */
int fsio_folder(const char *path, struct why *why);
/* mkdir -p PATH under ROOT with MODE (nine bits, exact, whatever the umask), each new name synced. */
int fsio_make(int root, const char *path, mode_t mode, struct why *why);
/* The same with nothing synced: the names are durable after fsio_settle. */
int fsio_make_unsettled(int root, const char *path, mode_t mode, struct why *why);
/*
 * Open a regular file for reading, no link followed.  Returns the descriptor, -2 if
 * there is none of that name, or -1.
 */
int fsio_open(int root, const char *path, struct why *why);
/*
 * The whole file, appended to OUT.  Returns 0, -2 (absent), -1 (EX_DATAERR: larger than CAP);
 * OUT is what it was unless 0.
 */
int fsio_read(int root, const char *path, size_t cap, struct buf *out, struct why *why);
/* Digest and size of a file, streamed.  Same returns as fsio_read. */
int fsio_digest(int root, const char *path, char out[DIGEST_HEX], uint64_t *bytes, struct why *why);
/*
 * Whether anything has that name, a link that leads nowhere included: 1, 0, or -1 where the disk does not say.  For
 * what lies in a unit's rooms, which may be closed to us.
 */
int  fsio_has(int root, const char *path, struct why *why);
/*
 * The same of what is ours: where the disk does not say, the program ends with a line and EX_IOERR.  A seal or an
 * intake file that seems absent would be made once more, or its week opened.
 */
bool fsio_exists(int root, const char *path);

/*
 * Write N bytes as PATH: temporary, write, fsync, rename over, fsync the folder.  MODE is exact, whatever
 * the umask.  After -1 there is no temporary, and PATH is what it was or (only if the
 * folder's own fsync failed) whole and new.
 */
int fsio_publish(int root, const char *path, const void *p, size_t n, mode_t mode, struct why *why);
/* The same of what FILL writes into OUT, piece by piece; its -1 is passed on. */
int fsio_publish_from(int root, const char *path, int (*fill)(void *ctx, struct outlet *out, struct why *why),
    void *ctx, mode_t mode, struct why *why);
/*
 * Copy all of FD (from its start; its position stays) to PATH's temporary name, durable with MODE, and the
 * name as well; the digest and size of what was copied.  What vouches for the bytes can then be written
 * before fsio_publish_kept publishes them, or fsio_unmake takes them away.  EX_DATAERR: more than CAP bytes.
 * After -1 there is no temporary.
 */
int fsio_copy(int root, const char *path, int fd, uint64_t cap, mode_t mode, char digest[DIGEST_HEX],
    uint64_t *bytes, struct why *why);
void fsio_unmake(int root, const char *path);
/*
 * Publish what lies under PATH's temporary name, as another
 * library or a killed run left it: MODE, bytes synced, name.
 */
int fsio_publish_made(int root, const char *path, mode_t mode, struct why *why);
/* The same of what fsio_copy has made: bytes and mode are durable, its name is not. */
int fsio_publish_kept(int root, const char *path, struct why *why);
/* The temporary name of PATH, relative to ROOT: "a/b" -> "a/.tmp.b". */
void fsio_temporary(struct buf *out, const char *path);
/* Rename FROM to TO (both under ROOT), both folders synced. */
int fsio_move(int root, const char *from, const char *to, struct why *why);
/*
 * Make durable whatever lies under ROOT's file system.  Before anything is built on what a killed run left:
 * a name may be there and its folder not yet synced.
 */
int fsio_settle(int root, struct why *why);
/* The names in the folder PATH, which has to be there, become durable. */
int fsio_sync(int root, const char *path, struct why *why);
/* Remove PATH and sync its folder.  Absent is fine. */
int fsio_remove(int root, const char *path, struct why *why);
/* The same without syncing: it is gone for good after fsio_sync of its folder. */
int fsio_remove_unsettled(int root, const char *path, struct why *why);

/* Names in a folder in byte order, without "." ".." and temporaries.  An absent folder has none. */
struct names {
	char **v;
	size_t n, cap;
};
int fsio_list(int root, const char *path, struct names *out, struct why *why);
void names_free(struct names *names);
/* Remove what killed runs left under temporary names in a folder that no one else writes now. */
int fsio_sweep(int root, const char *path, struct why *why);

#endif
