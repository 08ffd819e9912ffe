/* url_role.h -- what a request to a tracker is for, as far as its path tells.
 *
 * Purpose    A site may say of its Facebook button that it shares nothing, while a pixel reports every page to the same hosts. Names alone
 *            cannot tell the two apart; the path of the request can: /tr is the pixel, /dialog/oauth the login, /plugins/ the embed.
 * Shape      A role is a static word: "pixel" (tells its owner what somebody does), "login" (somebody signs in), "embed" (a piece of the page
 *            comes from there), "script" (the program that may do any of these), or the word of the tracker's purpose where that says it
 *            ("consent", "captcha", "translate", "tag-manager", "app-events"), "tracker" for other advertising and analytics, "cannot tell".
 * Threads    Pure functions over built-in tables.
 */
#ifndef TELLTALE_FEEDS_URL_ROLE_H
#define TELLTALE_FEEDS_URL_ROLE_H

#include "feeds/feed.h"

/* host is normalised; path begins with '/', its query left out. match: the rule the host falls under, or NULL for none. NULL when neither the
 * path nor a rule says anything. */
const char *url_role(const char *host, const char *path, size_t path_len, const struct feed_match *match);

/* What the purpose of a tracker says by itself, without any address; NULL: nothing. */
const char *url_role_of_purpose(enum purpose purpose);

/* Is this the request with which a consent platform takes down somebody's answer to the banner? match: of the host, or NULL. */
bool url_saves_consent(const char *method, const char *path, size_t path_len, const struct feed_match *match);

#endif
