/* status.c -- `telltale status`: is the sensor well, and does what was counted add up?
 *
 * It reads Redis only: the health figures that the sensor sends every two seconds, and the length of the alerts stream. The
 * identities that must hold are checked here and shown as such.
 */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/json.h"
#include "common/log.h"
#include "store/connection.h"
#include "store/gaps.h"
#include "store/reader.h"
#include "store/schema.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRESH_S 15 /* older figures mean that the sensor is not running */

static int run(int argc, char **argv);

const struct command command_status = {
    .name = "status",
    .summary = "Shows whether the sensor is running and what it counted",
    .synopsis = "[-c FILE] [-o table|json]",
    .options = "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n"
               "  -o, --output FORMAT   table (for a terminal) or json\n",
    .run = run,
};

struct figures {
    bool present[STORE_FIGURE_COUNT];
    uint64_t value[STORE_FIGURE_COUNT];
    uint64_t alerts;
    bool health_only; /* this user may see neither the ledger nor the alerts */
    char redis[32];
    bool gaps_known; /* what follows; a technician's user may not read days */
    struct store_gap gaps[STORE_GAPS_MOST]; /* today's, the earliest first */
    size_t gaps_len;
    uint64_t gaps_today;
};

/* How many today had that are not listed: a day keeps its newest. One that began yesterday is listed and not counted. */
static uint64_t gaps_beyond(const struct figures *f)
{
    return f->gaps_today > f->gaps_len ? f->gaps_today - f->gaps_len : 0;
}

static void on_field(void *context, const char *name, const char *value)
{
    struct figures *f = context;
    int which = store_figure_from_name(name);
    if (which < 0)
        return;
    f->present[which] = true;
    f->value[which] = strtoull(value, NULL, 10);
}

static int read_gaps(struct store_reader *r, struct figures *f)
{
    struct local_time now;
    clock_local(clock_wall_ns(), &now);
    int rc = store_gaps_read(r, now.day, f->gaps, &f->gaps_len, &f->gaps_today);
    f->gaps_known = rc == 0 || rc == -ENOENT;
    return f->gaps_known || rc == -EPERM ? 0 : rc;
}

/* The figures of the machinery must be there to be read; the rest may be closed to this user, as it is to the technician's. */
static int read_all(struct store_reader *r, struct figures *f)
{
    int rc = store_reader_version(r, f->redis, sizeof(f->redis));
    if (rc < 0 || ((rc = store_reader_health(r, on_field, f)) < 0 && rc != -ENOENT))
        return rc;
    rc = store_reader_ledger(r, on_field, f);
    if (rc == 0 || rc == -ENOENT)
        rc = store_reader_alerts_length(r, &f->alerts);
    f->health_only = rc == -EPERM;
    return f->health_only ? 0 : rc < 0 ? rc : read_gaps(r, f);
}

static int read_figures(const struct config *c, struct figures *f)
{
    struct store_reader *r;
    int rc = store_reader_open(c->redis_socket, c->installation, &r);
    if (rc < 0)
        return rc;
    rc = read_all(r, f);
    store_reader_close(r);
    if (rc == -EPERM)
        log_error("%s: the Redis user \"%s\" may not read health; name another in [store] user", c->redis_socket, c->redis_user);
    return rc;
}

#define V(f, name) ((f)->value[STORE_FIGURE_##name])

static bool is_running(const struct figures *f)
{
    uint64_t now_s = clock_wall_ns() / NS_PER_S;
    return f->present[STORE_FIGURE_UPDATED] && V(f, UPDATED) + FRESH_S >= now_s;
}

/* What must add up, in the words of docs/ARCHITECTURE.md. `at_rest`: only exact when nothing is on its way. */
struct identity {
    const char *name;
    uint64_t left, right, under_way; /* left = right + under_way */
};

static int identities(const struct figures *f, struct identity out[3])
{
    uint64_t undecodable = V(f, UNDECODABLE_TRUNCATED) + V(f, UNDECODABLE_MALFORMED) + V(f, UNDECODABLE_OTHER);
    out[0] = (struct identity){"captured = ring_in + ring_full", V(f, CAPTURED), V(f, RING_IN) + V(f, RING_FULL), 0};
    /* Frames that wait in a ring while the sensor runs are neither decoded nor lost. */
    uint64_t known = V(f, DECODED) + undecodable;
    out[1] = (struct identity){"ring_in = decoded + undecodable", V(f, RING_IN), known, V(f, RING_IN) > known && is_running(f) ? V(f, RING_IN) - known : 0};
    out[2] = (struct identity){"contacts made = acknowledged + in spool + in flight + refused", V(f, CONTACTS_MADE),
                               V(f, CONTACTS_ACKNOWLEDGED) + V(f, CONTACTS_SPOOLED) + V(f, CONTACTS_IN_FLIGHT) + V(f, CONTACTS_REFUSED), 0};
    return f->health_only ? 2 : 3;
}

