/* test_dns.c -- messages as resolvers send them, and as nobody should. */
#include "dissectors/dns.h"

#include "tests/dissectors/exact_bytes.h"

/* A message under construction. */
static struct {
    uint8_t bytes[70000];
    size_t n;
} made;

static void u8(unsigned v)
{
    made.bytes[made.n++] = (uint8_t)v;
}

static void u16(unsigned v)
{
    u8(v >> 8);
    u8(v & 0xff);
}

static void header(unsigned flags, unsigned questions, unsigned answers, unsigned authorities, unsigned additionals)
{
    made.n = 0;
    u16(0x1234);
    u16(flags);
    u16(questions);
    u16(answers);
    u16(authorities);
    u16(additionals);
}

static void label(const char *text, size_t n)
{
    u8((unsigned)n);
    memcpy(made.bytes + made.n, text, n);
    made.n += n;
}

/* "a.b": two labels and the root's. */
static void name(const char *dotted)
{
    for (const char *at = dotted; *at;) {
        size_t n = strcspn(at, ".");
        label(at, n);
        at += n + (at[n] == '.');
    }
    u8(0);
}

static void pointer(size_t to)
{
    u16(0xc000 | (unsigned)to);
}

static void question(const char *dotted, unsigned type)
{
    name(dotted);
    u16(type);
    u16(1);
}

/* All of a record but its name and its data. */
static void record(unsigned type, unsigned class_, unsigned data_len)
{
    u16(type);
    u16(class_);
    u16(0);
    u16(300);
    u16(data_len);
}

static struct dns_record r; /* the last one read */

/* Walks a copy of the message of exactly its size, until after the n-th item. What it returns is about that item. */
static enum dissect_outcome walk(unsigned n)
{
    struct dns_message m;
    uint8_t *bytes = exact_bytes(made.bytes, made.n);
    enum dissect_outcome rc = dns_open(&m, bytes, made.n);
    for (unsigned i = 0; i < n && rc == DISSECT_OK; i++)
        rc = dns_next(&m, &r);
    free(bytes);
    return rc;
}

static void assert_name(const struct dns_name *got, const char *text, bool is_host)
{
    assert_string_equal(got->text, text);
    assert_int_equal(got->len, strlen(text));
    assert_int_equal(got->is_host, is_host);
}

static void a_question_is_read(void **state)
{
    (void)state;
    struct dns_message m;
    header(0x0100, 1, 0, 0, 0);
    question("Secure.AdNxs.COM", DNS_AAAA);
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
    header(0x8783, 1, 2, 3, 4);
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
    header(0x0100, 0, 0, 0, 0);
    for (size_t n = 0; n < 12; n++) {
        uint8_t *bytes = exact_bytes(made.bytes, n);
        assert_int_equal(dns_open(&m, bytes, n), DISSECT_NOT_MINE);
        assert_int_equal(dns_next(&m, &r), DISSECT_NOT_MINE);
        free(bytes);
    }
    for (unsigned opcode = 0; opcode < 16; opcode++) {
        header(opcode << 11, 0, 0, 0, 0);
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
    header(0x8180, 1, 2, 1, 1);
    question("a.example", DNS_A);
    for (int i = 0; i < 3; i++) {
        pointer(12);
        record(DNS_TXT, 1, 0);
    }
    u8(0);
    record(DNS_OPT, 0xf000, 0); /* the class is a size: 61440 */
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
            header(0x8180, 0, 2, 0, 0);
            name("a.example");
            record(v6 ? DNS_AAAA : DNS_A, 1, len);
            for (unsigned i = 0; i < len; i++)
                u8(0x20 + i);
            pointer(12);
            record(v6 ? DNS_AAAA : DNS_A, 3, v6 ? 16 : 4); /* Chaosnet has other addresses */
            for (int i = 0; i < (v6 ? 16 : 4); i++)
                u8(1);
            assert_int_equal(walk(1), DISSECT_OK);
            assert_int_equal(r.has_address, len == (v6 ? 16 : 4));
            assert_int_equal(walk(2), DISSECT_OK); /* the walk went on */
            assert_false(r.has_address);
        }
    }
    header(0x8180, 0, 1, 0, 0);
    name("a.example");
    record(DNS_A, 1, 4);
    u16(0xc000);
    u16(0x0201);
    assert_int_equal(walk(1), DISSECT_OK);
    struct ip_addr want = ip_from_v4((const uint8_t[]){192, 0, 2, 1});
    assert_true(ip_equal(&r.address, &want));
}

