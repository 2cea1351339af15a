/*
 * fuzz_value - one cell, typed.  The first byte chooses the field among those of all forms, the rest is the
 * cell. What is taken has its type's shape, and what was made of a cell is read as the same again.
 */
#include "fuzz.h"

static const struct field *field_number(const struct ruleset *rs, size_t i)
{
	size_t all = 0;

	for (size_t k = 0; k < rs->n_forms; k++)
		all += rs->forms[k]->n_fields;
	i %= all;
	for (size_t k = 0; ; i -= rs->forms[k++]->n_fields)
		if (i < rs->forms[k]->n_fields)
			return &rs->forms[k]->fields[i];
}

static bool is_day(const char *s)
{
	day_t d;

	return strlen(s) == 10 && day_parse(s, 10, &d) == 0;
}

static bool fits(const struct field *f, const struct value *v)
{
	struct week w;

	if (v->kind == VALUE_NULL)
		return true;
	switch (f->type) {
	case FIELD_MONEY:
	case FIELD_INTEGER:
		return v->kind == VALUE_INTEGER;
	case FIELD_YESNO:
		return v->kind == VALUE_INTEGER && (v->i == 0 || v->i == 1);
	case FIELD_PERCENT:
		return v->kind == VALUE_REAL && v->r == v->r && v->r - v->r == 0;
	case FIELD_DATE:
		return v->kind == VALUE_TEXT && is_day(v->s);
	case FIELD_MONTH:
		return v->kind == VALUE_TEXT && strlen(v->s) == 7;
	case FIELD_WEEK:
		return v->kind == VALUE_TEXT && week_parse(v->s, strlen(v->s), &w) == 0;
	case FIELD_USCC:
		return v->kind == VALUE_TEXT && strlen(v->s) == 18;
	case FIELD_TEXT:
	case FIELD_CODE:
	case FIELD_REF:
	case FIELD_ENUM:
	case FIELD_TOWN:
	case FIELD_PHONE:
	default:
		return v->kind == VALUE_TEXT && v->s[0] != '\0';
	}
}

/* The same kind and content; how it is written may differ once only. */
static void check_again(const struct fuzz *f, const struct column *column, const struct value *v)
{
	struct finding at = { 0 };
	struct findings fs = { 0 };
	struct arena arena = { 0 };
	struct value again;

	if (v->kind == VALUE_TEXT && v->s[0] != '\'' && column->field->type != FIELD_TOWN) {
		fuzz_check_text(span_of(v->s));
		HOLDS(value_parse(f->rules, "320412", column, span_of(v->s), &at, &arena, &again, &fs) == 0);
		HOLDS(again.kind == VALUE_NULL || strcmp(again.s, v->s) == 0);
	}
	findings_free(&fs);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz *f = fuzz_world();
	struct column column = { .reserved = -1, .col = 1 };
	struct finding at = { 0 };
	struct findings fs = { 0 };
	struct arena arena = { 0 };
	struct value v;
	size_t bad;

	/* What the box lets through: text, no NUL, of a cell's length. */
	if (size < 1 || size - 1 > reading_cell(&f->rules->limits) || memchr(data + 1, 0, size - 1) != NULL ||
	    !utf8_valid((const char *)data + 1, size - 1, &bad))
		return 0;
	column.field = field_number(f->rules, data[0]);
	column.header = column.field->title;
	column.unit_yuan = column.field->unit_yuan;
	column.unit_word = column.field->unit;
	/* A copy of its very length and the NUL: a byte read past that is seen. */
	char *cell = mem_ndup(data + 1, size - 1);

	int rc = value_parse(f->rules, "320412", &column, (struct span){ cell, size - 1 }, &at, &arena, &v, &fs);

	fuzz_check_findings(&fs);
	HOLDS(rc == 0 ? findings_worst(&fs) < SEV_ERROR : findings_worst(&fs) >= SEV_ERROR);
	if (rc == 0) {
		HOLDS(fits(column.field, &v));
		check_again(f, &column, &v);
	}
	free(cell);
	findings_free(&fs);
	arena_free(&arena);
	return 0;
}
