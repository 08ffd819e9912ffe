/* capture.h -- where frames come from: an interface or a capture file (the only file that meets libpcap).
 *
 * Shape      pcap and pcapng files ("-" is standard input); live capture with TPACKET_V3, no immediate mode.
 * Threads    One a capture: its capture thread.
 * Ownership  The bytes that on_frame() is given are libpcap's and die when it returns.
 * Failure    -errno after one log line that names the file or the interface and the way out.
 */
#ifndef TELLTALE_SENSOR_CAPTURE_H
#define TELLTALE_SENSOR_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

struct captured_frame {
    const uint8_t *bytes;
    uint64_t time_ns; /* of a file: since the epoch, as it says. Live: clock_steady_ns() */
    uint32_t captured, wire_len;
    uint32_t link_type;
};

int capture_open_file(const char *path, struct capture **out);
int capture_open_live(const char *interface, int buffer_mb, struct capture **out);
/* The same by n sockets, one for each thread; together they have buffer_mb, and each frame comes to one of them (capture_fanout.h). Their own first frames
 * are those that came when all were there. */
int capture_open_shared(const char *interface, int buffer_mb, unsigned n, struct capture *out[]);
void capture_close(struct capture *c);
/* The packet socket of a live capture, still its own; -1 of a file. */
int capture_socket(const struct capture *c);

/* Hands over frames until a batch ends: a block of the kernel's, or some thousand frames of a file. Returns how many (0: none came
 * within 100 ms), -ENODATA at the end of a file, -EBADMSG where a file is cut off or damaged (everything before it was handed over),
 * or another -errno when an interface went away. */
int capture_batch(struct capture *c, void (*on_frame)(void *context, const struct captured_frame *f), void *context);

/* Frames that the kernel dropped since the start, because its buffer was full. */
uint64_t capture_kernel_drops(struct capture *c);
/* How much of a file was read, for a progress bar: 0..1; -1 when it cannot be told. */
double capture_progress(const struct capture *c);

#endif
