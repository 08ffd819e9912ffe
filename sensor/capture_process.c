/* capture_process.c -- see capture_process.h.
 *
 * It opens what the pipeline needs, runs it, and has its findings told (teller.c) and its figures sent.
 */
#include "sensor/capture_process.h"

#include "common/log.h"
#include "common/notify.h"
#include "common/opener.h"
#include "sensor/broker.h"
#include "sensor/capture_health.h"
#include "sensor/gaps.h"
#include "sensor/hangup.h"
#include "sensor/last_words.h"
#include "sensor/link_watch.h"
#include "sensor/outbox.h"
#include "sensor/pipeline.h"
#include "sensor/pseudonym.h"
#include "sensor/publisher.h"
#include "sensor/releases.h"
#include "sensor/rules_watch.h"
#include "sensor/sandbox.h"
#include "sensor/settings_files.h"
#include "sensor/staff_desk.h"
#include "sensor/teller.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PLACES_EVERY_MS 5000 /* a changed database is in use after two looks */
#define HEALTH_EVERY_NS (2 * NS_PER_S)
#define STALLED_NS (10 * NS_PER_S) /* no frame takes a worker so long */
#define DRAIN_MS 10000
#define WAIT_LOOK_MS 100 /* between two looks whether the interface is there */
#define RULES_EVERY_MS 3000

struct capture_process {
    const struct config *config;
    const struct capture_source *source;
    struct feed_set *trackers; /* in force; the workers have their own holds */
    struct rules_watch *watch;
    struct site_set *sites;
    struct places *places;
    struct pseudonyms *pseudonyms;
    struct outbox *outbox;
    struct teller *teller;
    struct releases *releases;
    struct staff_desk *desk; /* or NULL: no staff test can be asked for */
    struct pipeline *pipeline;
    struct capture *capture;
    struct gaps gaps;
    struct link_watch *link; /* or NULL */
    bool gone;   /* the interface was removed, or another one has its name: to be opened anew */
    bool broken; /* what it needs has gone: to be started anew */
    struct config *file;            /* the configuration without what a page changed */
    struct settings_stamp settings; /* as they were when this began */
    bool again;                     /* it ends to begin with other settings */
    uint64_t started_s, health_ns;
    char mark[CONFIG_TEXT_MAX + 32];
    int ended; /* descriptor of the file that says when; -1: none */
    struct broker_table table;
    struct broker *broker;
};

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

/* A worker has a contact to tell. */
static void on_due(void *context, const struct contact *c, const struct device *d)
{
    struct capture_process *p = context;
    if (releases_told(p->releases, c, d))
        teller_tell(p->teller, c, d);
}

static void on_close(void *context, const struct contact *c, const struct device *d)
{
    struct capture_process *p = context;
    (void)d;
    releases_closed(p->releases, c);
}

static void on_withheld(void *context, const struct contact *c, const struct device *d)
{
    struct capture_process *p = context;
    releases_withheld(p->releases, c, d);
}

static void on_visit(void *context, uint32_t site, const struct device *d, uint64_t now_ns)
{
    struct capture_process *p = context;
    releases_visit(p->releases, site, d, now_ns);
}

static void on_day(void *context, struct findings *f, const char day[11])
{
    struct capture_process *p = context;
    releases_day(p->releases, f, day);
}

static void send_health(struct capture_process *p)
{
    struct capture_health from = {.pipeline = p->pipeline, .trackers = p->trackers, .places = p->places, .outbox = p->outbox, .teller = p->teller,
                                  .gaps = &p->gaps, .started_s = p->started_s};
    union sighting s;
    gaps_run(&p->gaps);
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
    struct config *now = malloc(sizeof(*now));
    char path[CONFIG_PATH_MAX];
    struct settings_stamp stamp;
    settings_stamp(was, &stamp);
    bool same = memcmp(&stamp, &p->settings, sizeof(stamp)) == 0, sites = memcmp(stamp.file[1], p->settings.file[1], sizeof(stamp.file[1])) != 0;
    bool matters = false;
    if (now)
        *now = *p->file;
    if (!same && now && config_changed_path(was, CONFIG_CHANGED_NAME, path) && config_read_changes(path, now) == 0)
        matters = sites || was->k != now->k || strcmp(was->stable_until, now->stable_until) != 0 || strcmp(was->stable_reason, now->stable_reason) != 0 ||
                  was->subscription_count != now->subscription_count || memcmp(was->subscriptions, now->subscriptions, sizeof(was->subscriptions)) != 0;
    p->settings = stamp;
    free(now);
    return matters;
}

