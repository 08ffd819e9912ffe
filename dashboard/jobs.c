/* jobs.c -- see jobs.h: a list, a lock, some threads. */
#include "dashboard/jobs.h"

#include <pthread.h>
#include <stdlib.h>

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t some;
    pthread_t threads[JOBS_THREADS_MOST];
    unsigned running; /* threads that were started */
    struct job *first, **last;
    unsigned waiting;
    bool ending;
    void (*wake)(void *connection);
};

static struct job *take(struct jobs *j)
{
    struct job *job = j->first;
    if (job) {
        j->first = job->next;
        if (!j->first)
            j->last = &j->first;
        j->waiting--;
    }
    return job;
}

static void *work(void *context)
{
    struct jobs *j = context;
    pthread_mutex_lock(&j->lock);
    for (;;) {
        while (!j->first && !j->ending)
            pthread_cond_wait(&j->some, &j->lock);
        if (j->ending)
            break;
        struct job *job = take(j);
        void *connection = job->connection;
        pthread_mutex_unlock(&j->lock);
        job->run(job->work);
        job->has_run = true;
        j->wake(connection); /* from here on the job is the server's */
        pthread_mutex_lock(&j->lock);
    }
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

struct jobs *jobs_start(unsigned threads, void (*wake)(void *connection))
{
    struct jobs *j = calloc(1, sizeof(*j));
    if (!j)
        return NULL;
    j->last = &j->first;
    j->wake = wake;
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->some, NULL);
    while (j->running < threads && pthread_create(&j->threads[j->running], NULL, work, j) == 0)
        j->running++;
    if (j->running > 0)
        return j;
    jobs_free(j);
    return NULL;
}

void jobs_end(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->ending = true;
    pthread_cond_broadcast(&j->some);
    pthread_mutex_unlock(&j->lock);
    for (unsigned i = 0; i < j->running; i++)
        pthread_join(j->threads[i], NULL);
    for (struct job *job; (job = take(j)) != NULL;)
        j->wake(job->connection);
}

void jobs_free(struct jobs *j)
{
    if (!j)
        return;
    pthread_cond_destroy(&j->some);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

bool jobs_give(struct jobs *j, struct job *job)
{
    pthread_mutex_lock(&j->lock);
    bool room = j->waiting < JOBS_WAITING && !j->ending;
    if (room) {
        job->next = NULL;
        *j->last = job;
        j->last = &job->next;
        j->waiting++;
        pthread_cond_signal(&j->some);
    }
    pthread_mutex_unlock(&j->lock);
    return room;
}

void job_free(struct job *job)
{
    if (!job)
        return;
    if (job->free)
        job->free(job->work);
    free(job);
}
