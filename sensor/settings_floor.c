/* settings_floor.c -- see settings_floor.h. */
#include "sensor/settings_floor.h"

#include "common/https_url.h"
#include "common/period.h"
#include "feeds/known_lists.h"
#include "feeds/public_suffix.h"
#include "feeds/sites.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REASON_LEAST 10 /* bytes: a sentence, not a full stop */

static bool refuse(char why[SETTINGS_WHY_MAX], const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(char why[SETTINGS_WHY_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, SETTINGS_WHY_MAX, format, arguments);
    va_end(arguments);
    return false;
}

/* The table's own ranges (common/config.c) are the floors of numbers. */
static bool set(struct config *c, const char *name, const char *value, char why[SETTINGS_WHY_MAX])
{
    char reason[CONFIG_REASON_MAX];
    return config_change(c, name, value, reason) || refuse(why, "%.*s", SETTINGS_WHY_MAX - 1, reason);
}

static bool change_pseudonyms(struct config *c, const struct change *change, const char today[11], char why[SETTINGS_WHY_MAX])
{
    const char *until = change->value[0], *reason = change->value[1];
    char fault[SETTINGS_WHY_MAX];
    if (!set(c, "privacy.stable_until", until, why) || !set(c, "privacy.stable_reason", reason, why))
        return false;
    return (!until[0] && !reason[0]) || settings_are_stable(c, today, fault) || refuse(why, "%s", fault);
}

bool settings_are_stable(const struct config *c, const char today[11], char why[SETTINGS_WHY_MAX])
{
    int32_t now = period_day_number(today), until = period_day_number(c->stable_until);
    why[0] = '\0';
    if (!c->stable_until[0])
        return false;
    if (until < 0)
        return refuse(why, "pseudonyms for longer than a day need the day on which they end, YYYY-MM-DD");
    if (strlen(c->stable_reason) < REASON_LEAST)
        return refuse(why, "pseudonyms for longer than a day need a reason, in words");
    if (strlen(c->stable_reason) > STABLE_REASON_MOST)
        return refuse(why, "the record keeps the reason whole: say it in %d characters at most", STABLE_REASON_MOST);
    if (until > now + STABLE_DAYS_MOST)
        return refuse(why, "pseudonyms may stay for twelve weeks at most");
    return until >= now || refuse(why, "the day on which these pseudonyms end is over");
}

static bool change_notice(struct config *c, const struct change *change, const char today[11], char why[SETTINGS_WHY_MAX])
{
    const char *controller = change->value[0], *url = change->value[1], *since = change->value[2];
    int32_t day = period_day_number(since);
    if (!controller[0] || !url[0])
        return refuse(why, "the notice needs who answers for the sensor, and where it can be read");
    if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
        return refuse(why, "where the notice can be read is an address that begins with https://");
    if (day < 0 || day > period_day_number(today))
        return refuse(why, "people have been told since a day, YYYY-MM-DD, that is not to come");
    return set(c, "notice.controller", controller, why) && set(c, "notice.url", url, why) && set(c, "notice.since", since, why);
}

static bool has_address(const struct config *c, const char *url)
{
    for (size_t i = 0; i < c->subscription_count; i++)
        if (strcmp(c->subscriptions[i].url, url) == 0)
            return true;
    return false;
}

/* In the installation's own file, so that a page can take back that it ended a subscription. */
static bool stands_in_file(const struct config *c, const char *url)
{
    struct config *file = malloc(sizeof(*file));
    bool stands = file && c->file[0] && config_load_file(c->file, file) == 0 && has_address(file, url);
    free(file);
    return stands;
}

static bool host_is_named(const struct config *c, const char *url)
{
    char host[HTTPS_URL_HOST_MAX];
    https_url_host(url, host);
    for (const char *at = c->list_hosts + strspn(c->list_hosts, " ,\t"); *at; at += strspn(at, " ,\t")) {
        size_t n = strcspn(at, " ,\t");
        if (strlen(host) == n && strncasecmp(at, host, n) == 0)
            return true;
        at += n;
    }
    return false;
}

/* What a list names is told device by device: so a page chooses among lists that somebody with a shell, or we, looked at. */
static bool change_list(struct config *c, const struct change *change, char why[SETTINGS_WHY_MAX])
{
    char reason[CONFIG_REASON_MAX];
    const char *url = change->value[1];
    bool had = has_address(c, url);
    if (!config_change_list(c, change->value[0], url, reason))
        return refuse(why, "%.*s", SETTINGS_WHY_MAX - 1, reason);
    if (!url[0] || had || known_lists_have(url) || host_is_named(c, url) || stands_in_file(c, url))
        return true;
    return refuse(why, "this is none of the lists that telltale knows; put its host into [feeds] hosts of telltale.conf, or the list into [subscriptions]");
}

/* The built-in sites' words: with any other this would become a monitor of whatever somebody finds worth a word. */
static bool category_is_known(const char *word)
{
    struct site_set *builtin = site_set_new();
    bool known = false;
    if (builtin && site_set_add_builtin(builtin) == 0)
        for (uint32_t i = 0; i < site_set_count(builtin) && !known; i++)
            known = strcmp(site_at(builtin, i)->category, word) == 0;
    site_set_free(builtin);
    return known;
}

static void remove_site(struct settings *s, const char *site)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->site_count; i++)
        if (strcmp(s->sites[i].site, site) != 0)
            s->sites[kept++] = s->sites[i];
    s->site_count = kept;
}

