/* dns.c -- walks a DNS message and turns its names into text.
 *
 * Problem    A DNS message is a header with four counts that may lie, then records whose owner and target are names,
 *            and a name may continue elsewhere through a pointer: the classic way to make a parser loop, jump or
 *            grow.
 * Approach   An iterator that only goes forward; every record uses up bytes, so the counts need not be believed. A
 *            name is read in segments. A pointer must lead to an earlier place than the segment it ends, and the
 *            segment it leads to must be over before that one began, as every name that was really written earlier
 *            is. Segments are so disjoint and ever further back: no loop is possible, and no pointer count is needed.
 * Lenience   A record whose data does not fit its type (an A record of 3 bytes) is shown without address or target:
 *            its own length still says where the next one begins. A name that breaks the rules ends the walk, in data
 *            too.
 * Left out   Everything in records but addresses and targets; DNS over TCP's two length bytes (the caller strips
 *            them); extended labels (RFC 6891 5 retired them).
 * RFCs       1035, 2136 (empty data in updates), 2181 (names are bytes), 4592 (wildcards), 6672, 6762, 6891, 9460,
 *            9848.
 */
#include "dissectors/dns.h"

#include "common/byte_reader.h"

#include <string.h>

#define HEADER_BYTES  12
#define NAME_WIRE_MAX 255
#define CLASS_IN      1

/* A name's labels in wire form, in order, without the root's: { u8 length, bytes } repeated. */
struct labels {
    uint8_t wire[NAME_WIRE_MAX];
    size_t len;
};

static bool labels_add(struct labels *l, const uint8_t *label, uint8_t len)
{
    if (l->len + 1u + len + 1u > NAME_WIRE_MAX) /* the last 1 is the root's */
        return false;
    l->wire[l->len] = len;
    memcpy(l->wire + l->len + 1, label, len);
    l->len += 1u + len;
    return true;
}

static bool is_host_byte(uint8_t b)
{
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '-' || b == '_';
}

/* Writes the name if it is a host name. The labels are looked at first: a dot inside a label must not become a border
 * between two, or "www.bank" "example" would pass for www.bank.example. */
static bool write_host(const struct labels *l, struct dns_name *out)
{
    uint8_t dotted[NAME_WIRE_MAX];
    size_t n = 0;
    for (size_t at = 0; at < l->len;) {
        size_t end = at + 1 + l->wire[at];
        if (at > 0)
            dotted[n++] = '.';
        for (at++; at < end; at++) {
            if (!is_host_byte(l->wire[at]))
                return false;
            dotted[n++] = l->wire[at];
        }
    }
    out->len = (uint16_t)hostname_normalise(dotted, n, out->text);
    return out->len > 0;
}

/* RFC 1035 5.1, on the safe side: what is not a letter, a digit or one of "-_*" and "/" (RFC 2317) is \DDD, so that the
 * text means nothing to a terminal, a page or a spreadsheet. At most 4 characters a wire byte: it fits. */
static void write_display(const struct labels *l, struct dns_name *out)
{
    char *to = out->text;
    for (size_t at = 0; at < l->len;) {
        size_t end = at + 1 + l->wire[at];
        if (at > 0)
            *to++ = '.';
        for (at++; at < end; at++) {
            uint8_t b = l->wire[at];
            if (is_host_byte(b) || b == '*' || b == '/') {
                *to++ = (char)(b >= 'A' && b <= 'Z' ? b | 0x20 : b);
                continue;
            }
            *to++ = '\\';
            *to++ = (char)('0' + b / 100);
            *to++ = (char)('0' + b / 10 % 10);
            *to++ = (char)('0' + b % 10);
        }
    }
    if (l->len == 0)
        *to++ = '.';
    *to = '\0';
    out->len = (uint16_t)(to - out->text);
}

static void write_name(const struct labels *l, struct dns_name *out)
{
    out->is_host = write_host(l, out);
    if (!out->is_host)
        write_display(l, out);
}

/* Reads the name at m[*at] and moves *at behind it. Its first segment may not pass `end`; `ended` is what it means when
 * it wants to (RFC 1035 4.1.4). */
static enum dissect_outcome read_name(struct bytes_view m, size_t *at, size_t end, enum dissect_outcome ended,
                                      struct dns_name *out)
{
    struct labels labels;
    labels.len = 0;
    size_t segment = *at;
    size_t behind = 0; /* where the name's first segment ended; 0 while we are in it */
    struct byte_reader r = reader_over(m.at + segment, end - segment);

