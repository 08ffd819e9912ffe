/* withheld.c -- see withheld.h.
 *
 * A source has a row: seven days of how many contacts it had and how many of them were withheld, and for the open day its devices
 * (no more than k are needed) and what waits of it. What waits is counted, not listed: contacts and connections by
 * evidence. Connections are spread evenly when they leave, so that one contact with many of them does not stand out.
 * The crowd of a day, a week and a term is everybody of whom something waits.
 */
#include "sensor/withheld.h"

#include "sensor/byte_writer.h"

#include <sodium.h>

#define HISTORY_DAYS 7
#define CONTACTS_MOST 65536u /* that leave at once */
#define SLOTS (2 * SOURCES_MOST)
#define K_MOST 64

struct waiting {
    uint32_t contacts, connections;
};

struct row {
    struct source source;
    uint32_t withheld[HISTORY_DAYS], all[HISTORY_DAYS]; /* [0]: the open day */
    struct device_set devices;                          /* of the open day */
    struct waiting waiting[EVIDENCE_COUNT];             /* of the open day */
};

/* Everybody of whom something waits, and what waits without a name. */
struct crowd {
    struct period period; /* name "": nobody */
    struct device_set devices;
    struct waiting waiting[EVIDENCE_COUNT];
};

struct leaving {
    const struct source *source; /* NULL: without a name */
    enum evidence evidence;
    uint32_t connections;
};

struct withheld {
    uint32_t k;
    struct withheld_outlet outlet;
    struct crowd day, week, term;
    uint8_t day_key[DEVICE_HASH_KEY];                      /* for the sources' devices */
    char term_name[PERIOD_NAME_MAX];
    uint8_t term_key[DEVICE_HASH_KEY];                     /* for the crowds */
    struct row *rows;
    uint32_t rows_len;
    uint16_t slots[SLOTS]; /* number of a row + 1 */
    uint64_t lost;
};

struct withheld *withheld_new(uint32_t k, const struct withheld_outlet *outlet)
{
    struct withheld *w = calloc(1, sizeof(*w));
    if (!w || !(w->rows = calloc(SOURCES_MOST, sizeof(*w->rows)))) {
        free(w);
        return NULL;
    }
    w->k = k < 1 ? 1 : k > K_MOST ? K_MOST : k;
    w->outlet = *outlet;
    return w;
}

void withheld_free(struct withheld *w)
{
    if (!w)
        return;
    for (uint32_t i = 0; i < w->rows_len; i++)
        device_set_fini(&w->rows[i].devices);
    device_set_fini(&w->day.devices);
    device_set_fini(&w->week.devices);
    device_set_fini(&w->term.devices);
    free(w->rows);
    sodium_memzero(w, sizeof(*w));
    free(w);
}

uint64_t withheld_lost(const struct withheld *w)
{
    return w->lost;
}

/* Rows ------------------------------------------------------------------------------------------------------------ */

static uint32_t hash_text(uint32_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 16777619u;
    return h;
}

static uint32_t slot_of(const struct source *s)
{
    uint32_t h = hash_text(hash_text(2166136261u, s->tracker) * 16777619u, s->matched);
    return (h ^ h >> 15) % SLOTS;
}

static bool same_source(const struct source *a, const struct source *b)
{
    return strcmp(a->tracker, b->tracker) == 0 && strcmp(a->matched, b->matched) == 0;
}

static struct row *row_of(struct withheld *w, const struct source *s)
{
    uint32_t slot = slot_of(s);
    for (; w->slots[slot] != 0; slot = (slot + 1) % SLOTS)
        if (same_source(&w->rows[w->slots[slot] - 1].source, s))
            return &w->rows[w->slots[slot] - 1];
    if (w->rows_len == SOURCES_MOST)
        return NULL;
    struct row *row = &w->rows[w->rows_len];
    memset(row, 0, sizeof(*row));
    row->source = *s;
    w->slots[slot] = (uint16_t)++w->rows_len;
    return row;
}

