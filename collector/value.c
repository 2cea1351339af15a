/*
 * value - one cell, typed.  A cell that cannot be read gets a finding that says what was got, what is
 * wanted and, where one can be named, the very value to put; nothing ambiguous is guessed.
 */
#include "collector.h"

#include <assert.h>
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/reference.h"
#include "../common/sqlfn.h"

#define TEXT_LONG 2000u         /* characters of a text without a limit of its own */
#define REF_LONG  100u          /* bytes of a key: what is longer is no code of anything */

/* The cell at hand. */
struct cell_in {
	const struct ruleset  *rs;
	const char            *unit;
	const struct column   *column;
	const struct field    *f;
	struct span            text;    /* as it was sent, trimmed */
	struct buf             fold;    /* folded, for every type but text */
	const struct finding  *at;
	struct arena          *arena;
	struct value          *out;
	struct findings       *fs;
};

/* ---- findings ---- */

#define BRIEF 60u               /* characters of a cell that a message quotes */

/* The beginning of TEXT, safe to print. */
static void add_brief(struct buf *out, struct span text)
{
	const char *p = text.s, *end = text.s + text.n;

	for (size_t i = 0; i < BRIEF && p < end; i++)
		if (utf8_next(&p, end) < 0)
			p++;
	text_escape(out, (struct span){ text.s, (size_t)(p - text.s) });
	if (p < end)
		buf_str(out, "...");
}

/*
 * Say ID of the cell.  WANT is what the message calls {want}; SUGGEST the very value to put, or NULL.
 * Returns -1 if the finding is an error (the message's severity decides), else 0.
 */
static int say(struct cell_in *c, const char *id, const char *want, const char *suggest)
{
	struct buf shown = { 0 }, brief = { 0 };
	struct finding at = *c->at;

	text_escape(&shown, c->text);
	add_brief(&brief, c->text);
	const struct message_arg args[] = {
		{ "value", buf_cstr(&brief) }, { "title", c->f->title }, { "want", want }, { "suggest",
		    suggest },
		{ "unit", c->column->unit_word },
	};

	at.value = buf_cstr(&shown);
	at.suggest = suggest;
	struct finding *said = finding_say(c->fs, &c->rs->messages, id, &at, args, 5);
	int rc = said->severity >= SEV_ERROR ? -1 : 0;

	buf_free(&shown);
	buf_free(&brief);
	return rc;
}

static int say_number(struct cell_in *c, const char *id, unsigned long long want, const char *suggest)
{
	char number[24];

	(void)snprintf(number, sizeof number, "%llu", want);
	return say(c, id, number, suggest);
}

/* ---- results ---- */

static int give_text(struct cell_in *c, const char *s, size_t n)
{
	*c->out = (struct value){ .kind = VALUE_TEXT, .s = arena_ndup(c->arena, s, n) };
	return 0;
}

static int give_integer(struct cell_in *c, int64_t i)
{
	*c->out = (struct value){ .kind = VALUE_INTEGER, .i = i };
	return 0;
}

/* ---- what spreadsheets do to codes ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct span digits_at(const char *p)
{
	size_t n = 0;

	while (is_digit(p[n]))
		n++;
	return (struct span){ p, n };
}

/* "9.13E+17": a code of digits that a spreadsheet took for a number, and whose last digits are lost. */
static bool is_exponent(const char *s)
{
	s += *s == '-' || *s == '+';
	struct span whole = digits_at(s);

	s += whole.n;
	if (whole.n == 0)
		return false;
	if (*s == '.')
		s += 1 + digits_at(s + 1).n;
	if (*s != 'E' && *s != 'e')
		return false;
	s++;
	s += *s == '-' || *s == '+';
	struct span exponent = digits_at(s);

	return exponent.n > 0 && s[exponent.n] == '\0';
}

/* ---- numbers ---- */

static const int64_t tens[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
	1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
	    100000000000000000,
	1000000000000000000,
};

static void decimal_text(struct buf *out, struct decimal d)
{
	decimal_show(out, d.digits, tens[d.scale]);
}

/* The run of figures, signs, points and commas at the beginning of S. */
static struct span figures_at(struct span s)
{
	size_t n = 0;

	while (n < s.n && (is_digit(s.s[n]) || s.s[n] == '.' || s.s[n] == ',' || ((s.s[n] == '-' ||
	    s.s[n] == '+') && n == 0)))
		n++;
	return (struct span){ s.s, n };
}

static bool has_digit(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_digit(s.s[i]))
			return true;
	return false;
}

/* D of a unit worth YUAN, in the column's own unit; false if it does not fit. */
static bool in_column_unit(const struct cell_in *c, struct decimal d, int64_t yuan, struct buf *out)
{
	int64_t v;

	if (decimal_scale(d, yuan, &v, NULL) != 0)
		return false;
	decimal_show(out, v, c->column->unit_yuan);
	return true;
}

