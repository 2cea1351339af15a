/*
 * tablewidth - how wide a table's columns are.
 *
 * The template's widths are a wish.  A column is never narrower than its widest code or
 * figure, and none is wider than its contents while another has to wrap: what is
 * over goes where it saves the most lines.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"

#define SAMPLE      48          /* rows whose lines are counted; codes are looked for in all */
#define RAGGED      0.4         /* [em] that wrapping loses a line */
#define HEAD_WEIGHT 2.0         /* a head is on every page */
#define SIZE_LEAST  0.7         /* of the wanted size: smaller type rather than broken codes */
#define SHORT       4.5         /* [em] a word this short should not be broken */
#define SHORT_BROKEN 0.4        /* of a line */
#define HEAD_WHOLE  2.1         /* [em] a head of two characters is a word: not broken where there is room */
#define NARROW      1.1         /* [em] a column cannot be narrower: its characters would stand outside */
#define ROUNDS      40

/* What the columns want: without their padding [pt]. */
struct wish {
	const struct table *t;
	double  size;
	double *first;          /* the template's width */
	double *least, *natural, *w;
	double *rows;           /* natural widths of the sample, row-major; row 0 is the head */
	size_t *run;            /* longest run of ASCII measured, a column */
	struct tall *tall;      /* a row of the sample, at the widths at hand */
	size_t *wraps;          /* cells that wrap at them, a column */
	size_t *broken;         /* short words of them, a column */
	size_t  n, n_rows;
};

#define TALLEST 3

/* The most lines of a row's cells, and of which columns: enough to know it without any two of them. */
struct tall {
	double lines[TALLEST];
	size_t column[TALLEST];
};

/* The longest stretch of ASCII: a code or a figure is no longer. */
static size_t run_of(const char *s)
{
	size_t most = 0, n = 0;

	for (; *s; s++) {
		n = *s > ' ' && (unsigned char)*s < 0x7f ? n + 1 : 0;
		most = n > most ? n : most;
	}
	return most;
}

static double measured(struct wish *x, const struct flow *f, size_t column, const char *text, bool strong)
{
	struct measure_style style = { ROLE_SONG, ROLE_HEI, x->size, 0 };
	struct cells c = { 0 };
	double w;

	cells_add(&c, f->metrics, &style, text, strong, x->t->line);
	cells_finish(&c, f->doc->keep, f->doc->n_keep);
	w = line_width(&c, 0, c.n);
	if (c.n > 0)
		w -= c.v[c.n - 1].tail;
	x->least[column] = fmax(x->least[column], cells_least(&c));
	x->natural[column] = fmax(x->natural[column], w);
	cells_free(&c);
	return w;
}

static void rows_measure(struct wish *x, const struct flow *f)
{
	const struct table *t = x->t;
	size_t step = t->n_rows / SAMPLE + 1;

	x->n_rows = 1;
	for (size_t i = 0; i < x->n; i++)
		x->rows[i] = measured(x, f, i, t->columns[i].title, true);
	for (size_t r = 0; r < t->n_rows; r++) {
		bool sampled = r % step == 0;

		for (size_t i = 0; i < x->n; i++) {
			const char *text = t->cells[r * x->n + i];
			size_t run = run_of(text);
			double w;

			if (!sampled && run <= x->run[i])
				continue;
			x->run[i] = run > x->run[i] ? run : x->run[i];
			w = measured(x, f, i, text, t->strong[r]);
			if (sampled)
				x->rows[x->n_rows * x->n + i] = w;
		}
		x->n_rows += sampled;
	}
}

/* Totals carried from page to page: as many digits as the sum of so many figures may have. */
static void totals_measure(struct wish *x, const struct flow *f)
{
	char digits[64];
	size_t more = 0;

	for (size_t n = x->t->n_rows; n > 0; n /= 10)
		more++;
	for (size_t i = 0; i < x->n && x->t->carry_down; i++) {
		size_t n = x->run[i] + more < sizeof digits ? x->run[i] + more : sizeof digits - 1;

		if (!x->t->columns[i].carry)
			continue;
		memset(digits, '0', n);
		digits[n] = '\0';
		measured(x, f, i, digits, true);
	}
}

static double sum(const double *v, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += v[i];
	return s;
}

static double lines_at(const struct wish *x, double natural, double width)
{
	double room = width - RAGGED * x->size, lines;

	if (natural <= width + 0.01)
		return 1;
	lines = natural / (room > x->size / 2 ? room : x->size / 2);
	return lines > 2 ? ceil(lines) : 2;
}

static void tall_add(struct tall *t, double lines, size_t column)
{
	size_t k = TALLEST;

	while (k > 0 && lines > t->lines[k - 1])
		k--;
	for (size_t i = TALLEST - 1; i > k; i--) {
		t->lines[i] = t->lines[i - 1];
		t->column[i] = t->column[i - 1];
	}
	if (k < TALLEST) {
		t->lines[k] = lines;
		t->column[k] = column;
	}
}

