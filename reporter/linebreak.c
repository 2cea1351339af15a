/*
 * linebreak - Chinese text into lines.
 *
 * libunibreak says where a line may break; it is tailored here (no break between a
 * figure and its unit, inside a code, or inside a kept word).  Then the whole
 * paragraph is fitted at once, for the least badness over all its lines: a line is
 * squeezed (marks to half their width, a quarter em to an eighth) rather than spread,
 * and a last line is not left with one character.
 * The tables below are typographic classes, by code point.
 */
#include <linebreak.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../common/text.h"
#include "type.h"

#define COST_SOFT   6.0         /* inside a date, between two figures */
#define COST_LOOSE  300.0       /* a line that is left short, and not spread */
#define COST_KEPT   1e3         /* inside a word that is kept whole */
#define COST_CODE   1e4         /* inside a code; only where nothing else fits */
#define COST_NEVER  1e7         /* before a closing mark and the like */
#define COST_LINE   1.0         /* of each line */
#define COST_ROW    20.0        /* of each line of a cell: it makes the whole row taller */
#define BONUS_MARK  60.0        /* of a title's line that begins with an opening mark */
#define COST_LONELY 500.0       /* a last line of one character */
#define COST_ORPHAN 8.0         /* the same in a table's cell, where there may be no other way */
#define SQUEEZE     1.2         /* a line squeezed as far as it goes */
#define SPREAD      0.09        /* [em] a gap grown by this costs 1 */
#define ALMOST      0.999999    /* of a cost: what it is in any case, however it is rounded */
#define MARK_GIVES  0.8         /* of a mark's blank half: enough is left to tell it from its neighbour */

/* Closing and stopping marks, whose right half is blank when they are full-width. */
static const uint32_t closing[] = {
	0x2019, 0x201d, 0x3001, 0x3002, 0x3009, 0x300b, 0x300d, 0x300f, 0x3011, 0x3015, 0x3017,
	0xff01, 0xff09, 0xff0c, 0xff0e, 0xff1a, 0xff1b, 0xff1f, 0xff3d, 0xff5d,
};
/* Opening marks, whose left half is blank. */
static const uint32_t opening[] = {
	0x2018, 0x201c, 0x3008, 0x300a, 0x300c, 0x300e, 0x3010, 0x3014, 0x3016, 0xff08, 0xff3b, 0xff5b,
};
/*
 * Marks that may begin no line beside those libunibreak knows: middle dot, tilde, dashes, ratio, per cent,
 * degree.
 */
static const uint32_t not_first[] = {
	0x0025, 0x00b7, 0x2014, 0x2026, 0x2030, 0x2103, 0x2236, 0x223c, 0x301c, 0xff05, 0xff5e,
};

static bool in_class(const uint32_t *class, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++)
		if (class[i] == cp)
			return true;
	return false;
}

#define IN_CLASS(class, cp) in_class((class), sizeof (class) / sizeof *(class), (cp))

/* What CP is among marks; most characters are seen at a glance to be none. */
static enum mark_class mark_of(uint32_t cp)
{
	bool some = cp < 0x2000 ? cp == 0x25 || cp == 0xb7 : cp < 0x3100 || cp >= 0xff00;

	if (!some)
		return MARK_NONE;
	return IN_CLASS(closing, cp) ? MARK_CLOSING : IN_CLASS(opening, cp) ? MARK_OPENING :
	    IN_CLASS(not_first, cp) ? MARK_NOT_FIRST : MARK_NONE;
}

static bool is_digit(uint32_t cp)
{
	return cp >= '0' && cp <= '9';
}

/* Letters and figures that stand in words: a quarter em separates them from Chinese. */
static bool is_latin(uint32_t cp)
{
	return is_digit(cp) || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z') ||
	    (cp >= 0xc0 && cp < 0x250);
}

static bool is_ideograph(uint32_t cp)
{
	return (cp >= 0x3400 && cp < 0xa000) || (cp >= 0xf900 && cp < 0xfb00) ||
	    (cp >= 0x20000 && cp < 0x40000) || cp == 0x3007;
}

/* What makes up one code, number or word of Latin letters. */
static bool is_coded(uint32_t cp)
{
	return cp > ' ' && cp < 0x7f;
}