/* A figure with something around it: say which, and the figure alone. */
static int say_around(struct cell_in *c, struct decimal d, struct span rest, bool approximate)
{
	const struct messages *m = &c->rs->messages;
	int64_t yuan = c->f->type == FIELD_MONEY ? money_unit(c->rs, rest, NULL) : 0;
	const char *id = "value.words";
	struct buf suggest = { 0 };
	int rc;

	if (yuan != 0 && in_column_unit(c, d, yuan, &suggest))
		id = approximate ? "value.approximate" : "value.unit_in_cell";
	else {
		decimal_text(&suggest, d);
		if (approximate || word_at(m, "approximate.after", rest) > 0)
			id = "value.approximate";
		else if (rest.n > 0 && *rest.s == '(')
			id = "value.remark";
	}
	rc = say(c, id, NULL, buf_cstr(&suggest));
	buf_free(&suggest);
	return rc;
}

/* Why a cell of figures is none. */
static int refuse_number(struct cell_in *c)
{
	const struct messages *m = &c->rs->messages;
	struct buf b = { 0 };
	struct decimal d;
	int rc;

	if (is_exponent(buf_cstr(&c->fold)))
		return say(c, "value.exponent", NULL, NULL);
	text_squash(&b, c->text);
	struct span s = { buf_cstr(&b), b.len };
	size_t skip = word_at(m, "approximate.before", s);
	bool approximate = skip > 0;

	if (skip == 0)
		skip = word_at(m, "currency", s);
	s = (struct span){ s.s + skip, s.n - skip };
	struct span core = figures_at(s), rest = { s.s + core.n, s.n - core.n };

	if (decimal_parse(core, &d) == 0 && !has_digit(rest) && (rest.n > 0 || skip > 0))
		rc = say_around(c, d, rest, approximate);
	else if (rest.n == 0 && skip == 0 && core.n > 18 && strspn(buf_cstr(&b), "0123456789") == core.n)
		rc = say(c, "value.too_large", NULL, NULL);
	else
		rc = say(c, "value.number", NULL, NULL);
	buf_free(&b);
	return rc;
}

static int number(struct cell_in *c, struct decimal *d)
{
	if (decimal_parse((struct span){ buf_cstr(&c->fold), c->fold.len }, d) == 0)
		return 0;
	return refuse_number(c) != 0 ? -1 : 1;
}

/* Whether D keeps the field's limits; both in the field's unit. */
static int check_range(struct cell_in *c, int low, int high)
{
	struct buf limit = { 0 };
	int rc = 0;

	if (low < 0) {
		decimal_text(&limit, c->f->min);
		rc = say(c, c->f->min.digits == 0 ? "value.negative" : "value.below", buf_cstr(&limit), NULL);
	} else if (high > 0) {
		decimal_text(&limit, c->f->max);
		rc = say(c, "value.above", buf_cstr(&limit), NULL);
	}
	buf_free(&limit);
	return rc;
}

static int compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int money(struct cell_in *c)
{
	const struct field *f = c->f;
	struct buf stored = { 0 };
	struct decimal d;
	int64_t v, min = INT64_MIN, max = INT64_MAX;
	bool rounded;
	int rc = number(c, &d);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (decimal_scale(d, c->column->unit_yuan, &v, &rounded) != 0)
		return say(c, "value.too_large", NULL, NULL);
	if (f->has_min)
		(void)decimal_scale(f->min, f->unit_yuan, &min, NULL);
	if (f->has_max)
		(void)decimal_scale(f->max, f->unit_yuan, &max, NULL);
	if (check_range(c, compare(v, min), compare(v, max)) != 0)
		return -1;
	if (rounded) {
		decimal_show(&stored, v, c->column->unit_yuan);
		rc = say(c, "value.rounded", buf_cstr(&stored), NULL);
		buf_free(&stored);
	}
	give_integer(c, v);
	return rc;
}

static int integer(struct cell_in *c)
{
	struct decimal d;
	int64_t v;
	bool rounded;
	int rc = number(c, &d);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (decimal_scale(d, 1, &v, &rounded) != 0)
		return say(c, "value.too_large", NULL, NULL);
	if (rounded && say(c, "value.whole", NULL, NULL) != 0)
		return -1;
	if (check_range(c, c->f->has_min ? decimal_cmp(d, c->f->min) : 0, c->f->has_max ? decimal_cmp(d,
	    c->f->max) : 0) != 0)
		return -1;
	return give_integer(c, v);
}

