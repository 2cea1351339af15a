/*
 * document - the tree between a template and its pages: blocks of runs.
 */
#include <stdlib.h>
#include <string.h>

#include "document.h"

#define BLANK 2.0               /* lines between the red rule and a title (GB/T 9704-2012, 7.3.1) */

struct block *document_add(struct document *doc, enum block_kind kind, int line)
{
	struct block *b;

	vec_room(doc->blocks, doc->n_blocks, doc->cap_blocks);
	b = &doc->blocks[doc->n_blocks++];
	*b = (struct block){ .kind = kind, .line = line, .blank = kind == BLOCK_MASTHEAD ? BLANK : 0 };
	return b;
}

void block_add_text(struct document *doc, struct block *block, const char *text, bool strong, int line)
{
	block_add_link(doc, block, text, strong, line, NULL);
}

void block_add_link(struct document *doc, struct block *block, const char *text, bool strong, int line,
    const char *link)
{
	if (block->n_runs == block->cap_runs) {
		size_t cap = block->cap_runs ? 2 * block->cap_runs : 4;
		struct run *v = arena_alloc(&doc->arena, cap * sizeof *v);

		if (block->n_runs)
			memcpy(v, block->runs, block->n_runs * sizeof *v);
		block->runs = v;
		block->cap_runs = cap;
	}
	block->runs[block->n_runs++] = (struct run){ arena_dup(&doc->arena, text), strong, line,
	    link ? arena_dup(&doc->arena, link) : NULL };
}

void document_free(struct document *doc)
{
	free(doc->blocks);
	arena_free(&doc->arena);
	memset(doc, 0, sizeof *doc);
}
