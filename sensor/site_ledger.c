/* site_ledger.c -- see site_ledger.h.
 *
 * Every period is a *book*: sites with their visits and devices, and what followed. Closing one gives away what k devices
 * stand behind and pours the rest into the next larger book; the figures of a site are in exactly one book at any time. A count that has left is never
 * counted again, so that no two figures that leave overlap.
 * What leaves is shuffled: the order of entry is that of the day's first visits.
 * Searches go through a whole book; visits are rare, and books are small.
 */
#include "sensor/site_ledger_state.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Books ----------------------------------------------------------------------------------------------------------- */

/* Room for one more element; *array is zeroed beyond what it has. */
static bool grow(void **array, uint32_t len, uint32_t *room, size_t element, uint32_t most)
{
    if (len < *room)
        return true;
    uint32_t wanted = *room ? 2 * *room : 16;
    void *larger = len < most ? realloc(*array, wanted * element) : NULL;
    if (!larger)
        return false;
    memset((char *)larger + len * element, 0, (wanted - len) * element);
    *array = larger;
    *room = wanted;
    return true;
}

struct ledger_site *book_site(struct book *b, const char *site)
{
    for (uint32_t i = 0; i < b->sites_len; i++)
        if (strcmp(b->sites[i].site, site) == 0)
            return &b->sites[i];
    void *sites = b->sites;
    bool has_room = grow(&sites, b->sites_len, &b->sites_room, sizeof(*b->sites), SITES_MOST);
    b->sites = sites;
    if (!has_room || strlen(site) > HOSTNAME_MAX)
        return NULL;
    struct ledger_site *s = &b->sites[b->sites_len++];
    memset(s, 0, sizeof(*s));
    strcpy(s->site, site);
    return s;
}

static struct ledger_pair *find_pair(const struct book *b, const char *site, const char *host)
{
    for (uint32_t i = 0; i < b->pairs_len; i++)
        if (strcmp(b->pairs[i].tracker.host, host) == 0 && strcmp(b->pairs[i].site, site) == 0)
            return &b->pairs[i];
    return NULL;
}

struct ledger_pair *book_pair(struct book *b, const char *site, const struct attribution_tracker *tracker)
{
    struct ledger_pair *found = find_pair(b, site, tracker->host);
    if (found)
        return found;
    void *pairs = b->pairs;
    bool has_room = grow(&pairs, b->pairs_len, &b->pairs_room, sizeof(*b->pairs), PAIRS_MOST);
    b->pairs = pairs;
    if (!has_room || strlen(site) > HOSTNAME_MAX)
        return NULL;
    struct ledger_pair *p = &b->pairs[b->pairs_len++];
    memset(p, 0, sizeof(*p));
    strcpy(p->site, site);
    p->tracker = *tracker;
    return p;
}

void book_empty(struct book *b)
{
    for (uint32_t i = 0; i < b->sites_len; i++)
        device_set_fini(&b->sites[i].devices);
    if (b->sites)
        sodium_memzero(b->sites, b->sites_room * sizeof(*b->sites));
    if (b->pairs)
        sodium_memzero(b->pairs, b->pairs_room * sizeof(*b->pairs));
    free(b->sites);
    free(b->pairs);
    memset(b, 0, sizeof(*b));
}

static void shuffle(void *array, uint32_t len, size_t element, void *scratch)
{
    char *at = array;
    for (uint32_t i = len; i > 1; i--) {
        uint32_t other = randombytes_uniform(i);
        memcpy(scratch, at + (i - 1) * element, element);
        memcpy(at + (i - 1) * element, at + other * element, element);
        memcpy(at + other * element, scratch, element);
    }
}

/* Keys ------------------------------------------------------------------------------------------------------------ */

