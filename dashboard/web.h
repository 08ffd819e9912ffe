/* web.h -- the dashboard's state, and what handlers of routes are given.
 *
 * Threads    Everything here belongs to the server's one thread, but `live`, which has its own lock.
 * Ownership  web_open() takes what it needs and web_close() gives it back; the config is borrowed.
 */
#ifndef TELLTALE_DASHBOARD_WEB_H
#define TELLTALE_DASHBOARD_WEB_H

#include "common/config.h"
#include "common/json.h"
#include "dashboard/accounts.h"
#include "dashboard/attempts.h"
#include "dashboard/exchange.h"
#include "dashboard/jobs.h"
#include "common/settings_stamp.h"
#include "dashboard/live.h"
#include "dashboard/sessions.h"
#include "reports/lists.h"
#include "store/reader.h"
#include "store/stream_reader.h"

struct web {
    const struct config *config;
    struct config changed;  /* as the files say now */
    struct config settings; /* web_settings() */
    struct settings_stamp stamp;
    uint64_t looked_ns, settings_ns;
    struct accounts *accounts;
    struct sessions sessions;
    struct attempts attempts;
    struct store_reader *reader; /* NULL: the store is away; web_reader() tries again */
    struct store_stream_reader *alerts, *audit;
    struct live *live;
    struct lists names; /* of support sites; no trackers */
    bool tls;
};

int web_open(struct web *w, const struct config *config, bool tls);
void web_close(struct web *w);

/* The answer to one request: every check and the handler. Never fails; what goes wrong is an answer. */
void web_answer(struct web *w, const struct web_request *q, struct web_answer *a);
/* The answer once the job that web_answer() gave is done. */
void web_finish(struct web *w, const struct web_request *q, struct web_answer *a, struct job *job);
/* How long a body may be that follows these headers: EXCHANGE_BODY_MAX, but for whoever may upload. */
size_t web_body_most(struct web *w, const struct web_request *q);

/* --- for handlers ------------------------------------------------------------------------------------------------------------ */

struct web_call {
    struct web *web;
    const struct web_request *request;
    struct web_answer *answer;
    struct session *session; /* NULL: nobody is signed in */
    uint64_t now_ns;         /* monotonic */
};

/* Takes the document and makes it the answer. */
void web_send_json(struct web_call *c, unsigned status, struct json *document);
/* {"error":{"code":...,"message":...}}. The page has its own words for each code. */
void web_send_error(struct web_call *c, unsigned status, const char *code, const char *message);
/* Why the store did not answer, as an error. */
void web_send_store_error(struct web_call *c, int rc);

/* Answers later: run() on another thread, then done() on this one. Takes the work; NULL, or too much to do already, is answered with an error. */
void web_later(struct web_call *c, void (*run)(void *work), void (*done)(struct web_call *c, void *work), void (*free_work)(void *work), void *work);

/* The same for a password, on a thread that has nothing else to do. done() is called even when run() was not, for too many wait. */
void web_later_password(struct web_call *c, void (*run)(void *work), void (*done)(struct web_call *c, void *work), void (*free_work)(void *work), void *work);

/* Takes bytes (malloc) and makes them a file that the browser saves. */
void web_send_file(struct web_call *c, const char *type, const char *filename, char *bytes, size_t n);

/* Opened on first use and again after a failure; NULL: the store is away. */
struct store_reader *web_reader(struct web *w);
struct store_stream_reader *web_stream(struct web *w, enum store_key which);

/* Notes in the record that this role did something. A look is noted once a session and hour. False: it could not be noted, the
 * answer is an error, and what was asked for must not be shown. */
bool web_note_look(struct web_call *c, const char *what);
void web_note(struct web *w, enum role role, const char *did, const char *what); /* failure is logged only */

/* Is this installation a demo? Health says so. */
bool web_is_demo(struct web *w);

/* The configuration with what is in force now: a page may have had it changed since this program was started. The files say so, and are read
 * anew before a request when they are others, with the names of sites; telltaled says so in the store. Copy it for what outlives the call. */
const struct config *web_settings(struct web *w);

/* How many distinct devices are behind each figure of a support site at least: [privacy] k, 1 in a demo. */
int64_t web_least_devices(struct web *w);

/* The cookie of a session; "": to be thrown away. */
void web_set_cookie(struct web_call *c, const char *id);
const char *web_cookie_name(const struct web *w);
/* The mark of a browser that somebody signed in with (accounts.h), for half a year. */
void web_set_browser_cookie(struct web_call *c, const char *mark);
bool web_browser_cookie(const struct web_call *c, char *out, size_t size);

/* A page or asset that was built in. */
void web_send_asset(struct web_call *c, const char *name);

#endif
