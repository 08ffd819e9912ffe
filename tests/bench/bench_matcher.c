/* bench_matcher.c -- how long a query takes and how much a name costs, with as many rules as a large list has.
 *
 *     bench_matcher [names [max_ns max_bytes]]        (500,000 names when not said)
 *
 * The names are made like those of real lists: one or two labels below a public suffix, 18 bytes in the mean. Four
 * kinds of query, each over as many hosts as there are rules:
 *
 *     miss       a host that no rule covers
 *     traffic    one host in four is covered, popular rules more often (Zipf's law), as on a network
 *     warm hit   a host below one of 2,000 rules: what the caches hold
 *     cold hit   a host for every rule once, in random order: no key is in a cache, the memory's latency shows
 *
 * Each figure is the best of five rounds: other work on the machine only ever makes it worse. With maxima stated,
 * miss, traffic and warm hit must keep to the first and the size to the second, or the exit status is 1.
 */
#include "feeds/feed_builder.h"

#include "common/clock.h"
#include "common/hostname.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS     5
#define WARM_RULES 2000u

static uint64_t random_state = 20261122;

static uint64_t next_random(void) /* xorshift64*: the same names in each run */
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 2685821657736338717u;
}

static size_t put_label(char *at)
{
    static const char syllables[][4] = {"ad",  "tra", "ck", "pix", "el", "me", "dia", "sta", "ts",  "cdn", "lo", "gic",
                                        "web", "ana", "ly", "ti",  "co", "un", "ter", "net", "gro", "up",  "a",  "x"};
    size_t n = 0;
    for (unsigned i = 2 + (unsigned)(next_random() % 3); i > 0; i--) {
        const char *syllable = syllables[next_random() % (sizeof(syllables) / sizeof(syllables[0]))];
        size_t length = strlen(syllable);
        memcpy(at + n, syllable, length);
        n += length;
    }
    if (next_random() % 4 == 0)
        n += (size_t)sprintf(at + n, "%u", (unsigned)(next_random() % 1000));
    return n;
}

/* `mark` keeps the two families apart: no rule ends as a missing host does. */
static size_t make_name(char *at, char mark)
{
    static const char *const ends[] = {"com", "com", "com", "net", "org", "io", "co.uk", "de", "info", "tv"};
    size_t n = 0;
    for (unsigned below = (unsigned)(next_random() % 5) / 3; below > 0; below--) {
        n += put_label(at + n);
        at[n++] = '.';
    }
    n += put_label(at + n);
    at[n++] = mark;
    at[n++] = '.';
    return n + (size_t)sprintf(at + n, "%s", ends[next_random() % 10]);
}

struct hosts {
    char *text;
    uint32_t *at;
    uint8_t *length;
    uint32_t count;
};

static void free_hosts(struct hosts *hosts)
{
    free(hosts->text);
    free(hosts->at);
    free(hosts->length);
}

static void add_host(struct hosts *hosts, const char *name, size_t n)
{
    uint32_t at = hosts->count ? hosts->at[hosts->count - 1] + hosts->length[hosts->count - 1] + 1u : 0;
    memcpy(hosts->text + at, name, n + 1);
    hosts->at[hosts->count] = at;
    hosts->length[hosts->count++] = (uint8_t)n;
}

static struct hosts room_for(uint32_t count)
{
    struct hosts hosts = {.text = malloc((size_t)count * 100), .at = calloc(count, 4), .length = calloc(count, 1)};
    if (!hosts.text || !hosts.at || !hosts.length)
        abort();
    return hosts;
}

/* The same hosts in random order, one after the other in memory: a host that is asked for was just read off a frame, so
 * it is in the cache, and only the set is not. */
static struct hosts shuffled(struct hosts *from)
{
    struct hosts to = room_for(from->count);
    for (uint32_t i = from->count; i > 0; i--) {
        uint32_t j = (uint32_t)(next_random() % i);
        add_host(&to, from->text + from->at[j], from->length[j]);
        from->at[j] = from->at[i - 1];
        from->length[j] = from->length[i - 1];
    }
    free_hosts(from);
    return to;
}

/* Makes the list of rules, and a host for each: every other one has a label more than its rule. */
static char *make_rules(uint32_t count, struct hosts *hits, size_t *bytes)
{
    char *list = malloc((size_t)count * 100), host[200];
    size_t n = 0;
    if (!list)
        abort();
    struct intern seen;
    bool fresh;
    if (intern_init(&seen) < 0)
        abort();
    for (uint32_t i = 0; i < count; i++) {
        size_t length;
        do
            length = make_name(list + n, 'q');
        while (intern_add(&seen, list + n, length, &fresh) != INTERN_NONE && !fresh);
        size_t before = i % 2 ? (size_t)sprintf(host, "s%u.", (unsigned)(next_random() % 100)) : 0;
        memcpy(host + before, list + n, length);
        host[before + length] = '\0';
        add_host(hits, host, before + length);
        n += length;
        list[n++] = '\n';
    }
    intern_fini(&seen);
    *bytes = n;
    return list;
}

