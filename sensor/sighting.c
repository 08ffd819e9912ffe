/* sighting.c -- see sighting.h. */
#include "sensor/sighting.h"

#include "common/clock.h"
#include "common/hostname.h"
#include "common/text.h"
#include "sensor/pseudonym.h"

#include <string.h>

#define CLOCK_SLACK_S (36 * 3600) /* the capture process may close a day late, and clocks step */
#define LATE_S (40ll * 24 * 3600) /* what left without a device may have waited: for its day, or for a sensor that was off */
#define ZONES_WEST_S (13 * 3600)  /* local time is at most 12 hours behind UTC, or 14 before it; an hour for the rounding */
#define ZONES_EAST_S (15 * 3600)

static const char untimely_gap[] = "a gap that is not of now";
static const char untimely[] = "a time that is not now", untimely_period[] = "a period that is not over, or long past";

static uint16_t bytes_of(enum sighting_kind kind)
{
    switch (kind) {
    case SIGHTING_CONTACT:
        return sizeof(struct sighting_contact);
    case SIGHTING_HEALTH:
        return sizeof(struct sighting_health);
    case SIGHTING_SITE:
        return sizeof(struct sighting_site);
    case SIGHTING_PAIR:
        return sizeof(struct sighting_pair);
    case SIGHTING_GAP:
        return sizeof(struct sighting_gap);
    case SIGHTING_LABEL:
        return sizeof(struct sighting_label);
    case SIGHTING_TEST:
    case SIGHTING_TEST_HOST:
    case SIGHTING_TEST_LINK:
    case SIGHTING_TEST_LEAK:
        return (uint16_t)sighting_test_bytes(kind);
    }
    return 0;
}