static bool holds(const struct identity *i)
{
    return i->left == i->right + i->under_way;
}

/* Frames that passed and were not read. */
static uint64_t lost_frames(const struct figures *f)
{
    return V(f, KERNEL_DROPPED) + V(f, RING_FULL);
}

static bool gap_is_open(const struct figures *f)
{
    return V(f, GAP_FROM) != 0 && V(f, GAP_UNTIL) == 0;
}

/* A person has to see to it: something is left out, nothing can be heard, or the walls are not there. */
static bool is_capture_red(const struct figures *f)
{
    return V(f, SWITCHED_OFF) != 0 || gap_is_open(f) || (f->present[STORE_FIGURE_WALLS] && V(f, WALLS) == 0);
}

static void put_gaps_today(struct json *gaps, const struct figures *f)
{
    struct json *rows = json_new_array();
    if (!f->gaps_known) {
        json_free(rows);
        json_put_null(gaps, "today");
        return;
    }
    json_put(gaps, "today", rows);
    json_put_int(gaps, "today_beyond", (int64_t)gaps_beyond(f));
    for (size_t i = 0; i < f->gaps_len; i++) {
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_int(row, "from", (int64_t)f->gaps[i].from_s);
        if (f->gaps[i].until_s)
            json_put_int(row, "until", (int64_t)f->gaps[i].until_s);
        else
            json_put_null(row, "until");
        json_put_text(row, "why", gap_why_word(f->gaps[i].why));
    }
}

static void put_gaps(struct json *root, const struct figures *f)
{
    struct json *gaps = json_new_object();
    json_put(root, "gaps", gaps);
    json_put_int(gaps, "count", (int64_t)V(f, GAPS));
    json_put_int(gaps, "seconds", (int64_t)V(f, GAP_SECONDS));
    if (V(f, GAP_FROM))
        json_put_int(gaps, "from", (int64_t)V(f, GAP_FROM));
    else
        json_put_null(gaps, "from");
    if (V(f, GAP_UNTIL))
        json_put_int(gaps, "until", (int64_t)V(f, GAP_UNTIL));
    else
        json_put_null(gaps, "until");
    put_gaps_today(gaps, f);
}

/* How many there are whose figures are known; fields of more than that are of an earlier run. */
static unsigned workers(const struct figures *f)
{
    uint64_t n = V(f, WORKERS);
    return n < STORE_WORKERS_MOST ? (unsigned)n : STORE_WORKERS_MOST;
}

static uint64_t of_worker(const struct figures *f, enum store_figure first, unsigned worker)
{
    return f->value[first + 2 * worker];
}

static void put_threads(struct json *root, const struct figures *f)
{
    struct json *rows = json_new_array();
    json_put(root, "threads", rows);
    for (unsigned i = 0; i < STORE_THREADS_MOST && i < V(f, THREADS); i++) {
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_int(row, "frames", (int64_t)f->value[STORE_FIGURE_THREAD_1_FRAMES + i]);
    }
}

static void put_workers(struct json *root, const struct figures *f)
{
    struct json *rows = json_new_array();
    put_threads(root, f);
    json_put(root, "workers", rows);
    for (unsigned i = 0; i < workers(f); i++) {
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_int(row, "devices", (int64_t)of_worker(f, STORE_FIGURE_WORKER_1_DEVICES, i));
        json_put_int(row, "frames", (int64_t)of_worker(f, STORE_FIGURE_WORKER_1_FRAMES, i));
    }
}

static void write_workers(const struct figures *f)
{
    if (workers(f) < 2)
        return;
    printf("  workers       ");
    for (unsigned i = 0; i < workers(f); i++)
        printf("%s%" PRIu64 " devices and %.0f %% of the frames", i ? ", " : "", of_worker(f, STORE_FIGURE_WORKER_1_DEVICES, i),
               V(f, DECODED) ? 100.0 * (double)of_worker(f, STORE_FIGURE_WORKER_1_FRAMES, i) / (double)V(f, DECODED) : 0);
    printf("\n");
}

static void put_switched_off(struct json *root, const struct figures *f)
{
    struct json *words = json_new_array();
    json_put(root, "switched_off", words);
    for (unsigned d = 0; d < DISSECTOR_COUNT; d++)
        if (V(f, SWITCHED_OFF) >> d & 1)
            json_append_text(words, dissector_word((enum dissector)d));
}