/* Sites, k and lists are in every table of the workers: a new start with them is plainer than changing all of those, and rare. */
static void mind_settings(struct capture_process *p)
{
    if (!p->source->interface || p->again || !settings_matter(p))
        return;
    log_info("capture: settings were changed on the dashboard; beginning anew with them");
    p->again = true;
    asked_to_stop = 1;
}

/* A ring whose interface is down is silent, and goes on by itself when that is up. */
static void watch_link(struct capture_process *p)
{
    switch (link_watch_run(p->link)) {
    case LINK_UP: gaps_end(&p->gaps); break;
    case LINK_DOWN: gaps_begin(&p->gaps); break;
    case LINK_GONE:
    case LINK_ELSEWHERE:
        gaps_begin(&p->gaps);
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
        if (p->source->interface && believed) /* a key is destroyed when its day is over, not when a clock says anything */
            pseudonyms_expire(p->pseudonyms, clock_wall_ns());
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

/* When the last capture process ended in order: on the steady clock, 0 when none is known to have. The file stays open for our own end. */
static uint64_t last_end_ns(struct capture_process *p, const char *path)
{
    char text[32] = "";
    p->ended = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t n = p->ended >= 0 ? pread(p->ended, text, sizeof(text) - 1, 0) : 0;
    return n > 0 ? strtoull(text, NULL, 10) : 0;
}

static void note_end(struct capture_process *p)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)clock_steady_ns());
    if (p->ended < 0 || pwrite(p->ended, text, (size_t)n, 0) != n || ftruncate(p->ended, n) < 0)
        log_warning("capture: when it ended cannot be noted in [run] dir: %s", strerror(errno));
    opener_remove(p->mark);
}

/* A capture process that ended knew who was visiting what; this one does not. Marks in the run folder tell: one that is removed at an
 * orderly end, and one that says when that was. True when the last one ended badly. */
