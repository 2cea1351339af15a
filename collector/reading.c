/*
 * reading - the stream of frames between the boxed child, which decodes and
 * parses, and its parent, which must not: written here, taken here.
 *
 * A frame is { kind, number, bytes } and its bytes.  Both ends are one program on one
 * machine, so numbers are in the machine's order.  The parent believes none of it: a kind,
 * length, order or message it does not expect ends the reading (builder_take).
 */
#include "collector.h"

#include <assert.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

enum frame_kind {
	FRAME_FORMAT,           /* number: enum source_format; bytes: encoding */
	FRAME_LINES,            /* number: separator, crlf << 8, ended << 9 */
	FRAME_ATTRIBUTE,        /* bytes: name NUL value */
	FRAME_GRID,             /* number: line; bytes: form or nothing */
	FRAME_NAME,             /* bytes: name of the next column */
	/*
	 * number: row; bytes: the text of each cell and a NUL.  XML: before that how many there are and the
	 * column of each, 16 bits each.
	 */
	FRAME_ROW,
	FRAME_MORE,             /* XML: the same of further cells of the last row */
	FRAME_SAY,              /* bytes: row, column, then id NUL value NUL (name NUL value NUL)... */
	FRAME_END,
	FRAME_KINDS
};

struct frame {
	uint32_t kind, number, bytes;
};

#define STREAM_BYTES FRAME_BYTES
#define SAY_VALUE    240u       /* bytes of a cell that a finding quotes */
#define SAY_ARGS     8u

size_t reading_cell(const struct limits *limits)
{
	return limits->cell < READING_RECORD / 2 ? limits->cell : READING_RECORD / 2;
}

/* ---- writing ---- */

void stream_open(struct stream *o, int (*send)(void *to, const char *s, size_t n), void *to)
{
	*o = (struct stream){ .send = send, .to = to, .cap = STREAM_BYTES + sizeof(struct frame) };
	o->s = mem_alloc(o->cap);
}

static void stream_flush(struct stream *o)
{
	if (o->n > 0 && !o->broken && o->send(o->to, o->s, o->n) != 0)
		o->broken = true;
	o->n = 0;
}

int stream_close(struct stream *o)
{
	stream_flush(o);
	free(o->s);
	o->s = NULL;
	return o->broken ? -1 : 0;
}

/* Room for a frame of N bytes, begun; the caller fills them in. */
static char *frame_open(struct stream *o, enum frame_kind kind, uint32_t number, size_t n)
{
	struct frame f = { (uint32_t)kind, number, (uint32_t)n };
	char *bytes;

	assert(n <= FRAME_BYTES);
	if (o->cap - o->n < sizeof f + n)
		stream_flush(o);
	bytes = o->s + o->n + sizeof f;
	memcpy(o->s + o->n, &f, sizeof f);
	o->n += sizeof f + n;
	return bytes;
}

static void frame_put(struct stream *o, enum frame_kind kind, uint32_t number, const char *s, size_t n)
{
	char *to = frame_open(o, kind, number, n);

	if (n > 0)
		memcpy(to, s, n);
}

void stream_format(struct stream *o, enum source_format format, const char *encoding)
{
	frame_put(o, FRAME_FORMAT, (uint32_t)format, encoding, strlen(encoding));
}

void stream_lines(struct stream *o, char separator, bool crlf, bool ended)
{
	frame_put(o, FRAME_LINES, (uint32_t)(unsigned char)separator | (crlf ? 1u << 8 : 0) | (ended ?
	    1u << 9 : 0),
	    NULL, 0);
}

void stream_attribute(struct stream *o, struct span name, struct span value)
{
	struct buf b = { 0 };

	buf_add(&b, name.s, name.n);
	buf_char(&b, '\0');
	buf_add(&b, value.s, value.n);
	frame_put(o, FRAME_ATTRIBUTE, 0, b.s, b.len);
	buf_free(&b);
}

void stream_grid(struct stream *o, struct span form, uint32_t line)
{
	frame_put(o, FRAME_GRID, line, form.s, form.n);
}

void stream_name(struct stream *o, struct span name)
{
	frame_put(o, FRAME_NAME, 0, name.s, name.n);
}

static char *put_cell(char *to, struct span text)
{
	if (text.n > 0)
		memcpy(to, text.s, text.n);
	to[text.n] = '\0';
	return to + text.n + 1;
}