struct site_key *ledger_key(struct site_ledger *l, const char *site, const char *term)
{
    for (uint32_t i = 0; i < l->keys_len; i++)
        if (strcmp(l->keys[i].site, site) == 0 && strcmp(l->keys[i].term, term) == 0)
            return &l->keys[i];
    void *keys = l->keys;
    bool has_room = grow(&keys, l->keys_len, &l->keys_room, sizeof(*l->keys), 2 * SITES_MOST);
    l->keys = keys;
    if (!has_room || strlen(site) > HOSTNAME_MAX)
        return NULL;
    struct site_key *k = &l->keys[l->keys_len++];
    strcpy(k->site, site);
    strcpy(k->term, term);
    randombytes_buf(k->key, sizeof(k->key));
    return k;
}

static void forget_keys(struct site_ledger *l, const char *term)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < l->keys_len; i++)
        if (strcmp(l->keys[i].term, term) != 0)
            l->keys[kept++] = l->keys[i];
    if (l->keys_len > kept)
        sodium_memzero(&l->keys[kept], (l->keys_len - kept) * sizeof(*l->keys));
    l->keys_len = kept;
}

/* Leaving --------------------------------------------------------------------------------------------------------- */

/* What has left of a pair, with all visits to its site that have. */
static struct evidence_pair told_so_far(const struct site_ledger *l, struct ledger_pair *filled)
{
    struct evidence_pair e = {.strata = filled->counts.contexts, .strata_len = MOMENT_CONTEXTS};
    for (uint32_t i = 0; i < l->released.sites_len; i++)
        if (strcmp(l->released.sites[i].site, filled->site) == 0)
            moment_counts_fill(&filled->counts, l->released.sites[i].visits);
    memcpy(e.delays, filled->counts.delays, sizeof(e.delays));
    return e;
}

/* Judges everything that has left this term. NULL without memory: then there is no verdict. */
static struct evidence_result *judge(const struct site_ledger *l)
{
    uint32_t n = l->released.pairs_len;
    struct ledger_pair *filled = calloc(n + 1u, sizeof(*filled));
    struct evidence_pair *pairs = calloc(n + 1u, sizeof(*pairs));
    struct evidence_result *results = calloc(n + 1u, sizeof(*results));
    bool done = filled && pairs && results;
    for (uint32_t i = 0; done && i < n; i++) {
        filled[i] = l->released.pairs[i];
        pairs[i] = told_so_far(l, &filled[i]);
    }
    done = done && evidence_judge(pairs, n, results) == 0;
    free(filled);
    free(pairs);
    if (done)
        return results;
    free(results);
    return NULL;
}

static void remember(struct site_ledger *l, const struct book *b, const struct ledger_site *s)
{
    struct ledger_site *site = book_site(&l->released, s->site);
    if (site)
        site->visits += s->visits;
    for (uint32_t i = 0; i < b->pairs_len; i++) {
        if (strcmp(b->pairs[i].site, s->site) != 0)
            continue;
        struct ledger_pair *p = book_pair(&l->released, s->site, &b->pairs[i].tracker);
        if (p)
            moment_counts_add(&p->counts, &b->pairs[i].counts);
        else
            l->lost++;
    }
}

static void tell_pairs(const struct site_ledger *l, const struct book *b, const struct ledger_site *s, const struct evidence_result *results)
{
    for (uint32_t i = 0; i < b->pairs_len; i++) {
        if (strcmp(b->pairs[i].site, s->site) != 0)
            continue;
        struct ledger_pair whole = b->pairs[i];
        const struct ledger_pair *known = find_pair(&l->released, whole.site, whole.tracker.host);
        moment_counts_fill(&whole.counts, s->visits);
        l->outlet.on_pair(l->outlet.context, &b->period, &whole, known && results ? results[known - l->released.pairs].verdict : EVIDENCE_NO);
    }
}

