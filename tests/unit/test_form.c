/* form: what a definition says, what is refused and with which words, and values as they are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/form.h"
#include "common/xmldoc.h"

#define N(a) (sizeof(a) / sizeof *(a))

static const char whole[] =
    "<form name=\"progress\" title=\"P\" key=\"project_id node\" due=\"weekly\" version=\"3\" unique=\"all\" by=\"office\">\n"
    "  <alias>Other  name</alias>\n"
    "  <due>project.status = 'on'\n    AND 1</due>\n"
    "  <field name=\"project_id\" title=\"Id\" type=\"ref\" to=\"project\" required=\"yes\"><alias>Code</alias></field>\n"
    "  <field name=\"node\" title=\"Node\" type=\"enum\" values=\"a  b\nc\" default=\"b\"/>\n"
    "  <field name=\"done\" title=\"Done\" type=\"money\" unit=\"wan\" min=\"0\" max=\"1.5\" total=\"yes\" carry=\"no\">\n"
    "    <ambiguous>Sum</ambiguous>\n"
    "  </field>\n"
    "  <field name=\"code\" title=\"C\" type=\"code\" pattern=\"a|bc\"/>\n"
    "  <field name=\"help\" title=\"Help\" type=\"text\" max=\"20\" lines=\"yes\"/>\n"
    "  <rule id=\"V19\" severity=\"error\" field=\"done\" explains=\"help\">\n"
    "    <when>prev.done > new.done</when>\n"
    "    <says>fell from {prev.done}\n      to {new.done} of {project.total}</says>\n"
    "    <mend>say why in {new._row}</mend>\n"
    "  </rule>\n"
    "</form>\n";

static struct form *
parse(const char *text, struct why *why)
{
	struct form *form = NULL;

	return form_parse(text, strlen(text), "f.xml", NULL, &form, why) == 0 ? form : NULL;
}

static void
form_is_read(void **state)
{
	struct why why = { 0 };
	struct form *form = parse(whole, &why);
	const struct field *f;

	(void)state;
	assert_string_equal(why.text, "");
	assert_non_null(form);
	assert_string_equal(form->name, "progress");
	assert_int_equal(form->version, 3);
	assert_int_equal(form->due, DUE_WEEKLY);
	assert_string_equal(form->due_when, "project.status = 'on'\n    AND 1");
	assert_int_equal(form->due_line, 3);
	assert_true(form->unique_all && form->by_office);
	assert_string_equal(form->aliases[0], "Other  name");
	assert_int_equal(form->n_keys, 2);
	assert_int_equal(form->keys[1], 1);
	assert_int_equal(form->n_fields, 5);

	f = form_field(form, "project_id");
	assert_int_equal(f->type, FIELD_REF);
	assert_string_equal(f->to, "project");
	assert_true(f->required && f->carry && !f->total);
	assert_string_equal(f->aliases[0], "Code");
	f = form_field(form, "node");
	assert_int_equal(f->n_values, 3);
	assert_string_equal(f->values[2], "c");
	assert_string_equal(f->def, "b");
	f = form_field(form, "done");
	assert_string_equal(f->unit, "wan");
	assert_true(f->has_min && f->has_max && f->total && !f->carry);
	assert_int_equal(f->max.digits, 15);
	assert_int_equal(f->max.scale, 1);
	assert_string_equal(f->ambiguous[0], "Sum");
	assert_int_equal(f->line, 8);
	f = form_field(form, "code");
	assert_int_equal(regexec(&f->regex, "bc", 0, NULL, 0), 0);
	assert_int_not_equal(regexec(&f->regex, "abc", 0, NULL, 0), 0);         /* anchored as a whole */
	assert_true(form_field(form, "help")->lines);
	assert_null(form_field(form, "nobody"));
	form_free(form);
}

