/* slice.h -- the part of a captured frame that belongs to the layer at hand.
 *
 * Purpose    A frame has two lengths: what was captured, and what the wire had. A slice carries both, so that a layer
 *            can tell a header that the snap length cut from a header that an outer length field has no room for.
 * Shape      Passed by value downwards; each length field on the way may only end it earlier.
 * Threads    None of its business. Ownership: borrows the frame.
 * Failure    slice_ended() says what it means that a header did not fit.
 */
#ifndef TELLTALE_DISSECTORS_SLICE_H
#define TELLTALE_DISSECTORS_SLICE_H

#include "common/byte_reader.h"
#include "dissectors/dissector.h"

struct slice {
    struct byte_reader r;
    size_t cut;    /* bytes that follow r.end on the wire and were not captured     */
    bool declared; /* a length field set the end, so running short of it is its lie */
};

static inline struct slice slice_over(const uint8_t *bytes, size_t captured, size_t wire_len)
{
    struct slice s = {.r = reader_over(bytes, captured), .cut = wire_len > captured ? wire_len - captured : 0};
    return s;
}

/* The length on the wire from here to the end. */
static inline size_t slice_wire(const struct slice *s)
{
    return reader_left(&s->r) + s->cut;
}

/* Ends the slice after n more bytes, as a length field says. False when an outer length field has said less. A frame
 * that merely has less is taken as cut short: only the capture file vouches for a frame's length. */
static inline bool slice_limit(struct slice *s, size_t n)
{
    size_t left = reader_left(&s->r);
    if (s->declared && n > left + s->cut)
        return false;
    s->cut = n > left ? n - left : 0;
    if (n < left)
        s->r.end = s->r.at + n;
    s->declared = true;
    return true;
}

/* What a header that does not fit means. */
static inline enum dissect_outcome slice_ended(const struct slice *s)
{
    return s->declared && s->cut == 0 ? DISSECT_MALFORMED : DISSECT_TRUNCATED;
}

#endif
