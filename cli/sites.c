/* sites.c -- `telltale sites`: what left the sensor of support sites, who was contacted after, and what changed from week to week.
 *
 * Only periods in which enough distinct devices visited a site are stored, and no visit is in two of them, so figures add up. A tracker that
 * is missing in a period in which the site was visited followed none of its visits.
 */
#include "cli/command.h"
#include "common/config.h"
#include "common/evidence.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "reports/change.h"
#include "sensor/rules.h"
#include "store/audit.h"
#include "store/connection.h"
#include "store/reader.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_sites = {
    .name = "sites",
    .summary = "Says which support sites were visited, who was contacted after, and what changed",
    .synopsis = "[-c FILE] [-o table|json] [SITE]",
    .options = "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n"
               "  -o, --output FORMAT   table (for a terminal) or json\n"
               "  SITE                  only this support site, such as themix.org.uk\n",
    .run = run,
};

struct seen_site {
    size_t period;
    struct store_site site;
};

struct seen_pair {
    size_t period;
    struct store_pair pair;
};

struct sites {
    const char *only; /* NULL: all */
    struct period *periods;
    struct seen_site *sites;
    struct seen_pair *pairs;
    size_t periods_len, sites_len, pairs_len, reading;
    bool no_memory;
};

/* One tracker host of one site over all periods. */
struct tracker_row {
    const struct store_pair *pair;
    struct moment_counts counts;
    struct change_week *weeks;
    size_t weeks_len;
    char change[CHANGE_SENTENCE_BYTES];
};

static void *grow(struct sites *s, void *array, size_t len, size_t element)
{
    if (len & (len - 1))
        return array;
    void *larger = reallocarray(array, len ? 2 * len : 1, element);
    s->no_memory |= !larger;
    return larger;
}

static void on_period(void *context, const struct period *p)
{
    struct sites *s = context;
    struct period *larger = s->no_memory ? NULL : grow(s, s->periods, s->periods_len, sizeof(*larger));
    if (larger)
        (s->periods = larger)[s->periods_len++] = *p;
}

static void on_site(void *context, const struct store_site *site)
{
    struct sites *s = context;
    if (s->no_memory || (s->only && strcmp(s->only, site->site) != 0))
        return;
    struct seen_site *larger = grow(s, s->sites, s->sites_len, sizeof(*larger));
    if (larger)
        (s->sites = larger)[s->sites_len++] = (struct seen_site){s->reading, *site};
}

static void on_pair(void *context, const struct store_pair *pair)
{
    struct sites *s = context;
    if (s->no_memory || (s->only && strcmp(s->only, pair->site) != 0))
        return;
    struct seen_pair *larger = grow(s, s->pairs, s->pairs_len, sizeof(*larger));
    if (larger)
        (s->pairs = larger)[s->pairs_len++] = (struct seen_pair){s->reading, *pair};
}

static int read_all(struct sites *s, struct store_reader *r)
{
    int rc = store_reader_site_periods(r, on_period, s);
    for (s->reading = 0; rc == 0 && !s->no_memory && s->reading < s->periods_len; s->reading++) {
        rc = store_reader_site_period(r, s->periods[s->reading].name, on_site, on_pair, s);
        rc = rc == -ENOENT ? 0 : rc; /* it ended meanwhile */
    }
    return rc == -ENOENT ? 0 : rc;
}

/* Of one pair's first sight: its counters and weeks over all periods in which its site was visited. */
static bool gather(const struct sites *s, const struct store_pair *pair, struct tracker_row *row)
{
    struct change_period *points = calloc(s->sites_len + 1, sizeof(*points));
    size_t n = 0;
    uint64_t visits = 0;
    *row = (struct tracker_row){.pair = pair, .weeks = calloc(s->sites_len + 1, sizeof(*row->weeks))};
    for (size_t i = 0; points && i < s->sites_len; i++) {
        const struct seen_site *at = &s->sites[i];
        if (strcmp(at->site.site, pair->site) != 0)
            continue;
        const struct period *p = &s->periods[at->period];
        struct change_period *point = &points[n++];
        *point = (struct change_period){.first_day = period_day_number(p->first), .last_day = period_day_number(p->last), .visits = at->site.visits};
        visits += at->site.visits;
        for (size_t k = 0; k < s->pairs_len; k++) {
            const struct seen_pair *found = &s->pairs[k];
            if (found->period != at->period || strcmp(found->pair.site, pair->site) != 0 || strcmp(found->pair.host, pair->host) != 0)
                continue;
            moment_counts_add(&row->counts, &found->pair.counts);
            for (unsigned c = 0; c < MOMENT_CONTEXTS; c++)
                point->followed += found->pair.counts.contexts[c].visits_followed;
        }
    }
    bool ok = points && row->weeks;
    if (ok) {
        moment_counts_fill(&row->counts, visits);
        row->weeks_len = change_weeks(points, n, row->weeks);
        struct change change = change_of(row->weeks, row->weeks_len);
        change_sentence(&change, row->change);
    }
    free(points);
    return ok;
}

