/* change.h -- what a page may ask telltaled to change: the one list of requests, by kind.
 *
 * Purpose    telltale-web writes a request and telltaled checks it (sensor/settings_floor.h); both go by this table.
 * Shape      A kind has a word and the names of its members, all of them text, all of them there.
 * Threads    Constants and pure functions.
 */
#ifndef TELLTALE_COMMON_CHANGE_H
#define TELLTALE_COMMON_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#define CHANGE_MEMBERS_MAX 3
#define CHANGE_VALUE_MAX 200 /* bytes, the NUL aside */

enum change_kind {
    CHANGE_PRIVACY,    /* k */
    CHANGE_PSEUDONYMS, /* until, reason; both empty: new ones each day again */
    CHANGE_RETENTION,  /* figures, devices, alerts: days */
    CHANGE_NOTICE,     /* controller, url, since */
    CHANGE_LIST,       /* name, url; url empty: no longer */
    CHANGE_SITE,       /* site, label, category; label and category empty: no longer */
    CHANGE_KINDS
};

struct change_form {
    const char *word;
    const char *members[CHANGE_MEMBERS_MAX + 1]; /* NULL at the end */
};
extern const struct change_form change_forms[CHANGE_KINDS];

struct change {
    enum change_kind kind;
    char value[CHANGE_MEMBERS_MAX][CHANGE_VALUE_MAX + 1]; /* in the order of the form's members */
};

/* The kind of a word; -1: none. */
int change_kind_of(const char *word);

/* Takes a value that somebody sent: text of at most CHANGE_VALUE_MAX bytes that can stand in a settings file as it is, so without control
 * characters, comments, and blanks at its ends. */
bool change_value_take(const char *text, char out[CHANGE_VALUE_MAX + 1]);

#endif
