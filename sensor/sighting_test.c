/* sighting_test.c -- see sighting_test.h.
 *
 * The sender of a record may have been taken over, so each text is looked at as if it came from the wire: ended, clean, and of the
 * alphabet that its meaning allows. Hosts that a record speaks of are names of the tracker feed there, which nobody here can look up again: a
 * name is only made sure to be one.
 */
#include "sensor/sighting.h"

#include "common/clock.h"
#include "common/hostname.h"
#include "common/text.h"

#include <string.h>

#define CLOCK_SLACK_S (36 * 3600)

size_t sighting_test_bytes(unsigned kind)
{
    const size_t head = offsetof(struct sighting_of_test, session);
    switch (kind) {
    case SIGHTING_TEST: return head + sizeof(struct sighting_test_session);
    case SIGHTING_TEST_HOST: return head + sizeof(struct sighting_test_host);
    case SIGHTING_TEST_LINK: return head + sizeof(struct sighting_test_link);
    case SIGHTING_TEST_LEAK: return head + sizeof(struct sighting_test_leak);
    default: return 0;
    }
}

static bool is_clean(const char *text, size_t size)
{
    char clean[TEXT_CLEAN_MAX(SIGHTING_PAGE_MAX)];
    if (!memchr(text, '\0', size))
        return false;
    text_clean(text, strlen(text), clean, sizeof(clean));
    return strcmp(text, clean) == 0;
}

static bool is_host(const char text[STORE_HOST_MAX])
{
    char again[HOSTNAME_MAX + 1];
    size_t n = strnlen(text, STORE_HOST_MAX);
    return n > 0 && n < STORE_HOST_MAX && hostname_normalise((const uint8_t *)text, n, again) == n && strcmp(text, again) == 0;
}

static bool is_id(const char id[STORE_TEST_ID_MAX])
{
    return id[STORE_TEST_ID_LEN] == '\0' && store_test_id_is_valid(id);
}

static const char *check_session(const struct sighting_test_session *t, uint64_t now_s, bool replay)
{
    if (!is_id(t->id) || !is_host(t->site) || !is_clean(t->reason, sizeof(t->reason)))
        return "a test with a text that is none";
    if (t->state >= STORE_TEST_STATES || t->minutes == 0 || t->minutes > STORE_TEST_MINUTES_MOST)
        return "a test of no length or state";
    if (t->hour_s % 3600 != 0 || t->hour_s > UINT64_MAX / NS_PER_S)
        return "a test with an exact time";
    if (!replay && (t->hour_s > now_s + CLOCK_SLACK_S || t->hour_s + CLOCK_SLACK_S < now_s))
        return "a test at a time that is not now";
    return NULL;
}

static const char *check_host(const struct sighting_test_host *t)
{
    if (!is_id(t->id) || !is_host(t->host) || !is_host(t->matched))
        return "a tested host that is none";
    if (t->purpose >= PURPOSE_COUNT || t->evidence >= EVIDENCE_COUNT)
        return "an unknown purpose or evidence";
    if (!is_clean(t->tracker, sizeof(t->tracker)) || !is_clean(t->organisation, sizeof(t->organisation)) || !is_clean(t->feed, sizeof(t->feed)))
        return "a text that is not clean";
    return NULL;
}

const char *sighting_test_check(const union sighting *s, uint64_t now_s, bool replay)
{
    const struct sighting_of_test *t = &s->test;
    switch (s->head.kind) {
    case SIGHTING_TEST: return check_session(&t->session, now_s, replay);
    case SIGHTING_TEST_HOST: return check_host(&t->host);
    case SIGHTING_TEST_LINK:
        return is_id(t->link.id) && is_host(t->link.host) && is_host(t->link.name) && t->link.place < SIGHTING_TEST_LINKS_MOST ? NULL
                                                                                                                        : "a way that is none";
    default:
        return is_id(t->leak.id) && is_host(t->leak.host) && is_clean(t->leak.parameter, sizeof(t->leak.parameter)) &&
                       is_clean(t->leak.page, sizeof(t->leak.page))
                   ? NULL
                   : "a leak that is none";
    }
}
