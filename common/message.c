/* message - the words that people read: parsed, required by the programs, filled with values. */
#include "message.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "xmldoc.h"

/* ---- {names} ---- */

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-' || c == ':';
}

int template_next(const char **p, struct span *name)
{
	const char *open = *p + strcspn(*p, "{}");
	const char *s = open + 1;

	if (*open == '\0')
		return 0;
	if (*open == '}')
		return -1;
	while (is_name_char(*s))
		s++;
	if (*s != '}' || s == open + 1)
		return -1;
	name->s = open + 1;
	name->n = (size_t)(s - name->s);
	*p = s + 1;
	return 1;
}

static const struct message_arg *arg_find(const struct message_arg *args, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(name, args[i].name))
			return &args[i];
	return NULL;
}

void template_fill(struct buf *out, const char *text, const struct message_arg *args, size_t n)
{
	const struct message_arg *arg;
	const char *p = text;
	struct span name;

	while (template_next(&p, &name) == 1) {
		buf_add(out, text, (size_t)(name.s - 1 - text));
		arg = arg_find(args, n, name);
		if (arg == NULL)
			buf_add(out, name.s - 1, name.n + 2);
		else if (arg->value != NULL)
			buf_str(out, arg->value);
		text = p;
	}
	buf_str(out, text);
}

static int check_braces(const char *text, const char *file, int line, struct why *why)
{
	const char *p = text;
	struct span name;
	int rc;

	while ((rc = template_next(&p, &name)) == 1)
		continue;
	if (rc < 0)
		return why_config(why, file, line, "a broken {: write {name}, near \"%.40s\"", p);
	return 0;
}

/* ---- ids ---- */

#define OF_WORDS 0x80000000u

static const char *id_at(const struct messages *m, uint32_t at)
{
	return (at & OF_WORDS) != 0 ? m->words[(at & ~OF_WORDS) - 1].id : m->v[at - 1].id;
}

