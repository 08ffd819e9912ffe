/* test_pseudonym.c -- a name for a day: stable while the day lasts, gone with it. */
#include "sensor/pseudonym.h"

#include "common/clock.h"
#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <cmocka.h>

#include "tests/sensor/made_packet.h"
#include "tests/support/caught_stderr.h"

#define DAY      (86400 * NS_PER_S)
#define NOON     (1790035200 * NS_PER_S - 12 * 3600 * NS_PER_S) /* of 2026-09-21, UTC */
#define KEY_FILE "day-key-2026-09-21"

static char dir[] = "/dev/shm/telltale-pseudonym-XXXXXX", *run_dir;

static int make_dir(void **state)
{
    (void)state;
    strcpy(dir, "/dev/shm/telltale-pseudonym-XXXXXX");
    run_dir = mkdtemp(dir);
    return run_dir ? 0 : -1;
}

static unsigned files_in(const char *path)
{
    unsigned n = 0;
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static char *path_of(const char *file)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", run_dir, file);
    return path;
}

static int remove_dir(void **state)
{
    (void)state;
    DIR *d = opendir(run_dir);
    if (!d)
        return -1;
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
    return rmdir(run_dir);
}

static struct pseudonyms *open_in(const char *where)
{
    struct pseudonyms *p = NULL;
    assert_int_equal(pseudonyms_open(where, &p), 0);
    assert_non_null(p);
    return p;
}

static struct device_key key(unsigned number)
{
    struct device_key k = {.is_mac = 1};
    memcpy(k.bytes, made_mac(number).bytes, 6);
    return k;
}

static const char *of(struct pseudonyms *p, unsigned device, uint64_t time_ns)
{
    static char texts[8][PSEUDONYM_LEN + 1]; /* the last eight answers */
    static unsigned next;
    char *text = texts[next++ % 8];
    struct device_key k = key(device);
    memset(text, 'X', PSEUDONYM_LEN + 1);
    pseudonym_of(p, &k, time_ns, text);
    assert_int_equal(strlen(text), PSEUDONYM_LEN);
    assert_int_equal(strspn(text, "0123456789abcdef"), PSEUDONYM_LEN);
    return text;
}

static void a_device_keeps_its_pseudonym_for_the_whole_local_day(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(NULL);
    const char *noon = of(p, 1, NOON);
    assert_string_equal(of(p, 1, NOON - DAY / 2), noon);
    assert_string_equal(of(p, 1, NOON + DAY / 2 - 1), noon);
    assert_string_not_equal(of(p, 1, NOON + DAY / 2), noon);
    assert_string_not_equal(of(p, 1, NOON - DAY / 2 - 1), noon);
    pseudonyms_close(p);
    pseudonyms_close(NULL);
}

static void devices_differ(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(NULL);
    char seen[500][PSEUDONYM_LEN + 1];
    for (unsigned i = 0; i < 500; i++) {
        strcpy(seen[i], of(p, i, NOON));
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
    }
    struct device_key mac = {.bytes = {10, 0, 0, 1}, .is_mac = 1}, address = {.bytes = {10, 0, 0, 1}, .is_mac = 0};
    char a[PSEUDONYM_LEN + 1], b[PSEUDONYM_LEN + 1];
    pseudonym_of(p, &mac, NOON, a);
    pseudonym_of(p, &address, NOON, b);
    assert_string_not_equal(a, b);
    pseudonyms_close(p);
}

static void the_same_day_in_another_process_is_another_name(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(NULL), *q = open_in(NULL);
    assert_string_not_equal(of(p, 1, NOON), of(q, 1, NOON)); /* keys are random, never derived */
    pseudonyms_close(p);
    pseudonyms_close(q);
}

