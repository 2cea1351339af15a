/*
 * xml - an XML submission to cells.  Runs inside the box.
 *
 * libxml2's push parser with handlers of our own, no network, no DTD: a first pass over
 * the bytes refuses what makes it slow (long tags, whose attributes it compares each with each,
 * and every <! but comments and CDATA) before it sees any of them.
 *
 *   <submission ...> <FORM> <row FIELD="..."> <FIELD>...</FIELD> </row> ... </FORM> ... </submission>
 *
 * Which forms and fields there are is not known here: sheet.c judges names.
 */
#include "collector.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#define NAMESPACE "urn:zhoubao:submission:1"
#define CHUNK     (32 * 1024)

enum depth { DEPTH_NONE, DEPTH_ROOT, DEPTH_FORM, DEPTH_ROW, DEPTH_FIELD };

/* A cell until its row is whole. */
struct held {
	size_t at, n;                   /* of its text in the row's */
	bool   is;                      /* it is there */
};

struct xml {
	const struct limits *limits;
	struct stream     *o;
	const char        *s;           /* the whole text */
	size_t             n;
	xmlParserCtxt     *parser;
	int                depth;       /* of open elements */
	int                skipped;     /* depth of the open element that is none of ours, or 0 */
	bool               closed;      /* the root was */
	bool               complained;  /* of a syntax error: what follows it is noise */
	bool               stop;
	struct buf         text;        /* of the field element at hand */
	bool               text_long;
	char             **names;       /* columns of the form at hand */
	size_t             n_names, cap_names;
	struct held       *cells;       /* of the row at hand, by column ... */
	struct buf         row;         /* ... and their texts, as they came */
	struct span       *sent;        /* the same to be sent, ... */
	uint16_t          *cols;        /* ... and their columns */
	size_t             cap_cells;
	size_t             guess;       /* the column after the one that was named last */
	size_t             forms, rows; /* of the whole file */
	size_t             column;      /* of the field element at hand */
	int                row_line;
};

/* ---- findings ---- */

static void say(struct xml *x, const char *id, int line, const char *name)
{
	char number[24];
	const struct message_arg args[] = { { "name", name }, { "limit", name }, { "line", number } };

	(void)snprintf(number, sizeof number, "%d", line);
	stream_say(x->o, id, (uint32_t)(line > 0 ? line : 0), 0, (struct span){ "", 0 }, args, 3);
	if (stream_enough(x->o))
		x->stop = true;
}

static void say_and_stop(struct xml *x, const char *id, int line, uint64_t limit)
{
	char number[24];

	(void)snprintf(number, sizeof number, "%llu", (unsigned long long)limit);
	say(x, id, line, number);
	x->stop = true;
	if (x->parser != NULL)
		xmlStopParser(x->parser);
}

/* Some other document altogether. */
static void refuse_document(struct xml *x, const char *id, int line, const char *name)
{
	say(x, id, line, name);
	x->stop = true;
	xmlStopParser(x->parser);
}

/* ---- the first pass ---- */

static int line_of(const char *s, const char *at)
{
	int lines = 1;

	for (const char *p = s; (p = memchr(p, '\n', (size_t)(at - p))) != NULL; p++)
		lines++;
	return lines;
}

/* *TO is behind the string that closes the markup which has begun before P, or END if nothing closes it. */
static bool past(const char **to, const char *p, const char *end, const char *close)
{
	const char *q = p <= end ? memmem(p, (size_t)(end - p), close, strlen(close)) : NULL;

	*to = q != NULL ? q + strlen(close) : end;
	return q != NULL;
}

/* The '>' that closes the tag which starts at P, over quoted values, or END. */
static const char *tag_end(const char *p, const char *end)
{
	for (; p < end && *p != '>'; p++)
		if (*p == '"' || *p == '\'') {
			p = memchr(p + 1, *p, (size_t)(end - p - 1));
			if (p == NULL)
				return end;
		}
	return p;
}

