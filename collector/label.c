/*
 * label - the two small records the collector writes before it judges: the label beside every
 * archived file, and the batch in hand (work/UNIT).  Both are lines of "key value"; names that a
 * sender chose are escaped, so that one line stays one line.
 */
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"

/* ---- names ---- */

static void escape_byte(struct buf *out, unsigned char c)
{
	buf_fmt(out, "\\x%02X", c);
}

void name_escape(struct buf *out, struct span name)
{
	const char *p = name.s, *end = name.s + name.n;

	while (p < end) {
		const char *start = p;
		int32_t cp = utf8_next(&p, end);

		if (cp < 0)
			escape_byte(out, (unsigned char)*p++);
		else if (cp < 0x20 || cp == 0x7f || cp == '\\' || cp == '"')
			escape_byte(out, (unsigned char)*start);
		else
			buf_add(out, start, (size_t)(p - start));
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int name_unescape(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		int high, low;

		if (text.s[i] != '\\') {
			buf_char(out, text.s[i]);
			continue;
		}
		if (text.n - i < 4 || text.s[i + 1] != 'x')
			return -1;
		high = hex_digit(text.s[i + 2]);
		low = hex_digit(text.s[i + 3]);
		if (high < 0 || low < 0)
			return -1;
		buf_char(out, (char)(high * 16 + low));
		i += 3;
	}
	return 0;
}

/* NAME read as GB18030: what older file transfer programs send. */
static int name_decode(struct buf *out, const char *name)
{
	char text[1024], *in = mem_dup(name), *from = in, *to = text;
	size_t left = strlen(name), room = sizeof text;
	iconv_t cd = iconv_open("UTF-8", "GB18030");
	int rc = -1;

	if (cd != (iconv_t)-1) {
		if (iconv(cd, &from, &left, &to, &room) != (size_t)-1) {
			buf_add(out, text, sizeof text - room);
			rc = 0;
		}
		(void)iconv_close(cd);
	}
	free(in);
	return rc;
}

void name_show(struct buf *out, const char *name)
{
	struct buf decoded = { 0 };

	if (!utf8_valid(name, strlen(name), NULL) && name_decode(&decoded, name) == 0)
		text_escape(out, (struct span){ buf_cstr(&decoded), decoded.len });
	else
		text_escape(out, span_of(name));
	buf_free(&decoded);
}

/* ---- lines ---- */

/* The next line of *REST without its newline; false at the end, or where the newline is missing. */
static bool next_line(struct span *rest, struct span *line)
{
	const char *newline = rest->n > 0 ? memchr(rest->s, '\n', rest->n) : NULL;

	if (newline == NULL)
		return false;
	line->s = rest->s;
	line->n = (size_t)(newline - rest->s);
	rest->s += line->n + 1;
	rest->n -= line->n + 1;
	return true;
}

/* Cut the word before the first blank off LINE. */
static struct span next_word(struct span *line)
{
	struct span word = *line;
	const char *blank = line->n > 0 ? memchr(line->s, ' ', line->n) : NULL;

	if (blank == NULL) {
		line->s += line->n;
		line->n = 0;
		return word;
	}
	word.n = (size_t)(blank - word.s);
	line->s += word.n + 1;
	line->n -= word.n + 1;
	return word;
}

static int read_number(struct span text, uint64_t *out)
{
	uint64_t v = 0;

	if (text.n == 0)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		uint64_t digit = (uint64_t)(text.s[i] - '0');

		if (text.s[i] < '0' || text.s[i] > '9' || v > (UINT64_MAX - digit) / 10)
			return -1;
		v = v * 10 + digit;
	}
	*out = v;
	return 0;
}

static int read_signed(struct span text, int64_t *out)
{
	bool minus = text.n > 0 && text.s[0] == '-';
	struct span digits = { text.s + minus, text.n - minus };
	uint64_t v;

	if (read_number(digits, &v) != 0 || v > INT64_MAX)
		return -1;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return 0;
}

static int read_file_number(struct span text, int *out)
{
	uint64_t v;

	if (read_number(text, &v) != 0 || v < 1 || v > 999999)
		return -1;
	*out = (int)v;
	return 0;
}

static int read_digest(struct span text, char out[DIGEST_HEX])
{
	if (text.n != DIGEST_HEX - 1 || strspn(text.s, "0123456789abcdef") < text.n)
		return -1;
	memcpy(out, text.s, text.n);
	out[text.n] = '\0';
	return 0;
}

static const char *read_reason(struct span text)
{
	for (size_t i = 0; drop_reasons[i] != NULL; i++)
		if (span_is(text, drop_reasons[i]))
			return drop_reasons[i];
	return NULL;
}

/* An instant without its offset: a record is local time throughout. */
static void write_instant(struct buf *out, instant_t t)
{
	char s[26];

	instant_format(t, 0, s);
	buf_add(out, s, 19);
}

/* ---- the label ---- */

void label_write(struct buf *out, const struct label *l)
{
	char week[9];

	week_format(l->week, week);
	buf_fmt(out, "number %d\nkind %s\nname ", l->number, l->kind == LABEL_REFUSED ? "refused"
	    : "submission");
	name_escape(out, span_of(l->name));
	buf_fmt(out, "\nsize %llu\n", (unsigned long long)l->size);
	if (l->sha256[0] != '\0')
		buf_fmt(out, "sha256 %s\n", l->sha256);
	buf_str(out, "received_at ");
	write_instant(out, l->received_at);
	buf_fmt(out, "\nweek %s\nbatch %d\nrules %s\n", week, l->batch, l->rules);
	if (l->why != NULL)
		buf_fmt(out, "why %s\n", l->why);
}

