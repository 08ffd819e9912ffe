/* made_dns.h -- DNS messages made by hand. Include after <cmocka.h>. */
#ifndef TELLTALE_TESTS_SENSOR_MADE_DNS_H
#define TELLTALE_TESTS_SENSOR_MADE_DNS_H

#include "common/address.h"
#include "dissectors/dns.h"

#include <string.h>

struct made_dns {
    uint8_t bytes[4096];
    size_t n;
};

static inline void dns_put(struct made_dns *m, const void *bytes, size_t n)
{
    assert_true(n <= sizeof(m->bytes) - m->n);
    memcpy(m->bytes + m->n, bytes, n);
    m->n += n;
}

static inline void dns_u16(struct made_dns *m, unsigned v)
{
    dns_put(m, (const uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static inline void dns_name(struct made_dns *m, const char *name)
{
    while (*name) {
        uint8_t label = (uint8_t)strcspn(name, ".");
        dns_put(m, &label, 1);
        dns_put(m, name, label);
        name += label + (name[label] == '.');
    }
    dns_put(m, "", 1);
}

static inline void dns_begin(struct made_dns *m, bool response, unsigned rcode, const char *asked, enum dns_type type)
{
    m->n = 0;
    dns_u16(m, 0x1234);
    dns_u16(m, (response ? 0x8180u : 0x0100u) | rcode);
    dns_u16(m, 1);
    dns_put(m, "\0\0\0\0\0", 6);
    dns_name(m, asked);
    dns_u16(m, type);
    dns_u16(m, 1);
}

/* The head of an answer record, up to its data. */
static inline void dns_answer_head(struct made_dns *m, const char *owner, enum dns_type type, unsigned length)
{
    m->bytes[7]++;
    dns_name(m, owner);
    dns_u16(m, type);
    dns_u16(m, 1);
    dns_put(m, "\0\0\1\x2c", 4);
    dns_u16(m, length);
}

static inline void dns_address(struct made_dns *m, const char *owner, const char *address)
{
    struct ip_prefix p;
    assert_true(ip_prefix_parse(address, &p));
    bool v4 = ip_is_v4(&p.addr);
    dns_answer_head(m, owner, v4 ? DNS_A : DNS_AAAA, v4 ? 4 : 16);
    dns_put(m, p.addr.bytes + (v4 ? 12 : 0), v4 ? 4 : 16);
}

static inline void dns_cname(struct made_dns *m, const char *owner, const char *target)
{
    dns_answer_head(m, owner, DNS_CNAME, (unsigned)strlen(target) + 2);
    dns_name(m, target);
}

#endif
