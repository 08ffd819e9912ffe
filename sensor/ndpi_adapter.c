/* ndpi_adapter.c -- see ndpi_adapter.h.
 *
 * Written against libndpi 4.2. `flow->protos` is a union and is not read. The scratch flow for name look-ups is wiped
 * each time, because the matcher leaves its result in it. ndpi_get_api_version() differs between builds of the same
 * release and is never compared.
 */
#include "sensor/ndpi_adapter.h"

#include "common/hostname.h"


#include <ndpi/ndpi_api.h>
#include <ndpi/ndpi_main.h>
#include <ndpi/ndpi_typedefs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD_SHOWN 1460 /* bytes of a packet that nDPI is shown */

struct ndpi_adapter {
    struct ndpi_detection_module_struct *module;
    struct ndpi_flow_struct *flows;
    uint32_t *free_list;
    uint32_t count, free_count;
    struct ndpi_flow_struct scratch;
    uint8_t packet[40 + 60 + PAYLOAD_SHOWN + 64];
};

struct ndpi_adapter *ndpi_adapter_new(uint32_t inspections)
{
    struct ndpi_adapter *a = calloc(1, sizeof(*a));
    if (!a)
        return NULL;
    a->flows = calloc(inspections, sizeof(*a->flows));
    a->free_list = calloc(inspections, sizeof(*a->free_list));
    a->module = ndpi_init_detection_module(ndpi_no_prefs);
    if (!a->flows || !a->free_list || !a->module) {
        ndpi_adapter_free(a);
        return NULL;
    }
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(a->module, &all);
    ndpi_finalize_initialization(a->module);
    a->count = a->free_count = inspections;
    for (uint32_t i = 0; i < inspections; i++)
        a->free_list[i] = inspections - 1 - i;
    return a;
}

void ndpi_adapter_free(struct ndpi_adapter *a)
{
    if (!a)
        return;
    for (uint32_t i = 0; a->flows && i < a->count; i++)
        ndpi_free_flow_data(&a->flows[i]);
    if (a->module)
        ndpi_exit_detection_module(a->module);
    free(a->flows);
    free(a->free_list);
    free(a);
}

static struct application from_ndpi(struct ndpi_adapter *a, ndpi_protocol p)
{
    return (struct application){.master = p.master_protocol, .app = p.app_protocol, .category = (uint16_t)ndpi_get_proto_category(a->module, p)};
}

struct application ndpi_adapter_by_name(struct ndpi_adapter *a, enum name_protocol protocol, const char *host, size_t len)
{
    static const uint16_t masters[NAME_PROTOCOLS] = {
        [NAME_DNS] = NDPI_PROTOCOL_DNS,   [NAME_DNS_TARGET] = NDPI_PROTOCOL_DNS, [NAME_TLS] = NDPI_PROTOCOL_TLS,
        [NAME_QUIC] = NDPI_PROTOCOL_QUIC, [NAME_HTTP] = NDPI_PROTOCOL_HTTP,      [NAME_CONNECT] = NDPI_PROTOCOL_HTTP_CONNECT,
        [NAME_MDNS] = NDPI_PROTOCOL_MDNS, [NAME_LLMNR] = NDPI_PROTOCOL_LLMNR,
    };
    char text[HOSTNAME_MAX + 1];
    ndpi_protocol_match_result match;
    memset(&a->scratch, 0, sizeof(a->scratch));
    memset(&match, 0, sizeof(match));
    memcpy(text, host, len + 1); /* nDPI's argument is not const */
    uint16_t app = ndpi_match_host_subprotocol(a->module, &a->scratch, text, (u_int)len, &match, masters[protocol]);
    ndpi_free_flow_data(&a->scratch);
    ndpi_protocol p = {.master_protocol = masters[protocol], .app_protocol = app == NDPI_PROTOCOL_UNKNOWN ? masters[protocol] : app};
    if (p.app_protocol == p.master_protocol)
        p.master_protocol = NDPI_PROTOCOL_UNKNOWN;
    return from_ndpi(a, p);
}

uint32_t ndpi_adapter_take(struct ndpi_adapter *a)
{
    return a->free_count ? a->free_list[--a->free_count] : NO_INDEX;
}

