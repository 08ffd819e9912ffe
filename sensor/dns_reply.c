/* dns_reply.c -- see dns_reply.h. */
#include "sensor/dns_reply.h"

#include "dissectors/ech.h"
#include "feeds/services.h"

#include <stdio.h>
#include <string.h>

void dns_reply_begin(struct dns_reply *r)
{
    r->asked.len = 0;
    r->aliases_len = r->addresses_len = r->fronts_len = 0;
    r->blocked = false;
}

static void copy_name(struct dns_name *to, const struct dns_name *from)
{
    memcpy(to->text, from->text, from->len + 1u);
    to->len = from->len;
    to->is_host = from->is_host;
}

/* 0.0.0.0/8 and :: are no addresses of anybody. */
static bool is_null(const struct ip_addr *a)
{
    static const struct ip_addr unspecified;
    return ip_equal(a, &unspecified) || (ip_is_v4(a) && a->bytes[12] == 0);
}

static void note_address(struct dns_reply *r, const struct ip_addr *a)
{
    if (is_null(a) || service_of_address(a) == SERVICE_BLOCK_PAGE)
        r->blocked = true;
    else if (r->addresses_len < REPLY_ADDRESSES)
        r->addresses[r->addresses_len++] = *a;
}

static void note_alias(struct dns_reply *r, const struct dns_record *record)
{
    bool same = strcmp(record->name.text, record->target.text) == 0;
    if (same || !record->name.is_host || !record->target.is_host || r->aliases_len == REPLY_ALIASES)
        return;
    r->aliases[r->aliases_len].subtree = record->type == DNS_DNAME;
    copy_name(&r->aliases[r->aliases_len].owner, &record->name);
    copy_name(&r->aliases[r->aliases_len].target, &record->target);
    r->aliases_len++;
    if (service_of_name(record->target.text) == SERVICE_BLOCK_PAGE)
        r->blocked = true;
}

static void note_hints(struct dns_reply *r, const struct dns_record *record)
{
    for (size_t i = 0; i + 4 <= record->ipv4hint.len; i += 4) {
        struct ip_addr a = ip_from_v4(record->ipv4hint.at + i);
        note_address(r, &a);
    }
    for (size_t i = 0; i + 16 <= record->ipv6hint.len; i += 16) {
        struct ip_addr a = ip_from_v6(record->ipv6hint.at + i);
        note_address(r, &a);
    }
}

static void note_front(struct dns_reply *r, const struct dns_record *record)
{
    struct bytes_view name;
    if (r->fronts_len < REPLY_FRONTS && ech_public_name(record->ech_config, &name) == DISSECT_OK &&
        hostname_normalise(name.at, name.len, r->fronts[r->fronts_len]) > 0)
        r->fronts_len++;
}

void dns_reply_note(struct dns_reply *r, const struct dns_record *record)
{
    if (record->has_address)
        note_address(r, &record->address);
    if (record->has_target)
        note_alias(r, record);
    if (record->type == DNS_HTTPS || record->type == DNS_SVCB) {
        note_hints(r, record);
        if (record->ech)
            note_front(r, record);
    }
}

/* Where the i-th redirection leads a name: into out, or false when it does not apply. */
static bool redirect(const struct dns_reply *r, unsigned i, const char *name, char out[HOSTNAME_MAX + 1])
{
    const char *owner = r->aliases[i].owner.text, *target = r->aliases[i].target.text;
    if (!r->aliases[i].subtree) {
        if (strcmp(owner, name) != 0)
            return false;
        memcpy(out, target, r->aliases[i].target.len + 1u);
        return true;
    }
    /* RFC 6672 2.2: the labels below the owner stay, the owner is replaced. */
    size_t below = strlen(name) - r->aliases[i].owner.len;
    if (strlen(name) <= r->aliases[i].owner.len || !hostname_is_under(name, owner) || below + r->aliases[i].target.len > HOSTNAME_MAX)
        return false;
    memcpy(out, name, below);
    memcpy(out + below, target, r->aliases[i].target.len + 1u);
    return true;
}

static bool is_in(const char *name, const char *const *chain, unsigned len)
{
    for (unsigned i = 0; i < len; i++)
        if (strcmp(chain[i], name) == 0)
            return true;
    return false;
}

unsigned dns_reply_chain(struct dns_reply *r, const char *chain[HOST_CHAIN_MAX])
{
    unsigned len = 1;
    chain[0] = r->asked.text;
    while (len < HOST_CHAIN_MAX) {
        unsigned i = 0;
        while (i < r->aliases_len && (!redirect(r, i, chain[len - 1], r->names[len]) || is_in(r->names[len], chain, len)))
            i++;
        if (i == r->aliases_len)
            break;
        chain[len] = r->names[len];
        len++;
    }
    return len;
}
