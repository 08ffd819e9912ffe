/* sites.c -- `telltale sites`: what left the sensor of support sites, who was contacted after, and what changed from week to week.
 *
 * Only periods in which enough distinct devices visited a site are stored, and no visit is in two of them, so figures add up. A tracker that
 * is missing in a period in which the site was visited followed none of its visits.
 */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/sites_proof.h"
#include "common/config.h"
#include "common/evidence.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "reports/change.h"
#include "reports/lists.h"
#include "reports/released.h"
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

/* One tracker host of one site, from week to week. */
struct tracker_row {
    const struct released_pair *pair;
    struct change_week *weeks;
    size_t weeks_len;
    char change[CHANGE_SENTENCE_BYTES];
};

/* Whatever is left when it was cut to what may be shown. */
static const struct released_filter everything;

/* Writing --------------------------------------------------------------------------------------------------------- */

struct shown {
    const struct released *r;
    const struct lists *lists;
    const struct tracker_row *rows;
    size_t rows_len;
    struct sites_proof proof;
};

/* Its label and category; NULL where no list has it any more. */
static const struct listed_site *known(const struct shown *w, const char *name, struct listed_site *room)
{
    return lists_site(w->lists, name, room) ? room : NULL;
}

/* How many periods a site has, at its first sight; 0 at a later one. */
static unsigned periods_of(const struct released *r, size_t at)
{
    unsigned n = 0;
    for (size_t i = 0; i < r->sites_len; i++) {
        if (strcmp(r->sites[i].site, r->sites[at].site) != 0)
            continue;
        if (i < at)
            return 0;
        n++;
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
    struct listed_site room;
    const struct listed_site *site = known(w, name, &room);
    struct json *out = json_new_object(), *trackers = json_new_array();
    json_put_text(out, "site", name);
    json_put_text(out, "label", site ? site->label : NULL);
    json_put_text(out, "category", site ? site->category : NULL);
    json_put_int(out, "visits", (int64_t)visits);
    json_put_int(out, "periods", periods);
    for (size_t i = 0; i < w->rows_len; i++) {
        const struct tracker_row *row = &w->rows[i];
        const struct store_pair *texts = row->pair->texts;
        const struct evidence_result *e = &row->pair->result;
        if (strcmp(texts->site, name) != 0)
            continue;
        struct json *t = json_new_object();
        json_put_text(t, "host", texts->host);
        json_put_text(t, "tracker", texts->tracker[0] ? texts->tracker : NULL);
        json_put_text(t, "organisation", texts->organisation[0] ? texts->organisation : NULL);
        json_put_text(t, "purpose", purpose_word(texts->purpose));
        json_put_int(t, "visits_with", e->visits_with);
        json_put_real(t, "rate", e->rate);
        json_put_real(t, "control_rate", e->control_rate);
        sites_proof_put_tracker(&w->proof, row->pair, t);
        json_put_text(t, "change", row->change[0] ? row->change : NULL);
        json_put(t, "weeks", weeks_json(row));
        json_append(trackers, t);
    }
    json_put(out, "trackers", trackers);
    sites_proof_put_site(&w->proof, name, out);
    return out;
}

static void print_tracker(const struct shown *w, const struct tracker_row *row)
{
    const struct store_pair *p = row->pair->texts;
    const struct evidence_result *e = &row->pair->result;
    struct proof_join j;
    sites_proof_join(&w->proof, row->pair, &j);
    printf("  %-7s %s%s%s%s, %s: contacted after at least %u of %u visits; in comparable moments without the site, in %.0f of 100.%s%s\n",
           proof_verdict_word(e->verdict, &j), p->tracker[0] ? p->tracker : p->host, p->organisation[0] ? " (" : "", p->organisation,
           p->organisation[0] ? ")" : "", p->host, e->visits_with, e->visits, e->control_rate * 100, row->change[0] ? " " : "", row->change);
    sites_proof_print_tracker(&w->proof, row->pair);
}

static void print_site(const struct shown *w, const char *name, uint64_t visits, unsigned periods)
{
    struct listed_site room;
    const struct listed_site *site = known(w, name, &room);
    unsigned rest = 0;
    printf("%s%s%s%s%s%s: %llu visit%s in %u period%s\n", site ? site->label : name, site ? " (" : "", site ? name : "", site ? ")" : "",
           site ? ", " : "", site ? site->category : "", (unsigned long long)visits, visits == 1 ? "" : "s", periods, periods == 1 ? "" : "s");
    for (size_t i = 0; i < w->rows_len; i++) {
        if (strcmp(w->rows[i].pair->texts->site, name) != 0)
            continue;
        struct proof_join j;
        sites_proof_join(&w->proof, w->rows[i].pair, &j);
        if (w->rows[i].pair->result.verdict >= EVIDENCE_LIKELY || w->rows[i].change[0] || (j.grade >= PROOF_CONTACTED && !j.other_host))
            print_tracker(w, &w->rows[i]);
        else
            rest++;
    }
    if (rest > 0)
        printf("  %u more tracker host%s followed visits no more often than chance may explain, or too few of them to tell.\n", rest, rest == 1 ? "" : "s");
    sites_proof_print_site(&w->proof, name);
    putchar('\n');
}

static bool has_site(const struct released *r, const char *only)
{
    for (size_t i = 0; i < r->sites_len; i++)
        if (!only || strcmp(r->sites[i].site, only) == 0)
            return true;
    return false;
}

/* Of which nothing was released, but a recording or a staff test was kept. */
static void write_proved_only(const struct shown *w, const char *only, struct json *list)
{
    bool end = false;
    for (size_t i = 0; !end; i++) {
        const char *site = sites_proof_site(&w->proof, i, &end);
        if (!site || (only && strcmp(only, site) != 0) || has_site(w->r, site))
            continue;
        if (list)
            json_append(list, site_json(w, site, 0, 0));
        else
            print_site(w, site, 0, 0);
    }
}

static void write_all(const struct shown *w, const char *only, bool as_json)
{
    struct json *list = as_json ? json_new_array() : NULL;
    for (size_t i = 0; i < w->r->sites_len; i++) {
        const char *site = w->r->sites[i].site;
        unsigned periods = only && strcmp(only, site) != 0 ? 0 : periods_of(w->r, i);
        if (periods == 0)
            continue;
        uint64_t visits = released_visits(w->r, &everything, site);
        if (as_json)
            json_append(list, site_json(w, site, visits, periods));
        else
            print_site(w, site, visits, periods);
    }
    write_proved_only(w, only, list);
    if (as_json) {
        json_write(list, stdout);
        json_free(list);
    } else {
        puts("Only periods in which enough different devices visited a site are here. \"Contacted after\" says that a connection was seen, not what\n"
             "was sent in it; only a recording shows that. All counts are lower bounds.");
    }
}

static int follow(const struct released *r, const struct released_pair *pair, struct tracker_row *row)
{
    *row = (struct tracker_row){.pair = pair};
    int rc = released_weeks(r, &everything, pair->texts, &row->weeks, &row->weeks_len);
    struct change change = change_of(row->weeks, row->weeks_len);
    change_sentence(&change, row->change);
    return rc;
}

static int show(const struct released *r, const struct proofs *proofs, const struct lists *lists, const char *only, bool as_json)
{
    struct released_pair *pairs;
    size_t n, done = 0;
    int rc = released_judge(r, &everything, &pairs, &n);
    struct tracker_row *rows = calloc(n + 1, sizeof(*rows));
    while (rc == 0 && rows && done < n) {
        rc = follow(r, &pairs[done], &rows[done]);
        done++;
    }
    if (rc == 0 && rows)
        write_all(&(struct shown){r, lists, rows, n, {proofs, pairs, n}}, only, as_json);
    else
        log_error("out of memory");
    int status = rc == 0 && rows ? EXIT_DONE : EXIT_SOME_FAILED;
    for (size_t i = 0; i < done; i++)
        free(rows[i].weeks);
    free(rows);
    free(pairs);
    return status;
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
    struct released r = {0};
    struct proofs proofs = {0};
    struct lists lists = {0};
    struct store_reader *reader = NULL;
    int status = EXIT_SOME_FAILED, rc;
    if (lists_load_sites(c, &lists) < 0 || store_login_set(c->redis_user, c->redis_password_file) < 0 ||
        store_reader_open(c->redis_socket, c->installation, &reader) < 0 || note_look(c, only) < 0) {
        store_reader_close(reader);
        lists_free(&lists);
        return EXIT_SOME_FAILED;
    }
    rc = released_read(&r, reader);
    if (rc == 0) /* the sensor asked for k devices as the settings were then */
        rc = released_cut(&r, &(struct released_filter){.least_devices = c->demo ? 0 : (uint32_t)c->k});
    if (rc == 0)
        rc = proofs_read(&proofs, c->redis_socket, c->installation, only);
    if (rc == -EPERM)
        log_error("%s: this user may not read the figures of support sites; use the safeguarding lead's", c->redis_socket);
    else if (rc == 0 && !has_site(&r, only) && proofs.kept_len + proofs.tests_len == 0)
        log_error("%s: nothing can be shown: there is no period in which enough distinct devices visited %s, and no recording was kept", c->installation, only ? only : "a support site");
    else if (rc == 0)
        status = show(&r, &proofs, &lists, only, as_json);
    store_reader_close(reader);
    lists_free(&lists);
    released_fini(&r);
    proofs_fini(&proofs);
    return status;
}

static int run(int argc, char **argv)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    const char *path = CONFIG_DEFAULT_PATH;
    bool as_json = false;
    for (int opt; (opt = getopt_long(argc, argv, "c:o:h", longs, NULL)) != -1;) {
        switch (opt) {
        case 'c': path = optarg; break;
        case 'o':
            if (!options_json(optarg, &as_json))
                return EXIT_WRONG_USE;
            break;
        case 'h': command_usage(&command_sites, true); return EXIT_DONE;
        default: return command_usage(&command_sites, false);
        }
    }
    if (argc - optind > 1)
        return command_usage(&command_sites, false);
    struct config c;
    if (config_load(path, &c) < 0)
        return EXIT_WRONG_USE;
    return show_stored(&c, optind < argc ? argv[optind] : NULL, as_json);
}
