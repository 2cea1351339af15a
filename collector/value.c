/*
 * value - one cell, typed.  A cell that cannot be read gets a finding that says what was got, what is
 * wanted and, where one can be named, the very value to put; nothing ambiguous is guessed.
 */
#include "value.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- findings ---- */

#define BRIEF 60u               /* characters of a cell that a message quotes */

/* The beginning of TEXT, safe to print. */
static void add_brief(struct buf *out, struct span text)
{
	const char *p = text.s, *end = text.s + text.n;

	for (size_t i = 0; i < BRIEF && p < end; i++)
		if (utf8_next(&p, end) < 0)
			p++;
	text_escape(out, (struct span){ text.s, (size_t)(p - text.s) });
	if (p < end)
		buf_str(out, "...");
}

/*
 * Say ID of the cell.  WANT is what the message calls {want}; SUGGEST the very value to put, or NULL.
 * Returns -1 if the finding is an error (the message's severity decides), else 0.
 */
int cell_say(struct cell_in *c, const char *id, const char *want, const char *suggest)
{
	struct buf shown = { 0 }, brief = { 0 };
	struct finding at = *c->at;
	char length[24];

	text_escape(&shown, c->text);
	add_brief(&brief, c->text);
	(void)snprintf(length, sizeof length, "%zu", utf8_count(c->text));
	const struct message_arg args[] = {
		{ "value", buf_cstr(&brief) }, { "title", c->f->title }, { "want", want }, { "suggest",
		    suggest },
		{ "unit", c->column->unit_word }, { "length", length },
	};

	at.value = buf_cstr(&shown);
	at.suggest = suggest;
	struct finding *said = finding_say(c->fs, &c->rs->messages, id, &at, args, 6);
	int rc = said->severity >= SEV_ERROR ? -1 : 0;

	buf_free(&shown);
	buf_free(&brief);
	return rc;
}

int cell_say_number(struct cell_in *c, const char *id, unsigned long long want, const char *suggest)
{
	char number[24];

	(void)snprintf(number, sizeof number, "%llu", want);
	return cell_say(c, id, number, suggest);
}

/* ---- results ---- */

int cell_give_text(struct cell_in *c, const char *s, size_t n)
{
	*c->out = (struct value){ .kind = VALUE_TEXT, .s = arena_ndup(c->arena, s, n) };
	return 0;
}

int cell_give_word(struct cell_in *c, const char *word)
{
	*c->out = (struct value){ .kind = VALUE_TEXT, .s = word };
	return 0;
}

int cell_give_cell(struct cell_in *c)
{
	return c->text.s[c->text.n] == '\0' ? cell_give_word(c, c->text.s) :
	    cell_give_text(c, c->text.s, c->text.n);
}

int cell_give_fold(struct cell_in *c)
{
	return c->fold.s == c->text.s ? cell_give_word(c, c->fold.s) :
	    cell_give_text(c, c->fold.s, c->fold.n);
}

int cell_give_integer(struct cell_in *c, int64_t i)
{
	*c->out = (struct value){ .kind = VALUE_INTEGER, .i = i };
	return 0;
}

/* ---- the whole ---- */

/* Empty, or a word that stands for nothing. */
static bool is_null(const struct cell_in *c)
{
	if (c->text.n == 0)
		return true;
	if (c->text.n > 32 || is_digit(c->text.s[0]))
		return false;
	if (c->f->type == FIELD_YESNO && words_has(&c->rs->messages, "no", c->text))
		return false;
	return words_has(&c->rs->messages, "empty", c->text);
}

/* The very word of the field's list that the cell is; NULL if it is none. */
static const char *listed(const struct cell_in *c)
{
	for (size_t i = 0; i < c->f->n_values; i++)
		if (span_is(c->text, c->f->values[i]))
			return c->f->values[i];
	return NULL;
}

/* Most cells of figures and codes are ASCII without blanks and need no folding: then true. */
static bool fold(struct cell_in *c)
{
	size_t i = 0;

	while (i < c->text.n && c->text.s[i] > ' ' && c->text.s[i] < 0x7f)
		i++;
	if (i == c->text.n && c->text.s[i] == '\0') {
		c->fold = c->text;
		return true;
	}
	if (i == c->text.n)
		buf_add(&c->folded, c->text.s, c->text.n);
	else
		text_fold(&c->folded, c->text);
	c->fold = (struct span){ buf_cstr(&c->folded), c->folded.len };
	return i == c->text.n;
}

/* Whether there are several lines in a cell that has one figure, day or code: they may be of several things. */
static bool is_parted(const struct cell_in *c)
{
	enum field_type t = c->f->type;

	return t != FIELD_ENUM && t != FIELD_TOWN && t != FIELD_YESNO && memchr(c->text.s, '\n', c->text.n) != NULL;
}

