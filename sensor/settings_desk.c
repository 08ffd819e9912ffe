/* settings_desk.c -- see settings_desk.h. */
#include "sensor/settings_desk.h"

#include "common/clock.h"
#include "common/log.h"
#include "feeds/sites.h"
#include "sensor/settings_files.h"
#include "store/audit.h"
#include "store/requests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_NS (3600 * NS_PER_S)
#define TEXT_MOST (256u << 10)

struct settings_desk {
    struct settings settings;
    struct store_requests *requests;
    struct store_retention *retention;
    bool fixed;
    uint64_t hour_ns; /* since when changes are counted */
    unsigned changes;
    char categories[1000];
    /* while the settings are told */
    struct store_settings_field fields[STORE_SETTINGS_FIELDS_MOST];
    size_t field_count;
    char *texts;
    size_t texts_len;
};

/* --- telling ------------------------------------------------------------------------------------------------------------------ */

static const char *keep_text(struct settings_desk *d, const char *a, const char *b, const char *c)
{
    char *out = d->texts + d->texts_len;
    int n = snprintf(out, TEXT_MOST - d->texts_len, "%s%s%s", a, b, c);
    if (n < 0 || (size_t)n >= TEXT_MOST - d->texts_len)
        return "";
    d->texts_len += (size_t)n + 1;
    return out;
}

static void add_field(struct settings_desk *d, const char *head, const char *name, const char *value)
{
    if (d->field_count < STORE_SETTINGS_FIELDS_MOST)
        d->fields[d->field_count++] = (struct store_settings_field){keep_text(d, head, name, ""), keep_text(d, value, "", "")};
}

static void add_setting(void *context, const char *name, const char *value)
{
    add_field(context, "set:", name, value);
}

static void tell(struct settings_desk *d, const char *answered, const char *verdict, const char *why)
{
    const struct settings *s = &d->settings;
    d->field_count = d->texts_len = 0;
    if (!(d->texts = malloc(TEXT_MOST)))
        return;
    config_each_changeable(&s->config, add_setting, d);
    for (size_t i = 0; i < s->config.subscription_count; i++)
        add_field(d, "list:", s->config.subscriptions[i].name, s->config.subscriptions[i].url);
    for (size_t i = 0; i < s->site_count; i++)
        add_field(d, "site:", s->sites[i].site, keep_text(d, s->sites[i].label, "\t", s->sites[i].category));
    add_field(d, "", "categories", d->categories);
    if (d->fixed)
        add_field(d, "", "fixed", "yes");
    if (answered[0]) {
        add_field(d, "", "answer", answered);
        add_field(d, "", "verdict", verdict);
        add_field(d, "", "why", why);
    }
    store_requests_tell(d->requests, answered, d->fields, d->field_count);
    free(d->texts);
    d->texts = NULL;
}

/* --- deciding ----------------------------------------------------------------------------------------------------------------- */

static bool read_change(const struct store_request *q, struct change *out)
{
    int kind = change_kind_of(q->change);
    if (kind < 0)
        return false;
    const struct change_form *form = &change_forms[kind];
    size_t n = 0;
    out->kind = (enum change_kind)kind;
    for (; form->members[n]; n++) {
        const char *value = store_request_member(q, form->members[n]);
        if (!value || !change_value_take(value, out->value[n]))
            return false;
    }
    return n == q->count;
}

static bool too_many(struct settings_desk *d)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (d->changes == 0 || now_ns >= d->hour_ns + HOUR_NS) {
        d->hour_ns = now_ns;
        d->changes = 0;
    }
    return d->changes >= SETTINGS_A_HOUR;
}

static void keep_less(struct settings_desk *d)
{
    const struct config *c = &d->settings.config;
    if (d->retention)
        store_retention_keep(d->retention, (struct store_kept){(uint32_t)c->keep_figures, (uint32_t)c->keep_devices, (uint32_t)c->keep_alerts});
}