/* Whether libxml2 may see the text. */
static bool is_safe(struct xml *x)
{
	const char *p = x->s, *end = x->s + x->n;

	while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		struct span rest = { p, (size_t)(end - p) };
		const char *from = p;

		bool whole = true;

		if (span_starts(rest, "<!--"))
			whole = past(&p, p + 4, end, "-->");
		else if (span_starts(rest, "<![CDATA["))
			whole = past(&p, p + 9, end, "]]>");
		else if (span_starts(rest, "<?"))
			whole = past(&p, p + 2, end, "?>");
		else if (span_starts(rest, "<!"))
			return say_and_stop(x, "xml.doctype", line_of(x->s, p), 0), false;
		else
			p = tag_end(p, end);
		if (p - from > (ptrdiff_t)XML_TAG)
			return say_and_stop(x, "xml.tag_too_long", line_of(x->s, from), XML_TAG), false;
		if (!whole)
			return say_and_stop(x, "xml.truncated", line_of(x->s, from), 0), false;
	}
	return true;
}

/* ---- the declared encoding ---- */

static bool is_ascii(const struct xml *x)
{
	size_t i = 0;

	while (i < x->n && (unsigned char)x->s[i] < 0x80)
		i++;
	return i == x->n;
}

/* Not what it says it is, but nothing is lost: it was read as what it is. */
static void say_differs(struct xml *x, const char *declared, const char *encoding)
{
	const struct message_arg args[] = { { "name", declared }, { "encoding", encoding } };

	stream_say(x->o, "xml.encoding_differs", 1, 0, (struct span){ "", 0 }, args, 2);
}

/*
 * The bytes were decoded by what they are; the declaration must not contradict in kind.
 * (It often says GB2312 where GB18030 is meant, or UTF-8 where the editor saved GBK.)
 */
static void check_declared(struct xml *x, const char *encoding)
{
	static const struct { const char *name, *encoding; } known[] = {
		{ "utf-8", "UTF-8" }, { "utf8", "UTF-8" }, { "utf-16", "UTF-16" }, { "gb2312", "GB18030" },
		{ "gbk", "GB18030" }, { "gb18030", "GB18030" }, { "us-ascii", "" }, { "ascii", "" },
	};
	struct span head = { x->s, x->n < 200 ? x->n : 200 };
	const char *close = memmem(head.s, head.n, "?>", 2), *p;
	char name[32];
	size_t n;

	if (!span_starts(head, "<?xml") || close == NULL)
		return;
	p = memmem(head.s, (size_t)(close - head.s), "encoding", 8);
	if (p == NULL)
		return;
	p += 8;
	while (p < close && (*p == ' ' || *p == '=' || *p == '"' || *p == '\''))
		p++;
	for (n = 0; p + n < close && n + 1 < sizeof name && p[n] != '"' && p[n] != '\''; n++)
		name[n] = p[n];
	name[n] = '\0';
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(known[i].name, name) == 0) {
			if (strncmp(encoding, known[i].encoding, strlen(known[i].encoding)) != 0 &&
			    !is_ascii(x))
				say_differs(x, name, encoding);
			return;
		}
	say(x, "xml.encoding", 1, name);
}

/* ---- elements ---- */

/* The line on which the tag at hand starts; libxml2 is at its end. */
static int tag_line(const struct xml *x)
{
	long at = xmlByteConsumed(x->parser);
	int line = xmlSAX2GetLineNumber(x->parser);

	if (at <= 0 || (size_t)at > x->n)
		return line;
	const char *p = x->s + at, *from = memrchr(x->s, '<', (size_t)at);

	return from != NULL ? line - (line_of(from, p) - 1) : line;
}

/* As many cells as there is room for names. */
static void grow_cells(struct xml *x)
{
	x->cells = mem_grow(x->cells, x->cap_names, sizeof *x->cells);
	memset(x->cells + x->cap_cells, 0, (x->cap_names - x->cap_cells) * sizeof *x->cells);
	x->sent = mem_grow(x->sent, x->cap_names, sizeof *x->sent);
	x->cols = mem_grow(x->cols, x->cap_names, sizeof *x->cols);
	x->cap_cells = x->cap_names;
}

