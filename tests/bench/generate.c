/* generate.c -- makes the traffic that the benchmarks are measured with, the same bytes for the same arguments, and the
 * truth about it.
 *
 *     generate school|flood|flows OUT.pcap TRUTH.tsv [name=value]...
 *
 *     seed=1           another one: another capture of the same kind
 *     packets=1000000  about so many: conversations are ended in order, so a few more
 *     devices=200      in the LAN
 *     names=2000       hosts that are contacted, of which at most 40 are trackers'
 *     tuples=200000    flood: 5-tuples of lone SYNs. flows: connections that stay open side by side
 *     seconds=60       from the first frame to the last
 *
 * school  What a school's gateway carries: nine tenths of the bytes in downloads over TLS and QUIC, the rest short: DNS
 *         questions, TLS hellos of 1.9 kB in two segments, QUIC Initials really encrypted, requests in clear text; a third
 *         of it over IPv6; support sites now and then.
 * flood   SYNs with made-up senders to one server in the LAN, and in their midst, one packet in a hundred, the same short
 *         conversations, whose contacts must be found all the same.
 * flows   As many connections as `tuples` says are open at once, and every packet belongs to another than the one before.
 *
 * The truth is a TSV: `key value` lines first, then one line a contact that was made:
 *     contact  MAC  host  rule  evidence  seen by  connections  bytes up  bytes down
 * It is written from what the generator did, with none of the sensor's code.
 */
#include "tests/bench/made_talk.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN_US (1795510800ull * 1000000) /* a Monday morning */
#define BULK_SHARE 90                      /* per cent of the bytes */

struct mix {
    struct made_world world;
    struct wire wire;
    uint64_t packets, tuples, seconds;
    uint64_t bulk_bytes;
};

static bool set_number(struct mix *m, const char *argument)
{
    const struct {
        const char *name;
        uint64_t *value;
    } numbers[] = {{"seed", &m->world.random}, {"packets", &m->packets}, {"devices", &m->world.devices},
                   {"names", &m->world.names}, {"tuples", &m->tuples},   {"seconds", &m->seconds}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        size_t n = strlen(numbers[i].name);
        if (strncmp(argument, numbers[i].name, n) == 0 && argument[n] == '=') {
            char *end;
            *numbers[i].value = strtoull(argument + n + 1, &end, 10);
            return *end == '\0' && *numbers[i].value > 0 && *numbers[i].value <= 100000000;
        }
    }
    return false;
}

/* The frames lie evenly over the seconds. */
static void set_clock(struct mix *m)
{
    m->wire.time_us = BEGIN_US + m->wire.frames * m->seconds * 1000000 / m->packets;
}

/* Talks of one sort, side by side: one of them, by chance, says its next few packets. Returns the bytes. */
static uint64_t step_one(struct mix *m, struct talk *talks, size_t count, bool bulk, unsigned packets)
{
    struct talk *t = &talks[made_random(&m->world, (uint32_t)count)];
    uint64_t before = m->wire.bytes;
    if (!t->open)
        talk_begin(&m->world, t, bulk);
    for (unsigned i = 0; i < packets && t->open; i++) {
        set_clock(m);
        talk_step(&m->world, t, &m->wire);
    }
    return m->wire.bytes - before;
}

static void end_all(struct mix *m, struct talk *talks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        talk_hurry(&talks[i]);
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            if (!talks[i].open)
                continue;
            set_clock(m);
            talk_step(&m->world, &talks[i], &m->wire);
            more = true;
        }
    }
}

static void school(struct mix *m)
{
    enum { BULK = 96, SHORT = 256, TRAIN = 4 };
    static struct talk bulk[BULK], brief[SHORT];
    while (m->wire.frames < m->packets) {
        if (m->bulk_bytes * 100 < m->wire.bytes * BULK_SHARE)
            m->bulk_bytes += step_one(m, bulk, BULK, true, 1 + made_random(&m->world, 2 * TRAIN - 1));
        else
            step_one(m, brief, SHORT, false, 1);
    }
    end_all(m, bulk, BULK);
    end_all(m, brief, SHORT);
}

static void flood(struct mix *m)
{
    enum { SHORT = 64 };
    static struct talk brief[SHORT];
    while (m->wire.frames < m->packets) {
        set_clock(m);
        if (m->wire.frames % 100 == 99)
            step_one(m, brief, SHORT, false, 1);
        else
            made_syn(&m->world, made_random(&m->world, (uint32_t)m->tuples), &m->wire);
    }
    end_all(m, brief, SHORT);
}

static bool flows(struct mix *m)
{
    struct talk *talks = calloc(m->tuples, sizeof(*talks));
    if (!talks)
        return false;
    m->world.endless = true;
    for (uint64_t i = 0; m->wire.frames < m->packets; i++) {
        struct talk *t = &talks[i % m->tuples];
        set_clock(m);
        if (!t->open)
            talk_begin(&m->world, t, false);
        talk_step(&m->world, t, &m->wire);
    }
    end_all(m, talks, m->tuples);
    free(talks);
    return true;
}

static int usage(void)
{
    fprintf(stderr, "usage: generate school|flood|flows OUT.pcap TRUTH.tsv [seed|packets|devices|names|tuples|seconds=N]...\n");
    return 2;
}

static int write_truth(const struct mix *m, const char *kind, const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return -1;
    fprintf(out, "kind\t%s\npackets\t%llu\nbytes\t%llu\nbulk_bytes\t%llu\n", kind, (unsigned long long)m->wire.frames,
            (unsigned long long)m->wire.bytes, (unsigned long long)m->bulk_bytes);
    made_truth(&m->world, out);
    bool bad = ferror(out) != 0;
    return fclose(out) != 0 || bad ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct mix m = {.packets = 1000000, .tuples = 200000, .seconds = 60};
    m.world = (struct made_world){.random = 1, .devices = 200, .names = 2000};
    if (argc < 4)
        return usage();
    for (int i = 4; i < argc; i++)
        if (!set_number(&m, argv[i]))
            return usage();
    if (made_world_init(&m.world) < 0 || wire_open(&m.wire, argv[2], BEGIN_US) < 0) {
        perror(argv[2]);
        return 1;
    }
    bool made = true;
    if (strcmp(argv[1], "school") == 0)
        school(&m);
    else if (strcmp(argv[1], "flood") == 0)
        flood(&m);
    else if (strcmp(argv[1], "flows") == 0)
        made = flows(&m);
    else
        return usage();
    if (wire_close(&m.wire) < 0 || !made || write_truth(&m, argv[1], argv[3]) < 0) {
        fprintf(stderr, "%s: cannot be written\n", argv[2]);
        return 1;
    }
    made_world_fini(&m.world);
    return 0;
}