static void the_days_key_is_a_file_only_its_owner_may_read(void **state)
{
    (void)state;
    struct stat st;
    struct pseudonyms *p = open_in(run_dir);
    assert_int_equal(files_in(run_dir), 0); /* a key is made when it is first needed */
    of(p, 1, NOON);
    of(p, 2, NOON);
    assert_int_equal(files_in(run_dir), 1);
    assert_int_equal(lstat(path_of(KEY_FILE), &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0400);
    assert_int_equal(st.st_size, 32);
    pseudonyms_close(p);
}

static void a_restart_keeps_the_days_pseudonyms(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(run_dir);
    const char *before = of(p, 1, NOON);
    pseudonyms_close(p);
    p = open_in(run_dir);
    assert_string_equal(of(p, 1, NOON), before);
    pseudonyms_close(p);
}

static void a_key_is_destroyed_ten_minutes_after_its_day(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(run_dir);
    uint64_t midnight = NOON + DAY / 2;
    const char *before = of(p, 1, NOON);
    pseudonyms_expire(p, midnight + PSEUDONYM_GRACE_NS - 1);
    assert_string_equal(of(p, 1, NOON), before);
    assert_int_equal(access(path_of(KEY_FILE), F_OK), 0);
    pseudonyms_expire(p, midnight + PSEUDONYM_GRACE_NS);
    assert_int_equal(access(path_of(KEY_FILE), F_OK), -1);
    assert_string_not_equal(of(p, 1, NOON), before); /* nobody can say any more who it was */
    pseudonyms_close(p);
}

/* A clock that is set back: the day comes again, its key does not. */
static void a_day_that_comes_again_has_another_key(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(run_dir);
    const char *before = of(p, 1, NOON);
    pseudonyms_expire(p, NOON + DAY);
    const char *after = of(p, 1, NOON);
    assert_string_not_equal(after, before);
    pseudonyms_close(p);
    p = open_in(run_dir); /* nor does a new process find the first one */
    assert_string_equal(of(p, 1, NOON), after);
    pseudonyms_close(p);
}

/* A clock that was ahead made it; when its day comes it would be days old. */
static void a_key_of_a_day_to_come_is_destroyed(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(run_dir);
    const char *today = of(p, 1, NOON), *ahead = of(p, 1, NOON + 5 * DAY);
    assert_int_equal(files_in(run_dir), 2);
    pseudonyms_expire(p, NOON);
    assert_int_equal(files_in(run_dir), 1);
    assert_string_equal(of(p, 1, NOON), today);
    assert_string_not_equal(of(p, 1, NOON + 5 * DAY), ahead);
    pseudonyms_close(p);
}

static void keys_that_a_crash_left_behind_are_destroyed_too(void **state)
{
    (void)state;
    static const char *const left[] = {
        "day-key-2026-09-19", "day-key-2026-09-20", "day-key-2026-09-22", "day-key-", KEY_FILE, "sightings.sock"};
    for (unsigned i = 0; i < 6; i++)
        close(open(path_of(left[i]), O_CREAT | O_WRONLY, 0400));
    struct pseudonyms *p = open_in(run_dir);
    pseudonyms_expire(p, NOON);
    assert_int_equal(files_in(run_dir), 2);
    assert_int_equal(access(path_of(KEY_FILE), F_OK), 0);
    assert_int_equal(access(path_of("sightings.sock"), F_OK), 0);
    /* until ten past midnight yesterday's is kept */
    pseudonyms_expire(p, NOON + DAY / 2 + PSEUDONYM_GRACE_NS - 1);
    assert_int_equal(access(path_of(KEY_FILE), F_OK), 0);
    pseudonyms_expire(p, NOON + DAY / 2 + PSEUDONYM_GRACE_NS + NS_PER_S);
    assert_int_equal(files_in(run_dir), 1);
    pseudonyms_close(p);
}

static void a_key_file_that_is_too_short_is_made_anew(void **state)
{
    (void)state;
    int fd = open(path_of(KEY_FILE), O_CREAT | O_WRONLY, 0400);
    assert_int_equal(write(fd, "0123456789", 10), 10);
    close(fd);
    struct stat st;
    struct pseudonyms *p = open_in(run_dir);
    const char *before = of(p, 1, NOON);
    pseudonyms_close(p);
    assert_int_equal(stat(path_of(KEY_FILE), &st), 0);
    assert_int_equal(st.st_size, 32);
    p = open_in(run_dir);
    assert_string_equal(of(p, 1, NOON), before);
    pseudonyms_close(p);
}

static void a_link_in_the_keys_place_is_not_followed(void **state)
{
    (void)state;
    char target[256];
    strcpy(target, path_of("target"));
    int fd = open(target, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(fd, "0123456789abcdef0123456789abcdef", 32), 32); /* a key that somebody else knows */
    close(fd);
    assert_int_equal(symlink(target, path_of(KEY_FILE)), 0);
    struct stat st;
    struct pseudonyms *p = open_in(run_dir);
    of(p, 1, NOON);
    assert_int_equal(lstat(path_of(KEY_FILE), &st), 0);
    assert_true(S_ISREG(st.st_mode)); /* replaced */
    assert_int_equal(stat(target, &st), 0);
    assert_true(st.st_size == 32 && (st.st_mode & 07777) == 0600); /* and its target untouched */
    pseudonyms_close(p);
}

/* A directory of a disk, or of an overlay over one. */
static const char *on_disk(void)
{
    static const char *const candidates[] = {BUILD_DIR, "/var/tmp", "/tmp"};
    for (unsigned i = 0; i < 3; i++) {
        struct statfs fs;
        if (statfs(candidates[i], &fs) == 0 && fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC)
            return candidates[i];
    }
    return NULL;
}

static void nothing_is_written_to_a_disk(void **state)
{
    (void)state;
    char path[512];
    assert_non_null(on_disk());
    snprintf(path, sizeof(path), "%s/telltale-pseudonym-XXXXXX", on_disk());
    assert_non_null(mkdtemp(path));
    catch_stderr();
    struct pseudonyms *p = open_in(path);
    const char *text = caught_stderr();
    assert_non_null(strstr(text, "is not in memory (tmpfs)"));
    const char *name = of(p, 1, NOON);
    assert_string_equal(of(p, 1, NOON), name);
    pseudonyms_expire(p, NOON);
    assert_int_equal(files_in(path), 0);
    pseudonyms_close(p);
    assert_int_equal(rmdir(path), 0);
}

static void a_directory_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    struct pseudonyms *p = NULL;
    catch_stderr();
    int rc = pseudonyms_open("/dev/shm/no-such-directory", &p);
    const char *text = caught_stderr();
    assert_int_equal(rc, -ENOENT);
    assert_non_null(strstr(text, "/dev/shm/no-such-directory"));
}

