/* alert_json.c -- see alert_json.h. */
#include "dashboard/alert_json.h"

#include <string.h>

static void put_field(struct json *out, const struct store_entry *entry, const char *name)
{
    const char *value = store_entry_field(entry, name);
    json_put_text(out, name, value[0] ? value : NULL);
}

struct json *alert_json(const struct store_entry *entry)
{
    static const char *const common[] = {"kind", "tracker", "organisation", "purpose", "severity", "why"};
    static const char *const contact[] = {"device", "matched", "evidence", "connections", "country", "feed"};
    static const char *const disclosure[] = {"site", "day", "verdict"};
    struct json *out = json_new_object();
    bool of_site = strcmp(store_entry_field(entry, "kind"), "disclosure") == 0;
    json_put_text(out, "id", store_entry_id(entry));
    json_put_int(out, "hour", (int64_t)store_entry_hour_s(entry));
    json_put_bool(out, "demo", strcmp(store_entry_field(entry, "demo"), "yes") == 0);
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        put_field(out, entry, common[i]);
    for (size_t i = 0; !of_site && i < sizeof(contact) / sizeof(contact[0]); i++)
        put_field(out, entry, contact[i]);
    for (size_t i = 0; of_site && i < sizeof(disclosure) / sizeof(disclosure[0]); i++)
        put_field(out, entry, disclosure[i]);
    return out;
}

int alert_write_line(const struct store_entry *entry, FILE *out)
{
    struct json *alert = alert_json(entry);
    int rc = json_write_line(alert, out);
    json_free(alert);
    return rc;
}