static void the_mdns_bit_of_the_class_is_cleared(void **state)
{
    (void)state;
    header(0x8400, 1, 1, 0, 0);
    name("tv.local");
    u16(DNS_A);
    u16(0x8001);
    pointer(12);
    record(DNS_A, 0x8001, 4);
    u16(0xc000);
    u16(0x0201);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(r.class_, 1);
    assert_int_equal(walk(2), DISSECT_OK);
    assert_int_equal(r.class_, 1);
    assert_true(r.has_address);
}

static void dname_has_a_target_and_an_empty_update_none(void **state)
{
    (void)state;
    header(0x8180, 0, 3, 0, 0);
    name("old.example");
    record(DNS_DNAME, 1, 13);
    name("new.example");
    pointer(12);
    record(DNS_CNAME, 255, 0);
    pointer(12);
    record(DNS_HTTPS, 255, 0);
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
    header(0x8180, 0, 2, 0, 0);
    name("a.example");
    record(DNS_CNAME, 1, 4);
    name("b");
    u8(0);
    pointer(12);
    record(DNS_CNAME, 1, 2); /* and one that ends within the name */
    name("bcd");
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
    header(0x8180, 0, 1, 0, 0);
    name("a.example");
    record(DNS_HTTPS, 1, 2 + 1 + 4 + actual_len);
    u16(priority);
    u8(0);
    u16(key);
    u16(value_len);
    for (unsigned i = 0; i < actual_len; i++)
        u8(1);
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

/* ---- names ---- */

static void pointers_go_backwards_through_several_names(void **state)
{
    (void)state;
    header(0x8180, 3, 0, 0, 0);
    question("example.org", DNS_A); /* at 12 */
    size_t second = made.n;
    label("www", 3);
    pointer(12);
    u16(DNS_A);
    u16(1);
    label("cdn", 3);
    pointer(second);
    u16(DNS_A);
    u16(1);
    assert_int_equal(walk(2), DISSECT_OK);
    assert_name(&r.name, "www.example.org", true);
    assert_int_equal(walk(3), DISSECT_OK);
    assert_name(&r.name, "cdn.www.example.org", true);
    assert_int_equal(walk(4), DISSECT_NOT_MINE);
}

static void pointer_loop_is_malformed(void **state)
{
    (void)state;
    header(0x0100, 1, 0, 0, 0);
    label("a", 1);
    pointer(12);
    u16(DNS_A);
    u16(1);
    assert_int_equal(walk(1), DISSECT_MALFORMED);
    header(0x0100, 1, 0, 0, 0);
    pointer(12);
    u16(DNS_A);
    u16(1);
    assert_int_equal(walk(1), DISSECT_MALFORMED);
}

static void pointer_into_the_header_forward_or_past_the_end_is_malformed(void **state)
{
    (void)state;
    static const unsigned targets[] = {0, 11, 14, 18, 19, 4000, 0x3fff};
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        header(0x0100, 1, 0, 0, 0);
        pointer(targets[i]);
        u16(DNS_A);
        u16(1);
        assert_int_equal(walk(1), DISSECT_MALFORMED);
    }
}

/* The name at the target runs on into the name that pointed at it: it was never a name of its own. */
static void a_segment_that_runs_into_its_pointer_is_malformed(void **state)
{
    (void)state;
    header(0x8180, 0, 2, 0, 0);
    name("x");
    record(DNS_TXT, 1, 2); /* at 15; the data at 25 */
    label("b", 1);
    label("c", 1); /* at 27, the second record's name, ends in a pointer to the first one's data */
    pointer(25);
    record(DNS_TXT, 1, 0);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(walk(2), DISSECT_MALFORMED);
}

static void labels_of_unknown_kinds_are_malformed(void **state)
{
    (void)state;
    for (unsigned first = 64; first < 0xc0; first++) {
        header(0x0100, 1, 0, 0, 0);
        u8(first);
        for (int i = 0; i < 200; i++)
            u8('a');
        assert_int_equal(walk(1), DISSECT_MALFORMED);
    }
}

