/* attempts.h -- how often somebody tried to sign in: at most 5 failures in 15 minutes, by user and by address.
 *
 * Shape      A table of ATTEMPTS_MAX subjects ("user:anna", "address:192.168.1.7", "code"), each with the times of its last five
 *            failures. An IPv6 address counts by its /64, which one machine can fill.
 * Units      Nanoseconds of the monotonic clock, given by the caller. Threads: one.
 * Failure    A full table gives up the subject whose last failure is the oldest. Whoever makes it overflow needs more addresses in
 *            15 minutes than it has places, and wins five tries for each.
 */
#ifndef TELLTALE_DASHBOARD_ATTEMPTS_H
#define TELLTALE_DASHBOARD_ATTEMPTS_H

#include "common/address.h"
#include "common/clock.h"

#include <stdint.h>

#define ATTEMPTS_MAX 1024
#define ATTEMPTS_ALLOWED 5
#define ATTEMPTS_WINDOW_NS (15 * 60 * NS_PER_S)
#define ATTEMPT_SUBJECT_MAX 64

struct attempts {
    struct attempt {
        char subject[ATTEMPT_SUBJECT_MAX]; /* "": free */
        uint64_t at_ns[ATTEMPTS_ALLOWED];  /* the newest first; 0: none */
    } table[ATTEMPTS_MAX];
};

void attempt_of_address(const struct ip_addr *address, char out[ATTEMPT_SUBJECT_MAX]);

/* How long until this subject may try again; 0: now. */
uint64_t attempts_wait_ns(struct attempts *a, const char *subject, uint64_t now_ns);
void attempts_failed(struct attempts *a, const char *subject, uint64_t now_ns);
void attempts_forget(struct attempts *a, const char *subject); /* it succeeded */

#endif
