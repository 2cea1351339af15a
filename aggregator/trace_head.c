/*
 * trace_head - what the head of a measure says of one of its columns: what it means, whether it is money, and
 * where a trace goes on, and why it may be empty.  Four kinds of comment lines:
 *
 *   --   due, reported  reports due, and accepted      names, two blanks, the meaning; deeper lines go on
 *                                                      with it
 *   -- yuan: saved                                     columns of money that no form has
 *   -- trace: open | table | since, sum | kind = 'x'   of column open: the rows of that table, these columns
 *                                                      of them, where that holds.  Without a table: columns
 *                                                      of the row itself.  *table: the rows of all units.
 *                                                      prev_table: the week before's; =sum: the figure is
 *                                                      that one, carried.  In the condition :week, :as_of,
 *                                                      :city, :KEY for parts of the key
 *   -- empty: rate | without a plan | year_plan = 0    why column rate is NULL in a row where that holds
 *
 * A line that stands deeper than these goes on with the one above it.
 */
#include <stdlib.h>
#include <string.h>

#include "../common/text.h"
#include "aggregator.h"

#define GOES_ON 3               /* what stands deeper than this goes on with the line above */

/* The next line of the head behind its dashes, blanks kept; false at its end. */
static bool head_next(const char **p, struct span *line)
{
	struct span t = { *p, strcspn(*p, "\n") };

	if (!span_starts(t, "--"))
		return false;
	*p += t.n + ((*p)[t.n] == '\n' ? 1 : 0);
	line->s = t.s + 2;
	line->n = t.n - 2;
	return true;
}

static size_t count_blanks(struct span line)
{
	size_t n = 0;

	while (n < line.n && line.s[n] == ' ')
		n++;
	return n;
}

/* Cut *LINE at the first MARK; what was before it. */
static struct span cut(struct span *line, const char *mark)
{
	size_t n = strlen(mark), at = 0;
	struct span before = *line;

	while (at < line->n && (line->n - at < n || memcmp(line->s + at, mark, n) != 0))
		at++;
	before.n = at;
	line->s += at < line->n ? at + n : at;
	line->n -= at < line->n ? at + n : at;
	return before;
}

/* The next word of *LIST, parted by blanks and commas; false: none left. */
static bool next_word(struct span *list, struct span *word)
{
	size_t n = 0;

	while (list->n > 0 && (*list->s == ' ' || *list->s == ',')) {
		list->s++;
		list->n--;
	}
	while (n < list->n && list->s[n] != ' ' && list->s[n] != ',')
		n++;
	*word = (struct span){ list->s, n };
	list->s += n;
	list->n -= n;
	return n > 0;
}

bool head_word_is(struct span word, const char *column)
{
	bool begins = word.s[word.n - 1] == '*';
	size_t n = begins ? word.n - 1 : word.n;

	return strncmp(column, word.s, n) == 0 && (begins || column[n] == '\0');
}

/* Whether COLUMN is one of the words of LIST. */
static bool list_has(struct span list, const char *column)
{
	struct span word;

	while (next_word(&list, &word)) {
		if (head_word_is(word, column))
			return true;
	}
	return false;
}

/* Words of LIST to OUT. */
static void add_words(struct names *out, struct span list)
{
	struct span word;

	while (next_word(&list, &word)) {
		vec_room(out->v, out->n, out->cap);
		out->v[out->n++] = mem_ndup(word.s, word.n);
	}
}

bool head_list(const char **p, int *at, const char *mark, struct names *out)
{
	size_t n = strlen(mark);
	struct span line;

	while (head_next(p, &line)) {
		struct span text = span_trim(line);

		(*at)++;
		if (span_starts(text, mark)) {
			add_words(out, (struct span){ text.s + n, text.n - n });
			return true;
		}
	}
	return false;
}

bool head_is_money(const struct measure *m, const char *column)
{
	const char *p = m->sql;
	struct names names = { 0 };
	bool is = false;
	int at = 0;

	while (!is && head_list(&p, &at, HEAD_YUAN, &names)) {
		for (size_t i = 0; i < names.n; i++)
			is = is || head_word_is(span_of(names.v[i]), column);
	}
	names_free(&names);
	return is;
}

/*
 * The next line MARK of the head from *P on, with those that go on with it, to TEXT.  *AT becomes the
 * line where the next one is looked for, *FROM its own.  false: none left.
 */
static bool head_joined(const char **p, int *at, const char *mark, struct buf *text, int *from)
{
	size_t n = strlen(mark);
	struct span line;

	while (head_next(p, &line)) {
		struct span part = span_trim(line);
		const char *ahead = *p;

		*from = ++*at;
		if (!span_starts(part, mark))
			continue;
		buf_reset(text);
		buf_add(text, part.s + n, part.n - n);
		while (head_next(&ahead, &line) && count_blanks(line) > GOES_ON) {
			part = span_trim(line);
			buf_char(text, ' ');
			buf_add(text, part.s, part.n);
			*p = ahead;
			(*at)++;
		}
		return true;
	}
	return false;
}

