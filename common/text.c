/*
 * text - spans of UTF-8, the folding that Chinese office text needs, and exact
 * decimal numbers.  Nothing here asks the locale.
 */
#include "text.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

struct range {
	uint32_t from, to;      /* both inside */
};

static bool in_ranges(const struct range *r, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++)
		if (cp >= r[i].from && cp <= r[i].to)
			return true;
	return false;
}

#define IN(table, cp) in_ranges((table), sizeof (table) / sizeof *(table), (cp))

/* ---- spans ---- */

struct span span_of(const char *s)
{
	return (struct span){ s, s != NULL ? strlen(s) : 0 };
}

bool span_is(struct span a, const char *b)
{
	/* Most that are asked about differ in the first byte. */
	return (a.n == 0 || (b != NULL && a.s[0] == *b)) && span_eq(a, span_of(b));
}

bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

bool span_starts(struct span a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && (n == 0 || memcmp(a.s, prefix, n) == 0);
}

bool span_ends(struct span a, const char *suffix)
{
	size_t n = strlen(suffix);

	return a.n >= n && (n == 0 || memcmp(a.s + (a.n - n), suffix, n) == 0);
}

/* White space that means nothing at the ends of a cell, joiners and BOM included. */
static bool is_trimmed(int32_t cp)
{
	return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0xa0 || cp == 0x3000 ||
	    (cp >= 0x2000 && cp <= 0x200d) || cp == 0xfeff;
}

static bool is_white(int32_t cp)
{
	return is_trimmed(cp) || cp == 0x85 || cp == 0x1680 || cp == 0x2028 || cp == 0x2029 ||
	    cp == 0x202f || cp == 0x205f;
}

/*
 * Ideographs of the first plane but for the rarest, U+4000..9FFF: three bytes each that nothing here folds,
 * trims, composes or hides.  Most of Chinese text.
 */
static bool is_ideograph(unsigned char lead)
{
	return lead >= 0xe4 && lead <= 0xe9;
}

