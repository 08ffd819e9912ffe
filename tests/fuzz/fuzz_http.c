/* fuzz_http.c -- any bytes as the beginning of a request.
 *
 * Claims     Views lie in the head; a head is complete with exactly head_len bytes and not with one less; the quick
 * look never turns away what the parser takes.
 */
#include "dissectors/http.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool holds)
{
    if (!holds)
        abort();
}

static void check_view(struct bytes_view v, const uint8_t *data, size_t size)
{
    claim(v.len == 0 || (v.at >= data && v.at + v.len <= data + size));
}

/* Parses the first n bytes from an exactly sized buffer. */
static enum dissect_outcome parse_first(const uint8_t *data, size_t n, struct http_request *out)
{
    uint8_t *exact = malloc(n);
    claim(exact != NULL);
    memcpy(exact, data, n);
    enum dissect_outcome rc = http_request_parse(exact, n, out);
    free(exact);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request r, again;
    enum dissect_outcome rc = http_request_parse(data, size, &r);
    claim(rc != DISSECT_MALFORMED);
    claim(rc == DISSECT_NOT_MINE || http_looks_like_request(data, size));
    const struct bytes_view views[] = {r.method, r.target, r.host, r.host_header, r.referer};
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
        check_view(views[i], data, rc == DISSECT_OK ? r.head_len : size);
    if (rc != DISSECT_OK) {
        claim(r.head_len == 0);
        return 0;
    }
    claim(r.method.len > 0 && r.target.len > 0 && r.head_len <= size && r.head_len <= HTTP_HEAD_MAX);
    claim(parse_first(data, r.head_len, &again) == DISSECT_OK && again.head_len == r.head_len);
    claim(again.host.len == r.host.len && again.content_length == r.content_length);
    claim(parse_first(data, r.head_len - 1, &again) == DISSECT_TRUNCATED && again.host.len <= r.host.len);
    return 0;
}
