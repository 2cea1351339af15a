/*
 * pdftag - the structure of a PDF: which marked pieces of which pages, and which links, make
 * up the headings, paragraphs and tables, in the order they are read in.
 *
 * There are as many elements as a briefing has cells, so each is a dictionary that
 * writes itself when the document is saved, not a tree of libharu's objects.
 */
#include <hpdf_streams.h>
#include <stdlib.h>
#include <string.h>

#include "../common/text.h"
#include "pdf.h"

static const char *const names[] = {
	[TAG_DOCUMENT] = "Document", [TAG_H1] = "H1", [TAG_H2] = "H2", [TAG_H3] = "H3", [TAG_H4] = "H4",
	[TAG_P] = "P", [TAG_TABLE] = "Table", [TAG_CAPTION] = "Caption", [TAG_THEAD] = "THead",
	[TAG_TBODY] = "TBody", [TAG_TR] = "TR", [TAG_TH] = "TH", [TAG_TD] = "TD", [TAG_FIGURE] = "Figure",
	[TAG_LINK] = "Link",
};

/* A marked piece of a page's content. */
struct kid {
	size_t page, mcid;
};

struct element {
	struct pdf_structure *s;
	const struct tag *tag;
	HPDF_Dict  dict;
	struct kid *kids;       /* a slice of pdf_structure.kids */
	size_t     n_kids;
	size_t     child, next; /* of elements; 0: none */
	const struct page_link *link;   /* its annotation; NULL: none */
};

struct pdf_structure {
	struct element *v;
	size_t          n;
	struct kid     *kids;
	HPDF_Dict       root;
	HPDF_Dict      *pages;
	HPDF_Dict       parents;
	const struct page_marks *marks;
	const struct page_links *links;
	size_t          n_pages;
	struct buf      out;            /* what is being written */
};

static unsigned id_of(const HPDF_Dict d)
{
	return (unsigned)(d->header.obj_id & 0x00ffffff);
}

/* What S has ready, into TO; its memory is for the next. */
static HPDF_STATUS flush(struct pdf_structure *s, HPDF_Stream to)
{
	HPDF_STATUS rc = HPDF_Stream_Write(to, (const HPDF_BYTE *)s->out.s, (HPDF_UINT)s->out.len);

	buf_reset(&s->out);
	return rc;
}

/* WHAT, and after it where D stands. */
static void reference(struct buf *out, const char *what, HPDF_Dict d)
{
	buf_str(out, what);
	pdf_integer(out, (long)id_of(d));
	buf_str(out, " 0 R");
}

/* Text as UTF-16 in hexadecimal. */
static void hex_text(struct buf *out, const char *s)
{
	const char *p = s, *end = s + strlen(s);

	buf_str(out, "<FEFF");
	while (p < end) {
		int32_t cp = utf8_next(&p, end);

		if (cp < 0)
			break;
		if (cp < 0x10000) {
			pdf_hex(out, (unsigned)cp);
		} else {
			pdf_hex(out, 0xd800 + (((unsigned)cp - 0x10000) >> 10));
			pdf_hex(out, 0xdc00 + (((unsigned)cp - 0x10000) & 0x3ff));
		}
	}
	buf_char(out, '>');
}

static void spans_write(struct buf *out, const struct tag *t)
{
	if (t->kind != TAG_TH && t->columns < 2 && t->rows < 2)
		return;
	buf_str(out, "/A<</O/Table");
	if (t->kind == TAG_TH)
		buf_str(out, "/Scope/Column");
	if (t->columns > 1)
		buf_fmt(out, "/ColSpan %d", t->columns);
	if (t->rows > 1)
		buf_fmt(out, "/RowSpan %d", t->rows);
	buf_str(out, ">>");
}

static bool is_before(const struct kid *a, const struct kid *b)
{
	return a->page < b->page || (a->page == b->page && a->mcid < b->mcid);
}

/* Marked pieces, and children among them: a link stands in the middle of its paragraph. */
static void kids_write(struct buf *out, const struct element *e)
{
	const struct pdf_structure *s = e->s;
	size_t c = e->child;

	if (e->n_kids == 1 && c == 0 && !e->link) {     /* most cells */
		buf_str(out, "/K ");
		pdf_integer(out, (long)e->kids[0].mcid);
		return;
	}
	buf_str(out, "/K[");
	for (size_t i = 0; i < e->n_kids || c > 0;) {
		const struct kid *k = &e->kids[i];

		if (i == e->n_kids || (c > 0 && s->v[c].n_kids > 0 && is_before(s->v[c].kids, k))) {
			reference(out, " ", s->v[c].dict);
			c = s->v[c].next;
			continue;
		}
		if (k->page == e->kids[0].page) {
			buf_char(out, ' ');
			pdf_integer(out, (long)k->mcid);
		} else
			buf_fmt(out, "<</Type/MCR/Pg %u 0 R/MCID %zu>>", id_of(s->pages[k->page]), k->mcid);
		i++;
	}
	if (e->link)
		buf_fmt(out, "<</Type/OBJR/Pg %u 0 R/Obj %u 0 R>>", id_of(s->pages[e->link->page]),
		    id_of(e->link->made));
	buf_str(out, "]");
}

