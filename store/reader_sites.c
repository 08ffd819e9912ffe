/* reader_sites.c -- what left of support sites, read back: see reader.h, and site_batch.c for how it is written.
 *
 * Redis is believed no further than a file would be: a field is a site's or a pair's only when everything about it can be read.
 */
#include "store/reader.h"

#include "common/hostname.h"
#include "common/log.h"
#include "store/reader_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_COUNT "1000"

/* Which periods there are ------------------------------------------------------------------------------------------ */

struct found_periods {
    struct period *periods;
    size_t len, room;
};

static bool remember(struct found_periods *f, const struct period *p)
{
    for (size_t i = 0; i < f->len; i++)
        if (strcmp(f->periods[i].name, p->name) == 0)
            return true; /* SCAN may tell a key twice */
    if (f->len == f->room) {
        size_t room = f->room ? 2 * f->room : 64;
        struct period *larger = realloc(f->periods, room * sizeof(*larger));
        if (!larger)
            return false;
        f->periods = larger;
        f->room = room;
    }
    f->periods[f->len++] = *p;
    return true;
}

static int earlier_first(const void *a, const void *b)
{
    const struct period *p = a, *q = b;
    int order = strcmp(p->first, q->first);
    return order ? order : (int)q->kind - (int)p->kind;
}

static bool take_keys(struct found_periods *f, const struct store_reply *keys, size_t head)
{
    for (size_t i = 0; i < store_reply_count(keys); i++) {
        const char *key = store_reply_text(store_reply_item(keys, i), NULL);
        struct period p;
        if (strlen(key) > head && period_read(key + head, &p) && !remember(f, &p))
            return false;
    }
    return true;
}

static int find_periods(struct store_reader *r, struct found_periods *f)
{
    char pattern[STORE_KEY_MAX], cursor[24] = "0";
    store_key_write(pattern, r->installation, STORE_KEY_SITE, "*");
    do {
        struct store_reply *reply;
        const char *argv[] = {"SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_COUNT};
        int rc = store_asker_ask(r->asker, 6, argv, &reply);
        if (rc < 0)
            return rc;
        snprintf(cursor, sizeof(cursor), "%s", store_reply_text(store_reply_item(reply, 0), NULL));
        bool room = take_keys(f, store_reply_item(reply, 1), strlen(pattern) - 1);
        store_reply_free(reply);
        if (!room)
            return -ENOMEM;
    } while (strcmp(cursor, "0") != 0);
    return 0;
}

int store_reader_site_periods(struct store_reader *r, void (*each)(void *context, const struct period *p), void *context)
{
    struct found_periods f = {0};
    int rc = find_periods(r, &f);
    if (rc == 0 && f.len > 0)
        qsort(f.periods, f.len, sizeof(*f.periods), earlier_first);
    for (size_t i = 0; rc == 0 && i < f.len; i++)
        each(context, &f.periods[i]);
    free(f.periods);
    return rc;
}

/* One of them ------------------------------------------------------------------------------------------------------ */

struct reading {
    struct period period;
    struct store_site *sites;
    struct store_pair *pairs;
    size_t sites_len, pairs_len, sites_room, pairs_room;
    unsigned unreadable;
    bool no_memory;
};

static void *grow(struct reading *g, void *array, size_t len, size_t *room, size_t element)
{
    if (len < *room)
        return array;
    size_t wanted = *room ? 2 * *room : 16;
    void *larger = realloc(array, wanted * element);
    g->no_memory |= !larger;
    if (larger)
        *room = wanted;
    return larger ? larger : array;
}

static bool copy_domain(char out[STORE_HOST_MAX], const char *text, size_t n)
{
    char again[HOSTNAME_MAX + 1];
    if (n == 0 || n >= STORE_HOST_MAX || hostname_normalise((const uint8_t *)text, n, again) != n || memcmp(again, text, n) != 0)
        return false;
    memcpy(out, text, n);
    out[n] = '\0';
    return true;
}

/* A decimal number and what ends it; the text goes on behind it. */
static bool take_number(const char **at, uint64_t most, uint64_t *out)
{
    const char *c = *at;
    *out = 0;
    for (; *c >= '0' && *c <= '9' && *out <= most; c++)
        *out = *out * 10 + (uint64_t)(*c - '0');
    if (c == *at || *out > most)
        return false;
    *at = *c == ' ' ? c + 1 : c;
    return true;
}

static struct store_site *site_of(struct reading *g, const char *name)
{
    struct store_site fresh = {.period = g->period};
    if (!copy_domain(fresh.site, name, strlen(name)))
        return NULL;
    for (size_t i = 0; i < g->sites_len; i++)
        if (strcmp(g->sites[i].site, fresh.site) == 0)
            return &g->sites[i];
    g->sites = grow(g, g->sites, g->sites_len, &g->sites_room, sizeof(*g->sites));
    if (g->sites_len == g->sites_room)
        return NULL;
    g->sites[g->sites_len] = fresh;
    return &g->sites[g->sites_len++];
}

static bool take_site(struct reading *g, const char *name, const char *value, bool devices)
{
    uint64_t n;
    struct store_site *s = site_of(g, name);
    if (!s || !take_number(&value, devices ? UINT32_MAX : UINT64_MAX / 16, &n) || *value != '\0')
        return false;
    if (devices)
        s->devices = (uint32_t)n;
    else
        s->visits = n;
    return true;
}

static bool take_counts(const char **at, struct moment_counts *c)
{
    uint64_t n[4];
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++) {
        for (int k = 0; k < 4; k++)
            if (!take_number(at, UINT32_MAX, &n[k]))
                return false;
        c->contexts[i] = (struct moment_stratum){(uint32_t)n[0], (uint32_t)n[1], (uint32_t)n[2], (uint32_t)n[3]};
    }
    for (unsigned i = 0; i < MOMENT_DELAY_BINS; i++) {
        if (!take_number(at, UINT32_MAX, &n[0]))
            return false;
        c->delays[i] = (uint32_t)n[0];
    }
    return true;
}

