/* teller.c -- see teller.h.
 *
 * A contact that waits keeps its device's key and its steady time beside the finished rest of its sighting; both are in
 * memory that is locked against swapping where the system allows it, and wiped when the contact has been told.
 *
 * Left out: keeping what waits over a restart. A machine whose clock is not right yet has been up for minutes.
 */
#include "sensor/teller.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct waiting {
    uint64_t steady_ns;
    struct device_key device;
    union sighting sighting;
};

struct teller {
    pthread_mutex_t lock;
    struct pseudonyms *pseudonyms;
    struct outbox *outbox;
    struct labels *labels; /* or NULL */
    bool live, complained;
    uint32_t clock_wait_s;
    uint64_t dropped;
    size_t len;
    struct waiting *room; /* TELLER_MOST; NULL in a replay */
};

struct teller *teller_new(struct pseudonyms *pseudonyms, struct outbox *outbox, bool live, uint32_t clock_wait_s)
{
    struct teller *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    pthread_mutex_init(&t->lock, NULL);
    t->pseudonyms = pseudonyms;
    t->outbox = outbox;
    t->live = live;
    t->clock_wait_s = clock_wait_s;
    if (live && !(t->room = calloc(TELLER_MOST, sizeof(*t->room)))) {
        teller_free(t);
        return NULL;
    }
    if (t->room)
        mlock(t->room, TELLER_MOST * sizeof(*t->room)); /* never into swap; where the limit forbids it we go on */
    return t;
}

void teller_label_with(struct teller *t, struct labels *labels)
{
    t->labels = labels;
}

void teller_free(struct teller *t)
{
    if (!t)
        return;
    if (t->len > 0)
        log_warning("capture: %zu contacts were never told: the machine's clock was not right in time", t->len);
    if (t->room)
        explicit_bzero(t->room, TELLER_MOST * sizeof(*t->room));
    free(t->room);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static void copy_text(char *out, size_t size, const char *text)
{
    if (text)
        text_clean(text, strlen(text), out, size); /* cuts between characters */
}

/* All of a sighting that needs neither the clock nor the device. */
static void describe(union sighting *s, const struct contact *c)
{
    sighting_begin(s, SIGHTING_CONTACT);
    struct sighting_contact *out = &s->contact;
    out->connections = c->connections;
    out->purpose = (uint8_t)c->match.owner.purpose;
    out->evidence = c->evidence;
    out->asn = c->place.asn;
    memcpy(out->country, c->place.country, sizeof(out->country));
    copy_text(out->tracker, sizeof(out->tracker), c->match.owner.tracker);
    copy_text(out->organisation, sizeof(out->organisation), c->match.owner.organisation);
    copy_text(out->feed, sizeof(out->feed), c->match.feed);
    if (c->match.registrable && !c->chain_on_site)
        copy_text(out->matched, sizeof(out->matched), c->match.matched);
}

static void send(struct teller *t, union sighting *s, const struct device_key *device, uint64_t wall_ns)
{
    struct local_time local;
    struct sighting_contact *out = &s->contact;
    clock_local(wall_ns, &local);
    memcpy(out->day, local.day, sizeof(out->day));
    out->hour = local.hour;
    out->hour_s = wall_ns / NS_PER_S / 3600 * 3600;
    pseudonym_of(t->pseudonyms, device, wall_ns, out->device);
    outbox_put(t->outbox, s);
    labels_told(t->labels, device, out->day, out->hour_s, out->device);
}

/* With the lock held. The last one leaves the room before a new one may pass it by. */
static void tell_waiting(struct teller *t)
{
    for (size_t i = 0; i < t->len; i++)
        send(t, &t->room[i].sighting, &t->room[i].device, clock_wall_of_steady(t->room[i].steady_ns));
    if (t->len > 0)
        log_info("capture: the machine's clock is right now: %zu contacts that waited for it are told", t->len);
    if (t->room)
        explicit_bzero(t->room, t->len * sizeof(*t->room));
    t->len = 0;
    t->complained = false;
}

static void let_wait(struct teller *t, const union sighting *s, const struct contact *c, const struct device *d)
{
    if (!t->complained)
        log_warning("capture: the machine's clock is not set yet (no time server has been heard): contacts wait in memory until it is");
    t->complained = true;
    if (t->len == TELLER_MOST)
        t->dropped++;
    else
        t->room[t->len++] = (struct waiting){.steady_ns = c->first_ns, .device = d->key, .sighting = *s};
}

void teller_tell(struct teller *t, const struct contact *c, const struct device *d)
{
    union sighting s;
    describe(&s, c);
    if (!t->live) {
        send(t, &s, &d->key, c->first_ns);
        return;
    }
    pthread_mutex_lock(&t->lock);
    if (clock_is_believed(t->clock_wait_s)) {
        tell_waiting(t);
        send(t, &s, &d->key, clock_wall_of_steady(c->first_ns));
    } else {
        let_wait(t, &s, c, d);
    }
    pthread_mutex_unlock(&t->lock);
}

bool teller_run(struct teller *t)
{
    if (!t->live)
        return true;
    bool believed = clock_is_believed(t->clock_wait_s);
    pthread_mutex_lock(&t->lock);
    if (believed)
        tell_waiting(t);
    pthread_mutex_unlock(&t->lock);
    return believed;
}

struct teller_counts teller_counts(struct teller *t)
{
    pthread_mutex_lock(&t->lock);
    struct teller_counts n = {.waiting = t->len, .dropped = t->dropped};
    pthread_mutex_unlock(&t->lock);
    return n;
}
