/*
 * cell - an archived file, read once more under the rule set of its label: every cell as it stands there and
 * what it is typed to.  For aggregator trace, which compares that with what the snapshot says.
 *
 * On stdout, fields separated by a tab, names and cells escaped so that one cell is one line:
 *
 *   form FORM
 *   row ROW                             physical, as receipts number it; a form's rows follow it
 *   cell FIELD PLACE HEADER KIND VALUE RAW
 *
 * PLACE is a column's letters, or "@" in XML.  KIND is "value" (VALUE as databases hold it), "empty" (VALUE
 * is what an empty cell of a new row stands for, or nothing) or "unread" (it could not be typed).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/fsio.h"
#include "collector.h"

/* WEEK/UNIT/NNN */
struct place {
	struct week week;
	char       *unit;
	int         number;
};

struct showing {
	const struct conf    *conf;
	const struct ruleset *rs;
	struct place          place;
	struct label          label;
	struct reading        reading;
	struct paper          paper;
	struct findings       findings;
	struct arena          arena;
};

static int place_parse(const char *id, struct place *out, struct why *why)
{
	const char *slash = strlen(id) > 9 && id[8] == '/' ? strchr(id + 9, '/') : NULL;
	struct place p = { .unit = NULL };
	char *end = NULL;
	long number = slash != NULL ? strtol(slash + 1, &end, 10) : 0;

	if (number < 1 || number > 999999 || *end != '\0' || week_parse(id, 8, &p.week) != 0)
		return why_set(why, EX_USAGE, "\"%s\": wanted WEEK/UNIT/NNN", id);
	p.unit = mem_ndup(id + 9, (size_t)(slash - id - 9));
	p.number = (int)number;
	*out = p;
	return 0;
}

/* A typed value as a database holds it; a REAL with all its digits. */
static void value_whole(struct buf *out, const struct value *v)
{
	if (v->kind == VALUE_REAL)
		buf_fmt(out, "%.17g", v->r);
	else
		value_plain(out, v);
}

static const char *type_cell(struct showing *s, const struct column *c, struct span cell, struct buf *out)
{
	struct finding at = { .field = c->field->name };
	struct findings ignored = { 0 };
	struct value v = { .kind = VALUE_NULL };
	const char *kind = "value";

	if (value_parse(s->rs, s->place.unit, c, cell, &at, &s->arena, &v, &ignored) != 0)
		kind = "unread";
	else if (v.kind == VALUE_NULL)
		kind = "empty";
	if (strcmp(kind, "empty") == 0 && c->field->def != NULL &&
	    value_default(s->rs, s->place.unit, c->field, &s->arena, &v) != 0)
		v.kind = VALUE_NULL;
	value_whole(out, &v);
	findings_free(&ignored);
	return kind;
}

static void escaped(const char *s, size_t n)
{
	struct buf text = { 0 };

	name_escape(&text, (struct span){ s, n });
	(void)fwrite(buf_cstr(&text), 1, text.len, stdout);
	buf_free(&text);
}

static void show_cell(struct showing *s, const struct column *c, struct span cell)
{
	struct buf value = { 0 };
	const char *kind = type_cell(s, c, cell, &value);
	char letters[8] = "@";

	if (s->reading.format == SOURCE_CSV)
		column_letters(c->col, letters);
	(void)printf("cell\t%s\t%s\t", c->field->name, letters);
	escaped(c->header, strlen(c->header));
	(void)printf("\t%s\t", kind);
	escaped(buf_cstr(&value), value.len);
	(void)putchar('\t');
	escaped(cell.s, cell.n);
	(void)putchar('\n');
	buf_free(&value);
}

static void show_sheet(struct showing *s, const struct sheet *sheet, long only)
{
	(void)printf("form\t%s\n", sheet->form->name);
	for (size_t i = 0; i < sheet->n_rows; i++) {
		if (only != 0 && (long)sheet->rows[i].row != only)
			continue;
		(void)printf("row\t%u\n", sheet->rows[i].row);
		for (size_t c = 0; c < sheet->n_columns; c++)
			if (sheet->columns[c].field != NULL &&
			    sheet_cell(sheet, &sheet->rows[i], c).s != NULL)
				show_cell(s, &sheet->columns[c], sheet_cell(sheet, &sheet->rows[i], c));
	}
}

/* Read the bytes that the label names, and understand them. */
static int open_file(struct showing *s, const struct site *site, struct why *why)
{
	struct path path;
	char digest[DIGEST_HEX];
	const char *file = site_archive(&path, s->place.week, s->place.unit, s->place.number);
	int fd, rc = fsio_digest(site->dir, file, digest, NULL, why);

	if (rc == 0 && strcmp(digest, s->label.sha256) != 0)
		return why_set(why, EX_IOERR, "%s: sha256 is %s, its label says %s", file, digest,
		    s->label.sha256);
	fd = rc == 0 ? fsio_open(site->dir, file, why) : rc;
	if (fd == -2)
		return why_set(why, EX_IOERR, "%s: has a label, but is not there", file);
	if (fd < 0)
		return -1;
	rc = box_read(s->conf, &s->rs->limits, &s->rs->messages, fd, &s->reading, why);
	(void)close(fd);
	if (rc == 0)
		paper_understand(s->rs, &s->reading, s->label.name, &s->paper, &s->findings);
	return rc;
}

static int show_file(struct showing *s, const struct site *site, const char *form, long row, struct why *why)
{
	bool found = false;

	if (s->label.kind == LABEL_REFUSED)
		return why_set(why, EX_DATAERR, "%s: was no readable file", s->label.name);
	if (open_file(s, site, why) != 0)
		return -1;
	for (size_t i = 0; i < s->paper.n_sheets; i++) {
		if (strcmp(s->paper.sheets[i].form->name, form) != 0)
			continue;
		show_sheet(s, &s->paper.sheets[i], row);
		found = true;
	}
	if (!found)
		return why_set(why, EX_DATAERR, "%s: has no rows of form %s", s->label.name, form);
	return 0;
}

int intake_cell(struct proc *p)
{
	struct showing s = { .conf = &p->conf, .rs = p->rules };
	struct ruleset *archived = NULL;
	struct why why = { 0 };
	long row = p->argc > 3 ? strtol(p->argv[3], NULL, 10) : 0;
	int rc;

	if (p->argc < 3 || p->argc > 4 || row < 0)
		rc = why_set(&why, EX_USAGE, "cell: wanted WEEK/UNIT/NNN FORM [ROW]");
	else
		rc = place_parse(p->argv[1], &s.place, &why);
	if (rc == 0)
		rc = label_load(&p->site, s.place.week, s.place.unit, s.place.number, &s.label, &why);
	if (rc == -2)
		rc = why_set(&why, EX_DATAERR, "%s: the archive has no such file", p->argv[1]);
	if (rc == 0 && strcmp(s.label.rules, p->rules->digest) != 0) {
		rc = rules_load(&p->site, s.label.rules, p->rules, &archived, &why);
		s.rs = archived;
	}
	if (rc == 0)
		rc = show_file(&s, &p->site, p->argv[2], row, &why);
	if (rc != 0)
		proc_complain(p, &why);
	paper_free(&s.paper);
	reading_free(&s.reading);
	findings_free(&s.findings);
	arena_free(&s.arena);
	label_free(&s.label);
	ruleset_free(archived);
	free(s.place.unit);
	return rc == 0 ? EX_DONE : why.code;
}
