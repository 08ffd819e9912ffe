/* attribution_state.h -- what attribution.c gathers and attribution_close.c evaluates (these two only). */
#ifndef TELLTALE_SENSOR_ATTRIBUTION_STATE_H
#define TELLTALE_SENSOR_ATTRIBUTION_STATE_H

#include "sensor/attribution.h"

#define TRACKERS_MOST 4096u
#define VISITS_MOST 4096u
#define LOADS_MOST 1024u
#define EVENTS_MOST 48
#define NEIGHBOURS_MOST 24
#define RECENT_MOST 32
#define BACKGROUND_MOST 24
#define LOAD_NONE UINT16_MAX
#define BURST_MS 1500u    /* silence before a sign that begins a burst */
#define SETTLED_MS 5000u  /* after a page was opened, the device's contacts are no longer that page's */
#define ACTIVE_MS 60000u  /* a device that was silent for longer is not there */

/* A tracker contacted after a page load. */
struct load_event {
    uint16_t tracker;
    uint16_t first_ms;
    uint32_t bins; /* of page_table.h: in which bins there was a sign */
};

/* A page load that is being watched. */
struct load {
    uint64_t start_ms;
    uint32_t device;
    uint16_t page, next; /* next load of the same device */
    uint8_t events_len;
    struct load_event events[EVENTS_MOST];
};

struct neighbour {
    uint64_t hash;      /* of its page; 0: a support site */
    uint32_t site;
    int32_t offset_ms;  /* from the visit to its opening; negative: before */
};

struct visit {
    uint64_t start_ms;
    uint32_t site, device;
    uint16_t page;
    bool over; /* its window has passed */
    uint8_t events_len, neighbours_len;
    struct load_event events[EVENTS_MOST];
    struct neighbour neighbours[NEIGHBOURS_MOST];
};

struct recent_page {
    uint64_t start_ms, last_ms;
    uint16_t page;
    bool taken, first;
};

struct background {
    uint64_t last_ms;
    uint16_t tracker;
    uint16_t quiet; /* how often it began to be contacted while no page was being opened */
    bool taken;
};

struct device_moments {
    uint64_t last_ms;      /* any sign */
    uint64_t opened_ms;    /* a page was opened */
    uint64_t quiet_ms;     /* time in which the device was there and no page was being opened */
    uint16_t loads;        /* head of the list */
    struct recent_page recent[RECENT_MOST];
    struct background background[BACKGROUND_MOST];
};

struct attribution {
    struct attribution_options o;
    struct page_table *pages;
    struct device_moments *devices;
    struct attribution_tracker *trackers;
    uint16_t *tracker_slots; /* open addressing: index + 1 */
    uint32_t trackers_len;
    struct load *loads;
    uint16_t free_load;
    struct visit *visits;
    uint32_t visits_len, visits_open; /* visits before visits_open are over */
    uint64_t now_ms; /* the latest sign of anybody */
    uint64_t lost;
    uint64_t appearances, along; /* attribution_names() */
};

#endif
