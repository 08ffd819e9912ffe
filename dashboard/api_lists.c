/* api_lists.c -- devices, record and alerts: what is read from the store row by row. */
#include "common/words.h"
#include "dashboard/alert_json.h"
#include "dashboard/api.h"
#include "dashboard/api_health.h"
#include "dashboard/days.h"
#include "reports/device_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALERTS_SHOWN 50
#define RECORD_SHOWN 200

/* --- devices ---------------------------------------------------------------------------------------------------------------- */

static struct json *device_rows(const struct device_list *d)
{
    struct json *rows = json_new_array();
    for (size_t i = 0; i < d->len; i++) {
        struct json *row = json_new_object(), *purposes = json_new_object();
        json_append(rows, row);
        json_put_text(row, "device", d->rows[i].pseudonym);
        json_put_text(row, "label", d->rows[i].label[0] ? d->rows[i].label : NULL);
        json_put_int(row, "contacts", (int64_t)d->rows[i].contacts);
        json_put(row, "purposes", purposes);
        for (int p = 0; p < PURPOSE_COUNT; p++)
            if (d->rows[i].purposes[p])
                json_put_int(purposes, purpose_word((enum purpose)p), (int64_t)d->rows[i].purposes[p]);
    }
    return rows;
}

/* Today's only, whatever day is asked for: a pseudonym is nobody's business after its day. */
void api_devices(struct web_call *c)
{
    char day[FOREIGN_DAY_MAX], what[64];
    struct device_list d = {0};
    if (!web_reader(c->web)) {
        web_send_store_error(c, -EIO);
        return;
    }
    days_current(c->web, day);
    snprintf(what, sizeof(what), "devices, %s", day);
    if (!web_note_look(c, what))
        return;
    int rc = device_list_read(&d, c->web->reader, day);
    struct json *root = json_new_object();
    if (rc == 0) {
        json_put_int(root, "schema", 1);
        json_put_bool(root, "demo", web_is_demo(c->web));
        json_put_text(root, "day", day);
        json_put_bool(root, "lower_bounds", true);
        json_put_bool(root, "cut", d.cut);
        json_put_text(root, "stable_until", web_settings(c->web)->stable_until[0] ? web_settings(c->web)->stable_until : NULL);
        json_put(root, "devices", device_rows(&d));
        rc = api_health_put_coverage(c->web, root);
    }
    device_list_fini(&d);
    if (rc < 0) {
        json_free(root);
        web_send_store_error(c, rc);
    } else {
        web_send_json(c, 200, root);
    }
}

/* --- record and alerts ------------------------------------------------------------------------------------------------------ */

static void on_record(void *context, const struct store_entry *entry)
{
    static const char *const fields[] = {"who", "did", "what"};
    struct json *row = json_new_object();
    json_append(context, row);
    json_put_int(row, "hour", (int64_t)store_entry_hour_s(entry));
    for (size_t i = 0; i < 3; i++)
        json_put_text(row, fields[i], store_entry_field(entry, fields[i]));
}

static void on_alert(void *context, const struct store_entry *entry)
{
    json_append(context, alert_json(entry));
}

static void send_stream(struct web_call *c, enum store_key which, const char *name, unsigned most, store_entry_fn *each)
{
    struct store_stream_reader *stream = web_stream(c->web, which);
    struct json *root = json_new_object(), *rows = json_new_array();
    json_put_int(root, "schema", 1);
    json_put_bool(root, "demo", web_is_demo(c->web));
    json_put(root, name, rows);
    int rc = stream ? store_stream_newest(stream, most, each, rows) : -EIO;
    if (rc < 0) {
        json_free(root);
        web_send_store_error(c, rc);
    } else {
        web_send_json(c, 200, root);
    }
}

void api_record(struct web_call *c)
{
    if (web_note_look(c, "the record"))
        send_stream(c, STORE_KEY_AUDIT, "record", RECORD_SHOWN, on_record);
}

void api_alerts(struct web_call *c)
{
    if (web_note_look(c, "alerts"))
        send_stream(c, STORE_KEY_ALERTS, "alerts", ALERTS_SHOWN, on_alert);
}

void api_live(struct web_call *c)
{
    if (!web_note_look(c, "alerts"))
        return;
    c->answer->viewer = live_join(c->web->live, c->request->connection, c->session->number);
    if (!c->answer->viewer) {
        c->answer->retry_after_s = 30;
        web_send_error(c, 503, "viewers", "too many live viewers; the list of alerts can still be loaded");
        return;
    }
    c->answer->status = 200;
    c->answer->type = "text/event-stream";
}
