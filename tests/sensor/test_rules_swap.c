/* A thousand sets of rules taken over while a capture is replayed: everything found is what it was without. */
#include "feeds/feed_file.h"
#include "feeds/feed_image.h"
#include "feeds/rules.h"
#include "sensor/pipeline.h"
#include "sensor/rules_watch.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define SWAPS 1000
#define PASSES 6
#define FOUND_MOST 8192

struct replay {
    struct feed_set *rules;
    struct pipeline *pipeline;
    bool swapping;
    _Atomic uint32_t offered;
    atomic_bool over;
    pthread_mutex_t lock;
    char *found[FOUND_MOST];
    unsigned found_count;
    uint64_t taken, decoded, captured;
};

/* The same rules, loaded anew: other memory, other pointers. */
static struct feed_set *same_rules(const struct feed_set *of)
{
    struct feed_set *set = NULL;
    assert_int_equal(feed_file_read("rules", (const char *)of->image, of->image->bytes, &set), 0);
    return set;
}

static void swap(struct replay *r)
{
    struct feed_set *set = same_rules(r->rules);
    pipeline_offer_rules(r->pipeline, set);
    feed_set_free(set);
    atomic_fetch_add(&r->offered, 1);
}

/* From the worker's own thread: the next frame already goes by the new set. */
static void on_name(void *context, enum name_protocol protocol, const char *name)
{
    struct replay *r = context;
    (void)protocol;
    (void)name;
    if (r->swapping)
        swap(r);
}

