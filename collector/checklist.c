/*
 * checklist - what `collector check` found, as CSV for spreadsheets and as JSON for other programs: the same
 * findings as the receipt's, one a line.
 */
#include <string.h>

#include "collector.h"

void json_text(struct buf *out, const char *s)
{
	if (s == NULL) {
		buf_str(out, "null");
		return;
	}
	buf_char(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_fmt(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			buf_fmt(out, "\\u%04x", (unsigned)(unsigned char)*s);
		else
			buf_char(out, *s);
	}
	buf_char(out, '"');
}

/* The cell as it was sent, without what a terminal must not show. */
static const char *shown(struct buf *b, const char *value)
{
	buf_reset(b);
	if (value == NULL)
		return NULL;
	text_escape(b, span_of(value));
	return buf_cstr(b);
}

static void file_name(struct buf *b, const struct judged *f)
{
	buf_reset(b);
	name_show(b, f->label.name);
}

/* ---- CSV ---- */

static void csv_line(struct buf *out, const char *const *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(out, ',');
		spreadsheet_cell(out, span_of(cells[i] != NULL ? cells[i] : ""), ',');
	}
	buf_str(out, "\r\n");
}

static const char *const columns[] = { "file", "severity", "rule", "form", "row", "column", "header", "key",
    "field",
	"value", "message", "mend", "suggest", "cause", "explained" };
#define N_COLUMNS (sizeof columns / sizeof columns[0])

static void csv_finding(struct buf *out, const char *file, const struct finding *x)
{
	struct buf row = { 0 }, value = { 0 };
	char letters[8];

	column_letters(x->col, letters);
	if (x->row != 0)
		buf_fmt(&row, "%u", x->row);
	const char *cells[N_COLUMNS] = { file, severity_name(x->severity), x->rule, x->form, buf_cstr(&row),
		letters, x->header, x->key, x->field, shown(&value, x->value), x->message, x->mend,
		x->suggest, x->cause, x->explained ? "1" : "" };

	csv_line(out, cells, N_COLUMNS);
	buf_free(&row);
	buf_free(&value);
}

struct listing {
	struct buf *out;
	const char *file;
	bool        first;
};

static void csv_unchecked(void *ctx, const char *text)
{
	struct listing *l = ctx;
	const char *cells[N_COLUMNS] = { l->file, "unchecked", [10] = text };

	csv_line(l->out, cells, N_COLUMNS);
}

/* A line "verdict" a file, its findings, and a line "unchecked" for everything that could not be checked. */
void checklist_csv(struct outlet *to, const struct judging *j)
{
	struct buf name = { 0 }, *out = &to->out;
	struct ledger_reader r = { 0 };

	buf_str(out, "\xef\xbb\xbf");
	csv_line(out, columns, N_COLUMNS);
	for (size_t i = 0; i < j->n_files; i++) {
		const struct judged *f = &j->files[i];

		file_name(&name, f);
		const char *cells[N_COLUMNS] = { buf_cstr(&name), "verdict", [10] = f->verdict };
		struct listing l = { .out = out, .file = buf_cstr(&name) };

		csv_line(out, cells, N_COLUMNS);
		for (size_t k = 0; k < f->findings.n; k++) {
			csv_finding(out, buf_cstr(&name), ledger_at(&r, &f->findings, k));
			outlet_flow(to);
		}
		receipt_unchecked(j, f, csv_unchecked, &l);
	}
	ledger_done(&r);
	buf_free(&name);
}

/* ---- JSON ---- */

static void member(struct buf *out, const char *name, const char *value)
{
	buf_fmt(out, ",\"%s\":", name);
	json_text(out, value);
}

static void json_finding(struct buf *out, const struct finding *x)
{
	struct buf value = { 0 };
	char letters[8];

	column_letters(x->col, letters);
	buf_str(out, "{\"severity\":");
	json_text(out, severity_name(x->severity));
	member(out, "rule", x->rule);
	member(out, "form", x->form);
	if (x->row != 0)
		buf_fmt(out, ",\"row\":%u", x->row);
	if (x->col != 0)
		member(out, "column", letters);
	member(out, "header", x->header);
	member(out, "key", x->key);
	member(out, "field", x->field);
	member(out, "value", shown(&value, x->value));
	member(out, "message", x->message);
	member(out, "mend", x->mend);
	member(out, "suggest", x->suggest);
	member(out, "cause", x->cause);
	buf_fmt(out, ",\"explained\":%s,\"held\":%s}", x->explained ? "true" : "false",
	    x->held ? "true" : "false");
	buf_free(&value);
}

static void json_unchecked(void *ctx, const char *text)
{
	struct listing *l = ctx;

	buf_str(l->out, l->first ? "" : ",");
	l->first = false;
	json_text(l->out, text);
}

static void json_file(struct outlet *to, const struct judging *j, const struct judged *f)
{
	struct buf name = { 0 }, *out = &to->out;
	struct listing l = { .out = out, .first = true };
	struct ledger_reader r = { 0 };

	file_name(&name, f);
	buf_str(out, "{\"file\":");
	json_text(out, buf_cstr(&name));
	member(out, "sha256", f->label.sha256);
	member(out, "forms", f->forms);
	member(out, "verdict", f->verdict);
	buf_fmt(out, ",\"late\":%s,\"read\":%ld,\"accepted\":%ld,\"held\":%ld,\"withdrawn\":%ld,\n "
	    "\"findings\":[", f->late ? "true" : "false", f->rows_read, f->rows_accepted, f->rows_held,
	    f->rows_withdrawn);
	for (size_t k = 0; k < f->findings.n; k++) {
		buf_str(out, k > 0 ? ",\n  " : "\n  ");
		json_finding(out, ledger_at(&r, &f->findings, k));
		outlet_flow(to);
	}
	buf_str(out, "],\n \"unchecked\":[");
	receipt_unchecked(j, f, json_unchecked, &l);
	buf_str(out, "]}");
	ledger_done(&r);
	buf_free(&name);
}

void checklist_json(struct outlet *to, const struct judging *j)
{
	struct buf *out = &to->out;
	char week[9];

	week_format(j->window.week, week);
	buf_str(out, "{\"unit\":");
	json_text(out, j->unit);
	member(out, "week", week);
	buf_fmt(out, ",\"site\":%s,\n\"files\":[", j->site != NULL ? "true" : "false");
	for (size_t i = 0; i < j->n_files; i++) {
		buf_str(out, i > 0 ? ",\n" : "\n");
		json_file(to, j, &j->files[i]);
	}
	buf_str(out, "\n],\n\"missing\":[");
	for (size_t i = 0; j->site != NULL && i < j->n_missing; i++) {
		buf_str(out, i > 0 ? ",\n  {\"form\":" : "\n  {\"form\":");
		json_text(out, j->missing[i].form->name);
		member(out, "key", j->missing[i].key);
		member(out, "name", j->missing[i].name);
		buf_char(out, '}');
		outlet_flow(to);
	}
	buf_str(out, "]}\n");
}