static void
rule_is_read(void **state)
{
	struct why why = { 0 };
	struct form *form = parse(whole, &why);
	const struct rule *r;

	(void)state;
	assert_non_null(form);
	assert_int_equal(form->n_rules, 1);
	r = &form->rules[0];
	assert_string_equal(r->id, "V19");
	assert_int_equal(r->severity, SEV_ERROR);
	assert_string_equal(r->field, "done");
	assert_string_equal(r->explains, "help");
	assert_string_equal(r->when, "prev.done > new.done");
	assert_string_equal(r->says, "fell from {prev.done} to {new.done} of {project.total}");
	assert_string_equal(r->mend, "say why in {new._row}");
	assert_int_equal(r->when_line, 14);
	assert_int_equal(r->says_line, 15);
	assert_int_equal(r->mend_line, 17);
	form_free(form);
}

/* ---- refused ---- */

#define HEAD "<form name=\"f\" title=\"F\" key=\"k\">\n<field name=\"k\" title=\"K\" type=\"text\"/>\n"
#define FIELD(attributes) HEAD "<field name=\"x\" title=\"X\" " attributes "/>\n</form>"
#define FORM(attributes) "<form " attributes ">\n<field name=\"k\" title=\"K\" type=\"text\"/>\n</form>"
#define RULE(attributes, inside) HEAD "<rule " attributes ">" inside "</rule>\n</form>"
#define WHEN "<when>1</when><says>a</says>"

