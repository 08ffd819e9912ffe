/* test_ledger_file.c -- the checkpoint is there after a crash, and damage is set aside with a word. Needs /dev/shm (tmpfs). */
#include "sensor/ledger_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[64];

static int begin(void **state)
{
    (void)state;
    strcpy(folder, "/dev/shm/telltale-ledger.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static void path_of(const char *name, char out[128])
{
    snprintf(out, 128, "%.60s/%.40s", folder, name);
}

static int end(void **state)
{
    static const char *const names[] = {"site-ledger.0", "site-ledger.1", "site-ledger.0.bad", "site-ledger.1.bad"};
    char path[128];
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        path_of(names[i], path);
        unlink(path);
    }
    return rmdir(folder);
}

static bool is_there(const char *name)
{
    char path[128];
    path_of(name, path);
    return access(path, F_OK) == 0;
}

/* What an open finds; "" when nothing. */
static void expect(const char *wanted)
{
    struct ledger_file *f;
    uint8_t *state;
    size_t n;
    assert_int_equal(ledger_file_open(folder, &f, &state, &n), 0);
    assert_int_equal(n, strlen(wanted));
    if (n > 0)
        assert_memory_equal(state, wanted, n);
    else
        assert_null(state);
    free(state);
    ledger_file_close(f);
}

static void write_states(const char *first, const char *second)
{
    struct ledger_file *f;
    uint8_t *state;
    size_t n;
    assert_int_equal(ledger_file_open(folder, &f, &state, &n), 0);
    free(state);
    assert_int_equal(ledger_file_write(f, (const uint8_t *)first, strlen(first)), 0);
    if (second)
        assert_int_equal(ledger_file_write(f, (const uint8_t *)second, strlen(second)), 0);
    ledger_file_close(f);
}

static void damage(const char *name, long at)
{
    char path[128], byte;
    path_of(name, path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte ^= 0x40;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void the_newest_state_is_found_again(void **state)
{
    (void)state;
    expect("");
    write_states("one", "a longer second");
    expect("a longer second");
    write_states("three", NULL);
    expect("three");
}

static void it_is_for_its_owner_only(void **state)
{
    (void)state;
    struct stat st;
    char path[128];
    write_states("one", "two");
    for (int i = 0; i < 2; i++) {
        path_of(i ? "site-ledger.1" : "site-ledger.0", path);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void every_damaged_byte_is_noticed_and_the_state_before_it_is_used(void **state)
{
    (void)state;
    for (long at = 0; at < 27; at++) {
        write_states("one", "two"); /* the generation tells which file has which */
        const char *newest = "site-ledger.0";
        damage(newest, at);
        struct ledger_file *f;
        uint8_t *bytes;
        size_t n;
        assert_int_equal(ledger_file_open(folder, &f, &bytes, &n), 0);
        assert_true(n == 3 && (memcmp(bytes, "one", 3) == 0 || memcmp(bytes, "two", 3) == 0));
        free(bytes);
        ledger_file_close(f);
        assert_true(is_there("site-ledger.0.bad"));
        char path[128];
        path_of("site-ledger.0.bad", path);
        unlink(path);
    }
}

static void a_state_that_cannot_be_used_is_set_aside(void **state)
{
    (void)state;
    struct ledger_file *f;
    uint8_t *bytes;
    size_t n;
    write_states("of another program", NULL);
    assert_int_equal(ledger_file_open(folder, &f, &bytes, &n), 0);
    free(bytes);
    ledger_file_reject(f);
    ledger_file_close(f);
    assert_true(is_there("site-ledger.1.bad"));
    expect("");
}

static void outside_of_memory_nothing_is_written(void **state)
{
    (void)state;
    struct ledger_file *f;
    uint8_t *bytes;
    size_t n;
    assert_int_equal(ledger_file_open("/", &f, &bytes, &n), 0);
    assert_null(bytes);
    assert_int_equal(ledger_file_write(f, (const uint8_t *)"x", 1), 0);
    ledger_file_close(f);
    assert_int_not_equal(access("/site-ledger.0", F_OK), 0);
    assert_int_not_equal(access("/site-ledger.1", F_OK), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(the_newest_state_is_found_again),
        TEST(it_is_for_its_owner_only),
        TEST(every_damaged_byte_is_noticed_and_the_state_before_it_is_used),
        TEST(a_state_that_cannot_be_used_is_set_aside),
        TEST(outside_of_memory_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
