/* url_role.c -- see url_role.h.
 *
 * A table of domains and beginnings of paths, the first row that fits counts; rows of one owner stand together, the narrow before the
 * wide. A '*' in front of a path means that it may stand anywhere: versions and languages come before many of them. What no row knows
 * falls back on the purpose of the tracker. Sources are the vendors' own developer pages on their pixels, log-ins and plugins.
 * Left out: what a POST to a general address (a graph API) does: it stays "cannot tell".
 */
#include "feeds/url_role.h"

#include "common/hostname.h"

#include <string.h>

struct rule {
    const char *domain, *path, *role;
};

static const struct rule rules[] = {
    /* Meta */
    {"facebook.com", "/tr", "pixel"},
    {"facebook.com", "/privacy_sandbox/pixel", "pixel"},
    {"facebook.com", "*/dialog/oauth", "login"},
    {"facebook.com", "*/oauth/", "login"},
    {"facebook.com", "/login", "login"},
    {"facebook.com", "/x/oauth/", "login"},
    {"facebook.com", "*/plugins/", "embed"},
    {"facebook.com", "/v/", "embed"},
    {"connect.facebook.net", "*/fbevents.js", "pixel"},
    {"connect.facebook.net", "/signals/", "pixel"},
    {"connect.facebook.net", "*/sdk", "script"},
    {"connect.facebook.net", "*/all.js", "script"},
    {"instagram.com", "/oauth/", "login"},
    {"instagram.com", "*/embed", "embed"},
    /* X */
    {"analytics.twitter.com", "/", "pixel"},
    {"analytics.x.com", "/", "pixel"},
    {"t.co", "*/adsct", "pixel"},
    {"ads-twitter.com", "/", "pixel"},
    {"ads-api.twitter.com", "/", "pixel"},
    {"twitter.com", "*/oauth", "login"},
    {"x.com", "*/oauth", "login"},
    {"syndication.twitter.com", "/", "embed"},
    {"platform.twitter.com", "/", "embed"},
    {"platform.x.com", "/", "embed"},
    {"publish.twitter.com", "/", "embed"},
    /* LinkedIn */
    {"px.ads.linkedin.com", "/", "pixel"},
    {"px4.ads.linkedin.com", "/", "pixel"},
    {"linkedin.com", "/px/", "pixel"},
    {"linkedin.com", "*/collect", "pixel"},
    {"snap.licdn.com", "/li.lms-analytics/", "pixel"},
    {"linkedin.com", "/oauth/", "login"},
    {"platform.linkedin.com", "/", "embed"},
    {"linkedin.com", "/embed/", "embed"},
    /* TikTok */
    {"analytics.tiktok.com", "/", "pixel"},
    {"tiktok.com", "*/auth/authorize", "login"},
    {"tiktok.com", "/login", "login"},
    {"tiktok.com", "/embed", "embed"},
    {"tiktok.com", "/oembed", "embed"},
    /* Google */
    {"google-analytics.com", "*/collect", "pixel"},
    {"analytics.google.com", "*/collect", "pixel"},
    {"google-analytics.com", "/__utm.gif", "pixel"},
    {"google.com", "*/ccm/collect", "pixel"},
    {"google.com", "/pagead/", "pixel"},
    {"google.co.uk", "/pagead/", "pixel"},
    {"google.com", "/ads/ga-audiences", "pixel"},
    {"google.co.uk", "/ads/ga-audiences", "pixel"},
    {"doubleclick.net", "*/viewthroughconversion/", "pixel"},
    {"doubleclick.net", "*/collect", "pixel"},
    {"doubleclick.net", "/activity", "pixel"},
    {"doubleclick.net", "/pixel", "pixel"},
    {"accounts.google.com", "*/oauth", "login"},
    {"accounts.google.com", "/gsi/", "login"},
    {"accounts.google.com", "/signin", "login"},
    {"google.com", "*/recaptcha/", "captcha"},
    {"recaptcha.net", "/", "captcha"},
    {"google.com", "/maps/", "embed"},
    {"maps.googleapis.com", "/", "embed"},
    {"youtube.com", "/api/stats/", "pixel"},
    {"youtube.com", "/embed/", "embed"},
    {"youtube.com", "/iframe_api", "embed"},
    {"youtube-nocookie.com", "/embed/", "embed"},
    {"translate.google.com", "/", "translate"},
    {"translate.googleapis.com", "/", "translate"},
    /* others with both a pixel and something to look at */
    {"ct.pinterest.com", "/", "pixel"},
    {"assets.pinterest.com", "/", "embed"},
    {"pinterest.com", "/oauth/", "login"},
    {"tr.snapchat.com", "/", "pixel"},
    {"sc-static.net", "/scevent", "pixel"},
    {"accounts.snapchat.com", "/", "login"},
    {"bat.bing.com", "/", "pixel"},
    {"login.microsoftonline.com", "/", "login"},
    {"login.live.com", "/", "login"},
    {"appleid.apple.com", "/auth/", "login"},
    {"reddit.com", "/rp.gif", "pixel"},
    {"redditstatic.com", "/ads/pixel", "pixel"},
    {"adnxs.com", "/px", "pixel"},
    {"adnxs.com", "/seg", "pixel"},
    {"adnxs.com", "/pixie", "pixel"},
    {"mediaiqdigital.com", "/pixel", "pixel"},
    {"player.vimeo.com", "/", "embed"},
};

