/* batch.h -- records on their way to Redis: a draft that is filled, the batches it becomes, the command that carries
 * one.
 *
 * Shape      A draft takes up to STORE_BATCH_CONTACTS contacts of up to STORE_BATCH_DAYS local days. Closed, it is a
 *            batch: the records as the arguments that the function takes, one block of memory, never changed again. What
 *            many contacts share is in it once: *moments* (an hour of a day) and *descriptions* (who was contacted, how that
 *            was seen); a contact names both by their numbers, so that it costs about 20 bytes instead of 300.
 *            A batch knows neither its sequence nor its incarnation: those belong to the moment of sending, so that it
 *            can wait in the queue (or in the spool) and be offered under another name.
 *            A record of a support site is a batch of its own, without any contact: the two never go into Redis in one step.
 * Threads    One.
 * Ownership  store_draft_close() gives the batch to the caller. A command borrows the batch it was built from and the
 *            strings it was given.
 * Failure    A draft without room says so; a batch without memory is NULL and the draft stays as it was.
 */
#ifndef TELLTALE_STORE_BATCH_H
#define TELLTALE_STORE_BATCH_H

#include "store/schema.h"
#include "store/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_BATCH_CONTACTS 512
#define STORE_BATCH_DAYS     2  /* yesterday and today: a third closes the batch */
#define STORE_BATCH_MOMENTS  64 /* hours of these days */

/* How many arguments each kind of record is; functions/batch_take.lua reads as many. */
#define STORE_MOMENT_ARGUMENTS      3 /* day, time in ms, hour */
#define STORE_DESCRIPTION_ARGUMENTS 1 /* ten fields, with a NUL between two */
#define STORE_CONTACT_ARGUMENTS     4 /* description, moment, device, connections */
#define STORE_SITE_ARGUMENTS        13
#define STORE_ARGUMENT_MAX          1200
#define STORE_PERIOD_MAX            11 /* "2026-11-22", "2026-W47", "2026-T3" */

/* The figures of the health hash that are known, each with its latest value. */
struct store_figures {
    uint64_t value[STORE_FIGURE_COUNT];
    bool known[STORE_FIGURE_COUNT];
};

struct store_draft;
struct store_draft *store_draft_new(void);
void store_draft_free(struct store_draft *d);
bool store_draft_add(struct store_draft *d, const struct store_contact *c); /* false: no room for it */
uint32_t store_draft_contacts(const struct store_draft *d);

struct store_batch {
    uint32_t contacts, days, moments, descriptions;
    char day[STORE_BATCH_DAYS][11];
    char period[STORE_PERIOD_MAX]; /* of the one record of a support site that is in it; "": none, and then it may have contacts */
    uint32_t arguments;      /* of all moments, then all descriptions, then all contacts */
    uint32_t size;           /* of the bytes */
    const uint16_t *lengths; /* of each argument */
    const char *bytes;       /* all of them, one after the other */
};

/* Empties the draft into a batch. Free with free(). */
struct store_batch *store_draft_close(struct store_draft *d);

/* A batch of one record of a support site. NULL: out of memory. */
struct store_batch *store_site_batch(const struct store_site *s);
struct store_batch *store_pair_batch(const struct store_pair *p);

struct store_command;
struct store_command *store_command_new(void);
void store_command_free(struct store_command *cmd);

struct store_envelope {
    const char *installation, *incarnation;
    uint64_t sequence;        /* 0: figures only, the mark stays as it is */
    uint64_t devices_from_ms; /* what is of an earlier hour is told without its device */
    bool demo;
    const char *figures_day;  /* the local day to which the figures' growth belongs; NULL: to none */
};

/* The arguments of the FCALL that offers the batch (NULL: an empty one, which only moves the mark) and the figures (NULL: none);
 * their number is the result. */
int store_command_build(struct store_command *cmd, const struct store_batch *b, const struct store_figures *figures,
                        const struct store_envelope *e, const char ***argv, const size_t **lengths);

#endif
