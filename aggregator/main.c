/*
 * aggregator - command line: run, fold, seal, verify, trace, where, digest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator.h"

static const char usage[] =
    "usage: aggregator [-nv] [-c file] [-s dir] [-t time] [-j n] [run] [--collected]\n"
    "       aggregator [options] fold week\n"
    "       aggregator [options] seal week [--by name] [--collected]\n"
    "       aggregator [options] verify [week ...]\n"
    "       aggregator [options] trace [-f text|json] week table key [field]\n"
    "       aggregator [options] where\n"
    "       aggregator [options] digest week\n"
    "\n"
    "  run      seal every week whose time has come, in order; fold the open week (the default)\n"
    "  fold     fold one week: a draft, or again as it was sealed when the archive says so\n"
    "  seal     seal the first open week after its seal instant, signed by name\n"
    "  verify   compare sealed weeks with their seals; all of them if none is named\n"
    "  trace    what a figure rests on, down to the line of an archived file\n"
    "  where    the site's folder, its last sealed and its first open week\n"
    "  digest   the content digest of a week's snapshot, draft or sealed\n";

enum { OPTION_BY, OPTION_FORMAT, OPTION_COLLECTED, OPTION_COUNT };

static int command_week(const struct proc *p, int at, struct week *out, struct why *why)
{
	const char *text = at < p->argc ? p->argv[at] : "";

	if (week_parse(text, strlen(text), out) != 0)
		return why_set(why, EX_USAGE, "\"%s\" is not a week; wanted one like 2022-W17", text);
	return 0;
}

static int want_operands(const struct proc *p, int least, int most, struct why *why)
{
	if (p->argc < least || p->argc > most)
		return why_set(why, EX_USAGE, "%s: wrong number of operands; see aggregator -h", p->argv[0]);
	return 0;
}

/*
 * Whether anything lies in a drop, whole or not: who takes it, and for which week, is the collector's to say.
 */
static int drops_wait(const struct proc *p, bool *out, struct why *why)
{
	struct path path;

	*out = false;
	for (size_t i = 0; i < p->rules->n_units && !*out; i++) {
		struct names names = { 0 };

		if (fsio_list(p->site.dir, site_drop(&path, p->rules->units[i].code), &names, why) != 0)
			return -1;
		for (size_t n = 0; n < names.n && !*out; n++)
			*out = names.v[n][0] != '.';
		names_free(&names);
	}
	return 0;
}

/* What is taken and not judged yet is not in the draft, and a line says so. */
static int draft_without(const struct proc *p, const struct window *w, struct arrivals *without,
    struct why *why)
{
	struct arrivals list = { 0 };
	struct path label, intake;
	int rc = arrivals_list(&p->site, w->week, &list, why);

	if (rc == 0)
		rc = arrivals_in_hand(&p->site, w->week, &list, without, why);
	for (size_t i = 0; rc == 0 && i < without->n; i++) {
		const struct arrival *a = &without->v[i];
		struct why says;

		(void)why_set(&says, EX_IOERR, "%s has no %s: the draft is without it; run collector again",
		    site_label(&label, w->week, a->unit, a->number),
		    site_intake(&intake, w->week, a->unit, a->number));
		proc_complain(p, &says);
	}
	arrivals_free(&list);
	return rc;
}

/* A draft, or a week that the archive says was sealed: then with that instant and rule set, and its .seal. */
static int fold_one(struct proc *p, const struct window *w, struct why *why)
{
	struct arrivals without = { 0 };
	struct fold f = { .site = &p->site, .rules = p->rules, .window = *w, .at = w->seal,
	    .workers = p->workers, .without = &without };
	struct fold_result result = { 0 };
	struct why replaced;
	size_t in_hand;
	struct path path;
	char week[9];

	week_format(w->week, week);
	if (site_is_sealed(&p->site, w->week))
		return why_set(why, EX_DATAERR,
		    "%s is sealed; nothing sealed is folded again (zhoubao rebuild gives back"
		    " what was lost)", week);
	if (fsio_exists(p->site.dir, site_sealed_record(&path, w->week)))
		return p->dry ? 0 : seal_week(p, w, w->seal, "calendar", why);
	if (p->dry) {
		proc_event(p, "would-fold", "week=%s", week);
		return 0;
	}
	if (draft_without(p, w, &without, why) != 0 || fold_week(&f, &result, why) != 0) {
		arrivals_free(&without);
		return -1;
	}
	if (result.replaced != NULL) {
		(void)why_set(&replaced, EX_DONE, "the draft was folded anew: %s", result.replaced);
		proc_complain(p, &replaced);
	}
	proc_event(p, "folded", "week=%s changed=%s content=%s left_out=%zu gate=%s", week,
	    result.changed ? "yes" : "no", result.content, result.left_out, result.gate_ok ? "ok" : "failed");
	free(result.gate);
	free(result.replaced);
	in_hand = without.n;
	arrivals_free(&without);
	if (in_hand > 0)
		return EX_IOERR;
	/* A draft that fails its gate is stamped as one; a row that lost its key needs a person. */
	return result.left_out > 0 ? EX_PERSON : EX_DONE;
}