static int percent(struct cell_in *c)
{
	struct decimal d;
	int rc;

	if (c->fold.len > 1 && c->fold.s[c->fold.len - 1] == '%') {
		c->fold.len--;
		while (c->fold.len > 0 && c->fold.s[c->fold.len - 1] == ' ')
			c->fold.len--;
		c->fold.s[c->fold.len] = '\0';
	}
	rc = number(c, &d);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (check_range(c, c->f->has_min ? decimal_cmp(d, c->f->min) : 0, c->f->has_max ? decimal_cmp(d,
	    c->f->max) : 0) != 0)
		return -1;
	*c->out = (struct value){ .kind = VALUE_REAL, .r = decimal_real(d) };
	return 0;
}

/* ---- dates ---- */

#define SERIAL_FIRST 36526      /* 2000-01-01 */
#define SERIAL_LAST  54788      /* 2049-12-31 */
#define SERIAL_1970  25569

/* Groups of digits and what stands after each: '-' '/' '.', 'Y' 'M' 'D' for words, 0 for the end. */
struct groups {
	size_t n;
	int    v[3];
	size_t len[3];
	char   after[3];
};

/* The mark at *P and on past it; -1 if there is none. */
static int mark_at(const struct messages *m, const char **p, const char *end)
{
	static const struct { const char *words; char mark; } marks[] = {
		{ "date.year", 'Y' }, { "date.month", 'M' }, { "date.day", 'D' },
	};
	struct span rest = { *p, (size_t)(end - *p) };

	if (rest.n == 0)
		return 0;
	if (strchr("-/.", **p) != NULL)
		return *(*p)++;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		size_t n = word_at(m, marks[i].words, rest);

		if (n > 0) {
			*p += n;
			return marks[i].mark;
		}
	}
	return -1;
}

/* -1: it is not made of groups of digits and marks. */
static int split_date(const struct messages *m, struct span s, struct groups *g)
{
	const char *p = s.s, *end = s.s + s.n;

	*g = (struct groups){ 0 };
	while (p < end) {
		struct span digits = digits_at(p);

		if (g->n == 3 || digits.n == 0 || digits.n > 8)
			return -1;
		for (size_t i = 0; i < digits.n; i++)
			g->v[g->n] = g->v[g->n] * 10 + (p[i] - '0');
		g->len[g->n] = digits.n;
		p += digits.n;
		int mark = mark_at(m, &p, end);

		if (mark < 0)
			return -1;
		g->after[g->n++] = (char)mark;
	}
	return g->n > 0 ? 0 : -1;
}

/* "2022-4-1", or with words. */
static bool is_full(const struct groups *g)
{
	const char *a = g->after;

	return g->n == 3 && g->len[1] <= 2 && g->len[2] <= 2 &&
	    ((a[0] == a[1] && strchr("-/.", a[0]) != NULL && a[2] == 0) ||
	     (a[0] == 'Y' && a[1] == 'M' && (a[2] == 'D' || a[2] == 0)));
}

/* "2022-4", or with words. */
static bool is_year_month(const struct groups *g)
{
	const char *a = g->after;

	return g->n == 2 && g->len[0] == 4 && g->len[1] <= 2 &&
	    ((strchr("-/.", a[0]) != NULL && a[1] == 0) || (a[0] == 'Y' && (a[1] == 'M' || a[1] == 0)));
}

/* The cell squashed, without a time of day at midnight (which spreadsheets add). */
static struct span date_text(const struct cell_in *c)
{
	const char *s = buf_cstr(&c->fold);
	const char *space = strchr(s, ' ');
	struct span all = { s, c->fold.len };

	if (space != NULL && strchr(space, ':') != NULL && strspn(space, " 0:") == strlen(space))
		all.n = (size_t)(space - s);
	return squash_in(c->arena, all);
}

/* The day of three numbers; -1 after a finding. */
static int make_day(struct cell_in *c, int year, int month, int day, day_t *out)
{
	if (year < 2000 || year > 2099)
		return say(c, "value.date_year", NULL, NULL) != 0 ? -1 : 1;
	if (day_make(year, month, day, out) != 0)
		return say(c, "value.date_impossible", NULL, NULL) != 0 ? -1 : 1;
	return 0;
}

/* "22.4.1": very likely 2022-04-01, but it is asked. */
static int say_short_year(struct cell_in *c, const struct groups *g)
{
	char day_text[11];
	day_t d;

	if (day_make(2000 + g->v[0], g->v[1], g->v[2], &d) != 0)
		return say(c, "value.date", NULL, NULL);
	day_format(d, day_text);
	return say(c, "value.date_short_year", NULL, day_text);
}

