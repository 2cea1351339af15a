/*
 * judge_reference - fields that name a row of another form: it must be known before, or accepted this
 * week.  What refers to a held row is held together with it, and names that cause.
 */
#include <ctype.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/db.h"
#include "judge.h"

static int ask_one(struct world *w, const char *sql, const char *a, const char *b, struct arena *arena,
    const char **out, struct why *why)
{
	sqlite3_stmt *stmt;
	int step, rc = 0;

	*out = NULL;
	if (db_prepare(w->db, sql, &stmt, why) != 0)
		return -1;
	(void)sqlite3_bind_text(stmt, 1, a, -1, SQLITE_STATIC);
	if (sqlite3_bind_parameter_count(stmt) > 1)
		(void)sqlite3_bind_text(stmt, 2, b, -1, SQLITE_STATIC);
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW)
		*out = sqlite3_column_type(stmt, 0) == SQLITE_NULL ? ""
		    : arena_dup(arena, (const char *)sqlite3_column_text(stmt, 0));
	else if (step != SQLITE_DONE)
		rc = db_trouble(w->db, "reference", why);
	(void)sqlite3_finalize(stmt);
	return rc;
}

#define TAIL        4u                  /* digits and marks that tell one number from others */
#define MOST_NEARLY 20                  /* a file: each asks all rows of the other form */

/* KEY without anything but letters and digits. */
static void bare_key(struct buf *out, const char *key)
{
	for (; *key != '\0'; key++)
		if (isalnum((unsigned char)*key))
			buf_char(out, (char)toupper((unsigned char)*key));
}

/* BARE with figures for the letters that only look like them. */
static void bare_figures(struct buf *out, const struct messages *m, const char *bare)
{
	for (size_t n; *bare != '\0'; bare += n) {
		bool zero = (n = word_at(m, "figure.zero", span_of(bare))) > 0;
		bool one = !zero && (n = word_at(m, "figure.one", span_of(bare))) > 0;

		buf_char(out, zero ? '0' : one ? '1' : *bare);
		n = n > 0 ? n : 1;
	}
}

/* The end of KEY that has its number: "0003" or "2022-0003" behind a name; "" if it is not that long. */
static const char *key_tail(const char *key)
{
	const char *tail = key + strlen(key);

	while (tail > key && ((tail[-1] >= '0' && tail[-1] <= '9') || tail[-1] == '-'))
		tail--;
	tail += strspn(tail, "-");
	return strlen(tail) >= TAIL ? tail : "";
}

/*
 * The one row of TO that KEY means: zeros were left out of its number ("...-3" for "...-0003"), its parts are
 * joined otherwise, letters stand for figures, or it is only the end of the number; NULL if none or several are.
 */
static int ask_nearly(struct references *t, const struct form *to, const char *key, const char **out,
    struct why *why)
{
	struct buf name = { 0 }, sql = { 0 }, bare = { 0 }, figures = { 0 };
	int rc;

	*out = NULL;
	if (t->asked++ >= MOST_NEARLY || to->n_keys != 1)
		return 0;
	sql_name(&name, to->fields[to->keys[0]].name);
	const char *n = buf_cstr(&name);

	bare_key(&bare, key);
	bare_figures(&figures, &t->j->rs->messages, buf_cstr(&bare));
	buf_fmt(&sql, "SELECT CASE WHEN count(*) = 1 THEN min(%s) END FROM ", n);
	sql_name(&sql, to->name);
	buf_fmt(&sql, " WHERE (rtrim(%s, '0123456789') = rtrim(?1, '0123456789')"
	    " AND ltrim(substr(%s, length(rtrim(%s, '0123456789')) + 1), '0')"
	    " = ltrim(substr(?1, length(rtrim(?1, '0123456789')) + 1), '0'))", n, n, n);
	buf_fmt(&sql, " OR replace(%s, '-', '') = ", n);
	sql_text(&sql, buf_cstr(&bare));
	buf_fmt(&sql, " OR replace(%s, '-', '') = ", n);
	sql_text(&sql, buf_cstr(&figures));
	buf_fmt(&sql, " OR (?2 <> '' AND substr(%s, -1 - length(?2)) = '-' || ?2)", n);
	rc = ask_one(t->w, buf_cstr(&sql), key, key_tail(key), &t->f->row_findings.arena, out, why);
	if (rc == 0 && *out != NULL && **out == '\0')
		*out = NULL;
	buf_free(&name);
	buf_free(&sql);
	buf_free(&bare);
	buf_free(&figures);
	return rc;
}

static bool is_office(const struct judging *j)
{
	return j->rs->office != NULL && strcmp(j->rs->office->code, j->unit) == 0;
}

