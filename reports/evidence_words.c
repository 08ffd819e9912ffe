/* evidence_words.c -- see evidence_words.h.
 *
 * The wording is chosen against two misreadings. A contact after a visit is not a message about it, so nothing is
 * "sent"; and a count of contacts is what was seen of them, so it is "at least", while shares of moments without the site
 * are said as "of 100" with the number of moments beside them, because they are weighted. Shares of followed visits are
 * rounded down, shares of moments without the site up: rounding never helps an accusation.
 */
#include "reports/evidence_words.h"

#include "common/text.h"
#include "reports/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER(n) PAGE_NUMBER((unsigned long long)(n))

static void put_name(FILE *out, const char *name, const char *otherwise)
{
    char *clean = name && *name ? text_clean_copy(name, strlen(name)) : NULL;
    const char *shown = clean && clean[strspn(clean, " ")] ? clean : otherwise;
    size_t n = strlen(shown);
    if (text_columns(shown, n) <= EVIDENCE_NAME_COLUMNS)
        fputs(shown, out);
    else
        fprintf(out, "%.*s\xe2\x80\xa6", (int)text_head(shown, n, EVIDENCE_NAME_COLUMNS - 1), shown);
    free(clean);
}

static void put_site(FILE *out, const struct evidence_story *s)
{
    put_name(out, s->site, "the site");
}

static void put_tracker(FILE *out, const struct evidence_story *s)
{
    put_name(out, s->tracker, "(unnamed tracker)");
}

/* "at least 14 of the 15 days", "each of the 15 days", "the one day". */
static void put_days(FILE *out, uint32_t with, uint32_t days)
{
    if (days == 1)
        fputs("the one day", out);
    else if (with >= days)
        fprintf(out, "each of the %s days", NUMBER(days));
    else
        fprintf(out, "at least %s of the %s days", NUMBER(with), NUMBER(days));
}

static void put_visits(FILE *out, const struct evidence_result *r)
{
    if (r->visits == 1)
        fputs("the one visit", out);
    else if (r->visits_with == r->visits)
        fprintf(out, "each of the %s visits", NUMBER(r->visits));
    else
        fprintf(out, "at least %s of %s visits", NUMBER(r->visits_with), NUMBER(r->visits));
}

/* "Xandr was contacted after at least 9 of 10 visits to The Mix", as every sentence about one tracker begins. */
static void put_followed(FILE *out, const struct evidence_story *s)
{
    put_tracker(out, s);
    fputs(" was contacted after ", out);
    put_visits(out, s->result);
    fputs(" to ", out);
    put_site(out, s);
}

static void put_when(FILE *out, const struct evidence_story *s)
{
    unsigned soon = (unsigned)(s->result->share_within_2s * 100 + 1e-9);
    if (s->days > 0 && s->days_with > 0) {
        fputs(", on ", out);
        put_days(out, s->days_with, s->days);
        fputs(" it was opened here", out);
    }
    if (soon >= 100)
        fputs(", each time within two seconds", out);
    else if (soon > 0)
        fprintf(out, ", at least %u of 100 times within two seconds", soon);
}

/* "3 of 100", rounded up; nothing but none is called none. */
static void put_share(FILE *out, double share)
{
    double hundredths = ceil(share * 100 - 1e-9);
    if (share <= 0)
        fputs("none", out);
    else if (share < 0.01 - 1e-12)
        fputs("fewer than 1 of 100", out);
    else if (hundredths >= 100)
        fputs(share < 1 ? "nearly all" : "all", out);
    else
        fprintf(out, "%.0f of 100", hundredths);
}

static void put_without(FILE *out, const struct evidence_story *s)
{
    const struct evidence_result *r = s->result;
    fprintf(out, " In %s comparable moment%s without it, ", NUMBER(r->controls), page_plural(r->controls));
    put_tracker(out, s);
    fputs(" was contacted in ", out);
    put_share(out, r->control_rate);
    fputs(".", out);
}

static void tell_compared(FILE *out, const struct evidence_story *s, const char *meaning)
{
    put_followed(out, s);
    put_when(out, s);
    fputs(".", out);
    put_without(out, s);
    fprintf(out, " %s", meaning);
}

static void tell_uncompared(FILE *out, const struct evidence_story *s)
{
    fputs("Cannot tell: ", out);
    put_followed(out, s);
    fputs(", and there was no comparable moment without it.", out);
}

