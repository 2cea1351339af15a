/*
 * pdf - pages of boxes into PDF.
 *
 * libharu carries: pages, outlines, compression, cross-reference.  Its own font path
 * is not used (it refuses CFF and garbles others): each face's subset is embedded here as a
 * Type0 font with Identity-H codes, its widths and a ToUnicode map, written
 * with libharu's own objects.  Nothing but the document enters the bytes: no
 * clock, no host, a file identifier made of the content.
 */
#include <hpdf.h>
#include <hpdf_objects.h>
#include <hpdf_pages.h>
#include <hpdf_streams.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "reporter.h"

#define BFCHAR_MAX 100          /* entries of one beginbfchar block */
#define CODE_POINTS 0x110000
#define NO_TAG     SIZE_MAX
#define TAGS_MAX   60000        /* an annex of a thousand pages stays without a structure, and small */
#define SRGB       "sRGB IEC61966-2.1"
#define CREATOR    "zhoubao reporter"
#define PACKING    3               /* of zlib: 6 takes a tenth longer and saves a hundredth */

/* A face as this document embeds it. */
struct embedded {
	bool     used;
	uint32_t *cps;
	size_t   n, cap;
	unsigned char *seen;            /* a bit a character */
	struct type_subset subset;
	HPDF_Dict font;
};

struct maker {
	HPDF_Doc         doc;
	struct embedded *faces;
	size_t           n_faces;
	HPDF_Page       *pages;
	struct page_marks *marks;       /* a page; NULL: the document is not tagged */
	struct page_links links;        /* that belong to a text of the structure */
	struct pdf_structure *structure;
	size_t           tag;           /* of the piece that is open; NO_TAG: none */
	int              ink;           /* that is set; -1: none yet */
	struct why      *why;
};

static void *take(HPDF_UINT n)
{
	return mem_alloc(n);
}

static void give(void *p)
{
	free(p);
}

/* libharu keeps its first error; asked after each step, so that the step can be named. */
static int step_done(const struct maker *m, const char *step)
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

/*
 * N bytes, packed at once: libharu would keep them as they are until the document is saved, all pages of it, and
 * then pack them in small pieces.  What repeats nothing, as a font, is not searched for repetitions.
 */
static void stream_fill(HPDF_Dict stream, const char *bytes, size_t n, bool repeats)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n };
	uLong size;
	Bytef *packed;

	if (deflateInit2(&z, PACKING, Z_DEFLATED, MAX_WBITS, 9, repeats ? Z_DEFAULT_STRATEGY : Z_HUFFMAN_ONLY) != Z_OK)
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

/* ---- which characters of which faces ---- */

