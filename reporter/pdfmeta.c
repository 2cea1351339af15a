/*
 * pdfmeta - what PDF/A wants beside the pages: the metadata in XMP, and the colours
 * that the pages' numbers mean, as an ICC profile of sRGB.
 */
#include <stdio.h>
#include <string.h>

#include "pdf.h"

/* ---- XMP ---- */

static void escaped(struct buf *out, const char *s)
{
	for (; s && *s; s++) {
		if (*s == '&')
			buf_str(out, "&amp;");
		else if (*s == '<')
			buf_str(out, "&lt;");
		else if (*s == '>')
			buf_str(out, "&gt;");
		else
			buf_char(out, *s);
	}
}

static void property(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_fmt(out, "<%s>", name);
	escaped(out, value);
	buf_fmt(out, "</%s>\n", name);
}

static void listed(struct buf *out, const char *name, const char *list, const char *item, const char *value)
{
	if (!value)
		return;
	buf_fmt(out, "<%s><rdf:%s><rdf:li%s>", name, list, item);
	escaped(out, value);
	buf_fmt(out, "</rdf:li></rdf:%s></%s>\n", list, name);
}

void pdf_metadata(struct buf *out, const struct document *doc, const char *keywords, const char *creator,
    const char *producer)
{
	buf_str(out, "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
	    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
	    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
	    "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\""
	    " xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\""
	    " xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\n"
	    "<pdfaid:part>2</pdfaid:part>\n<pdfaid:conformance>B</pdfaid:conformance>\n"
	    "<dc:format>application/pdf</dc:format>\n");
	listed(out, "dc:title", "Alt", " xml:lang=\"x-default\"", doc->title);
	listed(out, "dc:creator", "Seq", "", doc->office);
	listed(out, "dc:language", "Bag", "", "zh-CN");
	property(out, "xmp:CreatorTool", creator);
	property(out, "xmp:CreateDate", doc->date);
	property(out, "xmp:ModifyDate", doc->date);
	property(out, "pdf:Producer", producer);
	property(out, "pdf:Keywords", keywords);
	buf_str(out, "</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>\n");
}

/* ---- sRGB, as an ICC profile of version 4: IEC 61966-2-1, adapted to D50 ---- */

static void u32(struct buf *out, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(out, (char)(v >> shift & 0xff));
}

static void u16(struct buf *out, unsigned v)
{
	buf_char(out, (char)(v >> 8 & 0xff));
	buf_char(out, (char)(v & 0xff));
}

/* Sixteen bits before the point and sixteen after it, as ICC counts. */
static void xyz(struct buf *out, int32_t x, int32_t y, int32_t z)
{
	buf_add(out, "XYZ \0\0\0\0", 8);
	u32(out, (uint32_t)x);
	u32(out, (uint32_t)y);
	u32(out, (uint32_t)z);
}

/* A text of one language, padded to four bytes. */
static void words(struct buf *out, const char *s)
{
	size_t n = strlen(s);

	buf_add(out, "mluc\0\0\0\0", 8);
	u32(out, 1);
	u32(out, 12);
	buf_add(out, "enUS", 4);
	u32(out, (uint32_t)(2 * n));
	u32(out, 28);
	for (size_t i = 0; i < n; i++)
		u16(out, (unsigned char)s[i]);
	if (n % 2)
		u16(out, 0);
}

/* The tone curve: ((R + 0.055) / 1.055) ^ 2.4 above 0.04045, R / 12.92 below. */
static void curve(struct buf *out)
{
	static const uint32_t parameters[] = { 0x26666, 0xf2a7, 0xd59, 0x13d0, 0xa5b };

	buf_add(out, "para\0\0\0\0", 8);
	u16(out, 3);
	u16(out, 0);
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
		u32(out, parameters[i]);
}

/* Bradford: D65 to D50. */
static void adaptation(struct buf *out)
{
	static const int32_t matrix[] = {
		0x10c42, 0x5de, -0xcdc, 0x793, 0xfd91, -0x464, -0x26c, 0x3de, 0xc073,
	};

	buf_add(out, "sf32\0\0\0\0", 8);
	for (size_t i = 0; i < sizeof matrix / sizeof *matrix; i++)
		u32(out, (uint32_t)matrix[i]);
}

static void profile_head(struct buf *out, uint32_t size)
{
	u32(out, size);
	u32(out, 0);
	u32(out, 0x04200000);
	buf_str(out, "mntrRGB XYZ ");
	u16(out, 2022);
	u16(out, 1);
	u16(out, 1);
	u16(out, 0);
	u16(out, 0);
	u16(out, 0);
	buf_str(out, "acsp");
	for (int i = 0; i < 7; i++)
		u32(out, 0);
	u32(out, 0xf6d6);               /* D50 */
	u32(out, 0x10000);
	u32(out, 0xd32d);
	while (out->len < 128)
		buf_char(out, '\0');
}

void pdf_srgb(struct buf *out)
{
	enum { DESC, CPRT, WTPT, CHAD, RXYZ, GXYZ, BXYZ, CURVE, PARTS };
	static const struct { const char *tag; int part; } tags[] = {
		{ "desc", DESC }, { "cprt", CPRT }, { "wtpt", WTPT }, { "chad", CHAD }, { "rXYZ", RXYZ },
		{ "gXYZ", GXYZ }, { "bXYZ", BXYZ }, { "rTRC", CURVE }, { "gTRC", CURVE }, { "bTRC", CURVE },
	};
	const size_t n = sizeof tags / sizeof *tags, start = 128 + 4 + 12 * n;
	struct buf data = { 0 };
	size_t at[PARTS + 1] = { 0 };

	words(&data, "sRGB");
	at[CPRT] = data.len;
	words(&data, "No copyright, use freely");
	at[WTPT] = data.len;
	xyz(&data, 0xf6d6, 0x10000, 0xd32d);
	at[CHAD] = data.len;
	adaptation(&data);
	at[RXYZ] = data.len;
	xyz(&data, 0x6fa2, 0x38f5, 0x390);
	at[GXYZ] = data.len;
	xyz(&data, 0x6299, 0xb785, 0x18da);
	at[BXYZ] = data.len;
	xyz(&data, 0x24a0, 0xf84, 0xb6cf);
	at[CURVE] = data.len;
	curve(&data);
	at[PARTS] = data.len;
	profile_head(out, (uint32_t)(start + data.len));
	u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		size_t part = (size_t)tags[i].part;

		buf_str(out, tags[i].tag);
		u32(out, (uint32_t)(start + at[part]));
		u32(out, (uint32_t)(at[part + 1] - at[part]));
	}
	buf_add(out, data.s, data.len);
	buf_free(&data);
}
