/* tests.h -- staff tests in the store: `telltaled publish` writes them, `telltale test-visit` and the dashboard read them.
 *
 * Shape      One hash a test, `test:<id>` (store/schema.h, STORE_TEST_FIELDS): it has the evidence of one session and no device. Every field is
 *            written over whole, so that a write that is repeated changes nothing: no sequence is needed, and none is kept.
 * Threads    One a writer, one a reader call.
 * Ownership  Texts given to callbacks live as long as the call.
 * Failure    The writer never waits: what Redis has not taken is kept, up to STORE_TESTS_WAITING records, and tried again every second;
 *            beyond that the newest is dropped and counted. The readers: -errno after one log line, ENOENT: no such test.
 */
#ifndef TELLTALE_STORE_TESTS_H
#define TELLTALE_STORE_TESTS_H

#include "common/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_TEST_ID_LEN 16
#define STORE_TEST_ID_MAX (STORE_TEST_ID_LEN + 1)
#define STORE_TEST_MINUTES_MOST 120
#define STORE_TESTS_WAITING 4096
#define STORE_TESTS_A_DAY 100 /* different ids a writer takes in a day: more is no person's work */

enum store_test_state { STORE_TEST_RUNNING, STORE_TEST_OVER, STORE_TEST_STOPPED, STORE_TEST_CUT, STORE_TEST_STATES };
/* "running" "over" "stopped" "cut short" */
const char *store_test_state_word(enum store_test_state state);

/* 16 of 0-9 and a-f. */
bool store_test_id_is_valid(const char *id);

struct store_test_session {
    const char *site, *reason;
    uint64_t hour_s;
    uint32_t minutes, visits, beyond;
    enum store_test_state state;
};

struct store_test_host {
    const char *host, *matched, *tracker, *organisation, *feed;
    enum purpose purpose;
    enum evidence evidence;
    uint32_t after_ms, visits_with, connections;
};

struct store_tests;
struct store_tests *store_tests_new(const char *socket, const char *installation, bool demo); /* NULL: out of memory */
void store_tests_free(struct store_tests *t);

/* False for an id beyond STORE_TESTS_A_DAY, and only then: ask before the others are called. */
bool store_tests_may_have(struct store_tests *t, const char *id);
void store_tests_session(struct store_tests *t, const char *id, const struct store_test_session *s);
void store_tests_host(struct store_tests *t, const char *id, const struct store_test_host *h);
void store_tests_link(struct store_tests *t, const char *id, const char *host, unsigned place, const char *name);
void store_tests_leak(struct store_tests *t, const char *id, unsigned number, const char *host, const char *parameter, const char *page);

/* Does the next step. Call it often. Returns how many records wait. */
size_t store_tests_run(struct store_tests *t);
uint64_t store_tests_dropped(const struct store_tests *t);

/* What a reader is told of a test: each callback as often as there is something, in no order. Any may be NULL. */
struct store_test_listener {
    void (*session)(void *context, const struct store_test_session *s, bool demo);
    void (*host)(void *context, const struct store_test_host *h);
    void (*link)(void *context, const char *host, unsigned place, const char *name);
    void (*leak)(void *context, unsigned number, const char *host, const char *parameter, const char *page);
    void *context;
};

struct store_asker;
int store_test_read(struct store_asker *a, const char *installation, const char *id, const struct store_test_listener *l);
/* Calls each() with the id of every test there is. */
int store_test_list(struct store_asker *a, const char *installation, void (*each)(void *context, const char *id), void *context);

#endif
