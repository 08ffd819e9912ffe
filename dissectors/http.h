/* http.h -- the head of an HTTP/1 request in clear text (RFC 9112).
 *
 * Shape      Request line (origin-form, absolute-form, authority-form of CONNECT, asterisk-form) and the Host,
 *            Referer and Content-Length headers. Lines may end in CRLF or LF.
 * Threads    Pure; any thread. Ownership: views into the input; they are raw bytes of a child's request and stay in
 *            the capture process.
 * Failure    OK: the head is complete. TRUNCATED: the end of the head is not in these bytes or not in the first
 *            HTTP_HEAD_MAX; what was reached is filled, from whole lines only (but a target once the space behind it
 *            is there). NOT_MINE: does not begin with a known method, a target and HTTP/1.x.
 */
#ifndef TELLTALE_DISSECTORS_HTTP_H
#define TELLTALE_DISSECTORS_HTTP_H

#include "dissectors/dissector.h"

#include <stdbool.h>

#define HTTP_HEAD_MAX 16384

struct http_request {
    struct bytes_view method;
    struct bytes_view target;
    /* Without port, brackets and user name. What does not parse as a host is as it was sent: normalise before use. */
    struct bytes_view host;        /* of an absolute-form or CONNECT target, else the Host header */
    struct bytes_view host_header; /* the Host header's own value, whichever form the target has */
    struct bytes_view referer;
    bool connect;
    bool tls_scheme;         /* absolute-form with https: */
    uint64_t content_length; /* 0 when there is none, or none that is a number */
    size_t head_len;         /* bytes up to and including the empty line; 0 when TRUNCATED */
};

enum dissect_outcome http_request_parse(const uint8_t *bytes, size_t n, struct http_request *out);

/* Could a client's bytes that begin like this be a request? True for a prefix of a method too, and for no bytes. */
bool http_looks_like_request(const uint8_t *bytes, size_t n);

#endif
