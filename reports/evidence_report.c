/* evidence_report.c -- see evidence_report.h. The order is that in which a reader asks: what was found, on which figures, since when, how
 * soon, what the companies' own rules say, which rules may be engaged, how it was measured, what was not seen.
 */
#include "reports/evidence_report.h"

#include "feeds/policies.h"
#include "reports/evidence_proof.h"
#include "reports/evidence_words.h"
#include "reports/legal.h"
#include "reports/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TRACKERS_TOLD 40u /* the rest is in trackers.csv */

#define SAY(...)   document_add(d, DOCUMENT_PARAGRAPH, __VA_ARGS__)
#define ITEM(...)  document_add(d, DOCUMENT_ITEM, __VA_ARGS__)
#define HEAD(text) document_add(d, DOCUMENT_HEADING, "%s", text)

const char *evidence_date(const char *day, char out[EVIDENCE_DATE_BYTES])
{
    static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
    unsigned y, m, n;
    if (sscanf(day, "%4u-%2u-%2u", &y, &m, &n) != 3 || m < 1 || m > 12)
        return day;
    snprintf(out, EVIDENCE_DATE_BYTES, "%u %s %u", n, months[m - 1], y);
    return out;
}

static struct evidence_story story_of(const struct site_evidence *e, const struct site_evidence_tracker *t)
{
    return (struct evidence_story){.site = site_evidence_name(e), .tracker = site_evidence_who(t), .days = t->days, .days_with = t->days_with, .result = &t->result};
}

/* Trackers that followed at least one visit. */
static size_t followers(const struct site_evidence *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->trackers_len; i++)
        n += e->trackers[i].result.visits_with > 0;
    return n;
}

static char *headline(const struct site_evidence *e)
{
    struct evidence_story *stories = calloc(e->trackers_len + 1, sizeof(*stories));
    char *text = NULL;
    for (size_t i = 0; stories && i < e->trackers_len; i++)
        stories[i] = story_of(e, &e->trackers[i]);
    if (stories)
        text = evidence_headline(stories, e->trackers_len);
    free(stories);
    return text;
}

char *evidence_summary(const struct site_evidence *e)
{
    char *text = NULL, *shown = e->source == SITE_EVIDENCE_RECORDINGS ? evidence_kept_summary(e) : headline(e);
    size_t n = followers(e);
    int rc = 0;
    if (!shown || shown[0] != '\0')
        return shown;
    free(shown);
    if (n == 0)
        rc = asprintf(&text, "After %s visit%s to %s no tracker of our lists was seen within ten seconds. What was not seen may still have happened.",
                      PAGE_NUMBER(e->visits), page_plural(e->visits), site_evidence_name(e));
    else if (site_evidence_count(e, EVIDENCE_LIKELY) > 0)
        rc = asprintf(&text, "%zu tracker host%s were contacted after visits to %s clearly more often than in comparable moments, but chance is not ruled out.",
                      site_evidence_count(e, EVIDENCE_LIKELY), page_plural(site_evidence_count(e, EVIDENCE_LIKELY)), site_evidence_name(e));
    else
        rc = asprintf(&text, "Within ten seconds after %s visit%s to %s, %zu tracker host%s contacted. That is too little to compare: it shows that it happened, not how often, nor why.",
                      PAGE_NUMBER(e->visits), page_plural(e->visits), site_evidence_name(e), n, n == 1 ? " was" : "s were");
    return rc < 0 ? NULL : text;
}

/* A sentence of its own for each tracker that can be compared. */
static bool tell_tracker(struct document *d, const struct site_evidence *e, const struct site_evidence_tracker *t)
{
    struct evidence_story story = story_of(e, t);
    if (t->result.visits_with == 0 || t->result.verdict == EVIDENCE_TOO_FEW)
        return false;
    char *sentence = evidence_sentence(&story);
    if (!sentence)
        d->rc = -ENOMEM;
    ITEM("%s%s%s", sentence ? sentence : "", t->role ? " " : "", t->role ? t->role : "");
    free(sentence);
    return true;
}

/* Those that followed a single visit, together. */
static void tell_once(struct document *d, const struct site_evidence *e)
{
    char *text = NULL;
    size_t n = 0, told = 0;
    FILE *out = open_memstream(&text, &n);
    for (size_t i = 0; out && i < e->trackers_len; i++) {
        const struct site_evidence_tracker *t = &e->trackers[i];
        if (t->result.visits_with > 0 && t->result.verdict == EVIDENCE_TOO_FEW && told++ < TRACKERS_TOLD)
            fprintf(out, "%s%s (%s)", told > 1 ? ", " : "", site_evidence_who(t), t->host);
    }
    if (!out || fclose(out) != 0)
        d->rc = -ENOMEM;
    else if (told > 0)
        ITEM("Contacted after one visit, which is too few to compare: %s.", text);
    free(text);
}

