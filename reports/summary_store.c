/* summary_store.c -- see summary_store.h.
 *
 * Redis is believed no further than a file would be: a field counts when its name and its number can be read. The store counts
 * contacts by company, by tracker and by purpose, each for itself; which tracker is whose and for what comes from the lists in
 * force today, so that a tracker that has left the lists keeps its count and loses its owner. Coverage is added up over the days that have it; where none
 * has (a replay, a store of an older version), health's figures of the sensor's run are shown with the days that they stand for, or none.
 */
#include "reports/summary_store.h"

#include "common/clock.h"
#include "feeds/feed.h"
#include "feeds/sites.h"
#include "reports/days.h"
#include "reports/summary_proof.h"
#include "reports/summary_sites.h"
#include "store/reader.h"
#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct filling {
    struct day_summary *summary;
    const struct summary_request *request;
    struct summary_day *day;
    uint64_t demo_days;
    bool rows;            /* the devices are wanted one by one */
    uint64_t health[STORE_FIGURE_COUNT];
    bool has_health;
};

/* A number and nothing else. */
static bool read_count(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

static const char *after(const char *text, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* One day's counters ------------------------------------------------------------------------------------------------- */

static void take_tracker(struct filling *f, const char *name, uint64_t n)
{
    const char *company = NULL;
    unsigned purposes = 0;
    if (f->request->feeds)
        feed_set_tracker(f->request->feeds, name, &company, &purposes);
    struct summary_tracker *t = day_summary_tracker(f->summary, name, company, purposes, n);
    if (t && t->first_day[0] == '\0') {
        snprintf(t->first_day, sizeof(t->first_day), "%s", f->day->day);
        t->fresh = true; /* until an earlier day says otherwise */
    }
}

static void take_hour(struct filling *f, const char *hour, uint64_t n)
{
    uint64_t at;
    if (!read_count(hour, &at) || at > 23)
        return;
    f->summary->by_hour[at] += n;
    f->summary->by_hour_rounded[at] += (n + SUMMARY_HOUR_STEP / 2) / SUMMARY_HOUR_STEP * SUMMARY_HOUR_STEP;
}

static void on_day(void *context, const char *name, const char *value)
{
    struct filling *f = context;
    struct day_summary *s = f->summary;
    enum purpose purpose;
    enum evidence evidence;
    const char *word;
    uint64_t n;
    if (strcmp(name, "demo") == 0) {
        f->demo_days++;
        s->demo = true;
    }
    if (!read_count(value, &n))
        return;
    if (strcmp(name, "contacts") == 0) {
        f->day->contacts = n;
        s->contacts += n;
    } else if ((word = after(name, "contacts:purpose:"))) {
        if (purpose_from_word(word, &purpose))
            s->by_purpose[purpose] += n;
    } else if ((word = after(name, "contacts:evidence:"))) {
        if (evidence_from_word(word, &evidence))
            s->by_evidence[evidence] += n;
    } else if ((word = after(name, "contacts:tracker:"))) {
        take_tracker(f, word, n);
    } else if ((word = after(name, "contacts:organisation:"))) {
        day_summary_company(s, word, 0, n);
    } else if ((word = after(name, "contacts:country:"))) {
        day_summary_country(s, word, n);
    } else if ((word = after(name, "contacts:hour:"))) {
        take_hour(f, word, n);
    }
}

/* `<pseudonym>`; what is counted by purpose is passed over. */
static void on_device(void *context, const char *name, const char *value)
{
    struct filling *f = context;
    uint64_t n;
    if (strchr(name, ':') || !read_count(value, &n) || n == 0)
        return;
    f->day->devices++;
    if (f->rows)
        day_summary_device(f->summary, name, n);
}

static void on_label(void *context, const char *device, const char *label)
{
    day_summary_label(context, device, label);
}

/* A day on which the sensor listened and nothing was contacted is a day all the same. */
static void record(struct filling *f)
{
    f->summary->recorded += !f->day->recorded;
    f->day->recorded = true;
    f->day->devices = 0;
}

#define H(f, name) ((f)->health[STORE_FIGURE_##name])

static void add_machinery(struct filling *f, struct summary_coverage *c)
{
    static const enum store_figure blind[BLIND_COUNT] = {STORE_FIGURE_BLIND_ECH,   STORE_FIGURE_BLIND_DOH, STORE_FIGURE_BLIND_DOT,
                                                         STORE_FIGURE_BLIND_DOQ,   STORE_FIGURE_BLIND_RELAY, STORE_FIGURE_BLIND_VPN,
                                                         STORE_FIGURE_BLIND_NO_NAME, STORE_FIGURE_BLIND_INCOMPLETE};
    c->flows += H(f, FLOWS);
    c->named += H(f, NAMED);
    c->gaps += H(f, GAPS);
    c->gap_seconds += H(f, GAP_SECONDS);
    c->names_seen += H(f, NAMES_SEEN);
    c->names_along += H(f, NAMES_ALONG);
    for (int b = 0; b < BLIND_COUNT; b++)
        c->blind[b] += f->health[blind[b]];
    c->lost += H(f, KERNEL_DROPPED) + H(f, RING_FULL);
    c->unreadable += H(f, UNDECODABLE_TRUNCATED) + H(f, UNDECODABLE_MALFORMED);
    c->sightings_lost += H(f, SIGHTINGS_DROPPED) + H(f, SIGHTINGS_REFUSED);
}

static void on_figure(void *context, const char *name, const char *value)
{
    struct filling *f = context;
    int which = store_figure_from_name(name);
    if (which >= 0 && read_count(value, &f->health[which]))
        f->has_health = true;
}

static void forget_figures(struct filling *f)
{
    memset(f->health, 0, sizeof(f->health));
    f->has_health = false;
}

static int read_coverage(struct filling *f, const char *day)
{
    struct summary_coverage *c = &f->summary->coverage;
    forget_figures(f);
    int rc = store_reader_coverage(f->request->reader, day, on_figure, f);
    if (rc < 0 || !f->has_health)
        return rc == -ENOENT || rc == -EPERM ? 0 : rc;
    record(f);
    c->scope = SUMMARY_OF_PERIOD;
    c->days++;
    f->day->covered = true;
    f->day->flows = H(f, FLOWS);
    f->day->named = H(f, NAMED);
    add_machinery(f, c);
    return 0;
}

static int read_day(struct filling *f, int32_t number)
{
    char day[DAYS_TEXT];
    days_text(number, day);
    if (!(f->day = day_summary_day(f->summary, day)))
        return -ENOMEM;
    int rc = read_coverage(f, day);
    if (rc < 0 || (rc = store_reader_day(f->request->reader, day, on_day, f)) == -ENOENT)
        return rc == -ENOENT ? 0 : rc;
    if (rc < 0)
        return rc;
    record(f);
    rc = store_reader_devices(f->request->reader, day, on_device, f);
    if (rc == 0 && f->rows && f->request->labels && (rc = store_reader_labels(f->request->reader, day, on_label, f->summary)) == -ENOENT)
        rc = 0;
    if (rc != -ENOENT)
        return rc;
    f->day->devices = -1; /* kept for a shorter time than the day */
    return 0;
}

/* What is new -------------------------------------------------------------------------------------------------------- */

static void on_earlier_day(void *context, const char *name, const char *value)
{
    struct day_summary *s = context;
    const char *tracker = after(name, "contacts:tracker:");
    (void)value;
    for (size_t i = 0; tracker && i < s->trackers_len; i++)
        if (s->trackers[i].name && strcmp(s->trackers[i].name, tracker) == 0)
            s->trackers[i].fresh = false;
}

static int read_earlier(struct filling *f, int32_t first)
{
    for (int32_t n = first - 1; n >= first - SUMMARY_DAYS_MOST && n > 365; n--) {
        char day[DAYS_TEXT];
        days_text(n, day);
        int rc = store_reader_day(f->request->reader, day, on_earlier_day, f->summary);
        if (rc < 0 && rc != -ENOENT)
            return rc;
        f->summary->earlier_days += rc == 0;
    }
    for (size_t i = 0; f->summary->earlier_days == 0 && i < f->summary->trackers_len; i++)
        f->summary->trackers[i].fresh = false; /* nothing to compare with */
    return 0;
}

/* Support sites ------------------------------------------------------------------------------------------------------ */

static int read_sites(struct filling *f, int32_t first, int32_t last)
{
    struct released r = {0};
    struct proofs kept;
    int rc = released_read_days(&r, f->request->reader, first, last);
    if (rc == 0)
        day_summary_sites(f->summary, &r, f->request->sites);
    released_fini(&r);
    if (rc == 0 && f->request->socket && (rc = proofs_read(&kept, f->request->socket, f->request->installation, NULL)) == 0) {
        day_summary_proofs(f->summary, &kept);
        proofs_fini(&kept);
    }
    return rc;
}

/* The machinery ------------------------------------------------------------------------------------------------------ */

/* Only when the sensor's run and these days have time in common; a replay has no time of its own. */
static bool reaches(struct filling *f, struct summary_coverage *c)
{
    struct local_time started, updated;
    clock_local(H(f, STARTED) * NS_PER_S, &started);
    clock_local(H(f, UPDATED) * NS_PER_S, &updated);
    if (f->summary->demo)
        return true;
    memcpy(c->since, started.day, sizeof(c->since));
    memcpy(c->until, updated.day, sizeof(c->until));
    return strcmp(c->since, f->summary->last_day) <= 0 && strcmp(c->until, f->summary->first_day) >= 0;
}

/* Of days whose coverage nobody counted: what the sensor says of its whole run, if it was running then. */
static int read_health(struct filling *f)
{
    struct summary_coverage *c = &f->summary->coverage;
    if (c->scope == SUMMARY_OF_PERIOD)
        return 0;
    forget_figures(f);
    int rc = store_reader_health(f->request->reader, on_figure, f);
    if (rc == 0 && (rc = store_reader_ledger(f->request->reader, on_figure, f)) < 0 && (rc == -ENOENT || rc == -EPERM))
        rc = 0; /* without names, then */
    if (rc < 0)
        return rc == -ENOENT || rc == -EPERM ? 0 : rc;
    if (!f->has_health || !reaches(f, c))
        return 0;
    c->scope = SUMMARY_SINCE_START;
    add_machinery(f, c);
    return 0;
}

/* All of it ---------------------------------------------------------------------------------------------------------- */

static void begin(struct day_summary *s, const struct summary_request *q)
{
    struct local_time now;
    day_summary_least(s, q->k);
    clock_local(clock_wall_ns(), &now);
    memcpy(s->made_on, now.day, sizeof(s->made_on));
    snprintf(s->first_day, sizeof(s->first_day), "%s", q->first_day);
    snprintf(s->last_day, sizeof(s->last_day), "%s", q->last_day);
    s->source = strdup(q->installation);
    s->feeds = q->feeds ? strdup(feed_set_provenance(q->feeds)) : NULL;
    if (!s->source || (q->feeds && !s->feeds))
        s->rc = -ENOMEM;
}

/* Companies and what their trackers are for. */
static void join_purposes(struct day_summary *s)
{
    for (size_t i = 0; i < s->trackers_len; i++)
        for (size_t c = 0; s->trackers[i].company && c < s->companies_len; c++)
            if (s->companies[c].name && strcmp(s->companies[c].name, s->trackers[i].company) == 0)
                s->companies[c].purposes |= s->trackers[i].purposes;
}

int day_summary_from_store(struct day_summary *s, const struct summary_request *q)
{
    struct filling f = {.summary = s, .request = q, .rows = strcmp(q->first_day, q->last_day) == 0};
    int32_t first, last;
    int rc = 0;
    if (!days_number(q->first_day, &first) || !days_number(q->last_day, &last) || first > last || last - first >= SUMMARY_DAYS_MOST)
        return -EINVAL;
    begin(s, q);
    for (int32_t n = first; rc == 0 && n <= last; n++)
        rc = read_day(&f, n);
    s->exact = f.demo_days > 0 && f.demo_days == s->recorded;
    if (rc < 0 || (rc = read_earlier(&f, first)) < 0 || (rc = read_sites(&f, first, last)) < 0 || (rc = read_health(&f)) < 0)
        return rc;
    join_purposes(s);
    day_summary_finish(s);
    return s->rc;
}

int day_summary_coverage(struct day_summary *s, struct store_reader *reader, const char *first_day, const char *last_day)
{
    struct summary_request q = {.reader = reader, .first_day = first_day, .last_day = last_day};
    struct filling f = {.summary = s, .request = &q};
    int32_t first, last;
    int rc = 0;
    if (!days_number(first_day, &first) || !days_number(last_day, &last))
        return -EINVAL;
    if (last - first >= SUMMARY_DAYS_MOST)
        first = last - SUMMARY_DAYS_MOST + 1;
    for (int32_t n = first; rc == 0 && n <= last; n++)
        rc = read_day(&f, n);
    return rc < 0 ? rc : s->rc;
}
