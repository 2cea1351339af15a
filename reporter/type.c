/*
 * type - the fonts of a site: what a character measures, and subsets to embed.
 *
 * A role is a chain of faces; a character is set in the first that has it.
 * Coverage is asked of the cmap: some fonts draw a box for what they lack.
 */
#include <hb-ot.h>
#include <hb-subset.h>
#include <hb.h>
#include <linebreak.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_CID_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/digest.h"
#include "type.h"

#define CHAIN_MAX 16            /* fonts of a role with its fallbacks */

static const char *const role_names[ROLE_COUNT] = { "body", "title", "hei", "kai", "song" };

struct face {
	char      *path;
	unsigned   index;
	hb_face_t *face;
	hb_face_t *outlines;    /* the same with nothing but what a PDF embeds: what a subset is made of */
	hb_font_t *font;
	FT_Face    ft;
	unsigned   upem;
	bool       cff, cid_keyed;
};

#define LEAF 256                /* characters of a leaf */
#define LEAVES (0x110000 / LEAF)

/* What was found for a character; face -1: nothing. */
struct known {
	bool          asked;
	struct metric metric;
};

struct chain {
	int    v[CHAIN_MAX];
	size_t n;
	struct known **leaves;          /* of all characters; NULL: none of the leaf was asked for yet */
};

struct type {
	FT_Library   library;
	struct face *faces;
	size_t       n, cap;
	struct chain roles[ROLE_COUNT];
};

/* "path#index" -> path, index. */
static unsigned index_cut(char *path)
{
	char *cut = strrchr(path, '#');
	unsigned index = 0;

	if (cut && cut[1] && strspn(cut + 1, "0123456789") == strlen(cut + 1)) {
		index = (unsigned)strtoul(cut + 1, NULL, 10);
		*cut = '\0';
	}
	return index;
}

static void face_close(struct face *f)
{
	/* First the one that only borrows the bytes. */
	if (f->ft)
		FT_Done_Face(f->ft);
	hb_face_destroy(f->outlines);
	hb_font_destroy(f->font);
	hb_face_destroy(f->face);
	free(f->path);
}

static bool face_has_table(const struct face *f, hb_tag_t tag)
{
	hb_blob_t *b = hb_face_reference_table(f->face, tag);
	bool has = hb_blob_get_length(b) > 0;

	hb_blob_destroy(b);
	return has;
}

/* What a PDF wants of a font; a CFF table has its own widths and codes (ISO 32000-1, 9.9). */
static hb_blob_t *outline_table(hb_face_t *face, hb_tag_t tag, void *whole)
{
	static const char wanted[][5] = { "CFF ", "glyf", "head", "hhea", "hmtx", "loca", "maxp" };

	(void)face;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (tag == hb_tag_from_string(wanted[i], 4))
			return hb_face_reference_table(whole, tag);
	return NULL;
}

/*
 * -1: it cannot be used; the next of the chain is tried.  -2: it is there and cannot be had (errno): the next
 * would be another face on a page that is never set again.
 */
static int face_open(struct type *t, const char *path, unsigned index, struct face *out)
{
	struct face f = { .index = index };
	FT_Bool cid = 0;
	hb_blob_t *blob = hb_blob_create_from_file_or_fail(path);

	if (blob == NULL)
		return -2;
	/* The same bytes for both, read once. */
	if (FT_New_Memory_Face(t->library, (const FT_Byte *)hb_blob_get_data(blob, NULL),
	    (FT_Long)hb_blob_get_length(blob), (FT_Long)index, &f.ft) != 0) {
		hb_blob_destroy(blob);
		return -1;
	}
	f.face = hb_face_create(blob, index);
	hb_blob_destroy(blob);
	f.outlines = hb_face_create_for_tables(outline_table, f.face, NULL);
	f.font = hb_font_create(f.face);
	f.upem = hb_face_get_upem(f.face);
	f.cff = face_has_table(&f, HB_TAG('C', 'F', 'F', ' '));
	f.cid_keyed = f.cff && FT_Get_CID_Is_Internally_CID_Keyed(f.ft, &cid) == 0 && cid;
	f.path = mem_dup(path);
	if (hb_face_get_glyph_count(f.face) == 0 || (!f.cff && !face_has_table(&f, HB_TAG('g', 'l', 'y',
	    'f')))) {
		face_close(&f);
		return -1;
	}
	*out = f;
	return 0;
}