/* A day from the cell.  0, 1 (said, but no error), -1; *SERIAL: it was a number. */
static int read_day(struct cell_in *c, const struct groups *g, bool split, day_t *out, bool *serial)
{
	*serial = false;
	if (split && g->n == 1 && g->after[0] == 0 && g->len[0] == 8)
		return make_day(c, g->v[0] / 10000, g->v[0] / 100 % 100, g->v[0] % 100, out);
	if (split && g->n == 1 && g->after[0] == 0 && g->len[0] == 5) {
		if (g->v[0] < SERIAL_FIRST || g->v[0] > SERIAL_LAST)
			return say(c, "value.date_serial", NULL, NULL) != 0 ? -1 : 1;
		*out = g->v[0] - SERIAL_1970;
		*serial = true;
		return 0;
	}
	if (split && is_full(g) && g->len[0] == 4)
		return make_day(c, g->v[0], g->v[1], g->v[2], out);
	if (split && is_full(g) && g->len[0] == 2)
		return say_short_year(c, g) != 0 ? -1 : 1;
	if (split && is_year_month(g))
		return say(c, "value.date_no_day", NULL, NULL) != 0 ? -1 : 1;
	if (split && g->n == 2 && g->len[0] <= 2)
		return say(c, "value.date_no_year", NULL, NULL) != 0 ? -1 : 1;
	return say(c, "value.date", NULL, NULL) != 0 ? -1 : 1;
}

static int date(struct cell_in *c)
{
	struct groups g;
	bool split = split_date(&c->rs->messages, date_text(c), &g) == 0, serial;
	char text[11];
	day_t d;
	int rc = read_day(c, &g, split, &d, &serial);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	day_format(d, text);
	if (serial && say(c, "value.serial", text, NULL) != 0)
		return -1;
	return give_text(c, text, 10);
}

static int give_month(struct cell_in *c, int year, int month)
{
	char text[24];

	if (year < 2000 || year > 2099 || month < 1 || month > 12)
		return say(c, "value.month", NULL, NULL);
	(void)snprintf(text, sizeof text, "%04d-%02d", year, month);
	return give_text(c, text, 7);
}

/*
 * Rationale: "2022.1" is what a spreadsheet makes of 2022.10 as well, so it is asked.
 */
static int month(struct cell_in *c)
{
	struct groups g;
	bool split = split_date(&c->rs->messages, date_text(c), &g) == 0, serial;
	int year, mon, rc;
	char text[11];
	day_t d;

	if (split && is_year_month(&g)) {
		if (g.after[0] == '.' && g.len[1] == 1 && g.v[1] == 1)
			return say(c, "value.month_ambiguous", NULL, NULL);
		return give_month(c, g.v[0], g.v[1]);
	}
	if (split && g.n == 1 && g.after[0] == 0 && g.len[0] == 6)
		return give_month(c, g.v[0] / 100, g.v[0] % 100);
	if (!split || (g.n == 1 && g.len[0] != 5 && g.len[0] != 8) || g.n == 2)
		return say(c, "value.month", NULL, NULL);
	rc = read_day(c, &g, split, &d, &serial);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	day_format(d, text);
	text[7] = '\0';
	if (say(c, "value.month_of_day", text, NULL) != 0)
		return -1;
	day_split(d, &year, &mon, NULL);
	return give_month(c, year, mon);
}

static int week(struct cell_in *c)
{
	struct span s = squash_in(c->arena, c->text);
	struct week w;
	char text[9];

	if (s.n == 0 || week_spelled(&c->rs->messages, s, s.s, text) == 0 || week_parse(text, 8, &w) != 0)
		return say(c, "value.week", NULL, NULL);
	return give_text(c, text, 8);
}

/* ---- what is not to be seen ---- */

static const struct { uint32_t from, to; } unseen[] = {
	{ 0x00, 0x08 }, { 0x0b, 0x0c }, { 0x0e, 0x1f }, { 0x7f, 0x9f }, { 0x200e, 0x200f }, { 0x202a,
	    0x202e },
	{ 0x2066, 0x2069 }, { 0xfff9, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0xe007f },
};

/* Controls and marks that turn text around: a reader would see something else than what is there. */
static bool is_unseen(int32_t cp)
{
	for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
		if ((uint32_t)cp >= unseen[i].from && (uint32_t)cp <= unseen[i].to)
			return true;
	return false;
}

struct look {
	size_t characters;
	bool   unseen, lines, tabs;
};

static struct look look_over(struct span s)
{
	struct look l = { 0 };

	for (const char *p = s.s, *end = s.s + s.n; p < end; l.characters++) {
		int32_t cp = (unsigned char)*p < 0x80 ? *p++ : utf8_next(&p, end);

		if (cp < 0)
			p++;
		l.lines = l.lines || cp == '\n' || cp == '\r';
		l.tabs = l.tabs || cp == '\t';
		l.unseen = l.unseen || ((cp < 0x20 || cp >= 0x7f) && (cp < 0x2e80 || cp > 0x9fff) &&
		    is_unseen(cp));
	}
	return l;
}

/* ---- numbers of persons ---- */

/*
 * Whether S begins with what can be the number of an identity card (GB 11643): a place, a day of birth, an
 * order and a check digit.  Such a number is nobody's business here.
 */