/* Whether weeks wait for somebody to sign: then no clock alone seals one. */
static bool needs_approval(const struct proc *p)
{
	const char *how = ruleset_setting(p->rules, "week.sealing");

	return how != NULL && strcmp(how, "approved") == 0;
}

/*
 * Seal what is due, first things first; what was decided is finished whoever has to sign.  *HELD: not this
 * one, because files wait.
 */
static int seal_due(struct proc *p, bool collected, struct window *open, bool *held, struct why *why)
{
	int worst = EX_DONE;
	bool wait = false;
	char week[9];

	for (size_t sealed = 0;; sealed++) {
		struct path path;
		bool decided;
		int rc;

		if (site_first_open(&p->site, p->rules->calendar, open, why) != 0)
			return -1;
		decided = fsio_exists(p->site.dir, site_sealed_record(&path, open->week));
		if (open->seal > p->now && !decided)
			return worst;
		week_format(open->week, week);
		if (!decided && needs_approval(p)) {
			proc_event(p, "awaits-approval", "week=%s", week);
			return worst;
		}
		/*
		 * Each file gets its own week: what was dropped between two seals is the collector's, who
		 * goes no further than the first seal.  So after one seal it is its turn, if anything lies
		 * there.
		 */
		if (sealed > 0 && drops_wait(p, &wait, why) != 0)
			return -1;
		if (wait) {
			proc_event(p, "wait", "week=%s reason=\"files in a drop: collector first\"", week);
			return worst;
		}
		if (p->dry) {
			proc_event(p, "would-seal", "week=%s", week);
			return worst;
		}
		*held = waiting_hold(p, open, collected);
		if (decided || waiting_tell(p, open, *held) == 0)
			*held = false;
		else
			worst = proc_worse(worst, *held ? EX_IOERR : EX_PERSON);
		if (*held)
			return worst;
		rc = seal_week(p, open, open->seal, "calendar", why);
		if (rc < 0)
			return -1;
		worst = proc_worse(worst, rc);
	}
}

static int run_all(struct proc *p, bool collected, struct why *why)
{
	struct window open;
	bool held = false;
	int worst, rc = EX_DONE;

	if (p->argc > 0 && want_operands(p, 1, 1, why) != 0)
		return -1;
	/* Half of a seal that a killed run was writing, where a rebuild has made that week since. */
	if (!p->dry && fsio_sweep(p->site.dir, "snapshots", why) != 0)
		return -1;
	worst = seal_due(p, collected, &open, &held, why);
	if (worst < 0)
		return -1;
	/*
	 * One that waits for its turn is no draft worth reading; one to be signed, or held for a unit, may
	 * be met about.
	 */
	if (open.seal > p->now || needs_approval(p) || held)
		rc = fold_one(p, &open, why);
	return rc < 0 ? -1 : proc_worse(worst, rc);
}

static int run_fold(struct proc *p, struct why *why)
{
	struct window w;
	struct week week;

	if (want_operands(p, 2, 2, why) != 0 || command_week(p, 1, &week, why) != 0 ||
	    calendar_window(p->rules->calendar, week, &w, why) != 0)
		return -1;
	return fold_one(p, &w, why);
}

