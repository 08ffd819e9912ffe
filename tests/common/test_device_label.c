/* test_device_label.c -- what may be a label, and the file that has them. */
#include "common/device_label.h"

#include "common/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct device_labels labels;

static struct mac_addr mac(const char *text)
{
    struct mac_addr m = {{0}};
    assert_true(mac_parse(text, &m));
    return m;
}

/* The bytes lie in a buffer of exactly their size, for the address sanitizer. */
static const char *parse(const char *text, size_t n, unsigned *line)
{
    char *bytes = malloc(n ? n : 1);
    assert_non_null(bytes);
    memcpy(bytes, text, n);
    const char *fault = device_labels_parse(&labels, bytes, n, line);
    free(bytes);
    return fault;
}

static void assert_line(const char *text, unsigned wanted, const char *words)
{
    unsigned line = 0;
    const char *fault = parse(text, strlen(text), &line);
    if (!fault || !strstr(fault, words) || line != wanted)
        fail_msg("%s: line %u, \"%s\"; expected line %u and \"%s\"", text, line, fault ? fault : "nothing", wanted, words);
}

static void what_a_school_calls_its_devices_is_a_label(void **state)
{
    (void)state;
    static const char *const good[] = {"Library PC 3", "PC3", "iPad 07 (trolley B)", "Room 2.14 desktop", "Salle d\xc3\xa9t\xc3\xa9 2", "2/14 #3", "Chromebook_12", "B\xc3\xbc" "cherei-PC 1"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_null(device_label_fault(good[i]));
}

static void a_text_without_a_number_is_none_since_people_have_none(void **state)
{
    (void)state;
    assert_non_null(strstr(device_label_fault("Emma Smith"), "number"));
    assert_non_null(strstr(device_label_fault("Library PC"), "number"));
    assert_non_null(device_label_fault("Emma's iPad 3"));
    assert_non_null(device_label_fault("Emma\xe2\x80\x99s iPad 3")); /* the other apostrophe */
    assert_non_null(device_label_fault("Smith, Emma 9B"));
    assert_non_null(device_label_fault("emma9@school.example"));
}

static void hostile_text_is_no_label(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "1", "=1+1", "+44 1", "-1 PC", "@SUM(1)", " PC 1", "PC 1 ", "PC  1", "PC\t1", "PC\n1", "PC\x1b[2J 1", "PC 1\x7f", "PC <1>", "PC \"1\"", "PC & 1",
                                        "PC 1;", "PC | 1", "PC 1\xe2\x80\xae", "PC 1\xff", "PC 1\xc3", "PC 1 \xc3\x97", "PC 1.", "PC .1", "P.C 1", "\xd0\x9f\xd0\xa1 1", "PC 1\\", "PC 1%", "{PC} 1", "themix.org.uk 1",
                                        "Laptop of the trolley in the north wing 9"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (!device_label_fault(wrong[i]))
            fail_msg("\"%s\" was taken", wrong[i]);
    assert_null(device_label_fault("Laptop of the trolley in the north win 9"));
}

static void an_address_is_no_label(void **state)
{
    (void)state;
    static const char *const wrong[] = {"PC 192.168.1.10", "10.0.0.1", "3c-52-82-00-00-1a", "PC 3c5282 00001a", "3c52.8200.001a", "aabb-ccdd-eeff"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (!device_label_fault(wrong[i]))
            fail_msg("\"%s\" was taken", wrong[i]);
}

static void a_made_up_address_has_no_label(void **state)
{
    (void)state;
    struct mac_addr phone = mac("da:a1:19:00:00:01"), group = mac("01:00:5e:00:00:01"), none = mac("00:00:00:00:00:00"), maker = mac("3c:52:82:00:00:1a");
    assert_non_null(strstr(device_label_mac_fault(&phone), "made-up"));
    assert_non_null(device_label_mac_fault(&group));
    assert_non_null(device_label_mac_fault(&none));
    assert_null(device_label_mac_fault(&maker));
    labels.len = 0;
    assert_non_null(device_labels_set(&labels, &phone, "PC 1"));
    assert_int_equal(labels.len, 0);
}

static void addresses_are_read_as_people_write_them(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "3c:52:82:00:00:1", "3c:52:82:00:00:1a ", "3c:52:82:00:00:1g", "3c:52-82:00:00:1a", "3c.52.82.00.00.1a", "3c52:82:00:00:1a:", ":3c:52:82:00:00:1"};
    struct mac_addr a = mac("3C-52-82-00-00-1A"), b = mac("3c:52:82:00:00:1a"), c;
    assert_true(mac_equal(&a, &b));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(mac_parse(wrong[i], &c));
}

static const char file[] = "# ours\r\n"
                           "\n"
                           "3c:52:82:00:00:1b\tLibrary PC 4\r\n"
                           "3C-52-82-00-00-1A\tLibrary PC 3";

static void a_file_gives_each_address_its_label(void **state)
{
    (void)state;
    unsigned line;
    struct mac_addr a = mac("3c:52:82:00:00:1a"), b = mac("3c:52:82:00:00:1b"), other = mac("3c:52:82:00:00:1c");
    assert_null(parse(file, strlen(file), &line));
    assert_int_equal(labels.len, 2);
    assert_string_equal(device_labels_find(&labels, &a)->text, "Library PC 3");
    assert_string_equal(device_labels_find(&labels, &b)->text, "Library PC 4");
    assert_null(device_labels_find(&labels, &other));
    assert_null(parse("", 0, &line));
    assert_int_equal(labels.len, 0);
}

static void every_cut_of_a_file_is_read_or_refused(void **state)
{
    (void)state;
    unsigned line;
    for (size_t n = 0; n < strlen(file); n++) {
        const char *fault = parse(file, n, &line);
        assert_true(line <= 4);
        if (!fault)
            assert_true(labels.len <= 2);
    }
}

static void a_wrong_line_is_named_and_nothing_of_it_repeated(void **state)
{
    (void)state;
    assert_line("3c:52:82:00:00:1a Library PC 3", 1, "a tab");
    assert_line("#\n3c:52:82:00:00:1a\tEmma", 2, "number");
    assert_line("#\n#\nda:a1:19:00:00:01\tPC 1", 3, "made-up");
    assert_line("3c:52:82:00:00:1a\tPC 1\n3c:52:82:00:00:1a\tPC 2", 2, "already");
    assert_line("3c:52:82:00:00:1a\tPC 1\n3c:52:82:00:00:1b\tPC 1", 2, "another device");
    assert_line("3c:52:82:00:00:1b\tPC 1\n3c:52:82:00:00:1a\tPC 1", 2, "another device"); /* whose place the new one would take */
    assert_line("3c:52:82:00:00:1a\tPC 1\t2", 1, "nothing else");
    assert_line("3c:52:82:00:00:1a\t12345678901234567890123456789012345678901234567890", 1, "40 bytes");
    assert_line("3c:52:82:00:00:zz\tPC 1", 1, "hardware address");
    unsigned line;
    assert_non_null(parse("3c:52:82:00:00:1a\tPC 1\0 2", 25, &line));
}

static void there_are_a_thousand_labels_at_most(void **state)
{
    (void)state;
    char text[DEVICE_LABEL_MAX];
    labels.len = 0;
    for (unsigned i = 0; i < DEVICE_LABELS_MOST; i++) {
        struct mac_addr m = {{0x3c, 0x52, 0x82, 0, (uint8_t)((i * 7) >> 8), (uint8_t)(i * 7)}};
        snprintf(text, sizeof(text), "PC %u", i);
        assert_null(device_labels_set(&labels, &m, text));
    }
    for (size_t i = 1; i < labels.len; i++)
        assert_true(memcmp(labels.rows[i - 1].mac.bytes, labels.rows[i].mac.bytes, 6) < 0);
    struct mac_addr more = mac("3c:52:83:00:00:00"), first = mac("3c:52:82:00:00:00");
    assert_non_null(strstr(device_labels_set(&labels, &more, "PC 5000"), "1000"));
    assert_null(device_labels_set(&labels, &first, "PC 5000")); /* another label for one that has one */
    assert_string_equal(device_labels_find(&labels, &first)->text, "PC 5000");
    assert_true(device_labels_remove(&labels, &first));
    assert_false(device_labels_remove(&labels, &first));
    assert_null(device_labels_set(&labels, &more, "PC 5000"));
}

static void what_is_printed_reads_as_the_same(void **state)
{
    (void)state;
    static struct device_labels before;
    unsigned line;
    char *text;
    size_t n;
    assert_null(parse(file, strlen(file), &line));
    before = labels;
    FILE *out = open_memstream(&text, &n);
    device_labels_print(&labels, out);
    fclose(out);
    assert_null(parse(text, n, &line));
    assert_memory_equal(&before, &labels, sizeof(labels));
    free(text);
}

static void a_file_that_is_missing_broken_or_too_long_gives_no_labels(void **state)
{
    (void)state;
    char path[] = "/tmp/telltale-labels-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, file, strlen(file)), strlen(file));
    assert_int_equal(device_labels_load(&labels, path), 0);
    assert_int_equal(labels.len, 2);
    assert_int_equal(write(fd, "\nPC", 3), 3);
    assert_int_equal(device_labels_load(&labels, path), -EINVAL);
    assert_int_equal(labels.len, 0);
    assert_int_equal(ftruncate(fd, DEVICE_LABELS_FILE_MOST + 1), 0);
    assert_int_equal(device_labels_load(&labels, path), -EFBIG);
    close(fd);
    unlink(path);
    assert_int_equal(device_labels_load(&labels, path), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_school_calls_its_devices_is_a_label),
        cmocka_unit_test(a_text_without_a_number_is_none_since_people_have_none),
        cmocka_unit_test(hostile_text_is_no_label),
        cmocka_unit_test(an_address_is_no_label),
        cmocka_unit_test(a_made_up_address_has_no_label),
        cmocka_unit_test(addresses_are_read_as_people_write_them),
        cmocka_unit_test(a_file_gives_each_address_its_label),
        cmocka_unit_test(every_cut_of_a_file_is_read_or_refused),
        cmocka_unit_test(a_wrong_line_is_named_and_nothing_of_it_repeated),
        cmocka_unit_test(there_are_a_thousand_labels_at_most),
        cmocka_unit_test(what_is_printed_reads_as_the_same),
        cmocka_unit_test(a_file_that_is_missing_broken_or_too_long_gives_no_labels),
    };
    log_init("test_device_label", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
