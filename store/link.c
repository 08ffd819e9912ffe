/* link.c -- the writer's connection to Redis: asks where Redis stands, offers what it has not got, believes answers.
 *
 * The rules are in writer.c's essay. Every function here ends with the link in one of its states, or away.
 */
#include "store/writer_state.h"

#include "common/clock.h"
#include "common/log.h"
#include "store/library.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BACKOFF_MAX_NS (1 * NS_PER_S) /* the server is on this machine: knocking is cheap, and what waits is wanted soon */
#define DEVICE_KEPT_NS (48 * 3600 * NS_PER_S)

void link_new_incarnation(char out[STORE_INCARNATION_MAX])
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

void link_connect_if_due(struct store_writer *w, uint64_t now_ns)
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
        w->progress_ns = now_ns;
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
    link_new_incarnation(incarnation);
    if (w->journal)
        journal_rename(w->journal, run, incarnation);
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

static void refuse(struct store_writer *w, uint64_t position)
{
    uint32_t contacts = store_queue_at(&w->queue, position)->contacts;
    w->counts.contacts_queued -= contacts;
    w->counts.contacts_refused += contacts;
    store_queue_hollow(&w->queue, position);
}

static void on_refused(struct store_writer *w, const char *text, uint64_t now_ns)
{
    struct store_entry *e = store_queue_at(&w->queue, w->queue.unanswered);
    log_error("store: %s: a batch of %u contacts was wrong and is not stored: %s; please report this", w->socket,
              e->contacts, text);
    refuse(w, w->queue.unanswered);
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
        w->backoff_ns = STORE_BACKOFF_MIN_NS;
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

void link_move_bytes(struct store_writer *w)
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
    uint64_t now_ns = clock_wall_ns(), kept_ns = w->any_time || now_ns < DEVICE_KEPT_NS ? 0 : now_ns - DEVICE_KEPT_NS;
    struct local_time now; /* a replay's figures belong to days that are long over */
    clock_local(now_ns, &now);
    struct store_envelope envelope = {w->installation, incarnation, sequence, kept_ns / NS_PER_MS, w->demo, w->any_time ? NULL : now.day};
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

/* Brings a batch that waits on the disk into memory. */
static void fetch(struct store_writer *w, uint64_t position)
{
    struct store_entry *e = store_queue_at(&w->queue, position);
    if (e->batch || e->empty)
        return;
    e->batch = journal_read(w->journal, position);
    if (e->batch)
        return;
    log_error("spool: a batch of %u contacts cannot be read back; they are counted as refused", e->contacts);
    refuse(w, position);
}

static void send_batches(struct store_writer *w)
{
    struct store_queue *q = &w->queue;
    while (w->link == LINK_READY && !w->held && !w->figures_are_asked && q->unsent < q->end && q->unsent - q->unanswered < STORE_IN_FLIGHT_MAX) {
        struct store_entry *e = store_queue_at(q, q->unsent);
        fetch(w, q->unsent);
        if (!offer(w, e->batch, store_queue_run_of(q, q->unsent)->incarnation, store_queue_sequence(q, q->unsent)))
            return;
        w->counts.batches_sent++;
        w->counts.batches_repeated += e->was_sent;
        e->was_sent = true;
        if (e->place.segment != 0) { /* the bytes are in the connection's buffer now, and in the spool */
            free(e->batch);
            e->batch = NULL;
        }
        q->unsent++;
    }
}

/* Figures for which no batch is there to carry them. */
static void send_figures(struct store_writer *w)
{
    if (w->link == LINK_READY && !w->held && w->figures_are_new && !w->figures_are_asked && link_nothing_waits(w))
        w->figures_are_asked = offer(w, NULL, store_queue_run_of(&w->queue, w->queue.end)->incarnation, 0);
}

void link_send(struct store_writer *w)
{
    uint64_t sent = w->queue.unsent;
    bool were_asked = w->figures_are_asked;
    send_batches(w);
    send_figures(w);
    if (w->queue.unsent != sent || w->figures_are_asked != were_asked)
        link_move_bytes(w);
}

bool link_nothing_waits(const struct store_writer *w)
{
    return w->queue.unanswered == w->queue.end && store_draft_contacts(w->draft) == 0;
}
