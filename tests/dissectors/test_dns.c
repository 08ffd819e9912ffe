/* test_dns.c -- messages as resolvers send them, cut anywhere, and with counts and lengths that lie. */
#include "tests/dissectors/exact_bytes.h"
#include "tests/dissectors/made_message.h"

static void a_question_is_read(void **state)
{
    (void)state;
    struct dns_message m;
    add_header(0x0100, 1, 0, 0, 0);
    add_question("Secure.AdNxs.COM", DNS_AAAA);
    assert_int_equal(dns_open(&m, made.bytes, made.n), DISSECT_OK);
    assert_int_equal(m.id, 0x1234);
    assert_false(m.response);
    assert_int_equal(dns_next(&m, &r), DISSECT_OK);
    assert_int_equal(r.section, DNS_QUESTION);
    assert_int_equal(r.type, DNS_AAAA);
    assert_int_equal(r.class_, 1);
    assert_name(&r.name, "secure.adnxs.com", true);
    assert_int_equal(dns_next(&m, &r), DISSECT_NOT_MINE);
    assert_int_equal(dns_next(&m, &r), DISSECT_NOT_MINE);
}

static void header_fields_are_read(void **state)
{
    (void)state;
    struct dns_message m;
    add_header(0x8783, 1, 2, 3, 4);
    assert_int_equal(dns_open(&m, made.bytes, made.n), DISSECT_OK);
    assert_true(m.response && m.truncated_flag);
    assert_int_equal(m.rcode, DNS_NXDOMAIN);
    assert_int_equal(m.opcode, 0);
    assert_int_equal(m.questions, 1);
    assert_int_equal(m.answers, 2);
    assert_int_equal(m.authorities, 3);
    assert_int_equal(m.additionals, 4);
}

static void what_has_no_header_is_not_dns(void **state)
{
    (void)state;
    struct dns_message m;
    add_header(0x0100, 0, 0, 0, 0);
    for (size_t n = 0; n < 12; n++) {
        uint8_t *bytes = exact_bytes(made.bytes, n);
        assert_int_equal(dns_open(&m, bytes, n), DISSECT_NOT_MINE);
        assert_int_equal(dns_next(&m, &r), DISSECT_NOT_MINE);
        free(bytes);
    }
    for (unsigned opcode = 0; opcode < 16; opcode++) {
        add_header(opcode << 11, 0, 0, 0, 0);
        bool assigned = opcode <= 6 && opcode != 3;
        assert_int_equal(dns_open(&m, made.bytes, made.n), assigned ? DISSECT_OK : DISSECT_NOT_MINE);
    }
}

/* A real answer: a name, its alias, the alias's address. */
static void a_cname_chain_is_followed_by_its_address(void **state)
{
    (void)state;
    size_t n;
    struct dns_message m;
    uint8_t *bytes = corpus_bytes("dns/answer-cname-chain", &n);
    assert_int_equal(dns_open(&m, bytes, n), DISSECT_OK);
    assert_true(m.response);
    assert_int_equal(dns_next(&m, &r), DISSECT_OK);
    assert_name(&r.name, "clients2.google.com", true);
    assert_int_equal(dns_next(&m, &r), DISSECT_OK);
    assert_int_equal(r.section, DNS_ANSWER);
    assert_int_equal(r.type, DNS_CNAME);
    assert_name(&r.name, "clients2.google.com", true);
    assert_true(r.has_target && !r.has_address);
    assert_name(&r.target, "clients.l.google.com", true);
    assert_int_equal(dns_next(&m, &r), DISSECT_OK);
    assert_name(&r.name, "clients.l.google.com", true);
    assert_true(r.has_address && !r.has_target);
    assert_true(ip_is_v4(&r.address));
    assert_true(r.ttl_s > 0);
    assert_int_equal(dns_next(&m, &r), DISSECT_NOT_MINE);
    free(bytes);
}

