/*
 * sqltext - what an SQL text of a rule set says, as far as it has to be known
 * beside SQLite.
 */
#include <string.h>
#include <strings.h>

#include "sqltext.h"

/* ---- tokens ---- */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	    (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void step(struct sqltext *t)
{
	if (*t->p++ == '\n')
		t->line++;
}

static bool looks_at(const struct sqltext *t, const char *two)
{
	return t->end - t->p >= 2 && t->p[0] == two[0] && t->p[1] == two[1];
}

static void skip_blank(struct sqltext *t)
{
	while (t->p < t->end) {
		if (looks_at(t, "--")) {
			while (t->p < t->end && *t->p != '\n')
				step(t);
		} else if (looks_at(t, "/*")) {
			step(t);
			step(t);
			while (t->p < t->end && !looks_at(t, "*/"))
				step(t);
			for (int i = 0; i < 2 && t->p < t->end; i++)
				step(t);
		} else if (*t->p == ' ' || *t->p == '\t' || *t->p == '\n' || *t->p == '\r' || *t->p == '\f') {
			step(t);
		} else {
			return;
		}
	}
}

/* From the opening quote to behind the closing one; a doubled quote stands for itself. */
static void skip_quoted(struct sqltext *t, char close)
{
	step(t);
	while (t->p < t->end) {
		if (*t->p != close) {
			step(t);
			continue;
		}
		step(t);
		if (close == ']' || t->p == t->end || *t->p != close)
			return;
		step(t);
	}
}

static void skip_word(struct sqltext *t, bool number)
{
	while (t->p < t->end && (is_word(*t->p) || (number && *t->p == '.')))
		step(t);
}

struct token sqltext_next(struct sqltext *t)
{
	struct token k = { TOKEN_END, NULL, 0, 0 };

	skip_blank(t);
	k.s = t->p;
	k.line = t->line;
	if (t->p == t->end)
		return k;
	if (*t->p == '\'') {
		k.kind = TOKEN_TEXT;
		skip_quoted(t, '\'');
	} else if (*t->p == '"' || *t->p == '`') {
		k.kind = TOKEN_NAME;
		skip_quoted(t, *t->p);
	} else if (*t->p == '[') {
		k.kind = TOKEN_NAME;
		skip_quoted(t, ']');
	} else if (is_digit(*t->p)) {
		k.kind = TOKEN_NUMBER;
		skip_word(t, true);
	} else if (is_word(*t->p)) {
		k.kind = TOKEN_WORD;
		skip_word(t, false);
	} else if (*t->p == ':' || *t->p == '?' || *t->p == '@' || *t->p == '$') {
		k.kind = TOKEN_PARAMETER;
		step(t);
		skip_word(t, false);
	} else {
		k.kind = TOKEN_SIGN;
		step(t);
	}
	k.n = (size_t)(t->p - k.s);
	return k;
}

bool token_is(struct token k, const char *word)
{
	return (k.kind == TOKEN_WORD || k.kind == TOKEN_SIGN) && strlen(word) == k.n &&
	    strncasecmp(k.s, word, k.n) == 0;
}

static bool token_any(struct token k, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (token_is(k, *words))
			return true;
	}
	return false;
}

/* ---- what preparing cannot see ---- */

/* A 'text' without its quotes and outer blanks. */
static struct span token_text(struct token k)
{
	struct span in = { k.s + 1, k.n >= 2 ? k.n - 2 : 0 };

	return span_trim(in);
}

static int check_parameter(struct token k, bool measure, const char *file, const char *what, struct why *why)
{
	static const char *const known[] = { ":unit", ":week", ":as_of", ":city", ":after", ":through" };
	size_t n = sizeof known / sizeof *known - (measure ? 0 : 2);

	for (size_t i = 0; i < n; i++) {
		if (strlen(known[i]) == k.n && memcmp(known[i], k.s, k.n) == 0)
			return 0;
	}
	return why_config(why, file, k.line, "%s: unknown name %.*s; there are :unit :week :as_of :city%s",
	    what, (int)k.n, k.s, measure ? " :after :through" : "");
}

static int check_setting(
    const struct ruleset *rs, struct token name, const char *file, const char *what, struct why *why)
{
	char s[128];
	struct span t = token_text(name);

	if (t.n < sizeof s) {
		memcpy(s, t.s, t.n);
		s[t.n] = '\0';
		if (ruleset_setting(rs, s) != NULL)
			return 0;
	}
	return why_config(why, file, name.line,
	    "%s: setting('%.*s'): no such setting; settings.csv declares them all", what, (int)t.n, t.s);
}

/*
 * What a date function takes for the time of day; "subsec"
 * does so from SQLite 3.42 on, whatever is linked today.
 */
static bool is_now(struct span text)
{
	static const char *const words[] = { "now", "subsec", "subsecond" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text.n == strlen(words[i]) && strncasecmp(text.s, words[i], text.n) == 0)
			return true;
	}
	return false;
}

static int refuse_clock(const char *file, struct token k, const char *what, struct why *why)
{
	return why_config(
	    why, file, k.line, "%s: %.*s asks the clock; use :as_of or :week", what, (int)k.n, k.s);
}

