/*
 * trace_cell - the cells of an archived file, read once more.  Only the collector reads foreign bytes, in its
 * box and under the rule set of the file's label: so it is asked, as a program, and what it answers is
 * compared with what the snapshot says.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/text.h"
#include "aggregator.h"

/* ---- the child ---- */

/* Nothing but the system's reason; -1. */
static int complain(const char *what)
{
	(void)fprintf(stderr, "aggregator: %s: %s\n", what, strerror(errno));
	return -1;
}

/*
 * The program beside our own; else its bare name, for the PATH.  Where the system does not say whether there
 * is one beside us, another version from the PATH must not pass for it.
 */
static int find_collector(struct buf *out)
{
	static const char own[] = "/proc/self/exe";
	char self[PATH_MAX];
	ssize_t n = readlink(own, self, sizeof self - 1);
	char *slash;

	if (n < 0 && errno != ENOENT)
		return complain(own);
	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		if (slash != NULL) {
			buf_add(out, self, (size_t)(slash - self) + 1);
			buf_str(out, "collector");
			if (access(buf_cstr(out), X_OK) == 0)
				return 0;
			if (errno != ENOENT && errno != EACCES)
				return complain(buf_cstr(out));
		}
	}
	buf_reset(out);
	buf_str(out, "collector");
	return 0;
}

/* Never returns. */
static void run_child(const struct tracing *t, const char *program, int out, const char *submission,
    const char *form)
{
	char *argv[] = { mem_dup("collector"), mem_dup("-c"), mem_dup(t->p->conf.file), mem_dup("-s"),
		mem_dup(t->p->site.root), mem_dup("cell"), mem_dup(submission), mem_dup(form), NULL };

	if (dup2(out, STDOUT_FILENO) >= 0)
		(void)execvp(program, argv);
	(void)fprintf(stderr, "aggregator: %s: %s\n", program, strerror(errno));
	_exit(EX_SOFTWARE);
}

/* All that FD has to say.  -1 with errno. */
static int read_all(int fd, struct buf *out)
{
	char block[65536];
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) != 0) {
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			buf_add(out, block, (size_t)n);
	}
	return 0;
}

