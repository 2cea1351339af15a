/* collector - takes in what units drop, judges it, and answers with receipts.  See collector(1). */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../common/env.h"
#include "collector.h"

static const char usage[] =
	"usage: collector [options] [run]\n"
	"       collector [options] check UNIT FILE...\n"
	"       collector [options] status [WEEK]\n"
	"       collector [options] forms\n"
	"       collector [options] schema\n"
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

static int check(struct proc *p, enum output_format format)
{
	if (p->argc < 3)
		return wrong_usage(p, "check: wanted UNIT FILE...");
	if (ruleset_unit(p->rules, p->argv[1]) == NULL)
		return wrong_usage(p, "check: there is no such unit in units.ini");
	return intake_check(p, p->argv[1], p->argv + 2, (size_t)p->argc - 2, format);
}

static int status(struct proc *p, enum output_format format)
{
	struct week week;

	if (p->argc > 2 || (p->argc == 2 && week_parse(p->argv[1], strlen(p->argv[1]), &week) != 0))
		return wrong_usage(p, "status: wanted at most a WEEK such as 2022-W17");
	if (format == OUTPUT_CSV)
		return wrong_usage(p, "status -f: wanted text or json");
	return intake_status(p, p->argc == 2 ? &week : NULL, format);
}

static int replay(struct proc *p)
{
	struct week week;

	if (p->argc != 2 || week_parse(p->argv[1], strlen(p->argv[1]), &week) != 0)
		return wrong_usage(p, "replay: wanted a WEEK such as 2022-W17");
	return intake_replay(p, week);
}

/* It checks the texts of the rule set itself, when it takes anything. */
static bool is_run(const struct proc *p)
{
	return p->has_site && (p->argc == 0 || (p->argc == 1 && strcmp(p->argv[0], "run") == 0));
}

static int command(struct proc *p, enum output_format format)
{
	const char *name = p->argc > 0 ? p->argv[0] : "run";

	if (strcmp(name, "check") == 0)
		return check(p, format);
	if (strcmp(name, "schema") == 0)
		return p->argc > 1 ? wrong_usage(p, "schema: takes no operands") : intake_schema(p);
	if (!p->has_site)
		return no_site(p);
	if (strcmp(name, "run") == 0)
		return p->argc > 1 ? wrong_usage(p, "run: takes no operands") : intake_run(p);
	if (strcmp(name, "status") == 0)
		return status(p, format);
	if (strcmp(name, "forms") == 0)
		return p->argc > 1 ? wrong_usage(p, "forms: takes no operands") : intake_forms(p);
	if (strcmp(name, "replay") == 0)
		return replay(p);
	if (strcmp(name, "cell") == 0)
		return intake_cell(p);
	return wrong_usage(p, "wanted run, check, status, forms, schema or replay");
}

static int format_of(const char *word, enum output_format *out)
{
	static const char *const words[] = { [OUTPUT_TEXT] = "text", [OUTPUT_CSV] = "csv",
	    [OUTPUT_JSON] = "json" };

	for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (enum output_format)i;
			return 0;
		}
	return word == NULL ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct proc_option options[] = { { 'f', "format", true,
	    "FORMAT  of what check and status print: text, csv (check only), json", NULL } };
	struct proc_spec spec = { .program = "collector", .usage = usage, .options = options, .n_options = 1,
		.site_optional = true, .unchecked = true };
	enum output_format format = OUTPUT_TEXT;
	struct proc p;
	struct why why;
	int code;

	proc_start(&p, &spec, argc, argv);
	/* A lease that a writer breaks raises SIGIO, which would end us. */
	(void)signal(SIGIO, SIG_IGN);
	if (needs_check(&p.rules->messages, &why) != 0 || (!is_run(&p) && env_check(p.rules, &why) != 0)) {
		proc_complain(&p, &why);
		code = why.code;
	} else {
		code = format_of(options[0].value, &format) == 0 ? command(&p, format)
		    : wrong_usage(&p, "-f: wanted text, csv or json");
	}
	proc_end(&p);
	return code;
}
