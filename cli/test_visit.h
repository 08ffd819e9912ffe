/* test_visit.h -- what the parts of `telltale test-visit` share.
 *
 * Failure    Each returns the exit status of the command, after one log line.
 */
#ifndef TELLTALE_CLI_TEST_VISIT_H
#define TELLTALE_CLI_TEST_VISIT_H

#include "common/config.h"
#include "store/tests.h"

#include <stdbool.h>

struct test_visit {
    struct config config;
    const char *site, *device, *length, *reason, *id, *har; /* as given; NULL when not */
    bool json, i_am_staff, stop;
};

/* Asks the running sensor to begin, or to end, a test; notes it in the audit first. */
int test_visit_begin(const struct test_visit *v);
int test_visit_stop(const struct test_visit *v);

/* "aa:bb:cc:dd:ee:ff", of one network card. */
bool test_visit_mac(const char *text, uint8_t mac[6]);
/* "30m", "2h", "45": 1 to STORE_TEST_MINUTES_MOST minutes; 0 for anything else. */
unsigned test_visit_minutes(const char *text);

#endif
