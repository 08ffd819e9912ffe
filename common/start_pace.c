/* start_pace.c -- see start_pace.h.
 *
 * The file is the latest starts' times, eight bytes each, in the order in which they happened, of this boot: the folder is in memory. Left
 * out: a wait that grows. Twelve starts a minute cost nothing, and what is mended should be back soon.
 */
#include "common/start_pace.h"

#include "common/clock.h"
#include "common/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATH_MOST 4096

static int path_of(const char *folder, char path[PATH_MOST])
{
    return snprintf(path, PATH_MOST, "%s/starts", folder) < PATH_MOST ? 0 : -1;
}

/* The latest starts that are no older than the window; how many. What is from the future is damage. */
static size_t recent(int fd, uint64_t now_ns, uint64_t times[START_PACE_FAST])
{
    uint64_t kept[START_PACE_FAST];
    ssize_t got = read(fd, kept, sizeof(kept));
    size_t n = 0;
    for (size_t i = 0; got > 0 && i < (size_t)got / sizeof(kept[0]); i++)
        if (kept[i] <= now_ns && now_ns - kept[i] < START_PACE_WINDOW_S * NS_PER_S)
            times[n++] = kept[i];
    return n;
}

unsigned start_pace_count(const char *folder, uint64_t now_ns)
{
    char path[PATH_MOST];
    if (!folder || path_of(folder, path) < 0)
        return 0;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return 0;
    uint64_t times[START_PACE_FAST];
    size_t n = recent(fd, now_ns, times);
    bool many = n == START_PACE_FAST;
    if (many)
        memmove(times, times + 1, (--n) * sizeof(times[0]));
    times[n++] = now_ns;
    if (ftruncate(fd, 0) < 0 || pwrite(fd, times, n * sizeof(times[0]), 0) < 0)
        log_debug("%s: the starts cannot be counted", path);
    close(fd);
    return many ? START_PACE_WAIT_S : 0;
}

void start_pace_keep(void)
{
    unsigned wait_s = start_pace_count(getenv("RUNTIME_DIRECTORY"), clock_monotonic_ns());
    if (wait_s == 0)
        return;
    log_warning("started more than %d times within a minute: waiting %u s; the lines above say what ended it each time", START_PACE_FAST, wait_s);
    const struct timespec pause = {.tv_sec = wait_s};
    nanosleep(&pause, NULL); /* a signal ends the process, or the wait */
}
