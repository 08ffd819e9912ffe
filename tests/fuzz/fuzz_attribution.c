/* fuzz_attribution.c -- any order of signs, visits and days, and counters that never contradict themselves. */
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feeds/sites.h"
#include "sensor/attribution.h"

#define SITES 3
#define DEVICES 4

static void must(int good)
{
    if (!good)
        abort();
}

static void check(void *context, uint32_t site, const struct attribution_tracker *tracker, const struct moment_counts *counts)
{
    uint64_t followed = 0, delays = 0;
    uint32_t visits;
    must(site < SITES && strlen(tracker->host) > 0);
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++) {
        const struct moment_stratum *s = &counts->contexts[i];
        must(s->visits_followed <= s->visits && s->controls_followed <= s->controls);
        followed += s->visits_followed;
    }
    for (unsigned i = 0; i < MOMENT_DELAY_BINS; i++)
        delays += counts->delays[i];
    must(followed == delays);
    const struct attribution_tracker *before = attribution_before(context, site, tracker->host, &visits);
    must(!before || (visits >= 2 && strcmp(before->host, tracker->host) != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct attribution *a; /* its tables are large; closing forgets everything */
    if (!a && sodium_init() >= 0)
        a = attribution_new(&(struct attribution_options){
        .sites = SITES, .max_devices = DEVICES, .visit_gap_ns = 5 * NS_PER_S, .window_ns = 10 * NS_PER_S});
    uint64_t now = 1700000000ull * NS_PER_S;
    for (size_t i = 0; a && i + 3 <= size; i += 3) { /* what, who, how much later: in squares of milliseconds, sometimes back */
        uint32_t device = data[i + 1] % DEVICES, which = data[i + 1] / DEVICES;
        uint64_t step = (uint64_t)data[i + 2] * data[i + 2] * NS_PER_MS;
        now = data[i] & 0x80 ? now - step / 16 : now + step;
        struct host_entry host = {.match = {.matched = "rule.example"}};
        host.name_len = (uint16_t)snprintf(host.name, sizeof(host.name), "%sh%u.example", which & 1 ? "www." : "", which);
        switch (data[i] % 8) {
        case 0:
        case 1: attribution_host(a, device, host.name, host.name_len, SITE_NONE, false, now); break;
        case 2:
        case 3:
            attribution_host(a, device, host.name, host.name_len, SITE_NONE, true, now);
            attribution_contact(a, device, &host, now);
            break;
        case 4:
            attribution_host(a, device, "s.example", 9, which % SITES, false, now);
            attribution_visit(a, device, which % SITES, now);
            break;
        case 5: attribution_renewed(a, device, (uint16_t)(which % SITES), now); break;
        case 6: which < 8 ? attribution_settle(a) : attribution_forget_device(a, device); break;
        default:
            if (which == 0)
                attribution_close(a, check, a);
        }
    }
    if (a)
        attribution_close(a, check, a);
    return 0;
}