/* A capture's clock may wander over many days; keys of the earliest ones are forgotten, the rest hold. */
static void many_days_in_one_capture_have_each_a_name(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(NULL);
    char names[20][PSEUDONYM_LEN + 1];
    for (unsigned day = 0; day < 20; day++) {
        strcpy(names[day], of(p, 1, NOON + day * DAY));
        for (unsigned other = 0; other < day; other++)
            assert_string_not_equal(names[day], names[other]);
        for (unsigned recent = day < 3 ? 0 : day - 3; recent <= day; recent++)
            assert_string_equal(of(p, 1, NOON + recent * DAY), names[recent]);
    }
    pseudonyms_close(p);
}

static void *ask_often(void *context)
{
    struct pseudonyms *p = context;
    struct device_key k = key(7);
    char first[PSEUDONYM_LEN + 1], again[PSEUDONYM_LEN + 1];
    pseudonym_of(p, &k, NOON, first);
    for (int i = 0; i < 2000; i++) {
        pseudonym_of(p, &k, NOON, again);
        if (strcmp(first, again) != 0)
            return p;
    }
    return NULL;
}

static void two_threads_get_the_same_answers(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(run_dir);
    pthread_t threads[2];
    void *wrong[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, p), 0);
    for (int i = 0; i < 200; i++)
        pseudonyms_expire(p, NOON);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], &wrong[i]);
    assert_true(!wrong[0] && !wrong[1]);
    pseudonyms_close(p);
}

