/* writer.c -- see writer.h.
 *
 * Problem    Redis is restarted, upgraded, killed, or stuck behind a slow SD card, and nothing that was recorded may be
 *            lost or counted twice meanwhile. A connection that breaks says nothing about the batches that were on it.
 * Approach   Never guess: ask. Every connection begins by asking for our function's version (and loading it when it is
 *            missing or older), then for the mark, the last sequence that Redis has of this incarnation. What the mark
 *            covers is acknowledged, what it does not cover is offered from there, in order. So one rule serves every
 *            failure: drop the connection, wait a little longer each time, ask again.
 *            The mark can be lower than what was acknowledged: a Redis that is killed may lose its last two seconds.
 *            The answered batches of the last five seconds are kept for that, and offered again. When even they do not
 *            reach down to the mark (Redis was emptied, or an old copy restored), what is missing is counted as lost,
 *            and the rest goes on under a new incarnation, which starts again at 1.
 * Errors     Redis says that a batch is wrong in itself (REFUSED): it is hollowed, counted as refused, and holds its
 *            place. Anything else (LOADING, BUSY, OOM, READONLY, a full disk, WRONGTYPE, no permission) can pass or be
 *            put right by a person: the batches stay and are offered again.
 * Figures    Health is not queued: only the latest figures are of interest. They ride on the next batch, or on one of
 *            their own when nothing else waits.
 * Spool      A batch is written to the spool when it is closed, before it is offered (store/journal.h). In memory is only what
 *            is on its way, and what the disk did not take: that is tried again every second, in order.
 *            In good times nothing is synced, and a segment is gone before the kernel writes it out.
 * Files      Here are the records, the spool's place in it all, and time. link.c has the connection.
 */
#include "store/writer.h"

#include "common/clock.h"
#include "common/log.h"
#include "store/writer_state.h"

#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_AGE_NS      (100 * NS_PER_MS)
#define BATCH_AGE_AWAY_NS NS_PER_S /* while Redis is away: fewer and larger ones */
#define SPOOL_RETRY_NS    NS_PER_S
#define WAITS_NS          NS_PER_S /* what waits longer is to be safe from a power cut too */
#define QUEUE_MOST        (1u << 18) /* batches in the spool: three days of small ones */

/* --- the spool ----------------------------------------------------------------------------------------------- */

static bool has_spool(const struct store_settings *settings)
{
    return settings->spool && settings->spool[0] != '\0';
}

static void release(void *context, const struct store_entry *e)
{
    journal_release(context, e);
}

/* What earlier publishers left counts as made by this one. */
static bool open_journal(struct store_writer *w, const struct store_settings *settings)
{
    if (!has_spool(settings))
        return true;
    if (journal_open(settings->spool, settings->spool_bytes, &w->queue, &w->journal) < 0)
        return false;
    w->queue.on_let_go = release;
    w->queue.context = w->journal;
    for (uint64_t i = w->queue.oldest; i < w->queue.end; i++)
        w->counts.contacts_recovered += store_queue_at(&w->queue, i)->contacts;
    w->counts.contacts_made = w->counts.contacts_queued = w->counts.contacts_recovered;
    w->spooled_to = w->queue.end;
    w->taken = w->closed = w->safe = journal_source(w->journal);
    if (w->queue.end > 0)
        log_info("store: %s: %" PRIu64 " batches with %" PRIu64 " contacts are in the spool", settings->spool, w->queue.end,
                 w->counts.contacts_recovered);
    return true;
}

static bool begin_own_run(struct store_writer *w)
{
    char incarnation[STORE_INCARNATION_MAX];
    link_new_incarnation(incarnation);
    return store_queue_begin_run(&w->queue, incarnation, 1, 0);
}

/* Batches go to the spool in their order, before they are offered; what was answered meanwhile needs it no more. */
static void write_journal(struct store_writer *w, uint64_t now_ns)
{
    struct store_queue *q = &w->queue;
    if (w->spooled_to < q->unanswered)
        w->spooled_to = q->unanswered;
    if (!w->journal || now_ns < w->spool_retry_ns)
        return;
    for (; w->spooled_to < q->end; w->spooled_to++) {
        struct store_entry *e = store_queue_at(q, w->spooled_to);
        if (e->empty)
            continue;
        if (journal_write(w->journal, w->spooled_to, w->closed) < 0) {
            w->spool_retry_ns = now_ns + SPOOL_RETRY_NS;
            return;
        }
        if (w->link != LINK_READY || w->spooled_to - q->unanswered >= STORE_IN_FLIGHT_MAX) {
            free(e->batch); /* read back when its turn comes */
            e->batch = NULL;
        }
    }
}

static bool is_full(const struct store_writer *w)
{
    return store_queue_is_full(&w->queue) || (w->journal && w->queue.end - w->spooled_to >= w->memory_batches && w->spooled_to >= w->queue.unanswered);
}

/* --- the writer ---------------------------------------------------------------------------------------------- */

