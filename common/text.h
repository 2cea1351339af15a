/*
 * text - spans of UTF-8: strict decoding, the folding that Chinese office text
 * needs, and exact decimal numbers.  Knows no locale.
 */
#ifndef ZB_TEXT_H
#define ZB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Bytes that somebody else owns; not NUL-terminated. */
struct span {
	const char *s;
	size_t      n;
};

struct span span_of(const char *s);                     /* NULL gives an empty span */
bool span_is(struct span a, const char *b);
bool span_eq(struct span a, struct span b);
bool span_starts(struct span a, const char *prefix);
bool span_ends(struct span a, const char *suffix);
/* Without leading and trailing white space: ASCII, NBSP, U+3000, U+2000..200D, U+FEFF. */
struct span span_trim(struct span a);

/*
 * The next code point of the bytes from *P to END, strictly (no overlong form, no
 * surrogate, nothing above U+10FFFF).  Returns it and moves *P past it, or -1
 * with *P untouched.  *P < END.
 */
int32_t utf8_next(const char **p, const char *end);
/* Whether all of it is UTF-8; if not and BAD is not NULL, *BAD is the offset of the first bad byte. */
bool utf8_valid(const char *s, size_t n, size_t *bad);
void utf8_put(struct buf *b, uint32_t cp);
size_t utf8_count(struct span a);                       /* code points; a bad byte counts as one */

/*
 * Full-width ASCII (U+FF01..FF5E) to ASCII, U+3000 and NBSP to a space, minus signs
 * (U+2212, U+FF0D, U+2010..2015) to '-', zero-width characters and BOM dropped, trimmed.
 * For cells of every type but text.
 */
void text_fold(struct buf *out, struct span in);
/*
 * For comparing names (SQL squash()): folded, all white space dropped, brackets
 * （）〔〕［］【】 to (), ASCII upper-cased.
 */
void text_squash(struct buf *out, struct span in);
/* Unicode NFC.  Text without combining marks is copied as it is. */
void text_nfc(struct buf *out, struct span in);
/* Whether NFC is sure to leave it as it is: of nearly all text, without another look. */
bool text_is_nfc(struct span in);
/*
 * Replace what a terminal, log or receipt must not show raw (controls, bidi
 * overrides, zero-width characters, bad bytes) by \xNN or \u{NNNN}.
 */
void text_escape(struct buf *out, struct span in);
/* Columns on a terminal: East Asian wide and full-width characters count 2. */
size_t text_width(struct span a);

/* An exact decimal: digits / 10^scale. */
struct decimal {
	int64_t digits;
	int     scale;          /* 0..18 */
};

/*
 * Read "-1,234.50" exactly: optional sign, digits, thousands commas only where they
 * belong, optional fraction (digits on both sides of the point).  No exponent, no
 * NaN, no hex, no blank inside.
 * Returns 0, or -1 with *OUT untouched: not a number, or more than 18 digits.
 */
int decimal_parse(struct span in, struct decimal *out);
/*
 * D x FACTOR as an integer, rounded half away from zero; *ROUNDED tells whether
 * anything was rounded off.  -1 if it does not fit into 64 bits.  FACTOR > 0.
 */
int decimal_scale(struct decimal d, int64_t factor, int64_t *out, bool *rounded);
double decimal_real(struct decimal d);
int decimal_cmp(struct decimal a, struct decimal b);    /* <0, 0, >0 */
/*
 * V / FACTOR in decimal notation without superfluous zeros:
 * (12345600, 10000) -> "1234.56".  FACTOR is a power of ten.
 */
void decimal_show(struct buf *out, int64_t v, int64_t factor);

#endif
