/* threads.h -- a thread of the sensor: with a name that `top -H` shows, deaf to signals that are meant for the process.
 *
 * Threads    Any may start one.
 * Signals    All are blocked in it but those that a fault raises in the thread itself: blocked, these would end the process before
 *            anybody could say whose fault it was (sensor/last_words.h), and a refused system call could not be explained (sandbox.h).
 * Failure    -errno.
 */
#ifndef TELLTALE_SENSOR_THREADS_H
#define TELLTALE_SENSOR_THREADS_H

#include <pthread.h>

#define THREAD_NAME_MAX 16

int thread_start(pthread_t *out, const char *name, void *(*run)(void *context), void *context);

#endif