    for (;;) {
        uint8_t len = reader_u8(&r);
        if (r.short_read)
            return ended;
        if (len >= 0xc0) {
            size_t target = (size_t)(len & 0x3f) << 8 | reader_u8(&r);
            if (r.short_read)
                return ended;
            if (target < HEADER_BYTES || target >= segment)
                return DISSECT_MALFORMED;
            if (behind == 0)
                behind = (size_t)(r.at - m.at);
            r = reader_over(m.at + target, segment - target);
            segment = target;
            ended = DISSECT_MALFORMED;
            continue;
        }
        if (len > 63)
            return DISSECT_MALFORMED;
        if (len == 0)
            break;
        const uint8_t *label = reader_take(&r, len);
        if (!label)
            return ended;
        if (!labels_add(&labels, label, len))
            return DISSECT_MALFORMED;
    }
    *at = behind ? behind : (size_t)(r.at - m.at);
    write_name(&labels, out);
    return DISSECT_OK;
}

static void copy_name(struct dns_name *to, const struct dns_name *from)
{
    memcpy(to->text, from->text, from->len + 1u);
    to->len = from->len;
    to->is_host = from->is_host;
}

/* CNAME and DNAME: a name and nothing else. No data at all is how an update deletes one (RFC 2136 2.5.2). */
static enum dissect_outcome read_target(const struct dns_message *m, size_t at, size_t end, struct dns_record *out)
{
    if (at == end)
        return DISSECT_OK;
    enum dissect_outcome rc = read_name(m->bytes, &at, end, DISSECT_MALFORMED, &out->target);
    out->has_target = rc == DISSECT_OK && at == end;
    return rc;
}

/* RFC 9460 2.2: { u16 key, u16 length, value } repeated. The first of a key counts; a list of addresses that does not
 * come out even is no list. */
static enum dissect_outcome read_service_params(struct byte_reader params, struct dns_record *out)
{
    enum { PARAM_ALPN = 1, PARAM_IPV4HINT = 4, PARAM_ECH = 5, PARAM_IPV6HINT = 6 };
    while (reader_left(&params) > 0) {
        uint16_t key = reader_u16be(&params);
        uint16_t len = reader_u16be(&params);
        struct bytes_view value = {.at = reader_take(&params, len), .len = len};
        if (params.short_read)
            return DISSECT_MALFORMED;
        if (key == PARAM_ALPN && !out->alpn.at)
            out->alpn = value;
        else if (key == PARAM_IPV4HINT && !out->ipv4hint.at && len % 4 == 0)
            out->ipv4hint = value;
        else if (key == PARAM_IPV6HINT && !out->ipv6hint.at && len % 16 == 0)
            out->ipv6hint = value;
        else if (key == PARAM_ECH && !out->ech) {
            out->ech = true;
            out->ech_config = value;
        }
    }
    return DISSECT_OK;
}

/* HTTPS and SVCB (RFC 9460 2.2): { u16 priority, name, parameters }. Priority 0 makes an alias: its parameters mean
 * nothing (2.4.2) and its "." means that there is no such service (2.5.1). */
static enum dissect_outcome read_service(const struct dns_message *m, size_t at, size_t end, struct dns_record *out)
{
    if (at == end)
        return DISSECT_OK;
    struct byte_reader r = reader_over(m->bytes.at + at, end - at);
    out->priority = reader_u16be(&r);
    if (r.short_read)
        return DISSECT_MALFORMED;
    at += 2;
    enum dissect_outcome rc = read_name(m->bytes, &at, end, DISSECT_MALFORMED, &out->target);
    if (rc != DISSECT_OK)
        return rc;
    bool root = strcmp(out->target.text, ".") == 0;
    out->has_target = !root || out->priority > 0;
    if (root)
        copy_name(&out->target, &out->name);
    if (out->priority == 0)
        return DISSECT_OK;
    return read_service_params(reader_over(m->bytes.at + at, end - at), out);
}

