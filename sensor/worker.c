/* worker.c -- see worker.h.
 *
 * A frame's way: the flow it belongs to (flow_table), the names on it (flow_names, findings_dns), what the names mean
 * (findings), which application it is (ndpi_adapter). When names and application are both decided the flow is done:
 * from then on a packet costs a table hit and two additions.
 */
#include "sensor/worker.h"

#include "dissectors/fragments.h"
#include "feeds/services.h"
#include "sensor/dns_streams.h"
#include "sensor/frame.h"
#include "sensor/last_words.h"
#include "sensor/shed.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HELLO_SLOTS 256
#define DNS_CONVERSATIONS 32
#define INSPECTIONS 4096
#define INSPECT_MOST 12 /* payload packets nDPI is shown before it must decide */
#define ADDRESS_AGE_MS (3600u * 1000)
#define ADDRESS_PAYLOADS 4 /* packets with payload after which a flow without a name is taken to have none */
#define TICK_NS NS_PER_S
#define REQUEST_LEAST 90u /* bytes that a device sends when it asks for something; a ping or an acknowledgement is smaller */
#define SILENCE_MS 1000u  /* on a connection, before a request that may begin something new */
#define LEAP_NS (3600 * NS_PER_S)
#define BATCH 16 /* frames whose flows are asked of the memory before the first of them is looked at */
#define SHED_FORGET_NS (300 * NS_PER_S) /* sooner than any flow that was answered is forgotten */

#define COUNT(w, name, n)                                                                                              \
    atomic_store_explicit(&(w)->counts.name, /* relaxed: one writer; readers only want a recent value */               \
                          atomic_load_explicit(&(w)->counts.name, memory_order_relaxed) + (n), memory_order_relaxed)

struct worker {
    struct worker_options o;
    struct spsc_ring *ring;
    struct flow_table *flows;
    struct flow_names *names;
    struct dns_streams *dns_streams;
    struct fragments *fragments;
    struct findings *findings;
    struct ndpi_adapter *ndpi;
    struct worker_counts counts;
    struct dns_record record; /* scratch */
    struct application_count applications[APPLICATIONS_MOST];
    size_t applications_len;
    uint64_t epoch_ns, now_ns, ticked_ns;
    uint64_t name_ns; /* when a name that is told now was said */
    bool began; /* a frame was seen */
    _Atomic(struct staff_request *) staff; /* to be decided at once; NULL: none */
    _Atomic(struct feed_set *) offered; /* rules to go by from the next frame on, with a hold on them; NULL: none new */
    uint64_t unread_wholes; /* datagrams put together that could not be decoded */
    uint64_t forgot_ns;     /* when the marks were last forgotten */
    struct shed shed;
};

static void on_flow_end(void *context, struct flow *f, enum flow_end_reason why);
static void on_name(void *context, struct flow *f, const struct name_event *e);
static void on_request(void *context, struct flow *f, const struct http_request *r, struct bytes_view body, bool from_device);
static void read_requests_if_wanted(struct worker *w);

struct worker *worker_new(const struct worker_options *options, struct spsc_ring *ring)
{
    struct worker *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->o = *options;
    w->ring = ring;
    randombytes_buf(&w->shed.seed, sizeof(w->shed.seed));
    w->flows = flow_table_new(options->max_flows, on_flow_end, w);
    w->names = flow_names_new(HELLO_SLOTS, on_name, w);
    w->dns_streams = dns_streams_new(DNS_CONVERSATIONS);
    w->fragments = calloc(1, sizeof(*w->fragments));
    w->findings = findings_new(&options->findings);
    w->ndpi = ndpi_adapter_new(INSPECTIONS);
    if (!w->flows || !w->names || !w->dns_streams || !w->fragments || !w->findings || !w->ndpi) {
        worker_free(w);
        return NULL;
    }
    read_requests_if_wanted(w);
    return w;
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    flow_table_free(w->flows);
    flow_names_free(w->names);
    dns_streams_free(w->dns_streams);
    free(w->fragments);
    findings_free(w->findings);
    feed_set_free(atomic_load(&w->offered));
    free(atomic_load(&w->staff));
    ndpi_adapter_free(w->ndpi);
    free(w);
}

