/* made_records.h -- answer records beyond those of made_dns.h: DNAME, HTTPS and SVCB. Include after <cmocka.h>. */
#ifndef TELLTALE_TESTS_SENSOR_MADE_RECORDS_H
#define TELLTALE_TESTS_SENSOR_MADE_RECORDS_H

#include "tests/sensor/made_dns.h"

/* Parameters of a service record, in order of their keys (RFC 9460 2.2). */
struct made_params {
    uint8_t bytes[1024];
    size_t n;
};

static inline void params_add(struct made_params *p, unsigned key, const void *value, size_t n)
{
    assert_true(p->n + 4 + n <= sizeof(p->bytes));
    memcpy(p->bytes + p->n, (const uint8_t[]){(uint8_t)(key >> 8), (uint8_t)key, (uint8_t)(n >> 8), (uint8_t)n}, 4);
    memcpy(p->bytes + p->n + 4, value, n);
    p->n += 4 + n;
}

/* ipv4hint or ipv6hint, by the addresses. */
static inline void params_hints(struct made_params *p, const char *const *addresses, size_t count)
{
    uint8_t value[256];
    size_t size = 0;
    struct ip_prefix a;
    for (size_t i = 0; i < count; i++) {
        assert_true(ip_prefix_parse(addresses[i], &a));
        size = ip_is_v4(&a.addr) ? 4 : 16;
        assert_true((i + 1) * size <= sizeof(value));
        memcpy(value + i * size, a.addr.bytes + 16 - size, size);
    }
    params_add(p, size == 4 ? 4 : 6, value, count * size);
}

/* ech: a list of one configuration with this public name (RFC 9849 4). */
static inline void params_ech(struct made_params *p, const char *public_name)
{
    static const uint8_t key_and_suites[] = {0x45, 0, 0x20, 0, 4, 'k', 'e', 'y', 's', 0, 4, 0, 1, 0, 1, 0};
    uint8_t list[512];
    size_t name = strlen(public_name), contents = sizeof(key_and_suites) + 1 + name + 2;
    assert_true(contents + 6 <= sizeof(list) && name < 256);
    memcpy(list, (const uint8_t[]){0, (uint8_t)(contents + 4), 0xfe, 0x0d, 0, (uint8_t)contents}, 6);
    memcpy(list + 6, key_and_suites, sizeof(key_and_suites));
    list[6 + sizeof(key_and_suites)] = (uint8_t)name;
    memcpy(list + 7 + sizeof(key_and_suites), public_name, name);
    memset(list + 7 + sizeof(key_and_suites) + name, 0, 2);
    params_add(p, 5, list, contents + 6);
}

/* target "" is the root; params may be NULL. */
static inline void dns_service(struct made_dns *m, const char *owner, enum dns_type type, unsigned priority,
                               const char *target, const struct made_params *params)
{
    size_t n = params ? params->n : 0, name = strlen(target) + (target[0] ? 2 : 1);
    dns_answer_head(m, owner, type, (unsigned)(2 + name + n));
    dns_u16(m, priority);
    dns_name(m, target);
    if (n > 0)
        dns_put(m, params->bytes, n);
}

static inline void dns_dname(struct made_dns *m, const char *owner, const char *target)
{
    dns_answer_head(m, owner, DNS_DNAME, (unsigned)strlen(target) + 2);
    dns_name(m, target);
}

#endif
