/*
 * needs - every message the judge, the receipt and the commands use, and the names they hand over:
 * checked once at the start, so that a missing word is found before a file is touched.
 */
#include "collector.h"

#define ROW "key title form unit value"
#define OTHER "title value to unit name number"

static const struct message_need judging_needs[] = {
	{ "op.unknown", ROW }, { "unit.wrong", "said unit name" }, { "form.office", "form office" },
	{ "week.future", "week counting from" }, { "week.joined", "week joined counting from" },
	{ "week.joined.future", "week joined counting from" }, { "week.none", "week joined counting from" },
	{ "week.early", "week first" }, { "file.no_rows", "" },
	{ "week.stale", "said week from to" }, { "week.stale.name", "said week from to" },
	{ "late", "by cutoff" }, { "duplicate", "number" },
	{ "refused.symlink", "" }, { "refused.special", "" }, { "refused.folder", "" }, { "refused.links",
	    "" },
	{ "refused.size", "" }, { "refused.sparse", "" }, { "refused.unreadable", "" },
	{ "key.missing", ROW }, { "key.missing.new", ROW }, { "key.missing.unnamed", "title to" },
	{ "key.missing.named", "title form number name" }, { "key.missing.beside", "title form number name" },
	{ "key.missing.some", "title to list" }, { "key.missing.new.some", "title to list" },
	{ "key.unknown.some", OTHER " list" }, { "ref.unknown.some", OTHER " list" },
	{ "key.unknown.named", OTHER }, { "key.foreign", OTHER }, { "key.owned.foreign", OTHER },
	{ "ref.unknown.named", OTHER }, { "ref.foreign", OTHER }, { "ref.owned.foreign", OTHER },
	{ "key.twice", "key title form unit other" },
	{ "key.unknown", ROW }, { "key.owned", ROW }, { "key.prefix", ROW },
	{ "key.exhausted", "title prefix" }, { "key.same", "key title form unit number" },
	{ "key.same_row", "key title form unit other" }, { "withdraw.nothing", ROW },
	{ "withdraw.named", "key form name" }, { "withdraw.row", "key form name" },
	{ "ref.withdrawn", "value title to cause" }, { "ref.unknown",
	    "value title to cause" }, { "ref.owned", "value title to cause" },
	{ "ref.held", "value title to cause" }, { "required.missing", "title old" }, { "required.figure",
	    "title old" },
	{ "required.emptied", "title old" },
	{ "emptied", "title old fresh" }, { "correction.reason", "week counting" },
	{ "total.differs", "title said sum unit by" }, { "due.missing", "key name form" },
	{ "text.mobile", "title value" }, { "percent.fraction", "title value suggest" },
};

static const struct message_need judging_texts[] = {
	{ "value.none", "" }, { "named.one", "number name" }, { "named.more", "" }, { "mend.unit", "header unit usual suggest" },
	{ "mend.unit_alone", "header unit usual" },
	{ "instant", "year month day hour minute" },
	{ "span.days", "days hours minutes" }, { "span.hours", "days hours minutes" },
	{ "span.minutes", "days hours minutes" },
};

/* What is done to a row; the record keeps the first word of each. */
static const struct message_need judging_lists[] = {
	{ "op.new", NULL }, { "op.withdraw", NULL }, { "op.report", NULL },
};