void cells_add(struct cells *c, const struct metrics *m, const struct measure_style *style, const char *text,
    bool strong, int line)
{
	const char *p = text, *end = text + strlen(text);

	c->size = style->size;
	while (p < end) {
		int32_t cp = utf8_next(&p, end);
		struct metric metric = { .face = -1, .advance = 1 };
		struct cell *cell;

		if (cp < 0) {           /* cannot be: SQLite and XML gave UTF-8 */
			p++;
			cp = 0xfffd;
		}
		if (cp < ' ')
			cp = ' ';
		if (!m->find(m->from, strong ? style->strong_role : style->role, (uint32_t)cp, &metric))
			metric.face = -1;
		vec_room(c->v, c->n, c->cap);
		cell = &c->v[c->n++];
		*cell = (struct cell){ .cp = (uint32_t)cp, .face = metric.face, .line = line,
		    .strong = strong, .link = c->link, .mark = mark_of((uint32_t)cp),
		    .advance = metric.advance * style->size };
		if (metric.advance > 0.9) {
			cell->head = cell->mark == MARK_OPENING ? style->size / 2 : 0;
			cell->tail = cell->mark == MARK_CLOSING ? style->size / 2 : 0;
			cell->advance += style->track;
		}
		if (cp == ' ')
			cell->tail = cell->advance;
	}
}

/*
 * The gap before cell I: its lead, what it may give away, and its part in spreading a
 * line.  A gap that is wide already takes half a part, so that a spread line looks even.
 */
static void gap_set(const struct cells *c, size_t i)
{
	struct cell *cell = &c->v[i];
	const struct cell *before = &c->v[i - 1];
	bool mark = cell->mark == MARK_OPENING || cell->mark == MARK_CLOSING;

	if (!(is_coded(cell->cp) && is_coded(before->cp)) && !(cell->cp == 0x2014 && before->cp == 0x2014))
		cell->stretch = 1;
	if ((is_latin(cell->cp) && is_ideograph(before->cp)) || (is_ideograph(cell->cp) &&
	    is_latin(before->cp))) {
		cell->lead = c->size / 4;
		cell->give = c->size / 8;
		cell->stretch = 0.5;
	} else if (mark && before->tail > 0 && before->cp != ' ') {
		cell->lead = -before->tail;
	} else if (cell->head > 0 && before->mark == MARK_OPENING) {
		cell->lead = -cell->head;
	} else if (before->cp != ' ' && before->tail + cell->head > 0) {
		cell->give = MARK_GIVES * (before->tail + cell->head);
		cell->stretch = 0.5;
	}
}

static void cost_set(const struct cells *c, size_t i, char allowed)
{
	struct cell *cell = &c->v[i];
	uint32_t cp = cell->cp, before = c->v[i - 1].cp;

	if (cell->mark == MARK_NOT_FIRST)
		cell->cost = COST_NEVER;
	else if (is_coded(cp) && is_coded(before))
		cell->cost = before == '-' ? COST_KEPT : COST_CODE;
	else if (allowed != LINEBREAK_ALLOWBREAK && allowed != LINEBREAK_MUSTBREAK)
		cell->cost = COST_NEVER;
	else if (is_digit(before) && is_ideograph(cp))
		cell->cost = COST_CODE;
	else if (i > 1 && is_digit(cp) && is_ideograph(before) && is_digit(c->v[i - 2].cp))
		cell->cost = COST_SOFT;
}

/* The first character of a kept word.  Most begin with a character of three bytes: seen at a glance. */
static uint32_t first_of(const char *word)
{
	const unsigned char *w = (const unsigned char *)word;
	const char *p = word;

	if (w[0] >= 0xe0 && w[0] < 0xf0)
		return (uint32_t)((w[0] & 0xf) << 12 | (w[1] & 0x3f) << 6 | (w[2] & 0x3f));
	return *word ? (uint32_t)utf8_next(&p, word + strlen(word)) : 0;
}

/* Whether the word stands at I; its length in *LEN. */
static bool word_at(const struct cells *c, size_t i, const char *word, size_t *len)
{
	const char *p = word, *end;
	size_t n = 0;

	if (first_of(word) != c->v[i].cp)
		return false;
	end = word + strlen(word);
	while (p < end) {
		int32_t cp = utf8_next(&p, end);

		if (cp < 0 || i + n >= c->n || c->v[i + n].cp != (uint32_t)cp)
			return false;
		n++;
	}
	*len = n;
	return n > 0;
}

/*
 * A Chinese character beside which a line may break wherever the neighbour is another, a letter or a
 * figure.
 */
static bool is_free(uint32_t cp)
{
	return (cp >= 0x3400 && cp < 0x4dc0) || (cp >= 0x4e00 && cp < 0xa000) ||
	    (cp >= 0x20000 && cp < 0x30000);
}

static bool is_letter_or_digit(uint32_t cp)
{
	return is_digit(cp) || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z');
}

/*
 * What libunibreak says of most cells of a table, without asking it: between Chinese characters, letters and
 * figures only the pair counts, and inside a code it is not asked.  false: ask.
 */
