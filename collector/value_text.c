/*
 * value_text - cells of free text: what cannot be seen, what a spreadsheet would run, and numbers of persons.
 */
#include "value.h"

#include <ctype.h>
#include <string.h>

#define TEXT_LONG 2000u         /* characters of a text without a limit of its own */

/* ---- what is not to be seen ---- */

static const struct { uint32_t from, to; } unseen[] = {
	{ 0x00, 0x08 }, { 0x0b, 0x0c }, { 0x0e, 0x1f }, { 0x7f, 0x9f }, { 0x200e, 0x200f }, { 0x202a,
	    0x202e },
	{ 0x2066, 0x2069 }, { 0xfff9, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0xe007f },
};

/* Controls and marks that turn text around: a reader would see something else than what is there. */
static bool is_unseen(int32_t cp)
{
	for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
		if ((uint32_t)cp >= unseen[i].from && (uint32_t)cp <= unseen[i].to)
			return true;
	return false;
}

struct look cell_look_over(struct span s)
{
	struct look l = { 0 };

	for (const char *p = s.s, *end = s.s + s.n; p < end; l.characters++) {
		unsigned char lead = (unsigned char)*p;

		if (lead >= ' ' && lead < 0x7f) {
			p++;
			continue;
		}
		/* an ideograph, or a mark of Chinese text */
		if (end - p >= 3 && ((lead >= 0xe3 && lead <= 0xe9) || (lead == 0xef && (unsigned char)p[1] == 0xbc))) {
			p += 3;
			continue;
		}
		int32_t cp = lead < 0x80 ? *p++ : utf8_next(&p, end);

		if (cp < 0)
			p++;
		l.lines = l.lines || cp == '\n' || cp == '\r';
		l.tabs = l.tabs || cp == '\t';
		l.unseen = l.unseen || ((cp < 0x20 || cp >= 0x7f) && (cp < 0x2e80 || cp > 0x9fff) &&
		    is_unseen(cp));
	}
	return l;
}

/* ---- numbers of persons ---- */

/*
 * Whether S begins with what can be the number of an identity card (GB 11643): a place, a day of birth, an
 * order and a check digit.  Such a number is nobody's business here.
 */
bool is_id_card(const char *s)
{
	static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0, year, month;
	day_t day;

	for (size_t i = 0; i < 17; i++) {
		if (!is_digit(s[i]))
			return false;
		sum += weights[i] * (s[i] - '0');
	}
	year = (s[6] - '0') * 1000 + (s[7] - '0') * 100 + (s[8] - '0') * 10 + (s[9] - '0');
	month = (s[10] - '0') * 10 + (s[11] - '0');
	if (year < 1900 || year > 2099 || s[0] == '0' || month < 1 || month > 12 ||
	    day_make(2000 + year % 4, month, (s[12] - '0') * 10 + (s[13] - '0'), &day) != 0)
		return false;
	return toupper((unsigned char)s[17]) == "10X98765432"[sum % 11];
}

/* The same, without what tells who it is. */
struct span id_card_masked(struct cell_in *c, const char *s)
{
	char *masked = arena_ndup(c->arena, s, 18);

	memset(masked + 6, '*', 8);
	return (struct span){ masked, 18 };
}

/* The first of them in TEXT, standing alone; NULL if there is none. */
static const char *id_card_in(struct span text)
{
	/* Most texts have no such run of digits: one of any seventeen bytes in a row would show it. */
	size_t at = 16;

	while (at < text.n && !is_digit(text.s[at]))
		at += 17;
	if (at >= text.n)
		return NULL;
	for (size_t i = 0; i + 18 <= text.n; i++) {
		bool begins = i == 0 || !is_digit(text.s[i - 1]);

		if (begins && is_digit(text.s[i]) && (i + 18 == text.n || !is_digit(text.s[i + 18])) &&
		    strnlen(text.s + i, 18) == 18 && is_id_card(text.s + i))
			return text.s + i;
	}
	return NULL;
}

/* ---- text ---- */

/*
 * Numbers of persons go no further than this: each is masked where it stands.
 * The first as it is then, or NULL.
 */
static const char *mask_id_cards(struct cell_in *c)
{
	const char *first = NULL, *at;

	while ((at = id_card_in(c->text)) != NULL) {
		size_t offset = (size_t)(at - c->text.s);
		char *text = arena_ndup(c->arena, c->text.s, c->text.n);

		memset(text + offset + 6, '*', 8);
		c->text.s = text;
		first = first != NULL ? first : arena_ndup(c->arena, text + offset, 18);
	}
	return first;
}

/* Lines end with LF, or become one line; tabs are blanks; what is unseen goes. */
static void clean_text(struct buf *out, struct span s, bool lines)
{
	for (const char *p = s.s, *end = s.s + s.n; p < end; ) {
		const char *at = p;
		int32_t cp = utf8_next(&p, end);

		if (cp < 0) {
			p++;
			continue;
		}
		if (cp == '\r' && p < end && *p == '\n')
			continue;
		if (cp == '\r' || cp == '\n')
			buf_char(out, lines ? '\n' : ' ');
		else if (cp == '\t')
			buf_char(out, ' ');
		else if (!is_unseen(cp))
			buf_add(out, at, (size_t)(p - at));
	}
}

/* Whether a spreadsheet would run the text; figures and lone marks are harmless. */
static bool is_formula(struct span s)
{
	struct decimal d;

	return s.n > 1 && strchr("=+-@", s.s[0]) != NULL && decimal_parse(s, &d) != 0;
}

static int check_length(struct cell_in *c, size_t characters)
{
	struct buf max = { 0 };
	int rc = 0;

	if (c->f->has_max && decimal_cmp((struct decimal){ (int64_t)characters, 0 }, c->f->max) > 0) {
		decimal_text(&max, c->f->max);
		rc = cell_say(c, "value.too_long", buf_cstr(&max), NULL);
	} else if (!c->f->has_max && characters > TEXT_LONG) {
		rc = cell_say_number(c, "value.long", TEXT_LONG, NULL);
	}
	buf_free(&max);
	return rc;
}

int value_text(struct cell_in *c, bool was_quoted)
{
	struct look l = cell_look_over(c->text);
	struct buf clean = { 0 }, nfc = { 0 };
	int rc;

	if (l.unseen && cell_say(c, "value.control", NULL, NULL) != 0)
		return -1;
	if (check_length(c, l.characters) != 0)
		return -1;
	if (!was_quoted && is_formula(c->text) && cell_say(c, "value.formula", NULL, NULL) != 0)
		return -1;
	const char *id = mask_id_cards(c);

	if (id != NULL && cell_say(c, "value.id_card", id, NULL) != 0)
		return -1;
	if (l.lines && !c->f->lines && cell_say(c, "value.lines", NULL, NULL) != 0)
		return -1;
	if (l.unseen || l.lines || l.tabs) {
		clean_text(&clean, c->text, c->f->lines);
		c->text = (struct span){ buf_cstr(&clean), clean.len };
	}
	if (clean.s == NULL && text_is_nfc(c->text))
		return cell_give_cell(c);
	text_nfc(&nfc, c->text);
	rc = cell_give_text(c, buf_cstr(&nfc), nfc.len);
	buf_free(&clean);
	buf_free(&nfc);
	return rc;
}
