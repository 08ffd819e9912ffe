/* pulse.h -- a thread that does one thing every so often until it is told to end.
 *
 * Purpose    Files that may change are looked at beside the work, so that nobody who handles frames ever waits for a disk.
 * Threads    beat() runs on a thread of its own, and never twice at once. The rest from one thread.
 * Ownership  The caller's storage; zeroed, it is one that was not started.
 * Failure    pulse_start(): -errno, without a log line.
 */
#ifndef TELLTALE_SENSOR_PULSE_H
#define TELLTALE_SENSOR_PULSE_H

#include <pthread.h>
#include <stdbool.h>

struct pulse {
    void (*beat)(void *context, bool asked);
    void *context;
    unsigned every_ms;
    pthread_t thread;
    pthread_mutex_t lock; /* nobody holds it but for a moment */
    pthread_cond_t wake;
    bool started, now, end; /* the last two: under the lock */
};

/* The first beat comes after every_ms. asked: pulse_now() was called since the last one. */
int pulse_start(struct pulse *p, const char *name, unsigned every_ms, void (*beat)(void *context, bool asked), void *context);
/* A beat at once. */
void pulse_now(struct pulse *p);
/* Waits until a beat that has begun is over. Does nothing for one that was not started. */
void pulse_end(struct pulse *p);

#endif