/* With a reason and a day: one key for all days up to it, and no day longer. */
static void one_key_serves_all_days_up_to_the_one_named(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(run_dir);
    pseudonyms_keep_until(p, "2026-09-23");
    const char *first = of(p, 1, NOON);
    assert_string_equal(of(p, 1, NOON + DAY), first);
    assert_string_equal(of(p, 1, NOON + 2 * DAY), first);
    assert_string_not_equal(of(p, 2, NOON), first);
    assert_string_not_equal(of(p, 1, NOON + 3 * DAY), first);
    pseudonyms_expire(p, NOON + 2 * DAY);
    assert_int_equal(access(path_of("day-key-2026-09-23"), F_OK), 0);
    pseudonyms_close(p);
    p = open_in(run_dir); /* a restart */
    pseudonyms_keep_until(p, "2026-09-23");
    assert_string_equal(of(p, 1, NOON), first);
    pseudonyms_expire(p, NOON + 2 * DAY + DAY / 2 + PSEUDONYM_GRACE_NS);
    assert_int_equal(access(path_of("day-key-2026-09-23"), F_OK), -1);
    assert_string_not_equal(of(p, 1, NOON), first);
    pseudonyms_close(p);
}

static void a_key_for_more_than_a_day_goes_with_the_setting(void **state)
{
    (void)state;
    struct pseudonyms *p = open_in(run_dir);
    pseudonyms_keep_until(p, "2026-10-23");
    const char *before = of(p, 1, NOON);
    pseudonyms_close(p);
    p = open_in(run_dir); /* another day was asked for: another key */
    pseudonyms_keep_until(p, "2026-10-24");
    assert_string_not_equal(of(p, 1, NOON), before);
    pseudonyms_expire(p, NOON);
    assert_int_equal(access(path_of("day-key-2026-10-23"), F_OK), -1);
    pseudonyms_close(p);
    p = open_in(run_dir); /* none was asked for */
    pseudonyms_expire(p, NOON);
    assert_int_equal(access(path_of("day-key-2026-10-24"), F_OK), -1);
    pseudonyms_keep_until(p, "2026-10-24");
    pseudonyms_forget(p); /* the sensor is ended */
    assert_int_equal(access(path_of("day-key-2026-10-24"), F_OK), -1);
    pseudonyms_close(p);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    setenv("TZ", "UTC0", 1);
    tzset();
    log_init("t", LOG_LEVEL_INFO);
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        TEST(a_device_keeps_its_pseudonym_for_the_whole_local_day),
        TEST(devices_differ),
        TEST(the_same_day_in_another_process_is_another_name),
        TEST(the_days_key_is_a_file_only_its_owner_may_read),
        TEST(a_restart_keeps_the_days_pseudonyms),
        TEST(a_key_is_destroyed_ten_minutes_after_its_day),
        TEST(a_day_that_comes_again_has_another_key),
        TEST(a_key_of_a_day_to_come_is_destroyed),
        TEST(keys_that_a_crash_left_behind_are_destroyed_too),
        TEST(a_key_file_that_is_too_short_is_made_anew),
        TEST(a_link_in_the_keys_place_is_not_followed),
        TEST(nothing_is_written_to_a_disk),
        TEST(a_directory_that_is_not_there_is_an_error),
        TEST(many_days_in_one_capture_have_each_a_name),
        TEST(two_threads_get_the_same_answers),
        TEST(one_key_serves_all_days_up_to_the_one_named),
        TEST(a_key_for_more_than_a_day_goes_with_the_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