/* The column of NAME in the form at hand; made if it is new.  -1: there are too many. */
static ssize_t column_of(struct xml *x, const char *name)
{
	/* Rows name their columns in the same order, mostly. */
	for (size_t k = 0; k < x->n_names; k++) {
		size_t i = x->guess + k < x->n_names ? x->guess + k : x->guess + k - x->n_names;

		if (strcmp(x->names[i], name) == 0) {
			x->guess = i + 1 < x->n_names ? i + 1 : 0;
			return (ssize_t)i;
		}
	}
	if (x->n_names >= x->limits->columns) {
		say_and_stop(x, "xml.too_many_names", x->row_line, x->limits->columns);
		return -1;
	}
	vec_room(x->names, x->n_names, x->cap_names);
	if (x->cap_names > x->cap_cells)
		grow_cells(x);
	x->names[x->n_names] = mem_dup(name);
	stream_name(x->o, span_of(name));
	return (ssize_t)x->n_names++;
}

static void say_long(struct xml *x, int line, const char *name)
{
	char number[24], limit[24];
	const struct message_arg args[] = { { "name", name }, { "limit", limit }, { "line", number } };

	(void)snprintf(number, sizeof number, "%d", line);
	(void)snprintf(limit, sizeof limit, "%zu", reading_cell(x->limits));
	stream_say(x->o, "xml.cell_too_long", (uint32_t)line, 0, (struct span){ "", 0 }, args, 3);
	x->stop = x->stop || stream_enough(x->o);
}

static void set_cell(struct xml *x, size_t column, const char *s, size_t n)
{
	if (x->cells[column].is) {
		say(x, "xml.twice", x->row_line, x->names[column]);
		return;
	}
	if (n > reading_cell(x->limits)) {
		say_long(x, x->row_line, x->names[column]);
		n = 0;
	}
	x->cells[column] = (struct held){ x->row.len, n, true };
	buf_add(&x->row, s, n);
}

/* Five pointers an attribute: name, prefix, namespace, value, end of value. */
static void row_attributes(struct xml *x, int n, const xmlChar **a)
{
	for (int i = 0; i < n && !x->stop; i++, a += 5) {
		const char *value = (const char *)a[3];

		if (a[2] != NULL) {
			say(x, "xml.prefix", x->row_line, (const char *)a[0]);
			continue;
		}
		ssize_t column = column_of(x, (const char *)a[0]);

		if (column >= 0)
			set_cell(x, (size_t)column, value, (size_t)((const char *)a[4] - value));
	}
}

static void root_attributes(struct xml *x, int n, const xmlChar **a)
{
	for (int i = 0; i < n; i++, a += 5) {
		struct span value = { (const char *)a[3], (size_t)(a[4] - a[3]) };

		if (a[2] != NULL)       /* xsi:schemaLocation and the like say nothing to us */
			continue;
		if (value.n > reading_cell(x->limits))
			say_long(x, 1, (const char *)a[0]);
		else
			stream_attribute(x->o, span_of((const char *)a[0]), value);
	}
}

static void row_begin(struct xml *x, int line, int n, const xmlChar **a)
{
	x->row_line = line;
	if (x->rows++ >= x->limits->rows)
		say_and_stop(x, "csv.too_many_rows", line, x->limits->rows);
	else
		row_attributes(x, n, a);
}

/* Of a row without cells. */
static const uint16_t no_columns[1];

static void row_end(struct xml *x)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n_names; i++) {
		if (!x->cells[i].is)
			continue;
		x->cols[n] = (uint16_t)(i + 1);
		x->sent[n++] = (struct span){ buf_cstr(&x->row) + x->cells[i].at, x->cells[i].n };
		x->cells[i].is = false;
	}
	if (x->o->cells + n > READING_CELLS)
		say_and_stop(x, "csv.too_many_cells", x->row_line, READING_CELLS);
	else
		stream_row(x->o, (uint32_t)x->row_line, n > 0 ? x->cols : no_columns, x->sent, n);
	buf_reset(&x->row);
}

