/* collector - takes in what units drop, judges it, and answers with receipts.  See collector(1). */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "collector.h"

static const char usage[] =
	"usage: collector [options] [run]\n"
	"       collector [options] check UNIT FILE...\n"
	"       collector [options] status [WEEK]\n"
	"       collector [options] replay WEEK\n"
	"       collector [options] cell WEEK/UNIT/NNN FORM [ROW]\n";

static int wrong_usage(const struct proc *p, const char *text)
{
	struct why why;

	why_set(&why, EX_USAGE, "%s (-h shows all)", text);
	proc_complain(p, &why);
	return why.code;
}

static int no_site(const struct proc *p)
{
	struct why why;

	why_set(&why, EX_IOERR, "%s: the site is not there", p->conf.root != NULL ? p->conf.root
	    : "[site] root");
	proc_complain(p, &why);
	return why.code;
}

static int check(struct proc *p, const char *format)
{
	if (p->argc < 3)
		return wrong_usage(p, "check: wanted UNIT FILE...");
	if (ruleset_unit(p->rules, p->argv[1]) == NULL)
		return wrong_usage(p, "check: there is no such unit in units.ini");
	if (format != NULL && strcmp(format, "text") != 0)
		return wrong_usage(p, "check -f: only text is offered");
	return intake_check(p, p->argv[1], p->argv + 2, (size_t)p->argc - 2);
}

static int status(struct proc *p)
{
	struct week week;

	if (p->argc > 2 || (p->argc == 2 && week_parse(p->argv[1], strlen(p->argv[1]), &week) != 0))
		return wrong_usage(p, "status: wanted at most a WEEK such as 2022-W17");
	return intake_status(p, p->argc == 2 ? &week : NULL);
}

static int replay(struct proc *p)
{
	struct week week;

	if (p->argc != 2 || week_parse(p->argv[1], strlen(p->argv[1]), &week) != 0)
		return wrong_usage(p, "replay: wanted a WEEK such as 2022-W17");
	return intake_replay(p, week);
}

static int command(struct proc *p, const char *format)
{
	const char *name = p->argc > 0 ? p->argv[0] : "run";

	if (strcmp(name, "check") == 0)
		return check(p, format);
	if (!p->has_site)
		return no_site(p);
	if (strcmp(name, "run") == 0)
		return p->argc > 1 ? wrong_usage(p, "run: takes no operands") : intake_run(p);
	if (strcmp(name, "status") == 0)
		return status(p);
	if (strcmp(name, "replay") == 0)
		return replay(p);
	if (strcmp(name, "cell") == 0)
		return intake_cell(p);
	return wrong_usage(p, "wanted run, check, status or replay");
}

int main(int argc, char **argv)
{
	struct proc_option options[] = { { 'f', "format", true, "TEXT  form of what check prints: text",
	    NULL } };
	struct proc_spec spec = { .program = "collector", .usage = usage, .options = options, .n_options = 1,
		.site_optional = true };
	struct proc p;
	struct why why;
	int code;

	proc_start(&p, &spec, argc, argv);
	/* A lease that a writer breaks raises SIGIO, which would end us. */
	(void)signal(SIGIO, SIG_IGN);
	if (needs_check(&p.rules->messages, &why) != 0) {
		proc_complain(&p, &why);
		code = why.code;
	} else {
		code = command(&p, options[0].value);
	}
	proc_end(&p);
	return code;
}
