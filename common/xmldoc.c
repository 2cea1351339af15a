/* xmldoc - our own XML: parsed without network, checked by RelaxNG, walked element by element. */
#include "xmldoc.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/xmlerror.h>

/* The first error of a run of libxml2: later ones are mostly its consequences. */
struct first_error {
	bool set;
	int  line;
	char text[400];
};

static void keep_first(struct first_error *first, const xmlError *err)
{
	size_t n;

	if (first->set || err == NULL || err->level == XML_ERR_WARNING)
		return;
	first->set = true;
	first->line = err->line;
	n = err->message == NULL ? 0 : strcspn(err->message, "\n");
	if (n >= sizeof first->text)
		n = sizeof first->text - 1;
	if (n > 0)
		memcpy(first->text, err->message, n);
	first->text[n] = '\0';
}

/* libxml2 hands over the parser; our place to write is in its _private. */
static void on_parser_error(void *parser, xmlErrorPtr err)
{
	xmlParserCtxtPtr ctxt = parser;

	keep_first(ctxt->_private, err);
}

static void on_grammar_error(void *first, xmlErrorPtr err)
{
	keep_first(first, err);
}

int xmldoc_parse(const char *bytes, size_t n, const char *file, xmlDoc **out, struct why *why)
{
	struct first_error first = { .line = 1 };
	xmlParserCtxtPtr ctxt;
	xmlDoc *doc = NULL;
	int rc = -1;

	if (n == 0 || n > INT_MAX)
		return why_config(why, file, 1, "%s", n == 0 ? "the file is empty" : "the file is too large");
	ctxt = xmlNewParserCtxt();
	if (ctxt == NULL)
		return why_set(why, EX_IOERR, "%s: out of memory", file);
	ctxt->_private = &first;
	ctxt->sax->serror = on_parser_error;
	doc = xmlCtxtReadMemory(ctxt, bytes, (int)n, NULL, NULL,
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES |
	        XML_PARSE_NOCDATA);
	if (doc == NULL || first.set || !ctxt->wellFormed || !ctxt->nsWellFormed) {
		why_config(why, file, first.line, "not well-formed XML: %s", first.text);
		goto out;
	}
	if (doc->intSubset != NULL) {
		why_config(why, file, 1, "a DOCTYPE is not allowed here: take it out");
		goto out;
	}
	*out = doc;
	doc = NULL;
	rc = 0;
out:
	xmlFreeDoc(doc);
	xmlFreeParserCtxt(ctxt);
	return rc;
}

struct xmldoc_grammar {
	xmlRelaxNGPtr schema;
};

int xmldoc_grammar(const char *text, size_t n, const char *file, struct xmldoc_grammar **out, struct why *why)
{
	struct first_error first = { .line = 0 };
	xmlRelaxNGParserCtxtPtr parser;
	xmlRelaxNGPtr schema;
	int rc = -1;

	if (n > INT_MAX)
		return why_config(why, file, 0, "the file is too large");
	parser = xmlRelaxNGNewMemParserCtxt(text, (int)n);
	if (parser == NULL)
		return why_set(why, EX_IOERR, "%s: out of memory", file);
	xmlRelaxNGSetParserStructuredErrors(parser, on_grammar_error, &first);
	schema = xmlRelaxNGParse(parser);
	if (schema == NULL || first.set) {
		why_config(why, file, first.line, "not a RelaxNG grammar: %s", first.text);
		xmlRelaxNGFree(schema);
		goto out;
	}
	*out = mem_zero(1, sizeof **out);
	(*out)->schema = schema;
	rc = 0;
out:
	xmlRelaxNGFreeParserCtxt(parser);
	return rc;
}

void xmldoc_grammar_free(struct xmldoc_grammar *grammar)
{
	if (grammar == NULL)
		return;
	xmlRelaxNGFree(grammar->schema);
	free(grammar);
}

int xmldoc_check(xmlDoc *doc, const char *file, const struct xmldoc_grammar *grammar, struct why *why)
{
	struct first_error first = { .line = 0 };
	xmlRelaxNGValidCtxtPtr valid;
	int bad;

	valid = xmlRelaxNGNewValidCtxt(grammar->schema);
	if (valid == NULL)
		return why_set(why, EX_IOERR, "%s: out of memory", file);
	xmlRelaxNGSetValidStructuredErrors(valid, on_grammar_error, &first);
	bad = xmlRelaxNGValidateDoc(valid, doc);
	xmlRelaxNGFreeValidCtxt(valid);
	if (bad != 0)
		return why_config(
		    why, file, first.line, "%s", first.set ? first.text : "does not follow its grammar");
	return 0;
}

static const xmlNode *element_from(const xmlNode *node)
{
	while (node != NULL && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

const xmlNode *xmldoc_first(const xmlNode *node)
{
	return element_from(node->children);
}

const xmlNode *xmldoc_next(const xmlNode *node)
{
	return element_from(node->next);
}

const char *xmldoc_name(const xmlNode *node)
{
	return (const char *)node->name;
}

int xmldoc_is(const xmlNode *node, const char *name)
{
	return node->ns == NULL && strcmp((const char *)node->name, name) == 0;
}

int xmldoc_line(const xmlNode *node)
{
	return (int)xmlGetLineNo(node);
}

char *xmldoc_attr(struct arena *a, const xmlNode *node, const char *name)
{
	xmlChar *value;
	char *copy;

	value = xmlGetNoNsProp(node, (const xmlChar *)name);
	copy = arena_dup(a, (const char *)value);
	xmlFree(value);
	return copy;
}

int xmldoc_raw(struct arena *a, const xmlNode *node, const char *file, char **out, struct why *why)
{
	const xmlNode *inside = xmldoc_first(node);
	xmlChar *text;

	if (inside != NULL)
		return why_config(why, file, xmldoc_line(inside), "<%s> holds text only, got <%s> inside",
		    xmldoc_name(node), xmldoc_name(inside));
	text = xmlNodeGetContent(node);
	*out = arena_dup(a, text == NULL ? "" : (const char *)text);
	xmlFree(text);
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_foreign(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

/* In place: S becomes one line (see xmldoc_text). */
static void make_one_line(char *s)
{
	char *to = s, *from = s;

	while (*from != '\0') {
		char *run = from;
		bool  broken;

		while (is_blank(*from))
			from++;
		if (from == run) {
			*to++ = *from++;
			continue;
		}
		if (to == s || *from == '\0')
			continue;
		broken = memchr(run, '\n', (size_t)(from - run)) != NULL;
		if (!broken) {
			memmove(to, run, (size_t)(from - run));
			to += from - run;
		} else if (!is_foreign(to[-1]) && !is_foreign(*from)) {
			*to++ = ' ';
		}
	}
	*to = '\0';
}

int xmldoc_text(struct arena *a, const xmlNode *node, const char *file, char **out, struct why *why)
{
	if (xmldoc_raw(a, node, file, out, why) != 0)
		return -1;
	if (xmlNodeGetSpacePreserve(node) != 1)
		make_one_line(*out);
	return 0;
}
