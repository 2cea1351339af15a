/*
 * sqlfn_sum - sum() as SQLite has it, but for one thing: whole numbers that are more than an INTEGER holds give a
 * REAL, as + does, and no error.
 *
 * Rationale: the figures of a measure are the units'.  An error would leave the whole city without its week, and with
 * the week unsealed nobody could send the figure that mends it.  What is collected today cannot get there ([intake] max_figure);
 * a snapshot of before that was a rule may.
 */
#include <sqlite3.h>
#include <stdbool.h>

#include "sqlfn.h"

/* A zeroed one is of no rows. */
struct sum {
	double  real;
	int64_t whole;
	int64_t rows;                   /* that are not NULL ... */
	int64_t reals;                  /* ... of which no whole numbers */
	bool    full;                   /* WHOLE is no sum any more */
};

static void add_value(sqlite3_context *c, sqlite3_value *v, int sign)
{
	struct sum *sum = sqlite3_aggregate_context(c, sizeof *sum);
	int type = sqlite3_value_numeric_type(v);

	if (sum == NULL || type == SQLITE_NULL)
		return;
	sum->rows += sign;
	sum->real += sign * sqlite3_value_double(v);
	if (type != SQLITE_INTEGER)
		sum->reals += sign;
	else if (sign > 0 ? __builtin_add_overflow(sum->whole, sqlite3_value_int64(v), &sum->whole)
	    : __builtin_sub_overflow(sum->whole, sqlite3_value_int64(v), &sum->whole))
		sum->full = true;
}

static void sum_step(sqlite3_context *c, int n, sqlite3_value **v)
{
	(void)n;
	add_value(c, v[0], 1);
}

/* A row leaves the window. */
static void sum_inverse(sqlite3_context *c, int n, sqlite3_value **v)
{
	(void)n;
	add_value(c, v[0], -1);
}

static void sum_value(sqlite3_context *c)
{
	const struct sum *sum = sqlite3_aggregate_context(c, 0);

	if (sum == NULL || sum->rows == 0)
		sqlite3_result_null(c);
	else if (sum->reals > 0 || sum->full)
		sqlite3_result_double(c, sum->real);
	else
		sqlite3_result_int64(c, sum->whole);
}

int sqlfn_add_sum(sqlite3 *db, struct why *why)
{
	if (sqlite3_create_window_function(db, "sum", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
	    sum_step, sum_value, sum_value, sum_inverse, NULL) != SQLITE_OK)
		return db_trouble(db, "sum", why);
	return 0;
}