static int write_json(const struct config *c, const struct figures *f)
{
    struct json *root = json_new_object(), *health = json_new_object(), *sums = json_new_array();
    struct identity id[3];
    int n = identities(f, id);
    json_put_int(root, "schema", 1);
    json_put_text(root, "installation", c->installation);
    json_put_bool(root, "running", is_running(f));
    json_put_text(root, "redis", f->redis);
    json_put_text(root, "store", V(f, STORE_RED) ? "red" : "green");
    json_put_text(root, "capture", is_capture_red(f) ? "red" : "green");
    json_put_int(root, "blind_frames", (int64_t)lost_frames(f));
    put_gaps(root, f);
    put_switched_off(root, f);
    put_workers(root, f);
    if (!f->health_only)
        json_put_int(root, "alerts", (int64_t)f->alerts);
    json_put(root, "health", health);
    for (int i = 0; i < STORE_FIGURE_COUNT; i++)
        if (f->present[i])
            json_put_int(health, store_figure_name((enum store_figure)i), (int64_t)f->value[i]);
    json_put(root, "identities", sums);
    for (int i = 0; i < n; i++) {
        struct json *row = json_new_object();
        json_append(sums, row);
        json_put_text(row, "name", id[i].name);
        json_put_int(row, "left", (int64_t)id[i].left);
        json_put_int(row, "right", (int64_t)id[i].right);
        json_put_int(row, "under_way", (int64_t)id[i].under_way);
        json_put_bool(row, "holds", holds(&id[i]));
    }
    int rc = json_write(root, stdout);
    json_free(root);
    return rc;
}

static void write_running(const struct figures *f)
{
    uint64_t now_s = clock_wall_ns() / NS_PER_S, age_s = now_s > V(f, UPDATED) ? now_s - V(f, UPDATED) : 0;
    bool demo = f->present[STORE_FIGURE_DEMO] && V(f, DEMO);
    if (!f->present[STORE_FIGURE_UPDATED])
        printf("The sensor has sent no figures for an hour: it is not running, or it uses another Redis.\n");
    else if (demo)
        printf("DEMO: a capture was replayed; these are its figures from %" PRIu64 " s ago.\n", age_s);
    else if (is_running(f))
        printf("The sensor is running.\n");
    else
        printf("The sensor is not running: its last figures are %" PRIu64 " s old.\n", age_s);
}

/* How old the databases of countries and networks are. */
static void write_places(const struct figures *f)
{
    static const struct {
        enum store_figure built;
        const char *what;
    } databases[] = {{STORE_FIGURE_COUNTRIES_BUILT, "country"}, {STORE_FIGURE_NETWORKS_BUILT, "network"}};
    for (int i = 0; i < 2; i++) {
        char day[16] = "";
        struct tm tm;
        time_t built = (time_t)f->value[databases[i].built];
        if (built > 0 && gmtime_r(&built, &tm))
            strftime(day, sizeof(day), "%Y-%m-%d", &tm);
        printf(day[0] ? "  %-13s database built %s\n" : "  %-13s no %s database installed\n", databases[i].what, day[0] ? day : databases[i].what);
    }
}

static void local_moment(uint64_t time_s, char out[24])
{
    struct tm tm;
    time_t t = (time_t)time_s;
    out[0] = '\0';
    if (localtime_r(&t, &tm))
        strftime(out, 24, "%Y-%m-%d %H:%M:%S", &tm);
}

#define GAPS_SHOWN 10 /* in the table */

static const char *gap_sentence(enum gap_why why)
{
    static const char *const sentences[GAP_WHYS] = {[GAP_DOWN] = "the interface was down",
                                                    [GAP_CABLE] = "the interface had no link: a cable?",
                                                    [GAP_AWAY] = "the interface was away",
                                                    [GAP_NAME] = "another interface took its name",
                                                    [GAP_DIED] = "the capture process had ended unexpectedly"};
    return sentences[why];
}

static void write_gaps_today(const struct figures *f)
{
    size_t first = f->gaps_len > GAPS_SHOWN ? f->gaps_len - GAPS_SHOWN : 0;
    if (f->gaps_len > 0)
        printf("  gaps today    the newest of %" PRIu64 ":\n", gaps_beyond(f) + f->gaps_len);
    for (size_t i = first; i < f->gaps_len; i++) {
        char from[24], until[24] = "now";
        local_moment(f->gaps[i].from_s, from);
        if (f->gaps[i].until_s)
            local_moment(f->gaps[i].until_s, until);
        printf("                %s until %s: %s\n", from, until, gap_sentence(f->gaps[i].why));
    }
}

