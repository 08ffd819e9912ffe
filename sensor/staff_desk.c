/* staff_desk.c -- see staff_desk.h.
 *
 * The capture thread reads a call and checks it; the worker that has the device decides, within a tenth of a second, and its word is left in an
 * atomic that the capture thread passes on to the caller. Whether a test is going on is another: the desk says no to a second one without
 * troubling a worker.
 *
 * Left out: a queue of callers. Who finds the desk busy is told so.
 */
#include "sensor/staff_desk.h"

#include "common/clock.h"
#include "common/hostname.h"
#include "common/log.h"
#include "common/opener.h"
#include "common/text.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CALL_PATIENCE_NS (2 * NS_PER_S) /* for a caller that connects and says nothing */
#define UNDECIDED (-1)

struct staff_desk {
    struct staff_desk_options o;
    struct staff_listener listener;
    struct sockaddr_un address;
    int listener_fd, caller; /* -1: none */
    bool asked;              /* the caller's request is with a worker */
    uint64_t deadline_ns;    /* monotonic */
    char site[STORE_HOST_MAX];
    atomic_int decided;      /* enum staff_outcome, or UNDECIDED */
    atomic_bool running;
};

bool staff_mac_is_valid(const uint8_t mac[6])
{
    static const uint8_t none[6];
    return memcmp(mac, none, sizeof(none)) != 0 && !(mac[0] & 1);
}

bool staff_reason_is_valid(const char *reason, size_t size)
{
    char clean[TEXT_CLEAN_MAX(STORE_WORD_MAX)];
    size_t n = strnlen(reason, size);
    if (n >= size || n >= STORE_WORD_MAX)
        return false;
    text_clean(reason, n, clean, sizeof(clean));
    return strcmp(clean, reason) == 0;
}

enum staff_outcome staff_call_read(const void *bytes, size_t n, const struct site_set *sites, struct staff_request *out)
{
    struct staff_call call;
    char site[HOSTNAME_MAX + 1];
    memset(out, 0, sizeof(*out));
    if (n != sizeof(call))
        return STAFF_WRONG;
    memcpy(&call, bytes, sizeof(call));
    if (call.magic != STAFF_MAGIC || (call.kind != STAFF_CALL_START && call.kind != STAFF_CALL_STOP))
        return STAFF_WRONG;
    out->stop = call.kind == STAFF_CALL_STOP;
    if (out->stop)
        return STAFF_STARTED;
    if (call.id[STORE_TEST_ID_LEN] != '\0' || !store_test_id_is_valid(call.id) || !staff_mac_is_valid(call.mac) || call.minutes == 0 ||
        call.minutes > STORE_TEST_MINUTES_MOST || !staff_reason_is_valid(call.reason, sizeof(call.reason)))
        return STAFF_WRONG;
    size_t len = hostname_normalise((const uint8_t *)call.site, strnlen(call.site, sizeof(call.site)), site);
    if (len == 0)
        return STAFF_WRONG;
    if ((out->site = site_match(sites, site, len)) == SITE_NONE)
        return STAFF_NO_SUCH_SITE;
    out->device.is_mac = 1;
    memcpy(out->device.bytes, call.mac, sizeof(call.mac));
    out->minutes = call.minutes;
    memcpy(out->id, call.id, sizeof(out->id));
    memcpy(out->reason, call.reason, sizeof(out->reason));
    return STAFF_STARTED;
}

/* What the workers say -------------------------------------------------------------------------------------------- */

static void on_decided(void *context, enum staff_outcome outcome)
{
    struct staff_desk *d = context;
    if (outcome == STAFF_STARTED)
        atomic_store_explicit(&d->running, true, memory_order_relaxed); /* relaxed: the store below orders it */
    /* release: pairs with the acquire in answer_if_decided() */
    atomic_store_explicit(&d->decided, (int)outcome, memory_order_release);
}

static void on_ended(void *context)
{
    struct staff_desk *d = context;
    atomic_store_explicit(&d->running, false, memory_order_release); /* pairs with the acquire in take_call() */
    log_info("capture: the staff test is over");
}

static void on_tell(void *context, const union sighting *s)
{
    struct staff_desk *d = context;
    outbox_put(d->o.outbox, s);
}

const struct staff_listener *staff_desk_listener(const struct staff_desk *d)
{
    return d ? &d->listener : NULL;
}

/* The socket ------------------------------------------------------------------------------------------------------- */

/* Somebody who listens there now is another sensor's: its socket is not taken away. */
static bool is_taken(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool taken = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
    if (fd >= 0)
        close(fd);
    return taken;
}

