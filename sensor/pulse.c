/* pulse.c -- see pulse.h. The wait is by the monotonic clock: setting the time neither hurries nor delays a look. */
#include "sensor/pulse.h"

#include "common/clock.h"
#include "sensor/threads.h"

#include <errno.h>
#include <time.h>

/* Sleeps until it is time, or asked; false at the end. */
static bool sleep_until_due(struct pulse *p, bool *asked)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t ns = (uint64_t)until.tv_nsec + p->every_ms * NS_PER_MS;
    until.tv_sec += (time_t)(ns / NS_PER_S);
    until.tv_nsec = (long)(ns % NS_PER_S);
    int rc = 0;
    pthread_mutex_lock(&p->lock);
    while (!p->end && !p->now && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&p->wake, &p->lock, &until);
    bool go_on = !p->end;
    *asked = p->now;
    p->now = false;
    pthread_mutex_unlock(&p->lock);
    return go_on;
}

static void *run(void *context)
{
    struct pulse *p = context;
    bool asked;
    while (sleep_until_due(p, &asked))
        p->beat(p->context, asked);
    return NULL;
}

int pulse_start(struct pulse *p, const char *name, unsigned every_ms, void (*beat)(void *context, bool asked), void *context)
{
    pthread_condattr_t monotonic;
    *p = (struct pulse){.beat = beat, .context = context, .every_ms = every_ms};
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int rc = thread_start(&p->thread, name, run, p);
    p->started = rc == 0;
    if (rc != 0) {
        pthread_mutex_destroy(&p->lock);
        pthread_cond_destroy(&p->wake);
    }
    return -rc;
}

static void tell(struct pulse *p, bool *what)
{
    pthread_mutex_lock(&p->lock);
    *what = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

void pulse_now(struct pulse *p)
{
    if (p->started)
        tell(p, &p->now);
}

void pulse_end(struct pulse *p)
{
    if (!p->started)
        return;
    tell(p, &p->end);
    pthread_join(p->thread, NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->wake);
    p->started = false;
}