static bool is_empty(const struct row *row)
{
    uint32_t all = 0;
    for (int i = 0; i < HISTORY_DAYS; i++)
        all |= row->all[i];
    return all == 0;
}

/* So many days have passed: the history moves on, and sources without any are forgotten. */
static void age_rows(struct withheld *w, uint32_t days)
{
    uint32_t kept = 0;
    size_t shift = days < HISTORY_DAYS ? days : HISTORY_DAYS, rest = HISTORY_DAYS - shift;
    memset(w->slots, 0, sizeof(w->slots));
    for (uint32_t i = 0; i < w->rows_len; i++) {
        struct row row = w->rows[i];
        memmove(row.all + shift, row.all, rest * sizeof(row.all[0]));
        memmove(row.withheld + shift, row.withheld, rest * sizeof(row.withheld[0]));
        memset(row.all, 0, shift * sizeof(row.all[0]));
        memset(row.withheld, 0, shift * sizeof(row.withheld[0]));
        if (is_empty(&row))
            continue;
        uint32_t slot = slot_of(&row.source);
        while (w->slots[slot] != 0)
            slot = (slot + 1) % SLOTS;
        w->rows[kept++] = row;
        w->slots[slot] = (uint16_t)kept;
    }
    w->rows_len = kept;
}

static bool is_mostly_withheld(const struct row *row)
{
    uint64_t all = 0, withheld = 0;
    for (int i = 0; i < HISTORY_DAYS; i++) {
        all += row->all[i];
        withheld += row->withheld[i];
    }
    return withheld > 0 && 2 * withheld >= all;
}

/* Leaving --------------------------------------------------------------------------------------------------------- */

static uint32_t list(struct withheld *w, struct leaving *out, uint32_t len, const struct source *source, enum evidence e, struct waiting waits)
{
    for (uint32_t i = 0; i < waits.contacts; i++) {
        if (len == CONTACTS_MOST) {
            w->lost += waits.contacts - i;
            break;
        }
        out[len++] = (struct leaving){source, e, waits.connections / waits.contacts + (i < waits.connections % waits.contacts)};
    }
    return len;
}

static uint32_t list_crowd(struct withheld *w, struct leaving *out, uint32_t len, const struct crowd *c)
{
    for (int e = 0; e < EVIDENCE_COUNT; e++)
        len = list(w, out, len, NULL, (enum evidence)e, c->waiting[e]);
    return len;
}

static void tell_shuffled(struct withheld *w, const struct period *p, struct leaving *all, uint32_t len)
{
    for (uint32_t i = len; i > 1; i--) {
        uint32_t other = randombytes_uniform(i);
        struct leaving last = all[i - 1];
        all[i - 1] = all[other];
        all[other] = last;
    }
    for (uint32_t i = 0; i < len; i++)
        w->outlet.on_contact(w->outlet.context, p, all[i].source, all[i].evidence, all[i].connections);
}

static void pour(struct waiting *into, const struct waiting *from)
{
    for (int e = 0; e < EVIDENCE_COUNT; e++) {
        into[e].contacts += from[e].contacts;
        into[e].connections += from[e].connections;
    }
}

static void empty(struct crowd *c)
{
    device_set_fini(&c->devices);
    memset(c, 0, sizeof(*c));
}

/* Closes a crowd in which nothing has a name any more. into NULL: what may not leave is forgotten. */
static void close_crowd(struct withheld *w, struct crowd *c, struct crowd *into)
{
    if (c->devices.len >= w->k) {
        struct leaving *all = calloc(CONTACTS_MOST, sizeof(*all));
        if (all)
            tell_shuffled(w, &c->period, all, list_crowd(w, all, 0, c));
        free(all);
    } else if (into) {
        pour(into->waiting, c->waiting);
        device_set_merge(&into->devices, &c->devices);
    }
    empty(c);
}

