/* dns_reply.h -- what one DNS answer says about the name that was asked for.
 *
 * Shape      The asked name, the ways it is redirected (CNAME, DNAME, the targets of HTTPS and SVCB records), the addresses (A, AAAA and the
 *            hints of service records), whether a filter blocked it, and under which name a hello for it would hide.
 * Limits     Fixed numbers of each; what is beyond them is left out.
 * Threads    One worker; some 40 KB, not for a stack.
 */
#ifndef TELLTALE_SENSOR_DNS_REPLY_H
#define TELLTALE_SENSOR_DNS_REPLY_H

#include "dissectors/dns.h"
#include "sensor/host_table.h"

#define REPLY_ALIASES 16
#define REPLY_ADDRESSES 32
#define REPLY_FRONTS 4

struct dns_reply {
    struct dns_name asked; /* len 0: no host name was asked for */
    struct {
        bool subtree; /* DNAME: everything below owner, and not owner itself */
        struct dns_name owner, target;
    } aliases[REPLY_ALIASES];
    unsigned aliases_len;
    struct ip_addr addresses[REPLY_ADDRESSES];
    unsigned addresses_len;
    char fronts[REPLY_FRONTS][HOSTNAME_MAX + 1]; /* public names of Encrypted Client Hello */
    unsigned fronts_len;
    bool blocked; /* NXDOMAIN, 0.0.0.0, :: or a known block page */
    char names[HOST_CHAIN_MAX][HOSTNAME_MAX + 1]; /* dns_reply_chain() writes here */
};

void dns_reply_begin(struct dns_reply *r);
void dns_reply_note(struct dns_reply *r, const struct dns_record *record);

/* Follows the redirections from the asked name. chain[0] is the asked name; returns how many names there are (1: none). */
unsigned dns_reply_chain(struct dns_reply *r, const char *chain[HOST_CHAIN_MAX]);

#endif
