/*
 * dbdigest - the content digest of a database: what its rows say, whatever library wrote them.
 *
 * The encoding is fixed (db.h): every .seal rests on it.  How it is computed is not: a week of a nation
 * has hundreds of millions of values, so they are put together in one piece of memory before they are
 * hashed, and numbers are spelled out here.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "buf.h"
#include "db.h"

#define LONGEST_REAL 400        /* "r", 309 digits, a point, six decimals, a sign */

struct spelling {
	spelling_sink *sink;
	void          *to;
	size_t         n;
	char          *piece;
};

struct spelling *spelling_new(spelling_sink *sink, void *to)
{
	struct spelling *s = mem_zero(1, sizeof *s);

	s->sink = sink;
	s->to = to;
	s->piece = mem_alloc(SPELLING_PIECE);
	return s;
}

void spelling_flush(struct spelling *s)
{
	if (s->n > 0)
		s->sink(s->to, s->piece, s->n);
	s->n = 0;
}

void spelling_free(struct spelling *s)
{
	free(s->piece);
	free(s);
}

/* Room for N bytes, N at most SPELLING_PIECE; the caller raises s->n by what he used. */
static char *spelling_room(struct spelling *s, size_t n)
{
	if (SPELLING_PIECE - s->n < n)
		spelling_flush(s);
	return s->piece + s->n;
}

static void spelling_add(struct spelling *s, const void *p, size_t n)
{
	if (n > SPELLING_PIECE) {
		spelling_flush(s);
		s->sink(s->to, p, n);
	} else if (n > 0) {
		memcpy(spelling_room(s, n), p, n);
		s->n += n;
	}
}

/* The decimal digits of X to the bytes that end at END; returns where they begin. */
static char *digits_before(char *end, uint64_t x)
{
	do {
		*--end = (char)('0' + x % 10);
		x /= 10;
	} while (x > 0);
	return end;
}

static void spell_integer(struct spelling *s, int64_t x)
{
	char text[24], *end = text + sizeof text - 1, *p;

	*end = '\0';
	p = digits_before(end, x < 0 ? 0 - (uint64_t)x : (uint64_t)x);
	if (x < 0)
		*--p = '-';
	*--p = 'i';
	spelling_add(s, p, (size_t)(text + sizeof text - p));
}

/*
 * R >= 0 in millionths, rounded half to even, as printf's %.6f rounds it; false where it is too large or
 * too small for it.  R is M / 2^K exactly, so R * 10^6 is M * 5^6 / 2^(K-6), and nothing is lost: M has 53
 * bits and 5^6 has 14.
 */
static bool to_millionths(double r, uint64_t *out)
{
	__extension__ typedef unsigned __int128 wide;
	wide scaled, half, rest;
	int exponent, k;
	double m = frexp(r, &exponent);

	k = 53 - exponent - 6;
	/* k < 3: from 2^44 on the millionths have more than 64 bits */
	if (k < 3 || k > 100)
		return false;
	scaled = (wide)(uint64_t)ldexp(m, 53) * 15625;
	half = (wide)1 << (k - 1);
	rest = scaled & ((half << 1) - 1);
	*out = (uint64_t)(scaled >> k);
	if (rest > half || (rest == half && (*out & 1) != 0))
		*out += 1;
	return true;
}

/* A REAL is rounded: the last bits of a sum must not show; and -0.000000 and 0.000000 are one number. */
static void spell_real(struct spelling *s, double r)
{
	char text[LONGEST_REAL], *end = text + 40, *p;
	uint64_t millionths;

	if (fabs(r) < 0.0000005)
		r = 0;
	if (r == 0) {
		spelling_add(s, "r0.000000", sizeof "r0.000000");
	} else if (to_millionths(fabs(r), &millionths)) {
		*end = '\0';
		p = digits_before(end, millionths % 1000000 + 1000000);
		*p = '.';               /* the digit that kept the leading zeros */
		p = digits_before(p, millionths / 1000000);
		if (r < 0)
			*--p = '-';
		*--p = 'r';
		spelling_add(s, p, (size_t)(end + 1 - p));
	} else {
		int n = snprintf(text, sizeof text, "r%.6f", r);

		spelling_add(s, text, (size_t)n + 1);
	}
}

/* One value: a type letter, its text, a NUL. */
static void spell_value(struct spelling *s, sqlite3_value *v)
{
	int type = sqlite3_value_type(v);
	const void *bytes;

	switch (type) {
	case SQLITE_NULL:
		spelling_add(s, "n", 2);
		return;
	case SQLITE_INTEGER:
		spell_integer(s, sqlite3_value_int64(v));
		return;
	case SQLITE_FLOAT:
		spell_real(s, sqlite3_value_double(v));
		return;
	default:
		spelling_add(s, type == SQLITE_BLOB ? "b" : "t", 1);
		bytes = sqlite3_value_blob(v);
		spelling_add(s, bytes, (size_t)sqlite3_value_bytes(v));
		spelling_add(s, "", 1);
	}
}

