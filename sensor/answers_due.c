/* answers_due.c -- see answers_due.h.
 *
 * A queue beside the flow table, not a sweep of it: whoever sweeps asks the memory for every flow, and nearly all of them were answered. What
 * was answered meanwhile costs one look when it comes up. Left out: taking a flow out when it is answered or ends.
 */
#include "sensor/answers_due.h"

#include <stdlib.h>

struct answers_due {
    uint32_t taken, added; /* free-running */
    struct answer_due flows[ANSWERS_DUE_MOST];
};
_Static_assert((ANSWERS_DUE_MOST & (ANSWERS_DUE_MOST - 1)) == 0, "places are found with a mask");

struct answers_due *answers_due_new(void)
{
    return calloc(1, sizeof(struct answers_due));
}

void answers_due_free(struct answers_due *a)
{
    free(a);
}

void answers_due_add(struct answers_due *a, uint64_t flow, uint32_t first_ms, uint32_t said_ms)
{
    if (a->added - a->taken == ANSWERS_DUE_MOST)
        return;
    a->flows[a->added++ & (ANSWERS_DUE_MOST - 1)] = (struct answer_due){.flow = flow, .first_ms = first_ms, .said_ms = said_ms};
}

bool answers_due_take(struct answers_due *a, uint32_t now_ms, struct answer_due *due)
{
    if (a->added == a->taken)
        return false;
    *due = a->flows[a->taken & (ANSWERS_DUE_MOST - 1)];
    /* Signed: a clock that stepped back a little makes nothing due. */
    if ((int32_t)(now_ms - due->said_ms) < (int32_t)ANSWERS_DUE_MS)
        return false;
    a->taken++;
    return true;
}

void answers_due_clear(struct answers_due *a)
{
    a->taken = a->added;
}