static bool is_id_card(const char *s)
{
	static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0, year, month;
	day_t day;

	for (size_t i = 0; i < 17; i++) {
		if (!is_digit(s[i]))
			return false;
		sum += weights[i] * (s[i] - '0');
	}
	year = (s[6] - '0') * 1000 + (s[7] - '0') * 100 + (s[8] - '0') * 10 + (s[9] - '0');
	month = (s[10] - '0') * 10 + (s[11] - '0');
	if (year < 1900 || year > 2099 || s[0] == '0' || month < 1 || month > 12 ||
	    day_make(2000 + year % 4, month, (s[12] - '0') * 10 + (s[13] - '0'), &day) != 0)
		return false;
	return toupper((unsigned char)s[17]) == "10X98765432"[sum % 11];
}

/* The same, without what tells who it is. */
static struct span id_card_masked(struct cell_in *c, const char *s)
{
	char *masked = arena_ndup(c->arena, s, 18);

	memset(masked + 6, '*', 8);
	return (struct span){ masked, 18 };
}

/* The first of them in TEXT, standing alone; NULL if there is none. */
static const char *id_card_in(struct span text)
{
	for (size_t i = 0; i + 18 <= text.n; i++) {
		bool begins = i == 0 || !is_digit(text.s[i - 1]);

		if (begins && is_digit(text.s[i]) && (i + 18 == text.n || !is_digit(text.s[i + 18])) &&
		    strnlen(text.s + i, 18) == 18 && is_id_card(text.s + i))
			return text.s + i;
	}
	return NULL;
}

/* ---- codes, lists, references ---- */

static bool matches(const struct field *f, const char *s)
{
	return !f->has_regex || regexec(&f->regex, s, 0, NULL, 0) == 0;
}

static int code(struct cell_in *c)
{
	const char *s = buf_cstr(&c->fold);
	char *upper;

	if (is_exponent(s))
		return say(c, "value.code_exponent", NULL, NULL);
	if (matches(c->f, s))
		return give_text(c, s, c->fold.len);
	upper = arena_ndup(c->arena, s, c->fold.len);
	for (size_t i = 0; i < c->fold.len; i++)
		upper[i] = (char)toupper((unsigned char)upper[i]);
	return say(c, c->f->example != NULL ? "value.code" : "value.code_pattern",
	    c->f->example != NULL ? c->f->example : c->f->pattern, matches(c->f, upper) ? upper : NULL);
}

/* The key of another row: read like its own cell there; whether there is such a row is the judge's affair. */
static int ref(struct cell_in *c)
{
	const char *s = buf_cstr(&c->fold);

	if (is_exponent(s))
		return say(c, "value.code_exponent", NULL, NULL);
	if (strpbrk(s, "\n\r\t") != NULL)
		return say(c, "value.control", NULL, NULL);
	if (c->fold.len > REF_LONG)
		return say_number(c, "value.too_long", REF_LONG, NULL);
	return give_text(c, s, c->fold.len);
}

/* The one value that contains the cell or is contained in it; NULL if none or several do. */
static const char *nearest_value(struct cell_in *c, struct span s)
{
	const char *found = NULL;

	for (size_t i = 0; i < c->f->n_values && s.n > 0; i++) {
		struct span v = squash_in(c->arena, span_of(c->f->values[i]));

		if (memmem(s.s, s.n, v.s, v.n) == NULL && (s.n < 6 || memmem(v.s, v.n, s.s, s.n) == NULL))
			continue;
		if (found != NULL)
			return NULL;
		found = c->f->values[i];
	}
	return found;
}

static int list_value(struct cell_in *c)
{
	struct buf list = { 0 };
	int rc;

	for (size_t i = 0; i < c->f->n_values; i++)
		if (span_is(c->text, c->f->values[i]))
			return give_text(c, c->text.s, c->text.n);
	struct span s = squash_in(c->arena, c->text);

	for (size_t i = 0; i < c->f->n_values; i++)
		if (span_eq(s, squash_in(c->arena, span_of(c->f->values[i]))))
			return give_text(c, c->f->values[i], strlen(c->f->values[i]));
	for (size_t i = 0; i < c->f->n_values; i++) {
		if (i > 0)
			message_says(&list, &c->rs->messages, "list.or", NULL, 0);
		buf_str(&list, c->f->values[i]);
	}
	rc = say(c, "value.enum", buf_cstr(&list), nearest_value(c, s));
	buf_free(&list);
	return rc;
}

static int yesno(struct cell_in *c)
{
	if (words_has(&c->rs->messages, "yes", c->text))
		return give_integer(c, 1);
	if (words_has(&c->rs->messages, "no", c->text))
		return give_integer(c, 0);
	return say(c, "value.yesno", NULL, NULL);
}

