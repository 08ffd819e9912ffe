/* load.c -- plays the capture process for the fault tests: so many contacts a second, each with a name of its own.
 *
 * Contact i is one of tracker `t<i>`, so that the day's counters in Redis show every single one: absent, once, or twice.
 * It goes the way of real sightings, through sensor/outbox.c and the publisher's socket, and is told again when the
 * publisher dies, as the capture process would.
 *
 * usage: load RUN_DIR RATE SECONDS [FIRST]    ends early on SIGTERM; prints `next MADE dropped N waiting N`, where next is the
 *                                             number of the contact after the last one
 */
#include "common/clock.h"
#include "common/log.h"
#include "sensor/outbox.h"
#include "sensor/publisher.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEVICES  300
#define DRAIN_MS 60000

static volatile sig_atomic_t asked_to_stop;

static void on_stop(int signal_number)
{
    (void)signal_number;
    asked_to_stop = 1;
}

static void put_contact(struct outbox *o, uint64_t number)
{
    union sighting s;
    struct local_time local;
    uint64_t now_ns = clock_wall_ns();
    sighting_begin(&s, SIGHTING_CONTACT);
    clock_local(now_ns, &local);
    memcpy(s.contact.day, local.day, sizeof(s.contact.day));
    s.contact.hour = local.hour;
    s.contact.hour_s = now_ns / NS_PER_S / 3600 * 3600;
    s.contact.connections = 1;
    s.contact.purpose = PURPOSE_AD_EXCHANGE;
    s.contact.evidence = EVIDENCE_HANDSHAKE;
    snprintf(s.contact.device, sizeof(s.contact.device), "%012" PRIx64, number % DEVICES);
    snprintf(s.contact.tracker, sizeof(s.contact.tracker), "t%" PRIu64, number);
    strcpy(s.contact.organisation, "Load");
    strcpy(s.contact.feed, "load@1");
    strcpy(s.contact.matched, "tracker.example");
    outbox_put(o, &s);
}

static void pause_ms(long ms)
{
    struct timespec t = {.tv_nsec = ms * 1000000L};
    nanosleep(&t, NULL);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: load RUN_DIR RATE SECONDS [FIRST]\n");
        return 2;
    }
    char path[256];
    uint64_t rate = strtoull(argv[2], NULL, 10), seconds = strtoull(argv[3], NULL, 10);
    uint64_t first = argc > 4 ? strtoull(argv[4], NULL, 10) : 0, made = 0;
    log_init("load", LOG_LEVEL_INFO);
    signal(SIGTERM, on_stop);
    snprintf(path, sizeof(path), "%s/" PUBLISHER_SOCKET_NAME, argv[1]);
    struct outbox *o = outbox_new(path, false);
    if (!o)
        return 1;
    uint64_t begin_ns = clock_monotonic_ns(), all = rate * seconds;
    while (!asked_to_stop && made < all) {
        uint64_t due = (clock_monotonic_ns() - begin_ns) * rate / NS_PER_S;
        for (; made < due && made < all; made++)
            put_contact(o, first + made);
        outbox_flush(o);
        pause_ms(5);
    }
    bool empty = outbox_drain(o, DRAIN_MS);
    struct outbox_counts n = outbox_counts(o);
    printf("next %" PRIu64 " dropped %" PRIu64 " waiting %" PRIu64 "\n", first + made, n.dropped, n.waiting);
    outbox_free(o);
    return empty && n.dropped == 0 ? 0 : 1;
}