static int spell_rows(struct spelling *s, sqlite3 *db, const char *sql, const struct spelling_share *share,
    const char *table, struct why *why)
{
	sqlite3_stmt *stmt = NULL;
	int n, step, rc = -1;

	if (db_prepare(db, sql, &stmt, why) != 0)
		goto out;
	if (share->after != NULL)
		(void)sqlite3_bind_text(stmt, 1, share->after, -1, SQLITE_STATIC);
	if (share->through != NULL)
		(void)sqlite3_bind_text(stmt, 2, share->through, -1, SQLITE_STATIC);
	n = sqlite3_column_count(stmt);
	/* Values of a row as they lie there, not by column: no other thread has this connection. */
	while ((step = db_step(stmt, table, why)) == 1) {
		for (int i = 0; i < n; i++)
			spell_value(s, sqlite3_column_value(stmt, i));
		spelling_add(s, "\n", 1);
	}
	if (step < 0)
		goto out;
	rc = 0;
out:
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* What is to hold of the rows: not those of meta that are no content, and none but SHARE's. */
static void add_conditions(struct buf *sql, const char *table, const char *first_key,
    const struct spelling_share *share)
{
	buf_str(sql, " WHERE true");
	if (strcmp(table, "meta") == 0)
		buf_str(sql, " AND name NOT IN ('program', 'content', 'intake_bytes', 'printed')");
	for (int through = 0; through < 2; through++) {
		if ((through ? share->through : share->after) == NULL)
			continue;
		buf_str(sql, " AND ");
		sql_name(sql, first_key);
		buf_str(sql, through ? " <= ?2" : " > ?1");
	}
}

/*
 * "SELECT columns FROM table ORDER BY primary key" (by all columns where there is
 * none); HEAD becomes the table's line.
 */
static int table_statement(sqlite3 *db, const char *schema, const char *table,
    const struct spelling_share *share, struct buf *sql, struct buf *head, struct why *why)
{
	struct names columns = { 0 }, keys = { 0 };
	const struct names *by;
	int rc = -1;

	if (db_columns(db, schema, table, &columns, why) != 0 || db_keys(db, schema, table, &keys, why) != 0)
		goto out;
	by = keys.n > 0 ? &keys : &columns;
	buf_fmt(head, "table %s", table);
	buf_str(sql, "SELECT ");
	for (size_t i = 0; i < columns.n; i++) {
		buf_fmt(head, " %s", columns.v[i]);
		buf_str(sql, i > 0 ? ", " : "");
		sql_name(sql, columns.v[i]);
	}
	buf_char(head, '\n');
	buf_str(sql, " FROM ");
	sql_name(sql, schema);
	buf_char(sql, '.');
	sql_name(sql, table);
	add_conditions(sql, table, by->v[0], share);
	for (size_t i = 0; i < by->n; i++) {
		buf_str(sql, i > 0 ? ", " : " ORDER BY ");
		sql_name(sql, by->v[i]);
		buf_str(sql, " COLLATE BINARY");
	}
	rc = 0;
out:
	names_free(&columns);
	names_free(&keys);
	return rc;
}

int spelling_table(struct spelling *s, sqlite3 *db, const char *schema, const char *table,
    const struct spelling_share *share, struct why *why)
{
	static const struct spelling_share whole = { 0 };
	struct buf sql = { 0 }, head = { 0 };
	int rc;

	if (table[0] == '_')
		return 0;
	if (share == NULL)
		share = &whole;
	rc = table_statement(db, schema, table, share, &sql, &head, why);
	if (rc == 0) {
		if (share->after == NULL)
			spelling_add(s, head.s, head.len);
		rc = spell_rows(s, db, buf_cstr(&sql), share, table, why);
	}
	buf_free(&sql);
	buf_free(&head);
	return rc;
}

void spelling_to_digest(void *to, const void *p, size_t n)
{
	digest_add(to, p, n);
}

int db_content_digest(sqlite3 *db, const char *schema, char out[DIGEST_HEX], struct why *why)
{
	struct digest *digest = digest_new();
	struct spelling *s = spelling_new(spelling_to_digest, digest);
	struct names tables = { 0 };
	char got[DIGEST_HEX];
	int rc = db_tables(db, schema, &tables, why);

	for (size_t i = 0; rc == 0 && i < tables.n; i++)
		rc = spelling_table(s, db, schema, tables.v[i], NULL, why);
	spelling_flush(s);
	digest_end(digest, got);
	if (rc == 0)
		memcpy(out, got, DIGEST_HEX);
	spelling_free(s);
	names_free(&tables);
	return rc;
}
