/* dissector.h -- what every dissector has in common.
 *
 * A dissector is a pure function: bytes in, struct out, no allocation, no clock, no log. Results that
 * point into its input are views and die with it.
 */
#ifndef TELLTALE_DISSECTORS_DISSECTOR_H
#define TELLTALE_DISSECTORS_DISSECTOR_H

#include <stddef.h>
#include <stdint.h>

enum dissect_outcome {
    DISSECT_OK,
    DISSECT_TRUNCATED, /* right so far, but the bytes end before the message does */
    DISSECT_MALFORMED, /* a length or a field contradicts the specification       */
    DISSECT_NOT_MINE   /* another protocol                                        */
};

/* Bytes that belong to someone else. at may be NULL only when len is 0. */
struct bytes_view {
    const uint8_t *at;
    size_t len;
};

#endif