static const struct message_need receipt_texts[] = {
	{ "receipt.file", "" }, { "receipt.copy", "" }, { "receipt.no_start", "" }, { "receipt.no_end", "" },
	{ "receipt.title", "" }, { "receipt.title.trial", "" },
	{ "receipt.conclusion", "conclusion" }, { "verdict.accepted", "held number" },
	{ "verdict.warned", "held number" }, { "verdict.partial", "held number" },
	{ "verdict.refused", "held number" },
	{ "verdict.duplicate", "held number" }, { "receipt.next", "next" }, { "next.accepted", "deadline" },
	{ "next.warned", "deadline" }, { "next.partial", "deadline" }, { "next.refused", "deadline" },
	{ "next.duplicate", "deadline" }, { "next.late", "deadline" }, { "next.seal", "deadline" },
	{ "next.missing", "forms" }, { "next.missing.form", "form count" },
	{ "receipt.reason", "says count" }, { "receipt.reason.first", "says count" },
	{ "receipt.held", "rows" }, { "receipt.held.run", "from to" }, { "receipt.held.more", "" },
	{ "receipt.correction", "week counting place" },
	{ "receipt.correction.taken", "week counting place" },
	{ "week.place.name", "" }, { "week.place.root", "" }, { "week.place.row", "row" }, { "list.and", "" },
	{ "receipt.section.file", "" }, { "receipt.number", "week number" }, { "receipt.unit", "name unit" },
	{ "receipt.week", "week from to counting" }, { "receipt.week.correction", "week from to counting" },
	{ "receipt.name", "name" }, { "receipt.size", "size" }, { "receipt.sha256", "sha256" },
	{ "receipt.received", "received" }, { "receipt.in_time", "cutoff" }, { "receipt.late", "late" },
	{ "receipt.missed", "week counting" }, { "receipt.missed.correction", "week counting" },
	{ "receipt.forms", "forms" }, { "receipt.form", "title" }, { "receipt.prepared", "prepared" },
	{ "receipt.reviewed", "reviewed" }, { "receipt.day", "year month day" },
	{ "receipt.section.rows", "" }, { "receipt.rows", "read accepted held withdrawn" },
	{ "receipt.rows.refused", "read" }, { "receipt.control.agrees", "form title sum unit said by" },
	{ "receipt.control.differs", "form title sum unit said by" }, { "receipt.control.alone",
	    "form title sum unit said by" },
	{ "receipt.control.rounded", "form title sum unit said by" },
	{ "receipt.control.partial", "form title sum unit said by" },
	{ "receipt.assigned", "row number" }, { "receipt.section.reading", "" }, { "receipt.encoding",
	    "encoding" },
	{ "encoding.utf-8", "" }, { "encoding.utf-8-bom", "" }, { "encoding.utf-16le", "" },
	{ "encoding.utf-16be", "" }, { "encoding.gb18030", "" }, { "receipt.format.csv", "separator" },
	{ "receipt.format.xml", "" }, { "separator.comma", "" }, { "separator.tab", "" },
	    { "separator.semicolon", "" },
	{ "receipt.columns", "form row" }, { "receipt.unread", "" }, { "receipt.conversions", "" },
	    { "receipt.note", "place says" },
	{ "receipt.note.file", "place says" },
	{ "receipt.section.findings", "" }, { "receipt.findings.none", "" },
	{ "receipt.findings.duplicate", "" },
	{ "receipt.group.explained", "rule count" }, { "receipt.group.missing", "rule count" },
	{ "receipt.group", "rule severity count" },
	{ "severity.fatal", "" }, { "severity.error", "" }, { "severity.warning", "" },
	{ "receipt.place", "row column header title" }, { "receipt.place.row", "row column header title" },
	{ "receipt.place.xml", "row column header title" }, { "receipt.key", "key" },
	{ "receipt.value.cut", "value length" }, { "receipt.value",
	    "value" },
	{ "receipt.says", "says" }, { "receipt.mend", "mend" },
	{ "receipt.suggest", "suggest" }, { "receipt.covered", "rules" }, { "receipt.covered.rule", "rule" },
	{ "receipt.more", "count" },
	{ "receipt.section.unchecked", "" }, { "receipt.unchecked.file", "" }, { "receipt.unchecked.rows",
	    "count" },
	{ "receipt.unchecked.first", "" }, { "receipt.unchecked.site", "" }, { "receipt.unchecked.total",
	    "form" },
	{ "receipt.unchecked.others", "" }, { "receipt.section.missing", "" }, { "receipt.missing.none", "" },
	{ "receipt.missing.site", "" }, { "receipt.missing.held", "count" },
	{ "receipt.missing.nothing_due", "" }, { "receipt.missing.count", "form count" },
	{ "receipt.missing.row", "key name" }, { "receipt.missing.more", "count" },
	{ "copy.result", "" }, { "copy.errors", "" }, { "copy.suggest", "" }, { "copy.accepted", "" },
	{ "copy.withdrawn", "" }, { "copy.warned", "" }, { "copy.held", "" }, { "copy.refused", "" },
	{ "copy.finding", "letter says mend suggest" }, { "copy.finding.row", "letter says mend suggest" },
	{ "copy.suggestion", "letter says mend suggest" }, { "copy.stop", "" },
	{ "forms.file", "week form" }, { "forms.field", "title" }, { "forms.name", "title" },
	{ "forms.last", "title" }, { "forms.unit", "title unit" },
	{ "status.head", "week from to cutoff seal" },
	{ "status.unit", "name late files whole partial refused duplicate due missing held" },
	{ "status.silent", "name late files whole partial refused duplicate due missing held" },
	{ "status.late", "" }, { "status.file", "number name received rows verdict late" },
	{ "status.verdict.accepted", "held" }, { "status.verdict.warned", "held" },
	{ "status.verdict.partial", "held" }, { "status.verdict.refused", "held" },
	{ "status.verdict.duplicate", "held" }, { "status.missing", "form key name" },
	{ "status.missing.more", "count" }, { "status.waiting", "count" },
};

#define N(needs) (sizeof(needs) / sizeof *(needs))

int needs_check(const struct messages *m, struct why *why)
{
	const struct {
		enum message_use use;
		const struct message_need *v;
		size_t n;
	} needs[] = {
		{ USE_FINDING, reading_needs, reading_needs_n },
		{ USE_TEXT, reading_texts, reading_texts_n },
		{ USE_WORDS, reading_lists, reading_lists_n },
		{ USE_FINDING, judging_needs, N(judging_needs) },
		{ USE_TEXT, judging_texts, N(judging_texts) },
		{ USE_WORDS, judging_lists, N(judging_lists) },
		{ USE_TEXT, receipt_texts, N(receipt_texts) },
	};

	for (size_t i = 0; i < N(needs); i++)
		if (messages_require(m, needs[i].use, needs[i].v, needs[i].n, why) != 0)
			return -1;
	return 0;
}
