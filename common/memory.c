/*
 * memory - malloc() that is there, for every library in the program.
 *
 * buf.h's promise is kept here for those who do not go through it.  Without memory iniparser writes through a
 * null pointer, libxml2 takes a good template for a broken one, HarfBuzz leaves a glyph out and calls it
 * shaped: all of them would be our fault, said of the wrong file.  So whoever asks in vain, the program ends
 * with the one line and EX_IOERR, at an instant that is no worse than a kill.
 *
 * Rationale: these names come before the C library's for everything that is linked; the C library allows
 * that.  The real ones are asked for by name, so that another malloc loaded before the program still has its
 * say.  free() stays whose it is.  Under a sanitizer all of it is left to the sanitizer.
 */
#include "buf.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(MEMORY_PLAIN)

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

struct real {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
};

static struct real real;        /* looked up once, before main() */

void *malloc(size_t n);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t n);

static void look_up(void)
{
	/* ISO C has no cast from an object to a function; POSIX has this one. */
	*(void **)&real.calloc = dlsym(RTLD_NEXT, "calloc");
	*(void **)&real.realloc = dlsym(RTLD_NEXT, "realloc");
	*(void **)&real.malloc = dlsym(RTLD_NEXT, "malloc");
	if (real.malloc == NULL || real.calloc == NULL || real.realloc == NULL)
		mem_out();
}

static void *got(void *p)
{
	if (p == NULL)
		mem_out();
	return p;
}

/* Of no bytes one: NULL for nothing would be no failure to us, and one to whoever asked (regcomp(3) does). */
void *malloc(size_t n)
{
	if (real.malloc == NULL)
		look_up();
	return got(real.malloc(n > 0 ? n : 1));
}

void *calloc(size_t count, size_t size)
{
	if (real.malloc == NULL)
		look_up();
	return got(count > 0 && size > 0 ? real.calloc(count, size) : real.calloc(1, 1));
}

/* To no bytes is to free, and gives NULL. */
void *realloc(void *p, size_t n)
{
	if (real.malloc == NULL)
		look_up();
	return n > 0 || p == NULL ? got(real.realloc(p, n > 0 ? n : 1)) : real.realloc(p, 0);
}

#endif
