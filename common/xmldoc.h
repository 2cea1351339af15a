/*
 * xmldoc - the XML that we write ourselves (forms, messages): read whole,
 * without network and without a DTD, checked against a grammar, and walked.
 * Never for files that were dropped (collector: its reader is another).
 *
 * Every trouble is EX_CONFIG and names file and line.
 */
#ifndef ZB_XMLDOC_H
#define ZB_XMLDOC_H

#include <libxml/tree.h>
#include <stddef.h>

#include "buf.h"
#include "why.h"

/* Parse N bytes; FILE is only for messages.  The caller frees with xmlFreeDoc. */
int xmldoc_parse(const char *bytes, size_t n, const char *file, xmlDoc **out, struct why *why);

/* A RelaxNG text, which came from FILE, read once for all that is to follow it. */
struct xmldoc_grammar;
int  xmldoc_grammar(const char *text, size_t n, const char *file, struct xmldoc_grammar **out,
    struct why *why);
void xmldoc_grammar_free(struct xmldoc_grammar *grammar);
/* Check DOC, which came from FILE. */
int  xmldoc_check(xmlDoc *doc, const char *file, const struct xmldoc_grammar *grammar, struct why *why);

/* Elements only; NULL after the last. */
const xmlNode *xmldoc_first(const xmlNode *node);
const xmlNode *xmldoc_next(const xmlNode *node);
int  xmldoc_is(const xmlNode *node, const char *name);
const char *xmldoc_name(const xmlNode *node);
int  xmldoc_line(const xmlNode *node);
/* The value of an attribute, in A; NULL if there is none of that name. */
char *xmldoc_attr(struct arena *a, const xmlNode *node, const char *name);
/* The text inside, as it stands, in A.  -1: there is an element inside. */
int  xmldoc_raw(struct arena *a, const xmlNode *node, const char *file, char **out, struct why *why);
/*
 * The same as one line for people: trimmed; a line break and the blanks around it
 * vanish beside a non-ASCII character and are one space elsewhere.  An
 * xml:space="preserve" keeps the text as it stands.
 */
int  xmldoc_text(struct arena *a, const xmlNode *node, const char *file, char **out, struct why *why);

#endif
