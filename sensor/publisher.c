/* publisher.c -- see publisher.h.
 *
 * One poll() loop over the listening socket, the capture process's connection and Redis. store_writer_run() does whatever
 * Redis allows and never blocks longer than it is told.
 */
#include "sensor/publisher.h"

#include "common/clock.h"
#include "common/disk_meter.h"
#include "common/log.h"
#include "common/notify.h"
#include "sensor/publisher_take.h"
#include "sensor/settings_desk.h"
#include "sensor/sighting.h"
#include "store/connection.h"
#include "store/gaps.h"
#include "store/labels.h"
#include "store/retention.h"
#include "store/tests.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BATCH_MOST 256         /* records read before Redis gets its turn */
#define RECORDS_A_SECOND 50000 /* more than a whole school makes in a day: something is wrong */
#define DRAIN_MS 10000
#define FIGURES_EVERY_NS (2 * NS_PER_S)

struct publisher {
    int listener, peer; /* -1: none */
    struct sockaddr_un address;
    uid_t capture_user; /* who may call; our own user, or that of [run] capture_user */
    struct store_writer *store;
    struct store_tests *tests;
    struct store_gaps *gaps;
    struct store_labels *labels;
    struct settings_desk *settings;
    struct store_retention *retention; /* NULL in a replay: what a person plays is no sensor's */
    uint32_t clock_wait_s;
    bool replay, demo, complained, has_spool, untimely_told; /* the last: of this peer */
    uint64_t received, refused, second, records_this_second, figures_ns;
    uint64_t source, receipt; /* of the peer's records; the last number that it was told */
    struct disk_meter *meter;
    int lock; /* on the run folder: one publisher a folder */
};

static const char too_many_records[] = "more records than a whole school makes";

static volatile sig_atomic_t asked_to_stop;

