/* test_spool.c -- the spool's files: what is written is found, bounds hold, old segments go, and nobody else may read them. What
 * damage does is tests/faults/spool_damaged; what failing calls do, tests/faults/write_errors.
 */
#include "common/clock.h"
#include "common/log.h"
#include "store/journal.h"
#include "store/spool.h"
#include "store/spool_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char parent[64], folder[96];
static unsigned found;
static char last_payload[64];

static int begin(void **state)
{
    (void)state;
    strcpy(parent, "/tmp/telltale-spool-XXXXXX");
    if (!mkdtemp(parent))
        return -1;
    snprintf(folder, sizeof(folder), "%s/a/b", parent);
    return 0;
}

static int end(void **state)
{
    (void)state;
    char above[96];
    snprintf(above, sizeof(above), "%s/a", parent);
    assert_int_equal(spool_folder_destroy(folder), 0);
    rmdir(above);
    return rmdir(parent);
}

static void on_record(void *context, const struct spool_record *r, struct store_place place)
{
    (void)context;
    assert_true(place.segment > 0 && place.length == r->length);
    found++;
    snprintf(last_payload, sizeof(last_payload), "%.*s", (int)r->length, (const char *)r->payload);
}

static struct spool *open_spool(uint64_t most)
{
    struct spool *s;
    found = 0;
    assert_int_equal(spool_open(folder, most, on_record, NULL, &s), 0);
    return s;
}

static int files(void)
{
    int n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
        n += e->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return n;
}

static void what_was_written_is_found_by_the_next_one(void **state)
{
    (void)state;
    struct store_place place;
    struct spool *s = open_spool(1 << 20);
    assert_int_equal(found, 0);
    assert_int_equal(spool_append(s, SPOOL_BATCH, "one", 3, &place), 0);
    assert_int_equal(spool_append(s, SPOOL_BATCH, "two", 3, &place), 0);
    char back[4] = "";
    assert_int_equal(spool_read(s, place, back), 0);
    assert_string_equal(back, "two");
    spool_close(s);
    s = open_spool(1 << 20);
    assert_int_equal(found, 2);
    assert_string_equal(last_payload, "two");
    assert_int_equal(spool_counts(s).damaged, 0);
    assert_int_equal(spool_read(s, place, back), 0);
    spool_close(s);
}

static void folder_and_files_are_for_their_user_only(void **state)
{
    (void)state;
    struct store_place place;
    struct stat st;
    char path[160];
    struct spool *s = open_spool(1 << 20);
    assert_int_equal(spool_append(s, SPOOL_BATCH, "one", 3, &place), 0);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    snprintf(path, sizeof(path), "%s/%016llx.spool", folder, (unsigned long long)place.segment);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    spool_close(s);
}

static void one_publisher_a_folder(void **state)
{
    (void)state;
    struct spool *other, *s = open_spool(1 << 20);
    assert_int_equal(spool_open(folder, 1 << 20, on_record, NULL, &other), -EWOULDBLOCK);
    assert_null(other);
    assert_int_equal(spool_folder_destroy(folder), -EWOULDBLOCK);
    spool_close(s);
}

static void the_bound_holds_and_room_makes_it_well_again(void **state)
{
    (void)state;
    static const char big[100000];
    struct store_place places[64];
    struct spool *s = open_spool(1 << 20);
    int n = 0, rc;
    while (n < 64 && (rc = spool_append(s, SPOOL_BATCH, big, sizeof(big), &places[n])) == 0)
        n++;
    assert_int_equal(rc, -EDQUOT);
    assert_int_equal(n, 10);
    assert_false(spool_counts(s).well);
    assert_true(spool_counts(s).bytes <= 1 << 20);
    assert_int_equal(spool_append(s, SPOOL_RENAME, "r", 1, NULL), 0); /* what keeps order is not bounded */
    for (int i = 0; i < n; i++)
        spool_release(s, places[i]);
    spool_run(s, clock_monotonic_ns() + 60 * NS_PER_S, false);
    spool_run(s, clock_monotonic_ns() + 70 * NS_PER_S, false);
    assert_int_equal(spool_append(s, SPOOL_BATCH, big, sizeof(big), &places[0]), 0);
    assert_true(spool_counts(s).well);
    spool_close(s);
}