/* A day with a crowd: sources that k devices contacted keep their name, those of the others leave nameless with the crowd. */
static void tell_day(struct withheld *w)
{
    struct leaving *all = calloc(CONTACTS_MOST, sizeof(*all));
    uint32_t len = 0;
    if (!all)
        return;
    for (uint32_t i = 0; i < w->rows_len; i++)
        for (int e = 0; e < EVIDENCE_COUNT; e++)
            len = list(w, all, len, w->rows[i].devices.len >= w->k ? &w->rows[i].source : NULL, (enum evidence)e, w->rows[i].waiting[e]);
    tell_shuffled(w, &w->day.period, all, len);
    free(all);
}

static void begin_crowd(struct crowd *c, const char *day, enum period_kind kind)
{
    if (c->period.name[0] == '\0')
        period_of(day, kind, &c->period);
}

static void roll_to(struct withheld *w, const char *day)
{
    if (w->week.period.name[0] && strcmp(w->week.period.last, day) < 0)
        close_crowd(w, &w->week, &w->term);
    if (w->term.period.name[0] && strcmp(w->term.period.last, day) < 0)
        close_crowd(w, &w->term, NULL);
}

static void close_day(struct withheld *w)
{
    if (w->day.period.name[0] == '\0')
        return;
    roll_to(w, w->day.period.name);
    begin_crowd(&w->week, w->day.period.name, PERIOD_WEEK);
    begin_crowd(&w->term, w->day.period.name, PERIOD_TERM);
    bool leaves = w->day.devices.len >= w->k;
    if (leaves)
        tell_day(w);
    for (uint32_t i = 0; i < w->rows_len; i++) {
        if (!leaves)
            pour(w->day.waiting, w->rows[i].waiting);
        memset(w->rows[i].waiting, 0, sizeof(w->rows[i].waiting));
        device_set_fini(&w->rows[i].devices);
    }
    if (leaves)
        empty(&w->day);
    else
        close_crowd(w, &w->day, &w->week);
    sodium_memzero(w->day_key, sizeof(w->day_key));
}

static void close_and_age(struct withheld *w, const char *day)
{
    int32_t before = period_day_number(w->day.period.name), now = period_day_number(day);
    close_day(w);
    if (before >= 0 && now > before)
        age_rows(w, (uint32_t)(now - before));
}

void withheld_close_before(struct withheld *w, const char *day)
{
    if (w->day.period.name[0] && strcmp(w->day.period.name, day) < 0) {
        close_and_age(w, day);
        begin_crowd(&w->day, day, PERIOD_DAY); /* the history is by its day from now on */
        randombytes_buf(w->day_key, sizeof(w->day_key));
    }
    if (w->day.period.name[0] == '\0' || strcmp(w->day.period.name, day) >= 0)
        roll_to(w, day);
}

void withheld_close_all(struct withheld *w)
{
    close_day(w);
    if (w->week.period.name[0])
        close_crowd(w, &w->week, &w->term);
    if (w->term.period.name[0])
        close_crowd(w, &w->term, NULL);
}

/* Counting -------------------------------------------------------------------------------------------------------- */

/* The open day becomes this one, if it is later. False: it is no day. */
static bool enter_day(struct withheld *w, const char *day)
{
    struct period term;
    if (w->day.period.name[0] && strcmp(day, w->day.period.name) <= 0)
        return true;
    if (!period_of(day, PERIOD_TERM, &term))
        return false;
    withheld_close_before(w, day);
    if (w->day.period.name[0] == '\0') {
        begin_crowd(&w->day, day, PERIOD_DAY);
        randombytes_buf(w->day_key, sizeof(w->day_key));
    }
    if (strcmp(term.name, w->term_name) != 0) {
        strcpy(w->term_name, term.name);
        randombytes_buf(w->term_key, sizeof(w->term_key));
    }
    return true;
}

static struct row *count(struct withheld *w, const char *day, const struct source *source, const struct device_key *device)
{
    struct row *row = enter_day(w, day) ? row_of(w, source) : NULL;
    if (!row)
        return NULL;
    row->all[0] += row->all[0] < UINT32_MAX;
    if (row->devices.len < w->k)
        device_set_add(&row->devices, device_hash(w->day_key, device));
    return row;
}