/* What collector cell prints; -1 after it complained (on stderr). */
static int ask_collector(const struct tracing *t, const char *submission, const char *form, struct buf *out)
{
	struct buf program = { 0 };
	int ends[2], status = -1, rc = -1;
	pid_t pid;

	if (find_collector(&program) != 0)
		goto out;
	(void)fflush(stdout);
	if (pipe(ends) != 0) {
		(void)complain("pipe");
		goto out;
	}
	pid = fork();
	if (pid < 0)
		(void)complain("fork");
	if (pid == 0)
		run_child(t, buf_cstr(&program), ends[1], submission, form);
	(void)close(ends[1]);
	if (pid > 0) {
		rc = read_all(ends[0], out);
		if (rc != 0)
			(void)complain(buf_cstr(&program));
		/* or a child that is not read any more would be waited for without end */
		(void)close(ends[0]);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	} else {
		(void)close(ends[0]);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		rc = -1;
out:
	buf_free(&program);
	return rc;
}

/* ---- what it said ---- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Undo \xNN in place. */
static void unescape(char *s)
{
	char *to = s;

	while (*s != '\0') {
		if (s[0] == '\\' && s[1] == 'x' && hex_digit(s[2]) >= 0 && hex_digit(s[3]) >= 0) {
			*to++ = (char)(hex_digit(s[2]) * 16 + hex_digit(s[3]));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* The next part of *P up to a tab; "" at the end. */
static char *next_part(char **p)
{
	char *part = *p, *tab = strchr(part, '\t');

	if (tab != NULL)
		*tab = '\0';
	*p = tab != NULL ? tab + 1 : part + strlen(part);
	unescape(part);
	return part;
}

/* "cell FIELD PLACE HEADER KIND VALUE RAW" of ROW. */
static void add_cell(struct page *page, int64_t row, char *rest)
{
	struct raw_cell cell = { .row = row };

	cell.field = next_part(&rest);
	cell.place = next_part(&rest);
	cell.header = next_part(&rest);
	cell.kind = next_part(&rest);
	cell.value = next_part(&rest);
	cell.raw = next_part(&rest);
	vec_room(page->v, page->n, page->cap);
	page->v[page->n++] = cell;
}

/* A row that begins is a cell without a field, so that two rows on one line of XML stay two. */
static void add_row(struct page *page, int64_t row)
{
	struct raw_cell start = { .row = row, .field = page->none };

	vec_room(page->v, page->n, page->cap);
	page->v[page->n++] = start;
}

static void read_page(struct page *page, const char *said)
{
	int64_t row = 0;

	for (const char *p = said; *p != '\0';) {
		size_t len = strcspn(p, "\n");
		char *line = arena_ndup(&page->arena, p, len);

		if (strncmp(line, "row\t", 4) == 0) {
			row = strtoll(line + 4, NULL, 10);
			add_row(page, row);
		} else if (strncmp(line, "cell\t", 5) == 0) {
			add_cell(page, row, line + 5);
		}
		p += len + (p[len] == '\n' ? 1 : 0);
	}
}

const struct page *pages_find(struct tracing *t, const char *submission, const char *form)
{
	struct pages *all = &t->pages;
	struct buf said = { 0 };
	const struct archived *file;
	struct page *page;
	struct why ignored;

	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->v[i].submission, submission) == 0 && strcmp(all->v[i].form, form) == 0)
			return &all->v[i];
	}
	vec_room(all->v, all->n, all->cap);
	page = &all->v[all->n++];
	*page = (struct page){ .submission = mem_dup(submission), .form = mem_dup(form) };
	page->none = mem_dup("");
	file = archived_find(t, submission, &ignored);
	if (file != NULL && !archived_is_equal(file))
		page->failed = file->checked;
	else if (file == NULL || ask_collector(t, submission, form, &said) != 0)
		page->failed = "FILE NOT READABLE";
	if (page->failed != NULL)
		t->differs = true;
	else
		read_page(page, buf_cstr(&said));
	buf_free(&said);
	return page;
}

void pages_free(struct pages *pages)
{
	for (size_t i = 0; i < pages->n; i++) {
		free(pages->v[i].submission);
		free(pages->v[i].form);
		free(pages->v[i].none);
		free(pages->v[i].v);
		arena_free(&pages->v[i].arena);
	}
	free(pages->v);
	*pages = (struct pages){ 0 };
}

/* ---- finding ---- */

const struct raw_cell *page_cell(const struct page *page, ptrdiff_t from, const struct field *field)
{
	for (size_t i = (size_t)from + 1; i < page->n && *page->v[i].field != '\0'; i++) {
		/* The file was read under the form of its time. */
		if (field_column(field, &page->v[i].field, 1) != NULL)
			return &page->v[i];
	}
	return NULL;
}

/* Whether the row at FROM has KEY; parts that the engine gives out may be empty. */
static bool row_has_key(const struct page *page, ptrdiff_t from, const struct form *form, const char *key)
{
	struct buf said = { 0 };
	bool same = true, given = false;

	for (size_t i = 0; i < form->n_keys; i++) {
		const struct field *f = &form->fields[form->keys[i]];
		const struct raw_cell *cell = page_cell(page, from, f);

		given = given || (f->assign != NULL && (cell == NULL || *cell->value == '\0'));
		buf_fmt(&said, "%s%s", i > 0 ? " " : "", cell != NULL ? cell->value : "");
	}
	same = given || strcmp(buf_cstr(&said), key) == 0;
	buf_free(&said);
	return same;
}

ptrdiff_t page_row(const struct page *page, const struct form *form, const char *key, int64_t row)
{
	for (size_t i = 0; i < page->n; i++) {
		if (*page->v[i].field == '\0' && page->v[i].row == row &&
		    row_has_key(page, (ptrdiff_t)i, form, key))
			return (ptrdiff_t)i;
	}
	return -1;
}

/* ---- showing ---- */

static bool same_text(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/*
 * What the archive says of VALUE, in one word; a word in capitals is a difference.  A field that the file
 * does not have stays as it was: the history shows the file that has it.
 */
static const char *judge_cell(const struct raw_cell *cell, const struct field *field, const char *value)
{
	if (cell == NULL)
		return field->carry || value == NULL ? "not in this file" : "NOT IN THIS FILE";
	if (strcmp(cell->kind, "value") == 0)
		return same_text(cell->value, value) ? "equal" : "DIFFERENT";
	if (strcmp(cell->kind, "empty") != 0)
		return "UNREADABLE";
	if (value == NULL)
		return "equal";
	if (field->assign != NULL)
		return "given by the engine";
	return same_text(cell->value, value) ? "default" : "DIFFERENT";
}

static bool is_capital(const char *word)
{
	return *word >= 'A' && *word <= 'Z';
}

static void show_brief(struct tracing *t, const struct raw_cell *cell, const char *said)
{
	struct buf line = { 0 };

	if (cell != NULL)
		buf_fmt(&line, "%s \"%s\" %s, %s", cell->place, cell->header, cell->raw, said);
	else
		buf_str(&line, said);
	tree_value(&t->out, "cell", buf_cstr(&line));
	buf_free(&line);
}

void cell_show(struct tracing *t, const struct page *page, ptrdiff_t from, const struct field *field,
    const char *value, bool brief)
{
	const struct raw_cell *cell = from >= 0 ? page_cell(page, from, field) : NULL;
	const char *said = page->failed != NULL ? page->failed : from < 0 ? "ROW NOT THERE"
	    : judge_cell(cell, field, value);

	t->differs = t->differs || is_capital(said);
	if (brief && !t->out.json) {
		show_brief(t, cell, said);
		return;
	}
	if (cell != NULL) {
		tree_value(&t->out, "column", cell->place);
		tree_value(&t->out, "header", cell->header);
		tree_value(&t->out, "cell", cell->raw);
	}
	tree_value(&t->out, "archive", said);
}
