/* reference - our own CSV tables, read strictly. */
#include "reference.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

struct csv {
	struct arena *a;
	const char *p, *end, *file;
	struct why *why;
	int line;
	char **cells;           /* of all rows so far, the header's first */
	size_t n, cap;
	int *lines;             /* by row, the header's first */
	size_t rows, cap_rows;
};

#define complain(c, ...) why_config((c)->why, (c)->file, (c)->line, __VA_ARGS__)

static void csv_put(struct csv *c, const char *s, size_t n)
{
	vec_room(c->cells, c->n, c->cap);
	c->cells[c->n++] = arena_ndup(c->a, s, n);
}

static bool at_end_of_cell(const struct csv *c)
{
	return c->p == c->end || *c->p == ',' || *c->p == '\n' || *c->p == '\r';
}

static int quoted_cell(struct csv *c)
{
	struct buf cell = { 0 };
	int opened = c->line, rc = -1;

	for (c->p++; c->p < c->end; c->p++) {
		if (*c->p == '"' && (c->p + 1 == c->end || c->p[1] != '"'))
			break;
		if (*c->p == '"')
			c->p++;
		if (*c->p == '\n')
			c->line++;
		buf_char(&cell, *c->p);
	}
	if (c->p == c->end) {
		why_config(c->why, c->file, opened, "a quote that is not closed");
		goto out;
	}
	c->p++;
	if (!at_end_of_cell(c)) {
		complain(c, "text after the closing quote");
		goto out;
	}
	csv_put(c, buf_cstr(&cell), cell.len);
	rc = 0;
out:
	buf_free(&cell);
	return rc;
}

static int plain_cell(struct csv *c)
{
	const char *start = c->p;

	while (!at_end_of_cell(c)) {
		if (*c->p == '"')
			return complain(
			    c, "a quote inside a cell: quote the whole cell and double the quotes in it");
		c->p++;
	}
	csv_put(c, start, (size_t)(c->p - start));
	return 0;
}

/* LF or CRLF. */
static int end_of_line(struct csv *c)
{
	if (c->p < c->end && *c->p == '\r')
		c->p++;
	if (c->p == c->end && c->p[-1] != '\r')
		return 0;
	if (c->p == c->end || *c->p != '\n')
		return complain(c, "a CR inside the line: lines end in LF or CRLF");
	c->p++;
	c->line++;
	return 0;
}

static int csv_row(struct csv *c)
{
	size_t before = c->n;

	vec_room(c->lines, c->rows, c->cap_rows);
	c->lines[c->rows++] = c->line;
	for (;;) {
		if (c->p < c->end && *c->p == '"' ? quoted_cell(c) != 0 : plain_cell(c) != 0)
			return -1;
		if (c->p == c->end || *c->p != ',')
			break;
		c->p++;
	}
	if (c->rows > 1 && c->n - before != before / (c->rows - 1)) {
		c->line = c->lines[c->rows - 1];
		return complain(
		    c, "the row has %zu cells; the header has %zu", c->n - before, before / (c->rows - 1));
	}
	return end_of_line(c);
}

static int check_bytes(struct csv *c, const char *bytes, size_t n)
{
	size_t bad;

	c->line = 1;
	if (n == 0)
		return complain(c, "the file is empty: wanted a header line");
	if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		return complain(c, "begins with a byte order mark: save as UTF-8 without BOM");
	if (!utf8_valid(bytes, n, &bad) || (memchr(bytes, '\0', n) != NULL && (bad = strlen(bytes), true))) {
		for (size_t i = 0; i < bad; i++)
			c->line += bytes[i] == '\n';
		return complain(c, "byte %zu of the file is not UTF-8 text", bad + 1);
	}
	return 0;
}

static bool is_column_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && s[n] == '\0' && s[0] >= 'a' && s[0] <= 'z';
}

static int check_header(struct csv *c, size_t columns)
{
	c->line = c->lines[0];
	for (size_t i = 0; i < columns; i++) {
		if (!is_column_name(c->cells[i]))
			return complain(c,
			    "column name \"%s\": wanted small letters, digits and _, a letter first",
			    c->cells[i]);
		for (size_t j = 0; j < i; j++)
			if (strcmp(c->cells[i], c->cells[j]) == 0)
				return complain(c, "column \"%s\" is there twice", c->cells[i]);
	}
	return 0;
}