static int phone(struct cell_in *c)
{
	const char *s = buf_cstr(&c->fold);
	size_t digits = 0;

	if (is_exponent(s))
		return say(c, "value.code_exponent", NULL, NULL);
	for (const char *p = s; *p != '\0'; ) {
		size_t n = word_at(&c->rs->messages, "phone.mark", span_of(p));

		if (n == 0 && !is_digit(*p) && strchr("+-() /,;*", *p) == NULL)
			return say(c, "value.phone", NULL, NULL);
		digits += is_digit(*p);
		p += n > 0 ? n : 1;
	}
	if (digits < 7 || c->fold.len > 64)
		return say(c, "value.phone", NULL, NULL);
	return give_text(c, s, c->fold.len);
}

/* ---- credit codes ---- */

/* Without blanks and strokes, upper case. */
static char *uscc_text(struct cell_in *c, size_t *n)
{
	char *s = arena_alloc(c->arena, c->fold.len + 1);

	*n = 0;
	for (size_t i = 0; i < c->fold.len; i++)
		if (c->fold.s[i] != ' ' && c->fold.s[i] != '-')
			s[(*n)++] = (char)toupper((unsigned char)c->fold.s[i]);
	return s;
}

/* Letters that the code does not have, for the figures they are mistaken for. */
static void uscc_mend(char *s)
{
	static const char from[] = "IOZS", to[] = "1025";

	for (; *s != '\0'; s++) {
		const char *at = strchr(from, *s);

		if (at != NULL)
			*s = to[at - from];
	}
}

static int uscc(struct cell_in *c)
{
	size_t n;
	char *s = uscc_text(c, &n);

	if (is_exponent(buf_cstr(&c->fold)))
		return say(c, "value.uscc_exponent", NULL, NULL);
	if (utf8_count((struct span){ s, n }) != 18)
		return say_number(c, "value.uscc_length", utf8_count((struct span){ s, n }), NULL);
	if (uscc_is_valid(s))
		return give_text(c, s, n);
	if (is_id_card(s)) {
		c->text = id_card_masked(c, s);
		return say(c, "value.uscc_id_card", NULL, NULL);
	}
	/* A spreadsheet keeps fifteen digits of a number. */
	if (strspn(s, "0123456789") == n && strcmp(s + 15, "000") == 0)
		return say(c, "value.uscc_rounded", NULL, NULL);
	if (strspn(s, "0123456789ABCDEFGHJKLMNPQRTUWXY") == n)
		return say(c, "value.uscc_check", s, NULL);
	char *mended = arena_ndup(c->arena, s, n);

	uscc_mend(mended);
	return say(c, "value.uscc_letter", NULL, uscc_is_valid(mended) ? mended : NULL);
}

/* ---- towns ---- */

struct towns {
	const struct reference *ref;
	int    code, name, unit, aliases;       /* columns, or -1 */
};

static const char *town_cell(const struct towns *t, size_t row, int column)
{
	return column >= 0 ? reference_cell(t->ref, row, (size_t)column) : "";
}

/* Whether S is one of the aliases "a|b|c"; SQUASHED tells that S is, and they are to be. */
static bool is_alias(struct cell_in *c, const char *aliases, struct span s, bool squashed)
{
	while (*aliases != '\0') {
		struct span one = { aliases, strcspn(aliases, "|") };

		if (one.n > 0 && span_eq(s, squashed ? squash_in(c->arena, one) : one))
			return true;
		aliases += one.n;
		aliases += *aliases == '|';
	}
	return false;
}

static bool is_town(struct cell_in *c, const struct towns *t, size_t row, struct span s, bool squashed)
{
	const char *name = town_cell(t, row, t->name);

	if (span_is(s, town_cell(t, row, t->code)))
		return true;
	if (squashed ? span_eq(s, squash_in(c->arena, span_of(name))) : span_is(s, name))
		return true;
	return is_alias(c, town_cell(t, row, t->aliases), s, squashed);
}

/* The town that S names: one of the sender's own if any is, else any; -1 if none is. */
static ssize_t find_town(struct cell_in *c, const struct towns *t, struct span s, bool squashed)
{
	ssize_t other = -1;

	for (size_t i = 0; i < t->ref->n_rows; i++) {
		if (!is_town(c, t, i, s, squashed))
			continue;
		if (c->unit != NULL && strcmp(town_cell(t, i, t->unit), c->unit) == 0)
			return (ssize_t)i;
		if (other < 0)
			other = (ssize_t)i;
	}
	return other;
}

/* A town of the sender whose name has S in it, or is in it, if there is just one. */
static const char *nearest_town(struct cell_in *c, const struct towns *t, struct span s)
{
	const char *found = NULL;

	for (size_t i = 0; i < t->ref->n_rows && s.n >= 6; i++) {
		struct span name = span_of(town_cell(t, i, t->name));

		if (c->unit == NULL || strcmp(town_cell(t, i, t->unit), c->unit) != 0 || name.n == 0)
			continue;
		if (memmem(name.s, name.n, s.s, s.n) == NULL && memmem(s.s, s.n, name.s, name.n) == NULL)
			continue;
		if (found != NULL)
			return NULL;
		found = name.s;
	}
	return found;
}