static int by_cp(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void face_use(struct maker *m, const struct glyph *g)
{
	size_t i = (size_t)g->face;
	struct embedded *e;

	if (g->face < 0)
		return;
	if (i >= m->n_faces) {
		m->faces = mem_grow(m->faces, i + 1, sizeof *m->faces);
		memset(m->faces + m->n_faces, 0, (i + 1 - m->n_faces) * sizeof *m->faces);
		m->n_faces = i + 1;
	}
	e = &m->faces[i];
	if (!e->seen)
		e->seen = mem_zero(CODE_POINTS / 8, 1);
	if (g->cp >= CODE_POINTS || (e->seen[g->cp / 8] >> (g->cp % 8) & 1))
		return;
	e->seen[g->cp / 8] |= (unsigned char)(1u << (g->cp % 8));
	vec_room(e->cps, e->n, e->cap);
	e->cps[e->n++] = g->cp;
	e->used = true;
}

static void faces_collect(struct maker *m, const struct pages *pages)
{
	for (size_t p = 0; p < pages->n; p++)
		for (size_t b = 0; b < pages->v[p].n_boxes; b++) {
			const struct box *box = &pages->v[p].boxes[b];

			for (size_t g = 0; g < box->n_glyphs; g++)
				face_use(m, &box->glyphs[g]);
		}
	for (size_t i = 0; i < m->n_faces; i++)
		if (m->faces[i].n > 0)
			qsort(m->faces[i].cps, m->faces[i].n, sizeof *m->faces[i].cps, by_cp);
}

/* ---- fonts ---- */

static HPDF_Dict dict_add(HPDF_Doc d, HPDF_Dict parent, const char *key, bool indirect)
{
	HPDF_Dict x = HPDF_Dict_New(d->mmgr);

	if (indirect)
		HPDF_Xref_Add(d->xref, x);
	if (parent)
		HPDF_Dict_Add(parent, key, x);
	return x;
}

static HPDF_Array array_add(HPDF_Doc d, HPDF_Dict parent, const char *key)
{
	HPDF_Array x = HPDF_Array_New(d->mmgr);

	HPDF_Dict_Add(parent, key, x);
	return x;
}

static void program_embed(HPDF_Doc d, HPDF_Dict descriptor, const struct type_subset *s)
{
	HPDF_Dict stream = HPDF_DictStream_New(d->mmgr, d->xref);

	if (s->cff)
		HPDF_Dict_AddName(stream, "Subtype", "CIDFontType0C");
	else
		HPDF_Dict_AddNumber(stream, "Length1", (HPDF_INT32)s->n);
	HPDF_Dict_Add(descriptor, s->cff ? "FontFile3" : "FontFile2", stream);
	stream_fill(stream, s->bytes, s->n, false);
}

static void descriptor_embed(HPDF_Doc d, HPDF_Dict cid, const char *name, const struct type_subset *s)
{
	HPDF_Dict fd = dict_add(d, cid, "FontDescriptor", true);
	HPDF_Array box;

	HPDF_Dict_AddName(fd, "Type", "FontDescriptor");
	HPDF_Dict_AddName(fd, "FontName", name);
	HPDF_Dict_AddNumber(fd, "Flags", 4);
	HPDF_Dict_AddNumber(fd, "Ascent", s->ascent);
	HPDF_Dict_AddNumber(fd, "Descent", s->descent);
	HPDF_Dict_AddNumber(fd, "CapHeight", 700);
	HPDF_Dict_AddNumber(fd, "ItalicAngle", 0);
	HPDF_Dict_AddNumber(fd, "StemV", 80);
	box = array_add(d, fd, "FontBBox");
	for (int i = 0; i < 4; i++)
		HPDF_Array_AddNumber(box, s->box[i]);
	program_embed(d, fd, s);
}

static void widths_embed(HPDF_Doc d, HPDF_Dict cid, const struct type_subset *s)
{
	HPDF_Array w = array_add(d, cid, "W");

	HPDF_Dict_AddNumber(cid, "DW", 1000);
	for (size_t i = 0; i < s->n_codes; i++) {
		HPDF_Array one;

		if (s->codes[i].width == 1000)
			continue;
		HPDF_Array_AddNumber(w, s->codes[i].code);
		one = HPDF_Array_New(d->mmgr);
		HPDF_Array_Add(w, one);
		HPDF_Array_AddNumber(one, s->codes[i].width);
	}
}

static void unicode_add(struct buf *out, const struct type_code *c)
{
	if (c->cp < 0x10000)
		buf_fmt(out, "<%04X> <%04X>\n", c->code, c->cp);
	else
		buf_fmt(out, "<%04X> <%04X%04X>\n", c->code, 0xd800 + ((c->cp - 0x10000) >> 10),
		    0xdc00 + ((c->cp - 0x10000) & 0x3ff));
}

/* So that text can be searched and copied. */
static void unicode_embed(HPDF_Doc d, HPDF_Dict font, const struct type_subset *s)
{
	HPDF_Dict stream = HPDF_DictStream_New(d->mmgr, d->xref);
	struct buf map = { 0 };

	buf_str(&map, "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
	    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
	    "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
	    "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
	for (size_t i = 0; i < s->n_codes; i += BFCHAR_MAX) {
		size_t n = s->n_codes - i < BFCHAR_MAX ? s->n_codes - i : BFCHAR_MAX;

		buf_fmt(&map, "%zu beginbfchar\n", n);
		for (size_t k = 0; k < n; k++)
			unicode_add(&map, &s->codes[i + k]);
		buf_str(&map, "endbfchar\n");
	}
	buf_str(&map, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
	HPDF_Dict_Add(font, "ToUnicode", stream);
	stream_fill(stream, map.s, map.len, true);
	buf_free(&map);
}

static void font_embed(HPDF_Doc d, struct embedded *e, size_t ordinal)
{
	HPDF_Dict font = dict_add(d, NULL, NULL, true), cid, info;
	HPDF_Array descendants;
	char name[127];

	/* A subset's tag: six letters, different for each subset of a document. */
	snprintf(name, sizeof name, "ZBAAA%c+%s", (char)('A' + ordinal % 26), e->subset.name);
	font->header.obj_class |= HPDF_OSUBCLASS_FONT;
	HPDF_Dict_AddName(font, "Type", "Font");
	HPDF_Dict_AddName(font, "Subtype", "Type0");
	HPDF_Dict_AddName(font, "BaseFont", name);
	HPDF_Dict_AddName(font, "Encoding", "Identity-H");
	descendants = array_add(d, font, "DescendantFonts");
	cid = dict_add(d, NULL, NULL, true);
	HPDF_Array_Add(descendants, cid);
	HPDF_Dict_AddName(cid, "Type", "Font");
	HPDF_Dict_AddName(cid, "Subtype", e->subset.cff ? "CIDFontType0" : "CIDFontType2");
	HPDF_Dict_AddName(cid, "BaseFont", name);
	if (!e->subset.cff)
		HPDF_Dict_AddName(cid, "CIDToGIDMap", "Identity");
	info = dict_add(d, cid, "CIDSystemInfo", false);
	HPDF_Dict_Add(info, "Registry", HPDF_String_New(d->mmgr, "Adobe", NULL));
	HPDF_Dict_Add(info, "Ordering", HPDF_String_New(d->mmgr, "Identity", NULL));
	HPDF_Dict_AddNumber(info, "Supplement", 0);
	descriptor_embed(d, cid, name, &e->subset);
	widths_embed(d, cid, &e->subset);
	unicode_embed(d, font, &e->subset);
	e->font = font;
}

static int fonts_embed(struct maker *m, const struct type *type)
{
	size_t ordinal = 0;

	for (size_t i = 0; i < m->n_faces; i++) {
		struct embedded *e = &m->faces[i];

		if (!e->used)
			continue;
		if (type_subset(type, (int)i, e->cps, e->n, &e->subset, m->why) != 0)
			return -1;
		font_embed(m->doc, e, ordinal++);
		if (step_done(m, "embedding a font") != 0)
			return -1;
	}
	return 0;
}

/* ---- pages ---- */

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

/* V with two decimals and a space: written by hand, as a page has thousands of them. */
static void number(struct buf *out, double v)
{
	long n = lround(v * 100), left;
	char s[32], *p = s + sizeof s;
	bool minus = n < 0;

	left = minus ? -n : n;
	*--p = ' ';
	if (left % 100 != 0) {
		if (left % 10 != 0)
			*--p = (char)('0' + left % 10);
		*--p = (char)('0' + left / 10 % 10);
		*--p = '.';
	}
	left /= 100;
	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (minus)
		*--p = '-';
	buf_add(out, p, (size_t)(s + sizeof s - p));
}

static void code_show(struct buf *out, unsigned code)
{
	static const char hex[] = "0123456789ABCDEF";
	const char s[4] = { hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15] };

	buf_add(out, s, 4);
}

static const struct type_code *code_find(const struct type_subset *s, uint32_t cp)
{
	size_t low = 0, high = s->n_codes;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s->codes[mid].cp < cp)
			low = mid + 1;
		else
			high = mid;
	}
	return &s->codes[low];
}