static const struct {
	const char *name, *in, *want;
} wrong[] = {
	/* XML */
	{ "empty", "", "f.xml:1: the file is empty" },
	{ "not closed", "<form name=\"f\">\n<field>\n</form>", "f.xml:3: not well-formed XML: "
	  "Opening and ending tag mismatch: field line 2 and form" },
	{ "DOCTYPE", "<!DOCTYPE form [<!ENTITY a \"b\">]>\n<form/>", "f.xml:1: a DOCTYPE is not allowed here: take it out" },
	{ "another root", "<forms/>", "f.xml:1: the root element is <forms>, wanted <form>" },
	{ "unknown element", HEAD "<fields/></form>",
	  "f.xml:3: unknown element <fields>; wanted <alias>, <due>, <prefill>, <field>, <rule>, <moves>" },
	{ "element in a text", HEAD "<alias>a<b/></alias></form>", "f.xml:3: <alias> holds text only, got <b> inside" },

	/* the form */
	{ "no name", FORM("title=\"F\" key=\"k\""), "f.xml:1: <form> has no name=\"\"" },
	{ "no title", FORM("name=\"f\" key=\"k\""), "f.xml:1: <form> has no title=\"\"" },
	{ "no key", FORM("name=\"f\" title=\"F\""), "f.xml:1: form f has no key=\"\"" },
	{ "capitals", FORM("name=\"Form\" title=\"F\" key=\"k\""), "f.xml:1: \"Form\" cannot name a form: wanted small "
	  "letters, digits and _, and no table that every database has" },
	{ "a table's name", FORM("name=\"prev\" title=\"F\" key=\"k\""), "f.xml:1: \"prev\" cannot name a form: wanted small "
	  "letters, digits and _, and no table that every database has" },
	{ "a prefix", FORM("name=\"prev_x\" title=\"F\" key=\"k\""), "f.xml:1: \"prev_x\" cannot name a form: wanted small "
	  "letters, digits and _, and no table that every database has" },
	{ "due", FORM("name=\"f\" title=\"F\" key=\"k\" due=\"daily\""), "f.xml:1: due=\"daily\" is not: never, weekly, change" },
	{ "unique", FORM("name=\"f\" title=\"F\" key=\"k\" unique=\"yes\""), "f.xml:1: unique=\"yes\" is not: unit, all" },
	{ "by", FORM("name=\"f\" title=\"F\" key=\"k\" by=\"city\""), "f.xml:1: by=\"city\" is not: unit, office" },
	{ "version", FORM("name=\"f\" title=\"F\" key=\"k\" version=\"0\""),
	  "f.xml:1: version=\"0\" is not a number from 1 to 9999" },
	{ "unknown key", FORM("name=\"f\" title=\"F\" key=\"k l\""), "f.xml:1: key \"l\" is no field of form f" },
	{ "key twice", FORM("name=\"f\" title=\"F\" key=\"k k\""), "f.xml:1: key \"k\" is said twice" },
	{ "weekly of nothing", FORM("name=\"f\" title=\"F\" key=\"k\" due=\"weekly\""), "f.xml:1: form f is due weekly: its "
	  "key must hold a ref that says which rows there are" },
	{ "<due> without weekly", "<form name=\"f\" title=\"F\" key=\"k\">\n<due>1</due>"
	  "<field name=\"k\" title=\"K\" type=\"text\"/></form>", "f.xml:2: <due> is for due=\"weekly\"" },
	{ "money key", "<form name=\"f\" title=\"F\" key=\"k\">\n<field name=\"k\" title=\"K\" type=\"money\" unit=\"w\"/></form>",
	  "f.xml:2: field k is part of the key: it cannot be money" },
	{ "key that is not carried", "<form name=\"f\" title=\"F\" key=\"k\">\n<field name=\"k\" title=\"K\" type=\"text\" "
	  "carry=\"no\"/></form>", "f.xml:2: field k is part of the key: it cannot be carry=\"no\"" },

	/* fields */
	{ "required, and not in the form that is made", FIELD("type=\"text\" required=\"yes\" prefill=\"no\""),
	  "f.xml:3: field x is required: it cannot be prefill=\"no\"" },
	{ "planned, and no date", FIELD("type=\"month\" planned=\"yes\""),
	  "f.xml:3: field x: planned=\"\" has no meaning with type month" },
	{ "field without type", FIELD(""), "f.xml:3: <field> has no type=\"\"" },
	{ "unknown type", FIELD("type=\"number\""), "f.xml:3: field x: type \"number\" is none of text code ref enum integer "
	  "money percent date month week yesno town uscc phone" },
	{ "field twice", HEAD "<field name=\"k\" title=\"L\" type=\"text\"/></form>",
	  "f.xml:3: field k is said twice (first in line 2)" },
	{ "field name in capitals", HEAD "<field name=\"K\" title=\"L\" type=\"text\"/></form>",
	  "f.xml:3: field name \"K\": wanted small letters, digits and _, a letter first, at most 48" },
	{ "field name of the engine's", HEAD "<field name=\"_week\" title=\"L\" type=\"text\"/></form>",
	  "f.xml:3: field name \"_week\": wanted small letters, digits and _, a letter first, at most 48" },
	{ "reserved field name", HEAD "<field name=\"note\" title=\"L\" type=\"text\"/></form>",
	  "f.xml:3: field name \"note\" is reserved: every row has op, note, correction and unit" },
	{ "title twice", HEAD "<field name=\"x\" title=\" k\" type=\"text\"/></form>",
	  "f.xml:3: header \" k\" of field x is also one of field k (line 2)" },
	{ "alias is another's title", HEAD "<field name=\"x\" title=\"X\" type=\"text\"><alias>K</alias></field></form>",
	  "f.xml:3: header \"K\" of field x is also one of field k (line 2)" },
	{ "ambiguous and not", HEAD "<field name=\"x\" title=\"X\" type=\"text\"><ambiguous>K</ambiguous></field></form>",
	  "f.xml:3: header \"K\" of field x is also one of field k (line 2)" },
	{ "neither yes nor no", FIELD("type=\"text\" required=\"true\""), "f.xml:3: required=\"true\" is neither yes nor no" },
	{ "min not a number", FIELD("type=\"integer\" min=\"1e3\""), "f.xml:3: min=\"1e3\" is not a number" },
	{ "min over max", FIELD("type=\"percent\" min=\"2\" max=\"1.99\""), "f.xml:3: field x: min is greater than max" },
	{ "half a character", FIELD("type=\"text\" max=\"1.5\""),
	  "f.xml:3: field x: max of a text is a number of characters, at least 1" },
	{ "enum without values", FIELD("type=\"enum\""), "f.xml:3: field x: type enum needs values=\"\"" },
	{ "value twice", FIELD("type=\"enum\" values=\"a b a\""), "f.xml:3: field x: value \"a\" is said twice" },
	{ "default is no value", FIELD("type=\"enum\" values=\"a b\" default=\"c\""),
	  "f.xml:3: field x: default \"c\" is none of its values" },
	{ "values of a text", FIELD("type=\"text\" values=\"a\""), "f.xml:3: field x: values=\"\" has no meaning with type text" },
	{ "code without pattern", FIELD("type=\"code\""), "f.xml:3: field x: type code needs pattern=\"\"" },
	{ "broken pattern", FIELD("type=\"code\" pattern=\"[0-9\""), "f.xml:3: field x: pattern \"[0-9\": Unmatched [, [^, "
	  "[:, [., or [=" },
	{ "ref to nothing", FIELD("type=\"ref\""), "f.xml:3: field x: type ref needs to=\"\"" },
	{ "to of a text", FIELD("type=\"text\" to=\"g\""), "f.xml:3: field x: to=\"\" has no meaning with type text" },
	{ "two refs to one form", HEAD "<field name=\"a\" title=\"A\" type=\"ref\" to=\"g\"/>\n"
	  "<field name=\"b\" title=\"B\" type=\"ref\" to=\"g\"/></form>",
	  "f.xml:4: field b refers to form g, as field a does (line 3): only one may" },
	{ "money without unit", FIELD("type=\"money\""), "f.xml:3: field x: type money needs unit=\"\"" },
	{ "unit of an integer", FIELD("type=\"integer\" unit=\"w\""),
	  "f.xml:3: field x: unit=\"\" has no meaning with type integer" },
	{ "total of a text", FIELD("type=\"text\" total=\"yes\""), "f.xml:3: field x: total=\"\" has no meaning with type text" },
	{ "lines of a code", FIELD("type=\"code\" pattern=\"a\" lines=\"yes\""),
	  "f.xml:3: field x: lines=\"\" has no meaning with type code" },
	{ "assign beside the key", FIELD("type=\"code\" pattern=\"a\" assign=\"{seq:4}\""),
	  "f.xml:3: field x: assign=\"\" is for the one key of a form" },
	{ "assign without number", FIELD("type=\"code\" pattern=\"a\" assign=\"{unit}-{year}\""),
	  "f.xml:3: field x: assign=\"{unit}-{year}\" must end with {seq:4} (1 to 9 digits)" },
	{ "assign of the unknown", FIELD("type=\"code\" pattern=\"a\" assign=\"{town}{seq:4}\""),
	  "f.xml:3: field x: assign=\"{town}{seq:4}\": {town} is none of {unit} {year} {seq:4}" },
	{ "same without assign", FIELD("type=\"text\" same=\"k\""),
	  "f.xml:3: field x: same=\"\" has no meaning with type text and no assign=\"\"" },
	{ "same of the unknown", FIELD("type=\"code\" pattern=\"a\" assign=\"{seq:4}\" same=\"y\""),
	  "f.xml:3: field x: same names \"y\", which is no field of form f" },
	{ "empty alias", HEAD "<field name=\"x\" title=\"X\" type=\"text\"><alias> </alias></field></form>",
	  "f.xml:3: <alias> is empty" },

	/* rules */
	{ "rule without id", RULE("severity=\"error\"", WHEN), "f.xml:3: <rule> has no id=\"\"" },
	{ "severity", RULE("id=\"V1\" severity=\"bad\"", WHEN),
	  "f.xml:3: rule V1: severity \"bad\" is none of fatal, error, warning, note" },
	{ "rule field", RULE("id=\"V1\" severity=\"note\" field=\"x\"", WHEN),
	  "f.xml:3: rule V1 points at \"x\", which is no field of form f" },
	{ "explains", RULE("id=\"V1\" severity=\"warning\" explains=\"x\"", WHEN),
	  "f.xml:3: rule V1 is explained by \"x\", which is no field of form f" },
	{ "covers nothing", RULE("id=\"V1\" severity=\"note\" covers=\"V9\"", WHEN),
	  "f.xml:3: rule V1 covers \"V9\", which is no other rule of form f" },
	{ "covers itself", RULE("id=\"V1\" severity=\"note\" covers=\"V1\"", WHEN),
	  "f.xml:3: rule V1 covers \"V1\", which is no other rule of form f" },
	{ "suggests for no field", RULE("id=\"V1\" severity=\"note\"", "<when>1</when><says>a</says>\n<suggest>2</suggest>"),
	  "f.xml:4: rule V1: <suggest> needs field=\"\"" },
	{ "prints what it does not suggest", RULE("id=\"V1\" severity=\"note\"",
	  "<when>1</when><says>a</says>\n<mend>{suggest}</mend>"),
	  "f.xml:4: rule V1 prints {suggest}; wanted {new.x}, {cur.x}, {prev.x} or a form that a ref field names" },
	{ "two prefills", HEAD "<prefill>1</prefill>\n<prefill>1</prefill></form>", "f.xml:4: a second <prefill>" },
	{ "blank prefill", HEAD "<prefill> </prefill></form>", "f.xml:3: <prefill> is empty" },
	{ "no when", RULE("id=\"V1\" severity=\"note\"", "<says>a</says>"), "f.xml:3: rule V1 has no <when>" },
	{ "no says", RULE("id=\"V1\" severity=\"note\"", "<when>1</when>"), "f.xml:3: rule V1 has no <says>" },
	{ "blank when", RULE("id=\"V1\" severity=\"note\"", "\n<when> </when><says>a</says>"),
	  "f.xml:4: <when> of rule V1 is empty" },
	{ "two whens", RULE("id=\"V1\" severity=\"note\"", WHEN "\n<when>2</when>"), "f.xml:4: a second <when> in rule V1" },
	{ "unknown in a rule", RULE("id=\"V1\" severity=\"note\"", "<if/>"),
	  "f.xml:3: unknown element <if> in rule V1; wanted <when>, <says>, <suggest>, <mend>" },
	{ "rule twice", HEAD "<rule id=\"V1\" severity=\"note\">" WHEN "</rule>\n<rule id=\"V1\" severity=\"note\">" WHEN
	  "</rule></form>", "f.xml:4: rule V1 is said twice (first in line 3)" },
	{ "unknown placeholder", RULE("id=\"V1\" severity=\"note\"", "<when>1</when>\n<says>{new.x}</says>"),
	  "f.xml:4: rule V1 prints {new.x}: form f has no such field" },
	{ "placeholder without row", RULE("id=\"V1\" severity=\"note\"", "<when>1</when><says>a</says>\n<mend>{k}</mend>"),
	  "f.xml:4: rule V1 prints {k}; wanted {new.x}, {cur.x}, {prev.x} or a form that a ref field names" },
	{ "placeholder of a stranger", RULE("id=\"V1\" severity=\"note\"", "<when>1</when><says>{project.k}</says>"),
	  "f.xml:3: rule V1 prints {project.k}; wanted {new.x}, {cur.x}, {prev.x} or a form that a ref field names" },
	{ "open brace", RULE("id=\"V1\" severity=\"note\"", "<when>1</when><says>a {new.k</says>"),
	  "f.xml:3: rule V1 has a broken {: write {new.x}, near \"a {new.k\"" },
	{ "lone closing brace", RULE("id=\"V1\" severity=\"note\"", "<when>1</when><says>{new.k} a}</says>"),
	  "f.xml:3: rule V1 has a broken {: write {new.x}, near \" a}\"" },
};

