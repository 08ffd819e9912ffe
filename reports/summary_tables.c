/* summary_tables.c -- see summary_tables.h.
 *
 * Of more than a month the chart and the table of days have weeks, which are added up here; nothing else is.
 */
#include "reports/summary_tables.h"

#include "common/period.h"
#include "reports/days.h"
#include "reports/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_EACH 31 /* of more, weeks are shown */

static size_t shown(size_t len, unsigned rows)
{
    return rows > 0 && len > rows ? rows : len;
}

void summary_tables_hours(const struct day_summary *s, struct document *d)
{
    document_add_chart(d, s->exact ? "Contacts by hour" : "Contacts by hour, rounded to tens", day_summary_is_range(s), "Hour", "Contacts");
    for (unsigned hour = 0; hour < 24; hour++) {
        char label[8];
        snprintf(label, sizeof(label), "%02u", hour);
        document_add_bar(d, label, day_summary_hour(s, hour));
    }
}

/* A day, or a week's days together. */
struct stretch {
    char name[PERIOD_NAME_MAX], label[16];
    uint64_t recorded, contacts, flows, named;
    int64_t devices; /* of the day that had most; -1: not kept */
    bool covered;
};

static void label_of(const struct day_summary *s, const struct summary_day *day, struct stretch *out)
{
    static const char weekdays[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    int32_t number = 0;
    days_number(day->day, &number);
    memcpy(out->name, day->day, sizeof(out->name));
    const char *of_month = day->day + 8, *weekday = weekdays[(number + 3) % 7]; /* day 0 was a Thursday */
    snprintf(out->label, sizeof(out->label), "%s%s%s", s->days_len <= 7 ? weekday : "", s->days_len <= 7 ? " " : "", of_month);
}

static bool same_week(const struct stretch *before, const struct period *week)
{
    return strcmp(before->name, week->name) == 0;
}

/* Of each day, or of each week; *n of them, to free(). NULL: memory is out. */
static struct stretch *stretches_of(const struct day_summary *s, size_t *n)
{
    struct stretch *all = calloc(s->days_len + 1, sizeof(*all));
    bool weeks = s->days_len > DAYS_EACH;
    *n = 0;
    for (size_t i = 0; all && i < s->days_len; i++) {
        const struct summary_day *day = &s->days[i];
        struct period week;
        if (!weeks || !period_of(day->day, PERIOD_WEEK, &week) || *n == 0 || !same_week(&all[*n - 1], &week)) {
            all[*n].devices = -1;
            if (weeks && period_of(day->day, PERIOD_WEEK, &week)) {
                memcpy(all[*n].name, week.name, sizeof(week.name));
                memcpy(all[*n].label, week.name + 5, sizeof(week.name) - 5);
            } else {
                label_of(s, day, &all[*n]);
            }
            ++*n;
        }
        struct stretch *to = &all[*n - 1];
        to->recorded += day->recorded;
        to->contacts += day->contacts;
        to->devices = day->recorded && day->devices > to->devices ? day->devices : to->devices;
        to->covered |= day->covered;
        to->flows += day->flows;
        to->named += day->named;
    }
    return all;
}

void summary_tables_days_chart(const struct day_summary *s, struct document *d)
{
    size_t n;
    struct stretch *all = stretches_of(s, &n);
    bool weeks = s->days_len > DAYS_EACH;
    if (!all)
        d->rc = -ENOMEM;
    document_add_chart(d, weeks ? "Contacts from week to week" : "Contacts from day to day", true, weeks ? "Week" : "Day", "Contacts");
    for (size_t i = 0; all && i < n; i++)
        document_add_bar(d, all[i].label, all[i].contacts);
    free(all);
}

void summary_tables_days(const struct day_summary *s, unsigned rows, struct document *d)
{
    bool weeks = s->days_len > DAYS_EACH;
    const struct document_column columns[] = {{weeks ? "Week" : "Day", false, 6}, {"Contacts", true, 6}, {"Devices", true, 6}, {"Names seen", true, 6}};
    char devices[PAGE_NUMBER_BYTES], share[24];
    size_t all_len, n;
    struct stretch *all = stretches_of(s, &all_len);
    if (!all)
        d->rc = -ENOMEM;
    n = all ? shown(all_len, rows > 0 && rows < 7 ? 7 : rows) : 0; /* never less than a week */
    document_add_table(d, weeks ? "Contacts by week; devices of its fullest day" : "Contacts by day", true, columns, 4);
    for (size_t i = 0; i < n; i++) {
        struct summary_day sum = {.covered = all[i].covered, .flows = all[i].flows, .named = all[i].named};
        const char *count = all[i].recorded == 0 ? "not recorded" : PAGE_NUMBER(all[i].contacts);
        snprintf(share, sizeof(share), "%u%%", (unsigned)(summary_day_share(&sum) * 100 + 1e-9));
        document_add_row(d, (const char *[]){all[i].name, count,
                                             all[i].devices < 0 ? (all[i].recorded ? "not kept" : "") : page_number((uint64_t)all[i].devices, devices),
                                             all[i].covered ? share : all[i].recorded ? "not counted" : ""});
    }
    document_more(d, all_len - n);
    free(all);
}

void summary_tables_companies(const struct day_summary *s, unsigned rows, bool compact, struct document *d)
{
    static const struct document_column columns[] = {{"Company", false, 3}, {"What for", false, 10}, {"Contacts", true, 2}};
    static const struct document_column narrow[] = {{"Company", false, 3}, {"Contacts", true, 2}};
    char purposes[SUMMARY_PURPOSES_MAX];
    size_t n = shown(s->companies_len, rows);
    document_add_table(d, "Contacts by company", compact, compact ? narrow : columns, compact ? 2 : 3);
    for (size_t i = 0; i < n; i++) {
        const char *name = s->companies[i].name, *contacts = PAGE_NUMBER(s->companies[i].contacts);
        document_add_row(d, (const char *[]){name, compact ? contacts : summary_purposes(s->companies[i].purposes, purposes), contacts});
    }
    document_more(d, s->companies_len - n);
}

/* The most frequent first; as often: in the order of the words. */
static size_t purposes_in_order(const struct day_summary *s, enum purpose out[PURPOSE_COUNT])
{
    size_t n = 0;
    for (int p = 0; p < PURPOSE_COUNT; p++) {
        size_t at = n;
        if (s->by_purpose[p] == 0)
            continue;
        for (; at > 0 && s->by_purpose[out[at - 1]] < s->by_purpose[p]; at--)
            out[at] = out[at - 1];
        out[at] = (enum purpose)p;
        n++;
    }
    return n;
}

void summary_tables_purposes(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Purpose", false, 3}, {"Contacts", true, 2}};
    enum purpose order[PURPOSE_COUNT];
    size_t len = purposes_in_order(s, order), n = shown(len, rows);
    document_add_table(d, "Contacts by purpose", true, columns, 2);
    for (size_t i = 0; i < n; i++)
        document_add_row(d, (const char *[]){purpose_word(order[i]), PAGE_NUMBER(s->by_purpose[order[i]])});
    document_more(d, len - n);
}

void summary_tables_trackers(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Tracker", false, 7}, {"Company", false, 7}, {"Contacts", true, 5}};
    size_t n = shown(s->trackers_len, rows);
    document_add_table(d, "Contacts by tracker", true, columns, 3);
    for (size_t i = 0; i < n; i++)
        document_add_row(d, (const char *[]){s->trackers[i].name, s->trackers[i].company ? s->trackers[i].company : "not named by the list",
                                             PAGE_NUMBER(s->trackers[i].contacts)});
    document_more(d, s->trackers_len - n);
}

void summary_tables_countries_sentence(const struct day_summary *s, unsigned rows, struct document *d)
{
    char *text = NULL;
    size_t bytes = 0, n = shown(s->countries_len, rows);
    FILE *out = n > 0 ? open_memstream(&text, &bytes) : NULL;
    if (n == 0)
        return;
    for (size_t i = 0; out && i < n; i++)
        fprintf(out, "%s%s %s", i > 0 ? ", " : "", s->countries[i].code ? s->countries[i].code : "-", PAGE_NUMBER(s->countries[i].contacts));
    if (out && n < s->countries_len)
        fprintf(out, " and %s more", PAGE_NUMBER(s->countries_len - n));
    if (out && fclose(out) == 0)
        document_add(d, DOCUMENT_SMALL, "Where the servers are said to be, with contacts: %s.", text);
    else
        d->rc = -ENOMEM;
    free(text);
}

void summary_tables_countries(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Country", false, 3}, {"Contacts", true, 1}};
    size_t n = shown(s->countries_len, rows);
    if (n == 0)
        return;
    document_add_table(d, "Where the servers are said to be", true, columns, 2);
    for (size_t i = 0; i < n; i++)
        document_add_row(d, (const char *[]){s->countries[i].code, PAGE_NUMBER(s->countries[i].contacts)});
    document_more(d, s->countries_len - n);
}

void summary_tables_new(const struct day_summary *s, unsigned rows, bool compact, struct document *d)
{
    static const struct document_column columns[] = {{"Tracker", false, 4}, {"Company", false, 4}, {"What for", false, 4}, {"First seen", false, 3}};
    static const struct document_column narrow[] = {{"Tracker", false, 4}, {"Company", false, 4}, {"First seen", false, 3}};
    char purposes[SUMMARY_PURPOSES_MAX];
    uint64_t fresh = day_summary_fresh(s), written = 0;
    if (fresh == 0)
        return;
    document_add_table(d, "Trackers seen for the first time", compact, compact ? narrow : columns, compact ? 3 : 4);
    for (size_t i = 0; i < s->trackers_len && (rows == 0 || written < rows); i++) {
        const struct summary_tracker *t = &s->trackers[i];
        if (!t->fresh)
            continue;
        document_add_row(d, (const char *[]){t->name, t->company ? t->company : "not named by the list", compact ? t->first_day : summary_purposes(t->purposes, purposes),
                                             t->first_day});
        written++;
    }
    document_more(d, fresh - written);
}

void summary_tables_devices(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column plain[] = {{"Day's pseudonym", false, 5}, {"Contacts", true, 3}},
                                        labelled[] = {{"Day's pseudonym", false, 4}, {"Label", false, 5}, {"Contacts", true, 3}};
    size_t n = shown(s->devices_len, rows);
    bool labels = day_summary_has_labels(s);
    if (n == 0 || day_summary_is_range(s))
        return;
    document_add_table(d, s->of_capture ? "Devices of the capture" : "Devices, by pseudonym", true, labels ? labelled : plain, labels ? 3 : 2);
    for (size_t i = 0; i < n; i++) {
        char band[SUMMARY_BAND_MAX];
        const char *pseudonym = s->devices[i].pseudonym, *label = s->devices[i].label, *contacts = day_summary_band(s, &s->devices[i], band);
        document_add_row(d, labels ? (const char *[]){pseudonym, label ? label : "", contacts} : (const char *[]){pseudonym, contacts});
    }
    document_more(d, s->devices_len - n);
}

static const char *const blind_phrases[BLIND_COUNT] = {
    [BLIND_ECH] = "without: encrypted hello",       [BLIND_DOH] = "without: DNS over HTTPS", [BLIND_DOT] = "without: DNS over TLS",         [BLIND_DOQ] = "without: DNS over QUIC",
    [BLIND_RELAY] = "without: private relay",       [BLIND_VPN] = "without: VPN or Tor",     [BLIND_NO_NAME] = "without: carried none", [BLIND_INCOMPLETE] = "without: hello not complete",
};

void summary_tables_coverage(const struct day_summary *s, struct document *d)
{
    static const struct document_column columns[] = {{"What", false, 5}, {"Number", true, 3}};
    const struct summary_coverage *c = &s->coverage;
    document_add_table(d, "Coverage and blind spots", true, columns, 2);
    if (c->scope == SUMMARY_NOT_COUNTED) {
        document_add_row(d, (const char *[]){"Connections with a name", "not counted"});
        document_add_row(d, (const char *[]){"Packets lost", "not counted"});
        return;
    }
    document_add_row(d, (const char *[]){"Connections", PAGE_NUMBER(c->flows)});
    document_add_row(d, (const char *[]){"of these with a name", PAGE_NUMBER(c->named)});
    for (int b = 0; b < BLIND_COUNT; b++)
        if (c->blind[b] > 0)
            document_add_row(d, (const char *[]){blind_phrases[b], PAGE_NUMBER(c->blind[b])});
    if (c->gaps > 0) {
        char text[64];
        snprintf(text, sizeof(text), "%s, %s min", PAGE_NUMBER(c->gaps), PAGE_NUMBER((c->gap_seconds + 59) / 60));
        document_add_row(d, (const char *[]){"Gaps, in which nothing could be heard", text});
    }
    document_add_row(d, (const char *[]){"Packets lost", PAGE_NUMBER(c->lost)});
    if (c->unreadable > 0)
        document_add_row(d, (const char *[]){"Packets cut short or malformed", PAGE_NUMBER(c->unreadable)});
    if (c->sightings_lost > 0)
        document_add_row(d, (const char *[]){"Contacts lost on the way to the store", PAGE_NUMBER(c->sightings_lost)});
}

unsigned summary_tables_rows_of_purposes(const struct day_summary *s)
{
    enum purpose order[PURPOSE_COUNT];
    return (unsigned)purposes_in_order(s, order);
}

unsigned summary_tables_rows_of_days(const struct day_summary *s)
{
    return s->days_len < 7 ? (unsigned)s->days_len : 7;
}

unsigned summary_tables_rows_of_coverage(const struct day_summary *s)
{
    const struct summary_coverage *c = &s->coverage;
    unsigned n = 3 + (c->gaps > 0) + (c->unreadable > 0) + (c->sightings_lost > 0);
    for (int b = 0; b < BLIND_COUNT; b++)
        n += c->blind[b] > 0;
    return n;
}