static void keep(struct readings *out, const struct reading *r)
{
	vec_room(out->v, out->n, out->cap);
	out->v[out->n++] = *r;
}

/* The column that the figure is, carried: its mark is taken off. */
static void mark_same(struct reading *r)
{
	for (size_t i = 0; i < r->columns.n; i++) {
		char *name = r->columns.v[i];

		if (*name != '=')
			continue;
		memmove(name, name + 1, strlen(name));
		r->same = name;
	}
}

/* "COLUMNS | TABLE | COLUMNS OF IT | WHERE"; the last may have bars of its own. */
static void add_reading(struct readings *out, struct span rest, int line)
{
	static const char prev[] = "prev_";
	struct reading r = { .line = line };
	struct span table;

	for (size_t i = 0; i < rest.n; i++)
		r.bars += rest.s[i] == '|';
	add_words(&r.of, cut(&rest, "|"));
	table = span_trim(cut(&rest, "|"));
	r.everyone = span_starts(table, "*");
	table = (struct span){ table.s + r.everyone, table.n - r.everyone };
	r.before = span_starts(table, prev);
	if (r.before)
		table = (struct span){ table.s + sizeof prev - 1, table.n - (sizeof prev - 1) };
	r.table = mem_ndup(table.s, table.n);
	add_words(&r.columns, cut(&rest, "|"));
	mark_same(&r);
	rest = span_trim(rest);
	r.where = mem_ndup(rest.s, rest.n);
	keep(out, &r);
}

/* "COLUMNS | WORDS | WHERE" */
static void add_lack(struct readings *out, struct span rest, int line)
{
	struct reading r = { .line = line };
	struct span words;

	for (size_t i = 0; i < rest.n; i++)
		r.bars += rest.s[i] == '|';
	add_words(&r.of, cut(&rest, "|"));
	words = span_trim(cut(&rest, "|"));
	r.words = mem_ndup(words.s, words.n);
	rest = span_trim(rest);
	r.where = mem_ndup(rest.s, rest.n);
	keep(out, &r);
}

/* Whether R is of one of COLUMNS. */
static bool is_of(const struct reading *r, const struct names *columns)
{
	for (size_t i = 0; i < r->of.n; i++) {
		for (size_t k = 0; k < columns->n; k++) {
			if (head_word_is(span_of(r->of.v[i]), columns->v[k]))
				return true;
		}
	}
	return false;
}

static void reading_clear(struct reading *r)
{
	free(r->table);
	free(r->where);
	free(r->words);
	names_free(&r->of);
	names_free(&r->columns);
}

/* Those of COLUMNS stay. */
static void choose_readings(struct readings *all, const struct names *columns)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (is_of(&all->v[i], columns))
			all->v[kept++] = all->v[i];
		else
			reading_clear(&all->v[i]);
	}
	all->n = kept;
}

void head_readings(const struct measure *m, const struct names *columns, struct readings *out)
{
	struct buf text = { 0 };
	const char *p = m->sql;
	int at = 0, from;

	while (head_joined(&p, &at, HEAD_TRACE, &text, &from))
		add_reading(out, span_of(buf_cstr(&text)), from);
	buf_free(&text);
	if (columns != NULL)
		choose_readings(out, columns);
}

void head_lacks(const struct measure *m, const struct names *columns, struct readings *out)
{
	struct buf text = { 0 };
	const char *p = m->sql;
	int at = 0, from;

	while (head_joined(&p, &at, HEAD_EMPTY, &text, &from))
		add_lack(out, span_of(buf_cstr(&text)), from);
	buf_free(&text);
	if (columns != NULL)
		choose_readings(out, columns);
}

void readings_free(struct readings *r)
{
	for (size_t i = 0; i < r->n; i++)
		reading_clear(&r->v[i]);
	free(r->v);
	*r = (struct readings){ 0 };
}

/* Names, two blanks or more, meaning; and again: "a  the one    b, c  the others". */
static bool means_in(struct span line, const char *column, struct buf *out)
{
	bool found = false;

	line = span_trim(line);
	while (!found && line.n > 0) {
		struct span names = cut(&line, "  "), text;

		line = span_trim(line);
		text = cut(&line, "  ");
		line = span_trim(line);
		found = text.n > 0 && list_has(names, column);
		if (found)
			buf_add(out, text.s, text.n);
	}
	return found && line.n == 0;
}

void head_means(const struct measure *m, const char *column, struct buf *out)
{
	const char *p = m->sql;
	struct span line;
	bool goes_on = false;

	while (head_next(&p, &line)) {
		size_t blanks = count_blanks(line);
		struct span text = span_trim(line);

		if (goes_on && blanks > GOES_ON && text.n > 0) {
			buf_char(out, ' ');
			buf_add(out, text.s, text.n);
		} else {
			goes_on = blanks == GOES_ON && out->len == 0 && means_in(line, column, out);
		}
	}
}
