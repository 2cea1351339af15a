/*
 * value_code - cells of codes: patterns, keys of other rows, lists, telephones, credit codes; and what
 * spreadsheets do to them.
 */
#include "value.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

#include "../common/sqlfn.h"

#define REF_LONG  100u          /* bytes of a key: what is longer is no code of anything */

/* ---- what spreadsheets do to codes ---- */

/* "9.13E+17": a code of digits that a spreadsheet took for a number, and whose last digits are lost. */
bool cell_is_exponent(const char *s)
{
	s += *s == '-' || *s == '+';
	struct span whole = digits_at(s);

	s += whole.n;
	if (whole.n == 0)
		return false;
	if (*s == '.')
		s += 1 + digits_at(s + 1).n;
	if (*s != 'E' && *s != 'e')
		return false;
	s++;
	s += *s == '-' || *s == '+';
	struct span exponent = digits_at(s);

	return exponent.n > 0 && s[exponent.n] == '\0';
}

/* ---- codes, lists, references ---- */

static bool matches(const struct field *f, const char *s)
{
	return !f->has_regex || regexec(&f->regex, s, 0, NULL, 0) == 0;
}

int value_code(struct cell_in *c)
{
	const char *s = c->fold.s;
	char *upper;
	size_t n = 0;

	if (cell_is_exponent(s))
		return cell_say(c, "value.code_exponent", NULL, NULL);
	if (matches(c->f, s))
		return cell_give_fold(c);
	upper = arena_ndup(c->arena, s, c->fold.n);
	for (size_t i = 0; i < c->fold.n; i++)
		if (s[i] != ' ')
			upper[n++] = (char)toupper((unsigned char)s[i]);
	upper[n] = '\0';
	return cell_say(c, c->f->example != NULL ? "value.code" : "value.code_pattern",
	    c->f->example != NULL ? c->f->example : c->f->pattern, matches(c->f, upper) ? upper : NULL);
}

/* The key of another row: read like its own cell there; whether there is such a row is the judge's affair. */
int value_ref(struct cell_in *c)
{
	const char *s = c->fold.s;

	if (cell_is_exponent(s))
		return cell_say(c, "value.code_exponent", NULL, NULL);
	if (strpbrk(s, "\n\r\t") != NULL)
		return cell_say(c, "value.control", NULL, NULL);
	if (c->fold.n > REF_LONG)
		return cell_say_number(c, "value.too_long", REF_LONG, NULL);
	return cell_give_fold(c);
}

/* Whether WORD stands in S (both squashed), and no word that denies it right before. */
static bool is_said(struct cell_in *c, struct span s, const char *word)
{
	const struct words *not = words_find(&c->rs->messages, "negation");
	struct span w = squash_in(c->arena, span_of(word));
	const char *at = w.n > 0 ? memmem(s.s, s.n, w.s, w.n) : NULL;

	for (size_t i = 0; at != NULL && not != NULL && i < not->n; i++)
		if (span_ends((struct span){ s.s, (size_t)(at - s.s) }, not->squashed[i]))
			return false;
	return at != NULL;
}

/* FOUND becomes VALUE; two different ones are none: then FOUND is "". */
static void found_one(const char **found, const char *value)
{
	*found = *found == NULL || strcmp(*found, value) == 0 ? value : "";
}

/* As found_one for every value of WORDS, N of them, of which the cell has a word. */
static void found_among(struct cell_in *c, struct span s, const struct also *words, size_t n, const char **found)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < words[i].n_words; k++)
			if (is_said(c, s, words[i].words[k]))
				found_one(found, words[i].value);
}

/*
 * The one value that the cell contains, or is a part of, or has words for; those of which it is only likely
 * come last.  NULL if none or several are.
 */
static const char *nearest_value(struct cell_in *c, struct span s)
{
	const char *found = NULL;

	for (size_t i = 0; i < c->f->n_values && s.n > 0; i++) {
		struct span v = squash_in(c->arena, span_of(c->f->values[i]));

		if (is_said(c, s, c->f->values[i]) || (s.n >= 6 && memmem(v.s, v.n, s.s, s.n) != NULL))
			found_one(&found, c->f->values[i]);
	}
	found_among(c, s, c->f->also, c->f->n_also, &found);
	if (found == NULL)
		found_among(c, s, c->f->likely, c->f->n_likely, &found);
	return found != NULL && *found != '\0' ? found : NULL;
}

/* The value that the word S (squashed) stands for, or NULL. */
static const char *value_meant(struct cell_in *c, struct span s)
{
	for (size_t i = 0; i < c->f->n_also; i++)
		for (size_t k = 0; k < c->f->also[i].n_words; k++)
			if (span_eq(s, squash_in(c->arena, span_of(c->f->also[i].words[k]))))
				return c->f->also[i].value;
	return NULL;
}

