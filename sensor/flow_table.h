/* flow_table.h -- every flow the worker remembers, one cache line each.
 *
 * Shape      Fixed size, set-associative: a 5-tuple's seeded 64-bit hash chooses a set of FLOW_WAYS places; the full hash
 *            is the flow's identity (the key is secret and random, so nobody can aim two flows at one hash).
 *            A full set gives up its least valuable flow: one on which nothing was said first, then an unanswered one, then the
 *            one idle longest.
 * Units      Times in milliseconds of the capture's clock since the first frame; lengths in bytes on the wire.
 * Threads    One worker.
 * Ownership  The table owns the flows; a pointer is valid until the next flow_table call.
 * Failure    None: a new flow always finds a place. What was pushed out while active is counted by the caller in on_end().
 */
#ifndef TELLTALE_SENSOR_FLOW_TABLE_H
#define TELLTALE_SENSOR_FLOW_TABLE_H

#include "dissectors/packet.h"

#include <stdbool.h>
#include <stdint.h>

#define FLOW_WAYS 8
#define NO_INDEX UINT32_MAX

enum flow_flag {
    FLOW_FROM_DEVICE = 0x0001,      /* the device opened the flow (its packet came first)               */
    FLOW_ANSWERED = 0x0002,         /* the other end sent something else than a reset                   */
    FLOW_BEYOND = 0x0004,           /* the other end is beyond the LAN                                  */
    FLOW_ASIDE = 0x0008,            /* plain DNS, NTP or DHCP: not part of coverage                     */
    FLOW_BASE_KNOWN = 0x0010,       /* TCP: base_seq is valid                                           */
    FLOW_CLIENT_KNOWN = 0x0020,     /* which end says hello is known ...                                */
    FLOW_CLIENT_IS_DEVICE = 0x0040, /* ... and it is the device                                         */
    FLOW_HELLO_BEGAN = 0x0080,      /* part of a hello was seen; without a name at the end: incomplete  */
    FLOW_NAMED = 0x0100,            /* a name was seen on the flow                                      */
    FLOW_NAMES_DONE = 0x0200,       /* no more names are looked for                                     */
    FLOW_CLASSIFIED = 0x0400,       /* nDPI has spoken                                                  */
    FLOW_CLOSED = 0x0800,           /* reset, or FIN seen: forgotten soon                               */
    FLOW_HTTP = 0x1000,             /* clear-text HTTP: every request is read                           */
    FLOW_DIALOGUE = 0x2000,         /* began as something else: a hello may follow (STARTTLS, CONNECT)  */
    FLOW_HELLO_WHOLE = 0x4000,      /* a hello without a server name was read to its end                */
    FLOW_COUNTED = 0x8000           /* counted as a connection of its contact                           */
};

enum flow_end_reason { FLOW_END_IDLE, FLOW_END_CLOSED, FLOW_END_REPLACED, FLOW_END_PUSHED_OUT, FLOW_END_FINISH };

struct flow {
    uint64_t bytes_up, bytes_down; /* from and to the device */
    uint32_t first_ms, last_ms;
    uint32_t device;      /* index in the device table */
    uint32_t contact;     /* index in the contact table, or NO_INDEX */
    uint32_t hello;       /* slot of the hello pool, or NO_INDEX */
    uint32_t inspection;  /* slot of nDPI state, or NO_INDEX */
    uint32_t by_address;  /* tracker host that the device's DNS gave for the address, or NO_INDEX */
    uint32_t dns_stream;  /* conversation of dns_streams, or NO_INDEX */
    uint32_t base_seq;    /* TCP: where the client's stream, or the next one, begins */
    uint16_t flags;       /* enum flow_flag */
    uint16_t application; /* index in the worker's application table, or UINT16_MAX */
    uint16_t server_port;
    uint16_t page;        /* of attribution.h: whose it is, a support site's or another's, or UINT16_MAX */
    uint8_t proto;
    uint8_t payloads;     /* payload packets seen, up to 255 */
    bool host_told : 1;   /* the Host of the request that is being read was told already */
    bool confirmed : 1;   /* the server spoke after the device had: whoever sent the device's frames hears the answers, or is the device */
    bool awaited : 1;     /* an answer is: in answers_due, or was */
    bool unconfirmed : 1; /* counted: none came in time */
    uint8_t blind;        /* enum blind_spot + 1 when a name or address told the cause; 0: none */
};
_Static_assert(sizeof(struct flow) <= 64, "a flow is one cache line");

struct flow_table;

/* flows: rounded up to a power of two. on_end is called for each flow that leaves. NULL: out of memory. */
struct flow_table *flow_table_new(uint32_t flows, void (*on_end)(void *context, struct flow *f, enum flow_end_reason why), void *context);
void flow_table_free(struct flow_table *t); /* calls nothing */

/* Replaces the random key by one made from these bytes, so that the same flows in the same order have the same fate. Only
 * while the table is empty, and not where somebody may know the bytes before he sends. */
void flow_table_seed(struct flow_table *t, const void *bytes, size_t n);

/* The identity of a TCP or UDP packet's flow in this table. */
uint64_t flow_table_id(const struct flow_table *t, const struct packet *p);
/* Ahead of flow_table_get() for that identity: asks the memory for the set; later, when that has come, for the flow
 * in it, or the place that a new one will probably get. */
void flow_table_prefetch(const struct flow_table *t, uint64_t id);
void flow_table_prefetch_flow(const struct flow_table *t, uint64_t id, uint32_t now_ms);

/* The flow of a TCP or UDP packet, whose identity is id; *is_new says that it was made now, zeroed except times, proto and the NO_INDEX fields. */
struct flow *flow_table_get(struct flow_table *t, const struct packet *p, uint64_t id, uint32_t now_ms, bool *is_new);

/* The flow of this identity, for its marks only; NULL: none. */
struct flow *flow_table_find(struct flow_table *t, uint64_t id);

/* Ends f now (a new connection on the same tuple); its place is kept and the flow is new again. */
void flow_table_restart(struct flow_table *t, struct flow *f, uint32_t now_ms);

/* Looks at the next `sets` sets in turn and ends what was idle too long. */
void flow_table_sweep(struct flow_table *t, uint32_t now_ms, uint32_t sets);
uint32_t flow_table_sets(const struct flow_table *t);

/* Ends every flow. */
void flow_table_finish(struct flow_table *t);

uint32_t flow_table_used(const struct flow_table *t);

#endif
