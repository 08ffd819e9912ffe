/* retention.c -- see retention.h.
 *
 * A sweep of a full store takes some seconds of Redis' time in sum, so it goes in parts of SWEEP_MOST entries and keys,
 * one a step of the publisher's loop, and batches go in between. It has its own connection: an answer of minutes' work must
 * never stand between the writer and its acknowledgements.
 *
 * The append-only file is written anew once a day and not after every sweep: it is as long as the whole store, and an SD
 * card has a number of writes in it.
 */
#include "store/retention.h"

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

#define SWEEP_MOST "1000"
#define RETRY_NS   (10 * NS_PER_S)
#define LOOK_NS    (1 * NS_PER_S) /* between two looks at a rewrite that is going on */

enum retention_state {
    RETENTION_IDLE,
    RETENTION_SWEEPING,  /* telltale_sweep was asked */
    RETENTION_REWRITING, /* BGREWRITEAOF was asked */
    RETENTION_LOOKING,   /* INFO persistence was asked */
    RETENTION_PAUSING,   /* until the next look */
};

struct store_retention {
    char socket[108], alerts_key[STORE_KEY_MAX], audit_key[STORE_KEY_MAX];
    struct store_kept kept;
    char from[48], cursor[24]; /* where the sweep goes on; `from` is kept from one sweep to the next */
    struct store_connection *connection;
    struct store_complaint complaint;
    enum retention_state state;
    uint64_t next_ns;       /* monotonic; nothing before it */
    uint64_t swept_hour;    /* of the last sweep that came to its end, hours since the epoch */
    char rewritten_day[11]; /* local; of the last good rewrite */
    struct store_retention_counts counts;
};

struct store_retention *store_retention_new(const char *socket, const char *installation)
{
    assert(store_installation_is_valid(installation));
    struct store_retention *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    snprintf(r->socket, sizeof(r->socket), "%s", socket);
    store_key_write(r->alerts_key, installation, STORE_KEY_ALERTS, NULL);
    store_key_write(r->audit_key, installation, STORE_KEY_AUDIT, NULL);
    r->kept = (struct store_kept){400, 30, 30};
    strcpy(r->from, "-");
    strcpy(r->cursor, "0");
    r->complaint.socket = r->socket;
    return r;
}

void store_retention_free(struct store_retention *r)
{
    if (!r)
        return;
    store_connection_close(r->connection);
    free(r);
}

struct store_retention_counts store_retention_counts(const struct store_retention *r)
{
    return r->counts;
}

static void end_for_now(struct store_retention *r, uint64_t wait_ns)
{
    store_connection_close(r->connection);
    r->connection = NULL;
    r->state = RETENTION_IDLE;
    r->next_ns = clock_monotonic_ns() + wait_ns;
}

static void give_up(struct store_retention *r, const char *why)
{
    if (!store_error_is_early(why))
        store_complain(&r->complaint, "retention: %s; trying again", why);
    end_for_now(r, RETRY_NS);
}

static void ask(struct store_retention *r, enum retention_state then, int argc, const char **argv)
{
    size_t lengths[12];
    for (int i = 0; i < argc; i++)
        lengths[i] = strlen(argv[i]);
    r->state = then;
    if (store_connection_append(r->connection, argc, argv, lengths) < 0)
        give_up(r, "out of memory");
}

static void ask_sweep(struct store_retention *r)
{
    char figures[12], devices[12], alerts[12];
    snprintf(figures, sizeof(figures), "%u", r->kept.figures_days);
    snprintf(devices, sizeof(devices), "%u", r->kept.devices_days);
    snprintf(alerts, sizeof(alerts), "%u", r->kept.alerts_days);
    ask(r, RETENTION_SWEEPING, 11,
        (const char *[]){"FCALL", STORE_FUNCTION_SWEEP, "2", r->alerts_key, r->audit_key, r->from, r->cursor, SWEEP_MOST, figures, devices, alerts});
}

void store_retention_keep(struct store_retention *r, struct store_kept kept)
{
    r->kept = kept;
    r->swept_hour = 0; /* the next sweep is due */
}

