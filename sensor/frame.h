/* frame.h -- one captured frame on its way through the ring.
 *
 * Shape      struct frame, then `copied` bytes of the payload. The capture thread decodes the headers once, because it
 *            must know the LAN-side device to choose the worker; `packet.payload` points at the bytes behind the struct,
 *            in ring memory; `packet.ip` is empty.
 * Ownership  Lent by the ring until spsc_ring_release().
 */
#ifndef TELLTALE_SENSOR_FRAME_H
#define TELLTALE_SENSOR_FRAME_H

#include "dissectors/packet.h"

#include <stdbool.h>
#include <stdint.h>

/* A device as one link names it: its MAC, or its LAN address where the link has none. */
struct device_key {
    uint8_t bytes[16]; /* a MAC is the first six, the rest zero */
    uint8_t is_mac;
};

/* Which end of a packet is the device's. */
enum lan_end { LAN_SRC, LAN_DST };

enum frame_kind {
    FRAME_PACKET,
    FRAME_END /* no more frames: close everything; time_ns is the last frame's */
};

struct frame {
    uint64_t time_ns;
    uint32_t wire_len;
    uint32_t copied;
    uint8_t kind;     /* enum frame_kind */
    uint8_t outcome;  /* enum dissect_outcome of the headers; the rest is only valid when DISSECT_OK */
    uint8_t lan;      /* enum lan_end */
    bool beyond;      /* the other end is one host beyond the LAN */
    bool nobody;      /* a LAN was configured and neither end is in it: not looked at further */
    struct device_key device;
    struct packet packet;
};

#endif
