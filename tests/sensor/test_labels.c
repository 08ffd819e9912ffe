/* test_labels.c -- a label is told beside a contact of its device, once an hour, and never without one. */
#include "sensor/labels.h"

#include "common/clock.h"
#include "common/log.h"
#include "sensor/pseudonym.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#define HOUR_S 1790000000u / 3600 * 3600
#define DAY    "2026-09-21"

static const struct device_key pc = {.bytes = {0x3c, 0x52, 0x82, 0, 0, 0x1a}, .is_mac = 1}, other = {.bytes = {0x3c, 0x52, 0x82, 0, 0, 0x1b}, .is_mac = 1},
                               address = {.bytes = {0x3c, 0x52, 0x82, 0, 0, 0x1a}};

static char dir[64], path[96];
static struct sockaddr_un where = {.sun_family = AF_UNIX};
static int listener, peer;
static struct outbox *outbox;
static struct labels *labels;

static void write_file(const char *text)
{
    char beside[112];
    snprintf(beside, sizeof(beside), "%s.new", path);
    FILE *out = fopen(beside, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    assert_int_equal(rename(beside, path), 0);
}

static int begin(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/telltale-labels-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/labels.tsv", dir);
    snprintf(where.sun_path, sizeof(where.sun_path), "%s/s", dir);
    listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
    peer = -1;
    outbox = outbox_new(where.sun_path, false);
    write_file("3c:52:82:00:00:1a\tLibrary PC 3\n");
    labels = labels_new(path, outbox);
    return outbox && labels && bind(listener, (struct sockaddr *)&where, sizeof(where)) == 0 && listen(listener, 4) == 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    labels_free(labels);
    outbox_free(outbox);
    close(peer);
    close(listener);
    unlink(where.sun_path);
    unlink(path);
    return rmdir(dir);
}

/* The next label that reached the publisher's place; false when there is none. */
static bool next(struct sighting_label *out)
{
    union sighting s;
    outbox_flush(outbox);
    if (peer < 0)
        peer = accept(listener, NULL, NULL);
    if (recv(peer, &s, sizeof(s), MSG_DONTWAIT) != (ssize_t)sizeof(s.label))
        return false;
    *out = s.label;
    return true;
}

static void assert_told(const char *day, const char *device, const char *label)
{
    struct sighting_label got;
    assert_true(next(&got));
    assert_string_equal(got.day, day);
    assert_string_equal(got.device, device);
    assert_string_equal(got.label, label);
}

static void assert_silent(void)
{
    struct sighting_label got;
    assert_false(next(&got));
}

static void a_label_is_told_with_the_first_contact_of_each_hour(void **state)
{
    (void)state;
    assert_silent(); /* before any contact there is no word of the device */
    labels_told(labels, &pc, DAY, HOUR_S, "0123456789ab");
    assert_told(DAY, "0123456789ab", "Library PC 3");
    labels_told(labels, &pc, DAY, HOUR_S, "0123456789ab");
    assert_silent();
    labels_told(labels, &pc, DAY, HOUR_S + 3600, "0123456789ab");
    assert_told(DAY, "0123456789ab", "Library PC 3");
    labels_told(labels, &pc, "2026-09-22", HOUR_S + 3600, "ba9876543210"); /* midnight does not end an hour everywhere */
    assert_told("2026-09-22", "ba9876543210", "Library PC 3");
}

static void a_device_without_a_label_is_never_spoken_of(void **state)
{
    (void)state;
    labels_told(labels, &other, DAY, HOUR_S, "0123456789ab");
    labels_told(labels, &address, DAY, HOUR_S, "0123456789ab"); /* six bytes of an IP address are no hardware address */
    labels_told(NULL, &pc, DAY, HOUR_S, "0123456789ab");
    assert_silent();
}

static void a_change_is_told_at_once_of_a_device_that_was_told(void **state)
{
    (void)state;
    labels_told(labels, &pc, DAY, HOUR_S, "0123456789ab");
    assert_told(DAY, "0123456789ab", "Library PC 3");
    write_file("3c:52:82:00:00:1a\tOffice PC 1\n3c:52:82:00:00:1b\tOffice PC 2\n");
    labels_look(labels);
    assert_told(DAY, "0123456789ab", "Office PC 1");
    assert_silent(); /* the new one had no contact yet */
    labels_told(labels, &other, DAY, HOUR_S, "ffffffffffff");
    assert_told(DAY, "ffffffffffff", "Office PC 2");
    labels_told(labels, &pc, DAY, HOUR_S, "0123456789ab");
    assert_silent();
    unlink(path);
    labels_look(labels);
    assert_told(DAY, "0123456789ab", "");
    assert_told(DAY, "ffffffffffff", "");
    labels_told(labels, &pc, DAY, HOUR_S + 3600, "0123456789ab");
    assert_silent();
}

static void a_wrong_file_changes_nothing(void **state)
{
    (void)state;
    labels_told(labels, &pc, DAY, HOUR_S, "0123456789ab");
    assert_told(DAY, "0123456789ab", "Library PC 3");
    write_file("3c:52:82:00:00:1a\tEmma\n");
    labels_look(labels);
    assert_silent();
    labels_told(labels, &pc, DAY, HOUR_S + 3600, "0123456789ab");
    assert_told(DAY, "0123456789ab", "Library PC 3");
    struct labels *fresh = labels_new(path, outbox); /* nor keeps it anything from starting */
    assert_non_null(fresh);
    labels_told(fresh, &pc, DAY, HOUR_S, "0123456789ab");
    assert_silent();
    labels_free(fresh);
}

static void a_pseudonym_is_forgotten_with_its_days_key(void **state)
{
    (void)state;
    setenv("TZ", "UTC0", 1);
    const uint64_t midnight_s = 1790035200; /* 2026-09-22 00:00 UTC */
    labels_told(labels, &pc, DAY, HOUR_S, "0123456789ab");
    assert_told(DAY, "0123456789ab", "Library PC 3");
    labels_expire(labels, (midnight_s + 599) * NS_PER_S);
    write_file("3c:52:82:00:00:1a\tOffice PC 1\n");
    labels_look(labels);
    assert_told(DAY, "0123456789ab", "Office PC 1"); /* still known */
    labels_expire(labels, (midnight_s + 601) * NS_PER_S);
    unlink(path);
    labels_look(labels);
    assert_silent();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_label_is_told_with_the_first_contact_of_each_hour),
        TEST(a_device_without_a_label_is_never_spoken_of),
        TEST(a_change_is_told_at_once_of_a_device_that_was_told),
        TEST(a_wrong_file_changes_nothing),
        TEST(a_pseudonym_is_forgotten_with_its_days_key),
    };
    log_init("test_labels", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