static void forget_names(struct xml *x)
{
	for (size_t i = 0; i < x->n_names; i++) {
		free(x->names[i]);
		x->cells[i].is = false;
	}
	x->n_names = 0;
	x->guess = 0;
}

static void field_begin(struct xml *x, const char *name, int line, int n_attributes)
{
	ssize_t column = column_of(x, name);

	if (n_attributes > 0)
		say(x, "xml.structure", line, name);
	if (column >= 0)
		x->column = (size_t)column;
	buf_reset(&x->text);
	x->text_long = false;
}

static void element_at(struct xml *x, const char *name, int line, int n, const xmlChar **a)
{
	switch ((enum depth)x->depth) {
	case DEPTH_ROOT:
		if (strcmp(name, "submission") != 0)
			refuse_document(x, "xml.root", line, name);
		else
			root_attributes(x, n, a);
		break;
	case DEPTH_FORM:
		if (x->forms++ == XML_FORMS) {
			say_and_stop(x, "xml.too_many_forms", line, XML_FORMS);
			break;
		}
		stream_grid(x->o, span_of(name), (uint32_t)line);
		forget_names(x);
		if (n > 0)
			say(x, "xml.structure", line, (const char *)a[0]);
		break;
	case DEPTH_ROW:
		if (strcmp(name, "row") != 0)
			say(x, "xml.row_name", line, name);
		row_begin(x, line, n, a);
		break;
	case DEPTH_FIELD:
		field_begin(x, name, line, n);
		break;
	case DEPTH_NONE:
	default:
		say(x, "xml.structure", line, name);
		x->skipped = x->depth;  /* what is in it says no more */
	}
}

static void start_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_ns,
    const xmlChar **ns, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct xml *x = ctx;
	int line = tag_line(x);

	(void)prefix, (void)ns, (void)n_defaulted;
	x->depth++;
	if (x->stop || x->complained)
		return;
	if (x->skipped != 0 && x->depth <= XML_DEPTH)
		return;
	if (x->depth > XML_DEPTH)
		say_and_stop(x, "xml.too_deep", line, XML_DEPTH);
	else if (n_attributes > XML_ATTRIBUTES)
		say_and_stop(x, "xml.too_many_attributes", line, XML_ATTRIBUTES);
	else if (n_ns > XML_NAMESPACES)
		say_and_stop(x, "xml.too_many_namespaces", line, XML_NAMESPACES);
	else if (uri == NULL || strcmp((const char *)uri, NAMESPACE) != 0) {
		if (x->depth == DEPTH_ROOT)
			refuse_document(x, "xml.namespace", line, (const char *)name);
		else
			say(x, "xml.namespace", line, (const char *)name);
		x->skipped = x->depth;
	} else
		element_at(x, (const char *)name, line, n_attributes, attributes);
}

static void end_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml *x = ctx;

	bool on = !x->stop && !x->complained && x->skipped == 0;

	(void)name, (void)prefix, (void)uri;
	if (on && x->depth == DEPTH_FIELD && x->n_names > 0)
		set_cell(x, x->column, buf_cstr(&x->text), x->text_long ? reading_cell(x->limits) + 1 :
		    x->text.len);
	if (on && x->depth == DEPTH_ROW)
		row_end(x);
	if (x->depth == x->skipped)
		x->skipped = 0;
	x->depth--;
	x->closed = x->depth == 0;
}

static void characters(void *ctx, const xmlChar *s, int n)
{
	struct xml *x = ctx;

	if (x->stop || x->complained || x->skipped != 0 || x->depth > DEPTH_FIELD)
		return;
	if (x->depth == DEPTH_FIELD) {
		if (x->text.len + (size_t)n <= reading_cell(x->limits))
			buf_add(&x->text, s, (size_t)n);
		else
			x->text_long = true;
		return;
	}
	for (int i = 0; i < n; i++)
		if (s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\r') {
			say(x, "xml.text", xmlSAX2GetLineNumber(x->parser), NULL);
			return;
		}
}

