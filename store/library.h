/* library.h -- our Redis Function as it is in this program, and which one Redis has.
 *
 * Threads    Constants and pure functions; store_library_load() by whoever has the asker.
 */
#ifndef TELLTALE_STORE_LIBRARY_H
#define TELLTALE_STORE_LIBRARY_H

#include "store/asker.h"
#include "store/reply.h"

#include <stddef.h>

/* The parts of store/functions/, joined and put into the program by store/embed.cmake; no NUL at its end. */
extern const char store_function_code[];
extern const size_t store_function_code_size;

/* Reads the answer to FUNCTION LIST LIBRARYNAME telltale. 0 when our function is not there. */
unsigned store_library_version(const struct store_reply *list);

/* The function is there once a publisher has run. Where none has, or an older one, it is loaded, if this user may. */
int store_library_load(struct store_asker *a);

#endif
