/* roles.c -- see roles.h. */
#include "sensor/roles.h"

#include "common/hostname.h"
#include "feeds/url_role.h"

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
    const char *role = url_role_of_purpose(match->owner.purpose);
    return role ? role : is_ambiguous(match->matched) ? "cannot tell" : "tracker";
}