static void write_capture(const struct figures *f)
{
    char from[24], until[24];
    printf("  capture       %s, blind for %" PRIu64 " frames, %" PRIu64 " gaps of %" PRIu64 " s together, %" PRIu64 " crashes\n",
           is_capture_red(f) ? "RED" : "green", lost_frames(f), V(f, GAPS), V(f, GAP_SECONDS), V(f, CRASHES));
    local_moment(V(f, GAP_FROM), from);
    local_moment(V(f, GAP_UNTIL), until);
    if (gap_is_open(f))
        printf("                nothing is heard since %s: the interface is down, away or without a cable\n", from);
    else if (V(f, GAP_FROM))
        printf("                the latest gap: from %s until %s\n", from, until);
    for (unsigned d = 0; d < DISSECTOR_COUNT; d++)
        if (V(f, SWITCHED_OFF) >> d & 1)
            printf("                %s is left out: it crashed three times within a minute; a stop and a start tries again. Please report it\n",
                   dissector_word((enum dissector)d));
    if (f->present[STORE_FIGURE_WALLS] && V(f, WALLS) == 0)
        printf("                it runs without its system-call filter (docs/SECURITY.md)\n");
}

/* Red is what a person has to see to: nothing is lost while it is green. */
static void write_store(const struct figures *f)
{
    printf("  store         %s, %" PRIu64 " damaged parts of the spool, %" PRIu64 " failed writes\n", V(f, STORE_RED) ? "RED" : "green",
           V(f, SPOOL_DAMAGED), V(f, SPOOL_ERRORS));
    if (V(f, STORE_RED))
        printf("                the spool is full, or its disk cannot be written: make room, or bring Redis back; the log says which\n");
    printf("  disk          %" PRIu64 " MB written by the publisher in 24 hours\n\n", V(f, DISK_BYTES_DAY) / 1000000);
}

static void write_table(const struct config *c, const struct figures *f)
{
    struct identity id[3];
    int n = identities(f, id);
    write_running(f);
    printf("\n  installation  %s\n  Redis         %s at %s\n", c->installation, f->redis, c->redis_socket);
    if (!f->health_only)
        printf("  alerts        %" PRIu64 " in telltale:{%s}:alerts\n", f->alerts, c->installation);
    if (!f->present[STORE_FIGURE_UPDATED])
        return;
    printf("  frames        %" PRIu64 " captured, %" PRIu64 " lost in the kernel, %" PRIu64 " lost by a full ring\n", V(f, CAPTURED),
           V(f, KERNEL_DROPPED), V(f, RING_FULL));
    write_capture(f);
    write_gaps_today(f);
    write_workers(f);
    if (f->present[STORE_FIGURE_COUNTRIES_BUILT])
        write_places(f);
    printf("  coverage      names seen on %" PRIu64 " of %" PRIu64 " flows\n", V(f, NAMED), V(f, FLOWS));
    printf("  doubts        %" PRIu64 " flows with a name that nobody answered, %" PRIu64 " hardware addresses at two addresses at once\n",
           V(f, UNCONFIRMED), V(f, DEVICES_DOUBTFUL));
    if (!f->health_only)
        printf("  contacts      %" PRIu64 " stored, %" PRIu64 " in the spool, %" PRIu64 " in flight, %" PRIu64 " refused, %" PRIu64 " lost by Redis\n",
               V(f, CONTACTS_ACKNOWLEDGED), V(f, CONTACTS_SPOOLED), V(f, CONTACTS_IN_FLIGHT), V(f, CONTACTS_REFUSED), V(f, CONTACTS_LOST));
    write_store(f);
    for (int i = 0; i < n; i++)
        printf("  %-13s %s: %" PRIu64 " and %" PRIu64 " (%" PRIu64 " under way)\n", holds(&id[i]) ? "holds" : "DOES NOT HOLD", id[i].name, id[i].left,
               id[i].right, id[i].under_way);
}

static int run(int argc, char **argv)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    const char *path = NULL;
    bool as_json = false;
    for (int opt; (opt = getopt_long(argc, argv, "c:o:h", longs, NULL)) != -1;) {
        if (opt == 'h')
            return command_usage(&command_status, true);
        if (opt == 'c') {
            path = optarg;
        } else if (opt == 'o') {
            if (!options_json(optarg, &as_json))
                return EXIT_WRONG_USE;
        } else {
            return command_usage(&command_status, false);
        }
    }
    if (optind != argc)
        return command_usage(&command_status, false);
    struct config c;
    struct figures f = {.alerts = 0};
    if (options_settings(path, &c) < 0 || store_login_set(c.redis_user, c.redis_password_file) < 0)
        return EXIT_WRONG_USE;
    if (read_figures(&c, &f) < 0)
        return EXIT_SOME_FAILED;
    int rc = 0;
    if (as_json)
        rc = write_json(&c, &f);
    else
        write_table(&c, &f);
    if (rc == 0 && fflush(stdout) != 0)
        rc = -errno;
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}
