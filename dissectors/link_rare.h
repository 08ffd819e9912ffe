/* link_rare.h -- links that a sensor on a school's bridge never has, but saved captures do: PPP, Cisco HDLC, IEEE 802.11.
 *
 * Threads    Pure. Ownership: the slice is moved past the link's header; MACs are not read, so the device is the address.
 * Failure    NOT_MINE: another link type, a management frame, an encrypted frame, no IP. TRUNCATED: the header is cut.
 */
#ifndef TELLTALE_DISSECTORS_LINK_RARE_H
#define TELLTALE_DISSECTORS_LINK_RARE_H

#include "dissectors/slice.h"

enum link_type_rare {
    LINK_PPP = 9,          /* protocol field, with or without the two bytes of HDLC framing before it */
    LINK_PPP_SERIAL = 50,
    LINK_CISCO_HDLC = 104,
    LINK_IEEE802_11 = 105,
    LINK_IEEE802_11_PRISM = 119,
    LINK_IEEE802_11_RADIOTAP = 127,
    LINK_IEEE802_11_AVS = 163
};

/* Strips the link's header; *ether_type is what follows. */
enum dissect_outcome link_rare_strip(uint32_t link_type, struct slice *s, uint16_t *ether_type);

#endif
