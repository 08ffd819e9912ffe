/* collect_leaks.c -- see collect_leaks.h.
 *
 * Each worker has its own rows; rows that read the same after they were guarded are one. Devices of different workers are different
 * devices, but a page that is known to two workers by few devices each is still shown as its site: that errs on the quiet side.
 */
#include "cli/collect_leaks.h"

#include "sensor/leaks.h"

#include <stdlib.h>
#include <string.h>

static bool has_leak(const struct capture_report *report, const struct leak_row *row, const char *page)
{
    for (size_t i = 0; i < report->leaks_len; i++) {
        const struct report_leak *l = &report->leaks[i];
        if (strcmp(l->host, row->host) == 0 && strcmp(l->parameter, row->parameter) == 0 && strcmp(l->page, page) == 0)
            return true;
    }
    return false;
}

static bool is_shown(const struct capture_report *report, const char *site)
{
    for (size_t i = 0; i < report->sites_len; i++)
        if (report->sites[i].site && strcmp(report->sites[i].site, site) == 0)
            return true;
    return false;
}

static bool add_leak(struct capture_report *report, unsigned smallest_group, const struct leak_row *row,
                     const struct site_set *sites)
{
    const char *site = row->site != SITE_NONE ? site_at(sites, row->site)->site : NULL, *page = row->page;
    if (smallest_group > 0 && (!site || !is_shown(report, site)))
        return true;
    if (row->devices < smallest_group)
        page = row->origin;
    if (has_leak(report, row, page))
        return true;
    char *texts[] = {site ? strdup(site) : NULL, strdup(row->host), strdup(row->parameter), strdup(page)};
    struct report_leak *l =
        (texts[0] || !site) && texts[1] && texts[2] && texts[3] ? capture_report_add_leak(report) : NULL;
    if (l)
        *l = (struct report_leak){
            .site = texts[0], .host = texts[1], .parameter = texts[2], .page = texts[3], .via = "http"};
    for (size_t i = 0; !l && i < 4; i++)
        free(texts[i]);
    return l;
}

bool collect_leaks(struct capture_report *report, unsigned smallest_group, const struct pipeline *p,
                   const struct site_set *sites)
{
    bool ok = true;
    for (int i = 0; i < pipeline_workers(p); i++) {
        const struct leaks *leaks = findings_leaks(worker_findings(pipeline_worker(p, i)));
        for (uint32_t k = 0; leaks && k < leaks_count(leaks); k++) {
            struct leak_row row = leaks_row(leaks, k);
            ok &= add_leak(report, smallest_group, &row, sites);
        }
    }
    return ok;
}