static void fill_finding(struct document *d, const struct site_evidence *e)
{
    char *summary = evidence_summary(e);
    if (!summary)
        d->rc = -ENOMEM;
    document_add(d, DOCUMENT_STATEMENT, "%s", summary ? summary : "");
    free(summary);
    SAY("%s is in our list of support services under \"%s\". %s", site_evidence_name(e), e->category ? e->category : "",
        e->source == SITE_EVIDENCE_CAPTURE ? "This pack was made from a recording of a device of our own."
        : e->source == SITE_EVIDENCE_RECORDINGS ? "This pack was made from recordings of our own browser, which show requests themselves."
                                                : "This pack was made from counts on our network.");
    if (e->k > 1)
        SAY("Each period in it had visits from at least %u distinct devices; other periods were left out. No device and no person is in it.", e->k);
    HEAD("1. What was found, tracker by tracker");
    size_t told = 0;
    for (size_t i = 0; i < e->trackers_len && told < TRACKERS_TOLD; i++)
        told += tell_tracker(d, e, &e->trackers[i]);
    tell_once(d, e);
    if (followers(e) == 0)
        SAY("None.");
}

static void fill_figures(struct document *d, const struct site_evidence *e)
{
    static const struct document_column columns[] = {{"Tracker host", false, 5},   {"Company", false, 3},      {"Purpose", false, 2},        {"Followed", true, 2},
                                                     {"Of 100 without", true, 2}, {"Ratio (at least)", true, 2}, {"Median delay, s", true, 2}, {"Verdict", false, 2}};
    HEAD("2. The figures");
    document_add_table(d, "Contacts within ten seconds after a visit, and in comparable moments without one", false, columns, 8);
    size_t rows = 0;
    for (size_t i = 0; i < e->trackers_len; i++) {
        const struct site_evidence_tracker *t = &e->trackers[i];
        const struct evidence_result *r = &t->result;
        char followed[32], without[32], ratio[48], delay[32];
        if (r->visits_with == 0 || ++rows > TRACKERS_TOLD)
            continue;
        snprintf(followed, sizeof(followed), "%s of %s", PAGE_NUMBER(r->visits_with), PAGE_NUMBER(r->visits));
        snprintf(without, sizeof(without), r->controls ? "%.1f" : "-", r->control_rate * 100);
        snprintf(ratio, sizeof(ratio), r->controls ? "%.1f (%.1f)" : "-", r->lift, r->ci_low);
        snprintf(delay, sizeof(delay), "%.1f", r->median_delay_s);
        document_add_row(d, (const char *const[]){t->host, t->organisation ? t->organisation : site_evidence_who(t), purpose_word(t->purpose), followed, without, ratio, delay,
                                                  evidence_verdict_word(r->verdict)});
    }
    if (rows > TRACKERS_TOLD)
        document_more(d, rows - TRACKERS_TOLD);
    document_add(d, DOCUMENT_SMALL, "shown: at least four visits followed, and chance does not explain it although many pairs were tried. likely: at least two, chance is not ruled out. too few: "
                                    "nothing to compare. no: chance may explain it. The ratio is that of followed visits to followed comparable moments, with the lower end of its interval. "
                                    "Counts are lower bounds.");
}

void evidence_chart_weeks(struct document *d, const struct site_evidence *e)
{
    document_add_chart(d, e->source == SITE_EVIDENCE_CAPTURE ? "Visits in the recording" : "Visits by week, where enough devices visited", false, "Week", "Visits");
    for (size_t i = 0; i < e->periods_len; i++)
        document_add_bar(d, e->periods[i].name, e->periods[i].visits);
}

void evidence_chart_delays(struct document *d, const struct site_evidence *e)
{
    bool strong = site_evidence_count(e, EVIDENCE_SHOWN) + site_evidence_count(e, EVIDENCE_LIKELY) > 0;
    uint64_t sums[MOMENT_DELAY_BINS] = {0};
    char label[32];
    for (size_t i = 0; i < e->trackers_len; i++)
        for (int b = 0; b < MOMENT_DELAY_BINS && (!strong || e->trackers[i].result.verdict >= EVIDENCE_LIKELY); b++)
            sums[b] += e->trackers[i].delays[b];
    document_add_chart(d, strong ? "Seconds from the visit to the first contact, of the trackers shown or likely" : "Seconds from the visit to the first contact, of all trackers that followed",
                       false, "Up to so many seconds", "First contacts");
    for (int b = 0; b < MOMENT_DELAY_BINS; b++) {
        if (b < MOMENT_DELAY_BINS - 1)
            snprintf(label, sizeof(label), "%g", moment_delay_edge_ms[b] / 1000.0);
        else
            snprintf(label, sizeof(label), "later");
        document_add_bar(d, label, sums[b]);
    }
}