static void tell_too_few(FILE *out, const struct evidence_story *s)
{
    const struct evidence_result *r = s->result;
    if (r->visits == 0) {
        fputs("Cannot tell: no visit to ", out);
        put_site(out, s);
        fputs(" was counted.", out);
    } else if (r->visits_with > 0) {
        fputs("Cannot tell: ", out);
        put_followed(out, s);
        fputs(", and once is too few to compare.", out);
    } else {
        put_tracker(out, s);
        if (r->visits == 1)
            fputs(" was not seen after the one visit to ", out);
        else
            fprintf(out, " was not seen after any of the %s visits to ", NUMBER(r->visits));
        put_site(out, s);
        fputs(". What was not seen may still have happened.", out);
    }
}

static void tell(FILE *out, const struct evidence_story *s)
{
    switch (s->result->verdict) {
    case EVIDENCE_SHOWN:
        tell_compared(out, s, "Chance does not explain the difference.");
        break;
    case EVIDENCE_LIKELY:
        tell_compared(out, s, "Chance is unlikely to explain the difference, but it is not ruled out.");
        break;
    case EVIDENCE_NO:
        if (s->result->controls == 0)
            tell_uncompared(out, s);
        else
            tell_compared(
                out, s,
                "Chance may explain this: it does not show that the site leads to the contact, nor that it does not.");
        break;
    case EVIDENCE_TOO_FEW:
        tell_too_few(out, s);
        break;
    }
}

/* Closes, and takes the text back; NULL when memory was out on the way. */
static char *finished(FILE *out, char **text)
{
    bool failed = ferror(out) != 0;
    if (fclose(out) == 0 && !failed)
        return *text;
    free(*text);
    return NULL;
}

char *evidence_sentence(const struct evidence_story *story)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return NULL;
    tell(out, story);
    return finished(out, &text);
}

/* What holds for each of the shown trackers. */
struct together {
    size_t shown;
    uint32_t days, days_with;
    double soon, without;
};

/* Is an earlier shown story about the same tracker, through another of its hosts? */
static bool told_before(const struct evidence_story *stories, size_t at)
{
    const char *tracker = stories[at].tracker;
    for (size_t i = 0; tracker && i < at; i++)
        if (stories[i].result->verdict == EVIDENCE_SHOWN && stories[i].tracker &&
            strcmp(stories[i].tracker, tracker) == 0)
            return true;
    return false;
}

static struct together shown_of(const struct evidence_story *stories, size_t n)
{
    struct together t = {.days_with = UINT32_MAX, .soon = 1};
    for (size_t i = 0; i < n; i++) {
        const struct evidence_story *s = &stories[i];
        if (s->result->verdict != EVIDENCE_SHOWN)
            continue;
        t.shown += !told_before(stories, i);
        t.days = s->days > t.days ? s->days : t.days;
        t.days_with = s->days_with < t.days_with ? s->days_with : t.days_with;
        t.soon = fmin(t.soon, s->result->share_within_2s);
        t.without = fmax(t.without, s->result->control_rate);
    }
    return t;
}

/* "Xandr, MiQ and Hotjar". */
static void put_shown(FILE *out, const struct evidence_story *stories, size_t n, size_t shown)
{
    size_t told = 0;
    for (size_t i = 0; i < n; i++) {
        if (stories[i].result->verdict != EVIDENCE_SHOWN || told_before(stories, i))
            continue;
        fputs(told == 0 ? "" : told + 1 == shown ? " and " : ", ", out);
        put_tracker(out, &stories[i]);
        told++;
    }
}

static void tell_headline(FILE *out, const struct evidence_story *stories, size_t n, const struct together *t)
{
    bool dated = t->days > 0 && t->days_with > 0;
    if (dated) {
        fputs("On ", out);
        put_days(out, t->days_with, t->days);
        fputs(" it was opened here, ", out);
    }
    put_site(out, &stories[0]);
    fputs(dated ? " was followed " : " was followed here ", out);
    fputs(t->soon >= 1 ? "within two seconds " : t->soon > 0.5 ? "mostly within two seconds " : "", out);
    fputs("by ", out);
    put_shown(out, stories, n, t->shown);
    fprintf(out, "; in comparable moments without it %s in ", t->shown == 1 ? "that tracker appears" : "they appear");
    fputs(t->shown > 1 && t->without >= 0.01 && t->without < 0.99 ? "at most " : "", out);
    put_share(out, t->without);
    fputs(".", out);
}

char *evidence_headline(const struct evidence_story *stories, size_t n)
{
    char *text = NULL;
    size_t bytes = 0;
    struct together t = shown_of(stories, n);
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    if (t.shown > 0)
        tell_headline(out, stories, n, &t);
    return finished(out, &text);
}