static bool breaks_known(const struct cells *c, char *allowed)
{
	for (size_t i = 1; i < c->n; i++) {
		uint32_t a = c->v[i - 1].cp, b = c->v[i].cp;
		bool free = (is_free(a) && (is_free(b) || is_letter_or_digit(b))) ||
		    (is_letter_or_digit(a) && is_free(b));

		if (!free && !(is_coded(a) && is_coded(b)))
			return false;
		allowed[i - 1] = free ? LINEBREAK_ALLOWBREAK : LINEBREAK_NOBREAK;
	}
	return true;
}

static void breaks_ask(const struct cells *c, char *allowed)
{
	utf32_t *s = mem_zero(c->n + 1, sizeof *s);

	for (size_t i = 0; i < c->n; i++)
		s[i] = c->v[i].cp;
	set_linebreaks_utf32(s, c->n, "zh", allowed);
	free(s);
}

/* The last six bits of the first character of a kept word: in UTF-8 they are its last byte's. */
static unsigned first_bits(const char *word)
{
	unsigned char first = (unsigned char)*word;

	return (unsigned char)word[first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3] & 63;
}

/* Words that are kept whole.  Few characters begin one: SEEN has a bit for the last six bits of each. */
static void words_keep(struct cells *c, char *const *keep, size_t n_keep)
{
	uint64_t seen = 0;

	for (size_t k = 0; k < n_keep; k++)
		seen |= (uint64_t)1 << first_bits(keep[k]);
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; (seen >> (c->v[i].cp & 63) & 1) && k < n_keep; k++) {
			size_t len;

			if (!word_at(c, i, keep[k], &len))
				continue;
			for (size_t j = i + 1; j < i + len; j++)
				c->v[j].cost = fmax(c->v[j].cost, COST_KEPT);
		}
}

void cells_finish(struct cells *c, char *const *keep, size_t n_keep)
{
	char *allowed = mem_zero(c->n + 1, 1);

	if (!breaks_known(c, allowed))
		breaks_ask(c, allowed);
	for (size_t i = 1; i < c->n; i++) {
		gap_set(c, i);
		cost_set(c, i, allowed[i - 1]);
	}
	words_keep(c, keep, n_keep);
	free(allowed);
}

void cells_free(struct cells *c)
{
	free(c->v);
	memset(c, 0, sizeof *c);
}

double line_width(const struct cells *c, size_t from, size_t to)
{
	double w = 0;

	for (size_t i = from; i < to; i++)
		w += c->v[i].advance + (i > from ? c->v[i].lead : 0);
	return w;
}

/* Whether a line has one character and at most marks after it. */
static bool is_lonely(const struct cells *c, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += c->v[i].mark != MARK_CLOSING;
	return n <= 1;
}

/* A line that grows cell by cell. */
struct growing {
	double width, give, parts;
};

static void grow(struct growing *g, const struct cell *cell, bool first)
{
	g->width += cell->advance + (first ? 0 : cell->lead);
	g->give += first ? 0 : cell->give;
	g->parts += first ? 0 : cell->stretch;
}

/* How G, ending in END, fits into ROOM. */
static struct fit fit_of(const struct growing *g, const struct cell *end, double room)
{
	struct fit fit = { 0, 0, 0, true };
	double over = g->width - room;

	if (over <= 0.01) {
		fit.spread = g->parts > 0 ? -over / g->parts : 0;
		return fit;
	}
	fit.drop = fmin(over, end->tail);
	over -= fit.drop;
	if (over > 0.01) {
		fit.squeeze = g->give > 0 ? fmin(over / g->give, 1) : 0;
		fit.fits = over <= g->give + 0.01;
	}
	return fit;
}

struct fit line_fit(const struct cells *c, size_t from, size_t to, double room)
{
	struct growing g = { 0 };

	for (size_t i = from; i < to; i++)
		grow(&g, &c->v[i], i == from);
	return to > from ? fit_of(&g, &c->v[to - 1], room) : (struct fit){ 0, 0, 0, true };
}

/* What any line costs: nothing else makes it cost less, but for a title's. */
static double line_base(enum break_mode mode)
{
	return mode == BREAK_BALANCE ? 1000 : mode == BREAK_RAGGED ? COST_ROW : COST_LINE;
}

/* What a line FROM..TO costs that FITs with SLACK [em]. */
static double line_cost(const struct cells *c, size_t from, size_t to, const struct fit *fit, double slack,
    enum break_mode mode)
{
	bool last = to == c->n, lonely = last && from > 0 && is_lonely(c, from, to);
	double cost = line_base(mode);
	double spread = (fit->spread > 0 ? fit->spread / c->size : slack) / SPREAD;

	if (from > 0)
		cost += c->v[from].cost;
	cost += SQUEEZE * fit->squeeze * fit->squeeze;
	if (mode == BREAK_RAGGED)
		return cost + (last ? 0 : 0.1 * slack * slack) + (lonely ? COST_ORPHAN : 0);
	if (mode == BREAK_BALANCE)
		return cost + slack * slack - (from > 0 && c->v[from].mark == MARK_OPENING ? BONUS_MARK : 0);
	if (last)
		return cost + (lonely ? COST_LONELY : 0);
	return cost + fmin(spread * spread, COST_LOOSE);
}