static void keep(struct row *row, enum evidence evidence, uint32_t connections)
{
    struct waiting *waits = &row->waiting[evidence];
    waits->contacts += waits->contacts < UINT32_MAX;
    waits->connections = connections < UINT32_MAX - waits->connections ? waits->connections + connections : UINT32_MAX;
}

bool withheld_told(struct withheld *w, const char *day, const struct source *source, const struct device_key *device, enum evidence evidence,
                   uint32_t connections)
{
    struct row *row = count(w, day, source, device);
    if (!row)
        return true;
    if (!is_mostly_withheld(row))
        return true;
    if (row->devices.len < w->k) /* what is kept back here must not make the tracker look like any other, unless many contact it */
        row->withheld[0] += row->withheld[0] < UINT32_MAX;
    keep(row, evidence, connections);
    return false;
}

void withheld_note(struct withheld *w, const char *day, const struct source *source, const struct device_key *device)
{
    struct row *row = count(w, day, source, device);
    if (!row)
        return;
    row->withheld[0] += row->withheld[0] < UINT32_MAX;
    device_set_add(&w->day.devices, device_hash(w->term_key, device));
}

void withheld_keep(struct withheld *w, const char *day, const struct source *source, enum evidence evidence, uint32_t connections)
{
    struct row *row = enter_day(w, day) ? row_of(w, source) : NULL;
    if (row)
        keep(row, evidence, connections);
    else
        w->lost++;
}

void withheld_add(struct withheld *w, const char *day, const struct source *source, const struct device_key *device, enum evidence evidence,
                  uint32_t connections)
{
    withheld_note(w, day, source, device);
    withheld_keep(w, day, source, evidence, connections);
}

/* The state as bytes ---------------------------------------------------------------------------------------------- */

static void save_waiting(struct byte_writer *b, const struct waiting waiting[EVIDENCE_COUNT])
{
    for (int e = 0; e < EVIDENCE_COUNT; e++) {
        writer_u32be(b, waiting[e].contacts);
        writer_u32be(b, waiting[e].connections);
    }
}

static void save_devices(struct byte_writer *b, const struct device_set *s)
{
    writer_u32be(b, s->len);
    for (uint32_t i = 0; i < s->len; i++)
        writer_u64be(b, s->hashes[i]);
}

static void save_crowd(struct byte_writer *b, const struct crowd *c)
{
    writer_text(b, c->period.name);
    save_devices(b, &c->devices);
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
        save_devices(&b, &row->devices);
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

static bool load_devices(struct byte_reader *r, struct device_set *s)
{
    uint32_t n = reader_u32be(r);
    if (r->short_read || n > DEVICE_SET_MOST)
        return false;
    for (uint32_t i = 0; i < n; i++)
        device_set_add(s, reader_u64be(r));
    return !r->short_read && s->len == n;
}

static bool load_crowd(struct byte_reader *r, struct crowd *c, enum period_kind kind)
{
    char name[PERIOD_NAME_MAX];
    reader_text(r, name, sizeof(name));
    if (r->short_read || (name[0] && (!period_read(name, &c->period) || c->period.kind != kind)) || !load_devices(r, &c->devices))
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
    struct row *row = !r->short_read && purpose < PURPOSE_COUNT ? row_of(w, &s) : NULL;
    if (!row || w->rows_len == before)
        return false;
    for (int d = 0; d < HISTORY_DAYS; d++) {
        row->withheld[d] = reader_u32be(r);
        row->all[d] = reader_u32be(r);
    }
    if (!load_devices(r, &row->devices))
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
    empty(&w->day);
    empty(&w->week);
    empty(&w->term);
    for (uint32_t i = 0; i < w->rows_len; i++)
        device_set_fini(&w->rows[i].devices);
    memset(w->slots, 0, sizeof(w->slots));
    w->rows_len = 0;
    w->term_name[0] = '\0';
    return false;
}
