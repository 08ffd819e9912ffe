/* capture_health.c -- see capture_health.h. */
#include "sensor/capture_health.h"

#include "common/clock.h"
#include "sensor/last_words.h"
#include "sensor/sandbox.h"

#include <stddef.h>

_Static_assert(PIPELINE_WORKERS_MOST == STORE_WORKERS_MOST, "a row for each worker");
_Static_assert(CAPTURE_THREADS_MOST == STORE_THREADS_MOST && CAPTURE_THREADS_MOST == WORKER_RINGS_MOST, "and for each capture thread");

static void put_pipeline(struct sighting_health *h, struct pipeline *p)
{
    static const struct {
        enum store_figure which;
        size_t at;
    } counted[] = {
        {STORE_FIGURE_DECODED, offsetof(struct worker_counts, decoded)},
        {STORE_FIGURE_UNDECODABLE_TRUNCATED, offsetof(struct worker_counts, undecodable_truncated)},
        {STORE_FIGURE_UNDECODABLE_MALFORMED, offsetof(struct worker_counts, undecodable_malformed)},
        {STORE_FIGURE_UNDECODABLE_OTHER, offsetof(struct worker_counts, undecodable_foreign)},
        {STORE_FIGURE_FLOWS, offsetof(struct worker_counts, flows)},
        {STORE_FIGURE_NAMES_SEEN, offsetof(struct worker_counts, names_seen)},
        {STORE_FIGURE_NAMES_ALONG, offsetof(struct worker_counts, names_along)},
        {STORE_FIGURE_NAMED, offsetof(struct worker_counts, named)},
        {STORE_FIGURE_FLOWS_PUSHED_OUT, offsetof(struct worker_counts, flows_pushed_out)},
        {STORE_FIGURE_DEVICES_REFUSED, offsetof(struct worker_counts, devices_refused)},
        {STORE_FIGURE_TABLE_PUSHED_OUT, offsetof(struct worker_counts, contacts_pushed_out)},
        {STORE_FIGURE_TABLE_REFUSED, offsetof(struct worker_counts, contacts_refused)},
        {STORE_FIGURE_FRAGMENTS_DROPPED, offsetof(struct worker_counts, fragments_dropped)},
        {STORE_FIGURE_HELLOS_EVICTED, offsetof(struct worker_counts, hellos_evicted)},
        {STORE_FIGURE_BLIND_ECH, offsetof(struct worker_counts, blind_ech)},
        {STORE_FIGURE_BLIND_DOH, offsetof(struct worker_counts, blind_doh)},
        {STORE_FIGURE_BLIND_DOT, offsetof(struct worker_counts, blind_dot)},
        {STORE_FIGURE_BLIND_DOQ, offsetof(struct worker_counts, blind_doq)},
        {STORE_FIGURE_BLIND_RELAY, offsetof(struct worker_counts, blind_relay)},
        {STORE_FIGURE_BLIND_VPN, offsetof(struct worker_counts, blind_vpn)},
        {STORE_FIGURE_BLIND_NO_NAME, offsetof(struct worker_counts, blind_no_name)},
        {STORE_FIGURE_BLIND_INCOMPLETE, offsetof(struct worker_counts, blind_incomplete)},
        {STORE_FIGURE_UNCONFIRMED, offsetof(struct worker_counts, unconfirmed)},
        {STORE_FIGURE_DEVICES_DOUBTFUL, offsetof(struct worker_counts, devices_doubtful)},
    };
    struct pipeline_totals t = pipeline_totals(p);
    sighting_tell(h, STORE_FIGURE_CAPTURED, t.captured);
    sighting_tell(h, STORE_FIGURE_CAPTURED_BYTES, t.captured_bytes);
    sighting_tell(h, STORE_FIGURE_KERNEL_DROPPED, t.kernel_dropped);
    sighting_tell(h, STORE_FIGURE_RING_FULL, t.ring_full);
    sighting_tell(h, STORE_FIGURE_RING_IN, t.ring_in);
    for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
        sighting_tell(h, counted[i].which, pipeline_count(p, counted[i].at));
}

static void put_workers(struct sighting_health *h, struct pipeline *p)
{
    int workers = pipeline_workers(p), threads = pipeline_readers(p);
    sighting_tell(h, STORE_FIGURE_THREADS, (uint64_t)threads);
    for (int i = 0; i < threads; i++)
        sighting_tell(h, STORE_FIGURE_THREAD_1_FRAMES + i, pipeline_reader_frames(p, i));
    sighting_tell(h, STORE_FIGURE_WORKERS, (uint64_t)workers);
    for (int i = 0; i < workers; i++) {
        const struct worker_counts *c = worker_counts(pipeline_worker(p, i));
        /* relaxed, both: a recent value is enough */
        sighting_tell(h, STORE_FIGURE_WORKER_1_DEVICES + 2 * i, atomic_load_explicit(&c->devices, memory_order_relaxed));
        sighting_tell(h, STORE_FIGURE_WORKER_1_FRAMES + 2 * i, atomic_load_explicit(&c->decoded, memory_order_relaxed));
    }
}

static void put_walls(struct sighting_health *h, const struct gaps *g)
{
    sighting_tell(h, STORE_FIGURE_WALLS, sandbox_is_on());
    sighting_tell(h, STORE_FIGURE_CRASHES, last_words_crashes());
    sighting_tell(h, STORE_FIGURE_SWITCHED_OFF, last_words_off);
    sighting_tell(h, STORE_FIGURE_GAPS, g->count);
    sighting_tell(h, STORE_FIGURE_GAP_SECONDS, g->seconds);
    sighting_tell(h, STORE_FIGURE_GAP_FROM, g->from_s);
    sighting_tell(h, STORE_FIGURE_GAP_UNTIL, g->until_s);
}

void capture_health_fill(const struct capture_health *from, union sighting *out)
{
    sighting_begin(out, SIGHTING_HEALTH);
    struct sighting_health *h = &out->health;
    struct outbox_counts o = outbox_counts(from->outbox);
    sighting_tell(h, STORE_FIGURE_UPDATED, clock_wall_ns() / NS_PER_S);
    sighting_tell(h, STORE_FIGURE_STARTED, from->started_s);
    put_walls(h, from->gaps);
    if (from->pipeline) {
        put_pipeline(h, from->pipeline);
        put_workers(h, from->pipeline);
        sighting_tell(h, STORE_FIGURE_FEED_RULES, feed_set_rules(from->trackers));
        sighting_tell(h, STORE_FIGURE_COUNTRIES_BUILT, places_built(from->places, PLACES_COUNTRY));
        sighting_tell(h, STORE_FIGURE_NETWORKS_BUILT, places_built(from->places, PLACES_ASN));
    }
    sighting_tell(h, STORE_FIGURE_SIGHTINGS_SENT, o.sent);
    sighting_tell(h, STORE_FIGURE_SIGHTINGS_DROPPED, o.dropped + teller_counts(from->teller).dropped);
}
