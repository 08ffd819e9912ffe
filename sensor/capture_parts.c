/* capture_parts.c -- see capture_parts.h.
 *
 * From settings to tables: each part is opened by one function that says all it takes from the configuration. The order is the
 * process' own (capture_process.c), since rights are dropped and walls closed between them.
 */
#include "sensor/capture_parts.h"

#include "common/log.h"
#include "sensor/publisher.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PLACES_EVERY_MS 5000 /* a changed database is in use after two looks */
#define RULES_EVERY_MS 3000

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

int capture_parts_rules(struct capture_process *p)
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

int capture_parts_places(struct capture_process *p)
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
int capture_parts_pseudonyms(struct capture_process *p)
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

int capture_parts_outbox(struct capture_process *p)
{
    char path[CONFIG_TEXT_MAX + 32];
    snprintf(path, sizeof(path), "%s/" PUBLISHER_SOCKET_NAME, config_publisher_dir(p->config));
    p->outbox = outbox_new(path, p->source->file != NULL);
    if (p->outbox)
        p->teller = teller_new(p->pseudonyms, p->outbox, p->source->interface != NULL, (uint32_t)p->config->clock_wait_s);
    if (p->teller && p->config->labels[0] && (p->labels = labels_new(p->config->labels, p->outbox)))
        teller_label_with(p->teller, p->labels);
    return p->teller && (p->labels || !p->config->labels[0]) ? 0 : -ENOMEM;
}

int capture_parts_releases(struct capture_process *p)
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

void capture_parts_desk(struct capture_process *p)
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

int capture_parts_pipeline(struct capture_process *p)
{
    const struct config *c = p->config;
    struct ip_prefix lan[CONFIG_LAN_MAX];
    int lan_count = config_lan(c, lan);
    if (lan_count < 0)
        return lan_count;
    uint64_t withhold_until_ns = p->source->interface ? run_marks_open(&p->marks, p->config->run_dir) : 0;
    struct pipeline_options o = {
        .workers = (int)c->workers,
        .readers = p->source->interface ? (int)c->capture_threads : 1,
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
    int rc = pipeline_start(p->pipeline);
    return rc == 0 ? pipeline_start_readers(p->pipeline, p->captures) : rc;
}

int capture_parts_source(struct capture_process *p)
{
    if (p->source->file)
        return capture_open_file(p->source->file, &p->captures[0]);
    int rc = capture_open_shared(p->source->interface, (int)p->config->buffer_mb, (unsigned)p->config->capture_threads, p->captures);
    if (rc == 0)
        p->link = link_watch_open(p->source->interface);
    return rc;
}

/* Everything that is asked for by its path once the walls are closed. */
int capture_parts_broker(struct capture_process *p)
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
    if (c->labels[0])
        room &= broker_table_add(t, c->labels, BROKER_READ);
    if (config_changed_path(c, CONFIG_CHANGED_NAME, path))
        room &= broker_table_add(t, path, BROKER_READ);
    if (config_changed_path(c, CONFIG_SITES_NAME, path))
        room &= broker_table_add(t, path, BROKER_READ);
    room &= broker_table_add(t, p->marks.running, BROKER_REMOVE);
    if (p->source->interface)
        snprintf(t->key_folder, sizeof(t->key_folder), "%s", c->run_dir);
    if (!room) {
        log_error("capture: too many lists, or a path that is too long");
        return -E2BIG;
    }
    return broker_start(t, &p->broker);
}
