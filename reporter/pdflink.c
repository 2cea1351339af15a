/*
 * pdflink - what leads from one place of a PDF to another: its bookmarks, and the links of its pages.
 */
#include <stdlib.h>
#include <string.h>

#include "pdf.h"

/* ---- bookmarks ---- */

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

int pdf_outlines_make(struct maker *m, const struct pages *pages)
{
	HPDF_Outline parent = NULL;

	for (size_t i = 0; i < pages->n_marks; i++) {
		const struct bookmark *mark = &pages->marks[i];
		HPDF_Outline o = HPDF_CreateOutline(m->doc, mark->level > 1 ? parent : NULL, "-", NULL);
		HPDF_Destination to = HPDF_Page_CreateDestination(m->pages[mark->page]);

		if (!o || !to)
			break;
		HPDF_Dict_Add(o, "Title", pdf_text_string(m->doc, mark->text));
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
	return pdf_step_done(m, "writing the bookmarks");
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
int pdf_links_make(struct maker *m, const struct pages *pages)
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
	return pdf_step_done(m, "writing the links");
}
