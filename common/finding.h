/*
 * finding - what is wrong with an input: rule, severity, place, value, what it
 * means and how to mend it.  Collected, never thrown: one receipt lists all.
 */
#ifndef ZB_FINDING_H
#define ZB_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum severity {
	SEV_NOTE,               /* said, nothing to do */
	SEV_WARNING,            /* the row counts and is listed; a note in the row explains it */
	SEV_ERROR,              /* the row is held: reported, not counted */
	SEV_FATAL,              /* the file is refused */
};

const char *severity_name(enum severity s);             /* "note" "warning" "error" "fatal" */
int severity_parse(const char *s, enum severity *out);

/*
 * Strings belong to the findings' arena; any may be NULL where it does not apply.  Equal ones of several
 * findings may be one.
 */
struct finding {
	const char   *rule;             /* V01..., never NULL */
	enum severity severity;
	bool          explained;        /* a warning that the row's note answers */
	bool          held;             /* this finding holds its row */
	const char   *form, *key;       /* key: the row's, parts joined by a space */
	uint32_t      row;              /* as a spreadsheet shows it, or line of an XML file; 0: the file */
	/* place of the row among its sheet's, plus one: of an XML file several may be on one line; 0: not said */
	uint32_t      nth;
	uint32_t      col;              /* 1-based; 0: the row */
	const char   *field;            /* name in the form definition */
	const char   *header;           /* as it stands in the file */
	const char   *value;            /* the cell as it was sent */
	const char   *message, *mend;
	const char   *suggest;          /* the very value to put, where one can be named */
	/* rule of another finding of the row without which this one would not be, or NULL */
	const char   *cause;
};

struct findings {
	struct finding *v;
	size_t          n, cap;
	struct arena    arena;
	/* strings that were said lately, by their hash; NULL while there are few */
	const char    **recent;
};

/* Copies every string of F into FS. */
struct finding *finding_add(struct findings *fs, const struct finding *f);
enum severity findings_worst(const struct findings *fs);        /* SEV_NOTE if there are none */
/* Nothing is in it any more, but there is room for the next. */
void findings_clear(struct findings *fs);
void findings_free(struct findings *fs);

/* Column letters as a spreadsheet shows them: 1 -> A, 27 -> AA.  0 -> "". */
void column_letters(uint32_t col, char out[8]);

#endif