static void
wrong_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(wrong); i++) {
		struct why why = { 0 };
		struct form *form = parse(wrong[i].in, &why);

		print_message("# %s\n", wrong[i].name);
		assert_null(form);
		assert_int_equal(why.code, EX_CONFIG);
		assert_string_equal(why.text, wrong[i].want);
	}
}

/* ---- the grammar ---- */

static char *
read_grammar(size_t *n)
{
	FILE *f = fopen("templates/forms/form.rng", "r");
	char *bytes = calloc(1, 65536);

	assert_non_null(f);
	assert_non_null(bytes);
	*n = fread(bytes, 1, 65535, f);
	assert_int_equal(fclose(f), 0);
	return bytes;
}

static const struct {
	const char *name, *in, *want;
} ungrammatical[] = {
	{ "a sound form", whole, "" },
	{ "a misspelt attribute", FIELD("type=\"text\" requird=\"yes\""), "f.xml:3: Invalid attribute requird for element field" },
	{ "an alias after a field", HEAD "<alias>a</alias></form>", "f.xml:3: Did not expect element alias there" },
	{ "an element of a namespace", HEAD "<rule id=\"V1\" severity=\"note\">\n<when xmlns=\"urn:x\">1</when><says>a</says>"
	  "</rule></form>", "f.xml:4: unknown element <when> in rule V1; wanted <when>, <says>, <suggest>, <mend>" },
};

