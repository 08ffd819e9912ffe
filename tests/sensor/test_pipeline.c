/* test_pipeline.c -- capture files through rings and workers: every frame is accounted for, and the number of workers
 * changes nothing of what is found.
 */
#include "sensor/pipeline.h"

#include "common/log.h"
#include "feeds/rules.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/caught_stderr.h"

#define THE_MIX           TESTS_DIR "/golden/captures/the-mix.pcap"
#define HELLOS            TESTS_DIR "/corpus/hellos/hellos.pcap"
#define FRAMES_IN_THE_MIX 772

static struct feed_set *trackers;
static struct site_set *sites;
static const volatile int go_on = 0, stop_now = 1;

/* The contacts that a run closed, one line each, by host; called from the workers. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char lines[256][512];
static unsigned lines_count;

static void keep_line(void *context, const struct contact *c, const struct device *d)
{
    (void)context;
    pthread_mutex_lock(&lock);
    assert_true(lines_count < 256);
    snprintf(lines[lines_count++], sizeof(lines[0]),
             "%s %s %02x%02x %s chain %u of %s connections %u seen %x up %llu down %llu from %llu to %llu", c->host,
             c->match.matched, d->key.bytes[4], d->key.bytes[5], evidence_word(c->evidence), c->chain_len,
             c->chain_len ? c->chain[c->chain_len - 1] : "-", c->connections, c->seen_by,
             (unsigned long long)c->bytes_up, (unsigned long long)c->bytes_down, (unsigned long long)c->first_ns,
             (unsigned long long)c->last_ns);
    pthread_mutex_unlock(&lock);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static struct pipeline *a_pipeline(int workers, bool live, bool pace)
{
    struct pipeline_options o = {.workers = workers,
                                 .ring_bytes = 65536,
                                 .live = live,
                                 .pace = pace,
                                 .worker = {.max_flows = 4096,
                                            .findings = {.trackers = trackers,
                                                         .sites = sites,
                                                         .max_devices = 256,
                                                         .max_contacts = 1024,
                                                         .visit_gap_ns = 60 * NS_PER_S,
                                                         .on_close = keep_line}}};
    struct pipeline *p = pipeline_new(&o);
    assert_non_null(p);
    lines_count = 0;
    return p;
}

static int pump_file(struct pipeline *p, const char *path)
{
    struct capture *capture = NULL;
    assert_int_equal(capture_open_file(path, &capture), 0);
    int rc = pipeline_pump(p, capture, &go_on, NULL, NULL);
    capture_close(capture);
    return rc;
}

/* The two sums of docs/ARCHITECTURE.md: nothing vanishes between the capture and the decoder. */
static void assert_accounts_balance(const struct pipeline *p)
{
    struct pipeline_totals t = pipeline_totals(p);
    uint64_t decoded = PIPELINE_COUNT(p, decoded);
    uint64_t undecodable = PIPELINE_COUNT(p, undecodable_truncated) + PIPELINE_COUNT(p, undecodable_malformed) +
                           PIPELINE_COUNT(p, undecodable_foreign);
    assert_true(t.captured == t.ring_in + t.ring_full);
    assert_true(t.ring_in == decoded + undecodable);
}

/* Runs captures through a pipeline; the contacts are then in lines[], sorted. */
static void run(int workers, const char *const *paths, struct pipeline_totals *totals, uint64_t *named)
{
    struct pipeline *p = a_pipeline(workers, false, false);
    assert_int_equal(pipeline_start(p), 0);
    for (; *paths; paths++)
        assert_int_equal(pump_file(p, *paths), 0);
    pipeline_finish(p);
    assert_accounts_balance(p);
    *totals = pipeline_totals(p);
    *named = PIPELINE_COUNT(p, named);
    assert_int_equal(pipeline_workers(p), workers);
    pipeline_free(p);
    qsort(lines, lines_count, sizeof(lines[0]), by_text);
}

static int load(void **state)
{
    (void)state;
    char path[] = "/tmp/telltale-pipeline-XXXXXX";
    const char *paths[] = {path};
    log_init("t", LOG_LEVEL_INFO);
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, "pixel.example\n", 14) != 14) /* whose names are in the corpus of hellos */
        return -1;
    close(fd);
    int rc = rules_load_trackers(paths, 1, &trackers);
    unlink(path);
    return rc < 0 ? rc : rules_load_sites(NULL, 0, &sites);
}

static int forget(void **state)
{
    (void)state;
    feed_set_free(trackers);
    site_set_free(sites);
    return 0;
}

static bool is_line(const char *begin)
{
    for (unsigned i = 0; i < lines_count; i++)
        if (strncmp(lines[i], begin, strlen(begin)) == 0)
            return true;
    return false;
}

