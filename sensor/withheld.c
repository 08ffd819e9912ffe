/* withheld.c -- see withheld.h.
 *
 * A source has a row: seven days of how many contacts it had and how many of them were withheld, and for the open day its devices
 * (no more than k are needed) and what waits of it. What waits is counted, not listed: contacts and connections by
 * evidence. Connections are spread evenly when they leave, so that one contact with many of them does not stand out.
 * The crowd of a day, a week and a term is everybody of whom something waits.
 */
#include "sensor/withheld_state.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define CONTACTS_MOST 65536u /* that leave at once */
#define K_MOST 64

struct leaving {
    const struct source *source; /* NULL: without a name */
    enum evidence evidence;
    uint32_t connections;
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

struct row *withheld_row(struct withheld *w, const struct source *s)
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

void crowd_empty(struct crowd *c)
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
    crowd_empty(c);
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
        crowd_empty(&w->day);
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
    struct row *row = enter_day(w, day) ? withheld_row(w, source) : NULL;
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
    struct row *row = enter_day(w, day) ? withheld_row(w, source) : NULL;
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
