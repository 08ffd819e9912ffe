/* writer_state.h -- the inside of a writer, which writer.c (records, spool) and link.c (connection, answers) share. Nobody
 * else includes it.
 */
#ifndef TELLTALE_STORE_WRITER_STATE_H
#define TELLTALE_STORE_WRITER_STATE_H

#include "common/clock.h"
#include "store/batch.h"
#include "store/complaint.h"
#include "store/connection.h"
#include "store/journal.h"
#include "store/queue.h"
#include "store/writer.h"

#define STORE_BACKOFF_MIN_NS (100 * NS_PER_MS)
#define STORE_IN_FLIGHT_MAX  16 /* batches on the way at once: enough to keep Redis busy */

enum link_state { LINK_AWAY, LINK_ASKING_VERSION, LINK_LOADING, LINK_ASKING_MARK, LINK_READY };

struct store_writer {
    char socket[108], installation[STORE_INSTALLATION_MAX + 1];
    bool demo, any_time;
    struct store_draft *draft;
    bool draft_has_devices;  /* all of its contacts, or none */
    uint64_t draft_since_ns; /* when its first contact came */
    struct journal *journal; /* NULL: no spool */
    uint64_t spooled_to;     /* the first position that is not in the spool */
    uint64_t spool_retry_ns, progress_ns; /* progress: when an answer last came, or something began to wait */
    struct journal_source taken, closed, safe; /* sightings in the draft or before; in batches; in the spool, or as safe as can be */
    uint32_t memory_batches;                   /* that may wait outside the spool */
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

/* --- link.c --- */

/* A random name for a run. */
void link_new_incarnation(char out[STORE_INCARNATION_MAX]);

/* Opens the connection when its time has come. */
void link_connect_if_due(struct store_writer *w, uint64_t now_ns);

/* Sends what is due, reads what has come. */
void link_move_bytes(struct store_writer *w);
void link_send(struct store_writer *w);

/* Is everything answered, and nothing open? */
bool link_nothing_waits(const struct store_writer *w);

#endif
