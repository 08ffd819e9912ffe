/* evidence.c -- `telltale evidence`: a folder that a site's owner or a regulator can check, and --verify, which checks it.
 *
 * The pack is audited before it gets its name, with the digest of its manifest: who made it can show later that it is the same.
 * Recordings of one's own are read without Redis, and then nothing of the store is in the pack and there is nothing to audit.
 */
#include "cli/evidence.h"
#include "cli/options.h"

#include "cli/paper.h"
#include "common/log.h"
#include "common/period.h"
#include "reports/evidence_pack.h"
#include "reports/proof.h"
#include "reports/site_evidence_store.h"
#include "store/audit.h"
#include "store/connection.h"
#include "store/reader.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_evidence = {
    .name = "evidence",
    .summary = "Makes a pack of evidence about one support site, or checks one",
    .synopsis = "SITE [-c FILE] [--from DAY] [--to DAY] [--out FOLDER] [--capture FILE]... [--har FILE]... [--feed FILE]... [--sites FILE]... | --verify FOLDER",
    .options = "  SITE                  a support site, such as themix.org.uk\n"
               "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n"
               "      --from DAY        first local day, YYYY-MM-DD; else as much as there is\n"
               "      --to DAY          last local day\n"
               "      --out FOLDER      a folder that is not there yet (evidence-SITE-DAY)\n"
               "      --capture FILE    a recording of one device of your own, in place of what the sensor stored (repeatable)\n"
               "      --har FILE        a browser's recording of the site, as proof (repeatable)\n"
               "      --feed FILE       tracker domains on top of the built-in ones (repeatable)\n"
               "      --sites FILE      support sites on top of the built-in ones (repeatable)\n"
               "      --verify FOLDER   say whether the pack in this folder is as it was made, and what changed\n",
    .run = run,
};

struct options {
    const char *settings, *out, *verify;
    struct evidence_request request;
    struct file_list feeds, sites;
};

static bool parse_day(const char *option, const char *text, char out[11])
{
    if (strlen(text) == 10 && period_day_number(text) >= 0) {
        memcpy(out, text, 11);
        return true;
    }
    log_error("%s %s: expected a day, YYYY-MM-DD", option, text);
    return false;
}