/*
 * Glyphs FROM..TO, all of one face, as a TJ array.  PEN follows what a viewer will
 * add up, so that rounding never piles up along a line.
 */
static void glyphs_show(struct buf *out, const struct embedded *e, const struct box *b, size_t from,
    size_t to)
{
	double pen = b->glyphs[from].x;

	buf_str(out, "[<");
	for (size_t i = from; i < to; i++) {
		const struct type_code *c = code_find(&e->subset, b->glyphs[i].cp);

		if (i > from) {
			int adjust = (int)lround((pen - b->glyphs[i].x) / b->size * 1000);

			if (adjust != 0) {
				buf_char(out, '>');
				pdf_integer(out, adjust);
				buf_char(out, '<');
			}
			pen -= adjust * b->size / 1000;
		}
		code_show(out, c->code);
		pen += c->width * b->size / 1000;
	}
	buf_str(out, ">] TJ\n");
}

static void text_show(const struct maker *m, HPDF_Page page, struct buf *out, const struct box *b,
    double height)
{
	double a = b->angle * M_PI / 180, sine = sin(a), cosine = cos(a);

	for (size_t from = 0, to; from < b->n_glyphs; from = to) {
		const struct embedded *e;
		double x = b->x + b->glyphs[from].x * cosine, y = height - b->y + b->glyphs[from].x * sine;

		for (to = from + 1; to < b->n_glyphs && b->glyphs[to].face == b->glyphs[from].face;)
			to++;
		if (b->glyphs[from].face < 0)
			continue;
		e = &m->faces[b->glyphs[from].face];
		buf_str(out, "BT /");
		buf_str(out, HPDF_Page_GetLocalFontName(page, e->font));
		buf_char(out, ' ');
		number(out, b->size);
		buf_str(out, "Tf ");
		if (b->angle != 0)
			buf_fmt(out, "%.5f %.5f %.5f %.5f ", cosine, sine, -sine, cosine);
		number(out, x);
		number(out, y);
		buf_str(out, b->angle != 0 ? "Tm " : "Td ");
		glyphs_show(out, e, b, from, to);
		buf_str(out, "ET\n");
	}
}

