/* ech.h -- the public name in an ECHConfigList, as the `ech` parameter of an HTTPS record carries it (RFC 9849 4).
 *
 * A client that encrypts its hello puts this name outside. Seeing it there is how a passive observer knows that the
 * true name was hidden.
 *
 * Threads    Pure. Ownership: views into the input.
 * Failure    NOT_MINE: no configuration of a version we know. MALFORMED: a length that lies. TRUNCATED is MALFORMED here, as
 *            the list lies whole in its parameter.
 */
#ifndef TELLTALE_DISSECTORS_ECH_H
#define TELLTALE_DISSECTORS_ECH_H

#include "dissectors/dissector.h"

/* The public name of the first configuration that has one; raw, normalise before use. */
enum dissect_outcome ech_public_name(struct bytes_view config_list, struct bytes_view *name);

#endif
