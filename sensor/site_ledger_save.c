/* site_ledger_save.c -- a ledger's state as bytes, and back: see site_ledger.h.
 *
 * The bytes lie in a file in memory that only our user can write, under a checksum (ledger_file.c). They are read as if neither
 * were true: every number is compared with its limit, every name with its rules, before it is believed.
 */
#include "sensor/byte_writer.h"
#include "sensor/site_ledger_state.h"

static void save_counts(struct byte_writer *w, const struct moment_counts *c)
{
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++) {
        writer_u32be(w, c->contexts[i].visits);
        writer_u32be(w, c->contexts[i].visits_followed);
        writer_u32be(w, c->contexts[i].controls);
        writer_u32be(w, c->contexts[i].controls_followed);
    }
    for (unsigned i = 0; i < MOMENT_DELAY_BINS; i++)
        writer_u32be(w, c->delays[i]);
}

static void save_book(struct byte_writer *w, const struct book *b)
{
    writer_text(w, b->period.name);
    writer_u32be(w, b->sites_len);
    for (uint32_t i = 0; i < b->sites_len; i++) {
        writer_text(w, b->sites[i].site);
        writer_u64be(w, b->sites[i].visits);
        device_set_save(&b->sites[i].devices, w);
        writer_u32be(w, b->sites[i].made_up);
    }
    writer_u32be(w, b->pairs_len);
    for (uint32_t i = 0; i < b->pairs_len; i++) {
        const struct attribution_tracker *t = &b->pairs[i].tracker;
        writer_text(w, b->pairs[i].site);
        writer_text(w, t->host);
        writer_text(w, t->matched);
        writer_text(w, t->tracker);
        writer_text(w, t->organisation);
        writer_text(w, t->country);
        writer_u8(w, (uint8_t)t->purpose);
        save_counts(w, &b->pairs[i].counts);
    }
}

uint8_t *site_ledger_save(const struct site_ledger *l, size_t *n)
{
    struct byte_writer w = {0};
    writer_text(&w, l->closed);
    writer_u32be(&w, l->keys_len);
    for (uint32_t i = 0; i < l->keys_len; i++) {
        writer_text(&w, l->keys[i].site);
        writer_text(&w, l->keys[i].term);
        writer_bytes(&w, l->keys[i].key, DEVICE_HASH_KEY);
    }
    writer_u32be(&w, l->days_len);
    for (uint32_t i = 0; i < l->days_len; i++)
        save_book(&w, &l->days[i]);
    save_book(&w, &l->week);
    save_book(&w, &l->term);
    save_book(&w, &l->released);
    *n = w.len;
    if (!w.failed)
        return w.bytes;
    free(w.bytes);
    return NULL;
}

/* Back ------------------------------------------------------------------------------------------------------------ */

static bool read_host(struct byte_reader *r, char out[HOSTNAME_MAX + 1])
{
    char again[HOSTNAME_MAX + 1];
    reader_text(r, out, HOSTNAME_MAX + 1);
    size_t n = strlen(out);
    return !r->short_read && hostname_normalise((const uint8_t *)out, n, again) == n && n > 0 && strcmp(out, again) == 0;
}

static bool load_counts(struct byte_reader *r, struct moment_counts *c)
{
    bool sound = true;
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++) {
        struct moment_stratum *s = &c->contexts[i];
        s->visits = reader_u32be(r);
        s->visits_followed = reader_u32be(r);
        s->controls = reader_u32be(r);
        s->controls_followed = reader_u32be(r);
        sound &= s->visits_followed <= s->visits && s->controls_followed <= s->controls;
    }
    for (unsigned i = 0; i < MOMENT_DELAY_BINS; i++)
        c->delays[i] = reader_u32be(r);
    return sound && !r->short_read;
}

