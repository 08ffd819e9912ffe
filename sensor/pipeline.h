/* pipeline.h -- capture thread, rings and workers put together; the daemon and `telltale read` run the same one.
 *
 * Shape      The caller's thread is the capture thread: pipeline_pump() takes frames from a capture, decodes their headers,
 *            finds the device, and copies what a worker can still use into that worker's ring. Live there may be more capture threads, each with a
 *            capture of its own and a ring to each worker; none of them shares anything with another.
 * Counters   captured = ring_in + ring_full at any time, and ring_in = decoded + undecodable once the workers are done.
 * Failure    A full ring: a live pipeline drops and counts, a replaying one waits, so that a file is always read whole.
 */
#ifndef TELLTALE_SENSOR_PIPELINE_H
#define TELLTALE_SENSOR_PIPELINE_H

#include "sensor/capture.h"
#include "sensor/worker.h"

#include "sensor/capture_fanout.h"

#define PIPELINE_WORKERS_MOST 8

struct pipeline_options {
    struct worker_options worker; /* its callbacks are called from the worker threads */
    int workers;
    int readers;       /* capture threads, the caller's among them; 0 is 1 */
    size_t ring_bytes; /* what waits for one worker, of all readers together */
    const struct ip_prefix *lan;
    int lan_count;
    bool live;
    bool pace; /* replay with the capture's own timing */
};

struct pipeline_totals {
    uint64_t captured, captured_bytes; /* frames and bytes on the wire */
    uint64_t ring_in, ring_full; /* captured = ring_in + ring_full, at any time */
    uint64_t kernel_dropped;
    uint64_t first_ns, last_ns;
};

struct pipeline;

struct pipeline *pipeline_new(const struct pipeline_options *options); /* NULL: out of memory */
void pipeline_free(struct pipeline *p);

/* Other tracker rules for every worker from its next frame on, while the pipeline runs; the caller keeps its own hold. */
void pipeline_offer_rules(struct pipeline *p, const struct feed_set *set);

/* Hands a request of sensor/staff_desk.h to the worker that has the device; the end of a test to all. */
void pipeline_ask_staff(struct pipeline *p, const struct staff_request *r);

int pipeline_start(struct pipeline *p); /* 0 or -errno */

/* Starts the other capture threads, one for each capture but the first, before any right is given up; they read nothing until pipeline_pump() does. The
 * captures stay the caller's, and are closed after pipeline_finish(). */
int pipeline_start_readers(struct pipeline *p, struct capture *const captures[]);

/* Reads until the capture ends, *stop becomes non-zero, or an error. idle() is called after each batch, at least every
 * 100 ms live; it may be NULL. 0 at the end of a file, else capture_batch()'s error, of any capture thread. The other capture threads end with it. */
int pipeline_pump(struct pipeline *p, struct capture *c, const volatile int *stop, void (*idle)(void *context), void *context);

/* Tells the workers that nothing more comes, and waits until they are done. Then their results may be read. */
void pipeline_finish(struct pipeline *p);

/* For how long the thread that is worst off has stood still, a worker over a frame or another capture thread over a batch. Call it every second or so; capture thread only. */
uint64_t pipeline_stalled_ns(struct pipeline *p, uint64_t now_ns);

struct pipeline_totals pipeline_totals(const struct pipeline *p);
int pipeline_workers(const struct pipeline *p);
int pipeline_readers(const struct pipeline *p);
uint64_t pipeline_reader_frames(const struct pipeline *p, int i); /* captured by it */
struct worker *pipeline_worker(const struct pipeline *p, int i);
/* Sum over the workers of one counter; `at` is offsetof(struct worker_counts, name). */
uint64_t pipeline_count(const struct pipeline *p, size_t at);
#define PIPELINE_COUNT(p, name) pipeline_count(p, offsetof(struct worker_counts, name))

#endif