struct store_writer *store_writer_open(const struct store_settings *settings)
{
    assert(store_installation_is_valid(settings->installation));
    struct store_writer *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->draft = store_draft_new();
    w->command = store_command_new();
    w->memory_batches = settings->queue_batches;
    if (!store_queue_init(&w->queue, has_spool(settings) ? QUEUE_MOST : settings->queue_batches) || !w->draft || !w->command ||
        !open_journal(w, settings) || !begin_own_run(w)) {
        store_writer_close(w);
        return NULL;
    }
    snprintf(w->socket, sizeof(w->socket), "%s", settings->socket);
    snprintf(w->installation, sizeof(w->installation), "%s", settings->installation);
    w->complaint.socket = w->socket;
    w->demo = settings->demo;
    w->figures.known[STORE_FIGURE_DEMO] = settings->demo;
    w->figures.value[STORE_FIGURE_DEMO] = settings->demo;
    w->backoff_ns = STORE_BACKOFF_MIN_NS;
    w->any_time = settings->any_time;
    return w;
}

void store_writer_close(struct store_writer *w)
{
    if (!w)
        return;
    struct store_writer_counts n = store_writer_counts(w);
    if (n.contacts_in_flight > 0 && !w->journal)
        log_warning("store: %s: closed while %" PRIu64 " contacts waited; they are not stored", w->socket, n.contacts_in_flight);
    store_connection_close(w->connection);
    w->queue.on_let_go = NULL;
    store_queue_fini(&w->queue);
    journal_close(w->journal);
    store_draft_free(w->draft);
    store_command_free(w->command);
    free(w);
}

/* --- the records --------------------------------------------------------------------------------------------- */

static bool has_room(struct store_writer *w)
{
    if (!is_full(w))
        return true;
    if (!w->queue_was_full)
        log_error("store: %s: the queue is full (%u batches in memory); new contacts are refused and counted until Redis "
                  "takes some",
                  w->socket, w->memory_batches);
    w->queue_was_full = true;
    return false;
}

/* Takes the batch over. There is room for it. */
static void push_batch(struct store_writer *w, struct store_batch *b, uint32_t contacts)
{
    if (!store_queue_push(&w->queue, &(struct store_entry){.batch = b, .contacts = contacts})) {
        free(b);
        w->counts.contacts_queued -= contacts;
        w->counts.contacts_refused += contacts;
    }
    if (w->queue.end - w->queue.unanswered == 1)
        w->progress_ns = clock_monotonic_ns();
    w->queue_was_full = false;
    w->closed = w->taken;
    write_journal(w, clock_monotonic_ns());
    w->safe = w->closed;
}

static bool close_draft(struct store_writer *w)
{
    uint32_t contacts = store_draft_contacts(w->draft);
    struct store_batch *b = has_room(w) ? store_draft_close(w->draft) : NULL;
    if (!b)
        return false;
    w->draft_has_devices = false;
    push_batch(w, b, contacts);
    return true;
}

/* A record of a support site: behind what was open before it. */
static void push_site(struct store_writer *w, struct store_batch *b)
{
    if (store_draft_contacts(w->draft) > 0)
        close_draft(w);
    if (b && store_draft_contacts(w->draft) == 0 && has_room(w)) {
        push_batch(w, b, 0);
        return;
    }
    free(b);
    w->safe = w->taken; /* no safer place will come: let the source go on */
    log_error("store: %s: figures of a support site are lost: no room for them", w->socket);
}

void store_writer_site(struct store_writer *w, const struct store_site *s)
{
    push_site(w, store_site_batch(s));
}

void store_writer_pair(struct store_writer *w, const struct store_pair *p)
{
    push_site(w, store_pair_batch(p));
}

void store_writer_contact(struct store_writer *w, const struct store_contact *c)
{
    bool has_device = c->device[0] != '\0', open = store_draft_contacts(w->draft) > 0;
    w->counts.contacts_made++;
    if (!open)
        w->draft_since_ns = clock_monotonic_ns();
    bool fits = !open || has_device == w->draft_has_devices; /* those with a device and those without are never in one batch */
    if (fits && store_draft_add(w->draft, c)) {
        w->draft_has_devices = has_device;
        w->counts.contacts_queued++;
        return;
    }
    if (!close_draft(w)) {
        w->counts.contacts_refused++;
        w->safe = w->taken; /* no safer place will come: let the source go on */
        return;
    }
    w->draft_since_ns = clock_monotonic_ns();
    bool added = store_draft_add(w->draft, c);
    assert(added); /* an empty draft has room */
    (void)added;
    w->draft_has_devices = has_device;
    w->counts.contacts_queued++;
}

void store_writer_health(struct store_writer *w, const struct store_health *figures, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int figure = store_figure_from_name(figures[i].name);
        assert(figure >= 0); /* the list is fixed: store/schema.h */
        if (figure < 0)
            continue;
        w->figures.known[figure] = true;
        w->figures.value[figure] = figures[i].value;
    }
    w->figures_are_new = true;
}