/* The place in the index of ID, or the free one that is for it.  N_INDEX > 0, and not all are taken. */
static uint32_t *index_find(const struct messages *m, const char *id)
{
	uint64_t hash = 14695981039346656037u;  /* FNV-1a */

	for (const char *p = id; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 1099511628211u;
	for (size_t i = (size_t)(hash ^ hash >> 32); ; i++) {
		uint32_t *at = &m->index[i & (m->n_index - 1)];

		if (*at == 0 || strcmp(id_at(m, *at), id) == 0)
			return at;
	}
}

/* At most half of it is taken. */
static void index_room(struct messages *m)
{
	size_t n = m->n_index;

	if (2 * (m->n + m->n_words + 1) <= n)
		return;
	free(m->index);
	m->n_index = n > 0 ? 2 * n : 256;
	m->index = mem_zero(m->n_index, sizeof *m->index);
	for (size_t i = 0; i < m->n; i++)
		*index_find(m, m->v[i].id) = (uint32_t)i + 1;
	for (size_t i = 0; i < m->n_words; i++)
		*index_find(m, m->words[i].id) = ((uint32_t)i + 1) | OF_WORDS;
}

static void message_add(struct messages *m, const struct message *msg)
{
	index_room(m);
	vec_room(m->v, m->n, m->cap);
	m->v[m->n++] = *msg;
	*index_find(m, msg->id) = (uint32_t)m->n;
}

static void words_add(struct messages *m, const struct words *w)
{
	index_room(m);
	vec_room(m->words, m->n_words, m->cap_words);
	m->words[m->n_words++] = *w;
	*index_find(m, w->id) = (uint32_t)m->n_words | OF_WORDS;
}

const struct message *message_find(const struct messages *m, const char *id)
{
	uint32_t at = m->n_index > 0 ? *index_find(m, id) : 0;

	return at != 0 && (at & OF_WORDS) == 0 ? &m->v[at - 1] : NULL;
}

const struct words *words_find(const struct messages *m, const char *id)
{
	uint32_t at = m->n_index > 0 ? *index_find(m, id) : 0;

	return (at & OF_WORDS) != 0 ? &m->words[(at & ~OF_WORDS) - 1] : NULL;
}

/* ---- parsing ---- */

static int take_id(struct messages *m, const xmlNode *node, const char *file, char **out, struct why *why)
{
	char *id = xmldoc_attr(&m->arena, node, "id");

	if (id == NULL || *id == '\0')
		return why_config(why, file, xmldoc_line(node), "<%s> has no id", xmldoc_name(node));
	if (message_find(m, id) != NULL || words_find(m, id) != NULL)
		return why_config(why, file, xmldoc_line(node), "id \"%s\" is said twice", id);
	*out = id;
	return 0;
}

static int take_text(struct messages *m, const xmlNode *node, const char *file, char **out, struct why *why)
{
	if (xmldoc_text(&m->arena, node, file, out, why) != 0)
		return -1;
	if (**out == '\0')
		return why_config(why, file, xmldoc_line(node), "<%s> is empty", xmldoc_name(node));
	return check_braces(*out, file, xmldoc_line(node), why);
}

static int take_says(struct messages *m, const xmlNode *node, const char *file, struct message *msg,
    struct why *why)
{
	for (const xmlNode *c = xmldoc_first(node); c != NULL; c = xmldoc_next(c)) {
		char **to = xmldoc_is(c, "says") ? &msg->says : xmldoc_is(c, "mend") ? &msg->mend : NULL;

		if (to == NULL)
			return why_config(why, file, xmldoc_line(c),
			    "unknown element <%s> in <message>; wanted <says>, <mend>", xmldoc_name(c));
		if (*to != NULL)
			return why_config(why, file, xmldoc_line(c), "a second <%s> in message \"%s\"",
			    xmldoc_name(c), msg->id);
		if (take_text(m, c, file, to, why) != 0)
			return -1;
	}
	if (msg->says == NULL)
		return why_config(why, file, msg->line, "message \"%s\" has no <says>", msg->id);
	return 0;
}

static int
parse_message(struct messages *m, const xmlNode *node, const char *file, struct message *msg, struct why *why)
{
	char *severity = xmldoc_attr(&m->arena, node, "severity");

	msg->rule = xmldoc_attr(&m->arena, node, "rule");
	if (msg->rule == NULL || *msg->rule == '\0')
		return why_config(why, file, msg->line,
		    "message \"%s\" has no rule; a text without one is a <text>", msg->id);
	if (severity == NULL || severity_parse(severity, &msg->severity) != 0)
		return why_config(why, file, msg->line,
		    "message \"%s\": severity \"%s\" is none of fatal, error, warning, note", msg->id,
		    severity == NULL ? "" : severity);
	return take_says(m, node, file, msg, why);
}

static void split_words(struct messages *m, char *text, struct words *w)
{
	struct buf squashed = { 0 };
	size_t cap = strlen(text) / 2 + 1;
	char *save = NULL;

	w->v = arena_alloc(&m->arena, cap * sizeof *w->v);
	w->squashed = arena_alloc(&m->arena, cap * sizeof *w->squashed);
	for (char *s = strtok_r(text, " \t\r\n", &save); s != NULL; s = strtok_r(NULL, " \t\r\n", &save)) {
		buf_reset(&squashed);
		text_squash(&squashed, span_of(s));
		w->squashed[w->n] = arena_dup(&m->arena, buf_cstr(&squashed));
		w->v[w->n++] = s;
	}
	buf_free(&squashed);
}

static int parse_words(struct messages *m, const xmlNode *node, const char *file, struct words *w,
    struct why *why)
{
	char *text;

	if (xmldoc_raw(&m->arena, node, file, &text, why) != 0)
		return -1;
	split_words(m, text, w);
	if (w->n == 0)
		return why_config(why, file, xmldoc_line(node), "words \"%s\" is empty", w->id);
	return 0;
}

static int parse_entry(struct messages *m, const xmlNode *node, const char *file, struct why *why)
{
	struct message msg = { .file = file, .line = xmldoc_line(node) };
	struct words w = { 0 };
	char *id = NULL;

	if (!xmldoc_is(node, "message") && !xmldoc_is(node, "text") && !xmldoc_is(node, "words"))
		return why_config(why, file, xmldoc_line(node),
		    "unknown element <%s>; wanted <message>, <text>, <words>", xmldoc_name(node));
	if (take_id(m, node, file, &id, why) != 0)
		return -1;
	msg.id = w.id = id;
	if (xmldoc_is(node, "words")) {
		if (parse_words(m, node, file, &w, why) != 0)
			return -1;
		words_add(m, &w);
		return 0;
	}
	if (xmldoc_is(node, "text") ? take_text(m, node, file, &msg.says, why) != 0 :
	    parse_message(m, node, file, &msg, why) != 0)
		return -1;
	message_add(m, &msg);
	return 0;
}

int messages_parse(struct messages *m, const char *bytes, size_t n, const char *file, struct why *why)
{
	const xmlNode *root;
	xmlDoc *doc;
	int rc = -1;

	if (xmldoc_parse(bytes, n, file, &doc, why) != 0)
		return -1;
	file = arena_dup(&m->arena, file);
	root = xmlDocGetRootElement(doc);
	if (!xmldoc_is(root, "messages")) {
		why_config(why, file, xmldoc_line(root), "the root element is <%s>, wanted <messages>",
		    xmldoc_name(root));
		goto out;
	}
	for (const xmlNode *c = xmldoc_first(root); c != NULL; c = xmldoc_next(c))
		if (parse_entry(m, c, file, why) != 0)
			goto out;
	rc = 0;
out:
	xmlFreeDoc(doc);
	return rc;
}

static char *text_dup(struct arena *arena, const char *s)
{
	return s != NULL ? arena_dup(arena, s) : NULL;
}

static void complete_message(struct messages *m, const struct message *of_today)
{
	struct message msg = *of_today;

	if (message_find(m, msg.id) != NULL || words_find(m, msg.id) != NULL)
		return;
	msg.id = arena_dup(&m->arena, msg.id);
	msg.rule = text_dup(&m->arena, msg.rule);
	msg.says = arena_dup(&m->arena, msg.says);
	msg.mend = text_dup(&m->arena, msg.mend);
	msg.file = text_dup(&m->arena, msg.file);
	message_add(m, &msg);
}

static void complete_words(struct messages *m, const struct words *of_today)
{
	struct words w = { .n = of_today->n };

	if (message_find(m, of_today->id) != NULL || words_find(m, of_today->id) != NULL)
		return;
	w.id = arena_dup(&m->arena, of_today->id);
	w.v = arena_alloc(&m->arena, (w.n + 1) * sizeof *w.v);
	w.squashed = arena_alloc(&m->arena, (w.n + 1) * sizeof *w.squashed);
	for (size_t i = 0; i < w.n; i++) {
		w.v[i] = arena_dup(&m->arena, of_today->v[i]);
		w.squashed[i] = arena_dup(&m->arena, of_today->squashed[i]);
	}
	words_add(m, &w);
}

void messages_complete(struct messages *m, const struct messages *today)
{
	for (size_t i = 0; i < today->n; i++)
		complete_message(m, &today->v[i]);
	for (size_t i = 0; i < today->n_words; i++)
		complete_words(m, &today->words[i]);
}

void messages_free(struct messages *m)
{
	free(m->v);
	free(m->words);
	free(m->index);
	arena_free(&m->arena);
	memset(m, 0, sizeof *m);
}

/* ---- what the programs need ---- */

/* Whether NAME is one of the space-separated NAMES. */
static bool names_have(const char *names, struct span name)
{
	while (*names != '\0') {
		size_t n = strcspn(names, " ");

		if (span_eq((struct span){ names, n }, name))
			return true;
		names += n;
		names += strspn(names, " ");
	}
	return false;
}

static int check_names(const struct message *msg, const char *text, const char *names, struct why *why)
{
	struct span name;

	while (text != NULL && template_next(&text, &name) == 1)
		if (!names_have(names, name))
			return why_config(why, msg->file, msg->line,
			    "message \"%s\" uses {%.*s}; it may use: %s", msg->id, (int)name.n, name.s,
			    *names == '\0' ? "(nothing)" : names);
	return 0;
}

/* ID does not serve, or is not there: what it is, and what is wanted. */
static int not_for(const struct messages *m, const char *id, enum message_use use, struct why *why)
{
	static const char *const wanted[] = {
		[USE_FINDING] = "a <message>",
		[USE_TEXT] = "a <text>",
		[USE_WORDS] = "<words>, at least one",
	};
	const struct message *msg = message_find(m, id);

	if (msg != NULL)
		return why_config(why, msg->file, msg->line, "\"%s\" is %s; wanted %s", id,
		    msg->rule != NULL ? "a <message>" : "a <text>", wanted[use]);
	return why_set(why, EX_CONFIG, "templates/messages: %s with the id \"%s\"; wanted %s",
	    words_find(m, id) != NULL ? "there are <words>" : "there is nothing", id, wanted[use]);
}

static int require_words(const struct messages *m, const char *id, struct why *why)
{
	const struct words *words = words_find(m, id);

	return words != NULL && words->n > 0 ? 0 : not_for(m, id, USE_WORDS, why);
}

static int require_message(
    const struct messages *m, enum message_use use, const struct message_need *need, struct why *why)
{
	const struct message *msg = message_find(m, need->id);
	const char *names = need->names == NULL ? "" : need->names;

	if (msg == NULL || (use == USE_FINDING && msg->rule == NULL))
		return not_for(m, need->id, use, why);
	if (check_names(msg, msg->says, names, why) != 0 || check_names(msg, msg->mend, names, why) != 0)
		return -1;
	return 0;
}

int messages_require(const struct messages *m, enum message_use use, const struct message_need *needs,
    size_t n, struct why *why)
{
	for (size_t i = 0; i < n; i++) {
		int rc = use == USE_WORDS ? require_words(m, needs[i].id, why) :
		    require_message(m, use, &needs[i], why);

		if (rc != 0)
			return -1;
	}
	return 0;
}

void message_says(
    struct buf *out, const struct messages *m, const char *id, const struct message_arg *args, size_t n)
{
	const struct message *msg = message_find(m, id);

	assert(msg != NULL);
	template_fill(out, msg->says, args, n);
}

void message_mend(
    struct buf *out, const struct messages *m, const char *id, const struct message_arg *args, size_t n)
{
	const struct message *msg = message_find(m, id);

	assert(msg != NULL);
	if (msg->mend != NULL)
		template_fill(out, msg->mend, args, n);
}

/* ---- words ---- */

/* Whether squashing TEXT would only change its case: figures and codes, which most cells are. */
static bool is_plain(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.s[i] <= ' ' || text.s[i] > '~' || text.s[i] == '[' || text.s[i] == ']')
			return false;
	return true;
}