/* Makes the change, in the files and here. False: why says why not. */
static bool decide(struct settings_desk *d, const struct store_request *q, char why[SETTINGS_WHY_MAX])
{
    struct change change = {0};
    struct local_time now;
    clock_local(clock_wall_ns(), &now);
    bool understood = read_change(q, &change);
    struct settings *changed = malloc(sizeof(*changed));
    bool good = false;
    if (!changed || !understood) {
        snprintf(why, SETTINGS_WHY_MAX, "%s", changed ? "a value is too long, or has a character that the settings cannot hold" : "memory is out");
    } else if (too_many(d)) {
        snprintf(why, SETTINGS_WHY_MAX, "there were %d changes in an hour already; wait", SETTINGS_A_HOUR);
    } else {
        *changed = d->settings;
        good = settings_change(changed, &change, now.day, why);
        int rc = good ? settings_save(&d->settings, changed) : 0;
        if (rc < 0)
            snprintf(why, SETTINGS_WHY_MAX, "the change could not be written: %s; the sensor's log says more", strerror(-rc));
        good = good && rc == 0;
    }
    if (good) {
        d->settings = *changed;
        d->changes++;
    }
    free(changed);
    return good;
}

/* What happens now, for the page. */
static const char *consequence(const struct store_request *q)
{
    switch (change_kind_of(q->change)) {
    case CHANGE_PRIVACY:
    case CHANGE_PSEUDONYMS:
    case CHANGE_SITE: return "Written. The sensor begins anew with it within seconds; for half an hour no contact names a device.";
    case CHANGE_RETENTION: return "Written. What is older is being removed.";
    case CHANGE_LIST: return "Written. The next update of the lists goes by it.";
    default: return "Written.";
    }
}

/* Adds a text as far as there is room. */
static void add_text(char out[STORE_REQUEST_VALUE_MAX], const char *text)
{
    size_t n = strlen(out), more = strlen(text), room = STORE_REQUEST_VALUE_MAX - 1 - n;
    memcpy(out + n, text, more < room ? more : room);
    out[n + (more < room ? more : room)] = '\0';
}

/* For the record: the change, its values, and why it was refused. */
static void note(struct settings_desk *d, const struct store_request *q, bool good, const char *why)
{
    char what[STORE_REQUEST_VALUE_MAX] = "";
    add_text(what, q->change);
    for (size_t i = 0; i < q->count; i++) {
        add_text(what, i ? ", " : ": ");
        add_text(what, q->member[i].name);
        add_text(what, " ");
        add_text(what, q->member[i].value);
    }
    if (!good) {
        add_text(what, "; ");
        add_text(what, why);
    }
    int rc = store_audit_write(d->settings.config.redis_socket, d->settings.config.installation, q->who, good ? "setting-changed" : "setting-refused", what);
    log_info("settings: asked by a %s: %s: %s%s", q->who, q->change, good ? "accepted" : "refused: ", good ? "" : why);
    if (rc < 0)
        log_warning("settings: this could not be noted in the record");
}

static void on_request(void *context, const struct store_request *q)
{
    struct settings_desk *d = context;
    char why[SETTINGS_WHY_MAX] = "";
    bool good = decide(d, q, why);
    note(d, q, good, why);
    if (good && change_kind_of(q->change) == CHANGE_RETENTION)
        keep_less(d);
    tell(d, q->id, good ? "accepted" : "refused", good ? consequence(q) : why);
}

/* --- opening ------------------------------------------------------------------------------------------------------------------ */

/* The words that the built-in sites have, each once. */
static void gather_categories(struct settings_desk *d)
{
    struct site_set *builtin = site_set_new();
    size_t n = 0;
    if (builtin && site_set_add_builtin(builtin) == 0) {
        for (uint32_t i = 0; i < site_set_count(builtin); i++) {
            char word[64];
            snprintf(word, sizeof(word), " %.60s ", site_at(builtin, i)->category);
            if (!strstr(d->categories, word) && n + strlen(word) < sizeof(d->categories))
                n += (size_t)snprintf(d->categories + n, sizeof(d->categories) - n, "%s", word);
        }
    }
    site_set_free(builtin);
}

struct settings_desk *settings_desk_new(const struct config *config, bool replay, struct store_retention *retention)
{
    struct settings_desk *d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    d->retention = retention;
    d->fixed = replay || !config->settings_dir[0] || !config->file[0];
    d->requests = store_requests_new(config->redis_socket, config->installation, d->fixed ? NULL : on_request, d);
    if (!d->requests || settings_load(config, &d->settings) < 0) {
        settings_desk_free(d);
        return NULL;
    }
    if (!d->fixed)
        settings_make_folder(config);
    gather_categories(d);
    keep_less(d);
    tell(d, "", "", "");
    return d;
}

void settings_desk_free(struct settings_desk *d)
{
    if (!d)
        return;
    store_requests_free(d->requests);
    free(d);
}

bool settings_desk_run(struct settings_desk *d)
{
    return store_requests_run(d->requests);
}
