/* bench_pipeline.c -- capture file, rings and workers without a report: what a packet costs with tables of any size, and
 * what a second worker gains.
 *
 *     bench_pipeline CAPTURE [workers [max_flows [max_devices]]]
 *
 * Prints CPU and elapsed nanoseconds a packet (memory for tables and the reading of rules not counted), what the flow table had to push
 * out, and each contact, so that whoever asked can compare them with the truth.
 */
#include "sensor/pipeline.h"

#include "feeds/rules.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const volatile int go_on = 0;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void on_close(void *context, const struct contact *c, const struct device *d)
{
    const uint8_t *m = d->key.bytes;
    (void)context;
    pthread_mutex_lock(&lock);
    printf("contact\t%02x:%02x:%02x:%02x:%02x:%02x\t%s\t%u\t%" PRIu64 "\t%" PRIu64 "\n", m[0], m[1], m[2], m[3], m[4], m[5], c->host,
           c->connections, c->bytes_up, c->bytes_down);
    pthread_mutex_unlock(&lock);
}

static uint64_t cpu_ns(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return ((uint64_t)u.ru_utime.tv_sec + (uint64_t)u.ru_stime.tv_sec) * NS_PER_S +
           ((uint64_t)u.ru_utime.tv_usec + (uint64_t)u.ru_stime.tv_usec) * 1000;
}

static uint32_t number(int argc, char **argv, int i, uint32_t otherwise)
{
    return argc > i ? (uint32_t)strtoul(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    struct feed_set *trackers = NULL;
    struct site_set *sites = NULL;
    struct capture *c;
    struct pipeline_options o = {.workers = (int)number(argc, argv, 2, 1), .ring_bytes = 4 << 20};
    if (argc < 2 || o.workers < 1 || o.workers > PIPELINE_WORKERS_MOST) {
        fprintf(stderr, "usage: bench_pipeline CAPTURE [workers [max_flows [max_devices]]]\n");
        return 2;
    }
    if (rules_load_trackers(NULL, 0, &trackers) < 0 || rules_load_sites(NULL, 0, &sites) < 0 || capture_open_file(argv[1], &c) < 0)
        return 1;
    o.worker.max_flows = number(argc, argv, 3, 65536);
    o.worker.findings = (struct findings_options){.trackers = trackers,
                                                  .sites = sites,
                                                  .max_devices = number(argc, argv, 4, 1024),
                                                  .max_contacts = 131072,
                                                  .visit_gap_ns = 60 * NS_PER_S,
                                                  .on_close = on_close};
    struct pipeline *p = pipeline_new(&o);
    if (!p || pipeline_start(p) < 0)
        return 1;
    uint64_t cpu = cpu_ns(), wall = clock_monotonic_ns();
    int rc = pipeline_pump(p, c, &go_on, NULL, NULL);
    pipeline_finish(p);
    wall = clock_monotonic_ns() - wall;
    cpu = cpu_ns() - cpu;
    uint64_t packets = pipeline_totals(p).captured;
    printf("packets\t%" PRIu64 "\ncpu_ns\t%.1f\nwall_ns\t%.1f\npushed_out\t%" PRIu64 "\n", packets, (double)cpu / (double)packets,
           (double)wall / (double)packets, PIPELINE_COUNT(p, flows_pushed_out));
    capture_close(c);
    pipeline_free(p);
    feed_set_free(trackers);
    site_set_free(sites);
    return rc < 0 || packets == 0;
}
