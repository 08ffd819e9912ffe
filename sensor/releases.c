/* releases.c -- see releases.h.
 *
 * A worker *owes* a day from its first visit on that day until it has told what followed that day's visits, which it does when
 * its own clock passes midnight. A day that somebody owes is not closed yet.
 * What leaves is written as records into one block of bytes first: a whole day's may be more than the outbox holds, and the
 * capture thread must not wait for the publisher.
 */
#include "sensor/releases.h"

#include "common/log.h"
#include "common/text.h"
#include "sensor/byte_writer.h"
#include "sensor/ledger_file.h"
#include "sensor/site_ledger.h"
#include "sensor/withheld.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define WORKERS_MOST 8
#define RUN_EVERY_NS (200 * NS_PER_MS)
#define CHECKPOINT_EVERY_NS (60 * NS_PER_S)
#define LATE_NS (60 * NS_PER_S)         /* after midnight, for what is still in the rings */
#define PATIENCE_NS (600 * NS_PER_S)    /* with a worker that owes a day */
#define OUTBOX_SHARE 2048               /* records of ours that may wait in it */

struct debtor {
    pthread_t worker;
    char day[11]; /* ""; none */
    uint64_t lost; /* of its visits and contacts, when its last day ended */
};

/* Where something may find no room: what was missing when the last day ended. */
struct losses {
    uint64_t visits, sites, withheld;
};

struct releases {
    struct releases_options o;
    pthread_mutex_t lock;
    struct site_ledger *sites;
    struct withheld *withheld;
    struct ledger_file *file;
    struct debtor debtors[WORKERS_MOST];
    uint32_t debtors_len;
    struct byte_writer out; /* records that leave; those before out_at are handed out */
    size_t out_at;
    bool changed; /* since the last checkpoint */
    uint64_t ran_ns, saved_ns;
    struct losses told;
    char told_day[11];
};

/* What leaves ----------------------------------------------------------------------------------------------------- */

static void hand_in(struct releases *r, const union sighting *s)
{
    if (r->o.live)
        writer_bytes(&r->out, s, s->head.bytes);
    else
        outbox_put(r->o.outbox, s); /* which waits for room in a replay */
}

static void clean(char *out, size_t size, const char *text)
{
    text_clean(text, strlen(text), out, size);
}

static void on_site(void *context, const struct period *p, const struct ledger_site *site)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_SITE);
    s.site.visits = site->visits;
    s.site.devices = site_devices(site);
    memcpy(s.site.period, p->name, sizeof(s.site.period));
    clean(s.site.site, sizeof(s.site.site), site->site);
    hand_in(context, &s);
}

static void on_pair(void *context, const struct period *p, const struct ledger_pair *pair, enum evidence_verdict verdict)
{
    union sighting s;
    const struct attribution_tracker *t = &pair->tracker;
    sighting_begin(&s, SIGHTING_PAIR);
    s.pair.counts = pair->counts;
    s.pair.purpose = (uint8_t)t->purpose;
    s.pair.verdict = (uint8_t)verdict;
    memcpy(s.pair.period, p->name, sizeof(s.pair.period));
    memcpy(s.pair.country, t->country, sizeof(s.pair.country));
    clean(s.pair.site, sizeof(s.pair.site), pair->site);
    clean(s.pair.host, sizeof(s.pair.host), t->host);
    clean(s.pair.tracker, sizeof(s.pair.tracker), t->tracker[0] ? t->tracker : t->matched);
    clean(s.pair.organisation, sizeof(s.pair.organisation), t->organisation);
    hand_in(context, &s);
}

/* When a local day began, by its hour. */
static uint64_t first_hour_s(const char *day)
{
    int32_t number = period_day_number(day);
    time_t utc = (time_t)number * 86400;
    struct tm t;
    gmtime_r(&utc, &t);
    t.tm_isdst = -1;
    time_t midnight = mktime(&t);
    return midnight > 0 ? (uint64_t)midnight / 3600 * 3600 : 0;
}

