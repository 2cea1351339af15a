/*
 * message - the words that people read: templates/messages/NAME.xml.
 * The C names a message by its id and hands over values; it knows no Chinese.
 *
 *   <messages>
 *     <message id="header.missing" rule="V03" severity="fatal">
 *       <says>缺少“{title}”列</says> <mend>…</mend>
 *     </message>
 *     <text id="receipt.title">报送审核回执</text>          a message with no rule
 *     <words id="total">合计 总计 小计</words>               a list that is looked up
 *   </messages>
 */
#ifndef ZB_MESSAGE_H
#define ZB_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "finding.h"
#include "text.h"
#include "why.h"

struct message {
	char         *id;
	char         *rule;             /* NULL for a text */
	enum severity severity;
	char         *says, *mend;      /* mend may be NULL */
	const char   *file;
	int           line;
};

struct words {
	char  *id;
	char **v;                       /* as they are written */
	char **squashed;                /* the same for comparing (text_squash) */
	size_t n;
};

struct messages {
	struct message *v;
	size_t n, cap;
	struct words *words;
	size_t n_words, cap_words;
	/*
	 * where an id is: of V, or of WORDS with the top bit
	 * set; 0: nowhere.  Open addressing, a power of two
	 */
	uint32_t *index;
	size_t n_index;
	struct arena arena;
};

/* A value for a {name} of a message. */
struct message_arg {
	const char *name;
	const char *value;              /* NULL prints as "" */
};

/* What a program does with an id. */
enum message_use {
	USE_FINDING,            /* a finding is made of it: a message, which has rule and severity */
	USE_TEXT,               /* it is printed: a text, or what a message says */
	/* something is looked up in it, or its first word is printed: a list with a word */
	USE_WORDS,
};

/* What a program needs: an id and the names it will hand over, separated by spaces; none to words. */
struct message_need {
	const char *id;
	const char *names;
};

/* Add the messages of one file.  -1, EX_CONFIG: an id said twice, an unknown element, a broken {.
 * Texts are read as one line (xmldoc.h, xmldoc_text); xml:space="preserve" keeps them as they stand. */
int  messages_parse(struct messages *m, const char *bytes, size_t n, const char *file, struct why *why);
/* Every needed id is there, serves USE, and uses only names that are handed over.  -1, EX_CONFIG. */
int  messages_require(const struct messages *m, enum message_use use, const struct message_need *needs,
    size_t n, struct why *why);
/*
 * What M, of an older rule set, has no words for (an id that did not exist then) is said in those of TODAY.
 * The texts are copied.
 */
void messages_complete(struct messages *m, const struct messages *today);
void messages_free(struct messages *m);

/* NULL if there is none; after messages_require that is a bug of the caller. */
const struct message *message_find(const struct messages *m, const char *id);
/* Append the says (mend) text with its {names} replaced. */
void message_says(struct buf *out, const struct messages *m, const char *id, const struct message_arg *args,
    size_t n);
void message_mend(struct buf *out, const struct messages *m, const char *id, const struct message_arg *args,
    size_t n);
/* Whether TEXT, squashed, is one of (starts with one of) the words of list ID. */
bool words_has(const struct messages *m, const char *id, struct span text);
bool words_starts(const struct messages *m, const char *id, struct span text);
const struct words *words_find(const struct messages *m, const char *id);

/*
 * The next {name} from *P on; moves *P past it.  Returns 1 and *NAME, 0 at the end, or -1: a
 * '{' that is not closed or has no name of letters, digits, '_', '.', '-' and ':' in it, or a lone '}'.
 */
int  template_next(const char **p, struct span *name);
/* Replace every {name} of TEXT by its value; names not in ARGS are left as they stand. */
void template_fill(struct buf *out, const char *text, const struct message_arg *args, size_t n);

/*
 * A finding made from message ID: rule, severity, says and mend from the message,
 * places and values from AT (its rule, severity, message and mend are ignored).
 */
struct finding *finding_say(struct findings *fs, const struct messages *m, const char *id,
    const struct finding *at, const struct message_arg *args, size_t n);

#endif
