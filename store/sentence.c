/* sentence.c -- see sentence.h.
 *
 * Two names can stand for the same thing (a tracker called like its company), and a rule from an imported feed may have
 * neither: then the rule's own domain is all there is to say.
 */
#include "store/sentence.h"

#include <stdio.h>
#include <string.h>

#define WHO_MAX (2 * STORE_WORD_MAX + STORE_HOST_MAX)

static void write_who(const struct store_contact *c, char out[WHO_MAX])
{
    if (c->tracker[0] && c->organisation[0] && strcmp(c->tracker, c->organisation) != 0)
        snprintf(out, WHO_MAX, "%s (%s)", c->tracker, c->organisation);
    else if (c->tracker[0] || c->organisation[0])
        snprintf(out, WHO_MAX, "%s", c->tracker[0] ? c->tracker : c->organisation);
    else if (c->matched[0] || c->device[0])
        snprintf(out, WHO_MAX, "%s", c->matched[0] ? c->matched : "a tracker of unknown owner");
    else
        snprintf(out, WHO_MAX, "a tracker that is not named here");
}

static const char *format_for(enum evidence e)
{
    switch (e) {
    case EVIDENCE_BLOCKED:
        return "the name of %s, %s, was asked for and blocked; no connection to it was seen";
    case EVIDENCE_ADDRESS:
        return "a device contacted an address that it had just looked up for %s, %s";
    case EVIDENCE_HANDSHAKE:
        return "a device contacted %s, %s; its name was seen in a connection";
    case EVIDENCE_URL:
        return "a device contacted %s, %s; what it asked for was seen in clear text";
    default:
        return "the name of %s, %s, was only looked up; no connection to it was seen";
    }
}

size_t store_sentence(const struct store_contact *c, char out[STORE_WHY_MAX])
{
    char who[WHO_MAX];
    write_who(c, who);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* both formats have the same two strings; see format_for() */
    int n = snprintf(out, STORE_WHY_MAX, format_for(c->evidence), who, purpose_phrase(c->purpose));
#pragma GCC diagnostic pop
    return n < STORE_WHY_MAX ? (size_t)n : STORE_WHY_MAX - 1;
}

size_t store_disclosure_sentence(const struct store_pair *p, char out[STORE_WHY_MAX])
{
    char who[WHO_MAX];
    if (p->organisation[0] && strcmp(p->tracker, p->organisation) != 0)
        snprintf(who, sizeof(who), "%s (%s)", p->tracker, p->organisation);
    else
        snprintf(who, sizeof(who), "%s", p->tracker);
    int n = snprintf(out, STORE_WHY_MAX, "%s, %s, was contacted after visits to %s more often than chance explains%s", who, purpose_phrase(p->purpose),
                     p->site, p->verdict == EVIDENCE_SHOWN ? "" : " (likely; not yet shown)");
    return n < STORE_WHY_MAX ? (size_t)n : STORE_WHY_MAX - 1;
}
