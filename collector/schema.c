/*
 * schema - an XSD of the XML submission, made from the form definitions, for the tools of those who send:
 * what it accepts, the collector can read.  It cannot say everything (a value is an attribute or a child
 * element, numbers refer to rows elsewhere, a report merges over the last one); the receipt says the rest.
 */
#include <stdio.h>
#include <string.h>

#include "collector.h"

struct schema {
	const struct ruleset *rs;
	struct buf            out;
};

/* ---- text ---- */

static void put_escaped(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '&':
			buf_str(out, "&amp;");
			break;
		case '<':
			buf_str(out, "&lt;");
			break;
		case '>':
			buf_str(out, "&gt;");
			break;
		case '"':
			buf_str(out, "&quot;");
			break;
		default:
			buf_char(out, *s);
		}
	}
}

static void facet(struct schema *x, const char *name, const char *value)
{
	buf_fmt(&x->out, "        <xs:%s value=\"", name);
	put_escaped(&x->out, value);
	buf_str(&x->out, "\"/>\n");
}

static void facet_decimal(struct schema *x, const char *name, bool has, struct decimal d)
{
	struct buf text = { 0 };
	int64_t factor = 1;

	for (int i = 0; i < d.scale; i++)
		factor *= 10;
	decimal_show(&text, d.digits, factor);
	if (has)
		facet(x, name, buf_cstr(&text));
	buf_free(&text);
}

static void facet_words(struct schema *x, const char *id)
{
	const struct words *words = words_find(&x->rs->messages, id);

	for (size_t i = 0; words != NULL && i < words->n; i++)
		facet(x, "enumeration", words->v[i]);
}

/* ---- types ---- */

static const char *base_of(enum field_type t)
{
	switch (t) {
	case FIELD_INTEGER:
		return "xs:integer";
	case FIELD_MONEY:
	case FIELD_PERCENT:
		return "xs:decimal";
	case FIELD_DATE:
		return "xs:date";
	case FIELD_MONTH:
		return "xs:gYearMonth";
	default:
		return "xs:string";
	}
}

static void facets_of(struct schema *x, const struct field *f)
{
	switch (f->type) {
	case FIELD_TEXT:
		facet_decimal(x, "maxLength", f->has_max, f->max);
		break;
	case FIELD_INTEGER:
	case FIELD_MONEY:
	case FIELD_PERCENT:
		facet_decimal(x, "minInclusive", f->has_min, f->min);
		facet_decimal(x, "maxInclusive", f->has_max, f->max);
		break;
	case FIELD_ENUM:
		for (size_t i = 0; i < f->n_values; i++)
			facet(x, "enumeration", f->values[i]);
		break;
	case FIELD_YESNO:
		facet_words(x, "yes");
		facet_words(x, "no");
		break;
	case FIELD_USCC:
		facet(x, "pattern", "[0-9A-HJ-NPQRTUWXY]{18}");
		break;
	case FIELD_WEEK:
		facet(x, "pattern", "[0-9]{4}-W[0-9]{2}");
		break;
	default:
		break;
	}
	if (f->pattern != NULL)
		facet(x, "pattern", f->pattern);
}

/* The field's type, or nothing: an empty value empties the field. */
static void put_type(struct schema *x, const struct form *form, const struct field *f)
{
	buf_fmt(&x->out, "  <xs:simpleType name=\"%s.%s\">\n    <xs:annotation><xs:documentation>",
	    form->name, f->name);
	put_escaped(&x->out, f->title);
	if (f->unit != NULL) {
		buf_str(&x->out, " [");
		put_escaped(&x->out, f->unit);
		buf_char(&x->out, ']');
	}
	buf_fmt(&x->out, "</xs:documentation></xs:annotation>\n    <xs:union memberTypes=\"z:nothing\">\n"
	    "      <xs:simpleType><xs:restriction base=\"%s\">\n", base_of(f->type));
	facets_of(x, f);
	buf_str(&x->out, "      </xs:restriction></xs:simpleType>\n    </xs:union>\n  </xs:simpleType>\n");
}

