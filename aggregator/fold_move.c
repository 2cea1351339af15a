/*
 * fold_move - rows that belong to another unit from now on: what a form's <moves> says, when the week's rows
 * are in and it is known what was due.
 *
 * The row named goes to its new unit as it stands, and with it the rows of other forms that refer to it and
 * were the old unit's (not those of the office's forms).  What a row says of where it came from stays: the
 * submission is still the old unit's.  Sealed weeks are not touched, and neither is what was due this week:
 * the old unit was asked, and what it sent is in.  From the next week on both see the row at the new unit.
 * It says where a row belongs, not that it be moved once: a row that is there already is left alone, so
 * a fold done twice, or a week later, gives the same.
 */
#include <sqlite3.h>

#include "../common/env.h"
#include "aggregator.h"

/* Rows that FORM says belong elsewhere than they are, into temp.moving. */
static int find_moving(struct folding *g, const struct form *form, struct why *why)
{
	const struct form *of = form->moves->ref;
	struct buf sql = { 0 };
	int rc;

	/* CROSS: one pass over the rows, each looked up in the few that are said to move. */
	buf_str(&sql, "INSERT INTO temp.moving (key, from_unit, to_unit, cause)"
	    " SELECT said.key, row.unit, said.unit, said.cause FROM main.");
	sql_name(&sql, of->name);
	buf_str(&sql, " AS row CROSS JOIN (");
	env_moves_sql(&sql, form);
	buf_str(&sql, ") AS said ON said.key = row.");
	sql_name(&sql, of->fields[of->keys[0]].name);
	buf_str(&sql, " WHERE row.unit <> said.unit");
	rc = fold_ask(g, &sql, form, why);
	buf_free(&sql);
	return rc;
}

/*
 * Rows of FORM whose field FIELD is a key in temp.moving and whose unit is the old one: into main.moved, then
 * to the new unit.  A row whose key the new unit has already stays where it is: nothing is written over.
 */
static int move_rows(struct folding *g, const struct form *form, const char *field, struct why *why)
{
	struct buf sql = { 0 };
	int rc = -1;

	buf_str(&sql, "INSERT OR IGNORE INTO main.moved (form, key, to_unit, from_unit, cause) SELECT ");
	sql_text(&sql, form->name);
	buf_str(&sql, ", ");
	sql_key_text(&sql, form, "row");
	buf_str(&sql, ", moving.to_unit, moving.from_unit, moving.cause FROM temp.moving AS moving CROSS "
	    "JOIN main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS row ON row.unit = moving.from_unit AND ");
	sql_column(&sql, "row", field);
	buf_str(&sql, " = moving.key WHERE NOT EXISTS (SELECT 1 FROM main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS there WHERE there.unit = moving.to_unit AND ");
	sql_same_key(&sql, form, "there", "row");
	buf_str(&sql, ") ORDER BY 2, 3");
	if (fold_run(g, &sql, NULL, why) != 0)
		goto out;
	buf_reset(&sql);
	buf_str(&sql, "UPDATE main.");
	sql_name(&sql, form->name);
	buf_str(&sql, " AS row SET unit = moving.to_unit FROM temp.moving AS moving WHERE row.unit ="
	    " moving.from_unit AND ");
	sql_column(&sql, "row", field);
	buf_str(&sql, " = moving.key AND EXISTS (SELECT 1 FROM main.moved AS moved WHERE moved.form = ");
	sql_text(&sql, form->name);
	buf_str(&sql, " AND moved.to_unit = moving.to_unit AND moved.from_unit = moving.from_unit AND "
	    "moved.key = ");
	sql_key_text(&sql, form, "row");
	buf_str(&sql, ")");
	rc = fold_run(g, &sql, NULL, why);
out:
	buf_free(&sql);
	return rc;
}

/* The rows that refer to those in temp.moving, form by form, then these themselves. */
static int move_all(struct folding *g, const struct form *of, struct why *why)
{
	const struct ruleset *rs = g->f->rules;

	for (size_t i = 0; i < rs->n_forms; i++) {
		const struct form *form = rs->forms[i];

		for (size_t k = 0; k < form->n_fields; k++) {
			if (form->fields[k].ref == of && !form->by_office &&
			    move_rows(g, form, form->fields[k].name, why) != 0)
				return -1;
		}
	}
	return move_rows(g, of, of->fields[of->keys[0]].name, why);
}

int fold_move(struct folding *g, struct why *why)
{
	const struct ruleset *rs = g->f->rules;
	bool any = false;

	for (size_t i = 0; i < rs->n_forms; i++) {
		if (rs->forms[i]->moves == NULL)
			continue;
		if (db_exec(g->db, "CREATE TABLE temp.moving (key TEXT PRIMARY KEY, from_unit TEXT, to_unit "
		    "TEXT, cause TEXT) WITHOUT ROWID", why) != 0 ||
		    find_moving(g, rs->forms[i], why) != 0 || fold_has_rows(g, "moving", &any, why) != 0 ||
		    (any && move_all(g, rs->forms[i]->moves->ref, why) != 0) ||
		    db_exec(g->db, "DROP TABLE temp.moving", why) != 0)
			return -1;
	}
	return 0;
}
