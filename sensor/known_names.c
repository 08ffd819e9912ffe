/* known_names.c -- see known_names.h. The resolvers are those that browsers and systems offer in their settings. */
#include "sensor/known_names.h"

#include "common/hostname.h"

#include <stddef.h>

static const struct {
    const char *domain;
    enum known_service service;
} known[] = {
    {"cloudflare-dns.com", KNOWN_RESOLVER},
    {"one.one.one.one", KNOWN_RESOLVER},
    {"dns.google", KNOWN_RESOLVER},
    {"dns.quad9.net", KNOWN_RESOLVER},
    {"dns9.quad9.net", KNOWN_RESOLVER},
    {"dns10.quad9.net", KNOWN_RESOLVER},
    {"dns11.quad9.net", KNOWN_RESOLVER},
    {"doh.opendns.com", KNOWN_RESOLVER},
    {"doh.familyshield.opendns.com", KNOWN_RESOLVER},
    {"dns.nextdns.io", KNOWN_RESOLVER},
    {"doh.cleanbrowsing.org", KNOWN_RESOLVER},
    {"dns.adguard-dns.com", KNOWN_RESOLVER},
    {"dns.adguard.com", KNOWN_RESOLVER},
    {"doh.dns.sb", KNOWN_RESOLVER},
    {"dns.mullvad.net", KNOWN_RESOLVER},
    {"dns.controld.com", KNOWN_RESOLVER},
    {"doh.xfinity.com", KNOWN_RESOLVER},
    {"doh.dns.apple.com", KNOWN_RESOLVER},
    {"dns0.eu", KNOWN_RESOLVER},
    {"mask.icloud.com", KNOWN_RELAY},
    {"mask-h2.icloud.com", KNOWN_RELAY},
    {"mask-api.icloud.com", KNOWN_RELAY},
    {"cloudflare-ech.com", KNOWN_ECH_FRONT},
};

enum known_service known_service_of_name(const char *host)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (hostname_is_under(host, known[i].domain))
            return known[i].service;
    return KNOWN_NONE;
}

bool known_resolver_address(const struct ip_addr *a)
{
    static const char *const resolvers[] = {
        "1.1.1.1", "1.0.0.1", "1.1.1.2", "1.1.1.3", "8.8.8.8", "8.8.4.4", "9.9.9.9", "149.112.112.112", "208.67.222.222", "208.67.220.220",
        "2606:4700:4700::1111", "2606:4700:4700::1001", "2001:4860:4860::8888", "2001:4860:4860::8844", "2620:fe::fe", "2620:fe::9",
    };
    struct ip_prefix p;
    for (size_t i = 0; i < sizeof(resolvers) / sizeof(resolvers[0]); i++)
        if (ip_prefix_parse(resolvers[i], &p) && ip_equal(&p.addr, a))
            return true;
    return false;
}