static void shape_show(struct buf *out, const struct box *b, double height)
{
	if (b->n_points == 0)
		return;
	if (b->stroke > 0)
		buf_fmt(out, "%.2f w %s d ", b->stroke, b->dashed ? "[2.5 2]0" : "[]0");
	for (size_t i = 0; i < b->n_points; i++) {
		number(out, b->x + b->points[i].x);
		number(out, height - b->y - b->points[i].y);
		buf_str(out, i == 0 ? "m " : "l ");
	}
	buf_str(out, b->stroke <= 0 ? "f\n" : b->closed ? "s\n" : "S\n");
}

static void rule_show(struct buf *out, const struct box *b, double height)
{
	number(out, b->x);
	number(out, height - b->y - b->height);
	number(out, b->width);
	number(out, b->height);
	buf_str(out, "re f\n");
}

static void box_show(struct maker *m, HPDF_Page page, struct buf *out, const struct box *b,
    double height)
{
	static const char *const inks[] = {
		[INK_BLACK] = "0 g 0 G\n", [INK_RED] = "0.84 0.06 0.08 rg 0.84 0.06 0.08 RG\n",
		[INK_PALE] = "0.87 g\n", [INK_YELLOW] = "0.96 0.73 0.1 rg 0.96 0.73 0.1 RG\n",
		[INK_GREEN] = "0.1 0.5 0.25 rg 0.1 0.5 0.25 RG\n", [INK_GREY] = "0.5 g 0.5 G\n",
		[INK_LIGHT] = "0.84 g 0.84 G\n", [INK_WHITE] = "1 g 1 G\n",
		[INK_BLUE] = "0.18 0.36 0.6 rg 0.18 0.36 0.6 RG\n",
	};

	if (b->kind == BOX_LINK)
		return;
	if (m->ink != (int)b->ink)
		buf_str(out, inks[b->ink]);
	m->ink = (int)b->ink;
	if (b->kind == BOX_RULE)
		rule_show(out, b, height);
	else if (b->kind == BOX_SHAPE)
		shape_show(out, b, height);
	else
		text_show(m, page, out, b, height);
}

