/* vantage.h -- from where does this interface see the network: a mirror port, a bridge, a gateway, or only itself?
 *
 * Purpose    A sensor at the wrong place counts nothing, or one device for the whole school, and says so nowhere. A look at some seconds of frames
 *            tells: whose they are, whether both directions pass, and how many addresses hide behind one hardware address.
 * Shape      vantage_add() takes decoded packets; vantage_judge() gives a verdict. Pure but for its counters.
 * Memory     Fixed: 1024 devices, and of each how many addresses up to 16. More are counted together.
 * Privacy    Addresses stay inside struct vantage and are wiped with it; a verdict has counts only.
 * Threads    One.
 */
#ifndef TELLTALE_CLI_VANTAGE_H
#define TELLTALE_CLI_VANTAGE_H

#include "sensor/frame.h"

#define VANTAGE_DEVICES 1024
#define VANTAGE_ADDRESSES 16
#define VANTAGE_ROUTER_ADDRESSES 4 /* so many IPv4 addresses of one hardware address are no single device's */

struct vantage_device {
    struct mac_addr mac;
    bool used;
    uint8_t addresses; /* distinct IPv4 ones, up to VANTAGE_ADDRESSES */
    uint32_t address[VANTAGE_ADDRESSES]; /* their last four bytes */
};

struct vantage {
    struct mac_addr own;
    struct vantage_device devices[VANTAGE_DEVICES];
    uint64_t frames;           /* with IP, one host to another */
    uint64_t of_this_machine;  /* its own hardware address at one end */
    uint64_t for_this_machine; /* ... and at the other end an address of its own too: nobody else's traffic (see vantage_add) */
    uint64_t up, down;         /* from a device to beyond the LAN, and back */
    uint64_t inside;           /* between two of the LAN */
    uint64_t larger_than_mtu;  /* put together by the card or the kernel */
    uint32_t largest_bytes;
    uint32_t device_count;
};

enum vantage_place {
    VANTAGE_SILENT,   /* too few frames to tell */
    VANTAGE_MIRROR,   /* others' frames, neither from nor to this machine */
    VANTAGE_BRIDGE,   /* the same, through a bridge of this machine */
    VANTAGE_GATEWAY,  /* others' packets, which this machine passes on */
    VANTAGE_OWN_ONLY, /* this machine's own traffic */
};

struct vantage_verdict {
    enum vantage_place place;
    bool one_direction;     /* only up, or only down */
    bool misses_down;       /* which */
    bool behind_router;     /* one hardware address for many devices, or one address for all */
    bool behind_translation; /* all traffic is one device's: this is the outer side of an address translation */
    uint32_t devices, hidden; /* hidden: addresses behind the hardware address of a router */
};

void vantage_init(struct vantage *v, const struct mac_addr *own);

/* A frame whose LAN side is decided (sensor/lan_side.h). own_address: is one of its two addresses this machine's? */
void vantage_add(struct vantage *v, const struct frame *f, bool own_address, int mtu);

/* is_bridge: the interface is a bridge or a port of one. forwards: this machine routes. */
struct vantage_verdict vantage_judge(const struct vantage *v, bool is_bridge, bool forwards);

const char *vantage_place_word(enum vantage_place p); /* "mirror" */

#endif