void worker_offer_rules(struct worker *w, struct feed_set *set)
{
    /* acq_rel: the set was made before the worker sees it; and one it never saw is ours to give up. */
    feed_set_free(atomic_exchange_explicit(&w->offered, set, memory_order_acq_rel));
}

/* Between two frames: what is kept of the old rules is looked up again or held on to (findings_take_rules()). */
static void take_rules(struct worker *w)
{
    /* relaxed: this line of memory is ours until somebody offers; looking costs nothing. */
    if (!atomic_load_explicit(&w->offered, memory_order_relaxed))
        return;
    struct feed_set *set = atomic_exchange_explicit(&w->offered, NULL, memory_order_acquire);
    findings_take_rules(w->findings, set);
    COUNT(w, rules_taken, 1);
}

void worker_ask_staff(struct worker *w, const struct staff_request *r)
{
    struct staff_request *copy = malloc(sizeof(*copy));
    if (!copy)
        return; /* whoever asked is told that there was no answer */
    *copy = *r;
    /* acq_rel: as with the rules. */
    free(atomic_exchange_explicit(&w->staff, copy, memory_order_acq_rel));
}

/* Requests in clear text are read for those who have a use for them. */
static void read_requests_if_wanted(struct worker *w)
{
    flow_names_on_request(w->names, w->o.findings.leaks || findings_is_testing(w->findings) ? on_request : NULL);
}

/* A replay has no time before its first frame. */
static void take_staff_request(struct worker *w)
{
    if (!atomic_load_explicit(&w->staff, memory_order_relaxed) || (!w->o.live && !w->began)) /* relaxed: as with the rules */
        return;
    struct staff_request *r = atomic_exchange_explicit(&w->staff, NULL, memory_order_acquire);
    findings_staff_request(w->findings, r, w->o.live ? clock_steady_ns() : w->now_ns);
    read_requests_if_wanted(w);
    explicit_bzero(r, sizeof(*r));
    free(r);
}

const struct shed *worker_shed(const struct worker *w)
{
    return &w->shed;
}

const struct worker_counts *worker_counts(const struct worker *w)
{
    return &w->counts;
}

struct findings *worker_findings(const struct worker *w)
{
    return w->findings;
}

const struct application_count *worker_applications(const struct worker *w, size_t *n)
{
    *n = w->applications_len;
    return w->applications;
}

void worker_application_name(struct worker *w, struct application app, char name[APPLICATION_NAME_MAX], char category[APPLICATION_NAME_MAX])
{
    ndpi_adapter_name(w->ndpi, app, name, category);
}

/* Flow times are 32 bits of milliseconds since the first frame: enough, as only differences to now are used. */
static uint32_t ms_of(const struct worker *w, uint64_t time_ns)
{
    return (uint32_t)((int64_t)(time_ns - w->epoch_ns) / (int64_t)NS_PER_MS);
}

static uint64_t time_of(const struct worker *w, uint32_t ms)
{
    int32_t age_ms = (int32_t)(ms_of(w, w->now_ns) - ms);
    return w->now_ns - (uint64_t)((int64_t)age_ms * (int64_t)NS_PER_MS);
}

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

static void classify(struct worker *w, struct flow *f, struct application app)
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
    classify(w, f, ndpi_adapter_by_name(w->ndpi, protocol, host, len));
    last_words(DISSECTOR_NONE, len);
}

/* A flow without a name so far: nDPI looks at its first payload packets. One whose hello has begun is left alone: the
 * name, when it comes, says more. */
