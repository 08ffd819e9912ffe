/* records.c -- see records.h.
 *
 * These records are rare and small, so they do not ride on the batches of contacts: a connection of their own, one record a question, the
 * next when the last is answered. A record that is asked twice says the same twice, which is why there is neither mark nor spool here.
 */
#include "store/records.h"

#include "common/clock.h"
#include "common/log.h"
#include "store/complaint.h"
#include "store/connection.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_NS     (1 * NS_PER_S)
#define ARGUMENTS    24
#define RECORD_BYTES 2048
#define STEPS_MOST   64 /* answers in one call of store_records_run() */

struct store_record {
    struct store_record *next;
    int argc;
    size_t used, lengths[ARGUMENTS];
    char *argv[ARGUMENTS];
    char bytes[RECORD_BYTES];
};

struct store_records {
    char socket[108];
    const char *what;
    size_t most, waiting;
    bool asked; /* the first record is on its way */
    struct store_connection *connection;
    struct store_complaint complaint;
    uint64_t retry_ns, dropped;
    struct store_record *first, **last;
};

struct store_records *store_records_new(const char *socket, const char *what, size_t most)
{
    struct store_records *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    snprintf(r->socket, sizeof(r->socket), "%s", socket);
    r->what = what;
    r->most = most;
    r->last = &r->first;
    r->complaint.socket = r->socket;
    return r;
}

static void pop(struct store_records *r)
{
    struct store_record *gone = r->first;
    r->first = gone->next;
    if (!r->first)
        r->last = &r->first;
    r->waiting--;
    free(gone);
}

void store_records_free(struct store_records *r)
{
    if (!r)
        return;
    if (r->waiting > 0)
        log_warning("store: %s: %zu records of %s were not stored: Redis did not take them", r->socket, r->waiting, r->what);
    while (r->first)
        pop(r);
    store_connection_close(r->connection);
    free(r);
}

/* The first of a row of them is told. */
static void drop(struct store_records *r)
{
    if (r->dropped++ % r->most == 0)
        log_error("store: %s: records of %s are lost: %u wait already, or memory is out", r->socket, r->what, (unsigned)r->waiting);
}

struct store_record *store_records_begin(struct store_records *r, const char *function, const char *key)
{
    struct store_record *record = r->waiting < r->most ? calloc(1, sizeof(*record)) : NULL;
    if (!record) {
        drop(r);
        return NULL;
    }
    store_record_put(record, "FCALL");
    store_record_put(record, function);
    store_record_put(record, "1");
    store_record_put(record, key);
    return record;
}

void store_record_put(struct store_record *r, const char *text)
{
    size_t n = strlen(text);
    assert(r->argc < ARGUMENTS && r->used + n < RECORD_BYTES);
    r->argv[r->argc] = r->bytes + r->used;
    r->lengths[r->argc++] = n;
    memcpy(r->bytes + r->used, text, n + 1);
    r->used += n + 1;
}

void store_record_put_number(struct store_record *r, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, n);
    store_record_put(r, text);
}

void store_records_commit(struct store_records *r, struct store_record *record)
{
    *r->last = record;
    r->last = &record->next;
    r->waiting++;
}

/* Sending ---------------------------------------------------------------------------------------------------------- */

static void give_up(struct store_records *r, const char *why)
{
    if (why && !store_error_is_early(why))
        store_complain(&r->complaint, "%s: %s; trying again", r->what, why);
    store_connection_close(r->connection);
    r->connection = NULL;
    r->asked = false;
    r->retry_ns = clock_monotonic_ns() + RETRY_NS;
}

static bool send_first(struct store_records *r)
{
    if (clock_monotonic_ns() < r->retry_ns)
        return false;
    if (!r->connection && store_connection_open(r->socket, &r->connection) < 0) {
        give_up(r, NULL); /* the writer says that Redis is away */
        return false;
    }
    const struct store_record *first = r->first;
    const char *argv[ARGUMENTS];
    for (int i = 0; i < first->argc; i++)
        argv[i] = first->argv[i];
    if (store_connection_append(r->connection, first->argc, argv, first->lengths) < 0) {
        give_up(r, "out of memory");
        return false;
    }
    return r->asked = true;
}

/* True when the next record may go. */
static bool hear_answer(struct store_records *r)
{
    struct store_reply *reply = NULL;
    int rc = store_connection_pump(r->connection);
    if (rc >= 0)
        rc = store_connection_next(r->connection, &reply);
    if (rc < 0) {
        give_up(r, store_connection_problem(r->connection));
    } else if (rc > 0) {
        const char *error = store_reply_kind(reply) == STORE_REPLY_ERROR ? store_reply_text(reply, NULL) : NULL;
        r->asked = false;
        if (error && !store_error_is(error, "REFUSED")) {
            give_up(r, error);
        } else {
            if (error) {
                log_error("store: %s: a record of %s was not taken: %s", r->socket, r->what, error);
                r->dropped++;
            }
            pop(r);
            store_complaint_clear(&r->complaint);
        }
    }
    store_reply_free(reply);
    return rc > 0 && r->connection;
}

size_t store_records_run(struct store_records *r)
{
    for (int i = 0; i < STEPS_MOST && r->first; i++)
        if ((!r->asked && !send_first(r)) || !hear_answer(r))
            break;
    return r->waiting;
}

uint64_t store_records_dropped(const struct store_records *r)
{
    return r->dropped;
}