/* One printable line that fits into a decision. */
static int check_name(const char *by, struct why *why)
{
	size_t n = strlen(by);
	struct buf shown = { 0 };
	int rc = 0;

	if (n == 0 || n >= sizeof ((struct seal_record *)0)->by)
		return why_set(why, EX_USAGE, "--by: wanted a name of 1 to 127 bytes");
	text_escape(&shown, span_of(by));
	if (strcmp(buf_cstr(&shown), by) != 0)
		rc = why_set(why, EX_USAGE,
		    "--by \"%s\": wanted a name in UTF-8, without characters that do not show",
		    buf_cstr(&shown));
	buf_free(&shown);
	return rc;
}

static int run_seal(struct proc *p, const char *by, bool collected, struct why *why)
{
	struct window w, open;
	struct week week;
	char text[9], at[26];
	bool without;
	int rc;

	if (want_operands(p, 2, 2, why) != 0 || command_week(p, 1, &week, why) != 0 ||
	    (by != NULL && check_name(by, why) != 0) ||
	    calendar_window(p->rules->calendar, week, &w, why) != 0 ||
	    site_first_open(&p->site, p->rules->calendar, &open, why) != 0)
		return -1;
	if (week_cmp(open.week, week) != 0) {
		week_format(open.week, text);
		return why_set(why, EX_DATAERR, "%s cannot be sealed now: the first open week is %s",
		    p->argv[1], text);
	}
	if (p->now < w.seal) {
		instant_format(w.seal, p->conf.utc_offset, at);
		return why_set(why, EX_TEMPFAIL,
		    "%s cannot be sealed before %s: files received until then count for it",
		    p->argv[1], at);
	}
	if (by == NULL && needs_approval(p))
		return why_set(why, EX_USAGE, "%s: this office signs its weeks ([week] sealing = approved):"
		    " say who, --by NAME", p->argv[1]);
	if (p->dry) {
		proc_event(p, "would-seal", "week=%s", p->argv[1]);
		return EX_DONE;
	}
	without = waiting_tell(p, &w, !collected) > 0;
	if (without && !collected)
		return EX_IOERR;
	rc = seal_week(p, &w, by != NULL ? p->now : w.seal, by != NULL ? by : "calendar", why);
	return rc < 0 ? -1 : proc_worse(rc, without ? EX_PERSON : EX_DONE);
}

/* The last week of which anything says that it was sealed: 0; 1: there is none; -1: it cannot be read. */
static int last_sealed(const struct proc *p, struct week *out, struct why *why)
{
	static const char *const folders[] = { "snapshots", "archive" };
	bool found = false;

	for (size_t f = 0; f < 2; f++) {
		struct names names = { 0 };

		if (fsio_list(p->site.dir, folders[f], &names, why) != 0)
			return -1;
		for (size_t i = 0; i < names.n; i++) {
			struct week week;
			struct path path;

			if (strlen(names.v[i]) < 8 || week_parse(names.v[i], 8, &week) != 0 ||
			    (found && week_cmp(week, *out) <= 0))
				continue;
			if (site_is_sealed(&p->site, week) ||
			    fsio_exists(p->site.dir, site_sealed_record(&path, week))) {
				*out = week;
				found = true;
			}
		}
		names_free(&names);
	}
	return found ? 0 : 1;
}

/* All weeks from the first to the last that was sealed: one that lost its seal is not passed over. */
static int list_sealed(const struct proc *p, struct week **out, size_t *n, struct why *why)
{
	struct window w, next;
	struct week last;
	size_t cap = 0;
	int rc = last_sealed(p, &last, why);

	if (rc != 0)
		return rc > 0 ? 0 : -1;
	if (calendar_window(p->rules->calendar, calendar_rules(p->rules->calendar)->first, &w, why) != 0)
		return -1;
	while (week_cmp(w.week, last) <= 0) {
		vec_room(*out, *n, cap);
		(*out)[(*n)++] = w.week;
		if (calendar_next(p->rules->calendar, &w, &next, why) != 0)
			return -1;
		w = next;
	}
	return 0;
}

static int run_verify(struct proc *p, struct why *why)
{
	struct week *weeks = NULL;
	size_t n = 0, cap = 0;
	int rc = 0;

	if (p->argc == 1)
		rc = list_sealed(p, &weeks, &n, why);
	for (int i = 1; rc == 0 && i < p->argc; i++) {
		vec_room(weeks, n, cap);
		rc = command_week(p, i, &weeks[n++], why);
	}
	if (rc == 0)
		rc = verify_weeks(p, weeks, n, p->argc == 1, stdout, why);
	free(weeks);
	return rc;
}