static bool is_next(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Over the ASCII at P. */
static const char *skip_ascii(const char *p, const char *end)
{
	uint64_t eight;

	while (end - p >= 8) {
		memcpy(&eight, p, 8);
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			break;
		p += 8;
	}
	while (p < end && (unsigned char)*p < 0x80)
		p++;
	return p;
}

/* The last code point before END: its start, or END - 1 for a bad byte. */
static const char *utf8_back(const char *s, const char *end)
{
	const char *p = end - 1;

	while (p > s && end - p < 4 && ((unsigned char)*p & 0xc0) == 0x80)
		p--;
	const char *q = p;

	return utf8_next(&q, end) >= 0 && q == end ? p : end - 1;
}

/* Whether white space begins or ends with byte C: most cells begin and end with none that it does. */
static bool may_be_trimmed(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || ((unsigned char)c >= 0x80 &&
	    !is_ideograph((unsigned char)c));
}

struct span span_trim(struct span a)
{
	const char *s = a.s, *end = a.s + a.n;

	while (s < end && may_be_trimmed(*s)) {
		const char *p = s;

		if (!is_trimmed(utf8_next(&p, end)))
			break;
		s = p;
	}
	while (s < end && may_be_trimmed(end[-1])) {
		if (end - s >= 3 && is_ideograph((unsigned char)end[-3]) && is_next(end[-2]) &&
		    is_next(end[-1]))
			break;
		const char *last = utf8_back(s, end), *p = last;

		if (!is_trimmed(utf8_next(&p, end)))
			break;
		end = last;
	}
	return (struct span){ s, (size_t)(end - s) };
}

/* ---- UTF-8 ---- */

/* Code points of two and of four bytes; those of three are read where they stand. */
static int32_t utf8_other(const unsigned char *s, size_t left, size_t *n)
{
	if (s[0] >= 0xc2 && s[0] <= 0xdf && left >= 2 && (s[1] & 0xc0) == 0x80) {
		*n = 2;
		return (s[0] & 0x1f) << 6 | (s[1] & 0x3f);
	}
	if (s[0] < 0xf0 || s[0] > 0xf4 || left < 4 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80 ||
	    (s[3] & 0xc0) != 0x80)
		return -1;
	int32_t cp = (s[0] & 0x07) << 18 | (s[1] & 0x3f) << 12 | (s[2] & 0x3f) << 6 | (s[3] & 0x3f);

	*n = 4;
	return cp < 0x10000 || cp > 0x10ffff ? -1 : cp;
}

int32_t utf8_next(const char **p, const char *end)
{
	const unsigned char *s = (const unsigned char *)*p;
	size_t n = 3, left = (size_t)(end - *p);
	int32_t cp;

	assert(*p < end);
	if (s[0] < 0x80) {
		++*p;
		return s[0];
	}
	if ((s[0] & 0xf0) == 0xe0) {
		if (left < 3 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
			return -1;
		cp = (s[0] & 0x0f) << 12 | (s[1] & 0x3f) << 6 | (s[2] & 0x3f);
		if (cp < 0x800 || (cp >= 0xd800 && cp <= 0xdfff))
			return -1;
	} else {
		cp = utf8_other(s, left, &n);
	}
	if (cp >= 0)
		*p += n;
	return cp;
}

/* The next code point, or a bad byte as -1; moves on in any case. */
static int32_t utf8_step(const char **p, const char *end)
{
	int32_t cp = utf8_next(p, end);

	if (cp < 0)
		++*p;
	return cp;
}

bool utf8_valid(const char *s, size_t n, size_t *bad)
{
	const char *p = s, *end = s + n;

	while ((p = skip_ascii(p, end)) < end) {
		while (end - p >= 3 && is_ideograph((unsigned char)*p) && is_next(p[1]) && is_next(p[2]))
			p += 3;
		if (p < end && utf8_next(&p, end) < 0) {
			if (bad != NULL)
				*bad = (size_t)(p - s);
			return false;
		}
	}
	return true;
}

void utf8_put(struct buf *b, uint32_t cp)
{
	char s[4];
	size_t n = 0;

	assert(cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff));
	if (cp < 0x80) {
		s[n++] = (char)cp;
	} else if (cp < 0x800) {
		s[n++] = (char)(0xc0 | cp >> 6);
	} else if (cp < 0x10000) {
		s[n++] = (char)(0xe0 | cp >> 12);
		s[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
	} else {
		s[n++] = (char)(0xf0 | cp >> 18);
		s[n++] = (char)(0x80 | (cp >> 12 & 0x3f));
		s[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
	}
	if (cp >= 0x80)
		s[n++] = (char)(0x80 | (cp & 0x3f));
	buf_add(b, s, n);
}

size_t utf8_count(struct span a)
{
	const char *p = a.s, *end = a.s + a.n;
	size_t n = 0;

	for (; p < end; n++)
		(void)utf8_step(&p, end);
	return n;
}

/* ---- folding ---- */

/* Takes no room and means nothing in a figure or code; pasted along from web pages and file dialogs. */
static const struct range invisible[] = {
	{ 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x2064 }, { 0xfeff, 0xfeff },
};

/* What CP folds to; 0: it is dropped. */
static int32_t fold_one(int32_t cp)
{
	if (cp < 0x80 || (cp > 0x3000 && cp < 0xfeff))
		return cp;
	if (cp >= 0xff01 && cp <= 0xff5e)
		return cp - 0xfee0;
	if (cp == 0x2212 || (cp >= 0x2010 && cp <= 0x2015))
		return '-';
	if (IN(invisible, (uint32_t)cp))
		return 0;
	return is_white(cp) ? ' ' : cp;
}

/* Take the white space off both ends of what OUT has from START on. */
static void trim_tail(struct buf *out, size_t start)
{
	if (out->len == start)
		return;
	struct span t = span_trim((struct span){ out->s + start, out->len - start });

	memmove(out->s + start, t.s, t.n);
	out->len = start + t.n;
	out->s[out->len] = '\0';
}

/* IN with every code point put through ONE; what that leaves alone is copied in runs. */
static void map_text(struct buf *out, struct span in, int32_t (*one)(int32_t))
{
	const char *p = in.s, *end = in.s + in.n, *from = p;

	while (p < end) {
		const char *at = p;
		int32_t cp = utf8_step(&p, end), to = cp < 0 ? cp : one(cp);

		if (to == cp)
			continue;
		if (at > from)
			buf_add(out, from, (size_t)(at - from));
		if (to != 0)
			utf8_put(out, (uint32_t)to);
		from = p;
	}
	if (end > from)
		buf_add(out, from, (size_t)(end - from));
}

void text_fold(struct buf *out, struct span in)
{
	size_t start = out->len;

	map_text(out, span_trim(in), fold_one);
	trim_tail(out, start);
}

static int32_t squash_one(int32_t cp)
{
	if (cp > 0x3015 && cp < 0xfeff)
		return cp;
	cp = fold_one(cp);
	switch (cp) {
	case 0x3010: case 0x3014: case '[':
		return '(';
	case 0x3011: case 0x3015: case ']':
		return ')';
	default:
		return cp >= 'a' && cp <= 'z' ? cp - 'a' + 'A' : is_white(cp) ? 0 : cp;
	}
}

void text_squash(struct buf *out, struct span in)
{
	map_text(out, in, squash_one);
}

/*
 * Code points that NFC leaves alone wherever they stand: neither combining, nor
 * with a canonical decomposition, nor able to join what is before them.
 * Chinese text is made of little else.  (test_text asks libutf8proc about each.)
 */
static const struct range settled[] = {
	{ 0x0000, 0x02ff }, { 0x3400, 0x9fff }, { 0xff00, 0xfffd }, { 0x3000, 0x3029 }, { 0x2010, 0x20cf },
	{ 0x2100, 0x2125 }, { 0x2190, 0x2328 }, { 0x2460, 0x26ff }, { 0x2e80, 0x2fff }, { 0x3030, 0x3098 },
	{ 0x309b, 0x33ff }, { 0xfe30, 0xfe6f }, { 0x20000, 0x2f7ff }, { 0x30000, 0x3fffd },
};

/* U+FF00 to U+FF3F by its first bytes: Chinese commas, colons, brackets and digits. */
static bool is_wide(unsigned char lead, unsigned char next)
{
	return lead == 0xef && next == 0xbc;
}

/* Whether some code point of IN might not be what NFC makes of it; a bad byte is not. */
static bool wants_nfc(struct span in)
{
	const char *p = in.s, *end = in.s + in.n;

	while ((p = skip_ascii(p, end)) < end) {
		int32_t cp;

		while (end - p >= 3 && (is_ideograph((unsigned char)*p) ||
		    is_wide((unsigned char)*p, (unsigned char)p[1])))
			p += 3;
		cp = p < end ? utf8_step(&p, end) : 0;
		if (cp >= 0x300 && !IN(settled, (uint32_t)cp))
			return true;
	}
	return false;
}

bool text_is_nfc(struct span in)
{
	return !wants_nfc(in);
}

/*
 * Rationale: not utf8proc_map(), which allocates for itself and would make "no
 * memory" look like "no change".
 */
void text_nfc(struct buf *out, struct span in)
{
	const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
	const utf8proc_uint8_t *s = (const utf8proc_uint8_t *)in.s;

	if (!wants_nfc(in) || !utf8_valid(in.s, in.n, NULL)) {
		buf_add(out, in.s, in.n);
		return;
	}
	utf8proc_ssize_t n = utf8proc_decompose(s, (utf8proc_ssize_t)in.n, NULL, 0, how);

	assert(n > 0);          /* it is valid UTF-8 and not empty */
	/* Room for a NUL that utf8proc_reencode adds. */
	utf8proc_int32_t *cps = mem_zero((size_t)n + 1, sizeof *cps);

	n = utf8proc_decompose(s, (utf8proc_ssize_t)in.n, cps, n, how);
	n = utf8proc_reencode(cps, n, how);
	assert(n >= 0);
	buf_add(out, cps, (size_t)n);
	free(cps);
}

/*
 * Controls of C1, line and paragraph separators, bidi marks and overrides, zero-width, tags: unseen or
 * worse.
 */
static const struct range unseen[] = {
	{ 0x80, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
	{ 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0xe007f },
};

void text_escape(struct buf *out, struct span in)
{
	const char *p = in.s, *end = in.s + in.n, *from = p;

	while (p < end) {
		const char *at = p;
		int32_t cp = utf8_step(&p, end);
		bool wide = cp >= 0x80 && (cp < 0x2e80 || cp > 0x9fff) && IN(unseen, (uint32_t)cp);

		if (!wide && cp >= 0x20 && cp != 0x7f)
			continue;
		if (at > from)
			buf_add(out, from, (size_t)(at - from));
		if (wide)
			buf_fmt(out, "\\u{%04X}", (unsigned)cp);
		else
			buf_fmt(out, "\\x%02x", (unsigned)(unsigned char)*at);
		from = p;
	}
	if (end > from)
		buf_add(out, from, (size_t)(end - from));
}

size_t text_width(struct span a)
{
	const char *p = a.s, *end = a.s + a.n;
	size_t n = 0;

	while (p < end) {
		int32_t cp = utf8_step(&p, end);
		int w = cp < 0 ? 1 : utf8proc_charwidth(cp);

		n += w > 0 ? (size_t)w : 0;
	}
	return n;
}

/* ---- exact decimals ---- */

static const int64_t ten_to[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
	1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
	100000000000000000, 1000000000000000000,
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static uint64_t magnitude(int64_t v)
{
	return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

/* One more digit; -1 if that makes more than 18 (leading zeros do not count). */
static int more_digit(int64_t *digits, char c)
{
	if (*digits >= ten_to[17])
		return -1;
	*digits = *digits * 10 + (c - '0');
	return 0;
}

/*
 * The whole part "1234" or "1,234": a comma after the first one to three digits, then after
 * every three.  "0,5" is somebody's decimal comma and not a number here.
 */
static int parse_whole(const char **p, const char *end, int64_t *digits)
{
	const char *s = *p, *group = s;
	bool commas = false;

	for (; s < end && (is_digit(*s) || *s == ','); s++) {
		if (*s != ',') {
			if (more_digit(digits, *s) != 0)
				return -1;
			continue;
		}
		if (commas ? s - group != 3 : s - group < 1 || s - group > 3 || *group == '0')
			return -1;
		commas = true;
		group = s + 1;
	}
	if (s == group || (commas && s - group != 3))
		return -1;
	*p = s;
	return 0;
}

int decimal_parse(struct span in, struct decimal *out)
{
	const char *p = in.s, *end = in.s + in.n;
	struct decimal d = { 0, 0 };
	bool minus = false;

	if (p < end && (*p == '-' || *p == '+'))
		minus = *p++ == '-';
	if (p == end || parse_whole(&p, end, &d.digits) != 0)
		return -1;
	if (p < end && *p == '.') {
		if (++p == end)
			return -1;
		for (; p < end && is_digit(*p); p++, d.scale++)
			if (d.scale == 18 || more_digit(&d.digits, *p) != 0)
				return -1;
	}
	if (p != end)
		return -1;
	if (minus)
		d.digits = -d.digits;
	*out = d;
	return 0;
}

int decimal_scale(struct decimal d, int64_t factor, int64_t *out, bool *rounded)
{
	assert(factor > 0 && d.scale >= 0 && d.scale <= 18);
	unsigned __int128 n = (unsigned __int128)magnitude(d.digits) * (uint64_t)factor;
	uint64_t by = (uint64_t)ten_to[d.scale];
	unsigned __int128 whole = n / by;
	uint64_t rest = (uint64_t)(n % by);

	if (rest >= by - rest)  /* rest / by >= 1/2, and cannot overflow */
		whole++;
	if (whole > (uint64_t)INT64_MAX)
		return -1;
	*out = d.digits < 0 ? -(int64_t)whole : (int64_t)whole;
	if (rounded != NULL)
		*rounded = rest != 0;
	return 0;
}

/*
 * Correctly rounded.  Up to 2^53 one division is (10^18 is exact, too); above, the quotient is carried to at
 * least 57 bits with a last bit that tells whether anything was left over.
 */
double decimal_real(struct decimal d)
{
	uint64_t n = magnitude(d.digits);
	uint64_t by = (uint64_t)ten_to[d.scale];
	double r;

	if (n <= UINT64_C(1) << 53) {
		r = (double)n / (double)by;
	} else {
		unsigned __int128 wide = (unsigned __int128)n << 64;
		unsigned __int128 q = wide / by;
		int exponent = -64;
		bool left = wide % by != 0;

		for (; q >> 63 != 0; exponent++) {
			left = left || (q & 1) != 0;
			q >>= 1;
		}
		r = ldexp((double)((uint64_t)q | (left ? 1 : 0)), exponent);
	}
	return d.digits < 0 ? -r : r;
}

int decimal_cmp(struct decimal a, struct decimal b)
{
	__int128 x = a.digits, y = b.digits;

	if (a.scale < b.scale)
		x *= ten_to[b.scale - a.scale];
	else
		y *= ten_to[a.scale - b.scale];
	return x < y ? -1 : x > y;
}

void decimal_show(struct buf *out, int64_t v, int64_t factor)
{
	assert(factor > 0);
	uint64_t n = magnitude(v), by = (uint64_t)factor;
	uint64_t rest = n % by;

	buf_fmt(out, "%s%llu", v < 0 ? "-" : "", (unsigned long long)(n / by));
	if (rest != 0)
		buf_char(out, '.');
	while (rest != 0 && by >= 10) {
		by /= 10;
		/* cppcheck-suppress zerodivcond */
		buf_char(out, (char)('0' + rest / by));
		rest %= by;
	}
}