static void put_common_types(struct schema *x)
{
	static const char *const ops[] = { "op.new", "op.withdraw", "op.report" };

	buf_str(&x->out,
	    "  <xs:simpleType name=\"nothing\">\n"
	    "    <xs:restriction base=\"xs:string\"><xs:length value=\"0\"/></xs:restriction>\n"
	    "  </xs:simpleType>\n"
	    "  <xs:simpleType name=\"op\">\n    <xs:restriction base=\"xs:string\">\n"
	    "        <xs:enumeration value=\"\"/>\n");
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
		facet_words(x, ops[i]);
	buf_str(&x->out, "    </xs:restriction>\n  </xs:simpleType>\n"
	    "  <xs:simpleType name=\"unit\">\n    <xs:restriction base=\"xs:string\">\n");
	for (size_t i = 0; i < x->rs->n_units; i++)
		facet(x, "enumeration", x->rs->units[i].code);
	buf_str(&x->out, "    </xs:restriction>\n  </xs:simpleType>\n"
	    "  <xs:simpleType name=\"week\">\n    <xs:restriction base=\"xs:string\">\n"
	    "        <xs:pattern value=\"[0-9]{4}-W[0-9]{2}\"/>\n"
	    "    </xs:restriction>\n  </xs:simpleType>\n");
}

/* ---- elements ---- */

static void put_names(struct schema *x, const struct form *form, const char *format,
    const char *reserved_format)
{
	static const struct { const char *name, *type; } reserved[] = {
		{ "op", "z:op" }, { "note", "xs:string" }, { "correction", "xs:string" },
	};
	struct buf type = { 0 };

	for (size_t i = 0; i < form->n_fields; i++) {
		buf_reset(&type);
		buf_fmt(&type, "z:%s.%s", form->name, form->fields[i].name);
		buf_fmt(&x->out, format, form->fields[i].name, buf_cstr(&type));
	}
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		buf_fmt(&x->out, reserved_format, reserved[i].name, reserved[i].type);
	buf_free(&type);
}

static void put_form(struct schema *x, const struct form *form)
{
	static const char element[] = "        <xs:element name=\"%s\" type=\"%s\" minOccurs=\"0\"/>\n";
	static const char attribute[] = "      <xs:attribute name=\"%s\" type=\"%s\"/>\n";

	for (size_t i = 0; i < form->n_fields; i++)
		put_type(x, form, &form->fields[i]);
	buf_fmt(&x->out, "  <xs:complexType name=\"%s\">\n    <xs:annotation><xs:documentation>", form->name);
	put_escaped(&x->out, form->title);
	buf_str(&x->out, "</xs:documentation></xs:annotation>\n    <xs:sequence>\n"
	    "      <xs:element name=\"row\" maxOccurs=\"unbounded\"><xs:complexType>\n      <xs:all>\n");
	put_names(x, form, element, element);
	buf_str(&x->out, "      </xs:all>\n");
	put_names(x, form, attribute, attribute);
	buf_str(&x->out, "      </xs:complexType></xs:element>\n    </xs:sequence>\n  </xs:complexType>\n");
}

static void put_submission(struct schema *x)
{
	buf_str(&x->out, "  <xs:element name=\"submission\"><xs:complexType>\n    <xs:all>\n");
	for (size_t i = 0; i < x->rs->n_forms; i++)
		buf_fmt(&x->out, "      <xs:element name=\"%s\" type=\"z:%s\" minOccurs=\"0\"/>\n",
		    x->rs->forms[i]->name, x->rs->forms[i]->name);
	buf_str(&x->out, "    </xs:all>\n"
	    "    <xs:attribute name=\"unit\" type=\"z:unit\" use=\"required\"/>\n"
	    "    <xs:attribute name=\"week\" type=\"z:week\"/>\n"
	    "    <xs:attribute name=\"prepared-by\" type=\"xs:string\"/>\n"
	    "    <xs:attribute name=\"reviewed-by\" type=\"xs:string\"/>\n"
	    "    <xs:attribute name=\"phone\" type=\"xs:string\"/>\n"
	    "  </xs:complexType></xs:element>\n");
}

int intake_schema(struct proc *p)
{
	struct schema x = { .rs = p->rules };

	buf_str(&x.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:z=\"urn:zhoubao:submission:1\"\n"
	    "    targetNamespace=\"urn:zhoubao:submission:1\" elementFormDefault=\"qualified\">\n");
	put_common_types(&x);
	for (size_t i = 0; i < p->rules->n_forms; i++)
		put_form(&x, p->rules->forms[i]);
	put_submission(&x);
	buf_str(&x.out, "</xs:schema>\n");
	(void)fwrite(buf_cstr(&x.out), 1, x.out.len, stdout);
	buf_free(&x.out);
	return EX_DONE;
}