/* What the words in the cell may mean, each with when it is right, into LIST; WHOLE: they are all of it. */
static void list_doubtful(struct cell_in *c, struct span s, bool whole, struct buf *list)
{
	const struct messages *m = &c->rs->messages;

	for (size_t i = 0; i < c->f->n_doubtful; i++) {
		const struct also *a = &c->f->doubtful[i];
		const struct message_arg args[] = { { "want", a->value }, { "when", a->when } };
		bool said = false;

		for (size_t k = 0; k < a->n_words && !said; k++)
			said = whole ? span_eq(s, squash_in(c->arena, span_of(a->words[k]))) : is_said(c, s, a->words[k]);
		if (!said)
			continue;
		if (list->len > 0)
			message_says(list, m, "value.doubtful_join", NULL, 0);
		message_says(list, m, "value.doubtful_one", args, 2);
	}
}

/* Says what a cell of S that is none of the values may mean: it has no words for one alone. */
static int say_no_value(struct cell_in *c, struct span s)
{
	struct buf list = { 0 };
	const char *meant = NULL, *id = "value.enum_doubtful";
	int rc;

	list_doubtful(c, s, true, &list);
	if (list.len == 0)
		meant = nearest_value(c, s);
	if (list.len == 0 && meant == NULL)
		list_doubtful(c, s, false, &list);
	if (list.len == 0) {
		id = meant != NULL ? "value.enum_likely" : "value.enum";
		for (size_t i = 0; i < c->f->n_values; i++) {
			if (i > 0)
				message_says(&list, &c->rs->messages, "list.or", NULL, 0);
			buf_str(&list, c->f->values[i]);
		}
	}
	rc = cell_say(c, id, buf_cstr(&list), meant);
	buf_free(&list);
	return rc;
}

int value_list(struct cell_in *c)
{
	const char *meant;
	struct span s = squash_in(c->arena, c->text);

	for (size_t i = 0; i < c->f->n_values; i++)
		if (span_eq(s, squash_in(c->arena, span_of(c->f->values[i]))))
			return cell_give_word(c, c->f->values[i]);
	meant = value_meant(c, s);
	if (meant != NULL)
		return cell_say(c, "value.also", meant, NULL) != 0 ? -1 :
		    cell_give_text(c, meant, strlen(meant));
	return say_no_value(c, s);
}

int value_yesno(struct cell_in *c)
{
	if (words_has(&c->rs->messages, "yes", c->text))
		return cell_give_integer(c, 1);
	if (words_has(&c->rs->messages, "no", c->text))
		return cell_give_integer(c, 0);
	return cell_say(c, "value.yesno", NULL, NULL);
}

int value_phone(struct cell_in *c)
{
	const char *s = c->fold.s;
	size_t digits = 0;

	if (cell_is_exponent(s))
		return cell_say(c, "value.code_exponent", NULL, NULL);
	for (const char *p = s; *p != '\0'; ) {
		size_t n = word_at(&c->rs->messages, "phone.mark", span_of(p));

		if (n == 0 && !is_digit(*p) && strchr("+-() /,;*", *p) == NULL)
			return cell_say(c, "value.phone", NULL, NULL);
		digits += is_digit(*p);
		p += n > 0 ? n : 1;
	}
	if (digits < 7 || c->fold.n > 64)
		return cell_say(c, "value.phone", NULL, NULL);
	return cell_give_fold(c);
}

/* ---- credit codes ---- */

/* Without blanks and strokes, upper case. */
static char *uscc_text(struct cell_in *c, size_t *n)
{
	char *s = arena_alloc(c->arena, c->fold.n + 1);

	*n = 0;
	for (size_t i = 0; i < c->fold.n; i++)
		if (c->fold.s[i] != ' ' && c->fold.s[i] != '-')
			s[(*n)++] = (char)toupper((unsigned char)c->fold.s[i]);
	return s;
}

/* Letters that the code does not have, for the figures they are mistaken for. */
static void uscc_mend(char *s)
{
	static const char from[] = "IOZS", to[] = "1025";

	for (; *s != '\0'; s++) {
		const char *at = strchr(from, *s);

		if (at != NULL)
			*s = to[at - from];
	}
}

int value_uscc(struct cell_in *c)
{
	size_t n;
	char *s = uscc_text(c, &n);

	if (cell_is_exponent(c->fold.s))
		return cell_say(c, "value.uscc_exponent", NULL, NULL);
	if (utf8_count((struct span){ s, n }) != 18)
		return cell_say_number(c, "value.uscc_length", utf8_count((struct span){ s, n }), NULL);
	if (uscc_is_valid(s))
		return cell_give_text(c, s, n);
	if (is_id_card(s)) {
		c->text = id_card_masked(c, s);
		return cell_say(c, "value.uscc_id_card", NULL, NULL);
	}
	/* A spreadsheet keeps fifteen digits of a number. */
	if (strspn(s, "0123456789") == n && strcmp(s + 15, "000") == 0)
		return cell_say(c, "value.uscc_rounded", NULL, NULL);
	if (strspn(s, "0123456789ABCDEFGHJKLMNPQRTUWXY") == n)
		return cell_say(c, "value.uscc_check", s, NULL);
	char *mended = arena_ndup(c->arena, s, n);

	uscc_mend(mended);
	return cell_say(c, "value.uscc_letter", NULL, uscc_is_valid(mended) ? mended : NULL);
}
