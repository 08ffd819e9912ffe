/* words.c -- see words.h. */
#include "common/words.h"

#include <string.h>

static const struct {
    const char *word, *phrase;
} purposes[PURPOSE_COUNT] = {
    [PURPOSE_AD_EXCHANGE] = {"ad-exchange", "an ad exchange"},
    [PURPOSE_AD_PIXEL] = {"ad-pixel", "an advertising pixel"},
    [PURPOSE_SESSION_REPLAY] = {"session-replay", "a recorder of what visitors do on a page"},
    [PURPOSE_SOCIAL] = {"social", "a social network's plug-in or pixel"},
    [PURPOSE_APP_EVENTS] = {"app-events", "a collector of what people do in apps"},
    [PURPOSE_ANALYTICS] = {"analytics", "audience measurement"},
    [PURPOSE_TAG_MANAGER] = {"tag-manager", "a loader of other trackers"},
    [PURPOSE_VIDEO] = {"video", "an embedded video service"},
    [PURPOSE_CAPTCHA] = {"captcha", "a robot check"},
    [PURPOSE_TRANSLATE] = {"translate", "a translation service"},
    [PURPOSE_CONSENT] = {"consent", "a cookie banner service"},
    [PURPOSE_OTHER] = {"other", "a listed third party"},
};

static const char *const evidences[EVIDENCE_COUNT] = {
    [EVIDENCE_LOOKUP] = "lookup", [EVIDENCE_BLOCKED] = "blocked",     [EVIDENCE_ADDRESS] = "address",
    [EVIDENCE_HANDSHAKE] = "handshake", [EVIDENCE_URL] = "url",
};

static const char *const blind_spots[BLIND_COUNT] = {
    [BLIND_ECH] = "ech",     [BLIND_DOH] = "doh", [BLIND_DOT] = "dot",         [BLIND_DOQ] = "doq",
    [BLIND_RELAY] = "relay", [BLIND_VPN] = "vpn", [BLIND_NO_NAME] = "no-name", [BLIND_INCOMPLETE] = "incomplete",
};

const char *purpose_word(enum purpose p)
{
    return purposes[p].word;
}

const char *purpose_phrase(enum purpose p)
{
    return purposes[p].phrase;
}

bool purpose_from_word(const char *word, enum purpose *out)
{
    for (int p = 0; p < PURPOSE_COUNT; p++)
        if (strcmp(word, purposes[p].word) == 0) {
            *out = (enum purpose)p;
            return true;
        }
    return false;
}

const char *evidence_word(enum evidence e)
{
    return evidences[e];
}

bool evidence_from_word(const char *word, enum evidence *out)
{
    for (int e = 0; e < EVIDENCE_COUNT; e++)
        if (strcmp(word, evidences[e]) == 0) {
            *out = (enum evidence)e;
            return true;
        }
    return false;
}

const char *blind_spot_word(enum blind_spot b)
{
    return blind_spots[b];
}

/* A name that was only looked up, or blocked, told the company nothing yet: low, whoever it is. */
enum severity severity_of(enum purpose p, enum evidence e)
{
    if (e < EVIDENCE_ADDRESS)
        return SEVERITY_LOW;
    switch (p) {
    case PURPOSE_AD_EXCHANGE:
    case PURPOSE_AD_PIXEL:
    case PURPOSE_SESSION_REPLAY:
        return SEVERITY_HIGH;
    case PURPOSE_SOCIAL:
    case PURPOSE_APP_EVENTS:
    case PURPOSE_ANALYTICS:
    case PURPOSE_TAG_MANAGER:
    case PURPOSE_VIDEO:
        return SEVERITY_MEDIUM;
    default:
        return SEVERITY_LOW;
    }
}

const char *severity_word(enum severity s)
{
    static const char *const words[] = {"low", "medium", "high"};
    return words[s];
}

const char *dissector_word(enum dissector d)
{
    static const char *const words[DISSECTOR_COUNT] = {[DISSECTOR_NONE] = "sensor", [DISSECTOR_PACKET] = "packet", [DISSECTOR_FRAGMENTS] = "fragments",
                                                       [DISSECTOR_DNS] = "dns",     [DISSECTOR_TLS] = "tls",       [DISSECTOR_QUIC] = "quic",
                                                       [DISSECTOR_HTTP] = "http",   [DISSECTOR_NDPI] = "ndpi"};
    return d < DISSECTOR_COUNT ? words[d] : "unknown";
}

static const char *const gap_words[GAP_WHYS] = {[GAP_DOWN] = "down", [GAP_CABLE] = "cable", [GAP_AWAY] = "away", [GAP_NAME] = "name", [GAP_DIED] = "died"};

const char *gap_why_word(enum gap_why why)
{
    return why < GAP_WHYS ? gap_words[why] : "unknown";
}

bool gap_why_from_word(const char *word, enum gap_why *out)
{
    for (int i = 0; i < GAP_WHYS; i++)
        if (strcmp(word, gap_words[i]) == 0) {
            *out = (enum gap_why)i;
            return true;
        }
    return false;
}