/* The face of PATH, opened once.  -1: there is none.  -2: WHY. */
static int face_of(struct type *t, const char *path, unsigned index, struct why *why)
{
	int rc;

	for (size_t i = 0; i < t->n; i++)
		if (t->faces[i].index == index && strcmp(t->faces[i].path, path) == 0)
			return (int)i;
	vec_room(t->faces, t->n, t->cap);
	errno = 0;
	rc = face_open(t, path, index, &t->faces[t->n]);
	if (rc == -2 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		rc = -1;
	else if (rc == -2 && errno != 0)
		why_errno(why, path);
	else if (rc == -2)
		why_set(why, EX_IOERR, "%s: cannot be read", path);
	return rc == 0 ? (int)t->n++ : rc;
}

static int face_search(struct type *t, const struct conf *conf, const char *file, struct why *why)
{
	char *name = mem_dup(file);
	unsigned index = index_cut(name);
	int face = name[0] == '/' ? face_of(t, name, index, why) : -1;

	for (size_t i = 0; face == -1 && name[0] != '/' && i < conf->n_font_path; i++) {
		struct buf path = { 0 };

		buf_fmt(&path, "%s/%s", conf->font_path[i], name);
		face = face_of(t, buf_cstr(&path), index, why);
		buf_free(&path);
	}
	free(name);
	return face;
}

static int chain_add(struct type *t, const struct conf *conf, const char *role, struct chain *chain,
    struct why *why)
{
	for (size_t i = 0; i < conf->n_fonts; i++) {
		const struct font_role *r = &conf->fonts[i];

		for (size_t k = 0; strcmp(r->role, role) == 0 && k < r->n && chain->n < CHAIN_MAX; k++) {
			int face = face_search(t, conf, r->files[k], why);

			if (face == -2)
				return -1;
			if (face >= 0)
				chain->v[chain->n++] = face;
		}
	}
	return 0;
}

static int roles_fill(struct type *t, const struct conf *conf, struct why *why)
{
	for (int r = 0; r < ROLE_COUNT; r++) {
		struct chain *chain = &t->roles[r];

		chain->leaves = mem_zero(LEAVES, sizeof *chain->leaves);
		if (chain_add(t, conf, role_names[r], chain, why) != 0)
			return -1;
		if (chain->n == 0)
			return why_config(why, conf->file, 0,
			    "[fonts] %s: none of its fonts is there; run ./deps, or name one that is",
			    role_names[r]);
		if (chain_add(t, conf, "fallback", chain, why) != 0)
			return -1;
	}
	return 0;
}

int type_open(const struct conf *conf, struct type **out, struct why *why)
{
	struct type *t = mem_zero(1, sizeof *t);

	init_linebreak();       /* sorts its classes, which it would search one by one for every character */
	if (FT_Init_FreeType(&t->library) != 0) {
		type_free(t);
		return why_set(why, EX_SOFTWARE, "FreeType does not start");
	}
	if (roles_fill(t, conf, why) != 0) {
		type_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void type_free(struct type *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		face_close(&t->faces[i]);
	for (int r = 0; r < ROLE_COUNT; r++) {
		for (size_t i = 0; t->roles[r].leaves && i < LEAVES; i++)
			free(t->roles[r].leaves[i]);
		free(t->roles[r].leaves);
	}
	free(t->faces);
	if (t->library)
		FT_Done_FreeType(t->library);
	free(t);
}

/*
 * Rationale: to read a hundred megabytes of fonts would cost more than all else of a run that has nothing to
 * do.  A font's head has its version, its dates and a sum of all its bytes.
 */
static void face_identity(const struct face *f, struct buf *out)
{
	hb_blob_t *head = hb_face_reference_table(f->face, HB_TAG('h', 'e', 'a', 'd'));
	hb_blob_t *whole = hb_face_reference_blob(f->face);
	unsigned n;
	const char *bytes = hb_blob_get_data(head, &n);
	char digest[DIGEST_HEX];

	digest_of(bytes, n, digest);
	buf_fmt(out, "font %u of %u bytes, head %s\n", f->index, hb_blob_get_length(whole), digest);
	hb_blob_destroy(head);
	hb_blob_destroy(whole);
}

void type_identity(const struct type *type, struct buf *out)
{
	FT_Int major, minor, patch;

	FT_Library_Version(type->library, &major, &minor, &patch);
	buf_fmt(out, "harfbuzz %s\nfreetype %d.%d.%d\n", hb_version_string(), major, minor, patch);
	for (int r = 0; r < ROLE_COUNT; r++)
		for (size_t i = 0; i < type->roles[r].n; i++) {
			buf_fmt(out, "%s ", role_names[r]);
			face_identity(&type->faces[type->roles[r].v[i]], out);
		}
}

/* The first of the chain that has the character; face -1: none. */
static struct metric chain_ask(const struct type *t, const struct chain *c, uint32_t cp)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct face *f = &t->faces[c->v[i]];
		hb_codepoint_t g;

		if (hb_font_get_nominal_glyph(f->font, cp, &g) && g != 0)
			return (struct metric){ c->v[i],
			    (double)hb_font_get_glyph_h_advance(f->font, g) / f->upem };
	}
	return (struct metric){ -1, 0 };
}

/* Each character is asked of the fonts once. */
static bool type_find(const void *from, enum type_role role, uint32_t cp, struct metric *out)
{
	const struct type *t = from;
	const struct chain *c = &t->roles[role];
	struct known *k;

	if (cp >= LEAF * LEAVES)
		return false;
	if (!c->leaves[cp / LEAF])
		c->leaves[cp / LEAF] = mem_zero(LEAF, sizeof *k);
	k = &c->leaves[cp / LEAF][cp % LEAF];
	if (!k->asked)
		*k = (struct known){ true, chain_ask(t, c, cp) };
	if (k->metric.face < 0)
		return false;
	*out = k->metric;
	return true;
}

struct metrics type_metrics(const struct type *type)
{
	return (struct metrics){ .from = type, .find = type_find };
}

/* ---- subsets ---- */

/* By glyph, as no one asks the subset for a character; the caller destroys.  NULL: it cannot be done. */
static hb_subset_plan_t *subset_plan(const struct face *f, const uint32_t *cps, size_t n)
{
	hb_subset_input_t *in = hb_subset_input_create_or_fail();
	hb_subset_plan_t *plan;

	if (!in)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		hb_codepoint_t g;

		if (hb_font_get_nominal_glyph(f->font, cps[i], &g))
			hb_set_add(hb_subset_input_glyph_set(in), g);
	}
	hb_subset_input_set_flags(in, HB_SUBSET_FLAGS_NO_HINTING | HB_SUBSET_FLAGS_DESUBROUTINIZE);
	plan = hb_subset_plan_create_or_fail(f->outlines, in);
	hb_subset_input_destroy(in);
	return plan;
}

