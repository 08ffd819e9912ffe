/* queue.c -- see queue.h.
 *
 * The ring starts small and doubles when it must: in good times it holds the batches of five seconds, after a weekend
 * without Redis hundreds of thousands, of which only these entries are in memory.
 */
#include "store/queue.h"

#include "common/clock.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 64u

bool store_queue_init(struct store_queue *q, uint32_t limit)
{
    *q = (struct store_queue){.limit = limit ? limit : 1};
    q->capacity = 2 * q->limit < CAPACITY_MIN ? 2 * q->limit : CAPACITY_MIN;
    q->slots = calloc(q->capacity, sizeof(struct store_entry));
    return q->slots != NULL;
}

void store_queue_fini(struct store_queue *q)
{
    for (uint64_t i = q->oldest; i < q->end; i++)
        free(q->slots[i % q->capacity].batch);
    free(q->slots);
    free(q->runs);
    q->slots = NULL;
    q->runs = NULL;
    q->oldest = q->end = 0;
}

bool store_queue_begin_run(struct store_queue *q, const char *incarnation, uint64_t sequence, uint64_t contacts_before)
{
    struct store_run *runs = realloc(q->runs, (q->run_count + 1) * sizeof(*runs));
    if (!runs)
        return false;
    q->runs = runs;
    struct store_run *run = &runs[q->run_count++];
    *run = (struct store_run){.first = q->end, .sequence = sequence, .contacts_let_go = contacts_before, .contacts_pushed = contacts_before};
    snprintf(run->incarnation, sizeof(run->incarnation), "%s", incarnation);
    return true;
}

bool store_queue_is_full(const struct store_queue *q)
{
    return q->end - q->unanswered >= q->limit;
}

struct store_entry *store_queue_at(const struct store_queue *q, uint64_t position)
{
    assert(position >= q->oldest && position < q->end);
    return &q->slots[position % q->capacity];
}

struct store_run *store_queue_run_of(const struct store_queue *q, uint64_t position)
{
    uint32_t i = q->run_count - 1;
    assert(q->run_count > 0);
    while (i > 0 && q->runs[i].first > position)
        i--;
    return &q->runs[i];
}

uint64_t store_queue_run_begin(const struct store_queue *q, const struct store_run *run)
{
    return run->first > q->oldest ? run->first : q->oldest;
}

uint64_t store_queue_run_end(const struct store_queue *q, const struct store_run *run)
{
    return run + 1 < q->runs + q->run_count ? run[1].first : q->end;
}

uint64_t store_queue_sequence(const struct store_queue *q, uint64_t position)
{
    const struct store_run *run = store_queue_run_of(q, position);
    return position - run->first + run->sequence;
}

/* A run that has nothing here any more is forgotten, but for the last one, which still grows. */
static void forget_old_runs(struct store_queue *q)
{
    while (q->run_count > 1 && q->runs[1].first <= q->oldest)
        memmove(q->runs, q->runs + 1, --q->run_count * sizeof(*q->runs));
}

static void let_go_of_oldest(struct store_queue *q)
{
    assert(q->oldest < q->unanswered);
    struct store_entry *e = store_queue_at(q, q->oldest);
    store_queue_run_of(q, q->oldest)->contacts_let_go += e->contacts;
    q->oldest++;
    if (q->on_let_go)
        q->on_let_go(q->context, e);
    free(e->batch);
    *e = (struct store_entry){.batch = NULL};
    forget_old_runs(q);
}

static bool grow(struct store_queue *q)
{
    uint32_t capacity = q->capacity > q->limit ? 2 * q->limit : 2 * q->capacity;
    struct store_entry *slots = calloc(capacity, sizeof(*slots));
    if (!slots)
        return false;
    for (uint64_t i = q->oldest; i < q->end; i++)
        slots[i % capacity] = q->slots[i % q->capacity];
    free(q->slots);
    q->slots = slots;
    q->capacity = capacity;
    return true;
}

/* At most `limit` entries are unanswered, so a ring that is full and cannot grow begins with an answered one. */
bool store_queue_push(struct store_queue *q, const struct store_entry *e)
{
    assert(!store_queue_is_full(q) && q->run_count > 0);
    if (q->end - q->oldest == q->capacity) {
        bool grown = q->capacity < 2 * q->limit && grow(q);
        if (!grown && q->oldest == q->unanswered)
            return false;
        if (!grown)
            let_go_of_oldest(q);
    }
    struct store_run *run = &q->runs[q->run_count - 1];
    struct store_entry *slot = &q->slots[q->end++ % q->capacity];
    *slot = *e;
    slot->contacts_before = run->contacts_pushed;
    run->contacts_pushed += e->contacts;
    return true;
}

void store_queue_let_go(struct store_queue *q, uint64_t now_ns)
{
    while (q->oldest < q->unanswered && store_queue_at(q, q->oldest)->answered_ns + STORE_KEPT_S * NS_PER_S < now_ns)
        let_go_of_oldest(q);
}

/* Counts of an incarnation begin with its first batch. */
static void count_from(struct store_queue *q, struct store_run *run, uint64_t contacts_before)
{
    for (uint64_t i = store_queue_run_begin(q, run); i < store_queue_run_end(q, run); i++)
        store_queue_at(q, i)->contacts_before -= contacts_before;
    run->contacts_pushed -= contacts_before;
}

void store_queue_rename(struct store_queue *q, struct store_run *run, const char *incarnation)
{
    run->first = store_queue_run_begin(q, run);
    run->sequence = 1;
    count_from(q, run, run->contacts_let_go);
    run->contacts_let_go = 0;
    snprintf(run->incarnation, sizeof(run->incarnation), "%s", incarnation);
}

bool store_queue_split(struct store_queue *q, struct store_run *run, uint64_t position, const char *incarnation)
{
    size_t at = (size_t)(run - q->runs) + 1;
    uint64_t before = store_queue_at(q, position)->contacts_before, pushed = run->contacts_pushed;
    struct store_run *runs = realloc(q->runs, (q->run_count + 1) * sizeof(*runs));
    if (!runs)
        return false;
    q->runs = runs;
    memmove(runs + at + 1, runs + at, (q->run_count++ - at) * sizeof(*runs));
    runs[at - 1].contacts_pushed = before;
    runs[at] = (struct store_run){.first = position, .sequence = 1, .contacts_pushed = pushed};
    snprintf(runs[at].incarnation, sizeof(runs[at].incarnation), "%s", incarnation);
    count_from(q, &runs[at], before);
    return true;
}

void store_queue_hollow(struct store_queue *q, uint64_t position)
{
    struct store_entry *e = store_queue_at(q, position);
    struct store_run *run = store_queue_run_of(q, position);
    for (uint64_t i = position + 1; i < store_queue_run_end(q, run); i++)
        store_queue_at(q, i)->contacts_before -= e->contacts;
    run->contacts_pushed -= e->contacts;
    e->contacts = 0;
    e->empty = true;
    free(e->batch);
    e->batch = NULL;
}
