/* settings_desk.c -- see settings_desk.h. */
#include "sensor/settings_desk.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "feeds/known_lists.h"
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
#define STABLE_AGAIN_NS (60 * NS_PER_S)

struct settings_desk {
    struct settings settings;
    struct store_requests *requests;
    struct store_retention *retention;
    bool fixed;
    uint64_t hour_ns; /* since when changes are counted */
    unsigned changes;
    char categories[1000];
    bool stable_unsaid; /* pseudonyms for longer than a day are in force, perhaps, and the record has no word of it yet */
    uint64_t stable_next_ns;
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
    for (size_t i = 0, n = known_lists_count(); i < n; i++)
        add_field(d, "known:", known_list_at(i)->name, keep_text(d, known_list_at(i)->url, "\t", known_list_at(i)->licence));
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

static int note(struct settings_desk *d, const char *who, const char *did, const char *what)
{
    return store_audit_write(d->settings.config.redis_socket, d->settings.config.installation, who, did, what);
}

/* The change and its values, and where it is refused why. False when that is more than a line of the record holds: it is then cut. */
static bool word(const struct store_request *q, const char *why, char what[STORE_AUDIT_WHAT_MAX])
{
    char *whole = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&whole, &n);
    what[0] = '\0';
    if (!out)
        return false;
    fputs(q->change, out);
    for (size_t i = 0; i < q->count; i++)
        fprintf(out, "%s %s %s", i ? "," : ":", q->member[i].name, q->member[i].value);
    if (why)
        fprintf(out, "; %s", why);
    bool fits = fclose(out) == 0 && n < STORE_AUDIT_WHAT_MAX;
    if (whole)
        text_clean(whole, n, what, STORE_AUDIT_WHAT_MAX); /* cut between two characters */
    free(whole);
    return fits;
}

/* The record first, then the files: what nobody can find out about is not done. */
static bool make_it(struct settings_desk *d, const struct store_request *q, const struct settings *changed, char why[SETTINGS_WHY_MAX])
{
    char what[STORE_AUDIT_WHAT_MAX];
    int rc;
    if (!word(q, NULL, what))
        snprintf(why, SETTINGS_WHY_MAX, "the record keeps a change whole, and has %d characters for it: say it in fewer", STORE_AUDIT_WHAT_MAX - 1);
    else if (note(d, q->who, "setting-changed", what) < 0)
        snprintf(why, SETTINGS_WHY_MAX, "the change could not be noted in the record, and is not made without; the sensor's log says more");
    else if ((rc = settings_save(&d->settings, changed)) < 0)
        snprintf(why, SETTINGS_WHY_MAX, "the change could not be written: %s; the sensor's log says more", strerror(-rc));
    else
        return true;
    return false;
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
        good = settings_change(changed, &change, now.day, why) && make_it(d, q, changed, why);
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

static void note_refusal(struct settings_desk *d, const struct store_request *q, const char *why)
{
    char what[STORE_AUDIT_WHAT_MAX];
    word(q, why, what);
    if (note(d, q->who, "setting-refused", what) < 0)
        log_warning("settings: this refusal could not be noted in the record");
}

/* Whoever looks at the record finds them there, also when the installation's file asks for them and no page did. */
static void note_stable(struct settings_desk *d)
{
    const struct config *c = &d->settings.config;
    char why[SETTINGS_WHY_MAX], text[STORE_AUDIT_WHAT_MAX], what[STORE_AUDIT_WHAT_MAX];
    struct local_time now;
    uint64_t now_ns = clock_monotonic_ns();
    if (!d->stable_unsaid || now_ns < d->stable_next_ns)
        return;
    d->stable_next_ns = now_ns + STABLE_AGAIN_NS; /* the clock may not be set yet, or Redis be away */
    clock_local(clock_wall_ns(), &now);
    if (!settings_are_stable(c, now.day, why))
        return;
    snprintf(text, sizeof(text), "pseudonyms: until %.10s, reason %.*s", c->stable_until, STABLE_REASON_MOST, c->stable_reason);
    text_clean(text, strlen(text), what, sizeof(what));
    d->stable_unsaid = note(d, "sensor", "setting-in-force", what) < 0;
}

/* Somebody with a shell, or `telltale setup`, may have written the files since: what they say is what is changed. Where they cannot be read
 * the log has said why, and what was in force is. */
static void read_anew(struct settings_desk *d)
{
    struct config *c = malloc(sizeof(*c));
    struct settings *now = malloc(sizeof(*now));
    if (c && now && config_load(d->settings.config.file, c) == 0) {
        memcpy(c->redis_socket, d->settings.config.redis_socket, sizeof(c->redis_socket)); /* the store is that of the start */
        memcpy(c->installation, d->settings.config.installation, sizeof(c->installation));
        if (settings_load(c, now) == 0)
            d->settings = *now;
    }
    free(c);
    free(now);
}

static void on_request(void *context, const struct store_request *q)
{
    struct settings_desk *d = context;
    char why[SETTINGS_WHY_MAX] = "";
    read_anew(d);
    bool good = decide(d, q, why);
    log_info("settings: asked by a %s: %s: %s%s", q->who, q->change, good ? "accepted" : "refused: ", good ? "" : why);
    if (!good)
        note_refusal(d, q, why);
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
    if (!d->fixed) {
        settings_make_folder(config);
        settings_say_changed(config);
    }
    d->stable_unsaid = !replay && config->stable_until[0];
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
    note_stable(d);
    return store_requests_run(d->requests);
}
