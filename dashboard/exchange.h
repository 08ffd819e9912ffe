/* exchange.h -- one request and its answer, without libmicrohttpd's types: what server.c and the rest of the room share.
 *
 * Ownership  A request's texts live until the answer was made; NULL where a header is not there. An answer's body belongs to the
 *            answer (free()) unless body_is_static.
 */
#ifndef TELLTALE_DASHBOARD_EXCHANGE_H
#define TELLTALE_DASHBOARD_EXCHANGE_H

#include "common/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXCHANGE_BODY_MAX   (16u << 10)
#define EXCHANGE_UPLOAD_MAX (64u << 20) /* of a recording, by a route that takes one */

struct web_request {
    const char *method, *path;
    const char *host, *origin, *cookie, *token, *content_type, *if_none_match;
    const char *day;    /* ?day= */
    const char *(*argument)(const struct web_request *q, const char *name); /* of the address: ?name=; NULL: not there */
    bool background;    /* the page asks by itself; nobody did anything */
    bool body_too_long; /* it was read and thrown away */
    bool no_room;       /* for an upload, so that its body was thrown away too */
    const char *body;
    size_t body_len;
    int body_file; /* an upload: the body is in this file, which is in memory alone, and not in `body`; else -1 */
    struct ip_addr peer;
    bool peer_is_loopback, tls;
    void *connection; /* for live alerts: the hooks' handle */
};

struct live_viewer;
struct job;

struct web_answer {
    unsigned status;
    const char *type; /* of the body */
    char *body;
    size_t body_len;
    bool body_is_static;
    char etag[36];     /* "": not to be stored anywhere */
    char location[64]; /* "": no redirection */
    char cookie[192], browser_cookie[192]; /* Set-Cookie; "": none */
    char filename[128]; /* "": the answer is shown; else the browser saves it under this name: a-z, A-Z, 0-9, . - _ */
    unsigned retry_after_s;
    struct live_viewer *viewer; /* the body is what this viewer gets, until it ends */
    struct job *job;            /* there is no answer yet: it comes when this is done */
};

#endif