static int run_trace(struct proc *p, const char *format, struct why *why)
{
	struct week week;
	bool json = format != NULL && strcmp(format, "json") == 0;

	if (want_operands(p, 4, 5, why) != 0 || command_week(p, 1, &week, why) != 0)
		return -1;
	if (format != NULL && !json && strcmp(format, "text") != 0)
		return why_set(why, EX_USAGE, "-f %s: wanted text or json", format);
	return trace_show(p, week, p->argv[2], p->argv[3], p->argc > 4 ? p->argv[4] : NULL, json, why);
}

/* For scripts: one name and value a line. */
static int run_where(struct proc *p, struct why *why)
{
	struct window open;
	struct week last;
	instant_t at;
	char text[9];
	int rc = want_operands(p, 1, 1, why) == 0 ?
	    site_last_seal(&p->site, p->conf.utc_offset, &last, &at, why) : -1;

	if (rc < 0 || site_first_open(&p->site, p->rules->calendar, &open, why) != 0)
		return -1;
	(void)printf("site %s\n", p->site.root);
	if (rc == 0) {
		week_format(last, text);
		(void)printf("sealed %s\n", text);
	}
	week_format(open.week, text);
	(void)printf("open %s\n", text);
	return EX_DONE;
}

/* For scripts: what the snapshot of a week says, as one number. */
static int run_digest(struct proc *p, struct why *why)
{
	char content[DIGEST_HEX];
	struct week week;
	struct path path;
	sqlite3 *db = NULL;
	int rc;

	if (want_operands(p, 2, 2, why) != 0 || command_week(p, 1, &week, why) != 0)
		return -1;
	rc = db_open(&p->site, site_snapshot(&path, week), DB_SNAPSHOT, &db, why);
	if (rc == -2)
		rc = why_set(why, EX_DATAERR, "%s: there is no snapshot of this week", path.s);
	if (rc == 0)
		rc = db_content_digest(db, "main", content, why);
	if (rc == 0)
		(void)printf("%s\n", content);
	db_close(db);
	return rc;
}

/* Commands that write the site hold its lock; readers need none. */
static int dispatch(struct proc *p, const struct proc_option *options, struct why *why)
{
	const char *command = p->argc > 0 ? p->argv[0] : "run";
	bool writes = strcmp(command, "run") == 0 || strcmp(command, "fold") == 0 ||
	    strcmp(command, "seal") == 0;
	bool collected = options[OPTION_COLLECTED].value != NULL;

	if (writes && (proc_lock(p, why) != 0 || (!p->dry && site_prepare(&p->site, p->rules, why) != 0)))
		return -1;
	if (strcmp(command, "run") == 0)
		return run_all(p, collected, why);
	if (strcmp(command, "fold") == 0)
		return run_fold(p, why);
	if (strcmp(command, "seal") == 0)
		return run_seal(p, options[OPTION_BY].value, collected, why);
	if (strcmp(command, "verify") == 0)
		return run_verify(p, why);
	if (strcmp(command, "trace") == 0)
		return run_trace(p, options[OPTION_FORMAT].value, why);
	if (strcmp(command, "where") == 0)
		return run_where(p, why);
	if (strcmp(command, "digest") == 0)
		return run_digest(p, why);
	return why_set(why, EX_USAGE, "no command \"%s\"; see aggregator -h", command);
}

int main(int argc, char **argv)
{
	struct proc_option options[OPTION_COUNT] = {
		[OPTION_BY] = { 'b', "by", true, "who signs (seal)", NULL },
		[OPTION_FORMAT] = { 'f', "format", true, "text or json (trace)", NULL },
		[OPTION_COLLECTED] = { '\0', "collected", false,
		    "what still lies in a drop could not be taken (run, seal)", NULL },
	};
	struct proc_spec spec = {
		.program = "aggregator", .usage = usage, .options = options, .n_options = OPTION_COUNT,
	};
	struct proc p = { 0 };
	struct why why = { 0 };
	int rc;

	proc_start(&p, &spec, argc, argv);
	rc = trace_check(p.rules, &why);
	if (rc == 0)
		rc = folding_check(&p.rules->messages, &why);
	if (rc == 0)
		rc = dispatch(&p, options, &why);
	if (rc < 0) {
		proc_complain(&p, &why);
		rc = why.code;
	}
	proc_end(&p);
	return rc;
}