static void sections_follow_the_counts(void **state)
{
    (void)state;
    static const enum dns_section want[] = {DNS_QUESTION, DNS_ANSWER, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL};
    add_header(0x8180, 1, 2, 1, 1);
    add_question("a.example", DNS_A);
    for (int i = 0; i < 3; i++) {
        add_pointer(12);
        add_record(DNS_TXT, 1, 0);
    }
    add_u8(0);
    add_record(DNS_OPT, 0xf000, 0); /* the class is a size: 61440 */
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(walk(i + 1), DISSECT_OK);
        assert_int_equal(r.section, want[i]);
    }
    assert_int_equal(r.type, DNS_OPT);
    assert_int_equal(r.class_, 0xf000);
    assert_name(&r.name, ".", false);
    assert_int_equal(walk(6), DISSECT_NOT_MINE);
}

static void addresses_need_their_size_and_class(void **state)
{
    (void)state;
    for (unsigned len = 0; len < 20; len++) {
        for (int v6 = 0; v6 < 2; v6++) {
            add_header(0x8180, 0, 2, 0, 0);
            add_name("a.example");
            add_record(v6 ? DNS_AAAA : DNS_A, 1, len);
            for (unsigned i = 0; i < len; i++)
                add_u8(0x20 + i);
            add_pointer(12);
            add_record(v6 ? DNS_AAAA : DNS_A, 3, v6 ? 16 : 4); /* Chaosnet has other addresses */
            for (int i = 0; i < (v6 ? 16 : 4); i++)
                add_u8(1);
            assert_int_equal(walk(1), DISSECT_OK);
            assert_int_equal(r.has_address, len == (v6 ? 16 : 4));
            assert_int_equal(walk(2), DISSECT_OK); /* the walk went on */
            assert_false(r.has_address);
        }
    }
    add_header(0x8180, 0, 1, 0, 0);
    add_name("a.example");
    add_record(DNS_A, 1, 4);
    add_u16(0xc000);
    add_u16(0x0201);
    assert_int_equal(walk(1), DISSECT_OK);
    struct ip_addr want = ip_from_v4((const uint8_t[]){192, 0, 2, 1});
    assert_true(ip_equal(&r.address, &want));
}

static void the_mdns_bit_of_the_class_is_cleared(void **state)
{
    (void)state;
    add_header(0x8400, 1, 1, 0, 0);
    add_name("tv.local");
    add_u16(DNS_A);
    add_u16(0x8001);
    add_pointer(12);
    add_record(DNS_A, 0x8001, 4);
    add_u16(0xc000);
    add_u16(0x0201);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(r.class_, 1);
    assert_int_equal(walk(2), DISSECT_OK);
    assert_int_equal(r.class_, 1);
    assert_true(r.has_address);
}

static void dname_has_a_target_and_an_empty_update_none(void **state)
{
    (void)state;
    add_header(0x8180, 0, 3, 0, 0);
    add_name("old.example");
    add_record(DNS_DNAME, 1, 13);
    add_name("new.example");
    add_pointer(12);
    add_record(DNS_CNAME, 255, 0);
    add_pointer(12);
    add_record(DNS_HTTPS, 255, 0);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_true(r.has_target);
    assert_name(&r.target, "new.example", true);
    assert_int_equal(walk(2), DISSECT_OK);
    assert_false(r.has_target);
    assert_int_equal(walk(3), DISSECT_OK);
    assert_false(r.has_target);
}

static void a_target_that_does_not_fill_its_record_is_not_believed(void **state)
{
    (void)state;
    add_header(0x8180, 0, 2, 0, 0);
    add_name("a.example");
    add_record(DNS_CNAME, 1, 4);
    add_name("b");
    add_u8(0);
    add_pointer(12);
    add_record(DNS_CNAME, 1, 2); /* and one that ends within the name */
    add_name("bcd");
    assert_int_equal(walk(1), DISSECT_OK);
    assert_false(r.has_target);
    assert_int_equal(walk(2), DISSECT_MALFORMED);
}

