/*
 * decode - foreign bytes to UTF-8, strictly, or one finding that says why not.
 *
 * A byte order mark decides; else it is UTF-8 if every byte of it is; else GB18030
 * if every byte of it is.  Runs inside the box; the caller has opened the iconv module.
 */
#include "collector.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct magic {
	const char *s;
	size_t      n;
	const char *id;
};

/* What people send in place of a text file, by its first bytes ... */
static const struct magic magics[] = {
	{ "PK\003\004", 4, "bytes.zip" },
	{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, "bytes.xls" },
	{ "%PDF-", 5, "bytes.pdf" },
	{ "Rar!\x1a\x07", 6, "bytes.zip" },
	{ "7z\xbc\xaf\x27\x1c", 6, "bytes.zip" },
};

/* ... and what is in the first of these, by a name in it. */
static const struct inside {
	const char *id, *s;
	size_t      n;
	const char *then;
} insides[] = {
	{ "bytes.zip", "xl/", 3, "bytes.xlsx" },
	{ "bytes.zip", "word/", 5, "bytes.doc" },
	{ "bytes.xls", "W\0o\0r\0d\0D\0o\0c\0", 14, "bytes.doc" },
};

#define LOOK_BYTES 65536u       /* at each end of a file, for such a name */
#define PAGE_BYTES 1024u        /* at the beginning of a text, for what tells a web page */

/* Say that the byte at OFFSET is why ID. */
static int refuse_byte(struct stream *o, const char *id, const char *bytes, size_t n, size_t offset)
{
	char line[24], place[24], hex[16] = "";
	size_t lines = 1;

	for (const char *p = bytes; (p = memchr(p, '\n', offset - (size_t)(p - bytes))) != NULL; p++)
		lines++;
	(void)snprintf(line, sizeof line, "%zu", lines);
	(void)snprintf(place, sizeof place, "%zu", offset + 1);
	if (offset < n)
		(void)snprintf(hex, sizeof hex, "%02X", (unsigned)(unsigned char)bytes[offset]);
	const struct message_arg args[] = { { "line", line }, { "byte", place }, { "hex", hex } };

	stream_say(o, id, 0, 0, (struct span){ "", 0 }, args, 3);
	return -1;
}

static int refuse(struct stream *o, const char *id)
{
	stream_say(o, id, 0, 0, (struct span){ "", 0 }, NULL, 0);
	return -1;
}

static bool has_name(const char *s, size_t n, const struct inside *x)
{
	size_t head = n < LOOK_BYTES ? n : LOOK_BYTES;

	return memmem(s, head, x->s, x->n) != NULL || memmem(s + n - head, head, x->s, x->n) != NULL;
}

/* Which other kind of file it is; NULL: none that we know. */
static const char *kind_of_file(const char *s, size_t n)
{
	const char *id = NULL;

	for (size_t i = 0; i < sizeof magics / sizeof *magics && id == NULL; i++)
		if (n >= magics[i].n && memcmp(s, magics[i].s, magics[i].n) == 0)
			id = magics[i].id;
	for (size_t i = 0; id != NULL && i < sizeof insides / sizeof *insides; i++)
		if (strcmp(id, insides[i].id) == 0 && has_name(s, n, &insides[i]))
			return insides[i].then;
	return id;
}

static bool begins(struct span s, const char *word)
{
	return s.n >= strlen(word) && strncasecmp(s.s, word, strlen(word)) == 0;
}

/* A web page, or a workbook written as XML: what old programs save under a name that ends in .xls. */
static bool is_page(const char *bytes, size_t n)
{
	struct span s = { bytes, n < PAGE_BYTES ? n : PAGE_BYTES };

	if (begins(s, "\xef\xbb\xbf"))
		s = (struct span){ s.s + 3, s.n - 3 };
	while (s.n > 0 && (*s.s == ' ' || (*s.s >= '\t' && *s.s <= '\r')))
		s = (struct span){ s.s + 1, s.n - 1 };
	if (begins(s, "<html") || begins(s, "<!doctype html") || begins(s, "<table") || begins(s, "<head") ||
	    begins(s, "<body") || begins(s, "<meta"))
		return true;
	return begins(s, "<") && memmem(s.s, s.n, "mso-application", 15) != NULL;
}

