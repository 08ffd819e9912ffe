/* worker_flows.c -- a flow from its first packet to its end: what is noted of it, when it is decided, and how it counts for coverage. */
#include "sensor/worker_state.h"

#include "sensor/last_words.h"

#include <string.h>

#define ADDRESS_AGE_MS (3600u * 1000)
#define ADDRESS_PAYLOADS 4 /* packets with payload after which a flow without a name is taken to have none */
#define REQUEST_LEAST 90u /* bytes that a device sends when it asks for something; a ping or an acknowledgement is smaller */
#define SILENCE_MS 1000u  /* on a connection, before a request that may begin something new */

/* Plain DNS, NTP and DHCP, of either IP version. */
static bool is_aside(const struct packet *p)
{
    static const uint16_t aside[] = {53, 123, 67, 68, 546, 547};
    for (size_t i = 0; i < sizeof(aside) / sizeof(aside[0]); i++)
        if (worker_uses_port(p, aside[i]))
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
        worker_note_service(f, SERVICE_RESOLVER);
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

/* Something was said on it that has a name in it, and nobody answered. */
static bool is_unconfirmed(const struct flow *f)
{
    bool lookup = f->server_port == 53 && f->payloads > 0;
    return (f->flags & FLOW_FROM_DEVICE) && !f->confirmed && ((f->flags & FLOW_NAMED) || lookup);
}

/* The first time that a flow owes an answer. */
static void note_awaited(struct worker *w, struct flow *f, uint64_t id, uint32_t now_ms)
{
    if (f->awaited || !is_unconfirmed(f))
        return;
    f->awaited = true;
    answers_due_add(w->answers_due, id, f->first_ms, now_ms);
}

/* Once a flow: when its answer is overdue, or at its end. */
static void count_unconfirmed(struct worker *w, struct flow *f)
{
    if (f->unconfirmed || !is_unconfirmed(f))
        return;
    f->unconfirmed = true;
    COUNT(w, unconfirmed, 1);
}

void worker_count_unanswered(struct worker *w)
{
    struct answer_due due;
    while (answers_due_take(w->answers_due, worker_ms_of(w, w->now_ns), &due)) {
        struct flow *f = flow_table_find(w->flows, due.flow);
        if (f && f->first_ms == due.first_ms)
            count_unconfirmed(w, f);
    }
}

/* id: of its flow. */
void worker_flow_packet(struct worker *w, const struct frame *frame, uint64_t id)
{
    const struct packet *p = &frame->packet;
    bool from_device = frame->lan == LAN_SRC, is_new;
    uint32_t now_ms = worker_ms_of(w, frame->time_ns);
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
    findings_reading(w->findings, f, from_device ? &p->dst : &p->src); /* first: a contact takes its place from here */
    if (!f->confirmed && is_server_answer(f, p, from_device)) {
        f->confirmed = true;
        findings_confirm(w->findings, f, frame->time_ns);
    }
    note_progress(f, frame, from_device, now_ms);
    if (p->payload.len > 0 && f->payloads == 1)
        note_address(w, f, p, from_device);
    if (p->payload.len > 0 || (p->tcp_flags & TCP_SYN))
        worker_look_for_names(w, f, p, from_device);
    if (p->payload.len > 0 && !(f->flags & FLOW_CLASSIFIED))
        worker_inspect(w, f, p, frame->time_ns);
    if (is_by_address(f) && ((f->flags & FLOW_HELLO_WHOLE) || f->payloads >= ADDRESS_PAYLOADS))
        findings_address(w->findings, f, w->now_ns);
    findings_reading(w->findings, NULL, NULL);
    if (p->payload.len > 0 && !f->confirmed)
        note_awaited(w, f, id, now_ms);
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

static void count_coverage(struct worker *w, const struct flow *f)
{
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

void worker_on_flow_end(void *context, struct flow *f, enum flow_end_reason why)
{
    struct worker *w = context;
    w->name_ns = worker_time_of(w, f->last_ms);
    flow_names_end(w->names, f);
    w->name_ns = w->now_ns;
    dns_streams_end(w->dns_streams, f);
    last_words(DISSECTOR_NDPI, 0);
    if (!(f->flags & FLOW_CLASSIFIED) && f->inspection != NO_INDEX)
        worker_classify(w, f, ndpi_adapter_give_up(w->ndpi, f->inspection));
    last_words(DISSECTOR_NONE, 0);
    if (f->application != UINT16_MAX) {
        w->applications[f->application].flows++;
        w->applications[f->application].bytes += f->bytes_up + f->bytes_down;
    }
    if (is_by_address(f) && worker_ms_of(w, w->now_ns) - f->first_ms < ADDRESS_AGE_MS)
        findings_address(w->findings, f, worker_time_of(w, f->first_ms)); /* few words were said on it, at its beginning */
    count_unconfirmed(w, f);
    count_coverage(w, f);
    if (why == FLOW_END_PUSHED_OUT && (f->flags & FLOW_ANSWERED))
        COUNT(w, flows_pushed_out, 1);
    findings_flow_end(w->findings, f, worker_time_of(w, f->last_ms));
    if (f->device != NO_INDEX)
        findings_device_at(w->findings, f->device)->references--;
}