static void *swap_from_outside(void *context)
{
    struct replay *r = context;
    const struct timespec pause = {.tv_nsec = 200000};
    while (!atomic_load(&r->over)) {
        swap(r);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void on_close(void *context, struct contact const *c, const struct device *d)
{
    struct replay *r = context;
    char text[1024];
    (void)d;
    snprintf(text, sizeof(text), "%s %s %s %s %s %u %u %u %llu %llu %llu %llu %s", c->host, c->match.matched,
             c->match.owner.tracker ? c->match.owner.tracker : "-", c->match.owner.organisation ? c->match.owner.organisation : "-",
             c->match.feed, c->connections, c->evidence, c->seen_by, (unsigned long long)c->first_ns, (unsigned long long)c->last_ns,
             (unsigned long long)c->bytes_up, (unsigned long long)c->bytes_down, c->chain_len ? c->chain[0] : "-");
    pthread_mutex_lock(&r->lock);
    assert_true(r->found_count < FOUND_MOST);
    r->found[r->found_count++] = strdup(text);
    pthread_mutex_unlock(&r->lock);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void play(struct replay *r, struct site_set *sites)
{
    pthread_t outside;
    int never = 0;
    struct pipeline_options o = {.workers = 2, .ring_bytes = 1 << 20};
    o.worker = (struct worker_options){.max_flows = 4096, .on_name = on_name, .name_context = r};
    o.worker.findings = (struct findings_options){.trackers = r->rules,
                                                  .sites = sites,
                                                  .max_devices = 64,
                                                  .max_contacts = 1024,
                                                  .visit_gap_ns = 60 * NS_PER_S,
                                                  .on_close = on_close,
                                                  .context = r};
    r->pipeline = pipeline_new(&o);
    assert_non_null(r->pipeline);
    assert_int_equal(pipeline_start(r->pipeline), 0);
    if (r->swapping)
        assert_int_equal(pthread_create(&outside, NULL, swap_from_outside, r), 0);
    for (int pass = 0; pass < PASSES; pass++) {
        struct capture *c;
        assert_int_equal(capture_open_file(TESTS_DIR "/golden/captures/the-mix.pcap", &c), 0);
        assert_int_equal(pipeline_pump(r->pipeline, c, &never, NULL, NULL), 0);
        capture_close(c);
    }
    pipeline_finish(r->pipeline);
    atomic_store(&r->over, true);
    if (r->swapping)
        pthread_join(outside, NULL);
    r->taken = PIPELINE_COUNT(r->pipeline, rules_taken);
    r->decoded = PIPELINE_COUNT(r->pipeline, decoded);
    r->captured = pipeline_totals(r->pipeline).captured;
    pipeline_free(r->pipeline);
    qsort(r->found, r->found_count, sizeof(r->found[0]), by_text);
}

static struct replay *new_replay(const struct feed_set *rules, bool swapping)
{
    struct replay *r = calloc(1, sizeof(*r));
    assert_non_null(r);
    pthread_mutex_init(&r->lock, NULL);
    r->rules = feed_set_hold(rules);
    r->swapping = swapping;
    return r;
}

static void free_replay(struct replay *r)
{
    for (unsigned i = 0; i < r->found_count; i++)
        free(r->found[i]);
    feed_set_free(r->rules);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static void a_thousand_swaps_during_a_replay_change_nothing_that_is_found(void **state)
{
    (void)state;
    struct feed_set *rules;
    struct site_set *sites;
    assert_int_equal(rules_load_trackers(NULL, 0, &rules), 0);
    assert_int_equal(rules_load_sites(NULL, 0, &sites), 0);
    struct replay *still = new_replay(rules, false), *swapped = new_replay(rules, true);
    play(still, sites);
    play(swapped, sites);
    assert_int_equal(still->taken, 0);
    assert_true(swapped->offered >= SWAPS);
    assert_true(swapped->taken >= SWAPS / 2); /* of two that were offered between two frames the first is passed over */
    assert_int_equal(swapped->captured, still->captured);
    assert_int_equal(swapped->decoded, still->decoded);
    assert_true(still->found_count >= 10);
    assert_int_equal(swapped->found_count, still->found_count);
    for (unsigned i = 0; i < still->found_count; i++)
        assert_string_equal(swapped->found[i], still->found[i]);
    free_replay(still);
    free_replay(swapped);
    feed_set_free(rules);
    site_set_free(sites);
}

/* The watch ------------------------------------------------------------------------------------------------------- */

static void write_list(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static struct feed_set *wait_for_set(struct rules_watch *w, int ms)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    struct feed_set *set = NULL;
    for (int i = 0; !set && i < ms / 5; i++) {
        set = rules_watch_take(w);
        nanosleep(&pause, NULL);
    }
    return set;
}

static bool covers(const struct feed_set *set, const char *host)
{
    struct feed_match match;
    return feed_match(set, host, strlen(host), &match);
}

struct watched {
    char folder[64];
    struct rules_files files;
    struct rules_watch *watch;
};

static struct watched watch_one(const char *text)
{
    struct watched w = {.folder = "/tmp/telltale-watch-XXXXXX"};
    struct rules_seen seen;
    assert_non_null(mkdtemp(w.folder));
    w.files.n = w.files.configured = 1;
    snprintf(w.files.path[0], sizeof(w.files.path[0]), "%s/list.txt", w.folder);
    write_list(w.files.path[0], text);
    rules_watch_look(&w.files, &seen);
    w.watch = rules_watch_new(&w.files, &seen, 10);
    assert_non_null(w.watch);
    return w;
}

static void end_watch(struct watched *w)
{
    rules_watch_free(w->watch);
    unlink(w->files.path[0]);
    rmdir(w->folder);
}

static void a_changed_list_is_loaded_once(void **state)
{
    (void)state;
    struct watched w = watch_one("a.example.com\n");
    assert_null(wait_for_set(w.watch, 100)); /* nothing changed yet */
    write_list(w.files.path[0], "a.example.com\nb.example.com\n");
    struct feed_set *set = wait_for_set(w.watch, 10000);
    assert_non_null(set);
    assert_true(covers(set, "b.example.com") && covers(set, "secure.adnxs.com"));
    feed_set_free(set);
    assert_null(wait_for_set(w.watch, 100));
    end_watch(&w);
}

static void a_list_that_cannot_be_used_gives_nothing_until_it_can(void **state)
{
    (void)state;
    struct watched w = watch_one("a.example.com\n");
    write_list(w.files.path[0], "this is no list\n");
    assert_null(wait_for_set(w.watch, 300));
    unlink(w.files.path[0]);
    assert_null(wait_for_set(w.watch, 300));
    write_list(w.files.path[0], "c.example.com\n");
    struct feed_set *set = wait_for_set(w.watch, 10000);
    assert_non_null(set);
    assert_true(covers(set, "c.example.com"));
    feed_set_free(set);
    end_watch(&w);
}

static void asked_for_everything_is_loaded_though_nothing_changed(void **state)
{
    (void)state;
    struct watched w = watch_one("a.example.com\n");
    rules_watch_now(w.watch);
    struct feed_set *set = wait_for_set(w.watch, 10000);
    assert_non_null(set);
    feed_set_free(set);
    end_watch(&w);
}

static void subscriptions_that_were_fetched_belong_to_the_rules_and_never_blind_the_start(void **state)
{
    (void)state;
    struct config c;
    struct rules_files files;
    struct feed_set *set;
    char folder[] = "/tmp/telltale-dir-XXXXXX";
    config_defaults(&c);
    assert_non_null(mkdtemp(folder));
    snprintf(c.feeds_dir, sizeof(c.feeds_dir), "%s", folder);
    strcpy(c.subscriptions[0].name, "one");
    strcpy(c.subscriptions[1].name, "two");
    c.subscription_count = 2;
    rules_files_of(&c, &files);
    assert_int_equal(files.n, 2);
    assert_int_equal(rules_load_files(&files, true, &set), 0); /* neither is there */
    feed_set_free(set);
    write_list(files.path[0], "one.example.com\n");
    write_list(files.path[1], "no list at all\n");
    assert_int_equal(rules_load_files(&files, true, &set), 0);
    assert_true(covers(set, "one.example.com"));
    feed_set_free(set);
    assert_int_not_equal(rules_load_files(&files, false, &set), 0); /* later: what is in force is better */
    assert_null(set);
    unlink(files.path[0]);
    unlink(files.path[1]);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_swaps_during_a_replay_change_nothing_that_is_found),
        cmocka_unit_test(a_changed_list_is_loaded_once),
        cmocka_unit_test(a_list_that_cannot_be_used_gives_nothing_until_it_can),
        cmocka_unit_test(asked_for_everything_is_loaded_though_nothing_changed),
        cmocka_unit_test(subscriptions_that_were_fetched_belong_to_the_rules_and_never_blind_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
