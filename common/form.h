/*
 * form - form definitions: templates/forms/NAME.xml, which follow the
 * grammar templates/forms/form.rng.  See formats.md "Forms"
 * (README.md, Forms) for the meaning of each attribute.
 */
#ifndef ZB_FORM_H
#define ZB_FORM_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "finding.h"
#include "text.h"
#include "why.h"

enum field_type {
	FIELD_TEXT,             /* TEXT; max characters, lines */
	FIELD_CODE,             /* TEXT matching a POSIX extended pattern */
	FIELD_REF,              /* TEXT: the key of another form */
	FIELD_ENUM,             /* TEXT: one of values */
	FIELD_INTEGER,          /* INTEGER */
	FIELD_MONEY,            /* INTEGER yuan */
	FIELD_PERCENT,          /* REAL percent points */
	FIELD_DATE,             /* TEXT YYYY-MM-DD */
	FIELD_MONTH,            /* TEXT YYYY-MM */
	FIELD_WEEK,             /* TEXT YYYY-Www */
	FIELD_YESNO,            /* INTEGER 1 or 0 */
	FIELD_TOWN,             /* TEXT: code of the reference table town */
	FIELD_USCC,             /* TEXT: GB 32100-2015 */
	FIELD_PHONE,            /* TEXT */
};

const char *field_type_name(enum field_type t);         /* as in the form definition */
const char *field_sql_type(enum field_type t);          /* "TEXT" "INTEGER" "REAL" */

struct form;

/* Other words for one of an enum's values, or words that make it likely, or that may mean it among others. */
struct also {
	char  *value;
	char **words;
	size_t n_words;
	char  *when;            /* of <doubtful>: what must be so if the value is meant */
};

struct field {
	char           *name, *title;
	enum field_type type;
	char           *to;             /* FIELD_REF: name of the form */
	const struct form *ref;         /* the same, resolved */
	bool            required;
	bool            total;          /* a control total is expected for it */
	bool            carry;          /* false: belongs to the week, absent or empty is NULL */
	/* false: a column that senders may have, and the forms we make do not */
	bool            prefill;
	bool            planned;        /* FIELD_DATE: a day to come; a month is said to be its last day */
	bool            lines;          /* text may have several lines */
	char           *unit;           /* FIELD_MONEY: the unit's word, as printed */
	int64_t         unit_yuan;      /* and what one of it is in yuan; 1 for other types */
	bool            has_min, has_max;
	struct decimal  min, max;       /* in the field's unit; of text: max characters */
	bool            any_size;       /* [intake] max_figure is not asked: a total */
	char          **values;         /* FIELD_ENUM */
	size_t          n_values;
	struct also    *also;
	size_t          n_also;
	struct also    *likely;         /* words in a longer text: the value is proposed, not taken */
	size_t          n_likely;
	struct also    *doubtful;       /* words of several values: all are named, each with when it is right */
	size_t          n_doubtful;
	char           *pattern;
	char           *example;        /* a value that matches, for people; or NULL */
	regex_t         regex;          /* compiled where there is a pattern, anchored */
	bool            has_regex;
	char           *def;            /* what an empty cell of a new row stands for; typed like a cell */
	char           *assign;         /* "{unit}-{year}-{seq:4}" */
	char          **same;           /* names of the fields that make two new rows the same thing */
	size_t          n_same;
	/* the field that it is a part of: "of which" means this one only beside it */
	char           *of;
	/* the field beside which a code is proposed that cannot be read; or NULL */
	char           *with;
	/* of a key: names of the fields that a row is known by without its number */
	char          **known;
	size_t          n_known;
	char          **was;            /* names it had in earlier versions: its column in older files */
	size_t          n_was;
	char          **aliases;        /* other headers it goes by */
	size_t          n_aliases;
	char          **ambiguous;      /* headers that might mean it and must be asked about */
	size_t          n_ambiguous;
	int             line;
};

struct rule {
	char         *id;
	enum severity severity;
	char         *field;            /* the field it points at; NULL: the row */
	char         *when;             /* SQL condition (sql.md) */
	char         *says, *mend;      /* with {new.x} {prev.x} {FORM.x} */
	char         *explains;         /* what makes a warning explained: NULL = the reserved note column */
	/* ids of rules that hold on the same row only because this one does */
	char        **covers;
	size_t        n_covers;
	/* SQL expression: the value to put into FIELD; {suggest} in mend.  Or NULL */
	char         *suggest;
	int           line, when_line, says_line, mend_line, suggest_line;
};

