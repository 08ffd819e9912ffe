/* last_words.c -- see last_words.h.
 *
 * Every thread has a dissector in its line at any moment, so the lines alone do not say whose fault a crash was. The handler
 * of the fault does: it runs in the thread that made it, on a stack of its own (the fault may be a stack that is full), stores four numbers
 * and raises the signal once more, which then ends the process as it would have.
 *
 * Left out: hangs. A thread that does not come back is for the service manager's watchdog, which cannot know whose fault it was.
 */
#include "sensor/last_words.h"

#include "common/clock.h"
#include "common/log.h"
#include "sensor/memory_page.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC       0x74746c77u
#define VERSION     1u
#define LINES       16
#define HISTORY     16
#define STACK_BYTES 65536

struct crash {
    uint32_t part, length, signal_number, unused;
    uint64_t time_ns;
};

struct page {
    uint32_t magic, version, off, crashes;
    struct crash history[HISTORY]; /* a ring: the next goes to crashes % HISTORY */
    struct words_line lines[LINES];
};
_Static_assert(sizeof(struct page) <= 4096, "one page");
_Static_assert(DISSECTOR_COUNT <= 32, "a bit for each");

_Thread_local struct words_line *last_words_line;
uint32_t last_words_off;
static struct page *page;

static bool can_be_left_out(uint32_t part)
{
    return part > DISSECTOR_PACKET && part < DISSECTOR_COUNT;
}

/* How many crashes of a part lie in the minute before now. */
static unsigned recent_crashes(uint32_t part, uint64_t now_ns)
{
    unsigned n = 0;
    for (unsigned i = 0; i < HISTORY; i++)
        n += page->history[i].signal_number != 0 && page->history[i].part == part && page->history[i].time_ns <= now_ns &&
             page->history[i].time_ns + LAST_WORDS_WITHIN_S * NS_PER_S >= now_ns;
    return n;
}

static void take_down(const struct words_line *line)
{
    struct crash c = {.part = line->part, .length = line->length, .signal_number = line->signal_number, .time_ns = line->time_ns};
    page->history[page->crashes++ % HISTORY] = c;
    log_error("capture: the last capture process crashed in %s with signal %u, at %u bytes; %u such crashes within %d s",
              dissector_word(c.part), c.signal_number, c.length, recent_crashes(c.part, c.time_ns), LAST_WORDS_WITHIN_S);
    if (!can_be_left_out(c.part) || recent_crashes(c.part, c.time_ns) < LAST_WORDS_CRASHES)
        return;
    page->off |= 1u << c.part;
    log_error("capture: RED: %s is left out until the sensor is stopped in order and started again; what only it reads is not seen. "
              "Please report it: docs/SECURITY.md says how",
              dissector_word(c.part));
}

void last_words_open(const char *run_dir)
{
    page = run_dir ? memory_page_open(run_dir, "capture.words", sizeof(*page)) : NULL;
    if (!page) {
        if (run_dir)
            log_warning("capture: %s/capture.words: %s: a crash is not put down to a dissector", run_dir, strerror(errno));
        return;
    }
    if (page->magic != MAGIC || page->version != VERSION)
        memset(page, 0, sizeof(*page));
    page->magic = MAGIC;
    page->version = VERSION;
    for (unsigned i = 0; i < LINES; i++)
        if (page->lines[i].signal_number != 0)
            take_down(&page->lines[i]);
    memset(page->lines, 0, sizeof(page->lines));
    last_words_off = page->off;
}

/* Somebody's `kill -SEGV` is no dissector's fault; abort() is, which raises within the process. */
static bool is_sent(const siginfo_t *info)
{
    return info->si_code <= 0 && info->si_pid != getpid();
}

static void on_fault(int signal_number, siginfo_t *info, void *context)
{
    struct words_line *line = last_words_line;
    (void)context;
    if (line && line->signal_number == 0 && !is_sent(info)) {
        line->time_ns = clock_steady_ns();
        line->signal_number = (uint32_t)signal_number;
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number); /* on return it ends the process, also where the signal was sent and no fault would happen again */
}

void last_words_thread(unsigned thread)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_ONSTACK | SA_SIGINFO};
    if (!page || thread >= LINES)
        return;
#ifdef __SANITIZE_ADDRESS__ /* has a stack of its own for signals in each thread, and frees whatever is in its place when the thread ends */
    action.sa_flags = SA_SIGINFO;
#else
    stack_t stack = {.ss_sp = malloc(STACK_BYTES), .ss_size = STACK_BYTES}; /* for as long as the process lives */
    if (stack.ss_sp)
        sigaltstack(&stack, NULL);
#endif
    last_words_line = &page->lines[thread];
    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigaction(faults[i], &action, NULL);
}

uint32_t last_words_crashes(void)
{
    return page ? page->crashes : 0;
}

void last_words_forget(void)
{
    if (!page)
        return;
    memset(page->history, 0, sizeof(page->history));
    page->off = page->crashes = 0;
}
