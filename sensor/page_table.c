/* page_table.c -- see page_table.h.
 *
 * Open addressing over a fixed array. Followers are chained in one pool, so that a page with two trackers costs two entries and nothing
 * is allocated while packets flow. The last page of the array stands for all pages together.
 *
 * The chance of a stretch is put together from the bins it touches, each by its own share of watched openings: an opening
 * that was watched for a second only (the next page was opened then) still counts for that second. A bin that is touched
 * in part counts whole, which leans towards other pages' guilt and away from the support site's.
 */
#include "sensor/page_table.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS 32768u /* a power of two; a busy school meets some ten thousand names a day */
#define HOSTS_MOST (HOSTS / 4 * 3)
#define FOLLOWERS 16384u
#define LEAN 1.0 /* how many openings the knowledge of all pages is worth */

const uint32_t page_bin_ms[PAGE_BINS] = {100, 250, 500, 1000, 2000, 3000, 5000, 7500, 10000, PAGE_WATCH_MS};

/* first[NEXT(a, b)]: openings after which the first contact in bin a or later was in bin b. */
#define PAIRS (PAGE_BINS * (PAGE_BINS + 1) / 2)
#define NEXT(a, b) ((b) * ((b) + 1) / 2 + (a))

struct follower {
    uint32_t next;
    uint16_t tracker;
    uint16_t first[PAIRS];
};

struct page_table {
    uint8_t key[crypto_shorthash_KEYBYTES];
    uint32_t sites, count;
    struct page *pages;     /* sites, hosts, all */
    struct follower *pool;  /* entry 0 is not used */
    uint32_t pool_len;
};

unsigned page_bin(uint32_t ms)
{
    unsigned bin = 0;
    while (bin < PAGE_BINS && ms >= page_bin_ms[bin])
        bin++;
    return bin;
}

struct page_table *page_table_new(uint32_t sites)
{
    struct page_table *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->sites = sites < PAGE_NONE - HOSTS - 1 ? sites : PAGE_NONE - HOSTS - 1;
    t->pages = calloc(t->sites + HOSTS + 1u, sizeof(*t->pages));
    t->pool = calloc(FOLLOWERS, sizeof(*t->pool));
    if (!t->pages || !t->pool) {
        page_table_free(t);
        return NULL;
    }
    page_table_forget(t);
    return t;
}

void page_table_free(struct page_table *t)
{
    if (!t)
        return;
    sodium_memzero(t->key, sizeof(t->key));
    free(t->pages);
    free(t->pool);
    free(t);
}

void page_table_forget(struct page_table *t)
{
    memset(t->pages, 0, (t->sites + HOSTS + 1u) * sizeof(*t->pages));
    t->pool_len = 1;
    t->count = 0;
    randombytes_buf(t->key, sizeof(t->key));
}

static uint64_t hash_host(const struct page_table *t, const char *host, size_t len)
{
    uint64_t hash;
    if (len > 4 && memcmp(host, "www.", 4) == 0) { /* example.org and www.example.org are one page to open */
        host += 4;
        len -= 4;
    }
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)host, len, t->key);
    return hash ? hash : 1;
}

static uint32_t place_of(const struct page_table *t, uint64_t hash)
{
    uint32_t place = (uint32_t)hash & (HOSTS - 1);
    while (t->pages[t->sites + place].hash != 0 && t->pages[t->sites + place].hash != hash)
        place = (place + 1) & (HOSTS - 1);
    return place;
}

uint16_t page_table_find(const struct page_table *t, uint64_t hash)
{
    uint32_t place = place_of(t, hash);
    return t->pages[t->sites + place].hash ? (uint16_t)(t->sites + place) : PAGE_NONE;
}

uint16_t page_table_put(struct page_table *t, const char *host, size_t len, bool is_tracker)
{
    uint64_t hash = hash_host(t, host, len);
    uint32_t place = place_of(t, hash);
    if (t->pages[t->sites + place].hash == 0) {
        if (t->count >= HOSTS_MOST)
            return PAGE_NONE;
        t->pages[t->sites + place].hash = hash;
        t->count++;
    }
    t->pages[t->sites + place].is_tracker |= is_tracker;
    return (uint16_t)(t->sites + place);
}