static bool is_first(const struct sites *s, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(s->pairs[i].pair.site, s->pairs[at].pair.site) == 0 && strcmp(s->pairs[i].pair.host, s->pairs[at].pair.host) == 0)
            return false;
    return true;
}

static bool judge(const struct tracker_row *rows, size_t n, struct evidence_result *results)
{
    struct evidence_pair *pairs = calloc(n + 1, sizeof(*pairs));
    for (size_t i = 0; pairs && i < n; i++) {
        pairs[i] = (struct evidence_pair){.strata = rows[i].counts.contexts, .strata_len = MOMENT_CONTEXTS};
        memcpy(pairs[i].delays, rows[i].counts.delays, sizeof(pairs[i].delays));
    }
    bool ok = pairs && evidence_judge(pairs, n, results) == 0;
    free(pairs);
    return ok;
}

/* Writing --------------------------------------------------------------------------------------------------------- */

struct shown {
    const struct sites *s;
    const struct site_set *set;
    const struct tracker_row *rows;
    const struct evidence_result *results;
    size_t rows_len;
};

static const struct site *known(const struct shown *w, const char *name)
{
    uint32_t index = site_match(w->set, name, strlen(name));
    return index == SITE_NONE ? NULL : site_at(w->set, index);
}

/* Visits to a site, and periods, from its first sight on; 0 for a later sight. */
static uint64_t visits_of(const struct sites *s, size_t at, unsigned *periods)
{
    uint64_t n = 0;
    *periods = 0;
    for (size_t i = 0; i < s->sites_len; i++) {
        if (strcmp(s->sites[i].site.site, s->sites[at].site.site) != 0)
            continue;
        if (i < at)
            return 0;
        n += s->sites[i].site.visits;
        ++*periods;
    }
    return n;
}

static struct json *weeks_json(const struct tracker_row *row)
{
    struct json *weeks = json_new_array();
    for (size_t i = 0; i < row->weeks_len; i++) {
        char name[CHANGE_WEEK_BYTES];
        struct json *week = json_new_object();
        json_put_text(week, "week", change_week_name(row->weeks[i].monday, name));
        json_put_int(week, "weeks", row->weeks[i].weeks);
        json_put_int(week, "visits", (int64_t)row->weeks[i].visits);
        json_put_int(week, "followed", (int64_t)row->weeks[i].followed);
        json_append(weeks, week);
    }
    return weeks;
}

static struct json *site_json(const struct shown *w, const char *name, uint64_t visits, unsigned periods)
{
    const struct site *site = known(w, name);
    struct json *out = json_new_object(), *trackers = json_new_array();
    json_put_text(out, "site", name);
    json_put_text(out, "label", site ? site->label : NULL);
    json_put_text(out, "category", site ? site->category : NULL);
    json_put_int(out, "visits", (int64_t)visits);
    json_put_int(out, "periods", periods);
    for (size_t i = 0; i < w->rows_len; i++) {
        const struct tracker_row *row = &w->rows[i];
        if (strcmp(row->pair->site, name) != 0)
            continue;
        struct json *t = json_new_object();
        json_put_text(t, "host", row->pair->host);
        json_put_text(t, "tracker", row->pair->tracker[0] ? row->pair->tracker : NULL);
        json_put_text(t, "organisation", row->pair->organisation[0] ? row->pair->organisation : NULL);
        json_put_text(t, "purpose", purpose_word(row->pair->purpose));
        json_put_int(t, "visits_with", w->results[i].visits_with);
        json_put_real(t, "rate", w->results[i].rate);
        json_put_real(t, "control_rate", w->results[i].control_rate);
        json_put_text(t, "verdict", evidence_verdict_word(w->results[i].verdict));
        json_put_text(t, "change", row->change[0] ? row->change : NULL);
        json_put(t, "weeks", weeks_json(row));
        json_append(trackers, t);
    }
    json_put(out, "trackers", trackers);
    return out;
}

static void print_tracker(const struct tracker_row *row, const struct evidence_result *e)
{
    const struct store_pair *p = row->pair;
    printf("  %-7s %s%s%s%s, %s: contacted after at least %u of %u visits; in comparable moments without the site, in %.0f of 100.%s%s\n",
           evidence_verdict_word(e->verdict), p->tracker[0] ? p->tracker : p->host, p->organisation[0] ? " (" : "", p->organisation,
           p->organisation[0] ? ")" : "", p->host, e->visits_with, e->visits, e->control_rate * 100, row->change[0] ? " " : "", row->change);
}