static int town(struct cell_in *c)
{
	struct towns t = { .ref = ruleset_reference(c->rs, "town") };
	const struct unit *sender = c->unit != NULL ? ruleset_unit(c->rs, c->unit) : NULL;
	ssize_t i;

	if (t.ref == NULL)
		return give_text(c, c->text.s, c->text.n);
	t.code = reference_column(t.ref, "code");
	t.name = reference_column(t.ref, "name");
	t.unit = reference_column(t.ref, "unit");
	t.aliases = reference_column(t.ref, "aliases");
	i = find_town(c, &t, c->text, false);
	if (i < 0 || strcmp(town_cell(&t, (size_t)i, t.unit), c->unit != NULL ? c->unit : "") != 0) {
		ssize_t squashed = find_town(c, &t, squash_in(c->arena, c->text), true);

		i = squashed >= 0 ? squashed : i;
	}
	if (i < 0) {
		if (say(c, "value.town_unknown", NULL, nearest_town(c, &t, squash_in(c->arena,
		    c->text))) != 0)
			return -1;
		return give_text(c, c->text.s, c->text.n);
	}
	const char *own = town_cell(&t, (size_t)i, t.unit), *key = town_cell(&t, (size_t)i, t.code);
	const struct unit *owner = ruleset_unit(c->rs, own);
	bool foreign = c->unit != NULL && strcmp(own, c->unit) != 0 && !(sender != NULL && sender->office);

	if (foreign && say(c, "value.town_other", owner != NULL ? owner->name : own, NULL) != 0)
		return -1;
	return give_text(c, key, strlen(key));
}

/* ---- text ---- */

/*
 * Numbers of persons go no further than this: each is masked where it stands.
 * The first as it is then, or NULL.
 */
static const char *mask_id_cards(struct cell_in *c)
{
	const char *first = NULL, *at;

	while ((at = id_card_in(c->text)) != NULL) {
		size_t offset = (size_t)(at - c->text.s);
		char *text = arena_ndup(c->arena, c->text.s, c->text.n);

		memset(text + offset + 6, '*', 8);
		c->text.s = text;
		first = first != NULL ? first : arena_ndup(c->arena, text + offset, 18);
	}
	return first;
}

/* Lines end with LF, or become one line; tabs are blanks; what is unseen goes. */
static void clean_text(struct buf *out, struct span s, bool lines)
{
	for (const char *p = s.s, *end = s.s + s.n; p < end; ) {
		const char *at = p;
		int32_t cp = utf8_next(&p, end);

		if (cp < 0) {
			p++;
			continue;
		}
		if (cp == '\r' && p < end && *p == '\n')
			continue;
		if (cp == '\r' || cp == '\n')
			buf_char(out, lines ? '\n' : ' ');
		else if (cp == '\t')
			buf_char(out, ' ');
		else if (!is_unseen(cp))
			buf_add(out, at, (size_t)(p - at));
	}
}

/* Whether a spreadsheet would run the text; figures and lone marks are harmless. */
static bool is_formula(struct span s)
{
	struct decimal d;

	return s.n > 1 && strchr("=+-@", s.s[0]) != NULL && decimal_parse(s, &d) != 0;
}

static int check_length(struct cell_in *c, size_t characters)
{
	struct buf max = { 0 };
	int rc = 0;

	if (c->f->has_max && decimal_cmp((struct decimal){ (int64_t)characters, 0 }, c->f->max) > 0) {
		decimal_text(&max, c->f->max);
		rc = say(c, "value.too_long", buf_cstr(&max), NULL);
	} else if (!c->f->has_max && characters > TEXT_LONG) {
		rc = say_number(c, "value.long", TEXT_LONG, NULL);
	}
	buf_free(&max);
	return rc;
}

static int text(struct cell_in *c, bool was_quoted)
{
	struct look l = look_over(c->text);
	struct buf clean = { 0 }, nfc = { 0 };
	int rc;

	if (l.unseen && say(c, "value.control", NULL, NULL) != 0)
		return -1;
	if (check_length(c, l.characters) != 0)
		return -1;
	if (!was_quoted && is_formula(c->text) && say(c, "value.formula", NULL, NULL) != 0)
		return -1;
	const char *id = mask_id_cards(c);

	if (id != NULL && say(c, "value.id_card", id, NULL) != 0)
		return -1;
	if (l.lines && !c->f->lines && say(c, "value.lines", NULL, NULL) != 0)
		return -1;
	if (l.unseen || l.lines || l.tabs) {
		clean_text(&clean, c->text, c->f->lines);
		c->text = (struct span){ buf_cstr(&clean), clean.len };
	}
	text_nfc(&nfc, c->text);
	rc = give_text(c, buf_cstr(&nfc), nfc.len);
	buf_free(&clean);
	buf_free(&nfc);
	return rc;
}

