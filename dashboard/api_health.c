/* api_health.c -- figures of the machinery: for the technician as JSON, for Prometheus as text, and coverage for every page. Only the
 * fixed names of store/schema.h that stand in the health hash come out: none of them moves with what anybody visited or contacted. */
#include "dashboard/api_health.h"

#include "common/clock.h"
#include "common/words.h"
#include "dashboard/api.h"
#include "store/gaps.h"
#include "store/schema.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRESH_S 15 /* older figures mean that the sensor is not running */

struct figures {
    bool present[STORE_FIGURE_COUNT];
    uint64_t value[STORE_FIGURE_COUNT];
};

#define V(f, name) ((f)->value[STORE_FIGURE_##name])

static void on_field(void *context, const char *name, const char *value)
{
    struct figures *f = context;
    int which = store_figure_from_name(name);
    if (which < 0 || store_figure_key((enum store_figure)which) != STORE_KEY_HEALTH)
        return;
    f->present[which] = true;
    f->value[which] = strtoull(value, NULL, 10);
}

static int read_figures(struct web *w, struct figures *f)
{
    memset(f, 0, sizeof(*f));
    if (!web_reader(w))
        return -EIO;
    int rc = store_reader_health(w->reader, on_field, f);
    return rc == -ENOENT ? 0 : rc;
}

static const char *sensor_state(const struct figures *f)
{
    uint64_t now_s = clock_wall_ns() / NS_PER_S;
    if (!f->present[STORE_FIGURE_UPDATED])
        return "silent";
    if (V(f, DEMO))
        return "demo";
    return V(f, UPDATED) + FRESH_S >= now_s ? "running" : "stopped";
}

static void put_moment(struct json *o, const char *name, uint64_t time_s)
{
    if (time_s)
        json_put_int(o, name, (int64_t)time_s);
    else
        json_put_null(o, name);
}

/* What is left out, and when nothing was heard. */
static void put_capture(struct json *sensor, const struct figures *f)
{
    struct json *off = json_new_array(), *gaps = json_new_object();
    json_put_bool(sensor, "walls", !f->present[STORE_FIGURE_WALLS] || V(f, WALLS) != 0);
    json_put(sensor, "switched_off", off);
    for (unsigned d = 0; d < DISSECTOR_COUNT; d++)
        if (V(f, SWITCHED_OFF) >> d & 1)
            json_append_text(off, dissector_word((enum dissector)d));
    json_put(sensor, "gaps", gaps);
    json_put_int(gaps, "count", (int64_t)V(f, GAPS));
    json_put_int(gaps, "seconds", (int64_t)V(f, GAP_SECONDS));
    put_moment(gaps, "from", V(f, GAP_FROM));
    put_moment(gaps, "until", V(f, GAP_UNTIL));
}

/* Those of today, one by one. Where none can be read there is no list: the page then says what health knows. */
static void put_gaps_today(struct web *w, struct json *root)
{
    struct store_gap gaps[STORE_GAPS_MOST];
    struct local_time now;
    size_t n = 0;
    uint64_t all = 0;
    clock_local(clock_wall_ns(), &now);
    int rc = store_gaps_read(w->reader, now.day, gaps, &n, &all);
    if (rc < 0 && rc != -ENOENT)
        return;
    struct json *rows = json_new_array();
    json_put(root, "gaps_today", rows);
    json_put_int(root, "gaps_beyond", all > n ? (int64_t)(all - n) : 0);
    for (size_t i = 0; i < n; i++) {
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_int(row, "from", (int64_t)gaps[i].from_s);
        put_moment(row, "until", gaps[i].until_s);
        json_put_text(row, "why", gap_why_word(gaps[i].why));
    }
}

static void put_coverage(struct json *root, const struct figures *f)
{
    struct json *coverage = json_new_object(), *blind = json_new_object(), *sensor = json_new_object();
    json_put(root, "coverage", coverage);
    json_put_int(coverage, "flows", (int64_t)V(f, FLOWS));
    json_put_int(coverage, "named", (int64_t)V(f, NAMED));
    if (V(f, FLOWS))
        json_put_real(coverage, "share", (double)V(f, NAMED) / (double)V(f, FLOWS));
    else
        json_put_null(coverage, "share");
    json_put(coverage, "blind", blind);
    for (int b = 0; b < BLIND_COUNT; b++)
        json_put_int(blind, blind_spot_word((enum blind_spot)b), (int64_t)f->value[STORE_FIGURE_BLIND_ECH + b]);
    json_put_int(coverage, "lost_frames", (int64_t)(V(f, KERNEL_DROPPED) + V(f, RING_FULL)));
    json_put(root, "sensor", sensor);
    json_put_text(sensor, "state", sensor_state(f));
    json_put_int(sensor, "updated", (int64_t)V(f, UPDATED));
    json_put_int(sensor, "since", (int64_t)V(f, STARTED));
    json_put_bool(sensor, "store_red", V(f, STORE_RED) != 0);
    json_put_int(sensor, "doubtful", (int64_t)V(f, DEVICES_DOUBTFUL));
    put_capture(sensor, f);
}

