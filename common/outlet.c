/*
 * outlet - where text goes that may be larger than anybody wants to hold.
 */
#include "outlet.h"

static void pass_on(struct outlet *o)
{
	if (o->out.len > 0 && !o->failed)
		o->failed = o->pass(o->to, o->out.s, o->out.len, &o->why) != 0;
	buf_reset(&o->out);
}

void outlet_flow(struct outlet *o)
{
	if (o->out.len >= OUTLET_BYTES)
		pass_on(o);
}

int outlet_close(struct outlet *o, struct why *why)
{
	pass_on(o);
	buf_free(&o->out);
	if (!o->failed)
		return 0;
	*why = o->why;
	return -1;
}

int outlet_to_stream(void *to, const char *s, size_t n, struct why *why)
{
	(void)why;
	(void)fwrite(s, 1, n, to);
	return 0;
}