static void mark_close(struct maker *m, struct buf *out)
{
	if (m->tag != NO_TAG)
		buf_str(out, "EMC\n");
	m->tag = NO_TAG;
}

/* What comes next belongs to TAG, of PAGES, on page NO. */
static void mark_open(struct maker *m, const struct pages *pages, size_t no, size_t tag, struct buf *out)
{
	struct page_marks *marks = &m->marks[no];

	if (m->tag == tag)
		return;
	mark_close(m, out);
	m->tag = tag;
	if (tag == 0) {
		buf_str(out, "/Artifact BMC\n");
		return;
	}
	buf_char(out, '/');
	buf_str(out, pdf_tag_name(pages->tags[tag].kind));
	buf_str(out, "<</MCID ");
	pdf_integer(out, (long)marks->n);
	buf_str(out, ">>BDC\n");
	vec_room(marks->tags, marks->n, marks->cap);
	marks->tags[marks->n++] = tag;
}

/* What is pale lies under what is not; what is upright stays so on a landscape page. */
static void page_show(struct maker *m, HPDF_Page page, const struct pages *pages, size_t no, struct buf *out)
{
	const struct page *p = &pages->v[no];

	for (int pale = 1; pale >= 0; pale--)
		for (int upright = 1; upright >= 0; upright--) {
			bool turned = p->landscape && !upright;

			m->ink = -1;            /* restored by Q */
			if (turned)
				buf_fmt(out, "q 0 1 -1 0 %.2f 0 cm\n", pages->sheet.width);
			for (size_t i = 0; i < p->n_boxes; i++) {
				const struct box *b = &p->boxes[i];

				if ((b->ink == INK_PALE) != pale || b->upright != upright ||
				    b->kind == BOX_LINK)
					continue;
				if (m->marks)
					mark_open(m, pages, no, b->tag, out);
				box_show(m, page, out, b, turned ? pages->sheet.width : pages->sheet.height);
			}
			mark_close(m, out);
			if (turned)
				buf_str(out, "Q\n");
		}
}

static int pages_make(struct maker *m, const struct pages *pages)
{
	struct buf out = { 0 };
	int rc = 0;

	m->pages = mem_zero(pages->n, sizeof *m->pages);
	m->tag = NO_TAG;
	if (pages->n_tags <= TAGS_MAX)
		m->marks = mem_zero(pages->n, sizeof *m->marks);
	for (size_t i = 0; i < pages->n && rc == 0; i++) {
		HPDF_Page page = HPDF_AddPage(m->doc);

		m->pages[i] = page;
		HPDF_Page_SetWidth(page, (HPDF_REAL)pages->sheet.width);
		HPDF_Page_SetHeight(page, (HPDF_REAL)pages->sheet.height);
		/*
		 * A landscape page is a portrait one that is shown turned: its number stays where it is on
		 * the others.
		 */
		if (pages->v[i].landscape)
			HPDF_Page_SetRotate(page, 90);
		buf_reset(&out);
		page_show(m, page, pages, i, &out);
		stream_fill(((HPDF_PageAttr)page->attr)->contents, out.s, out.len, true);
		rc = step_done(m, "writing a page");
	}
	buf_free(&out);
	return rc;
}

/* ---- what surrounds them ---- */

/* A PDF text string: UTF-16 with its mark. */
static HPDF_Binary text_string(HPDF_Doc d, const char *s)
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

/* To Y [pt from the bottom] of PAGE, the zoom left as it is (libharu's own call knows no such thing). */
static void destination_set(HPDF_Doc d, HPDF_Destination to, HPDF_Page page, double y)
{
	HPDF_Array_Clear(to);
	HPDF_Array_Add(to, page);
	HPDF_Array_AddName(to, "XYZ");
	HPDF_Array_AddReal(to, 0);
	HPDF_Array_AddReal(to, (HPDF_REAL)y);
	HPDF_Array_Add(to, HPDF_Null_New(d->mmgr));
}