/* What a browser's own recording proves: the page's address or title in a request to somebody else. */
static void fill_proof(struct document *d, const struct site_evidence *e)
{
    static const struct document_column columns[] = {{"Request", true, 1}, {"To", false, 3}, {"Host", false, 3}, {"In", false, 2}, {"Carried", false, 5}, {"Consent", false, 2}};
    char order[32];
    size_t rows = 0;
    const struct har_report *har = e->proof;
    if (!har)
        return;
    SAY("A browser's own recording of the site is in recording.html. It shows requests themselves. \"Consent\": whether the request came before somebody had answered the banner.");
    document_add_table(d, "Requests in the recording that carried which page was read", false, columns, 6);
    for (size_t i = 0; i < har->requests_len; i++) {
        const struct har_request *q = &har->requests[i];
        for (size_t k = 0; k < q->leaks_len; k++) {
            const struct har_leak *l = &q->leaks[k];
            const char *site = l->of < har->pages_len ? har->pages[l->of].site : NULL;
            if (!q->third_party || !l->tells_page || !site || strcmp(site, e->site) != 0 || ++rows > TRACKERS_TOLD)
                continue;
            snprintf(order, sizeof(order), "%" PRIu64, q->order);
            document_add_row(d, (const char *const[]){order, har_company(q), q->host, l->parameter, l->page, har_consent_word(q->consent)});
        }
    }
    if (rows == 0)
        SAY("None of its requests to other companies carried an address or title of a page of the site.");
    else if (rows > TRACKERS_TOLD)
        document_more(d, rows - TRACKERS_TOLD);
}

static void fill_charts(struct document *d, const struct site_evidence *e)
{
    HEAD("3. When, and how soon");
    if (e->periods_len > 1)
        evidence_chart_weeks(d, e);
    else
        SAY("%s visit%s, of %s.", PAGE_NUMBER(e->visits), page_plural(e->visits), e->periods_len ? e->periods[0].name : "these days");
    evidence_chart_delays(d, e);
    SAY("Nobody reads a cookie banner, decides and answers within two seconds of opening a page. A contact so soon was made before anybody could agree to it.");
    fill_proof(d, e);
}

static void fill_own_rules(struct document *d, const struct site_evidence *e)
{
    static const struct document_column columns[] = {{"Tracker", false, 2}, {"Its own rules are against", false, 2}, {"What they say, in our words", false, 4}, {"Where", false, 4}, {"Looked up", false, 2}};
    size_t rows = 0;
    HEAD("4. What the companies' own rules forbid");
    SAY("Companies forbid those who install their trackers to send them certain things. Whether this site sends them cannot be seen from a network; the company and the site can say.");
    document_add_table(d, "", false, columns, 5);
    for (size_t i = 0; i < e->trackers_len; i++) {
        size_t n = 0;
        const struct site_evidence_tracker *t = &e->trackers[i];
        const struct policy *p = t->tracker && t->result.visits_with ? policies_of(t->tracker, &n) : NULL;
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |= e->trackers[k].tracker && t->tracker && e->trackers[k].result.visits_with && strcmp(e->trackers[k].tracker, t->tracker) == 0;
        for (size_t k = 0; !again && k < n; k++, rows++)
            document_add_row(d, (const char *const[]){t->tracker, forbidden_phrase(p[k].forbids), p[k].rule, p[k].source, p[k].date});
    }
    if (rows == 0)
        SAY("Our table has no such rule of the companies above.");
}

static void fill_law(struct document *d, const struct site_evidence *e)
{
    static const struct document_column columns[] = {{"Rule", false, 2}, {"What may engage it", false, 5}, {"Text", false, 3}, {"Looked up", false, 2}};
    HEAD("5. Rules that may be engaged");
    SAY("Named so that those who decide can find them. Whether one applies is for the site and the regulator to say.");
    document_add_table(d, "", false, columns, 4);
    for (size_t i = 0; i < legal_count(); i++) {
        const struct legal *l = legal_at(i);
        bool applies = l->applies == LEGAL_SITE || (l->applies == LEGAL_POLICE && site_evidence_is_police(e)) || (l->applies == LEGAL_COUNSELLING && site_evidence_may_counsel(e));
        if (applies)
            document_add_row(d, (const char *const[]){l->title, l->text, l->source, l->date});
    }
}

