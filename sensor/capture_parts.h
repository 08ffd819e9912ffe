/* capture_parts.h -- what the capture process is made of, and how its parts are opened (internal to it: capture_process.c, capture_parts.c).
 *
 * Threads    The capture thread. Ownership: capture_process_run() frees what was opened, in the other order.
 * Failure    capture_parts_*: 0 or -errno after a log line that names the object; what was opened until then stays.
 */
#ifndef TELLTALE_SENSOR_CAPTURE_PARTS_H
#define TELLTALE_SENSOR_CAPTURE_PARTS_H

#include "sensor/broker.h"
#include "sensor/capture_process.h"
#include "sensor/gaps.h"
#include "sensor/link_watch.h"
#include "sensor/outbox.h"
#include "sensor/pipeline.h"
#include "sensor/pseudonym.h"
#include "sensor/pulse.h"
#include "sensor/releases.h"
#include "sensor/rules_watch.h"
#include "sensor/run_marks.h"
#include "sensor/settings_files.h"
#include "sensor/staff_desk.h"
#include "sensor/teller.h"

#include <stdatomic.h>

struct capture_process {
    const struct config *config;
    const struct capture_source *source;
    struct feed_set *trackers; /* in force; the workers have their own holds */
    struct rules_watch *watch;
    struct site_set *sites;
    struct places *places;
    struct pseudonyms *pseudonyms;
    struct outbox *outbox;
    struct teller *teller;
    struct labels *labels; /* or NULL: there is no file for them */
    struct releases *releases;
    struct staff_desk *desk; /* or NULL: no staff test can be asked for */
    struct pipeline *pipeline;
    struct capture *captures[CAPTURE_THREADS_MOST]; /* one a capture thread */
    struct gaps gaps;
    struct link_watch *link; /* or NULL */
    bool gone;   /* the interface was removed, or another one has its name: to be opened anew */
    bool broken; /* what it needs has gone: to be started anew */
    struct config *file;            /* the configuration without what a page changed */
    struct settings_stamp settings; /* as they were when this began; then its own thread's */
    struct pulse settings_pulse;
    _Atomic bool settings_changed;  /* into something that is read at the start only */
    bool again;                     /* it ends to begin with other settings */
    uint64_t started_s, health_ns;
    struct run_marks marks;
    struct broker_table table;
    struct broker *broker;
};

/* Forks the process that opens files once the walls are closed, with the table of everything that is asked for by its path. */
int capture_parts_broker(struct capture_process *p);
/* The interface or the file; of an interface also what happens to it. */
int capture_parts_source(struct capture_process *p);
int capture_parts_pseudonyms(struct capture_process *p);
/* The way to the publisher. */
int capture_parts_outbox(struct capture_process *p);
int capture_parts_rules(struct capture_process *p);
int capture_parts_places(struct capture_process *p);
int capture_parts_releases(struct capture_process *p);
/* Staff tests: without a desk none can be asked for, and all else works. */
void capture_parts_desk(struct capture_process *p);
/* Tables, rings and workers, which start. */
int capture_parts_pipeline(struct capture_process *p);

#endif