static void add_from(struct hosts *to, const struct hosts *from, uint32_t i)
{
    add_host(to, from->text + from->at[i], from->length[i]);
}

/* Zipf's law with exponent 1: a rank is drawn as often as its inverse says. */
static uint32_t zipf(uint32_t ranks)
{
    double uniform = (double)(next_random() >> 11) / 9007199254740992.0;
    uint32_t rank = (uint32_t)exp(uniform * log(ranks));
    return rank < ranks ? rank : ranks - 1;
}

static struct hosts traffic_of(const struct hosts *hits, const struct hosts *misses)
{
    struct hosts traffic = room_for(hits->count);
    for (uint32_t i = 0; i < hits->count; i++) {
        if (next_random() % 4 == 0)
            add_from(&traffic, hits, zipf(hits->count));
        else
            add_from(&traffic, misses, i);
    }
    return traffic;
}

static struct hosts warm_of(const struct hosts *hits)
{
    struct hosts warm = room_for(hits->count);
    for (uint32_t i = 0; i < hits->count; i++)
        add_from(&warm, hits, (uint32_t)(next_random() % (hits->count < WARM_RULES ? hits->count : WARM_RULES)));
    return warm;
}

/* Prints and returns the best round's time; *right stays true if as many hosts matched as should. */
static double time_queries(const struct feed_set *set, const char *kind, const struct hosts *hosts, uint32_t least,
                           uint32_t most, bool *right)
{
    double best = 1e9;
    uint32_t matched = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct feed_match match;
        matched = 0;
        uint64_t begin = clock_monotonic_ns();
        for (uint32_t i = 0; i < hosts->count; i++)
            matched += feed_match(set, hosts->text + hosts->at[i], hosts->length[i], &match);
        double ns = (double)(clock_monotonic_ns() - begin) / hosts->count;
        best = ns < best ? ns : best;
    }
    printf("%-9s %6.1f ns a query (%u of %u matched)\n", kind, best, matched, hosts->count);
    *right = *right && matched >= least && matched <= most;
    return best;
}

static struct feed_set *build(const char *list, size_t bytes)
{
    struct feed_builder *builder = feed_builder_new();
    struct feed_source source;
    uint64_t begin = clock_monotonic_ns();
    if (!builder || feed_builder_add_text(builder, "generated.txt", list, bytes, &source) < 0)
        abort();
    uint64_t read = clock_monotonic_ns();
    struct feed_set *set = feed_builder_compile(builder);
    if (!set)
        abort();
    printf("%u names of %.1f bytes in the mean, read in %.2f s, compiled in %.2f s\n", source.taken,
           (double)bytes / source.taken - 1, (double)(read - begin) / 1e9, (double)(clock_monotonic_ns() - read) / 1e9);
    feed_builder_free(builder);
    return set;
}

int main(int argc, char **argv)
{
    uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 500000;
    double max_ns = argc > 3 ? strtod(argv[2], NULL) : 1e9, max_bytes = argc > 3 ? strtod(argv[3], NULL) : 1e9;
    struct hosts hits = room_for(count), misses = room_for(count);
    size_t list_bytes;
    char *list = make_rules(count, &hits, &list_bytes), host[200];
    for (uint32_t i = 0; i < count; i++)
        add_host(&misses, host, make_name(host, 'z'));
    hits = shuffled(&hits);
    misses = shuffled(&misses);
    struct hosts traffic = traffic_of(&hits, &misses), warm = warm_of(&hits);
    struct feed_set *set = build(list, list_bytes);
    free(list);

    bool right = true;
    double miss = time_queries(set, "miss", &misses, 0, 0, &right);
    double mixed = time_queries(set, "traffic", &traffic, count / 5, count / 3, &right);
    double warm_hit = time_queries(set, "warm hit", &warm, count, count, &right);
    time_queries(set, "cold hit", &hits, count, count, &right);
    double bytes = (double)feed_set_bytes(set) / feed_set_rules(set);
    printf("size      %6.2f bytes a name, the name itself included\n", bytes);
    bool fits = miss <= max_ns && mixed <= max_ns && warm_hit <= max_ns && bytes <= max_bytes;
    if (!right)
        fprintf(stderr, "wrong matches\n");
    if (!fits)
        fprintf(stderr, "more than %.0f ns or %.0f bytes\n", max_ns, max_bytes);
    feed_set_free(set);
    free_hosts(&hits);
    free_hosts(&misses);
    free_hosts(&traffic);
    free_hosts(&warm);
    return right && fits ? 0 : 1;
}
