/* capture_process.c -- see capture_process.h.
 *
 * It has opened what the pipeline needs (capture_parts.c), closes the walls, runs the pipeline, and has its findings told (teller.c) and
 * its figures sent.
 */
#include "sensor/capture_process.h"

#include "common/log.h"
#include "common/notify.h"
#include "common/opener.h"
#include "sensor/capture_health.h"
#include "sensor/capture_parts.h"
#include "sensor/hangup.h"
#include "sensor/last_words.h"
#include "sensor/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEALTH_EVERY_NS (2 * NS_PER_S)
#define SETTINGS_EVERY_MS 2000
#define STALLED_NS (10 * NS_PER_S) /* no frame takes a worker so long */
#define DRAIN_MS 10000
#define WAIT_LOOK_MS 100 /* between two looks whether the interface is there */

static volatile int asked_to_stop; /* these two: set by the signal handlers */
static volatile sig_atomic_t hung_up;

static void on_stop(int signal_number)
{
    (void)signal_number;
    asked_to_stop = 1;
}

static void on_hangup(int signal_number)
{
    (void)signal_number;
    hung_up = 1;
}

static void send_health(struct capture_process *p)
{
    struct capture_health from = {.pipeline = p->pipeline, .trackers = p->trackers, .places = p->places, .outbox = p->outbox, .teller = p->teller,
                                  .gaps = &p->gaps, .started_s = p->started_s};
    union sighting s;
    gaps_run(&p->gaps);
    if (p->source->interface && clock_is_believed((uint32_t)p->config->clock_wait_s))
        gaps_tell(&p->gaps, p->outbox);
    capture_health_fill(&from, &s);
    outbox_put(p->outbox, &s);
}

/* The workers go by the new rules from their next frame on. Contacts that the old ones opened hold these until they close. */
static void take_over_rules(struct capture_process *p)
{
    if (hung_up) {
        hung_up = 0;
        asked_to_stop |= hangup_is_end();
        rules_watch_now(p->watch);
    }
    struct feed_set *set = rules_watch_take(p->watch);
    if (!set)
        return;
    log_info("feeds: %u tracker rules in force (%u before): %s", feed_set_rules(set), feed_set_rules(p->trackers), feed_set_provenance(set));
    pipeline_offer_rules(p->pipeline, set);
    feed_set_free(p->trackers);
    p->trackers = set;
}

/* Do the files of changes say something that is read at the start only? */
static bool settings_matter(struct capture_process *p)
{
    const struct config *was = p->config;
    char path[CONFIG_PATH_MAX];
    struct settings_stamp stamp;
    if (!settings_stamp(was, &stamp))
        return false;
    bool same = memcmp(&stamp, &p->settings, sizeof(stamp)) == 0, sites = memcmp(stamp.file[1], p->settings.file[1], sizeof(stamp.file[1])) != 0;
    bool matters = false;
    struct config *now = malloc(sizeof(*now));
    if (now)
        *now = *p->file;
    if (!same && now && config_changed_path(was, CONFIG_CHANGED_NAME, path) && config_read_changes(path, now) == 0)
        matters = sites || was->k != now->k || strcmp(was->stable_until, now->stable_until) != 0 || strcmp(was->stable_reason, now->stable_reason) != 0 ||
                  was->subscription_count != now->subscription_count || memcmp(was->subscriptions, now->subscriptions, sizeof(was->subscriptions)) != 0;
    p->settings = stamp;
    free(now);
    return matters;
}

/* On a thread of its own, for it waits for the disk. */
static void look_at_settings(void *context, bool asked)
{
    struct capture_process *p = context;
    (void)asked;
    labels_look(p->labels);
    if (p->source->interface && settings_matter(p))
        atomic_store_explicit(&p->settings_changed, true, memory_order_relaxed); /* nothing else is told with it */
}

/* Sites, k and lists are in every table of the workers: a new start with them is plainer than changing all of those, and rare. */
static void mind_settings(struct capture_process *p)
{
    if (p->again || !atomic_load_explicit(&p->settings_changed, memory_order_relaxed))
        return;
    log_info("capture: settings were changed on the dashboard; beginning anew with them");
    p->again = true;
    asked_to_stop = 1;
}

