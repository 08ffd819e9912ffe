/* jobs.h -- work that takes longer than an answer may: a recording, an export, a pack of evidence, a password.
 *
 * Purpose    The server has one thread, and whoever watches live must not wait for somebody's PDF. A handler hands its work over
 *            (web_later), the connection sleeps, and is answered when the work is done.
 * Shape      One or more threads and a queue of JOBS_WAITING. The server has two of these: one for passwords, which nobody's recording may hold
 *            up and which take 19 MiB each, so one at a time; one for all else. run() is called on one of them and touches its work alone: no session, no
 *            reader of the server's. done() is called on the server's thread afterwards and makes the answer; free() always.
 * Threads    jobs_give() on the server's thread; wake() is called on a thread of the jobs.
 * Ownership  A job that was given belongs to the jobs until it is finished, then to the server, which frees it (job_free).
 * Failure    jobs_give(): false when the queue is full; the job is still the caller's.
 */
#ifndef TELLTALE_DASHBOARD_JOBS_H
#define TELLTALE_DASHBOARD_JOBS_H

#include <stdbool.h>

#define JOBS_THREADS_MOST 2
#define JOBS_WAITING 16

struct web_call;
struct jobs;

struct job {
    void (*run)(void *work);
    void (*done)(struct web_call *c, void *work);
    void (*free)(void *work);
    void *work;
    void *connection; /* for wake() */
    bool is_password; /* one of those */
    bool of_session;  /* somebody was signed in when it began, and must be when it is answered */
    bool has_run;
    struct job *next;
};

struct jobs *jobs_start(unsigned threads, void (*wake)(void *connection)); /* NULL: out of memory or of threads */
/* Waits for what is running; what waits is woken without having run, so that no connection sleeps when the server stops. */
void jobs_end(struct jobs *j);
void jobs_free(struct jobs *j); /* after the server */

bool jobs_give(struct jobs *j, struct job *job);
void job_free(struct job *job);

#endif