static void
grammar(void **state)
{
	size_t n;
	char *bytes = read_grammar(&n);
	struct xmldoc_grammar *grammar = NULL;
	struct why trouble = { 0 };

	(void)state;
	assert_int_equal(xmldoc_grammar(bytes, n, "forms/form.rng", &grammar, &trouble), 0);
	for (size_t i = 0; i < N(ungrammatical); i++) {
		struct form *form = NULL;
		struct why why = { 0 };

		print_message("# %s\n", ungrammatical[i].name);
		(void)form_parse(ungrammatical[i].in, strlen(ungrammatical[i].in), "f.xml", grammar, &form, &why);
		assert_string_equal(why.text, ungrammatical[i].want);
		form_free(form);
	}
	xmldoc_grammar_free(grammar);
	free(bytes);
}

static void
broken_grammar(void **state)
{
	static const char text[] = "<grammar xmlns=\"http://relaxng.org/ns/structure/1.0\">\n<begin/></grammar>";
	struct xmldoc_grammar *grammar = NULL;
	struct why why = { 0 };

	(void)state;
	assert_int_equal(xmldoc_grammar(text, strlen(text), "forms/form.rng", &grammar, &why), -1);
	assert_int_equal(why.code, EX_CONFIG);
	assert_int_equal(strncmp(why.text, "forms/form.rng", 14), 0);
}

