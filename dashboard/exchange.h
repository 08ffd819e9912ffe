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

#define EXCHANGE_BODY_MAX (16u << 10)

struct web_request {
    const char *method, *path;
    const char *host, *origin, *cookie, *token, *content_type, *if_none_match;
    const char *day;    /* ?day= */
    bool background;    /* the page asks by itself; nobody did anything */
    bool body_too_long; /* it was read and thrown away */
    const char *body;
    size_t body_len;
    struct ip_addr peer;
    bool peer_is_loopback, tls;
    void *connection; /* for live alerts: the hooks' handle */
};

struct live_viewer;

struct web_answer {
    unsigned status;
    const char *type; /* of the body */
    char *body;
    size_t body_len;
    bool body_is_static;
    char etag[36];     /* "": not to be stored anywhere */
    char location[64]; /* "": no redirection */
    char cookie[192];  /* Set-Cookie; "": none */
    unsigned retry_after_s;
    struct live_viewer *viewer; /* the body is what this viewer gets, until it ends */
};

#endif
