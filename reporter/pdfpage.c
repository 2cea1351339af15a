/*
 * pdfpage - a page of boxes as a PDF content stream: texts, rules and shapes, each piece marked with the
 * part of the document's structure it belongs to.
 */
#include <hpdf_pages.h>
#include <math.h>
#include <string.h>

#include "pdf.h"

#define NO_TAG   SIZE_MAX
#define TAGS_MAX 60000          /* an annex of a thousand pages stays without a structure, and small */

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
		const struct type_code *c = pdf_code(e, b->glyphs[i].cp);
		double off = pen - b->glyphs[i].x;

		if (i > from && fabs(off) > b->size * 0.0004) {
			int adjust = (int)lround(off / b->size * 1000);

			if (adjust != 0) {
				buf_char(out, '>');
				pdf_integer(out, adjust);
				buf_char(out, '<');
			}
			pen -= adjust * b->size / 1000;
		}
		pdf_hex(out, c->code);
		pen += c->width * b->size / 1000;
	}
	buf_str(out, ">] TJ\n");
}

/* A font stays set from text to text. */
static void font_set(struct maker *m, HPDF_Page page, struct buf *out, const struct embedded *e, double size)
{
	if (m->font == e && m->size == size)
		return;
	m->font = e;
	m->size = size;
	buf_char(out, '/');
	buf_str(out, HPDF_Page_GetLocalFontName(page, e->font));
	buf_char(out, ' ');
	number(out, size);
	buf_str(out, "Tf ");
}

static void text_show(struct maker *m, HPDF_Page page, struct buf *out, const struct box *b,
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
		buf_str(out, "BT ");
		font_set(m, page, out, e, b->size);
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
			m->font = NULL;
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

int pdf_pages_make(struct maker *m, const struct pages *pages)
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
		pdf_stream_fill(m, ((HPDF_PageAttr)page->attr)->contents, out.s, out.len);
		rc = pdf_step_done(m, "writing a page");
	}
	buf_free(&out);
	return rc;
}
