/* flow_table.c -- see flow_table.h.
 *
 * Sets and flows lie in two arrays. A set's eight identities are one cache line, and beside it lies another with what must be known
 * to choose which flow has to go: when it was last seen, and in what state. So a look-up costs two lines that are fetched
 * together and, on a hit, the flow's own; making room in a full set, which a flood asks for with every packet, looks at
 * no flow but the one that goes, and a sweep only at those that are over. What the set knows of a flow is brought up to date by the
 * next call, when its owner has written to it. The tuple is put in order before it is hashed, so that both directions
 * find the same flow.
 */
#include "sensor/flow_table.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Idle limits. A quiet TCP connection may live on for hours; ten minutes is what a contact's folding needs. */
#define IDLE_TCP_MS (10u * 60 * 1000)
#define IDLE_UDP_MS (3u * 60 * 1000)
#define IDLE_UNANSWERED_MS (20u * 1000)
#define IDLE_CLOSED_MS (60u * 1000) /* the other end's FIN, resent data and resets straggle in for about so long */

#define SMALLEST_PAGE 4096

/* What makes a flow last, as bits of flow_set.state. */
enum flow_state { STATE_ANSWERED = 1, STATE_CLOSED = 2, STATE_TCP = 4, STATE_SPOKEN = 8 };

struct flow_set {
    uint64_t ids[FLOW_WAYS]; /* 0: free */
    uint32_t last_ms[FLOW_WAYS];
    uint8_t state[FLOW_WAYS], pad[24];
};
_Static_assert(sizeof(struct flow_set) == 128, "a set is two cache lines");

struct flow_table {
    struct flow_set *sets;
    struct flow (*flows)[FLOW_WAYS];
    uint32_t set_mask, used, sweep_at;
    unsigned char key[crypto_shorthash_KEYBYTES];
    struct flow *lent; /* by the last call, which its owner may have written to; NULL: none */
    void (*on_end)(void *context, struct flow *f, enum flow_end_reason why);
    void *context;
};

struct flow_table *flow_table_new(uint32_t flows, void (*on_end)(void *context, struct flow *f, enum flow_end_reason why), void *context)
{
    uint32_t sets = 16;
    while (sets * FLOW_WAYS < flows)
        sets *= 2;
    struct flow_table *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->sets = aligned_alloc(64, (size_t)sets * sizeof(*t->sets));
    t->flows = aligned_alloc(64, (size_t)sets * sizeof(*t->flows));
    if (!t->sets || !t->flows) {
        flow_table_free(t);
        return NULL;
    }
    memset(t->sets, 0, (size_t)sets * sizeof(*t->sets));
    /* A flow's place is random, so that nearly each one would touch a page of its own: memory would seem to grow for hours. */
    for (size_t at = 0; at < (size_t)sets * sizeof(*t->flows); at += SMALLEST_PAGE)
        ((volatile char *)t->flows)[at] = 0;
    t->set_mask = sets - 1;
    t->on_end = on_end;
    t->context = context;
    randombytes_buf(t->key, sizeof(t->key));
    return t;
}

void flow_table_free(struct flow_table *t)
{
    if (!t)
        return;
    free(t->sets);
    free(t->flows);
    free(t);
}

void flow_table_seed(struct flow_table *t, const void *bytes, size_t n)
{
    assert(t->used == 0);
    crypto_generichash(t->key, sizeof(t->key), bytes, n, NULL, 0);
}

/* The seeded identity of a packet's 5-tuple, the same for both directions; never 0. IPv4 gives 16 bytes, IPv6 40: the
 * hash of one cannot be made from the other's bytes, for it counts them too. */
