/*
 * why - one line for a person, and the exit code it calls for.
 */
#include "why.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Make TEXT one line: a file name may hold a line feed or an escape sequence, and
 * a log must not obey it.  What was cut in the middle of a character loses it whole.
 */
static void one_line(char *text, size_t size, int wanted)
{
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	if (wanted < 0 || (size_t)wanted < size)
		return;
	size_t n = strlen(text), lead = n;

	while (lead > 0 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead == 0 || ((unsigned char)text[lead - 1] & 0x80) == 0)
		return;
	unsigned char c = (unsigned char)text[lead - 1];
	size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	if (n - (lead - 1) < need)
		text[lead - 1] = '\0';
}

int why_set(struct why *why, int code, const char *fmt, ...)
{
	char line[sizeof why->text];    /* a caller may hand in WHY's own text */
	va_list ap;

	assert(code != 0);
	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	one_line(line, sizeof line, n);
	memcpy(why->text, line, sizeof line);
	why->code = code;
	return -1;
}

int why_errno(struct why *why, const char *what)
{
	char reason[128];
	int e = errno;

	/* GNU strerror_r: safe beside other threads of a library, and never fails. */
	return why_set(why, EX_IOERR, "%s: %s", what, strerror_r(e, reason, sizeof reason));
}

int why_config(struct why *why, const char *file, int line, const char *fmt, ...)
{
	char text[sizeof why->text];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	one_line(text, sizeof text, n);
	if (line > 0)
		return why_set(why, EX_CONFIG, "%s:%d: %s", file, line, text);
	return why_set(why, EX_CONFIG, "%s: %s", file, text);
}
