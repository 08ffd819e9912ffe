/* run_marks.c -- see run_marks.h.
 *
 * Times are the steady clock's, which goes on from one process to the next and begins anew with the machine: a time that lies ahead is
 * of another start of the machine, and its folder would not be in memory.
 */
#include "sensor/run_marks.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/opener.h"
#include "sensor/findings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void run_marks_init(struct run_marks *m, const char *run_dir)
{
    m->ended = -1;
    snprintf(m->running, sizeof(m->running), "%s/capture.running", run_dir);
}

/* 0: none is known to have ended in order. The file stays open for our own end. */
static uint64_t last_end_ns(struct run_marks *m, const char *run_dir)
{
    char path[CONFIG_TEXT_MAX + 32], text[32] = "";
    snprintf(path, sizeof(path), "%s/capture.ended", run_dir);
    m->ended = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t n = m->ended >= 0 ? pread(m->ended, text, sizeof(text) - 1, 0) : 0;
    return n > 0 ? strtoull(text, NULL, 10) : 0;
}

/* True when it is there still: the last one ended badly. */
static bool set_running(struct run_marks *m)
{
    int fd = open(m->running, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool crashed = fd < 0 && errno == EEXIST;
    if (fd >= 0)
        close(fd);
    if (crashed)
        log_warning("capture: the last capture process did not end in order: for half an hour nothing is told of any device, "
                    "since some may be on a support site");
    return crashed;
}

uint64_t run_marks_open(struct run_marks *m, const char *run_dir)
{
    uint64_t now = clock_steady_ns(), ended = last_end_ns(m, run_dir);
    if (set_running(m))
        return now + WITHHOLD_AFTER_NS;
    if (ended == 0 || ended > now || ended + WITHHOLD_AFTER_NS <= now)
        return 0;
    log_info("capture: ended %llu minutes ago: until half an hour is over nothing is told of any device, since some may be on a support site",
             (unsigned long long)((now - ended) / NS_PER_S / 60));
    return ended + WITHHOLD_AFTER_NS;
}

void run_marks_end(struct run_marks *m)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)clock_steady_ns());
    if (m->ended < 0 || pwrite(m->ended, text, (size_t)n, 0) != n || ftruncate(m->ended, n) < 0)
        log_warning("capture: when it ended cannot be noted in [run] dir: %s", strerror(errno));
    opener_remove(m->running);
}
