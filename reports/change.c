/* change.c -- see change.h.
 *
 * Left out: a rate that falls without reaching nothing. A tracker that is asked for on fewer pages still is told; "it stopped" is what a
 * complaint is about, and what few visits can show.
 */
#include "reports/change.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SURE_P 0.05

/* 1970-01-01 was a Thursday. */
static int32_t monday_of(int32_t day)
{
    int32_t weekday = (day % 7 + 7 + 3) % 7;
    return day - weekday;
}

static int by_monday(const void *a, const void *b)
{
    const struct change_week *x = a, *y = b;
    if (x->monday != y->monday)
        return x->monday < y->monday ? -1 : 1;
    return x->weeks < y->weeks ? -1 : x->weeks > y->weeks;
}

size_t change_weeks(const struct change_period *periods, size_t n, struct change_week *out)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        const struct change_period *p = &periods[i];
        if (p->visits == 0 || p->last_day < p->first_day)
            continue;
        int32_t monday = monday_of(p->first_day);
        struct change_week w = {.monday = monday,
                                .weeks = (uint32_t)((monday_of(p->last_day) - monday) / 7 + 1),
                                .visits = p->visits,
                                .followed = p->followed < p->visits ? p->followed : p->visits};
        out[len++] = w;
    }
    if (len > 0)
        qsort(out, len, sizeof(*out), by_monday);
    size_t kept = 0;
    for (size_t i = 0; i < len; i++) {
        if (kept > 0 && out[kept - 1].monday == out[i].monday && out[kept - 1].weeks == out[i].weeks) {
            out[kept - 1].visits += out[i].visits;
            out[kept - 1].followed += out[i].followed;
        } else {
            out[kept++] = out[i];
        }
    }
    return kept;
}

/* The chance that m given ones of n visits are all among those not followed, when k are. */
static double chance(uint64_t n, uint64_t k, uint64_t m)
{
    if (m + k > n)
        return 0;
    double none = lgamma((double)(n - m) + 1) - lgamma((double)(n - m - k) + 1) - lgamma((double)n + 1) + lgamma((double)(n - k) + 1);
    return exp(none < 0 ? none : 0);
}

static void add(const struct change_week *w, uint64_t *visits, uint64_t *followed)
{
    *visits += w->visits;
    *followed += w->followed;
}

/* k followed visits among those from the first to the last followed one, and m beyond: the first of the k stands fast. */
static void judge(struct change_turn *t, uint64_t visits, uint64_t followed, uint64_t beyond)
{
    t->there = beyond > 0;
    t->p = followed > 1 ? chance(visits + beyond - 1, followed - 1, beyond) : 1;
    t->sure = t->there && t->p <= SURE_P;
}

struct change change_of(const struct change_week *weeks, size_t n)
{
    struct change c = {.began = {.p = 1}, .stopped = {.p = 1}};
    size_t first = 0, end = n;
    while (first < n && weeks[first].followed == 0)
        first++;
    while (end > first && weeks[end - 1].followed == 0)
        end--;
    if (first == end)
        return c; /* never followed */
    uint64_t visits = 0, followed = 0;
    for (size_t i = first; i < end; i++)
        add(&weeks[i], &visits, &followed);
    for (size_t i = 0; i < first; i++)
        add(&weeks[i], &c.began.before_visits, &c.began.before_followed);
    for (size_t i = end; i < n; i++)
        add(&weeks[i], &c.stopped.after_visits, &c.stopped.after_followed);
    c.began.since = weeks[first].monday;
    c.began.after_visits = c.stopped.before_visits = visits;
    c.began.after_followed = c.stopped.before_followed = followed;
    c.stopped.since = end < n ? weeks[end].monday : 0;
    judge(&c.began, visits, followed, c.began.before_visits);
    judge(&c.stopped, visits, followed, c.stopped.after_visits);
    return c;
}

/* ISO 8601: a week belongs to the year that has its Thursday. */
const char *change_week_name(int32_t monday, char out[CHANGE_WEEK_BYTES])
{
    int32_t thursday = monday + 3, year = 1970, begin = 0;
    for (;;) {
        int32_t days = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 366 : 365;
        if (thursday < begin + days || year >= 9999)
            break;
        begin += days;
        year++;
    }
    snprintf(out, CHANGE_WEEK_BYTES, "week %d of %d", (thursday - begin) / 7 + 1, year);
    return out;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static int say_chance(const struct change_turn *t, char *out, size_t size)
{
    if (t->sure)
        return snprintf(out, size, ".");
    if (t->p >= 0.5)
        return snprintf(out, size, "; too few visits to tell.");
    return snprintf(out, size, "; that can be chance (about 1 in %.0f).", 1 / t->p);
}

const char *change_sentence(const struct change *c, char out[CHANGE_SENTENCE_BYTES])
{
    char week[CHANGE_WEEK_BYTES];
    int n = 0;
    out[0] = '\0';
    if (c->began.there) {
        const struct change_turn *t = &c->began;
        n = snprintf(out, CHANGE_SENTENCE_BYTES, "New since %s: %sin %" PRIu64 " of %" PRIu64 " visit%s, and in none of %" PRIu64 " before",
                     change_week_name(t->since, week), c->stopped.there ? "for a while " : "", t->after_followed, t->after_visits, plural(t->after_visits),
                     t->before_visits);
        n += say_chance(t, out + n, CHANGE_SENTENCE_BYTES - (size_t)n);
    }
    if (c->stopped.there) {
        const struct change_turn *t = &c->stopped;
        n += snprintf(out + n, CHANGE_SENTENCE_BYTES - (size_t)n, "%sNot seen in %" PRIu64 " visit%s since %s; before, in %" PRIu64 " of %" PRIu64, n > 0 ? " " : "",
                      t->after_visits, plural(t->after_visits), change_week_name(t->since, week), t->before_followed, t->before_visits);
        say_chance(t, out + n, CHANGE_SENTENCE_BYTES - (size_t)n);
    }
    return out;
}
