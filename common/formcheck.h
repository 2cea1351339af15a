/*
 * formcheck - whether a form definition fits together.  For form.c only; form_units and form_refs,
 * which are in formcheck.c too, are in form.h.
 */
#ifndef ZB_FORMCHECK_H
#define ZB_FORMCHECK_H

#include "form.h"

#define FORM_NAME_LONGEST 48

/* Small letters, digits and _, a letter first, not too long. */
bool form_is_name(const char *s);
/* Compile the patterns and check all that the form alone can tell.  -1, EX_CONFIG with file and line. */
int  form_check(struct form *form, struct why *why);

#endif