static void inspect(struct worker *w, struct flow *f, const struct packet *p, uint64_t time_ns)
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
        classify(w, f, app);
    else if (f->payloads >= INSPECT_MOST)
        classify(w, f, ndpi_adapter_give_up(w->ndpi, f->inspection));
}

/* Names ----------------------------------------------------------------------------------------------------------- */

static void note_service(struct flow *f, enum service service)
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

static void on_name(void *context, struct flow *f, const struct name_event *e)
{
    struct worker *w = context;
    if (w->o.on_name)
        w->o.on_name(w->o.name_context, e->protocol, e->host);
    if (!(f->flags & FLOW_CLASSIFIED) || e->protocol == NAME_TLS)
        classify_by_name(w, f, e->protocol, e->host, e->len);
    enum service service = service_behind(w, f, e);
    note_service(f, service);
    if (!e->from_device || !(f->flags & FLOW_BEYOND) || f->device == NO_INDEX)
        return;
    if (service != SERVICE_ECH_FRONT) /* a front is never asked for */
        findings_note_named(w->findings, f->device, e->host, w->name_ns);
    findings_name(w->findings, f, e, w->name_ns);
}

static void on_request(void *context, struct flow *f, const struct http_request *r, struct bytes_view body, bool from_device)
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

static bool uses_port(const struct packet *p, uint16_t port)
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

static void look_for_names(struct worker *w, struct flow *f, const struct packet *p, bool from_device)
{
    bool dns = uses_port(p, 53) || (p->ip_proto == IP_PROTO_UDP && (uses_port(p, 5353) || uses_port(p, 5355)));
    if (dns && last_words_is_off(DISSECTOR_DNS))
        return;
    if (dns)
        last_words(DISSECTOR_DNS, p->payload.len);
    if (uses_port(p, 53))
        dns_packet(w, f, p, from_device);
    else if (p->ip_proto == IP_PROTO_UDP && uses_port(p, 5353))
        local_discovery(w, p, NAME_MDNS);
    else if (p->ip_proto == IP_PROTO_UDP && uses_port(p, 5355))
        local_discovery(w, p, NAME_LLMNR);
    else if (!(f->flags & FLOW_NAMES_DONE))
        flow_names_packet(w->names, f, p, from_device);
    last_words(DISSECTOR_NONE, 0);
}

/* Flows ----------------------------------------------------------------------------------------------------------- */

/* Plain DNS, NTP and DHCP, of either IP version. */
static bool is_aside(const struct packet *p)
{
    static const uint16_t aside[] = {53, 123, 67, 68, 546, 547};
    for (size_t i = 0; i < sizeof(aside) / sizeof(aside[0]); i++)
        if (uses_port(p, aside[i]))
            return true;
    return false;
}

static void begin_flow(struct worker *w, struct flow *f, const struct frame *frame, bool from_device)
{
    const struct packet *p = &frame->packet;
    bool answer = p->ip_proto == IP_PROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
    bool lone_syn = p->ip_proto == IP_PROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    uint16_t device_port = from_device ? p->src_port : p->dst_port;
    f->server_port = from_device ? p->dst_port : p->src_port;
    /* Seen from its middle, a TCP flow does not say who opened it; the ports do. */
    bool opened = p->ip_proto == IP_PROTO_UDP || lone_syn ? from_device : answer ? !from_device : device_port > f->server_port;
    if (opened)
        f->flags |= FLOW_FROM_DEVICE;
    if (frame->beyond)
        f->flags |= FLOW_BEYOND;
    if (is_aside(p))
        f->flags |= FLOW_ASIDE;
    f->device = findings_device(w->findings, &frame->device, frame->time_ns);
    if (f->device == NO_INDEX) {
        COUNT(w, devices_refused, 1);
        return;
    }
    struct device *d = findings_device_at(w->findings, f->device);
    d->references++;
    if (device_spoke_from(d, from_device ? &p->src : &p->dst, frame->time_ns))
        COUNT(w, devices_doubtful, 1);
    if (frame->beyond && f->server_port == 443 && service_of_address(from_device ? &p->dst : &p->src) == SERVICE_RESOLVER)
        note_service(f, SERVICE_RESOLVER);
}

