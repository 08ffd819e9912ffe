/* sighting.c -- see sighting.h. */
#include "sensor/sighting.h"

#include "common/hostname.h"
#include "common/text.h"

#include <string.h>

#define CLOCK_SLACK_S (36 * 3600) /* the capture process may close a day late, and clocks step */

void sighting_begin(union sighting *s, enum sighting_kind kind)
{
    memset(s, 0, sizeof(*s));
    s->head.magic = SIGHTING_MAGIC;
    s->head.kind = (uint16_t)kind;
    s->head.bytes = kind == SIGHTING_CONTACT ? sizeof(struct sighting_contact) : sizeof(struct sighting_health);
}

static bool is_terminated(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* One line of clean UTF-8, as a feed's tracker names are. */
static bool is_clean(const char *text, size_t size)
{
    char clean[TEXT_CLEAN_MAX(STORE_WORD_MAX)];
    if (!is_terminated(text, size))
        return false;
    text_clean(text, strlen(text), clean, sizeof(clean));
    return strcmp(text, clean) == 0;
}

static bool consists_of(const char *text, size_t size, const char *alphabet, size_t least, size_t most)
{
    if (!is_terminated(text, size))
        return false;
    size_t n = strlen(text);
    return n >= least && n <= most && strspn(text, alphabet) == n;
}

static bool is_day(const char day[11])
{
    static const char pattern[] = "dddd-dd-dd";
    for (int i = 0; i < 10; i++)
        if (pattern[i] == 'd' ? day[i] < '0' || day[i] > '9' : day[i] != '-')
            return false;
    return day[10] == '\0';
}

static bool is_domain_or_empty(const char *text)
{
    char again[HOSTNAME_MAX + 1];
    if (!is_terminated(text, STORE_HOST_MAX))
        return false;
    size_t n = strlen(text);
    return n == 0 || (hostname_normalise((const uint8_t *)text, n, again) == n && strcmp(text, again) == 0);
}

static const char *check_contact(const struct sighting_contact *c, uint64_t now_s, bool replay)
{
    if (c->purpose >= PURPOSE_COUNT || c->evidence >= EVIDENCE_COUNT)
        return "an unknown purpose or evidence";
    if (!is_day(c->day) || c->hour > 23 || c->hour_s % 3600 != 0)
        return "a day or hour that is none";
    if (!replay && (c->hour_s > now_s + CLOCK_SLACK_S || c->hour_s + CLOCK_SLACK_S < now_s))
        return "a time that is not now";
    if (!consists_of(c->country, sizeof(c->country), "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 0, 2))
        return "a country that is none";
    if (!consists_of(c->device, sizeof(c->device), "0123456789abcdef", 0, STORE_DEVICE_MAX))
        return "a device that is no pseudonym";
    if (!is_clean(c->tracker, sizeof(c->tracker)) || !is_clean(c->organisation, sizeof(c->organisation)) || !is_clean(c->feed, sizeof(c->feed)))
        return "a text that is not clean";
    if (!is_domain_or_empty(c->matched))
        return "a rule that is no domain";
    return NULL;
}

const char *sighting_check(const union sighting *s, size_t n, uint64_t now_s, bool replay)
{
    if (n < sizeof(s->head) || s->head.magic != SIGHTING_MAGIC || s->head.bytes != n)
        return "not a sighting";
    if (s->head.kind == SIGHTING_CONTACT && n == sizeof(s->contact))
        return check_contact(&s->contact, now_s, replay);
    if (s->head.kind == SIGHTING_HEALTH && n == sizeof(s->health))
        return s->health.present >> (STORE_FIGURE_COUNT - 1) >> 1 ? "a figure that is none" : NULL;
    return "an unknown kind or a wrong size";
}