struct key_line {
	const char *key;
	int line;
};

static int by_key(const void *a, const void *b)
{
	const struct key_line *x = a, *y = b;
	int rc = strcmp(x->key, y->key);

	return rc != 0 ? rc : (x->line > y->line) - (x->line < y->line);
}

/* The first column is the key: not empty, not twice. */
static int check_keys(struct csv *c, size_t columns)
{
	struct key_line *k = mem_alloc(c->rows * sizeof *k);
	size_t n = 0;
	int rc = -1;

	for (size_t i = 1; i < c->rows; i++) {
		k[n].key = c->cells[i * columns];
		k[n++].line = c->lines[i];
	}
	qsort(k, n, sizeof *k, by_key);
	for (size_t i = 0; i < n; i++) {
		c->line = k[i].line;
		if (*k[i].key == '\0') {
			complain(c, "%s is empty", c->cells[0]);
			goto out;
		}
		if (i > 0 && strcmp(k[i].key, k[i - 1].key) == 0) {
			complain(c, "%s \"%s\" is there twice (first in line %d)", c->cells[0], k[i].key,
			    k[i - 1].line);
			goto out;
		}
	}
	rc = 0;
out:
	free(k);
	return rc;
}

static void hand_over(struct csv *c, const char *name, size_t columns, struct reference *out)
{
	struct reference ref = { .n_columns = columns, .n_rows = c->rows - 1 };
	size_t cells = columns * ref.n_rows;

	ref.name = arena_dup(c->a, name);
	ref.file = arena_dup(c->a, c->file);
	ref.columns = arena_alloc(c->a, columns * sizeof *ref.columns);
	memcpy(ref.columns, c->cells, columns * sizeof *ref.columns);
	ref.cells = arena_alloc(c->a, (cells + 1) * sizeof *ref.cells);
	ref.lines = arena_alloc(c->a, (ref.n_rows + 1) * sizeof *ref.lines);
	if (ref.n_rows > 0) {
		memcpy(ref.cells, c->cells + columns, cells * sizeof *ref.cells);
		memcpy(ref.lines, c->lines + 1, ref.n_rows * sizeof *ref.lines);
	}
	*out = ref;
}

int reference_parse(struct arena *a, const char *name, const char *bytes, size_t n, const char *file,
    struct reference *out, struct why *why)
{
	struct csv c = { .a = a, .p = bytes, .end = bytes + n, .file = file, .why = why };
	size_t columns;
	int rc = -1;

	if (check_bytes(&c, bytes, n) != 0)
		return -1;
	while (c.p < c.end)
		if (csv_row(&c) != 0)
			goto out;
	columns = c.n / c.rows;
	if (check_header(&c, columns) != 0 || check_keys(&c, columns) != 0)
		goto out;
	hand_over(&c, name, columns, out);
	rc = 0;
out:
	free(c.cells);
	free(c.lines);
	return rc;
}

int reference_column(const struct reference *ref, const char *column)
{
	for (size_t i = 0; i < ref->n_columns; i++)
		if (strcmp(ref->columns[i], column) == 0)
			return (int)i;
	return -1;
}

const char *reference_cell(const struct reference *ref, size_t row, size_t column)
{
	return ref->cells[row * ref->n_columns + column];
}

long reference_row(const struct reference *ref, const char *key)
{
	for (size_t i = 0; i < ref->n_rows; i++)
		if (strcmp(reference_cell(ref, i, 0), key) == 0)
			return (long)i;
	return -1;
}

int reference_needs(const struct reference *ref, const char *columns, struct why *why)
{
	char *list = mem_dup(columns), *save = NULL;
	int rc = 0;

	for (char *s = strtok_r(list, " ", &save); s != NULL && rc == 0; s = strtok_r(NULL, " ", &save))
		if (reference_column(ref, s) < 0)
			rc = why_config(
			    why, ref->file, 1, "column \"%s\" is missing; wanted: %s", s, columns);
	free(list);
	return rc;
}