/* Should the first pass ever miss one. */
static void internal_subset(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	struct xml *x = ctx;

	(void)name, (void)external, (void)system;
	say_and_stop(x, "xml.doctype", xmlSAX2GetLineNumber(x->parser), 0);
}

/* ---- syntax errors ---- */

struct syntax {
	int         code;
	const char *id;
};

static const struct syntax syntaxes[] = {
	{ XML_ERR_TAG_NAME_MISMATCH, "xml.mismatch" },
	{ XML_ERR_ATTRIBUTE_REDEFINED, "xml.attribute_twice" },
	{ XML_ERR_LT_IN_ATTRIBUTE, "xml.unescaped" },
	{ XML_ERR_NAME_REQUIRED, "xml.unescaped" },
	{ XML_ERR_ENTITYREF_SEMICOL_MISSING, "xml.unescaped" },
	{ XML_ERR_UNDECLARED_ENTITY, "xml.entity" },
	{ XML_WAR_UNDECLARED_ENTITY, "xml.entity" },
	{ XML_ERR_INVALID_CHAR, "xml.character" },
	{ XML_ERR_INVALID_CHARREF, "xml.character" },
	{ XML_NS_ERR_UNDEFINED_NAMESPACE, "xml.undefined_prefix" },
	{ XML_NS_ERR_ATTRIBUTE_REDEFINED, "xml.attribute_twice" },
	{ XML_ERR_DOCUMENT_END, "xml.after_root" },
	{ XML_ERR_RESERVED_XML_NAME, "xml.declaration" },
};

static void syntax_error(void *ctx, xmlErrorPtr e)
{
	struct xml *x = ctx;
	const char *id = "xml.syntax";
	char detail[160];

	if (x->complained || x->stop || e->level < XML_ERR_ERROR)
		return;
	x->complained = true;
	for (size_t i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++)
		if (syntaxes[i].code == e->code)
			id = syntaxes[i].id;
	if (!x->closed && (size_t)xmlByteConsumed(x->parser) + 1 >= x->n)
		id = "xml.truncated";
	(void)snprintf(detail, sizeof detail, "%s", e->message != NULL ? e->message : "");
	detail[strcspn(detail, "\n")] = '\0';
	say(x, id, e->line, detail);
}

/* ---- the whole ---- */

static void parse(struct xml *x)
{
	size_t done = 0;

	while (done < x->n && !x->stop && !x->complained) {
		size_t n = x->n - done < CHUNK ? x->n - done : CHUNK;

		(void)xmlParseChunk(x->parser, x->s + done, (int)n, 0);
		done += n;
	}
	if (!x->stop && !x->complained)
		(void)xmlParseChunk(x->parser, NULL, 0, 1);
	/* Rationale: every error was heard of above; but whatever the library may not tell must not pass. */
	if (!x->stop && !x->complained && (!x->parser->wellFormed || !x->parser->nsWellFormed || !x->closed))
		say(x, "xml.syntax", xmlSAX2GetLineNumber(x->parser), "");
}

void xml_read(const struct limits *limits, const char *s, size_t n, const char *encoding, struct stream *o)
{
	struct xml x = { .limits = limits, .o = o, .s = s, .n = n };
	xmlSAXHandler h = {
		.initialized = XML_SAX2_MAGIC, .internalSubset = internal_subset,
		    .startElementNs = start_element,
		.endElementNs = end_element, .characters = characters, .cdataBlock = characters,
		    .serror = syntax_error,
	};

	check_declared(&x, encoding);
	if (!is_safe(&x))
		return;
	x.parser = xmlCreatePushParserCtxt(&h, &x, NULL, 0, NULL);
	if (x.parser == NULL)
		abort();        /* out of memory: the parent says so */
	/* Rationale: the text is UTF-8 by now, whatever its declaration says (decode.c). */
	(void)xmlCtxtUseOptions(x.parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	parse(&x);
	xmlFreeParserCtxt(x.parser);
	forget_names(&x);
	free(x.names);
	free(x.cells);
	free(x.sent);
	free(x.cols);
	buf_free(&x.row);
	buf_free(&x.text);
}