static void a_real_page_view_is_read_whole(void **state)
{
    (void)state;
    struct pipeline_totals t;
    uint64_t named;
    run(1, (const char *const[]){THE_MIX, NULL}, &t, &named);
    assert_true(t.captured == FRAMES_IN_THE_MIX && t.ring_full == 0 && t.kernel_dropped == 0);
    assert_true(t.captured_bytes > 250000 && t.first_ns < t.last_ns);
    assert_true(named >= 20);
    assert_true(is_line("secure.adnxs.com adnxs.com "));
    assert_true(is_line("pixel.mediaiqdigital.com mediaiqdigital.com "));
    assert_true(is_line("region1.google-analytics.com google-analytics.com "));
    assert_true(is_line("syndication.twitter.com twitter.com "));
}

static void the_number_of_workers_changes_nothing(void **state)
{
    (void)state;
    static const char *const captures[] = {HELLOS, THE_MIX, NULL};
    static char one[256][512];
    struct pipeline_totals t, t_one;
    uint64_t named, named_one;
    run(1, captures, &t_one, &named_one);
    unsigned count = lines_count;
    assert_true(count >= 40); /* the 35 devices of the corpus, and the page's trackers */
    memcpy(one, lines, sizeof(lines));
    for (int workers = 2; workers <= 4; workers += 2) {
        run(workers, captures, &t, &named);
        assert_int_equal(lines_count, count);
        for (unsigned i = 0; i < count; i++)
            assert_string_equal(lines[i], one[i]);
        assert_true(named == named_one && t.captured == t_one.captured && t.captured_bytes == t_one.captured_bytes);
    }
}

/* The corpus was made years before the page was captured: what was open at the end of one file is over in the next. */
static void nothing_lasts_from_one_capture_into_the_next(void **state)
{
    (void)state;
    static const char *const orders[][3] = {{HELLOS, THE_MIX, NULL}, {THE_MIX, HELLOS, NULL}};
    struct pipeline_totals t;
    uint64_t named;
    for (int i = 0; i < 2; i++) {
        run(1, orders[i], &t, &named);
        for (unsigned line = 0; line < lines_count; line++) {
            unsigned long long from = 0, to = 0;
            const char *times = strstr(lines[line], " from ");
            assert_int_equal(sscanf(times, " from %llu to %llu", &from, &to), 2);
            if (to < from || to - from > 60 * NS_PER_S)
                fail_msg("%s", lines[line]);
        }
    }
}

/* Live, a full ring drops and counts: here nobody reads it until the end. */
static void what_a_full_ring_refuses_is_counted(void **state)
{
    (void)state;
    struct pipeline *p = a_pipeline(2, true, false);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pump_file(p, THE_MIX), 0);
    assert_int_equal(pipeline_start(p), 0);
    pipeline_finish(p);
    struct pipeline_totals t = pipeline_totals(p);
    assert_true(t.captured == 3 * FRAMES_IN_THE_MIX);
    assert_true(t.ring_full > 0 && t.ring_full < t.captured);
    assert_accounts_balance(p);
    pipeline_free(p);
}

/* -- files made by hand -- */

static char made_path[64];

static void put_u32(FILE *f, uint32_t v)
{
    assert_int_equal(fwrite(&v, 4, 1, f), 1); /* pcap files are in the writer's byte order */
}

static FILE *begin_file(uint32_t link_type)
{
    strcpy(made_path, "/tmp/telltale-pcap-XXXXXX");
    int fd = mkstemp(made_path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "wb");
    assert_non_null(f);
    static const uint32_t header[] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144};
    assert_int_equal(fwrite(header, sizeof(header), 1, f), 1);
    put_u32(f, link_type);
    return f;
}

static void put_frame(FILE *f, uint32_t ms, const uint8_t *bytes, uint32_t captured, uint32_t wire_len)
{
    put_u32(f, 1790000000 + ms / 1000);
    put_u32(f, ms % 1000 * 1000);
    put_u32(f, captured);
    put_u32(f, wire_len);
    assert_int_equal(fwrite(bytes, 1, captured, f), captured);
}

static const uint8_t udp_frame[] = {
    2,  0, 0, 0,   0,   0xfe, 2,  0,   0,  0,   0, 1,    8,    0,    0x45, 0, 0,  32, 0, 0,   0,   0,   64,
    17, 0, 0, 192, 168, 1,    20, 198, 51, 100, 7, 0xc3, 0x50, 0x1f, 0x40, 0, 12, 0,  0, 't', 'e', 's', 't',
};

static void frames_that_cannot_be_decoded_are_counted_by_kind(void **state)
{
    (void)state;
    uint8_t arp[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6}, lying[sizeof(udp_frame)];
    memcpy(lying, udp_frame, sizeof(lying));
    lying[14] = 0x41; /* an IP header of one word */
    FILE *f = begin_file(1);
    put_frame(f, 0, udp_frame, sizeof(udp_frame), sizeof(udp_frame));
    put_frame(f, 1, udp_frame, 20, sizeof(udp_frame)); /* cut by the snap length */
    put_frame(f, 2, udp_frame, 30, sizeof(udp_frame));
    put_frame(f, 3, lying, sizeof(lying), sizeof(lying));
    put_frame(f, 4, arp, sizeof(arp), sizeof(arp));
    put_frame(f, 5, arp, 0, 60);
    fclose(f);
    struct pipeline *p = a_pipeline(2, false, false);
    assert_int_equal(pipeline_start(p), 0);
    assert_int_equal(pump_file(p, made_path), 0);
    pipeline_finish(p);
    assert_accounts_balance(p);
    assert_true(PIPELINE_COUNT(p, decoded) == 1);
    assert_true(PIPELINE_COUNT(p, undecodable_malformed) == 1);
    assert_true(PIPELINE_COUNT(p, undecodable_foreign) >= 1);
    assert_true(PIPELINE_COUNT(p, undecodable_truncated) >= 2);
    pipeline_free(p);
    unlink(made_path);
}

