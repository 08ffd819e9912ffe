/* made_talk.c -- see made_talk.h.
 *
 * Hosts below the number of trackers are trackers; the next few are support sites; all others are names that no list has
 * (.example, RFC 2606). A third of the short talks goes to trackers, as on the open web.
 */
#include "tests/bench/made_talk.h"

#include "tests/bench/made_words.h"

#include <stdlib.h>
#include <string.h>

#define BULK_HOSTS 64
#define SEGMENT    1400 /* bytes that a TCP segment carries */

static const struct {
    const char *host, *rule;
} trackers[] = {
    {"secure.adnxs.com", "adnxs.com"},
    {"ib.adnxs.com", "adnxs.com"},
    {"stats.g.doubleclick.net", "stats.g.doubleclick.net"},
    {"ad.doubleclick.net", "doubleclick.net"},
    {"region1.google-analytics.com", "google-analytics.com"},
    {"www.google-analytics.com", "google-analytics.com"},
    {"pagead2.googlesyndication.com", "googlesyndication.com"},
    {"static.criteo.net", "criteo.net"},
    {"dis.criteo.com", "criteo.com"},
    {"script.hotjar.com", "hotjar.com"},
    {"connect.facebook.net", "connect.facebook.net"},
    {"analytics.tiktok.com", "analytics.tiktok.com"},
    {"pixel.rubiconproject.com", "rubiconproject.com"},
    {"image8.pubmatic.com", "pubmatic.com"},
    {"u.openx.net", "openx.net"},
    {"dsum.casalemedia.com", "casalemedia.com"},
    {"c.amazon-adsystem.com", "amazon-adsystem.com"},
    {"api2.amplitude.com", "amplitude.com"},
    {"t.appsflyersdk.com", "appsflyersdk.com"},
    {"bat.bing.com", "bat.bing.com"},
    {"www.clarity.ms", "clarity.ms"},
    {"ct.pinterest.com", "ct.pinterest.com"},
    {"api-js.mixpanel.com", "mixpanel.com"},
    {"bam.nr-data.net", "nr-data.net"},
    {"widgets.outbrain.com", "outbrain.com"},
    {"pixel.quantserve.com", "quantserve.com"},
    {"cdn.branch.io", "branch.io"},
    {"app.adjust.com", "adjust.com"},
    {"log.byteoversea.com", "byteoversea.com"},
    {"static.ads-twitter.com", "ads-twitter.com"},
};
#define TRACKERS ((uint32_t)(sizeof(trackers) / sizeof(trackers[0])))

static const char *const support[] = {"www.childline.org.uk", "www.themix.org.uk", "www.papyrus-uk.org", "www.samaritans.org"};
#define SUPPORT ((uint32_t)(sizeof(support) / sizeof(support[0])))

enum step { ASK, ANSWER, SYN, SYN_ACK, ACK, HELLO, HELLO_REST, REPLY, TALK, FIN, FIN_BACK, LAST_ACK };

