/* answers_due.h -- the flows on which a device named somebody and no server has answered yet, in the order in which they are due.
 *
 * Purpose    A forged hello or lookup is counted as unconfirmed when the contact would have been told, not when its flow is forgotten,
 *            which may be ten minutes later.
 * Shape      ANSWERS_DUE_MOST flows at a time, first in, first out; all wait equally long (ANSWERS_DUE_MS). A flow is known by its identity in
 *            the flow table and by when it began, so that one that came after it on the same tuple is not taken for it.
 * Units      Milliseconds of the flow table.
 * Threads    One worker.
 * Failure    A full one keeps no more: such a flow is counted at its end.
 */
#ifndef TELLTALE_SENSOR_ANSWERS_DUE_H
#define TELLTALE_SENSOR_ANSWERS_DUE_H

#include <stdbool.h>
#include <stdint.h>

#define ANSWERS_DUE_MOST 8192u /* a power of two */
#define ANSWERS_DUE_MS 12000u  /* when a contact is told (findings.c) */

struct answer_due {
    uint64_t flow; /* its identity */
    uint32_t first_ms, said_ms;
};

struct answers_due;

struct answers_due *answers_due_new(void); /* NULL: out of memory */
void answers_due_free(struct answers_due *a);

/* said_ms: now. Calls come in the order of time. */
void answers_due_add(struct answers_due *a, uint64_t flow, uint32_t first_ms, uint32_t said_ms);
/* Takes out the next that is due. false: none is. */
bool answers_due_take(struct answers_due *a, uint32_t now_ms, struct answer_due *due);
/* The clock begins anew: nothing is awaited. */
void answers_due_clear(struct answers_due *a);

#endif