static void on_contact(void *context, const struct period *p, const struct source *source, enum evidence evidence, uint32_t connections)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_CONTACT);
    struct sighting_contact *out = &s.contact;
    memcpy(out->day, p->last, sizeof(out->day));
    out->hour_s = first_hour_s(p->last);
    out->connections = connections;
    out->evidence = (uint8_t)evidence;
    out->purpose = PURPOSE_OTHER;
    if (source) {
        out->purpose = (uint8_t)source->purpose;
        clean(out->tracker, sizeof(out->tracker), source->tracker);
        clean(out->organisation, sizeof(out->organisation), source->organisation);
        clean(out->feed, sizeof(out->feed), source->feed);
        clean(out->matched, sizeof(out->matched), source->matched);
    }
    hand_in(context, &s);
}

/* To the outbox, as far as it has room. */
static void hand_out(struct releases *r)
{
    while (r->out_at < r->out.len && outbox_counts(r->o.outbox).waiting < OUTBOX_SHARE) {
        union sighting s;
        struct sighting_head head;
        memcpy(&head, r->out.bytes + r->out_at, sizeof(head));
        memcpy(&s, r->out.bytes + r->out_at, head.bytes);
        r->out_at += head.bytes;
        outbox_put(r->o.outbox, &s);
    }
    if (r->out_at < r->out.len)
        return;
    free(r->out.bytes);
    r->out = (struct byte_writer){0};
    r->out_at = 0;
}

/* The checkpoint -------------------------------------------------------------------------------------------------- */

static void checkpoint(struct releases *r)
{
    struct byte_writer w = {0};
    size_t sites_len = 0, withheld_len = 0;
    if (!r->file || !r->changed)
        return;
    uint8_t *sites = site_ledger_save(r->sites, &sites_len), *kept = withheld_save(r->withheld, &withheld_len);
    writer_u32be(&w, (uint32_t)sites_len);
    writer_bytes(&w, sites, sites ? sites_len : 0);
    writer_u32be(&w, (uint32_t)withheld_len);
    writer_bytes(&w, kept, kept ? withheld_len : 0);
    if (sites && kept && !w.failed && ledger_file_write(r->file, w.bytes, w.len) == 0)
        r->changed = false;
    free(sites);
    free(kept);
    free(w.bytes);
}

static bool load(struct releases *r, const uint8_t *state, size_t n)
{
    struct byte_reader all = reader_over(state, n);
    struct byte_reader sites = reader_sub(&all, reader_u32be(&all));
    struct byte_reader kept = reader_sub(&all, reader_u32be(&all));
    return !all.short_read && reader_left(&all) == 0 && site_ledger_load(r->sites, &sites) && reader_left(&sites) == 0 &&
           withheld_load(r->withheld, &kept) && reader_left(&kept) == 0;
}

static bool make_ledgers(struct releases *r)
{
    const struct ledger_outlet outlet = {.on_site = on_site, .on_pair = on_pair, .context = r};
    const struct withheld_outlet kept = {.on_contact = on_contact, .context = r};
    r->sites = site_ledger_new(r->o.k, &outlet);
    r->withheld = withheld_new(r->o.k, &kept);
    return r->sites && r->withheld;
}

static bool open_checkpoint(struct releases *r)
{
    uint8_t *state;
    size_t n;
    if (!r->o.run_dir)
        return true;
    if (ledger_file_open(r->o.run_dir, &r->file, &state, &n) < 0)
        return false;
    bool loaded = !state || load(r, state, n);
    free(state);
    if (loaded)
        return true;
    ledger_file_reject(r->file);
    site_ledger_free(r->sites);
    withheld_free(r->withheld);
    return make_ledgers(r);
}

struct releases *releases_new(const struct releases_options *options)
{
    struct releases *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    pthread_mutex_init(&r->lock, NULL);
    r->o = *options;
    if (make_ledgers(r) && open_checkpoint(r))
        return r;
    releases_free(r);
    return NULL;
}

