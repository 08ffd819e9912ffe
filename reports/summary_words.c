/* summary_words.c -- the sentences of a summary, and the words that all of its writers share.
 *
 * What is said first is what a lead reads out before a meeting, so a sentence names its days, says "at least" where the truth may
 * be more, and never says what was sent. What cannot be said is said too: silence would read as "none".
 */
#include "reports/day_summary.h"

#include "reports/days.h"
#include "reports/evidence_words.h"
#include "reports/report_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *day_summary_note(const struct day_summary *s)
{
    return s->demo ? "DEMO; counts are lower bounds" : "counts are lower bounds";
}

static double share_of(uint64_t named, uint64_t flows)
{
    return flows == 0 ? 0 : named >= flows ? 1 : (double)named / (double)flows;
}

double day_summary_share(const struct day_summary *s)
{
    return s->coverage.scope == SUMMARY_NOT_COUNTED ? -1 : share_of(s->coverage.named, s->coverage.flows);
}

double summary_day_share(const struct summary_day *d)
{
    return d->covered ? share_of(d->named, d->flows) : -1;
}

uint64_t day_summary_hour(const struct day_summary *s, unsigned hour)
{
    return s->exact ? s->by_hour[hour] : s->by_hour_rounded[hour];
}

const char *day_summary_band(const struct day_summary *s, const struct summary_device *d, char out[SUMMARY_BAND_MAX])
{
    if (s->exact)
        return page_number(d->contacts, out);
    const char *band = d->contacts < 10 ? "1 to 9" : d->contacts < 50 ? "10 to 49" : d->contacts < 200 ? "50 to 199" : "200 or more";
    return strcpy(out, band);
}

const char *summary_purposes(unsigned purposes, char out[SUMMARY_PURPOSES_MAX])
{
    char *end = out;
    *end = '\0';
    for (int p = 0; p < PURPOSE_COUNT; p++)
        if (purposes & 1u << p)
            end = stpcpy(stpcpy(end, end == out ? "" : ", "), purpose_word((enum purpose)p));
    return *out ? out : strcpy(out, "not known");
}

uint64_t day_summary_reached(const struct day_summary *s)
{
    uint64_t n = 0;
    for (int e = 0; e < EVIDENCE_COUNT; e++)
        n += report_contacted((enum evidence)e) ? s->by_evidence[e] : 0;
    return n;
}

uint64_t day_summary_fresh(const struct day_summary *s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s->trackers_len; i++)
        n += s->trackers[i].fresh;
    return n;
}

bool day_summary_is_range(const struct day_summary *s)
{
    return strcmp(s->first_day, s->last_day) != 0;
}

bool day_summary_term(const struct day_summary *s, struct period *out)
{
    return !s->of_capture && period_of(s->first_day, PERIOD_TERM, out) && strcmp(out->first, s->first_day) == 0 && strcmp(out->last, s->last_day) == 0;
}

/* Lists of sentences ------------------------------------------------------------------------------------------------- */

#define SENTENCES_MOST 16

struct sentences {
    char **texts; /* NULL after the last */
    size_t len;
    bool failed;
};

void summary_sentences_free(char **sentences)
{
    for (size_t i = 0; sentences && sentences[i]; i++)
        free(sentences[i]);
    free(sentences);
}

static void keep(struct sentences *l, char *text)
{
    if (!text || l->len + 1 >= SENTENCES_MOST) {
        l->failed = l->failed || !text;
        free(text);
        return;
    }
    l->texts[l->len++] = text;
}

static void say(struct sentences *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct sentences *l, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    keep(l, text);
}

static struct sentences begin(void)
{
    struct sentences l = {.texts = calloc(SENTENCES_MOST, sizeof(*l.texts))};
    l.failed = !l.texts;
    return l;
}

static char **done(struct sentences *l)
{
    if (!l->failed)
        return l->texts;
    summary_sentences_free(l->texts);
    return NULL;
}

/* The day ------------------------------------------------------------------------------------------------------------ */