/*
 * Whether text that is not all UTF-8 was meant as UTF-8: then nearly all of what is not
 * ASCII is well formed.  GB18030 text passes as three-byte UTF-8 once in some sixty characters.
 * Rationale: damaged UTF-8 is often valid GB18030, and would be taken in as gibberish.
 */
static bool is_damaged_utf8(const char *s, size_t n)
{
	const char *p = s, *end = s + n;
	size_t good = 0, bad = 0;

	while (p < end) {
		const char *at = p;

		if ((unsigned char)*p < 0x80) {
			p++;
		} else if (utf8_next(&p, end) < 0) {
			p++;
			bad++;
		} else if (p - at >= 3) {
			good++;
		}
	}
	return good >= 4 && good > 4 * bad;
}

#define SURE_CHARACTERS 6u      /* by chance once in fifty thousand million lines of GB18030 */

/* Whether all that is not ASCII in the line [P, END) is UTF-8, and enough of it to be no accident. */
static bool is_utf8_line(const char *p, const char *end)
{
	size_t good = 0;

	while (p < end) {
		const char *at = p;

		if ((unsigned char)*p < 0x80)
			p++;
		else if (utf8_next(&p, end) < 0)
			return false;
		good += p - at >= 3;
	}
	return good >= SURE_CHARACTERS;
}

/* Where lines that are UTF-8 begin in a file that is not, as two files put together have them; N: nowhere. */
static size_t find_utf8_line(const char *s, size_t n)
{
	for (size_t at = 0; at < n; ) {
		const char *end = memchr(s + at, '\n', n - at);
		size_t to = end != NULL ? (size_t)(end - s) : n;

		if (is_utf8_line(s + at, s + to))
			return at;
		at = to + 1;
	}
	return n;
}

/* Convert with CD into memory of ROOM bytes.  -1: *BAD is the offset where it cannot go on. */
static int convert(iconv_t cd, const char *s, size_t n, size_t room, struct decoded *d, size_t *bad)
{
	char *in = (char *)(uintptr_t)s;        /* iconv(3) does not write there */
	char *owned = mem_alloc(room), *out = owned;
	size_t left = n;

	(void)iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &in, &left, &out, &room) == (size_t)-1) {
		*bad = n - left;
		free(owned);
		return -1;
	}
	d->s = d->owned = owned;
	d->n = (size_t)(out - owned);
	return 0;
}

static int decode_gb(const char *s, size_t n, size_t bad_utf8, iconv_t gb, struct stream *o,
    struct decoded *out)
{
	size_t bad;

	if (is_damaged_utf8(s, n))
		return refuse_byte(o, "bytes.utf8", s, n, bad_utf8);
	if (find_utf8_line(s, n) < n)
		return refuse_byte(o, "bytes.mixed", s, n, find_utf8_line(s, n));
	/* One byte gives one, two give at most three, four give at most four. */
	if (convert(gb, s, n, n + n / 2 + 8, out, &bad) != 0)
		return refuse_byte(o, "bytes.encoding", s, n, bad);
	out->encoding = "GB18030";
	return 0;
}

