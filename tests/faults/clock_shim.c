/* clock_shim.c -- a wall clock that a test can set, for programs that are started with this library in LD_PRELOAD.
 *
 * $CLOCK_SHIM names a file of three 64-bit numbers that every process maps: nanoseconds to add to the wall clock, nanoseconds to
 * add to the time since the machine's start, and whether a time server has been heard. The test writes the file, and all clocks
 * step at once. The monotonic clock is left alone, as a real step leaves it alone.
 *
 * What the kernel itself stamps (frames) keeps the real time: to the program that is a stamp from before the step.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

struct settings {
    int64_t wall_ns, boot_ns, synchronised;
};

static const volatile struct settings *settings;

__attribute__((constructor)) static void map_settings(void)
{
    const char *path = getenv("CLOCK_SHIM");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*settings), PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        _exit(126); /* a test whose clock does not step would prove nothing */
    settings = at;
    close(fd);
}

static void add(struct timespec *t, int64_t ns)
{
    int64_t sum = t->tv_sec * 1000000000ll + t->tv_nsec + ns;
    t->tv_sec = sum / 1000000000ll;
    t->tv_nsec = sum % 1000000000ll;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    int rc = (int)syscall(SYS_clock_gettime, id, t);
    if (rc == 0 && settings && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        add(t, settings->wall_ns);
    if (rc == 0 && settings && id == CLOCK_BOOTTIME)
        add(t, settings->boot_ns);
    return rc;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec t;
    (void)zone;
    int rc = clock_gettime(CLOCK_REALTIME, &t);
    *tv = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
    return rc;
}

time_t time(time_t *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

int adjtimex(struct timex *kernel)
{
    bool heard = settings && settings->synchronised;
    kernel->status = heard ? 0 : STA_UNSYNC;
    return heard ? TIME_OK : TIME_ERROR;
}