/* A ring whose interface is down is silent, and goes on by itself when that is up. */
static void watch_link(struct capture_process *p)
{
    enum link_state state = link_watch_run(p->link);
    switch (state) {
    case LINK_UP: gaps_end(&p->gaps); break;
    case LINK_DOWN: gaps_begin(&p->gaps, link_watch_lacks_cable(p->link) ? GAP_CABLE : GAP_DOWN); break;
    case LINK_GONE:
    case LINK_ELSEWHERE:
        gaps_begin(&p->gaps, state == LINK_GONE ? GAP_AWAY : GAP_NAME);
        p->gone = true;
        asked_to_stop = 1;
    }
}

static void on_idle(void *context)
{
    struct capture_process *p = context;
    watch_link(p);
    take_over_rules(p);
    uint64_t now = clock_monotonic_ns();
    if (now >= p->health_ns + HEALTH_EVERY_NS) {
        p->health_ns = now;
        bool believed = teller_run(p->teller);
        send_health(p);
        mind_settings(p);
        if (p->source->interface && believed) { /* a key is destroyed when its day is over, not when a clock says anything */
            pseudonyms_expire(p->pseudonyms, clock_wall_ns());
            labels_expire(p->labels, clock_wall_ns());
        }
    }
    /* Who hangs over a frame is no longer alive, whatever this thread does: the service manager then starts us again. */
    if (pipeline_stalled_ns(p->pipeline, now) < STALLED_NS)
        notify_alive();
    releases_run(p->releases);
    staff_desk_run(p->desk);
    outbox_flush(p->outbox);
    if (!broker_is_there(p->broker) && !asked_to_stop) {
        log_error("capture: the process that opens files for it has gone");
        p->broken = true;
        asked_to_stop = 1;
    }
}

/* The interface is away, that the last process listened on or that a unit names: it is waited for here, which costs nothing, and not by being started again and
 * again. What is waited for is told all the while. */
static int wait_for_interface(struct capture_process *p)
{
    const struct timespec pause = {.tv_sec = 0, .tv_nsec = WAIT_LOOK_MS * 1000000L};
    if (!link_is_ready(p->source->interface)) {
        log_warning("capture: %s: not there, or down; it is waited for", p->source->interface);
        gaps_begin(&p->gaps, GAP_AWAY);
        notify_ready();
    }
    while (!link_is_ready(p->source->interface) && !asked_to_stop) {
        uint64_t now = clock_monotonic_ns();
        if (now >= p->health_ns + HEALTH_EVERY_NS) {
            p->health_ns = now;
            send_health(p);
        }
        outbox_flush(p->outbox);
        notify_alive();
        nanosleep(&pause, NULL);
    }
    return asked_to_stop ? -EINTR : capture_parts_source(p);
}