static int outlines_make(struct maker *m, const struct pages *pages)
{
	HPDF_Outline parent = NULL;

	for (size_t i = 0; i < pages->n_marks; i++) {
		const struct bookmark *mark = &pages->marks[i];
		HPDF_Outline o = HPDF_CreateOutline(m->doc, mark->level > 1 ? parent : NULL, "-", NULL);
		HPDF_Destination to = HPDF_Page_CreateDestination(m->pages[mark->page]);

		if (!o || !to)
			break;
		HPDF_Dict_Add(o, "Title", text_string(m->doc, mark->text));
		if (pages->v[mark->page].landscape)
			HPDF_Destination_SetFit(to);
		else
			destination_set(m->doc, to, m->pages[mark->page], pages->sheet.height - mark->y);
		HPDF_Outline_SetDestination(o, to);
		if (mark->level == 1)
			parent = o;
	}
	if (pages->n_marks > 0)
		HPDF_SetPageMode(m->doc, HPDF_PAGE_MODE_USE_OUTLINE);
	return step_done(m, "writing the bookmarks");
}

/* ---- links ---- */

static int by_id(const void *a, const void *b)
{
	const struct anchor *x = a, *y = b;

	return strcmp(x->id, y->id);
}

/* On the paper: what a landscape page has across runs up it. */
static HPDF_Rect area_of(const struct sheet *s, const struct page *p, const struct box *b)
{
	double y = s->height - b->y;
	HPDF_Rect r = { (HPDF_REAL)b->x, (HPDF_REAL)(y - b->height), (HPDF_REAL)(b->x + b->width),
	    (HPDF_REAL)y };

	if (p->landscape && !b->upright)
		r = (HPDF_Rect){ (HPDF_REAL)b->y, (HPDF_REAL)b->x, (HPDF_REAL)(b->y + b->height),
		    (HPDF_REAL)(b->x + b->width) };
	return r;
}

static void link_make(struct maker *m, const struct pages *pages, size_t from, const struct box *b,
    const struct anchor *anchor)
{
	HPDF_Destination to = HPDF_Page_CreateDestination(m->pages[anchor->page]);
	HPDF_Annotation link;

	if (!to)
		return;
	if (pages->v[anchor->page].landscape)
		HPDF_Destination_SetFit(to);
	else
		destination_set(m->doc, to, m->pages[anchor->page], pages->sheet.height - anchor->y);
	link = HPDF_Page_CreateLinkAnnot(m->pages[from], area_of(&pages->sheet, &pages->v[from], b), to);
	if (!link)
		return;
	HPDF_LinkAnnot_SetBorderStyle(link, 0, 0, 0);
	HPDF_Dict_AddNumber(link, "F", 4);      /* printed, as PDF/A asks of every annotation */
	if (b->tag == 0)
		return;
	vec_room(m->links.v, m->links.n, m->links.cap);
	m->links.v[m->links.n++] = (struct page_link){ b->tag, from, link };
}

/* A link that leads nowhere, because its row is not in this briefing, is none. */
static int links_make(struct maker *m, const struct pages *pages)
{
	struct anchor *v = mem_zero(pages->n_anchors + 1, sizeof *v);

	if (pages->n_anchors > 0) {
		memcpy(v, pages->anchors, pages->n_anchors * sizeof *v);
		qsort(v, pages->n_anchors, sizeof *v, by_id);
	}
	for (size_t p = 0; p < pages->n && pages->n_anchors > 0; p++)
		for (size_t i = 0; i < pages->v[p].n_boxes; i++) {
			const struct box *b = &pages->v[p].boxes[i];
			struct anchor key = { b->to, 0, 0 };
			const struct anchor *a;

			if (b->kind != BOX_LINK || !b->to)
				continue;
			a = bsearch(&key, v, pages->n_anchors, sizeof *v, by_id);
			if (a)
				link_make(m, pages, p, b, a);
		}
	free(v);
	return step_done(m, "writing the links");
}