static void say_when(const struct day_summary *s, FILE *out)
{
    char first[DAYS_WORDS_MAX], last[DAYS_WORDS_MAX];
    if (day_summary_is_range(s))
        fprintf(out, "From %s to %s", days_words(s->first_day, first), days_words(s->last_day, last));
    else
        fprintf(out, "On %s", days_words(s->first_day, first));
}

static char *opening(const struct day_summary *s)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return NULL;
    uint64_t reached = day_summary_reached(s);
    say_when(s, out);
    if (!s->of_capture && s->recorded == 0)
        fputs(" nothing was recorded: the sensor was not running, or what it stored is gone.", out);
    else if (s->contacts == 0)
        fputs(" no contact with a listed tracker was seen.", out);
    else
        fprintf(out, " devices on %s were made to contact trackers at least %s time%s: %s tracker%s of %s compan%s.",
                s->of_capture ? "the captured network" : "this network", PAGE_NUMBER(reached), page_plural(reached), PAGE_NUMBER(s->trackers_len),
                page_plural(s->trackers_len), PAGE_NUMBER(s->companies_len), s->companies_len == 1 ? "y" : "ies");
    return fclose(out) == 0 ? text : NULL;
}

static char *busiest(const struct day_summary *s)
{
    char *text = NULL;
    size_t n = 0, most = s->companies_len < 3 ? s->companies_len : 3;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return NULL;
    fputs("Most contacts went to ", out);
    for (size_t i = 0; i < most; i++)
        fprintf(out, "%s%s (%s)", i == 0 ? "" : i + 1 == most ? " and " : ", ", s->companies[i].name ? s->companies[i].name : "-",
                PAGE_NUMBER(s->companies[i].contacts));
    fputc('.', out);
    return fclose(out) == 0 ? text : NULL;
}

static void say_devices(const struct day_summary *s, struct sentences *l)
{
    int64_t least = INT64_MAX, most = -1;
    if (s->of_capture) {
        if (s->devices_len > 0)
            say(l, "At least %s device%s made such contacts.", PAGE_NUMBER(s->devices_len), page_plural(s->devices_len));
        return;
    }
    for (size_t i = 0; i < s->days_len; i++)
        if (s->days[i].recorded && s->days[i].devices >= 0) {
            least = s->days[i].devices < least ? s->days[i].devices : least;
            most = s->days[i].devices > most ? s->days[i].devices : most;
        }
    if (most < 0 || s->contacts == 0)
        return;
    if (least == most)
        say(l, "At least %s device%s made such contacts%s.", PAGE_NUMBER((uint64_t)most), page_plural((uint64_t)most), day_summary_is_range(s) ? " each day" : "");
    else
        say(l, "At least %s to %s devices a day made such contacts.", PAGE_NUMBER((uint64_t)least), PAGE_NUMBER((uint64_t)most));
}

static void say_new(const struct day_summary *s, struct sentences *l)
{
    uint64_t fresh = day_summary_fresh(s);
    if (s->of_capture || s->contacts == 0)
        return;
    if (s->earlier_days == 0)
        say(l, "The store has no earlier day, so it cannot be told which trackers are new.");
    else if (fresh == 0)
        say(l, "No tracker was new: each was seen on one of the %s earlier days in the store.", PAGE_NUMBER(s->earlier_days));
    else
        say(l, "%s tracker%s seen for the first time (compared with %s earlier day%s in the store).", PAGE_NUMBER(fresh), fresh == 1 ? " was" : "s were",
            PAGE_NUMBER(s->earlier_days), page_plural(s->earlier_days));
}

static void say_sites(const struct day_summary *s, struct sentences *l)
{
    size_t told = 0;
    for (size_t i = 0; i < s->sites_len; i++)
        for (size_t d = 0; d < s->sites[i].disclosures_len; d++)
            if (s->sites[i].disclosures[d].result.verdict == EVIDENCE_SHOWN) {
                told++;
                break;
            }
    if (told > 0)
        say(l, "%s support site%s: trackers were contacted after visits more often than chance explains.", PAGE_NUMBER(told), page_plural(told));
}