static void https_parameters_are_read(void **state)
{
    (void)state;
    size_t n;
    struct dns_message m;
    uint8_t *bytes = corpus_bytes("dns/made-https-ech-alias", &n);
    assert_int_equal(dns_open(&m, bytes, n), DISSECT_OK);
    assert_int_equal(dns_next(&m, &r), DISSECT_OK);
    assert_int_equal(r.type, DNS_HTTPS);
    assert_int_equal(dns_next(&m, &r), DISSECT_OK);
    assert_int_equal(r.priority, 1);
    assert_true(r.ech && r.has_target);
    assert_name(&r.target, "crypto.example", true); /* "." is the owner */
    assert_int_equal(r.alpn.len, 6);
    assert_memory_equal(r.alpn.at, "\2h3\2h2", 6);
    assert_int_equal(r.ipv4hint.len, 4);
    assert_memory_equal(r.ipv4hint.at, "\300\0\2\1", 4);
    assert_int_equal(r.ipv6hint.len, 16);
    assert_int_equal(dns_next(&m, &r), DISSECT_OK);
    assert_int_equal(r.priority, 0);
    assert_true(r.has_target && !r.ech && r.alpn.len == 0);
    assert_name(&r.target, "pool.example.net", true);
    assert_int_equal(dns_next(&m, &r), DISSECT_OK);
    assert_int_equal(r.type, DNS_OPT);
    assert_int_equal(dns_next(&m, &r), DISSECT_NOT_MINE);
    free(bytes);
}

static void a_real_https_answer_is_read(void **state)
{
    (void)state;
    size_t n;
    struct dns_message m;
    unsigned https = 0;
    uint8_t *bytes = corpus_bytes("dns/answer-https", &n);
    assert_int_equal(dns_open(&m, bytes, n), DISSECT_OK);
    enum dissect_outcome rc;
    while ((rc = dns_next(&m, &r)) == DISSECT_OK) {
        if (r.type != DNS_HTTPS || r.section != DNS_ANSWER)
            continue;
        https++;
        assert_int_equal(r.priority, 1);
        assert_int_equal(r.alpn.len, 6);
        assert_true(r.has_target && !r.ech);
        assert_string_equal(r.target.text, r.name.text);
    }
    assert_int_equal(rc, DISSECT_NOT_MINE);
    assert_int_equal(https, 1);
    free(bytes);
}

/* One HTTPS record of the given priority and target ".", with one parameter. */
static void https_record(unsigned priority, unsigned key, unsigned value_len, unsigned actual_len)
{
    add_header(0x8180, 0, 1, 0, 0);
    add_name("a.example");
    add_record(DNS_HTTPS, 1, 2 + 1 + 4 + actual_len);
    add_u16(priority);
    add_u8(0);
    add_u16(key);
    add_u16(value_len);
    for (unsigned i = 0; i < actual_len; i++)
        add_u8(1);
}

static void an_alias_to_nothing_has_no_target_and_no_parameters(void **state)
{
    (void)state;
    https_record(0, 5, 4, 4);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_false(r.has_target);
    assert_false(r.ech);
}

static void https_parameters_that_lie_are_malformed(void **state)
{
    (void)state;
    for (unsigned key = 0; key < 7; key++) {
        https_record(1, key, 16, 16);
        assert_int_equal(walk(1), DISSECT_OK);
        https_record(1, key, 17, 16);
        assert_int_equal(walk(1), DISSECT_MALFORMED);
        https_record(1, key, 15, 16); /* leaves one byte: no parameter fits */
        assert_int_equal(walk(1), DISSECT_MALFORMED);
    }
    https_record(1, 5, 0, 0);
    made.bytes[made.n - 5] = 0x40; /* the target begins with a label of no known kind */
    assert_int_equal(walk(1), DISSECT_MALFORMED);
    https_record(1, 4, 7, 7); /* uneven lists are no lists */
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(r.ipv4hint.len, 0);
    https_record(1, 6, 20, 20);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(r.ipv6hint.len, 0);
    https_record(1, 5, 0, 0);
    made.bytes[made.n - 7 - 1] = 1; /* the data has one byte */
    assert_int_equal(walk(1), DISSECT_MALFORMED);
}