/* The data of one record: len bytes at m[at]. */
static enum dissect_outcome read_data(const struct dns_message *m, size_t at, size_t len, struct dns_record *out)
{
    const uint8_t *data = m->bytes.at + at;
    switch (out->type) {
    case DNS_A:
        out->has_address = len == 4 && out->class_ == CLASS_IN;
        if (out->has_address)
            out->address = ip_from_v4(data);
        return DISSECT_OK;
    case DNS_AAAA:
        out->has_address = len == 16 && out->class_ == CLASS_IN;
        if (out->has_address)
            out->address = ip_from_v6(data);
        return DISSECT_OK;
    case DNS_CNAME:
    case DNS_DNAME:
        return read_target(m, at, at + len, out);
    case DNS_SVCB:
    case DNS_HTTPS:
        return read_service(m, at, at + len, out);
    default:
        return DISSECT_OK;
    }
}

/* Everything but the names, which are 2 KB and say with their length how much of them counts. */
static void clear(struct dns_record *r)
{
    r->section = DNS_QUESTION;
    r->type = r->class_ = r->priority = 0;
    r->ttl_s = 0;
    r->has_address = r->has_target = r->ech = false;
    r->address = (struct ip_addr){{0}};
    r->name.len = r->target.len = 0;
    r->name.text[0] = r->target.text[0] = '\0';
    r->name.is_host = r->target.is_host = false;
    r->alpn = r->ipv4hint = r->ipv6hint = r->ech_config = (struct bytes_view){0};
}

static enum dns_section section_of(const struct dns_message *m)
{
    uint32_t n = m->done;
    if (n < m->questions)
        return DNS_QUESTION;
    n -= m->questions;
    if (n < m->answers)
        return DNS_ANSWER;
    return n - m->answers < m->authorities ? DNS_AUTHORITY : DNS_ADDITIONAL;
}

enum dissect_outcome dns_open(struct dns_message *m, const uint8_t *bytes, size_t n)
{
    enum { OPCODE_UNASSIGNED = 3, OPCODE_LAST = 6 };
    *m = (struct dns_message){0};
    struct byte_reader r = reader_over(bytes, n);
    uint16_t id = reader_u16be(&r);
    uint16_t flags = reader_u16be(&r);
    uint16_t counts[4];
    for (size_t i = 0; i < 4; i++)
        counts[i] = reader_u16be(&r);
    uint8_t opcode = flags >> 11 & 0x0f;
    if (r.short_read || opcode == OPCODE_UNASSIGNED || opcode > OPCODE_LAST)
        return DISSECT_NOT_MINE;

    m->id = id;
    m->response = flags >> 15;
    m->truncated_flag = flags >> 9 & 1;
    m->opcode = opcode;
    m->rcode = flags & 0x0f;
    m->questions = counts[0];
    m->answers = counts[1];
    m->authorities = counts[2];
    m->additionals = counts[3];
    m->bytes = (struct bytes_view){.at = bytes, .len = n};
    m->at = HEADER_BYTES;
    return DISSECT_OK;
}

/* RFC 1035 4.1.2 and 4.1.3. A walk that stops stays where it is, so that asking again gives the same answer. */
enum dissect_outcome dns_next(struct dns_message *m, struct dns_record *out)
{
    clear(out);
    if (m->done == (uint32_t)m->questions + m->answers + m->authorities + m->additionals)
        return DISSECT_NOT_MINE;
    out->section = section_of(m);
    size_t at = m->at;
    enum dissect_outcome rc = read_name(m->bytes, &at, m->bytes.len, DISSECT_TRUNCATED, &out->name);
    if (rc != DISSECT_OK)
        return rc;

    struct byte_reader r = reader_over(m->bytes.at + at, m->bytes.len - at);
    out->type = reader_u16be(&r);
    out->class_ = reader_u16be(&r);
    if (out->type != DNS_OPT) /* whose class is a size */
        out->class_ &= 0x7fff;
    if (out->section != DNS_QUESTION) {
        out->ttl_s = reader_u32be(&r);
        size_t len = reader_u16be(&r);
        const uint8_t *data = reader_take(&r, len);
        if (r.short_read)
            return DISSECT_TRUNCATED;
        rc = read_data(m, (size_t)(data - m->bytes.at), len, out);
    }
    if (r.short_read)
        return DISSECT_TRUNCATED;
    if (rc != DISSECT_OK)
        return rc;
    m->at = (size_t)(r.at - m->bytes.at);
    m->done++;
    return DISSECT_OK;
}
