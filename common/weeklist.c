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
static inline bool takes(const char **p, const char *end, char c)
{
	while (*p < end && **p != c && is_blank(**p))
		(*p)++;
	if (*p == end || **p != c)
		return false;
	(*p)++;
	return true;
}

/* Bytes of bare words and numbers. */
static const bool is_bare[256] = {
	['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true,
	['7'] = true, ['8'] = true, ['9'] = true, ['a'] = true, ['b'] = true, ['c'] = true, ['d'] = true,
	['e'] = true, ['f'] = true, ['g'] = true, ['h'] = true, ['i'] = true, ['j'] = true, ['k'] = true,
	['l'] = true, ['m'] = true, ['n'] = true, ['o'] = true, ['p'] = true, ['q'] = true, ['r'] = true,
	['s'] = true, ['t'] = true, ['u'] = true, ['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true,
	['z'] = true, ['-'] = true, ['+'] = true, ['.'] = true, ['E'] = true,
};

/*
 * A text in quotes, or a bare word or number, from *P on.  false: neither, or it has an escape.
 * Names and values are of a few bytes each: memchr would cost more than it finds.
 */
static inline bool take_value(const char **p, const char *end, struct span *value)
{
	const char *s = *p, *close;

	while (s < end && is_blank(*s))
		s++;
	if (s < end && *s == '"') {
		close = s + 1;
		while (close < end && *close != '"' && *close != '\\')
			close++;
		if (close == end || *close != '"')
			return false;
		close++;
	} else {
		close = s;
		while (close < end && is_bare[(unsigned char)*close])
			close++;
	}
	*p = close;
	*value = (struct span){ s, (size_t)(close - s) };
	return value->n > 0;
}

/* "name": value of the object that begins at FROM, behind the members of LIST. */
static inline bool take_member(struct weeklist *list, const char *from, const char **p, const char *end)
{
	struct span name, value;

	if (!take_value(p, end, &name) || name.s[0] != '"' || !takes(p, end, ':') ||
	    !take_value(p, end, &value))
		return false;
	vec_room(list->members, list->n_members, list->cap_members);
	list->members[list->n_members++] = (struct weekmember){
		.name = (uint32_t)(name.s + 1 - from), .name_n = (uint32_t)(name.n - 2),
		.value = (uint32_t)(value.s - from), .value_n = (uint32_t)value.n,
	};
	return true;
}

/* One object, from its brace on, behind those of LIST; false: none, and there may be members too many. */
static bool take_object(struct weeklist *list, const char **p, const char *end)
{
	struct weekobject object = { .first = list->n_members };
	const char *from;

	while (*p < end && is_blank(**p))
		(*p)++;
	from = *p;
	if (!takes(p, end, '{'))
		return false;
	if (!takes(p, end, '}')) {
		do {
			if (!take_member(list, from, p, end))
				return false;
		} while (takes(p, end, ','));
		if (!takes(p, end, '}'))
			return false;
	}
	object.text = (struct span){ from, (size_t)(*p - from) };
	object.n = list->n_members - object.first;
	vec_room(list->v, list->n, list->cap);
	list->v[list->n++] = object;
	return true;
}

static bool take_list(struct weeklist *list, const char **p, const char *end)
{
	if (!takes(p, end, '['))
		return false;
	if (takes(p, end, ']'))
		return true;
	do {
		if (!take_object(list, p, end))
			return false;
	} while (takes(p, end, ','));
	return takes(p, end, ']');
}

int weeklist_read(struct weeklist *list, struct span text)
{
	const char *p = text.s, *end = text.s + text.n;

	list->n = list->n_members = 0;
	if (!take_list(list, &p, end) || p != end) {
		list->n = list->n_members = 0;
		return -1;
	}
	return 0;
}

int weeklist_add(struct weeklist *list, struct span object, size_t most, struct buf *text)
{
	const char *p = object.s, *end = object.s + object.n;
	size_t n = list->n, n_members = list->n_members, from = n < most ? 0 : n + 1 - most;

	if (!take_object(list, &p, end) || list->v[n].text.s != object.s || p != end) {
		list->n = n;
		list->n_members = n_members;
		return -1;
	}
	for (size_t i = from; i < list->n; i++) {
		buf_char(text, i > from ? ',' : '[');
		buf_add(text, list->v[i].text.s, list->v[i].text.n);
	}
	buf_char(text, ']');
	list->n -= from;
	memmove(list->v, list->v + from, list->n * sizeof *list->v);
	p = buf_cstr(text) + 1;
	for (size_t i = 0; i < list->n; i++) {
		list->v[i].text.s = p;
		p += list->v[i].text.n + 1;
	}
	return 0;
}

void weeklist_free(struct weeklist *list)
{
	free(list->v);
	free(list->members);
	*list = (struct weeklist){ 0 };
}

bool weeklist_value(const struct weeklist *list, size_t i, struct span name, struct span *value)
{
	const struct weekobject *object = &list->v[i];
	const struct weekmember *m = list->members + object->first;

	for (const struct weekmember *end = m + object->n; m < end; m++) {
		if (m->name_n != name.n || memcmp(object->text.s + m->name, name.s, name.n) != 0)
			continue;
		*value = (struct span){ object->text.s + m->value, m->value_n };
		return !(value->n == 4 && memcmp(value->s, "null", 4) == 0);
	}
	return false;
}
