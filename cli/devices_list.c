/* devices_list.c -- see devices.h: today's devices as the store has them.
 *
 * Flows, made-up addresses and hidden DNS of a single device never leave the capture process, so they are in `telltale read` alone: a count of flows that goes on while
 * the contacts stand still would show which device is at a support site.
 * There is no way to another day: a pseudonym is nobody's business after its own.
 */
#include "cli/command.h"
#include "cli/devices.h"
#include "cli/terminal.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "reports/csv.h"
#include "reports/day_summary.h"
#include "reports/device_list.h"
#include "reports/page.h"
#include "reports/summary_store.h"
#include "store/audit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 6

struct shown {
    char day[11];
    bool demo;
    struct device_list devices;
    struct day_summary coverage;
};

/* "08:00" of the local day; "" where it is not known. */
static const char *hour_text(uint64_t hour_s, char out[8])
{
    struct local_time t;
    out[0] = '\0';
    if (hour_s) {
        clock_local(hour_s * NS_PER_S, &t);
        snprintf(out, 8, "%02u:00", t.hour);
    }
    return out;
}

/* "ad-exchange 12, analytics 3" */
static const char *purposes_text(const struct listed_device *d, char out[PAGE_CELL_BYTES])
{
    size_t n = 0;
    out[0] = '\0';
    for (int p = 0; p < PURPOSE_COUNT; p++)
        if (d->purposes[p] && n < PAGE_CELL_BYTES)
            n += (size_t)snprintf(out + n, PAGE_CELL_BYTES - n, "%s%s %llu", n ? ", " : "", purpose_word((enum purpose)p), (unsigned long long)d->purposes[p]);
    return out;
}

static void fill_cells(const struct listed_device *d, struct page_cell cells[COLUMNS])
{
    char first[8], last[8], purposes[PAGE_CELL_BYTES];
    page_cell_set(&cells[0], PAGE_PLAIN, "%s", d->pseudonym);
    page_cell_set(&cells[1], PAGE_PLAIN, "%s", d->label);
    page_cell_set(&cells[2], PAGE_PLAIN, "%s", hour_text(d->first_s, first));
    page_cell_set(&cells[3], PAGE_PLAIN, "%s", hour_text(d->last_s, last));
    page_cell_set(&cells[4], PAGE_PLAIN, "%s", PAGE_NUMBER(d->contacts));
    page_cell_set(&cells[5], PAGE_PLAIN, "%s", purposes_text(d, purposes));
}

static int write_table(const struct shown *w)
{
    struct page page = page_open(stdout, terminal_width(stdout), terminal_colour(stdout));
    struct page_column columns[COLUMNS] = {{.title = "Device"}, {.title = "Label"}, {.title = "First"}, {.title = "Last"}, {.title = "Contacts", .right = true}, {.title = "For"}};
    struct page_cell cells[COLUMNS];
    double share = day_summary_share(&w->coverage);
    page_statement(&page, "%s%zu device%s on %s", w->demo ? "DEMO: " : "", w->devices.len, page_plural(w->devices.len), w->day);
    for (size_t i = 0; i < w->devices.len; i++) {
        fill_cells(&w->devices.rows[i], cells);
        page_table_measure(columns, COLUMNS, cells);
    }
    if (w->devices.len > 0)
        page_table_fit(&page, columns, COLUMNS);
    for (size_t i = 0; i < w->devices.len; i++) {
        fill_cells(&w->devices.rows[i], cells);
        page_table_row(&page, columns, COLUMNS, cells);
    }
    if (w->devices.cut)
        page_paragraph(&page, 0, 0, "There are more devices than %d.", DEVICE_LIST_MOST);
    if (share >= 0)
        page_paragraph(&page, 0, 0, "Of the day's connections %.0f of 100 had a name that could be read.", share * 100);
    page_paragraph(&page, 0, 0, "Names are made up, and new each day. Contacts near a visit to a support site have no device, so counts are lower bounds. A label is of what the school owns.");
    return page.rc;
}