static const char *counted_for(const struct day_summary *s)
{
    if (s->coverage.scope == SUMMARY_SINCE_START)
        return s->demo ? " of the replay" : " since the sensor started";
    return !s->of_capture && s->coverage.days < s->recorded ? " on the days for which that was counted" : "";
}

static void say_coverage(const struct day_summary *s, struct sentences *l)
{
    const struct summary_coverage *c = &s->coverage;
    unsigned percent = (unsigned)(day_summary_share(s) * 100 + 1e-9);
    if (c->scope == SUMMARY_NOT_COUNTED)
        say(l, "How much of the traffic showed its names was not counted for %s. Counts are lower bounds.", day_summary_is_range(s) ? "these days" : "this day");
    else
        say(l, "Names were seen on %s of %s connections (%u%%)%s. Counts are lower bounds.", PAGE_NUMBER(c->named), PAGE_NUMBER(c->flows), percent,
            counted_for(s));
}

/* Four months have days on which nobody listened: a figure of the term is one of the days that were recorded. */
static void say_term(const struct day_summary *s, struct sentences *l)
{
    struct period term;
    if (!day_summary_term(s, &term))
        return;
    if (s->recorded == s->days_len)
        say(l, "Each of the term's %s days was recorded.", PAGE_NUMBER(s->days_len));
    else
        say(l, "Of the term's %s days %s %s recorded; nothing is known of the others, and nothing here speaks of them.", PAGE_NUMBER(s->days_len), PAGE_NUMBER(s->recorded),
            s->recorded == 1 ? "was" : "were");
}

char **day_summary_sentences(const struct day_summary *s)
{
    struct sentences l = begin();
    if (l.failed)
        return NULL;
    keep(&l, opening(s));
    if (s->companies_len > 0)
        keep(&l, busiest(s));
    uint64_t reached = day_summary_reached(s), other = s->by_evidence[EVIDENCE_LOOKUP] + s->by_evidence[EVIDENCE_BLOCKED];
    if (other > 0)
        say(&l, "Of %s findings %s reached the tracker, %s were looked up only and %s were blocked.", PAGE_NUMBER(reached + other), PAGE_NUMBER(reached),
            PAGE_NUMBER(s->by_evidence[EVIDENCE_LOOKUP]), PAGE_NUMBER(s->by_evidence[EVIDENCE_BLOCKED]));
    say_devices(s, &l);
    say_new(s, &l);
    say_sites(s, &l);
    say_coverage(s, &l);
    say_term(s, &l);
    return done(&l);
}

/* A site ------------------------------------------------------------------------------------------------------------- */

static struct evidence_story story_of(const struct summary_site *site, const struct report_disclosure *d)
{
    const char *tracker = d->tracker ? d->tracker : d->organisation;
    return (struct evidence_story){.site = site->label ? site->label : site->site,
                                   .tracker = tracker ? tracker : d->host,
                                   .days = d->days,
                                   .days_with = d->days_with,
                                   .result = &d->result};
}

char **summary_site_sentences(const struct summary_site *site)
{
    struct sentences l = begin();
    struct evidence_story *stories = calloc(site->disclosures_len + 1, sizeof(*stories));
    l.failed = l.failed || !stories;
    for (size_t i = 0; !l.failed && i < site->disclosures_len; i++)
        stories[i] = story_of(site, &site->disclosures[i]);
    char *headline = l.failed ? NULL : evidence_headline(stories, site->disclosures_len);
    l.failed = l.failed || !headline;
    if (headline && (*headline || site->proof))
        say(&l, "%s%s%s", headline, *headline && site->proof ? " " : "", site->proof ? site->proof : "");
    free(headline);
    for (size_t i = 0; !l.failed && i < site->disclosures_len && l.len + 1 < SENTENCES_MOST; i++)
        if (site->disclosures[i].result.verdict >= EVIDENCE_LIKELY)
            keep(&l, evidence_sentence(&stories[i]));
    free(stories);
    return done(&l);
}
