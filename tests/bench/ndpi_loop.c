/* ndpi_loop.c -- the benchmark's peer: libpcap, a flow table and nDPI in one thread, as lean as they come.
 *
 *     ndpi_loop CAPTURE
 *
 * What telltale would be without our dissectors, rules, devices, DNS memory, contacts, ring and second thread. It sheds as a good
 * program would: a flow gets nDPI's state (688 bytes here) with its first payload and gives it back when nDPI has decided,
 * or after twelve payload packets; then a packet costs a look-up. Flows are found by open addressing over the 5-tuple in order;
 * nothing is ever forgotten, the table doubles. Ethernet with IPv4 or IPv6 without options; all else is counted only.
 */
#include <inttypes.h>
#include <ndpi/ndpi_api.h>
#include <ndpi/ndpi_main.h>
#include <ndpi/ndpi_typedefs.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSPECT_MOST 12

struct tuple {
    uint8_t low[16], high[16];
    uint16_t low_port, high_port;
    uint8_t proto, pad[3];
};

struct flow {
    struct tuple tuple;
    uint64_t bytes;
    struct ndpi_flow_struct *inspection;
    uint32_t packets;
    uint16_t application;
    uint8_t payloads;
    bool used, decided;
};

struct loop {
    struct ndpi_detection_module_struct *module;
    struct flow *flows;
    uint64_t mask, used, frames, decided;
};

static uint64_t hash(const struct tuple *t)
{
    uint64_t words[5] = {0}, h = 0x9e3779b97f4a7c15u;
    memcpy(words, t, sizeof(*t));
    for (int i = 0; i < 5; i++)
        h = (h ^ words[i] ^ words[i] >> 29) * 0xbf58476d1ce4e5b9u;
    return h ^ h >> 32;
}

static struct flow *find(struct loop *l, const struct tuple *t)
{
    uint64_t i = hash(t) & l->mask;
    while (l->flows[i].used && memcmp(&l->flows[i].tuple, t, sizeof(*t)) != 0)
        i = (i + 1) & l->mask;
    return &l->flows[i];
}

static void grow(struct loop *l)
{
    struct flow *old = l->flows;
    uint64_t count = l->mask + 1;
    l->flows = calloc(count * 2, sizeof(*l->flows));
    if (!l->flows)
        abort();
    l->mask = count * 2 - 1;
    for (uint64_t i = 0; i < count; i++)
        if (old[i].used)
            *find(l, &old[i].tuple) = old[i];
    free(old);
}

static struct flow *flow_of(struct loop *l, const struct tuple *t)
{
    struct flow *f = find(l, t);
    if (f->used)
        return f;
    if (l->used * 2 > l->mask) {
        grow(l);
        f = find(l, t);
    }
    *f = (struct flow){.tuple = *t, .used = true};
    l->used++;
    return f;
}

static void decide(struct loop *l, struct flow *f, ndpi_protocol p)
{
    f->application = p.app_protocol ? p.app_protocol : p.master_protocol;
    f->decided = true;
    l->decided++;
    ndpi_free_flow(f->inspection);
    f->inspection = NULL;
}

static void inspect(struct loop *l, struct flow *f, const uint8_t *ip, uint32_t n, uint64_t time_ms)
{
    u_int8_t guessed = 0;
    if (!f->inspection && !(f->inspection = ndpi_flow_malloc(SIZEOF_FLOW_STRUCT)))
        abort();
    if (f->payloads++ == 0)
        memset(f->inspection, 0, SIZEOF_FLOW_STRUCT);
    ndpi_protocol p = ndpi_detection_process_packet(l->module, f->inspection, ip, (unsigned short)n, time_ms);
    if (p.app_protocol != NDPI_PROTOCOL_UNKNOWN)
        decide(l, f, p);
    else if (f->payloads >= INSPECT_MOST)
        decide(l, f, ndpi_detection_giveup(l->module, f->inspection, 1, &guessed));
}

static uint16_t u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void on_frame(u_char *user, const struct pcap_pkthdr *head, const u_char *frame)
{
    struct loop *l = (struct loop *)(void *)user;
    struct tuple t = {0};
    l->frames++;
    if (head->caplen < 14 + 40)
        return;
    const uint8_t *ip = frame + 14;
    uint32_t n = head->caplen - 14;
    bool v6 = u16(frame + 12) == 0x86dd;
    uint32_t ip_len = v6 ? 40 : (ip[0] & 15) * 4u, size = v6 ? 16 : 4;
    if ((!v6 && u16(frame + 12) != 0x0800) || n < ip_len + 20)
        return;
    t.proto = v6 ? ip[6] : ip[9];
    if (t.proto != 6 && t.proto != 17)
        return;
    const uint8_t *src = ip + (v6 ? 8 : 12), *dst = src + size, *ports = ip + ip_len;
    bool low = memcmp(src, dst, size) < 0;
    memcpy(t.low, low ? src : dst, size);
    memcpy(t.high, low ? dst : src, size);
    t.low_port = u16(ports + (low ? 0 : 2));
    t.high_port = u16(ports + (low ? 2 : 0));
    struct flow *f = flow_of(l, &t);
    f->bytes += head->len;
    f->packets++;
    uint32_t header = ip_len + (t.proto == 6 ? (ports[12] >> 4) * 4u : 8);
    if (!f->decided && n > header)
        inspect(l, f, ip, n, (uint64_t)head->ts.tv_sec * 1000 + (uint64_t)head->ts.tv_usec / 1000);
}

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    struct loop l = {.module = ndpi_init_detection_module(ndpi_no_prefs), .mask = (1u << 16) - 1};
    l.flows = calloc(l.mask + 1, sizeof(*l.flows));
    pcap_t *pcap = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
    if (!pcap || !l.module || !l.flows) {
        fprintf(stderr, "usage: ndpi_loop CAPTURE (a pcap file)\n");
        return 1;
    }
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(l.module, &all);
    ndpi_finalize_initialization(l.module);
    if (pcap_loop(pcap, -1, on_frame, (u_char *)&l) < 0)
        return 1;
    printf("packets\t%" PRIu64 "\nflows\t%" PRIu64 "\ndecided\t%" PRIu64 "\n", l.frames, l.used, l.decided);
    pcap_close(pcap);
    return 0;
}
