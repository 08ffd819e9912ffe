/* fuzz_dns.c -- any bytes as a DNS message.
 *
 * Claims     The walk ends, each step further on than the one before; every text is what it says it is; views lie in
 * the message; a walk that has stopped stays stopped.
 */
#include "dissectors/dns.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool holds)
{
    if (!holds)
        abort();
}

static void check_name(const struct dns_name *name)
{
    char normal[HOSTNAME_MAX + 1];
    claim(name->len > 0 && name->len <= DNS_NAME_MAX && strlen(name->text) == name->len);
    size_t n = hostname_normalise((const uint8_t *)name->text, name->len, normal);
    if (name->is_host)
        claim(n == name->len && strcmp(normal, name->text) == 0);
    for (const char *c = name->text; *c; c++)
        claim((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || strchr(name->is_host ? "-_." : "-_.*/\\", *c));
}

static void check_view(struct bytes_view v, const uint8_t *data, size_t size, size_t unit)
{
    claim(v.len % unit == 0 && (v.len == 0 || (v.at >= data && v.at + v.len <= data + size)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_message m;
    struct dns_record r;
    if (dns_open(&m, data, size) != DISSECT_OK)
        return 0;
    enum dissect_outcome rc;
    for (size_t at = m.at; (rc = dns_next(&m, &r)) == DISSECT_OK; at = m.at) {
        claim(m.at >= at + 5 && m.at <= size); /* a root, a type, a class */
        check_name(&r.name);
        if (r.has_target)
            check_name(&r.target);
        check_view(r.alpn, data, size, 1);
        check_view(r.ipv4hint, data, size, 4);
        check_view(r.ipv6hint, data, size, 16);
    }
    claim(dns_next(&m, &r) == rc);
    return 0;
}
