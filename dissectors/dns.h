/* dns.h -- walks one DNS message, question by question and record by record.
 *
 * Shape      RFC 1035 messages with compression, EDNS (RFC 6891); A, AAAA, CNAME, DNAME (RFC 6672), HTTPS and SVCB
 *            (RFC 9460). An iterator, so that a message of any size needs one small struct.
 * Names      Written out in text form, lower case, without the last dot; the root is ".". When a name is a host name
 *            (common/hostname.h) `is_host` is true; other names have odd bytes as \DDD (RFC 1035 5.1) and are for
 *            display only.
 * Threads    Pure; any thread. Ownership: the message's bytes outlive the struct.
 * Failure    NOT_MINE: no DNS header in it. TRUNCATED: the bytes end before the last record does (a snap length, the
 *            TC bit's doing, a count that lies); what was returned before stands. MALFORMED: a pointer that does not
 *            go backwards, a label over 63, a length that lies. A record whose data does not fit its type (an A
 *            record of 3 bytes) is OK with has_address and has_target false.
 */
#ifndef TELLTALE_DISSECTORS_DNS_H
#define TELLTALE_DISSECTORS_DNS_H

#include "common/address.h"
#include "common/hostname.h"
#include "dissectors/dissector.h"

#include <stdbool.h>

enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_DNAME = 39,
    DNS_OPT = 41,
    DNS_SVCB = 64,
    DNS_HTTPS = 65
};

enum dns_rcode { DNS_NOERROR = 0, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3, DNS_REFUSED = 5 };

enum dns_section { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL };

#define DNS_NAME_MAX 1023 /* text of 255 wire bytes, each at worst \DDD */

struct dns_name {
    char text[DNS_NAME_MAX + 1];
    uint16_t len;
    bool is_host; /* text is what hostname_normalise() would give */
};

struct dns_record {
    enum dns_section section;
    uint16_t type;
    uint16_t class_; /* 1 = IN; mDNS's top bit (unicast wanted, cache flush) is cleared; OPT has a size here */
    uint32_t ttl_s;
    struct dns_name name;
    bool has_address; /* A, AAAA of class IN */
    struct ip_addr address;
    bool has_target; /* CNAME, DNAME, SVCB and HTTPS (whose "." is written as the owner's name; an alias's is none) */
    struct dns_name target;
    /* HTTPS and SVCB only */
    uint16_t priority;      /* 0 = alias, whose parameters are ignored */
    bool ech;               /* the `ech` parameter is there ... */
    struct bytes_view ech_config; /* ... and this is its value, an ECHConfigList (dissectors/ech.h) */
    struct bytes_view alpn; /* { u8 length, bytes } repeated */
    struct bytes_view ipv4hint, ipv6hint;
};

struct dns_message {
    uint16_t id;
    bool response;
    bool truncated_flag; /* the TC bit */
    uint8_t opcode;
    uint8_t rcode; /* low four bits */

    uint16_t questions, answers, authorities, additionals; /* as the header counts them */
    /* the walk */
    struct bytes_view bytes;
    size_t at;
    uint32_t done;
};

enum dissect_outcome dns_open(struct dns_message *m, const uint8_t *bytes, size_t n);

/* The next question or record. OK, NOT_MINE at the end, TRUNCATED or MALFORMED where the walk must stop (and at every
 * call after it; *out is then not to be used). */
enum dissect_outcome dns_next(struct dns_message *m, struct dns_record *out);

#endif