uint16_t page_table_look(const struct page_table *t, const char *host, size_t len)
{
    return page_table_find(t, hash_host(t, host, len));
}

struct page *page_table_at(struct page_table *t, uint16_t page)
{
    return &t->pages[page];
}

static uint16_t all_pages(const struct page_table *t)
{
    return (uint16_t)(t->sites + HOSTS);
}

static void count_bins(struct page *p, uint32_t elapsed_ms)
{
    for (unsigned bin = 0; bin < PAGE_BINS && page_bin_ms[bin] <= elapsed_ms; bin++)
        p->watched[bin]++;
}

void page_table_watched(struct page_table *t, uint16_t page, uint32_t elapsed_ms)
{
    count_bins(&t->pages[page], elapsed_ms);
    if (!t->pages[page].is_tracker)
        count_bins(&t->pages[all_pages(t)], elapsed_ms);
}

static struct follower *find_follower(const struct page_table *t, uint16_t page, uint16_t tracker)
{
    for (uint32_t at = t->pages[page].followers; at != 0; at = t->pool[at].next)
        if (t->pool[at].tracker == tracker)
            return &t->pool[at];
    return NULL;
}

static void count_follower(struct page_table *t, uint16_t page, uint16_t tracker, uint32_t bins, uint32_t elapsed_ms)
{
    struct follower *f = find_follower(t, page, tracker);
    if (!f) {
        if (t->pool_len == FOLLOWERS)
            return;
        f = &t->pool[t->pool_len];
        *f = (struct follower){.next = t->pages[page].followers, .tracker = tracker};
        t->pages[page].followers = t->pool_len++;
    }
    unsigned from = 0;
    for (unsigned bin = 0; bin < PAGE_BINS && page_bin_ms[bin] <= elapsed_ms; bin++) {
        if (!(bins >> bin & 1))
            continue;
        for (; from <= bin; from++)
            if (f->first[NEXT(from, bin)] < UINT16_MAX)
                f->first[NEXT(from, bin)]++;
    }
}

void page_table_followed(struct page_table *t, uint16_t page, uint16_t tracker, uint32_t bins, uint32_t elapsed_ms)
{
    count_follower(t, page, tracker, bins, elapsed_ms);
    if (!t->pages[page].is_tracker)
        count_follower(t, all_pages(t), tracker, bins, elapsed_ms);
}

struct page_chance page_table_chance(const struct page_table *t, uint16_t page, uint16_t tracker, uint32_t from_ms, uint32_t to_ms)
{
    const struct page *p = &t->pages[page], *all = &t->pages[all_pages(t)];
    const struct follower *f = find_follower(t, page, tracker), *everywhere = find_follower(t, all_pages(t), tracker);
    struct page_chance out = {0};
    unsigned from = page_bin(from_ms);
    for (unsigned bin = from; bin < PAGE_BINS && (bin == 0 || page_bin_ms[bin - 1] < to_ms); bin++) {
        double usual = everywhere && all->watched[bin] ? (double)everywhere->first[NEXT(from, bin)] / all->watched[bin] : 0;
        double hits = f ? f->first[NEXT(from, bin)] : 0;
        out.chance += (hits + LEAN * usual) / (p->watched[bin] + LEAN);
        if (bin == from)
            out.seen = p->watched[bin];
    }
    if (out.chance > 1)
        out.chance = 1;
    return out;
}

size_t page_table_tracker_pages(const struct page_table *t, uint16_t *out, size_t most)
{
    size_t n = 0;
    for (uint32_t i = 0; i < HOSTS && n < most; i++)
        if (t->pages[t->sites + i].is_tracker && t->pages[t->sites + i].firsts > 0)
            out[n++] = (uint16_t)(t->sites + i);
    return n;
}

uint32_t page_table_openings(const struct page_table *t)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < HOSTS; i++)
        all += t->pages[t->sites + i].firsts;
    return all < UINT32_MAX ? (uint32_t)all : UINT32_MAX;
}

double page_table_share(const struct page_table *t, uint16_t page)
{
    uint32_t all = page_table_openings(t);
    return all ? (double)t->pages[page].firsts / all : 0;
}
