/* roles.h -- what a tracker's presence can mean, as far as the network shows it.
 *
 * Facebook's login, its embeds and its pixel use the same hosts: from names alone the answer is "cannot tell", and only a
 * URL (clear-text HTTP, HAR) upgrades it. The same holds for every social network.
 */
#ifndef TELLTALE_SENSOR_ROLES_H
#define TELLTALE_SENSOR_ROLES_H

#include "feeds/feed.h"

/* A static word: "tracker", "cannot tell", "embed", "consent", "captcha", "translate", "app-events", "tag-manager". */
const char *contact_role(const struct feed_match *match);

#endif