static HPDF_STATUS element_write(HPDF_Dict d, HPDF_Stream to)
{
	const struct element *e = d->attr;
	struct pdf_structure *s = e->s;
	struct buf *out = &s->out;

	/* What leads nowhere, as its row is not in this briefing, is no link. */
	buf_str(out, "/S/");
	buf_str(out, e->tag->kind == TAG_LINK && !e->link ? "Span" : names[e->tag->kind]);
	reference(out, "/P ", e == s->v ? s->root : s->v[e->tag->parent].dict);
	if (e->n_kids > 0)
		reference(out, "/Pg ", s->pages[e->kids[0].page]);
	if (e->tag->says) {
		buf_str(out, "/Alt");
		hex_text(out, e->tag->says);
	}
	spans_write(out, e->tag);
	kids_write(out, e);
	buf_char(out, '\n');
	return flush(s, to);
}

static HPDF_STATUS root_write(HPDF_Dict d, HPDF_Stream to)
{
	struct pdf_structure *s = d->attr;
	struct buf *out = &s->out;

	buf_fmt(out, "/Type/StructTreeRoot/K %u 0 R/ParentTree %u 0 R/ParentTreeNextKey %zu\n",
	    id_of(s->v[0].dict), id_of(s->parents), s->n_pages + s->links->n);
	return flush(s, to);
}

/* From a page's marked piece, or a link, back to its element. */
static HPDF_STATUS parents_write(HPDF_Dict d, HPDF_Stream to)
{
	struct pdf_structure *s = d->attr;
	struct buf *out = &s->out;

	buf_str(out, "/Nums[");
	for (size_t p = 0; p < s->n_pages; p++) {
		buf_fmt(out, "%zu[", p);
		for (size_t i = 0; i < s->marks[p].n; i++)
			reference(out, "\n", s->v[s->marks[p].tags[i]].dict);
		buf_str(out, "]\n");
	}
	for (size_t i = 0; i < s->links->n; i++)
		buf_fmt(out, "%zu %u 0 R\n", s->n_pages + i, id_of(s->v[s->links->v[i].tag].dict));
	buf_str(out, "]\n");
	return flush(s, to);
}

static HPDF_Dict written(HPDF_Doc d, HPDF_Dict_OnWriteFunc fn, void *attr)
{
	HPDF_Dict x = HPDF_Dict_New(d->mmgr);

	if (!x)
		return NULL;
	HPDF_Xref_Add(d->xref, x);
	x->write_fn = fn;
	x->attr = attr;
	return x;
}

/* Hand out the pages' marked pieces to their elements, in the pages' order. */
static void kids_share(struct pdf_structure *s)
{
	size_t all = 0, at = 0;

	for (size_t p = 0; p < s->n_pages; p++)
		for (size_t i = 0; i < s->marks[p].n; i++, all++)
			s->v[s->marks[p].tags[i]].n_kids++;
	s->kids = mem_zero(all + 1, sizeof *s->kids);
	for (size_t i = 0; i < s->n; i++) {
		s->v[i].kids = s->kids + at;
		at += s->v[i].n_kids;
		s->v[i].n_kids = 0;
	}
	for (size_t p = 0; p < s->n_pages; p++)
		for (size_t i = 0; i < s->marks[p].n; i++) {
			struct element *e = &s->v[s->marks[p].tags[i]];

			e->kids[e->n_kids++] = (struct kid){ p, i };
		}
}

/* Each link knows its element, and its element it. */
static void links_share(struct pdf_structure *s)
{
	for (size_t i = 0; i < s->links->n; i++) {
		const struct page_link *l = &s->links->v[i];

		s->v[l->tag].link = l;
		HPDF_Dict_AddNumber(l->made, "StructParent", (HPDF_INT32)(s->n_pages + i));
	}
}

struct pdf_structure *pdf_structure_make(HPDF_Doc d, const struct pages *pages, struct _HPDF_Dict_Rec **made,
    const struct page_marks *marks, const struct page_links *links)
{
	struct pdf_structure *s = mem_zero(1, sizeof *s);

	s->v = mem_zero(pages->n_tags + 1, sizeof *s->v);
	s->n = pages->n_tags;
	s->pages = made;
	s->marks = marks;
	s->links = links;
	s->n_pages = pages->n;
	s->root = written(d, root_write, s);
	s->parents = written(d, parents_write, s);
	for (size_t i = 0; i < s->n; i++) {
		s->v[i].s = s;
		s->v[i].tag = &pages->tags[i];
		s->v[i].dict = written(d, element_write, &s->v[i]);
	}
	/* Children, the last first, so that each goes before its next. */
	for (size_t i = s->n; i-- > 1;) {
		struct element *up = &s->v[pages->tags[i].parent];

		s->v[i].next = up->child;
		up->child = i;
	}
	kids_share(s);
	links_share(s);
	HPDF_Dict_Add(d->catalog, "StructTreeRoot", s->root);
	for (size_t i = 0; i < s->n_pages; i++) {
		HPDF_Dict_AddNumber(made[i], "StructParents", (HPDF_INT32)i);
		HPDF_Dict_AddName(made[i], "Tabs", "S");
	}
	return s;
}

void pdf_structure_free(struct pdf_structure *s)
{
	if (!s)
		return;
	free(s->v);
	free(s->kids);
	buf_free(&s->out);
	free(s);
}

const char *pdf_tag_name(enum tag_kind kind)
{
	return names[kind];
}