/* What a text is broken with: for each of its cells, N + 1. */
struct breaking {
	const struct cells *c;
	enum break_mode mode;
	double *best;           /* cost of setting what begins there */
	size_t *next;           /* where its second line begins */
	struct growing *line;   /* the line from the cell at hand to there */
};

/* Whether J cells from I on fit as one line; one cell must. */
static bool line_fits(const struct breaking *b, size_t i, size_t j, double room, struct fit *fit)
{
	*fit = fit_of(&b->line[j], &b->c->v[j - 1], room);
	/* A title is not squeezed: it has lines enough. */
	fit->fits = fit->fits && !(b->mode == BREAK_BALANCE && fit->squeeze > 0);
	return fit->fits || j == i + 1;
}

/* Grow lines from I on.  Returns where the longest ends that may fit into ROOM. */
static size_t lines_grow(const struct breaking *b, size_t i, double room)
{
	const struct cells *c = b->c;
	const double most = room + c->size;
	struct growing g = { 0 };
	struct fit fit;

	grow(&g, &c->v[i], true);
	b->line[i + 1] = g;
	for (size_t j = i + 2; j <= c->n; j++) {
		grow(&g, &c->v[j - 1], false);
		b->line[j] = g;
		if (g.width > most && g.width - g.give > most && !line_fits(b, i, j, room, &fit))
			return j - 1;
	}
	return c->n;
}

/* A little less than what it costs, beside what any line costs, that line J does not fill its ROOM. */
static double slack_least(const struct breaking *b, size_t j, double room)
{
	const struct growing *g = &b->line[j];
	double slack = (room - g->width) / b->c->size, cost;

	if (slack <= 0 || j == b->c->n || b->mode == BREAK_BALANCE)
		return 0;
	if (b->mode == BREAK_RAGGED)
		return 0.1 * slack * slack * ALMOST;
	slack /= g->parts > 0 ? g->parts * SPREAD : SPREAD;
	cost = slack * slack;
	return (cost < COST_LOOSE ? cost : COST_LOOSE) * ALMOST;
}

/*
 * The best line from I on, the best of what comes after it being known.  The longest is tried first: most of
 * the shorter ones leave so much room, or so much for others, that they need not be weighed.
 */
static void line_choose(const struct breaking *b, size_t i, double room)
{
	const struct cells *c = b->c;
	double least = line_base(b->mode) + (i > 0 ? c->v[i].cost : 0), best = HUGE_VAL;

	if (b->mode == BREAK_BALANCE)
		least -= BONUS_MARK;
	for (size_t j = lines_grow(b, i, room); j > i; j--) {
		double rest = j < c->n ? b->best[j] : 0, cost;
		struct fit fit;

		if (least + rest > best || least + slack_least(b, j, room) + rest > best ||
		    !line_fits(b, i, j, room, &fit))
			continue;
		cost = line_cost(c, i, j, &fit, fmax(room - b->line[j].width, 0) / c->size, b->mode) + rest;
		/* Of equals, the fuller line; of a title's, the shorter. */
		if (cost < best || (cost <= best && b->mode == BREAK_BALANCE)) {
			best = cost;
			b->next[i] = j;
		}
	}
	b->best[i] = best;
}

size_t lines_break(const struct cells *c, double first, double measure, enum break_mode mode, size_t **starts)
{
	struct breaking b = { .c = c, .mode = mode };
	size_t n = 0, at = 0;

	*starts = mem_zero(c->n + 2, sizeof **starts);
	if (c->n > 0 && line_width(c, 0, c->n) <= first) {      /* most cells of a table */
		(*starts)[1] = c->n;
		return 1;
	}
	b.best = mem_zero(c->n + 1, sizeof *b.best);
	b.next = mem_zero(c->n + 1, sizeof *b.next);
	b.line = mem_zero(c->n + 1, sizeof *b.line);
	for (size_t i = c->n; i-- > 0;)
		line_choose(&b, i, i == 0 ? first : measure);
	while (at < c->n) {
		(*starts)[n++] = at;
		at = b.next[at];
	}
	(*starts)[n] = c->n;
	free(b.best);
	free(b.next);
	free(b.line);
	return n;
}

/* The widest piece that no line may break without need. */
double cells_least(const struct cells *c)
{
	double most = 0, width = 0;

	for (size_t i = 0; i < c->n; i++) {
		bool new = i == 0 || c->v[i].cost < COST_KEPT;

		width = (new ? 0 : width + c->v[i].lead) + c->v[i].advance;
		most = fmax(most, width - c->v[i].tail);
	}
	return most;
}
