/* address.h -- link-layer and IP addresses as plain values.
 *
 * Shape      An IPv4 address is held as IPv4-mapped IPv6 (RFC 4291 2.5.5.2), so that one comparison
 *            and one hash serve both.
 * Privacy    These values identify a child's device. They never leave the capture process
 *            (docs/ARCHITECTURE.md, "Trust boundaries"): no function here writes one into a log.
 */
#ifndef TELLTALE_COMMON_ADDRESS_H
#define TELLTALE_COMMON_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mac_addr {
    uint8_t bytes[6];
};

struct ip_addr {
    uint8_t bytes[16];
};

struct ip_prefix {
    struct ip_addr addr;
    uint8_t bits; /* 0..128, counted in the mapped form: 192.168.0.0/16 has 112 */
};

static inline struct ip_addr ip_from_v4(const uint8_t v4[4])
{
    struct ip_addr a = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, v4[0], v4[1], v4[2], v4[3]}};
    return a;
}

static inline struct ip_addr ip_from_v6(const uint8_t v6[16])
{
    struct ip_addr a;
    memcpy(a.bytes, v6, 16);
    return a;
}

static inline bool ip_is_v4(const struct ip_addr *a)
{
    static const uint8_t mapped[4] = {0, 0, 0xff, 0xff};
    uint64_t zero;
    uint32_t rest, wanted;
    memcpy(&zero, a->bytes, 8); /* asked several times a packet: two comparisons of words */
    memcpy(&rest, a->bytes + 8, 4);
    memcpy(&wanted, mapped, 4);
    return zero == 0 && rest == wanted;
}

static inline bool ip_equal(const struct ip_addr *a, const struct ip_addr *b)
{
    uint64_t x[2], y[2];
    memcpy(x, a->bytes, 16);
    memcpy(y, b->bytes, 16);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

static inline bool mac_equal(const struct mac_addr *a, const struct mac_addr *b)
{
    return memcmp(a->bytes, b->bytes, 6) == 0;
}

/* Locally administered (IEEE 802 bit 1 of the first byte): what phones use as a random address. */
static inline bool mac_is_randomised(const struct mac_addr *m)
{
    return (m->bytes[0] & 0x03) == 0x02;
}

bool ip_in_prefix(const struct ip_addr *a, const struct ip_prefix *p);

/* Private, link-local and unique-local unicast (RFC 1918, 3927, 4193, 4291) and 100.64/10 (RFC 6598). */
bool ip_is_private(const struct ip_addr *a);
/* Multicast, broadcast, unspecified: never one host. */
bool ip_is_group(const struct ip_addr *a);

/* "192.168.0.0/16", "2001:db8::/32" or a bare address. False when the text is neither. */
bool ip_prefix_parse(const char *text, struct ip_prefix *out);

#define ADDRESS_TEXT_MAX 46
void mac_format(const struct mac_addr *m, char out[18]);
/* "3c:52:82:00:00:1a" or "3C-52-82-00-00-1A". False when the text is neither. */
bool mac_parse(const char *text, struct mac_addr *out);
void ip_format(const struct ip_addr *a, char out[ADDRESS_TEXT_MAX]);

#endif
