/* test_tls.c -- hellos that are whole, cut, spread over records, and hostile. */
#include "dissectors/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* -- making hellos -- */

struct made {
    uint8_t bytes[70000];
    size_t n;
};

static void u8(struct made *m, unsigned v)
{
    assert_true(m->n < sizeof(m->bytes));
    m->bytes[m->n++] = (uint8_t)v;
}

static void u16(struct made *m, unsigned v)
{
    u8(m, v >> 8);
    u8(m, v);
}

static void put(struct made *m, const void *bytes, size_t n)
{
    assert_true(n <= sizeof(m->bytes) - m->n);
    if (n > 0)
        memcpy(m->bytes + m->n, bytes, n);
    m->n += n;
}

static void text(struct made *m, const char *s)
{
    put(m, s, strlen(s));
}

/* Everything up to the extensions' own length; the handshake length is filled in by hello_end(). */
static void hello_begin(struct made *m)
{
    m->n = 0;
    put(m, "\x01\0\0\0", 4);
    u16(m, 0x0303);
    for (unsigned i = 0; i < 32; i++)
        u8(m, 0x80 + i);
    u8(m, 32);
    for (unsigned i = 0; i < 32; i++)
        u8(m, i);
    u16(m, 4);
    u16(m, 0x1301);
    u16(m, 0xc02f);
    u8(m, 1);
    u8(m, 0);
}

static void hello_end(struct made *m)
{
    size_t body = m->n - 4;
    m->bytes[1] = (uint8_t)(body >> 16);
    m->bytes[2] = (uint8_t)(body >> 8);
    m->bytes[3] = (uint8_t)body;
}

static void hello_with(struct made *m, const struct made *extensions)
{
    hello_begin(m);
    u16(m, (unsigned)extensions->n);
    put(m, extensions->bytes, extensions->n);
    hello_end(m);
}

static void extension(struct made *m, unsigned type, const void *body, size_t n)
{
    u16(m, type);
    u16(m, (unsigned)n);
    put(m, body, n);
}

static void server_name(struct made *m, const char *name)
{
    size_t n = strlen(name);
    u16(m, 0);
    u16(m, (unsigned)n + 5);
    u16(m, (unsigned)n + 3);
    u8(m, 0);
    u16(m, (unsigned)n);
    text(m, name);
}

#define ALPN_BODY "\x02h2\x08http/1.1"

/* A hello as browsers send it: something before the name, ALPN and ECH after it. */
static void usual_hello(struct made *m)
{
    static struct made e;
    e.n = 0;
    extension(&e, 0x4a4a, "", 0);
    extension(&e, 0x0017, "", 0);
    server_name(&e, "tracker.example");
    extension(&e, 0x0010, "\0\x0c" ALPN_BODY, 14);
    extension(&e, 0xfe0d, "\0\0\1\0\1\x2a", 6);
    hello_with(m, &e);
}

static void record(struct made *out, const uint8_t *fragment, size_t n)
{
    u8(out, 22);
    u16(out, 0x0301);
    u16(out, (unsigned)n);
    put(out, fragment, n);
}

/* -- asking, with the bytes in a heap buffer of exactly their size -- */

struct answer {
    enum dissect_outcome rc;
    struct tls_hello hello;
    char name[512], alpn[512];
    size_t need;
};

static void keep_views(struct answer *a)
{
    memcpy(a->name, a->hello.sni.at ? a->hello.sni.at : (const uint8_t *)"", a->hello.sni.len);
    a->name[a->hello.sni.len] = '\0';
    memcpy(a->alpn, a->hello.alpn.at ? a->hello.alpn.at : (const uint8_t *)"", a->hello.alpn.len);
    a->alpn[a->hello.alpn.len] = '\0';
}

static uint8_t *exactly(const uint8_t *bytes, size_t n)
{
    uint8_t *heap = malloc(n ? n : 1);
    assert_non_null(heap);
    memcpy(heap, bytes, n);
    return heap;
}

