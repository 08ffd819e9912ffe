/* capture_file.h -- frames from a saved capture, in pcap or pcapng form.
 *
 * Shape      pcap: either byte order, microseconds or nanoseconds, every version's order of lengths, the "modified" form
 *            with eight bytes more a record. pcapng: any number of sections, of either byte order; any number of
 *            interfaces, each with its own link type, snap length and clock; enhanced, simple and old packet blocks.
 *            Other blocks and all options but the clock's are passed over.
 * Units      Times in nanoseconds since the epoch, 0 where a file says less, at most 2^63 - 1. Link types as the
 *            LINKTYPE_ registry numbers them. A frame without a time (simple packet block) has that of the one before.
 * Threads    One. Reading may wait, on a pipe for ever; a signal ends the wait.
 * Ownership  The descriptor is borrowed. A frame's bytes are the capture_file's and die with the next call.
 * Failure    -errno; what was wrong is for capture_file_complaint(). Nothing is logged.
 */
#ifndef TELLTALE_SENSOR_CAPTURE_FILE_H
#define TELLTALE_SENSOR_CAPTURE_FILE_H

#include "sensor/capture.h"

#define CAPTURE_FRAME_MAX 262144 /* bytes kept of a frame; also the longest that a file may have ... */
#define CAPTURE_BUS_FRAME_MAX                                                                                          \
    (128u << 20)                        /* ... but for the few link types that carry no network, whose frames are
                                             * cut to CAPTURE_FRAME_MAX */
#define CAPTURE_LINK_UNKNOWN UINT32_MAX /* a packet of an interface that the file does not describe */

struct capture_file;

/* Reads the file's head. -EBADMSG: no capture in one of these forms. -ENODATA: nothing at all. On failure *out is to be
 * asked for its complaint and closed too, unless it is NULL (-ENOMEM). */
int capture_file_open(int fd, struct capture_file **out);
void capture_file_close(struct capture_file *f);

/* The next frame: 1, or 0 at the end. -EBADMSG: cut off or damaged here, and at every call after it. -EINTR: a signal
 * came while waiting; nothing is lost, ask again. -EIO and others: the system's own. */
int capture_file_next(struct capture_file *f, struct captured_frame *out);

/* Is everything that was read handed out, so that the next frame has to be read first? */
bool capture_file_is_drained(const struct capture_file *f);

/* What made the last call fail, in words; "" when nothing did. */
const char *capture_file_complaint(const struct capture_file *f);
/* Bytes read so far. */
uint64_t capture_file_position(const struct capture_file *f);

#endif
