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

#include "reporter.h"

#define BFCHAR_MAX 100          /* entries of one beginbfchar block */

/* A face as this document embeds it. */
struct embedded {
	bool     used;
	uint32_t *cps;
	size_t   n, cap;
	struct type_subset subset;
	HPDF_Dict font;
};

struct maker {
	HPDF_Doc         doc;
	struct embedded *faces;
	size_t           n_faces;
	HPDF_Page       *pages;
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
	for (size_t i = 0; i < m->n_faces; i++) {
		struct embedded *e = &m->faces[i];
		size_t n = 0;

		if (e->n > 0)
			qsort(e->cps, e->n, sizeof *e->cps, by_cp);
		for (size_t k = 0; k < e->n; k++)
			if (n == 0 || e->cps[n - 1] != e->cps[k])
				e->cps[n++] = e->cps[k];
		e->n = n;
	}
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
	stream->filter = HPDF_STREAM_FILTER_FLATE_DECODE;
	HPDF_Stream_Write(stream->stream, (const HPDF_BYTE *)s->bytes, (HPDF_UINT)s->n);
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
	stream->filter = HPDF_STREAM_FILTER_FLATE_DECODE;
	HPDF_Stream_Write(stream->stream, (const HPDF_BYTE *)map.s, (HPDF_UINT)map.len);
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

			if (adjust != 0)
				buf_fmt(out, ">%d<", adjust);
			pen -= adjust * b->size / 1000;
		}
		buf_fmt(out, "%04X", c->code);
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
		buf_fmt(out, "BT /%s %.2f Tf %.5f %.5f %.5f %.5f %.2f %.2f Tm ",
		    HPDF_Page_GetLocalFontName(page, e->font), b->size, cosine, sine, -sine, cosine, x, y);
		glyphs_show(out, e, b, from, to);
		buf_str(out, "ET\n");
	}
}

static void box_show(const struct maker *m, HPDF_Page page, struct buf *out, const struct box *b,
    double height)
{
	static const char *const inks[] = {
		[INK_BLACK] = "0 g\n", [INK_RED] = "0.84 0.06 0.08 rg\n", [INK_PALE] = "0.87 g\n",
	};

	buf_str(out, inks[b->ink]);
	if (b->kind == BOX_RULE)
		buf_fmt(out, "%.2f %.2f %.2f %.2f re f\n", b->x, height - b->y - b->height, b->width,
		    b->height);
	else
		text_show(m, page, out, b, height);
}

/* What is pale lies under what is not; what is upright stays so on a landscape page. */
static void page_show(const struct maker *m, HPDF_Page page, const struct page *p, struct buf *out)
{
	for (int pale = 1; pale >= 0; pale--)
		for (int upright = 1; upright >= 0; upright--) {
			bool turned = p->landscape && !upright;

			if (turned)
				buf_fmt(out, "q 0 1 -1 0 %.2f 0 cm\n", PAGE_WIDTH);
			for (size_t i = 0; i < p->n_boxes; i++) {
				const struct box *b = &p->boxes[i];

				if ((b->ink == INK_PALE) == pale && b->upright == upright)
					box_show(m, page, out, b, turned ? PAGE_WIDTH : PAGE_HEIGHT);
			}
			if (turned)
				buf_str(out, "Q\n");
		}
}

static int pages_make(struct maker *m, const struct pages *pages)
{
	struct buf out = { 0 };
	int rc = 0;

	m->pages = mem_zero(pages->n, sizeof *m->pages);
	for (size_t i = 0; i < pages->n && rc == 0; i++) {
		HPDF_Page page = HPDF_AddPage(m->doc);

		m->pages[i] = page;
		HPDF_Page_SetWidth(page, (HPDF_REAL)PAGE_WIDTH);
		HPDF_Page_SetHeight(page, (HPDF_REAL)PAGE_HEIGHT);
		/*
		 * A landscape page is a portrait one that is shown turned: its number stays where it is on
		 * the others.
		 */
		if (pages->v[i].landscape)
			HPDF_Page_SetRotate(page, 90);
		buf_reset(&out);
		page_show(m, page, &pages->v[i], &out);
		HPDF_Stream_Write(((HPDF_PageAttr)page->attr)->stream, (const HPDF_BYTE *)out.s,
		    (HPDF_UINT)out.len);
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

/* To Y [pt from the top] of PAGE, the zoom left as it is (libharu's own call knows no such thing). */
static void destination_set(HPDF_Doc d, HPDF_Destination to, HPDF_Page page, double y)
{
	HPDF_Array_Clear(to);
	HPDF_Array_Add(to, page);
	HPDF_Array_AddName(to, "XYZ");
	HPDF_Array_AddReal(to, 0);
	HPDF_Array_AddReal(to, (HPDF_REAL)(PAGE_HEIGHT - y));
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
			destination_set(m->doc, to, m->pages[mark->page], mark->y);
		HPDF_Outline_SetDestination(o, to);
		if (mark->level == 1)
			parent = o;
	}
	if (pages->n_marks > 0)
		HPDF_SetPageMode(m->doc, HPDF_PAGE_MODE_USE_OUTLINE);
	return step_done(m, "writing the bookmarks");
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

static int information_set(struct maker *m, const struct document *doc, const struct pages *pages)
{
	HPDF_Doc d = m->doc;

	HPDF_SetInfoAttr(d, HPDF_INFO_CREATOR, "zhoubao reporter");
	date_set(d, doc->date);
	if (d->info && doc->title)
		HPDF_Dict_Add(d->info, "Title", text_string(d, doc->title));
	if (d->info && doc->office)
		HPDF_Dict_Add(d->info, "Author", text_string(d, doc->office));
	if (d->info && doc->digest) {
		struct buf s = { 0 };

		buf_fmt(&s, "snapshot content sha256 %s", doc->digest);
		HPDF_Dict_Add(d->info, "Keywords", text_string(d, buf_cstr(&s)));
		buf_free(&s);
	}
	identifier_set(d, doc, pages);
	return step_done(m, "writing the document information");
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

int pdf_make(const struct document *doc, const struct pages *pages, const struct type *type, struct buf *out,
    struct why *why)
{
	struct maker m = { .why = why };
	int rc = -1;

	m.doc = HPDF_NewEx(NULL, take, give, 0, NULL);
	if (!m.doc)
		return why_set(why, EX_SOFTWARE, "PDF: libharu does not start");
	HPDF_SetCompressionMode(m.doc, HPDF_COMP_ALL);
	m.doc->pdf_version = HPDF_VER_16;
	faces_collect(&m, pages);
	if (fonts_embed(&m, type) == 0 && pages_make(&m, pages) == 0 && outlines_make(&m, pages) == 0 &&
	    information_set(&m, doc, pages) == 0 && bytes_take(&m, out) == 0)
		rc = 0;
	HPDF_Free(m.doc);
	for (size_t i = 0; i < m.n_faces; i++) {
		free(m.faces[i].cps);
		type_subset_free(&m.faces[i].subset);
	}
	free(m.faces);
	free(m.pages);
	return rc;
}
