/*
 * judge_packed - the values of rows that are not at hand.
 *
 * Rationale: a giant file has millions of values, and two of three are nothing, a small number, or the cell's own
 * text.  So a row is four bits a field, which say what the value is, and then of each what they do not say.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

enum packed {
	PACKED_ABSENT = 0, PACKED_NULL, /* the second is the first with a bit more, and nothing follows of either */
	PACKED_INTEGER,                 /* seven bits a byte, lowest first, signs folded in */
	PACKED_REAL,
	PACKED_TEXT,                    /* where it is */
	PACKED_CELL,                    /* the cell's is the same */
};

#define MOST_BYTES 10u                  /* of one value */

/* The text of the cell that field I has in ROW's file; NULL: none. */
static const char *cell_of(const struct judged_sheet *s, const struct judged_row *row, size_t i)
{
	return s->column_of[i] == NONE ? NULL : sheet_cell(s->sheet, row->source, s->column_of[i]).s;
}

static unsigned char *put_integer(unsigned char *to, int64_t v)
{
	uint64_t u = (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);

	for (; u >= 0x80; u >>= 7)
		*to++ = (unsigned char)(u & 0x7f) | 0x80;
	*to++ = (unsigned char)u;
	return to;
}

static const unsigned char *get_integer(const unsigned char *p, int64_t *out)
{
	uint64_t u = 0;

	for (unsigned shift = 0; ; shift += 7) {
		u |= (uint64_t)(*p & 0x7f) << shift;
		if (*p++ < 0x80)
			break;
	}
	*out = (int64_t)(u >> 1 ^ (u & 1 ? UINT64_MAX : 0));
	return p;
}

/* Lay V down at *TO, which moves; what it is. */
static enum packed put_packed(unsigned char **to, const struct value *v, const char *cell)
{
	switch (v->kind) {
	case VALUE_ABSENT:
		return PACKED_ABSENT;
	case VALUE_INTEGER:
		*to = put_integer(*to, v->i);
		return PACKED_INTEGER;
	case VALUE_REAL:
		memcpy(*to, &v->r, sizeof v->r);
		*to += sizeof v->r;
		return PACKED_REAL;
	case VALUE_TEXT:
		if (v->s == cell || (cell != NULL && strcmp(v->s, cell) == 0))
			return PACKED_CELL;
		memcpy(*to, &v->s, sizeof v->s);
		*to += sizeof v->s;
		return PACKED_TEXT;
	case VALUE_NULL:
	default:
		return PACKED_NULL;
	}
}

static enum packed packed_kind(const struct judged_row *row, size_t i)
{
	return (enum packed)(row->packed[i / 2] >> (i % 2 * 4) & 0xf);
}

/* The value of field I, which is laid down at P as KIND; behind it. */
static const unsigned char *get_packed(const struct judged_sheet *s, const struct judged_row *row, size_t i,
    enum packed kind, const unsigned char *p, struct value *out)
{
	switch (kind) {
	case PACKED_INTEGER:
		out->kind = VALUE_INTEGER;
		return get_integer(p, &out->i);
	case PACKED_REAL:
		out->kind = VALUE_REAL;
		memcpy(&out->r, p, sizeof out->r);
		return p + sizeof out->r;
	case PACKED_TEXT:
		out->kind = VALUE_TEXT;
		memcpy(&out->s, p, sizeof out->s);
		return p + sizeof out->s;
	case PACKED_CELL:
		*out = (struct value){ .kind = VALUE_TEXT, .s = cell_of(s, row, i) };
		return p;
	case PACKED_ABSENT:
		*out = (struct value){ .kind = VALUE_ABSENT };
		return p;
	case PACKED_NULL:
	default:
		*out = (struct value){ .kind = VALUE_NULL };
		return p;
	}
}

void row_pack(struct judged *f, const struct judged_sheet *s, struct judged_row *row)
{
	size_t n = s->sheet->form->n_fields, kinds = (n + 1) / 2, bytes;
	unsigned char room[512], *packed = room, *to;

	if (kinds + n * MOST_BYTES > sizeof room)
		packed = mem_alloc(kinds + n * MOST_BYTES);
	memset(packed, 0, kinds);
	to = packed + kinds;
	for (size_t i = 0; i < n; i++) {
		const char *cell = row->values[i].kind == VALUE_TEXT ? cell_of(s, row, i) : NULL;
		enum packed kind = put_packed(&to, &row->values[i], cell);

		packed[i / 2] = (unsigned char)(packed[i / 2] | (unsigned)kind << (i % 2 * 4));
	}
	bytes = (size_t)(to - packed);
	assert(bytes <= UINT16_MAX);
	if (row->packed == NULL || bytes > row->n_packed)
		row->packed = (unsigned char *)arena_ndup(&f->arena, packed, bytes);
	else
		memcpy(row->packed, packed, bytes);
	row->n_packed = (uint16_t)bytes;
	row->values = NULL;
	if (packed != room)
		free(packed);
}

void row_pack_null(struct judged_row *row, size_t i)
{
	unsigned shift = i % 2 * 4;

	assert(packed_kind(row, i) == PACKED_ABSENT);
	row->packed[i / 2] = (unsigned char)(row->packed[i / 2] | (unsigned)PACKED_NULL << shift);
}

void row_leave(struct judged_row *row)
{
	row->values = NULL;
}

void row_unpack(const struct judged_sheet *s, const struct judged_row *row, struct value *out)
{
	size_t n = s->sheet->form->n_fields;
	const unsigned char *p = row->packed + (n + 1) / 2;

	for (size_t i = 0; i < n; i++)
		p = get_packed(s, row, i, packed_kind(row, i), p, &out[i]);
}

struct value row_value(const struct judged_sheet *s, const struct judged_row *row, size_t field)
{
	const unsigned char *p = row->packed + (s->sheet->form->n_fields + 1) / 2;
	struct value v;

	for (size_t i = 0; ; i++) {
		enum packed kind = packed_kind(row, i);

		if (i == field) {
			(void)get_packed(s, row, i, kind, p, &v);
			return v;
		}
		if (kind == PACKED_INTEGER)
			p = get_integer(p, &v.i);
		else if (kind == PACKED_REAL || kind == PACKED_TEXT)
			p += 8;
	}
}