/* A new connection on a tuple whose old one had said something, or was over. */
static bool is_reopened(const struct flow *f, const struct packet *p)
{
    return p->ip_proto == IP_PROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && (f->payloads > 0 || (f->flags & FLOW_CLOSED));
}

/* Its own word is no proof: anybody in the LAN can send a SYN and a hello in another's name. He does not get the server's number,
 * so the server answers what he says with a reset, or not at all, or with its SYN once more. */
static bool is_server_answer(const struct flow *f, const struct packet *p, bool from_device)
{
    return !from_device && f->payloads > 0 && !(p->ip_proto == IP_PROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_RST)));
}

static void note_progress(struct flow *f, const struct frame *frame, bool from_device, uint32_t now_ms)
{
    const struct packet *p = &frame->packet;
    f->last_ms = now_ms;
    if (from_device)
        f->bytes_up += frame->wire_len;
    else
        f->bytes_down += frame->wire_len;
    bool reset = p->ip_proto == IP_PROTO_TCP && (p->tcp_flags & TCP_RST);
    if (from_device != !!(f->flags & FLOW_FROM_DEVICE) && !reset)
        f->flags |= FLOW_ANSWERED;
    if (p->ip_proto == IP_PROTO_TCP && (p->tcp_flags & (TCP_FIN | TCP_RST)))
        f->flags |= FLOW_CLOSED;
    if (p->payload.len > 0 && f->payloads < UINT8_MAX)
        f->payloads++;
}

/* Once a flow: does the device's DNS say whose address this is? */
static void note_address(struct worker *w, struct flow *f, const struct packet *p, bool from_device)
{
    if (f->device != NO_INDEX && (f->flags & FLOW_BEYOND) && (f->flags & FLOW_FROM_DEVICE) && !(f->flags & FLOW_ASIDE))
        f->by_address = findings_host_of_address(w->findings, f->device, from_device ? &p->dst : &p->src, w->now_ns);
}

/* Nothing but the address tells whose flow this is. */
static bool is_by_address(const struct flow *f)
{
    return f->by_address != NO_INDEX && (f->flags & FLOW_ANSWERED) && !(f->flags & (FLOW_NAMED | FLOW_COUNTED));
}

static void note_sign(struct worker *w, const struct flow *f, bool request, uint64_t time_ns)
{
    struct device *d = findings_device_at(w->findings, f->device);
    if (time_ns > d->last_ns)
        d->last_ns = time_ns;
    if (f->page != UINT16_MAX && (request || f->page < site_set_count(w->o.findings.sites)))
        findings_alive(w->findings, f, request, time_ns);
}

/* Names and application are known, and what else a packet carries is of no use any more. */
static bool is_decided(const struct flow *f)
{
    const unsigned wanted = FLOW_NAMES_DONE | FLOW_CLASSIFIED;
    return (f->flags & wanted) == wanted;
}

/* Lets the capture thread know; datagrams it tells apart by themselves. */
static void note_shed(struct worker *w, const struct flow *f, const struct packet *p)
{
    if (p->ip_proto != IP_PROTO_TCP)
        return;
    if (f->flags & FLOW_CLOSED)
        shed_unmark(&w->shed, shed_hash(&w->shed, p));
    else if (p->payload.len > SHED_KEEP && is_decided(f))
        shed_mark(&w->shed, shed_hash(&w->shed, p));
}

