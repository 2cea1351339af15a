/*
 * sqltext - what an SQL text of a rule set says, as far as it has to be known
 * beside SQLite: its tokens, the settings it asks for, whether it reads the clock,
 * where a measure's two statements part.  Knows no tables.
 */
#ifndef ZB_SQLTEXT_H
#define ZB_SQLTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "ruleset.h"
#include "why.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,             /* keyword, function, plain name */
	TOKEN_NAME,             /* "quoted" `name` [name], with its quotes */
	TOKEN_TEXT,             /* 'text', with its quotes */
	TOKEN_NUMBER,
	TOKEN_PARAMETER,        /* :name ?1 @x $x */
	TOKEN_SIGN,             /* one byte of punctuation */
};

struct token {
	enum token_kind kind;
	const char     *s;      /* in the text; not NUL-terminated */
	size_t          n;
	int             line;
};

/* A text being read.  Set p, end and line (of its first byte). */
struct sqltext {
	const char *p, *end;
	int         line;
};

/* The next token; blanks and comments are passed over.  An open quote or comment ends the text. */
struct token sqltext_next(struct sqltext *t);
bool token_is(struct token k, const char *word);        /* WORD or SIGN, in any case of letters */

/*
 * Refuse what preparing cannot see: an unknown name in setting('...'), a parameter
 * other than :unit :week :as_of :city, and every way to ask the clock.
 * WHAT ("rule V19") is for the message.  -1: EX_CONFIG with file and line.
 */
int sqltext_check(const struct ruleset *rs, const char *sql, const char *file, int line, const char *what,
    struct why *why);

/* The same of a measure, which may also ask for :after and :through. */
int sqltext_check_measure(const struct ruleset *rs, const struct measure *m, const char *what,
    struct why *why);

/*
 * A measure is CREATE TABLE name (... PRIMARY KEY ...); INSERT INTO name ...; and
 * nothing else, NAME being the measure's.  *SECOND is the offset where the INSERT begins.
 */
int sqltext_measure(const struct measure *m, size_t *second, struct why *why);

/* The next "{a.b}" in S from *AT on: its parts, and *AT behind it.  false: none left. */
bool sqltext_placeholder(const char *s, size_t *at, struct span *table, struct span *column);

#endif