/* Every cut of every kept message: the walk stops as truncated (or, with less than a header, never begins), and what
 * came before the cut is what the whole message gives. */
static void each_truncation_stops_the_walk(void **state)
{
    (void)state;
    static const char *const files[] = {"dns/answer-cname-chain", "dns/answer-https",        "dns/answer-aaaa",
                                        "dns/query-edns",         "dns/made-mdns-flush",     "dns/made-pointer-chain",
                                        "dns/made-update-delete", "dns/made-https-ech-alias"};
    static struct dns_record want;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t size;
        uint8_t *whole = corpus_bytes(files[i], &size);
        for (size_t n = 12; n < size; n++) {
            struct dns_message m, m_whole;
            uint8_t *cut = exact_bytes(whole, n);
            assert_int_equal(dns_open(&m, cut, n), DISSECT_OK);
            assert_int_equal(dns_open(&m_whole, whole, size), DISSECT_OK);
            enum dissect_outcome rc;
            while ((rc = dns_next(&m, &r)) == DISSECT_OK) {
                assert_int_equal(dns_next(&m_whole, &want), DISSECT_OK);
                assert_string_equal(r.name.text, want.name.text);
                assert_string_equal(r.target.text, want.target.text);
                assert_int_equal(r.has_address, want.has_address);
            }
            assert_int_equal(rc, DISSECT_TRUNCATED);
            assert_int_equal(dns_next(&m, &r), DISSECT_TRUNCATED);
            free(cut);
        }
        free(whole);
    }
}

static void counts_that_lie_end_the_walk(void **state)
{
    (void)state;
    add_header(0x8180, 65535, 65535, 65535, 65535);
    add_question("a.example", DNS_A);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(walk(2), DISSECT_TRUNCATED);
    add_header(0x8180, 65535, 0, 0, 0);
    for (int i = 0; i < 13000; i++) { /* the smallest questions there are */
        add_u8(0);
        add_u16(DNS_NS);
        add_u16(1);
    }
    assert_int_equal(walk(13000), DISSECT_OK);
    assert_int_equal(walk(13001), DISSECT_TRUNCATED);
}

static void data_longer_than_the_message_is_truncated(void **state)
{
    (void)state;
    add_header(0x8180, 0, 1, 0, 0);
    add_name("a.example");
    add_record(DNS_A, 1, 65535);
    add_u16(0xc000);
    add_u16(0x0201);
    assert_int_equal(walk(1), DISSECT_TRUNCATED);
}

static void what_follows_the_last_record_is_ignored(void **state)
{
    (void)state;
    add_header(0x0100, 1, 0, 0, 0);
    add_question("a.example", DNS_A);
    add_u16(0xffff);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(walk(2), DISSECT_NOT_MINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_read),
        cmocka_unit_test(header_fields_are_read),
        cmocka_unit_test(what_has_no_header_is_not_dns),
        cmocka_unit_test(a_cname_chain_is_followed_by_its_address),
        cmocka_unit_test(sections_follow_the_counts),
        cmocka_unit_test(addresses_need_their_size_and_class),
        cmocka_unit_test(the_mdns_bit_of_the_class_is_cleared),
        cmocka_unit_test(dname_has_a_target_and_an_empty_update_none),
        cmocka_unit_test(a_target_that_does_not_fill_its_record_is_not_believed),
        cmocka_unit_test(https_parameters_are_read),
        cmocka_unit_test(a_real_https_answer_is_read),
        cmocka_unit_test(an_alias_to_nothing_has_no_target_and_no_parameters),
        cmocka_unit_test(https_parameters_that_lie_are_malformed),
        cmocka_unit_test(each_truncation_stops_the_walk),
        cmocka_unit_test(counts_that_lie_end_the_walk),
        cmocka_unit_test(data_longer_than_the_message_is_truncated),
        cmocka_unit_test(what_follows_the_last_record_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
