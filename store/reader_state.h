/* reader_state.h -- what reader.c and reader_sites.c share (these two only). */
#ifndef TELLTALE_STORE_READER_STATE_H
#define TELLTALE_STORE_READER_STATE_H

#include "store/asker.h"
#include "store/schema.h"

struct store_reader {
    char installation[STORE_INSTALLATION_MAX + 1];
    struct store_asker *asker;
};

/* Calls field() for each field of a hash. -ENOENT: there is no such key. */
int reader_hash(struct store_reader *r, const char *key, void (*field)(void *context, const char *name, const char *value), void *context);

#endif