/* EXIT_DONE to go on; -1 when --help was answered. */
static int parse(int argc, char **argv, struct options *o)
{
    enum { FROM = 256, TO, OUT, CAPTURE, HAR, FEED, SITES, VERIFY };
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'}, {"from", required_argument, NULL, FROM},       {"to", required_argument, NULL, TO},
                                          {"out", required_argument, NULL, OUT},    {"capture", required_argument, NULL, CAPTURE}, {"har", required_argument, NULL, HAR},
                                          {"feed", required_argument, NULL, FEED},  {"sites", required_argument, NULL, SITES},     {"verify", required_argument, NULL, VERIFY},
                                          {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    bool ok = true;
    for (int opt; ok && (opt = getopt_long(argc, argv, "c:h", longs, NULL)) != -1;) {
        switch (opt) {
        case 'c': o->settings = optarg; break;
        case FROM: ok = parse_day("--from", optarg, o->request.from); break;
        case TO: ok = parse_day("--to", optarg, o->request.to); break;
        case OUT: o->out = optarg; break;
        case CAPTURE: ok = file_list_add(&o->request.captures, optarg); break;
        case HAR: ok = file_list_add(&o->request.recordings, optarg); break;
        case FEED: ok = file_list_add(&o->feeds, optarg); break;
        case SITES: ok = file_list_add(&o->sites, optarg); break;
        case VERIFY: o->verify = optarg; break;
        case 'h': command_usage(&command_evidence, true); return -1;
        default: return command_usage(&command_evidence, false);
        }
    }
    if (ok && o->request.from[0] && o->request.to[0] && strcmp(o->request.from, o->request.to) > 0) {
        log_error("--from %s is after --to %s", o->request.from, o->request.to);
        ok = false;
    }
    if (!ok)
        return EXIT_WRONG_USE;
    return argc - optind == (o->verify ? 0 : 1) ? EXIT_DONE : command_usage(&command_evidence, false);
}

/* Checking ---------------------------------------------------------------------------------------------------------- */

static void on_difference(void *context, const char *name, const char *what)
{
    size_t *differences = context;
    ++*differences;
    printf("%s: ", what);
    for (const char *at = name; *at; at++)
        putchar((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f ? '?' : *at);
    putchar('\n');
}

static int verify(const char *folder)
{
    size_t checked, differences = 0;
    char digest[MANIFEST_HEX];
    if (manifest_verify(folder, evidence_pack_free_names, evidence_pack_free_names_len, on_difference, &differences, &checked, digest) < 0)
        return EXIT_SOME_FAILED;
    printf("%zu file%s as made, %zu difference%s. The manifest's own SHA-256 is %s: compare it with what was noted when the pack was made.\n", checked, checked == 1 ? "" : "s",
           differences, differences == 1 ? "" : "s", digest);
    if (fflush(stdout) != 0)
        log_error("standard output: %s", strerror(errno));
    return differences ? EXIT_SOME_FAILED : EXIT_DONE;
}

/* Making ------------------------------------------------------------------------------------------------------------ */

static bool find_site(const struct lists *lists, const char *name, struct listed_site *out)
{
    bool known = lists_site(lists, name, out);
    if (!known)
        log_error("%s is not in the list of support sites; --sites FILE adds a table of your own (site, label, category), and so does the page Settings", name);
    return known;
}

static int read_recordings(const struct evidence_request *q, struct har_report *har)
{
    struct har_rules rules = {.trackers = q->lists->trackers, .sites = q->lists->sites};
    bool found = false;
    har->feeds = strdup(lists_provenance(q->lists));
    for (size_t i = 0; i < q->recordings.len; i++)
        if (har_read_file(har, &rules, q->recordings.paths[i], NULL, NULL) < 0)
            return EXIT_SOME_FAILED;
    for (size_t i = 0; i < har->pages_len; i++)
        found |= har->pages[i].site && strcmp(har->pages[i].site, q->site.site) == 0;
    if (!found)
        log_error("--har: none of the pages recorded is one of %s", q->site.site);
    return found ? EXIT_DONE : EXIT_SOME_FAILED;
}

/* What the sensor stored, with what was kept of recordings. */
static int evidence_from_store(const struct evidence_request *q, struct site_evidence *e, struct proofs *kept)
{
    struct store_reader *reader = NULL;
    const struct config *c = q->config;
    if (store_login_set(c->redis_user, c->redis_password_file) < 0 || store_reader_open(c->redis_socket, c->installation, &reader) < 0)
        return EXIT_SOME_FAILED;
    int rc = proofs_read(kept, c->redis_socket, c->installation, q->site.site);
    e->kept = kept;
    if (rc == 0)
        rc = site_evidence_from_store(e, reader, q->from, q->to);
    store_reader_close(reader);
    if (rc == -EPERM)
        log_error("%s: this user may not read the figures of support sites; use the safeguarding lead's", c->redis_socket);
    else if (rc == -ENODATA)
        log_error("%s: nothing can be shown: there is no period in which at least %u distinct devices visited it%s, and no recording was kept. A recording of one device of your own "
                  "(--capture) can be shown; one of your browser can be kept (telltale har --keep)",
                  q->site.site, e->k, q->from[0] || q->to[0] ? " and that lies within the days asked for" : "");
    else if (rc == -ENOMEM)
        log_error("out of memory");
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int audit(const struct evidence_request *q, const struct site_evidence *e, const char *did, const char *digest)
{
    char who[STORE_AUDIT_WHO_MAX], what[201];
    if (e->source == SITE_EVIDENCE_CAPTURE)
        return 0;
    store_audit_account(who);
    snprintf(what, sizeof(what), "evidence %.60s %s to %s, manifest %.64s", e->site, e->from, e->to, digest);
    return store_audit_write(q->config->redis_socket, q->config->installation, who, did, what);
}

static int write_pack(const struct evidence_request *q, const struct site_evidence *e, const char *out)
{
    char digest[MANIFEST_HEX], usual[320];
    struct evidence_pack pack;
    snprintf(usual, sizeof(usual), "evidence-%.260s-%s", e->site, e->made);
    int rc = evidence_pack_open(&pack, out ? out : usual);
    if (rc == 0)
        rc = evidence_pack_add_site(&pack, e);
    if (rc == 0)
        rc = evidence_pack_seal(&pack, digest);
    if (rc == 0)
        rc = audit(q, e, "exported", digest);
    if (rc == 0 && (rc = evidence_pack_publish(&pack)) < 0)
        audit(q, e, "could-not-export", digest);
    if (rc == 0)
        printf("%s: open report.html first. The manifest's SHA-256, to note elsewhere: %s\n", pack.path, digest);
    evidence_pack_close(&pack);
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int make(struct evidence_request *q, const char *out)
{
    struct site_evidence e;
    struct har_report har;
    struct proofs kept = {0};
    bool begun = site_evidence_begin(&e, q->config, q->config->demo, &q->site, lists_provenance(q->lists));
    har_report_init(&har);
    int status = !begun ? EXIT_SOME_FAILED : q->captures.len ? evidence_from_captures(q, &e) : evidence_from_store(q, &e, &kept);
    if (status == EXIT_DONE && q->recordings.len) {
        status = read_recordings(q, &har);
        e.proof = &har;
    }
    site_evidence_sort(&e);
    if (status == EXIT_DONE)
        status = write_pack(q, &e, out);
    har_report_fini(&har);
    proofs_fini(&kept);
    site_evidence_fini(&e);
    return status;
}

static int run(int argc, char **argv)
{
    struct options o = {0};
    struct config config;
    struct lists lists = {0};
    int status = parse(argc, argv, &o);
    if (status != EXIT_DONE)
        return status < 0 ? EXIT_DONE : status;
    if (o.verify)
        return verify(o.verify);
    if (options_settings(o.settings, &config) < 0)
        return EXIT_WRONG_USE;
    o.request.config = &config;
    status = EXIT_SOME_FAILED;
    const struct lists_more more = {.feeds = o.feeds.paths, .feeds_len = o.feeds.len, .sites = o.sites.paths, .sites_len = o.sites.len};
    if (lists_prepare() == 0 && lists_load_more(&config, &more, &lists) == 0) {
        o.request.lists = &lists;
        status = find_site(&lists, argv[optind], &o.request.site) ? make(&o.request, o.out) : EXIT_WRONG_USE;
    }
    lists_free(&lists);
    return status;
}