static int typed(struct cell_in *c)
{
	switch (c->f->type) {
	case FIELD_MONEY:
		return value_money(c);
	case FIELD_INTEGER:
		return value_integer(c);
	case FIELD_PERCENT:
		return value_percent(c);
	case FIELD_DATE:
		return value_date(c);
	case FIELD_MONTH:
		return value_month(c);
	case FIELD_WEEK:
		return value_week(c);
	case FIELD_CODE:
		return value_code(c);
	case FIELD_REF:
		return value_ref(c);
	case FIELD_ENUM:
		return value_list(c);
	case FIELD_YESNO:
		return value_yesno(c);
	case FIELD_TOWN:
		return value_town(c);
	case FIELD_USCC:
		return value_uscc(c);
	case FIELD_PHONE:
		return value_phone(c);
	case FIELD_TEXT:
	default:
		assert(false);
		return -1;
	}
}

/* ="TEXT": how programs make a spreadsheet keep a text that looks like a number. */
static bool is_wrapped(struct span s)
{
	return s.n > 3 && s.s[0] == '=' && s.s[1] == '"' && s.s[s.n - 1] == '"' &&
	    memchr(s.s + 2, '"', s.n - 3) == NULL;
}

/* What is to be said of "as above", or of an error or a width that a spreadsheet shows; NULL of what is neither. */
static const char *what_it_cannot_say(const struct cell_in *c)
{
	/* what is meant stands in another row, which may be moved or deleted; a remark may say so */
	if (c->text.n <= 12 && !isalnum((unsigned char)c->text.s[0]) && (c->f->required || c->f->type != FIELD_TEXT) &&
	    words_has(&c->rs->messages, "ditto", c->text))
		return "value.ditto";
	if (c->text.s[0] != '#')
		return NULL;
	if (c->text.n >= 3 && strspn(c->text.s, "#") >= c->text.n)
		return "value.hashes";
	return words_has(&c->rs->messages, "formula.error", c->text) ? "value.formula_error" : NULL;
}

/* An apostrophe in front of a figure or a code, with which a spreadsheet is told to leave it alone. */
static bool marks_text(const struct cell_in *c)
{
	return c->f->type != FIELD_TEXT && c->text.n > 1 && c->text.s[0] == '\'' && c->text.s[1] != '\'';
}

int value_parse(const struct ruleset *rs, const char *unit, const struct column *column, struct span cell,
    const struct finding *at, struct arena *arena, struct value *out, struct findings *fs)
{
	struct cell_in c = {
		.rs = rs, .unit = unit, .column = column, .f = column->field, .at = at, .arena = arena,
		    .out = out, .fs = fs,
	};
	const char *word;
	bool was_quoted;
	int rc;

	*out = (struct value){ .kind = cell.s == NULL ? VALUE_ABSENT : VALUE_NULL };
	if (cell.n == 0)
		return 0;
	c.text = is_blank(cell) ? (struct span){ "", 0 } : span_trim(cell);
	/* The apostrophe that a receipt put before what a spreadsheet would run. */
	was_quoted = c.text.n > 1 && c.text.s[0] == '\'' && (strchr("=+-@", c.text.s[1]) != NULL ||
	    spreadsheet_is_formula((struct span){ c.text.s + 1, c.text.n - 1 }));
	if (was_quoted)
		c.text = span_trim((struct span){ c.text.s + 1, c.text.n - 1 });
	if (marks_text(&c)) {
		if (cell_say(&c, "value.apostrophe", NULL, NULL) != 0)
			return -1;
		c.text = span_trim((struct span){ c.text.s + 1, c.text.n - 1 });
	}
	if (is_wrapped(c.text)) {
		struct span inner = { c.text.s + 2, c.text.n - 3 };

		if (cell_say(&c, "value.unwrapped", arena_ndup(arena, inner.s, inner.n), NULL) != 0)
			return -1;
		c.text = span_trim(inner);
	}
	word = listed(&c);
	if (word != NULL)
		return cell_give_word(&c, word);
	if (is_null(&c))
		return 0;
	const char *unshown = what_it_cannot_say(&c);

	if (unshown != NULL)
		return cell_say(&c, unshown, NULL, NULL);
	if (c.f->type == FIELD_TEXT)
		return value_text(&c, was_quoted);
	if (!fold(&c) && cell_look_over(c.text).unseen) {
		buf_free(&c.folded);
		return cell_say(&c, "value.control", NULL, NULL);
	}
	if (c.fold.n == 0)              /* nothing but what takes no room */
		rc = 0;
	else if (c.fold.s != c.text.s && is_parted(&c))
		rc = cell_say(&c, "value.several_lines", NULL, NULL);
	else
		rc = typed(&c);
	buf_free(&c.folded);
	return rc;
}

int value_default(const struct ruleset *rs, const char *unit, const struct field *field, struct arena *arena,
    struct value *out)
{
	struct column column = {
		.field = field, .reserved = -1, .header = field->title, .unit_yuan = field->unit_yuan,
		    .unit_word = field->unit,
	};
	struct finding at = { .field = field->name };
	struct findings fs = { 0 };
	int rc;

	if (field->def == NULL) {
		*out = (struct value){ .kind = VALUE_NULL };
		return 0;
	}
	rc = value_parse(rs, unit, &column, span_of(field->def), &at, arena, out, &fs);
	findings_free(&fs);
	return rc;
}