/* ---- what a form alone cannot know ---- */

static int64_t
wan_only(const void *ctx, const char *word)
{
	(void)ctx;
	return strcmp(word, "wan") == 0 ? 10000 : 0;
}

static const struct form *
one_form(const void *ctx, const char *name)
{
	const struct form *form = ctx;

	return form != NULL && strcmp(form->name, name) == 0 ? form : NULL;
}

static void
units_and_refs(void **state)
{
	static const char project[] = "<form name=\"project\" title=\"P\" key=\"id\"><field name=\"id\" title=\"I\" type=\"text\"/>"
	    "<field name=\"total\" title=\"T\" type=\"money\" unit=\"yi\"/></form>";
	static const char poor[] = "<form name=\"project\" title=\"P\" key=\"id\"><field name=\"id\" title=\"I\" type=\"text\"/>"
	    "</form>";
	static const char double_key[] = "<form name=\"project\" title=\"P\" key=\"id b\"><field name=\"id\" title=\"I\" "
	    "type=\"text\"/><field name=\"b\" title=\"B\" type=\"text\"/></form>";
	struct why why = { 0 };
	struct form *form = parse(whole, &why), *to = parse(project, &why);

	(void)state;
	assert_true(form != NULL && to != NULL);
	assert_int_equal(form_units(form, wan_only, NULL, &why), 0);
	assert_int_equal(form_field(form, "done")->unit_yuan, 10000);
	assert_int_equal(form_units(to, wan_only, NULL, &why), -1);
	assert_string_equal(why.text, "f.xml:1: field total: unit \"yi\" is not in reference/unit_of_money.csv");

	assert_int_equal(form_refs(form, one_form, NULL, &why), -1);
	assert_string_equal(why.text, "f.xml:5: field project_id refers to form \"project\", which does not exist");
	assert_int_equal(form_refs(form, one_form, to, &why), 0);
	assert_ptr_equal(form_field(form, "project_id")->ref, to);
	form_free(to);

	to = parse(poor, &why);
	assert_int_equal(form_refs(form, one_form, to, &why), -1);
	assert_string_equal(why.text, "f.xml:15: rule V19 prints {project.total}: form project has no such field");
	form_free(to);

	to = parse(double_key, &why);
	assert_int_equal(form_refs(form, one_form, to, &why), -1);
	assert_string_equal(why.text, "f.xml:5: field project_id refers to form project, whose key has 2 parts: wanted one");
	form_free(to);
	form_free(form);
}