/*
 * <prefill>: which rows the form for the coming week starts with (SQL condition, sql.md).  Rows of the form
 * itself, or of the form FROM, which its only key refers to and which has the row's key.
 */
struct prefill {
	char         *from;
	const struct form *ref;         /* the same, resolved; NULL: the form itself */
	char         *when;
	int           line;
};

/*
 * <moves>: where WHEN (SQL, sql.md; the row is new) holds, the row of FORM that the field KEY names belongs
 * to the unit that the field TO names; of several, the last by the field ORDER says so.
 */
struct moves {
	char         *form;
	const struct form *ref;         /* the same, resolved */
	char         *key, *to, *order; /* fields of the form that says so */
	char         *when;
	int           line, when_line;
};

enum form_due { DUE_NEVER, DUE_WEEKLY, DUE_CHANGE };

struct form {
	char         *name, *title;
	char         *file;             /* as messages name it: its path, or PACK:NAME */
	int           version;
	enum form_due due;
	char         *due_when;         /* SQL condition of <due>, or NULL; names the form KEY refers to */
	int           due_line;
	bool          unique_all;       /* a key belongs to one unit in the whole city */
	bool          by_office;        /* only the office's unit may send it */
	char        **aliases;
	size_t        n_aliases;
	size_t       *keys;             /* indexes into fields */
	size_t        n_keys;
	struct field *fields;
	size_t        n_fields;
	struct rule  *rules;
	size_t        n_rules;
	struct moves *moves;            /* NULL: its rows move nothing */
	struct prefill *prefill;        /* NULL: what is due, if the form is weekly; else no form is made */
	int           line;
	struct arena  arena;            /* owns every string and vector above */
};

struct xmldoc_grammar;

/*
 * Parse one definition.  GRAMMAR NULL: not validated.  References to other forms stay
 * unresolved (ruleset.h does that).  -1, EX_CONFIG with file and line.
 */
int  form_parse(const char *bytes, size_t n, const char *file, const struct xmldoc_grammar *grammar,
    struct form **out, struct why *why);
void form_free(struct form *form);

/*
 * Give every field its unit_yuan (form_units) and its ref (form_refs): what a form alone cannot know.
 * UNIT_YUAN returns what one of a word is in yuan, 0 if the word is unknown; FIND a form by its name or NULL.
 * form_refs also checks that what rules print of other forms exists, and the form that <moves> names.
 * -1, EX_CONFIG with file and line.
 */
int form_units(struct form *form, int64_t (*unit_yuan)(const void *ctx, const char *word), const void *ctx,
    struct why *why);
int form_refs(struct form *form, const struct form *(*find)(const void *ctx, const char *name),
    const void *ctx, struct why *why);

/*
 * Whether NAME can name a form or a measure: small letters, digits and _, and no table that every database
 * has.
 */
bool form_table_name(const char *name);

/* The field that tells a person what a row is about: the first required text.  NULL if there is none. */
const struct field *form_naming_field(const struct form *form);
/* NULL if there is none. */
const struct field *form_field(const struct form *form, const char *name);

/*
 * The column of F among NAMES, those of a table that may be of a time when the form was another: its own
 * name, else one it had; NULL if there is none.
 */
const char *field_column(const struct field *f, char *const *names, size_t n);

/*
 * The columns that every form has beside its fields, by meaning;
 * headers are words (messages: words "column.op" ...).
 */
enum reserved { RES_OP, RES_NOTE, RES_CORRECTION, RES_SEQ, RES_RESULT, RES_ERRORS, RES_SUGGEST, RES_COUNT };
const char *reserved_words(enum reserved r);            /* id of the words list */

/* A stored value as a person reads it, in the field's unit: 12345600 of a 万元 field -> "1234.56". */
void field_show_int(struct buf *out, const struct field *f, int64_t v);
void field_show_real(struct buf *out, const struct field *f, double v);
void field_show_text(struct buf *out, const struct field *f, const char *v);

#endif
