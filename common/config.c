/* config.c -- see config.h.
 *
 * The table settings[] is the only place where a setting is described. libinih calls on_setting() for each
 * line; it can stop at a line but not say why, so the reason is kept in struct loading, with its line, and logged by
 * config_load(). It reads through next_line(), because by itself it takes the rest of a line longer than its buffer, and
 * a line that is indented, for more of the value above: a setting would change without a word.
 */
#include "common/config.h"
#include "common/https_url.h"
#include "common/log.h"
#include "common/opener.h"

#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* SETTING_SUBSCRIPTION: any key of its section is one, up to CONFIG_SUBSCRIPTIONS_MAX. */
enum setting_type { SETTING_TEXT, SETTING_INT, SETTING_BOOL, SETTING_SUBSCRIPTION };

struct setting {
    const char *section, *key;
    enum setting_type type;
    size_t at;           /* offset in struct config */
    int64_t least, most; /* SETTING_INT */
    const char *standard; /* as it would be written in the file */
    const char *unit;    /* "" when there is none */
    const char *help;
};

#define REASON_MAX CONFIG_REASON_MAX

#define AT(field) offsetof(struct config, field)

static const struct setting settings[] = {
    {"capture", "interface", SETTING_TEXT, AT(interface), 0, 0, "", "",
     "network interface to listen on; telltaled -i overrides it"},
    {"capture", "lan", SETTING_TEXT, AT(lan), 0, 0, "", "prefixes",
     "the LAN side, such as 192.168.0.0/16 2001:db8::/32; empty: private addresses and what is seen behind them"},
    {"capture", "buffer_mb", SETTING_INT, AT(buffer_mb), 1, 1024, "16", "MB",
     "kernel buffer for frames that wait for the capture threads"},
    {"capture", "threads", SETTING_INT, AT(capture_threads), 1, 4, "1", "threads",
     "threads that read the interface, a device's frames always by one; more than 1 needs lan"},

    {"sensor", "workers", SETTING_INT, AT(workers), 1, 8, "1", "threads", "threads that decode; a device belongs to one"},
    {"sensor", "ring_mb", SETTING_INT, AT(ring_mb), 1, 256, "4", "MB", "frames that wait between the capture threads and one worker"},
    {"sensor", "max_devices", SETTING_INT, AT(max_devices), 16, 65536, "1024", "devices", "devices remembered at once by one worker"},
    {"sensor", "max_flows", SETTING_INT, AT(max_flows), 1024, 1048576, "65536", "flows", "flows remembered at once by one worker"},
    {"sensor", "max_contacts", SETTING_INT, AT(max_contacts), 1024, 1048576, "16384", "contacts", "open contacts remembered at once by one worker"},
    {"sensor", "visit_gap_s", SETTING_INT, AT(visit_gap_s), 1, 3600, "60", "s",
     "a site reached again after this long without it counts as a new visit"},
    {"sensor", "visit_window_s", SETTING_INT, AT(visit_window_s), 2, 10, "10", "s",
     "a tracker contacted this soon after a visit counts as following it; for the statistics only, not for what is withheld"},
    {"sensor", "clock_wait_s", SETTING_INT, AT(clock_wait_s), 0, 86400, "600", "s",
     "how long after the machine's start nothing is stored until a time server has set its clock; then it is believed without"},

    {"feeds", "trackers", SETTING_TEXT, AT(trackers), 0, 0, "", "file", "one more list of tracker domains, added to the built-in ones"},
    {"feeds", "sites", SETTING_TEXT, AT(sites), 0, 0, "", "file", "one more table of support sites (site, label, category), added to the built-in ones"},
    {"feeds", "dir", SETTING_TEXT, AT(feeds_dir), 0, 0, "/var/lib/telltale/feeds", "path",
     "folder for the lists of [subscriptions] and what is compiled from them"},
    {"feeds", "canaries", SETTING_TEXT, AT(canaries), 0, 0, "", "domains",
     "your own domains, such as stmarys.example: a fetched list that covers one of them is refused"},
    {"feeds", "hosts", SETTING_TEXT, AT(list_hosts), 0, 0, "", "names",
     "hosts, such as lists.trust.example, from which the dashboard's page Settings may have lists fetched; empty: only lists that telltale knows"},
    {"feeds", "ca_file", SETTING_TEXT, AT(ca_file), 0, 0, "", "file",
     "certificates (PEM) trusted when lists are fetched; empty: those of the machine"},
    {"feeds", "update_s", SETTING_INT, AT(update_s), 1, 600, "60", "seconds", "a list that is not here by then is given up"},

    {"subscriptions", "name", SETTING_SUBSCRIPTION, 0, 0, 0, "", "URL",
     "a list that `telltale feeds update` fetches, by a name of your choice (a-z, 0-9, -): easyprivacy = https://..."},

    {"places", "country", SETTING_TEXT, AT(places_country), 0, 0, "", "file",
     "country database (MaxMind DB, of any vendor); read again when it changes; empty: countries stay unknown"},
    {"places", "asn", SETTING_TEXT, AT(places_asn), 0, 0, "", "file", "the same for networks (autonomous system numbers)"},

    {"privacy", "demo", SETTING_BOOL, AT(demo), 0, 0, "no", "",
     "nothing withheld, everything marked DEMO; only for replaying a capture (-r), live capture refuses it"},
    {"privacy", "k", SETTING_INT, AT(k), 5, 20, "5", "devices",
     "what is counted of a support site leaves the sensor only with so many distinct devices behind it; in demo mode 1"},
    {"privacy", "stable_until", SETTING_TEXT, AT(stable_until), 0, 0, "", "date",
     "a device keeps one pseudonym up to this day, at most 12 weeks ahead, YYYY-MM-DD; needs the reason; empty: a new one each day"},
    {"privacy", "stable_reason", SETTING_TEXT, AT(stable_reason), 0, 0, "", "", "why that has to be"},

    {"devices", "labels", SETTING_TEXT, AT(labels), 0, 0, "/etc/telltale/labels.tsv", "file",
     "labels of devices that the school owns, which `telltale devices label` writes; read again when it changes; empty: no labels"},

    {"retention", "figures", SETTING_INT, AT(keep_figures), 30, 400, "400", "days", "figures of days and of support sites, staff tests"},
    {"retention", "devices", SETTING_INT, AT(keep_devices), 1, 30, "30", "days", "counts by pseudonym"},
    {"retention", "alerts", SETTING_INT, AT(keep_alerts), 1, 30, "30", "days", "alerts; those that name a device live two days in any case"},

    {"notice", "controller", SETTING_TEXT, AT(controller), 0, 0, "", "", "who answers for this sensor (the data controller); live capture needs it"},
    {"notice", "url", SETTING_TEXT, AT(notice_url), 0, 0, "", "", "where the people on this network can read what is seen and what is not; live capture needs it"},
    {"notice", "since", SETTING_TEXT, AT(notice_since), 0, 0, "", "date", "since when they have been told, YYYY-MM-DD; live capture needs it"},

    {"store", "socket", SETTING_TEXT, AT(redis_socket), 0, 0, "/run/telltale/redis.sock", "path", "unix socket of the Redis server"},
    {"store", "user", SETTING_TEXT, AT(redis_user), 0, 0, "", "",
     "who telltale is to Redis (an ACL user); empty: Redis' default user"},
    {"store", "password_file", SETTING_TEXT, AT(redis_password_file), 0, 0, "", "path", "file with that user's password, mode 0600 or 0640"},
    {"store", "installation", SETTING_TEXT, AT(installation), 0, 0, "school", "", "id of this installation in the keys: a-z, 0-9 and -, at most 32"},
    {"store", "spool", SETTING_TEXT, AT(spool), 0, 0, "/var/lib/telltale/spool", "path",
     "folder for what Redis has not got yet; empty: it waits in memory only. A replay has none"},
    {"store", "spool_mb", SETTING_INT, AT(spool_mb), 1, 65536, "64", "MB", "bound of the spool; what is in it is kept, newer contacts are refused"},
    {"store", "queue_batches", SETTING_INT, AT(queue_batches), 16, 65536, "1024", "batches",
     "batches that wait in memory when the spool does not take them"},

    {"web", "listen", SETTING_TEXT, AT(web_listen), 0, 0, "127.0.0.1", "address",
     "address of this machine that the dashboard listens on; any but this machine's own needs certificate, key and hosts"},
    {"web", "port", SETTING_INT, AT(web_port), 1, 65535, "8787", "TCP", "port that the dashboard listens on"},
    {"web", "hosts", SETTING_TEXT, AT(web_hosts), 0, 0, "", "names",
     "names under which browsers reach the dashboard, such as telltale.school.example; localhost always is one"},
    {"web", "certificate", SETTING_TEXT, AT(web_certificate), 0, 0, "", "file", "the dashboard's certificate (PEM); with it and the key it speaks https only"},
    {"web", "key", SETTING_TEXT, AT(web_key), 0, 0, "", "file", "the certificate's key (PEM), mode 0600 or 0640"},
    {"web", "accounts", SETTING_TEXT, AT(web_accounts), 0, 0, "/var/lib/telltale/web/accounts.json", "file", "who may sign in; the dashboard writes it"},
    {"web", "store_user", SETTING_TEXT, AT(web_store_user), 0, 0, "", "",
     "who the dashboard is to Redis (telltale-dashboard); empty: the user of [store] above"},
    {"web", "store_password_file", SETTING_TEXT, AT(web_store_password_file), 0, 0, "", "path", "file with that user's password, mode 0600 or 0640"},

    {"exports", "dir", SETTING_TEXT, AT(exports_dir), 0, 0, "/var/lib/telltale/exports", "path", "folder into which `telltale daily` writes each day's summary"},
    {"exports", "formats", SETTING_TEXT, AT(exports_formats), 0, 0, "pdf,csv", "", "what it writes: some of pdf, html, csv and json"},
    {"exports", "keep_days", SETTING_INT, AT(exports_keep_days), 1, 400, "30", "days",
     "summaries of older days are removed; those of a single day have pseudonyms of devices"},
    {"exports", "mail_to", SETTING_TEXT, AT(exports_mail_to), 0, 0, "", "addresses",
     "who also gets it by mail, without rows of devices, through this machine's sendmail; empty: nobody"},

    {"run", "dir", SETTING_TEXT, AT(run_dir), 0, 0, "/run/telltale", "path", "sockets and the day's key; must be in memory (tmpfs)"},
    {"run", "publisher", SETTING_TEXT, AT(publisher_dir), 0, 0, "", "path",
     "folder of the socket from capture to publish, where the two are users of their own; empty: the folder above"},
    {"run", "capture_user", SETTING_TEXT, AT(capture_user), 0, 0, "", "",
     "the user that telltaled capture runs as, where it is another than that of telltaled publish"},

    {"settings", "dir", SETTING_TEXT, AT(settings_dir), 0, 0, "/var/lib/telltale/settings", "path",
     "what was changed on the dashboard's page Settings; telltaled writes it, over this file; empty: the page can change nothing"},
};

