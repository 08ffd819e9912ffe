/* http.h -- the head of an HTTP/1 request in clear text (RFC 9112).
 *
 * Shape      Request line (origin-form, absolute-form, authority-form of CONNECT, asterisk-form) and the Host,
 *            Referer and Content-Length headers. Lines may end in CRLF or LF.
 * Threads    Pure; any thread. Ownership: views into the input; they are raw bytes of a child's request and
 *            stay in the capture process.
 * Failure    OK: the head is complete. TRUNCATED: the end of the head is not here; what was reached is filled.
 *            NOT_MINE: does not begin with a known method and a target.
 */
#ifndef TELLTALE_DISSECTORS_HTTP_H
#define TELLTALE_DISSECTORS_HTTP_H

#include "dissectors/dissector.h"

#include <stdbool.h>

#define HTTP_HEAD_MAX 16384

struct http_request {
    struct bytes_view method;
    struct bytes_view target;
    struct bytes_view host;    /* without port and brackets: of an absolute-form or CONNECT target, else the Host header */
    struct bytes_view host_header; /* the Host header's own value without port, whichever form the target has */
    struct bytes_view referer;
    bool connect;
    bool tls_scheme; /* absolute-form with https: */
    uint64_t content_length;
    size_t head_len; /* bytes up to and including the empty line; 0 when TRUNCATED */
};

enum dissect_outcome http_request_parse(const uint8_t *bytes, size_t n, struct http_request *out);

/* Could a client's bytes that begin like this be a request? True for a short prefix of a method too. */
bool http_looks_like_request(const uint8_t *bytes, size_t n);

#endif
