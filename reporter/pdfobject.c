/*
 * pdfobject - libharu's objects, as the files that write with it make them: its errors with the step
 * they belong to, packed streams, dictionaries and text strings.
 */
#include <hpdf_streams.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "pdf.h"

#define PACKING 3               /* of zlib: 6 takes a tenth longer and saves a hundredth */

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

void pdf_stream_fill(HPDF_Dict stream, const char *bytes, size_t n, bool repeats)
{
	int strategy = repeats ? Z_DEFAULT_STRATEGY : Z_HUFFMAN_ONLY;
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n };
	uLong size;
	Bytef *packed;

	if (deflateInit2(&z, PACKING, Z_DEFLATED, MAX_WBITS, 9, strategy) != Z_OK)
		mem_out();              /* no other reason is left */
	size = deflateBound(&z, n);
	z.next_out = packed = mem_alloc(size);
	z.avail_out = (uInt)size;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		mem_out();
	HPDF_Stream_Write(stream->stream, packed, (HPDF_UINT)z.total_out);
	stream->write_fn = filter_write;
	(void)deflateEnd(&z);
	free(packed);
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
