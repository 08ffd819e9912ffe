/* batch.c -- see batch.h.
 *
 * Records wait as long as Redis is away, so they wait small: as the text that will be sent, at its own length, without
 * the room that the structs keep for the longest names. The draft is the one place with room for the worst case, and
 * there is one draft.
 */
#include "store/batch.h"

#include "store/sentence.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_PER_CONTACT 15 /* take_contact() in functions/telltale.lua reads as many */
#define RECORD_MAX            (STORE_WHY_MAX + STORE_HOST_MAX + 3 * STORE_WORD_MAX + STORE_DEVICE_MAX + 128)
#define FIGURE_MAX            64
#define ARGUMENTS_MAX         (STORE_BATCH_CONTACTS * ARGUMENTS_PER_CONTACT + 2 * STORE_FIGURE_COUNT)
#define BYTES_MAX             (STORE_BATCH_CONTACTS * RECORD_MAX + STORE_FIGURE_COUNT * FIGURE_MAX)
#define NS_PER_HOUR           (STORE_HOUR_S * 1000000000ull)

struct store_draft {
    uint32_t contacts, days, arguments, used;
    char day[STORE_BATCH_DAYS][11];
    uint32_t lengths[ARGUMENTS_MAX];
    char bytes[BYTES_MAX];
};

struct store_draft *store_draft_new(void)
{
    return calloc(1, sizeof(struct store_draft));
}

void store_draft_free(struct store_draft *d)
{
    free(d);
}

uint32_t store_draft_contacts(const struct store_draft *d)
{
    return d->contacts;
}

static void put(struct store_draft *d, const char *text, size_t n)
{
    assert(d->arguments < ARGUMENTS_MAX && d->used + n <= BYTES_MAX);
    memcpy(d->bytes + d->used, text, n);
    d->used += (uint32_t)n;
    d->lengths[d->arguments++] = (uint32_t)n;
}

static void put_text(struct store_draft *d, const char *text, size_t room)
{
    put(d, text, strnlen(text, room - 1));
}

static void put_word(struct store_draft *d, const char *word)
{
    put(d, word, strlen(word));
}

static void put_number(struct store_draft *d, uint64_t n)
{
    char text[24];
    put(d, text, (size_t)snprintf(text, sizeof(text), "%" PRIu64, n));
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

bool store_draft_add(struct store_draft *d, const struct store_contact *c)
{
    uint32_t day = d->contacts < STORE_BATCH_CONTACTS ? day_number(d, c->day) : 0;
    if (day == 0)
        return false;
    char hour[4], why[STORE_WHY_MAX];
    size_t why_length = store_sentence(c, why);
    put_number(d, day);
    put_number(d, c->time_ns / NS_PER_HOUR * STORE_HOUR_S * 1000);
    put(d, hour, (size_t)snprintf(hour, sizeof(hour), "%02u", c->hour));
    put_text(d, c->device, sizeof(c->device));
    put_text(d, c->tracker, sizeof(c->tracker));
    put_text(d, c->organisation, sizeof(c->organisation));
    put_word(d, purpose_word(c->purpose));
    put_text(d, c->matched, sizeof(c->matched));
    put_word(d, evidence_word(c->evidence));
    put_number(d, c->connections);
    put_text(d, c->country, sizeof(c->country));
    if (c->asn)
        put_number(d, c->asn);
    else
        put(d, "", 0);
    put_word(d, severity_word(severity_of(c->purpose, c->evidence)));
    put(d, why, why_length);
    put_text(d, c->feed, sizeof(c->feed));
    d->contacts++;
    assert(d->arguments == d->contacts * ARGUMENTS_PER_CONTACT);
    return true;
}

static uint32_t put_figures(struct store_draft *d, const struct store_figures *figures)
{
    uint32_t n = 0;
    for (int i = 0; figures && i < STORE_FIGURE_COUNT; i++) {
        if (!figures->known[i])
            continue;
        put_word(d, store_figure_name((enum store_figure)i));
        put_number(d, figures->value[i]);
        n++;
    }
    return n;
}

struct store_batch *store_draft_close(struct store_draft *d, const struct store_figures *figures)
{
    uint32_t arguments = d->arguments, used = d->used;
    uint32_t figure_count = put_figures(d, figures);
    size_t lengths_size = d->arguments * sizeof(uint32_t);
    struct store_batch *b = malloc(sizeof(*b) + lengths_size + d->used);
    if (!b) {
        d->arguments = arguments;
        d->used = used;
        return NULL;
    }
    uint32_t *lengths = (uint32_t *)(b + 1);
    char *bytes = (char *)lengths + lengths_size;
    memcpy(lengths, d->lengths, lengths_size);
    memcpy(bytes, d->bytes, d->used);
    *b = (struct store_batch){.contacts = d->contacts,
                              .figures = figure_count,
                              .days = d->days,
                              .arguments = d->arguments,
                              .lengths = lengths,
                              .bytes = bytes};
    memcpy(b->day, d->day, sizeof(b->day));
    d->contacts = d->days = d->arguments = d->used = 0;
    return b;
}

void store_batch_hollow(struct store_batch *b)
{
    b->contacts = b->figures = b->days = b->arguments = 0;
}

#define KEYS_MAX    (3 + 2 * STORE_BATCH_DAYS)
#define COMMAND_MAX (3 + KEYS_MAX + 5 + ARGUMENTS_MAX)

struct store_command {
    int argc, keys;
    const char *argv[COMMAND_MAX];
    size_t lengths[COMMAND_MAX];
    char key[KEYS_MAX][STORE_KEY_MAX];
    char key_count[12], sequence[24], contacts[12], figures[12];
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

static void add_number(struct store_command *cmd, char *room, size_t size, uint64_t n)
{
    add_bytes(cmd, room, (size_t)snprintf(room, size, "%" PRIu64, n));
}

static void add_key(struct store_command *cmd, const char *installation, enum store_key key, const char *value)
{
    char *room = cmd->key[cmd->keys++];
    store_key_write(room, installation, key, value);
    add_word(cmd, room);
}

int store_command_build(struct store_command *cmd, const struct store_batch *b, const struct store_envelope *e,
                        const char ***argv, const size_t **lengths)
{
    cmd->argc = cmd->keys = 0;
    add_word(cmd, "FCALL");
    add_word(cmd, STORE_FUNCTION);
    add_number(cmd, cmd->key_count, sizeof(cmd->key_count), 3 + 2 * b->days);
    add_key(cmd, e->installation, STORE_KEY_ALERTS, NULL);
    add_key(cmd, e->installation, STORE_KEY_HEALTH, NULL);
    add_key(cmd, e->installation, STORE_KEY_MARK, e->incarnation);
    for (uint32_t i = 0; i < b->days; i++) {
        add_key(cmd, e->installation, STORE_KEY_DAY, b->day[i]);
        add_key(cmd, e->installation, STORE_KEY_DEVICES, b->day[i]);
    }
    add_word(cmd, e->incarnation);
    add_number(cmd, cmd->sequence, sizeof(cmd->sequence), e->sequence);
    add_word(cmd, e->demo ? "yes" : "");
    add_number(cmd, cmd->contacts, sizeof(cmd->contacts), b->contacts);
    add_number(cmd, cmd->figures, sizeof(cmd->figures), b->figures);
    const char *at = b->bytes;
    for (uint32_t i = 0; i < b->arguments; at += b->lengths[i], i++)
        add_bytes(cmd, at, b->lengths[i]);
    *argv = cmd->argv;
    *lengths = cmd->lengths;
    return cmd->argc;
}
