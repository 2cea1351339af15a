/*
 * fsio - inside it: what its files share.  fsio.h has what others may call.
 *
 *   fsio_walk      the way to a file, no link followed; folders
 *   fsio           reading, and the names in a folder
 *   fsio_publish   files in the making, and their final names
 */
#ifndef ZB_FSIO_WALK_H
#define ZB_FSIO_WALK_H

#include "fsio.h"

#define WALK_TEMPORARY ".tmp."
#define WALK_FOLDER    (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* ---- fsio_walk ---- */

/* openat(2), again after EINTR. */
int walk_open(int dir, const char *name, int flags, mode_t mode);
/* Say why PATH could not be opened, from errno: -1, or -2 if it is not there. */
int walk_trouble(const char *path, struct why *why);
/*
 * Open the folder PATH under ROOT: a descriptor, -2 if it is not there, -1.  Below
 * AT_FDCWD, PATH is the operator's own word and is opened as it stands.  Messages name WHOLE.
 */
int walk_folder(int root, const char *path, const char *whole, struct why *why);
int walk_sync(int fd, const char *what, struct why *why);
/* Once only, whatever it says: after EINTR Linux has closed it. */
int walk_close(int fd, const char *what, struct why *why);

/* A folder that is open, and the name in it that a path ends with. */
struct spot {
	int         dir;
	const char *name;       /* the end of the caller's path */
};

/* 0; -2 if the folder is not there; -1.  Closed by spot_close. */
int  spot_open(int root, const char *path, struct spot *out, struct why *why);
void spot_close(struct spot *s);
/* The descriptor of a regular file, -2, -1.  PATH is for messages. */
int  spot_file(const struct spot *s, int more_flags, const char *path, struct why *why);

/* ---- fsio ---- */

/*
 * All of FD from its start, piece by piece: into BYTES, into the descriptor TO, or only
 * into the digest; each may be left out (NULL, -1, NULL).  FD's own position stays.
 */
struct stream {
	int            fd;
	uint64_t       cap;
	struct buf    *bytes;
	int            to;
	struct digest *digest;
	uint64_t       n;       /* out */
};

int stream_all(struct stream *s, const char *path, struct why *why);
/* All N bytes to FD.  -1: errno. */
int stream_write(int fd, const void *p, size_t n);

#endif
