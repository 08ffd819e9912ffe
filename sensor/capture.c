/* capture.c -- see capture.h.
 *
 * Live: the defaults of libpcap would wake us for every frame (immediate mode) or hold 2 MB; we take whole blocks of
 * TPACKET_V3 and a larger buffer. On a silent interface pcap_dispatch() sleeps for ever, deaf to signals, so we wait
 * in a poll() of our own and let libpcap only fetch.
 * Time: the kernel stamps frames by its wall clock, which may be set while we run, by fifty years on a Pi that has just
 * started. Everything behind us measures gaps and windows, so live frames get the steady clock's time: the frame's age when we
 * see it, taken off now. Where the stamp makes no sense because the clock was just set, the frame is as old as the last one
 * or new, which is wrong by a block of the kernel's at most.
 * Files: capture_file.c reads them, for libpcap knows only one link type a file.
 */
#include "sensor/capture.h"
#include "common/clock.h"
#include "common/log.h"
#include "sensor/capture_fanout.h"
#include "sensor/capture_file.h"
#include "sensor/capture_trim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SNAPLEN          CAPTURE_FRAME_MAX /* whole frames, offloaded ones of 64 KiB included */
#define FILE_BATCH       4096 /* frames of a file; between two batches a sleeping worker is woken */
#define BLOCK_TIMEOUT_MS 100

struct capture {
    pcap_t *pcap;
    char *name; /* file or interface */
    bool live;
    uint32_t link_type;
    struct capture_file *file;
    int fd;           /* of the file */
    off_t file_bytes; /* 0: not a regular file */
    uint64_t steady_ns, wall_ns, last_ns; /* live: now, by both clocks, when this batch was taken; the last frame's time */
    uint64_t kernel_dropped;
    uint64_t from_wall_ns; /* live: what came before is not for us */
    void (*on_frame)(void *context, const struct captured_frame *f);
    void *context;
};

static struct capture *capture_new(const char *name, bool live)
{
    struct capture *c = calloc(1, sizeof(*c));
    if (c && !(c->name = strdup(name))) {
        free(c);
        c = NULL;
    }
    if (!c) {
        log_error("capture: %s: out of memory", name);
        return NULL;
    }
    c->live = live;
    c->fd = -1;
    return c;
}

void capture_close(struct capture *c)
{
    if (!c)
        return;
    if (c->pcap)
        pcap_close(c->pcap);
    capture_file_close(c->file);
    if (c->fd > STDIN_FILENO)
        close(c->fd);
    free(c->name);
    free(c);
}

int capture_socket(const struct capture *c)
{
    return c->live ? pcap_fileno(c->pcap) : -1;
}

/* What is wrong with a file before a byte of it is read: -errno after the log line, or 0. */
static int look_at_file(struct capture *c)
{
    struct stat st;
    if (fstat(c->fd, &st) < 0)
        return 0;
    if (S_ISDIR(st.st_mode)) {
        log_error("capture: %s: is a directory, not a capture file", c->name);
        return -EISDIR;
    }
    if (S_ISREG(st.st_mode))
        c->file_bytes = st.st_size;
    return 0;
}

static int open_file(struct capture *c)
{
    int rc = strcmp(c->name, "-") == 0 ? STDIN_FILENO : open(c->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (rc < 0) {
        rc = -errno;
        log_error("capture: %s: %s", c->name, strerror(errno));
        return rc;
    }
    c->fd = rc;
    if ((rc = look_at_file(c)) < 0 || (rc = capture_file_open(c->fd, &c->file)) == 0)
        return rc;
    if (rc == -ENODATA)
        log_error("capture: %s: the file is empty; expected a pcap or pcapng capture", c->name);
    else if (rc == -ENOMEM)
        log_error("capture: %s: out of memory", c->name);
    else if (rc == -EBADMSG)
        log_error("capture: %s: not a pcap or pcapng capture (%s)", c->name, capture_file_complaint(c->file));
    else
        log_error("capture: %s: %s", c->name, capture_file_complaint(c->file));
    return rc;
}

int capture_open_file(const char *path, struct capture **out)
{
    struct capture *c = capture_new(path, false);
    if (!c)
        return -ENOMEM;
    int rc = open_file(c);
    if (rc < 0) {
        capture_close(c);
        return rc;
    }
    *out = c;
    return 0;
}

/* Says what to do about an interface that cannot be opened. */
static int explain_activation(const char *interface, int status, const char *detail)
{
    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        log_error("capture: %s: no such interface; `ip link` lists them", interface);
        return -ENODEV;
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        log_error("capture: %s: no permission to capture; run as root or give telltaled the capability CAP_NET_RAW",
                  interface);
        return -EPERM;
    case PCAP_ERROR_IFACE_NOT_UP:
        log_error("capture: %s: the interface is down; `ip link set %s up`", interface, interface);
        return -ENETDOWN;
    default:
        log_error("capture: %s: %s", interface, detail[0] ? detail : pcap_statustostr(status));
        return -EIO;
    }
}