int api_health_put_coverage(struct web *w, struct json *root)
{
    struct figures f;
    int rc = read_figures(w, &f);
    if (rc == 0)
        put_coverage(root, &f);
    return rc;
}

/* What must add up: docs/ARCHITECTURE.md, "What is counted". Frames that wait in a ring are neither decoded nor lost. */
static void put_identity(struct json *rows, const char *name, uint64_t left, uint64_t right, bool may_wait)
{
    struct json *row = json_new_object();
    json_append(rows, row);
    json_put_text(row, "name", name);
    json_put_int(row, "left", (int64_t)left);
    json_put_int(row, "right", (int64_t)right);
    json_put_bool(row, "holds", left == right || (may_wait && left > right));
}

void api_health(struct web_call *c)
{
    struct figures f;
    int rc = read_figures(c->web, &f);
    if (rc < 0) {
        web_send_store_error(c, rc);
        return;
    }
    char redis[32] = "";
    store_reader_version(c->web->reader, redis, sizeof(redis));
    struct json *root = json_new_object(), *rows = json_new_array(), *identities = json_new_array();
    json_put_int(root, "schema", 1);
    json_put_bool(root, "demo", c->web->config->demo || V(&f, DEMO));
    json_put_text(root, "version", TELLTALE_VERSION);
    json_put_text(root, "redis", redis);
    json_put_int(root, "now", (int64_t)(clock_wall_ns() / NS_PER_S));
    put_coverage(root, &f);
    put_gaps_today(c->web, root);
    json_put(root, "figures", rows);
    for (int i = 0; i < STORE_FIGURE_COUNT; i++) {
        if (store_figure_key((enum store_figure)i) != STORE_KEY_HEALTH || !f.present[i])
            continue;
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_text(row, "name", store_figure_name((enum store_figure)i));
        json_put_int(row, "value", (int64_t)f.value[i]);
    }
    json_put(root, "identities", identities);
    put_identity(identities, "captured = ring_in + ring_full", V(&f, CAPTURED), V(&f, RING_IN) + V(&f, RING_FULL), false);
    put_identity(identities, "ring_in = decoded + undecodable", V(&f, RING_IN),
                 V(&f, DECODED) + V(&f, UNDECODABLE_TRUNCATED) + V(&f, UNDECODABLE_MALFORMED) + V(&f, UNDECODABLE_OTHER),
                 strcmp(sensor_state(&f), "running") == 0);
    web_send_json(c, 200, root);
}

void api_notice(struct web_call *c)
{
    const struct config *config = web_settings(c->web);
    struct json *root = json_new_object();
    bool is_link = strncmp(config->notice_url, "https://", 8) == 0 || strncmp(config->notice_url, "http://", 7) == 0;
    json_put_text(root, "controller", config->controller[0] ? config->controller : NULL);
    json_put_text(root, "url", is_link ? config->notice_url : NULL);
    json_put_text(root, "since", config->notice_since[0] ? config->notice_since : NULL);
    json_put_bool(root, "demo", config->demo);
    web_send_json(c, 200, root);
}

/* Prometheus' text format, version 0.0.4. Every name is in it whether it is known yet or not, so that a name that comes tells nothing. */
void api_metrics(struct web_call *c)
{
    struct figures f;
    char *text = NULL;
    size_t size = 0;
    bool up = read_figures(c->web, &f) == 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) {
        web_send_error(c, 500, "memory", "there is not enough memory for this answer");
        return;
    }
    fprintf(out, "# TYPE telltale_store_up gauge\ntelltale_store_up %d\n", up);
    for (int i = 0; i < STORE_FIGURE_COUNT; i++)
        if (store_figure_key((enum store_figure)i) == STORE_KEY_HEALTH)
            fprintf(out, "# TYPE telltale_%s untyped\ntelltale_%s %" PRIu64 "\n", store_figure_name((enum store_figure)i),
                    store_figure_name((enum store_figure)i), f.value[i]);
    if (fclose(out) != 0) {
        free(text);
        web_send_error(c, 500, "memory", "there is not enough memory for this answer");
        return;
    }
    c->answer->status = 200;
    c->answer->type = "text/plain; version=0.0.4";
    c->answer->body = text;
    c->answer->body_len = size;
}
