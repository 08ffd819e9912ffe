/* tests_write.c -- see tests.h: what the publisher writes of staff tests.
 *
 * A test is rare and small, so it does not ride on the batches of contacts: a connection of its own, one record a question, the next when
 * the last is answered. A record that is asked twice says the same twice, which is why there is neither mark nor spool here: what waits when the
 * publisher ends is lost, and the capture process tells all of a test once more when the test ends.
 */
#include "store/tests.h"

#include "common/clock.h"
#include "common/log.h"
#include "store/complaint.h"
#include "store/connection.h"
#include "store/schema.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_NS     (1 * NS_PER_S)
#define ARGUMENTS    24
#define RECORD_BYTES 2048
#define STEPS_MOST   64 /* answers in one call of store_tests_run() */

struct record {
    struct record *next;
    int argc;
    size_t used, lengths[ARGUMENTS];
    char *argv[ARGUMENTS];
    char bytes[RECORD_BYTES];
};

struct store_tests {
    char socket[108], installation[STORE_INSTALLATION_MAX + 1];
    bool demo, asked; /* asked: the first record is on its way */
    struct store_connection *connection;
    struct store_complaint complaint;
    uint64_t retry_ns, dropped;
    struct record *first, **last;
    size_t waiting;
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
    snprintf(t->socket, sizeof(t->socket), "%s", socket);
    snprintf(t->installation, sizeof(t->installation), "%s", installation);
    t->demo = demo;
    t->last = &t->first;
    t->complaint.socket = t->socket;
    return t;
}

static void pop(struct store_tests *t)
{
    struct record *r = t->first;
    t->first = r->next;
    if (!t->first)
        t->last = &t->first;
    t->waiting--;
    free(r);
}

void store_tests_free(struct store_tests *t)
{
    if (!t)
        return;
    if (t->waiting > 0)
        log_warning("store: %s: %zu records of staff tests were not stored: Redis did not take them", t->socket, t->waiting);
    while (t->first)
        pop(t);
    store_connection_close(t->connection);
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

/* Records ---------------------------------------------------------------------------------------------------------- */

static void put(struct record *r, const char *text)
{
    size_t n = strlen(text);
    assert(r->argc < ARGUMENTS && r->used + n < RECORD_BYTES);
    r->argv[r->argc] = r->bytes + r->used;
    r->lengths[r->argc++] = n;
    memcpy(r->bytes + r->used, text, n + 1);
    r->used += n + 1;
}

static void put_number(struct record *r, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, n);
    put(r, text);
}

/* The first of a row of them is told; a test is over within the hour, and then there is room again. */
static void drop(struct store_tests *t)
{
    if (t->dropped++ % STORE_TESTS_WAITING == 0)
        log_error("store: %s: records of a staff test are lost: %u wait already, or memory is out; test again when Redis is back", t->socket,
                  (unsigned)t->waiting);
}

static struct record *begin(struct store_tests *t, const char *id)
{
    char key[STORE_KEY_MAX];
    struct record *r = t->waiting < STORE_TESTS_WAITING ? calloc(1, sizeof(*r)) : NULL;
    if (!r) {
        drop(t);
        return NULL;
    }
    store_key_write(key, t->installation, STORE_KEY_TEST, id);
    put(r, "FCALL");
    put(r, STORE_FUNCTION_TEST);
    put(r, "1");
    put(r, key);
    return r;
}

static void commit(struct store_tests *t, struct record *r)
{
    *t->last = r;
    t->last = &r->next;
    t->waiting++;
}

void store_tests_session(struct store_tests *t, const char *id, const struct store_test_session *s)
{
    struct record *r = begin(t, id);
    if (!r)
        return;
    put(r, "label"), put(r, "staff test");
    put(r, "site"), put(r, s->site);
    put(r, "reason"), put(r, s->reason);
    put(r, "started"), put_number(r, s->hour_s);
    put(r, "minutes"), put_number(r, s->minutes);
    put(r, "state"), put(r, store_test_state_word(s->state));
    put(r, "visits"), put_number(r, s->visits);
    put(r, "beyond"), put_number(r, s->beyond);
    if (t->demo)
        put(r, "demo"), put(r, "yes");
    commit(t, r);
}

