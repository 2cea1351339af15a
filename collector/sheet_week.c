/*
 * sheet_week - words of the lists at a place of a text, and weeks as people spell them.
 */
#include "sheet.h"

#include <stdio.h>
#include <string.h>

/* The longest word of list ID that TEXT (squashed) begins with: its length, or 0. */
size_t word_at(const struct messages *m, const char *id, struct span text)
{
	const struct words *w = words_find(m, id);
	size_t longest = 0;

	for (size_t i = 0; w != NULL && i < w->n; i++)
		if (span_starts(text, w->squashed[i]) && strlen(w->squashed[i]) > longest)
			longest = strlen(w->squashed[i]);
	return longest;
}

/*
 * A week at P of TEXT (squashed): year, then "-W", "W" or words, one or two digits, and the word
 * for week unless there was a W.  Returns its length, or 0; OUT is "YYYY-Www".
 */
size_t week_spelled(const struct messages *m, struct span text, const char *p, char out[9])
{
	const char *end = text.s + text.n, *s = p + 4, *digits;
	bool w = false;
	size_t n;

	if (end - p < 6 || !is_digit(p[0]) || !is_digit(p[1]) || !is_digit(p[2]) || !is_digit(p[3]) ||
	    (p > text.s && is_digit(p[-1])))
		return 0;
	while (s < end && ((n = word_at(m, "week.between", from_here(text, s))) > 0 || *s == '-' ||
	    *s == '_' || *s == 'W')) {
		w = w || *s == 'W';
		s += n > 0 ? n : 1;
	}
	for (digits = s; s < end && is_digit(*s) && s - digits < 3; s++)
		continue;
	if (s == p + 4 || s == digits || s - digits > 2 || (!w && word_at(m, "week.after", from_here(text,
	    s)) == 0))
		return 0;
	(void)snprintf(out, 9, "%.4s-W%s%.*s", p, s - digits == 1 ? "0" : "", (int)(s - digits), digits);
	return (size_t)(s - p);
}

/* The one week that a file's name says.  Two different ones, or one that does not exist, is fatal. */
void sheet_week_of_name(const struct understanding *u, const char *file_name)
{
	struct span text = squash_in(&u->p->arena, span_of(file_name));
	char found[9] = "", one[9];
	struct week week;

	for (const char *p = text.s; p < text.s + text.n; p++) {
		size_t n = week_spelled(&u->rs->messages, text, p, one);

		if (n == 0)
			continue;
		if (week_parse(one, 8, &week) != 0)
			sheet_say_file(u, "week.bad", "week", one);
		else if (*found != '\0' && strcmp(found, one) != 0)
			sheet_say_file(u, "week.two", "week", one);
		else {
			u->p->has_week = true;
			u->p->week = week;
			memcpy(found, one, sizeof found);
		}
		p += n - 1;
	}
}
