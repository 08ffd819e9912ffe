/* link_rare.c -- see link_rare.h. RFC 1661 and 1662 (PPP), IEEE 802.11 data frames with LLC/SNAP (RFC 1042). */
#include "dissectors/link_rare.h"

#define PRISM_HEADER_BYTES 144
#define IEEE_DATA          2    /* frame type */
#define IEEE_NO_DATA       0x4  /* subtype bits */
#define IEEE_QOS           0x8
#define IEEE_PROTECTED     0x40 /* of the second byte */
#define IEEE_ORDER         0x80

static enum dissect_outcome after(struct slice *s)
{
    return s->r.short_read ? slice_ended(s) : DISSECT_OK;
}

/* A protocol number whose first byte is odd is one byte long (RFC 1661 6.5). */
static enum dissect_outcome strip_ppp(struct slice *s, uint16_t *ether_type)
{
    uint16_t protocol = reader_u8(&s->r);
    if (protocol == 0xff) { /* all stations, unnumbered information */
        reader_skip(&s->r, 1);
        protocol = reader_u8(&s->r);
    }
    if (!(protocol & 1))
        protocol = (uint16_t)(protocol << 8 | reader_u8(&s->r));
    *ether_type = protocol == 0x0021 ? 0x0800 : protocol == 0x0057 ? 0x86dd : 0;
    return after(s);
}

static enum dissect_outcome strip_hdlc(struct slice *s, uint16_t *ether_type)
{
    reader_skip(&s->r, 2);
    *ether_type = reader_u16be(&s->r);
    return after(s);
}

static enum dissect_outcome strip_snap(struct slice *s, uint16_t *ether_type)
{
    uint32_t llc = reader_u24be(&s->r);
    reader_skip(&s->r, 3);
    *ether_type = reader_u16be(&s->r);
    if (after(s) == DISSECT_OK && llc != 0xaaaa03)
        return DISSECT_NOT_MINE;
    return after(s);
}

static enum dissect_outcome strip_80211(struct slice *s, uint16_t *ether_type)
{
    uint8_t control = reader_u8(&s->r), flags = reader_u8(&s->r);
    uint8_t type = control >> 2 & 3, subtype = control >> 4;
    if (after(s) != DISSECT_OK)
        return after(s);
    if (type != IEEE_DATA || (subtype & IEEE_NO_DATA) || (flags & IEEE_PROTECTED))
        return DISSECT_NOT_MINE;
    size_t rest = 22;
    if ((flags & 3) == 3) /* from one access point to another: a fourth address */
        rest += 6;
    if (subtype & IEEE_QOS)
        rest += flags & IEEE_ORDER ? 6 : 2;
    reader_skip(&s->r, rest);
    return strip_snap(s, ether_type);
}

/* Headers of the capturing driver, in front of the 802.11 frame. */
static enum dissect_outcome strip_driver(uint32_t link_type, struct slice *s)
{
    if (link_type == LINK_IEEE802_11_PRISM) {
        reader_skip(&s->r, PRISM_HEADER_BYTES);
        return after(s);
    }
    size_t known = link_type == LINK_IEEE802_11_RADIOTAP ? 4 : 8, length;
    const uint8_t *head = reader_take(&s->r, known);
    if (!head)
        return after(s);
    if (link_type == LINK_IEEE802_11_RADIOTAP)
        length = (size_t)head[3] << 8 | head[2];
    else
        length = (size_t)head[4] << 24 | (size_t)head[5] << 16 | (size_t)head[6] << 8 | head[7];
    if (length < known)
        return DISSECT_MALFORMED;
    reader_skip(&s->r, length - known);
    return after(s);
}

enum dissect_outcome link_rare_strip(uint32_t link_type, struct slice *s, uint16_t *ether_type)
{
    enum dissect_outcome outcome;
    switch (link_type) {
    case LINK_PPP:
    case LINK_PPP_SERIAL:
        return strip_ppp(s, ether_type);
    case LINK_CISCO_HDLC:
        return strip_hdlc(s, ether_type);
    case LINK_IEEE802_11:
        return strip_80211(s, ether_type);
    case LINK_IEEE802_11_PRISM:
    case LINK_IEEE802_11_RADIOTAP:
    case LINK_IEEE802_11_AVS:
        outcome = strip_driver(link_type, s);
        return outcome == DISSECT_OK ? strip_80211(s, ether_type) : outcome;
    default:
        return DISSECT_NOT_MINE;
    }
}