void store_tests_host(struct store_tests *t, const char *id, const struct store_test_host *h)
{
    char field[8 + STORE_KEY_MAX + 256], value[1024];
    struct record *r = begin(t, id);
    if (!r)
        return;
    snprintf(field, sizeof(field), "host:%s", h->host);
    snprintf(value, sizeof(value), "%s\t%s\t%s\t%s\t%u\t%u\t%u\t%s\t%s", h->tracker, h->organisation, purpose_word(h->purpose), evidence_word(h->evidence),
             h->after_ms, h->visits_with, h->connections, h->matched, h->feed);
    put(r, field), put(r, value);
    commit(t, r);
}

void store_tests_link(struct store_tests *t, const char *id, const char *host, unsigned place, const char *name)
{
    char field[320];
    struct record *r = begin(t, id);
    if (!r)
        return;
    snprintf(field, sizeof(field), "link:%u:%s", place, host);
    put(r, field), put(r, name);
    commit(t, r);
}

void store_tests_leak(struct store_tests *t, const char *id, unsigned number, const char *host, const char *parameter, const char *page)
{
    char field[32], value[1024];
    struct record *r = begin(t, id);
    if (!r)
        return;
    snprintf(field, sizeof(field), "leak:%u", number);
    snprintf(value, sizeof(value), "%s\t%s\t%s", host, parameter, page);
    put(r, field), put(r, value);
    commit(t, r);
}

/* Sending ---------------------------------------------------------------------------------------------------------- */

static void give_up(struct store_tests *t, const char *why)
{
    if (why && !store_error_is_early(why))
        store_complain(&t->complaint, "staff tests: %s; trying again", why);
    store_connection_close(t->connection);
    t->connection = NULL;
    t->asked = false;
    t->retry_ns = clock_monotonic_ns() + RETRY_NS;
}

static bool send_first(struct store_tests *t)
{
    if (clock_monotonic_ns() < t->retry_ns)
        return false;
    if (!t->connection && store_connection_open(t->socket, &t->connection) < 0) {
        give_up(t, NULL); /* the writer says that Redis is away */
        return false;
    }
    struct record *r = t->first;
    const char *argv[ARGUMENTS];
    for (int i = 0; i < r->argc; i++)
        argv[i] = r->argv[i];
    if (store_connection_append(t->connection, r->argc, argv, r->lengths) < 0) {
        give_up(t, "out of memory");
        return false;
    }
    return t->asked = true;
}

/* True when the next record may go. */
static bool hear_answer(struct store_tests *t)
{
    struct store_reply *reply = NULL;
    int rc = store_connection_pump(t->connection);
    if (rc >= 0)
        rc = store_connection_next(t->connection, &reply);
    if (rc < 0) {
        give_up(t, store_connection_problem(t->connection));
    } else if (rc > 0) {
        const char *error = store_reply_kind(reply) == STORE_REPLY_ERROR ? store_reply_text(reply, NULL) : NULL;
        t->asked = false;
        if (error && !store_error_is(error, "REFUSED")) {
            give_up(t, error);
        } else {
            if (error) {
                log_error("store: %s: a record of a staff test was not taken: %s", t->socket, error);
                t->dropped++;
            }
            pop(t);
            store_complaint_clear(&t->complaint);
        }
    }
    store_reply_free(reply);
    return rc > 0 && t->connection;
}

size_t store_tests_run(struct store_tests *t)
{
    for (int i = 0; i < STEPS_MOST && t->first; i++)
        if ((!t->asked && !send_first(t)) || !hear_answer(t))
            break;
    return t->waiting;
}

uint64_t store_tests_dropped(const struct store_tests *t)
{
    return t->dropped;
}
