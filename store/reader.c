/* reader.c -- see reader.h. Every question here only reads, so that the asker may ask it twice. */
#include "store/reader.h"

#include "common/device_label.h"
#include "store/reader_state.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


int store_reader_open(const char *socket, const char *installation, struct store_reader **out)
{
    assert(store_installation_is_valid(installation));
    *out = NULL;
    struct store_reader *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    snprintf(r->installation, sizeof(r->installation), "%s", installation);
    int rc = store_asker_open(socket, &r->asker);
    if (rc < 0) {
        store_reader_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

void store_reader_close(struct store_reader *r)
{
    if (!r)
        return;
    store_asker_close(r->asker);
    free(r);
}

int reader_hash(struct store_reader *r, const char *key,
                void (*field)(void *context, const char *name, const char *value), void *context)
{
    struct store_reply *reply;
    const char *argv[] = {"HGETALL", key};
    int rc = store_asker_ask(r->asker, 2, argv, &reply);
    if (rc < 0)
        return rc;
    size_t n = store_reply_count(reply);
    for (size_t i = 0; i + 1 < n; i += 2)
        field(context, store_reply_text(store_reply_item(reply, i), NULL),
              store_reply_text(store_reply_item(reply, i + 1), NULL));
    store_reply_free(reply);
    return n > 0 ? 0 : -ENOENT;
}

int store_reader_health(struct store_reader *r, void (*field)(void *context, const char *name, const char *value),
                        void *context)
{
    char key[STORE_KEY_MAX];
    store_key_write(key, r->installation, STORE_KEY_HEALTH, NULL);
    return reader_hash(r, key, field, context);
}

int store_reader_ledger(struct store_reader *r, void (*field)(void *context, const char *name, const char *value),
                        void *context)
{
    char key[STORE_KEY_MAX];
    store_key_write(key, r->installation, STORE_KEY_LEDGER, NULL);
    return reader_hash(r, key, field, context);
}

int store_reader_settings(struct store_reader *r, void (*field)(void *context, const char *name, const char *value),
                          void *context)
{
    char key[STORE_KEY_MAX];
    store_key_write(key, r->installation, STORE_KEY_SETTINGS, NULL);
    return reader_hash(r, key, field, context);
}

int store_reader_day(struct store_reader *r, const char *day,
                     void (*field)(void *context, const char *name, const char *value), void *context)
{
    char key[STORE_KEY_MAX];
    if (strlen(day) != 10)
        return -ENOENT; /* no such day */
    store_key_write(key, r->installation, STORE_KEY_DAY, day);
    return reader_hash(r, key, field, context);
}

int store_reader_devices(struct store_reader *r, const char *day,
                         void (*field)(void *context, const char *name, const char *value), void *context)
{
    char key[STORE_KEY_MAX];
    if (strlen(day) != 10)
        return -ENOENT;
    store_key_write(key, r->installation, STORE_KEY_DEVICES, day);
    return reader_hash(r, key, field, context);
}

/* A Redis that somebody else wrote into may say anything: a page, a terminal and a spreadsheet show this. */
struct labels_listener {
    void (*field)(void *context, const char *device, const char *label);
    void *context;
};

static void on_label(void *context, const char *device, const char *label)
{
    const struct labels_listener *l = context;
    if (device_label_fault(label) == NULL)
        l->field(l->context, device, label);
}

int store_reader_labels(struct store_reader *r, const char *day,
                        void (*field)(void *context, const char *device, const char *label), void *context)
{
    char key[STORE_KEY_MAX];
    struct labels_listener listener = {field, context};
    if (strlen(day) != 10)
        return -ENOENT;
    store_key_write(key, r->installation, STORE_KEY_LABELS, day);
    return reader_hash(r, key, on_label, &listener);
}

int store_reader_coverage(struct store_reader *r, const char *day,
                          void (*field)(void *context, const char *name, const char *value), void *context)
{
    char key[STORE_KEY_MAX];
    if (strlen(day) != 10)
        return -ENOENT;
    store_key_write(key, r->installation, STORE_KEY_COVERAGE, day);
    return reader_hash(r, key, field, context);
}

int store_reader_alerts_length(struct store_reader *r, uint64_t *length)
{
    char key[STORE_KEY_MAX];
    struct store_reply *reply;
    const char *argv[] = {"XLEN", key};
    store_key_write(key, r->installation, STORE_KEY_ALERTS, NULL);
    int rc = store_asker_ask(r->asker, 2, argv, &reply);
    if (rc < 0)
        return rc;
    *length = (uint64_t)store_reply_integer(reply);
    store_reply_free(reply);
    return 0;
}

int store_reader_version(struct store_reader *r, char *out, size_t size)
{
    static const char label[] = "redis_version:";
    struct store_reply *reply;
    const char *argv[] = {"INFO", "server"};
    int rc = store_asker_ask(r->asker, 2, argv, &reply);
    if (rc < 0)
        return rc;
    const char *at = strstr(store_reply_text(reply, NULL), label);
    if (at) {
        at += strlen(label);
        snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
    }
    store_reply_free(reply);
    return at ? 0 : -EIO;
}