/* Whom the missing referent belongs to, or why it was held itself, or nobody knows it. */
static int explain_missing(struct references *t, struct judged_row *row, const struct field *field,
    const char *key, struct why *why)
{
	const struct form *to = field->ref;
	const char *found = NULL, *nearly = NULL, *id = to->by_office ? "ref.unknown.office" : "ref.unknown";
	/* Whose number it looks like; then no number of ours is nearly it. */
	const struct unit *foreign = to->unique_all ? foreign_unit(t->j->rs, t->j->unit, key) : NULL;
	struct named_row named = { 0 };
	struct buf sql = { 0 };
	struct message_arg args[] = { { "value", key }, { "title", field->title }, { "to", to->title },
	    { "cause", NULL }, { "unit", foreign != NULL ? foreign->code : "" },
	    { "name", foreign != NULL ? foreign->name : "" }, { "number", NULL }, { "list", NULL } };
	int rc = ask_one(t->w, "SELECT cause FROM temp.held WHERE form = ?2 AND key = ?1", key, to->name,
	    &t->f->arena, &found, why);

	if (rc == 0 && found != NULL) {
		args[3].value = found;
		(void)judge_say(t->j, t->f, t->s, row, field, "ref.held", args, 4);
		return 0;
	}
	/* Without a site nobody knows what is there. */
	if (rc != 0 || t->j->alone)
		return rc;
	if (t->w->has_before && to->unique_all && db_has_table(t->w->db, "before", to->name)) {
		buf_str(&sql, "SELECT unit FROM before.");
		sql_name(&sql, to->name);
		buf_str(&sql, " WHERE ");
		world_key_is(&sql, to, "", 1);
		rc = ask_one(t->w, buf_cstr(&sql), key, NULL, &t->f->arena, &found, why);
		/* It was there before this week: our own, and withdrawn since, or another's. */
		if (rc == 0 && found != NULL)
			id = strcmp(found, t->j->unit) == 0 ? "ref.withdrawn" : foreign != NULL ?
			    "ref.owned.foreign" : "ref.owned";
	}
	/* The office speaks of everybody's rows, as the last seal has them. */
	if (rc == 0 && found != NULL && is_office(t->j) && strcmp(found, t->j->unit) != 0)
		goto out;
	if (rc == 0 && found == NULL && foreign != NULL && !is_office(t->j))
		id = "ref.foreign";
	else if (rc == 0 && found == NULL)
		rc = ask_nearly(t, to, key, &nearly, why);
	if (rc == 0 && nearly == NULL && strcmp(id, "ref.withdrawn") != 0)
		rc = named_find(&t->named, t->j, t->w, t->f, t->s, row, to, key, &named, why);
	if (named.key != NULL && named.whole) {
		nearly = named.key;
		args[6].value = named.key;
		if (strcmp(id, "ref.unknown") == 0) {
			args[5].value = named.name;
			id = "ref.unknown.named";
		}
	}
	if (named.list != NULL && nearly == NULL && strcmp(id, "ref.unknown") == 0) {
		args[7].value = named.list;
		id = "ref.unknown.some";
	}
	if (rc == 0)
		judge_say(t->j, t->f, t->s, row, field, id, args, 8)->suggest = nearly;
out:
	buf_free(&sql);
	return rc;
}

static int check_reference(struct references *t, struct judged_row *row, size_t index, struct why *why)
{
	const struct value *v = &row->values[index];
	int found;

	if (v->kind != VALUE_TEXT || row->failed[index])
		return 0;
	found = cursor_find_text(&t->known[index], v->s, why);
	if (found != 0)
		return found < 0 ? -1 : 0;
	return explain_missing(t, row, &t->form->fields[index], v->s, why);
}

/* A row of the form referred to by its key, with the columns that rules want of it. */
static int open_known(struct references *t, const struct screen *screen, size_t index, struct why *why)
{
	const struct form *to = t->form->fields[index].ref;
	const char *columns = "";

	if (to == NULL || to->n_keys != 1)
		return 0;
	t->n_columns[index] = screen_columns(screen, index, &columns);
	t->kept[index] = mem_zero(t->n_columns[index] + 1, sizeof **t->kept);
	return cursor_open(&t->known[index], t->j, t->w, to, to->name, columns, why);
}

int references_begin(struct references *t, struct judging *j, struct world *w, struct judged *f,
    struct judged_sheet *s, const struct screen *screen, struct why *why)
{
	size_t n = s->sheet->form->n_fields + 1;

	*t = (struct references){ .j = j, .w = w, .f = f, .s = s, .form = s->sheet->form };
	t->known = mem_zero(n, sizeof *t->known);
	t->n_columns = mem_zero(n, sizeof *t->n_columns);
	t->values = mem_zero(n, sizeof *t->values);
	t->kept = mem_zero(n, sizeof *t->kept);
	for (size_t i = 0; i < t->form->n_fields; i++)
		if (open_known(t, screen, i, why) != 0)
			return -1;
	return 0;
}

int references_check(struct references *t, struct judged_row *row, struct why *why)
{
	for (size_t i = 0; row->op != OP_WITHDRAW && i < t->form->n_fields; i++)
		if (t->known[i].stmt != NULL && check_reference(t, row, i, why) != 0)
			return -1;
	return 0;
}

int references_read(struct references *t, const struct judged_row *row, struct why *why)
{
	for (size_t i = 0; i < t->form->n_fields; i++) {
		const struct value *v = &row->values[i];
		int found;

		t->values[i] = NULL;
		if (t->n_columns[i] == 0 || v->kind != VALUE_TEXT)
			continue;
		found = cursor_find_text(&t->known[i], v->s, why);
		if (found < 0)
			return -1;
		if (found == 0)
			continue;
		for (size_t k = 0; k < t->n_columns[i]; k++)
			t->kept[i][k] = column_value(t->known[i].stmt, (int)k + 1);
		t->values[i] = t->kept[i];
	}
	return 0;
}

void references_end(struct references *t)
{
	for (size_t i = 0; t->known != NULL && i < t->form->n_fields; i++) {
		cursor_close(&t->known[i]);
		free(t->kept[i]);
	}
	named_free(t->named);
	free(t->known);
	free(t->n_columns);
	free(t->values);
	free(t->kept);
}
