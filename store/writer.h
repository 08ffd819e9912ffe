/* writer.h -- what the publisher puts into Redis, in batches that are applied whole and once.
 *
 * Purpose    store_writer_contact() and friends add records to the open batch; store_writer_run() sends closed batches,
 *            strictly in order, and reads answers. A batch is one FCALL of our Redis Function
 *            (store/functions/) with a random 128-bit incarnation of this writer and a sequence from 1; the
 *            function checks everything before its first write and records the sequence in the same call, so that
 *            offering a batch again after a lost answer neither loses nor doubles it.
 * Threads    One (the publisher's). Times: nanoseconds since the epoch for what is stored, monotonic for waiting.
 * Ownership  The writer copies every record. Unanswered batches live in the writer and its spool, outside the hiredis context:
 *            any error drops the context and everything unanswered is offered again on the next one.
 * Failure    Redis away is not an error of these calls: batches wait in the spool (store/journal.h), and where the disk does not
 *            take them in memory, up to `queue_batches`; then the newest is refused and counted. Errors are logged once per change of state, naming the socket.
 */
#ifndef TELLTALE_STORE_WRITER_H
#define TELLTALE_STORE_WRITER_H

#include "common/evidence.h"
#include "common/moments.h"
#include "common/period.h"
#include "common/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_DEVICE_MAX 16
#define STORE_WORD_MAX   64
#define STORE_HOST_MAX   254

/* One contact of one device with one tracker. It never has a host or a chain (docs/STORE.md, "What is not there"). */
struct store_contact {
    uint64_t time_ns;                  /* when; stored as its hour */
    char day[11];                      /* the installation's local day, "2026-11-22" */
    uint8_t hour;                      /* of that day, 0..23 */
    char device[STORE_DEVICE_MAX + 1]; /* the day's pseudonym; "" when withheld */
    char tracker[STORE_WORD_MAX], organisation[STORE_WORD_MAX], feed[STORE_WORD_MAX];
    char matched[STORE_HOST_MAX]; /* "" unless it is a registrable domain */
    char country[3];              /* "" when not known */
    uint32_t asn;                 /* 0 when not known */
    uint32_t connections;
    enum purpose purpose;
    enum evidence evidence;
};

/* A support site in a period in which enough distinct devices visited it. */
struct store_site {
    struct period period;
    char site[STORE_HOST_MAX];
    uint64_t visits;
    uint32_t devices;
};

/* A tracker host that followed visits to a support site in a period. */
struct store_pair {
    struct period period;
    char site[STORE_HOST_MAX], host[STORE_HOST_MAX];
    char tracker[STORE_WORD_MAX], organisation[STORE_WORD_MAX];
    char country[3]; /* the organisation's home; "" when not known */
    enum purpose purpose;
    enum evidence_verdict verdict; /* LIKELY and SHOWN are alerts */
    struct moment_counts counts;
};

/* One figure of the health hash: a name from the fixed list in store/schema.h. */
struct store_health {
    const char *name;
    uint64_t value;
};

struct store_settings {
    const char *socket;       /* path of Redis' unix socket, shorter than 108 bytes */
    const char *installation; /* the id in `telltale:{ID}:`, [a-z0-9-]{1,32} */
    bool demo;                /* every record says so */
    uint32_t queue_batches;   /* batches that may wait in memory */
    const char *spool;        /* folder of the spool; NULL or "": none, batches wait in memory only */
    uint64_t spool_bytes;     /* its bound */
    bool any_time;            /* a replay: what is older than two days keeps its device */
};

struct store_writer;
struct store_writer *store_writer_open(const struct store_settings *settings); /* NULL: out of memory, or no spool (logged) */
void store_writer_close(struct store_writer *w);

void store_writer_contact(struct store_writer *w, const struct store_contact *c);
/* Written once, in batches of their own; a later record of the same period takes the place of an earlier one. */
void store_writer_site(struct store_writer *w, const struct store_site *s);
void store_writer_pair(struct store_writer *w, const struct store_pair *p);
/* Which of the capture process's records are in: up to this number all were given, as contacts or otherwise. A writer that was
 * opened over a spool knows what the one before it had taken. */
void store_writer_taken(struct store_writer *w, uint64_t source, uint64_t sequence);
bool store_writer_has_taken(const struct store_writer *w, uint64_t source, uint64_t sequence);

/* Up to which number the source may forget its records: they are in the spool, or answered, refused, or (where the disk does
 * not take them) in memory. */
uint64_t store_writer_safe(const struct store_writer *w, uint64_t source);

void store_writer_health(struct store_writer *w, const struct store_health *figures, size_t n);

/* While held, nothing is offered to Redis; it waits as if Redis were away. For a machine whose clock is not right yet: deadlines
 * that it set would be over when the clock is. */
void store_writer_hold(struct store_writer *w, bool held);

/* Does what can be done now: connects (with back-off), closes the open batch when it is full or older than 100 ms,
 * sends, reads answers. Never blocks longer than wait_ms. Returns the fd to poll for readability, or -1 when there is
 * none. */
int store_writer_run(struct store_writer *w, int wait_ms);

/* Closes the open batch and waits until every batch is answered or timeout_ms have passed. True when all were. */
bool store_writer_drain(struct store_writer *w, int timeout_ms);

/* A Redis that is killed may forget what it had acknowledged. What the writer still has goes back from acknowledged to
 * queued and is offered again; what it no longer has stays in contacts_acknowledged and is counted in contacts_lost
 * too. */
struct store_writer_counts {
    uint64_t contacts_made;         /* given to this writer, or found in the spool: the four below, at every moment */
    uint64_t contacts_acknowledged; /* Redis has them */
    uint64_t contacts_spooled;      /* on the disk, not offered on this connection */
    uint64_t contacts_in_flight;    /* in the open batch, in memory only, or offered and not answered */
    uint64_t contacts_refused;
    uint64_t contacts_queued;    /* spooled and in flight together */
    uint64_t contacts_recovered; /* found in the spool */
    uint64_t contacts_lost;
    uint64_t batches_sent, batches_repeated, reconnects;
    uint64_t spool_bytes, spool_damaged, spool_errors, spool_syncs;
    bool connected, red; /* red: the spool cannot be written, or new contacts are refused */
};
struct store_writer_counts store_writer_counts(const struct store_writer *w);

#endif
