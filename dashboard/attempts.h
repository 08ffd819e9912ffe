/* attempts.h -- how often somebody tried to sign in: at most 5 failures in 15 minutes, by user and by address.
 *
 * Problem    A lock by user alone lets anybody on the network keep a user out, by five wrong tries every fifteen minutes.
 * Shape      A table of ATTEMPTS_MAX subjects ("user:anna", "address:192.168.1.7", "browser:<number>"), each with its last failures and from
 *            whom each came. A failure from an address that is locked itself counts against that address alone: so no single address
 *            keeps a name locked for others, and guesses spread over many addresses still lock it. A browser that somebody signed in with before
 *            is a subject of its own, which strangers cannot lock (accounts.h). An IPv6 address counts by its /64, which one machine can fill.
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
#define ATTEMPTS_KEPT 20 /* of a subject: four addresses that are locked themselves cannot push the others' failures out */
#define ATTEMPTS_WINDOW_NS (15 * 60 * NS_PER_S)
#define ATTEMPT_SUBJECT_MAX 64

struct attempts {
    struct attempt {
        char subject[ATTEMPT_SUBJECT_MAX]; /* "": free */
        struct {
            uint64_t at_ns; /* 0: none */
            uint64_t from;  /* whose it was: a hash of another subject, 0: nobody's */
        } failures[ATTEMPTS_KEPT]; /* the newest first */
    } table[ATTEMPTS_MAX];
};

void attempt_of_address(const struct ip_addr *address, char out[ATTEMPT_SUBJECT_MAX]);

/* How long until this subject may try again; 0: now. */
uint64_t attempts_wait_ns(struct attempts *a, const char *subject, uint64_t now_ns);
/* from: the subject that it came from, or NULL. A try counts from its beginning, so that many at once are no more tries. */
void attempts_failed(struct attempts *a, const char *subject, const char *from, uint64_t now_ns);
/* It succeeded: its failures go, or (from) those that came from there. */
void attempts_forget(struct attempts *a, const char *subject, const char *from);

/* The last one was none after all. */
void attempts_take_back(struct attempts *a, const char *subject);

#endif
