/*
 * bind - a template's nodes and the rows of its queries into a document.
 *
 * Every query runs once and its rows are kept (bind_query); then the tree is walked (bind_block).
 * What a name means is decided in bind_name alone.
 */
#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../common/sqlfn.h"
#include "../common/sqltext.h"
#include "bind.h"

/* ---- whole briefings ---- */

/* Numbers from 1; once before, without a document, where marks are printed before they are set. */
static int body_walk(struct binding *b)
{
	struct document *doc = b->doc;
	int rc = 0;

	b->counts = mem_zero(b->b->n_numbers + 1, sizeof *b->counts);
	if (b->b->has_marks) {
		b->doc = NULL;
		b->marking = true;
		rc = bind_blocks(b, b->b->body, NULL);
		b->marking = false;
		b->doc = doc;
		memset(b->counts, 0, (b->b->n_numbers + 1) * sizeof *b->counts);
	}
	if (b->doc && b->b->landscape)
		document_add(b->doc, BLOCK_LANDSCAPE, 0);
	return rc == 0 ? bind_blocks(b, b->b->body, NULL) : -1;
}

static int query_line(const struct binding *b, const char *id)
{
	for (size_t i = 0; i < b->b->n_queries; i++)
		if (strcmp(b->b->queries[i].id, id) == 0)
			return b->b->queries[i].line;
	return 1;
}

/* The rows of per=, whose first column says for whom; *OUT NULL without it. */
static int per_find(struct binding *b, const struct result **out)
{
	*out = b->b->per ? bind_result(b, b->b->per) : NULL;
	if (!*out || bind_column(*out, "unit") == 0)
		return 0;
	return why_config(b->why, b->b->file, query_line(b, b->b->per),
	    "query %s: per=\"%s\" needs unit as its first column", b->b->per,
	    b->b->per);
}

/* What SQLite does not see in a query: an unknown setting, a clock. */
static int queries_check(const struct briefing *briefing, const struct ruleset *rs, struct why *why)
{
	struct buf what = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < briefing->n_queries; i++) {
		const struct query *q = &briefing->queries[i];

		buf_reset(&what);
		buf_fmt(&what, "query %s", q->id);
		rc = sqltext_check(rs, q->sql, briefing->file, q->line, buf_cstr(&what), why);
	}
	buf_free(&what);
	return rc;
}

/* Every name, format and test of BRIEFING against the empty tables of DB. */
static int one_check(sqlite3 *db, const struct env_names *names, const struct briefing *briefing,
    const struct ruleset *rs, struct why *why)
{
	struct arena arena = { 0 };
	struct binding b = { .b = briefing, .db = db, .names = *names, .arena = &arena, .checking = true,
	    .why = why };
	const struct result *per;
	int rc = -1;

	if (queries_check(briefing, rs, why) == 0 && bind_results(&b, NULL) == 0 && per_find(&b, &per) == 0 &&
	    body_walk(&b) == 0)
		rc = 0;
	binding_free(&b);
	arena_free(&arena);
	return rc;
}

int bind_check(struct briefing *const *v, size_t n, const struct ruleset *rs, struct why *why)
{
	sqlite3 *db = NULL;
	struct env_names names = { .city = rs->office->code };
	struct window first;
	int rc = -1;

	if (calendar_window(rs->calendar, calendar_rules(rs->calendar)->first, &first, why) != 0 ||
	    db_memory(&db, why) != 0)
		return -1;
	names.week = first.week;
	names.as_of = first.as_of;
	if (sqlfn_add(db, rs, why) == 0 && env_create_snapshot_tables(db, rs, why) == 0 &&
	    env_create_measures(db, rs, why) == 0)
		rc = env_allow(db, ENV_READ, NULL, why);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = one_check(db, &names, v[i], rs, why);
	db_close(db);
	return rc;
}

static const char *meta_value(const struct binding *b, const char *name)
{
	int i = bind_column(&b->meta, name);

	return i >= 0 && b->meta.cells[i].type == VALUE_TEXT ? b->meta.cells[i].s : NULL;
}

static int names_read(struct binding *b, const struct bind_names *names)
{
	const char *week = meta_value(b, "week"), *as_of = meta_value(b, "as_of");

	b->names = (struct env_names){ .unit = names->unit, .city = names->city };
	if (!week || week_parse(week, strlen(week), &b->names.week) != 0 || !as_of ||
	    day_parse(as_of, strlen(as_of), &b->names.as_of) != 0)
		return why_set(b->why, EX_IOERR,
		    "the snapshot's meta lacks a week or as_of that can be read");
	return 0;
}

/* Why the gate failed, on a page of its own at the end: a paragraph a line. */
static void gate_print(struct document *doc, const char *heading, const char *reasons)
{
	char *lines = arena_dup(&doc->arena, reasons), *rest = NULL;

	document_add(doc, BLOCK_PORTRAIT, 0);
	block_add_text(doc, document_add(doc, BLOCK_H1, 0), heading, false, 0);
	for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		block_add_text(doc, document_add(doc, BLOCK_P, 0), line, false, 0);
}

