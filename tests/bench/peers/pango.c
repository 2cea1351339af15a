/*
 * pango - the benchmark's content by pango and cairo.
 *
 * usage: pango FONTS OUT CONTENT...
 *
 * What it leaves out: tags, bookmarks, links, a table of contents, repeated heads, PDF/A, Chinese composition
 * (no squeezed marks, no kept words), columns that fit their content.
 */
#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH  595.28
#define HEIGHT 841.89
#define LEFT   79.4
#define TOP    104.9
#define AREA_W 442.2
#define AREA_H 637.8
#define CELLS  64

struct press {
	cairo_t *cr;
	PangoLayout *body, *head, *cell;
	double y;
	double widths[CELLS];
	int n;
};

static PangoLayout *layout_new(cairo_t *cr, const char *font, double width)
{
	PangoLayout *l = pango_cairo_create_layout(cr);
	PangoFontDescription *d = pango_font_description_from_string(font);

	pango_layout_set_font_description(l, d);
	pango_font_description_free(d);
	pango_layout_set_width(l, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
	return l;
}

static void room(struct press *p, double height)
{
	if (p->y + height <= TOP + AREA_H)
		return;
	cairo_show_page(p->cr);
	p->y = TOP;
}

/* Line by line, so that a paragraph may go on over the page. */
static void text_show(struct press *p, PangoLayout *l, const char *text)
{
	PangoLayoutIter *it;

	pango_layout_set_text(l, text, -1);
	it = pango_layout_get_iter(l);
	do {
		PangoLayoutLine *line = pango_layout_iter_get_line_readonly(it);

		room(p, 29);
		cairo_move_to(p->cr, LEFT, p->y + 20);
		pango_cairo_show_layout_line(p->cr, line);
		p->y += 29;
	} while (pango_layout_iter_next_line(it));
	pango_layout_iter_free(it);
}

static void row_show(struct press *p, char *cells)
{
	char *text[CELLS];
	double x = LEFT, most = 0;
	int n = 0, width, height;

	while (n < p->n && (text[n] = strsep(&cells, "\t")) != NULL)
		n++;
	for (int i = 0; i < n; i++) {
		pango_layout_set_width(p->cell, (int)((p->widths[i] - 6) * PANGO_SCALE));
		pango_layout_set_text(p->cell, text[i], -1);
		pango_layout_get_pixel_size(p->cell, &width, &height);
		most = height > most ? height : most;
	}
	room(p, most + 6);
	for (int i = 0; i < n; i++) {
		pango_layout_set_width(p->cell, (int)((p->widths[i] - 6) * PANGO_SCALE));
		pango_layout_set_text(p->cell, text[i], -1);
		cairo_move_to(p->cr, x + 3, p->y + 3);
		pango_cairo_show_layout(p->cr, p->cell);
		cairo_rectangle(p->cr, x, p->y, p->widths[i], most + 6);
		x += p->widths[i];
	}
	cairo_set_line_width(p->cr, 0.5);
	cairo_stroke(p->cr);
	p->y += most + 6;
}

static void widths_take(struct press *p, char *widths)
{
	double all = 0;
	char *w;

	for (p->n = 0; p->n < CELLS && (w = strsep(&widths, "\t")) != NULL; p->n++)
		all += p->widths[p->n] = atof(w);
	for (int i = 0; i < p->n; i++)
		p->widths[i] *= AREA_W / all;
}

static void content_show(struct press *p, char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *body = line + 1 + (line[1] == '\t');

		if (*line == 'H')
			text_show(p, p->head, body);
		else if (*line == 'P')
			text_show(p, p->body, body);
		else if (*line == 'T')
			widths_take(p, body);
		else if (*line == 'R')
			row_show(p, body);
	}
}

static char *read_all(const char *file)
{
	FILE *f = fopen(file, "rb");
	char *s;
	long n;

	if (!f || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0)
		exit(1);
	rewind(f);
	s = calloc(1, (size_t)n + 1);
	if (!s || fread(s, 1, (size_t)n, f) != (size_t)n)
		exit(1);
	fclose(f);
	return s;
}

static void make(const char *out, const char *file)
{
	const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	char name[512], *text = read_all(file);
	cairo_surface_t *surface;
	struct press p = { .y = TOP };

	snprintf(name, sizeof name, "%s/%.*s.pdf", out, (int)strcspn(base, "."), base);
	surface = cairo_pdf_surface_create(name, WIDTH, HEIGHT);
	p.cr = cairo_create(surface);
	p.body = layout_new(p.cr, "FandolFang 15.8", AREA_W);
	p.head = layout_new(p.cr, "FandolHei 15.8", AREA_W);
	p.cell = layout_new(p.cr, "FandolFang 9", AREA_W);
	pango_layout_set_indent(p.body, (int)(2 * 15.8 * PANGO_SCALE));
	pango_layout_set_justify(p.body, TRUE);
	content_show(&p, text);
	cairo_show_page(p.cr);
	g_object_unref(p.body);
	g_object_unref(p.head);
	g_object_unref(p.cell);
	cairo_destroy(p.cr);
	cairo_surface_finish(surface);
	if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
		exit(1);
	cairo_surface_destroy(surface);
	free(text);
}

int main(int argc, char **argv)
{
	char font[512];

	if (argc < 4)
		return 64;
	for (int i = 0; i < 2; i++) {
		snprintf(font, sizeof font, "%s/%s", argv[1], i ? "FandolHei-Regular.otf" : "FandolFang-Regular.otf");
		FcConfigAppFontAddFile(NULL, (const FcChar8 *)font);
	}
	/* As cairo's PDF has no pixels: points are points. */
	pango_cairo_font_map_set_resolution((PangoCairoFontMap *)pango_cairo_font_map_get_default(), 72);
	for (int i = 3; i < argc; i++)
		make(argv[2], argv[i]);
	return 0;
}
