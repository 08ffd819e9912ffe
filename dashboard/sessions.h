/* sessions.h -- who is signed in.
 *
 * Shape      A table of SESSIONS_MAX, in memory only: a restart signs everybody out. The browser holds 128 random bits; the table
 *            holds their hash, so that a reader of this memory cannot sign in with it. A second secret, the token, travels in the
 *            page and comes back with every change (against forged requests).
 * Units      Nanoseconds of the monotonic clock, given by the caller.
 * Threads    One.
 * Failure    A full table gives up the session that was idle longest.
 */
#ifndef TELLTALE_DASHBOARD_SESSIONS_H
#define TELLTALE_DASHBOARD_SESSIONS_H

#include "common/clock.h"
#include "dashboard/accounts.h"

#include <stdint.h>

#define SESSIONS_MAX 64
#define SESSION_IDLE_NS (15 * 60 * NS_PER_S)
#define SESSION_LIFE_NS (8 * 3600 * NS_PER_S)
#define SESSION_ID_MAX 33    /* 32 hex digits */
#define SESSION_NOTED_MAX 64 /* looks that are in the record already */

struct session {
    bool used;
    uint8_t id_hash[32];
    char token[SESSION_ID_MAX];
    char name[ACCOUNT_NAME_MAX];
    enum role role;
    uint64_t began_ns, seen_ns, number; /* number: of all sessions ever, for those who outlive a look-up */
    uint64_t noted[SESSION_NOTED_MAX];
    unsigned noted_count;
    uint64_t noted_hour;
};

struct sessions {
    struct session table[SESSIONS_MAX];
    uint64_t last_number;
};

/* Writes the browser's half into id. */
struct session *sessions_begin(struct sessions *s, const char *name, enum role role, uint64_t now_ns, char id[SESSION_ID_MAX]);
void sessions_end(struct session *session);
void sessions_end_of(struct sessions *s, const char *name); /* all of an account's */

/* The live session of an id, or NULL. `act`: somebody did something, the idle time begins anew. */
struct session *sessions_find(struct sessions *s, const char *id, uint64_t now_ns, bool act);
/* Is the session of this number still live? */
bool sessions_alive(struct sessions *s, uint64_t number, uint64_t now_ns);

bool session_token_is(const struct session *session, const char *token);

/* True once for each `what` of a session and hour: looking at a page twice is one look. */
bool session_notes(struct session *session, const char *what, uint64_t wall_hour);
/* It could not be noted after all. */
void session_unnote(struct session *session);

#endif
