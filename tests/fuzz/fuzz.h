/*
 * fuzz - what the fuzz targets share: the project's own rules, loaded once, and what must hold of every reading
 * whatever the bytes were.  A target runs from the project's root, under libFuzzer or under replay.c.
 */
#ifndef ZB_FUZZ_H
#define ZB_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "common/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert(), but never compiled out, and it says where. */
#define HOLDS(what) \
	((what) ? (void)0 : ((void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what), abort()))

struct fuzz {
	struct conf     conf;
	struct ruleset *rules;
};

/* Loaded at the first call; freed by nobody, which no leak checker minds while it can be reached. */
static inline struct fuzz *fuzz_world(void)
{
	static struct fuzz f;
	struct why why;

	if (f.rules == NULL && (conf_load("config/zhoubao.ini", &f.conf, &why) != 0 ||
	    ruleset_load(&f.conf, &f.rules, &why) != 0)) {
		(void)fprintf(stderr, "%s (run from the project's root)\n", why.text);
		exit(78);
	}
	return &f;
}

static inline struct reading fuzz_read(const struct fuzz *f, const char *s, size_t n)
{
	struct reading r;
	struct why why;

	HOLDS(reading_parse(&f->rules->limits, &f->rules->messages, s, n, &r, &why) == 0);
	return r;
}

static inline void fuzz_check_text(struct span s)
{
	size_t bad;

	HOLDS(s.n == 0 || utf8_valid(s.s, s.n, &bad));
	HOLDS(s.n == 0 || memchr(s.s, '\0', s.n) == NULL);
}

static inline void fuzz_check_findings(const struct findings *fs)
{
	for (size_t i = 0; i < fs->n; i++) {
		const struct finding *x = &fs->v[i];

		HOLDS(x->rule != NULL && x->rule[0] != '\0');
		HOLDS(x->message != NULL && x->message[0] != '\0');
		fuzz_check_text(span_of(x->message));
		fuzz_check_text(span_of(x->value != NULL ? x->value : ""));
		fuzz_check_text(span_of(x->suggest != NULL ? x->suggest : ""));
	}
}

static inline void fuzz_check_grid(const struct fuzz *f, const struct grid *g, bool xml)
{
	size_t at = 0;

	if (g->n_rows == 0 && g->form == NULL)  /* let go */
		return;
	HOLDS(xml == (g->form != NULL));
	for (size_t i = 0; i < g->n_names; i++)
		fuzz_check_text(span_of(g->names[i]));
	for (size_t i = 0; i < g->n_rows; i++) {
		const struct grid_row *row = &g->rows[i];

		HOLDS(row->from == at && row->from <= row->to && row->to <= g->n_cells);
		HOLDS(i == 0 || row->row > g->rows[i - 1].row || (xml && row->row == g->rows[i - 1].row));
		for (size_t k = row->from; k < row->to; k++) {
			const struct cell *c = &g->cells[k];

			HOLDS(c->col > 0 && c->col <= f->rules->limits.columns);
			HOLDS(k == row->from || c->col > g->cells[k - 1].col);
			HOLDS(xml ? c->col <= g->n_names : c->col == k - row->from + 1);
			HOLDS(c->n <= reading_cell(&f->rules->limits));
			fuzz_check_text(grid_cell(g, k));
			HOLDS(grid_cell(g, k).s[c->n] == '\0');
		}
		at = row->to;
	}
	HOLDS(at == g->n_cells);
}

/* A reading is whole and sound, or a fatal finding says why not. */
static inline void fuzz_check_reading(const struct fuzz *f, const struct reading *r)
{
	bool fatal = findings_worst(&r->findings) == SEV_FATAL;

	fuzz_check_findings(&r->findings);
	HOLDS(r->findings.n <= READING_FINDINGS);
	HOLDS(fatal || r->n_grids > 0 || r->format == SOURCE_XML);
	HOLDS(r->format == SOURCE_XML || r->n_grids <= 1);
	for (size_t i = 0; i < r->n_grids; i++)
		fuzz_check_grid(f, &r->grids[i], r->format == SOURCE_XML);
	for (size_t i = 0; i < r->n_attributes; i++) {
		fuzz_check_text(span_of(r->attributes[i].name));
		fuzz_check_text(span_of(r->attributes[i].value));
	}
}

#endif
