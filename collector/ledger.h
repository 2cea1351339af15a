/*
 * ledger - all that was found in a file, however much that is: places and rules in memory, 16 bytes each, the words
 * on a spool.  What is being found is in a list of findings first; when a row is done, the list is laid down here.
 */
#ifndef ZB_LEDGER_H
#define ZB_LEDGER_H

#include "../common/finding.h"
#include "../common/spool.h"

struct entry {
	uint32_t row, col;
	uint64_t at : 40;               /* of its words on the spool */
	uint64_t rule : 16;             /* of the ledger's words */
	uint64_t severity : 2;
	uint64_t explained : 1;
	uint64_t held : 1;
	uint64_t caused : 1;            /* it has a cause */
};

/* A zeroed one is empty. */
struct ledger {
	struct entry *v;                /* as they were laid down, or sorted */
	size_t        n, cap;
	/* what findings say alike, once: rules, names of forms, fields and headers, mends */
	const char  **words;
	size_t        n_words, cap_words;
	uint32_t     *index;            /* of WORDS plus one by hash; a power of two */
	size_t        n_index;
	uint32_t      last[10];         /* the word of each part that was laid down last */
	struct arena  arena;
	struct buf    record;
	struct spool *spool;
};

/* The findings of FS go down in their order, and FS is empty. */
void ledger_lay(struct ledger *l, struct findings *fs);
/* Entry I is of the row that has KEY. */
void ledger_name(struct ledger *l, size_t i, const char *key);
/* Of all entries only the first N stay. */
void ledger_cut(struct ledger *l, size_t n);
/* The findings of FS as if they had been laid down when there were N entries. */
void ledger_insert(struct ledger *l, size_t n, struct findings *fs);
/* By row, column, rule, then in order of discovery; stable. */
void ledger_sort(struct ledger *l);
void ledger_free(struct ledger *l);
/* Of the entries from FROM on; SEV_NOTE if there are none. */
enum severity ledger_worst(const struct ledger *l, size_t from);
/* The rule of entry I. */
const char *ledger_rule(const struct ledger *l, size_t i);
/* Index of the first entry, of a sorted ledger, whose row is not below ROW; n if there is none. */
size_t ledger_row(const struct ledger *l, uint32_t row);

/* Reads one finding after another.  A zeroed one has read nothing. */
struct ledger_reader {
	struct finding at;
	char          *text;
	size_t         cap;
};
/* Entry I; it and its strings stay until R reads the next. */
const struct finding *ledger_at(struct ledger_reader *r, const struct ledger *l, size_t i);
void ledger_done(struct ledger_reader *r);

#endif
