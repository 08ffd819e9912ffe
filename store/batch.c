/* batch.c -- see batch.h.
 *
 * Records wait as long as Redis is away, so they wait small: as the text that will be sent, at its own length, and what
 * many of them share only once. A school's contacts of a tenth of a second go to some forty trackers within one hour.
 * A draft finds what it has already had in a small hash table of its own; a hit is confirmed byte by byte.
 * The draft is the one place with room for the worst case, and there is one draft.
 */
#include "store/batch.h"

#include "store/sentence.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DESCRIPTION_MAX STORE_ARGUMENT_MAX
#define MOMENT_MAX      40
#define CONTACT_MAX     (STORE_DEVICE_MAX + 24)
#define NS_PER_HOUR     (STORE_HOUR_S * 1000000000ull)
#define TABLE           1024 /* places for STORE_BATCH_CONTACTS descriptions; a power of two */

/* Arguments of one kind of record, one after the other. */
struct arguments {
    uint32_t records, count, used, room;
    uint16_t *lengths;
    char *bytes;
};

struct moment {
    uint32_t day;
    uint64_t time_ms;
    uint8_t hour;
};

struct store_draft {
    uint32_t days;
    char day[STORE_BATCH_DAYS][11];
    struct arguments moments, descriptions, contacts;
    struct moment moment[STORE_BATCH_MOMENTS];
    struct store_contact described[STORE_BATCH_CONTACTS]; /* the first contact of each description */
    uint16_t table[TABLE];                                /* number of a description, or 0 */
    uint16_t moment_lengths[STORE_BATCH_MOMENTS * STORE_MOMENT_ARGUMENTS];
    uint16_t description_lengths[STORE_BATCH_CONTACTS * STORE_DESCRIPTION_ARGUMENTS];
    uint16_t contact_lengths[STORE_BATCH_CONTACTS * STORE_CONTACT_ARGUMENTS];
    char moment_bytes[STORE_BATCH_MOMENTS * MOMENT_MAX];
    char description_bytes[STORE_BATCH_CONTACTS * DESCRIPTION_MAX];
    char contact_bytes[STORE_BATCH_CONTACTS * CONTACT_MAX];
};

struct store_draft *store_draft_new(void)
{
    struct store_draft *d = calloc(1, sizeof(struct store_draft));
    if (!d)
        return NULL;
    d->moments = (struct arguments){.lengths = d->moment_lengths, .bytes = d->moment_bytes, .room = sizeof(d->moment_bytes)};
    d->descriptions = (struct arguments){.lengths = d->description_lengths, .bytes = d->description_bytes, .room = sizeof(d->description_bytes)};
    d->contacts = (struct arguments){.lengths = d->contact_lengths, .bytes = d->contact_bytes, .room = sizeof(d->contact_bytes)};
    return d;
}

void store_draft_free(struct store_draft *d)
{
    free(d);
}

uint32_t store_draft_contacts(const struct store_draft *d)
{
    return d->contacts.records;
}

static void put(struct arguments *a, const char *text, size_t n)
{
    assert(a->used + n <= a->room && n <= STORE_ARGUMENT_MAX);
    memcpy(a->bytes + a->used, text, n);
    a->used += (uint32_t)n;
    a->lengths[a->count++] = (uint16_t)n;
}

static void put_text(struct arguments *a, const char *text, size_t room)
{
    put(a, text, strnlen(text, room - 1));
}

static void put_number(struct arguments *a, uint64_t n)
{
    char text[20];
    size_t at = sizeof(text);
    do
        text[--at] = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    put(a, text + at, sizeof(text) - at);
}

/* The place of a day in the batch, counted from 1 as Lua does; 0 when there is none left. */
static uint32_t day_number(struct store_draft *d, const char *day)
{
    for (uint32_t i = 0; i < d->days; i++)
        if (strncmp(d->day[i], day, sizeof(d->day[i])) == 0)
            return i + 1;
    if (d->days == STORE_BATCH_DAYS)
        return 0;
    snprintf(d->day[d->days], sizeof(d->day[0]), "%.10s", day);
    return ++d->days;
}