/* The most lines of a row without its columns A and B. */
static double tall_without(const struct tall *t, size_t a, size_t b)
{
	size_t k = 0;

	while (k + 1 < TALLEST && (t->column[k] == a || t->column[k] == b))
		k++;
	return t->lines[k];
}

/*
 * What rows of so many lines cost, a head counting more, and a little for each short word that is broken
 * beside a cell that has several lines anyway.
 */
static double cost_of(double head, double lines, size_t broken)
{
	return HEAD_WEIGHT * head + lines + SHORT_BROKEN * (double)broken;
}

static bool is_short(const struct wish *x, double natural)
{
	return natural <= SHORT * x->size;
}

/* What the sample costs at the widths at hand; how it comes to that is remembered. */
static double lines_all(struct wish *x)
{
	double head = 0, lines = 0;
	size_t broken = 0;

	memset(x->wraps, 0, x->n * sizeof *x->wraps);
	memset(x->broken, 0, x->n * sizeof *x->broken);
	for (size_t r = 0; r < x->n_rows; r++) {
		struct tall t = { { 1, 1, 1 }, { x->n, x->n, x->n } };

		for (size_t i = 0; i < x->n; i++) {
			double natural = x->rows[r * x->n + i], here = lines_at(x, natural, x->w[i]);

			tall_add(&t, here, i);
			x->wraps[i] += here > 1;
			x->broken[i] += here > 1 && is_short(x, natural);
		}
		x->tall[r] = t;
		head += r == 0 ? t.lines[0] : 0;
		lines += r == 0 ? 0 : t.lines[0];
	}
	for (size_t i = 0; i < x->n; i++)
		broken += x->broken[i];
	return cost_of(head, lines, broken);
}

/* What it would cost, were column A as wide as WIDE_A and B as WIDE_B; A may be B, and WIDE_A counts. */
static double lines_with(const struct wish *x, size_t a, double wide_a, size_t b, double wide_b)
{
	double head = 0, lines = 0;
	size_t broken = 0;

	for (size_t i = 0; i < x->n; i++)
		broken += i == a || i == b ? 0 : x->broken[i];
	for (size_t r = 0; r < x->n_rows; r++) {
		double natural_a = x->rows[r * x->n + a], natural_b = x->rows[r * x->n + b];
		double in_a = lines_at(x, natural_a, wide_a);
		double in_b = a == b ? 1 : lines_at(x, natural_b, wide_b);
		double most = tall_without(&x->tall[r], a, b);

		most = most > in_a ? most : in_a;
		most = most > in_b ? most : in_b;
		broken += in_a > 1 && is_short(x, natural_a);
		broken += in_b > 1 && is_short(x, natural_b);
		head += r == 0 ? most : 0;
		lines += r == 0 ? 0 : most;
	}
	return cost_of(head, lines, broken);
}

/* [em] steps in which width is given; the last stands for "as much as it can use". */
static const double steps[] = { 0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 0 };

static double step_of(const struct wish *x, size_t column, size_t k)
{
	return steps[k] > 0 ? steps[k] * x->size : x->natural[column] - x->w[column];
}

/* Give of POOL to the column that saves the most lines for it.  Returns what is left; *GAVE: whether any. */
static double pool_give(struct wish *x, double pool, bool *gave)
{
	double now = lines_all(x), best = 0, amount = 0;
	size_t to = 0;

	for (size_t i = 0; i < x->n; i++)
		for (size_t k = 0; x->wraps[i] > 0 && k < sizeof steps / sizeof *steps; k++) {
			double d = step_of(x, i, k), gain;

			if (d <= 0.01 || d > pool)
				continue;
			gain = (now - lines_with(x, i, x->w[i] + d, i, 0)) / d;
			if (gain > best + 1e-9) {
				best = gain;
				amount = d;
				to = i;
			}
		}
	*gave = best > 0;
	x->w[to] += amount;
	return pool - amount;
}

/* One transfer between two columns that saves lines.  Whether there was one. */
static bool transfer(struct wish *x)
{
	double now = lines_all(x), best = 0.01, amount = 0;
	size_t from = 0, to = 0;

	for (size_t a = 0; a < x->n; a++)
		for (size_t b = 0; b < x->n; b++)
			for (size_t k = 1; x->wraps[b] > 0 && k < sizeof steps / sizeof *steps - 1; k += 2) {
				double d = steps[k] * x->size, gain;

				if (a == b || x->w[a] - d < x->least[a])
					continue;
				gain = now - lines_with(x, a, x->w[a] - d, b, x->w[b] + d);
				if (gain > best) {
					best = gain;
					amount = d;
					from = a;
					to = b;
				}
			}
	x->w[from] -= amount;
	x->w[to] += amount;
	return amount > 0;
}

