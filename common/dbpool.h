/*
 * dbpool - SQLite's memory, in pieces that are kept for the next time.
 */
#ifndef ZB_DBPOOL_H
#define ZB_DBPOOL_H

/* From before SQLite's first use on; later it changes nothing. */
void dbpool_use(void);

#endif
