/*
 * fsio - files without surprises: read with a cap, digested, listed, moved and removed.
 */
#include "fsio_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STREAM_BYTES (128u * 1024u)

/* ---- reading ---- */

int fsio_open(int root, const char *path, struct why *why)
{
	struct spot s;
	int fd = spot_open(root, path, &s, why);

	if (fd != 0)
		return fd;
	fd = spot_file(&s, root == AT_FDCWD ? 0 : O_NOFOLLOW, path, why);
	spot_close(&s);
	return fd;
}

/* At most N bytes at AT; fewer only at the end of the file.  -1: errno. */
static ssize_t read_at(int fd, void *to, size_t n, uint64_t at)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = pread(fd, (char *)to + done, n - done, (off_t)(at + done));

		if (r == 0)
			break;
		if (r < 0 && errno != EINTR)
			return -1;
		if (r > 0)
			done += (size_t)r;
	}
	return (ssize_t)done;
}

int stream_write(int fd, const void *p, size_t n)
{
	const char *s = p;

	while (n > 0) {
		ssize_t w = write(fd, s, n);

		if (w < 0 && errno != EINTR)
			return -1;
		if (w > 0) {
			s += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

static int stream_piece(struct stream *s, const char *piece, size_t n, const char *path, struct why *why)
{
	if (n > s->cap - s->n)
		return why_set(why, EX_DATAERR, "%s: larger than %llu bytes", path,
		    (unsigned long long)s->cap);
	if (s->bytes != NULL)
		buf_add(s->bytes, piece, n);
	if (s->digest != NULL)
		digest_add(s->digest, piece, n);
	if (s->to >= 0 && stream_write(s->to, piece, n) != 0)
		return why_errno(why, path);
	s->n += n;
	return 0;
}

int stream_all(struct stream *s, const char *path, struct why *why)
{
	char *piece = mem_alloc(STREAM_BYTES);
	ssize_t n = 0;
	int rc = 0;

	while (rc == 0 && (n = read_at(s->fd, piece, STREAM_BYTES, s->n)) > 0)
		rc = stream_piece(s, piece, (size_t)n, path, why);
	if (n < 0)
		rc = why_errno(why, path);
	free(piece);
	return rc;
}

int fsio_read(int root, const char *path, size_t cap, struct buf *out, struct why *why)
{
	struct stream s = { .cap = cap, .bytes = out, .to = -1 };
	size_t before = out->len;
	int rc;

	s.fd = fsio_open(root, path, why);
	if (s.fd < 0)
		return s.fd;
	rc = stream_all(&s, path, why);
	(void)close(s.fd);
	if (rc != 0 && out->s != NULL) {
		out->len = before;
		out->s[before] = '\0';
	}
	return rc;
}

int fsio_digest(int root, const char *path, char out[DIGEST_HEX], uint64_t *bytes, struct why *why)
{
	struct stream s = { .cap = UINT64_MAX, .to = -1 };
	char hex[DIGEST_HEX];
	int rc;

	s.fd = fsio_open(root, path, why);
	if (s.fd < 0)
		return s.fd;
	s.digest = digest_new();
	rc = stream_all(&s, path, why);
	digest_end(s.digest, hex);
	(void)close(s.fd);
	if (rc != 0)
		return rc;
	memcpy(out, hex, sizeof hex);
	if (bytes != NULL)
		*bytes = s.n;
	return 0;
}

int fsio_has(int root, const char *path, struct why *why)
{
	struct spot s;
	struct stat st;
	int rc = spot_open(root, path, &s, why);

	/* Behind a link, or below what is no folder, there is nothing of ours. */
	if (rc == -2 || (rc != 0 && (errno == ELOOP || errno == ENOTDIR)))
		return 0;
	if (rc != 0)
		return -1;
	if (fstatat(s.dir, s.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		rc = 1;
	else
		rc = errno == ENOENT ? 0 : why_errno(why, path);
	spot_close(&s);
	return rc;
}

bool fsio_exists(int root, const char *path)
{
	struct why why;
	int has = fsio_has(root, path, &why);

	if (has < 0) {
		(void)fprintf(stderr, "%s: %s\n", program_invocation_short_name, why.text);
		exit(EX_IOERR);
	}
	return has == 1;
}

/* ---- names ---- */

int fsio_move(int root, const char *from, const char *to, struct why *why)
{
	struct spot a, b;
	int rc;

	rc = spot_open(root, from, &a, why);
	if (rc != 0)
		return rc == -2 ? why_errno(why, from) : -1;
	rc = spot_open(root, to, &b, why);
	if (rc != 0) {
		rc = rc == -2 ? why_errno(why, to) : -1;
		goto out;
	}
	if (renameat(a.dir, a.name, b.dir, b.name) != 0)
		rc = why_errno(why, from);
	/* Where it is now comes first: a crash between the two may show it twice, never not at all. */
	else if (walk_sync(b.dir, to, why) != 0 ||
	    walk_sync(a.dir, from, why) != 0)
		rc = -1;
	spot_close(&b);
out:
	spot_close(&a);
	return rc;
}

int fsio_sync(int root, const char *path, struct why *why)
{
	int fd = walk_folder(root, path, path, why), rc;

	if (fd < 0)
		return fd == -2 ? why_errno(why, path) : -1;
	rc = walk_sync(fd, path, why);
	(void)close(fd);
	return rc;
}

int fsio_settle(int root, struct why *why)
{
	return syncfs(root) == 0 ? 0 : why_errno(why, "sync");
}

static int remove_name(int root, const char *path, bool sync, struct why *why)
{
	struct spot s;
	int rc = spot_open(root, path, &s, why);

	if (rc != 0)
		return rc == -2 ? 0 : -1;
	if (unlinkat(s.dir, s.name, 0) == 0)
		rc = sync ? walk_sync(s.dir, path, why) : 0;
	else if (errno != ENOENT)
		rc = why_errno(why, path);
	spot_close(&s);
	return rc;
}

int fsio_remove(int root, const char *path, struct why *why)
{
	return remove_name(root, path, true, why);
}

int fsio_remove_unsettled(int root, const char *path, struct why *why)
{
	return remove_name(root, path, false, why);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_temporary(const char *name)
{
	return strncmp(name, WALK_TEMPORARY, sizeof WALK_TEMPORARY - 1) == 0;
}

static bool is_listed(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !is_temporary(name);
}

/* Names of the folder that WANTED takes, in byte order. */
static int list_of(int root, const char *path, bool (*wanted)(const char *name), struct names *out,
    struct why *why)
{
	struct names all = { 0 };
	struct dirent *e;
	int fd = walk_folder(root, path, path, why);

	*out = all;
	if (fd < 0)
		return fd == -2 ? 0 : -1;
	DIR *dir = fdopendir(fd);

	if (dir == NULL) {
		why_errno(why, path);
		(void)close(fd);
		return -1;
	}
	while (errno = 0, (e = readdir(dir)) != NULL)
		if (wanted(e->d_name)) {
			vec_room(all.v, all.n, all.cap);
			all.v[all.n++] = mem_dup(e->d_name);
		}
	int rc = errno != 0 ? why_errno(why, path) : 0;

	(void)closedir(dir);
	if (rc != 0) {
		names_free(&all);
		return -1;
	}
	if (all.n > 0)
		qsort(all.v, all.n, sizeof *all.v, by_bytes);
	*out = all;
	return 0;
}

int fsio_list(int root, const char *path, struct names *out, struct why *why)
{
	return list_of(root, path, is_listed, out, why);
}

int fsio_sweep(int root, const char *path, struct why *why)
{
	struct names left = { 0 };
	int rc = list_of(root, path, is_temporary, &left, why);

	for (size_t i = 0; i < left.n && rc == 0; i++) {
		struct buf name = { 0 };

		buf_fmt(&name, "%s/%s", path, left.v[i]);
		rc = fsio_remove(root, buf_cstr(&name), why);
		buf_free(&name);
	}
	names_free(&left);
	return rc;
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct names){ 0 };
}