/* Lets the kernel leave the bulk of downloads where it is. Without that all works as well, only slower. */
static void trim(struct capture *c)
{
    struct bpf_program program = capture_trim_program();
    if (pcap_datalink(c->pcap) == DLT_EN10MB && pcap_setfilter(c->pcap, &program) < 0)
        log_warning("capture: %s: the kernel takes no program that trims frames: %s", c->name, pcap_geterr(c->pcap));
}

int capture_open_live(const char *interface, int buffer_mb, struct capture **out)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    struct capture *c = capture_new(interface, true);
    if (!c)
        return -ENOMEM;
    c->pcap = pcap_create(interface, error);
    if (!c->pcap) {
        log_error("capture: %s: %s", interface, error);
        capture_close(c);
        return -EIO;
    }
    pcap_set_snaplen(c->pcap, SNAPLEN);
    pcap_set_promisc(c->pcap, 1);
    pcap_set_timeout(c->pcap, BLOCK_TIMEOUT_MS);
    pcap_set_buffer_size(c->pcap, buffer_mb << 20);
    pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO);
    int status = pcap_activate(c->pcap);
    if (status < 0 || status == PCAP_WARNING_PROMISC_NOTSUP) {
        if (status < 0) {
            int rc = explain_activation(interface, status, pcap_geterr(c->pcap));
            capture_close(c);
            return rc;
        }
        log_warning("capture: %s: no promiscuous mode; only this machine's own frames may be seen", interface);
    }
    if (pcap_setnonblock(c->pcap, 1, error) < 0) {
        log_error("capture: %s: %s", interface, error);
        capture_close(c);
        return -EIO;
    }
    trim(c);
    c->link_type = (uint32_t)pcap_datalink(c->pcap); /* the same as the registry's number for all that packet.h knows */
    *out = c;
    return 0;
}

int capture_open_shared(const char *interface, int buffer_mb, unsigned n, struct capture *out[])
{
    int sockets[CAPTURE_THREADS_MOST], rc = 0;
    unsigned opened = 0;
    for (; opened < n && rc == 0; opened += rc == 0)
        if ((rc = capture_open_live(interface, buffer_mb < (int)n ? 1 : buffer_mb / (int)n, &out[opened])) == 0)
            sockets[opened] = capture_socket(out[opened]);
    if (rc == 0 && n > 1 && out[0]->link_type != DLT_EN10MB) {
        log_error("capture: %s: has no hardware addresses to divide its frames by; set [capture] threads = 1", interface);
        rc = -EOPNOTSUPP;
    }
    if (rc == 0 && n > 1)
        rc = capture_fanout_join(interface, sockets, n);
    for (unsigned i = 0; i < opened; i++)
        if (rc < 0) {
            capture_close(out[i]);
            out[i] = NULL;
        } else if (n > 1) { /* before they were one group, each got everything */
            out[i]->from_wall_ns = clock_wall_ns();
        }
    return rc;
}

#define OLDEST_NS (5 * (int64_t)NS_PER_S) /* no frame waits in the kernel for longer */

static uint64_t steady_time(struct capture *c, uint64_t stamp_ns)
{
    int64_t age = (int64_t)(c->wall_ns - stamp_ns); /* negative: it came while we read those before it */
    uint64_t time_ns = age > OLDEST_NS || age < -OLDEST_NS ? c->steady_ns : c->steady_ns - (uint64_t)age;
    if (time_ns > c->last_ns)
        c->last_ns = time_ns;
    return c->last_ns;
}

