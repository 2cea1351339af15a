/*
 * spreadsheet - cells of the CSV files that we write for people who open them with Excel or WPS.
 */
#include <string.h>

#include "collector.h"

/* A figure, a percentage, signed or not: what a spreadsheet takes for a number and not for a formula. */
static bool is_number(struct span s)
{
	struct decimal d;

	s = span_trim(s);
	if (s.n > 0 && s.s[s.n - 1] == '%')
		s.n--;
	return decimal_parse(s, &d) == 0;
}

/* Spreadsheets of the East take the wide marks U+FF1D, U+FF0B, U+FF0D, U+FF20 for the narrow ones. */
static bool begins_wide(struct span s)
{
	return span_starts(s, "\xef\xbc\x9d") || span_starts(s, "\xef\xbc\x8b") ||
	    span_starts(s, "\xef\xbc\x8d") || span_starts(s, "\xef\xbc\xa0");
}

/* Blanks before it do not help: a tab, which is put there to keep long numbers, is left as it is before words. */
bool spreadsheet_is_formula(struct span s)
{
	s = span_trim(s);
	return s.n > 1 && ((strchr("=+-@", s.s[0]) != NULL && !is_number(s)) || (begins_wide(s) && s.n > 3));
}

static bool needs_quotes(struct span s, char separator)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.s[i] == separator || s.s[i] == '"' || s.s[i] == '\n' || s.s[i] == '\r')
			return true;
	return s.n > 0 && (s.s[0] == ' ' || s.s[s.n - 1] == ' ');
}

void spreadsheet_cell(struct buf *out, struct span s, char separator)
{
	bool quoted = needs_quotes(s, separator);

	if (quoted)
		buf_char(out, '"');
	if (spreadsheet_is_formula(s))
		buf_char(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.s[i] == '"')
			buf_char(out, '"');
		buf_char(out, s.s[i]);
	}
	if (quoted)
		buf_char(out, '"');
}
