/* withheld_save.c -- what is withheld as bytes, and back: see withheld.h.
 *
 * The bytes lie where a ledger's lie, and are believed as little (site_ledger_save.c).
 */
#include "sensor/byte_writer.h"
#include "sensor/withheld_state.h"

static void save_waiting(struct byte_writer *b, const struct waiting waiting[EVIDENCE_COUNT])
{
    for (int e = 0; e < EVIDENCE_COUNT; e++) {
        writer_u32be(b, waiting[e].contacts);
        writer_u32be(b, waiting[e].connections);
    }
}

static void save_crowd(struct byte_writer *b, const struct crowd *c)
{
    writer_text(b, c->period.name);
    device_set_save(&c->devices, b);
    save_waiting(b, c->waiting);
}

uint8_t *withheld_save(const struct withheld *w, size_t *n)
{
    struct byte_writer b = {0};
    save_crowd(&b, &w->day);
    save_crowd(&b, &w->week);
    save_crowd(&b, &w->term);
    writer_bytes(&b, w->day_key, sizeof(w->day_key));
    writer_text(&b, w->term_name);
    writer_bytes(&b, w->term_key, sizeof(w->term_key));
    writer_u32be(&b, w->rows_len);
    for (uint32_t i = 0; i < w->rows_len; i++) {
        const struct row *row = &w->rows[i];
        writer_text(&b, row->source.tracker);
        writer_text(&b, row->source.organisation);
        writer_text(&b, row->source.feed);
        writer_text(&b, row->source.matched);
        writer_u8(&b, (uint8_t)row->source.purpose);
        for (int d = 0; d < HISTORY_DAYS; d++) {
            writer_u32be(&b, row->withheld[d]);
            writer_u32be(&b, row->all[d]);
        }
        device_set_save(&row->devices, &b);
        save_waiting(&b, row->waiting);
    }
    *n = b.len;
    if (!b.failed)
        return b.bytes;
    free(b.bytes);
    return NULL;
}

static void load_waiting(struct byte_reader *r, struct waiting waiting[EVIDENCE_COUNT])
{
    for (int e = 0; e < EVIDENCE_COUNT; e++) {
        waiting[e].contacts = reader_u32be(r);
        waiting[e].connections = reader_u32be(r);
    }
}

static bool load_crowd(struct byte_reader *r, struct crowd *c, enum period_kind kind)
{
    char name[PERIOD_NAME_MAX];
    reader_text(r, name, sizeof(name));
    if (r->short_read || (name[0] && (!period_read(name, &c->period) || c->period.kind != kind)) || !device_set_load(&c->devices, r))
        return false;
    load_waiting(r, c->waiting);
    return !r->short_read;
}

static void load_key(struct byte_reader *r, uint8_t key[DEVICE_HASH_KEY])
{
    const uint8_t *bytes = reader_take(r, DEVICE_HASH_KEY);
    if (bytes)
        memcpy(key, bytes, DEVICE_HASH_KEY);
}

static bool load_row(struct withheld *w, struct byte_reader *r)
{
    struct source s;
    memset(&s, 0, sizeof(s));
    reader_text(r, s.tracker, sizeof(s.tracker));
    reader_text(r, s.organisation, sizeof(s.organisation));
    reader_text(r, s.feed, sizeof(s.feed));
    reader_text(r, s.matched, sizeof(s.matched));
    uint8_t purpose = reader_u8(r);
    s.purpose = purpose;
    uint32_t before = w->rows_len;
    struct row *row = !r->short_read && purpose < PURPOSE_COUNT ? withheld_row(w, &s) : NULL;
    if (!row || w->rows_len == before)
        return false;
    for (int d = 0; d < HISTORY_DAYS; d++) {
        row->withheld[d] = reader_u32be(r);
        row->all[d] = reader_u32be(r);
    }
    if (!device_set_load(&row->devices, r))
        return false;
    load_waiting(r, row->waiting);
    return !r->short_read;
}

static bool load_all(struct withheld *w, struct byte_reader *r)
{
    struct period term;
    if (!load_crowd(r, &w->day, PERIOD_DAY) || !load_crowd(r, &w->week, PERIOD_WEEK) || !load_crowd(r, &w->term, PERIOD_TERM))
        return false;
    load_key(r, w->day_key);
    reader_text(r, w->term_name, sizeof(w->term_name));
    load_key(r, w->term_key);
    if (r->short_read || (w->term_name[0] && (!period_read(w->term_name, &term) || term.kind != PERIOD_TERM)))
        return false;
    uint32_t n = reader_u32be(r);
    for (uint32_t i = 0; i < n; i++)
        if (!load_row(w, r))
            return false;
    return !r->short_read;
}

bool withheld_load(struct withheld *w, struct byte_reader *r)
{
    if (load_all(w, r))
        return true;
    crowd_empty(&w->day);
    crowd_empty(&w->week);
    crowd_empty(&w->term);
    for (uint32_t i = 0; i < w->rows_len; i++)
        device_set_fini(&w->rows[i].devices);
    memset(w->slots, 0, sizeof(w->slots));
    w->rows_len = 0;
    w->term_name[0] = '\0';
    return false;
}
