/* roles.c -- see roles.h. */
#include "sensor/roles.h"

#include "common/hostname.h"

#include <stddef.h>

static bool is_ambiguous(const char *rule)
{
    static const char *const domains[] = {"facebook.com", "facebook.net", "fbcdn.net", "instagram.com"};
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
        if (hostname_is_under(rule, domains[i]))
            return true;
    return false;
}

const char *contact_role(const struct feed_match *match)
{
    switch (match->owner.purpose) {
    case PURPOSE_APP_EVENTS:
    case PURPOSE_CONSENT:
    case PURPOSE_CAPTCHA:
    case PURPOSE_TRANSLATE:
    case PURPOSE_TAG_MANAGER:
        return purpose_word(match->owner.purpose);
    case PURPOSE_VIDEO:
        return "embed";
    case PURPOSE_SOCIAL:
        return "cannot tell";
    default:
        return is_ambiguous(match->matched) ? "cannot tell" : "tracker";
    }
}
