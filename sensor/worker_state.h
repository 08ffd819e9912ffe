/* worker_state.h -- what the parts of a worker share (internal to them: worker.c, worker_flows.c, worker_names.c).
 *
 * Threads    The worker's own, but for the atomic members (worker.h says who else). Ownership: worker_new() makes everything, worker_free() ends it.
 */
#ifndef TELLTALE_SENSOR_WORKER_STATE_H
#define TELLTALE_SENSOR_WORKER_STATE_H

#include "sensor/answers_due.h"
#include "sensor/dns_streams.h"
#include "sensor/frame.h"
#include "sensor/shed.h"
#include "sensor/worker.h"

#include "dissectors/fragments.h"
#include "feeds/services.h"

#define COUNT(w, name, n)                                                                                              \
    atomic_store_explicit(&(w)->counts.name, /* relaxed: one writer; readers only want a recent value */               \
                          atomic_load_explicit(&(w)->counts.name, memory_order_relaxed) + (n), memory_order_relaxed)

struct worker {
    struct worker_options o;
    struct spsc_ring *rings[WORKER_RINGS_MOST];
    unsigned rings_len;
    uint64_t latest_ns; /* of several rings: the latest frame that was taken */
    struct flow_table *flows;
    struct flow_names *names;
    struct dns_streams *dns_streams;
    struct answers_due *answers_due;
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

/* Flow times are 32 bits of milliseconds since the first frame: enough, as only differences to now are used. */
static inline uint32_t worker_ms_of(const struct worker *w, uint64_t time_ns)
{
    return (uint32_t)((int64_t)(time_ns - w->epoch_ns) / (int64_t)NS_PER_MS);
}

static inline uint64_t worker_time_of(const struct worker *w, uint32_t ms)
{
    int32_t age_ms = (int32_t)(worker_ms_of(w, w->now_ns) - ms);
    return w->now_ns - (uint64_t)((int64_t)age_ms * (int64_t)NS_PER_MS);
}

/* Names and applications (worker_names.c) ---------------------------------------------------------------------------- */

/* The flow is this application from now on. */
void worker_classify(struct worker *w, struct flow *f, struct application app);
void worker_inspect(struct worker *w, struct flow *f, const struct packet *p, uint64_t time_ns);
void worker_note_service(struct flow *f, enum service service);
/* For flow_names; context is the worker. */
void worker_on_name(void *context, struct flow *f, const struct name_event *e);
void worker_on_request(void *context, struct flow *f, const struct http_request *r, struct bytes_view body, bool from_device);
bool worker_uses_port(const struct packet *p, uint16_t port);
void worker_look_for_names(struct worker *w, struct flow *f, const struct packet *p, bool from_device);

/* Flows (worker_flows.c) ---------------------------------------------------------------------------------------------- */

void worker_flow_packet(struct worker *w, const struct frame *frame, uint64_t id);
/* Counts the flows whose answer is overdue. */
void worker_count_unanswered(struct worker *w);
/* For flow_table; context is the worker. */
void worker_on_flow_end(void *context, struct flow *f, enum flow_end_reason why);

#endif