static void
refers_to_itself(void **state)
{
	static const char text[] = "<form name=\"f\" title=\"F\" key=\"k\"><field name=\"k\" title=\"K\" type=\"text\"/>\n"
	    "<field name=\"up\" title=\"U\" type=\"ref\" to=\"f\"/></form>";
	struct why why = { 0 };
	struct form *form = parse(text, &why);

	(void)state;
	assert_non_null(form);
	assert_int_equal(form_refs(form, one_form, form, &why), -1);
	assert_string_equal(why.text, "f.xml:2: field up refers to its own form f");
	form_free(form);
}

/* ---- values as a person reads them ---- */

static void
shown(void **state)
{
	const struct field wan = { .type = FIELD_MONEY, .unit_yuan = 10000 }, count = { .unit_yuan = 1 };
	static const struct {
		double in;
		const char *want;
	} reals[] = {
		{ 35.2, "35.2" }, { 100, "100" }, { 0, "0" }, { -0.0000001, "0" }, { 0.1 + 0.2, "0.3" }, { -12.5, "-12.5" },
		{ 1000000, "1000000" },
	};
	struct buf b = { 0 };

	(void)state;
	field_show_int(&b, &wan, 12345600);
	buf_char(&b, ' ');
	field_show_int(&b, &count, 20);
	buf_char(&b, ' ');
	field_show_text(&b, &count, "x");
	field_show_text(&b, &count, NULL);
	assert_string_equal(buf_cstr(&b), "1234.56 20 x");
	for (size_t i = 0; i < N(reals); i++) {
		buf_reset(&b);
		field_show_real(&b, &count, reals[i].in);
		assert_string_equal(buf_cstr(&b), reals[i].want);
	}
	buf_free(&b);
}

static void
names_of_types(void **state)
{
	(void)state;
	assert_string_equal(field_type_name(FIELD_PHONE), "phone");
	assert_string_equal(field_sql_type(FIELD_MONEY), "INTEGER");
	assert_string_equal(field_sql_type(FIELD_PERCENT), "REAL");
	assert_string_equal(field_sql_type(FIELD_DATE), "TEXT");
	assert_string_equal(reserved_words(RES_OP), "column.op");
	assert_string_equal(reserved_words(RES_SUGGEST), "column.suggest");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form_is_read),
		cmocka_unit_test(rule_is_read),
		cmocka_unit_test(wrong_forms),
		cmocka_unit_test(grammar),
		cmocka_unit_test(broken_grammar),
		cmocka_unit_test(units_and_refs),
		cmocka_unit_test(refers_to_itself),
		cmocka_unit_test(shown),
		cmocka_unit_test(names_of_types),
	};

	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
