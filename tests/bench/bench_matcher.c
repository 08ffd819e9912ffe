/* bench_matcher.c -- how long a query takes and how much a name costs, with as many rules as a large list has.
 *
 *     bench_matcher [names [max_ns max_bytes]]        (500,000 names when not said)
 *
 * The names are made like those of real lists: one or two labels below a public suffix, 19 bytes in the mean. Queries go
 * through as many distinct hosts as there are rules, in random order, so that neither the rules nor the hosts stay in the
 * cache. `hit` asks for a host below a rule, or the rule itself; `miss` for a host that shares no rule. Each figure is the
 * best of five rounds: other work on the machine only ever makes it worse. Exit status 1 when a stated maximum is exceeded.
 */
#include "feeds/feed_builder.h"

#include "common/clock.h"
#include "common/hostname.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 5

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
    static const char syllables[][4] = {"ad",  "tra", "ck",  "pix", "el", "me", "dia", "sta", "ts", "cdn", "lo", "gic",
                                        "web", "ana", "ly",  "ti",  "co", "un", "ter", "net", "gro", "up", "a",  "x"};
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

/* The same hosts in random order, one after the other in memory: a host that is asked for was just read off a frame, so it is
 * in the cache, and only the set is not. */
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

static double ns_per_query(const struct feed_set *set, const struct hosts *hosts, uint32_t *matched)
{
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        struct feed_match match;
        *matched = 0;
        uint64_t begin = clock_monotonic_ns();
        for (uint32_t i = 0; i < hosts->count; i++)
            *matched += feed_match(set, hosts->text + hosts->at[i], hosts->length[i], &match);
        double ns = (double)(clock_monotonic_ns() - begin) / hosts->count;
        best = ns < best ? ns : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 500000;
    double max_ns = argc > 3 ? strtod(argv[2], NULL) : 0, max_bytes = argc > 3 ? strtod(argv[3], NULL) : 0;
    struct hosts hits = room_for(count), misses = room_for(count);
    size_t list_bytes;
    char *list = make_rules(count, &hits, &list_bytes), host[200];
    for (uint32_t i = 0; i < count; i++)
        add_host(&misses, host, make_name(host, 'z'));
    hits = shuffled(&hits);
    misses = shuffled(&misses);

    struct feed_builder *builder = feed_builder_new();
    struct feed_source source;
    uint64_t begin = clock_monotonic_ns();
    if (!builder || feed_builder_add_text(builder, "generated.txt", list, list_bytes, &source) < 0)
        return 1;
    uint64_t read = clock_monotonic_ns();
    struct feed_set *set = feed_builder_compile(builder);
    if (!set)
        return 1;
    uint64_t compiled = clock_monotonic_ns();
    feed_builder_free(builder);

    uint32_t hit_count, miss_count, rules = feed_set_rules(set);
    double hit = ns_per_query(set, &hits, &hit_count), miss = ns_per_query(set, &misses, &miss_count);
    double bytes = (double)feed_set_bytes(set) / rules;
    printf("%u distinct names of %.1f bytes in the mean, read in %.2f s, compiled in %.2f s\n", rules,
           (double)list_bytes / count - 1, (double)(read - begin) / 1e9, (double)(compiled - read) / 1e9);
    printf("hit   %5.1f ns a query (%u of %u matched)\n", hit, hit_count, count);
    printf("miss  %5.1f ns a query (%u of %u matched)\n", miss, miss_count, count);
    printf("size  %5.2f bytes a name, the name itself included (%zu bytes)\n", bytes, feed_set_bytes(set));
    bool right = hit_count == count && miss_count == 0;
    bool fits = max_ns <= 0 || (hit <= max_ns && miss <= max_ns && bytes <= max_bytes);
    if (!right)
        fprintf(stderr, "wrong matches\n");
    if (!fits)
        fprintf(stderr, "more than %.0f ns or %.0f bytes\n", max_ns, max_bytes);
    feed_set_free(set);
    free(list);
    free_hosts(&hits);
    free_hosts(&misses);
    return right && fits ? 0 : 1;
}
