/* page_table.h -- which pages are opened on this network, and which trackers come after each: what attribution.c has learned.
 *
 * Purpose    To say how likely it is that another page, opened near a visit to a support site, brought a tracker along.
 * Shape      A page is a support site, or a host under a keyed hash: its name is not kept, and no device. A page that began a burst of
 *            traffic (`firsts`) is one that people open; a host that only ever appears within others' bursts is a part of
 *            pages. For each page: after how many of its openings each bin of time was watched, and for each tracker and each bin to
 *            begin with, in how many of them it was next contacted in which bin.
 * Units      Milliseconds since the page was opened.
 * Threads    One worker.
 * Failure    A full table takes no more (PAGE_NONE) until it forgets everything: places never move, since flows remember them.
 */
#ifndef TELLTALE_SENSOR_PAGE_TABLE_H
#define TELLTALE_SENSOR_PAGE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_NONE UINT16_MAX
#define PAGE_BINS 10
#define PAGE_WATCH_MS 20000u

/* Upper edge of each bin. */
extern const uint32_t page_bin_ms[PAGE_BINS];
unsigned page_bin(uint32_t ms); /* PAGE_BINS beyond the last */

struct page {
    uint64_t hash; /* 0: a support site, or an empty place */
    bool is_tracker;
    uint32_t firsts, openings; /* how often it began a burst, and how often it appeared at all */
    uint32_t watched[PAGE_BINS];
    uint32_t followers; /* head of its list in the pool, 0: none */
};

struct page_table;

/* Pages 0 to sites - 1 are the support sites. */
struct page_table *page_table_new(uint32_t sites);
void page_table_free(struct page_table *t);
void page_table_forget(struct page_table *t); /* everything learned */

/* The page of a host that belongs to no support site; entered if it is new. */
uint16_t page_table_put(struct page_table *t, const char *host, size_t len, bool is_tracker);
/* The same without entering it: PAGE_NONE for a host that was never met. */
uint16_t page_table_look(const struct page_table *t, const char *host, size_t len);
/* The page under a hash, PAGE_NONE when it is not there any more. */
uint16_t page_table_find(const struct page_table *t, uint64_t hash);
struct page *page_table_at(struct page_table *t, uint16_t page);

/* One opening was watched for elapsed_ms: counts the whole bins of it, for the page and for all pages together. */
void page_table_watched(struct page_table *t, uint16_t page, uint32_t elapsed_ms);
/* ... and in it the tracker was contacted in the bins of this mask (those that were not watched whole are left out). */
void page_table_followed(struct page_table *t, uint16_t page, uint16_t tracker, uint32_t bins, uint32_t elapsed_ms);

struct page_chance {
    double chance;  /* that the tracker is contacted in the stretch */
    uint32_t seen;  /* openings on which that rests */
};
/* from_ms, to_ms: since the page was opened. What few openings say of a page is leaned on what all pages say. */
struct page_chance page_table_chance(const struct page_table *t, uint16_t page, uint16_t tracker, uint32_t from_ms, uint32_t to_ms);

/* Fills `out` with the trackers' hosts that began bursts, as many as fit; returns how many. */
size_t page_table_tracker_pages(const struct page_table *t, uint16_t *out, size_t most);
/* Of all bursts that a host of no support site began, the share that this one did. */
double page_table_share(const struct page_table *t, uint16_t page);
uint32_t page_table_openings(const struct page_table *t); /* bursts that any of them began */

#endif