static int label_name(struct label *l, struct span text)
{
	struct buf name = { 0 };
	int rc = -1;

	if (l->name == NULL && name_unescape(&name, text) == 0) {
		l->name = mem_dup(buf_cstr(&name));
		rc = 0;
	}
	buf_free(&name);
	return rc;
}

static int label_kind(struct label *l, struct span text)
{
	l->kind = span_is(text, "refused") ? LABEL_REFUSED : LABEL_SUBMISSION;
	return l->kind == LABEL_REFUSED || span_is(text, "submission") ? 0 : -1;
}

static int label_line(struct label *l, struct span line)
{
	struct span key = next_word(&line);

	if (span_is(key, "number"))
		return read_file_number(line, &l->number);
	if (span_is(key, "kind"))
		return label_kind(l, line);
	if (span_is(key, "name"))
		return label_name(l, line);
	if (span_is(key, "size"))
		return read_number(line, &l->size);
	if (span_is(key, "sha256"))
		return read_digest(line, l->sha256);
	if (span_is(key, "received_at"))
		return instant_parse(line.s, line.n, 0, &l->received_at);
	if (span_is(key, "week"))
		return week_parse(line.s, line.n, &l->week);
	if (span_is(key, "batch"))
		return read_file_number(line, &l->batch);
	if (span_is(key, "rules"))
		return read_digest(line, l->rules);
	if (span_is(key, "why"))
		return (l->why = read_reason(line)) == NULL ? -1 : 0;
	return -1;
}

static bool label_is_complete(const struct label *l)
{
	bool refused = l->kind == LABEL_REFUSED;

	return l->number > 0 && l->batch > 0 && l->batch <= l->number && l->name != NULL &&
	    l->week.year != 0 &&
	    l->rules[0] != '\0' && refused == (l->why != NULL) && refused == (l->sha256[0] == '\0');
}

int label_read(const char *bytes, size_t n, const char *file, struct label *out, struct why *why)
{
	struct span rest = { bytes, n }, line;
	struct label l = { 0 };
	int number = 0;

	while (next_line(&rest, &line)) {
		number++;
		if (label_line(&l, line) != 0) {
			label_free(&l);
			return why_set(why, EX_IOERR, "%s:%d: not a line of a label: \"%.*s\"", file, number,
			    (int)(line.n > 80 ? 80 : line.n), line.s);
		}
	}
	if (rest.n != 0 || !label_is_complete(&l)) {
		label_free(&l);
		return why_set(why, EX_IOERR, "%s: not a whole label", file);
	}
	*out = l;
	return 0;
}

void label_free(struct label *l)
{
	free(l->name);
	*l = (struct label){ 0 };
}

/* ---- the batch in hand ---- */

void batch_write(struct buf *out, const struct batch *b)
{
	char week[9];

	week_format(b->week, week);
	buf_fmt(out, "week %s\nrules %s\n", week, b->rules);
	for (size_t i = 0; i < b->files.n; i++) {
		const struct dropped *d = &b->files.v[i];

		buf_fmt(out, "file %d %s %llu %llu %lld %lld %llu ", d->number, d->refuse != NULL ? d->refuse
		    : "take", (unsigned long long)d->id.device, (unsigned long long)d->id.inode,
		    (long long)d->id.ctime_s, (long long)d->id.ctime_ns, (unsigned long long)d->id.size);
		write_instant(out, d->received_at);
		buf_char(out, ' ');
		name_escape(out, span_of(d->name));
		buf_char(out, '\n');
	}
	buf_str(out, "end\n");
}

static int batch_file(struct batch *b, struct span line)
{
	struct dropped d = { 0 };
	struct buf name = { 0 };
	struct span kind, at;
	int rc = -1;

	if (read_file_number(next_word(&line), &d.number) != 0)
		return -1;
	kind = next_word(&line);
	d.refuse = read_reason(kind);
	if (d.refuse == NULL && !span_is(kind, "take"))
		return -1;
	if (read_number(next_word(&line), &d.id.device) != 0 || read_number(next_word(&line),
	    &d.id.inode) != 0 ||
	    read_signed(next_word(&line), &d.id.ctime_s) != 0 || read_signed(next_word(&line),
	    &d.id.ctime_ns) != 0 ||
	    read_number(next_word(&line), &d.id.size) != 0)
		return -1;
	at = next_word(&line);
	if (instant_parse(at.s, at.n, 0, &d.received_at) == 0 && name_unescape(&name, line) == 0 &&
	    name.len > 0) {
		d.name = mem_dup(buf_cstr(&name));
		vec_room(b->files.v, b->files.n, b->files.cap);
		b->files.v[b->files.n++] = d;
		rc = 0;
	}
	buf_free(&name);
	return rc;
}

int batch_read(const char *bytes, size_t n, const char *file, struct batch *out, struct why *why)
{
	struct span rest = { bytes, n }, line;
	struct batch b = { 0 };
	bool ended = false;
	int number = 0, rc = 0;

	while (rc == 0 && !ended && next_line(&rest, &line)) {
		struct span key = next_word(&line);

		number++;
		if (span_is(key, "week"))
			rc = week_parse(line.s, line.n, &b.week);
		else if (span_is(key, "rules"))
			rc = read_digest(line, b.rules);
		else if (span_is(key, "file"))
			rc = batch_file(&b, line);
		else
			ended = rc == 0 && span_is(key, "end"), rc = ended ? 0 : -1;
	}
	if (rc != 0 || !ended || b.week.year == 0 || b.rules[0] == '\0') {
		droppeds_free(&b.files);
		return why_set(why, EX_IOERR, "%s:%d: not a record of a batch in hand", file, number);
	}
	*out = b;
	return 0;
}
