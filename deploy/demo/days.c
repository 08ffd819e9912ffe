/* days.c -- `telltale-demo-days NOW SCHOOL MIX >capture.pcap`: two recordings of minutes, played as two weeks of a school.
 *
 * Problem    A demo of one page view shows a dashboard with nothing in it: no trend, no closed day, no second device.
 * Approach   The recordings are taken apart into scenes: what one device did from one opening of a page to the next. A flow belongs whole to the
 *            scene in which it began. A timetable spreads scenes over the lessons of two weeks, Monday to Friday, under the addresses of as many
 *            devices as a small school has. Frames come out in the order of their new times, so that the sensor sees days begin and end as it
 *            would live.
 * Evidence   A scene at a support site is played once, as it was recorded once. Played often, whatever stood beside it by chance would follow
 *            every visit, and the demo would accuse a real helpline of what it does not do. All other scenes are played again and again.
 * Copies     A copy differs from its device in the last byte of the hardware address, in the last of the IPv4 and in one of the IPv6 address;
 *            nothing else of a frame is touched (checksums are then wrong; the sensor does not look at them).
 * Truth      What devices did is real; how many they are, and when, is made up. So everything that comes of it is a demo's, and says so.
 * Same       The same NOW gives the same bytes. No scene begins in the ten minutes before NOW.
 * Left out   A way to describe other schedules: this is for deploy/start alone.
 */
#include "common/log.h"
#include "dissectors/packet.h"
#include "sensor/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAYS         14
#define COPIES       9 /* of each device of the school's recording */
#define PLAYS_MOST   4096
#define SLOT_MIN     3 /* a device opens a page every three minutes at most: what follows one visit is not near the next */
#define SLOTS        (60 / SLOT_MIN)
#define FLOWS        8192u /* of both recordings; a power of two */
#define ORDINARY_MAX 64

enum recording_name { SCHOOL, MIX, RECORDINGS };

struct recorded_frame {
    uint64_t at_us; /* since the recording's first */
    uint32_t captured, wire_len;
    uint8_t *bytes;
    int scene; /* -1: of no device */
};

struct recording {
    struct recorded_frame *frames;
    size_t count;
    uint64_t first_us;
};

/* The devices of the recordings, as their truth names them. */
static const struct mac_addr devices[] = {
    {{0x3c, 0x22, 0xfb, 0x10, 0x00, 0x10}}, /* a laptop: plain DNS */
    {{0xa4, 0x83, 0xe7, 0x52, 0x0b, 0x2e}}, /* a tablet: QUIC alone */
    {{0x7a, 0x31, 0x9c, 0xd4, 0x66, 0x01}}, /* a phone: DNS over TLS */
    {{0x00, 0x1a, 0x7d, 0xda, 0x71, 0x13}}, /* a netbook: DNS over HTTPS */
};
#define DEVICES (sizeof(devices) / sizeof(devices[0]))

/* From when on after the recording's start a scene of a device goes, until its next one; and whether it has a support site. From the
 * recording's truth: a third of a second before a page was opened; pages opened within three seconds are one scene. */