/*
 * The last three tokens are all that has to be remembered: f ( ) and f ( 'x' ) of a
 * date function mean "now", setting ( 'x' ) names a setting.
 */
static int check_text(const struct ruleset *rs, const char *sql, bool measure, const char *file, int line,
    const char *what, struct why *why)
{
	static const char *const clock_words[] = { "current_date", "current_time", "current_timestamp",
		NULL };
	static const char *const date_words[] = { "date", "time", "datetime", "julianday", "unixepoch",
		NULL };
	struct sqltext t = { sql, sql + strlen(sql), line };
	struct token a = { TOKEN_END, NULL, 0, 0 }, b = a, c = a, k;

	for (k = sqltext_next(&t); k.kind != TOKEN_END; k = sqltext_next(&t)) {
		if (token_any(k, clock_words))
			return refuse_clock(file, k, what, why);
		if (token_is(k, ")") && token_is(c, "(") && token_any(b, date_words))
			return refuse_clock(file, b, what, why);
		if (token_is(k, ")") && token_is(b, "(") && token_is(a, "strftime"))
			return refuse_clock(file, a, what, why);
		if (k.kind == TOKEN_PARAMETER && check_parameter(k, measure, file, what, why) != 0)
			return -1;
		if (k.kind == TOKEN_TEXT) {
			if (is_now(token_text(k)))
				return refuse_clock(file, k, what, why);
			if (token_is(c, "(") && token_is(b, "setting") &&
			    check_setting(rs, k, file, what, why) != 0)
				return -1;
		}
		a = b;
		b = c;
		c = k;
	}
	return 0;
}

int sqltext_check(const struct ruleset *rs, const char *sql, const char *file, int line, const char *what,
    struct why *why)
{
	return check_text(rs, sql, false, file, line, what, why);
}

int sqltext_check_measure(const struct ruleset *rs, const struct measure *m, const char *what,
    struct why *why)
{
	return check_text(rs, m->sql, true, m->file, 1, what, why);
}

/* ---- measures ---- */

static bool is_measure_name(struct token k, const struct measure *m)
{
	size_t n = strlen(m->name);

	if (k.kind == TOKEN_NAME)
		return k.n == n + 2 && strncmp(k.s + 1, m->name, n) == 0;
	return k.kind == TOKEN_WORD && token_is(k, m->name);
}

/* "CREATE TABLE name" or "INSERT INTO name" has to stand here. */
static int expect_head(
    struct sqltext *t, const char *first, const char *second, const struct measure *m, struct why *why)
{
	struct token a = sqltext_next(t), b = sqltext_next(t), c = sqltext_next(t);

	if (token_is(a, first) && token_is(b, second) && is_measure_name(c, m))
		return 0;
	return why_config(why, m->file, a.line, "measure %s: got \"%.*s %.*s %.*s\", wanted \"%s %s %s\"",
	    m->name, (int)a.n, a.s, (int)b.n, b.s, (int)c.n, c.s, first, second, m->name);
}

int sqltext_measure(const struct measure *m, size_t *second, struct why *why)
{
	struct sqltext t = { m->sql, m->sql + strlen(m->sql), 1 };
	struct token k, last = { TOKEN_END, NULL, 0, 0 };
	bool keyed = false;
	size_t at;

	if (expect_head(&t, "CREATE", "TABLE", m, why) != 0)
		return -1;
	for (k = sqltext_next(&t); k.kind != TOKEN_END && !token_is(k, ";"); k = sqltext_next(&t)) {
		if (token_is(k, "SELECT"))
			return why_config(why, m->file, k.line,
			    "measure %s: CREATE TABLE AS has no types; name typed columns", m->name);
		keyed = keyed || (token_is(last, "PRIMARY") && token_is(k, "KEY"));
		last = k;
	}
	if (!keyed)
		return why_config(
		    why, m->file, 1, "measure %s: its CREATE TABLE has no PRIMARY KEY", m->name);
	skip_blank(&t);
	at = (size_t)(t.p - m->sql);
	if (expect_head(&t, "INSERT", "INTO", m, why) != 0)
		return -1;
	while (k = sqltext_next(&t), k.kind != TOKEN_END && !token_is(k, ";"))
		continue;
	if (k.kind != TOKEN_END && (k = sqltext_next(&t)).kind != TOKEN_END)
		return why_config(why, m->file, k.line,
		    "measure %s: a third statement begins here; a measure is one "
		    "CREATE TABLE and one INSERT",
		    m->name);
	*second = at;
	return 0;
}

/* ---- placeholders ---- */

static size_t name_length(const char *s)
{
	size_t n = 0;

	while (is_word(s[n]))
		n++;
	return n;
}

bool sqltext_placeholder(const char *s, size_t *at, struct span *table, struct span *column)
{
	size_t i, a, b;

	for (i = *at; s[i] != '\0'; i++) {
		if (s[i] != '{')
			continue;
		a = name_length(s + i + 1);
		if (a == 0 || s[i + 1 + a] != '.')
			continue;
		b = name_length(s + i + a + 2);
		if (b == 0 || s[i + a + 2 + b] != '}')
			continue;
		*table = (struct span){ s + i + 1, a };
		*column = (struct span){ s + i + a + 2, b };
		*at = i + a + b + 3;
		return true;
	}
	*at = i;
	return false;
}
