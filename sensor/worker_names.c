/* worker_names.c -- which names a flow's packets say, and which application it is.
 *
 * Ours are the names (flow_names, DNS through findings); nDPI says the application, by the name where there is one (ndpi_adapter.c).
 */
#include "sensor/worker_state.h"

#include "sensor/last_words.h"

#include <string.h>

#define INSPECT_MOST 12 /* payload packets nDPI is shown before it must decide */

/* Applications ---------------------------------------------------------------------------------------------------- */

static uint16_t application_index(struct worker *w, struct application app)
{
    for (size_t i = 0; i < w->applications_len; i++)
        if (memcmp(&w->applications[i].app, &app, sizeof(app)) == 0)
            return (uint16_t)i;
    if (w->applications_len == APPLICATIONS_MOST)
        return UINT16_MAX;
    w->applications[w->applications_len].app = app;
    return (uint16_t)w->applications_len++;
}

void worker_classify(struct worker *w, struct flow *f, struct application app)
{
    f->application = application_index(w, app);
    f->flags |= FLOW_CLASSIFIED;
    ndpi_adapter_give_back(w->ndpi, f->inspection);
    f->inspection = NO_INDEX;
}

static void classify_by_name(struct worker *w, struct flow *f, enum name_protocol protocol, const char *host, size_t len)
{
    if (last_words_is_off(DISSECTOR_NDPI))
        return;
    last_words(DISSECTOR_NDPI, len);
    worker_classify(w, f, ndpi_adapter_by_name(w->ndpi, protocol, host, len));
    last_words(DISSECTOR_NONE, len);
}

/* A flow without a name so far: nDPI looks at its first payload packets. One whose hello has begun is left alone: the
 * name, when it comes, says more. */
void worker_inspect(struct worker *w, struct flow *f, const struct packet *p, uint64_t time_ns)
{
    struct application app;
    if (((f->flags & FLOW_HELLO_BEGAN) && !(f->flags & FLOW_NAMES_DONE)) || last_words_is_off(DISSECTOR_NDPI))
        return;
    last_words(DISSECTOR_NDPI, p->payload.len);
    if (f->inspection == NO_INDEX && (f->inspection = ndpi_adapter_take(w->ndpi)) == NO_INDEX) {
        COUNT(w, inspections_refused, 1);
        f->flags |= FLOW_CLASSIFIED;
        return;
    }
    if (ndpi_adapter_inspect(w->ndpi, f->inspection, p, time_ns / NS_PER_MS, &app))
        worker_classify(w, f, app);
    else if (f->payloads >= INSPECT_MOST)
        worker_classify(w, f, ndpi_adapter_give_up(w->ndpi, f->inspection));
}

/* Names ----------------------------------------------------------------------------------------------------------- */

void worker_note_service(struct flow *f, enum service service)
{
    static const uint8_t causes[] = {[SERVICE_RESOLVER] = BLIND_DOH, [SERVICE_RELAY] = BLIND_RELAY, [SERVICE_ECH_FRONT] = BLIND_ECH};
    if (service == SERVICE_NONE || service == SERVICE_BLOCK_PAGE || service == SERVICE_FILES)
        return;
    if (service == SERVICE_ECH_FRONT)
        f->flags &= (uint16_t)~FLOW_NAMED; /* the outer name says nothing about the inner one */
    f->blind = (uint8_t)(causes[service] + 1);
}

/* Every hello of today's Chromium carries something that looks like an encrypted hello. It is one only when the name
 * outside is known as a front, or this device's own DNS answer said that it would be. */
static enum service service_behind(struct worker *w, const struct flow *f, const struct name_event *e)
{
    enum service service = service_of_name(e->host);
    if (service == SERVICE_NONE && e->may_be_ech && f->device != NO_INDEX && findings_is_front(w->findings, f->device, e->host))
        service = SERVICE_ECH_FRONT;
    return service;
}