/*
 * Rationale: a bare CID-keyed CFF is addressed by CID, which subsetting keeps;
 * everything else by the glyph's number in the subset.
 */
static int code_of(const struct face *f, const hb_map_t *made, hb_codepoint_t g, uint16_t *out)
{
	hb_codepoint_t code = hb_map_get(made, g);
	FT_UInt cid;

	if (g == 0 || code == HB_MAP_VALUE_INVALID)
		return -1;
	if (f->cid_keyed) {
		if (FT_Get_CID_From_Glyph_Index(f->ft, g, &cid) != 0)
			return -1;
		code = cid;
	}
	if (code > UINT16_MAX)
		return -1;
	*out = (uint16_t)code;
	return 0;
}

static int thousandths(const struct face *f, long units)
{
	return (int)((units * 1000 + (units < 0 ? -1 : 1) * (long)f->upem / 2) / (long)f->upem);
}

static int codes_fill(const struct face *f, const hb_subset_plan_t *plan, const uint32_t *cps, size_t n,
    struct type_subset *out)
{
	const hb_map_t *made = hb_subset_plan_old_to_new_glyph_mapping(plan);
	int rc = 0;

	out->codes = mem_zero(n, sizeof *out->codes);
	for (size_t i = 0; i < n && rc == 0; i++) {
		hb_codepoint_t g = 0;

		hb_font_get_nominal_glyph(f->font, cps[i], &g);
		out->codes[i].cp = cps[i];
		out->codes[i].width = thousandths(f, hb_font_get_glyph_h_advance(f->font, g));
		rc = code_of(f, made, g, &out->codes[i].code);
	}
	out->n_codes = n;
	return rc;
}

static void description_fill(const struct face *f, struct type_subset *out)
{
	const char *name = FT_Get_Postscript_Name(f->ft);

	out->name = mem_dup(name && *name ? name : "Font");
	out->cff = f->cff;
	out->ascent = thousandths(f, f->ft->ascender);
	out->descent = thousandths(f, f->ft->descender);
	out->box[0] = thousandths(f, f->ft->bbox.xMin);
	out->box[1] = thousandths(f, f->ft->bbox.yMin);
	out->box[2] = thousandths(f, f->ft->bbox.xMax);
	out->box[3] = thousandths(f, f->ft->bbox.yMax);
}

int type_subset(const struct type *type, int face, const uint32_t *cps, size_t n, struct type_subset *out,
    struct why *why)
{
	const struct face *f = &type->faces[face];
	struct type_subset s = { 0 };
	hb_subset_plan_t *plan = subset_plan(f, cps, n);
	hb_face_t *made = plan ? hb_subset_plan_execute_or_fail(plan) : NULL;
	hb_blob_t *blob = NULL;
	unsigned len = 0;
	const char *bytes;
	int rc = -1;

	if (!made || codes_fill(f, plan, cps, n, &s) != 0) {
		why_set(why, EX_SOFTWARE, "%s: cannot be cut down to the %zu characters in use", f->path, n);
		goto out;
	}
	blob = f->cff ? hb_face_reference_table(made, HB_TAG('C', 'F', 'F', ' ')) :
	    hb_face_reference_blob(made);
	bytes = hb_blob_get_data(blob, &len);
	s.bytes = mem_ndup(bytes, len);
	s.n = len;
	description_fill(f, &s);
	*out = s;
	memset(&s, 0, sizeof s);
	rc = 0;
out:
	hb_blob_destroy(blob);
	hb_face_destroy(made);
	hb_subset_plan_destroy(plan);
	type_subset_free(&s);
	return rc;
}

void type_subset_free(struct type_subset *s)
{
	free(s->name);
	free(s->bytes);
	free(s->codes);
	memset(s, 0, sizeof *s);
}
