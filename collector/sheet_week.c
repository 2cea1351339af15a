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

/* What becomes of a week that was found: SPELLED "YYYY-Www", which need not exist. */
typedef void week_taker(const struct understanding *u, const char *spelled, const struct week *week,
    uint32_t row);

/* All weeks of TEXT (squashed); WEEK is NULL for one that does not exist. */
static void each_week(const struct understanding *u, struct span text, uint32_t row, week_taker *take)
{
	struct week week;
	char one[9];

	for (const char *p = text.s; p < text.s + text.n; p++) {
		size_t n = week_spelled(&u->rs->messages, text, p, one);

		if (n == 0)
			continue;
		take(u, one, week_parse(one, 8, &week) == 0 ? &week : NULL, row);
		p += n - 1;
	}
}

static void declare(const struct understanding *u, const struct week *week)
{
	u->p->has_week = true;
	u->p->week = *week;
}

static void take_of_name(const struct understanding *u, const char *spelled, const struct week *week,
    uint32_t row)
{
	(void)row;
	if (week == NULL)
		sheet_say_file(u, "week.bad", "week", spelled);
	else if (u->p->has_week && week_cmp(u->p->week, *week) != 0)
		sheet_say_file(u, "week.two", "week", spelled);
	else {
		declare(u, week);
		u->p->week_in_name = true;
	}
}

static void take_of_row(const struct understanding *u, const char *spelled, const struct week *week,
    uint32_t row)
{
	char declared[9] = "";
	char where[24];
	const struct message_arg args[] = { { "week", spelled }, { "other", declared }, { "row", where } };
	struct finding at = { .row = row, .value = spelled };

	(void)snprintf(where, sizeof where, "%u", u->p->week_row);
	if (u->p->has_week)
		week_format(u->p->week, declared);
	if (week == NULL)
		sheet_say(u, "week.bad", &at, args, 2);
	else if (u->p->has_week && week_cmp(u->p->week, *week) != 0)
		sheet_say(u, u->p->week_in_name ? "week.said" : "week.said_row", &at, args, 3);
	else {
		declare(u, week);
		u->p->week_row = row;
	}
}

void sheet_week_of_name(const struct understanding *u, const char *file_name)
{
	struct span text = squash_in(&u->p->arena, span_of(file_name));

	each_week(u, text, 0, take_of_name);
	sheet_days(u, text, 0);
}

/* Whether TEXT spells a week. */
static bool has_week(const struct messages *m, struct span text)
{
	char one[9];

	for (const char *p = text.s; p < text.s + text.n; p++)
		if (week_spelled(m, text, p, one) > 0)
			return true;
	return false;
}

/* The weeks of a title; where it spells one outside its brackets, what they speak of is compared with it. */
static void weeks_of_title(const struct understanding *u, struct span text, uint32_t row)
{
	char *outside = arena_ndup(&u->p->arena, text.s, text.n);
	int depth = 0;

	for (size_t i = 0; i < text.n; i++) {
		depth += text.s[i] == '(';
		if (depth > 0)
			outside[i] = ' ';
		depth -= depth > 0 && text.s[i] == ')';
	}
	struct span bare = { outside, text.n };

	each_week(u, has_week(&u->rs->messages, bare) ? bare : text, row, take_of_row);
}

bool sheet_is_annotation(const struct sheet *s, uint32_t col)
{
	for (size_t i = 0; i < s->n_columns; i++) {
		int reserved = s->columns[i].reserved;

		if (s->columns[i].col == col && (reserved == RES_RESULT || reserved == RES_ERRORS || reserved == RES_SUGGEST))
			return true;
	}
	return false;
}

void sheet_week_of_row(const struct understanding *u, const struct sheet *s, const struct grid_row *row)
{
	for (size_t i = row->from; i < row->to; i++) {
		struct span cell = grid_cell(&u->r->grids[0], i);

		if (is_blank(cell) || sheet_is_annotation(s, u->r->grids[0].cells[i].col) ||
		    sheet_sign_begins(u, cell) == SIGN_REMARK)
			continue;
		struct span text = squash_in(&u->p->arena, cell);

		weeks_of_title(u, text, row->row);
		sheet_days(u, text, row->row);
	}
}