static int write_json(const struct shown *w)
{
    struct json *root = json_new_object(), *rows = json_new_array(), *coverage = json_new_object();
    double share = day_summary_share(&w->coverage);
    json_put_int(root, "schema", 1);
    json_put_bool(root, "demo", w->demo);
    json_put_text(root, "day", w->day);
    json_put_bool(root, "lower_bounds", true);
    json_put_bool(root, "cut", w->devices.cut);
    json_put(root, "coverage", coverage);
    json_put_int(coverage, "flows", (int64_t)w->coverage.coverage.flows);
    json_put_int(coverage, "named", (int64_t)w->coverage.coverage.named);
    if (share >= 0)
        json_put_real(coverage, "share", share);
    else
        json_put_null(coverage, "share");
    json_put(root, "devices", rows);
    for (size_t i = 0; i < w->devices.len; i++) {
        const struct listed_device *d = &w->devices.rows[i];
        struct json *row = json_new_object(), *purposes = json_new_object();
        json_append(rows, row);
        json_put_text(row, "device", d->pseudonym);
        json_put_text(row, "label", d->label[0] ? d->label : NULL);
        json_put_int(row, "first", (int64_t)d->first_s);
        json_put_int(row, "last", (int64_t)d->last_s);
        json_put_int(row, "contacts", (int64_t)d->contacts);
        json_put(row, "purposes", purposes);
        for (int p = 0; p < PURPOSE_COUNT; p++)
            if (d->purposes[p])
                json_put_int(purposes, purpose_word((enum purpose)p), (int64_t)d->purposes[p]);
    }
    int rc = json_write(root, stdout);
    json_free(root);
    return rc;
}

/* The pseudonym has a word before it, because a spreadsheet takes 704010599771 for a number. */
static int write_csv(const struct shown *w)
{
    static const char *const titles[] = {"day", "device", "label", "first", "last", "contacts", "purposes", "coverage", "note"};
    struct csv_row row = {.out = stdout};
    double share = day_summary_share(&w->coverage);
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        csv_text(&row, titles[i]);
    csv_end(&row);
    for (size_t i = 0; i < w->devices.len; i++) {
        const struct listed_device *d = &w->devices.rows[i];
        char name[40], first[8], last[8], purposes[PAGE_CELL_BYTES];
        snprintf(name, sizeof(name), "device %s", d->pseudonym);
        csv_text(&row, w->day);
        csv_text(&row, name);
        csv_text(&row, d->label[0] ? d->label : NULL);
        csv_text(&row, hour_text(d->first_s, first));
        csv_text(&row, hour_text(d->last_s, last));
        csv_count(&row, d->contacts);
        csv_text(&row, purposes_text(d, purposes));
        if (share >= 0)
            csv_share(&row, share);
        else
            csv_empty(&row, 1);
        csv_text(&row, w->demo ? "DEMO; counts are lower bounds" : "counts are lower bounds");
        csv_end(&row);
    }
    return row.rc;
}

static void on_newest(void *context, const struct store_entry *e)
{
    struct local_time t;
    clock_local(store_entry_hour_s(e) * NS_PER_S, &t);
    memcpy(context, t.day, sizeof(t.day));
}

/* Today; of a demo, which replays another time, the day of its newest alert. */
static int read_all(const struct config *c, struct store_reader *reader, struct store_stream_reader *alerts, struct shown *w)
{
    struct local_time now;
    char who[STORE_AUDIT_WHO_MAX], what[64];
    clock_local(clock_wall_ns(), &now);
    memcpy(w->day, now.day, sizeof(w->day));
    w->demo = c->demo;
    int rc = c->demo ? store_stream_newest(alerts, 1, on_newest, w->day) : 0;
    snprintf(what, sizeof(what), "devices, %s", w->day);
    store_audit_account(who);
    if (rc == 0)
        rc = store_audit_write(c->redis_socket, c->installation, who, "looked", what);
    if (rc == 0)
        rc = device_list_read(&w->devices, reader, w->day);
    if (rc == 0)
        rc = device_list_hours(&w->devices, alerts, w->day);
    return rc == 0 ? day_summary_coverage(&w->coverage, reader, w->day, w->day) : rc;
}

static int show(const struct shown *w, enum devices_format format)
{
    int rc = format == DEVICES_JSON ? write_json(w) : format == DEVICES_CSV ? write_csv(w) : write_table(w);
    if (rc == 0 && fflush(stdout) != 0)
        rc = -errno;
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc;
}

int devices_list(const struct config *c, enum devices_format format)
{
    struct shown w = {.day = ""};
    struct store_reader *reader = NULL;
    struct store_stream_reader *alerts = NULL;
    day_summary_init(&w.coverage);
    int rc = store_reader_open(c->redis_socket, c->installation, &reader);
    if (rc == 0)
        rc = store_stream_open(c->redis_socket, c->installation, STORE_KEY_ALERTS, &alerts);
    if (rc == 0)
        rc = read_all(c, reader, alerts, &w);
    if (rc == -EPERM)
        log_error("%s: the Redis user \"%s\" may not look at devices, or not be noted; name the safeguarding lead's in [store] user", c->redis_socket, c->redis_user);
    else if (rc == -ENOMEM)
        log_error("out of memory");
    if (rc == 0)
        rc = show(&w, format);
    device_list_fini(&w.devices);
    day_summary_fini(&w.coverage);
    store_stream_close(alerts);
    store_reader_close(reader);
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}