/* id: of its flow. */
static void flow_packet(struct worker *w, const struct frame *frame, uint64_t id)
{
    const struct packet *p = &frame->packet;
    bool from_device = frame->lan == LAN_SRC, is_new;
    uint32_t now_ms = ms_of(w, frame->time_ns);
    struct flow *f = flow_table_get(w->flows, p, id, now_ms, &is_new);
    if (!is_new && is_reopened(f, p)) {
        flow_table_restart(w->flows, f, now_ms);
        is_new = true;
    }
    if (is_new) {
        begin_flow(w, f, frame, from_device);
        shed_unmark(&w->shed, shed_hash(&w->shed, p)); /* of one before it on this tuple that did not say goodbye */
    }
    bool request = from_device && p->payload_wire_len >= REQUEST_LEAST && now_ms - f->last_ms >= SILENCE_MS;
    if (!f->confirmed && is_server_answer(f, p, from_device)) {
        f->confirmed = true;
        findings_confirm(w->findings, f, frame->time_ns);
    }
    note_progress(f, frame, from_device, now_ms);
    findings_reading(w->findings, f, from_device ? &p->dst : &p->src);
    if (p->payload.len > 0 && f->payloads == 1)
        note_address(w, f, p, from_device);
    if (p->payload.len > 0 || (p->tcp_flags & TCP_SYN))
        look_for_names(w, f, p, from_device);
    if (p->payload.len > 0 && !(f->flags & FLOW_CLASSIFIED))
        inspect(w, f, p, frame->time_ns);
    if (is_by_address(f) && ((f->flags & FLOW_HELLO_WHOLE) || f->payloads >= ADDRESS_PAYLOADS))
        findings_address(w->findings, f, w->now_ns);
    findings_reading(w->findings, NULL, NULL);
    note_shed(w, f, p);
    if (f->device != NO_INDEX)
        note_sign(w, f, request, frame->time_ns);
}

/* The cause of a missing name, best known first. */
static int blind_cause(const struct worker *w, const struct flow *f)
{
    if (f->server_port == 853)
        return f->proto == IP_PROTO_TCP ? BLIND_DOT : BLIND_DOQ;
    if (f->blind)
        return f->blind - 1;
    if (f->application != UINT16_MAX && ndpi_adapter_is_tunnel(w->applications[f->application].app))
        return BLIND_VPN;
    if ((f->flags & FLOW_HELLO_BEGAN) && !(f->flags & FLOW_HELLO_WHOLE))
        return BLIND_INCOMPLETE;
    return BLIND_NO_NAME;
}

static void count_blind(struct worker *w, int cause)
{
    switch ((enum blind_spot)cause) {
    case BLIND_ECH: COUNT(w, blind_ech, 1); break;
    case BLIND_DOH: COUNT(w, blind_doh, 1); break;
    case BLIND_DOT: COUNT(w, blind_dot, 1); break;
    case BLIND_DOQ: COUNT(w, blind_doq, 1); break;
    case BLIND_RELAY: COUNT(w, blind_relay, 1); break;
    case BLIND_VPN: COUNT(w, blind_vpn, 1); break;
    case BLIND_INCOMPLETE: COUNT(w, blind_incomplete, 1); break;
    default: COUNT(w, blind_no_name, 1); break;
    }
}

/* The last words of a connection that was forgotten (an ACK, a FIN) are no flow: nothing was said on it. */
static bool is_straggler(const struct flow *f)
{
    return f->proto == IP_PROTO_TCP && f->payloads == 0 && !(f->flags & FLOW_CLIENT_KNOWN);
}

/* Something was said on it that has a name in it, and nobody answered. */
static bool is_unconfirmed(const struct flow *f)
{
    bool lookup = f->server_port == 53 && f->payloads > 0;
    return (f->flags & FLOW_FROM_DEVICE) && !f->confirmed && ((f->flags & FLOW_NAMED) || lookup);
}