static void fill_method(struct document *d, const struct site_evidence *e)
{
    HEAD("6. How it was measured");
    SAY("A sensor that only listens notes when a device reaches a support site, and which hosts of known trackers the device contacts within ten seconds. The same is counted for comparable "
        "moments of the same devices without the site. An exact test on the two, corrected for the number of pairs tried (Benjamini and Hochberg), gives the verdict. "
        "docs/EVIDENCE.md of telltale has the method with references, and a worked example.");
    SAY("telltale %s; lists: %s.", TELLTALE_VERSION, e->feeds && *e->feeds ? e->feeds : "those built in");
    HEAD("7. What was not seen");
    bool recording = e->source == SITE_EVIDENCE_CAPTURE;
    if (e->flows > 0)
        SAY("Of %s connections %s, %s had a name that could be read (%u of 100). Trackers behind the others are not counted.", PAGE_NUMBER(e->flows),
            recording ? "in the recording" : "on our network in this time", PAGE_NUMBER(e->named), (unsigned)(e->named * 100 / e->flows));
    else if (e->source == SITE_EVIDENCE_STORE)
        SAY("How many connections had a name that could be read was not counted in this time. Trackers behind the others are not counted.");
    if (e->flows > 0 && !recording && e->covered_days < e->recorded_days)
        SAY("That was counted on %s of %s days.", PAGE_NUMBER(e->covered_days), PAGE_NUMBER(e->recorded_days));
    if (e->lost > 0)
        SAY("%s packet%s lost before they could be read.", PAGE_NUMBER(e->lost), e->lost == 1 ? " was" : "s were");
    ITEM("What was sent. A network shows who was contacted, not what they were told. The same names may serve a log-in, a film or a tracker.");
    ITEM("Contacts on a connection that was open already, and pages from the browser's own store: counts are lower bounds.");
    ITEM("Names that are encrypted, private relays and VPNs; devices on the telephone network.");
    ITEM("Who opened what: another tab or app may have been busy at the same time. The comparison is there for that; in a single visit it cannot help.");
    ITEM("Weeks in which too few devices visited the site: they are left out so that nobody can be recognised.");
}

static void fill_folder(struct document *d, const struct site_evidence *e)
{
    static const struct document_column columns[] = {{"File", false, 2}, {"What", false, 5}};
    HEAD("8. What is in this folder");
    document_add_table(d, "", false, columns, 2);
    document_add_row(d, (const char *const[]){"report.html, report.pdf", "this report, to read on a screen and to print or send"});
    document_add_row(d, (const char *const[]){"trackers.csv, periods.csv", "the figures, for a spreadsheet"});
    document_add_row(d, (const char *const[]){"weeks.svg, delays.svg", "the charts"});
    if (e->proof)
        document_add_row(d, (const char *const[]){"recording.html", "what the browser's recording shows, request by request"});
    if (evidence_has_kept(e))
        document_add_row(d, (const char *const[]){"requests.csv", "every request in the kept recordings that told somebody something"});
    document_add_row(d, (const char *const[]){"letter-to-site.txt", "a draft to the site: its own complaints procedure comes first. Yours to change"});
    document_add_row(d, (const char *const[]){"concern-to-regulator.txt", "a draft for later. Yours to change"});
    document_add_row(d, (const char *const[]){"steps.csv", "the log of steps: sent, acknowledged, answered, fixed, measured again. Yours to fill in"});
    document_add_row(d, (const char *const[]){"MANIFEST.sha256", "checksums of all but the last three; `telltale evidence --verify FOLDER` or `sha256sum -c MANIFEST.sha256` checks them"});
}

void evidence_report_fill(struct document *d, const struct site_evidence *e)
{
    char subtitle[400];
    bool one_day = strcmp(e->from, e->to) == 0;
    snprintf(subtitle, sizeof(subtitle), "%s (%s), %s%s%s. Made on %s%s%s.", site_evidence_name(e), e->site, EVIDENCE_DATE(e->from), one_day ? "" : " to ",
             one_day ? "" : EVIDENCE_DATE(e->to), EVIDENCE_DATE(e->made),
             e->controller && *e->controller ? " for " : "", e->controller ? e->controller : "");
    document_init(d, e->demo, "Which trackers are contacted when a support site is opened", subtitle, "Counts are lower bounds. \"Contacted\" means that a device reached the company's server, not what it was told.");
    fill_finding(d, e);
    evidence_report_kept(d, e);
    fill_figures(d, e);
    fill_charts(d, e);
    fill_own_rules(d, e);
    fill_law(d, e);
    fill_method(d, e);
    fill_folder(d, e);
}