void worker_on_name(void *context, struct flow *f, const struct name_event *e)
{
    struct worker *w = context;
    if (w->o.on_name)
        w->o.on_name(w->o.name_context, e->protocol, e->host);
    if (!(f->flags & FLOW_CLASSIFIED) || e->protocol == NAME_TLS)
        classify_by_name(w, f, e->protocol, e->host, e->len);
    enum service service = service_behind(w, f, e);
    worker_note_service(f, service);
    if (!e->from_device || !(f->flags & FLOW_BEYOND) || f->device == NO_INDEX)
        return;
    if (service != SERVICE_ECH_FRONT) /* a front is never asked for */
        findings_note_named(w->findings, f->device, e->host, w->name_ns);
    findings_name(w->findings, f, e, w->name_ns);
}

void worker_on_request(void *context, struct flow *f, const struct http_request *r, struct bytes_view body, bool from_device)
{
    struct worker *w = context;
    if (from_device && (f->flags & FLOW_BEYOND) && f->device != NO_INDEX)
        findings_request(w->findings, f, r, body);
}

static void told_by_dns(void *context, enum name_protocol protocol, const struct dns_name *name)
{
    struct worker *w = context;
    bool root = name->len == 0 || strcmp(name->text, ".") == 0;
    if (w->o.on_name && !root)
        w->o.on_name(w->o.name_context, protocol, name->text);
}

/* Local discovery: its names are told apart and never matched. */
static void local_discovery(struct worker *w, const struct packet *p, enum name_protocol protocol)
{
    struct dns_message m;
    struct dns_record r;
    if (!w->o.on_name || dns_open(&m, p->payload.at, p->payload.len) != DISSECT_OK)
        return;
    while (dns_next(&m, &r) == DISSECT_OK && r.section == DNS_QUESTION)
        told_by_dns(w, protocol, &r.name);
}

bool worker_uses_port(const struct packet *p, uint16_t port)
{
    return p->src_port == port || p->dst_port == port;
}

struct dns_flow {
    struct worker *worker;
    struct flow *flow;
    bool from_device;
};

static void dns_message(void *context, const uint8_t *message, size_t n)
{
    struct dns_flow *d = context;
    struct worker *w = d->worker;
    struct dns_message m;
    struct dns_record *r = &w->record;
    if (!(d->flow->flags & FLOW_CLASSIFIED) && dns_open(&m, message, n) == DISSECT_OK && dns_next(&m, r) == DISSECT_OK && r->name.is_host)
        classify_by_name(w, d->flow, NAME_DNS, r->name.text, r->name.len);
    findings_dns(w->findings, d->flow->device, message, n, d->from_device, w->now_ns, told_by_dns, w);
}

static void dns_packet(struct worker *w, struct flow *f, const struct packet *p, bool from_device)
{
    struct dns_flow d = {.worker = w, .flow = f, .from_device = from_device};
    if (p->ip_proto == IP_PROTO_TCP)
        dns_streams_packet(w->dns_streams, f, p, from_device, dns_message, &d);
    else
        dns_message(&d, p->payload.at, p->payload.len);
}

void worker_look_for_names(struct worker *w, struct flow *f, const struct packet *p, bool from_device)
{
    bool dns = worker_uses_port(p, 53) || (p->ip_proto == IP_PROTO_UDP && (worker_uses_port(p, 5353) || worker_uses_port(p, 5355)));
    if (dns && last_words_is_off(DISSECTOR_DNS))
        return;
    if (dns)
        last_words(DISSECTOR_DNS, p->payload.len);
    if (worker_uses_port(p, 53))
        dns_packet(w, f, p, from_device);
    else if (p->ip_proto == IP_PROTO_UDP && worker_uses_port(p, 5353))
        local_discovery(w, p, NAME_MDNS);
    else if (p->ip_proto == IP_PROTO_UDP && worker_uses_port(p, 5355))
        local_discovery(w, p, NAME_LLMNR);
    else if (!(f->flags & FLOW_NAMES_DONE))
        flow_names_packet(w->names, f, p, from_device);
    last_words(DISSECTOR_NONE, 0);
}