uint64_t flow_table_id(const struct flow_table *t, const struct packet *p)
{
    uint64_t key[5], low[2], high[2], id;
    memcpy(low, p->src.bytes, 16);
    memcpy(high, p->dst.bytes, 16);
    uint32_t low_port = p->src_port, high_port = p->dst_port;
    if (low[1] > high[1] || (low[1] == high[1] && (low[0] > high[0] || (low[0] == high[0] && low_port > high_port)))) {
        uint64_t address[2] = {low[0], low[1]};
        uint32_t port = low_port;
        memcpy(low, high, 16);
        memcpy(high, address, 16);
        low_port = high_port;
        high_port = port;
    }
    size_t n = 0;
    key[n++] = (uint64_t)p->ip_proto << 32 | high_port << 16 | low_port;
    if (ip_is_v4(&p->src) && ip_is_v4(&p->dst)) {
        uint32_t v4[2];
        memcpy(&v4[0], (const uint8_t *)low + 12, 4);
        memcpy(&v4[1], (const uint8_t *)high + 12, 4);
        key[n++] = (uint64_t)v4[0] << 32 | v4[1];
    } else {
        memcpy(key + n, low, 16);
        memcpy(key + n + 2, high, 16);
        n += 4;
    }
    crypto_shorthash((unsigned char *)&id, (const unsigned char *)key, n * sizeof(*key), t->key);
    return id ? id : 1;
}

static uint8_t state_of(const struct flow *f)
{
    return (uint8_t)((f->flags & FLOW_ANSWERED ? STATE_ANSWERED : 0) | (f->flags & FLOW_CLOSED ? STATE_CLOSED : 0) |
                     (f->proto == IP_PROTO_TCP ? STATE_TCP : 0) | (f->payloads > 0 ? STATE_SPOKEN : 0));
}

/* By state. Closed comes before unanswered. */
#define LIMIT(state)                                                                                                   \
    ((state) & STATE_CLOSED ? IDLE_CLOSED_MS                                                                           \
                            : !((state) & STATE_ANSWERED) ? IDLE_UNANSWERED_MS : (state) & STATE_TCP ? IDLE_TCP_MS : IDLE_UDP_MS)
#define LIMITS(first) LIMIT(first), LIMIT((first) + 1), LIMIT((first) + 2), LIMIT((first) + 3)
static const uint32_t idle_limits_ms[16] = {LIMITS(0), LIMITS(4), LIMITS(8), LIMITS(12)};

static uint32_t idle_limit_ms(unsigned state)
{
    return idle_limits_ms[state];
}

/* Writes into the set what its owner wrote into the flow that was lent last. */
static void bring_up_to_date(struct flow_table *t)
{
    if (!t->lent)
        return;
    size_t place = (size_t)(t->lent - &t->flows[0][0]);
    struct flow_set *set = &t->sets[place / FLOW_WAYS];
    set->last_ms[place % FLOW_WAYS] = t->lent->last_ms;
    set->state[place % FLOW_WAYS] = state_of(t->lent);
    t->lent = NULL;
}

static void end_flow(struct flow_table *t, uint32_t set, unsigned way, enum flow_end_reason why)
{
    t->on_end(t->context, &t->flows[set][way], why);
    t->sets[set].ids[way] = 0;
    t->used--;
}

/* Capture clocks may step back a little between frames: that is no age. */
static uint32_t age_ms(const struct flow_set *set, unsigned way, uint32_t now_ms)
{
    return (int32_t)(now_ms - set->last_ms[way]) > 0 ? now_ms - set->last_ms[way] : 0;
}

static bool is_over(const struct flow_set *set, unsigned way, uint32_t now_ms)
{
    return age_ms(set, way, now_ms) >= idle_limit_ms(set->state[way]);
}

/* How soon a flow may go: one that is over its limit first, then one on which nothing was said or answered, then one that
 * nobody answered, then the one idle longest. A flood thus takes its own flows' places, whatever its pace (an age in units of
 * the limit would let it have those of connections that were quiet for a few seconds), and not those of hellos whose answer is
 * on its way. */
static uint64_t dispensable(const struct flow_set *set, unsigned way, uint32_t now_ms)
{
    static const uint8_t ranks[16] = {2, 0, 2, 0, 2, 0, 2, 0, 1, 0, 1, 0, 1, 0, 1, 0}; /* by state: answered 0, spoken 1 */
    uint32_t age = age_ms(set, way, now_ms);
    uint64_t rank = age >= idle_limit_ms(set->state[way]) ? 3 : ranks[set->state[way]];
    return rank << 32 | age;
}

/* A free way of the set; if there is none, the one that has to go. */
static unsigned place_for_new(const struct flow_set *set, uint32_t now_ms)
{
    unsigned victim = 0;
    uint64_t most = 0;
    for (unsigned way = 0; way < FLOW_WAYS; way++) {
        if (set->ids[way] == 0)
            return way;
        uint64_t d = dispensable(set, way, now_ms);
        if (d >= most) {
            most = d;
            victim = way;
        }
    }
    return victim;
}

