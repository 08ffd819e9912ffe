/* test_dns_names.c -- names: pointers, labels, and the text that comes of them. */
#include "tests/dissectors/exact_bytes.h"
#include "tests/dissectors/made_message.h"

static void pointers_go_backwards_through_several_names(void **state)
{
    (void)state;
    add_header(0x8180, 3, 0, 0, 0);
    add_question("example.org", DNS_A); /* at 12 */
    size_t second = made.n;
    add_label("www", 3);
    add_pointer(12);
    add_u16(DNS_A);
    add_u16(1);
    add_label("cdn", 3);
    add_pointer(second);
    add_u16(DNS_A);
    add_u16(1);
    assert_int_equal(walk(2), DISSECT_OK);
    assert_name(&r.name, "www.example.org", true);
    assert_int_equal(walk(3), DISSECT_OK);
    assert_name(&r.name, "cdn.www.example.org", true);
    assert_int_equal(walk(4), DISSECT_NOT_MINE);
}

static void pointer_loop_is_malformed(void **state)
{
    (void)state;
    add_header(0x0100, 1, 0, 0, 0);
    add_label("a", 1);
    add_pointer(12);
    add_u16(DNS_A);
    add_u16(1);
    assert_int_equal(walk(1), DISSECT_MALFORMED);
    add_header(0x0100, 1, 0, 0, 0);
    add_pointer(12);
    add_u16(DNS_A);
    add_u16(1);
    assert_int_equal(walk(1), DISSECT_MALFORMED);
}

static void pointer_into_the_header_forward_or_past_the_end_is_malformed(void **state)
{
    (void)state;
    static const unsigned targets[] = {0, 11, 14, 18, 19, 4000, 0x3fff};
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        add_header(0x0100, 1, 0, 0, 0);
        add_pointer(targets[i]);
        add_u16(DNS_A);
        add_u16(1);
        assert_int_equal(walk(1), DISSECT_MALFORMED);
    }
}

/* The name at the target runs on into the name that pointed at it: it was never a name of its own. */
static void a_segment_that_runs_into_its_pointer_is_malformed(void **state)
{
    (void)state;
    add_header(0x8180, 0, 2, 0, 0);
    add_name("x");
    add_record(DNS_TXT, 1, 2); /* at 15; the data at 25 */
    add_label("b", 1);
    add_label("c", 1); /* at 27, the second record's name, ends in a pointer to the first one's data */
    add_pointer(25);
    add_record(DNS_TXT, 1, 0);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(walk(2), DISSECT_MALFORMED);
}

static void labels_of_unknown_kinds_are_malformed(void **state)
{
    (void)state;
    for (unsigned first = 64; first < 0xc0; first++) {
        add_header(0x0100, 1, 0, 0, 0);
        add_u8(first);
        for (int i = 0; i < 200; i++)
            add_u8('a');
        assert_int_equal(walk(1), DISSECT_MALFORMED);
    }
}

static void a_name_has_255_bytes_at_most(void **state)
{
    (void)state;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"; /* 63 */
    for (size_t last = 58; last <= 63; last++) {
        add_header(0x0100, 1, 0, 0, 0);
        for (int i = 0; i < 3; i++)
            add_label(letters, 63);
        add_label(letters, last);
        add_u8(0);
        add_u16(DNS_A);
        add_u16(1);
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
    add_header(0x0100, 1, 0, 0, 0);
    for (int i = 0; i < 3; i++)
        add_label(odd, 63);
    add_label(odd, 61);
    add_u8(0);
    add_u16(DNS_A);
    add_u16(1);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_int_equal(r.name.len, 4 * (3 * 63 + 61) + 3);
    assert_int_equal(strlen(r.name.text), r.name.len);
    assert_memory_equal(r.name.text, "\\255\\255", 8);
    assert_false(r.name.is_host);
}

static void odd_bytes_are_written_as_numbers(void **state)
{
    (void)state;
    add_header(0x0100, 1, 0, 0, 0);
    add_label("www.Bank", 8); /* one label: no dot may appear that is none */
    add_label("e\0x", 3);
    add_label("<b>", 3);
    add_label("*/-_", 4);
    add_u8(0);
    add_u16(DNS_A);
    add_u16(1);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_name(&r.name, "www\\046bank.e\\000x.\\060b\\062.*/-_", false);
}

static void addresses_and_the_root_are_no_host_names(void **state)
{
    (void)state;
    add_header(0x0100, 2, 0, 0, 0);
    add_question("192.0.2.1", DNS_A);
    add_question("", DNS_NS);
    assert_int_equal(walk(1), DISSECT_OK);
    assert_name(&r.name, "192.0.2.1", false);
    assert_int_equal(walk(2), DISSECT_OK);
    assert_name(&r.name, ".", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_go_backwards_through_several_names),
        cmocka_unit_test(pointer_loop_is_malformed),
        cmocka_unit_test(pointer_into_the_header_forward_or_past_the_end_is_malformed),
        cmocka_unit_test(a_segment_that_runs_into_its_pointer_is_malformed),
        cmocka_unit_test(labels_of_unknown_kinds_are_malformed),
        cmocka_unit_test(a_name_has_255_bytes_at_most),
        cmocka_unit_test(the_longest_odd_name_fits_its_text),
        cmocka_unit_test(odd_bytes_are_written_as_numbers),
        cmocka_unit_test(addresses_and_the_root_are_no_host_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
