/* lan_side.h -- which end of a packet is the device, and is the other end beyond the LAN?
 *
 * Purpose    Everything is counted by device, so the question comes before the worker is chosen. With `[capture] lan`
 *            the prefixes answer it. Without them it is inferred: private addresses are the LAN; a public address is
 *            the LAN's when its prefix (/64 of IPv6, /24 of IPv4) was seen on a MAC that also uses private addresses, or
 *            opened a connection from an ephemeral port to a service port.
 * Threads    Capture thread only.
 * Units      None. Memory: a fixed table of learned prefixes; when it is full, nothing more is learned.
 */
#ifndef TELLTALE_SENSOR_LAN_SIDE_H
#define TELLTALE_SENSOR_LAN_SIDE_H

#include "sensor/frame.h"

#define LAN_LEARNED_MAX 64
#define LAN_PIECES 64

/* A datagram in pieces, and what its first piece's ports decided. */
struct lan_piece {
    struct ip_addr src, dst;
    uint32_t id;
    uint8_t lan; /* enum lan_end */
};

struct lan_side {
    struct ip_prefix configured[16], learned[LAN_LEARNED_MAX];
    int configured_count, learned_count;
    struct mac_addr residents[256]; /* MACs that used a private address, by hash */
    bool resident_used[256];
    struct lan_piece pieces[LAN_PIECES]; /* by identification; a newer datagram takes the place */
};

void lan_side_init(struct lan_side *l, const struct ip_prefix *prefixes, int count);

/* Fills lan, beyond and device of a frame whose packet was decoded. */
void lan_side_decide(struct lan_side *l, struct frame *f);

#endif
