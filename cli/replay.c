/* replay.c -- see replay.h. */
#include "cli/replay.h"

#include "cli/command.h"
#include "cli/terminal.h"
#include "common/config.h"

#include <signal.h>
#include <string.h>

static volatile int stop; /* written by the signal handler only */

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    stop = 1;
}

void replay_catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
}

bool replay_interrupted(void)
{
    return stop;
}

void replay_defaults(struct pipeline_options *o)
{
    struct config c;
    config_defaults(&c);
    memset(o, 0, sizeof(*o));
    o->workers = 1;
    o->ring_bytes = (size_t)c.ring_mb << 20;
    o->worker.max_flows = (uint32_t)c.max_flows;
    o->worker.findings.max_devices = (uint32_t)c.max_devices;
    o->worker.findings.max_contacts = (uint32_t)c.max_contacts;
    o->worker.findings.visit_gap_ns = (uint64_t)c.visit_gap_s * NS_PER_S;
}

struct step {
    struct progress progress;
    struct pipeline *pipeline;
    struct capture *capture;
};

static void on_idle(void *context)
{
    struct step *s = context;
    progress_step(&s->progress, capture_progress(s->capture), pipeline_totals(s->pipeline).captured, "frames");
}

int replay_file(struct pipeline *p, const char *path)
{
    struct step s = {.pipeline = p};
    if (capture_open_file(path, &s.capture) < 0)
        return EXIT_SOME_FAILED;
    progress_begin(&s.progress, path);
    int rc = pipeline_pump(p, s.capture, &stop, on_idle, &s);
    progress_end(&s.progress);
    capture_close(s.capture);
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}
