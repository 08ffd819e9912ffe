/* sighting.c -- see sighting.h. */
#include "sensor/sighting.h"

#include "common/clock.h"
#include "common/hostname.h"
#include "common/text.h"
#include "sensor/pseudonym.h"

#include <string.h>
#include <time.h>

#define CLOCK_SLACK_S (36 * 3600) /* the capture process may close a day late, and clocks step */
#define ZONES_WEST_S (13 * 3600)  /* local time is at most 12 hours behind UTC, or 14 before it; an hour for the rounding */
#define ZONES_EAST_S (15 * 3600)

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

/* Nothing, or exactly n characters of an alphabet. */
static bool is_empty_or(const char *text, size_t size, const char *alphabet, size_t n)
{
    if (!is_terminated(text, size))
        return false;
    size_t length = strlen(text);
    return length == 0 || (length == n && strspn(text, alphabet) == n);
}

static int number(const char *digits, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

/* A day of the calendar, written in full; *begin_s: its beginning, were it UTC's. */
static bool is_day(const char day[11], int64_t *begin_s)
{
    static const char pattern[] = "dddd-dd-dd";
    for (int i = 0; i < 10; i++)
        if (pattern[i] == 'd' ? day[i] < '0' || day[i] > '9' : day[i] != '-')
            return false;
    struct tm asked = {.tm_year = number(day, 4) - 1900, .tm_mon = number(day + 5, 2) - 1, .tm_mday = number(day + 8, 2)}, real = asked;
    *begin_s = timegm(&real);
    return day[10] == '\0' && real.tm_mon == asked.tm_mon && real.tm_mday == asked.tm_mday;
}

/* Local day and hour are those of the time, in some time zone of the earth. Otherwise one bad process could fill the store
 * with days that never were. */
static bool is_moment(const struct sighting_contact *c)
{
    int64_t day_s;
    if (c->hour > 23 || c->hour_s % 3600 != 0 || c->hour_s > UINT64_MAX / NS_PER_S || !is_day(c->day, &day_s))
        return false;
    int64_t ahead_s = day_s + c->hour * 3600 - (int64_t)c->hour_s;
    return ahead_s >= -ZONES_WEST_S && ahead_s <= ZONES_EAST_S;
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
    if (!is_moment(c))
        return "a day or hour that is none";
    if (!replay && (c->hour_s > now_s + CLOCK_SLACK_S || c->hour_s + CLOCK_SLACK_S < now_s))
        return "a time that is not now";
    if (!is_empty_or(c->country, sizeof(c->country), "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 2))
        return "a country that is none";
    if (!is_empty_or(c->device, sizeof(c->device), "0123456789abcdef", PSEUDONYM_LEN))
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
    /* The figures from this one on are the publisher's and the store's own. */
    if (s->head.kind == SIGHTING_HEALTH && n == sizeof(s->health))
        return s->health.present >> STORE_FIGURE_SIGHTINGS_REFUSED ? "a figure that is not its own" : NULL;
    return "an unknown kind or a wrong size";
}