static bool path_fits(const char *rule, const char *path, size_t n)
{
    size_t len = strlen(rule);
    if (rule[0] == '*')
        return memmem(path, n, rule + 1, len - 1);
    if (n < len || memcmp(path, rule, len) != 0)
        return false;
    /* "/tr" and "/tr/" are the pixel, "/trends" is not; a rule that ends in '/' says itself where the word ends. */
    return rule[len - 1] == '/' || n == len || !((path[len] | 0x20) >= 'a' && (path[len] | 0x20) <= 'z');
}

const char *url_role_of_purpose(enum purpose purpose)
{
    switch (purpose) {
    case PURPOSE_APP_EVENTS:
    case PURPOSE_CONSENT:
    case PURPOSE_CAPTCHA:
    case PURPOSE_TRANSLATE:
    case PURPOSE_TAG_MANAGER:
        return purpose_word(purpose);
    case PURPOSE_VIDEO:
        return "embed";
    case PURPOSE_SOCIAL:
        return "cannot tell";
    default:
        return NULL;
    }
}

static const char *role_of_owner(const struct feed_match *match)
{
    const char *role = url_role_of_purpose(match->owner.purpose);
    return role ? role : match->owner.purpose == PURPOSE_AD_PIXEL ? "pixel" : "tracker";
}

const char *url_role(const char *host, const char *path, size_t path_len, const struct feed_match *match)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (hostname_is_under(host, rules[i].domain) && path_fits(rules[i].path, path, path_len))
            return rules[i].role;
    if (hostname_is_under(host, "facebook.com") || hostname_is_under(host, "facebook.net") ||
        hostname_is_under(host, "instagram.com"))
        return "cannot tell";
    return match ? role_of_owner(match) : NULL;
}

bool url_saves_consent(const char *method, const char *path, size_t path_len, const struct feed_match *match)
{
    /* What the platforms' own scripts call when a button of the banner was pressed. */
    static const char *const any_method[] = {"logconsent",         "consentreceipt", "saveconsent",
                                             "save-consent",       "/accept",        "/consent/save",
                                             "/wrapper/v2/choice", "/choice/",       "consents/save"};
    static const char *const posted[] = {"consent",   "choice", "/record",      "/v1/log", "/v1/events",
                                         "/receipts", "/opt",   "/preferences", "/cs"};
    if (!match || match->owner.purpose != PURPOSE_CONSENT)
        return false;
    for (size_t i = 0; i < sizeof(any_method) / sizeof(any_method[0]); i++)
        if (memmem(path, path_len, any_method[i], strlen(any_method[i])))
            return true;
    for (size_t i = 0; strcmp(method, "POST") == 0 && i < sizeof(posted) / sizeof(posted[0]); i++)
        if (memmem(path, path_len, posted[i], strlen(posted[i])))
            return true;
    return false;
}
