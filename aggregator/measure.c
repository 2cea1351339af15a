/*
 * measure - reads what the head of a measure says about itself: its comment, and the columns that add up.
 */
#include <string.h>

#include "../common/text.h"
#include "aggregator.h"

/* The next line of *P without its end; false at the end of the text. */
static bool line_next(const char **p, struct span *line)
{
	size_t n;

	if (**p == '\0')
		return false;
	n = strcspn(*p, "\n");
	line->s = *p;
	line->n = n;
	*p += n + ((*p)[n] == '\n' ? 1 : 0);
	return true;
}

/* Whether LINE is a comment; then *LINE becomes its text. */
static bool comment_text(struct span *line)
{
	struct span t = span_trim(*line);

	if (!span_starts(t, "--"))
		return false;
	t.s += 2;
	t.n -= 2;
	*line = span_trim(t);
	return true;
}

void measure_adds(const struct measure *m, struct names *out)
{
	const char *p = m->sql;
	int at = 0;

	while (head_list(&p, &at, HEAD_ADDS, out))
		continue;
}

void measure_head(const struct measure *m, struct buf *out)
{
	const char *p = m->sql;
	struct span line;

	while (line_next(&p, &line) && comment_text(&line)) {
		buf_add(out, line.s, line.n);
		buf_char(out, '\n');
	}
}
