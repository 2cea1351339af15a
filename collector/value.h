/*
 * value - inside it: what the files that type one kind of cell each share.  collector.h has what others may
 * call.
 *
 * Each value_KIND() types the cell at hand: 0 and the value given, or -1 after an error finding.  What is
 * said without being an error leaves the value as it is (VALUE_NULL).
 */
#ifndef ZB_VALUE_H
#define ZB_VALUE_H

#include "collector.h"

/* The cell at hand. */
struct cell_in {
	const struct ruleset  *rs;
	const char            *unit;
	const struct column   *column;
	const struct field    *f;
	struct span            text;    /* as it was sent, trimmed */
	struct span            fold;    /* folded, for every type but text; a NUL behind it */
	struct buf             folded;  /* ... where that is another text */
	const struct finding  *at;
	struct arena          *arena;
	struct value          *out;
	struct findings       *fs;
};

/*
 * Say ID of the cell.  WANT is what the message calls {want}; SUGGEST the very value to put, or NULL.
 * Returns -1 if the finding is an error (the message's severity decides), else 0.
 */
int  cell_say(struct cell_in *c, const char *id, const char *want, const char *suggest);
int  cell_say_number(struct cell_in *c, const char *id, unsigned long long want, const char *suggest);
int  cell_give_text(struct cell_in *c, const char *s, size_t n);
/* The cell as it stands; folded.  Copied only where it has to be. */
int  cell_give_cell(struct cell_in *c);
int  cell_give_fold(struct cell_in *c);
/* A text that outlives the value: of the rule set. */
int  cell_give_word(struct cell_in *c, const char *word);
int  cell_give_integer(struct cell_in *c, int64_t i);

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The run of digits that S, which ends with NUL, begins with. */
static inline struct span digits_at(const char *s)
{
	size_t n = 0;

	while (is_digit(s[n]))
		n++;
	return (struct span){ s, n };
}

int  value_money(struct cell_in *c);
int  value_integer(struct cell_in *c);
int  value_percent(struct cell_in *c);
/* D as a person writes it. */
void decimal_text(struct buf *out, struct decimal d);

/* Figures that are none for a slip of the hand. */

/*
 * Whether a blank in FOLD (folded) may be a lost point, or part two figures: taking it out would be a guess.
 * One beside a sign, a point or a comma is only a blank.
 */
bool slip_is_parted(const char *fold);
/* FOLD squashed, with what is written for a point (list figure.point) as a point. */
void slip_squash(struct buf *out, const struct messages *m, struct span fold);
/*
 * The figure that CORE was meant to be, into OUT and *D; CORE is the figures and marks that a squashed cell
 * begins with, REST what follows.  Letters that only look like digits are taken from REST into CORE.
 * false: it is no figure, or could be more than one.
 */
bool slip_figure(struct buf *out, const struct messages *m, struct span *core, struct span *rest,
    struct decimal *d);

int  value_date(struct cell_in *c);
int  value_month(struct cell_in *c);
int  value_week(struct cell_in *c);

int  value_code(struct cell_in *c);
int  value_ref(struct cell_in *c);
int  value_list(struct cell_in *c);
int  value_yesno(struct cell_in *c);
int  value_phone(struct cell_in *c);
int  value_uscc(struct cell_in *c);
/* "9.13E+17": a code of digits that a spreadsheet took for a number, and whose last digits are lost. */
bool cell_is_exponent(const char *s);

int  value_town(struct cell_in *c);

/* WAS_QUOTED: an apostrophe stood before it, so that no spreadsheet runs it. */
int  value_text(struct cell_in *c, bool was_quoted);

/* What is in a text. */
struct look {
	size_t characters;
	bool   unseen, lines, tabs;
};
struct look cell_look_over(struct span s);
/*
 * Whether S begins with what can be the number of an identity card (GB 11643): a place, a day of birth, an
 * order and a check digit.  Such a number is nobody's business here.
 */
bool is_id_card(const char *s);
/* The same, without what tells who it is. */
struct span id_card_masked(struct cell_in *c, const char *s);

#endif
