/*
 * fold_marks - numbers that were ever given out, as runs: a number is never given twice, also where the row
 * that had it was taken back.
 */
#include <sqlite3.h>

#include "../common/env.h"
#include "aggregator.h"

/* The field whose numbers the engine gives out, or NULL. */
static const struct field *assigned_field(const struct form *form)
{
	if (form->n_keys != 1 || form->fields[form->keys[0]].assign == NULL)
		return NULL;
	return &form->fields[form->keys[0]];
}

int fold_raise_marks(struct folding *g, const char *source, const struct form *form,
    const struct place *at, struct why *why)
{
	const struct field *key = assigned_field(form);
	struct buf sql = { 0 }, k = { 0 };
	int rc;

	if (key == NULL)
		return 0;
	sql_column(&k, "row", key->name);
	buf_str(&sql, "INSERT INTO temp.given SELECT ");
	sql_text(&sql, form->name);
	/*
	 * Of a run every number is one more than that of the row before: the difference to its place
	 * stays.
	 */
	buf_fmt(&sql, ", unit, stem, min(number), max(number) FROM (SELECT unit, stem, number, number - "
	    "row_number() OVER (PARTITION BY unit, stem ORDER BY number) AS run FROM (SELECT DISTINCT %s AS "
	    "unit, rtrim(%s, '0123456789') AS stem, CAST(substr(%s, length(rtrim(%s, '0123456789')) + 1) AS "
	    "INTEGER) AS number FROM %s.", at != NULL ? ":unit" : "row.unit", buf_cstr(&k), buf_cstr(&k),
	    buf_cstr(&k), source);
	sql_name(&sql, form->name);
	/* Longer numbers than 15 digits are nobody's sequence. */
	buf_fmt(&sql,
	    " AS row WHERE length(%s) - length(rtrim(%s, '0123456789')) BETWEEN 1 AND 15))"
	    " GROUP BY unit, stem, run", buf_cstr(&k), buf_cstr(&k));
	rc = fold_run(g, &sql, at, why);
	buf_free(&sql);
	buf_free(&k);
	return rc;
}

/* A snapshot of before there were runs kept the highest number only: all up to it count as given. */
static bool prev_has_runs(struct folding *g)
{
	sqlite3_stmt *stmt = NULL;
	struct why ignored;
	bool has = db_prepare(g->db, "SELECT first FROM prev.assigned", &stmt, &ignored) == 0;

	(void)sqlite3_finalize(stmt);
	return has;
}

/* Marks of the week before; of a snapshot that kept none, its keys. */
int fold_carry_marks(struct folding *g, struct why *why)
{
	if (!g->has_prev)
		return 0;
	if (db_has_table(g->db, "prev", "assigned"))
		return db_exec(g->db, prev_has_runs(g)
		    ? "INSERT INTO temp.given SELECT form, unit, prefix, first, last FROM prev.assigned"
		    : "INSERT INTO temp.given SELECT form, unit, prefix, 0, last FROM prev.assigned", why);
	for (size_t i = 0; i < g->f->n_forms; i++) {
		if (db_has_table(g->db, "prev", g->f->forms[i]->name) &&
		    fold_raise_marks(g, "prev", g->f->forms[i], NULL, why) != 0)
			return -1;
	}
	return 0;
}

int fold_keep_marks(struct folding *g, struct why *why)
{
	/* A run that begins behind all before it, and not at once, begins anew; the others lengthen it. */
	return db_exec(g->db, "INSERT INTO main.assigned (form, unit, prefix, first, last)"
	    " SELECT form, unit, prefix, min(first), max(last) FROM (SELECT *, sum(anew) OVER"
	    " (PARTITION BY form, unit, prefix ORDER BY first, last ROWS UNBOUNDED PRECEDING) AS run FROM"
	    " (SELECT *, first > coalesce(max(last) OVER (PARTITION BY form, unit, prefix ORDER BY first, "
	    "last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), -2) + 1 AS anew FROM temp.given))"
	    " GROUP BY form, unit, prefix, run ORDER BY 1, 2, 3, 4", why);
}