/* A hash says with its lowest bit whether the address was made up. */
static uint64_t mark(uint64_t hash, const struct device_key *device)
{
    struct mac_addr mac;
    memcpy(mac.bytes, device->bytes, sizeof(mac.bytes));
    bool made_up = !device->is_mac || mac_is_randomised(&mac); /* an address of IP may be another one tomorrow as well */
    return (hash & ~UINT64_C(1)) | made_up;
}

static uint32_t count_made_up(const struct device_set *set)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < set->len; i++)
        n += set->hashes[i] & 1;
    return n;
}

uint32_t site_devices(const struct ledger_site *s)
{
    return s->devices.len - count_made_up(&s->devices) + s->made_up;
}

static bool may_leave(const struct site_ledger *l, const struct ledger_site *s)
{
    return site_devices(s) >= l->k;
}

static void give_away(struct site_ledger *l, struct book *b)
{
    struct ledger_site site;
    struct ledger_pair pair;
    bool any = false;
    shuffle(b->sites, b->sites_len, sizeof(site), &site);
    shuffle(b->pairs, b->pairs_len, sizeof(pair), &pair);
    for (uint32_t i = 0; i < b->sites_len; i++)
        if (may_leave(l, &b->sites[i])) {
            remember(l, b, &b->sites[i]);
            any = true;
        }
    struct evidence_result *results = any ? judge(l) : NULL;
    for (uint32_t i = 0; i < b->sites_len; i++)
        if (may_leave(l, &b->sites[i])) {
            l->outlet.on_site(l->outlet.context, &b->period, &b->sites[i]);
            tell_pairs(l, b, &b->sites[i], results);
        }
    free(results);
}

static void pour_site(struct site_ledger *l, const struct ledger_site *from, struct book *into)
{
    struct ledger_site *site = book_site(into, from->site);
    if (!site) {
        l->lost++;
        return;
    }
    site->visits += from->visits;
    device_set_merge(&site->devices, &from->devices);
    if (from->made_up > site->made_up)
        site->made_up = from->made_up;
}

static bool has_left(const struct site_ledger *l, const struct book *b, const char *site)
{
    for (uint32_t i = 0; i < b->sites_len; i++)
        if (strcmp(b->sites[i].site, site) == 0)
            return may_leave(l, &b->sites[i]);
    return false;
}

/* What stays. into NULL: it is forgotten. */
static void pour(struct site_ledger *l, const struct book *from, struct book *into)
{
    for (uint32_t i = 0; into && i < from->sites_len; i++)
        if (!may_leave(l, &from->sites[i]))
            pour_site(l, &from->sites[i], into);
    for (uint32_t i = 0; into && i < from->pairs_len; i++) {
        const struct ledger_pair *p = &from->pairs[i];
        struct ledger_pair *there = has_left(l, from, p->site) ? NULL : book_pair(into, p->site, &p->tracker);
        if (there)
            moment_counts_add(&there->counts, &p->counts);
        else
            l->lost += !has_left(l, from, p->site);
    }
}

/* Closing --------------------------------------------------------------------------------------------------------- */

static void close_book(struct site_ledger *l, struct book *b, struct book *into)
{
    give_away(l, b);
    pour(l, b, into);
    book_empty(b);
}

static bool is_over(const struct book *b, const char *day)
{
    return b->period.name[0] != '\0' && strcmp(b->period.last, day) < 0;
}

static void close_term(struct site_ledger *l)
{
    char term[PERIOD_NAME_MAX];
    strcpy(term, l->term.period.name);
    close_book(l, &l->term, NULL);
    forget_keys(l, term);
}

/* The week and the term that are over on this day. */
static void roll_to(struct site_ledger *l, const char *day)
{
    if (is_over(&l->week, day))
        close_book(l, &l->week, &l->term);
    if (is_over(&l->term, day))
        close_term(l);
    if (is_over(&l->released, day))
        book_empty(&l->released);
}

static void begin_book(struct book *b, const char *day, enum period_kind kind)
{
    if (b->period.name[0] == '\0')
        period_of(day, kind, &b->period);
}

