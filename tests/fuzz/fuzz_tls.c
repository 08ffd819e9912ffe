/* fuzz_tls.c -- any bytes, as a stream of TLS records and as a handshake message.
 *
 * Besides memory errors: `need` keeps its promise, views lie within what they may point into, the protocol list can be
 * walked, and a prefix never contradicts the whole.
 */
#include "dissectors/tls.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* Reads every byte, so that the address sanitizer sees a view that is too long. */
static void touch(const uint8_t *bytes, size_t n)
{
    static volatile uint8_t sink;
    for (size_t i = 0; i < n; i++)
        sink = bytes[i];
    (void)sink;
}

static bool within(const struct bytes_view *v, const uint8_t *bytes, size_t n)
{
    return v->len == 0 || (v->at >= bytes && v->len <= n && (size_t)(v->at - bytes) <= n - v->len);
}

static void check(enum dissect_outcome rc, const struct tls_hello *h)
{
    if (rc == DISSECT_MALFORMED || rc == DISSECT_NOT_MINE)
        must(h->sni.len == 0 && h->alpn.len == 0 && !h->ech && h->message_len == 0 && h->legacy_version == 0);
    for (size_t at = 0; at < h->alpn.len; at += (size_t)1 + h->alpn.at[at]) {
        must(h->alpn.at[at] > 0 && h->alpn.at[at] < h->alpn.len - at);
    }
    touch(h->alpn.at, h->alpn.len);
    touch(h->sni.at, h->sni.len);
}

static enum dissect_outcome as_stream(const uint8_t *data, size_t size, size_t *need)
{
    static uint8_t scratch[TLS_SCRATCH_BYTES];
    struct tls_hello h;
    enum dissect_outcome rc = tls_stream_hello(data, size, scratch, &h, need);
    must(rc == DISSECT_TRUNCATED ? *need > size : *need == size);
    must(within(&h.sni, data, size) || within(&h.sni, scratch, sizeof(scratch)));
    must(within(&h.alpn, data, size) || within(&h.alpn, scratch, sizeof(scratch)));
    check(rc, &h);
    must(rc != DISSECT_OK || tls_looks_like_hello(data, size));
    return rc;
}

static enum dissect_outcome as_message(const uint8_t *data, size_t size)
{
    struct tls_hello h;
    enum dissect_outcome rc = tls_hello_parse(data, size, &h);
    must(within(&h.sni, data, size) && within(&h.alpn, data, size));
    must(rc != DISSECT_OK || (h.message_len > 0 && h.message_len <= size));
    check(rc, &h);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t need, need_of_prefix;
    enum dissect_outcome whole = as_stream(data, size, &need);
    enum dissect_outcome message = as_message(data, size);

    size_t n = size / 2;
    uint8_t *prefix = malloc(n ? n : 1);
    must(prefix != NULL);
    if (n > 0)
        memcpy(prefix, data, n);
    enum dissect_outcome rc = as_stream(prefix, n, &need_of_prefix);
    if (rc != DISSECT_TRUNCATED)
        must(rc == whole);
    else if (whole == DISSECT_TRUNCATED)
        must(need_of_prefix <= need);
    else if (whole == DISSECT_OK)
        must(need_of_prefix <= size);
    rc = as_message(prefix, n);
    must(rc == DISSECT_TRUNCATED || rc == message);
    free(prefix);
    return 0;
}