/* The text up to the next tab. */
static bool take_text(const char **at, char *out, size_t size)
{
    if (**at != '\t')
        return false;
    size_t n = strcspn(++*at, "\t");
    if (n >= size)
        return false;
    memcpy(out, *at, n);
    out[n] = '\0';
    *at += n;
    return true;
}

static bool read_pair(struct store_pair *p, const char *name, const char *value)
{
    char purpose[33];
    const char *colon = strchr(name, ':');
    if (!colon || !copy_domain(p->site, name, (size_t)(colon - name)) || !copy_domain(p->host, colon + 1, strlen(colon + 1)))
        return false;
    return take_counts(&value, &p->counts) && take_text(&value, p->tracker, sizeof(p->tracker)) &&
           take_text(&value, p->organisation, sizeof(p->organisation)) && take_text(&value, purpose, sizeof(purpose)) &&
           purpose_from_word(purpose, &p->purpose) && take_text(&value, p->country, sizeof(p->country)) && *value == '\0';
}

static bool take_pair(struct reading *g, const char *name, const char *value)
{
    struct store_pair p = {.period = g->period};
    if (!read_pair(&p, name, value))
        return false;
    g->pairs = grow(g, g->pairs, g->pairs_len, &g->pairs_room, sizeof(*g->pairs));
    if (g->pairs_len == g->pairs_room)
        return false;
    g->pairs[g->pairs_len++] = p;
    return true;
}

static void on_field(void *context, const char *name, const char *value)
{
    struct reading *g = context;
    bool read = true;
    if (strncmp(name, "visits:", 7) == 0)
        read = take_site(g, name + 7, value, false);
    else if (strncmp(name, "devices:", 8) == 0)
        read = take_site(g, name + 8, value, true);
    else if (strncmp(name, "pair:", 5) == 0)
        read = take_pair(g, name + 5, value);
    g->unreadable += !read;
}

int store_reader_site_period(struct store_reader *r, const char *period, void (*on_site)(void *context, const struct store_site *s),
                             void (*on_pair)(void *context, const struct store_pair *p), void *context)
{
    char key[STORE_KEY_MAX];
    struct reading g = {0};
    if (!period_read(period, &g.period))
        return -ENOENT;
    store_key_write(key, r->installation, STORE_KEY_SITE, period);
    int rc = reader_hash(r, key, on_field, &g);
    if (rc == 0 && g.no_memory)
        rc = -ENOMEM;
    if (rc == 0 && g.unreadable > 0)
        log_warning("store: %s: %u fields cannot be read and are passed over", key, g.unreadable);
    for (size_t i = 0; rc == 0 && i < g.sites_len; i++)
        on_site(context, &g.sites[i]);
    for (size_t i = 0; rc == 0 && i < g.pairs_len; i++)
        on_pair(context, &g.pairs[i]);
    free(g.sites);
    free(g.pairs);
    return rc;
}
