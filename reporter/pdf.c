/*
 * pdf - pages of boxes into PDF.
 *
 * libharu carries: pages, outlines, compression, cross-reference.  Fonts, structure and metadata are
 * written with its objects (pdffont, pdftag, pdfmeta).  Nothing but the document enters the bytes: no
 * clock, no host, a file identifier made of the content.
 */
#include <hpdf_streams.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/digest.h"
#include "pdf.h"

#define SRGB    "sRGB IEC61966-2.1"
#define CREATOR "zhoubao reporter"

static void *take(HPDF_UINT n)
{
	return mem_alloc(n);
}

static void give(void *p)
{
	free(p);
}

/* ---- what surrounds the pages ---- */

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
		HPDF_Dict_Add(d->info, "Title", pdf_text_string(d, doc->title));
	if (d->info && doc->office)
		HPDF_Dict_Add(d->info, "Author", pdf_text_string(d, doc->office));
	if (d->info && doc->digest) {
		struct buf s = { 0 };

		keywords_print(&s, doc);
		HPDF_Dict_Add(d->info, "Keywords", pdf_text_string(d, buf_cstr(&s)));
		buf_free(&s);
	}
	identifier_set(d, doc, pages);
	return pdf_step_done(m, "writing the document information");
}

static HPDF_Dict stream_add(struct maker *m, HPDF_Dict parent, const char *key, const struct buf *bytes,
    bool packed)
{
	HPDF_Doc d = m->doc;
	HPDF_Dict stream = HPDF_DictStream_New(d->mmgr, d->xref);

	if (parent)
		HPDF_Dict_Add(parent, key, stream);
	if (packed)
		pdf_stream_fill(m, stream, bytes->s, bytes->len);
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
	metadata = stream_add(m, d->catalog, "Metadata", &xmp, false);
	HPDF_Dict_AddName(metadata, "Type", "Metadata");
	HPDF_Dict_AddName(metadata, "Subtype", "XML");
	pdf_srgb(&icc);
	intents = pdf_array_add(d, d->catalog, "OutputIntents");
	intent = HPDF_Dict_New(d->mmgr);
	HPDF_Array_Add(intents, intent);
	HPDF_Dict_AddName(intent, "Type", "OutputIntent");
	HPDF_Dict_AddName(intent, "S", "GTS_PDFA1");
	HPDF_Dict_Add(intent, "OutputConditionIdentifier", HPDF_String_New(d->mmgr, SRGB, NULL));
	HPDF_Dict_Add(intent, "Info", HPDF_String_New(d->mmgr, SRGB, NULL));
	profile = stream_add(m, intent, "DestOutputProfile", &icc, true);
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
	viewer = pdf_dict_add(d, d->catalog, "ViewerPreferences", false);
	HPDF_Dict_AddBoolean(viewer, "DisplayDocTitle", HPDF_TRUE);
	if (m->marks) {
		marked = pdf_dict_add(d, d->catalog, "MarkInfo", false);
		HPDF_Dict_AddBoolean(marked, "Marked", HPDF_TRUE);
		m->structure = pdf_structure_make(d, pages, m->pages, m->marks, &m->links);
	}
	return pdf_step_done(m, "writing the catalogue");
}

void pdf_identity(struct buf *out)
{
	buf_fmt(out, "libharu %s\nlibdeflate %s\n", HPDF_GetVersion(), LIBDEFLATE_VERSION_STRING);
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
	pdf_faces_collect(&m, pages);
	if (pdf_fonts_embed(&m, type) == 0 && pdf_pages_make(&m, pages) == 0 &&
	    pdf_outlines_make(&m, pages) == 0 && pdf_links_make(&m, pages) == 0 &&
	    information_set(&m, doc, pages) == 0 && catalog_set(&m, doc, pages) == 0 &&
	    pdf_save(&m, out) == 0)
		rc = 0;
	HPDF_Free(m.doc);
	pdf_packer_free(&m);
	pdf_structure_free(m.structure);
	for (size_t i = 0; m.marks && i < pages->n; i++)
		free(m.marks[i].tags);
	free(m.marks);
	free(m.links.v);
	pdf_faces_free(&m);
	free(m.pages);
	return rc;
}
