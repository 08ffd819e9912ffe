/* library.c -- see library.h.
 *
 * A function has no version field, but it has a description, and FUNCTION LIST shows it without the code: ours is
 * "version N". The answer is lists of name and value one after the other (RESP2 has no maps); the order of names is not
 * promised, so each is looked up.
 */
#include "store/library.h"

#include "store/schema.h"

#include <stdio.h>
#include <string.h>

/* The value that follows `name` in a flat list of names and values; NULL when there is none. */
static const struct store_reply *value_of(const struct store_reply *map, const char *name)
{
    for (size_t i = 0; i + 1 < store_reply_count(map); i += 2)
        if (strcmp(store_reply_text(store_reply_item(map, i), NULL), name) == 0)
            return store_reply_item(map, i + 1);
    return NULL;
}

static const char *text_of(const struct store_reply *map, const char *name)
{
    const struct store_reply *value = value_of(map, name);
    return value ? store_reply_text(value, NULL) : "";
}

static unsigned version_in(const struct store_reply *functions)
{
    for (size_t i = 0; i < store_reply_count(functions); i++) {
        const struct store_reply *function = store_reply_item(functions, i);
        unsigned version;
        if (strcmp(text_of(function, "name"), STORE_FUNCTION) == 0 &&
            sscanf(text_of(function, "description"), "version %u", &version) == 1)
            return version;
    }
    return 0;
}

unsigned store_library_version(const struct store_reply *list)
{
    for (size_t i = 0; i < store_reply_count(list); i++) {
        const struct store_reply *library = store_reply_item(list, i);
        const struct store_reply *functions = value_of(library, "functions");
        if (functions && strcmp(text_of(library, "library_name"), STORE_FUNCTION_LIBRARY) == 0)
            return version_in(functions);
    }
    return 0;
}