static void count_coverage(struct worker *w, const struct flow *f)
{
    if (is_unconfirmed(f))
        COUNT(w, unconfirmed, 1);
    const unsigned wanted = FLOW_FROM_DEVICE | FLOW_ANSWERED | FLOW_BEYOND;
    if ((f->flags & wanted) != wanted || (f->flags & FLOW_ASIDE) || is_straggler(f))
        return;
    COUNT(w, flows, 1);
    if (f->device != NO_INDEX) {
        struct device *d = findings_device_at(w->findings, f->device);
        d->flows++;
        if (f->server_port == 853 || f->blind == BLIND_DOH + 1)
            d->hidden_dns = d->resolver_seen = true;
    }
    if (f->flags & FLOW_NAMED)
        COUNT(w, named, 1);
    /* An encrypted resolver may have a name of its own; what it hides is others'. */
    if (!(f->flags & FLOW_NAMED) || f->blind || f->server_port == 853)
        count_blind(w, blind_cause(w, f));
}

static void on_flow_end(void *context, struct flow *f, enum flow_end_reason why)
{
    struct worker *w = context;
    w->name_ns = time_of(w, f->last_ms);
    flow_names_end(w->names, f);
    w->name_ns = w->now_ns;
    dns_streams_end(w->dns_streams, f);
    last_words(DISSECTOR_NDPI, 0);
    if (!(f->flags & FLOW_CLASSIFIED) && f->inspection != NO_INDEX)
        classify(w, f, ndpi_adapter_give_up(w->ndpi, f->inspection));
    last_words(DISSECTOR_NONE, 0);
    if (f->application != UINT16_MAX) {
        w->applications[f->application].flows++;
        w->applications[f->application].bytes += f->bytes_up + f->bytes_down;
    }
    if (is_by_address(f) && ms_of(w, w->now_ns) - f->first_ms < ADDRESS_AGE_MS)
        findings_address(w->findings, f, time_of(w, f->first_ms)); /* few words were said on it, at its beginning */
    count_coverage(w, f);
    if (why == FLOW_END_PUSHED_OUT && (f->flags & FLOW_ANSWERED))
        COUNT(w, flows_pushed_out, 1);
    findings_flow_end(w->findings, f, time_of(w, f->last_ms));
    if (f->device != NO_INDEX)
        findings_device_at(w->findings, f->device)->references--;
}

/* The loop -------------------------------------------------------------------------------------------------------- */

static void expire_fragments(struct worker *w, uint64_t now_ns)
{
    fragments_expire(w->fragments, now_ns);
    uint64_t dropped = fragments_dropped(w->fragments) + w->unread_wholes;
    atomic_store_explicit(&w->counts.fragments_dropped, dropped, memory_order_relaxed); /* as COUNT */
}

/* The clock leapt: the next capture file, a machine that slept, or one that has learned what day it is. Whatever was open is
 * over, and flow times, which are 32 bits of milliseconds, begin anew. */
static void leap(struct worker *w, uint64_t now_ns)
{
    uint64_t gap = now_ns > w->now_ns ? now_ns - w->now_ns : w->now_ns - now_ns;
    if (w->now_ns == 0 || gap <= LEAP_NS)
        return;
    flow_table_finish(w->flows);
    findings_finish(w->findings, w->now_ns);
    w->epoch_ns = now_ns;
}

/* What others count: taken over now and then, and at the end. */
static void take_counts(struct worker *w)
{
    uint64_t pushed_out, refused, seen, along;
    findings_table_losses(w->findings, &pushed_out, &refused);
    attribution_names(findings_attribution(w->findings), &seen, &along);
    atomic_store_explicit(&w->counts.contacts_pushed_out, pushed_out, memory_order_relaxed);
    atomic_store_explicit(&w->counts.contacts_refused, refused, memory_order_relaxed);
    atomic_store_explicit(&w->counts.hellos_evicted, flow_names_counts(w->names).hellos_evicted, memory_order_relaxed);
    atomic_store_explicit(&w->counts.names_seen, seen, memory_order_relaxed);
    atomic_store_explicit(&w->counts.names_along, along, memory_order_relaxed);
}

