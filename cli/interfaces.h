/* interfaces.h -- the network interfaces of this machine, as a person who chooses one wants to see them.
 *
 * Shape      Up to INTERFACES_MOST, loopback and what cannot carry traffic of others left out. Facts are the kernel's: /sys/class/net, getifaddrs(), and
 *            the ethtool ioctl for offloads.
 * Units      Packets are counted over the time between interfaces_read() and interfaces_measure(), both directions together.
 * Threads    One.
 * Failure    A fact that cannot be had is left at its zero; interfaces_read() is -errno when /sys/class/net cannot be read.
 */
#ifndef TELLTALE_CLI_INTERFACES_H
#define TELLTALE_CLI_INTERFACES_H

#include "common/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTERFACES_MOST 64
#define INTERFACE_NAME_MAX 16
#define INTERFACE_PREFIXES_MOST 4

enum interface_kind { INTERFACE_WIRED, INTERFACE_WIRELESS, INTERFACE_BRIDGE, INTERFACE_BRIDGE_PORT, INTERFACE_VLAN, INTERFACE_VIRTUAL };
const char *interface_kind_phrase(enum interface_kind k); /* "a bridge" */

struct interface {
    char name[INTERFACE_NAME_MAX];
    enum interface_kind kind;
    char master[INTERFACE_NAME_MAX]; /* of a bridge's port: the bridge */
    bool up, carrier;                /* switched on; a cable, or a network, at its other end */
    int mtu, speed_mbit;             /* speed: 0 when it is not known */
    bool is_default_route;           /* the way to the internet: on a gateway not the side to listen on */
    struct mac_addr mac;
    struct ip_prefix prefixes[INTERFACE_PREFIXES_MOST]; /* of its own addresses, host bits cleared; no link-local ones */
    size_t prefix_count;
    uint64_t packets;     /* since the machine's start */
    double packets_per_s; /* by interfaces_measure() */
};

struct interfaces {
    struct interface at[INTERFACES_MOST];
    size_t n;
    uint64_t read_ns;
};

int interfaces_read(struct interfaces *out);
/* Counts again: call it a few seconds later. */
void interfaces_measure(struct interfaces *i);
const struct interface *interfaces_find(const struct interfaces *i, const char *name); /* NULL: no such one */
/* The likeliest to listen on: it is up, and of those the busiest that is not the way to the internet. NULL: none is up. */
const struct interface *interfaces_suggest(const struct interfaces *i);

/* "192.168.0.0/24 2001:db8::/64", "" without any. */
void interface_prefixes_text(const struct interface *i, char *out, size_t size);

/* What the network card does to frames before anybody sees them. -1: not known. */
struct interface_offloads {
    int gro, lro, tso, gso;
};
void interface_offloads(const char *name, struct interface_offloads *out);

/* Is this wireless interface an access point of this machine's own? Then its stations' traffic passes it. 1, 0, or -1: not known. */
int interface_is_access_point(const char *name);

/* Does this machine pass packets on between its networks? */
bool machine_forwards(void);

#endif
