/* evidence_capture.c -- the model of an evidence pack from recordings of one's own device: see evidence.h.
 *
 * A recording may hold a whole network. A pack leaves the house, so the rule of exports holds for it: ten distinct devices at the site,
 * unless there is only one device in the recording at all, which is then one's own (a staff test), or it is a demo.
 */
#include "cli/evidence.h"

#include "cli/replay_report.h"
#include "common/clock.h"
#include "common/log.h"
#include "feeds/feed.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const char *text)
{
    return text && *text ? strdup(text) : NULL;
}

static const struct report_site *site_of(const struct capture_report *r, const char *site)
{
    for (size_t i = 0; i < r->sites_len; i++)
        if (strcmp(r->sites[i].site, site) == 0)
            return &r->sites[i];
    return NULL;
}

static bool add_tracker(struct site_evidence *e, const struct report_disclosure *d)
{
    struct site_evidence_tracker *t = site_evidence_add_tracker(e);
    if (!t || !(t->host = copy(d->host)))
        return false;
    t->tracker = copy(d->tracker);
    t->organisation = copy(d->organisation);
    t->role = d->role;
    t->purpose = d->purpose;
    t->days = d->days;
    t->days_with = d->days_with;
    t->result = d->result;
    memcpy(t->delays, d->delays, sizeof(t->delays));
    return true;
}

static bool fill(struct site_evidence *e, const struct capture_report *r, const struct report_site *s)
{
    struct local_time first, last;
    clock_local(r->first_ns, &first);
    clock_local(r->last_ns, &last);
    struct site_evidence_period *p = site_evidence_add_period(e);
    if (!p)
        return false;
    memcpy(p->first, first.day, sizeof(p->first));
    memcpy(p->last, last.day, sizeof(p->last));
    memcpy(e->from, first.day, sizeof(e->from));
    memcpy(e->to, last.day, sizeof(e->to));
    char name[32];
    bool one_day = strcmp(first.day, last.day) == 0;
    snprintf(name, sizeof(name), "%s%s%s", first.day, one_day ? "" : " to ", one_day ? "" : last.day);
    p->name = copy(name);
    p->visits = e->visits = s->visits;
    e->flows = r->flows;
    e->named = r->named;
    e->lost = r->dropped;
    bool ok = p->name != NULL;
    for (size_t i = 0; ok && i < s->disclosures_len; i++)
        ok = add_tracker(e, &s->disclosures[i]);
    return ok;
}

static int check(const struct evidence_request *q, const struct capture_report *r, const struct report_site *s)
{
    struct local_time first, last;
    clock_local(r->first_ns, &first);
    clock_local(r->last_ns, &last);
    if (!s) {
        log_error("%s was not visited in the recording: nothing can be said about it", q->site.site);
        return EXIT_SOME_FAILED;
    }
    if ((q->from[0] && strcmp(first.day, q->from) < 0) || (q->to[0] && strcmp(last.day, q->to) > 0)) {
        log_error("the recording is of %s to %s, which is not within --from and --to", first.day, last.day);
        return EXIT_SOME_FAILED;
    }
    if (r->devices_len > 1 && s->devices < COLLECT_SMALLEST_GROUP && !q->config->demo) {
        log_error("%s: fewer than %d devices of the recording's many visited it, so a pack could point at one; record one device of your own", q->site.site, COLLECT_SMALLEST_GROUP);
        return EXIT_SOME_FAILED;
    }
    return EXIT_DONE;
}

int evidence_from_captures(const struct evidence_request *q, struct site_evidence *e)
{
    struct capture_report report;
    struct replay_request replay = {.trackers = q->lists->trackers, .sites = q->lists->sites, .view = COLLECT_EVERYTHING, .visit_gap_s = (uint64_t)q->config->visit_gap_s};
    capture_report_init(&report);
    int status = replay_report(&replay, q->captures.len, q->captures.paths, &report);
    const struct report_site *s = site_of(&report, q->site.site);
    if (report.packets == 0 && report.files_failed > 0)
        status = EXIT_SOME_FAILED; /* said already */
    else if (status == EXIT_DONE)
        status = check(q, &report, s);
    e->source = SITE_EVIDENCE_CAPTURE;
    e->k = report.devices_len > 1 && !q->config->demo ? COLLECT_SMALLEST_GROUP : 0;
    if (status == EXIT_DONE && !fill(e, &report, s)) {
        log_error("out of memory");
        status = EXIT_SOME_FAILED;
    }
    capture_report_fini(&report);
    return status;
}