static void deliver(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
    struct capture *c = (struct capture *)(void *)user;
    /* With nanosecond precision libpcap puts nanoseconds into tv_usec. Times before 1970 are nonsense: 0. */
    uint64_t seconds = h->ts.tv_sec > 0 ? (uint64_t)h->ts.tv_sec : 0;
    uint64_t rest = h->ts.tv_usec > 0 && h->ts.tv_usec < 1000000000 ? (uint64_t)h->ts.tv_usec : 0;
    if (seconds * NS_PER_S + rest < c->from_wall_ns && c->wall_ns < c->from_wall_ns + (uint64_t)OLDEST_NS)
        return; /* looked at in the first seconds alone: the clock may be set back one day */
    struct captured_frame f = {
        .bytes = bytes,
        .time_ns = steady_time(c, seconds * NS_PER_S + rest),
        .captured = h->caplen,
        .wire_len = h->len < h->caplen ? h->caplen : h->len,
        .link_type = c->link_type,
    };
    c->on_frame(c->context, &f);
}

/* The socket's error, taken off it. libpcap would ask by the interface's name, which may be another one by now, and take that for a removal. An
 * interface that is down is none: the ring goes on when it is up again. */
static int take_error(struct capture *c)
{
    struct sockaddr_ll bound = {.sll_ifindex = 0};
    socklen_t size = sizeof(int), bound_size = sizeof(bound);
    int fd = pcap_fileno(c->pcap), error = 0;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (getsockname(fd, (struct sockaddr *)&bound, &bound_size) == 0 && bound.sll_ifindex > 0 && (error == 0 || error == ENETDOWN))
        return 0;
    log_error("capture: %s: %s", c->name, error == ENETDOWN || error == 0 ? "the interface was removed" : strerror(error));
    return error ? -error : -ENODEV;
}

static int live_batch(struct capture *c)
{
    struct pollfd ready = {.fd = pcap_get_selectable_fd(c->pcap), .events = POLLIN};
    if (poll(&ready, 1, BLOCK_TIMEOUT_MS) <= 0)
        return 0;
    if (ready.revents & POLLERR) {
        int rc = take_error(c);
        if (rc < 0)
            return rc;
    }
    if (!(ready.revents & POLLIN))
        return 0;
    c->steady_ns = clock_steady_ns();
    c->wall_ns = clock_wall_ns();
    int n = pcap_dispatch(c->pcap, -1, deliver, (u_char *)c);
    if (n >= 0)
        return n;
    if (n == PCAP_ERROR_BREAK)
        return 0;
    log_error("capture: %s: %s", c->name, pcap_geterr(c->pcap));
    return -EIO;
}

/* A batch ends where more must be read: from a pipe that may take long, and the workers are to have what is there. */
static int file_batch(struct capture *c)
{
    struct captured_frame f;
    int n = 0, rc = 1;
    while (n < FILE_BATCH && (n == 0 || !capture_file_is_drained(c->file)) && (rc = capture_file_next(c->file, &f)) > 0) {
        c->on_frame(c->context, &f);
        n++;
    }
    if (n > 0 || rc == -EINTR)
        return n; /* what else there is to say will be said again */
    if (rc == 0)
        return -ENODATA;
    log_warning("capture: %s: %s; everything before it was read", c->name, capture_file_complaint(c->file));
    return rc;
}

int capture_batch(struct capture *c, void (*on_frame)(void *context, const struct captured_frame *f), void *context)
{
    c->on_frame = on_frame;
    c->context = context;
    return c->live ? live_batch(c) : file_batch(c);
}

/* Not by pcap_stats(), which opens a file in /sys each time: behind the system-call filter nothing is opened. The kernel counts
 * from zero again whenever it is asked. */
uint64_t capture_kernel_drops(struct capture *c)
{
    struct tpacket_stats_v3 since;
    socklen_t size = sizeof(since);
    if (c->live && getsockopt(pcap_fileno(c->pcap), SOL_PACKET, PACKET_STATISTICS, &since, &size) == 0)
        c->kernel_dropped += since.tp_drops;
    return c->kernel_dropped;
}

double capture_progress(const struct capture *c)
{
    if (c->live || c->file_bytes == 0)
        return -1;
    return (double)capture_file_position(c->file) / (double)c->file_bytes;
}