/* The number of the contact's moment, from 1; 0 when there is no room for one more. */
static uint32_t moment_number(struct store_draft *d, const struct store_contact *c)
{
    char hour[4];
    uint32_t day = day_number(d, c->day);
    uint64_t time_ms = c->time_ns / NS_PER_HOUR * STORE_HOUR_S * 1000;
    for (uint32_t i = 0; i < d->moments.records; i++)
        if (d->moment[i].day == day && d->moment[i].time_ms == time_ms && d->moment[i].hour == c->hour)
            return i + 1;
    if (day == 0 || d->moments.records == STORE_BATCH_MOMENTS)
        return 0;
    d->moment[d->moments.records] = (struct moment){day, time_ms, c->hour};
    put_number(&d->moments, day);
    put_number(&d->moments, time_ms);
    put(&d->moments, hour, (size_t)snprintf(hour, sizeof(hour), "%02u", c->hour));
    return ++d->moments.records;
}

static uint64_t mix(uint64_t hash, const char *text, size_t room)
{
    for (size_t i = 0; i + 1 < room && text[i] != '\0'; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3ull; /* FNV-1a; a bad day costs a few comparisons of one batch */
    return (hash ^ 0xff) * 0x100000001b3ull;
}

static uint32_t hash_of(const struct store_contact *c)
{
    uint64_t hash = mix(0xcbf29ce484222325ull ^ ((uint64_t)c->purpose << 8 | (uint64_t)c->evidence), c->tracker, sizeof(c->tracker));
    hash = mix(hash, c->matched, sizeof(c->matched));
    hash = mix(hash ^ c->asn, c->country, sizeof(c->country));
    return (uint32_t)(hash >> 32);
}

static bool same_description(const struct store_contact *a, const struct store_contact *b)
{
    return a->purpose == b->purpose && a->evidence == b->evidence && a->asn == b->asn &&
           strncmp(a->tracker, b->tracker, sizeof(a->tracker)) == 0 && strncmp(a->matched, b->matched, sizeof(a->matched)) == 0 &&
           strncmp(a->organisation, b->organisation, sizeof(a->organisation)) == 0 &&
           strncmp(a->country, b->country, sizeof(a->country)) == 0 && strncmp(a->feed, b->feed, sizeof(a->feed)) == 0;
}

/* The fields of one argument, each with a NUL behind it: the one byte that no text of ours can hold, whatever else it does. */
struct fields {
    char text[DESCRIPTION_MAX];
    size_t length;
};

static void add_field(struct fields *f, const char *text, size_t room)
{
    size_t n = strnlen(text, room - 1);
    assert(f->length + n + 1 <= sizeof(f->text));
    memcpy(f->text + f->length, text, n);
    f->length += n;
    f->text[f->length++] = '\0';
}

static void put_description(struct arguments *a, const struct store_contact *c)
{
    struct fields f = {.length = 0};
    char why[STORE_WHY_MAX], asn[12] = "";
    store_sentence(c, why);
    if (c->asn)
        snprintf(asn, sizeof(asn), "%" PRIu32, c->asn);
    add_field(&f, c->tracker, sizeof(c->tracker));
    add_field(&f, c->organisation, sizeof(c->organisation));
    add_field(&f, purpose_word(c->purpose), STORE_WORD_MAX);
    add_field(&f, c->matched, sizeof(c->matched));
    add_field(&f, evidence_word(c->evidence), STORE_WORD_MAX);
    add_field(&f, c->country, sizeof(c->country));
    add_field(&f, asn, sizeof(asn));
    add_field(&f, severity_word(severity_of(c->purpose, c->evidence)), STORE_WORD_MAX);
    add_field(&f, why, sizeof(why));
    add_field(&f, c->feed, sizeof(c->feed));
    put(a, f.text, f.length - 1); /* none behind the last one */
}

/* The number of the contact's description, from 1. There is always room: at most one a contact. */
static uint32_t description_number(struct store_draft *d, const struct store_contact *c)
{
    uint32_t place = hash_of(c) % TABLE;
    for (; d->table[place] != 0; place = (place + 1) % TABLE)
        if (same_description(&d->described[d->table[place] - 1], c))
            return d->table[place];
    d->described[d->descriptions.records] = *c;
    put_description(&d->descriptions, c);
    d->table[place] = (uint16_t)++d->descriptions.records;
    return d->table[place];
}

bool store_draft_add(struct store_draft *d, const struct store_contact *c)
{
    uint32_t moment = d->contacts.records < STORE_BATCH_CONTACTS ? moment_number(d, c) : 0;
    if (moment == 0)
        return false;
    put_number(&d->contacts, description_number(d, c));
    put_number(&d->contacts, moment);
    put_text(&d->contacts, c->device, sizeof(c->device));
    put_number(&d->contacts, c->connections);
    d->contacts.records++;
    assert(d->contacts.count == d->contacts.records * STORE_CONTACT_ARGUMENTS);
    return true;
}

static void empty(struct arguments *a)
{
    a->records = a->count = a->used = 0;
}

struct store_batch *store_draft_close(struct store_draft *d)
{
    struct arguments *const parts[] = {&d->moments, &d->descriptions, &d->contacts};
    uint32_t count = 0, size = 0;
    for (int i = 0; i < 3; i++) {
        count += parts[i]->count;
        size += parts[i]->used;
    }
    struct store_batch *b = malloc(sizeof(*b) + count * sizeof(uint16_t) + size);
    if (!b)
        return NULL;
    uint16_t *lengths = (uint16_t *)(b + 1);
    char *bytes = (char *)(lengths + count);
    *b = (struct store_batch){.contacts = d->contacts.records,
                              .days = d->days,
                              .moments = d->moments.records,
                              .descriptions = d->descriptions.records,
                              .arguments = count,
                              .size = size,
                              .lengths = lengths,
                              .bytes = bytes};
    memcpy(b->day, d->day, sizeof(b->day));
    for (int i = 0; i < 3; i++) {
        memcpy(lengths, parts[i]->lengths, parts[i]->count * sizeof(uint16_t));
        memcpy(bytes, parts[i]->bytes, parts[i]->used);
        lengths += parts[i]->count;
        bytes += parts[i]->used;
        empty(parts[i]);
    }
    memset(d->table, 0, sizeof(d->table));
    d->days = 0;
    return b;
}

#define KEYS_MAX      (6 + 2 * STORE_BATCH_DAYS)
#define ARGUMENTS_MAX                                                                                                  \
    (STORE_BATCH_MOMENTS * STORE_MOMENT_ARGUMENTS +                                                                    \
     STORE_SITE_ARGUMENTS + STORE_BATCH_CONTACTS * (STORE_DESCRIPTION_ARGUMENTS + STORE_CONTACT_ARGUMENTS) + 2 * STORE_FIGURE_COUNT)
#define COMMAND_MAX   (3 + KEYS_MAX + 7 + ARGUMENTS_MAX)
#define NUMBERS_MAX   (6 + STORE_FIGURE_COUNT)

struct store_command {
    int argc, keys, numbers;
    const char *argv[COMMAND_MAX];
    size_t lengths[COMMAND_MAX];
    char key[KEYS_MAX][STORE_KEY_MAX];
    char number[NUMBERS_MAX][24];
};

struct store_command *store_command_new(void)
{
    return calloc(1, sizeof(struct store_command));
}

void store_command_free(struct store_command *cmd)
{
    free(cmd);
}

static void add_bytes(struct store_command *cmd, const char *bytes, size_t n)
{
    assert(cmd->argc < COMMAND_MAX);
    cmd->argv[cmd->argc] = bytes;
    cmd->lengths[cmd->argc++] = n;
}

static void add_word(struct store_command *cmd, const char *word)
{
    add_bytes(cmd, word, strlen(word));
}

static void add_number(struct store_command *cmd, uint64_t n)
{
    assert(cmd->numbers < NUMBERS_MAX);
    char *room = cmd->number[cmd->numbers++];
    add_bytes(cmd, room, (size_t)snprintf(room, sizeof(cmd->number[0]), "%" PRIu64, n));
}

static void add_key(struct store_command *cmd, const char *installation, enum store_key key, const char *value)
{
    char *room = cmd->key[cmd->keys++];
    store_key_write(room, installation, key, value);
    add_word(cmd, room);
}

static uint32_t count_known(const struct store_figures *figures)
{
    uint32_t n = 0;
    for (int i = 0; figures && i < STORE_FIGURE_COUNT; i++)
        n += figures->known[i];
    return n;
}

static void add_figures(struct store_command *cmd, const struct store_figures *figures)
{
    for (int i = 0; figures && i < STORE_FIGURE_COUNT; i++)
        if (figures->known[i]) {
            add_word(cmd, store_figure_name((enum store_figure)i));
            add_number(cmd, figures->value[i]);
        }
}

static uint64_t number_of(const char *text, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    return value;
}

/* A batch may have waited for days. What is stored of a device lives two, so an older contact is told without it. */
static void add_records(struct store_command *cmd, const struct store_batch *b, uint64_t devices_from_ms)
{
    bool is_old[STORE_BATCH_MOMENTS + 1] = {false};
    uint32_t moments = b->moments * STORE_MOMENT_ARGUMENTS, contacts = moments + b->descriptions * STORE_DESCRIPTION_ARGUMENTS;
    uint64_t moment = 0;
    const char *at = b->bytes;
    for (uint32_t i = 0; i < b->arguments; at += b->lengths[i], i++) {
        uint32_t place = i < contacts ? 0 : (i - contacts) % STORE_CONTACT_ARGUMENTS;
        if (i < moments && i % STORE_MOMENT_ARGUMENTS == 1)
            is_old[i / STORE_MOMENT_ARGUMENTS + 1] = number_of(at, b->lengths[i]) < devices_from_ms;
        if (place == 1)
            moment = number_of(at, b->lengths[i]);
        bool forget = place == 2 && moment <= STORE_BATCH_MOMENTS && is_old[moment];
        add_bytes(cmd, at, forget ? 0 : b->lengths[i]);
    }
}

int store_command_build(struct store_command *cmd, const struct store_batch *b, const struct store_figures *figures,
                        const struct store_envelope *e, const char ***argv, const size_t **lengths)
{
    static const struct store_batch nothing;
    b = b ? b : &nothing;
    cmd->argc = cmd->keys = cmd->numbers = 0;
    add_word(cmd, "FCALL");
    add_word(cmd, STORE_FUNCTION);
    bool covers = figures && e->figures_day;
    add_number(cmd, 4 + covers + 2 * b->days + (b->period[0] != '\0'));
    add_key(cmd, e->installation, STORE_KEY_ALERTS, NULL);
    add_key(cmd, e->installation, STORE_KEY_HEALTH, NULL);
    add_key(cmd, e->installation, STORE_KEY_LEDGER, NULL);
    add_key(cmd, e->installation, STORE_KEY_MARK, e->incarnation);
    if (covers)
        add_key(cmd, e->installation, STORE_KEY_COVERAGE, e->figures_day);
    for (uint32_t i = 0; i < b->days; i++) {
        add_key(cmd, e->installation, STORE_KEY_DAY, b->day[i]);
        add_key(cmd, e->installation, STORE_KEY_DEVICES, b->day[i]);
    }
    if (b->period[0])
        add_key(cmd, e->installation, STORE_KEY_SITE, b->period);
    add_word(cmd, e->incarnation);
    add_number(cmd, e->sequence);
    add_word(cmd, e->demo ? "yes" : "");
    add_number(cmd, b->moments);
    add_number(cmd, b->descriptions);
    add_number(cmd, b->contacts);
    add_number(cmd, count_known(figures));
    add_records(cmd, b, e->devices_from_ms);
    add_figures(cmd, figures);
    *argv = cmd->argv;
    *lengths = cmd->lengths;
    return cmd->argc;
}