static int listen_at(struct staff_desk *d)
{
    int n = snprintf(d->address.sun_path, sizeof(d->address.sun_path), "%s/" STAFF_SOCKET_NAME, d->o.run_dir);
    if (n < 0 || (size_t)n >= sizeof(d->address.sun_path))
        return -ENAMETOOLONG;
    d->address.sun_family = AF_UNIX;
    if (is_taken(&d->address))
        return -EADDRINUSE;
    unlink(d->address.sun_path);
    if ((d->listener_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0)
        return -errno;
    mode_t before = umask(0177);
    int rc = bind(d->listener_fd, (const struct sockaddr *)&d->address, sizeof(d->address));
    if (rc == 0)
        rc = listen(d->listener_fd, 4);
    umask(before);
    return rc < 0 ? -errno : 0;
}

struct staff_desk *staff_desk_new(const struct staff_desk_options *o)
{
    struct staff_desk *d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    d->o = *o;
    d->listener_fd = d->caller = -1;
    d->listener = (struct staff_listener){.decided = on_decided, .ended = on_ended, .tell = on_tell, .context = d};
    atomic_init(&d->decided, UNDECIDED);
    int rc = listen_at(d);
    if (rc == 0)
        return d;
    log_warning("capture: %s/" STAFF_SOCKET_NAME ": %s: `telltale test-visit` cannot be used", o->run_dir, strerror(-rc));
    d->address.sun_path[0] = '\0'; /* not ours to remove */
    staff_desk_free(d);
    return NULL;
}

void staff_desk_free(struct staff_desk *d)
{
    if (!d)
        return;
    if (d->caller >= 0)
        close(d->caller);
    if (d->listener_fd >= 0)
        close(d->listener_fd);
    if (d->address.sun_path[0])
        opener_remove(d->address.sun_path);
    free(d);
}

/* Calls ------------------------------------------------------------------------------------------------------------ */

static void hang_up(struct staff_desk *d)
{
    close(d->caller);
    d->caller = -1;
    d->asked = false;
}

static void answer(struct staff_desk *d, enum staff_outcome outcome)
{
    struct staff_answer a = {.magic = STAFF_MAGIC, .outcome = (uint32_t)outcome};
    memcpy(a.site, d->site, sizeof(a.site));
    (void)!send(d->caller, &a, sizeof(a), MSG_DONTWAIT | MSG_NOSIGNAL); /* a caller that has gone hears nothing */
    hang_up(d);
}

static void answer_door(struct staff_desk *d)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    int fd = accept4(d->listener_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || (peer.uid != geteuid() && peer.uid != 0)) {
        log_warning("capture: a process of another user (%u) asked for a staff test", (unsigned)peer.uid);
        close(fd);
        return;
    }
    d->caller = fd;
    d->deadline_ns = clock_monotonic_ns() + CALL_PATIENCE_NS;
}

/* The request goes to a worker, or the reason why not to the caller. */
static void take_call(struct staff_desk *d, const void *bytes, size_t n)
{
    struct staff_request r;
    enum staff_outcome outcome = staff_call_read(bytes, n, d->o.sites, &r);
    d->site[0] = '\0';
    bool running = atomic_load_explicit(&d->running, memory_order_acquire);
    if (outcome == STAFF_STARTED && running != r.stop)
        outcome = running ? STAFF_BUSY : STAFF_NONE_RUNS;
    uint64_t now_ns = d->o.now_ns(d->o.context);
    if (outcome == STAFF_STARTED && !r.stop && (now_ns == 0 || (d->o.live && !clock_is_believed(d->o.clock_wait_s))))
        outcome = STAFF_NO_CLOCK;
    if (outcome == STAFF_STARTED) {
        if (!r.stop)
            snprintf(d->site, sizeof(d->site), "%s", site_at(d->o.sites, r.site)->site);
        r.hour_s = now_ns / NS_PER_S / 3600 * 3600;
        atomic_store_explicit(&d->decided, UNDECIDED, memory_order_relaxed); /* no worker has a request now */
        d->o.ask(d->o.context, &r);
        d->asked = true;
        d->deadline_ns = clock_monotonic_ns() + (uint64_t)STAFF_ANSWER_MS * NS_PER_MS;
    } else {
        answer(d, outcome);
    }
    explicit_bzero(&r, sizeof(r));
}

static void hear_call(struct staff_desk *d)
{
    struct staff_call call;
    ssize_t n = recv(d->caller, &call, sizeof(call), MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (clock_monotonic_ns() >= d->deadline_ns)
            hang_up(d);
        return;
    }
    if (n <= 0)
        hang_up(d);
    else
        take_call(d, &call, (size_t)n);
    explicit_bzero(&call, sizeof(call));
}

static void answer_if_decided(struct staff_desk *d)
{
    int decided = atomic_load_explicit(&d->decided, memory_order_acquire); /* pairs with the release in on_decided() */
    if (decided != UNDECIDED)
        answer(d, (enum staff_outcome)decided);
    else if (clock_monotonic_ns() >= d->deadline_ns)
        answer(d, STAFF_NO_ANSWER);
}

void staff_desk_run(struct staff_desk *d)
{
    if (!d)
        return;
    if (d->caller < 0)
        answer_door(d);
    if (d->caller >= 0 && !d->asked)
        hear_call(d);
    if (d->caller >= 0 && d->asked)
        answer_if_decided(d);
}
