/* journal.c -- see journal.h. */
#include "store/journal.h"

#include "common/log.h"
#include "store/batch_pack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rename_record {
    uint8_t from[16], to[16];
    uint64_t sequence, past;  /* of `from`: the first, which is 1 of `to`, and the one after the last */
    uint64_t contacts_before; /* in the batches of `from` before it */
};

struct journal {
    struct spool *spool;
    struct store_queue *queue;
    struct journal_source source;
    uint64_t unreadable;
    uint8_t *buffer;
};

static void to_bytes(const char text[STORE_INCARNATION_MAX], uint8_t out[16])
{
    for (int i = 0; i < 16; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static void to_text(const uint8_t bytes[16], char out[STORE_INCARNATION_MAX])
{
    for (int i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* --- what is found ----------------------------------------------------------------------------------------------- */

static void found_batch(struct journal *j, const struct spool_record *r, struct store_place place)
{
    struct store_queue *q = j->queue;
    struct batch_head head;
    char incarnation[STORE_INCARNATION_MAX];
    if (!batch_read_head(r->payload, r->length, &head)) {
        j->unreadable++;
        return;
    }
    j->source = (struct journal_source){head.source, head.source_sequence};
    to_text(head.incarnation, incarnation);
    struct store_run *run = q->run_count ? &q->runs[q->run_count - 1] : NULL;
    bool same = run && strcmp(run->incarnation, incarnation) == 0;
    uint64_t expected = same ? run->sequence + (q->end - run->first) : 0;
    if (same && head.sequence < expected)
        return; /* written twice: the first time looked like a failure */
    if (head.sequence != expected && !store_queue_begin_run(q, incarnation, head.sequence, head.contacts_before))
        return;
    if (store_queue_is_full(q) || !store_queue_push(q, &(struct store_entry){.place = place, .contacts = head.contacts}))
        j->unreadable++; /* no room: more than the queue's bound, or no memory */
}

static void found_rename(struct journal *j, const struct spool_record *r)
{
    struct store_queue *q = j->queue;
    struct rename_record rename;
    char from[STORE_INCARNATION_MAX], to[STORE_INCARNATION_MAX];
    if (r->length != sizeof(rename)) {
        j->unreadable++;
        return;
    }
    memcpy(&rename, r->payload, sizeof(rename));
    to_text(rename.from, from);
    to_text(rename.to, to);
    for (uint32_t i = 0; i < q->run_count; i++) {
        struct store_run *run = &q->runs[i];
        uint64_t past = run->sequence + (store_queue_run_end(q, run) - run->first);
        if (strcmp(run->incarnation, from) != 0 || past <= rename.sequence || run->sequence >= rename.past)
            continue;
        if (run->sequence < rename.sequence) {
            store_queue_split(q, run, run->first + (rename.sequence - run->sequence), to);
            continue;
        }
        uint64_t skipped = run->sequence - rename.sequence, before = run->contacts_let_go;
        store_queue_rename(q, run, to);
        run->sequence = 1 + skipped;
        run->contacts_let_go = before > rename.contacts_before ? before - rename.contacts_before : 0;
        run->contacts_pushed += run->contacts_let_go;
        for (uint64_t p = run->first; p < store_queue_run_end(q, run); p++)
            store_queue_at(q, p)->contacts_before += run->contacts_let_go;
    }
}

static void found(void *context, const struct spool_record *r, struct store_place place)
{
    struct journal *j = context;
    if (r->kind == SPOOL_STATE && r->length == sizeof(j->source))
        memcpy(&j->source, r->payload, sizeof(j->source));
    else if (r->kind == SPOOL_BATCH)
        found_batch(j, r, place);
    else if (r->kind == SPOOL_RENAME)
        found_rename(j, r);
}

int journal_open(const char *folder, uint64_t most_bytes, struct store_queue *q, struct journal **out)
{
    struct journal *j = calloc(1, sizeof(*j));
    *out = NULL;
    if (!j || !(j->buffer = malloc(SPOOL_RECORD_MAX))) {
        free(j);
        return -ENOMEM;
    }
    j->queue = q;
    int rc = spool_open(folder, most_bytes, found, j, &j->spool);
    if (rc < 0) {
        journal_close(j);
        return rc;
    }
    for (uint64_t p = q->oldest; p < q->end; p++) /* while it was being read there was no spool to hold them in */
        spool_hold(j->spool, store_queue_at(q, p)->place);
    if (j->unreadable > 0)
        log_error("spool: %s: %llu records are sound and not ours; they are left out", folder, (unsigned long long)j->unreadable);
    spool_set_state(j->spool, &j->source, sizeof(j->source));
    *out = j;
    return 0;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    spool_close(j->spool);
    free(j->buffer);
    free(j);
}

struct journal_source journal_source(const struct journal *j)
{
    return j->source;
}

/* --- what is written --------------------------------------------------------------------------------------------- */

int journal_write(struct journal *j, uint64_t position, struct journal_source taken)
{
    struct store_entry *e = store_queue_at(j->queue, position);
    struct batch_head head = {.sequence = store_queue_sequence(j->queue, position),
                              .contacts_before = e->contacts_before,
                              .source = taken.source,
                              .source_sequence = taken.sequence};
    to_bytes(store_queue_run_of(j->queue, position)->incarnation, head.incarnation);
    size_t n = batch_packed_size(e->batch);
    if (n > SPOOL_RECORD_MAX)
        return -EMSGSIZE;
    batch_pack(e->batch, &head, j->buffer);
    int rc = spool_append(j->spool, SPOOL_BATCH, j->buffer, n, &e->place);
    if (rc == 0) {
        j->source = taken;
        spool_set_state(j->spool, &j->source, sizeof(j->source));
    }
    return rc;
}

struct store_batch *journal_read(struct journal *j, uint64_t position)
{
    const struct store_entry *e = store_queue_at(j->queue, position);
    if (spool_read(j->spool, e->place, j->buffer) < 0)
        return NULL;
    struct store_batch *b = batch_unpack(j->buffer, e->place.length);
    if (b && b->contacts != e->contacts) {
        free(b);
        return NULL;
    }
    return b;
}

void journal_rename(struct journal *j, const struct store_run *run, const char *incarnation)
{
    uint64_t begin = store_queue_run_begin(j->queue, run);
    if (begin >= store_queue_run_end(j->queue, run))
        return; /* nothing in it: nothing to know it by */
    struct rename_record rename = {.sequence = store_queue_sequence(j->queue, begin),
                                   .past = run->sequence + (store_queue_run_end(j->queue, run) - run->first),
                                   .contacts_before = store_queue_at(j->queue, begin)->contacts_before};
    to_bytes(run->incarnation, rename.from);
    to_bytes(incarnation, rename.to);
    spool_append(j->spool, SPOOL_RENAME, &rename, sizeof(rename), NULL);
}

void journal_release(struct journal *j, const struct store_entry *e)
{
    if (e->place.segment != 0)
        spool_release(j->spool, e->place);
}

void journal_run(struct journal *j, uint64_t now_ns, bool somebody_waits)
{
    spool_run(j->spool, now_ns, somebody_waits);
}

struct spool_counts journal_counts(const struct journal *j)
{
    return spool_counts(j->spool);
}
