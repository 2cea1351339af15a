/*
 * weeklist - a JSON array of flat objects, one a week.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "weeklist.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether the next byte that is no blank is C; then *P is behind it. */
static bool takes(const char **p, const char *end, char c)
{
	while (*p < end && is_blank(**p))
		(*p)++;
	if (*p == end || **p != c)
		return false;
	(*p)++;
	return true;
}

/*
 * A text in quotes, or a bare word or number, from *P on.  false: neither, or it has an escape.
 * Names and values are of a few bytes each: memchr would cost more than it finds.
 */
static bool take_value(const char **p, const char *end, struct span *value)
{
	const char *s;

	while (*p < end && is_blank(**p))
		(*p)++;
	s = *p;
	if (s < end && *s == '"') {
		const char *close = s + 1;

		while (close < end && *close != '"' && *close != '\\')
			close++;
		if (close == end || *close != '"')
			return false;
		*p = close + 1;
	} else {
		const char *close = s;

		while (close < end && ((*close >= '0' && *close <= '9') || (*close >= 'a' && *close <= 'z') ||
		    *close == '-' || *close == '+' || *close == '.' || *close == 'E'))
			close++;
		*p = close;
	}
	*value = (struct span){ s, (size_t)(*p - s) };
	return value->n > 0;
}

/* "name": value; of a quoted name what is between the quotes. */
static bool take_member(const char **p, const char *end, struct span *name, struct span *value)
{
	if (!take_value(p, end, name) || name->s[0] != '"' || !takes(p, end, ':') ||
	    !take_value(p, end, value))
		return false;
	name->s++;
	name->n -= 2;
	return true;
}

/* One object, from its brace on. */
static bool take_object(const char **p, const char *end)
{
	struct span name, value;

	if (!takes(p, end, '{'))
		return false;
	if (takes(p, end, '}'))
		return true;
	do {
		if (!take_member(p, end, &name, &value))
			return false;
	} while (takes(p, end, ','));
	return takes(p, end, '}');
}

static bool take_list(struct weeklist *list, const char **p, const char *end)
{
	if (!takes(p, end, '['))
		return false;
	if (takes(p, end, ']'))
		return true;
	do {
		struct span object;

		while (*p < end && is_blank(**p))
			(*p)++;
		object.s = *p;
		if (!take_object(p, end))
			return false;
		object.n = (size_t)(*p - object.s);
		vec_room(list->v, list->n, list->cap);
		list->v[list->n++] = object;
	} while (takes(p, end, ','));
	return takes(p, end, ']');
}

int weeklist_read(struct weeklist *list, struct span text)
{
	const char *p = text.s, *end = text.s + text.n;

	list->n = 0;
	if (!take_list(list, &p, end) || p != end) {
		list->n = 0;
		return -1;
	}
	return 0;
}

int weeklist_add(struct weeklist *list, struct span object, size_t most, struct buf *text)
{
	const char *p = object.s;
	size_t from = list->n < most ? 0 : list->n + 1 - most;

	if (!take_object(&p, object.s + object.n) || p != object.s + object.n)
		return -1;
	buf_char(text, '[');
	for (size_t i = from; i < list->n; i++) {
		buf_add(text, list->v[i].s, list->v[i].n);
		buf_char(text, ',');
	}
	buf_add(text, object.s, object.n);
	buf_char(text, ']');
	vec_room(list->v, list->n, list->cap);
	list->v[list->n] = object;
	list->n -= from;
	list->n++;
	p = buf_cstr(text) + 1;
	for (size_t i = 0; i < list->n; i++) {
		list->v[i] = (struct span){ p, list->v[i + from].n };
		p += list->v[i].n + 1;
	}
	return 0;
}

void weeklist_free(struct weeklist *list)
{
	free(list->v);
	*list = (struct weeklist){ 0 };
}

bool weeklist_value(struct span object, struct span name, struct span *value)
{
	const char *p = object.s, *end = object.s + object.n;
	struct span found;

	if (!takes(&p, end, '{'))
		return false;
	while (take_member(&p, end, &found, value)) {
		if (found.n == name.n && memcmp(found.s, name.s, name.n) == 0)
			return !(value->n == 4 && memcmp(value->s, "null", 4) == 0);
		if (!takes(&p, end, ','))
			return false;
	}
	return false;
}
