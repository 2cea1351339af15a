/*
 * privacy - numbers of persons in free text: an identity card's (18 places, check character) and a mobile
 * phone's (11 digits), standing alone.  What the record, the receipt and the briefing show of them is masked.
 */
#include <string.h>

#include "collector.h"

#define ID_LENGTH     18
#define MOBILE_LENGTH 11

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits_at(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && is_digit(s[i]))
		i++;
	return i;
}

/* GB 11643: a birthday that can be, and the check character. */
static bool is_id(const char *s)
{
	static const int weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	static const char checks[] = "10X98765432";
	int month = (s[10] - '0') * 10 + s[11] - '0', day = (s[12] - '0') * 10 + s[13] - '0', sum = 0;

	if (s[0] == '0' || (memcmp(s + 6, "19", 2) != 0 && memcmp(s + 6, "20", 2) != 0) || month < 1 ||
	    month > 12 || day < 1 || day > 31)
		return false;
	for (size_t i = 0; i < ID_LENGTH - 1; i++)
		sum += (s[i] - '0') * weights[i];
	return (s[17] == 'x' ? 'X' : s[17]) == checks[sum % 11];
}

/* Bytes of the number that begins at S, the first of a run of digits; 0 if the run is none. */
static size_t number_at(const char *s, size_t n, enum privacy *kind)
{
	size_t digits = digits_at(s, n);
	bool x = digits == ID_LENGTH - 1 && n > digits && (s[digits] == 'X' || s[digits] == 'x');

	if ((digits == ID_LENGTH || x) && is_id(s)) {
		*kind = PRIVACY_ID;
		return ID_LENGTH;
	}
	if (digits == MOBILE_LENGTH && s[0] == '1' && s[1] >= '3') {
		*kind = PRIVACY_MOBILE;
		return MOBILE_LENGTH;
	}
	return 0;
}

/* The last digit that is shown at the beginning, and how many at the end: enough to know one's own again. */
static void put_masked(struct buf *out, const char *s, size_t n)
{
	size_t head = n == ID_LENGTH ? 6 : 3;

	buf_add(out, s, head);
	for (size_t i = head; i < n - 4; i++)
		buf_char(out, '*');
	buf_add(out, s + n - 4, 4);
}

/* It has a run of as many digits as the shortest of these numbers. */
bool privacy_is_possible(struct span text)
{
	for (size_t at = MOBILE_LENGTH - 1; at < text.n; at += MOBILE_LENGTH) {
		size_t from = at, to = at;

		if (!is_digit(text.s[at]))
			continue;
		while (from > 0 && is_digit(text.s[from - 1]))
			from--;
		while (to < text.n && is_digit(text.s[to]))
			to++;
		if (to - from >= MOBILE_LENGTH)
			return true;
	}
	return false;
}

enum privacy privacy_mask(struct buf *out, struct span text)
{
	enum privacy found = PRIVACY_NONE, kind = PRIVACY_NONE;
	size_t i = privacy_is_possible(text) ? 0 : text.n;

	if (i > 0)
		buf_add(out, text.s, text.n);

	while (i < text.n) {
		size_t run = digits_at(text.s + i, text.n - i), n = run > 0 ?
		    number_at(text.s + i, text.n - i, &kind) : 0;
		size_t step = n > 0 ? n : run > 0 ? run : 1;

		if (n > 0) {
			put_masked(out, text.s + i, n);
			found = kind > found ? kind : found;
		} else {
			buf_add(out, text.s + i, step);
		}
		i += step;
	}
	return found;
}
