/*
 * chartrow - what a chart's attributes come to for each row of its query: numbers, tones,
 * texts, or what is wrong with them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"

const char *const chart_words[CHART_WORDS] = {
	[CHART_CAPTION] = "caption", [CHART_UNIT] = "unit", [CHART_NAME] = "name", [CHART_OTHER] = "other",
	[CHART_TICKS] = "ticks", [CHART_LABEL] = "label", [CHART_VALUE] = "value", [CHART_TARGET] = "target",
	[CHART_SAYS] = "says", [CHART_WORD] = "word", [CHART_TONE] = "tone", [CHART_COLUMN] = "column",
	[CHART_TO] = "to", [CHART_AT] = "at", [CHART_GROUP] = "group", [CHART_MARK] = "mark",
};

static const char *const kinds[] = {
	[CHART_BAR] = "bar", [CHART_LINE] = "line", [CHART_HEAT] = "heat", [CHART_BULLET] = "bullet",
	[CHART_NODES] = "nodes",
};

void chart_begin(struct chart *c, struct arena *arena, const char *kind, char *const *words, size_t rows)
{
	char *rest = NULL, *list = words[CHART_TICKS] ? arena_dup(arena, words[CHART_TICKS]) : NULL;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i], kind) == 0)
			c->kind = (enum chart_kind)i;
	c->caption = words[CHART_CAPTION];
	c->unit = words[CHART_UNIT];
	c->names[0] = words[CHART_NAME];
	c->names[1] = words[CHART_OTHER];
	c->rows = arena_alloc(arena, (rows + 1) * sizeof *c->rows);
	c->ticks = arena_alloc(arena, (list ? strlen(list) + 1 : 1) * sizeof *c->ticks);
	for (char *s = list ? strtok_r(list, " ", &rest) : NULL; s; s = strtok_r(NULL, " ", &rest))
		c->ticks[c->n_ticks++] = s;
}

/* A number as a format prints it; an empty text is none. */
static bool number_of(const char *s, double *out)
{
	char *end;

	*out = NAN;
	if (!s || !*s)
		return true;
	*out = strncmp(s, "\xe2\x88\x92", 3) == 0 ? -strtod(s + 3, &end) : strtod(s, &end);
	return *end == '\0' && isfinite(*out);
}

/* Whether a row before R has its label and column. */
static bool is_there(const struct chart *c, const struct point_row *r)
{
	for (size_t i = 0; i < c->n_rows; i++)
		if (c->rows[i].label && r->label && strcmp(c->rows[i].label, r->label) == 0 &&
		    c->rows[i].column && r->column && strcmp(c->rows[i].column, r->column) == 0)
			return true;
	return false;
}

/* TONE_COUNT: it is none. */
static int tone_of(const char *word)
{
	static const char *const tones[TONE_COUNT] = {
		[TONE_PLAIN] = "plain", [TONE_RED] = "red", [TONE_YELLOW] = "yellow", [TONE_GREEN] = "green",
		[TONE_GREY] = "grey",
	};
	int tone = TONE_PLAIN;

	while (word && tone < TONE_COUNT && strcmp(tones[tone], word) != 0)
		tone++;
	return tone;
}

const char *chart_row(struct chart *c, char *const *words)
{
	struct point_row *r = &c->rows[c->n_rows];
	int tone = tone_of(words[CHART_TONE]), mark = tone_of(words[CHART_MARK]);

	if (tone == TONE_COUNT || mark == TONE_COUNT)
		return "tone and mark must come to plain, red, yellow, green or grey";
	*r = (struct point_row){ .label = words[CHART_LABEL], .says = words[CHART_SAYS],
	    .word = words[CHART_WORD], .column = words[CHART_COLUMN], .link = words[CHART_TO],
	    .group = words[CHART_GROUP], .tone = (enum tone)tone, .mark = (enum tone)mark };
	if (c->kind == CHART_HEAT && is_there(c, r))
		return "a heat table has one row for each label and column";
	if (!number_of(words[CHART_VALUE], &r->value) || !number_of(words[CHART_TARGET], &r->target) ||
	    !number_of(words[CHART_AT], &c->at))
		return "value, target and at must come to a number, or to nothing";
	c->n_rows++;
	return NULL;
}