static const struct scene {
    uint8_t device;
    uint32_t from_ms;
    bool support;
} scenes[] = {
    /* laptop-1 */
    {0, 8179, true}, {0, 19155, true}, {0, 39825, true}, {0, 44761, true}, {0, 56345, true}, {0, 72585, true}, {0, 80783, true}, {0, 93720, true}, {0,
    126827, true}, {0, 131786, false}, {0, 155164, true}, {0, 173288, true}, {0, 195219, true}, {0, 199183, true}, {0, 226004, true}, {0, 269210, true},
    {0, 274708, true}, {0, 278204, false}, {0, 282977, false}, {0, 308623, false}, {0, 319047, false},
    /* tablet-2 */
    {1, 20166, true}, {1, 26917, true}, {1, 55988, false}, {1, 64763, true}, {1, 79681, false}, {1, 117856, true}, {1, 137483, true}, {1, 156923, true},
    {1, 166533, false}, {1, 172880, false}, {1, 176697, false}, {1, 181352, false}, {1, 198880, false}, {1, 224743, true}, {1, 269727, false}, {1, 292994,
    true},
    /* phone-3 */
    {2, 45443, true}, {2, 53238, true}, {2, 62186, true}, {2, 92770, true}, {2, 105185, true}, {2, 174703, true}, {2, 201720, false}, {2, 215439, false},
    {2, 270337, true}, {2, 317975, true},
    /* book-4 */
    {3, 41188, false}, {3, 45791, false}, {3, 55940, true}, {3, 65393, true}, {3, 91579, false}, {3, 99929, true}, {3, 152051, false}, {3, 164133, false},
    {3, 186166, true}, {3, 233398, true}, {3, 249612, true}, {3, 263541, false}, {3, 290472, true},
    /* the laptop of The Mix's recording */
    {0, 0, true},
};
#define SCENES (sizeof(scenes) / sizeof(scenes[0]))
#define MIX_SCENE ((int)SCENES - 1)

struct play {
    uint64_t begins_us;
    int scene;
    uint8_t copy;
    size_t next; /* frame of the recording */
};

static struct recording recordings[RECORDINGS];
static struct play plays[PLAYS_MOST];
static size_t play_count;

/* --- recordings ------------------------------------------------------------------------------------------------------------- */

static int keep_frame(struct recording *r, const struct captured_frame *f)
{
    if (r->count % 1024 == 0) {
        struct recorded_frame *more = realloc(r->frames, (r->count + 1024) * sizeof(*more));
        if (!more)
            return -ENOMEM;
        r->frames = more;
    }
    uint8_t *bytes = malloc(f->captured + 1u);
    if (!bytes)
        return -ENOMEM;
    memcpy(bytes, f->bytes, f->captured);
    if (r->count == 0)
        r->first_us = f->time_ns / 1000;
    r->frames[r->count++] = (struct recorded_frame){f->time_ns / 1000 - r->first_us, f->captured, f->wire_len, bytes, -1};
    return 0;
}