static void old_segments_go_and_the_state_stays(void **state)
{
    (void)state;
    struct store_place first, second;
    uint64_t now_ns = clock_monotonic_ns();
    struct spool *s = open_spool(1 << 20);
    spool_set_state(s, "state", 5);
    assert_int_equal(spool_append(s, SPOOL_BATCH, "one", 3, &first), 0);
    spool_run(s, now_ns + 11 * NS_PER_S, false); /* its ten seconds are over */
    assert_int_equal(files(), 2);
    assert_int_equal(spool_append(s, SPOOL_BATCH, "two", 3, &second), 0);
    assert_true(second.segment > first.segment);
    spool_run(s, now_ns + 9 * NS_PER_S, false);
    assert_int_equal(files(), 2); /* "one" is still needed */
    spool_release(s, first);
    spool_run(s, now_ns + 9 * NS_PER_S, false);
    assert_int_equal(files(), 1);
    spool_release(s, second);
    spool_run(s, now_ns + 30 * NS_PER_S, false);
    spool_run(s, now_ns + 60 * NS_PER_S, false);
    assert_int_equal(files(), 1); /* which has nothing but the state, and is not written anew for ever */
    spool_close(s);
    s = open_spool(1 << 20);
    assert_int_equal(found, 1);
    assert_string_equal(last_payload, "state");
    spool_close(s);
}

static void it_syncs_once_a_second_and_only_while_somebody_waits(void **state)
{
    (void)state;
    struct store_place place;
    uint64_t now_ns = clock_monotonic_ns();
    struct spool *s = open_spool(1 << 20);
    for (uint64_t i = 0; i < 50; i++) {
        assert_int_equal(spool_append(s, SPOOL_BATCH, "one", 3, &place), 0);
        spool_run(s, now_ns + i * 100 * NS_PER_MS, false);
    }
    assert_int_equal(spool_counts(s).syncs, 0);
    for (uint64_t i = 50; i < 100; i++) {
        assert_int_equal(spool_append(s, SPOOL_BATCH, "one", 3, &place), 0);
        spool_run(s, now_ns + i * 100 * NS_PER_MS, true);
    }
    assert_int_equal(spool_counts(s).syncs, 5);
    spool_close(s);
}

static void make_damaged(const char *name, uint64_t age_s, char path[160])
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = (time_t)(clock_wall_ns() / NS_PER_S - age_s)}};
    snprintf(path, 160, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* A publisher runs for months. */
static void what_was_set_aside_goes_after_two_days_while_the_spool_is_open(void **state)
{
    (void)state;
    char old[160], young[160], foreign[160];
    struct spool *s = open_spool(1 << 20);
    uint64_t now_ns = clock_monotonic_ns();
    make_damaged("00000000000000aa.damaged", 2 * 24 * 3600 + 60, old);
    make_damaged("00000000000000ab.damaged", 2 * 24 * 3600 - 60, young);
    make_damaged("letter.damaged", 9 * 24 * 3600, foreign);
    spool_run(s, now_ns + 60 * NS_PER_S, false);
    assert_int_equal(access(old, F_OK), 0); /* looked at once an hour */
    spool_run(s, now_ns + 3601 * NS_PER_S, false);
    assert_int_equal(access(old, F_OK), -1);
    assert_int_equal(access(young, F_OK), 0);
    assert_int_equal(access(foreign, F_OK), 0);
    assert_int_equal(spool_counts(s).errors, 0);
    spool_close(s);
    make_damaged("00000000000000aa.damaged", 2 * 24 * 3600 + 60, old);
    s = open_spool(1 << 20); /* and when a publisher starts */
    assert_int_equal(access(old, F_OK), -1);
    spool_close(s);
    unlink(foreign);
}

static void what_is_not_ours_is_left_alone(void **state)
{
    (void)state;
    char path[160];
    struct spool *s = open_spool(1 << 20);
    spool_close(s);
    snprintf(path, sizeof(path), "%s/letter.txt", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_not_equal(spool_folder_destroy(folder), 0); /* and says so */
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
}

static void nothing_is_left_of_a_spool_that_was_destroyed(void **state)
{
    (void)state;
    struct store_place place;
    struct spool *s = open_spool(1 << 20);
    assert_int_equal(spool_append(s, SPOOL_BATCH, "one", 3, &place), 0);
    spool_close(s);
    assert_int_equal(spool_folder_destroy(folder), 0);
    assert_int_equal(access(folder, F_OK), -1);
    assert_int_equal(spool_folder_destroy(folder), 0);
}

int main(void)
{
    log_init("t", LOG_LEVEL_ERROR);
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(what_was_written_is_found_by_the_next_one),
        CASE(folder_and_files_are_for_their_user_only),
        CASE(one_publisher_a_folder),
        CASE(the_bound_holds_and_room_makes_it_well_again),
        CASE(old_segments_go_and_the_state_stays),
        CASE(it_syncs_once_a_second_and_only_while_somebody_waits),
        CASE(what_was_set_aside_goes_after_two_days_while_the_spool_is_open),
        CASE(what_is_not_ours_is_left_alone),
        CASE(nothing_is_left_of_a_spool_that_was_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
