/* config.h -- telltale.conf: one table of settings gives the parser, the ranges, --help and the example file.
 *
 * Shape      An INI file (parsed by libinih). Every setting has a type, a range, a unit, a default and a line of help
 *            in settings[] of config.c; struct config is filled from that table alone.
 * Ownership  struct config holds its text itself; copy it freely.
 * Threads    Filled at start by one thread, then read-only.
 * Failure    config_load() returns -errno after one log line that names file and line: an unknown section or key, a
 *            value out of range, a line that is no setting, a file that cannot be read.
 */
#ifndef TELLTALE_COMMON_CONFIG_H
#define TELLTALE_COMMON_CONFIG_H

#include "common/address.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_TEXT_MAX 256
#define CONFIG_DEFAULT_PATH "/etc/telltale/telltale.conf"
#define CONFIG_LAN_MAX 16
#define CONFIG_SUBSCRIPTIONS_MAX 32
#define CONFIG_SUBSCRIPTION_NAME_MAX 33

/* A list that `telltale feeds update` fetches. */
struct config_subscription {
    char name[CONFIG_SUBSCRIPTION_NAME_MAX]; /* a-z, 0-9 and -: it names the list's files */
    char url[CONFIG_TEXT_MAX];               /* without fault (common/https_url.h) */
};

struct config {
    /* [capture] */
    char interface[CONFIG_TEXT_MAX];
    char lan[CONFIG_TEXT_MAX]; /* prefixes as written; config_lan() reads them */
    int64_t buffer_mb, capture_threads;
    /* [sensor] */
    int64_t workers, ring_mb, max_devices, max_flows, max_contacts, visit_gap_s, visit_window_s, clock_wait_s;
    /* [feeds] */
    char trackers[CONFIG_TEXT_MAX]; /* one more list, on top of the built-in data */
    char sites[CONFIG_TEXT_MAX];
    char feeds_dir[CONFIG_TEXT_MAX]; /* where fetched lists lie */
    char canaries[CONFIG_TEXT_MAX];  /* domains as written, with blanks or commas between */
    char list_hosts[CONFIG_TEXT_MAX]; /* from which the page Settings may have lists fetched, likewise */
    char ca_file[CONFIG_TEXT_MAX];   /* "": the machine's certificates */
    int64_t update_s;                /* for one list */
    /* [subscriptions] */
    struct config_subscription subscriptions[CONFIG_SUBSCRIPTIONS_MAX];
    size_t subscription_count;
    /* [places] */
    char places_country[CONFIG_TEXT_MAX], places_asn[CONFIG_TEXT_MAX]; /* MaxMind DB files, or "" */
    /* [privacy] */
    bool demo;
    int64_t k; /* distinct devices behind what leaves of a support site */
    char stable_until[CONFIG_TEXT_MAX], stable_reason[CONFIG_TEXT_MAX]; /* "": each day has its own pseudonyms */
    /* [retention], days */
    int64_t keep_figures, keep_devices, keep_alerts;
    /* [notice] */
    char controller[CONFIG_TEXT_MAX], notice_url[CONFIG_TEXT_MAX], notice_since[CONFIG_TEXT_MAX];
    /* [store] */
    char redis_socket[CONFIG_TEXT_MAX], installation[CONFIG_TEXT_MAX], redis_user[CONFIG_TEXT_MAX],
        redis_password_file[CONFIG_TEXT_MAX];
    char spool[CONFIG_TEXT_MAX];
    int64_t spool_mb, queue_batches;
    /* [web] */
    char web_listen[CONFIG_TEXT_MAX], web_hosts[CONFIG_TEXT_MAX], web_certificate[CONFIG_TEXT_MAX], web_key[CONFIG_TEXT_MAX],
        web_accounts[CONFIG_TEXT_MAX], web_store_user[CONFIG_TEXT_MAX], web_store_password_file[CONFIG_TEXT_MAX];
    int64_t web_port;
    /* [exports] */
    char exports_dir[CONFIG_TEXT_MAX], exports_formats[CONFIG_TEXT_MAX], exports_mail_to[CONFIG_TEXT_MAX];
    int64_t exports_keep_days;
    /* [run] */
    char run_dir[CONFIG_TEXT_MAX];
    char publisher_dir[CONFIG_TEXT_MAX], capture_user[CONFIG_TEXT_MAX]; /* "": run_dir, and the publisher's own user */
    /* [settings] */
    char labels[CONFIG_TEXT_MAX]; /* file; "": no device has one */
    char settings_dir[CONFIG_TEXT_MAX]; /* of what was changed on the page Settings; "": nothing can be */
    /* none of the file's */
    char file[CONFIG_TEXT_MAX]; /* that this was loaded from, "" for defaults */
};

#define CONFIG_CHANGED_NAME "settings.conf" /* in settings_dir: what was changed, over the file */
#define CONFIG_SITES_NAME   "sites.tsv"     /* beside it: support sites of the operator's own */
#define CONFIG_PATH_MAX     (CONFIG_TEXT_MAX + 32)

void config_defaults(struct config *c);

/* Defaults first, then the file over them, then what was changed on the page Settings, if anything was: of that only the settings
 * that a page may change count, any other is an error. */
int config_load(const char *path, struct config *c);
/* The same without what was changed. */
int config_load_file(const char *path, struct config *c);

/* Reads a file of changes over what is in *c, and only that. An absent one changes nothing. */
int config_read_changes(const char *path, struct config *c);

/* "<settings_dir>/<name>"; false: there is none. */
bool config_changed_path(const struct config *c, const char *name, char out[CONFIG_PATH_MAX]);
/* Writes what a page may change and differs between the two, as config_load() reads it back. */
void config_print_changes(const struct config *file, const struct config *now, FILE *out);
/* Calls field() for each setting that a page may change, subscriptions aside: "privacy.k", "5". */
void config_each_changeable(const struct config *c, void (*field)(void *context, const char *name, const char *value), void *context);
/* Sets a setting that a page may change by that name. False, and why in words: another setting, or a wrong value. */
#define CONFIG_REASON_MAX 512
bool config_change(struct config *c, const char *name, const char *value, char reason[CONFIG_REASON_MAX]);
/* Subscribes to a list, or to it at another address; url "": no longer. */
bool config_change_list(struct config *c, const char *name, const char *url, char reason[CONFIG_REASON_MAX]);

/* The LAN prefixes of [capture] lan. Returns how many (0: none named), or -EINVAL after logging which one is wrong. */
int config_lan(const struct config *c, struct ip_prefix out[CONFIG_LAN_MAX]);

/* Where the publisher's socket is: [run] publisher, or [run] dir. */
const char *config_publisher_dir(const struct config *c);

/* Live capture needs the controller and the notice that users were given, and refuses demo mode.
 * 0, or -EINVAL after logging what is missing in which file. */
int config_check_live(const struct config *c, const char *path);

/* One setting's value as text: "store.installation" gives "school". False: there is no such setting, or it is no single one. */
bool config_value(const struct config *c, const char *name, char out[CONFIG_TEXT_MAX]);

void config_print_help(FILE *out);    /* a table for a terminal */
void config_print_example(FILE *out); /* telltale.conf with every setting, commented out at its default */

#endif
