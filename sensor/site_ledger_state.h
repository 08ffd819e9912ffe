/* site_ledger_state.h -- what site_ledger.c keeps and site_ledger_save.c writes (these two only). */
#ifndef TELLTALE_SENSOR_SITE_LEDGER_STATE_H
#define TELLTALE_SENSOR_SITE_LEDGER_STATE_H

#include "sensor/site_ledger.h"

/* What one period has gathered and not given away. period.name "": nothing. */
struct book {
    struct period period;
    uint32_t sites_len, sites_room, pairs_len, pairs_room;
    struct ledger_site *sites;
    struct ledger_pair *pairs;
};

struct site_key {
    char site[HOSTNAME_MAX + 1];
    char term[PERIOD_NAME_MAX];
    uint8_t key[DEVICE_HASH_KEY];
};

struct site_ledger {
    uint32_t k;
    struct ledger_outlet outlet;
    struct book days[OPEN_DAYS_MOST]; /* in order; the first days_len */
    uint32_t days_len;
    char closed[11]; /* the last day that was closed, or "" */
    struct book week, term;
    struct book released; /* what has left in its term: visits and pairs, no devices */
    struct site_key *keys;
    uint32_t keys_len, keys_room;
    uint64_t lost;
};

struct ledger_site *book_site(struct book *b, const char *site);   /* entered if it is new; NULL: no room */
struct ledger_pair *book_pair(struct book *b, const char *site, const struct attribution_tracker *tracker);
struct site_key *ledger_key(struct site_ledger *l, const char *site, const char *term);
void book_empty(struct book *b);

#endif