/* Whether TEXT is (WHOLE) or begins with WORD, which is squashed; ASCII case of TEXT aside. */
static bool plain_match(struct span text, const char *word, bool whole)
{
	size_t n = strlen(word);

	return (whole ? text.n == n : text.n >= n) && strncasecmp(text.s, word, n) == 0;
}

/*
 * Whether none of W can be TEXT's beginning, told by the first character of TEXT: most texts that are asked
 * about begin with an ideograph or a letter that no word of the list begins with.
 */
static bool is_none(const struct words *w, struct span text)
{
	unsigned char c = text.n > 0 ? (unsigned char)*text.s : ' ';
	bool wide = c >= 0xe4 && c <= 0xe9 && text.n >= 3;      /* ideographs: squashing leaves them alone */

	if (!wide && (c <= ' ' || c > '~' || c == '[' || c == ']'))
		return false;
	for (size_t i = 0; i < w->n; i++)
		if (wide ? strncmp(w->squashed[i], text.s, 3) == 0 :
		    toupper(c) == (unsigned char)*w->squashed[i])
			return false;
	return true;
}

static bool words_match(const struct messages *m, const char *id, struct span text, bool whole)
{
	const struct words *w = words_find(m, id);
	struct buf squashed = { 0 };
	bool found = false;

	assert(w != NULL);
	if (is_none(w, text))
		return false;
	if (!is_plain(text)) {
		text_squash(&squashed, text);
		text = (struct span){ buf_cstr(&squashed), squashed.len };
	}
	for (size_t i = 0; i < w->n && !found; i++)
		found = plain_match(text, w->squashed[i], whole);
	buf_free(&squashed);
	return found;
}

bool words_has(const struct messages *m, const char *id, struct span text)
{
	return words_match(m, id, text, true);
}

bool words_starts(const struct messages *m, const char *id, struct span text)
{
	return words_match(m, id, text, false);
}

/* ---- findings ---- */

struct finding *finding_say(struct findings *fs, const struct messages *m, const char *id,
    const struct finding *at, const struct message_arg *args, size_t n)
{
	const struct message *msg = message_find(m, id);
	struct buf says = { 0 }, mend = { 0 };
	struct finding f = *at, *added;

	assert(msg != NULL && msg->rule != NULL);
	template_fill(&says, msg->says, args, n);
	if (msg->mend != NULL)
		template_fill(&mend, msg->mend, args, n);
	f.rule = msg->rule;
	f.severity = msg->severity;
	f.message = buf_cstr(&says);
	f.mend = msg->mend == NULL ? NULL : buf_cstr(&mend);
	added = finding_add(fs, &f);
	buf_free(&says);
	buf_free(&mend);
	return added;
}