/* What a page may ask to change; the rest is for whoever has the machine. */
static const char *const changeable[] = {"privacy.k",         "privacy.stable_until", "privacy.stable_reason", "retention.figures", "retention.devices",
                                         "retention.alerts",  "notice.controller",    "notice.url",            "notice.since"};
#define CHANGEABLE (sizeof(changeable) / sizeof(changeable[0]))

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static bool parse_bool(const char *value, bool *out)
{
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < 4; i++) {
        if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0) {
            *out = strcasecmp(value, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool name_is_valid(const char *name, size_t most)
{
    size_t n = strlen(name);
    return n >= 1 && n <= most && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* An empty address subscribes to nothing, as other settings are switched off by an empty text. */
static bool add_subscription(struct config *c, const char *name, const char *url, char reason[REASON_MAX])
{
    const char *fault = url[0] ? https_url_fault(url) : NULL;
    reason[0] = '\0';
    if (!name_is_valid(name, CONFIG_SUBSCRIPTION_NAME_MAX - 1) || name[0] == '-')
        snprintf(reason, REASON_MAX, "[subscriptions] %.60s: expected a name of 1 to %d of a-z, 0-9 and -, not beginning with -", name,
                 CONFIG_SUBSCRIPTION_NAME_MAX - 1);
    else if (fault)
        snprintf(reason, REASON_MAX, "[subscriptions] %s = %.200s: expected an address such as https://lists.example/ads.txt, but %s", name, url,
                 fault);
    else if (strlen(url) >= CONFIG_TEXT_MAX)
        snprintf(reason, REASON_MAX, "[subscriptions] %s is longer than %d bytes", name, CONFIG_TEXT_MAX - 1);
    for (size_t i = 0; i < c->subscription_count && !reason[0]; i++)
        if (strcmp(c->subscriptions[i].name, name) == 0)
            snprintf(reason, REASON_MAX, "[subscriptions] has two lists named %s", name);
    if (!reason[0] && url[0] && c->subscription_count == CONFIG_SUBSCRIPTIONS_MAX)
        snprintf(reason, REASON_MAX, "[subscriptions] has more than %d lists", CONFIG_SUBSCRIPTIONS_MAX);
    if (reason[0])
        return false;
    if (url[0]) {
        struct config_subscription *s = &c->subscriptions[c->subscription_count++];
        strcpy(s->name, name);
        strcpy(s->url, url);
    }
    return true;
}

/* Sets one setting from its text; on failure writes the reason. */
static bool set_value(struct config *c, const struct setting *s, const char *key, const char *value, char reason[REASON_MAX])
{
    if (s->type == SETTING_SUBSCRIPTION)
        return add_subscription(c, key, value, reason);
    char *field = (char *)c + s->at;
    if (s->type == SETTING_TEXT) {
        if (strlen(value) >= CONFIG_TEXT_MAX) {
            snprintf(reason, REASON_MAX, "[%s] %s is longer than %d bytes", s->section, s->key, CONFIG_TEXT_MAX - 1);
            return false;
        }
        strcpy(field, value);
        return true;
    }
    if (s->type == SETTING_BOOL) {
        bool b;
        if (!parse_bool(value, &b)) {
            snprintf(reason, REASON_MAX, "[%s] %s = %.40s: expected yes or no", s->section, s->key, value);
            return false;
        }
        memcpy(field, &b, sizeof(b));
        return true;
    }
    char *end;
    errno = 0;
    int64_t n = strtoll(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || n < s->least || n > s->most) {
        snprintf(reason, REASON_MAX, "[%s] %s = %.40s: expected a whole number from %" PRId64 " to %" PRId64 " (%s)", s->section,
                 s->key, value, s->least, s->most, s->unit);
        return false;
    }
    memcpy(field, &n, sizeof(n));
    return true;
}

void config_defaults(struct config *c)
{
    char reason[REASON_MAX];
    memset(c, 0, sizeof(*c));
    for (size_t i = 0; i < SETTINGS; i++)
        set_value(c, &settings[i], settings[i].key, settings[i].standard, reason);
}

/* The setting that a page calls "section.key", or NULL. */
static const struct setting *find_setting(const char *name)
{
    size_t section = strcspn(name, ".");
    for (size_t k = 0; k < SETTINGS && name[section]; k++)
        if (strlen(settings[k].section) == section && strncmp(settings[k].section, name, section) == 0 && strcmp(settings[k].key, name + section + 1) == 0)
            return &settings[k];
    return NULL;
}

static const struct setting *find_changeable(const char *name)
{
    size_t i = 0;
    while (i < CHANGEABLE && strcmp(changeable[i], name) != 0)
        i++;
    return i < CHANGEABLE ? find_setting(name) : NULL;
}

static bool page_may_change(const struct setting *s)
{
    char name[64];
    snprintf(name, sizeof(name), "%s.%s", s->section, s->key);
    return s->type == SETTING_SUBSCRIPTION || find_changeable(name) != NULL;
}

static void value_text(const struct config *c, const struct setting *s, char out[CONFIG_TEXT_MAX])
{
    int64_t n;
    memcpy(&n, (const char *)c + s->at, sizeof(n));
    if (s->type == SETTING_INT)
        snprintf(out, CONFIG_TEXT_MAX, "%" PRId64, n);
    else
        memcpy(out, (const char *)c + s->at, CONFIG_TEXT_MAX);
}

bool config_value(const struct config *c, const char *name, char out[CONFIG_TEXT_MAX])
{
    const struct setting *s = find_setting(name);
    if (!s || s->type == SETTING_SUBSCRIPTION)
        return false;
    if (s->type == SETTING_BOOL)
        snprintf(out, CONFIG_TEXT_MAX, "%s", *(const bool *)((const char *)c + s->at) ? "yes" : "no");
    else
        value_text(c, s, out);
    return true;
}

struct loading {
    struct config *config;
    FILE *file;
    bool changes;    /* the file of what a page changed */
    int line;        /* the one being read */
    int failed_line; /* 0: none so far */
    char reason[REASON_MAX];
};

static void refuse_line(struct loading *l)
{
    if (l->failed_line == 0)
        l->failed_line = l->line;
}

/* libinih's reader: as fgets(), but for a whole line without what it is indented by. NULL ends the file. */
static char *next_line(char *buffer, int size, void *user)
{
    struct loading *l = user;
    if (l->failed_line != 0 || !fgets(buffer, size, l->file))
        return NULL;
    l->line++;
    size_t n = strlen(buffer);
    if (n + 1 == (size_t)size && buffer[n - 1] != '\n') {
        snprintf(l->reason, sizeof(l->reason), "the line is longer than %d bytes", size - 2);
        refuse_line(l);
        return NULL;
    }
    size_t indent = strspn(buffer, " \t");
    memmove(buffer, buffer + indent, n - indent + 1);
    return buffer;
}

/* libinih's handler: 1 to go on, 0 for an error on this line; next_line() then ends the file. */
static int on_setting(void *user, const char *section, const char *key, const char *value)
{
    struct loading *l = user;
    bool section_known = false;
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *s = &settings[i];
        if (strcmp(s->section, section) != 0)
            continue;
        section_known = true;
        if (strcmp(s->key, key) == 0 || s->type == SETTING_SUBSCRIPTION) {
            if (l->changes && !page_may_change(s))
                snprintf(l->reason, sizeof(l->reason), "[%s] %s is none of the settings that a page may change", s->section, s->key);
            else if (l->changes && s->type == SETTING_SUBSCRIPTION ? config_change_list(l->config, key, value, l->reason)
                                                                    : set_value(l->config, s, key, value, l->reason))
                return 1;
            refuse_line(l);
            return 0;
        }
    }
    refuse_line(l);
    if (section_known)
        snprintf(l->reason, sizeof(l->reason), "[%.60s] has no setting named %.60s; telltaled --help lists them", section, key);
    else
        snprintf(l->reason, sizeof(l->reason), "there is no section [%.60s]; telltaled --help lists them", section);
    return 0;
}

/* Reads a file over what is in *c. */
static int read_over(const char *path, struct config *c, bool changes)
{
    struct loading l = {.config = c, .changes = changes};
    int fd = opener_open(path, 0); /* what is changed is read behind the capture process's walls, too */
    FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!f) {
        int rc = fd < 0 ? fd : -errno;
        if (fd >= 0)
            close(fd);
        if (!changes || (rc != -ENOENT && rc != -ENOTDIR))
            log_error("config: %s: %s", path, strerror(-rc));
        return changes && (rc == -ENOENT || rc == -ENOTDIR) ? 0 : rc;
    }
    errno = 0;
    l.file = f;
    int line = ini_parse_stream(next_line, &l, on_setting, &l);
    int read_error = ferror(f) ? (errno ? errno : EIO) : 0;
    fclose(f);
    if (read_error || line < 0) {
        log_error("config: %s: %s", path, read_error ? strerror(read_error) : "cannot be read");
        return read_error ? -read_error : -EIO;
    }
    /* A line without a key does not end libinih's reading; what it said of later lines follows from that one. */
    bool no_key = line > 0 && line != l.failed_line;
    if (no_key || l.failed_line > 0) {
        log_error("config: %s:%d: %s", path, no_key ? line : l.failed_line, no_key ? "expected [section] or key = value" : l.reason);
        return -EINVAL;
    }
    return 0;
}

int config_load_file(const char *path, struct config *c)
{
    config_defaults(c);
    int rc = read_over(path, c, false);
    if (rc < 0)
        return rc;
    if (!name_is_valid(c->installation, 32)) {
        log_error("config: %s: [store] installation = %.40s: expected 1 to 32 of a-z, 0-9 and -", path, c->installation);
        return -EINVAL;
    }
    struct ip_prefix lan[CONFIG_LAN_MAX];
    rc = config_lan(c, lan);
    snprintf(c->file, sizeof(c->file), "%s", path);
    return rc < 0 ? rc : 0;
}

int config_read_changes(const char *path, struct config *c)
{
    return read_over(path, c, true);
}

/* Whoever may not look into that folder is none of the sensor's processes, and goes by the file alone. */
int config_load(const char *path, struct config *c)
{
    char changed[CONFIG_PATH_MAX];
    int rc = config_load_file(path, c);
    if (rc < 0 || !config_changed_path(c, CONFIG_CHANGED_NAME, changed) || (access(changed, R_OK) < 0 && errno == EACCES))
        return rc;
    return config_read_changes(changed, c);
}

bool config_changed_path(const struct config *c, const char *name, char out[CONFIG_PATH_MAX])
{
    out[0] = '\0';
    return c->settings_dir[0] && snprintf(out, CONFIG_PATH_MAX, "%s/%s", c->settings_dir, name) < CONFIG_PATH_MAX;
}

static const char *address_of(const struct config *c, const char *list)
{
    for (size_t i = 0; i < c->subscription_count; i++)
        if (strcmp(c->subscriptions[i].name, list) == 0)
            return c->subscriptions[i].url;
    return "";
}

void config_print_changes(const struct config *file, const struct config *now, FILE *out)
{
    const char *section = "";
    for (size_t i = 0; i < CHANGEABLE; i++) {
        const struct setting *s = find_changeable(changeable[i]);
        char before[CONFIG_TEXT_MAX], after[CONFIG_TEXT_MAX];
        value_text(file, s, before);
        value_text(now, s, after);
        if (strcmp(before, after) == 0)
            continue;
        if (strcmp(section, s->section) != 0)
            fprintf(out, "[%s]\n", section = s->section);
        fprintf(out, "%s = %s\n", s->key, after);
    }
    fputs("[subscriptions]\n", out);
    for (size_t i = 0; i < file->subscription_count; i++)
        if (!address_of(now, file->subscriptions[i].name)[0])
            fprintf(out, "%s =\n", file->subscriptions[i].name);
    for (size_t i = 0; i < now->subscription_count; i++)
        if (strcmp(address_of(file, now->subscriptions[i].name), now->subscriptions[i].url) != 0)
            fprintf(out, "%s = %s\n", now->subscriptions[i].name, now->subscriptions[i].url);
}

void config_each_changeable(const struct config *c, void (*field)(void *context, const char *name, const char *value), void *context)
{
    for (size_t i = 0; i < CHANGEABLE; i++) {
        char value[CONFIG_TEXT_MAX];
        value_text(c, find_changeable(changeable[i]), value);
        field(context, changeable[i], value);
    }
}

bool config_change(struct config *c, const char *name, const char *value, char reason[CONFIG_REASON_MAX])
{
    const struct setting *s = find_changeable(name);
    snprintf(reason, REASON_MAX, "%.60s is none of the settings that a page may change", name);
    return s && set_value(c, s, s->key, value, reason);
}

bool config_change_list(struct config *c, const char *name, const char *url, char reason[CONFIG_REASON_MAX])
{
    struct config changed = *c;
    size_t kept = 0;
    for (size_t i = 0; i < changed.subscription_count; i++)
        if (strcmp(changed.subscriptions[i].name, name) != 0)
            changed.subscriptions[kept++] = changed.subscriptions[i];
    changed.subscription_count = kept;
    if (!add_subscription(&changed, name, url, reason))
        return false;
    *c = changed;
    return true;
}

int config_lan(const struct config *c, struct ip_prefix out[CONFIG_LAN_MAX])
{
    char text[CONFIG_TEXT_MAX], *rest = NULL;
    int n = 0;
    memcpy(text, c->lan, sizeof(text));
    for (char *word = strtok_r(text, " ,\t", &rest); word; word = strtok_r(NULL, " ,\t", &rest)) {
        if (n == CONFIG_LAN_MAX) {
            log_error("config: [capture] lan: more than %d prefixes", CONFIG_LAN_MAX);
            return -EINVAL;
        }
        if (!ip_prefix_parse(word, &out[n++])) {
            log_error("config: [capture] lan: %s is not a prefix such as 192.168.0.0/16 or 2001:db8::/32", word);
            return -EINVAL;
        }
    }
    return n;
}

const char *config_publisher_dir(const struct config *c)
{
    return c->publisher_dir[0] ? c->publisher_dir : c->run_dir;
}

/* YYYY-MM-DD, nothing else. */
static bool is_date(const char *text)
{
    unsigned year, month, day;
    int n = 0;
    return sscanf(text, "%4u-%2u-%2u%n", &year, &month, &day, &n) == 3 && n == 10 && text[n] == '\0' && year >= 2000 &&
           month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

int config_check_live(const struct config *c, const char *path)
{
    if (c->demo) {
        log_error("config: %s: [privacy] demo = yes: live capture never runs in demo mode, which withholds nothing; "
                  "remove the line, or replay a capture with -r",
                  path);
        return -EINVAL;
    }
    const char *missing = !c->controller[0] ? "controller" : !c->notice_url[0] ? "url" : !c->notice_since[0] ? "since" : NULL;
    if (missing) {
        log_error("config: %s: [notice] %s is empty: live capture does not start until the config says who answers for it "
                  "(controller), where the notice given to users is (url) and since when (since)",
                  path, missing);
        return -EINVAL;
    }
    if (c->capture_threads > 1 && !c->lan[0]) {
        log_error("config: %s: [capture] threads = %d: several threads cannot find out together which addresses are the LAN's; "
                  "name its prefixes in [capture] lan, such as 192.168.0.0/16, or set threads = 1",
                  path, (int)c->capture_threads);
        return -EINVAL;
    }
    if (!is_date(c->notice_since)) {
        log_error("config: %s: [notice] since = %.40s: expected a date, YYYY-MM-DD", path, c->notice_since);
        return -EINVAL;
    }
    return 0;
}

void config_print_help(FILE *out)
{
    const char *section = "";
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *s = &settings[i];
        if (strcmp(section, s->section) != 0)
            fprintf(out, "%s  [%s]\n", i ? "\n" : "", section = s->section);
        fprintf(out, "    %-14s %s", s->key, s->help);
        if (s->type == SETTING_INT)
            fprintf(out, " (%" PRId64 " to %" PRId64 " %s)", s->least, s->most, s->unit);
        fprintf(out, "%s%s%s\n", s->standard[0] ? " [" : "", s->standard, s->standard[0] ? "]" : "");
    }
}

void config_print_example(FILE *out)
{
    const char *section = "";
    fputs("# telltale.conf -- every setting, at its default. Remove the # in front of one to change it.\n", out);
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *s = &settings[i];
        if (strcmp(section, s->section) != 0)
            fprintf(out, "\n[%s]\n", section = s->section);
        fprintf(out, "# %s%s%s%s\n#%s =%s%s\n", s->help, s->unit[0] ? " (" : "", s->unit, s->unit[0] ? ")" : "", s->key,
                s->standard[0] ? " " : "", s->standard);
    }
}
