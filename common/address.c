/* address.c -- see address.h. */
#include "common/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

bool ip_in_prefix(const struct ip_addr *a, const struct ip_prefix *p)
{
    unsigned whole = p->bits / 8, rest = p->bits % 8;
    if (memcmp(a->bytes, p->addr.bytes, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    uint8_t mask = (uint8_t)(0xff << (8 - rest));
    return (a->bytes[whole] & mask) == (p->addr.bytes[whole] & mask);
}

bool ip_is_private(const struct ip_addr *a)
{
    if (!ip_is_v4(a))
        return (a->bytes[0] & 0xfe) == 0xfc                             /* fc00::/7  unique local */
               || (a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80); /* fe80::/10 link local */
    const uint8_t *v4 = a->bytes + 12;
    return v4[0] == 10 || (v4[0] == 172 && (v4[1] & 0xf0) == 16) || (v4[0] == 192 && v4[1] == 168) ||
           (v4[0] == 169 && v4[1] == 254) || (v4[0] == 100 && (v4[1] & 0xc0) == 64);
}

bool ip_is_group(const struct ip_addr *a)
{
    static const struct ip_addr unspecified;
    if (!ip_is_v4(a))
        return a->bytes[0] == 0xff || ip_equal(a, &unspecified);
    const uint8_t *v4 = a->bytes + 12;
    return v4[0] >= 224 || v4[0] == 0;
}

bool ip_prefix_parse(const char *text, struct ip_prefix *out)
{
    char address[ADDRESS_TEXT_MAX];
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    if (n == 0 || n >= sizeof(address))
        return false;
    memcpy(address, text, n);
    address[n] = '\0';

    uint8_t raw[16];
    unsigned base, most;
    if (inet_pton(AF_INET, address, raw) == 1) {
        out->addr = ip_from_v4(raw);
        base = 96;
        most = 32;
    } else if (inet_pton(AF_INET6, address, raw) == 1) {
        out->addr = ip_from_v6(raw);
        base = 0;
        most = 128;
    } else {
        return false;
    }
    unsigned long bits = most;
    if (slash) {
        char *end;
        bits = strtoul(slash + 1, &end, 10);
        if (end == slash + 1 || *end != '\0' || slash[1] < '0' || slash[1] > '9' || bits > most)
            return false;
    }
    out->bits = (uint8_t)(base + bits);
    return true;
}

void mac_format(const struct mac_addr *m, char out[18])
{
    const uint8_t *b = m->bytes;
    snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool mac_parse(const char *text, struct mac_addr *out)
{
    if (strlen(text) != 17 || (text[2] != ':' && text[2] != '-'))
        return false;
    for (size_t i = 0; i < sizeof(out->bytes); i++) {
        int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);
        if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != text[2]))
            return false;
        out->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void ip_format(const struct ip_addr *a, char out[ADDRESS_TEXT_MAX])
{
    if (ip_is_v4(a))
        inet_ntop(AF_INET, a->bytes + 12, out, ADDRESS_TEXT_MAX);
    else
        inet_ntop(AF_INET6, a->bytes, out, ADDRESS_TEXT_MAX);
}