/* The flow's way in the set, or FLOW_WAYS. */
static unsigned way_of(const struct flow_set *set, uint64_t id)
{
    unsigned way = 0;
    while (way < FLOW_WAYS && set->ids[way] != id)
        way++;
    return way;
}

static void begin_flow(struct flow *f, uint8_t proto, uint32_t now_ms)
{
    *f = (struct flow){.first_ms = now_ms,
                       .last_ms = now_ms,
                       .device = NO_INDEX,
                       .contact = NO_INDEX,
                       .hello = NO_INDEX,
                       .inspection = NO_INDEX,
                       .by_address = NO_INDEX,
                       .dns_stream = NO_INDEX,
                       .application = UINT16_MAX,
                       .page = UINT16_MAX,
                       .proto = proto};
}

void flow_table_prefetch(const struct flow_table *t, uint64_t id)
{
    const struct flow_set *set = &t->sets[(uint32_t)id & t->set_mask];
    __builtin_prefetch(set, 0);
    __builtin_prefetch(&set->last_ms, 1);
}

void flow_table_prefetch_flow(const struct flow_table *t, uint64_t id, uint32_t now_ms)
{
    uint32_t at = (uint32_t)id & t->set_mask;
    unsigned way = way_of(&t->sets[at], id);
    if (way == FLOW_WAYS)
        way = place_for_new(&t->sets[at], now_ms);
    __builtin_prefetch(&t->flows[at][way], 1);
}

struct flow *flow_table_get(struct flow_table *t, const struct packet *p, uint64_t id, uint32_t now_ms, bool *is_new)
{
    uint32_t at = (uint32_t)id & t->set_mask;
    struct flow_set *set = &t->sets[at];
    bring_up_to_date(t);
    unsigned way = way_of(set, id);
    if (way < FLOW_WAYS && !is_over(set, way, now_ms)) {
        *is_new = false;
        return t->lent = &t->flows[at][way];
    }
    if (way == FLOW_WAYS)
        way = place_for_new(set, now_ms);
    if (set->ids[way] != 0)
        end_flow(t, at, way, is_over(set, way, now_ms) ? FLOW_END_IDLE : FLOW_END_PUSHED_OUT);
    set->ids[way] = id;
    t->used++;
    *is_new = true;
    begin_flow(&t->flows[at][way], p->ip_proto, now_ms);
    return t->lent = &t->flows[at][way];
}

struct flow *flow_table_find(struct flow_table *t, uint64_t id)
{
    uint32_t at = (uint32_t)id & t->set_mask;
    unsigned way = way_of(&t->sets[at], id);
    return way == FLOW_WAYS ? NULL : &t->flows[at][way];
}

void flow_table_restart(struct flow_table *t, struct flow *f, uint32_t now_ms)
{
    t->on_end(t->context, f, FLOW_END_REPLACED);
    begin_flow(f, f->proto, now_ms);
    t->lent = f;
}

void flow_table_sweep(struct flow_table *t, uint32_t now_ms, uint32_t sets)
{
    bring_up_to_date(t);
    for (uint32_t i = 0; i < sets; i++) {
        uint32_t at = t->sweep_at++ & t->set_mask;
        const struct flow_set *set = &t->sets[at];
        for (unsigned way = 0; way < FLOW_WAYS; way++)
            if (set->ids[way] != 0 && is_over(set, way, now_ms))
                end_flow(t, at, way, set->state[way] & STATE_CLOSED ? FLOW_END_CLOSED : FLOW_END_IDLE);
    }
}

uint32_t flow_table_sets(const struct flow_table *t)
{
    return t->set_mask + 1;
}

void flow_table_finish(struct flow_table *t)
{
    bring_up_to_date(t);
    for (uint32_t set = 0; set <= t->set_mask; set++)
        for (unsigned way = 0; way < FLOW_WAYS; way++)
            if (t->sets[set].ids[way] != 0)
                end_flow(t, set, way, FLOW_END_FINISH);
}

uint32_t flow_table_used(const struct flow_table *t)
{
    return t->used;
}
