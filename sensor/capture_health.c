/* capture_health.c -- see capture_health.h. */
#include "sensor/capture_health.h"

#include "common/clock.h"
#include "sensor/last_words.h"
#include "sensor/sandbox.h"

#include <stddef.h>

static void figure(struct sighting_health *h, enum store_figure which, uint64_t value)
{
    h->present |= 1ull << which;
    h->figures[which] = value;
}

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
    figure(h, STORE_FIGURE_CAPTURED, t.captured);
    figure(h, STORE_FIGURE_CAPTURED_BYTES, t.captured_bytes);
    figure(h, STORE_FIGURE_KERNEL_DROPPED, t.kernel_dropped);
    figure(h, STORE_FIGURE_RING_FULL, t.ring_full);
    figure(h, STORE_FIGURE_RING_IN, t.ring_in);
    for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
        figure(h, counted[i].which, pipeline_count(p, counted[i].at));
}

static void put_walls(struct sighting_health *h, const struct gaps *g)
{
    figure(h, STORE_FIGURE_WALLS, sandbox_is_on());
    figure(h, STORE_FIGURE_CRASHES, last_words_crashes());
    figure(h, STORE_FIGURE_SWITCHED_OFF, last_words_off);
    figure(h, STORE_FIGURE_GAPS, g->count);
    figure(h, STORE_FIGURE_GAP_SECONDS, g->seconds);
    figure(h, STORE_FIGURE_GAP_FROM, g->from_s);
    figure(h, STORE_FIGURE_GAP_UNTIL, g->until_s);
}

void capture_health_fill(const struct capture_health *from, union sighting *out)
{
    sighting_begin(out, SIGHTING_HEALTH);
    struct sighting_health *h = &out->health;
    struct outbox_counts o = outbox_counts(from->outbox);
    figure(h, STORE_FIGURE_UPDATED, clock_wall_ns() / NS_PER_S);
    figure(h, STORE_FIGURE_STARTED, from->started_s);
    put_walls(h, from->gaps);
    if (from->pipeline) {
        put_pipeline(h, from->pipeline);
        figure(h, STORE_FIGURE_FEED_RULES, feed_set_rules(from->trackers));
        figure(h, STORE_FIGURE_COUNTRIES_BUILT, places_built(from->places, PLACES_COUNTRY));
        figure(h, STORE_FIGURE_NETWORKS_BUILT, places_built(from->places, PLACES_ASN));
    }
    figure(h, STORE_FIGURE_SIGHTINGS_SENT, o.sent);
    figure(h, STORE_FIGURE_SIGHTINGS_DROPPED, o.dropped + teller_counts(from->teller).dropped);
}
