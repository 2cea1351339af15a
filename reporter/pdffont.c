/*
 * pdffont - the fonts of a PDF: which characters of which faces its pages use, and each face's subset
 * embedded as a Type0 font with Identity-H codes, its widths and a ToUnicode map.
 * libharu's own font path is not used: it refuses CFF and garbles others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pdf.h"

#define BFCHAR_MAX 100          /* entries of one beginbfchar block */
#define LEAF 256                /* characters of a leaf */
#define LEAVES (0x110000 / LEAF)

/* ---- which characters of which faces ---- */

static int by_cp(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Where E notes the place of CP; NULL: it is no character. */
static uint32_t *place_of(struct embedded *e, uint32_t cp)
{
	if (cp >= LEAF * LEAVES)
		return NULL;
	if (!e->leaves)
		e->leaves = mem_zero(LEAVES, sizeof *e->leaves);
	if (!e->leaves[cp / LEAF])
		e->leaves[cp / LEAF] = mem_zero(LEAF, sizeof **e->leaves);
	return &e->leaves[cp / LEAF][cp % LEAF];
}

static void face_use(struct maker *m, const struct glyph *g)
{
	size_t i = (size_t)g->face;
	struct embedded *e;
	uint32_t *at;

	if (g->face < 0)
		return;
	if (i >= m->n_faces) {
		m->faces = mem_grow(m->faces, i + 1, sizeof *m->faces);
		memset(m->faces + m->n_faces, 0, (i + 1 - m->n_faces) * sizeof *m->faces);
		m->n_faces = i + 1;
	}
	e = &m->faces[i];
	at = place_of(e, g->cp);
	if (!at || *at > 0)
		return;
	*at = 1;
	vec_room(e->cps, e->n, e->cap);
	e->cps[e->n++] = g->cp;
	e->used = true;
}

static void face_order(struct embedded *e)
{
	if (e->n == 0)
		return;
	qsort(e->cps, e->n, sizeof *e->cps, by_cp);
	for (size_t i = 0; i < e->n; i++)
		e->leaves[e->cps[i] / LEAF][e->cps[i] % LEAF] = (uint32_t)i + 1;
}

void pdf_faces_collect(struct maker *m, const struct pages *pages)
{
	for (size_t p = 0; p < pages->n; p++)
		for (size_t b = 0; b < pages->v[p].n_boxes; b++) {
			const struct box *box = &pages->v[p].boxes[b];

			for (size_t g = 0; g < box->n_glyphs; g++)
				face_use(m, &box->glyphs[g]);
		}
	for (size_t i = 0; i < m->n_faces; i++)
		face_order(&m->faces[i]);
}

void pdf_faces_free(struct maker *m)
{
	for (size_t i = 0; i < m->n_faces; i++) {
		struct embedded *e = &m->faces[i];

		for (size_t k = 0; e->leaves && k < LEAVES; k++)
			free(e->leaves[k]);
		free(e->leaves);
		free(e->cps);
		type_subset_free(&e->subset);
	}
	free(m->faces);
}

const struct type_code *pdf_code(const struct embedded *e, uint32_t cp)
{
	return &e->subset.codes[e->leaves[cp / LEAF][cp % LEAF] - 1];
}

/* ---- fonts ---- */

static void program_embed(struct maker *m, HPDF_Dict descriptor, const struct type_subset *s)
{
	HPDF_Dict stream = HPDF_DictStream_New(m->doc->mmgr, m->doc->xref);

	if (s->cff)
		HPDF_Dict_AddName(stream, "Subtype", "CIDFontType0C");
	else
		HPDF_Dict_AddNumber(stream, "Length1", (HPDF_INT32)s->n);
	HPDF_Dict_Add(descriptor, s->cff ? "FontFile3" : "FontFile2", stream);
	pdf_stream_fill(m, stream, s->bytes, s->n);
}

static void descriptor_embed(struct maker *m, HPDF_Dict cid, const char *name, const struct type_subset *s)
{
	HPDF_Doc d = m->doc;
	HPDF_Dict fd = pdf_dict_add(d, cid, "FontDescriptor", true);
	HPDF_Array box;

	HPDF_Dict_AddName(fd, "Type", "FontDescriptor");
	HPDF_Dict_AddName(fd, "FontName", name);
	HPDF_Dict_AddNumber(fd, "Flags", 4);
	HPDF_Dict_AddNumber(fd, "Ascent", s->ascent);
	HPDF_Dict_AddNumber(fd, "Descent", s->descent);
	HPDF_Dict_AddNumber(fd, "CapHeight", 700);
	HPDF_Dict_AddNumber(fd, "ItalicAngle", 0);
	HPDF_Dict_AddNumber(fd, "StemV", 80);
	box = pdf_array_add(d, fd, "FontBBox");
	for (int i = 0; i < 4; i++)
		HPDF_Array_AddNumber(box, s->box[i]);
	program_embed(m, fd, s);
}

static void widths_embed(HPDF_Doc d, HPDF_Dict cid, const struct type_subset *s)
{
	HPDF_Array w = pdf_array_add(d, cid, "W");

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
	buf_char(out, '<');
	pdf_hex(out, c->code);
	buf_str(out, "> <");
	if (c->cp < 0x10000) {
		pdf_hex(out, c->cp);
	} else {
		pdf_hex(out, 0xd800 + ((c->cp - 0x10000) >> 10));
		pdf_hex(out, 0xdc00 + ((c->cp - 0x10000) & 0x3ff));
	}
	buf_str(out, ">\n");
}

/* So that text can be searched and copied. */
static void unicode_embed(struct maker *m, HPDF_Dict font, const struct type_subset *s)
{
	HPDF_Dict stream = HPDF_DictStream_New(m->doc->mmgr, m->doc->xref);
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
	pdf_stream_fill(m, stream, map.s, map.len);
	buf_free(&map);
}

static void font_embed(struct maker *m, struct embedded *e, size_t ordinal)
{
	HPDF_Doc d = m->doc;
	HPDF_Dict font = pdf_dict_add(d, NULL, NULL, true), cid, info;
	HPDF_Array descendants;
	char name[127];

	/* A subset's tag: six letters, different for each subset of a document. */
	snprintf(name, sizeof name, "ZBAAA%c+%s", (char)('A' + ordinal % 26), e->subset.name);
	font->header.obj_class |= HPDF_OSUBCLASS_FONT;
	HPDF_Dict_AddName(font, "Type", "Font");
	HPDF_Dict_AddName(font, "Subtype", "Type0");
	HPDF_Dict_AddName(font, "BaseFont", name);
	HPDF_Dict_AddName(font, "Encoding", "Identity-H");
	descendants = pdf_array_add(d, font, "DescendantFonts");
	cid = pdf_dict_add(d, NULL, NULL, true);
	HPDF_Array_Add(descendants, cid);
	HPDF_Dict_AddName(cid, "Type", "Font");
	HPDF_Dict_AddName(cid, "Subtype", e->subset.cff ? "CIDFontType0" : "CIDFontType2");
	HPDF_Dict_AddName(cid, "BaseFont", name);
	if (!e->subset.cff)
		HPDF_Dict_AddName(cid, "CIDToGIDMap", "Identity");
	info = pdf_dict_add(d, cid, "CIDSystemInfo", false);
	HPDF_Dict_Add(info, "Registry", HPDF_String_New(d->mmgr, "Adobe", NULL));
	HPDF_Dict_Add(info, "Ordering", HPDF_String_New(d->mmgr, "Identity", NULL));
	HPDF_Dict_AddNumber(info, "Supplement", 0);
	descriptor_embed(m, cid, name, &e->subset);
	widths_embed(d, cid, &e->subset);
	unicode_embed(m, font, &e->subset);
	e->font = font;
}

int pdf_fonts_embed(struct maker *m, const struct type *type)
{
	size_t ordinal = 0;

	for (size_t i = 0; i < m->n_faces; i++) {
		struct embedded *e = &m->faces[i];

		if (!e->used)
			continue;
		if (type_subset(type, (int)i, e->cps, e->n, &e->subset, m->why) != 0)
			return -1;
		font_embed(m, e, ordinal++);
		if (pdf_step_done(m, "embedding a font") != 0)
			return -1;
	}
	return 0;
}