static void close_oldest_day(struct site_ledger *l)
{
    struct book *b = &l->days[0];
    strcpy(l->closed, b->period.name);
    roll_to(l, l->closed);
    begin_book(&l->week, l->closed, PERIOD_WEEK);
    begin_book(&l->term, l->closed, PERIOD_TERM);
    begin_book(&l->released, l->closed, PERIOD_TERM);
    close_book(l, b, &l->week);
    memmove(b, b + 1, --l->days_len * sizeof(*b));
    memset(&l->days[l->days_len], 0, sizeof(*b));
}

void site_ledger_close_before(struct site_ledger *l, const char *day)
{
    while (l->days_len > 0 && strcmp(l->days[0].period.name, day) < 0)
        close_oldest_day(l);
    if (l->days_len == 0 || strcmp(l->days[0].period.name, day) >= 0)
        roll_to(l, day);
}

void site_ledger_close_all(struct site_ledger *l)
{
    while (l->days_len > 0)
        close_oldest_day(l);
    if (l->week.period.name[0])
        close_book(l, &l->week, &l->term);
    if (l->term.period.name[0])
        close_term(l);
    book_empty(&l->released);
}

/* Counting -------------------------------------------------------------------------------------------------------- */

/* The book of a day, begun if it is new. NULL: the day is closed, or none. */
static struct book *open_day(struct site_ledger *l, const char *day)
{
    uint32_t at = 0;
    struct period p;
    while (at < l->days_len && strcmp(l->days[at].period.name, day) < 0)
        at++;
    if (at < l->days_len && strcmp(l->days[at].period.name, day) == 0)
        return &l->days[at];
    if (strcmp(day, l->closed) <= 0)
        return l->days_len > 0 ? &l->days[0] : NULL;
    if (!period_of(day, PERIOD_DAY, &p))
        return NULL;
    if (l->days_len == OPEN_DAYS_MOST) {
        if (at == 0)
            return &l->days[0];
        close_oldest_day(l);
        at--;
    }
    memmove(&l->days[at + 1], &l->days[at], (l->days_len++ - at) * sizeof(l->days[0]));
    l->days[at] = (struct book){.period = p};
    return &l->days[at];
}

void site_ledger_visit(struct site_ledger *l, const char *day, const char *site, const struct device_key *device)
{
    struct period term;
    struct book *b = open_day(l, day);
    struct ledger_site *s = b ? book_site(b, site) : NULL;
    const struct site_key *key = s && period_of(b->period.first, PERIOD_TERM, &term) ? ledger_key(l, site, term.name) : NULL;
    if (!key) {
        l->lost++;
        return;
    }
    s->visits++;
    device_set_add(&s->devices, mark(device_hash(key->key, device), device));
    s->made_up = count_made_up(&s->devices);
}

void site_ledger_pair(struct site_ledger *l, const char *day, const char *site, const struct attribution_tracker *tracker,
                      const struct moment_counts *counts)
{
    struct book *b = open_day(l, day);
    struct ledger_pair *p = b ? book_pair(b, site, tracker) : NULL;
    if (p)
        moment_counts_add(&p->counts, counts);
    else
        l->lost++;
}

uint64_t site_ledger_lost(const struct site_ledger *l)
{
    return l->lost;
}

struct site_ledger *site_ledger_new(uint32_t k, const struct ledger_outlet *outlet)
{
    struct site_ledger *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    l->k = k > 0 ? k : 1;
    l->outlet = *outlet;
    return l;
}

void site_ledger_free(struct site_ledger *l)
{
    if (!l)
        return;
    for (uint32_t i = 0; i < l->days_len; i++)
        book_empty(&l->days[i]);
    book_empty(&l->week);
    book_empty(&l->term);
    book_empty(&l->released);
    if (l->keys)
        sodium_memzero(l->keys, l->keys_room * sizeof(*l->keys));
    free(l->keys);
    free(l);
}
