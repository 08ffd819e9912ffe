/* routes.c -- see routes.h. The checks before a handler runs are web_answer()'s, in web.c. */
#include "dashboard/routes.h"

#include "dashboard/api.h"

#include <string.h>

const struct route routes[] = {
    {"GET", "/", ROUTE_PUBLIC, ROUTE_PAGE, page_root, "leads to the first page of whoever is signed in"},
    {"GET", "/sign-in", ROUTE_PUBLIC, ROUTE_PAGE, page_sign_in, "the page to sign in"},
    {"GET", "/what-we-see", ROUTE_PUBLIC, ROUTE_PAGE, page_what_we_see, "what we see and what we refuse to see"},
    {"GET", "/assets/*", ROUTE_PUBLIC, ROUTE_PAGE, page_asset, "style, scripts and icon of the pages"},
    {"GET", "/today", ROUTE_LEAD, ROUTE_PAGE, page_shell, "the page Today"},
    {"GET", "/sites", ROUTE_LEAD, ROUTE_PAGE, page_shell, "the page Support sites"},
    {"GET", "/site", ROUTE_LEAD, ROUTE_PAGE, page_shell, "the page of one support site"},
    {"GET", "/companies", ROUTE_LEAD, ROUTE_PAGE, page_shell, "the page Companies"},
    {"GET", "/company", ROUTE_LEAD, ROUTE_PAGE, page_shell, "the page of one company"},
    {"GET", "/exports", ROUTE_LEAD, ROUTE_PAGE, page_shell, "the page Exports"},
    {"GET", "/devices", ROUTE_LEAD, ROUTE_PAGE, page_shell, "the page Devices"},
    {"GET", "/record", ROUTE_LEAD, ROUTE_PAGE, page_shell, "the page Record"},
    {"GET", "/people", ROUTE_LEAD, ROUTE_PAGE, page_shell, "the page People"},
    {"GET", "/settings", ROUTE_LEAD, ROUTE_PAGE, page_shell, "the page Settings"},
    {"GET", "/health", ROUTE_BOTH, ROUTE_PAGE, page_shell, "the page Health"},
    {"GET", "/metrics", ROUTE_MACHINE, ROUTE_API, api_metrics, "figures of the machinery for Prometheus"},
    {"GET", "/api/v1/session", ROUTE_PUBLIC, ROUTE_API, api_session, "who is signed in, and the token for changes"},
    {"GET", "/api/v1/notice", ROUTE_PUBLIC, ROUTE_API, api_notice, "who answers for the sensor, and where its notice is"},
    {"POST", "/api/v1/setup", ROUTE_PUBLIC, ROUTE_API, api_setup, "makes the first lead with the one-time code"},
    {"POST", "/api/v1/sign-in", ROUTE_PUBLIC, ROUTE_API, api_sign_in, "begins a session"},
    {"POST", "/api/v1/sign-out", ROUTE_BOTH, ROUTE_API, api_sign_out, "ends the session"},
    {"GET", "/api/v1/today", ROUTE_LEAD, ROUTE_API, api_today, "a day's contacts, companies and coverage"},
    {"GET", "/api/v1/companies", ROUTE_LEAD, ROUTE_API, api_companies, "a day's companies: what for, where, their own rules"},
    {"GET", "/api/v1/devices", ROUTE_LEAD, ROUTE_API, api_devices, "today's pseudonyms with contacts by purpose"},
    {"GET", "/api/v1/brief", ROUTE_LEAD, ROUTE_API, api_brief, "which support sites told whom, in a few words"},
    {"GET", "/api/v1/sites", ROUTE_LEAD, ROUTE_API, api_sites, "what was released about support sites"},
    {"GET", "/api/v1/company", ROUTE_LEAD, ROUTE_API, api_company, "one company: day by day, its trackers and rules, at which support sites"},
    {"GET", "/api/v1/site", ROUTE_LEAD, ROUTE_API, api_site, "one support site, with its recordings and staff tests"},
    {"POST", "/api/v1/recording", ROUTE_LEAD, ROUTE_UPLOAD, api_recording, "what a browser's recording of a site shows; kept only when asked"},
    {"POST", "/api/v1/recording/remove", ROUTE_LEAD, ROUTE_API, api_recording_remove, "removes a kept recording"},
    {"POST", "/api/v1/evidence", ROUTE_LEAD, ROUTE_API, api_evidence, "a pack of evidence about a site, as a zip file"},
    {"POST", "/api/v1/export", ROUTE_LEAD, ROUTE_API, api_export, "a summary of days as a file to hand on"},
    {"GET", "/api/v1/alerts", ROUTE_LEAD, ROUTE_API, api_alerts, "the newest alerts"},
    {"GET", "/api/v1/live", ROUTE_LEAD, ROUTE_API, api_live, "alerts as they arrive (server-sent events)"},
    {"GET", "/api/v1/record", ROUTE_LEAD, ROUTE_API, api_record, "who looked at or exported what"},
    {"GET", "/api/v1/accounts", ROUTE_LEAD, ROUTE_API, api_accounts, "who may sign in"},
    {"POST", "/api/v1/accounts", ROUTE_LEAD, ROUTE_API, api_accounts_add, "adds an account"},
    {"POST", "/api/v1/accounts/remove", ROUTE_LEAD, ROUTE_API, api_accounts_remove, "removes an account"},
    {"GET", "/api/v1/settings", ROUTE_LEAD, ROUTE_API, api_settings, "the settings in force, and the last answer"},
    {"POST", "/api/v1/settings", ROUTE_LEAD, ROUTE_API, api_settings_ask, "asks telltaled to change one"},
    {"GET", "/api/v1/health", ROUTE_BOTH, ROUTE_API, api_health, "figures of the machinery and what they mean"},
};
const size_t routes_count = sizeof(routes) / sizeof(routes[0]);

const char *route_who_word(enum route_who who)
{
    switch (who) {
    case ROUTE_PUBLIC: return "public";
    case ROUTE_LEAD: return "lead";
    case ROUTE_TECHNICIAN: return "technician";
    case ROUTE_BOTH: return "lead, technician";
    case ROUTE_MACHINE: return "this machine, lead, technician";
    }
    return "";
}

static bool path_fits(const char *pattern, const char *path)
{
    size_t n = strlen(pattern);
    return pattern[n - 1] == '*' ? strncmp(pattern, path, n - 1) == 0 : strcmp(pattern, path) == 0;
}

const struct route *route_find(const char *method, const char *path, bool *method_is_wrong)
{
    *method_is_wrong = false;
    for (size_t i = 0; i < routes_count; i++) {
        if (!path_fits(routes[i].path, path))
            continue;
        if (strcmp(routes[i].method, method) == 0 || (strcmp(method, "HEAD") == 0 && strcmp(routes[i].method, "GET") == 0)) {
            *method_is_wrong = false;
            return &routes[i];
        }
        *method_is_wrong = true;
    }
    return NULL;
}

bool route_allows(const struct route *r, enum role role, bool peer_is_loopback)
{
    return r->who == ROUTE_PUBLIC || (r->who & role) != 0 || (r->who == ROUTE_MACHINE && peer_is_loopback);
}