static void on_stop(int signal_number)
{
    (void)signal_number;
    asked_to_stop = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Who may tell us anything, besides root. */
static int find_capture_user(struct publisher *p, const char *name)
{
    p->capture_user = geteuid();
    if (!name[0])
        return 0;
    errno = 0;
    const struct passwd *user = getpwnam(name);
    if (!user) {
        int rc = errno ? -errno : -ENOENT;
        log_error("publish: [run] capture_user = %.60s: %s", name, errno ? strerror(errno) : "there is no such user on this machine");
        return rc;
    }
    p->capture_user = user->pw_uid;
    return 0;
}

/* Two publishers in one folder would take each other's socket away. */
static int lock_folder(struct publisher *p, const char *run_dir)
{
    p->lock = open(run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->lock >= 0 && flock(p->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    int rc = -errno;
    if (rc == -EWOULDBLOCK)
        log_error("publish: %s: another telltaled uses this folder of [run]; end it, or give this one a folder of its own", run_dir);
    else
        log_error("publish: %s: %s", run_dir, strerror(-rc));
    return rc;
}

static int listen_at(struct publisher *p, const char *run_dir)
{
    int n = snprintf(p->address.sun_path, sizeof(p->address.sun_path), "%s/" PUBLISHER_SOCKET_NAME, run_dir);
    if (n < 0 || (size_t)n >= sizeof(p->address.sun_path)) {
        log_error("publish: %s: the path is too long for a socket; choose a shorter [run] dir", run_dir);
        return -ENAMETOOLONG;
    }
    p->address.sun_family = AF_UNIX;
    unlink(p->address.sun_path);
    p->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t before = umask(p->capture_user == geteuid() ? 0177 : 0117); /* another user comes in by the group of the folder */
    int rc = p->listener < 0 ? -1 : bind(p->listener, (const struct sockaddr *)&p->address, sizeof(p->address));
    if (rc == 0)
        rc = listen(p->listener, 2);
    umask(before);
    if (rc < 0) {
        rc = -errno;
        log_error("publish: %s: %s", p->address.sun_path, strerror(errno));
    }
    return rc;
}

static bool read_sightings(struct publisher *p);

static void hang_up(struct publisher *p)
{
    close(p->peer);
    p->peer = -1;
}

/* Only a process of the capture user (or root) may tell us anything; the newest connection is the one that counts. */
static void answer_call(struct publisher *p)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    int fd = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || (peer.uid != p->capture_user && peer.uid != 0)) {
        log_warning("publish: a process of another user (%u) tried to send sightings", (unsigned)peer.uid);
        close(fd);
        return;
    }
    while (p->peer >= 0 && read_sightings(p))
        ; /* the last words of a capture process that was restarted */
    if (p->peer >= 0)
        hang_up(p);
    p->peer = fd;
    p->source = p->receipt = 0;
    p->untimely_told = false;
}

/* Tells the capture process what it may forget. A socket that is full hears it next time. */
static void send_receipt(struct publisher *p)
{
    uint64_t safe = p->source ? store_writer_safe(p->store, p->source) : 0;
    struct sighting_receipt r = {.magic = SIGHTING_MAGIC, .bytes = sizeof(r), .source = p->source, .sequence = safe};
    if (p->peer >= 0 && safe > p->receipt && send(p->peer, &r, sizeof(r), MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(r))
        p->receipt = safe;
}

/* A record that was told before, to us or to the publisher before us. Whoever tells it may not know that we have it. */
static bool is_repeated(struct publisher *p, const struct sighting_head *head)
{
    if (head->sequence == 0)
        return false;
    p->source = head->source;
    return store_writer_has_taken(p->store, head->source, head->sequence);
}

/* The store's own figures, as far as it knows them before this batch is answered. */
static size_t store_figures(const struct publisher *p, struct store_health *figures)
{
    struct store_writer_counts n = store_writer_counts(p->store);
    const struct {
        enum store_figure which;
        uint64_t value;
    } own[] = {
        {STORE_FIGURE_SIGHTINGS_RECEIVED, p->received},
        {STORE_FIGURE_SIGHTINGS_REFUSED, p->refused},
        {STORE_FIGURE_CONTACTS_MADE, n.contacts_made},
        {STORE_FIGURE_CONTACTS_ACKNOWLEDGED, n.contacts_acknowledged},
        {STORE_FIGURE_CONTACTS_QUEUED, n.contacts_queued},
        {STORE_FIGURE_CONTACTS_SPOOLED, n.contacts_spooled},
        {STORE_FIGURE_CONTACTS_IN_FLIGHT, n.contacts_in_flight},
        {STORE_FIGURE_CONTACTS_REFUSED, n.contacts_refused},
        {STORE_FIGURE_CONTACTS_RECOVERED, n.contacts_recovered},
        {STORE_FIGURE_SPOOL_BYTES, n.spool_bytes},
        {STORE_FIGURE_SPOOL_DAMAGED, n.spool_damaged},
        {STORE_FIGURE_SPOOL_ERRORS, n.spool_errors},
        {STORE_FIGURE_SPOOL_SYNCS, n.spool_syncs},
        {STORE_FIGURE_DISK_BYTES_DAY, disk_meter_day(p->meter, clock_monotonic_ns())},
        {STORE_FIGURE_STORE_RED, n.red},
        {STORE_FIGURE_CONTACTS_LOST, n.contacts_lost},
        {STORE_FIGURE_BATCHES_SENT, n.batches_sent},
        {STORE_FIGURE_BATCHES_REPEATED, n.batches_repeated},
        {STORE_FIGURE_RECONNECTS, n.reconnects},
    };
    size_t count = sizeof(own) / sizeof(own[0]);
    for (size_t i = 0; i < count; i++)
        figures[i] = (struct store_health){.name = store_figure_name(own[i].which), .value = own[i].value};
    return count;
}

/* What the capture process has no business telling. */
static bool is_own(int figure)
{
    return figure == STORE_FIGURE_SIGHTINGS_RECEIVED || figure == STORE_FIGURE_SIGHTINGS_REFUSED || (figure >= STORE_FIGURE_CONTACTS_MADE && figure <= STORE_FIGURE_RECONNECTS);
}

/* The capture process's figures with our own. */
static void take_health(struct publisher *p, const struct sighting_health *s)
{
    struct store_health figures[2 * STORE_FIGURE_COUNT];
    size_t n = store_figures(p, figures);
    for (int i = 0; i < STORE_FIGURE_SIGHTINGS_REFUSED; i++)
        if (sighting_tells(s, (unsigned)i) && !is_own(i))
            figures[n++] = (struct store_health){.name = store_figure_name((enum store_figure)i), .value = s->figures[i]};
    store_writer_health(p->store, figures, n);
}

static bool too_many(struct publisher *p)
{
    uint64_t second = clock_monotonic_ns() / NS_PER_S;
    if (second != p->second) {
        p->second = second;
        p->records_this_second = 0;
    }
    return ++p->records_this_second > RECORDS_A_SECOND;
}

/* A record with a sound head is done with, whatever is wrong with the rest: an honest capture process must not tell it for ever. */
static void settle(struct publisher *p, const struct sighting_head *head)
{
    if (head->sequence > 0)
        store_writer_taken(p->store, head->source, head->sequence);
}

/* head: NULL when even that is wrong. What the capture process has not yet a receipt for, it tells the next connection again; is_repeated()
 * knows it. */
static void refuse(struct publisher *p, const struct sighting_head *head, const char *what)
{
    p->refused++;
    if (head)
        settle(p, head);
    send_receipt(p);
    log_warning("publish: the capture process sent %s; the connection is dropped", what);
    hang_up(p);
}

/* Dropped alone: those behind it may be sound. */
static void refuse_untimely(struct publisher *p, const struct sighting_head *head, const char *what)
{
    p->refused++;
    settle(p, head);
    if (!p->untimely_told)
        log_warning("publish: the capture process sent %s; such records are counted and dropped", what);
    p->untimely_told = true;
}

/* NULL when it was taken, else what is wrong with it. */
static const char *take(struct publisher *p, const union sighting *s)
{
    if (sighting_test_bytes(s->head.kind) != 0)
        return publisher_take_test(p->tests, s) ? NULL : "more staff tests than anybody makes";
    if (s->head.kind == SIGHTING_HEALTH)
        take_health(p, &s->health);
    else if (s->head.kind == SIGHTING_GAP)
        publisher_take_gap(p->gaps, &s->gap);
    else if (s->head.kind == SIGHTING_LABEL)
        store_labels_put(p->labels, s->label.day, s->label.device, s->label.label);
    else
        publisher_take_record(p->store, s);
    return NULL;
}

/* One record of n bytes. May hang up. */
static void hear(struct publisher *p, const union sighting *s, size_t n)
{
    bool has_head = sighting_has_head(s, n);
    bool flood = !p->replay && too_many(p); /* repeated ones count too: reading them is work */
    const char *wrong = n > sizeof(*s) ? "a record that is too long" : !has_head ? "not a sighting" : NULL;
    if (has_head && is_repeated(p, &s->head)) {
        if (flood)
            refuse(p, NULL, too_many_records);
        return;
    }
    p->received++;
    if (!wrong && flood)
        wrong = too_many_records;
    if (!wrong)
        wrong = sighting_check(s, n, clock_wall_ns() / NS_PER_S, p->replay);
    if (sighting_is_only_untimely(wrong)) {
        refuse_untimely(p, &s->head, wrong);
        return;
    }
    if (!wrong)
        wrong = take(p, s);
    if (wrong)
        refuse(p, has_head ? &s->head : NULL, wrong);
    else
        settle(p, &s->head);
}

/* Reads up to a batch of records. False when nothing was there. */
static bool read_sightings(struct publisher *p)
{
    for (int i = 0; i < BATCH_MOST && p->peer >= 0; i++) {
        union sighting s; /* one copy out of the socket, then nobody else can change it */
        ssize_t n = recv(p->peer, &s, sizeof(s), MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return i > 0;
        if (n <= 0) {
            hang_up(p);
            return i > 0;
        }
        hear(p, &s, (size_t)n);
    }
    return true;
}

/* Our own figures do not wait for a capture process that may be away. */
static void tell_own_figures(struct publisher *p)
{
    struct store_health figures[STORE_FIGURE_COUNT];
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns < p->figures_ns + FIGURES_EVERY_NS)
        return;
    p->figures_ns = now_ns;
    store_writer_health(p->store, figures, store_figures(p, figures));
}

/* Deadlines are set and things removed by the wall clock: neither happens while it is not to be believed. */
static bool mind_the_clock(struct publisher *p)
{
    bool believed = p->replay || clock_is_believed(p->clock_wait_s);
    store_writer_hold(p->store, !believed);
    if (believed && p->retention)
        store_retention_run(p->retention);
    return believed;
}

/* Each does its next step. Returns how many records wait beside the batches. */
static size_t run_records(struct publisher *p)
{
    size_t waiting = store_tests_run(p->tests);
    waiting += store_gaps_run(p->gaps);
    waiting += store_labels_run(p->labels);
    return waiting + settings_desk_run(p->settings);
}

static void loop(struct publisher *p)
{
    notify_ready();
    while (!asked_to_stop) {
        notify_alive();
        tell_own_figures(p);
        if (mind_the_clock(p))
            run_records(p);
        int redis = store_writer_run(p->store, 0);
        send_receipt(p);
        struct pollfd fds[3] = {{.fd = p->listener, .events = POLLIN}, {.fd = p->peer, .events = POLLIN}, {.fd = redis, .events = POLLIN}};
        if (poll(fds, 3, 50) <= 0)
            continue;
        if (fds[0].revents)
            answer_call(p);
        if (fds[1].revents)
            read_sightings(p);
    }
}

static bool drain_records(struct publisher *p)
{
    uint64_t deadline_ns = clock_monotonic_ns() + (uint64_t)DRAIN_MS * NS_PER_MS;
    while (run_records(p) > 0) {
        if (clock_monotonic_ns() >= deadline_ns)
            return false;
        poll(NULL, 0, 2);
    }
    return true;
}

/* Everything that was on its way: connections not yet accepted, records not yet read, batches not yet answered. */
static int finish(struct publisher *p)
{
    answer_call(p);
    while (p->peer >= 0 && read_sightings(p)) {
        store_writer_run(p->store, 0);
        send_receipt(p);
    }
    bool all = store_writer_drain(p->store, DRAIN_MS) && mind_the_clock(p) && drain_records(p);
    struct store_writer_counts n = store_writer_counts(p->store);
    send_receipt(p);
    if (all) { /* the last figures, now that everything is answered */
        struct store_health figures[STORE_FIGURE_COUNT];
        store_writer_health(p->store, figures, store_figures(p, figures));
        store_writer_drain(p->store, DRAIN_MS);
    }
    if (all && n.contacts_refused == 0)
        return 0;
    n = store_writer_counts(p->store);
    if (n.contacts_in_flight + n.contacts_refused > 0 || !p->has_spool)
        log_error("publish: %llu contacts could not be stored: Redis did not take them within %d s; is it running?",
                  (unsigned long long)(n.contacts_queued + n.contacts_refused), DRAIN_MS / 1000);
    else
        log_warning("publish: %llu contacts are in the spool for the next start: Redis did not take them within %d s; is it running?",
                    (unsigned long long)n.contacts_spooled, DRAIN_MS / 1000);
    return 1;
}

int publisher_run(const struct config *c, bool replay)
{
    struct publisher p = {.listener = -1, .peer = -1, .lock = -1, .replay = replay, .demo = c->demo, .clock_wait_s = (uint32_t)c->clock_wait_s};
    struct store_settings settings = {
        .socket = c->redis_socket, .installation = c->installation, .demo = c->demo, .queue_batches = (uint32_t)c->queue_batches,
        .spool = replay ? NULL : c->spool, .spool_bytes = (uint64_t)c->spool_mb << 20, .any_time = replay};
    int status = 1;
    p.has_spool = !replay && c->spool[0] != '\0';
    notify_open();
    catch_signals();
    if (store_login_set(c->redis_user, c->redis_password_file) < 0)
        return 2;
    if (!replay && !(p.retention = store_retention_new(c->redis_socket, c->installation))) {
        log_error("publish: out of memory");
        return 1;
    }
    p.tests = store_tests_new(c->redis_socket, c->installation, c->demo);
    p.gaps = store_gaps_new(c->redis_socket, c->installation);
    p.labels = store_labels_new(c->redis_socket, c->installation);
    p.settings = settings_desk_new(c, replay, p.retention);
    if (!p.tests || !p.gaps || !p.labels || !p.settings) {
        log_error("publish: out of memory");
        store_retention_free(p.retention);
        store_tests_free(p.tests);
        store_gaps_free(p.gaps);
        store_labels_free(p.labels);
        settings_desk_free(p.settings);
        return 1;
    }
    if (find_capture_user(&p, c->capture_user) == 0 && lock_folder(&p, config_publisher_dir(c)) == 0 && (p.store = store_writer_open(&settings)) != NULL && (p.meter = disk_meter_new()) != NULL &&
        listen_at(&p, config_publisher_dir(c)) == 0) {
        loop(&p);
        notify_stopping();
        status = finish(&p);
        unlink(p.address.sun_path);
    }
    if (p.peer >= 0)
        close(p.peer);
    if (p.listener >= 0)
        close(p.listener);
    if (p.lock >= 0)
        close(p.lock);
    store_retention_free(p.retention);
    store_tests_free(p.tests);
    store_gaps_free(p.gaps);
    store_labels_free(p.labels);
    settings_desk_free(p.settings);
    store_writer_close(p.store);
    disk_meter_free(p.meter);
    return status;
}
