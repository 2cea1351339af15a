/*
 * value_slip - cells of figures that are none for a slip of the hand: a blank, a full stop for a point, a
 * comma too many or too early, a letter for a digit.  What was meant is only ever named as the value to put,
 * and only where there is one reading of it.
 */
#include "value.h"

#include <string.h>

/* Three digits behind a blank, in a figure that has its point further on: "1 234.5". */
static bool is_group(const char *s)
{
	return digits_at(s).n == 3 && (s[3] == '.' || s[3] == ' ') && strchr(s, '.') != NULL;
}

bool slip_is_parted(const char *fold)
{
	for (const char *s = fold; (s = strchr(s, ' ')) != NULL; ) {
		const char *after = s + strspn(s, " ");

		if (s > fold && is_digit(s[-1]) && is_digit(*after) && !is_group(after))
			return true;
		s = after;
	}
	return false;
}

void slip_squash(struct buf *out, const struct messages *m, struct span fold)
{
	struct buf b = { 0 };
	size_t n;

	text_squash(&b, fold);
	for (const char *s = buf_cstr(&b); *s != '\0'; s += n) {
		n = word_at(m, "figure.point", span_of(s));
		if (n > 0 && is_digit(s[n])) {
			buf_char(out, '.');
		} else {
			n = 1;
			buf_char(out, *s);
		}
	}
	buf_free(&b);
}

/* S with what only looks like a digit as that digit; false if anything else is in it, or no digit at all. */
static bool look_alike(struct buf *out, const struct messages *m, struct span s)
{
	bool any = false;

	for (size_t i = 0, n; i < s.n; i += n) {
		struct span rest = { s.s + i, s.n - i };

		n = 1;
		any = any || is_digit(s.s[i]);
		if (is_digit(s.s[i]) || strchr("+-.,", s.s[i]) != NULL)
			buf_char(out, s.s[i]);
		else if ((n = word_at(m, "figure.zero", rest)) > 0)
			buf_char(out, '0');
		else if ((n = word_at(m, "figure.one", rest)) > 0)
			buf_char(out, '1');
		else
			return false;
	}
	return any;
}

/*
 * The comma of "46,0" as a point.  Behind a whole 0 any figures are a fraction; behind another whole one
 * figure is, since no thousands are so short.  Two may be either, three are thousands, and a second comma tells
 * that the first was meant as one.
 */
static void point_for_comma(struct buf *figure)
{
	char *s = figure->s, *comma = strchr(s, ',');

	if (comma == NULL || strchr(comma + 1, ',') != NULL || strchr(s, '.') != NULL)
		return;
	s += *s == '-' || *s == '+';
	if (strlen(comma + 1) == 1 || (comma == s + 1 && *s == '0'))
		*comma = '.';
}

/* Marks too many or too few around the digits: "34..5", "34.", "34,", ".5". */
static void mend_marks(struct buf *out, struct span core)
{
	size_t sign = core.n > 0 && (*core.s == '-' || *core.s == '+');

	while (core.n > sign + 1 && strchr(".,", core.s[core.n - 1]) != NULL && is_digit(core.s[core.n - 2]))
		core.n--;
	buf_add(out, core.s, sign);
	if (core.n > sign && core.s[sign] == '.')
		buf_char(out, '0');
	for (size_t i = sign; i < core.n; i++)
		if (core.s[i] != '.' || i + 1 == core.n || core.s[i + 1] != '.')
			buf_char(out, core.s[i]);
}

bool slip_figure(struct buf *out, const struct messages *m, struct span *core, struct span *rest,
    struct decimal *d)
{
	struct buf letters = { 0 };
	struct span whole = { core->s, core->n + rest->n };

	if (rest->n > 0 && look_alike(&letters, m, whole)) {
		mend_marks(out, (struct span){ buf_cstr(&letters), letters.len });
		*core = whole;
		*rest = (struct span){ whole.s + whole.n, 0 };
	} else {
		mend_marks(out, *core);
	}
	buf_free(&letters);
	if (out->len > 0)
		point_for_comma(out);
	return decimal_parse((struct span){ buf_cstr(out), out->len }, d) == 0;
}
