/* fuzz_capture_file.c -- any bytes as a saved capture.
 *
 * Input      The file.
 * Claims     Frames lie where they may be read and are not longer than promised; every frame uses up bytes of the file, so
 *            that a reading ends; at the end everything was read; what is damaged stays damaged.
 */
#include "sensor/capture_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool holds)
{
    if (!holds)
        abort();
}

static volatile uint8_t sum; /* keeps the reads */

static void check(const struct captured_frame *f)
{
    claim(f->captured <= CAPTURE_FRAME_MAX && f->captured <= f->wire_len && f->time_ns <= INT64_MAX);
    for (uint32_t i = 0; i < f->captured; i++)
        sum = (uint8_t)(sum + f->bytes[i]);
}

static void read_frames(struct capture_file *f, size_t size)
{
    struct captured_frame frame;
    size_t frames = 0;
    int rc;
    while ((rc = capture_file_next(f, &frame)) == 1) {
        check(&frame);
        claim(++frames <= size);
    }
    claim(rc == 0 || rc == -EBADMSG);
    claim((rc == 0) == (capture_file_complaint(f)[0] == '\0'));
    claim(rc != 0 || capture_file_position(f) == size);
    claim(capture_file_next(f, &frame) == rc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct capture_file *f;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    claim(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    int rc = capture_file_open(fd, &f);
    claim(rc == 0 || rc == -EBADMSG || (rc == -ENODATA && size == 0));
    if (rc == 0)
        read_frames(f, size);
    capture_file_close(f);
    close(fd);
    return 0;
}
