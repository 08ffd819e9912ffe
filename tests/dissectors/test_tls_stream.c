/* test_tls_stream.c -- ClientHellos in TLS records: cut anywhere, spread, interrupted, and too long. */
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

static struct hello_answer ask_stream(const uint8_t *bytes, size_t n)
{
    struct hello_answer a;
    memset(&a, 0, sizeof(a));
    uint8_t *heap = hello_exactly(bytes, n);
    uint8_t *scratch = malloc(TLS_SCRATCH_BYTES);
    assert_non_null(scratch);
    a.rc = tls_stream_hello(heap, n, scratch, &a.hello, &a.need);
    hello_keep_views(&a);
    if (a.rc == DISSECT_TRUNCATED)
        assert_true(a.need > n);
    else
        assert_true(a.need == n);
    free(scratch);
    free(heap);
    return a;
}

static struct made_hello m, s;

static void every_cut_of_a_record_says_exactly_what_it_needs(void **state)
{
    (void)state;
    hello_usual(&m);
    s.n = 0;
    hello_record(&s, m.bytes, m.n);
    for (size_t n = 0; n < s.n; n++) {
        struct hello_answer a = ask_stream(s.bytes, n);
        assert_int_equal(a.rc, DISSECT_TRUNCATED);
        assert_int_equal(a.need, n < 9 ? 9 : s.n);
    }
    struct hello_answer a = ask_stream(s.bytes, s.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_string_equal(a.name, "tracker.example");
}

static void bytes_after_the_hello_do_not_matter(void **state)
{
    (void)state;
    hello_usual(&m);
    struct made_hello more = m;
    hello_text(&more, "\x14 rubbish that is another message");
    struct hello_answer a = ask_message(more.bytes, more.n);
    assert_int_equal(a.rc, DISSECT_OK);
    s.n = 0;
    hello_record(&s, more.bytes, more.n); /* in the same record */
    hello_text(&s, "and no record at all");
    a = ask_stream(s.bytes, s.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_string_equal(a.name, "tracker.example");
}

static void hello_over_two_records_cut_anywhere_is_read(void **state)
{
    (void)state;
    hello_usual(&m);
    for (size_t cut = 1; cut < m.n; cut++) {
        s.n = 0;
        hello_record(&s, m.bytes, cut);
        hello_record(&s, m.bytes + cut, m.n - cut);
        struct hello_answer a = ask_stream(s.bytes, s.n);
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
    hello_usual(&m);
    s.n = 0;
    for (size_t i = 0; i < m.n; i++)
        hello_record(&s, m.bytes + i, 1);
    struct hello_answer a = ask_stream(s.bytes, s.n);
    assert_int_equal(a.rc, DISSECT_OK);
    assert_string_equal(a.name, "tracker.example");
}

/* `need` never asks for more than the hello has, and only grows; a caller that waits for it gets there. */
static void need_only_grows_and_never_overshoots(void **state)
{
    (void)state;
    srand(443);
    for (int round = 0; round < 60; round++) {
        hello_usual(&m);
        s.n = 0;
        for (size_t at = 0, n; at < m.n; at += n) {
            n = (size_t)rand() % (round % 2 ? 9 : 120) + 1;
            n = n < m.n - at ? n : m.n - at;
            hello_record(&s, m.bytes + at, n);
        }
        size_t last_need = 0;
        for (size_t n = 0; n < s.n; n++) {
            struct hello_answer a = ask_stream(s.bytes, n);
            assert_int_equal(a.rc, DISSECT_TRUNCATED);
            assert_true(a.need >= last_need);
            assert_true(a.need <= s.n);
            last_need = a.need;
        }
        size_t have = 0;
        struct hello_answer a = ask_stream(s.bytes, have);
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
    hello_usual(&m);
    s.n = 0;
    hello_record(&s, m.bytes, 90);
    hello_record(&s, m.bytes + 90, m.n - 90);
    struct hello_answer a = ask_stream(s.bytes, s.n - 3);
    assert_int_equal(a.rc, DISSECT_TRUNCATED);
    assert_string_equal(a.name, "tracker.example");
}

static void empty_record_is_malformed(void **state)
{
    (void)state;
    hello_usual(&m);
    s.n = 0;
    hello_record(&s, m.bytes, 0);
    hello_record(&s, m.bytes, m.n);
    assert_int_equal(ask_stream(s.bytes, 5).rc, DISSECT_MALFORMED);
    s.n = 0;
    hello_record(&s, m.bytes, 50);
    for (int i = 0; i < 1000; i++)
        hello_record(&s, m.bytes, 0);
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
    hello_usual(&m);
    for (unsigned change = 0; change < 2; change++) {
        s.n = 0;
        hello_record(&s, m.bytes, 50);
        size_t second = s.n;
        hello_record(&s, m.bytes + 50, m.n - 50);
        s.bytes[second + change] ^= 3; /* type 22 -> 21 (alert); version 3 -> 0 */
        assert_int_equal(ask_stream(s.bytes, s.n).rc, DISSECT_MALFORMED);
    }
}

static void record_versions_of_ssl3_to_tls13_are_taken(void **state)
{
    (void)state;
    hello_usual(&m);
    s.n = 0;
    hello_record(&s, m.bytes, m.n);
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
    static struct made_hello e;
    for (int name_last = 0; name_last < 2; name_last++) {
        e.n = 0;
        if (!name_last)
            hello_server_name(&e, "big.example");
        hello_extension(&e, 41, memset(s.bytes, 7, 40000), 40000);
        if (name_last)
            hello_server_name(&e, "big.example");
        hello_with(&m, &e);
        s.n = 0;
        for (size_t at = 0; at < m.n; at += 16384)
            hello_record(&s, m.bytes + at, m.n - at < 16384 ? m.n - at : 16384);
        assert_int_equal(ask_stream(s.bytes, 1000).need, 5 + 16384);
        struct hello_answer a = ask_stream(s.bytes, 5 + 16384);
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

/* Records of any size fill the scratch to its last byte and not further. */
static void records_that_do_not_come_out_even_fill_the_scratch_exactly(void **state)
{
    (void)state;
    static struct made_hello e;
    static const size_t sizes[] = {10000, 16383, 4099, 1};
    e.n = 0;
    hello_server_name(&e, "uneven.example");
    hello_extension(&e, 41, memset(s.bytes, 7, 20000), 20000);
    hello_with(&m, &e);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t most = sizes[i] > 1 ? m.n : 200; /* what fits the maker */
        s.n = 0;
        for (size_t at = 0; at < most; at += sizes[i])
            hello_record(&s, m.bytes + at, m.n - at < sizes[i] ? m.n - at : sizes[i]);
        struct hello_answer a = ask_stream(s.bytes, s.n);
        assert_int_equal(a.rc, DISSECT_TRUNCATED);
        assert_string_equal(a.name, "uneven.example");
        assert_true(sizes[i] == 1 || a.need == SIZE_MAX);
    }
}

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
    hello_usual(&m);
    s.n = 0;
    hello_record(&s, m.bytes, m.n);
    assert_false(tls_looks_like_hello(s.bytes, 0));
    for (size_t n = 1; n <= s.n; n++) {
        uint8_t *heap = hello_exactly(s.bytes, n);
        assert_true(tls_looks_like_hello(heap, n));
        free(heap);
    }
    assert_false(tls_looks_like_hello((const uint8_t *)"\x16\x03\x01\0\0", 5));
    assert_false(tls_looks_like_hello((const uint8_t *)"\x16\x03\x01\xff\xff", 5));
}

/* The bytes changed are the records' headers as well as the hello: as for a message, a cut only ever means "truncated".
 */
static void changed_bytes_never_make_a_prefix_contradict_the_whole(void **state)
{
    (void)state;
    srand(5246);
    for (int round = 0; round < 3000; round++) {
        hello_usual(&m);
        s.n = 0;
        for (size_t at = 0, n; at < m.n; at += n) {
            n = (size_t)rand() % 100 + 1;
            n = n < m.n - at ? n : m.n - at;
            hello_record(&s, m.bytes + at, n);
        }
        for (int change = rand() % 3; change >= 0; change--)
            s.bytes[(size_t)rand() % (rand() % 2 ? s.n : 12)] = (uint8_t)(rand() % 2 ? rand() : rand() % 4);
        struct hello_answer whole = ask_stream(s.bytes, s.n);
        struct hello_answer part = ask_stream(s.bytes, (size_t)rand() % s.n);
        if (part.rc != DISSECT_TRUNCATED)
            assert_int_equal(part.rc, whole.rc);
        else
            assert_true(whole.rc != DISSECT_TRUNCATED || part.need <= whole.need);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(records_that_do_not_come_out_even_fill_the_scratch_exactly),
        cmocka_unit_test(changed_bytes_never_make_a_prefix_contradict_the_whole),
        cmocka_unit_test(other_protocols_are_not_mine),
        cmocka_unit_test(prefix_of_a_record_looks_like_a_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
