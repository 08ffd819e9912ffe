/* library.c -- see library.h.
 *
 * A function has no version field, but it has a description, and FUNCTION LIST shows it without the code: ours is
 * "version N". The answer is lists of name and value one after the other (RESP2 has no maps); the order of names is not
 * promised, so each is looked up.
 */
#include "store/library.h"

#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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

int store_library_load(struct store_asker *a)
{
    struct store_reply *reply;
    const char *list[] = {"FUNCTION", "LIST", "LIBRARYNAME", STORE_FUNCTION_LIBRARY};
    int rc = store_asker_ask(a, 4, list, &reply);
    if (rc < 0)
        return rc == -EPERM ? 0 : rc; /* a user who may not look does not load: the call will tell */
    unsigned version = store_library_version(reply);
    store_reply_free(reply);
    if (version >= STORE_FUNCTION_VERSION)
        return 0;
    char *code = strndup(store_function_code, store_function_code_size);
    const char *load[] = {"FUNCTION", "LOAD", "REPLACE", code};
    rc = code ? store_asker_ask(a, 4, load, &reply) : -ENOMEM;
    free(code);
    if (rc == 0)
        store_reply_free(reply);
    return rc;
}