void store_writer_hold(struct store_writer *w, bool held)
{
    w->held = held;
}

void store_writer_taken(struct store_writer *w, uint64_t source, uint64_t sequence)
{
    w->taken = (struct journal_source){source, sequence};
}

bool store_writer_has_taken(const struct store_writer *w, uint64_t source, uint64_t sequence)
{
    return w->taken.source == source && sequence <= w->taken.sequence;
}

uint64_t store_writer_safe(const struct store_writer *w, uint64_t source)
{
    const struct journal_source *s = store_draft_contacts(w->draft) == 0 ? &w->taken : &w->safe;
    return s->source == source ? s->sequence : 0;
}

static uint64_t batch_age_ns(const struct store_writer *w)
{
    return w->journal && w->link != LINK_READY ? BATCH_AGE_AWAY_NS : BATCH_AGE_NS;
}

static void close_draft_if_due(struct store_writer *w, uint64_t now_ns)
{
    if (store_draft_contacts(w->draft) > 0 && now_ns - w->draft_since_ns >= batch_age_ns(w))
        close_draft(w);
}

/* --- running ------------------------------------------------------------------------------------------------- */

static void step(struct store_writer *w)
{
    uint64_t now_ns = clock_monotonic_ns();
    link_connect_if_due(w, now_ns);
    link_move_bytes(w);
    if (w->link == LINK_READY) /* while Redis is away, nobody knows what it will have forgotten when it comes back */
        store_queue_let_go(&w->queue, now_ns);
    close_draft_if_due(w, now_ns);
    write_journal(w, now_ns);
    link_send(w);
    if (w->journal)
        journal_run(w->journal, now_ns, w->queue.unanswered < w->queue.end && now_ns >= w->progress_ns + WAITS_NS);
}

static int sooner_ms(int timeout_ms, uint64_t now_ns, uint64_t at_ns)
{
    uint64_t left_ms = at_ns > now_ns ? (at_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS : 0;
    return left_ms < (uint64_t)timeout_ms ? (int)left_ms : timeout_ms;
}

static void wait_for_work(struct store_writer *w, int timeout_ms)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (store_draft_contacts(w->draft) > 0 && !w->queue_was_full)
        timeout_ms = sooner_ms(timeout_ms, now_ns, w->draft_since_ns + batch_age_ns(w));
    if (!w->connection) {
        poll(NULL, 0, sooner_ms(timeout_ms, now_ns, w->next_try_ns));
        return;
    }
    int patience_ms = store_connection_patience_ms(w->connection);
    store_connection_wait(w->connection, patience_ms >= 0 && patience_ms < timeout_ms ? patience_ms : timeout_ms);
}

int store_writer_run(struct store_writer *w, int wait_ms)
{
    step(w);
    if (wait_ms > 0) {
        wait_for_work(w, wait_ms);
        step(w);
    }
    return w->connection ? store_connection_fd(w->connection) : -1;
}

bool store_writer_drain(struct store_writer *w, int timeout_ms)
{
    uint64_t deadline_ns = clock_monotonic_ns() + (uint64_t)timeout_ms * NS_PER_MS;
    for (;;) {
        if (store_draft_contacts(w->draft) > 0)
            close_draft(w);
        if (link_nothing_waits(w) && !w->figures_are_new && !w->figures_are_asked)
            return true;
        uint64_t now_ns = clock_monotonic_ns();
        if (now_ns >= deadline_ns)
            return false;
        store_writer_run(w, sooner_ms(100, now_ns, deadline_ns));
    }
}

/* What is neither answered nor safe in the spool until its turn comes: open, in memory only, or on its way. */
static uint64_t contacts_in_flight(const struct store_writer *w)
{
    const struct store_queue *q = &w->queue;
    uint64_t n = w->draft ? store_draft_contacts(w->draft) : 0;
    for (uint64_t i = q->unanswered; i < q->unsent; i++)
        n += store_queue_at(q, i)->contacts;
    uint64_t rest = w->journal && w->spooled_to > q->unsent ? w->spooled_to : q->unsent;
    for (uint64_t i = rest; i < q->end; i++)
        n += store_queue_at(q, i)->contacts;
    return n;
}

struct store_writer_counts store_writer_counts(const struct store_writer *w)
{
    struct store_writer_counts c = w->counts;
    c.connected = w->link == LINK_READY;
    c.contacts_in_flight = contacts_in_flight(w);
    assert(c.contacts_queued >= c.contacts_in_flight);
    c.contacts_spooled = c.contacts_queued - c.contacts_in_flight;
    assert(c.contacts_made == c.contacts_acknowledged + c.contacts_spooled + c.contacts_in_flight + c.contacts_refused);
    c.red = w->queue_was_full;
    if (w->journal) {
        struct spool_counts s = journal_counts(w->journal);
        c.spool_bytes = s.bytes;
        c.spool_damaged = s.damaged;
        c.spool_errors = s.errors;
        c.spool_syncs = s.syncs;
        c.red = c.red || !s.well;
    }
    return c;
}
