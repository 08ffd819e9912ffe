/* ndpi_adapter.h -- what kind of application a flow is: libndpi's opinion (the only file that includes ndpi's headers).
 *
 * Purpose    Names are ours, applications are nDPI's. Where a name is known nDPI classifies the name;
 *            where none is, it inspects the first packets.
 * Hostile    nDPI reads bytes from strangers and trusts lengths in headers. It is never shown a captured frame: each packet is rebuilt
 *            in a buffer of our own with a plain IP header whose lengths are true.
 * Memory     Inspection state (about 700 bytes a flow) comes from a fixed pool and is given back at the decision.
 * Threads    One adapter per worker. ndpi_adapter_new() and _free() of several must not run at the same time.
 * Failure    An empty pool gives NO_INDEX: the flow stays unclassified, and that is counted.
 */
#ifndef TELLTALE_SENSOR_NDPI_ADAPTER_H
#define TELLTALE_SENSOR_NDPI_ADAPTER_H

#include "dissectors/packet.h"
#include "sensor/flow_names.h"

struct ndpi_adapter;

struct application {
    uint16_t master, app, category; /* nDPI's numbers */
};

struct ndpi_adapter *ndpi_adapter_new(uint32_t inspections); /* NULL: out of memory */
void ndpi_adapter_free(struct ndpi_adapter *a);

/* The application behind a host name seen in this protocol. */
struct application ndpi_adapter_by_name(struct ndpi_adapter *a, enum name_protocol protocol, const char *host, size_t len);

uint32_t ndpi_adapter_take(struct ndpi_adapter *a);
void ndpi_adapter_give_back(struct ndpi_adapter *a, uint32_t inspection);
/* Shows one packet with payload. True when nDPI has made up its mind. */
bool ndpi_adapter_inspect(struct ndpi_adapter *a, uint32_t inspection, const struct packet *p, uint64_t time_ms, struct application *out);
/* What nDPI thinks when nothing more will come; may be a guess from the ports. */
struct application ndpi_adapter_give_up(struct ndpi_adapter *a, uint32_t inspection);

bool ndpi_adapter_is_known(struct application app);
bool ndpi_adapter_is_tunnel(struct application app); /* a VPN or Tor */

#define APPLICATION_NAME_MAX 64
/* "TLS.Facebook", "SocialNetwork" */
void ndpi_adapter_name(struct ndpi_adapter *a, struct application app, char name[APPLICATION_NAME_MAX], char category[APPLICATION_NAME_MAX]);

#endif