static int load(const char *path, struct recording *r)
{
    struct capture_file *in = NULL;
    struct captured_frame f;
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = fd < 0 ? -errno : capture_file_open(fd, &in);
    while (rc == 0 && (rc = capture_file_next(in, &f)) == 1)
        rc = f.link_type == LINK_ETHERNET ? keep_frame(r, &f) : 0;
    if (rc < 0)
        log_error("%s: %s", path, in && capture_file_complaint(in)[0] ? capture_file_complaint(in) : strerror(-rc));
    capture_file_close(in);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* --- scenes ----------------------------------------------------------------------------------------------------------------- */

static bool is_of(const struct recorded_frame *f, size_t device)
{
    return f->captured >= 14 && (memcmp(f->bytes, devices[device].bytes, 6) == 0 || memcmp(f->bytes + 6, devices[device].bytes, 6) == 0);
}

/* The scene of a device at a moment; before its first one: the first. */
static int scene_at(size_t device, uint64_t at_us)
{
    int found = -1;
    for (int i = 0; i < MIX_SCENE; i++)
        if (scenes[i].device == device && (found < 0 || scenes[i].from_ms * 1000ull <= at_us))
            found = i;
    return found;
}

struct flow {
    struct ip_addr a, b;
    uint32_t ports;
    int scene;
    bool used;
};

/* The scene in which the packet's flow began; a packet that is of no flow has its own moment's. */
static int scene_of(struct flow flows[FLOWS], const struct recorded_frame *f, size_t device)
{
    struct packet p;
    int now = scene_at(device, f->at_us);
    if (packet_decode(LINK_ETHERNET, f->bytes, f->captured, f->wire_len, &p) != DISSECT_OK || p.src_port == 0)
        return now;
    bool up = memcmp(f->bytes + 6, devices[device].bytes, 6) == 0;
    const struct ip_addr *a = up ? &p.src : &p.dst, *b = up ? &p.dst : &p.src;
    uint32_t ports = up ? (uint32_t)p.src_port << 16 | p.dst_port : (uint32_t)p.dst_port << 16 | p.src_port, h = ports * 2654435761u + p.ip_proto;
    for (uint32_t i = 0; i < FLOWS; i++) {
        struct flow *found = &flows[(h + i) % FLOWS];
        if (!found->used)
            *found = (struct flow){*a, *b, ports, now, true};
        if (found->ports == ports && ip_equal(&found->a, a) && ip_equal(&found->b, b))
            return found->scene;
    }
    return now;
}

static int find_scenes(void)
{
    struct flow *flows = calloc(FLOWS, sizeof(*flows));
    if (!flows)
        return -ENOMEM;
    for (size_t i = 0; i < recordings[SCHOOL].count; i++)
        for (size_t d = 0; d < DEVICES; d++)
            if (is_of(&recordings[SCHOOL].frames[i], d))
                recordings[SCHOOL].frames[i].scene = scene_of(flows, &recordings[SCHOOL].frames[i], d);
    for (size_t i = 0; i < recordings[MIX].count; i++)
        if (is_of(&recordings[MIX].frames[i], scenes[MIX_SCENE].device))
            recordings[MIX].frames[i].scene = MIX_SCENE;
    free(flows);
    return 0;
}

static const struct recording *recording_of(int scene)
{
    return &recordings[scene == MIX_SCENE ? MIX : SCHOOL];
}

/* --- the timetable ---------------------------------------------------------------------------------------------------------- */

/* A number below `below` that looks like chance and is always the same (Steele's split-mix). */
static unsigned chance(unsigned day, unsigned device, unsigned copy, unsigned what, unsigned below)
{
    uint64_t x = ((uint64_t)day << 48 ^ (uint64_t)device << 40 ^ (uint64_t)copy << 32 ^ what) + 0x9e3779b97f4a7c15ull;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return (unsigned)((x ^ x >> 31) % below);
}

/* How much goes on in the hours from 8 to 15: little before school, most at lunch. */
static const unsigned busy[] = {4, 9, 13, 8, 20, 12, 10, 5};
#define BUSY_HOURS (sizeof(busy) / sizeof(busy[0]))

static unsigned hour_by_chance(unsigned ticket)
{
    unsigned all = 0, hour = 0;
    for (size_t i = 0; i < BUSY_HOURS; i++)
        all += busy[i];
    for (ticket %= all; ticket >= busy[hour]; hour++)
        ticket -= busy[hour];
    return 8 + hour;
}

/* One device on one day: which slots of it are taken. */
struct device_day {
    unsigned day, device, copy;
    time_t midnight, now;
    bool taken[24 * SLOTS + 1];
};

static void add_play(struct device_day *dd, int scene, unsigned ticket)
{
    for (unsigned attempt = 0; attempt < 20; attempt++) {
        unsigned hour = hour_by_chance(chance(dd->day, dd->device, dd->copy, ticket * 64 + attempt, 1u << 20));
        unsigned slot = hour * SLOTS + chance(dd->day, dd->device, dd->copy, ticket * 64 + 32 + attempt, SLOTS);
        if (dd->taken[slot])
            continue;
        dd->taken[slot] = true;
        /* Up to a minute late, so that not everybody opens a page at once. */
        time_t at = dd->midnight + (time_t)slot * SLOT_MIN * 60 + (time_t)chance(dd->day, dd->device, dd->copy, ticket * 64 + 63, 60);
        if (at + 600 < dd->now && play_count < PLAYS_MOST)
            plays[play_count++] = (struct play){(uint64_t)at * 1000000u, scene, (uint8_t)dd->copy, 0};
        return;
    }
}

/* The one school day on which a support site's scene is played. */
static bool is_its_day(int scene, unsigned school_day, unsigned school_days)
{
    return chance(77, 0, 0, (unsigned)scene, school_days) == school_day;
}

static void plan_device(struct device_day *dd, unsigned school_day, unsigned school_days)
{
    int ordinary[ORDINARY_MAX], count = 0;
    for (int i = 0; i < (int)SCENES; i++) {
        if (scenes[i].device != dd->device)
            continue;
        if (!scenes[i].support && count < ORDINARY_MAX)
            ordinary[count++] = i;
        else if (scenes[i].support && chance(78, 0, 0, (unsigned)i, COPIES) == dd->copy && is_its_day(i, school_day, school_days))
            add_play(dd, i, 500 + (unsigned)i);
    }
    unsigned share = 35 + chance(dd->day, 0, 0, 1, 40), here = 60 + chance(dd->day, 0, 0, 2, 35); /* per cent: of the scenes, of the devices */
    if (chance(dd->day, dd->device, dd->copy, 3, 100) >= here)
        return;
    for (int i = 0; i < count; i++)
        if (chance(dd->day, dd->device, dd->copy, 10 + (unsigned)i, 100) < share)
            add_play(dd, ordinary[i], 100 + (unsigned)i);
}

static bool is_school_day(time_t now, unsigned back, time_t *midnight)
{
    struct tm tm;
    localtime_r(&now, &tm);
    struct tm day = {.tm_year = tm.tm_year, .tm_mon = tm.tm_mon, .tm_mday = tm.tm_mday - (int)back, .tm_isdst = -1};
    *midnight = mktime(&day);
    return day.tm_wday != 0 && day.tm_wday != 6 && *midnight + (8 * 60 + 30) * 60 < now;
}

static void plan(time_t now)
{
    unsigned school_days = 0, school_day = 0;
    time_t midnight;
    for (unsigned back = 0; back < DAYS; back++)
        school_days += is_school_day(now, back, &midnight);
    for (unsigned back = DAYS; back-- > 0;) {
        if (!is_school_day(now, back, &midnight))
            continue;
        for (unsigned d = 0; d < DEVICES; d++)
            for (unsigned copy = 0; copy < COPIES; copy++)
                plan_device(&(struct device_day){.day = back, .device = d, .copy = copy, .midnight = midnight, .now = now}, school_day, school_days);
        school_day++;
    }
}

/* --- frames ----------------------------------------------------------------------------------------------------------------- */

static void rename_mac(uint8_t *mac, const struct play *p)
{
    if (memcmp(mac, devices[scenes[p->scene].device].bytes, 6) == 0)
        mac[5] = (uint8_t)(mac[5] + 16 * p->copy);
}

/* The devices are .20 to .29 of the recordings' network; everything else is the gateway's, or beyond. */
static void rename_v4(uint8_t *address, const struct play *p)
{
    if (address[0] == 192 && address[1] == 168 && address[3] >= 20 && address[3] < 30)
        address[3] = (uint8_t)(address[3] + 20 * p->copy);
}

static void rename_v6(uint8_t *address, const struct play *p)
{
    static const uint8_t network[8] = {0x20, 0x01, 0x0d, 0xb8, 0x00, 0x50, 0x00, 0x01};
    if (memcmp(address, network, sizeof(network)) == 0 && (address[8] != 0 || address[15] >= 0x20))
        address[13] = (uint8_t)(address[13] + p->copy);
}

/* Gives the copy's addresses to a frame. */
static void rename_frame(uint8_t *bytes, const struct recorded_frame *f, const struct play *p)
{
    struct packet packet;
    bool is_ip = packet_decode(LINK_ETHERNET, bytes, f->captured, f->wire_len, &packet) == DISSECT_OK;
    uint8_t *ip = is_ip ? bytes + (packet.ip.at - bytes) : NULL;
    if (is_ip && packet.ip_version == 6 && packet.ip.len >= 40) {
        rename_v6(ip + 8, p);
        rename_v6(ip + 24, p);
    } else if (is_ip && packet.ip_version == 4 && packet.ip.len >= 20) {
        rename_v4(ip + 12, p);
        rename_v4(ip + 16, p);
    }
    rename_mac(bytes, p);
    rename_mac(bytes + 6, p);
}

static bool put(const void *bytes, size_t n)
{
    return fwrite(bytes, 1, n, stdout) == n;
}

/* When on the recording's clock the scene's first frame is. */
static uint64_t scene_begins_us(int scene)
{
    return scenes[scene].from_ms * 1000ull;
}

/* A frame of before its page's opening (a flow that the first scene has) comes at once. */
static uint64_t next_us(const struct play *p)
{
    uint64_t at = recording_of(p->scene)->frames[p->next].at_us, from = scene_begins_us(p->scene);
    return p->begins_us + (at > from ? at - from : 0);
}

static bool put_frame(const struct play *p)
{
    static uint8_t copy[CAPTURE_FRAME_MAX];
    const struct recorded_frame *f = &recording_of(p->scene)->frames[p->next];
    uint64_t at_us = next_us(p);
    const uint32_t head[4] = {(uint32_t)(at_us / 1000000u), (uint32_t)(at_us % 1000000u), f->captured, f->wire_len};
    memcpy(copy, f->bytes, f->captured);
    rename_frame(copy, f, p);
    return put(head, sizeof(head)) && put(copy, f->captured);
}

/* Moves on to the next frame of the play's scene; false: there is none. */
static bool seek(struct play *p)
{
    const struct recording *r = recording_of(p->scene);
    while (p->next < r->count && r->frames[p->next].scene != p->scene)
        p->next++;
    return p->next < r->count;
}

static int by_beginning(const void *a, const void *b)
{
    const struct play *p = a, *q = b;
    return p->begins_us < q->begins_us ? -1 : p->begins_us > q->begins_us;
}

/* All plays at once, in the order of time. From `first` on they are not over; those that have not begun end the look. */
static int write_days(void)
{
    const uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, CAPTURE_FRAME_MAX, LINK_ETHERNET};
    if (!put(head, sizeof(head)))
        return -EIO;
    qsort(plays, play_count, sizeof(plays[0]), by_beginning);
    size_t first = 0;
    for (;;) {
        struct play *earliest = NULL;
        while (first < play_count && !seek(&plays[first]))
            first++;
        for (size_t i = first; i < play_count && (!earliest || plays[i].begins_us <= next_us(earliest)); i++)
            if (seek(&plays[i]) && (!earliest || next_us(&plays[i]) < next_us(earliest)))
                earliest = &plays[i];
        if (!earliest)
            return fflush(stdout) == 0 ? 0 : -EIO;
        if (!put_frame(earliest))
            return -EIO;
        earliest->next++;
    }
}

int main(int argc, char **argv)
{
    log_init("telltale-demo-days", LOG_LEVEL_INFO);
    char *end = NULL;
    long long now = argc == 4 ? strtoll(argv[1], &end, 10) : 0;
    if (argc != 4 || *end || now <= 0) {
        fputs("usage: telltale-demo-days NOW SCHOOL MIX >CAPTURE       (NOW: seconds since the epoch)\n", stderr);
        return 2;
    }
    if (load(argv[2], &recordings[SCHOOL]) < 0 || load(argv[3], &recordings[MIX]) < 0)
        return 1;
    int rc = find_scenes();
    plan((time_t)now);
    if (rc == 0)
        rc = write_days();
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    for (int i = 0; i < RECORDINGS; i++) {
        for (size_t k = 0; k < recordings[i].count; k++)
            free(recordings[i].frames[k].bytes);
        free(recordings[i].frames);
    }
    return rc < 0;
}