static void tick(struct worker *w, uint64_t now_ns)
{
    leap(w, now_ns);
    w->now_ns = w->name_ns = now_ns;
    if (now_ns < w->ticked_ns + TICK_NS && now_ns >= w->ticked_ns)
        return;
    w->ticked_ns = now_ns;
    flow_table_sweep(w->flows, ms_of(w, now_ns), flow_table_sets(w->flows) / 16);
    findings_tick(w->findings, now_ns);
    read_requests_if_wanted(w);
    expire_fragments(w, now_ns);
    if (now_ns - w->forgot_ns >= SHED_FORGET_NS) { /* or the clock went back */
        shed_forget(&w->shed);
        w->forgot_ns = now_ns;
    }
    take_counts(w);
}

static void count_undecodable(struct worker *w, enum dissect_outcome outcome)
{
    if (outcome == DISSECT_TRUNCATED)
        COUNT(w, undecodable_truncated, 1);
    else if (outcome == DISSECT_MALFORMED)
        COUNT(w, undecodable_malformed, 1);
    else
        COUNT(w, undecodable_foreign, 1);
}

static bool has_flow(const struct packet *p)
{
    return p->ip_proto == IP_PROTO_TCP || p->ip_proto == IP_PROTO_UDP;
}

static void take_packet(struct worker *w, const struct frame *frame, uint64_t id)
{
    if (has_flow(&frame->packet))
        flow_packet(w, frame, id);
    else
        COUNT(w, other_protocols, 1);
}

/* wire_len is what its flow has not been given yet. Device and direction are those of the piece that came last; the
 * capture thread decides them by addresses, which are the same in all. */
static void take_whole(struct worker *w, const struct frame *last, const struct whole_datagram *found)
{
    struct frame whole = *last;
    whole.wire_len = found->wire_len < UINT32_MAX ? (uint32_t)found->wire_len : UINT32_MAX;
    enum dissect_outcome rc = packet_decode_ip(found->ip.at, found->ip.len, found->ip.len, &whole.packet);
    if (rc == DISSECT_OK && !whole.packet.fragment) /* in a tunnel it may be: pieces of pieces are left alone */
        take_packet(w, &whole, flow_table_id(w->flows, &whole.packet));
    else
        w->unread_wholes++;
}

/* Does a piece hold the fixed part of its transport header? */
static bool begins_flow(const struct packet *p)
{
    size_t header = p->ip_proto == IP_PROTO_TCP ? 20 : 8;
    return p->fragment_offset == 0 && (p->ip_proto == IP_PROTO_TCP || p->ip_proto == IP_PROTO_UDP) && p->payload.len >= header;
}

/* A first piece counts for its flow at once, whatever becomes of the others, but without a payload: that waits for the
 * whole datagram, with which the flow is given the other pieces' bytes. */
static void take_fragment(struct worker *w, const struct frame *frame)
{
    bool begins = begins_flow(&frame->packet);
    struct whole_datagram found;
    COUNT(w, fragments, 1);
    if (begins) {
        struct frame head = *frame;
        head.packet.payload = (struct bytes_view){0};
        head.packet.payload_wire_len = 0;
        flow_packet(w, &head, flow_table_id(w->flows, &head.packet));
    }
    last_words(DISSECTOR_FRAGMENTS, frame->packet.payload.len);
    if (!last_words_is_off(DISSECTOR_FRAGMENTS) && fragments_put(w->fragments, &frame->packet, begins ? 0 : frame->wire_len, frame->time_ns, &found) == FRAGMENT_WHOLE)
        take_whole(w, frame, &found);
}

/* In which order flows end, and which one must make room, depends on the flow table's key. The report of a saved capture
 * shall be the same every time, so the key is made from its first packet: not to be foreseen by those who were recorded. */
