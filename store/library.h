/* library.h -- our Redis Function as it is in this program, and which one Redis has.
 *
 * Threads    Constants and pure functions.
 */
#ifndef TELLTALE_STORE_LIBRARY_H
#define TELLTALE_STORE_LIBRARY_H

#include "store/reply.h"

#include <stddef.h>

/* store/functions/telltale.lua, put into the program by store/embed.cmake; no NUL at its end. */
extern const char store_function_code[];
extern const size_t store_function_code_size;

/* Reads the answer to FUNCTION LIST LIBRARYNAME telltale. 0 when our function is not there. */
unsigned store_library_version(const struct store_reply *list);

#endif