static void a_name_has_255_bytes_at_most(void **state)
{
    (void)state;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"; /* 63 */
    for (size_t last = 58; last <= 63; last++) {
        header(0x0100, 1, 0, 0, 0);
        for (int i = 0; i < 3; i++)
            label(letters, 63);
        label(letters, last);
        u8(0);
        u16(DNS_A);
        u16(1);
        bool fits = 3 * 64 + 1 + last + 1 <= 255;
        assert_int_equal(walk(1), fits ? DISSECT_OK : DISSECT_MALFORMED);
        if (fits) {
            assert_int_equal(r.name.len, 3 * 64 + last);
            assert_true(r.name.is_host);
        }
    }
}

static void the_longest_odd_name_fits_its_text(void **state)
{
    (void)state;
    char odd[63];
    memset(odd, 0xff, sizeof(odd));
    header(0x0100, 1, 0, 0, 0);
    for (int i = 0; i < 3; i++)
        label(odd, 63);
    label(odd, 61);
    u8(0);
    u16(DNS_A);
    u16(1);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(r.name.len, 4 * (3 * 63 + 61) + 3);
    assert_int_equal(strlen(r.name.text), r.name.len);
    assert_memory_equal(r.name.text, "\\255\\255", 8);
    assert_false(r.name.is_host);
}

static void odd_bytes_are_written_as_numbers(void **state)
{
    (void)state;
    header(0x0100, 1, 0, 0, 0);
    label("www.Bank", 8); /* one label: no dot may appear that is none */
    label("e\0x", 3);
    label("<b>", 3);
    label("*/-_", 4);
    u8(0);
    u16(DNS_A);
    u16(1);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_name(&r.name, "www\\046bank.e\\000x.\\060b\\062.*/-_", false);
}

static void addresses_and_the_root_are_no_host_names(void **state)
{
    (void)state;
    header(0x0100, 2, 0, 0, 0);
    question("192.0.2.1", DNS_A);
    question("", DNS_NS);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_name(&r.name, "192.0.2.1", false);
    assert_int_equal(walk(2), DISSECT_OK);
    assert_name(&r.name, ".", false);
}

/* ---- ends ---- */

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
    header(0x8180, 65535, 65535, 65535, 65535);
    question("a.example", DNS_A);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(walk(2), DISSECT_TRUNCATED);
    header(0x8180, 65535, 0, 0, 0);
    for (int i = 0; i < 13000; i++) { /* the smallest questions there are */
        u8(0);
        u16(DNS_NS);
        u16(1);
    }
    assert_int_equal(walk(13000), DISSECT_OK);
    assert_int_equal(walk(13001), DISSECT_TRUNCATED);
}

static void data_longer_than_the_message_is_truncated(void **state)
{
    (void)state;
    header(0x8180, 0, 1, 0, 0);
    name("a.example");
    record(DNS_A, 1, 65535);
    u16(0xc000);
    u16(0x0201);
    assert_int_equal(walk(1), DISSECT_TRUNCATED);
}

static void what_follows_the_last_record_is_ignored(void **state)
{
    (void)state;
    header(0x0100, 1, 0, 0, 0);
    question("a.example", DNS_A);
    u16(0xffff);
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
        cmocka_unit_test(pointers_go_backwards_through_several_names),
        cmocka_unit_test(pointer_loop_is_malformed),
        cmocka_unit_test(pointer_into_the_header_forward_or_past_the_end_is_malformed),
        cmocka_unit_test(a_segment_that_runs_into_its_pointer_is_malformed),
        cmocka_unit_test(labels_of_unknown_kinds_are_malformed),
        cmocka_unit_test(a_name_has_255_bytes_at_most),
        cmocka_unit_test(the_longest_odd_name_fits_its_text),
        cmocka_unit_test(odd_bytes_are_written_as_numbers),
        cmocka_unit_test(addresses_and_the_root_are_no_host_names),
        cmocka_unit_test(each_truncation_stops_the_walk),
        cmocka_unit_test(counts_that_lie_end_the_walk),
        cmocka_unit_test(data_longer_than_the_message_is_truncated),
        cmocka_unit_test(what_follows_the_last_record_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
