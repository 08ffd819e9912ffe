/* dns_streams.h -- DNS over TCP: cuts the messages out of both directions of a flow (RFC 1035 4.2.2, RFC 7766).
 *
 * Shape      { u16 length, message } repeated, the lengths and messages split over segments as it happens, in any order. A fixed
 *            number of conversations, 16 KiB each way; of a longer message, or one that the capture cut, the first part is read.
 * Threads    One worker. Ownership: messages live during the call.
 * Failure    When all conversations are taken, one that never spoke is given up, else the one touched longest ago. It goes on where
 *            it is, as one whose beginning was not seen. Bytes with a length that no message has are passed over.
 */
#ifndef TELLTALE_SENSOR_DNS_STREAMS_H
#define TELLTALE_SENSOR_DNS_STREAMS_H

#include "sensor/flow_table.h"

struct dns_streams;

struct dns_streams *dns_streams_new(uint32_t conversations);
void dns_streams_free(struct dns_streams *s);

void dns_streams_packet(struct dns_streams *s, struct flow *f, const struct packet *p, bool from_device,
                        void (*on_message)(void *context, const uint8_t *message, size_t n), void *context);
void dns_streams_end(struct dns_streams *s, struct flow *f);

#endif
