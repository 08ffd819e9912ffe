/* findings_gains.c -- what an open contact gained lately, and how it was before.
 *
 * A contact that began long before a visit keeps its device; what it gained in the last seconds before the visit must not tell of it. So
 * each gain is kept for WITHHOLD_BEFORE_NS with what the contact was before, in one ring for all contacts, the oldest first.
 */
#include "sensor/findings_state.h"

static struct gain *gain_at(struct findings *f, uint32_t i)
{
    return &f->gains[(f->gains_first + i) % GAINS_MOST];
}

void gains_note(struct findings *f, const struct contact *c, uint64_t now_ns)
{
    if (!f->gains || c->withheld)
        return;
    while (f->gains_len > 0 && (f->gains_len == GAINS_MOST || gain_at(f, 0)->at_ns + WITHHOLD_BEFORE_NS < now_ns)) {
        f->gains_first = (f->gains_first + 1) % GAINS_MOST;
        f->gains_len--;
    }
    uint64_t newest_ns = f->gains_len > 0 ? gain_at(f, f->gains_len - 1)->at_ns : 0;
    *gain_at(f, f->gains_len++) = (struct gain){.at_ns = now_ns > newest_ns ? now_ns : newest_ns,
                                                .opened_ns = c->first_ns,
                                                .last_ns = c->last_ns,
                                                .bytes_up = c->bytes_up,
                                                .bytes_down = c->bytes_down,
                                                .contact = contacts_place(f, c),
                                                .device = c->device,
                                                .connections = c->connections,
                                                .evidence = c->evidence,
                                                .seen_by = c->seen_by,
                                                .confirmed = c->confirmed};
}

bool gains_has(struct findings *f, const struct contact *c, uint64_t since_ns)
{
    uint32_t place = contacts_place(f, c);
    for (uint32_t i = f->gains_len; i > 0 && gain_at(f, i - 1)->at_ns >= since_ns; i--)
        if (gain_at(f, i - 1)->contact == place && gain_at(f, i - 1)->opened_ns == c->first_ns)
            return true;
    return false;
}

void gains_take_back(struct findings *f, uint32_t place, uint64_t since_ns, struct contact *out)
{
    for (uint32_t i = f->gains ? f->gains_len : 0; i > 0; i--) {
        const struct gain *g = gain_at(f, i - 1);
        if (g->at_ns < since_ns)
            break;
        if (g->contact != place || g->opened_ns != out->first_ns || g->device != out->device)
            continue;
        out->last_ns = g->last_ns;
        out->bytes_up = g->bytes_up;
        out->bytes_down = g->bytes_down;
        out->connections = g->connections;
        out->evidence = g->evidence;
        out->seen_by = g->seen_by;
        out->confirmed = g->confirmed;
    }
}