/* DOC's frame from the snapshot's meta and the template's words. */
static void document_frame(struct binding *b, struct document *doc)
{
	const struct briefing *t = b->b;
	const char *state = meta_value(b, "state"), *gate = meta_value(b, "gate");

	doc->file = arena_dup(&doc->arena, t->file);
	doc->date = arena_dup(&doc->arena, meta_value(b, "meeting"));
	doc->digest = arena_dup(&doc->arena, meta_value(b, "content"));
	doc->keep = arena_alloc(&doc->arena, (t->n_keep + 1) * sizeof *doc->keep);
	for (size_t i = 0; i < t->n_keep; i++)
		doc->keep[i] = arena_dup(&doc->arena, t->keep[i]);
	doc->n_keep = t->n_keep;
	doc->title = arena_dup(&doc->arena, t->title);
	doc->failed_across = arena_dup(&doc->arena, t->stamp_failed);
	doc->failed_reasons = arena_dup(&doc->arena, t->stamp_reasons);
	doc->glyph_says = arena_dup(&doc->arena, t->stamp_glyph);
	doc->boxes_says = arena_dup(&doc->arena, t->stamp_boxes);
	if (!state || strcmp(state, "sealed") != 0)
		doc->stamp = arena_dup(&doc->arena, t->stamp_draft);
	doc->failed = !gate || strcmp(gate, "ok") != 0;
	if (doc->failed) {
		doc->across = doc->failed_across;
		gate_print(doc, t->stamp_reasons, gate ? gate : "gate = NULL");
	}
}

/* Document information from the blocks: title, office. */
static void document_info(struct document *doc)
{
	for (size_t i = 0; i < doc->n_blocks; i++) {
		const struct block *b = &doc->blocks[i];
		struct buf s = { 0 };

		if (b->kind == BLOCK_MASTHEAD)
			doc->office = b->parts[PART_OFFICE];
		if (b->kind != BLOCK_TITLE)
			continue;
		for (size_t k = 0; k < b->n_runs; k++)
			buf_str(&s, b->runs[k].text);
		doc->title = arena_dup(&doc->arena, buf_cstr(&s));
		buf_free(&s);
	}
}

/* The snapshot's meta, the names that are bound, the functions and what is allowed. */
static int env_ready(struct binding *b, const struct ruleset *rs, const struct bind_names *names)
{
	if (env_allow(b->db, ENV_ANYTHING, NULL, b->why) != 0 || sqlfn_add(b->db, rs, b->why) != 0 ||
	    bind_meta_read(b) != 0 || names_read(b, names) != 0)
		return -1;
	free(b->meta.cells);
	b->meta.cells = NULL;
	return env_allow(b->db, ENV_READ, NULL, b->why);
}

static int each_take(struct binding *b, const struct result *per, struct bind_each *out)
{
	assert(per);                            /* that there is such a query, the template was asked for */
	out->v = arena_alloc(&out->arena, (per->n_rows + 1) * sizeof *out->v);
	for (size_t i = 0; i < per->n_rows; i++) {
		const struct value *v = &per->cells[i * per->n_columns];

		if (v->type != VALUE_TEXT || *v->s == '\0')
			return why_config(b->why, b->b->file, query_line(b, b->b->per),
			    "query %s: unit is no text in row %zu", b->b->per, i + 1);
		out->v[out->n++] = arena_dup(&out->arena, v->s);
	}
	return 0;
}

int bind_each(const struct briefing *briefing, const struct ruleset *rs, sqlite3 *db,
    const struct bind_names *names, struct bind_each *out, struct why *why)
{
	struct arena arena = { 0 };
	struct binding b = { .b = briefing, .db = db, .arena = &arena, .why = why };
	const struct result *per = NULL;
	int rc = -1;

	*out = (struct bind_each){ .n = 0 };
	if (!briefing->per) {
		out->v = arena_alloc(&out->arena, sizeof *out->v);
		out->n = 1;
		return 0;
	}
	if (env_ready(&b, rs, names) == 0 && bind_results(&b, briefing->per) == 0 && per_find(&b, &per) == 0)
		rc = each_take(&b, per, out);
	binding_free(&b);
	arena_free(&arena);
	return rc;
}

void bind_each_free(struct bind_each *each)
{
	arena_free(&each->arena);
	*each = (struct bind_each){ .n = 0 };
}

int bind_document(const struct briefing *briefing, const struct ruleset *rs, sqlite3 *db,
    const struct bind_names *names, struct document *out, struct why *why)
{
	struct document doc = { 0 };
	struct binding b = { .b = briefing, .db = db, .arena = &doc.arena, .doc = &doc, .why = why };
	int rc = -1;

	doc.paper = briefing->paper;
	if (env_ready(&b, rs, names) != 0 || bind_results(&b, NULL) != 0 || body_walk(&b) != 0)
		goto out;
	document_info(&doc);
	document_frame(&b, &doc);
	*out = doc;
	rc = 0;
out:
	binding_free(&b);
	if (rc != 0)
		document_free(&doc);
	return rc;
}