static void begin(struct worker *w, const struct frame *first)
{
    enum { SEED_PAYLOAD = 64 };
    struct {
        uint64_t time_ns;
        struct ip_addr src, dst;
        uint32_t seq, ack, ports;
        uint8_t payload[SEED_PAYLOAD];
    } seed = {.time_ns = first->time_ns};
    const struct packet *p = &first->packet;
    if (first->outcome == DISSECT_OK) {
        seed.src = p->src;
        seed.dst = p->dst;
        seed.seq = p->tcp_seq;
        seed.ack = p->tcp_ack;
        seed.ports = (uint32_t)p->src_port << 16 | p->dst_port;
        if (p->payload.len > 0)
            memcpy(seed.payload, p->payload.at, p->payload.len < SEED_PAYLOAD ? p->payload.len : SEED_PAYLOAD);
    }
    if (!w->o.live)
        flow_table_seed(w->flows, &seed, sizeof(seed));
    w->epoch_ns = first->time_ns;
    w->began = true;
}

/* id: of its flow, when it is whole and has one. */
static void take_frame(struct worker *w, const struct frame *frame, uint64_t id)
{
    tick(w, frame->time_ns);
    if (frame->outcome != DISSECT_OK) {
        count_undecodable(w, frame->outcome);
        return;
    }
    COUNT(w, decoded, 1);
    COUNT(w, bytes, frame->wire_len);
    if (frame->nobody)
        return; /* neither end is in the LAN that was configured: nobody of ours */
    if (frame->packet.fragment)
        take_fragment(w, frame);
    else
        take_packet(w, frame, id);
}

static bool is_same_way(const struct packet *a, const struct packet *b)
{
    return a->src_port == b->src_port && a->dst_port == b->dst_port && a->ip_proto == b->ip_proto && ip_equal(&a->src, &b->src) &&
           ip_equal(&a->dst, &b->dst);
}

/* Takes what lies in the ring, up to a batch. The memory is asked for all sets of flows first, then for the flows: it answers
 * many questions in the time of one. FRAME_END, if it came, is the last frame there is. */
static bool take_batch(struct worker *w, void *const *records, size_t n)
{
    uint64_t ids[BATCH] = {0};
    const struct frame *last = records[n - 1];
    bool end = last->kind == FRAME_END;
    if (end)
        n--;
    if (!w->began && n > 0)
        begin(w, records[0]);
    for (size_t i = 0; i < n; i++) {
        const struct frame *frame = records[i];
        if (frame->outcome != DISSECT_OK || frame->packet.fragment || !has_flow(&frame->packet))
            continue;
        if (i > 0 && ids[i - 1] && is_same_way(&frame->packet, &((const struct frame *)records[i - 1])->packet)) {
            ids[i] = ids[i - 1]; /* packets come in trains */
            continue;
        }
        ids[i] = flow_table_id(w->flows, &frame->packet);
        flow_table_prefetch(w->flows, ids[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (ids[i] && (i == 0 || ids[i] != ids[i - 1]))
            flow_table_prefetch_flow(w->flows, ids[i], ms_of(w, ((const struct frame *)records[i])->time_ns));
    for (size_t i = 0; i < n; i++) {
        take_rules(w);
        take_staff_request(w);
        take_frame(w, records[i], ids[i]);
    }
    return end;
}

static void finish(struct worker *w)
{
    expire_fragments(w, UINT64_MAX);
    flow_table_finish(w->flows);
    findings_finish(w->findings, w->now_ns);
    take_counts(w);
    findings_end_day(w->findings);
}

void worker_run(struct worker *w)
{
    last_words_thread(1 + w->o.number);
    for (bool end = false; !end;) {
        void *records[BATCH];
        take_rules(w);
        take_staff_request(w);
        size_t n = spsc_ring_peek_many(w->ring, records, BATCH);
        if (n == 0) {
            if (w->o.live && w->began)
                tick(w, clock_steady_ns());
            spsc_ring_wait(w->ring, 100);
            continue;
        }
        end = take_batch(w, records, n);
        spsc_ring_release_many(w->ring);
    }
    finish(w);
}