static bool change_site(struct settings *s, const struct change *change, char why[SETTINGS_WHY_MAX])
{
    struct own_site site = {0};
    const char *label = change->value[1], *category = change->value[2];
    size_t n = hostname_normalise((const uint8_t *)change->value[0], strlen(change->value[0]), site.site), before = s->site_count;
    if (n == 0 || !strchr(site.site, '.') || public_suffix_is(site.site))
        return refuse(why, "a support site is a name such as helpline.example.org, without https:// and without a path");
    remove_site(s, site.site);
    if (!label[0] && !category[0])
        return s->site_count < before || refuse(why, "this site is not among those that were added here");
    if (!label[0] || strlen(label) >= sizeof(site.label) || strchr(label, '\t'))
        return refuse(why, "a support site needs a name of at most %d characters to show", OWN_SITE_LABEL_MAX - 1);
    if (!category_is_known(category))
        return refuse(why, "a support site is of one of the kinds that the page offers");
    if (s->site_count == OWN_SITES_MAX)
        return refuse(why, "there are %d sites already; remove one first", OWN_SITES_MAX);
    memcpy(site.label, label, strlen(label));
    memcpy(site.category, category, strlen(category));
    s->sites[s->site_count++] = site;
    return true;
}

static bool change_in(struct settings *s, const struct change *change, const char today[11], char why[SETTINGS_WHY_MAX])
{
    struct config *c = &s->config;
    switch (change->kind) {
    case CHANGE_PRIVACY: return set(c, "privacy.k", change->value[0], why);
    case CHANGE_PSEUDONYMS: return change_pseudonyms(c, change, today, why);
    case CHANGE_RETENTION:
        return set(c, "retention.figures", change->value[0], why) && set(c, "retention.devices", change->value[1], why) &&
               set(c, "retention.alerts", change->value[2], why);
    case CHANGE_NOTICE: return change_notice(c, change, today, why);
    case CHANGE_LIST: return change_list(c, change, why);
    case CHANGE_SITE: return change_site(s, change, why);
    case CHANGE_KINDS: break;
    }
    return refuse(why, "there is no such change");
}

bool settings_change(struct settings *s, const struct change *change, const char today[11], char why[SETTINGS_WHY_MAX])
{
    struct settings changed = *s;
    why[0] = '\0';
    if (period_day_number(today) < 0 || !change_in(&changed, change, today, why))
        return why[0] ? false : refuse(why, "the machine's clock is not set");
    *s = changed;
    return true;
}
