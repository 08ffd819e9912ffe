/* fuzz_frame.c -- any sequence of frames through everything a frame meets: decoder, LAN side, ring, worker with its
 * tables, dissectors and nDPI.
 *
 * Input      { u8 link type } then { u8 time step, u8 bytes that the capture cut off, u16 length, frame } repeated. A
 *            time step is in tenths of a second; from 200 on in minutes.
 * Claims     Contacts that are told are not withheld; counts add up; nothing is left open at the end.
 * One worker serves all inputs, since making one (nDPI) takes longer than most inputs do. Each input begins four hours
 * after the one before, when every flow, contact, visit and DNS answer of the past is over; what a device that comes
 * back had asked is remembered.
 */
#include "common/byte_reader.h"
#include "common/clock.h"
#include "common/log.h"
#include "feeds/rules.h"
#include "sensor/frame.h"
#include "sensor/lan_side.h"
#include "sensor/worker.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define RING_BYTES (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint32_t link_types[] = {LINK_ETHERNET, LINK_RAW, LINK_LINUX_SLL, LINK_LINUX_SLL2, LINK_NULL, LINK_IPV6};

static struct spsc_ring *ring;
static struct worker *worker;
static struct lan_side lan;
static uint64_t now_ns = 1790000000 * NS_PER_S;
static uint64_t opened_due, closed;

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void on_due(void *context, const struct contact *c, const struct device *d)
{
    must(context == &worker && c->taken && !c->withheld && d->taken && d->references > 0);
    must(c->match.matched && strlen(c->host) > 0 && c->evidence < EVIDENCE_COUNT);
    opened_due++;
}

static void on_close(void *context, const struct contact *c, const struct device *d)
{
    must(context == &worker && d->references > 0 && c->open_flows == 0);
    must(c->last_ns >= c->first_ns);
    closed++;
}

static void on_name(void *context, enum name_protocol protocol, const char *name)
{
    must(context == &ring && protocol < NAME_PROTOCOLS && name_protocol_word(protocol) && name[0]);
}

static void set_up(void)
{
    struct feed_set *trackers = NULL;
    struct site_set *sites = NULL;
    log_init("fuzz", LOG_LEVEL_ERROR);
    must(sodium_init() >= 0);
    must(rules_load_trackers(NULL, 0, &trackers) == 0 && rules_load_sites(NULL, 0, &sites) == 0);
    struct worker_options o = {.max_flows = 1024,
                               .on_name = on_name,
                               .name_context = &ring,
                               .findings = {.trackers = trackers,
                                            .sites = sites,
                                            .max_devices = 16,
                                            .max_contacts = 64,
                                            .visit_gap_ns = 60 * NS_PER_S,
                                            .withhold = true,
                                            .on_due = on_due,
                                            .on_close = on_close,
                                            .context = &worker}};
    ring = spsc_ring_new(RING_BYTES, 0);
    must(ring != NULL);
    worker = worker_new(&o, ring);
    must(worker != NULL);
}

static uint64_t count(const _Atomic uint64_t *n)
{
    return atomic_load_explicit(n, memory_order_relaxed);
}

static uint64_t taken(void)
{
    const struct worker_counts *c = worker_counts(worker);
    return count(&c->decoded) + count(&c->undecodable_truncated) + count(&c->undecodable_malformed) +
           count(&c->undecodable_foreign);
}

/* As pipeline.c does it, but that no byte is left out. */
static void push(const struct frame *f)
{
    struct frame *room = spsc_ring_reserve(ring, sizeof(*f) + f->copied);
    must(room != NULL);
    *room = *f;
    if (f->copied > 0) {
        uint8_t *copy = (uint8_t *)(room + 1);
        size_t head = f->packet.payload.at ? (size_t)(f->packet.payload.at - f->packet.ip.at) : f->copied;
        memcpy(copy, f->packet.ip.at, f->copied);
        room->packet.ip = (struct bytes_view){.at = copy, .len = f->copied};
        room->packet.payload = (struct bytes_view){
            .at = copy + head,
            .len = f->copied - head < f->packet.payload.len ? f->copied - head : f->packet.payload.len};
    }
    spsc_ring_commit(ring, sizeof(*f) + f->copied);
}

/* Reads one frame off the input and hands it over; false at the end. */
static bool push_next(struct byte_reader *in, uint32_t link_type)
{
    if (reader_left(in) < 4)
        return false;
    uint8_t step = reader_u8(in), cut = reader_u8(in);
    size_t n = reader_u16be(in);
    n = n < reader_left(in) ? n : reader_left(in);
    uint8_t *exact = malloc(n ? n : 1);
    must(exact != NULL);
    if (n > 0)
        memcpy(exact, reader_take(in, n), n);
    now_ns += step < 200 ? step * (NS_PER_S / 10) : (step - 199u) * 60 * NS_PER_S;
    struct frame f = {.time_ns = now_ns, .wire_len = (uint32_t)n + cut, .kind = FRAME_PACKET};
    f.outcome = (uint8_t)packet_decode(link_type, exact, n, n + cut, &f.packet);
    if (f.outcome == DISSECT_OK) {
        lan_side_decide(&lan, &f);
        f.copied = (uint32_t)f.packet.ip.len;
    }
    push(&f);
    free(exact);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!worker)
        set_up();
    if (size < 1 || size > 65536)
        return 0;
    now_ns += 4 * 3600 * NS_PER_S;
    lan_side_init(&lan, NULL, 0);
    struct byte_reader in = reader_over(data + 1, size - 1);
    uint64_t before = taken(), pushed = 0;
    while (push_next(&in, link_types[data[0] % (sizeof(link_types) / sizeof(link_types[0]))]))
        pushed++;
    struct frame end = {.kind = FRAME_END, .time_ns = now_ns};
    push(&end);
    spsc_ring_publish(ring);
    worker_run(worker);
    must(taken() - before == pushed);
    must(opened_due <= closed); /* a contact is told at most once, and at the end every one is closed */
    return 0;
}