/* splitmix64 */
static uint64_t next_random(struct made_world *w)
{
    uint64_t z = (w->random += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t made_random(struct made_world *w, uint32_t below)
{
    return (uint32_t)((next_random(w) >> 32) * below >> 32);
}

int made_world_init(struct made_world *w)
{
    w->contacts = calloc(w->devices * TRACKERS, sizeof(*w->contacts));
    for (size_t i = 0; i < sizeof(w->noise); i++)
        w->noise[i] = (uint8_t)next_random(w);
    w->next_port = 20000;
    return w->contacts ? 0 : -1;
}

void made_world_fini(struct made_world *w)
{
    free(w->contacts);
}

static void host_name(uint32_t host, bool bulk, char out[100])
{
    if (bulk)
        snprintf(out, 100, "edge-%u.downloads.example", host);
    else if (host < TRACKERS)
        snprintf(out, 100, "%s", trackers[host].host);
    else if (host < TRACKERS + SUPPORT)
        snprintf(out, 100, "%s", support[host - TRACKERS]);
    else
        snprintf(out, 100, "www.%x.place-%u.example", host * 2654435761u, host / 3);
}

static void put_mac(uint8_t out[6], uint8_t kind, uint32_t number)
{
    const uint8_t mac[6] = {0x3c, 0x22, kind, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    memcpy(out, mac, 6);
}

/* 10.20.0.0/15 and 2001:db8:20::/64 */
static void device_end(uint32_t device, bool v6, struct wire_end *out)
{
    put_mac(out->mac, 0xfb, device);
    const uint8_t v4[4] = {10, (uint8_t)(20 + (device >> 16)), (uint8_t)(device >> 8), (uint8_t)device};
    uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0x20};
    put_mac(six + 10, 0xfb, device);
    memcpy(out->address, v6 ? six : v4, v6 ? 16 : 4);
}

/* Each host has an address of its own, so that none is explained by another's DNS. */
static void host_address(uint32_t host, bool bulk, bool v6, uint8_t out[16])
{
    uint32_t n = host * 4 + 1 + (bulk ? 1u << 23 : 0);
    const uint8_t v4[4] = {(uint8_t)(60 + (n >> 24)), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    uint8_t six[16] = {0x2a, 0x00, 0x14, 0x50, bulk};
    memcpy(six + 12, v4, 4);
    memset(out, 0, 16);
    memcpy(out, v6 ? six : v4, v6 ? 16 : 4);
}

static struct made_contact *contact_of(const struct made_world *w, const struct talk *t)
{
    return t->bulk || t->host >= TRACKERS ? NULL : &w->contacts[(size_t)t->device * TRACKERS + t->host];
}

static uint32_t choose_host(struct made_world *w, bool bulk)
{
    uint32_t names = (uint32_t)w->names, first = TRACKERS + SUPPORT;
    if (bulk)
        return made_random(w, BULK_HOSTS);
    if (names <= first || made_random(w, 3) == 0)
        return made_random(w, names < TRACKERS ? names : TRACKERS);
    if (made_random(w, 200) == 0)
        return TRACKERS + made_random(w, SUPPORT);
    return first + made_random(w, names - first);
}

void talk_begin(struct made_world *w, struct talk *t, bool bulk)
{
    uint32_t chance = made_random(w, 100);
    *t = (struct talk){.open = true, .bulk = bulk, .v6 = made_random(w, 3) == 0};
    t->device = made_random(w, (uint32_t)w->devices);
    t->host = choose_host(w, bulk);
    t->kind = chance < 60 ? TALK_TLS : chance < 95 || bulk ? TALK_QUIC : TALK_HTTP;
    t->left = bulk ? 300 + made_random(w, 4000) : 2 + made_random(w, 8);
    if (w->endless)
        t->left = UINT32_MAX;
    t->port = (uint16_t)w->next_port;
    w->next_port = w->next_port == 65000 ? 20000 : w->next_port + 1;
    t->up_seq = (uint32_t)next_random(w);
    t->down_seq = (uint32_t)next_random(w);
    uint64_t id = next_random(w);
    memcpy(t->dcid, &id, sizeof(t->dcid));
}

static struct wire_pair pair_of(const struct talk *t, bool up)
{
    struct wire_end device = {.port = t->port}, host = {.port = t->kind == TALK_HTTP ? 80 : 443};
    device_end(t->device, t->v6, &device);
    put_mac(host.mac, 0x01, 1); /* the gateway's */
    host_address(t->host, t->bulk, t->v6, host.address);
    return up ? (struct wire_pair){.from = device, .to = host, .v6 = t->v6} : (struct wire_pair){.from = host, .to = device, .v6 = t->v6};
}

/* Questions go to the gateway, over IPv4. */
static void say_dns(struct made_world *w, struct talk *t, struct wire *wire)
{
    struct wire_pair p = {.from = {.port = t->port}, .to = {.port = 53, .address = {10, 20, 255, 254}}};
    uint8_t message[WORDS_MOST], address[16];
    char name[100];
    host_name(t->host, t->bulk, name);
    device_end(t->device, false, &p.from);
    put_mac(p.to.mac, 0x01, 1);
    if (t->step == ASK) {
        wire_udp(wire, &p, message, words_dns_question(message, t->port, name, t->v6));
        t->step = ANSWER;
        return;
    }
    struct wire_pair back = {.from = p.to, .to = p.from};
    host_address(t->host, t->bulk, t->v6, address);
    wire_udp(wire, &back, message, words_dns_answer(message, t->port, name, t->v6, address));
    struct made_contact *c = contact_of(w, t);
    if (c)
        c->seen_by |= 0x80;
    t->step = t->kind == TALK_QUIC ? HELLO : SYN;
}

static void say_tcp(struct talk *t, struct wire *wire, bool up, uint8_t flags, const uint8_t *payload, size_t n)
{
    struct wire_pair p = pair_of(t, up);
    uint32_t *seq = up ? &t->up_seq : &t->down_seq;
    uint32_t len = wire_tcp(wire, &p, flags, *seq, flags == WIRE_SYN ? 0 : up ? t->down_seq : t->up_seq, payload, n);
    *seq += (uint32_t)n + !!(flags & (WIRE_SYN | WIRE_FIN));
    *(up ? &t->bytes_up : &t->bytes_down) += len;
}

static void say_udp(struct talk *t, struct wire *wire, bool up, const uint8_t *payload, size_t n)
{
    struct wire_pair p = pair_of(t, up);
    *(up ? &t->bytes_up : &t->bytes_down) += wire_udp(wire, &p, payload, n);
}

/* The whole name has been said: whoever listens knows it now. */
static void name_was_said(struct made_world *w, const struct talk *t)
{
    struct made_contact *c = contact_of(w, t);
    if (c) {
        c->connections++;
        c->seen_by |= (uint8_t)(1u << t->kind);
    }
}

static void say_hello(struct made_world *w, struct talk *t, struct wire *wire)
{
    enum { FIRST_SEGMENT = SEGMENT };
    uint8_t message[WORDS_MOST];
    char name[100];
    size_t n;
    host_name(t->host, t->bulk, name);
    bool rest = t->step == HELLO_REST;
    if (t->kind == TALK_QUIC) {
        say_udp(t, wire, true, message, words_quic_initial(message, name, t->dcid, rest));
    } else if (t->kind == TALK_HTTP) {
        n = words_http_request(message, name, t->port);
        say_tcp(t, wire, true, WIRE_PSH | WIRE_ACK, message, n);
        rest = true;
    } else {
        n = words_tls_hello(message, name, w->noise + t->dcid[0]);
        if (rest)
            say_tcp(t, wire, true, WIRE_PSH | WIRE_ACK, message + FIRST_SEGMENT, n - FIRST_SEGMENT);
        else
            say_tcp(t, wire, true, WIRE_ACK, message, FIRST_SEGMENT);
    }
    if (rest)
        name_was_said(w, t);
    t->step = rest ? REPLY : HELLO_REST;
}

/* What the server says first: the beginning of its own hello. */
static void say_reply(struct made_world *w, struct talk *t, struct wire *wire)
{
    static const uint8_t tls[11] = {0x16, 3, 3, 0x04, 0xd0, 2, 0, 0x04, 0xcc, 3, 3};
    static const char http[] = "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: 20000\r\n\r\n";
    uint8_t message[WORDS_MOST];
    if (t->kind == TALK_QUIC) {
        say_udp(t, wire, false, message, words_quic_answer(message, w->noise + t->dcid[1]));
    } else if (t->kind == TALK_HTTP) {
        say_tcp(t, wire, false, WIRE_ACK, (const uint8_t *)http, sizeof(http) - 1);
    } else {
        memcpy(message, w->noise + t->dcid[1], SEGMENT);
        memcpy(message, tls, sizeof(tls));
        say_tcp(t, wire, false, WIRE_ACK, message, SEGMENT);
    }
    t->step = TALK;
}

/* One packet of the server's, or the device's word that it got some: every second segment, every fourth datagram. */
static void say_more(struct made_world *w, struct talk *t, struct wire *wire)
{
    uint8_t message[WORDS_MOST];
    const uint8_t *noise = w->noise + (t->left & 1023);
    bool udp = t->kind == TALK_QUIC;
    if (t->unacknowledged >= (udp ? 4 : 2)) {
        t->unacknowledged = 0;
        if (udp)
            say_udp(t, wire, true, message, words_quic_short(message, noise, 37));
        else
            say_tcp(t, wire, true, WIRE_ACK, NULL, 0);
        return;
    }
    size_t n = w->endless ? 60 : udp ? 1250 : SEGMENT; /* many flows are about their number: a million shall fit on a disk */
    if (udp)
        say_udp(t, wire, false, message, words_quic_short(message, noise, n));
    else
        say_tcp(t, wire, false, WIRE_ACK, noise, n);
    t->unacknowledged++;
    t->left--;
}

static void end_talk(struct made_world *w, struct talk *t)
{
    struct made_contact *c = contact_of(w, t);
    w->flows++;
    w->named++;
    if (c) {
        c->bytes_up += t->bytes_up;
        c->bytes_down += t->bytes_down;
    }
    t->open = false;
}

void talk_step(struct made_world *w, struct talk *t, struct wire *wire)
{
    if (t->step == TALK && t->left == 0)
        t->step = FIN;
    if (t->step == FIN && t->kind == TALK_QUIC) { /* its close looks like any datagram */
        uint8_t message[WORDS_MOST];
        say_udp(t, wire, true, message, words_quic_short(message, w->noise, 40));
        end_talk(w, t);
        return;
    }
    switch ((enum step)t->step) {
    case ASK:
    case ANSWER: say_dns(w, t, wire); break;
    case SYN: say_tcp(t, wire, true, WIRE_SYN, NULL, 0); t->step = SYN_ACK; break;
    case SYN_ACK: say_tcp(t, wire, false, WIRE_SYN | WIRE_ACK, NULL, 0); t->step = ACK; break;
    case ACK: say_tcp(t, wire, true, WIRE_ACK, NULL, 0); t->step = HELLO; break;
    case HELLO:
    case HELLO_REST: say_hello(w, t, wire); break;
    case REPLY: say_reply(w, t, wire); break;
    case TALK: say_more(w, t, wire); break;
    case FIN: say_tcp(t, wire, true, WIRE_FIN | WIRE_ACK, NULL, 0); t->step = FIN_BACK; break;
    case FIN_BACK: say_tcp(t, wire, false, WIRE_FIN | WIRE_ACK, NULL, 0); t->step = LAST_ACK; break;
    case LAST_ACK: say_tcp(t, wire, true, WIRE_ACK, NULL, 0); end_talk(w, t); break;
    }
}

void talk_hurry(struct talk *t)
{
    t->left = t->left < 2 ? t->left : 2;
}

void made_syn(const struct made_world *w, uint32_t number, struct wire *wire)
{
    uint32_t mixed = number * 2654435761u;
    struct wire_pair p = {.to = {.port = 443}};
    const uint8_t from[4] = {(uint8_t)(80 + (number >> 16)), (uint8_t)(number >> 8), (uint8_t)number, (uint8_t)(mixed >> 24)};
    memcpy(p.from.address, from, 4);
    p.from.port = (uint16_t)(1024 + (mixed >> 8 & 0x7fff));
    put_mac(p.from.mac, 0x01, 1);
    device_end((uint32_t)w->devices, false, &p.to); /* a server next to them */
    wire_tcp(wire, &p, WIRE_SYN, mixed, 0, NULL, 0);
}

static void print_seen(uint8_t seen, FILE *out)
{
    static const char *const words[TALK_KINDS] = {"tls", "quic", "http"};
    const char *comma = "";
    if (seen & 0x80) {
        fputs("dns", out);
        comma = ",";
    }
    for (unsigned i = 0; i < TALK_KINDS; i++)
        if (seen & 1u << i) {
            fprintf(out, "%s%s", comma, words[i]);
            comma = ",";
        }
}

void made_truth(const struct made_world *w, FILE *out)
{
    fprintf(out, "flows\t%llu\nnamed\t%llu\n", (unsigned long long)w->flows, (unsigned long long)w->named);
    for (uint32_t device = 0; device < w->devices; device++)
        for (uint32_t host = 0; host < TRACKERS; host++) {
            const struct made_contact *c = &w->contacts[(size_t)device * TRACKERS + host];
            uint8_t mac[6];
            if (c->seen_by == 0)
                continue;
            put_mac(mac, 0xfb, device);
            const char *evidence = c->seen_by & 1u << TALK_HTTP ? "url" : c->connections ? "handshake" : "lookup";
            fprintf(out, "contact\t%02x:%02x:%02x:%02x:%02x:%02x\t%s\t%s\t%s\t", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
                    trackers[host].host, trackers[host].rule, evidence);
            print_seen(c->seen_by, out);
            fprintf(out, "\t%llu\t%llu\t%llu\n", (unsigned long long)c->connections, (unsigned long long)c->bytes_up,
                    (unsigned long long)c->bytes_down);
        }
}
