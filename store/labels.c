/* labels.c -- see labels.h. */
#include "store/labels.h"

#include "store/records.h"
#include "store/schema.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct store_labels {
    char installation[STORE_INSTALLATION_MAX + 1];
    struct store_records *records;
};

struct store_labels *store_labels_new(const char *socket, const char *installation)
{
    assert(store_installation_is_valid(installation));
    struct store_labels *l = calloc(1, sizeof(*l));
    if (!l || !(l->records = store_records_new(socket, "labels of devices", STORE_LABELS_WAITING))) {
        free(l);
        return NULL;
    }
    snprintf(l->installation, sizeof(l->installation), "%s", installation);
    return l;
}

void store_labels_free(struct store_labels *l)
{
    if (!l)
        return;
    store_records_free(l->records);
    free(l);
}

void store_labels_put(struct store_labels *l, const char *day, const char *device, const char *label)
{
    char key[STORE_KEY_MAX];
    store_key_write(key, l->installation, STORE_KEY_LABELS, day);
    struct store_record *r = store_records_begin(l->records, STORE_FUNCTION_LABEL, key);
    if (!r)
        return;
    store_record_put(r, device);
    store_record_put(r, label);
    store_records_commit(l->records, r);
}

size_t store_labels_run(struct store_labels *l)
{
    return store_records_run(l->records);
}