void sighting_begin(union sighting *s, enum sighting_kind kind)
{
    memset(s, 0, sizeof(*s));
    s->head.magic = SIGHTING_MAGIC;
    s->head.kind = (uint16_t)kind;
    s->head.bytes = bytes_of(kind);
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

/* Local day and hour are those of the time, in some time zone of the earth. Otherwise one bad process could fill the store
 * with days that never were. */
static bool is_moment(const struct sighting_contact *c)
{
    int64_t day = is_terminated(c->day, sizeof(c->day)) ? period_day_number(c->day) : -1;
    if (c->hour > 23 || c->hour_s % 3600 != 0 || c->hour_s > UINT64_MAX / NS_PER_S || day < 0)
        return false;
    int64_t ahead_s = day * 86400 + c->hour * 3600 - (int64_t)c->hour_s;
    return ahead_s >= -ZONES_WEST_S && ahead_s <= ZONES_EAST_S;
}

/* Now, or some days ago for what waited until its day, week or term was over. */
static bool is_timely(const struct sighting_contact *c, uint64_t now_s)
{
    uint64_t age_most_s = c->device[0] ? CLOCK_SLACK_S : LATE_S;
    return c->hour_s <= now_s + CLOCK_SLACK_S && c->hour_s + age_most_s >= now_s;
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
    if (!is_empty_or(c->country, sizeof(c->country), "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 2))
        return "a country that is none";
    if (!is_empty_or(c->device, sizeof(c->device), "0123456789abcdef", PSEUDONYM_LEN))
        return "a device that is no pseudonym";
    if (!is_clean(c->tracker, sizeof(c->tracker)) || !is_clean(c->organisation, sizeof(c->organisation)) || !is_clean(c->feed, sizeof(c->feed)))
        return "a text that is not clean";
    if (!is_domain_or_empty(c->matched))
        return "a rule that is no domain";
    return replay || is_timely(c, now_s) ? NULL : untimely; /* last: it is then the only fault */
}

/* A period of the past or of now: the day of a period's end must not lie ahead. */
static const char *check_period(const char period[PERIOD_NAME_MAX], uint64_t now_s, bool replay)
{
    struct period p;
    if (!is_terminated(period, PERIOD_NAME_MAX) || !period_read(period, &p))
        return "a period that is none";
    int64_t ends_s = ((int64_t)period_day_number(p.last) + 1) * 86400;
    if (!replay && (ends_s > (int64_t)now_s + CLOCK_SLACK_S || ends_s + LATE_S < (int64_t)now_s))
        return untimely_period;
    return NULL;
}

static bool is_domain(const char *text)
{
    return is_domain_or_empty(text) && text[0] != '\0';
}

static const char *check_site(const struct sighting_site *s, uint64_t now_s, bool replay)
{
    if (!is_domain(s->site))
        return "a site that is no domain";
    if (s->devices == 0 || s->visits < s->devices)
        return "a count that cannot be";
    return check_period(s->period, now_s, replay);
}

/* Counters that could have been counted: no more followed than there were, no more delays than followed. */
static bool is_countable(const struct moment_counts *c)
{
    uint64_t visits = 0, followed = 0, delays = 0;
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++) {
        const struct moment_stratum *s = &c->contexts[i];
        if (s->visits_followed > s->visits || s->controls_followed > s->controls)
            return false;
        visits += s->visits;
        followed += s->visits_followed;
    }
    for (unsigned i = 0; i < MOMENT_DELAY_BINS; i++)
        delays += c->delays[i];
    return visits > 0 && delays <= followed;
}

static const char *check_pair(const struct sighting_pair *p, uint64_t now_s, bool replay)
{
    if (p->purpose >= PURPOSE_COUNT || p->verdict > EVIDENCE_SHOWN)
        return "an unknown purpose or verdict";
    if (!is_domain(p->site) || !is_domain(p->host))
        return "a site or host that is no domain";
    if (!is_clean(p->tracker, sizeof(p->tracker)) || !is_clean(p->organisation, sizeof(p->organisation)))
        return "a text that is not clean";
    if (!is_empty_or(p->country, sizeof(p->country), "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 2))
        return "a country that is none";
    if (!is_countable(&p->counts))
        return "a count that cannot be";
    return check_period(p->period, now_s, replay);
}

/* Its day has to touch it, in some time zone of the earth. An open one goes on until now. */
static const char *check_gap(const struct sighting_gap *g, uint64_t now_s, bool replay)
{
    int64_t day = is_terminated(g->day, sizeof(g->day)) ? period_day_number(g->day) : -1;
    uint64_t end_s = g->until_s ? g->until_s : now_s;
    if (g->why >= GAP_WHYS)
        return "an unknown cause of a gap";
    if (replay || g->from_s == 0 || g->from_s > UINT64_MAX / NS_PER_S || g->until_s > UINT64_MAX / NS_PER_S || (g->until_s && g->until_s < g->from_s))
        return "a gap that cannot be";
    if (g->from_s > now_s + CLOCK_SLACK_S || g->until_s > now_s + CLOCK_SLACK_S || g->from_s + LATE_S < now_s)
        return untimely_gap;
    if (day < 0 || (day + 1) * 86400 + ZONES_WEST_S < (int64_t)g->from_s || day * 86400 - ZONES_EAST_S > (int64_t)end_s)
        return "a day that is not the gap's";
    return NULL;
}

/* The figures from that one on are the publisher's and the store's own. */
static const char *check_health(const struct sighting_health *h)
{
    for (unsigned i = STORE_FIGURE_SIGHTINGS_REFUSED; i < 128; i++)
        if (h->present[i / 64] >> i % 64 & 1)
            return "a figure that is not its own";
    return NULL;
}

/* The day has begun somewhere on earth, and is not long over: contacts with a device are as timely. */
static const char *check_label(const struct sighting_label *l, uint64_t now_s, bool replay)
{
    int64_t day = is_terminated(l->day, sizeof(l->day)) ? period_day_number(l->day) : -1;
    if (day < 0)
        return "a day that is none";
    if (!is_empty_or(l->device, sizeof(l->device), "0123456789abcdef", PSEUDONYM_LEN) || !l->device[0])
        return "a device that is no pseudonym";
    if (!is_terminated(l->label, sizeof(l->label)) || (l->label[0] && device_label_fault(l->label)))
        return "a label that is none";
    bool timely = day * 86400 <= (int64_t)now_s + CLOCK_SLACK_S && (day + 1) * 86400 + CLOCK_SLACK_S >= (int64_t)now_s;
    return replay || timely ? NULL : untimely;
}

bool sighting_has_head(const union sighting *s, size_t n)
{
    return n >= sizeof(s->head) && n <= sizeof(*s) && s->head.magic == SIGHTING_MAGIC && s->head.bytes == n;
}

bool sighting_is_only_untimely(const char *wrong)
{
    return wrong == untimely || wrong == untimely_period || wrong == untimely_gap;
}

const char *sighting_check(const union sighting *s, size_t n, uint64_t now_s, bool replay)
{
    if (!sighting_has_head(s, n))
        return "not a sighting";
    if (s->head.kind == SIGHTING_CONTACT && n == sizeof(s->contact))
        return check_contact(&s->contact, now_s, replay);
    if (s->head.kind == SIGHTING_SITE && n == sizeof(s->site))
        return check_site(&s->site, now_s, replay);
    if (s->head.kind == SIGHTING_PAIR && n == sizeof(s->pair))
        return check_pair(&s->pair, now_s, replay);
    if (s->head.kind == SIGHTING_HEALTH && n == sizeof(s->health))
        return check_health(&s->health);
    if (s->head.kind == SIGHTING_GAP && n == sizeof(s->gap))
        return check_gap(&s->gap, now_s, replay);
    if (s->head.kind == SIGHTING_LABEL && n == sizeof(s->label))
        return check_label(&s->label, now_s, replay);
    if (sighting_test_bytes(s->head.kind) == n)
        return sighting_test_check(s, now_s, replay);
    return "an unknown kind or a wrong size";
}
