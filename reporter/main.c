/*
 * reporter - typesets the briefings of sealed weeks and of the open week's draft.
 */
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/env.h"
#include "reporter.h"

enum { OPT_WEEK, OPT_BRIEFING, OPT_UNIT, OPT_OUT, OPT_TYPE, OPT_COUNT };

static const char usage[] =
    "usage: reporter [-c FILE] [-s DIR] [-t TIME] [-j N] [-nv] [run]\n"
    "       reporter [-c FILE] [-s DIR] check\n"
    "       reporter [-c FILE] [-s DIR] -w WEEK -b BRIEFING [-u UNIT] -o FILE [-T pdf|text]\n";

/* FILE as the command line names it: published like every file; "-" is standard output. */
static int file_write(const char *file, const struct buf *bytes, struct why *why)
{
	char *folder = mem_dup(file), *name = mem_dup(file);
	int dir, rc = -1;

	if (strcmp(file, "-") == 0) {
		rc = fwrite(bytes->s, 1, bytes->len, stdout) == bytes->len && fflush(stdout) == 0 ? 0 :
		    why_errno(why, "standard output");
	} else if ((dir = fsio_folder(dirname(folder), why)) >= 0) {
		rc = fsio_publish(dir, basename(name), bytes->s, bytes->len, 0644, why);
		close(dir);
	}
	free(folder);
	free(name);
	return rc;
}

static int options_check(const struct proc *p, const struct proc_option *o, struct week *week,
    enum output *output,
    struct why *why)
{
	const char *type = o[OPT_TYPE].value;

	if (!o[OPT_WEEK].value || !o[OPT_BRIEFING].value || !o[OPT_OUT].value || p->argc > 0)
		return why_set(why, EX_USAGE,
		    "-w WEEK, -b BRIEFING and -o FILE go together (-u and -T only with them)");
	if (week_parse(o[OPT_WEEK].value, strlen(o[OPT_WEEK].value), week) != 0)
		return why_set(why, EX_USAGE, "-w %s: a week is written like 2022-W17", o[OPT_WEEK].value);
	if (type && strcmp(type, "pdf") != 0 && strcmp(type, "text") != 0)
		return why_set(why, EX_USAGE, "-T %s: pdf or text", type);
	*output = type && strcmp(type, "text") == 0 ? OUTPUT_TEXT : OUTPUT_PDF;
	return 0;
}

/* Whether there is such a document: of a briefing that is made for each of several, or of a unit. */
static int unit_check(const struct job *job, sqlite3 *db, struct why *why)
{
	const char *unit = job->unit, *name = job->briefing->name;
	struct bind_each each = { .n = 0 };
	bool found = false;
	int rc = 0;

	if (!job->briefing->per && unit && !ruleset_unit(job->rules, unit))
		return why_set(why, EX_USAGE, "-u %s: there is no such unit", unit);
	if (!job->briefing->per)
		return 0;
	if (!unit)
		return why_set(why, EX_USAGE,
		    "briefing %s is made for each of several: -u UNIT says for whom", name);
	rc = publish_each(job, db, &each, why);
	for (size_t i = 0; rc == 0 && i < each.n; i++)
		found = found || strcmp(each.v[i], unit) == 0;
	if (rc == 0 && !found)
		rc = why_set(why, EX_DATAERR, "there is no briefing %s for %s in this week", name, unit);
	bind_each_free(&each);
	return rc;
}

/*
 * BRIEFING of the open week is worded by today's texts, which nobody may have checked yet; a sealed week's
 * were before it was sealed.  Where it fails, the check of all texts names the line better.
 */
static int text_check(const struct proc *p, struct week week, struct briefing *briefing, struct why *why)
{
	struct why better;

	if (site_is_sealed(&p->site, week) || bind_check(&briefing, 1, p->rules, why) == 0)
		return 0;
	if (why->code == EX_CONFIG && env_check(p->rules, &better) != 0)
		*why = better;
	return -1;
}

/* One briefing into a file. */
static int one(const struct proc *p, const struct proc_option *o)
{
	struct job job = { .unit = o[OPT_UNIT].value };
	struct publish_rules rules = { 0 };
	struct type *type = NULL;
	struct briefing *b = NULL;
	struct buf bytes = { 0 };
	struct why why = { 0 };
	struct path snapshot;
	sqlite3 *db = NULL;
	struct week week;
	bool failed = false;
	int code = EX_DONE;

	if (options_check(p, o, &week, &job.output, &why) != 0 ||
	    publish_rules_find(p, week, site_snapshot(&snapshot, week), &rules, &why) != 0 ||
	    publish_template(rules.rules, o[OPT_BRIEFING].value, &b, &why) != 0 ||
	    text_check(p, week, b, &why) != 0 || type_open(&p->conf, &type, &why) != 0 ||
	    publish_open(p, snapshot.s, &db, &why) != 0)
		goto bad;
	job.rules = rules.rules;
	job.briefing = b;
	job.type = type;
	if (unit_check(&job, db, &why) != 0)
		goto bad;
	if (publish_make(p, &job, db, &bytes, &failed, &why) != 0 ||
	    (!p->dry && file_write(o[OPT_OUT].value, &bytes, &why) != 0))
		goto bad;
	code = failed ? EX_PERSON : EX_DONE;
	goto out;
bad:
	proc_complain(p, &why);
	code = why.code;
out:
	buf_free(&bytes);
	template_free(b);
	type_free(type);
	db_close(db);
	ruleset_free(rules.own);
	return code;
}

/* Every text, every font. */
static int check(const struct proc *p)
{
	struct type *type = NULL;
	struct why why = { 0 };
	int code = EX_DONE;

	if (publish_check(p, &why) != 0 || type_open(&p->conf, &type, &why) != 0) {
		proc_complain(p, &why);
		code = why.code;
	}
	type_free(type);
	return code;
}

static int run(struct proc *p)
{
	struct why why = { 0 };

	const char *command = p->argc > 0 ? p->argv[0] : "run";

	if (p->argc > 1 || (strcmp(command, "run") != 0 && strcmp(command, "check") != 0)) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	if (strcmp(command, "check") == 0)
		return check(p);
	if (proc_lock(p, &why) != 0) {
		proc_complain(p, &why);
		return why.code;
	}
	return publish_all(p);
}

int main(int argc, char **argv)
{
	struct proc_option options[OPT_COUNT] = {
		[OPT_WEEK] = { 'w', "week", true, "the week, like 2022-W17", NULL },
		[OPT_BRIEFING] = { 'b', "briefing", true, "the briefing, like weekly", NULL },
		[OPT_UNIT] = { 'u', "unit", true, "whom a briefing is for", NULL },
		[OPT_OUT] = { 'o', "output", true, "where to write it; - is standard output", NULL },
		[OPT_TYPE] = { 'T', "type", true, "pdf (default) or text", NULL },
	};
	struct proc_spec spec = { .program = "reporter", .usage = usage, .options = options,
	    .n_options = OPT_COUNT, .unchecked = true };
	struct proc p = { 0 };
	bool some = false;
	int code;

	proc_start(&p, &spec, argc, argv);
	for (size_t i = 0; i < OPT_COUNT; i++)
		some = some || options[i].value;
	code = some ? one(&p, options) : run(&p);
	proc_end(&p);
	return code;
}
