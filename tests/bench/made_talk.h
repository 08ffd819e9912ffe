/* made_talk.h -- made-up conversations of made-up devices, packet by packet, and the truth about them.
 *
 * Shape      A world has devices, hosts and what was contacted so far; a talk is one conversation with a host: its DNS
 *            question and answer, then a connection of one of four kinds.
 * Threads    One. Ownership: the world owns its tables, the caller its talks.
 * Failure    made_world_init() returns -1 when memory is out.
 */
#ifndef TELLTALE_TESTS_BENCH_MADE_TALK_H
#define TELLTALE_TESTS_BENCH_MADE_TALK_H

#include "tests/bench/made_wire.h"

/* What is true of one device and one tracker host. */
struct made_contact {
    uint64_t connections, bytes_up, bytes_down;
    uint8_t seen_by; /* bits of enum talk_kind, and 0x80: DNS */
};

struct made_world {
    uint64_t random; /* the generator's state; its seed at first */
    uint64_t devices, names;
    bool endless; /* connections do not end by themselves */
    /* the world's own */
    uint64_t flows, named;          /* of coverage */
    uint32_t next_port;
    struct made_contact *contacts;  /* devices x trackers */
    uint8_t noise[4096];
};

enum talk_kind { TALK_TLS, TALK_QUIC, TALK_HTTP, TALK_KINDS };

struct talk {
    bool open, bulk, v6;
    uint8_t kind, step;
    uint8_t unacknowledged;
    uint32_t device, host, left; /* left: packets that the server still has to say */
    uint16_t port;
    uint32_t up_seq, down_seq;
    uint64_t bytes_up, bytes_down;
    uint8_t dcid[8];
};

int made_world_init(struct made_world *w);
void made_world_fini(struct made_world *w);
uint32_t made_random(struct made_world *w, uint32_t below);

/* A conversation of a device and a host that chance chooses; bulk: a download of some megabytes. */
void talk_begin(struct made_world *w, struct talk *t, bool bulk);
/* Says one packet, maybe the last. */
void talk_step(struct made_world *w, struct talk *t, struct wire *wire);
/* It shall end as soon as it can in order. */
void talk_hurry(struct talk *t);

/* A lone SYN from beyond the LAN; the same number is the same 5-tuple. */
void made_syn(const struct made_world *w, uint32_t number, struct wire *wire);

/* Writes flows, named and a line for each contact. */
void made_truth(const struct made_world *w, FILE *out);

#endif
