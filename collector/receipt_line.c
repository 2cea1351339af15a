/*
 * receipt_line - the lines of a receipt: messages broken at a width as Chinese text may be broken, and the
 * place of a finding as a spreadsheet shows it.
 */
#include "receipt.h"

#include <string.h>

#define WIDTH 78                        /* columns; a mark that may not begin a line may hang over by two */

/* The next piece of P that may not be parted: a run of ASCII, or one character. */
static struct span piece(const char *p, const char *end)
{
	const char *start = p;

	if ((unsigned char)*p >= 0x80) {
		if (utf8_next(&p, end) < 0)
			p++;
		return (struct span){ start, (size_t)(p - start) };
	}
	if (*p == ' ')
		return (struct span){ start, 1 };
	while (p < end && (unsigned char)*p < 0x80 && *p != ' ')
		p++;
	return (struct span){ start, (size_t)(p - start) };
}

/* Whether the piece is one of the marks of text ID. */
static bool is_mark(const struct writer *w, const char *id, struct span s)
{
	const char *marks = message_find(w->m, id)->says;
	char mark[8];

	if (s.n == 0 || s.n >= sizeof mark)
		return false;
	memcpy(mark, s.s, s.n);
	mark[s.n] = '\0';
	return strstr(marks, mark) != NULL;
}

/* The next piece; an opening mark stays with what it opens. */
static struct span unit_of_line(const struct writer *w, const char *p, const char *end)
{
	struct span s = piece(p, end);
	struct span last = s;

	while (is_mark(w, "receipt.no_end", last) && s.s + s.n < end) {
		last = piece(s.s + s.n, end);
		s.n += last.n;
	}
	return s;
}

/* One paragraph, broken at WIDTH; what follows the first line stands two columns further in. */
void writer_line(struct writer *w, size_t indent, const char *text)
{
	const char *p = text, *end = text + strlen(text);
	size_t at = indent, hang = indent + 2;

	buf_fmt(w->out, "%*s", (int)indent, "");
	while (p < end) {
		struct span s = unit_of_line(w, p, end);
		size_t width = text_width(s);

		if (at + width > WIDTH && at > hang && !is_mark(w, "receipt.no_start", s)) {
			buf_fmt(w->out, "\n%*s", (int)hang, "");
			at = hang;
		}
		if (!(at == hang && s.n == 1 && *s.s == ' ')) {
			buf_add(w->out, s.s, s.n);
			at += width;
		}
		p += s.n;
	}
	buf_char(w->out, '\n');
	outlet_flow(w->outlet);
}

void writer_say(struct writer *w, size_t indent, const char *id, const struct message_arg *args, size_t n)
{
	struct buf text = { 0 };

	message_says(&text, w->m, id, args, n);
	writer_line(w, indent, buf_cstr(&text));
	buf_free(&text);
}

void writer_say_one(struct writer *w, size_t indent, const char *id, const char *name, const char *value)
{
	struct message_arg arg = { name, value };

	writer_say(w, indent, id, &arg, 1);
}

void writer_section(struct writer *w, const char *id)
{
	buf_char(w->out, '\n');
	writer_say(w, 0, id, NULL, 0);
}

void writer_place(struct buf *out, const struct writer *w, const struct finding *x)
{
	char letters[8];
	struct buf row = { 0 };
	struct message_arg args[] = { { "row", NULL }, { "column", letters }, { "header", x->header },
	    { "title", NULL } };
	bool xml = w->f->has_reading && w->f->reading.format == SOURCE_XML;
	const struct form *form = x->form != NULL ? ruleset_form(w->j->rs, x->form) : NULL;
	const struct field *field = form != NULL && x->field != NULL ? form_field(form, x->field) : NULL;

	if (x->row == 0)
		return;
	column_letters(x->col, letters);
	buf_fmt(&row, "%u", x->row);
	args[0].value = buf_cstr(&row);
	args[3].value = field != NULL ? field->title : NULL;
	message_says(out, w->m, x->header == NULL || x->col == 0 ? "receipt.place.row" : xml
	    ? "receipt.place.xml"
	    : "receipt.place", args, 4);
	buf_free(&row);
}