static int report_end(struct capture_process *p, int rc)
{
    struct pipeline_totals t = pipeline_totals(p->pipeline);
    log_info("capture: %s: %llu frames, %llu dropped by the kernel, %llu by a full ring", p->source->file ? p->source->file : p->source->interface,
             (unsigned long long)t.captured, (unsigned long long)t.kernel_dropped, (unsigned long long)t.ring_full);
    bool all = releases_finish(p->releases, DRAIN_MS);
    all &= outbox_drain(p->outbox, DRAIN_MS);
    send_health(p); /* last, so that the figures know of everything that was sent before them */
    if (!all || !outbox_drain(p->outbox, DRAIN_MS)) {
        log_error("capture: %llu sightings did not reach the publisher; is `telltaled publish` running with the same [run] dir?",
                  (unsigned long long)outbox_counts(p->outbox).waiting);
        return 1;
    }
    return rc < 0 ? 1 : p->again ? CAPTURE_AGAIN : 0;
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The last that is opened here; from now on the broker is asked. Before the first frame is read. */
static int close_walls(struct capture_process *p)
{
    if (p->broker) {
        opener_use(broker_opener(p->broker));
        pseudonyms_keep_with(p->pseudonyms, broker_keys(p->broker));
    }
    int rings[CAPTURE_THREADS_MOST];
    unsigned n = 0;
    for (unsigned i = 0; i < CAPTURE_THREADS_MOST && p->captures[i] && capture_socket(p->captures[i]) >= 0; i++)
        rings[n++] = capture_socket(p->captures[i]);
    qsort(rings, n, sizeof(*rings), by_number);
    return sandbox_enter(sandbox_mode_wanted(), rings, n);
}

static int run_opened(struct capture_process *p)
{
    capture_parts_desk(p);
    int rc = capture_parts_pipeline(p);
    if (rc < 0)
        return 1;
    if (close_walls(p) < 0) {
        asked_to_stop = 1;
        pipeline_finish(p->pipeline);
        return 1;
    }
    log_info("capture: %s: started, %u tracker rules, %u support sites", p->source->file ? p->source->file : p->source->interface,
             feed_set_rules(p->trackers), site_set_count(p->sites));
    notify_ready();
    last_words_thread(0);
    rc = pipeline_pump(p->pipeline, p->captures[0], &asked_to_stop, on_idle, p);
    p->gone |= rc < 0 && p->source->interface; /* libpcap noticed first */
    if (p->gone)
        rc = -ENODEV;
    notify_stopping();
    pipeline_finish(p->pipeline);
    teller_run(p->teller);
    if (p->broken)
        rc = -EPIPE;
    if (p->source->interface && rc >= 0) { /* an orderly end: nothing is left for the next start but when it was */
        run_marks_end(&p->marks);
        if (!p->again) { /* when only the settings are others, a device keeps its name of the day, and what crashed is left out still */
            last_words_forget();
            pseudonyms_forget(p->pseudonyms);
        }
        gaps_forget(&p->gaps);
    } else if (p->gone) { /* nothing has crashed: the next start waits for the interface, and the day's pseudonyms go on */
        gaps_begin(&p->gaps, GAP_AWAY);
        run_marks_end(&p->marks);
    }
    return report_end(p, rc);
}

/* What clock_local() needs of the machine: the C library would look at the file again and again while TZ is not set. */
static void settle_time_zone(void)
{
    struct local_time t;
    setenv("TZ", ":/etc/localtime", 0);
    clock_local(clock_wall_ns(), &t);
}

/* Before anything that a page may change is read: what changes meanwhile is seen later. */
static int note_settings(struct capture_process *p)
{
    settings_stamp(p->config, &p->settings);
    if (!(p->file = malloc(sizeof(*p->file))))
        return -ENOMEM;
    *p->file = *p->config;
    return p->source->interface && p->config->file[0] ? config_load_file(p->config->file, p->file) : 0;
}

/* The capture first: its errors are the likeliest, and nothing else is needed to say them. Then nothing needs a right any more. */
static int open_all(struct capture_process *p)
{
    const char *run_dir = p->source->interface ? p->config->run_dir : NULL;
    /* A person who types a wrong name is told at once. A box in a cupboard, whose adapter may come late or be plugged in again, waits. */
    bool again = gaps_open(&p->gaps, run_dir) || (run_dir && notify_has_manager() && !link_is_ready(p->source->interface));
    int rc = again ? 0 : capture_parts_source(p);
    last_words_open(run_dir);
    if (rc == 0)
        rc = capture_parts_pseudonyms(p);
    if (rc == 0)
        rc = capture_parts_outbox(p);
    if (rc == 0 && again)
        rc = wait_for_interface(p);
    if (rc == 0)
        rc = sandbox_drop_rights();
    if (rc == 0)
        rc = capture_parts_rules(p);
    if (rc == 0)
        rc = capture_parts_places(p);
    if (rc == 0 && (rc = pulse_start(&p->settings_pulse, "settings", SETTINGS_EVERY_MS, look_at_settings, p)) < 0)
        log_error("capture: cannot start the thread that looks for other settings: %s", strerror(-rc));
    return rc == 0 ? capture_parts_releases(p) : rc;
}

int capture_process_run(const struct config *c, const struct capture_source *source)
{
    struct capture_process p = {.config = c, .source = source, .started_s = clock_wall_ns() / NS_PER_S};
    struct sigaction action = {.sa_handler = on_stop}, reload = {.sa_handler = on_hangup};
    run_marks_init(&p.marks, c->run_dir);
    sandbox_hide();
    settle_time_zone();
    if (capture_parts_broker(&p) < 0)
        return 1;
    notify_open();
    hangup_begin();
    sigaction(SIGHUP, &reload, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int status = note_settings(&p) == 0 && open_all(&p) == 0 ? run_opened(&p) : asked_to_stop ? 0 : 1; /* asked to end while it waited: it did */
    pulse_end(&p.settings_pulse);
    pipeline_free(p.pipeline);
    staff_desk_free(p.desk);
    for (unsigned i = 0; i < CAPTURE_THREADS_MOST; i++)
        capture_close(p.captures[i]);
    link_watch_close(p.link);
    teller_free(p.teller);
    labels_free(p.labels);
    releases_free(p.releases);
    outbox_free(p.outbox);
    pseudonyms_close(p.pseudonyms);
    places_free(p.places);
    site_set_free(p.sites);
    rules_watch_free(p.watch);
    feed_set_free(p.trackers);
    free(p.file);
    opener_use(NULL);
    broker_end(p.broker);
    return status;
}