static void print_site(const struct shown *w, const char *name, uint64_t visits, unsigned periods)
{
    const struct site *site = known(w, name);
    unsigned rest = 0;
    printf("%s%s%s%s%s%s: %llu visit%s in %u period%s\n", site ? site->label : name, site ? " (" : "", site ? name : "", site ? ")" : "",
           site ? ", " : "", site ? site->category : "", (unsigned long long)visits, visits == 1 ? "" : "s", periods, periods == 1 ? "" : "s");
    for (size_t i = 0; i < w->rows_len; i++) {
        if (strcmp(w->rows[i].pair->site, name) != 0)
            continue;
        if (w->results[i].verdict >= EVIDENCE_LIKELY || w->rows[i].change[0])
            print_tracker(&w->rows[i], &w->results[i]);
        else
            rest++;
    }
    if (rest > 0)
        printf("  %u more tracker host%s followed visits no more often than chance may explain, or too few of them to tell.\n", rest, rest == 1 ? "" : "s");
    putchar('\n');
}

static void write_all(const struct shown *w, bool as_json)
{
    struct json *list = as_json ? json_new_array() : NULL;
    for (size_t i = 0; i < w->s->sites_len; i++) {
        unsigned periods;
        uint64_t visits = visits_of(w->s, i, &periods);
        if (visits == 0)
            continue;
        if (as_json)
            json_append(list, site_json(w, w->s->sites[i].site.site, visits, periods));
        else
            print_site(w, w->s->sites[i].site.site, visits, periods);
    }
    if (as_json) {
        json_write(list, stdout);
        json_free(list);
    } else {
        puts("Only periods in which enough different devices visited a site are here. \"Contacted after\" says that a connection was seen, not what\n"
             "was sent in it. All counts are lower bounds.");
    }
}

static int show(struct sites *s, const struct site_set *set, bool as_json)
{
    struct tracker_row *rows = calloc(s->pairs_len + 1, sizeof(*rows));
    struct evidence_result *results = calloc(s->pairs_len + 1, sizeof(*results));
    size_t n = 0;
    bool ok = rows && results && !s->no_memory;
    for (size_t i = 0; ok && i < s->pairs_len; i++)
        if (is_first(s, i))
            ok = gather(s, &s->pairs[i].pair, &rows[n++]);
    ok = ok && judge(rows, n, results);
    if (ok)
        write_all(&(struct shown){s, set, rows, results, n}, as_json);
    else
        log_error("out of memory");
    for (size_t i = 0; rows && i < n; i++)
        free(rows[i].weeks);
    free(rows);
    free(results);
    return ok ? EXIT_DONE : EXIT_SOME_FAILED;
}

/* Who looks at a site's figures is noted first; what cannot be noted is not shown. */
static int note_look(const struct config *c, const char *only)
{
    char who[STORE_AUDIT_WHO_MAX], what[128];
    store_audit_account(who);
    snprintf(what, sizeof(what), "support sites: %.100s", only ? only : "all");
    return store_audit_write(c->redis_socket, c->installation, who, "looked", what);
}

static int show_stored(const struct config *c, const char *only, bool as_json)
{
    struct sites s = {.only = only};
    struct site_set *set = NULL;
    struct store_reader *reader = NULL;
    const char *extra = c->sites;
    int status = EXIT_SOME_FAILED, rc;
    if (rules_load_sites(&extra, extra[0] != '\0', &set) < 0 || store_login_set(c->redis_user, c->redis_password_file) < 0 ||
        store_reader_open(c->redis_socket, c->installation, &reader) < 0 || note_look(c, only) < 0) {
        store_reader_close(reader);
        site_set_free(set);
        return EXIT_SOME_FAILED;
    }
    rc = read_all(&s, reader);
    if (rc == -EPERM)
        log_error("%s: this user may not read the figures of support sites; use the safeguarding lead's", c->redis_socket);
    else if (rc == 0 && s.sites_len == 0)
        log_error("%s: nothing can be shown: there is no period in which enough distinct devices visited %s", c->installation, only ? only : "a support site");
    else if (rc == 0)
        status = show(&s, set, as_json);
    store_reader_close(reader);
    site_set_free(set);
    free(s.periods);
    free(s.sites);
    free(s.pairs);
    return status;
}

static int run(int argc, char **argv)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    const char *path = CONFIG_DEFAULT_PATH, *output = "table";
    for (int opt; (opt = getopt_long(argc, argv, "c:o:h", longs, NULL)) != -1;) {
        switch (opt) {
        case 'c': path = optarg; break;
        case 'o': output = optarg; break;
        case 'h': command_usage(&command_sites, true); return EXIT_DONE;
        default: return command_usage(&command_sites, false);
        }
    }
    if (argc - optind > 1)
        return command_usage(&command_sites, false);
    if (strcmp(output, "table") != 0 && strcmp(output, "json") != 0) {
        log_error("-o %s: expected table or json", output);
        return EXIT_WRONG_USE;
    }
    struct config c;
    if (config_load(path, &c) < 0)
        return EXIT_WRONG_USE;
    return show_stored(&c, optind < argc ? argv[optind] : NULL, strcmp(output, "json") == 0);
}
