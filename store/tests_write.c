/* tests_write.c -- see tests.h: what the publisher writes of staff tests. The capture process tells all of a test once more when the test ends, so
 * that what was lost on the way to Redis comes again (records.h).
 */
#include "store/tests.h"

#include "common/clock.h"
#include "store/records.h"
#include "store/schema.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store_tests {
    char installation[STORE_INSTALLATION_MAX + 1];
    bool demo;
    struct store_records *records;
    uint64_t day_ns; /* since when ids are counted */
    unsigned ids;
    char id[STORE_TEST_ID_MAX]; /* the latest */
};

const char *store_test_state_word(enum store_test_state state)
{
    static const char *const words[STORE_TEST_STATES] = {"running", "over", "stopped", "cut short"};
    return words[state];
}

bool store_test_id_is_valid(const char *id)
{
    return strspn(id, "0123456789abcdef") == STORE_TEST_ID_LEN && id[STORE_TEST_ID_LEN] == '\0';
}

struct store_tests *store_tests_new(const char *socket, const char *installation, bool demo)
{
    assert(store_installation_is_valid(installation));
    struct store_tests *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    snprintf(t->installation, sizeof(t->installation), "%s", installation);
    t->demo = demo;
    t->records = store_records_new(socket, "staff tests", STORE_TESTS_WAITING);
    if (t->records)
        return t;
    free(t);
    return NULL;
}

void store_tests_free(struct store_tests *t)
{
    if (!t)
        return;
    store_records_free(t->records);
    free(t);
}

bool store_tests_may_have(struct store_tests *t, const char *id)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (strcmp(t->id, id) == 0)
        return true;
    if (t->ids == 0 || now_ns >= t->day_ns + STORE_DAY_S * NS_PER_S) {
        t->day_ns = now_ns;
        t->ids = 0;
    }
    if (t->ids == STORE_TESTS_A_DAY)
        return false;
    t->ids++;
    snprintf(t->id, sizeof(t->id), "%s", id);
    return true;
}

static struct store_record *begin(struct store_tests *t, const char *id)
{
    char key[STORE_KEY_MAX];
    store_key_write(key, t->installation, STORE_KEY_TEST, id);
    return store_records_begin(t->records, STORE_FUNCTION_TEST, key);
}

void store_tests_session(struct store_tests *t, const char *id, const struct store_test_session *s)
{
    struct store_record *r = begin(t, id);
    if (!r)
        return;
    store_record_put(r, "label"), store_record_put(r, "staff test");
    store_record_put(r, "site"), store_record_put(r, s->site);
    store_record_put(r, "reason"), store_record_put(r, s->reason);
    store_record_put(r, "started"), store_record_put_number(r, s->hour_s);
    store_record_put(r, "minutes"), store_record_put_number(r, s->minutes);
    store_record_put(r, "state"), store_record_put(r, store_test_state_word(s->state));
    store_record_put(r, "visits"), store_record_put_number(r, s->visits);
    store_record_put(r, "beyond"), store_record_put_number(r, s->beyond);
    if (t->demo)
        store_record_put(r, "demo"), store_record_put(r, "yes");
    store_records_commit(t->records, r);
}

void store_tests_host(struct store_tests *t, const char *id, const struct store_test_host *h)
{
    char field[8 + STORE_KEY_MAX + 256], value[1024];
    struct store_record *r = begin(t, id);
    if (!r)
        return;
    snprintf(field, sizeof(field), "host:%s", h->host);
    snprintf(value, sizeof(value), "%s\t%s\t%s\t%s\t%u\t%u\t%u\t%s\t%s", h->tracker, h->organisation, purpose_word(h->purpose), evidence_word(h->evidence),
             h->after_ms, h->visits_with, h->connections, h->matched, h->feed);
    store_record_put(r, field), store_record_put(r, value);
    store_records_commit(t->records, r);
}

void store_tests_link(struct store_tests *t, const char *id, const char *host, unsigned place, const char *name)
{
    char field[320];
    struct store_record *r = begin(t, id);
    if (!r)
        return;
    snprintf(field, sizeof(field), "link:%u:%s", place, host);
    store_record_put(r, field), store_record_put(r, name);
    store_records_commit(t->records, r);
}

void store_tests_leak(struct store_tests *t, const char *id, unsigned number, const char *host, const char *parameter, const char *page)
{
    char field[32], value[1024];
    struct store_record *r = begin(t, id);
    if (!r)
        return;
    snprintf(field, sizeof(field), "leak:%u", number);
    snprintf(value, sizeof(value), "%s\t%s\t%s", host, parameter, page);
    store_record_put(r, field), store_record_put(r, value);
    store_records_commit(t->records, r);
}

size_t store_tests_run(struct store_tests *t)
{
    return store_records_run(t->records);
}

uint64_t store_tests_dropped(const struct store_tests *t)
{
    return store_records_dropped(t->records);
}
