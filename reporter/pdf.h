/*
 * pdf - inside it: what the files that write a PDF share.  reporter.h has what others may call.
 *
 *   pdf        the whole, and what surrounds the pages: information, catalogue, output intent
 *   pdfobject  libharu's objects: its errors, packed streams, dictionaries, strings
 *   pdffont    which characters of which faces; the subsets, embedded
 *   pdfpage    pages of boxes -> content streams
 *   pdflink    bookmarks and links
 *   pdftag     the structure: headings, paragraphs, tables
 *   pdfmeta    XMP and the colour profile
 */
#ifndef ZB_PDF_H
#define ZB_PDF_H

#include <hpdf.h>
#include <hpdf_objects.h>
#include <libdeflate.h>

#include "pages.h"

/* The tag of each marked piece of a page's content, in their order. */
struct page_marks {
	size_t *tags;
	size_t  n, cap;
};

/* The links of all pages that lead somewhere: the tag of each, the page it is on, its annotation. */
struct page_link {
	size_t tag, page;
	HPDF_Annotation made;
};

struct page_links {
	struct page_link *v;
	size_t n, cap;
};

/* A face as this document embeds it. */
struct embedded {
	bool     used;
	uint32_t *cps;
	size_t   n, cap;
	/* a leaf for each 256 characters, NULL: none is used; of each, 1 + its place in CPS, 0: not used */
	uint32_t **leaves;
	struct type_subset subset;
	HPDF_Dict font;
};

struct maker {
	HPDF_Doc         doc;
	struct libdeflate_compressor *packer;   /* of all its streams; NULL: not needed yet */
	struct embedded *faces;
	size_t           n_faces;
	HPDF_Page       *pages;
	struct page_marks *marks;       /* a page; NULL: the document is not tagged */
	struct page_links links;        /* that belong to a text of the structure */
	struct pdf_structure *structure;
	size_t           tag;           /* of the piece that is open; NO_TAG: none */
	int              ink;           /* that is set; -1: none yet */
	const struct embedded *font;    /* likewise; NULL: none yet */
	double           size;
	struct why      *why;
};

/* ---- pdfobject ---- */

/* libharu keeps its first error; asked after each STEP, so that the step can be named.  -1, EX_SOFTWARE. */
int  pdf_step_done(const struct maker *m, const char *step);
/*
 * N bytes, packed at once: libharu would keep them as they are until the document is saved, all pages of
 * it, and then pack them in small pieces.
 */
void pdf_stream_fill(struct maker *m, HPDF_Dict stream, const char *bytes, size_t n);
/* Save into OUT, without a copy of the whole inside libharu.  -1, EX_SOFTWARE. */
int  pdf_save(struct maker *m, struct buf *out);
/* What filling streams left behind. */
void pdf_packer_free(struct maker *m);
/* A new one under KEY of PARENT; NULL: of none.  The document owns it. */
HPDF_Dict  pdf_dict_add(HPDF_Doc d, HPDF_Dict parent, const char *key, bool indirect);
HPDF_Array pdf_array_add(HPDF_Doc d, HPDF_Dict parent, const char *key);
/* UTF-16 with its mark. */
HPDF_Binary pdf_text_string(HPDF_Doc d, const char *s);
/* N in digits: a document has a hundred thousand of them, and printf is slow. */
void pdf_integer(struct buf *out, long n);

/* Four hexadecimal digits. */
void pdf_hex(struct buf *out, unsigned n);

/* ---- the parts of a document, in the order they are made ---- */

void pdf_faces_collect(struct maker *m, const struct pages *pages);
void pdf_faces_free(struct maker *m);
/* As E's subset has it; CP is one of its characters. */
const struct type_code *pdf_code(const struct embedded *e, uint32_t cp);
int  pdf_fonts_embed(struct maker *m, const struct type *type);
int  pdf_pages_make(struct maker *m, const struct pages *pages);
int  pdf_outlines_make(struct maker *m, const struct pages *pages);
/* A link that leads nowhere, because its row is not in this briefing, is none. */
int  pdf_links_make(struct maker *m, const struct pages *pages);

/*
 * The structure tree of PAGES, whose dictionaries are MADE.  All that is handed over, and what is returned,
 * must stay until the document is saved.
 */
struct pdf_structure *pdf_structure_make(HPDF_Doc d, const struct pages *pages,
    HPDF_Page *made, const struct page_marks *marks, const struct page_links *links);
void pdf_structure_free(struct pdf_structure *s);
const char *pdf_tag_name(enum tag_kind kind);
/* XMP; NULL: no such property. */
void pdf_metadata(struct buf *out, const struct document *doc, const char *keywords, const char *creator,
    const char *producer);
/* An ICC profile. */
void pdf_srgb(struct buf *out);

#endif