static bool load_sites(struct byte_reader *r, struct book *b)
{
    uint32_t n = reader_u32be(r);
    for (uint32_t i = 0; i < n; i++) {
        char name[HOSTNAME_MAX + 1];
        struct ledger_site *s = read_host(r, name) ? book_site(b, name) : NULL;
        if (!s || b->sites_len != i + 1)
            return false;
        s->visits = reader_u64be(r);
        if (!device_set_load(&s->devices, r))
            return false;
        s->made_up = reader_u32be(r);
        if (s->made_up > s->devices.len)
            return false;
    }
    return !r->short_read;
}

static bool load_tracker(struct byte_reader *r, struct attribution_tracker *t)
{
    if (!read_host(r, t->host))
        return false;
    reader_text(r, t->matched, sizeof(t->matched));
    reader_text(r, t->tracker, sizeof(t->tracker));
    reader_text(r, t->organisation, sizeof(t->organisation));
    reader_text(r, t->country, sizeof(t->country));
    uint8_t purpose = reader_u8(r);
    t->purpose = purpose;
    return !r->short_read && purpose < PURPOSE_COUNT;
}

static bool load_pairs(struct byte_reader *r, struct book *b)
{
    uint32_t n = reader_u32be(r);
    for (uint32_t i = 0; i < n; i++) {
        char site[HOSTNAME_MAX + 1];
        struct attribution_tracker t = {0};
        struct ledger_pair *p = read_host(r, site) && load_tracker(r, &t) ? book_pair(b, site, &t) : NULL;
        if (!p || b->pairs_len != i + 1 || !load_counts(r, &p->counts))
            return false;
    }
    return !r->short_read;
}

static bool load_book(struct byte_reader *r, struct book *b, enum period_kind kind)
{
    char name[PERIOD_NAME_MAX];
    reader_text(r, name, sizeof(name));
    bool named = name[0] != '\0';
    if (r->short_read || (named && (!period_read(name, &b->period) || b->period.kind != kind)))
        return false;
    return load_sites(r, b) && load_pairs(r, b) && (named || (b->sites_len == 0 && b->pairs_len == 0));
}

static bool load_keys(struct site_ledger *l, struct byte_reader *r)
{
    uint32_t n = reader_u32be(r);
    for (uint32_t i = 0; i < n; i++) {
        char site[HOSTNAME_MAX + 1], term[PERIOD_NAME_MAX];
        struct period p;
        bool sound = read_host(r, site);
        reader_text(r, term, sizeof(term));
        const uint8_t *bytes = reader_take(r, DEVICE_HASH_KEY);
        struct site_key *k = sound && bytes && period_read(term, &p) && p.kind == PERIOD_TERM ? ledger_key(l, site, term) : NULL;
        if (!k || l->keys_len != i + 1)
            return false;
        memcpy(k->key, bytes, DEVICE_HASH_KEY);
    }
    return !r->short_read;
}

static bool load_days(struct site_ledger *l, struct byte_reader *r)
{
    uint32_t n = reader_u32be(r);
    if (r->short_read || n > OPEN_DAYS_MOST)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        struct book *b = &l->days[l->days_len++];
        if (!load_book(r, b, PERIOD_DAY) || strcmp(b->period.name, i > 0 ? b[-1].period.name : l->closed) <= 0)
            return false;
    }
    return true;
}

static bool load_all(struct site_ledger *l, struct byte_reader *r)
{
    reader_text(r, l->closed, sizeof(l->closed));
    if (r->short_read || (l->closed[0] && period_day_number(l->closed) < 0))
        return false;
    return load_keys(l, r) && load_days(l, r) && load_book(r, &l->week, PERIOD_WEEK) && load_book(r, &l->term, PERIOD_TERM) &&
           load_book(r, &l->released, PERIOD_TERM);
}

bool site_ledger_load(struct site_ledger *l, struct byte_reader *r)
{
    if (load_all(l, r))
        return true;
    for (uint32_t i = 0; i < l->days_len; i++)
        book_empty(&l->days[i]);
    book_empty(&l->week);
    book_empty(&l->term);
    book_empty(&l->released);
    l->days_len = l->keys_len = 0;
    l->closed[0] = '\0';
    return false;
}