static void begin_if_due(struct store_retention *r)
{
    if (clock_monotonic_ns() < r->next_ns || clock_wall_ns() / NS_PER_S / STORE_HOUR_S == r->swept_hour)
        return;
    int rc = store_connection_open(r->socket, &r->connection);
    if (rc < 0)
        end_for_now(r, RETRY_NS); /* the writer says that Redis is away */
    else
        ask_sweep(r);
}

static void begin_rewrite_if_due(struct store_retention *r)
{
    struct local_time now;
    clock_local(clock_wall_ns(), &now);
    if (strcmp(now.day, r->rewritten_day) == 0)
        end_for_now(r, 0);
    else
        ask(r, RETENTION_REWRITING, 1, (const char *[]){"BGREWRITEAOF"});
}

static void on_swept(struct store_retention *r, const struct store_reply *reply)
{
    if (store_reply_count(reply) != 5) {
        give_up(r, store_reply_kind(reply) == STORE_REPLY_ERROR ? store_reply_text(reply, NULL) : "a strange answer to a sweep");
        return;
    }
    snprintf(r->from, sizeof(r->from), "%s", store_reply_text(store_reply_item(reply, 0), NULL));
    snprintf(r->cursor, sizeof(r->cursor), "%s", store_reply_text(store_reply_item(reply, 1), NULL));
    r->counts.removed += (uint64_t)store_reply_integer(store_reply_item(reply, 2));
    r->counts.mended += (uint64_t)store_reply_integer(store_reply_item(reply, 3));
    if (store_reply_integer(store_reply_item(reply, 4)) != 0) {
        ask_sweep(r);
        return;
    }
    r->counts.sweeps++;
    r->swept_hour = clock_wall_ns() / NS_PER_S / STORE_HOUR_S;
    store_complaint_clear(&r->complaint);
    begin_rewrite_if_due(r);
}

static void pause_before_look(struct store_retention *r)
{
    r->state = RETENTION_PAUSING;
    r->next_ns = clock_monotonic_ns() + LOOK_NS;
}

static bool says(const struct store_reply *info, const char *line)
{
    return strstr(store_reply_text(info, NULL), line) != NULL;
}

static void on_looked(struct store_retention *r, const struct store_reply *info)
{
    if (says(info, "aof_rewrite_in_progress:1") || says(info, "aof_rewrite_scheduled:1")) {
        pause_before_look(r);
        return;
    }
    if (says(info, "aof_last_bgrewrite_status:ok")) {
        struct local_time now;
        clock_local(clock_wall_ns(), &now);
        memcpy(r->rewritten_day, now.day, sizeof(r->rewritten_day));
        r->counts.rewrites++;
    } else {
        log_warning("store: %s: Redis could not write its append-only file anew; what was removed stays in it until the next try in an hour", r->socket);
    }
    end_for_now(r, 0);
}

static void on_reply(struct store_retention *r, const struct store_reply *reply)
{
    bool error = store_reply_kind(reply) == STORE_REPLY_ERROR;
    if (r->state == RETENTION_SWEEPING) {
        on_swept(r, reply);
    } else if (r->state == RETENTION_REWRITING && !(error && store_error_is(store_reply_text(reply, NULL), "NOPERM"))) {
        pause_before_look(r); /* an error: one is going on already, and the look will tell */
    } else if (r->state == RETENTION_LOOKING && !error) {
        on_looked(r, reply);
    } else {
        log_warning("store: %s: the append-only file is not written anew: %s", r->socket, store_reply_text(reply, NULL));
        end_for_now(r, 0);
    }
}

static void hear_answer(struct store_retention *r)
{
    struct store_reply *reply = NULL;
    int rc = store_connection_pump(r->connection);
    if (rc >= 0)
        rc = store_connection_next(r->connection, &reply);
    if (rc > 0)
        on_reply(r, reply);
    else if (rc < 0)
        give_up(r, store_connection_problem(r->connection));
    store_reply_free(reply);
    if (rc > 0 && r->connection && store_connection_open_questions(r->connection) > 0)
        store_connection_pump(r->connection); /* the next question goes out now, not a step later */
}

void store_retention_run(struct store_retention *r)
{
    if (r->state == RETENTION_IDLE)
        begin_if_due(r);
    else if (r->state != RETENTION_PAUSING)
        hear_answer(r);
    else if (clock_monotonic_ns() >= r->next_ns)
        ask(r, RETENTION_LOOKING, 2, (const char *[]){"INFO", "persistence"});
}