void ndpi_adapter_give_back(struct ndpi_adapter *a, uint32_t inspection)
{
    if (inspection == NO_INDEX)
        return;
    ndpi_free_flow_data(&a->flows[inspection]);
    memset(&a->flows[inspection], 0, sizeof(a->flows[inspection]));
    a->free_list[a->free_count++] = inspection;
}

static void put_u16(uint8_t *at, size_t n)
{
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
}

static void put_u32(uint8_t *at, uint32_t n)
{
    put_u16(at, n >> 16);
    put_u16(at + 2, n);
}

static size_t put_ip(uint8_t *at, const struct packet *p, size_t body)
{
    if (p->ip_version == 4) {
        memset(at, 0, 20);
        at[0] = 0x45;
        put_u16(at + 2, 20 + body);
        at[8] = 64;
        at[9] = p->ip_proto;
        memcpy(at + 12, p->src.bytes + 12, 4);
        memcpy(at + 16, p->dst.bytes + 12, 4);
        return 20;
    }
    memset(at, 0, 8);
    at[0] = 0x60;
    put_u16(at + 4, body);
    at[6] = p->ip_proto;
    at[7] = 64;
    memcpy(at + 8, p->src.bytes, 16);
    memcpy(at + 24, p->dst.bytes, 16);
    return 40;
}

/* The packet anew: headers without options, whose lengths are those of the bytes that follow. */
static size_t rebuild(struct ndpi_adapter *a, const struct packet *p)
{
    size_t payload = p->payload.len < PAYLOAD_SHOWN ? p->payload.len : PAYLOAD_SHOWN;
    size_t l4 = p->ip_proto == IP_PROTO_TCP ? 20 : 8;
    uint8_t *at = a->packet;
    at += put_ip(at, p, l4 + payload);
    memset(at, 0, l4);
    put_u16(at, p->src_port);
    put_u16(at + 2, p->dst_port);
    if (p->ip_proto == IP_PROTO_TCP) {
        put_u32(at + 4, p->tcp_seq);
        put_u32(at + 8, p->tcp_ack);
        at[12] = 5 << 4;
        at[13] = p->tcp_flags;
        put_u16(at + 14, 65535);
    } else {
        put_u16(at + 4, 8 + payload);
    }
    at += l4;
    if (payload)
        memcpy(at, p->payload.at, payload);
    return (size_t)(at - a->packet) + payload;
}

bool ndpi_adapter_inspect(struct ndpi_adapter *a, uint32_t inspection, const struct packet *p, uint64_t time_ms, struct application *out)
{
    size_t n = rebuild(a, p);
    ndpi_protocol found = ndpi_detection_process_packet(a->module, &a->flows[inspection], a->packet, (unsigned short)n, time_ms);
    *out = from_ndpi(a, found);
    return ndpi_adapter_is_known(*out);
}

struct application ndpi_adapter_give_up(struct ndpi_adapter *a, uint32_t inspection)
{
    u_int8_t guessed = 0;
    return from_ndpi(a, ndpi_detection_giveup(a->module, &a->flows[inspection], 1, &guessed));
}

bool ndpi_adapter_is_known(struct application app)
{
    return app.app != NDPI_PROTOCOL_UNKNOWN || app.master != NDPI_PROTOCOL_UNKNOWN;
}

bool ndpi_adapter_is_tunnel(struct application app)
{
    return app.category == NDPI_PROTOCOL_CATEGORY_VPN || app.app == NDPI_PROTOCOL_TOR || app.master == NDPI_PROTOCOL_TOR;
}

void ndpi_adapter_name(struct ndpi_adapter *a, struct application app, char name[APPLICATION_NAME_MAX], char category[APPLICATION_NAME_MAX])
{
    ndpi_protocol p = {.master_protocol = app.master, .app_protocol = app.app, .category = (ndpi_protocol_category_t)app.category};
    ndpi_protocol2name(a->module, p, name, APPLICATION_NAME_MAX);
    const char *word = ndpi_category_get_name(a->module, (ndpi_protocol_category_t)app.category);
    snprintf(category, APPLICATION_NAME_MAX, "%s", word ? word : "");
}