static struct answer ask_message(const uint8_t *bytes, size_t n)
{
    struct answer a;
    memset(&a, 0, sizeof(a));
    uint8_t *heap = exactly(bytes, n);
    a.rc = tls_hello_parse(heap, n, &a.hello);
    keep_views(&a);
    free(heap);
    return a;
}

static struct answer ask_stream(const uint8_t *bytes, size_t n)
{
    struct answer a;
    memset(&a, 0, sizeof(a));
    uint8_t *heap = exactly(bytes, n);
    uint8_t *scratch = malloc(TLS_SCRATCH_BYTES);
    assert_non_null(scratch);
    a.rc = tls_stream_hello(heap, n, scratch, &a.hello, &a.need);
    keep_views(&a);
    if (a.rc == DISSECT_TRUNCATED)
        assert_true(a.need > n);
    else
        assert_true(a.need == n);
    free(scratch);
    free(heap);
    return a;
}

static struct made m, s;

/* -- whole and cut -- */

static void whole_hello_gives_name_alpn_ech_and_version(void **state)
{
    (void)state;
    usual_hello(&m);
    struct answer a = ask_message(m.bytes, m.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_string_equal(a.name, "tracker.example");
    assert_string_equal(a.alpn, ALPN_BODY);
    assert_true(a.hello.ech);
    assert_int_equal(a.hello.legacy_version, 0x0303);
    assert_int_equal(a.hello.message_len, m.n);
}

static void every_cut_of_a_message_is_truncated_and_keeps_what_was_reached(void **state)
{
    (void)state;
    usual_hello(&m);
    const uint8_t *name = memmem(m.bytes, m.n, "tracker.example", 15);
    size_t name_end = (size_t)(name - m.bytes) + 15;
    const uint8_t *alpn = memmem(m.bytes, m.n, ALPN_BODY, 12);
    size_t alpn_end = (size_t)(alpn - m.bytes) + 12;
    for (size_t n = 0; n < m.n; n++) {
        struct answer a = ask_message(m.bytes, n);
        assert_int_equal(a.rc, DISSECT_TRUNCATED);
        assert_string_equal(a.name, n >= name_end ? "tracker.example" : "");
        assert_string_equal(a.alpn, n >= alpn_end ? ALPN_BODY : "");
        assert_int_equal(a.hello.message_len, n >= 4 ? m.n : 0);
        assert_int_equal(a.hello.legacy_version, n >= 6 ? 0x0303 : 0);
    }
}

static void every_cut_of_a_record_says_exactly_what_it_needs(void **state)
{
    (void)state;
    usual_hello(&m);
    s.n = 0;
    record(&s, m.bytes, m.n);
    for (size_t n = 0; n < s.n; n++) {
        struct answer a = ask_stream(s.bytes, n);
        assert_int_equal(a.rc, DISSECT_TRUNCATED);
        assert_int_equal(a.need, n < 9 ? 9 : s.n);
    }
    struct answer a = ask_stream(s.bytes, s.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_string_equal(a.name, "tracker.example");
}

static void bytes_after_the_hello_do_not_matter(void **state)
{
    (void)state;
    usual_hello(&m);
    struct made more = m;
    text(&more, "\x14 rubbish that is another message");
    struct answer a = ask_message(more.bytes, more.n);
    assert_int_equal(a.rc, DISSECT_OK);
    s.n = 0;
    record(&s, more.bytes, more.n); /* in the same record */
    text(&s, "and no record at all");
    a = ask_stream(s.bytes, s.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_string_equal(a.name, "tracker.example");
}

/* -- records -- */

static void hello_over_two_records_cut_anywhere_is_read(void **state)
{
    (void)state;
    usual_hello(&m);
    for (size_t cut = 1; cut < m.n; cut++) {
        s.n = 0;
        record(&s, m.bytes, cut);
        record(&s, m.bytes + cut, m.n - cut);
        struct answer a = ask_stream(s.bytes, s.n);
        assert_int_equal(a.rc, DISSECT_OK);
        assert_string_equal(a.name, "tracker.example");
        assert_string_equal(a.alpn, ALPN_BODY);
        assert_true(a.hello.ech);
        assert_int_equal(a.hello.message_len, m.n);
        a = ask_stream(s.bytes, s.n - 1);
        assert_int_equal(a.rc, DISSECT_TRUNCATED);
        assert_int_equal(a.need, s.n);
    }
}

static void hello_in_records_of_one_byte_is_read(void **state)
{
    (void)state;
    usual_hello(&m);
    s.n = 0;
    for (size_t i = 0; i < m.n; i++)
        record(&s, m.bytes + i, 1);
    struct answer a = ask_stream(s.bytes, s.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_string_equal(a.name, "tracker.example");
}

/* `need` never asks for more than the hello has, and only grows; a caller that waits for it gets there. */
static void need_only_grows_and_never_overshoots(void **state)
{
    (void)state;
    srand(443);
    for (int round = 0; round < 60; round++) {
        usual_hello(&m);
        s.n = 0;
        for (size_t at = 0, n; at < m.n; at += n) {
            n = (size_t)rand() % (round % 2 ? 9 : 120) + 1;
            n = n < m.n - at ? n : m.n - at;
            record(&s, m.bytes + at, n);
        }
        size_t last_need = 0;
        for (size_t n = 0; n < s.n; n++) {
            struct answer a = ask_stream(s.bytes, n);
            assert_int_equal(a.rc, DISSECT_TRUNCATED);
            assert_true(a.need >= last_need);
            assert_true(a.need <= s.n);
            last_need = a.need;
        }
        size_t have = 0;
        struct answer a = ask_stream(s.bytes, have);
        while (a.rc == DISSECT_TRUNCATED) {
            have = a.need;
            assert_true(have <= s.n);
            a = ask_stream(s.bytes, have);
        }
        assert_int_equal(a.rc, DISSECT_OK);
        assert_int_equal(have, s.n);
    }
}

static void name_in_a_truncated_second_record_is_kept(void **state)
{
    (void)state;
    usual_hello(&m);
    s.n = 0;
    record(&s, m.bytes, 90);
    record(&s, m.bytes + 90, m.n - 90);
    struct answer a = ask_stream(s.bytes, s.n - 3);
    assert_int_equal(a.rc, DISSECT_TRUNCATED);
    assert_string_equal(a.name, "tracker.example");
}

static void empty_record_is_malformed(void **state)
{
    (void)state;
    usual_hello(&m);
    s.n = 0;
    record(&s, m.bytes, 0);
    record(&s, m.bytes, m.n);
    assert_int_equal(ask_stream(s.bytes, 5).rc, DISSECT_MALFORMED);
    s.n = 0;
    record(&s, m.bytes, 50);
    for (int i = 0; i < 1000; i++)
        record(&s, m.bytes, 0);
    assert_int_equal(ask_stream(s.bytes, s.n).rc, DISSECT_MALFORMED);
}

static void record_longer_than_the_protocol_allows_is_malformed(void **state)
{
    (void)state;
    assert_int_equal(ask_stream((const uint8_t *)"\x16\x03\x01\x40\x01\x01", 6).rc, DISSECT_MALFORMED);
    assert_int_equal(ask_stream((const uint8_t *)"\x16\x03\x01\x40\x00\x01", 6).rc, DISSECT_TRUNCATED);
}

static void another_record_inside_a_hello_is_malformed(void **state)
{
    (void)state;
    usual_hello(&m);
    for (unsigned change = 0; change < 2; change++) {
        s.n = 0;
        record(&s, m.bytes, 50);
        size_t second = s.n;
        record(&s, m.bytes + 50, m.n - 50);
        s.bytes[second + change] ^= 3; /* type 22 -> 21 (alert); version 3 -> 0 */
        assert_int_equal(ask_stream(s.bytes, s.n).rc, DISSECT_MALFORMED);
    }
}

static void record_versions_of_ssl3_to_tls13_are_taken(void **state)
{
    (void)state;
    usual_hello(&m);
    s.n = 0;
    record(&s, m.bytes, m.n);
    for (unsigned minor = 0; minor < 8; minor++) {
        s.bytes[2] = (uint8_t)minor;
        assert_int_equal(ask_stream(s.bytes, s.n).rc, minor <= 4 ? DISSECT_OK : DISSECT_NOT_MINE);
        assert_int_equal(tls_looks_like_hello(s.bytes, s.n), minor <= 4);
    }
}

/* A message of 40 kB: the name in its first 16 kB is found, and nothing asks for more bytes than can help. */
static void hello_longer_than_scratch_is_read_as_far_as_scratch_goes(void **state)
{
    (void)state;
    static struct made e;
    for (int name_last = 0; name_last < 2; name_last++) {
        e.n = 0;
        if (!name_last)
            server_name(&e, "big.example");
        extension(&e, 41, memset(s.bytes, 7, 40000), 40000);
        if (name_last)
            server_name(&e, "big.example");
        hello_with(&m, &e);
        s.n = 0;
        for (size_t at = 0; at < m.n; at += 16384)
            record(&s, m.bytes + at, m.n - at < 16384 ? m.n - at : 16384);
        assert_int_equal(ask_stream(s.bytes, 1000).need, 5 + 16384);
        struct answer a = ask_stream(s.bytes, 5 + 16384);
        assert_int_equal(a.rc, DISSECT_TRUNCATED);
        assert_true(a.need == SIZE_MAX);
        assert_string_equal(a.name, name_last ? "" : "big.example");
        a = ask_stream(s.bytes, s.n);
        assert_int_equal(a.rc, DISSECT_TRUNCATED);
        assert_true(a.need == SIZE_MAX);
        a = ask_message(m.bytes, m.n); /* whoever has all of it (QUIC) gets all of it */
        assert_int_equal(a.rc, DISSECT_OK);
        assert_string_equal(a.name, "big.example");
    }
}

static void hello_longer_than_any_can_be_is_malformed(void **state)
{
    (void)state;
    assert_int_equal(ask_message((const uint8_t *)"\x01\x7f\xff\xff\x03\x03", 6).rc, DISSECT_MALFORMED);
    assert_int_equal(ask_message((const uint8_t *)"\x01\x02\x00\x00\x03\x03", 6).rc, DISSECT_TRUNCATED);
}

/* -- hellos with little in them -- */

static void hello_that_ends_before_the_extensions_has_no_name(void **state)
{
    (void)state;
    hello_begin(&m);
    hello_end(&m);
    m.bytes[5] = 1; /* TLS 1.0 */
    struct answer a = ask_message(m.bytes, m.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_int_equal(a.hello.legacy_version, 0x0301);
    assert_int_equal(a.hello.sni.len, 0);
    for (size_t n = 0; n < m.n; n++)
        assert_int_equal(ask_message(m.bytes, n).rc, DISSECT_TRUNCATED);
}

static void empty_extension_block_has_no_name(void **state)
{
    (void)state;
    static struct made e;
    e.n = 0;
    hello_with(&m, &e);
    struct answer a = ask_message(m.bytes, m.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_int_equal(a.hello.sni.len, 0);
    assert_false(a.hello.ech);
}

static void first_server_name_wins(void **state)
{
    (void)state;
    static struct made e;
    e.n = 0;
    server_name(&e, "first.example");
    server_name(&e, "second.example");
    hello_with(&m, &e);
    assert_string_equal(ask_message(m.bytes, m.n).name, "first.example");
}

static void first_host_name_of_the_list_wins(void **state)
{
    (void)state;
    static struct made e;
    e.n = 0;
    extension(&e, 0, "\0\x12\x07\0\2zz\0\0\3one\0\0\4more", 20);
    hello_with(&m, &e);
    struct answer a = ask_message(m.bytes, m.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_string_equal(a.name, "one");
}

static void inner_hello_extension_is_not_ech(void **state)
{
    (void)state;
    static struct made e;
    e.n = 0;
    extension(&e, 0xfe0d, "\1", 1);
    hello_with(&m, &e);
    struct answer a = ask_message(m.bytes, m.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_false(a.hello.ech);
}

/* -- lengths that lie -- */

static void extensions_length_that_lies_is_malformed(void **state)
{
    (void)state;
    usual_hello(&m);
    size_t at = 4 + 2 + 32 + 1 + 32 + 2 + 4 + 2; /* of the extensions' length */
    unsigned honest = (unsigned)m.bytes[at] << 8 | m.bytes[at + 1];
    for (unsigned lie = 0; lie < 65536; lie += lie < 300 ? 1 : 211) {
        if (lie == honest)
            continue;
        m.bytes[at] = (uint8_t)(lie >> 8);
        m.bytes[at + 1] = (uint8_t)lie;
        struct answer a = ask_message(m.bytes, m.n);
        assert_int_equal(a.rc, DISSECT_MALFORMED);
        assert_int_equal(a.hello.sni.len, 0);
        assert_int_equal(ask_message(m.bytes, at + 2).rc, DISSECT_MALFORMED); /* known as soon as it is read */
    }
}

static void vectors_before_the_extensions_that_lie_are_malformed(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } lies[] = {
        {38, 33}, {38, 255}, /* session id over 32 */
        {71, 1},  {72, 3},   /* cipher suites: past the end, odd */
        {72, 0},             /* cipher suites: none */
        {77, 0},  {77, 255}, /* compression methods: none, past the end */
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        usual_hello(&m);
        m.bytes[lies[i].at] = lies[i].value;
        assert_int_equal(ask_message(m.bytes, m.n).rc, DISSECT_MALFORMED);
    }
}

static void server_name_bodies_that_lie_are_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t n;
    } lies[] = {
        {"", 0},                     /* nothing */
        {"\0", 1},                   /* half a length */
        {"\0\0", 2},                 /* an empty list */
        {"\0\5\0\0\2ab", 8 - 1 + 1}, /* bytes after the list */
        {"\0\6\0\0\2ab", 7},         /* the list outruns the extension */
        {"\0\4\0\0\2ab", 7},         /* the list ends within the name */
        {"\0\5\0\0\3ab", 7},         /* the name outruns the list */
        {"\0\5\0\xff\xff"
         "ab",
         7},                     /* ... by far */
        {"\0\3\0\0\0", 5},       /* a name of no bytes */
        {"\0\7\0\0\2ab\0\0", 9}, /* half a second entry */
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        static struct made e;
        e.n = 0;
        extension(&e, 0, lies[i].body, lies[i].n);
        extension(&e, 0x0017, "", 0);
        hello_with(&m, &e);
        assert_int_equal(ask_message(m.bytes, m.n).rc, DISSECT_MALFORMED);
        for (size_t n = 0; n < m.n; n++) {
            enum dissect_outcome rc = ask_message(m.bytes, n).rc;
            assert_true(rc == DISSECT_TRUNCATED || rc == DISSECT_MALFORMED);
        }
    }
}

static void alpn_bodies_that_lie_are_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t n;
    } lies[] = {
        {"", 0}, {"\0\0", 2}, {"\0\3\2h2\0", 6}, {"\0\4\2h2", 5}, {"\0\3\3h2", 5}, {"\0\4\2h2\0", 6}, {"\0\1\0", 3},
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        static struct made e;
        e.n = 0;
        extension(&e, 16, lies[i].body, lies[i].n);
        hello_with(&m, &e);
        struct answer a = ask_message(m.bytes, m.n);
        assert_int_equal(a.rc, DISSECT_MALFORMED);
        assert_int_equal(a.hello.alpn.len, 0);
    }
}

/* A cut changes "OK" into "truncated" and nothing else: whatever any prefix says for good, the whole says too. */
static void changed_bytes_never_make_a_prefix_contradict_the_whole(void **state)
{
    (void)state;
    srand(8446);
    for (int round = 0; round < 3000; round++) {
        usual_hello(&m);
        for (int change = rand() % 3; change >= 0; change--)
            m.bytes[(size_t)rand() % m.n] = (uint8_t)(rand() % 2 ? rand() : rand() % 4);
        struct answer whole = ask_message(m.bytes, m.n);
        struct answer part = ask_message(m.bytes, (size_t)rand() % m.n);
        if (part.rc != DISSECT_TRUNCATED)
            assert_true(part.rc == whole.rc);
        else if (part.hello.sni.len > 0 && whole.rc == DISSECT_OK)
            assert_string_equal(part.name, whole.name);
    }
}

/* -- other protocols -- */

static void other_protocols_are_not_mine(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } others[] = {
        {"GET / HTTP/1.1\r\n", 16},
        {"SSH-2.0-OpenSSH", 15},
        {"\x80\x2e\x01\x03\x01\0\x15\0\0\0\x10", 11},   /* SSLv2-compatible hello */
        {"\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x40\x01", 14}, /* DTLS */
        {"\x17\x03\x03\0\x20\x01", 6},                  /* application data */
        {"\x15\x03\x01\0\x02\x02\x28", 7},              /* alert */
        {"\x16\x03\x03\0\x7a\x02\0\0\x76\x03\x03", 11}, /* ServerHello */
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const uint8_t *bytes = (const uint8_t *)others[i].bytes;
        assert_int_equal(ask_stream(bytes, others[i].n).rc, DISSECT_NOT_MINE);
        assert_false(tls_looks_like_hello(bytes, others[i].n));
    }
    assert_int_equal(ask_message((const uint8_t *)"\x02", 1).rc, DISSECT_NOT_MINE);
    assert_int_equal(ask_message((const uint8_t *)"\x01\0\0\x30\xfe\xfd", 6).rc, DISSECT_NOT_MINE);
}

static void prefix_of_a_record_looks_like_a_hello(void **state)
{
    (void)state;
    usual_hello(&m);
    s.n = 0;
    record(&s, m.bytes, m.n);
    assert_false(tls_looks_like_hello(s.bytes, 0));
    for (size_t n = 1; n <= s.n; n++) {
        uint8_t *heap = exactly(s.bytes, n);
        assert_true(tls_looks_like_hello(heap, n));
        free(heap);
    }
    assert_false(tls_looks_like_hello((const uint8_t *)"\x16\x03\x01\0\0", 5));
    assert_false(tls_looks_like_hello((const uint8_t *)"\x16\x03\x01\xff\xff", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_hello_gives_name_alpn_ech_and_version),
        cmocka_unit_test(every_cut_of_a_message_is_truncated_and_keeps_what_was_reached),
        cmocka_unit_test(every_cut_of_a_record_says_exactly_what_it_needs),
        cmocka_unit_test(bytes_after_the_hello_do_not_matter),
        cmocka_unit_test(hello_over_two_records_cut_anywhere_is_read),
        cmocka_unit_test(hello_in_records_of_one_byte_is_read),
        cmocka_unit_test(need_only_grows_and_never_overshoots),
        cmocka_unit_test(name_in_a_truncated_second_record_is_kept),
        cmocka_unit_test(empty_record_is_malformed),
        cmocka_unit_test(record_longer_than_the_protocol_allows_is_malformed),
        cmocka_unit_test(another_record_inside_a_hello_is_malformed),
        cmocka_unit_test(record_versions_of_ssl3_to_tls13_are_taken),
        cmocka_unit_test(hello_longer_than_scratch_is_read_as_far_as_scratch_goes),
        cmocka_unit_test(hello_longer_than_any_can_be_is_malformed),
        cmocka_unit_test(hello_that_ends_before_the_extensions_has_no_name),
        cmocka_unit_test(empty_extension_block_has_no_name),
        cmocka_unit_test(first_server_name_wins),
        cmocka_unit_test(first_host_name_of_the_list_wins),
        cmocka_unit_test(inner_hello_extension_is_not_ech),
        cmocka_unit_test(extensions_length_that_lies_is_malformed),
        cmocka_unit_test(vectors_before_the_extensions_that_lie_are_malformed),
        cmocka_unit_test(server_name_bodies_that_lie_are_malformed),
        cmocka_unit_test(alpn_bodies_that_lie_are_malformed),
        cmocka_unit_test(changed_bytes_never_make_a_prefix_contradict_the_whole),
        cmocka_unit_test(other_protocols_are_not_mine),
        cmocka_unit_test(prefix_of_a_record_looks_like_a_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