static uint32_t unit16(const unsigned char *p, bool big)
{
	return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

/* From byte FROM, after the mark.  By hand: a few lines, and no module to be opened for it. */
static int decode_utf16(const char *bytes, size_t n, size_t from, bool big, struct stream *o,
    struct decoded *out)
{
	const unsigned char *s = (const unsigned char *)bytes;
	struct buf b = { 0 };
	size_t i = from;

	for (; i + 1 < n; i += 2) {
		uint32_t cp = unit16(s + i, big);

		if (cp >= 0xd800 && cp <= 0xdfff) {
			uint32_t low = cp < 0xdc00 && i + 3 < n ? unit16(s + i + 2, big) : 0;

			if (low < 0xdc00 || low > 0xdfff)
				break;
			cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		}
		utf8_put(&b, cp);
	}
	if (i < n) {
		buf_free(&b);
		return refuse_byte(o, "bytes.utf16", bytes, n, i);
	}
	out->n = b.len;
	out->s = out->owned = buf_take(&b);
	out->encoding = big ? "UTF-16BE" : "UTF-16LE";
	return 0;
}

/*
 * UTF-16 without its mark: every second byte of its separators, figures and line ends is NUL, and hardly any
 * other byte (of a few ideographs).  Returns 'L', 'B' or 0.  Text has NULs in no other way.
 */
static char unmarked_utf16(const char *s, size_t n)
{
	size_t nul[2] = { 0, 0 };

	for (size_t i = 0; i < n && i < LOOK_BYTES; i++)
		nul[i % 2] += s[i] == '\0';
	if (n % 2 != 0 || nul[0] + nul[1] < 2)
		return 0;
	return nul[1] > 3 * nul[0] ? 'L' : nul[0] > 3 * nul[1] ? 'B' : 0;
}

/* Over marks that a careless program put once more before its own. */
static void skip_marks(struct decoded *d)
{
	while (d->n >= 3 && memcmp(d->s, "\xef\xbb\xbf", 3) == 0) {
		d->s += 3;
		d->n -= 3;
	}
}

static int decode_any(const char *s, size_t n, iconv_t gb, struct stream *o, struct decoded *out)
{
	size_t bad;

	if (n >= 2 && memcmp(s, "\xff\xfe", 2) == 0)
		return decode_utf16(s, n, 2, false, o, out);
	if (n >= 2 && memcmp(s, "\xfe\xff", 2) == 0)
		return decode_utf16(s, n, 2, true, o, out);
	if (memchr(s, '\0', n) != NULL && unmarked_utf16(s, n) != 0)
		return decode_utf16(s, n, 0, unmarked_utf16(s, n) == 'B', o, out);
	if (n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		if (!utf8_valid(s + 3, n - 3, &bad))
			return refuse_byte(o, "bytes.utf8", s, n, bad + 3);
		*out = (struct decoded){ .s = s + 3, .n = n - 3, .encoding = "UTF-8-BOM" };
		return 0;
	}
	if (!utf8_valid(s, n, &bad))
		return decode_gb(s, n, bad, gb, o, out);
	*out = (struct decoded){ .s = s, .n = n, .encoding = "UTF-8" };
	return 0;
}

static bool is_white(const char *s, size_t n)
{
	while (n > 0 && (s[n - 1] == ' ' || (s[n - 1] >= '\t' && s[n - 1] <= '\r')))
		n--;
	return n == 0;
}

int decode_bytes(const char *bytes, size_t n, void *gb, struct stream *o, struct decoded *out)
{
	struct decoded d = { 0 };
	const char *nul, *other = kind_of_file(bytes, n);

	if (other != NULL)
		return refuse(o, other);
	if (is_page(bytes, n))
		return refuse(o, "bytes.page");
	if (is_white(bytes, n))
		return refuse(o, "bytes.empty");
	if (decode_any(bytes, n, gb, o, &d) != 0)
		return -1;
	skip_marks(&d);
	nul = memchr(d.s, '\0', d.n);
	if (nul != NULL) {
		refuse_byte(o, "bytes.nul", d.s, d.n, (size_t)(nul - d.s));
		free(d.owned);
		return -1;
	}
	if (is_white(d.s, d.n)) {       /* nothing but a mark */
		free(d.owned);
		return refuse(o, "bytes.empty");
	}
	*out = d;
	return 0;
}
