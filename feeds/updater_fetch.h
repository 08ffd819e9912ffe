/* updater_fetch.h -- one text over https (the only file that meets libcurl).
 *
 * Purpose    Lists come from servers that may be slow, broken or taken over. What comes is bounded in time and size, over
 *            https alone, also where a server sends us on, and never from an address inside our own network unless
 *            the operator's own server is there.
 * Redirects  At most five. Each must have an address without fault (common/https_url.h). A host other than the subscribed one
 *            may have a loopback, link-local, private or otherwise not public address only if the subscribed one was
 *            reached on such an address.
 * Proxies    None: http_proxy and its like are not looked at, since whom a proxy connects to could not be checked here.
 * Threads    One.
 * Ownership  reply->bytes are the caller's, who frees them; a NUL follows them.
 * Failure    -errno without a log line, and the reason in words that can follow "NAME: ". Text of the server in it is cleaned.
 */
#ifndef TELLTALE_FEEDS_UPDATER_FETCH_H
#define TELLTALE_FEEDS_UPDATER_FETCH_H

#include "feeds/updater_check.h"
#include "feeds/updater_state.h"

struct updater_request {
    const char *url;
    const char *etag, *last_modified; /* of what we have; "" to fetch in any case */
    const char *ca_file;              /* "": the machine's certificates */
    int64_t within_s;                 /* for everything, redirects too */
    size_t most_bytes;                /* as sent and after decompression */
    /* Called now and then; total is 0 where the server said none. May be NULL. */
    void (*progress)(void *context, uint64_t bytes, uint64_t total);
    void *context;
};

struct updater_reply {
    bool not_modified; /* then there are no bytes */
    char *bytes;
    size_t n;
    char etag[UPDATER_ETAG_MAX];          /* "": none, or none that may be kept */
    char last_modified[UPDATER_DATE_MAX]; /* likewise */
};

int updater_fetch_init(void); /* once in the process, before it has threads */
void updater_fetch_fini(void);
int updater_fetch(const struct updater_request *request, struct updater_reply *reply, char reason[UPDATER_REASON_MAX]);

#endif
