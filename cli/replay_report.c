/* replay_report.c -- see replay_report.h. */
#include "cli/replay_report.h"

#include "cli/command.h"
#include "cli/replay.h"
#include "common/clock.h"
#include "common/log.h"

static void set_up(const struct replay_request *q, struct collection *c, struct pipeline_options *o)
{
    replay_defaults(o);
    o->worker.findings.trackers = q->trackers;
    o->worker.findings.sites = q->sites;
    o->worker.findings.places = q->places;
    o->worker.findings.leaks = true;
    o->worker.findings.withhold = q->view == COLLECT_GUARDED;
    o->worker.findings.on_close = collect_contact;
    o->worker.findings.context = c;
    if (q->visit_gap_s)
        o->worker.findings.visit_gap_ns = q->visit_gap_s * NS_PER_S;
}

static int read_files(struct pipeline *p, struct collection *c, size_t files, const char *const *paths)
{
    int status = EXIT_DONE;
    for (size_t i = 0; i < files && !replay_interrupted(); i++) {
        if (!capture_report_add_file(c->report, paths[i]))
            c->out_of_memory = true;
        if (replay_file(p, paths[i]) != EXIT_DONE) {
            c->report->files_failed++;
            status = EXIT_SOME_FAILED;
        }
    }
    pipeline_finish(p);
    return status;
}

int replay_report(const struct replay_request *q, size_t files, const char *const *paths, struct capture_report *report)
{
    struct collection c = {.report = report, .view = q->view, .labels = q->labels};
    struct pipeline_options options;
    int status = EXIT_SOME_FAILED;
    pthread_mutex_init(&c.lock, NULL);
    set_up(q, &c, &options);
    report->has_countries = q->places && places_built(q->places, PLACES_COUNTRY) != 0;
    struct pipeline *p = pipeline_new(&options);
    if (p && pipeline_start(p) == 0) {
        status = read_files(p, &c, files, paths);
        collect_results(&c, p, q->trackers, q->sites);
    }
    if (!p || c.out_of_memory) {
        log_error("out of memory%s", p ? "; the report is not complete" : "");
        status = EXIT_SOME_FAILED;
    }
    pipeline_free(p);
    pthread_mutex_destroy(&c.lock);
    return status;
}
