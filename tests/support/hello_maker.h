/* hello_maker.h -- ClientHellos made to order, for tests: appended byte by byte, with extensions of any shape;
 * and the answers of the parsers, kept.
 *
 * Include after <cmocka.h>: what does not fit is a failed assertion.
 */
#ifndef TELLTALE_TESTS_SUPPORT_HELLO_MAKER_H
#define TELLTALE_TESTS_SUPPORT_HELLO_MAKER_H

#include "dissectors/tls.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct made_hello {
    uint8_t bytes[70000];
    size_t n;
};

static inline void hello_u8(struct made_hello *m, unsigned v)
{
    assert_true(m->n < sizeof(m->bytes));
    m->bytes[m->n++] = (uint8_t)v;
}

static inline void hello_u16(struct made_hello *m, unsigned v)
{
    hello_u8(m, v >> 8);
    hello_u8(m, v);
}

static inline void hello_put(struct made_hello *m, const void *bytes, size_t n)
{
    assert_true(n <= sizeof(m->bytes) - m->n);
    if (n > 0)
        memcpy(m->bytes + m->n, bytes, n);
    m->n += n;
}

static inline void hello_text(struct made_hello *m, const char *s)
{
    hello_put(m, s, strlen(s));
}

/* Everything up to the extensions' own length; the handshake length is filled in by hello_end(). */
static inline void hello_begin(struct made_hello *m)
{
    m->n = 0;
    hello_put(m, "\x01\0\0\0", 4);
    hello_u16(m, 0x0303);
    for (unsigned i = 0; i < 32; i++)
        hello_u8(m, 0x80 + i);
    hello_u8(m, 32);
    for (unsigned i = 0; i < 32; i++)
        hello_u8(m, i);
    hello_u16(m, 4);
    hello_u16(m, 0x1301);
    hello_u16(m, 0xc02f);
    hello_u8(m, 1);
    hello_u8(m, 0);
}

static inline void hello_end(struct made_hello *m)
{
    size_t body = m->n - 4;
    m->bytes[1] = (uint8_t)(body >> 16);
    m->bytes[2] = (uint8_t)(body >> 8);
    m->bytes[3] = (uint8_t)body;
}

static inline void hello_with(struct made_hello *m, const struct made_hello *extensions)
{
    hello_begin(m);
    hello_u16(m, (unsigned)extensions->n);
    hello_put(m, extensions->bytes, extensions->n);
    hello_end(m);
}

static inline void hello_extension(struct made_hello *m, unsigned type, const void *body, size_t n)
{
    hello_u16(m, type);
    hello_u16(m, (unsigned)n);
    hello_put(m, body, n);
}

static inline void hello_server_name(struct made_hello *m, const char *name)
{
    size_t n = strlen(name);
    hello_u16(m, 0);
    hello_u16(m, (unsigned)n + 5);
    hello_u16(m, (unsigned)n + 3);
    hello_u8(m, 0);
    hello_u16(m, (unsigned)n);
    hello_text(m, name);
}

#define ALPN_BODY "\x02h2\x08http/1.1"

/* A hello as browsers send it: something before the name, ALPN and ECH after it. */
static inline void hello_usual(struct made_hello *m)
{
    static struct made_hello e;
    e.n = 0;
    hello_extension(&e, 0x4a4a, "", 0);
    hello_extension(&e, 0x0017, "", 0);
    hello_server_name(&e, "tracker.example");
    hello_extension(&e, 0x0010, "\0\x0c" ALPN_BODY, 14);
    hello_extension(&e, 0xfe0d, "\0\0\1\0\1\x2a", 6);
    hello_with(m, &e);
}

static inline void hello_record(struct made_hello *out, const uint8_t *fragment, size_t n)
{
    hello_u8(out, 22);
    hello_u16(out, 0x0301);
    hello_u16(out, (unsigned)n);
    hello_put(out, fragment, n);
}

/* -- what a dissector said of it -- */

struct hello_answer {
    enum dissect_outcome rc;
    struct tls_hello hello;
    char name[512], alpn[512];
    size_t need;
};

/* The input dies before the assertions: its views are copied out. */
static inline void hello_keep_views(struct hello_answer *a)
{
    memcpy(a->name, a->hello.sni.at ? a->hello.sni.at : (const uint8_t *)"", a->hello.sni.len);
    a->name[a->hello.sni.len] = '\0';
    memcpy(a->alpn, a->hello.alpn.at ? a->hello.alpn.at : (const uint8_t *)"", a->hello.alpn.len);
    a->alpn[a->hello.alpn.len] = '\0';
}

/* In a heap buffer of exactly its size, so that the address sanitizer sees one byte too many. */
static inline uint8_t *hello_exactly(const uint8_t *bytes, size_t n)
{
    uint8_t *heap = malloc(n ? n : 1);
    assert_non_null(heap);
    memcpy(heap, bytes, n);
    return heap;
}

#endif