void releases_free(struct releases *r)
{
    if (!r)
        return;
    site_ledger_free(r->sites);
    withheld_free(r->withheld);
    ledger_file_close(r->file);
    free(r->out.bytes);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* The workers' side ----------------------------------------------------------------------------------------------- */

/* The local day of a moment of the capture's clock. False while nobody knows. */
static bool day_of(const struct releases *r, uint64_t now_ns, char day[11])
{
    struct local_time local;
    if (r->o.live && !clock_is_believed(r->o.clock_wait_s))
        return false;
    clock_local(r->o.live ? clock_wall_of_steady(now_ns) : now_ns, &local);
    memcpy(day, local.day, sizeof(local.day));
    return true;
}

static struct debtor *debtor(struct releases *r)
{
    for (uint32_t i = 0; i < r->debtors_len; i++)
        if (pthread_equal(r->debtors[i].worker, pthread_self()))
            return &r->debtors[i];
    if (r->debtors_len == WORKERS_MOST)
        return NULL;
    r->debtors[r->debtors_len] = (struct debtor){.worker = pthread_self()};
    return &r->debtors[r->debtors_len++];
}

void releases_visit(struct releases *r, uint32_t site, const struct device *d, uint64_t now_ns)
{
    char day[11];
    if (!day_of(r, now_ns, day))
        return;
    pthread_mutex_lock(&r->lock);
    struct debtor *who = debtor(r);
    if (who && who->day[0] == '\0')
        memcpy(who->day, day, sizeof(who->day));
    site_ledger_visit(r->sites, day, site_at(r->o.sites, site)->site, &d->key);
    r->changed = true;
    pthread_mutex_unlock(&r->lock);
}

static void copy(char *out, size_t size, const char *text)
{
    out[0] = '\0';
    if (text)
        text_clean(text, strlen(text), out, size);
}

static void source_of(const struct contact *c, struct source *out)
{
    memset(out, 0, sizeof(*out));
    copy(out->tracker, sizeof(out->tracker), c->match.owner.tracker);
    copy(out->organisation, sizeof(out->organisation), c->match.owner.organisation);
    copy(out->feed, sizeof(out->feed), c->match.feed);
    out->purpose = c->match.owner.purpose;
    if (c->match.registrable && !c->chain_on_site)
        copy(out->matched, sizeof(out->matched), c->match.matched);
}

bool releases_told(struct releases *r, const struct contact *c, const struct device *d)
{
    char day[11];
    struct source source;
    if (!r->o.withhold || !day_of(r, c->first_ns, day))
        return true;
    source_of(c, &source);
    pthread_mutex_lock(&r->lock);
    bool told = withheld_told(r->withheld, day, &source, &d->key, c->evidence, c->connections);
    r->changed = true;
    pthread_mutex_unlock(&r->lock);
    return told;
}

void releases_withheld(struct releases *r, const struct contact *c, const struct device *d)
{
    char day[11];
    struct source source;
    if (!day_of(r, c->first_ns, day))
        return;
    source_of(c, &source);
    pthread_mutex_lock(&r->lock);
    withheld_note(r->withheld, day, &source, &d->key);
    r->changed = true;
    pthread_mutex_unlock(&r->lock);
}

void releases_closed(struct releases *r, const struct contact *c)
{
    char day[11];
    struct source source;
    if (!c->withheld || !day_of(r, c->first_ns, day))
        return;
    source_of(c, &source);
    pthread_mutex_lock(&r->lock);
    withheld_keep(r->withheld, day, &source, c->evidence, c->connections);
    r->changed = true;
    pthread_mutex_unlock(&r->lock);
}

/* What a worker's attribution says of its day. Evaluating takes a while; the lock is taken for each pair only, so that the capture thread and the
 * other workers never wait for all of it. */
struct telling {
    struct releases *r;
    const char *day;
};

static void on_counts(void *context, uint32_t site, const struct attribution_tracker *tracker, const struct moment_counts *counts)
{
    const struct telling *t = context;
    pthread_mutex_lock(&t->r->lock);
    site_ledger_pair(t->r->sites, t->day, site_at(t->r->o.sites, site)->site, tracker, counts);
    pthread_mutex_unlock(&t->r->lock);
}

static void close_before(struct releases *r, const char *day)
{
    site_ledger_close_before(r->sites, day);
    withheld_close_before(r->withheld, day);
    r->changed = true;
}

void releases_day(struct releases *r, struct findings *f, const char *day)
{
    char owed[11], next[11];
    pthread_mutex_lock(&r->lock);
    struct debtor *who = debtor(r);
    memcpy(owed, who && who->day[0] ? who->day : day, sizeof(owed));
    pthread_mutex_unlock(&r->lock);
    /* The day stays owed meanwhile, so that nobody closes it. */
    struct telling t = {.r = r, .day = owed};
    attribution_close(findings_attribution(f), on_counts, &t);
    pthread_mutex_lock(&r->lock);
    who = debtor(r);
    if (who) {
        who->day[0] = '\0';
        who->lost = attribution_lost(findings_attribution(f));
    }
    r->changed = true;
    if (!r->o.live && r->o.workers == 1 && period_day_number(owed) >= 0) {
        period_day_moved(owed, 1, next);
        close_before(r, next);
    }
    pthread_mutex_unlock(&r->lock);
}

/* The capture thread's side --------------------------------------------------------------------------------------- */

/* Once a day, and only that there was a loss: how much is lost moves with visits, and the log is read by people who are not to see those. */
static void tell_of_losses(struct releases *r, const char *day)
{
    struct losses now = {.sites = site_ledger_lost(r->sites), .withheld = withheld_lost(r->withheld)};
    for (uint32_t i = 0; i < r->debtors_len; i++)
        now.visits += r->debtors[i].lost;
    if (strcmp(day, r->told_day) == 0)
        return;
    snprintf(r->told_day, sizeof(r->told_day), "%s", day);
    if (now.visits > r->told.visits)
        log_warning("sites: the table of what followed visits was full: figures of support sites are further below what happened than usual");
    if (now.sites > r->told.sites)
        log_warning("sites: the table of support sites and trackers was full: some figures of support sites are missing");
    if (now.withheld > r->told.withheld)
        log_warning("sites: the table of withheld contacts was full: some contacts are missing from the days' totals");
    r->told = now;
}

static bool is_owed(const struct releases *r, const char *before)
{
    for (uint32_t i = 0; i < r->debtors_len; i++)
        if (r->debtors[i].day[0] && strcmp(r->debtors[i].day, before) < 0)
            return true;
    return false;
}

/* Closes the days that ended at least so long ago. */
static void close_old_days(struct releases *r)
{
    struct local_time late, later;
    uint64_t wall_ns = clock_wall_ns();
    clock_local(wall_ns - LATE_NS, &late);
    clock_local(wall_ns - PATIENCE_NS, &later);
    close_before(r, is_owed(r, late.day) ? later.day : late.day);
}

void releases_run(struct releases *r)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (!r->o.live || now_ns < r->ran_ns + RUN_EVERY_NS)
        return;
    r->ran_ns = now_ns;
    pthread_mutex_lock(&r->lock);
    bool was_empty = r->out.len == 0, had_changed = r->changed;
    if (clock_is_believed(r->o.clock_wait_s)) {
        close_old_days(r);
        struct local_time late;
        clock_local(clock_wall_ns() - LATE_NS, &late);
        tell_of_losses(r, late.day);
    }
    r->changed = had_changed || r->out.len > 0;
    if (now_ns >= r->saved_ns + CHECKPOINT_EVERY_NS || (was_empty && r->out.len > 0)) { /* what has left must not leave twice */
        r->saved_ns = now_ns;
        checkpoint(r);
    }
    hand_out(r);
    pthread_mutex_unlock(&r->lock);
}

bool releases_finish(struct releases *r, int timeout_ms)
{
    uint64_t deadline_ns = clock_monotonic_ns() + (uint64_t)timeout_ms * NS_PER_MS;
    pthread_mutex_lock(&r->lock);
    if (!r->o.live) {
        site_ledger_close_all(r->sites);
        withheld_close_all(r->withheld);
        tell_of_losses(r, "end");
    }
    checkpoint(r);
    for (hand_out(r); r->out.len > 0 && clock_monotonic_ns() < deadline_ns; hand_out(r))
        outbox_drain(r->o.outbox, 100);
    bool all = r->out.len == 0;
    pthread_mutex_unlock(&r->lock);
    return all;
}