static bool set_running_mark(struct capture_process *p)
{
    int fd = open(p->mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool crashed = fd < 0 && errno == EEXIST;
    if (fd >= 0)
        close(fd);
    if (crashed)
        log_warning("capture: the last capture process did not end in order: for half an hour nothing is told of any device, "
                    "since some may be on a support site");
    return crashed;
}

/* Until when nothing is told of any device: half an hour from a bad end on, or from the last good one. */
static uint64_t silent_until(struct capture_process *p)
{
    char path[CONFIG_TEXT_MAX + 32];
    uint64_t now = clock_steady_ns();
    snprintf(path, sizeof(path), "%s/capture.ended", p->config->run_dir);
    uint64_t ended = last_end_ns(p, path);
    if (set_running_mark(p))
        return now + WITHHOLD_AFTER_NS;
    if (ended == 0 || ended > now || ended + WITHHOLD_AFTER_NS <= now)
        return 0;
    log_info("capture: ended %llu minutes ago: until half an hour is over nothing is told of any device, since some may be on a support site",
             (unsigned long long)((now - ended) / NS_PER_S / 60));
    return ended + WITHHOLD_AFTER_NS;
}

static int load_rules(struct capture_process *p)
{
    struct rules_files files;
    struct rules_seen seen;
    rules_files_of(p->config, &files);
    rules_watch_look(&files, &seen); /* before they are read: what changes meanwhile is seen later */
    int rc = rules_load_files(&files, true, &p->trackers);
    if (rc == 0)
        rc = rules_load_sites_of(p->config, p->source->interface ? RULES_OWN_MUST : RULES_OWN_NONE, &p->sites);
    if (rc == 0 && !(p->watch = rules_watch_new(&files, &seen, RULES_EVERY_MS)))
        rc = -EAGAIN;
    return rc;
}

static int load_places(struct capture_process *p)
{
    const struct config *c = p->config;
    int rc = 0;
    if (!(p->places = places_new()))
        return -ENOMEM;
    if (c->places_country[0])
        rc = places_add(p->places, c->places_country, PLACES_COUNTRY);
    if (rc == 0 && c->places_asn[0])
        rc = places_add(p->places, c->places_asn, PLACES_ASN);
    if (rc == 0 && !c->places_country[0])
        log_info("capture: no country database installed: [places] country is empty");
    return rc == 0 ? places_watch(p->places, PLACES_EVERY_MS) : rc;
}

/* A replay has no days that are to come: each has its own pseudonyms. */
static int open_pseudonyms(struct capture_process *p)
{
    const struct config *c = p->config;
    char why[SETTINGS_WHY_MAX] = "";
    struct local_time now;
    clock_local(clock_wall_ns(), &now);
    bool stable = p->source->interface && settings_are_stable(c, now.day, why);
    if (why[0])
        log_warning("capture: [privacy] stable_until: %s; each day has its own pseudonyms", why);
    if (stable)
        log_info("capture: devices keep their pseudonyms until %s: %s", c->stable_until, c->stable_reason);
    int rc = pseudonyms_open(p->source->interface ? c->run_dir : NULL, &p->pseudonyms);
    if (rc == 0 && stable)
        pseudonyms_keep_until(p->pseudonyms, c->stable_until);
    return rc;
}

static int open_outbox(struct capture_process *p)
{
    char path[CONFIG_TEXT_MAX + 32];
    snprintf(path, sizeof(path), "%s/" PUBLISHER_SOCKET_NAME, config_publisher_dir(p->config));
    p->outbox = outbox_new(path, p->source->file != NULL);
    if (p->outbox)
        p->teller = teller_new(p->pseudonyms, p->outbox, p->source->interface != NULL, (uint32_t)p->config->clock_wait_s);
    return p->teller ? 0 : -ENOMEM;
}

static int open_releases(struct capture_process *p)
{
    const struct config *c = p->config;
    struct releases_options o = {.sites = p->sites,
                                 .outbox = p->outbox,
                                 .k = c->demo ? 1 : (uint32_t)c->k,
                                 .workers = (uint32_t)c->workers,
                                 .live = p->source->interface != NULL,
                                 .withhold = !c->demo,
                                 .clock_wait_s = (uint32_t)c->clock_wait_s,
                                 .run_dir = p->source->interface ? c->run_dir : NULL};
    p->releases = releases_new(&o);
    return p->releases ? 0 : -ENOMEM;
}

static void ask_staff(void *context, const struct staff_request *r)
{
    struct capture_process *p = context;
    pipeline_ask_staff(p->pipeline, r);
}

/* A replay's time is its capture's: 0 before the first frame. */
static uint64_t now_of(void *context)
{
    struct capture_process *p = context;
    return p->source->interface ? clock_wall_ns() : pipeline_totals(p->pipeline).last_ns;
}

static void open_desk(struct capture_process *p)
{
    struct staff_desk_options o = {.run_dir = p->config->run_dir,
                                   .sites = p->sites,
                                   .outbox = p->outbox,
                                   .live = p->source->interface != NULL,
                                   .clock_wait_s = (uint32_t)p->config->clock_wait_s,
                                   .ask = ask_staff,
                                   .now_ns = now_of,
                                   .context = p};
    p->desk = staff_desk_new(&o);
}

static int open_pipeline(struct capture_process *p)
{
    const struct config *c = p->config;
    struct ip_prefix lan[CONFIG_LAN_MAX];
    int lan_count = config_lan(c, lan);
    if (lan_count < 0)
        return lan_count;
    uint64_t withhold_until_ns = p->source->interface ? silent_until(p) : 0;
    struct pipeline_options o = {
        .workers = (int)c->workers,
        .ring_bytes = (size_t)c->ring_mb << 20,
        .lan = lan,
        .lan_count = lan_count,
        .live = p->source->interface != NULL,
        .pace = p->source->pace,
        .worker = {.max_flows = (uint32_t)c->max_flows,
                   .findings = {.trackers = p->trackers,
                                .sites = p->sites,
                                .places = p->places,
                                .max_devices = (uint32_t)c->max_devices,
                                .max_contacts = (uint32_t)c->max_contacts,
                                .visit_gap_ns = (uint64_t)c->visit_gap_s * NS_PER_S,
                                .visit_window_ns = (uint64_t)c->visit_window_s * NS_PER_S,
                                .withhold = !c->demo,
                                .decoys = !c->demo,
                                .confirm = true,
                                .withhold_until_ns = withhold_until_ns,
                                .on_due = on_due,
                                .on_close = on_close,
                                .on_withheld = on_withheld,
                                .on_visit = on_visit,
                                .on_day = on_day,
                                .wall = p->source->interface ? clock_wall_of_steady : NULL,
                                .staff = staff_desk_listener(p->desk),
                                .context = p}},
    };
    p->pipeline = pipeline_new(&o);
    if (!p->pipeline) {
        log_error("capture: the tables do not fit into memory; make [sensor] max_flows or max_contacts smaller");
        return -ENOMEM;
    }
    return pipeline_start(p->pipeline);
}

static int open_capture(struct capture_process *p)
{
    if (p->source->file)
        return capture_open_file(p->source->file, &p->capture);
    int rc = capture_open_live(p->source->interface, (int)p->config->buffer_mb, &p->capture);
    if (rc == 0)
        p->link = link_watch_open(p->source->interface);
    return rc;
}

/* The interface is away, that the last process listened on or that a unit names: it is waited for here, which costs nothing, and not by being started again and
 * again. What is waited for is told all the while. */
static int wait_for_interface(struct capture_process *p)
{
    const struct timespec pause = {.tv_sec = 0, .tv_nsec = WAIT_LOOK_MS * 1000000L};
    if (!link_is_ready(p->source->interface)) {
        log_warning("capture: %s: not there, or down; it is waited for", p->source->interface);
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
    return asked_to_stop ? -EINTR : open_capture(p);
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

/* The last that is opened here; from now on the broker is asked. Before the first frame is read. */
static int close_walls(struct capture_process *p)
{
    if (p->broker) {
        opener_use(broker_opener(p->broker));
        pseudonyms_keep_with(p->pseudonyms, broker_keys(p->broker));
    }
    return sandbox_enter(sandbox_mode_wanted(), capture_socket(p->capture));
}

static int run_opened(struct capture_process *p)
{
    open_desk(p);
    int rc = open_pipeline(p);
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
    rc = pipeline_pump(p->pipeline, p->capture, &asked_to_stop, on_idle, p);
    p->gone |= rc < 0 && p->source->interface; /* libpcap noticed first */
    if (p->gone)
        rc = -ENODEV;
    notify_stopping();
    pipeline_finish(p->pipeline);
    teller_run(p->teller);
    if (p->broken)
        rc = -EPIPE;
    if (p->source->interface && rc >= 0) { /* an orderly end: nothing is left for the next start but when it was */
        note_end(p);
        if (!p->again) { /* when only the settings are others, a device keeps its name of the day, and what crashed is left out still */
            last_words_forget();
            pseudonyms_forget(p->pseudonyms);
        }
        gaps_forget(&p->gaps);
    } else if (p->gone) { /* nothing has crashed: the next start waits for the interface, and the day's pseudonyms go on */
        gaps_begin(&p->gaps);
        note_end(p);
    }
    return report_end(p, rc);
}

/* Everything that is asked for by its path once the walls are closed. */
static int start_broker(struct capture_process *p)
{
    const struct config *c = p->config;
    struct broker_table *t = &p->table;
    struct rules_files files;
    char path[CONFIG_TEXT_MAX + 32];
    rules_files_of(c, &files);
    bool room = true;
    for (size_t i = 0; i < files.n; i++)
        room &= broker_table_add(t, files.path[i], BROKER_READ);
    if (c->places_country[0])
        room &= broker_table_add(t, c->places_country, BROKER_READ);
    if (c->places_asn[0])
        room &= broker_table_add(t, c->places_asn, BROKER_READ);
    snprintf(path, sizeof(path), "%s/" PUBLISHER_SOCKET_NAME, config_publisher_dir(c));
    room &= broker_table_add(t, path, BROKER_CONNECT);
    snprintf(path, sizeof(path), "%s/" STAFF_SOCKET_NAME, c->run_dir);
    room &= broker_table_add(t, path, BROKER_REMOVE);
    if (config_changed_path(c, CONFIG_CHANGED_NAME, path))
        room &= broker_table_add(t, path, BROKER_READ);
    if (config_changed_path(c, CONFIG_SITES_NAME, path))
        room &= broker_table_add(t, path, BROKER_READ);
    snprintf(p->mark, sizeof(p->mark), "%s/capture.running", c->run_dir);
    room &= broker_table_add(t, p->mark, BROKER_REMOVE);
    if (p->source->interface)
        snprintf(t->key_folder, sizeof(t->key_folder), "%s", c->run_dir);
    if (!room) {
        log_error("capture: too many lists, or a path that is too long");
        return -E2BIG;
    }
    return broker_start(t, &p->broker);
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
    int rc = again ? 0 : open_capture(p);
    last_words_open(run_dir);
    if (rc == 0)
        rc = open_pseudonyms(p);
    if (rc == 0)
        rc = open_outbox(p);
    if (rc == 0 && again)
        rc = wait_for_interface(p);
    if (rc == 0)
        rc = sandbox_drop_rights();
    if (rc == 0)
        rc = load_rules(p);
    if (rc == 0)
        rc = load_places(p);
    return rc == 0 ? open_releases(p) : rc;
}

int capture_process_run(const struct config *c, const struct capture_source *source)
{
    struct capture_process p = {.config = c, .source = source, .started_s = clock_wall_ns() / NS_PER_S, .ended = -1};
    struct sigaction action = {.sa_handler = on_stop}, reload = {.sa_handler = on_hangup};
    sandbox_hide();
    settle_time_zone();
    if (start_broker(&p) < 0)
        return 1;
    notify_open();
    hangup_begin();
    sigaction(SIGHUP, &reload, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int status = note_settings(&p) == 0 && open_all(&p) == 0 ? run_opened(&p) : asked_to_stop ? 0 : 1; /* asked to end while it waited: it did */
    pipeline_free(p.pipeline);
    staff_desk_free(p.desk);
    capture_close(p.capture);
    link_watch_close(p.link);
    teller_free(p.teller);
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
