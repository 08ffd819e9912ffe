/* test_tls.c -- ClientHello messages that are whole, cut, and hostile. Records: test_tls_stream.c. */
#include "dissectors/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/hello_maker.h"

static struct hello_answer ask_message(const uint8_t *bytes, size_t n)
{
    struct hello_answer a;
    memset(&a, 0, sizeof(a));
    uint8_t *heap = hello_exactly(bytes, n);
    a.rc = tls_hello_parse(heap, n, &a.hello);
    hello_keep_views(&a);
    free(heap);
    return a;
}

static struct made_hello m;

static void whole_hello_gives_name_alpn_ech_and_version(void **state)
{
    (void)state;
    hello_usual(&m);
    struct hello_answer a = ask_message(m.bytes, m.n);
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
    hello_usual(&m);
    const uint8_t *name = memmem(m.bytes, m.n, "tracker.example", 15);
    size_t name_end = (size_t)(name - m.bytes) + 15;
    const uint8_t *alpn = memmem(m.bytes, m.n, ALPN_BODY, 12);
    size_t alpn_end = (size_t)(alpn - m.bytes) + 12;
    for (size_t n = 0; n < m.n; n++) {
        struct hello_answer a = ask_message(m.bytes, n);
        assert_int_equal(a.rc, DISSECT_TRUNCATED);
        assert_string_equal(a.name, n >= name_end ? "tracker.example" : "");
        assert_string_equal(a.alpn, n >= alpn_end ? ALPN_BODY : "");
        assert_int_equal(a.hello.message_len, n >= 4 ? m.n : 0);
        assert_int_equal(a.hello.legacy_version, n >= 6 ? 0x0303 : 0);
    }
}

static void hello_longer_than_any_can_be_is_malformed(void **state)
{
    (void)state;
    assert_int_equal(ask_message((const uint8_t *)"\x01\x7f\xff\xff\x03\x03", 6).rc, DISSECT_MALFORMED);
    assert_int_equal(ask_message((const uint8_t *)"\x01\x02\x00\x00\x03\x03", 6).rc, DISSECT_TRUNCATED);
}

static void hello_that_ends_before_the_extensions_has_no_name(void **state)
{
    (void)state;
    hello_begin(&m);
    hello_end(&m);
    m.bytes[5] = 1; /* TLS 1.0 */
    struct hello_answer a = ask_message(m.bytes, m.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_int_equal(a.hello.legacy_version, 0x0301);
    assert_int_equal(a.hello.sni.len, 0);
    for (size_t n = 0; n < m.n; n++)
        assert_int_equal(ask_message(m.bytes, n).rc, DISSECT_TRUNCATED);
}

static void empty_extension_block_has_no_name(void **state)
{
    (void)state;
    static struct made_hello e;
    e.n = 0;
    hello_with(&m, &e);
    struct hello_answer a = ask_message(m.bytes, m.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_int_equal(a.hello.sni.len, 0);
    assert_false(a.hello.ech);
}

static void first_server_name_wins(void **state)
{
    (void)state;
    static struct made_hello e;
    e.n = 0;
    hello_server_name(&e, "first.example");
    hello_server_name(&e, "second.example");
    hello_with(&m, &e);
    assert_string_equal(ask_message(m.bytes, m.n).name, "first.example");
}

static void first_host_name_of_the_list_wins(void **state)
{
    (void)state;
    static struct made_hello e;
    e.n = 0;
    hello_extension(&e, 0, "\0\x12\x07\0\2zz\0\0\3one\0\0\4more", 20);
    hello_with(&m, &e);
    struct hello_answer a = ask_message(m.bytes, m.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_string_equal(a.name, "one");
}

static void inner_hello_extension_is_not_ech(void **state)
{
    (void)state;
    static struct made_hello e;
    e.n = 0;
    hello_extension(&e, 0xfe0d, "\1", 1);
    hello_with(&m, &e);
    struct hello_answer a = ask_message(m.bytes, m.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_false(a.hello.ech);
}

static void extensions_length_that_lies_is_malformed(void **state)
{
    (void)state;
    hello_usual(&m);
    size_t at = 4 + 2 + 32 + 1 + 32 + 2 + 4 + 2; /* of the extensions' length */
    unsigned honest = (unsigned)m.bytes[at] << 8 | m.bytes[at + 1];
    for (unsigned lie = 0; lie < 65536; lie += lie < 300 ? 1 : 211) {
        if (lie == honest)
            continue;
        m.bytes[at] = (uint8_t)(lie >> 8);
        m.bytes[at + 1] = (uint8_t)lie;
        struct hello_answer a = ask_message(m.bytes, m.n);
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
        hello_usual(&m);
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
        static struct made_hello e;
        e.n = 0;
        hello_extension(&e, 0, lies[i].body, lies[i].n);
        hello_extension(&e, 0x0017, "", 0);
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
        static struct made_hello e;
        e.n = 0;
        hello_extension(&e, 16, lies[i].body, lies[i].n);
        hello_with(&m, &e);
        struct hello_answer a = ask_message(m.bytes, m.n);
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
        hello_usual(&m);
        for (int change = rand() % 3; change >= 0; change--)
            m.bytes[(size_t)rand() % m.n] = (uint8_t)(rand() % 2 ? rand() : rand() % 4);
        struct hello_answer whole = ask_message(m.bytes, m.n);
        struct hello_answer part = ask_message(m.bytes, (size_t)rand() % m.n);
        if (part.rc != DISSECT_TRUNCATED)
            assert_true(part.rc == whole.rc);
        else if (part.hello.sni.len > 0 && whole.rc == DISSECT_OK)
            assert_string_equal(part.name, whole.name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_hello_gives_name_alpn_ech_and_version),
        cmocka_unit_test(every_cut_of_a_message_is_truncated_and_keeps_what_was_reached),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