static void what_is_there_of_a_damaged_file_is_read(void **state)
{
    (void)state;
    FILE *f = begin_file(1);
    for (uint32_t i = 0; i < 10; i++)
        put_frame(f, i, udp_frame, sizeof(udp_frame), sizeof(udp_frame));
    put_u32(f, 1790000001); /* and then half a record */
    fclose(f);
    struct pipeline *p = a_pipeline(1, false, false);
    assert_int_equal(pipeline_start(p), 0);
    catch_stderr();
    int rc = pump_file(p, made_path);
    const char *said = caught_stderr();
    assert_int_equal(rc, -EBADMSG);
    assert_non_null(strstr(said, made_path));
    pipeline_finish(p);
    assert_true(PIPELINE_COUNT(p, decoded) == 10);
    assert_accounts_balance(p);
    pipeline_free(p);
    unlink(made_path);
}

static void a_replay_can_keep_the_captures_pace(void **state)
{
    (void)state;
    FILE *f = begin_file(1);
    for (uint32_t i = 0; i < 4; i++)
        put_frame(f, i * 100, udp_frame, sizeof(udp_frame), sizeof(udp_frame));
    fclose(f);
    struct pipeline *p = a_pipeline(1, false, true);
    assert_int_equal(pipeline_start(p), 0);
    uint64_t begin = clock_monotonic_ns();
    assert_int_equal(pump_file(p, made_path), 0);
    assert_true(clock_monotonic_ns() - begin >= 290 * NS_PER_MS);
    pipeline_finish(p);
    assert_true(PIPELINE_COUNT(p, decoded) == 4);
    pipeline_free(p);
    unlink(made_path);
}

static void asked_to_stop_it_reads_no_further(void **state)
{
    (void)state;
    struct capture *capture = NULL;
    struct pipeline *p = a_pipeline(1, false, false);
    assert_int_equal(pipeline_start(p), 0);
    assert_int_equal(capture_open_file(THE_MIX, &capture), 0);
    assert_int_equal(pipeline_pump(p, capture, &stop_now, NULL, NULL), 0);
    capture_close(capture);
    pipeline_finish(p);
    assert_true(pipeline_totals(p).captured < FRAMES_IN_THE_MIX);
    pipeline_free(p);
}

/* Nobody takes the frames: as when a worker hangs over one. The watchdog goes by this. */
static void a_worker_that_takes_nothing_is_noticed_and_one_without_work_is_not(void **state)
{
    (void)state;
    struct pipeline *p = a_pipeline(2, true, false);
    assert_int_equal(pipeline_stalled_ns(p, NS_PER_S), 0);
    assert_int_equal(pipeline_stalled_ns(p, 90 * NS_PER_S), 0); /* there is nothing to do */
    assert_int_equal(pump_file(p, THE_MIX), 0);
    assert_int_equal(pipeline_stalled_ns(p, 100 * NS_PER_S), 10 * NS_PER_S); /* since the last look that found it idle */
    assert_int_equal(pipeline_stalled_ns(p, 111 * NS_PER_S), 21 * NS_PER_S);
    assert_int_equal(pipeline_start(p), 0);
    pipeline_finish(p);
    assert_int_equal(pipeline_stalled_ns(p, 112 * NS_PER_S), 0);
    pipeline_free(p);
}

static void a_pipeline_that_was_never_started_is_freed(void **state)
{
    (void)state;
    pipeline_free(a_pipeline(8, false, false));
    pipeline_free(NULL);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_page_view_is_read_whole),
        cmocka_unit_test(the_number_of_workers_changes_nothing),
        cmocka_unit_test(nothing_lasts_from_one_capture_into_the_next),
        cmocka_unit_test(what_a_full_ring_refuses_is_counted),
        cmocka_unit_test(frames_that_cannot_be_decoded_are_counted_by_kind),
        cmocka_unit_test(what_is_there_of_a_damaged_file_is_read),
        cmocka_unit_test(a_replay_can_keep_the_captures_pace),
        cmocka_unit_test(asked_to_stop_it_reads_no_further),
        cmocka_unit_test(a_worker_that_takes_nothing_is_noticed_and_one_without_work_is_not),
        cmocka_unit_test(a_pipeline_that_was_never_started_is_freed),
    };
    return cmocka_run_group_tests(tests, load, forget);
}