/* What is over, as the template divides it. */
static void rest_divide(struct wish *x, double rest)
{
	double all = 0;

	for (size_t i = 0; i < x->n; i++)
		all += fmax(x->first[i] - x->w[i], 0);
	for (size_t i = 0; i < x->n && all > 0; i++)
		x->w[i] += fmin(rest / all, 1) * fmax(x->first[i] - x->w[i], 0);
	rest -= fmin(rest, all);
	all = sum(x->w, x->n);
	for (size_t i = 0; i < x->n; i++)
		x->w[i] += rest * x->w[i] / fmax(all, 1);
}

/* No page is wide enough: some code will be broken.  A column keeps room for a character. */
static void all_narrow(struct wish *x, double room)
{
	double kept = 0, all = sum(x->w, x->n);

	for (size_t i = 0; i < x->n; i++)
		kept += fmin(x->w[i], NARROW * x->size);
	for (size_t i = 0; i < x->n; i++) {
		double least = fmin(x->w[i], NARROW * x->size);

		x->w[i] = least + (x->w[i] - least) * fmax(room - kept, 0) / fmax(all - kept, 1e-9);
	}
}

static double head_least(const struct wish *x, size_t i)
{
	return fmax(x->least[i], x->rows[i] <= HEAD_WHOLE * x->size ? x->rows[i] : 0);
}

/* Short heads stay on one line, if all of them can. */
static void heads_keep(struct wish *x, double room)
{
	for (size_t i = 0; i < x->n; i++)
		room -= head_least(x, i);
	for (size_t i = 0; i < x->n && room >= 0; i++)
		x->least[i] = head_least(x, i);
}

static void widths_choose(struct wish *x, double room)
{
	double pool = room, loose = 0;
	bool more = true;

	for (size_t i = 0; i < x->n; i++) {
		x->w[i] = fmax(x->least[i], fmin(x->natural[i], x->first[i]));
		pool -= x->w[i];
		loose += x->w[i] - x->least[i];
	}
	if (pool < 0) {                         /* back from those that can give */
		for (size_t i = 0; i < x->n && loose > 0; i++)
			x->w[i] += fmax(pool / loose, -1) * (x->w[i] - x->least[i]);
		pool = room - sum(x->w, x->n);
	}
	if (pool < -0.01) {
		all_narrow(x, room);
		return;
	}
	for (int i = 0; i < ROUNDS && more && pool > 0; i++)
		pool = pool_give(x, pool, &more);
	for (int i = 0; i < ROUNDS && lines_all(x) > (double)x->n_rows - 1 + HEAD_WEIGHT && transfer(x);)
		i++;
	rest_divide(x, fmax(room - sum(x->w, x->n), 0));
}

/* The template's widths: ems as they are, shares of what is left. */
static void first_set(struct wish *x, double room)
{
	double fixed = 0, shares = 0;

	for (size_t i = 0; i < x->n; i++) {
		fixed += x->t->columns[i].em * x->size;
		shares += x->t->columns[i].share;
	}
	for (size_t i = 0; i < x->n; i++) {
		const struct column *c = &x->t->columns[i];

		x->first[i] = c->em > 0 ? c->em * x->size :
		    fmax(room - fixed, room * 0.1) * c->share / fmax(shares, 1e-9);
	}
}

/* No column claims more than the CODES of ROOM for its codes, or the template's width. */
static void codes_yield(struct wish *x, double room, double codes)
{
	first_set(x, room);
	for (size_t i = 0; i < x->n; i++)
		x->least[i] = fmin(x->least[i], fmax(fmax(x->first[i], codes * room), NARROW * x->size));
}

double table_widths(const struct flow *f, const struct table *t, double pad, double codes, double *widths)
{
	size_t n = t->n_columns;
	struct wish x = { .t = t, .size = t->size, .n = n };
	double room = f->measure - 2 * pad * (double)n, least;

	x.first = mem_zero(5 * n, sizeof *x.first);
	x.least = x.first + n;
	x.natural = x.least + n;
	x.w = widths;
	x.run = mem_zero(n, sizeof *x.run);
	x.rows = mem_zero((SAMPLE + 2) * n, sizeof *x.rows);
	x.tall = mem_zero(SAMPLE + 2, sizeof *x.tall);
	x.wraps = mem_zero(2 * n, sizeof *x.wraps);
	x.broken = x.wraps + n;
	rows_measure(&x, f);
	totals_measure(&x, f);
	codes_yield(&x, room, codes);
	least = sum(x.least, n);
	if (least > room) {
		double scale = fmax(room / least, SIZE_LEAST);

		x.size *= scale;
		for (size_t i = 0; i < n; i++) {
			x.least[i] *= scale;
			x.natural[i] *= scale;
		}
		for (size_t i = 0; i < x.n_rows * n; i++)
			x.rows[i] *= scale;
	}
	first_set(&x, room);
	heads_keep(&x, room);
	widths_choose(&x, room);
	free(x.first);
	free(x.run);
	free(x.rows);
	free(x.tall);
	free(x.wraps);
	return x.size;
}
