/*
 * pdfobject - libharu's objects, as the files that write with it make them: its errors with the step
 * they belong to, packed streams, dictionaries and text strings.
 */
#include <hpdf_streams.h>
#include <stdlib.h>
#include <string.h>

#include "../common/text.h"
#include "pdf.h"

#define PACKING 1               /* of libdeflate: 6 takes twice as long and saves a tenth */

int pdf_step_done(const struct maker *m, const char *step)
{
	HPDF_STATUS s = HPDF_GetError(m->doc);

	if (s == HPDF_OK)
		return 0;
	return why_set(m->why, EX_SOFTWARE, "PDF: %s: libharu error 0x%04lx", step, (unsigned long)s);
}

/* ---- streams ---- */

static HPDF_STATUS filter_write(HPDF_Dict stream, HPDF_Stream to)
{
	static const char filter[] = "/Filter /FlateDecode\n";

	(void)stream;
	return HPDF_Stream_Write(to, (const HPDF_BYTE *)filter, sizeof filter - 1);
}

/* Packed bytes, which libharu reads when the document is saved, and lets go with their stream. */
struct packed {
	size_t n, at;
	HPDF_BYTE bytes[];
};

static HPDF_STATUS packed_read(HPDF_Stream s, HPDF_BYTE *to, HPDF_UINT *n)
{
	struct packed *p = s->attr;
	size_t left = p->n - p->at;

	if (*n >= left)
		*n = (HPDF_UINT)left;
	memcpy(to, p->bytes + p->at, *n);
	p->at += *n;
	return p->at < p->n ? HPDF_OK : HPDF_STREAM_EOF;
}

/* Only ever to its beginning. */
static HPDF_STATUS packed_seek(HPDF_Stream s, HPDF_INT pos, HPDF_WhenceMode mode)
{
	struct packed *p = s->attr;

	(void)mode;
	p->at = (size_t)pos;
	return HPDF_OK;
}

static HPDF_UINT32 packed_size(HPDF_Stream s)
{
	const struct packed *p = s->attr;

	return (HPDF_UINT32)p->n;
}

static void packed_free(HPDF_Stream s)
{
	free(s->attr);
}

void pdf_stream_fill(struct maker *m, HPDF_Dict stream, const char *bytes, size_t n)
{
	HPDF_Stream s;
	struct packed *p;
	size_t most;

	if (!m->packer && (m->packer = libdeflate_alloc_compressor(PACKING)) == NULL)
		mem_out();
	most = libdeflate_zlib_compress_bound(m->packer, n);
	p = mem_alloc(sizeof *p + most);
	p->n = libdeflate_zlib_compress(m->packer, bytes, n, p->bytes, most);
	p->at = 0;
	p = mem_grow(p, sizeof *p + p->n, 1);
	/* libharu's own memory stream copies byte by byte, twice. */
	s = HPDF_CallbackReader_New(m->doc->mmgr, packed_read, packed_seek, NULL, packed_size, p);
	s->free_fn = packed_free;
	HPDF_Stream_Free(stream->stream);
	stream->stream = s;
	stream->write_fn = filter_write;
}

void pdf_packer_free(struct maker *m)
{
	libdeflate_free_compressor(m->packer);
	m->packer = NULL;
}

/* ---- the whole ---- */

static HPDF_STATUS saved_write(HPDF_Stream s, const HPDF_BYTE *bytes, HPDF_UINT n)
{
	buf_add(s->attr, bytes, n);
	return HPDF_OK;
}

int pdf_save(struct maker *m, struct buf *out)
{
	/* The document's own, which it frees. */
	m->doc->stream = HPDF_CallbackWriter_New(m->doc->mmgr, saved_write, out);
	HPDF_SaveToStream(m->doc);
	return pdf_step_done(m, "saving");
}

/* ---- dictionaries and strings ---- */

HPDF_Dict pdf_dict_add(HPDF_Doc d, HPDF_Dict parent, const char *key, bool indirect)
{
	HPDF_Dict x = HPDF_Dict_New(d->mmgr);

	if (indirect)
		HPDF_Xref_Add(d->xref, x);
	if (parent)
		HPDF_Dict_Add(parent, key, x);
	return x;
}

HPDF_Array pdf_array_add(HPDF_Doc d, HPDF_Dict parent, const char *key)
{
	HPDF_Array x = HPDF_Array_New(d->mmgr);

	HPDF_Dict_Add(parent, key, x);
	return x;
}

void pdf_integer(struct buf *out, long n)
{
	char s[24], *p = s + sizeof s;
	unsigned long left = n < 0 ? 0 - (unsigned long)n : (unsigned long)n;

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (n < 0)
		*--p = '-';
	buf_add(out, p, (size_t)(s + sizeof s - p));
}

void pdf_hex(struct buf *out, unsigned n)
{
	static const char digit[] = "0123456789ABCDEF";
	const char s[4] = { digit[n >> 12 & 15], digit[n >> 8 & 15], digit[n >> 4 & 15], digit[n & 15] };

	buf_add(out, s, sizeof s);
}

/* A PDF text string: UTF-16 with its mark. */
HPDF_Binary pdf_text_string(HPDF_Doc d, const char *s)
{
	const char *p = s, *end = s + strlen(s);
	struct buf out = { 0 };
	HPDF_Binary made;

	buf_add(&out, "\xfe\xff", 2);
	while (p < end) {
		int32_t cp = utf8_next(&p, end);
		uint32_t unit[2];
		int n = 1;

		if (cp < 0)
			break;
		unit[0] = (uint32_t)cp;
		if (cp >= 0x10000) {
			unit[0] = 0xd800 + (((uint32_t)cp - 0x10000) >> 10);
			unit[1] = 0xdc00 + (((uint32_t)cp - 0x10000) & 0x3ff);
			n = 2;
		}
		for (int i = 0; i < n; i++) {
			buf_char(&out, (char)(unit[i] >> 8));
			buf_char(&out, (char)(unit[i] & 0xff));
		}
	}
	made = HPDF_Binary_New(d->mmgr, (HPDF_BYTE *)out.s, (HPDF_UINT)out.len);
	buf_free(&out);
	return made;
}
