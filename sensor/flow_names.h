/* flow_names.h -- finds the names on one flow, however the hello was cut.
 *
 * Purpose    Drives the dissectors over a flow's packets: TLS and HTTP over TCP segments in any order, QUIC Initials over
 *            datagrams in any order, a TLS hello after a dialogue (STARTTLS, CONNECT). A hello that arrives whole costs no
 *            memory; one in pieces takes a slot of the hello pool.
 * Threads    One worker. Results are handed to on_name() at once.
 * Ownership  Events live during the call.
 */
#ifndef TELLTALE_SENSOR_FLOW_NAMES_H
#define TELLTALE_SENSOR_FLOW_NAMES_H

#include "dissectors/http.h"
#include "sensor/flow_table.h"

enum name_protocol {
    NAME_DNS,        /* question names on port 53 */
    NAME_DNS_TARGET, /* CNAME, HTTPS and SVCB targets on port 53 */
    NAME_TLS,
    NAME_QUIC,
    NAME_HTTP,       /* Host */
    NAME_CONNECT,    /* target of HTTP CONNECT */
    NAME_MDNS,
    NAME_LLMNR,
    NAME_PROTOCOLS
};
const char *name_protocol_word(enum name_protocol p);

struct name_event {
    enum name_protocol protocol;
    const char *host; /* normalised */
    size_t len;
    bool from_device; /* the device said it (and not the other end, to a server of the device) */
    bool may_be_ech;  /* the hello carries an encrypted_client_hello extension, real or GREASE, or was not read that far */
    const struct http_request *request; /* NAME_HTTP only */
};

struct flow_names_counts {
    uint64_t hellos_evicted; /* pieces thrown away because too many hellos were open */
    uint64_t bad_names;      /* what should have been a name was not a host name */
    uint64_t malformed;      /* hellos that contradict the specification */
};

struct flow_names;

/* slots: hellos in pieces at once. NULL: out of memory, or no AES in libgcrypt. */
struct flow_names *flow_names_new(uint32_t slots, void (*on_name)(void *context, struct flow *f, const struct name_event *e), void *context);
void flow_names_free(struct flow_names *n);
/* Hears of each request whose head is whole (or will never be), after its name was told, with as much of its body as came along. */
void flow_names_on_request(struct flow_names *n,
                           void (*on_request)(void *context, struct flow *f, const struct http_request *r, struct bytes_view body, bool from_device));

/* A TCP or UDP packet of a flow whose names are not done. from_device: the LAN-side end sent it. */
void flow_names_packet(struct flow_names *n, struct flow *f, const struct packet *p, bool from_device);
/* The flow ends: what is there of an unfinished hello is read, and its slot given back. */
void flow_names_end(struct flow_names *n, struct flow *f);

struct flow_names_counts flow_names_counts(const struct flow_names *n);

#endif
