/* withheld.h -- contacts that must not carry a device, until enough devices stand behind them.
 *
 * Purpose    docs/ARCHITECTURE.md, rule 3. Contacts near a visit to a support site leave without their device, after the day, and in a
 *            crowd. Who knows that only one helpline uses a tracker, and sees one contact to it, must not learn
 *            that somebody here opened that page; so
 *              - nothing of a day leaves unless k distinct devices had contacts withheld on it. Otherwise its contacts, without the
 *                trackers' names, wait for their week, and then their term, as figures of sites do;
 *              - of a day that leaves, a contact keeps its tracker's name only when k distinct devices contacted that tracker on
 *                this day, withheld or not; the others leave without a name.
 *            A tracker at least half of whose contacts in seven days were withheld never carries a device at all: outside a visit
 *            too its contacts are kept here (withheld_told() says so) and leave with the others.
 * Tracker    Rules of one tracker are told apart, as what is stored tells them apart: a *source* is a tracker's name with its rule.
 * Threads    The caller's lock.
 * Failure    What does not fit (SOURCES_MOST) is left out and counted in withheld_lost().
 */
#ifndef TELLTALE_SENSOR_WITHHELD_H
#define TELLTALE_SENSOR_WITHHELD_H

#include "common/hostname.h"
#include "common/period.h"
#include "common/words.h"
#include "sensor/device_set.h"

#define SOURCES_MOST 4096u

/* Everything of a contact that may be stored beside its time and device; "" where it is not known. */
struct source {
    char tracker[64], organisation[64], feed[64];
    char matched[HOSTNAME_MAX + 1]; /* only a registrable domain that is no support site's */
    enum purpose purpose;
};

/* A contact that leaves. source NULL: it has lost its tracker's name too. */
struct withheld_outlet {
    void (*on_contact)(void *context, const struct period *p, const struct source *source, enum evidence evidence, uint32_t connections);
    void *context;
};

struct withheld;

struct withheld *withheld_new(uint32_t k, const struct withheld_outlet *outlet);
void withheld_free(struct withheld *w);

/* A contact that is not withheld is to be told. False: its tracker carries no devices, it was taken here. */
bool withheld_told(struct withheld *w, const char *day, const struct source *source, const struct device_key *device, enum evidence evidence,
                   uint32_t connections);
/* A contact begins to be withheld, or an open one is withheld from now on: it counts for its tracker at once, however long it stays open. */
void withheld_note(struct withheld *w, const char *day, const struct source *source, const struct device_key *device);
/* A contact that was noted is over. */
void withheld_keep(struct withheld *w, const char *day, const struct source *source, enum evidence evidence, uint32_t connections);
/* Both at once. */
void withheld_add(struct withheld *w, const char *day, const struct source *source, const struct device_key *device, enum evidence evidence,
                  uint32_t connections);

/* As site_ledger.h has them. */
void withheld_close_before(struct withheld *w, const char *day);
void withheld_close_all(struct withheld *w);

uint64_t withheld_lost(const struct withheld *w);

uint8_t *withheld_save(const struct withheld *w, size_t *n);
struct byte_reader;
bool withheld_load(struct withheld *w, struct byte_reader *r);

#endif
