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
 * Left out   The spool on disk. It goes between the queue's waiting part and send_batches(): a batch is one block of
 *            bytes, and sequence and incarnation are added only when it is sent.
 */
#include "store/writer.h"

#include "common/clock.h"
#include "common/log.h"
#include "store/batch.h"
#include "store/complaint.h"
#include "store/connection.h"
#include "store/library.h"
#include "store/queue.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BATCH_AGE_NS   (100 * NS_PER_MS)
#define BACKOFF_MIN_NS (100 * NS_PER_MS)
#define BACKOFF_MAX_NS (1 * NS_PER_S) /* the server is on this machine: knocking is cheap, and what waits is wanted soon */
#define IN_FLIGHT_MAX  16 /* batches on the way at once: enough to keep Redis busy, about 2 MB */

enum link_state { LINK_AWAY, LINK_ASKING_VERSION, LINK_LOADING, LINK_ASKING_MARK, LINK_READY };

struct store_writer {
    char socket[108], installation[STORE_INSTALLATION_MAX + 1];
    bool demo;
    struct store_draft *draft;
    uint64_t draft_since_ns; /* when its first contact came */
    struct store_figures figures;
    bool figures_are_new, figures_are_asked; /* asked: a call with figures only is on its way, and nothing else */
    bool held; /* store_writer_hold() */
    struct store_queue queue;
    struct store_command *command;

    struct store_connection *connection; /* NULL exactly when the link is away */
    enum link_state link;
    uint32_t asked_run; /* whose mark is being asked for */
    uint64_t next_try_ns, backoff_ns;
    bool was_ready, queue_was_full;
    struct store_complaint complaint;

    struct store_writer_counts counts;
};