/* The meeting's instant, "2022-04-29T09:30:00+08:00", as the date of creation. */
static void date_set(HPDF_Doc d, const char *date)
{
	HPDF_Date t = { .ind = ' ' };
	int hours = 0, minutes = 0, n;
	char sign = 0;

	n = date ? sscanf(date, "%4d-%2d-%2dT%2d:%2d:%2d%c%2d:%2d", &t.year, &t.month, &t.day, &t.hour,
	    &t.minutes,
	    &t.seconds, &sign, &hours, &minutes) : 0;
	if (n < 6)
		return;
	if (n == 9 && (sign == '+' || sign == '-')) {
		t.ind = sign;
		t.off_hour = hours;
		t.off_minutes = minutes;
	}
	HPDF_SetInfoDateAttr(d, HPDF_INFO_CREATION_DATE, t);
	HPDF_SetInfoDateAttr(d, HPDF_INFO_MOD_DATE, t);
}

static void identifier_set(HPDF_Doc d, const struct document *doc, const struct pages *pages)
{
	HPDF_Array id = HPDF_Array_New(d->mmgr);
	struct buf s = { 0 };
	char hex[DIGEST_HEX];

	buf_fmt(&s, "%s %s %s %zu", doc->digest ? doc->digest : "", doc->title, doc->stamp ? doc->stamp : "",
	    pages->n);
	digest_of(s.s, s.len, hex);
	for (int i = 0; i < 2; i++)
		HPDF_Array_Add(id, HPDF_Binary_New(d->mmgr, (HPDF_BYTE *)hex, 16));
	HPDF_Dict_Add(d->trailer, "ID", id);
	buf_free(&s);
}

static void keywords_print(struct buf *out, const struct document *doc)
{
	buf_fmt(out, "snapshot content sha256 %s", doc->digest);
}

static int information_set(struct maker *m, const struct document *doc, const struct pages *pages)
{
	HPDF_Doc d = m->doc;

	HPDF_SetInfoAttr(d, HPDF_INFO_CREATOR, CREATOR);
	date_set(d, doc->date);
	if (d->info && doc->title)
		HPDF_Dict_Add(d->info, "Title", text_string(d, doc->title));
	if (d->info && doc->office)
		HPDF_Dict_Add(d->info, "Author", text_string(d, doc->office));
	if (d->info && doc->digest) {
		struct buf s = { 0 };

		keywords_print(&s, doc);
		HPDF_Dict_Add(d->info, "Keywords", text_string(d, buf_cstr(&s)));
		buf_free(&s);
	}
	identifier_set(d, doc, pages);
	return step_done(m, "writing the document information");
}

static HPDF_Dict stream_add(HPDF_Doc d, HPDF_Dict parent, const char *key, const struct buf *bytes,
    bool packed)
{
	HPDF_Dict stream = HPDF_DictStream_New(d->mmgr, d->xref);

	if (parent)
		HPDF_Dict_Add(parent, key, stream);
	if (packed)
		stream_fill(stream, bytes->s, bytes->len, true);
	else
		HPDF_Stream_Write(stream->stream, (const HPDF_BYTE *)bytes->s, (HPDF_UINT)bytes->len);
	return stream;
}

