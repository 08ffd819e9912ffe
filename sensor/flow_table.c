/* flow_table.c -- see flow_table.h.
 *
 * Identities and flows lie in two arrays: a set's eight identities are one cache line, so a look-up of any outcome
 * costs that line and, on a hit, the flow's own. The tuple is put in order before it is hashed, so that both
 * directions find the same flow.
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

struct flow_table {
    uint64_t (*ids)[FLOW_WAYS]; /* 0: free */
    struct flow (*flows)[FLOW_WAYS];
    uint32_t set_mask, used, sweep_at;
    unsigned char key[crypto_shorthash_KEYBYTES];
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
    t->ids = aligned_alloc(64, (size_t)sets * sizeof(*t->ids));
    t->flows = aligned_alloc(64, (size_t)sets * sizeof(*t->flows));
    if (!t->ids || !t->flows) {
        flow_table_free(t);
        return NULL;
    }
    memset(t->ids, 0, (size_t)sets * sizeof(*t->ids));
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
    free(t->ids);
    free(t->flows);
    free(t);
}

void flow_table_seed(struct flow_table *t, const void *bytes, size_t n)
{
    assert(t->used == 0);
    crypto_generichash(t->key, sizeof(t->key), bytes, n, NULL, 0);
}

struct tuple {
    uint8_t low[16], high[16];
    uint16_t low_port, high_port;
    uint8_t proto, pad[3];
};

/* The seeded identity of a packet's 5-tuple, the same for both directions; never 0. */
static uint64_t identity(const struct flow_table *t, const struct packet *p)
{
    struct tuple k = {.proto = p->ip_proto};
    int order = memcmp(p->src.bytes, p->dst.bytes, 16);
    bool src_low = order < 0 || (order == 0 && p->src_port < p->dst_port);
    memcpy(k.low, src_low ? p->src.bytes : p->dst.bytes, 16);
    memcpy(k.high, src_low ? p->dst.bytes : p->src.bytes, 16);
    k.low_port = src_low ? p->src_port : p->dst_port;
    k.high_port = src_low ? p->dst_port : p->src_port;
    uint64_t id;
    crypto_shorthash((unsigned char *)&id, (const unsigned char *)&k, sizeof(k), t->key);
    return id ? id : 1;
}

static uint32_t idle_limit_ms(const struct flow *f)
{
    if (f->flags & FLOW_CLOSED)
        return IDLE_CLOSED_MS;
    if (!(f->flags & FLOW_ANSWERED))
        return IDLE_UNANSWERED_MS;
    return f->proto == IP_PROTO_TCP ? IDLE_TCP_MS : IDLE_UDP_MS;
}

static void end_flow(struct flow_table *t, uint32_t set, unsigned way, enum flow_end_reason why)
{
    t->on_end(t->context, &t->flows[set][way], why);
    t->ids[set][way] = 0;
    t->used--;
}

/* Capture clocks may step back a little between frames: that is no age. */
static uint32_t age_ms(const struct flow *f, uint32_t now_ms)
{
    return (int32_t)(now_ms - f->last_ms) > 0 ? now_ms - f->last_ms : 0;
}

/* How soon a flow may go: one that is over its limit first, then one on which nothing was said or answered, then one that
 * nobody answered, then the one idle longest. A flood thus takes its own flows' places, whatever its pace (an age in units of
 * the limit would let it have those of connections that were quiet for a few seconds), and not those of hellos whose answer is
 * on its way. */
static uint64_t dispensable(const struct flow *f, uint32_t now_ms)
{
    uint32_t age = age_ms(f, now_ms);
    bool answered = f->flags & FLOW_ANSWERED;
    uint64_t rank = age >= idle_limit_ms(f) ? 3 : answered ? 0 : f->payloads > 0 ? 1 : 2;
    return rank << 32 | age;
}

/* A free way of the set, made free if need be. */
static unsigned make_room(struct flow_table *t, uint32_t set, uint32_t now_ms)
{
    unsigned victim = 0;
    uint64_t most = 0;
    for (unsigned way = 0; way < FLOW_WAYS; way++) {
        if (t->ids[set][way] == 0)
            return way;
        uint64_t d = dispensable(&t->flows[set][way], now_ms);
        if (d >= most) {
            most = d;
            victim = way;
        }
    }
    bool idle = age_ms(&t->flows[set][victim], now_ms) >= idle_limit_ms(&t->flows[set][victim]);
    end_flow(t, set, victim, idle ? FLOW_END_IDLE : FLOW_END_PUSHED_OUT);
    return victim;
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

struct flow *flow_table_get(struct flow_table *t, const struct packet *p, uint32_t now_ms, bool *is_new)
{
    uint64_t id = identity(t, p);
    uint32_t set = (uint32_t)id & t->set_mask;
    for (unsigned way = 0; way < FLOW_WAYS; way++) {
        if (t->ids[set][way] != id)
            continue;
        struct flow *f = &t->flows[set][way];
        if (age_ms(f, now_ms) >= idle_limit_ms(f)) {
            end_flow(t, set, way, FLOW_END_IDLE);
            break;
        }
        *is_new = false;
        return f;
    }
    unsigned way = make_room(t, set, now_ms);
    t->ids[set][way] = id;
    t->used++;
    *is_new = true;
    begin_flow(&t->flows[set][way], p->ip_proto, now_ms);
    return &t->flows[set][way];
}

void flow_table_restart(struct flow_table *t, struct flow *f, uint32_t now_ms)
{
    t->on_end(t->context, f, FLOW_END_REPLACED);
    begin_flow(f, f->proto, now_ms);
}

void flow_table_sweep(struct flow_table *t, uint32_t now_ms, uint32_t sets)
{
    for (uint32_t i = 0; i < sets; i++) {
        uint32_t set = t->sweep_at++ & t->set_mask;
        for (unsigned way = 0; way < FLOW_WAYS; way++) {
            struct flow *f = &t->flows[set][way];
            if (t->ids[set][way] != 0 && age_ms(f, now_ms) >= idle_limit_ms(f))
                end_flow(t, set, way, f->flags & FLOW_CLOSED ? FLOW_END_CLOSED : FLOW_END_IDLE);
        }
    }
}

uint32_t flow_table_sets(const struct flow_table *t)
{
    return t->set_mask + 1;
}

void flow_table_finish(struct flow_table *t)
{
    for (uint32_t set = 0; set <= t->set_mask; set++)
        for (unsigned way = 0; way < FLOW_WAYS; way++)
            if (t->ids[set][way] != 0)
                end_flow(t, set, way, FLOW_END_FINISH);
}

uint32_t flow_table_used(const struct flow_table *t)
{
    return t->used;
}