static void new_incarnation(char out[STORE_INCARNATION_MAX])
{
    uint8_t random[16];
    while (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        if (errno != EINTR) {
            log_error("store: no random numbers from the kernel: %s", strerror(errno));
            abort();
        }
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
}

struct store_writer *store_writer_open(const struct store_settings *settings)
{
    assert(store_installation_is_valid(settings->installation));
    struct store_writer *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->draft = store_draft_new();
    w->command = store_command_new();
    char incarnation[STORE_INCARNATION_MAX];
    new_incarnation(incarnation);
    if (!store_queue_init(&w->queue, settings->queue_batches) || !store_queue_begin_run(&w->queue, incarnation, 1, 0) || !w->draft ||
        !w->command) {
        store_writer_close(w);
        return NULL;
    }
    snprintf(w->socket, sizeof(w->socket), "%s", settings->socket);
    snprintf(w->installation, sizeof(w->installation), "%s", settings->installation);
    w->complaint.socket = w->socket;
    w->demo = settings->demo;
    w->figures.known[STORE_FIGURE_DEMO] = settings->demo;
    w->figures.value[STORE_FIGURE_DEMO] = settings->demo;
    w->backoff_ns = BACKOFF_MIN_NS;
    return w;
}

void store_writer_close(struct store_writer *w)
{
    if (!w)
        return;
    if (w->counts.contacts_queued > 0)
        log_warning("store: %s: closed while %" PRIu64 " contacts waited; they are not stored", w->socket,
                    w->counts.contacts_queued);
    store_connection_close(w->connection);
    store_queue_fini(&w->queue);
    store_draft_free(w->draft);
    store_command_free(w->command);
    free(w);
}

/* --- the records --------------------------------------------------------------------------------------------- */

static bool close_draft(struct store_writer *w)
{
    if (store_queue_is_full(&w->queue)) {
        if (!w->queue_was_full)
            log_error("store: %s: the queue is full (%u batches); new contacts are refused and counted until Redis "
                      "takes some",
                      w->socket, w->queue.limit);
        w->queue_was_full = true;
        return false;
    }
    uint32_t contacts = store_draft_contacts(w->draft);
    struct store_batch *b = store_draft_close(w->draft);
    if (!b)
        return false;
    if (!store_queue_push(&w->queue, &(struct store_entry){.batch = b, .contacts = contacts})) {
        free(b);
        w->counts.contacts_queued -= contacts;
        w->counts.contacts_refused += contacts;
    }
    w->queue_was_full = false;
    return true;
}

void store_writer_contact(struct store_writer *w, const struct store_contact *c)
{
    w->counts.contacts_made++;
    if (store_draft_contacts(w->draft) == 0)
        w->draft_since_ns = clock_monotonic_ns();
    if (store_draft_add(w->draft, c)) {
        w->counts.contacts_queued++;
        return;
    }
    if (!close_draft(w)) {
        w->counts.contacts_refused++;
        return;
    }
    w->draft_since_ns = clock_monotonic_ns();
    bool added = store_draft_add(w->draft, c);
    assert(added); /* an empty draft has room */
    (void)added;
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

static bool nothing_waits(const struct store_writer *w)
{
    return w->queue.unanswered == w->queue.end && store_draft_contacts(w->draft) == 0;
}

static void close_draft_if_due(struct store_writer *w, uint64_t now_ns)
{
    if (store_draft_contacts(w->draft) > 0 && now_ns - w->draft_since_ns >= BATCH_AGE_NS)
        close_draft(w);
}

/* --- the link ------------------------------------------------------------------------------------------------ */

static void drop_link(struct store_writer *w, uint64_t now_ns)
{
    store_connection_close(w->connection);
    w->connection = NULL;
    w->link = LINK_AWAY;
    if (w->figures_are_asked || w->queue.unsent > w->queue.unanswered)
        w->figures_are_new = true;
    w->figures_are_asked = false;
    w->queue.unsent = w->queue.unanswered; /* what was on the way is unknown: it is offered again */
    w->next_try_ns = now_ns + w->backoff_ns;
    w->backoff_ns = 2 * w->backoff_ns < BACKOFF_MAX_NS ? 2 * w->backoff_ns : BACKOFF_MAX_NS;
}

static void fail_link(struct store_writer *w, uint64_t now_ns, int rc)
{
    if (rc == -ETIMEDOUT)
        store_complain(&w->complaint, "no answer for %d ms; asking again over a new connection", STORE_SILENCE_MS);
    else
        store_complain(&w->complaint, "%s; connecting again", store_connection_problem(w->connection));
    drop_link(w, now_ns);
}

static void ask(struct store_writer *w, enum link_state then, int argc, const char **argv, const size_t *lengths)
{
    int rc = store_connection_append(w->connection, argc, argv, lengths);
    w->link = then;
    if (rc < 0)
        fail_link(w, clock_monotonic_ns(), rc);
}

static void ask_version(struct store_writer *w)
{
    const char *argv[] = {"FUNCTION", "LIST", "LIBRARYNAME", STORE_FUNCTION_LIBRARY};
    ask(w, LINK_ASKING_VERSION, 4, argv, (const size_t[]){8, 4, 11, strlen(STORE_FUNCTION_LIBRARY)});
}

static void load_function(struct store_writer *w)
{
    const char *argv[] = {"FUNCTION", "LOAD", "REPLACE", store_function_code};
    ask(w, LINK_LOADING, 4, argv, (const size_t[]){8, 4, 7, store_function_code_size});
}

static void ask_mark(struct store_writer *w, uint32_t run)
{
    char key[STORE_KEY_MAX];
    w->asked_run = run;
    store_key_write(key, w->installation, STORE_KEY_MARK, w->queue.runs[run].incarnation);
    const char *argv[] = {"HMGET", key, "sequence", "contacts"};
    ask(w, LINK_ASKING_MARK, 4, argv, (const size_t[]){5, strlen(key), 8, 8});
}

static void connect_if_due(struct store_writer *w, uint64_t now_ns)
{
    if (w->connection || now_ns < w->next_try_ns)
        return;
    int rc = store_connection_open(w->socket, &w->connection);
    if (rc < 0) {
        store_complain(&w->complaint, "cannot connect: %s (is Redis running, with this path as its `unixsocket`?)",
                       strerror(-rc));
        drop_link(w, now_ns);
        return;
    }
    ask_version(w);
}

/* --- the mark ------------------------------------------------------------------------------------------------ */

static void acknowledge_up_to(struct store_writer *w, uint64_t position, uint64_t now_ns)
{
    while (w->queue.unanswered < position) {
        struct store_entry *e = store_queue_at(&w->queue, w->queue.unanswered++);
        e->answered_ns = now_ns;
        w->counts.contacts_queued -= e->contacts;
        w->counts.contacts_acknowledged += e->contacts;
    }
    if (w->queue.unsent < w->queue.unanswered)
        w->queue.unsent = w->queue.unanswered;
}

static void take_back_to(struct store_writer *w, uint64_t position)
{
    while (w->queue.unanswered > position) {
        struct store_entry *e = store_queue_at(&w->queue, --w->queue.unanswered);
        e->answered_ns = 0;
        w->counts.contacts_acknowledged -= e->contacts;
        w->counts.contacts_queued += e->contacts;
    }
    w->queue.unsent = w->queue.unanswered;
}

/* Redis has less of a run than we can still give: say how much is gone, and begin a new count for the rest. */
static void begin_again(struct store_writer *w, struct store_run *run, uint64_t contacts_there)
{
    char incarnation[STORE_INCARNATION_MAX];
    uint64_t let_go = run->contacts_let_go;
    uint64_t lost = let_go > contacts_there ? let_go - contacts_there : 0;
    w->counts.contacts_lost += lost;
    if (lost > 0)
        log_error("store: %s: Redis has lost %" PRIu64
                  " contacts that it had acknowledged (was it emptied, or an old copy restored?)",
                  w->socket, lost);
    take_back_to(w, store_queue_run_begin(&w->queue, run));
    new_incarnation(incarnation);
    store_queue_rename(&w->queue, run, incarnation);
}

static void be_ready(struct store_writer *w)
{
    if (w->was_ready)
        w->counts.reconnects++;
    else
        log_info("store: %s: connected", w->socket);
    w->was_ready = true;
    w->link = LINK_READY;
}

/* sequence: the last batch of the run that Redis has; contacts: how many are in it and those before. What comes after the run
 * is asked for only when Redis has all of it: Redis forgets from its end. */
static void continue_from(struct store_writer *w, struct store_run *run, uint64_t sequence, uint64_t contacts, uint64_t now_ns)
{
    uint64_t end = store_queue_run_end(&w->queue, run), position = run->first + (sequence + 1 - run->sequence);
    if (sequence + 1 < run->sequence || position < store_queue_run_begin(&w->queue, run))
        begin_again(w, run, contacts);
    else if (position < w->queue.unanswered)
        take_back_to(w, position);
    else
        acknowledge_up_to(w, position < end ? position : end, now_ns);
    if (w->queue.unanswered >= end && w->asked_run + 1 < w->queue.run_count)
        ask_mark(w, w->asked_run + 1);
    else
        be_ready(w);
}

/* An absent field is 0: Redis does not know this incarnation yet. */
static bool read_count(const struct store_reply *reply, size_t i, uint64_t *out)
{
    *out = 0;
    if (i >= store_reply_count(reply))
        return false;
    const struct store_reply *item = store_reply_item(reply, i);
    return store_reply_kind(item) == STORE_REPLY_NIL || store_reply_number(item, out);
}

static void on_mark(struct store_writer *w, const struct store_reply *reply, uint64_t now_ns)
{
    uint64_t sequence, contacts;
    struct store_run *run = &w->queue.runs[w->asked_run];
    bool is_ours = w->asked_run + 1 == w->queue.run_count; /* of a publisher before us, Redis may know more than its spool */
    if (read_count(reply, 0, &sequence) && read_count(reply, 1, &contacts) &&
        (!is_ours || sequence < run->sequence + (w->queue.end - run->first))) {
        continue_from(w, run, sequence, contacts, now_ns);
        return;
    }
    store_complain(&w->complaint, "telltale:{%s}:mark:%s is not a mark; DEL it, the batches wait until then",
                   w->installation, run->incarnation);
    drop_link(w, now_ns);
}

/* --- answers ------------------------------------------------------------------------------------------------- */

static void on_refused(struct store_writer *w, const char *text, uint64_t now_ns)
{
    struct store_entry *e = store_queue_at(&w->queue, w->queue.unanswered);
    log_error("store: %s: a batch of %u contacts was wrong and is not stored: %s; please report this", w->socket,
              e->contacts, text);
    w->counts.contacts_queued -= e->contacts;
    w->counts.contacts_refused += e->contacts;
    e->contacts = 0;
    e->empty = true;
    drop_link(w, now_ns); /* the batches behind it meet a gap: offer all of them again */
}

static void on_answer(struct store_writer *w, const struct store_reply *reply, uint64_t now_ns)
{
    const char *text = store_reply_text(reply, NULL);
    bool of_batch = !w->figures_are_asked;
    if (store_reply_kind(reply) == STORE_REPLY_STATUS) {
        if (of_batch)
            acknowledge_up_to(w, w->queue.unanswered + 1, now_ns);
        w->figures_are_asked = false;
        store_complaint_clear(&w->complaint);
        w->backoff_ns = BACKOFF_MIN_NS;
    } else if (of_batch && store_error_is(text, "REFUSED") && !store_queue_at(&w->queue, w->queue.unanswered)->empty) {
        on_refused(w, text, now_ns);
    } else {
        store_complain_of_error(&w->complaint, text);
        drop_link(w, now_ns);
    }
}

static void on_reply(struct store_writer *w, const struct store_reply *reply, uint64_t now_ns)
{
    if (w->link == LINK_READY) {
        on_answer(w, reply, now_ns);
        return;
    }
    if (store_reply_kind(reply) == STORE_REPLY_ERROR) {
        store_complain_of_error(&w->complaint, store_reply_text(reply, NULL));
        drop_link(w, now_ns);
        return;
    }
    if (w->link == LINK_ASKING_VERSION && store_library_version(reply) < STORE_FUNCTION_VERSION)
        load_function(w);
    else if (w->link == LINK_ASKING_MARK)
        on_mark(w, reply, now_ns);
    else
        ask_mark(w, 0);
}

static void move_bytes(struct store_writer *w)
{
    if (!w->connection)
        return;
    int rc = store_connection_pump(w->connection);
    uint64_t now_ns = clock_monotonic_ns();
    while (rc >= 0 && w->connection) {
        struct store_reply *reply;
        if ((rc = store_connection_next(w->connection, &reply)) <= 0)
            break;
        on_reply(w, reply, now_ns);
        store_reply_free(reply);
    }
    if (rc < 0)
        fail_link(w, now_ns, rc);
}

/* Offers one batch (NULL: only figures or the place of an empty one). */
static bool offer(struct store_writer *w, const struct store_batch *b, const char *incarnation, uint64_t sequence)
{
    struct store_envelope envelope = {w->installation, incarnation, sequence, w->demo};
    const char **argv;
    const size_t *lengths;
    int argc = store_command_build(w->command, b, w->figures_are_new ? &w->figures : NULL, &envelope, &argv, &lengths);
    int rc = store_connection_append(w->connection, argc, argv, lengths);
    if (rc < 0) {
        fail_link(w, clock_monotonic_ns(), rc);
        return false;
    }
    w->figures_are_new = false;
    return true;
}

static void send_batches(struct store_writer *w)
{
    struct store_queue *q = &w->queue;
    while (w->link == LINK_READY && !w->held && !w->figures_are_asked && q->unsent < q->end && q->unsent - q->unanswered < IN_FLIGHT_MAX) {
        struct store_entry *e = store_queue_at(q, q->unsent);
        if (!offer(w, e->empty ? NULL : e->batch, store_queue_run_of(q, q->unsent)->incarnation, store_queue_sequence(q, q->unsent)))
            return;
        w->counts.batches_sent++;
        w->counts.batches_repeated += e->was_sent;
        e->was_sent = true;
        q->unsent++;
    }
}

/* Figures for which no batch is there to carry them. */
static void send_figures(struct store_writer *w)
{
    if (w->link == LINK_READY && !w->held && w->figures_are_new && !w->figures_are_asked && nothing_waits(w))
        w->figures_are_asked = offer(w, NULL, store_queue_run_of(&w->queue, w->queue.end)->incarnation, 0);
}

/* --- running ------------------------------------------------------------------------------------------------- */

static void step(struct store_writer *w)
{
    uint64_t now_ns = clock_monotonic_ns();
    connect_if_due(w, now_ns);
    move_bytes(w);
    if (w->link == LINK_READY) /* while Redis is away, nobody knows what it will have forgotten when it comes back */
        store_queue_let_go(&w->queue, now_ns);
    close_draft_if_due(w, now_ns);
    uint64_t sent = w->queue.unsent;
    bool were_asked = w->figures_are_asked;
    send_batches(w);
    send_figures(w);
    if (w->queue.unsent != sent || w->figures_are_asked != were_asked)
        move_bytes(w);
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
        timeout_ms = sooner_ms(timeout_ms, now_ns, w->draft_since_ns + BATCH_AGE_NS);
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
        if (nothing_waits(w) && !w->figures_are_new && !w->figures_are_asked)
            return true;
        uint64_t now_ns = clock_monotonic_ns();
        if (now_ns >= deadline_ns)
            return false;
        store_writer_run(w, sooner_ms(100, now_ns, deadline_ns));
    }
}

struct store_writer_counts store_writer_counts(const struct store_writer *w)
{
    const struct store_writer_counts *c = &w->counts;
    assert(c->contacts_made == c->contacts_acknowledged + c->contacts_queued + c->contacts_refused);
    struct store_writer_counts counts = *c;
    counts.connected = w->link == LINK_READY;
    return counts;
}