/* What PDF/A-2b wants: metadata, not packed, and what the colours mean. */
static void archive_set(struct maker *m, const struct document *doc)
{
	HPDF_Doc d = m->doc;
	struct buf xmp = { 0 }, icc = { 0 }, keywords = { 0 };
	HPDF_Dict metadata, intent, profile;
	HPDF_Array intents;

	if (doc->digest)
		keywords_print(&keywords, doc);
	pdf_metadata(&xmp, doc, doc->digest ? buf_cstr(&keywords) : NULL, CREATOR,
	    HPDF_GetInfoAttr(d, HPDF_INFO_PRODUCER));
	metadata = stream_add(d, d->catalog, "Metadata", &xmp, false);
	HPDF_Dict_AddName(metadata, "Type", "Metadata");
	HPDF_Dict_AddName(metadata, "Subtype", "XML");
	pdf_srgb(&icc);
	intents = array_add(d, d->catalog, "OutputIntents");
	intent = HPDF_Dict_New(d->mmgr);
	HPDF_Array_Add(intents, intent);
	HPDF_Dict_AddName(intent, "Type", "OutputIntent");
	HPDF_Dict_AddName(intent, "S", "GTS_PDFA1");
	HPDF_Dict_Add(intent, "OutputConditionIdentifier", HPDF_String_New(d->mmgr, SRGB, NULL));
	HPDF_Dict_Add(intent, "Info", HPDF_String_New(d->mmgr, SRGB, NULL));
	profile = stream_add(d, intent, "DestOutputProfile", &icc, true);
	HPDF_Dict_AddNumber(profile, "N", 3);
	buf_free(&xmp);
	buf_free(&icc);
	buf_free(&keywords);
}

static int catalog_set(struct maker *m, const struct document *doc, const struct pages *pages)
{
	HPDF_Doc d = m->doc;
	HPDF_Dict marked, viewer;

	archive_set(m, doc);
	HPDF_AddPageLabel(d, 0, HPDF_PAGE_NUM_STYLE_DECIMAL, 1, NULL);
	HPDF_Dict_Add(d->catalog, "Lang", HPDF_String_New(d->mmgr, "zh-CN", NULL));
	viewer = dict_add(d, d->catalog, "ViewerPreferences", false);
	HPDF_Dict_AddBoolean(viewer, "DisplayDocTitle", HPDF_TRUE);
	if (m->marks) {
		marked = dict_add(d, d->catalog, "MarkInfo", false);
		HPDF_Dict_AddBoolean(marked, "Marked", HPDF_TRUE);
		m->structure = pdf_structure_make(d, pages, m->pages, m->marks, &m->links);
	}
	return step_done(m, "writing the catalogue");
}

/* Into memory: saving to a file reports success on a full disk. */
static int bytes_take(struct maker *m, struct buf *out)
{
	HPDF_UINT32 n;
	char *bytes;

	HPDF_SaveToStream(m->doc);
	if (step_done(m, "saving") != 0)
		return -1;
	n = HPDF_GetStreamSize(m->doc);
	bytes = mem_alloc(n);
	HPDF_ReadFromStream(m->doc, (HPDF_BYTE *)bytes, &n);
	buf_add(out, bytes, n);
	free(bytes);
	return step_done(m, "saving");
}

void pdf_identity(struct buf *out)
{
	buf_fmt(out, "libharu %s\nzlib %s\n", HPDF_GetVersion(), zlibVersion());
}

int pdf_make(const struct document *doc, const struct pages *pages, const struct type *type, struct buf *out,
    struct why *why)
{
	struct maker m = { .why = why };
	int rc = -1;

	m.doc = HPDF_NewEx(NULL, take, give, 0, NULL);
	if (!m.doc)
		return why_set(why, EX_SOFTWARE, "PDF: libharu does not start");
	m.doc->pdf_version = HPDF_VER_16;
	faces_collect(&m, pages);
	if (fonts_embed(&m, type) == 0 && pages_make(&m, pages) == 0 && outlines_make(&m, pages) == 0 &&
	    links_make(&m, pages) == 0 && information_set(&m, doc, pages) == 0 &&
	    catalog_set(&m, doc, pages) == 0 && bytes_take(&m, out) == 0)
		rc = 0;
	HPDF_Free(m.doc);
	pdf_structure_free(m.structure);
	for (size_t i = 0; m.marks && i < pages->n; i++)
		free(m.marks[i].tags);
	free(m.marks);
	free(m.links.v);
	for (size_t i = 0; i < m.n_faces; i++) {
		free(m.faces[i].cps);
		free(m.faces[i].seen);
		type_subset_free(&m.faces[i].subset);
	}
	free(m.faces);
	free(m.pages);
	return rc;
}