/* How many of the N cells go into one frame with their columns, and how many bytes that is. */
static size_t fitting(const struct span *cells, size_t n, size_t *bytes)
{
	size_t i = 0;

	*bytes = sizeof(uint16_t);
	for (; i < n && *bytes + sizeof(uint16_t) + cells[i].n + 1 <= FRAME_BYTES; i++)
		*bytes += sizeof(uint16_t) + cells[i].n + 1;
	return i;
}

static void sparse_row(struct stream *o, uint32_t row, const uint16_t *cols, const struct span *cells,
    size_t n)
{
	enum frame_kind kind = FRAME_ROW;

	for (;;) {
		size_t bytes, k = fitting(cells, n, &bytes);
		uint16_t count = (uint16_t)k;
		char *to = frame_open(o, kind, row, bytes);

		memcpy(to, &count, sizeof count);
		to += sizeof count;
		if (k > 0)
			memcpy(to, cols, k * sizeof *cols);
		to += k * sizeof *cols;
		for (size_t i = 0; i < k; i++)
			to = put_cell(to, cells[i]);
		n -= k;
		if (n == 0)             /* a row of no cells may have no arrays either */
			return;
		cells += k;
		cols += k;
		kind = FRAME_MORE;
	}
}

void stream_row(struct stream *o, uint32_t row, const uint16_t *cols, const struct span *cells, size_t n)
{
	size_t bytes = n;

	o->cells += n;
	if (cols != NULL) {
		sparse_row(o, row, cols, cells, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		bytes += cells[i].n;
	char *to = frame_open(o, FRAME_ROW, row, bytes);

	for (size_t i = 0; i < n; i++)
		to = put_cell(to, cells[i]);
}

void stream_plain_row(struct stream *o, uint32_t row, struct span text, char separator, size_t n)
{
	char *to = put_cell(frame_open(o, FRAME_ROW, row, text.n + 1), text), *p = to - text.n - 1;

	o->cells += n;
	while ((p = memchr(p, separator, (size_t)(to - p))) != NULL)
		*p++ = '\0';
}

void stream_end(struct stream *o)
{
	frame_put(o, FRAME_END, 0, NULL, 0);
}

/* The first whole characters of TEXT, at most N bytes, without the NUL that frames end strings with. */
static void quote(struct buf *b, struct span text, size_t n)
{
	const char *p = text.n > 0 ? text.s : "", *end = p + text.n;

	while (p < end) {
		const char *at = p;

		if (*p == '\0' || utf8_next(&p, end) < 0 || (size_t)(p - text.s) > n) {
			text.n = (size_t)(at - text.s);
			break;
		}
	}
	buf_add(b, text.s, text.n);
	buf_char(b, '\0');
}

void stream_say(struct stream *o, const char *id, uint32_t row, uint32_t col, struct span value,
    const struct message_arg *args, size_t n)
{
	uint32_t place[2] = { row, col };
	struct buf b = { 0 }, shown = { 0 }, escaped = { 0 };

	assert(n <= SAY_ARGS);
	if (o->findings++ >= READING_FINDINGS)
		return;
	buf_add(&b, place, sizeof place);
	quote(&b, span_of(id), SAY_VALUE);
	quote(&shown, value, SAY_VALUE);
	text_escape(&escaped, (struct span){ shown.s, shown.len - 1 });
	quote(&b, (struct span){ buf_cstr(&escaped), escaped.len }, SAY_VALUE);
	for (size_t i = 0; i < n; i++) {
		quote(&b, span_of(args[i].name), SAY_VALUE);
		quote(&b, span_of(args[i].value), SAY_VALUE);
	}
	frame_put(o, FRAME_SAY, 0, b.s, b.len);
	buf_free(&b);
	buf_free(&shown);
	buf_free(&escaped);
}

bool stream_enough(const struct stream *o)
{
	return o->broken || o->findings >= READING_FINDINGS;
}

/* What opens like markup is XML; a spreadsheet never opens with '<'. */
static bool looks_like_xml(const struct decoded *d)
{
	size_t i = 0;

	while (i < d->n && (d->s[i] == ' ' || d->s[i] == '\t' || d->s[i] == '\r' || d->s[i] == '\n'))
		i++;
	return i < d->n && d->s[i] == '<';
}

void reading_run(const struct limits *limits, const char *bytes, size_t n, void *gb, struct stream *o,
    void (*forget)(const char *bytes, size_t n))
{
	struct decoded d;

	if (decode_bytes(bytes, n, gb, o, &d) == 0) {
		bool xml = looks_like_xml(&d);

		if (forget != NULL && d.owned != NULL)
			forget(bytes, n);
		stream_format(o, xml ? SOURCE_XML : SOURCE_CSV, d.encoding);
		if (xml)
			xml_read(limits, d.s, d.n, d.encoding, o);
		else
			csv_read(limits, d.s, d.n, o);
		free(d.owned);
	}
	stream_end(o);
}

/* ---- taking ---- */

static const char *const encodings[] = { "UTF-8", "UTF-8-BOM", "UTF-16LE", "UTF-16BE", "GB18030" };

/* Text as decode.c leaves it.  Rationale: a child that was taken over might send any bytes. */
static bool is_text(const char *s, size_t n)
{
	size_t bad;

	return n == 0 || (memchr(s, '\0', n) == NULL && utf8_valid(s, n, &bad));
}

/* Once, and before anything that depends on it. */
static int take_format(struct reading *r, const struct frame *f, const char *s)
{
	if (*r->encoding != '\0' || r->n_grids > 0)
		return -1;
	for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
		if (span_is((struct span){ s, f->bytes }, encodings[i])) {
			r->encoding = encodings[i];
			r->format = f->number == SOURCE_XML ? SOURCE_XML : SOURCE_CSV;
			return f->number <= SOURCE_XML ? 0 : -1;
		}
	return -1;
}

static int take_lines(struct reading *r, const struct frame *f)
{
	char separator = (char)(f->number & 0x7f);

	if (separator != ',' && separator != '\t' && separator != ';')
		return -1;
	r->separator = separator;
	r->crlf = (f->number & 1u << 8) != 0;
	r->ended = (f->number & 1u << 9) != 0;
	return 0;
}

static int take_attribute(struct reading *r, const struct frame *f, const char *s)
{
	const char *nul = memchr(s, '\0', f->bytes);

	if (nul == NULL || nul == s || r->n_attributes >= XML_ATTRIBUTES || !is_text(s, (size_t)(nul - s)) ||
	    !is_text(nul + 1, f->bytes - (size_t)(nul + 1 - s)))
		return -1;
	vec_room(r->attributes, r->n_attributes, r->cap_attributes);
	r->attributes[r->n_attributes++] = (struct attribute){
		.name = arena_dup(&r->arena, s),
		.value = arena_ndup(&r->arena, nul + 1, f->bytes - (size_t)(nul + 1 - s)),
	};
	return 0;
}

static int take_grid(struct reading *r, const struct frame *f, const char *s)
{
	bool xml = r->format == SOURCE_XML;

	if (*r->encoding == '\0' || r->n_grids >= (xml ? XML_FORMS : 1) || xml != (f->bytes > 0) ||
	    !is_text(s, f->bytes))
		return -1;
	vec_room(r->grids, r->n_grids, r->cap_grids);
	r->grids[r->n_grids++] = (struct grid){
		.form = f->bytes > 0 ? arena_ndup(&r->arena, s, f->bytes) : NULL, .line = f->number,
	};
	return 0;
}

static int take_name(struct builder *b, struct grid *g, const struct frame *f, const char *s)
{
	if (f->bytes == 0 || g->form == NULL || g->n_names >= b->limits->columns || !is_text(s, f->bytes))
		return -1;
	vec_room(g->names, g->n_names, g->cap_names);
	g->names[g->n_names++] = arena_ndup(&b->r->arena, s, f->bytes);
	return 0;
}

static int take_row(struct builder *b, struct grid *g, const struct frame *f)
{
	const struct grid_row *last = g->n_rows > 0 ? &g->rows[g->n_rows - 1] : NULL;
	bool ascends = last == NULL || f->number > last->row || (g->form != NULL && f->number == last->row);

	if (!ascends || f->number == 0 || g->n_rows >= b->limits->rows || (g->form == NULL &&
	    f->number > b->limits->rows))
		return -1;
	vec_room(g->rows, g->n_rows, g->cap_rows);
	g->rows[g->n_rows++] = (struct grid_row){ f->number, (uint32_t)g->n_cells, (uint32_t)g->n_cells };
	return 0;
}

/* The N bytes at S at the end of the grid's text.  -1: there are more than a cell can point at. */
static int keep_text(struct grid *g, const char *s, size_t n)
{
	if (n == 0)
		return 0;
	if (n > UINT32_MAX - g->n_text)
		return -1;
	if (g->cap_text - g->n_text < n) {
		g->cap_text = g->cap_text > 0 ? 2 * g->cap_text : FRAME_BYTES;
		g->text = mem_grow(g->text, g->cap_text, 1);
	}
	memcpy(g->text + g->n_text, s, n);
	g->n_text += n;
	return 0;
}

/* One cell of the last row; its text has been kept already. */
static int take_cell(struct builder *b, struct grid *g, size_t at, size_t n, size_t col)
{
	struct grid_row *row = &g->rows[g->n_rows - 1];

	if (n > reading_cell(b->limits) || col == 0 || col > b->limits->columns || col > UINT16_MAX ||
	    g->n_cells >= READING_CELLS || (g->form != NULL && col > g->n_names))
		return -1;
	if (row->to > row->from && g->cells[row->to - 1].col >= col)
		return -1;
	vec_room(g->cells, g->n_cells, g->cap_cells);
	g->cells[g->n_cells++] = (struct cell){ (uint32_t)at, (uint16_t)n, (uint16_t)col };
	row->to = (uint32_t)g->n_cells;
	return 0;
}

/*
 * The cells in the N bytes at S: a NUL ends each, so none has one in it, and all are text if the whole is.
 * COLS: of XML, N_COLS of them; else NULL.
 */
static int take_cells(struct builder *b, struct grid *g, const char *s, size_t n, const char *cols,
    size_t n_cols)
{
	size_t at = g->n_text, k = 0;
	const char *p = s, *end = s + n, *nul;

	if ((n > 0 && end[-1] != '\0') || !utf8_valid(s, n, NULL) || keep_text(g, s, n) != 0)
		return -1;
	for (; p < end; p = nul + 1, k++) {
		uint16_t col = (uint16_t)(k + 1);

		nul = memchr(p, '\0', (size_t)(end - p));
		if (cols != NULL && k < n_cols)
			memcpy(&col, cols + k * sizeof col, sizeof col);
		if (k == UINT16_MAX || take_cell(b, g, at + (size_t)(p - s), (size_t)(nul - p), col) != 0)
			return -1;
	}
	return cols == NULL ? (k > 0 ? 0 : -1) : k == n_cols ? 0 : -1;
}

/* The cells of a row, or more of them. */
static int take_row_cells(struct builder *b, struct grid *g, const struct frame *f, const char *s)
{
	uint16_t n;

	if (g->form == NULL)
		return take_cells(b, g, s, f->bytes, NULL, 0);
	if (f->bytes < sizeof n)
		return -1;
	memcpy(&n, s, sizeof n);
	if (f->bytes - sizeof n < n * sizeof n)
		return -1;
	return take_cells(b, g, s + sizeof n + n * sizeof n, f->bytes - sizeof n - n * sizeof n,
	    s + sizeof n, n);
}

/* Whether ID names one of our messages that can be a finding: a child may say nothing else. */
static bool may_say(const struct messages *m, const char *id)
{
	const struct message *message = message_find(m, id);
	bool needed = false;

	for (size_t i = 0; i < reading_needs_n && !needed; i++)
		needed = strcmp(reading_needs[i].id, id) == 0;
	return needed && message != NULL && message->rule != NULL;
}

static int take_say(struct builder *b, const struct frame *f, const char *s)
{
	const char *words[2 + 2 * SAY_ARGS];
	struct message_arg args[SAY_ARGS + 1];
	uint32_t place[2];
	size_t n = 0;

	if (f->bytes < sizeof place || s[f->bytes - 1] != '\0' || b->r->findings.n >= READING_FINDINGS)
		return -1;
	memcpy(place, s, sizeof place);
	for (const char *p = s + sizeof place; p < s + f->bytes; p += strlen(p) + 1) {
		if (n == sizeof words / sizeof *words || !is_text(p, strlen(p)))
			return -1;
		words[n++] = p;
	}
	if (n < 2 || n % 2 != 0 || !may_say(b->messages, words[0]))
		return -1;
	for (size_t i = 2; i < n; i += 2)
		args[i / 2 - 1] = (struct message_arg){ words[i], words[i + 1] };
	args[n / 2 - 1] = (struct message_arg){ "value", words[1] };
	struct finding at = { .row = place[0], .col = place[1], .value = *words[1] != '\0' ? words[1] :
	    NULL };

	finding_say(&b->r->findings, b->messages, words[0], &at, args, n / 2);
	return 0;
}

static int take_one(struct builder *b, const struct frame *f, const char *s)
{
	struct reading *r = b->r;
	struct grid *g = r->n_grids > 0 ? &r->grids[r->n_grids - 1] : NULL;

	if (b->ended)
		return -1;
	switch ((enum frame_kind)f->kind) {
	case FRAME_FORMAT:
		return take_format(r, f, s);
	case FRAME_LINES:
		return take_lines(r, f);
	case FRAME_ATTRIBUTE:
		return take_attribute(r, f, s);
	case FRAME_GRID:
		return take_grid(r, f, s);
	case FRAME_NAME:
		return g != NULL ? take_name(b, g, f, s) : -1;
	case FRAME_ROW:
		return g != NULL && take_row(b, g, f) == 0 ? take_row_cells(b, g, f, s) : -1;
	case FRAME_MORE:
		return g != NULL && g->form != NULL && g->n_rows > 0 ? take_row_cells(b, g, f, s) : -1;
	case FRAME_SAY:
		return take_say(b, f, s);
	case FRAME_END:
		b->ended = true;
		return 0;
	case FRAME_KINDS:
	default:
		return -1;
	}
}

ssize_t builder_take(struct builder *b, const char *s, size_t n)
{
	size_t done = 0;
	struct frame f;

	while (n - done >= sizeof f) {
		memcpy(&f, s + done, sizeof f);
		if (f.kind >= FRAME_KINDS || f.bytes > FRAME_BYTES)
			return -1;
		if (n - done - sizeof f < f.bytes)
			break;
		if (take_one(b, &f, s + done + sizeof f) != 0)
			return -1;
		done += sizeof f + f.bytes;
	}
	return (ssize_t)done;
}

void builder_say(struct builder *b, const char *id, const struct message_arg *args, size_t n)
{
	struct finding at = { 0 };

	finding_say(&b->r->findings, b->messages, id, &at, args, n);
}

/* Of a file that is refused nobody looks at the cells. */
static void forget_cells(struct reading *r)
{
	for (size_t i = 0; i < r->n_grids; i++) {
		free(r->grids[i].names);
		free(r->grids[i].text);
		free(r->grids[i].cells);
		free(r->grids[i].rows);
		r->grids[i] = (struct grid){ 0 };
	}
	r->n_attributes = 0;
	arena_free(&r->arena);
}

void reading_settle(struct reading *r)
{
	if (findings_worst(&r->findings) == SEV_FATAL)
		forget_cells(r);
}

void reading_free(struct reading *r)
{
	for (size_t i = 0; i < r->n_grids; i++) {
		free(r->grids[i].names);
		free(r->grids[i].text);
		free(r->grids[i].cells);
		free(r->grids[i].rows);
	}
	free(r->grids);
	free(r->attributes);
	findings_free(&r->findings);
	arena_free(&r->arena);
	*r = (struct reading){ 0 };
}

/* ---- both ends in one process ---- */

static int take_at_once(void *to, const char *s, size_t n)
{
	ssize_t taken = builder_take(to, s, n);

	assert(taken == (ssize_t)n);    /* a stream sends whole frames */
	return taken == (ssize_t)n ? 0 : -1;
}

int reading_parse(const struct limits *limits, const struct messages *messages, const char *bytes, size_t n,
    struct reading *out, struct why *why)
{
	struct reading r = { .encoding = "", .separator = ',' };
	struct builder b = { .limits = limits, .messages = messages, .r = &r };
	struct stream o;
	iconv_t gb = iconv_open("UTF-8", "GB18030");

	if (gb == (iconv_t)-1)
		return why_errno(why, "iconv_open GB18030");
	stream_open(&o, take_at_once, &b);
	reading_run(limits, bytes, n, gb, &o, NULL);
	(void)stream_close(&o);
	(void)iconv_close(gb);
	assert(b.ended);
	*out = r;
	return 0;
}