/* ---- the whole ---- */

/* Empty, or a word that stands for nothing.  A value of a list may be such a word, and then is a value. */
static bool is_null(const struct cell_in *c)
{
	if (c->text.n == 0)
		return true;
	if (c->text.n > 32 || is_digit(c->text.s[0]))
		return false;
	for (size_t i = 0; i < c->f->n_values; i++)
		if (span_is(c->text, c->f->values[i]))
			return false;
	if (c->f->type == FIELD_YESNO && words_has(&c->rs->messages, "no", c->text))
		return false;
	return words_has(&c->rs->messages, "empty", c->text);
}

/* Most cells of figures and codes are ASCII without blanks and need no folding: then true. */
static bool fold(struct cell_in *c)
{
	size_t i = 0;

	while (i < c->text.n && c->text.s[i] > ' ' && c->text.s[i] < 0x7f)
		i++;
	if (i == c->text.n)
		buf_add(&c->fold, c->text.s, c->text.n);
	else
		text_fold(&c->fold, c->text);
	return i == c->text.n;
}

static int typed(struct cell_in *c)
{
	switch (c->f->type) {
	case FIELD_MONEY:
		return money(c);
	case FIELD_INTEGER:
		return integer(c);
	case FIELD_PERCENT:
		return percent(c);
	case FIELD_DATE:
		return date(c);
	case FIELD_MONTH:
		return month(c);
	case FIELD_WEEK:
		return week(c);
	case FIELD_CODE:
		return code(c);
	case FIELD_REF:
		return ref(c);
	case FIELD_ENUM:
		return list_value(c);
	case FIELD_YESNO:
		return yesno(c);
	case FIELD_TOWN:
		return town(c);
	case FIELD_USCC:
		return uscc(c);
	case FIELD_PHONE:
		return phone(c);
	case FIELD_TEXT:
	default:
		assert(false);
		return -1;
	}
}

/* ="TEXT": how programs make a spreadsheet keep a text that looks like a number. */
static bool is_wrapped(struct span s)
{
	return s.n > 3 && s.s[0] == '=' && s.s[1] == '"' && s.s[s.n - 1] == '"' &&
	    memchr(s.s + 2, '"', s.n - 3) == NULL;
}

int value_parse(const struct ruleset *rs, const char *unit, const struct column *column, struct span cell,
    const struct finding *at, struct arena *arena, struct value *out, struct findings *fs)
{
	struct cell_in c = {
		.rs = rs, .unit = unit, .column = column, .f = column->field, .at = at, .arena = arena,
		    .out = out, .fs = fs,
	};
	bool was_quoted;
	int rc;

	*out = (struct value){ .kind = cell.s == NULL ? VALUE_ABSENT : VALUE_NULL };
	if (cell.s == NULL)
		return 0;
	c.text = is_blank(cell) ? (struct span){ "", 0 } : span_trim(cell);
	/* The apostrophe that a receipt put before what a spreadsheet would run. */
	was_quoted = c.text.n > 1 && c.text.s[0] == '\'' && strchr("=+-@", c.text.s[1]) != NULL;
	if (was_quoted)
		c.text = (struct span){ c.text.s + 1, c.text.n - 1 };
	if (is_wrapped(c.text)) {
		struct span inner = { c.text.s + 2, c.text.n - 3 };

		if (say(&c, "value.unwrapped", arena_ndup(arena, inner.s, inner.n), NULL) != 0)
			return -1;
		c.text = span_trim(inner);
	}
	if (is_null(&c))
		return 0;
	if (c.f->type == FIELD_TEXT)
		return text(&c, was_quoted);
	if (!fold(&c) && look_over(c.text).unseen) {
		buf_free(&c.fold);
		return say(&c, "value.control", NULL, NULL);
	}
	if (c.fold.len == 0)            /* nothing but what takes no room */
		rc = 0;
	else
		rc = typed(&c);
	buf_free(&c.fold);
	return rc;
}

int value_default(const struct ruleset *rs, const char *unit, const struct field *field, struct arena *arena,
    struct value *out)
{
	struct column column = {
		.field = field, .reserved = -1, .header = field->title, .unit_yuan = field->unit_yuan,
		    .unit_word = field->unit,
	};
	struct finding at = { .field = field->name };
	struct findings fs = { 0 };
	int rc;

	if (field->def == NULL) {
		*out = (struct value){ .kind = VALUE_NULL };
		return 0;
	}
	rc = value_parse(rs, unit, &column, span_of(field->def), &at, arena, out, &fs);
	findings_free(&fs);
	return rc;
}
